"""What the checks say about a workbook: passive values and how they print."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Protocol, TypeVar

from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.errors import Undone

AT_MOST = "≤ "
"""Begins what a finding expects where any smaller figure does as well."""


class Severity(Enum):
    """How much a finding weighs."""

    ERROR = "错误"
    """Blocks the report."""
    WARNING = "提醒"
    """Printed, does not block."""
    NOTE = "说明"
    """For information: a rounding difference, a reason given, a blank computed."""


@dataclass(frozen=True)
class Step:
    """One cell to be changed, by the key of its field, and what belongs there, as it is typed."""

    key: str
    text: str


@dataclass(frozen=True)
class Finding:
    """One thing a rule has to say, about one place.

    ``at`` names the cells, the first of them the one to mark; ``label`` is the first cell's label.
    """

    code: str
    severity: Severity
    at: tuple[CellRef, ...]
    label: str
    message: str
    hint: str = ""
    found: str = ""
    expected: str = ""
    cause: str = ""
    """The likely cause, where the figures show one; offered, never applied."""
    key: str = ""
    """The key of the first cell's field, ``goals.indicators.2.score``; of a list where the finding is on a list
    as a whole; empty where the finding is on the form."""
    steps: tuple[Step, ...] = ()
    """What to type, in this order, so that the next run does not find an error in its place; the hint tells it."""

    def __str__(self) -> str:
        where = f"{self.at[0]} " if self.at else ""
        return f"{self.code} {self.severity.value} {where}{self.label}：{self.words}"

    @property
    def words(self) -> str:
        """What is wrong, its likely cause and what to do, without the place."""
        return "".join(f"{words}。" for words in (self.message, self.cause, self.hint) if words)

    def data(self) -> dict[str, Any]:
        """The finding as JSON holds it."""
        return {
            "code": self.code,
            "severity": self.severity.name.lower(),
            "cells": [ref.data() for ref in self.at],
            "key": self.key,
            "label": self.label,
            "message": self.message,
            "hint": self.hint,
            "found": self.found,
            "expected": self.expected,
            "cause": self.cause,
        }


SEVERAL = 3
"""As many equal findings are told as one."""

_PARTICULARS = re.compile(r"“[^”]*”|[A-Z]{1,3}\d+|\d[\d,.]*%?")
"""What equal findings may differ in: a name, a cell, a figure."""


def _shape(finding: Finding) -> tuple[str, ...]:
    """What equal findings have in common: rule, severity, sheet and words, but for the particulars of each."""
    sheet = finding.at[0].sheet if finding.at else ""
    words = (_PARTICULARS.sub("#", text) for text in (finding.message, finding.hint))
    alone = "" if _stands_alone(finding) else finding.key
    return (finding.code, finding.severity.value, sheet, *words, alone)


def _stands_alone(finding: Finding) -> bool:
    """Whether it is on a cell, and neither has a cause nor goes on to other cells."""
    return bool(finding.at) and not finding.cause and all(step.key == finding.key for step in finding.steps)


def _as_one(equal: Sequence[Finding]) -> Finding:
    """Equal findings as one: the words of the first, and the cells of the others with what differs there."""
    first, *others = equal
    more = "、".join(_beside(first, other) for other in others)
    cells = dict.fromkeys(finding.at[0] for finding in equal)
    return replace(
        first,
        at=(*cells, *(ref for ref in first.at if ref not in cells)),
        label=f"{first.label}等 {len(equal)} 处",
        message=f"{first.message}；同样的还有 {more}",
        hint=f"{first.hint}，其余各处照此" if _PARTICULARS.search(first.hint) else first.hint,
        steps=tuple(step for finding in equal for step in finding.steps),
    )


def _beside(first: Finding, other: Finding) -> str:
    """The cell of ``other``, with its label and figures where they are not those of ``first``."""
    label = "" if other.label == first.label else f" {other.label}"
    found = "" if other.found == first.found else f"填报 {other.found}"
    right = "" if other.expected == first.expected else f"应为 {other.expected}"
    figures = "，".join(filter(None, (found, right)))
    return f"{other.at[0].coordinate}{label}{f'（{figures}）' if figures else ''}"


@dataclass(frozen=True)
class Skipped:
    """A rule that could not be applied, because what it needs is not stated."""

    code: str
    title: str
    label: str

    def data(self) -> dict[str, str]:
        """The rule as JSON holds it."""
        return {"code": self.code, "title": self.title, "label": self.label}


@dataclass(frozen=True)
class Suspect:
    """A cell that several broken relations share, with the one value that would satisfy them all."""

    at: CellRef
    label: str
    found: str
    satisfying: str
    codes: tuple[str, ...]
    """The broken relations' rules, one for each relation."""
    titles: tuple[str, ...] = ()
    """The broken relations in words, in the order of ``codes``."""

    def __str__(self) -> str:
        titles = "；".join(dict.fromkeys(self.titles))
        return (
            f"先看 {self.at} {self.label}：填报 {self.found}，可能应为 {self.satisfying}。"
            f"改成这个数，{len(self.codes)} 处不符都能对上{f'（{titles}）' if titles else ''}。"
        )

    def data(self) -> dict[str, Any]:
        """The suspect as JSON holds it."""
        return {
            **self.at.data(),
            "label": self.label,
            "found": self.found,
            "satisfying": self.satisfying,
            "codes": list(self.codes),
            "titles": list(self.titles),
        }


class Told(Enum):
    """What a figure in a text says of the form."""

    AGREES = "与表格一致"
    CONTRADICTS = "与表格不一致"
    ALONE = "只见于文字"
    """No cell was found that it surely speaks of: nobody checked it."""


@dataclass(frozen=True)
class TextFigure:
    """A figure in a long text, and the cell it was held against: its place, its key and what stands there."""

    at: CellRef
    key: str
    text: str
    told: Told
    cell: CellRef | None = None
    cell_key: str = ""
    stands: str = ""

    def data(self) -> dict[str, Any]:
        """The figure as JSON holds it."""
        cell = {**self.cell.data(), "key": self.cell_key} if self.cell else None
        return {
            **self.at.data(),
            "key": self.key,
            "text": self.text,
            "answer": self.told.name.lower(),
            "of": cell,
            "stands": self.stands,
        }


@dataclass(frozen=True)
class CheckResult:
    """All findings on one workbook, in the order of its cells, and what stayed unchecked."""

    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...]
    suspects: tuple[Suspect, ...] = ()
    texts: tuple[TextFigure, ...] = ()
    """Every figure of the long texts, in their order."""
    undone: tuple[Undone, ...] = ()
    """What a fault kept from being checked."""

    @property
    def texts_in_words(self) -> str:
        """How many figures of the texts were checked, and how many stand there only; empty where there are none."""
        counts = Counter(figure.told for figure in self.texts)
        words = "，".join(f"{told.value} {counts[told]} 个" for told in Told if counts[told])
        return f"文字里的数：{words}{'（未核对，请人工看）' if counts[Told.ALONE] else ''}。" if words else ""

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of one severity."""
        return tuple(finding for finding in self.findings if finding.severity is severity)

    @property
    def gathered(self) -> tuple[Finding, ...]:
        """The findings as people read them: equal ones on several cells are one, which names them all."""
        alike: dict[tuple[str, ...], list[Finding]] = {}
        for finding in self.findings:
            alike.setdefault(_shape(finding), []).append(finding)
        lines: list[Finding] = []
        for finding in self.findings:
            equal = alike[_shape(finding)]
            if len(equal) < SEVERAL or not _stands_alone(finding):
                lines.append(finding)
            elif equal[0] is finding:
                lines.append(_as_one(equal))
        return tuple(lines)

    @property
    def unchecked(self) -> str:
        """How many checks could not be applied, and which, in one sentence; empty where all could."""
        if not self.skipped:
            return ""
        codes = "、".join(sorted({rule.code for rule in self.skipped}))
        return f"有 {len(self.skipped)} 处因所需的数没有填而未核对（{codes}）。"

    def lines(self, shown: Iterable[Finding], *more: str) -> Iterator[str]:
        """What a person reads of it: the cells to look at first, the findings ``shown``, what was not checked, the tally."""
        yield from map(str, (*self.suspects, *shown))
        yield from filter(None, (self.unchecked, self.texts_in_words, *more))
        yield f"核对结果：{verdict(self.findings)}。"

    @property
    def blocked(self) -> bool:
        """Whether the report may not be written."""
        return bool(self.of(Severity.ERROR)) or any(undone.blocks for undone in self.undone)

    def data(self) -> dict[str, Any]:
        """The result as JSON holds it."""
        return {
            "blocked": self.blocked,
            "suspects": [suspect.data() for suspect in self.suspects],
            "findings": [finding.data() for finding in self.findings],
            "skipped": [rule.data() for rule in self.skipped],
            "texts": [figure.data() for figure in self.texts],
            "undone": list(map(str, self.undone)),
        }


class Weighed(Protocol):
    """Anything that has a severity."""

    @property
    def severity(self) -> Severity:
        """How much it weighs."""


W = TypeVar("W", bound=Weighed)


def gravest_first(findings: Iterable[W]) -> list[W]:
    """``findings``, those of one severity in the order they are in."""
    order = list(Severity)
    return sorted(findings, key=lambda finding: order.index(finding.severity))


def tally(findings: Sequence[Weighed]) -> str:
    """``错误 2 处，提醒 1 处`` — only what there is; empty for none."""
    counts = Counter(finding.severity for finding in findings)
    return "，".join(f"{severity.value} {counts[severity]} 处" for severity in Severity if counts[severity])


def verdict(findings: Sequence[Weighed]) -> str:
    """The tally, or that nothing was found."""
    return tally(findings) or "没有发现问题"
