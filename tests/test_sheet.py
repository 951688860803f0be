"""The appended 部门整体支出绩效自评表: its blocks, merged level cells, and the page it stands on."""

import io
from typing import Any

import pytest
from docx import Document
from docx.enum.section import WD_ORIENT
from lxml import etree

from selfeval_xlsx.report.finish import MERGE_UP, finished
from tests.conftest import sample
from tests.test_checks import spoil
from tests.test_report import rendered, text

FULL = sample("云岭县职业教育中心")
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def sheet_rows(data: dict[str, Any]) -> list[list[str]]:
    """The rows of the attachment's table; a merged cell shows the text it belongs to."""
    table = Document(io.BytesIO(rendered(data))).tables[-1]
    return [list(dict.fromkeys(cell.text for cell in row.cells)) for row in table.rows]


def test_the_sheet_has_budget_goals_indicators_total_and_grade() -> None:
    rows = sheet_rows(FULL)
    assert rows[0] == ["部门（单位）名称", "云岭县职业教育中心", "主管部门", "云岭县教育局"]
    assert ["年度支出总额", "3,064.90", "3,244.60", "3,201.25", "98.66%", "10", "9.87"] in rows
    assert ["项目支出", "968.00", "1,103.60", "1,071.46", "97.09%", ""] in rows
    assert any(row[0] == "扩大社会培训" and "5216人次" in row[2] for row in rows)
    assert ["产出指标", "质量指标", "设备验收合格率", "=100%", "100%", "6", ""] in rows
    assert rows[-1] == ["总分", "100", "99.62", "自评等级：优"]


def test_a_level_that_comes_back_later_is_not_merged_with_the_first() -> None:
    rows = [FULL["goals"]["indicators"][index] for index in (0, 8, 1)]
    report = Document(io.BytesIO(rendered(spoil(FULL, {"goals.indicators": rows}))))
    levels = [row.cells[0].text for row in report.tables[-1].rows][-4:-1]
    assert levels == ["产出指标", "效益指标", "产出指标"]
    assert 'w:val="restart"' not in etree.tostring(report.tables[-1]._element).decode()  # noqa: SLF001 - the XML is what is tested


@pytest.mark.parametrize(
    ("reason", "orientation"), [("短原因。", WD_ORIENT.PORTRAIT), ("原因很长，" * 20, WD_ORIENT.LANDSCAPE)]
)
def test_the_page_is_turned_where_reasons_are_long(reason: str, orientation: WD_ORIENT) -> None:
    report = Document(io.BytesIO(rendered(spoil(FULL, {"goals.indicators.5.deviation_reason": reason}))))
    first, last = report.sections
    assert first.orientation == WD_ORIENT.PORTRAIT
    assert last.orientation == orientation
    across = (last.page_width or 0) > (last.page_height or 0)
    assert across == (orientation == WD_ORIENT.LANDSCAPE)
    assert report.element.body[-2].tag.endswith(("}p", "}tbl"))


def test_a_unit_without_points_has_no_sheet() -> None:
    report = rendered(sample("青石镇综合服务中心"))
    assert "绩效自评表" not in text(report)
    assert len(Document(io.BytesIO(report)).sections) == 1


def test_the_sheet_is_named_first_among_the_attachments() -> None:
    said = text(rendered(FULL))
    assert "附件：1.部门整体支出绩效自评表\n　　　2.项目支出绩效自评表" in said
    assert "附件：部门整体支出绩效自评表" in text(rendered(spoil(FULL, {"issues.attachments": []})))


def cell(words: str, span: int = 1) -> str:
    return f'<w:tc><w:tcPr><w:tcW w:w="1"/><w:gridSpan w:val="{span}"/></w:tcPr><w:p><w:r><w:t>{words}</w:t></w:r></w:p></w:tc>'


def test_cells_merge_by_their_column_not_by_their_number() -> None:
    rows = [
        [cell("甲", 2), cell("乙")],
        [cell("丙"), cell("丁"), cell(MERGE_UP)],
        [cell(MERGE_UP), cell("戊", 2)],
    ]
    body = "".join(f"<w:tr>{''.join(row)}</w:tr>" for row in rows)
    root = etree.fromstring(f'<w:document xmlns:w="{W}"><w:body><w:tbl>{body}</w:tbl></w:body></w:document>')
    finished(root)
    merges = {
        "".join(map(str, each.itertext())): merge.get(f"{{{W}}}val")
        for each in root.iter(f"{{{W}}}tc")
        for merge in each.iter(f"{{{W}}}vMerge")
    }
    assert merges == {"乙": "restart", "丙": "restart", "": None}
