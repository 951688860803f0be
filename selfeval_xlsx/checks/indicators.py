"""IND09–IND15: are the reasons given, do targets and actuals fit, and is no indicator scored twice? (I1, I8–I10)"""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from selfeval_xlsx.amounts import RATE_PLACES, grouped, money, plain, rounded
from selfeval_xlsx.checks.rule import (
    ADVICE,
    QUALITY,
    VALIDITY,
    Case,
    asks_for_reason,
    cells,
    columns,
    error,
    mismatch,
    note,
    rule,
    rules_among,
    warning,
)
from selfeval_xlsx.checks.scores import are_not_earned, indicator_rows, named
from selfeval_xlsx.figures import MONEY
from selfeval_xlsx.findings import Finding, Severity
from selfeval_xlsx.form import scoring
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import MONEY_UNITS, QUALITATIVE, Indicator
from selfeval_xlsx.form.references import money_unit
from selfeval_xlsx.form.scoring import comparable
from selfeval_xlsx.form.values import is_filled

# --- reasons --------------------------------------------------------------------------------------


@rule(
    "IND09",
    "扣分的指标说明原因",
    QUALITY,
    "I8",
    "在偏差原因分析及改进措施中说明",
    subjects=lambda case: [row for row in indicator_rows(case) if row.score.stated],
    needs=columns("weight"),
)
def lost_points_are_explained(row: Indicator, case: Case) -> Iterator[Finding]:
    """Points were taken, and the reason does not stand beside them.

    Of points not earned IND05 speaks; a target that was missed is explained, by whatever standard it is scored.
    """
    missed = row.scoring_standard.stated and scoring.is_quantitative(row) and not scoring.is_met(row)
    is_silent = are_not_earned(row, case) and not missed
    if row.score.known < row.weight.known and row.deviation_reason.blank and not is_silent:
        message = f"{named(row)}得分 {row.score.show()}，低于分值 {row.weight.show()}，没有说明原因"
        hint = f"请在 {row.deviation_reason.ref.coordinate} 说明原因和改进措施，或核对得分"
        yield error([row.deviation_reason, row.score, row.weight], message, hint)


@rule(
    "IND10",
    "满分的指标不另写偏差原因",
    ADVICE,
    "I8",
    "删去偏差原因，或核对得分",
    subjects=lambda case: [
        row for row in indicator_rows(case) if row.score.stated and row.deviation_reason.stated
    ],
    needs=columns("weight"),
)
def full_points_need_no_reason(row: Indicator, case: Case) -> Iterator[Finding]:
    """A reason for a deviation stands beside full points: one of the two is wrong.

    Of full points that were not earned IND05 speaks, of a target and an actual that do not fit IND12.
    """
    fits = row.comparator.value == QUALITATIVE or scoring.is_quantitative(row)
    if (
        row.score.known == row.weight.known
        and fits
        and not are_not_earned(row, case)
        and not scoring.is_far_above(row, case.rulebook.scoring)
    ):
        message = f"{named(row)}得了满分 {row.score.show()}，却写有偏差原因"
        hint = f"请核对 {cells([row.score, row.deviation_reason])}"
        yield warning([row.deviation_reason, row.score], message, hint)


@rule(
    "IND11",
    "完成值大幅超过指标值时说明原因",
    QUALITY,
    "I8",
    "核对指标值和完成值；情况属实的说明原因",
    subjects=indicator_rows,
    threshold=lambda rulebook: (
        f"完成值达到指标值的 {plain(rulebook.scoring.far_above)}%"
        f"（指标值为 0 的，完成值达到 {plain(rulebook.scoring.far_above_zero)}）"
    ),
)
def far_above_target_is_explained(row: Indicator, case: Case) -> Iterator[Finding]:
    """So much more was done than planned that the plan, or the count, is in doubt."""
    limits = case.rulebook.scoring
    if scoring.is_far_above(row, limits):
        target = row.target_value.raw
        far = f"达到指标值 {target} 的 {plain(limits.far_above)}% 以上"
        none = f"指标值是 {target}，达到了 {plain(limits.far_above_zero)} 以上"
        message = (
            f"{named(row)}完成值 {row.actual_value.raw}，{far if scoring.target_of(row).number else none}"
        )
        yield asks_for_reason([row.actual_value, row.target_value], message, row.deviation_reason)


# --- targets and actuals --------------------------------------------------------------------------


@rule(
    "IND12",
    "指标值、完成值和指标性质相配",
    VALIDITY,
    "I9",
    "定量指标的指标值和完成值都填数，单位一致；说不成数的选“定性”",
    subjects=indicator_rows,
    needs=columns("comparator", "target_value"),
)
def targets_and_actuals_fit(row: Indicator, _: Case) -> Iterator[Finding]:
    """Comparator, number and unit of target and actual belong together."""
    target, comparator = scoring.target_of(row), row.comparator.known
    shown, at = f"{named(row)}的指标值“{row.target_value.raw}”", [row.comparator, row.target_value]
    where = row.comparator.ref.coordinate
    if comparator == QUALITATIVE:
        if target.number is not None:
            yield warning(at, f"{shown}是数，指标性质却是定性", f"请把 {where} 改为 ≥、= 或 ≤")
    elif target.number is None:
        message = f"{named(row)}的指标性质是“{comparator}”，指标值“{row.target_value.raw}”不是数"
        expected = row.target_value.field.kind.expected
        yield error(at[::-1], message, f"请改填数，或把 {where} 改为“{QUALITATIVE}”", expected=expected)
    elif target.comparator not in {"", comparator}:
        message = f"{shown}与指标性质“{comparator}”不一致"
        yield error(at, message, f"请核对 {cells(at)}", found=comparator, expected=target.comparator)
    elif row.actual_value.stated:
        yield from _actual_fits(row)


def _actual_fits(row: Indicator) -> Iterator[Finding]:
    target, actual = scoring.target_of(row), scoring.actual_of(row)
    shown = f"的完成值“{row.actual_value.raw}”"
    if actual.number is None:
        message, hint = f"的指标值是数，完成值“{row.actual_value.raw}”不是数", "请填实际完成的数"
    elif actual.comparator not in {"", "="}:
        message, hint = f"{shown}是范围，不是实际完成的数", "请填实际完成的数，如 93.5%"
    elif comparable(target, actual):
        yield from _missing_percent_signs(row)
        return
    else:
        message = f"{shown}与指标值“{row.target_value.raw}{row.measure_unit.raw}”单位不同"
        hint = f"请核对 {cells([row.target_value, row.measure_unit, row.actual_value])}，用同一单位"
    at = [row.actual_value, row.target_value]
    yield error(at, f"{named(row)}{message}", hint, found=row.actual_value.raw)


def _missing_percent_signs(row: Indicator) -> Iterator[Finding]:
    """A bare number beside a percentage is one, too; 0 needs no unit."""
    for answer in (row.target_value, row.actual_value):
        if scoring.is_read_as_percentage(row, answer) and answer.known.strip("0."):
            read_as = f"{answer.raw}%"
            message = f"{named(row)}的{answer.field.head}“{answer.raw}”没有百分号，已按 {read_as} 读取"
            yield note([answer], message, "请补上百分号", found=answer.raw, expected=read_as)


_AMOUNT_WORDS = re.compile(r"(实际|全年|年度|控制|总)|(支出|执行数?|成本|金额|资金|投入|使用|数|额)+$")
_SUFFIX = re.compile(r"[（(][^（）()]*[）)]$")
_RATE_NAMES = frozenset({"预算执行率", "整体支出预算执行率", "部门整体支出预算执行率"})


@rule(
    "IND13",
    "作为指标的金额与预算表一致",
    VALIDITY,
    "I10",
    "核对指标的完成值和「预算」的执行数，注意单位换算",
    subjects=lambda case: [row for row in indicator_rows(case) if _repeated(row, case)],
    needs=columns("actual_value"),
)
def repeated_amounts_agree(row: Indicator, case: Case) -> Iterator[Finding]:
    """An indicator that repeats a budget line's or a project's outturn, or the rate, has the same figure.

    90万元 for 89.97万元 has: it is that figure to the digits it is written in.
    """
    actual, references = scoring.actual_of(row), _repeated(row, case)
    if actual.number is None or not all(reference.stated for reference in references):
        return
    repeated = sum((reference.known for reference in references), Decimal(0))
    if actual.percent:
        stated, expected = rounded(actual.number, RATE_PLACES), rounded(repeated, RATE_PLACES)
        unit, step = "%", actual.step
    else:
        unit = money_unit(case.evaluation)
        stated, step = money(actual.number / MONEY_UNITS[unit]), actual.step / MONEY_UNITS[unit]
        expected = money(repeated)
    if stated != expected and abs(stated - expected) * 2 > step:
        first, at = references[0], [row.actual_value, *references]
        label = first.field.label if len(references) == 1 else f"起 {len(references)} 个项目的执行数之和"
        shown, right = (f"{grouped(figure, 2)}{unit}" for figure in (stated, expected))
        message = f"{named(row)}的完成值是 {shown}，{first.ref} {label} 是 {right}"
        hint = f"请核对 {cells(at)}，两处应一致"
        yield error(at, message, hint, found=plain(stated), expected=plain(expected))


def _repeated(row: Indicator, case: Case) -> list[Answer[Any]]:
    """The answers whose figure, or sum, the indicator repeats, told by its name and unit; empty for any other."""
    name = _bare_name(row)
    lines, projects = case.evaluation.budget.lines, case.evaluation.budget.projects
    if scoring.actual_of(row).percent:
        return [lines.total.execution_rate] if name in _RATE_NAMES else []
    if not _is_money(row):
        return []
    bare = re.sub("[“”]", "", _AMOUNT_WORDS.sub("", name))
    for project in projects:
        if project.name.value and bare == _AMOUNT_WORDS.sub("", "".join(project.name.known.split())):
            return [project.outturn]
    if bare == "项目" and not lines.project.outturn.stated:
        return [project.outturn for project in projects if is_filled(project)]
    named_lines = {
        "人员经费": lines.personnel.outturn,
        "公用经费": lines.operating.outturn,
        "基本": lines.basic.outturn,
        "项目": lines.project.outturn,
        "整体": lines.total.outturn,
        "部门整体": lines.total.outturn,
        "三公经费": case.evaluation.budget.official.total.outturn,
    }
    return [named_lines[bare]] if bare in named_lines else []


def _bare_name(row: Indicator) -> str:
    """The indicator's name without blanks and without what stands in brackets behind it: 项目支出（成本）."""
    return _SUFFIX.sub("", "".join((row.level3.value or "").split()))


def _is_money(row: Indicator) -> bool:
    """Whether the actual is an amount: in 元, or in 万 for 万元."""
    written = (scoring.actual_of(row).own, row.measure_unit.value, scoring.target_of(row).own)
    return scoring.actual_of(row).unit == MONEY or next(filter(None, written), "") in {"万", "亿"}


# --- weight ---------------------------------------------------------------------------------------


def _weighted(case: Case) -> Iterable[Indicator]:
    return [row for row in indicator_rows(case) if row.weight.stated]


@rule(
    "IND14",
    "没有一项指标占分过多",
    ADVICE,
    "常见错误",
    "把分值分给更多能衡量的指标",
    subjects=_weighted,
    threshold=lambda rulebook: f"单个指标不超过 {plain(rulebook.scoring.largest_weight)} 分",
)
def no_indicator_carries_all(row: Indicator, case: Case) -> Iterator[Finding]:
    """A single indicator holds a large part of all points."""
    largest = case.rulebook.scoring.largest_weight
    if row.weight.known > largest:
        message = f"{named(row)}一项占 {row.weight.show()} 分，多于 {plain(largest)} 分"
        yield warning([row.weight], message, "请核对分值", found=row.weight.show())


@rule(
    "IND15",
    "预算执行率没有重复计分",
    ADVICE,
    "I1",
    "预算执行率只计一次分：清空「自评结论」的执行率分值（填 0），或删去这个指标",
    subjects=_weighted,
)
def execution_is_scored_once(row: Indicator, case: Case) -> Iterator[Finding]:
    """The execution rate has points of its own and is an indicator with points, too."""
    weight = case.evaluation.goals.assessment.execution_weight
    if weight.value and row.weight.value and _bare_name(row) in _RATE_NAMES:
        other = f"{weight.ref.coordinate} {weight.field.label}另有 {weight.show()} 分"
        message = f"{named(row)}占 {row.weight.show()} 分，{other}，重复计分"
        yield mismatch(Severity.WARNING, [row.weight, weight], message, "，预算执行率只计一次分")


RULES = rules_among(globals())
