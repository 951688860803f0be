"""部门整体支出绩效自评表, an attachment of a scored report, as provincial forms have it (domain sections 1, 4).

Three tables, one below the other: unit and budget; the goals; then the indicators with their level cells
merged downwards, total and grade. They part there, so that goals and indicators have their heading on every page.
"""

from selfeval_xlsx.report.attachments import NAMES
from selfeval_xlsx.report.tables import (
    FIGURE,
    HEAD,
    INDICATOR_COLUMNS,
    LEFT,
    Cell,
    WordTable,
    heads,
    kept,
    listed,
    repeated,
)

TITLE = NAMES["sheet"]

_BY_HAND = "　　　　"
"""Room to write, where a name is signed by hand."""
_SIGNED = (
    f"填报人：{{{{ overview.sign_off.preparer or '{_BY_HAND}' }}}}　　"
    f"审核人：{{{{ overview.sign_off.reviewer or '{_BY_HAND}' }}}}　　"
    f"单位负责人：{{{{ overview.sign_off.head_of_unit or '{_BY_HAND}' }}}}　　"
    "填报日期：{{ overview.sign_off.report_date or '　　　年　月　日' }}"
)

BASICS = WordTable(
    f"{TITLE}：单位和预算执行",
    (9, 18, 14, 14, 14, 12, 9, 10),
    (
        (
            Cell("部门（单位）名称", HEAD, 2),
            Cell("{{ overview.identity.unit_name }}", LEFT, 3),
            Cell("主管部门", HEAD),
            Cell("{{ overview.identity.supervising_department }}", LEFT, 2),
        ),
        heads(
            ("预算执行情况", 1),
            ("支出类别", 1),
            ("年初预算数", 1),
            ("全年预算数", 1),
            ("全年执行数", 1),
            ("执行率", 1),
            ("分值", 1),
            ("得分", 1),
        ),
        repeated(
            "facts.sheet.budget",
            (
                Cell("{{ facts.above }}", HEAD),
                Cell("{{ row.label }}"),
                Cell("{{ row.original_budget }}", FIGURE),
                Cell("{{ row.adjusted_budget }}", FIGURE),
                Cell("{{ row.outturn }}", FIGURE),
                Cell("{{ row.execution_rate }}", FIGURE),
                Cell("{{ row.weight }}", FIGURE),
                Cell("{{ row.score }}", FIGURE),
            ),
        ),
    ),
    heads=0,
)

GOALS = listed(
    f"{TITLE}：年度总体目标",
    "facts.sheet.goals",
    (
        ("年度总体目标（年初设定）", "{{ row.planned }}", 50, LEFT),
        ("全年实际完成情况", "{{ row.achieved }}", 50, LEFT),
    ),
)

INDICATORS = listed(
    f"{TITLE}：绩效指标、总分和等级",
    "facts.indicator_rows",
    INDICATOR_COLUMNS,
    kept(
        Cell("总分", HEAD, 5),
        Cell("{{ facts.sheet.full_score }}", FIGURE),
        Cell("{{ facts.sheet.total_score }}", FIGURE),
        Cell("{% if goals.assessment.grade %}自评等级：{{ goals.assessment.grade }}{% endif %}", HEAD),
    ),
    (Cell(_SIGNED, LEFT, 8),),
)
