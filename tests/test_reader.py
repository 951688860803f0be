"""Reading what people did to a workbook: edits by a script stand for edits in a spreadsheet program."""

import importlib.util
import io
import random
import re
import zipfile
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.workbook.defined_name import DefinedName
from samples import place

from selfeval_xlsx.checks import check
from selfeval_xlsx.errors import FormTooNewError, NotAWorkbookError, NotThisFormError, SelfEvalError
from selfeval_xlsx.findings import Severity
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.data import from_data, to_data
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import EDITION, PLAN, SelfEvaluation
from selfeval_xlsx.form.last_year import carried_over
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.form.values import answers_of
from selfeval_xlsx.workbook.author import paint
from selfeval_xlsx.workbook.reader import read_workbook
from tests.conftest import ROOT, sample
from tests.places import cell, in_book, printed
from tests.word_edits import packed, parts_of

EDITIONS = ROOT / "tests" / "editions"
"""Workbooks as earlier editions of the program wrote them, filled with the larger sample."""

OUTTURN = cell("budget.lines.total.outturn")

Edit = Callable[[Any], None]


def edited(data: bytes, *edits: Edit) -> bytes:
    book = load_workbook(io.BytesIO(data))
    for edit in edits:
        edit(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def painted() -> bytes:
    return paint(from_data(sample("云岭县职业教育中心")), [])


def read(data: bytes) -> SelfEvaluation:
    return read_workbook(data, "表.xlsx")


def test_what_is_painted_reads_back(painted: bytes, full: SelfEvaluation) -> None:
    assert to_data(read(painted)) == to_data(full)


def test_a_blank_workbook_states_nothing() -> None:
    data = to_data(read(paint(None, [])))

    def leaves(node: Any) -> list[Any]:
        if isinstance(node, dict):
            return [leaf for value in node.values() for leaf in leaves(value)]
        return list(node) if isinstance(node, list) else [node]

    assert set(leaves(data)) == {None}


def test_renamed_and_moved_sheets_read_the_same(painted: bytes, full: SelfEvaluation) -> None:
    def rename(book: Any) -> None:
        book["预算"].title = "预算 (终稿)"
        for item in book.defined_names.values():
            item.attr_text = item.attr_text.replace("'预算'!", "'预算 (终稿)'!")
        book.move_sheet("目标", -2)
        del book["核对"]
        del book["填表说明"]
        del book.defined_names["form_edition"]

    evaluation = read(edited(painted, rename))
    assert to_data(evaluation) == to_data(full)
    assert str(evaluation.budget.lines.total.outturn.ref) == f"「预算 (终稿)」{OUTTURN}"


def test_inserted_rows_move_names_and_are_read(painted: bytes) -> None:
    """As a spreadsheet program does it: names below move, a table's name grows with the row inside it."""

    def insert(book: Any) -> None:
        sheet, inserted = book["问题"], place("issues.problems.1.problem").place[0]
        for merged in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(merged))
        sheet.insert_rows(inserted)
        for key, text in (("problem", "新发现的问题"), ("measure", "新的措施")):
            in_book(book, f"issues.problems.1.{key}").value = text
        for item in book.defined_names.values():
            if "'问题'" in item.attr_text:
                item.attr_text = re.sub(
                    r"(?<=\$)\d+", lambda row: str(int(row[0]) + (int(row[0]) >= inserted)), item.attr_text
                )

    evaluation = read(edited(painted, insert))
    assert [row.problem.value for row in evaluation.issues.problems] == [
        "项目前期准备不够充分", "新发现的问题", "社会培训的跟踪服务不足",
    ]  # fmt: skip
    assert evaluation.issues.problems[1].measure.ref == place("issues.problems.1.measure")
    assert evaluation.issues.use.application.value
    assert len(evaluation.issues.attachments) == 2
    assert not evaluation.source.altered_labels


def test_lost_names_are_replaced_by_labels(painted: bytes, full: SelfEvaluation) -> None:
    def lose(book: Any) -> None:
        for name in list(book.defined_names):
            del book.defined_names[name]

    evaluation = read(edited(painted, lose))
    assert to_data(evaluation) == to_data(full)
    assert ("合计·执行数", OUTTURN) in {(label, ref.coordinate) for label, ref in evaluation.source.by_label}


def test_a_name_that_points_nowhere_is_lost(painted: bytes) -> None:
    def break_name(book: Any) -> None:
        book.defined_names["budget_lines_total_outturn"] = DefinedName(
            "budget_lines_total_outturn", attr_text="#REF!"
        )

    evaluation = read(edited(painted, break_name))
    assert evaluation.budget.lines.total.outturn.stated
    assert [label for label, _ in evaluation.source.by_label] == ["合计·执行数"]


@pytest.mark.parametrize(
    "content", [None, "", "#REF!", "'概况'!$A$1,'预算'!$B$2", "OFFSET('概况'!$A$1,1,1", '"文字"']
)
def test_names_the_form_does_not_know_do_no_harm(
    painted: bytes, full: SelfEvaluation, content: str | None
) -> None:
    """Other programs leave names that say nothing, such as the criteria of a filter saved from .xls."""

    def add(book: Any) -> None:
        book.defined_names["_旧名称"] = DefinedName("_旧名称", attr_text=content)
        book["预算"].defined_names["Criteria"] = DefinedName("Criteria", attr_text=content)

    evaluation = read(edited(painted, add))
    assert to_data(evaluation) == to_data(full)
    assert evaluation.source.by_label == ()


def test_moved_table_columns_are_found_by_their_headings(painted: bytes, full: SelfEvaluation) -> None:
    def swap(book: Any) -> None:
        sheet = book["预算"]
        for row in range(34, 95):
            left, right = sheet.cell(row, 2), sheet.cell(row, 5)
            left.value, right.value = right.value, left.value

    assert to_data(read(edited(painted, swap)))["budget"]["projects"] == to_data(full)["budget"]["projects"]


def copy_of_budget(blank: bool) -> Edit:
    def copy(book: Any) -> None:
        twin = book.copy_worksheet(book["预算"])
        twin.title = "预算 (2)"
        for name, item in book.defined_names.items():
            if "'预算'" in item.attr_text:
                text = item.attr_text.replace("'预算'", "'预算 (2)'")
                twin.defined_names[name] = DefinedName(name, attr_text=text)
        if blank:
            for row in twin.iter_rows(min_row=5):
                for cell in row[1:7]:
                    if type(cell).__name__ == "Cell":
                        cell.value = None

    return copy


def pointed(name: str, at: str) -> Edit:
    """As a program does when a cell is cut and pasted: its name follows it."""

    def point(book: Any) -> None:
        book.defined_names[name].attr_text = at

    return point


@pytest.mark.parametrize(
    "other",
    ["budget.lines.project.outturn", "budget.lines.basic.adjusted_budget"],
    ids=["another line", "another column"],
)
def test_a_name_that_followed_its_cell_onto_another_field_yields_to_the_labels(
    painted: bytes, full: SelfEvaluation, other: str
) -> None:
    evaluation = read(edited(painted, pointed("budget_lines_basic_outturn", f"'预算'!{cell(other)}")))
    assert to_data(evaluation) == to_data(full)
    assert [str(ref) for _, ref in evaluation.source.by_label] == [printed("「budget.lines.basic.outturn」")]


def test_a_name_follows_its_cell_to_a_place_of_its_own(painted: bytes) -> None:
    aside = f"K{place('budget.sources.fiscal_appropriation.outturn').place[0]}"

    def move(book: Any) -> None:
        book["预算"][aside] = in_book(book, "budget.lines.total.outturn").value
        in_book(book, "budget.lines.total.outturn").value = None

    evaluation = read(edited(painted, move, pointed("budget_lines_total_outturn", f"'预算'!{aside}")))
    assert evaluation.budget.lines.total.outturn.stated
    assert [str(ref) for *_, ref in evaluation.source.altered_labels] == [f"「预算」{aside}"]


def test_an_inserted_column_alters_no_label(painted: bytes, full: SelfEvaluation) -> None:
    """As a spreadsheet program does it: every name moves one column to the right."""

    def insert(book: Any) -> None:
        sheet = book["概况"]
        for merged in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(merged))
        sheet.insert_cols(1)
        for item in book.defined_names.values():
            if "'概况'" in item.attr_text:
                item.attr_text = re.sub(
                    r"\$([A-E])\$", lambda found: f"${chr(ord(found[1]) + 1)}$", item.attr_text
                )

    evaluation = read(edited(painted, insert))
    assert to_data(evaluation) == to_data(full)
    assert (evaluation.source.altered_labels, evaluation.source.outside) == ((), ())


@pytest.mark.parametrize("title", ["预算 (2)", "核对"])
def test_a_filled_copy_without_names_is_refused(painted: bytes, title: str) -> None:
    """Not every program gives the copy of a sheet names of its own; it may stand where 核对 stood."""

    def copy(book: Any) -> None:
        if title in book.sheetnames:
            book.remove(book[title])
        book.copy_worksheet(book["预算"]).title = title

    with pytest.raises(NotThisFormError, match=re.escape(title)):
        read(edited(painted, copy))


def test_a_filled_copy_of_a_sheet_is_refused(painted: bytes) -> None:
    with pytest.raises(NotThisFormError, match="预算 \\(2\\)"):
        read(edited(painted, copy_of_budget(blank=False)))


def test_a_blank_copy_of_a_sheet_is_passed_over(painted: bytes, full: SelfEvaluation) -> None:
    assert to_data(read(edited(painted, copy_of_budget(blank=True)))) == to_data(full)


def test_a_formula_without_result_is_said_not_guessed(painted: bytes) -> None:
    def formula(book: Any) -> None:
        in_book(book, "budget.lines.total.outturn").value = printed(
            "=<budget.lines.basic.outturn>+<budget.lines.project.outturn>"
        )

    evaluation = read(edited(painted, formula))
    assert evaluation.budget.lines.total.outturn.value is None
    [finding] = check(evaluation).of(Severity.ERROR)
    assert (finding.code, finding.key) == ("FIL02", "budget.lines.total.outturn")
    assert "保存一次再试" in finding.hint


def test_money_may_be_in_yuan(full_data: dict[str, Any]) -> None:
    full_data["overview"]["identity"]["money_unit"] = "元"
    full_data["budget"]["lines"]["total"]["outturn"] = "32012500元"
    answer = read(paint(from_data(full_data), [])).budget.lines.total.outturn
    assert answer.known == 32012500


def test_another_workbook_is_told_what_is_missing() -> None:
    book = Workbook()
    buffer = io.BytesIO()
    book.save(buffer)
    with pytest.raises(NotThisFormError, match="「概况」、「预算」、「目标」、「问题」"):
        read(buffer.getvalue())
    for title in ("概况", "预算", "目标", "问题"):
        book.create_sheet(title)
    buffer = io.BytesIO()
    book.save(buffer)
    with pytest.raises(NotThisFormError, match="基本信息"):
        read(buffer.getvalue())


@pytest.mark.parametrize("edition", ["2025.1", "2025.2"])
def test_workbooks_of_earlier_editions_are_read_whole_and_miss_nothing(edition: str) -> None:
    evaluation = read((EDITIONS / f"{edition}.xlsx").read_bytes())
    stated = {key: answer.show() for key, answer in answers_of(evaluation) if _is_told(key, answer)}
    later = {field.key for field in PLAN.fields if not field.is_in(edition)}
    expected = {
        key: answer.show()
        for key, answer in answers_of(from_data(sample("云岭县职业教育中心")))
        if _is_told(key, answer) and answer.field.key not in later
    }
    assert stated == expected
    assert evaluation.source.later == later
    assert [finding.code for finding in check(evaluation).findings] == ["FRM05"]


def _is_told(key: str, answer: Answer[Any]) -> bool:
    """Whether an answer is stated, and one of those that the sample has had from the first edition on."""
    return answer.stated and not key.startswith("overview.sign_off")


def test_a_source_that_an_edition_lacks_was_not_left_blank() -> None:
    def mistype(book: Any) -> None:
        rows = {row[0].value: row for row in book["预算"].iter_rows(max_col=4)}
        rows["财政拨款"][2].value = 2900

    result = check(read(edited((EDITIONS / "2025.2.xlsx").read_bytes(), mistype)))
    assert [str(finding.severity.value) for finding in result.findings if finding.code == "SUM04"] == ["错误"]


@pytest.mark.parametrize("edition", ["2025.1", "2025.2"])
def test_a_workbook_of_an_earlier_edition_moves_to_this_one(edition: str) -> None:
    earlier = completed(read((EDITIONS / f"{edition}.xlsx").read_bytes()), Rulebook())
    moved = read(paint(carried_over(earlier), []))
    assert moved.source.edition == EDITION
    assert moved.source.later == frozenset()
    assert moved.overview.identity.year.value == 2026
    assert moved.budget.lines.total.prior_outturn.value == earlier.budget.lines.total.outturn.value


def test_a_newer_edition_is_refused(painted: bytes) -> None:
    def newer(book: Any) -> None:
        book.custom_doc_props["selfeval_edition"].value = "2031.1"

    with pytest.raises(FormTooNewError, match=r"2031\.1"):
        read(edited(painted, newer))


def test_escaped_control_characters_and_line_breaks_are_read(painted: bytes) -> None:
    def type_in(book: Any) -> None:
        in_book(book, "overview.goal.overall_goal").value = "甲_x000D_\n乙_x0007_丙_x005F_x0041_"

    assert read(edited(painted, type_in)).overview.goal.overall_goal.value == "甲\n乙\x07丙_x0041_"


# --- what is no workbook ------------------------------------------------------------------------


def package(**parts: Any) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
TYPES = "[Content_Types].xml"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "空文件"),
        (b"PK\x03\x04 cut off", "损坏"),
        (b"%PDF-1.7", "PDF"),
        (b"\xef\xbb\xbf<html><body>", "网页"),
        ("单位,金额\n甲,1".encode(), "文本.*另存为"),
        ("单位\t金额\n甲\t1".encode("utf-16"), "文本.*另存为"),
        (bytes(64) + b"\x01\x02", "不是 Excel 工作簿"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "密码"),
        (OLE + "Workbook".encode("utf-16-le"), "旧格式的表格"),
        (OLE, "旧格式的 Office"),
        (package(mimetype="application/vnd.oasis.opendocument.spreadsheet"), "OpenDocument.*另存为"),
        (package(**{"a.txt": "x"}), "压缩文件.*先解压"),
        (package(**{"xl\\workbook.xml": "x"}), "压缩文件.*先解压"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "压缩文件.*先解压"),
        (b"Rar!\x1a\x07\x01\0", "压缩文件.*先解压"),
        (b"\x1f\x8b\x08\0", "压缩文件.*先解压"),
        (b"%TSD-Header-###%\0\1", "加密.*解密"),
        (b"b\x14#e\0E-SafeNet\0\0LOCK\0", "加密.*解密"),
        (OLE + "EncryptedPackage\0DRMEncryptedTransform".encode("utf-16-le"), "权限管理.*解密"),
        (package(**{TYPES: "spreadsheetml.template.main"}), "模板文件（.xltx）.*另存为"),
        (package(**{TYPES: "wordprocessingml.document"}), "Word.*请选择填报表"),
        (package(**{TYPES: "presentationml"}), "演示文稿.*请选择填报表"),
        (package(**{TYPES: "ms-excel.sheet.binary"}), "xlsb"),
        (package(**{TYPES: "something"}), "别的 Office"),
        (package(**{TYPES: "spreadsheetml.sheet.main", "xl__workbook.xml": "purl.oclc.org"}), "Strict"),
        (package(**{TYPES: "spreadsheetml.sheet.main", "xl__workbook.xml": "<!DOCTYPE x>"}), "不安全"),
        (package(**{TYPES: "spreadsheetml.sheet.main", "xl__workbook.xml": "<a/>"}), "损坏"),
        (
            package(**{TYPES: "spreadsheetml.sheet.main", "xl__worksheets__sheet1.xml": b"0" * 11_000_000}),
            "异常庞大",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_workbook_is_named(data: bytes, said: str) -> None:
    with pytest.raises(NotAWorkbookError, match=said):
        read(data)


def swollen(data: bytes, part: str, end: str, more: str) -> bytes:
    """``data`` with ``more`` in front of the closing tag ``end`` of a part."""
    parts = parts_of(data)
    parts[part] = parts[part].replace(end.encode(), (more + end).encode())
    return packed(parts)


@pytest.mark.parametrize(
    ("part", "end", "more"),
    [
        ("xl/sharedStrings.xml", "</sst>", "<si><t>x</t></si>" * 40_000),
        ("xl/styles.xml", "</cellXfs>", '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>' * 160_000),
        ("xl/workbook.xml", "</definedNames>", '<definedName name="n">1</definedName>' * 80_000),
        ("xl/worksheets/sheet3.xml", "</sheetData>", f'<row r="999">{"<c/>" * 600_000}</row>'),
        ("xl/worksheets/sheet3.xml", "<sheetData>", f"<!--{'x ' * 2_000_000}-->"),
    ],
    ids=["texts", "styles", "names", "cells", "remark"],
)
def test_more_than_can_be_read_in_time_is_refused(painted: bytes, part: str, end: str, more: str) -> None:
    with pytest.raises(NotAWorkbookError, match="异常庞大"):
        read(swollen(painted, part, end, more))


def test_remarks_between_rows_are_passed_over(painted: bytes, full: SelfEvaluation) -> None:
    remark = f"<!--{'< ' * 50_000}--><?x {'<' * 50_000}?>"
    assert to_data(read(swollen(painted, "xl/worksheets/sheet3.xml", "<sheetData>", remark))) == to_data(full)


def test_countless_formatted_rows_cost_nothing(painted: bytes, full: SelfEvaluation) -> None:
    rows = "".join(f'<row r="{row}"><c r="A{row}" s="5"/><c r="B{row}" s="5"/></row>' for row in range(3001, 400_000))  # fmt: skip
    assert to_data(read(swollen(painted, "xl/worksheets/sheet3.xml", "</sheetData>", rows))) == to_data(full)


def test_a_lock_file_is_named(painted: bytes) -> None:
    with pytest.raises(NotAWorkbookError, match="临时文件"):
        read_workbook(painted, "~$表.xlsx")


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9, 0.999])
def test_a_truncated_workbook_is_damaged(painted: bytes, share: float) -> None:
    with pytest.raises(NotAWorkbookError):
        read(painted[: int(len(painted) * share)])


def test_a_missing_part_ends_in_one_sentence(painted: bytes) -> None:
    parts = parts_of(painted)
    for left_out in parts:
        try:
            read(packed({name: content for name, content in parts.items() if name != left_out}))
        except SelfEvalError as error:
            assert str(error)  # noqa: PT017 - some parts may be missing without harm


def stored(book: bytes, key: str, kind: str, content: str) -> bytes:
    """``book`` with the cell of ``key`` rewritten as no spreadsheet program would: attributes, then content."""
    return rewritten(book, key, lambda at: f'<c r="{at}" {kind}>{content}</c>')


def rewritten(book: bytes, key: str, cell: Callable[[str], str]) -> bytes:
    """``book`` with other XML where the cell of ``key`` stands; ``cell`` makes it of the cell's address."""
    ref = next(answer.ref for name, answer in answers_of(read(book)) if name == key)
    parts = parts_of(book)
    number = load_workbook(io.BytesIO(book)).sheetnames.index(ref.sheet) + 1
    path = f"xl/worksheets/sheet{number}.xml"
    old = re.compile(rf'<c r="{ref.coordinate}"[^>]*?(?:/>|>.*?</c>)'.encode())
    assert len(old.findall(parts[path])) == 1
    parts[path] = old.sub(cell(ref.coordinate).encode(), parts[path])
    return packed(parts)


@pytest.mark.parametrize(
    ("kind", "content", "raw"),
    [
        ("", "<v>NaN</v>", "NaN"),
        ("", "<v>INF</v>", "INF"),
        ("", "<v>abc</v>", "abc"),
        ("", f"<v>{'9' * 5000}</v>", "9" * 5000),
        ('t="b"', "<v>maybe</v>", "maybe"),
        ('t="b"', "<v>7</v>", "7"),
        ('t="s"', "<v>-1</v>", "#REF!"),
        ('t="d"', "<v>someday</v>", "someday"),
        ('t="s"', "<v>987654</v>", "#REF!"),
        ('t="s"', "<v>abc</v>", "#REF!"),
        ("", "<f>1+1</f><v>NaN</v>", "NaN"),
    ],
)
def test_a_cell_stored_wrongly_is_a_finding_on_it(painted: bytes, kind: str, content: str, raw: str) -> None:
    key = "budget.lines.personnel.outturn"
    spoiled = dict(answers_of(read(stored(painted, key, kind, content))))
    whole = dict(answers_of(read(painted)))
    assert (spoiled[key].value, spoiled[key].raw) == (None, raw)
    assert spoiled[key].problem
    assert {name for name in whole if whole[name] != spoiled[name]} == {key}


@pytest.mark.parametrize("style", ["99999", "-1", "x"])
def test_a_style_that_does_not_exist_leaves_the_value(painted: bytes, style: str) -> None:
    key = "budget.lines.personnel.outturn"
    spoiled = dict(answers_of(read(stored(painted, key, f's="{style}"', "<v>12.5</v>"))))
    assert spoiled[key].raw == "12.5"
    assert str(spoiled[key].value) == "12.5"


def test_a_cell_stored_twice_is_named(painted: bytes) -> None:
    key = "budget.lines.personnel.outturn"
    twice = rewritten(painted, key, lambda at: f'<c r="{at}"><v>12.5</v></c><c r="{at}"><v>13</v></c>')
    answer = dict(answers_of(read(twice)))[key]
    assert answer.value is None
    assert answer.problem == "在文件里存了两次，一次是“12.5”，一次是“13”"


def test_rows_out_of_order_are_read_in_order(painted: bytes, full: SelfEvaluation) -> None:
    parts = parts_of(painted)
    for path in [path for path in parts if path.startswith("xl/worksheets/sheet")]:
        head, rest = parts[path].split(b"<sheetData>")
        body, tail = rest.split(b"</sheetData>")
        rows = re.findall(rb"<row [^>]*/>|<row .*?</row>", body, re.DOTALL)
        parts[path] = head + b"<sheetData>" + b"".join(reversed(rows)) + b"</sheetData>" + tail
    assert to_data(read(packed(parts))) == to_data(full)


STYLES = "xl/styles.xml"


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        (STYLES, rb"<fills .*?</fills>", b'<fills count="1"><fill/></fills>'),
        (STYLES, rb"<fonts .*?</fonts>", b'<fonts><font><sz val="2000"/><family val="99"/></font></fonts>'),
        (STYLES, rb'<cellStyle name="[^"]*"', b"<cellStyle"),
        (STYLES, rb"<cellStyles.*?</cellStyles>", b'<cellStyles><cellStyle xfId="77"/></cellStyles>'),
        (STYLES, rb"</styleSheet>", b'<extLst><ext uri="x"><odd/></ext></extLst></styleSheet>'),
        (STYLES, rb"<borders .*?</borders>", b'<borders><border diagonal="?"><left style="zigzag"/></border></borders>'),
        (STYLES, rb"<dxfs.*?</dxfs>", b'<dxfs count="9"><dxf><font><u val="?"/></font></dxf></dxfs>'),
        ("docProps/core.xml", rb"(?s).*", b"no XML"),
        ("docProps/app.xml", rb"(?s).*", b"no XML"),
        ("xl/theme/theme1.xml", rb"(?s).*", b"no XML"),
        ("xl/workbook.xml", rb"<calcPr[^>]*/>", b'<calcPr calcId="many" fullCalcOnLoad="?"/>'),
        ("xl/workbook.xml", rb"<bookViews>.*?</bookViews>", b'<bookViews><workbookView activeTab="x"/></bookViews>'),
        ("xl/worksheets/sheet3.xml", rb"<pageMargins[^>]*/>", b'<pageMargins left="wide"/>'),
        ("xl/worksheets/sheet3.xml", rb"<dimension[^>]*/>", b'<dimension ref="A1"/>'),
        ("xl/worksheets/sheet3.xml", rb"<sheetFormatPr[^>]*/>", b'<sheetFormatPr defaultRowHeight=""/>'),
        ("xl/worksheets/sheet3.xml", rb'<dataValidation ', b'<dataValidation imeMode="?" '),
    ],
)  # fmt: skip
def test_what_the_form_does_not_need_may_be_odd(
    painted: bytes, full: SelfEvaluation, part: str, old: bytes, new: bytes
) -> None:
    parts = parts_of(painted)
    content, changed = re.subn(old, new, parts[part], flags=re.DOTALL)
    assert changed
    assert to_data(read(packed({**parts, part: content}))) == to_data(full)


def test_a_broken_sheet_of_the_users_own_is_left_out(painted: bytes, full: SelfEvaluation) -> None:
    def add(book: Any) -> None:
        book.create_sheet("台账")

    parts = parts_of(edited(painted, add))
    parts["xl/worksheets/sheet7.xml"] = b"<worksheet><sheetData><row"
    assert to_data(read(packed(parts))) == to_data(full)
    parts["xl/worksheets/sheet3.xml"] = b"<worksheet><sheetData><row"
    with pytest.raises(NotAWorkbookError, match="损坏"):
        read(packed(parts))


def test_names_of_parts_ignore_case(painted: bytes, full: SelfEvaluation) -> None:
    parts = parts_of(painted)
    parts["xl/SharedStrings.XML"] = parts.pop("xl/sharedStrings.xml")
    parts["XL/worksheets/Sheet3.xml"] = parts.pop("xl/worksheets/sheet3.xml")
    assert to_data(read(packed(parts))) == to_data(full)


def test_entities_are_never_resolved(painted: bytes) -> None:
    parts = parts_of(painted)
    bomb = (
        b'<!DOCTYPE sst [<!ENTITY a "aaaa">]>'
        + b" " * 5000
        + parts["xl/sharedStrings.xml"].partition(b"?>")[2]
    )
    for content in (b" " * 5000 + bomb, bomb.decode().encode("utf-16")):
        with pytest.raises(NotAWorkbookError):
            read(packed({**parts, "xl/sharedStrings.xml": content}))


@pytest.mark.parametrize(
    ("kind", "content", "said"),
    [
        ("", "20260316", "“20260316”不是日期，应是 2026年3月16日（填作 2026-03-16）"),
        ('t="str"', "20260316", "“20260316”不是日期，应是 2026年3月16日（填作 2026-03-16）"),
        ('t="str"', "46097", "“46097”不是日期，应是 2026年3月16日（填作 2026-03-16）"),
        ("", "20261316", "“20261316”不是日期"),
        ("", "202603", "2454年9月14日 不在 2000 年至 2100 年之间"),
        ('t="str"', "1026-3-16", "1026年3月16日 不在 2000 年至 2100 年之间"),
        ("", "-3", "“-3”不是日期"),
    ],
)
def test_digits_in_a_date_cell_are_named_with_what_they_mean(
    painted: bytes, kind: str, content: str, said: str
) -> None:
    key = "overview.sign_off.report_date"
    sheet = parts_of(painted)["xl/worksheets/sheet2.xml"].decode()
    ref = dict(answers_of(read(painted)))[key].ref
    style = re.findall(rf'<c r="{ref.coordinate}" (s="\d+")', sheet)[0]
    answer = dict(answers_of(read(stored(painted, key, f"{style} {kind}", f"<v>{content}</v>"))))[key]
    assert (answer.value, answer.problem) == (None, said)


@pytest.mark.parametrize("built_in", ["14", "31", "57"])
def test_a_date_in_a_format_that_programs_know_by_number_is_a_date(painted: bytes, built_in: str) -> None:
    key, parts = "overview.sign_off.report_date", parts_of(painted)
    cell_format = f'<xf numFmtId="{built_in}" fontId="0" fillId="0" borderId="0"/></cellXfs>'
    styles = parts["xl/styles.xml"].decode()
    added = re.search(r'<cellXfs count="(\d+)"', styles)
    assert added
    parts["xl/styles.xml"] = styles.replace("</cellXfs>", cell_format).encode()
    book = stored(packed(parts), key, f's="{added[1]}"', "<v>46097</v>")
    assert dict(answers_of(read(book)))[key].value == date(2026, 3, 16)


def test_properties_in_an_encoding_that_nobody_knows_do_not_stop_the_reading(painted: bytes) -> None:
    parts = parts_of(painted)
    parts["docProps/custom.xml"] = b'<?xml version="1.0" encoding="true"?><Properties/>'
    assert to_data(read(packed(parts))) == to_data(read(painted))


def test_mutated_packages_end_without_a_traceback() -> None:
    """A small sample of benchmarks/mutations.py."""
    path = ROOT / "benchmarks" / "mutations.py"
    spec = importlib.util.spec_from_file_location("mutations", path)
    assert spec is not None
    assert spec.loader is not None
    mutations = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(mutations)
    dice = random.Random(7)
    became = Counter(mutations.outcome(*mutations.mutated(dice)[1:]) for _ in range(40))
    assert became["traceback"] == 0
    assert became["as before"] > 15
