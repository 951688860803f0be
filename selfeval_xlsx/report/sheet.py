"""部门整体支出绩效自评表, the attachment of a scored report: one table of four blocks on a common grid.

Budget, goals, indicators with their level cells merged downwards, total and grade; as provincial forms
have it (domain sections 1 and 4). Widths are shares of the page, so that the table fits upright and across.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from selfeval_xlsx.report.outline import ACTUAL, TARGET

GRID = (9, 12, 20, 13, 13, 7, 8, 9, 9)
"""Widths of the columns in percent: 一级 二级 三级 指标值 完成值 分值 得分, and two that the reason spans."""

HEAD, CELL = "tablehead", "tablecell"
FULL = 5000
"""The whole width in fiftieths of a percent."""


@dataclass(frozen=True)
class Cell:
    """A cell over ``span`` columns of the grid."""

    text: str
    span: int
    align: str = "center"
    style: str = CELL


@dataclass(frozen=True)
class Rows:
    """Rows between two steering tags: repeated or left out together."""

    begin: str
    end: str
    rows: tuple["Row", ...]


Row = tuple[Cell, ...] | Rows


def _heads(*columns: tuple[str, int]) -> tuple[Cell, ...]:
    return tuple(Cell(text, span, style=HEAD) for text, span in columns)


ROWS: tuple[Row, ...] = (
    (
        Cell("部门（单位）名称", 2, style=HEAD),
        Cell("{{ overview.identity.unit_name }}", 2, "left"),
        Cell("主管部门", 1, style=HEAD),
        Cell("{{ overview.identity.supervising_department }}", 4, "left"),
    ),
    _heads(
        ("预算执行情况（单位：{{ facts.unit }}）", 2),
        ("年初预算数", 1),
        ("全年预算数", 1),
        ("全年执行数", 1),
        ("执行率", 2),
        ("分值", 1),
        ("得分", 1),
    ),
    Rows(
        "for row in facts.sheet.budget",
        "endfor",
        (
            (
                Cell("{{ row.label }}", 2, "left"),
                Cell("{{ row.original_budget }}", 1, "right"),
                Cell("{{ row.adjusted_budget }}", 1, "right"),
                Cell("{{ row.outturn }}", 1, "right"),
                Cell("{{ row.execution_rate }}", 2, "right"),
                Cell("{{ row.weight }}", 1),
                Cell("{{ row.score }}", 1),
            ),
        ),
    ),
    Rows("if goals.plan", "endif", (_heads(("年度目标", 2), ("预期目标", 3), ("实际完成情况", 4)),)),
    Rows(
        "for item in goals.plan",
        "endfor",
        (
            (
                Cell("{{ item.title }}", 2),
                Cell("{{ item.content }}", 3, "left"),
                Cell("{{ item.result }}", 4, "left"),
            ),
        ),
    ),
    _heads(
        ("一级指标", 1),
        ("二级指标", 1),
        ("三级指标", 1),
        ("指标值", 1),
        ("实际完成值", 1),
        ("分值", 1),
        ("得分", 1),
        ("偏差原因分析及改进措施", 2),
    ),
    Rows(
        "for row in facts.sheet.indicators",
        "endfor",
        (
            (
                Cell("{{ row.level1 }}", 1),
                Cell("{{ row.level2 }}", 1),
                Cell("{{ row.level3 }}", 1, "left"),
                Cell(TARGET, 1),
                Cell(ACTUAL, 1),
                Cell("{{ row.weight }}", 1),
                Cell("{{ row.score }}", 1),
                Cell("{{ row.deviation_reason }}", 2, "left"),
            ),
        ),
    ),
    (
        Cell("总分", 5, style=HEAD),
        Cell("{{ facts.sheet.full_score }}", 1),
        Cell("{{ goals.assessment.total_score }}", 1),
        Cell(
            "{% if goals.assessment.grade %}自评等级：{{ goals.assessment.grade }}{% endif %}",
            2,
        ),
    ),
)


def table(width: int) -> str:
    """The table as WordprocessingML; ``width`` is the text's in twips, for programs that go by the grid."""
    grid = "".join(f'<w:gridCol w:w="{width * share // 100}"/>' for share in GRID)
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="tablegrid"/><w:tblW w:w="{FULL}" w:type="pct"/>'
        '<w:jc w:val="center"/><w:tblLayout w:type="fixed"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(_row(row) for row in ROWS)}</w:tbl>"
    )


def _row(row: Row) -> str:
    if isinstance(row, Rows):
        inner = "".join(_row(each) for each in row.rows)
        return f"{_steering(row.begin)}{inner}{_steering(row.end)}"
    return f"<w:tr>{_cells(row)}</w:tr>"


def _steering(tag: str) -> str:
    return f"<w:tr>{_cells([Cell(f'{{%tr {tag} %}}', len(GRID), 'left')])}</w:tr>"


def _cells(cells: Sequence[Cell]) -> str:
    written, column = [], 0
    for cell in cells:
        share = sum(GRID[column : column + cell.span])
        span = f'<w:gridSpan w:val="{cell.span}"/>' if cell.span > 1 else ""
        written.append(
            f'<w:tc><w:tcPr><w:tcW w:w="{FULL * share // 100}" w:type="pct"/>{span}<w:vAlign w:val="center"/></w:tcPr>'
            f'<w:p><w:pPr><w:pStyle w:val="{cell.style}"/><w:jc w:val="{cell.align}"/></w:pPr>'
            f'<w:r><w:t xml:space="preserve">{escape(cell.text)}</w:t></w:r></w:p></w:tc>'
        )
        column += cell.span
    return "".join(written)
