"""What stands before a figure in its sentence: the words of its label, and what the sentence was about."""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from selfeval_xlsx.figures import MONEY, Claim, Figure
from selfeval_xlsx.form.relations import LINES, PROJECTS
from selfeval_xlsx.prose.quantities import Reference
from selfeval_xlsx.prose.words import (
    ADJUSTED,
    ORIGINAL,
    OUTTURN,
    OWN,
    PRIOR,
    RATE,
    STAFF,
    WHOLE_LINE,
    Role,
    Token,
)

AMOUNTS = (ORIGINAL, ADJUSTED, OUTTURN)
_WIDER = frozenset({f"{LINES}.basic", f"{LINES}.project", WHOLE_LINE})
"""Lines that may stand before one of their own parts."""
_TERMS = frozenset({Role.LINE, Role.CELL, Role.INDICATOR, Role.COLUMN, Role.GROSS, Role.HINT})
_NAMING = frozenset({Role.OTHER, Role.VERB, Role.LINE, Role.INDICATOR, Role.HINT})
"""What makes the type of the own name, 中心, another unit's: 培训中心."""
_MONTH = r"(?<![\d十])(?:[1-9]|1[01]|[一二三四五六七八九十]|十一)月"
OTHER_SCOPE = re.compile(
    rf"[一二三四1-4]季度|{_MONTH}|[上下]半年|每|平均|人均|全[县市省国区]|全系统|其他|兄弟|同类|明年|下一?年|首批|占"
)
"""Words by which a figure is not the unit's, or not the whole year's."""
PARTIAL = re.compile(
    rf"{OTHER_SCOPE.pattern.removesuffix('|占')}|生均(?!能耗)|其中|新增|试点|近[一二两三四五]年|[两三四五]年来|以来"
    r"|各(?![类种项级])|另|部分|期间|邻|上级|抽查|抽取|选取|问题"
)
"""Words by which a count is not that of all."""
_WHEN = re.compile(
    r"(?:截至|截止|到|至|在|自|从)?(?:20\d\d年)?.{1,6}(?:月(?:\d+日|[底末份初])?|季度|半年|期间|以来|年来)"
)
ORGANISATION = re.compile(r"[局厅委会部县市区镇乡校院所站司村家门府办]$")
_COPULAS = frozenset({"是", "为", "即"})
"""主要内容是购买横机114台: what stands before them is not a part of the name behind."""
_FOR_ALL = frozenset({"均", "都"})
"""Words by which a figure is that of everything listed before it."""
_GRANTING = ("批复", "下达", "下拨", "安排")
"""How verbs begin by which an office is granted money: 下达我区."""
_FUNDING = frozenset({"投入", "支付", "发放", "用于", "收到", "落实", "统筹", "形成", "提供", "新增"})
"""Verbs whose object is the money itself."""
_STATING = frozenset(
    {"实现", "使得", "显示", "表明", "说明", "来看", "经评定", "经测算", "确保", "取得", "获得"}
)
DONE = ("完成", "建成", "保持", "达到")
"""Words for all of something that has been done, but not for all there is."""
_AIMING = frozenset({Role.TARGET, Role.TOTAL})
_KIND_OF_MONEY = re.compile("(?:财政|专项|扶贫|衔接|补助|以工代赈|转移支付|直达|推进乡村振兴)+")
LEVELS = re.compile("中央|本级|自治区|[省市县区州]级|市县|地方|上级|[省市县区州]财政")
"""Levels of government, whose money is a part where others gave, too."""
_RATES = ("率", "度")
_SUBSET = re.compile(
    r"(?:专业|年级|班级?|系|校区|院区|科室?|片区|[村组类男女]|学历|困难|示范|往届|首次|部分|个别|个人|第[一二三四])$"
)
"""Words by which what follows is not that of all, however long its name."""
WITHIN = re.compile("内设|职能|[股科处部]室|[股科部]$|科室|研究室|部门")
"""What parts of the unit itself are called."""
_RESHUFFLED = re.compile("撤销|撤并|合并|并入|划[转入出归]|调整|原[设有为]|整合|其中|分别|新[增设]")
"""Words by which a list of offices is not that of all there are."""
_OFFICE = r"[^、]{1,12}(?:室|科|股|处|部|部门|所|队)(?:（[^）]*）)?"
_OFFICE_LIST = re.compile(rf"{_OFFICE}、(?:{_OFFICE}、)*(?:{_OFFICE}共?|[^、]{{1,12}}等共?)$")
"""办公室、农机管理股、农机推广股: offices, before their number."""
_DISTINCTIVE = 7
"""So long a name means itself, whatever stands before it."""


@dataclass(frozen=True)
class Context:
    """What a sentence was about before the next figure."""

    lines: tuple[str, ...] = ()
    foreign: bool = False
    """It speaks of something the form does not hold."""
    column: str = ""
    part_column: str = ""
    """The column of the figure whose parts are being listed."""
    indicators: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    """The indicators that the whole text is about."""
    compared: tuple[str, ...] = ()
    """The columns a change may be counted from."""
    year: int = 0
    """Counted from the evaluated one."""
    wholes: tuple[str, ...] = tuple(f"{WHOLE_LINE}.{column}" for column in AMOUNTS)
    """The cells that 占 counts from where it does not say of what."""
    latest: Reference | None = None
    """What bore out the last figure."""
    head: Reference | None = None
    """What bore out the first amount of the sentence, which 其中 is of where a change or the like came between."""
    mistaken: bool = False
    """The last figure was wrong: what is derived from it follows from that."""
    whole: Reference | None = None
    """What bore out the figure whose parts are being listed."""
    unexplained: bool = False
    """The whole whose parts are being listed, or that a bracket explains, stands in the text only."""
    carried: bool = False
    """That it is foreign, the sentence before said."""
    stray: bool = False
    """The last amount stands in the text only: a change or a share without a subject of its own is of that."""
    gross: bool = False
    """A list of what was 追加 goes on."""
    sourced: bool = False
    """The text has spoken of one source of money: basic and project spending may be what was spent of that alone."""


@dataclass(frozen=True)
class Place:
    """A figure in its sentence, in one of the form's texts."""

    text: str
    """The key of the text's field."""
    tokens: Sequence[Token]
    at: int
    figure: Figure

    @cached_property
    def before(self) -> str:
        """The sentence up to the figure."""
        return "".join(token.text for token in self.tokens[: self.at])

    @cached_property
    def sentence(self) -> str:
        """The whole sentence."""
        return "".join(token.text for token in self.tokens)

    @property
    def follows_figure(self) -> bool:
        """Whether a figure stands right before the last break, or none is between: 2129.79万元，占."""
        before = self.tokens[: self.at]
        return any(token.role is Role.FIGURE for token in before)

    @cached_property
    def clause(self) -> str:
        """The sentence from its last comma up to the figure."""
        return re.split("[，,；;：:]", self.before)[-1]

    @cached_property
    def scope(self) -> str:
        """The clause, and the one before it where that only says when: 截至9月底，."""
        *_, before, clause = "", *re.split("[，,；;：:]", self.before)
        return f"{before}，{clause}" if _WHEN.fullmatch(before) else clause

    @property
    def in_scope(self) -> Sequence[Token]:
        """The tokens that may limit the figure: those of its clause, and every 其中 of its statement."""
        clause = len(self.before) - len(self.scope)
        statement = max(self.before.rfind("；"), self.before.rfind(";"))
        return [
            token
            for token in self.tokens[: self.at]
            if token.start >= clause or (token.role is Role.PART and token.start > statement)
        ]

    @property
    def is_condition(self) -> bool:
        """执行率低于95%的项目: the figure says which of them are meant, not what the rate is."""
        after = self.tokens[self.at + 1 : self.at + 2]
        told = self.behind is not None and self.behind.role is not Role.TARGET
        return told and self.figure.claim is not Claim.EXACT and [token.text for token in after] == ["的"]

    @property
    def is_price(self) -> bool:
        """2300元/生: money for each of something."""
        after = self.tokens[self.at + 1 : self.at + 2]
        return self.figure.unit == MONEY and [token.text for token in after] == ["/"]

    @property
    def is_of_other_scope(self) -> bool:
        """Whether the clause speaks of another unit, or of a part of the year."""
        return OTHER_SCOPE.search(self.scope.replace("占", "")) is not None

    @property
    def is_target(self) -> bool:
        """5000人次的目标."""
        behind = self.behind
        return behind is not None and (behind.role is Role.TARGET or behind.text.endswith("目标"))

    @property
    def is_aimed(self) -> bool:
        """年初目标：举办60期、培训5000人次: a target was named, and nothing since that was done."""
        before = reversed(self.tokens[: self.at])
        told = (token for token in before if token.role in _AIMING or token.text.endswith("目标"))
        last = next(
            (token for token in told if token.role is not Role.TOTAL or token.text.endswith(DONE)), None
        )
        return last is not None and last.role is not Role.TOTAL

    @property
    def precedes_actual(self) -> bool:
        """培训成本400元/人，完成值180元/人: what was done follows in the next clause."""
        clauses = "".join(token.text for token in self.tokens[self.at + 1 :])
        return (
            re.match(
                "[^，；。]*[，；](?:全年|本年|年末)?(?:实际)?(?:完成|达到|实际)[值数为到]*[≥≤＝=]?[0-9]",
                clauses,
            )
            is not None
        )

    @property
    def stands_in_row(self) -> bool:
        """2.6亿元 2.45亿元: another figure in the same unit stands right beside it, as in a row of a table."""
        beside = (self.tokens[at] for at in (self.at - 1, self.at + 1) if 0 <= at < len(self.tokens))
        return any(token.figure and token.figure.unit == self.figure.unit for token in beside)

    @property
    def is_budget(self) -> bool:
        """14.00万元的预算, of a line that the sentence has named."""
        behind = self.behind
        named = any(token.role is Role.LINE for token in self.tokens[: self.at])
        return named and behind is not None and behind.role in {Role.COLUMN, Role.HINT} and is_budget(behind)

    @property
    def ends_list_of_offices(self) -> bool:
        """办公室、政治处等13个内设机构, 办公室、推广股、培训股3个股室: the offices themselves stand before their number."""
        if self.before.count("、") < 2 or _RESHUFFLED.search(self.before):
            return False
        whole = self.before.endswith("等") and self.noun_behind.startswith("内设")
        return whole or bool(_OFFICE_LIST.search(self.clause) and WITHIN.match(self.noun_behind))

    @property
    def noun_behind(self) -> str:
        """The words that follow the figure, up to the next break."""
        noun = itertools.takewhile(lambda token: token.role is not Role.BREAK, self.tokens[self.at + 1 :])
        return "".join(token.text for token in noun)

    @property
    def behind(self) -> Token | None:
        """The word that follows the figure."""
        rest = [token for token in self.tokens[self.at + 1 : self.at + 3] if token.text != "的"]
        return rest[0] if rest else None


@dataclass(frozen=True)
class Label:
    """The understood words before a figure, the nearest first, and a word before them that is in the way."""

    words: tuple[Token, ...]
    barrier: Token | None = None

    def first(self, role: Role) -> Token | None:
        """The nearest word of a role."""
        return self._nearest.get(role)

    def has(self, *roles: Role) -> bool:
        """Whether a word of one of the roles stands there."""
        return not self._nearest.keys().isdisjoint(roles)

    @cached_property
    def _nearest(self) -> Mapping[Role, Token]:
        return {word.role: word for word in reversed(self.words)}

    @property
    def nearest(self) -> Token | None:
        """The nearest word that says something."""
        return next((word for word in self.words if word.role is not Role.FILLER), None)

    @property
    def has_subject(self) -> bool:
        """Whether a column stands before what it is compared with: 支出决算数比上年, not 较上年决算数."""
        compared = [at for at, word in enumerate(self.words) if word.role is Role.COMPARED]
        behind = self.words[compared[-1] :] if compared else self.words
        return any(word.role is Role.COLUMN for word in behind)

    @property
    def follows_base(self) -> bool:
        """较上年2.08万元减少: the change stands right behind the figure it starts from."""
        after_figure = self.barrier is not None and self.barrier.role is Role.FIGURE
        return after_figure and all(word.role in {Role.CHANGE, Role.FILLER} for word in self.words)

    @property
    def sets_bound(self) -> bool:
        """控制在预算168.00万元之内, 完成预算29.6万元的: the sentence goes on to speak of what was spent."""
        named = (word for word in self.words if word.role in {Role.HINT, Role.COLUMN})
        return any(word.text in {"控制在", "完成"} for word in self.words) and any(map(is_budget, named))

    @property
    def starts_change(self) -> bool:
        """由 stands right before the figure: it is not what a thing is, but what it was."""
        return self.nearest is not None and self.nearest.role is Role.FROM

    @property
    def foreign(self) -> bool:
        """Whether it names something of another owner, or more than is known."""
        lines = [word.meaning for word in self.words if word.role is Role.LINE]
        owned = [line for line in lines if line != (WHOLE_LINE,)]
        cells = sum(word.role is Role.CELL for word in self.words)
        if len(set(lines)) > 1 and not set(lines[-1]) <= _WIDER:
            return True
        if cells > 1 or (cells and owned):
            return True
        return self.barrier is not None and self._barred(self.barrier)

    def _barred(self, barrier: Token) -> bool:
        if barrier.role is not Role.OTHER:
            return True
        if _SUBSET.search(barrier.text):
            return True
        if self.words and self.words[-1].text in _COPULAS:
            return False
        for word in reversed(self.words):
            if word.role is Role.VERB and self._governs(word):
                return not word.text.startswith(_GRANTING) and ORGANISATION.search(barrier.text) is not None
            if word.role in _TERMS:
                return word.role not in {Role.INDICATOR, Role.LINE} or len(word.text) < _DISTINCTIVE
        return True

    def _governs(self, verb: Token) -> bool:
        """Whether a noun of its own begins behind ``verb``; in 对食堂服务的满意度 it belongs to the noun."""
        term = next((word for word in self.words if word.role in _TERMS), None)
        return verb.text in _STATING or term is None or not term.text.endswith(_RATES)


def label_before(tokens: Sequence[Token], at: int) -> Label:
    """The label of the figure at ``at``: of words that name one thing together, the one that tells it apart."""
    label = _words_before(tokens, at)
    words = label.words
    if any(_is_of(word, "budget.official") for word in words):
        words = tuple(word for word in words if not _is_of(word, "budget.sources"))
    staff = [word for word in words if _is_of(word, STAFF)]
    in_post = [word for word in staff if word.meaning == (f"{STAFF}.total.staff_in_post",)]
    if len(staff) > 1:
        words = tuple(word for word in words if word not in in_post)
    if any(word in in_post or word.text == "使用" for word in label.words):
        words = tuple(_filled(word) if word in staff and word not in in_post else word for word in words)
    return Label(words, label.barrier)


def _filled(posts: Token) -> Token:
    """实有编制人数43人, 使用编制43名: the staff in those posts, or the posts there are."""
    in_post = (key.replace("authorised_posts", "staff_in_post") for key in posts.meaning)
    return replace(posts, meaning=tuple(dict.fromkeys((*in_post, *posts.meaning))))


def _is_of(word: Token, table: str) -> bool:
    """财政拨款 in 财政拨款安排的“三公”经费, 在职 in 在职行政人员: a word for a row of the table."""
    return bool(word.meaning) and word.meaning[0].startswith(table)


def _words_before(tokens: Sequence[Token], at: int) -> Label:
    """The words before the figure at ``at``, back to the last break, figure or word that is not understood."""
    words: list[Token] = []
    for place in range(at - 1, -1, -1):
        token = tokens[place]
        if token.role is Role.BREAK and token.text in "：:（(" and not words:
            continue
        if not words and token.text in "）)" and (named := _named_in_bracket(tokens[:place])):
            return Label((named,))
        if token.role is Role.OTHER and _is_kind_of_money(token, tokens[:place], words):
            continue
        if token.role is Role.FIGURE and any(word.role is Role.ARRIVED for word in words):
            return _with_start(words, _words_before(tokens, place))
        if token.role in {Role.BREAK, Role.JOIN}:
            goes_on = place > 0 and tokens[place - 1].role in {Role.FIGURE, Role.BREAK}
            one = token.text != "、" and token.role is Role.BREAK
            whole = one or goes_on or any(word.text in _FOR_ALL or word.text == "核定" for word in words)
            return Label(tuple(words), None if whole else token)
        if token.role in {Role.OTHER, Role.FIGURE} or _names_spending(token, words):
            anew = token.role is Role.FIGURE and bool(words) and words[-1].role is Role.COMPARED
            return Label(tuple(words), None if anew else token)
        if token.meaning == OWN and place and tokens[place - 1].role in _NAMING:
            return Label(tuple(words), replace(tokens[place - 1], role=Role.OTHER))
        words.append(token)
    return Label(tuple(words))


def _named_in_bracket(before: Sequence[Token]) -> Token | None:
    """The project that the bracket right before a figure names: 救灾资金（2021—2022年冬春救助）614万元."""
    inside = list(itertools.takewhile(lambda token: token.text not in {"（", "("}, reversed(before)))
    named = [token for token in inside if _is_of(token, PROJECTS)]
    others = any(token.role is not Role.DATE for token in inside if token not in named)
    return named[0] if len(named) == 1 and not others else None


def _is_kind_of_money(token: Token, before: Sequence[Token], words: Sequence[Token]) -> bool:
    """Whether a word between a project and 资金 only says which money it is: 道路建设财政专项扶贫资金."""
    if not words or words[-1].text not in {"资金", "经费"} or not _KIND_OF_MONEY.fullmatch(token.text):
        return False
    named = next((token for token in reversed(before) if token.role is not Role.FILLER), None)
    return named is not None and _is_of(named, PROJECTS)


def _names_spending(verb: Token, words: Sequence[Token]) -> bool:
    """机关运行经费, 公共服务支出: a verb right before a word for money names what it is spent on."""
    told = verb.role is Role.VERB and verb.text not in _FUNDING | _STATING
    return told and not verb.text.startswith(_GRANTING) and bool(words) and words[-1].role is Role.HINT


def _with_start(words: list[Token], start: Label) -> Label:
    """The label of the end of a change, which stands before its start: 课程由上年的152期增加到206期."""
    shared = (word for word in start.words if word.role not in {Role.LAST_YEAR, Role.DATE, Role.TARGET})
    return Label((*words, *shared), start.barrier)


def is_budget(word: Token) -> bool:
    """Whether a word for columns speaks of the budget, and not of what was spent."""
    return bool(word.meaning) and not {OUTTURN, PRIOR, RATE} & set(word.meaning)
