"""汇总.xlsx: one row a unit, one row a finding, every file received, all rows of all units, ranks and charts."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from selfeval_xlsx.checks import RULES
from selfeval_xlsx.collect import sheets
from selfeval_xlsx.collect.against import Alike, Explanation, Jump
from selfeval_xlsx.collect.run import Collection, UnitResult
from selfeval_xlsx.collect.sheets import (
    AS_TYPED,
    CENTRED,
    COUNT,
    LINK,
    MARK,
    MONEY,
    RATE,
    SCORE,
    Chart,
    Column,
    Sheets,
    table,
)
from selfeval_xlsx.collect.work import LISTS
from selfeval_xlsx.describe import BASES

_DIMENSIONS = {
    "FRM": "填报表",
    "FIL": "完整性",
    "SUM": "预算数据",
    "EXE": "预算执行",
    "IND": "绩效指标",
    "NAR": "文字表述",
}
"""What a finding is about, by the first letters of its code."""


@dataclass(frozen=True)
class Insights:
    """What shows only where units are held against each other, last year and the office's totals."""

    shared: Sequence[Alike] = ()
    jumps: Sequence[Jump] = ()
    explanations: Sequence[Explanation] = ()


def workbook(collection: Collection, insights: Insights) -> bytes:
    """The summary as .xlsx."""

    def fill(book: Sheets) -> None:
        local = list(dict.fromkeys(head for each in collection.units for head in each.result.local))
        columns = [*_OVERVIEW, *(Column(head, AS_TYPED) for head in local), *_LINKS]
        overview = table((_unit_row(each, local) for each in collection.units), columns)
        book.sheet("汇总", overview, columns, "金额单位：万元。合计随筛选变化；报告、核对标注点“打开”。")
        book.sheet("问题清单", _findings(collection), _FINDINGS, "错误要退回改正；提醒、说明供审核时参考。")
        book.sheet("收件登记", _register(collection), _REGISTER, "收到的每一个文件；时间是修改或发出的时间。")
        if collection.roster:
            book.sheet("未报送", _missing(collection), _MISSING, "与名单核对；“可能是”是名单上最相近的单位。")
        departments = _departments(collection)
        if len(departments) > 1:
            book.sheet("主管部门", departments, _DEPARTMENTS, "核对通过率是所属单位的平均数。")
        for name in LISTS:
            rows = _rows(collection, name)
            if len(rows):
                columns = [Column(str(head), AS_TYPED) for head in rows.columns]
                book.sheet(name, rows, columns, "" if name == "指标" else "金额单位：万元。")
        book.sheet("质量", _quality(collection), _QUALITY, "核对通过率＝1－有问题的项数÷能核对的项数。")
        common = _common(collection)
        if len(common):
            book.sheet("常见问题", common, _COMMON, "不含说明。")
        _insights(book, collection, insights)
        if collection.units:
            book.charts(_charts(overview, common, collection))

    return sheets.workbook("部门整体支出绩效自评汇总", fill)


def _insights(book: Sheets, collection: Collection, insights: Insights) -> None:
    """The sheets of what only the collector can see, where there is any."""
    if insights.shared:
        note = "两三个单位写得一样（数字、单位名称除外）的句子，可能互相照抄。"
        book.sheet("相同文字", _alike(insights.shared), _ALIKE, note)
    foreign = [(each.unit, *row) for each in collection.units for row in each.result.foreign]
    if foreign:
        note = "指标像是别的领域的，单位其他文字里都没有提到，可能照抄了别的单位。"
        book.sheet("别的领域的指标", table(foreign, _FOREIGN), _FOREIGN, note)
    if insights.jumps:
        book.sheet("与上年比较", _jumped(insights.jumps), _JUMPS, "与上年汇总表比较，按变动的大小排列。")
    if insights.explanations:
        book.sheet("与控制数核对", _explained(insights.explanations), _CONTROL, "金额单位：万元。")


# --- tables -------------------------------------------------------------------------------------

_OVERVIEW = [
    Column("单位", widest=30),
    Column("主管部门", widest=26),
    Column("年度", CENTRED),
    Column("年初预算（万元）", MONEY, summed=True),
    Column("调整后预算（万元）", MONEY, summed=True),
    Column("执行数（万元）", MONEY, summed=True),
    Column("执行率", RATE),
    Column("自评总分", SCORE),
    Column("等级", CENTRED),
    Column("错误", COUNT, summed=True, alarm=True),
    Column("提醒", COUNT, summed=True),
    Column("说明", COUNT, summed=True),
]
"""Then come the fields that a district's rulebook adds."""
_LINKS = [Column("签批稿核验", widest=20), Column("报告", LINK), Column("核对标注", LINK)]


def _unit_row(each: UnitResult, local: Iterable[str]) -> Sequence[Any]:
    identity, figures = each.result.identity, each.result.decimals
    counts = Counter(finding["severity"] for finding in each.result.findings)
    return (
        each.unit,
        identity.get("department", ""),
        identity.get("year", ""),
        *(figures.get(name) for name in ("original_budget", "adjusted_budget", "outturn", "execution_rate")),
        figures.get("total_score"),
        identity.get("grade", ""),
        *(counts[severity] for severity in ("错误", "提醒", "说明")),
        *(each.result.local.get(head, "") for head in local),
        each.verified.verdict if each.verified else "",
        each.report,
        each.marked,
    )


_FINDINGS = [
    Column("单位", widest=24),
    Column("等级", MARK),
    Column("维度", CENTRED),
    Column("对象", widest=24),
    Column("位置", widest=18),
    Column("发现", widest=26),
    Column("事实及判定", widest=44),
    Column("可能的原因", widest=30),
    Column("建议", widest=34),
    Column("依据", widest=34),
]
_SOURCES = {rule.code: f"{BASES.get(rule.basis, rule.basis)}（核对规则 {rule.code}）" for rule in RULES}
_OF_A_FINDING = ("label", "place", "title", "message", "cause", "hint")


def _findings(collection: Collection) -> pd.DataFrame:
    return table(
        (
            (
                each.unit,
                finding["severity"],
                _DIMENSIONS.get(finding["code"][:3], ""),
                *(finding[name] for name in _OF_A_FINDING),
                _SOURCES[finding["code"]],
            )
            for each in collection.units
            for finding in each.result.findings
        ),
        _FINDINGS,
    )


_REGISTER = [
    Column("文件", widest=44),
    Column("单位", widest=26),
    Column("种类", CENTRED, widest=12),
    Column("时间", CENTRED, widest=18),
    Column("处理", MARK, widest=12),
    Column("说明", widest=52),
    Column("发件人", widest=26),
    Column("摘要", widest=18),
]


def _register(collection: Collection) -> pd.DataFrame:
    return table(
        (
            (
                each.file.place,
                each.unit,
                each.file.kind.value,
                f"{each.file.time:%Y-%m-%d %H:%M}",
                each.standing,
                each.why,
                each.file.sender,
                each.file.digest[:16],
            )
            for each in collection.register
        ),
        _REGISTER,
    )


_MISSING = [Column("情况", MARK, widest=12), *map(Column, ("单位", "主管部门", "联系人", "邮箱", "可能是"))]


def _missing(collection: Collection) -> pd.DataFrame:
    rows = [
        ("未报送", each.name, each.department, each.contact, each.email, "") for each in collection.missing
    ]
    rows += [("不在名单", unit, "", "", "", near) for unit, near in collection.strangers.items()]
    return table(rows, _MISSING)


_DEPARTMENTS = [
    Column("主管部门"),
    Column("应报单位", COUNT, summed=True),
    Column("已报单位", COUNT, summed=True),
    Column("未报单位", COUNT, summed=True, alarm=True),
    Column("需改正", COUNT, summed=True, alarm=True),
    Column("调整后预算（万元）", MONEY, summed=True),
    Column("执行数（万元）", MONEY, summed=True),
    Column("执行率", RATE),
    Column("核对通过率", RATE),
]


def _departments(collection: Collection) -> pd.DataFrame:
    """What each department's units sent, best first; a unit belongs where the roster has it, else where it says."""
    listed = {each.name: each.department for each in collection.roster}
    names = {
        each.unit: listed.get(each.unit) or each.result.identity.get("department", "")
        for each in collection.units
    }
    missing = Counter(each.department for each in collection.missing)
    rows = []
    for name in sorted({*names.values(), *missing} - {""}):
        own = [each for each in collection.units if names[each.unit] == name]
        budget, outturn = (
            sheets.total(each.result.decimals.get(key) for each in own)
            for key in ("adjusted_budget", "outturn")
        )
        passed = [share for each in own if (share := each.result.passed) is not None]
        rows.append(
            (
                name,
                len(own) + missing[name],
                len(own),
                missing[name],
                sum(not each.report for each in own),
                budget,
                outturn,
                outturn / budget if budget else None,
                sum(passed, Decimal(0)) / len(passed) if passed else None,
            )
        )
    rows.sort(key=lambda row: -(row[-1] or 0))
    return table(rows, _DEPARTMENTS)


def _rows(collection: Collection, name: str) -> pd.DataFrame:
    """All rows of one list of all units, without the columns that nobody filled."""
    rows = [
        {"单位": each.unit, **row} for each in collection.units for row in each.result.lists.get(name, ())
    ]
    every = pd.DataFrame(rows, dtype=object).fillna("")
    return every.loc[:, [bool(every[head].astype(bool).any()) for head in every.columns]]


_QUALITY = [
    Column("名次", COUNT),
    Column("单位", widest=30),
    Column("主管部门", widest=26),
    Column("核对通过率", RATE),
    Column("核对项数", COUNT),
    Column("有问题的项数", COUNT),
    Column("最多的问题", widest=60),
]


def _quality(collection: Collection) -> pd.DataFrame:
    """Each unit's share of checks passed, best first; units alike share a rank."""
    ordered = sorted(collection.units, key=lambda each: (-(each.result.passed or 0), each.unit))
    shares = [each.result.passed for each in ordered]
    return table(((shares.index(each.result.passed) + 1, *_passed(each)) for each in ordered), _QUALITY)


def _passed(each: UnitResult) -> Sequence[Any]:
    result, commonest = each.result, _told(each).most_common(1)
    words = "".join(f"{title}（{count} 处）" for (_, title), count in commonest)
    return (
        each.unit,
        result.identity.get("department", ""),
        result.passed,
        result.checked,
        result.broken,
        words,
    )


def _told(each: UnitResult) -> Counter[tuple[str, str]]:
    """The findings of a unit that are more than notes, by code and title."""
    return Counter(
        (finding["code"], finding["title"])
        for finding in each.result.findings
        if finding["severity"] != "说明"
    )


_COMMON = [
    Column("编号", CENTRED),
    Column("发现", widest=60),
    Column("处数", COUNT, summed=True),
    Column("单位数", COUNT),
    Column("占全部单位", RATE),
]


def _common(collection: Collection) -> pd.DataFrame:
    """The kinds of findings, those of most units first."""
    told = [_told(each) for each in collection.units]
    units = Counter(kind for own in told for kind in own)
    places = sum(told, Counter[tuple[str, str]]())
    kinds = sorted(units, key=lambda kind: (-units[kind], -places[kind], kind))
    share = {kind: Decimal(units[kind]) / len(told) for kind in kinds}
    return table(((*kind, places[kind], units[kind], share[kind]) for kind in kinds), _COMMON)


_ALIKE = [Column("文字", widest=80), Column("出现在", widest=60)]
_FOREIGN = [Column("单位"), Column("位置"), Column("指标", widest=50), Column("像是哪个领域的")]


def _alike(shared: Iterable[Alike]) -> pd.DataFrame:
    return table(
        ((each.sentence, "；".join(f"{unit} {cell}" for unit, cell in each.places)) for each in shared),
        _ALIKE,
    )


_JUMPS = [
    Column("单位", widest=30),
    Column("比较的数", widest=24),
    Column("上年", AS_TYPED),
    Column("本年", AS_TYPED),
    Column("变动", RATE),
    Column("说明", widest=50),
]


def _jumped(jumps: Sequence[Jump]) -> pd.DataFrame:
    ordered = sorted(
        jumps, key=lambda each: (each.share is not None, -abs(each.share or Decimal(0)), each.unit)
    )
    return table(
        (
            (
                each.unit,
                each.figure,
                *map(_figure, (each.last, each.now), 2 * (each.figure,)),
                each.share,
                each.why,
            )
            for each in ordered
        ),
        _JUMPS,
    )


def _figure(value: Decimal, head: str) -> str:
    return f"{value:.2%}" if head == "执行率" else f"{value:.2f}"


_CONTROL = [
    Column("项目"),
    Column("控制数（万元）", MONEY),
    Column("各单位之和（万元）", MONEY),
    Column("差额（万元）", MONEY),
    Column("改动这些单位即可对上", widest=70),
]


def _explained(explanations: Iterable[Explanation]) -> pd.DataFrame:
    rows = []
    for each in explanations:
        units = "；".join(
            f"{unit}（控制数 {control:,.2f}，填报 {'未填' if own is None else f'{own:,.2f}'}）"
            for unit, control, own in each.units
        )
        rows.append(
            (each.figure, each.control, each.summed, each.difference, units or "三个以内的单位解释不了")
        )
    return table(rows, _CONTROL)


# --- charts -------------------------------------------------------------------------------------

_MOST_RATES, _MOST_BUDGETS, _MOST_FINDINGS = 40, 30, 10


def _charts(overview: pd.DataFrame, common: pd.DataFrame, collection: Collection) -> Iterator[Chart]:
    """Rates from the lowest, budget against outturn from the largest, grades, the commonest findings."""
    rates = overview[["单位", "执行率"]].dropna().sort_values(["执行率", "单位"])
    of = f"最低的 {_MOST_RATES} 个单位" if len(rates) > _MOST_RATES else "由低到高"
    yield Chart(f"预算执行率（{of}）", "bar", rates.values.tolist()[:_MOST_RATES], ("执行率",), RATE)
    budgets = overview[["单位", "调整后预算（万元）", "执行数（万元）"]].dropna()
    largest = budgets.sort_values("调整后预算（万元）", ascending=False).values.tolist()[:_MOST_BUDGETS]
    of = f"，最大的 {_MOST_BUDGETS} 个单位" if len(budgets) > _MOST_BUDGETS else ""
    yield Chart(f"调整后预算和执行数（万元{of}）", "column", largest, ("调整后预算", "执行数"))
    grades = Counter(each.result.identity.get("grade") or "未评" for each in collection.units)
    yield Chart(
        "自评等级（单位数）", "pie", sorted(grades.items(), key=lambda row: (-row[1], row[0])), ("单位数",)
    )
    findings = [(f"{code} {title}", units) for code, title, _, units, _ in common.values.tolist()]
    yield Chart("最常见的问题（单位数）", "bar", findings[:_MOST_FINDINGS], ("单位数",))
