"""What the checks say about a workbook: passive values and how they print."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from selfeval_xlsx.spec import CellRef


class Severity(Enum):
    """How much a finding weighs."""

    ERROR = "错误"
    """Blocks the report."""
    WARNING = "提醒"
    """Printed, does not block."""
    NOTE = "说明"
    """For information: a rounding difference, a reason given, a blank computed."""


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

    def __str__(self) -> str:
        where = f"{self.at[0]} " if self.at else ""
        hint = f"{self.hint}。" if self.hint else ""
        cause = f"{self.cause}。" if self.cause else ""
        return f"{self.code} {self.severity.value} {where}{self.label}：{self.message}。{cause}{hint}"

    def data(self) -> dict[str, Any]:
        """The finding as JSON holds it."""
        return {
            "code": self.code,
            "severity": self.severity.name.lower(),
            "cells": [{"sheet": ref.sheet, "cell": ref.coordinate} for ref in self.at],
            "label": self.label,
            "message": self.message,
            "hint": self.hint,
            "found": self.found,
            "expected": self.expected,
            "cause": self.cause,
        }


@dataclass(frozen=True)
class Skipped:
    """A rule that could not be applied, because what it needs is not stated."""

    code: str
    title: str
    label: str


@dataclass(frozen=True)
class Suspect:
    """A cell that several broken relations share, with the one value that would satisfy them all."""

    at: CellRef
    label: str
    found: str
    satisfying: str
    codes: tuple[str, ...]
    """The broken relations' rules."""

    def __str__(self) -> str:
        codes = "、".join(self.codes)
        return (
            f"先看 {self.at} {self.label}：填报 {self.found}，可能应为 {self.satisfying}"
            f"（改成这个数，{codes} 的 {len(self.codes)} 处不符都能对上）。"
        )

    def data(self) -> dict[str, Any]:
        """The suspect as JSON holds it."""
        return {
            "sheet": self.at.sheet,
            "cell": self.at.coordinate,
            "label": self.label,
            "found": self.found,
            "satisfying": self.satisfying,
            "codes": list(self.codes),
        }


@dataclass(frozen=True)
class CheckResult:
    """All findings on one workbook, in the order of its cells, and what stayed unchecked."""

    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...]
    suspects: tuple[Suspect, ...] = ()

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of one severity."""
        return tuple(finding for finding in self.findings if finding.severity is severity)

    @property
    def blocked(self) -> bool:
        """Whether the report may not be written."""
        return bool(self.of(Severity.ERROR))


class Weighed(Protocol):
    """Whatever has a severity."""

    @property
    def severity(self) -> Severity:
        """How much it weighs."""


def tally(findings: Sequence[Weighed]) -> str:
    """``错误 2 处，提醒 1 处`` — only what there is; empty for none."""
    counts = ((s.value, sum(f.severity is s for f in findings)) for s in Severity)
    return "，".join(f"{name} {count} 处" for name, count in counts if count)
