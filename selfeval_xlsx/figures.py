"""Figures in text: the words that bind them, their numerals, scales and units, and where they stand.

Three readers share them. :func:`figures` finds what a sentence states (2,885.53万元, 百分之九十五, 3—5次, 近3,300万元);
:func:`read_measure` reads the target or the actual of an indicator (≥200, 不少于200次, 95%以上); :func:`read_number`
reads what was typed into a cell that holds a figure. Pure: texts in, figures out; what is no figure is None.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import cached_property, lru_cache

from selfeval_xlsx.amounts import rounded
from selfeval_xlsx.text import bare, half_width, plain_signs, ungrouped

# --- words and characters -------------------------------------------------------------------------


class Claim(Enum):
    """How a figure is stated."""

    EXACT = ""
    AT_LEAST = "≥"
    MORE = ">"
    AT_MOST = "≤"
    LESS = "<"
    ABOUT = "约"
    NEARLY = "近"
    ODD = "多"
    """余 and 多 behind the digits: somewhat more, and less than the next step of the last digit."""


_BOUNDS = {
    Claim.AT_LEAST: "≥ 不低于 不少于 不小于 至少",
    Claim.MORE: "> 超过 高于 多于 大于",
    Claim.AT_MOST: "≤ 不超过 不高于 不多于 不大于 至多",
    Claim.LESS: "< 低于 少于 小于",
}
"""Words in front of a figure that set a bound, in sentences and in cells."""
_BEFORE = {
    word: claim
    for claim, words in {
        **{
            claim: f"{words} {more}"
            for (claim, words), more in zip(
                _BOUNDS.items(), ("最少", "突破 逾 超 ＞", "最多 不超", "不足 不到 ＜"), strict=True
            )
        },
        Claim.ABOUT: "约 大约 约为 大概",
        Claim.NEARLY: "近 将近 接近",
    }.items()
    for word in words.split()
}
_AFTER = {
    word: claim
    for claim, words in {
        Claim.AT_LEAST: "以上 及以上",
        Claim.AT_MOST: "以内 之内 以下 及以下",
        Claim.ABOUT: "左右 上下",
    }.items()
    for word in words.split()
}
COMPARATORS = ("≥", ">", "=", "<", "≤")
COMPARATOR_ALIASES = {
    **{
        word: claim.value
        for claim, words in _BOUNDS.items()
        for word in words.split()
        if word not in COMPARATORS
    },
    **{word: claim.value for word, claim in _AFTER.items() if claim is not Claim.ABOUT},
    **dict.fromkeys(["≧", "⩾", ">=", "=>", "大于等于", "大于或等于", "高于或等于"], "≥"),
    **dict.fromkeys(["≦", "⩽", "<=", "=<", "小于等于", "小于或等于", "内"], "≤"),
    "等于": "=",
}
"""Other spellings of the comparators in a cell."""
_NO_HEDGE = ("节约", "预约", "合约", "签约", "集约", "契约", "最近", "附近", "临近", "靠近", "赶超")

MONEY = "元"
PERCENT = "%"
FACTORS = {
    "亿": Decimal(10) ** 8,
    "万": Decimal(10) ** 4,
    "千": Decimal(1000),
    "百": Decimal(100),
    "": Decimal(1),
}
_FREE_UNITS = (
    "个百分点 百分点 个月 个工作日 个小时 人次 人份 人天 户次 批次 场次 车次 台次 例次 剂次 家次 课次 台（套） 台(套) 台/套 台套 平方公里 平方米 立方米 公里 千米 公顷 千瓦时 千克 公斤 课时 学时 小时 分钟"
    " 季度 年度 周年 % 份 件 篇 辆 亩 吨 米 栋 幢 棵 天 日 年 月 周 岁 册 起 株 盏 张 门 类 级 种 国 省 市 县 镇 村 社区 倍 号"
)
_BOUND_UNITS = (
    "元旦素 人民均事力才工大 名单录称义 位置 个人体别性 项目 次性日要年级 期间末初内限满待望 处室理置罚 场所地馆 台账风阶 套取"
    " 家庭长具属乡 户口外籍 所有需属 座谈 批准复评 只有 支出持付 分之别类级管局公析支设布 本地次年级单部科 节约能日点 条例件款"
    " 间接 例如"
)
_UNITS = {
    **dict.fromkeys(_FREE_UNITS.split(), frozenset[str]()),
    **{unit[0]: frozenset(unit[1:]) for unit in _BOUND_UNITS.split()},
}
"""Units, each with the characters that may not follow it: 次 is none in 一次性, 个 none in 个人."""
_ARABIC = r"\d{1,3}(?:[,，]\d{3}){1,4}(?:\.\d{1,8})?(?!\d)|\d{1,15}(?:\.\d{1,8})?(?!\d)"
_ONES = "一二两三四五六七八九十"
_CHINESE = rf"[{_ONES}][零〇{_ONES}百千万亿]*(?:点[零〇{_ONES}]+)?"
_NUMBER = re.compile(
    rf"(?<![\dA-Za-z.第〔\[-])(?:{_ARABIC})|(?<![第零〇{_ONES}百千万亿\d])(?!(?<=[数几上])十)(?:{_CHINESE})"
)
_UPPER = re.compile(rf"\s*(?:—+|–|-|~|～|至|到)\s*({_ARABIC}|{_CHINESE})")
_PARTS = re.compile(
    rf"(?<![{_ONES}百千万])(?P<tenths>[{_ONES}])成(?P<more>[{_ONES}](?![{_ONES}]))?(?![立为了员人功就果交长效都绩品熟本份批套分年因])"
    rf"|(?P<below>[{_ONES}])分之(?P<above>[{_ONES}])|(?P<half>一半|半数|过半数?)"
)
"""九成, 九成四, 三分之二, 一半."""
_SCALE = re.compile(r"\s*([余多]?)\s*([亿万千百]?)([余多]?)\s*")
_INCLUDED = re.compile(r"[（(]含[^()（）]{0,2}[)）]")
"""10万元（含）以上"""
_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?]?")
NO_QUANTITY = frozenset(
    {"年", "年度", "月", "日", "号", "周", "天", "小时", "分钟", "岁", "级", "周年", "季度"}
)
"""Units of time and of order: such figures are dates, terms and ranks."""


# --- numerals in Chinese characters ---------------------------------------------------------------

_ONES_OF = {**{character: value for value, character in enumerate("零一二三四五六七八九")}, "〇": 0, "两": 2}
_TENS_OF = {"十": 10, "百": 100, "千": 1000}


@lru_cache(maxsize=256)
def chinese_number(numeral: str) -> Decimal | None:
    """The number that ``numeral`` says: 三千二百, 二〇二四, 三点五; None where it says none: 十四五, 三四."""
    whole, point, fraction = numeral.partition("点")
    number = _whole(whole)
    if number is None or (point and not all(character in _ONES_OF for character in fraction)):
        return None
    return Decimal(f"{number}.{''.join(str(_ONES_OF[character]) for character in fraction)}")


def _whole(numeral: str, above: int = 10**9) -> int | None:
    """A whole number; a last digit alone counts in tenths of ``above``, the unit before it: 一万二."""
    for unit, value in (("亿", 10**8), ("万", 10**4)):
        head, found, tail = numeral.partition(unit)
        if found:
            high, low = _whole(head), _whole(tail, value) if tail else 0
            return None if high is None or low is None or low >= value else high * value + low
    if all(character in _ONES_OF for character in numeral) and (len(numeral) > 3 or "〇" in numeral):
        return int("".join(str(_ONES_OF[character]) for character in numeral))
    return _below_ten_thousand(numeral, above)


def _below_ten_thousand(numeral: str, above: int) -> int | None:
    total, digit, ceiling, step = 0, None, 10**4, above
    for character in numeral:
        if character in _TENS_OF:
            unit = _TENS_OF[character]
            if unit >= ceiling or (not digit and unit > 10):
                return None
            total, digit, ceiling, step = total + (digit or 1) * unit, None, unit, unit
        elif digit:
            return None
        else:
            digit = _ONES_OF[character]
            step = step if digit else 10
    colloquial = step // 10 if step <= 10**8 else 1
    return total + (digit or 0) * colloquial if numeral else None


# --- what sentences state -------------------------------------------------------------------------


@dataclass(frozen=True)
class Figure:
    """A figure at ``text[start:end]``, its hedge included; ``unit`` is the base unit (元, %, 人)."""

    start: int
    end: int
    text: str
    numeral: str
    unit: str
    factor: Decimal = Decimal(1)
    claim: Claim = Claim.EXACT
    high: str = ""
    """The upper numeral of a range, in the same unit."""

    @cached_property
    def number(self) -> Decimal | None:
        """The (lower) number as written, before ``factor``; None where a Chinese numeral is none."""
        return _number(self.numeral)

    @property
    def upper(self) -> Decimal | None:
        """The upper number of a range, before ``factor``."""
        return _number(self.high) if self.high else None

    @property
    def value(self) -> Decimal | None:
        """The number in the base unit."""
        return None if self.number is None else self.number * self.factor

    @property
    def digits(self) -> str:
        """The significant digits."""
        return re.sub(r"\D", "", f"{self.number or 0:f}").strip("0")

    def agrees(self, true: Decimal) -> bool:
        """Whether ``true``, in the base unit, bears the figure out at the digits written."""
        low, high = self.number, self.upper
        if low is None or (self.high and high is None):
            return True
        exact = true / self.factor
        if high is not None:
            return low <= rounded(exact, _places(high)) <= high
        return _HOLDS[self.claim](exact, low)


_HOLDS: dict[Claim, Callable[[Decimal, Decimal], bool]] = {
    Claim.EXACT: lambda true, said: rounded(true, _places(said)) == said,
    Claim.AT_LEAST: lambda true, said: true >= said,
    Claim.AT_MOST: lambda true, said: true <= said,
    Claim.MORE: lambda true, said: true > said,
    Claim.LESS: lambda true, said: true < said,
    Claim.ABOUT: lambda true, said: abs(true - said) < min(_step(said), said * 15 / 100),
    Claim.NEARLY: lambda true, said: said - max(_step(said), said / 20) <= true <= said,
    Claim.ODD: lambda true, said: said <= true < said + _step(said),
}
"""How a true figure bears out one that is said; a rounded 约 may be off by a step of its last digit, at most 15%."""


def bears_out(claim: Claim, true: Decimal, said: Decimal) -> bool:
    """Whether the figure ``true`` bears out one that is ``said`` so, both in one unit, at the digits written."""
    return _HOLDS[claim](true, said)


def figures(text: str, units: frozenset[str] = frozenset()) -> tuple[Figure, ...]:
    """The figures of ``text`` in their order; positions are those of ``text``.

    ``units`` are counted in besides the usual ones.
    """
    return _figures(text, units)


@lru_cache(maxsize=512)
def _figures(text: str, units: frozenset[str]) -> tuple[Figure, ...]:
    flat = half_width(text)
    found = [_part(match, text) for match in _PARTS.finditer(flat)]
    taken = [(figure.start, figure.end) for figure in found]
    last = 0
    for match in _NUMBER.finditer(flat):
        if match.start() >= last and not any(start <= match.start() < end for start, end in taken):
            figure = _figure(match, text, units)
            if figure is not None:
                found.append(figure)
                last = figure.end
    return tuple(sorted(found, key=lambda figure: figure.start))


def _part(match: re.Match[str], text: str) -> Figure:
    """九成四 as 9.4 tenths, 三分之二 as about 67%."""
    factor, claim = Decimal(1), Claim.ABOUT
    if match["tenths"]:
        more = match["more"]
        numeral, factor, claim = str(chinese_number(match["tenths"])), Decimal(10), Claim.EXACT
        numeral += f".{chinese_number(more)}" if more else ""
    elif match["half"]:
        numeral, claim = "50", Claim.MORE if match["half"].startswith("过") else Claim.ABOUT
    else:
        above, below = chinese_number(match["above"]), chinese_number(match["below"])
        numeral = str(rounded((above or Decimal(0)) / (below or Decimal(1)) * 100, 0))
    start, end, bound = hedged(text, match.start(), match.end())
    return Figure(start, end, text[start:end].strip(), numeral, PERCENT, factor, bound or claim)


def sentences(text: str) -> Iterator[str]:
    """The sentences of ``text``."""
    return (found.strip() for found in _SENTENCE.findall(text) if found.strip())


def _figure(match: re.Match[str], text: str, units: frozenset[str]) -> Figure | None:
    flat, start, high = match.string, match.start(), ""
    percent = flat.endswith("百分之", 0, start)
    odd, scale, end = _scale(flat, match.end())
    unit = _unit(flat, end, units)
    upper = _UPPER.match(flat, end + len(unit))
    if upper:
        more, high_scale, high_end = _scale(flat, upper.end())
        high_unit = _unit(flat, high_end, units)
        if high_unit and unit in {"", high_unit}:
            high, scale, unit, end, odd = upper[1], scale or high_scale, high_unit, high_end, odd or more
    numeral, scale = _scaled(match[0], scale)
    if not unit and not percent and scale not in {"万", "亿"}:
        return None
    end += len(unit)
    claim = Claim.ODD if odd else Claim.EXACT
    start -= 3 if percent else 0
    start, end, bound = hedged(flat, start, end)
    base = PERCENT if percent else unit or MONEY
    return Figure(start, end, text[start:end].strip(), numeral, base, FACTORS[scale], bound or claim, high)


def hedged(flat: str, start: int, end: int) -> tuple[int, int, Claim | None]:
    """Where the figure at ``flat[start:end]`` begins and ends with the hedges around it, and what they make of it."""
    claim, included = None, _INCLUDED.match(flat, end)
    behind = included.end() if included else end
    before, after = _hedge(flat[max(0, start - 3) : start]), _tail(flat[behind : behind + 3])
    if before and not flat[:start].endswith(_NO_HEDGE):
        claim, start = _BEFORE[before], start - len(before)
    if after:
        claim, end = _AFTER[after], behind + len(after)
    return start, end, claim


def _scale(flat: str, at: int) -> tuple[str, str, int]:
    """余 or 多, the factor, and where they end."""
    match = _SCALE.match(flat, at)
    return (match[1] or match[3], match[2], match.end()) if match else ("", "", at)


def _unit(flat: str, at: int, units: frozenset[str]) -> str:
    """The unit that stands at ``at``; empty for none."""
    for size in (5, 4, 3, 2, 1):
        unit = flat[at : at + size]
        barred = _UNITS.get(unit, frozenset() if unit in units else None)
        if barred is not None and flat[at + size : at + size + 1] not in barred:
            return unit
    return ""


def _scaled(numeral: str, scale: str) -> tuple[str, str]:
    """三千二百万 as 三千二百 and 万."""
    if not scale and len(numeral) > 1 and numeral[-1] in "万亿":
        return numeral[:-1], numeral[-1]
    return numeral, scale


def _hedge(before: str) -> str:
    return next((before[-size:] for size in (3, 2, 1) if before[-size:] in _BEFORE), "")


def _tail(after: str) -> str:
    return next((after[:size] for size in (3, 2) if after[:size] in _AFTER), "")


def _number(numeral: str) -> Decimal | None:
    return Decimal(re.sub("[,，]", "", numeral)) if numeral[0].isdigit() else chinese_number(numeral)


def _places(number: Decimal) -> int:
    return max(0, -int(number.as_tuple().exponent))


def _step(number: Decimal) -> Decimal:
    """The weight of the last digit that is not 0: 200 → 100, 2,885 → 1, 95.5 → 0.1."""
    return Decimal(1).scaleb(int(number.normalize().as_tuple().exponent)) if number else Decimal(1)


# --- what stands in a cell ------------------------------------------------------------------------

_COMPARED = "|".join(sorted(map(re.escape, (*COMPARATOR_ALIASES, *COMPARATORS)), key=len, reverse=True))
_TYPED = re.compile(
    rf"(?P<verb>控制在|保持在|达到|达)?(?P<before>{_COMPARED})?"
    r"(?P<number>[-+]?(?:\d+(?:\.\d*)?|\.\d+))(?P<percent>%)?(?P<unit>[^\d%≥≤<>=]*?)"
    r"(?P<after>以上|及以上|以内|之内|内|以下|及以下)?"
)
_UNWRAPPED = re.compile(r"^\((.*)\)$")
_ROUGH = re.compile(r"(余|多|左右|上下|\+|月[底末初上中下前])")
"""Behind a number: it is a rough one (200余次, 95%左右), or that of a month (12月底前)."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What a target or an actual says; ``number`` is None where it is a word."""

    text: str
    number: Decimal | None = None
    unit: str = ""
    comparator: str = ""
    own: str = ""
    """The unit that the text itself states, as it is written: 万元."""
    step: Decimal = Decimal(0)
    """What one more in the last digit as written would add; 0 where ``number`` is None."""

    @property
    def percent(self) -> bool:
        """Whether it is a percentage."""
        return self.unit == PERCENT


@lru_cache(maxsize=1024)
def read_measure(text: str, unit: str = "") -> Measure:
    """What ``text`` says; ``unit`` is the one stated for the whole row, used where the text names none.

    万 and 亿 in front of a unit count as factors, so that 1.2万人次 and 12000人次 are the same.
    """
    match = _typed(text)
    if match is None or _ROUGH.match(match["unit"]):
        return Measure(text)
    own = PERCENT if match["percent"] else _UNWRAPPED.sub(r"\1", match["unit"])
    word = match["before"] or match["after"] or ""
    number: Decimal = Decimal(match["number"])
    base: str = own or plain_signs(bare(unit))
    step = Decimal(1).scaleb(-_places(number))
    if base[:1] in {"万", "亿"}:
        factor, base = FACTORS[base[0]], base[1:]
        number, step = number * factor, step * factor
    return Measure(text, number, base, COMPARATOR_ALIASES.get(word) or word, own, step)


def read_number(text: str) -> Measure:
    """A number with a percent sign or a short unit behind it, as typed into a cell; nothing else is a number."""
    match = _typed(text)
    if match is None or match["verb"] or match["before"]:
        return Measure(text)
    unit = f"{match['unit']}{match['after'] or ''}"
    if unit and (match["percent"] or not re.fullmatch("[一-鿿]{1,3}", unit)):
        return Measure(text)
    return Measure(text, Decimal(match["number"]), PERCENT if match["percent"] else unit)


def _typed(text: str) -> re.Match[str] | None:
    return _TYPED.fullmatch(ungrouped(plain_signs(bare(text))))


_PRINTED = re.compile(r"(?<![\d.])(\d{1,3}(?:,\d{3})+\.\d{2}|\d+\.\d{2})(?![\d%％])")


def printed_amounts(text: str) -> Iterator[str]:
    """The numbers with two decimals in ``text``, as reports print amounts, without the commas of thousands."""
    return (amount.replace(",", "") for amount in _PRINTED.findall(text))
