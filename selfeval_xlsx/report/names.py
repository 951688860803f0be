"""What a template may print besides the fields of the form: every fact, by what names, what it says, what it is made of.

A fact has a Chinese name, so that a template reads as the report: 事实.人员情况 is ``facts.staff_sentence``. Both print
the same; some facts, and the fields, have an English name only. Behind them stand the attachments that a report can have
of its own, among which a user chooses.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

GROUP = "事实"
"""The group under which the Chinese names stand."""


@dataclass(frozen=True)
class Fact:
    """A fact by its Chinese name (empty: it has none) and its meaning."""

    chinese: str
    meaning: str
    made_of: str = ""
    """The fields it is made of, as beginnings of their keys with a blank between: printing the fact prints them."""
    columns: Mapping[str, str] | None = None
    """Of a list of rows, the columns that have a Chinese name, by their English one."""


_MONEY = {
    "original_budget": "年初预算",
    "budget_adjustment": "年中调整",
    "adjusted_budget": "调整后预算",
    "outturn": "执行数",
    "execution_rate": "执行率",
    "prior_outturn": "上年执行数",
}
_AMOUNTS = {"label": "名称", **_MONEY}
_PROJECT = {"name": "名称", **_MONEY}
_ORIGIN = {"name": "名称", "origin": "项目来源", "origin_reason": "追加原因"}
_INDICATOR = {
    "group": "一级指标",
    "level2": "二级指标",
    "level3": "三级指标",
    "target": "指标值",
    "actual": "完成值",
    "weight": "分值",
    "score": "得分",
    "deviation_reason": "偏差原因",
    "scoring_standard": "评分标准",
}

# fmt: off
FACTS = {
    "short_name": Fact("单位简称", "单位简称；没有填的为全称", "overview.identity.short_name overview.identity.unit_name"),
    "unit": Fact("金额单位", "金额单位：万元 或 元", "overview.identity.money_unit"),
    "cover": Fact("封面", "要不要封面（口径 printing.cover）"),
    "lead_sentence": Fact("导语", "句子：按什么要求、怎样组织自评；两项都没有填的为空",
        "overview.identity.basis_document overview.identity.organisation_method"),
    "duties_sentence": Fact("部门职责", "句子：部门职责，①②③连写", "overview.duties overview.identity.short_name"),
    "organisation_sentence": Fact(
        "机构情况",
        "句子：内设机构和下属单位",
        "overview.organisations overview.structure.office_count overview.structure.sub_unit_count",
    ),
    "staff_sentence": Fact(
        "人员情况",
        "句子：编制、在职人员、控制率和超编原因",
        "overview.staff overview.structure.retired_staff overview.structure.contract_staff"
        " overview.structure.control_rate overview.structure.overstaffing_reason",
    ),
    "assets_sentence": Fact("资产情况", "句子：年末固定资产", "overview.structure.fixed_assets"),
    "goal_text": Fact("总体目标", "各段：履职总体目标、工作任务", "overview.goal"),
    "plan_text": Fact("目标和计划", "各段：年度绩效目标和工作计划，1. 2. 编号", "goals.plan.title goals.plan.content"),
    "decisions_text": Fact("决策管理", "各段：决策管理", "overview.management.decisions"),
    "business_text": Fact("业务管理", "各段：业务管理，（1）（2）编号", "overview.business"),
    "finance_text": Fact("财务管理", "各段：财务管理", "overview.management.finance"),
    "assets_text": Fact("资产管理", "各段：资产管理", "overview.management.assets"),
    "human_resources_text": Fact("人力资源管理", "各段：人力资源管理", "overview.management.human_resources"),
    "internal_control_text": Fact("内部控制管理", "各段：内部控制管理", "overview.management.internal_control"),
    "budget_sentence": Fact("预算情况", "句子：年初预算、年中调整和调整后预算", "budget.lines.total"),
    "sources_sentence": Fact("资金来源", "句子：调整后预算的资金来源", "budget.sources"),
    "composition_sentence": Fact("支出构成", "句子：调整后预算中的基本支出和项目支出", "budget.lines"),
    "execution_sentence": Fact("执行情况", "句子：截至12月31日的执行数、执行率，结余或未执行数", "budget.lines.total"),
    "change_sentence": Fact("与上年比", "句子：执行数与上年比",
        "budget.lines.total.prior_outturn budget.notes.outturn_change"),
    "balance_sentence": Fact("收支结转", "句子：收支结转情况", "budget.balance"),
    "reasons_text": Fact("调整和偏差原因", "各段：预算调整和执行偏差的主要原因",
        "budget.notes.adjustment_reason budget.notes.execution_reason"),
    "supplement_text": Fact("预算补充说明", "各段：预算情况补充说明", "budget.notes.supplement"),
    "attached_sentence": Fact("预算附件指引", "句子：预算执行情况见哪个附件"),
    "score_sentence": Fact("自评得分", "句子：自评总分、等级和预算执行率指标得分", "goals.assessment"),
    "indicators_sentence": Fact("指标指引", "句子：各项指标的完成情况见哪个附件，或见下表"),
    "completion_text": Fact("履职完成情况", "各段：履职完成情况", "goals.results.completion"),
    "plan_results_text": Fact("目标完成情况", "各段：各项目标的完成情况，（1）（2）编号", "goals.plan.title goals.plan.result"),
    "effects_text": Fact("履职效果情况", "各段：履职效果情况", "goals.results.effects"),
    "satisfaction_text": Fact("满意度和可持续性", "各段：社会满意度及可持续性影响", "goals.results.satisfaction"),
    "problems_text": Fact("问题和原因", "各段：主要问题和原因，1. 2. 编号", "issues.problems.problem issues.problems.causes"),
    "measures_text": Fact("改进措施", "各段：改进方向和具体措施，1. 2. 编号",
        "issues.problems.direction issues.problems.measure issues.problems.responsible issues.problems.deadline"),
    "application_text": Fact("结果应用", "各段：结果应用", "issues.use.application"),
    "publication_text": Fact("公开情况", "各段：公开情况", "issues.use.publication"),
    "text_end": Fact("正文到此为止", "单独成段，放在正文之后：后面的附件说明、落款不算标题下的内容"),
    "attachment_line": Fact("附件说明", "附件说明的第一行：附件：1.名称", "issues.attachments"),
    "attachment_lines": Fact("附件说明续行", "附件说明的其余各行"),
    "seal_line": Fact("落款单位", "落款的单位名称（盖章），在成文日期正上方居中；名称太长或没有填日期的为空", "overview.identity.unit_name"),
    "seal_line_long": Fact("落款单位长名称", "落款的单位名称（盖章），名称太长的靠右"),
    "last_line": Fact("落款末行", "落款的最后一行：成文日期；没有填的为单位名称（盖章）", "overview.sign_off.report_date"),
    "sign_lines": Fact("签字栏", "各段：主管部门，单位负责人、填报人等（签字）",
        "overview.sign_off overview.identity.supervising_department"),
    "open_text": Fact("未解决的问题", "各段：草稿中尚未解决的问题，（1）（2）编号"),
    "text_across": Fact("正文表横排", "正文里的表是否横排"),
    "attached.budget": Fact("预算表附件", "预算执行情况表的标识，如 附件1；没有这份附件的为空"),
    "attached.sheet": Fact("自评表附件", "部门整体支出绩效自评表的标识；没有这份附件的为空"),
    "attached.projects": Fact("项目表附件", "项目支出明细表的标识；没有这份附件的为空"),
    "across.budget": Fact("预算表横排", "预算执行情况表是否横排"),
    "across.sheet": Fact("自评表横排", "自评表是否横排"),
    "across.projects": Fact("项目表横排", "项目支出明细表是否横排"),
    "composition_stated": Fact("有构成", "是否填了人员经费和项目支出的调整后预算"),
    "if_filled": Fact("可省列", "放在表头的一格里，下面一格也没有填的列就不出现"),
    "above": Fact("并入上一格", "单独放在表格的一格里，这一格就并入上一格"),
    "sheet.full_score": Fact("满分", "满分"),
    "sheet.total_score": Fact("自评总分", "自评总分"),
    "budget_table": Fact("预算表", "预算及执行情况表的行，没有填的格为“—”；只有合计一行的不成表，为空", "budget.lines", _AMOUNTS),
    "source_table": Fact("来源表", "资金来源情况表的行，没有填的格为“—”；只有一个来源的不成表，为空", "budget.sources", _AMOUNTS),
    "official_rows": Fact("三公表", "“三公”经费表的行，没有填的格为“—”，全空的行除外", "budget.official", _AMOUNTS),
    "project_rows": Fact("项目表", "项目清单，没有填的格为“—”，末行为合计", "budget.projects", _PROJECT),
    "origin_rows": Fact("项目来源表", "项目来源和追加原因，没有填的除外",
        "budget.projects.origin budget.projects.origin_reason", _ORIGIN),
    "text_tables.origins": Fact("正文项目来源表", "正文里的项目来源表，放在附件里的为空",
        "budget.projects.origin budget.projects.origin_reason", _ORIGIN),
    "text_tables.budget": Fact("正文预算表", "正文里的预算及执行情况表，放在附件里的为空", "budget.lines", _AMOUNTS),
    "text_tables.sources": Fact("正文来源表", "正文里的资金来源情况表，放在附件里的为空", "budget.sources", _AMOUNTS),
    "text_tables.official": Fact("正文三公表", "正文里的“三公”经费情况表，放在附件里的为空", "budget.official", _AMOUNTS),
    "text_tables.projects": Fact("正文项目表", "正文里的项目支出情况表，放在附件里的为空", "budget.projects", _PROJECT),
    "text_tables.indicators": Fact("正文指标表", "正文里的绩效指标表，放在附件里的为空", "goals.indicators", _INDICATOR),
    "indicator_rows": Fact("指标表", "绩效指标的行：与上一行相同的级别并格，分值和得分的小数位数一致，单位不重复", "goals.indicators", _INDICATOR),
    "sheet.budget": Fact("自评表预算", "自评表的预算执行部分", "", {**_AMOUNTS, "weight": "分值", "score": "得分"}),
    "sheet.goals": Fact("自评表目标", "自评表的年度总体目标部分", "", {"planned": "年初设定", "achieved": "完成情况"}),
    "reason_rows": Fact("原因表", "预算调整原因和执行偏差原因（一行两格）；都没有填的为空",
        "budget.notes.adjustment_reason budget.notes.execution_reason",
        {"adjustment_reason": "调整原因", "execution_reason": "偏差原因"}),
    "use_rows": Fact("应用表", "结果应用和公开情况（一行两格）；都没有填的为空",
        "issues.use", {"application": "应用", "publication": "公开"}),
    "result_rows": Fact("履职表", "履职完成情况、履职效果情况、社会满意度及可持续性影响，没有填的除外",
        "goals.results", {"label": "名称", "value": "情况"}),
    "problem_rows": Fact("问题表", "问题、原因、措施（连同改进方向）、责任科室和完成时限", "issues.problems",
        {"problem": "问题", "causes": "原因", "measure": "措施", "responsible": "责任科室", "deadline": "完成时限"}),
    "offices": Fact("", "内设机构名称的列表", "overview.organisations"),
    "office_count": Fact("", "内设机构数；没有填的为所列个数", "overview.structure.office_count"),
    "sub_units": Fact("", "下属单位名称的列表", "overview.organisations"),
    "sub_unit_count": Fact("", "下属单位数；没有填的为所列个数", "overview.structure.sub_unit_count"),
    "posts": Fact("", "各类编制（label、value），没有填和为 0 的除外", "overview.staff"),
    "people": Fact("", "各类在职人数（label、value），没有填和为 0 的除外", "overview.staff"),
    "sources": Fact("", "各项资金来源的调整后预算（label、value），没有填和为 0 的除外", "budget.sources"),
    "balance": Fact("", "收支平衡各项（label、value），没有填的除外", "budget.balance"),
    "adjustment": Fact("", "年中调整（word 为调增或调减、value 为绝对值）；没有调整时为空", "budget.lines.total.budget_adjustment"),
    "unspent": Fact("", "结余或未执行数 = 调整后预算 − 执行数（大于 0 时）"),
    "unspent_word": Fact("", "结余：收支平衡里的年末结转结余就是这个数；否则为未执行"),
    "overspent": Fact("", "超支 = 执行数 − 调整后预算（大于 0 时）"),
    "change": Fact("", "执行数与上年比（word 为增加或减少、value、rate、prior）；没有上年数时为空",
        "budget.lines.total.prior_outturn budget.notes.outturn_change"),
    "budget_rows": Fact("", "各类支出的预算和执行（label 和六列），全空的行除外", "budget.lines"),
    "source_rows": Fact("", "各项资金来源（label 和四列），全空的行除外", "budget.sources"),
    "project_total": Fact("", "项目清单各列的合计；不足两个项目时为空", "budget.projects"),
    "text_tables": Fact("", "正文里的表：放在附件里的为空"),
    "attachments": Fact("", "附件名称的列表：报告自带的附件和填报的附件，依次编号", "issues.attachments"),
    "attached": Fact("", "报告自带的各附件的标识"),
    "across": Fact("", "各附件是否横排：原因、指标名称或金额太长的横排"),
    "sheet": Fact("", "部门整体支出绩效自评表", "goals.plan goals.assessment budget.lines"),
    "sign_off": Fact("", "填报人、审核人等（label、value），没有填的除外；电话和邮箱不印在公开的报告里", "overview.sign_off"),
    "structure_stated": Fact("", "是否填了组织架构、人员或资产"),
    "results_stated": Fact("", "是否填了完成情况、效果、满意度、指标、得分或等级"),
    "problems": Fact("", "写明了的问题（problem、causes）", "issues.problems"),
    "measures": Fact("", "每个问题的改进方向和具体措施、由谁负责、何时前完成，各为一段话", "issues.problems"),
}
# fmt: on
"""Every fact by its English name below ``facts``."""

_FIELDS: dict[str, tuple[str, Mapping[str, str] | None]] = {
    "年度": ("overview.identity.year", None),
    "单位名称": ("overview.identity.unit_name", None),
    "主管部门": ("overview.identity.supervising_department", None),
    "填报日期": ("overview.sign_off.report_date", None),
    "自评等级": ("goals.assessment.grade", None),
    "填报人": ("overview.sign_off.preparer", None),
    "审核人": ("overview.sign_off.reviewer", None),
    "单位负责人": ("overview.sign_off.head_of_unit", None),
    "目标表": ("goals.plan", {"title": "目标", "content": "内容和计划", "result": "完成情况"}),
}
"""Fields that have a Chinese name, too."""

CHINESE: dict[str, tuple[str, Mapping[str, str] | None]] = {
    **_FIELDS,
    **{fact.chinese: (f"facts.{name}", fact.columns) for name, fact in FACTS.items() if fact.chinese},
}
"""Everything that has a Chinese name: its path and, of a list of rows, the Chinese names of its columns."""


def in_chinese(context: Mapping[str, Any]) -> dict[str, Any]:
    """Everything of ``context`` that has a Chinese name, by it."""
    return {name: _columns(at(context, path), columns) for name, (path, columns) in CHINESE.items()}


def _columns(value: Any, columns: Mapping[str, str] | None) -> Any:
    if columns is None:
        return value
    return [{word: row[column] for column, word in columns.items() if column in row} for row in value]


def at(context: Any, path: str) -> Any:
    """What stands at ``path`` in ``context``."""
    found: Any = context
    for step in path.split("."):
        found = found[step]
    return found


# --- attachments ----------------------------------------------------------------------------------

ATTACHMENTS = {"budget": "预算执行情况表", "sheet": "部门整体支出绩效自评表", "projects": "项目支出明细表"}
"""Each with its title, in the order they are appended; users choose them by number from 1."""

ALL = tuple(ATTACHMENTS)

GUIDE = "，".join(f"{number} {name}" for number, name in enumerate(ATTACHMENTS.values(), start=1))
"""The numbers with what they stand for, for help and messages."""

_SEPARATORS = str.maketrans("，、；;", ",,,,")


def chosen(words: str) -> tuple[str, ...]:
    """The keys of :data:`ATTACHMENTS` that ``words`` names: ``1,3``, or ``none`` (无) for none.

    Raises:
        ValueError: something else stands there.

    """
    if words.strip() in {"none", "无"}:
        return ()
    numbers = {str(number): key for number, key in enumerate(ATTACHMENTS, start=1)}
    picked = [word.strip() for word in words.translate(_SEPARATORS).split(",")]
    if unknown := [word for word in picked if word not in numbers]:
        raise ValueError(unknown[0])
    return tuple(key for number, key in numbers.items() if number in picked)
