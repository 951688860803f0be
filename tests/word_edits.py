"""What people and programs do to a report in Word: single edits in several ways, and saving without edits.

Places are worked out with python-docx on the report before the edit, independently of the program.
"""

import copy
import io
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from docx import Document
from docx.table import Table
from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"

Element = etree._Element  # noqa: SLF001 - the library's only name for it


# --- packages -----------------------------------------------------------------------------------


def parts_of(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as source:
        return {name: source.read(name) for name in source.namelist()}


def packed(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return buffer.getvalue()


def with_root(report: bytes, change: Callable[[Element], None]) -> bytes:
    """``report`` with its main part changed."""
    parts = parts_of(report)
    root = etree.fromstring(parts["word/document.xml"])
    change(root)
    parts["word/document.xml"] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return packed(parts)


def make(tag: str, *children: Element, **attributes: str) -> Element:
    made = etree.Element(f"{W}{tag}", {f"{W}{name}": value for name, value in attributes.items()})
    made.extend(children)
    return made


def run(text: str, like: Element | None = None, tag: str = "t") -> Element:
    """A run of ``text`` with the formatting of another."""
    made = make("r")
    if like is not None and (formatting := like.find(f"{W}rPr")) is not None:
        made.append(copy.deepcopy(formatting))
    piece = etree.SubElement(made, f"{W}{tag}", {_SPACE: "preserve"})
    piece.text = text
    return made


def control(tag: str, *content: Element) -> Element:
    return make("sdt", make("sdtPr", make("tag", val=tag)), make("sdtContent", *content))


def tracked(kind: str, *content: Element) -> Element:
    return make(kind, *content, id="900", author="审核人", date="2026-03-20T09:00:00Z")


# --- edits --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Edit:
    """One edit of a report, and what is to be said of it."""

    what: str
    how: str
    place: str
    old: str
    new: str
    report: bytes = field(repr=False)


@dataclass(frozen=True)
class _Target:
    """A paragraph that may be edited: which one of the document, and where it stands in a reader's words."""

    number: int
    place: str
    text: str
    cell: bool


FORM_HEADS = {"支出类别", "年初设定目标"}
"""What the heads of the blocks of the self-evaluation table's first part say in their second column."""


def targets(report: bytes) -> list[_Target]:
    """Body paragraphs and cells; a paragraph's number counts all w:p in document order."""
    document = Document(io.BytesIO(report))
    numbers = {element: number for number, element in enumerate(document.element.body.iter(f"{W}p"))}
    found, heading, count, caption = [], "", 0, ""
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            found += list(_cell_targets(block, caption, numbers))
            continue
        style = block.style.name if block.style and block.style.name else ""
        if style.startswith("Heading") or style == "附件标题":
            heading, caption, count = block.text, block.text, 0
        elif style == "表题":
            caption = re.sub(r"（单位.*", "", block.text).replace("　", " ")
        elif block.text:
            count += 1
            if "\t" in block.text:
                continue  # the edits below cut texts, and would lose the tab
            place = f"「{heading}」下第{count}段" if heading else f"文首第{count}段"
            found.append(_Target(numbers[block._p], place, block.text, cell=False))  # noqa: SLF001
    return found


def _cell_targets(table: Table, caption: str, numbers: dict[Element, int]) -> Iterator[_Target]:
    heads = [cell.text for cell in table.rows[0].cells]
    form = heads[0] == "部门（单位）名称"
    name_column = 1 if form else 2 if heads[0] == "一级指标" else 0
    for row in table.rows[1:]:
        cells = row.cells
        if form and cells[1].text in FORM_HEADS:
            heads = [cell.text for cell in cells]
            continue
        label = cells[name_column].text
        label = f"{label[:20]}…" if len(label) > 20 else label
        seen = {cells[name_column]._tc}  # noqa: SLF001 - a cell over several columns is met in each
        for head, cell in list(zip(heads, cells, strict=True))[name_column + 1 :]:
            if cell._tc not in seen:  # noqa: SLF001
                seen.add(cell._tc)  # noqa: SLF001
                place = f"{caption}「{label}」行「{head}」列"
                yield _Target(numbers[cell.paragraphs[0]._p], place, cell.text, cell=True)  # noqa: SLF001


_NUMBERING = re.compile(r"^(?:\d+\.|（\d+）|　*附件：\d+\.|　+\d+\.)")
_DIGIT = re.compile(r"(?<!附件)(?<!表)\d")
"""Of a figure: the number of a table or an attachment is a reference, and its change a changed sentence."""
_PERCENT = re.compile(r"\d(?=[\d.]*%)")
_CLAUSE = re.compile(r"(?<=[，；])(?=[\u4e00-\u9fff]{3})")
"""Where a clause begins: inside one, a word may fall into a name of the form, which is no mere word."""


def _other_digit(rng: random.Random, digit: str) -> str:
    return rng.choice([each for each in "123456789" if each != digit])


def edits(report: bytes, count: int, seed: int) -> Iterator[Edit]:
    """``count`` single edits, every kind in every way in turn, at places drawn by ``seed``."""
    rng = random.Random(seed)
    places = targets(report)
    turns = [(what, how) for what in WHATS for how in HOWS]
    for number in range(count):
        what, how = turns[number % len(turns)]
        yield _edit(report, places, what, how, rng)


def _edit(report: bytes, targets: list[_Target], what: str, how: str, rng: random.Random) -> Edit:
    target, start, end, new = WHATS[what](targets, rng)
    old = target.text[start:end]

    def change(root: Element) -> None:
        paragraph = list(next(root.iter(f"{W}body")).iter(f"{W}p"))[target.number]
        if what == "paragraph deleted":
            _delete(paragraph, how)
        else:
            HOWS[how](paragraph, start, end, new)

    before, after = _number_around(target.text, start, end, old), _number_around(target.text, start, end, new)
    if what in {"paragraph deleted", "sentence reworded"}:
        before, after = old, new
    return Edit(what, how, target.place, before, after, with_root(report, change))


def _number_around(text: str, start: int, end: int, middle: str) -> str:
    """The whole number the edited digit belongs to."""
    head = re.search(r"[\d,.]*$", text[:start])
    tail = re.match(r"[\d,.]*", text[end:])
    return f"{head[0] if head else ''}{middle}{tail[0] if tail else ''}"


Draw = tuple[_Target, int, int, str]


def _draw(
    targets: list[_Target], rng: random.Random, pattern: re.Pattern[str], *, cell: bool
) -> tuple[_Target, int]:
    choices = [
        (target, match.start())
        for target in targets
        if target.cell is cell
        for match in pattern.finditer(target.text)
        if match.start() >= (numbering.end() if (numbering := _NUMBERING.match(target.text)) else 0)
    ]
    return rng.choice(choices)


def _digit(targets: list[_Target], rng: random.Random) -> Draw:
    target, place = _draw(targets, rng, _DIGIT, cell=False)
    return target, place, place + 1, _other_digit(rng, target.text[place])


def _percent(targets: list[_Target], rng: random.Random) -> Draw:
    target, place = _draw(targets, rng, _PERCENT, cell=False)
    return target, place, place + 1, _other_digit(rng, target.text[place])


def _cell(targets: list[_Target], rng: random.Random) -> Draw:
    target, place = _draw(targets, rng, _DIGIT, cell=True)
    return target, place, place + 1, _other_digit(rng, target.text[place])


def _reworded(targets: list[_Target], rng: random.Random) -> Draw:
    target, place = _draw(targets, rng, _CLAUSE, cell=False)
    return target, place, place, rng.choice(["切实", "基本", "也"])


def _deleted(targets: list[_Target], rng: random.Random) -> Draw:
    target = rng.choice([each for each in targets if not each.cell and "下第" in each.place])
    return target, 0, len(target.text), ""


WHATS: dict[str, Callable[[list[_Target], random.Random], Draw]] = {
    "digit changed": _digit,
    "percent changed": _percent,
    "sentence reworded": _reworded,
    "paragraph deleted": _deleted,
    "table cell changed": _cell,
}


def _refill(paragraph: Element, runs: list[Element]) -> None:
    for each in [child for child in paragraph if child.tag != f"{W}pPr"]:
        paragraph.remove(each)
    paragraph.extend(each for each in runs if each is not None)


def _cut(paragraph: Element, start: int, end: int) -> tuple[Element, str, str, str]:
    first = next(paragraph.iter(f"{W}r"))
    text = "".join(piece.text or "" for piece in paragraph.iter(f"{W}t"))
    return first, text[:start], text[start:end], text[end:]


def _plainly(paragraph: Element, start: int, end: int, new: str) -> None:
    first, head, _, tail = _cut(paragraph, start, end)
    _refill(paragraph, [run(head + new + tail, first)])


def _with_tracking(paragraph: Element, start: int, end: int, new: str) -> None:
    first, head, old, tail = _cut(paragraph, start, end)
    changes = [tracked("del", run(old, first, "delText"))] if old else []
    changes += [tracked("ins", run(new, first))]
    _refill(paragraph, [run(head, first), *changes, run(tail, first)])


def _in_a_control(paragraph: Element, start: int, end: int, new: str) -> None:
    first, head, _, tail = _cut(paragraph, start, end)
    _refill(paragraph, [run(head, first), control("数字", run(new, first)), run(tail, first)])


def _in_pieces(paragraph: Element, start: int, end: int, new: str) -> None:
    first, head, _, tail = _cut(paragraph, start, end)
    pieces = [piece for text in (head, new, tail) for piece in re.findall(r".{1,3}", text, re.DOTALL)]
    runs: list[Element] = []
    for number, piece in enumerate(pieces):
        runs += [run(piece, first), make("proofErr", type=("spellStart", "spellEnd")[number % 2])]
        runs[-2].set(f"{W}rsidR", f"00A{number:05X}")
    _refill(paragraph, runs)


HOWS: dict[str, Callable[[Element, int, int, str], None]] = {
    "plainly": _plainly,
    "tracked": _with_tracking,
    "in a content control": _in_a_control,
    "in split runs": _in_pieces,
}


def _delete(paragraph: Element, how: str) -> None:
    """Delete a paragraph; tracked: its text and its end are marked as deleted."""
    parent = paragraph.getparent()
    assert parent is not None
    if how != "tracked":
        parent.remove(paragraph)
        return
    first, text, _, _ = _cut(paragraph, 10**6, 10**6)
    properties = paragraph.find(f"{W}pPr")
    assert properties is not None
    properties.append(make("rPr", tracked("del")))
    _refill(paragraph, [tracked("del", run(text, first, "delText"))])


# --- taking out rows, attachments, charts --------------------------------------------------------

TOTALS = ("合计", "总额", "总分")
ATTACHMENT = re.compile(r"附件\d?")


@dataclass(frozen=True)
class Removal:
    """Something taken out of a report as a whole, and what is to be said of it."""

    what: str
    names: tuple[str, ...]
    """One of these the difference has to name."""
    total: bool
    """Told as an error; else as a warning."""
    report: bytes = field(repr=False)
    places: tuple[tuple[str, int], ...] = field(repr=False)
    """The elements: their tag and which of it in the document."""

    def make(self, way: str) -> bytes:
        """The report without it."""

        def change(root: Element) -> None:
            for element in [list(root.iter(f"{W}{tag}"))[number] for tag, number in self.places]:
                REMOVAL_WAYS[way](element)

        return with_root(self.report, change)

    def is_told_by(self, difference: Any) -> bool:
        """Whether a difference names it, as gravely as it should."""
        grave = {"错误"} if self.total else {"错误", "提醒"}
        told = f"{difference.place}{difference.message}"
        return difference.severity.value in grave and any(name in told for name in self.names)


def _said(element: Element) -> str:
    return "".join(text.text or "" for text in element.iter(f"{W}t")).strip()


def _out(element: Element) -> None:
    _drop(element)


def _out_tracked(element: Element) -> None:
    """Marked as deleted: rows by their own mark, and all text in them."""
    for row in element.iter(f"{W}tr"):
        properties = row.find(f"{W}trPr")
        if properties is None:
            properties = make("trPr")
            row.insert(0, properties)
        properties.append(tracked("del"))
    for each in list(element.iter(f"{W}p")):
        _mark_deleted(each)


def _mark_deleted(paragraph: Element) -> None:
    properties = paragraph.find(f"{W}pPr")
    if properties is None:
        properties = make("pPr")
        paragraph.insert(0, properties)
    properties.append(make("rPr", tracked("del")))
    for each in [child for child in paragraph if child.tag == f"{W}r"]:
        for text in each.iter(f"{W}t"):
            text.tag = f"{W}delText"
        _wrap(each, lambda one: tracked("del", one))


REMOVAL_WAYS: dict[str, Callable[[Element], None]] = {"plainly": _out, "tracked": _out_tracked}


def removals(report: bytes) -> Iterator[Removal]:
    """Every row with figures, every total, every attachment and chart of a report, each taken out on its own."""
    document = Document(io.BytesIO(report))
    body = document.element.body
    rows = list(body.iter(f"{W}tr"))
    for table in document.tables:
        for row in table.rows[1:]:
            texts = [cell.text for cell in row.cells]
            figures = any(re.search(r"\d", text) for text in texts[1:])
            begins = row._tr.find(f".//{W}vMerge[@{W}val='restart']") is not None  # noqa: SLF001 - the rows below hang on it
            if figures and not begins:
                total = next((text for text in texts if text.endswith(TOTALS)), "")
                what, names = (
                    ("total row", (total,)) if total else ("row", tuple(text[:20] for text in texts if text))
                )
                yield Removal(what, names, bool(total), report, (("tr", rows.index(row._tr)),))  # noqa: SLF001
    places = {
        each: (tag, number) for tag in ("p", "tbl") for number, each in enumerate(body.iter(f"{W}{tag}"))
    }
    starts = [each for each in body if each.tag == f"{W}p" and ATTACHMENT.fullmatch(_said(each))]
    blocks = [each for each in body if each in places]
    for start, after in zip(starts, [*starts[1:], None], strict=True):
        end = blocks.index(after) if after is not None else len(blocks)
        inside = blocks[blocks.index(start) : end]
        title = next(text for each in inside[1:] if (text := _said(each)))
        yield Removal("attachment", (title,), False, report, tuple(places[each] for each in inside))
    for number, chart in enumerate(body.iter(f"{W}drawing")):
        paragraph = next(chart.iterancestors(f"{W}p"))
        yield Removal("chart", (f"第{number + 1}张图",), False, report, (places[paragraph],))


# --- saving without edits -----------------------------------------------------------------------


def _each_run(root: Element) -> list[Element]:
    return [each for each in root.iter(f"{W}r") if each.find(f"{W}t") is not None]


def _wrap(element: Element, wrapper: Callable[[Element], Element]) -> None:
    parent = element.getparent()
    assert parent is not None
    index = parent.index(element)
    parent.insert(index, wrapper(element))


def _split(root: Element) -> None:
    for paragraph in root.iter(f"{W}p"):
        if paragraph.find(f"{W}r/{W}t") is not None:
            _in_pieces(paragraph, 0, 0, "")


def _merge(root: Element) -> None:
    _split(root)
    for paragraph in root.iter(f"{W}p"):
        if paragraph.find(f"{W}r/{W}t") is not None:
            _plainly(paragraph, 0, 0, "")


def _revision_ids(root: Element) -> None:
    for number, each in enumerate(root.iter(f"{W}p", f"{W}r", f"{W}tr")):
        each.set(f"{W}rsidR", f"00{number:06X}")
        each.set(f"{W}rsidRPr", "00AB12CD")


def _spelling(root: Element) -> None:
    for each in _each_run(root):
        each.addprevious(make("proofErr", type="gramStart"))
        each.addnext(make("proofErr", type="gramEnd"))


def _bookmarks(root: Element) -> None:
    for number, each in enumerate(_each_run(root)):
        each.addprevious(make("bookmarkStart", id=str(number), name=f"_Toc{number}"))
        each.addnext(make("bookmarkEnd", id=str(number)))
    for number, table in enumerate(list(root.iter(f"{W}tbl"))):
        table.addprevious(make("bookmarkStart", id=f"8{number}", name=f"t{number}"))


def _languages(root: Element) -> None:
    _split(root)
    for each in _each_run(root):
        each.insert(0, make("rPr", make("rFonts", hint="eastAsia"), make("lang", eastAsia="zh-CN")))


def _run_controls(root: Element) -> None:
    for each in _each_run(root):
        _wrap(each, lambda one: control("内容", one))


def _block_controls(root: Element) -> None:
    for each in list(next(root.iter(f"{W}body"))):
        if each.tag in {f"{W}p", f"{W}tbl"}:
            _wrap(each, lambda one: control("段落", one))


def _row_and_cell_controls(root: Element) -> None:
    for each in [*root.iter(f"{W}tr"), *root.iter(f"{W}tc")]:
        _wrap(each, lambda one: control("表格", one))


def _smart_tags(root: Element) -> None:
    for each in _each_run(root):
        _wrap(each, lambda one: make("smartTag", make("smartTagPr"), one, element="date"))


def _links(root: Element) -> None:
    for each in _each_run(root):
        _wrap(each, lambda one: make("hyperlink", one, anchor="_Toc1"))


def _simple_fields(root: Element) -> None:
    for each in _each_run(root):
        _wrap(each, lambda one: make("fldSimple", one, instr=" REF 数字 12.5 "))


def _complex_fields(root: Element) -> None:
    for each in _each_run(root):
        code = make("r", make("instrText"))
        code[0].text = " DOCPROPERTY 执行数 1908.15 "
        for kind, add in (("begin", each.addprevious), ("end", each.addnext)):
            add(make("r", make("fldChar", fldCharType=kind)))
        each.addprevious(code)
        each.addprevious(make("r", make("fldChar", fldCharType="separate")))


def _alternatives(root: Element) -> None:
    for each in _each_run(root):
        fallback = run("旧程序看到的 999")

        def both(one: Element, fallback: Element = fallback) -> Element:
            made = etree.Element(f"{{{_MC}}}AlternateContent", nsmap={"mc": _MC})
            choice = etree.SubElement(made, f"{{{_MC}}}Choice", Requires="wps")
            choice.append(one)
            etree.SubElement(made, f"{{{_MC}}}Fallback").append(fallback)
            return made

        _wrap(each, both)


def _accepted_insertion(root: Element) -> None:
    for each in _each_run(root):
        _wrap(each, lambda one: tracked("ins", one))


def _tracked_there_and_back(root: Element) -> None:
    """Something was typed and taken out again."""
    for each in _each_run(root):
        each.addnext(tracked("ins", tracked("del", run("8888", tag="delText"))))
        each.addprevious(tracked("moveFrom", run("7777")))


def _tracked_formatting(root: Element) -> None:
    for each in root.iter(f"{W}pPr"):
        each.append(tracked("pPrChange", make("pPr", make("pStyle", val="h1"), make("outlineLvl", val="0"))))
    for each in _each_run(root):
        each.insert(0, make("rPr", make("b"), tracked("rPrChange", make("rPr"))))


def _page_marks(root: Element) -> None:
    for each in _each_run(root):
        each.insert(0, make("lastRenderedPageBreak"))


NOISES: dict[str, Callable[[Element], None]] = {
    "runs split": _split,
    "runs merged": _merge,
    "revision ids": _revision_ids,
    "spelling marks": _spelling,
    "bookmarks": _bookmarks,
    "languages": _languages,
    "run controls": _run_controls,
    "block controls": _block_controls,
    "row and cell controls": _row_and_cell_controls,
    "smart tags": _smart_tags,
    "links": _links,
    "simple fields": _simple_fields,
    "complex fields": _complex_fields,
    "alternatives": _alternatives,
    "tracked insertion": _accepted_insertion,
    "typed and taken out": _tracked_there_and_back,
    "tracked formatting": _tracked_formatting,
    "page marks": _page_marks,
}


def reloaded(report: bytes) -> bytes:
    """Saved by python-docx."""
    buffer = io.BytesIO()
    Document(io.BytesIO(report)).save(buffer)
    return buffer.getvalue()


def commented(report: bytes) -> bytes:
    """A comment on every paragraph."""
    document = Document(io.BytesIO(report))
    for paragraph in document.paragraphs:
        if paragraph.runs:
            document.add_comment(paragraph.runs, text="请核实 123.45 万元", author="审核人")
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def shuffled(report: bytes) -> bytes:
    """Parts in another order, document properties in another order and beside another program's."""
    parts = dict(reversed(parts_of(report).items()))
    root = etree.fromstring(parts["docProps/custom.xml"])
    root[:] = list(reversed(root))
    foreign = copy.deepcopy(root[0])
    foreign.attrib.update({"pid": "40", "name": "KSOProductBuildVer"})
    root.append(foreign)
    parts["docProps/custom.xml"] = etree.tostring(root)
    return packed(parts)


def renumbered_pages(report: bytes) -> bytes:
    """Page numbers as a program works them out when it saves."""
    parts = parts_of(report)
    for name in ("word/footer1.xml", "word/footer2.xml"):
        parts[name] = parts[name].replace(b"<w:t>1</w:t>", b"<w:t>7</w:t>")
    return packed(parts)


def resaves(report: bytes, combinations: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """The same report as programs save it: one habit at a time, then several at once."""
    yield "python-docx", reloaded(report)
    yield "comments", commented(report)
    yield "order", shuffled(report)
    yield "page numbers", renumbered_pages(report)
    for name, noise in NOISES.items():
        yield name, with_root(report, noise)
    rng = random.Random(seed)
    for _ in range(combinations):
        names = rng.sample([name for name in NOISES if name != "runs merged"], 3)
        mixed = report
        for name in sorted(names, key=lambda one: one not in {"runs split", "languages"}):
            mixed = with_root(mixed, NOISES[name])
        yield " + ".join(names), mixed


# --- one edit anywhere --------------------------------------------------------------------------


def replaced(report: bytes, old: str, new: str, how: str) -> bytes:
    """``report`` with ``old``, which one paragraph says, in other words."""
    target = next(each for each in targets(report) if old in each.text)
    start = target.text.index(old)

    def change(root: Element) -> None:
        paragraph = list(next(root.iter(f"{W}body")).iter(f"{W}p"))[target.number]
        HOWS[how](paragraph, start, start + len(old), new)

    return with_root(report, change)


def _drop(element: Element) -> None:
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)


def settled(report: bytes, how: str) -> bytes:
    """``report`` with its tracked changes accepted or rejected, as Word does it."""
    gone, stays = ("del", "ins") if how == "accepted" else ("ins", "del")

    def change(root: Element) -> None:
        for each in list(root.iter(f"{W}{gone}")):
            _drop(each)
        for each in list(root.iter(f"{W}{stays}")):
            for text in each.iter(f"{W}delText"):
                text.tag = f"{W}t"
            for inside in list(each):
                each.addprevious(inside)
            _drop(each)

    return with_root(report, change)
