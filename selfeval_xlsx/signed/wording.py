"""Texts as they are compared: width and blanks evened out, numbering set aside, figures taken out.

A figure is a number with the words that bind it (增加, 不低于, 以上), its scale and unit, or a date. Two
figures agree where they mean the same: 3,201.25万元 and 3201.25 万元, but not 增加8% and 减少8%.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from difflib import SequenceMatcher
from functools import cached_property, lru_cache

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


_HEDGES = {Claim.ABOUT, Claim.NEARLY, Claim.ODD}


@dataclass(frozen=True)
class Figure:
    """A number or a date in a text."""

    value: Decimal | str
    """The number with its scale and percent sign worked in; a date as year-month-day; the unit of a table."""
    claim: Claim = Claim.EXACT
    """How it is bounded or hedged: 不低于, 约, 左右."""
    unit: str = ""
    """What it counts: 元, %, 人; empty for a bare number."""
    scale: Decimal = Decimal(1)
    """What its digits are multiplied with."""
    text: str = ""
    """As printed, in half width, with the words that bind it."""
    direction: int = 0
    """1 for an increase, −1 for a decrease, 0 where nothing is said."""
    start: int = field(default=0, compare=False)
    """Where it begins in the key of its text."""
    end: int = field(default=0, compare=False)

    @property
    def spelled(self) -> bool:
        """Whether it is a small number in Chinese characters, often a mere word; or the unit of a table."""
        if isinstance(self.value, str):
            small = not self.value[0].isdigit()
        else:
            small = self.value < _LARGE and self.unit != PERCENT
        return small and not re.search(r"\d", self.text)

    @property
    def article(self) -> bool:
        """Whether it tells no quantity of its own: 一个 and 一批, often mere words; the unit of a table."""
        return self.spelled and (self.value == 1 or isinstance(self.value, str))

    @property
    def digits(self) -> str:
        """Its significant digits; none of a date."""
        if isinstance(self.value, str):
            return ""
        return re.sub(r"\D", "", f"{self.value / self.scale:f}").strip("0")

    @property
    def bound(self) -> Claim:
        """How it is bounded; a hedge is no bound."""
        return Claim.EXACT if self.claim in _HEDGES else self.claim

    @property
    def side(self) -> int:
        """1 for a lower bound, −1 for an upper one, 0 for none."""
        return (self.claim in {Claim.AT_LEAST, Claim.MORE}) - (self.claim in {Claim.AT_MOST, Claim.LESS})

    def agrees(self, other: "Figure") -> bool:
        """Whether ``other`` means the same: no other direction, no other bound, and the value.

        It may be rounded where it says so (约3201万元), or is counted in another scale (0.32亿元).
        """
        if self.direction * other.direction < 0 or self.bound != other.bound:
            return False
        if self.unit and other.unit and not is_counted_alike(self.unit, other.unit):
            return False
        if self.value == other.value:
            return True
        scaled = self.scale != other.scale and other.claim is Claim.EXACT
        return (scaled or other.claim in _HEDGES) and self._rounded_by(other)

    def is_kept_loosely_by(self, other: "Figure") -> bool:
        """Whether ``other`` is the same figure with fewer decimals, without its bound, or counted in another unit."""
        if self.direction * other.direction < 0:
            return False
        if self.value == other.value:
            return Claim.EXACT in {self.bound, other.bound} or self.side == other.side
        return self.bound == other.bound and self._rounded_by(other)

    def _rounded_by(self, other: "Figure") -> bool:
        if isinstance(self.value, str) or isinstance(other.value, str) or self.unit != other.unit:
            return False
        claim, said = other.claim if other.claim in _HEDGES else Claim.EXACT, other.value / other.scale
        told = len(other.digits) > 1 or int(said.as_tuple().exponent) < -1  # 0.30 says more than 0.3
        return told and bears_out(claim, self.value / other.scale, said)


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
        """The sources of ``text``, of which this is the wording, with their places in the key."""
        for source in text.sources:
            place = _same_place(text, source.start, source.end, self.key)
            if place is not None:
                yield Source(*place, source.note)

    def typed(self, text: str, start: int, end: int) -> str:
        """``key[start:end]`` as it stands in ``text``, of which this is the wording."""
        place = _same_place(self.key, start, end, text)
        return text[slice(*place)] if place is not None else self.key[start:end]

    def __add__(self, other: "Wording") -> "Wording":
        """Both texts as one, a figure that was cut in two made whole."""
        return wording(self.key + other.key)


def _same_place(text: str, start: int, end: int, other: str) -> tuple[int, int] | None:
    """Where ``text[start:end]`` stands in ``other``, which says the same; None where that is nothing.

    Blanks come and go and a numbering is set aside in front: letters are counted from the end.
    """
    letters = [at for at, letter in enumerate(other) if not letter.isspace()]
    behind, size = (len("".join(piece.split())) for piece in (text[end:], text[start:end]))
    if not size or behind + size > len(letters):
        return None
    return letters[-behind - size], letters[-behind - 1] + 1


@lru_cache(maxsize=4096)
def wording(text: str) -> Wording:
    """``text`` ready to be compared."""
    evened = _even(text)
    numbering = _NUMBERING.match(evened)
    evened = _NEGATIVE.sub(r"-\1", evened)
    return Wording(_BLANK.sub("", evened[numbering.end() :] if numbering else evened).strip())


def _even(text: str) -> str:
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
    found += [figure for stated in figures(read, _MORE_UNITS) for figure in _of_sentence(stated)]
    read = _without(read, found)
    for match in _BARE.finditer(read):
        start, end, claim = hedged(read, *match.span())
        value = Decimal(match[0].replace(",", ""))
        found.append(Figure(value, claim or Claim.EXACT, start=start, end=end))
    last = 0
    for figure in sorted(found, key=lambda figure: figure.start):
        yield _whole(figure, key, read, last)
        last = figure.end


def _without(text: str, found: list[Figure]) -> str:
    letters = list(text)
    for figure in found:
        letters[figure.start : figure.end] = HOLE * (figure.end - figure.start)
    return "".join(letters)


def _whole(figure: Figure, key: str, read: str, last: int) -> Figure:
    """A figure with its sign and the direction that words before it, behind ``last``, give it."""
    start, value = figure.start, figure.value
    if read[start - 1 : start] == _SIGN and isinstance(value, Decimal):
        start, value = start - 1, -value
    words = _DIRECTION.search(key, last, start)
    start, direction = (words.start(), 1 if words["up"] else -1) if words else (start, 0)
    return replace(figure, value=value, direction=direction, start=start, text=key[start : figure.end])


def _of_sentence(stated: Stated) -> Iterator[Figure]:
    """A figure of a sentence; a range is two."""
    if stated.unit in _RANKS and not re.search(r"\d", stated.text):
        return
    end = stated.start + len(stated.text)
    scale = stated.factor * (_PER_CENT if stated.unit == PERCENT else 1)
    middle = stated.start + stated.text.rindex(stated.high) if stated.high else end
    ends = ((stated.start, middle - bool(stated.high), stated.number), (middle, end, stated.upper))
    for start, stop, number in ends:
        if number is not None:
            yield Figure(number * scale, stated.claim, stated.unit, scale, start=start, end=stop)


def _of_words(match: re.Match[str]) -> Figure:
    """A date, 百分之百 or the unit of a table."""
    start, end = match.span()
    if match["date"]:
        value = "-".join(str(int(part)) for part in re.findall(r"\d+", match["date"]))
        return Figure(value, start=start, end=end)
    if match["hundred"]:
        return Figure(Decimal(1), unit=PERCENT, scale=_PER_CENT, start=start, end=end)
    if match["unit"]:
        return Figure(match["unit"], start=start, end=end)
    parts = re.findall(rf"[{_YEAR_NUMERALS}{NUMERALS}]+", match["written"])
    numbers = [str(chinese_number(part.replace("○", "〇"))) for part in parts]
    if len(numbers) > 1:
        return Figure("-".join(numbers), start=start, end=end)
    return Figure(Decimal(numbers[0]), unit="年", start=start, end=end)


# --- what became of a text's figures ------------------------------------------------------------------

_LABEL = 2
"""Letters before a figure that tell what it is of."""
_NAME = re.compile(r"[^\W\d]{2,}$")
"""Letters enough to name a figure on their own."""
_REWRITTEN = 0.5
"""The share of letters in common below which a sentence was rewritten."""
_SHORT = 1000
"""Beyond this length letters that are everywhere do not help to align two texts, and cost time."""

Pairs = list[tuple[Figure, Figure]]


@dataclass(frozen=True)
class FigureChanges:
    """What became of a text's figures when the text was edited."""

    changed: Pairs
    blanked: list[Figure]
    """Taken out of words that stayed."""
    lost: list[Figure]
    """Gone with the words around them."""
    gained: list[Figure]


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
        return FigureChanges([(one, other) for one, other in pairs if not one.agrees(other)], [], [], [])
    left, right = _names(old), _names(new)
    named = {number: right[name] for name, number in left.items() if name in right}
    same = [(old.figures[number], new.figures[other]) for number, other in named.items()]
    changed = [(one, other) for one, other in same if not one.agrees(other)]
    gone, come, aligned = _loose(old, new)
    gone = [loose for loose in gone if loose.number not in named]
    come = [loose for loose in come if loose.number not in named.values()]
    rewritten = _is_rewritten(old, new)
    if rewritten:
        _pair(gone, come, lambda one, other: one.figure.agrees(other.figure))
    else:
        changed += _pair_in_place(gone, come, aligned)
    if rewritten or len(gone) == len(come) == 1:
        changed += _pair(gone, come, _of_one_unit)
    blanked = [] if rewritten else [loose.figure for loose in gone if loose.blank]
    lost = [loose.figure for loose in gone if loose.figure not in blanked]
    return FigureChanges(changed, blanked, lost, [loose.figure for loose in come])


def _is_rewritten(old: Wording, new: Wording) -> bool:
    """Whether so few of the words are left that the places of figures tell nothing."""
    matcher = SequenceMatcher(None, old.skeleton, new.skeleton, autojunk=False)
    return matcher.quick_ratio() < _REWRITTEN or matcher.ratio() < _REWRITTEN


def _pair_in_place(gone: list[_Loose], come: list[_Loose], aligned: set[tuple[_Loose, _Loose]]) -> Pairs:
    """Pairs by place and label, those that agree left out."""
    _pair(gone, come, lambda one, other: one.figure.agrees(other.figure) and one.label == other.label)
    changed = _pair(gone, come, lambda one, other: (one, other) in aligned)
    _pair(gone, come, lambda one, other: one.figure.agrees(other.figure))
    changed += _pair(gone, come, lambda one, other: one.stretch == other.stretch)
    return changed + _pair(gone, come, lambda one, other: one.label == other.label)


def _of_one_unit(one: _Loose, other: _Loose) -> bool:
    numbers = isinstance(one.figure.value, Decimal) and isinstance(other.figure.value, Decimal)
    return numbers and one.figure.unit == other.figure.unit


def _pair(gone: list[_Loose], come: list[_Loose], fits: Callable[[_Loose, _Loose], bool]) -> Pairs:
    """Take out of both lists the pairs that fit, in order."""
    pairs = []
    for one in list(gone):
        other = next((loose for loose in come if fits(one, loose)), None)
        if other is not None:
            gone.remove(one)
            come.remove(other)
            pairs.append((one.figure, other.figure))
    return pairs


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
    for stretch, (kind, start, end, new_start, new_end) in enumerate(matcher.get_opcodes()):
        left = _figures_within(old, start, end, stretch)
        right = _figures_within(new, new_start, new_end, stretch)
        if kind == "equal":
            pairs = zip(left, right, strict=True)
            unlike = [(one, other) for one, other in pairs if not one.figure.agrees(other.figure)]
            aligned |= set(unlike)
            left, right = [one for one, _ in unlike], [other for _, other in unlike]
        gone += left
        come += right
    return gone, come, aligned


def _figures_within(text: Wording, start: int, end: int, stretch: int) -> list[_Loose]:
    skeleton = text.skeleton
    alone = not skeleton[start:end].strip(HOLE)
    holes = [at for at in range(start, end) if skeleton[at] == HOLE]
    return [
        _Loose(text.figures[number], number, skeleton[max(0, at - _LABEL) : at], stretch, alone)
        for number, at in enumerate(holes, start=skeleton.count(HOLE, 0, start))
    ]


def kept_words(text: Text, old: Wording, new: Wording) -> Iterator[tuple[Source, tuple[int, int] | None]]:
    """What ``text``, worded ``old``, was filled with besides figures: None where ``new`` kept it, else the place of what stands there.

    The places are those in the keys.
    """
    sources = [
        source
        for source in old.sources(text)
        if not any(figure.start < source.end and source.start < figure.end for figure in old.figures)
    ]
    if not sources:
        return
    matcher = SequenceMatcher(None, old.key, new.key, autojunk=len(old.key) > _SHORT)
    blocks = matcher.get_matching_blocks()
    for source in sources:
        words = old.key[source.start : source.end]
        stays = any(a <= source.start and source.end <= a + size for a, _, size in blocks)
        if stays or (len(words) > 1 and new.key.count(words) >= old.key.count(words)):
            yield source, None
            continue
        starts = (b + min(size, source.start - a) for a, b, size in blocks if a <= source.start)
        ends = (b + max(0, source.end - a) for a, b, size in blocks if a + size >= source.end)
        start = max(starts, default=0)
        yield source, (start, max(start, min(ends, default=len(new.key))))
