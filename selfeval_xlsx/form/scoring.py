"""The points of the self-evaluation, computed by the rulebook (domain section 4)."""

from decimal import Decimal

from selfeval_xlsx.amounts import HUNDRED, POINT_PLACES, rounded
from selfeval_xlsx.figures import PERCENT, Measure, read_measure
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import QUALITATIVE, Indicator
from selfeval_xlsx.form.rulebook import Scoring

ZERO = Decimal(0)

_UNCLEAR = Decimal(2)
"""Up to here a bare number beside a percentage may be a part of 1 as well: 0.98, 1."""


def target_of(indicator: Indicator) -> Measure:
    """What the row's target says; its unit, where it states none, is that of the row, else that of its actual."""
    return _measure(indicator, indicator.target_value, indicator.actual_value)


def actual_of(indicator: Indicator) -> Measure:
    """What the row's actual says; its unit, where it states none, is that of the row, else that of its target."""
    return _measure(indicator, indicator.actual_value, indicator.target_value)


def _measure(indicator: Indicator, answer: Answer[str], other: Answer[str]) -> Measure:
    unit = indicator.measure_unit.value or ""
    measure = read_measure(answer.value or "", unit)
    if measure.number is None or measure.own or unit:
        return measure
    own = read_measure(other.value or "").own
    return measure if own == PERCENT and measure.number <= _UNCLEAR else read_measure(answer.value or "", own)


def is_read_as_percentage(indicator: Indicator, answer: Answer[str]) -> bool:
    """Whether ``answer``, the row's target or actual, is a bare number beside a percentage: 100 beside 100%."""
    other = indicator.target_value if answer is indicator.actual_value else indicator.actual_value
    measure = _measure(indicator, answer, other)
    return measure.percent and not measure.own and not indicator.measure_unit.value


def is_quantitative(indicator: Indicator) -> bool:
    """Whether the row compares two numbers of one kind, and says how: its points follow from them."""
    comparator = indicator.comparator.value
    if comparator is None or comparator == QUALITATIVE:
        return False
    target, actual = target_of(indicator), actual_of(indicator)
    if target.number is None or actual.number is None or not comparable(target, actual):
        return False
    return target.comparator in {"", comparator} and actual.comparator in {"", "="}


def is_met(indicator: Indicator) -> bool:
    """Whether the actual of a quantitative row keeps to its target."""
    target, actual = target_of(indicator).number, actual_of(indicator).number
    if target is None or actual is None:
        raise ValueError(indicator.level3.raw)
    return reached(str(indicator.comparator.value), target, actual)


def score_of(indicator: Indicator, scoring: Scoring) -> Decimal | None:
    """The points of a quantitative row with a weight, two decimals; None for any other row."""
    weight = indicator.weight.value
    if weight is None or not is_quantitative(indicator):
        return None
    target, actual = target_of(indicator).number or ZERO, actual_of(indicator).number or ZERO
    comparator = str(indicator.comparator.value)
    if reached(comparator, target, actual):
        return rounded(weight, POINT_PLACES)
    if comparator in {"<", "≤"}:
        part, whole = _reverse_share(target, actual, scoring.reverse_rule)
    else:
        part, whole = max(actual, ZERO), target
    if whole <= 0:
        return rounded(ZERO, POINT_PLACES)
    return rounded(weight * min(max(part, ZERO), whole) / whole, POINT_PLACES)


def certain_score_of(indicator: Indicator, scoring: Scoring) -> Decimal | None:
    """The points that may stand for a blank; None where the target was missed and the row has its own standard."""
    by_standard = indicator.scoring_standard.stated and is_quantitative(indicator) and not is_met(indicator)
    return None if by_standard else score_of(indicator, scoring)


def _reverse_share(target: Decimal, actual: Decimal, rule: str) -> tuple[Decimal, Decimal]:
    """What is left of the weight, part and whole, where less is better and ``actual`` lies above ``target``.

    It is not divided here: only the points are, once, so that a tie is rounded as a tie.
    """
    if target <= 0:
        return ZERO, ZERO
    return (target, actual) if rule == "ratio" else (2 * target - actual, target)


def class_of(indicator: Indicator, scoring: Scoring) -> str | None:
    """The class in whose band the points of a qualitative row lie; None for any other row, or without points."""
    score, weight = indicator.score.value, indicator.weight.value
    if (
        indicator.comparator.value != QUALITATIVE
        or score is None
        or weight is None
        or not 0 <= score <= weight
    ):
        return None
    lows = ((name, weight * low / HUNDRED) for name, low in scoring.classes.items())
    return next((name for name, low in lows if score >= min(low, rounded(low, POINT_PLACES))), None)


def is_far_above(indicator: Indicator, scoring: Scoring) -> bool:
    """Whether the actual of a quantitative row is so far above its target that a reason is asked for."""
    if not is_quantitative(indicator):
        return False
    target, actual = target_of(indicator).number or ZERO, actual_of(indicator).number or ZERO
    if target == 0:
        return actual >= scoring.far_above_zero
    return target > 0 and actual * HUNDRED >= target * scoring.far_above


def comparable(target: Measure, actual: Measure) -> bool:
    """Whether the two measure the same kind of thing; a unit left out fits any but a percentage, 0 has none."""
    if any(measure.number == 0 and not measure.own for measure in (target, actual)):
        return True
    if target.percent != actual.percent:
        return False
    return not target.unit or not actual.unit or target.unit == actual.unit


def reached(comparator: str, target: Decimal, actual: Decimal) -> bool:
    """Whether ``actual`` keeps to ``target``."""
    return {
        "≥": actual >= target,
        ">": actual > target,
        "=": actual == target,
        "<": actual < target,
        "≤": actual <= target,
    }[comparator]
