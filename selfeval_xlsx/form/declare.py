"""The vocabulary for declaring a form, and the plan of a declared one: each field with its place.

A form is a frozen dataclass of sheets; a sheet is a dataclass of *blocks*; a block is a section of single cells, a
matrix (lines × columns) or a table (rows the user adds). An attribute carries what it declares: the :class:`SheetPlan`,
block or :class:`Slot` that stands there, still without key and place. :func:`plan_of` gives it both, so that no cell
address is ever written by hand.

The key of a field is its attribute path, ``budget.lines.personnel.outturn``. From it the defined name, the JSON key
and the template's key are computed.
"""

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache, cached_property, lru_cache
from typing import Any, Generic, TypeVar, get_args, get_type_hints

from selfeval_xlsx.cells import CellRef, coordinate
from selfeval_xlsx.form.kinds import Kind

T = TypeVar("T")

FIRST_BLOCK_ROW = 3
"""Rows 1 and 2 of a sheet hold its title and one line of guidance."""


class Need(Enum):
    """How badly the report needs a field."""

    REQUIRED = "必填"
    EXPECTED = "应填"
    OPTIONAL = "选填"


class Carry(Enum):
    """What becomes of a field when next year's workbook is made from this one."""

    KEEP = "keep"
    CLEAR = "clear"


def defined_name(key: str) -> str:
    """The name in the workbook of the cell or table of a key: ``budget_lines_total_outturn``."""
    return key.replace(".", "_")


def edition_order(edition: str) -> tuple[int, ...]:
    """The numbers of an edition's name, by which a later one is told: (2026, 1) of ``2026.1``."""
    return tuple(int(part) for part in re.findall(r"\d+", edition))


@dataclass(frozen=True)
class Field:
    """One declared cell, or one column of a table."""

    key: str
    label: str
    """With its line or table in front: 人员经费·执行数."""
    head: str
    """The text that stands beside or above the cell in the workbook."""
    kind: Kind[Any]
    need: Need = Need.OPTIONAL
    note: str = ""
    example: str = ""
    carry: Carry = Carry.CLEAR
    prior_of: str | None = None
    """The attribute of the same line whose value of last year belongs here."""
    since: str = ""
    """The edition of the form that has it first; empty for what every edition has."""

    def is_in(self, edition: str) -> bool:
        """Whether that edition of the form has the field."""
        return edition_order(self.since) <= edition_order(edition)

    @property
    def name(self) -> str:
        """The defined name in the workbook."""
        return defined_name(self.key)


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What stands in one cell: never raises, never forgets its cell."""

    field: Field
    ref: CellRef
    raw: str = ""
    value: T | None = None
    problem: str | None = None
    remark: str | None = None

    @property
    def stated(self) -> bool:
        """Whether a value is known, typed or computed."""
        return self.value is not None

    @property
    def known(self) -> T:
        """The value of a stated answer.

        Raises:
            ValueError: none is stated; ask :attr:`stated` first.

        """
        if self.value is None:
            raise ValueError(self.field.key)
        return self.value

    @property
    def named(self) -> str:
        """The cell with its label, as messages name it: 「预算」F9 合计·执行数."""
        return f"{self.ref} {self.field.label}"

    @property
    def blank(self) -> bool:
        """Whether nothing usable was meant to stand there: empty or 无."""
        return self.value is None and self.problem is None

    @property
    def computed(self) -> bool:
        """Whether the value was computed because the cell was left blank."""
        return self.value is not None and not self.raw

    def show(self) -> str:
        """The value as the report prints it; empty where none is known."""
        return "" if self.value is None else self.field.kind.show(self.value)


# --- what stands on a sheet ------------------------------------------------------------------------


@dataclass(frozen=True)
class Slot:
    """A field with its place: 1-based row and column, ``span`` grid columns wide."""

    field: Field
    row: int = 0
    column: int = 0
    span: int = 1

    @property
    def coordinate(self) -> str:
        """The address, F9."""
        return coordinate(self.row, self.column)


@dataclass(frozen=True)
class Line:
    """A line of a matrix; ``required`` names the columns it cannot do without, ``since`` the edition that has it first."""

    label: str
    required: tuple[str, ...] = ()
    since: str = ""


@dataclass(frozen=True)
class _Block:
    label: str
    note: str
    key: str = dataclasses.field(default="", kw_only=True)
    top: int = dataclasses.field(default=0, kw_only=True)
    """The row of its title."""

    @property
    def header(self) -> int:
        """The row under the title, that of the column headings."""
        return self.top + 1


@dataclass(frozen=True)
class Section(_Block):
    """Single cells: label in column 1, input beside it, guidance in the sheet's last column."""

    slots: tuple[Slot, ...] = ()

    @property
    def bottom(self) -> int:
        """The last row the block occupies."""
        return self.top + len(self.slots)


@dataclass(frozen=True)
class Matrix(_Block):
    """Lines × columns: heading row under the title, line labels in column 1."""

    corner: str
    """The heading above the labels of the lines."""
    lines: tuple[tuple[str, str], ...] = ()
    """Keys and labels."""
    columns: tuple[Slot, ...] = ()
    slots: tuple[Slot, ...] = ()

    @property
    def bottom(self) -> int:
        """The last row the block occupies."""
        return self.header + len(self.lines)


@dataclass(frozen=True)
class Table(_Block):
    """A list: heading row, thin guard row, ``capacity`` rows, thin guard row.

    The defined name of the table covers heading to lower guard, so that a row inserted anywhere
    between them lies inside it.
    """

    capacity: int
    numbered: bool
    need: Need
    at_least: str
    """The column that one row must state."""
    columns: tuple[Slot, ...] = ()

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
        least = f"{self.key}.{self.at_least}"
        fields = (slot.field for slot in self.columns)
        return tuple(field for field in fields if field.need is Need.REQUIRED or field.key == least)


Block = Section | Matrix | Table

OPTIONAL_MARK = "（选填）"
"""Ends the label of a block that most units leave out."""


@dataclass(frozen=True)
class SheetPlan:
    """A sheet with its blocks from top to bottom."""

    name: str
    guidance: str
    widths: tuple[float, ...]
    """The column grid, in characters."""
    landscape: bool
    lead: int
    """How many columns of the grid a label takes."""
    key: str = ""
    blocks: tuple[Block, ...] = ()

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
        return {table.key: (page, table) for page in self.sheets for table in page.tables}

    @cached_property
    def matrices(self) -> Mapping[str, Matrix]:
        """Matrices by key."""
        blocks = (block for page in self.sheets for block in page.blocks)
        return {block.key: block for block in blocks if isinstance(block, Matrix)}

    @cached_property
    def columns(self) -> Mapping[str, tuple[SheetPlan, Table, Slot]]:
        """Columns of lists by key."""
        tables = self.tables.values()
        return {slot.field.key: (page, table, slot) for page, table in tables for slot in table.columns}

    @property
    def fields(self) -> Iterator[Field]:
        """Every declared field in the order of the workbook; a table gives its columns."""
        for page in self.sheets:
            for block in page.blocks:
                for slot in block.columns if isinstance(block, Table) else block.slots:
                    yield slot.field


# --- declaring -------------------------------------------------------------------------------------


def _declares(what: object) -> Any:
    return dataclasses.field(metadata={"declares": what})


def cell(  # noqa: PLR0913 - a declaration names what it declares
    label: str,
    kind: Kind[Any],
    note: str = "",
    example: str = "",
    need: Need = Need.OPTIONAL,
    carry: Carry = Carry.CLEAR,
    *,
    span: int = 1,
    prior_of: str | None = None,
    since: str = "",
) -> Any:
    """Declare a cell of a section, or a column of a matrix or table (``span`` grid columns wide)."""
    field = Field("", label, label, kind, need, note, example, carry, prior_of, since)
    return _declares(Slot(field, span=span))


def line(label: str, *, required: tuple[str, ...] = (), since: str = "") -> Any:
    """Declare a :class:`Line` of a matrix."""
    return _declares(Line(label, required, since))


def section(label: str, *, note: str = "") -> Any:
    """Declare a block of single cells, one below the other."""
    return _declares(Section(label, note))


def matrix(label: str, *, corner: str, note: str = "") -> Any:
    """Declare a block of lines × columns."""
    return _declares(Matrix(label, note, corner))


def table(
    label: str,
    capacity: int,
    *,
    note: str = "",
    numbered: bool = True,
    need: Need = Need.OPTIONAL,
    at_least: str = "",
) -> Any:
    """Declare a list with room for ``capacity`` rows (more when the user inserts rows)."""
    return _declares(Table(label, note, capacity, numbered, need, at_least))


def sheet(
    name: str, guidance: str, *, widths: tuple[float, ...], landscape: bool = False, lead: int = 1
) -> Any:
    """Declare a sheet."""
    return _declares(SheetPlan(name, guidance, widths, landscape, lead))


@cache
def declared(cls: Any) -> tuple[tuple[str, Any, Any], ...]:
    """The declared attributes of a form, sheet, block or line: name, what it declares, type."""
    hints, fields = get_type_hints(cls), dataclasses.fields(cls)
    return tuple(
        (field.name, field.metadata["declares"], hints[field.name])
        for field in fields
        if "declares" in field.metadata
    )


# --- the plan --------------------------------------------------------------------------------------


@lru_cache
def plan_of(form: type, grown: tuple[tuple[str, int], ...] = ()) -> FormPlan:
    """The plan of the form declared by the dataclass ``form``.

    ``grown`` gives tables (by key) a larger capacity than declared, for lists that need it.
    """
    larger = dict(grown)
    pages = []
    for sheet_key, page, sheet_class in declared(form):
        blocks: list[Block] = []
        for name, bare, block_class in declared(sheet_class):
            top = blocks[-1].bottom + 2 if blocks else FIRST_BLOCK_ROW
            block = replace(bare, key=f"{sheet_key}.{name}", top=top)
            match block:
                case Section():
                    blocks.append(_section(block, page, _fields(block.key, block_class)))
                case Matrix():
                    above = next((block for block in blocks if isinstance(block, Matrix)), None)
                    blocks.append(_matrix(block, block_class, above))
                case Table(key=key, capacity=capacity):
                    block = replace(block, capacity=max(capacity, larger.get(key, 0)))
                    blocks.append(_table(block, get_args(block_class)[0]))
        pages.append(replace(page, key=sheet_key, blocks=tuple(blocks)))
    return FormPlan(tuple(pages))


def extended(plan: FormPlan, key: str, label: str, fields: Mapping[str, Sequence[Field]]) -> FormPlan:
    """``plan`` with a section ``label`` of single cells at the end of each sheet that is named, by its key."""

    def longer(page: SheetPlan) -> SheetPlan:
        bare = Section(label, "", key=key, top=page.bottom + 2)
        return replace(page, blocks=(*page.blocks, _section(bare, page, fields[page.key])))

    return FormPlan(tuple(longer(page) if page.key in fields else page for page in plan.sheets))


def _section(block: Section, page: SheetPlan, fields: Iterable[Field]) -> Section:
    first, span = page.lead + 1, len(page.widths) - page.lead - 1
    slots = tuple(Slot(field, row, first, span) for row, field in enumerate(fields, block.header))
    return replace(block, slots=slots)


def _matrix(block: Matrix, cls: type, above: Matrix | None) -> Matrix:
    lines = declared(cls)
    heads = [*_fields(block.key, lines[0][2])]
    places = _under(heads, above)
    slots = [
        Slot(field, row, column)
        for row, (name, line, line_class) in enumerate(lines, block.header + 1)
        for field, column in zip(_fields(f"{block.key}.{name}", line_class, line), places, strict=True)
    ]
    columns = [Slot(field, block.header, column) for field, column in zip(heads, places, strict=True)]
    labels = tuple((f"{block.key}.{name}", line.label) for name, line, _ in lines)
    return replace(block, lines=labels, columns=tuple(columns), slots=tuple(slots))


def _under(heads: Sequence[Field], above: Matrix | None) -> list[int]:
    """The grid columns of a matrix: those of equal name in the sheet's first one, whose heads stay in sight."""
    known = {slot.field.key.rpartition(".")[2]: slot.column for slot in above.columns} if above else {}
    places = [1]  # the labels of the lines
    for field in heads:
        places.append(max(known.get(field.key.rpartition(".")[2], 0), places[-1] + 1))
    return places[1:]


def _table(block: Table, row: type) -> Table:
    column = 2 if block.numbered else 1
    slots = []
    fields = _fields(block.key, row, Line(block.label.partition("（")[0]))
    for field, (_, bare, _) in zip(fields, declared(row), strict=True):
        slots.append(Slot(field, block.header, column, bare.span))
        column += bare.span
    return replace(block, columns=tuple(slots))


def _fields(key: str, cls: type, line: Line | None = None) -> Iterator[Field]:
    """The fields of a section, a line or a row, at their keys, their labels with that of the line in front."""
    for name, bare, _ in declared(cls):
        field: Field = replace(bare.field, key=f"{key}.{name}")
        if line is not None:
            need = Need.REQUIRED if name in line.required else field.need
            since = max(field.since, line.since, key=edition_order) if line.since else field.since
            field = replace(field, label=f"{line.label}·{field.label}", need=need, since=since)
        yield field
