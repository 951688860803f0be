"""Words a template may use: texts and figures, filters for sentences, the numbering of headings."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Self

from selfeval_xlsx.office.tree import W, escaped
from selfeval_xlsx.report.review import traced
from selfeval_xlsx.text import chinese, circled, printable

ATTACHMENT_LIST = "附件："
"""How the list of attachments below the text begins (GB/T 9704-2012, 7.3.5)."""

_STOPS = "。；;，,、.．"
_FIGURE = re.compile(r"-?[\d,]*\d(?:\.\d+)?%?")
_LONGEST_HEADING = 20
"""Characters of a line that may be a heading of the clerk's own; a longer one is a sentence."""


class Prose(str):
    """A text for the report: printable in XML, with its paragraphs at hand."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """``text`` without characters no document may hold."""
        return super().__new__(cls, printable(text))

    @property
    def paragraphs(self) -> list[str]:
        """The text cut at line breaks, blank lines left out; the last ends with a full stop, as do long ones."""
        lines = [line.strip() for line in self.split("\n") if line.strip()]
        return [*map(_ended, lines[:-1]), *map(sentence, lines[-1:])]

    # A template compares amounts and rates as numbers; what is blank is neither less nor more than anything.

    def __lt__(self, other: object) -> bool:
        return _compared(self, other, -1)

    def __le__(self, other: object) -> bool:
        return _compared(self, other, -1, 0)

    def __gt__(self, other: object) -> bool:
        return _compared(self, other, 1)

    def __ge__(self, other: object) -> bool:
        return _compared(self, other, 0, 1)

    def __eq__(self, other: object) -> bool:
        return _compared(self, other, 0) if isinstance(other, int) else super().__eq__(other)

    __hash__ = str.__hash__


NOTHING = Prose("")


class Blank(Prose):
    """A cell of a table in which nothing is stated: printed as —, and no value where a template asks for one."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False


BLANK = Blank("—")


def _compared(one: str, other: object, *wanted: int) -> bool:
    """Whether ``one`` stands to ``other`` as ``wanted``: -1 less, 0 equal, 1 more; as texts where one is no number."""
    left, right = _number(one), _number(str(other))
    if left is not None and right is not None:
        return (left > right) - (left < right) in wanted
    texts = isinstance(other, str) and bool(one) and bool(other)
    return texts and (str(one) > str(other)) - (str(one) < str(other)) in wanted


def _number(text: str) -> Decimal | None:
    """The number that a figure of the report prints, 3,244.60 or 98.66%."""
    return Decimal(text.replace(",", "").rstrip("%")) if _FIGURE.fullmatch(text) else None


class TracedFigure(Prose):
    """A figure with a note on where it comes from; printed, it carries the marks of a comment.

    It compares like the plain figure, so that a template's conditions are not disturbed.
    """

    __slots__ = ("note",)
    note: str

    @classmethod
    def with_note(cls, text: str, note: str) -> "TracedFigure":
        """``text`` with its note."""
        figure = cls(text)
        figure.note = note
        return figure

    def __html__(self) -> str:
        """What the template engine prints."""
        return traced(escaped(printable(self.note)), escaped(str(self)))


class Sentence(Prose):
    """A sentence made of pieces; the figures among them keep their notes when it is printed."""

    __slots__ = ("pieces",)
    pieces: tuple[str, ...]

    @classmethod
    def of(cls, *pieces: str) -> "Sentence":
        """``pieces`` one after the other."""
        made = cls("".join(pieces))
        made.pieces = pieces
        return made

    def __html__(self) -> str:
        """What the template engine prints."""
        return "".join(
            piece.__html__() if isinstance(piece, TracedFigure | Sentence) else escaped(printable(piece))
            for piece in self.pieces
        )


def clause(text: str) -> str:
    """``text`` without the stop at its end."""
    return text.strip().rstrip(_STOPS)


def sentence(text: str) -> str:
    """``text`` ending in exactly one full stop; an ending of another kind stays, and nothing stays nothing."""
    bare = text.strip()
    if re.search(r"[！？：]$|[。！？][”’）]+$", bare):
        return bare
    words = bare.rstrip(_STOPS)
    return f"{words}。" if words else ""


def _ended(line: str) -> str:
    """A line of a longer text: it gets a full stop where it is no heading and has no stop of any kind."""
    bare = len(line) > _LONGEST_HEADING and (line[-1].isalnum() or line[-1] in "”）％%")
    return f"{line}。" if bare else line


FILTERS: dict[str, Callable[..., Any]] = {"clause": clause, "sentence": sentence, "circled": circled}


# --- numbers of headings, items and tables ----------------------------------------------------------

NUMBER = re.compile("\ue012(?P<level>\\d)(?P<one>\\d+)(?P<held>!?)\ue013")
"""A number that waits to be counted: its level, which one it is, and whether it goes with what stands below it."""


class Number(Prose):
    """The number of a heading, an item or a table; printed, it waits until it is known which of them stay."""

    __slots__ = ("waiting",)
    waiting: str

    def __html__(self) -> str:
        """What the template engine prints."""
        return self.waiting


def _next(counts: list[int], level: int) -> str:
    """The next number of ``level``; a new heading starts the levels below it afresh."""
    count = counts[level] = counts[level] + 1
    if level:
        counts[level + 1 :] = [0] * (len(counts) - level - 1)
    numeral = chinese(count) if level in {1, 2} else str(count)
    return ("表{}", "{}、", "（{}）", "{}.", "（{}）")[level].format(numeral)


class Numbering:
    """Numbers headings as they are reached: ``no(1)`` 一、 ``no(2)`` （一） ``no(3)`` 1. ``no(4)`` （1）.

    A new heading starts the levels below it afresh. ``no(0)`` numbers tables through: 表1.
    """

    def __init__(self) -> None:
        self._counts = [0] * 5
        self._given = 0

    def __call__(self, level: int) -> Number:
        """The next number of ``level``.

        Raises:
            ValueError: there is no such level.

        """
        return self._number(level, "")

    def held(self, level: int) -> Number:
        """As a call; a heading with it goes where nothing stands below, a table's title where the table has no rows."""
        return self._number(level, "!")

    def _number(self, level: int, sign: str) -> Number:
        if level not in range(5):
            raise ValueError("no 的级别是 0 到 4")
        number = Number(_next(self._counts, level))
        self._given += 1
        number.waiting = f"\ue012{level}{self._given}{sign}\ue013"
        return number


def number(root: Any) -> None:
    """Count the numbers that wait in a rendered part; one that is printed twice is the same twice."""
    counts = [0] * 5
    known: dict[str, str] = {}

    def counted(waiting: re.Match[str]) -> str:
        if waiting["one"] not in known:
            known[waiting["one"]] = _next(counts, int(waiting["level"]))
        return known[waiting["one"]]

    for text in root.iter(f"{W}t"):
        if text.text and "\ue012" in text.text:
            text.text = NUMBER.sub(counted, text.text)
