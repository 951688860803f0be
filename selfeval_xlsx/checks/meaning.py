"""Which figures of the form a figure in a sentence may mean.

The label stands before the figure (执行数为3201.25万元) or, where the whole is meant, behind it (共有18个
站点). Every word between the two, and before the label, must be understood: 退休人员经费 is not 人员经费.
Where several cells may be meant, all are kept.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from selfeval_xlsx.checks.lexicon import (
    ADJUSTED,
    ADJUSTMENT,
    EXECUTION_SCORE,
    ORIGINAL,
    OUTTURN,
    PRIOR,
    PROJECT_COUNT,
    SATISFACTION,
    TASK_COUNT,
    TOTAL_SCORE,
    WHOLE_LINE,
    Role,
    Token,
)
from selfeval_xlsx.checks.quantities import Form, Reference, of_cell, of_change, of_measure, of_unspent
from selfeval_xlsx.prose import MONEY, PERCENT, Claim, Figure
from selfeval_xlsx.relations import LINES
from selfeval_xlsx.spec import Answer

PLANS = ("goals.plan.content", "overview.goal.overall_goal")
"""Texts that say what is to be done: a figure in them may be a target or an actual."""
NEXT_YEAR = ("issues.",)
"""Texts that speak of what will be done."""

_AMOUNTS = (ORIGINAL, ADJUSTED, OUTTURN)
_WIDER = frozenset({f"{LINES}.basic", f"{LINES}.project", WHOLE_LINE})
"""Lines that may stand before one of their own parts."""
_TERMS = frozenset({Role.LINE, Role.CELL, Role.INDICATOR, Role.COLUMN, Role.GROSS, Role.HINT})
_MONTH = r"(?<![\d十])(?:[1-9]|1[01]|[一二三四五六七八九十]|十一)月"
_OTHER_SCOPE = re.compile(
    rf"[一二三四1-4]季度|{_MONTH}|[上下]半年|每|平均|人均|全[县市省国区]|全系统|其他|兄弟|同类|明年|下一?年|首批|占"
)
"""Words by which a figure is not the unit's, or not the whole year's."""
_PARTIAL = re.compile(
    rf"{_OTHER_SCOPE.pattern.removesuffix('|占')}|生均(?!能耗)|其中|新增|试点|近[一二两三四五]年|[两三四五]年来|以来"
    r"|各(?![类种项级])|另|部分|期间|邻|上级|抽查|抽取|选取|问题"
)
"""Words by which a count is not that of all."""
_PER_HEAD = re.compile("每生每学?年|每人每[年月]")
_UP_TO = re.compile(r"(?:截至|截止|到|至)?(?:20\d\d年)?.{1,4}月(?:\d+日|[底末份初])?")
_ORGANISATION = re.compile(r"[局厅委会部县市区镇乡校院所站司村家门府办]$")
_FALLING = ("减", "降", "少")
_INDICATOR_SCORES = re.compile("产出|效益|满意|成本|数量|质量|时效")
_PART_SCORES = re.compile(rf"分值|满分|指标|执行率|{_INDICATOR_SCORES.pattern}")
_ONLY_TOTALS = frozenset({PROJECT_COUNT, TASK_COUNT})
"""Counts of what a sentence may also speak of singly: only 共 and the like mean them."""
_IN_PART = ("完成", "建成", "保持", "达到")
"""Words for all of something that has been done, but not for all there is."""
_GRANTING = frozenset({"批复", "下达", "安排"})
_STATING = frozenset(
    {"实现", "使得", "显示", "表明", "说明", "来看", "经评定", "经测算", "确保", "取得", "获得"}
)
_RATES = ("率", "度")
_SUBSET = re.compile(
    r"(?:专业|年级|班级?|系|校区|院区|科室?|片区|[村组类男女]|学历|困难|示范|往届|首次|部分|个别|个人|第[一二三四])$"
)
"""Words by which what follows is not that of all, however long its name."""
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
    compared: str = ""
    """The column a change is counted from."""
    year: int = 0
    """Counted from the evaluated one."""
    gross: bool = False
    """A list of what was 追加 goes on."""


@dataclass(frozen=True)
class Place:
    """A figure in its sentence, in one of the form's texts."""

    text: str
    """The key of the text's field."""
    tokens: Sequence[Token]
    at: int
    figure: Figure

    @property
    def before(self) -> str:
        """The sentence up to the figure."""
        return "".join(token.text for token in self.tokens[: self.at])

    @property
    def clause(self) -> str:
        """The sentence from its last comma up to the figure."""
        return re.split("[，,；;：:]", self.before)[-1]

    @property
    def scope(self) -> str:
        """The clause, and the one before it where that only says up to when: 截至9月底，."""
        *_, before, clause = "", *re.split("[，,；;：:]", self.before)
        return f"{before}，{clause}" if _UP_TO.fullmatch(before) else clause

    @property
    def is_condition(self) -> bool:
        """执行率低于95%的项目: the figure says which of them are meant, not what the rate is."""
        after = self.tokens[self.at + 1 : self.at + 2]
        told = self.behind is not None and self.behind.role is not Role.TARGET
        return told and self.figure.claim is not Claim.EXACT and [token.text for token in after] == ["的"]

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
        return next((word for word in self.words if word.role is role), None)

    def has(self, *roles: Role) -> bool:
        """Whether a word of one of the roles stands there."""
        return any(word.role in roles for word in self.words)

    @property
    def nearest(self) -> Token | None:
        """The nearest word that says something."""
        return next((word for word in self.words if word.role is not Role.FILLER), None)

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
        for word in reversed(self.words):
            if word.role is Role.VERB and self._governs(word):
                return word.text not in _GRANTING and _ORGANISATION.search(barrier.text) is not None
            if word.role in _TERMS:
                return word.role not in {Role.INDICATOR, Role.LINE} or len(word.text) < _DISTINCTIVE
        return True

    def _governs(self, verb: Token) -> bool:
        """Whether a noun of its own begins behind ``verb``; in 对食堂服务的满意度 it belongs to the noun."""
        term = next((word for word in self.words if word.role in _TERMS), None)
        return verb.text in _STATING or term is None or not term.text.endswith(_RATES)


def label_before(tokens: Sequence[Token], at: int) -> Label:
    """The label of the figure at ``at``, back to the last break, figure or word that is not understood."""
    words: list[Token] = []
    for place in range(at - 1, -1, -1):
        token = tokens[place]
        if token.role is Role.BREAK and token.text in "：:（(" and not words:
            continue
        if token.role is Role.JOIN or token.text == "、":
            goes_on = place > 0 and tokens[place - 1].role in {Role.FIGURE, Role.BREAK}
            return Label(tuple(words), None if goes_on else token)
        if token.role is Role.BREAK:
            return Label(tuple(words))
        if token.role is Role.FIGURE and any(word.role is Role.ARRIVED for word in words):
            return _with_start(words, label_before(tokens, place))
        if token.role in {Role.OTHER, Role.FIGURE}:
            return Label(tuple(words), token)
        words.append(token)
    return Label(tuple(words))


def _with_start(words: list[Token], start: Label) -> Label:
    """The label of the end of a change, which stands before its start: 课程由上年的152期增加到206期."""
    shared = (word for word in start.words if word.role not in {Role.LAST_YEAR, Role.DATE})
    return Label((*words, *shared), start.barrier)


def meant(place: Place, label: Label, context: Context, form: Form) -> tuple[list[Reference], Context]:
    """All that the figure may refer to, and what the sentence is about from there on."""
    if place.is_condition or label.starts_change:
        return [], context
    if label.foreign:
        return [], _estranged(place, label, context)
    derived = _derived(place, label, context, form)
    if derived is not None:
        return derived, context
    indicator, cell = label.first(Role.INDICATOR), label.first(Role.CELL)
    if indicator or _is_elided(place, label, context):
        keys = indicator.meaning if indicator else context.indicators
        return _indicators(place, label, keys, context, form), replace(context, indicators=keys)
    if cell:
        return _cells(place, label, cell, context, form), replace(context, lines=(), foreign=True)
    references, context = _amounts(place, label, context, form)
    if not references and place.figure.unit not in {MONEY, PERCENT}:
        references = _named_behind(place, label, context, form)
    elif _OTHER_SCOPE.search(place.scope):
        references = []
    return references, context


def _derived(place: Place, label: Label, context: Context, form: Form) -> list[Reference] | None:
    """What the figure may refer to if it is what two cells imply: a rest, a change, or where that starts."""
    if label.has(Role.UNSPENT):
        return _unspent(label, context, form)
    if label.has(Role.CHANGE):
        return _changes(label, context, form)
    if label.nearest is not None and label.nearest.role is Role.COMPARED:
        return _base(place, context, form)
    return None


def _has_other_subject(before: Sequence[Token]) -> bool:
    """Whether figures of something else than an indicator stand before: 办件156件，满意率97.8%."""
    named = any(token.role is Role.INDICATOR and token.text not in SATISFACTION for token in before)
    return not named and any(token.role is Role.FIGURE for token in before)


def _estranged(place: Place, label: Label, context: Context) -> Context:
    """The context behind a figure of something that is not the form's."""
    if place.figure.unit == MONEY or label.has(Role.COLUMN, Role.HINT, Role.LINE):
        return replace(context, lines=(), foreign=True, column="")
    return context


# --- amounts and rates ----------------------------------------------------------------------------


def _amounts(place: Place, label: Label, context: Context, form: Form) -> tuple[list[Reference], Context]:
    line = label.first(Role.LINE)
    if line:
        context = replace(context, lines=line.meaning, foreign=False, indicators=())
    columns = _columns(place, label, context, form)
    if not columns:
        return [], _estranged(place, label, context) if not label.has(Role.GROSS) else context
    if context.foreign:
        return [], context
    lines = context.lines if line else tuple(dict.fromkeys((*context.lines, WHOLE_LINE)))
    in_year = _in_year(columns, context.year)
    references = [each for key in lines for column in in_year for each in of_cell(f"{key}.{column}", form)]
    if context.year == -1 and not in_year:
        own = [each for key in lines for column in columns for each in of_cell(f"{key}.{column}", form)]
        references = [
            replace(each, denied="那是评价年度的数，不是上一年的")
            for each in own
            if _is_copied(place.figure, each)
        ]
    return _directed(references, label), context


def _columns(place: Place, label: Label, context: Context, form: Form) -> tuple[str, ...]:
    """The columns the label leaves open."""
    line, column, hint = label.first(Role.LINE), label.first(Role.COLUMN), label.first(Role.HINT)
    if column:
        return column.meaning
    if label.has(Role.GROSS, Role.ARRIVED) or context.gross:
        return _stepped_to(place, label, context, form)
    if line and context.part_column and line.meaning[0].startswith("budget."):
        return (context.part_column,)
    if hint and (line or context.column or _is_whole_year(label)):
        return hint.meaning
    if line:
        return _AMOUNTS
    return (OUTTURN,) if context.compared == PRIOR and not hint and context.column == OUTTURN else ()


def _stepped_to(place: Place, label: Label, context: Context, form: Form) -> tuple[str, ...]:
    """The column of a step from the original to the adjusted budget, or of where it ends."""
    arrived, hint = label.first(Role.ARRIVED), label.first(Role.HINT)
    if arrived is None:
        return (ADJUSTMENT,) if _is_single_step(place.tokens, label, form) else ()
    budgets = context.column == ORIGINAL or (hint is not None and ADJUSTED in hint.meaning)
    if budgets and arrived.text.startswith("调整"):
        return (ADJUSTED,)
    return _AMOUNTS if label.has(Role.LINE) else ()


def _is_whole_year(label: Label) -> bool:
    """2025年支出: nothing but the year stands before the word."""
    return all(word.role in {Role.HINT, Role.DATE, Role.FILLER} for word in label.words) and any(
        word.figure is not None and word.figure.unit in {"年", "年度"} for word in label.words
    )


def _is_single_step(tokens: Sequence[Token], label: Label, form: Form) -> bool:
    """Whether the sentence goes from the original to the adjusted budget by one 追加: then it is the whole.

    A sentence that stops there says the same, unless the form knows of something that was taken off.
    """
    named = {name for token in tokens if token.role is Role.COLUMN for name in token.meaning}
    if not {ORIGINAL, ADJUSTED} & named or sum(token.role is Role.GROSS for token in tokens) != 1:
        return False
    bare = all(word.role in {Role.GROSS, Role.HINT, Role.FILLER} for word in label.words)
    return {ORIGINAL, ADJUSTED} <= named or (
        bare and not any(_is_cut(answer) for answer in form.answers.values())
    )


def _is_cut(answer: Answer[Any]) -> bool:
    return answer.field.key.endswith(ADJUSTMENT) and answer.value is not None and answer.known < 0


def _in_year(columns: tuple[str, ...], year: int) -> tuple[str, ...]:
    """The columns that hold the figures of ``year``."""
    if year == 0:
        return columns
    return (PRIOR,) if year == -1 and {OUTTURN, PRIOR} & set(columns) else ()


def _is_copied(figure: Figure, reference: Reference) -> bool:
    """Whether a figure said to be last year's is this year's to the last of many digits."""
    return len(figure.digits) >= 4 and figure.value == reference.value and figure.claim is Claim.EXACT


def _changes(label: Label, context: Context, form: Form) -> list[Reference]:
    """What 比上年增加 and 比年初预算减少 may mean."""
    if label.has(Role.CELL, Role.INDICATOR):
        return []
    line = label.first(Role.LINE)
    named = line is not None or label.has(Role.COLUMN) or _is_bare_spending(label)
    column = context.column or (OUTTURN if named and context.compared == PRIOR else "")
    if not context.compared or not column or (context.foreign and not line):
        return []
    if context.compared == PRIOR and column != OUTTURN:
        return []
    lines = line.meaning if line else tuple(dict.fromkeys((*context.lines, WHOLE_LINE)))
    references = [each for key in lines for each in of_change(key, column, context.compared, form)]
    return _directed(references, label)


def _unspent(label: Label, context: Context, form: Form) -> list[Reference]:
    """What 结余 may mean: the rest of the line that was spoken of, of the whole, or the year's closing carry-over."""
    line = label.first(Role.LINE)
    if context.year or (context.foreign and not line):
        return []
    lines = line.meaning if line else tuple(dict.fromkeys((*context.lines, WHOLE_LINE)))
    found = [each for key in lines for each in of_unspent(key, form)]
    if WHOLE_LINE in lines:
        found += of_cell("budget.balance.closing_carry_over", form)
    return found


def _base(place: Place, context: Context, form: Form) -> list[Reference]:
    """What 较年初预算3064.90万元 may mean: the figure a change is counted from."""
    if context.foreign or (context.compared == PRIOR and context.column not in {"", OUTTURN}):
        return []
    lines = dict.fromkeys((*context.lines, WHOLE_LINE))
    found = [each for key in lines for each in of_cell(f"{key}.{context.compared}", form)]
    return [replace(each, column="") for each in found if place.figure.unit == MONEY]


def _is_bare_spending(label: Label) -> bool:
    """支出比上年增加: nothing before the word says whose."""
    hint = label.first(Role.HINT)
    return hint is not None and hint.text == "支出" and label.barrier is None


def _directed(references: list[Reference], label: Label) -> list[Reference]:
    """A fall where the label says 增加, and a rise where it says 减少, are not what it means."""
    word = label.first(Role.CHANGE) or label.first(Role.GROSS)
    if word is None:
        return references
    falling = any(sign in word.text for sign in _FALLING)
    return [replace(each, denied="" if each.falling is falling else "增减方向相反") for each in references]


# --- counts and indicators ------------------------------------------------------------------------


def _cells(place: Place, label: Label, cell: Token, context: Context, form: Form) -> list[Reference]:
    partial = _PARTIAL.search(place.before[-30:].replace("其中", ""))
    counted = [word.text for word in label.words if word.role is Role.TOTAL]
    told = cell.meaning[0] not in _ONLY_TOTALS or any(not text.endswith(_IN_PART) for text in counted)
    if context.year or partial or not told:
        return []
    keys = cell.meaning if cell.meaning != (TOTAL_SCORE,) else _score_keys(place.before)
    return [each for key in keys for each in of_cell(key, form)]


def _score_keys(before: str) -> tuple[str, ...]:
    """Whose score it is: the whole's, or that of the part the sentence has come to."""
    if not _PART_SCORES.search(before):
        return (TOTAL_SCORE,)
    return (EXECUTION_SCORE,) if "执行率" in before and not _INDICATOR_SCORES.search(before) else ()


def _indicators(
    place: Place, label: Label, rows: tuple[str, ...], context: Context, form: Form
) -> list[Reference]:
    if context.year or _is_partial(place, rows, form) or place.text.startswith(NEXT_YEAR):
        return []
    named = label.first(Role.INDICATOR)
    if named and named.text in SATISFACTION and _has_other_subject(place.tokens[: place.at]):
        return []
    names = ["target_value"] if _is_target(place, label) else ["actual_value"]
    if place.text in PLANS:
        names = ["target_value", *names]
    return [each for row in rows for name in dict.fromkeys(names) for each in of_measure(row, name, form)]


def _is_partial(place: Place, rows: tuple[str, ...], form: Form) -> bool:
    """Whether what stands before the figure says that it is not that of all; the indicator's own name does not."""
    before = "".join(token.text for token in place.tokens[: place.at] if token.role is not Role.INDICATOR)
    if any("/" in form.answers[f"{row}.measure_unit"].show() for row in rows):
        before = _PER_HEAD.sub("", before)
    if form.district:
        before = before.replace(form.district, "")
    return _PARTIAL.search(before) is not None


def _is_target(place: Place, label: Label) -> bool:
    behind = place.behind
    return label.has(Role.TARGET) or (behind is not None and behind.role is Role.TARGET)


def _is_elided(place: Place, label: Label, context: Context) -> bool:
    """实际完成206期 or 低于95%的目标, behind a clause that named the indicator."""
    said = _is_target(place, label) or any(word.text == "实际" for word in label.words)
    return bool(context.indicators) and said and not label.has(Role.LINE, Role.CELL, Role.COLUMN)


def _named_behind(place: Place, label: Label, context: Context, form: Form) -> list[Reference]:
    """共有18个站点: the label behind the figure, where the words before it say that the whole is meant."""
    name = place.behind
    if name is None or not label.has(Role.TOTAL, Role.CELL):
        return []
    if name.role is Role.INDICATOR:
        return _indicators(place, label, name.meaning, context, form)
    return _cells(place, label, name, context, form) if name.role is Role.CELL else []
