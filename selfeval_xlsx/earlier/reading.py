"""Reads last year's Word report for next year's workbook: what has a place, from which sentence, and what is left.

By its headings, its numbering, its tables and the sentences that carry figures. Each thing placed keeps
the sentence it comes from, for a person to look at. What is left over is told, never guessed at. Pure.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from selfeval_xlsx.earlier.figures import Money, indicators, organisations, projects, staff
from selfeval_xlsx.earlier.sections import Left, Placed, Section, sections_of
from selfeval_xlsx.earlier.texts import from_properties, identity, sign_off, texts_of
from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.signed.paragraphs import Document

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
