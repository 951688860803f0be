"""The proof copy: the same report with a comment on each figure."""

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from openxml_audit import OpenXmlValidator
from samples import spoil

from selfeval_xlsx import describe
from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.job import Outcome, make_report, proof_copy
from selfeval_xlsx.office.package import is_sealed
from selfeval_xlsx.report.review import traced, without_marks
from selfeval_xlsx.report.template import ReportTemplate
from selfeval_xlsx.report.wording import TracedFigure
from selfeval_xlsx.workbook.author import paint
from tests.conftest import sample
from tests.places import printed
from tests.shipped import REPORT
from tests.word_edits import parts_of

SHIPPED = ReportTemplate(REPORT, "绩效自评报告.docx")


def copies(data: dict[str, Any], folder: Path) -> tuple[Any, Path]:
    """The report, and the path of its proof copy."""
    book = paint(from_data(data), describe.rule_rows())
    outcome: Outcome = make_report(book, "表.xlsx", SHIPPED, Rulebook())
    assert outcome.report is not None
    path = folder / "底稿.docx"
    path.write_bytes(proof_copy(outcome, SHIPPED, Rulebook()))
    return Document(io.BytesIO(outcome.report)), path


def words(document: Any) -> list[str]:
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [paragraph.text for paragraph in document.paragraphs] + cells


CHAPTER = "没有核对的内容（请人工核对）"


def without_chapter(proof: Any) -> list[str]:
    """The words of a proof copy without its last chapter."""
    return words(proof)[: chapter_at(proof)] + words(proof)[len(proof.paragraphs) :]


def chapter_at(proof: Any) -> int:
    return next(
        (number for number, each in enumerate(proof.paragraphs) if each.text == CHAPTER),
        len(proof.paragraphs),
    )


def commented_texts(path: Path) -> list[str]:
    """The texts that a comment hangs on."""
    with zipfile.ZipFile(path) as package:
        xml = package.read("word/document.xml").decode()
    pieces = re.findall(r"<w:commentRangeStart [^>]*>(.*?)<w:commentRangeEnd", xml)
    return [re.sub(r"<[^>]+>", "", piece) for piece in pieces]


@pytest.mark.parametrize("name", ["青石镇综合服务中心", "云岭县职业教育中心"])
def test_every_figure_of_the_tables_has_a_comment_and_the_text_stays(name: str, tmp_path: Path) -> None:
    report, path = copies(sample(name), tmp_path)
    proof = Document(str(path))
    assert is_sealed(path.read_bytes())
    errors = OpenXmlValidator().validate(str(path)).errors
    assert errors == []
    assert without_chapter(proof) == words(report)
    assert "核对底稿" in proof.sections[0].header.paragraphs[0].text
    assert "核对底稿" in proof.sections[0].even_page_header.paragraphs[0].text
    figures = [text for text in words(proof) if re.fullmatch(r"-?[\d,]+\.\d\d%?", text)]
    hung = commented_texts(path)
    assert figures
    assert set(figures) <= set(hung)
    assert len(hung) == len(list(proof.comments)) > len(figures)


def test_a_comment_tells_source_formula_checks_and_reason(tmp_path: Path) -> None:
    changes = {"budget.lines.total.execution_rate": "", "budget.sources.carry_over.outturn": "78.50",
               "budget.sources.own_funds.outturn": "30.52", "budget.sources.carry_over.execution_rate": "",
               "budget.sources.own_funds.execution_rate": ""}  # fmt: skip
    _, path = copies(spoil(sample("云岭县职业教育中心"), changes), tmp_path)
    said = "\n".join(comment.text for comment in Document(str(path)).comments)
    assert (
        printed(
            "「budget.lines.total.execution_rate」 合计·预算执行率，留空，由系统计算（预算执行率 = 执行数 ÷ 调整后预算）。核对相符：预算执行率 = 执行数 ÷ 调整后预算（EXE02）"
        )
        in said
    )
    assert (
        printed(
            "计算得出：结余 = 调整后预算 − 执行数；取自：「budget.lines.total.adjusted_budget」 合计·调整后预算 3,244.60、"
        )
        in said
    )
    assert printed("「budget.sources.carry_over.outturn」 上年结转·执行数，填报“78.5”") in said
    assert (
        printed(
            "说明 EXE01：填报 78.50，大于调整后预算 78.40，已在 「budget.notes.execution_reason」 说明原因"
        )
        in said
    )
    assert printed("「goals.indicators.0.actual_value」 绩效指标·完成值，填报“3268”。核对相符：") in said
    assert printed("「overview.structure.fixed_assets」 固定资产，填报“8642.35”。没有可与之核对的数") in said


def test_an_indicator_that_missed_has_its_reason_and_only_checks_that_bear_on_it(tmp_path: Path) -> None:
    _, path = copies(sample("云岭县职业教育中心"), tmp_path)
    comments = [comment.text for comment in Document(str(path)).comments]
    [missed] = {each for each in comments if each.startswith(printed("「goals.indicators.5.actual_value」"))}
    assert printed("\n「goals.indicators.5.deviation_reason」 ") in missed
    assert "首次招标流标" in missed
    assert "IND13" not in missed


def commented_figures(path: Path) -> list[tuple[str, str]]:
    """The texts that a comment hangs on, with the comment."""
    return list(zip(commented_texts(path), [each.text for each in Document(str(path)).comments], strict=True))


def test_figures_in_texts_have_the_cell_they_stand_in_and_the_one_they_are_held_against(
    tmp_path: Path,
) -> None:
    text = "　全年开展社会培训5216人次，毕业生技能等级证书取得率 95.8％，新增合作企业7家。\n其中：另有3名教师获奖，部门整体支出执行数3,201.25万元"
    data = spoil(sample("云岭县职业教育中心"), {"goals.results.completion": text})
    report, path = copies(data, tmp_path)
    assert without_chapter(Document(str(path))) == words(report)
    said = [pair for pair in commented_figures(path) if printed("「goals.results.completion」") in pair[1]]
    source = printed("「goals.results.completion」 履职完成情况里的")
    assert said == [
        ("5216人次", printed(f"{source}“5216人次”。核对相符：「goals.indicators.1.actual_value」 绩效指标·完成值 5216人次（NAR01）")),
        ("95.8％", printed(f"{source}“95.8％”：提醒 NAR01，「goals.indicators.3.actual_value」 绩效指标·完成值 是 96.8%，与文字不一致")),
        ("7家", f"{source}“7家”：文字中的数，表中没有"),
        ("3名", f"{source}“3名”：文字中的数，表中没有"),
        ("3,201.25万元", printed(f"{source}“3,201.25万元”。核对相符：「budget.lines.total.outturn」 合计·执行数 3,201.25万元（NAR01）")),
    ]  # fmt: skip


def test_a_figure_that_words_do_not_place_offers_the_cells_of_its_value(tmp_path: Path) -> None:
    text = "另有实训耗材等方面合计花费1,908.15万元。"
    _, path = copies(spoil(sample("云岭县职业教育中心"), {"goals.results.completion": text}), tmp_path)
    [note] = [note for on, note in commented_figures(path) if on == "1,908.15万元"]
    assert note.startswith(printed("「goals.results.completion」 履职完成情况里的“1,908.15万元”"))
    assert printed("「budget.lines.personnel.outturn」 人员经费·执行数") in note


def test_the_last_chapter_lists_what_was_not_checked(tmp_path: Path) -> None:
    changes = {"goals.results.completion": "新增合作企业7家。"}
    _, path = copies(spoil(sample("云岭县职业教育中心"), changes), tmp_path)
    proof = Document(str(path))
    lines = [each.text for each in proof.paragraphs[chapter_at(proof) + 1 :]]
    first, second = (lines.index(f"{each}：") for each in ("文字中的数，表中没有", "没有别的数可以核对"))
    assert printed("「goals.results.completion」 履职完成情况：7家") in lines[first:second]
    assert printed("「overview.structure.fixed_assets」 固定资产 8,642.35") in lines[second:]


def test_a_line_of_two_cells_names_both(tmp_path: Path) -> None:
    line = "全年组织公益活动23场。"
    changes = {"goals.results.completion": line, "goals.results.effects": line}
    _, path = copies(spoil(sample("云岭县职业教育中心"), changes), tmp_path)
    said = [note for text, note in commented_figures(path) if text == "23场"]
    assert len(said) == 2
    assert all(
        printed("「goals.results.completion」") in note and printed("「goals.results.effects」") in note
        for note in said
    )


def test_the_report_date_and_the_full_score_have_comments(tmp_path: Path) -> None:
    _, path = copies(sample("云岭县职业教育中心"), tmp_path)
    said = dict(commented_figures(path))
    assert said["2026年3月16日"].startswith(printed("「overview.sign_off.report_date」 填报日期"))
    assert said["100"] == "来源：口径，各项分值之和应为满分"


def test_a_line_break_beside_a_figure_stays(tmp_path: Path) -> None:
    changes = {"goals.indicators.0.actual_value": "3268人\n（年末）", "goals.indicators.0.measure_unit": ""}
    report, path = copies(spoil(sample("云岭县职业教育中心"), changes), tmp_path)
    assert any("3268人\n（年末）" in text for text in words(report))
    assert without_chapter(Document(str(path))) == words(report)


def test_a_traced_figure_compares_like_the_plain_one() -> None:
    figure = TracedFigure.with_note("0", "来源 <&>")
    assert figure == "0"
    assert figure.__html__() == traced("来源 &lt;&amp;&gt;", "0")
    assert without_marks(figure.__html__()) == "0"


def test_no_mark_is_left_anywhere(tmp_path: Path) -> None:
    _, path = copies(sample("青石镇综合服务中心"), tmp_path)
    for name, content in parts_of(path.read_bytes()).items():
        assert not re.search("[\ufdd0-\ufdd3]", content.decode(errors="replace")), name
