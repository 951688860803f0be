"""The live checks: formulas that show each relation as ✓ or the difference while the clerk types."""

from typing import Any

from selfeval_xlsx.plan import FormPlan, Table
from selfeval_xlsx.relations import FIXED, AtMost, ColumnSum, Rate, RowCount, Same, ScoreRelation, Sum
from selfeval_xlsx.spec import column_letters
from selfeval_xlsx.workbook.paint import Palette

CHECK_SHEET = "核对"

LINE_COLUMNS = {"original_budget", "budget_adjustment", "adjusted_budget", "outturn", "execution_rate"}
"""A line with these columns gets a check beside it."""

_HEADS = (
    ("编号", 9),
    ("关系", 34),
    ("位置", 30),
    ("填报数", 16),
    ("按关系应为", 16),
    ("差额", 14),
    ("结果", 24),
)


def line_formula(places: dict[str, str], row: int) -> str:
    """The check of one budget line: the first relation that fails, else ✓ with the rate."""
    original, adjustment, adjusted, outturn, rate = (
        f"{places[name]}{row}"
        for name in ("original_budget", "budget_adjustment", "adjusted_budget", "outturn", "execution_rate")
    )
    total = f"ROUND({original}+{adjustment},2)"
    quotient = f"ROUND({outturn}/{adjusted},4)"
    return (
        f"=IF(IF(COUNT({original},{adjustment},{adjusted})=3,ROUND({adjusted}-{total},2)<>0,FALSE),"
        f'"✗ 调整后预算应为 "&TEXT({total},"#,##0.00"),'
        f'IF(COUNT({adjusted},{outturn})<2,"",'
        f'IF(N({adjusted})=0,IF(N({outturn})=0,"✓","✗ 没有预算却有执行数"),'
        f'IF({outturn}>{adjusted},"✗ 执行数大于调整后预算",'
        f"IF(IF(COUNT({rate})=1,ROUND({rate}-{quotient},6)<>0,FALSE),"
        f'"✗ 执行率应为 "&TEXT({quotient},"0.00%"),'
        f'"✓ 执行率 "&TEXT({quotient},"0.00%"))))))'
    )


def colour_results(sheet: Any, palette: Palette, first: int, last: int, column: int) -> None:
    """Green for ✓, red for ✗, amber for 尾差."""
    for text, style in (("✓", palette.good), ("✗", palette.bad), ("尾差", palette.doubtful)):
        sheet.conditional_format(
            first,
            column,
            last,
            column,
            {"type": "text", "criteria": "begins with", "value": text, "format": style},
        )


Relation = Sum | ColumnSum | Rate | AtMost | Same | RowCount
LIVE = tuple(relation for relation in FIXED if not isinstance(relation, ScoreRelation))


def paint_relations(book: Any, palette: Palette, plan: FormPlan) -> None:
    """Add the sheet 核对: a line for each relation of the form."""
    sheet = book.add_worksheet(CHECK_SHEET)
    for column, (_, width) in enumerate(_HEADS):
        sheet.set_column(column, column, width)
    sheet.merge_range(0, 0, 0, len(_HEADS) - 1, "勾稽关系实时核对（随填随查，不必填写）", palette.sheet_title)
    sheet.set_row(0, 30)
    for column, (head, _) in enumerate(_HEADS):
        sheet.write_string(1, column, head, palette.head)
    for offset, relation in enumerate(LIVE):
        _paint_relation(sheet, palette, plan, relation, 2 + offset)
    colour_results(sheet, palette, 2, 1 + len(LIVE), len(_HEADS) - 1)
    sheet.freeze_panes(2, 0)
    sheet.protect("", {"format_columns": True, "autofilter": True, "sort": True})
    sheet.autofilter(1, 0, 1 + len(LIVE), len(_HEADS) - 1)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(1)
    sheet.hide_gridlines(2)


def _paint_relation(sheet: Any, palette: Palette, plan: FormPlan, relation: Relation, row: int) -> None:
    stated, expected = _formulas(plan, relation)
    style = _style(palette, relation)
    line = row + 1
    target = _stated_key(relation)
    sheet.write_string(row, 0, relation.code, palette.paragraph_boxed)
    sheet.write_string(row, 1, relation.title, palette.paragraph_boxed)
    page, slot = plan.slots[target]
    place = f"internal:'{page.name}'!{slot.coordinate}"
    sheet.write_url(row, 2, place, palette.link, f"「{page.name}」{slot.field.label}")
    places = 4 if isinstance(relation, Rate) else 2
    difference = f'=IF(COUNT(D{line},E{line})=2,ROUND(D{line}-E{line},{places}),"")'
    sheet.write_formula(row, 3, stated, style, "")
    sheet.write_formula(row, 4, expected, style, "")
    sheet.write_formula(row, 5, difference, style, "")
    sheet.write_formula(row, 6, _verdict(relation, line), palette.paragraph_boxed, "")


def _stated_key(relation: Relation) -> str:
    match relation:
        case Sum(total=key) | ColumnSum(total=key) | Rate(rate=key) | AtMost(part=key):
            return key
        case Same(stated=key) | RowCount(stated=key):
            return key


def _style(palette: Palette, relation: Relation) -> Any:
    if isinstance(relation, Rate):
        return palette.rate
    match relation:
        case RowCount() | Sum(counted=True) | Same(counted=True):
            return palette.count
    return palette.amount


def _formulas(plan: FormPlan, relation: Relation) -> tuple[str, str]:
    """Formulas of the stated figure and of what the relation expects."""
    stated = _name(_stated_key(relation))
    shown = f'=IF(COUNT({stated})=1,N({stated}),"")'
    match relation:
        case Sum(terms=terms, open_parts=open_parts):
            names = [_name(key) for key, _ in terms]
            needed = 1 if open_parts else len(names)
            total = "".join(
                f"{'+' if sign > 0 else '-'}ROUND(N({_name(key)}),2)" for key, sign in terms
            ).lstrip("+")
            return shown, f'=IF(COUNT({",".join(names)})>={needed},{total},"")'
        case ColumnSum(column=column):
            area = _column_area(plan, column)
            return shown, f'=IF(COUNT({area})>0,ROUND(SUM({area}),2),"")'
        case Rate(part=part, whole=whole):
            quotient = f"ROUND(N({_name(part)})/N({_name(whole)}),4)"
            both = f"COUNT({_name(part)},{_name(whole)})=2"
            return shown, f'=IF({both},IF(N({_name(whole)})=0,"",{quotient}),"")'
        case AtMost(whole=other) | Same(reference=other):
            return shown, f'=IF(COUNT({_name(other)})=1,N({_name(other)}),"")'
        case RowCount(table=table, column=column, value=value):
            if column:
                area = _column_area(plan, f"{table}.{column}")
                return shown, f'=COUNTIF({area},"{value}")'
            _, block = plan.tables[table]
            return shown, f"=COUNTA({_column_area(plan, block.columns[0].field.key)})"


def _verdict(relation: Relation, line: int) -> str:
    difference = f"F{line}"
    match relation:
        case AtMost(reason=reason):
            explained = f'IF(LEN({_name(reason)})>0,"✓ 超出部分有说明","✗ 超出且没有说明")'
            return f'=IF({difference}="","—",IF({difference}<=0,"✓",{explained}))'
        case Sum(parts=parts, counted=False):
            allowed = (len(parts) + 1) * 5
            wrong = f'IF(ABS({difference})*1000<={allowed}.01,"尾差 ","✗ 差 ")&TEXT({difference},"0.00")'
        case Rate():
            wrong = f'"✗ 应为 "&TEXT(E{line},"0.00%")'
        case RowCount() | Same():
            wrong = f'"✗ 应为 "&E{line}'
        case _:
            wrong = f'"✗ 差 "&{difference}'
    computable = isinstance(relation, Sum | Rate)
    blank = f'IF(AND(D{line}="",E{line}<>""),"未填，由系统计算","—")' if computable else '"—"'
    return f'=IF({difference}="",{blank},IF({difference}=0,"✓",{wrong}))'


def _name(key: str) -> str:
    return key.replace(".", "_")


def _column_area(plan: FormPlan, key: str) -> str:
    """A table's column from guard row to guard row, so that inserted rows lie inside."""
    page, block, slot = plan.columns[key]
    return _area(page.name, block, column_letters(slot.column))


def _area(sheet: str, block: Table, column: str) -> str:
    return f"'{sheet}'!${column}${block.header + 1}:${column}${block.guard}"
