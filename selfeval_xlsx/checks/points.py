"""IND01–IND08: do weights, points, total and grade follow from one another? (relations I1–I7)"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from selfeval_xlsx.amounts import HUNDRED, POINT_PLACES, Agreement, plain, rounded
from selfeval_xlsx.checks.indicators import columns, indicator_rows, named
from selfeval_xlsx.checks.relations import TITLES, figures, is_zero
from selfeval_xlsx.checks.rule import Case, Standing, asks_for_reason, cells, finding, relations, rule
from selfeval_xlsx.findings import Finding, Severity
from selfeval_xlsx.form import scoring
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import ATTAINMENTS, QUALITATIVE, Indicator
from selfeval_xlsx.form.relation_kinds import Relation
from selfeval_xlsx.form.rulebook import Rulebook


def _miss(rulebook: Rulebook) -> str:
    return f"尾差不超过 {plain(rulebook.scoring.rounding)} 分"


def _typed(case: Case) -> Iterable[Indicator]:
    """Rows whose points were typed; computed ones hold by themselves."""
    return [row for row in indicator_rows(case) if row.score.stated and not row.score.computed]


# --- weights --------------------------------------------------------------------------------------


@rule(
    "IND01",
    TITLES["IND01"],
    standing=Standing.VALIDITY,
    basis="I1",
    remedy="核对各指标分值；每个指标都要有分值",
    subjects=relations("IND01"),
    threshold=lambda rulebook: f"满分 {plain(rulebook.scoring.full_score)} 分",
)
def weights_make_the_full_score(relation: Relation, case: Case) -> Iterator[Finding]:
    """The weights make up the full score; where one is stated, all are. None at all: the unit does not score."""
    execution, *weights = figures(relation, case)
    stated = [weight for weight in weights if weight.stated]
    if not stated or any(weight.problem for weight in (*weights, execution)):
        return
    held = relation.compare(case.values, case.rulebook)
    blank = [weight for weight in weights if not weight.stated]
    if held is None:
        yield finding(
            relation.code,
            Severity.ERROR,
            blank,
            f"没有分值，而其他指标有分值（共 {len(blank)} 行没有填）",
            f"请补填 {cells(blank)}",
        )
    elif held.agreement is not Agreement.EXACT:
        total, full = plain(held.stated), plain(held.expected)
        yield finding(
            relation.code,
            Severity.ERROR,
            [execution, *stated],
            f"各指标分值连同预算执行率分值 {execution.show()} 合计 {total}，不等于满分 {full}",
            f"请核对 {execution.ref.coordinate} 和 {stated[0].ref.coordinate} 至 {stated[-1].ref.coordinate} 的分值",
            found=total,
            expected=full,
        )


@rule(
    "IND02",
    "各一级指标的分值符合规定",
    standing=Standing.ADVICE,
    basis="I1",
    remedy="核对分值，或由维护人员修改口径",
    threshold=lambda rulebook: (
        "、".join(f"{name} {plain(weight)} 分" for name, weight in rulebook.scoring.level_weights.items())
        or "不核对"
    ),
)
def level_weights_are_kept(case: Case, _: Case) -> Iterator[Finding]:
    """The weights of each first level add up to what the rulebook sets; cost may stand below outputs."""
    weights = case.rulebook.scoring.level_weights
    rows = [row for row in indicator_rows(case) if row.level1.stated]
    if not weights or not rows or not all(row.weight.stated for row in rows):
        return
    for level in dict.fromkeys(row.level1.known for row in rows):
        own = [row for row in rows if row.level1.known == level]
        total = sum((row.weight.known for row in own), Decimal(0))
        if total != weights.get(level, Decimal(0)):
            shown = f"{plain(weights[level])} 分" if level in weights else "没有规定分值"
            yield finding(
                "IND02",
                Severity.WARNING,
                [row.weight for row in own],
                f"{level}分值合计 {plain(total)}，口径规定 {shown}",
                f"请核对 {cells(row.weight for row in own)}",
                found=plain(total),
                expected=plain(weights.get(level, Decimal(0))),
            )


# --- points ---------------------------------------------------------------------------------------


@rule(
    "IND03",
    "得分不超过分值",
    standing=Standing.VALIDITY,
    basis="I2",
    remedy="核对得分和分值有没有填反",
    subjects=_typed,
    needs=columns("weight"),
)
def points_lie_within_the_weight(row: Indicator, _: Case) -> Iterator[Finding]:
    """0 ≤ score ≤ weight; a negative score is no score at all."""
    if row.score.known > row.weight.known:
        yield finding(
            "IND03",
            Severity.ERROR,
            [row.score, row.weight],
            f"{named(row)}得分 {row.score.show()}，超过分值 {row.weight.show()}",
            f"请核对 {cells([row.score, row.weight])}",
            found=row.score.show(),
            expected=f"≤ {row.weight.show()}",
        )


def _off(
    code: str, at: list[Answer[Any]], message: str, hint: str, figures: tuple[Decimal, Decimal], case: Case
) -> Finding:
    """Points that differ from what they are computed from: a note within the rounding of points."""
    stated, expected = figures
    rounding = abs(stated - expected) <= case.rulebook.scoring.rounding
    return finding(
        code,
        Severity.NOTE if rounding else Severity.ERROR,
        at,
        f"{message}，相差 {plain(abs(stated - expected))}{'，属四舍五入尾差' if rounding else ''}",
        hint,
        found=plain(stated),
        expected=plain(expected),
    )


@rule(
    "IND04",
    TITLES["IND04"],
    standing=Standing.VALIDITY,
    basis="I3",
    remedy="核对执行率得分，或清空由系统计算",
    subjects=relations("IND04"),
    needs=figures,
    threshold=lambda rulebook: (
        "分母："
        + {"adjusted": "调整后预算", "original": "年初预算"}[rulebook.scoring.execution_denominator]
        + f"；{_miss(rulebook)}"
    ),
)
def execution_points_follow(relation: Relation, case: Case) -> Iterator[Finding]:
    """The points for execution are the weight's share that the rate says."""
    held = relation.compare(case.values, case.rulebook)
    score, weight, *_, whole = figures(relation, case)
    if held is None or held.agreement is Agreement.EXACT or is_zero(whole):
        return
    told = _off(
        relation.code,
        [score, weight, case.evaluation.budget.lines.total.execution_rate],
        f"填报 {score.show()}，按 分值 {weight.show()} × 执行率 应为 {plain(held.expected)}",
        f"请核对 {cells([score, weight])}，或清空 {score.ref.coordinate} 由系统计算",
        (held.stated, held.expected),
        case,
    )
    if held.agreement is Agreement.BLIND:
        message = f"{told.message}；金额较小，两者都可能由四舍五入得来"
        told = replace(told, severity=Severity.WARNING, message=message)
    yield told


@rule(
    "IND05",
    "定量指标得分按完成值计算",
    standing=Standing.VALIDITY,
    basis="I4",
    remedy="核对完成值和得分；另有扣分的，在偏差原因中说明",
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
    """More points than the actual earns are an error; fewer need the reason beside them."""
    expected = scoring.score_of(row, case.rulebook.scoring)
    score = row.score.known
    if expected is None or score == expected or score > row.weight.known:
        return
    at: list[Answer[Any]] = [row.score, row.actual_value, row.target_value, row.weight]
    what = "已完成" if scoring.is_met(row) else "未完成"
    message = f"{named(row)}{what}，得分填 {row.score.show()}，按完成值计算应为 {plain(expected)}"
    if score < expected and row.deviation_reason.stated and expected - score > case.rulebook.scoring.rounding:
        yield asks_for_reason("IND05", at, message, row.deviation_reason)
    else:
        hint = f"请核对 {cells(at)}，或清空 {row.score.ref.coordinate} 由系统计算"
        yield _off("IND05", at, message, hint, (score, expected), case)


@rule(
    "IND06",
    "定性指标得分在所选类别的范围内",
    standing=Standing.VALIDITY,
    basis="I5",
    remedy="核对达成类别和得分",
    subjects=lambda case: [row for row in _typed(case) if row.comparator.value == QUALITATIVE],
    needs=columns("weight"),
    threshold=lambda rulebook: "、".join(
        f"{name}不低于分值的 {plain(low)}%" for name, low in rulebook.scoring.classes.items()
    ),
)
def qualitative_points_lie_in_their_band(row: Indicator, case: Case) -> Iterator[Finding]:
    """A qualitative row names its class, and its points lie in that class's band."""
    if row.attainment.problem or row.score.known > row.weight.known:
        return
    if row.attainment.value is None:
        yield finding(
            "IND06",
            Severity.ERROR,
            [row.attainment],
            f"{named(row)}是定性指标，已有得分 {row.score.show()}，没有选达成类别",
            "请从下拉列表选择达成类别",
            expected="、".join(ATTAINMENTS),
        )
        return
    bounds = case.rulebook.scoring.classes
    names = list(bounds)
    own = names.index(row.attainment.value)
    low = row.weight.known * bounds[names[own]] / HUNDRED
    high = row.weight.known * bounds[names[own - 1]] / HUNDRED if own else row.weight.known
    if row.score.known < min(low, _points(low)) or (own and _reaches(row.score.known, high)):
        limit = f"{plain(low)} 至 {plain(high)}{'' if own == 0 else '（不含）'}"
        yield finding(
            "IND06",
            Severity.ERROR,
            [row.score, row.attainment, row.weight],
            f"{named(row)}选“{row.attainment.value}”，得分 {row.score.show()}，应在 {limit} 之间",
            f"请核对 {cells([row.score, row.attainment])}",
            found=row.score.show(),
            expected=limit,
        )


def _reaches(score: Decimal, high: Decimal) -> bool:
    """Whether a printed score has left the band below ``high``; 0.008 is printed as 0.01 all the same."""
    return score == high or score > max(high, _points(high))


def _points(value: Decimal) -> Decimal:
    return rounded(value, POINT_PLACES)


def _total_and_points(relation: Relation, case: Case) -> Iterable[Answer[Any]]:
    """What the total needs; of what is missing the points are named first."""
    total, execution, *scores = figures(relation, case)
    return [total, *scores[:1], execution, *scores]


@rule(
    "IND07",
    TITLES["IND07"],
    standing=Standing.VALIDITY,
    basis="I6",
    remedy="核对总分和各项得分，或清空总分由系统计算",
    subjects=relations("IND07"),
    needs=_total_and_points,
    threshold=_miss,
)
def points_make_the_total(relation: Relation, case: Case) -> Iterator[Finding]:
    """The total is the sum of all points; printed points may make it differ by the rulebook's rounding."""
    held = relation.compare(case.values, case.rulebook)
    if held is not None and held.agreement is not Agreement.EXACT:
        total, execution, *scores = figures(relation, case)
        yield _off(
            relation.code,
            [total, execution, *scores],
            f"填报 {total.show()}，预算执行率得分与各指标得分之和为 {plain(held.expected)}",
            f"请核对 {total.ref.coordinate}、{execution.ref.coordinate} 和"
            f" {scores[0].ref.coordinate} 至 {scores[-1].ref.coordinate} 的得分",
            (held.stated, held.expected),
            case,
        )


@rule(
    "IND08",
    TITLES["IND08"],
    standing=Standing.VALIDITY,
    basis="I7",
    remedy="按总分改正等级，或清空由系统填写",
    subjects=relations("IND08"),
    needs=figures,
    threshold=lambda rulebook: "、".join(
        f"{name} {plain(low)} 分及以上" for name, low in rulebook.grades.items() if low
    ),
)
def grade_is_the_band(relation: Relation, case: Case) -> Iterator[Finding]:
    """The grade is that of the band the total lies in."""
    held = relation.compare(case.values, case.rulebook)
    if held is not None and held.agreement is not Agreement.EXACT:
        grade, total = figures(relation, case)
        yield finding(
            relation.code,
            Severity.ERROR,
            [grade, total],
            f"填报“{grade.show()}”，总分 {total.show()} 分应为“{held.expected}”",
            f"请核对 {cells([grade, total])}",
            found=grade.show(),
            expected=held.expected,
        )


RULES = (
    weights_make_the_full_score,
    level_weights_are_kept,
    points_lie_within_the_weight,
    execution_points_follow,
    points_follow_the_actual,
    qualitative_points_lie_in_their_band,
    points_make_the_total,
    grade_is_the_band,
)
