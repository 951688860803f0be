"""An edited report handed back: comments on each difference, words taken into a new workbook."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from openpyxl import load_workbook
from openxml_audit import OpenXmlValidator

from selfeval_xlsx.checks import check
from selfeval_xlsx.desk import flow
from selfeval_xlsx.findings import Severity
from selfeval_xlsx.form.data import from_data, to_data
from selfeval_xlsx.form.values import answers_of
from selfeval_xlsx.job import make_report
from selfeval_xlsx.signed.differences import Kind
from selfeval_xlsx.signed.verification import Adopted, adopt, marked_copy, verify
from selfeval_xlsx.workbook.author import paint
from selfeval_xlsx.workbook.reader import read_workbook
from tests.conftest import Shell
from tests.office import Office
from tests.places import printed
from tests.test_verify import (
    BOOK,
    BUDGET,
    SCORE,
    TOWN,
    in_cell,
    paragraph,
    report_of,
    retyped,
    tools,
    without_row,
)
from tests.word_edits import parts_of, with_root
from tests.word_edits import run as run_of
from tests.word_edits import tracked as tracked_change

Change = Callable[..., None]
GOALS = "以服务就业和本地产业为导向，稳定办学规模，更新实训条件，提高学生技能水平"


def edited(*changes: Change, report: bytes | None = None) -> bytes:
    """The report after ``changes`` were made with python-docx."""
    document = Document(io.BytesIO(report or report_of(BOOK)))
    for change in changes:
        change(document)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def differences(report: bytes, book: bytes | None = None) -> Any:
    given = tools()
    return verify(
        (report, "报告.docx"), (book or BOOK.read_bytes(), "表.xlsx"), given.template, given.rules
    ).differences


def marked(report: bytes) -> Any:
    return Document(io.BytesIO(marked_copy((report, "报告.docx"), differences(report))))


def comments(document: Any) -> list[tuple[str, str]]:
    """(what it is on, what it says) of each comment."""
    body = document.element.body
    w = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    found = []
    for comment in document.comments:
        inside, on = False, ""
        for element in body.iter():
            if element.tag == f"{w}commentRangeStart" and element.get(f"{w}id") == str(comment.comment_id):
                inside = True
            elif element.tag == f"{w}commentRangeEnd" and element.get(f"{w}id") == str(comment.comment_id):
                inside = False
            elif inside and element.tag == f"{w}t":
                on += element.text or ""
        found.append((on, comment.text))
    return found


# --- the marked copy ------------------------------------------------------------------------------


def test_a_comment_stands_on_each_difference(tmp_path: Path) -> None:
    report = edited(
        retyped(BUDGET, "执行数3,201.25", "执行数3,210.25"),
        retyped(SCORE, "等级为“优”", "等级为“良”"),
        retyped("时效方面", "二次招标", "重新招标"),
        without_row("合计"),
    )
    document = marked(report)
    told = comments(document)
    figure, grade = (next(text for on, text in told if on == quoted) for quoted in ("3,210.25万元", "良"))
    assert printed("出处：「budget.lines.total.outturn」 合计·执行数") in figure
    assert "以工作簿为准：报告改回 3,201.25万元" in figure
    assert printed("以报告为准：把「budget.lines.total.outturn」 改为 3210.25，") in figure
    assert "等级" in grade
    assert any("「合计」行" in text for _, text in told)
    assert [each.text for each in document.paragraphs] == [
        each.text for each in Document(io.BytesIO(report)).paragraphs
    ]
    path = tmp_path / "批注.docx"
    path.write_bytes(marked_copy((report, "报告.docx"), differences(report)))
    assert OpenXmlValidator().validate(str(path)).errors == []
    assert differences(path.read_bytes()) == differences(report)


def test_comments_of_the_leader_stay() -> None:
    def remark(document: Any) -> None:
        document.add_comment(paragraph(document, BUDGET).runs, text="请再核一下", author="局长")

    report = edited(retyped(BUDGET, "98.66%", "98.76%"), remark)
    told = marked(report).comments
    assert [each.author for each in told] == ["局长", "绩效自评核对"]
    assert len({each.comment_id for each in told}) == 2


def test_open_changes_and_comments_are_told() -> None:
    def change(root: Any) -> None:
        first = next(each for each in root.iter() if (each.text or "").startswith("以服务就业")).getparent()
        first.addnext(tracked_change("ins", run_of("，")))

    given = tools()
    report = with_root(report_of(BOOK), change)
    said = verify((report, "报告.docx"), (BOOK.read_bytes(), "表.xlsx"), given.template, given.rules)
    assert any("1 处修订还没有接受或拒绝" in each for each in said.remarks)
    copy = marked_copy((report, "报告.docx"), said.differences)
    again = verify((copy, "报告.docx"), (BOOK.read_bytes(), "表.xlsx"), given.template, given.rules)
    assert any("条批注" in each for each in again.remarks)


# --- words taken back -----------------------------------------------------------------------------


def adopted(report: bytes, book: bytes | None = None) -> Adopted:
    content = book or BOOK.read_bytes()
    return adopt((content, "表.xlsx"), tools().rules, differences(report, content))


def answer(book: bytes | None, key: str) -> str:
    assert book is not None
    return str(dict(answers_of(read_workbook(book, "新.xlsx")))[key].value)


REASON = "上级年中下达职业教育质量提升资金，追加设备采购。"
WORDS = (
    retyped("以服务就业", "提高学生技能水平。", "提高学生技能水平，办好人民满意的教育。"),
    retyped("时效方面", "二次招标", "重新招标"),
    retyped(
        "自评报告经县",
        "自评报告经县教育局审核后，随部门决算在县政府门户网站公开。",
        "自评报告随部门决算公开。",
    ),
    retyped("编制内部控制", "内部审计每年一次。", "内部审计每年一次。整改结果报校长办公会。"),
    retyped("1.项目前期", "采购需求论证偏晚", "采购需求论证得偏晚"),
)


def test_words_are_taken_and_the_next_report_carries_them() -> None:
    report = edited(*WORDS)
    result = adopted(report)
    assert (len(result.taken), result.left) == (5, ())
    assert answer(result.workbook, "overview.goal.overall_goal").startswith(
        f"{GOALS}，办好人民满意的教育。\n"
    )
    assert result.workbook is not None
    made = make_report(result.workbook, "新.xlsx", tools().template, tools().rules)
    assert made.report is not None
    texts = [each.text for each in Document(io.BytesIO(made.report)).paragraphs]
    assert [each for each in texts if each] == [
        each.text for each in Document(io.BytesIO(report)).paragraphs if each.text
    ]
    assert differences(report, result.workbook) == ()


def test_figures_and_words_of_the_template_are_left() -> None:
    result = adopted(
        edited(
            retyped(BUDGET, "98.66%", "98.76%"),
            retyped("毕业生初次就业率", "94.3%，全年", "95.3%，全年共"),
            retyped("对照年度绩效目标", "各项工作", "全部工作"),
            retyped("时效方面", "二次招标", "重新招标"),
        )
    )
    assert len(result.taken) == 1
    assert [
        any(why in line for line in result.left)
        for why in ("这句话里的数也变了", "是模板的", "不是文字的改动")
    ] == [True] * 3
    assert "94.3%" in answer(result.workbook, "goals.results.effects")


def test_titles_and_texts_of_tables_are_taken() -> None:
    report = edited(
        retyped("（1）教学质量", "教学质量管理", "教学（实训）质量管理"),
        in_cell(REASON, REASON, "上级年中下达资金，追加采购设备。"),
    )
    result = adopted(report)
    assert (len(result.taken), result.left) == (2, ())
    assert "报告里印有它的各处随之改" in result.taken[0]
    assert answer(result.workbook, "overview.business.0.title") == "教学（实训）质量管理"
    assert answer(result.workbook, "budget.projects.0.origin_reason") == "上级年中下达资金，追加采购设备。"
    assert differences(report, result.workbook) == ()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (retyped(SCORE, "等级为“优”", "等级为“良”"), "不是文字的改动"),
        (retyped("云岭县职业教育中心（盖章）", "职业教育中心", "职业教育学校"), "不是文字的改动"),
        (retyped("（1）教学质量", "教学质量管理。", ""), "不能就这样清空"),
        (retyped("根据云财绩", "县职教中心对", "县职教中心认真对"), "模板的话"),
        (retyped("（1）教学质量", "教学质量管理。", "教学质量管理。成效明显。"), "增加在一个名称后面"),
        (retyped("县职教中心设", "县职教中心设", "成效明显。县职教中心设"), "没有取用"),
    ],
)
def test_what_a_report_is_of_and_what_is_gone_is_not_taken(change: Change, why: str) -> None:
    result = adopted(edited(change))
    assert result.workbook is None
    assert result.left
    assert all(why in line for line in result.left)


def test_a_name_that_a_text_quotes_is_left_to_whoever_fills_in() -> None:
    data = to_data(read_workbook(BOOK.read_bytes(), BOOK.name))
    data["goals"]["results"]["completion"] = "项目支出【实训基地设备更新】，各项任务完成。"
    book = paint(from_data(data), [])
    made = make_report(book, "表.xlsx", tools().template, tools().rules, draft=True).report
    assert made is not None
    result = adopted(
        edited(in_cell("实训基地设备更新", "实训基地设备更新", "实训设备更新"), report=made), book
    )
    assert any("用【】引用了这个名称" in line for line in result.left)


def test_a_reference_stays_one_where_its_sentence_is_reworded() -> None:
    data = to_data(read_workbook(BOOK.read_bytes(), BOOK.name))
    data["goals"]["results"]["completion"] = "全年支出【执行数】，各项任务完成。"
    book = paint(from_data(data), [])
    made = make_report(book, "表.xlsx", tools().template, tools().rules).report
    assert made is not None
    report = edited(retyped("全年支出", "各项任务完成", "各项任务均已完成"), report=made)
    result = adopted(report, book)
    assert answer(result.workbook, "goals.results.completion") == "全年支出【执行数】，各项任务均已完成。"


def test_nothing_to_take_makes_no_workbook() -> None:
    assert adopted(report_of(BOOK)) == Adopted(None, (), ())


def test_what_was_taken_changes_nothing_else() -> None:
    result = adopted(edited(*WORDS[:1]))
    assert result.workbook is not None
    before, after = parts_of(BOOK.read_bytes()), parts_of(result.workbook)
    changed = [name for name in before if before[name] != after[name]]
    assert [name for name in changed if name.startswith("xl/")] == ["xl/worksheets/sheet2.xml"]
    assert (
        check(read_workbook(result.workbook, "新.xlsx")).findings
        == check(read_workbook(BOOK.read_bytes(), "表.xlsx")).findings
    )


# --- the command ----------------------------------------------------------------------------------


def test_the_command_writes_both_and_never_over_anything(shell: Shell) -> None:
    shell.put(BOOK)
    (shell.folder / "改.docx").write_bytes(edited(WORDS[1], retyped(BUDGET, "98.66%", "98.76%")))
    before = (shell.folder / "表.xlsx").read_bytes()
    status, said = shell("verify", "改.docx", "表.xlsx", "--marked", "改.docx", "--adopt", "表.xlsx")
    assert status == 1
    assert "已写出批注副本：改（2）.docx" in said
    assert "已写出新的填报表：表（2）.xlsx（原来的没有改动）" in said
    assert (shell.folder / "表.xlsx").read_bytes() == before
    assert (shell.folder / "改（2）.docx").exists()


@pytest.mark.parametrize("kind", [Kind.FIGURE, Kind.WORDING])
def test_json_names_the_cells(kind: Kind) -> None:
    change = retyped(BUDGET, "98.66%", "98.76%") if kind is Kind.FIGURE else WORDS[1]
    [said] = differences(edited(change))
    data = said.data()
    assert data["cells"]
    assert (said.severity is Severity.ERROR) is (kind is Kind.FIGURE)


# --- dropped on the script ------------------------------------------------------------------------


def dropped(*paths: Path, answer: str = "") -> tuple[int, str]:
    """What becomes of files dropped on the double-click script, and what it says."""
    said: list[str] = []
    status = flow.serve([str(path) for path in paths], said.append, lambda _: answer)
    return status, "\n".join(said)


@pytest.mark.parametrize("resaved", [False, True])
def test_a_report_dropped_alone_finds_its_workbook(resaved: bool, tmp_path: Path) -> None:
    """By its digest, and where the workbook was saved again since, by unit and year."""
    (tmp_path / "改.docx").write_bytes(edited(retyped(BUDGET, "98.66%", "98.76%")))
    (tmp_path / "别家.xlsx").write_bytes(TOWN.read_bytes())
    (tmp_path / "本单位.xlsx").write_bytes(BOOK.read_bytes())
    if resaved:
        book = load_workbook(tmp_path / "本单位.xlsx")
        book.save(tmp_path / "本单位.xlsx")
    status, said = dropped(tmp_path / "改.docx")
    assert status == 1
    assert "对照 本单位.xlsx" in said
    assert (tmp_path / "改（核验批注）.docx").exists()
    assert not list(tmp_path.glob("*报告-*.docx"))


def test_a_report_dropped_with_its_workbook_is_held_against_that(tmp_path: Path) -> None:
    (tmp_path / "改.docx").write_bytes(report_of(BOOK))
    (tmp_path / "远").mkdir()
    (tmp_path / "远" / "表.xlsx").write_bytes(BOOK.read_bytes())
    assert dropped(tmp_path / "改.docx")[0] == 2
    status, said = dropped(tmp_path / "改.docx", tmp_path / "远" / "表.xlsx")
    assert (status, "与工作簿一致" in said) == (0, True)
    assert not (tmp_path / "改（核验批注）.docx").exists()


def test_the_workbook_that_took_words_goes_before_the_one_it_came_from(tmp_path: Path) -> None:
    (tmp_path / "表.xlsx").write_bytes(BOOK.read_bytes())
    (tmp_path / "改.docx").write_bytes(edited(WORDS[1]))
    _, said = dropped(tmp_path / "改.docx", answer="1")
    assert "请打开它逐条看" in said
    _, said = dropped(tmp_path)
    assert "跳过：表（取用文字）.xlsx 改得更晚，这次用它" in said
    assert "生成报告 1 份" in said


def test_drafts_of_one_unit_stand_side_by_side(tmp_path: Path) -> None:
    data = to_data(read_workbook(BOOK.read_bytes(), BOOK.name))
    data["budget"]["lines"]["total"]["outturn"] = "1"
    for name in ("甲.xlsx", "乙.xlsx"):
        (tmp_path / name).write_bytes(paint(from_data(data), []))
    keys = iter(("1", "1", ""))
    flow.serve([str(tmp_path)], lambda _: None, lambda _: next(keys))
    assert len(list(tmp_path.glob("*（草稿）*.docx"))) == 2


def test_what_is_no_report_is_told(tmp_path: Path) -> None:
    (tmp_path / "坏.docx").write_bytes(b"PK")
    status, said = dropped(tmp_path / "坏.docx")
    assert status == 2
    assert "已损坏" in said


# --- a leader's round trip ------------------------------------------------------------------------


def test_a_leaders_round_trip(office: Office, tmp_path: Path) -> None:
    """Report → words and one figure edited in LibreOffice → dropped on the script → marked copy, new workbook → new report."""
    (tmp_path / "表.xlsx").write_bytes(BOOK.read_bytes())
    (tmp_path / "报告.docx").write_bytes(report_of(BOOK))
    edits = [
        ("二次招标。成本", "重新招标。成本"),
        ("提高学生技能水平。", "切实提高学生技能水平。"),
        ("执行数3,201.25", "执行数3,210.25"),
    ]
    office.save(tmp_path / "报告.docx", tmp_path / "签批.docx", edits, "tracked")
    status, said = dropped(tmp_path / "签批.docx", answer="1")
    assert status == 1
    assert "3 处修订还没有接受或拒绝" in said
    assert printed("把「budget.lines.total.outturn」 改为 3210.25，同它对得上的也要改（") in said
    told = comments(Document(str(tmp_path / "签批（核验批注）.docx")))
    assert sum(text.startswith("错误") for _, text in told) == 1
    assert "取用文字改动 2 处" in said
    made = tmp_path / "表（取用文字）.xlsx"
    assert dropped(made)[0] == 0
    [report] = tmp_path.glob("2025年度*.docx")
    text = "\n".join(each.text for each in Document(str(report)).paragraphs)
    assert "一个设备标段重新招标。" in text
    assert "切实提高学生技能水平。" in text
    assert "执行数3,201.25万元" in text
    [left] = differences((tmp_path / "签批.docx").read_bytes(), made.read_bytes())
    assert (left.expected, left.found) == ("3,201.25万元", "3,210.25万元")
