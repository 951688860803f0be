"""The workbook inside a Word file that holds a chart's figures: values are put into its cells, all else is kept."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from selfeval_xlsx.amounts import plain
from selfeval_xlsx.cells import CellRef, column_number, coordinate
from selfeval_xlsx.office import tree
from selfeval_xlsx.office.package import DAMAGE, DOCUMENT, Package, SwollenError, zipped

CellValues = dict[CellRef, Decimal | None]
"""What belongs into which cell; None empties it."""

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RANGE = re.compile(r"'?(?P<sheet>.+?)'?!\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")
_LARGEST = 16 * 1024 * 1024
"""Bytes the workbook may unpack to; a larger one is left alone."""


def cells_at(reference: str) -> list[CellRef]:
    """The cells of ``Sheet1!$B$2:$B$5``, row by row; none where the reference is of another form."""
    found = _RANGE.fullmatch(reference)
    if found is None:
        return []
    sheet, left, top, right, bottom = found.groups()
    columns = range(column_number(left), column_number(right or left) + 1)
    rows = range(int(top), int(bottom or top) + 1)
    return [CellRef(sheet, coordinate(row, column)) for row in rows for column in columns]


def written(book: bytes, cells: CellValues) -> bytes:
    """``book`` with ``cells`` filled in; one that is no sound .xlsx workbook stays as it is."""
    try:
        package = Package.opened(book, _LARGEST)
        for sheet, part in _sheets(package).items():
            here = {ref.place: value for ref, value in cells.items() if ref.sheet == sheet}
            if here:
                package[part] = _sheet_with(package[part], here)
        return zipped(package)
    except (SwollenError, *DAMAGE):
        return book


def _sheets(package: Package) -> dict[str, str]:
    """The part of each sheet by its name."""
    main = package.related("", "officeDocument")
    if main is None or main.target not in package:
        return {}
    parts = {each.id: each.target for each in package.relations(main.target, "worksheet")}
    named = (
        (each.get("name", ""), parts.get(each.get(f"{{{DOCUMENT}}}id"), ""))
        for each in package.tree(main.target).iter(f"{_S}sheet")
    )
    return {name: part for name, part in named if part in package}


def _sheet_with(content: bytes, values: Mapping[tuple[int, int], Decimal | None]) -> bytes:
    root = tree.parse(content)
    data = root.find(f"{_S}sheetData")
    for (row, column), value in values.items():
        line = _nth(data, "row", row, lambda each: int(each.get("r", "0")), str(row))
        cell = _nth(line, "c", column, _column, coordinate(row, column))
        for child in list(cell):
            cell.remove(child)
        cell.attrib.pop("t", None)
        if value is not None:
            tree.child(cell, f"{_S}v").text = plain(value)
    return tree.written(root)


def _column(cell: Any) -> int:
    return column_number(re.sub(r"\d", "", cell.get("r", "")))


def _nth(parent: Any, name: str, number: int, number_of: Callable[[Any], int], address: str) -> Any:
    """The row or cell of that number, made in its place where the sheet has none."""
    place = 0
    for each in parent.iterchildren(f"{_S}{name}"):
        if number_of(each) == number:
            return each
        place += number_of(each) < number
    made = parent.makeelement(f"{_S}{name}", {"r": address})
    parent.insert(place, made)
    return made
