"""The report on paper, as LibreOffice prints it: rows whole, headings with their text, page numbers outside."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from lxml import etree
from samples import spoil

from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.form.rulebook import Printing, Rulebook
from selfeval_xlsx.report import context
from selfeval_xlsx.report.template import ReportTemplate
from tests.conftest import Convert, sample, words
from tests.shipped import BRIEF, table_xml, with_text
from tests.test_report import rendered

FULL = sample("云岭县职业教育中心")


def pages_of(pdf: Path) -> list[str]:
    """The words of each page, without spaces."""
    return ["".join(page.split()) for page in words(pdf, "-raw").split("\f")[:-1]]


def printed(convert: Convert, folder: Path, reports: dict[str, bytes]) -> dict[str, Path]:
    """The reports as PDF."""
    for name, content in reports.items():
        (folder / f"{name}.docx").write_bytes(content)
    made = convert("pdf", *(folder / f"{name}.docx" for name in reports))
    return dict(zip(reports, made, strict=True))


def marked(number: int, words_between: str) -> str:
    """A long text between two marks that tell where it begins and ends."""
    return f"a{number:03}a{words_between}z{number:03}z"


def where(pages: list[str], mark: str) -> list[int]:
    return [number for number, page in enumerate(pages) for _ in range(page.count(mark))]


def long_lists(reason: str) -> dict[str, Any]:
    """A scoring unit with many indicators and projects, their texts marked."""
    base, project = FULL["goals"]["indicators"][0], FULL["budget"]["projects"][0]
    indicators = [
        {**base, "level1": ("产出指标", "效益指标")[index // 18], "level2": ("数量指标", "质量指标", "时效指标")[index // 7 % 3],
         "level3": marked(index, "名称写得较长的三级指标"), "deviation_reason": marked(100 + index, reason)}
        for index in range(36)
    ]  # fmt: skip
    project = {**project, "origin": None, "origin_reason": None}
    projects = [{**project, "name": marked(200 + index, "名称写得比较长的项目支出")} for index in range(55)]
    return spoil(FULL, {"goals.indicators": indicators, "budget.projects": projects})


def test_every_row_is_on_paper_and_on_one_page(convert: Convert, tmp_path: Path) -> None:
    reports = {
        f"{name}{len(wanted)}": rendered(data, attachments=wanted)
        for name, data in (
            ("short", long_lists("原因和措施")),
            ("long", long_lists("原因和措施写得很长，" * 9)),
        )
        for wanted in (("budget", "sheet", "projects"), ())
    }
    for name, pdf in printed(convert, tmp_path, reports).items():
        pages = pages_of(pdf)
        for number in (*range(36), *range(100, 136), *range(200, 255)):
            [begun], [ended] = where(pages, f"a{number:03}a"), where(pages, f"z{number:03}z")
            assert begun == ended, f"{name}: row {number} stands on two pages"
        assert sum("一级指" in page for page in pages) > 1  # the heading is repeated
        assert sum("项目名称" in page for page in pages) > 1
        assert all(page.strip("—0123456789") for page in pages)


def test_no_place_on_the_page_makes_rows_vanish(convert: Convert, tmp_path: Path) -> None:
    """Every half point a table may begin at, over the height of heading and first row (about 35 pt).

    LibreOffice loses all rows after the break at two of these places when rows have lines below.
    """
    heights, table = range(1100, 2000, 10), _twelve_rows()
    text = "".join(f"{_lead(height)}{table}" for height in heights)
    report = ReportTemplate(with_text(text), "表.docx").render({"mark": ""} | _identity())
    [pdf] = printed(convert, tmp_path, {"places": report}).values()
    said = "".join(pages_of(pdf))
    for height in heights:
        place = said.partition(f"b{height}b")[2].partition("b")[0]
        for row in range(12):
            assert place.count(f"r{row}e") == place.count(f"c{row}e") == 1, f"at {height}: row {row}"


def _twelve_rows() -> str:
    """The shipped list of projects with twelve rows and no total: "r1e" in the first column, "c1e" in the second."""
    table = table_xml("项目支出情况表")
    head, begin, row, end, *total = table.iter(qn("w:tr"))
    for each in total:
        table.remove(each)
    for line, texts in ((begin, ["{%tr for row in range(12) %}"]), (row, ["r{{ row }}e", "c{{ row }}e"])):
        for number, text in enumerate(line.iter(qn("w:t"))):
            text.text = texts[number] if number < len(texts) else ""
    for text in head.iter(qn("w:t")):
        text.text = text.text.partition("{")[0]
    assert head.find(f".//{qn('w:tblHeader')}") is not None
    assert "".join(end.itertext()) == "{%tr endfor %}"
    return etree.tostring(table, encoding="unicode")


def _identity() -> dict[str, Any]:
    return {"overview": {"identity": {"unit_name": "某某局", "year": "2025"}}}


def _lead(height: int) -> str:
    """18 lines of text on a new page ("b1100b" where the height is 1100), an empty line of ``height`` twips, a caption."""
    style = '<w:pStyle w:val="body"/>'
    first = f"<w:p><w:pPr>{style}<w:pageBreakBefore/></w:pPr><w:r><w:t>b{height}b</w:t></w:r></w:p>"
    lines = first + f"<w:p><w:pPr>{style}</w:pPr><w:r><w:t>文</w:t></w:r></w:p>" * 17
    spacing = f'<w:spacing w:line="{height}" w:lineRule="exact"/>'
    gap = f"<w:p><w:pPr>{style}{spacing}</w:pPr></w:p>"
    return f'{lines}{gap}<w:p><w:pPr><w:pStyle w:val="caption"/></w:pPr><w:r><w:t>表</w:t></w:r></w:p>'


def test_headings_and_signature_never_stand_alone(convert: Convert, tmp_path: Path) -> None:
    """Twelve reports whose text grows line by line."""
    reports = {
        f"lines{count}": rendered(
            spoil(FULL, {"overview.goal.overall_goal": "围绕年度任务，" * 4 * (count + 1)})
        )
        for count in range(12)
    }
    for name, pdf in printed(convert, tmp_path, reports).items():
        report = Document(io.BytesIO(reports[name]))
        headings = {
            "".join(paragraph.text.split())
            for paragraph in report.paragraphs
            if paragraph.style and (paragraph.style.name or "").startswith("Heading")
        }
        assert len(headings) > 10
        length = 22
        for number, page in enumerate(words(pdf, "-layout").split("\f")[:-1], start=1):
            lines = ["".join(line.split()) for line in page.splitlines() if line.strip()]
            assert lines[-1] == f"—{number}—"
            assert lines[-2] not in headings, f"{name}: {lines[-2]} at the foot of page {number}"
            assert not lines[0].startswith("附件："), f"{name}: no text above the list of attachments"
            if "2026年3月16日" in lines:
                body = lines[: lines.index("云岭县职业教育中心（盖章）")]
                assert body, f"{name}: the signature stands alone"
                assert length > 11, f"{name}: half of page {number - 1} is empty"
            length = len(lines)


def test_a_cover_bears_no_number_and_the_text_begins_with_page_one(convert: Convert, tmp_path: Path) -> None:
    with_cover = rendered(FULL, Rulebook(printing=Printing(cover=True)))
    first, second, *_ = pages_of(printed(convert, tmp_path, {"cover": with_cover})["cover"])
    assert "评价单位（公章）" in first
    assert not re.search(r"—\d+—", first)
    assert second.endswith("—1—")


BRIEF_TEMPLATE = ReportTemplate(BRIEF, "简表式.docx")


def test_a_text_in_a_table_may_be_longer_than_a_page(convert: Convert, tmp_path: Path) -> None:
    """LibreOffice prints over the foot of the page, and loses lines, where such a row may not be cut."""
    text = "".join(f"第x{number:03}x项任务按期完成，通过验收；" for number in range(100))
    whole = completed(from_data(spoil(FULL, {"goals.results.effects": text})), Rulebook())
    report = BRIEF_TEMPLATE.render(context.build(whole, Rulebook(), attachments=()))
    pages = "".join(pages_of(printed(convert, tmp_path, {"long": report})["long"]))
    assert [number for number in range(100) if f"x{number:03}x" not in pages] == []


def test_no_amount_is_broken_over_two_lines(convert: Convert, tmp_path: Path) -> None:
    """Amounts in 元, in attachments, in the text and in the short report."""
    amounts = {f"budget.projects.{index}.{name}": f"{-index * 7654321098}.50" if "adjustment" in name else f"{index}23456789.5{index}"
               for index in range(1, 5) for name in ("original_budget", "budget_adjustment", "adjusted_budget", "outturn")}  # fmt: skip
    data = spoil(
        FULL,
        {"overview.identity.money_unit": "元", "budget.lines.total.prior_outturn": "123456789.12"} | amounts,
    )
    whole = completed(from_data(data), Rulebook())
    reports = {
        "attached": rendered(data),
        "text": rendered(data, attachments=()),
        "brief": BRIEF_TEMPLATE.render(context.build(whole, Rulebook(), attachments=())),
    }
    for name, pdf in printed(convert, tmp_path, reports).items():
        said = words(pdf, "-raw").split()
        tables = Document(io.BytesIO(reports[name])).tables
        figures = {cell.text for table in tables for row in table.rows for cell in row.cells}
        figures = {figure for figure in figures if re.fullmatch(r"-?[\d,]+\.\d\d", figure)}
        assert max(map(len, figures)) > 16
        assert figures <= set(said), f"{name}: {figures - set(said)}"


def test_the_closing_lines_stand_where_the_standard_wants_them(convert: Convert, tmp_path: Path) -> None:
    """The date ends four characters before the edge; the dashes of the page number run 7 mm under the text."""
    [pdf] = printed(convert, tmp_path, {"report": rendered(FULL)}).values()
    pages = words(pdf, "-bbox").split("<page ")[1:]
    page = next(page for page in pages if "财务负责人" in page)
    boxes = re.findall(
        r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]+)</word>', page
    )
    [date] = [float(right) for _, _, right, _, said in boxes if said in {"2026年3月16日", "日"}]
    character = 156 / 28
    assert (210 - 26) - date * 25.4 / 72 == pytest.approx(4 * character, abs=1)
    [top, foot] = next((float(top), float(foot)) for _, top, _, foot, said in boxes[::-1] if said.isdigit())
    assert (top + foot) / 2 * 25.4 / 72 == pytest.approx(297 - 35 + 7, abs=1)


@pytest.mark.parametrize("turned", [False, True])
def test_page_numbers_run_on_outside_through_the_attachments(
    convert: Convert, tmp_path: Path, turned: bool
) -> None:
    changes = {"goals.indicators.5.deviation_reason": "原因很长，" * 20} if turned else {}
    [pdf] = printed(convert, tmp_path, {"report": rendered(spoil(FULL, changes))}).values()
    pages = words(pdf, "-bbox").split("<page ")[1:]
    wide = []
    for number, page in enumerate(pages, start=1):
        [size] = re.findall(r'^width="([\d.]+)" height="([\d.]+)"', page)
        width, height = map(float, size)
        found = re.findall(
            r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="[\d.]+" yMax="[\d.]+">([^<]+)</word>', page
        )
        left, top, _ = next(each for each in reversed(found) if each[2] == str(number))
        assert (float(left) > width / 2) == bool(number % 2)
        assert float(top) > height * 0.85
        wide.append(width > height)
    assert any(wide) == turned
    assert not wide[0]
    assert not wide[-1]  # the list of projects stands upright again


def test_the_context_of_a_draft_is_no_other_layout(convert: Convert, tmp_path: Path) -> None:
    [pdf] = printed(convert, tmp_path, {"draft": rendered(FULL, open_items=["（问题）"])}).values()
    pages = pages_of(pdf)
    mark = "".join(context.DRAFT_MARK.split())
    assert all(page.startswith(mark) or mark in page for page in pages)
