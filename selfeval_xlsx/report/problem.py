"""A problem of a template: how bad, where, what is wrong and what to do."""

from dataclasses import dataclass

from selfeval_xlsx.findings import Severity
from selfeval_xlsx.report.places import Tag, TemplateParagraph

_AROUND = 12
"""Characters quoted on either side of what is wrong."""

_LONGEST = 60
"""Characters quoted of what is wrong itself."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a template; ``place`` and ``quote`` are empty where all of it is meant."""

    severity: Severity
    place: str
    quote: str
    what: str
    hint: str = ""

    def __str__(self) -> str:
        quoted = f"“{self.quote}”" if self.quote else ""
        where = f"{self.place}{quoted}：" if self.place else ""
        return f"{self.severity.value} {where}{self.what}。" + (f"{self.hint}。" if self.hint else "")

    def data(self) -> dict[str, str]:
        """The problem as JSON holds it."""
        return {
            "severity": self.severity.name.lower(),
            "place": self.place,
            "text": self.quote,
            "message": self.what,
            "hint": self.hint,
        }


def at(
    paragraph: TemplateParagraph, start: int, end: int, what: str, hint: str = "", severity: Severity = Severity.ERROR
) -> Problem:  # fmt: skip
    """A problem of the words of ``paragraph`` from ``start`` to ``end``."""
    text = paragraph.text
    before = text[max(0, start - _AROUND) : start]
    after = text[end : end + _AROUND]
    words = text[start:end]
    words = words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"
    left = "…" if start > _AROUND else ""
    right = "…" if end + _AROUND < len(text) else ""
    return Problem(severity, paragraph.place, f"{left}{before}{words}{after}{right}", what, hint)


def at_tag(tag: Tag, what: str, hint: str = "", severity: Severity = Severity.ERROR) -> Problem:
    """A problem of a tag."""
    return at(tag.paragraph, tag.start, tag.end, what, hint, severity)
