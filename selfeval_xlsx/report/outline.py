"""The words of the shipped report: the official outline with its prose patterns, as Word paragraphs.

What a block needs is asked before its heading, so that no heading stands empty.
"""

from selfeval_xlsx.report import annex, sheet
from selfeval_xlsx.report.lines import (
    BODY,
    H1,
    H2,
    H3,
    SUBTITLE,
    TAG,
    TITLE,
    Line,
    Outline,
    block,
    prose,
    text,
)
from selfeval_xlsx.report.tables import TABLES

_TITLE: tuple[Line, ...] = (
    (TITLE, "部门（单位）整体支出预算绩效自评报告"),
    (SUBTITLE, "（{{ overview.identity.year }}年度）"),
)

_DUTIES = block(
    "overview.duties",
    (H3, "{{ no(3) }}部门职责"),
    (
        BODY,
        "{{ facts.short_name }}主要承担以下职责：{% for duty in overview.duties %}{{ loop.index|circled }}"
        "{{ duty.content|clause }}{% if loop.last %}。{% else %}；{% endif %}{% endfor %}",
    ),
)

_STRUCTURE = (
    (H3, "{{ no(3) }}组织架构、人员及资产情况"),
    *block(
        "facts.office_count or facts.sub_unit_count or overview.staff.total.authorised_posts or facts.posts"
        " or overview.staff.total.staff_in_post or facts.people or overview.structure.fixed_assets"
        " or overview.structure.control_rate or overview.structure.overstaffing_reason",
        (
            BODY,
            "{% if facts.office_count %}{{ facts.short_name }}设内设机构{{ facts.office_count }}个"
            "{% if facts.offices %}，包括{{ facts.offices|join('、') }}{% endif %}。{% endif %}"
            "{% if facts.sub_unit_count and facts.sub_unit_count != '0' %}下属单位{{ facts.sub_unit_count }}个"
            "{% if facts.sub_units %}，{% if facts.sub_unit_count == '1' %}为{% else %}包括{% endif %}"
            "{{ facts.sub_units|join('、') }}{% endif %}。{% endif %}"
            "{% if overview.staff.total.authorised_posts %}核定编制{{ overview.staff.total.authorised_posts }}名"
            "{% if facts.posts %}，其中{% for each in facts.posts %}{{ each.label }}编制{{ each.value }}名"
            "{% if not loop.last %}、{% endif %}{% endfor %}{% endif %}。"
            "{% elif facts.posts %}核定{% for each in facts.posts %}{{ each.label }}编制{{ each.value }}名"
            "{% if not loop.last %}、{% endif %}{% endfor %}。{% endif %}"
            "{% if overview.staff.total.staff_in_post %}{{ overview.identity.year }}年末在职人员"
            "{{ overview.staff.total.staff_in_post }}人{% if facts.people|length > 1 %}，其中"
            "{% for each in facts.people %}{{ each.label }}{{ each.value }}人{% if not loop.last %}、{% endif %}"
            "{% endfor %}{% endif %}。{% elif facts.people %}{{ overview.identity.year }}年末在职{% for each in facts.people %}"
            "{{ each.label }}人员{{ each.value }}人{% if not loop.last %}、{% endif %}{% endfor %}。{% endif %}"
            "{% if overview.structure.control_rate %}在职人员控制率{{ overview.structure.control_rate }}"
            "{% if overview.structure.overstaffing_reason %}，超编原因：{{ overview.structure.overstaffing_reason|clause }}"
            "{% endif %}。{% elif overview.structure.overstaffing_reason %}超编原因："
            "{{ overview.structure.overstaffing_reason|sentence }}{% endif %}"
            "{% if overview.structure.fixed_assets %}年末固定资产{{ overview.structure.fixed_assets }}"
            "{{ facts.unit }}。{% endif %}",
        ),
    ),
    (
        BODY,
        "{{ overview.identity.year }}年度部门整体支出调整后预算为{{ budget.lines.total.adjusted_budget }}"
        "{{ facts.unit }}。{% if facts.sources %}按资金来源分，{% for each in facts.sources %}{{ each.label }}"
        "{{ each.value }}{{ facts.unit }}{% if not loop.last %}，{% endif %}{% endfor %}。{% endif %}"
        "{% if budget.lines.basic.adjusted_budget and budget.lines.project.adjusted_budget %}按支出性质分，"
        "基本支出{{ budget.lines.basic.adjusted_budget }}{{ facts.unit }}"
        "{% if budget.lines.personnel.adjusted_budget and budget.lines.operating.adjusted_budget %}"
        "（人员经费{{ budget.lines.personnel.adjusted_budget }}{{ facts.unit }}、"
        "公用经费{{ budget.lines.operating.adjusted_budget }}{{ facts.unit }}）{% endif %}，"
        "项目支出{{ budget.lines.project.adjusted_budget }}{{ facts.unit }}。{% endif %}",
    ),
)

_PLAN = block(
    "goals.plan",
    (H2, "{{ no(2) }}年度绩效目标和工作计划"),
    (TAG, "{%p for item in goals.plan %}"),
    (BODY, "{{ no(3) }}{{ item.title|sentence }}{% if item.content %}{{ item.content|sentence }}{% endif %}"),
    (TAG, "{%p endfor %}"),
)

_BUSINESS = block(
    "overview.business",
    (H3, "{{ no(3) }}业务管理"),
    (TAG, "{%p for part in overview.business %}"),
    (BODY, "{{ no(4) }}{{ part.title|sentence }}{% if part.content %}{{ part.content|sentence }}{% endif %}"),
    (TAG, "{%p endfor %}"),
)

_MANAGEMENT = block(
    "overview.management.decisions or overview.business or overview.management.finance"
    " or overview.management.assets or overview.management.human_resources or overview.management.internal_control",
    (H2, "{{ no(2) }}绩效管理开展情况"),
    *text("overview.management.decisions", "决策管理", H3),
    *_BUSINESS,
    *text("overview.management.finance", "财务管理", H3),
    *text("overview.management.assets", "资产管理", H3),
    *text("overview.management.human_resources", "人力资源管理", H3),
    *text("overview.management.internal_control", "内部控制管理", H3),
)

_EXECUTION: tuple[Line, ...] = (
    (H2, "{{ no(2) }}预算及执行情况"),
    (
        BODY,
        "{{ overview.identity.year }}年度{% if budget.lines.total.original_budget %}年初预算"
        "{{ budget.lines.total.original_budget }}{{ facts.unit }}，{% endif %}"
        "{% if facts.adjustment %}年中{{ facts.adjustment.word }}{{ facts.adjustment.value }}{{ facts.unit }}，{% endif %}"
        "调整后预算{{ budget.lines.total.adjusted_budget }}{{ facts.unit }}，"
        "执行数{{ budget.lines.total.outturn }}{{ facts.unit }}"
        "{% if budget.lines.total.execution_rate %}，预算执行率{{ budget.lines.total.execution_rate }}{% endif %}"
        "{% if facts.unspent %}，结余{{ facts.unspent }}{{ facts.unit }}{% endif %}"
        "{% if facts.overspent %}，超出调整后预算{{ facts.overspent }}{{ facts.unit }}{% endif %}。"
        "{% if facts.change %}{% if facts.change.word == '持平' %}执行数与上年持平。{% else %}"
        "执行数与上年的{{ facts.change.prior }}{{ facts.unit }}相比，{{ facts.change.word }}{{ facts.change.value }}"
        "{{ facts.unit }}{% if facts.change.rate %}，{% if facts.change.word == '增加' %}增长{% else %}下降{% endif %}"
        "{{ facts.change.rate }}{% endif %}。"
        "{% endif %}{% endif %}",
    ),
    *block(
        "facts.balance",
        (
            BODY,
            "收支结转情况：{% for each in facts.balance %}{{ each.label }}{{ each.value }}{{ facts.unit }}"
            "{% if not loop.last %}，{% endif %}{% endfor %}。",
        ),
    ),
    *block(
        "budget.notes.adjustment_reason",
        (BODY, "预算调整的主要原因：{{ budget.notes.adjustment_reason|sentence }}"),
    ),
    *block(
        "budget.notes.execution_reason",
        (BODY, "预算执行偏差的主要原因：{{ budget.notes.execution_reason|sentence }}"),
    ),
    *annex.turned(
        "not facts.attached.budget and facts.across.budget and (facts.budget_rows|length > 1"
        " or facts.source_rows|length > 1 or facts.official_rows)"
        " or not facts.attached.projects and facts.across.projects and budget.projects",
        *block("not facts.attached.budget", *annex.BUDGET_TABLES),
        *block("not facts.attached.projects", *annex.PROJECT_TABLE),
    ),
    *block(
        "facts.attached.budget or facts.attached.projects",
        (
            BODY,
            "{% if facts.attached.budget %}预算及执行的具体情况见{{ facts.attached.budget }}"
            "{% if facts.attached.projects %}，{% endif %}{% endif %}"
            "{% if facts.attached.projects %}各项目支出情况见{{ facts.attached.projects }}{% endif %}。",
        ),
    ),
)

_COMPLETION = block(
    "goals.results.completion or goals.plan|selectattr('result')|list",
    (H2, "{{ no(2) }}履职完成情况"),
    *prose("goals.results.completion"),
    *block(
        "goals.plan|selectattr('result')|list",
        (BODY, "对照年度绩效目标，各项工作完成情况如下："),
        (TAG, "{%p for item in goals.plan if item.result %}"),
        (BODY, "（{{ loop.index }}）{{ item.title|sentence }}{{ item.result|sentence }}"),
        (TAG, "{%p endfor %}"),
    ),
)

_SCORES = block(
    "goals.indicators or goals.assessment.total_score or goals.assessment.grade",
    (
        H2,
        "{{ no(2) }}{% if goals.indicators %}绩效指标完成{% if goals.assessment.total_score or goals.assessment.grade %}及"
        "{% endif %}{% endif %}{% if goals.assessment.total_score or goals.assessment.grade %}自评得分{% endif %}情况",
    ),
    *block(
        "goals.assessment.total_score or goals.assessment.grade",
        (
            BODY,
            "经自评，{% if goals.assessment.total_score %}{{ facts.short_name }}整体支出绩效自评得分"
            "{{ goals.assessment.total_score }}分{% if goals.assessment.execution_weight and"
            " goals.assessment.execution_score %}（其中预算执行率指标满分{{ goals.assessment.execution_weight }}分，"
            "得{{ goals.assessment.execution_score }}分）{% endif %}{% if goals.assessment.grade %}，{% endif %}{% endif %}"
            "{% if goals.assessment.grade %}自评等级为“{{ goals.assessment.grade }}”{% endif %}。"
            "{% if facts.attached.sheet %}各项指标的完成和得分情况见{{ facts.attached.sheet }}。{% endif %}",
        ),
    ),
    *block("not facts.attached.sheet", *annex.INDICATOR_TABLE),
)

_STATED_PROBLEMS = "issues.problems|selectattr('problem')|list"
_STATED_MEASURES = (
    "issues.problems|selectattr('direction')|list or issues.problems|selectattr('measure')|list"
)

_PROBLEMS = block(
    f"{_STATED_PROBLEMS} or {_STATED_MEASURES}",
    (H1, "{{ no(1) }}主要问题及改进措施"),
    *block(
        _STATED_PROBLEMS,
        (H2, "{{ no(2) }}主要问题及原因分析"),
        (TAG, "{%p for item in issues.problems if item.problem %}"),
        (
            BODY,
            "{{ no(3) }}{{ item.problem|sentence }}{% if item.causes %}主要原因：{{ item.causes|sentence }}{% endif %}",
        ),
        (TAG, "{%p endfor %}"),
    ),
    *block(
        _STATED_MEASURES,
        (H2, "{{ no(2) }}改进的方向和具体措施"),
        (TAG, "{%p for item in issues.problems if item.direction or item.measure %}"),
        (
            BODY,
            "{{ no(3) }}{% if item.direction %}{{ item.direction|sentence }}{% endif %}"
            "{% if item.measure %}具体措施：{{ item.measure|sentence }}{% endif %}"
            "{% if item.responsible %}责任科室（人）：{{ item.responsible|clause }}"
            "{% if item.deadline %}；{% else %}。{% endif %}{% endif %}"
            "{% if item.deadline %}完成时限：{{ item.deadline|sentence }}{% endif %}",
        ),
        (TAG, "{%p endfor %}"),
    ),
)

BODY_LINES: tuple[Line, ...] = (
    *annex.FRONT,
    *_TITLE,
    (H1, "{{ no(1) }}部门（单位）基本情况"),
    (H2, "{{ no(2) }}部门（单位）概况"),
    *_DUTIES,
    *_STRUCTURE,
    *text("overview.goal.overall_goal", "履职总体目标、工作任务"),
    *_PLAN,
    *_MANAGEMENT,
    *_EXECUTION,
    *block(
        "goals.results.completion or goals.plan|selectattr('result')|list or goals.results.effects"
        " or goals.results.satisfaction or goals.indicators or goals.assessment.total_score or goals.assessment.grade",
        (H1, "{{ no(1) }}部门（单位）整体支出绩效实现情况"),
        *_COMPLETION,
        *text("goals.results.effects", "履职效果情况"),
        *text("goals.results.satisfaction", "社会满意度及可持续性影响"),
        *_SCORES,
    ),
    *_PROBLEMS,
    *block(
        "issues.use.application or issues.use.publication",
        (H1, "{{ no(1) }}绩效自评结果拟应用和公开情况"),
        *prose("issues.use.application"),
        *prose("issues.use.publication"),
    ),
    *annex.END,
    *annex.ATTACHMENTS,
)

FULL = Outline(
    BODY_LINES,
    {**TABLES, "basics": sheet.BASICS, "goals": sheet.GOALS, "sheet": sheet.INDICATORS},
    {"composition": annex.COMPOSITION},
)
"""The official report in full."""

NOT_USED = {
    "overview.organisations.type": "用来把机构分列为内设机构和下属单位（facts.offices、facts.sub_units）",
    "overview.structure.adjusted_budget": "只用于和「预算」核对，报告用「预算」的合计",
    "overview.structure.outturn": "只用于和「预算」核对，报告用「预算」的合计",
    "budget.notes.year": "只用于核对年度，报告用「概况」的评价年度",
    "budget.notes.outturn_change": "只用于核对，报告用执行数和上年执行数之差（facts.change）",
    "budget.notes.outturn_change_rate": "只用于核对，报告用执行数和上年执行数之差（facts.change）",
    "budget.notes.project_count": "只用于核对项目清单的行数",
    "goals.assessment.year": "只用于核对年度，报告用「概况」的评价年度",
    "goals.assessment.task_count": "只用于核对年度目标的行数",
}
"""Fields the shipped report does not print, with the reason."""
