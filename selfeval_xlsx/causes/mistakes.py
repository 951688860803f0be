"""Mistakes in a cell, and in a whole line, column or block: how the right figures may have become the typed ones."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from enum import Enum

from selfeval_xlsx.amounts import HUNDRED, MONEY_PLACES, RATE_PLACES, percentage, plain, rounded
from selfeval_xlsx.causes.trials import Correction, Trials
from selfeval_xlsx.causes.what_if import CellBlock, Equation, Extent, Place, WhatIf
from selfeval_xlsx.form.kinds import Amount
from selfeval_xlsx.form.relation_kinds import Tolerance
from selfeval_xlsx.form.relations import INDICATORS
from selfeval_xlsx.prose.keystroke_errors import UNIT_FACTOR, Slip, slips


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


def mistakes(what_if: WhatIf, broken: tuple[Equation, ...], key: str, right: Decimal) -> Iterator[Cause]:
    """How ``right`` may have become what stands in ``key``; ``broken`` are the equations it stands in."""
    typed = what_if.values[key]
    for slip in slips(typed, right, what_if.places(key)):
        yield Cause(slip, key, right)
    if typed == 0:
        may_be_0 = what_if.is_signed(key) and all(equation.result != key for equation in broken)
        yield Cause(Mistake.UNCHANGED if may_be_0 else Mistake.ZERO, key, right)
    results = [cause for each in broken if each.result == key for cause in _of_result(each, what_if, right)]
    yield from results
    if right and all(cause.mistake is not Mistake.ONLY for cause in results):
        copied = (
            other
            for other in _copied_from(what_if, broken, key)
            if what_if.values[other] == typed != 0 and not what_if.is_all_of(key, other)
            if not any(each.is_rate and each.result == other for each in what_if.broken)
        )
        yield from (Cause(Mistake.NEIGHBOUR, key, right, (other,)) for other in list(copied)[:1])


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
    """The cell that an equation determines was computed in a wrong way."""
    if equation.is_rate:
        yield from _of_rate(equation, what_if, right)
    elif equation.relation.is_total:
        yield from _of_sum(equation, what_if, right)


def _of_sum(equation: Equation, what_if: WhatIf, right: Decimal) -> Iterator[Cause]:
    key, typed = equation.result, what_if.values[equation.result]
    addends = {part: what_if.values[part] * count for part, count in equation.parts.items()}
    for part, item in addends.items():
        turnable = equation.parts[part] < 0 or what_if.is_signed(part)
        mistake = _of_item(item, turnable=turnable).get(right - typed)
        alone = [other for other, figure in addends.items() if figure and other != part]
        if mistake is None or not item or not typed:
            continue
        if mistake is Mistake.OMITTED and len(alone) == 1 and addends[alone[0]] == typed:
            yield Cause(Mistake.ONLY, key, right, (alone[0], part))
        else:
            yield Cause(mistake, key, right, (part,))


def _of_item(item: Decimal, *, turnable: bool) -> Mapping[Decimal, Mistake]:
    """What a difference of right − typed tells of an item; only what may be negative is added for taken off."""
    told = {item: Mistake.OMITTED, -item: Mistake.TWICE}
    return {**told, 2 * item: Mistake.TURNED} if turnable else told


def _of_rate(equation: Equation, what_if: WhatIf, right: Decimal) -> Iterator[Cause]:
    key, part, whole = equation.keys
    values, typed = what_if.values, what_if.values[key]
    for other in beside(what_if, whole):
        if other != part and _rate(values[part], values[other]) == typed:
            yield Cause(Mistake.DENOMINATOR, key, right, (other,))
    if _rate(values[whole], values[part]) == typed:
        yield Cause(Mistake.INVERTED, key, right)
    exact = values[part] / values[whole] * HUNDRED  # over 0 no rate is right
    if exact.quantize(Decimal(1).scaleb(-RATE_PLACES), rounding=ROUND_DOWN) == typed:
        yield Cause(Mistake.TRUNCATED, key, right)
    elif typed in {rounded(exact, places) for places in range(RATE_PLACES)}:
        yield Cause(Mistake.COARSE, key, right)


def _rate(part: Decimal, whole: Decimal) -> Decimal | None:
    rate = percentage(part, whole)
    return None if rate is None else rounded(rate, RATE_PLACES)


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


DIGITS = 3
"""Digits of an amount that tell its unit."""

FEWEST = 3
"""Like figures in two columns that are more than a coincidence."""


def block_mistakes(trials: Trials) -> Iterator[tuple[Correction, Cause]]:
    """Lines, columns and blocks in the wrong unit, and columns filled in from the next."""
    found = [
        amounts
        for whole in trials.what_if.grid.cell_blocks()
        if (amounts := _amounts(whole, trials.what_if)).keys
    ]
    for whole in found:
        if any(key in trials.cells for key in whole.keys):
            yield from _in_wrong_unit(whole, trials)
            yield from _left_0(whole, trials)
    of_few = [each for each in found if each.extent is Extent.COLUMN or not _is_of_list(each)]
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
    """Its typed amounts, in the order of the workbook; none where there are not two."""
    answers = what_if.case.answers
    typed = (key for key in sorted(whole.keys, key=what_if.ranks.__getitem__) if not answers[key].computed)
    keys = tuple(key for key in typed if isinstance(answers[key].field.kind, Amount))
    return CellBlock(whole.extent, keys if len(keys) > 1 else ())


def _in_wrong_unit(whole: CellBlock, trials: Trials) -> Iterator[tuple[Correction, Cause]]:
    for factor in (UNIT_FACTOR, 1 / UNIT_FACTOR):
        correction = trials.rescaled(whole.keys, factor)
        if (
            correction is not None
            and len(correction.changes) > 1
            and correction.weight
            and _is_telling(correction)
        ):
            yield correction, Cause(Slip.UNIT, whole.keys[0], extent=whole.extent, cells=whole.keys)


def _left_0(whole: CellBlock, trials: Trials) -> Iterator[tuple[Correction, Cause]]:
    """A whole line of totals over parts that are filled in."""
    what_if = trials.what_if
    if whole.extent is not Extent.LINE or any(what_if.values[key] for key in whole.keys):
        return
    rights = {
        key: {what_if.solution(equation, key) for equation in trials.cells[key] if equation.result == key}
        for key in whole.keys
        if key in trials.cells
    }
    known = {
        key: right
        for key, some in rights.items()
        if len(some) == 1 and (right := next(iter(some))) is not None
    }
    correction = trials.correction_of(known) if len(known) > 1 else None
    if correction is not None:
        yield correction, Cause(Mistake.ZERO, whole.keys[0], extent=whole.extent, cells=whole.keys)


def _is_telling(correction: Correction) -> bool:
    """Whether three digits are left to tell by, as in a single figure; in smaller figures more of them."""
    digits = [
        len(plain(abs(value).scaleb(MONEY_PLACES)).partition(".")[0].lstrip("0"))
        for value in correction.changes.values()
    ]
    return max(digits) >= DIGITS or sum(digits) >= 2 * DIGITS


def _copied(whole: CellBlock, source: CellBlock, trials: Trials) -> Iterator[tuple[Correction, Cause]]:
    values = trials.what_if.values
    if not _match(whole, source) or sum(values[key] != 0 for key in whole.keys) < FEWEST:
        return
    correction = trials.copied(whole.keys, source.keys)
    pairs = list(zip(whole.keys, source.keys, strict=True))
    if any(trials.what_if.is_all_of(key, other) for key, other in pairs if values[key]):
        return
    if correction is not None:
        behind = _rates_behind(whole, source, trials.what_if)
        cells, others = ((*each.keys, *behind[n : n + 1]) for n, each in enumerate((whole, source)))
        ends = (others[0], others[-1])
        yield correction, Cause(Mistake.COPIED, cells[0], others=ends, extent=whole.extent, cells=cells)


def _rates_behind(whole: CellBlock, source: CellBlock, what_if: WhatIf) -> tuple[str, ...]:
    """The rates behind the amounts of two lines, the copied and the other, where they are the same, too."""
    if whole.extent is not Extent.LINE:
        return ()
    rates = tuple(f"{each.keys[0].rpartition('.')[0]}.execution_rate" for each in (whole, source))
    figures = [what_if.values.get(rate) for rate in rates]
    behind = all(
        what_if.ranks.get(rate, 0) > what_if.ranks[each.keys[-1]]
        for rate, each in zip(rates, (whole, source), strict=True)
    )
    return rates if behind and figures[0] is not None and figures[0] == figures[1] else ()


def _match(whole: CellBlock, source: CellBlock) -> bool:
    """Whether they are two columns of the same lines, or two lines of the same columns."""
    one, other = Place.of(whole.keys[0]), Place.of(source.keys[0])
    if whole.extent is not source.extent or one.block != other.block or len(whole.keys) != len(source.keys):
        return False
    across = "line" if whole.extent is Extent.COLUMN else "column"
    pairs = zip(map(Place.of, whole.keys), map(Place.of, source.keys), strict=True)
    return all(getattr(place, across) == getattr(like, across) for place, like in pairs)


def _is_of_list(whole: CellBlock) -> bool:
    return Place.of(whole.keys[0]).line.isdigit()
