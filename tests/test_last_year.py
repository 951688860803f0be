"""Last year's leftovers: a year's own text is silent, what was left standing is told."""

import copy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from samples import spoil

from selfeval_xlsx import cli
from selfeval_xlsx.checks import check
from selfeval_xlsx.form import last_year
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.form.rulebook import Rulebook
from tests.conftest import GOOD, sample
from tests.places import printed

FULL = sample("云岭县职业教育中心")
LINES = "budget.lines"


def before(changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """An honest workbook of last year: its own figures and its own words, the same duties and rules."""
    data = copy.deepcopy(FULL)
    _shrink(data["budget"], Decimal("0.93"))
    _shrink(data["overview"]["structure"], Decimal("0.93"))
    for name in ("personnel", "operating", "basic", "project", "total"):
        data["budget"]["lines"][name]["outturn"] = FULL["budget"]["lines"][name]["prior_outturn"]
    for name in ("abroad", "vehicle_purchase", "vehicle_running", "reception", "total"):
        data["budget"]["official"][name]["outturn"] = FULL["budget"]["official"][name]["prior_outturn"]
    data["overview"]["identity"]["year"] = 2024
    data["goals"]["results"] = {"completion": "上一年度各项任务按计划推进，实训设备完成招标。"}
    data["goals"]["plan"] = [{"title": "办好学校", "content": "保持办学规模稳定，完成当年招生任务。"}]
    data["goals"]["indicators"] = []
    data["issues"]["problems"] = [
        {"problem": "招生宣传力度不够大", "measure": "走访全县初中学校，集中介绍专业。"}
    ]
    data["budget"]["notes"] = {"year": 2024}
    for project in data["budget"]["projects"]:
        project.pop("origin_reason", None)
    return spoil(data, changes or {})


def _shrink(node: Any, factor: Decimal) -> None:
    for key, value in list(node.items() if isinstance(node, dict) else enumerate(node)):
        if isinstance(value, dict | list):
            _shrink(value, factor)
        elif isinstance(value, str) and value.replace(".", "").lstrip("-").isdigit():
            node[key] = str(round(Decimal(value) * factor, 2))


def told(this: dict[str, Any], last: dict[str, Any]) -> list[str]:
    given = last_year.of_workbook(completed(from_data(last), Rulebook()), "上年.xlsx")
    found = check(from_data(this), None, given).findings
    return [f"{f.code} {f.key}" for f in found if "NAR20" < f.code < "NAR26"]


def test_an_honest_year_is_silent_but_for_its_stable_texts() -> None:
    assert told(FULL, before()) == []
    given = last_year.of_workbook(from_data(before()), "上年.xlsx")
    [note] = [f for f in check(from_data(FULL), None, given).findings if f.code == "NAR26"]
    assert "资产管理" in note.message
    assert note.severity.name == "NOTE"


@pytest.mark.parametrize(
    ("this", "last", "expected"),
    [
        ({}, {f"{LINES}.personnel.outturn": "1908.15"}, [f"NAR23 {LINES}.personnel.outturn", f"NAR25 {LINES}.personnel.prior_outturn"]),
        ({}, {f"{LINES}.total.adjusted_budget": "3244.60"}, [f"NAR23 {LINES}.total.adjusted_budget"]),
        ({}, {"budget.projects.4.outturn": "91.50"}, []),  # three digits may coincide
        ({}, {"budget.projects.0.outturn": "466.32"}, ["NAR23 budget.projects.0.outturn"]),
        # rows are told by their name, wherever they stand
        ({}, {"budget.projects.3": {key: value for key, value in FULL["budget"]["projects"][0].items() if key != "origin_reason"}}, ["NAR23 budget.projects.0.outturn"]),
        ({"goals.results.satisfaction": "2024年满意度调查覆盖全部在校生。"}, {}, ["NAR22 goals.results.satisfaction"]),
        ({"goals.results.satisfaction": "满意度比2024年提高，也比上年更稳定。"}, {}, []),
        ({}, {"goals.results.completion": FULL["goals"]["results"]["completion"]}, ["NAR24 goals.results.completion"] * 4),
        # the same sentence with other figures is the same sentence
        ({}, {"goals.plan.0.content": "面向企业职工和农村劳动力开展培训4500人次以上。"}, ["NAR24 goals.plan.3.content"]),
        ({}, {"issues.problems.0.measure": FULL["issues"]["problems"][1]["measure"]}, ["NAR24 issues.problems.1.measure"]),
        ({f"{LINES}.total.prior_outturn": "2916.25"}, {}, [f"NAR25 {LINES}.total.prior_outturn"]),
        ({"overview.identity.year": "", "goals.results.satisfaction": "2024年满意度调查覆盖全部在校生。"}, {}, []),
        # not last year's, or not this unit's: said once, and nothing is compared
        ({}, {"overview.identity.year": 2023}, ["NAR21 overview.identity.year"]),
        ({}, {"overview.identity.unit_name": "某某局", f"{LINES}.personnel.outturn": "1908.15"}, ["NAR21 overview.identity.year"]),
    ],
    ids=str,
)  # fmt: skip
def test_what_was_left_standing_is_told(
    this: dict[str, Any], last: dict[str, Any], expected: list[str]
) -> None:
    assert told(spoil(FULL, this), before(last)) == expected


def test_of_a_report_sentences_and_amounts_are_known() -> None:
    paragraphs = [
        "（2024年度）",
        "全年执行数为3,201.25万元，执行率98.00%。",
        "对参训人员在结业后三个月和六个月各回访一次，结果计入培训项目考核。",
    ]
    given = last_year.of_report(paragraphs, "上年报告.docx")
    assert (given.year, given.amounts) == (2024, frozenset({"3201.25"}))
    found = check(from_data(FULL), None, given).findings
    assert [f"{f.code} {f.key}" for f in found] == [
        "NAR23 overview.structure.outturn",
        f"NAR23 {LINES}.total.outturn",
        "NAR23 budget.balance.expenditure",
        "NAR24 issues.problems.1.measure",
    ]


def test_a_reports_counts_and_stable_texts_are_known() -> None:
    assets = FULL["overview"]["management"]["assets"]
    given = last_year.of_report(
        ["（2024年度）", f"（4）资产管理。{assets}", "年末在校生3268人。"], "上年报告.docx"
    )
    found = check(from_data(FULL), None, given).findings
    assert [f"{f.code} {f.key}" for f in found] == [
        "NAR26 overview.management.assets",
        "NAR23 goals.indicators.0.actual_value",
    ]


def test_without_last_years_file_nothing_is_said_of_it() -> None:
    result = check(from_data(FULL))
    assert result.findings == ()
    assert not [each for each in result.skipped if "NAR20" < each.code < "NAR27"]


def test_last_years_report_is_read_as_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = Document()
    for paragraph in ("（2024年度）", "对参训人员在结业后三个月和六个月各回访一次，结果计入培训项目考核。"):
        report.add_paragraph(paragraph)
    report.save(str(tmp_path / "上年报告.docx"))
    book = GOOD / "云岭县职业教育中心.xlsx"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["selfeval", "check", str(book), "--last", str(tmp_path / "上年报告.docx")])
        with pytest.raises(SystemExit) as stop:
            cli.main()
    assert not stop.value.code
    said = capsys.readouterr().out
    assert printed("NAR24 提醒 「issues.problems.1.measure」") in said
    assert "提醒 1 处" in said
