"""IND01–IND08: do weights and points fit together, and do the points make total and grade? (relations I1–I7)"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from selfeval_xlsx.amounts import HUNDRED, POINT_PLACES, Agreement, Comparison, plain, rounded
from selfeval_xlsx.checks.relations import REMARKS, asks, is_zero
from selfeval_xlsx.checks.rule import (
    ADVICE,
    QUALITY,
    VALIDITY,
    Case,
    asks_for_reason,
    cells,
    columns,
    error,
    failure,
    figures,
    finding,
    mismatch,
    note,
    rule,
    rules_among,
    warning,
)
from selfeval_xlsx.findings import AT_MOST, Finding, Severity
from selfeval_xlsx.form import scoring
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import QUALITATIVE, Indicator
from selfeval_xlsx.form.relation_kinds import Relation
from selfeval_xlsx.form.rulebook import Rulebook


def indicator_rows(case: Case) -> Sequence[Indicator]:
    """The rows of the indicators."""
    return case.evaluation.goals.indicators


def named(row: Indicator) -> str:
    """The row's indicator, for messages."""
    return f"“{row.level3.raw}”" if row.level3.raw else "这一行"


def _miss(rulebook: Rulebook) -> str:
    return f"尾差不超过 {plain(rulebook.scoring.rounding)} 分"


def _typed(case: Case) -> Iterable[Indicator]:
    """Rows whose points were typed; computed ones hold by themselves."""
    return [row for row in indicator_rows(case) if row.score.stated and not row.score.computed]


# --- weights --------------------------------------------------------------------------------------


@asks(
    "IND01",
    "I1",
    "核对各指标分值；每个指标都要有分值",
    needs=lambda *_: [],
    threshold=lambda rulebook: f"满分 {plain(rulebook.scoring.full_score)} 分",
)
def weights_make_the_full_score(relation: Relation, case: Case) -> Iterator[Finding]:
    """The weights make up the full score; where one is stated, all are. None at all: the unit does not score."""
    execution, *weights = figures(relation, case)
    stated, blank = ([weight for weight in weights if weight.stated is known] for known in (True, False))
    if not stated or any(weight.problem for weight in (*weights, execution)):
        return
    if blank:
        message = f"没有分值，而其他指标有分值（共 {len(blank)} 行没有填）"
        yield error(blank, message, f"请补填 {cells(blank)}")
    elif held := failure(relation, case):
        total, full = plain(held.stated), plain(held.expected)
        message = f"各指标分值连同预算执行率分值 {execution.show()} 合计 {total}，不等于满分 {full}"
        ends = f"{stated[0].ref.coordinate} 至 {stated[-1].ref.coordinate}"
        hint = f"请核对 {execution.ref.coordinate} 和 {ends} 的分值"
        yield error([execution, *stated], message, hint, found=total, expected=full)


@rule(
    "IND02",
    "各一级指标的分值符合规定",
    ADVICE,
    "I1",
    "核对分值，或由维护人员修改口径",
    threshold=lambda rulebook: (
        "、".join(f"{name} {plain(weight)} 分" for name, weight in rulebook.scoring.level_weights.items())
        or "不核对"
    ),
)
def level_weights_are_kept(case: Case, _: Case) -> Iterator[Finding]:
    """The weights of each first level add up to what the rulebook sets; cost may stand below outputs.

    Silent where the rulebook's weights cannot be the district's: where execution has another weight than
    they leave for it, where the rows do not name the second level on which the prescribed scheme rests, or
    where they name first levels of another scheme.
    """
    rows, weights = indicator_rows(case), case.rulebook.scoring.level_weights
    if not rows or not _scheme_applies(rows, case):
        return
    prescribed = [name for name, weight in weights.items() if weight]
    for level in dict.fromkeys([row.level1.known for row in rows] + prescribed):
        own = [row.weight for row in rows if row.level1.known == level]
        total, wanted = sum((weight.known for weight in own), Decimal(0)), weights.get(level, Decimal(0))
        shown = f"{plain(wanted)} 分" if level in weights else "没有规定分值"
        expected = plain(wanted)
        if not own:
            message, hint = f"没有一行{level}，口径规定 {shown}", f"请补填{level}，或核对各行的一级指标"
            yield warning([rows[0].level1], message, hint, found="0", expected=expected)
        elif total != wanted:
            message = f"{level}分值合计 {plain(total)}，口径规定 {shown}"
            yield warning(own, message, f"请核对 {cells(own)}", found=plain(total), expected=expected)


def _scheme_applies(rows: Iterable[Indicator], case: Case) -> bool:
    """Whether the rulebook's weights of the first levels can be those that the unit was given."""
    limits, stated = case.rulebook.scoring, case.evaluation.goals.assessment.execution_weight
    execution = limits.execution_weight if stated.value is None else stated.value
    left = limits.full_score - sum(limits.level_weights.values(), Decimal(0))
    named_all = all(row.level1.stated and row.level2.stated and row.weight.stated for row in rows)
    is_own = all(row.level1.value in limits.levels for row in rows)
    return bool(limits.level_weights) and named_all and is_own and execution == left


# --- points ---------------------------------------------------------------------------------------


@rule(
    "IND03",
    "得分不超过分值",
    VALIDITY,
    "I2",
    "核对得分和分值有没有填反",
    subjects=_typed,
    needs=columns("weight"),
)
def points_lie_within_the_weight(row: Indicator, _: Case) -> Iterator[Finding]:
    """0 ≤ score ≤ weight; a negative score is no score at all."""
    if row.score.known > row.weight.known:
        message = f"{named(row)}得分 {row.score.show()}，超过分值 {row.weight.show()}"
        expected = f"{AT_MOST}{row.weight.show()}"
        yield mismatch(Severity.ERROR, [row.score, row.weight], message, expected=expected)


def _off(at: list[Answer[Any]], message: str, hint: str, held: Comparison) -> Finding:
    """Points that differ from what they are computed from: a note within the rounding of points."""
    severity, remark = REMARKS[held.agreement]
    message = f"{message}，相差 {plain(abs(held.difference))}{remark}"
    return finding(severity, at, message, hint, found=plain(held.stated), expected=plain(held.expected))


@asks(
    "IND04",
    "I3",
    "核对执行率得分，或清空由系统计算",
    threshold=lambda rulebook: (
        "分母："
        + {"adjusted": "调整后预算", "original": "年初预算"}[rulebook.scoring.execution_denominator]
        + f"；{_miss(rulebook)}"
    ),
)
def execution_points_follow(relation: Relation, case: Case) -> Iterator[Finding]:
    """The points for execution are the weight's share that the rate says."""
    score, weight, *_, whole = figures(relation, case)
    held = failure(relation, case)
    if held is not None and not is_zero(whole):
        at = [score, weight, case.evaluation.budget.lines.total.execution_rate]
        message = f"填报 {score.show()}，按 分值 {weight.show()} × 执行率 应为 {plain(held.expected)}"
        hint = f"请核对 {cells([score, weight])}，或清空 {score.ref.coordinate} 由系统计算"
        yield _off(at, message, hint, held)


def _earned(row: Indicator, case: Case) -> Comparison | None:
    """Typed points held against those that the row's actual earns; None where these are the same, or do not follow."""
    expected, score = scoring.score_of(row, case.rulebook.scoring), row.score.value
    if expected is None or score is None or row.score.computed or score == expected:
        return None
    near = abs(score - expected) <= case.rulebook.scoring.rounding
    return Comparison(Agreement.ROUNDING if near else Agreement.BROKEN, score, expected)


def are_not_earned(row: Indicator, case: Case) -> bool:
    """Whether others were typed than the points that the row's actual earns, rounding aside: of them IND05 speaks."""
    held = _earned(row, case)
    return held is not None and held.agreement is Agreement.BROKEN and held.stated <= row.weight.known


@rule(
    "IND05",
    "定量指标得分按完成值计算",
    QUALITY,
    "I4",
    "核对完成值和得分；按别的办法计分的，填写评分标准，或在偏差原因中说明",
    subjects=lambda case: [row for row in _typed(case) if scoring.is_quantitative(row)],
    needs=columns("weight"),
    threshold=lambda rulebook: (
        "反向指标："
        + {"linear": "分值×(1−(完成值−指标值)÷指标值)", "ratio": "分值×指标值÷完成值"}[
            rulebook.scoring.reverse_rule
        ]
        + f"；{_miss(rulebook)}"
    ),
)
def points_follow_the_actual(row: Indicator, case: Case) -> Iterator[Finding]:
    """Points other than the actual earns, more or fewer, are an error.

    Not so where the reason stands beside them, or the standard by which they are given.
    """
    held = _earned(row, case)
    if held is None or held.stated > row.weight.known:
        return
    at: list[Answer[Any]] = [row.score, row.actual_value, row.target_value, row.weight]
    done = "已完成" if scoring.is_met(row) else "未完成"
    message = f"{named(row)}{done}，得分填 {row.score.show()}，按完成值计算应为 {plain(held.expected)}"
    reason, standard = row.deviation_reason, row.scoring_standard
    if reason.stated and are_not_earned(row, case):
        yield asks_for_reason(at, message, reason)
    elif standard.stated:
        yield _by_own_standard(at, message, standard)
    else:
        is_lost = standard.field.key in case.evaluation.source.lost_keys
        beside = "" if is_lost else f"或 {standard.ref.coordinate} {standard.field.head}"
        hint = (
            f"请核对 {cells(at)}，或清空 {row.score.ref.coordinate} 由系统计算；"
            f"按别的办法计分的，在 {reason.ref.coordinate}{beside} 说明"
        )
        yield _off(at, message, hint, held)


def _by_own_standard(at: list[Answer[Any]], message: str, standard: Answer[str]) -> Finding:
    """Points given by the row's own standard, which only people can apply."""
    return note(at, f"{message}；以 {standard.ref} 的评分标准为准，请人工核对", found=at[0].show())


@rule(
    "IND06",
    "定性指标得分在所选类别的范围内",
    VALIDITY,
    "I5",
    "核对达成类别和得分",
    subjects=lambda case: [row for row in _typed(case) if row.comparator.value == QUALITATIVE],
    needs=columns("weight"),
    threshold=lambda rulebook: "、".join(
        f"{name}不低于分值的 {plain(low)}%" for name, low in rulebook.scoring.classes.items()
    ),
)
def qualitative_points_lie_in_their_band(row: Indicator, case: Case) -> Iterator[Finding]:
    """The points of a qualitative row lie in the band of its class; where none is chosen, it follows from them."""
    bounds, score, weight = case.rulebook.scoring.classes, row.score.known, row.weight.known
    names, chosen = list(bounds), row.attainment.value
    if chosen is None or chosen not in bounds or score > weight:
        return  # of those FIL02 and IND03 speak
    own = names.index(chosen)
    low = weight * bounds[chosen] / HUNDRED
    high = weight * bounds[names[own - 1]] / HUNDRED if own else weight
    if score < min(low, _points(low)) or (own and _reaches(score, high)):
        limit = f"{plain(low)} 至 {plain(high)}{'（不含）' if own else ''}"
        at: list[Answer[Any]] = [row.score, row.attainment, row.weight]
        message = f"{named(row)}选“{chosen}”，得分 {row.score.show()}，应在 {limit} 之间"
        if row.scoring_standard.stated:
            yield _by_own_standard(at, message, row.scoring_standard)
        else:
            yield error(at, message, f"请核对 {cells(at[:2])}", found=row.score.show(), expected=limit)


def _reaches(score: Decimal, high: Decimal) -> bool:
    """Whether a printed score has left the band below ``high``; 0.008 is printed as 0.01 all the same."""
    return score == high or score > max(high, _points(high))


def _points(value: Decimal) -> Decimal:
    return rounded(value, POINT_PLACES)


def _total_and_points(relation: Relation, case: Case) -> Iterable[Answer[Any]]:
    """What the total needs; of what is missing the points are named first."""
    total, execution, *scores = figures(relation, case)
    return [total, *scores[:1], execution, *scores]


@asks(
    "IND07",
    "I6",
    "核对总分和各项得分，或清空总分由系统计算",
    needs=_total_and_points,
    threshold=_miss,
)
def points_make_the_total(relation: Relation, case: Case) -> Iterator[Finding]:
    """The total is the sum of all points; printed points may make it differ by the rulebook's rounding."""
    if held := failure(relation, case):
        total, execution, *scores = at = figures(relation, case)
        message = f"填报 {total.show()}，预算执行率得分与各指标得分之和为 {plain(held.expected)}"
        ends = f"{scores[0].ref.coordinate} 至 {scores[-1].ref.coordinate}"
        hint = f"请核对 {total.ref.coordinate}、{execution.ref.coordinate} 和 {ends} 的得分"
        yield _off(at, message, hint, held)


@asks(
    "IND08",
    "I7",
    "按总分改正等级，或清空由系统填写",
    threshold=lambda rulebook: "、".join(
        f"{name} {plain(low)} 分及以上" for name, low in rulebook.grades.items() if low
    ),
)
def grade_is_the_band(relation: Relation, case: Case) -> Iterator[Finding]:
    """The grade is that of the band the total lies in."""
    held = failure(relation, case)
    grade, total = figures(relation, case)
    if held is not None and grade.value in case.rulebook.grades:  # of another FIL02 speaks
        message = f"填报“{grade.show()}”，总分 {total.show()} 分应为“{held.expected}”"
        yield mismatch(Severity.ERROR, [grade, total], message, expected=held.expected)


RULES = rules_among(globals())
