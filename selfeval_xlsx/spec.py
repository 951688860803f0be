"""The vocabulary for declaring a form, and the plan computed from a declaration.

A form is a frozen dataclass of sheets; a sheet is a dataclass of *blocks*; a block is a section of
single cells, a matrix (lines × columns) or a table (rows the user adds). Attributes carry the label
and the kind; coordinates are computed here, so that no cell address is ever written by hand.

The key of a field is its attribute path, ``budget.lines.personnel.outturn``. From it the defined
name, the JSON key and the template's key are computed.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache
from typing import Any, Generic, TypeVar, get_args, get_type_hints

from selfeval_xlsx.kinds import Kind, Raw

T = TypeVar("T")
F = TypeVar("F")

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


@dataclass(frozen=True, slots=True)
class CellRef:
    """A cell, printed as 「预算」F9; ``sheet`` is the name the sheet has in the user's workbook."""

    sheet: str
    coordinate: str

    def __str__(self) -> str:
        return f"「{self.sheet}」{self.coordinate}"

    @property
    def place(self) -> tuple[int, int]:
        """Row and column, 1-based: F9 → (9, 6)."""
        letters = self.coordinate.rstrip("0123456789")
        return int(self.coordinate[len(letters) :]), column_number(letters)


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

    @property
    def name(self) -> str:
        """The defined name in the workbook."""
        return self.key.replace(".", "_")


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


# --- declaring ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Cell:
    label: str
    kind: Kind[Any]
    need: Need
    note: str
    example: str
    carry: Carry
    span: int
    prior_of: str | None


@dataclass(frozen=True)
class _Line:
    label: str
    required: tuple[str, ...]


@dataclass(frozen=True)
class _Block:
    label: str
    note: str = ""
    capacity: int = 0
    numbered: bool = True
    corner: str = ""
    need: Need = Need.OPTIONAL


@dataclass(frozen=True)
class _Sheet:
    name: str
    guidance: str
    widths: tuple[float, ...]
    landscape: bool
    lead: int


def cell(  # noqa: PLR0913 - a declaration names what it declares
    label: str,
    kind: Kind[Any],
    *,
    need: Need = Need.OPTIONAL,
    note: str = "",
    example: str = "",
    carry: Carry = Carry.CLEAR,
    span: int = 1,
    prior_of: str | None = None,
) -> Any:
    """Declare a cell of a section, or a column of a matrix or table (``span`` grid columns wide)."""
    return dataclasses.field(
        metadata={"spec": _Cell(label, kind, need, note, example, carry, span, prior_of)}
    )


def line(label: str, *, required: tuple[str, ...] = ()) -> Any:
    """Declare a line of a matrix; ``required`` names the columns it cannot do without."""
    return dataclasses.field(metadata={"spec": _Line(label, required)})


def section(label: str, *, note: str = "") -> Any:
    """Declare a block of single cells, one below the other."""
    return dataclasses.field(metadata={"spec": _Block(label, note)})


def matrix(label: str, *, corner: str, note: str = "") -> Any:
    """Declare a block of lines × columns; ``corner`` is the heading above the line labels."""
    return dataclasses.field(metadata={"spec": _Block(label, note, corner=corner)})


def table(
    label: str, capacity: int, *, note: str = "", numbered: bool = True, need: Need = Need.OPTIONAL
) -> Any:
    """Declare a list with room for ``capacity`` rows (more when the user inserts rows)."""
    return dataclasses.field(metadata={"spec": _Block(label, note, capacity, numbered, need=need)})


def sheet(
    name: str, guidance: str, *, widths: tuple[float, ...], landscape: bool = False, lead: int = 1
) -> Any:
    """Declare a sheet; ``widths`` is its column grid in characters, ``lead`` how many of them a label takes."""
    return dataclasses.field(metadata={"spec": _Sheet(name, guidance, widths, landscape, lead)})


# --- the plan ----------------------------------------------------------------------------------


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
        return self.key.replace(".", "_")


Block = Section | Matrix | Table


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
    def columns(self) -> Mapping[str, tuple[SheetPlan, Table, Slot]]:
        """Columns of lists by key."""
        return {
            slot.field.key: (page, block, slot)
            for page in self.sheets
            for block in page.tables
            for slot in block.columns
        }

    @property
    def fields(self) -> Iterator[Field]:
        """Every declared field in the order of the workbook; a table gives its columns."""
        for page in self.sheets:
            for block in page.blocks:
                for slot in block.columns if isinstance(block, Table) else block.slots:
                    yield slot.field


def column_letters(column: int) -> str:
    """``6`` → ``F``."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """``F`` → ``6``."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def coordinate(row: int, column: int) -> str:
    """``(9, 6)`` → ``F9``."""
    return f"{column_letters(column)}{row}"


@lru_cache
def plan_of(form: type, grown: tuple[tuple[str, int], ...] = ()) -> FormPlan:
    """The plan of the form declared by the dataclass ``form``.

    ``grown`` gives tables (by key) a larger capacity than declared, for lists that need it.
    """
    larger = dict(grown)
    return FormPlan(tuple(_sheet_plan(key, spec, cls, larger) for key, spec, cls in _declared(form)))


def _declared(cls: type) -> Iterator[tuple[str, Any, Any]]:
    hints = get_type_hints(cls)
    for item in dataclasses.fields(cls):
        if "spec" in item.metadata:
            yield item.name, item.metadata["spec"], hints[item.name]


def _sheet_plan(key: str, spec: _Sheet, cls: type, larger: Mapping[str, int]) -> SheetPlan:
    blocks: list[Block] = []
    top = FIRST_BLOCK_ROW
    for name, block_spec, block_cls in _declared(cls):
        needed = max(block_spec.capacity, larger.get(f"{key}.{name}", 0))
        grown = dataclasses.replace(block_spec, capacity=needed)
        block = _block(f"{key}.{name}", grown, block_cls, top, spec)
        blocks.append(block)
        top = block.bottom + 2
    return SheetPlan(key, spec.name, spec.guidance, spec.widths, spec.landscape, spec.lead, tuple(blocks))


def _block(key: str, spec: _Block, cls: Any, top: int, page: _Sheet) -> Block:
    if spec.capacity:
        return _table(key, spec, get_args(cls)[0], top)
    if spec.corner:
        return _matrix(key, spec, cls, top)
    value_span = len(page.widths) - page.lead - 1
    slots = tuple(
        Slot(_field(f"{key}.{name}", cell_spec, ""), top + 1 + index, page.lead + 1, value_span)
        for index, (name, cell_spec, _) in enumerate(_declared(cls))
    )
    return Section(key, spec.label, spec.note, top, slots)


def _matrix(key: str, spec: _Block, cls: type, top: int) -> Matrix:
    lines = list(_declared(cls))
    columns = list(_declared(lines[0][2]))
    slots = tuple(
        Slot(
            _field(f"{key}.{line_name}.{name}", cell_spec, line_spec.label, line_spec.required),
            top + 2 + index,
            2 + offset,
        )
        for index, (line_name, line_spec, _) in enumerate(lines)
        for offset, (name, cell_spec, _) in enumerate(columns)
    )
    heads = tuple(
        Slot(_field(f"{key}.{name}", cell_spec, ""), top + 1, 2 + offset)
        for offset, (name, cell_spec, _) in enumerate(columns)
    )
    labels = tuple((f"{key}.{name}", line_spec.label) for name, line_spec, _ in lines)
    return Matrix(key, spec.label, spec.note, top, spec.corner, labels, heads, slots)


def _table(key: str, spec: _Block, row: type, top: int) -> Table:
    column = 2 if spec.numbered else 1
    columns = []
    for name, cell_spec, _ in _declared(row):
        field = _field(f"{key}.{name}", cell_spec, spec.label.partition("（")[0])
        columns.append(Slot(field, top + 1, column, cell_spec.span))
        column += cell_spec.span
    return Table(key, spec.label, spec.note, top, spec.capacity, spec.numbered, spec.need, tuple(columns))


def _field(key: str, spec: _Cell, prefix: str, required: tuple[str, ...] = ()) -> Field:
    need = Need.REQUIRED if key.rpartition(".")[2] in required else spec.need
    label = f"{prefix}·{spec.label}" if prefix else spec.label
    return Field(key, label, spec.label, spec.kind, need, spec.note, spec.example, spec.carry, spec.prior_of)


# --- filling and walking ------------------------------------------------------------------------

CellSource = Callable[[SheetPlan, Slot], "tuple[CellRef, Raw]"]
RowSource = Callable[[SheetPlan, Table], "Iterator[tuple[tuple[CellRef, Raw], ...]]"]


def fill(form: type[F], cells: CellSource, rows: RowSource, unit: str, **extra: object) -> F:
    """A filled form: ``cells`` gives what stands in a slot, ``rows`` the rows of a table, in order.

    ``unit`` is the money unit amounts are read in; ``extra`` are the form's attributes that are no sheets.
    """
    plan = plan_of(form)  # type: ignore[arg-type] # a class is hashable
    sheets = {name: _fill_sheet(page, cls, cells, rows, unit) for (name, _, cls), page in _paired(form, plan)}
    return form(**sheets, **extra)


def _paired(form: type, plan: FormPlan) -> Iterator[tuple[tuple[str, Any, Any], SheetPlan]]:
    return zip(_declared(form), plan.sheets, strict=True)


def _fill_sheet(page: SheetPlan, cls: type, cells: CellSource, rows: RowSource, unit: str) -> Any:
    values = {}
    for (name, _, block_cls), block in zip(_declared(cls), page.blocks, strict=True):
        if isinstance(block, Table):
            values[name] = tuple(
                _row(get_args(block_cls)[0], block.columns, row, unit) for row in rows(page, block)
            )
        elif isinstance(block, Matrix):
            values[name] = _fill_matrix(page, block, block_cls, cells, unit)
        else:
            found = tuple(cells(page, slot) for slot in block.slots)
            values[name] = _row(block_cls, block.slots, found, unit)
    return cls(**values)


def _fill_matrix(page: SheetPlan, block: Matrix, cls: type, cells: CellSource, unit: str) -> Any:
    width = len(block.columns)
    lines = {}
    for index, (name, _, line_cls) in enumerate(_declared(cls)):
        slots = block.slots[index * width : (index + 1) * width]
        lines[name] = _row(line_cls, slots, tuple(cells(page, slot) for slot in slots), unit)
    return cls(**lines)


def _row(cls: type, slots: tuple[Slot, ...], found: tuple[tuple[CellRef, Raw], ...], unit: str) -> Any:
    names = [name for name, _, _ in _declared(cls)]
    answers = [answer_of(slot.field, ref, raw, unit) for slot, (ref, raw) in zip(slots, found, strict=True)]
    return cls(**dict(zip(names, answers, strict=True)))


def answer_of(field: Field, ref: CellRef, raw: Raw, unit: str) -> Answer[Any]:
    """What ``field``'s kind makes of a cell."""
    reading = field.kind.read(raw, unit)
    text = raw.text if not raw.uncalculated else "（公式）"
    return Answer(field, ref, text, reading.value, reading.problem, reading.remark)


def answers_of(filled: object, prefix: str = "") -> Iterator[tuple[str, Answer[Any]]]:
    """Every answer of a filled form by key, in the order of the workbook.

    A table's rows are numbered from 0: ``budget.projects.0.outturn``.
    """
    for item in dataclasses.fields(filled):  # type: ignore[arg-type] # a filled form is a dataclass
        if "spec" not in item.metadata:
            continue
        value = getattr(filled, item.name)
        key = f"{prefix}{item.name}"
        if isinstance(value, Answer):
            yield key, value
        elif isinstance(value, tuple):
            for index, row in enumerate(value):
                yield from answers_of(row, f"{key}.{index}.")
        else:
            yield from answers_of(value, f"{key}.")


def with_answers(filled: F, changed: Mapping[str, Answer[Any]], prefix: str = "") -> F:
    """A copy of a filled form in which the answers at the keys of ``changed`` are replaced."""
    updates: dict[str, Any] = {}
    for item in dataclasses.fields(filled):  # type: ignore[arg-type] # a filled form is a dataclass
        key = f"{prefix}{item.name}"
        if "spec" not in item.metadata or not any(k == key or k.startswith(f"{key}.") for k in changed):
            continue
        value = getattr(filled, item.name)
        if isinstance(value, Answer):
            updates[item.name] = changed[key]
        elif isinstance(value, tuple):
            updates[item.name] = tuple(
                with_answers(row, changed, f"{key}.{index}.") for index, row in enumerate(value)
            )
        else:
            updates[item.name] = with_answers(value, changed, f"{key}.")
    return dataclasses.replace(filled, **updates)  # type: ignore[type-var] # as above
