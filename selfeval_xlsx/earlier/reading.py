"""Reads last year's Word report for next year's workbook: what has a place, from which sentence, and what is left.

By its headings, its numbering, its tables and the sentences that carry figures. Each thing placed keeps
the sentence it comes from, for a person to look at. What is left over is told, never guessed at. Next year's
workbook, which may also be carried on from this year's, shows each proposal on its cell. Pure.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from selfeval_xlsx.describe import rule_rows
from selfeval_xlsx.earlier.figures import Money, indicators, organisations, projects, staff
from selfeval_xlsx.earlier.sections import (
    Left,
    Placed,
    Section,
    from_properties,
    identity,
    sections_of,
    sign_off,
    texts_of,
)
from selfeval_xlsx.files import safe_name
from selfeval_xlsx.findings import CheckResult, Finding, Severity
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.data import from_data, to_data
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import DEFAULT_UNIT, SelfEvaluation
from selfeval_xlsx.form.last_year import carried_over
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.signed.paragraphs import Document
from selfeval_xlsx.workbook.author import paint
from selfeval_xlsx.workbook.marker import mark

_SHORTEST = 24
"""Characters a text must have to be worth telling that it has no place."""


@dataclass(frozen=True)
class EarlierReport:
    """What last year's report says of what next year's workbook asks."""

    placed: tuple[Placed, ...]
    left: tuple[Left, ...]

    def evaluation(self) -> SelfEvaluation:
        """Last year's evaluation as far as it is known, to be carried over."""
        data: dict[str, Any] = {}
        for placed in self.placed:
            _put(data, placed.key.split("."), placed.value)
        return from_data(data)


def _put(data: dict[str, Any], path: Sequence[str], value: str) -> None:
    """Set ``value`` at ``path``; a number in it is the row of a list."""
    here: Any = data
    for step, after in zip(path, [*path[1:], ""], strict=True):
        empty: Any = [] if after.isdigit() else {}
        if step.isdigit():
            while len(here) <= int(step):
                here.append({})
            here = here[int(step)]
        elif after == "":
            here[step] = value
        else:
            here = here.setdefault(step, empty)


def read_earlier(document: Document) -> EarlierReport:
    """What the Word report ``document`` of last year holds for next year's workbook."""
    sections = sections_of(document)
    placed = [*identity(document), *sign_off(document), *from_properties(document)]
    for section in sections:
        placed += texts_of(section)
    placed = _numbered(placed)
    money = Money()
    for section in sections:
        placed += [*staff(section), *organisations(section)]
        money.read(section)
    tables = [(section.heading, table) for section in sections for table in section.tables]
    placed += [*projects(tables), *indicators(tables), *money.placed()]
    return EarlierReport(_first_of_each(placed), (*money.left(), *_unread(sections)))


def _first_of_each(placed: Iterable[Placed]) -> tuple[Placed, ...]:
    kept: dict[str, Placed] = {}
    for each in placed:
        kept.setdefault(each.key, each)
    return tuple(kept.values())


def _numbered(placed: Iterable[Placed]) -> list[Placed]:
    """Rows of lists counted: ``+`` begins a row, ``-`` stays in it."""
    rows: dict[str, int] = {}
    counted = []
    for each in placed:
        head, mark, tail = (
            re.split(r"\.([+-])\.", each.key) if re.search(r"\.[+-]\.", each.key) else (each.key, "", "")
        )
        if mark == "+":
            rows[head] = rows.get(head, -1) + 1
        counted.append(replace(each, key=f"{head}.{rows[head]}.{tail}") if mark else each)
    return counted


def _unread(sections: Iterable[Section]) -> Iterator[Left]:
    """Texts under headings that have no place in the form."""
    for section in sections:
        told = [text for text in section.texts if len(text) > _SHORTEST]
        if section.heading and told and not section.places:
            yield Left(section.heading, told[0][:60], "这一部分在填报表里没有固定的位置")


# --- next year's workbook -------------------------------------------------------------------------

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
