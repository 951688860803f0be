"""Filling a declared form with what stands in its cells, and walking over a filled one."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar, get_args

from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.form.declare import Answer, Field, FormPlan, SheetPlan, Slot, Table, declared
from selfeval_xlsx.form.kinds import Raw

F = TypeVar("F")

LOCAL = "local."
"""How the keys of the fields begin that a district's rulebook adds."""

CellSource = Callable[[SheetPlan, Slot], "tuple[CellRef, Raw]"]
RowSource = Callable[[SheetPlan, Table], "Iterable[Sequence[tuple[CellRef, Raw]]]"]


def fill(form: Callable[..., F], plan: FormPlan, cells: CellSource, rows: RowSource, unit: str) -> F:
    """A filled ``form`` of ``plan``: ``cells`` gives what stands in a slot, ``rows`` the rows of a table, in order.

    ``unit`` is the money unit amounts are read in.
    """
    filled: dict[str, Any] = {}
    for page in plan.sheets:
        for block in page.blocks:
            if isinstance(block, Table):
                filled[block.key] = [
                    [
                        answer_of(slot.field, *cell, unit)
                        for slot, cell in zip(block.columns, row, strict=True)
                    ]
                    for row in rows(page, block)
                ]
            else:
                filled |= {
                    slot.field.key: answer_of(slot.field, *cells(page, slot), unit) for slot in block.slots
                }
    local = {key: answer for key, answer in filled.items() if key.startswith(LOCAL)}
    return form(**_parts(form, "", filled), local=local)


def _parts(cls: Any, prefix: str, filled: Mapping[str, Any]) -> dict[str, Any]:
    """The declared attributes of a form, sheet, block or line whose answers stand in ``filled`` by their keys."""
    parts: dict[str, Any] = {}
    for name, what, part in declared(cls):
        key = f"{prefix}{name}"
        if isinstance(what, Slot):
            parts[name] = filled[key]
        elif isinstance(what, Table):
            parts[name] = tuple(get_args(part)[0](*answers) for answers in filled[key])
        else:
            parts[name] = part(**_parts(part, f"{key}.", filled))
    return parts


def answer_of(field: Field, ref: CellRef, raw: Raw, unit: str) -> Answer[Any]:
    """What ``field``'s kind makes of a cell."""
    reading = field.kind.read(raw, unit)
    text = raw.text if not raw.uncalculated else "（公式）"
    return Answer(field, ref, text, reading.value, reading.problem, reading.remark)


@lru_cache
def _names(cls: type) -> tuple[str, ...]:
    """The declared attributes of a form, sheet, block or line, and that of the answers a district adds."""
    return tuple(
        item.name for item in dataclasses.fields(cls) if {"declares", "local"} & item.metadata.keys()
    )


def answers_of(filled: object, prefix: str = "") -> Iterator[tuple[str, Answer[Any]]]:
    """Every answer of a filled form by key, in the order of the workbook.

    A table's rows are numbered from 0: ``budget.projects.0.outturn``.
    """
    answers: list[tuple[str, Answer[Any]]] = []
    _gather(filled, prefix, answers)
    return iter(answers)


def _gather(filled: object, prefix: str, answers: list[tuple[str, Answer[Any]]]) -> None:
    for name in _names(type(filled)):  # type: ignore[arg-type] # a class is hashable
        value = getattr(filled, name)
        key = f"{prefix}{name}"
        if isinstance(value, Answer):
            answers.append((key, value))
        elif isinstance(value, tuple):
            for index, row in enumerate(value):
                _gather(row, f"{key}.{index}.", answers)
        elif isinstance(value, Mapping):
            answers.extend(value.items())
        else:
            _gather(value, f"{key}.", answers)


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
            updates[name] = {own: changed.get(own, answer) for own, answer in value.items()}
        elif isinstance(value, tuple):
            updates[name] = tuple(
                with_answers(row, changed, f"{key}.{index}.") for index, row in enumerate(value)
            )
        else:
            updates[name] = with_answers(value, changed, f"{key}.")
    return dataclasses.replace(filled, **updates)  # type: ignore[type-var] # as above
