"""IND: do the indicators' figures, points and reasons fit together, and do the points make total and grade?

Weights, points, total and grade (relations I1–I7); reasons, targets and actuals, amounts repeated (I8–I10).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from selfeval_xlsx.amounts import (
    HUNDRED,
    POINT_PLACES,
    RATE_PLACES,
    Agreement,
    grouped,
    money,
    plain,
    rounded,
)
from selfeval_xlsx.checks.relations import TITLES, figures, is_zero
from selfeval_xlsx.checks.rule import (
    ADVICE,
    QUALITY,
    VALIDITY,
    Case,
    Needs,
    asks_for_reason,
    cells,
    error,
    finding,
    note,
    relations,
    rule,
    rules_among,
    warning,
)
from selfeval_xlsx.figures import MONEY
from selfeval_xlsx.findings import AT_MOST, Finding, Severity
from selfeval_xlsx.form import scoring
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import MONEY_UNITS, QUALITATIVE, Indicator
from selfeval_xlsx.form.references import money_unit
from selfeval_xlsx.form.relation_kinds import Relation
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.form.scoring import comparable
from selfeval_xlsx.form.values import is_filled


def indicator_rows(case: Case) -> Sequence[Indicator]:
    """The rows of the indicators."""
    return case.evaluation.goals.indicators


def columns(*names: str) -> Needs:
    """The cells of a row that a rule cannot do without."""
    return lambda row, _: [getattr(row, name) for name in names]


def named(row: Indicator) -> str:
    """The row's indicator, for messages."""
    return f"“{row.level3.raw}”" if row.level3.raw else "这一行"


def _miss(rulebook: Rulebook) -> str:
    return f"尾差不超过 {plain(rulebook.scoring.rounding)} 分"


def _typed(case: Case) -> Iterable[Indicator]:
    """Rows whose points were typed; computed ones hold by themselves."""
    return [row for row in indicator_rows(case) if row.score.stated and not row.score.computed]


# --- weights --------------------------------------------------------------------------------------


@rule(
    "IND01",
    TITLES["IND01"],
    VALIDITY,
    "I1",
    "核对各指标分值；每个指标都要有分值",
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
        yield error(
            blank, f"没有分值，而其他指标有分值（共 {len(blank)} 行没有填）", f"请补填 {cells(blank)}"
        )
    elif held.agreement is not Agreement.EXACT:
        total, full = plain(held.stated), plain(held.expected)
        yield error(
            [execution, *stated],
            f"各指标分值连同预算执行率分值 {execution.show()} 合计 {total}，不等于满分 {full}",
            f"请核对 {execution.ref.coordinate} 和 {stated[0].ref.coordinate} 至 {stated[-1].ref.coordinate} 的分值",
            found=total,
            expected=full,
        )


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
    rows = indicator_rows(case)
    if not rows or not _scheme_applies(rows, case):
        return
    weights = case.rulebook.scoring.level_weights
    for level in dict.fromkeys(
        [row.level1.known for row in rows] + [name for name, w in weights.items() if w]
    ):
        own = [row for row in rows if row.level1.known == level]
        total = sum((row.weight.known for row in own), Decimal(0))
        if not own:
            yield warning(
                [rows[0].level1],
                f"没有一行{level}，口径规定 {plain(weights[level])} 分",
                f"请补填{level}，或核对各行的一级指标",
                found="0",
                expected=plain(weights[level]),
            )
        elif total != weights.get(level, Decimal(0)):
            shown = f"{plain(weights[level])} 分" if level in weights else "没有规定分值"
            yield warning(
                [row.weight for row in own],
                f"{level}分值合计 {plain(total)}，口径规定 {shown}",
                f"请核对 {cells(row.weight for row in own)}",
                found=plain(total),
                expected=plain(weights.get(level, Decimal(0))),
            )


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
        yield error(
            [row.score, row.weight],
            f"{named(row)}得分 {row.score.show()}，超过分值 {row.weight.show()}",
            f"请核对 {cells([row.score, row.weight])}",
            found=row.score.show(),
            expected=f"{AT_MOST}{row.weight.show()}",
        )


def _off(
    at: list[Answer[Any]], message: str, hint: str, figures: tuple[Decimal, Decimal], case: Case
) -> Finding:
    """Points that differ from what they are computed from: a note within the rounding of points."""
    stated, expected = figures
    rounding = abs(stated - expected) <= case.rulebook.scoring.rounding
    return finding(
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
    VALIDITY,
    "I3",
    "核对执行率得分，或清空由系统计算",
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


def _earned(row: Indicator, case: Case) -> Decimal | None:
    """The points that the actual of a quantitative row earns, where others were typed (rounding aside)."""
    expected = scoring.score_of(row, case.rulebook.scoring)
    if (
        expected is None
        or row.score.computed
        or row.score.value is None
        or row.score.known > row.weight.known
    ):
        return None
    return expected if abs(row.score.known - expected) > case.rulebook.scoring.rounding else None


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
    expected = scoring.score_of(row, case.rulebook.scoring)
    score = row.score.known
    if expected is None or score == expected or score > row.weight.known:
        return
    at: list[Answer[Any]] = [row.score, row.actual_value, row.target_value, row.weight]
    what = "已完成" if scoring.is_met(row) else "未完成"
    message = f"{named(row)}{what}，得分填 {row.score.show()}，按完成值计算应为 {plain(expected)}"
    reason, standard = row.deviation_reason, row.scoring_standard
    if reason.stated and _earned(row, case) is not None:
        yield asks_for_reason(at, message, reason)
    elif standard.stated:
        yield _by_own_standard(at, message, standard)
    else:
        told = [reason.ref.coordinate]
        if standard.field.key not in case.evaluation.source.lost_keys:
            told.append(f"{standard.ref.coordinate} {standard.field.head}")
        hint = (
            f"请核对 {cells(at)}，或清空 {row.score.ref.coordinate} 由系统计算；"
            f"按别的办法计分的，在 {'或 '.join(told)} 说明"
        )
        yield _off(at, message, hint, (score, expected), case)


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
    bounds = case.rulebook.scoring.classes
    names, chosen = list(bounds), row.attainment.value
    if chosen is None or chosen not in bounds or row.score.known > row.weight.known:
        return  # of those FIL02 and IND03 speak
    own = names.index(chosen)
    low = row.weight.known * bounds[names[own]] / HUNDRED
    high = row.weight.known * bounds[names[own - 1]] / HUNDRED if own else row.weight.known
    if row.score.known < min(low, _points(low)) or (own and _reaches(row.score.known, high)):
        limit = f"{plain(low)} 至 {plain(high)}{'' if own == 0 else '（不含）'}"
        at: list[Answer[Any]] = [row.score, row.attainment, row.weight]
        message = f"{named(row)}选“{row.attainment.value}”，得分 {row.score.show()}，应在 {limit} 之间"
        if row.scoring_standard.stated:
            yield _by_own_standard(at, message, row.scoring_standard)
            return
        yield error(
            at,
            message,
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
    VALIDITY,
    "I6",
    "核对总分和各项得分，或清空总分由系统计算",
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
    VALIDITY,
    "I7",
    "按总分改正等级，或清空由系统填写",
    subjects=relations("IND08"),
    needs=figures,
    threshold=lambda rulebook: "、".join(
        f"{name} {plain(low)} 分及以上" for name, low in rulebook.grades.items() if low
    ),
)
def grade_is_the_band(relation: Relation, case: Case) -> Iterator[Finding]:
    """The grade is that of the band the total lies in."""
    held = relation.compare(case.values, case.rulebook)
    grade, total = figures(relation, case)
    known = grade.value in case.rulebook.grades  # of another FIL02 speaks
    if held is not None and held.agreement is not Agreement.EXACT and known:
        yield error(
            [grade, total],
            f"填报“{grade.show()}”，总分 {total.show()} 分应为“{held.expected}”",
            f"请核对 {cells([grade, total])}",
            found=grade.show(),
            expected=held.expected,
        )


# --- reasons --------------------------------------------------------------------------------------


@rule(
    "IND09",
    "扣分的指标说明原因",
    QUALITY,
    "I8",
    "在偏差原因分析及改进措施中说明",
    subjects=lambda case: [row for row in indicator_rows(case) if row.score.stated],
    needs=columns("weight"),
)
def lost_points_are_explained(row: Indicator, case: Case) -> Iterator[Finding]:
    """Points were taken, and the reason does not stand beside them.

    Of points not earned IND05 speaks; a target that was missed is explained, by whatever standard it is scored.
    """
    missed = row.scoring_standard.stated and scoring.is_quantitative(row) and not scoring.is_met(row)
    is_silent = _earned(row, case) is not None and not missed
    if row.score.known < row.weight.known and row.deviation_reason.blank and not is_silent:
        yield error(
            [row.deviation_reason, row.score, row.weight],
            f"{named(row)}得分 {row.score.show()}，低于分值 {row.weight.show()}，没有说明原因",
            f"请在 {row.deviation_reason.ref.coordinate} 说明原因和改进措施，或核对得分",
        )


@rule(
    "IND10",
    "满分的指标不另写偏差原因",
    ADVICE,
    "I8",
    "删去偏差原因，或核对得分",
    subjects=lambda case: [
        row for row in indicator_rows(case) if row.score.stated and row.deviation_reason.stated
    ],
    needs=columns("weight"),
)
def full_points_need_no_reason(row: Indicator, case: Case) -> Iterator[Finding]:
    """A reason for a deviation stands beside full points: one of the two is wrong.

    Of full points that were not earned IND05 speaks, of a target and an actual that do not fit IND12.
    """
    fits = row.comparator.value == QUALITATIVE or scoring.is_quantitative(row)
    if (
        row.score.known == row.weight.known
        and fits
        and _earned(row, case) is None
        and not scoring.is_far_above(row, case.rulebook.scoring)
    ):
        yield warning(
            [row.deviation_reason, row.score],
            f"{named(row)}得了满分 {row.score.show()}，却写有偏差原因",
            f"请核对 {cells([row.score, row.deviation_reason])}",
        )


@rule(
    "IND11",
    "完成值大幅超过指标值时说明原因",
    QUALITY,
    "I8",
    "核对指标值和完成值；情况属实的说明原因",
    subjects=indicator_rows,
    threshold=lambda rulebook: (
        f"完成值达到指标值的 {plain(rulebook.scoring.far_above)}%"
        f"（指标值为 0 的，完成值达到 {plain(rulebook.scoring.far_above_zero)}）"
    ),
)
def far_above_target_is_explained(row: Indicator, case: Case) -> Iterator[Finding]:
    """So much more was done than planned that the plan, or the count, is in doubt."""
    limits = case.rulebook.scoring
    if scoring.is_far_above(row, limits):
        target = row.target_value.raw
        far = f"达到指标值 {target} 的 {plain(limits.far_above)}% 以上"
        none = f"指标值是 {target}，达到了 {plain(limits.far_above_zero)} 以上"
        yield asks_for_reason(
            [row.actual_value, row.target_value],
            f"{named(row)}完成值 {row.actual_value.raw}，{far if scoring.target_of(row).number else none}",
            row.deviation_reason,
        )


# --- targets and actuals --------------------------------------------------------------------------


@rule(
    "IND12",
    "指标值、完成值和指标性质相配",
    VALIDITY,
    "I9",
    "定量指标的指标值和完成值都填数，单位一致；说不成数的选“定性”",
    subjects=indicator_rows,
    needs=columns("comparator", "target_value"),
)
def targets_and_actuals_fit(row: Indicator, _: Case) -> Iterator[Finding]:
    """Comparator, number and unit of target and actual belong together."""
    target = scoring.target_of(row)
    comparator = row.comparator.known
    if comparator == QUALITATIVE:
        if target.number is not None:
            yield warning(
                [row.comparator, row.target_value],
                f"{named(row)}的指标值“{row.target_value.raw}”是数，指标性质却是定性",
                f"请把 {row.comparator.ref.coordinate} 改为 ≥、= 或 ≤",
            )
    elif target.number is None:
        yield error(
            [row.target_value, row.comparator],
            f"{named(row)}的指标性质是“{comparator}”，指标值“{row.target_value.raw}”不是数",
            f"请改填数，或把 {row.comparator.ref.coordinate} 改为“{QUALITATIVE}”",
            expected=row.target_value.field.kind.expected,
        )
    elif target.comparator not in {"", comparator}:
        yield error(
            [row.comparator, row.target_value],
            f"{named(row)}的指标值“{row.target_value.raw}”与指标性质“{comparator}”不一致",
            f"请核对 {cells([row.comparator, row.target_value])}",
            found=comparator,
            expected=target.comparator,
        )
    elif row.actual_value.stated:
        yield from _actual_fits(row)


def _actual_fits(row: Indicator) -> Iterator[Finding]:
    target, actual = scoring.target_of(row), scoring.actual_of(row)
    shown = row.actual_value.raw
    if actual.number is None:
        message, hint = f"{named(row)}的指标值是数，完成值“{shown}”不是数", "请填实际完成的数"
    elif actual.comparator not in {"", "="}:
        message, hint = f"{named(row)}的完成值“{shown}”是范围，不是实际完成的数", "请填实际完成的数，如 93.5%"
    elif comparable(target, actual):
        yield from _missing_percent_signs(row)
        return
    else:
        message = (
            f"{named(row)}的完成值“{shown}”与指标值“{row.target_value.raw}{row.measure_unit.raw}”单位不同"
        )
        hint = f"请核对 {cells([row.target_value, row.measure_unit, row.actual_value])}，用同一单位"
    yield error([row.actual_value, row.target_value], message, hint, found=shown)


def _missing_percent_signs(row: Indicator) -> Iterator[Finding]:
    """A bare number beside a percentage is one, too; 0 needs no unit."""
    for answer in (row.target_value, row.actual_value):
        if scoring.is_read_as_percentage(row, answer) and answer.known.strip("0."):
            yield note(
                [answer],
                f"{named(row)}的{answer.field.head}“{answer.raw}”没有百分号，已按 {answer.raw}% 读取",
                "请补上百分号",
                found=answer.raw,
                expected=f"{answer.raw}%",
            )


_AMOUNT_WORDS = re.compile(r"(实际|全年|年度|控制|总)|(支出|执行数?|成本|金额|资金|投入|使用|数|额)+$")
_SUFFIX = re.compile(r"[（(][^（）()]*[）)]$")
_RATE_NAMES = frozenset({"预算执行率", "整体支出预算执行率", "部门整体支出预算执行率"})


@rule(
    "IND13",
    "作为指标的金额与预算表一致",
    VALIDITY,
    "I10",
    "核对指标的完成值和「预算」的执行数，注意单位换算",
    subjects=lambda case: [row for row in indicator_rows(case) if _repeated(row, case)],
    needs=columns("actual_value"),
)
def repeated_amounts_agree(row: Indicator, case: Case) -> Iterator[Finding]:
    """An indicator that repeats a budget line's or a project's outturn, or the rate, has the same figure.

    90万元 for 89.97万元 has: it is that figure to the digits it is written in.
    """
    actual, references = scoring.actual_of(row), _repeated(row, case)
    if actual.number is None or not all(reference.stated for reference in references):
        return
    repeated = sum((reference.known for reference in references), Decimal(0))
    if actual.percent:
        stated, expected = rounded(actual.number, RATE_PLACES), rounded(repeated, RATE_PLACES)
        unit, step = "%", actual.step
    else:
        unit = money_unit(case.evaluation)
        stated, step = money(actual.number / MONEY_UNITS[unit]), actual.step / MONEY_UNITS[unit]
        expected = money(repeated)
    if stated != expected and abs(stated - expected) * 2 > step:
        first = references[0]
        label = first.field.label if len(references) == 1 else f"起 {len(references)} 个项目的执行数之和"
        yield error(
            [row.actual_value, *references],
            f"{named(row)}的完成值是 {grouped(stated, 2)}{unit}，{first.ref} {label} 是 {grouped(expected, 2)}{unit}",
            f"请核对 {cells([row.actual_value, *references])}，两处应一致",
            found=plain(stated),
            expected=plain(expected),
        )


def _repeated(row: Indicator, case: Case) -> list[Answer[Any]]:
    """The answers whose figure, or sum, the indicator repeats, told by its name and unit; empty for any other."""
    name = _bare_name(row)
    lines, projects = case.evaluation.budget.lines, case.evaluation.budget.projects
    if scoring.actual_of(row).percent:
        return [lines.total.execution_rate] if name in _RATE_NAMES else []
    if not _is_money(row):
        return []
    bare = re.sub("[“”]", "", _AMOUNT_WORDS.sub("", name))
    for project in projects:
        if project.name.value and bare == _AMOUNT_WORDS.sub("", "".join(project.name.known.split())):
            return [project.outturn]
    if bare == "项目" and not lines.project.outturn.stated:
        return [project.outturn for project in projects if is_filled(project)]
    named_lines = {
        "人员经费": lines.personnel.outturn,
        "公用经费": lines.operating.outturn,
        "基本": lines.basic.outturn,
        "项目": lines.project.outturn,
        "整体": lines.total.outturn,
        "部门整体": lines.total.outturn,
        "三公经费": case.evaluation.budget.official.total.outturn,
    }
    return [named_lines[bare]] if bare in named_lines else []


def _bare_name(row: Indicator) -> str:
    """The indicator's name without blanks and without what stands in brackets behind it: 项目支出（成本）."""
    return _SUFFIX.sub("", "".join((row.level3.value or "").split()))


def _is_money(row: Indicator) -> bool:
    """Whether the actual is an amount: in 元, or in 万 for 万元."""
    written = (scoring.actual_of(row).own, row.measure_unit.value, scoring.target_of(row).own)
    return scoring.actual_of(row).unit == MONEY or next(filter(None, written), "") in {"万", "亿"}


# --- weight ---------------------------------------------------------------------------------------


@rule(
    "IND14",
    "没有一项指标占分过多",
    ADVICE,
    "常见错误",
    "把分值分给更多能衡量的指标",
    subjects=lambda case: [row for row in indicator_rows(case) if row.weight.stated],
    threshold=lambda rulebook: f"单个指标不超过 {plain(rulebook.scoring.largest_weight)} 分",
)
def no_indicator_carries_all(row: Indicator, case: Case) -> Iterator[Finding]:
    """A single indicator holds a large part of all points."""
    largest = case.rulebook.scoring.largest_weight
    if row.weight.known > largest:
        yield warning(
            [row.weight],
            f"{named(row)}一项占 {row.weight.show()} 分，多于 {plain(largest)} 分",
            "请核对分值",
            found=row.weight.show(),
        )


@rule(
    "IND15",
    "预算执行率没有重复计分",
    ADVICE,
    "I1",
    "预算执行率只计一次分：清空「自评结论」的执行率分值（填 0），或删去这个指标",
    subjects=lambda case: [row for row in indicator_rows(case) if row.weight.stated],
)
def execution_is_scored_once(row: Indicator, case: Case) -> Iterator[Finding]:
    """The execution rate has points of its own and is an indicator with points, too."""
    weight = case.evaluation.goals.assessment.execution_weight
    if weight.value and row.weight.value and _bare_name(row) in _RATE_NAMES:
        yield warning(
            [row.weight, weight],
            f"{named(row)}占 {row.weight.show()} 分，{weight.ref.coordinate} {weight.field.label}另有 {weight.show()} 分，重复计分",
            f"请核对 {cells([row.weight, weight])}，预算执行率只计一次分",
            found=row.weight.show(),
        )


RULES = rules_among(globals())
