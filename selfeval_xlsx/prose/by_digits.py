"""What its digits alone say of a figure that no label explains, as far as the words nearby bear them out."""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from decimal import Decimal

from selfeval_xlsx.figures import MONEY, PERCENT, Figure
from selfeval_xlsx.form.relations import INDICATORS, PROJECTS
from selfeval_xlsx.prose.keystroke_errors import Slip
from selfeval_xlsx.prose.labels import AMOUNTS, Context, Label, Place
from selfeval_xlsx.prose.quantities import ENOUGH_DIGITS, SOME_DIGITS, Entry, Reference, Register
from selfeval_xlsx.prose.words import PRIOR, WHOLE_LINE, Role, Token, data

_SEVERAL_YEARS = re.compile(r"20\d\d年?度?(?:[、和与及至到～~—-]|以及)20\d\d年")
"""2021年、2022年分别实施620万亩、640万亩: a figure may be of either year, or of both."""
_GRAND_TOTAL = re.compile("(?:收入支出|收、?支|(?<!拨款)(?<!基金)(?:收入|支出))总计")
_REPEATED = ("budget.notes", "overview.structure", "budget.balance")
"""Blocks that repeat figures of the budget."""
_OTHER_LINES = ("budget.lines", "budget.sources", "budget.official")
_SPENDING = re.compile("支出|执行|决算")
_DENIED = {
    Slip.POINT: "单位或小数点像是写错了",
    Slip.SWAPPED: "像是写错了个别数字",
    Slip.DIGIT: "像是写错了个别数字",
}


def meant_by_digits(
    place: Place, label: Label, context: Context, register: Register
) -> tuple[tuple[Reference, ...], Context]:
    """What the digits alone say of a figure: a mistake, or what the sentence has come to speak of."""
    same = register.exact(place.figure)
    said = _said_before(place.tokens, place.at, context.lines, context.year)
    if same and said.is_of_year(same):
        line = label.first(Role.LINE)
        implied = any(len(entry.reference.answers) > 1 for entry in same)
        named = line is None or not implied or any(entry.row in line.meaning for entry in same)
        anchored = _anchored(same, place, context) if named else context
        return tuple(entry.reference for entry in same), anchored
    if place.is_of_other_scope:
        return (), replace(context, latest=None)
    if same:
        return tuple(replace(entry.reference, denied="那是上一年的数") for entry in same), context
    return tuple(said.mistaken(place.figure, register)), replace(context, latest=None)


def _anchored(same: Sequence[Entry], place: Place, context: Context) -> Context:
    """The context behind a figure that only one row of the form holds: its row is spoken of.

    收入合计 is no spending, though the two are often equal: what follows is not of the spending.
    """
    if "收入" in place.clause and "支出" not in place.clause:
        received = (entry.reference for entry in same if entry.reference.is_received)
        latest = next(received, same[0].reference)
        return replace(context, lines=(), foreign=True, column="", indicators=(), latest=latest)
    own = [entry for entry in same if entry.row not in _REPEATED] or same
    rows = {entry.row for entry in own}
    entry, reference = own[0], own[0].reference
    if len(rows) > 1 or context.year:
        return replace(context, latest=reference)
    if entry.row.startswith(INDICATORS):
        return replace(context, indicators=(entry.row,), latest=reference)
    if entry.reference.column in AMOUNTS and entry.row.startswith("budget."):
        return replace(
            context,
            lines=(entry.row,),
            column=reference.column,
            foreign=False,
            indicators=(),
            latest=reference,
        )
    return replace(context, latest=reference)


@dataclass(frozen=True)
class _Said:
    """What stands before a figure: the last two clauses, the rows named there, and what the sentence has come to speak of."""

    text: str
    lines: Sequence[str]
    year: int
    named: Set[str] = frozenset()
    stated: Set[Decimal] = frozenset()
    """The values that the whole sentence states."""

    def is_of_year(self, same: Sequence[Entry]) -> bool:
        """Whether it may be any of ``same``: last year's outturn only where the sentence looks back."""
        past = all(entry.kind == PRIOR for entry in same)
        looks_back = self.year == -1 or re.search("上年|去年|上一年", self.text)
        looks_back = looks_back or _SEVERAL_YEARS.search(self.text)
        return not past or bool(looks_back) or not _SPENDING.search(self.text)

    def mistaken(self, figure: Figure, register: Register) -> list[Reference]:
        """What the figure is a slip of, as far as what is said nearby bears that out."""
        for slip, entries in register.near(figure):
            likely = [entry for entry in entries if self._bears_out(entry, slip, figure)]
            likely = [entry for entry in likely if not self._is_unnamed_project(entry)] or likely
            if likely:
                one = len({entry.reference.value for entry in likely}) == 1
                one = one and not any(entry.reference.bears_out(figure) for entry in likely)
                return [replace(entry.reference, denied=_DENIED[slip]) for entry in likely if one]
        return []

    def _bears_out(self, entry: Entry, slip: Slip, figure: Figure) -> bool:
        """Whether enough is said of the entry: the less, the more digits there are to tell by."""
        digits = len(figure.digits)
        if slip is Slip.POINT and digits >= SOME_DIGITS:
            return True
        if self._is_another(entry, slip, figure):
            return False
        if slip is not Slip.DIGIT:
            if entry.row.startswith(INDICATORS) and figure.unit != MONEY:
                return figure.unit != PERCENT
            if figure.unit == MONEY and digits >= ENOUGH_DIGITS:
                return self._of_kind(entry) or self._of_line(entry)
        return self._of_kind(entry) and self._of_line(entry)

    def _is_another(self, entry: Entry, slip: Slip, figure: Figure) -> bool:
        """Whether the figure may be near the entry's by chance: income near spending, a total with what is carried over, a part."""
        if slip is not Slip.POINT and self._is_of_income() and not entry.reference.is_received:
            return True
        if figure.unit != MONEY and self._is_unnamed_project(entry):
            return True
        part = entry.row.startswith(PROJECTS) and entry.reference.value in self.stated
        in_all = _GRAND_TOTAL.search(re.split("[，；]", self.text)[-1]) is not None
        return slip is Slip.DIGIT and (part or in_all)

    def _is_of_income(self) -> bool:
        """Income and spending are often equal but for a little."""
        clause = re.split("[，；]", self.text)[-1]
        return "收入" in clause and "支出" not in clause

    def _of_kind(self, entry: Entry) -> bool:
        if self.year and entry.kind != PRIOR:
            return False
        return re.search(data()["nearby"]["kinds"].get(entry.kind, "."), self.text) is not None

    def _is_unnamed_project(self, entry: Entry) -> bool:
        return entry.row.startswith(PROJECTS) and entry.row not in {*self.lines, *self.named}

    def _of_line(self, entry: Entry) -> bool:
        if entry.row in self.lines or entry.row in self.named:
            return True
        nearby: Mapping[str, str] = data()["nearby"]["lines"]
        if entry.row == WHOLE_LINE:
            others = (words for row, words in nearby.items() if row.startswith(_OTHER_LINES))
            return not self.lines and not any(re.search(words, self.text) for words in others)
        words = nearby.get(entry.row) or nearby.get(entry.row.rpartition(".")[0])
        return words is not None and re.search(words, self.text) is not None


def _said_before(tokens: Sequence[Token], at: int, lines: Sequence[str], year: int) -> _Said:
    """What is said of the figure at ``at``."""
    text = "".join(token.text for token in tokens[:at])
    clauses = "，".join(re.split("[，,；;：:]", text)[-2:])
    start = len(text) - len(clauses)
    near = [
        token for token in tokens[:at] if token.start >= start and token.role in {Role.LINE, Role.INDICATOR}
    ]
    stated = frozenset(token.figure.value for token in tokens if token.figure and token.figure.value)
    return _Said(clauses, lines, year, frozenset(row for token in near for row in token.meaning), stated)
