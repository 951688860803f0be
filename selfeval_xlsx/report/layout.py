"""Builds the shipped Word template: the official page layout (GB/T 9704-2012) around the outline.

Lengths are in twips (1/20 pt) unless said otherwise. The package is written part by part, so that it
holds nothing but what stands here.
"""

import io
import zipfile
from xml.sax.saxutils import escape

from selfeval_xlsx.report import sheet
from selfeval_xlsx.report.outline import (
    ATTACHED,
    CAPTION,
    FULL,
    SECTION,
    SHEET,
    SHEET_TITLE,
    SIGN,
    SMALL,
    SMALL_NOTE,
    TABLE,
    TAG,
    UPRIGHT,
    Outline,
    WordTable,
)
from selfeval_xlsx.seal import sealed

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
FOOTER = round((35 - 7) * MM) - 14 * 20
"""Page numbers, 14 pt high, begin 7 mm under the text."""

SONG, HEI, KAI, FANG, TITLE_FACE = "宋体", "黑体", "楷体_GB2312", "仿宋_GB2312", "方正小标宋简体"
FALLBACKS = {
    SONG: "SimSun;NSimSun;Songti SC",
    HEI: "SimHei;Heiti SC",
    KAI: "楷体;KaiTi;Kaiti SC",
    FANG: "仿宋;FangSong;STFangsong",
    TITLE_FACE: "小标宋;华文中宋;STZhongsong;宋体",
}
"""Faces that stand in where the official one is not installed (font table, altName)."""

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_NAMESPACES = f'xmlns:w="{_W}" xmlns:r="{_R}"'
_KEEP_NEXT = "<w:keepNext/>"
_OFF_GRID = '<w:snapToGrid w:val="0"/>'
_DEFAULT = ' w:default="1"'
_STAMP = (1980, 1, 1, 0, 0, 0)


def build(outline: Outline = FULL) -> bytes:
    """The shipped template of ``outline`` as .docx bytes, sealed; the same bytes every time."""
    parts = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relationships(
            ("officeDocument", "word/document.xml"),
            ("metadata/core-properties", "docProps/core.xml"),
        ),
        "docProps/core.xml": _core(),
        "word/document.xml": _document(outline),
        "word/_rels/document.xml.rels": _relationships(
            ("styles", "styles.xml"),
            ("settings", "settings.xml"),
            ("fontTable", "fontTable.xml"),
            ("header", "header1.xml"),
            ("header", "header2.xml"),
            ("footer", "footer1.xml"),
            ("footer", "footer2.xml"),
        ),
        "word/styles.xml": _styles(),
        "word/settings.xml": _settings(),
        "word/fontTable.xml": _font_table(),
        "word/header1.xml": _header(),
        "word/header2.xml": _header(),
        "word/footer1.xml": _footer("right", "right"),
        "word/footer2.xml": _footer("left", "left"),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(zipfile.ZipInfo(name, _STAMP), (_HEAD + content).encode(), zipfile.ZIP_DEFLATED)
    return sealed(buffer.getvalue())


# --- the text -----------------------------------------------------------------------------------


def _document(outline: Outline) -> str:
    body = "".join(_line(style, text, outline) for style, text in outline.lines)
    return f"<w:document {_NAMESPACES}><w:body>{body}{_section()}</w:body></w:document>"


def _line(style: str, text: str, outline: Outline) -> str:
    if style == TABLE:
        return _table(outline.tables[text])
    if style == SHEET:
        return sheet.table(TEXT_WIDTH)
    if style == SECTION:
        return f"<w:p><w:pPr>{_section() if text == UPRIGHT else _section_across()}</w:pPr></w:p>"
    return _paragraph("body" if style == TAG else style, text)


def _paragraph(style: str, text: str) -> str:
    run = f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>' if text else ""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{run}</w:p>'


def _table(table: WordTable) -> str:
    widths = [TEXT_WIDTH * percent // 100 for _, _, percent, _ in table.columns]
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    head = "".join(
        _cell(heading, width, "center", "tablehead")
        for (heading, _, _, _), width in zip(table.columns, widths, strict=True)
    )
    row = "".join(
        _cell(text, width, align, "tablecell")
        for (_, text, _, align), width in zip(table.columns, widths, strict=True)
    )
    loop = f"{{%tr for row in {table.items} %}}"
    # Rows may break over pages: where they may not (cantSplit), LibreOffice can lose those after the break.
    return (
        '<w:tbl><w:tblPr><w:tblStyle w:val="tablegrid"/>'
        f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/><w:tblLayout w:type="fixed"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>"
        f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}</w:tr>"
        f"{_steering_row(loop, sum(widths), len(widths))}"
        f"<w:tr>{row}</w:tr>"
        f"{_steering_row('{%tr endfor %}', sum(widths), len(widths))}</w:tbl>"
        f"{_paragraph('tablecell', '')}"
    )


def _cell(text: str, width: int, align: str, style: str) -> str:
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/><w:jc w:val="{align}"/></w:pPr>'
        f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p></w:tc>'
    )


def _steering_row(tag: str, width: int, columns: int) -> str:
    return (
        f'<w:tr><w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:gridSpan w:val="{columns}"/></w:tcPr>'
        f"{_paragraph('tablecell', tag)}</w:tc></w:tr>"
    )


def _section() -> str:
    size = f'<w:pgSz w:w="{PAGE[0]}" w:h="{PAGE[1]}"/>'
    return _section_of(size, (TOP, RIGHT, BOTTOM, LEFT))


def _section_across() -> str:
    """The same page turned: the edge bound at the left of an upright page is the upper one."""
    size = f'<w:pgSz w:w="{PAGE[1]}" w:h="{PAGE[0]}" w:orient="landscape"/>'
    return _section_of(size, (LEFT, TOP, RIGHT, BOTTOM))


def _section_of(size: str, margins: tuple[int, int, int, int]) -> str:
    """``margins`` are top, right, bottom, left."""
    top, right, bottom, left = margins
    return (
        '<w:sectPr><w:headerReference w:type="default" r:id="rId4"/><w:headerReference w:type="even" r:id="rId5"/>'
        '<w:footerReference w:type="default" r:id="rId6"/><w:footerReference w:type="even" r:id="rId7"/>'
        f'{size}<w:pgMar w:top="{top}" w:right="{right}" w:bottom="{bottom}" w:left="{left}" w:header="850"'
        f' w:footer="{bottom - (BOTTOM - FOOTER)}" w:gutter="0"/>'
        f'<w:docGrid w:type="linesAndChars" w:linePitch="{LINE_PITCH}" w:charSpace="{CHARACTER_SPACE}"/></w:sectPr>'
    )


# --- headers and footers ------------------------------------------------------------------------


def _header() -> str:
    """Empty, but on a draft, which says so on every page."""
    return f"<w:hdr {_NAMESPACES}>" + _paragraph("draftmark", "{{ mark }}") + "</w:hdr>"


def _footer(align: str, side: str) -> str:
    """— 1 — on the outer side, one character in."""
    run = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
    field = (
        run.format("begin")
        + '<w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r>'
        + run.format("separate")
        + "<w:r><w:t>1</w:t></w:r>"
        + run.format("end")
    )
    dash = '<w:r><w:t xml:space="preserve">{}</w:t></w:r>'
    return (
        f'<w:ftr {_NAMESPACES}><w:p><w:pPr><w:pStyle w:val="pagenumber"/>'
        f'<w:ind w:{side}="280" w:{side}Chars="100"/><w:jc w:val="{align}"/></w:pPr>'
        f"{dash.format('— ')}{field}{dash.format(' —')}</w:p></w:ftr>"
    )


# --- styles -------------------------------------------------------------------------------------


def _styles() -> str:
    styles = [
        _style("Normal", "Normal", FANG, 16, "", default=True),
        _style("title", "公文标题", TITLE_FACE, 22, _spacing(before=0) + _align("center")),
        _style("subtitle", "公文副标题", KAI, 16, _spacing(after=LINE_PITCH) + _align("center")),
        _style("h1", "heading 1", HEI, 16, _KEEP_NEXT + _indent() + _outline(0)),
        _style("h2", "heading 2", KAI, 16, _KEEP_NEXT + _indent() + _outline(1)),
        _style("h3", "heading 3", FANG, 16, _KEEP_NEXT + _indent() + _outline(2)),
        _style("body", "公文正文", FANG, 16, _indent() + _align("both")),
        _style(SMALL, "附件说明", FANG, 16, _indent()),
        _style(
            SIGN, "落款", FANG, 16, f'<w:ind w:left="{CHARACTER * 27 // 2}" w:right="0"/>' + _align("center")
        ),
        _style(CAPTION, "表题", HEI, 12, _KEEP_NEXT + _plain_lines(before=120, after=60) + _align("center")),
        _style(ATTACHED, "附件标识", HEI, 16, _KEEP_NEXT),
        _style(
            SHEET_TITLE,
            "附件标题",
            TITLE_FACE,
            22,
            _KEEP_NEXT + _spacing(before=LINE_PITCH) + _align("center"),
        ),
        _style(SMALL_NOTE, "附件附注", FANG, 12, _plain_lines(before=60, after=60) + _align("center")),
        _style("tablehead", "表头", HEI, 10.5, _plain_lines()),
        _style("tablecell", "表格文字", FANG, 10.5, _plain_lines()),
        _style("pagenumber", "页码", SONG, 14, _plain_lines()),
        _style("draftmark", "草稿标记", HEI, 14, _plain_lines() + _align("center"), colour="C00000"),
    ]
    defaults = (
        f"<w:docDefaults><w:rPrDefault><w:rPr>{_faces(FANG)}{_size(16)}"
        '<w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>'
        f'<w:pPrDefault><w:pPr><w:widowControl w:val="0"/>{_OFF_GRID}{_spacing()}</w:pPr></w:pPrDefault></w:docDefaults>'
    )
    return f"<w:styles {_NAMESPACES}>{defaults}{''.join(styles)}{_table_style()}</w:styles>"


def _style(  # noqa: PLR0913 - a style names what it sets
    key: str,
    name: str,
    face: str,
    points: float,
    paragraph: str,
    *,
    default: bool = False,
    colour: str = "",
) -> str:
    based = "" if default else '<w:basedOn w:val="Normal"/>'
    ink = f'<w:color w:val="{colour}"/>' if colour else ""
    return (
        f'<w:style w:type="paragraph"{_DEFAULT if default else ""} w:styleId="{key}">'
        f'<w:name w:val="{name}"/>{based}<w:qFormat/><w:pPr>{paragraph}</w:pPr>'
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


def _indent() -> str:
    return f'<w:ind w:firstLine="{CHARACTER * 2}" w:firstLineChars="200"/>'


def _align(value: str) -> str:
    return f'<w:jc w:val="{value}"/>'


def _outline(level: int) -> str:
    return f'<w:outlineLvl w:val="{level}"/>'


def _table_style() -> str:
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


# --- the other parts ----------------------------------------------------------------------------


def _settings() -> str:
    return (
        f'<w:settings {_NAMESPACES}><w:zoom w:percent="100"/><w:evenAndOddHeaders/>'
        '<w:characterSpacingControl w:val="compressPunctuation"/>'
        "<w:compat><w:spaceForUL/><w:balanceSingleByteDoubleByteWidth/><w:doNotLeaveBackslashAlone/>"
        "<w:ulTrailSpace/><w:adjustLineHeightInTable/><w:useFELayout/>"
        '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
        '</w:compat><w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/></w:settings>'
    )


def _font_table() -> str:
    fonts = "".join(
        f'<w:font w:name="{face}"><w:altName w:val="{fallback}"/><w:charset w:val="86"/><w:family w:val="auto"/>'
        '<w:pitch w:val="variable"/></w:font>'
        for face, fallback in FALLBACKS.items()
    )
    return f"<w:fonts {_NAMESPACES}>{fonts}</w:fonts>"


def _core() -> str:
    return (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<dc:title>{{ overview.identity.year }}年度部门（单位）整体支出预算绩效自评报告</dc:title>"
        "<dc:creator>{{ overview.identity.unit_name }}</dc:creator></cp:coreProperties>"
    )


def _content_types() -> str:
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    overrides = {
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
        "/word/document.xml": f"{main}.document.main+xml",
        "/word/styles.xml": f"{main}.styles+xml",
        "/word/settings.xml": f"{main}.settings+xml",
        "/word/fontTable.xml": f"{main}.fontTable+xml",
        **{f"/word/{part}{n}.xml": f"{main}.{part}+xml" for part in ("header", "footer") for n in (1, 2)},
    }
    entries = "".join(
        f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in overrides.items()
    )
    return (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{entries}</Types>'
    )


def _relationships(*targets: tuple[str, str]) -> str:
    base = "http://schemas.openxmlformats.org"

    def family(kind: str) -> str:
        return "package" if "/" in kind else "officeDocument"

    entries = "".join(
        f'<Relationship Id="rId{number}" Type="{base}/{family(kind)}/2006/relationships/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{base}/package/2006/relationships">{entries}</Relationships>'
