"""One difference between a Word file and what the workbook gives, and how it prints."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from selfeval_xlsx.findings import Severity
from selfeval_xlsx.signed.comparable import Figure

_EXCERPT = 120

Known = frozenset[object]
"""The values of all figures the workbook's report has."""


class Kind(Enum):
    """What differs."""

    FIGURE = "数字不符"
    UNKNOWN_FIGURE = "工作簿里没有这个数"
    WORDING = "文字有改动"
    REMOVED = "删去了"
    ADDED = "增加了"
    MOVED = "移动了"
    UNREAD = "没有核对"


@dataclass(frozen=True)
class Difference:
    """One difference, where it stands, and what stands on either side."""

    severity: Severity
    kind: Kind
    place: str
    message: str
    expected: str = ""
    """What the workbook gives."""
    found: str = ""
    """What the Word file says."""

    def __str__(self) -> str:
        return f"{self.severity.value} {self.place}：{self.kind.value}。{self.message}"

    def data(self) -> dict[str, str]:
        """The difference as JSON holds it."""
        return {
            "severity": self.severity.name.lower(),
            "kind": self.kind.name.lower(),
            "place": self.place,
            "message": self.message,
            "expected": self.expected,
            "found": self.found,
        }


def unknown(figures: Iterable[Figure], place: str, known: Known, text: str) -> Iterator[Difference]:
    """Numbers in digits that the workbook's report has nowhere; 两个, 三是 and the like are mere words."""
    strange = [figure for figure in figures if figure.value not in known and not figure.spelled]
    if strange:
        names = "、".join(dict.fromkeys(figure.text for figure in strange))
        message = f"{names}，请核实。原文：{excerpt(text)}"
        yield Difference(Severity.WARNING, Kind.UNKNOWN_FIGURE, place, message, "", names)


def excerpt(text: str) -> str:
    """``text`` on one line, quoted, cut where it is long."""
    flat = " ".join(text.split())
    return f"“{flat if len(flat) <= _EXCERPT else f'{flat[:_EXCERPT]}…'}”"


def listed(figures: Iterable[Figure], before: str) -> str:
    """The figures behind ``before``, 一个 and the like left out; empty for none."""
    names = "、".join(dict.fromkeys(figure.text for figure in figures if not figure.article))
    return f"{before} {names}" if names else ""
