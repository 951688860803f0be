"""What an e-mail says of a report: unit, year, main figures, result of the checks.

The facts travel in the report's document properties, so that the letter can be written from the Word
file alone, also after it was edited.
"""

from collections.abc import Mapping
from typing import Any

from selfeval_xlsx.findings import CheckResult, verdict
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.references import money_unit
from selfeval_xlsx.form.rulebook import Rulebook

EMAIL = "报送邮箱"
ENCLOSED = "自备附件"
"""The unit's own attachments: the report lists them, whoever sends it has to add them."""
_PREFIX = "selfeval_mail_"


def facts_of(evaluation: SelfEvaluation, result: CheckResult, rulebook: Rulebook) -> dict[str, str]:
    """The facts of a completed evaluation; what is not stated is empty."""
    identity, sign_off = evaluation.overview.identity, evaluation.overview.sign_off
    return {
        "单位": identity.unit_name.show(),
        "年度": identity.year.show(),
        "主管部门": identity.supervising_department.show(),
        "主要数字": _figures(evaluation, rulebook),
        "核对结果": verdict(result.findings),
        "填报人": sign_off.preparer.show(),
        "联系电话": sign_off.telephone.show(),
        EMAIL: sign_off.email.show(),
        ENCLOSED: enclosed(evaluation),
    }


def enclosed(evaluation: SelfEvaluation) -> str:
    """The names of the attachments that the unit adds itself, in one line."""
    return "、".join(row.name.show() for row in evaluation.issues.attachments if row.name.stated)


def _figures(evaluation: SelfEvaluation, rulebook: Rulebook) -> str:
    total, assessment = evaluation.budget.lines.total, evaluation.goals.assessment
    unit = money_unit(evaluation)
    said: list[tuple[str, Answer[Any], str]] = [
        ("调整后预算", total.adjusted_budget, unit),
        ("执行数", total.outturn, unit),
        ("预算执行率", total.execution_rate, ""),
        ("自评总分", assessment.total_score, "分"),
        ("等级", assessment.grade, ""),
    ]
    comma = rulebook.printing.thousands_comma
    return "，".join(f"{name}{_shown(answer, comma)}{tail}" for name, answer, tail in said if answer.stated)


def _shown(answer: Answer[Any], comma: bool) -> str:  # noqa: FBT001 - the rulebook's setting, handed on
    return answer.field.kind.show(answer.known, comma=comma)


def as_properties(facts: Mapping[str, str]) -> dict[str, str]:
    """``facts`` as document properties; what is empty is left out."""
    return {f"{_PREFIX}{name}": value for name, value in facts.items() if value}


def from_properties(properties: Mapping[str, str]) -> dict[str, str] | None:
    """The facts that document properties tell; None where they tell none."""
    found = {
        name.removeprefix(_PREFIX): value for name, value in properties.items() if name.startswith(_PREFIX)
    }
    return found or None
