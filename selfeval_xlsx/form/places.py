"""The plan of a declared form: every sheet, block and field with its place.

Coordinates are computed here, so that no cell address is ever written by hand.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, get_args

from selfeval_xlsx.cells import coordinate
from selfeval_xlsx.form.declare import (
    BlockSpec,
    CellSpec,
    Field,
    LineSpec,
    Need,
    SheetSpec,
    declared,
    defined_name,
    edition_order,
)

FIRST_BLOCK_ROW = 3
"""Rows 1 and 2 of a sheet hold its title and one line of guidance."""


@dataclass(frozen=True)
class Slot:
    """A field with its place: 1-based row and column, ``span`` grid columns wide."""

    field: Field
    row: int
    column: int
    span: int = 1

    @property
    def coordinate(self) -> str:
        """The address, F9."""
        return coordinate(self.row, self.column)


@dataclass(frozen=True)
class Section:
    """Single cells: label in column 1, input beside it, guidance in the sheet's last column."""

    key: str
    label: str
    note: str
    top: int
    slots: tuple[Slot, ...]

    @property
    def bottom(self) -> int:
        """The last row the block occupies."""
        return self.top + len(self.slots)


@dataclass(frozen=True)
class Matrix:
    """Lines × columns: heading row under the title, line labels in column 1."""

    key: str
    label: str
    note: str
    top: int
    corner: str
    lines: tuple[tuple[str, str], ...]
    columns: tuple[Slot, ...]
    slots: tuple[Slot, ...]

    @property
    def header(self) -> int:
        """The row of the column headings."""
        return self.top + 1

    @property
    def bottom(self) -> int:
        """The last row the block occupies."""
        return self.header + len(self.lines)

    def line_of(self, key: str) -> tuple[Slot, ...]:
        """The cells of a line."""
        return tuple(slot for slot in self.slots if slot.field.key.startswith(f"{key}."))


@dataclass(frozen=True)
class Table:
    """A list: heading row, thin guard row, ``capacity`` rows, thin guard row.

    The defined name of the table covers heading to lower guard, so that a row inserted anywhere
    between them lies inside it.
    """

    key: str
    label: str
    note: str
    top: int
    capacity: int
    numbered: bool
    need: Need
    at_least: str
    """The column that one row must state."""
    columns: tuple[Slot, ...]

    @property
    def header(self) -> int:
        """The row of the column headings."""
        return self.top + 1

    @property
    def first(self) -> int:
        """The first row for input."""
        return self.top + 3

    @property
    def guard(self) -> int:
        """The lower guard row."""
        return self.first + self.capacity

    @property
    def bottom(self) -> int:
        """The last row the block occupies."""
        return self.guard

    @property
    def name(self) -> str:
        """The defined name in the workbook."""
        return defined_name(self.key)

    @property
    def owed(self) -> tuple[Field, ...]:
        """The columns that one row must state, where the list may not stay empty."""
        if self.need is Need.OPTIONAL:
            return ()
        fields = (slot.field for slot in self.columns)
        return tuple(
            each for each in fields if each.need is Need.REQUIRED or each.key == f"{self.key}.{self.at_least}"
        )


Block = Section | Matrix | Table

OPTIONAL_MARK = "（选填）"
"""Ends the label of a block that most units leave out."""


@dataclass(frozen=True)
class SheetPlan:
    """A sheet with its blocks from top to bottom."""

    key: str
    name: str
    guidance: str
    widths: tuple[float, ...]
    landscape: bool
    lead: int
    blocks: tuple[Block, ...]

    @property
    def slots(self) -> Iterator[Slot]:
        """All single cells (sections and matrices)."""
        for block in self.blocks:
            if not isinstance(block, Table):
                yield from block.slots

    @property
    def tables(self) -> Iterator[Table]:
        """All lists."""
        return (block for block in self.blocks if isinstance(block, Table))

    @property
    def bottom(self) -> int:
        """The last row in use."""
        return self.blocks[-1].bottom


@dataclass(frozen=True)
class FormPlan:
    """A declared form with every coordinate computed."""

    sheets: tuple[SheetPlan, ...]

    @cached_property
    def slots(self) -> Mapping[str, tuple[SheetPlan, Slot]]:
        """Single cells by key."""
        return {slot.field.key: (page, slot) for page in self.sheets for slot in page.slots}

    @cached_property
    def tables(self) -> Mapping[str, tuple[SheetPlan, Table]]:
        """Lists by key."""
        return {block.key: (page, block) for page in self.sheets for block in page.tables}

    @cached_property
    def matrices(self) -> Mapping[str, Matrix]:
        """Matrices by key."""
        return {
            block.key: block for page in self.sheets for block in page.blocks if isinstance(block, Matrix)
        }

    @cached_property
    def columns(self) -> Mapping[str, tuple[SheetPlan, Table, Slot]]:
        """Columns of lists by key."""
        return {
            slot.field.key: (page, block, slot)
            for page, block in self.tables.values()
            for slot in block.columns
        }

    @property
    def fields(self) -> Iterator[Field]:
        """Every declared field in the order of the workbook; a table gives its columns."""
        for page in self.sheets:
            for block in page.blocks:
                for slot in block.columns if isinstance(block, Table) else block.slots:
                    yield slot.field


@lru_cache
def plan_of(form: type, grown: tuple[tuple[str, int], ...] = ()) -> FormPlan:
    """The plan of the form declared by the dataclass ``form``.

    ``grown`` gives tables (by key) a larger capacity than declared, for lists that need it.
    """
    larger = dict(grown)
    return FormPlan(tuple(_sheet_plan(key, spec, cls, larger) for key, spec, cls in declared(form)))


def extended(plan: FormPlan, key: str, label: str, fields: Mapping[str, Sequence[Field]]) -> FormPlan:
    """``plan`` with a section ``label`` of single cells at the end of each sheet that is named, by its key."""

    def longer(page: SheetPlan) -> SheetPlan:
        top = page.bottom + 2
        slots = tuple(
            Slot(field, top + 1 + index, page.lead + 1, len(page.widths) - page.lead - 1)
            for index, field in enumerate(fields[page.key])
        )
        return dataclasses.replace(page, blocks=(*page.blocks, Section(key, label, "", top, slots)))

    return FormPlan(tuple(longer(page) if page.key in fields else page for page in plan.sheets))


def _sheet_plan(key: str, spec: SheetSpec, cls: type, larger: Mapping[str, int]) -> SheetPlan:
    blocks: list[Block] = []
    top = FIRST_BLOCK_ROW
    for name, block_spec, block_cls in declared(cls):
        needed = max(block_spec.capacity, larger.get(f"{key}.{name}", 0))
        grown = dataclasses.replace(block_spec, capacity=needed)
        above = next((block for block in blocks if isinstance(block, Matrix)), None)
        block = _block(f"{key}.{name}", grown, block_cls, top, spec, above)
        blocks.append(block)
        top = block.bottom + 2
    return SheetPlan(key, spec.name, spec.guidance, spec.widths, spec.landscape, spec.lead, tuple(blocks))


def _block(key: str, spec: BlockSpec, cls: Any, top: int, page: SheetSpec, above: Matrix | None) -> Block:
    if spec.capacity:
        return _table(key, spec, get_args(cls)[0], top)
    if spec.corner:
        return _matrix(key, spec, cls, top, above)
    value_span = len(page.widths) - page.lead - 1
    slots = tuple(
        Slot(_field(f"{key}.{name}", cell_spec, ""), top + 1 + index, page.lead + 1, value_span)
        for index, (name, cell_spec, _) in enumerate(declared(cls))
    )
    return Section(key, spec.label, spec.note, top, slots)


def _matrix(key: str, spec: BlockSpec, cls: type, top: int, above: Matrix | None) -> Matrix:
    lines = list(declared(cls))
    columns = list(declared(lines[0][2]))
    places = _under([name for name, _, _ in columns], above)
    slots = tuple(
        Slot(_field(f"{key}.{line}.{name}", cell, line_spec.label, line_spec), top + 2 + index, places[name])
        for index, (line, line_spec, _) in enumerate(lines)
        for name, cell, _ in columns
    )
    heads = tuple(
        Slot(_field(f"{key}.{name}", cell_spec, ""), top + 1, places[name]) for name, cell_spec, _ in columns
    )
    labels = tuple((f"{key}.{name}", line_spec.label) for name, line_spec, _ in lines)
    return Matrix(key, spec.label, spec.note, top, spec.corner, labels, heads, slots)


def _under(names: list[str], above: Matrix | None) -> dict[str, int]:
    """The grid columns of a matrix: those of equal name in the sheet's first one, whose heads stay in sight."""
    known = {slot.field.key.rpartition(".")[2]: slot.column for slot in above.columns} if above else {}
    places: dict[str, int] = {}
    for name in names:
        following = max(places.values(), default=1) + 1
        places[name] = max(known.get(name, following), following)
    return places


def _table(key: str, spec: BlockSpec, row: type, top: int) -> Table:
    column = 2 if spec.numbered else 1
    columns = []
    for name, cell_spec, _ in declared(row):
        field = _field(f"{key}.{name}", cell_spec, spec.label.partition("（")[0])
        columns.append(Slot(field, top + 1, column, cell_spec.span))
        column += cell_spec.span
    return Table(
        key,
        spec.label,
        spec.note,
        top,
        spec.capacity,
        spec.numbered,
        spec.need,
        spec.at_least,
        tuple(columns),
    )


def _field(key: str, spec: CellSpec, prefix: str, line: LineSpec | None = None) -> Field:
    """The field that ``spec`` declares, at its key, its label with that of its line or table in front."""
    field = spec.field
    label = f"{prefix}·{field.label}" if prefix else field.label
    if line is None:
        return dataclasses.replace(field, key=key, label=label)
    need = Need.REQUIRED if key.rpartition(".")[2] in line.required else field.need
    since = max(field.since, line.since, key=edition_order)
    return dataclasses.replace(field, key=key, label=label, need=need, since=since)
