"""Texts as they are compared: width and blanks evened out, numbering set aside, figures taken out.

A figure is a number with the words that bind it (增加, 不低于, 以上), its scale and unit, or a date. Two
figures agree where they mean the same: 3,201.25万元 and 3201.25 万元, but not 增加8% and 减少8%.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher
from functools import lru_cache

from selfeval_xlsx.figures import AT_LEAST, AT_MOST, FACTORS, UNIT, chinese_number
from selfeval_xlsx.text import WIDTHS

HOLE = "\x00"
"""Stands for a figure in a skeleton."""

_EVEN = WIDTHS | str.maketrans(
    {
        "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "−": "-", "–": "-", "‑": "-", "≧": "≥", "≦": "≤",
        "•": "·", "・": "·", "﹪": "%",
    }
)  # fmt: skip
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_GROUPED = re.compile(
    r"(?<![\d.,])\d{1,3}(?:(?:[\u00a0\u2009\u202f]\d{3})+(?!\d)|(?: \d{3})+(?=\.\d))", re.ASCII
)
"""Thousands parted by thin or fixed blanks, or by plain ones where a decimal point shows that it is one number."""
_BLANK = re.compile(r"(?<![0-9A-Za-z.,%])\s+|\s+(?![0-9A-Za-z])")
"""Blanks that part nothing; between two words or numbers in Latin script one blank stays."""

_NUMBERING = re.compile(
    r"""(?:附件:?)?\s*(?:
        [一二三四五六七八九十]+、(?![一二三四五六七八九十]) | \([一二三四五六七八九十]+\) | \d{1,2}[.、](?!\d) | \(\d{1,2}\)
      | [\u2460-\u2473\u3251-\u325f] | 表\s?\d{1,2}(?=[\s:])
    )\s*""",
    re.VERBOSE,
)
"""一、 （一） 1. （1） ① and 表1 at the beginning of a sentence, which move when something above goes or comes."""

_UP = "增加|增长|追加|调增|上升|提高|提升|超出|超支|多"
_DOWN = "减少|负增长|下降|降低|调减|压减|节约|未执行|结余|节余|少"
_COUNTED = (
    "个|项|名|人|处|家|次|期|所|批|类|种|台|套|辆|份|座|条|户|亩|天|日|月|年|季度|场|件|倍|成|个月|年度|人次"
)
"""Units that follow Chinese numerals, too."""
_UNITS = f"{UNIT}|成|头|根|块|班"
_SPELLED_UNITS = f"{_COUNTED}|元|万元|亿元"
_NUMERALS = "一二三四五六七八九十"
_NUMERALS_OF_YEARS = "〇零○一二三四五六七八九"
_NOTE_MARKS = "⁰¹²³⁴⁵⁶⁷⁸⁹①②③④⑤⑥⑦⑧⑨⑩"
_RANGE = r"(?<![0-9A-Za-z)%‰])(?<!\d\w)(?<!\d\w\w)"
"""Not behind a figure, where a line is no minus sign but leads to the end of a range: 1-3月, 5万元-8万元."""
_FIGURE = re.compile(
    rf"""(?<!见表)(?<!如表)(?<!见图)(?<!附件)(?!(?<=\()\d{{1,2}}\))
    (?:
      (?:(?P<least>{AT_LEAST})|(?P<most>{AT_MOST})|(?P<up>{_UP})|(?P<down>{_DOWN}))
      (?:幅度|额|了|到|至|为)?
    )?
    (?<!\d)
    (?:
      (?P<date>\d{{4}}年\d{{1,2}}月(?:\d{{1,2}}日)?|\d{{1,2}}月\d{{1,2}}日|\d{{4}}([-/.])\d{{1,2}}\6\d{{1,2}}(?!\d))
    | (?P<written>[{_NUMERALS_OF_YEARS}]{{4}}年(?:[{_NUMERALS}]{{1,3}}月(?:[{_NUMERALS}]{{1,3}}日)?)?)
    | (?P<number>(?:{_RANGE}[-负])?(?:\d{{1,3}}(?:,\d{{3}})+(?!\d)|\d+)(?:\.\d+)?)[{_NOTE_MARKS}]?
      (?P<scale>[十百千万亿]{{0,2}})(?P<part>%|‰)?(?:{_UNITS})?
    | 百分之(?P<percent>百|[{_NUMERALS}]{{1,3}})
    | (?<![{_NUMERALS}百千万第])(?P<spelled>两|[{_NUMERALS}]{{1,3}})(?={_SPELLED_UNITS})(?:{_UNITS})?
    | (?:(?<=单位:)|(?<=\())(?P<unit>[百千万亿]{{0,2}}元)(?![\w/])
    )
    (?:\(\w{{1,3}}\)(?=及?以))?
    (?:及?(?:(?P<above>以上)|(?P<below>以下|以内)))?""",
    re.VERBOSE,
)
_SCALES = {**FACTORS, "十": Decimal(10), "%": Decimal("0.01"), "‰": Decimal("0.001")}


@dataclass(frozen=True)
class Figure:
    """A number or a date in a text."""

    text: str
    """As printed, in half width, with the words that bind it."""
    value: Decimal | str
    """The number with its scale and percent sign worked in; a date as year-month-day; the unit of a table."""
    direction: int
    """1 for an increase, −1 for a decrease, 0 where nothing is said."""
    bound: int
    """1 for at least, −1 for at most, 0 where nothing is said."""
    spelled: bool
    """Written in Chinese characters."""

    @property
    def article(self) -> bool:
        """Whether it tells no quantity of its own: 一个 and 一批, often mere words; the unit of a table."""
        return self.spelled and (self.value == 1 or isinstance(self.value, str))

    def agrees(self, other: "Figure") -> bool:
        """Whether both mean the same."""
        opposed = self.direction * other.direction < 0 or self.bound * other.bound < 0
        return self.value == other.value and not opposed


@dataclass(frozen=True)
class Wording:
    """A text as it is compared."""

    key: str
    """Equal keys: the same text, but for width, blanks and numbering."""
    skeleton: str
    """The key with a hole for each figure."""
    figures: tuple[Figure, ...]
    """What stood in the holes."""

    def __add__(self, other: "Wording") -> "Wording":
        """Both texts as one, a figure that was cut in two made whole."""
        return wording(self.key + other.key)


@lru_cache(maxsize=4096)
def wording(text: str) -> Wording:
    """``text`` ready to be compared."""
    evened = even(text)
    numbering = _NUMBERING.match(evened)
    key = _BLANK.sub("", evened[numbering.end() :] if numbering else evened).strip()
    figures = tuple(figure for match in _FIGURE.finditer(key) if (figure := _figure(match)) is not None)
    skeleton = _FIGURE.sub(lambda match: match[0] if _figure(match) is None else HOLE, key)
    return Wording(key, skeleton, figures)


def even(text: str) -> str:
    """``text`` in half width with plain quotes, minus signs and blanks, invisible characters left out."""
    composed = unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).translate(_EVEN)
    whole = _GROUPED.sub(lambda number: re.sub(r"\s", "", number[0]), composed)
    return re.sub(r"\s+", " ", whole).strip()


def _figure(match: re.Match[str]) -> Figure | None:
    """The figure in a match; None where Chinese numerals are no number (二三)."""
    value = _value(match)
    if value is None:
        return None
    up, down = match["up"], match["down"]
    least, most = match["least"] or match["above"], match["most"] or match["below"]
    return Figure(
        match[0],
        value,
        bool(up) - bool(down),
        bool(least) - bool(most),
        match["spelled"] is not None or match["unit"] is not None,
    )


def _value(match: re.Match[str]) -> Decimal | str | None:
    if match["date"]:
        return "-".join(str(int(part)) for part in re.findall(r"\d+", match["date"]))
    if match["written"]:
        return _written(match["written"])
    if match["unit"]:
        return match["unit"]
    if match["spelled"] or match["percent"]:
        return _spelled(match["spelled"] or match["percent"], "%" if match["percent"] else "")
    number = Decimal(match["number"].replace(",", "").replace("负", "-"))
    return math.prod(
        (_SCALES[letter] for letter in f"{match['scale'] or ''}{match['part'] or ''}"), start=number
    )


def _spelled(numeral: str, part: str) -> Decimal | None:
    number = Decimal(100) if numeral == "百" else chinese_number(numeral)
    return None if number is None else number * _SCALES[part]


def _written(date: str) -> Decimal | str | None:
    """The value of a year or date in Chinese numerals; None where a month or day is no number."""
    year, *parts = re.findall(rf"[{_NUMERALS_OF_YEARS}{_NUMERALS}]+", date)
    digits = str(chinese_number(year.replace("○", "〇")))
    if not parts:
        return Decimal(digits)
    numbers = [chinese_number(part) for part in parts]
    return None if None in numbers else "-".join([digits, *map(str, numbers)])


# --- what became of a text's figures ------------------------------------------------------------------

_LABEL = 2
"""Letters before a figure that tell what it is of."""
_NAME = re.compile(r"[^\W\d]{2,}$")
"""Letters enough to name a figure on their own."""
_SHORT = 1000
"""Beyond this length letters that are everywhere do not help to align two texts, and cost time."""


@dataclass(frozen=True)
class FigureChanges:
    """What became of a text's figures when the text was edited."""

    changed: tuple[tuple[Figure, Figure], ...]
    blanked: tuple[Figure, ...]
    """Taken out of words that stayed."""
    lost: tuple[Figure, ...]
    """Gone with the words around them."""
    gained: tuple[Figure, ...]


@dataclass(frozen=True, eq=False)
class _Loose:
    """A figure without its like in the other text."""

    figure: Figure
    number: int
    """Which figure of its text."""
    label: str
    """What stands before it."""
    stretch: int
    """Which stretch of the comparison it stands in."""
    alone: bool
    """The stretch holds nothing but figures."""

    @property
    def blank(self) -> bool:
        """Whether it left a gap; 一个, 一批 may go like any word."""
        return self.alone and not self.figure.article


def figure_changes(old: Wording, new: Wording) -> FigureChanges:
    """What became of the figures of ``old`` in ``new``, both versions of one text.

    Where the words are the same, the order decides. Where they are not, figures behind one label that
    either text has once belong together; else a figure that merely moved with its label is no change, one in
    the place or behind the label of another is.
    """
    if old.skeleton == new.skeleton:
        pairs = zip(old.figures, new.figures, strict=True)
        return FigureChanges(tuple((one, other) for one, other in pairs if not one.agrees(other)), (), (), ())
    gone, come, aligned = _loose(old, new)
    named = _by_name(old, new)
    gone = [each for each in gone if each.number not in {number for number, _ in named}]
    come = [each for each in come if each.number not in {number for _, number in named}]
    same = [(old.figures[one], new.figures[other]) for one, other in named]
    changed = [(one, other) for one, other in same if not one.agrees(other)]
    _pair(gone, come, lambda one, other: one.figure.agrees(other.figure) and one.label == other.label)
    changed += _pair(gone, come, lambda one, other: (one, other) in aligned)
    _pair(gone, come, lambda one, other: one.figure.agrees(other.figure))
    changed += _pair(gone, come, lambda one, other: one.stretch == other.stretch)
    changed += _pair(gone, come, lambda one, other: one.label == other.label)
    return FigureChanges(
        tuple(changed),
        tuple(each.figure for each in gone if each.blank),
        tuple(each.figure for each in gone if not each.blank),
        tuple(each.figure for each in come),
    )


def _by_name(old: Wording, new: Wording) -> list[tuple[int, int]]:
    """Which figure of ``old`` is which of ``new`` by the words before it, where either text has them once."""
    left, right = _names(old), _names(new)
    return [(number, right[name]) for name, number in left.items() if name in right]


def _names(text: Wording) -> dict[str, int]:
    """Figures by the words between them and the sign or figure before, where these are enough and stand once."""
    names = [_NAME.search(before) for before in text.skeleton.split(HOLE)[:-1]]
    count = Counter(name[0] for name in names if name)
    return {name[0]: number for number, name in enumerate(names) if name and count[name[0]] == 1}


def _loose(old: Wording, new: Wording) -> tuple[list[_Loose], list[_Loose], set[tuple[_Loose, _Loose]]]:
    """Figures of either text that have not their like in the same place, and which of them share a place."""
    gone: list[_Loose] = []
    come: list[_Loose] = []
    aligned: set[tuple[_Loose, _Loose]] = set()
    long = max(len(old.skeleton), len(new.skeleton)) > _SHORT
    matcher = SequenceMatcher(None, old.skeleton, new.skeleton, autojunk=long)
    for stretch, (kind, *bounds) in enumerate(matcher.get_opcodes()):
        left = _figures_within(old, bounds[0], bounds[1], stretch)
        right = _figures_within(new, bounds[2], bounds[3], stretch)
        if kind == "equal":
            unlike = [
                pair for pair in zip(left, right, strict=True) if not pair[0].figure.agrees(pair[1].figure)
            ]
            aligned |= set(unlike)
            left, right = [one for one, _ in unlike], [other for _, other in unlike]
        gone += left
        come += right
    return gone, come, aligned


def _figures_within(text: Wording, start: int, end: int, stretch: int) -> list[_Loose]:
    skeleton = text.skeleton
    alone = not skeleton[start:end].strip(HOLE)
    first = skeleton.count(HOLE, 0, start)
    places = [place for place in range(start, end) if skeleton[place] == HOLE]
    return [
        _Loose(text.figures[number], number, skeleton[max(0, place - _LABEL) : place], stretch, alone)
        for number, place in enumerate(places, start=first)
    ]


def _pair(
    gone: list[_Loose], come: list[_Loose], fits: Callable[[_Loose, _Loose], bool]
) -> list[tuple[Figure, Figure]]:
    """Take out of both lists the pairs that fit, in order."""
    pairs = []
    for one in list(gone):
        other = next((each for each in come if fits(one, each)), None)
        if other is not None:
            gone.remove(one)
            come.remove(other)
            pairs.append((one.figure, other.figure))
    return pairs
