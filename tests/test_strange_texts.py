"""Whole workbooks of strange texts, through report, marked copy, proof copy and verify: printed as typed, nothing run."""

import io
import zipfile
from functools import cache
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openxml_audit import OpenXmlValidator

from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.form.kinds import LongText, Text
from selfeval_xlsx.form.values import answers_of
from selfeval_xlsx.job import make_report, proof_copy
from selfeval_xlsx.outputs import report_setup
from selfeval_xlsx.report.review import without_marks
from selfeval_xlsx.signed.verification import verify
from selfeval_xlsx.workbook.author import paint
from selfeval_xlsx.workbook.reader import read_workbook
from tests.conftest import Shell, sample
from tests.test_cli import REPORT

NAME = "表.xlsx"
UNIT = "overview.identity.unit_name"
KEPT = {UNIT, "overview.sign_off.email"}


@cache
def painted() -> bytes:
    return paint(from_data(sample("云岭县职业教育中心")), [])


def filled(words: str | CellRichText, *, unit: str | None = None) -> bytes:
    """A workbook with ``words`` in every text cell, and with an error that blocks the report."""
    book = load_workbook(io.BytesIO(painted()))
    for key, answer in answers_of(read_workbook(painted(), NAME)):
        if isinstance(answer.field.kind, Text | LongText) and answer.stated and key not in KEPT:
            cell = book[answer.ref.sheet][answer.ref.coordinate]
            cell.value = words
            cell.data_type = "s"
        if key == UNIT and unit is not None:
            book[answer.ref.sheet][answer.ref.coordinate] = unit
        if key == "budget.lines.total.execution_rate":
            book[answer.ref.sheet][answer.ref.coordinate] = "50%"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def texts_of(report: bytes) -> str:
    document = Document(io.BytesIO(report))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


RICH = CellRichText(
    "前", TextBlock(InlineFont(b=True), "<粗>"), " ", TextBlock(InlineFont(i=True), "{{ 斜 }}")
)
LONG = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(2_000))


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("前<&>{{ x }}{% if %}{# y #}]]>后", None),
        ("=1+1", None),
        ('=HYPERLINK("http://x.invalid","点")', None),
        ("甲😀👨‍👩‍👧🇨🇳乙𠀀𠮷𪚥", None),
        ("甲\ue000乙\ue001丙\ue002丁\ue003戊", None),
        ("甲_x0007_乙_x000B__x0000_丙_xFFFF_丁", "甲乙丙丁"),
        ("甲_xD83D_乙_xDE00_", "甲乙"),
        (RICH, "前<粗> {{ 斜 }}"),
        (LONG, None),
    ],
    ids=["markup", "formula", "link", "astral", "private", "control", "halves", "rich", "long"],
)
def test_a_workbook_of_strange_texts(words: str | CellRichText, shown: str | None, tmp_path: Path) -> None:
    book, given = filled(words), report_setup.load()
    outcome = make_report(book, NAME, given.template, given.rules, draft=True)
    assert outcome.report is not None
    assert outcome.marked is not None
    proof = proof_copy(outcome, given.template, given.rules)
    expected = texts_of(outcome.report)
    assert expected.count(shown or str(words)) > 50
    assert texts_of(proof).endswith(expected[-1000:])
    for report in (outcome.report, proof):
        (tmp_path / "x.docx").write_bytes(report)
        assert not list(OpenXmlValidator().validate(str(tmp_path / "x.docx")).errors)
    with zipfile.ZipFile(io.BytesIO(proof)) as package:
        body = package.read("word/document.xml").decode()
    assert without_marks(body) == body
    assert verify((outcome.report, "x"), (book, NAME), given.template, given.rules).differences == ()
    marked = load_workbook(io.BytesIO(outcome.marked), read_only=True)["核对结果"]
    assert "f" not in {cell.data_type for row in marked for cell in row}


def test_a_unit_of_strange_letters_names_its_files(shell: Shell) -> None:
    unit = "云岭县_xD83D__x0007_职业教育中心"
    (shell.folder / NAME).write_bytes(filled("文字", unit=unit))
    assert shell("report", NAME, "--draft")[0] == 1
    assert REPORT.replace(".docx", "（草稿）.docx") in shell.names()
