"""The figures that prose may refer to: what a cell holds, what two cells imply, in base units (元, %, 人 …).

Words have many synonyms, figures have none: 3120.25万元 in a report whose outturn is 3201.25万元 is that figure with
two digits exchanged, whatever the verb before it. The register knows every figure again, and the slips of each; the
fewer digits there are to tell by, the more must be said nearby.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from selfeval_xlsx.amounts import HUNDRED, MONEY_PLACES, RATE_PLACES, grouped, percentage, plain, rounded
from selfeval_xlsx.figures import MONEY, PERCENT, Claim, Figure, read_measure
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import MONEY_UNITS, PLAN, SUB_UNIT, SelfEvaluation
from selfeval_xlsx.form.kinds import Amount, Rate
from selfeval_xlsx.form.references import money_unit
from selfeval_xlsx.form.relations import INDICATORS, PROJECTS
from selfeval_xlsx.prose.keystroke_errors import Slip, one_digit_off, swapped
from selfeval_xlsx.prose.words import ADJUSTED, ORIGINAL, OUTTURN, PRIOR, WHOLE_LINE

_COUNTED_IN = {
    "overview.staff": "人 名 位 个",
    "overview.structure.retired_staff": "人 名 位",
    "overview.structure.contract_staff": "人 名 位",
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
_ADDENDS = 3
"""A total and the two parts it was computed from, each rounded: they may be a hundredth apart."""
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
    listed: frozenset[str] = frozenset()
    """The names of the units listed below it."""

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
    """How far a figure may be off because this one, or the amounts it comes from, are rounded to two decimals."""
    denied: str = ""
    """Why the sentence does not mean this figure although the digits agree: another year, the other direction."""

    @property
    def is_received(self) -> bool:
        """Whether it is income, which is no part of what was spent."""
        return self.answers[0].field.key.startswith(("budget.balance.income", "budget.sources"))

    def bears_out(self, figure: Figure) -> bool:
        """Whether the figure says the same."""
        hedged = self.bound and figure.claim is not Claim.EXACT
        stated = replace(figure, claim=Claim.EXACT) if hedged else figure
        off = None if figure.value is None else abs(figure.value - self.value)
        return not self.denied and (
            stated.agrees(self.value)
            or (off is not None and 0 < off <= self.slack)
            or self._is_all_but(stated)
        )

    def has_slipped(self, figure: Figure) -> bool:
        """Whether the figure is this one but for a slip of the keyboard."""
        if not figure.number or not self.value or figure.claim is not Claim.EXACT:
            return False
        telling = len(figure.digits) >= _SLIP_DIGITS
        places = max(0, -int(figure.number.as_tuple().exponent))
        slips = {figure.number.scaleb(power) for power in (_POWERS if telling else _UNIT_POWERS)}
        if telling:
            slips |= swapped(figure.number, places) | set(one_digit_off(figure.number, places))
        if any(abs(slip * figure.factor - self.value) <= self.slack for slip in slips):
            return True
        right = _digits(self.value / figure.factor)
        return (
            len(right) >= ENOUGH_DIGITS and right != figure.digits and sorted(right) == sorted(figure.digits)
        )

    def _is_all_but(self, figure: Figure) -> bool:
        """Whether a percentage of two amounts is right but for one unit of its last place: it was cut, or they are rounded."""
        if figure.number is None or figure.unit != PERCENT or len(self.answers) < 2:
            return False
        if not all(isinstance(answer.field.kind, Amount) for answer in self.answers):
            return False
        step = Decimal(1).scaleb(max(int(figure.number.as_tuple().exponent), -RATE_PLACES))
        return figure.claim is Claim.EXACT and abs((figure.value or self.value) - self.value) <= step


def _digits(value: Decimal) -> str:
    return f"{value:f}".replace(".", "").strip("0")


def form_of(evaluation: SelfEvaluation, answers: Mapping[str, Answer[Any]], district: str) -> Form:
    """What the texts of ``evaluation`` are held against."""
    year = evaluation.overview.identity.year.value
    organisations = evaluation.overview.organisations
    listed = frozenset(
        row.name.known for row in organisations if row.name.stated and row.type.value == SUB_UNIT
    )
    return Form(answers, year, money_unit(evaluation), district, listed)


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
            slack = _HALF_STEP * (_ADDENDS if answer.computed else 1) * form.factor if value else value
            yield Reference(value, frozenset({MONEY}), (answer,), shown, column, falling=falling, slack=slack)
        case Rate():
            value = rounded(answer.known, RATE_PLACES)
            yield Reference(value, frozenset({PERCENT}), (answer,), answer.show(), column)
        case _:
            units = next(units for prefix, units in _COUNTED_IN.items() if key.startswith(prefix)).split()
            shown = f"{answer.show()}{units[0]}"
            yield Reference(Decimal(answer.known), frozenset(units), (answer,), shown, column)


def of_sum(lines: Sequence[str], columns: Sequence[str], form: Form) -> Iterator[Reference]:
    """公务用车购置及运行费: a word for two lines is also one for their sum."""
    if len(lines) != 2 or not all(key.startswith("budget.official") for key in lines):
        return
    for column in columns:
        parts = [reference for key in lines for reference in of_cell(f"{key}.{column}", form)]
        if len(parts) == len(lines):
            value = sum((reference.value for reference in parts), Decimal(0))
            answers = tuple(answer for reference in parts for answer in reference.answers)
            yield replace(parts[0], value=value, answers=answers, shown=form.money(value / form.factor))


def of_change(line: str, column: str, since: str, form: Form) -> Iterator[Reference]:
    """How much, and by how many percent, a line's ``column`` differs from its column ``since``."""
    now, then = form.answers.get(f"{line}.{column}"), form.answers.get(f"{line}.{since}")
    if now is None or then is None or now.value is None or then.value is None:
        return
    before = rounded(then.known, MONEY_PLACES)
    change = rounded(now.known, MONEY_PLACES) - before
    falling = change < 0
    shown, value = f"{'减少' if falling else '增加'} {form.money(change)}", abs(change) * form.factor
    slack = 2 * _HALF_STEP * form.factor
    yield Reference(value, frozenset({MONEY}), (now, then), shown, column, falling=falling, slack=slack)
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


# --- every figure of the form ---------------------------------------------------------------------

_SHARE, _CHANGE, _REST = "share", "change", "rest"
ENOUGH_DIGITS = 5
"""So many digits of an amount tell it apart from any other."""
SOME_DIGITS = 4
_POWERS = (-4, -3, -2, -1, 1, 2, 3, 4)
"""By how many powers of ten a slip of the point or of the unit moves an amount."""
_UNIT_POWERS = (-4, 4)
_SLIP_DIGITS = 2
"""So many digits of a figure whose row is named are enough to see a slip by."""
_TOO_COARSE = 10**8
"""元 in the unit whose few digits are no slip of others: 0.32亿元."""
_MANY = 100
"""A count from which on it is not that of something else by chance."""


@dataclass(frozen=True)
class Entry:
    """A figure of the form, the row it belongs to and of what kind it is."""

    row: str
    kind: str
    reference: Reference


@dataclass(frozen=True)
class Register:
    """Every figure of the form that is long enough to be known again."""

    form: Form

    @cached_property
    def _entries(self) -> Mapping[tuple[str, Decimal], list[Entry]]:
        found: dict[tuple[str, Decimal], list[Entry]] = {}
        for entry in _entries(self.form):
            for unit in entry.reference.units:
                found.setdefault((unit, entry.reference.value), []).append(entry)
        return found

    def exact(self, figure: Figure) -> list[Entry]:
        """What the figure says to the last digit."""
        value = figure.value or Decimal(0)
        counted = figure.unit not in {MONEY, PERCENT} and value >= _MANY
        if (
            figure.claim is not Claim.EXACT
            or figure.high
            or not (counted or len(figure.digits) >= SOME_DIGITS)
        ):
            return []
        return self.of_value(figure)

    def of_value(self, figure: Figure) -> list[Entry]:
        """What has the value and the unit of the figure, by chance or not."""
        return self._entries.get((figure.unit, figure.value or Decimal(0)), [])

    def near(self, figure: Figure) -> Iterator[tuple[Slip, list[Entry]]]:
        """The figures that it is a slip of: with the point elsewhere, two digits exchanged, one digit wrong."""
        if figure.claim is not Claim.EXACT or figure.high or len(figure.digits) < 3 or not figure.number:
            return
        places = max(0, -int(figure.number.as_tuple().exponent))
        if figure.unit == MONEY:
            yield Slip.POINT, self._at(figure, (figure.number.scaleb(power) for power in _POWERS))
        if figure.unit != MONEY or figure.factor < _TOO_COARSE:
            yield Slip.SWAPPED, self._at(figure, swapped(figure.number, places))
            if len(figure.digits) >= (ENOUGH_DIGITS if figure.unit == MONEY else SOME_DIGITS):
                yield Slip.DIGIT, self._at(figure, one_digit_off(figure.number, places))

    def _at(self, figure: Figure, numbers: Iterable[Decimal]) -> list[Entry]:
        keys = ((figure.unit, number * figure.factor) for number in numbers)
        return [entry for key in keys for entry in self._entries.get(key, ())]


def _entries(form: Form) -> Iterator[Entry]:
    for key, answer in form.answers.items():
        row, _, column = key.rpartition(".")
        if answer.value is None:
            continue
        if row.startswith(INDICATORS):
            if column in {"actual_value", "target_value"}:
                yield from (Entry(row, column, reference) for reference in of_measure(row, column, form))
        elif isinstance(answer.field.kind, (Amount, Rate)) and key.startswith(
            ("budget.", "overview.structure")
        ):
            yield from (Entry(row, column, reference) for reference in of_cell(key, form))
    for row in _rows(form):
        yield from (
            Entry(row, _CHANGE, reference)
            for now, then in _STEPS
            for reference in of_change(row, now, then, form)
        )
        yield from (Entry(row, _REST, reference) for reference in of_unspent(row, form))
        for column in (ORIGINAL, ADJUSTED, OUTTURN):
            for part in of_cell(f"{row}.{column}", form):
                for whole in of_cell(f"{WHOLE_LINE}.{column}", form):
                    yield from (
                        Entry(row, _SHARE, reference)
                        for reference in of_share(part, whole, form)
                        if row != WHOLE_LINE
                    )


_STEPS = ((OUTTURN, PRIOR), (ADJUSTED, ORIGINAL), (OUTTURN, ADJUSTED))


def _rows(form: Form) -> Iterator[str]:
    for key, matrix in PLAN.matrices.items():
        if key.startswith("budget."):
            yield from (row for row, _ in matrix.lines)
    yield from dict.fromkeys(key.rpartition(".")[0] for key in form.answers if key.startswith(f"{PROJECTS}."))
