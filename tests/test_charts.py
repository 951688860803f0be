"""Native charts of a report: the figures their labels name, drawn and in the workbook inside the file."""

import io
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from openpyxl import load_workbook
from openxml_audit import OpenXmlValidator

from selfeval_xlsx import template_check
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.job import make_report
from selfeval_xlsx.outputs import report_setup
from selfeval_xlsx.report import context
from selfeval_xlsx.report.charts import Series, series_of
from selfeval_xlsx.report.template import ReportTemplate
from selfeval_xlsx.signed.verification import verify
from selfeval_xlsx.template_check import vocabulary
from tests.conftest import GOOD, Convert, sample, words
from tests.shipped import CHART, CHART_BOOK, REPORT, with_chart
from tests.word_edits import packed, parts_of

SHIPPED = ReportTemplate(REPORT, "报告.docx")


def report(data: Mapping[str, Any], template: ReportTemplate = SHIPPED) -> dict[str, bytes]:
    whole = completed(from_data(data), Rulebook())
    made = template.render(context.build(whole, Rulebook()), figures=context.chart_figures(whole))
    return parts_of(made)


def series(parts: Mapping[str, bytes]) -> list[Series]:
    return series_of(etree.fromstring(parts[CHART]))


def sheet(parts: Mapping[str, bytes]) -> list[tuple[Any, ...]]:
    return list(load_workbook(io.BytesIO(parts[CHART_BOOK]))["Sheet1"].values)


def test_the_shipped_chart_shows_budget_and_execution() -> None:
    parts = report(sample("云岭县职业教育中心"))
    assert [(each.name, each.values) for each in series(parts)] == [
        ("调整后预算", ("1912.7", "228.3", "1103.6")),
        ("执行数", ("1908.15", "221.64", "1071.46")),
    ]
    assert sheet(parts)[1] == ("人员经费", 1912.7, 1908.15)
    assert b"<c:chart " in parts["word/document.xml"]


def test_what_is_not_stated_leaves_a_gap() -> None:
    data = sample("云岭县职业教育中心")
    data["budget"]["lines"]["operating"]["outturn"] = data["budget"]["lines"]["basic"]["outturn"] = None
    parts = report(data)
    assert series(parts)[1].values == ("1908.15", "", "1071.46")
    assert [row[2] for row in sheet(parts)] == ["执行数", 1908.15, None, 1071.46]


def test_bars_of_which_nothing_is_stated_are_not_in_the_key() -> None:
    [budget] = series(report(sample("青石镇综合服务中心")))
    assert (budget.name, budget.values) == ("调整后预算", ("1629.26", "41.98", "1214.29"))


def test_a_unit_that_states_no_parts_has_no_chart(minimal_data: dict[str, Any]) -> None:
    assert b"<c:chart " not in report(minimal_data)["word/document.xml"]


def test_amounts_are_drawn_as_they_are_printed(minimal_data: dict[str, Any]) -> None:
    minimal_data["budget"]["lines"]["project"] = {"adjusted_budget": "30.005", "outturn": "0"}
    minimal_data["budget"]["lines"]["personnel"] = {"adjusted_budget": "1", "outturn": "1"}
    assert [each.values[2] for each in series(report(minimal_data))] == ["30.01", "0"]


@pytest.mark.parametrize(
    ("categories", "names"),
    [(("人员经费", "公用经费"), ("执行数",)), (("执行数",), ("人员经费", "公用经费"))],
    ids=["lines below columns", "columns below lines"],
)
def test_a_chart_may_be_turned(categories: tuple[str, ...], names: tuple[str, ...]) -> None:
    parts = report(sample("云岭县职业教育中心"), ReportTemplate(with_chart(categories, names), "x"))
    drawn = [value for each in series(parts) for value in each.values]
    assert drawn == ["1908.15", "221.64"]


def test_the_same_input_gives_the_same_bytes() -> None:
    assert report(sample("云岭县职业教育中心")) == report(sample("云岭县职业教育中心"))


def test_a_chart_of_other_things_stays_as_it_is() -> None:
    own = with_chart(("甲班", "乙班"), ("人数",))
    parts = report(sample("云岭县职业教育中心"), ReportTemplate(own, "x"))
    assert {name: parts[name] for name in (CHART, CHART_BOOK)} == {
        name: content for name, content in parts_of(own).items() if name in {CHART, CHART_BOOK}
    }


def test_only_the_values_in_the_inner_workbook_change() -> None:
    """As Word saves it: on a sheet that is not the first, a value cell as text, another not there at all."""
    parts = parts_of(with_chart(("人员经费", "公用经费"), ("执行数",)))
    book = load_workbook(io.BytesIO(parts[CHART_BOOK]))
    data = book["Sheet1"]
    data.title = "数据 1"
    book.create_sheet("别的", 0)["B2"] = "原样"
    data["B2"] = "待填"
    data["D9"] = "备注"
    data.delete_rows(3)
    data["A3"] = "公用经费"
    kept = io.BytesIO()
    book.save(kept)
    own = {
        **parts,
        CHART_BOOK: kept.getvalue(),
        CHART: parts[CHART].replace(b"Sheet1!", "'数据 1'!".encode()),
    }
    made = report(sample("云岭县职业教育中心"), ReportTemplate(packed(own), "x"))
    after = load_workbook(io.BytesIO(made[CHART_BOOK]))
    assert [cell.value for cell in after["数据 1"]["B"][:3]] == ["执行数", 1908.15, 221.64]
    assert after["别的"]["B2"].value == "原样"
    assert after["数据 1"]["D8"].value == "备注"


@pytest.mark.parametrize("inside", [b"", b"\xd0\xcf\x11\xe0"], ids=["empty", "old format"])
def test_an_inner_workbook_that_cannot_be_filled_does_not_stop_the_report(inside: bytes) -> None:
    own = {**parts_of(with_chart(("人员经费",), ("执行数",))), CHART_BOOK: inside}
    made = report(sample("云岭县职业教育中心"), ReportTemplate(packed(own), "x"))
    assert series(made)[0].values == ("1908.15",)
    assert made[CHART_BOOK] == inside


# --- template check -----------------------------------------------------------------------------


def problems(template: bytes) -> list[str]:
    found = template_check.problems(template, "x", vocabulary.vocabulary(), {})
    return [str(each) for each in found if each.place.startswith("图表")]


def test_a_label_that_names_no_figure_is_an_error_with_the_nearest() -> None:
    assert problems(with_chart(("人员经费", "公用经贵"), ("执行数",))) == [
        "错误 图表“公用经贵”：填报表里没有“公用经贵”的“执行数”，图里会空着。是不是“公用经费”“执行数”。"
    ]


def test_a_chart_of_other_things_is_pointed_out() -> None:
    [found] = problems(with_chart(("甲班",), ("人数",)))
    assert found.startswith("提醒 图表“人数”：图里的数不会替换")


def test_a_chart_cut_off_from_its_data_is_filled_and_named(tmp_path: Path, convert: Convert) -> None:
    path = tmp_path / "模板.docx"
    path.write_bytes(REPORT)
    [saved] = convert("docx", path)
    [found] = problems(saved.read_bytes())
    assert found.startswith("说明 图表：图和它的数据表断开了")
    [shown, _] = series(report(sample("云岭县职业教育中心"), ReportTemplate(saved.read_bytes(), "模板.docx")))
    assert shown.values == ("1912.7", "228.3", "1103.6")


def test_labels_of_two_figures_are_never_the_same() -> None:
    figures = context.chart_figures(from_data(sample("云岭县职业教育中心")))
    assert len(figures) == sum(1 for _ in _amount_cells())
    assert figures["合计·执行数"] == Decimal("3201.25")
    assert figures["三公经费合计·执行数"] == Decimal("12.60")


def _amount_cells() -> list[str]:
    from selfeval_xlsx.form.form import PLAN
    from selfeval_xlsx.form.kinds import Amount

    return [key for key, (_, slot) in PLAN.slots.items() if isinstance(slot.field.kind, Amount)]


# --- verify -------------------------------------------------------------------------------------


def edited(old: str, new: str, part: str = CHART) -> list[str]:
    """What is said of the school's report after ``old`` became ``new`` in a part of it."""
    made = parts_of(_made(BOOK_PATH))
    assert old in made[part].decode()
    return said(packed({**made, part: made[part].replace(old.encode(), new.encode())}))


def said(report: bytes) -> list[str]:
    tools = report_setup.load()
    book = (BOOK_PATH.read_bytes(), BOOK_PATH.name)
    found = verify((report, "报告.docx"), book, tools.template, tools.rules)
    return [str(each) for each in found.differences]


BOOK_PATH = GOOD / "云岭县职业教育中心.xlsx"


def _made(path: Path) -> bytes:
    tools = report_setup.load()
    made = make_report(path.read_bytes(), path.name, tools.template, tools.rules).report
    assert made is not None
    return made


def test_a_figure_changed_in_a_chart_is_found() -> None:
    [found] = edited("<c:v>1908.15</c:v>", "<c:v>1980.15</c:v>")
    assert found.startswith("错误")
    assert "第1张图「人员经费」行「执行数」列" in found
    assert "按工作簿应为 1,908.15，报告里是 1,980.15" in found


def test_digits_that_another_program_adds_are_no_change() -> None:
    assert edited("<c:v>1908.15</c:v>", "<c:v>1908.1500000000001</c:v>") == []


def test_a_chart_that_was_taken_out_is_named() -> None:
    drawn = re.search("<w:drawing>.*?</w:drawing>", parts_of(_made(BOOK_PATH))["word/document.xml"].decode())
    assert drawn is not None
    [found] = edited(drawn[0], "", "word/document.xml")
    assert "第1张图" in found
    assert "整张图" in found


# --- in programs --------------------------------------------------------------------------------


def test_the_chart_is_valid_and_drawn(tmp_path: Path, convert: Convert) -> None:
    path = tmp_path / "报告.docx"
    path.write_bytes(packed(report(sample("云岭县职业教育中心"))))
    assert not OpenXmlValidator().validate(str(path)).errors
    [pdf] = convert("pdf", path)
    text = "".join(words(pdf).split())
    assert len(re.findall(r"1,908\.15", text)) == 2  # in the table, and beside its bar
    assert "图1预算构成及执行情况（单位：万元）" in text


def test_a_gap_is_drawn_as_nothing_not_as_zero(tmp_path: Path, convert: Convert) -> None:
    data = sample("青石镇综合服务中心")
    zeros = [line for line in data["budget"]["sources"].values() if line["adjusted_budget"] == "0"]
    path = tmp_path / "报告.docx"
    path.write_bytes(packed(report(data)))
    [pdf] = convert("pdf", path)
    assert len(re.findall(r"(?<![\d,])0\.00", words(pdf))) == len(zeros)


def test_a_chart_saved_by_another_program_says_the_same(tmp_path: Path, convert: Convert) -> None:
    path = tmp_path / "报告.docx"
    path.write_bytes(_made(BOOK_PATH))
    [saved] = convert("docx", path)
    assert said(saved.read_bytes()) == []
