"""From year to year: what last year's workbook hands on, and what of its file this year's is held against.

Names, duties, management texts and the goals' names stay, figures and results are cleared, last
year's outturn goes to the prior-year column; the form declares which is which. Held against this year's are
figures by cell, sentences and amounts.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from selfeval_xlsx.figures import figures, printed_amounts
from selfeval_xlsx.form.declare import Answer, Carry
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.kinds import LongText
from selfeval_xlsx.form.values import with_answers

SHORTEST = 12
"""Characters a sentence must have to be told from a phrase that anyone writes every year."""

_STOP = re.compile(r"(?<=[。！？；])|\n")
_YEAR = re.compile(r"（?(20\d\d)年度")


@dataclass(frozen=True)
class LastYear:
    """What last year's file says. Of a Word report only sentences and amounts are known."""

    name: str
    year: int | None
    unit_name: str | None
    answers: Mapping[str, Answer[Any]] = field(default_factory=dict)
    """By key, rows of named lists by their name: ``budget.projects.某项目.outturn``."""
    sentences: frozenset[str] = frozenset()
    amounts: frozenset[str] = frozenset()
    """Amounts with two decimals, without thousands commas."""
    counts: frozenset[tuple[Decimal, str]] = frozenset()
    """Counts and rates that a report's sentences state, in their base unit."""


def of_workbook(evaluation: SelfEvaluation, name: str) -> LastYear:
    """What a completed evaluation of last year says."""
    identity = evaluation.overview.identity
    return LastYear(
        name,
        identity.year.value,
        identity.unit_name.value,
        by_name(evaluation),
        frozenset(sentence for _, sentence in prose(evaluation)),
    )


def of_report(paragraphs: Iterable[str], name: str) -> LastYear:
    """What the paragraphs and table cells of a Word report say."""
    texts = list(paragraphs)
    years = [match[1] for text in texts[:10] for match in _YEAR.finditer(text)]
    sentences = frozenset(sentence for text in texts for sentence in split(text))
    amounts = frozenset(amount for text in texts for amount in printed_amounts(text))
    stated = (figure for text in texts for figure in figures(text))
    counts = frozenset((figure.value, figure.unit) for figure in stated if figure.value is not None)
    return LastYear(name, int(years[0]) if years else None, None, {}, sentences, amounts, counts)


def by_name(evaluation: SelfEvaluation) -> dict[str, Answer[Any]]:
    """Every answer by key; rows of projects and indicators by their name, for rows move from year to year."""
    names = {
        **{f"budget.projects.{i}": row.name.show() for i, row in enumerate(evaluation.budget.projects)},
        **{f"goals.indicators.{i}": row.level3.show() for i, row in enumerate(evaluation.goals.indicators)},
    }
    answers = {}
    for key, answer in evaluation.answers.items():
        row, _, column = key.rpartition(".")
        place = f"{row.rpartition('.')[0]}.{names[row]}.{column}" if names.get(row) else key
        answers[place] = answer
    return answers


def prose(evaluation: SelfEvaluation) -> Iterable[tuple[Answer[Any], str]]:
    """Every sentence of the long texts with the answer it stands in."""
    for answer in evaluation.answers.values():
        if isinstance(answer.field.kind, LongText) and answer.value is not None:
            for sentence in split(answer.value):
                yield answer, sentence


def split(text: str) -> list[str]:
    """The sentences of ``text`` that are long enough to be told again."""
    return [sentence for part in _STOP.split(text) if len(sentence := part.strip()) >= SHORTEST]


def bare(sentence: str) -> str:
    """A sentence without its digits, numbering and stops: what two years' sentences share if only figures were changed."""
    return re.sub(r"[\d０-９①-⑳（）().,，。、；：%％年月日\s]", "", sentence)


def carried_over(last: SelfEvaluation) -> SelfEvaluation:
    """The start of next year's evaluation; ``last`` is completed."""
    answers = last.answers
    carried = with_answers(last, {key: _carry(key, answer, answers) for key, answer in answers.items()})
    year = answers["overview.identity.year"]
    if year.value is None:
        return carried
    following = replace(year, value=year.value + 1, raw=str(year.value + 1))
    return with_answers(carried, {"overview.identity.year": following})


def _carry(key: str, answer: Answer[Any], answers: Mapping[str, Answer[Any]]) -> Answer[Any]:
    declared = answer.field
    if declared.prior_of is not None:
        source = answers[f"{key.rpartition('.')[0]}.{declared.prior_of}"]
        if source.value is not None:
            return replace(answer, value=source.value, raw=source.show(), problem=None, remark=None)
    elif declared.carry is Carry.KEEP:
        return answer
    return replace(answer, value=None, raw="", problem=None, remark=None)
