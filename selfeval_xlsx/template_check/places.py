"""Where things stand in a Word template, and what is said of them.

A template is read as paragraphs with places a person can count to, the tags in them, and problems: how bad, where,
what is wrong and what to do.
"""

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from selfeval_xlsx.findings import Severity
from selfeval_xlsx.office import tree
from selfeval_xlsx.office.guard import RENDERED

Element = Any
"""An element of the XML tree."""

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"

_HEADS = {
    "word/document": "正文",
    "word/header": "页眉",
    "word/footer": "页脚",
    "word/footnotes": "脚注",
    "word/endnotes": "尾注",
    "docProps/core": "文档属性",
}

_TAG = re.compile(
    r"\{\{(?:(?!\{\{|\{%|%\}).)*?\}\}|\{%(?:(?!\{\{|\{%|\}\}).)*?%\}|\{#(?:(?!\{#).)*?#\}", re.DOTALL
)
_LEVEL = re.compile(r"(p|tr|tc|r)\s")
_TRIM = re.compile(r"^[-+]|[-+]$")
_STRAIGHT = str.maketrans("“”‘’", "\"\"''")


def w(name: str) -> str:
    """The full name of a WordprocessingML element."""
    return f"{_W}{name}"


@dataclass(frozen=True, eq=False)
class TemplateParagraph:
    """A paragraph, or a document property, of a part that is rendered."""

    part: str
    place: str
    element: Element
    pieces: tuple[Element, ...]
    """Its ``w:t`` elements in order, those of text boxes inside it left out."""
    boxed: bool = False
    """Whether it stands in a text box, which the file holds twice."""

    @cached_property
    def text(self) -> str:
        """What a reader sees, tags included."""
        return "".join(piece.text or "" for piece in self.pieces)

    @cached_property
    def tags(self) -> tuple["Tag", ...]:
        """The complete tags of the paragraph."""
        return tuple(Tag(self, found[0], found.start(), found.end()) for found in _TAG.finditer(self.text))

    def piece_at(self, offset: int) -> Element:
        """The ``w:t`` that holds the character at ``offset``."""
        ends = itertools.accumulate(len(piece.text or "") for piece in self.pieces)
        return next(piece for piece, end in zip(self.pieces, ends, strict=True) if offset < end)

    def ancestor(self, name: str) -> Element | None:
        """The nearest element of that name around the paragraph."""
        return next(self.element.iterancestors(w(name)), None)


@dataclass(frozen=True, eq=False)
class Tag:
    """A tag with its place; ``source`` is all of it, ``{%p if draft %}``."""

    paragraph: TemplateParagraph
    source: str
    start: int
    end: int

    @property
    def kind(self) -> str:
        """``{``, ``%`` or ``#``."""
        return self.source[1]

    @cached_property
    def level(self) -> str:
        """What the tag takes away with it: p, tr, tc, r, or nothing."""
        found = _LEVEL.match(self.source, 2)
        return found[1] if found else ""

    @cached_property
    def body(self) -> str:
        """The words inside, with the quotation marks that the rendering reads."""
        inner = self.source[2:-2].removeprefix(self.level)
        return _TRIM.sub("", inner).strip().translate(_STRAIGHT)

    @property
    def keyword(self) -> str:
        """The first word of a statement."""
        found = re.match(r"\w+", self.body)
        return found[0] if found and self.kind == "%" else ""

    @cached_property
    def container(self) -> Element:
        """The element whose children the tag stands among once it is rendered."""
        paragraph = self.paragraph
        inline = paragraph.piece_at(self.start).getparent() if paragraph.pieces else paragraph.element
        match self.level:
            case "p":
                return paragraph.element.getparent()
            case "tr" | "tc" if (around := paragraph.ancestor(self.level)) is not None:
                return around.getparent()
            case _:
                return inline.getparent()


def paragraphs(parts: Mapping[str, bytes]) -> Iterator[TemplateParagraph]:
    """The paragraphs of all parts that are rendered: text first, then headers, footers, notes, properties."""
    rendered = [part for part in parts if RENDERED.fullmatch(part)]
    for stem, label in _HEADS.items():
        found = sorted(part for part in rendered if part.startswith(stem))
        for number, part in enumerate(found, start=1):
            head = f"{label} {number} " if len(found) > 1 else label
            yield from _paragraphs(part, head, elements(parts[part]))


def elements(part: bytes) -> Element:
    """The root element of a part."""
    return tree.parse(part)


def _paragraphs(part: str, head: str, root: Element) -> Iterator[TemplateParagraph]:
    if part.startswith("docProps"):
        for leaf in root:
            name = tree.local_name(leaf.tag)
            yield TemplateParagraph(part, f"{head}（{name}）", leaf, (leaf,))
        return
    places = _Places(head, root)
    for paragraph in root.iter(w("p")):
        if next(paragraph.iterancestors(f"{_MC}Fallback"), None) is None:
            boxed = next(paragraph.iterancestors(w("txbxContent")), None) is not None
            yield TemplateParagraph(part, places.of(paragraph), paragraph, tuple(_pieces(paragraph)), boxed)


def _pieces(paragraph: Element) -> Iterator[Element]:
    for piece in paragraph.iter(w("t")):
        if next(piece.iterancestors(w("p"))) is paragraph:
            yield piece


class _Places:
    """Counts paragraphs and tables of a part as a reader would."""

    def __init__(self, head: str, root: Element) -> None:
        self._head = head
        self._paragraphs: dict[Element, int] = {}
        self._tables: dict[Element, int] = {}
        for element in root.iter(w("p"), w("tbl")):
            nested = element.iterancestors(w("tbl"), w("txbxContent"), f"{_MC}Fallback")
            if next(nested, None) is None:
                counted = self._tables if element.tag == w("tbl") else self._paragraphs
                counted[element] = len(counted) + 1

    def of(self, paragraph: Element) -> str:
        """正文第 3 段, 正文表格 2 第 1 行第 3 列."""
        box = next(paragraph.iterancestors(w("txbxContent")), None)
        anchor = paragraph if box is None else next(box.iterancestors(w("p")))
        tables = [table for table in anchor.iterancestors(w("tbl")) if table in self._tables]
        if tables:
            place = f"表格 {self._tables[tables[0]]} {_in_table(anchor, tables[0])}"
        else:
            place = f"第 {self._paragraphs.get(anchor, 0)} 段"
        return f"{self._head}{place}" + ("的文本框" if box is not None else "")


def _in_table(paragraph: Element, table: Element) -> str:
    cells = [*paragraph.iterancestors(w("tc"))]
    cell = next(each for each in cells if next(each.iterancestors(w("tbl"))) is table)
    row = next(cell.iterancestors(w("tr")))
    rows = [each for each in table.iter(w("tr")) if next(each.iterancestors(w("tbl"))) is table]
    columns = [each for each in row.iter(w("tc")) if next(each.iterancestors(w("tr"))) is row]
    nested = "（内嵌表格）" if len(cells) > 1 else ""
    return f"第 {rows.index(row) + 1} 行第 {columns.index(cell) + 1} 列{nested}"


# --- problems -------------------------------------------------------------------------------------


_AROUND = 12
"""Characters quoted on either side of what is wrong."""

_LONGEST = 60
"""Characters quoted of what is wrong itself."""


_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def _seen(text: str) -> str:
    """``text`` with what no one sees named in its place."""
    return _INVISIBLE.sub(lambda letter: f"〔看不见的字符 U+{ord(letter[0]):04X}〕", text)


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a template; ``place`` and ``quote`` are empty where all of it is meant."""

    severity: Severity
    place: str
    quote: str
    what: str
    hint: str = ""

    def __str__(self) -> str:
        quoted = f"“{self.quote}”" if self.quote else ""
        where = f"{self.place}{quoted}：" if self.place else ""
        said = f"{self.severity.value} {where}{self.what}。" + (f"{self.hint}。" if self.hint else "")
        return _seen(said)

    def data(self) -> dict[str, str]:
        """The problem as JSON holds it."""
        return {
            "severity": self.severity.name.lower(),
            "place": self.place,
            "text": _seen(self.quote),
            "message": _seen(self.what),
            "hint": self.hint,
        }


def at(
    paragraph: TemplateParagraph, start: int, end: int, what: str, hint: str = "", severity: Severity = Severity.ERROR
) -> Problem:  # fmt: skip
    """A problem of the words of ``paragraph`` from ``start`` to ``end``."""
    text = paragraph.text
    before = text[max(0, start - _AROUND) : start]
    after = text[end : end + _AROUND]
    words = text[start:end]
    words = words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"
    left = "…" if start > _AROUND else ""
    right = "…" if end + _AROUND < len(text) else ""
    return Problem(severity, paragraph.place, f"{left}{before}{words}{after}{right}", what, hint)


def at_tag(tag: Tag, what: str, hint: str = "", severity: Severity = Severity.ERROR) -> Problem:
    """A problem of a tag."""
    return at(tag.paragraph, tag.start, tag.end, what, hint, severity)
