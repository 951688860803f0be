"""The figures the live checks compare: what was typed, or what follows from the other cells.

They stand in hidden columns of the sheet 核对, one row a figure. The first column holds what was typed;
the following ones repeat, step by step, what :mod:`selfeval_xlsx.form.completion` computes from the relations:
in each step a figure that is still open takes what the last step's figures give, the last relation
that gives something deciding. So a blank total is checked with the value the report will print.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

from selfeval_xlsx.cells import column_letters, coordinate
from selfeval_xlsx.form import expressions as x
from selfeval_xlsx.form.declare import FormPlan
from selfeval_xlsx.form.form import PLAN
from selfeval_xlsx.form.relation_kinds import Relation
from selfeval_xlsx.form.relations import PROJECTS, between_cells, of_project
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.workbook import formulas as f


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
        self.plan = plan
        self.rulebook = rulebook
        self._top = first_row
        self._left = first_column
        self.relations = tuple(relation.under(rulebook) for relation in between_cells(rulebook))
        keys = dict.fromkeys(chain.from_iterable(relation.figures for relation in self.relations))
        self._rows = {key: first_row + index for index, key in enumerate(keys)}
        columns = dict.fromkeys(relation.over for relation in self.relations if relation.over)
        self._columns = {key: first_row + len(keys) + index for index, key in enumerate(columns)}

    # --- where figures stand

    @property
    def keys(self) -> Collection[str]:
        """The figures that stand here, by key."""
        return self._rows.keys()

    def typed(self, key: str) -> str:
        """The cell with what was typed."""
        return self._cell(self._rows[key], 1)

    def of(self, key: str) -> str:
        """The cell with what was typed or computed."""
        return self._at(key, max(self._steps.get(key, ()), default=0))

    def column(self, key: str) -> ColumnFacts:
        """The cells with the facts of a column."""
        return ColumnFacts(*(self._cell(self._columns[key], offset) for offset in (1, 2, 3, 4)))

    def _cell(self, row: int, offset: int) -> str:
        return f"${column_letters(self._left + offset)}${row}"

    def _at(self, key: str, step: int) -> str:
        """The cell of the last step up to ``step`` in which the figure could change."""
        latest = max((other for other in self._steps.get(key, ()) if other <= step), default=0)
        return self._cell(self._rows[key], 1 + latest)

    # --- what can be computed, and when

    @cached_property
    def _ways(self) -> Mapping[str, list[tuple[x.Expression, Relation | None]]]:
        """The ways to compute each figure, in the order of the relations, with what must not be broken."""
        ways: dict[str, list[tuple[x.Expression, Relation | None]]] = {}
        for relation in self.relations:
            for key, way in relation.ways:
                ways.setdefault(key, []).append((way, relation.given))
        return ways

    @cached_property
    def _steps(self) -> Mapping[str, frozenset[int]]:
        """In which steps each figure may be found, whatever was typed."""
        return {key: self._possible(key, frozenset()) for key in self._ways}

    def _possible(self, key: str, above: frozenset[str]) -> frozenset[int]:
        """Nothing is computed from itself: ``above`` are the figures waiting for this one."""
        steps = set()
        for way, given in self._ways.get(key, ()):
            inputs = (*x.inputs_of(way), *([given.result] if given else []))
            if not above & set(inputs):
                inner = (self._possible(part, above | {key}) for part in inputs)
                steps |= {1 + step for step in {0, *chain.from_iterable(inner)}}
        return frozenset(steps)

    # --- expressions as formulas

    def condition(self, way: x.Expression, cell: f.Cell) -> str:
        """Whether all that ``way`` needs is there; ``cell`` says where each figure stands."""
        inputs, (column, _), divisor = x.inputs_of(way), x.column_of(way), x.divisor_of(way)
        return f.all_of(
            [
                *([f"COUNT({','.join(map(cell, inputs))})={len(inputs)}"] if inputs else []),
                *([self._is_complete(column)] if column else []),
                *([f"{f.money(cell(divisor))}<>0"] if divisor else []),
                *([f"ISNUMBER({self.value(way, cell)})"] if isinstance(way, x.Calculation) else []),
            ]
        )

    def value(self, way: x.Expression, cell: f.Cell) -> str:  # noqa: PLR0911 - a case each
        """What ``way`` gives."""
        scoring = self.rulebook.scoring
        match way:
            case x.Terms(counts=counts, column=column):
                column_total = [f"+{self.column(column).total}"] if column else []
                joined = "".join([*(f"{'+-'[n < 0]}{cell(key)}" for key, n in counts.items()), *column_total])
                return f"ROUND({joined.lstrip('+')},9)"
            case x.Quotient(part=part, whole=whole):
                return f.quotient(f.money(cell(part)), f.money(cell(whole)))
            case x.Share(weight=weight, part=part, whole=whole):
                rate = f.quotient(f.money(cell(part)), f.money(cell(whole)))
                return f.half_up(f"{cell(weight)}*MIN({rate},1)", 2)
            case x.ExecutionWeight(column=column):
                alone = f"{self.column(column).total}={scoring.full_score:f}"
                return f"IF({alone},0,{scoring.execution_weight:f})"
            case x.FullScore():
                return f"{scoring.full_score:f}"
            case x.Band(total=total):
                *upper, (lowest, _) = self.rulebook.grades.items()
                bands = ((f"ROUND({cell(total)}-{bound:f},9)>=0", f.text(name)) for name, bound in upper)
                return f.choice(bands, f.text(lowest))
            case x.Rows(table=table, column=column, value=value):
                if not column:
                    return f.rows_filled(self.plan, table)
                area = f.column_area(self.plan, f"{table}.{column}")
                named = f'FIND({f.text(f"|{value}|")},"|"&SUBSTITUTE({area}," ","")&"|")'
                return f"SUMPRODUCT(--ISNUMBER({named}))"
            case x.Calculation(formula=formula, scale=scale):
                result = f.written(formula, lambda figure: f.scaled(cell(figure.key), figure.scale))
                return f.half_up(result, 4 if scale is x.Scale.RATE else 2)

    def _is_complete(self, column: str) -> str:
        """Whether a column has rows, and all of them a number."""
        facts = self.column(column)
        return f.all_of([f"{facts.rows}>0", f"{facts.known}={facts.rows}"])

    # --- painting

    def paint(self, sheet: Any, style: Any) -> None:
        """Write the formulas and hide their columns."""
        width = 2 + max(3, *(max(steps) for steps in self._steps.values()))
        for offset, head in enumerate(("代算", "填报", *(f"第{n}步" for n in range(1, width - 1)))):
            sheet.write_string(self._top - 2, self._left - 1 + offset, head, style)
        for key, row in self._rows.items():
            page, slot = self.plan.slots[key]
            sheet.write_string(row - 1, self._left - 1, f"「{page.name}」{slot.field.label}", style)
            kind = self.rulebook.kind_of(slot.field.kind)
            sheet.write_formula(row - 1, self._left, f"={f.typed(slot.field.name, kind)}", style, "")
            for step in sorted(self._steps.get(key, ())):
                sheet.write_formula(row - 1, self._left + step, f"={self._step(key, step)}", style, "")
        for key, row in self._columns.items():
            page, _, slot = self.plan.columns[key]
            label = f"「{page.name}」{slot.field.label}（行数、有数的、不能识别的、合计）"
            sheet.write_string(row - 1, self._left - 1, label, style)
            for offset, formula in enumerate(self._facts(key)):
                # Entered as an array formula: Excel looks at a whole column in IF() only there.
                place = coordinate(row, self._left + 1 + offset)
                sheet.write_array_formula(f"{place}:{place}", f"{{={formula}}}", style, "")
        hidden = f"{column_letters(self._left)}:{column_letters(self._left + width - 1)}"
        sheet.set_column(hidden, 12, None, {"hidden": True})

    def _step(self, key: str, step: int) -> str:
        def cell(other: str) -> str:
            return self._at(other, step - 1)

        cases = (
            (f.all_of([self.condition(way, cell), *self._vouched(given, cell)]), self.value(way, cell))
            for way, given in reversed(self._ways[key])
        )
        computed = f.choice(cases, f.text(""))
        return f'IF({cell(key)}<>"",{cell(key)},{computed})'

    def _vouched(self, given: Relation | None, cell: f.Cell) -> Iterator[str]:
        """That the weights on which a figure rests are the full score, or none is stated."""
        if given is not None:
            facts, full = self.column(given.over), self.rulebook.scoring.full_score
            whole = f"ROUND(N({cell(given.result)})+{facts.total}-{full:f},9)=0"
            yield f"OR({facts.known}=0,AND({facts.known}={facts.rows},{whole}))"

    def _facts(self, key: str) -> tuple[str, str, str, str]:
        """Formulas of the facts of a column, in the order of :class:`ColumnFacts`."""
        area, kind = f.column_area(self.plan, key), PLAN.columns[key][2].field.kind
        valid = f.is_valid(area, kind)
        numbers = f"IF(ISNUMBER({area}),{f.half_up(area, 2) if key.startswith(PROJECTS) else area},0)"
        known, total = f"SUM({valid})", f"SUM({numbers})"
        if parts := _row_parts(key):
            areas = [f.column_area(self.plan, part) for part in parts]
            follows = f"(LEN({area})=0)*" + "*".join(f"ISNUMBER({part})" for part in areas)
            known += f"+SUM({follows})"
            total += f"+SUM(IF({follows},{f.half_up('+'.join(areas), 2)},0))"
        return (
            f.rows_in_use(self.plan, key.rpartition(".")[0]),
            f"IFERROR({known},0)",
            f"IFERROR(SUM({f.is_unreadable(area, kind)}),1)",
            f"IFERROR(ROUND({total},9),0)",
        )


def _row_parts(key: str) -> tuple[str, ...]:
    """The columns of a project's row whose sum a blank cell of column ``key`` takes."""
    own = key.replace(PROJECTS, f"{PROJECTS}.*")
    ways = (way for relation in of_project("*") for result, way in relation.ways[:1] if result == own)
    return tuple(part.replace(".*", "") for way in ways if isinstance(way, x.Terms) for part in way.counts)
