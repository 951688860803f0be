"""What the document properties of a report tell: what it was made from, and what an e-mail says of it.

They travel with the Word file, so that it can be held against its workbook, and the letter be written, also after it
was edited. Digests are SHA-256 in hexadecimal.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from selfeval_xlsx.errors import VERSION
from selfeval_xlsx.findings import CheckResult, verdict
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.references import money_unit
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.office.package import digest

_PREFIX, _MAIL = "selfeval_", "selfeval_mail_"

EMAIL = "报送邮箱"
ENCLOSED = "自备附件"
"""The unit's own attachments: the report lists them, whoever sends it has to add them."""


@dataclass(frozen=True)
class Origin:
    """The makings of a report, as digests."""

    workbook: str
    rulebook: str
    template: str
    """The template's file name."""
    template_digest: str
    draft: str = ""
    """是 for a draft, empty for a report."""
    attachments: str = ""
    """The keys of the report's own attachments, separated by commas."""
    version: str = VERSION
    """The program's."""

    def properties(self) -> dict[str, str]:
        """As document properties; what is empty is left out."""
        return {f"{_PREFIX}{name}": value for name, value in asdict(self).items() if value}


def made_from(
    workbook: bytes,
    rulebook: str,
    template: tuple[str, str],
    attachments: Collection[str] = (),
    *,
    draft: bool = False,
) -> Origin:
    """The origin of a report made of these; ``rulebook`` is its digest, ``template`` its name and digest."""
    marks = ("是" if draft else "", ",".join(sorted(attachments)))
    return Origin(digest(workbook), rulebook, *template, *marks)


def origin_of(properties: Mapping[str, str]) -> Origin | None:
    """The origin that ``properties`` tell; None where they do not, or no longer."""
    known = {name: properties.get(f"{_PREFIX}{name}", "") for name in Origin.__dataclass_fields__}
    return Origin(**known) if known["workbook"] else None


# --- letters --------------------------------------------------------------------------------------


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
    unit, comma = money_unit(evaluation), rulebook.printing.thousands_comma
    figures: list[tuple[str, Answer[Any], str]] = [
        ("调整后预算", total.adjusted_budget, unit),
        ("执行数", total.outturn, unit),
        ("预算执行率", total.execution_rate, ""),
        ("自评总分", assessment.total_score, "分"),
        ("等级", assessment.grade, ""),
    ]
    return "，".join(
        f"{name}{answer.field.kind.show(answer.known, comma=comma)}{tail}"
        for name, answer, tail in figures
        if answer.stated
    )


def as_properties(facts: Mapping[str, str]) -> dict[str, str]:
    """``facts`` as document properties; what is empty is left out."""
    return {f"{_MAIL}{name}": value for name, value in facts.items() if value}


def facts_in(properties: Mapping[str, str]) -> dict[str, str] | None:
    """The facts that document properties tell; None where they tell none."""
    mail = {name.removeprefix(_MAIL): value for name, value in properties.items() if name.startswith(_MAIL)}
    return mail or None
