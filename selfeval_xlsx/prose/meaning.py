"""Which figures of the form a figure in a sentence may mean.

The label stands before the figure (执行数为3201.25万元) or, where the whole is meant, behind it (共有18个
站点). Every word between the two, and before the label, must be understood: 退休人员经费 is not 人员经费.
Where several cells may be meant, all are kept.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from selfeval_xlsx.figures import COMPARATORS, MONEY, PERCENT, Claim, Figure
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.relations import PROJECTS
from selfeval_xlsx.prose.doubt import is_project, names_another_unit
from selfeval_xlsx.prose.implied import derived, directed, is_partial, of_stated_budget, shared_at, shares
from selfeval_xlsx.prose.labels import (
    AMOUNTS,
    DONE,
    LEVELS,
    OTHER_SCOPE,
    PARTIAL,
    WITHIN,
    Context,
    Label,
    Place,
    is_budget,
)
from selfeval_xlsx.prose.quantities import Form, Reference, of_cell, of_measure, of_sum
from selfeval_xlsx.prose.words import (
    ADJUSTED,
    ADJUSTMENT,
    CARRY_OVER,
    EXECUTION_SCORE,
    OFFICE_COUNT,
    ORIGINAL,
    OUTTURN,
    PRIOR,
    PROJECT_COUNT,
    RATE,
    SATISFACTION,
    STAFF,
    TASK_COUNT,
    TOTAL_SCORE,
    WHOLE_LINE,
    Role,
    Token,
)

PLANS = ("goals.plan.content", "overview.goal.overall_goal")
"""Texts that say what is to be done: a figure in them may be a target or an actual."""
NEXT_YEAR = ("issues.",)
"""Texts that speak of what will be done."""
_WHOLE_YEAR = frozenset(
    {"全年", "本年", "本年度", "当年", "年度", "今年", "全年度", "累计", "全年共", "总计", "年末", "年底"}
)
"""Words by which spending is that of the whole year."""
_OFFICES = re.compile("机构|单位|部门|科|股|处|室|学校|办")
"""Nouns that the cells of 下设 count."""
_INDICATOR_SCORES = re.compile("产出|效益|满意|成本|数量|质量|时效")
_YEAR_END = re.compile("12月(?:底|末|31日)")
_ACTUAL = frozenset({"实际", "实际完成值", "实际值"})
_NEW_SUBJECT = frozenset({Role.OTHER, Role.VERB, Role.CELL, Role.INDICATOR, Role.PART, Role.LINE})
_PART_SCORES = re.compile(
    rf"分值|满分|指标(?!值)|(?:目标|完成|实际)值[为=≥≤>]|执行率|{_INDICATOR_SCORES.pattern}"
)
SCORED_BY_OTHERS = re.compile("第三方|专家|考核|复评|抽评|再评价|财政部门|财政局")
"""Words by which a score or a grade is not the one that the unit gave itself."""
_ONLY_TOTALS = frozenset({PROJECT_COUNT, TASK_COUNT})
"""Counts of what a sentence may also speak of singly: only 共 and the like mean them."""


def meant(place: Place, label: Label, context: Context, form: Form) -> tuple[list[Reference], Context]:
    """All that the figure may refer to, and what the sentence is about from there on."""
    if place.is_condition or label.starts_change or (place.is_price and not label.has(Role.INDICATOR)):
        return [], context
    if shared_at(place, label) is not None:
        return shares(place, label, context, form)
    if label.barrier is not None and label.nearest is None and place.figure.unit == PERCENT:
        return of_stated_budget(place, label.barrier, context, form), context
    implied = derived(place, label, context, form)
    if implied is not None:
        return implied, context
    if label.foreign and not place.ends_list_of_offices:
        return _of_topic(place, context, form), _estranged(place, label, context)
    return _stated(place, label, context, form)


def _stated(place: Place, label: Label, context: Context, form: Form) -> tuple[list[Reference], Context]:
    """What the figure may refer to if a cell holds it."""
    indicator, cell = label.first(Role.INDICATOR), label.first(Role.CELL)
    if indicator or _is_elided(place, label, context):
        keys = indicator.meaning if indicator else context.indicators
        return _indicators(place, label, keys, context, form), replace(context, indicators=keys)
    if cell:
        money = not cell.meaning[0].startswith("overview.")
        return _cells(place, label, cell, context, form), replace(
            context, lines=(), foreign=money or context.foreign
        )
    references, context = _amounts(place, label, context, form)
    if not references and context.topic:
        references = _of_topic(place, context, form)
    if not references and place.figure.unit not in {MONEY, PERCENT}:
        references = _named_behind(place, label, context, form)
    elif OTHER_SCOPE.search(place.scope):
        references = []
    return references, context


def _has_other_subject(before: Sequence[Token]) -> bool:
    """Whether figures of something else than an indicator stand before: 办件156件，满意率97.8%."""
    named = any(token.role is Role.INDICATOR and token.text not in SATISFACTION for token in before)
    return not named and any(token.role is Role.FIGURE for token in before)


def _estranged(place: Place, label: Label, context: Context) -> Context:
    """The context behind a figure of something that is not the form's; a level's money is of what was spoken of."""
    if LEVELS.search(place.clause) and not label.has(Role.LINE):
        return context
    line = label.first(Role.LINE)
    if line and is_project(line) and label.has(Role.CELL) and label.barrier is None:
        return replace(context, lines=line.meaning, foreign=False)
    if place.figure.unit == MONEY or label.has(Role.COLUMN, Role.HINT, Role.LINE):
        return replace(context, lines=(), foreign=True, column="")
    return context


def _amounts(place: Place, label: Label, context: Context, form: Form) -> tuple[list[Reference], Context]:
    line = label.first(Role.LINE)
    if line:
        context = replace(context, lines=line.meaning, foreign=False, indicators=())
    columns = _columns(place, label, context, form)
    if place.figure.unit == PERCENT and (OUTTURN in columns or _is_of_budget(label)):
        said = context.column == RATE or label.has(Role.COLUMN, Role.HINT)
        columns = (RATE,) if said else ()
    if not columns and place.is_budget and label.barrier is None:
        columns = place.behind.meaning if place.behind else ()
    if not columns:
        return [], _estranged(place, label, context) if not label.has(Role.GROSS) else context
    if context.foreign and not (context.carried and _is_of_all(label)):
        return [], context
    context = replace(context, foreign=False) if context.foreign else context
    lines = context.lines if line else tuple(dict.fromkeys((*context.lines, WHOLE_LINE)))
    in_year = _in_year(columns, context.year)
    references = [
        reference for key in lines for column in in_year for reference in of_cell(f"{key}.{column}", form)
    ]
    if len(in_year) > 1 and line and len(references) < len(in_year) * len(lines):
        references = _alike(place.figure, lines, references, form)
    references = _likely(place, label, context, in_year, references)
    references += of_sum(lines, in_year, form)
    if CARRY_OVER in lines:
        references += of_cell("budget.balance.opening_carry_over", form)
    if context.year == -1 and not in_year:
        own = [
            reference for key in lines for column in columns for reference in of_cell(f"{key}.{column}", form)
        ]
        references = [
            replace(reference, denied="那是评价年度的数，不是上一年的")
            for reference in own
            if _is_copied(place.figure, reference)
        ]
    return directed(references, label), context


def _likely(
    place: Place, label: Label, context: Context, columns: Sequence[str], references: list[Reference]
) -> list[Reference]:
    """Those of ``references`` that the figure means surely enough.

    Last year's money of a project stands nowhere in the form; money named in a roundabout way may be some of all.
    """
    project = any(key.startswith(PROJECTS) for key in context.lines)
    past = project and tuple(columns) == (PRIOR,) and not label.has(Role.LINE)
    slips = not past and _is_roundabout(place, label, context)
    if not past and not slips:
        return references
    return [
        reference
        for reference in references
        if reference.bears_out(place.figure) or (slips and reference.has_slipped(place.figure))
    ]


def _is_roundabout(place: Place, label: Label, context: Context) -> bool:
    """Whether the project is named by a bracket, before another word or in an earlier clause: the money may be some of all."""
    line = label.first(Role.LINE)
    if line is None:
        paid = label.has(Role.VERB) or (label.has(Role.HINT) and not context.column)
        return paid and not label.has(Role.COLUMN, Role.GROSS) and _goes_on(place, label, context)
    if not is_project(line):
        return False
    between = place.tokens[place.tokens.index(line) : place.at]
    return any(token.role is Role.OTHER or token.text in "）)" for token in between)


def _alike(
    figure: Figure, lines: Sequence[str], references: Sequence[Reference], form: Form
) -> list[Reference]:
    """What the figure says, or is a slip of: it may also be that of a column that is blank."""
    prior = [reference for key in lines for reference in of_cell(f"{key}.{PRIOR}", form)]
    copied = any(reference.value == figure.value for reference in prior)
    return [
        reference
        for reference in references
        if copied or reference.bears_out(figure) or reference.has_slipped(figure)
    ]


def _columns(place: Place, label: Label, context: Context, form: Form) -> tuple[str, ...]:
    """The columns the label leaves open."""
    line, column, hint = label.first(Role.LINE), label.first(Role.COLUMN), label.first(Role.HINT)
    if column:
        return column.meaning
    if label.has(Role.GROSS, Role.ARRIVED) or context.gross:
        return _stepped_to(place, label, context, form)
    if line and context.part_column and line.meaning[0].startswith("budget."):
        return hint.meaning if hint and context.part_column not in hint.meaning else (context.part_column,)
    goes_on = hint is not None and hint.meaning == (OUTTURN,) and _goes_on(place, label, context)
    if hint and (line or context.column or goes_on or _is_whole_year(place, label)):
        return hint.meaning
    if line:
        return AMOUNTS
    paid = label.nearest is not None and label.nearest.text == "支付" and _goes_on(place, label, context)
    grown = context.compared == (PRIOR,) and not hint and context.column == OUTTURN
    return (OUTTURN,) if paid or grown else ()


def _goes_on(place: Place, label: Label, context: Context) -> bool:
    """Whether nothing but a date stands between a project's figure and what was spent: 197万元，截至12月31日，已支付186.98万元."""
    since = itertools.takewhile(
        lambda token: token.role is not Role.FIGURE, reversed(place.tokens[: place.at])
    )
    bare = not any(token.role in _NEW_SUBJECT and token is not label.nearest for token in since)
    project = len(context.lines) == 1 and context.lines[0].startswith(PROJECTS)
    return bare and project and not context.foreign and place.follows_figure


def _is_of_all(label: Label) -> bool:
    """本年支出合计: whatever the sentence before spoke of, this one speaks of all."""
    column = label.first(Role.COLUMN)
    return column is not None and ("合计" in column.text or "总" in column.text)


def _is_of_budget(label: Label) -> bool:
    """预算已执行98.66%."""
    hints = [word for word in label.words if word.role is Role.HINT]
    return label.barrier is None and any(is_budget(word) for word in hints) and not all(map(is_budget, hints))


def _stepped_to(place: Place, label: Label, context: Context, form: Form) -> tuple[str, ...]:
    """The column of a step from the original to the adjusted budget, or of where it ends."""
    arrived, hint = label.first(Role.ARRIVED), label.first(Role.HINT)
    if arrived is None:
        return (ADJUSTMENT,) if _is_single_step(place.tokens, label, context.lines, form) else ()
    budgets = context.column == ORIGINAL or (hint is not None and ADJUSTED in hint.meaning)
    if budgets and arrived.text.startswith("调整"):
        return (ADJUSTED,)
    return AMOUNTS if label.has(Role.LINE) else ()


def _is_whole_year(place: Place, label: Label) -> bool:
    """2025年支出, 本年累计列支: nothing but the year stands before the word."""
    if names_another_unit(place):
        return False
    dated = any(
        word.text in _WHOLE_YEAR or (word.figure is not None and word.figure.unit in {"年", "年度"})
        for word in label.words
    )
    bare = all(word.role in {Role.HINT, Role.DATE, Role.FILLER, Role.TOTAL} for word in label.words)
    return bare and (dated or _YEAR_END.search(place.clause) is not None)


def _is_single_step(tokens: Sequence[Token], label: Label, lines: Sequence[str], form: Form) -> bool:
    """Whether the sentence goes from the original to the adjusted budget by one 追加: then it is the whole.

    A sentence that stops there says the same, unless the form knows of something that was taken off.
    """
    named = {name for token in tokens if token.role is Role.COLUMN for name in token.meaning}
    if not {ORIGINAL, ADJUSTED} & named or sum(token.role is Role.GROSS for token in tokens) != 1:
        return False
    if {ORIGINAL, ADJUSTED} <= named:
        return True
    bare = all(word.role in {Role.GROSS, Role.HINT, Role.FILLER} for word in label.words)
    single = any(key.startswith(PROJECTS) for key in lines)
    return bare and (single or not any(_is_cut(answer) for answer in form.answers.values()))


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


def _cells(place: Place, label: Label, cell: Token, context: Context, form: Form) -> list[Reference]:
    partial = PARTIAL.search(place.scope.replace("其中", "").replace(cell.text, ""))
    counted = [word.text for word in label.words if word.role is Role.TOTAL]
    told = cell.meaning[0] not in _ONLY_TOTALS or any(not text.endswith(DONE) for text in counted)
    if context.year or partial or not told or _counts_others(place, cell):
        return []
    keys = cell.meaning if cell.meaning != (TOTAL_SCORE,) else _score_keys(place.before)
    if cell.meaning == (f"{STAFF}.total.staff_in_post",):
        keys = _posts_filled(place, cell, context)
    if cell.text == "下设" and WITHIN.match(place.noun_behind):
        keys = keys[:1]
    return [reference for key in keys for reference in of_cell(key, form)]


def _posts_filled(place: Place, cell: Token, context: Context) -> tuple[str, ...]:
    """Whose 实有 it is: behind 事业编制158人 alone, of those posts or of all; of none where the posts are not the form's."""
    posts: list[str] = []
    for token in itertools.takewhile(lambda token: token is not cell, place.tokens):
        if token.meaning == cell.meaning or token.text in "；;":
            posts = []
        elif token.role is Role.CELL and token.meaning[0].endswith(".authorised_posts"):
            posts += token.meaning
    if cell.text != "实有" and (len(posts) != 1 or posts[0].startswith(f"{STAFF}.total")):
        return cell.meaning
    stated = context.latest is not None and [context.latest.answers[0].field.key] == posts
    return (posts[0].replace("authorised_posts", "staff_in_post"), *cell.meaning) if stated else ()


def _counts_others(place: Place, cell: Token) -> bool:
    """下设17个中队: the noun behind the figure is none that the cell counts."""
    behind = place.behind
    if cell.text != "下设" or behind is None or behind.role is not Role.OTHER:
        return False
    return _OFFICES.search(place.noun_behind) is None


def _score_keys(before: str) -> tuple[str, ...]:
    """Whose score it is: the whole's, or that of the part the sentence has come to; none that others gave."""
    if SCORED_BY_OTHERS.search(before):
        return ()
    if not _PART_SCORES.search(before):
        return (TOTAL_SCORE,)
    return (EXECUTION_SCORE,) if "执行率" in before and not _INDICATOR_SCORES.search(before) else ()


def _indicators(
    place: Place, label: Label, rows: tuple[str, ...], context: Context, form: Form
) -> list[Reference]:
    if context.year or is_partial(place, rows, form) or place.text.startswith(NEXT_YEAR):
        return []
    named = label.first(Role.INDICATOR)
    whose = sum(word.role is Role.INDICATOR for word in label.words) > 1
    if named and named.text in SATISFACTION and (whose or _has_other_subject(place.tokens[: place.at])):
        return []
    names = ["target_value"] if _is_target(place, label) or _is_planned(label) else ["actual_value"]
    aim = label.first(Role.TARGET)
    aimed = (place.is_aimed or place.figure.text[0] in "≥≤") and not (aim and aim.text.endswith("指标值"))
    if place.text in PLANS or place.stands_in_row or aimed:
        names = ["target_value", "actual_value"]
    rows = rows if named else tuple(row for row in rows if _is_counted_in(row, place.figure.unit, form))
    found = [
        reference
        for row in rows
        for name in dict.fromkeys(names)
        for reference in of_measure(row, name, form)
    ]
    if place.precedes_actual and not any(reference.bears_out(place.figure) for reference in found):
        targets = [reference for row in rows for reference in of_measure(row, "target_value", form)]
        found = [reference for reference in targets if reference.bears_out(place.figure)] or found
    return found


def _of_topic(place: Place, context: Context, form: Form) -> list[Reference]:
    """What 共办206期 may mean in the text of a goal: the indicator it is about, where little else is said."""
    before = place.tokens[: place.at]
    clause = [token for token in before if token.start >= len(place.before) - len(place.clause)]
    strange = {character for token in before if token.role is Role.OTHER for character in token.text}
    rows = [
        row
        for row in context.topic
        if _is_counted_in(row, place.figure.unit, form)
        and len(strange - set(form.answers[f"{row}.level3"].show())) <= 1
    ]
    whole = any(
        token.role is Role.TOTAL or token.text in _WHOLE_YEAR or token.text == "实际" for token in clause
    )
    if len(rows) != 1 or not whole or context.year or is_partial(place, tuple(rows), form):
        return []
    return [
        reference
        for name in ("actual_value", "target_value")
        for reference in of_measure(rows[0], name, form)
    ]


def _is_counted_in(row: str, unit: str, form: Form) -> bool:
    """Whether the unit is the indicator's own, and not only one that is used in its place."""
    own = form.answers[f"{row}.measure_unit"].show()
    return unit in own if own else unit == PERCENT


def _is_target(place: Place, label: Label) -> bool:
    return (
        label.has(Role.TARGET)
        or place.is_target
        or place.figure.text.startswith(COMPARATORS)
        or any(word.text.endswith("目标") for word in label.words)
    )


def _is_planned(label: Label) -> bool:
    """实训设备采购预算: the budget of an indicator is its target."""
    word = label.first(Role.HINT) or label.first(Role.COLUMN)
    return word is not None and is_budget(word)


def _is_elided(place: Place, label: Label, context: Context) -> bool:
    """实际完成206期 or 低于95%的目标, behind a clause that named the indicator."""
    said = _is_target(place, label) or any(word.text in _ACTUAL for word in label.words)
    said = said or (label.barrier is None and any(word.text in DONE for word in label.words))
    return bool(context.indicators) and said and not label.has(Role.LINE, Role.CELL, Role.COLUMN)


def _named_behind(place: Place, label: Label, context: Context, form: Form) -> list[Reference]:
    """共有18个站点: the label behind the figure, where the words before it say that the whole is meant."""
    name = place.behind
    if place.ends_list_of_offices:
        return list(of_cell(OFFICE_COUNT, form))
    sets_up = any(word.role is Role.VERB and word.text.startswith("设") for word in label.words)
    done = name is not None and name.role is Role.INDICATOR and _is_its_verb(label, name, form)
    if name is None or not (label.has(Role.TOTAL, Role.CELL) or sets_up or done):
        return []
    if name.role is Role.INDICATOR:
        return _indicators(place, label, name.meaning, context, form)
    return _cells(place, label, name, context, form) if name.role is Role.CELL else []


def _is_its_verb(label: Label, name: Token, form: Form) -> bool:
    """已带动14户贫困户, of 带动贫困户数: nothing stands before the figure but what the indicator's own name says."""
    said = "".join(word.text for word in label.words if word.role is not Role.FILLER)
    said += label.barrier.text if label.barrier else ""
    own = {character for row in name.meaning for character in form.answers[f"{row}.level3"].show()}
    return set(said) <= own | set("已共新计了、")
