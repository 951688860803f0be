"""What may stand in a cell: for each kind how to read, print, refuse, and ask a spreadsheet to validate it.

A kind never raises on what a user typed: it returns a :class:`Reading` whose ``problem`` says what is
wrong. Nothing is guessed: 约100 is no number, and 元 under a 万元 heading is refused.
"""

import math
import re
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Generic, TypeVar

from selfeval_xlsx.amounts import HUNDRED, MONEY_PLACES, POINT_PLACES, RATE_PLACES, grouped, plain, rounded
from selfeval_xlsx.figures import PERCENT, Measure, read_number
from selfeval_xlsx.text import bare, plain_signs, trimmed

T = TypeVar("T")

NOTHING = frozenset({"", "无", "—", "——", "-", "--", "–", "－", "−", "/", "／", "\\"})
"""What clerks type for nothing (domain: typing habits)."""

LARGEST = Decimal(10) ** 13
"""No unit's budget comes near; a figure from here on is a slip of the keyboard."""

UNCALCULATED = "是公式，但没有保存计算结果"
"""The problem of a formula whose result was never stored; another program can mend it."""


@dataclass(frozen=True, slots=True)
class Raw:
    """What stands in a cell, before any judgement."""

    value: object = None
    percent: bool = False
    """The number is displayed as a percentage: 0.992 is seen as 99.20%."""
    uncalculated: bool = False
    """A formula whose result was never stored."""
    problem: str | None = None
    """What is wrong with the cell as the file stores it, whatever its kind."""

    @property
    def text(self) -> str:
        """The value as the user would recognise it; empty for an empty cell."""
        match self.value:
            case str():
                return self.value
            case None:
                return ""
            case bool():
                return "TRUE" if self.value else "FALSE"
            case int() | float() if (number := _from_number(self.value)) is not None:
                return f"{plain(number * HUNDRED)}%" if self.percent else plain(number)
            case datetime():
                return self.value.date().isoformat()
            case _:
                return str(self.value)

    @property
    def blank(self) -> bool:
        """Whether nothing stands there, not even a 无."""
        if isinstance(self.value, str):
            return not self.uncalculated and not trimmed(self.value)
        return self.value is None and not self.uncalculated


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """What a kind made of a :class:`Raw`: a value, nothing, or a problem; a remark where it was irregular."""

    value: T | None = None
    problem: str | None = None
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class Validation:
    """What a spreadsheet can check while the clerk types."""

    type: str
    """``decimal``, ``integer``, ``length``, ``list`` or ``date``."""
    minimum: float | int | None = None
    maximum: float | int | None = None
    options: tuple[str, ...] = ()


class Kind(Generic[T]):
    """One kind of value.

    No ABC: of those, asking which kind a field is of takes three times as long, and rules ask thousands of times.
    """

    name: str
    """What the guide calls it."""
    expected: str
    """What a cell of this kind should hold, with one valid example, for messages and prompts."""
    validation: Validation
    """The check to build into the blank workbook."""
    number_format: str = "@"
    numeric: bool = False
    long: bool = False

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.expected})"  # the same in every run: a rulebook's digest rests on it

    def read(self, raw: Raw, unit: str) -> Reading[T]:
        """Read a cell; ``unit`` is the workbook's money unit (万元 or 元)."""
        if raw.uncalculated:
            return Reading(problem=UNCALCULATED)
        if raw.problem:
            return Reading(problem=raw.problem)
        if isinstance(raw.value, str) and raw.value.startswith("#") and raw.value in _ERROR_VALUES:
            return Reading(problem=f"是错误值 {raw.value}")
        if self.says_nothing(raw.text):
            return Reading()
        if isinstance(raw.value, bool):
            return Reading(problem=f"填的是逻辑值 {raw.text}")
        return self._read(raw, unit)

    def says_nothing(self, text: str) -> bool:
        """Whether a cell is empty, or says in one of the ways people type it that there is nothing."""
        return trimmed(text) in NOTHING

    @abstractmethod
    def _read(self, raw: Raw, unit: str) -> Reading[T]:
        """Read a cell that is not blank, no Boolean and no error value."""

    def show(self, value: T, *, comma: bool = True) -> str:  # noqa: ARG002 - figures have commas
        """The value as the report prints it, without its unit."""
        return str(value)

    def cell_value(self, value: T) -> object:
        """The value as it is written into a spreadsheet cell (number, date or text)."""
        return value

    def data(self, value: T) -> object:
        """The value as JSON holds it; decimals as strings, so that none is ever a binary float."""
        return value


_ERROR_VALUES = frozenset(
    {"#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#N/A", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}
)


class Text(Kind[str]):
    """A line of text."""

    name = "文字"

    def __init__(self, limit: int = 100) -> None:
        self.limit = limit
        self.expected = f"文字（不超过{limit}字）"
        self.validation = Validation("length", 0, limit)

    def _read(self, raw: Raw, unit: str) -> Reading[str]:  # noqa: ARG002 - text has no unit
        return Reading(trimmed(raw.text))


class LongText(Text):
    """Prose: paragraphs are separated by line breaks."""

    name = "长文字"
    long = True

    def __init__(self, limit: int = 5000) -> None:
        super().__init__(limit)
        self.expected = f"一段或几段文字（换行用 Alt+Enter，不超过{limit}字）"


class Admission(LongText):
    """Prose on what went wrong: 没有问题 is an answer, and says that there is nothing."""

    def says_nothing(self, text: str) -> bool:
        """As 无, also 没有, 暂无 and the like."""
        words = trimmed(text).rstrip("。.")
        return super().says_nothing(words) or words in {"没有", "暂无", "无问题", "没有问题", "暂无问题"}


class MeasureText(Text):
    """An indicator's target or actual: a number, a percentage or a word, kept as it is displayed."""

    name = "数值或文字"
    number_format = "General"

    def __init__(self) -> None:
        super().__init__(50)
        self.expected = "数值（如 200、95%），定性指标填文字"


class _Number(Kind[Decimal]):
    """The common part of all figures: one door from cell to Decimal."""

    numeric = True
    suffixes: tuple[str, ...] = ()
    maximum: Decimal = LARGEST
    usual: Decimal = LARGEST
    """Beyond it the spreadsheet warns while the clerk types."""

    def __init__(self, expected: str, *, signed: bool = False) -> None:
        self.expected = expected
        self.minimum = None if signed else Decimal(0)
        self.validation = Validation("decimal", -int(self.usual) if signed else 0, int(self.usual))

    def _read(self, raw: Raw, unit: str) -> Reading[Decimal]:
        if isinstance(raw.value, date):
            return Reading(problem=f"填的是日期 {raw.text}")
        typed = _measure(raw)
        if typed.number is None:
            return Reading(problem=f"“{_clip(raw.text)}”不是数字")
        return self._judge(typed, typed.number, _clip(raw.text), unit)

    def _judge(self, typed: Measure, number: Decimal, shown: str, unit: str) -> Reading[Decimal]:
        if typed.percent:
            return Reading(problem=f"“{shown}”带有百分号")
        suffixes, otherwise = self._units(unit)
        if typed.unit and typed.unit not in suffixes:
            return Reading(problem=f"“{shown}”不是数字{otherwise}")
        remark = f"“{shown}”带有单位，已按 {plain(number)} 读取" if typed.unit else None
        return self._in_range(number, remark)

    def _units(self, unit: str) -> tuple[tuple[str, ...], str]:  # noqa: ARG002 - Amount needs it
        """The units that may stand behind a figure, and what else to say of another."""
        return self.suffixes, ""

    def _in_range(self, number: Decimal, remark: str | None = None) -> Reading[Decimal]:
        if self.minimum is not None and number < 0:
            return Reading(problem=f"{plain(number)} 是负数")
        if abs(number) >= self.maximum:
            shown = plain(number) if abs(number) < LARGEST * 1000 else f"{number:.2E}"
            return Reading(problem=f"{shown} 太大")
        return Reading(number, remark=remark)

    def cell_value(self, value: Decimal) -> object:
        return float(value)

    def data(self, value: Decimal) -> object:
        return plain(value)


class Amount(_Number):
    """Money in the workbook's unit."""

    name = "金额"
    number_format = "#,##0.00"

    def __init__(self, *, signed: bool = False) -> None:
        super().__init__("数字，如 2885.53" + ("；调减填负数，如 -120.5" if signed else ""), signed=signed)

    def _units(self, unit: str) -> tuple[tuple[str, ...], str]:
        return ("万元", "万") if unit == "万元" else ("元",), f"，单位也不是{unit}"

    def show(self, value: Decimal, *, comma: bool = True) -> str:
        return grouped(value, MONEY_PLACES, comma=comma)


class Rate(_Number):
    """A rate, held in percent: 0.992, 99.2, 99.20% and '99.20％' are all 99.2."""

    name = "百分比"
    number_format = "0.00%"
    maximum = Decimal(100_000)
    usual = Decimal(1000)

    def __init__(self, *, signed: bool = False) -> None:
        super().__init__("百分比，如 99.20%" + ("；减少填负数，如 -5.10%" if signed else ""), signed=signed)

    def _judge(self, typed: Measure, number: Decimal, shown: str, unit: str) -> Reading[Decimal]:  # noqa: ARG002
        if typed.percent:
            return self._in_range(number)
        if typed.unit:
            return Reading(problem=f"“{shown}”不是百分比")
        if 1 < abs(number) <= 2:
            return Reading(
                problem=f"{plain(number)} 没有百分号，分不清是 {plain(number)}% 还是 {plain(number * 100)}%"
            )
        return self._in_range(number * HUNDRED if abs(number) <= 1 else number)

    def show(self, value: Decimal, *, comma: bool = True) -> str:  # noqa: ARG002
        return f"{rounded(value, RATE_PLACES)}%"

    def cell_value(self, value: Decimal) -> object:
        return float(value / HUNDRED)

    def data(self, value: Decimal) -> object:
        return f"{plain(value)}%"


class Score(_Number):
    """Points of an evaluation, two decimals at most."""

    name = "分数"
    number_format = "0.##"
    usual = HUNDRED

    def __init__(self, suffixes: tuple[str, ...] = ("分",), maximum: int = 1000) -> None:
        super().__init__("数字，如 10 或 9.5")
        self.suffixes, self.maximum = suffixes, Decimal(maximum)

    def show(self, value: Decimal, *, comma: bool = True) -> str:  # noqa: ARG002
        return plain(rounded(value, POINT_PLACES))


class Quantity(_Number):
    """A number with two decimals at most, in a unit of its own such as 平方米."""

    name = "数字"
    number_format = "#,##0.##"

    def __init__(self, unit: str = "", *, signed: bool = False) -> None:
        super().__init__(f"数字{f'（{unit}）' if unit else ''}，如 12.5", signed=signed)
        self.unit = unit
        self.suffixes = (unit,) if unit else ()

    def show(self, value: Decimal, *, comma: bool = True) -> str:
        whole, dot, rest = plain(rounded(value, MONEY_PLACES)).partition(".")
        return f"{int(whole):,}{dot}{rest}" if comma and whole.lstrip("-") != "0" else f"{whole}{dot}{rest}"


class Count(Kind[int]):
    """A number of people or things, ``unit`` is what they are counted in."""

    name = "整数"
    number_format = "0"
    numeric = True
    suffixes: tuple[str, ...] = ("人", "名", "个", "项", "家", "处")
    expected = "整数，如 35"
    validation = Validation("integer", 0, 999_999)
    unit = ""

    def __init__(self, unit: str = "") -> None:
        if unit:
            self.unit, self.suffixes, self.expected = unit, (unit,), f"整数（{unit}），如 35"

    def _read(self, raw: Raw, unit: str) -> Reading[int]:
        reading = Score(self.suffixes, 1_000_000).read(raw, unit)
        if reading.value is None:
            return Reading(problem=reading.problem)
        if reading.value != reading.value.to_integral_value():
            return Reading(problem=f"{plain(reading.value)} 不是整数")
        return Reading(int(reading.value), remark=reading.remark)


class Year(Count):
    """A budget year; 2025, 2025年 and 2025年度 are the same."""

    name = "年度"
    suffixes = ("年", "年度")
    expected = "四位数年份，如 2025"
    validation = Validation("integer", 2000, 2100)

    def _read(self, raw: Raw, unit: str) -> Reading[int]:
        if isinstance(raw.value, date):
            return Reading(problem=f"填的是日期 {raw.text}")
        reading = super()._read(raw, unit)
        if reading.value is not None and not 2000 <= reading.value <= 2100:
            return Reading(problem=f"{reading.value} 不是年份")
        return Reading(reading.value, reading.problem)


class Day(Kind[date]):
    """A date."""

    name = "日期"
    number_format = 'yyyy"年"m"月"d"日"'
    expected = "日期，如 2026-3-15"
    validation = Validation("date")
    _pattern = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
    _digits = re.compile(r"(\d{4})(\d\d)(\d\d)")
    _serial = re.compile(r"\d{5}")

    def _read(self, raw: Raw, unit: str) -> Reading[date]:  # noqa: ARG002
        text = plain_signs(trimmed(raw.text))
        match = self._pattern.fullmatch(text)
        day = _stored_day(raw.value) or (_day(match.groups()) if match else None)
        if day is None:
            return Reading(problem=f"“{_clip(raw.text)}”不是日期{self._meant(text)}")
        if not 2000 <= day.year <= 2100:
            return Reading(problem=f"{self.show(day)} 不在 2000 年至 2100 年之间")
        return Reading(day)

    def _meant(self, text: str) -> str:
        """What digits without separators, or the number of a day, probably mean."""
        digits = self._digits.fullmatch(text)
        day = _day(digits.groups()) if digits else None
        if day is None and self._serial.fullmatch(text):
            day = date(1899, 12, 30) + timedelta(days=int(text))
        if day is None or not 2000 <= day.year <= 2100:
            return ""
        return f"，应是 {self.show(day)}（填作 {day.isoformat()}）"

    def show(self, value: date, *, comma: bool = True) -> str:  # noqa: ARG002
        return f"{value.year}年{value.month}月{value.day}日"

    def data(self, value: date) -> object:
        return value.isoformat()


@dataclass(frozen=True)
class Choice(Kind[str]):
    """One of a closed list; ``aliases`` are other spellings that mean the same."""

    options: tuple[str, ...]
    aliases: Mapping[str, str] = field(default_factory=dict)
    name = "选项"

    @property
    def expected(self) -> str:  # type: ignore[override] # computed from the options
        return "从下拉列表选：" + "、".join(self.options)

    def _read(self, raw: Raw, unit: str) -> Reading[str]:  # noqa: ARG002
        text = bare(raw.text)
        plain = plain_signs(text)
        choice = (
            self.aliases.get(text) or self.aliases.get(plain) or (plain if plain in self.options else text)
        )
        if choice in self.options:
            return Reading(choice)
        return Reading(problem=f"“{_clip(raw.text)}”不在可选范围内")

    @property
    def validation(self) -> Validation:  # type: ignore[override] # as above
        return Validation("list", options=self.options)


@dataclass(frozen=True)
class Listed(Choice):
    """One of a list that the rulebook may replace: read as it is typed, judged by a rule.

    ``options`` are those of the shipped rulebook; ``setting`` names the list there.
    """

    setting: str = ""

    def _read(self, raw: Raw, unit: str) -> Reading[str]:
        reading = super()._read(raw, unit)
        text = bare(raw.text)
        return reading if reading.problem is None or len(text) > _LONGEST_OPTION else Reading(text)


_LONGEST_OPTION = 20
"""Characters a choice of a rulebook's list may have."""


def _stored_day(value: object) -> date | None:
    """What a spreadsheet stores as a date, without its time."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None


def _day(parts: tuple[str, ...]) -> date | None:
    """Year, month and day as a date; None where no calendar has it."""
    try:
        return date(*map(int, parts))
    except ValueError:
        return None


def _measure(raw: Raw) -> Measure:
    """The number in a cell, with its percent sign or unit."""
    if isinstance(raw.value, int | float):
        number = _from_number(raw.value)
        if raw.percent and number is not None:
            return Measure(raw.text, number * HUNDRED, PERCENT)
        return Measure(raw.text, number)
    return read_number(raw.text)


def _from_number(value: float) -> Decimal | None:
    """A spreadsheet number at the 15 significant digits a spreadsheet has; None for NaN and infinity."""
    if isinstance(value, int):
        return Decimal(value)
    return Decimal(f"{value:.15g}") if math.isfinite(value) else None


def _clip(text: str, length: int = 30) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[:length] + "…"
