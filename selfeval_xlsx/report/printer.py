"""How what stands in the cells is printed: answers by the rulebook's settings, typed texts in one style, tables.

A proof copy has a note on every figure. Typed texts get one style of spaces, no lines torn by copying, no numbers beside
the report's own; only the print differs: the evaluation, its checks and its JSON keep what was typed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Any

from selfeval_xlsx import amounts
from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.figures import read_measure
from selfeval_xlsx.form.declare import Answer, Need, declared
from selfeval_xlsx.form.form import PLAN, QUALITATIVE, Indicator, SelfEvaluation, Sources
from selfeval_xlsx.form.kinds import Amount, Text
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.form.values import answers_of, with_answers
from selfeval_xlsx.report.finish import MERGE_UP
from selfeval_xlsx.report.wording import BLANK, NOTHING, Prose, Sentence, TracedFigure, sentence
from selfeval_xlsx.text import rejoined, spaced, unnumbered, width


class Printer:
    """Prints answers by the rulebook's settings."""

    def __init__(self, rulebook: Rulebook, notes: Mapping[CellRef, str] | None, *, draft: bool) -> None:
        self.rulebook = rulebook
        self.comma = rulebook.printing.thousands_comma
        self.notes = notes
        self.missing = Prose("（未填）" if draft else "")

    def answer(self, answer: Answer[Any]) -> Prose:
        """What stands in a cell; where a draft misses a required value, it says so."""
        if answer.value is None:
            required = answer.field.need is Need.REQUIRED and answer.field.key in PLAN.slots
            return self.missing if required else NOTHING
        return self._noted(answer, answer.field.kind.show(answer.value, comma=self.comma))

    def answers(self, line: object) -> dict[str, Prose]:
        """What stands in the cells of a row or line, by their names."""
        return {name: self.answer(answer) for name, answer in answers_of(line)}

    def points(self, answer: Answer[Decimal], places: int) -> Prose:
        """Points of a column, all with ``places`` decimals."""
        value = answer.value
        return NOTHING if value is None else self._noted(answer, str(amounts.rounded(value, places)))

    def computed(self, text: str, formula: str, *of: Answer[Any]) -> Prose:
        """A figure that stands in no cell: ``formula`` says how it follows from the cells ``of``."""
        if self.notes is None:
            return Prose(text)
        labels = ["", *(answer.field.label for answer in of)]
        names = [f"{label} " if label != above else "" for above, label in pairwise(labels)]
        cells = "、".join(
            f"{answer.ref} {name}{answer.show()}" for answer, name in zip(of, names, strict=True)
        )
        return TracedFigure.with_note(text, f"计算得出：{formula}；取自：{cells}")

    def setting(self, text: str, meaning: str) -> Prose:
        """A figure of the rulebook."""
        return Prose(text) if self.notes is None else TracedFigure.with_note(text, f"来源：口径，{meaning}")

    def money(self, value: Decimal | None, formula: str, *of: Answer[Any]) -> Prose:
        """As :meth:`computed`, of an amount; empty where there is none."""
        if value is None:
            return NOTHING
        return self.computed(amounts.grouped(value, amounts.MONEY_PLACES, comma=self.comma), formula, *of)

    def rate(self, part: Decimal | None, whole: Decimal | None, formula: str, *of: Answer[Any]) -> Prose:
        """As :meth:`computed`, of ``part`` in percent of ``whole``; empty where one is not known or there is no whole."""
        rate = None if part is None or whole is None else amounts.percentage(part, whole)
        if rate is None:
            return NOTHING
        return self.computed(f"{amounts.rounded(rate, amounts.RATE_PLACES)}%", formula, *of)

    def _noted(self, answer: Answer[Any], text: str) -> Prose:
        note = self.notes.get(answer.ref) if self.notes else None
        return Prose(text) if note is None else TracedFigure.with_note(text, note)


def printed(answer: Answer[Decimal]) -> Decimal | None:
    """The amount as printed, so that figures computed from it agree with those beside them."""
    if answer.value is None or not isinstance(answer.field.kind, Amount):
        return None
    return amounts.money(answer.value)


def places_of(*points: Decimal | None) -> int:
    """The decimals a column of points needs, so that every one of them is printed in full."""
    stated = [
        amounts.plain(amounts.rounded(value, amounts.POINT_PLACES)) for value in points if value is not None
    ]
    return max((len(text.partition(".")[2]) for text in stated), default=0)


# --- typed texts ----------------------------------------------------------------------------------

_NAMES = ("overview.identity.", "overview.sign_off.")
"""Sections whose texts are names: printed as they are."""

_NUMBERED = {
    "overview.duties.content",
    "overview.business.title",
    "goals.plan.title",
    "issues.problems.problem",
    "issues.problems.direction",
    "issues.problems.measure",
    "issues.attachments.name",
}
"""Columns whose rows the report numbers, or sets behind words of its own."""


def as_printed(evaluation: SelfEvaluation) -> SelfEvaluation:
    """``evaluation`` with its texts as a report prints them."""
    changed = {
        key: replace(answer, value=text)
        for key, answer in evaluation.answers.items()
        if isinstance(answer.value, str)
        and isinstance(answer.field.kind, Text)
        and (text := _printed(answer)) != answer.value
    }
    return with_answers(evaluation, changed) if changed else evaluation


def _printed(answer: Answer[str]) -> str:
    key, text = answer.field.key, answer.known
    if key.startswith(_NAMES):
        return text
    text = spaced(rejoined(text) if "\n" in text else text)
    return unnumbered(text) if key in _NUMBERED and key in PLAN.columns else text


# --- tables ---------------------------------------------------------------------------------------

Row = dict[str, Any]

_CELL_LINES = 6
"""Lines a cell of an upright page may take before the page is turned."""
_BLOCK_LINES = 16
"""Lines that rows with a common label may take together: a third of a page."""
_TEXT_WIDTH, _CELL_MARGINS, _CHARACTER = 156.0, 2.0, 3.7
"""Millimetres: the text of an upright page, what a cell keeps free, a character of 10.5 pt."""
_LONG_AMOUNT = 11
"""Characters of an amount that still fit a column of an upright page: 1234567.89 with its commas."""


def _is_stated(row: object) -> bool:
    return any(answer.stated for _, answer in answers_of(row))


def is_scored(evaluation: SelfEvaluation) -> bool:
    """Whether the unit gives points: its indicators have weights."""
    return any(row.weight.stated for row in evaluation.goals.indicators)


# --- indicators ---------------------------------------------------------------------------------


def indicator_rows(evaluation: SelfEvaluation, show: Printer) -> list[Row]:
    """The indicators as a table prints them: points of equal decimals, a level that repeats merged upwards."""
    indicators = [row for row in evaluation.goals.indicators if _is_stated(row)]
    weight_places = places_of(*(row.weight.value for row in indicators))
    rows = [
        {
            **_measures(row, show),
            "weight": show.points(row.weight, weight_places),
            "score": show.points(row.score, _score_places(evaluation)),
        }
        for row in indicators
    ]
    _merge_repeated(rows)
    return rows


def _score_places(evaluation: SelfEvaluation) -> int:
    """The decimals of the column of scores, total included."""
    scores = (row.score.value for row in evaluation.goals.indicators)
    return places_of(evaluation.goals.assessment.total_score.value, *scores)


def _measures(row: Indicator, show: Printer) -> Row:
    """The cells of an indicator, with comparator and unit only where the text of target or actual does not say them."""
    cells: Row = show.answers(row)
    unit, target, actual = (
        answer.value or "" for answer in (row.measure_unit, row.target_value, row.actual_value)
    )
    if row.comparator.value == QUALITATIVE or read_measure(target).comparator:
        cells["comparator"] = NOTHING
    cells["target_unit"] = Prose(unit if target and not target.endswith(unit) else "")
    cells["actual_unit"] = Prose(unit if actual and not actual.endswith(unit) else "")
    cells["group"] = Prose(cells["level1"].removesuffix("指标"))
    cells["target"] = Sentence.of(cells["comparator"], cells["target_value"], cells["target_unit"])
    attained = ("（", cells["attainment"], "）") if cells["attainment"] else ()
    cells["actual"] = Sentence.of(cells["actual_value"], cells["actual_unit"], *attained)
    return cells


def _merge_repeated(rows: list[Row]) -> None:
    """Let levels that repeat the row above belong to its cells.

    Rows of one cell stay on one page, so that no page lacks a label; where they would take too much of it, both
    levels are named again, at the next second level if that is enough.
    """
    room, before = 0, ""
    for (level1, level2), group in groupby(rows, key=lambda row: (str(row["level1"]), str(row["level2"]))):
        members = list(group)
        joins = level1 == before and sum(map(_row_lines, members)) <= room
        room, before = room if joins else _BLOCK_LINES, level1
        for number, row in enumerate(members):
            if number and _row_lines(row) > room:
                room, joins = _BLOCK_LINES, False
            elif number or joins:
                row["level1"] = row["group"] = MERGE_UP
                if number and level2:
                    row["level2"] = MERGE_UP
            room -= _row_lines(row)


def _row_lines(row: Row) -> int:
    return max(_lines_needed("".join(row[name] for name in names), share) for names, share in TEXT_COLUMNS)


# --- 部门整体支出绩效自评表 ---------------------------------------------------------------------


def sheet(evaluation: SelfEvaluation, context: Mapping[str, Any], show: Printer) -> Row:
    """The blocks of the evaluation sheet that are not the indicators."""
    full = show.rulebook.scoring.full_score
    weights = places_of(*(row.weight.value for row in evaluation.goals.indicators))
    return {
        "budget": _budget(evaluation, context, show),
        "goals": _goals(context),
        "full_score": show.setting(
            str(amounts.rounded(full, max(weights, places_of(full)))), "各项分值之和应为满分"
        ),
        "total_score": show.points(evaluation.goals.assessment.total_score, _score_places(evaluation)),
    }


def _budget(evaluation: SelfEvaluation, context: Mapping[str, Any], show: Printer) -> list[Row]:
    """The whole budget with its points, then basic and project expenditure; else its sources."""
    lines, assessment = context["budget"]["lines"], context["goals"]["assessment"]
    points = {"weight": assessment["execution_weight"], "score": assessment["execution_score"]}
    unscored = {"weight": BLANK, "score": BLANK}
    own_points = unscored if points["weight"] == 0 else points
    total = {**lines["total"], "label": Prose("年度资金总额"), **own_points}
    parts = [
        {**lines[name], "label": Prose(label)}
        for name, label in (("basic", "基本支出"), ("project", "项目支出"))
        if any(lines[name].values())
    ]
    rest = parts or _sources(evaluation, show)
    return [total, *({**row, **unscored} for row in rest)]


def _sources(evaluation: SelfEvaluation, show: Printer) -> list[Row]:
    rows: list[Row] = []
    for name, spec, _ in declared(Sources):
        line = getattr(evaluation.budget.sources, name)
        spent, budget = line.outturn, line.adjusted_budget
        if budget.value:
            rate = show.rate(printed(spent), printed(budget), "执行数 ÷ 调整后预算", spent, budget)
            rows.append({"label": Prose(spec.label), **show.answers(line), "execution_rate": rate})
    return rows


def _goals(context: Mapping[str, Any]) -> list[Row]:
    """Each goal beside its result; without a list of goals the two texts."""
    goals, plan = context["goals"], context["goals"]["plan"]
    if not plan:
        overall, completion = context["overview"]["goal"]["overall_goal"], goals["results"]["completion"]
        return [{"planned": overall, "achieved": completion}] if overall or completion else []
    numbers = [f"{number}." if len(plan) > 1 else "" for number in range(1, len(plan) + 1)]
    return [
        {"planned": Sentence.of(number, sentence(item["title"]), item["content"]), "achieved": item["result"]}
        for number, item in zip(numbers, plan, strict=True)
    ]


# --- projects -----------------------------------------------------------------------------------


def project_rows(projects: Sequence[Row], total: Row | str) -> list[Row]:
    """The projects, and below them what they come to."""
    if isinstance(total, str):
        return list(projects)
    return [*projects, {**dict.fromkeys(projects[0], NOTHING), **total, "name": Prose("合计")}]


def project_total(evaluation: SelfEvaluation, show: Printer) -> Row | str:
    """What all projects come to, column by column; empty for fewer than two. Nothing missing is guessed."""
    projects = [row for row in evaluation.budget.projects if _is_stated(row)]
    if len(projects) < 2:
        return ""
    names = ("original_budget", "budget_adjustment", "adjusted_budget", "outturn")
    columns = {name: [getattr(row, name) for row in projects] for name in names}
    sums = {name: _sum(answers) for name, answers in columns.items()}
    formula = "执行数合计 ÷ 调整后预算合计"
    return {
        **{name: show.money(value, "各项目之和", *columns[name]) for name, value in sums.items()},
        "execution_rate": show.rate(sums["outturn"], sums["adjusted_budget"], formula, *columns["outturn"]),
    }


def _sum(answers: Sequence[Answer[Decimal]]) -> Decimal | None:
    stated = [value for value in map(printed, answers) if value is not None]
    return sum(stated, Decimal(0)) if len(stated) == len(answers) else None


def dashed(rows: Sequence[Row]) -> list[Row]:
    """``rows`` with — where nothing is stated; a column of which nothing is stated stays blank, and so goes."""
    stated = {name for row in rows for name, value in row.items() if value}
    return [
        {name: value or (BLANK if name in stated else NOTHING) for name, value in row.items()} for row in rows
    ]


# --- upright or across --------------------------------------------------------------------------


def crowded(rows: Sequence[Row]) -> bool:
    """Whether an indicator needs a higher cell on an upright page than is pleasant to read."""
    return any(_row_lines(row) > _CELL_LINES for row in rows)


TEXT_COLUMNS = (
    (("level2",), 11),
    (("level3",), 16),
    (("target_value", "target_unit"), 14),
    (("actual_value", "actual_unit", "attainment"), 14),
    (("deviation_reason",), 19),
)
"""The columns of words in the shipped table of indicators: what stands in one, its width in percent of the text."""


def _lines_needed(text: str, share: int) -> int:
    room = (_TEXT_WIDTH * share / 100 - _CELL_MARGINS) // _CHARACTER
    return sum(int(-(-width(line) // room)) for line in text.split("\n"))


def has_long_amounts(*tables: Sequence[Row]) -> bool:
    """Whether an amount does not fit a column of an upright page (sheets kept in 元)."""
    return any(
        len(value) > _LONG_AMOUNT
        for rows in tables
        for row in rows
        for name, value in row.items()
        if name.endswith(("budget", "adjustment", "outturn"))
    )
