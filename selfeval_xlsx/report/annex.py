"""What stands around the text of a report: the front page of a draft, list of attachments, signature, attachments.

The tables of an attachment stand in the text where the attachment is not wanted: the same lines serve both.
"""

from selfeval_xlsx.report.attachments import NAMES
from selfeval_xlsx.report.drawing import WordChart
from selfeval_xlsx.report.lines import (
    ACROSS,
    ATTACHED,
    ATTACHED_TITLE,
    BLANK,
    BODY,
    CAPTION,
    CHART,
    CHART_NAME,
    CONTACT,
    GAP,
    LIST_HEAD,
    LIST_MORE,
    NOTE,
    SECTION,
    SIGN,
    SIGN_LAST,
    SIGN_LONG,
    SUBJECT,
    TABLE,
    TAG,
    TAIL,
    UNIT,
    UPRIGHT,
    Line,
    block,
)


def _captioned(name: str, heading: str) -> tuple[Line, ...]:
    return ((CAPTION, f"{{{{ no(0) }}}}　{heading}（单位：{{{{ facts.unit }}}}）"), (TABLE, name), (GAP, ""))


_WHOLE_BUDGET = block("facts.budget_rows|length > 1", *_captioned("budget", "预算及执行情况表"))

_SOURCES_AND_OFFICIAL = (
    *block("facts.source_rows|length > 1", *_captioned("sources", "资金来源情况表")),
    *block("facts.official_rows", *_captioned("official", "“三公”经费情况表")),
)

BUDGET_TABLES: tuple[Line, ...] = (*_WHOLE_BUDGET, *_SOURCES_AND_OFFICIAL)

COMPOSITION = WordChart(
    "条形图：各类支出的调整后预算和执行数，数字见预算及执行情况表",
    ("人员经费", "公用经费", "基本支出", "项目支出", "合计"),
    ("调整后预算", "执行数"),
)

_CHART = block(
    "budget.lines.project.adjusted_budget and"
    " (budget.lines.basic.adjusted_budget or budget.lines.personnel.adjusted_budget)",
    (CHART, "composition"),
    (CHART_NAME, "图1　预算构成及执行情况（单位：{{ facts.unit }}）"),
)

PROJECT_TABLE = block("budget.projects", *_captioned("projects", "项目支出情况表"))

INDICATOR_TABLE = block(
    "facts.indicator_rows",
    (CAPTION, "{{ no(0) }}　绩效指标完成情况表"),
    (TAG, "{%p if facts.indicator_rows|selectattr('weight')|list %}"),
    (TABLE, "indicators"),
    (TAG, "{%p else %}"),
    (TABLE, "results"),
    (TAG, "{%p endif %}"),
    (GAP, ""),
)

# --- draft --------------------------------------------------------------------------------------

FRONT: tuple[Line, ...] = block(
    "draft",
    (ATTACHED_TITLE, "草稿附页：尚未解决的问题"),
    (TAG, "{%p if open_items %}"),
    (BODY, "下列问题解决后，请重新生成正式报告，本页随之取消。"),
    (TAG, "{%p for item in open_items %}"),
    (BODY, "（{{ loop.index }}）{{ item }}"),
    (TAG, "{%p endfor %}"),
    (TAG, "{%p else %}"),
    (BODY, "没有尚未解决的问题，可以生成正式报告。"),
    (TAG, "{%p endif %}"),
    (SECTION, UPRIGHT),
)
"""A first page of its own, before a report that is a draft."""

# --- list and signature -------------------------------------------------------------------------

_NUMBERED = "{% if loop.length > 1 %}{{ loop.index }}.{% endif %}{{ name }}"

_LIST = block(
    "facts.attachments",
    (BLANK, ""),
    (TAG, "{%p for name in facts.attachments %}"),
    (TAG, "{%p if loop.first %}"),
    (LIST_HEAD, f"附件：{_NUMBERED}"),
    (TAG, "{%p else %}"),
    (LIST_MORE, _NUMBERED),
    (TAG, "{%p endif %}"),
    (TAG, "{%p endfor %}"),
)

_LONGEST_CENTRED = 15
"""Characters of a name that fit one line centred over the date."""

_SIGNATURE: tuple[Line, ...] = (
    (BLANK, ""),
    (BLANK, ""),
    (TAG, "{%p if overview.sign_off.report_date %}"),
    (TAG, f"{{%p if overview.identity.unit_name|length > {_LONGEST_CENTRED} %}}"),
    (SIGN_LONG, "{{ overview.identity.unit_name }}"),
    (TAG, "{%p else %}"),
    (SIGN, "{{ overview.identity.unit_name }}"),
    (TAG, "{%p endif %}"),
    (SIGN_LAST, "{{ overview.sign_off.report_date }}"),
    (TAG, "{%p else %}"),
    (SIGN_LAST, "{{ overview.identity.unit_name }}"),
    (TAG, "{%p endif %}"),
)

_CONTACTS = block(
    "facts.sign_off or overview.identity.supervising_department",
    (BLANK, ""),
    *block(
        "overview.identity.supervising_department",
        (CONTACT, "主管部门：{{ overview.identity.supervising_department }}"),
    ),
    (TAG, "{%p for pair in facts.sign_off|batch(2) %}"),
    (
        CONTACT,
        "{% for each in pair %}{{ each.label }}：{{ each.value }}{% if not loop.last %}\t{% endif %}{% endfor %}",
    ),
    (TAG, "{%p endfor %}"),
)

END: tuple[Line, ...] = (*_LIST, *_SIGNATURE, *_CONTACTS)

# --- attachments --------------------------------------------------------------------------------


def turned(condition: str, *lines: Line) -> tuple[Line, ...]:
    """``lines``, where ``condition`` holds on pages of their own turned sideways."""
    return (*block(condition, (SECTION, UPRIGHT)), *lines, *block(condition, (SECTION, ACROSS)))


def _attachment(key: str, *lines: Line) -> tuple[Line, ...]:
    """``lines`` on pages of their own, turned where they are too wide."""
    head: tuple[Line, ...] = (
        (ATTACHED, f"{{{{ facts.attached.{key} }}}}"),
        (ATTACHED_TITLE, NAMES[key]),
        (SUBJECT, "（{{ overview.identity.year }}年度）"),
    )
    return block(f"facts.attached.{key}", *turned(f"facts.across.{key}", *head, *lines))


_RATE = "执行率＝执行数÷调整后预算×100%"
RATE_NOTE: Line = (NOTE, f"注：{_RATE}。")
_UNIT = "金额单位：{{ facts.unit }}"

ATTACHMENTS: tuple[Line, ...] = (
    *_attachment("budget", *_WHOLE_BUDGET, *_CHART, *_SOURCES_AND_OFFICIAL, RATE_NOTE),
    *_attachment(
        "sheet",
        (UNIT, _UNIT),
        (TABLE, "basics"),
        (GAP, ""),
        *block("facts.sheet.goals", (TABLE, "goals"), (GAP, "")),
        (TABLE, "sheet"),
        (TAIL, ""),
    ),
    *_attachment("projects", (UNIT, f"{_RATE}　　{_UNIT}"), (TABLE, "projects"), (TAIL, "")),
)
