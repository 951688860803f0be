"""The shipped Word templates, and variants of them: another text, another chart; their text as people review it."""

import io
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from docx import Document
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml import etree
from openpyxl import Workbook

from selfeval_xlsx import files
from tests.conftest import ROOT
from tests.word_edits import packed, parts_of

REPORT = (ROOT / "templates" / files.REPORT).read_bytes()
BRIEF = (ROOT / "templates" / files.BRIEF_REPORT).read_bytes()
CHART = "word/charts/chart1.xml"
CHART_BOOK = "word/embeddings/chart1.xlsx"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


def with_text(body: str) -> bytes:
    """The report's template with ``body`` (WordprocessingML) for its text; the page stays."""
    parts = parts_of(REPORT)
    head, _, rest = parts["word/document.xml"].decode().partition("<w:body>")
    page = rest[rest.rindex("<w:sectPr>") :]
    return packed({**parts, "word/document.xml": f"{head}<w:body>{body}{page}".encode()})


def table_xml(title: str, template: bytes = REPORT) -> Any:
    """A copy of the table of that title (as Word's table properties show it)."""
    root: Any = etree.fromstring(parts_of(template)["word/document.xml"])
    return next(
        deepcopy(table)
        for table in root.iter(qn("w:tbl"))
        if table.find(f"{qn('w:tblPr')}/{qn('w:tblCaption')}").get(qn("w:val")) == title
    )


# --- charts -------------------------------------------------------------------------------------


def with_chart(categories: Sequence[str], series: Sequence[str]) -> bytes:
    """The report's template with nothing but its chart, which has these labels instead of its own (or fewer)."""
    document: Any = etree.fromstring(parts_of(REPORT)["word/document.xml"])
    drawing = next(document.iter(qn("w:drawing"))).getparent().getparent()
    parts = parts_of(with_text(str(etree.tostring(drawing, encoding="unicode"))))
    chart: Any = etree.fromstring(parts[CHART])
    drawn = list(chart.iter(f"{_C}ser"))
    for number, (bars, name) in enumerate(zip(drawn, series, strict=False)):
        column = "BC"[number]
        _relabel(bars.find(f"{_C}tx"), f"Sheet1!${column}$1", [name])
        _relabel(bars.find(f"{_C}cat"), f"Sheet1!$A$2:$A${len(categories) + 1}", categories)
        _relabel(
            bars.find(f"{_C}val"),
            f"Sheet1!${column}$2:${column}${len(categories) + 1}",
            ["0"] * len(categories),
        )
    for bars in drawn[len(series) :]:
        bars.getparent().remove(bars)
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "Sheet1"
    for row in ([None, *series], *([category, *(0 for _ in series)] for category in categories)):
        sheet.append(row)
    saved = io.BytesIO()
    book.save(saved)
    return packed({**parts, CHART: etree.tostring(chart), CHART_BOOK: saved.getvalue()})


def _relabel(reference: Any, formula: str, values: Sequence[str]) -> None:
    """Point a reference of a chart at ``formula``, whose cells hold ``values``."""
    reference.find(f".//{_C}f").text = formula
    points = reference.findall(f".//{_C}pt")
    reference.find(f".//{_C}ptCount").set("val", str(len(values)))
    for point, value in zip(points, values, strict=False):
        point.find(f"{_C}v").text = value
    for point in points[len(values) :]:
        point.getparent().remove(point)


# --- as people review it ------------------------------------------------------------------------


def reviewed(template: bytes) -> str:
    """Style and text of every paragraph and cell from top to bottom, tags as they stand, page ends, headers, footers."""
    document = Document(io.BytesIO(template))
    lines = [line for item in document.iter_inner_content() for line in _lines(item)]
    section = document.sections[-1]
    for place, part in (
        ("页眉", section.header),
        ("偶数页页眉", section.even_page_header),
        ("页脚", section.footer),
        ("偶数页页脚", section.even_page_footer),
    ):
        lines += [f"{place} {_paragraph(paragraph)}" for paragraph in part.paragraphs]
    return "\n".join([*lines, *_charts(template), *_properties(document)]) + "\n"


def _lines(item: Paragraph | Table) -> list[str]:
    if isinstance(item, Table):
        caption = next(item._tbl.iter(qn("w:tblCaption"))).get(qn("w:val"))  # noqa: SLF001 - python-docx has no name for it
        rows = [
            "| " + " | ".join(_paragraph(paragraph) for cell in _cells(row) for paragraph in cell)
            for row in item.rows
        ]
        return [f"表格：{caption}", *rows]
    page = item._p.find(f"{qn('w:pPr')}/{qn('w:sectPr')}/{qn('w:pgSz')}")  # noqa: SLF001
    if page is not None:
        return [f"分节：{'横' if page.get(qn('w:orient')) else '纵'}排到此为止"]
    return [_paragraph(item) + ("（图）" if next(item._p.iter(qn("w:drawing")), None) is not None else "")]  # noqa: SLF001


def _cells(row: Any) -> list[list[Paragraph]]:
    return [[Paragraph(p, row) for p in cell.iter(qn("w:p"))] for cell in row._tr.iter(qn("w:tc"))]  # noqa: SLF001 - each cell once


def _paragraph(paragraph: Paragraph) -> str:
    style = paragraph.style.name if paragraph.style else ""
    return f"[{style}] {paragraph.text}".rstrip()


def _charts(template: bytes) -> list[str]:
    parts = parts_of(template)
    return [
        f"图的标签：{'、'.join(value.text or '' for value in etree.fromstring(content).iter(f'{_C}v'))}"
        for name, content in parts.items()
        if name.startswith("word/charts/chart")
    ]


def _properties(document: WordDocument) -> list[str]:
    core = document.core_properties
    return [
        f"文档属性 {name}：{getattr(core, name)}"
        for name in ("title", "subject", "author", "keywords", "category", "language")
    ]
