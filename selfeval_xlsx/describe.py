"""Prints the form and the rules as documentation: the guide, the rule list, the sheet 填表说明."""

from collections.abc import Iterator, Mapping

from selfeval_xlsx.checks import RULES, Rule, Standing
from selfeval_xlsx.form.declare import Field
from selfeval_xlsx.form.form import EDITION, PLAN
from selfeval_xlsx.form.places import Table
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.report.context import FACTS
from selfeval_xlsx.workbook.live import RuleRow

_EFFECTS = {
    Standing.VALIDITY: "错误，不能生成报告",
    Standing.QUALITY: "没有说明原因的，错误",
    Standing.ADVICE: "提醒或说明，不影响",
}

FAMILIES = {
    "FRM": "填报表本身",
    "FIL": "填写是否完整、能够识别",
    "SUM": "合计、重复的数和个数",
    "EXE": "执行率、增减幅度和编制",
    "IND": "指标、得分和等级",
    "NAR": "文字里的数和说法",
}
"""Families of rules by the first letters of their codes, in the order of the page."""


def rule_rows() -> tuple[RuleRow, ...]:
    """Every check as the guide sheet lists it."""
    return tuple(RuleRow(rule.code, rule.title, _EFFECTS[rule.standing], rule.remedy) for rule in RULES)


def rule_lines(rulebook: Rulebook) -> Iterator[str]:
    """Every check on one line, with the rulebook's settings in force."""
    for rule in RULES:
        threshold = rule.threshold(rulebook)
        limits = f"　{threshold}" if threshold else ""
        yield f"{rule.code}  {rule.title}（{rule.standing.value}；{rule.basis}）{limits}"


def rules_data(rulebook: Rulebook) -> list[dict[str, str]]:
    """Every check as JSON holds it."""
    return [
        {
            "code": rule.code,
            "title": rule.title,
            "standing": rule.standing.value,
            "basis": rule.basis,
            "threshold": rule.threshold(rulebook),
            "remedy": rule.remedy,
        }
        for rule in RULES
    ]


def rules_page(examples: Mapping[str, str]) -> str:
    """docs/核对规则.md; ``examples`` gives a finding of each rule by its code."""
    lines = [
        "# 核对规则",
        "",
        "本页由程序生成（`python3 docs/generate.py`），与程序里的规则一致；例子是核对坏样本（`sample_workbooks/bad/cases.toml`）得到的。",
        "",
        "- **必须成立**：不成立即为错误，改正前不能生成正式报告。",
        "- **不成立须说明原因**：在指定的格里说明了原因的，只作说明；没有说明的是错误。",
        "- **提醒**：不影响生成报告。",
        "",
        "比较分两步：先按两位小数精确计算；不相等时，再看差额能否由四舍五入解释（n 项相加允许 (n+1)×0.005），",
        "能解释的记为“尾差”说明，不能的是错误。所需的数没有填时，这条规则不作核对，并在结果里列出。",
        "",
        "界限写的是默认值，可用口径文件修改；`selfeval rules --rules 口径.toml` 显示现行值。",
        "`selfeval rules --prove 填报表.xlsx` 在副本里逐处种入错误，看这些规则能发现多少。",
    ]
    for family, title in FAMILIES.items():
        own = [rule for rule in RULES if rule.code.startswith(family)]
        if own:
            lines += ["", f"## {family} {title}"]
            for rule in own:
                lines += ["", *_rule_section(rule, examples[rule.code])]
    return "\n".join([*lines, ""])


def _rule_section(rule: Rule, example: str) -> Iterator[str]:
    yield f"### {rule.code} {rule.title}"
    yield ""
    yield f"- 类别：{rule.standing.value}。依据：{rule.basis}。"
    threshold = rule.threshold(Rulebook())
    if threshold:
        yield f"- 界限：{threshold}。"
    yield f"- 怎么办：{rule.remedy}。"
    yield f"- 例：{example}"


def guide_page() -> str:
    """docs/字段说明.md: every cell of the workbook."""
    lines = [
        "# 填报表字段说明",
        "",
        f"填报表版本 {EDITION}。本页由程序生成（`python3 docs/generate.py`），与填报表一致。",
    ]
    for page in PLAN.sheets:
        lines += ["", f"## {page.name}", "", page.guidance]
        for block in page.blocks:
            note = f"（{block.note}）" if block.note else ""
            lines += ["", f"### {block.label}", ""]
            if isinstance(block, Table):
                lines += [f"列表，{block.capacity} 行，可插入行。{note}", ""]
                fields = [slot.field for slot in block.columns]
            else:
                lines += [note, ""] if note else []
                fields = [slot.field for slot in block.slots]
            lines += list(_field_rows(fields))
    lines += ["", "## 报告模板另可使用", "", "| 字段 | 含义 |", "|---|---|"]
    lines += [f"| `facts.{name}` | {meaning} |" for name, meaning in FACTS.items()]
    return "\n".join([*lines, ""])


def _field_rows(fields: list[Field]) -> Iterator[str]:
    yield "| 项目 | 要求 | 填什么 | 说明 | 例 | 数据键 |"
    yield "|---|---|---|---|---|---|"
    for field in fields:
        expected = field.kind.expected.replace("|", "\\|")
        yield f"| {field.label} | {field.need.value} | {expected} | {field.note} | {field.example} | `{field.key}` |"
