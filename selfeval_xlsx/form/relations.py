"""The relations of the form (勾稽关系), declared once; what they mean stands in their kinds.

Keys are those of the form; a row of a table is numbered, ``budget.projects.0.outturn``.
"""

from collections.abc import Iterator, Sequence

from selfeval_xlsx.form.form import OFFICE, PLAN, SUB_UNIT, SelfEvaluation
from selfeval_xlsx.form.relation_kinds import (
    AtMost,
    ColumnSum,
    ExecutionScore,
    GradeOf,
    Ratio,
    Relation,
    RowCount,
    Same,
    Sum,
    TotalScore,
    Weights,
)
from selfeval_xlsx.form.rulebook import Rulebook

LINES = "budget.lines"
PROJECTS = "budget.projects"
INDICATORS = "goals.indicators"
AMOUNTS = ("original_budget", "budget_adjustment", "adjusted_budget", "outturn", "prior_outturn")
_TOTAL = f"{LINES}.total"
_BUDGETED = ("original_budget", "adjusted_budget", "outturn")
_STAFF, _STRUCTURE, _ASSESSMENT = "overview.staff", "overview.structure", "goals.assessment"

CHANGE, CHANGE_RATE = "budget.notes.outturn_change", "budget.notes.outturn_change_rate"
CONTROL_RATE = f"{_STRUCTURE}.control_rate"


def _lines_of(matrix: str) -> tuple[str, ...]:
    return tuple(line for line, _ in PLAN.matrices[matrix].lines)


_PERSONNEL, _OPERATING, _BASIC, _PROJECT = (
    f"{LINES}.{line}" for line in ("personnel", "operating", "basic", "project")
)
_BUDGET_LINES, _SOURCE_LINES = _lines_of(LINES), _lines_of("budget.sources")
*_STAFF_CLASSES, _ = _lines_of(_STAFF)
*_OFFICIAL, _OFFICIAL_TOTAL = _OFFICIAL_LINES = _lines_of("budget.official")


def _sums(  # noqa: PLR0913 - it says what a Sum says
    code: str,
    title: str,
    total: str,
    parts: Sequence[str],
    columns: Sequence[str],
    *,
    open_parts: bool = False,
    counted: bool = False,
) -> Iterator[Sum]:
    """In each of the columns: the line ``total`` = the sum of the lines ``parts``."""
    for column in columns:
        added = tuple(f"{part}.{column}" for part in parts)
        yield Sum(code, title, f"{total}.{column}", added, open_parts=open_parts, counted=counted)


def _adjustment(line: str) -> Sum:
    original, adjustment = f"{line}.original_budget", f"{line}.budget_adjustment"
    return Sum(
        "SUM03", "调整后预算 = 年初预算 + 年中调整", f"{line}.adjusted_budget", (original, adjustment),
        remainder=adjustment,
    )  # fmt: skip


def _rate(line: str) -> Ratio:
    return Ratio(
        "EXE02", "预算执行率 = 执行数 ÷ 调整后预算", f"{line}.execution_rate", f"{line}.outturn",
        f"{line}.adjusted_budget",
    )  # fmt: skip


def _at_most(line: str) -> AtMost:
    return AtMost(
        "EXE01", "执行数不超过调整后预算", f"{line}.outturn", f"{line}.adjusted_budget",
        excuse="budget.notes.execution_reason",
    )  # fmt: skip


_WEIGHTS = Weights(
    "IND01", "预算执行率分值 + 各指标分值 = 满分", f"{_ASSESSMENT}.execution_weight", f"{INDICATORS}.weight",
)  # fmt: skip

FIXED: tuple[Relation, ...] = (
    *_sums("SUM01", "基本支出 = 人员经费 + 公用经费", _BASIC, (_PERSONNEL, _OPERATING), AMOUNTS),
    *_sums("SUM02", "合计 = 基本支出 + 项目支出", _TOTAL, (_BASIC, _PROJECT), AMOUNTS),
    *(_adjustment(line) for line in _BUDGET_LINES),
    *_sums("SUM04", "各项资金来源之和 = 合计", _TOTAL, _SOURCE_LINES, _BUDGETED, open_parts=True),
    *(
        ColumnSum("SUM05", "项目清单之和 = 项目支出", f"{_PROJECT}.{column}", f"{PROJECTS}.{column}")
        for column in ("adjusted_budget", "outturn")
    ),
    *(
        Same("SUM06", "同一数字各处一致", f"{_STRUCTURE}.{column}", f"{_TOTAL}.{column}")
        for column in ("adjusted_budget", "outturn")
    ),
    *(
        Same("SUM07", "年度各处一致", stated, "overview.identity.year", counted=True)
        for stated in ("budget.notes.year", "goals.assessment.year")
    ),
    *_sums(
        "SUM08", "人数合计 = 行政 + 事业 + 其他", f"{_STAFF}.total", _STAFF_CLASSES,
        ("authorised_posts", "staff_in_post"), open_parts=True, counted=True,
    ),
    *(
        RowCount("SUM09", title, f"{_STRUCTURE}.{count}", "overview.organisations", "type", kind)
        for title, count, kind in (
            ("内设机构数 = 所列机构", "office_count", OFFICE),
            ("下属单位数 = 所列单位", "sub_unit_count", SUB_UNIT),
        )
    ),
    RowCount("SUM09", "项目个数 = 所列项目", "budget.notes.project_count", PROJECTS),
    RowCount("SUM09", "年度目标个数 = 所列目标", "goals.assessment.task_count", "goals.plan"),
    Sum(
        "SUM10", "年末结转结余 = 本年收入 + 年初结转结余 − 本年支出", "budget.balance.closing_carry_over",
        ("budget.balance.income", "budget.balance.opening_carry_over"), ("budget.balance.expenditure",),
    ),
    *_sums(
        "SUM11", "“三公”经费合计 = 出国（境） + 车辆购置 + 车辆运行 + 公务接待", _OFFICIAL_TOTAL, _OFFICIAL,
        (*_BUDGETED, "prior_outturn"), open_parts=True,
    ),
    Sum(
        "SUM12", "执行数比上年增减 = 执行数 − 上年执行数", CHANGE, (f"{_TOTAL}.outturn",),
        (f"{_TOTAL}.prior_outturn",),
    ),
    *(_at_most(line) for line in (*_BUDGET_LINES, *_SOURCE_LINES, *_OFFICIAL_LINES)),
    *(_rate(line) for line in (*_BUDGET_LINES, *_SOURCE_LINES)),
    Ratio("EXE05", "执行数增减幅度 = 增减额 ÷ 上年执行数", CHANGE_RATE, CHANGE, f"{_TOTAL}.prior_outturn"),
    Ratio(
        "EXE06", "在职人员控制率 = 年末在职人数 ÷ 编制数", CONTROL_RATE, f"{_STAFF}.total.staff_in_post",
        f"{_STAFF}.total.authorised_posts", counted=True,
    ),
    _WEIGHTS,
    ExecutionScore(
        "IND04", "预算执行率得分 = 分值 × 执行率（不超过 100%）", f"{_ASSESSMENT}.execution_score",
        f"{_ASSESSMENT}.execution_weight", f"{_TOTAL}.outturn", f"{_TOTAL}.adjusted_budget",
        f"{_TOTAL}.original_budget",
    ),
    TotalScore(
        "IND07", "自评总分 = 预算执行率得分 + 各指标得分", f"{_ASSESSMENT}.total_score",
        f"{INDICATORS}.score", f"{_ASSESSMENT}.execution_score", given=_WEIGHTS,
    ),
    GradeOf(
        "IND08", "自评等级与总分相符", f"{_ASSESSMENT}.grade", f"{_ASSESSMENT}.total_score", given=_WEIGHTS,
    ),
)  # fmt: skip
"""The relations between single cells, and between single cells and whole tables."""


def between_cells(rules: Rulebook) -> tuple[Relation, ...]:
    """The relations of the form, and those that the rulebook adds."""
    return (*FIXED, *rules.local.relations)


def of_project(index: int | str) -> tuple[Relation, ...]:
    """The relations within one row of the project list."""
    line = f"{PROJECTS}.{index}"
    return (_adjustment(line), _at_most(line), _rate(line))


def relations_of(evaluation: SelfEvaluation, rules: Rulebook) -> Iterator[Relation]:
    """All relations that apply to ``evaluation``: the fixed ones, between its rows, and those of each project."""
    yield from (relation.under(rules).bound(evaluation) for relation in between_cells(rules))
    for index in range(len(evaluation.budget.projects)):
        yield from of_project(index)
