"""The figures the live checks compare: what was typed, or what follows from the other cells.

They stand in hidden columns of the sheet 核对, one row a figure. The first column holds what was typed;
the following ones repeat, step by step, what :mod:`selfeval_xlsx.form.completion` computes from the relations:
in each step a figure that is still open takes what the last step's figures give, the last relation
that gives something deciding. So a blank total is checked with the value the report will print.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

from selfeval_xlsx.cells import column_letters, coordinate
from selfeval_xlsx.form.completion import execution_whole
from selfeval_xlsx.form.form import PLAN
from selfeval_xlsx.form.places import FormPlan
from selfeval_xlsx.form.relations import (
    FIXED,
    PROJECTS,
    ColumnSum,
    ExecutionScore,
    GradeOf,
    Rate,
    Sum,
    TotalScore,
    Weights,
    of_project,
)
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.workbook import formulas as f

Cell = Callable[[str], str]
"""The cell that holds the figure of a key."""


@dataclass(frozen=True)
class Derivation:
    """``key`` can be computed where all ``inputs`` are numbers and ``given`` holds; ``value`` says how."""

    key: str
    inputs: tuple[str, ...]
    value: Callable[[Cell], str]
    given: Callable[[Cell], str] | None = None

    def condition(self, cell: Cell) -> str:
        """Whether the figure can be computed."""
        known = [f"COUNT({','.join(map(cell, self.inputs))})={len(self.inputs)}"] if self.inputs else []
        return f.all_of([*known, *([self.given(cell)] if self.given else [])])


@dataclass(frozen=True)
class ColumnFacts:
    """Cells with what the live checks must know of one column of figures."""

    rows: str
    """How many rows of the list hold anything."""
    known: str
    """How many of them have a number in the column, typed or following from their row."""
    unreadable: str
    """How many cells of the column hold something that is no such number."""
    total: str
    """The sum of the numbers."""


class Figures:
    """The hidden columns: where each figure stands, and the formulas that make it."""

    def __init__(self, plan: FormPlan, rulebook: Rulebook, first_row: int, first_column: int) -> None:
        self._plan = plan
        self._rulebook = rulebook
        self._top = first_row
        self._left = first_column
        keys = dict.fromkeys(chain.from_iterable(map(_keys, FIXED)))
        self._rows = {key: first_row + index for index, key in enumerate(keys)}
        columns = dict.fromkeys(each for each in map(_column, FIXED) if each)
        self._columns = {key: first_row + len(keys) + index for index, key in enumerate(columns)}

    # --- where figures stand

    def typed(self, key: str) -> str:
        """The cell with what was typed."""
        return self._cell(self._rows[key], 1)

    def of(self, key: str) -> str:
        """The cell with what was typed or computed."""
        return self._at(key, max(self._steps.get(key, ()), default=0))

    def column(self, key: str) -> ColumnFacts:
        """The cells with the facts of a column."""
        return ColumnFacts(*(self._cell(self._columns[key], offset) for offset in (1, 2, 3, 4)))

    @property
    def width(self) -> int:
        """How many columns are taken."""
        return 2 + max(3, *(max(steps) for steps in self._steps.values()))

    def _cell(self, row: int, offset: int) -> str:
        return f"${column_letters(self._left + offset)}${row}"

    def _at(self, key: str, step: int) -> str:
        """The cell of the last step up to ``step`` in which the figure could change."""
        latest = max((each for each in self._steps.get(key, ()) if each <= step), default=0)
        return self._cell(self._rows[key], 1 + latest)

    # --- what can be computed, and when

    @cached_property
    def derivations(self) -> Mapping[str, tuple[Derivation, ...]]:
        """The ways to compute each figure, in the order of the relations."""
        ways: dict[str, list[Derivation]] = {}
        for each in chain.from_iterable(map(self._derive, FIXED)):
            ways.setdefault(each.key, []).append(each)
        return {key: tuple(found) for key, found in ways.items()}

    @cached_property
    def _steps(self) -> Mapping[str, frozenset[int]]:
        """In which steps each figure may be found, whatever was typed."""
        return {key: self._possible(key, frozenset()) for key in self.derivations}

    def _possible(self, key: str, above: frozenset[str]) -> frozenset[int]:
        """Nothing is computed from itself: ``above`` are the figures waiting for this one."""
        found = set()
        for way in self.derivations.get(key, ()):
            if not above & set(way.inputs):
                inner = (self._possible(each, above | {key}) for each in way.inputs)
                found |= {1 + step for step in {0, *chain.from_iterable(inner)}}
        return frozenset(found)

    def _derive(self, relation: object) -> Iterator[Derivation]:
        match relation:
            case Sum(total=total, remainder=remainder):
                terms = dict(relation.terms)
                yield Derivation(total, tuple(terms), lambda cell: _signed(terms, cell))
                if remainder is not None:
                    others = {total: 1} | {key: -sign for key, sign in terms.items() if key != remainder}
                    yield Derivation(remainder, tuple(others), lambda cell: _signed(others, cell))
            case Rate(rate=rate, part=part, whole=whole):
                yield Derivation(
                    rate,
                    (part, whole),
                    lambda cell: f.quotient(f.money(cell(part)), f.money(cell(whole))),
                    lambda cell: f"{f.money(cell(whole))}<>0",
                )
            case Weights() | ExecutionScore() | TotalScore() | GradeOf():
                yield self._points(relation)

    def _points(self, relation: Weights | ExecutionScore | TotalScore | GradeOf) -> Derivation:
        scoring = self._rulebook.scoring
        match relation:
            case Weights(execution=execution, weights=column):
                return Derivation(
                    execution, (), lambda _: f"{scoring.execution_weight:f}", lambda _: self._complete(column)
                )
            case ExecutionScore(score=score, weight=weight, part=part):
                whole = execution_whole(relation, self._rulebook)
                return Derivation(
                    score,
                    (weight, part, whole),
                    lambda cell: execution_points(cell(weight), cell(part), cell(whole)),
                    lambda cell: f"{f.money(cell(whole))}<>0",
                )
            case TotalScore(total=total, execution=execution, scores=column):
                facts = self.column(column)
                return Derivation(
                    total,
                    (execution,),
                    lambda cell: f"ROUND({cell(execution)}+{facts.total},9)",
                    lambda _: self._complete(column),
                )
            case GradeOf(grade=grade, total=total):
                return Derivation(grade, (total,), lambda cell: self.grade(cell(total)))

    def grade(self, total: str) -> str:
        """The rulebook's grade of a total."""
        *upper, (lowest, _) = self._rulebook.grades.items()
        return f.choice(
            ((f"ROUND({total}-{bound:f},9)>=0", f.text(name)) for name, bound in upper), f.text(lowest)
        )

    def _complete(self, column: str) -> str:
        facts = self.column(column)
        return f.all_of([f"{facts.rows}>0", f"{facts.known}={facts.rows}"])

    # --- painting

    def paint(self, sheet: Any, style: Any) -> None:
        """Write the formulas and hide their columns."""
        for offset, head in enumerate(("代算", "填报", *(f"第{n}步" for n in range(1, self.width - 1)))):
            sheet.write_string(self._top - 2, self._left - 1 + offset, head, style)
        for key, row in self._rows.items():
            page, slot = self._plan.slots[key]
            sheet.write_string(row - 1, self._left - 1, f"「{page.name}」{slot.field.label}", style)
            sheet.write_formula(
                row - 1, self._left, f"={f.typed(slot.field.name, slot.field.kind)}", style, ""
            )
            for step in sorted(self._steps.get(key, ())):
                sheet.write_formula(row - 1, self._left + step, f"={self._step(key, step)}", style, "")
        for key, row in self._columns.items():
            page, _, slot = self._plan.columns[key]
            label = f"「{page.name}」{slot.field.label}（行数、有数的、不能识别的、合计）"
            sheet.write_string(row - 1, self._left - 1, label, style)
            for offset, formula in enumerate(self._facts(key)):
                # Entered as an array formula: Excel looks at a whole column in IF() only there.
                place = coordinate(row, self._left + 1 + offset)
                sheet.write_array_formula(f"{place}:{place}", f"{{={formula}}}", style, "")
        hidden = f"{column_letters(self._left)}:{column_letters(self._left + self.width - 1)}"
        sheet.set_column(hidden, 12, None, {"hidden": True})

    def _step(self, key: str, step: int) -> str:
        def cell(other: str) -> str:
            return self._at(other, step - 1)

        last_first = reversed(self.derivations[key])
        found = f.choice(((way.condition(cell), way.value(cell)) for way in last_first), '""')
        return f'IF({cell(key)}<>"",{cell(key)},{found})'

    def _facts(self, key: str) -> tuple[str, str, str, str]:
        """Formulas of the facts of a column, in the order of :class:`ColumnFacts`."""
        area, kind = column_area(self._plan, key), PLAN.columns[key][2].field.kind
        valid = f.is_valid(area, kind)
        numbers = f"IF(ISNUMBER({area}),{f.half_up(area, 2) if key.startswith(PROJECTS) else area},0)"
        known, total = f"SUM({valid})", f"SUM({numbers})"
        parts = _row_parts(key)
        if parts:
            areas = [column_area(self._plan, part) for part in parts]
            follows = f"(LEN({area})=0)*" + "*".join(f"ISNUMBER({each})" for each in areas)
            known += f"+SUM({follows})"
            total += f"+SUM(IF({follows},{f.half_up('+'.join(areas), 2)},0))"
        unreadable = f"SUM({f.is_unreadable(area, kind)})"
        return (
            rows_in_use(self._plan, key.rpartition(".")[0]),
            f"IFERROR({known},0)",
            f"IFERROR({unreadable},1)",
            f"IFERROR(ROUND({total},9),0)",
        )


def execution_points(weight: str, part: str, whole: str) -> str:
    """The points for execution: the weight's share that the printed rate says, at most all of it."""
    rate = f.quotient(f.money(part), f.money(whole))
    return f.half_up(f"{weight}*MIN({rate},1)", 2)


def column_area(plan: FormPlan, key: str) -> str:
    """A table's column from guard row to guard row, so that inserted rows lie inside."""
    page, block, slot = plan.columns[key]
    column = column_letters(slot.column)
    return f"'{page.name}'!${column}${block.header + 1}:${column}${block.guard}"


def table_area(plan: FormPlan, table: str) -> tuple[str, int]:
    """All columns of a table for input, from guard row to guard row, and how many they are."""
    page, block = plan.tables[table]
    first, last = block.columns[0], block.columns[-1]
    right = last.column + last.span - 1
    area = f"${column_letters(first.column)}${block.header + 1}:${column_letters(right)}${block.guard}"
    return f"'{page.name}'!{area}", right - first.column + 1


def rows_in_use(plan: FormPlan, table: str) -> str:
    """How many rows of a table hold anything, be it 无."""
    area, width = table_area(plan, table)
    return f.rows_with(f"1-{f.is_empty(area)}", width)


def rows_filled(plan: FormPlan, table: str) -> str:
    """How many rows of a table hold more than 无."""
    area, width = table_area(plan, table)
    return f.rows_with(f"1-{f.is_nothing(area)}", width)


def _signed(terms: Mapping[str, int], cell: Cell) -> str:
    """The sum of figures with their signs, free of the dust of binary floats."""
    joined = "".join(f"{'+' if sign > 0 else '-'}{cell(key)}" for key, sign in terms.items())
    return f"ROUND({joined.lstrip('+')},9)"


def _keys(relation: object) -> Iterator[str]:
    """The single figures a relation compares."""
    for name in ("total", "rate", "part", "whole", "original", "stated", "reference", "execution", "score",
                 "weight", "grade"):  # fmt: skip
        key = getattr(relation, name, "")
        if key in PLAN.slots:
            yield key
    if isinstance(relation, Sum):
        yield from (*relation.parts, *relation.minus)


def _column(relation: object) -> str:
    match relation:
        case ColumnSum(column=key) | Weights(weights=key) | TotalScore(scores=key):
            return key
    return ""


def _row_parts(key: str) -> tuple[str, ...]:
    """The columns of a project's row whose sum a blank cell of column ``key`` takes."""
    [total] = [each for each in of_project("*") if isinstance(each, Sum)]
    if key.replace(PROJECTS, f"{PROJECTS}.*") != total.total:
        return ()
    return tuple(part.replace(".*", "") for part in total.parts)
