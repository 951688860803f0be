"""The arithmetic relations of the form (勾稽关系), declared once.

Three readers use them: the checks judge a filled form by them, the completion computes blank totals
and rates from them, and the blank workbook's live sheet 核对 shows them as formulas. Keys are those of
the form; a row of a table is numbered, ``budget.projects.0.outturn``.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from selfeval_xlsx.form import PLAN, SelfEvaluation
from selfeval_xlsx.plan import Matrix

LINES = "budget.lines"
PROJECTS = "budget.projects"
AMOUNTS = ("original_budget", "budget_adjustment", "adjusted_budget", "outturn", "prior_outturn")


@dataclass(frozen=True)
class Sum:
    """``total`` = the sum of ``parts``."""

    code: str
    title: str
    total: str
    parts: tuple[str, ...]
    open_parts: bool = False
    """A blank part may mean nothing or not stated; where parts are blank, the sum is a lower bound."""
    remainder: str | None = None
    """The part that may be computed from the total and the other parts."""
    counted: bool = False
    """People or things are counted: there is no rounding difference."""


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


Relation = Sum | ColumnSum | Rate | AtMost | Same | RowCount


def _matrix_lines(key: str) -> tuple[str, ...]:
    for page in PLAN.sheets:
        for block in page.blocks:
            if isinstance(block, Matrix) and block.key == key:
                return tuple(line for line, _ in block.lines)
    raise KeyError(key)


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
        "内设机构",
    ),
    RowCount(
        "SUM09",
        "下属单位数 = 所列单位",
        "overview.structure.sub_unit_count",
        "overview.organisations",
        "type",
        "下属单位",
    ),
    RowCount("SUM09", "项目个数 = 所列项目", "budget.notes.project_count", PROJECTS),
    RowCount("SUM09", "年度目标个数 = 所列目标", "goals.assessment.task_count", "goals.plan"),
    *(_at_most(line) for line in _BUDGET_LINES),
    *(_rate(line) for line in _BUDGET_LINES),
)
"""The relations between single cells, and between single cells and whole tables."""


def of_project(index: int | str) -> tuple[Relation, ...]:
    """The relations within one row of the project list."""
    line = f"{PROJECTS}.{index}"
    return (_adjustment(line), _at_most(line), _rate(line))


def relations_of(evaluation: SelfEvaluation) -> Iterator[Relation]:
    """All relations that apply to ``evaluation``: the fixed ones and those of each project."""
    yield from FIXED
    for index in range(len(evaluation.budget.projects)):
        yield from of_project(index)
