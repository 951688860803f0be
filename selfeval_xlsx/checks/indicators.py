"""IND09–IND14: do targets, actuals and reasons of each indicator fit together? (relations I8–I10)"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from selfeval_xlsx.amounts import (
    RATE_PLACES,
    grouped,
    money,
    plain,
    rounded,
)
from selfeval_xlsx.checks.rule import Case, Needs, Standing, asks_for_reason, cells, finding, rule
from selfeval_xlsx.figures import MONEY
from selfeval_xlsx.findings import Finding, Severity
from selfeval_xlsx.form import scoring
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import MONEY_UNITS, QUALITATIVE, Indicator
from selfeval_xlsx.form.measures import comparable
from selfeval_xlsx.form.references import money_unit


def indicator_rows(case: Case) -> Iterable[Indicator]:
    """The rows of the indicators."""
    return case.evaluation.goals.indicators


def columns(*names: str) -> Needs:
    """The cells of a row that a rule cannot do without."""
    return lambda row, _: [getattr(row, name) for name in names]


def named(row: Indicator) -> str:
    """The row's indicator, for messages."""
    return f"“{row.level3.raw}”" if row.level3.raw else "这一行"


# --- reasons --------------------------------------------------------------------------------------


@rule(
    "IND09",
    "扣分的指标说明原因",
    standing=Standing.QUALITY,
    basis="I8",
    remedy="在偏差原因分析及改进措施中说明",
    subjects=lambda case: [row for row in indicator_rows(case) if row.score.stated],
    needs=columns("weight"),
)
def lost_points_are_explained(row: Indicator, _: Case) -> Iterator[Finding]:
    """Points were taken, and the reason does not stand beside them."""
    if row.score.known < row.weight.known and row.deviation_reason.blank:
        yield finding(
            "IND09",
            Severity.ERROR,
            [row.deviation_reason, row.score, row.weight],
            f"{named(row)}得分 {row.score.show()}，低于分值 {row.weight.show()}，没有说明原因",
            f"请在 {row.deviation_reason.ref.coordinate} 说明原因和改进措施，或核对得分",
        )


@rule(
    "IND10",
    "满分的指标不另写偏差原因",
    standing=Standing.ADVICE,
    basis="I8",
    remedy="删去偏差原因，或核对得分",
    subjects=lambda case: [
        row for row in indicator_rows(case) if row.score.stated and row.deviation_reason.stated
    ],
    needs=columns("weight"),
)
def full_points_need_no_reason(row: Indicator, case: Case) -> Iterator[Finding]:
    """A reason for a deviation stands beside full points: one of the two is wrong."""
    if row.score.known == row.weight.known and not scoring.is_far_above(row, case.rulebook.scoring):
        yield finding(
            "IND10",
            Severity.WARNING,
            [row.deviation_reason, row.score],
            f"{named(row)}得了满分 {row.score.show()}，却写有偏差原因",
            f"请核对 {cells([row.score, row.deviation_reason])}",
        )


@rule(
    "IND11",
    "完成值大幅超过指标值时说明原因",
    standing=Standing.QUALITY,
    basis="I8",
    remedy="核对指标值和完成值；情况属实的说明原因",
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
        yield asks_for_reason(
            "IND11",
            [row.actual_value, row.target_value],
            f"{named(row)}完成值 {row.actual_value.raw}，{far if scoring.target_of(row).number else none}",
            row.deviation_reason,
        )


# --- targets and actuals --------------------------------------------------------------------------


@rule(
    "IND12",
    "指标值、完成值和指标性质相配",
    standing=Standing.VALIDITY,
    basis="I9",
    remedy="定量指标的指标值和完成值都填数，单位一致；说不成数的选“定性”",
    subjects=indicator_rows,
    needs=columns("comparator", "target_value"),
)
def targets_and_actuals_fit(row: Indicator, _: Case) -> Iterator[Finding]:
    """Comparator, number and unit of target and actual belong together."""
    target = scoring.target_of(row)
    comparator = row.comparator.known
    if comparator == QUALITATIVE:
        if target.number is not None:
            yield finding(
                "IND12",
                Severity.WARNING,
                [row.comparator, row.target_value],
                f"{named(row)}的指标值“{row.target_value.raw}”是数，指标性质却是定性",
                f"请把 {row.comparator.ref.coordinate} 改为 ≥、= 或 ≤",
            )
    elif target.number is None:
        yield finding(
            "IND12",
            Severity.ERROR,
            [row.target_value, row.comparator],
            f"{named(row)}的指标性质是“{comparator}”，指标值“{row.target_value.raw}”不是数",
            f"请改填数，或把 {row.comparator.ref.coordinate} 改为“{QUALITATIVE}”",
            expected=row.target_value.field.kind.expected,
        )
    elif target.comparator not in {"", comparator}:
        yield finding(
            "IND12",
            Severity.ERROR,
            [row.comparator, row.target_value],
            f"{named(row)}的指标值“{row.target_value.raw}”与指标性质“{comparator}”不一致",
            f"请核对 {cells([row.comparator, row.target_value])}",
            found=comparator,
            expected=target.comparator,
        )
    elif row.actual_value.stated:
        yield from _actual_fits(row)


def _actual_fits(row: Indicator) -> Iterator[Finding]:
    target, actual = scoring.target_of(row), scoring.actual_of(row)
    shown = row.actual_value.raw
    if actual.number is None:
        message, hint = f"{named(row)}的指标值是数，完成值“{shown}”不是数", "请填实际完成的数"
    elif actual.comparator not in {"", "="}:
        message, hint = f"{named(row)}的完成值“{shown}”是范围，不是实际完成的数", "请填实际完成的数，如 93.5%"
    elif not comparable(target, actual):
        message = (
            f"{named(row)}的完成值“{shown}”与指标值“{row.target_value.raw}{row.measure_unit.raw}”单位不同"
        )
        hint = f"请核对 {cells([row.target_value, row.measure_unit, row.actual_value])}，用同一单位"
    else:
        return
    yield finding("IND12", Severity.ERROR, [row.actual_value, row.target_value], message, hint, found=shown)


_AMOUNT_WORDS = re.compile(r"(实际|全年|年度|控制|总)|(支出|执行数?|成本|金额|资金|投入|使用|数|额)+$")


@rule(
    "IND13",
    "作为指标的金额与预算表一致",
    standing=Standing.VALIDITY,
    basis="I10",
    remedy="核对指标的完成值和「预算」的执行数，注意单位换算",
    subjects=lambda case: [row for row in indicator_rows(case) if _repeated(row, case) is not None],
    needs=columns("actual_value"),
)
def repeated_amounts_agree(row: Indicator, case: Case) -> Iterator[Finding]:
    """An indicator that repeats a budget line's or a project's outturn, or the rate, has the same figure."""
    actual = scoring.actual_of(row)
    reference = _repeated(row, case)
    if reference is None or not reference.stated or actual.number is None:
        return
    if actual.percent:
        stated, expected = rounded(actual.number, RATE_PLACES), rounded(reference.known, RATE_PLACES)
        unit = "%"
    else:
        unit = money_unit(case.evaluation)
        stated = money(actual.number / MONEY_UNITS[unit])
        expected = money(reference.known)
    if stated != expected:
        yield finding(
            "IND13",
            Severity.ERROR,
            [row.actual_value, reference],
            f"{named(row)}的完成值是 {grouped(stated, 2)}{unit}，"
            f"{reference.ref} {reference.field.label} 是 {grouped(expected, 2)}{unit}",
            f"请核对 {cells([row.actual_value, reference])}，两处应一致",
            found=plain(stated),
            expected=plain(expected),
        )


def _repeated(row: Indicator, case: Case) -> Answer[Any] | None:
    """The answer whose figure the indicator repeats, told by its name and unit."""
    name = "".join((row.level3.value or "").split())
    actual = scoring.actual_of(row)
    lines = case.evaluation.budget.lines
    if actual.percent:
        return lines.total.execution_rate if name in {"预算执行率", "整体支出预算执行率"} else None
    if actual.unit != MONEY:
        return None
    bare = _AMOUNT_WORDS.sub("", name)
    own = [project for project in case.evaluation.budget.projects if project.name.value]
    for project in own:
        if bare == _AMOUNT_WORDS.sub("", "".join(project.name.known.split())):
            return project.outturn
    named = {
        "人员经费": lines.personnel.outturn,
        "公用经费": lines.operating.outturn,
        "基本": lines.basic.outturn,
        "项目": lines.project.outturn,
        "整体": lines.total.outturn,
        "部门整体": lines.total.outturn,
        "三公经费": case.evaluation.budget.official.total.outturn,
    }
    return named.get(re.sub("[“”]", "", bare))


# --- weight ---------------------------------------------------------------------------------------


@rule(
    "IND14",
    "没有一项指标占分过多",
    standing=Standing.ADVICE,
    basis="常见错误",
    remedy="把分值分给更多能衡量的指标",
    subjects=lambda case: [row for row in indicator_rows(case) if row.weight.stated],
    threshold=lambda rulebook: f"单个指标不超过 {plain(rulebook.scoring.largest_weight)} 分",
)
def no_indicator_carries_all(row: Indicator, case: Case) -> Iterator[Finding]:
    """A single indicator holds a large part of all points."""
    largest = case.rulebook.scoring.largest_weight
    if row.weight.known > largest:
        yield finding(
            "IND14",
            Severity.WARNING,
            [row.weight],
            f"{named(row)}一项占 {row.weight.show()} 分，多于 {plain(largest)} 分",
            "请核对分值",
            found=row.weight.show(),
        )


RULES = (
    lost_points_are_explained,
    full_points_need_no_reason,
    far_above_target_is_explained,
    targets_and_actuals_fit,
    repeated_amounts_agree,
    no_indicator_carries_all,
)
