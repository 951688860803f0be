"""Native charts of a Word file: each shows the figures that its labels name.

A series whose name and category together name a figure of the form, 执行数 over 人员经费, gets that figure; which
of the two is the line and which the column does not matter. A chart keeps its figures twice: in its own part,
which is drawn, and in a workbook inside the file, which opens when somebody edits the chart's data.
"""

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import zip_longest
from typing import Any

from selfeval_xlsx.amounts import MONEY_PLACES, grouped, plain
from selfeval_xlsx.cells import CellRef, column_number, coordinate
from selfeval_xlsx.office import tree
from selfeval_xlsx.office.package import DAMAGE, DOCUMENT, SPREADSHEET, Package, SwollenError, zipped

Figures = Mapping[str, Decimal | None]
"""A figure by its label, 人员经费·执行数; None where it is not stated: the chart has a gap there."""

PART = re.compile(r"word/charts/chart\d*\.xml")

CellValues = dict[CellRef, Decimal | None]
"""What belongs into which cell; None empties it."""

_RANGE = re.compile(r"'?(?P<sheet>.+?)'?!\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")
_LARGEST = 16 * 1024 * 1024
"""Bytes the workbook may unpack to; a larger one is left alone."""
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_RELATION = f"{{{DOCUMENT}}}id"


@dataclass(frozen=True)
class Series:
    """A row of bars, a line or a pie: its name, and a value for each category (empty where there is none)."""

    element: Any
    name: str
    categories: tuple[str, ...]
    values: tuple[str, ...]

    @property
    def fixed(self) -> bool:
        """Whether its values are written into the chart itself, where no figure can be put."""
        return self.element.find(f"{_C}val/{_C}numRef/{_C}numCache") is None

    @property
    def cells(self) -> list[CellRef]:
        """The cells of the workbook inside that hold its values; LibreOffice saves no references to them."""
        return _cells_at(_text(self.element.find(f"{_C}val/{_C}numRef/{_C}f")))

    def labels(self, figures: Container[str]) -> list[str]:
        """The label of each value; empty where name and category together name none of ``figures``."""
        pairs = ((f"{category}·{self.name}", f"{self.name}·{category}") for category in self.categories)
        return [next((label for label in pair if label in figures), "") for pair in pairs]


def series_of(chart: Any) -> list[Series]:
    """The series of a chart's root element, in its order."""
    return [_series(element) for element in chart.iter(f"{_C}ser")]


def _series(element: Any) -> Series:
    categories = _points(element.find(f"{_C}cat"))
    values = _points(element.find(f"{_C}val"))
    name = " ".join(_points(element.find(f"{_C}tx")).values()) or _text(element.find(f"{_C}tx/{_C}v"))
    count = max((*categories, *values), default=-1) + 1
    return Series(
        element,
        name.strip(),
        tuple(categories.get(index, "").strip() for index in range(count)),
        tuple(values.get(index, "") for index in range(count)),
    )


def _points(data: Any) -> dict[int, str]:
    """The stored points of a series' name, categories or values by their number, gaps left out."""
    points = () if data is None else data.iter(f"{_C}pt")
    return {int(point.get("idx", "0")): _text(point.find(f"{_C}v")) for point in points}


def _text(element: Any) -> str:
    return "" if element is None else element.text or ""


def named_in(element: Any) -> list[str]:
    """The ids of the relations that lead from a paragraph to the charts in it."""
    return [chart.get(_RELATION, "") for chart in element.iter(f"{_C}chart")]


def table_of(chart: Any) -> tuple[tuple[str, ...], ...]:
    """What a chart's root element shows, as a table: the names of its series, then a row for each category."""
    shown = series_of(chart)
    if not shown:
        return ()
    longest = max((series.categories for series in shown), key=len)
    columns = [(series.name, *map(_printed, series.values)) for series in shown]
    return tuple(zip_longest(("", *longest), *columns, fillvalue=""))


def _printed(value: str) -> str:
    """A value, if there is one, as an amount; other programs may write more digits than they were given."""
    try:
        return grouped(Decimal(value), MONEY_PLACES) if value else ""
    except InvalidOperation:
        return value


# --- filling ------------------------------------------------------------------------------------


def filled(parts: Mapping[str, bytes], figures: Figures) -> dict[str, bytes]:
    """``parts`` of a Word file with ``figures`` in its charts; a chart that names none stays as it is.

    A series of which nothing is stated is taken out of a drawing that shows others, and out of its key. LibreOffice
    saves no references to the workbook inside; then only the drawing is filled.
    """
    changed: dict[str, bytes] = {}
    package = Package(parts)
    for part in filter(PART.fullmatch, parts):
        root = tree.parse(parts[part])
        every = [(series, series.labels(figures)) for series in series_of(root)]
        if not any(any(labels) for _, labels in every):
            continue
        cells: CellValues = {}
        empty = []
        for series, labels in every:
            values = [figures.get(label) for label in labels]
            if any(labels):
                cells |= _fill(series, values)
            if all(labels) and all(value is None for value in values):
                empty.append(series.element)
        for element in empty if len(empty) < len(every) else ():
            tree.remove(element)
        changed[part] = tree.written(root)
        books = {data.get(_RELATION) for data in root.iter(f"{_C}externalData")} if cells else ()
        for relation in package.relations(part):
            if relation.id in books and relation.target in package:
                changed[relation.target] = book_with(package[relation.target], cells)
    return {**parts, **changed}


def _fill(series: Series, values: list[Decimal | None]) -> CellValues:
    """Put ``values`` into the part, and return what belongs into which cell of the workbook."""
    cache = series.element.find(f"{_C}val/{_C}numRef/{_C}numCache")
    if cache is None:
        return {}
    for point in cache.findall(f"{_C}pt"):
        cache.remove(point)
    count = cache.find(f"{_C}ptCount")
    count.set("val", str(len(values)))
    for index, value in reversed(list(enumerate(values))):
        if value is not None:
            point = tree.element(f"{_C}pt", {"idx": str(index)})
            tree.child(point, f"{_C}v").text = plain(value)
            count.addnext(point)
    return dict(zip(series.cells, values, strict=False))


# --- the workbook inside the file ---------------------------------------------------------------


def _cells_at(reference: str) -> list[CellRef]:
    """The cells of ``Sheet1!$B$2:$B$5``, row by row; none where the reference is of another form."""
    area = _RANGE.fullmatch(reference)
    if area is None:
        return []
    sheet, left, top, right, bottom = area.groups()
    columns = range(column_number(left), column_number(right or left) + 1)
    rows = range(int(top), int(bottom or top) + 1)
    return [CellRef(sheet, coordinate(row, column)) for row in rows for column in columns]


def book_with(book: bytes, cells: CellValues) -> bytes:
    """``book`` with ``cells`` filled in; one that is no sound .xlsx workbook stays as it is."""
    try:
        package = Package.opened(book, _LARGEST)
        main = package.related("", "officeDocument")
        known = [] if main is None else package.sheets(main.target, package.tree(main.target))
        for sheet, part in known:
            here = {ref.place: value for ref, value in cells.items() if ref.sheet == sheet}
            if here:
                package[part] = _sheet_with(package[part], here)
        return zipped(package)
    except (SwollenError, *DAMAGE):
        return book


def _sheet_with(content: bytes, values: Mapping[tuple[int, int], Decimal | None]) -> bytes:
    root = tree.parse(content)
    data = root.find(f"{SPREADSHEET}sheetData")
    for (row, column), value in values.items():
        cell = _at(_at(data, "row", str(row)), "c", coordinate(row, column))
        for child in list(cell):
            cell.remove(child)
        cell.attrib.pop("t", None)
        if value is not None:
            tree.child(cell, f"{SPREADSHEET}v").text = plain(value)
    return tree.written(root)


def _at(parent: Any, name: str, address: str) -> Any:
    """The row or cell of that address, made in its place where the sheet has none."""
    there = parent.findall(f"{SPREADSHEET}{name}")
    places = [CellRef("", element.get("r", "0")).place for element in there]
    wanted = CellRef("", address).place
    if wanted in places:
        return there[places.index(wanted)]
    made = tree.element(f"{SPREADSHEET}{name}", {"r": address})
    parent.insert(sum(place < wanted for place in places), made)
    return made
