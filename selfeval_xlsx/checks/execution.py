"""EXE: are budget and posts kept to, and are the rates right? (relations B6, B7, B11, P2 and quality reasons)"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from selfeval_xlsx.amounts import (
    HUNDRED,
    RATE_PLACES,
    Agreement,
    compare_rate,
    money,
    percentage,
    plain,
    rounded,
)
from selfeval_xlsx.checks.rule import (
    Case,
    Rule,
    Standing,
    Subjects,
    asks_for_reason,
    cells,
    finding,
    relations,
    rule,
)
from selfeval_xlsx.findings import Finding, Severity
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.relations import AtMost, Rate


def _rates(code: str) -> Subjects:
    """The relations of one code whose rate is stated; a blank one is computed or not asked for."""
    return lambda case: [
        each
        for each in relations(code)(case)
        if case.answers[each.rate].stated and not case.answers[each.rate].computed
    ]


def _amounts(relation: Rate | AtMost, case: Case) -> Iterable[Answer[Any]]:
    return [case.answers[relation.part], case.answers[relation.whole]]


def _money(answer: Answer[Any]) -> Decimal:
    """The amount at the precision it is printed in."""
    return money(Decimal(answer.known))


@rule(
    "EXE01",
    "执行数不超过调整后预算",
    standing=Standing.QUALITY,
    basis="B7",
    remedy="核对两数；确有超支的，在「预算」执行偏差原因中说明",
    subjects=relations("EXE01"),
    needs=_amounts,
)
def outturn_is_within_budget(relation: AtMost, case: Case) -> Iterator[Finding]:
    """More was spent than the adjusted budget allows: an error unless the reason stands in its cell."""
    outturn, adjusted = case.answers[relation.part], case.answers[relation.whole]
    if _money(outturn) <= _money(adjusted):
        return
    yield asks_for_reason(
        "EXE01",
        [outturn, adjusted],
        f"填报 {outturn.show()}，大于调整后预算 {adjusted.show()}",
        case.answers[relation.reason],
    )


def _rate_rule(code: str, title: str, basis: str, remedy: str) -> Rule:
    """A rule that holds the rates declared under ``code``."""
    make = rule(
        code,
        title,
        standing=Standing.VALIDITY,
        basis=basis,
        remedy=remedy,
        subjects=_rates(code),
        needs=_amounts,
    )
    return make(_judge_rate)


def _judge_rate(relation: Rate, case: Case) -> Iterator[Finding]:
    """A stated rate equals the one computed from its line, rounded half up to two decimals."""
    rate, part, whole = (case.answers[key] for key in (relation.rate, relation.part, relation.whole))
    if _money(whole) == 0:
        return  # EXE03 speaks
    comparison = compare_rate(rate.known, _money(part), _money(whole))
    if comparison.agreement is Agreement.EXACT:
        return
    agreement = Agreement.BROKEN if relation.counted else comparison.agreement
    severity, remark = {
        Agreement.ROUNDING: (Severity.NOTE, "，属四舍五入尾差"),
        Agreement.BLIND: (Severity.WARNING, "；金额较小，两者都可能由四舍五入得来"),
        Agreement.BROKEN: (Severity.ERROR, ""),
    }[agreement]
    formula = relation.title.partition(" = ")[2]
    yield finding(
        relation.code,
        severity,
        [rate, part, whole],
        f"填报 {rate.show()}，按 {formula} 应为 {comparison.expected}%{remark}",
        f"请核对 {cells([whole, part])}，或清空 {rate.ref.coordinate} 由系统计算",
        found=rate.show(),
        expected=f"{comparison.expected}%",
    )


@rule(
    "EXE03",
    "分母为 0 时没有比率",
    standing=Standing.VALIDITY,
    basis="B6",
    remedy="清空比率；或补填分母",
    subjects=lambda case: [each for code in ("EXE02", "EXE05", "EXE06") for each in _rates(code)(case)],
    needs=lambda relation, case: [case.answers[relation.whole]],
)
def no_rate_without_budget(relation: Rate, case: Case) -> Iterator[Finding]:
    """A rate over 0 is undefined: not 0%, not 100%."""
    rate, whole = case.answers[relation.rate], case.answers[relation.whole]
    if _money(whole) == 0:
        yield finding(
            "EXE03",
            Severity.ERROR,
            [rate, whole],
            f"填报 {rate.show()}，但{whole.field.label}为 0，{rate.field.head}没有意义",
            f"请清空 {rate.ref.coordinate}，或核对 {whole.ref.coordinate}",
            found=rate.show(),
        )


@rule(
    "EXE04",
    "执行率偏低时说明原因",
    standing=Standing.QUALITY,
    basis="须说明原因的情形",
    remedy="在「预算」执行偏差原因中说明",
    needs=lambda case, _: [
        case.evaluation.budget.lines.total.outturn,
        case.evaluation.budget.lines.total.adjusted_budget,
    ],
    threshold=lambda rulebook: f"执行率低于 {plain(rulebook.execution.low_rate)}%",
)
def low_execution_is_explained(case: Case, _: Case) -> Iterator[Finding]:
    """The whole budget's rate lies below the rulebook's threshold: an error unless the reason stands."""
    total = case.evaluation.budget.lines.total
    threshold = case.rulebook.execution.low_rate
    rate = _rate(_money(total.outturn), _money(total.adjusted_budget))
    if rate is not None and rate < threshold:
        yield asks_for_reason(
            "EXE04",
            [total.execution_rate, total.outturn, total.adjusted_budget],
            f"预算执行率 {rate}%，低于 {plain(threshold)}%",
            case.evaluation.budget.notes.execution_reason,
        )


@rule(
    "EXE07",
    "超编时说明原因",
    standing=Standing.QUALITY,
    basis="P2",
    remedy="核对在职人数和编制数；确有超编的，在「概况」超编原因中说明",
    needs=lambda case, _: [
        case.evaluation.overview.staff.total.staff_in_post,
        case.evaluation.overview.staff.total.authorised_posts,
    ],
    threshold=lambda rulebook: f"在职人员控制率高于 {plain(rulebook.staff.control_rate)}%",
)
def overstaffing_is_explained(case: Case, _: Case) -> Iterator[Finding]:
    """More people than the authorised posts allow: an error unless the reason stands."""
    total = case.evaluation.overview.staff.total
    structure = case.evaluation.overview.structure
    people, posts = Decimal(total.staff_in_post.known), Decimal(total.authorised_posts.known)
    most = case.rulebook.staff.control_rate
    if people * HUNDRED > posts * most:
        yield asks_for_reason(
            "EXE07",
            [total.staff_in_post, total.authorised_posts],
            f"年末在职 {people} 人，编制 {posts} 名，超过编制数的 {plain(most)}%",
            structure.overstaffing_reason,
        )


@rule(
    "EXE08",
    "预算调整较大时说明原因",
    standing=Standing.QUALITY,
    basis="须说明原因的情形",
    remedy="在「预算」预算调整原因中说明",
    needs=lambda case, _: [
        case.evaluation.budget.lines.total.budget_adjustment,
        case.evaluation.budget.lines.total.original_budget,
    ],
    threshold=lambda rulebook: f"年中调整超过年初预算的 {plain(rulebook.execution.large_adjustment)}%",
)
def large_adjustments_are_explained(case: Case, _: Case) -> Iterator[Finding]:
    """The budget moved further in the year than the rulebook allows: an error unless the reason stands."""
    total = case.evaluation.budget.lines.total
    threshold = case.rulebook.execution.large_adjustment
    moved = abs(_money(total.budget_adjustment))
    share = _rate(moved, _money(total.original_budget))
    if moved if share is None else share > threshold:
        shown = "年初没有预算" if share is None else f"为年初预算的 {share}%，超过 {plain(threshold)}%"
        yield asks_for_reason(
            "EXE08",
            [total.budget_adjustment, total.original_budget],
            f"年中调整 {total.budget_adjustment.show()}，{shown}",
            case.evaluation.budget.notes.adjustment_reason,
        )


def _rate(part: Decimal, whole: Decimal) -> Decimal | None:
    """The rate as it is printed, so that no message says of 90.00% that it lies below 90%; None over 0."""
    rate = percentage(part, whole)
    return None if rate is None else rounded(rate, RATE_PLACES)


RULES = (
    outturn_is_within_budget,
    _rate_rule(
        "EXE02",
        "预算执行率 = 执行数 ÷ 调整后预算",
        "B6",
        "核对执行数和调整后预算，或清空执行率由系统计算",
    ),
    no_rate_without_budget,
    low_execution_is_explained,
    _rate_rule(
        "EXE05", "执行数增减幅度 = 增减额 ÷ 上年执行数", "B11", "核对增减额和上年执行数，或清空由系统计算"
    ),
    _rate_rule(
        "EXE06",
        "在职人员控制率 = 年末在职人数 ÷ 编制数",
        "P2",
        "核对在职人数和编制数，或清空控制率由系统计算",
    ),
    overstaffing_is_explained,
    large_adjustments_are_explained,
)
