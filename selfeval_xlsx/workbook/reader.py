"""Returns a filled :class:`SelfEvaluation` without judging it.

Cells are found by their defined names, the steadiest address: it survives inserted rows, moved cells
and renamed sheets. Where a name is lost the label beside the cell helps; what was noticed on the way
is kept in ``evaluation.source`` for the checks to report.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from selfeval_xlsx.cells import CellRef, coordinate
from selfeval_xlsx.errors import FormTooNewError, NotThisFormError
from selfeval_xlsx.form.data import MONEY_UNIT
from selfeval_xlsx.form.form import (
    DEFAULT_UNIT,
    EDITION,
    EDITION_NAME,
    KNOWN_EDITIONS,
    PLAN,
    SelfEvaluation,
    Source,
)
from selfeval_xlsx.form.kinds import Raw
from selfeval_xlsx.form.places import Block, Matrix, Section, SheetPlan, Slot, Table
from selfeval_xlsx.form.values import fill
from selfeval_xlsx.office.guard import COLUMN_LIMIT, ROW_LIMIT, inspect
from selfeval_xlsx.workbook.book import Book, corners, load


def read_workbook(data: bytes, name: str) -> SelfEvaluation:
    """Read the workbook in ``data``; ``name`` is the file's name, for messages.

    Raises:
        NotAWorkbookError: not an .xlsx workbook, damaged, or not safe to open.
        NotThisFormError: a workbook without this form's sheets, or with a sheet and its filled copy.
        FormTooNewError: made for a later edition of the form.

    """
    inspect(data, name)
    book = load(data, name)
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
    return replace(evaluation, source=source)


@dataclass
class _Notes:
    by_label: list[tuple[str, CellRef]] = field(default_factory=list)
    altered: list[tuple[str, str, CellRef]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    outside: list[tuple[str, CellRef]] = field(default_factory=list)


def _edition(book: Book, name: str) -> str:
    target = book.names.get(EDITION_NAME)
    stored = book.edition or (target and _at(book, *target).text) or EDITION
    if stored not in KNOWN_EDITIONS and _order(stored) > _order(EDITION):
        raise FormTooNewError(
            f"{name} 是 {stored} 版填报表，本程序只认识到 {EDITION} 版。请更新程序，或用 {EDITION} 版填报表填写。"
        )
    return stored


def _order(edition: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", edition))


def _at(book: Book, sheet: str, area: str) -> Raw:
    top, left, _, _ = corners(area)
    return book.sheets[sheet].at((top, left))


def _same(declared: str, found: str) -> bool:
    return _label(declared) == _label(found)


def _label(text: str) -> str:
    return "".join(text.split()).strip("*＊")


# --- finding cells ------------------------------------------------------------------------------


class _Reader:
    """Looks up declared cells and rows in one workbook, noting what it had to search for."""

    def __init__(self, book: Book, name: str) -> None:
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
        return page.name if page.name in self.book.sheets else None

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
            for title, sheet in self.book.sheets.items():
                titled = all(self._find(title, block.label) for block in page.blocks)
                if title == original or not (titled or len(names & sheet.names) * 2 > len(names)):
                    continue
                if self._filled(page, title) and self._filled(page, original or page.name):
                    raise NotThisFormError(
                        f"{self.name} 里「{original}」和它的副本「{title}」都填了内容，无法判断以哪一张为准。"
                        "请删去不用的一张再试。"
                    )

    def _filled(self, page: SheetPlan, title: str) -> bool:
        sheet = self.book.sheets[title]
        return any(not sheet.at((slot.row, slot.column)).blank for slot in page.slots)

    def money_unit(self) -> str:
        page, slot = PLAN.slots[MONEY_UNIT]
        _, raw = _Reader(self.book, self.name).cell(page, slot)  # its notes are taken when the form is filled
        return slot.field.kind.read(raw, DEFAULT_UNIT).value or DEFAULT_UNIT

    def cell(self, page: SheetPlan, slot: Slot) -> tuple[CellRef, Raw]:
        """What stands in ``slot``, and where it was found."""
        target = self.book.names.get(slot.field.name)
        if target is None:
            return self._cell_by_label(page, slot)
        sheet, area = target
        row, column, _, _ = corners(area)
        declared = self._row_label(page, slot)
        left = [_label(self._text(sheet, row, place)) for place in range(1, column)]
        if self._is_elsewhere(_block_of(page, slot), slot, CellRef(sheet, coordinate(row, column)), left):
            return self._cell_by_label(page, slot)
        ref = CellRef(sheet, coordinate(row, column))
        if _label(declared) not in left:
            beside = self._text(sheet, row, column - slot.column + 1)
            self.notes.altered.append((declared, beside, ref))
        return ref, self.book.sheets[sheet].at((row, column))

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
                return ref, self.book.sheets[title].at((row, column))
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
            top, _, bottom, _ = corners(target[1])
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
                place
                for place in range(column, column + span)
                if not self.book.sheets[sheet].at((row, place)).blank
            ]
            place = places[0] if places else column
            found.append((CellRef(sheet, coordinate(row, place)), self.book.sheets[sheet].at((row, place))))
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
        return self.book.sheets[self.sheet_of[page.key] or page.name].cells

    def _text(self, sheet: str, row: int, column: int) -> str:
        return self.book.sheets[sheet].at((row, column)).text

    def _first(self, sheet: str) -> Mapping[int, tuple[int, str]]:
        """The first text of each row, and its column: where labels and titles stand, in whatever column."""
        if sheet not in self._firsts:
            first: dict[int, tuple[int, str]] = {}
            for (row, column), raw in self.book.sheets[sheet].cells.items():
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


def _block_of(page: SheetPlan, slot: Slot) -> Section | Matrix:
    return next(block for block in page.blocks if not isinstance(block, Table) and slot in block.slots)
