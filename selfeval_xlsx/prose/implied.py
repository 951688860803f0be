"""Figures that two cells of the form imply: changes, rests, shares, and how far an actual is from its target."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from selfeval_xlsx.amounts import HUNDRED
from selfeval_xlsx.figures import MONEY, PERCENT
from selfeval_xlsx.form.relations import LINES, PROJECTS
from selfeval_xlsx.prose.labels import AMOUNTS, PARTIAL, Context, Label, Place, is_budget, label_before
from selfeval_xlsx.prose.quantities import (
    Form,
    Reference,
    of_attainment,
    of_cell,
    of_change,
    of_measure,
    of_share,
    of_sum,
    of_unspent,
)
from selfeval_xlsx.prose.words import ORIGINAL, OUTTURN, PRIOR, RATE, WHOLE_LINE, Role, Token

_PER_HEAD = re.compile("每生每学?年|每人每[年月]")
_FALLING = ("减", "降", "少", "低", "压", "节", "回落")
_BEYOND = ("超", "高于")
_ROWS = (LINES, "budget.sources", "budget.official", PROJECTS)
"""Where the lines stand that make up the whole."""
_DONE = frozenset({"完成", "达到", "完成了", "为", "仅为"})


def derived(place: Place, label: Label, context: Context, form: Form) -> list[Reference] | None:
    """What the figure may refer to if it is what two cells imply: a rest, a change, or where that starts."""
    beyond = _is_beyond_target(label) and not label.has(Role.LINE, Role.CELL, Role.COLUMN)
    if beyond or (
        label.has(Role.EXCESS, Role.ATTAINED) and not place.is_target and not label.has(Role.COMPARED)
    ):
        return (_of_either if beyond else against_target)(place, label, context, form)
    if label.foreign and not (label.follows_base and context.compared):
        return None
    if label.has(Role.UNSPENT) or _is_left(place, label, context):
        return _unspent(label, context, form)
    if label.has(Role.CHANGE, Role.EXCESS):
        named = label.first(Role.INDICATOR)
        return (
            None if named and _measures_change(named.meaning, form) else _changes(place, label, context, form)
        )
    if label.nearest is not None and (label.nearest.role is Role.COMPARED or _is_of_last_year(label)):
        return _base(place, context, form)
    return None


def _is_beyond_target(label: Label) -> bool:
    """超目标15人, 高于目标值4.2个百分点."""
    word = label.nearest
    return word is not None and word.role is Role.TARGET and word.text.startswith(_BEYOND)


def _of_either(place: Place, label: Label, context: Context, form: Form) -> list[Reference]:
    """How far an actual is beyond its target, or, in 超过目标值95%, the target itself."""
    named = label.first(Role.INDICATOR)
    rows = named.meaning if named else context.indicators
    targets = [reference for row in rows for reference in of_measure(row, "target_value", form)]
    found = [*against_target(place, label, context, form), *targets]
    return [reference for reference in found if reference.bears_out(place.figure)] or found[:1]


def _is_of_last_year(label: Label) -> bool:
    """比上年累计支出2,870万元有所增加: the figure is last year's."""
    compared = label.first(Role.COMPARED)
    return compared is not None and compared.meaning == (PRIOR,) and not label.has(Role.LINE, Role.SHARE)


def _is_left(place: Place, label: Label, context: Context) -> bool:
    """还有23.04万元没有花完, behind a figure of the budget."""
    left = place.behind is not None and place.behind.role is Role.UNSPENT
    return left and label.nearest is None and bool(context.column) and not PARTIAL.search(place.scope)


def _measures_change(rows: tuple[str, ...], form: Form) -> bool:
    """生均能耗下降率: 生均能耗下降2.4% says its actual."""
    return any(
        re.search("[降增长低高升减](?:率|幅度)$", form.answers[f"{row}.level3"].show()) for row in rows
    )


def _changes(place: Place, label: Label, context: Context, form: Form) -> list[Reference]:
    """What 比上年增加 and 比年初预算减少 may mean; the form holds no budget of the year before."""
    line, hint = label.first(Role.LINE), label.first(Role.HINT)
    since = context.compared
    if label.has(Role.CELL, Role.INDICATOR) or (since == (PRIOR,) and hint is not None and is_budget(hint)):
        return []
    if not line and since == (PRIOR,) and not context.column and (rows := _looked_back_on(context)):
        return directed(
            [reference for row in rows for reference in of_change(row, OUTTURN, PRIOR, form)], label
        )
    named = line is not None or label.has(Role.COLUMN) or _is_bare_spending(label)
    column = context.column or (OUTTURN if named and ORIGINAL not in since else "")
    lines = line.meaning if line else tuple(dict.fromkeys((*context.lines, WHOLE_LINE)))
    official = sum(key.startswith("budget.official") for key in lines)
    if since == (ORIGINAL,) and not column and official:
        column = OUTTURN
    if not since or column in {"", RATE} or (context.foreign and not line):
        return []
    of_another = context.stray and not line and not label.has_subject
    of_another = of_another and not (official and since == (ORIGINAL,))
    if of_another or (since == (PRIOR,) and column != OUTTURN) or column in since:
        return []
    references = [
        (key, reference)
        for key in lines
        for then in since
        for reference in of_change(key, column, then, form)
    ]
    found = directed([reference for _, reference in references], label)
    figure = place.figure
    if official > 1:
        return [
            reference for reference in found if reference.bears_out(figure) or reference.has_slipped(figure)
        ]
    unsure = _is_of_a_part(label, context) and all(key == WHOLE_LINE for key, _ in references)
    return [reference for reference in found if not unsure or reference.bears_out(figure)]


def _is_of_a_part(label: Label, context: Context) -> bool:
    """Whether the figure that the change is of was that of a line, and not of the whole."""
    latest = [answer.field.key for answer in context.latest.answers[:1]] if context.latest else context.lines
    named = label.has(Role.LINE) or label.has_subject
    return not named and any(row.startswith(_ROWS) and not row.startswith(WHOLE_LINE) for row in latest)


def _looked_back_on(context: Context) -> tuple[str, ...]:
    """The row whose outturn of the year before, or its change since, was just stated: 比上年2,870万元增加120万元."""
    keys = [answer.field.key for answer in context.latest.answers] if context.latest else []
    return tuple(key.removesuffix(f".{PRIOR}") for key in keys if key.endswith(f".{PRIOR}"))


def _unspent(label: Label, context: Context, form: Form) -> list[Reference]:
    """What 结余 may mean: the rest of the line that was spoken of, of the whole, or the year's closing carry-over."""
    line = label.first(Role.LINE)
    if context.year or (context.foreign and not line):
        return []
    lines = line.meaning if line else tuple(dict.fromkeys((*context.lines, WHOLE_LINE)))
    found = [reference for key in lines for reference in of_unspent(key, form)]
    if WHOLE_LINE in lines:
        found += of_cell("budget.balance.closing_carry_over", form)
    return found


def _base(place: Place, context: Context, form: Form) -> list[Reference]:
    """What 较年初预算3064.90万元 may mean: the figure a change is counted from."""
    if context.foreign or (PRIOR in context.compared and context.column not in {"", OUTTURN}):
        return []
    found = [
        reference
        for key in _spoken_of(context)
        for then in context.compared
        for reference in of_cell(f"{key}.{then}", form)
    ]
    return [replace(reference, column="") for reference in found if place.figure.unit == MONEY]


def _spoken_of(context: Context) -> tuple[str, ...]:
    """The rows that a comparison without a subject may be of: the last ones named, what they are parts of, and the whole."""
    above = (whole for row in context.lines for whole in _above(row))
    return tuple(dict.fromkeys((*context.lines, *above, WHOLE_LINE)))


def _is_bare_spending(label: Label) -> bool:
    """支出比上年增加: nothing before the word says whose."""
    hint = label.first(Role.HINT)
    return hint is not None and hint.text == "支出" and label.barrier is None


def directed(references: list[Reference], label: Label) -> list[Reference]:
    """A fall where the label says 增加, and a rise where it says 减少, are not what it means."""
    word = label.first(Role.CHANGE) or label.first(Role.GROSS) or label.first(Role.EXCESS)
    if word is None or "差" in word.text:
        return references
    falling = any(sign in word.text for sign in _FALLING)
    return [
        replace(
            reference, denied="" if reference.falling is falling or not reference.value else "增减方向相反"
        )
        for reference in references
    ]


def shares(place: Place, label: Label, context: Context, form: Form) -> tuple[list[Reference], Context]:
    """What 占总支出的66.53% may mean: the figure before it, or the line before 占, as a part of what stands behind 占."""
    at = shared_at(place, label) or 0
    named, owner = Label(label.words[:at]), Label(label.words[at + 1 :], label.barrier)
    part, done = owner.first(Role.LINE), label.words[at].role is not Role.SHARE
    own = part.meaning if part else context.lines
    of_budget = any(is_budget(word) for word in named.words if word.role in {Role.COLUMN, Role.HINT})
    wholes = _wholes(named, (*own, WHOLE_LINE) if done or of_budget else (WHOLE_LINE,)) or context.wholes
    context = replace(context, wholes=wholes)
    if named.has(Role.INDICATOR, Role.CELL, Role.TARGET):
        return [], context
    if part and not owner.foreign:
        pairs = [
            (f"{row}.{OUTTURN if done else key.rpartition('.')[2]}", key)
            for row in part.meaning
            for key in wholes
        ]
        found = [(one, of) for cell, key in pairs for one in of_cell(cell, form) for of in of_cell(key, form)]
    elif context.latest and owner.nearest is None and place.follows_figure:
        found = [(context.latest, of) for key in wholes for of in of_cell(key, form)]
        if done:
            found += [(context.latest, of) for of in _own_sum(context.latest, wholes, form)]
        if not named.words:
            found += [(context.latest, of) for of in _wholes_above(context.latest, form)]
        if done:
            spent = [reference for row in context.lines for reference in of_cell(f"{row}.{OUTTURN}", form)]
            found += [(one, of) for one in spent for key in wholes for of in of_cell(key, form)]
            found = [
                (one, of) for one, of in found if _is_of_one_row(one, of) or _bears_out(place, one, of, form)
            ]
        if context.whole and not named.words and MONEY in context.whole.units:
            found.insert(0, (context.latest, context.whole))
    else:
        found = []
    return [reference for one, of in found for reference in of_share(one, of, form)], context


def of_stated_budget(place: Place, before: Token, context: Context, form: Form) -> list[Reference]:
    """支出22.59万元，完成预算43.2万元的52.3%: the outturn that was stated, of the same line as the budget ``before`` the figure."""
    at = place.tokens.index(before)
    if not before.figure or not label_before(place.tokens, at).sets_bound or context.latest is None:
        return []
    spent = next((token.figure for token in reversed(place.tokens[:at]) if token.role is Role.FIGURE), None)
    row = context.latest.answers[0].field.key.rpartition(".")[0]
    done = [
        reference for reference in of_cell(f"{row}.{OUTTURN}", form) if spent and reference.bears_out(spent)
    ]
    return [reference for one in done for reference in of_share(one, context.latest, form)]


def _own_sum(part: Reference, wholes: Sequence[str], form: Form) -> list[Reference]:
    """公务用车购置及运行维护费37.35万元，完成预算的71.28%: the budgets of the two lines whose outturn was just added up."""
    rows = tuple(answer.field.key.rpartition(".")[0] for answer in part.answers)
    if len(set(rows)) < 2:
        return []
    return list(of_sum(rows, tuple(dict.fromkeys(key.rpartition(".")[2] for key in wholes)), form))


def _wholes_above(part: Reference, form: Form) -> list[Reference]:
    """What the part is a part of, in every column that holds its value for the same line."""
    row = part.answers[0].field.key.rpartition(".")[0]
    columns = [
        name for name in AMOUNTS if any(one.value == part.value for one in of_cell(f"{row}.{name}", form))
    ]
    return [of for key in _above(row) for name in columns for of in of_cell(f"{key}.{name}", form)]


def _is_of_one_row(one: Reference, of: Reference) -> bool:
    """Whether what was done is of the same line as the budget it is counted from."""
    rows = [{answer.field.key.rpartition(".")[0] for answer in reference.answers} for reference in (one, of)]
    return rows[0] == rows[1]


def _bears_out(place: Place, one: Reference, of: Reference, form: Form) -> bool:
    return any(reference.bears_out(place.figure) for reference in of_share(one, of, form))


def _above(row: str) -> Iterator[str]:
    """The rows that the row is a part of, but for the whole."""
    table, _, line = row.rpartition(".")
    if table == "budget.official":
        yield f"{table}.total"
    elif line in {"personnel", "operating"}:
        yield f"{table}.basic"
    elif table == PROJECTS:
        yield f"{LINES}.project"


def shared_at(place: Place, label: Label) -> int | None:
    """Where 占 stands in the label of a percentage, or 完成 before a budget: 完成全年预算的98.66%."""
    if place.figure.unit != PERCENT:
        return None
    for at, word in enumerate(label.words):
        if word.role is Role.SHARE:
            return at
        if word.text in _DONE and place.figure.unit == PERCENT:
            of = label.words[at - 1] if at else None
            return at if of is not None and of.role in {Role.COLUMN, Role.HINT} and is_budget(of) else None
    return None


def _wholes(named: Label, rows: tuple[str, ...]) -> tuple[str, ...]:
    """The cells that 占 may count the part from, by the words behind it, which may leave the row open."""
    line, column = named.first(Role.LINE), named.first(Role.COLUMN) or named.first(Role.HINT)
    if not line and not column:
        return ()
    columns = column.meaning if column else AMOUNTS
    return tuple(f"{row}.{name}" for row in (line.meaning if line else rows) for name in columns)


def against_target(place: Place, label: Label, context: Context, form: Form) -> list[Reference]:
    """What 超额216人次, 高于目标1.8个百分点 and 完成率104.32% may mean: an actual beside its target; 100% may say "all of it"."""
    named = label.first(Role.INDICATOR)
    rows = named.meaning if named else context.indicators
    aimed = label.has(Role.ATTAINED) or any(
        token.role is Role.TARGET or token.text.startswith("超额") for token in place.tokens[: place.at]
    )
    stray = label.barrier is not None and label.barrier.role is Role.OTHER
    if context.year or context.mistaken or not aimed or stray or is_partial(place, rows, form):
        return []
    attained = label.has(Role.ATTAINED)
    found = [reference for row in rows for reference in of_attainment(row, form, attained=attained)]
    capped = attained and place.figure.value == HUNDRED
    return [reference for reference in found if not (capped and reference.value > HUNDRED)]


def is_partial(place: Place, rows: tuple[str, ...], form: Form) -> bool:
    """Whether what stands before the figure says that it is not that of all; the indicator's own name does not."""
    before = "".join(token.text for token in place.in_scope if token.role is not Role.INDICATOR)
    if any("/" in form.answers[f"{row}.measure_unit"].show() for row in rows):
        before = _PER_HEAD.sub("", before)
    if form.district:
        before = before.replace(form.district, "")
    return PARTIAL.search(before) is not None
