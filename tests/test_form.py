import io
import re
from collections import Counter
from typing import Any

import pytest
from openpyxl import load_workbook

from selfeval_xlsx.cells import CellRef, column_number, coordinate
from selfeval_xlsx.checks import RULES
from selfeval_xlsx.describe import asked, rule_rows
from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.form.declare import Matrix, Need, Section, Table, plan_of
from selfeval_xlsx.form.form import PLAN, SelfEvaluation
from selfeval_xlsx.form.kinds import Raw
from selfeval_xlsx.form.relation_kinds import ColumnSum, RowCount
from selfeval_xlsx.form.relations import FIXED, of_project
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.form.values import answers_of
from selfeval_xlsx.workbook.author import paint
from selfeval_xlsx.workbook.reader import read_workbook


def _addresses(sheet_blocks: tuple[Section | Matrix | Table, ...]) -> list[tuple[int, int]]:
    return [
        (slot.row, column)
        for block in sheet_blocks
        if not isinstance(block, Table)
        for slot in block.slots
        for column in range(slot.column, slot.column + slot.span)
    ]


def test_no_two_fields_share_a_cell() -> None:
    for page in PLAN.sheets:
        assert max(Counter(_addresses(page.blocks)).values()) == 1


def test_blocks_follow_one_another_and_fit_the_grid() -> None:
    for page in PLAN.sheets:
        for above, below in zip(page.blocks, page.blocks[1:], strict=False):
            assert above.bottom + 1 < below.top
        for block in page.blocks:
            slots = block.columns if isinstance(block, Table) else block.slots
            assert all(slot.column + slot.span - 1 <= len(page.widths) for slot in slots)


def test_keys_and_names_are_unique_and_legal() -> None:
    names = [field.name for field in PLAN.fields] + [table.name for _, table in PLAN.tables.values()]
    assert len(set(names)) == len(names)
    for name in names:
        assert re.fullmatch(r"[a-z][a-z0-9_]{1,254}", name)
        assert not re.fullmatch(r"[a-z]{1,3}\d+|r\d*c\d*", name)


def test_labels_are_unique_within_a_block() -> None:
    for page in PLAN.sheets:
        assert len({block.label for block in page.blocks}) == len(page.blocks)
        for block in page.blocks:
            slots = block.columns if isinstance(block, Table) else block.slots
            labels = [slot.field.label for slot in slots]
            assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("field", list(PLAN.fields), ids=lambda field: field.key)
def test_every_example_is_valid(field) -> None:  # type: ignore[no-untyped-def]
    if field.example:
        reading = field.kind.read(Raw(field.example), "万元")
        assert reading.problem is None
        assert reading.value is not None


def test_lists_fit_a_validation() -> None:
    for field in PLAN.fields:
        assert len(",".join(field.kind.validation.options)) <= 255


def test_relations_name_declared_fields() -> None:
    columns = set(PLAN.columns)
    known = columns | set(PLAN.slots) | set(PLAN.tables)
    for relation in FIXED:
        for name, value in vars(relation).items():
            for key in value if isinstance(value, tuple) else (value,):
                if isinstance(key, str) and name not in {"code", "title", "column", "value"}:
                    assert key in known or (name, key) == ("excuse", ""), f"{relation.code} {name}"
        if isinstance(relation, ColumnSum):
            assert relation.column in columns
        if isinstance(relation, RowCount):
            assert relation.table in PLAN.tables
            assert not relation.column or f"{relation.table}.{relation.column}" in columns
    for relation in of_project("*"):
        keys = [value for value in vars(relation).values() if isinstance(value, str) and ".*." in value]
        assert {key.replace(".*", "") for key in keys} <= columns


def test_the_example_of_the_design_stands_where_it_is_quoted() -> None:
    page, slot = PLAN.slots["budget.lines.total.execution_rate"]
    assert str(CellRef(page.name, slot.coordinate)) == "「预算」F9"
    assert slot.field.label == "合计·预算执行率"


def test_a_longer_list_moves_what_is_below() -> None:
    grown = plan_of(SelfEvaluation, (("goals.plan", 30),))
    more = 30 - PLAN.tables["goals.plan"][1].capacity
    assert grown.tables["goals.plan"][1].capacity == 30
    assert grown.tables["goals.indicators"][1].top == PLAN.tables["goals.indicators"][1].top + more


@pytest.mark.parametrize(
    ("row", "column", "name"), [(9, 6, "F9"), (1, 26, "Z1"), (1, 27, "AA1"), (3, 703, "AAA3")]
)
def test_coordinates(row: int, column: int, name: str) -> None:
    assert coordinate(row, column) == name
    assert column_number(name.rstrip("0123456789")) == column
    assert CellRef("x", name).place == (row, column)


def test_rows_show_the_whole_of_a_text_and_blank_ones_keep_their_height(full_data: dict[str, Any]) -> None:
    full_data["goals"]["results"]["completion"] = "各项任务按期完成。" * 80
    full_data["goals"]["results"]["effects"] = "各项任务按期完成。" * 3000
    full_data["goals"]["plan"][0]["content"] = "全年开展服务活动200场次。" * 30
    blank, filled = (load_workbook(io.BytesIO(paint(each, []))) for each in (None, from_data(full_data)))

    def heights(sheet: str, *rows: int) -> list[int]:
        return [round(book[sheet].row_dimensions[row].height) for book in (blank, filled) for row in rows]

    rows = [PLAN.slots[f"goals.results.{name}"][1].row for name in ("completion", "effects", "satisfaction")]
    assert heights("目标", *rows) == [130, 130, 130, 210, 409, 130]
    first = PLAN.tables["goals.plan"][1].first
    assert heights("目标", first, first + 9) == [46, 46, 315, 46]


def test_rows_without_merged_cells_are_left_to_grow_until_a_long_text_stands_there(
    full_data: dict[str, Any],
) -> None:
    full_data["issues"]["problems"][0]["causes"] = "需求摸排不够深入。" * 20
    book = load_workbook(io.BytesIO(paint(from_data(full_data), [])))
    for page, table in PLAN.tables.values():
        merged = any(slot.span > 1 for slot in table.columns)
        assert (book[page.name].row_dimensions[table.guard - 1].height is not None) is merged
    first = PLAN.tables["issues.problems"][1].first
    assert round(book["问题"].row_dimensions[first].height) == 240


def test_what_the_checks_are_stands_below_what_they_say() -> None:
    book = load_workbook(io.BytesIO(paint(None, rule_rows())))
    codes = [row[1].value for row in book["核对"].iter_rows(min_row=3)]
    assert codes[codes.index("核对编号") + 1 :] == [rule.code for rule in asked(Rulebook())]
    assert not any(rule.code in str(cell.value) for rule in RULES for row in book["填表说明"] for cell in row)


def test_a_blank_form_is_coloured_only_where_something_is_owed() -> None:
    book = load_workbook(io.BytesIO(paint(None, [])))
    for page in PLAN.sheets:
        sheet = book[page.name]
        for slot in page.slots:
            assert sheet.cell(slot.row, slot.column).fill.fill_type is None
        owed = {
            area.coord.partition(":")[0]
            for each in sheet.conditional_formatting
            for rule in each.rules
            if rule.type == "expression" and rule.formula[0].startswith("LEN(TRIM(")
            for area in each.cells.ranges
        }
        assert owed == {slot.coordinate for slot in page.slots if slot.field.need is not Need.OPTIONAL}


def test_a_list_that_may_not_stay_empty_is_owed_its_first_row() -> None:
    book = load_workbook(io.BytesIO(paint(None, [])))
    for page in PLAN.sheets:
        owed = {area: rule for area, rule in conditions(book[page.name]) if rule.startswith("COUNTA(")}
        wanted = {
            CellRef("", coordinate(table.first, slot.column)).coordinate
            for table in page.tables
            for slot in table.columns
            if slot.field in table.owed
        }
        assert {area.partition(":")[0] for area in owed} == wanted
    keys = {field.key for _, table in PLAN.tables.values() for field in table.owed}
    assert {"goals.plan.result", "overview.duties.content", "issues.problems.measure"} < keys


def test_wrong_figures_are_coloured_in_rows_that_are_inserted_too() -> None:
    book = load_workbook(io.BytesIO(paint(None, [])))
    for key, columns in {
        "budget.projects": {"adjusted_budget", "outturn", "execution_rate"},
        "goals.indicators": {"score", "deviation_reason"},
    }.items():
        page, table = PLAN.tables[key]
        coloured = {
            area for area, rule in conditions(book[page.name]) if "ISNUMBER" in rule or "ROUND" in rule
        }
        assert coloured == {
            f"{coordinate(table.header + 1, slot.column)}:{coordinate(table.guard, slot.column)}"
            for slot in table.columns
            if slot.field.key.removeprefix(f"{key}.") in columns
        }


def conditions(sheet: Any) -> list[tuple[str, str]]:
    """The areas that are coloured where a formula holds, with the formula."""
    return [
        (area.coord, rule.formula[0])
        for each in sheet.conditional_formatting
        for rule in each.rules
        if rule.type == "expression"
        for area in each.cells.ranges
    ]


def test_heads_stay_in_sight_where_they_head_the_longest_list() -> None:
    book = load_workbook(io.BytesIO(paint(None, [])))
    frozen = {page.name: book[page.name].freeze_panes for page in PLAN.sheets}
    assert frozen == {"概况": "A3", "预算": "B5", "目标": "D3", "问题": "B5"}


def test_a_form_prints_all_its_rows() -> None:
    book = load_workbook(io.BytesIO(paint(None, [])))
    assert not any(book[page.name].print_area for page in PLAN.sheets)


def test_what_is_optional_is_set_apart_by_a_way_past_it() -> None:
    book = load_workbook(io.BytesIO(paint(None, [])))
    ways = {
        page.name: [
            link.location
            for row in book[page.name].iter_rows(min_row=3, max_col=1)
            if (link := row[0].hyperlink) is not None
        ]
        for page in PLAN.sheets
    }
    assert ways == {"概况": [], "预算": ["'目标'!A1"], "目标": ["'问题'!A1"], "问题": ["'核对'!A1"]}


def test_every_required_cell_and_column_has_a_star() -> None:
    book = load_workbook(io.BytesIO(paint(None, [])))
    for page, slot in PLAN.slots.values():
        if slot.field.need is Need.REQUIRED:
            assert str(book[page.name].cell(slot.row, 1).value).startswith("*")
    for page, table, slot in PLAN.columns.values():
        starred = str(book[page.name].cell(table.header, slot.column).value).startswith("*")
        assert starred is (slot.field.need is Need.REQUIRED)


def test_rows_beyond_the_declared_ones_have_their_cells(full_data: dict[str, Any]) -> None:
    rows = [{"name": f"项目{n}", "adjusted_budget": "1", "outturn": "1"} for n in range(40)]
    full_data["budget"]["projects"] = rows
    evaluation = from_data(full_data)
    painted = read_workbook(paint(evaluation, []), "表.xlsx")
    assert [answer.ref for _, answer in answers_of(painted)] == [
        answer.ref for _, answer in answers_of(evaluation)
    ]


def test_what_is_typed_stands_off_the_borders() -> None:
    book = load_workbook(io.BytesIO(paint(None, [])))
    sheets = {page.key: book[page.name] for page in PLAN.sheets}
    cells = [sheets[page.key].cell(slot.row, slot.column) for page in PLAN.sheets for slot in page.slots]
    assert cells
    for cell in cells:
        at_the_right = cell.alignment.horizontal == "right"
        assert cell.number_format.endswith("_ ") if at_the_right else cell.alignment.indent == 1
