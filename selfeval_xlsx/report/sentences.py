"""The sentences and paragraphs a report is written in, as an office writes them.

A sentence is a fact of the context (``facts.staff_sentence``): ready, with its full stop, and empty where nothing is
stated, so that a template prints it without asking. A text (``facts.plan_text``) has a paragraph of the report in each
line: what was typed, its items numbered, and the lines that sign it. Whoever wants other words or another order writes
their own from the same fields.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from selfeval_xlsx.report.wording import ATTACHMENT_LIST, Prose, Sentence, clause, sentence
from selfeval_xlsx.text import circled


def sentences(context: Mapping[str, Any]) -> dict[str, Prose]:
    """Every ready sentence, by its name, from the fields and facts of ``context``."""
    overview, lines = context["overview"], context["budget"]["lines"]
    facts, year = context["facts"], overview["identity"]["year"]
    unit = facts["unit"]
    return {
        "lead_sentence": _lead(overview["identity"], facts["short_name"]),
        "organisation_sentence": _organisation(facts),
        "staff_sentence": _staff(overview, facts),
        "assets_sentence": _if_stated("年末固定资产", overview["structure"]["fixed_assets"], unit),
        "budget_sentence": _budget(lines["total"], facts, year),
        "sources_sentence": _sources(facts["sources"], unit),
        "composition_sentence": _composition(lines, unit),
        "execution_sentence": _execution(lines["total"], facts),
        "change_sentence": _change(facts["change"], unit),
        "balance_sentence": _balance(facts["balance"], unit),
        "score_sentence": _score(context["goals"]["assessment"], year),
        "attached_sentence": _attached(facts["attached"]),
        "indicators_sentence": _indicators(facts),
    }


def _joined(parts: Sequence[str], last: str = "、") -> list[str]:
    """``parts`` with 、 between them, ``last`` before the last."""
    marks = ["、"] * (len(parts) - 2) + [last] * (len(parts) > 1) + [""]
    return [word for part, mark in zip(parts, marks, strict=True) for word in (part, mark)] if parts else []


def _if_stated(label: str, value: str, unit: str) -> Prose:
    return Sentence.of(label, value, unit, "。") if value else Prose("")


def _lead(identity: Mapping[str, str], unit: str) -> Prose:
    basis, method = clause(identity["basis_document"]), identity["organisation_method"]
    if not basis and not method:
        return Prose("")
    said = [f"根据{_BASIS.sub('', basis)}要求，"] if basis else []
    said += [unit, "对", identity["year"], "年度部门整体支出开展了绩效自评。"]
    said += ["自评组织方式：", sentence(method)] if method else []
    return Sentence.of(*said, "现将有关情况报告如下：")


_BASIS = re.compile(r"^(?:根据|按照|依据)|的?(?:要求|规定|精神)$")
"""Words that the lead puts around the document itself."""


# --- organisation and staff ---------------------------------------------------------------------


def _organisation(facts: Mapping[str, Any]) -> Prose:
    said: list[str] = []
    if facts["office_count"]:
        said += [facts["short_name"], "设内设机构", facts["office_count"], "个"]
        said += (["，包括", *_joined(facts["offices"])] if facts["offices"] else []) + ["。"]
    if facts["sub_unit_count"] > 0:
        word = "，为" if facts["sub_unit_count"] == "1" else "，包括"
        said += ["下属单位", facts["sub_unit_count"], "个"]
        said += ([word, *_joined(facts["sub_units"])] if facts["sub_units"] else []) + ["。"]
    return Sentence.of(*said)


def _staff(overview: Mapping[str, Any], facts: Mapping[str, Any]) -> Prose:
    total, structure = overview["staff"]["total"], overview["structure"]
    year, posts, people = overview["identity"]["year"], facts["posts"], facts["people"]
    said: list[str] = []
    if total["authorised_posts"] and len(posts) == 1 and posts[0]["value"] == total["authorised_posts"]:
        said += ["核定", posts[0]["label"], "编制", total["authorised_posts"], "名。"]
    elif total["authorised_posts"]:
        said += ["核定编制", total["authorised_posts"], "名"]
        said += (["，其中", *_classes(posts, "编制", "名")] if posts else []) + ["。"]
    elif posts:
        said += ["核定", *_classes(posts, "编制", "名"), "。"]
    if total["staff_in_post"]:
        said += [year, "年末在职人员", total["staff_in_post"], "人"]
        said += (["，其中", *_classes(people, "", "人")] if len(people) > 1 else []) + ["。"]
    elif people:
        said += [year, "年末在职", *_classes(people, "人员", "人"), "。"]
    others = [
        Sentence.of(label, structure[name], "人")
        for name, label in (("retired_staff", "离退休人员"), ("contract_staff", "编外人员"))
        if structure[name] > 0
    ]
    said += ["另有", *_joined(others), "。"] if others else []
    reason = structure["overstaffing_reason"]
    if structure["control_rate"]:
        said += ["在职人员控制率", structure["control_rate"]]
        said += (["，超编原因：", clause(reason)] if reason else []) + ["。"]
    elif reason:
        said += ["超编原因：", sentence(reason)]
    return Sentence.of(*said)


def _classes(rows: Sequence[Mapping[str, str]], noun: str, counter: str) -> list[str]:
    """行政编制4名、事业编制148名."""
    return _joined([Sentence.of(row["label"], noun, row["value"], counter) for row in rows])


# --- budget -------------------------------------------------------------------------------------


def _budget(total: Mapping[str, str], facts: Mapping[str, Any], year: str) -> Prose:
    unit, adjustment = facts["unit"], facts["adjustment"]
    said = [year, "年度，部门整体支出"]
    if total["original_budget"]:
        said += ["年初预算", total["original_budget"], unit, "，"]
    if adjustment:
        said += ["年中", adjustment["word"], adjustment["value"], unit, "，"]
    return Sentence.of(*said, "调整后预算", total["adjusted_budget"], unit, "。")


def _sources(sources: Sequence[Mapping[str, str]], unit: str) -> Prose:
    given = [Sentence.of(each["label"], each["value"], unit) for each in sources]
    return Sentence.of("资金来源于", *_joined(given, "和"), "。") if given else Prose("")


def _composition(lines: Mapping[str, Mapping[str, Prose]], unit: str) -> Prose:
    stated = {name: lines[name]["adjusted_budget"] for name in ("basic", "project", "personnel", "operating")}
    if not stated["basic"] or not stated["project"]:
        return Prose("")
    basic: list[str] = ["基本支出", stated["basic"], unit]
    if stated["personnel"] and stated["operating"]:
        basic += ["（人员经费", stated["personnel"], unit, "、公用经费", stated["operating"], unit, "）"]
    project = ["项目支出", stated["project"], unit]
    if stated["project"] == 0:
        return Sentence.of("调整后预算全部为", *basic, "。")
    if stated["basic"] == 0:
        return Sentence.of("调整后预算全部为", *project, "。")
    return Sentence.of("调整后预算包括", *basic, "和", *project, "。")


def _execution(total: Mapping[str, str], facts: Mapping[str, Any]) -> Prose:
    unit = facts["unit"]
    said = ["截至12月31日，执行数", total["outturn"], unit]
    if total["execution_rate"]:
        said += ["，预算执行率", total["execution_rate"]]
    if facts["unspent"]:
        said += ["，", facts["unspent_word"], facts["unspent"], unit]
    if facts["overspent"]:
        said += ["，超出调整后预算", facts["overspent"], unit]
    return Sentence.of(*said, "。")


def _change(change: Mapping[str, str] | str, unit: str) -> Prose:
    if isinstance(change, str):
        return Prose("")
    if change["word"] == "持平":
        return Prose("执行数与上年持平。")
    said = ["执行数与上年的", change["prior"], unit, "相比，", change["word"], change["value"], unit]
    if change["rate"]:
        said += ["，增长" if change["word"] == "增加" else "，下降", change["rate"]]
    return Sentence.of(*said, "。")


def _balance(rows: Sequence[Mapping[str, str]], unit: str) -> Prose:
    stated = [word for row in rows for word in ("，", row["label"], row["value"], unit)][1:]
    return Sentence.of("收支结转情况：", *stated, "。") if stated else Prose("")


def _attached(attached: Mapping[str, str]) -> Prose:
    said = [
        Sentence.of(words, attached[key])
        for key, words in (("budget", "预算及执行情况见"), ("projects", "各项目支出情况见"))
        if attached[key]
    ]
    return Sentence.of("，".join(said), "。") if said else Prose("")


def _indicators(facts: Mapping[str, Any]) -> Prose:
    if facts["attached"]["sheet"]:
        return Sentence.of("各项指标的完成和得分情况见", facts["attached"]["sheet"], "。")
    return Prose("各项绩效指标的完成情况见下表。" if facts["indicator_rows"] else "")


# --- results, measures --------------------------------------------------------------------------


def _score(assessment: Mapping[str, Prose], year: str) -> Prose:
    score, grade = assessment["total_score"], assessment["grade"]
    if not score and not grade:
        return Prose("")
    said = [year, "年度部门整体支出绩效自评"]
    said += ["总分", score, "分"] if score else []
    said += ["，等级为“" if score else "等级为“", grade, "”"] if grade else []
    said += ["。"]
    if score and assessment["execution_weight"] > 0 and assessment["execution_score"]:
        said += [
            "预算执行率指标满分",
            assessment["execution_weight"],
            "分，得",
            assessment["execution_score"],
            "分。",
        ]
    return Sentence.of(*said)


def measure_sentence(row: Mapping[str, str]) -> Prose:
    """What is to be done about a problem: direction, measure, who sees to it and by when."""
    said = [sentence(row["direction"])]
    said += ["具体措施：", sentence(row["measure"])] if row["measure"] else []
    who, due = clause(row["responsible"]), _due(clause(row["deadline"]))
    duty = [f"由{who.removeprefix('由').removesuffix('负责')}负责"] if who else []
    said += ["，".join([*duty, due] if due else duty), "。"] if duty or due else []
    return Sentence.of(*said)


def _due(deadline: str) -> str:
    """2026年6月底前完成, from however the deadline was typed; what is no date is quoted as it is."""
    if not deadline or deadline.endswith("完成"):
        return deadline
    if deadline.endswith(("前", "内")):
        return f"{deadline}完成"
    if re.search(r"[年月]$", deadline):
        return f"{deadline}底前完成"
    if re.search(r"[日号底末初中旬]$|季度$|半年$", deadline):
        return f"{deadline}前完成"
    return f"完成时限为{deadline}"


# --- texts of several paragraphs ------------------------------------------------------------------

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
        return {
            "attachment_line": _lines([f"{ATTACHMENT_LIST}{name}" for name in names]),
            "attachment_lines": Prose(""),
        }
    first, *others = [f"{number}.{name}" for number, name in enumerate(names, start=1)]
    return {"attachment_line": Prose(f"{ATTACHMENT_LIST}{first}"), "attachment_lines": _lines(others)}


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
