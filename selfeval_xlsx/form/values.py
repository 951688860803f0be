"""Filling a declared form with what stands in its cells, and walking over a filled one."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeVar, get_args

from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.form.declare import Answer, Field, declared
from selfeval_xlsx.form.kinds import Raw
from selfeval_xlsx.form.places import FormPlan, Matrix, SheetPlan, Slot, Table

F = TypeVar("F")

LOCAL = "local."
"""How the keys of the fields begin that a district's rulebook adds."""

CellSource = Callable[[SheetPlan, Slot], "tuple[CellRef, Raw]"]
RowSource = Callable[[SheetPlan, Table], "Iterator[tuple[tuple[CellRef, Raw], ...]]"]


def fill(form: Callable[..., F], plan: FormPlan, cells: CellSource, rows: RowSource, unit: str) -> F:
    """A filled ``form`` of ``plan``: ``cells`` gives what stands in a slot, ``rows`` the rows of a table, in order.

    ``unit`` is the money unit amounts are read in.
    """
    sheets = {
        name: _fill_sheet(page, cls, cells, rows, unit)
        for (name, _, cls), page in zip(declared(form), plan.sheets, strict=True)
    }
    local = {
        key: answer_of(slot.field, *cells(page, slot), unit)
        for key, (page, slot) in plan.slots.items()
        if key.startswith(LOCAL)
    }
    return form(**sheets, local=local)


def _fill_sheet(page: SheetPlan, cls: type, cells: CellSource, rows: RowSource, unit: str) -> Any:
    values = {}
    for (name, _, block_cls), block in zip(declared(cls), page.blocks, strict=False):  # then come local ones
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
    for index, (name, _, line_cls) in enumerate(declared(cls)):
        slots = block.slots[index * width : (index + 1) * width]
        lines[name] = _row(line_cls, slots, tuple(cells(page, slot) for slot in slots), unit)
    return cls(**lines)


def _row(cls: type, slots: tuple[Slot, ...], found: tuple[tuple[CellRef, Raw], ...], unit: str) -> Any:
    names = [name for name, _, _ in declared(cls)]
    answers = [answer_of(slot.field, ref, raw, unit) for slot, (ref, raw) in zip(slots, found, strict=True)]
    return cls(**dict(zip(names, answers, strict=True)))


def answer_of(field: Field, ref: CellRef, raw: Raw, unit: str) -> Answer[Any]:
    """What ``field``'s kind makes of a cell."""
    reading = field.kind.read(raw, unit)
    text = raw.text if not raw.uncalculated else "（公式）"
    return Answer(field, ref, text, reading.value, reading.problem, reading.remark)


@lru_cache
def _names(cls: type) -> tuple[str, ...]:
    """The declared attributes of a form, sheet, block or line, and that of the answers a district adds."""
    return tuple(item.name for item in dataclasses.fields(cls) if {"spec", "local"} & item.metadata.keys())


def answers_of(filled: object, prefix: str = "") -> Iterator[tuple[str, Answer[Any]]]:
    """Every answer of a filled form by key, in the order of the workbook.

    A table's rows are numbered from 0: ``budget.projects.0.outturn``.
    """
    found: list[tuple[str, Answer[Any]]] = []
    _gather(filled, prefix, found)
    return iter(found)


def _gather(filled: object, prefix: str, found: list[tuple[str, Answer[Any]]]) -> None:
    for name in _names(type(filled)):  # type: ignore[arg-type] # a class is hashable
        value = getattr(filled, name)
        key = f"{prefix}{name}"
        if isinstance(value, Answer):
            found.append((key, value))
        elif isinstance(value, tuple):
            for index, row in enumerate(value):
                _gather(row, f"{key}.{index}.", found)
        elif isinstance(value, Mapping):
            found.extend(value.items())
        else:
            _gather(value, f"{key}.", found)


def rows_of(filled: object, table: str) -> tuple[Any, ...]:
    """The rows of a table, ``goals.indicators``."""
    sheet, _, block = table.partition(".")
    rows: tuple[Any, ...] = getattr(getattr(filled, sheet), block)
    return rows


def is_begun(row: object) -> bool:
    """Whether a row of a table holds anything, be it 无."""
    return any(answer.raw or answer.stated for _, answer in answers_of(row))


def is_filled(row: object) -> bool:
    """Whether a row of a table holds anything but 无."""
    return any(not answer.blank for _, answer in answers_of(row))


def column_answers(filled: object, column: str) -> list[Answer[Any]]:
    """The answers of one column of a table, ``goals.indicators.weight``, row by row."""
    table, _, name = column.rpartition(".")
    return [getattr(row, name) for row in rows_of(filled, table)]


def with_answers(filled: F, changed: Mapping[str, Answer[Any]], prefix: str = "") -> F:
    """A copy of a filled form in which the answers at the keys of ``changed`` are replaced."""
    updates: dict[str, Any] = {}
    for name in _names(type(filled)):  # type: ignore[arg-type] # a class is hashable
        key = f"{prefix}{name}"
        if not any(k == key or k.startswith(f"{key}.") for k in changed):
            continue
        value = getattr(filled, name)
        if isinstance(value, Answer):
            updates[name] = changed[key]
        elif isinstance(value, Mapping):
            updates[name] = {each: changed.get(each, answer) for each, answer in value.items()}
        elif isinstance(value, tuple):
            updates[name] = tuple(
                with_answers(row, changed, f"{key}.{index}.") for index, row in enumerate(value)
            )
        else:
            updates[name] = with_answers(value, changed, f"{key}.")
    return dataclasses.replace(filled, **updates)  # type: ignore[type-var] # as above
