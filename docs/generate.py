"""Writes the generated files: the blank workbook, the sample workbooks and the reference pages of docs/.

Run it from anywhere: ``python3 docs/generate.py``. A test holds the files equal to what this writes.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "sample_workbooks")]

import samples  # noqa: E402 - the root must be on the path first

from selfeval_xlsx import checks, describe, files  # noqa: E402
from selfeval_xlsx.checks import Rule  # noqa: E402
from selfeval_xlsx.findings import Finding, Severity  # noqa: E402
from selfeval_xlsx.form.declare import Field, Table  # noqa: E402
from selfeval_xlsx.form.form import EDITION, PLAN  # noqa: E402
from selfeval_xlsx.form.rulebook import Rulebook  # noqa: E402
from selfeval_xlsx.report.names import FACTS, GROUP  # noqa: E402


def generated() -> dict[Path, bytes]:
    """Every generated file with its content."""
    return {
        ROOT / "templates" / files.WORKBOOK: describe.blank_workbook(Rulebook()),
        ROOT / "docs" / "核对规则.md": rules_page(examples()).encode(),
        ROOT / "docs" / "字段说明.md": guide_page().encode(),
    }


def examples() -> dict[str, str]:
    """A finding of every rule, the gravest and first that the bad samples give, with the sample's name."""
    found: dict[str, tuple[Finding, str]] = {}
    for case in samples.cases():
        evaluation, rules = samples.evaluated(case)
        for finding in checks.check(evaluation, rules, samples.last_year(case)).findings:
            known = found.get(finding.code)
            if known is None or _rank(finding) < _rank(known[0]):
                found[finding.code] = (finding, case["name"])
    return {code: f"{finding}（坏样本“{name}”）" for code, (finding, name) in found.items()}


def _rank(finding: Finding) -> int:
    return list(Severity).index(finding.severity)


# --- the pages ------------------------------------------------------------------------------------

FAMILIES = {
    "FRM": "填报表本身",
    "FIL": "填写是否完整、能够识别",
    "SUM": "合计、重复的数和个数",
    "EXE": "执行率、增减幅度和编制",
    "IND": "指标、得分和等级",
    "NAR": "文字里的数和说法",
}
"""Families of rules by the first letters of their codes, in the order of the page."""


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
        own = [rule for rule in checks.RULES if rule.code.startswith(family)]
        if own:
            lines += ["", f"## {family} {title}"]
            for rule in own:
                lines += ["", *_rule_section(rule, examples[rule.code])]
    return "\n".join([*lines, ""])


def _rule_section(rule: Rule, example: str) -> Iterator[str]:
    yield f"### {rule.code} {rule.title}"
    yield ""
    meaning = f"（{describe.BASES[rule.basis]}）" if rule.basis in describe.BASES else ""
    yield f"- 类别：{rule.standing.value}。依据：{rule.basis}{meaning}。"
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
    lines += ["", "## 报告模板另可使用", "", "| 中文名称 | 字段 | 含义 |", "|---|---|---|"]
    for name, fact in FACTS.items():
        chinese = f"`{GROUP}.{fact.chinese}`" if fact.chinese else ""
        lines.append(f"| {chinese} | `facts.{name}` | {fact.meaning} |")
    return "\n".join([*lines, ""])


def _field_rows(fields: list[Field]) -> Iterator[str]:
    yield "| 项目 | 要求 | 填什么 | 说明 | 例 | 数据键 |"
    yield "|---|---|---|---|---|---|"
    for field in fields:
        expected = field.kind.expected.replace("|", "\\|")
        yield f"| {field.label} | {field.need.value} | {expected} | {field.note} | {field.example} | `{field.key}` |"


if __name__ == "__main__":
    for path, content in (generated() | dict(samples.samples())).items():
        path.write_bytes(content)
        print(path.relative_to(ROOT))
