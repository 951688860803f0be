"""Words a template may use: texts and figures, filters for sentences, the numbering of headings."""

import re
from collections.abc import Callable
from html import escape
from typing import Any

from selfeval_xlsx.report.comments import traced
from selfeval_xlsx.text import printable

_DIGITS = "零一二三四五六七八九"
_STOPS = "。；;，,、.．"
_LONGEST_HEADING = 20
"""Characters of a line that may be a heading of the clerk's own; a longer one is a sentence."""


class Prose(str):
    """A text for the report: printable in XML, with its paragraphs at hand."""

    __slots__ = ()

    def __new__(cls, text: str) -> "Prose":
        """``text`` without characters no document may hold."""
        return super().__new__(cls, printable(text))

    @property
    def paragraphs(self) -> list[str]:
        """The text cut at line breaks, blank lines left out; the last ends with a full stop, as do long ones."""
        lines = [line.strip() for line in self.split("\n") if line.strip()]
        return [*map(_ended, lines[:-1]), *map(sentence, lines[-1:])]


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
        return traced(escape(printable(self.note), quote=False), escape(str(self), quote=False))


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
            piece.__html__()
            if isinstance(piece, TracedFigure | Sentence)
            else escape(printable(piece), quote=False)
            for piece in self.pieces
        )


def chinese(number: int) -> str:
    """1 → 一, 12 → 十二, 20 → 二十; up to 99."""
    tens, ones = divmod(number, 10)
    head = {0: "", 1: "十"}.get(tens, f"{_DIGITS[tens]}十")
    return head + (_DIGITS[ones] if ones or not tens else "")


def circled(number: int) -> str:
    """1 → ①, up to ㉟; beyond that (36)."""
    if number <= 20:
        return chr(0x2460 + number - 1)
    return chr(0x3251 + number - 21) if number <= 35 else f"（{number}）"


class Numbering:
    """Numbers headings as they are reached: ``no(1)`` 一、 ``no(2)`` （一） ``no(3)`` 1. ``no(4)`` （1）.

    A new heading starts the levels below it afresh. ``no(0)`` numbers tables through: 表1.
    """

    def __init__(self) -> None:
        self._counts = [0, 0, 0, 0, 0]

    def __call__(self, level: int) -> str:
        """The next number of ``level``.

        Raises:
            ValueError: there is no such level.

        """
        if level not in range(len(self._counts)):
            raise ValueError("no 的级别是 0 到 4")
        self._counts[level] += 1
        if level:
            self._counts[level + 1 :] = [0] * (len(self._counts) - level - 1)
        count = self._counts[level]
        return (f"表{count}", f"{chinese(count)}、", f"（{chinese(count)}）", f"{count}.", f"（{count}）")[
            level
        ]


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
