"""Sums that a sentence states: 甲3个、乙4个，合计7个 and 共7个，其中甲3个、乙4个."""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from selfeval_xlsx.figures import MONEY, PERCENT, Claim, Figure
from selfeval_xlsx.prose.claims import Sentence
from selfeval_xlsx.prose.keystroke_errors import one_digit_off, swapped
from selfeval_xlsx.prose.quantities import is_counted_alike
from selfeval_xlsx.prose.words import Role, Token

_TOTALS = frozenset({"合计", "共计", "总计", "总共", "共", "合计为", "全年共", "累计"})
_OPENING = frozenset("（(：:")
"""What stands between a figure and the parts that it is spelt out in."""
_OPEN_LIST = re.compile("等|其余|另|主要|重点|剩余|多数|大部分|余下")
"""Words by which parts are some of all."""
_ITSELF = ("机关", "本级", "本部", "本身")
"""How names of the first unit of a list end, which is told without a number."""
_PEOPLE = frozenset({"人", "名", "位"})
_CROSSING = re.compile(
    "女|男|党员|团员|学历|学位|硕士|博士|研究生|本科|大专|职称|高级|骨干|双师|班主任|民族|兼|岁|名师|残|困难|低保|脱贫|农村|城镇|本地|外"
)
"""Words for heads under which one stands beside others."""
_NO_PART = frozenset({Role.CHANGE, Role.COMPARED, Role.LAST_YEAR})
_NAMING = frozenset({Role.LINE, Role.CELL, Role.INDICATOR, Role.COLUMN})


@dataclass(frozen=True)
class StatedSum:
    """A total and the parts that stand beside it."""

    total: Figure
    parts: tuple[Figure, ...]

    @property
    def found(self) -> Decimal:
        """What the parts add up to, in the base unit."""
        return _sum(self.parts)


@dataclass(frozen=True)
class _Addend:
    """A figure that may be a total or a part, and the tokens between it and the one before."""

    figure: Figure
    before: tuple[Token, ...]
    depth: int
    """How many brackets are open."""
    borne_out: bool
    contradicted: bool

    def announces(self, role: Role) -> bool:
        """Whether a word of the role stands before it."""
        return any(token.role is role for token in self.before)

    @property
    def sums_up(self) -> bool:
        """Whether the words before it say that it is the total of what was listed: 合计, and no label of its own."""
        said = list(itertools.dropwhile(lambda token: token.role is not Role.BREAK, self.before))
        named = any(token.role in _NAMING for token in said)
        return any(token.text in _TOTALS for token in said) and not named and not self.announces(Role.PART)

    @property
    def is_past_part(self) -> bool:
        """Whether a ； stands between the last 其中 or 包括 before it and itself: 主要包括燃料费；接待费16.55万元."""
        behind = list(itertools.takewhile(lambda token: token.role is not Role.PART, reversed(self.before)))
        return len(behind) < len(self.before) and any(token.text in "；;" for token in behind)

    @property
    def is_stage(self) -> bool:
        """Whether it is one of the stages a budget goes through, 年初预算 or 执行数: those do not add up."""
        label = list(itertools.takewhile(lambda token: token.role is not Role.BREAK, reversed(self.before)))
        staged = self.figure.unit == MONEY and any(_is_spent(token) for token in label)
        return staged and not any(token.role in {Role.LINE, Role.OTHER} for token in label)

    @property
    def opens_clause(self) -> bool:
        """Whether more than 、 parts it from the one before."""
        return not any(token.text == "、" or token.role is Role.JOIN for token in self.before)


def _is_spent(token: Token) -> bool:
    """年初预算, 执行数, 使用, 支付, 结余: what was done with the money, and no name of a part."""
    if token.role is Role.HINT:
        return not token.text.endswith(("资金", "经费"))
    return token.role in {Role.COLUMN, Role.UNSPENT} or token.text == "支付"


def broken_sums(sentence: Sentence) -> Iterator[StatedSum]:
    """The sums of ``sentence`` that do not hold; one with a figure that the form contradicts is left alone."""
    if not any(
        token.role is Role.PART or token.text in _TOTALS or token.text in _OPENING
        for token in sentence.tokens
    ):
        return
    addends = _addends(sentence)
    addends = [*_parted_before(sentence, addends), *addends]
    for place, total in enumerate(addends):
        before = _listed_before(addends[:place], total) if total.sums_up else []
        parts = before or _listed_behind(addends[place + 1 :], total)
        if not parts or any(addend.contradicted for addend in (total, *parts)) or _holds(total, parts):
            continue
        if _is_cut(sentence, total, parts[-1]):
            continue
        if before:
            broken = _breaks(total, before) and not _is_nested(addends[:place], before)
        else:
            spelt_out = not parts[0].announces(Role.PART)
            complete = not spelt_out or _is_staff_list(total, parts)
            broken = complete and _falls_apart(total, parts, sentence)
            broken = broken or (spelt_out and _exceeds(total, parts, sentence))
            broken = broken and not _belong_beside(addends, place, parts)
            sure = _is_staff_list(total, parts) or (len(parts) == 1 and not spelt_out)
            broken = broken and (sure or _is_miswritten(total, parts))
        if broken:
            yield StatedSum(total.figure, tuple(part.figure for part in parts))


def _is_cut(sentence: Sentence, total: _Addend, last: _Addend) -> bool:
    """Whether a line break may part the sum: its list begins at the start of the line, or is open at the end."""
    begun = sentence.begun and (total.sums_up or not total.before)
    closed = last.depth > total.depth and _depth(sentence.tokens) < last.depth
    return begun or (sentence.goes_on and not total.sums_up and not closed)


def is_stated_in(following: Sentence, broken: StatedSum) -> bool:
    """Whether the next sentence says 合计 of what the parts make up: they are not those of the total before them."""
    totals = (
        addend for addend in _addends(following) if any(token.text in _TOTALS for token in addend.before)
    )
    return any(
        addend.figure.unit == broken.total.unit and addend.figure.value == broken.found for addend in totals
    )


def _parted_before(sentence: Sentence, parts: Sequence[_Addend]) -> list[_Addend]:
    """预算10441万元。其中，…: the one figure of the sentence before, or the total there, that may have these parts."""
    if sentence.parted is None or sentence.parted.begun or not parts:
        return []
    told = [
        addend for addend in _addends(sentence.parted) if not addend.depth and _is_alike(addend, parts[0])
    ]
    one = len({_value(addend.figure) for addend in told}) == 1 or (told and told[-1].sums_up)
    return told[-1:] if one else []


def _addends(sentence: Sentence) -> list[_Addend]:
    found: list[_Addend] = []
    begin = 0
    for at, token in enumerate(sentence.tokens):
        figure = token.figure
        if figure is None or token.role is not Role.FIGURE or not _is_plain(figure, sentence.tokens[:at]):
            continue
        if _counts_list(sentence.tokens, at):
            continue
        statement = sentence.statements[token.start]
        borne_out = statement.reference is not None
        depth = _depth(sentence.tokens[:at])
        before = _without_brackets(sentence.tokens[begin:at])
        found.append(_Addend(figure, before, depth, borne_out, statement.contradicted))
        begin = at + 1
    return found


def _without_brackets(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The words before a figure without what stands in brackets that are closed: 其他资金（包括以前年度结转资金）."""
    kept: list[Token] = []
    for token in tokens:
        opened = [at for at, before in enumerate(kept) if before.text in {"（", "("}]
        if token.text in {"）", ")"} and opened:
            del kept[opened[-1] :]
        else:
            kept.append(token)
    return tuple(kept)


def _depth(tokens: Sequence[Token]) -> int:
    return sum((token.text in {"（", "("}) - (token.text in {"）", ")"}) for token in tokens)


def _counts_list(tokens: Sequence[Token], at: int) -> bool:
    """三项共计: the figure says how many were listed."""
    return at + 1 < len(tokens) and tokens[at + 1].text in _TOTALS


def _is_plain(figure: Figure, before: Sequence[Token]) -> bool:
    """Whether a figure is stated exactly, and not as a change, a comparison or a target."""
    if figure.claim is not Claim.EXACT or figure.high:
        return False
    label = itertools.takewhile(lambda token: token.role not in {Role.BREAK, Role.FIGURE}, reversed(before))
    return not any(token.role in _NO_PART for token in label)


def _listed_before(addends: Sequence[_Addend], total: _Addend) -> list[_Addend]:
    """The figures in the total's unit before it, back to where their list began."""
    parts: list[_Addend] = []
    if total.figure.unit == PERCENT:
        return parts
    for addend in reversed(addends):
        if addend.is_stage or addend.depth < total.depth:
            break
        if addend.depth == total.depth and _is_alike(addend, total):
            parts.insert(0, addend)
            if addend.announces(Role.PART):
                break
    return parts if len(parts) > 1 else []


def _is_nested(addends: Sequence[_Addend], parts: Sequence[_Addend]) -> bool:
    """Whether the list before 合计 goes back beyond its 其中, which then parts only one of the items: 甲3万元，乙4万元，其中：…."""
    first = addends.index(parts[0])
    heads = [
        addend for addend in addends[:first] if addend.depth == parts[0].depth and _is_alike(addend, parts[0])
    ]
    return parts[0].announces(Role.PART) and len(heads) > 1


def _belong_beside(addends: Sequence[_Addend], place: int, parts: Sequence[_Addend]) -> bool:
    """Whether the last of the parts stand beside the total: all make up the 合计 that ends the list."""
    total = addends[place]
    heads = [
        addend for addend in addends[: place + 1] if addend.depth == total.depth and _is_alike(addend, total)
    ]
    ends = [addend for addend in addends[place + 1 :] if addend.sums_up]
    return any(_makes_up(end, [*heads, *parts[at:]]) for end in ends for at in range(1, len(parts)))


def _listed_behind(addends: Sequence[_Addend], total: _Addend) -> list[_Addend]:
    """The figures in the total's unit behind its 其中, up to the next list, total or closing bracket."""
    if not addends or total.figure.unit == PERCENT or addends[0].is_past_part:
        return []
    if not addends[0].announces(Role.PART) and not _is_spelt_out(addends[0]):
        return []
    depth = addends[0].depth
    if depth < total.depth or (depth > total.depth and _is_of_other_noun(addends[0])):
        return []
    staged = addends[0].is_stage
    goes_on = itertools.takewhile(lambda addend: _goes_on(addend, depth, staged=staged), addends[1:])
    listed = [addends[0], *goes_on]
    ends = [
        at for at, addend in enumerate(listed) if at and any(token.text in "；;" for token in addend.before)
    ]
    parts = [addend for addend in listed if _is_alike(addend, total) and addend.depth == depth]
    closed = [addend for addend in listed[: ends[0]] if addend in parts] if ends else []
    return closed if len(closed) > 1 else parts


def _is_of_other_noun(part: _Addend) -> bool:
    """旗县资金1426.90万元，其他资金（包括社会保险补贴1591.22万元）: the bracket spells out what no figure stands before."""
    ahead = itertools.takewhile(lambda token: token.text not in _OPENING, part.before)
    return any(token.role is Role.BREAK for token in ahead)


def _is_alike(one: _Addend, other: _Addend) -> bool:
    """Whether both are counted in the same unit: 34名 and 6人."""
    return is_counted_alike(one.figure.unit, other.figure.unit)


def _is_spelt_out(part: _Addend) -> bool:
    """环卫站15人（在职9人、退休2人）, 护岸3.47km：右岸0.98km: what stands right behind the figure is what it counts."""
    return bool(part.before) and part.before[0].text in _OPENING and not part.is_stage


def _goes_on(addend: _Addend, depth: int, *, staged: bool) -> bool:
    """Whether a list of parts, stages of a budget if ``staged``, ``depth`` brackets deep is still open at ``addend``."""
    if addend.depth > depth:
        return True
    if addend.is_stage and not staged:
        return False
    return addend.depth == depth and not addend.announces(Role.PART) and not addend.sums_up


def _breaks(total: _Addend, parts: Sequence[_Addend]) -> bool:
    """Whether neither the list before 合计 nor its last clauses make up the total."""
    begins = [at for at in range(len(parts) - 1) if at == 0 or parts[at].opens_clause]
    return not any(_makes_up(total, parts[at:]) for at in begins)


def _is_miswritten(total: _Addend, parts: Sequence[_Addend]) -> bool:
    """Whether a slip in the total or in one of the parts explains that they differ: else the list may go on with other things."""
    apart = _sum(part.figure for part in parts) - _value(total.figure)
    if _is_slip(abs(apart), _value(total.figure)):
        return True
    meant = [(total.figure, _value(total.figure) + apart)]
    meant += [(part.figure, _value(part.figure) - apart) for part in parts]
    slack = sum((_step(addend.figure) for addend in (total, *parts)), Decimal(0)) / 2
    return any(value > 0 and _has_slipped(figure, value, slack) for figure, value in meant)


def _has_slipped(figure: Figure, meant: Decimal, slack: Decimal) -> bool:
    """Whether the figure is ``meant`` but for a slip; decimals may each be rounded."""
    written = figure.number or Decimal(0)
    places = max(0, -int(written.as_tuple().exponent))
    slips = {*one_digit_off(written, places), *swapped(written, places), written / 10, written * 10}
    rounded = slack if places else Decimal(0)
    return any(abs(slip * figure.factor - meant) <= rounded for slip in slips)


def _is_staff_list(total: _Addend, parts: Sequence[_Addend]) -> bool:
    """环卫站15人（在职9人、退休2人）: people in a bracket right behind their number are all that it counts, if they are most of it."""
    several = len(parts) > 1 and 2 * _sum(part.figure for part in parts) >= _value(total.figure)
    return several and parts[0].depth > total.depth and total.figure.unit in _PEOPLE


def _exceeds(total: _Addend, parts: Sequence[_Addend], sentence: Sentence) -> bool:
    """Whether parts without 其中, which may be some of all, are more than the whole by one wrong digit."""
    over = _sum(part.figure for part in parts) - _value(total.figure)
    miswritten = len(parts) > 1 and over > 0 and len(over.normalize().as_tuple().digits) == 1
    crossing = total.figure.unit in _PEOPLE and _CROSSING.search(sentence.shown)
    return miswritten and not crossing and not _is_full_before(total, parts)


def _is_full_before(total: _Addend, parts: Sequence[_Addend]) -> bool:
    """男60人，女86人，党员70人: whether the first parts make up the total, and others are counted again."""
    return any(_makes_up(total, parts[:at]) for at in range(2, len(parts)))


def _falls_apart(total: _Addend, parts: Sequence[_Addend], sentence: Sentence) -> bool:
    """Whether parts behind 其中 cannot make up the total.

    A part larger than the whole never can, nor can more money. Apart from that, parts may be some of
    all, and people may stand under several heads: only what looks like a slip of the pen is taken for one.
    """
    whole, found = _value(total.figure), _sum(part.figure for part in parts)
    if found > whole and total.figure.unit == MONEY:
        return not (_is_full_before(total, parts) or all(addend.borne_out for addend in (total, *parts)))
    largest = max(parts, key=lambda part: _value(part.figure))
    if _value(largest.figure) > whole:
        return _is_too_large(total, largest, whole - found + _value(largest.figure), len(parts))
    if len(parts) < 2 or (total.figure.unit in _PEOPLE and _CROSSING.search(sentence.shown)):
        return False
    if found > whole:
        chosen = _OPEN_LIST.search(sentence.shown) or any(part.opens_clause for part in parts[1:])
        one_list = total.figure.unit in _PEOPLE or not chosen
        least = min(filter(None, (_value(part.figure) for part in parts))) if one_list else Decimal(0)
        return found - whole < least or _is_slip(found - whole, whole)
    some = _OPEN_LIST.search(sentence.shown) is not None or _begins_uncounted(parts[0])
    some = some or all(part.borne_out for part in parts)
    bracketed = parts[0].depth > total.depth and (len(parts) > 2 or not parts[0].announces(Role.PART))
    if not some and (bracketed or _is_whole(parts)):
        return found < whole
    return not some and _is_slip(whole - found, whole)


def _begins_uncounted(part: _Addend) -> bool:
    """包括总局机关和16个直属单位, 包括局本级以及下属单位3个: before the first counted part stands one without a number."""
    behind = list(itertools.takewhile(lambda token: token.role is not Role.PART, reversed(part.before)))
    joins = [at for at, token in enumerate(behind) if token.role is Role.JOIN or token.text == "、"]
    if not joins:
        return False
    head = "".join(token.text for token in reversed(behind[joins[0] + 1 :]) if token.role is not Role.BREAK)
    counted = part.figure.unit not in {MONEY, *_PEOPLE}
    return bool(head) and (counted or joins[0] == 0 or head.endswith(_ITSELF))


def _is_too_large(total: _Addend, part: _Addend, rest: Decimal, parts: int) -> bool:
    """Whether a part larger than its whole is one that was miswritten, and not a count of other things.

    People are counted alike; 1个单位，包括机构14个 and 耕地18015亩，其中田4222亩、林地28628亩 are two nouns.
    """
    if total.figure.unit in _PEOPLE:
        return True
    if parts == 1:
        return not any(token.text.startswith("包") for token in part.before)
    written = part.figure.number or Decimal(0)
    meant, places = rest / part.figure.factor, max(0, -int(written.as_tuple().exponent))
    return not meant or meant in {*one_digit_off(written, places), *swapped(written, places), written / 10}


_PAIRS = ("东西", "南北", "城乡", "男女", "新旧", "内外", "上下")
"""Characters that begin the two names into which a whole is parted."""


def _is_whole(parts: Sequence[_Addend]) -> bool:
    """Whether the parts are all there are: 东片3个、西片4个."""
    heads = {name[0] for part in parts if (name := _name_of(part))}
    return len(parts) == 2 and parts[0].figure.unit != MONEY and any(heads == set(pair) for pair in _PAIRS)


def _name_of(part: _Addend) -> str:
    return "".join(
        token.text for token in part.before if token.role not in {Role.BREAK, Role.PART, Role.JOIN}
    )


def _is_slip(difference: Decimal, whole: Decimal) -> bool:
    """Whether a small difference comes of one wrong digit (30) or of two that changed places (a multiple of 9)."""
    digits = Decimal(re.sub(r"\D", "", f"{difference.normalize():f}").strip("0") or 0)
    return difference * 10 <= whole and (digits < 10 or digits % 9 == 0)


def _holds(total: _Addend, parts: Sequence[_Addend]) -> bool:
    """Whether the parts make up the total, or the first clauses of them do, and the rest is of something else."""
    ends = (end for end in range(1, len(parts) + 1) if end == len(parts) or parts[end].opens_clause)
    return any(_makes_up(total, parts[:end]) for end in ends)


def _makes_up(total: _Addend, parts: Sequence[_Addend]) -> bool:
    """Whether the parts add up to the total at the digits written: decimals may each be rounded, and one figure to whole numbers."""
    found = _sum(part.figure for part in parts)
    if total.figure.agrees(found):
        return True
    steps = [_step(addend.figure) for addend in (total, *parts)]
    finest = min(steps)
    coarse = max((step for step in steps if step > finest and step >= steps[0]), default=Decimal(0))
    slack = (finest * len(steps) + coarse) / 2
    return finest < total.figure.factor and abs(_value(total.figure) - found) <= slack


def _step(figure: Figure) -> Decimal:
    """The weight of the last digit written, in the base unit."""
    return Decimal(1).scaleb(min(0, int((figure.number or Decimal(0)).as_tuple().exponent))) * figure.factor


def _value(figure: Figure) -> Decimal:
    return figure.value or Decimal(0)


def _sum(figures: Iterable[Figure]) -> Decimal:
    return sum((_value(figure) for figure in figures), Decimal(0))


# --- changes and shares of figures in the sentence --------------------------------------------------


@dataclass(frozen=True)
class StatedRate:
    """A percentage that two figures of its sentence determine, and what it should be."""

    rate: Figure
    base: Figure
    other: Figure
    found: Decimal


_OF_BUDGET = re.compile(
    "(?:完成|占)(?:了)?(?:年初|全年|年度|调整后|当年)?预算(?:数|安排|的)*(?:比例)?(?:为|达)?$"
)
_SPENT = re.compile("支出|执行|列支|开支|使用|支付")


def broken_rates(sentence: Sentence) -> Iterator[StatedRate]:
    """由189.25万元增至792.22万元，增长33.19%; 预算14.90万元，支出5.21万元，完成预算的53.97%."""
    figures = [token for token in sentence.tokens if token.role is Role.FIGURE]
    for one, other, third in zip(figures, figures[1:], figures[2:], strict=False):
        base, end, rate = one.figure, other.figure, third.figure
        if base is None or end is None or rate is None or rate.unit != PERCENT or base.unit != end.unit:
            continue
        if sentence.statements[third.start].references or not _value(base) or rate.claim is not Claim.EXACT:
            continue
        between = [_between(sentence, *pair) for pair in ((None, one), (one, other), (other, third))]
        found = _expected(between, _value(base), _value(end))
        if found is not None and not _is_near(rate, found):
            yield StatedRate(rate, base, end, found)


def _between(sentence: Sentence, start: Token | None, end: Token) -> list[Token]:
    begin = start.start if start else -1
    tokens = [token for token in sentence.tokens if begin < token.start < end.start]
    return tokens if start else tokens[-4:]


def _expected(between: Sequence[Sequence[Token]], base: Decimal, end: Decimal) -> Decimal | None:
    """The percentage that the words before each of three figures ask for."""
    first, second, third = between
    texts = ["".join(token.text for token in tokens) for tokens in between]
    grown = any(token.role is Role.FROM for token in first) and any(t.role is Role.ARRIVED for t in second)
    others = {token.role for token in third} - {Role.BREAK, Role.CHANGE, Role.FILLER}
    if grown and not others and any(token.role is Role.CHANGE for token in third):
        return abs(end - base) / base * 100
    if "预算" in texts[0] and _SPENT.search(texts[1]) and _OF_BUDGET.search(texts[2].lstrip("，,")):
        return end / base * 100
    return None


def _is_near(rate: Figure, found: Decimal) -> bool:
    """Whether the rate is right but for its last digit: the figures may be rounded."""
    return abs(_value(rate) - found) <= _step(rate)
