"""SUM and EXE: do totals, repeated figures, counts and rates hold, and are budget and posts kept to?

The relations compare; here stands how it is told. (relations B1–B4, B6–B12, P1–P3 and the quality reasons)
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from selfeval_xlsx.amounts import (
    HUNDRED,
    MONEY_PLACES,
    Agreement,
    grouped,
    plain,
    printed_rate,
)
from selfeval_xlsx.checks.rule import (
    ADVICE,
    QUALITY,
    VALIDITY,
    Case,
    Judge,
    Needs,
    Rule,
    Standing,
    Subjects,
    Threshold,
    asks_for_reason,
    cells,
    columns,
    error,
    failure,
    figures,
    finding,
    mismatch,
    note,
    relations,
    rule,
    warning,
)
from selfeval_xlsx.findings import AT_MOST, Finding, Severity
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.expressions import inputs_of, printed
from selfeval_xlsx.form.form import BudgetLine, StaffLine
from selfeval_xlsx.form.kinds import Amount, Count
from selfeval_xlsx.form.local import LOCAL_ERROR, LOCAL_WARNING
from selfeval_xlsx.form.relation_kinds import Relation, Tolerance
from selfeval_xlsx.form.relations import FIXED

LOCAL_BASIS = "本地口径"
"""The basis of the rules that judge what a district adds."""

CLEAR_TOTAL = "核对合计和各项，改正填错的一格，或清空合计由系统计算"

TITLES = {relation.code: relation.title for relation in FIXED}
"""The relations in words, by code."""


def _result(relation: Relation, case: Case) -> list[Answer[Any]]:
    return [case.answers[relation.result]]


def asks(  # noqa: PLR0913 - a rule states all of this
    code: str,
    basis: str,
    remedy: str,
    *,
    title: str = "",
    standing: Standing = VALIDITY,
    subjects: Subjects | None = None,
    needs: Needs = figures,
    threshold: Threshold = lambda _: "",
) -> Callable[[Judge], Rule]:
    """Make a rule that asks the relations declared under ``code``; it has their title, if no other."""
    subjects = subjects or relations(code)
    return rule(
        code,
        title or TITLES[code],
        standing,
        basis,
        remedy,
        subjects=subjects,
        needs=needs,
        threshold=threshold,
    )


# --- sums -----------------------------------------------------------------------------------------


def _sum_holds(relation: Relation, case: Case) -> Iterator[Finding]:
    """A stated total equals its parts, but for rounding; blank parts may make up what is missing."""
    held, (total, *parts) = failure(relation, case), figures(relation, case)
    if held is None or any(part.problem for part in parts):
        return
    blank = [part for part in parts if not part.stated]
    at = [total, *(part for part in parts if part.stated)]
    show = _count if relation.tolerance is Tolerance.NONE else _money
    stated, expected, gap = map(show, (held.stated, held.expected, abs(held.difference)))
    says, due = f"{_says(total)} {stated}", f"按 {relation.title} 应为 {expected}"
    if held.agreement is Agreement.ROUNDING:
        yield note(at, f"{says}，{due}，相差 {gap}，属四舍五入尾差", found=stated, expected=expected)
    elif blank and held.difference > 0:
        message = f"{says}，已填各项之和为 {expected}，少 {gap}，其余项没有填"
        hint = f"请补填 {cells(blank)}，没有的填 0"
        yield warning([total, *parts], message, hint, found=stated, expected=expected)
    else:
        message = f"{says}，{due}，{'多' if held.difference > 0 else '少'} {gap}"
        yield error(at, message, f"请核对 {_named(at, relation)}", found=stated, expected=expected)


def _says(total: Answer[Any]) -> str:
    """How a total came to be; one left blank may follow from another relation than the one that breaks."""
    return "留空，按其他数算出" if total.computed else "填报"


def _named(at: list[Answer[Any]], relation: Relation) -> str:
    """The cells of a sum; of a column its ends: D9 和项目清单 F12 至 F19."""
    name, ends = at[1].field.label.partition("·")[0], f"{at[1].ref.coordinate} 至 {at[-1].ref.coordinate}"
    return f"{cells(at[:1])} 和{name} {ends}" if relation.over else cells(at)


def _money(value: Decimal) -> str:
    return grouped(value, MONEY_PLACES)


def _count(value: Decimal) -> str:
    return str(int(value))


# --- figures stated twice, counts -----------------------------------------------------------------


def _same_figure(relation: Relation, case: Case) -> Iterator[Finding]:
    if failure(relation, case):
        yield _unequal(Severity.ERROR, figures(relation, case), "，两处应一致")


def _unequal(severity: Severity, answers: list[Answer[Any]], more: str = "") -> Finding:
    stated, other = answers
    message = f"填报 {stated.show()}，而 {other.named} 是 {other.show()}"
    return mismatch(severity, answers, message, more, other.show())


def _count_matches_list(relation: Relation, case: Case) -> Iterator[Finding]:
    """A stated count equals the number of listed rows; a list left empty is not stated."""
    if held := failure(relation, case):
        message = f"填报 {held.stated}，列表中有 {held.expected} 行（{relation.title}）"
        stated = figures(relation, case)
        yield mismatch(Severity.ERROR, stated, message, " 和列表，两处应一致", str(held.expected))


# --- limits and rates -----------------------------------------------------------------------------


def _within_limit(relation: Relation, case: Case) -> Iterator[Finding]:
    """More than another figure allows, as more spent than the adjusted budget: an error unless the reason stands in its cell."""
    if failure(relation, case):
        figure, limit = figures(relation, case)
        message = f"填报 {figure.show()}，大于{limit.field.head or limit.field.label} {limit.show()}"
        yield asks_for_reason([figure, limit], message, case.answers[relation.excuse])


def _rates(*codes: str) -> Subjects:
    """The relations of these codes whose rate is typed; a blank one is computed or not asked for."""
    return lambda case: [
        relation
        for code in codes
        for relation in relations(code)(case)
        if case.answers[relation.result].stated and not case.answers[relation.result].computed
    ]


REMARKS = {
    Agreement.ROUNDING: (Severity.NOTE, "，属四舍五入尾差"),
    Agreement.BLIND: (Severity.WARNING, "；金额较小，两者都可能由四舍五入得来"),
    Agreement.BROKEN: (Severity.ERROR, ""),
}
"""How grave it is that a figure is not what it is computed from, and what is said of it."""


def _rate_holds(relation: Relation, case: Case) -> Iterator[Finding]:
    """A stated rate equals the one computed from its line, rounded half up to two decimals."""
    rate, part, whole = figures(relation, case)
    held = failure(relation, case)
    if held is None or is_zero(whole):
        return  # of a rate over 0 EXE03 speaks
    severity, remark = REMARKS[held.agreement]
    formula, expected = relation.title.partition(" = ")[2], f"{held.expected}%"
    message = f"填报 {rate.show()}，按 {formula} 应为 {expected}{remark}"
    hint = f"请核对 {cells([whole, part])}，或清空 {rate.ref.coordinate} 由系统计算"
    yield finding(severity, [rate, part, whole], message, hint, found=rate.show(), expected=expected)


def _no_rate_over_zero(relation: Relation, case: Case) -> Iterator[Finding]:
    """A rate over 0 is undefined: not 0%, not 100%."""
    rate, _, whole = figures(relation, case)
    if is_zero(whole):
        message = f"填报 {rate.show()}，但{whole.field.label}为 0，{rate.field.head}没有意义"
        hint = f"请清空 {rate.ref.coordinate}，或核对 {whole.ref.coordinate}"
        yield error([rate, whole], message, hint, found=rate.show())


def is_zero(answer: Answer[Any]) -> bool:
    """Whether an amount is printed as 0."""
    return printed(answer.known) == 0


def _rate_rule(code: str, basis: str, remedy: str) -> Rule:
    make = asks(
        code, basis, remedy, subjects=_rates(code), needs=lambda relation, case: figures(relation, case)[1:]
    )
    return make(_rate_holds)


# --- reasons asked for ----------------------------------------------------------------------------


def _whole_budget(case: Case) -> Iterable[BudgetLine]:
    return [case.evaluation.budget.lines.total]


@rule(
    "EXE04",
    "执行率偏低时说明原因",
    QUALITY,
    "须说明原因的情形",
    "在「预算」执行偏差原因中说明",
    subjects=_whole_budget,
    needs=columns("outturn", "adjusted_budget"),
    threshold=lambda rulebook: f"执行率低于 {plain(rulebook.execution.low_rate)}%",
)
def low_execution_is_explained(total: BudgetLine, case: Case) -> Iterator[Finding]:
    """The whole budget's rate, as printed, lies below the rulebook's threshold: an error unless the reason stands."""
    threshold = case.rulebook.execution.low_rate
    rate = printed_rate(printed(total.outturn.known), printed(total.adjusted_budget.known))
    if rate is not None and rate < threshold:
        at = [total.execution_rate, total.outturn, total.adjusted_budget]
        message = f"预算执行率 {rate}%，低于 {plain(threshold)}%"
        yield asks_for_reason(at, message, case.evaluation.budget.notes.execution_reason)


@rule(
    "EXE07",
    "超编时说明原因",
    QUALITY,
    "P2",
    "核对在职人数和编制数；确有超编的，在「概况」超编原因中说明",
    subjects=lambda case: [case.evaluation.overview.staff.total],
    needs=columns("staff_in_post", "authorised_posts"),
    threshold=lambda rulebook: f"在职人员控制率高于 {plain(rulebook.staff.control_rate)}%",
)
def overstaffing_is_explained(total: StaffLine, case: Case) -> Iterator[Finding]:
    """More people than the authorised posts allow: an error unless the reason stands."""
    people, posts = total.staff_in_post.known, total.authorised_posts.known
    most = case.rulebook.staff.control_rate
    if people * HUNDRED > posts * most:
        message = f"年末在职 {people} 人，编制 {posts} 名，超过编制数的 {plain(most)}%"
        reason = case.evaluation.overview.structure.overstaffing_reason
        yield asks_for_reason([total.staff_in_post, total.authorised_posts], message, reason)


@rule(
    "EXE08",
    "预算调整较大时说明原因",
    QUALITY,
    "须说明原因的情形",
    "在「预算」预算调整原因中说明",
    subjects=_whole_budget,
    needs=columns("budget_adjustment", "original_budget"),
    threshold=lambda rulebook: f"年中调整超过年初预算的 {plain(rulebook.execution.large_adjustment)}%",
)
def large_adjustments_are_explained(total: BudgetLine, case: Case) -> Iterator[Finding]:
    """The budget moved further in the year than the rulebook allows: an error unless the reason stands."""
    threshold = case.rulebook.execution.large_adjustment
    moved = abs(printed(total.budget_adjustment.known))
    rate = printed_rate(moved, printed(total.original_budget.known))
    if moved if rate is None else rate > threshold:
        shown = "年初没有预算" if rate is None else f"为年初预算的 {rate}%，超过 {plain(threshold)}%"
        message = f"年中调整 {total.budget_adjustment.show()}，{shown}"
        reason = case.evaluation.budget.notes.adjustment_reason
        yield asks_for_reason([total.budget_adjustment, total.original_budget], message, reason)


# --- figures that say something of one another without determining it ----------------------------


@rule(
    "SUM13",
    "本年支出与合计执行数一致",
    ADVICE,
    "B8",
    "核对收支情况的本年支出和合计的执行数；口径不同的在文字里说明",
    subjects=lambda case: [
        [case.evaluation.budget.balance.expenditure, case.evaluation.budget.lines.total.outturn]
    ],
    needs=lambda spent_and_outturn, _: spent_and_outturn,
)
def expenditure_is_the_outturn(spent_and_outturn: list[Answer[Any]], _: Case) -> Iterator[Finding]:
    """What the balance says was spent in the year is what the table says."""
    spent, outturn = (printed(answer.known) for answer in spent_and_outturn)
    if spent != outturn:
        yield _unequal(Severity.WARNING, spent_and_outturn)


def _computed_amounts(case: Case) -> Iterator[Answer[Any]]:
    """The amounts left blank in whose place no unit may type less than 0."""
    for answer in case.answers.values():
        kind = answer.field.kind
        if answer.computed and isinstance(kind, Amount) and kind.minimum is not None:
            yield answer


@rule("SUM14", "算出的数不小于 0", ADVICE, "B8", "核对算出这个数的各项", subjects=_computed_amounts)
def computed_amounts_are_not_negative(answer: Answer[Any], case: Case) -> Iterator[Finding]:
    """An amount left blank, a carry-over or a budget, comes out below 0, which no unit may type there."""
    if printed(answer.known) < 0:
        ways = [way for relation in case.relations for way in relation.ways]
        inputs = [key for result, way in ways if case.answers[result] is answer for key in inputs_of(way)]
        sources = cells(case.answers[key] for key in inputs if case.answers[key].stated)
        message = f"留空，按其他数算出 {answer.show()}，小于 0"
        yield warning([answer], message, f"请核对 {sources}", found=answer.show(), expected="≥ 0")


def _unadjusted(case: Case) -> list[list[Answer[Any]]]:
    """Outturn and original budget of the lines whose adjusted budget is not known."""
    lines = [relation.figures for relation in relations("EXE01")(case)]
    return [
        [case.answers[outturn], case.answers[original]]
        for outturn, adjusted in lines
        if case.answers[adjusted].blank
        and (original := adjusted.replace("adjusted_budget", "original_budget")) in case.answers
    ]


@rule(
    "EXE09",
    "没有调整后预算的，执行数不超过年初预算",
    ADVICE,
    "B7",
    "补填调整后预算，或核对执行数",
    subjects=_unadjusted,
    needs=lambda line, _: line,
)
def outturn_is_within_the_original_budget(line: list[Answer[Any]], _: Case) -> Iterator[Finding]:
    """More was spent than was first approved, and no adjusted budget says why."""
    outturn, original = line
    if printed(outturn.known) > printed(original.known):
        message = f"填报 {outturn.show()}，大于年初预算 {original.show()}，没有填调整后预算"
        more, expected = "，有调整的补填调整后预算", f"{AT_MOST}{original.show()}"
        yield mismatch(Severity.WARNING, line, message, more, expected)


# --- what a district adds -------------------------------------------------------------------------


def _local_holds(relation: Relation, case: Case) -> Iterator[Finding]:
    match relation.leeway:
        case Tolerance.CENTS:
            yield from _sum_holds(relation, case)
        case Tolerance.QUOTIENT if is_zero(figures(relation, case)[-1]):
            yield from _no_rate_over_zero(relation, case)
        case Tolerance.QUOTIENT:
            yield from _rate_holds(relation, case)
        case _:
            yield from _calculated_holds(relation, case)


def _calculated_holds(relation: Relation, case: Case) -> Iterator[Finding]:
    """A figure is what a formula gives, or stays on its side of it."""
    if not (held := failure(relation, case)):
        return
    at = figures(relation, case)
    stated, expected = at[0].show(), _shown(at[0], held.expected)
    should, limit = ("应为", "") if relation.sign == "=" else (f"应当{relation.sign}", f"{relation.sign} ")
    severity, remark, hint = Severity.ERROR, "", f"请核对 {cells(at)}"
    if held.agreement is Agreement.ROUNDING:
        severity, remark, hint = Severity.NOTE, "，属四舍五入尾差", ""
    message = f"{_says(at[0])} {stated}，按 {relation.title} {should} {expected}{remark}"
    yield finding(severity, at, message, hint, found=stated, expected=f"{limit}{expected}")


def _shown(answer: Answer[Any], figure: Decimal) -> str:
    """A figure as that of ``answer`` is shown; one that a count cannot have, with its decimals."""
    kind = answer.field.kind
    return plain(figure) if isinstance(kind, Count) else kind.show(figure)


def _local_is_doubtful(relation: Relation, case: Case) -> Iterator[Finding]:
    """As :func:`_local_holds`, of a relation that need not hold everywhere."""
    for item in _local_holds(relation, case):
        yield replace(item, severity=Severity.WARNING) if item.severity is Severity.ERROR else item


def _locals(code: str) -> Threshold:
    """The relations that a rulebook adds under ``code``, in its words."""
    return lambda rulebook: "；".join(
        relation.title for relation in rulebook.local.relations if relation.code == code
    )


RULES = (
    asks("SUM01", "B1", CLEAR_TOTAL)(_sum_holds),
    asks("SUM02", "B2", CLEAR_TOTAL)(_sum_holds),
    asks("SUM03", "B3", CLEAR_TOTAL)(_sum_holds),
    asks("SUM04", "B4", CLEAR_TOTAL, needs=_result)(_sum_holds),
    asks(
        "SUM05",
        "B9",
        "核对项目清单有没有漏填、重填，或改正项目支出",
        title="项目清单之和等于项目支出",
        needs=_result,
    )(_sum_holds),
    asks(
        "SUM06",
        "B12",
        "核对两处，改正填错的一处，或清空「概况」的一格",
        title="概况所列预算、执行数与「预算」合计一致",
    )(_same_figure),
    asks("SUM07", "B12", "改成「概况」的评价年度；沿用上年的表请核对内容是否已更新", title="各表年度一致")(
        _same_figure
    ),
    asks("SUM08", "P1", CLEAR_TOTAL, needs=_result)(_sum_holds),
    asks("SUM09", "P3", "核对个数，或补齐、删减列表的行", title="填报的个数等于所列的行数")(
        _count_matches_list
    ),
    asks("SUM10", "B8", CLEAR_TOTAL)(_sum_holds),
    asks("SUM11", "B10", CLEAR_TOTAL, title="“三公”经费合计 = 各项之和", needs=_result)(_sum_holds),
    asks("SUM12", "B11", CLEAR_TOTAL)(_sum_holds),
    asks(LOCAL_ERROR, LOCAL_BASIS, "核对提到的各格", title="本地关系成立", threshold=_locals(LOCAL_ERROR))(
        _local_holds
    ),
    asks(
        LOCAL_WARNING,
        LOCAL_BASIS,
        "核对提到的各格",
        title="本地关系一般成立",
        standing=ADVICE,
        threshold=_locals(LOCAL_WARNING),
    )(_local_is_doubtful),
    expenditure_is_the_outturn,
    computed_amounts_are_not_negative,
    asks("EXE01", "B7", "核对两数；确有超支的，在「预算」执行偏差原因中说明", standing=QUALITY)(
        _within_limit
    ),
    _rate_rule("EXE02", "B6", "核对执行数和调整后预算，或清空执行率由系统计算"),
    asks(
        "EXE03",
        "B6",
        "清空比率；或补填分母",
        title="分母为 0 时没有比率",
        subjects=_rates("EXE02", "EXE05", "EXE06"),
        needs=lambda relation, case: figures(relation, case)[-1:],
    )(_no_rate_over_zero),
    low_execution_is_explained,
    _rate_rule("EXE05", "B11", "核对增减额和上年执行数，或清空由系统计算"),
    _rate_rule("EXE06", "P2", "核对在职人数和编制数，或清空控制率由系统计算"),
    overstaffing_is_explained,
    large_adjustments_are_explained,
    outturn_is_within_the_original_budget,
)
