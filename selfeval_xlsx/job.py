"""One workbook, bytes in, :class:`Outcome` out: read, complete, check, then report or marked copy. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from selfeval_xlsx.checks import judge
from selfeval_xlsx.errors import Undone, undone
from selfeval_xlsx.findings import CheckResult, Severity
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.report import context
from selfeval_xlsx.report.names import ALL
from selfeval_xlsx.report.origin import as_properties, facts_of, made_from
from selfeval_xlsx.report.printer import as_printed
from selfeval_xlsx.report.review import commented
from selfeval_xlsx.report.template import ReportTemplate
from selfeval_xlsx.signed.proof_copy import notes_of, remarks_of, unchecked
from selfeval_xlsx.workbook.reader import read_workbook


@dataclass(frozen=True)
class Outcome:
    """What became of one workbook: a report, or a marked copy where errors block it; what could not be made is told."""

    evaluation: SelfEvaluation
    """The completed one."""
    result: CheckResult
    report: bytes | None = None
    marked: bytes | None = None
    undone: tuple[Undone, ...] = ()
    """What could not be checked or made, and why."""
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

    ``attachments`` are the keys of those wanted (:mod:`selfeval_xlsx.report.names`).

    Raises:
        SelfEvalError: the workbook cannot be used.

    """
    whole = completed(read_workbook(data, name, rulebook.plan), rulebook)
    result = judge(whole, rulebook)
    report, marked, faults = None, None, list(result.undone)
    if draft or not result.blocked:
        had = context.given(template, attachments)
        origin = made_from(data, rulebook.digest, (template.name, template.digest), had, draft=draft)
        open_items = list(map(str, (*result.gathered, *result.undone))) if draft else None
        try:
            facts = facts_of(whole, result, rulebook)
            properties = {**origin.properties(), **as_properties(facts)}
            report = context.render(
                whole, template, rulebook, attachments, open_items=open_items, properties=properties
            )
        except Exception as fault:  # noqa: BLE001 - what was found is told all the same
            faults.append(undone("没有生成报告", fault))
    elif not result.of(Severity.ERROR):
        faults.append(
            Undone("没有生成报告", "没有生成报告：有的核对没有做成，不能确认没有错误；急用可以先要草稿。")
        )
    if result.of(Severity.ERROR):
        from selfeval_xlsx.workbook.marker import mark

        try:
            marked = mark(data, result)
        except Exception as fault:  # noqa: BLE001 - as above
            faults.append(undone("没有生成标注副本", fault))
    return Outcome(whole, result, report, marked, tuple(faults), draft)


def proof_copy(
    outcome: Outcome, template: ReportTemplate, rulebook: Rulebook, attachments: Collection[str] = ALL
) -> bytes:
    """The report once more with a comment on each figure: its source, its checks, the reason given.

    A last chapter lists what was not checked.

    Raises:
        TemplateError: as :func:`make_report`.

    """
    whole = outcome.evaluation
    notes = notes_of(whole, outcome.result, rulebook)
    report = context.render(whole, template, rulebook, attachments, notes=notes, mark=context.PROOF_MARK)
    chapter = unchecked(whole, outcome.result, rulebook)
    return commented(
        report, remarks_of(as_printed(whole), rulebook), ("没有核对的内容（请人工核对）", chapter)
    )
