"""Mends: figures that, put into a cell or two, make broken equations hold and break none that holds now.

Nothing here is ever applied; the causes and the suspects are read off.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from selfeval_xlsx.amounts import MONEY_PLACES, Agreement
from selfeval_xlsx.causes.what_if import Changes, Equation, Ledger
from selfeval_xlsx.prose.keystroke_errors import undone

HALF_A_CENT = Decimal(5).scaleb(-MONEY_PLACES - 1)
"""What a printed amount may have lost."""


@dataclass(frozen=True)
class Mend:
    """Figures to put into cells, and the equations that hold then; no figures where they are not known."""

    changes: Changes
    mended: tuple[Equation, ...]

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
        """How many equations that prove something it mends."""
        return sum(equation.proves for equation in self.mended)


@dataclass(frozen=True)
class Bench:
    """Where the broken equations of a ledger are mended by way of trial."""

    ledger: Ledger

    @cached_property
    def cells(self) -> Mapping[str, tuple[Equation, ...]]:
        """The typed cells that stand in broken equations, with those equations."""
        found = {
            key: tuple(each for each in standing if each in self._broken and each.proves)
            for key, standing in self.ledger.standing.items()
        }
        return {key: broken for key, broken in found.items() if broken}

    @cached_property
    def _broken(self) -> frozenset[Equation]:
        return frozenset(self.ledger.broken)

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
        places = self.ledger.places(key)
        return dict.fromkeys(
            each for each in undone(self.ledger.values[key], places) if self.ledger.allows(key, each)
        )

    def solutions(self, key: str) -> list[Decimal | None]:
        """What each broken equation that can be solved for ``key`` asks for."""
        ledger = self.ledger
        return [ledger.solution(each, key) for each in self.cells[key] if ledger.weight(each, key)]

    def mend(self, key: str, right: Decimal) -> Mend | None:
        """What ``right`` in ``key`` mends; None where it breaks what holds or leaves a sum broken."""
        return self._mend({key: right})

    def exchange(self, key: str, other: str) -> Mend | None:
        """What it mends to exchange the figures of two cells."""
        values = self.ledger.values
        return self._mend({key: values[other], other: values[key]})

    def _mend(self, changes: Changes) -> Mend | None:
        mended = self._mended(changes)
        return Mend(changes, mended) if mended else None

    def rescaled(self, keys: tuple[str, ...], factor: Decimal) -> Mend | None:
        """What it mends to multiply all these figures; None where anything they stand in does not hold then.

        Figures typed in 万元 have lost what lies below 100 元: sums of them hold but for that.
        """
        ledger = self.ledger
        changes = {key: ledger.values[key] * factor for key in keys if ledger.values[key]}
        own = dict.fromkeys(each for key in changes for each in ledger.standing.get(key, ()))
        if any(self._stays_broken(each, changes, factor) for each in own):
            return None
        mended = tuple(equation for equation in own if equation in self._broken)
        return Mend(changes, mended) if mended else None

    def _stays_broken(self, equation: Equation, changes: Changes, factor: Decimal) -> bool:
        """Where all amounts are rescaled nothing changes; other figures may miss by what was lost."""
        rates = {equation.result} if equation.divides else set()
        amounts = {root for key in {*equation.keys} - rates for root in self.ledger.roots[key]}
        if all(key in changes or not self.ledger.values[key] for key in amounts):
            return equation in self._broken
        if not equation.parts:
            found = equation.compare(self.ledger.tried(changes))
            return found.agreement is Agreement.BROKEN and abs(found.difference) > HALF_A_CENT
        counts = {key: self.ledger.weight(equation, key) for key in changes}
        moved = sum(
            count * (changes[key] - self.ledger.values[key]) for key, count in counts.items() if count
        )
        lost = HALF_A_CENT * factor * sum(map(abs, counts.values())) + HALF_A_CENT * len(equation.keys)
        return abs(self.ledger.comparisons[equation].difference + moved) > lost

    def copied(self, keys: tuple[str, ...], source: tuple[str, ...]) -> Mend | None:
        """What is broken since ``keys`` were filled in with the figures of ``source``; None where they were not.

        Equations of both that hold vouch for like figures; what the source alone stands in must hold.
        """
        values, standing = self.ledger.values, self.ledger.standing
        if any(values[key] != values[like] for key, like in zip(keys, source, strict=True)):
            return None
        own, other = ({each for key in some for each in standing.get(key, ())} for some in (keys, source))
        broken = tuple(each for each in self.ledger.broken if each in own and each.proves)
        if not broken or any(each in other and each not in own for each in self.ledger.broken):
            return None
        vouching = [each for each in own & other if each.proves and each not in self._broken]
        return None if vouching and len(vouching) >= len(other.intersection(broken)) else Mend({}, broken)

    def is_certain(self, mend: Mend) -> bool:
        """Whether no other cell of an equation it mends could be the wrong one."""
        return any(self._culprits[each] <= mend.changes.keys() for each in mend.mended if each.proves)

    @cached_property
    def _culprits(self) -> Mapping[Equation, frozenset[str]]:
        """The typed cells of each broken equation that could be wrong without a contradiction."""
        cells = {
            equation: {root for key in equation.keys for root in self.ledger.roots[key]}
            for equation in self.ledger.broken
        }
        return {
            equation: frozenset(key for key in own if self._may_be_wrong(key, equation))
            for equation, own in cells.items()
        }

    def _may_be_wrong(self, key: str, equation: Equation) -> bool:
        if self.ledger.weight(equation, key):
            right = self.ledger.solution(equation, key)
            return right is not None and self.mend(key, right) is not None
        others = (each for each in self.ledger.standing[key] if each.proves and each not in self._broken)
        return not any(others)

    def _mended(self, changes: Changes) -> tuple[Equation, ...]:
        """The equations mended by ``changes``; none where a sum stays broken or what holds would not hold.

        A rate or the points for it that hold may have been computed from the wrong figure: they count
        against a change, and are outweighed by more equations that it mends, of a total by as many.
        """
        standing = self.ledger.standing
        own = dict.fromkeys(each for key in changes for each in standing.get(key, ()))
        mended = []
        for equation in (each for each in own if each in self._broken):
            if self.ledger.agreement(equation, changes) is Agreement.EXACT:
                mended.append(equation)
            elif any(self.ledger.weight(equation, key) for key in changes):
                return ()
        spoilt = [each for each in own if each not in self._broken and self._is_spoilt(each, changes)]
        weight = sum(equation.proves for equation in mended)
        is_total = any(equation.result in changes and len(equation.parts) > 1 for equation in mended)
        outweighed = len(spoilt) < weight or (is_total and len(spoilt) == weight)
        return tuple(mended) if outweighed and all(_follows(each, changes) for each in spoilt) else ()

    def _is_spoilt(self, equation: Equation, changes: Changes) -> bool:
        """Whether ``changes`` make an equation worse that holds, and not only because a line was copied."""
        was, now = self.ledger.comparisons[equation].agreement, self.ledger.agreement(equation, changes)
        worse = now is not Agreement.EXACT if was is Agreement.EXACT else now is Agreement.BROKEN
        return worse and not (len(changes) == 1 and self._held_by_copying(equation))

    def _held_by_copying(self, equation: Equation) -> bool:
        """Whether all its figures are those of another line: the whole line was filled in there by mistake."""
        values = self.ledger.values
        own = [values[key] for key in equation.keys]
        lines = self.ledger.grid.other_lines(equation.keys)
        return any(own) and any([values.get(key) for key in line] == own for line in lines)


def _follows(equation: Equation, changes: Changes) -> bool:
    """Whether its result is a rate, or points for it, that clerks compute from the changed figures."""
    return equation.divides and equation.result not in changes
