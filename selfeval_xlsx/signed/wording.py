"""Texts as they are compared: width and blanks evened out, numbering set aside, figures taken out.

A figure is a number with the words that bind it (增加, 不低于, 以上), its scale and unit, or a date. Two
figures agree where they mean the same: 3,201.25万元 and 3201.25 万元, but not 增加8% and 减少8%.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import SequenceMatcher
from functools import cached_property, lru_cache
from typing import NamedTuple

from selfeval_xlsx.figures import PERCENT, Claim, bears_out, chinese_number, figures, hedged
from selfeval_xlsx.figures import Figure as Stated
from selfeval_xlsx.prose.quantities import is_counted_alike
from selfeval_xlsx.signed.paragraphs import Source, Text
from selfeval_xlsx.text import NUMERALS, WIDTHS

HOLE = "\x00"
"""Stands for a figure in a skeleton."""
_SIGN = "\1"
"""Stands for a minus sign while figures are looked for."""
_PER_CENT = Decimal("0.01")

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

_NEGATIVE = re.compile(r"^\(((?:\d{1,3}(?:,\d{3})+|\d+)\.\d+)\)$")
"""A negative amount as accountants write it: （8.20）."""
_NUMBERING = re.compile(
    r"""(?:附件:?)?\s*(?:
        [一二三四五六七八九十]+、(?![一二三四五六七八九十]) | \([一二三四五六七八九十]+\) | \d{1,2}[.、](?!\d) | \(\d{1,2}\)
      | [\u2460-\u2473\u3251-\u325f] | 表\s?\d{1,2}(?=[\s:])
    )\s*""",
    re.VERBOSE,
)
"""一、 （一） 1. （1） ① and 表1 at the beginning of a sentence, which move when something above goes or comes."""

_MORE_UNITS = frozenset("成头根块班")
"""Units of reports besides those that texts are read with."""
_RANKS = frozenset("级头根块班支")
"""Behind a Chinese numeral these count nothing: 三级指标, 两块, 一支笔."""
_LARGE = 100
"""From here on a number in Chinese characters is one as those in digits are."""
_YEAR_NUMERALS = "〇零○一二三四五六七八九"
_UNREAD = (
    (re.compile(r"(?<=\d)[⁰¹²³⁴⁵⁶⁷⁸⁹①②③④⑤⑥⑦⑧⑨⑩]"), " "),
    (re.compile(r"(?<![0-9A-Za-z)%‰])(?<!\d\w)(?<!\d\w\w)[-负](?=\d)"), _SIGN),
)
"""Marks of notes, and signs, which lead to the end of a range behind a figure: 1-3月, 5万元-8万元."""
_WORDS = re.compile(
    rf"""(?P<date>\d{{4}}年\d{{1,2}}月(?:\d{{1,2}}日)?|\d{{1,2}}月\d{{1,2}}日|(?<!\d)\d{{4}}(?P<dash>[-/.])\d{{1,2}}(?P=dash)\d{{1,2}}(?!\d))
    | (?P<written>[{_YEAR_NUMERALS}]{{4}}年(?:[{NUMERALS}]{{1,3}}月(?:[{NUMERALS}]{{1,3}}日)?)?)
    | (?P<hundred>百分之百)
    | (?:(?<=单位:)|(?<=\())(?P<unit>[百千万亿]{{0,2}}元)(?![\w/])""",
    re.VERBOSE,
)
"""Dates, 百分之百, the unit of a table."""
_BARE = re.compile(
    r"(?<!见表)(?<!如表)(?<!见图)(?<!附件)(?!(?<=\()\d{1,2}\))(?<!\d)(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
)
"""A number that counts nothing named; references to tables and attachments, and (1), are none."""
_DIRECTION = re.compile(
    "(?:(?P<up>增加|增长|追加|调增|上升|提高|提升|超出|超支|多)"
    "|减少|负增长|下降|降低|调减|压减|节约|未执行|结余|节余|少)(?:幅度|额|了|到|至|为)?$"
)


@dataclass(frozen=True)
class Figure:
    """A number or a date in a text."""

    text: str
    """As printed, in half width, with the words that bind it."""
    value: Decimal | str
    """The number with its scale and percent sign worked in; a date as year-month-day; the unit of a table."""
    direction: int
    """1 for an increase, −1 for a decrease, 0 where nothing is said."""
    bound: Claim
    """How it is bounded or hedged: 不低于, 约, 左右."""
    spelled: bool
    """A small number in Chinese characters, often a mere word; or the unit of a table."""
    unit: str = ""
    """What it counts: 元, %, 人; empty for a bare number."""
    scale: Decimal = Decimal(1)
    """What its digits are multiplied with."""
    start: int = field(default=0, compare=False)
    """Where it begins in the key of its text."""
    end: int = field(default=0, compare=False)

    @property
    def article(self) -> bool:
        """Whether it tells no quantity of its own: 一个 and 一批, often mere words; the unit of a table."""
        return self.spelled and (self.value == 1 or isinstance(self.value, str))

    @property
    def digits(self) -> str:
        """Its significant digits."""
        return (
            re.sub(r"\D", "", f"{self.value / self.scale:f}").strip("0")
            if isinstance(self.value, Decimal)
            else ""
        )

    def agrees(self, other: "Figure") -> bool:
        """Whether ``other`` means the same: no other direction, no other bound, and the value.

        It may be rounded where it says so (约3201万元), or is counted in another scale (0.32亿元).
        """
        if self.direction * other.direction < 0 or _bound(self) != _bound(other):
            return False
        if self.unit and other.unit and not is_counted_alike(self.unit, other.unit):
            return False
        if self.value == other.value:
            return True
        scaled = self.scale != other.scale and other.bound is Claim.EXACT
        return (scaled or other.bound in _HEDGES) and self._rounded_by(other)

    def is_kept_loosely_by(self, other: "Figure") -> bool:
        """Whether ``other`` is the same figure with fewer decimals, without its bound, or counted in another unit."""
        if self.direction * other.direction < 0:
            return False
        if self.value == other.value:
            return Claim.EXACT in {_bound(self), _bound(other)} or _sign(self) == _sign(other)
        return _bound(self) == _bound(other) and self._rounded_by(other)

    def _rounded_by(self, other: "Figure") -> bool:
        if (
            not isinstance(self.value, Decimal)
            or not isinstance(other.value, Decimal)
            or self.unit != other.unit
        ):
            return False
        claim, said = other.bound if other.bound in _HEDGES else Claim.EXACT, other.value / other.scale
        told = len(other.digits) > 1 or int(said.as_tuple().exponent) < -1  # 0.30 says more than 0.3
        return told and bears_out(claim, self.value / other.scale, said)


_HEDGES = {Claim.ABOUT, Claim.NEARLY, Claim.ODD}


def _bound(figure: Figure) -> Claim:
    """The bound of a figure; a hedge is none."""
    return Claim.EXACT if figure.bound in _HEDGES else figure.bound


def _sign(figure: Figure) -> int:
    """1 for a lower bound, −1 for an upper one, 0 for none."""
    return (figure.bound in {Claim.AT_LEAST, Claim.MORE}) - (figure.bound in {Claim.AT_MOST, Claim.LESS})


@dataclass(frozen=True)
class Wording:
    """A text as it is compared; its figures are looked for when they are asked for."""

    key: str
    """Equal keys: the same text, but for width, blanks and numbering."""

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """The figures of the key."""
        return tuple(_figures_of(self.key))

    @cached_property
    def skeleton(self) -> str:
        """The key with a hole for each figure."""
        ends = [0, *(figure.end for figure in self.figures)]
        between = [self.key[end : figure.start] for end, figure in zip(ends, self.figures, strict=False)]
        return HOLE.join([*between, self.key[ends[-1] :]])

    def sources(self, text: Text) -> Iterator[Source]:
        """The sources of ``text``, of which this is the wording, with their places in the key.

        Blanks come and go and a numbering is set aside in front: letters are counted from the end.
        """
        ends = [at for at, letter in enumerate(self.key) if not letter.isspace()]
        for each in text.sources:
            behind = len("".join(text[each.end :].split()))
            size = len("".join(text[each.start : each.end].split()))
            if size and behind + size <= len(ends):
                yield Source(ends[-behind - size], ends[-behind - 1] + 1, each.note)

    def typed(self, text: str, start: int, end: int) -> str:
        """``key[start:end]`` as it stands in ``text``, of which this is the wording."""
        ends = [at for at, letter in enumerate(text) if not letter.isspace()]
        behind, size = (len("".join(piece.split())) for piece in (self.key[end:], self.key[start:end]))
        if not size or behind + size > len(ends):
            return self.key[start:end]
        return text[ends[-behind - size] : ends[-behind - 1] + 1]

    def __add__(self, other: "Wording") -> "Wording":
        """Both texts as one, a figure that was cut in two made whole."""
        return wording(self.key + other.key)


@lru_cache(maxsize=4096)
def wording(text: str) -> Wording:
    """``text`` ready to be compared."""
    evened = even(text)
    numbering = _NUMBERING.match(evened)
    evened = _NEGATIVE.sub(r"-\1", evened)
    return Wording(_BLANK.sub("", evened[numbering.end() :] if numbering else evened).strip())


def even(text: str) -> str:
    """``text`` in half width with plain quotes, minus signs and blanks, invisible characters left out."""
    composed = unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).translate(_EVEN)
    whole = _GROUPED.sub(lambda number: re.sub(r"\s", "", number[0]), composed)
    return re.sub(r"\s+", " ", whole).strip()


def _figures_of(key: str) -> Iterator[Figure]:
    """The figures of a key in their order: what sentences state, dates, and numbers that stand alone."""
    read = key
    for pattern, letter in _UNREAD:
        read = pattern.sub(letter, read)
    found = [_of_words(match) for match in _WORDS.finditer(read)]
    read = _without(read, found)
    found += [each for said in figures(read, _MORE_UNITS) for each in _of_sentence(said)]
    read = _without(read, found)
    for match in _BARE.finditer(read):
        start, end, claim = hedged(read, *match.span())
        found.append(_Said(start, end, Decimal(match[0].replace(",", "")), claim or Claim.EXACT))
    last = 0
    for each in sorted(found, key=lambda said: said.start):
        yield (figure := _whole(each, key, read, last))
        last = figure.end


class _Said(NamedTuple):
    """A figure at its place, as far as it is read without the words before it."""

    start: int
    end: int
    value: Decimal | str
    bound: Claim = Claim.EXACT
    unit: str = ""
    scale: Decimal = Decimal(1)


def _without(text: str, found: list[_Said]) -> str:
    letters = list(text)
    for each in found:
        letters[each.start : each.end] = HOLE * (each.end - each.start)
    return "".join(letters)


def _whole(said: _Said, key: str, read: str, last: int) -> Figure:
    """A figure with its sign and the direction that words before it, behind ``last``, give it."""
    start, value = said.start, said.value
    if read[start - 1 : start] == _SIGN and isinstance(value, Decimal):
        start, value = start - 1, -value
    words = _DIRECTION.search(key, last, start)
    start, way = (words.start(), 1 if words["up"] else -1) if words else (start, 0)
    text = key[start : said.end]
    small = value < _LARGE and said.unit != PERCENT if isinstance(value, Decimal) else not value[0].isdigit()
    spelled = small and not re.search(r"\d", text)
    return Figure(text, value, way, said.bound, spelled, said.unit, said.scale, start, said.end)


def _of_sentence(said: Stated) -> Iterator[_Said]:
    """A figure of a sentence; a range is two."""
    if said.unit in _RANKS and not re.search(r"\d", said.text):
        return
    end, scale = said.start + len(said.text), said.factor * (_PER_CENT if said.unit == PERCENT else 1)
    middle = said.start + said.text.rindex(said.high) if said.high else end
    for start, stop, number in (
        (said.start, middle - bool(said.high), said.number),
        (middle, end, said.upper),
    ):
        if number is not None:
            yield _Said(start, stop, number * scale, said.claim, said.unit, scale)


def _of_words(match: re.Match[str]) -> _Said:
    """A date, 百分之百 or the unit of a table."""
    start, end = match.span()
    if match["date"]:
        return _Said(start, end, "-".join(str(int(part)) for part in re.findall(r"\d+", match["date"])))
    if match["hundred"]:
        return _Said(start, end, Decimal(1), unit=PERCENT, scale=_PER_CENT)
    if match["unit"]:
        return _Said(start, end, match["unit"])
    year, *parts = re.findall(rf"[{_YEAR_NUMERALS}{NUMERALS}]+", match["written"])
    numbers = [str(chinese_number(each.replace("○", "〇"))) for each in (year, *parts)]
    return _Said(start, end, "-".join(numbers) if parts else Decimal(numbers[0]), unit="" if parts else "年")


# --- what became of a text's figures ------------------------------------------------------------------

_LABEL = 2
"""Letters before a figure that tell what it is of."""
_NAME = re.compile(r"[^\W\d]{2,}$")
"""Letters enough to name a figure on their own."""
_REWRITTEN = 0.5
"""The share of letters in common below which a sentence was rewritten."""
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
        """Whether it left a gap; 一个, 二次 may go like any word."""
        return self.alone and not self.figure.spelled


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
    left, right = _names(old), _names(new)
    named = [(number, right[name]) for name, number in left.items() if name in right]
    gone = [each for each in gone if each.number not in {number for number, _ in named}]
    come = [each for each in come if each.number not in {number for _, number in named}]
    same = [(old.figures[one], new.figures[other]) for one, other in named]
    changed = [(one, other) for one, other in same if not one.agrees(other)]
    rewritten = _is_rewritten(old, new)
    if rewritten:
        _pair(gone, come, lambda one, other: one.figure.agrees(other.figure))
    else:
        changed += _pair_in_place(gone, come, aligned)
    if rewritten or len(gone) == len(come) == 1:
        changed += _pair(gone, come, _of_one_unit)
    blanked = () if rewritten else tuple(each.figure for each in gone if each.blank)
    return FigureChanges(
        tuple(changed),
        blanked,
        tuple(each.figure for each in gone if each.figure not in blanked),
        tuple(each.figure for each in come),
    )


def _is_rewritten(old: Wording, new: Wording) -> bool:
    """Whether so few of the words are left that the places of figures tell nothing."""
    matcher = SequenceMatcher(None, old.skeleton, new.skeleton, autojunk=False)
    return matcher.quick_ratio() < _REWRITTEN or matcher.ratio() < _REWRITTEN


def _pair_in_place(
    gone: list[_Loose], come: list[_Loose], aligned: set[tuple[_Loose, _Loose]]
) -> list[tuple[Figure, Figure]]:
    """Pairs by place and label, those that agree left out."""
    _pair(gone, come, lambda one, other: one.figure.agrees(other.figure) and one.label == other.label)
    changed = _pair(gone, come, lambda one, other: (one, other) in aligned)
    _pair(gone, come, lambda one, other: one.figure.agrees(other.figure))
    changed += _pair(gone, come, lambda one, other: one.stretch == other.stretch)
    return changed + _pair(gone, come, lambda one, other: one.label == other.label)


def _of_one_unit(one: _Loose, other: _Loose) -> bool:
    numbers = isinstance(one.figure.value, Decimal) and isinstance(other.figure.value, Decimal)
    return numbers and one.figure.unit == other.figure.unit


def kept_words(text: Text, old: Wording, new: Wording) -> Iterator[tuple[Source, tuple[int, int] | None]]:
    """What ``text``, worded ``old``, was filled with besides figures: None where ``new`` kept it, else the place of what stands there.

    The places are those in the keys.
    """
    sources = [
        each
        for each in old.sources(text)
        if not any(figure.start < each.end and each.start < figure.end for figure in old.figures)
    ]
    if not sources:
        return
    matcher = SequenceMatcher(None, old.key, new.key, autojunk=len(old.key) > _SHORT)
    blocks = matcher.get_matching_blocks()
    for each in sources:
        words = old.key[each.start : each.end]
        stays = any(a <= each.start and each.end <= a + size for a, _, size in blocks)
        if stays or (len(words) > 1 and new.key.count(words) >= old.key.count(words)):
            yield each, None
        else:
            start = max(
                (b + min(size, each.start - a) for a, b, size in blocks if a <= each.start), default=0
            )
            ends = (b + max(0, each.end - a) for a, b, size in blocks if a + size >= each.end)
            yield each, (start, max(start, min(ends, default=len(new.key))))


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
