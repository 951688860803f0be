"""Slips of the keyboard: what becomes of a right figure and of a right name. Pure; no cell is known here.

A slip leaves place, head and type of a name (青石镇·综合…中心) as they are. What differs in its head is another
unit (青石镇文化服务中心), and what only leaves out 人民 or the place is a usual short form.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from enum import Enum
from functools import lru_cache

from selfeval_xlsx.amounts import plain, rounded
from selfeval_xlsx.prose.words import data

UNIT_FACTOR = Decimal(10_000)
"""元 in a 万元."""

SHIFTS = (Decimal(10), Decimal(100), Decimal(1000))
"""How far a decimal point goes astray."""


class Slip(Enum):
    """What became of one figure, in words to stand behind its cell."""

    UNIT = "元、万元填混"
    POINT = "小数点错位"
    SIGN = "正负号填反"
    SWAPPED = "两位数字颠倒"
    DOUBLED = "多按了一位数字"
    DROPPED = "漏了一位数字"
    DIGIT = "写错了一位数字"


def slips(typed: Decimal, right: Decimal, places: int) -> Iterator[Slip]:
    """The slips that turn ``right`` into ``typed``, both printed with ``places`` decimals."""
    if is_unit(typed, right, places):
        yield Slip.UNIT
    if right in _shifted(typed):
        yield Slip.POINT
    if right == -typed:
        yield Slip.SIGN
    if right in swapped(typed, places):
        yield Slip.SWAPPED
    if right in _undoubled(typed):
        yield Slip.DOUBLED
    if typed in _one_less(right, places):
        yield Slip.DROPPED


def undone(typed: Decimal, places: int) -> Iterator[Decimal]:
    """What ``typed`` may have been before a slip that leaves all digits to be seen."""
    yield from (rounded(typed / UNIT_FACTOR, places), rounded(typed * UNIT_FACTOR, places), -typed)
    yield from (rounded(shifted, places) for shifted in _shifted(typed))
    yield from swapped(typed, places)
    yield from _undoubled(typed)


def is_unit(typed: Decimal, right: Decimal, places: int) -> bool:
    """Whether the one is the other in 万元, with three digits or more left to tell by."""
    small, large = sorted((abs(typed), abs(right)))
    telling = small >= Decimal(100).scaleb(-places)
    return telling and typed * right > 0 and rounded(large / UNIT_FACTOR, places) == rounded(small, places)


def _shifted(typed: Decimal) -> set[Decimal]:
    return {typed * shift for shift in SHIFTS} | {typed / shift for shift in SHIFTS}


def swapped(typed: Decimal, places: int) -> set[Decimal]:
    """Every figure with two neighbouring digits of ``typed`` exchanged, but for a leading zero."""
    sign, digits = _digits(typed, places)
    pairs = (i for i in range(len(digits) - 1) if digits[i] != digits[i + 1])
    exchanged = (digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :] for i in pairs)
    return {_figure(sign, order, places) for order in exchanged if not _leads_with_zero(order, places)}


def _digits(value: Decimal, places: int) -> tuple[int, str]:
    """Sign and digits as printed: 41.98 as 4198, 0.50 as 050."""
    figure = rounded(value, places)
    return (-1 if figure < 0 else 1), f"{abs(figure):f}".replace(".", "")


def _leads_with_zero(digits: str, places: int) -> bool:
    return len(digits) > places + 1 and digits[0] == "0"


def _figure(sign: int, digits: str, places: int) -> Decimal:
    return Decimal(sign * int(digits)).scaleb(-places)


def _undoubled(typed: Decimal) -> set[Decimal]:
    """``typed`` without one of two like digits that follow each other."""
    text = plain(typed)
    return {
        Decimal(text[:i] + text[i + 1 :])
        for i in range(1, len(text))
        if text[i] == text[i - 1] and text[i].isdigit()
    }


def _one_less(right: Decimal, places: int) -> set[Decimal]:
    """What is left of ``right`` when one digit before the point is not typed; of four digits at least."""
    text = f"{rounded(right, places):f}"
    whole = text.partition(".")[0]
    if sum(digit.isdigit() for digit in text) < 4:
        return set()
    shorter = (text[:i] + text[i + 1 :] for i, digit in enumerate(whole) if digit.isdigit())
    return {Decimal(cut) for cut in shorter if cut.lstrip("-")[0] not in "0."}


def one_digit_off(number: Decimal, places: int) -> Iterator[Decimal]:
    """Every figure that differs from ``number`` in one digit."""
    step = Decimal(1).scaleb(-places)
    whole = int(number / step)
    power = 1
    while power <= whole:
        digit = whole // power % 10
        yield from ((whole + (other - digit) * power) * step for other in range(10) if other != digit)
        power *= 10


# --- names ----------------------------------------------------------------------------------------

_PLACE = re.compile(r".{1,4}?(?:省|市|县|区|镇|乡|旗|州|街道)")
_NOISE = "人民"
_LONGEST_SLIP = 2


def misspelt(text: str, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """What stands in ``text`` and the name that seems to be meant."""
    known = sorted({name for name in names if len(name) >= 4}, key=len, reverse=True)
    taken = [span for name in known for span in _spans(text, name)]
    for name in known:
        for start, end in _near(text, name):
            if not any(start < stop and begin < end for begin, stop in taken):
                taken.append((start, end))
                yield text[start:end], name


@lru_cache(maxsize=1)
def _mistyped() -> Mapping[str, str]:
    """What a character of a name is typed as, by its sound or its look."""
    groups = data()["names"]["alike"].split()
    return {character: group.replace(character, "") for group in groups for character in group}


def _spans(text: str, name: str) -> Iterator[tuple[int, int]]:
    at = text.find(name)
    while at >= 0:
        yield at, at + len(name)
        at = text.find(name, at + 1)


def _near(text: str, name: str) -> Iterator[tuple[int, int]]:
    """Spans that begin and end like ``name`` and differ from it by a slip."""
    begin, last = name[:2] if len(name) > 5 else name[0], name[-1]
    begins = (begin, *(begin[0] + other for other in _mistyped().get(begin[1:], "")))
    for start in sorted(at for head in begins for at, _ in _spans(text, head)):
        for size in sorted(range(len(name) - _LONGEST_SLIP, len(name) + 2), key=lambda n: abs(n - len(name))):
            found = text[start : start + size]
            ends_alike = found[-1:] == last or found[:-1] == name[:-1]
            goes_on = text[start + size - 1 : start + size + 1] in data()["names"]["other_words"]
            if len(found) == size and ends_alike and not goes_on and is_misspelling(found, name):
                yield start, start + size
                break


def is_misspelling(found: str, name: str) -> bool:
    """Whether ``found`` is ``name`` with a character left out, added, swapped or replaced, or a word replaced."""
    if found.replace(_NOISE, "") == name.replace(_NOISE, "") or found == name:
        return False
    head, tail = _common(found, name), _common(found[::-1], name[::-1])
    place = _place(name)
    tail = min(tail, min(len(found), len(name)) - head)
    left, right = found[head : len(found) - tail], name[head : len(name) - tail]
    core = len(name) - place - 1
    match len(left), len(right):
        case (0, 1) | (1, 0):
            enough = core >= 2
        case (1, 1) if left in _mistyped().get(right, "") and len(name) >= 5:
            enough = True
        case (1, 1) if not tail:
            enough = left not in data()["names"]["types"].get(name[-2:], left) or left in _mistyped().get(
                name[-1], ""
            )
        case (1, 1):
            enough = core >= 3 and head > place
        case (2, 2) if left == right[::-1]:
            enough = core >= 2
        case (2, 2):
            enough = core >= 4 and head >= place + 2
        case _:
            enough = False
    return enough


def _common(one: str, other: str) -> int:
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _place(name: str) -> int:
    """How many characters of ``name`` say where the unit is."""
    match = _PLACE.match(name)
    return match.end() if match and match.end() < len(name) - 2 else 1
