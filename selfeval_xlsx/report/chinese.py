"""Chinese names for what a template prints, so that it reads as the report: 事实.人员情况 is facts.staff_sentence.

Both names print the same; the English ones stay, as templates in use have them.
"""

from collections.abc import Mapping
from typing import Any

GROUP = "事实"
"""The group under which they stand."""

NAMES = {
    "年度": "overview.identity.year",
    "单位名称": "overview.identity.unit_name",
    "单位简称": "facts.short_name",
    "主管部门": "overview.identity.supervising_department",
    "金额单位": "facts.unit",
    "填报日期": "overview.sign_off.report_date",
    "封面": "facts.cover",
    "导语": "facts.lead_sentence",
    "部门职责": "facts.duties_sentence",
    "机构情况": "facts.organisation_sentence",
    "人员情况": "facts.staff_sentence",
    "资产情况": "facts.assets_sentence",
    "总体目标": "facts.goal_text",
    "目标和计划": "facts.plan_text",
    "决策管理": "facts.decisions_text",
    "业务管理": "facts.business_text",
    "财务管理": "facts.finance_text",
    "资产管理": "facts.assets_text",
    "人力资源管理": "facts.human_resources_text",
    "内部控制管理": "facts.internal_control_text",
    "预算情况": "facts.budget_sentence",
    "资金来源": "facts.sources_sentence",
    "支出构成": "facts.composition_sentence",
    "执行情况": "facts.execution_sentence",
    "与上年比": "facts.change_sentence",
    "收支结转": "facts.balance_sentence",
    "调整和偏差原因": "facts.reasons_text",
    "预算补充说明": "facts.supplement_text",
    "预算附件指引": "facts.attached_sentence",
    "自评得分": "facts.score_sentence",
    "指标指引": "facts.indicators_sentence",
    "履职完成情况": "facts.completion_text",
    "目标完成情况": "facts.plan_results_text",
    "履职效果情况": "facts.effects_text",
    "满意度和可持续性": "facts.satisfaction_text",
    "问题和原因": "facts.problems_text",
    "改进措施": "facts.measures_text",
    "结果应用": "facts.application_text",
    "公开情况": "facts.publication_text",
    "正文到此为止": "facts.text_end",
    "附件说明": "facts.attachment_line",
    "附件说明续行": "facts.attachment_lines",
    "落款单位": "facts.seal_line",
    "落款单位长名称": "facts.seal_line_long",
    "落款末行": "facts.last_line",
    "签字栏": "facts.sign_lines",
    "未解决的问题": "facts.open_text",
    "正文表横排": "facts.text_across",
    "预算表附件": "facts.attached.budget",
    "自评表附件": "facts.attached.sheet",
    "项目表附件": "facts.attached.projects",
    "预算表横排": "facts.across.budget",
    "自评表横排": "facts.across.sheet",
    "项目表横排": "facts.across.projects",
    "有构成": "facts.composition_stated",
    "可省列": "facts.if_filled",
    "并入上一格": "facts.above",
    "满分": "facts.sheet.full_score",
    "自评总分": "facts.sheet.total_score",
    "自评等级": "goals.assessment.grade",
    "填报人": "overview.sign_off.preparer",
    "审核人": "overview.sign_off.reviewer",
    "单位负责人": "overview.sign_off.head_of_unit",
}
"""Chinese name and path of everything that is no list of rows."""

_MONEY = {
    "original_budget": "年初预算",
    "budget_adjustment": "年中调整",
    "adjusted_budget": "调整后预算",
    "outturn": "执行数",
    "execution_rate": "执行率",
    "prior_outturn": "上年执行数",
}

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

ROWS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "预算表": ("facts.budget_table", {"label": "名称", **_MONEY}),
    "来源表": ("facts.source_table", {"label": "名称", **_MONEY}),
    "三公表": ("facts.official_rows", {"label": "名称", **_MONEY}),
    "项目表": ("facts.project_rows", _PROJECT),
    "项目来源表": ("facts.origin_rows", _ORIGIN),
    "正文项目来源表": ("facts.text_tables.origins", _ORIGIN),
    "正文预算表": ("facts.text_tables.budget", {"label": "名称", **_MONEY}),
    "正文来源表": ("facts.text_tables.sources", {"label": "名称", **_MONEY}),
    "正文三公表": ("facts.text_tables.official", {"label": "名称", **_MONEY}),
    "正文项目表": ("facts.text_tables.projects", _PROJECT),
    "正文指标表": ("facts.text_tables.indicators", _INDICATOR),
    "指标表": ("facts.indicator_rows", _INDICATOR),
    "自评表预算": ("facts.sheet.budget", {"label": "名称", **_MONEY, "weight": "分值", "score": "得分"}),
    "自评表目标": ("facts.sheet.goals", {"planned": "年初设定", "achieved": "完成情况"}),
    "目标表": ("goals.plan", {"title": "目标", "content": "内容和计划", "result": "完成情况"}),
    "原因表": ("facts.reason_rows", {"adjustment_reason": "调整原因", "execution_reason": "偏差原因"}),
    "应用表": ("facts.use_rows", {"application": "应用", "publication": "公开"}),
    "履职表": ("facts.result_rows", {"label": "名称", "value": "情况"}),
    "问题表": ("facts.problem_rows", {"problem": "问题", "causes": "原因", "measure": "措施",
                                      "responsible": "责任科室", "deadline": "完成时限"}),
}  # fmt: skip
"""Chinese name of every list of rows: its path, and the Chinese names of its columns."""


def under(context: Mapping[str, Any]) -> dict[str, Any]:
    """Everything of ``context`` that has a Chinese name."""
    return {name: at(context, path) for name, path in NAMES.items()} | {
        name: [
            {word: row[column] for column, word in columns.items() if column in row}
            for row in at(context, path)
        ]
        for name, (path, columns) in ROWS.items()
    }


def at(context: Any, path: str) -> Any:
    """What stands at ``path`` in ``context``."""
    found: Any = context
    for step in path.split("."):
        found = found[step]
    return found
