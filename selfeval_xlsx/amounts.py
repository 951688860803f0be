"""Decimal arithmetic as the finance office does it.

Everything here works on :class:`decimal.Decimal`. Rounding is half up (四舍五入). A printed figure
stands for the closed interval of all values that print like it, as in XBRL Calculations 1.1.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import Enum
from typing import Any

HUNDRED = Decimal(100)
MONEY_PLACES = 2
RATE_PLACES = 2
POINT_PLACES = 2

_WIDE = Context(prec=400)
"""Digits enough for any number that a cell can hold, so that an absurd one is judged, never a fault."""


def rounded(value: Decimal, places: int) -> Decimal:
    """``value`` half up to ``places`` decimals; the result carries exactly that many."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _WIDE)


def money(value: Decimal) -> Decimal:
    """An amount at the precision it is printed in."""
    return rounded(value, MONEY_PLACES)


def grouped(value: Decimal, places: int, *, comma: bool = True) -> str:
    """``2885.53`` as ``2,885.53``; without ``comma`` as ``2885.53``. Never ``-0.00``."""
    figure = rounded(value, places)
    return f"{abs(figure) if figure == 0 else figure:{',' if comma else ''}f}"


def plain(value: Decimal) -> str:
    """All significant digits and no more: ``1E+2`` as ``100``, ``18.50`` as ``18.5``."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percentage(part: Decimal, whole: Decimal) -> Decimal | None:
    """``part / whole`` in percent, unrounded; None where ``whole`` is 0 (the rate is undefined there)."""
    return None if whole == 0 else part * HUNDRED / whole


def printed_rate(part: Decimal, whole: Decimal) -> Decimal | None:
    """``part / whole`` in percent as it is printed; None where ``whole`` is 0."""
    rate = percentage(part, whole)
    return None if rate is None else rounded(rate, RATE_PLACES)


def share(weight: Decimal, part: Decimal, whole: Decimal) -> Decimal | None:
    """``weight`` × min(``part / whole``, 1), the rate as it is printed; None where ``whole`` is 0."""
    rate = printed_rate(part, whole)
    return None if rate is None else rounded(weight * min(rate, HUNDRED) / HUNDRED, POINT_PLACES)


@dataclass(frozen=True, slots=True)
class Interval:
    """The closed interval of values a printed figure may stand for."""

    low: Decimal
    high: Decimal

    def __add__(self, other: "Interval") -> "Interval":
        return Interval(self.low + other.low, self.high + other.high)

    def meets(self, other: "Interval") -> bool:
        """Whether some value lies in both."""
        return self.low <= other.high and other.low <= self.high

    @property
    def width(self) -> Decimal:
        """The distance between the ends."""
        return self.high - self.low


def printed(value: Decimal, places: int) -> Interval:
    """All values that print like ``value`` at ``places`` decimals: v ± ½·10⁻ᵈ."""
    half = Decimal(5).scaleb(-places - 1)
    return Interval(value - half, value + half)


class Agreement(Enum):
    """How a stated figure stands to the one computed from other stated figures."""

    EXACT = "exact"
    ROUNDING = "rounding"
    """Differs by no more than rounding of the stated figures explains: a 尾差."""
    BLIND = "blind"
    """Differs, and the figures are too small for rounding intervals to decide."""
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A stated figure (of a grade its name) held against its computation; both as they are printed."""

    agreement: Agreement
    stated: Any
    expected: Any

    @property
    def difference(self) -> Decimal:
        """Stated − expected, of figures."""
        return Decimal(self.stated - self.expected)


def compare_sum(stated: Decimal, parts: list[Decimal], places: int) -> Comparison:
    """Hold ``stated`` against the sum of ``parts``: exactly at the printed precision, then by intervals.

    With n addends the difference that rounding explains is (n + 1)·½·10⁻ᵈ.
    """
    total = rounded(stated, places)
    addends = [rounded(part, places) for part in parts]
    expected = sum(addends, Decimal(0))
    if total == expected:
        return Comparison(Agreement.EXACT, total, expected)
    computed = Interval(Decimal(0), Decimal(0))
    for addend in addends:
        computed += printed(addend, places)
    explained = printed(total, places).meets(computed)
    return Comparison(Agreement.ROUNDING if explained else Agreement.BROKEN, total, expected)


def compare_rate(stated: Decimal, part: Decimal, whole: Decimal) -> Comparison:
    """Hold a stated rate (percent) against ``part / whole`` of two amounts printed with two decimals.

    The quotient of x ± h and b ± h lies in [(x−h)/(b+h), (x+h)/(b−h)]. Where that interval is wider
    than one unit of the rate's last place, it decides nothing and only the exact comparison speaks.

    Raises:
        ZeroDivisionError: ``whole`` is 0; ask :func:`percentage` first.

    """
    rate, expected = rounded(stated, RATE_PLACES), printed_rate(part, whole)
    if expected is None:
        raise ZeroDivisionError
    if rate == expected:
        return Comparison(Agreement.EXACT, rate, expected)
    computed = _quotient(printed(part, MONEY_PLACES), printed(whole, MONEY_PLACES))
    if not printed(rate, RATE_PLACES).meets(computed):
        return Comparison(Agreement.BROKEN, rate, expected)
    blind = computed.width > Decimal(1).scaleb(-RATE_PLACES)
    return Comparison(Agreement.BLIND if blind else Agreement.ROUNDING, rate, expected)


def compare_share(
    stated: Decimal, weight: Decimal, part: Decimal, whole: Decimal, *, miss: Decimal
) -> Comparison:
    """Hold points against ``weight`` × min(``part / whole``, 1) of two amounts printed with two decimals.

    The rate is taken as it is printed, and points may differ by ``miss``. Beyond that the
    interval of the quotient decides, as in :func:`compare_rate`.

    Raises:
        ZeroDivisionError: ``whole`` is 0; ask :func:`percentage` first.

    """
    expected = share(weight, part, whole)
    if expected is None:
        raise ZeroDivisionError
    if stated == expected:
        return Comparison(Agreement.EXACT, stated, expected)
    if abs(stated - expected) <= miss:
        return Comparison(Agreement.ROUNDING, stated, expected)
    rates = _quotient(printed(part, MONEY_PLACES), printed(whole, MONEY_PLACES))
    earned = Interval(*(weight * min(end, HUNDRED) / HUNDRED for end in (rates.low, rates.high)))
    blind = printed(stated, POINT_PLACES).meets(earned)
    return Comparison(Agreement.BLIND if blind else Agreement.BROKEN, stated, expected)


def _quotient(part: Interval, whole: Interval) -> Interval:
    """The percent interval of ``part / whole``; unbounded upwards where ``whole`` may be 0."""
    if whole.low <= 0 <= whole.high:
        return Interval(Decimal(0), Decimal("Infinity"))
    corners = [x / b * HUNDRED for x in (part.low, part.high) for b in (whole.low, whole.high)]
    return Interval(min(corners), max(corners))
