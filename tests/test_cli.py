"""The commands as a user meets them: what is printed, what is written, the exit status."""

import errno
import io
import json
import os
import re
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import samples
from docx import Document
from openpyxl import load_workbook
from samples import overtype

from selfeval_xlsx import checks, cli, errors, files
from selfeval_xlsx.desk import flow
from selfeval_xlsx.errors import FileAccessError
from selfeval_xlsx.form.data import from_data, to_data
from selfeval_xlsx.office.package import is_sealed, zipped
from selfeval_xlsx.workbook.author import paint
from selfeval_xlsx.workbook.reader import read_workbook
from tests.conftest import GOOD, ROOT, Shell
from tests.packages import torn, with_part
from tests.places import cell, in_book, printed
from tests.word_edits import parts_of
from tests.words import word

GOOD_BOOK = GOOD / "云岭县职业教育中心.xlsx"
BAD_BOOK = ROOT / "sample_workbooks" / "bad" / "执行率截断.xlsx"
REPORT = "2025年度部门整体支出绩效自评报告-云岭县职业教育中心.docx"
DRAFT = REPORT.replace(".docx", "（草稿）.docx")


# --- new ----------------------------------------------------------------------------------------


def test_new_writes_a_blank_workbook_with_what_is_known(shell: Shell) -> None:
    assert shell("new", "新表.xlsx", "--unit", "某某局", "--year", 2025)[0] == 0
    identity = read_workbook((shell.folder / "新表.xlsx").read_bytes(), "x").overview.identity
    assert (identity.unit_name.value, identity.year.value, identity.money_unit.value) == (
        "某某局",
        2025,
        "万元",
    )


def test_new_never_overwrites(shell: Shell) -> None:
    path = shell.put(GOOD_BOOK)
    before = path.read_bytes()
    status, said = shell("new", path)
    assert (status, path.read_bytes()) == (2, before)
    assert "已经存在" in said


def test_data_goes_round(shell: Shell) -> None:
    _, shown = shell("show", GOOD_BOOK, "--json")
    (shell.folder / "数据.json").write_text(shown, encoding="utf-8-sig")
    assert shell("new", "新表.xlsx", "--data", "数据.json")[0] == 0
    assert shell("show", "新表.xlsx", "--json")[1] == shown


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "不是有效的 JSON"),
        ("[]", "JSON 对象"),
        ('{"budgett": {}}', "是不是“budget”"),
        ('{"budget": {"lines": {"total": {"outtern": 1}}}}', "budget.lines.total.outturn"),
        ('{"budget": {"projects": {"name": "甲"}}}', "应当是列表"),
        ('{"budget": {"projects": [{"nam": "甲"}]}}', "budget.projects.name"),
        ('{"overview": {"identity": {"unit_name": ["甲"]}}}', "一个值"),
    ],
)
def test_data_that_does_not_fit_is_explained(shell: Shell, content: str, said: str) -> None:
    (shell.folder / "数据.json").write_text(content, encoding="utf-8")
    status, printed = shell("new", "新表.xlsx", "--data", "数据.json")
    assert status == 2
    assert said in printed
    assert not (shell.folder / "新表.xlsx").exists()


def test_exact_figures_come_from_json_numbers(shell: Shell) -> None:
    content = '{"budget": {"lines": {"total": {"outturn": 1629.26, "adjusted_budget": 0.1}}}}'
    (shell.folder / "数据.json").write_text(content, encoding="utf-8")
    shell("new", "新表.xlsx", "--data", "数据.json")
    data = json.loads(shell("show", "新表.xlsx", "--json")[1])
    assert data["budget"]["lines"]["total"]["outturn"] == "1629.26"


def test_last_year_is_carried_over(shell: Shell) -> None:
    assert shell("new", "2026.xlsx", "--from", GOOD_BOOK)[0] == 0
    data = json.loads(shell("show", "2026.xlsx", "--json")[1])
    last = json.loads((GOOD / "云岭县职业教育中心.json").read_text(encoding="utf-8"))
    renewed = {"year": 2026, "basis_document": None}
    assert data["overview"]["identity"] == {**last["overview"]["identity"], **renewed}
    assert data["overview"]["management"] == last["overview"]["management"]
    assert data["budget"]["lines"]["total"] == {
        **dict.fromkeys(last["budget"]["lines"]["total"]),
        "prior_outturn": "3201.25",
    }
    assert [row["title"] for row in data["goals"]["plan"]] == [row["title"] for row in last["goals"]["plan"]]
    assert all(row["result"] is None for row in data["goals"]["plan"])
    assert data["issues"]["problems"] == []


def test_last_year_and_data_exclude_each_other(shell: Shell) -> None:
    assert shell("new", "新.xlsx", "--from", GOOD_BOOK, "--data", "x.json")[0] == 2


def test_long_lists_get_more_room(full_data: dict[str, Any]) -> None:
    row = full_data["goals"]["plan"][0]
    full_data["goals"]["plan"] = [{**row, "title": f"目标{n}"} for n in range(33)]
    evaluation = read_workbook(paint(from_data(full_data), []), "x")
    assert to_data(evaluation) == to_data(from_data(full_data))


# --- show, check --------------------------------------------------------------------------------


def test_show_prints_what_is_read(shell: Shell) -> None:
    status, said = shell("show", GOOD_BOOK)
    assert status == 0
    assert re.search(rf"{cell('budget.lines.total.outturn')}\s+合计·执行数：3,201.25", said)
    (shell.folder / "表.xlsx").write_bytes(samples.bad("读不出的数"))
    _, said = shell("show", "表.xlsx")
    assert "（读不出：“约1908”不是数字）" in said


def test_check_lists_everything_wrong(shell: Shell) -> None:
    texts = "  文字里的数：与表格一致 16 个，只见于文字 10 个（未核对，请人工看）。"
    assert shell("check", GOOD_BOOK) == (0, f"{GOOD_BOOK}\n{texts}\n  核对结果：没有发现问题。\n")
    status, said = shell("check", GOOD_BOOK, BAD_BOOK)
    assert status == 1
    wrong = printed(
        "EXE02 错误 「budget.lines.basic.execution_rate」 基本支出·预算执行率：填报 99.47%，按 执行数 ÷ 调整后预算 应为 99.48%。"
        "可能是 <budget.lines.basic.execution_rate> 没有四舍五入，多余的位数直接舍去（应为 99.48%）。请核对 <budget.lines.basic.adjusted_budget>、<budget.lines.basic.outturn>，或清空 <budget.lines.basic.execution_rate> 由系统计算。"
    )
    assert wrong in said


def test_check_says_what_it_left_unchecked(shell: Shell) -> None:
    assert "未核对" in shell("check", GOOD / "青石镇综合服务中心.xlsx")[1]


SHARED_BOOK = ROOT / "sample_workbooks" / "bad" / "分项加不拢.xlsx"


@pytest.mark.parametrize("command", ["check", "report"])
def test_the_cell_that_broken_relations_share_comes_first(shell: Shell, command: str) -> None:
    _, said = shell(command, shell.put(SHARED_BOOK))
    first, *findings = said.splitlines()[1:]
    assert first.startswith(
        printed(
            "  先看 「budget.lines.basic.outturn」 基本支出·执行数：填报 2,192.79，可能应为 2,129.79。改成这个数，2 处不符都能对上"
        )
    )
    assert not any("先看" in line for line in findings)
    assert (
        sum(
            printed("可能是 <budget.lines.basic.outturn> 两位数字颠倒（应为 2,129.79）") in line
            for line in findings
        )
        == 2
    )


def test_suspects_stand_in_the_json(shell: Shell) -> None:
    shell("check", SHARED_BOOK, "--json")
    [document] = json.loads(shell.out)
    [suspect] = document["suspects"]
    assert (suspect["cell"], suspect["satisfying"], suspect["codes"]) == (
        cell("budget.lines.basic.outturn"),
        "2,129.79",
        ["SUM01", "SUM02"],
    )


def test_check_as_json_is_one_document(shell: Shell) -> None:
    status, _ = shell("check", BAD_BOOK, "--json")
    assert status == 1
    [document] = json.loads(shell.out)
    assert document["blocked"]
    [finding] = document["findings"]
    rate = samples.place(finding["key"])
    assert finding["key"] == "budget.lines.basic.execution_rate"
    assert finding["cells"][0] == {"sheet": rate.sheet, "cell": rate.coordinate}
    assert (finding["found"], finding["expected"]) == ("99.47%", "99.48%")
    assert finding["cause"] == printed(
        "可能是 <budget.lines.basic.execution_rate> 没有四舍五入，多余的位数直接舍去（应为 99.48%）"
    )
    assert document["suspects"] == []


def test_check_writes_a_marked_copy(shell: Shell) -> None:
    assert shell("check", BAD_BOOK, "--marked", "标注.xlsx")[0] == 1
    assert "核对结果" in load_workbook("标注.xlsx").sheetnames
    book = shell.put(BAD_BOOK)
    assert shell("check", book, "--marked", book)[0] == 2
    assert shell("check", book, GOOD_BOOK, "--marked", "x.xlsx")[0] == 2
    assert book.read_bytes() == BAD_BOOK.read_bytes()


@pytest.mark.parametrize("broken", ["picture", "relations"])
def test_what_only_the_marked_copy_meets_ends_no_run(shell: Shell, broken: str) -> None:
    if broken == "picture":
        part = "xl/media/image9.png"
        data = torn(with_part(BAD_BOOK.read_bytes(), part, bytes(range(256)) * 9), part)
    else:
        parts = parts_of(BAD_BOOK.read_bytes())
        data = zipped({**parts, "xl/worksheets/_rels/sheet3.xml.rels": b"<Relationships"})
    (shell.folder / "有损.xlsx").write_bytes(data)
    status, said = shell("report", "有损.xlsx", shell.put(GOOD_BOOK))
    assert status == 1
    assert "EXE02 错误" in said
    assert "工作簿里有损坏的部分（如图片、批注或格式），不能生成标注副本" in said
    assert "生成报告 1 份，需改正 1 份" in said
    status, said = shell("check", "有损.xlsx", "--marked", "标注.xlsx")
    assert status == 2
    assert "核对结果：" in said
    assert "有损.xlsx：工作簿里有损坏的部分" in said
    assert shell("check", "有损.xlsx", "--marked", "标注.xlsx", "--json")[0] == 2
    [document] = json.loads(shell.out)
    assert document["findings"]
    assert "工作簿里有损坏的部分" in document["undone"][0]
    assert shell.names().count("标注.xlsx") == 0


def test_only_regular_files_of_a_sensible_size_are_read(shell: Shell) -> None:
    with (shell.folder / "大.xlsx").open("wb") as stream:
        stream.truncate(300_000_000)
    assert "300 MB，太大" in shell("check", "大.xlsx")[1]
    if hasattr(os, "mkfifo"):
        os.mkfifo(shell.folder / "管道.xlsx")
        status, said = shell("check", "管道.xlsx")
        assert (status, "不是普通的文件" in said) == (2, True)


def test_only_warnings_do_not_change_the_exit_status(shell: Shell) -> None:
    (shell.folder / "表.xlsx").write_bytes(samples.bad("内容缺失"))
    assert shell("check", "表.xlsx")[0] == 0


# --- report -------------------------------------------------------------------------------------


def test_report_stands_beside_the_workbook(shell: Shell) -> None:
    book = shell.put(GOOD_BOOK)
    status, said = shell("report", book)
    assert status == 0
    assert shell.names() == [REPORT, "表.xlsx"]
    assert REPORT in said
    assert book.read_bytes() == GOOD_BOOK.read_bytes()


def test_errors_give_the_marked_copy_and_no_report(shell: Shell) -> None:
    book = shell.put(BAD_BOOK)
    assert shell("report", book)[0] == 1
    assert shell.names() == ["表.xlsx", "表（核对标注）.xlsx"]


def test_a_draft_is_written_in_spite_of_errors(shell: Shell) -> None:
    status, _ = shell("report", shell.put(BAD_BOOK), "--draft", "-o", "草稿.docx")
    assert status == 1
    words = "\n".join(paragraph.text for paragraph in Document("草稿.docx").paragraphs)
    assert "EXE02" in words


@pytest.mark.parametrize("output", [None, REPORT, "."])
def test_a_draft_leaves_the_report_alone(shell: Shell, output: str | None) -> None:
    told = ["-o", output] if output else []
    shell("report", shell.put(GOOD_BOOK), *told)
    report = (shell.folder / REPORT).read_bytes()
    status, said = shell("report", "表.xlsx", "--draft", "--proof", *told)
    assert status == 0
    assert f"已生成草稿：{DRAFT}" in said.replace(f"{shell.folder}/", "")
    assert (shell.folder / REPORT).read_bytes() == report
    assert {DRAFT, DRAFT.replace(".docx", "（核对底稿）.docx")} < set(shell.names())


def test_a_report_goes_where_it_is_told(shell: Shell) -> None:
    (shell.folder / "报告").mkdir()
    assert shell("report", GOOD_BOOK, "-o", "报告")[0] == 0
    assert (shell.folder / "报告" / REPORT).exists()
    assert shell("report", GOOD_BOOK, "-o", "a.docx")[0] == 0
    assert shell("report", GOOD_BOOK, GOOD_BOOK, "-o", "b.docx")[0] == 2
    status, said = shell("report", GOOD_BOOK, "-o", "没有/a.docx")
    assert status == 2
    assert "文件夹不存在" in said


def test_a_report_edited_by_hand_is_kept(shell: Shell) -> None:
    book = shell.put(GOOD_BOOK)
    shell("report", book)
    first = (shell.folder / REPORT).read_bytes()
    shell("report", book)
    assert (shell.folder / REPORT).read_bytes() == first
    document = Document(str(shell.folder / REPORT))
    document.paragraphs[0].add_run("（手改）")
    document.save(str(shell.folder / REPORT))
    edited = (shell.folder / REPORT).read_bytes()
    status, said = shell("report", book)
    assert status == 0
    assert "没有覆盖" in said
    assert (shell.folder / REPORT).read_bytes() == edited
    assert is_sealed((shell.folder / REPORT.replace(".docx", "（2）.docx")).read_bytes())


def test_attachments_are_chosen_on_the_command_line(shell: Shell) -> None:
    for words, titles in (("1,3", ["预算执行情况表", "项目支出明细表"]), ("none", [])):
        assert shell("report", GOOD_BOOK, "--attachments", words, "-o", "a.docx")[0] == 0
        found = [p.text for p in Document("a.docx").paragraphs if p.style and p.style.name == "附件标题"]
        assert found == titles
    status, said = shell("report", GOOD_BOOK, "--attachments", "1,9")
    assert status == 2
    assert "“9”不认识，可选 1 预算执行情况表，2 部门整体支出绩效自评表" in said


def test_a_template_without_pages_for_attachments_gets_none(shell: Shell) -> None:
    brief = ROOT / "templates" / "绩效自评报告（简表式）.docx"
    assert shell("report", GOOD_BOOK, "--template", brief, "-o", "a.docx")[0] == 0
    assert not [p.text for p in Document("a.docx").paragraphs if "部门整体支出绩效自评表" in p.text]
    status, said = shell("report", GOOD_BOOK, "--template", brief, "--attachments", "2", "-o", "b.docx")
    assert status == 2
    assert "没有附件" in said
    assert shell("report", GOOD_BOOK, "--template", brief, "--attachments", "none", "-o", "b.docx")[0] == 0


def test_another_template_and_rulebook(shell: Shell) -> None:
    (shell.folder / "规则.toml").write_text(
        "[execution]\nlow_rate = 99.5\n[printing]\nthousands_comma = false\n", encoding="utf-8"
    )
    town = GOOD / "青石镇综合服务中心.xlsx"
    assert shell("report", town, "--rules", "规则.toml", "-o", ".")[0] == 1
    (shell.folder / "假模板.docx").write_bytes(b"no")
    status, said = shell("report", town, "--template", "假模板.docx", "-o", ".")
    assert status == 2
    assert "假模板.docx" in said


# --- own templates ------------------------------------------------------------------------------


def test_the_shipped_templates_are_fit(shell: Shell) -> None:
    for name in ("绩效自评报告.docx", "绩效自评报告（简表式）.docx"):
        status, said = shell("template", "check", ROOT / "templates" / name)
        assert status == 0
        assert not re.search("错误|提醒", said)


def test_a_template_is_checked_and_everything_wrong_listed(shell: Shell) -> None:
    (shell.folder / "模板.docx").write_bytes(word("{{ facts.unitt }}", "甲", "{% if draft %}"))
    status, said = shell("template", "check", "模板.docx")
    assert status == 1
    assert "错误 正文第 1 段“{{ facts.unitt }}”：没有字段“facts.unitt”。是不是“facts.unit”。" in said
    assert "错误 正文第 3 段“{% if draft %}”：没有结束：缺少 endif。" in said
    assert "检查结果：错误 2 处，" in said
    assert shell("template", "check", "模板.docx", "--json")[0] == 1
    assert [each["place"] for each in json.loads(shell.out)][:2] == ["正文第 1 段", "正文第 3 段"]


@pytest.mark.parametrize("content", [b"", b"no zip", BAD_BOOK.read_bytes()])
def test_what_is_no_word_file_is_said(shell: Shell, content: bytes) -> None:
    (shell.folder / "模板.docx").write_bytes(content)
    for arguments in (["template", "check", "模板.docx"], ["report", GOOD_BOOK, "--template", "模板.docx"]):
        status, said = shell(*arguments)
        assert status == 2
        assert "不是 Word 文件" in said
        assert said.count("\n") == 1
    assert shell("template", "check", "没有.docx")[0] == 2


def test_the_fields_of_templates_are_listed(shell: Shell) -> None:
    status, said = shell("template", "fields")
    assert status == 0
    assert "overview.identity.unit_name  单位名称" in said
    assert "no(n)" in said
    shell("template", "fields", "--json")
    offered = {each["name"]: each for each in json.loads(shell.out)}
    assert offered["budget.lines.total.outturn"]["meaning"] == "合计·执行数"
    assert offered["sentence"]["shape"] == "filter"


def test_a_bad_template_gives_its_first_problem_and_no_report(shell: Shell) -> None:
    (shell.folder / "模板.docx").write_bytes(word("{{ facts.unitt }}", "{% if draft %}"))
    book = shell.put(GOOD_BOOK)
    status, said = shell("report", book, "--template", "模板.docx")
    assert status == 2
    assert "错误 正文第 1 段“{{ facts.unitt }}”：没有字段“facts.unitt”" in said
    assert "另有 1 处错误，运行 selfeval template check 模板.docx" in said
    assert shell.names() == ["模板.docx", "表.xlsx"]


def test_a_good_template_of_ones_own_is_used(shell: Shell) -> None:
    (shell.folder / "模板.docx").write_bytes(word("{{ overview.identity.unit_name }}的报告"))
    assert shell("report", shell.put(GOOD_BOOK), "--template", "模板.docx", "-o", "报告.docx")[0] == 0
    assert Document("报告.docx").paragraphs[0].text == "云岭县职业教育中心的报告"


def test_the_short_template_makes_a_report(shell: Shell) -> None:
    short = ROOT / "templates" / "绩效自评报告（简表式）.docx"
    assert shell("report", shell.put(GOOD_BOOK), "--template", short, "-o", "报告.docx")[0] == 0
    assert len(Document("报告.docx").tables) == 10


def test_the_shipped_template_changed_in_its_place_is_checked(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = shell.folder / "改过.docx"
    changed.write_bytes(word("{{ facts.unitt }}"))
    monkeypatch.setattr("selfeval_xlsx.files.REPORT", str(changed))
    status, said = shell("report", shell.put(GOOD_BOOK))
    assert status == 2
    assert "是不是“facts.unit”" in said


@pytest.mark.parametrize(
    ("content", "said"),
    [("x = ", "写法不对"), ("low = 1", "不认识"), ("[execution]\nlow_rat = 1", "是不是“execution.low_rate”"),
     ('[execution]\nlow_rate = "九十"', "0 到 1000 的数字"), ("[printing]\nthousands_comma = 1", "true 或 false"),
     ("[texts]\nplaceholders = [1]", "文字的列表"), ("[scoring]\nfull_score = -1", "0 到 1000"), ("execution = 5", "一组设置"),
     ('[scoring]\nreverse_rule = "快"', '"linear" 或 "ratio"'), ("[grades]\n优 = 90", "写法不对"),
     ('[grades]\n"优" = 80\n"良" = 80\n"中" = 60\n"差" = 0', "“优”的下限 80 应当高于“良”的 80"),
     ('[grades]\n"优" = 80', "“grades.优”的下限应当是 0"), ('[grades]\n"优" = 80\n"良" = 70\n"中" = 60\n"差" = 10', "应当是 0"),
     ('[scoring.level_weights]\n"产出指标" = 60\n"效益指标" = 50', "不等于满分 100"),
     ('[scoring.level_weights]\n"产出" = 60', "是不是“scoring.level_weights.产出指标”"),
     ('[scoring.classes]\n"达成" = true', "0 到 1000")],
)  # fmt: skip
def test_a_rulebook_that_cannot_be_used_is_explained(shell: Shell, content: str, said: str) -> None:
    (shell.folder / "规则.toml").write_text(content, encoding="utf-8")
    status, printed = shell("check", GOOD_BOOK, "--rules", "规则.toml")
    assert status == 2
    assert said in printed


@pytest.mark.parametrize("arguments", [["show"], ["check"], ["report"]])
def test_a_file_that_cannot_be_read_ends_in_one_line(shell: Shell, arguments: list[str]) -> None:
    (shell.folder / "文件夹").mkdir()
    (shell.folder / "文本.xlsx").write_text("甲,乙", encoding="utf-8")
    for name, expected in (("没有.xlsx", "找不到"), ("文件夹", "是文件夹"), ("文本.xlsx", "文本文件")):
        status, said = shell(*arguments, name)
        assert status == 2
        assert expected in said
        assert said.count("\n") == 1


def test_one_file_that_cannot_be_used_stops_none_of_the_others(shell: Shell) -> None:
    (shell.folder / "空.xlsx").touch()
    good, bad = shell.put(GOOD_BOOK, "甲.xlsx"), shell.put(BAD_BOOK, "乙.xlsx")
    status, said = shell("report", "空.xlsx", "没有.xlsx", bad, good)
    assert status == 2
    assert "空.xlsx 是空文件" in said
    assert "共处理 4 份：生成报告 1 份，需改正 1 份，不能使用 2 份。" in said
    assert shell.names() == [REPORT, "乙.xlsx", "乙（核对标注）.xlsx", "甲.xlsx", "空.xlsx"]
    assert shell("check", "空.xlsx", bad)[0] == 2
    assert "EXE02" in shell.out
    assert shell("check", "空.xlsx", good, "--json")[0] == 2
    unusable, checked = json.loads(shell.out)
    assert (unusable["file"], "空文件" in unusable["error"]) == ("空.xlsx", True)
    assert checked["blocked"] is False


def test_two_workbooks_of_one_unit_both_keep_their_report(shell: Shell) -> None:
    books = [shell.put(GOOD_BOOK, "甲.xlsx"), shell.put(GOOD_BOOK, "乙.xlsx")]
    second = REPORT.replace(".docx", "（2）.docx")
    for _ in range(2):  # the next run renews the same two
        assert "这次已有另一份填报表生成了" in shell("report", *books)[1]
        assert shell.names() == sorted([REPORT, second, "乙.xlsx", "甲.xlsx"])
    assert shell("report", books[0], books[0])[1].count("已生成报告") == 1


def test_all_workbooks_of_a_folder_may_be_given_again(shell: Shell) -> None:
    shell.put(BAD_BOOK)
    for _ in range(3):
        assert shell("report", *sorted(shell.folder.iterdir()))[0] == 1
    assert shell.names() == ["表.xlsx", "表（核对标注）.xlsx"]


def test_a_unit_name_makes_a_safe_file_name(shell: Shell, full_data: dict[str, Any]) -> None:
    for name in ('甲/乙\\丙:"丁"*?<>|', "局" * 60, "甲\n乙"):
        overtype(full_data, ["overview", "identity", "unit_name"], name)
        (shell.folder / "表.xlsx").write_bytes(paint(from_data(full_data), []))
        assert shell("report", "表.xlsx")[0] == 0
    assert len([name for name in shell.names() if name.endswith(".docx")]) == 3


def test_the_readmes_command_makes_the_report(shell: Shell) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    [line] = re.findall(r"^python3 launch\.py (report .*)$", readme, re.MULTILINE)
    command, book = line.split()
    copy = shell.put(ROOT / book, Path(book).name)
    assert shell(command, copy)[0] == 0
    [promised] = re.findall(r"good/(2025\S+\.docx)", readme)
    assert promised in shell.names()


def test_a_workbook_too_large_to_copy_is_said(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("selfeval_xlsx.workbook.marker.SHEETS_LIMIT", 10)
    status, said = shell("report", shell.put(BAD_BOOK))
    assert status == 1
    assert "不能生成标注副本" in said
    assert shell.names() == ["表.xlsx"]


# --- calls and faults ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["repot"], "没有命令 repot"),
        (["report"], "缺少 BOOK.xlsx…"),
        (["report", "--foo", "x"], "没有选项 --foo"),
        (["new", "x.xlsx", "--year", "今年"], "--year 的值不对"),
        (["new", "x.xlsx", "--year", "99999"], "--year 的值不对：99999 不是年份"),
        (["new", "x.xlsx", "--year"], "--year 的写法不对"),
        (["new", "x.xlsx", "y.xlsx"], "多写了 y.xlsx。运行 selfeval new --help"),
        (["new", "x.docx"], "x.docx 不能用：要写以 .xlsx 结尾的文件名。"),
        (["check", GOOD_BOOK, "--marked", "x"], "x 不能用：要写以 .xlsx 结尾的文件名。"),
        (["report", GOOD_BOOK, "-o", "报告"], "报告 不能用：要写以 .docx 结尾的文件名，或已有的文件夹。"),
        (["report", GOOD_BOOK, "-o", "x.xlsx"], "x.xlsx 不能用"),
        ([], "例：selfeval report 填报表.xlsx\n"),
    ],
)
def test_a_wrong_call_is_explained_in_chinese(shell: Shell, arguments: list[str], said: str) -> None:
    status, printed = shell(*arguments)
    assert status == 2
    assert said in printed
    assert shell.names() == []


def test_json_keeps_every_character_on_any_console() -> None:
    document = "{'甲': '𠮷'}"
    program = f"from selfeval_xlsx.cli import _print_json; _print_json({document})"
    for encoding, plain in (("ascii", False), ("gbk", False), ("utf-8", True)):
        settings = {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": f"{encoding}:replace"}
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env=settings)
        assert json.loads(done.stdout.decode(encoding)) == {"甲": "𠮷"}
        assert ("甲".encode() in done.stdout) is plain


@pytest.mark.parametrize(
    "name", ["", *cli.cli.commands, *(f"template {each}" for each in cli.template.commands)]
)
def test_help_is_chinese_and_ends_with_an_example(shell: Shell, name: str) -> None:
    status, said = shell(*name.split(), "--help")
    assert status == 0
    assert said.rstrip().splitlines()[-1].strip().startswith("例：selfeval")
    assert not re.search(r"Usage|Options|Commands|Show this", said)


def test_version_and_rules(shell: Shell) -> None:
    assert shell("--version")[1].strip() == "0.1.0"
    assert "EXE02  预算执行率" in shell("rules")[1]


def test_rules_show_the_values_in_force(shell: Shell) -> None:
    assert "执行率低于 90%" in shell("rules")[1]
    (shell.folder / "规则.toml").write_text("[execution]\nlow_rate = 85.5\n", encoding="utf-8")
    said = shell("rules", "--rules", "规则.toml")[1]
    assert "执行率低于 85.5%" in said
    assert "执行率低于 90%" not in said
    assert shell("rules", "--rules", "规则.toml", "--json")[0] == 0
    rules = {rule["code"]: rule for rule in json.loads(shell.out)}
    assert rules["EXE04"]["threshold"] == "执行率低于 85.5%"
    assert all(rule["remedy"] for rule in rules.values())


def test_the_proof_of_no_workbook_is_refused(shell: Shell) -> None:
    assert shell("rules", "--prove", "没有.xlsx")[0] == 2


def test_an_unforeseen_fault_leaves_a_log(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("selfeval_xlsx.form.data.lines", fail)
    status, said = shell("show", GOOD_BOOK)
    assert status == 2
    assert errors.LOG in said
    assert "boom" in (shell.folder / errors.LOG).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("module", "broken"), [("selfeval_xlsx", "selfeval_xlsx.cli"), ("selfeval_xlsx.desk.__main__", "jinja2")]
)
def test_a_damaged_installation_is_one_line_and_a_log(module: str, broken: str, tmp_path: Path) -> None:
    program = f"import runpy, sys; sys.modules[{broken!r}] = None; runpy.run_module({module!r}, run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", program, str(GOOD_BOOK)], capture_output=True, cwd=tmp_path, check=False,
        env={"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert broken in (tmp_path / errors.LOG).read_text(encoding="utf-8")


def test_a_fault_that_leaves_no_log_is_told_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> int:
        raise RuntimeError("boom")

    monkeypatch.setattr("builtins.open", lambda *_, **__: "甲".encode("ascii"))
    assert errors.guarded(fail) == 2
    assert "RuntimeError: boom" in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_fault(tmp_path: Path) -> None:
    program = "from selfeval_xlsx.errors import guarded; guarded(lambda: print('x' * 10**6) or 0)"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_is_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt() -> int:
        raise KeyboardInterrupt

    assert errors.guarded(interrupt) == 130
    assert "已中断" in capsys.readouterr().err


# --- files --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "said"),
    [(errno.ENOSPC, "磁盘已满"), (errno.EDQUOT, "超出配额"), (errno.EFBIG, "文件超过允许的大小")],
)
def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, said: str
) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileAccessError, match=said):
        files.write(path, b"new")
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.docx"]


def test_a_link_in_the_place_of_a_report_leads_to_it(shell: Shell) -> None:
    book = shell.put(GOOD_BOOK)
    elsewhere = shell.folder / "共享盘"
    elsewhere.mkdir()
    (shell.folder / REPORT).symlink_to(elsewhere / "报告.docx")
    for _ in range(2):
        assert shell("report", book)[0] == 0
        assert (shell.folder / REPORT).is_symlink()
        assert is_sealed((elsewhere / "报告.docx").read_bytes())
    assert [each.name for each in elsewhere.iterdir()] == ["报告.docx"]


def test_a_folder_of_the_reports_name_stays_as_it_is(shell: Shell) -> None:
    book = shell.put(GOOD_BOOK)
    folders = [shell.folder / REPORT.replace(".docx", end) for end in (".docx", "（2）.eml")]
    for folder in folders:
        folder.mkdir()
    status, said = shell("report", book, "--mail")
    assert status == 0
    assert f"{REPORT} 是一个文件夹；新的另存一份。" in said
    assert (shell.folder / REPORT.replace(".docx", "（2）.docx")).is_file()
    assert [path for folder in folders for path in folder.iterdir()] == []
    assert (shell.folder / REPORT.replace(".docx", "（2）（2）.eml")).is_file()


def test_a_damaged_file_in_the_way_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("docProps/core.xml", b"text " * 100)
    damaged = path.read_bytes().replace(path.read_bytes()[47:53], b"\xff" * 6)
    path.write_bytes(damaged)
    assert files.write_kept(path, b"new") == tmp_path / "a（2）.docx"
    assert path.read_bytes() == damaged


def test_an_interrupted_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        files.write(tmp_path / "a.docx", b"new")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_cleared_by_the_next(tmp_path: Path) -> None:
    left, being_written, folder = f".~{'0a' * 8}.tmp", f".~{'1b' * 8}.tmp", f".~{'2c' * 8}.tmp"
    others = [".~0a0a0a0a.tmp", f".~{'0A' * 8}.tmp", f"{'0a' * 8}.tmp", f".~{'0a' * 8}.tmp.docx", "笔记.tmp"]
    for name in (left, being_written, *others):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / folder).symlink_to(tmp_path / "笔记.tmp")
    for name in (left, *others):
        os.utime(tmp_path / name, (1000, 1000))
    files.write(tmp_path / "报告.docx", b"x")
    assert {path.name for path in tmp_path.iterdir()} == {"报告.docx", being_written, folder, *others}


def test_a_file_open_elsewhere_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", locked)
    with pytest.raises(FileAccessError, match="请关闭 Word"):
        files.write(tmp_path / "a.docx", b"new")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told_from_an_open_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(FileAccessError, match="这个文件夹不能写入，请换一个文件夹"):
        files.write(tmp_path / "a.docx", b"new")


def test_an_interrupted_write_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        files.write(tmp_path / "a.docx", b"new")
    assert list(tmp_path.iterdir()) == []


# --- the double-click flow ----------------------------------------------------------------------


class Desk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []

    def __call__(self, *arguments: Path) -> int:
        self.said.clear()
        return flow.serve([str(argument) for argument in arguments], self.said.append)

    def has(self, words: str) -> bool:
        return any(words in line for line in self.said)


def test_a_folder_gives_all_its_filled_workbooks(tmp_path: Path) -> None:
    serve = Desk(tmp_path)
    (tmp_path / "甲.xlsx").write_bytes(GOOD_BOOK.read_bytes())
    (tmp_path / "乙.xlsx").write_bytes(BAD_BOOK.read_bytes())
    (tmp_path / "~$甲.xlsx").write_bytes(b"lock")
    (tmp_path / "空白.xlsx").write_bytes((ROOT / "templates" / "绩效自评填报表.xlsx").read_bytes())
    buffer = io.BytesIO()
    load_workbook(GOOD_BOOK).create_sheet("x")
    from openpyxl import Workbook

    Workbook().save(buffer)
    (tmp_path / "别的表.xlsx").write_bytes(buffer.getvalue())
    assert serve(tmp_path) == 1
    assert serve.has("共处理 2 份：生成报告 1 份，需改正 1 份，不能使用 0 份。")
    assert serve.has("还是空白表")
    assert serve.has("不是绩效自评填报表")
    made = {path.name for path in tmp_path.iterdir()}
    assert {REPORT, "乙（核对标注）.xlsx"} <= made
    assert serve(tmp_path) == 1
    assert {path.name for path in tmp_path.iterdir()} == made


def correct(copy: Path, *, at: int) -> None:
    """Correct a marked copy of BAD_BOOK by hand; it was saved ``at`` seconds."""
    book = load_workbook(copy)
    in_book(book, "budget.lines.basic.execution_rate").value = 0.9948
    book.save(copy)
    os.utime(copy, (at, at))


@pytest.mark.parametrize("dropped", ["", "乙（核对标注）.xlsx"], ids=["double-clicked", "dropped"])
def test_a_corrected_marked_copy_gives_the_report(tmp_path: Path, dropped: str) -> None:
    serve = Desk(tmp_path)
    book = tmp_path / "乙.xlsx"
    book.write_bytes(BAD_BOOK.read_bytes())
    os.utime(book, (1000, 1000))
    (tmp_path / "乙2.xlsx").write_bytes((ROOT / "templates" / "绩效自评填报表.xlsx").read_bytes())
    assert serve(tmp_path) == 1
    assert serve(tmp_path) == 1
    assert not serve.has("改得更晚")
    correct(tmp_path / "乙（核对标注）.xlsx", at=2000)
    assert serve(tmp_path / dropped) == 0
    assert serve.has("跳过：乙（核对标注）.xlsx 改得更晚") is not bool(dropped)
    assert (tmp_path / REPORT).exists()


def test_a_workbook_corrected_itself_comes_before_its_marked_copy(tmp_path: Path) -> None:
    serve = Desk(tmp_path)
    book = tmp_path / "乙.xlsx"
    book.write_bytes(BAD_BOOK.read_bytes())
    assert serve(book) == 1
    correct(tmp_path / "乙（核对标注）.xlsx", at=1000)
    assert serve(tmp_path) == 1
    assert serve.has("跳过：乙.xlsx 改得更晚")
    assert not (tmp_path / REPORT).exists()


def test_more_is_offered_after_a_run_by_one_key_each(tmp_path: Path) -> None:
    (tmp_path / "甲.xlsx").write_bytes(GOOD_BOOK.read_bytes())
    (tmp_path / "乙.xlsx").write_bytes(BAD_BOOK.read_bytes())
    said: list[str] = []
    asked: list[str] = []
    keys = iter(["9", "2", "3", "4", "5", ""])

    def ask(question: str) -> str:
        asked.append(question)
        return next(keys)

    assert flow.serve([str(tmp_path)], said.append, ask) == 1
    assert "1 导出 PDF，2 核对底稿" in asked[0]
    assert any("没有这一项" in line for line in said)
    made = {path.name for path in tmp_path.iterdir()}
    stem = REPORT.removesuffix(".docx")
    assert {f"{stem}（核对底稿）.docx", f"{stem}.eml"} <= made
    assert sum("（草稿）" in name for name in made) == 1
    assert sum(name.startswith("绩效自评填报表-2026") for name in made) == 2


def test_what_was_not_checked_is_told(tmp_path: Path) -> None:
    serve = Desk(tmp_path)
    (tmp_path / "甲.xlsx").write_bytes((GOOD / "青石镇综合服务中心.xlsx").read_bytes())
    assert serve(tmp_path) == 0
    assert serve.has("因所需的数没有填而未核对")


def test_a_fault_nobody_foresaw_stops_no_other_workbook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve = Desk(tmp_path)
    for name in ("甲", "乙"):
        (tmp_path / f"{name}.xlsx").write_bytes(GOOD_BOOK.read_bytes())
    from selfeval_xlsx.job import make_report as make

    def sometimes(data: bytes, name: str, *more: Any) -> Any:
        if name.startswith("甲"):
            raise ZeroDivisionError
        return make(data, name, *more)

    monkeypatch.setattr(flow, "make_report", sometimes)
    monkeypatch.chdir(tmp_path)
    assert serve(tmp_path) == 2
    assert serve.has("共处理 2 份：生成报告 1 份，需改正 0 份，不能使用 1 份。")
    assert "ZeroDivisionError" in (tmp_path / "运行日志.txt").read_text(encoding="utf-8")


def fails(*_: object, **__: object) -> Any:
    raise ZeroDivisionError("nobody foresaw this")


BROKEN = {
    "the texts": "selfeval_xlsx.checks.rule.read",
    "the causes": "selfeval_xlsx.checks.explained",
    "the rendering": "selfeval_xlsx.report.context.render",
    "the marked copy": "selfeval_xlsx.workbook.marker.mark",
}
"""Where a fault nobody foresaw may be, and what is broken to have one there."""


@pytest.mark.parametrize("place", ["a check", *BROKEN])
@pytest.mark.parametrize("start", ["report", "double click"])
def test_what_was_found_is_told_whatever_else_fails(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, place: str, start: str
) -> None:
    if place == "a check":
        rules = (replace(each, judge=fails) if each.code == "EXE02" else each for each in checks.RULES)
        monkeypatch.setattr(checks, "RULES", tuple(rules))
    else:
        monkeypatch.setattr(BROKEN[place], fails)
    (shell.folder / "甲.xlsx").write_bytes(samples.bad("内容缺失"))
    (shell.folder / "乙.xlsx").write_bytes(samples.bad("分项加不拢"))
    (shell.folder / "丙.xlsx").write_bytes(b"PK")
    books = ["甲.xlsx", "乙.xlsx", "丙.xlsx"]
    if start == "report":
        status, said = shell("report", *books)
    else:
        lines = list[str]()
        status = flow.serve(books, lines.append)
        said = "\n".join(lines)
    assert status == 2  # for the third
    assert "提醒 " in said
    assert "SUM02 错误" in said
    assert f"程序出错了，详情已写入 {shell.folder / errors.LOG}" in said
    assert "Traceback" not in said
    assert "nobody foresaw this" in (shell.folder / errors.LOG).read_text(encoding="utf-8")
    unusable = 1 + (place in {"a check", "the rendering"})
    assert f"共处理 3 份：生成报告 {2 - unusable} 份，需改正 1 份，不能使用 {unusable} 份。" in said


def test_a_folder_that_cannot_be_written_leaves_what_was_found(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(path: Path, *_: object) -> None:
        raise FileAccessError(f"无法写入 {path}（这个文件夹不能写入）。")

    monkeypatch.setattr(files, "write", locked)
    status, said = shell("report", shell.put(GOOD_BOOK), shell.put(BAD_BOOK, "乙.xlsx"))
    assert status == 2
    assert "EXE02 错误" in said
    assert said.count("无法写入") == 2
    assert "共处理 2 份：生成报告 0 份，需改正 1 份，不能使用 1 份。" in said


def test_a_link_to_nowhere_in_the_folder_stops_nothing(tmp_path: Path) -> None:
    serve = Desk(tmp_path)
    (tmp_path / "甲.xlsx").write_bytes(GOOD_BOOK.read_bytes())
    (tmp_path / "断.xlsx").symlink_to(tmp_path / "没有.xlsx")
    (tmp_path / "断（核对标注）.xlsx").symlink_to(tmp_path / "没有.xlsx")
    assert serve(tmp_path) == 2
    assert serve.has("找不到文件")
    assert serve.has("共处理 2 份：生成报告 1 份，需改正 0 份，不能使用 1 份。")


def test_nothing_to_do_is_no_success(tmp_path: Path) -> None:
    serve = Desk(tmp_path)
    assert serve(tmp_path) == 2
    (tmp_path / "空白.xlsx").write_bytes((ROOT / "templates" / "绩效自评填报表.xlsx").read_bytes())
    assert serve(tmp_path) == 2
    (tmp_path / "坏.xlsx").write_bytes(b"PK")
    assert serve(tmp_path / "坏.xlsx") == 2
    assert serve.has("损坏")


def test_pdf_without_an_office_program_is_explained(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("selfeval_xlsx.outputs.written.shutil.which", lambda _: None)
    monkeypatch.setattr("selfeval_xlsx.outputs.written._SOFFICE_PLACES", ())
    status, said = shell("report", shell.put(GOOD_BOOK), "--pdf")
    assert status == 2
    assert "没有找到 LibreOffice 或 Word" in said
    assert shell.names() == [REPORT, "表.xlsx"]


def test_an_office_program_that_makes_nothing_is_explained(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("selfeval_xlsx.outputs.written.shutil.which", lambda _: "/bin/echo")
    status, said = shell("report", shell.put(GOOD_BOOK), "--pdf")
    assert status == 2
    assert "没有导出 PDF" in said


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for the office program is a shell script")
def test_an_office_program_that_hangs_is_ended_with_those_it_started(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = shell.folder / "soffice"
    hanging.write_text(f'#!/bin/sh\nsleep 600 &\necho $! > "{shell.folder}/pid"\nwait\n', encoding="utf-8")
    hanging.chmod(0o755)
    monkeypatch.setattr("selfeval_xlsx.outputs.written.shutil.which", lambda _: str(hanging))
    monkeypatch.setattr("selfeval_xlsx.outputs.written.PATIENCE", 1)
    status, said = shell("report", shell.put(GOOD_BOOK), "--pdf")
    assert status == 2
    assert "等了 1 秒仍没有完成" in said
    state = Path("/proc", (shell.folder / "pid").read_text(encoding="utf-8").strip(), "stat")
    for _ in range(100):  # on a busy machine a signal needs a moment to arrive
        if not state.exists() or state.read_text(encoding="utf-8").split()[2] == "Z":
            return
        time.sleep(0.05)
    pytest.fail("what the office program started still runs")


def test_a_proof_copy_lies_beside_the_report(shell: Shell) -> None:
    status, said = shell("report", shell.put(GOOD_BOOK), "--proof")
    assert status == 0
    assert "已生成核对底稿" in said
    assert shell.names() == [REPORT, REPORT.replace(".docx", "（核对底稿）.docx"), "表.xlsx"]


def test_outputs_never_replace_a_file_of_the_users(shell: Shell) -> None:
    book = shell.put(GOOD_BOOK)
    (shell.folder / "笔记.xlsx").write_bytes("我的".encode())
    status, said = shell("check", book, "--marked", "笔记.xlsx")
    assert (status, "笔记（2）.xlsx" in said) == (0, True)
    assert (shell.folder / "笔记.xlsx").read_bytes() == "我的".encode()
    status, said = shell("report", book, "-o", book)
    assert (status, "以 .docx 结尾" in said) == (2, True)
    assert shell.names() == sorted(["表.xlsx", "笔记.xlsx", "笔记（2）.xlsx"])
