"""Figures a slip of the pen away from one of the form's, where the words alone do not say which is meant.

Words have many synonyms, figures have none: 3120.25万元 in a report whose outturn is 3201.25万元 is that
figure with two digits exchanged, whatever the verb before it. The fewer digits there are to tell by, the
more of the figure's own words must stand nearby.
"""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from selfeval_xlsx.figures import MONEY, PERCENT, Claim, Figure
from selfeval_xlsx.form.form import PLAN
from selfeval_xlsx.form.kinds import Amount, Rate
from selfeval_xlsx.form.relations import INDICATORS, PROJECTS
from selfeval_xlsx.prose.keystroke_errors import swapped
from selfeval_xlsx.prose.quantities import (
    Form,
    Reference,
    of_cell,
    of_change,
    of_measure,
    of_share,
    of_unspent,
)
from selfeval_xlsx.prose.words import (
    ADJUSTED,
    ORIGINAL,
    OUTTURN,
    PRIOR,
    WHOLE_LINE,
    Role,
    Token,
    data,
)

_SHARE, _CHANGE, _REST = "share", "change", "rest"
_OTHER_LINES = ("budget.lines", "budget.sources", "budget.official")
_ENOUGH = 5
"""So many digits of an amount tell it apart from any other."""
_SOME = 4
_POWERS = (-4, -3, -2, -1, 1, 2, 3, 4)
"""By how many powers of ten a slip of the point or of the unit moves an amount."""
_TOO_COARSE = 10**8
"""元 in the unit whose few digits are no slip of others: 0.32亿元."""
_MANY = 100
"""A count from which on it is not that of something else by chance."""


@dataclass(frozen=True)
class Entry:
    """A figure of the form, the row it belongs to and of what kind it is."""

    row: str
    kind: str
    reference: Reference


@dataclass(frozen=True)
class Register:
    """Every figure of the form that is long enough to be known again."""

    form: Form

    @cached_property
    def _entries(self) -> Mapping[tuple[str, Decimal], list[Entry]]:
        found: dict[tuple[str, Decimal], list[Entry]] = {}
        for entry in _entries(self.form):
            for unit in entry.reference.units:
                found.setdefault((unit, entry.reference.value), []).append(entry)
        return found

    def exact(self, figure: Figure) -> list[Entry]:
        """What the figure says to the last digit."""
        value = figure.value or Decimal(0)
        counted = figure.unit not in {MONEY, PERCENT} and value >= _MANY
        if figure.claim is not Claim.EXACT or figure.high or not (counted or len(figure.digits) >= _SOME):
            return []
        return self._entries.get((figure.unit, value), [])

    def mistaken(self, figure: Figure, said: "Said") -> list[Reference]:
        """What the figure is a slip of, as far as what is ``said`` around it bears that out."""
        if figure.claim is not Claim.EXACT or figure.high or len(figure.digits) < 3 or not figure.number:
            return []
        found = self._misplaced(figure, said), "单位或小数点像是写错了"
        if not found[0] and (figure.unit != MONEY or figure.factor < _TOO_COARSE):
            found = self._mistyped(figure, said), "像是写错了个别数字"
        likely, why = found
        if any(entry.reference.bears_out(figure) for entry in likely):
            return []
        values = {entry.reference.value for entry in likely}
        return [replace(each.reference, denied=why) for each in likely] if len(values) == 1 else []

    def _misplaced(self, figure: Figure, said: "Said") -> list[Entry]:
        """The amounts with the same digits, in another unit or with the point elsewhere."""
        if figure.unit != MONEY:
            return []
        certain = len(figure.digits) >= _SOME
        return [
            entry
            for power in _POWERS
            for entry in self._entries.get((MONEY, (figure.value or Decimal(0)).scaleb(power)), ())
            if certain or said.bears_out_exchange(entry, figure)
        ]

    def _mistyped(self, figure: Figure, said: "Said") -> list[Entry]:
        """The figures that differ in two digits that changed places, or else in one digit."""
        number = figure.number or Decimal(0)
        places = max(0, -int(number.as_tuple().exponent))
        likely = [
            entry
            for other in swapped(number, places)
            for entry in self._entries.get((figure.unit, other * figure.factor), ())
            if said.bears_out_exchange(entry, figure)
        ]
        enough = _ENOUGH if figure.unit == MONEY else _SOME
        return likely or [
            entry
            for other in (_one_digit_off(number, places) if len(figure.digits) >= enough else ())
            for entry in self._entries.get((figure.unit, other * figure.factor), ())
            if said.bears_out(entry)
        ]


_SPENDING = re.compile("支出|执行|决算")


@dataclass(frozen=True)
class Said:
    """What stands before a figure: the last two clauses, the rows named there, and what the sentence has come to speak of."""

    text: str
    lines: Sequence[str]
    year: int
    named: Set[str] = frozenset()

    def bears_out(self, entry: Entry) -> bool:
        """Whether both the kind and the line of the entry are spoken of."""
        return self._of_kind(entry) and self._of_line(entry)

    def is_of_year(self, same: Sequence[Entry]) -> bool:
        """Whether it may be any of ``same``: last year's outturn only where the sentence looks back."""
        past = all(entry.kind == PRIOR for entry in same)
        looks_back = self.year == -1 or re.search("上年|去年|上一年", self.text)
        return not past or bool(looks_back) or not _SPENDING.search(self.text)

    def bears_out_exchange(self, entry: Entry, figure: Figure) -> bool:
        """Whether enough is said for a figure with two neighbouring digits exchanged."""
        if entry.row.startswith(INDICATORS) and figure.unit != MONEY:
            return figure.unit != PERCENT and len(figure.digits) >= 3
        if figure.unit == MONEY and len(figure.digits) >= _ENOUGH:
            return self._of_kind(entry) or self._of_line(entry)
        return len(figure.digits) >= 3 and self.bears_out(entry)

    def _of_kind(self, entry: Entry) -> bool:
        if self.year and entry.kind != PRIOR:
            return False
        return re.search(data()["nearby"]["kinds"].get(entry.kind, "."), self.text) is not None

    def _of_line(self, entry: Entry) -> bool:
        if entry.row in self.lines or entry.row in self.named:
            return True
        nearby: Mapping[str, str] = data()["nearby"]["lines"]
        if entry.row == WHOLE_LINE:
            others = (words for row, words in nearby.items() if row.startswith(_OTHER_LINES))
            return not self.lines and not any(re.search(words, self.text) for words in others)
        words = nearby.get(entry.row) or nearby.get(entry.row.rpartition(".")[0])
        return words is not None and re.search(words, self.text) is not None


def said_before(tokens: Sequence[Token], at: int, lines: Sequence[str], year: int) -> Said:
    """What is said of the figure at ``at``."""
    text = "".join(token.text for token in tokens[:at])
    clauses = "，".join(re.split("[，,；;：:]", text)[-2:])
    start = len(text) - len(clauses)
    near = [
        token for token in tokens[:at] if token.start >= start and token.role in {Role.LINE, Role.INDICATOR}
    ]
    return Said(clauses, lines, year, frozenset(row for token in near for row in token.meaning))


def _entries(form: Form) -> Iterator[Entry]:
    for key, answer in form.answers.items():
        row, _, column = key.rpartition(".")
        if answer.value is None:
            continue
        if row.startswith(INDICATORS):
            if column in {"actual_value", "target_value"}:
                yield from (Entry(row, column, each) for each in of_measure(row, column, form))
        elif isinstance(answer.field.kind, (Amount, Rate)) and key.startswith(
            ("budget.", "overview.structure")
        ):
            yield from (Entry(row, column, each) for each in of_cell(key, form))
    for row in _rows(form):
        yield from (
            Entry(row, _CHANGE, each) for now, then in _STEPS for each in of_change(row, now, then, form)
        )
        yield from (Entry(row, _REST, each) for each in of_unspent(row, form))
        for column in (ORIGINAL, ADJUSTED, OUTTURN):
            for part in of_cell(f"{row}.{column}", form):
                for whole in of_cell(f"{WHOLE_LINE}.{column}", form):
                    yield from (
                        Entry(row, _SHARE, each) for each in of_share(part, whole, form) if row != WHOLE_LINE
                    )


_STEPS = ((OUTTURN, PRIOR), (ADJUSTED, ORIGINAL), (OUTTURN, ADJUSTED))


def _rows(form: Form) -> Iterator[str]:
    for key, matrix in PLAN.matrices.items():
        if key.startswith("budget."):
            yield from (row for row, _ in matrix.lines)
    yield from dict.fromkeys(key.rpartition(".")[0] for key in form.answers if key.startswith(f"{PROJECTS}."))


def _one_digit_off(number: Decimal, places: int) -> Iterator[Decimal]:
    """Every figure that differs from ``number`` in one digit."""
    step = Decimal(1).scaleb(-places)
    whole = int(number / step)
    power = 1
    while power <= whole:
        digit = whole // power % 10
        yield from ((whole + (other - digit) * power) * step for other in range(10) if other != digit)
        power *= 10
