"""Where the blocks, rows and columns of the form stand on a sheet, by their labels, wherever people moved them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.form.declare import Block, Matrix, Need, SheetPlan, Slot, Table
from selfeval_xlsx.form.kinds import Choice, LongText, MeasureText, Raw, Text
from selfeval_xlsx.office.guard import COLUMN_LIMIT
from selfeval_xlsx.workbook.book import Sheet, label_of

OWN_HEADINGS = frozenset({"序号", "核对"})
"""Headings of columns that hold no answers: the numbers of a list's rows, the live checks beside them."""


@dataclass(frozen=True)
class Column:
    """The grid columns from ``first`` up to, not with, ``end`` that a declared column takes up on the sheet."""

    first: int
    end: int
    altered: str | None = None
    """What stands in the heading where it is not the declared one."""


@dataclass(frozen=True)
class Layout:
    """One sheet of a workbook, looked at as one sheet of the form."""

    page: SheetPlan
    sheet: Sheet

    def text(self, row: int, column: int) -> str:
        """The text of a cell."""
        return self.sheet.at((row, column)).text

    def label(self, row: int, column: int) -> str:
        """The text of a cell, as labels are compared."""
        return self.sheet.labels.get((row, column), "")

    # --- rows

    def begin(self, row: int) -> int:
        """The column of the first cell of ``row`` that holds something; 1 where none does."""
        return min(self.sheet.filled.get(row, (1,)))

    def first_label(self, row: int) -> str:
        """The label at the beginning of ``row``."""
        return self.label(row, self.begin(row))

    @property
    def last_row(self) -> int:
        """The last row that holds something."""
        return max(self.sheet.filled, default=0)

    def row_of(self, label: str) -> int | None:
        """The first row that begins with ``label``."""
        return self.sheet.rows_by_label.get(label_of(label))

    def title_of(self, block: Block) -> CellRef:
        """The cell of the block's title; where it should stand, if it is gone."""
        row = self.row_of(block.label) or block.top
        return self.sheet.ref(row, self.begin(row))

    def rows_of(self, block: Block) -> range:
        """The rows between the title of ``block`` and the next block's title; none where the title is gone."""
        top = self.row_of(block.label)
        if top is None:
            return range(0)
        following = (self.row_of(other.label) for other in self.page.blocks)
        return range(top + 1, min((row for row in following if row and row > top), default=self.last_row + 1))

    def rows_below(self, bottom: int, untitled: frozenset[int]) -> Iterator[int]:
        """The rows from below ``bottom`` to the next block's title, or to one of the rows ``untitled``."""
        titles = {label_of(block.label) for block in self.page.blocks}
        for row in range(bottom + 1, self.last_row + 1):
            if row in untitled or self.first_label(row) in titles:
                return
            yield row

    # --- columns

    def columns_of(
        self, block: Matrix | Table, header: int, bottom: int, width: int = COLUMN_LIMIT
    ) -> Sequence[Column | None]:
        """The columns of ``block`` by their headings in row ``header``; None for one that was deleted.

        A heading that was typed over is found by the columns beside it. ``bottom`` is the last row of the
        block, ``width`` its last column where that is known.
        """
        heads = {self.label(header, column): column for column in range(COLUMN_LIMIT, 0, -1)}
        firsts = [heads.get(label_of(slot.field.head)) for slot in block.columns]
        taken = {column for column in firsts if column}
        known = {label_of(slot.field.head) for slot in block.columns} | OWN_HEADINGS
        if isinstance(block, Matrix):
            known.add(label_of(block.corner))
        columns: list[Column | None] = []
        for slot, first in zip(block.columns, firsts, strict=True):
            at = first or _between(block.columns, firsts, slot)
            heading = self.text(header, at)
            if first is None and (
                not 1 <= at <= width
                or at in taken
                or self.label(header, at) in known
                or (not heading and self._is_blank(at, header, bottom))
            ):
                columns.append(None)
                continue
            end = min([at + slot.span, *(column for column in taken if column > at)])
            columns.append(Column(at, end, None if first else heading))
        return columns

    def _is_blank(self, column: int, header: int, bottom: int) -> bool:
        return all(self.sheet.at((row, column)).blank for row in range(header + 1, bottom + 1))


def _between(slots: Sequence[Slot], firsts: Sequence[int | None], slot: Slot) -> int:
    """Where the column of ``slot`` stands if those beside it stand where they were found."""
    index = next(number for number, other in enumerate(slots) if other is slot)
    beside: list[int] = [*range(index - 1, -1, -1), *range(index + 1, len(slots))]
    for other in beside:
        column = firsts[other]
        if column is not None:
            return column + (slot.column - slots[other].column)
    return slot.column


# --- the rows of a list ----------------------------------------------------------------------------

Cell = tuple[CellRef, Raw]
Row = tuple[Cell, ...]

_TOTAL = re.compile(r"(.{0,10}?)(?:合计|小计|总计|共计)数?(?:[（(].*[)）])?[:：]?")
"""What stands in a row of totals, with what it is the total of in front."""


@dataclass(frozen=True)
class ListRows:
    """A table's rows as they stand on a sheet, from ``header`` to ``bottom``."""

    table: Table
    sheet: Sheet
    header: int
    bottom: int
    columns: Sequence[Column | None]
    """In the order of the table's own; None for one that was deleted."""
    title: CellRef
    """The cell of its title, at which what was deleted is shown."""

    def is_blank(self, number: int) -> bool:
        """Whether nothing stands in the cells of a row."""
        filled = self.sheet.filled.get(number, ())
        return not any(column and column.first <= at < column.end for at in filled for column in self.columns)

    def row(self, number: int) -> Row:
        """What stands in the cells of a row.

        An inserted row is not merged: a text may stand in any cell under the heading.
        """
        return tuple(self._cell(number, column) for column in self.columns)

    def _cell(self, row: int, column: Column | None) -> Cell:
        if column is None:
            return self.title, Raw()
        filled = (at for at in range(column.first, column.end) if not self.sheet.at((row, at)).blank)
        return self.sheet.cell(row, next(filled, column.first))

    def with_merged(self, number: int, row: Row) -> Row:
        """``row`` with the texts of cells that are merged downwards over it, as 一级指标 in a printed table."""
        return tuple(
            self._merged_over(number, column) or cell if cell[1].blank and _is_words(slot) else cell
            for slot, column, cell in zip(self.table.columns, self.columns, row, strict=True)
        )

    def _merged_over(self, row: int, column: Column | None) -> Cell | None:
        for top, left, bottom, _ in self.sheet.merged:
            if self.header < top < row <= bottom and column and column.first <= left < column.end:
                return self.sheet.cell(top, left)
        return None

    def total_in(self, number: int, row: Row) -> CellRef | None:
        """The cell that makes a row one of totals, as people type them below a list.

        合计 alone always does, in whatever column; 某某合计 only among names, and unless the row is whole.
        """
        cells = list(zip(self.table.columns, row, strict=True))
        whole = all(not raw.blank for slot, (_, raw) in cells if slot.field.need is Need.REQUIRED)
        first = next((column.first for column in self.columns if column), 1)
        numbers = (self.sheet.cell(number, at) for at in range(1, first))
        for ref, raw in (*numbers, *(cell for slot, cell in cells if _is_name(slot))):
            match = _total(raw)
            if match and not (match[1] and whole):
                return ref
        others = (cell for slot, cell in cells if not _is_name(slot))
        return next((ref for ref, raw in others if (match := _total(raw)) and not match[1]), None)


def _total(raw: Raw) -> re.Match[str] | None:
    """What a cell says that stands in a row of totals."""
    text = raw.text
    return _TOTAL.fullmatch("".join(text.split())) if "计" in text else None


def _is_words(slot: Slot) -> bool:
    return isinstance(slot.field.kind, Text | Choice) and not isinstance(slot.field.kind, MeasureText)


def _is_name(slot: Slot) -> bool:
    return _is_words(slot) and not isinstance(slot.field.kind, LongText)
