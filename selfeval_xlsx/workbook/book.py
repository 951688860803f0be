"""What the reader needs of a workbook's file: cells, defined names, edition, free of the library."""

import io
import re
import warnings
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from selfeval_xlsx.cells import column_number
from selfeval_xlsx.errors import NotAWorkbookError
from selfeval_xlsx.form.form import EDITION_NAME, EDITION_PROPERTY, PLAN
from selfeval_xlsx.form.kinds import Raw
from selfeval_xlsx.office.guard import COLUMN_LIMIT, ROW_LIMIT
from selfeval_xlsx.workbook.salvage import readable

Made = TypeVar("Made")

_DAMAGE = (
    BadZipFile, InvalidFileException, OSError, KeyError, ValueError, IndexError, TypeError, AttributeError,
    SyntaxError, zlib.error, EOFError, RuntimeError,
)  # fmt: skip
_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")
_REFERENCE = re.compile(r"(?:'((?:[^']|'')+)'|([^'!,]+))!([$A-Z0-9:]+)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")

_OWN_NAMES = {*(slot.field.name for _, slot in PLAN.slots.values()), EDITION_NAME} | {
    table.name for _, table in PLAN.tables.values()
}


@dataclass(frozen=True)
class Book:
    """The parts of a workbook the reader needs, free of the library."""

    grids: Mapping[str, Mapping[tuple[int, int], Raw]]
    names: Mapping[str, tuple[str, str]]
    """Defined name → (sheet, range); names that point nowhere are left out."""
    local_names: Mapping[str, frozenset[str]]
    edition: str | None
    results: "_Results"

    def at(self, sheet: str, place: tuple[int, int]) -> Raw:
        """What stands in a cell; of a formula, its stored result."""
        raw = self.grids[sheet].get(place, Raw())
        return self.results.of(sheet).get(place, raw) if raw.uncalculated else raw


class _Results:
    """The stored results of formulas. They cost a second pass, made only if an input cell holds a formula."""

    def __init__(self, data: bytes, name: str) -> None:
        self._data = data
        self._name = name
        self._found: dict[str, dict[tuple[int, int], Raw]] = {}

    def of(self, sheet: str) -> Mapping[tuple[int, int], Raw]:
        """The values of ``sheet``."""
        if sheet not in self._found:
            self._found[sheet] = _guarded(lambda data: self._read(data, sheet), self._data, self._name)
        return self._found[sheet]

    @staticmethod
    def _read(data: bytes, sheet: str) -> dict[tuple[int, int], Raw]:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        rows = book[sheet].iter_rows(max_row=ROW_LIMIT, max_col=COLUMN_LIMIT)
        return {(item.row, item.column): _raw(item) for row in rows for item in row if item.value is not None}


def load(data: bytes, name: str) -> Book:
    """The workbook in ``data``, which was let pass by :mod:`guard`; ``name`` is the file's name, for messages.

    Raises:
        NotAWorkbookError: damaged.

    """
    return _guarded(lambda content: _book(content, name), data, name)


def _guarded(read: Callable[[bytes], Made], data: bytes, name: str) -> Made:
    """What ``read`` makes of ``data``; what the library stumbles over, but for single cells, means a damaged file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # extensions the library leaves out do not concern the reader
            try:
                return read(data)
            except (ValueError, IndexError):
                return read(readable(data))
    except _DAMAGE as error:
        raise NotAWorkbookError(
            f"{name} 已损坏，打不开。请用 Excel 或 WPS 打开，选“另存为”存成一份新的 .xlsx 再试。"
        ) from error


def _book(data: bytes, name: str) -> Book:
    book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    grids: dict[str, dict[tuple[int, int], Raw]] = {}
    for sheet in book.worksheets:
        grid: dict[tuple[int, int], Raw] = {}
        for row in sheet.iter_rows(max_row=ROW_LIMIT, max_col=COLUMN_LIMIT):
            for item in row:
                if item.value is not None:
                    formula = item.data_type == "f"
                    grid[item.row, item.column] = Raw(uncalculated=True) if formula else _raw(item)
        grids[sheet.title] = grid
    local = {sheet.title: frozenset(getattr(sheet, "defined_names", {})) for sheet in book.worksheets}
    return Book(grids, _names(book), local, _stored_edition(book), _Results(data, name))


def _raw(item: Any) -> Raw:
    value = item.value
    if isinstance(value, str):
        return Raw(
            _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value)
            .replace("\r\n", "\n")
            .replace("\r", "\n")
        )
    return Raw(value, percent=isinstance(value, int | float) and "%" in _number_format(item))


def _number_format(item: Any) -> str:
    """How a cell displays its number; empty where it names a style the workbook has not."""
    try:
        return item.number_format or ""
    except IndexError:
        return ""


def _names(book: Any) -> dict[str, tuple[str, str]]:
    """Where the form's names point. Others a workbook has gathered, whole or broken, are not looked at."""
    titles = {sheet.title for sheet in book.worksheets}
    names: dict[str, tuple[str, str]] = {}
    for defined in (*(getattr(sheet, "defined_names", {}) for sheet in book.worksheets), book.defined_names):
        for name in defined.keys() & _OWN_NAMES:
            target = _target(defined[name].attr_text or "")
            if target is not None and target[0] in titles:
                names[name] = target
    return names


def _target(reference: str) -> tuple[str, str] | None:
    """``'预算'!$E$9`` as sheet and range; None for anything but one range of one sheet."""
    match = _REFERENCE.fullmatch(reference.strip().removeprefix("="))
    if match is None or not _RANGE.fullmatch(match[3]):
        return None
    quoted, bare, area = match.groups()
    return (bare if quoted is None else quoted.replace("''", "'"), area)


def _stored_edition(book: Any) -> str | None:
    for item in book.custom_doc_props.props:
        if item.name == EDITION_PROPERTY:
            return str(item.value)
    return None


def corners(area: str) -> tuple[int, int, int, int]:
    """Top, left, bottom and right of a range: ``$B$2:$D$9`` → (2, 2, 9, 4).

    Raises:
        ValueError: it is no range of cells.

    """
    match = _RANGE.fullmatch(area)
    if match is None:
        raise ValueError(area)
    left, top = column_number(match[1]), int(match[2])
    return top, left, int(match[4] or top), column_number(match[3]) if match[3] else left
