"""The vocabulary of a report's outline: lines of a style and a text, one below the other.

``TAG`` lines steer and disappear; a ``TABLE`` line names a table, a ``CHART`` line a chart, a ``SECTION``
line ends a stretch of pages that stand upright or across.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from selfeval_xlsx.report.drawing import WordChart
from selfeval_xlsx.report.tables import WordTable

TAG, TABLE, CHART, SECTION = "tag", "table", "chart", "section"
UPRIGHT, ACROSS = "upright", "across"

TITLE, SUBTITLE, H1, H2, H3, BODY = "title", "subtitle", "h1", "h2", "h3", "body"
BLANK = "blank"
"""An empty line that keeps what stands above it on the page of what stands below."""
LIST_HEAD, LIST_MORE, CONTACT = "attachment", "attachmentmore", "contact"
SIGN, SIGN_LONG, SIGN_LAST = "sign", "signlong", "signlast"
ATTACHED, ATTACHED_TITLE, SUBJECT = "attached", "attachedtitle", "attachedsubject"
CHART_NAME = "chartname"
CAPTION, UNIT, GAP, NOTE, TAIL = "caption", "tableunit", "tablegap", "tablenote", "tabletail"
"""``TAIL`` ends an attachment that ends with a table: a line as low as can be, so that it never needs a page."""

Line = tuple[str, str]


@dataclass(frozen=True)
class Outline:
    """All of a report: its lines from top to bottom, the tables and the charts they name."""

    lines: tuple[Line, ...]
    tables: Mapping[str, WordTable]
    charts: Mapping[str, WordChart] = field(default_factory=dict)


def block(condition: str, *lines: Line) -> tuple[Line, ...]:
    """``lines``, only where ``condition`` holds."""
    return ((TAG, f"{{%p if {condition} %}}"), *lines, (TAG, "{%p endif %}"))


def prose(field: str) -> tuple[Line, ...]:
    """The paragraphs of a long text."""
    return (
        (TAG, f"{{%p for paragraph in {field}.paragraphs %}}"),
        (BODY, "{{ paragraph }}"),
        (TAG, "{%p endfor %}"),
    )


def text(field: str, heading: str, level: str = H2) -> tuple[Line, ...]:
    """A heading with the paragraphs of a long text, only where there are any."""
    number = {H2: "{{ no(2) }}", H3: "{{ no(3) }}"}[level]
    return block(field, (level, number + heading), *prose(field))
