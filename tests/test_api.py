"""The package as other programs use it."""

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from samples import overtype

import selfeval_xlsx
from selfeval_xlsx.errors import SelfEvalError
from selfeval_xlsx.job import make_report
from selfeval_xlsx.outputs import report_setup
from tests.conftest import GOOD, ROOT

api: Any = selfeval_xlsx
"""The package to whoever checks no types."""
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


def test_the_example_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [code] = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "填报表.xlsx").write_bytes(BOOK.read_bytes())
    for name in ("口径.toml", "绩效自评报告.docx"):
        (tmp_path / name).write_bytes((ROOT / "templates" / name).read_bytes())
    given = report_setup.load()
    made = make_report(BOOK.read_bytes(), BOOK.name, given.template, given.rules).report
    assert made is not None
    document = Document(io.BytesIO(made))
    figure = next(each for each in document.paragraphs if "99.20%" in each.text)
    figure.runs[0].text = figure.text.replace("99.20%", "99.30%")
    document.save(str(tmp_path / "签批.docx"))
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(code, names)
    assert not names["result"].blocked
    assert names["verified"].figures_differ
    assert len(list(Document(str(tmp_path / "批注.docx")).comments)) == len(names["verified"].differences)
    origin = selfeval_xlsx.provenance("签批.docx")
    assert origin is not None
    assert origin.template == "绩效自评报告.docx"
    assert selfeval_xlsx.provenance("报告.docx") is None


def test_a_form_is_filled_from_json(tmp_path: Path) -> None:
    path = GOOD / "青石镇综合服务中心.json"
    evaluation = selfeval_xlsx.fill(path)
    assert evaluation.budget == selfeval_xlsx.fill(json.loads(path.read_text(encoding="utf-8"))).budget
    (tmp_path / "坏.json").write_text("{", encoding="utf-8")
    with pytest.raises(SelfEvalError, match="JSON"):
        selfeval_xlsx.fill(tmp_path / "坏.json")


def test_findings_are_asked_for_by_key() -> None:
    data = json.loads((GOOD / "青石镇综合服务中心.json").read_text(encoding="utf-8"))
    overtype(data, ["budget", "lines", "total", "execution_rate"], "95.00%")
    result = selfeval_xlsx.check(selfeval_xlsx.fill(data))
    found = selfeval_xlsx.findings_at(result, "budget.lines.total")
    assert {each.key for each in found} == {"budget.lines.total.execution_rate"}
    assert selfeval_xlsx.findings_at(result, "budget.lines.tot") == ()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: api.check("表.xlsx"), "check 的 evaluation 要 SelfEvaluation，收到的是 str"),
        (lambda: api.read_workbook(b"PK"), "read_workbook 的 path 要 str、Path，收到的是 bytes"),
        (
            lambda: api.verify("a.docx", "b.xlsx", rules="口径.toml"),
            "verify 的 rules 要 Rulebook、None",
        ),
        (lambda: api.fill([]), "fill 的 data 要 Mapping、str、Path，收到的是 list"),
        (lambda: api.Template().render("表"), "Template.render 的 evaluation 要 SelfEvaluation"),
    ],
)
def test_an_argument_of_a_wrong_type_is_refused_by_name(call: Callable[[], object], said: str) -> None:
    with pytest.raises(TypeError, match=re.escape(said)):
        call()


def test_a_rulebook_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "口径.toml"
    path.write_bytes((ROOT / "templates" / "口径.toml").read_bytes())
    assert selfeval_xlsx.Rulebook.load(path) == selfeval_xlsx.Rulebook.load(str(path))
    path.write_text("不认识 = 1", encoding="utf-8")
    with pytest.raises(SelfEvalError):
        selfeval_xlsx.Rulebook.load(path)


def test_what_cannot_be_used_is_told(tmp_path: Path) -> None:
    with pytest.raises(SelfEvalError, match="找不到文件"):
        selfeval_xlsx.read_workbook(tmp_path / "没有.xlsx")
    with pytest.raises(AttributeError):
        selfeval_xlsx.no_such_name  # noqa: B018 - asking is the test
