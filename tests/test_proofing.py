"""The proof copy: the same report with a comment on each figure."""

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from openxml_audit import OpenXmlValidator

from selfeval_xlsx import describe
from selfeval_xlsx.data import from_data
from selfeval_xlsx.job import Outcome, make_report, proof_copy
from selfeval_xlsx.report import layout
from selfeval_xlsx.report.comments import traced, without_marks
from selfeval_xlsx.report.template import ReportTemplate
from selfeval_xlsx.report.wording import TracedFigure
from selfeval_xlsx.rulebook import Rulebook
from selfeval_xlsx.seal import is_sealed
from selfeval_xlsx.workbook.author import paint
from tests.conftest import sample
from tests.test_checks import spoil

SHIPPED = ReportTemplate(layout.build(), "绩效自评报告.docx")


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
    assert words(proof) == words(report)
    assert "核对底稿" in proof.sections[0].header.paragraphs[0].text
    assert "核对底稿" in proof.sections[0].even_page_header.paragraphs[0].text
    figures = [text for text in words(proof) if re.fullmatch(r"-?[\d,]+\.\d\d%?", text)]
    hung = commented_texts(path)
    assert figures
    assert set(figures) <= set(hung)
    assert len(hung) == len(list(proof.comments)) > len(figures)


def test_a_comment_tells_source_formula_checks_and_reason(tmp_path: Path) -> None:
    changes = {"budget.lines.total.execution_rate": "", "budget.sources.carry_over.outturn": "78.50",
               "budget.sources.own_funds.outturn": "30.52"}  # fmt: skip
    _, path = copies(spoil(sample("云岭县职业教育中心"), changes), tmp_path)
    said = "\n".join(comment.text for comment in Document(str(path)).comments)
    assert (
        "来源：「预算」F9 合计·预算执行率，工作簿留空，由系统计算（预算执行率 = 执行数 ÷ 调整后预算）" in said
    )
    assert "计算得出：结余 = 调整后预算 − 执行数\n取自：「预算」D9 合计·调整后预算 3,244.60、" in said
    assert "来源：「预算」D23 上年结转·执行数，填报“78.5”" in said
    assert "说明 EXE01：填报 78.50，大于调整后预算 78.40，已在 「预算」B14 说明原因" in said
    assert "来源：「目标」H44 绩效指标·完成值，填报“3268”" in said
    assert "来源：「概况」B20 固定资产，填报“8642.35”\n没有可与之核对的数，请人工核对" in said


def test_an_indicator_that_missed_has_its_reason_and_only_checks_that_bear_on_it(tmp_path: Path) -> None:
    _, path = copies(sample("云岭县职业教育中心"), tmp_path)
    comments = [comment.text for comment in Document(str(path)).comments]
    [missed] = {each for each in comments if "「目标」H49" in each}
    assert "\n「目标」L49 " in missed
    assert "首次招标流标" in missed
    assert "IND13" not in missed


def test_a_traced_figure_compares_like_the_plain_one() -> None:
    figure = TracedFigure.with_note("0", "来源 <&>")
    assert figure == "0"
    assert figure.__html__() == traced("来源 &lt;&amp;&gt;", "0")
    assert without_marks(figure.__html__()) == "0"


def test_no_mark_is_left_anywhere(tmp_path: Path) -> None:
    _, path = copies(sample("青石镇综合服务中心"), tmp_path)
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            assert not re.search("[\ue000-\ue003]", package.read(name).decode(errors="replace")), name
