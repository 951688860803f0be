"""Corrections tried on the figures: those that make broken equations hold and break none that holds.

Nothing here is ever applied; causes and suspects are read off what a trial shows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from selfeval_xlsx.amounts import MONEY_PLACES, Agreement
from selfeval_xlsx.causes.what_if import Changes, Equation, WhatIf
from selfeval_xlsx.prose.keystroke_errors import undone

FEW_OTHERS = 3
"""As many equations as this are repaired for each that stays broken because of another mistake."""

NEARLY = 100
"""Two sides of a sum one of which is so many times the other are in two units."""

SPREAD = 1000
"""Figures of a list or a column, the largest of which is so many times the smallest, are not all in one unit."""

HALF_A_CENT = Decimal(5).scaleb(-MONEY_PLACES - 1)
"""What a printed amount may have lost."""


@dataclass(frozen=True)
class Correction:
    """Figures to put into cells, and the equations that hold then; no figures where they are not known."""

    changes: Changes
    repaired: tuple[Equation, ...]

    @property
    def key(self) -> str:
        """The cell, the first where there are several."""
        return next(iter(self.changes))

    @property
    def right(self) -> Decimal:
        """What belongs into it."""
        return self.changes[self.key]

    @property
    def weight(self) -> int:
        """How many equations that prove something it repairs."""
        return sum(equation.proves for equation in self.repaired)


@dataclass(frozen=True)
class Trials:
    """Figures tried in the cells of broken equations."""

    what_if: WhatIf

    @cached_property
    def cells(self) -> Mapping[str, tuple[Equation, ...]]:
        """The typed cells that stand in broken equations, with those equations."""
        found = {
            key: tuple(each for each in standing if each in self._broken and each.proves)
            for key, standing in self.what_if.standing.items()
        }
        return {key: broken for key, broken in found.items() if broken}

    @cached_property
    def _broken(self) -> frozenset[Equation]:
        return frozenset(self.what_if.broken)

    def rights(self, key: str) -> Iterable[Decimal]:
        """Figures that may be the right one in ``key``.

        Where broken sums stand, all of them must ask for the same; where only rates do, the figures
        that a slip could have turned into the typed one.
        """
        solved = self.solutions(key)
        if solved:
            return [each for each in set(solved) if each is not None and len(set(solved)) == 1]
        if not any(each.is_rate for each in self.cells[key]):
            return []
        places = self.what_if.places(key)
        return dict.fromkeys(
            each for each in undone(self.what_if.values[key], places) if self.what_if.allows(key, each)
        )

    def solutions(self, key: str) -> list[Decimal | None]:
        """What each broken equation that can be solved for ``key`` asks for."""
        what_if = self.what_if
        return [what_if.solution(each, key) for each in self.cells[key] if what_if.weight(each, key)]

    def correction(self, key: str, right: Decimal) -> Correction | None:
        """What ``right`` in ``key`` repairs; None where it breaks what holds or leaves a sum broken."""
        return self.correction_of({key: right})

    def exchange(self, key: str, other: str) -> Correction | None:
        """What it repairs to exchange the figures of two cells."""
        values = self.what_if.values
        return self.correction_of({key: values[other], other: values[key]})

    def correction_of(self, changes: Changes) -> Correction | None:
        """What figures in several cells repair; None as for one."""
        repaired = self._repaired(changes)
        return Correction(changes, repaired) if repaired else None

    def rescaled(self, keys: tuple[str, ...], factor: Decimal) -> Correction | None:
        """What it repairs to multiply all these figures; None where too much of what they stand in does not hold then.

        Figures typed in 万元 have lost what lies below 100 元: sums of them hold but for that.
        """
        values = self.what_if.values
        changes = {key: values[key] * factor for key in keys if values[key]}
        own = dict.fromkeys(each for key in changes for each in self.what_if.standing.get(key, ()))
        moved = [each for each in own if not self._is_within(each, changes)]
        left = {each: self._left(each, changes, factor) for each in moved}
        repaired = tuple(each for each in moved if each in self._broken and left[each] == 0)
        nearly = tuple(
            each for each in moved if left[each] and self._is_nearly_repaired(each, changes, left[each])
        )
        failing = [each for each in moved if left[each] and each not in nearly]
        is_other_mistake = self._broken.issuperset(failing) and FEW_OTHERS * len(failing) <= len(repaired)
        return (
            Correction(changes, (*repaired, *nearly)) if (repaired or nearly) and is_other_mistake else None
        )

    def _is_within(self, equation: Equation, changes: Changes) -> bool:
        """Whether all its amounts are rescaled, so that nothing changes for it."""
        rates = {equation.result} if equation.divides else set()
        amounts = {root for key in {*equation.keys} - rates for root in self.what_if.roots[key]}
        return all(key in changes or not self.what_if.values[key] for key in amounts)

    def _is_nearly_repaired(self, equation: Equation, changes: Changes, left: Decimal) -> bool:
        """Whether hardly anything is left of a broken sum whose two sides are in two units: the rest is another mistake.

        Not so where only some of the figures are large: these alone are in another unit.
        """
        held = self.what_if.comparisons[equation]
        small, large = sorted((abs(held.stated), abs(held.expected)))
        own = [abs(self.what_if.values[key]) for key in changes if self.what_if.weight(equation, key)]
        is_even = bool(own) and max(own) < SPREAD * min(own)
        is_sum = bool(equation.parts) and equation in self._broken and is_even
        return is_sum and large > NEARLY * small and NEARLY * left < abs(held.difference)

    def _left(self, equation: Equation, changes: Changes, factor: Decimal) -> Decimal:
        """By how much it is broken after rescaling; figures typed in 万元 may miss by what was lost."""
        if not equation.parts:
            found = equation.compare(self.what_if.tried(changes))
            is_broken = found.agreement is Agreement.BROKEN and abs(found.difference) > HALF_A_CENT
            return abs(found.difference) if is_broken else Decimal(0)
        counts = {key: self.what_if.weight(equation, key) for key in changes}
        moved = sum(
            count * (changes[key] - self.what_if.values[key]) for key, count in counts.items() if count
        )
        lost = HALF_A_CENT * factor * sum(map(abs, counts.values())) + HALF_A_CENT * len(equation.keys)
        left = abs(self.what_if.comparisons[equation].difference + moved)
        return left if left > lost else Decimal(0)

    def copied(self, keys: tuple[str, ...], source: tuple[str, ...]) -> Correction | None:
        """What is broken since ``keys`` were filled in with the figures of ``source``; None where they were not.

        Equations of both that hold vouch for like figures; what the source alone stands in must hold.
        """
        values, standing = self.what_if.values, self.what_if.standing
        if any(values[key] != values[like] for key, like in zip(keys, source, strict=True)):
            return None
        own, other = ({each for key in some for each in standing.get(key, ())} for some in (keys, source))
        broken = tuple(each for each in self.what_if.broken if each in own and each.proves)
        if not broken or any(each in other and each not in own for each in self.what_if.broken):
            return None
        vouching = [each for each in own & other if each.proves and each not in self._broken]
        return (
            None if vouching and len(vouching) >= len(other.intersection(broken)) else Correction({}, broken)
        )

    def is_certain(self, correction: Correction) -> bool:
        """Whether no other cell of an equation it repairs could be the wrong one."""
        return any(
            self._culprits[each] <= correction.changes.keys() for each in correction.repaired if each.proves
        )

    @cached_property
    def _culprits(self) -> Mapping[Equation, frozenset[str]]:
        """The typed cells of each broken equation that could be wrong without a contradiction."""
        cells = {
            equation: {root for key in equation.keys for root in self.what_if.roots[key]}
            for equation in self.what_if.broken
        }
        return {
            equation: frozenset(key for key in own if self._may_be_wrong(key, equation))
            for equation, own in cells.items()
        }

    def _may_be_wrong(self, key: str, equation: Equation) -> bool:
        if self.what_if.weight(equation, key):
            right = self.what_if.solution(equation, key)
            return right is not None and self.correction(key, right) is not None
        others = (each for each in self.what_if.standing[key] if each.proves and each not in self._broken)
        return not any(others)

    def _repaired(self, changes: Changes) -> tuple[Equation, ...]:
        """The equations repaired by ``changes``; none where a sum stays broken or what holds would not hold.

        A rate or the points for it that hold may have been computed from the wrong figure: they count
        against a change, and are outweighed by more equations that it repairs, of a total by as many.
        """
        standing = self.what_if.standing
        own = dict.fromkeys(each for key in changes for each in standing.get(key, ()))
        repaired = []
        for equation in (each for each in own if each in self._broken):
            if self.what_if.agreement(equation, changes) is Agreement.EXACT:
                repaired.append(equation)
            elif any(self.what_if.weight(equation, key) for key in changes):
                return ()
        spoilt = [each for each in own if each not in self._broken and self._is_spoilt(each, changes)]
        weight = sum(equation.proves for equation in repaired)
        is_total = any(equation.result in changes and len(equation.parts) > 1 for equation in repaired)
        outweighed = len(spoilt) < weight or (is_total and len(spoilt) == weight)
        return tuple(repaired) if outweighed and all(_follows(each, changes) for each in spoilt) else ()

    def _is_spoilt(self, equation: Equation, changes: Changes) -> bool:
        """Whether ``changes`` make an equation worse that holds, and not only because a line was copied."""
        was, now = self.what_if.comparisons[equation].agreement, self.what_if.agreement(equation, changes)
        worse = now is not Agreement.EXACT if was is Agreement.EXACT else now is Agreement.BROKEN is not was
        return worse and not (len(changes) == 1 and self._held_by_copying(equation))

    def _held_by_copying(self, equation: Equation) -> bool:
        """Whether all its figures are those of another line: the whole line was filled in there by mistake."""
        values = self.what_if.values
        own = [values[key] for key in equation.keys]
        lines = self.what_if.grid.other_lines(equation.keys)
        return any(own) and any([values.get(key) for key in line] == own for line in lines)


def _follows(equation: Equation, changes: Changes) -> bool:
    """Whether its result is a rate, or points for it, that clerks compute from the changed figures."""
    return equation.divides and equation.result not in changes
