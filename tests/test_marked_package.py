"""A marked copy is the user's workbook, part by part: marks come on top, and go wholly when taken off."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import samples
from lxml import etree
from openpyxl import load_workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.checks import check
from selfeval_xlsx.findings import CheckResult, Finding, Severity
from selfeval_xlsx.form.data import from_data, to_data
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.office.package import is_sealed
from selfeval_xlsx.workbook.author import paint
from selfeval_xlsx.workbook.marker import mark
from selfeval_xlsx.workbook.marks import ALWAYS, PREFIX, SHEET_ORDER
from selfeval_xlsx.workbook.reader import read_workbook
from tests.conftest import ROOT, Convert, sample
from tests.places import cell
from tests.word_edits import packed

RATE = cell("budget.lines.total.execution_rate")

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NOTHING = CheckResult((), ())

Edit = Callable[[dict[str, bytes]], None]


# --- workbooks --------------------------------------------------------------------------------------


@cache
def spoiled() -> bytes:
    changes = {
        "budget.lines.total.execution_rate": "95%",
        "budget.notes.outturn_change": "241",
        "overview.management.assets": "",
        "goals.indicators.0.score": "7",
        "goals.indicators.1.deviation_reason": "超额完成。",
        "budget.projects.1.outturn": "",
    }
    return paint(from_data(samples.spoil(sample("云岭县职业教育中心"), changes)), [])


@cache
def blank() -> bytes:
    return (ROOT / "templates" / "绩效自评填报表.xlsx").read_bytes()


def png() -> bytes:
    """A picture of one red pixel."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\x00\xff\x00\x00")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@cache
def lived_in() -> bytes:
    """A workbook a unit has worked with: a sheet and a chart of its own, formats, comments, hidden rows."""
    book: Any = load_workbook(io.BytesIO(spoiled()))
    own = book.create_sheet("领导批示", 2)
    for row in (("月份", "支出"), (1, 250.5), (2, 310.0), ("合计", "=SUM(B2:B3)")):
        own.append(row)
    chart = BarChart()
    chart.add_data(Reference(own, min_col=2, min_row=1, max_row=3), titles_from_data=True)
    own.add_chart(chart, "D2")
    own.sheet_state = "hidden"
    own["A6"].hyperlink = "https://example.com/"
    budget = book["预算"]
    below: Any = CellIsRule
    red = PatternFill("solid", bgColor="FFFFC7CE")
    budget.conditional_formatting.add("B5:G9", below(operator="lessThan", formula=["0"], fill=red))
    budget.add_data_validation(DataValidation(type="whole", formula1="1", sqref="J1:J5"))
    budget[RATE].comment = Comment("财务科：按决算口径。", "财务科")
    budget[cell("budget.lines.basic.original_budget")].comment = Comment("已与国库核对。", "财务科")
    budget.row_dimensions[30].hidden = True
    budget.column_dimensions["C"].width = 21.5
    budget.oddHeader.center.text = "内部资料"
    budget.print_title_rows = "1:4"
    book.defined_names["own_name"] = book.defined_names["form_edition"].__class__(
        "own_name", attr_text="领导批示!$B$2"
    )
    buffer = io.BytesIO()
    book.save(buffer)
    return edited(buffer.getvalue(), put_picture)


def part_of(name: str, parts: dict[str, bytes]) -> str:
    """The part of the sheet of that name."""
    sheets = tree(parts["xl/workbook.xml"]).iter(f"{MAIN}sheet")
    identity = next(each.get(f"{{{RELATION}}}id") for each in sheets if each.get("name") == name)
    rows = tree(parts["xl/_rels/workbook.xml.rels"])
    target: str = next(each.get("Target") for each in rows if each.get("Id") == identity)
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def put_picture(parts: dict[str, bytes]) -> None:
    """A picture on the sheet 概况, as a spreadsheet program stores it."""
    sheet = part_of("概况", parts)
    drawing = "xl/drawings/drawing77.xml"
    parts["xl/media/seal.png"] = png()
    parts[drawing] = (
        '<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"'
        ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><xdr:oneCellAnchor>'
        "<xdr:from><xdr:col>5</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>2</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from>"
        '<xdr:ext cx="360000" cy="360000"/><xdr:pic><xdr:nvPicPr><xdr:cNvPr id="2" name="公章"/><xdr:cNvPicPr/></xdr:nvPicPr>'
        f'<xdr:blipFill><a:blip xmlns:r="{RELATION}" r:embed="rId1"/><a:stretch><a:fillRect/></a:stretch></xdr:blipFill>'
        '<xdr:spPr><a:prstGeom prst="rect"/></xdr:spPr></xdr:pic><xdr:clientData/></xdr:oneCellAnchor></xdr:wsDr>'
    ).encode()
    parts["xl/drawings/_rels/drawing77.xml.rels"] = relations(("rId1", "image", "../media/seal.png"))
    rels = f"xl/worksheets/_rels/{sheet.rpartition('/')[2]}.rels"
    own = f'<Relationship Id="rIdPic" Type="{RELATION}/drawing" Target="../drawings/drawing77.xml"/>'.encode()
    parts[rels] = parts.get(rels, relations()).replace(b"</Relationships>", own + b"</Relationships>")
    element = f'<drawing xmlns:r="{RELATION}" r:id="rIdPic"/>'.encode()
    before = b"<legacyDrawing" if b"<legacyDrawing" in parts[sheet] else b"</worksheet>"
    parts[sheet] = parts[sheet].replace(before, element + before)
    types = (
        b'<Default Extension="png" ContentType="image/png"/><Override PartName="/xl/drawings/drawing77.xml"'
        b' ContentType="application/vnd.openxmlformats-officedocument.drawing+xml"/></Types>'
    )
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", types)


def relations(*rows: tuple[str, str, str]) -> bytes:
    inner = "".join(
        f'<Relationship Id="{i}" Type="{RELATION}/{kind}" Target="{to}"/>' for i, kind, to in rows
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{inner}</Relationships>'.encode()


def edited(data: bytes, edit: Edit) -> bytes:
    parts = unpacked(data)
    edit(parts)
    return packed(parts)


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert len(names) == len(set(names))
        return {name: archive.read(name) for name in names}


def read(data: bytes) -> SelfEvaluation:
    return read_workbook(data, "表.xlsx")


def marked(data: bytes, result: CheckResult | None = None) -> bytes:
    evaluation = read(data)
    copy = mark(data, check(evaluation) if result is None else result)
    assert copy is not None
    return copy


# --- part by part -----------------------------------------------------------------------------------


def canonical(root: Any) -> bytes:
    return bytes(etree.tostring(root, method="c14n"))


def tree(content: bytes) -> Any:
    return etree.fromstring(content)


def without_marks(content: bytes, *, keep_legacy: bool) -> bytes:
    """A sheet's part without what marking adds."""
    root = tree(content)
    for rule in list(root.iter(f"{MAIN}cfRule")):
        rule.attrib.pop("priority")
        if rule.findtext(f"{MAIN}formula") == ALWAYS:
            rule.getparent().getparent().remove(rule.getparent())
    for links in list(root.iter(f"{MAIN}hyperlinks")):
        for link in list(links):
            if link.get("location") == "'核对结果'!A1":
                links.remove(link)
        if not len(links):
            root.remove(links)
    for each in [] if keep_legacy else list(root.iter(f"{MAIN}legacyDrawing")):
        root.remove(each)
    for view in root.iter(f"{MAIN}sheetView"):
        view.attrib.pop("tabSelected", None)
    etree.cleanup_namespaces(root)
    return canonical(root)


def workbook_facts(content: bytes, *, shifted: int) -> Any:
    """Everything the main part says, apart from the list's sheet and what opens first."""
    root = tree(content)
    for sheet in list(root.iter(f"{MAIN}sheet")):
        if sheet.get("name") == "核对结果":
            sheet.getparent().remove(sheet)
    for name in root.iter(f"{MAIN}definedName"):
        if name.get("localSheetId"):
            name.set("localSheetId", str(int(name.get("localSheetId")) - shifted))
    for view in root.iter(f"{MAIN}workbookView"):
        view.attrib.pop("activeTab", None)
        view.attrib.pop("firstSheet", None)
    return canonical(root)


def comment_texts(content: bytes) -> dict[str, str]:
    return {
        each.get("ref"): "".join(t.text or "" for t in each.iter(f"{MAIN}t"))
        for each in tree(content).iter(f"{MAIN}comment")
    }


def hold(before: bytes, after: bytes) -> None:
    """All parts of ``before`` are in ``after``; what differs is what marking adds, and nothing else."""
    old, new = unpacked(before), unpacked(after)
    assert list(old) == [name for name in new if name in old]
    for name, content in old.items():
        if new[name] != content:
            hold_part(name, content, new[name])
    added = set(new) - set(old)
    assert all(re.search(r"worksheets/|comments|vmlDrawing|drawings/.*vml", name) for name in added), added


def hold_part(name: str, old: bytes, new: bytes) -> None:
    if name.startswith("xl/worksheets/") and name.endswith(".xml"):
        keep = b"legacyDrawing " in old
        assert without_marks(new, keep_legacy=keep) == without_marks(old, keep_legacy=keep), name
    elif name == "xl/workbook.xml":
        assert workbook_facts(new, shifted=1) == workbook_facts(old, shifted=0)
    elif name == "xl/styles.xml":
        hold_styles(old, new)
    elif name.endswith(".rels") or name == "[Content_Types].xml":
        rows, others = ({canonical(each) for each in tree(part)} for part in (old, new))
        assert rows <= others, name
    elif "comments" in name.lower() and name.endswith(".xml"):
        texts = comment_texts(new)
        for place, text in comment_texts(old).items():
            assert texts[place] == text or texts[place].startswith(f"{text}\n{PREFIX}")
    elif name.endswith(".vml"):
        assert old.rstrip().removesuffix(b"</xml>").rstrip() in new
    else:
        assert name == "docProps/core.xml", name  # holds the seal


def hold_styles(old: bytes, new: bytes) -> None:
    """Every group begins with what it held."""
    groups = {each.tag: [canonical(one) for one in each] for each in tree(new)}
    for each in tree(old):
        assert groups[each.tag][: len(each)] == [canonical(one) for one in each]


def hold_sound(data: bytes) -> None:
    """What a spreadsheet program would complain about: parts without a kind, dangling relations, disorder."""
    parts = unpacked(data)
    types = tree(parts["[Content_Types].xml"])
    named = {each.get("PartName", "").lstrip("/") for each in types}
    extensions = {each.get("Extension", "").lower() for each in types}
    for name in parts:
        assert name in named or name.rpartition(".")[2].lower() in extensions, name
    assert {name for name in named if name} <= set(parts)
    for name, content in parts.items():
        if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name):
            ranks = [SHEET_ORDER.index(etree.QName(each).localname) for each in tree(content)]
            assert all(left <= right for left, right in pairwise(ranks)), name
            priorities = [rule.get("priority") for rule in tree(content).iter(f"{MAIN}cfRule")]
            assert len(priorities) == len(set(priorities)), name
    book: Any = load_workbook(io.BytesIO(data))
    assert book.sheetnames[0] == "核对结果"


BOOKS = {"blank": blank, "sample": spoiled, "lived in": lived_in}


@pytest.mark.parametrize("make", BOOKS.values(), ids=BOOKS)
def test_everything_else_is_kept_part_by_part(make: Callable[[], bytes]) -> None:
    before = make()
    after = marked(before)
    hold(before, after)
    hold_sound(after)
    assert is_sealed(after)
    assert to_data(read(after)) == to_data(read(before))
    assert check(read(after)).findings == check(read(before)).findings


@pytest.mark.parametrize("make", BOOKS.values(), ids=BOOKS)
def test_marks_go_wholly(make: Callable[[], bytes]) -> None:
    """Marked and corrected is the same as never marked, but for unused formats."""
    before = make()
    found = check(read(before))
    assert found.findings
    once, twice = unpacked(marked(before, NOTHING)), unpacked(marked(marked(before, found), NOTHING))
    assert set(once) == set(twice)
    for name, content in once.items():
        if name in {"xl/styles.xml", "docProps/core.xml"} or content == twice[name]:
            continue
        if name.endswith(".rels") or name == "[Content_Types].xml":
            one, other = ({canonical(each) for each in tree(part)} for part in (content, twice[name]))
            assert one == other, name
        elif "worksheets" in name or "comments" in name:
            assert canonical(tree(twice[name])) == canonical(tree(content)), name
        else:
            assert twice[name] == content, name


def test_marking_again_adds_nothing() -> None:
    once = marked(spoiled())
    assert unpacked(marked(once)) == unpacked(once)


def test_a_copy_saved_by_another_program_is_kept_too(convert: Convert, tmp_path: Path) -> None:
    path = tmp_path / "表.xlsx"
    path.write_bytes(lived_in())
    [saved] = convert("xlsx", path)
    before = saved.read_bytes()
    after = marked(before)
    hold(before, after)
    hold_sound(after)
    assert to_data(read(after)) == to_data(read(before))
    copy = tmp_path / "标注.xlsx"
    copy.write_bytes(after)
    [again] = convert("xlsx", copy)
    [paper] = convert("pdf", copy)
    assert paper.stat().st_size > 10_000
    assert to_data(read(again.read_bytes())) == to_data(read(before))
    cleaned = unpacked(marked(again.read_bytes(), NOTHING))
    for name, content in cleaned.items():
        assert PREFIX.encode() not in content, name
        assert ALWAYS.replace('"', "&quot;").encode() not in content, name
        assert ALWAYS.encode() not in content, name
        assert b"!A1" not in content or "worksheets" not in name or "核对结果!".encode() not in content, name


# --- comments of others -----------------------------------------------------------------------------


def on(coordinate: str, sheet: str = "预算") -> CheckResult:
    ref = CellRef(sheet, coordinate)
    return CheckResult((Finding("EXE02", Severity.ERROR, (ref,), "合计", "填错了"),), ())


def texts(data: bytes, sheet: str = "预算") -> dict[str, str]:
    book: Any = load_workbook(io.BytesIO(data))
    return {c.coordinate: c.comment.text for row in book[sheet].iter_rows() for c in row if c.comment}


def test_a_comment_of_the_user_is_added_to_and_given_back() -> None:
    before = lived_in()
    kept = texts(before)
    copy = marked(before, on(RATE))
    assert texts(copy) == kept | {RATE: f"财务科：按决算口径。\n{PREFIX}错误 EXE02：填错了。"}
    assert texts(marked(copy, NOTHING)) == kept


def test_a_conversation_on_a_cell_is_left_alone() -> None:
    def converse(parts: dict[str, bytes]) -> None:
        sheet = part_of("预算", parts)
        rels = f"xl/worksheets/_rels/{sheet.rpartition('/')[2]}.rels"
        kind = "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"
        own = f'<Relationship Id="rIdTalk" Type="{kind}" Target="../threadedComments/threadedComment1.xml"/>'.encode()
        parts[rels] = parts[rels].replace(b"</Relationships>", own + b"</Relationships>")
        parts["xl/threadedComments/threadedComment1.xml"] = (
            b'<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments">'
            b'<threadedComment ref="%s" id="{1}"><text>?</text></threadedComment></ThreadedComments>'
            % RATE.encode()
        )
        types = b'<Override PartName="/xl/threadedComments/threadedComment1.xml" ContentType="application/vnd.ms-excel.threadedcomments+xml"/></Types>'
        parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", types)

    before = edited(spoiled(), converse)
    copy = marked(before, on(RATE))
    hold(before, copy)
    assert texts(copy) == texts(before)
    assert ALWAYS.encode() in b"".join(unpacked(copy).values())


# --- packages of all kinds --------------------------------------------------------------------------


def prefixed(parts: dict[str, bytes]) -> None:
    """Every spreadsheet element carries a prefix, as some programs write it."""
    for name in [
        n for n in parts if re.fullmatch(r"xl/(worksheets/[^/]+|workbook|styles|comments\d+)\.xml", n)
    ]:
        text = parts[name].decode()
        text = re.sub(r"<(/?)([A-Za-z])", r"<\1x:\2", text).replace('xmlns="', 'xmlns:x="', 1)
        parts[name] = text.encode()


def absolute(parts: dict[str, bytes]) -> None:
    """Relations name their targets from the root."""
    name = "xl/_rels/workbook.xml.rels"
    parts[name] = parts[name].replace(b'Target="', b'Target="/xl/')


def without_styles(parts: dict[str, bytes]) -> None:
    del parts["xl/styles.xml"]
    for name in ("xl/_rels/workbook.xml.rels", "[Content_Types].xml"):
        parts[name] = re.sub(rb"<(Relationship|Override)[^>]*styles\.xml[^>]*/>", b"", parts[name])
    for name in [n for n in parts if n.startswith("xl/worksheets/sheet")]:
        parts[name] = re.sub(
            rb' s="\d+"', b"", re.sub(rb"<conditionalFormatting.*</conditionalFormatting>", b"", parts[name])
        )


def broken_comments(parts: dict[str, bytes]) -> None:
    for name in [n for n in parts if n.startswith("xl/comments")]:
        parts[name] = parts[name][:-20]


def form_controls(parts: dict[str, bytes]) -> None:
    """The drawing of the comments holds another shape, with the loose HTML spreadsheet programs write."""
    shape = b'<v:shape id="_x0000_s9000" type="#_x0000_t201"><v:textbox><div>A<br>B</div></v:textbox><x:ClientData ObjectType="Button"><x:Row>8</x:Row></x:ClientData></v:shape>'
    for name in [n for n in parts if n.endswith(".vml")]:
        parts[name] = parts[name].replace(b"</xml>", shape + b"</xml>")


def no_properties(parts: dict[str, bytes]) -> None:
    del parts["docProps/core.xml"]
    for name in ("_rels/.rels", "[Content_Types].xml"):
        parts[name] = re.sub(rb"<(Relationship|Override)[^>]*core\.xml[^>]*/>", b"", parts[name])


@pytest.mark.parametrize(
    "edit",
    [prefixed, absolute, without_styles, broken_comments, form_controls, no_properties],
    ids=lambda edit: edit.__name__,
)
def test_packages_of_all_kinds_are_marked(edit: Edit) -> None:
    before = edited(spoiled(), edit)
    copy = marked(before)
    assert to_data(read(copy)) == to_data(read(before))
    new = unpacked(copy)
    assert sum(ALWAYS.encode() in content for content in new.values()) == 3
    assert "核对结果".encode() in new["xl/workbook.xml"]
    if edit is form_controls:
        assert all(b"_x0000_s9000" in content for name, content in new.items() if name.endswith(".vml"))
        assert b"_x0000_s9001" in b"".join(new.values())
    cleaned = unpacked(marked(copy, NOTHING))
    assert not [
        name for name, content in cleaned.items() if ALWAYS.encode() in content or PREFIX.encode() in content
    ]
    if edit is form_controls:
        assert all(b"_x0000_s9000" in content for name, content in cleaned.items() if name.endswith(".vml"))
        assert b"_x0000_s9001" not in b"".join(cleaned.values())


def test_a_sheet_of_the_user_with_the_name_of_the_list_stays() -> None:
    book: Any = load_workbook(io.BytesIO(spoiled()))
    book.create_sheet("核对结果")["A1"] = "我们自己的表"
    buffer = io.BytesIO()
    book.save(buffer)
    copy = marked(marked(buffer.getvalue()))
    again: Any = load_workbook(io.BytesIO(copy))
    assert again.sheetnames[0] == "核对结果2"
    assert again["核对结果"]["A1"].value == "我们自己的表"
    assert again["预算"]["A1"].hyperlink.location == "'核对结果2'!A1"


def test_results_of_formulas_are_kept(convert: Convert, tmp_path: Path) -> None:
    path = tmp_path / "表.xlsx"
    path.write_bytes(spoiled())
    [saved] = convert("xlsx", path)
    before: Any = load_workbook(saved, data_only=True)["核对"]
    after: Any = load_workbook(io.BytesIO(marked(saved.read_bytes())), data_only=True)["核对"]
    shown = [row[0].value for row in before.iter_rows(min_row=3) if row[1].value]
    assert "✓" in shown
    assert shown == [row[0].value for row in after.iter_rows(min_row=3) if row[1].value]


def test_what_is_no_text_of_a_workbook_does_not_stop_it() -> None:
    ref = CellRef("预算", RATE)
    words = "控制符\x07 半个字\ud83d _x0041_ =1+1 <&> 𠮷"
    result = CheckResult((Finding("EXE02", Severity.ERROR, (ref,), words, words, words),), ())
    listed = load_workbook(io.BytesIO(marked(spoiled(), result)))["核对结果"]
    assert listed["D5"].value == "控制符 半个字 _x005F_x0041_ =1+1 <&> 𠮷"  # as the format escapes it
    assert listed["D5"].data_type == "s"


def test_a_finding_on_a_sheet_that_is_gone_is_listed() -> None:
    result = on(RATE, "没有这张表")
    copy: Any = load_workbook(io.BytesIO(marked(spoiled(), result)))
    assert copy["核对结果"]["C5"].value == f"「没有这张表」{RATE}"
