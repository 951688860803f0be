"""Turns an evaluation into the formatted, nested data a template may use, and so into its report.

Every field stands under its key as text (blank: empty). ``facts`` adds what prose needs: stated lines
only, absolute amounts with 增加/减少, names joined (:data:`selfeval_xlsx.report.names.FACTS`).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any

from selfeval_xlsx import amounts
from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import DEFAULT_UNIT, OFFICE, PLAN, SUB_UNIT, Problem, SelfEvaluation
from selfeval_xlsx.form.kinds import Amount
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.form.values import rows_of
from selfeval_xlsx.report import names
from selfeval_xlsx.report.finish import IF_FILLED, MERGE_UP, TEXT_END
from selfeval_xlsx.report.names import ALL, ATTACHMENTS
from selfeval_xlsx.report.printer import (
    Printer,
    as_printed,
    crowded,
    dashed,
    has_long_amounts,
    indicator_rows,
    is_scored,
    printed,
    project_rows,
    project_total,
    sheet,
)
from selfeval_xlsx.report.sentences import measure_sentence, sentences, texts
from selfeval_xlsx.report.template import ReportTemplate
from selfeval_xlsx.report.wording import Prose, Sentence, sentence

DRAFT_MARK = "草　稿（尚有问题未解决，不得报送）"
PROOF_MARK = "核对底稿（供签字人核对，不得报送）"
"""What stands at the top of every page of a copy that is not the report."""

_NOT_SIGNED = tuple(f"overview.sign_off.{name}" for name in ("report_date", "telephone", "email"))
"""Of what stands beside the names of those who sign: the date has its own place, the others are for the mail only."""


def given(template: ReportTemplate, attachments: Collection[str] = ALL) -> Collection[str]:
    """Those of ``attachments`` that a report has: those that the template has pages for."""
    return tuple(key for key in attachments if key in template.attached)


def render(  # noqa: PLR0913 - what a report may carry besides the evaluation
    whole: SelfEvaluation,
    template: ReportTemplate,
    rulebook: Rulebook,
    attachments: Collection[str] = ALL,
    *,
    open_items: Iterable[str] | None = None,
    notes: Mapping[CellRef, str] | None = None,
    mark: str = "",
    properties: Mapping[str, str] | None = None,
) -> bytes:
    """The Word file of ``whole``, a completed evaluation.

    ``open_items`` makes it a draft, ``notes`` traces its figures (:func:`build`);
    ``mark`` stands at the top of every page.

    Raises:
        TemplateError: the template asks for what does not exist.

    """
    return template.render(
        build(whole, rulebook, open_items, notes, given(template, attachments), mark),
        properties,
        chart_figures(whole),
    )


def build(
    evaluation: SelfEvaluation,
    rulebook: Rulebook,
    open_items: Iterable[str] | None = None,
    notes: Mapping[CellRef, str] | None = None,
    attachments: Collection[str] = ALL,
    mark: str = "",
) -> dict[str, Any]:
    """The context of a report; ``evaluation`` is completed.

    ``attachments`` are the keys of those wanted; each is made only where the workbook has content for it.

    ``open_items`` makes it a draft that lists them, and says where a required cell is blank.
    ``notes`` traces it: what stands in a cell carries the note on the cell, what is computed its formula.
    ``mark`` stands at the top of every page; a draft has its own.
    """
    evaluation = as_printed(evaluation)
    show = Printer(rulebook, notes, draft=open_items is not None)
    context = _fields(evaluation, show)
    problems = context["issues"]["problems"]
    none_typed = any(row.problem.raw and row.problem.blank for row in evaluation.issues.problems)
    if none_typed and not any(row["problem"] for row in problems):
        problems.insert(0, _NO_PROBLEM)
    facts = context["facts"] = _facts(evaluation, context, show)
    facts |= _attached(evaluation, context, attachments)
    facts["sheet"] = sheet(evaluation, context, show)
    facts["across"] = _across(context)
    facts |= _in_text(context)
    context["open_items"] = [Prose(item) for item in open_items or ()]
    facts |= _texts(context)
    facts |= texts(context)
    context[names.GROUP] = names.in_chinese(context)
    context["draft"] = open_items is not None
    context["mark"] = DRAFT_MARK if open_items is not None else mark
    return context


_NO_PROBLEM = {item.name: Prose("") for item in fields(Problem)} | {
    "problem": Prose("经自查，未发现主要问题。")
}
"""Stands for 无 typed as a problem: the chapter says so."""


def chart_figures(evaluation: SelfEvaluation) -> dict[str, Decimal | None]:
    """The amounts that stand in cells of their own by their labels, as printed, for the charts of a template."""
    return {
        answer.field.label: printed(answer)
        for key, answer in evaluation.answers.items()
        if key in PLAN.slots and isinstance(answer.field.kind, Amount)
    }


def _fields(evaluation: SelfEvaluation, show: Printer) -> dict[str, Any]:
    """Every field under its key; a table's rows that hold nothing are left out."""
    context: dict[str, Any] = {}
    for table in PLAN.tables:
        sheet, _, block = table.partition(".")
        rows = map(show.answers, rows_of(evaluation, table))
        context.setdefault(sheet, {})[block] = [row for row in rows if any(row.values())]
    for key, answer in evaluation.answers.items():
        *path, name = key.split(".")
        if key == answer.field.key:  # no row of a table
            node = context
            for part in path:
                node = node.setdefault(part, {})
            node[name] = show.answer(answer)
    return context


def _facts(evaluation: SelfEvaluation, context: Mapping[str, Any], show: Printer) -> dict[str, Any]:
    identity, structure = context["overview"]["identity"], context["overview"]["structure"]
    organisations = context["overview"]["organisations"]
    offices = [row["name"] for row in organisations if row["type"] == OFFICE and row["name"]]
    sub_units = [row["name"] for row in organisations if row["type"] == SUB_UNIT and row["name"]]
    answers = evaluation.answers
    return {
        "unit": identity["money_unit"] or Prose(DEFAULT_UNIT),
        "short_name": identity["short_name"] or identity["unit_name"],
        "offices": offices,
        "office_count": structure["office_count"] or Prose(str(len(offices) or "")),
        "sub_units": sub_units,
        "sub_unit_count": structure["sub_unit_count"] or Prose(str(len(sub_units) or "")),
        "posts": _lines(answers, "overview.staff", "authorised_posts", show),
        "people": _lines(answers, "overview.staff", "staff_in_post", show),
        "sources": _lines(answers, "budget.sources", "adjusted_budget", show),
        "balance": _stated(evaluation, "budget.balance", show),
        **_movements(evaluation, show),
        "budget_rows": _rows(answers, "budget.lines", show),
        "source_rows": _rows(answers, "budget.sources", show),
        "official_rows": dashed(_rows(answers, "budget.official", show)),
        "indicator_rows": indicator_rows(evaluation, show),
        "project_total": (total := project_total(evaluation, show)),
        "project_rows": dashed(project_rows(context["budget"]["projects"], total)),
        "origin_rows": [
            row for row in context["budget"]["projects"] if row["origin"] or row["origin_reason"]
        ],
        "problem_rows": [
            {**row, "measure": Sentence.of(sentence(row["direction"]), sentence(row["measure"]))}
            for row in context["issues"]["problems"]
        ],
        "reason_rows": _stated_row(context["budget"]["notes"], "adjustment_reason", "execution_reason"),
        "use_rows": _stated_row(context["issues"]["use"], "application", "publication"),
        "result_rows": [
            {**row, "value": Sentence.of("\n".join(row["value"].paragraphs))}
            for row in _stated(evaluation, "goals.results", show)
        ],
        "above": MERGE_UP,
        "if_filled": IF_FILLED,
        "text_end": TEXT_END,
        "cover": show.rulebook.printing.cover,
        "sign_off": _stated(evaluation, "overview.sign_off", show, without=_NOT_SIGNED),
    }


def _stated_row(section: Mapping[str, Prose], *names: str) -> list[Mapping[str, Prose]]:
    """The texts of ``names`` as the one row of a table; no row where none is stated."""
    row = {name: Sentence.of("\n".join(section[name].paragraphs)) for name in names}
    return [row] if any(row.values()) else []


def _lines(
    answers: Mapping[str, Answer[Any]], key: str, column: str, show: Printer
) -> list[dict[str, Prose]]:
    """The lines of a matrix, but for its total, whose ``column`` is stated and not 0."""
    return [
        {"label": Prose(label), "value": show.answer(answers[f"{line}.{column}"])}
        for line, label in PLAN.matrices[key].lines
        if answers[f"{line}.{column}"].value and not line.endswith(".total")
    ]


def _rows(answers: Mapping[str, Answer[Any]], key: str, show: Printer) -> list[dict[str, Prose]]:
    """The lines of a matrix in which anything is stated."""
    matrix = PLAN.matrices[key]
    columns = [slot.field.key.rpartition(".")[2] for slot in matrix.columns]
    return [
        {"label": Prose(label), **{column: show.answer(answers[f"{line}.{column}"]) for column in columns}}
        for line, label in matrix.lines
        if any(answers[f"{line}.{column}"].stated for column in columns)
    ]


def _movements(evaluation: SelfEvaluation, show: Printer) -> dict[str, Any]:
    """What was adjusted, left unspent or overspent, and the change from last year."""
    total = evaluation.budget.lines.total
    adjusted, outturn, adjustment = map(
        printed, (total.adjusted_budget, total.outturn, total.budget_adjustment)
    )
    left = None if adjusted is None or outturn is None else adjusted - outturn
    remaining = printed(evaluation.budget.balance.closing_carry_over)
    facts: dict[str, Any] = {"adjustment": "", "unspent": "", "overspent": "", "change": ""}
    if adjustment:
        value = show.money(abs(adjustment), "年中调整的绝对值", total.budget_adjustment)
        facts["adjustment"] = {"word": Prose("调增" if adjustment > 0 else "调减"), "value": value}
    if left:
        name, formula = (
            ("unspent", "结余 = 调整后预算 − 执行数")
            if left > 0
            else ("overspent", "超支 = 执行数 − 调整后预算")
        )
        facts[name] = show.money(abs(left), formula, total.adjusted_budget, total.outturn)
    facts["unspent_word"] = Prose("结余" if left is not None and remaining == left else "未执行")
    if total.prior_outturn.stated and outturn is not None:
        facts["change"] = _change(total.outturn, total.prior_outturn, show)
    return facts


def _change(this: Answer[Decimal], last: Answer[Decimal], show: Printer) -> dict[str, Prose]:
    before = amounts.money(last.known)
    difference = amounts.money(this.known) - before
    return {
        "word": Prose("增加" if difference > 0 else "减少" if difference < 0 else "持平"),
        "value": show.money(abs(difference), "执行数 − 上年执行数", this, last),
        "rate": show.rate(abs(difference), before, "增减额 ÷ 上年执行数", this, last),
        "prior": show.answer(last),
    }


def _attached(
    evaluation: SelfEvaluation, context: Mapping[str, Any], wanted: Collection[str]
) -> dict[str, Any]:
    """The report's own attachments among ``wanted`` that have content, with their marks, and all names."""
    facts = context["facts"]
    holds = {
        "budget": len(facts["budget_rows"]) > 1 or len(facts["source_rows"]) > 1 or facts["official_rows"],
        "sheet": is_scored(evaluation),
        "projects": context["budget"]["projects"],
    }
    own = [key for key in ATTACHMENTS if key in wanted and holds[key]]
    titles = [
        *(Prose(ATTACHMENTS[key]) for key in own),
        *(row["name"] for row in context["issues"]["attachments"]),
    ]
    numbers = {key: f"{number}" if len(titles) > 1 else "" for number, key in enumerate(own, start=1)}
    return {
        "attachments": titles,
        "attached": {key: Prose(f"附件{numbers[key]}" if key in numbers else "") for key in ATTACHMENTS},
    }


def _texts(context: Mapping[str, Any]) -> dict[str, Any]:
    """Ready sentences, and which blocks of the report have anything to say."""
    goals, problems = context["goals"], context["issues"]["problems"]
    ready = sentences(context)
    results = (*goals["results"].values(), *(item["result"] for item in goals["plan"]), *goals["indicators"])
    return {
        **ready,
        "structure_stated": any(ready[f"{name}_sentence"] for name in ("organisation", "staff", "assets")),
        "results_stated": any(results) or bool(ready["score_sentence"]),
        "problems": [row for row in problems if row["problem"]],
        "measures": [measure_sentence(row) for row in problems if row["direction"] or row["measure"]],
    }


def _in_text(context: Mapping[str, Any]) -> dict[str, Any]:
    """The tables as lists of rows, and those among them that stand in the text, as no attachment has them."""
    facts, lines = context["facts"], context["budget"]["lines"]
    budget, sources = (
        dashed(facts[name]) if len(facts[name]) > 1 else [] for name in ("budget_rows", "source_rows")
    )
    tables = {
        "budget": ("budget", budget),
        "sources": ("budget", sources),
        "official": ("budget", facts["official_rows"]),
        "projects": ("projects", facts["project_rows"]),
        "origins": ("projects", facts["origin_rows"]),
        "indicators": ("sheet", facts["indicator_rows"]),
    }
    stand = {name: [] if facts["attached"][key] else rows for name, (key, rows) in tables.items()}
    amounts_in_text = [stand[name] for name in ("budget", "sources", "official", "projects")]
    return {
        "budget_table": budget,
        "source_table": sources,
        "text_tables": stand,
        "text_across": has_long_amounts(*amounts_in_text),
        "composition_stated": bool(
            lines["personnel"]["adjusted_budget"] and lines["project"]["adjusted_budget"]
        ),
    }


def _across(context: Mapping[str, Any]) -> dict[str, bool]:
    """Which attachments stand on a page turned sideways."""
    facts, budget = context["facts"], context["budget"]
    return {
        "budget": has_long_amounts(facts["budget_rows"], facts["source_rows"], facts["official_rows"]),
        "sheet": crowded(facts["indicator_rows"])
        or has_long_amounts(facts["budget_rows"])
        or any(row["scoring_standard"] for row in facts["indicator_rows"]),
        "projects": has_long_amounts(budget["projects"]),
    }


def _stated(
    evaluation: SelfEvaluation, section: str, show: Printer, without: Collection[str] = ()
) -> list[dict[str, Prose]]:
    """The stated cells of a section with their labels."""
    return [
        {"label": Prose(answer.field.head), "value": show.answer(answer)}
        for key, answer in evaluation.answers.items()
        if key.startswith(f"{section}.") and answer.stated and key not in without
    ]
