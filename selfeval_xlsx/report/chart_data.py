"""The workbook inside a Word file that holds a chart's figures: values are put into its cells, all else is kept."""

import io
import posixpath
import re
import zipfile
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from selfeval_xlsx.amounts import plain
from selfeval_xlsx.cells import CellRef, column_number, coordinate
from selfeval_xlsx.office import archive, tree

CellValues = dict[CellRef, Decimal | None]
"""What belongs into which cell; None empties it."""

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_BOOK = "xl/workbook.xml"
_RANGE = re.compile(r"'?(?P<sheet>.+?)'?!\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")
_STAMP = (1980, 1, 1, 0, 0, 0)
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
        with archive.opened(book, _LARGEST) as package:
            parts = {part: package.read(part) for part in package.namelist()}
    except (archive.SwollenError, *archive.DAMAGE):
        return book
    for sheet, part in _sheets(parts).items():
        here = {ref.place: value for ref, value in cells.items() if ref.sheet == sheet}
        if here and part in parts:
            parts[part] = _sheet_with(parts[part], here)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for part, content in parts.items():
            package.writestr(zipfile.ZipInfo(part, _STAMP), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _sheets(parts: Mapping[str, bytes]) -> dict[str, str]:
    """The part of each sheet by its name."""
    folder, name = posixpath.split(_BOOK)
    relations = parts.get(f"{folder}/_rels/{name}.rels")
    if relations is None or _BOOK not in parts:
        return {}
    targets = {
        each.get("Id"): posixpath.join(f"/{folder}", each.get("Target", "")).lstrip("/")
        for each in tree.parse(relations)
    }
    sheets = tree.parse(parts[_BOOK]).iter(f"{_S}sheet")
    return {each.get("name", ""): targets.get(each.get(_RELATION), "") for each in sheets}


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
