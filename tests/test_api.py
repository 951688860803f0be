"""The package as other programs use it."""

import io
from pathlib import Path

import pytest
from docx import Document

import selfeval_xlsx
from selfeval_xlsx.errors import SelfEvalError
from tests.conftest import GOOD, ROOT

BOOK = GOOD / "青石镇综合服务中心.xlsx"


def test_from_workbook_to_report(tmp_path: Path) -> None:
    evaluation = selfeval_xlsx.read_workbook(BOOK)
    assert selfeval_xlsx.check(evaluation).findings == ()
    template = selfeval_xlsx.Template(ROOT / "templates" / "绩效自评报告.docx")
    report = template.render(evaluation, selfeval_xlsx.Rulebook())
    assert "99.20%" in "".join(p.text for p in Document(io.BytesIO(report)).paragraphs)
    selfeval_xlsx.write_workbook(evaluation, tmp_path / "又一份.xlsx")
    again = selfeval_xlsx.read_workbook(str(tmp_path / "又一份.xlsx"))
    assert again.budget == evaluation.budget


def test_what_cannot_be_used_is_told(tmp_path: Path) -> None:
    with pytest.raises(SelfEvalError, match="找不到文件"):
        selfeval_xlsx.read_workbook(tmp_path / "没有.xlsx")
    with pytest.raises(AttributeError):
        selfeval_xlsx.no_such_name  # noqa: B018 - asking is the test
