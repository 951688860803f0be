"""The words by which prose names what stands in the form, and how a sentence is cut into them.

Labels come from the form; beside them stand the other names that reports use. Every indicator and
project of an evaluation adds its own name and the shorter ways of saying it.
"""

import itertools
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from pathlib import Path
from typing import Any

from selfeval_xlsx.figures import NO_QUANTITY, Figure, figures, read_measure
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import PLAN, Indicator, SelfEvaluation
from selfeval_xlsx.form.relations import INDICATORS, LINES, PROJECTS

WHOLE_LINE = f"{LINES}.total"
CARRY_OVER = "budget.sources.carry_over"
ORIGINAL, ADJUSTMENT, ADJUSTED = "original_budget", "budget_adjustment", "adjusted_budget"
OUTTURN, RATE, PRIOR = "outturn", "execution_rate", "prior_outturn"
STAFF, STRUCTURE = "overview.staff", "overview.structure"
PROJECT_COUNT, TASK_COUNT = "budget.notes.project_count", "goals.assessment.task_count"
OFFICE_COUNT = "overview.structure.office_count"
CONTRACT_STAFF = "overview.structure.contract_staff"
TOTAL_SCORE, EXECUTION_SCORE = "goals.assessment.total_score", "goals.assessment.execution_score"


OWN = ("own",)
"""The meaning of a word that a unit calls itself by, and others are called by too: 中心."""
THIS_PROJECT = ("该项目", "本项目")
"""Words for the project just named."""
ANY_PROJECT = (*THIS_PROJECT, *(f"{said}资金" for said in THIS_PROJECT), "项目资金")
"""Those, and the one that means a project only where the form lists no other."""


class Role(Enum):
    """What a word does in a sentence that states a figure."""

    __hash__ = object.__hash__
    """Members are single: the hash of their names, which Enum takes, costs a tenth of all reading."""

    FIGURE = auto()
    LINE = auto()
    """A line of the budget, a source, a project: ``meaning`` is its key."""
    CELL = auto()
    """Single cells, by key; any of them may be meant."""
    INDICATOR = auto()
    """Indicators, by key of the row; any of them may be meant."""
    COLUMN = auto()
    """Columns of the budget."""
    HINT = auto()
    """A word for columns that says so only behind a line: 预算, 支出."""
    GROSS = auto()
    """追加, 调减: the adjustment, where the sentence goes from one budget to the other."""
    FROM = auto()
    """由: where a change starts."""
    ARRIVED = auto()
    """增加到: where a change that started from another figure ends."""
    UNSPENT = auto()
    """结余: what is left of a budget."""
    SHARE = auto()
    """占: one figure as a part of another."""
    EXCESS = auto()
    """超额, 高出: how far an actual is from its target."""
    ATTAINED = auto()
    """完成率, 完成任务的: an actual as a part of its target."""
    TARGET = auto()
    LAST_YEAR = auto()
    COMPARED = auto()
    """比上年, 比年初预算."""
    CHANGE = auto()
    PART = auto()
    """其中, 包括: parts of the figure before follow."""
    TOTAL = auto()
    """合计, 共: the whole is meant."""
    EACH = auto()
    """分别."""
    VERB = auto()
    """What stands behind it begins a new noun."""
    JOIN = auto()
    FILLER = auto()
    """Says nothing about which figure is meant."""
    DATE = auto()
    BREAK = auto()
    OTHER = auto()
    """Words that are not understood: a figure behind them is not taken for the form's."""


@dataclass(frozen=True, slots=True)
class Word:
    """A known word."""

    role: Role
    meaning: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Token:
    """A word in its place in a sentence."""

    role: Role
    text: str
    start: int
    meaning: tuple[str, ...] = ()
    figure: Figure | None = None


@dataclass(frozen=True)
class Vocabulary:
    """Known words, and for each first character the lengths of its words, the longest first."""

    words: Mapping[str, Word]
    lengths: Mapping[str, tuple[int, ...]]
    units: frozenset[str]
    """What the indicators are counted in."""

    def at(self, sentence: str, place: int) -> tuple[str, Word] | None:
        """The longest word that stands at ``place``."""
        for length in self.lengths.get(sentence[place], ()):
            word = self.words.get(sentence[place : place + length])
            if word is not None:
                return sentence[place : place + length], word
        return None


_LEADING = frozenset("高多低少超降增减差")
"""Words that are so only right before a figure: 比计划多8台, but 多媒体."""
_SPANS = frozenset({"小时", "分钟", "天"})
"""Units of time that an indicator may be counted in."""
_RANKS = frozenset({"级", "号", "岁"})
_BREAKS = frozenset("，,；;：:、（）()。！？!?—/")
_ITEM_ENDS = frozenset("；;：:，,")
"""Behind these an item of a list may begin."""
_QUOTES = re.compile(r"[“”‘’\"'「」『』\s]")
_MARKED_YEAR = re.compile(r"(?<=\d)[.．](?=20\d\d年)")
_COUNTED = re.compile(r"(?:数量|面积|总数|数目|人次数|人次|次数|场次|长度|里程|总长|总量|规模|数)$")
SATISFACTION = frozenset({"满意度", "满意率"})
"""Said without whose: the indicator's, unless the sentence has come to speak of something else."""
_AUTHORITY = re.compile(
    r"[^省市县区旗州镇乡]{1,6}([省市县区旗州镇乡])(?!.*[学校院馆园育])(?:.*)(?:局|委|委员会|办公室|政府|中心|站|所)"
)
_JOINS = re.compile("[和与及、]")
_CHANGE_RATE = re.compile(r"(?<=下降|增长|提高|提升|降低)(?:率|幅度)$")
_CHANGING = re.compile("(?:下降|增长|提高|提升|降低)$")
_PROJECT_TAIL = re.compile(r"(?:专项|项目|工程|经费|资金)+$")


_YEAR_END = re.compile("年[初末底终]")
"""年初 of 2022年初预算 is a word of its own."""
LIST_MARK = re.compile(
    r"[①-⑳●○■◆▪·•–—-]+|[(（](?:\d{1,2}|[一二三四五六七八九十]{1,3})[)）][、.．]?|(?:\d{1,2}|[一二三四五六七八九十]{1,3})(?:[、]|[.．](?!\d))|[一二三四五六七八九十]是(?:要)?"
)
"""What stands before an item of a list: 1. （一） ① 一是 ●."""


def plain(text: str) -> str:
    """``text`` without quotation marks and blanks, which names are written with and without; 2.2022年 as 2、2022年."""
    return _MARKED_YEAR.sub("、", _QUOTES.sub("", text))


TORN = "\r"
"""What stands for a line break inside a word."""


def mended(text: str, vocabulary: Vocabulary) -> str:
    """``text`` with the line breaks that copying put inside words and numbers marked: 本年支⏎出 is one word."""
    for match in reversed(list(re.finditer(r"(?<=\S)\n(?=\S)", text))):
        if _is_torn(
            text[max(0, match.start() - 3) : match.start()], text[match.end() : match.end() + 3], vocabulary
        ):
            text = text[: match.start()] + TORN + text[match.end() :]
    return text


def _is_torn(left: str, right: str, vocabulary: Vocabulary) -> bool:
    """Whether a clause, a number or a word goes on behind the break: what stands before is no word, or means the same without it."""
    if LIST_MARK.match(right):
        return False
    if re.match("[，,、；;：:）)。%]|[（(](?:其中|含)", right) or left.endswith(("、", "（")):
        return True
    if re.search(r"\d[,.，]?$", left) and re.match(r"[,.，]?\d|[万亿]?元|%", right):
        return True
    pairs = itertools.product(
        (left[at:] for at in range(len(left))), (right[: at + 1] for at in range(len(right)))
    )
    known = vocabulary.words
    return any(
        one + other in known and (one not in known or known[one] == known.get(other) == known[one + other])
        for one, other in pairs
    )


_SHORTEST = 3
"""Characters of a whole name that may be one: 结案率."""
_LONGEST_NAME = 200
"""Characters; cells for names are made for 80 at most."""


def vocabulary(evaluation: SelfEvaluation) -> Vocabulary:
    """Every word known for ``evaluation``."""
    own: dict[str, Word] = {}
    for index, project in enumerate(evaluation.budget.projects):
        for name in _project_names(plain(_name(project.name))):
            _add(own, name, Role.LINE, f"{PROJECTS}.{index}")
    for index, indicator in enumerate(evaluation.goals.indicators):
        for name in _indicator_names(plain(_name(indicator.level3)), _counted_in(indicator)):
            _add(own, name, Role.INDICATOR, f"{INDICATORS}.{index}")
    if projects := tuple(f"{PROJECTS}.{index}" for index in range(len(evaluation.budget.projects))):
        shared = ANY_PROJECT if len(projects) == 1 else ANY_PROJECT[:-1]
        own |= dict.fromkeys(shared, Word(Role.LINE, projects))
    identity = evaluation.overview.identity
    for said in _last_year(identity.year.value):
        own[said] = Word(Role.COMPARED, (PRIOR,))
    names = dict(_own_names(_name(identity.unit_name), _name(identity.short_name)))
    long = {name: word for name, word in own.items() if len(name) > 4}
    words = {**own, **shared_words(), **names, **long}
    by_first = dict(_static_lengths())
    for word in (*own, *names):
        if len(word) not in by_first.get(word[:1], ()):
            by_first[word[:1]] = tuple(sorted({*by_first.get(word[:1], ()), len(word)}, reverse=True))
    return Vocabulary(words, by_first, frozenset(_own_units(evaluation)))


def _name(answer: Answer[str]) -> str:
    """A name as texts may say it; what is too long for one is a text pasted into its cell."""
    name = answer.value or ""
    return name if len(name) <= _LONGEST_NAME else ""


def _last_year(year: int | None) -> Iterator[str]:
    """比2024年 where 2024 is the year before the evaluated one."""
    if year is not None:
        for before in (f"{year - 1}年", f"{year - 1}年度"):
            yield from (f"{than}{before}" for than in ("比", "较", "同比", "与"))
            yield from (f"与{before}{column}相比" for column in ("", "决算", "决算数", "执行数", "支出"))


def _own_names(unit_name: str, short_name: str) -> Iterator[tuple[str, Word]]:
    """What a unit calls itself: by its names, by the type they end in (图书馆, 我馆, 本馆), and as a whole (全馆)."""
    for name in filter(None, (unit_name, short_name)):
        yield name, Word(Role.FILLER)
    if len(unit_name) > 4:
        whole = re.sub("(?<=街道)办事处$|(?<=[镇乡])人民政府$", "", unit_name)
        ends = {name[at:] for name in (unit_name, whole) for at in range(1, len(name) - 1)}
        yield from ((end, Word(Role.FILLER, OWN)) for end in ends)
        types = (unit_name[-1], unit_name[-2:], whole[-1])
        yield from ((f"{own}{ending}", Word(Role.FILLER)) for own in "我本" for ending in types)
        yield f"全{unit_name[-1]}", Word(Role.TOTAL)
    yield from ((short, Word(Role.FILLER)) for short in _short_forms(unit_name))
    yield from ((kind, Word(Role.FILLER, OWN)) for kind in ("中心", "学校"))
    if district := own_district(unit_name):
        yield district, Word(Role.TOTAL)


def _short_forms(unit_name: str) -> Iterator[str]:
    """What people call a unit whose name is long: 南湖街道办, 县教育局."""
    for tail, short in (("街道办事处", "街道办"), ("人民政府", "政府"), ("委员会", "委"), ("管理局", "局")):
        if unit_name.endswith(tail):
            yield unit_name.removesuffix(tail) + short
    for tail, short in (
        ("残疾人联合会", "残联"),
        ("妇女联合会", "妇联"),
        ("人民检察院", "检察院"),
        ("人民法院", "法院"),
    ):
        if unit_name.endswith(tail):
            district = unit_name.removesuffix(tail)
            yield from (short, district[-1:] + short, district + short)
    place = re.match("[^省市县区旗州镇乡]{1,6}(?=[省市县区旗州镇乡])", unit_name)
    if place and len(unit_name) - place.end() > 2:
        yield unit_name[place.end() :]


def _own_units(evaluation: SelfEvaluation) -> Iterator[str]:
    """万卷 and 页 as 卷 and 页."""
    return (unit for unit in map(_counted_in, evaluation.goals.indicators) if unit)


def _counted_in(indicator: Indicator) -> str:
    return read_measure("1", indicator.measure_unit.value or "").unit.partition("/")[0]


def own_district(unit_name: str) -> str:
    """全县, where that is what the unit answers for: a bureau of the county; empty for its schools and hospitals."""
    match = _AUTHORITY.fullmatch(unit_name)
    return f"全{match[1]}" if match else ""


def _add(words: dict[str, Word], name: str, role: Role, key: str) -> None:
    known = words.get(name)
    words[name] = Word(role, (*known.meaning, key) if known and known.role is role else (key,))


@lru_cache(maxsize=1)
def _static_lengths() -> dict[str, tuple[int, ...]]:
    lengths: dict[str, set[int]] = {}
    for word in shared_words():
        lengths.setdefault(word[:1], set()).add(len(word))
    return {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}


@lru_cache(maxsize=1)
def data() -> Mapping[str, Any]:
    """The tables of ``words.toml``, which says what they mean."""
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def shared_words() -> dict[str, Word]:
    """The words that every evaluation shares; the first meaning of a word counts."""
    tables = data()
    words = dict(_listed(tables["lines"], Role.LINE))
    for key, label in _form_lines():
        words.setdefault(label, Word(Role.LINE, (key,)))
    for column in tables["columns"]:
        label = PLAN.slots[f"{WHOLE_LINE}.{column}"][1].field.head
        words.setdefault(label, Word(Role.COLUMN, (column,)))
    sections = (("cells", Role.CELL), ("columns", Role.COLUMN), ("compared", Role.COMPARED))
    later = [_listed(tables[name], role) for name, role in sections]
    for name in ("roles", "families"):
        later += [_listed({"": patterns}, Role[role.upper()]) for role, patterns in tables[name].items()]
    for said, word in itertools.chain(*later, _listed(tables["hints"], Role.HINT)):
        words.setdefault(said, word)
    return words


def _listed(table: Mapping[str, list[str]], role: Role) -> Iterator[tuple[str, Word]]:
    """The words of a table, each a ``role`` with the keys or columns that its patterns stand under."""
    for names, patterns in table.items():
        word = Word(role, tuple(names.split()))
        yield from ((said, word) for pattern in patterns for said in spelt_out(pattern))


def spelt_out(pattern: str) -> Iterator[str]:
    """Every way of joining an alternative of each part: 年初|全年 预算 |数."""
    return map("".join, itertools.product(*(part.split("|") for part in pattern.split(" "))))


def _form_lines() -> Iterator[tuple[str, str]]:
    """Key and label of every line of the budget sheet's matrices, the bare 合计 left out."""
    for key, matrix in PLAN.matrices.items():
        if key.startswith("budget."):
            yield from (line for line in matrix.lines if line[0] != WHOLE_LINE)


def _project_names(name: str) -> Iterable[str]:
    bare = _PROJECT_TAIL.sub("", name)
    return {
        form
        for said in (name, bare)
        if len(said) >= 4
        for base in _joined_otherwise(said)
        for form in (base, f"{base}项目", f"{base}工程", f"{base}专项")
    }


def _joined_otherwise(name: str) -> set[str]:
    """学生及家长 as 学生和家长 and 学生、家长."""
    parts = _JOINS.split(name)
    if len(parts) != 2 or min(map(len, parts)) < 2:
        return {name}
    return {name, *(join.join(parts) for join in "和与及、")}


def _indicator_names(name: str, unit: str) -> set[str]:
    """An indicator's name and the shorter ways of saying it, without what it is counted in: 新购图书册数."""
    stem = _CHANGE_RATE.sub("", _COUNTED.sub("", name).removesuffix(unit))
    names = {*_joined_otherwise(name), stem, _CHANGING.sub("", stem), f"{stem}数", f"{stem}人数"}
    for one, other in data()["indicators"]["synonyms"]:
        names |= {said.replace(one, other) for said in names}
    for verb in data()["indicators"]["verbs"].split("|"):
        if stem.startswith(verb) and len(stem) >= len(verb) + 2:
            noun = stem.removeprefix(verb)
            names |= {noun, noun + verb}
        elif stem.endswith(verb) and len(stem) >= len(verb) + 2:
            noun = stem.removesuffix(verb)
            names |= {noun, verb + noun, f"{noun}的{verb}"}
    if stem.endswith("满意度"):
        return {*names, *SATISFACTION}
    shortest = 4 if stem.endswith(("率", "度")) else 3
    tails = {stem[cut:] for cut in (2, 3)} | {stem[cut:] for cut in range(4, len(stem) - 3)}
    for one, other in data()["indicators"]["synonyms"]:
        tails |= {said.replace(one, other) for said in tails}
    full = {name} if len(name) >= _SHORTEST else set()
    return full | {name for name in names | tails if len(name) >= shortest}


def tokens(sentence: str, vocabulary: Vocabulary) -> list[Token]:
    """``sentence`` (plain) cut into figures, known words (the longest first), breaks and the rest."""
    starts = {figure.start: figure for figure in figures(sentence, vocabulary.units)}
    found: list[Token] = []
    at = rest = 0
    while at < len(sentence):
        token = _token(sentence, at, starts, vocabulary)
        if token is None:
            at += 1
            continue
        if rest < at:
            found.append(Token(Role.OTHER, sentence[rest:at], rest))
        found.append(token)
        at = rest = at + len(token.text)
    if rest < at:
        found.append(Token(Role.OTHER, sentence[rest:at], rest))
    return found


def _token(sentence: str, at: int, starts: Mapping[int, Figure], vocabulary: Vocabulary) -> Token | None:
    mark = LIST_MARK.match(sentence, at) if at == 0 or sentence[at - 1] in _ITEM_ENDS else None
    if mark:
        return Token(Role.BREAK, mark[0], at)
    figure = starts.get(at)
    known = vocabulary.at(sentence, at)
    if figure is not None and known and known[1].role is Role.LINE:
        return Token(Role.LINE, known[0], at, known[1].meaning)
    if figure is not None and figure.unit in _RANKS:
        return Token(Role.OTHER, sentence[at : figure.end], at)
    if figure is not None:
        measured = figure.unit in _SPANS and figure.unit in vocabulary.units
        role = Role.DATE if figure.unit in NO_QUANTITY and not measured else Role.FIGURE
        end = figure.end - 1 if _YEAR_END.match(sentence, figure.end - 1) else figure.end
        return Token(role, sentence[at:end], at, figure=figure)
    if known and (known[0] not in _LEADING or at + 1 in starts):
        return Token(known[1].role, known[0], at, known[1].meaning)
    return Token(Role.BREAK, sentence[at], at) if sentence[at] in _BREAKS else None
