"""汇总.xlsx: one row a unit, one row a finding, every file received, all rows of all units, ranks and charts."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from operator import attrgetter, itemgetter, methodcaller
from typing import Any

from selfeval_xlsx.checks import RULES
from selfeval_xlsx.collect import sheets
from selfeval_xlsx.collect.against import Alike, Explanation, Jump, Unit
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
    Table,
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
    charts = list(_charts(collection)) if collection.units else ()
    return sheets.workbook("部门整体支出绩效自评汇总", _tables(collection, insights), charts)


def _tables(collection: Collection, insights: Insights) -> Iterator[Table]:
    """The sheets, in their order; those that not every collection has only where there is something to show."""
    yield _overview(collection)
    yield _findings(collection)
    yield _register(collection)
    if collection.roster:
        yield _missing(collection)
    departments = _departments(collection)
    if len(departments.subjects) > 1:
        yield departments
    yield from _filled(_rows(collection, name) for name in LISTS)
    yield _quality(collection)
    yield from _filled([_common(collection), *_insights(collection, insights)])


def _filled(tables: Iterable[Table]) -> Iterator[Table]:
    return (table for table in tables if table.subjects)


# --- tables -------------------------------------------------------------------------------------


def _identity(name: str) -> Callable[[UnitResult], str]:
    return lambda unit: unit.result.identity.get(name, "")


def _figure(name: str) -> Callable[[UnitResult], Decimal | None]:
    return lambda unit: unit.result.decimals.get(name)


def _count(severity: str) -> Callable[[UnitResult], int]:
    return lambda unit: sum(finding["severity"] == severity for finding in unit.result.findings)


def _local(head: str) -> Callable[[UnitResult], str]:
    return lambda unit: unit.result.local.get(head, "")


_NAME, _DEPARTMENT = attrgetter("name"), _identity("department")
_OVERVIEW = [
    Column("单位", _NAME, widest=30),
    Column("主管部门", _DEPARTMENT, widest=26),
    Column("年度", _identity("year"), CENTRED),
    Column("年初预算（万元）", _figure("original_budget"), MONEY, summed=True),
    Column("调整后预算（万元）", _figure("adjusted_budget"), MONEY, summed=True),
    Column("执行数（万元）", _figure("outturn"), MONEY, summed=True),
    Column("执行率", _figure("execution_rate"), RATE),
    Column("自评总分", _figure("total_score"), SCORE),
    Column("等级", _identity("grade"), CENTRED),
    Column("错误", _count("错误"), COUNT, summed=True, alarm=True),
    Column("提醒", _count("提醒"), COUNT, summed=True),
    Column("说明", _count("说明"), COUNT, summed=True),
]
"""Then come the fields that a district's rulebook adds."""
_LINKS = [
    Column("签批稿核验", lambda unit: unit.verified.verdict if unit.verified else "", widest=20),
    Column("报告", attrgetter("report"), LINK),
    Column("核对标注", attrgetter("marked"), LINK),
]


def _overview(collection: Collection) -> Table:
    local = dict.fromkeys(head for unit in collection.units for head in unit.result.local)
    added = [Column(head, _local(head), AS_TYPED) for head in local]
    note = "金额单位：万元。合计随筛选变化；报告、核对标注点“打开”。"
    return Table("汇总", [*_OVERVIEW, *added, *_LINKS], collection.units, note)


_SOURCES = {rule.code: f"{BASES.get(rule.basis, rule.basis)}（核对规则 {rule.code}）" for rule in RULES}
_FINDINGS = [
    Column("单位", itemgetter("unit"), widest=24),
    Column("等级", itemgetter("severity"), MARK),
    Column("维度", lambda finding: _DIMENSIONS.get(finding["code"][:3], ""), CENTRED),
    Column("对象", itemgetter("label"), widest=24),
    Column("位置", itemgetter("place"), widest=18),
    Column("发现", itemgetter("title"), widest=26),
    Column("事实及判定", itemgetter("message"), widest=44),
    Column("可能的原因", itemgetter("cause"), widest=30),
    Column("建议", itemgetter("hint"), widest=34),
    Column("依据", lambda finding: _SOURCES[finding["code"]], widest=34),
]


def _findings(collection: Collection) -> Table:
    findings = [
        {"unit": unit.name, **finding} for unit in collection.units for finding in unit.result.findings
    ]
    return Table("问题清单", _FINDINGS, findings, "错误要退回改正；提醒、说明供审核时参考。")


_REGISTER = [
    Column("文件", attrgetter("file.place"), widest=44),
    Column("单位", attrgetter("unit"), widest=26),
    Column("种类", attrgetter("file.kind.value"), CENTRED, widest=12),
    Column("时间", lambda entry: f"{entry.file.time:%Y-%m-%d %H:%M}", CENTRED, widest=18),
    Column("处理", attrgetter("standing"), MARK, widest=12),
    Column("说明", attrgetter("why"), widest=52),
    Column("发件人", attrgetter("file.sender"), widest=26),
    Column("摘要", lambda entry: entry.file.digest[:16], widest=18),
]


def _register(collection: Collection) -> Table:
    note = "收到的每一个文件；时间是修改或发出的时间。"
    return Table("收件登记", _REGISTER, collection.register, note)


_MISSING = [
    Column("情况", itemgetter(0), MARK, widest=12),
    Column("单位", lambda row: row[1].name),
    Column("主管部门", lambda row: row[1].department),
    Column("联系人", lambda row: row[1].contact),
    Column("邮箱", lambda row: row[1].email),
    Column("可能是", itemgetter(2)),
]


def _missing(collection: Collection) -> Table:
    rows = [("未报送", unit, "") for unit in collection.missing]
    rows += [("不在名单", Unit(name), near) for name, near in collection.strangers.items()]
    return Table("未报送", _MISSING, rows, "与名单核对；“可能是”是名单上最相近的单位。")


@dataclass(frozen=True)
class _Department:
    name: str
    own: Sequence[UnitResult]
    missing: int

    def total(self, figure: str) -> Decimal:
        """The sum of a figure of its units."""
        return sheets.total(unit.result.decimals.get(figure) for unit in self.own)

    @property
    def rate(self) -> Decimal | None:
        """The share of their budgets that was spent."""
        budget = self.total("adjusted_budget")
        return self.total("outturn") / budget if budget else None

    @property
    def passed(self) -> Decimal | None:
        """The mean share of checks passed."""
        shares = [unit.result.passed for unit in self.own if unit.result.passed is not None]
        return sum(shares, Decimal(0)) / len(shares) if shares else None


_DEPARTMENTS = [
    Column("主管部门", _NAME),
    Column("应报单位", lambda one: len(one.own) + one.missing, COUNT, summed=True),
    Column("已报单位", lambda one: len(one.own), COUNT, summed=True),
    Column("未报单位", attrgetter("missing"), COUNT, summed=True, alarm=True),
    Column("需改正", lambda one: sum(not unit.report for unit in one.own), COUNT, summed=True, alarm=True),
    Column("调整后预算（万元）", methodcaller("total", "adjusted_budget"), MONEY, summed=True),
    Column("执行数（万元）", methodcaller("total", "outturn"), MONEY, summed=True),
    Column("执行率", attrgetter("rate"), RATE),
    Column("核对通过率", attrgetter("passed"), RATE),
]


def _departments(collection: Collection) -> Table:
    """What each department's units sent, best first; a unit belongs where the roster has it, else where it says."""
    listed = {unit.name: unit.department for unit in collection.roster}
    own = defaultdict[str, list[UnitResult]](list)
    for unit in collection.units:
        own[listed.get(unit.name) or _DEPARTMENT(unit)].append(unit)
    missing = Counter(unit.department for unit in collection.missing)
    departments = [_Department(name, own[name], missing[name]) for name in sorted({*own, *missing} - {""})]
    departments.sort(key=lambda department: -(department.passed or 0))
    return Table("主管部门", _DEPARTMENTS, departments, "核对通过率是所属单位的平均数。")


def _rows(collection: Collection, name: str) -> Table:
    """All rows of one list of all units, without the columns that nobody filled."""
    rows: list[Mapping[str, str]] = [
        {"单位": unit.name, **row} for unit in collection.units for row in unit.result.lists.get(name, ())
    ]
    filled = (head for head in dict.fromkeys(chain(*rows)) if any(row.get(head) for row in rows))
    columns = [Column(head, methodcaller("get", head, ""), AS_TYPED) for head in filled]
    return Table(name, columns, rows, "" if name == "指标" else "金额单位：万元。")


_QUALITY = [
    Column("名次", itemgetter(0), COUNT),
    Column("单位", lambda row: row[1].name, widest=30),
    Column("主管部门", lambda row: _DEPARTMENT(row[1]), widest=26),
    Column("核对通过率", lambda row: row[1].result.passed, RATE),
    Column("核对项数", lambda row: row[1].result.checked, COUNT),
    Column("有问题的项数", lambda row: row[1].result.broken, COUNT),
    Column("最多的问题", lambda row: _commonest(row[1]), widest=60),
]


def _quality(collection: Collection) -> Table:
    """Each unit's share of checks passed, best first; units alike share a rank."""
    ordered = sorted(collection.units, key=lambda unit: (-(unit.result.passed or 0), unit.name))
    shares = [unit.result.passed for unit in ordered]
    rows = [(shares.index(unit.result.passed) + 1, unit) for unit in ordered]
    return Table("质量", _QUALITY, rows, "核对通过率＝1－有问题的项数÷能核对的项数。")


def _commonest(unit: UnitResult) -> str:
    return "".join(f"{title}（{count} 处）" for (_, title), count in _grave(unit).most_common(1))


def _grave(unit: UnitResult) -> Counter[tuple[str, str]]:
    """The findings of a unit that are more than notes, by code and title."""
    findings = unit.result.findings
    return Counter((one["code"], one["title"]) for one in findings if one["severity"] != "说明")


_COMMON = [
    Column("编号", itemgetter(0), CENTRED),
    Column("发现", itemgetter(1), widest=60),
    Column("处数", itemgetter(2), COUNT, summed=True),
    Column("单位数", itemgetter(3), COUNT),
    Column("占全部单位", itemgetter(4), RATE),
]


def _common(collection: Collection) -> Table:
    """The kinds of findings, those of most units first."""
    grave = [_grave(unit) for unit in collection.units]
    units = Counter(kind for own in grave for kind in own)
    places = sum(grave, Counter[tuple[str, str]]())
    kinds = sorted(units, key=lambda kind: (-units[kind], -places[kind], kind))
    rows = [(*kind, places[kind], units[kind], Decimal(units[kind]) / len(grave)) for kind in kinds]
    return Table("常见问题", _COMMON, rows, "不含说明。")


def _of_jump(jump: Jump, value: Decimal) -> str:
    return f"{value:.2%}" if jump.figure == "执行率" else f"{value:.2f}"


def _units_of(explanation: Explanation) -> str:
    units = (
        f"{unit}（控制数 {control:,.2f}，填报 {'未填' if own is None else f'{own:,.2f}'}）"
        for unit, control, own in explanation.units
    )
    return "；".join(units) or "三个以内的单位解释不了"


_ALIKE = [
    Column("文字", attrgetter("sentence"), widest=80),
    Column("出现在", lambda one: "；".join(f"{unit} {cell}" for unit, cell in one.places), widest=60),
]
_FOREIGN = [
    Column("单位", itemgetter(0)),
    Column("位置", itemgetter(1)),
    Column("指标", itemgetter(2), widest=50),
    Column("像是哪个领域的", itemgetter(3)),
]
_JUMPS = [
    Column("单位", attrgetter("unit"), widest=30),
    Column("比较的数", attrgetter("figure"), widest=24),
    Column("上年", lambda jump: _of_jump(jump, jump.last), AS_TYPED),
    Column("本年", lambda jump: _of_jump(jump, jump.now), AS_TYPED),
    Column("变动", attrgetter("share"), RATE),
    Column("说明", attrgetter("why"), widest=50),
]
_CONTROL = [
    Column("项目", attrgetter("figure")),
    Column("控制数（万元）", attrgetter("control"), MONEY),
    Column("各单位之和（万元）", attrgetter("summed"), MONEY),
    Column("差额（万元）", attrgetter("difference"), MONEY),
    Column("改动这些单位即可对上", _units_of, widest=70),
]


def _insights(collection: Collection, insights: Insights) -> Iterator[Table]:
    note = "两三个单位写得一样（数字、单位名称除外）的句子，可能互相照抄。"
    yield Table("相同文字", _ALIKE, insights.shared, note)
    foreign = [(unit.name, *row) for unit in collection.units for row in unit.result.foreign]
    note = "指标像是别的领域的，单位其他文字里都没有提到，可能照抄了别的单位。"
    yield Table("别的领域的指标", _FOREIGN, foreign, note)
    jumps = sorted(
        insights.jumps, key=lambda jump: (jump.share is not None, -abs(jump.share or Decimal(0)), jump.unit)
    )
    yield Table("与上年比较", _JUMPS, jumps, "与上年汇总表比较，按变动的大小排列。")
    yield Table("与控制数核对", _CONTROL, insights.explanations, "金额单位：万元。")


# --- charts -------------------------------------------------------------------------------------

_MOST_RATES, _MOST_BUDGETS, _MOST_FINDINGS = 40, 30, 10


def _charts(collection: Collection) -> Iterator[Chart]:
    """Rates from the lowest, budget against outturn from the largest, grades, the commonest findings."""
    rates = sorted(_stated(collection, "execution_rate"), key=lambda row: (row[1], row[0]))
    of = f"最低的 {_MOST_RATES} 个单位" if len(rates) > _MOST_RATES else "由低到高"
    yield Chart(f"预算执行率（{of}）", "bar", rates[:_MOST_RATES], ("执行率",), RATE)
    budgets = sorted(_stated(collection, "adjusted_budget", "outturn"), key=itemgetter(1), reverse=True)
    of = f"，最大的 {_MOST_BUDGETS} 个单位" if len(budgets) > _MOST_BUDGETS else ""
    heads = ("调整后预算", "执行数")
    yield Chart(f"调整后预算和执行数（万元{of}）", "column", budgets[:_MOST_BUDGETS], heads)
    grades = Counter(unit.result.identity.get("grade") or "未评" for unit in collection.units)
    ordered = sorted(grades.items(), key=lambda row: (-row[1], row[0]))
    yield Chart("自评等级（单位数）", "pie", ordered, ("单位数",))
    findings = [(f"{code} {title}", units) for code, title, _, units, _ in _common(collection).subjects]
    yield Chart("最常见的问题（单位数）", "bar", findings[:_MOST_FINDINGS], ("单位数",))


def _stated(collection: Collection, *figures: str) -> list[Sequence[Any]]:
    rows = ((unit.name, *map(unit.result.decimals.get, figures)) for unit in collection.units)
    return [row for row in rows if None not in row]
