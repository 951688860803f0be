"""Exactness, proven over the whole form: what holds is never held against a unit, what does not is always told."""

import os
import random
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from selfeval_xlsx import amounts
from selfeval_xlsx.checks import check
from selfeval_xlsx.findings import CheckResult, Finding, Severity
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.form.declare import Need
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.kinds import Choice, MeasureText
from selfeval_xlsx.form.relation_kinds import AtMost, Sum
from selfeval_xlsx.form.relations import LINES, relations_of
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.form.values import answers_of, with_answers
from selfeval_xlsx.proof.seeds import Sheet, text_of
from selfeval_xlsx.proof.truth import broken
from tests.forms import earned, forms, half_up, money

RULES = Rulebook()

SCALE = int(os.environ.get("SELFEVAL_EXAMPLES", "1"))
"""How many times as many examples as usual are tried."""

SIZES = {"whole forms": 30 * SCALE, "single digits": 150 * SCALE, "sums": 100 * SCALE, "figures": 100 * SCALE}
"""How many examples each kind of property is tried on."""

whole_forms, digits, sums, figures = (settings(max_examples=size, deadline=None) for size in SIZES.values())

QUALITY = {"EXE01", "EXE04", "EXE07", "EXE08", "IND05", "IND11"}
"""Rules that answer a broken relation with a note where its reason is given, as it is in these forms."""

OPEN_SUMS = ("SUM04", "SUM08", "SUM11")
"""Sums whose blank parts may make up what is missing: a total that is larger is a warning."""

TOLD_BY = {
    "unreadable": {"FIL02"},
    "early": {"FIL12"},
    "missing": {"FIL01", "FIL05"},
    "unfit": {"IND12"},
    "above": {"IND03"},
    "not": {"IND03", "IND05"},
    "outside": {"IND03", "IND06"},
    "unexplained": {"IND09", "IND11"},
    "level": {"IND02"},
}
"""Rules that must tell of what is broken and is no declared relation, by the first word of its name."""


def codes(result: CheckResult, *severities: Severity) -> set[str]:
    return {finding.code for severity in severities for finding in result.of(severity)}


def words(findings: tuple[Finding, ...]) -> list[str]:
    return [str(finding) for finding in findings]


# --- what holds -----------------------------------------------------------------------------------


@whole_forms
@given(forms())
def test_a_form_that_adds_up_is_never_held_against_the_unit(data: dict[str, Any]) -> None:
    evaluation = from_data(data)
    result = check(evaluation)
    assert words(result.of(Severity.ERROR)) == []
    assert codes(result, *Severity) <= QUALITY | {"FIL06", "FIL10", "FIL13", "IND10", "IND14"}
    assert broken(completed(evaluation, RULES), RULES) <= answered(evaluation)


def answered(evaluation: SelfEvaluation) -> set[str]:
    """Relations that a form may break when it says why: more spent than planned."""
    relations = enumerate(relations_of(evaluation, RULES))
    return {f"EXE01 {number}" for number, relation in relations if relation.code == "EXE01"}


def may_be_blank(evaluation: SelfEvaluation) -> list[str]:
    """Figures that are not demanded: neither by the form nor, like weights, beside others of their kind."""
    return [
        key
        for key, answer in Sheet(evaluation).figures.items()
        if answer.field.need is not Need.REQUIRED
        and not isinstance(answer.field.kind, MeasureText)
        and not key.endswith(".weight")
    ]


def with_blanks(evaluation: SelfEvaluation, seed: int, share: float) -> SelfEvaluation:
    """The form with about ``share`` of its figures left blank, of those that may be; for TOTALS half of the totals.

    No rate of the main table stands beside a blank, which is an error of its own.
    """
    chosen = random.Random(seed)
    sheet = Sheet(evaluation)
    totals = {relation.result for relation in relations_of(evaluation, RULES) if isinstance(relation, Sum)}
    keys = [key for key in may_be_blank(evaluation) if share != TOTALS or key in totals]
    rate = share if share != TOTALS else 0.5
    blank = [key for key in keys if chosen.random() < rate]
    rates = [f"{key.rpartition('.')[0]}.execution_rate" for key in blank if key.startswith(f"{LINES}.")]
    return with_answers(evaluation, {key: sheet.typed(key, "") for key in dict.fromkeys([*blank, *rates])})


TOTALS = -1.0


@whole_forms
@given(forms(), st.integers(0, 2**32), st.sampled_from([0.02, 0.2, 0.6, 1, TOTALS]))
def test_a_form_that_adds_up_stays_so_with_blanks(data: dict[str, Any], seed: int, share: float) -> None:
    result = check(with_blanks(from_data(data), seed, share))
    assert words(result.of(Severity.ERROR)) == []


@whole_forms
@given(forms())
def test_what_is_computed_is_what_was_stated(data: dict[str, Any]) -> None:
    """Every total, rate, score and grade left blank comes back as it was, if its parts are stated."""
    evaluation = from_data(data)
    sheet = Sheet(evaluation)
    totals = {
        key: sheet.typed(key, "")
        for key in sheet.filled
        if key.startswith(("budget.lines.total", "budget.official.total", "goals.assessment"))
        or key.endswith(("_rate", "carry_over.closing_carry_over", "outturn_change"))
        if not key.endswith((".year", "task_count"))
    }
    again = dict(answers_of(completed(with_answers(evaluation, totals), RULES)))
    for key in totals:
        assert again[key].show() == sheet.answers[key].show(), key


@figures
@given(
    st.sampled_from("≥>=<≤"),
    st.integers(0, 5000),
    st.integers(0, 9000) | st.integers(1, 20).map(lambda part: 250 * part),
    st.integers(0, 10**4),
)
@example("≥", 5000, 2500, 301)  # half of 3.01 points is 1.505
@example("≤", 2000, 3000, 301)
def test_points_are_those_of_exact_fractions(comparator: str, target: int, actual: int, weight: int) -> None:
    row = {
        "level1": "产出指标",
        "level3": "某项工作",
        "comparator": comparator,
        "target_value": money(target),
        "actual_value": money(actual),
        "weight": money(weight),
    }
    indicator = completed(from_data({"goals": {"indicators": [row]}}), RULES).goals.indicators[0]
    assert Fraction(indicator.score.known) == earned(comparator, target, actual, weight)


amounts_of_money = st.tuples(st.integers(-(10**15), 10**15), st.integers(1, 10**15))
halves = st.integers(-(10**9), 10**9).map(lambda number: (2 * number + 1, 20_000))
"""Amounts whose rate ends in a 5 on the third decimal: half up and half even part here."""


@figures
@given(amounts_of_money | halves)
def test_rates_are_those_of_exact_fractions(pair: tuple[int, int]) -> None:
    part, whole = pair
    rate = amounts.percentage(Decimal(part).scaleb(-2), Decimal(whole).scaleb(-2))
    assert rate is not None
    assert Fraction(amounts.rounded(rate, 2)) == half_up(Fraction(part * 100, whole))


fine = st.integers(0, 10**9).map(lambda number: Decimal(number).scaleb(-6))


@figures
@given(fine, fine.filter(lambda budget: budget >= Decimal("0.01")))
def test_points_of_the_unrounded_amounts_are_never_an_error(outturn: Decimal, budget: Decimal) -> None:
    """A unit computes from 元 what it states in 万元: rate and points may both differ, within the intervals."""
    rate = min(amounts.rounded(outturn / budget * 100, 2), Decimal(100))
    total = {"adjusted_budget": money_of(budget), "outturn": money_of(outturn)}
    data = {
        "budget": {"lines": {"total": total}, "notes": {"execution_reason": "说明。"}},
        "goals": {
            "assessment": {
                "execution_weight": "10",
                "execution_score": str(amounts.rounded(rate / 10, 2)),
            }
        },
    }
    assert "IND04" not in codes(check(from_data(data)), Severity.ERROR)


def money_of(value: Decimal) -> str:
    return f"{amounts.rounded(value, 2)}"


# --- what does not hold ---------------------------------------------------------------------------


def digits_changed(text: str) -> Iterator[str]:
    """``text`` with one digit another one."""
    for place, character in enumerate(text):
        if character.isdigit():
            yield from (
                f"{text[:place]}{digit}{text[place + 1 :]}" for digit in "0123456789" if digit != character
            )


def tellers(name: str) -> set[str]:
    """The rules of which one must speak when ``name`` is broken."""
    word = name.split(maxsplit=1)[0]
    return TOLD_BY.get(word) or ({word, "EXE03"} if word in {"EXE02", "EXE05", "EXE06"} else {word})


@digits
@given(forms(), st.integers(0, 2**32), st.sampled_from([0, 0.2, 0.6, TOTALS]), st.data())
def test_one_wrong_digit_is_told_exactly_where_something_contradicts_it(
    data: dict[str, Any], seed: int, share: float, draw: st.DataObject
) -> None:
    """With everything stated, and with blanks, some of which are computed from the wrong figure."""
    evaluation = with_blanks(from_data(data), seed, share)
    sheet = Sheet(evaluation)
    lines = [key for key in sorted(sheet.figures) if key.startswith(LINES)]
    key = draw.draw(st.sampled_from(lines or sorted(sheet.figures)) | st.sampled_from(sorted(sheet.figures)))
    text = draw.draw(st.sampled_from(sorted(digits_changed(text_of(sheet.figures[key])))))
    spoiled = with_answers(evaluation, {key: sheet.typed(key, text)})
    before, after = check(evaluation), check(spoiled)
    news = set(after.findings) - set(before.findings)
    newly = broken(completed(spoiled, RULES), RULES) - broken(completed(evaluation, RULES), RULES)
    for name in newly:
        told = [finding for finding in news if finding.code in tellers(name)]
        assert told, f"{key} {text}: {name}"
        by_design = tellers(name) & (QUALITY | {"IND02"}) or (
            share and name.startswith(OPEN_SUMS) and "exceeded" not in name
        )
        assert by_design or any(finding.severity is Severity.ERROR for finding in told), name
    if not newly:
        assert words(tuple(f for f in news if f.severity is Severity.ERROR)) == [], f"{key} {text}"


@sums
@given(forms(), st.data())
def test_a_sum_is_told_exactly_beyond_half_a_cent_for_each_figure(
    data: dict[str, Any], draw: st.DataObject
) -> None:
    """The tolerance itself, stated once more: an error beyond (n + 1) × 0.005, a note within it, people have none."""
    evaluation = from_data(data)
    sheet = Sheet(evaluation)
    declared = [relation for relation in relations_of(evaluation, RULES) if isinstance(relation, Sum)]
    relation = draw.draw(st.sampled_from(declared))
    key = draw.draw(st.sampled_from([relation.result, *(key for key, _ in relation.parts.items())]))
    miss = draw.draw(st.integers(1, 5) | st.integers(1, 10**5) | st.integers(-(10**5), -1))
    answer = sheet.answers[key]
    step = Decimal(miss) if relation.counted else Decimal(miss).scaleb(-2)
    wrong = answer.known + (step if answer.known + step >= 0 else -step)
    result = check(with_answers(evaluation, {key: sheet.typed(key, f"{wrong}")}))
    own = [
        finding
        for finding in result.findings
        if finding.code == relation.code and finding.at[0] == sheet.answers[relation.result].ref
    ]
    tolerated = not relation.counted and abs(step) <= (len(relation.parts.items()) + 1) * Decimal("0.005")
    assert [f.severity for f in own] == [Severity.NOTE if tolerated else Severity.ERROR]


@whole_forms
@given(forms(), st.data())
def test_a_limit_is_told_from_the_first_cent(data: dict[str, Any], draw: st.DataObject) -> None:
    """More spent than planned: by 0.01 already, and not where it is just as much."""
    evaluation = from_data(data)
    sheet = Sheet(evaluation)
    declared = [relation for relation in relations_of(evaluation, RULES) if isinstance(relation, AtMost)]
    relation = draw.draw(st.sampled_from(declared))
    more = draw.draw(st.integers(0, 3))
    spent = sheet.answers[relation.whole].known + Decimal(more).scaleb(-2)
    result = check(with_answers(evaluation, {relation.result: sheet.typed(relation.result, f"{spent}")}))
    place = sheet.answers[relation.result].ref
    told = [finding for finding in result.findings if finding.code == "EXE01" and finding.at[0] == place]
    assert [finding.severity for finding in told] == ([Severity.NOTE] if more else [])


@whole_forms
@given(forms(), st.data())
def test_another_choice_is_told_where_something_contradicts_it(
    data: dict[str, Any], draw: st.DataObject
) -> None:
    evaluation = from_data(data)
    sheet = Sheet(evaluation)
    choices = {
        key: answer.field.kind.options
        for key, answer in sheet.filled.items()
        if isinstance(answer.field.kind, Choice) and not key.endswith("money_unit")
    }
    key = draw.draw(st.sampled_from(sorted(choices)))
    option = draw.draw(st.sampled_from(choices[key]))
    spoiled = with_answers(evaluation, {key: sheet.typed(key, option)})
    newly = broken(completed(spoiled, RULES), RULES) - broken(completed(evaluation, RULES), RULES)
    said = codes(check(spoiled), *Severity)
    assert all(tellers(name) & said for name in newly)
