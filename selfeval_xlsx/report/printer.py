"""How what stands in the cells is printed: answers by the rulebook's settings, typed texts in one style.

A proof copy has a note on every figure. Typed texts get one style of spaces, no lines torn by copying, no numbers beside
the report's own; only the print differs: the evaluation, its checks and its JSON keep what was typed.
"""

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
from selfeval_xlsx.text import rejoined, spaced, unnumbered


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
