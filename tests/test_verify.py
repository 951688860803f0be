"""``verify``: what is said of a report that was edited after it was made, and what is not."""

import io
import json
import re
from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from openxml_audit import OpenXmlValidator

from selfeval_xlsx import files
from selfeval_xlsx.errors import NotAReportError
from selfeval_xlsx.figures import Claim
from selfeval_xlsx.findings import Severity
from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.job import make_report
from selfeval_xlsx.office.package import add_properties, is_sealed
from selfeval_xlsx.outputs import report_setup
from selfeval_xlsx.report.names import ATTACHMENTS
from selfeval_xlsx.report.template import ReportTemplate
from selfeval_xlsx.signed.differences import Difference, Kind
from selfeval_xlsx.signed.paragraphs import Paragraph, Table, read_document
from selfeval_xlsx.signed.verification import Provenance, Verification, compare, verify
from selfeval_xlsx.signed.wording import wording
from tests.conftest import GOOD, Shell
from tests.places import in_book, printed
from tests.shipped import REPORT, with_text
from tests.test_report import paragraph as tag_line
from tests.word_edits import (
    NOISES,
    REMOVAL_WAYS,
    Edit,
    control,
    edits,
    make,
    packed,
    parts_of,
    removals,
    resaves,
    run,
    tracked,
    with_root,
)

BOOK = GOOD / "云岭县职业教育中心.xlsx"
TOWN = GOOD / "青石镇综合服务中心.xlsx"


@cache
def tools() -> report_setup.Kit:
    return report_setup.load()


@cache
def report_of(book: Path) -> bytes:
    made = make_report(book.read_bytes(), book.name, tools().template, tools().rules).report
    assert made is not None
    return made


@cache
def plain_report_of(book: Path) -> bytes:
    """The report with all its tables in the text."""
    made = make_report(book.read_bytes(), book.name, tools().template, tools().rules, attachments=()).report
    assert made is not None
    return made


def verified(report: bytes, book: Path = BOOK) -> Verification:
    return verify((report, "报告.docx"), (book.read_bytes(), book.name), tools().template, tools().rules)


# --- generated edits ----------------------------------------------------------------------------


@pytest.mark.parametrize("book", [BOOK, TOWN], ids=["school", "town"])
def test_every_single_edit_is_found_at_its_place(book: Path) -> None:
    for edit in edits(report_of(book), 12, seed=7):
        said = verified(edit.report, book).differences
        assert len(said) == 1, edit
        _hold(edit, said[0])


@pytest.mark.parametrize("way", list(REMOVAL_WAYS))
def test_whatever_is_taken_out_is_told(way: str) -> None:
    for taken in removals(report_of(TOWN)):
        said = verified(taken.make(way), TOWN).differences
        assert any(taken.is_told_by(each) for each in said), taken
        assert taken.total or not any(each.severity is Severity.ERROR for each in said), taken


def _hold(edit: Edit, said: Difference) -> None:
    if edit.what == "paragraph deleted":
        lost = Severity.WARNING if edit.old.endswith(tuple(ATTACHMENTS.values())) else Severity.NOTE
        assert (said.severity, said.kind, said.place) == (lost, Kind.REMOVED, f"原{edit.place}")
        assert re.sub(r"\s", "", said.expected) == re.sub(r"\s", "", edit.old)
    elif edit.what == "sentence reworded":
        assert (said.severity, said.kind, said.place) == (Severity.NOTE, Kind.WORDING, edit.place)
    else:
        assert (said.severity, said.kind, said.place) == (Severity.ERROR, Kind.FIGURE, edit.place)
        assert edit.old in said.expected
        assert edit.new in said.found


def test_saving_without_edits_raises_no_alarm() -> None:
    for name, saved in resaves(report_of(TOWN), 2, seed=7):
        result = verified(saved, TOWN)
        assert result.differences == (), name
        assert result.provenance is Provenance.SAME, name


# --- what people do to whole reports ------------------------------------------------------------


def edited(
    change: Callable[..., None], book: Path = BOOK, report: bytes | None = None
) -> tuple[Difference, ...]:
    """What is said of the report after ``change`` was done to it with python-docx."""
    document = Document(io.BytesIO(report or plain_report_of(book)))
    change(document)
    buffer = io.BytesIO()
    document.save(buffer)
    return verified(buffer.getvalue(), book).differences


def paragraph(document: Any, beginning: str) -> Any:
    return next(each for each in document.paragraphs if each.text.startswith(beginning))


def brief(said: tuple[Difference, ...]) -> list[tuple[str, str, str]]:
    return [(each.severity.value, each.kind.value, each.place) for each in said]


def retyped(beginning: str, old: str, new: str) -> Callable[..., None]:
    def change(document: Any) -> None:
        found = paragraph(document, beginning)
        assert old in found.text
        found.runs[0].text = found.text.replace(old, new)

    return change


BUDGET = "2025年度，部门整体支出年初预算"
EXECUTION = "「（五）当年部门预算及执行情况」下第1段"


@pytest.mark.parametrize(
    ("old", "new", "figures"),
    [
        ("98.66%", "98.67%", [("98.66%", "98.67%")]),
        ("执行数3,201.25万元", "执行数3,210.25万元", [("3,201.25万元", "3,210.25万元")]),
        ("3,244.60万元", "3,244.60元", [("3,244.60万元", "3,244.60元")]),
        ("增加240.00万元", "减少240.00万元", [("增加240.00万元", "减少240.00万元")]),
        ("3,064.90万元，年中调增179.70万元", "179.70万元，年中调增3,064.90万元",
         [("3,064.90万元", "179.70万元"), ("调增179.70万元", "调增3,064.90万元")]),
        ("执行数3,201.25万元，预算执行率98.66%", "全年共支出3,210.25万元，占预算的98.66%",
         [("3,201.25万元", "3,210.25万元")]),
        ("结余43.35万元", "超支43.35万元", [("结余43.35万元", "超支43.35万元")]),
        ("增长8.10%", "增长-8.10%", [("增长8.10%", "增长-8.10%")]),
        ("增长8.10%", "负增长8.10%", [("增长8.10%", "负增长8.10%")]),
        ("3,244.60万元", "3 246.40万元", [("3,244.60万元", "3246.40万元")]),
        ("结余43.35万元", "结余", [("结余43.35万元", "")]),
    ],
)  # fmt: skip
def test_changed_figures_are_errors(old: str, new: str, figures: list[tuple[str, str]]) -> None:
    said = edited(retyped(BUDGET, old, new))
    errors = [each for each in said if each.severity is Severity.ERROR]
    assert [(each.expected, each.found) for each in errors] == figures
    assert {each.place for each in errors} == {EXECUTION}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("3,201.25万元", "32,012,500元"),
        ("3,201.25万元", "0.32亿元"),
        ("2,961.25万元", "0.30亿元"),
        ("3,201.25万元", "约3201万元"),
        ("3,201.25万元", "3200万元左右"),
        ("结余43.35万元", "年末结余43.35万元"),
        ("，预算执行率98.66%，结余43.35万元", "，结余43.35万元，预算执行率98.66%"),
        ("增加240.00万元", "增长240.00万元"),
        ("，结余43.35万元", ""),
        ("结余43.35万元。", "结余43.35万元！"),
        ("98.66%", "98.66%②"),
    ],
)
def test_the_same_figures_in_other_words_are_a_note(old: str, new: str) -> None:
    said = edited(retyped(BUDGET, old, new))
    assert brief(said) == [("说明", "文字有改动", EXECUTION)]
    assert new in said[0].found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("3,201.25万元", "3201.25万元"),
        ("3,244.60万元", "3\u2009244.60万元"),
        ("3,244.60万元", "3 244.60 万元"),
        ("3,201.25万元", "３，２０１．２５万元"),
        ("3,201.25万元", "3,201.25\u00a0万元"),
        ("98.66%，", "98.66％,"),
        ("与上年", "　与上年"),
        ("结余43.35", "结余\n43.35"),
    ],
)
def test_width_and_blanks_are_no_difference(old: str, new: str) -> None:
    assert edited(retyped(BUDGET, old, new)) == ()


@pytest.mark.parametrize(
    ("beginning", "old", "new", "figures"),
    [
        ("编制内部控制", "每年一次", "每年两次", [("一次", "两次")]),
        ("编制内部控制", "每年一次", "每年1次", []),
        ("时效方面", "一个设备标段", "某设备标段", []),
        ("2.改善实训", "120台（套）以上", "120台（套）以下", [("120台(套)以上", "120台(套)以下")]),
        ("县职教中心设", "2025年末", "二〇二五年末", []),
        ("2026年3月16日", "2026年3月16日", "二〇二六年三月十八日", [("2026年3月16日", "二〇二六年三月十八日")]),
        ("数量方面", "合格率100%", "合格率达到百分之百", []),
        ("数量方面", "合格率100%", "合格率达到百分之九十", [("100%", "百分之九十")]),
        ("表1", "单位：万元", "单位：元", [("万元", "元")]),
        ("学生及家长", "学生及家长满意度93.5%，合作企业满意度", "合作企业满意度93.5%，学生及家长满意度",
         [("91.2%", "93.5%"), ("93.5%", "91.2%")]),
        ("（4）扩大", "全年开展社会培训5216人次。", "全年培训企业职工等各类人员达5261人次，成效显著。",
         [("5216人次", "5261人次")]),
    ],
)  # fmt: skip
def test_a_figure_is_known_by_what_it_means(
    beginning: str, old: str, new: str, figures: list[tuple[str, str]]
) -> None:
    said = edited(retyped(beginning, old, new))
    errors = [each for each in said if each.severity is Severity.ERROR]
    assert sorted((each.expected, each.found) for each in errors) == figures
    assert {each.severity for each in said} <= {Severity.ERROR, Severity.NOTE}


def test_a_raised_digit_is_no_digit_of_the_figure() -> None:
    def change(document: Any) -> None:
        found = paragraph(document, "县职教中心设")
        head, _, tail = found.runs[0].text.partition("万元")
        found.runs[0].text = head
        found.add_run("2").font.superscript = True
        found.add_run(f"万元{tail}")

    assert {each.severity for each in edited(change)} == {Severity.NOTE}


def test_a_figure_the_workbook_has_nowhere_is_a_warning() -> None:
    said = edited(
        lambda document: paragraph(document, "以服务就业").insert_paragraph_before("另投入77.31万元。")
    )
    assert brief(said) == [
        ("提醒", "工作簿里没有这个数", "「（二）当年部门履职总体目标、工作任务」下第1段"),
        ("说明", "增加了", "「（二）当年部门履职总体目标、工作任务」下第1段"),
    ]
    known = edited(
        lambda document: paragraph(document, "以服务就业").insert_paragraph_before("共3,201.25万元。")
    )
    assert [each.kind for each in known] == [Kind.ADDED]


# --- what the workbook knows ----------------------------------------------------------------------


def row_of(document: Any, name: str) -> Any:
    return next(
        row for table in document.tables for row in table.rows if any(c.text == name for c in row.cells)
    )


def in_cell(name: str, old: str, new: str) -> Callable[..., None]:
    """A cell of the table's row that has ``name`` in one of its cells."""

    def change(document: Any) -> None:
        found = next(cell for cell in row_of(document, name).cells if cell.text == old)
        found.paragraphs[0].runs[0].text = new
        for more in found.paragraphs[0].runs[1:]:
            more.text = ""

    return change


def without_row(name: str) -> Callable[..., None]:
    def change(document: Any) -> None:
        element = row_of(document, name)._tr  # noqa: SLF001
        element.getparent().remove(element)

    return change


SCORE = "2025年度部门整体支出绩效自评总分"


@pytest.mark.parametrize(
    ("change", "severity", "keys"),
    [
        (retyped(BUDGET, "执行数3,201.25", "执行数3,210.25"), "错误", ["budget.lines.total.outturn"]),
        (retyped(BUDGET, "98.66%", "98.67%"), "错误", ["budget.lines.total.execution_rate"]),
        (retyped(BUDGET, "结余43.35", "结余44.35"), "错误",
         ["budget.lines.total.adjusted_budget", "budget.lines.total.outturn"]),
        (retyped(SCORE, "等级为“优”", "等级为“良”"), "错误", ["goals.assessment.grade"]),
        (retyped("县职教中心设", "教务处", "教务科"), "提醒", ["overview.organisations.1.name"]),
        (retyped(BUDGET, "资金来源于", "人员经费执行数2,000.10万元。资金来源于"), "错误", ["budget.lines.personnel.outturn"]),
        (in_cell("全日制在校生人数", "≥3200人", "≤3200人"), "错误", ["goals.indicators.0.comparator"]),
        (in_cell("全日制在校生人数", "≥3200人", "3200人"), "提醒", ["goals.indicators.0.comparator"]),
        (in_cell("全日制在校生人数", "≥3200人", "≥3300人"), "错误", ["goals.indicators.0.target_value"]),
        (in_cell("公用经费", "221.64", "226.14"), "错误", ["budget.lines.operating.outturn"]),
        (retyped("（4）扩大", "5216人次", "5261人次"), "错误", ["goals.plan.3.result"]),
    ],
)  # fmt: skip
def test_every_difference_names_its_cell(change: Callable[..., None], severity: str, keys: list[str]) -> None:
    [said] = [each for each in edited(change) if each.severity is not Severity.NOTE]
    assert (said.severity.value, said.cells) == (severity, [printed(f"「{key}」") for key in keys])
    assert "以工作簿为准：报告改回" in said.advice
    assert "以报告为准：" in said.advice


def test_the_way_out_says_what_to_type() -> None:
    [said] = edited(retyped(BUDGET, "执行数3,201.25万元", "执行数32,102,500元"))
    cell = printed("「budget.lines.total.outturn」")
    assert f"把{cell} 改为 3210.25，同它对得上的也要改（" in said.advice


def test_what_hangs_together_with_a_figure_has_to_follow_it() -> None:
    [said] = edited(retyped(BUDGET, "执行数3,201.25", "执行数3,210.25"))
    lines = "budget.lines"
    parts = [printed(f"「{lines}.{key}.outturn」").partition("」")[2] for key in ("basic", "project")]
    assert f"加起来等于它的 {'、'.join(parts)}；" in said.advice
    assert printed("同一个数的 「overview.structure.outturn」") in said.advice
    assert (
        printed(f"「{lines}.total.execution_rate」").partition("」")[2]
        in said.advice.partition("由它算出的")[2]
    )
    [part] = edited(in_cell("公用经费", "221.64", "226.14"))
    assert "加起来等于它的" not in part.advice


@pytest.mark.parametrize(
    ("name", "severity"), [("合计", "错误"), ("公用经费", "提醒"), ("免学费及助学金补助", "提醒")]
)
def test_a_row_that_is_gone_is_no_mere_note(name: str, severity: str) -> None:
    [said] = edited(without_row(name))
    assert (said.severity.value, said.kind) == (severity, Kind.REMOVED)
    assert said.cells


def test_a_figure_that_words_replaced_leaves_no_alarm() -> None:
    assert {each.severity for each in edited(retyped("时效方面", "二次招标", "重新招标"))} == {Severity.NOTE}


def test_a_rewritten_sentence_is_known_by_its_figures() -> None:
    old = "截至12月31日，执行数3,201.25万元，预算执行率98.66%，结余43.35万元。"
    new = "全年各项资金共花出去3,201.25万元，还剩下43.35万元没有用，花钱的进度是98.76%。"
    [said] = [each for each in edited(retyped(BUDGET, old, new)) if each.severity is not Severity.NOTE]
    assert (said.expected, said.found) == ("98.66%", "98.76%")
    assert said.cells == [printed("「budget.lines.total.execution_rate」")]


def test_negative_amounts_as_accountants_write_them_agree() -> None:
    [one], [other] = wording("-8.20").figures, wording("（8.20）").figures
    assert one.agrees(other)


def test_a_deleted_heading_renumbers_the_others_without_alarm() -> None:
    def change(document: Any) -> None:
        for beginning in ("（一）履职完成", "数量方面", "时效方面"):
            element = paragraph(document, beginning)._p  # noqa: SLF001
            element.getparent().remove(element)
        for beginning, number in (("（二）履职效果", "（一）"), ("（三）社会满意", "（二）"), ("表5", "表4")):
            found = paragraph(document, beginning)
            found.runs[0].text = number + re.sub("^（.）|^表5", "", found.text)

    said = edited(change)
    assert {each.kind for each in said} == {Kind.REMOVED}
    assert said[0].place == "原标题「（一）履职完成情况」"
    assert "；其中有数字 100%、96.8%" in said[1].message


def test_a_moved_paragraph_is_named_with_both_places() -> None:
    def change(document: Any) -> None:
        moving = paragraph(document, "自评报告经县教育局")._p  # noqa: SLF001
        paragraph(document, "以服务就业")._p.addprevious(moving)  # noqa: SLF001

    [said] = edited(change)
    assert (said.kind, said.place) == (Kind.MOVED, "「（二）当年部门履职总体目标、工作任务」下第1段")
    assert "原在「四、绩效自评结果拟应用和公开情况」下第2段" in said.message


def test_a_paragraph_cut_in_two_is_no_difference_and_a_cut_sentence_one() -> None:
    def cut(document: Any) -> None:
        found = paragraph(document, "数量方面")
        head, _, tail = found.text.partition("质量方面")
        found.insert_paragraph_before(head)
        found.runs[0].text = "质量方面" + tail

    assert edited(cut) == ()
    said = edited(retyped("数量方面", "设备验收合格率100%，毕业生", "设备验收合格率100%。毕业生"))
    assert brief(said) == [("说明", "文字有改动", "「（一）履职完成情况」下第1段")]


def test_a_sentence_cut_in_two_paragraphs_is_named() -> None:
    def cut(document: Any) -> None:
        found = paragraph(document, "数量方面")
        head, _, tail = found.text.partition("合格率")
        found.insert_paragraph_before(head)
        found.runs[0].text = f"合格率{tail}"

    [said] = edited(cut)
    assert brief((said,)) == [("说明", "文字有改动", "「（一）履职完成情况」下第1段")]
    assert "在“" in said.message
    assert "设备验收”之后断成了两段" in said.message


def copied(old: str, new: str) -> Callable[..., None]:
    """The paragraph on the whole budget once more, with other words."""

    def change(document: Any) -> None:
        found = paragraph(document, BUDGET)
        assert old in found.text
        found.insert_paragraph_before(found.text.replace(old, new))

    return change


def test_a_copy_of_a_paragraph_with_another_figure_is_an_error() -> None:
    errors = [each for each in edited(copied("3,244.60", "3,246.40")) if each.severity is Severity.ERROR]
    assert [(each.expected, each.found) for each in errors] == [("3,244.60万元", "3,246.40万元")]
    known = [each for each in edited(copied("3,244.60", "3,201.25")) if each.severity is Severity.ERROR]
    assert [(each.expected, each.found) for each in known] == [("3,244.60万元", "3,201.25万元")]


def test_a_copy_with_the_same_figures_or_of_another_year_is_no_error() -> None:
    assert [each.kind for each in edited(copied("2025年度", "2025年度"))] == [Kind.ADDED]
    said = edited(copied("2025年度，部门整体支出年初预算3,064.90", "2024年度，部门整体支出年初预算3,001.00"))
    assert Severity.ERROR not in {each.severity for each in said}


def symbol(number: int) -> Any:
    return make("sym", font="Symbol", char=f"F0{number:02X}")


@pytest.mark.parametrize("way", ["sym", "font"])
def test_a_sign_of_the_symbol_font_is_read_as_it_shows(way: str) -> None:
    def change(document: Any) -> None:
        found = paragraph(document, BUDGET)
        head, _, tail = found.runs[0].text.partition("98.66%")
        found.runs[0].text = f"{head}98.66"
        sign = found.add_run("\uf025" if way == "font" else "")
        sign.font.name = "Symbol"
        if way == "sym":
            sign._r.append(symbol(0x25))  # noqa: SLF001
        found.add_run(tail)

    assert edited(change) == ()


# --- tables -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "column", "old", "new"), [(1, 1, "1,860.40", "1,86\n0.40"), (2, 5, "97.08%", "97.08\n%")]
)
def test_a_figure_wrapped_in_its_cell_is_no_difference(row: int, column: int, old: str, new: str) -> None:
    def change(document: Any) -> None:
        run = document.tables[0].rows[row].cells[column].paragraphs[0].runs[0]
        assert run.text == old
        run.text = new

    assert edited(change) == ()


def test_a_cell_merged_away_shows_what_stands_above_it() -> None:
    def change(document: Any) -> None:
        for row, kind in ((1, "restart"), (2, "continue")):
            cell = document.tables[0].rows[row].cells[1]._tc  # noqa: SLF001
            cell.get_or_add_tcPr().append(make("vMerge", val=kind))

    [said] = edited(change)
    assert brief((said,)) == [("错误", "数字不符", "表1 预算及执行情况表「公用经费」行「年初预算」列")]
    assert (said.expected, said.found) == ("236.50", "1,860.40")


def test_a_moved_column_is_named() -> None:
    def change(document: Any) -> None:
        for row in document.tables[0].rows:
            first, *_, last = row._tr.tc_lst[1:]  # noqa: SLF001
            last.addnext(first)

    [said] = edited(change)
    assert (said.severity, said.kind, said.place) == (Severity.NOTE, Kind.MOVED, "表1 预算及执行情况表")
    assert "「年初预算」列" in said.message


def test_a_renamed_attachment_of_the_unit_is_a_warning_with_its_cell() -> None:
    [said] = edited(retyped("5.满意度", "情况", "结果"), report=report_of(BOOK))
    assert (said.severity, said.kind, said.cells) == (Severity.WARNING, Kind.CONTENT, ["「问题」B24"])


def test_a_changed_cell_is_named_by_row_and_column() -> None:
    def change(document: Any) -> None:
        document.tables[0].rows[2].cells[4].paragraphs[0].runs[0].text = ""
        document.tables[5].rows[8].cells[4].paragraphs[0].runs[0].text = "2400元/生·年"
        document.tables[5].rows[1].cells[3].paragraphs[0].runs[0].text = "≤3200人"
        document.tables[5].rows[12].cells[3].paragraphs[0].runs[0].text = "建立"

    assert brief(edited(change)) == [
        ("错误", "数字不符", "表1 预算及执行情况表「公用经费」行「执行数」列"),
        ("错误", "数字不符", "表6 绩效指标完成情况表「全日制在校生人数」行「指标值」列"),
        ("错误", "数字不符", "表6 绩效指标完成情况表「助学金发放标准」行「完成值」列"),
        ("提醒", "填报的内容不符", "表6 绩效指标完成情况表「校企合作长效机制」行「指标值」列"),
    ]


def test_a_cell_of_a_short_table_is_named_by_row_and_column() -> None:
    def change(document: Any) -> None:
        cells = {cell.text: row for row, cell in enumerate(document.tables[1].rows[0].cells)}
        document.tables[1].rows[1].cells[cells["调整后预算"]].paragraphs[0].runs[0].text = "2,885.35"

    place = "表2 资金来源情况表「财政拨款」行「调整后预算」列"
    assert brief(edited(change, TOWN)) == [("错误", "数字不符", place)]


def test_rows_and_columns_that_went_or_came_are_named() -> None:
    def change(document: Any) -> None:
        table = document.tables[3]
        table._tbl.remove(table.rows[3]._tr)  # noqa: SLF001
        for cell, text in zip(
            table.add_row().cells, ["购置图书", "1.00", "", "1.00", "0.97", "97.00%"], strict=True
        ):
            cell.text = text
        for cell in document.tables[1].add_column(Mm(20)).cells:
            cell.text = "备注"

    said = edited(change)
    assert brief(said) == [
        ("说明", "增加了", "表2 资金来源情况表「备注」列"),
        ("提醒", "删去了", "表4 项目支出情况表"),
        ("提醒", "工作簿里没有这个数", "表4 项目支出情况表「购置图书」行"),
        ("说明", "增加了", "表4 项目支出情况表「购置图书」行"),
    ]
    assert "「免学费及助学金补助」行；其中有数字 220.00" in said[1].message


def test_cells_taken_apart_and_a_table_cut_in_two_read_as_before() -> None:
    def change(document: Any) -> None:
        table = document.tables[5]
        for row in table.rows[1:9]:
            first = row._tr.tc_lst[0]  # noqa: SLF001
            first.vMerge = None
            for old in first.p_lst[0].r_lst:
                first.p_lst[0].remove(old)
            first.p_lst[0].append(run("产出"))
        split = document.tables[0]
        rest = make("tbl", deepcopy(split._tbl.tblGrid), *[row._tr for row in split.rows[3:]])  # noqa: SLF001
        split._tbl.addnext(rest)  # noqa: SLF001
        split._tbl.addnext(make("p"))  # noqa: SLF001

    assert edited(change) == ()


def test_figures_under_swapped_labels_of_rows_are_errors() -> None:
    def change(document: Any) -> None:
        personnel, operating = (document.tables[0].cell(row, 0).paragraphs[0].runs[0] for row in (1, 2))
        personnel.text, operating.text = operating.text, personnel.text

    said = edited(change)
    assert {each.severity for each in said} == {Severity.ERROR, Severity.NOTE}
    assert ("1,908.15", "221.64") in {(each.expected, each.found) for each in said}


def test_a_table_taken_out_or_moved_is_named() -> None:
    def change(document: Any) -> None:
        first, second = document.tables[0], document.tables[2]
        first._tbl.getparent().remove(first._tbl)  # noqa: SLF001
        paragraph(document, "表1")._p.getparent().remove(paragraph(document, "表1")._p)  # noqa: SLF001
        document.element.body.insert(3, second._tbl)  # noqa: SLF001

    kinds = [each.kind for each in edited(change)]
    assert kinds.count(Kind.REMOVED) == 2
    assert Kind.FIGURE not in kinds


def without_chart(document: Any) -> None:
    drawing = next(document.element.body.iter(qn("w:drawing")))
    drawing.getparent().remove(drawing)


def test_a_chart_that_was_taken_out_is_told() -> None:
    [said] = edited(without_chart, report=report_of(BOOK))
    assert (said.severity, said.kind, said.place) == (Severity.WARNING, Kind.REMOVED, "第1张图")


def test_a_chart_that_its_template_lost_is_told() -> None:
    document = Document(str(files.shipped(files.REPORT)))
    without_chart(document)
    buffer = io.BytesIO()
    document.save(buffer)
    other = ReportTemplate(buffer.getvalue(), "无图.docx")
    made = make_report(BOOK.read_bytes(), BOOK.name, other, tools().rules).report
    assert made is not None
    said = verified(made)
    assert any("另一份模板" in each for each in said.remarks)
    assert [(each.severity, each.kind) for each in said.differences] == [(Severity.WARNING, Kind.REMOVED)]


# --- reading ------------------------------------------------------------------------------------


def word(*blocks: Any, **parts: bytes) -> bytes:
    """A Word file of these blocks."""
    contents = parts_of(REPORT) | {name.replace("__", "/"): part for name, part in parts.items()}

    def change(root: Any) -> None:
        body = root[0]
        for each in list(body):
            body.remove(each)
        body.extend(list(blocks))

    return with_root(packed(contents), change)


def p(*content: Any, style: str = "body") -> Any:
    runs = [run(each) if isinstance(each, str) else each for each in content]
    return make("p", make("pPr", make("pStyle", val=style)), *runs)


def read(*blocks: Any) -> list[str]:
    """The texts of these blocks as they are read."""
    lines: list[str] = []
    for block in read_document(word(*blocks), "x.docx").body:
        if isinstance(block, Paragraph):
            lines.append(block.text)
        else:
            lines += ["|".join(row) for row in block.rows]
    return lines


def field(code: str, result: str) -> list[Any]:
    instruction = make("r", make("instrText"))
    instruction[0].text = code
    marks = [make("r", make("fldChar", fldCharType=kind)) for kind in ("begin", "separate", "end")]
    return [marks[0], instruction, marks[1], run(result), marks[2]]


def hidden(text: str) -> Any:
    made = run(text)
    made.insert(0, make("rPr", make("vanish")))
    return made


def deleted_end(*content: Any) -> Any:
    made = p(*content)
    made[0].append(make("rPr", tracked("del")))
    return made


def text_box(*content: Any) -> Any:
    return make("r", make("pict", make("txbxContent", *content)))


@pytest.mark.parametrize(
    ("blocks", "lines"),
    [
        ([p("甲", tracked("ins", run("乙")), tracked("del", run("丙", tag="delText")), "丁")], ["甲乙丁"]),
        ([p("甲", tracked("moveFrom", run("乙")), tracked("moveTo", run("丙")))], ["甲丙"]),
        ([deleted_end("甲"), p("乙"), p("丙")], ["甲乙", "丙"]),
        ([deleted_end("甲"), deleted_end("乙"), p("丙")], ["甲乙丙"]),
        ([control("一", p("甲"), control("二", p("乙", control("三", run("丙")))))], ["甲", "乙丙"]),
        ([p("第", *field(" REF 数 ", "12"), "页")], ["第12页"]),
        ([p("第", *field(" PAGE ", "12"), "页")], ["第页"]),
        ([p(*field(" TOC \\o ", "一、概况 1"))], [""]),
        ([p(make("r", make("fldChar", fldCharType="begin")), "甲", "乙")], ["甲乙"]),
        ([p("甲", hidden("乙"), "丙")], ["甲丙"]),
        ([p("甲", make("r", make("tab"), make("br"), make("noBreakHyphen")), "乙")], ["甲\t\n-乙"]),
        ([p("甲", make("r", make("sym", char="2611")), "乙")], ["甲☑乙"]),
        ([p("甲", text_box(p("框内5万元")), "乙"), p("丙")], ["甲乙", "框内5万元", "丙"]),
        ([p("甲", make("r", make("ruby", make("rt", run("yi")), make("rubyBase", run("乙")))))], ["甲乙"]),
        ([p("甲", make("r", make("footnoteReference", id="2")), make("commentRangeStart", id="1"), "乙")], ["甲乙"]),
    ],
)  # fmt: skip
def test_text_reads_as_on_paper(blocks: list[Any], lines: list[str]) -> None:
    assert read(*blocks) == lines


def row(*cells: Any, **properties: Any) -> Any:
    made = make("tr", *[each if not isinstance(each, str) else make("tc", p(each)) for each in cells])
    if properties:
        made.insert(0, make("trPr", *properties.values()))
    return made


def test_tables_read_as_on_paper() -> None:
    wide = make("tc", make("tcPr", make("gridSpan", val="2")), p("宽"))
    below = make("tc", make("tcPr", make("vMerge")), p(""))
    gone = make("tc", make("tcPr", tracked("cellDel")), p("删"))
    nested = make("tc", make("tbl", row("内", "外")), p("下"))
    table = make(
        "tbl", row(wide, "丙"), row("甲", "乙", "丙"), row(below, gone, "2", "3"), row("删", "删", "删", one=tracked("del")),
        control("行", row(nested, "5", "6")),
    )  # fmt: skip
    assert read(table) == ["宽|宽|丙", "甲|乙|丙", "甲|2|3", "内\n外\n下|5|6"]


def test_tables_in_tables_in_tables_are_read_once() -> None:
    depth = 40
    table = make("tbl", row("0"))
    for level in range(1, depth):
        table = make("tbl", row(make("tc", table, p(str(level)))))
    assert read(table) == ["\n".join(map(str, range(depth)))]


def test_places_are_told_in_the_readers_words() -> None:
    document = read_document(
        word(
            p("题目", style="title"), p("一、概况", style="h1"), p(""), p("甲"), p("表1　收支（单位：元）", style="attachment"),
            make("tbl", row("项目", "数")), p("乙"),
        ),
        "x.docx",
    )  # fmt: skip
    assert [str(block.place) for block in document.body] == [
        "文首第1段", "标题「一、概况」", "标题「一、概况」", "「一、概况」下第1段",
        "表题「表1　收支（单位：元）」", "「一、概况」下第1段", "「一、概况」下第2段",
    ]  # fmt: skip
    [table] = [block for block in document.body if isinstance(block, Table)]
    assert table.name == "表1 收支"
    assert [block.level for block in document.body if isinstance(block, Paragraph)] == [0, 1, 0, 0, 0, 0]


def test_headings_without_their_styles_are_known_by_their_numbers() -> None:
    document = read_document(word(p("一、概况"), p("（一）职责"), p("甲。")), "x.docx")
    assert [str(block.place) for block in document.body][-1] == "「（一）职责」下第1段"


def test_headers_and_footnotes_are_read_apart() -> None:
    parts = parts_of(report_of(BOOK))
    parts["word/header1.xml"] = parts["word/header1.xml"].replace(
        b"</w:p>", "<w:r><w:t>共99.5万元</w:t></w:r></w:p>".encode()
    )
    said = verified(packed(parts)).differences
    assert brief(said) == [("提醒", "工作簿里没有这个数", "页眉"), ("说明", "增加了", "页眉")]


def test_pictures_are_said_to_be_unread() -> None:
    blip = "{http://schemas.openxmlformats.org/drawingml/2006/main}blip"
    pictured = with_root(report_of(BOOK), lambda root: next(root.iter("{*}r")).append(root.makeelement(blip)))
    assert brief(verified(pictured).differences) == [("说明", "没有核对", "全文")]


def test_a_strict_document_and_one_with_another_main_part_are_read() -> None:
    def transitional(name: str) -> bytes:
        return parts_of(report_of(BOOK))[name]

    parts = {
        name: content.replace(
            b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        )
        for name, content in parts_of(report_of(BOOK)).items()
    }
    assert verified(packed(parts)).differences == ()
    parts = {name.replace("document.xml", "document2.xml"): transitional(name) for name in parts}
    parts["_rels/.rels"] = parts["_rels/.rels"].replace(b"word/document.xml", b"/word/Document2.xml")
    assert verified(packed(parts)).differences == ()


# --- files that are no report -------------------------------------------------------------------


def _bomb() -> bytes:
    return packed({"word/document.xml": b" " * 20_000_000})


def _with_entity() -> bytes:
    return packed(
        {
            name: content
            if name != "word/document.xml"
            else b'<!DOCTYPE a [<!ENTITY b "c">]>' + content.partition(b"?>")[2]
            for name, content in parts_of(REPORT).items()
        }
    )


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "空文件"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "打开密码"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "旧格式"),
        (b"%PDF-1.7", "PDF"),
        (b"{\\rtf1", "RTF"),
        (b"\0\1\2", "不是 Word 报告"),
        (b"PK\3\4", "损坏"),
        (REPORT[:3000], "损坏"),
        (BOOK.read_bytes(), "Excel 工作簿"),
        (packed({"a.txt": b"x"}), "压缩文件"),
        (packed({"mimetype": b"application/vnd.oasis.opendocument.text"}), "OpenDocument"),
        (packed(parts_of(REPORT) | {"word/document.xml": b"<w:p"}), "损坏"),
        (packed(parts_of(REPORT) | {"word/styles.xml": b"<w:p"}), "损坏"),
        (_bomb(), "异常庞大"),
        (_with_entity(), "损坏"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_report_is_named(data: bytes, said: str) -> None:
    with pytest.raises(NotAReportError, match=said) as caught:
        read_document(data, "报告.docx")
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("报告.docx ")


# --- figures ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("执行数3,201.25万元，", {"3,201.25万元": Decimal(32012500)}),
        ("２８８５．５３", {"2885.53": Decimal("2885.53")}),
        ("下降2.4%", {"下降2.4%": Decimal("0.024")}),
        ("2026年3月16日前", {"2026年3月16日": "2026-3-16"}),
        ("2026-03-16", {"2026-03-16": "2026-3-16"}),
        ("-8.20", {"-8.20": Decimal("-8.20")}),
        ("三个月和六个月", {"三个月": Decimal(3), "六个月": Decimal(6)}),
        ("（1）更新120台（套）", {"120台(套)": Decimal(120)}),
        ("1.稳定规模；见表2、附件3", {}),
        ("一是抓好第三个“双师型”，一支笔", {}),
        ("人大代表12名", {"12名": Decimal(12)}),
        ("一百六十四人、九成五", {"一百六十四人": Decimal(164), "九成五": Decimal("0.95")}),
        ("10万元（含）以上", {"10万元(含)以上": Decimal(100_000)}),
        ("5亿元、3千元", {"5亿元": Decimal(500_000_000), "3千元": Decimal(3000)}),
        ("10 20", {"10": Decimal(10), "20": Decimal(20)}),
    ],
)
def test_figures_are_taken_out_of_texts(text: str, figures: dict[str, Any]) -> None:
    assert {figure.text: figure.value for figure in wording(text).figures} == figures


def test_bounds_are_known_by_the_words_that_prose_is_read_by() -> None:
    [more], [less], [plain] = (wording(f"培训{words}200课时").figures for words in ("突破", "不足", ""))
    assert (more.bound, less.bound, plain.bound) == (Claim.MORE, Claim.LESS, Claim.EXACT)
    assert (more.text, less.text, plain.text) == ("突破200课时", "不足200课时", "200课时")
    assert not more.agrees(less)
    assert not plain.agrees(more)
    assert plain.is_kept_loosely_by(more)


@given(
    st.decimals(min_value=0, max_value=10**9, places=2), st.decimals(min_value=0, max_value=10**9, places=2)
)
def test_two_amounts_agree_only_when_equal(one: Decimal, other: Decimal) -> None:
    [first], [second] = wording(f"执行数{one:,}万元").figures, wording(f"执行数 {other} 万元").figures
    assert first.agrees(second) == (one == other)


NOTHING = from_data({})


@given(st.lists(st.decimals(min_value=2, max_value=10**6, places=2), min_size=1, max_size=6), st.data())
def test_any_one_changed_figure_of_a_sentence_is_found(amounts: list[Decimal], data: st.DataObject) -> None:
    which = data.draw(st.integers(0, len(amounts) - 1))
    changed = data.draw(
        st.decimals(min_value=2, max_value=10**6, places=2).filter(lambda each: each != amounts[which])
    )
    after = [*amounts[:which], changed, *amounts[which + 1 :]]
    texts = [
        "其中" + "、".join(f"项目{'甲乙丙丁戊己'[i]}{each}万元" for i, each in enumerate(row)) + "。"
        for row in (amounts, after)
    ]
    one, other = (read_document(word(p(text)), "x.docx") for text in texts)
    said = compare(one, other, NOTHING, ())
    assert [(each.expected, each.found) for each in said] == [(f"{amounts[which]}万元", f"{changed}万元")]


# --- where a report comes from ------------------------------------------------------------------


def test_a_report_tells_its_origin(tmp_path: Path) -> None:
    made = report_of(BOOK)
    assert is_sealed(made)
    assert made == make_report(BOOK.read_bytes(), BOOK.name, tools().template, tools().rules).report
    properties = read_document(made, "x.docx").properties
    assert {name for name in properties if not name.startswith("selfeval_mail_")} == {
        "selfeval_workbook", "selfeval_rulebook", "selfeval_template", "selfeval_template_digest", "selfeval_version",
        "selfeval_attachments",
    }  # fmt: skip
    path = tmp_path / "报告.docx"
    path.write_bytes(made)
    errors = OpenXmlValidator().validate(str(path)).errors
    assert errors == []


def test_a_report_that_lost_its_properties_has_the_attachments_its_template_gives() -> None:
    plain = report_setup.load(template=files.shipped("绩效自评报告（简表式）.docx"))
    made = make_report(TOWN.read_bytes(), TOWN.name, plain.template, plain.rules).report
    assert made is not None
    parts = parts_of(made)
    del parts["docProps/custom.xml"]
    result = verify((packed(parts), "报告.docx"), (TOWN.read_bytes(), TOWN.name), plain.template, plain.rules)
    assert (result.provenance, result.differences) == (Provenance.UNKNOWN, ())


def test_a_template_without_pages_for_attachments_expects_none() -> None:
    """Although the report says that it was made with some: those of another template."""
    listing = tag_line("附件：{% for each in facts.attachments %}{{ each }}；{% endfor %}")
    own = ReportTemplate(with_text(listing), "区版.docx")
    made = make_report(TOWN.read_bytes(), TOWN.name, own, tools().rules).report
    assert made is not None
    told = add_properties(parts_of(made), {"selfeval_attachments": "budget,projects,sheet"})
    result = verify((packed(told), "报告.docx"), (TOWN.read_bytes(), TOWN.name), own, tools().rules)
    assert result.differences == ()


def test_a_workbook_of_another_unit_is_said_to_be_one() -> None:
    assert any(
        "云岭县职业教育中心" in each and "青石镇综合服务中心" in each
        for each in verified(report_of(BOOK), TOWN).remarks
    )
    assert verified(report_of(BOOK)).remarks == ()


def test_a_template_keeps_its_own_document_properties() -> None:
    report = report_of(TOWN)  # a package with custom properties serves as the template
    before = set(read_document(report, "x.docx").properties)
    again = ReportTemplate(report, "x.docx").render({}, {"selfeval_workbook": "0", "新": "1"})
    properties = read_document(again, "x.docx").properties
    assert properties["selfeval_workbook"] == "0"
    assert properties["selfeval_version"] == "0.1.0"
    assert properties["新"] == "1"
    ids = re.findall(rb'pid="(\d+)"', parts_of(again)["docProps/custom.xml"])
    assert set(properties) == before | {"新"}
    assert len(set(ids)) == len(ids) == len(properties)
    assert parts_of(again)["_rels/.rels"].count(b"custom-properties") == 1
    assert parts_of(again)["[Content_Types].xml"].count(b"/docProps/custom.xml") == 1


def test_another_version_of_the_workbook_is_told_apart(tmp_path: Path) -> None:
    book = load_workbook(BOOK)
    in_book(book, "budget.lines.total.outturn").value = 3201.35
    path = tmp_path / "新版.xlsx"
    book.save(path)
    result = verified(report_of(BOOK), path)
    assert result.provenance is Provenance.OTHER
    assert result.figures_differ
    assert [remark for remark in result.remarks if "工作簿现有错误" in remark]
    lost = {name: part for name, part in parts_of(report_of(BOOK)).items() if name != "docProps/custom.xml"}
    assert verified(packed(lost)).provenance is Provenance.UNKNOWN


def test_another_rulebook_or_template_is_remarked() -> None:
    renamed = ReportTemplate(REPORT, "区版.docx")
    other = ReportTemplate(packed(parts_of(REPORT)), "区版.docx")
    made = make_report(BOOK.read_bytes(), BOOK.name, other, Rulebook()).report
    assert made is not None
    remarks = verify((made, "x"), (BOOK.read_bytes(), BOOK.name), renamed, tools().rules).remarks
    assert remarks == ("报告是用另一份模板（区版.docx）生成的，可用 --template 指定",)


@pytest.mark.parametrize(
    "attachments", [(), ("budget",), ("sheet", "projects"), ("budget", "sheet", "projects")]
)
def test_a_report_without_properties_tells_its_attachments(attachments: tuple[str, ...]) -> None:
    book = (BOOK.read_bytes(), BOOK.name)
    made = make_report(*book, tools().template, tools().rules, attachments=attachments).report
    assert made is not None
    parts = parts_of(made)
    del parts["docProps/custom.xml"]
    for name in ("[Content_Types].xml", "_rels/.rels"):
        parts[name] = re.sub(rb"<(?:Override|Relationship) [^>]*custom.xml[^>]*/>", b"", parts[name])
    result = verified(packed(parts))
    assert (result.provenance, result.differences) == (Provenance.UNKNOWN, ())


def test_a_draft_is_held_against_todays_draft() -> None:
    bad = GOOD.parent / "bad" / "执行率截断.xlsx"
    draft = make_report(bad.read_bytes(), bad.name, tools().template, tools().rules, draft=True).report
    assert draft is not None
    result = verified(draft, bad)
    assert result.remarks[0] == "这是草稿，不是正式报告"
    assert result.differences == ()


# --- the command --------------------------------------------------------------------------------


def test_the_command_prints_what_differs(shell: Shell) -> None:
    (shell.folder / "报告.docx").write_bytes(report_of(BOOK))
    status, said = shell("verify", "报告.docx", BOOK)
    assert status == 0
    assert "报告由这份工作簿生成" in said
    assert "核验结果：与工作簿一致。" in said
    [edit] = edits(report_of(BOOK), 1, seed=1)
    (shell.folder / "改.docx").write_bytes(edit.report)
    status, said = shell("verify", "改.docx", BOOK)
    assert status == 1
    assert f"错误 {edit.place}：数字不符。按工作簿应为" in said
    assert "核验结果：错误 1 处。" in said


def test_the_command_prints_one_json_document(shell: Shell) -> None:
    [*_, edit] = edits(report_of(BOOK), 9, seed=1)
    (shell.folder / "改.docx").write_bytes(edit.report)
    assert shell("verify", "改.docx", BOOK, "--json")[0] == 0
    document = json.loads(shell.out)
    assert (document["figures_differ"], document["provenance"]) == (False, "same")
    [difference] = document["differences"]
    assert (difference["severity"], difference["kind"]) == ("note", "wording")


def test_arguments_the_wrong_way_round_are_explained(shell: Shell) -> None:
    (shell.folder / "报告.docx").write_bytes(report_of(BOOK))
    status, said = shell("verify", BOOK, "报告.docx")
    assert status == 2
    assert "实际是 Excel 工作簿" in said
    assert said.count("\n") == 1


def test_every_noise_is_a_change_to_the_file() -> None:
    for name, noise in NOISES.items():
        assert with_root(report_of(TOWN), noise) != with_root(report_of(TOWN), lambda _: None), name
