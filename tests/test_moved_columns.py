"""Columns and rows as people move, delete, merge and hide them: nothing is ever read from a neighbour."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache

import pytest

from selfeval_xlsx.checks import check
from selfeval_xlsx.findings import Finding, Severity
from selfeval_xlsx.form.data import from_data, to_data
from selfeval_xlsx.form.declare import Matrix, Section, SheetPlan, Table
from selfeval_xlsx.form.form import PLAN, SelfEvaluation
from selfeval_xlsx.form.kinds import Raw
from selfeval_xlsx.form.values import answers_of
from selfeval_xlsx.office.package import zipped
from selfeval_xlsx.workbook.author import paint
from selfeval_xlsx.workbook.book import Area, Book, Sheet, load
from selfeval_xlsx.workbook.reader import read_book
from tests.conftest import sample
from tests.word_edits import parts_of

NAME = "表.xlsx"
PAGES = {page.key: page for page in PLAN.sheets}


@cache
def whole() -> Book:
    return load(paint(from_data(sample("云岭县职业教育中心")), []), NAME)


@cache
def original() -> SelfEvaluation:
    return read_book(whole(), NAME)


def read(book: Book) -> SelfEvaluation:
    return read_book(book, NAME)


def with_sheet(book: Book, sheet: Sheet, names: Mapping[str, tuple[str, Area]] | None = None) -> Book:
    return replace(book, sheets={**book.sheets, sheet.title: sheet}, names=names or book.names)


def findings(evaluation: SelfEvaluation, *codes: str) -> list[Finding]:
    return [finding for finding in check(evaluation).findings if finding.code in codes]


# --- deleted ------------------------------------------------------------------------------------


def without_column(book: Book, title: str, column: int, *, keeps_text: bool) -> Book:
    """As a spreadsheet program deletes a column: what is right of it moves, names follow, areas shrink.

    ``keeps_text``: a merged area keeps its text when its first column goes; programs differ.
    """
    sheet = book.sheets[title]
    wide = {(top, left): right for top, left, _, right in sheet.merged if right > left}
    cells = {}
    for (row, at), raw in sheet.cells.items():
        if at == column and not (keeps_text and wide.get((row, at))):
            continue
        cells[row, at - (at > column)] = raw
    merged = [narrow for each in sheet.merged if (narrow := _narrowed(each, column))]
    names = {}
    for name, (there, area) in book.names.items():
        kept = _narrowed(area, column) if there == title else area
        if kept:
            names[name] = (there, kept)
    return with_sheet(book, replace(sheet, cells=cells, merged=merged), names)


def _narrowed(area: Area, column: int) -> Area | None:
    top, left, bottom, right = area
    left, right = left - (left > column), right - (right >= column)
    return (top, left, bottom, right) if left <= right else None


def deletions() -> Iterator[tuple[str, int]]:
    return ((page.key, column) for page in PLAN.sheets for column in range(1, len(page.widths) + 1))


@pytest.mark.parametrize("keeps_text", [True, False])
@pytest.mark.parametrize(("sheet", "column"), list(deletions()))
def test_a_deleted_column_is_never_read_from_its_neighbour(sheet: str, column: int, keeps_text: bool) -> None:
    """Whatever is stated is what was stated there; whatever is missing is named, and nothing else."""
    evaluation = read(without_column(whole(), PAGES[sheet].name, column, keeps_text=keeps_text))
    before = {key: answer.value for key, answer in answers_of(original())}
    found_by_label = {label for label, _ in evaluation.source.by_label}
    assert not evaluation.source.outside
    for key, answer in answers_of(evaluation):
        assert answer.problem is None
        if answer.value is None and before[key] is not None:
            assert answer.field.key in evaluation.source.lost_keys or answer.field.label in found_by_label
        else:
            assert answer.value == before[key]


def one_wide() -> Iterator[tuple[SheetPlan, Matrix | Table, int]]:
    """The columns of all matrices and lists that are one grid column wide."""
    for page in PLAN.sheets:
        for block in page.blocks:
            if not isinstance(block, Section):
                yield from ((page, block, at) for at, slot in enumerate(block.columns) if slot.span == 1)


@pytest.mark.parametrize(
    ("page", "block", "index"),
    [pytest.param(*each, id=each[1].columns[each[2]].field.key) for each in one_wide()],
)
def test_every_deleted_column_is_lost_by_name(page: SheetPlan, block: Matrix | Table, index: int) -> None:
    slot = block.columns[index]
    evaluation = read(without_column(whole(), page.name, slot.column, keeps_text=True))
    keys = {slot.field.key}
    if isinstance(block, Matrix):
        keys = {f"{line}.{slot.field.key.rpartition('.')[2]}" for line, _ in block.lines}
    assert keys <= evaluation.source.lost_keys
    [finding] = [each for each in findings(evaluation, "FRM03", "FRM06") if each.label == f"{block.label}·{slot.field.head}"]  # fmt: skip
    required = slot.field.need.name == "REQUIRED" or keys & {
        "budget.lines.total.adjusted_budget",
        "budget.lines.total.outturn",
    }
    assert (finding.severity is Severity.ERROR) == bool(required)
    [title] = finding.at
    if slot.column > 1:  # titles stand in the first
        assert whole().sheets[title.sheet].at(title.place).text == block.label
    assert not [
        each
        for each in findings(evaluation, "FIL01", "FIL05")
        if slot.field.head in each.message + each.label
    ]


# --- swapped, typed over ------------------------------------------------------------------------


def swapped(book: Book, title: str, rows: range, left: int, right: int) -> Book:
    """Two columns exchanged by hand, with their headings: names stay where they were."""
    sheet = book.sheets[title]
    cells = {
        place: raw
        for place, raw in sheet.cells.items()
        if not (place[0] in rows and place[1] in {left, right})
    }
    for row in rows:
        cells |= {(row, right): sheet.at((row, left)), (row, left): sheet.at((row, right))}
    return with_sheet(book, replace(sheet, cells=cells))


def pairs() -> Iterator[tuple[SheetPlan, Matrix | Table, int, int]]:
    for page, block, at in one_wide():
        for other in range(at + 1, len(block.columns)):
            if block.columns[other].span == 1:
                yield page, block, block.columns[at].column, block.columns[other].column


def test_moved_columns_are_found_by_their_headings() -> None:
    """A column cut and put before or behind another one: all between move up by one."""
    for page, block, left, right in pairs():
        book = whole()
        for at in range(left, right):
            book = swapped(book, page.name, range(block.header, block.bottom + 1), at, at + 1)
        evaluation = read(book)
        assert to_data(evaluation) == to_data(original()), (block.key, left, right)
        assert not evaluation.source.lost


def test_swapped_columns_are_found_by_their_headings() -> None:
    for page, block, left, right in pairs():
        evaluation = read(swapped(whole(), page.name, range(block.header, block.bottom + 1), left, right))
        assert to_data(evaluation) == to_data(original()), (block.key, left, right)
        assert not evaluation.source.lost


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize(
    ("page", "block", "index"),
    [pytest.param(*each, id=each[1].columns[each[2]].field.key) for each in one_wide()],
)
def test_a_heading_typed_over_leaves_its_column_where_it_is(
    page: SheetPlan, block: Matrix | Table, index: int, named: bool
) -> None:
    slot, sheet = block.columns[index], whole().sheets[page.name]
    cells = {**sheet.cells, (block.header, slot.column): Raw("自拟栏目")}
    book = with_sheet(whole(), replace(sheet, cells=cells))
    evaluation = read(book if named else replace(book, names={}))
    assert to_data(evaluation) == to_data(original())
    if isinstance(block, Table) or not named:
        assert (slot.field.head, "自拟栏目") in {note[:2] for note in evaluation.source.altered_labels}


# --- merged -------------------------------------------------------------------------------------


def merged_down(book: Book, key: str, first: int, last: int) -> Book:
    """The cells of a column merged from one row of a list to another, as a program does: the first text stays."""
    page, table, slot = PLAN.columns[key]
    sheet = book.sheets[page.name]
    top, bottom = table.first + first, table.first + last
    cells = {
        place: raw
        for place, raw in sheet.cells.items()
        if not (top < place[0] <= bottom and place[1] == slot.column)
    }
    area = (top, slot.column, bottom, slot.column + slot.span - 1)
    return with_sheet(book, replace(sheet, cells=cells, merged=[*sheet.merged, area]))


def runs(key: str) -> Iterator[tuple[int, int]]:
    """Runs of rows with the same text in a column."""
    table, _, column = key.rpartition(".")
    block = getattr(getattr(original(), table.split(".")[0]), table.split(".")[1])
    texts = [getattr(row, column).value for row in block]
    start = 0
    for at in range(1, len(texts) + 1):
        if at == len(texts) or texts[at] != texts[start]:
            if at - start > 1 and texts[start]:
                yield start, at - 1
            start = at


@pytest.mark.parametrize(
    "keys",
    [("level1",), ("level2",), ("level1", "level2"), ("comparator",)],
    ids="+".join,
)
def test_merged_cells_count_for_all_their_rows(keys: tuple[str, ...]) -> None:
    book = whole()
    for key in keys:
        merges = list(runs(f"goals.indicators.{key}"))
        assert merges
        for first, last in merges:
            book = merged_down(book, f"goals.indicators.{key}", first, last)
    assert to_data(read(book)) == to_data(original())


def test_a_merged_area_makes_no_rows_of_its_own() -> None:
    rows = len(original().goals.indicators)
    book = merged_down(whole(), "goals.indicators.level1", rows - 1, rows + 8)
    assert to_data(read(book)) == to_data(original())


def test_a_figure_merged_downwards_counts_once() -> None:
    evaluation = read(merged_down(whole(), "goals.indicators.weight", 0, 2))
    assert [row.weight.stated for row in evaluation.goals.indicators[:3]] == [True, False, False]


# --- totals and what is hidden ------------------------------------------------------------------


def appended(book: Book, table: Table, page: SheetPlan, below: int, texts: dict[str, object]) -> Book:
    sheet = book.sheets[page.name]
    rows = {
        row for (row, at) in sheet.cells if table.first <= row < table.guard and at == table.columns[0].column
    }
    number = (max(rows, default=table.first - 1) if not below else table.guard + below - 1) + 1
    columns = {slot.field.key.rpartition(".")[2]: slot.column for slot in table.columns}
    cells = {(number, columns.get(name, 1)): Raw(value) for name, value in texts.items()}
    return with_sheet(book, replace(sheet, cells={**sheet.cells, **cells}))


def names_of_rows() -> Iterator[tuple[SheetPlan, Table, str]]:
    for page, table in PLAN.tables.values():
        for slot in table.columns:
            if slot.field.kind.name in {"文字", "选项"}:
                yield page, table, slot.field.key.rpartition(".")[2]


@pytest.mark.parametrize("word", ["合计", "小 计", "总计：", "共计（万元）"])
def test_a_row_of_totals_is_named_and_counted_nowhere(word: str) -> None:
    for page, table, column in names_of_rows():
        for below in (0, 1):
            figures = {
                slot.field.key.rpartition(".")[2]: 90 for slot in table.columns if slot.field.kind.numeric
            }
            evaluation = read(appended(whole(), table, page, below, {**figures, column: word}))
            assert to_data(evaluation) == to_data(original()), (table.key, column)
            [finding] = findings(evaluation, "FRM07")
            assert finding.message.startswith(f"第{finding.at[0].place[0]}行是合计行")
            assert check(evaluation).findings == (finding,)


def test_a_total_in_the_column_of_numbers_and_one_of_a_group() -> None:
    page, table = PLAN.tables["goals.indicators"]
    for texts in ({"": "合计", "weight": 90}, {"level1": "产出指标小计", "weight": 50, "score": 50}):
        evaluation = read(appended(whole(), table, page, 0, texts))
        assert to_data(evaluation) == to_data(original())
        assert len(evaluation.source.totals) == 1


def test_a_total_alone_is_one_in_whatever_column() -> None:
    for page, table in PLAN.tables.values():
        for slot in table.columns:
            if not slot.field.kind.numeric:
                texts = {slot.field.key.rpartition(".")[2]: "合计"}
                for below in (0, 1):
                    evaluation = read(appended(whole(), table, page, below, dict(texts)))
                    assert to_data(evaluation) == to_data(original()), slot.field.key
                    assert len(evaluation.source.totals) == 1


def test_a_list_without_rows_needs_none_of_its_columns() -> None:
    book = load(paint(from_data(sample("青石镇综合服务中心")), []), NAME)
    page, _, slot = PLAN.columns["budget.projects.name"]
    evaluation = read(without_column(book, page.name, slot.column, keeps_text=False))
    assert not evaluation.budget.projects
    assert slot.field.key in evaluation.source.lost_keys
    assert not findings(evaluation, "FRM06")


def test_a_name_that_ends_like_a_total_is_a_name() -> None:
    page, table = PLAN.tables["budget.projects"]
    texts = {"name": "惠农补贴资金合计", "adjusted_budget": 1, "outturn": 1}
    evaluation = read(appended(whole(), table, page, 0, texts))
    assert len(evaluation.budget.projects) == len(original().budget.projects) + 1
    assert not evaluation.source.totals


def filled_places() -> Iterator[tuple[str, int, int]]:
    """The sheet, row and column of each answer."""
    for _, answer in answers_of(original()):
        if answer.raw:
            yield answer.ref.sheet, *answer.ref.place


@pytest.mark.parametrize("what", ["row", "column"])
@pytest.mark.parametrize("title", [page.name for page in PLAN.sheets])
def test_every_hidden_row_and_column_with_answers_is_named_and_no_other(title: str, what: str) -> None:
    sheet = whole().sheets[title]
    filled = {(row if what == "row" else column) for own, row, column in filled_places() if own == title}
    every = frozenset(range(1, max(filled) + 3))
    for numbers in (every - filled, every, frozenset({max(filled)})):
        hiding = {f"hidden_{what}s": numbers}
        found = read(with_sheet(whole(), replace(sheet, **hiding))).source.hidden  # type: ignore[arg-type]
        places = [ref.place[what == "column"] for each in found for ref in each.at if each.what == what]
        assert places == sorted(numbers & filled)


def test_rows_hidden_only_where_nothing_is_written_hide_nothing() -> None:
    """zeroHeight speaks of rows that are not in the file; a row that is there has its own mark."""
    parts = parts_of(paint(from_data(sample("云岭县职业教育中心")), []))
    for path in [path for path in parts if path.startswith("xl/worksheets/sheet")]:
        parts[path] = parts[path].replace(b"<sheetFormatPr ", b'<sheetFormatPr zeroHeight="1" ')
    assert not findings(read_book(load(zipped(parts), NAME), NAME), "FRM08")


def test_a_hidden_sheet_of_the_users_own_is_a_note() -> None:
    own = Sheet("去年的底稿", {(1, 1): Raw("草稿")}, visibility="veryHidden")
    [note] = findings(read(with_sheet(whole(), own)), "FRM08")
    assert (note.severity, note.at) == (Severity.NOTE, ())
    assert "「去年的底稿」，没有读取" in note.message
    for unseen in (replace(own, cells={}), replace(own, visibility="visible")):
        assert not findings(read(with_sheet(whole(), unseen)), "FRM08")


def hidden(finding: Finding) -> tuple[str, str]:
    return finding.message.partition("，")[0], finding.hint


def test_hidden_rows_columns_and_sheets_with_answers_are_named() -> None:
    page, table = PLAN.tables["budget.projects"]
    sheet = whole().sheets[page.name]
    rows = frozenset({table.first, table.first + 2, table.guard - 1})
    [finding] = findings(read(with_sheet(whole(), replace(sheet, hidden_rows=rows))), "FRM08")
    assert hidden(finding)[0] == f"第{table.first}、{table.first + 2}行是隐藏的"
    assert "取消隐藏" in finding.hint
    [finding] = findings(
        read(with_sheet(whole(), replace(sheet, hidden_columns=frozenset({5, 30})))), "FRM08"
    )
    assert hidden(finding)[0] == "E列是隐藏的"
    for state, how in (("hidden", "取消隐藏"), ("veryHidden", "Visible")):
        [finding] = findings(read(with_sheet(whole(), replace(sheet, visibility=state))), "FRM08")
        assert hidden(finding)[0] == "这张工作表是隐藏的"
        assert how in finding.hint
    assert to_data(read(with_sheet(whole(), replace(sheet, hidden_rows=rows)))) == to_data(original())


HIDDEN_PROJECT = {"name": "隐藏的项目", "original_budget": 10, "adjusted_budget": 10, "outturn": 10}


def test_what_nobody_sees_comes_before_any_cause() -> None:
    """A project in a hidden row breaks sums and counts: no other cell is blamed, no figure is asked for."""
    page, table = PLAN.tables["budget.projects"]
    book = appended(whole(), table, page, 0, HIDDEN_PROJECT)
    shown = check(read(book))
    sheet = book.sheets[page.name]
    last = max(row for row, at in sheet.cells if table.first <= row < table.guard and at == 1)
    result = check(read(with_sheet(book, replace(sheet, hidden_rows=frozenset({last})))))
    errors = result.of(Severity.ERROR)
    assert {finding.code for finding in errors} == {"SUM05", "SUM09"}
    assert {finding.key for finding in errors} == {finding.key for finding in shown.of(Severity.ERROR)}
    assert all("是隐藏的，请先取消隐藏核对" in finding.hint for finding in errors)
    assert not any(finding.cause or finding.steps for finding in errors)
    assert not result.suspects
    assert not any("隐藏" in finding.hint for finding in shown.findings)


def test_a_hidden_row_silences_no_cause_of_other_cells() -> None:
    page, table = PLAN.tables["budget.projects"]
    data = to_data(original())
    data["overview"]["staff"]["total"]["staff_in_post"] = 0
    book = load(paint(from_data(data), []), NAME)
    sheet = replace(book.sheets[page.name], hidden_rows=frozenset({table.first}))
    assert any(finding.cause for finding in check(read(with_sheet(book, sheet))).findings)
