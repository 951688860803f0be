"""A copy of the user's workbook with findings on their cells: coloured, commented, listed with links."""

import io
import warnings
import zipfile
from typing import Any

from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.hyperlink import Hyperlink

from selfeval_xlsx.filling import answers_of
from selfeval_xlsx.findings import CheckResult, Finding, Severity, tally
from selfeval_xlsx.form import SelfEvaluation
from selfeval_xlsx.seal import sealed
from selfeval_xlsx.spec import CellRef, Need
from selfeval_xlsx.workbook.paint import COLOURS
from selfeval_xlsx.workbook.reader import MARK_SHEET

FILLS = {Severity.ERROR: "FF9F9F", Severity.WARNING: "FFD54F", Severity.NOTE: "BBDEFB"}
PREFIX = "【核对】"
SHEETS_LIMIT = 8_000_000
"""Unpacked bytes of sheets a copy is made of; beyond that only the list of findings is given."""

_COLUMNS = (("级别", 8), ("编号", 9), ("位置", 16), ("项目", 30), ("问题", 60), ("怎么办", 40))


def mark(data: bytes, evaluation: SelfEvaluation, result: CheckResult) -> bytes | None:
    """A copy of the workbook in ``data`` with ``result`` on it; None where it is too large to copy.

    Marks of an earlier run are taken off first, so that a corrected copy can be marked again.
    """
    if _sheets_size(data) > SHEETS_LIMIT:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the library drops is of no account in a copy to look at
        book = load_workbook(io.BytesIO(data), keep_links=False)
        _clean(book, evaluation)
        for ref, findings in _by_cell(result.findings).items():
            if ref.sheet in book.sheetnames:
                _mark_cell(book[ref.sheet][ref.coordinate], findings)
        _list(book, result)
        buffer = io.BytesIO()
        book.save(buffer)
    return sealed(buffer.getvalue())


def _sheets_size(data: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return sum(
            part.file_size for part in package.infolist() if part.filename.startswith("xl/worksheets/")
        )


def _by_cell(findings: tuple[Finding, ...]) -> dict[CellRef, list[Finding]]:
    cells: dict[CellRef, list[Finding]] = {}
    for finding in findings:
        for ref in finding.at[:1]:
            cells.setdefault(ref, []).append(finding)
    return cells


def _clean(book: Any, evaluation: SelfEvaluation) -> None:
    """Take off the marks of an earlier run, and give input cells their own colour back."""
    if MARK_SHEET in book.sheetnames:
        del book[MARK_SHEET]
    needs = {answer.ref: answer.field.need for _, answer in answers_of(evaluation)}
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.comment is not None and cell.comment.text.startswith(PREFIX):
                    cell.comment = None
                if cell.has_style and str(cell.fill.fgColor.rgb)[-6:] in FILLS.values():
                    need = needs.get(CellRef(sheet.title, cell.coordinate), Need.OPTIONAL)
                    cell.fill = _fill(COLOURS[need].lstrip("#"))


def _mark_cell(cell: Any, findings: list[Finding]) -> None:
    worst = min(findings, key=lambda finding: list(Severity).index(finding.severity))
    cell.fill = _fill(FILLS[worst.severity])
    text = _printable("\n".join(f"{f.severity.value} {f.code}：{f.message}。{f.hint}" for f in findings))
    comment = Comment(f"{PREFIX}{text}", "绩效自评核对")
    comment.width, comment.height = 360, 40 + 20 * (len(text) // 24 + len(findings))
    cell.comment = comment


def _list(book: Any, result: CheckResult) -> None:
    """The sheet 核对结果, in front: every finding with a link to its cell, and what stayed unchecked."""
    sheet = book.create_sheet(MARK_SHEET, 0)
    book.active = 0
    for other in book.worksheets[1:]:
        other.sheet_view.tabSelected = False
    for index, (head, width) in enumerate(_COLUMNS, start=1):
        sheet.column_dimensions["ABCDEF"[index - 1]].width = width
        _write(sheet.cell(3, index), head, bold=True)
    _write(sheet["A1"], f"核对结果：{tally(result.findings) or '没有发现问题'}", bold=True, wrap=False)
    advice = "请改正标红的格（错误），看一看标黄的格（提醒）；改好保存后，再运行一次“生成报告”。本表会在下次核对时重写。"
    _write(sheet["A2"], advice, wrap=False)
    row = 3
    for severity in Severity:
        for finding in result.of(severity):
            row += 1
            _list_finding(sheet, row, finding)
    for skipped in result.skipped:
        row += 1
        texts = ("未核对", skipped.code, "", skipped.label, f"所需的数没有填，未核对：{skipped.title}", "")
        for column, text in enumerate(texts, start=1):
            _write(sheet.cell(row, column), text)
    sheet.freeze_panes = "A4"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _list_finding(sheet: Any, row: int, finding: Finding) -> None:
    place = str(finding.at[0]) if finding.at else ""
    texts = (finding.severity.value, finding.code, place, finding.label, f"{finding.message}。", finding.hint)
    for column, text in enumerate(texts, start=1):
        _write(sheet.cell(row, column), text)
    sheet.cell(row, 1).fill = _fill(FILLS[finding.severity])
    if finding.at:
        target = finding.at[0]
        cell = sheet.cell(row, 3)
        quoted = target.sheet.replace("'", "''")
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{quoted}'!{target.coordinate}")
        cell.font = Font(name="宋体", size=10, color="0563C1", underline="single")


def _write(cell: Any, text: str, *, bold: bool = False, wrap: bool = True) -> None:
    """Write text, never a formula."""
    cell.value = _printable(text)
    cell.data_type = "s"
    cell.font = Font(name="宋体", size=10, bold=bold)
    cell.alignment = Alignment(vertical="top", wrap_text=wrap)


def _printable(text: str) -> str:
    """``text`` without control characters, which no part of a workbook may hold."""
    return "".join(letter for letter in text if letter >= " " or letter == "\n")


def _fill(colour: str) -> PatternFill:
    return PatternFill("solid", fgColor=f"FF{colour}")
