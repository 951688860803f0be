"""One workbook, bytes in, :class:`Outcome` out: read, complete, check, then report or marked copy. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from selfeval_xlsx.checks import judge
from selfeval_xlsx.errors import NotMarkedError
from selfeval_xlsx.findings import CheckResult
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.office.provenance import made_from
from selfeval_xlsx.report import letters, rendering
from selfeval_xlsx.report.attachments import ALL
from selfeval_xlsx.report.comments import commented
from selfeval_xlsx.report.context import PROOF_MARK
from selfeval_xlsx.report.template import ReportTemplate
from selfeval_xlsx.signed.proof_copy import notes_of, remarks_of
from selfeval_xlsx.workbook.reader import read_workbook


@dataclass(frozen=True)
class Outcome:
    """What became of one workbook: a report, or a marked copy where findings block it."""

    evaluation: SelfEvaluation
    """The completed one."""
    result: CheckResult
    report: bytes | None = None
    marked: bytes | None = None
    unmarked: str = ""
    """Why there is no marked copy of a workbook that needs one; empty where it is too large, or has one."""
    draft: bool = False
    """Whether the report is one."""

    @property
    def report_name(self) -> str:
        """The file name of the report, before it is made safe for the file system."""
        identity = self.evaluation.overview.identity
        year = f"{identity.year.value}年度" if identity.year.stated else ""
        unit = f"-{identity.unit_name.value}" if identity.unit_name.stated else ""
        return f"{year}部门整体支出绩效自评报告{unit}"


def make_report(
    data: bytes,
    name: str,
    template: ReportTemplate,
    rulebook: Rulebook,
    *,
    draft: bool = False,
    attachments: Collection[str] = ALL,
) -> Outcome:
    """The report of the workbook in ``data``; where errors block it, the marked copy, unless ``draft``.

    ``attachments`` are the keys of those wanted (:mod:`selfeval_xlsx.report.attachments`).

    Raises:
        SelfEvalError: the workbook or the template cannot be used.

    """
    whole = completed(read_workbook(data, name), rulebook)
    result = judge(whole, rulebook)
    if result.blocked and not draft:
        marked, unmarked = _marked(data, result)
        return Outcome(whole, result, marked=marked, unmarked=unmarked)
    open_items = [str(finding) for finding in result.findings] if draft else None
    had = rendering.given(template, attachments)
    origin = made_from(data, rulebook, (template.name, template.digest), had, draft=draft)
    facts = letters.facts_of(whole, result, rulebook)
    properties = {**origin.properties(), **letters.as_properties(facts)}
    report = rendering.render(
        whole, template, rulebook, attachments, open_items=open_items, properties=properties
    )
    marked, unmarked = _marked(data, result) if result.blocked else (None, "")
    return Outcome(whole, result, report=report, marked=marked, unmarked=unmarked, draft=draft)


def _marked(data: bytes, result: CheckResult) -> tuple[bytes | None, str]:
    """The marked copy, or why there is none."""
    from selfeval_xlsx.workbook.marker import mark

    try:
        return mark(data, result), ""
    except NotMarkedError as error:
        return None, str(error)


def proof_copy(
    outcome: Outcome, template: ReportTemplate, rulebook: Rulebook, attachments: Collection[str] = ALL
) -> bytes:
    """The report once more with a comment on each figure: its source, its checks, the reason given.

    Raises:
        TemplateError: as :func:`make_report`.

    """
    whole = outcome.evaluation
    notes = notes_of(whole, outcome.result, rulebook)
    report = rendering.render(whole, template, rulebook, attachments, notes=notes, mark=PROOF_MARK)
    return commented(report, remarks_of(whole, rulebook))
