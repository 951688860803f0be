"""The texts of a report that hold several paragraphs: what was typed, its items numbered, and the lines that sign it.

Each is a fact of the context, a line of it a paragraph of the report. Whoever wants other words or another order writes a
loop of their own over the same fields.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from selfeval_xlsx.report.wording import Prose, Sentence, circled, clause, sentence

TEXTS = {
    "duties_sentence": "句子：部门职责，①②③连写",
    "goal_text": "各段：履职总体目标、工作任务",
    "plan_text": "各段：年度绩效目标和工作计划，1. 2. 编号",
    "decisions_text": "各段：决策管理",
    "business_text": "各段：业务管理，（1）（2）编号",
    "finance_text": "各段：财务管理",
    "assets_text": "各段：资产管理",
    "human_resources_text": "各段：人力资源管理",
    "internal_control_text": "各段：内部控制管理",
    "reasons_text": "各段：预算调整和执行偏差的主要原因",
    "supplement_text": "各段：预算情况补充说明",
    "completion_text": "各段：履职完成情况",
    "plan_results_text": "各段：各项目标的完成情况，（1）（2）编号",
    "effects_text": "各段：履职效果情况",
    "satisfaction_text": "各段：社会满意度及可持续性影响",
    "problems_text": "各段：主要问题和原因，1. 2. 编号",
    "measures_text": "各段：改进方向和具体措施，1. 2. 编号",
    "application_text": "各段：结果应用",
    "publication_text": "各段：公开情况",
    "attachment_line": "附件说明的第一行：附件：1.名称",
    "attachment_lines": "附件说明的其余各行",
    "seal_line": "落款的单位名称（盖章），在成文日期正上方居中；名称太长或没有填日期的为空",
    "seal_line_long": "落款的单位名称（盖章），名称太长的靠右",
    "last_line": "落款的最后一行：成文日期；没有填的为单位名称（盖章）",
    "sign_lines": "各段：主管部门，单位负责人、填报人等（签字）",
    "open_text": "各段：草稿中尚未解决的问题，（1）（2）编号",
}
"""Every text with what it says."""

LONGEST_CENTRED = 11
"""Characters of a unit's name that fit over the date with （盖章） behind them."""

_SIGNERS = {
    "head_of_unit": "单位负责人",
    "head_of_finance": "财务负责人",
    "reviewer": "审核人",
    "preparer": "填报人",
}
_ALWAYS = ("head_of_unit", "preparer")
"""Those for whom there is room to sign also where nobody typed the name."""


def texts(context: Mapping[str, Any]) -> dict[str, Prose]:
    """All of :data:`TEXTS` from the fields and facts of ``context``."""
    overview, goals, facts = context["overview"], context["goals"], context["facts"]
    management, results, use = overview["management"], goals["results"], context["issues"]["use"]
    notes = context["budget"]["notes"]
    return {
        "duties_sentence": _duties(facts["short_name"], [row["content"] for row in overview["duties"]]),
        "goal_text": _lines(overview["goal"]["overall_goal"].paragraphs),
        "plan_text": _numbered([_item(row["title"], row["content"]) for row in goals["plan"]], "{}."),
        "business_text": _numbered(
            [_item(row["title"], row["content"]) for row in overview["business"]], "（{}）"
        ),
        **{f"{name}_text": _lines(text.paragraphs) for name, text in management.items()},
        "reasons_text": _reasons(notes),
        "supplement_text": _lines(notes["supplement"].paragraphs),
        "plan_results_text": _results(goals["plan"]),
        **{f"{name}_text": _lines(text.paragraphs) for name, text in results.items()},
        "problems_text": _numbered([_problem(row) for row in facts["problems"]], "{}."),
        "measures_text": _numbered(facts["measures"], "{}."),
        **{f"{name}_text": _lines(text.paragraphs) for name, text in use.items()},
        **_attachments(facts["attachments"]),
        **_closing(overview["identity"]["unit_name"], overview["sign_off"]["report_date"]),
        "sign_lines": _signed(overview["identity"]["supervising_department"], overview["sign_off"]),
        "open_text": _numbered(context["open_items"], "（{}）", alone=True),
    }


def _lines(lines: Sequence[str]) -> Prose:
    return Sentence.of(*[piece for line in lines for piece in ("\n", line)][1:])


def _numbered(items: Sequence[str], pattern: str, *, alone: bool = False) -> Prose:
    """The items as paragraphs, numbered where there are several, or also one ``alone``."""
    if len(items) < 2 and not alone:
        return _lines(items)
    return _lines([Sentence.of(pattern.format(number), item) for number, item in enumerate(items, start=1)])


def _item(title: str, content: str) -> Prose:
    return Sentence.of(sentence(title), sentence(content))


def _duties(unit: str, duties: Sequence[str]) -> Prose:
    signs = [circled(number) for number in range(1, len(duties) + 1)] if len(duties) > 1 else [""]
    said = [f"{sign}{clause(duty)}" for sign, duty in zip(signs, duties, strict=False)]
    return Sentence.of(unit, "主要承担以下职责：", "；".join(said), "。") if duties else Prose("")


def _reasons(notes: Mapping[str, str]) -> Prose:
    said = (
        ("预算调整的主要原因：", notes["adjustment_reason"]),
        ("预算执行偏差的主要原因：", notes["execution_reason"]),
    )
    return _lines([Sentence.of(words, sentence(reason)) for words, reason in said if reason])


def _results(plan: Sequence[Mapping[str, str]]) -> Prose:
    items = [_item(row["title"], row["result"]) for row in plan if row["result"]]
    said = _numbered(items, "（{}）")
    return Sentence.of("对照年度绩效目标，各项工作完成情况如下：\n", said) if said else Prose("")


def _problem(row: Mapping[str, str]) -> Prose:
    causes = ("主要原因：", sentence(row["causes"])) if row["causes"] else ()
    return Sentence.of(sentence(row["problem"]), *causes)


# --- the end of the text --------------------------------------------------------------------------


def _attachments(names: Sequence[str]) -> dict[str, Prose]:
    if len(names) < 2:
        return {"attachment_line": _lines([f"附件：{name}" for name in names]), "attachment_lines": Prose("")}
    first, *others = [f"{number}.{name}" for number, name in enumerate(names, start=1)]
    return {"attachment_line": Prose(f"附件：{first}"), "attachment_lines": _lines(others)}


def _closing(unit: str, day: str) -> dict[str, Prose]:
    sealed, blank = Sentence.of(unit, "（盖章）"), Prose("")
    centred = bool(day) and len(unit) <= LONGEST_CENTRED
    return {
        "seal_line": sealed if centred else blank,
        "seal_line_long": sealed if day and not centred else blank,
        "last_line": Sentence.of(day) if day else sealed,
    }


def _signed(department: str, sign_off: Mapping[str, str]) -> Prose:
    said = [
        Sentence.of(label, "（签字）：", sign_off[name])
        for name, label in _SIGNERS.items()
        if sign_off[name] or name in _ALWAYS
    ]
    pairs = [
        Sentence.of(*[piece for each in said[at : at + 2] for piece in ("\t", each)][1:])
        for at in range(0, len(said), 2)
    ]
    return _lines([*([Sentence.of("主管部门：", department)] if department else []), *pairs])
