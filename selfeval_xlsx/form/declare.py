"""The vocabulary for declaring a form.

A form is a frozen dataclass of sheets; a sheet is a dataclass of *blocks*; a block is a section of
single cells, a matrix (lines × columns) or a table (rows the user adds). Attributes carry the label
and the kind.

The key of a field is its attribute path, ``budget.lines.personnel.outturn``. From it the defined
name, the JSON key and the template's key are computed.
"""

import dataclasses
import re
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, Generic, TypeVar, get_type_hints

from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.form.kinds import Kind

T = TypeVar("T")


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


# --- declaring ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class CellSpec:
    """What a cell of a section or a column of a matrix or table declares: a field without its key, and its width."""

    field: Field
    span: int


@dataclass(frozen=True)
class LineSpec:
    """What a line of a matrix declares."""

    label: str
    required: tuple[str, ...]
    since: str


@dataclass(frozen=True)
class BlockSpec:
    """What a block declares; ``capacity`` makes it a table, ``corner`` a matrix.

    ``at_least`` is the column that one row of a table must state.
    """

    label: str
    note: str = ""
    capacity: int = 0
    numbered: bool = True
    corner: str = ""
    need: Need = Need.OPTIONAL
    at_least: str = ""


@dataclass(frozen=True)
class SheetSpec:
    """What a sheet declares."""

    name: str
    guidance: str
    widths: tuple[float, ...]
    landscape: bool
    lead: int


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
    declared_field = Field("", label, label, kind, need, note, example, carry, prior_of, since)
    return dataclasses.field(metadata={"spec": CellSpec(declared_field, span)})


def line(label: str, *, required: tuple[str, ...] = (), since: str = "") -> Any:
    """Declare a line of a matrix; ``required`` names the columns it cannot do without."""
    return dataclasses.field(metadata={"spec": LineSpec(label, required, since)})


def section(label: str, *, note: str = "") -> Any:
    """Declare a block of single cells, one below the other."""
    return dataclasses.field(metadata={"spec": BlockSpec(label, note)})


def matrix(label: str, *, corner: str, note: str = "") -> Any:
    """Declare a block of lines × columns; ``corner`` is the heading above the line labels."""
    return dataclasses.field(metadata={"spec": BlockSpec(label, note, corner=corner)})


def table(
    label: str,
    capacity: int,
    *,
    note: str = "",
    numbered: bool = True,
    need: Need = Need.OPTIONAL,
    at_least: str = "",
) -> Any:
    """Declare a list with room for ``capacity`` rows (more when the user inserts rows).

    ``at_least`` names the column that one row must state for the report to be written.
    """
    spec = BlockSpec(label, note, capacity, numbered, need=need, at_least=at_least)
    return dataclasses.field(metadata={"spec": spec})


def sheet(
    name: str, guidance: str, *, widths: tuple[float, ...], landscape: bool = False, lead: int = 1
) -> Any:
    """Declare a sheet; ``widths`` is its column grid in characters, ``lead`` how many of them a label takes."""
    return dataclasses.field(metadata={"spec": SheetSpec(name, guidance, widths, landscape, lead)})


@cache
def declared(cls: Any) -> tuple[tuple[str, Any, Any], ...]:
    """The declared attributes of a form, sheet, block or line: name, declaration, type."""
    hints, fields = get_type_hints(cls), dataclasses.fields(cls)
    return tuple(
        (each.name, each.metadata["spec"], hints[each.name]) for each in fields if "spec" in each.metadata
    )
