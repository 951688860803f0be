"""Against LibreOffice: the workbook is opened, filled, recalculated and saved; the report is rendered."""

import itertools
import re
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import samples
from openpyxl import load_workbook

from selfeval_xlsx import cli
from selfeval_xlsx.checks import check
from selfeval_xlsx.desk import flow
from selfeval_xlsx.form.data import to_data
from selfeval_xlsx.outputs import report_setup
from selfeval_xlsx.signed.differences import Kind
from selfeval_xlsx.signed.verification import Provenance, verify
from selfeval_xlsx.workbook.reader import read_workbook
from tests.conftest import GOOD, ROOT, Convert, needed, words
from tests.office import Office, program
from tests.word_edits import edits


def results(path: Path) -> dict[tuple[str, str], str]:
    """The sheet 核对: (code, place) → result."""
    sheet = load_workbook(path, data_only=True)["核对"]
    return {
        (f"{row[1].value}", f"{row[3].value}"): f"{row[0].value}"
        for row in itertools.takewhile(lambda row: row[1].value, sheet.iter_rows(min_row=3))
        if row[0].value
    }


def cells(path: Path) -> list[str]:
    book = load_workbook(path, data_only=True)
    return [
        str(c.value) for s in book.worksheets for row in s.iter_rows() for c in row if c.value is not None
    ]


def test_workbooks_recalculate_and_read_the_same(convert: Convert, tmp_path: Path) -> None:
    good = sorted(GOOD.glob("*.xlsx"))
    bad = tmp_path / "合计填错行.xlsx"
    bad.write_bytes(samples.bad(bad.stem))
    blank = ROOT / "templates" / "绩效自评填报表.xlsx"
    saved = convert("xlsx", *good, bad, blank)
    for before, after in zip([*good, bad], saved, strict=False):
        one, other = (read_workbook(path.read_bytes(), path.name) for path in (before, after))
        assert to_data(one) == to_data(other)
        assert check(one).findings == check(other).findings
        assert other.source == one.source
    for path in saved:
        assert not [text for text in cells(path) if re.match(r"#(NAME|REF|VALUE|DIV|N/A)|Err:", text)]
    by_name = {path.stem: results(path) for path in saved}
    open_lines = {place for place, result in by_name["云岭县职业教育中心"].items() if result != "✓"}
    assert open_lines == {
        ("EXE02", f"「预算」{source}·预算执行率") for source in ("政府性基金预算拨款", "其他资金")
    }  # no budget, no rate
    assert set(by_name["青石镇综合服务中心"].values()) <= {"✓", "—", "未填，由系统计算"}
    assert set(by_name["绩效自评填报表"].values()) == {"—"}
    wrong = {
        code for (code, _), result in by_name["合计填错行"].items() if result.startswith(("✗", "请核对"))
    }
    assert wrong == {finding.code for finding in check(read_workbook(bad.read_bytes(), "")).findings}


def test_a_detour_through_ods_reads_the_same(convert: Convert) -> None:
    book = GOOD / "云岭县职业教育中心.xlsx"
    [ods] = convert("ods", book)
    [back] = convert("xlsx", ods)
    one, other = (read_workbook(path.read_bytes(), "x") for path in (book, back))
    assert to_data(one) == to_data(other)


def test_a_clerk_fills_the_blank_in_the_program(office: Office, tmp_path: Path) -> None:
    out = tmp_path / "填好.xlsx"
    told = office.fill(ROOT / "templates" / "绩效自评填报表.xlsx", out)
    shown = {(code, place): result for code, place, result in told}
    assert shown["SUM03", "「预算」合计·调整后预算"] == "✓"
    assert shown["SUM05", "「预算」项目支出·调整后预算"] == "✓"
    assert shown["SUM06", "「概况」全年预算数"] == "✓"
    assert shown["EXE02", "「预算」合计·预算执行率"] == "✗ 应为 99.20%"
    assert shown["EXE02", "「预算」项目清单·预算执行率"] == "✗ 有 1 行"  # the inserted one
    evaluation = read_workbook(out.read_bytes(), out.name)
    assert [row.name.value for row in evaluation.budget.projects] == ["甲项目", "插入的项目", "乙项目"]
    source = evaluation.source
    assert (*source.by_label, *source.altered_labels, *source.outside) == ()
    codes = {finding.code for finding in check(evaluation).findings}
    assert codes == {"EXE02", "FIL06", "FIL10", "FIL01", "FIL17"}  # the last two: more is needed for a report


def test_a_marked_copy_opens_and_reads(convert: Convert, tmp_path: Path) -> None:
    book = tmp_path / "表.xlsx"
    book.write_bytes(samples.bad("合计填错行"))
    assert flow.serve([str(book)], lambda _: None) == 1
    [saved] = convert("xlsx", tmp_path / "表（核对标注）.xlsx")
    assert "核对结果" in load_workbook(saved).sheetnames
    assert to_data(read_workbook(saved.read_bytes(), "x")) == to_data(read_workbook(book.read_bytes(), "x"))


# --- the report on paper ------------------------------------------------------------------------


def test_a_report_saved_by_the_program_says_the_same(convert: Convert, tmp_path: Path) -> None:
    given = report_setup.load()
    for path in GOOD.glob("*.xlsx"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert flow.serve([str(tmp_path)], lambda _: None) == 0
    reports = sorted(tmp_path.glob("*.docx"))
    [edit] = edits(reports[0].read_bytes(), 1, seed=3)
    (tmp_path / "改.docx").write_bytes(edit.report)
    *saved, changed = convert("docx", *reports, tmp_path / "改.docx")
    books = [GOOD / f"{path.stem.partition('-')[2]}.xlsx" for path in reports]
    for path, book in zip(saved, books, strict=True):
        result = verify(
            (path.read_bytes(), path.name), (book.read_bytes(), book.name), given.template, given.rules
        )
        assert result.differences == ()
        assert result.provenance is Provenance.SAME
    found = verify(
        (changed.read_bytes(), "改.docx"), (books[0].read_bytes(), books[0].name), given.template, given.rules
    )
    assert [(each.place, each.kind) for each in found.differences] == [(edit.place, Kind.FIGURE)]


@pytest.fixture(scope="module")
def paper(convert: Convert, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("paper")
    book = folder / "表.xlsx"
    book.write_bytes((GOOD / "云岭县职业教育中心.xlsx").read_bytes())
    assert flow.serve([str(book)], lambda _: None) == 0
    [report] = folder.glob("*.docx")
    return convert("pdf", report)[0]


def test_the_rendered_report_keeps_the_official_layout(paper: Path) -> None:
    pages = words(paper, "-layout").split("\f")[:-1]
    assert len(pages) >= 5
    lines = [[line.strip() for line in page.splitlines() if line.strip()] for page in pages]
    indents: dict[int, list[int]] = {}
    for number, page in enumerate(pages, start=1):
        foot = page.rstrip().splitlines()[-1]
        assert foot.replace(" ", "") == f"—{number}—"
        indents.setdefault(number % 2, []).append(len(foot) - len(foot.lstrip()))
    assert min(indents[1]) > 2 * max(indents[0])  # odd pages on the right, even pages on the left
    prose = [line for line in lines[1] if not re.search(r"[A-Za-z0-9]", line)]
    assert max(len(line) for line in prose) == 28
    tops = sorted(
        {
            float(top)
            for top in re.findall(
                r'<line [^>]*yMin="([\d.]+)"', words(paper, "-bbox-layout", "-f", "2", "-l", "2")
            )
        }
    )
    steps = [below - above for above, below in pairwise(tops[:-1])]
    assert all(28.8 < step < 28.99 + 0.02 for step in steps)  # 22 lines on 225 mm
    text = "".join("".join(page[:-1]) for page in lines)
    for heading in (
        "一、部门（单位）概况",
        "（五）当年部门预算及执行情况",
        "四、绩效自评结果拟应用和公开情况",
    ):
        assert heading in text


def test_the_rendered_report_uses_the_official_faces(paper: Path) -> None:
    listing = subprocess.run(["pdffonts", str(paper)], capture_output=True, check=True).stdout.decode()
    faces: set[str] = set(re.findall(r"\+([A-Za-z]+)", listing))
    expected: dict[str, Any] = {
        "仿宋": "FandolFang",
        "楷体": "FandolKai",
        "黑体": "FandolHei",
        "宋体": "FandolSong",
    }
    if "FandolFang" not in faces:
        pytest.skip("the free Chinese faces are not installed")
    assert set(expected.values()) <= faces


def test_a_report_is_exported_as_pdf(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needed(program(), "LibreOffice", "SELFEVAL_REQUIRE_OFFICE")
    book = tmp_path / "表 一.xlsx"
    book.write_bytes((GOOD / "青石镇综合服务中心.xlsx").read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["selfeval", "report", str(book), "--pdf"])
        with pytest.raises(SystemExit) as stop:
            cli.main()
    assert not stop.value.code
    assert "已导出 PDF" in capsys.readouterr().out
    [made] = tmp_path.glob("*.pdf")
    assert "99.20%" in words(made)
