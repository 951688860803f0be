"""What a signer wants to know of each figure: where it comes from, how it was computed, what it was held against."""

from collections.abc import Iterator, Mapping
from typing import Any

from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.checks import Case, indicators, points
from selfeval_xlsx.filling import answers_of
from selfeval_xlsx.findings import CheckResult, Finding
from selfeval_xlsx.form import Indicator, SelfEvaluation
from selfeval_xlsx.kinds import MeasureText
from selfeval_xlsx.relations import cells_of, relations_of
from selfeval_xlsx.rulebook import Rulebook
from selfeval_xlsx.spec import Answer

Notes = Mapping[CellRef, str]


def notes_of(evaluation: SelfEvaluation, result: CheckResult, rulebook: Rulebook) -> Notes:
    """A note for each stated figure of a completed evaluation: source, checks passed, findings, reasons.

    Of an indicator's figures the checks of the whole row are named.
    """
    answers = dict(answers_of(evaluation))
    reasons = _reasons(evaluation)
    standing = _standing(evaluation, rulebook)
    found: dict[CellRef, list[Finding]] = {}
    for finding in result.findings:
        for ref in finding.at:
            found.setdefault(ref, []).append(finding)
    return {
        answer.ref: "\n".join(
            [
                *_lines(answer, standing.get(answer.ref, {}), found.get(answer.ref, [])),
                *reasons.get(answer.ref, ()),
            ]
        )
        for answer in answers.values()
        if answer.stated and (answer.field.kind.numeric or isinstance(answer.field.kind, MeasureText))
    }


def _reasons(evaluation: SelfEvaluation) -> dict[CellRef, list[str]]:
    """What was said of an indicator that missed or far exceeded its target, for each figure of its row."""
    return {
        answer.ref: [
            f"{row.deviation_reason.ref} {row.deviation_reason.field.label}：{row.deviation_reason.show()}"
        ]
        for row in evaluation.goals.indicators
        if row.deviation_reason.stated
        for answer in (row.target_value, row.actual_value, row.weight, row.score)
    }


def _standing(evaluation: SelfEvaluation, rulebook: Rulebook) -> dict[CellRef, dict[str, str]]:
    """The checks each figure took part in: titles by code."""
    case = Case(evaluation, rulebook)
    standing: dict[CellRef, dict[str, str]] = {}
    for relation in relations_of(evaluation):
        involved = [case.answers[key] for key in cells_of(relation, evaluation)]
        if all(answer.stated for answer in involved):
            for answer in involved:
                standing.setdefault(answer.ref, {})[relation.code] = relation.title
    for rule in (*points.RULES, *indicators.RULES):
        for row in rule.subjects(case):
            if isinstance(row, Indicator) and all(answer.stated for answer in rule.needs(row, case)):
                for answer in (row.target_value, row.actual_value, row.weight, row.score):
                    standing.setdefault(answer.ref, {})[rule.code] = rule.title
    return standing


def _lines(answer: Answer[Any], checks: Mapping[str, str], findings: list[Finding]) -> Iterator[str]:
    place = f"{answer.ref} {answer.field.label}"
    if answer.computed:
        formula = next(iter(checks.values()), "")
        yield f"来源：{place}，工作簿留空，由系统计算" + (f"（{formula}）" if formula else "")
    else:
        yield f"来源：{place}，填报“{answer.raw}”"
    broken = {finding.code for finding in findings}
    passed = [f"{code} {title}" for code, title in checks.items() if code not in broken]
    yield f"已核对相符：{'；'.join(passed)}" if passed else "没有可与之核对的数，请人工核对"
    for finding in findings:
        yield f"{finding.severity.value} {finding.code}：{finding.message}"
