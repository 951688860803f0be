"""The figures of a case and the equations between them, ready to be tried with other figures.

The rules judge the form as it stands; here the same relations can be asked what they would say if a
cell held something else. Blanks that were computed move with the cells they were computed from.
"""

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from selfeval_xlsx.amounts import MONEY_PLACES, Agreement, Comparison, rounded
from selfeval_xlsx.causes.equations import Equation, Parts, Values, equation_of
from selfeval_xlsx.causes.neighbours import Grid
from selfeval_xlsx.checks.rule import Case
from selfeval_xlsx.form.kinds import Count
from selfeval_xlsx.form.relations import Sum, relations_of

Changes = Mapping[str, Decimal]
"""Cells by key with the figures to try in them."""


@dataclass(frozen=True)
class Ledger:
    """The figures of ``case``, its equations, and where each typed cell stands."""

    case: Case

    @cached_property
    def values(self) -> dict[str, Decimal]:
        """Every stated figure, typed or computed."""
        return {
            key: Decimal(answer.known)
            for key, answer in self.case.answers.items()
            if answer.field.kind.numeric and answer.stated
        }

    @cached_property
    def ranks(self) -> Mapping[str, int]:
        """The place of every cell in the order of the workbook."""
        return {key: rank for rank, key in enumerate(self.case.answers)}

    @cached_property
    def grid(self) -> Grid:
        """Where the stated figures lie."""
        return Grid(tuple(self.values))

    @cached_property
    def equations(self) -> tuple[Equation, ...]:
        """Every relation all of whose figures are stated, its result typed."""
        relations = relations_of(self.case.evaluation)
        found = (equation_of(relation, self.case, self.values) for relation in relations)
        return tuple(equation for equation in found if equation is not None)

    @cached_property
    def comparisons(self) -> Mapping[Equation, Comparison]:
        """What each equation says of the figures as they stand."""
        return {equation: equation.compare(self.values) for equation in self.equations}

    @cached_property
    def broken(self) -> tuple[Equation, ...]:
        """The equations that do not hold."""
        return tuple(each for each, said in self.comparisons.items() if said.agreement is Agreement.BROKEN)

    @cached_property
    def roots(self) -> Mapping[str, Parts]:
        """For every stated figure the typed cells it is made of; a computed rate or score has none."""
        found: dict[str, Parts] = {
            key: {key: 1} for key in self.values if not self.case.answers[key].computed
        }
        while solved := dict(self._solved(found)):
            found.update(solved)
        return {key: found.get(key, {}) for key in self.values}

    def _solved(self, found: Mapping[str, Parts]) -> Iterator[tuple[str, Parts]]:
        """Computed sums all of whose parts have been ``found``."""
        sums = (each for each in relations_of(self.case.evaluation) if isinstance(each, Sum))
        for key, parts in (definition for relation in sums for definition in _definitions(relation)):
            is_open = key in self.values and key not in found and parts.keys() <= found.keys()
            if is_open and self.values[key] == sum(self.values[part] * n for part, n in parts.items()):
                yield key, _combined((found[part], n) for part, n in parts.items())

    @cached_property
    def standing(self) -> Mapping[str, tuple[Equation, ...]]:
        """The equations that each typed cell moves, itself or through a computed figure."""
        found: dict[str, dict[Equation, None]] = {}
        for equation in self.equations:
            for root in (root for key in equation.keys for root in self.roots.get(key, {})):
                found.setdefault(root, {})[equation] = None
        return {root: tuple(equations) for root, equations in found.items()}

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
        value = rounded(self.values[key], self.places(key))
        solved = value - self.comparisons[equation].difference / self.weight(equation, key)
        return solved if solved != value and self.allows(key, solved) else None

    def agreement(self, equation: Equation, changes: Changes) -> Agreement:
        """How ``equation`` would agree with ``changes``; an exact or a broken sum that differs then is broken."""
        was = self.comparisons[equation]
        in_step = equation.parts or (len(changes) == 1 and self.weight(equation, *changes))
        if not in_step or was.agreement in {Agreement.ROUNDING, Agreement.BLIND}:
            return equation.agreement(self.tried(changes))
        shifts = (self.weight(equation, key) * self._shift(key, value) for key, value in changes.items())
        return Agreement.EXACT if sum(shifts, was.difference) == 0 else Agreement.BROKEN

    def tried(self, changes: Changes) -> Values:
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

    def places(self, key: str) -> int:
        """The decimals that the figure of ``key`` is printed with."""
        return 0 if isinstance(self.case.answers[key].field.kind, Count) else MONEY_PLACES

    def allows(self, key: str, value: Decimal) -> bool:
        """Whether ``value`` may stand in the cell of ``key``."""
        return value == rounded(value, self.places(key)) and (value >= 0 or self.is_signed(key))

    def show(self, key: str, value: Decimal) -> str:
        """``value`` as the report prints it in the cell of ``key``."""
        kind = self.case.answers[key].field.kind
        return kind.show(int(value) if isinstance(kind, Count) else value)

    def is_signed(self, key: str) -> bool:
        """Whether the cell of ``key`` takes negative figures."""
        return getattr(self.case.answers[key].field.kind, "minimum", 0) is None


def _definitions(relation: Sum) -> Iterator[tuple[str, Parts]]:
    """What the completion computes from a sum: the total, or the part that remains."""
    terms = dict(relation.terms)
    yield relation.total, terms
    if relation.remainder is not None:
        yield (
            relation.remainder,
            {relation.total: 1} | {key: -n for key, n in terms.items() if key != relation.remainder},
        )


def _combined(parts: Iterable[tuple[Parts, int]]) -> Parts:
    total: dict[str, int] = {}
    for made_of, sign in parts:
        for root, count in made_of.items():
            total[root] = total.get(root, 0) + sign * count
    return total
