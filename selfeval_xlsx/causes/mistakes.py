"""Mistakes in one cell: how the right figure of a cell may have become the typed one, told by the cells around it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from enum import Enum

from selfeval_xlsx.amounts import HUNDRED, RATE_PLACES, percentage, rounded
from selfeval_xlsx.causes.neighbours import Extent
from selfeval_xlsx.causes.what_if import Equation, WhatIf
from selfeval_xlsx.form.relation_kinds import Tolerance
from selfeval_xlsx.form.relations import INDICATORS
from selfeval_xlsx.prose.keystroke_errors import Slip, slips


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

    ``others`` are the cells that the mistake involves besides; ``extent`` says that it happened to all cells from
    ``key`` to ``last``.
    """

    mistake: MistakeKind
    key: str
    right: Decimal | None = None
    others: tuple[str, ...] = ()
    extent: Extent | None = None
    last: str = ""


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
    if all(cause.mistake is not Mistake.ONLY for cause in results):
        copied = (
            other
            for other in _copied_from(what_if, broken, key)
            if what_if.values[other] == typed != 0 and not what_if.is_all_of(key, other)
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
        if len(rows) > 2 and all(row.weight.value == row.score.value for row in rows):
            yield Cause(Mistake.WEIGHTS, equation.keys[1])
    elif equation.is_rate and what_if.values[equation.keys[1]] == 0 < what_if.values[equation.result]:
        yield Cause(Mistake.ZERO, equation.keys[1])


def _repeated_rows(equation: Equation, what_if: WhatIf) -> Iterator[Cause]:
    """A row of the list stands there twice, and the sum is too large by it."""
    surplus = -equation.compare(what_if.values).difference
    same = [key for key in equation.parts if what_if.values[key] == surplus]
    if len(same) == 2 and surplus:
        yield Cause(Mistake.REPEATED, same[1], others=(same[0],))
