"""Stories of mistakes: how the right figure of a cell may have become the typed one, told by the cells around it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from enum import Enum

from selfeval_xlsx.amounts import HUNDRED, RATE_PLACES, percentage, rounded
from selfeval_xlsx.causes.neighbours import Extent
from selfeval_xlsx.causes.what_if import Equation, Ledger
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


Story = Slip | Mistake

OF_RATES = (Mistake.DENOMINATOR, Mistake.INVERTED, Mistake.TRUNCATED, Mistake.COARSE)
"""Stories of a rate that was computed in a wrong way."""


@dataclass(frozen=True)
class Cause:
    """What may have happened in the cell ``key``; ``right`` is the figure that belongs there, if known.

    ``others`` are the cells the story speaks of besides; ``extent`` says that it happened to all cells from
    ``key`` to ``last``.
    """

    story: Story
    key: str
    right: Decimal | None = None
    others: tuple[str, ...] = ()
    extent: Extent | None = None
    last: str = ""


def stories(ledger: Ledger, broken: tuple[Equation, ...], key: str, right: Decimal) -> Iterator[Cause]:
    """How ``right`` may have become what stands in ``key``; ``broken`` are the equations it stands in."""
    typed = ledger.values[key]
    for slip in slips(typed, right, ledger.places(key)):
        yield Cause(slip, key, right)
    if typed == 0:
        may_be_0 = ledger.is_signed(key) and all(equation.result != key for equation in broken)
        yield Cause(Mistake.UNCHANGED if may_be_0 else Mistake.ZERO, key, right)
    results = [cause for each in broken if each.result == key for cause in _of_result(each, ledger, right)]
    yield from results
    if all(cause.story is not Mistake.ONLY for cause in results):
        copied = (other for other in _copied_from(ledger, broken, key) if ledger.values[other] == typed != 0)
        yield from (Cause(Mistake.NEIGHBOUR, key, right, (other,)) for other in list(copied)[:1])


def beside(ledger: Ledger, key: str) -> Iterator[str]:
    """The typed cells of the same kind beside ``key``, nearest first."""
    kind = type(ledger.case.answers[key].field.kind)
    for other in ledger.grid.neighbours(key):
        answer = ledger.case.answers[other] if other in ledger.values else None
        if answer is not None and not answer.computed and type(answer.field.kind) is kind:
            yield other


def _copied_from(ledger: Ledger, broken: tuple[Equation, ...], key: str) -> Iterator[str]:
    """The cells whose figure may have got into ``key``: those beside it, and beside the one it repeats."""
    yield from beside(ledger, key)
    for equation in broken:
        if equation.relation.repeats and equation.result == key:
            yield from beside(ledger, equation.keys[1])


def _of_result(equation: Equation, ledger: Ledger, right: Decimal) -> Iterator[Cause]:
    """The cell that an equation determines was computed in a wrong way."""
    if equation.is_rate:
        yield from _of_rate(equation, ledger, right)
    elif equation.relation.is_total:
        yield from _of_sum(equation, ledger, right)


def _of_sum(equation: Equation, ledger: Ledger, right: Decimal) -> Iterator[Cause]:
    key, typed = equation.result, ledger.values[equation.result]
    addends = {part: ledger.values[part] * count for part, count in equation.parts.items()}
    for part, item in addends.items():
        turnable = equation.parts[part] < 0 or ledger.is_signed(part)
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


def _of_rate(equation: Equation, ledger: Ledger, right: Decimal) -> Iterator[Cause]:
    key, part, whole = equation.keys
    values, typed = ledger.values, ledger.values[key]
    for other in beside(ledger, whole):
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


def without_figure(equation: Equation, ledger: Ledger) -> Iterator[Cause]:
    """Mistakes that the figures show without telling what belongs there."""
    relation = equation.relation
    if relation.over and relation.tolerance is Tolerance.CENTS:
        yield from _repeated_rows(equation, ledger)
    elif relation.over == f"{INDICATORS}.weight":
        rows = ledger.case.evaluation.goals.indicators
        if len(rows) > 2 and all(row.weight.value == row.score.value for row in rows):
            yield Cause(Mistake.WEIGHTS, equation.keys[1])
    elif equation.is_rate and ledger.values[equation.keys[1]] == 0 < ledger.values[equation.result]:
        yield Cause(Mistake.ZERO, equation.keys[1])


def _repeated_rows(equation: Equation, ledger: Ledger) -> Iterator[Cause]:
    """A row of the list stands there twice, and the sum is too large by it."""
    surplus = -equation.compare(ledger.values).difference
    same = [key for key in equation.parts if ledger.values[key] == surplus]
    if len(same) == 2 and surplus:
        yield Cause(Mistake.REPEATED, same[1], others=(same[0],))
