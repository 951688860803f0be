"""Slips of the keyboard: how a right figure becomes the typed one. Pure; no cell is known here."""

from collections.abc import Iterator
from decimal import Decimal
from enum import Enum

from selfeval_xlsx.amounts import plain, rounded

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
    yield from (rounded(each, places) for each in _shifted(typed))
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
    return {_figure(sign, each, places) for each in exchanged if not _leads_with_zero(each, places)}


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
    return {Decimal(each) for each in shorter if each.lstrip("-")[0] not in "0."}
