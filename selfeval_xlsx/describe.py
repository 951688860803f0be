"""Prints the form and the rules as documentation: the guide, the rule list, the sheet 填表说明."""

from collections.abc import Iterator

from selfeval_xlsx.checks import RULES, Rule, Standing
from selfeval_xlsx.form import EDITION, PLAN
from selfeval_xlsx.plan import Table
from selfeval_xlsx.report.context import FACTS
from selfeval_xlsx.spec import Field
from selfeval_xlsx.workbook.author import RuleRow

_EFFECTS = {
    Standing.VALIDITY: "错误，不能生成报告",
    Standing.QUALITY: "没有说明原因的，错误",
    Standing.ADVICE: "提醒或说明，不影响",
}


def rule_rows() -> tuple[RuleRow, ...]:
    """Every check as the guide sheet lists it."""
    return tuple(RuleRow(rule.code, rule.title, _EFFECTS[rule.standing], rule.remedy) for rule in RULES)


def rules_page() -> str:
    """docs/核对规则.md."""
    rows = [
        f"| {rule.code} | {rule.title} | {rule.standing.value} | {rule.basis} | {rule.remedy} |"
        for rule in RULES
    ]
    return "\n".join(
        [
            "# 核对规则",
            "",
            "本页由程序生成（`python3 docs/generate.py`），与程序里的规则一致。",
            "",
            "- **必须成立**：不成立即为错误，改正前不能生成正式报告。",
            "- **不成立须说明原因**：在指定的格里说明了原因的，只作说明；没有说明的是错误。",
            "- **提醒**：不影响生成报告。",
            "",
            "比较分两步：先按两位小数精确计算；不相等时，再看差额能否由四舍五入解释（n 项相加允许 (n+1)×0.005），",
            "能解释的记为“尾差”说明，不能的是错误。所需的数没有填时，这条规则不作核对，并在结果里列出。",
            "",
            "| 编号 | 核对什么 | 类别 | 依据 | 怎么办 |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


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


def rule_help(rule: Rule) -> str:
    """One check on one line."""
    return f"{rule.code}  {rule.title}（{rule.standing.value}；{rule.basis}）"
