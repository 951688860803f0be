"""What a Word file says, in the order a reader meets it: paragraphs, tables, charts, headers, footers, notes.

Whichever program saved it: tracked changes count as accepted, content controls and fields show what they
show on paper, comments and hidden text do not count, the text of a box stands behind its paragraph.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from selfeval_xlsx.office import tree
from selfeval_xlsx.office.guard import damaged_report, opened_report
from selfeval_xlsx.office.package import DAMAGE, Package, read_properties
from selfeval_xlsx.office.tree import W, remove, unwrap
from selfeval_xlsx.report.charts import named_in, table_of
from selfeval_xlsx.report.review import BREAK, MARKED, TRACKED, accept

_HEADING = re.compile(r"(?:heading|标题)\s*(\d)", re.IGNORECASE)
_NUMBERED = (re.compile(r"[一二三四五六七八九十]+、"), re.compile(r"[（(][一二三四五六七八九十]+[）)]"))
"""How headings of level 1 and 2 begin, for documents whose heading styles were lost."""
_CAPTION_STYLES = {"表题", "题注", "caption"}
_CAPTION = re.compile(r"表\s?\d{1,2}[\s:：]")
_LONGEST_HEADING = 40
_MARGINS = {"header": "页眉", "footer": "页脚", "footnotes": "脚注", "endnotes": "尾注"}
_SIGNS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
"""A raised digit is the mark of a note, no digit of the figure before it."""
_SYMBOL_FONT = "Symbol"
_SYMBOLS = {0xF000 + code: code for code in map(ord, "0123456789%+,./:;<=>()")} | {
    0xF000 + code: ord(letter)
    for code, letter in ((0x2D, "-"), (0xA3, "≤"), (0xB1, "±"), (0xB3, "≥"), (0xB4, "×"))
}
"""What the font Symbol shows, of the signs that stand at figures, by its own codes."""
_UNSEEN = {f"{W}{name}" for name in ("pPr", "rPr", "txbxContent", "tbl", "delText", "instrText", "rt")}
_OFF = {"", "0", "false", "off"}
"""Values of a property that is not there, or switched off."""
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_PICTURES = (
    "{http://schemas.openxmlformats.org/drawingml/2006/main}blip",
    "{urn:schemas-microsoft-com:vml}imagedata",
    f"{W}altChunk",
)


@dataclass(frozen=True)
class Source:
    """Where ``text[start:end]`` comes from: a cell with its label, a formula, a setting of the rulebook."""

    start: int
    end: int
    note: str

    def moved(self, by: int) -> "Source":
        """The same, ``by`` letters further on."""
        return Source(self.start + by, self.end + by, self.note)


class Text(str):
    """What a paragraph or a table's cell says, with the sources of what it was filled with."""

    __slots__ = ("anchor", "sources")
    anchor: int
    """Which paragraph of the document's part it begins in, tracked deletions counted; -1 outside the text."""
    sources: tuple[Source, ...]

    @classmethod
    def made(cls, text: str, anchor: int, sources: tuple[Source, ...] = ()) -> "Text":
        """``text`` with where it stands and what it comes from."""
        made = cls(text)
        made.anchor, made.sources = anchor, sources
        return made

    @classmethod
    def read(cls, marked: str, anchor: int) -> "Text":
        """The text of a document whose figures carry the marks of a trace (:mod:`selfeval_xlsx.report.review`)."""
        pieces, sources, at, size = [], list[Source](), 0, 0
        for match in MARKED.finditer(marked):
            pieces += [marked[at : match.start()], match["figure"]]
            start = size + match.start() - at
            size, at = start + len(match["figure"]), match.end()
            sources.append(Source(start, size, match["note"].replace(BREAK, "；")))
        return cls.made("".join((*pieces, marked[at:])), anchor, tuple(sources))

    def piece(self, start: int, end: int) -> "Text":
        """``self[start:end]`` without the blanks around it."""
        start += len(self[start:end]) - len(self[start:end].lstrip())
        end = start + len(self[start:end].rstrip())
        within = [source for source in self.sources if start <= source.start and source.end <= end]
        return Text.made(self[start:end], self.anchor, tuple(source.moved(-start) for source in within))

    def joined(self, other: "Text") -> "Text":
        """Both, one behind the other."""
        moved = (source.moved(len(self)) for source in other.sources)
        return Text.made(f"{self}{other}", self.anchor, (*self.sources, *moved))


@dataclass(frozen=True)
class Place:
    """Where a paragraph stands, in the words of someone who looks for it."""

    heading: str = ""
    """The nearest heading above it; empty before the first."""
    number: int = 0
    """Which paragraph below that heading, blank ones and table captions not counted; 0: the heading itself."""
    part: str = ""
    """页眉, 页脚, 表题 …; empty for the text itself."""

    def __str__(self) -> str:
        if self.part:
            return self.part
        if not self.number:
            return f"标题「{self.heading}」"
        return f"「{self.heading}」下第{self.number}段" if self.heading else f"文首第{self.number}段"


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; ``level`` is that of a heading, 1 the highest, and 0 for text."""

    text: Text
    level: int
    style: str
    """The style's name as the document has it."""
    place: Place

    @property
    def anchor(self) -> int:
        """As that of its text."""
        return self.text.anchor


Row = tuple[Text, ...]


@dataclass(frozen=True)
class Table:
    """A table, or what a chart shows; a merged cell stands in every place it covers."""

    rows: tuple[Row, ...]
    name: str
    """Its caption, else the heading it stands under, else which table of the document it is."""
    place: Place
    """Of the paragraph it follows."""
    anchor: int = -1
    """The paragraph of the document it begins in (:attr:`Text.anchor`)."""
    grid: tuple[str, ...] = ()
    """The widths of its columns, as the file writes them."""
    noun: str = "表"


@dataclass(frozen=True)
class Document:
    """A Word file's text."""

    body: tuple[Paragraph | Table, ...]
    margins: tuple[Paragraph, ...]
    """Headers, footers and notes, each text once."""
    pictures: int
    """What cannot be read."""
    open_changes: tuple[int, int]
    """How many tracked changes and how many comments stand in it."""
    properties: Mapping[str, str]
    """The custom document properties."""

    @property
    def open_remarks(self) -> Iterator[str]:
        """What whoever sends it on should know: changes that wait, and comments that everybody will see."""
        changes, comments = self.open_changes
        if changes:
            yield f"报告里有 {changes} 处修订还没有接受或拒绝（核验按已接受看）"
        if comments:
            yield f"报告里还有 {comments} 条批注"

    @property
    def paragraphs(self) -> list[Paragraph]:
        """The paragraphs of the text, without its tables."""
        return [block for block in self.body if isinstance(block, Paragraph)]

    @property
    def texts(self) -> Iterator[Text]:
        """The paragraphs and table cells of the text, in order."""
        for block in self.body:
            if isinstance(block, Paragraph):
                yield block.text
            else:
                yield from (cell for row in block.rows for cell in row)


def read_document(data: bytes, name: str) -> Document:
    """Read the Word file in ``data``; ``name`` is the file's name, for messages.

    Raises:
        NotAReportError: not a .docx file, damaged, or not safe to open.

    """
    package, main = opened_report(data, name)
    try:
        return _document(package, main)
    except DAMAGE as error:
        raise damaged_report(name) from error


def _document(package: Package, main: str) -> Document:
    styles = _styles(package, main)
    root = package.tree(main)
    for number, element in enumerate(root.iter(f"{W}p")):
        element.set(_NUMBER, str(number))
    changes = [change for change in root.iter(*TRACKED) if not _goes_on(change)]
    pending = len(changes), sum(1 for _ in root.iter(f"{W}commentReference"))
    _settle(root)
    used = {element.get(f"{W}val", "") for element in root.iter(f"{W}pStyle")}
    styled = any(style.level for key, style in styles.items() if key in used)
    charts = {key: table_of(package.tree(part)) for key, part in _related(package, main, "chart").items()}
    walk = _Walk(styles, charts, styled=styled)
    blocks = tuple(block for body in root.iter(f"{W}body") for block in walk.blocks(body))
    pictures = sum(1 for _ in root.iter(*_PICTURES))
    return Document(blocks, _margins(package, main, styles), pictures, pending, read_properties(package))


def _goes_on(change: tree.Element) -> bool:
    """Whether a tracked change goes on the one before it: a word put in the place of another is one change."""
    before = change.getprevious()
    return before is not None and before.tag in TRACKED


def _related(package: Package, main: str, kind: str) -> dict[str, str]:
    """The parts of one kind, by the id of the relation that leads to each."""
    relations = package.relations(main, kind)
    return {relation.id: relation.target for relation in relations if relation.target in package}


# --- styles -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Style:
    name: str
    level: int


def _styles(package: Package, main: str) -> dict[str, _Style]:
    """Style id → name and heading level, which a style may inherit."""
    raw = {
        style.get(f"{W}styleId", ""): style
        for part in [*_related(package, main, "styles").values()][:1]
        for style in package.tree(part).iter(f"{W}style")
    }
    return {key: _Style(_value(style, "name"), _level_of(style, raw)) for key, style in raw.items()}


def _style_of(paragraph: tree.Element, styles: Mapping[str, _Style]) -> _Style:
    return styles.get(_value(paragraph, f"pPr/{W}pStyle"), _Style("", 0))


def _level_of(style: tree.Element | None, styles: Mapping[str, tree.Element]) -> int:
    seen: set[str] = set()
    while style is not None:
        if named := _HEADING.fullmatch(_value(style, "name")):
            return int(named[1])
        if outline := _value(style, f"pPr/{W}outlineLvl"):
            return _as_level(outline)
        parent = _value(style, "basedOn")
        style = None if parent in seen else styles.get(parent)
        seen.add(parent)
    return 0


def _as_level(outline: str) -> int:
    """Outline levels count from 0, and 9 is text."""
    return int(outline) + 1 if re.fullmatch("[0-8]", outline) else 0


def _value(element: tree.Element, path: str, default: str = "") -> str:
    """The value of what lies at ``path``; empty where nothing does, ``default`` where it names none."""
    found = element.find(f"{W}{path}")
    return "" if found is None else found.get(f"{W}val", default)


# --- the text -----------------------------------------------------------------------------------


class _Walk:
    """Goes through the blocks of a document and keeps count of where it is."""

    def __init__(
        self, styles: Mapping[str, _Style], charts: Mapping[str, tuple[tuple[str, ...], ...]], *, styled: bool
    ) -> None:
        self._styles = styles
        self._charts = charts
        self._styled = styled
        self._here = Place()
        self._caption = ""
        self._tables = 0
        self._drawn = 0

    def blocks(self, container: tree.Element) -> Iterator[Paragraph | Table]:
        for element in container:
            if element.tag == f"{W}p":
                yield self._paragraph(element)
                for box in _boxes(element):
                    yield from self.blocks(box)
                for key in named_in(element):
                    yield self._chart(key, _anchor(element))
            elif element.tag == f"{W}tbl":
                yield self._table(element)

    def _paragraph(self, element: tree.Element) -> Paragraph:
        text = Text.read(_text(element), _anchor(element))
        style = _style_of(element, self._styles)
        outline = _value(element, f"pPr/{W}outlineLvl")
        level = _as_level(outline) if outline else style.level
        if not self._styled:
            level = _level_by_number(text)
        bare = text.strip()
        if not bare:
            return Paragraph(text, 0, style.name, self._here)
        self._caption = bare if style.name.lower() in _CAPTION_STYLES or _CAPTION.match(bare) else ""
        if self._caption:
            return Paragraph(text, 0, style.name, Place(part=f"表题「{bare}」"))
        self._here = Place(bare) if level else Place(self._here.heading, self._here.number + 1)
        return Paragraph(text, level, style.name, self._here)

    def _table(self, element: tree.Element) -> Table:
        self._tables += 1
        named = re.sub(r"\s+", " ", re.sub(r"[（(]单位.*$", "", self._caption))
        name = named or _under(self._here.heading) or f"第{self._tables}张表"
        self._caption = ""
        grid = tuple(column.get(f"{W}w", "") for column in element.iterfind(f"{W}tblGrid/{W}gridCol"))
        return Table(tuple(_rows(element)), name, self._here, _anchor(element), grid)

    def _chart(self, key: str, anchor: int) -> Table:
        self._drawn += 1
        name = f"第{self._drawn}张图"
        rows = tuple(tuple(Text.made(cell, anchor) for cell in row) for row in self._charts.get(key, ()))
        return Table(rows, name, self._here, anchor, grid=(name,), noun="图")


def _under(heading: str) -> str:
    """What a table without a caption is called: the heading where it names a table itself."""
    return heading if not heading or heading.endswith("表") else f"「{heading}」下的表"


def _level_by_number(text: str) -> int:
    bare = text.strip()
    if len(bare) > _LONGEST_HEADING or bare.endswith(("。", "；", "：", "！", "？")):
        return 0
    return next((level for level, mark in enumerate(_NUMBERED, start=1) if mark.match(bare)), 0)


def _boxes(paragraph: tree.Element) -> list[tree.Element]:
    """Text boxes anchored in ``paragraph``, those within them left to themselves."""
    boxes = paragraph.iter(f"{W}txbxContent")
    return [box for box in boxes if next(box.iterancestors(f"{W}p")) is paragraph]


_NUMBER = "number"
"""The attribute, of no namespace, that keeps which paragraph of its part one is."""


def _anchor(element: tree.Element) -> int:
    """The number of the first paragraph in ``element``, or of itself; -1 for none."""
    return int(next((paragraph.get(_NUMBER, "-1") for paragraph in element.iter(f"{W}p")), "-1"))


def _text(element: tree.Element) -> str:
    return "".join(_pieces(element))


def _pieces(element: tree.Element) -> Iterator[str]:
    for child in element:
        if not isinstance(child.tag, str) or child.tag in _UNSEEN:
            continue
        name = child.tag.removeprefix(W)
        if name in {"t", _MATH_TEXT}:
            yield child.text or ""
        elif name == "sym":
            letter = _letter(child.get(f"{W}char", ""))
            yield letter.translate(_SYMBOLS) if child.get(f"{W}font") == _SYMBOL_FONT else letter
        elif name in _SIGNS:
            yield _SIGNS[name]
        elif not (name == "r" and _value(child, f"rPr/{W}vanish", "1") not in _OFF):
            meant = _meant(child) if name == "r" else {}
            yield from (piece.translate(meant) for piece in _pieces(child))


def _meant(run: tree.Element) -> Mapping[int, int]:
    """What letters of a run stand for in its font and position."""
    fonts = run.find(f"{W}rPr/{W}rFonts")
    if fonts is not None and _SYMBOL_FONT in fonts.attrib.values():
        return _SYMBOLS
    return _RAISED if _value(run, f"rPr/{W}vertAlign") == "superscript" else {}


def _letter(code: str) -> str:
    return chr(int(code, 16)) if re.fullmatch("[0-9A-Fa-f]{1,4}", code) else ""


# --- tables -------------------------------------------------------------------------------------


def _rows(table: tree.Element) -> Iterator[Row]:
    above: Row = ()
    for row in table.findall(f"{W}tr"):
        cells = [Text.made("", _anchor(row))] * _count(row, f"trPr/{W}gridBefore", 0)
        for cell in row.findall(f"{W}tc"):
            continues = _value(cell, f"tcPr/{W}vMerge", "continue") == "continue"
            covered = continues and len(cells) < len(above)  # what it holds itself is not shown
            text = above[len(cells)] if covered else Text.read(_cell_text(cell), _anchor(cell))
            cells += [text] * _count(cell, f"tcPr/{W}gridSpan", 1)
        above = tuple(cells)
        yield above


def _count(element: tree.Element, path: str, default: int) -> int:
    value = _value(element, path)
    return int(value) if value.isascii() and value.isdigit() and int(value) < 100 else default


def _cell_text(container: tree.Element) -> str:
    """The text of a cell or a box, a nested table's cells in order."""
    lines: list[str] = []
    for element in container:
        if element.tag == f"{W}p":
            lines += [_text(element), *map(_cell_text, _boxes(element))]
        elif element.tag == f"{W}tbl":
            lines += [_cell_text(cell) for row in element.findall(f"{W}tr") for cell in row.findall(f"{W}tc")]
    return "\n".join(line for line in lines if line.strip())


# --- headers, footers, notes --------------------------------------------------------------------


def _margins(package: Package, main: str, styles: Mapping[str, _Style]) -> tuple[Paragraph, ...]:
    margins: dict[tuple[str, str], Paragraph] = {}
    for kind, part in _MARGINS.items():
        for path in _related(package, main, kind).values():
            for element in _settle(package.tree(path)).iter(f"{W}p"):
                text, style = Text.read(_text(element), -1), _style_of(element, styles)
                if text.strip():
                    margins.setdefault((part, text), Paragraph(text, 0, style.name, Place(part=part)))
    return tuple(margins.values())


# --- as it reads once every tracked change is accepted ------------------------------------------

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"

_DROPPED = [f"{W}{name}" for name in ("sdtPr", "sdtEndPr", "smartTagPr", "customXmlPr")]
_WRAPPERS = [
    f"{W}{name}"
    for name in ("sdt", "sdtContent", "smartTag", "customXml", "hyperlink", "dir", "bdo", "fldSimple")
]
_CONTENTS = re.compile(r"\s*TOC\b", re.IGNORECASE)
_PAGE_FIELD = re.compile(r"\s*(?:PAGE|PAGEREF|NUMPAGES|SECTIONPAGES)\b", re.IGNORECASE)
_PAGE_NUMBER = re.compile(r"[\s\d—–-]*")


def _settle(root: tree.Element) -> tree.Element:
    """``root`` itself, with its wrappers taken off: what is printed stays, what merely surrounds it goes.

    Content controls, smart tags, links, tracked insertions, the second version of a drawing for old programs, field codes.
    """
    for gallery in list(root.iter(f"{W}docPartGallery")):
        control = next(gallery.iterancestors(f"{W}sdt"), None)
        if control is not None and gallery.get(f"{W}val") == "Table of Contents":
            remove(control)
    accept(root)
    for element in list(root.iter(*_DROPPED)):
        remove(element)
    for alternatives in list(root.iter(f"{_MC}AlternateContent")):
        for other in list(alternatives)[1:]:
            remove(other)
        for chosen in list(alternatives):
            unwrap(chosen)
        unwrap(alternatives)
    for field in list(root.iter(f"{W}fldSimple")):
        if _is_position(field.get(f"{W}instr", ""), "".join(str(text) for text in field.itertext())):
            remove(field)
    for element in list(root.iter(*_WRAPPERS)):
        unwrap(element)
    _drop_field_codes(root)
    return root


@dataclass
class _Field:
    """A field being read: its code up to the separator, its result after it."""

    code: str = ""
    in_result: bool = False

    def shows(self, text: str) -> bool:
        return self.in_result and not _is_position(self.code, text)


def _is_position(code: str, result: str) -> bool:
    """Whether a field's result is where the text stands, not what it says: contents and page numbers."""
    paged = _PAGE_FIELD.match(code) and _PAGE_NUMBER.fullmatch(result)
    return bool(paged or _CONTENTS.match(code))


def _drop_field_codes(root: tree.Element) -> None:
    """Keep the results of fields, drop their codes; a field may span paragraphs.

    Where beginnings and ends do not match, nothing is taken for a code: better too much text than too little.
    """
    kinds = [str(mark.get(f"{W}fldCharType")) for mark in root.iter(f"{W}fldChar")]
    if kinds.count("begin") != kinds.count("end"):
        return
    fields: list[_Field] = []
    for run in list(root.iter(f"{W}r")):
        for child in list(run):
            if child.tag == f"{W}fldChar":
                _follow(fields, str(child.get(f"{W}fldCharType")))
            elif child.tag == f"{W}instrText" and fields:
                fields[-1].code += child.text or ""
            elif all(field.shows(child.text or "") for field in fields):
                continue
            run.remove(child)


def _follow(fields: list[_Field], kind: str) -> None:
    if kind == "begin":
        fields.append(_Field())
    elif fields and kind == "separate":
        fields[-1].in_result = True
    elif fields and kind == "end":
        fields.pop()
