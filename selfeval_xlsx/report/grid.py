"""Writes the report's tables as WordprocessingML.

Widths are shares of the text's width (fiftieths of a percent), so that one table fits upright and turned
pages; :mod:`finish` turns them into lengths for the page the table comes to stand on.
"""

from collections.abc import Sequence
from html import escape

from selfeval_xlsx.report.tables import LEFT, Cell, Row, Rows, WordTable

WHOLE = 5000
"""The whole width in fiftieths of a percent."""


def word_table(table: WordTable, width: int) -> str:
    """``table`` for a text ``width`` twips wide. No row breaks over pages."""
    columns = "".join(f'<w:gridCol w:w="{width * share // 100}"/>' for share in table.grid)
    rows = "".join(_row(row, table, head=number < table.heads) for number, row in enumerate(table.rows))
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="tablegrid"/><w:tblW w:w="{WHOLE}" w:type="pct"/><w:jc w:val="center"/>'
        f'<w:tblLayout w:type="fixed"/><w:tblCaption w:val="{escape(table.title, quote=False)}"/></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{rows}</w:tbl>"
    )


def _row(row: Row, table: WordTable, *, head: bool = False) -> str:
    if isinstance(row, Rows):
        inner = "".join(_row(each, table) for each in row.rows)
        return f"{_steering(row.begin, table)}{inner}{_steering(row.end, table)}"
    repeat = "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{repeat}</w:trPr>{_cells(row, table.grid)}</w:tr>"


def _steering(tag: str, table: WordTable) -> str:
    return f"<w:tr>{_cells([Cell(f'{{%tr {tag} %}}', LEFT, len(table.grid))], table.grid)}</w:tr>"


def _cells(cells: Sequence[Cell], grid: Sequence[int]) -> str:
    written, column = [], 0
    for cell in cells:
        share = sum(grid[column : column + cell.span])
        span = f'<w:gridSpan w:val="{cell.span}"/>' if cell.span > 1 else ""
        written.append(
            f'<w:tc><w:tcPr><w:tcW w:w="{WHOLE * share // 100}" w:type="pct"/>{span}<w:vAlign w:val="center"/></w:tcPr>'
            f'<w:p><w:pPr><w:pStyle w:val="{cell.style}"/>{"<w:keepNext/>" if cell.keep else ""}</w:pPr>'
            f'<w:r><w:t xml:space="preserve">{escape(cell.text, quote=False)}</w:t></w:r></w:p></w:tc>'
        )
        column += cell.span
    return "".join(written)
