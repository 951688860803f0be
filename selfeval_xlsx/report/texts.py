"""The texts of a report that hold several paragraphs: what was typed, its items numbered, and the lines that sign it.

Each is a fact of the context, a line of it a paragraph of the report. Whoever wants other words or another order writes a
loop of their own over the same fields.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from selfeval_xlsx.report.wording import Prose, Sentence, circled, clause, sentence

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
    """Every text of several paragraphs, by its name, from the fields and facts of ``context``."""
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
