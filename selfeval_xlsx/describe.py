"""Prints the form and the rules as documentation: the guide, the rule list, the sheet 填表说明."""

from collections.abc import Iterator, Mapping

from selfeval_xlsx.checks import RULES, Rule, Standing
from selfeval_xlsx.checks.relations import LOCAL_BASIS
from selfeval_xlsx.findings import Severity
from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.form.declare import Field
from selfeval_xlsx.form.form import DEFAULT_UNIT, EDITION, PLAN
from selfeval_xlsx.form.places import Table
from selfeval_xlsx.form.rulebook import LOCAL_ERROR, LOCAL_WARNING, SEVERITIES, Rulebook
from selfeval_xlsx.report.names import FACTS, GROUP
from selfeval_xlsx.workbook.author import paint
from selfeval_xlsx.workbook.live import RuleRow

_EFFECTS = {
    Standing.VALIDITY: "错误，不能生成报告",
    Standing.QUALITY: "没有说明原因的，错误",
    Standing.ADVICE: "提醒或说明，不影响",
}

BASES = {
    "B1": "基本支出 = 人员经费 + 公用经费",
    "B2": "合计 = 基本支出 + 项目支出",
    "B3": "调整后预算 = 年初预算 + 年中调整",
    "B4": "各项资金来源之和 = 合计",
    "B6": "预算执行率 = 执行数 ÷ 调整后预算；预算为 0 的没有执行率",
    "B7": "执行数在 0 和调整后预算之间，否则要说明原因",
    "B8": "本年收入 + 年初结转结余 = 本年支出 + 年末结转结余",
    "B9": "项目清单之和 = 项目支出；项目个数 = 清单的行数",
    "B10": "“三公”经费 = 因公出国（境） + 公务用车购置和运行 + 公务接待",
    "B11": "增减额 = 本年 − 上年；增减幅度 = 增减额 ÷ 上年",
    "B12": "同一个数在几处填写的，各处一致；年度处处一致",
    "P1": "人数合计 = 各类人员之和",
    "P2": "在职人员控制率 = 在职人数 ÷ 编制数；超过 100% 要说明原因",
    "P3": "填报的个数 = 所列的个数（机构、单位、任务、项目、目标）",
    "I1": "预算执行率的分值 + 各指标的分值 = 满分；各级分值与规定的相符",
    "I2": "得分在 0 和分值之间",
    "I3": "预算执行率得分 = 分值 × 执行率，不超过分值",
    "I4": "定量指标按规定的办法得分",
    "I5": "定性指标的得分在所选类别的范围里",
    "I6": "总分 = 预算执行率得分 + 各指标得分",
    "I7": "等级与总分相符",
    "I8": "没有得满分的有原因，得满分的没有；完成值远高于指标值的也有原因",
    "I9": "指标的符号、数值、单位和完成值相配；定量指标填数值",
    "I10": "指标里重复的金额 = 预算的那一行（单位换算后）",
    "T1": "文字里的数 = 表格里的数，按印出的位数",
    "T2": "同一个金额各处写法一致",
    "T3": "目标都有完成情况，问题都有措施",
    "T4": "单位名称各处一致",
    "T5": "填报日期在年度结束以后",
    "T6": "必填的格不空，不留提示文字，没有只填一半的行；没有得满分的，问题不能写“无”",
}
"""What the letters of a rule's basis mean: relations of the budget, of people, of indicators and of texts."""

FAMILIES = {
    "FRM": "填报表本身",
    "FIL": "填写是否完整、能够识别",
    "SUM": "合计、重复的数和个数",
    "EXE": "执行率、增减幅度和编制",
    "IND": "指标、得分和等级",
    "NAR": "文字里的数和说法",
}
"""Families of rules by the first letters of their codes, in the order of the page."""


def asked(rulebook: Rulebook) -> Iterator[Rule]:
    """The checks that ``rulebook`` asks: not those it passes over, and those of a district's relations only if it has some."""
    for rule in RULES:
        own = rule.code in {LOCAL_ERROR, LOCAL_WARNING}
        if rulebook.severity.get(rule.code, Severity.ERROR) and (not own or rule.threshold(rulebook)):
            yield rule


def rule_rows(rulebook: Rulebook | None = None) -> tuple[RuleRow, ...]:
    """Every check as the guide sheet lists it."""
    rules = rulebook or Rulebook()
    return tuple(
        RuleRow(rule.code, _titled(rule, rules), _effect(rule, rules), rule.remedy) for rule in asked(rules)
    )


def blank_workbook(rulebook: Rulebook) -> bytes:
    """A workbook to fill in under ``rulebook``, blank but for the money unit."""
    blank = from_data({"overview": {"identity": {"money_unit": DEFAULT_UNIT}}}, rulebook)
    return paint(blank, rule_rows(rulebook), rulebook)


def _titled(rule: Rule, rulebook: Rulebook) -> str:
    return f"{rule.title}：{rule.threshold(rulebook)}" if rule.basis == LOCAL_BASIS else rule.title


def _effect(rule: Rule, rulebook: Rulebook) -> str:
    """What a broken rule means, as far as the rulebook does not lower it."""
    return _EFFECTS[Standing.ADVICE if rule.code in rulebook.severity else rule.standing]


def rule_lines(rulebook: Rulebook) -> Iterator[str]:
    """Every check on one line, with the rulebook's settings in force; then what the letters of its basis mean."""
    for rule in RULES:
        threshold = rule.threshold(rulebook)
        limits = f"　{threshold}" if threshold else ""
        weight = _lowered_to(rule, rulebook)
        lowered = f"　本口径降为“{weight}”" if weight else ""
        yield f"{rule.code}  {rule.title}（{rule.standing.value}；{rule.basis}）{limits}{lowered}"
    yield ""
    yield "依据的编号："
    yield from (f"{code:<4} {words}" for code, words in BASES.items())


def _lowered_to(rule: Rule, rulebook: Rulebook) -> str:
    """The word a rulebook lowers a rule to; empty where it leaves it."""
    if rule.code not in rulebook.severity:
        return ""
    return next(word for word, severity in SEVERITIES.items() if severity is rulebook.severity[rule.code])


def rules_data(rulebook: Rulebook) -> list[dict[str, str]]:
    """Every check as JSON holds it."""
    return [
        {
            "code": rule.code,
            "title": rule.title,
            "standing": rule.standing.value,
            "basis": rule.basis,
            "basis_in_words": BASES.get(rule.basis, ""),
            "lowered_to": _lowered_to(rule, rulebook),
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
    meaning = f"（{BASES[rule.basis]}）" if rule.basis in BASES else ""
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
