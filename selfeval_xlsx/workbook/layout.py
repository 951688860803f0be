"""Where the blocks, rows and columns of the form stand on a sheet, by their labels, wherever people moved them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from selfeval_xlsx.cells import CellRef, coordinate
from selfeval_xlsx.form.declare import Block, Matrix, SheetPlan, Slot, Table
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


class Layout:
    """One sheet of a workbook, looked at as one sheet of the form."""

    def __init__(self, page: SheetPlan, sheet: Sheet) -> None:
        self.page = page
        self.sheet = sheet

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
        return CellRef(self.sheet.title, coordinate(row, self.begin(row)))

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
        found = [heads.get(label_of(slot.field.head)) for slot in block.columns]
        taken = {column for column in found if column}
        known = {label_of(slot.field.head) for slot in block.columns} | OWN_HEADINGS
        if isinstance(block, Matrix):
            known.add(label_of(block.corner))
        columns: list[Column | None] = []
        for slot, first in zip(block.columns, found, strict=True):
            at = first or _between(block.columns, found, slot)
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


def _between(slots: Sequence[Slot], found: Sequence[int | None], slot: Slot) -> int:
    """Where the column of ``slot`` stands if those beside it stand where they were found."""
    index = next(number for number, other in enumerate(slots) if other is slot)
    beside: list[int] = [*range(index - 1, -1, -1), *range(index + 1, len(slots))]
    for other in beside:
        column = found[other]
        if column is not None:
            return column + (slot.column - slots[other].column)
    return slot.column
