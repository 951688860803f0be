"""Sheets that look finished: title, heads, widths, stripes, filters, living totals, charts, print set-up.

A text that begins like a formula stays a text: formulas are written by those who mean one, never out of a value.
"""

import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import ceil
from typing import Any

import xlsxwriter

from selfeval_xlsx.office.package import sealed

MONEY, RATE, SCORE, COUNT = "#,##0.00", "0.00%", "0.00", "0"
CENTRED, MARK, LINK, AS_TYPED, ENTRY = "centred", "mark", "link", "as typed", "entry"
"""How a column looks: by its number format, or short texts, marks that have a colour, links, whatever was typed,
cells to be filled in."""

_NUMBERS = {MONEY, RATE, SCORE, COUNT}
_IN_THE_MIDDLE = {CENTRED, MARK, LINK}
_INK, _HEAD, _STRIPE, _LINE, _FAINT = "#1d2733", "#dce6f1", "#f6f8fb", "#c9d2dc", "#667380"
_ENTRY = "#fff8dc"
RED, AMBER, GREY = "#fde3e1", "#fff3d6", "#e8ebee"
_MARKS = {"错误": RED, "提醒": AMBER, "不能使用": RED, "被取代": GREY, "未报送": RED, "不在名单": AMBER}
_FACE = {"font_name": "微软雅黑", "font_size": 10, "valign": "vcenter", "font_color": _INK}
_LINE_HEIGHT, _HIGHEST = 17, 200
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - the same bytes every time


@dataclass(frozen=True)
class Column:
    """One column: its head, what of a row it shows, how that looks, whether it is summed up, how wide it gets."""

    head: str
    of: Callable[[Any], Any]
    form: str = ""
    summed: bool = False
    widest: int = 34
    narrowest: int = 7
    alarm: bool = False
    """Whether anything but 0 is shown in red."""


@dataclass(frozen=True)
class Formula:
    """A living formula, ``{row}`` for its row, with the value it has now."""

    text: str
    value: float | str = ""


@dataclass(frozen=True)
class Chart:
    """One chart: its title, its kind, and rows of a name and a figure for each of its heads."""

    title: str
    kind: str
    rows: Sequence[Sequence[Any]]
    heads: Sequence[str]
    form: str = COUNT


@dataclass(frozen=True)
class Table:
    """What a sheet shows: its name, its columns, what each row is about, and a remark on top."""

    name: str
    columns: Sequence[Column]
    subjects: Sequence[Any]
    note: str = ""

    @property
    def rows(self) -> list[list[Any]]:
        """The values of each column, row by row."""
        return [[column.of(subject) for column in self.columns] for subject in self.subjects]


def workbook(title: str, tables: Iterable[Table], charts: Iterable[Chart] = ()) -> bytes:
    """A workbook of ``tables``, a sheet each, and of ``charts``: the same bytes every time, with their seal."""
    stream = io.BytesIO()
    # Rows are written one after the other and forgotten, so that memory does not grow by them.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties({"title": title, "created": _EPOCH})
        sheets = Sheets(book)
        for table in tables:
            sheets.table(table)
        if charts:
            sheets.charts(charts)
    return sealed(stream.getvalue())


class Sheets:
    """Writes tables and charts as sheets of one workbook."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._title = book.add_format({**_FACE, "bold": True, "font_size": 14})
        self._note = book.add_format({**_FACE, "font_color": _FAINT, "font_size": 9})
        self._formats: dict[tuple[str, str, bool], Any] = {}

    def look(self, form: str = "", colour: str = "", *, strong: bool = False) -> Any:
        """How a cell of this form looks; ``strong`` is that of heads and totals."""
        key = (form, colour, strong)
        if key not in self._formats:
            look = {**_FACE, "border": 1, "border_color": _LINE}
            look |= {"num_format": form} if form in _NUMBERS else {"text_wrap": True}
            look |= {"bg_color": _ENTRY if form == ENTRY else colour} if colour or form == ENTRY else {}
            look |= {"align": "center"} if form in _IN_THE_MIDDLE else {}
            look |= {"indent": 1} if form not in _NUMBERS | _IN_THE_MIDDLE else {}
            look |= {"font_color": "#1f5fa8", "underline": 1} if form == LINK else {}
            look |= {"bold": True, "bg_color": _HEAD} if strong else {}
            self._formats[key] = self._book.add_format(look)
        return self._formats[key]

    def table(self, table: Table) -> None:
        """One sheet: title and note, head in row 3, rows, and a living total where a column is summed up."""
        sheet, columns, rows = self._book.add_worksheet(table.name), table.columns, table.rows
        sheet.set_row(0, 26)
        sheet.set_row(2, 2 * _LINE_HEIGHT)
        sheet.write_string(0, 0, f"{table.name}（{len(rows)} 行）", self._title)
        sheet.write_string(1, 0, table.note, self._note)
        widths = [_width(column, [row[place] for row in rows]) for place, column in enumerate(columns)]
        for place, (column, width) in enumerate(zip(columns, widths, strict=True)):
            sheet.write_string(2, place, column.head, self.look(CENTRED, strong=True))
            sheet.set_column(place, place, width)
        for number, row in enumerate(rows, start=3):
            for place, (column, value) in enumerate(zip(columns, row, strict=True)):
                self._cell(sheet, (number, place), column.form, value)
            lines = max(map(_lines, columns, row, widths))
            sheet.set_row(number, min(_LINE_HEIGHT * lines + 2, _HIGHEST))
        last = len(rows) + 2
        if rows:
            sheet.autofilter(2, 0, last, len(columns) - 1)
            self._totals(sheet, columns, rows)
        for place in (place for place, column in enumerate(columns) if column.alarm and rows):
            alarm = self._book.add_format({"bg_color": RED, "bold": True})
            above = {"type": "cell", "criteria": ">", "value": 0, "format": alarm}
            sheet.conditional_format(3, place, last, place, above)
        sheet.freeze_panes(3, 1)
        sheet.repeat_rows(2)
        _printed(sheet)

    def _cell(self, sheet: Any, place: tuple[int, int], form: str, value: Any) -> None:
        form, value = _read(form, value)
        colour = _STRIPE if place[0] % 2 else ""
        look = self.look(form, _MARKS.get(str(value), colour) if form == MARK else colour)
        if value is None or value == "":
            sheet.write_blank(*place, None, look)
        elif isinstance(value, Formula):
            sheet.write_formula(*place, value.text.format(row=place[0] + 1), look, value.value)
        elif form == LINK:
            sheet.write_url(*place, f"external:{value}", look, string="打开")
        elif form in _NUMBERS:
            sheet.write_number(*place, float(value), look)
        else:
            sheet.write_string(*place, str(value)[:32767], look)

    def _totals(self, sheet: Any, columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> None:
        """A total row that follows the filter: sums, and the rate of the sums."""
        if not any(column.summed for column in columns):
            return
        last, summed = len(rows) + 2, [place for place, column in enumerate(columns) if column.summed]
        sums = {place: total(row[place] for row in rows) for place in summed}
        sheet.set_row(last + 1, _LINE_HEIGHT + 5)
        sheet.write_string(last + 1, 0, "合计", self.look(strong=True))
        for place, column in enumerate(columns[1:], start=1):
            look = self.look(column.form if column.form in _NUMBERS else "", strong=True)
            if column.summed:
                letter = _letter(place)
                formula = f"=SUBTOTAL(109,{letter}4:{letter}{last + 1})"
                sheet.write_formula(last + 1, place, formula, look, float(sums[place]))
            elif column.head == "执行率":
                heads = {columns[place].head: place for place in summed}
                places = heads["执行数（万元）"], heads["调整后预算（万元）"]
                above, below = (f"{_letter(place)}{last + 2}" for place in places)
                formula = f'=IF({below}=0,"",ROUND({above}/{below},4))'
                outturn, budget = (sums[place] for place in places)
                rate = float(round(outturn / budget, 4)) if budget else ""
                sheet.write_formula(last + 1, place, formula, look, rate)
            else:
                sheet.write_blank(last + 1, place, None, look)

    def charts(self, charts: Iterable[Chart]) -> None:
        """The sheet 图表: charts in two columns, their figures on a hidden sheet."""
        sheet, data = self._book.add_worksheet("图表"), self._book.add_worksheet("图表数据")
        sheet.hide_gridlines(2)
        _printed(sheet)
        data.hide()
        column, tops = 0, [0, 0]
        figures: dict[tuple[int, int], Any] = {}
        for chart in (chart for chart in charts if chart.rows):
            side = tops.index(min(tops))
            height = max(260, 90 + 21 * len(chart.rows)) if chart.kind == "bar" else 360
            figures |= _laid(chart, column)
            made = self._chart(chart, column)
            made.set_size({"width": 720, "height": height})
            sheet.insert_chart(tops[side], 12 * side, made, {"x_offset": 4, "y_offset": 4})
            tops[side] += ceil(height / 20) + 1
            column += len(chart.heads) + 2
        for place, value in sorted(figures.items()):  # in constant memory rows are written downwards
            write = data.write_string if isinstance(value, str) else data.write_number
            write(*place, value)

    def _chart(self, chart: Chart, column: int) -> Any:
        made, last = self._book.add_chart({"type": chart.kind}), len(chart.rows)
        for place, head in enumerate(chart.heads, start=1):
            labels = {"value": True, "num_format": chart.form, "font": {"size": 9, "color": _INK}}
            made.add_series(
                {
                    "name": head,
                    "categories": ["图表数据", 1, column, last, column],
                    "values": ["图表数据", 1, column + place, last, column + place],
                    "gap": 45,
                    **({"fill": {"color": _SERIES[place - 1]}} if chart.kind != "pie" else {}),
                    **({"data_labels": labels} if chart.kind != "column" else {}),
                }
            )
        face = {"size": 9, "color": _INK}
        made.set_title({"name": chart.title, "name_font": {"size": 12, "color": _INK}})
        made.set_legend({"position": "right" if chart.kind == "pie" else "top", "font": face})
        if chart.kind == "bar":
            made.set_legend({"none": True})
            made.set_y_axis({"reverse": True, "num_font": face, "line": {"color": _LINE}})
            made.set_x_axis({"visible": False, "min": 0, "major_gridlines": {"visible": False}})
        elif chart.kind == "column":
            lines = {"visible": True, "line": {"color": "#e3e8ee"}}
            made.set_y_axis({"num_format": "#,##0", "min": 0, "num_font": face, "major_gridlines": lines})
            made.set_x_axis({"num_font": {**face, "rotation": -45}})
        made.set_chartarea({"border": {"color": _LINE}})
        return made


def _laid(chart: Chart, column: int) -> dict[tuple[int, int], Any]:
    lines = [("名称", *chart.heads), *((str(name), *map(float, values)) for name, *values in chart.rows)]
    return {(row, column + at): value for row, line in enumerate(lines) for at, value in enumerate(line)}


_SERIES = ("#3b6ea5", "#e0a34a")


def total(values: Iterable[Any]) -> Decimal:
    """The sum of what is stated."""
    stated = (Decimal(value) for value in values if value is not None and not isinstance(value, Formula))
    return sum(stated, Decimal(0))


def _printed(sheet: Any) -> None:
    """Across, on A4, all columns on one page, the page told below."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(0.4, 0.4, 0.5, 0.6)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C第 &P 页，共 &N 页")


def _read(form: str, value: Any) -> tuple[str, Any]:
    """What a value as typed is: an amount, a rate, a count, or a text."""
    if form != AS_TYPED:
        return form, value
    bare = str(value).replace(",", "")
    if re.fullmatch(r"-?\d{1,14}(?:\.\d+)?", bare):
        return MONEY if "." in bare else COUNT, Decimal(bare)
    if re.fullmatch(r"-?\d{1,6}(?:\.\d+)?%", bare):
        return RATE, Decimal(bare[:-1]) / 100
    return "", value


def _letter(place: int) -> str:
    return str(xlsxwriter.utility.xl_col_to_name(place))


def _width(column: Column, values: Iterable[Any]) -> float:
    """Wide enough for the head in two lines and for most of the values; a Chinese character counts two."""
    if column.form == LINK:
        return column.narrowest + 2
    longest = max((_span(_shown(column, value)) for value in values if value is not None), default=0)
    return min(max(longest + 3, ceil(_span(column.head) / 2) + 4, column.narrowest), column.widest)


def _shown(column: Column, value: Any) -> str:
    if isinstance(value, Formula):
        return ""
    return f"{value:,.2f}" if column.form in {MONEY, SCORE, RATE} else str(value)


def _lines(column: Column, value: Any, width: float) -> int:
    """Lines a text takes in a column of that width."""
    if column.form == LINK or not isinstance(value, str):
        return 1
    return sum(max(ceil((_span(line) + 1) / width), 1) for line in value.split("\n"))


def _span(text: str) -> int:
    """The width of a text's longest line: a Chinese character has two bytes in GBK."""
    return max(len(line.encode("gbk", "replace")) for line in text.split("\n"))
