"""EXE: is the budget executed within its bounds, and are the rates right? (relations B6, B7)"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from selfeval_xlsx.amounts import (
    MONEY_PLACES,
    RATE_PLACES,
    Agreement,
    compare_rate,
    percentage,
    plain,
    rounded,
)
from selfeval_xlsx.checks.rule import Case, Standing, cells, finding, rule
from selfeval_xlsx.findings import Finding, Severity
from selfeval_xlsx.relations import AtMost, Rate, relations_of
from selfeval_xlsx.spec import Answer


def _limits(case: Case) -> list[AtMost]:
    return [each for each in relations_of(case.evaluation) if isinstance(each, AtMost)]


def _rates(case: Case) -> list[Rate]:
    """The lines on which a rate is stated; a blank one is computed or not asked for."""
    return [
        each
        for each in relations_of(case.evaluation)
        if isinstance(each, Rate) and case.answers[each.rate].stated and not case.answers[each.rate].computed
    ]


def _amounts(relation: Rate | AtMost, case: Case) -> Iterable[Answer[Any]]:
    return [case.answers[relation.part], case.answers[relation.whole]]


def _money(answer: Answer[Any]) -> Decimal:
    """The amount at the precision it is printed in."""
    return rounded(answer.known, MONEY_PLACES)


@rule(
    "EXE01",
    "执行数不超过调整后预算",
    standing=Standing.QUALITY,
    basis="B7",
    remedy="核对两数；确有超支的，在「预算」执行偏差原因中说明",
    subjects=_limits,
    needs=_amounts,
)
def outturn_is_within_budget(relation: AtMost, case: Case) -> Iterator[Finding]:
    """More was spent than the adjusted budget allows: an error unless the reason stands in its cell."""
    outturn, adjusted = case.answers[relation.part], case.answers[relation.whole]
    if _money(outturn) <= _money(adjusted):
        return
    reason = case.answers[relation.reason]
    message = f"填报 {outturn.show()}，大于调整后预算 {adjusted.show()}"
    if reason.stated:
        yield finding(
            "EXE01",
            Severity.NOTE,
            [outturn, adjusted],
            f"{message}，已在 {reason.ref} 说明原因",
            found=outturn.show(),
        )
    else:
        yield finding(
            "EXE01",
            Severity.ERROR,
            [outturn, adjusted, reason],
            message,
            f"请核对 {cells([outturn, adjusted])}；确有超支的，在 {reason.ref} 说明原因",
            found=outturn.show(),
            expected=f"≤ {adjusted.show()}",
        )


@rule(
    "EXE02",
    "预算执行率 = 执行数 ÷ 调整后预算",
    standing=Standing.VALIDITY,
    basis="B6",
    remedy="核对执行数和调整后预算，或清空执行率由系统计算",
    subjects=_rates,
    needs=_amounts,
)
def rates_are_right(relation: Rate, case: Case) -> Iterator[Finding]:
    """A stated rate equals the one computed from its line, rounded half up to two decimals."""
    rate, part, whole = (case.answers[key] for key in (relation.rate, relation.part, relation.whole))
    if _money(whole) == 0:
        return  # EXE03 speaks
    comparison = compare_rate(rate.known, _money(part), _money(whole))
    if comparison.agreement is Agreement.EXACT:
        return
    severity, remark = {
        Agreement.ROUNDING: (Severity.NOTE, "，属四舍五入尾差"),
        Agreement.BLIND: (Severity.WARNING, "；金额较小，两者都可能由四舍五入得来"),
        Agreement.BROKEN: (Severity.ERROR, ""),
    }[comparison.agreement]
    yield finding(
        "EXE02",
        severity,
        [rate, part, whole],
        f"填报 {rate.show()}，按 执行数÷调整后预算 应为 {comparison.expected}%{remark}",
        f"请核对 {cells([whole, part])}，或清空 {rate.ref.coordinate} 由系统计算",
        found=rate.show(),
        expected=f"{comparison.expected}%",
    )


@rule(
    "EXE03",
    "预算为 0 时没有执行率",
    standing=Standing.VALIDITY,
    basis="B6",
    remedy="清空执行率；或补填调整后预算",
    subjects=_rates,
    needs=lambda relation, case: [case.answers[relation.whole]],
)
def no_rate_without_budget(relation: Rate, case: Case) -> Iterator[Finding]:
    """A rate over a budget of 0 is undefined: not 0%, not 100%."""
    rate, whole = case.answers[relation.rate], case.answers[relation.whole]
    if _money(whole) == 0:
        yield finding(
            "EXE03",
            Severity.ERROR,
            [rate, whole],
            f"填报 {rate.show()}，但调整后预算为 0，执行率没有意义",
            f"请清空 {rate.ref.coordinate}，或核对 {whole.ref.coordinate}",
            found=rate.show(),
        )


@rule(
    "EXE04",
    "执行率偏低时说明原因",
    standing=Standing.QUALITY,
    basis="domain 3: quality relations",
    remedy="在「预算」执行偏差原因中说明",
    needs=lambda case, _: [
        case.evaluation.budget.lines.total.outturn,
        case.evaluation.budget.lines.total.adjusted_budget,
    ],
)
def low_execution_is_explained(case: Case, _: Case) -> Iterator[Finding]:
    """The whole budget's true rate lies below the rulebook's threshold: an error unless the reason stands."""
    total = case.evaluation.budget.lines.total
    reason = case.evaluation.budget.notes.execution_reason
    threshold = case.rulebook.low_execution_rate
    rate = percentage(_money(total.outturn), _money(total.adjusted_budget))
    if rate is None or rate >= threshold:
        return
    shown = f"{rounded(rate, RATE_PLACES)}%"
    message = f"预算执行率 {shown}，低于 {plain(threshold)}%"
    at = [total.execution_rate, total.outturn, total.adjusted_budget]
    if reason.stated:
        yield finding("EXE04", Severity.NOTE, at, f"{message}，已在 {reason.ref} 说明原因", found=shown)
    else:
        yield finding(
            "EXE04",
            Severity.ERROR,
            [*at, reason],
            message,
            f"请在 {reason.ref} 说明原因",
            found=shown,
            expected=f"≥ {plain(threshold)}%",
        )


RULES = (outturn_is_within_budget, rates_are_right, no_rate_without_budget, low_execution_is_explained)
