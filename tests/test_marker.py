import io
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from openpyxl import load_workbook
from samples import overtype, place

from selfeval_xlsx.checks import check
from selfeval_xlsx.errors import DataError, NotMarkedError
from selfeval_xlsx.findings import Suspect
from selfeval_xlsx.form.data import from_data, to_data
from selfeval_xlsx.office.package import is_sealed
from selfeval_xlsx.workbook import marker
from selfeval_xlsx.workbook.author import paint
from selfeval_xlsx.workbook.marks import ALWAYS
from selfeval_xlsx.workbook.reader import read_workbook
from tests.places import cell, in_book, printed

ASSETS, PEOPLE = cell("overview.management.assets"), cell("overview.management.human_resources")


def marked(data: bytes) -> bytes:
    evaluation = read_workbook(data, "表.xlsx")
    copy = marker.mark(data, check(evaluation))
    assert copy is not None
    return copy


def spoiled(data: dict[str, Any]) -> bytes:
    overtype(data, ["budget", "lines", "total", "execution_rate"], "95%")
    overtype(data, ["overview", "management", "assets"], "")
    return paint(from_data(data), [])


def colour(sheet: Any, cell: str) -> str:
    """The colour a marked cell is shown in; empty for a cell without a mark."""
    for formatting in sheet.conditional_formatting:
        for rule in formatting.rules:
            if cell in formatting and rule.formula == [ALWAYS]:
                return str(rule.dxf.fill.bgColor.rgb)[-6:]
    return ""


def test_findings_stand_on_their_cells_and_in_a_list(full_data: dict[str, Any]) -> None:
    book = load_workbook(io.BytesIO(marked(spoiled(full_data))))
    assert colour(book["预算"], cell("budget.lines.total.execution_rate")) == "FF9F9F"
    assert "98.66%" in in_book(book, "budget.lines.total.execution_rate").comment.text
    assert colour(book["概况"], ASSETS) == "FFD54F"
    # the finding speaks of this cell, too
    assert colour(book["预算"], cell("budget.lines.total.outturn")) == "FFE3E3"
    assert in_book(book, "budget.lines.total.outturn").comment is None
    assert colour(book["预算"], cell("budget.lines.project.outturn")) == ""
    listed = book["核对结果"]
    assert [row[1].value for row in listed.iter_rows(min_row=5)] == ["EXE02", "FIL06"]
    assert listed["C5"].hyperlink.location == f"'预算'!{cell('budget.lines.total.execution_rate')}"
    assert book["预算"]["A1"].hyperlink.location == "'核对结果'!A1"
    assert book["目标"]["A1"].hyperlink is None
    assert book.active is listed
    assert book.sheetnames[0] == "核对结果"
    assert [sheet.title for sheet in book if sheet.sheet_view.tabSelected] == ["核对结果"]


def test_a_copy_holds_nothing_of_the_hour_it_was_made(full_data: dict[str, Any]) -> None:
    with zipfile.ZipFile(io.BytesIO(marked(spoiled(full_data)))) as package:
        assert {part.date_time for part in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_where_to_look_first_stands_on_top(full_data: dict[str, Any]) -> None:
    data = spoiled(full_data)
    evaluation = read_workbook(data, "表.xlsx")
    found = check(evaluation)
    suspect = Suspect(
        place("budget.lines.total.adjusted_budget"),
        "合计·调整后预算",
        "3,244.60",
        "3,369.74",
        ("SUM02", "EXE02"),
    )
    guessed = tuple(replace(each, cause="可能是分母用错") for each in found.findings)
    copy = marker.mark(data, replace(found, findings=guessed, suspects=(suspect,)))
    assert copy is not None
    book = load_workbook(io.BytesIO(copy))
    first, second = (
        [str(cell.value or "") for cell in row] for row in book["核对结果"].iter_rows(min_row=5, max_row=6)
    )
    assert first[0] == "先看"
    assert "3,369.74" in first[4]
    assert "SUM02、EXE02" in first[5]
    assert second[5] == "可能是分母用错。"
    assert book["核对结果"]["C5"].hyperlink.location == f"'预算'!{cell('budget.lines.total.adjusted_budget')}"
    assert colour(book["预算"], cell("budget.lines.total.adjusted_budget")) == "FF9F9F"
    assert "3,369.74" in in_book(book, "budget.lines.total.adjusted_budget").comment.text
    assert "可能是分母用错。" in in_book(book, "budget.lines.total.execution_rate").comment.text


def test_the_copy_reads_like_the_original_and_is_sealed(full_data: dict[str, Any]) -> None:
    original = spoiled(full_data)
    copy = marked(original)
    assert is_sealed(copy)
    assert to_data(read_workbook(copy, "a")) == to_data(read_workbook(original, "b"))


def test_a_corrected_copy_loses_its_old_marks(full_data: dict[str, Any]) -> None:
    book = load_workbook(io.BytesIO(marked(spoiled(full_data))))
    in_book(book, "budget.lines.total.execution_rate").value = 0.9866
    book["概况"][PEOPLE] = None
    buffer = io.BytesIO()
    book.save(buffer)
    again = load_workbook(io.BytesIO(marked(buffer.getvalue())))
    assert colour(again["预算"], cell("budget.lines.total.execution_rate")) == ""
    assert in_book(again, "budget.lines.total.execution_rate").fill.fill_type is None
    assert in_book(again, "budget.lines.total.execution_rate").comment is None
    assert again["预算"]["A1"].hyperlink is None
    assert colour(again["概况"], PEOPLE) == "FFD54F"
    assert again.sheetnames.count("核对结果") == 1


def test_what_a_cell_holds_never_becomes_a_formula(full_data: dict[str, Any]) -> None:
    overtype(full_data, ["overview", "identity", "supervising_department"], "=HYPERLINK(1)XX")
    book = load_workbook(io.BytesIO(marked(paint(from_data(full_data), []))))
    assert all(cell.data_type != "f" for row in book["核对结果"].iter_rows() for cell in row)
    assert in_book(book, "overview.identity.supervising_department").value == "=HYPERLINK(1)XX"
    assert in_book(book, "overview.identity.supervising_department").data_type == "s"


def test_control_characters_in_a_cell_are_marked_without_them(full_data: dict[str, Any]) -> None:
    overtype(full_data, ["budget", "lines", "total", "outturn"], "\x07三千")
    book = load_workbook(io.BytesIO(marked(paint(from_data(full_data), []))))
    assert "三千" in in_book(book, "budget.lines.total.outturn").comment.text


def test_a_text_too_long_for_a_cell_is_refused_not_lost(full_data: dict[str, Any]) -> None:
    overtype(full_data, ["goals", "results", "effects"], "长" * 32_768)
    with pytest.raises(DataError, match=printed("「goals.results.effects」")):
        paint(from_data(full_data), [])


def test_a_workbook_too_large_to_copy_is_left(full_data: dict[str, Any], monkeypatch: Any) -> None:
    monkeypatch.setattr(marker, "SHEETS_LIMIT", 10)
    evaluation = from_data(full_data)
    with pytest.raises(NotMarkedError, match="太大"):
        marker.mark(paint(evaluation, []), check(evaluation))
