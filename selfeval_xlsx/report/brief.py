"""The words of the shorter report: the score first, then tables only, as some provinces want it."""

from selfeval_xlsx.report import annex
from selfeval_xlsx.report.lines import (
    ACROSS,
    BODY,
    CAPTION,
    GAP,
    SECTION,
    SUBTITLE,
    TABLE,
    TITLE,
    Line,
    Outline,
    block,
)
from selfeval_xlsx.report.tables import CENTRE, LEFT, TABLES, listed

_ONE_ROW = "range(1)"

_CONCLUSION = listed(
    "自评结论",
    _ONE_ROW,
    (
        ("自评得分", "{{ goals.assessment.total_score or '—' }}", 12, CENTRE),
        ("自评等级", "{{ goals.assessment.grade or '—' }}", 12, CENTRE),
        ("调整后预算", "{{ budget.lines.total.adjusted_budget }}", 18, CENTRE),
        ("执行数", "{{ budget.lines.total.outturn }}", 18, CENTRE),
        ("预算执行率", "{{ budget.lines.total.execution_rate or '—' }}", 16, CENTRE),
        (
            "执行率得分",
            "{{ goals.assessment.execution_score or '—' }}"
            "{% if goals.assessment.execution_weight %}（满分{{ goals.assessment.execution_weight }}分）{% endif %}",
            24,
            CENTRE,
        ),
    ),
)

_REASONS = listed(
    "预算调整和执行偏差原因",
    _ONE_ROW,
    (
        ("预算调整原因", "{{ budget.notes.adjustment_reason }}", 50, LEFT),
        ("执行偏差原因", "{{ budget.notes.execution_reason }}", 50, LEFT),
    ),
)

_PLAN = listed(
    "年度绩效目标完成情况表",
    "goals.plan",
    (
        ("年度目标", "{{ row.title }}", 20, LEFT),
        ("目标内容和工作计划", "{{ row.content }}", 40, LEFT),
        ("完成情况", "{{ row.result }}", 40, LEFT),
    ),
)

_PROBLEMS = listed(
    "主要问题和改进措施表",
    "issues.problems",
    (
        ("主要问题", "{{ row.problem }}", 20, LEFT),
        ("原因分析", "{{ row.causes }}", 22, LEFT),
        (
            "改进方向和具体措施",
            "{% if row.direction %}{{ row.direction|sentence }}{% endif %}{{ row.measure }}",
            30,
            LEFT,
        ),
        ("责任科室（人）", "{{ row.responsible }}", 14, CENTRE),
        ("完成时限", "{{ row.deadline }}", 14, CENTRE),
    ),
)

_USE = listed(
    "自评结果应用和公开情况",
    _ONE_ROW,
    (
        ("自评结果应用", "{{ issues.use.application }}", 50, LEFT),
        ("公开情况", "{{ issues.use.publication }}", 50, LEFT),
    ),
)


def _table(name: str, heading: str) -> tuple[Line, ...]:
    """A table with its number and heading."""
    return ((CAPTION, f"{{{{ no(0) }}}}　{heading}"), (TABLE, name), (GAP, ""))


_LINES: tuple[Line, ...] = (
    *annex.FRONT,
    (TITLE, "部门（单位）整体支出绩效自评报告"),
    (SUBTITLE, "（{{ overview.identity.year }}年度，简表式）"),
    (BODY, "单位名称：{{ overview.identity.unit_name }}"),
    *_table("conclusion", "自评结论（金额单位：{{ facts.unit }}）"),
    *block(
        "facts.budget_rows",
        *_table("budget", "预算及执行情况表（单位：{{ facts.unit }}）")[:-1],
        annex.RATE_NOTE,
    ),
    *block(
        "budget.notes.adjustment_reason or budget.notes.execution_reason",
        *_table("reasons", "预算调整和执行偏差原因"),
    ),
    *block("budget.projects", *_table("projects", "项目支出情况表（单位：{{ facts.unit }}）")),
    *block("goals.plan", *_table("plan", "年度绩效目标完成情况表")),
    *annex.INDICATOR_TABLE,
    *block("issues.problems", *_table("problems", "主要问题和改进措施表")),
    *block(
        "issues.use.application or issues.use.publication",
        *_table("use", "自评结果应用和公开情况"),
    ),
    *annex.END,
    *block("facts.across.budget or facts.across.projects", (SECTION, ACROSS)),
)

BRIEF = Outline(
    _LINES,
    {
        "conclusion": _CONCLUSION,
        "budget": TABLES["budget"],
        "reasons": _REASONS,
        "projects": TABLES["projects"],
        "plan": _PLAN,
        "indicators": TABLES["indicators"],
        "results": TABLES["results"],
        "problems": _PROBLEMS,
        "use": _USE,
    },
)
"""Score, then tables."""
