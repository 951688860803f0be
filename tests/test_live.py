"""The live checks, recalculated by LibreOffice, say of every relation what the program says of it."""

import io
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import samples
from openpyxl import load_workbook

from selfeval_xlsx import describe
from selfeval_xlsx.cells import column_letters
from selfeval_xlsx.checks import RULES, Case, check
from selfeval_xlsx.findings import Finding, Severity
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.form.declare import Answer, Matrix, Need, Section, Table
from selfeval_xlsx.form.form import PLAN
from selfeval_xlsx.form.kinds import NOTHING, Amount
from selfeval_xlsx.form.relation_kinds import ColumnSum, Ratio, Relation, RowCount, Sum
from selfeval_xlsx.form.relations import FIXED
from selfeval_xlsx.form.rulebook import Rulebook, load
from selfeval_xlsx.form.values import answers_of, column_answers, rows_of
from selfeval_xlsx.workbook import verdicts
from selfeval_xlsx.workbook.author import paint
from selfeval_xlsx.workbook.live import FIRST_ROW, row_cases
from selfeval_xlsx.workbook.reader import read_workbook
from selfeval_xlsx.workbook.verdicts import LINE_COLUMNS
from tests.conftest import GOOD, sample
from tests.office import Office

FULL, SPARSE = "云岭县职业教育中心", "青石镇综合服务中心"
LINES, NOTES = "budget.lines", "budget.notes"
SCORES = "goals.assessment"

POINTS = ("execution_weight", "execution_score", "total_score", "grade")

VARIANTS: list[dict[str, Any]] = [
    {"set": {}},
    {"set": {}, "base": SPARSE},
    # sums
    {"set": {f"{LINES}.total.adjusted_budget": "2141.00"}},
    {"set": {f"{LINES}.basic.outturn": "2129.80", f"{LINES}.basic.prior_outturn": "2077.02"}},
    {"set": {f"{LINES}.basic.outturn": "2129.81", f"{LINES}.total.prior_outturn": "2961.27"}},
    {"set": {f"{LINES}.basic.adjusted_budget": "", f"{LINES}.personnel.adjusted_budget": "1912.80"}},
    {
        "set": {
            f"{LINES}.personnel.adjusted_budget": "",
            f"{LINES}.basic.adjusted_budget": "",
            f"{LINES}.total.adjusted_budget": "",
            f"{LINES}.total.execution_rate": "98.60%",
        }
    },
    {"set": {f"{LINES}.total.budget_adjustment": "", f"{LINES}.operating.budget_adjustment": "8.20"}},
    {"set": {f"{LINES}.total.outturn": "", f"{NOTES}.outturn_change": "241.00"}},
    {"set": {"budget.sources.carry_over.adjusted_budget": "", "budget.sources.own_funds.outturn": ""}},
    {"set": {"budget.sources.carry_over.outturn": "", "budget.sources.fiscal_appropriation.outturn": "3200"}},
    {
        "set": {
            "overview.staff.administrative.authorised_posts": "",
            "overview.staff.total.staff_in_post": 147,
        }
    },
    {"set": {"budget.balance.closing_carry_over": "43.36", "budget.official.total.outturn": "12.63"}},
    {"set": {"budget.balance.expenditure": "", "budget.official.reception.outturn": "无"}},
    # figures that say something of one another
    {
        "set": {
            "budget.balance.expenditure": "3900.00",
            "budget.balance.closing_carry_over": "",
            "budget.projects.0.original_budget": "100",
            "budget.projects.0.budget_adjustment": "-100.01",
            "budget.projects.0.adjusted_budget": "",
            "budget.projects.1.adjusted_budget": "无",
            "budget.projects.1.original_budget": "1.00",
            "budget.projects.2.original_budget": "无",
            "budget.projects.2.adjusted_budget": "",
        }
    },
    {
        "set": {
            "budget.official.reception.adjusted_budget": "",
            "budget.official.total.adjusted_budget": "",
            "budget.official.reception.outturn": "90",
            "budget.sources.own_funds.adjusted_budget": "",
            "budget.projects.1.budget_adjustment": "约3",
        }
    },
    # lists
    {"set": {"budget.projects.4.outturn": "51.50", "budget.projects.4.execution_rate": "51.50%"}},
    {"set": {"budget.projects.1.adjusted_budget": "", "budget.projects.0.adjusted_budget": "480.03"}},
    {"set": {"budget.projects.2.outturn": "", "budget.projects.5.name": "无"}},
    {"set": {f"{NOTES}.project_count": 6, "overview.structure.office_count": 6, "goals.plan": []}},
    # the same figure twice
    {"set": {"overview.structure.adjusted_budget": "3244.61", f"{NOTES}.year": 2024}},
    # limits and rates
    {"set": {f"{LINES}.project.outturn": "1103.61", f"{NOTES}.execution_reason": "无"}},
    {"set": {f"{LINES}.total.outturn": "3244.61", "budget.projects.3.outturn": "72.01"}},
    {"set": {f"{LINES}.total.execution_rate": "104.45%", f"{LINES}.basic.execution_rate": "99.47%"}},
    {
        "set": {
            f"{LINES}.project.adjusted_budget": "0.15",
            f"{LINES}.project.outturn": "0.13",
            f"{LINES}.project.execution_rate": "88%",
            "budget.projects.0.adjusted_budget": "0.15",
            "budget.projects.0.outturn": "0.13",
            "budget.projects.0.execution_rate": "60%",
            "budget.projects.1.adjusted_budget": "0",
            "budget.projects.1.outturn": "0",
        }
    },
    {"set": {f"{LINES}.total.prior_outturn": "0", f"{LINES}.operating.adjusted_budget": "0"}},
    {"set": {f"{NOTES}.outturn_change": "-240.00", f"{NOTES}.outturn_change_rate": "-8.10%"}},
    {
        "set": {
            f"{LINES}.total.execution_rate": "",
            f"{LINES}.total.outturn": "2400",
            f"{NOTES}.execution_reason": "",
            "overview.staff.total.staff_in_post": 160,
            f"{LINES}.total.original_budget": "1800",
            f"{LINES}.total.budget_adjustment": "1444.60",
            f"{NOTES}.adjustment_reason": "—",
        }
    },
    {"set": {"overview.structure.control_rate": "104.11%", f"{LINES}.total.outturn": "2000"}},
    # points
    {"set": {"goals.indicators.0.weight": "40", "goals.indicators.0.score": "40"}},
    {"set": {"goals.indicators.3.weight": "", f"{SCORES}.execution_score": "9.88"}},
    {"set": {f"{SCORES}.execution_score": "9.6", f"{SCORES}.total_score": "89.62"}},
    {"set": {f"{SCORES}.total_score": "", f"{SCORES}.grade": "良", f"{SCORES}.execution_weight": ""}},
    {"set": {f"{SCORES}.execution_score": "", f"{SCORES}.total_score": "99.63", f"{SCORES}.grade": ""}},
    {
        "set": {
            "goals.indicators.0.score": "7",
            "goals.indicators.5.deviation_reason": "/",
            "goals.indicators.8.score": "9",
        }
    },
    {"set": {"goals.indicators.4.score": "", f"{SCORES}.grade": "良"}},
    {"set": {"goals.indicators.0.weight": "90", f"{SCORES}.total_score": "", f"{SCORES}.grade": ""}},
    {"set": {"goals.indicators.0.weight": "90", f"{SCORES}.grade": ""}},
    {"set": {"goals.indicators.0.weight": "16", **{f"{SCORES}.{name}": "" for name in POINTS}}},
    {
        "set": {
            "goals.indicators.0.score": "5",
            "goals.indicators.0.scoring_standard": "由主管部门评定。",
            "goals.indicators.5.deviation_reason": "",
            "goals.indicators.5.scoring_standard": "每少1%扣0.5分。",
        }
    },
    # what is no number
    {
        "set": {f"{LINES}.personnel.outturn": "约1908", "budget.projects.2.adjusted_budget": "#REF!"},
        "cells": {"overview.structure.fixed_assets": "8642.35", f"{LINES}.total.adjusted_budget": "3244.60"},
    },
    {
        "set": {"goals.indicators.2.score": "六分", f"{SCORES}.grade": "良好", f"{NOTES}.year": "去年"},
        "cells": {
            f"{LINES}.personnel.outturn": -5,
            "budget.projects.1.outturn": -1,
            "budget.projects.2.outturn": "两百",
        },
    },
    # half up, where binary floats lie a trifle below the tie
    {
        "set": {
            f"{LINES}.personnel.outturn": "1.005",
            f"{LINES}.operating.outturn": "2.675",
            f"{LINES}.basic.outturn": "3.69",
            f"{LINES}.basic.adjusted_budget": "8.00",
            f"{LINES}.basic.execution_rate": "46.13%",
            f"{LINES}.project.adjusted_budget": "800",
            f"{LINES}.project.outturn": "62.98",
            f"{LINES}.project.execution_rate": "7.87%",
            "budget.projects.0.adjusted_budget": "0.32",
            "budget.projects.0.outturn": "0.27",
            "budget.projects.0.execution_rate": "84.38%",
            "budget.projects.1.original_budget": "1.005",
            "budget.projects.1.budget_adjustment": "0.285",
            "budget.projects.1.adjusted_budget": "1.30",
        }
    },
]
"""What is changed in which good sample: first nothing, then what people get wrong."""

STRICT = load(
    '[execution]\nlow_rate = 99\n[staff]\ncontrol_rate = 90\n[scoring]\nrounding = 0\n[grades]\n"优" = 99.7\n"良" = 80\n"中" = 60\n"差" = 0'
)

KIND_OF = {
    verdicts.WRONG: Severity.ERROR,
    verdicts.DOUBTFUL: Severity.WARNING,
    verdicts.ROUNDING: Severity.NOTE,
}


@dataclass(frozen=True)
class Book:
    """A workbook as the program judges it, and as the spreadsheet program shows it."""

    case: Case
    findings: tuple[Finding, ...]
    sheets: dict[str, list[list[Any]]]

    def shown(self, sheet: str, row: int, column: int) -> Any:
        """What a cell shows, a number or a text; "" where nothing stands."""
        rows = self.sheets[sheet]
        return rows[row - 1][column - 1] if row <= len(rows) and column <= len(rows[0]) else ""

    def readable(self, answer: Answer[Any]) -> bool:
        """Whether the cell is blank, says 无, or holds a number that is read."""
        raw = self.shown(answer.ref.sheet, *answer.ref.place)
        as_text = isinstance(raw, str) and raw.strip() not in NOTHING and raw != answer.value
        return not as_text and not self.at(answer, "FIL02")

    def at(self, answer: Answer[Any], *codes: str) -> list[Finding]:
        """The findings of the codes on the cell of an answer."""
        return [each for each in self.findings if each.code in codes and each.at[0] == answer.ref]


def painted(variant: dict[str, Any], rulebook: Rulebook) -> bytes:
    data = samples.spoil(sample(variant.get("base", FULL)), variant["set"])
    book = paint(from_data(data), describe.rule_rows(), rulebook)
    return samples.edited(book, variant)


def recalculated(office: Office, path: Path, rulebook: Rulebook) -> Book:
    evaluation = read_workbook(path.read_bytes(), path.name)
    case = Case(completed(evaluation, rulebook), rulebook)
    return Book(case, check(evaluation, rulebook).findings, office.values(path))


def operands(relation: Relation, case: Case) -> list[Answer[Any]]:
    """Every cell a relation looks at."""
    found = []
    for name in relation.__dataclass_fields__:
        value = getattr(relation, name)
        for key in value if isinstance(value, tuple) else (value,):
            if key in case.answers and name not in {"reason", "column"}:
                found.append(case.answers[key])
            elif key in PLAN.columns:
                found += column_answers(case.evaluation, key)
    return found


def disagreement(relation: Relation, word: str, book: Book) -> str:  # noqa: PLR0911 - one for each word
    """What is wrong with the sheet's verdict on a relation; empty where it is right."""
    rule = next(each for each in RULES if each.code == relation.code)
    subject = book.case.answers[relation.result]
    codes = (relation.code, "EXE03") if isinstance(relation, Ratio) else (relation.code,)
    own = book.at(subject, *codes) or [
        each for each in book.findings if each.code == relation.code == "IND01"
    ]
    if not all(map(book.readable, operands(relation, book.case))):
        return "" if word == verdicts.UNREADABLE else "something unreadable is passed over"
    needs = [subject, *rule.needs(relation, book.case)]
    untyped = any(row.score.raw == "" for row in book.case.evaluation.goals.indicators)
    if relation.code in {"IND07", "IND08"} and untyped and word == verdicts.UNSEEN:
        return ""  # points the program computes from targets and actuals, which no formula reads
    if own:
        return "" if matches(word, own[0]) else f"the program says {own[0]}"
    if word == verdicts.HOLDS:
        return "" if all(need.stated for need in needs) else "what is not stated is said to hold"
    if word == verdicts.COMPUTED:
        return "" if subject.computed else "nothing is computed here"
    if word == verdicts.NOT_STATED:
        return "" if not all(need.stated for need in needs) or is_vacuous(relation, book) else "it is checked"
    return "the program says nothing"


def is_vacuous(relation: Relation, book: Book) -> bool:
    """Whether there is nothing to compare with, though all needs are stated."""
    evaluation = book.case.evaluation
    if isinstance(relation, Sum):
        return not any(book.case.answers[key].stated for key, _ in relation.parts.items())
    if isinstance(relation, ColumnSum):
        column = column_answers(evaluation, relation.column)
        return not column or not all(each.stated for each in column)
    if relation.code == "IND04":
        return not book.case.evaluation.budget.lines.total.adjusted_budget.value
    if relation.code == "IND01":
        return not any(row.weight.stated for row in evaluation.goals.indicators)
    if isinstance(relation, RowCount):
        return not rows_of(evaluation, relation.table)
    return False


def matches(word: str, finding: Finding) -> bool:
    if finding.severity is Severity.NOTE and "说明原因" in finding.message:
        return word == verdicts.EXPLAINED
    return KIND_OF.get(word.split(" ", maxsplit=1)[0]) is finding.severity


def live_lines(book: Book) -> list[tuple[str, str]]:
    """Rule and result of the lines of 核对 below the relations; below them, after a blank row, the rules are explained."""
    rows = book.sheets["核对"][FIRST_ROW + len(FIXED) - 1 :]
    return [(row[1], row[0]) for row in itertools.takewhile(lambda row: row[1], rows)]


def relation_words(book: Book) -> Iterator[tuple[Relation, str]]:
    fixed = list(book.case.relations)[: len(FIXED)]
    for row, relation in enumerate(fixed, start=FIRST_ROW):
        assert book.shown("核对", row, 2) == relation.code
        yield relation, book.shown("核对", row, 1)


def rule_words(book: Book) -> dict[str, str]:
    return {code: word for code, word in live_lines(book) if code not in PROJECT_CODES}


PROJECT_CODES = ("SUM03", "EXE01", "EXE02")
"""Relations within a row, which have one line for all rows of the project list."""


def project_disagreements(book: Book) -> Iterator[str]:
    """The lines that count the projects whose figures do not agree."""
    projects = book.case.evaluation.budget.projects
    cells = {answer.ref: answer for row in projects for _, answer in answers_of(row)}
    words = {code: word for code, word in live_lines(book) if code in PROJECT_CODES}
    assert set(words) == set(PROJECT_CODES)
    for code, word in words.items():
        own = [each for each in book.findings if each.code == code and each.at[0] in cells]
        errors = [each for each in own if each.severity is Severity.ERROR]
        readable = all(book.readable(getattr(row, column)) for row in projects for column in LINE_COLUMNS)
        right = f"✗ 有 {len(errors)} 行" if errors else "✓|—"
        if not re.fullmatch(right if readable else verdicts.UNREADABLE, word):
            yield f"{code} of projects: {word}, not {right}"


REMINDERS = ("SUM13", "SUM14", "EXE09")


def reminder(code: str, own: list[Finding], book: Book) -> str:
    """What the sheet may say of a rule that reminds, a pattern."""
    amounts = [answer for answer in book.case.answers.values() if isinstance(answer.field.kind, Amount)]
    unreadable = "" if all(map(book.readable, amounts)) else f"|{verdicts.UNREADABLE}"
    counted = "差 .*" if code == "SUM13" else f"有 {len(own)} 处"
    return (
        f"{verdicts.DOUBTFUL} {counted}{unreadable}"
        if own
        else f"{verdicts.HOLDS}|{verdicts.NOT_STATED}{unreadable}"
    )


def single_word(code: str, own: list[Finding], book: Book) -> str:
    """What the sheet says of a rule on single figures that asks for a reason."""
    rule = next(rule for rule in RULES if rule.code == code)
    needs = [need for subject in rule.subjects(book.case) for need in rule.needs(subject, book.case)]
    if not all(map(book.readable, needs)):
        return verdicts.UNREADABLE
    if not all(need.stated for need in needs):
        return verdicts.NOT_STATED
    if own:
        return "✗ 没有说明原因" if own[0].severity is Severity.ERROR else verdicts.EXPLAINED
    return verdicts.HOLDS


def rule_disagreements(book: Book) -> Iterator[str]:
    """The rules on single figures and on rows of indicators, which are no relations."""
    indicators = book.case.evaluation.goals.indicators
    for code, word in rule_words(book).items():
        own = [each for each in book.findings if each.code == code]
        errors = [each for each in own if each.severity is Severity.ERROR]
        if code.startswith("IND"):
            if (
                code == "IND09"
            ):  # the sheet counts every row that lost points without a reason; of some IND05 speaks
                lost = {
                    row.score.ref
                    for row in indicators
                    if row.deviation_reason.blank and row.score.stated and row.weight.stated
                    if row.scoring_standard.blank
                    if row.score.known < row.weight.known
                }
                errors += [
                    f
                    for f in book.findings
                    if f.code == "IND05" and f.severity is Severity.ERROR and f.at[0] in lost
                ]
            typed = {
                row.score.ref.coordinate
                for row in indicators
                if not row.score.computed and row.scoring_standard.blank
            }
            counted = [each for each in errors if {ref.coordinate for ref in each.at} & typed]
            readable = all(book.readable(row.score) and book.readable(row.weight) for row in indicators)
            right = f"✗ 有 {len(counted)} 行" if counted else ""
            if word != right if right and readable else word.startswith("✗") or (word == "✓" and errors):
                yield f"{code}: {word}, {len(counted)} rows"
            continue
        right = reminder(code, own, book) if code in REMINDERS else single_word(code, own, book)
        if not re.fullmatch(right, word):
            yield f"{code}: {word}, not {right}"


ORDER = (verdicts.WRONG, verdicts.DOUBTFUL, verdicts.ROUNDING, verdicts.EXPLAINED, "")


def touching_disagreements(book: Book) -> Iterator[str]:
    """Beside each line of a matrix and each cell of a section stands the gravest result that touches it."""
    for line in [line for matrix in PLAN.matrices.values() for line, _ in matrix.lines] + list(PLAN.slots):
        touching = [
            (relation, word)
            for relation, word in relation_words(book)
            if any(key == line or key.startswith(f"{line}.") for key in relation.figures)
        ]
        page, slot = next(at for key, at in PLAN.slots.items() if key == line or key.startswith(f"{line}."))
        block = next(each for each in page.blocks if not isinstance(each, Table) and slot in each.slots)
        if not touching or (isinstance(block, Matrix) and line == slot.field.key):
            continue
        column = len(page.widths) if isinstance(block, Section) else block.columns[-1].column + 1
        shown = book.shown(page.name, slot.row, column)
        gravest = min(
            (ORDER.index(start) for _, word in touching for start in ORDER if word.startswith(start))
        )
        if gravest < ORDER.index(verdicts.ROUNDING) and not shown.startswith(
            (ORDER[gravest], verdicts.UNREADABLE, verdicts.WRONG)
        ):
            yield f"{line}: {shown}, not {ORDER[gravest]}"


def row_disagreements(book: Book) -> Iterator[str]:
    """The column beside the projects."""
    for line in book.case.evaluation.budget.projects:
        cells = [getattr(line, column) for column in LINE_COLUMNS]
        word = book.shown("预算", line.outturn.ref.place[0], 9)
        found = [each for cell in cells for each in book.at(cell, "SUM03", "EXE01", "EXE02", "EXE03")]
        right = min((ORDER.index(start_of(each)) for each in found), default=len(ORDER) - 1)
        if not all(map(book.readable, cells)):
            if not word.startswith(verdicts.UNREADABLE):
                yield f"{line.outturn.ref}: {word}, in spite of what cannot be read"
        elif not (
            word.startswith(ORDER[right])
            if ORDER[right]
            else word.startswith("✓ 执行率") or word in {"", "✓"}
        ):
            yield f"{line.outturn.ref}: {word}, not {ORDER[right]}"


def start_of(finding: Finding) -> str:
    return next(start for start in ORDER if matches(start, finding))


def disagreements(book: Book) -> list[str]:
    wrong = ((relation, word, disagreement(relation, word, book)) for relation, word in relation_words(book))
    return [
        *(f"{relation}: {word!r}: {why}" for relation, word, why in wrong if why),
        *rule_disagreements(book),
        *project_disagreements(book),
        *touching_disagreements(book),
        *row_disagreements(book),
    ]


def test_the_sheet_says_what_the_program_says(office: Office, tmp_path: Path) -> None:
    shown: set[str] = set()
    for number, variant in enumerate(VARIANTS):
        path = tmp_path / f"{number}.xlsx"
        path.write_bytes(painted(variant, Rulebook()))
        book = recalculated(office, path, Rulebook())
        assert disagreements(book) == [], (number, variant)
        shown |= {word.partition(" ")[0] for _, word in relation_words(book)}
        if number < 2:
            assert not any(each.severity is Severity.ERROR for each in book.findings)
        else:
            assert book.findings
    assert len(VARIANTS) >= 32
    assert shown == {
        verdicts.HOLDS,
        verdicts.WRONG,
        verdicts.ROUNDING,
        verdicts.DOUBTFUL,
        verdicts.NOT_STATED,
        verdicts.COMPUTED,
        verdicts.UNREADABLE,
        verdicts.UNSEEN,
    }


def test_thresholds_are_those_of_the_rulebook(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "表.xlsx"
    path.write_bytes(
        painted({"set": {f"{NOTES}.execution_reason": "", "goals.assessment.total_score": "99.63"}}, STRICT)
    )
    book = recalculated(office, path, STRICT)
    assert disagreements(book) == []
    assert rule_words(book)["EXE04"] == rule_words(book)["EXE07"] == "✗ 没有说明原因"
    words = {relation.code: word for relation, word in relation_words(book)}
    assert words["IND08"] == "✗ 应为 良"
    assert words["IND07"] == "✗ 应为 99.62"


def test_a_rule_that_is_lowered_is_lowered_beside_its_row_too(office: Office, tmp_path: Path) -> None:
    wrong = {
        "budget.projects.0.adjusted_budget": "481.00",
        "budget.projects.0.execution_rate": "",
        "budget.projects.1.outturn": "300",
        "budget.projects.1.execution_rate": "",
        f"{NOTES}.execution_reason": "",
        "budget.projects.2.execution_rate": "90%",
    }
    path = tmp_path / "表.xlsx"
    path.write_bytes(
        painted(
            {"set": wrong},
            load('[severity]\nSUM03 = "提醒"\nEXE01 = "提醒"', {"SUM03": ["提醒"], "EXE01": ["提醒"]}),
        )
    )
    first = PLAN.tables["budget.projects"][1].first
    words = [row[8] for row in office.values(path)["预算"][first - 1 : first + 2]]
    assert words == [
        "请核对 调整后预算应为 480.00",
        "请核对 执行数大于调整后预算，没有说明原因",
        "✗ 执行率应为 99.76%",
    ]


def test_the_head_says_what_is_owed_until_all_is_there(office: Office, tmp_path: Path) -> None:
    blank, begun, filled = (tmp_path / f"{name}.xlsx" for name in ("空白", "写了一半", "填好"))
    blank.write_bytes(describe.blank_workbook(Rulebook()))
    filled.write_bytes(painted({"set": {}}, Rulebook()))
    begun.write_bytes(painted({"set": {"budget.projects.1.outturn": "", "goals.plan": []}}, Rulebook()))
    said = [office.values(path)["概况"][1][4] for path in (blank, begun, filled)]
    owed = [slot for _, slot in PLAN.slots.values() if slot.field.need is Need.REQUIRED]
    assert said == [
        f"必填还差 {len(owed) - 1 + 3} 格",
        "必填还差 4 格",
        "没有 ✗",
    ]  # the money unit stands there


def test_colours_in_a_row_follow_the_rules_on_indicators(office: Office, tmp_path: Path) -> None:
    changes = {
        "goals.indicators.0.score": "5",
        "goals.indicators.0.deviation_reason": "",
        "goals.indicators.1.score": "99",
    }
    book = load_workbook(io.BytesIO(painted({"set": changes}, Rulebook())))
    _, table = PLAN.tables["goals.indicators"]
    places = {slot.field.key.rpartition(".")[2]: column_letters(slot.column) for slot in table.columns}
    for row in (0, 1, 2):
        for column, case in enumerate(row_cases(places, table.first + row, Rulebook()), start=20):
            book["目标"].cell(table.first + row, column).value = f"={case.condition}"
    path = tmp_path / "表.xlsx"
    book.save(path)
    shown = [row[19:21] for row in office.values(path)["目标"][table.first - 1 : table.first + 2]]
    assert shown == [[False, True], [True, False], [False, False]]


def test_titles_stand_in_one_place() -> None:
    sheet = load_workbook(io.BytesIO(painted(VARIANTS[0], Rulebook())))["核对"]
    titles = {relation.title for relation in FIXED} | {rule.title for rule in RULES}
    lines = itertools.takewhile(lambda row: row[1], sheet.iter_rows(min_row=FIRST_ROW, values_only=True))
    assert {line[2] for line in lines} <= titles


@pytest.mark.parametrize("name", [FULL, SPARSE])
def test_the_good_samples_stand_in_the_table(name: str) -> None:
    bases = [variant.get("base", FULL) for variant in VARIANTS if not variant["set"]]
    assert name in bases
    assert (GOOD / f"{name}.xlsx").exists()
