"""The arithmetic relations of the form (勾稽关系), declared once.

Three readers use them: the checks judge a filled form by them, the completion computes blank totals
and rates from them, and the blank workbook's live sheet 核对 shows them as formulas. Keys are those of
the form; a row of a table is numbered, ``budget.projects.0.outturn``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import OFFICE, PLAN, SUB_UNIT, SelfEvaluation
from selfeval_xlsx.form.values import answers_of

LINES = "budget.lines"
PROJECTS = "budget.projects"
INDICATORS = "goals.indicators"
AMOUNTS = ("original_budget", "budget_adjustment", "adjusted_budget", "outturn", "prior_outturn")


@dataclass(frozen=True)
class Sum:
    """``total`` = the sum of ``parts`` less that of ``minus``."""

    code: str
    title: str
    total: str
    parts: tuple[str, ...]
    minus: tuple[str, ...] = ()
    open_parts: bool = False
    """A blank part may mean nothing or not stated; where parts are blank, the sum is a lower bound."""
    remainder: str | None = None
    """The part that may be computed from the total and the other parts."""
    counted: bool = False
    """People or things are counted: there is no rounding difference."""

    @property
    def terms(self) -> tuple[tuple[str, int], ...]:
        """Every addend with its sign."""
        return (*((key, 1) for key in self.parts), *((key, -1) for key in self.minus))


@dataclass(frozen=True)
class ColumnSum:
    """``total`` = the sum of a table's column."""

    code: str
    title: str
    total: str
    column: str


@dataclass(frozen=True)
class Rate:
    """``rate`` = ``part`` / ``whole``, in percent."""

    code: str
    title: str
    rate: str
    part: str
    whole: str
    counted: bool = False


@dataclass(frozen=True)
class AtMost:
    """``part`` does not exceed ``whole``, or ``reason`` says why."""

    code: str
    title: str
    part: str
    whole: str
    reason: str


@dataclass(frozen=True)
class Same:
    """One figure stated in two places is the same; ``reference`` is the place that counts."""

    code: str
    title: str
    stated: str
    reference: str
    counted: bool = False


@dataclass(frozen=True)
class RowCount:
    """A stated count equals the number of a table's rows (those whose ``column`` is ``value``, if given)."""

    code: str
    title: str
    stated: str
    table: str
    column: str = ""
    value: str = ""


@dataclass(frozen=True)
class Weights:
    """``execution`` + the column ``weights`` = the rulebook's full score."""

    code: str
    title: str
    execution: str
    weights: str


@dataclass(frozen=True)
class ExecutionScore:
    """``score`` = ``weight`` × min(``part`` / ``whole``, 1); the rulebook may name ``original`` as the whole."""

    code: str
    title: str
    score: str
    weight: str
    part: str
    whole: str
    original: str


@dataclass(frozen=True)
class TotalScore:
    """``total`` = ``execution`` + the column ``scores``."""

    code: str
    title: str
    total: str
    execution: str
    scores: str


@dataclass(frozen=True)
class GradeOf:
    """``grade`` is the rulebook's band of ``total``."""

    code: str
    title: str
    grade: str
    total: str


ScoreRelation = Weights | ExecutionScore | TotalScore | GradeOf
Relation = Sum | ColumnSum | Rate | AtMost | Same | RowCount | ScoreRelation


def _matrix_lines(key: str) -> tuple[str, ...]:
    return tuple(line for line, _ in PLAN.matrices[key].lines)


def _line_sums(code: str, title: str, total: str, *parts: str) -> tuple[Sum, ...]:
    return tuple(
        Sum(code, title, f"{LINES}.{total}.{column}", tuple(f"{LINES}.{part}.{column}" for part in parts))
        for column in AMOUNTS
    )


def _adjustment(line: str) -> Sum:
    original, adjustment = f"{line}.original_budget", f"{line}.budget_adjustment"
    return Sum(
        "SUM03",
        "调整后预算 = 年初预算 + 年中调整",
        f"{line}.adjusted_budget",
        (original, adjustment),
        remainder=adjustment,
    )


def _rate(line: str) -> Rate:
    return Rate(
        "EXE02",
        "预算执行率 = 执行数 ÷ 调整后预算",
        f"{line}.execution_rate",
        f"{line}.outturn",
        f"{line}.adjusted_budget",
    )


def _at_most(line: str) -> AtMost:
    return AtMost(
        "EXE01",
        "执行数不超过调整后预算",
        f"{line}.outturn",
        f"{line}.adjusted_budget",
        "budget.notes.execution_reason",
    )


_SOURCE_LINES = _matrix_lines("budget.sources")
_BUDGET_LINES = _matrix_lines(LINES)
_OFFICIAL_LINES = _matrix_lines("budget.official")
_STAFF = "overview.staff.total"
_ASSESSMENT = "goals.assessment"
_WHOLE = f"{LINES}.total"

CHANGE = "budget.notes.outturn_change"
CHANGE_RATE = "budget.notes.outturn_change_rate"
CONTROL_RATE = "overview.structure.control_rate"

FIXED: tuple[Relation, ...] = (
    *_line_sums("SUM01", "基本支出 = 人员经费 + 公用经费", "basic", "personnel", "operating"),
    *_line_sums("SUM02", "合计 = 基本支出 + 项目支出", "total", "basic", "project"),
    *(_adjustment(line) for line in _BUDGET_LINES),
    *(
        Sum(
            "SUM04",
            "各项资金来源之和 = 合计",
            f"{LINES}.total.{column}",
            tuple(f"{line}.{column}" for line in _SOURCE_LINES),
            open_parts=True,
        )
        for column in ("original_budget", "adjusted_budget", "outturn")
    ),
    *(
        ColumnSum("SUM05", "项目清单之和 = 项目支出", f"{LINES}.project.{column}", f"{PROJECTS}.{column}")
        for column in ("adjusted_budget", "outturn")
    ),
    *(
        Same("SUM06", "同一数字各处一致", f"overview.structure.{column}", f"{LINES}.total.{column}")
        for column in ("adjusted_budget", "outturn")
    ),
    *(
        Same("SUM07", "年度各处一致", stated, "overview.identity.year", counted=True)
        for stated in ("budget.notes.year", "goals.assessment.year")
    ),
    *(
        Sum(
            "SUM08",
            "人数合计 = 行政 + 事业 + 其他",
            f"overview.staff.total.{column}",
            tuple(f"overview.staff.{line}.{column}" for line in ("administrative", "institutional", "other")),
            open_parts=True,
            counted=True,
        )
        for column in ("authorised_posts", "staff_in_post")
    ),
    RowCount(
        "SUM09",
        "内设机构数 = 所列机构",
        "overview.structure.office_count",
        "overview.organisations",
        "type",
        OFFICE,
    ),
    RowCount(
        "SUM09",
        "下属单位数 = 所列单位",
        "overview.structure.sub_unit_count",
        "overview.organisations",
        "type",
        SUB_UNIT,
    ),
    RowCount("SUM09", "项目个数 = 所列项目", "budget.notes.project_count", PROJECTS),
    RowCount("SUM09", "年度目标个数 = 所列目标", "goals.assessment.task_count", "goals.plan"),
    Sum(
        "SUM10",
        "年末结转结余 = 本年收入 + 年初结转结余 − 本年支出",
        "budget.balance.closing_carry_over",
        ("budget.balance.income", "budget.balance.opening_carry_over"),
        ("budget.balance.expenditure",),
    ),
    *(
        Sum(
            "SUM11",
            "“三公”经费合计 = 出国（境） + 车辆购置 + 车辆运行 + 公务接待",
            f"{_OFFICIAL_LINES[-1]}.{column}",
            tuple(f"{line}.{column}" for line in _OFFICIAL_LINES[:-1]),
            open_parts=True,
        )
        for column in ("original_budget", "adjusted_budget", "outturn", "prior_outturn")
    ),
    Sum(
        "SUM12",
        "执行数比上年增减 = 执行数 − 上年执行数",
        CHANGE,
        (f"{_WHOLE}.outturn",),
        (f"{_WHOLE}.prior_outturn",),
    ),
    *(_at_most(line) for line in (*_BUDGET_LINES, *_SOURCE_LINES, *_OFFICIAL_LINES)),
    *(_rate(line) for line in _BUDGET_LINES),
    Rate("EXE05", "执行数增减幅度 = 增减额 ÷ 上年执行数", CHANGE_RATE, CHANGE, f"{_WHOLE}.prior_outturn"),
    Rate(
        "EXE06",
        "在职人员控制率 = 年末在职人数 ÷ 编制数",
        CONTROL_RATE,
        f"{_STAFF}.staff_in_post",
        f"{_STAFF}.authorised_posts",
        counted=True,
    ),
    Weights(
        "IND01",
        "预算执行率分值 + 各指标分值 = 满分",
        f"{_ASSESSMENT}.execution_weight",
        f"{INDICATORS}.weight",
    ),
    ExecutionScore(
        "IND04",
        "预算执行率得分 = 分值 × 执行率（不超过 100%）",
        f"{_ASSESSMENT}.execution_score",
        f"{_ASSESSMENT}.execution_weight",
        f"{_WHOLE}.outturn",
        f"{_WHOLE}.adjusted_budget",
        f"{_WHOLE}.original_budget",
    ),
    TotalScore(
        "IND07",
        "自评总分 = 预算执行率得分 + 各指标得分",
        f"{_ASSESSMENT}.total_score",
        f"{_ASSESSMENT}.execution_score",
        f"{INDICATORS}.score",
    ),
    GradeOf("IND08", "自评等级与总分相符", f"{_ASSESSMENT}.grade", f"{_ASSESSMENT}.total_score"),
)
"""The relations between single cells, and between single cells and whole tables."""


def of_project(index: int | str) -> tuple[Relation, ...]:
    """The relations within one row of the project list."""
    line = f"{PROJECTS}.{index}"
    return (_adjustment(line), _at_most(line), _rate(line))


def rows_of(evaluation: SelfEvaluation, table: str) -> tuple[Any, ...]:
    """The rows of a table, ``goals.indicators``."""
    sheet, _, block = table.partition(".")
    rows: tuple[Any, ...] = getattr(getattr(evaluation, sheet), block)
    return rows


def is_filled(row: object) -> bool:
    """Whether a row of a table holds anything but 无."""
    return any(not answer.blank for _, answer in answers_of(row))


def column_answers(evaluation: SelfEvaluation, column: str) -> list[Answer[Any]]:
    """The answers of one column of a table, ``goals.indicators.weight``, row by row."""
    table, _, name = column.rpartition(".")
    return [getattr(row, name) for row in rows_of(evaluation, table)]


def relations_of(evaluation: SelfEvaluation) -> Iterator[Relation]:
    """All relations that apply to ``evaluation``: the fixed ones and those of each project."""
    yield from FIXED
    for index in range(len(evaluation.budget.projects)):
        yield from of_project(index)


def cells_of(relation: Relation, evaluation: SelfEvaluation) -> tuple[str, ...]:  # noqa: C901, PLR0911 - a case each
    """The keys of all figures that stand in ``relation``, the one it determines first."""
    match relation:
        case Sum(total=total):
            return (total, *(key for key, _ in relation.terms))
        case ColumnSum(total=total, column=column):
            return (total, *_column_keys(evaluation, column))
        case Rate(rate=rate, part=part, whole=whole):
            return (rate, part, whole)
        case AtMost(part=part, whole=whole):
            return (part, whole)
        case Same(stated=stated, reference=reference):
            return (stated, reference)
        case RowCount(stated=stated):
            return (stated,)
        case Weights(execution=execution, weights=weights):
            return (execution, *_column_keys(evaluation, weights))
        case ExecutionScore(score=score, weight=weight, part=part, whole=whole):
            return (score, weight, part, whole)
        case TotalScore(total=total, execution=execution, scores=scores):
            return (total, execution, *_column_keys(evaluation, scores))
        case GradeOf(grade=grade, total=total):
            return (grade, total)


def _column_keys(evaluation: SelfEvaluation, column: str) -> Iterator[str]:
    table, _, name = column.rpartition(".")
    return (f"{table}.{index}.{name}" for index in range(len(column_answers(evaluation, column))))
