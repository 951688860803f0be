"""A problem of a template: how bad, where, what is wrong and what to do."""

import re
from dataclasses import dataclass

from selfeval_xlsx.findings import Severity
from selfeval_xlsx.template_check.places import Tag, TemplateParagraph

_AROUND = 12
"""Characters quoted on either side of what is wrong."""

_LONGEST = 60
"""Characters quoted of what is wrong itself."""


_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def _seen(text: str) -> str:
    """``text`` with what no one sees named in its place."""
    return _INVISIBLE.sub(lambda letter: f"〔看不见的字符 U+{ord(letter[0]):04X}〕", text)


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
        said = f"{self.severity.value} {where}{self.what}。" + (f"{self.hint}。" if self.hint else "")
        return _seen(said)

    def data(self) -> dict[str, str]:
        """The problem as JSON holds it."""
        return {
            "severity": self.severity.name.lower(),
            "place": self.place,
            "text": _seen(self.quote),
            "message": _seen(self.what),
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
