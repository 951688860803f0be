"""Prints the rules as documentation: the rule list, the sheet 填表说明; and the blank workbook that explains itself."""

from collections.abc import Iterator

from selfeval_xlsx.checks import RULES, Rule, Standing
from selfeval_xlsx.checks.relations import LOCAL_BASIS
from selfeval_xlsx.findings import Severity
from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.form.form import DEFAULT_UNIT, SelfEvaluation
from selfeval_xlsx.form.local import LOCAL_ERROR, LOCAL_WARNING
from selfeval_xlsx.form.rulebook import SEVERITIES, Rulebook
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
    return workbook_of(
        from_data({"overview": {"identity": {"money_unit": DEFAULT_UNIT}}}, rulebook), rulebook
    )


def workbook_of(evaluation: SelfEvaluation, rulebook: Rulebook) -> bytes:
    """A workbook to fill in further under ``rulebook``, with what ``evaluation`` has, and the rules on its guide sheet.

    Raises:
        SelfEvalError: a text is too long for a cell.

    """
    return paint(evaluation, rule_rows(rulebook), rulebook)


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
