"""SUM: do the totals, repeated figures and counts hold? (relations B1–B4, B9, B12, P1, P3)"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

from selfeval_xlsx.amounts import MONEY_PLACES, Agreement, Comparison, compare_sum, grouped
from selfeval_xlsx.checks.rule import Case, Needs, Rule, Standing, cells, finding, relations, rule
from selfeval_xlsx.findings import Finding, Severity
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.relations import (
    ColumnSum,
    RowCount,
    Same,
    Sum,
    column_answers,
    is_filled,
    rows_of,
)


def _all_parts(relation: Sum, case: Case) -> Iterable[Answer[Any]]:
    return [case.answers[key] for key in (relation.total, *relation.parts, *relation.minus)]


def _total_only(relation: Sum, case: Case) -> Iterable[Answer[Any]]:
    return [case.answers[relation.total]]


def _sum_rule(code: str, title: str, basis: str, needs: Needs = _all_parts) -> Rule:
    """A rule that holds the sums declared under ``code``."""
    make = rule(
        code,
        title,
        standing=Standing.VALIDITY,
        basis=basis,
        remedy="核对合计和各项，改正填错的一格，或清空合计由系统计算",
        subjects=relations(code),
        needs=needs,
    )
    return make(_judge_sum)


def _judge_sum(relation: Sum, case: Case) -> Iterator[Finding]:
    total = case.answers[relation.total]
    parts = [case.answers[key] for key, _ in relation.terms]
    stated = [part for part in parts if part.stated]
    addends = [
        Decimal(case.answers[key].known) * sign for key, sign in relation.terms if case.answers[key].stated
    ]
    if not stated or any(part.problem for part in parts):
        return
    places = 0 if relation.counted else MONEY_PLACES
    comparison = compare_sum(Decimal(total.known), addends, places)
    show = _count if relation.counted else _money
    if comparison.agreement is Agreement.EXACT:
        return
    if comparison.agreement is Agreement.ROUNDING and not relation.counted:
        yield _rounding(relation.code, relation.title, [total, *stated], comparison)
    elif len(stated) < len(parts) and comparison.difference > 0:
        yield _incomplete(relation, total, parts, comparison, show)
    else:
        yield _broken(relation.code, relation.title, [total, *stated], comparison, show)


def _incomplete(
    relation: Sum,
    total: Answer[Any],
    parts: list[Answer[Any]],
    comparison: Comparison,
    show: Callable[[Decimal], str],
) -> Finding:
    blank = [part for part in parts if not part.stated]
    return finding(
        relation.code,
        Severity.WARNING,
        [total, *parts],
        f"{_says(total)} {show(comparison.stated)}，已填各项之和为 {show(comparison.expected)}，"
        f"少 {show(comparison.difference)}，其余项没有填",
        f"请补填 {cells(blank)}，没有的填 0",
        found=show(comparison.stated),
        expected=show(comparison.expected),
    )


def _rounding(code: str, title: str, at: list[Answer[Any]], comparison: Comparison) -> Finding:
    return finding(
        code,
        Severity.NOTE,
        at,
        f"{_says(at[0])} {_money(comparison.stated)}，按 {title} 应为 {_money(comparison.expected)}，"
        f"相差 {_money(abs(comparison.difference))}，属四舍五入尾差",
        found=_money(comparison.stated),
        expected=_money(comparison.expected),
    )


def _broken(
    code: str, title: str, at: list[Answer[Any]], comparison: Comparison, show: Callable[[Decimal], str]
) -> Finding:
    more = "多" if comparison.difference > 0 else "少"
    return finding(
        code,
        Severity.ERROR,
        at,
        f"{_says(at[0])} {show(comparison.stated)}，按 {title} 应为 {show(comparison.expected)}，"
        f"{more} {show(abs(comparison.difference))}",
        f"请核对 {cells(at)}",
        found=show(comparison.stated),
        expected=show(comparison.expected),
    )


def _says(total: Answer[Any]) -> str:
    """How a total came to be; one left blank may follow from another relation than the one that breaks."""
    return "留空，按其他数算出" if total.computed else "填报"


def _money(value: Decimal) -> str:
    return grouped(value, MONEY_PLACES)


def _count(value: Decimal) -> str:
    return str(int(value))


@rule(
    "SUM05",
    "项目清单之和等于项目支出",
    standing=Standing.VALIDITY,
    basis="B9",
    remedy="核对项目清单有没有漏填、重填，或改正项目支出",
    subjects=relations("SUM05"),
    needs=lambda relation, case: [case.answers[relation.total]],
)
def projects_add_up(relation: ColumnSum, case: Case) -> Iterator[Finding]:
    """The listed projects add up to 项目支出; a row without an amount has its own finding."""
    rows = column_answers(case.evaluation, relation.column)
    total = case.answers[relation.total]
    if not rows or not all(row.stated for row in rows):
        return
    comparison = compare_sum(total.known, [row.known for row in rows], MONEY_PLACES)
    if comparison.agreement is Agreement.ROUNDING:
        yield _rounding("SUM05", relation.title, [total, *rows], comparison)
    elif comparison.agreement is Agreement.BROKEN:
        broken = _broken("SUM05", relation.title, [total, *rows], comparison, _money)
        hint = f"请核对 {cells([total])} 和项目清单 {rows[0].ref.coordinate} 至 {rows[-1].ref.coordinate}"
        yield dataclasses.replace(broken, hint=hint)


def _same_rule(code: str, title: str, remedy: str) -> Rule:
    """A rule that holds figures stated twice, declared under ``code``."""
    make = rule(
        code,
        title,
        standing=Standing.VALIDITY,
        basis="B12",
        remedy=remedy,
        subjects=relations(code),
        needs=lambda relation, case: [case.answers[relation.stated], case.answers[relation.reference]],
    )
    return make(_judge_same)


def _judge_same(relation: Same, case: Case) -> Iterator[Finding]:
    stated, reference = case.answers[relation.stated], case.answers[relation.reference]
    if stated.show() != reference.show():
        yield finding(
            relation.code,
            Severity.ERROR,
            [stated, reference],
            f"填报 {stated.show()}，而 {reference.ref} {reference.field.label} 是 {reference.show()}",
            f"请核对 {cells([stated, reference])}，两处应一致",
            found=stated.show(),
            expected=reference.show(),
        )


@rule(
    "SUM09",
    "填报的个数等于所列的行数",
    standing=Standing.VALIDITY,
    basis="P3",
    remedy="核对个数，或补齐、删减列表的行",
    subjects=relations("SUM09"),
    needs=lambda relation, case: [case.answers[relation.stated]],
)
def counts_match_lists(relation: RowCount, case: Case) -> Iterator[Finding]:
    """A stated count equals the number of listed rows; a list left empty is not stated."""
    stated = case.answers[relation.stated]
    listed = [row for row in rows_of(case.evaluation, relation.table) if is_filled(row)]
    rows = [
        row for row in listed if not relation.column or getattr(row, relation.column).value == relation.value
    ]
    if listed and stated.value != len(rows):
        yield finding(
            "SUM09",
            Severity.ERROR,
            [stated],
            f"填报 {stated.value}，列表中有 {len(rows)} 行（{relation.title}）",
            f"请核对 {cells([stated])} 和列表，两处应一致",
            found=str(stated.value),
            expected=str(len(rows)),
        )


RULES = (
    _sum_rule("SUM01", "基本支出 = 人员经费 + 公用经费", "B1"),
    _sum_rule("SUM02", "合计 = 基本支出 + 项目支出", "B2"),
    _sum_rule("SUM03", "调整后预算 = 年初预算 + 年中调整", "B3"),
    _sum_rule("SUM04", "各项资金来源之和 = 合计", "B4", _total_only),
    projects_add_up,
    _same_rule(
        "SUM06", "概况所列预算、执行数与「预算」合计一致", "核对两处，改正填错的一处，或清空「概况」的一格"
    ),
    _same_rule("SUM07", "各表年度一致", "改成「概况」的评价年度；沿用上年的表请核对内容是否已更新"),
    _sum_rule("SUM08", "人数合计 = 行政 + 事业 + 其他", "P1", _total_only),
    counts_match_lists,
    _sum_rule("SUM10", "年末结转结余 = 本年收入 + 年初结转结余 − 本年支出", "B8"),
    _sum_rule("SUM11", "“三公”经费合计 = 各项之和", "B10", _total_only),
    _sum_rule("SUM12", "执行数比上年增减 = 执行数 − 上年执行数", "B11"),
)
