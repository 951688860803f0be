"""What a signer wants to know of each figure: where it comes from, how it was computed, what it was held against."""

from collections.abc import Iterator, Mapping
from typing import Any

from selfeval_xlsx.filling import answers_of
from selfeval_xlsx.findings import CheckResult, Finding
from selfeval_xlsx.form import SelfEvaluation
from selfeval_xlsx.relations import Relation, cells_of, relations_of
from selfeval_xlsx.spec import Answer, CellRef

Notes = Mapping[CellRef, str]


def notes_of(evaluation: SelfEvaluation, result: CheckResult) -> Notes:
    """A note for each stated figure of a completed evaluation: source, checks passed, findings, reasons."""
    answers = dict(answers_of(evaluation))
    standing: dict[str, list[Relation]] = {}
    for relation in relations_of(evaluation):
        keys = cells_of(relation, evaluation)
        if all(answers[key].stated for key in keys):
            for key in keys:
                standing.setdefault(key, []).append(relation)
    found: dict[CellRef, list[Finding]] = {}
    for finding in result.findings:
        for ref in finding.at:
            found.setdefault(ref, []).append(finding)
    return {
        answer.ref: "\n".join(_lines(answer, standing.get(key, []), found.get(answer.ref, [])))
        for key, answer in answers.items()
        if answer.stated and answer.field.kind.numeric
    }


def _lines(answer: Answer[Any], relations: list[Relation], findings: list[Finding]) -> Iterator[str]:
    place = f"{answer.ref} {answer.field.label}"
    if answer.computed:
        formula = next((each.title for each in relations), "")
        yield f"来源：{place}，工作簿留空，由系统计算" + (f"（{formula}）" if formula else "")
    else:
        yield f"来源：{place}，填报“{answer.raw}”"
    broken = {finding.code for finding in findings}
    passed = dict.fromkeys(f"{each.code} {each.title}" for each in relations if each.code not in broken)
    yield f"已核对相符：{'；'.join(passed)}" if passed else "没有可与之核对的数，请人工核对"
    for finding in findings:
        yield f"{finding.severity.value} {finding.code}：{finding.message}"
