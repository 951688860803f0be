"""The appended 部门整体支出绩效自评表: its blocks, merged level cells, figures, and the page it stands on."""

import io
from decimal import Decimal
from typing import Any

import pytest
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.shared import Mm
from docx.table import Table
from lxml import etree
from samples import spoil

from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.office import tree
from selfeval_xlsx.report import context
from selfeval_xlsx.report.finish import IF_FILLED, MERGE_UP, finished
from selfeval_xlsx.report.printer import TEXT_COLUMNS, places_of
from selfeval_xlsx.report.template import ReportTemplate
from tests.conftest import sample
from tests.shipped import table_xml, with_text
from tests.test_report import rendered, text

FULL = sample("云岭县职业教育中心")
ONLY = ("sheet",)
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def tables(data: dict[str, Any]) -> list[Table]:
    """The tables of the sheet, in a report with no other attachment: basics, goals where there are any, indicators."""
    found = Document(io.BytesIO(rendered(data, attachments=ONLY))).tables
    first = next(
        number for number, table in enumerate(found) if table.cell(0, 0).text.startswith("部门（单位）名称")
    )
    return found[first:]


def rows(table: Table) -> list[list[str]]:
    """The rows of a table; merged cells show their text once a row."""
    return [list(dict.fromkeys(cell.text for cell in row.cells)) for row in table.rows]


def test_the_sheet_has_unit_budget_goals_indicators_total_grade_and_room_to_sign() -> None:
    basics, goals, indicators = map(rows, tables(FULL))
    assert basics[0] == ["部门（单位）名称", "云岭县职业教育中心", "主管部门", "云岭县教育局"]
    assert basics[2:5] == [
        ["预算执行情况", "年度资金总额", "3,064.90", "3,244.60", "3,201.25", "98.66%", "10", "9.87"],
        ["预算执行情况", "基本支出", "2,096.90", "2,141.00", "2,129.79", "99.48%", "—"],
        ["预算执行情况", "项目支出", "968.00", "1,103.60", "1,071.46", "97.09%", "—"],
    ]
    assert basics[-1] == basics[4]
    assert goals[0] == ["年度总体目标（年初设定）", "全年实际完成情况"]
    assert goals[-1] == [
        "4.扩大社会培训。面向企业职工和农村劳动力开展培训5000人次以上。",
        "全年开展社会培训5216人次。",
    ]
    assert indicators[1] == ["产出", "数量指标", "全日制在校生人数", "≥3200人", "3268人", "6", "6.00", ""]
    assert indicators[6][5:7] == ["8", "7.75"]
    assert indicators[-3] == ["总分", "100", "99.62", "自评等级：优"]
    assert indicators[-2] == ["填报人（签字）：（姓名）", "审核人（签字）：（姓名）"]
    assert indicators[-1] == ["单位负责人（签字）：（姓名）", "填报日期：2026年3月16日"]


def test_goals_have_their_heading_on_every_page() -> None:
    for table in tables(FULL)[1:]:
        heads = [row._tr.find(f"{{{W}}}trPr/{{{W}}}tblHeader") is not None for row in table.rows]  # noqa: SLF001
        assert heads == [True] + [False] * (len(heads) - 1)


def test_names_not_typed_leave_room_to_sign() -> None:
    data = spoil(FULL, {"overview.sign_off": {}})
    assert rows(tables(data)[-1])[-2:] == [
        ["填报人（签字）：", "审核人（签字）："],
        ["单位负责人（签字）：", "填报日期：　　　年　月　日"],
    ]


def test_without_the_split_of_the_budget_the_sources_stand_there() -> None:
    blank: dict[str, Any] = {"budget.lines.personnel": {}, "budget.lines.operating": {}, "budget.lines.basic": {}, "budget.lines.project": {}}  # fmt: skip
    found = rows(tables(spoil(FULL, blank))[0])
    assert ["预算执行情况", "财政拨款", "2,780.00", "2,946.20", "2,915.88", "98.97%", "—"] in found
    assert not any("其他资金" in row for row in found)


def test_without_a_list_of_goals_the_two_texts_face_each_other() -> None:
    [_, (goal, result)] = rows(tables(spoil(FULL, {"goals.plan": []}))[1])
    assert goal.startswith("以服务就业和本地产业为导向")
    assert result.startswith("数量方面")
    neither: dict[str, Any] = {
        "goals.plan": [],
        "overview.goal.overall_goal": None,
        "goals.results.completion": None,
    }
    assert len(tables(spoil(FULL, neither))) == 2


LEVELS = [
    # (level 1, level 2) of the rows, then how many grid cells each level's first cells span
    ([("产出", "数量"), ("产出", "数量"), ("产出", "质量")], [3], [2, 1]),
    ([("产出", "数量"), ("效益", "数量"), ("产出", "数量")], [1, 1, 1], [1, 1, 1]),
    ([("产出", "成本"), ("成本", "成本"), ("成本", "成本")], [1, 2], [1, 2]),
    ([("产出", None), ("产出", None), ("产出", "质量")], [3], [1, 1, 1]),
]


@pytest.mark.parametrize(("levels", "first", "second"), LEVELS)
def test_levels_are_merged_over_adjacent_rows_only(
    levels: list[tuple[str, str | None]], first: list[int], second: list[int]
) -> None:
    base = FULL["goals"]["indicators"][0]
    data = spoil(FULL, {"goals.indicators": [{**base, "level1": one, "level2": two} for one, two in levels]})
    found = tables(data)[-1].rows[1:-3]
    for column, expected in ((0, first), (1, second)):
        cells = [row.cells[column]._tc for row in found]  # noqa: SLF001 - which cell a grid cell belongs to
        begun = [index for index, cell in enumerate(cells) if index == 0 or cell is not cells[index - 1]]
        spans = [end - start for start, end in zip(begun, [*begun[1:], len(cells)], strict=True)]
        assert spans == expected


@pytest.mark.parametrize(
    ("changes", "across"),
    [
        ({}, [False]),
        ({"goals.indicators.5.deviation_reason": "原因很长，" * 20}, [False, True]),
        ({"goals.indicators.5.level3": "名称很长的三级指标" * 5}, [False, True]),
        (
            {
                "goals.indicators.5.actual_value": "在全县范围内逐步建立并开始运行，尚待完善、评估和推广到全部乡镇"
            },
            [False, True],
        ),
        # the tables of the budget, which stand in the text here, are turned as well
        ({"budget.lines.total.adjusted_budget": "32446000.00"}, [False, True, False, True]),
    ],
)
def test_the_page_is_turned_where_a_cell_would_be_crowded(
    changes: dict[str, Any], across: list[bool]
) -> None:
    report = Document(io.BytesIO(rendered(spoil(FULL, changes), attachments=ONLY)))
    assert [section.orientation == WD_ORIENT.LANDSCAPE for section in report.sections] == across
    assert [(each.page_width or 0) > (each.page_height or 0) for each in report.sections] == across
    last = report.sections[-1]
    width = (last.page_width or 0) - (last.left_margin or 0) - (last.right_margin or 0)
    for table in report.tables[-2:]:
        assert sum(column.width or 0 for column in table.columns) == pytest.approx(width, rel=0.01)


def test_columns_are_as_wide_in_the_template_as_they_are_reckoned() -> None:
    head = next(table_xml("绩效指标完成情况表").iter(qn("w:tr")))
    widths = [int(width.get(qn("w:w"))) for width in head.iter(qn("w:tcW"))]
    del widths[7]  # the standards of scoring: with them the page is turned
    [_, level2, level3, target, actual, _, _, reason] = [round(100 * width / sum(widths)) for width in widths]
    assert [share for _, share in TEXT_COLUMNS] == [level2, level3, target, actual, reason]


def test_a_table_is_as_wide_as_the_text_after_a_column_was_taken_out_of_the_template() -> None:
    table = table_xml("项目支出情况表")
    for row in table.iter(qn("w:tr")):
        row.remove(list(row.iter(qn("w:tc")))[2])
    template = ReportTemplate(with_text(etree.tostring(table, encoding="unicode")), "表.docx")
    whole = completed(from_data(FULL), Rulebook())
    [made] = Document(io.BytesIO(template.render(context.build(whole, Rulebook())))).tables
    for line in made.rows:
        assert sum(cell.width or 0 for cell in line.cells) == pytest.approx(Mm(156), rel=0.01)


@pytest.mark.parametrize("data", [sample("青石镇综合服务中心"), spoil(FULL, {"goals.indicators": []})])
def test_a_unit_without_points_or_indicators_has_no_sheet(data: dict[str, Any]) -> None:
    report = rendered(data)
    assert "整体支出绩效自评表" not in text(report)
    assert len(Document(io.BytesIO(report)).sections) == 1


def test_a_unit_without_points_has_no_columns_for_them() -> None:
    report = Document(io.BytesIO(rendered(sample("青石镇综合服务中心"), attachments=())))
    heads = [rows(table)[0] for table in report.tables]
    assert ["一级指标", "二级指标", "三级指标", "指标值", "完成值"] in heads
    assert not any("得分" in head for head in heads)


def test_a_comparator_or_unit_typed_with_the_figure_is_not_printed_twice() -> None:
    row = {**FULL["goals"]["indicators"][0], "target_value": "不少于3200人", "actual_value": "3268人"}
    found = rows(tables(spoil(FULL, {"goals.indicators.0": row}))[-1])
    assert found[1][3:5] == ["不少于3200人", "3268人"]


@pytest.mark.parametrize(
    ("points", "places"),
    [([], 0), (["6", "10"], 0), (["6", "7.5"], 1), (["6.00", "7.75", None], 2), (["7.745"], 2)],
)
def test_points_of_a_column_have_as_many_decimals_as_the_longest(
    points: list[str | None], places: int
) -> None:
    assert places_of(*(None if each is None else Decimal(each) for each in points)) == places


# --- the XML ------------------------------------------------------------------------------------


def cell(words: str, span: int = 1) -> str:
    return f'<w:tc><w:tcPr><w:tcW w:w="1"/><w:gridSpan w:val="{span}"/></w:tcPr><w:p><w:r><w:t>{words}</w:t></w:r></w:p></w:tc>'


def document(body: str) -> Any:
    return tree.parse(f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>')


def test_cells_merge_by_their_column_not_by_their_number() -> None:
    lines = [
        [cell("甲", 2), cell("乙")],
        [cell("丙"), cell("丁"), cell(MERGE_UP)],
        [cell(MERGE_UP), cell("戊", 2)],
    ]
    body = "".join(f"<w:tr>{''.join(row)}</w:tr>" for row in lines)
    root = document(f"<w:tbl>{body}</w:tbl>")
    finished(root)
    merges = {
        "".join(map(str, each.itertext())): merge.get(f"{{{W}}}val")
        for each in root.iter(f"{{{W}}}tc")
        for merge in each.iter(f"{{{W}}}vMerge")
    }
    assert merges == {"乙": "restart", "丙": "restart", "": None}


@pytest.mark.parametrize(
    ("lines", "shown", "widths"),
    [
        ([["x", "", "z"], ["x", "", "z"]], "甲丙 xz xz", [71, 28]),
        ([["x", "", "z"], ["x", "y", "z"]], "甲乙丙 xz xyz", [50, 30, 20]),
        ([["x", "", ""], ["x", "", ""]], "甲 x x", [99]),
    ],
    ids=["nobody filled", "one filled", "only the first filled"],
)
def test_a_column_that_nobody_filled_goes_where_its_heading_says_so(
    lines: list[list[str]], shown: str, widths: list[int]
) -> None:
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in (50, 30, 20))
    rows = [["甲", f"乙{IF_FILLED}", f"丙{IF_FILLED}"], *lines]
    body = "".join(f"<w:tr>{''.join(map(cell, row))}</w:tr>" for row in rows)
    root = document(f"<w:tbl><w:tblGrid>{grid}</w:tblGrid>{body}</w:tbl>")
    finished(root)
    assert " ".join("".join(row.itertext()) for row in root.iter(f"{{{W}}}tr")) == shown
    assert [int(column.get(f"{{{W}}}w")) for column in root.iter(f"{{{W}}}gridCol")] == widths
    cells = {len(row.findall(f"{{{W}}}tc")) for row in root.iter(f"{{{W}}}tr")}
    assert cells == {len(widths)}


def test_a_merged_cell_is_narrower_by_a_column_that_goes() -> None:
    head = cell("甲") + cell(f"乙{IF_FILLED}")
    root = document(f"<w:tbl><w:tblGrid/><w:tr>{head}</w:tr><w:tr>{cell('', 2)}</w:tr></w:tbl>")
    finished(root)
    assert ["".join(row.itertext()) for row in root.iter(f"{{{W}}}tr")] == ["甲", ""]
    *_, merged = root.iter(f"{{{W}}}gridSpan")
    assert merged.get(f"{{{W}}}val") == "1"


SIZES = {"upright": (11906, 16838), "across": (16838, 11906)}


def section(way: str) -> str:
    width, height = SIZES[way]
    return f'<w:sectPr><w:pgSz w:w="{width}" w:h="{height}"/><w:pgMar w:left="1" w:right="1"/></w:sectPr>'


WORDS, TABLE = (
    "<w:p><w:r><w:t>文</w:t></w:r></w:p>",
    "<w:tbl><w:tblPr><w:tblW/></w:tblPr><w:tblGrid/></w:tbl>",
)


def ending(way: str) -> str:
    return f"<w:p><w:pPr>{section(way)}</w:pPr></w:p>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (WORDS + section("upright"), "文 |upright"),
        (WORDS + ending("upright") + WORDS + section("across"), "文↵upright 文 |across"),
        (WORDS + ending("upright") + ending("across") + WORDS + section("upright"), "文↵upright 文 |upright"),
        (WORDS + ending("upright") + WORDS + ending("across") + section("upright"), "文↵upright 文 |across"),
        (WORDS + ending("across") + section("upright"), "文 |across"),
        (ending("across") + WORDS + section("upright"), "文 |upright"),
        (WORDS + TABLE + ending("across") + WORDS + section("upright"), "文 表 ↵across 文 |upright"),
    ],
)
def test_no_section_leaves_an_empty_paragraph_behind(body: str, expected: str) -> None:
    root = document(body)
    finished(root)
    assert " ".join(map(_shown, root[0])) == expected


def _shown(element: Any) -> str:
    size = next(element.iter(f"{{{W}}}pgSz"), None)
    way = next((way for way, (width, _) in SIZES.items() if size is not None and size.get(f"{{{W}}}w") == str(width)), "")  # fmt: skip
    if element.tag.endswith("}sectPr"):
        return f"|{way}"
    return ("表" if element.tag.endswith("}tbl") else "".join(element.itertext())) + (
        f"↵{way}" if way else ""
    )
