"""Last year's Word report, whoever wrote it, read for next year's workbook."""

import io
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from docx import Document as WordFile
from openpyxl import load_workbook

from selfeval_xlsx.cli import cli
from selfeval_xlsx.earlier.reading import EarlierReport, next_years_workbook, read_earlier
from selfeval_xlsx.earlier.sections import sections_of
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.last_year import carried_over
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.form.values import answers_of
from selfeval_xlsx.job import make_report
from selfeval_xlsx.outputs import report_setup
from selfeval_xlsx.signed.paragraphs import Document, read_document
from selfeval_xlsx.workbook.reader import read_workbook
from tests.conftest import GOOD

OUTLINES = tomllib.loads(Path(__file__).with_name("earlier_outlines.toml").read_text(encoding="utf-8"))[
    "report"
]

NOT_PRINTED = {"overview.identity.short_name", "overview.identity.organisation_method"}
"""What a report does not say of itself."""


def word(*lines: "str | list[list[str]]") -> Document:
    """A plain Word file without any styles, as other programs make them; a list of rows is a table."""
    document = WordFile()
    for line in lines:
        if isinstance(line, str):
            document.add_paragraph(line)
        else:
            table = document.add_table(len(line), len(line[0]))
            for row, cells in enumerate(line):
                for column, text in enumerate(cells):
                    table.cell(row, column).text = text
    stream = io.BytesIO()
    document.save(stream)
    return read_document(stream.getvalue(), "上年报告.docx")


def told(report: EarlierReport) -> dict[str, str]:
    return {placed.key: placed.value for placed in report.placed}


@pytest.mark.parametrize("name", ["青石镇综合服务中心", "云岭县职业教育中心"])
def test_what_our_own_report_prints_is_carried_over_whole(name: str) -> None:
    made_with = report_setup.load()
    book = GOOD / f"{name}.xlsx"
    outcome = make_report(book.read_bytes(), book.name, made_with.template, made_with.rules)
    assert outcome.report is not None
    report = read_earlier(read_document(outcome.report, "上年.docx"))
    known = dict(answers_of(carried_over(completed(outcome.evaluation, made_with.rules))))
    carried = dict(answers_of(carried_over(completed(report.evaluation(), made_with.rules))))

    def bare(value: Any) -> str:
        return str(value).rstrip("；。")

    missing = {
        key: answer.raw
        for key, answer in known.items()
        if answer.stated
        and answer.value != Decimal(0)
        and key not in NOT_PRINTED
        and (key not in carried or bare(carried[key].show()) != bare(answer.show()))
    }
    assert missing == {}
    assert [key for key, answer in carried.items() if answer.stated and not known[key].stated] == []


@pytest.mark.parametrize("outline", OUTLINES, ids=lambda outline: outline["id"])
def test_headings_of_published_reports_name_their_places(outline: dict[str, Any]) -> None:
    lines = []
    for _, number, words, _ in outline["headings"]:
        lines += [f"{number}{words}", "这里是一段说明，讲的是这一部分的内容。"]
    sections = sections_of(word("某某局2024年度部门整体支出绩效自评报告", *lines))[1:]
    for section, (_, number, words, places) in zip(sections, outline["headings"], strict=True):
        assert section.heading == f"{number}{words}"
        assert set(places.split()) <= set(section.places) <= {*places.split(), "facts"}


@pytest.mark.parametrize(
    "outline", [each for each in OUTLINES if "text" in each], ids=lambda outline: outline["id"]
)
def test_what_such_reports_say_is_placed_and_nothing_else(outline: dict[str, Any]) -> None:
    found = told(read_earlier(word(*outline["text"])))
    missed = set(outline.get("missed", ()))
    expected = {key: value for key, value in outline["placed"].items() if key not in missed}
    assert {
        key: value
        for key, value in found.items()
        if not key.startswith("budget") and not key.endswith(".type")
    } == {key: value for key, value in expected.items() if not key.startswith("budget")}
    money = [
        {key: Decimal(value) for key, value in some.items() if key.startswith("budget")}
        for some in (found, expected)
    ]
    assert money[0] == money[1]


def test_duties_are_told_apart_however_they_are_numbered() -> None:
    for marks in (("1.", "2."), ("（1）", "（2）"), ("①", "②"), ("一是", "二是"), ("1、", "2、")):
        report = read_earlier(word("一、部门职责", f"主要职责：{marks[0]}编制规划；{marks[1]}管理林地。"))
        assert told(report) == {
            "overview.duties.0.content": "编制规划。",
            "overview.duties.1.content": "管理林地。",
        }


def test_names_from_the_title_a_cover_and_the_sign_off() -> None:
    report = told(
        read_earlier(
            word(
                "南湖县林业局2024年度部门整体支出绩效自评报告",
                "主管部门：南湖县人民政府",
                "填报人：某某　联系电话：000-1",
            )
        )
    )
    assert report["overview.identity.unit_name"] == "南湖县林业局"
    assert report["overview.identity.year"] == "2024"
    assert report["overview.identity.supervising_department"] == "南湖县人民政府"
    assert (report["overview.sign_off.preparer"], report["overview.sign_off.telephone"]) == ("某某", "000-1")


def test_posts_and_offices() -> None:
    report = told(
        read_earlier(
            word(
                "一、机构设置及人员编制",
                "内设机构3个，包括办公室、财务股、业务股。核定编制40名，其中行政编制10名、事业编制30名。",
            )
        )
    )
    assert report["overview.structure.office_count"] == "3"
    assert [report[f"overview.organisations.{row}.name"] for row in range(3)] == [
        "办公室",
        "财务股",
        "业务股",
    ]
    posts = [
        report[f"overview.staff.{kind}.authorised_posts"]
        for kind in ("total", "administrative", "institutional")
    ]
    assert posts == ["40", "10", "30"]


def test_posts_that_do_not_add_up_are_placed_in_all_only() -> None:
    report = told(read_earlier(word("一、人员编制", "编制40名，其中行政编制10名、事业编制20名。")))
    assert report == {"overview.staff.total.authorised_posts": "40"}


def test_money_is_placed_where_the_arithmetic_closes() -> None:
    report = read_earlier(
        word(
            "一、预算及执行情况",
            "全年支出决算1,200.00万元，其中基本支出800.00万元，项目支出400.00万元。",
        )
    )
    placed = {key: Decimal(value) for key, value in told(report).items() if key.startswith("budget")}
    assert placed == {
        "budget.lines.basic.outturn": 800,
        "budget.lines.project.outturn": 400,
        "budget.lines.total.outturn": 1200,
    }


@pytest.mark.parametrize(
    "sentence",
    [
        "全年支出决算1,200.00万元，其中基本支出800.00万元，项目支出300.00万元。",
        "道路养护项目全年支出1,200.00万元。",
        "全年支出1,200.00。",
        "比上年支出减少80.00万元。",
    ],
)
def test_money_nothing_confirms_is_left_to_a_person(sentence: str) -> None:
    assert not [key for key in told(read_earlier(word("一、收支情况", sentence))) if key.startswith("budget")]


def test_money_that_does_not_add_up_is_told() -> None:
    report = read_earlier(
        word("一、收支情况", "全年支出决算1,200.00万元，其中基本支出800.00万元，项目支出300.00万元。")
    )
    assert {left.heading for left in report.left} == {"一、收支情况"}


def test_a_table_of_another_district() -> None:
    rows = [
        ["支出类别", "年初预算数", "全年预算数", "执行数"],
        ["基本支出", "300.00", "320.00", "310.00"],
        ["项目支出", "100.00", "180.00", "170.00"],
        ["合计", "400.00", "500.00", "480.00"],
    ]
    report = told(read_earlier(word("一、资金情况（单位：万元）", rows)))
    assert Decimal(report["budget.lines.total.outturn"]) == 480


def test_results_of_the_year_are_not_carried_over() -> None:
    report = read_earlier(word("二、履职完成情况", "1.修路。修了三条。", "三、存在的问题", "1.慢。"))
    assert told(report) == {}


def test_what_has_no_place_is_listed() -> None:
    report = read_earlier(
        word("一、其他需要说明的事项", "这一段的内容在填报表里没有固定的格子，但是写得很长很长。")
    )
    assert [left.heading for left in report.left] == ["一、其他需要说明的事项"]


def test_each_cell_that_was_filled_says_from_which_sentence() -> None:
    sentence = "核定编制40名。"
    report = read_earlier(word("南湖县林业局2024年度部门整体支出绩效自评报告", "一、人员编制", sentence))
    book, proposals = next_years_workbook(report, Rulebook())
    evaluation = read_workbook(book, "下年.xlsx")
    answer = evaluation.overview.staff.total.authorised_posts
    assert (answer.value, evaluation.overview.identity.year.value) == (40, 2025)
    comment = load_workbook(io.BytesIO(book))[answer.ref.sheet][answer.ref.coordinate].comment
    assert comment is not None
    assert sentence.rstrip("。") in comment.text
    assert all(finding.at for finding in proposals)


def silently_written(document: Document) -> set[str]:
    """The keys of what stands in the new workbook and is not marked as a proposal."""
    book, proposals = next_years_workbook(read_earlier(document), Rulebook())
    marked = {ref for finding in proposals for ref in finding.at}
    answers = answers_of(read_workbook(book, "下年.xlsx"))
    return {key for key, answer in answers if answer.stated and answer.ref not in marked}


def test_nothing_is_written_silently() -> None:
    made_with = report_setup.load()
    book = GOOD / "云岭县职业教育中心.xlsx"
    own = make_report(book.read_bytes(), book.name, made_with.template, made_with.rules).report
    assert own is not None
    projects = [["项目名称", "预算", "执行"], ["修路", "1", "1"], ["架桥", "2", "2"]]
    documents = [word(*each["text"]) for each in OUTLINES if "text" in each]
    for document in (*documents, word("一、项目", projects), read_document(own, "上年.docx")):
        assert silently_written(document) <= {"overview.identity.money_unit"}  # every new workbook has that


def test_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made_with = report_setup.load()
    book = GOOD / "青石镇综合服务中心.xlsx"
    outcome = make_report(book.read_bytes(), book.name, made_with.template, made_with.rules)
    assert outcome.report is not None
    (tmp_path / "上年.docx").write_bytes(outcome.report)
    arguments = ["new", str(tmp_path / "下年.xlsx"), "--from-report", str(tmp_path / "上年.docx")]
    assert cli.main(arguments, standalone_mode=False) in {0, None}
    assert "批注写明出处" in capsys.readouterr().out
    assert (
        read_workbook((tmp_path / "下年.xlsx").read_bytes(), "下年.xlsx").overview.identity.year.value == 2026
    )
