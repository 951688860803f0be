"""The sentences and paragraphs a report is written in, as an office writes them.

A sentence is a fact of the context (``facts.staff_sentence``): ready, with its full stop, and empty where nothing is
stated, so that a template prints it without asking. A text (``facts.plan_text``) has a paragraph of the report in each
line: what was typed, its items numbered, and the lines that sign it. Whoever wants other words or another order writes
their own from the same fields.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from selfeval_xlsx.report.wording import ATTACHMENT_LIST, NOTHING, Prose, Sentence, clause, sentence
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
        "assets_sentence": _stated("年末固定资产", overview["structure"]["fixed_assets"], unit, "。"),
        "budget_sentence": _budget(lines["total"], facts, year),
        "sources_sentence": _stated("资金来源于", _joined(_figures(facts["sources"], unit), last="和"), "。"),
        "composition_sentence": _composition(lines, unit),
        "execution_sentence": _execution(lines["total"], facts),
        "change_sentence": _change(facts["change"], unit),
        "balance_sentence": _stated("收支结转情况：", _joined(_figures(facts["balance"], unit), "，"), "。"),
        "score_sentence": _score(context["goals"]["assessment"], year),
        "attached_sentence": _attached(facts["attached"]),
        "indicators_sentence": _indicators(facts),
    }


def _stated(before: str, value: str, *after: str) -> Prose:
    """``value`` with the words around it; nothing where it is blank."""
    return Sentence.of(before, value, *after) if value else NOTHING


def _joined(parts: Sequence[str], mark: str = "、", last: str = "") -> Sentence:
    """``parts`` with ``mark`` between them, ``last`` before the last."""
    pieces = [piece for part in parts for piece in (mark, part)][1:]
    if last and len(parts) > 1:
        pieces[-2] = last
    return Sentence.of(*pieces)


def _figures(rows: Sequence[Mapping[str, str]], counter: str, noun: str = "") -> list[Sentence]:
    """行政编制4名, 事业编制148名."""
    return [Sentence.of(row["label"], noun, row["value"], counter) for row in rows]


def _lead(identity: Mapping[str, str], unit: str) -> Prose:
    basis, method = clause(identity["basis_document"]), identity["organisation_method"]
    if not basis and not method:
        return NOTHING
    return Sentence.of(
        f"根据{_BASIS.sub('', basis)}要求，" if basis else "",
        unit,
        "对",
        identity["year"],
        "年度部门整体支出开展了绩效自评。",
        _stated("自评组织方式：", sentence(method)),
        "现将有关情况报告如下：",
    )


_BASIS = re.compile(r"^(?:根据|按照|依据)|的?(?:要求|规定|精神)$")
"""Words that the lead puts around the document itself."""


# --- organisation and staff ---------------------------------------------------------------------


def _organisation(facts: Mapping[str, Any]) -> Prose:
    offices = _stated("，包括", _joined(facts["offices"]))
    own = Sentence.of(facts["short_name"], "设内设机构")
    count = facts["sub_unit_count"]
    sub_units = _stated("，为" if count == "1" else "，包括", _joined(facts["sub_units"]))
    return Sentence.of(
        _stated(own, facts["office_count"], "个", offices, "。"),
        _stated("下属单位", count, "个", sub_units, "。") if count > 0 else "",
    )


def _staff(overview: Mapping[str, Any], facts: Mapping[str, Any]) -> Prose:
    structure, total = overview["structure"], overview["staff"]["total"]
    year, people = overview["identity"]["year"], facts["people"]
    in_post, classes = total["staff_in_post"], _joined(_figures(people, "人"))
    staff = _stated(
        Sentence.of(year, "年末在职人员"),
        in_post,
        "人",
        _stated("，其中", classes if len(people) > 1 else ""),
        "。",
    )
    others = [
        Sentence.of(label, structure[name], "人")
        for name, label in (("retired_staff", "离退休人员"), ("contract_staff", "编外人员"))
        if structure[name] > 0
    ]
    reason = structure["overstaffing_reason"]
    control = _stated(
        "在职人员控制率", structure["control_rate"], _stated("，超编原因：", clause(reason)), "。"
    )
    return Sentence.of(
        _posts(total["authorised_posts"], facts["posts"]),
        staff or _stated(Sentence.of(year, "年末在职"), _joined(_figures(people, "人", "人员")), "。"),
        _stated("另有", _joined(others), "。"),
        control or _stated("超编原因：", sentence(reason)),
    )


def _posts(total: str, posts: Sequence[Mapping[str, str]]) -> Prose:
    if total and len(posts) == 1 and posts[0]["value"] == total:
        return Sentence.of("核定", posts[0]["label"], "编制", total, "名。")
    classes = _joined(_figures(posts, "名", "编制"))
    all_posts = _stated("核定编制", total, "名", _stated("，其中", classes), "。")
    return all_posts or _stated("核定", classes, "。")


# --- budget -------------------------------------------------------------------------------------


def _budget(total: Mapping[str, str], facts: Mapping[str, Any], year: str) -> Prose:
    unit, adjustment = facts["unit"], facts["adjustment"]
    adjusted = ("年中", adjustment["word"], adjustment["value"], unit, "，") if adjustment else ()
    original = _stated("年初预算", total["original_budget"], unit, "，")
    return Sentence.of(
        year, "年度，部门整体支出", original, *adjusted, "调整后预算", total["adjusted_budget"], unit, "。"
    )


def _composition(lines: Mapping[str, Mapping[str, Prose]], unit: str) -> Prose:
    stated = {name: lines[name]["adjusted_budget"] for name in ("basic", "project", "personnel", "operating")}
    if not stated["basic"] or not stated["project"]:
        return NOTHING
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
    return Sentence.of(
        "截至12月31日，执行数",
        total["outturn"],
        unit,
        _stated("，预算执行率", total["execution_rate"]),
        _stated(f"，{facts['unspent_word']}", facts["unspent"], unit),
        _stated("，超出调整后预算", facts["overspent"], unit),
        "。",
    )


def _change(change: Mapping[str, str] | str, unit: str) -> Prose:
    if isinstance(change, str):
        return NOTHING
    if change["word"] == "持平":
        return Prose("执行数与上年持平。")
    rate = _stated("，增长" if change["word"] == "增加" else "，下降", change["rate"])
    return Sentence.of(
        "执行数与上年的", change["prior"], unit, "相比，", change["word"], change["value"], unit, rate, "。"
    )


def _attached(attached: Mapping[str, str]) -> Prose:
    places = [
        Sentence.of(words, attached[key])
        for key, words in (("budget", "预算及执行情况见"), ("projects", "各项目支出情况见"))
        if attached[key]
    ]
    return _stated("", _joined(places, "，"), "。")


def _indicators(facts: Mapping[str, Any]) -> Prose:
    if facts["attached"]["sheet"]:
        return Sentence.of("各项指标的完成和得分情况见", facts["attached"]["sheet"], "。")
    return Prose("各项绩效指标的完成情况见下表。" if facts["indicator_rows"] else "")


# --- results, measures --------------------------------------------------------------------------


def _score(assessment: Mapping[str, Prose], year: str) -> Prose:
    score, grade = assessment["total_score"], assessment["grade"]
    weight, points = assessment["execution_weight"], assessment["execution_score"]
    if not score and not grade:
        return NOTHING
    results = filter(None, (_stated("总分", score, "分"), _stated("等级为“", grade, "”")))
    share = (
        ("预算执行率指标满分", weight, "分，得", points, "分。") if score and weight > 0 and points else ()
    )
    return Sentence.of(year, "年度部门整体支出绩效自评", _joined([*results], "，"), "。", *share)


def measure_sentence(row: Mapping[str, str]) -> Prose:
    """What is to be done about a problem: direction, measure, who sees to it and by when."""
    who, due = clause(row["responsible"]), _due(clause(row["deadline"]))
    by_whom = f"由{who.removeprefix('由').removesuffix('负责')}负责" if who else ""
    duty = "，".join(filter(None, (by_whom, due)))
    return Sentence.of(
        sentence(row["direction"]), _stated("具体措施：", sentence(row["measure"])), _stated("", duty, "。")
    )


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
    notes, plan = context["budget"]["notes"], goals["plan"]
    return {
        "duties_sentence": _duties(facts["short_name"], [row["content"] for row in overview["duties"]]),
        "goal_text": _lines(overview["goal"]["overall_goal"].paragraphs),
        "plan_text": _numbered([_item(row["title"], row["content"]) for row in plan], "{}."),
        "business_text": _numbered(
            [_item(row["title"], row["content"]) for row in overview["business"]], "（{}）"
        ),
        **_typed(overview["management"]),
        "reasons_text": _reasons(notes),
        "supplement_text": _lines(notes["supplement"].paragraphs),
        "plan_results_text": _stated(
            "对照年度绩效目标，各项工作完成情况如下：\n",
            _numbered([_item(row["title"], row["result"]) for row in plan if row["result"]], "（{}）"),
        ),
        **_typed(goals["results"]),
        "problems_text": _numbered(
            [_item(row["problem"], row["causes"], "主要原因：") for row in facts["problems"]], "{}."
        ),
        "measures_text": _numbered(facts["measures"], "{}."),
        **_typed(context["issues"]["use"]),
        **_attachments(facts["attachments"]),
        **_closing(overview["identity"]["unit_name"], overview["sign_off"]["report_date"]),
        "sign_lines": _signed(overview["identity"]["supervising_department"], overview["sign_off"]),
        "open_text": _lines(_counted(context["open_items"], "（{}）")),
    }


def _typed(section: Mapping[str, Prose]) -> dict[str, Prose]:
    return {f"{name}_text": _lines(text.paragraphs) for name, text in section.items()}


def _lines(lines: Sequence[str]) -> Prose:
    return _joined(lines, "\n")


def _counted(items: Sequence[str], pattern: str) -> list[Sentence]:
    return [Sentence.of(pattern.format(number), item) for number, item in enumerate(items, start=1)]


def _numbered(items: Sequence[str], pattern: str) -> Prose:
    """The items as paragraphs, numbered where there are several."""
    return _lines(_counted(items, pattern) if len(items) > 1 else items)


def _item(title: str, content: str, between: str = "") -> Prose:
    return Sentence.of(sentence(title), _stated(between, sentence(content)))


def _duties(unit: str, duties: Sequence[str]) -> Prose:
    signs = [circled(number) for number in range(1, len(duties) + 1)] if len(duties) > 1 else [""]
    listed = "；".join(f"{sign}{clause(duty)}" for sign, duty in zip(signs, duties, strict=False))
    return Sentence.of(unit, "主要承担以下职责：", listed, "。") if duties else NOTHING


def _reasons(notes: Mapping[str, str]) -> Prose:
    reasons = (
        _stated("预算调整的主要原因：", sentence(notes["adjustment_reason"])),
        _stated("预算执行偏差的主要原因：", sentence(notes["execution_reason"])),
    )
    return _lines([*filter(None, reasons)])


# --- the end of the text --------------------------------------------------------------------------


def _attachments(names: Sequence[str]) -> dict[str, Prose]:
    first, *others = (_counted(names, "{}.") if len(names) > 1 else names) or [""]
    return {"attachment_line": _stated(ATTACHMENT_LIST, first), "attachment_lines": _lines(others)}


def _closing(unit: str, day: str) -> dict[str, Prose]:
    sealed = Sentence.of(unit, "（盖章）")
    centred = bool(day) and len(unit) <= LONGEST_CENTRED
    return {
        "seal_line": sealed if centred else NOTHING,
        "seal_line_long": sealed if day and not centred else NOTHING,
        "last_line": Sentence.of(day) if day else sealed,
    }


def _signed(department: str, sign_off: Mapping[str, str]) -> Prose:
    names = [
        Sentence.of(label, "（签字）：", sign_off[name])
        for name, label in _SIGNERS.items()
        if sign_off[name] or name in _ALWAYS
    ]
    pairs = [_joined(names[at : at + 2], "\t") for at in range(0, len(names), 2)]
    return _lines([*filter(None, [_stated("主管部门：", department)]), *pairs])
