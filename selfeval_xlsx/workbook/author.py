"""Writes the workbook people fill in, blank or filled, from the form: labels, inputs, locks, validation, names, print set-up.

The live sheet 核对 is added by :mod:`selfeval_xlsx.workbook.live`.
"""

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import xlsxwriter

from selfeval_xlsx.cells import column_letters, coordinate
from selfeval_xlsx.errors import DataError
from selfeval_xlsx.form.declare import (
    OPTIONAL_MARK,
    Answer,
    Field,
    FormPlan,
    Matrix,
    Need,
    Section,
    SheetPlan,
    Slot,
    Table,
)
from selfeval_xlsx.form.form import (
    EDITION,
    EDITION_NAME,
    EDITION_PROPERTY,
    PLAN,
    RULEBOOK_NAME,
    TITLE,
    SelfEvaluation,
)
from selfeval_xlsx.form.kinds import LongText, Validation
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.form.values import rows_of
from selfeval_xlsx.workbook import live
from selfeval_xlsx.workbook.palette import OWED, PROTECTION, Palette, print_on_a4
from selfeval_xlsx.workbook.verdicts import DOUBTFUL, LINE_COLUMNS, WRONG

CREATED = datetime(2025, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""Fixed, so that the same input gives the same bytes."""

CELL_LIMIT = 32_767
"""Characters a cell can hold; the writing library drops longer texts in silence."""

LONG_ROW, SHORT_PROSE_ROW, TABLE_LONG_ROW, LIST_ROW, LINE_ROW, GUARD_ROW = 130, 66, 46, 32, 22, 4
"""Row heights in points: prose, a few sentences, a row with prose of a list that should not be blank, and of
one that may be, an ordinary row, a guard row."""

COUNT_WIDTH = 24
"""The width of the count of what is wrong, in the units of a column; it stands in the last columns that have room."""

LINE_PITCH, LETTER_WIDTH, HIGHEST_ROW = 15, 2.2, 409
"""Of the text in input cells: points of a line and columns' units of a Chinese character; and what a row can be."""

NOTE_PITCH, SMALL_LETTER_WIDTH = 14, 1.8
"""The same of the guidance beside them."""


GUIDE = "填表说明"
"""The sheet that explains how to fill in, what the colours mean and what is checked."""

_STEPS = (
    "1. 依次填写「概况」「预算」「目标」「问题」四张表。黄色的必填，还差几格写在每张表右上角；灰色的已锁定（没有密码）。",
    "2. 不掌握、不适用的内容留空；留空表示“没有说明”，不会当作 0。确实为零的金额请填 0。",
    "3. 金额按「概况」里选定的单位填，只填数字，不写“万元”“元”“%”等字样。",
    "4. 合计、执行率可以照决算填，也可以留空由系统计算；「核对」表会随填随查。",
    "5. 一格里要分段，按 Alt+Enter 换行；行数不够时，在表格中间插入行（右侧没有核对，不符的格变红）。",
    "6. 填完保存并关闭，把本文件拖到“生成报告”脚本上（或放在同一文件夹后双击脚本）。",
    "7. 没有错误就得到 Word 报告；有错误则得到一份“核对标注”副本，每处问题都标在格子上，改好后再运行一次。",
)


def paint(
    evaluation: SelfEvaluation | None, rules: Sequence[live.RuleRow], rulebook: Rulebook | None = None
) -> bytes:
    """The workbook as .xlsx bytes: blank, or filled with what ``evaluation`` holds.

    ``rules`` are explained on the sheet 核对; the live checks keep to ``rulebook`` (default: the shipped
    one). What could not be read is written back as it stood.

    Raises:
        DataError: a text is longer than a cell can hold.

    """
    answers = evaluation.answers if evaluation else {}
    rulebook = rulebook or Rulebook()
    rows = {key: len(rows_of(evaluation, key)) for key in PLAN.tables} if evaluation else {}
    plan = rulebook.plan_with(rows)
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"title": TITLE, "created": CREATED})
    book.set_custom_property(EDITION_PROPERTY, EDITION, "text")
    palette = Palette(book)
    guide = book.add_worksheet(GUIDE)
    for page in plan.sheets:
        book.add_worksheet(page.name)
    _paint_guide(book, guide, palette, plan)
    if rulebook.mark:
        guide.write_string(1, 1, rulebook.mark, palette.hidden)
        book.define_name(RULEBOOK_NAME, f"='{GUIDE}'!$B$2")
    checks = live.LiveChecks(plan, rulebook, rules)
    following = [*(page.name for page in plan.sheets[1:]), live.CHECK_SHEET]
    for page, name in zip(plan.sheets, following, strict=True):
        _Painter(book, palette, page, name, answers, checks).paint()
    checks.paint(book, palette)
    book.get_worksheet_by_name(plan.sheets[0].name).activate()
    book.close()
    return buffer.getvalue()


@dataclass(frozen=True)
class _Painter:
    """Paints one sheet of the form; ``following`` is the sheet one goes to from here."""

    book: Any
    palette: Palette
    page: SheetPlan
    following: str
    answers: Mapping[str, Answer[Any]]
    checks: live.LiveChecks

    @cached_property
    def sheet(self) -> Any:
        return self.book.get_worksheet_by_name(self.page.name)

    @property
    def width(self) -> int:
        return len(self.page.widths)

    def paint(self) -> None:
        self._set_up()
        self._set_apart()
        for block in self.page.blocks:
            self._title(block)
            match block:
                case Section():
                    self._section(block)
                case Matrix():
                    self._matrix(block)
                case Table():
                    self._table(block)
        self.sheet.ignore_errors(
            {"number_stored_as_text": f"A1:{column_letters(self.width)}{self.page.bottom}"}
        )

    def _set_up(self) -> None:
        sheet, page = self.sheet, self.page
        for index, width in enumerate(page.widths):
            sheet.set_column(index, index, width)
        sheet.set_row(0, 30)
        beside = max(at for at in range(self.width) if sum(page.widths[at:]) >= COUNT_WIDTH)
        sheet.merge_range(0, 0, 0, self.width - 1, f"{TITLE} — {page.name}", self.palette.sheet_title)
        sheet.merge_range(1, 0, 1, beside - 1, page.guidance, self.palette.guidance)
        self._span(1, beside, self.width - beside, "", self.palette.count_of_wrong)
        sheet.write_formula(1, beside, self.checks.count(), self.palette.count_of_wrong, "")
        live.colour_results(sheet, self.palette, 1, 1, beside)
        sheet.set_row(1, 20)
        sheet.freeze_panes(self._rows_in_sight(), page.lead if page.landscape else 0)
        sheet.protect("", PROTECTION)
        print_on_a4(sheet, landscape=page.landscape)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        sheet.repeat_rows(0, 1)
        sheet.set_footer('&C&"宋体"&9&A　第 &P 页，共 &N 页')

    def _rows_in_sight(self) -> int:
        """The frozen rows: down to the first block's headings where they serve the sheet's longest list, too.

        Those of a matrix do, for lists below it have its columns; of two lists the longer one's.
        """
        first, *others = self.page.blocks
        longest = max((block.capacity for block in others if isinstance(block, Table)), default=0)
        if isinstance(first, Matrix) or (isinstance(first, Table) and first.capacity > longest):
            return first.header
        return 2

    def _set_apart(self) -> None:
        """Say where the blocks begin that most units leave out, and lead past them: to a district's own, or the next sheet."""
        blocks = self.page.blocks
        first = next((index for index, block in enumerate(blocks) if _is_optional(block)), 0)
        if not first or isinstance(blocks[first - 1], Table):
            return  # below a list it would pass for a row of it
        past = next((block for block in blocks[first:] if not _is_optional(block)), None)
        sheet, cell, name = (
            (self.page.name, f"A{past.top}", past.label) if past else (self.following, "A1", self.following)
        )
        row, style = blocks[first].top - 2, self.palette.set_apart
        self._span(row, 0, self.width, "", style)
        words = f"以下选填，没有就空着；点这里跳过，去「{name}」"
        self.sheet.write_url(row, 0, f"internal:'{sheet}'!{cell}", style, words)
        self.sheet.set_row(row, LINE_ROW)

    def _title(self, block: Section | Matrix | Table) -> None:
        row = block.top - 1
        palette = self.palette
        title, note = palette.block_title, palette.block_note
        if _is_optional(block):
            title, note = palette.optional_title, palette.optional_note
        self._blank_row(row, 24, title)
        self.sheet.write_string(row, 0, block.label, title)
        if block.note:
            self.sheet.write_string(row, self.width - 1, block.note, note)

    def _section(self, block: Section) -> None:
        letters = self.page.widths[-1] / SMALL_LETTER_WIDTH - 1  # the indent
        for slot in block.slots:
            row, field = slot.row - 1, slot.field
            needed = self._needed(slot, self.answers.get(field.key))
            guidance = NOTE_PITCH * math.ceil(len(field.note) / letters)
            self.sheet.set_row(row, max(_height(field), needed, guidance))
            self._span(row, 0, self.page.lead, _starred(field.head, field), self.palette.label)
            self._input(slot)
            self._note(row, field)
        live.colour_results(self.sheet, self.palette, block.top, block.bottom - 1, self.width - 1)

    def _note(self, row: int, field: Field) -> None:
        """The guidance beside a cell; what is wrong with it takes its place while it is."""
        check = self.checks.beside(field.key, field.note)
        if check is None:
            self.sheet.write_string(row, self.width - 1, field.note, self.palette.note)
        else:
            self.sheet.write_formula(row, self.width - 1, check, self.palette.note, "")

    def _matrix(self, block: Matrix) -> None:
        self._heads(block, block.corner)
        self._gaps(block)
        for row, (key, label) in enumerate(block.lines, start=block.header):
            own = (slot.field for slot in block.slots if slot.field.key.startswith(f"{key}."))
            required = any(field.need is Need.REQUIRED for field in own)
            self.sheet.set_row(row, LINE_ROW)
            self.sheet.write_string(row, 0, f"* {label}" if required else label, self.palette.label)
        for slot in block.slots:
            self._input(slot)
        self._live(block, [self.checks.beside(key) or "" for key, _ in block.lines], block.header + 1)

    def _heads(self, block: Matrix | Table, first: str) -> None:
        """The headings of a block's columns, ``first`` above its numbers or lines, with their guidance as comments."""
        row = block.header - 1
        self.sheet.set_row(row, LINE_ROW)
        if first:
            self.sheet.write_string(row, 0, first, self.palette.head)
        for slot in block.columns:
            words = _starred(slot.field.head, slot.field)
            self._span(row, slot.column - 1, slot.span, words, self.palette.head)
            if slot.field.note:
                style = {"author": TITLE, "font_name": "宋体", "font_size": 10, "x_scale": 1.6}
                self.sheet.write_comment(row, slot.column - 1, slot.field.note, style)

    def _gaps(self, block: Matrix) -> None:
        """Grey the columns in which the block has no figures."""
        taken = {slot.column for slot in block.columns}
        for column in set(range(2, max(taken))) - taken:
            for row in range(block.header, block.bottom + 1):
                self.sheet.write_blank(row - 1, column - 1, None, self.palette.label)

    def _table(self, block: Table) -> None:
        self._heads(block, "序号" if block.numbered else "")
        for offset in range(block.capacity):
            self._table_row(block, offset)
        for row in (block.header, block.guard - 1):
            self._blank_row(row, GUARD_ROW, self.palette.guard)
        for slot in block.columns:
            self._validate(block.first - 1, slot, rows=block.capacity)
            if slot.field.need is Need.REQUIRED:
                self._owed_in_rows(block, slot)
            if slot.field in block.owed:
                self._owed_once(block, slot)
        self._live_rows(block)
        area = f"'{self.page.name}'!$A${block.header}:${column_letters(self.width)}${block.guard}"
        self.book.define_name(block.name, f"={area}")

    def _table_row(self, block: Table, offset: int) -> None:
        """A row of a list; one without merged cells and long texts is left to grow with what is typed in it."""
        row, height = block.first - 1 + offset, self._blank_height(block)
        if block.numbered:
            self.sheet.write_number(row, 0, offset + 1, self.palette.number_label)
        for slot in block.columns:
            tail = slot.field.key.removeprefix(f"{block.key}.")
            answer = self.answers.get(f"{block.key}.{offset}.{tail}")
            height = max(height, self._needed(slot, answer))
            self._value(row, slot, answer)
        if height > LINE_PITCH:
            self.sheet.set_row(row, height)

    @staticmethod
    def _blank_height(block: Table) -> float:
        """The height of a row in which nothing stands; 0 where programs find it."""
        if all(slot.span == 1 for slot in block.columns):
            return 0
        if not any(slot.field.kind.long for slot in block.columns):
            return LINE_ROW
        return LIST_ROW if block.need is Need.OPTIONAL else TABLE_LONG_ROW

    def _needed(self, slot: Slot, answer: Answer[Any] | None) -> float:
        """The height that shows the whole text of a cell, as far as a row can be that high."""
        if answer is None or not isinstance(answer.value, str):
            return 0
        width = sum(self.page.widths[slot.column - 1 : slot.column - 1 + slot.span])
        letters = width / LETTER_WIDTH - 1  # the indent
        lines = sum(max(1, math.ceil(len(part) / letters)) for part in answer.value.split("\n"))
        return min(lines * LINE_PITCH, HIGHEST_ROW)

    def _owed_in_rows(self, block: Table, slot: Slot) -> None:
        """Yellow where a row is begun and lacks the column; from guard row to guard row, for rows inserted."""
        first, last = (column_letters(end.column) for end in (block.columns[0], block.columns[-1]))
        own, top = column_letters(slot.column), block.header + 1
        owed = f"AND(COUNTA(${first}{top}:${last}{top})>0,LEN(TRIM(${own}{top}))=0)"
        style = self.palette.owed[Need.REQUIRED]
        self._colour_where(owed, style, block.header, block.guard - 1, slot.column - 1, slot.span)

    def _owed_once(self, block: Table, slot: Slot) -> None:
        """The colour of what is owed in the first row of a list that must have one, until any row has the column."""
        column = column_letters(slot.column)
        none = f"COUNTA(${column}${block.header + 1}:${column}${block.guard})=0"
        style, row = self.palette.owed[block.need], block.first - 1
        self._colour_where(none, style, row, row, slot.column - 1, slot.span)

    def _blank_row(self, row: int, height: int, style: Any) -> None:
        self.sheet.set_row(row, height)
        for column in range(self.width):
            self.sheet.write_blank(row, column, None, style)

    def _live_rows(self, block: Table) -> None:
        """What is wrong in a row: coloured in it, from guard row to guard row, for rows inserted; told beside it."""
        columns = {slot.field.key.rpartition(".")[2]: slot for slot in block.columns}
        places = {name: f"${column_letters(slot.column)}" for name, slot in columns.items()}
        rulebook = self.checks.rulebook
        styles = {WRONG: self.palette.bad_cell, DOUBTFUL: self.palette.doubtful}
        for case in live.row_cases(places, block.header + 1, rulebook):
            if case.column and case.sign in styles:
                column = columns[case.column].column - 1
                self._colour_where(case.condition, styles[case.sign], block.header, block.guard - 1, column)
        if places.keys() >= set(LINE_COLUMNS):
            rows = range(block.first, block.first + block.capacity)
            told = [live.beside_row(live.row_cases(places, row, rulebook)) for row in rows]
            self._live(block, told, block.first)

    def _colour_where(
        self, condition: str, style: Any, first: int, last: int, column: int, span: int = 1
    ) -> None:
        """Colour the cells of a column in the rows in which ``condition``, written for the first of them, holds."""
        options = {"type": "formula", "criteria": f"={condition}", "format": style}
        self.sheet.conditional_format(first, column, last, column + span - 1, options)

    def _live(self, block: Matrix | Table, formulas: list[str], first: int) -> None:
        """The check beside each line, from row ``first`` on: behind the block, to the edge of the sheet."""
        last = block.columns[-1]
        column = last.column + last.span - 1
        self._span(block.header - 1, column, self.width - column, "核对", self.palette.head)
        for row, formula in enumerate(formulas, start=first - 1):
            self._span(row, column, self.width - column, "", self.palette.check)
            self.sheet.write_formula(row, column, formula, self.palette.check, "")
        live.colour_results(self.sheet, self.palette, first - 1, first + len(formulas) - 2, column)

    def _input(self, slot: Slot) -> None:
        row, field = slot.row - 1, slot.field
        self._value(row, slot, self.answers.get(field.key))
        self._validate(row, slot)
        if field.need in self.palette.owed:
            blank = f"LEN(TRIM(${column_letters(slot.column)}${slot.row}))=0"
            self._colour_where(blank, self.palette.owed[field.need], row, row, slot.column - 1, slot.span)
        self.book.define_name(field.name, f"='{self.page.name}'!${column_letters(slot.column)}${slot.row}")

    def _value(self, row: int, slot: Slot, answer: Answer[Any] | None) -> None:
        style = self.palette.input(slot.field, slot.span)
        value: object = ""
        if answer is not None and not answer.computed:
            value = answer.raw if answer.value is None else slot.field.kind.cell_value(answer.value)
        self._span(row, slot.column - 1, slot.span, value, style)

    def _span(self, row: int, column: int, span: int, value: object, style: Any) -> None:
        if span > 1:
            self.sheet.merge_range(row, column, row, column + span - 1, "", style)
        if isinstance(value, str) and len(value) > CELL_LIMIT:
            place = f"「{self.page.name}」{coordinate(row + 1, column + 1)}"
            raise DataError(
                f"{place} 的文字有 {len(value)} 字，超过表格一格的上限 {CELL_LIMIT} 字。请删减后再试。"
            )
        if value == "":
            self.sheet.write_blank(row, column, None, style)
        elif isinstance(value, str):
            self.sheet.write_string(row, column, value, style)
        else:
            self.sheet.write(row, column, value, style)

    def _validate(self, row: int, slot: Slot, rows: int = 1) -> None:
        field, kind = slot.field, self.checks.rulebook.kind_of(slot.field.kind)
        options = {
            **_constraint(kind.validation),
            "ignore_blank": True,
            "input_title": field.label[:32],
            "input_message": f"{kind.expected}。{field.note}"[:255],
            "error_title": "填写有误",
            "error_message": f"{field.label}应填{kind.expected}。"[:255],
        }
        column = slot.column - 1
        self.sheet.data_validation(row, column, row + rows - 1, column + slot.span - 1, options)


def _height(field: Field) -> int:
    if not isinstance(field.kind, LongText):
        return LINE_ROW
    return LONG_ROW if field.kind.limit > 1000 and field.need is not Need.OPTIONAL else SHORT_PROSE_ROW


def _constraint(check: Validation) -> dict[str, Any]:
    if check.type == "list":
        return {"validate": "list", "source": list(check.options)}
    least, most = check.minimum, check.maximum
    if check.type == "date":
        least, most = datetime(2000, 1, 1), datetime(2100, 12, 31)  # type: ignore[assignment] # noqa: DTZ001
    return {"validate": check.type, "criteria": "between", "minimum": least, "maximum": most}


def _is_optional(block: Section | Matrix | Table) -> bool:
    """Whether most units leave the whole block out."""
    return block.label.endswith(OPTIONAL_MARK)


def _starred(text: str, field: Field) -> str:
    return f"* {text}" if field.need is Need.REQUIRED else text


# --- the sheet 填表说明 ------------------------------------------------------------------------------


def _paint_guide(book: Any, sheet: Any, palette: Palette, plan: FormPlan) -> None:
    """Fill ``sheet``: steps, colours, sheets, and the hidden edition that readers look for."""
    for index, width in enumerate((12, 44, 16, 50)):
        sheet.set_column(index, index, width)
    sheet.merge_range(0, 0, 0, 3, f"{TITLE} — {GUIDE}", palette.sheet_title)
    sheet.set_row(0, 30)
    row = 2
    for step in _STEPS:
        sheet.merge_range(row, 0, row, 3, step, palette.paragraph)
        sheet.set_row(row, 22)
        row += 1
    row = _legend(sheet, palette, row + 1)
    _sheets(sheet, palette, plan, row + 1)
    sheet.write_string(1, 3, f"版本 {EDITION}", palette.edition)
    sheet.write_string(1, 0, EDITION, palette.hidden)
    book.define_name(EDITION_NAME, f"='{GUIDE}'!$A$2")
    sheet.protect("", PROTECTION)
    print_on_a4(sheet)


def _legend(sheet: Any, palette: Palette, row: int) -> int:
    sheet.write_string(row, 0, "颜色", palette.head)
    sheet.merge_range(row, 1, row, 3, "含义", palette.head)
    meanings = {
        OWED[Need.REQUIRED]: "必填（标 *）还空着：缺了不能生成报告；列表里写了一半的行，缺的格也是这样",
        OWED[Need.EXPECTED]: "应填还空着：缺了报告会少一部分内容，系统会提醒",
        "#FFFFFF": "已填，或者选填：没有就留空",
    }
    names = ("黄色", "蓝色", "白色")
    for offset, (name, (colour, meaning)) in enumerate(zip(names, meanings.items(), strict=True), start=1):
        sheet.write_string(row + offset, 0, name, palette.legend(colour))
        sheet.merge_range(row + offset, 1, row + offset, 3, meaning, palette.paragraph_boxed)
    return row + len(meanings) + 1


def _sheets(sheet: Any, palette: Palette, plan: FormPlan, row: int) -> None:
    sheet.write_string(row, 0, "工作表", palette.head)
    sheet.merge_range(row, 1, row, 3, "填什么", palette.head)
    for page in plan.sheets:
        row += 1
        link = palette.link
        sheet.write_url(row, 0, f"internal:'{page.name}'!A1", link, page.name)
        contents = "、".join(block.label for block in page.blocks)
        sheet.merge_range(row, 1, row, 3, contents, palette.paragraph_boxed)
        sheet.set_row(row, 32)
