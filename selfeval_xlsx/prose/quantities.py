"""The figures that prose may refer to: what a cell holds, what two cells imply, in base units (元, %, 人 …)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from selfeval_xlsx.amounts import HUNDRED, MONEY_PLACES, RATE_PLACES, grouped, percentage, plain, rounded
from selfeval_xlsx.figures import MONEY, PERCENT, Claim, Figure, read_measure
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import MONEY_UNITS, SelfEvaluation
from selfeval_xlsx.form.kinds import Amount, Rate
from selfeval_xlsx.form.references import money_unit

_COUNTED_IN = {
    "overview.staff": "人 名 位 个",
    "overview.structure": "个 家 所 处 项",
    "budget.notes": "个 项",
    "goals.assessment.task_count": "个 项",
    "goals.assessment": "分",
}
"""The units in which prose states a count, the usual one first, by the beginning of its key."""
_ALIKE = (
    {"人", "名", "位"},
    {"人次", "人"},
    {"个", "处", "所", "座", "家", "项"},
    {"次", "场", "场次", "期", "批次"},
    {"台（套）", "台(套)", "台/套", "台套", "台", "套"},
    {"台次", "例次", "台", "例"},
)
"""Units that mean the same, as people write them."""
_HALF_STEP = Decimal("0.005")
"""How far an amount with two decimals may be from the one it was rounded from."""
_POINTS = frozenset({"个百分点", "百分点"})
_COUNTS = frozenset().union(*_ALIKE, {"份", "件", "条", "户", "门", "辆", "亩", "篇"})


def is_counted_alike(one: str, other: str) -> bool:
    """Whether two units mean the same, as people write them: 人 and 名."""
    return one == other or any({one, other} <= units for units in _ALIKE)


@dataclass(frozen=True)
class Form:
    """The evaluation as the reading of its texts needs it."""

    answers: Mapping[str, Answer[Any]]
    year: int | None
    money_unit: str
    district: str
    """全县, where the unit answers for the county; empty where it does not."""

    @property
    def factor(self) -> Decimal:
        """元 in the money unit."""
        return MONEY_UNITS[self.money_unit]

    def money(self, value: Decimal) -> str:
        """An amount without its sign, as the report prints it."""
        return f"{grouped(abs(value), MONEY_PLACES)}{self.money_unit}"


@dataclass(frozen=True)
class Reference:
    """A figure the form holds or implies, and the cells it comes from."""

    value: Decimal
    units: frozenset[str]
    answers: tuple[Answer[Any], ...]
    shown: str
    column: str = ""
    bound: bool = False
    """A target: the figure repeats it, however it is hedged."""
    falling: bool = False
    """A change downwards."""
    slack: Decimal = Decimal(0)
    """How far a percentage may be off because the amounts it comes from are rounded to two decimals."""
    denied: str = ""
    """Why the sentence does not mean this figure although the digits agree: another year, the other direction."""

    def bears_out(self, figure: Figure) -> bool:
        """Whether the figure says the same."""
        stated = replace(figure, claim=Claim.EXACT) if self.bound else figure
        off = None if figure.value is None else abs(figure.value - self.value)
        return not self.denied and (stated.agrees(self.value) or (off is not None and 0 < off <= self.slack))


def form_of(evaluation: SelfEvaluation, answers: Mapping[str, Answer[Any]], district: str) -> Form:
    """What the texts of ``evaluation`` are held against."""
    year = evaluation.overview.identity.year.value
    return Form(answers, year, money_unit(evaluation), district)


def of_cell(key: str, form: Form) -> Iterator[Reference]:
    """What the cell holds, as it is printed; nothing for a blank one, or one that is not there."""
    answer = form.answers.get(key)
    if answer is None or answer.value is None:
        return
    column = key.rpartition(".")[2]
    match answer.field.kind:
        case Amount():
            value = abs(rounded(answer.known, MONEY_PLACES)) * form.factor
            shown, falling = form.money(answer.known), answer.known < 0
            yield Reference(value, frozenset({MONEY}), (answer,), shown, column, falling=falling)
        case Rate():
            value = rounded(answer.known, RATE_PLACES)
            yield Reference(value, frozenset({PERCENT}), (answer,), answer.show(), column)
        case _:
            units = next(units for prefix, units in _COUNTED_IN.items() if key.startswith(prefix)).split()
            shown = f"{answer.show()}{units[0]}"
            yield Reference(Decimal(answer.known), frozenset(units), (answer,), shown, column)


def of_change(line: str, column: str, since: str, form: Form) -> Iterator[Reference]:
    """How much, and by how many percent, a line's ``column`` differs from its column ``since``."""
    now, then = form.answers.get(f"{line}.{column}"), form.answers.get(f"{line}.{since}")
    if now is None or then is None or now.value is None or then.value is None:
        return
    before = rounded(then.known, MONEY_PLACES)
    change = rounded(now.known, MONEY_PLACES) - before
    falling = change < 0
    shown, value = f"{'减少' if falling else '增加'} {form.money(change)}", abs(change) * form.factor
    yield Reference(value, frozenset({MONEY}), (now, then), shown, column, falling=falling)
    rate = percentage(change, before)
    if rate is not None:
        value = rounded(abs(rate), RATE_PLACES)
        shown = f"{'下降' if falling else '增长'} {value}%"
        slack = _slack(change / before, before)
        yield Reference(value, frozenset({PERCENT}), (now, then), shown, column, falling=falling, slack=slack)


def _slack(ratio: Decimal, whole: Decimal) -> Decimal:
    """How many percent a ratio to ``whole`` moves where each of its two amounts is off by half a hundredth."""
    return _HALF_STEP * HUNDRED * (1 + abs(ratio)) / abs(whole)


def of_share(part: Reference, whole: Reference, form: Form) -> Iterator[Reference]:
    """By how many percent ``part`` makes up ``whole``."""
    rate = percentage(part.value, whole.value)
    if rate is not None and part.units == whole.units:
        value = rounded(rate, RATE_PLACES)
        slack = _slack(rate / HUNDRED, whole.value / form.factor) if MONEY in whole.units else Decimal(0)
        yield Reference(
            value, frozenset({PERCENT}), (*part.answers, *whole.answers), f"{value}%", slack=slack
        )


def of_attainment(row: str, form: Form, *, attained: bool) -> Iterator[Reference]:
    """How far an indicator's actual is from its target, in its unit and in percent; or the percentage reached."""
    answers = tuple(form.answers[f"{row}.{name}"] for name in ("actual_value", "target_value"))
    unit = form.answers[f"{row}.measure_unit"]
    actual, target = (read_measure(answer.value or "", unit.value or "") for answer in answers)
    if actual.number is None or target.number is None or actual.comparator not in {"", "="}:
        return
    reached = percentage(actual.number, target.number)
    if attained:
        if reached is not None:
            value = rounded(reached, RATE_PLACES)
            yield Reference(value, frozenset({PERCENT}), answers, f"{value}%")
        return
    apart = abs(actual.number - target.number)
    if actual.percent:
        yield Reference(apart, _POINTS, answers, f"{apart}个百分点")
        return
    yield Reference(apart, _units(actual.unit), answers, f"{plain(apart)}{actual.unit}")
    if reached is not None:
        value = rounded(abs(reached - HUNDRED), RATE_PLACES)
        yield Reference(value, frozenset({PERCENT}), answers, f"{value}%")


def of_unspent(line: str, form: Form) -> Iterator[Reference]:
    """What is left of a line's adjusted budget."""
    budget, spent = form.answers.get(f"{line}.adjusted_budget"), form.answers.get(f"{line}.outturn")
    if budget is not None and spent is not None and budget.stated and spent.stated:
        left = rounded(budget.known, MONEY_PLACES) - rounded(spent.known, MONEY_PLACES)
        yield Reference(abs(left) * form.factor, frozenset({MONEY}), (budget, spent), form.money(left))


def of_measure(row: str, name: str, form: Form) -> Iterator[Reference]:
    """What the target or the actual of an indicator says; nothing for a word or an open actual."""
    answer, unit = form.answers[f"{row}.{name}"], form.answers[f"{row}.measure_unit"]
    measure = read_measure(answer.value or "", unit.value or "")
    target = name == "target_value"
    if measure.number is None or (not target and measure.comparator not in {"", "="}):
        return
    shown = answer.raw if measure.unit in answer.raw else f"{answer.raw}{unit.raw}"
    yield Reference(measure.number, _units(measure.unit), (answer,), shown, bound=target)


def _units(unit: str) -> frozenset[str]:
    """The units prose may use for a measure in ``unit``; a measure without one is counted in any."""
    base = unit.partition("/")[0].replace("(", "（").replace(")", "）") if unit != "台/套" else unit
    return frozenset({base}.union(*(units for units in _ALIKE if base in units))) if base else _COUNTS
