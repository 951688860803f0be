"""The official page (GB/T 9704-2012) and the styles of the shipped Word templates.

Lengths are in twips (1/20 pt) unless said otherwise. Everything that repeats is a style, so that whoever
copies a template changes it in one place.
"""

from selfeval_xlsx.report import lines, tables

MM = 1440 / 25.4
PAGE = (round(210 * MM), round(297 * MM))
TOP, BOTTOM, LEFT, RIGHT = (round(side * MM) for side in (37, 35, 28, 26))
TEXT_WIDTH = PAGE[0] - LEFT - RIGHT
LINE_PITCH = 579
"""28.95 pt: 22 lines need at most 28.99 pt on 225 mm."""
CHARACTER_SPACE = -849
"""In 1/4096 pt: 16 pt − 0.21 pt, so that 28 characters fill 156 mm."""
TIGHTEN = -6
"""The same by the styles: 16 pt − 0.3 pt. Programs differ in how they fit a 16 pt face into a narrower
cell of the character grid (some give it two cells), so the grid is stated and the styles do the work."""
CHARACTER = TEXT_WIDTH // 28
FOOTER = round((35 - 7) * MM) - 8 * 20
"""The dashes beside the page number run 7 mm under the text, and 8 pt over the foot of their line of 14 pt."""

SONG, HEI, KAI, FANG, TITLE_FACE = "宋体", "黑体", "楷体_GB2312", "仿宋_GB2312", "方正小标宋简体"
FALLBACKS = {
    SONG: "SimSun;NSimSun;Songti SC",
    HEI: "SimHei;Heiti SC",
    KAI: "楷体;KaiTi;Kaiti SC",
    FANG: "仿宋;FangSong;STFangsong",
    TITLE_FACE: "小标宋;华文中宋;STZhongsong;宋体",
}
"""Faces that stand in where the official one is not installed (font table, altName)."""

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
NAMESPACES = f'xmlns:w="{W}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'

_KEEP_NEXT = "<w:keepNext/>"
_OFF_GRID = '<w:snapToGrid w:val="0"/>'
_DEFAULT = ' w:default="1"'


def styles() -> str:
    """The part word/styles.xml."""
    every = [*_text_styles(), *_closing_styles(), *_table_styles(), *_margin_styles()]
    defaults = (
        f"<w:docDefaults><w:rPrDefault><w:rPr>{_faces(FANG)}{_size(16)}"
        '<w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>'
        f'<w:pPrDefault><w:pPr><w:widowControl w:val="0"/>{_OFF_GRID}{_spacing()}</w:pPr></w:pPrDefault></w:docDefaults>'
    )
    return f"<w:styles {NAMESPACES}>{defaults}{''.join(every)}{_grid_style()}</w:styles>"


def _text_styles() -> list[str]:
    heading = _KEEP_NEXT + _spacing() + _indent()
    return [
        _style("Normal", "Normal", FANG, 16, "", default=True),
        _style(lines.TITLE, "公文标题", TITLE_FACE, 22, _KEEP_NEXT + _spacing() + _align("center")),
        _style(
            lines.SUBTITLE, "公文副标题", KAI, 16, _KEEP_NEXT + _spacing(after=LINE_PITCH) + _align("center")
        ),
        _style(lines.H1, "heading 1", HEI, 16, heading + _outline(0), following=lines.BODY),
        _style(lines.H2, "heading 2", KAI, 16, heading + _outline(1), following=lines.BODY),
        _style(lines.H3, "heading 3", FANG, 16, heading + _outline(2), following=lines.BODY),
        _style(lines.BODY, "公文正文", FANG, 16, _indent() + _align("both")),
    ]


def _closing_styles() -> list[str]:
    """The list of attachments, the signature, attachments.

    The date ends four characters before the edge, the unit is centred over it (a date is seven and a half
    characters long). A name too long for that ends two characters before the edge.
    """
    over_the_date = _hanging(28 - 2 * (4 + 15 / 4), 0) + _align("center")
    return [
        _style(lines.LIST_HEAD, "附件说明", FANG, 16, _KEEP_NEXT + _hanging(6, 4)),
        _style(lines.LIST_MORE, "附件说明续行", FANG, 16, _KEEP_NEXT + _hanging(6, 1)),
        _style(lines.SIGN, "落款单位", FANG, 16, _KEEP_NEXT + over_the_date),
        _style(
            lines.SIGN_LONG, "落款单位（长名称）", FANG, 16, _KEEP_NEXT + _inset("right", 2) + _align("right")
        ),
        _style(lines.SIGN_LAST, "落款日期", FANG, 16, _inset("right", 4) + _align("right")),
        _style(
            lines.CONTACT,
            "填报信息",
            FANG,
            14,
            _KEEP_NEXT + _tab(TEXT_WIDTH * 11 // 20) + _spacing() + _inset("left", 2, 14),
        ),
        _style(lines.ATTACHED, "附件标识", HEI, 16, f"{_KEEP_NEXT}<w:pageBreakBefore/>"),
        _style(
            lines.ATTACHED_TITLE,
            "附件标题",
            TITLE_FACE,
            22,
            _KEEP_NEXT + _spacing(before=LINE_PITCH) + _align("center") + _outline(0),
        ),
        _style(
            lines.SUBJECT,
            "附件副标题",
            KAI,
            16,
            _KEEP_NEXT + _spacing(after=LINE_PITCH // 2) + _align("center"),
        ),
    ]


def _table_styles() -> list[str]:
    caption = _KEEP_NEXT + _plain_lines(before=120, after=60)
    return [
        _style(lines.CAPTION, "表题", HEI, 12, caption + _align("center")),
        _style(lines.UNIT, "表格单位", FANG, 10.5, _KEEP_NEXT + _plain_lines(after=60) + _align("right")),
        _style(tables.HEAD, "表头", HEI, 10.5, _plain_lines() + _align("center")),
        _style(tables.LEFT, "表格文字", FANG, 10.5, _plain_lines()),
        _style(tables.CENTRE, "表格居中", FANG, 10.5, _plain_lines() + _align("center")),
        _style(tables.FIGURE, "表格数字", FANG, 10.5, _plain_lines() + _align("right")),
        _style(lines.GAP, "表后空行", FANG, 5, _plain_lines()),
        _style(
            lines.TAIL,
            "表尾",
            FANG,
            1,
            f'{_OFF_GRID}<w:spacing w:before="0" w:after="0" w:line="10" w:lineRule="exact"/>',
        ),
        _style(lines.NOTE, "表注", FANG, 10.5, _plain_lines(before=60)),
        _style(lines.CHART, "图", FANG, 10.5, _KEEP_NEXT + _plain_lines(before=120) + _align("center")),
        _style(lines.CHART_NAME, "图题", HEI, 12, _plain_lines(before=60, after=200) + _align("center")),
    ]


def _margin_styles() -> list[str]:
    """Page numbers on the outer side, one character in; the mark of a draft."""
    return [
        _style(RIGHT_NUMBER, "页码", SONG, 14, _plain_lines() + _inset("right", 1, 14) + _align("right")),
        _style(
            LEFT_NUMBER, "页码（双页）", SONG, 14, _plain_lines() + _inset("left", 1, 14) + _align("left")
        ),
        _style(MARK, "草稿标记", HEI, 14, _plain_lines() + _align("center"), colour="C00000"),
    ]


RIGHT_NUMBER, LEFT_NUMBER, MARK = "pagenumber", "pagenumbereven", "draftmark"


def _style(  # noqa: PLR0913 - a style names what it sets
    key: str,
    name: str,
    face: str,
    points: float,
    paragraph: str,
    *,
    default: bool = False,
    following: str = "",
    colour: str = "",
) -> str:
    based = "" if default else '<w:basedOn w:val="Normal"/>'
    after = f'<w:next w:val="{following}"/>' if following else ""
    ink = f'<w:color w:val="{colour}"/>' if colour else ""
    return (
        f'<w:style w:type="paragraph"{_DEFAULT if default else ""} w:styleId="{key}">'
        f'<w:name w:val="{name}"/>{based}{after}<w:qFormat/><w:pPr>{paragraph}</w:pPr>'
        f'<w:rPr>{_faces(face)}{_OFF_GRID}{ink}<w:spacing w:val="{TIGHTEN}"/>{_size(points)}</w:rPr></w:style>'
    )


def _faces(face: str) -> str:
    return f'<w:rFonts w:ascii="{face}" w:hAnsi="{face}" w:eastAsia="{face}" w:cs="{face}"/>'


def _size(points: float) -> str:
    half = round(points * 2)
    return f'<w:sz w:val="{half}"/><w:szCs w:val="{half}"/>'


def _spacing(before: int = 0, after: int = 0) -> str:
    return f'<w:spacing w:before="{before}" w:after="{after}" w:line="{LINE_PITCH}" w:lineRule="exact"/>'


def _plain_lines(before: int = 0, after: int = 0) -> str:
    """Single spacing off the grid, for tables and page numbers."""
    return f'{_OFF_GRID}<w:spacing w:before="{before}" w:after="{after}" w:line="240" w:lineRule="auto"/>'


def _indent(points: int = 16) -> str:
    """Two characters of that size before the first line."""
    return f'<w:ind w:firstLine="{CHARACTER * 2 * points // 16}" w:firstLineChars="200"/>'


def _hanging(left: float, hanging: int) -> str:
    """``left`` characters before every line, ``hanging`` fewer before the first."""
    hung = f' w:hanging="{CHARACTER * hanging}" w:hangingChars="{hanging * 100}"' if hanging else ""
    return f'<w:ind w:left="{round(CHARACTER * left)}" w:leftChars="{round(left * 100)}"{hung}/>'


def _inset(side: str, characters: int, points: int = 16) -> str:
    """``characters`` of that size between the text and the edge on ``side``."""
    width = CHARACTER * characters * points // 16
    return f'<w:ind w:{side}="{width}" w:{side}Chars="{characters * 100}"/>'


def _tab(position: int) -> str:
    return f'<w:tabs><w:tab w:val="left" w:pos="{position}"/></w:tabs>'


def _align(value: str) -> str:
    return f'<w:jc w:val="{value}"/>'


def _outline(level: int) -> str:
    return f'<w:outlineLvl w:val="{level}"/>'


def _grid_style() -> str:
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="auto"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    return (
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>'
        '<w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="40" w:type="dxa"/><w:left w:w="57" w:type="dxa"/>'
        '<w:bottom w:w="40" w:type="dxa"/><w:right w:w="57" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>'
        '<w:style w:type="table" w:styleId="tablegrid"><w:name w:val="Table Grid"/><w:basedOn w:val="TableNormal"/>'
        f"<w:tblPr><w:tblBorders>{borders}</w:tblBorders></w:tblPr></w:style>"
    )


def font_table() -> str:
    """The part word/fontTable.xml: the official faces, and what may stand in for them."""
    fonts = "".join(
        f'<w:font w:name="{face}"><w:altName w:val="{fallback}"/><w:charset w:val="86"/><w:family w:val="auto"/>'
        '<w:pitch w:val="variable"/></w:font>'
        for face, fallback in FALLBACKS.items()
    )
    return f"<w:fonts {NAMESPACES}>{fonts}</w:fonts>"
