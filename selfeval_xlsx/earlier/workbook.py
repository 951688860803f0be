"""Next year's workbook, from this year's or from a Word report: then each proposal stands on its cell until a person has looked."""

from collections.abc import Iterator, Mapping
from typing import Any

from selfeval_xlsx.describe import rule_rows
from selfeval_xlsx.earlier.reading import EarlierReport
from selfeval_xlsx.files import safe_name
from selfeval_xlsx.findings import CheckResult, Finding, Severity
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.data import from_data, to_data
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import DEFAULT_UNIT, SelfEvaluation
from selfeval_xlsx.form.last_year import carried_over
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.workbook.author import paint
from selfeval_xlsx.workbook.marker import mark

FROM_LAST_YEAR = "上年报告"
"""Stands where a finding has its code."""


def carried_on(evaluation: SelfEvaluation, rules: Rulebook) -> tuple[bytes, str]:
    """Next year's workbook carried over from this year's, and a name for its file."""
    following = from_data(to_data(carried_over(completed(evaluation, rules))), rules)
    identity = following.overview.identity
    words = "-".join(filter(None, ("绩效自评填报表", identity.year.show(), identity.unit_name.show())))
    return paint(following, rule_rows(rules), rules), f"{safe_name(words)}.xlsx"


def next_years_workbook(report: EarlierReport, rules: Rulebook) -> tuple[bytes, tuple[Finding, ...]]:
    """The workbook, with a comment on each cell that was filled, and what the comments and the list in it say."""
    carried = to_data(carried_over(completed(report.evaluation(), rules)))
    carried.setdefault("overview", {}).setdefault("identity", {}).setdefault("money_unit", DEFAULT_UNIT)
    evaluation = from_data(carried, rules)
    blank = paint(evaluation, rule_rows(rules), rules)
    proposals = (*_proposals(report, evaluation.answers), *_left(report))
    return mark(blank, CheckResult(proposals, ())), proposals


def _proposals(report: EarlierReport, answers: Mapping[str, Answer[Any]]) -> Iterator[Finding]:
    """Each cell that was filled, with the sentence of the report it was taken from."""
    prior = {
        f"{key.rpartition('.')[0]}.{answer.field.prior_of}": key
        for key, answer in answers.items()
        if answer.field.prior_of is not None
    }
    for placed in report.placed:
        answer = answers.get(prior.get(placed.key, placed.key))
        if answer is not None and answer.stated and placed.sentence:
            where = f"「{placed.heading}」" if placed.heading else ""
            message = f"取自上年报告{where}：“{placed.sentence[:200]}”"
            hint = "请核对；核对无误后可删去批注"
            yield Finding(FROM_LAST_YEAR, Severity.WARNING, (answer.ref,), answer.field.label, message, hint)


def _left(report: EarlierReport) -> Iterator[Finding]:
    """What has no sure place: to be filled in by hand, or left."""
    for left in report.left:
        message = f"没有填入：“{left.sentence[:200]}”"
        yield Finding(FROM_LAST_YEAR, Severity.NOTE, (), left.heading or "上年报告", message, left.why)
