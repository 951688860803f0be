"""Draws the charts of the shipped Word templates: native ones, whose look and data can be edited in Word.

A chart shows bars that lie, so that long amounts stand beside them; dark and light, so that they can be told
apart on a black-and-white print. Its figures are filled in by :mod:`charts`.
"""

import io
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lxml import etree

_SHEET = "Sheet1"
_PART = "xl/charts/chart1.xml"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PT = 12700
"""English metric units in a point."""
_LINE = 22
"""Points a category takes in height, all its bars together."""
_UNSHOWN = ("showCatName", "showSerName", "showPercent", "showBubbleSize")
_FACE = {"name": "宋体", "size": 9}
_FILLS = ("404040", "BFBFBF", "7F7F7F")


@dataclass(frozen=True)
class WordChart:
    """Bars for each of ``categories``, one of them for each of ``series``."""

    title: str
    """What it shows, for people who have the document read to them."""
    categories: tuple[str, ...]
    series: tuple[str, ...]


def drawing(chart: WordChart, relation: str, number: int, width: int) -> str:
    """``chart`` in a run, ``width`` twips wide; ``relation`` leads to its part."""
    height = _LINE * (len(chart.categories) + 1) * _PT
    return (
        '<w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
        f' distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{width * _PT // 20}" cy="{height}"/>'
        f'<wp:docPr id="{number}" name="图 {number}" descr="{chart.title}"/><wp:cNvGraphicFramePr/>'
        '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
        '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart">'
        f'<c:chart xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" r:id="{relation}"/>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )


def chart_part(chart: WordChart, relation: str) -> bytes:
    """The part a chart is drawn from; ``relation`` leads to its workbook."""
    buffer = io.BytesIO()
    with _opened(buffer) as book:
        _write_data(book, chart).insert_chart(0, 0, _bars(book, chart))
    with zipfile.ZipFile(buffer) as package:
        root: Any = etree.fromstring(package.read(_PART))
    data = root.makeelement(f"{_C}externalData", {f"{{{_R}}}id": relation})
    etree.SubElement(data, f"{_C}autoUpdate", val="0")
    root.replace(root.find(f"{_C}printSettings"), data)
    # What is left out, programs understand differently: rounded corners, gaps, and words in the labels of the bars.
    root.find(f"{_C}lang").addnext(root.makeelement(f"{_C}roundedCorners", {"val": "0"}))
    visible = root.find(f"{_C}chart/{_C}plotVisOnly")
    visible.addnext(root.makeelement(f"{_C}dispBlanksAs", {"val": "gap"}))
    for label in root.iter(f"{_C}dLbls"):
        shown = label.find(f"{_C}showVal")
        shown.addprevious(root.makeelement(f"{_C}showLegendKey", {"val": "0"}))
        for name in reversed(_UNSHOWN):
            shown.addnext(root.makeelement(f"{_C}{name}", {"val": "0"}))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def chart_book(chart: WordChart) -> bytes:
    """The workbook with the figures of a chart."""
    buffer = io.BytesIO()
    with _opened(buffer) as book:
        _write_data(book, chart)
    return buffer.getvalue()


def _opened(buffer: io.BytesIO) -> Any:
    import xlsxwriter  # noqa: PLC0415 - only whoever makes a template draws

    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": datetime(2025, 1, 1, tzinfo=UTC)})  # the same bytes every time
    return book


def _write_data(book: Any, chart: WordChart) -> Any:
    """The sheet with names and room for figures."""
    sheet = book.add_worksheet(_SHEET)
    sheet.write_row(0, 1, chart.series)
    sheet.write_column(1, 0, chart.categories)
    for column in range(len(chart.series)):
        sheet.write_column(1, column + 1, [0] * len(chart.categories))
    return sheet


def _bars(book: Any, chart: WordChart) -> Any:
    bars = book.add_chart({"type": "bar"})
    last = len(chart.categories)
    for column, fill in zip(range(1, len(chart.series) + 1), _FILLS, strict=False):
        bars.add_series(
            {
                "name": [_SHEET, 0, column],
                "categories": [_SHEET, 1, 0, last, 0],
                "values": [_SHEET, 1, column, last, column],
                "fill": {"color": f"#{fill}"},
                "border": {"color": "#404040", "width": 0.5},
                "data_labels": {"value": True, "num_format": "#,##0.00", "font": _FACE},
                "gap": 60,
                "overlap": 0,
            }
        )
    bars.set_title({"none": True})
    bars.set_legend({"position": "bottom", "font": _FACE})
    bars.set_y_axis(
        {"reverse": True, "num_font": _FACE, "major_tick_mark": "none", "minor_tick_mark": "none"}
    )
    bars.set_x_axis({"visible": False, "major_gridlines": {"visible": False}})
    bars.set_chartarea({"border": {"none": True}})
    return bars
