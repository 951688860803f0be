"""The errors that are seeded: what clerks do to a right figure, one error at a time.

``KINDS`` is open: a new kind is a name and a generator over the filled form. Seeds are made in the
order of the workbook and are always the same for the same form. Typing that reads as the same value
is no error and is left out.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from selfeval_xlsx.amounts import HUNDRED, RATE_PLACES, money, plain, rounded
from selfeval_xlsx.form.data import MONEY_UNIT
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import DEFAULT_UNIT, MONEY_UNITS, SelfEvaluation
from selfeval_xlsx.form.kinds import Amount, Choice, Day, LongText, MeasureText, Rate, Raw
from selfeval_xlsx.form.values import answer_of

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_DATES = re.compile(r"\d{4}\s*年|\d+\s*[月日年]")
_TEN_THOUSAND = MONEY_UNITS[DEFAULT_UNIT]
_NOTHING = "（空）"


@dataclass(frozen=True)
class Seed:
    """One error: in which cell, what stood there, what stands there now."""

    kind: str
    at: Answer[Any]
    typed: str
    changed: Mapping[str, Answer[Any]]

    def __str__(self) -> str:
        was, now = _around(self.at.raw, self.typed)
        others = "".join(
            f"，{answer.ref.coordinate} 改为 {answer.raw or _NOTHING}"
            for answer in self.changed.values()
            if answer.ref != self.at.ref
        )
        return f"{self.at.named}：{was or _NOTHING} → {now or _NOTHING}{others}"


@dataclass(frozen=True)
class Sheet:
    """The filled form that is spoiled: its answers by key and by place."""

    evaluation: SelfEvaluation

    @property
    def answers(self) -> Mapping[str, Answer[Any]]:
        """Every answer by key."""
        return self.evaluation.answers

    @cached_property
    def filled(self) -> dict[str, Answer[Any]]:
        """What the unit stated, without the cells that hold a problem already."""
        return {key: answer for key, answer in self.answers.items() if answer.stated and answer.raw}

    @cached_property
    def figures(self) -> dict[str, Answer[Any]]:
        """The stated numbers."""
        return {key: answer for key, answer in self.filled.items() if _is_figure(answer)}

    @cached_property
    def unit(self) -> str:
        """The money unit."""
        return self.answers[MONEY_UNIT].value or DEFAULT_UNIT

    def typed(self, key: str, text: str) -> Answer[Any]:
        """The answer at ``key`` if ``text`` stood in its cell."""
        answer = self.answers[key]
        return answer_of(answer.field, answer.ref, Raw(text or None), self.unit)


Typing = tuple[str, str]
"""A key and what is typed there."""

Spoil = Callable[[Sheet], "Iterator[tuple[Typing, ...]]"]


def seeds(evaluation: SelfEvaluation) -> tuple[Seed, ...]:
    """Every error of every kind; the first cell of each is the one it is told of."""
    return tuple(_distinct(Sheet(evaluation)))


def _distinct(sheet: Sheet) -> Iterator[Seed]:
    seen: set[tuple[Typing, ...]] = set()
    for kind, spoil in KINDS.items():
        for typings in spoil(sheet):
            changed = {key: sheet.typed(key, text) for key, text in typings}
            same = all(_reading(changed[key]) == _reading(sheet.answers[key]) for key in changed)
            if not same and typings not in seen:
                seen.add(typings)
                yield Seed(kind, sheet.answers[typings[0][0]], typings[0][1], changed)


def _reading(answer: Answer[Any]) -> tuple[object, object]:
    return answer.value, answer.problem


def _is_figure(answer: Answer[Any]) -> bool:
    kind = answer.field.kind
    return kind.numeric or (isinstance(kind, MeasureText) and bool(_NUMBER.search(answer.raw)))


def text_of(answer: Answer[Any]) -> str:
    """A figure as a clerk types it: ``2885.53``, ``99.20%``, ``35``; a measure as it stands."""
    match answer.field.kind:
        case Amount():
            return f"{money(answer.known):f}"
        case Rate():
            return f"{rounded(answer.known, RATE_PLACES):f}%"
        case _:
            return answer.raw if isinstance(answer.field.kind, MeasureText) else answer.show()


def _in_figures(
    change: Callable[[str], Iterator[str]], where: Callable[[Sheet, str], bool] = lambda _sheet, _key: True
) -> Spoil:
    """The number of every stated figure changed, in each way that ``change`` knows."""

    def spoil(sheet: Sheet) -> Iterator[tuple[Typing, ...]]:
        for key, answer in sheet.figures.items():
            text = text_of(answer)
            match = _NUMBER.search(text)
            if match and where(sheet, key):
                for number in change(match[0]):
                    yield ((key, f"{text[: match.start()]}{number}{text[match.end() :]}"),)

    return spoil


# --- slips within one figure ----------------------------------------------------------------------


def _last_place(number: str) -> Iterator[str]:
    """The last place one more, one less: 0.01 of an amount or a rate, 1 of a count."""
    step = Decimal(1).scaleb(-len(number.partition(".")[2]))
    for changed in (Decimal(number) + step, Decimal(number) - step):
        if changed >= 0:
            yield f"{changed:f}"


def _digits_turned(number: str) -> Iterator[str]:
    places = [index for index, character in enumerate(number) if character.isdigit()]
    for left, right in itertools.pairwise(places):
        turned = list(number)
        turned[left], turned[right] = turned[right], turned[left]
        yield "".join(turned)


def _point_moved(number: str) -> Iterator[str]:
    for factor in (Decimal(10), Decimal("0.1")):
        yield plain(Decimal(number) * factor)


def _is_money(sheet: Sheet, key: str) -> bool:
    kind, measure_unit = (
        sheet.answers[key].field.kind,
        sheet.answers.get(f"{key.rpartition('.')[0]}.measure_unit"),
    )
    counts_money = isinstance(kind, MeasureText) and measure_unit is not None and "元" in measure_unit.raw
    return isinstance(kind, Amount) or counts_money


def _ten_thousandfold(number: str) -> Iterator[str]:
    """元 for 万元 and the reverse."""
    yield plain(Decimal(number) * _TEN_THOUSAND)
    yield plain(Decimal(number) / _TEN_THOUSAND)


def _percent_lost(sheet: Sheet) -> Iterator[tuple[Typing, ...]]:
    """A rate a hundred times too large or too small; an indicator without its percent sign."""
    for key, answer in sheet.figures.items():
        if isinstance(answer.field.kind, Rate):
            yield ((key, f"{plain(answer.known * HUNDRED)}%"),)
            yield ((key, f"{plain(answer.known / HUNDRED)}%"),)
        elif "%" in answer.raw:
            yield ((key, answer.raw.replace("%", "")),)


def _sign_turned(sheet: Sheet) -> Iterator[tuple[Typing, ...]]:
    for key, answer in sheet.figures.items():
        text = text_of(answer)
        yield ((key, text[1:] if text.startswith("-") else f"-{text}"),)


# --- cells ----------------------------------------------------------------------------------------


def _left_blank(sheet: Sheet) -> Iterator[tuple[Typing, ...]]:
    for key, answer in sheet.filled.items():
        if key in sheet.figures or isinstance(answer.field.kind, Choice):
            yield ((key, ""),)


def _in_the_wrong_cell(sheet: Sheet) -> Iterator[tuple[Typing, ...]]:
    """A figure changes places with its neighbour to the right or below, be that blank or not."""
    places = {(answer.ref.sheet, *answer.ref.place): key for key, answer in sheet.answers.items()}
    for key, answer in sheet.figures.items():
        for neighbour in _neighbours(sheet, places, answer):
            other = sheet.answers[neighbour]
            if _block(neighbour) == _block(key):
                yield ((key, text_of(other) if other.stated else other.raw), (neighbour, text_of(answer)))


def _neighbours(
    sheet: Sheet, places: Mapping[tuple[str, int, int], str], answer: Answer[Any]
) -> Iterator[str]:
    """The next cell for a figure to the right, past a cell for words, and the one below."""
    title, (row, column) = answer.ref.sheet, answer.ref.place
    for steps in ([(0, 1), (0, 2)], [(1, 0)]):
        keys = (places.get((title, row + down, column + right), "") for down, right in steps)
        yield from itertools.islice((key for key in keys if key and _takes_figures(sheet, key)), 1)


def _takes_figures(sheet: Sheet, key: str) -> bool:
    kind = sheet.answers[key].field.kind
    return kind.numeric or isinstance(kind, MeasureText)


def _block(key: str) -> str:
    return ".".join(key.split(".")[:2])


def _choice_changed(sheet: Sheet) -> Iterator[tuple[Typing, ...]]:
    """Another of the choices: comparator, class, level, grade."""
    for key, answer in sheet.filled.items():
        if isinstance(answer.field.kind, Choice) and key != MONEY_UNIT:
            for option in answer.field.kind.options:
                yield ((key, option),)


def _date_too_early(sheet: Sheet) -> Iterator[tuple[Typing, ...]]:
    for key, answer in sheet.filled.items():
        if isinstance(answer.field.kind, Day):
            day: date = answer.known
            yield ((key, f"{day.year - 1}-{day.month}-{min(day.day, 28)}"),)


# --- texts ----------------------------------------------------------------------------------------


def _figure_in_text_changed(sheet: Sheet) -> Iterator[tuple[Typing, ...]]:
    """A figure in prose, no date, one more in its last place, or with two digits turned."""
    for key, answer in sheet.filled.items():
        if not isinstance(answer.field.kind, LongText):
            continue
        text = answer.raw
        dates = [match.span() for match in _DATES.finditer(text)]
        for match in _NUMBER.finditer(text):
            if any(start <= match.start() < end for start, end in dates):
                continue
            for number in (next(_last_place(match[0])), *_digits_turned(match[0])):
                yield ((key, f"{text[: match.start()]}{number}{text[match.end() :]}"),)


def _around(was: str, now: str, room: int = 12) -> tuple[str, str]:
    """Both texts, of long ones only what stands around the first difference."""
    if max(len(was), len(now)) <= 2 * room:
        return was, now
    pairs = enumerate(zip(was, now, strict=False))
    same = next((index for index, (old, new) in pairs if old != new), min(len(was), len(now)))
    part = slice(max(0, same - room), same + room)
    return f"…{' '.join(was[part].split())}…", f"…{' '.join(now[part].split())}…"


KINDS: Mapping[str, Spoil] = {
    "末位差一": _in_figures(_last_place),
    "数字颠倒": _in_figures(_digits_turned),
    "小数点错位": _in_figures(_point_moved),
    "单位混淆": _in_figures(_ten_thousandfold, _is_money),
    "百分号": _percent_lost,
    "正负号": _sign_turned,
    "漏填": _left_blank,
    "填错行列": _in_the_wrong_cell,
    "选错选项": _choice_changed,
    "日期过早": _date_too_early,
    "文字中的数": _figure_in_text_changed,
}
"""Every kind of error by its name."""
