"""Returns a filled :class:`SelfEvaluation` without judging it.

Cells are found by their defined names, the steadiest address: it survives inserted rows, moved cells
and renamed sheets. Where a name is lost the label beside the cell helps; what was noticed on the way
is kept in ``evaluation.source`` for the checks to report.
"""

import io
import re
import warnings
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from selfeval_xlsx.errors import FormTooNewError, NotAWorkbookError, NotThisFormError
from selfeval_xlsx.filling import fill
from selfeval_xlsx.form import DEFAULT_UNIT, EDITION, KNOWN_EDITIONS, PLAN, SelfEvaluation, Source
from selfeval_xlsx.kinds import Raw
from selfeval_xlsx.plan import Block, Matrix, Section, SheetPlan, Slot, Table
from selfeval_xlsx.spec import CellRef, column_number, coordinate
from selfeval_xlsx.workbook.guard import COLUMN_LIMIT, ROW_LIMIT, inspect

Given = TypeVar("Given")
Made = TypeVar("Made")

EDITION_PROPERTY = "selfeval_edition"
EDITION_NAME = "form_edition"

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

MARK_SHEET = "核对结果"
"""The sheet a marked copy carries; it is no part of the form."""


def read_workbook(data: bytes, name: str) -> SelfEvaluation:
    """Read the workbook in ``data``; ``name`` is the file's name, for messages.

    Raises:
        NotAWorkbookError: not an .xlsx workbook, damaged, or not safe to open.
        NotThisFormError: a workbook without this form's sheets, or with a sheet and its filled copy.
        FormTooNewError: made for a later edition of the form.

    """
    inspect(data, name)
    book = _load(data, name)
    edition = _edition(book, name)
    reader = _Reader(book, name)
    reader.refuse_other_forms()
    reader.refuse_copies()
    unit = reader.money_unit()
    evaluation = fill(SelfEvaluation, reader.cell, reader.rows, unit)
    notes = reader.notes
    source = Source(
        edition, tuple(notes.by_label), tuple(notes.altered), tuple(notes.lost), tuple(notes.outside)
    )
    return SelfEvaluation(evaluation.overview, evaluation.budget, evaluation.goals, evaluation.issues, source)


@dataclass(frozen=True)
class _Book:
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
            self._found[sheet] = _guarded(self._read, sheet, self._name)
        return self._found[sheet]

    def _read(self, sheet: str) -> dict[tuple[int, int], Raw]:
        book = load_workbook(io.BytesIO(self._data), read_only=True, data_only=True, keep_links=False)
        rows = book[sheet].iter_rows(max_row=ROW_LIMIT, max_col=COLUMN_LIMIT)
        return {(item.row, item.column): _raw(item) for row in rows for item in row if item.value is not None}


@dataclass
class _Notes:
    by_label: list[tuple[str, CellRef]] = field(default_factory=list)
    altered: list[tuple[str, str, CellRef]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    outside: list[tuple[str, CellRef]] = field(default_factory=list)


# --- loading ------------------------------------------------------------------------------------


def _load(data: bytes, name: str) -> _Book:
    return _guarded(lambda content: _book(content, name), data, name)


def _guarded(read: Callable[[Given], Made], source: Given, name: str) -> Made:
    """What ``read`` makes of ``source``; whatever the library stumbles over means a damaged file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # extensions the library leaves out do not concern the reader
            return read(source)
    except _DAMAGE as error:
        raise NotAWorkbookError(
            f"{name} 已损坏，打不开。请用 Excel 或 WPS 打开，选“另存为”存成一份新的 .xlsx 再试。"
        ) from error


def _book(data: bytes, name: str) -> _Book:
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
    return _Book(grids, _names(book), local, _stored_edition(book), _Results(data, name))


def _raw(item: Any) -> Raw:
    value = item.value
    if isinstance(value, str):
        return Raw(
            _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value)
            .replace("\r\n", "\n")
            .replace("\r", "\n")
        )
    return Raw(value, percent=isinstance(value, int | float) and "%" in (item.number_format or ""))


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


def _edition(book: _Book, name: str) -> str:
    target = book.names.get(EDITION_NAME)
    stored = book.edition or (target and _at(book, *target).text) or EDITION
    if stored not in KNOWN_EDITIONS and _order(stored) > _order(EDITION):
        raise FormTooNewError(
            f"{name} 是 {stored} 版填报表，本程序只认识到 {EDITION} 版。请更新程序，或用 {EDITION} 版填报表填写。"
        )
    return stored


def _order(edition: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", edition))


def _at(book: _Book, sheet: str, area: str) -> Raw:
    top, left, _, _ = _corners(area)
    return book.grids[sheet].get((top, left), Raw())


def _corners(area: str) -> tuple[int, int, int, int]:
    """``$B$2:$D$9`` → (2, 2, 9, 4)."""
    match = _RANGE.fullmatch(area)
    if match is None:
        raise ValueError(area)
    left, top = column_number(match[1]), int(match[2])
    return top, left, int(match[4] or top), column_number(match[3]) if match[3] else left


def _same(declared: str, found: str) -> bool:
    return _label(declared) == _label(found)


def _label(text: str) -> str:
    return "".join(text.split()).strip("*＊")


# --- finding cells ------------------------------------------------------------------------------


class _Reader:
    """Looks up declared cells and rows in one workbook, noting what it had to search for."""

    def __init__(self, book: _Book, name: str) -> None:
        self.book = book
        self.name = name
        self.notes = _Notes()
        self._firsts: dict[str, dict[int, tuple[int, str]]] = {}
        self._rows_of: dict[str, dict[str, int]] = {}
        self.sheet_of = {page.key: self._sheet_title(page) for page in PLAN.sheets}

    def _sheet_title(self, page: SheetPlan) -> str | None:
        """The sheet that holds ``page``: where most of its names point, else the one of its name."""
        named = [
            self.book.names[name][0]
            for name in (*(slot.field.name for slot in page.slots), *(table.name for table in page.tables))
            if name in self.book.names
        ]
        if named:
            return max(dict.fromkeys(named), key=named.count)
        return page.name if page.name in self.book.grids else None

    def refuse_other_forms(self) -> None:
        missing = [page.name for page in PLAN.sheets if self.sheet_of[page.key] is None]
        if missing:
            sheets = "、".join(f"「{name}」" for name in missing)
            raise NotThisFormError(
                f"{self.name} 不是本填报表：找不到工作表{sheets}。请用模板“绩效自评填报表.xlsx”填写，不要改动工作表名称。"
            )
        for page in PLAN.sheets:
            labels = {_label(raw.text) for raw in self._grid(page).values()}
            lost = [block.label for block in page.blocks if _label(block.label) not in labels]
            named = any(slot.field.name in self.book.names for slot in page.slots)
            if not named and len(lost) == len(page.blocks):
                raise NotThisFormError(
                    f"{self.name} 不是本填报表：工作表「{page.name}」里没有“{lost[0]}”等内容。"
                    "请用模板“绩效自评填报表.xlsx”填写。"
                )

    def refuse_copies(self) -> None:
        """A sheet and its copy carry the same names or titles; filled twice, no one can say which counts."""
        for page in PLAN.sheets:
            names = {slot.field.name for slot in page.slots}
            original = self.sheet_of[page.key]
            for title, local in self.book.local_names.items():
                titled = all(self._find(title, block.label) for block in page.blocks)
                if title == original or not (titled or len(names & local) * 2 > len(names)):
                    continue
                if self._filled(page, title) and self._filled(page, original or ""):
                    raise NotThisFormError(
                        f"{self.name} 里「{original}」和它的副本「{title}」都填了内容，无法判断以哪一张为准。"
                        "请删去不用的一张再试。"
                    )

    def _filled(self, page: SheetPlan, title: str) -> bool:
        grid = self.book.grids.get(title, {})
        return any(not grid.get((slot.row, slot.column), Raw()).blank for slot in page.slots)

    def money_unit(self) -> str:
        page, slot = PLAN.slots["overview.identity.money_unit"]
        _, raw = _Reader.cell(_Quiet(self.book, self.name), page, slot)
        return slot.field.kind.read(raw, DEFAULT_UNIT).value or DEFAULT_UNIT

    def cell(self, page: SheetPlan, slot: Slot) -> tuple[CellRef, Raw]:
        """What stands in ``slot``, and where it was found."""
        target = self.book.names.get(slot.field.name)
        if target is None:
            return self._cell_by_label(page, slot)
        sheet, area = target
        row, column, _, _ = _corners(area)
        declared = self._row_label(page, slot)
        left = [_label(self._text(sheet, row, place)) for place in range(1, column)]
        if self._is_elsewhere(_block_of(page, slot), slot, CellRef(sheet, coordinate(row, column)), left):
            return self._cell_by_label(page, slot)
        ref = CellRef(sheet, coordinate(row, column))
        if _label(declared) not in left:
            beside = self._text(sheet, row, column - slot.column + 1)
            self.notes.altered.append((declared, beside, ref))
        return ref, self.book.at(sheet, (row, column))

    def _is_elsewhere(self, block: Section | Matrix, slot: Slot, ref: CellRef, left: list[str]) -> bool:
        """Whether a name followed its cell, cut and pasted, to where the labels are those of another field.

        People go by the labels: the cell that was left may hold another figure by now.
        """
        if isinstance(block, Section):
            heads = {_label(other.field.head) for other in block.slots}
            return _label(slot.field.head) not in left and not heads.isdisjoint(left)
        lines = {_label(label) for _, label in block.lines}
        if lines.isdisjoint(left):
            return False
        title = self._find(ref.sheet, block.label)
        head = _label(self._text(ref.sheet, title + 1, ref.place[1])) if title else ""
        others = {_label(other.field.head) for other in block.columns} - {_label(slot.field.head)}
        line = dict(block.lines)[slot.field.key.rpartition(".")[0]]
        return head in others or _label(line) not in left

    def _row_label(self, page: SheetPlan, slot: Slot) -> str:
        block = _block_of(page, slot)
        if isinstance(block, Matrix):
            return dict(block.lines)[slot.field.key.rpartition(".")[0]]
        return slot.field.head

    def _cell_by_label(self, page: SheetPlan, slot: Slot) -> tuple[CellRef, Raw]:
        block = _block_of(page, slot)
        title = self.sheet_of[page.key] or page.name
        label = self._row_label(page, slot)
        for row in self._block_rows(page, block):
            left, text = self._first(title).get(row, (1, ""))
            if _same(label, text):
                column = self._column_by_head(title, block, slot, left)
                ref = CellRef(title, coordinate(row, column))
                self.notes.by_label.append((slot.field.label, ref))
                return ref, self.book.at(title, (row, column))
        self.notes.lost.append(f"「{title}」{slot.field.label}")
        return CellRef(title, slot.coordinate), Raw()

    def _column_by_head(self, title: str, block: Block, slot: Slot, left: int) -> int:
        """The column of ``slot``; the labels of its block stand in column ``left``."""
        header = self._find(title, block.label) if isinstance(block, Matrix) else None
        for column in range(left + 1, COLUMN_LIMIT):
            if header and _same(slot.field.head, self._text(title, header + 1, column)):
                return column
        return slot.column + left - 1

    # --- tables

    def rows(self, page: SheetPlan, table: Table) -> Iterator[tuple[tuple[CellRef, Raw], ...]]:
        """The filled rows of ``table``, from its heading to its lower guard row."""
        place = self._table_place(page, table)
        if place is None:
            self.notes.lost.append(f"「{page.name}」{table.label}")
            return
        sheet, header, bottom = place
        columns = self._columns(sheet, header, table)
        for row in range(header + 1, bottom + 1):
            cells = self._table_row(sheet, row, columns)
            if not all(raw.blank for _, raw in cells):
                yield cells
        for row in self._rows_below(page, sheet, bottom):
            stray = [ref for ref, raw in self._table_row(sheet, row, columns) if not raw.blank]
            if stray:
                self.notes.outside.append((table.label, stray[0]))

    def _table_place(self, page: SheetPlan, table: Table) -> tuple[str, int, int] | None:
        target = self.book.names.get(table.name)
        if target is not None:
            top, _, bottom, _ = _corners(target[1])
            return target[0], top, min(bottom, ROW_LIMIT)
        title = self.sheet_of[page.key] or page.name
        top_row = self._find(title, table.label)
        if top_row is None:
            return None
        self.notes.by_label.append((table.label, CellRef(title, coordinate(top_row, 1))))
        return title, top_row + 1, max(self._block_rows(page, table), default=top_row)

    def _columns(self, sheet: str, header: int, table: Table) -> list[tuple[int, int]]:
        """(column, span) of each declared column, found by its heading, else by its place."""
        heads = {_label(self._text(sheet, header, column)): column for column in range(COLUMN_LIMIT, 0, -1)}
        columns = []
        for slot in table.columns:
            column = heads.get(_label(slot.field.head))
            if column is None:
                column = slot.column
                ref = CellRef(sheet, coordinate(header, column))
                self.notes.altered.append((slot.field.head, self._text(sheet, header, column), ref))
            columns.append((column, slot.span))
        return columns

    def _table_row(
        self, sheet: str, row: int, columns: list[tuple[int, int]]
    ) -> tuple[tuple[CellRef, Raw], ...]:
        found = []
        for column, span in columns:
            # An inserted row is not merged: the text may stand in any cell under the heading.
            places = [
                place for place in range(column, column + span) if not self.book.at(sheet, (row, place)).blank
            ]
            place = places[0] if places else column
            found.append((CellRef(sheet, coordinate(row, place)), self.book.at(sheet, (row, place))))
        return tuple(found)

    def _rows_below(self, page: SheetPlan, sheet: str, bottom: int) -> Iterator[int]:
        titles = {_label(block.label) for block in page.blocks}
        first = self._first(sheet)
        for row in range(bottom + 1, max(first, default=bottom) + 1):
            if _label(first.get(row, (1, ""))[1]) in titles:
                return
            yield row

    # --- the sheet as text

    def _grid(self, page: SheetPlan) -> Mapping[tuple[int, int], Raw]:
        return self.book.grids[self.sheet_of[page.key] or page.name]

    def _text(self, sheet: str, row: int, column: int) -> str:
        return self.book.grids[sheet].get((row, column), Raw()).text

    def _first(self, sheet: str) -> Mapping[int, tuple[int, str]]:
        """The first text of each row, and its column: where labels and titles stand, in whatever column."""
        if sheet not in self._firsts:
            first: dict[int, tuple[int, str]] = {}
            for (row, column), raw in self.book.grids[sheet].items():
                if not raw.blank and column < first.get(row, (COLUMN_LIMIT + 1, ""))[0]:
                    first[row] = column, raw.text
            self._firsts[sheet] = first
        return self._firsts[sheet]

    def _find(self, sheet: str, label: str) -> int | None:
        """The first row that begins with ``label``."""
        if sheet not in self._rows_of:
            rows: dict[str, int] = {}
            for row, (_, text) in sorted(self._first(sheet).items()):
                rows.setdefault(_label(text), row)
            self._rows_of[sheet] = rows
        return self._rows_of[sheet].get(_label(label))

    def _block_rows(self, page: SheetPlan, block: Block) -> range:
        """The rows between the title of ``block`` and the next block's title."""
        title = self.sheet_of[page.key] or page.name
        top = self._find(title, block.label)
        if top is None:
            return range(0)
        following = [self._find(title, other.label) for other in page.blocks]
        last = max(self._first(title), default=top)
        return range(top + 1, min((row for row in following if row and row > top), default=last + 1))


class _Quiet(_Reader):
    """A reader whose notes are thrown away."""


def _block_of(page: SheetPlan, slot: Slot) -> Section | Matrix:
    return next(block for block in page.blocks if not isinstance(block, Table) and slot in block.slots)
