"""Which figures of the form a figure in a sentence may mean.

The label stands before the figure (执行数为3201.25万元) or, where the whole is meant, behind it (共有18个
站点). Every word between the two, and before the label, must be understood: 退休人员经费 is not 人员经费.
Where several cells may be meant, all are kept.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from selfeval_xlsx.checks.lexicon import (
    ADJUSTED,
    ADJUSTMENT,
    ORIGINAL,
    OUTTURN,
    PRIOR,
    WHOLE_LINE,
    Role,
    Token,
)
from selfeval_xlsx.checks.quantities import Form, Reference, of_cell, of_change, of_measure
from selfeval_xlsx.prose import MONEY, PERCENT, Claim, Figure
from selfeval_xlsx.relations import LINES

PLANS = ("goals.plan.content", "overview.goal.overall_goal")
"""Texts that say what is to be done: a figure in them may be a target or an actual."""
NEXT_YEAR = ("issues.",)
"""Texts that speak of what will be done."""

_AMOUNTS = (ORIGINAL, ADJUSTED, OUTTURN)
_WIDER = frozenset({f"{LINES}.basic", f"{LINES}.project", WHOLE_LINE})
"""Lines that may stand before one of their own parts."""
_TERMS = frozenset({Role.LINE, Role.CELL, Role.INDICATOR, Role.COLUMN, Role.GROSS, Role.HINT})
_OTHER_SCOPE = re.compile(
    r"[一二三四1-4]季度|[上下]半年|每|平均|人均|全[县市省国区]|全系统|其他|兄弟|同类|明年|下一?年|首批|占"
)
"""Words by which a figure is not the unit's, or not the whole year's."""
_PARTIAL = re.compile(
    rf"{_OTHER_SCOPE.pattern.removesuffix('|占')}|(?<!\d)(?:[1-9]|1[01])月|生均(?!能耗)|其中|新增|试点|近[一二两三四五]年|[两三四五]年来|以来"
    r"|各|另|部分|期间|邻|上级|抽查|抽取|选取|问题"
)
"""Words by which a count is not that of all."""
_ORGANISATION = re.compile(r"[局厅委会部县市区镇乡校院所站司村家门府办]$")
_FALLING = ("减", "降", "少")
_GRANTING = frozenset({"批复", "下达", "安排"})
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
    def foreign(self) -> bool:
        """Whether it names something of another owner, or more than is known."""
        lines = [word.meaning for word in self.words if word.role is Role.LINE]
        cells = sum(word.role is Role.CELL for word in self.words)
        if len(set(lines)) > 1 and not set(lines[-1]) <= _WIDER:
            return True
        if cells > 1 or (cells and lines):
            return True
        return self.barrier is not None and self._barred(self.barrier)

    def _barred(self, barrier: Token) -> bool:
        if barrier.role is not Role.OTHER:
            return True
        for word in reversed(self.words):
            if word.role is Role.VERB:
                return word.text not in _GRANTING and _ORGANISATION.search(barrier.text) is not None
            if word.role in _TERMS:
                return word.role not in {Role.INDICATOR, Role.LINE} or len(word.text) < _DISTINCTIVE
        return True


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
        if token.role in {Role.OTHER, Role.FIGURE}:
            return Label(tuple(words), token)
        words.append(token)
    return Label(tuple(words))


def meant(place: Place, label: Label, context: Context, form: Form) -> tuple[list[Reference], Context]:
    """All that the figure may refer to, and what the sentence is about from there on."""
    if label.foreign:
        return [], _estranged(place, label, context)
    if label.has(Role.CHANGE):
        return _changes(label, context, form), context
    indicator = label.first(Role.INDICATOR)
    if indicator or _is_elided(place, label, context):
        keys = indicator.meaning if indicator else context.indicators
        return _indicators(place, label, keys, context, form), replace(context, indicators=keys)
    cell = label.first(Role.CELL)
    if cell:
        return _cells(place, label, cell, context, form), replace(context, lines=(), foreign=True)
    references, context = _amounts(place, label, context, form)
    if references or place.figure.unit in {MONEY, PERCENT}:
        return ([] if _OTHER_SCOPE.search(place.clause) else references), context
    return _named_behind(place, label, context, form), context


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
    columns = _columns(place, label, context)
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


def _columns(place: Place, label: Label, context: Context) -> tuple[str, ...]:
    """The columns the label leaves open."""
    line, column, hint = label.first(Role.LINE), label.first(Role.COLUMN), label.first(Role.HINT)
    if column:
        return column.meaning
    if label.has(Role.GROSS):
        return (ADJUSTMENT,) if _is_single_step(place.tokens) else ()
    if line and context.part_column and line.meaning[0].startswith("budget."):
        return (context.part_column,)
    if hint and (line or context.column):
        return hint.meaning
    if line:
        return _AMOUNTS
    return (OUTTURN,) if context.compared == PRIOR and not hint and context.column == OUTTURN else ()


def _is_single_step(tokens: Sequence[Token]) -> bool:
    """Whether the sentence goes from the original to the adjusted budget by one 追加: then it is the whole."""
    named = {name for token in tokens if token.role is Role.COLUMN for name in token.meaning}
    return {ORIGINAL, ADJUSTED} <= named and sum(token.role is Role.GROSS for token in tokens) == 1


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
    line = label.first(Role.LINE)
    named = line is not None or label.has(Role.COLUMN)
    column = context.column or (OUTTURN if named and context.compared == PRIOR else "")
    if not context.compared or not column or (context.foreign and not line):
        return []
    if context.compared == PRIOR and column != OUTTURN:
        return []
    lines = line.meaning if line else tuple(dict.fromkeys((*context.lines, WHOLE_LINE)))
    references = [each for key in lines for each in of_change(key, column, context.compared, form)]
    return _directed(references, label)


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
    told = cell.meaning[0] != "goals.assessment.task_count" or label.has(Role.TOTAL)
    if context.year or partial or not told:
        return []
    return [each for key in cell.meaning for each in of_cell(key, form)]


def _indicators(
    place: Place, label: Label, rows: tuple[str, ...], context: Context, form: Form
) -> list[Reference]:
    if context.year or _PARTIAL.search(place.before) or place.text.startswith(NEXT_YEAR):
        return []
    names = ["target_value"] if _is_target(place, label) else ["actual_value"]
    if place.text in PLANS:
        names = ["target_value", *names]
    return [each for row in rows for name in dict.fromkeys(names) for each in of_measure(row, name, form)]


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
    if name.role is Role.CELL:
        return _cells(place, label, name, context, form)
    if name.text.startswith("项目") and not _PARTIAL.search(place.before):
        return list(of_cell("budget.notes.project_count", form))
    return []
