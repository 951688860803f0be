"""Corrections that make broken equations hold, and the mistakes in a cell, line, column or block that explain them.

A correction is tried on the figures: it repairs what is broken and breaks nothing that holds. A mistake says how the
right figures may have become the typed ones. Nothing here is ever applied.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal
from enum import Enum
from functools import cached_property

from selfeval_xlsx.amounts import HUNDRED, MONEY_PLACES, RATE_PLACES, Agreement, plain, printed_rate, rounded
from selfeval_xlsx.causes.what_if import CellBlock, Changes, Equation, Extent, Place, WhatIf
from selfeval_xlsx.form.kinds import Amount
from selfeval_xlsx.form.relation_kinds import Tolerance
from selfeval_xlsx.form.relations import INDICATORS
from selfeval_xlsx.prose.keystroke_errors import UNIT_FACTOR, Slip, slips, undone


class Mistake(Enum):
    """What went wrong between cells, in words to stand behind a cell; each ``{}`` is another one."""

    NEIGHBOUR = "误填了 {} 的数"
    COPIED = "误填了 {} 至 {} 的数"
    EXCHANGED = "和 {} 填颠倒了"
    ZERO = "漏填，填成了 0"
    UNCHANGED = "漏填，填成了 0，像是没有增减"
    ONLY = "只填了 {} 的数，漏加了 {}"
    OMITTED = "漏加了 {}"
    TWICE = "重复加了 {}"
    TURNED = "把 {} 加减弄反"
    DENOMINATOR = "分母误用了 {}"
    INVERTED = "分子、分母颠倒"
    TRUNCATED = "没有四舍五入，多余的位数直接舍去"
    COARSE = "少留了小数"
    WEIGHTS = "起的分值列误填成了得分"
    REPEATED = "和 {} 重复填列"


MistakeKind = Slip | Mistake

OF_RATES = (Mistake.DENOMINATOR, Mistake.INVERTED, Mistake.TRUNCATED, Mistake.COARSE)
"""Mistakes in a rate that was computed in a wrong way."""


@dataclass(frozen=True)
class Cause:
    """What may have happened in the cell ``key``; ``right`` is the figure that belongs there, if known.

    ``others`` are the cells that the mistake involves besides; ``extent`` says that it happened to all ``cells``, of
    which the first is ``key``.
    """

    mistake: MistakeKind
    key: str
    right: Decimal | None = None
    others: tuple[str, ...] = ()
    extent: Extent | None = None
    cells: tuple[str, ...] = ()


@dataclass(frozen=True)
class Correction:
    """Figures to put into cells, the equations that hold then, and the causes that explain it.

    No figures where they are not known; no cause where it is only that several relations ask for them.
    """

    changes: Changes
    repaired: tuple[Equation, ...]
    causes: tuple[Cause, ...] = ()

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


# --- corrections ------------------------------------------------------------------------------------

FEW_OTHERS = 3
"""As many equations as this are repaired for each that stays broken because of another mistake."""

NEARLY = 100
"""Two sides of a sum one of which is so many times the other are in two units."""

SPREAD = 1000
"""Figures of a list or a column, the largest of which is so many times the smallest, are not all in one unit."""

HALF_A_CENT = Decimal(5).scaleb(-MONEY_PLACES - 1)
"""What a printed amount may have lost."""


@dataclass(frozen=True)
class Trials:
    """Figures tried in the cells of broken equations."""

    what_if: WhatIf

    @cached_property
    def cells(self) -> Mapping[str, tuple[Equation, ...]]:
        """The typed cells that stand in broken equations, with those equations."""
        standing = {
            key: tuple(equation for equation in own if equation in self._broken and equation.proves)
            for key, own in self.what_if.standing.items()
        }
        return {key: broken for key, broken in standing.items() if broken}

    @cached_property
    def _broken(self) -> frozenset[Equation]:
        return frozenset(self.what_if.broken)

    def rights(self, key: str) -> Iterable[Decimal]:
        """Figures that may be the right one in ``key``.

        Where broken sums stand, all of them must ask for the same; where only rates do, the figures
        that a slip could have turned into the typed one.
        """
        what_if, solved = self.what_if, set(self.solutions(key))
        if solved:
            return [right for right in solved if right is not None and len(solved) == 1]
        if not any(equation.is_rate for equation in self.cells[key]):
            return []
        typed = undone(what_if.values[key], what_if.places(key))
        return dict.fromkeys(right for right in typed if what_if.allows(key, right))

    def solutions(self, key: str) -> list[Decimal | None]:
        """What each broken equation that can be solved for ``key`` asks for."""
        what_if = self.what_if
        return [
            what_if.solution(equation, key) for equation in self.cells[key] if what_if.weight(equation, key)
        ]

    def correction(self, changes: Changes) -> Correction | None:
        """What figures in some cells repair; None where they break what holds or leave a sum broken."""
        repaired = self._repaired(changes)
        return Correction(changes, repaired) if repaired else None

    def rescaled(self, keys: tuple[str, ...], factor: Decimal) -> Correction | None:
        """What it repairs to multiply all these figures; None where too much of what they stand in does not hold then.

        Figures typed in 万元 have lost what lies below 100 元: sums of them hold but for that.
        """
        values = self.what_if.values
        changes = {key: values[key] * factor for key in keys if values[key]}
        moved = [equation for equation in self._around(changes) if not self._is_within(equation, changes)]
        left = {equation: self._left(equation, changes, factor) for equation in moved}
        repaired = tuple(equation for equation in moved if equation in self._broken and left[equation] == 0)
        failing = [equation for equation in moved if left[equation]]
        nearly = tuple(
            equation for equation in failing if self._is_nearly_repaired(equation, changes, left[equation])
        )
        others = set(failing).difference(nearly)
        is_other_mistake = others <= self._broken and FEW_OTHERS * len(others) <= len(repaired)
        mended = (*repaired, *nearly)
        return Correction(changes, mended) if mended and is_other_mistake else None

    def _around(self, keys: Iterable[str]) -> dict[Equation, None]:
        """The equations in which these cells stand."""
        standing = self.what_if.standing
        return dict.fromkeys(equation for key in keys for equation in standing.get(key, ()))

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
            held = equation.compare(self.what_if.tried(changes))
            is_broken = held.agreement is Agreement.BROKEN and abs(held.difference) > HALF_A_CENT
            return abs(held.difference) if is_broken else Decimal(0)
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
        values = self.what_if.values
        if any(values[key] != values[like] for key, like in zip(keys, source, strict=True)):
            return None
        own, other = ({*self._around(some)} for some in (keys, source))
        broken = tuple(equation for equation in self.what_if.broken if equation in own and equation.proves)
        if not broken or any(equation in other and equation not in own for equation in self.what_if.broken):
            return None
        vouching = [equation for equation in own & other if equation.proves and equation not in self._broken]
        is_vouched = vouching and len(vouching) >= len(other.intersection(broken))
        return None if is_vouched else Correction({}, broken)

    def is_certain(self, correction: Correction) -> bool:
        """Whether no other cell of an equation it repairs could be the wrong one."""
        return any(
            self._culprits[equation] <= correction.changes.keys()
            for equation in correction.repaired
            if equation.proves
        )

    @cached_property
    def _culprits(self) -> Mapping[Equation, frozenset[str]]:
        """The typed cells of each broken equation that could be wrong without a contradiction."""
        what_if = self.what_if
        return {
            equation: frozenset(
                key for key in what_if.roots_of(equation) if self._may_be_wrong(key, equation)
            )
            for equation in what_if.broken
        }

    def _may_be_wrong(self, key: str, equation: Equation) -> bool:
        if self.what_if.weight(equation, key):
            right = self.what_if.solution(equation, key)
            return right is not None and self.correction({key: right}) is not None
        return not any(other.proves and other not in self._broken for other in self.what_if.standing[key])

    def _repaired(self, changes: Changes) -> tuple[Equation, ...]:
        """The equations repaired by ``changes``; none where a sum stays broken or what holds would not hold.

        A rate or the points for it that hold may have been computed from the wrong figure: they count
        against a change, and are outweighed by more equations that it repairs, of a total by as many.
        """
        own, repaired = self._around(changes), list[Equation]()
        for equation in (equation for equation in own if equation in self._broken):
            if self.what_if.agreement(equation, changes) is Agreement.EXACT:
                repaired.append(equation)
            elif any(self.what_if.weight(equation, key) for key in changes):
                return ()
        spoilt = [
            equation
            for equation in own
            if equation not in self._broken and self._is_spoilt(equation, changes)
        ]
        weight = sum(equation.proves for equation in repaired)
        is_total = any(equation.result in changes and len(equation.parts) > 1 for equation in repaired)
        outweighed = len(spoilt) < weight or (is_total and len(spoilt) == weight)
        # A rate or points for it are what clerks compute from the changed figures.
        follows = all(equation.divides and equation.result not in changes for equation in spoilt)
        return tuple(repaired) if outweighed and follows else ()

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


# --- mistakes in a cell --------------------------------------------------------------------------------


def mistakes(what_if: WhatIf, broken: tuple[Equation, ...], key: str, right: Decimal) -> Iterator[Cause]:
    """How ``right`` may have become what stands in ``key``; ``broken`` are the equations it stands in."""
    typed = what_if.values[key]
    for slip in slips(typed, right, what_if.places(key)):
        yield Cause(slip, key, right)
    if typed == 0:
        may_be_0 = what_if.is_signed(key) and all(equation.result != key for equation in broken)
        yield Cause(Mistake.UNCHANGED if may_be_0 else Mistake.ZERO, key, right)
    computed = [
        cause
        for equation in broken
        if equation.result == key
        for cause in _of_result(equation, what_if, right)
    ]
    yield from computed
    if right and typed and all(cause.mistake is not Mistake.ONLY for cause in computed):
        wrong_rates = {equation.result for equation in what_if.broken if equation.is_rate}
        copied = (
            Cause(Mistake.NEIGHBOUR, key, right, (other,))
            for other in _copied_from(what_if, broken, key)
            if what_if.values[other] == typed
            and other not in wrong_rates
            and not what_if.is_all_of(key, other)
        )
        yield from itertools.islice(copied, 1)


def beside(what_if: WhatIf, key: str) -> Iterator[str]:
    """The typed cells of the same kind beside ``key``, nearest first."""
    kind = type(what_if.case.answers[key].field.kind)
    for other in what_if.grid.neighbours(key):
        answer = what_if.case.answers[other] if other in what_if.values else None
        if answer is not None and not answer.computed and type(answer.field.kind) is kind:
            yield other


def _copied_from(what_if: WhatIf, broken: tuple[Equation, ...], key: str) -> Iterator[str]:
    """The cells whose figure may have got into ``key``: those beside it, and beside the one it repeats."""
    yield from beside(what_if, key)
    for equation in broken:
        if equation.relation.repeats and equation.result == key:
            yield from beside(what_if, equation.keys[1])


def _of_result(equation: Equation, what_if: WhatIf, right: Decimal) -> Iterator[Cause]:
    if equation.is_rate:
        yield from _of_rate(equation, what_if, right)
    elif equation.relation.is_total:
        yield from _of_sum(equation, what_if, right)


def _of_sum(equation: Equation, what_if: WhatIf, right: Decimal) -> Iterator[Cause]:
    key, typed = equation.result, what_if.values[equation.result]
    addends = {part: what_if.values[part] * count for part, count in equation.parts.items()}
    for part, item in addends.items() if typed else ():
        differences = {item: Mistake.OMITTED, -item: Mistake.TWICE}
        may_be_negative = equation.parts[part] < 0 or what_if.is_signed(part)
        if may_be_negative:  # nothing else is added for taken off
            differences[2 * item] = Mistake.TURNED
        mistake = differences.get(right - typed) if item else None
        alone = [other for other, figure in addends.items() if figure and other != part]
        if mistake is Mistake.OMITTED and len(alone) == 1 and addends[alone[0]] == typed:
            yield Cause(Mistake.ONLY, key, right, (alone[0], part))
        elif mistake is not None:
            yield Cause(mistake, key, right, (part,))


def _of_rate(equation: Equation, what_if: WhatIf, right: Decimal) -> Iterator[Cause]:
    key, part, whole = equation.keys
    values, typed = what_if.values, what_if.values[key]
    for other in beside(what_if, whole):
        if other != part and printed_rate(values[part], values[other]) == typed:
            yield Cause(Mistake.DENOMINATOR, key, right, (other,))
    if printed_rate(values[whole], values[part]) == typed:
        yield Cause(Mistake.INVERTED, key, right)
    exact = values[part] / values[whole] * HUNDRED  # over 0 no rate is right
    if exact.quantize(Decimal(1).scaleb(-RATE_PLACES), rounding=ROUND_DOWN) == typed:
        yield Cause(Mistake.TRUNCATED, key, right)
    elif typed in {rounded(exact, places) for places in range(RATE_PLACES)}:
        yield Cause(Mistake.COARSE, key, right)


def without_figure(equation: Equation, what_if: WhatIf) -> Iterator[Cause]:
    """Mistakes that the figures show without telling what belongs there."""
    relation = equation.relation
    if relation.over and relation.tolerance is Tolerance.CENTS:
        yield from _repeated_rows(equation, what_if)
    elif relation.over == f"{INDICATORS}.weight":
        rows = what_if.case.evaluation.goals.indicators
        alike = len(rows) > 2 and all(row.weight.value == row.score.value for row in rows)
        lost = any(row.deviation_reason.value or (row.weight.value or 0) % 1 for row in rows)
        if alike and lost:  # where no points were lost, scores are as the weights are
            yield Cause(Mistake.WEIGHTS, equation.keys[1])
    elif equation.is_rate and what_if.values[equation.keys[1]] == 0 < what_if.values[equation.result]:
        yield Cause(Mistake.ZERO, equation.keys[1])


def _repeated_rows(equation: Equation, what_if: WhatIf) -> Iterator[Cause]:
    """A row of the list stands there twice, and the sum is too large by it."""
    surplus = -equation.compare(what_if.values).difference
    same = [key for key in equation.parts if what_if.values[key] == surplus]
    if len(same) == 2 and surplus:
        yield Cause(Mistake.REPEATED, same[1], others=(same[0],))


# --- of a whole line, column or block ---------------------------------------------------------------

DIGITS = 3
"""Digits of an amount that tell its unit."""

FEWEST = 3
"""Like figures in two columns that are more than a coincidence."""


def block_mistakes(trials: Trials) -> Iterator[Correction]:
    """Lines, columns and blocks in the wrong unit, and columns filled in from the next."""
    blocks = [_amounts(whole, trials.what_if) for whole in trials.what_if.grid.cell_blocks()]
    blocks = [whole for whole in blocks if len(whole.keys) > 1]
    for whole in blocks:
        if any(key in trials.cells for key in whole.keys):
            yield from _in_wrong_unit(whole, trials)
            yield from _left_0(whole, trials)
    of_few = [whole for whole in blocks if whole.extent is Extent.COLUMN or not _is_of_list(whole)]
    for whole, source in itertools.permutations(of_few, 2):
        yield from _copied(whole, source, trials)


def is_only_amount(what_if: WhatIf, key: str) -> bool:
    """Whether no other amount but 0 stands in its block."""
    answers, block = what_if.case.answers, Place.of(key).block
    return not any(
        value and Place.of(other).block == block and isinstance(answers[other].field.kind, Amount)
        for other, value in what_if.values.items()
        if other != key
    )


def _amounts(whole: CellBlock, what_if: WhatIf) -> CellBlock:
    """Its typed amounts, in the order of the workbook."""
    typed = (what_if.case.answers[key] for key in whole.keys)
    amounts = zip(whole.keys, typed, strict=True)
    keys = [key for key, answer in amounts if isinstance(answer.field.kind, Amount) and not answer.computed]
    return CellBlock(whole.extent, tuple(sorted(keys, key=what_if.ranks.__getitem__)))


def _in_wrong_unit(whole: CellBlock, trials: Trials) -> Iterator[Correction]:
    for factor in (UNIT_FACTOR, 1 / UNIT_FACTOR):
        correction = trials.rescaled(whole.keys, factor)
        is_of_many = correction is not None and len(correction.changes) > 1
        if correction is not None and is_of_many and correction.weight and _is_telling(correction):
            yield _of_block(correction, Slip.UNIT, whole)


def _of_block(
    correction: Correction, mistake: MistakeKind, whole: CellBlock, others: tuple[str, ...] = ()
) -> Correction:
    cause = Cause(mistake, whole.keys[0], others=others, extent=whole.extent, cells=whole.keys)
    return replace(correction, causes=(cause,))


def _left_0(whole: CellBlock, trials: Trials) -> Iterator[Correction]:
    """A whole line of totals over parts that are filled in."""
    what_if = trials.what_if
    if whole.extent is not Extent.LINE or any(what_if.values[key] for key in whole.keys):
        return
    known: dict[str, Decimal] = {}
    for key in whole.keys:
        sums = (equation for equation in trials.cells.get(key, ()) if equation.result == key)
        right, *others = {what_if.solution(equation, key) for equation in sums} or {None}
        if right is not None and not others:
            known[key] = right
    correction = trials.correction(known) if len(known) > 1 else None
    if correction is not None:
        yield _of_block(correction, Mistake.ZERO, whole)


def _is_telling(correction: Correction) -> bool:
    """Whether three digits are left to tell by, as in a single figure; in smaller figures more of them."""
    digits = [
        len(plain(abs(value).scaleb(MONEY_PLACES)).partition(".")[0].lstrip("0"))
        for value in correction.changes.values()
    ]
    return max(digits) >= DIGITS or sum(digits) >= 2 * DIGITS


def _copied(whole: CellBlock, source: CellBlock, trials: Trials) -> Iterator[Correction]:
    what_if = trials.what_if
    filled = [what_if.values[key] != 0 for key in whole.keys]
    if not _match(whole, source) or sum(filled) < FEWEST:
        return
    pairs = itertools.compress(zip(whole.keys, source.keys, strict=True), filled)
    correction = trials.copied(whole.keys, source.keys)
    if correction is not None and not any(what_if.is_all_of(key, other) for key, other in pairs):
        own, others = _with_rates(whole, source, what_if)
        yield _of_block(correction, Mistake.COPIED, own, (others.keys[0], others.keys[-1]))


def _with_rates(whole: CellBlock, source: CellBlock, what_if: WhatIf) -> tuple[CellBlock, CellBlock]:
    """The amounts of two lines, with the rates behind them where they are the same, too."""
    lines = (whole, source)
    rates = [f"{line.keys[0].rpartition('.')[0]}.execution_rate" for line in lines]
    figures = {what_if.values.get(rate) for rate in rates}
    are_behind = all(
        what_if.ranks.get(rate, 0) > what_if.ranks[line.keys[-1]]
        for rate, line in zip(rates, lines, strict=True)
    )
    if whole.extent is not Extent.LINE or not are_behind or len(figures) > 1 or None in figures:
        return lines
    own, others = (
        CellBlock(line.extent, (*line.keys, rate)) for rate, line in zip(rates, lines, strict=True)
    )
    return own, others


def _match(whole: CellBlock, source: CellBlock) -> bool:
    one, other = Place.of(whole.keys[0]), Place.of(source.keys[0])
    if whole.extent is not source.extent or one.block != other.block or len(whole.keys) != len(source.keys):
        return False
    across = "line" if whole.extent is Extent.COLUMN else "column"
    pairs = zip(map(Place.of, whole.keys), map(Place.of, source.keys), strict=True)
    return all(getattr(place, across) == getattr(like, across) for place, like in pairs)


def _is_of_list(whole: CellBlock) -> bool:
    return Place.of(whole.keys[0]).line.isdigit()
