"""The figures of a case and the equations between them, ready to be tried with other figures.

The rules judge the form as it stands; here the same relations can be asked what they would say if a
cell held something else. Blanks that were computed move with the cells they were computed from. Which
cells lie beside one another is told by their keys: block, line, column.
"""

from collections import ChainMap, Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import cached_property

from selfeval_xlsx.amounts import MONEY_PLACES, Agreement, Comparison, money, rounded
from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.form.completion import Completed
from selfeval_xlsx.form.expressions import Quotient, Rows, Share, Terms
from selfeval_xlsx.form.kinds import Count
from selfeval_xlsx.form.local import LOCAL_WARNING
from selfeval_xlsx.form.relation_kinds import Parts, Relation
from selfeval_xlsx.form.rulebook import Rulebook

# --- where cells lie --------------------------------------------------------------------------------


class Extent(Enum):
    """How much of a block some cells are, in words to stand behind them."""

    LINE = "整行"
    COLUMN = "整列"
    BLOCK = "整表"


@dataclass(frozen=True)
class CellBlock:
    """The cells of a whole line, column or block."""

    extent: Extent
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """Where a cell lies: ``budget.lines``, ``total``, ``outturn``; a section has no lines."""

    block: str
    line: str
    column: str

    @classmethod
    def of(cls, key: str) -> "Place":
        """The place of the cell ``key``."""
        *path, column = key.split(".")
        return cls(".".join(path[:2]), ".".join(path[2:]), column)

    @property
    def key(self) -> str:
        """The cell's key."""
        return ".".join(part for part in (self.block, self.line, self.column) if part)


@dataclass(frozen=True)
class Grid:
    """Some cells of a form, in the order of the workbook."""

    keys: tuple[str, ...]

    @cached_property
    def _blocks(self) -> Mapping[str, tuple[list[str], list[str]]]:
        """The lines and columns of each block, from the first on."""
        blocks: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
        for place in map(Place.of, self.keys):
            lines, columns = blocks.setdefault(place.block, ({}, {}))
            lines[place.line] = columns[place.column] = None
        return {block: (list(lines), list(columns)) for block, (lines, columns) in blocks.items()}

    def neighbours(self, key: str) -> Iterator[str]:
        """The cells of the same column and of the same line, nearest first; in a list only the rows next to it.

        Not every key that is named so is a cell.
        """
        place = Place.of(key)
        lines, columns = self._blocks[place.block]
        reach = 1 if place.line.isdigit() else len(lines)
        for line in _nearest(lines, place.line, reach):
            yield Place(place.block, line, place.column).key
        for column in _nearest(columns, place.column, len(columns)):
            yield Place(place.block, place.line, column).key

    def cell_blocks(self) -> Iterator[CellBlock]:
        """Every line and every column of two cells or more, and every block of several lines."""
        known = frozenset(self.keys)
        for block, (lines, columns) in self._blocks.items():
            rows = [[Place(block, line, column).key for column in columns] for line in lines if line]
            whole = [(Extent.LINE, row) for row in rows]
            if len(rows) > 1:
                whole += [(Extent.COLUMN, list(column)) for column in zip(*rows, strict=True)]
                whole.append((Extent.BLOCK, [key for row in rows for key in row]))
            for extent, named in whole:
                keys = tuple(key for key in named if key in known)
                if len(keys) > 1:
                    yield CellBlock(extent, keys)

    def other_lines(self, keys: Iterable[str]) -> Iterator[tuple[str, ...]]:
        """For cells of one line, the cells of the same columns in each other line; else nothing."""
        places = [Place.of(key) for key in keys]
        if len({(place.block, place.line) for place in places}) == 1 and places[0].line:
            for line in self._blocks[places[0].block][0]:
                if line != places[0].line:
                    yield tuple(Place(place.block, line, place.column).key for place in places)


def _nearest(names: list[str], name: str, reach: int) -> list[str]:
    at = names.index(name)
    around = [*range(max(at - reach, 0), at), *range(at + 1, min(at + reach + 1, len(names)))]
    return [names[place] for place in sorted(around, key=lambda place: abs(place - at))]


# --- figures and equations --------------------------------------------------------------------------

Figures = Mapping[str, Decimal]
"""Figures by the key of their cell."""

Changes = Figures
"""The figures to try in cells."""


@dataclass(frozen=True, eq=False)
class Equation:
    """A relation whose figures are all stated, under the rulebook that says what may lie between them."""

    relation: Relation
    rules: Rulebook

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Its cells, the result first."""
        return self.relation.figures

    @cached_property
    def parts(self) -> Parts:
        """The figures that its result is the sum of, with how often each counts; empty where it is none."""
        return self.relation.parts

    @cached_property
    def result(self) -> str:
        """The cell that the finding on this equation marks."""
        return self.relation.result

    @property
    def name(self) -> tuple[str, str]:
        """What its finding is known by: code and key."""
        return self.relation.code, self.result

    @cached_property
    def proves(self) -> bool:
        """Whether it vouches for its figures where it holds."""
        return self.relation.proves

    @cached_property
    def is_rate(self) -> bool:
        """Whether its result is a rate."""
        return any(isinstance(way, Quotient) for _, way in self.relation.ways)

    @cached_property
    def divides(self) -> bool:
        """Whether its result is a rate, or points for one."""
        return any(isinstance(way, Quotient | Share) for _, way in self.relation.ways)

    def compare(self, figures: Figures) -> Comparison:
        """Its result held against its other figures; sums as they are printed, so that they can be solved."""
        held = self.relation.compare(figures, self.rules)
        if held is None:
            raise ValueError(self.relation.title)
        if not self.parts:
            return held
        stated, expected = money(held.stated), money(held.expected)
        return Comparison(Agreement.EXACT if stated == expected else held.agreement, stated, expected)


@dataclass(frozen=True)
class WhatIf:
    """The figures of ``case``, its equations, and where each typed cell stands."""

    case: Completed

    @cached_property
    def values(self) -> dict[str, Decimal]:
        """Every stated figure, typed or computed."""
        answers = self.case.answers
        return {
            key: Decimal(value) for key, value in self.case.values.items() if answers[key].field.kind.numeric
        }

    @cached_property
    def ranks(self) -> Mapping[str, int]:
        """The place of every cell in the order of the workbook."""
        return {key: rank for rank, key in enumerate(self.case.answers)}

    @cached_property
    def keys(self) -> Mapping[CellRef, str]:
        """The key of every cell."""
        return {answer.ref: key for key, answer in self.case.answers.items()}

    @cached_property
    def grid(self) -> Grid:
        """Where the stated figures lie."""
        return Grid(tuple(self.values))

    @cached_property
    def equations(self) -> tuple[Equation, ...]:
        """Every relation that must hold between figures that are all stated, and neither follow from it nor are excused."""
        return tuple(
            Equation(relation, self.case.rulebook)
            for relation in self.case.relations
            if len(relation.figures) > 1 and relation.code != LOCAL_WARNING and self._is_open(relation)
        )

    def _is_open(self, relation: Relation) -> bool:
        answers = self.case.answers
        follows = relation.of_typed and answers[relation.result].computed
        excused = relation.excuse and answers[relation.excuse].stated
        return not follows and not excused and all(key in self.values for key in relation.figures)

    @cached_property
    def comparisons(self) -> Mapping[Equation, Comparison]:
        """What each equation says of the figures as they stand."""
        return {equation: equation.compare(self.values) for equation in self.equations}

    @cached_property
    def broken(self) -> tuple[Equation, ...]:
        """The equations that do not hold, and whose figures can all be seen."""
        return tuple(
            equation
            for equation, held in self.comparisons.items()
            if held.agreement is Agreement.BROKEN and equation.name not in self.out_of_sight
        )

    @cached_property
    def out_of_sight(self) -> Mapping[tuple[str, str], tuple[CellRef, ...]]:
        """The relations, by code and result, in which hidden cells take part, with these cells.

        What is wrong there may be what nobody sees: nothing is guessed of the others.
        """
        hidden = self.case.evaluation.source.hidden
        unseen = {
            key: answer.ref
            for key, answer in self.case.answers.items()
            if hidden and answer.raw and any(part.covers(answer.ref) for part in hidden)
        }
        taking_part = {
            (relation.code, relation.result): tuple(
                ref for key, ref in unseen.items() if _takes_part(key, relation)
            )
            for relation in (self.case.relations if unseen else ())
        }
        return {name: refs for name, refs in taking_part.items() if refs}

    @cached_property
    def roots(self) -> Mapping[str, Parts]:
        """For every stated figure the typed cells it is made of; a computed rate or score has none."""
        known: dict[str, Parts] = {
            key: {key: 1} for key in self.values if not self.case.answers[key].computed
        }
        while solved := dict(self._solved(known)):
            known |= solved
        return {key: known.get(key, {}) for key in self.values}

    def _solved(self, known: Mapping[str, Parts]) -> Iterator[tuple[str, Parts]]:
        """Computed sums all of whose parts are ``known``."""
        for key, way in (result for relation in self.case.relations for result in relation.ways):
            if key in self.values and key not in known and isinstance(way, Terms) and not way.column:
                parts = way.counts
                if parts.keys() <= known.keys() and self.values[key] == sum(
                    self.values[part] * count for part, count in parts.items()
                ):
                    yield key, _combined((known[part], count) for part, count in parts.items())

    def roots_of(self, equation: Equation) -> tuple[str, ...]:
        """The typed cells that ``equation`` is about, its result first."""
        return tuple(dict.fromkeys(root for key in equation.keys for root in self.roots.get(key, {})))

    @cached_property
    def standing(self) -> Mapping[str, tuple[Equation, ...]]:
        """The equations that each typed cell moves, itself or through a computed figure."""
        standing: dict[str, list[Equation]] = {}
        for equation in self.equations:
            for root in self.roots_of(equation):
                standing.setdefault(root, []).append(equation)
        return {root: tuple(equations) for root, equations in standing.items()}

    @cached_property
    def weights(self) -> Mapping[Equation, Parts]:
        """By how much the difference (stated − expected) of each equation grows when a typed cell grows by 1.

        Cells are missing here with which it does not move in step: those of a quotient.
        """
        return {
            equation: _combined(
                [(self.roots[equation.result], 1)]
                + [(self.roots[part], -count) for part, count in equation.parts.items()]
            )
            for equation in self.equations
            if equation.proves
        }

    def weight(self, equation: Equation, key: str) -> int:
        """That weight for one cell; 0 where the equation cannot be solved for it."""
        return self.weights.get(equation, {}).get(key, 0)

    def solution(self, equation: Equation, key: str) -> Decimal | None:
        """The figure in the typed cell ``key`` that makes ``equation`` hold; None where none may stand there."""
        weight, value = self.weight(equation, key), rounded(self.values[key], self.places(key))
        solved = value - self.comparisons[equation].difference / weight if weight else value
        return solved if solved != value and self.allows(key, solved) else None

    def agreement(self, equation: Equation, changes: Changes) -> Agreement:
        """How ``equation`` would agree with ``changes``; an exact or a broken sum that differs then is broken."""
        was = self.comparisons[equation]
        in_step = equation.parts or (len(changes) == 1 and self.weight(equation, *changes))
        if not in_step or was.agreement in {Agreement.ROUNDING, Agreement.BLIND}:
            return equation.compare(self.tried(changes)).agreement
        shifts = (self.weight(equation, key) * self._shift(key, value) for key, value in changes.items())
        return Agreement.EXACT if sum(shifts, was.difference) == 0 else Agreement.BROKEN

    def tried(self, changes: Changes) -> Figures:
        """The figures with ``changes`` in their typed cells; what was computed from them follows."""
        moved = {
            key: sum((n * self._shift(root, changes[root]) for root, n in parts if root in changes), figure)
            for key, figure, parts in self._computed
        }
        return ChainMap(dict(changes), moved, self.values)

    @cached_property
    def _computed(self) -> list[tuple[str, Decimal, tuple[tuple[str, int], ...]]]:
        """Computed sums with their figures and the typed cells they are made of."""
        answers = self.case.answers
        sums = ((key, parts) for key, parts in self.roots.items() if parts and answers[key].computed)
        return [(key, self.values[key], tuple(parts.items())) for key, parts in sums]

    def _shift(self, key: str, value: Decimal) -> Decimal:
        return value - rounded(self.values[key], self.places(key))

    def is_all_of(self, key: str, other: str) -> bool:
        """Whether one of the two is a total and the other all that it is made of: the rest is blank or 0."""
        return any(
            relation.result in {key, other}
            and not {key, other} - set(relation.figures)
            and all(not self.values.get(part) for part in relation.figures[1:] if part not in {key, other})
            for relation in self.case.relations
            if relation.is_total
        )

    def places(self, key: str) -> int:
        """The decimals that the figure of ``key`` is printed with."""
        return 0 if isinstance(self.case.answers[key].field.kind, Count) else MONEY_PLACES

    def allows(self, key: str, value: Decimal) -> bool:
        """Whether ``value`` may stand in the cell of ``key``."""
        most = getattr(self.case.answers[key].field.kind, "maximum", None)
        fits = value == rounded(value, self.places(key)) and (most is None or abs(value) < most)
        return fits and (value >= 0 or self.is_signed(key))

    def show(self, key: str, value: Decimal) -> str:
        """``value`` as the report prints it in the cell of ``key``."""
        kind = self.case.answers[key].field.kind
        return kind.show(int(value) if isinstance(kind, Count) else value)

    def is_signed(self, key: str) -> bool:
        """Whether the cell of ``key`` takes negative figures."""
        return getattr(self.case.answers[key].field.kind, "minimum", 0) is None


def _takes_part(key: str, relation: Relation) -> bool:
    """Whether the cell ``key`` is one of the figures, or in a row that is counted."""
    counted = relation.expected
    return key in relation.figures or (isinstance(counted, Rows) and key.startswith(f"{counted.table}."))


def _combined(parts: Iterable[tuple[Parts, int]]) -> Parts:
    total = Counter[str]()
    for made_of, sign in parts:
        for root, count in made_of.items():
            total[root] += sign * count
    return total
