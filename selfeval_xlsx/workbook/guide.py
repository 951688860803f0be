"""Paints the sheet 填表说明: how to fill in, what the colours mean, what is checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from selfeval_xlsx.form.declare import Need
from selfeval_xlsx.form.form import EDITION, EDITION_NAME, TITLE
from selfeval_xlsx.form.places import FormPlan
from selfeval_xlsx.workbook.paint import COLOURS, PROTECTION, Palette

SHEET = "填表说明"

_STEPS = (
    "1. 依次填写「概况」「预算」「目标」「问题」四张表。只有彩色格可以填写，其余已锁定（没有密码）。",
    "2. 不掌握、不适用的内容留空；留空表示“没有说明”，不会当作 0。确实为零的金额请填 0。",
    "3. 金额按「概况」里选定的单位填，只填数字，不写“万元”“元”“%”等字样。",
    "4. 合计、执行率可以照决算填，也可以留空由系统计算；「核对」表会随填随查。",
    "5. 一格里要分段，按 Alt+Enter 换行；行数不够时，在表格中间插入行。",
    "6. 填完保存并关闭，把本文件拖到“生成报告”脚本上（或放在同一文件夹后双击脚本）。",
    "7. 没有错误就得到 Word 报告；有错误则得到一份“核对标注”副本，每处问题都标在格子上，改好后再运行一次。",
)


@dataclass(frozen=True)
class RuleRow:
    """One check as the guide sheet and the documents list it."""

    code: str
    title: str
    effect: str
    remedy: str


def paint(book: Any, sheet: Any, palette: Palette, plan: FormPlan, rules: Sequence[RuleRow]) -> None:
    """Fill ``sheet``: steps, colours, sheets, checks, and the hidden edition that readers look for."""
    for index, width in enumerate((12, 44, 16, 50)):
        sheet.set_column(index, index, width)
    sheet.merge_range(0, 0, 0, 3, f"{TITLE} — {SHEET}", palette.sheet_title)
    sheet.set_row(0, 30)
    row = 2
    for step in _STEPS:
        sheet.merge_range(row, 0, row, 3, step, palette.paragraph)
        sheet.set_row(row, 22)
        row += 1
    row = _legend(sheet, palette, row + 1)
    row = _sheets(sheet, palette, plan, row + 1)
    _rules(sheet, palette, rules, row + 1)
    sheet.repeat_rows(row + 1)
    sheet.write_string(1, 3, f"版本 {EDITION}", palette.edition)
    sheet.write_string(1, 0, EDITION, palette.hidden)
    book.define_name(EDITION_NAME, f"='{SHEET}'!$A$2")
    sheet.protect("", PROTECTION)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.hide_gridlines(2)


def _legend(sheet: Any, palette: Palette, row: int) -> int:
    sheet.write_string(row, 0, "颜色", palette.head)
    sheet.merge_range(row, 1, row, 3, "含义", palette.head)
    meanings = {
        Need.REQUIRED: "必填（标 *）：缺了不能生成报告",
        Need.EXPECTED: "应填：缺了报告会少一部分内容，系统会提醒",
        Need.OPTIONAL: "选填：没有就留空",
    }
    for offset, (need, meaning) in enumerate(meanings.items(), start=1):
        sheet.write_string(row + offset, 0, need.value, palette.legend(COLOURS[need]))
        sheet.merge_range(row + offset, 1, row + offset, 3, meaning, palette.paragraph_boxed)
    return row + len(meanings) + 1


def _sheets(sheet: Any, palette: Palette, plan: FormPlan, row: int) -> int:
    sheet.write_string(row, 0, "工作表", palette.head)
    sheet.merge_range(row, 1, row, 3, "填什么", palette.head)
    for page in plan.sheets:
        row += 1
        link = palette.link
        sheet.write_url(row, 0, f"internal:'{page.name}'!A1", link, page.name)
        contents = "、".join(block.label for block in page.blocks)
        sheet.merge_range(row, 1, row, 3, contents, palette.paragraph_boxed)
        sheet.set_row(row, 32)
    return row + 1


def _rules(sheet: Any, palette: Palette, rules: Sequence[RuleRow], row: int) -> None:
    for column, text in enumerate(("核对编号", "核对什么", "不符时", "怎么办")):
        sheet.write_string(row, column, text, palette.head)
    for rule in rules:
        row += 1
        sheet.set_row(row, 32)
        for column, text in enumerate((rule.code, rule.title, rule.effect, rule.remedy)):
            sheet.write_string(row, column, text, palette.paragraph_boxed)
