"""The one way from a completed evaluation to its Word file, whatever the file is for."""

from collections.abc import Collection, Iterable, Mapping

from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.report import context
from selfeval_xlsx.report.attachments import ALL
from selfeval_xlsx.report.template import ReportTemplate


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

    ``open_items`` makes it a draft, ``notes`` traces its figures (:func:`selfeval_xlsx.report.context.build`);
    ``mark`` stands at the top of every page.

    Raises:
        TemplateError: the template asks for what does not exist.

    """
    return template.render(
        context.build(whole, rulebook, open_items, notes, given(template, attachments), mark),
        properties,
        context.chart_figures(whole),
    )
