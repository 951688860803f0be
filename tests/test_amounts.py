from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfeval_xlsx.amounts import (
    Agreement,
    Interval,
    compare_rate,
    compare_share,
    compare_sum,
    grouped,
    percentage,
    plain,
    printed,
    rounded,
)

money = st.decimals(min_value=0, max_value=10**9, places=2)
exact = st.decimals(min_value=0, max_value=10**6, places=6)


def D(text: str) -> Decimal:  # noqa: N802 - reads like the type
    return Decimal(text)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("2885.53", "2,885.53"),
        ("0.005", "0.01"),
        ("-0.005", "-0.01"),
        ("2.675", "2.68"),
        ("-0.001", "0.00"),
        ("1234567.8", "1,234,567.80"),
    ],
)
def test_figures_are_rounded_half_up_and_grouped(value: str, shown: str) -> None:
    assert grouped(D(value), 2) == shown


def test_the_comma_can_be_left_out() -> None:
    assert grouped(D("2885.53"), 2, comma=False) == "2885.53"


@pytest.mark.parametrize(("value", "shown"), [("1E+2", "100"), ("18.50", "18.5"), ("0.00", "0"), ("7", "7")])
def test_plain_figures_have_no_idle_digits(value: str, shown: str) -> None:
    assert plain(D(value)) == shown


def test_a_rate_over_nothing_is_undefined() -> None:
    assert percentage(D("1"), D("0")) is None
    with pytest.raises(ZeroDivisionError):
        compare_rate(D("100"), D("1"), D("0"))
    with pytest.raises(ZeroDivisionError):
        compare_share(D("10"), D("10"), D("1"), D("0"), miss=D("0.01"))


@pytest.mark.parametrize(
    ("stated", "parts", "agreement"),
    [
        ("1671.24", ["1629.26", "41.98"], Agreement.EXACT),
        ("1671.25", ["1629.26", "41.98"], Agreement.ROUNDING),
        ("1671.26", ["1629.26", "41.98"], Agreement.BROKEN),
        ("2885.53", ["2381.12", "504.41"], Agreement.EXACT),
        ("0.00", ["0.01"], Agreement.ROUNDING),
        ("0.00", ["0.02"], Agreement.BROKEN),
    ],
)
def test_sums(stated: str, parts: list[str], agreement: Agreement) -> None:
    assert compare_sum(D(stated), [D(part) for part in parts], 2).agreement is agreement


@pytest.mark.parametrize(
    ("stated", "part", "whole", "agreement", "expected"),
    [
        ("99.20", "2862.49", "2885.53", Agreement.EXACT, "99.20"),
        ("99.21", "2862.49", "2885.53", Agreement.BROKEN, "99.20"),
        ("86.18", "86.186", "100.00", Agreement.BLIND, "86.19"),
        ("95.00", "0.13", "0.15", Agreement.BROKEN, "86.67"),
        ("90.00", "0.13", "0.15", Agreement.BLIND, "86.67"),
        ("50.00", "0.00", "0.01", Agreement.BLIND, "0.00"),
        ("120000", "5.00", "0.001", Agreement.BLIND, "500000.00"),
        ("100.00", "0.01", "-0.01", Agreement.BROKEN, "-100.00"),
        ("-150.00", "0.01", "-0.01", Agreement.BLIND, "-100.00"),
        ("99.49", "995.04", "1000.21", Agreement.BROKEN, "99.48"),
        ("98.66", "86423.25", "87591.70", Agreement.BROKEN, "98.67"),
        ("33.33", "100.005", "300.00", Agreement.ROUNDING, "33.34"),
    ],
)
def test_rates(stated: str, part: str, whole: str, agreement: Agreement, expected: str) -> None:
    comparison = compare_rate(D(stated), D(part), D(whole))
    assert (comparison.agreement, comparison.expected) == (agreement, D(expected))


@pytest.mark.parametrize(
    ("stated", "part", "whole", "agreement", "expected"),
    [
        ("9.87", "3201.25", "3244.60", Agreement.EXACT, "9.87"),
        ("9.86", "3201.25", "3244.60", Agreement.ROUNDING, "9.87"),
        ("9.85", "3201.25", "3244.60", Agreement.BROKEN, "9.87"),
        ("10.00", "3300.00", "3244.60", Agreement.EXACT, "10.00"),  # never more than the weight
        ("9.88", "987.45", "1000.00", Agreement.EXACT, "9.88"),  # of 98.75% as printed, not of 98.745%
        ("9.76", "4.87", "5.00", Agreement.BLIND, "9.74"),  # 4.874 / 4.995 is 97.58%
        ("9.77", "4.87", "5.00", Agreement.BROKEN, "9.74"),
        ("0.00", "0.00", "5.00", Agreement.EXACT, "0.00"),
    ],
)
def test_points_for_a_rate(stated: str, part: str, whole: str, agreement: Agreement, expected: str) -> None:
    comparison = compare_share(D(stated), D("10"), D(part), D(whole), miss=D("0.01"))
    assert (comparison.agreement, comparison.expected) == (agreement, D(expected))


@given(st.lists(exact, min_size=1, max_size=8))
def test_rounding_parts_and_total_apart_is_never_an_error(parts: list[Decimal]) -> None:
    total = rounded(sum(parts, Decimal(0)), 2)
    assert compare_sum(total, [rounded(part, 2) for part in parts], 2).agreement is not Agreement.BROKEN


@given(st.lists(money, min_size=1, max_size=8), st.integers(min_value=1, max_value=10**6))
def test_a_miss_beyond_the_intervals_is_always_an_error(parts: list[Decimal], cents: int) -> None:
    allowed = (len(parts) + 1) * Decimal("0.005")
    miss = Decimal(cents) / 100
    broken = compare_sum(sum(parts, miss), parts, 2).agreement is Agreement.BROKEN
    assert broken == (miss > allowed)


@given(exact, exact.filter(lambda value: value >= Decimal("0.01")))
def test_a_rate_of_the_unrounded_amounts_is_never_an_error(part: Decimal, whole: Decimal) -> None:
    rate = (part / whole * 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    comparison = compare_rate(rate, rounded(part, 2), rounded(whole, 2))
    assert comparison.agreement is not Agreement.BROKEN


@given(money, st.integers(min_value=0, max_value=6))
def test_a_printed_figure_stands_for_what_prints_like_it(value: Decimal, places: int) -> None:
    interval = printed(rounded(value, places), places)
    assert interval.low <= value <= interval.high
    assert interval.width == Decimal(1).scaleb(-places)


@given(money, money, money, money)
def test_intervals_meet_exactly_when_they_share_a_value(
    a: Decimal, b: Decimal, c: Decimal, d: Decimal
) -> None:
    one, other = Interval(min(a, b), max(a, b)), Interval(min(c, d), max(c, d))
    assert one.meets(other) == (max(one.low, other.low) <= min(one.high, other.high)) == other.meets(one)
