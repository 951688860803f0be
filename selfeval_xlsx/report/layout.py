"""Builds the shipped Word template: the official page layout (GB/T 9704-2012) around the outline.

Lengths are in twips (1/20 pt) unless said otherwise. The package is written part by part, so that it
holds nothing but what stands here.
"""

from html import escape

from selfeval_xlsx.office.unmodified import packed
from selfeval_xlsx.report.drawing import chart_book, chart_part, drawing
from selfeval_xlsx.report.grid import word_table
from selfeval_xlsx.report.lines import BLANK, BODY, CHART, SECTION, TABLE, TAG, UPRIGHT, Outline
from selfeval_xlsx.report.outline import FULL
from selfeval_xlsx.report.styles import (
    BOTTOM,
    CHARACTER_SPACE,
    FANG,
    FOOTER,
    HEI,
    LEFT,
    LEFT_NUMBER,
    LINE_PITCH,
    MARK,
    NAMESPACES,
    PAGE,
    RIGHT,
    RIGHT_NUMBER,
    TEXT_WIDTH,
    TOP,
    font_table,
    styles,
)
from selfeval_xlsx.report.theme import theme

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_FIXED = (
    ("styles", "styles.xml"),
    ("settings", "settings.xml"),
    ("fontTable", "fontTable.xml"),
    ("header", "header1.xml"),
    ("header", "header2.xml"),
    ("footer", "footer1.xml"),
    ("footer", "footer2.xml"),
    ("theme", "theme/theme1.xml"),
)
"""The parts every document leads to, in the order of their relations rId1, rId2 …"""


def build(outline: Outline = FULL) -> bytes:
    """The shipped template of ``outline`` as .docx bytes, sealed; the same bytes every time."""
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": _content_types(outline),
        "_rels/.rels": _relationships(
            ("officeDocument", "word/document.xml"),
            ("metadata/core-properties", "docProps/core.xml"),
        ),
        "docProps/core.xml": _core(),
        "word/document.xml": _document(outline),
        "word/_rels/document.xml.rels": _relationships(
            *_FIXED, *(("chart", f"charts/chart{number}.xml") for number in _numbers(outline).values())
        ),
        "word/styles.xml": styles(),
        "word/settings.xml": _settings(),
        "word/fontTable.xml": font_table(),
        "word/theme/theme1.xml": theme(HEI, FANG),
        "word/header1.xml": _header(),
        "word/header2.xml": _header(),
        "word/footer1.xml": _footer(RIGHT_NUMBER),
        "word/footer2.xml": _footer(LEFT_NUMBER),
        **_charts(outline),
    }
    return packed(
        {
            name: content if isinstance(content, bytes) else (_HEAD + content).encode()
            for name, content in parts.items()
        }
    )


# --- the text -----------------------------------------------------------------------------------


def _document(outline: Outline) -> str:
    body = "".join(_line(style, text, outline) for style, text in outline.lines)
    return f"<w:document {NAMESPACES}><w:body>{body}{_section()}</w:body></w:document>"


def _line(style: str, text: str, outline: Outline) -> str:
    if style == TABLE:
        return word_table(outline.tables[text], TEXT_WIDTH)
    if style == CHART:
        return _chart(text, outline)
    if style == SECTION:
        return f"<w:p><w:pPr>{_section() if text == UPRIGHT else _section_across()}</w:pPr></w:p>"
    if style == BLANK:
        return f'<w:p><w:pPr><w:pStyle w:val="{BODY}"/><w:keepNext/></w:pPr></w:p>'
    return _paragraph(BODY if style == TAG else style, text)


def _paragraph(style: str, text: str) -> str:
    run = "<w:r><w:tab/></w:r>".join(
        f'<w:r><w:t xml:space="preserve">{escape(part, quote=False)}</w:t></w:r>'
        for part in text.split("\t")
        if part
    )
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{run}</w:p>'


def _chart(name: str, outline: Outline) -> str:
    number = _numbers(outline)[name]
    run = drawing(outline.charts[name], _relation_of(number), number, TEXT_WIDTH)
    return f'<w:p><w:pPr><w:pStyle w:val="{CHART}"/></w:pPr>{run}</w:p>'


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
    return f"<w:hdr {NAMESPACES}>" + _paragraph(MARK, "{{ mark }}") + "</w:hdr>"


def _footer(style: str) -> str:
    """— 1 — on the outer side."""
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
        f'<w:ftr {NAMESPACES}><w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>'
        f"{dash.format('— ')}{field}{dash.format(' —')}</w:p></w:ftr>"
    )


# --- charts -------------------------------------------------------------------------------------


def _numbers(outline: Outline) -> dict[str, int]:
    return {name: number for number, name in enumerate(outline.charts, start=1)}


def _relation_of(number: int) -> str:
    """The relation that leads from the text to a chart."""
    return f"rId{len(_FIXED) + number}"


def _charts(outline: Outline) -> dict[str, str | bytes]:
    """The parts of the charts, each with the workbook of its figures."""
    parts: dict[str, str | bytes] = {}
    for name, number in _numbers(outline).items():
        book = f"embeddings/chart{number}.xlsx"
        parts[f"word/charts/chart{number}.xml"] = chart_part(outline.charts[name], "rId1")
        parts[f"word/charts/_rels/chart{number}.xml.rels"] = _relationships(("package", f"../{book}"))
        parts[f"word/{book}"] = chart_book(outline.charts[name])
    return parts


_CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_BOOK_TYPE = '<Default Extension="xlsx" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"/>'

# --- the other parts ----------------------------------------------------------------------------


def _settings() -> str:
    return (
        f'<w:settings {NAMESPACES}><w:zoom w:percent="100"/><w:evenAndOddHeaders/>'
        '<w:characterSpacingControl w:val="compressPunctuation"/>'
        "<w:compat><w:spaceForUL/><w:balanceSingleByteDoubleByteWidth/><w:doNotLeaveBackslashAlone/>"
        "<w:ulTrailSpace/><w:doNotExpandShiftReturn/><w:adjustLineHeightInTable/><w:useFELayout/>"
        '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
        '</w:compat><w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/></w:settings>'
    )


def _core() -> str:
    year, unit = "{{ overview.identity.year }}年度", "{{ overview.identity.unit_name }}"
    return (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{year}部门（单位）整体支出预算绩效自评报告</dc:title>"
        f"<dc:subject>{unit}{year}部门整体支出绩效自评</dc:subject><dc:creator>{unit}</dc:creator>"
        f"<cp:keywords>部门整体支出；绩效自评；{year}；{unit}</cp:keywords><cp:category>{year}</cp:category>"
        "<dc:language>zh-CN</dc:language></cp:coreProperties>"
    )


def _content_types(outline: Outline) -> str:
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    overrides = {
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
        "/word/document.xml": f"{main}.document.main+xml",
        "/word/styles.xml": f"{main}.styles+xml",
        "/word/settings.xml": f"{main}.settings+xml",
        "/word/fontTable.xml": f"{main}.fontTable+xml",
        "/word/theme/theme1.xml": "application/vnd.openxmlformats-officedocument.theme+xml",
        **{f"/word/{part}{n}.xml": f"{main}.{part}+xml" for part in ("header", "footer") for n in (1, 2)},
        **{f"/word/charts/chart{n}.xml": _CHART_TYPE for n in _numbers(outline).values()},
    }
    entries = "".join(
        f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in overrides.items()
    )
    return (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{_BOOK_TYPE if outline.charts else ""}{entries}</Types>'
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
