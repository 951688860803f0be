from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfeval_xlsx.figures import read_measure
from selfeval_xlsx.form.form import COMPARATORS
from selfeval_xlsx.form.kinds import (
    Amount,
    Count,
    Day,
    Kind,
    LongText,
    MeasureText,
    Rate,
    Raw,
    Score,
    Text,
    Year,
)

AMOUNT, SIGNED, RATE, SCORE, COUNT, YEAR, DAY, TEXT = (
    Amount(), Amount(signed=True), Rate(), Score(), Count(), Year(), Day(), Text(),
)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        (AMOUNT, 1629.26, "1629.26"),
        (AMOUNT, 0.1 + 0.2, "0.3"),
        (AMOUNT, 100, "100"),
        (AMOUNT, "2,885.53", "2885.53"),
        (AMOUNT, "２８８５．５３", "2885.53"),
        (AMOUNT, "2 885.53 ", "2885.53"),
        (AMOUNT, "2885.53万元", "2885.53"),
        (AMOUNT, "150万", "150"),
        (SIGNED, "-120.5", "-120.5"),
        (AMOUNT, "\u202a2885.53\u202c", "2885.53"),
        (SIGNED, "－120.5", "-120.5"),
        (SIGNED, "−120.5", "-120.5"),
        (RATE, 0.992, "99.2"),
        (RATE, 99.2, "99.2"),
        (RATE, "99.20%", "99.20"),
        (RATE, "99.20％", "99.20"),
        (RATE, "0.992", "99.2"),
        (RATE, 1, "100"),
        (SCORE, "9.5分", "9.5"),
    ],
)
def test_figures_typed_in_the_usual_ways(kind: Kind[Decimal], typed: object, value: str) -> None:
    assert kind.read(Raw(typed), "万元").value == Decimal(value)


@pytest.mark.parametrize("typed", [None, "", "  ", "　", "无", "—", "/", "／", "-", "--", "－", "\u200b"])
@pytest.mark.parametrize("kind", [AMOUNT, RATE, COUNT, YEAR, DAY, TEXT, COMPARATORS])
def test_nothing_is_nothing_and_never_zero(kind: Kind[Any], typed: object) -> None:
    reading = kind.read(Raw(typed), "万元")
    assert (reading.value, reading.problem) == (None, None)


def test_marks_no_one_sees_change_nothing() -> None:
    """They come along with text copied from web pages and chats."""
    assert TEXT.read(Raw("\ufeff某某局\u200b "), "万元").value == "某某局"
    assert COMPARATORS.read(Raw("≥\u200b"), "万元").value == "≥"
    assert DAY.read(Raw("\u200e2026-3-15"), "万元").value == date(2026, 3, 15)
    assert read_measure("\u200b≥95%", "").number == 95
    family = "👨\u200d👩\u200d👧"
    assert TEXT.read(Raw(family), "万元").value == family
    assert Raw("\u200b").blank


def test_only_an_amount_is_told_its_unit() -> None:
    assert COUNT.read(Raw("35辆"), "万元").problem == "“35辆”不是数字"
    assert AMOUNT.read(Raw("35元"), "万元").problem == "“35元”不是数字，单位也不是万元"


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (AMOUNT, "约100"),
        (AMOUNT, "150元"),
        (AMOUNT, "95%"),
        (AMOUNT, "1,23"),
        (AMOUNT, "1.2.3"),
        (AMOUNT, -1),
        (AMOUNT, 1e308),
        (AMOUNT, float("nan")),
        (AMOUNT, float("inf")),
        (AMOUNT, True),
        (AMOUNT, datetime(2025, 3, 15)),  # noqa: DTZ001 - spreadsheets have no zones
        (AMOUNT, "#REF!"),
        (AMOUNT, "完成"),
        (AMOUNT, ">70"),
        (RATE, 1.5),
        (RATE, "99万"),
        (RATE, "-5%"),
        (SCORE, "95%"),
        (COUNT, 35.5),
        (COUNT, -1),
        (COUNT, "三十五"),
        (YEAR, 25),
        (YEAR, "去年"),
        (YEAR, date(2025, 1, 1)),
        (DAY, "2025年13月1日"),
        (DAY, 45000),
        (DAY, "三月"),
        (COMPARATORS, "约等于"),
        (TEXT, False),
    ],
)
def test_what_is_not_of_the_kind_is_refused_with_a_reason(kind: Kind[Any], typed: object) -> None:
    reading = kind.read(Raw(typed), "万元")
    assert reading.value is None
    assert reading.problem


def test_a_unit_is_read_only_if_it_is_the_workbooks() -> None:
    assert AMOUNT.read(Raw("150元"), "元").value == 150
    assert AMOUNT.read(Raw("150元"), "元").remark
    assert AMOUNT.read(Raw("150万"), "元").problem


def test_a_formula_never_calculated_is_told_from_a_blank() -> None:
    assert AMOUNT.read(Raw(uncalculated=True), "万元").problem


def test_a_percent_format_counts() -> None:
    assert RATE.read(Raw(1.0445, percent=True), "万元").value == Decimal("104.45")
    assert RATE.read(Raw(0.5, percent=True), "万元").value == 50
    assert MeasureText().read(Raw(0.968, percent=True), "万元").value == "96.8%"
    assert SCORE.read(Raw(0.95, percent=True), "万元").problem


@pytest.mark.parametrize(
    "typed",
    [
        date(2026, 3, 5),
        datetime(2026, 3, 5, 8),  # noqa: DTZ001
        "2026-3-5",
        "2026/03/05",
        "2026.3.5",
        "2026年3月5日",
        "２０２６年３月５日",
    ],
)
def test_dates(typed: object) -> None:
    reading = DAY.read(Raw(typed), "万元")
    assert reading.value == date(2026, 3, 5)
    assert DAY.show(date(2026, 3, 5)) == "2026年3月5日"


@pytest.mark.parametrize(
    ("typed", "year"), [(2025, 2025), ("2025年", 2025), ("2025年度", 2025), (2025.0, 2025)]
)
def test_years(typed: object, year: int) -> None:
    assert YEAR.read(Raw(typed), "万元").value == year


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("≧", "≥"),
        ("﹦", "="),
        ("﹥", ">"),
        (">=", "≥"),
        ("不低于", "≥"),
        ("＞", ">"),
        ("超过", ">"),
        ("不 超过", "≤"),
        ("＝", "="),
        ("定性", "定性"),
    ],
)
def test_comparators_in_other_spellings(typed: str, meant: str) -> None:
    assert COMPARATORS.read(Raw(typed), "万元").value == meant


def test_text_comes_through_literally() -> None:
    for text in ("<&>{{ x }}", "第一段\n第二段", "=SUM(A1)", "𠀀𠮷", "😀"):
        assert LongText().read(Raw(f" {text} "), "万元").value == text


EVERY: list[Kind[Any]] = [
    AMOUNT,
    SIGNED,
    RATE,
    SCORE,
    COUNT,
    YEAR,
    DAY,
    TEXT,
    LongText(),
    MeasureText(),
    COMPARATORS,
]
anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.dates(), st.datetimes(),
    st.from_regex(r"[-+]?[\d０-９,.，]{1,12}[%％万元分人年]{0,2}", fullmatch=True),
)  # fmt: skip


@given(st.sampled_from(EVERY), anything, st.booleans(), st.sampled_from(["万元", "元"]))
def test_no_kind_ever_raises_and_a_value_reads_back(
    kind: Kind[Any], typed: object, percent: bool, unit: str
) -> None:
    reading = kind.read(Raw(typed, percent=percent), unit)
    assert reading.value is None or reading.problem is None
    if reading.value is not None:
        assert kind.read(Raw(kind.data(reading.value)), unit).value == reading.value


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_an_amount_survives_the_cell(value: Decimal) -> None:
    assert AMOUNT.read(Raw(AMOUNT.cell_value(value)), "万元").value == value
    assert AMOUNT.read(Raw(AMOUNT.show(value)), "万元").value == value
