"""Targets and actuals of indicators as people type them: ≥200, 不少于200次, 95%以上, 控制在5%以内, 完成.

A measure is a comparator, a number and a unit, each only where it is stated. 万 and 亿 in front of a
unit count as factors, so that 1.2万人次 and 12000人次 are the same.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from selfeval_xlsx.text import bare, plain_signs, ungrouped

ALIASES = {
    **dict.fromkeys(
        (
            "≧",
            "⩾",
            ">=",
            "=>",
            "不低于",
            "不少于",
            "不小于",
            "大于等于",
            "大于或等于",
            "高于或等于",
            "至少",
            "以上",
            "及以上",
        ),
        "≥",
    ),
    **dict.fromkeys((">", "大于", "超过", "高于", "多于"), ">"),
    **dict.fromkeys(("=", "等于"), "="),
    **dict.fromkeys(("<", "小于", "低于", "少于"), "<"),
    **dict.fromkeys(
        (
            "≦",
            "⩽",
            "<=",
            "=<",
            "不高于",
            "不超过",
            "不大于",
            "不多于",
            "小于等于",
            "小于或等于",
            "至多",
            "以内",
            "以下",
            "及以下",
            "之内",
            "内",
        ),
        "≤",
    ),
}
"""Other spellings of the comparators ≥ > = < ≤."""

COMPARATORS = ("≥", ">", "=", "<", "≤")

_WORDS = "|".join(sorted((*ALIASES, *COMPARATORS), key=len, reverse=True))
_MEASURE = re.compile(
    rf"(?:控制在|保持在|达到|达)?(?P<before>{_WORDS})?"
    r"(?P<number>[-+]?\d+(?:\.\d+)?)(?P<percent>%)?(?P<unit>[^\d%≥≤<>=]*?)"
    rf"(?P<after>以上|及以上|以内|之内|内|以下|及以下)?"
)
_UNWRAPPED = re.compile(r"^\((.*)\)$")
_NO_FIGURE = re.compile(r"(余|多|左右|上下|\+|月[底末初上中下前])")
"""Behind a number: it is a rough one (200余次, 95%左右), or that of a month (12月底前)."""
_FACTORS = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}


@dataclass(frozen=True, slots=True)
class Measure:
    """What a target or an actual says; ``number`` is None where it is a word."""

    text: str
    number: Decimal | None = None
    unit: str = ""
    comparator: str = ""

    @property
    def percent(self) -> bool:
        """Whether it is a percentage."""
        return self.unit == "%"


@lru_cache(maxsize=1024)
def read_measure(text: str, unit: str = "") -> Measure:
    """What ``text`` says; ``unit`` is the one stated for the whole row, used where the text names none."""
    flat = ungrouped(plain_signs(bare(text)))
    match = _MEASURE.fullmatch(flat)
    if match is None or _NO_FIGURE.match(match["unit"]):
        return Measure(text)
    own = "%" if match["percent"] else _UNWRAPPED.sub(r"\1", match["unit"])
    word = match["before"] or match["after"] or ""
    number, base = _base(Decimal(match["number"]), own or plain_signs(bare(unit)))
    return Measure(text, number, base, ALIASES.get(word, word))


def _base(number: Decimal, unit: str) -> tuple[Decimal, str]:
    """12 and 万人次 as 120000 and 人次."""
    factor = _FACTORS.get(unit[:1])
    return (number * factor, unit[1:]) if factor is not None else (number, unit)


def comparable(target: Measure, actual: Measure) -> bool:
    """Whether the two measure the same kind of thing; a unit left out fits any but a percentage."""
    if target.percent != actual.percent:
        return False
    return not target.unit or not actual.unit or target.unit == actual.unit


def reached(comparator: str, target: Decimal, actual: Decimal) -> bool:
    """Whether ``actual`` keeps to ``target``."""
    return {
        "≥": actual >= target,
        ">": actual > target,
        "=": actual == target,
        "<": actual < target,
        "≤": actual <= target,
    }[comparator]
