"""The vocabulary of the report's tables, and the tables that stand in the text or in an attachment.

A table is rows of cells on a grid of columns, as a template author would lay it out in Word.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

HEAD, LEFT, CENTRE, FIGURE = "tablehead", "tablecell", "tablecentre", "tablefigure"
"""Styles of a cell: heading, words, words of a narrow column, figures (at the right edge)."""


@dataclass(frozen=True)
class Cell:
    """A cell over ``span`` columns of the grid."""

    text: str
    style: str = LEFT
    span: int = 1
    keep: bool = False
    """Stays on the page of the row below, as all cells of its row do."""


@dataclass(frozen=True)
class Rows:
    """Rows between two steering tags: repeated or left out together."""

    begin: str
    end: str
    rows: tuple["Row", ...]


Row = tuple[Cell, ...] | Rows


@dataclass(frozen=True)
class WordTable:
    """A table as wide as the text; the first ``heads`` rows are repeated on every page."""

    title: str
    """What it is, for people who have the document read to them."""
    grid: tuple[int, ...]
    """Widths of the columns in percent."""
    rows: tuple[Row, ...]
    heads: int = 1

    @property
    def texts(self) -> list[str]:
        """Everything written in the table, steering tags included."""
        return [text for row in self.rows for text in _texts(row)]


def _texts(row: Row) -> list[str]:
    if isinstance(row, Rows):
        return [row.begin, *(text for each in row.rows for text in _texts(each)), row.end]
    return [cell.text for cell in row]


def repeated(items: str, *rows: Row, name: str = "row") -> Rows:
    """``rows`` for each of ``items``."""
    return Rows(f"for {name} in {items}", "endfor", rows)


def only(condition: str, *rows: Row) -> Rows:
    """``rows`` where ``condition`` holds."""
    return Rows(f"if {condition}", "endif", rows)


def heads(*columns: tuple[str, int]) -> tuple[Cell, ...]:
    """A row of headings with the columns each spans."""
    return tuple(Cell(text, HEAD, span) for text, span in columns)


def kept(*cells: Cell) -> tuple[Cell, ...]:
    """A row that stays on the page of the one below."""
    return tuple(replace(cell, keep=True) for cell in cells)


def whole(table: WordTable) -> WordTable:
    """A short ``table`` that does not break over pages."""
    return replace(table, rows=tuple(_kept_row(row) for row in table.rows))


def _kept_row(row: Row) -> Row:
    if isinstance(row, Rows):
        return replace(row, rows=tuple(_kept_row(each) for each in row.rows))
    return kept(*row)


Column = tuple[str, str, int, str]
"""Heading, cell text, width in percent, style."""


def listed(title: str, items: str, columns: Sequence[Column], *more: Row) -> WordTable:
    """A heading row and one row for each of ``items``; ``more`` rows below."""
    row = tuple(Cell(text, style) for _, text, _, style in columns)
    head = heads(*((heading, 1) for heading, _, _, _ in columns))
    return WordTable(title, tuple(width for _, _, width, _ in columns), (head, repeated(items, row), *more))


# --- the tables of the report -------------------------------------------------------------------

_AMOUNTS: tuple[Column, ...] = (
    ("年初预算", "{{ row.original_budget }}", 15, FIGURE),
    ("年中调整", "{{ row.budget_adjustment }}", 14, FIGURE),
    ("调整后预算", "{{ row.adjusted_budget }}", 15, FIGURE),
    ("执行数", "{{ row.outturn }}", 15, FIGURE),
    ("执行率", "{{ row.execution_rate }}", 12, FIGURE),
)

BUDGET = whole(
    listed(
        "预算及执行情况表",
        "facts.budget_rows",
        (
            ("支出类别", "{{ row.label }}", 14, LEFT),
            *_AMOUNTS,
            ("上年执行数", "{{ row.prior_outturn }}", 15, FIGURE),
        ),
    )
)

SOURCES = whole(
    listed(
        "资金来源情况表",
        "facts.source_rows",
        (
            ("资金来源", "{{ row.label }}", 34, LEFT),
            ("年初预算", "{{ row.original_budget }}", 22, FIGURE),
            ("调整后预算", "{{ row.adjusted_budget }}", 22, FIGURE),
            ("执行数", "{{ row.outturn }}", 22, FIGURE),
        ),
    )
)

OFFICIAL = whole(
    listed(
        "“三公”经费情况表",
        "facts.official_rows",
        (
            ("项目", "{{ row.label }}", 32, LEFT),
            ("年初预算", "{{ row.original_budget }}", 17, FIGURE),
            ("调整后预算", "{{ row.adjusted_budget }}", 17, FIGURE),
            ("执行数", "{{ row.outturn }}", 17, FIGURE),
            ("上年执行数", "{{ row.prior_outturn }}", 17, FIGURE),
        ),
    )
)

PROJECTS = listed(
    "项目支出情况表",
    "budget.projects",
    (("项目名称", "{{ row.name }}", 29, LEFT), *_AMOUNTS),
    only(
        "facts.project_total",
        (
            Cell("合计"),
            *(Cell(text.replace("row.", "facts.project_total."), style) for _, text, _, style in _AMOUNTS),
        ),
    ),
)

INDICATOR_COLUMNS: tuple[Column, ...] = (
    ("一级指标", "{{ row.level1|replace('指标', '') }}", 9, CENTRE),
    ("二级指标", "{{ row.level2 }}", 11, CENTRE),
    ("三级指标", "{{ row.level3 }}", 17, LEFT),
    ("指标值", "{{ row.comparator }}{{ row.target_value }}{{ row.target_unit }}", 13, CENTRE),
    (
        "完成值",
        "{{ row.actual_value }}{{ row.actual_unit }}{% if row.attainment %}（{{ row.attainment }}）{% endif %}",
        13,
        CENTRE,
    ),
    ("分值", "{{ row.weight }}", 7, FIGURE),
    ("得分", "{{ row.score }}", 8, FIGURE),
    ("偏差原因分析及改进措施", "{{ row.deviation_reason }}", 22, LEFT),
)

INDICATORS = listed("绩效指标完成情况表", "facts.indicator_rows", INDICATOR_COLUMNS)

RESULTS = listed(
    "绩效指标完成情况表",
    "facts.indicator_rows",
    tuple(
        (heading, text, width + wider, style)
        for (heading, text, width, style), wider in zip(
            (*INDICATOR_COLUMNS[:5], INDICATOR_COLUMNS[-1]), (0, 2, 6, 2, 2, 3), strict=True
        )
    ),
)
"""The indicators of a unit that gives no points."""

TABLES = {
    "budget": BUDGET,
    "sources": SOURCES,
    "official": OFFICIAL,
    "projects": PROJECTS,
    "indicators": INDICATORS,
    "results": RESULTS,
}
