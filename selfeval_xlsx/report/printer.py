"""How what stands in the cells is printed: answers by the rulebook's settings, typed texts put in order.

A proof copy has a note on every figure. Typed texts get one style of spaces, no lines torn by copying, no numbers beside
the report's own; only the print differs: the evaluation, its checks and its JSON keep what was typed.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

from selfeval_xlsx import amounts
from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.form.declare import Answer, Need
from selfeval_xlsx.form.form import PLAN, SelfEvaluation
from selfeval_xlsx.form.kinds import Amount, Text
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.form.values import with_answers
from selfeval_xlsx.report.wording import Prose, TracedFigure
from selfeval_xlsx.text import half_width, width


class Printer:
    """Prints answers by the rulebook's settings."""

    def __init__(self, rulebook: Rulebook, notes: Mapping[CellRef, str] | None, *, draft: bool) -> None:
        self.rulebook = rulebook
        self.comma = rulebook.printing.thousands_comma
        self.notes = notes
        self.missing = Prose("（未填）" if draft else "")

    def answer(self, answer: Answer[Any]) -> Prose:
        """What stands in a cell; where a draft misses a required value, it says so."""
        if answer.value is None:
            required = answer.field.need is Need.REQUIRED and answer.field.key in PLAN.slots
            return self.missing if required else Prose("")
        return self._noted(answer, answer.field.kind.show(answer.value, comma=self.comma))

    def points(self, answer: Answer[Decimal], places: int) -> Prose:
        """Points of a column, all with ``places`` decimals."""
        if answer.value is None:
            return Prose("")
        return self._noted(answer, str(amounts.rounded(answer.value, places)))

    def computed(self, text: str, formula: str, *of: Answer[Any]) -> Prose:
        """A figure that stands in no cell: ``formula`` says how it follows from the cells ``of``."""
        if self.notes is None:
            return Prose(text)
        labels = ["", *(answer.field.label for answer in of)]
        names = [f"{label} " if label != above else "" for above, label in pairwise(labels)]
        cells = "、".join(f"{each.ref} {name}{each.show()}" for each, name in zip(of, names, strict=True))
        return TracedFigure.with_note(text, f"计算得出：{formula}；取自：{cells}")

    def setting(self, text: str, meaning: str) -> Prose:
        """A figure of the rulebook."""
        return Prose(text) if self.notes is None else TracedFigure.with_note(text, f"来源：口径，{meaning}")

    def money(self, value: Decimal, formula: str, *of: Answer[Any]) -> Prose:
        """As :meth:`computed`, of an amount."""
        return self.computed(amounts.grouped(value, amounts.MONEY_PLACES, comma=self.comma), formula, *of)

    def rate(self, part: Decimal, whole: Decimal, formula: str, *of: Answer[Any]) -> Prose:
        """As :meth:`computed`, of ``part`` in percent of ``whole``; empty where there is no whole."""
        rate = amounts.percentage(part, whole)
        shown = "" if rate is None else f"{amounts.rounded(rate, amounts.RATE_PLACES)}%"
        return self.computed(shown, formula, *of) if shown else Prose("")

    def _noted(self, answer: Answer[Any], text: str) -> Prose:
        note = self.notes.get(answer.ref) if self.notes else None
        return Prose(text) if note is None else TracedFigure.with_note(text, note)


def printed(answer: Answer[Decimal]) -> Decimal | None:
    """The amount as printed, so that figures computed from it agree with those beside them."""
    if answer.value is None or not isinstance(answer.field.kind, Amount):
        return None
    return amounts.money(answer.value)


def places_of(*points: Decimal | None) -> int:
    """The decimals a column of points needs, so that every one of them is printed in full."""
    stated = [
        amounts.plain(amounts.rounded(value, amounts.POINT_PLACES)) for value in points if value is not None
    ]
    return max((len(text.partition(".")[2]) for text in stated), default=0)


# --- typed texts ----------------------------------------------------------------------------------

_NAMES = ("overview.identity.", "overview.sign_off.")
"""Sections whose texts are names: printed as they are."""

_NUMBERED = {
    "overview.duties.content",
    "overview.business.title",
    "goals.plan.title",
    "issues.problems.problem",
    "issues.problems.direction",
    "issues.problems.measure",
    "issues.attachments.name",
}
"""Columns whose rows the report numbers, or sets behind words of its own."""


def as_printed(evaluation: SelfEvaluation) -> SelfEvaluation:
    """``evaluation`` with its texts as a report prints them."""
    changed = {}
    for key, answer in evaluation.answers.items():
        if isinstance(answer.value, str) and isinstance(answer.field.kind, Text):
            text = _printed(answer)
            if text != answer.value:
                changed[key] = replace(answer, value=text)
    return with_answers(evaluation, changed) if changed else evaluation


def _printed(answer: Answer[str]) -> str:
    key, text = answer.field.key, answer.known
    if key.startswith(_NAMES):
        return text
    text = spaced(rejoined(text) if "\n" in text else text)
    return unnumbered(text) if key in _NUMBERED and key in PLAN.columns else text


# --- spaces ---------------------------------------------------------------------------------------

_HAN = "\u3400-\u9fff"
_MARKS = "，。；：、！？（）《》“”"
_GAPS = (
    f"(?<=[{_HAN}])[ \u00a0\u3000]+(?=[0-9A-Za-z])|(?<=[0-9A-Za-z%％])[ \u00a0\u3000]+(?=[{_HAN}])"
    f"|(?<=[{_MARKS}])[ \u00a0]+|[ \u00a0]+(?=[{_MARKS}])"
)


def spaced(text: str) -> str:
    """``text`` without the spaces between Chinese and figures or letters, and around Chinese marks: 2025 年 → 2025年."""
    return re.sub(_GAPS, "", text)


# --- lines ----------------------------------------------------------------------------------------

_ENDS = "。！？；：…"
_SHORTEST = 15.0
"""Characters of a line of a page; shorter lines are lines of their own."""
_RAGGED = 2.0
"""Characters by which the lines of one page differ."""


def rejoined(text: str) -> str:
    """``text`` with the lines joined that were torn where a page was full, as copying from a PDF does.

    Torn lines are equally long, at least two of them, end amid a sentence, and the last one ends it.
    """
    lines = text.split("\n")
    full = max(map(width, lines))
    torn = [
        full - width(line.rstrip()) <= _RAGGED and full >= _SHORTEST and line.rstrip()[-1:] not in _ENDS
        for line in lines[:-1]
    ] + [False]
    if sum(torn) < 2 or lines[-1].rstrip()[-1:] not in _ENDS:
        return text
    made = [lines[0]]
    for broken, line in zip(torn, lines[1:], strict=False):
        begins = line[:1] in {" ", "\u3000", "\t"} or re.match(_NUMBER, line)
        if broken and not begins:
            made[-1] = f"{made[-1].rstrip()}{line}"
        else:
            made.append(line)
    return "\n".join(made)


_GOES_ON = re.compile(r"[，、（(《“]$"), re.compile(r"[，。、；：）)》”%％]|[万亿]元")
"""How a line ends, and how the next begins, in the middle of a sentence."""


def torn(text: str) -> list[str]:
    """The ends of lines at which a sentence goes on in the next, and which :func:`rejoined` does not join for sure."""
    lines = [line.strip() for line in rejoined(text).split("\n") if line.strip()]
    ends, begins = _GOES_ON
    return [
        line[-10:]
        for line, following in pairwise(lines)
        if begins.match(following) or (ends.search(line) and not re.match(_NUMBER, following))
    ]


_CELL_BORDER = re.compile(r"\t+|(?: {2,}|\u3000{2,})(?=[-\d])")
"""Between the cells of a pasted table: a tab, or blanks before a figure."""
_FEWEST_ROWS = 2


def pasted_rows(text: str) -> list[str]:
    """The lines of ``text`` that are rows of a table, pasted as text; none where there is only one."""
    rows = [line.strip() for line in text.split("\n") if _CELL_BORDER.search(line.strip())]
    return rows if len(rows) >= _FEWEST_ROWS else []


# --- numbers --------------------------------------------------------------------------------------

_NUMERALS = "一二三四五六七八九十"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_NUMBER = (
    rf"(?:[（(](?P<a>[{_NUMERALS}]{{1,3}}|\d{{1,2}})[)）]|(?P<b>[{_NUMERALS}]{{1,3}}|\d{{1,2}})[、.．]"
    rf"|(?P<c>[{_CIRCLED}])|(?P<d>[{_NUMERALS}])是|第(?P<e>[{_NUMERALS}])[，、])\s*(?=[^\d\s期届轮批])"
)
"""A number at the beginning of an item: （一） (1) 一、 1. ① 一是 第一，; not the one of 1.5万 or （一）期."""


def unnumbered(text: str) -> str:
    """``text`` without the number at its beginning; where a list begins with it, the list keeps its numbers."""
    found = re.match(_NUMBER, text)
    if found is None:
        return text
    start, end = found.span(found.lastgroup or 0)
    following = _following(half_width(text[start:end]))
    mark = text[:start] + following + text[end : found.end()].rstrip()
    return text if following and re.search(rf"{re.escape(mark)}(?!\d)", text) else text[found.end() :]


def _following(numeral: str) -> str:
    """The number after ``numeral``, in its own signs; empty where there is none."""
    if numeral.isdecimal():
        return str(int(numeral) + 1)
    for signs in (_NUMERALS, _CIRCLED):
        at = signs.find(numeral)
        if at >= 0 and len(numeral) == 1:
            return signs[at + 1 : at + 2]
    return ""
