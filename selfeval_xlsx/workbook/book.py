"""What a workbook's file holds, as far as the reader needs it: cells, defined names, what is merged or hidden, edition.

The library knows dates and number formats, but gives a whole workbook up over one odd style, chart or property, and
takes a cell's word for what is stored in it. So the few parts that matter are read here, and nothing else is looked at.
"""

import io
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, lru_cache
from xml.etree.ElementTree import Element, fromstring, iterparse

from selfeval_xlsx.cells import CellRef, column_letters, column_number, coordinate
from selfeval_xlsx.errors import NotAWorkbookError
from selfeval_xlsx.form.declare import defined_name
from selfeval_xlsx.form.form import EDITION_NAME, EDITION_PROPERTY, PLAN, RULEBOOK_NAME
from selfeval_xlsx.form.kinds import Raw
from selfeval_xlsx.form.values import LOCAL
from selfeval_xlsx.office.guard import COLUMN_LIMIT, ROW_LIMIT, inspect
from selfeval_xlsx.office.package import DAMAGE, Package, read_properties


@contextmanager
def _kept_out(module: str) -> Iterator[None]:
    """Let what is imported meanwhile believe that ``module`` is not there, unless it is loaded already."""
    absent = module not in sys.modules
    if absent:
        sys.modules[module] = None  # type: ignore[assignment]
    yield
    if absent:
        del sys.modules[module]


with _kept_out("lxml"):  # it takes 7 ms to load, and nothing here needs it
    from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
    from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL, _ROW, _COLUMN = f"{_MAIN}c", f"{_MAIN}row", f"{_MAIN}col"
_VALUE, _FORMULA, _INLINE = f"{_MAIN}v", f"{_MAIN}f", f"{_MAIN}is"
_ITEM, _TEXT, _RUN = f"{_MAIN}si", f"{_MAIN}t", f"{_MAIN}r"

_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")
_REFERENCE = re.compile(r"(?:'((?:[^']|'')+)'|([^'!,]+))!([$A-Z0-9:]+)")
_MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*?\bref=["']([$A-Z0-9:]+)["']""")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NUMBER = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*", re.ASCII)
_LONGEST_NUMBER = 300
_NOWHERE = "#REF!"
"""Stands for a text that the workbook does not hold."""
_TRUE = {"1", "true"}
_PLAIN, _PERCENT, _DATE = "plain", "percent", "date"
"""How a cell displays a number."""
_CHINESE_DATES = dict.fromkeys((*range(27, 37), *range(50, 59)), "yyyy/m/d")
"""Built-in formats of Chinese spreadsheet programs, which the library does not know: all of them show a date."""

_COLUMNS = {column_letters(number): number for number in range(1, COLUMN_LIMIT + 1)}
_OWN_NAMES = {*(slot.field.name for _, slot in PLAN.slots.values()), EDITION_NAME, RULEBOOK_NAME} | {
    table.name for _, table in PLAN.tables.values()
}

_REMARK = re.compile(rb"<!--.*?-->|<\?(?!xml\s).*?\?>", re.DOTALL)
"""A comment or an instruction: read piece by piece, a long one costs time by its square."""

_LOCAL = defined_name(LOCAL)

_EMPTY = Raw()

Place = tuple[int, int]
"""Row and column of a cell, 1-based."""
Area = tuple[int, int, int, int]
"""Top, left, bottom and right of a range, 1-based."""


@lru_cache(maxsize=5_000)  # the same labels stand in every workbook
def label_of(text: str) -> str:
    """A label as it is compared: without blanks and without the star of a required cell."""
    return "".join(text.split()).strip("*＊")


@dataclass(frozen=True)
class Sheet:
    """One worksheet: what stands in its cells, and what of it is merged or hidden."""

    title: str
    cells: Mapping[Place, Raw]
    merged: Sequence[Area] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    visibility: str = "visible"
    """``visible``, ``hidden``, or ``veryHidden``: that one no menu can show."""
    names: frozenset[str] = frozenset()
    """Names of the form that are valid on this sheet only, as the copy of a sheet has them."""

    def at(self, place: Place) -> Raw:
        """What stands in a cell; of a formula, its stored result."""
        return self.cells.get(place, _EMPTY)

    def ref(self, row: int, column: int) -> CellRef:
        """The address of a cell."""
        return CellRef(self.title, coordinate(row, column))

    def cell(self, row: int, column: int) -> tuple[CellRef, Raw]:
        """A cell: where it is, and what stands in it."""
        return self.ref(row, column), self.at((row, column))

    @cached_property
    def labels(self) -> Mapping[Place, str]:
        """What stands in each cell, as labels are compared."""
        return {place: label_of(raw.text) for place, raw in self.cells.items()}

    @cached_property
    def filled(self) -> Mapping[int, Sequence[int]]:
        """The columns of each row in which something stands; rows without any are left out."""
        columns: dict[int, list[int]] = {}
        for (row, column), raw in self.cells.items():
            if not raw.blank:
                columns.setdefault(row, []).append(column)
        return columns

    @cached_property
    def rows_by_label(self) -> Mapping[str, int]:
        """The first row that begins with a label."""
        rows: dict[str, int] = {}
        for row, columns in sorted(self.filled.items()):
            rows.setdefault(self.labels[row, min(columns)], row)
        return rows


@dataclass(frozen=True)
class Book:
    """The parts of a workbook the reader needs."""

    sheets: Mapping[str, Sheet]
    names: Mapping[str, tuple[str, Area]]
    """Defined name → (sheet, range); names that point nowhere are left out."""
    edition: str | None


def load(data: bytes, name: str) -> Book:
    """The workbook in ``data``; ``name`` is the file's name, for messages.

    Raises:
        NotAWorkbookError: not an .xlsx workbook, damaged, or not safe to open.

    """
    package = inspect(data, name)
    try:
        return _book(package)
    except DAMAGE as error:
        raise NotAWorkbookError(
            f"{name} 已损坏，打不开。请用 Excel 或 WPS 打开，选“另存为”存成一份新的 .xlsx 再试。"
        ) from error


# --- the package ----------------------------------------------------------------------------------------


def _xml(package: Package, path: str) -> bytes:
    """The content of a part.

    Raises:
        ValueError: it declares entities, which can swell without end, or hides them in another encoding.

    """
    content = package[path]
    if b"<!DOCTYPE" in content or b"\0" in content[:64]:
        raise ValueError(path)
    remarks = (b"<!--" in content or content.count(b"<?") > 1) and b"<![CDATA[" not in content
    return _REMARK.sub(b"", content) if remarks else content


def _book(parts: Package) -> Book:
    main = next((main.target for main in parts.relations("", "officeDocument")), "xl/workbook.xml")
    root = fromstring(_xml(parts, main))
    if root.tag != f"{_MAIN}workbook":
        raise ValueError(main)
    relations = parts.relations(main)
    paths = {relation.kind: relation.target for relation in relations if relation.target in parts}
    properties = root.find(f"{_MAIN}workbookPr")
    shared = fromstring(_xml(parts, paths["sharedStrings"])) if "sharedStrings" in paths else ()
    content = _Content(
        [_joined(item) for item in shared if item.tag == _ITEM],
        _displays(_xml(parts, paths["styles"])) if "styles" in paths else [],
        MAC_EPOCH if properties is not None and properties.get("date1904") in _TRUE else WINDOWS_EPOCH,
    )
    listed = list(root.iter(f"{_MAIN}sheet"))
    names, local = _names(root, [item.get("name", "") for item in listed])
    own = {page.name for page in PLAN.sheets} | {sheet for sheet, _ in names.values()}
    worksheets = {relation.id: relation.target for relation in relations if relation.kind == "worksheet"}
    sheets = {}
    for item in listed:
        title, path = item.get("name", ""), worksheets.get(item.get(_RELATION_ID, ""), "")
        if path not in parts:
            continue
        state = item.get("state", "visible")
        try:
            part = _xml(parts, path)
            asked_for = title in own or state != "visible" or title in local or content.may_copy(part)
            sheet = _sheet(title, part, content) if asked_for else Sheet(title, {})
        except DAMAGE:
            if title in own:
                raise
            continue  # a sheet of the user's own, which no field lies on
        sheets[title] = replace(sheet, visibility=state, names=frozenset(local.get(title, {})))
    return Book(sheets, {name: at for name, at in names.items() if at[0] in sheets}, _edition(parts))


def _names(root: Element, titles: Sequence[str]) -> tuple[dict[str, tuple[str, Area]], dict[str, set[str]]]:
    """Where the form's names point, and which names each sheet has of its own.

    Others a workbook has gathered, whole or broken, are not looked at.
    """
    everywhere: dict[str, tuple[str, Area]] = {}
    on_a_sheet: dict[str, tuple[str, Area]] = {}
    local: dict[str, set[str]] = {}
    for item in root.iter(f"{_MAIN}definedName"):
        name, sheet = item.get("name", ""), item.get("localSheetId")
        if name not in _OWN_NAMES and not name.startswith(_LOCAL):
            continue
        if sheet is not None and sheet.isdecimal() and int(sheet) < len(titles):
            local.setdefault(titles[int(sheet)], set()).add(name)
        target = _target(item.text or "")
        if target is not None and target[0] in titles:
            (everywhere if sheet is None else on_a_sheet)[name] = target
    return on_a_sheet | everywhere, local


def _target(reference: str) -> tuple[str, Area] | None:
    """``'预算'!$E$9`` as sheet and range; None for anything but one range of one sheet."""
    match = _REFERENCE.fullmatch(reference.strip().removeprefix("="))
    if match is None or not _RANGE.fullmatch(match[3]):
        return None
    quoted, bare, area = match.groups()
    return (bare if quoted is None else quoted.replace("''", "'"), _corners(area))


def _corners(area: str) -> Area:
    """Top, left, bottom and right of a range: ``$B$2:$D$9`` → (2, 2, 9, 4)."""
    match = _RANGE.fullmatch(area)
    if match is None:
        raise ValueError(area)
    left, top = column_number(match[1]), int(match[2])
    return top, left, int(match[4] or top), column_number(match[3]) if match[3] else left


def _edition(parts: Package) -> str | None:
    """The edition among the document's own properties; a broken list of them says nothing."""
    try:
        return read_properties(parts).get(EDITION_PROPERTY)
    except DAMAGE:
        return None


# --- what cells refer to --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Content:
    """What the cells of all sheets refer to by number."""

    texts: Sequence[str]
    displays: Sequence[str]
    """How each cell format displays a number; of the rest of a style nothing is read."""
    epoch: datetime

    @cached_property
    def _titles(self) -> Sequence[Sequence[Sequence[bytes]]]:
        """For each sheet of the form how the title of each of its blocks is stored in a cell."""
        numbers: dict[str, list[bytes]] = {}
        for number, text in enumerate(self.texts):
            numbers.setdefault(label_of(text), []).append(b">%d<" % number)
        return [
            [[block.label.encode(), *numbers.get(label_of(block.label), ())] for block in page.blocks]
            for page in PLAN.sheets
        ]

    def may_copy(self, part: bytes) -> bool:
        """Whether a sheet may be the copy of one of the form's: the titles of its blocks stand on it."""
        return b"inlineStr" in part or any(
            all(any(stored in part for stored in title) for title in titles) for titles in self._titles
        )

    def display(self, cell: Element) -> str:
        """How a cell displays its number; plain where it names a style the workbook has not."""
        number = cell.get("s", "0")
        known = number.isdecimal() and int(number) < len(self.displays)
        return self.displays[int(number)] if known else _PLAIN


def _joined(item: Element) -> str:
    """A text, plain or of runs of formatted text; how it is pronounced is left out."""
    if len(item) == 1 and item[0].tag == _TEXT:
        return _unescaped(item[0].text or "")
    parts = (part if part.tag == _TEXT else part.find(_TEXT) for part in item if part.tag in {_TEXT, _RUN})
    text = "".join(part.text or "" for part in parts if part is not None)
    return _unescaped(text)


def _unescaped(text: str) -> str:
    if "_x" in text:
        text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _displays(content: bytes) -> list[str]:
    root = fromstring(content)
    own = {item.get("numFmtId"): item.get("formatCode", "") for item in root.iter(f"{_MAIN}numFmt")}
    codes = {str(number): code for number, code in (BUILTIN_FORMATS | _CHINESE_DATES).items()} | own
    used = root.find(f"{_MAIN}cellXfs")
    return [] if used is None else [_display(codes.get(item.get("numFmtId", "0"), "")) for item in used]


@lru_cache
def _display(code: str) -> str:
    if "%" in code:
        return _PERCENT
    return _DATE if is_date_format(code) and not is_timedelta_format(code) else _PLAIN


# --- a sheet --------------------------------------------------------------------------------------------


def _sheet(title: str, part: bytes, content: _Content) -> Sheet:
    cells: dict[Place, Raw] = {}
    hidden_rows, hidden_columns = set(), set()
    row = 0
    for _, element in iterparse(io.BytesIO(part)):
        if element.tag == _ROW:
            number = float(element.get("r") or row + 1)  # some programs write 5.0
            if number > ROW_LIMIT:
                break
            row = int(number)
            if element.get("hidden") in _TRUE or _is_zero(element.get("ht")):
                hidden_rows.add(row)
            for place, raw in _row(element, row, content):
                twice = place in cells and cells[place] != raw
                cells[place] = _twice(cells[place], raw) if twice else raw
            element.clear()
        elif element.tag == _COLUMN and (element.get("hidden") in _TRUE or _is_zero(element.get("width"))):
            first, last = int(element.get("min", "0")), int(element.get("max", "0"))
            hidden_columns |= set(range(first, min(last, COLUMN_LIMIT) + 1))
    merged = [_corners(area.decode()) for area in _MERGED.findall(part)]
    return Sheet(title, cells, merged, frozenset(hidden_rows), frozenset(hidden_columns))


def _is_zero(size: str | None) -> bool:
    return size is not None and not size.strip("0.")


def _row(element: Element, row: int, content: _Content) -> Iterator[tuple[Place, Raw]]:
    """The cells of a row that hold something; one without an address stands behind the one before it."""
    column = 0
    for cell in element:
        if cell.tag != _CELL:
            continue
        address = cell.get("r")
        at, column = _place(address) if address else (row, column + 1)
        if len(cell) and at <= ROW_LIMIT and column <= COLUMN_LIMIT:
            raw = _raw(cell, content)
            if raw.value is not None or raw.uncalculated or raw.problem:
                yield (at, column), raw


@lru_cache(maxsize=50_000)  # the same cells are filled in every workbook
def _place(address: str) -> Place:
    letters = address.rstrip("0123456789")
    if letters not in _COLUMNS and not re.fullmatch("[A-Z]{1,3}", letters):
        raise ValueError(address)
    return int(address[len(letters) :]), _COLUMNS.get(letters, COLUMN_LIMIT + 1)


def _twice(first: Raw, second: Raw) -> Raw:
    """A cell that the file holds twice, with different content: no one can say which counts."""
    problem = f"在文件里存了两次，一次是“{first.text[:30]}”，一次是“{second.text[:30]}”"
    return replace(second, problem=problem)


def _raw(cell: Element, content: _Content) -> Raw:
    """What stands in a cell: a text of its own, the stored content, or a formula whose result was never stored."""
    item = cell.find(_INLINE) if cell.get("t") == "inlineStr" else None
    if item is not None:
        return Raw(_joined(item) or None)
    if stored := cell.findtext(_VALUE):
        return _content(cell, stored, content)
    return Raw(uncalculated=True) if cell.find(_FORMULA) is not None else _EMPTY


def _content(cell: Element, stored: str, content: _Content) -> Raw:
    """The stored content by the kind the cell says. What is not of that kind stays a text, so that it can be named."""
    match cell.get("t", "n"):
        case "s":
            known = stored.isdecimal() and int(stored) < len(content.texts)
            return Raw(content.texts[int(stored)] if known else _NOWHERE)
        case "n":
            return _number(stored, content.display(cell), content.epoch)
        case "b":
            known = stored in {"0", "1"}
            return Raw(stored == "1") if known else Raw(stored, problem=f"存的“{stored[:30]}”不是逻辑值")
        case "d":
            return Raw(_date(stored))
        case _:
            return Raw(_unescaped(stored))


def _number(stored: str, display: str, epoch: datetime) -> Raw:
    if len(stored) > _LONGEST_NUMBER or not _NUMBER.fullmatch(stored):
        return Raw(stored)
    number = float(stored) if {".", "e", "E"} & set(stored) else int(stored)
    if display == _DATE and number >= 0:
        try:
            return Raw(from_excel(number, epoch))
        except (OverflowError, ValueError):
            return Raw(number)  # behind the last day a spreadsheet knows: a figure like 20260316
    return Raw(number, percent=display == _PERCENT)


def _date(stored: str) -> object:
    try:
        return datetime.fromisoformat(stored)
    except ValueError:
        return stored
