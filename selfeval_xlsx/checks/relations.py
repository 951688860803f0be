"""SUM and EXE: do totals, repeated figures, counts and rates hold, and are budget and posts kept to?

The relations compare; here stands how it is told. (relations B1–B4, B6–B12, P1–P3 and the quality reasons)
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from selfeval_xlsx.amounts import (
    HUNDRED,
    MONEY_PLACES,
    RATE_PLACES,
    Agreement,
    Comparison,
    grouped,
    percentage,
    plain,
    rounded,
)
from selfeval_xlsx.checks.rule import (
    ADVICE,
    QUALITY,
    Case,
    Judge,
    Needs,
    Rule,
    Standing,
    Subjects,
    Threshold,
    asks_for_reason,
    cells,
    error,
    finding,
    note,
    relations,
    rule,
    warning,
)
from selfeval_xlsx.findings import AT_MOST, Finding, Severity
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.expressions import inputs_of, printed
from selfeval_xlsx.form.kinds import Amount, Count
from selfeval_xlsx.form.local import LOCAL_ERROR, LOCAL_WARNING
from selfeval_xlsx.form.relation_kinds import ColumnSum, Ratio, Relation, Sum, Tolerance
from selfeval_xlsx.form.relations import FIXED

LOCAL_BASIS = "本地口径"
"""The basis of the rules that judge what a district adds."""

CLEAR_TOTAL = "核对合计和各项，改正填错的一格，或清空合计由系统计算"

TITLES = {relation.code: relation.title for relation in FIXED}
"""The relations in words, by code."""


def figures(relation: Relation, case: Case) -> list[Answer[Any]]:
    """The answers that stand in ``relation``, the one it determines first."""
    return [case.answers[key] for key in relation.figures]


def _result(relation: Relation, case: Case) -> list[Answer[Any]]:
    return [case.answers[relation.result]]


def _rule(  # noqa: PLR0913 - a rule states all of this
    code: str,
    basis: str,
    remedy: str,
    judge: Judge,
    *,
    title: str = "",
    needs: Needs = figures,
    subjects: Subjects | None = None,
    standing: Standing = Standing.VALIDITY,
    threshold: Threshold = lambda _: "",
) -> Rule:
    """The rule that asks the relations declared under ``code``; it has their title, if no other."""
    make = rule(
        code,
        title or TITLES[code],
        standing=standing,
        basis=basis,
        remedy=remedy,
        subjects=subjects or relations(code),
        needs=needs,
        threshold=threshold,
    )
    return make(judge)


# --- sums -----------------------------------------------------------------------------------------


def _sum_holds(relation: Relation, case: Case) -> Iterator[Finding]:
    """A stated total equals its parts, but for rounding; blank parts may make up what is missing."""
    held = relation.compare(case.values, case.rulebook)
    total, *parts = figures(relation, case)
    if held is None or held.agreement is Agreement.EXACT or any(part.problem for part in parts):
        return
    stated = [total, *(part for part in parts if part.stated)]
    show = _count if relation.tolerance is Tolerance.NONE else _money
    if held.agreement is Agreement.ROUNDING:
        yield _rounding(relation, stated, held)
    elif len(stated) <= len(parts) and held.difference > 0:
        yield _incomplete([total, *parts], held, show)
    else:
        yield _broken(relation, stated, held, show)


def _incomplete(at: list[Answer[Any]], held: Comparison, show: Callable[[Decimal], str]) -> Finding:
    blank = [part for part in at[1:] if not part.stated]
    return warning(
        at,
        f"{_says(at[0])} {show(held.stated)}，已填各项之和为 {show(held.expected)}，"
        f"少 {show(held.difference)}，其余项没有填",
        f"请补填 {cells(blank)}，没有的填 0",
        found=show(held.stated),
        expected=show(held.expected),
    )


def _rounding(relation: Relation, at: list[Answer[Any]], held: Comparison) -> Finding:
    return note(
        at,
        f"{_says(at[0])} {_money(held.stated)}，按 {relation.title} 应为 {_money(held.expected)}，"
        f"相差 {_money(abs(held.difference))}，属四舍五入尾差",
        found=_money(held.stated),
        expected=_money(held.expected),
    )


def _broken(
    relation: Relation, at: list[Answer[Any]], held: Comparison, show: Callable[[Decimal], str]
) -> Finding:
    more = "多" if held.difference > 0 else "少"
    name = at[1].field.label.partition("·")[0]
    rows = f"{cells(at[:1])} 和{name} {at[1].ref.coordinate} 至 {at[-1].ref.coordinate}"
    return error(
        at,
        f"{_says(at[0])} {show(held.stated)}，按 {relation.title} 应为 {show(held.expected)}，"
        f"{more} {show(abs(held.difference))}",
        f"请核对 {rows if relation.over else cells(at)}",
        found=show(held.stated),
        expected=show(held.expected),
    )


def _says(total: Answer[Any]) -> str:
    """How a total came to be; one left blank may follow from another relation than the one that breaks."""
    return "留空，按其他数算出" if total.computed else "填报"


def _money(value: Decimal) -> str:
    return grouped(value, MONEY_PLACES)


def _count(value: Decimal) -> str:
    return str(int(value))


# --- figures stated twice, counts -----------------------------------------------------------------


def _same_figure(relation: Relation, case: Case) -> Iterator[Finding]:
    """A figure that stands in two places is the same in both."""
    stated, reference = figures(relation, case)
    held = relation.compare(case.values, case.rulebook)
    if held is not None and held.agreement is not Agreement.EXACT:
        yield error(
            [stated, reference],
            f"填报 {stated.show()}，而 {reference.ref} {reference.field.label} 是 {reference.show()}",
            f"请核对 {cells([stated, reference])}，两处应一致",
            found=stated.show(),
            expected=reference.show(),
        )


def _count_matches_list(relation: Relation, case: Case) -> Iterator[Finding]:
    """A stated count equals the number of listed rows; a list left empty is not stated."""
    [stated] = figures(relation, case)
    held = relation.compare(case.values, case.rulebook)
    if held is not None and held.agreement is not Agreement.EXACT:
        yield error(
            [stated],
            f"填报 {held.stated}，列表中有 {held.expected} 行（{relation.title}）",
            f"请核对 {cells([stated])} 和列表，两处应一致",
            found=str(held.stated),
            expected=str(held.expected),
        )


# --- limits and rates -----------------------------------------------------------------------------


def _within_budget(relation: Relation, case: Case) -> Iterator[Finding]:
    """More was spent than the adjusted budget allows: an error unless the reason stands in its cell."""
    held = relation.compare(case.values, case.rulebook)
    if held is not None and held.agreement is not Agreement.EXACT:
        outturn, adjusted = figures(relation, case)
        message = f"填报 {outturn.show()}，大于调整后预算 {adjusted.show()}"
        yield asks_for_reason([outturn, adjusted], message, case.answers[relation.excuse])


def _rates(*codes: str) -> Subjects:
    """The relations of these codes whose rate is typed; a blank one is computed or not asked for."""
    return lambda case: [
        relation
        for code in codes
        for relation in relations(code)(case)
        if case.answers[relation.result].stated and not case.answers[relation.result].computed
    ]


def _rate_holds(relation: Relation, case: Case) -> Iterator[Finding]:
    """A stated rate equals the one computed from its line, rounded half up to two decimals."""
    rate, part, whole = figures(relation, case)
    held = relation.compare(case.values, case.rulebook)
    if held is None or held.agreement is Agreement.EXACT or is_zero(whole):
        return  # of a rate over 0 EXE03 speaks
    severity, remark = {
        Agreement.ROUNDING: (Severity.NOTE, "，属四舍五入尾差"),
        Agreement.BLIND: (Severity.WARNING, "；金额较小，两者都可能由四舍五入得来"),
        Agreement.BROKEN: (Severity.ERROR, ""),
    }[held.agreement]
    formula = relation.title.partition(" = ")[2]
    yield finding(
        severity,
        [rate, part, whole],
        f"填报 {rate.show()}，按 {formula} 应为 {held.expected}%{remark}",
        f"请核对 {cells([whole, part])}，或清空 {rate.ref.coordinate} 由系统计算",
        found=rate.show(),
        expected=f"{held.expected}%",
    )


def _no_rate_over_zero(relation: Relation, case: Case) -> Iterator[Finding]:
    """A rate over 0 is undefined: not 0%, not 100%."""
    rate, _, whole = figures(relation, case)
    if is_zero(whole):
        yield error(
            [rate, whole],
            f"填报 {rate.show()}，但{whole.field.label}为 0，{rate.field.head}没有意义",
            f"请清空 {rate.ref.coordinate}，或核对 {whole.ref.coordinate}",
            found=rate.show(),
        )


def is_zero(answer: Answer[Any]) -> bool:
    """Whether an amount is printed as 0."""
    return printed(answer.known) == 0


def _rate_rule(code: str, basis: str, remedy: str) -> Rule:
    """A rule on the rates declared under ``code``."""
    return _rule(
        code, basis, remedy, _rate_holds, subjects=_rates(code), needs=lambda r, case: figures(r, case)[1:]
    )


# --- reasons asked for ----------------------------------------------------------------------------


@rule(
    "EXE04",
    "执行率偏低时说明原因",
    QUALITY,
    "须说明原因的情形",
    "在「预算」执行偏差原因中说明",
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
    rate = _rate(printed(total.outturn.known), printed(total.adjusted_budget.known))
    if rate is not None and rate < threshold:
        yield asks_for_reason(
            [total.execution_rate, total.outturn, total.adjusted_budget],
            f"预算执行率 {rate}%，低于 {plain(threshold)}%",
            case.evaluation.budget.notes.execution_reason,
        )


@rule(
    "EXE07",
    "超编时说明原因",
    QUALITY,
    "P2",
    "核对在职人数和编制数；确有超编的，在「概况」超编原因中说明",
    needs=lambda case, _: [
        case.evaluation.overview.staff.total.staff_in_post,
        case.evaluation.overview.staff.total.authorised_posts,
    ],
    threshold=lambda rulebook: f"在职人员控制率高于 {plain(rulebook.staff.control_rate)}%",
)
def overstaffing_is_explained(case: Case, _: Case) -> Iterator[Finding]:
    """More people than the authorised posts allow: an error unless the reason stands."""
    total = case.evaluation.overview.staff.total
    people, posts = Decimal(total.staff_in_post.known), Decimal(total.authorised_posts.known)
    most = case.rulebook.staff.control_rate
    if people * HUNDRED > posts * most:
        yield asks_for_reason(
            [total.staff_in_post, total.authorised_posts],
            f"年末在职 {people} 人，编制 {posts} 名，超过编制数的 {plain(most)}%",
            case.evaluation.overview.structure.overstaffing_reason,
        )


@rule(
    "EXE08",
    "预算调整较大时说明原因",
    QUALITY,
    "须说明原因的情形",
    "在「预算」预算调整原因中说明",
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
    moved = abs(printed(total.budget_adjustment.known))
    share = _rate(moved, printed(total.original_budget.known))
    if moved if share is None else share > threshold:
        shown = "年初没有预算" if share is None else f"为年初预算的 {share}%，超过 {plain(threshold)}%"
        yield asks_for_reason(
            [total.budget_adjustment, total.original_budget],
            f"年中调整 {total.budget_adjustment.show()}，{shown}",
            case.evaluation.budget.notes.adjustment_reason,
        )


def _rate(part: Decimal, whole: Decimal) -> Decimal | None:
    """The rate as it is printed, so that no message says of 90.00% that it lies below 90%; None over 0."""
    rate = percentage(part, whole)
    return None if rate is None else rounded(rate, RATE_PLACES)


# --- figures that say something of one another without determining it ----------------------------


@rule(
    "SUM13",
    "本年支出与合计执行数一致",
    ADVICE,
    "B8",
    "核对收支情况的本年支出和合计的执行数；口径不同的在文字里说明",
    needs=lambda case, _: [
        case.evaluation.budget.balance.expenditure,
        case.evaluation.budget.lines.total.outturn,
    ],
)
def expenditure_is_the_outturn(case: Case, _: Case) -> Iterator[Finding]:
    """What the balance says was spent in the year is what the table says."""
    spent, outturn = case.evaluation.budget.balance.expenditure, case.evaluation.budget.lines.total.outturn
    if printed(spent.known) != printed(outturn.known):
        yield warning(
            [spent, outturn],
            f"填报 {spent.show()}，而 {outturn.ref} {outturn.field.label} 是 {outturn.show()}",
            f"请核对 {cells([spent, outturn])}",
            found=spent.show(),
            expected=outturn.show(),
        )


@rule(
    "SUM14",
    "算出的数不小于 0",
    ADVICE,
    "B8",
    "核对算出这个数的各项",
    subjects=lambda case: [
        answer
        for answer in case.answers.values()
        if answer.computed and isinstance(answer.field.kind, Amount) and answer.field.kind.minimum is not None
    ],
)
def computed_amounts_are_not_negative(answer: Answer[Any], case: Case) -> Iterator[Finding]:
    """An amount left blank, a carry-over or a budget, comes out below 0, which no unit may type there."""
    if printed(answer.known) < 0:
        sources = [
            figure
            for relation in case.relations
            for key, way in relation.ways
            if case.answers[key] is answer
            for figure in map(case.answers.__getitem__, inputs_of(way))
            if figure.stated
        ]
        yield warning(
            [answer],
            f"留空，按其他数算出 {answer.show()}，小于 0",
            f"请核对 {cells(sources)}",
            found=answer.show(),
            expected="≥ 0",
        )


def _unadjusted(case: Case) -> list[tuple[Answer[Any], Answer[Any]]]:
    """Outturn and original budget of the lines whose adjusted budget is not known."""
    lines = [relation.figures for relation in relations("EXE01")(case)]
    return [
        (case.answers[outturn], case.answers[original])
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
def outturn_is_within_the_original_budget(
    line: tuple[Answer[Any], Answer[Any]], _: Case
) -> Iterator[Finding]:
    """More was spent than was first approved, and no adjusted budget says why."""
    outturn, original = line
    if printed(outturn.known) > printed(original.known):
        yield warning(
            [outturn, original],
            f"填报 {outturn.show()}，大于年初预算 {original.show()}，没有填调整后预算",
            f"请核对 {cells([outturn, original])}，有调整的补填调整后预算",
            found=outturn.show(),
            expected=f"{AT_MOST}{original.show()}",
        )


# --- what a district adds -------------------------------------------------------------------------


def _local_holds(relation: Relation, case: Case) -> Iterator[Finding]:
    """A relation that the rulebook adds holds."""
    match relation:
        case Sum() | ColumnSum():
            yield from _sum_holds(relation, case)
        case Ratio() if is_zero(case.answers[relation.whole]):
            yield from _no_rate_over_zero(relation, case)
        case Ratio():
            yield from _rate_holds(relation, case)
        case _:
            yield from _calculated_holds(relation, case)


def _calculated_holds(relation: Relation, case: Case) -> Iterator[Finding]:
    """A figure is what a formula gives, or stays on its side of it."""
    held = relation.compare(case.values, case.rulebook)
    if held is None or held.agreement is Agreement.EXACT:
        return
    at = figures(relation, case)
    stated, expected = at[0].show(), _shown(at[0], held.expected)
    rounding = held.agreement is Agreement.ROUNDING
    should = "应为" if relation.sign == "=" else f"应当{relation.sign}"
    yield finding(
        Severity.NOTE if rounding else Severity.ERROR,
        at,
        f"{_says(at[0])} {stated}，按 {relation.title} {should} {expected}{'，属四舍五入尾差' if rounding else ''}",
        "" if rounding else f"请核对 {cells(at)}",
        found=stated,
        expected=expected if relation.sign == "=" else f"{relation.sign} {expected}",
    )


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
    return lambda rulebook: "；".join(each.title for each in rulebook.local.relations if each.code == code)


RULES = (
    _rule("SUM01", "B1", CLEAR_TOTAL, _sum_holds),
    _rule("SUM02", "B2", CLEAR_TOTAL, _sum_holds),
    _rule("SUM03", "B3", CLEAR_TOTAL, _sum_holds),
    _rule("SUM04", "B4", CLEAR_TOTAL, _sum_holds, needs=_result),
    _rule(
        "SUM05",
        "B9",
        "核对项目清单有没有漏填、重填，或改正项目支出",
        _sum_holds,
        title="项目清单之和等于项目支出",
        needs=_result,
    ),
    _rule(
        "SUM06",
        "B12",
        "核对两处，改正填错的一处，或清空「概况」的一格",
        _same_figure,
        title="概况所列预算、执行数与「预算」合计一致",
    ),
    _rule(
        "SUM07",
        "B12",
        "改成「概况」的评价年度；沿用上年的表请核对内容是否已更新",
        _same_figure,
        title="各表年度一致",
    ),
    _rule("SUM08", "P1", CLEAR_TOTAL, _sum_holds, needs=_result),
    _rule(
        "SUM09", "P3", "核对个数，或补齐、删减列表的行", _count_matches_list, title="填报的个数等于所列的行数"
    ),
    _rule("SUM10", "B8", CLEAR_TOTAL, _sum_holds),
    _rule("SUM11", "B10", CLEAR_TOTAL, _sum_holds, title="“三公”经费合计 = 各项之和", needs=_result),
    _rule("SUM12", "B11", CLEAR_TOTAL, _sum_holds),
    _rule(
        LOCAL_ERROR,
        LOCAL_BASIS,
        "核对提到的各格",
        _local_holds,
        title="本地关系成立",
        threshold=_locals(LOCAL_ERROR),
    ),
    _rule(
        LOCAL_WARNING,
        LOCAL_BASIS,
        "核对提到的各格",
        _local_is_doubtful,
        title="本地关系一般成立",
        standing=Standing.ADVICE,
        threshold=_locals(LOCAL_WARNING),
    ),
    expenditure_is_the_outturn,
    computed_amounts_are_not_negative,
    _rule(
        "EXE01",
        "B7",
        "核对两数；确有超支的，在「预算」执行偏差原因中说明",
        _within_budget,
        standing=Standing.QUALITY,
    ),
    _rate_rule("EXE02", "B6", "核对执行数和调整后预算，或清空执行率由系统计算"),
    _rule(
        "EXE03",
        "B6",
        "清空比率；或补填分母",
        _no_rate_over_zero,
        title="分母为 0 时没有比率",
        subjects=_rates("EXE02", "EXE05", "EXE06"),
        needs=lambda relation, case: figures(relation, case)[-1:],
    ),
    low_execution_is_explained,
    _rate_rule("EXE05", "B11", "核对增减额和上年执行数，或清空由系统计算"),
    _rate_rule("EXE06", "P2", "核对在职人数和编制数，或清空控制率由系统计算"),
    overstaffing_is_explained,
    large_adjustments_are_explained,
    outturn_is_within_the_original_budget,
)
