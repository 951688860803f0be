"""The tags of a Word template, where each stands, and what looks like one and is none.

A template is read as paragraphs with places a person can count to, the tags in them, and problems: how bad, where,
what is wrong and what to do. Full-width braces, tags cut in two and tags where none is replaced are named.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from selfeval_xlsx.findings import Severity
from selfeval_xlsx.office import tree
from selfeval_xlsx.office.guard import RENDERED
from selfeval_xlsx.office.tree import W
from selfeval_xlsx.report.template import MARKUP

Element = Any
"""An element of the XML tree."""

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


ENDS = {"for": "endfor", "if": "endif"}
"""Statements that open a block, and the one that closes it."""


def w(name: str) -> str:
    """The full name of a WordprocessingML element."""
    return f"{W}{name}"


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
        return tuple(Tag(self, match[0], *match.span()) for match in _TAG.finditer(self.text))

    def piece_at(self, offset: int) -> Element:
        """The ``w:t`` that holds the character at ``offset``."""
        ends = itertools.accumulate(len(piece.text or "") for piece in self.pieces)
        return next(piece for piece, end in zip(self.pieces, ends, strict=True) if offset < end)

    def ancestor(self, name: str) -> Element | None:
        """The nearest element of that name around the paragraph."""
        return _nearest(self.element, name)


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
        level = _LEVEL.match(self.source, 2)
        return level[1] if level else ""

    @cached_property
    def body(self) -> str:
        """The words inside, with the quotation marks that the rendering reads."""
        inner = self.source[2:-2].removeprefix(self.level)
        return _TRIM.sub("", inner).strip().translate(_STRAIGHT)

    @property
    def keyword(self) -> str:
        """The first word of a statement."""
        word = re.match(r"\w+", self.body)
        return word[0] if word and self.kind == "%" else ""

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
        alike = sorted(part for part in rendered if part.startswith(stem))
        for number, part in enumerate(alike, start=1):
            head = f"{label} {number} " if len(alike) > 1 else label
            yield from _paragraphs(part, head, tree.parse(parts[part]))


def _paragraphs(part: str, head: str, root: Element) -> Iterator[TemplateParagraph]:
    if part.startswith("docProps"):
        for leaf in root:
            name = tree.local_name(leaf.tag)
            yield TemplateParagraph(part, f"{head}（{name}）", leaf, (leaf,))
        return
    places = _Places(head, root)
    for paragraph in root.iter(w("p")):
        if next(paragraph.iterancestors(f"{_MC}Fallback"), None) is None:
            boxed = _nearest(paragraph, "txbxContent") is not None
            pieces = tuple(text for text in paragraph.iter(w("t")) if _nearest(text, "p") is paragraph)
            yield TemplateParagraph(part, places.of(paragraph), paragraph, pieces, boxed)


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
        box = _nearest(paragraph, "txbxContent")
        anchor = paragraph if box is None else _nearest(box, "p")
        tables = [table for table in anchor.iterancestors(w("tbl")) if table in self._tables]
        if tables:
            place = f"表格 {self._tables[tables[0]]} {_in_table(anchor, tables[0])}"
        else:
            place = f"第 {self._paragraphs.get(anchor, 0)} 段"
        return f"{self._head}{place}" + ("的文本框" if box is not None else "")


def _in_table(paragraph: Element, table: Element) -> str:
    cells = [*paragraph.iterancestors(w("tc"))]
    cell = next(cell for cell in cells if _nearest(cell, "tbl") is table)
    row = _nearest(cell, "tr")
    rows = [other for other in table.iter(w("tr")) if _nearest(other, "tbl") is table]
    columns = [other for other in row.iter(w("tc")) if _nearest(other, "tr") is row]
    nested = "（内嵌表格）" if len(cells) > 1 else ""
    return f"第 {rows.index(row) + 1} 行第 {columns.index(cell) + 1} 列{nested}"


def _nearest(element: Element, name: str) -> Any:
    """The nearest element of that name around another, or None."""
    return next(element.iterancestors(w(name)), None)


# --- problems -------------------------------------------------------------------------------------


_AROUND, _LONGEST = 12, 60
"""Characters quoted on either side of what is wrong, and of what is wrong itself."""

INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
"""Signs that no one sees, as a class of a pattern has them."""


def _seen(text: str) -> str:
    """``text`` with what no one sees named in its place."""
    return re.sub(f"[{INVISIBLE}]", lambda letter: f"〔看不见的字符 U+{ord(letter[0]):04X}〕", text)


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
        hint = f"{self.hint}。" if self.hint else ""
        return _seen(f"{self.severity.value} {where}{self.what}。{hint}")

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
    text, words = paragraph.text, paragraph.text[start:end]
    words = words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"
    before = ("…" if start > _AROUND else "") + text[max(0, start - _AROUND) : start]
    after = text[end : end + _AROUND] + ("…" if end + _AROUND < len(text) else "")
    return Problem(severity, paragraph.place, f"{before}{words}{after}", what, hint)


def at_tag(tag: Tag, what: str, hint: str = "", severity: Severity = Severity.ERROR) -> Problem:
    """A problem of a tag."""
    return at(tag.paragraph, tag.start, tag.end, what, hint, severity)


# --- what looks like a tag and is none ------------------------------------------------------------


_WIDE = re.compile(r"[｛｝％]")
_CUT = "标签被段落或单元格的结束截成两半"
_CUT_HINT = "标签要完整地写在一段里，请删掉中间的回车"

_LIKENESSES = (
    (r"[{｛][{｛%％](?:(?![{｛][{｛%％]).)*?[}｝%％][}｝]", "", ""),
    (r"\{\s+[{%][^{}]*[}%]\s*\}|\{[{%][^{}]*[}%]\s+\}", "两个括号之间有空格", "请删掉空格，写成 {{ … }} 或 {% … %}"),
    (r"\{\{[^{}]*\}(?!\})", "结尾少了一个 }", "字段要写在两层花括号里：{{ … }}"),
    (r"(?<!\{)\{\s*[a-z_]\w*(?:\.\w+)+\s*\}\}?", "少了一层花括号", "字段要写在两层花括号里：{{ … }}"),
)  # fmt: skip
"""(pattern, what is wrong, what to do), tried in this order on the text between complete tags."""

_OPENING = re.compile(r"\{[{%#]|[｛][｛{%％]|\{[｛％]")
_CLOSING = re.compile(r"[%}#]\}|[}｝%％]｝|[％｝]\}")

_ELSEWHERE = (
    ("word/charts/", "图表"),
    ("word/diagrams/", "SmartArt 图形"),
    ("word/glossary/", "文档部件"),
    ("docProps/", "文档属性"),
)


def misspelt(paragraphs: Sequence[TemplateParagraph]) -> Iterator[Problem]:
    """Everything in ``paragraphs`` that was meant as a tag and is not read as one."""
    continued: set[TemplateParagraph] = set()
    for index, paragraph in enumerate(paragraphs):
        text = between_tags(paragraph)
        for pattern, what, hint in _LIKENESSES:
            for match in re.finditer(pattern, text):
                text = _blotted(text, *match.span())
                yield at(paragraph, *match.span(), *((what, hint) if what else _unlike(match[0])))
        rest = _CLOSING.search(text)
        if rest and paragraph in continued:
            text = _blotted(text, *rest.span())
        for opening in _OPENING.finditer(text):
            other_half = _other_half(paragraphs[index + 1 :], paragraph.part)
            if other_half:
                continued.add(other_half)
            cut = (_CUT, _CUT_HINT) if other_half else ("标签没有写完", "请补上结尾的 }} 或 %}")
            yield at(paragraph, *opening.span(), *cut)
        for closing in _CLOSING.finditer(text):
            yield at(paragraph, *closing.span(), "多出结尾的括号", "请删掉，或补上开头的 {{ 或 {%")


def between_tags(paragraph: TemplateParagraph) -> str:
    """The text of a paragraph, its tags blotted out."""
    text = paragraph.text
    for tag in paragraph.tags:
        text = _blotted(text, tag.start, tag.end)
    return text


def _blotted(text: str, start: int, end: int) -> str:
    return text[:start] + "\0" * (end - start) + text[end:]


def _unlike(words: str) -> tuple[str, str]:
    if _WIDE.search(words):
        return "标签用了全角的括号或百分号", "请改成英文半角的 {{ }}、{% %}"
    return "标签开头和结尾的括号不是一对", "字段写 {{ … }}，语句写 {% … %}"


def _other_half(following: Sequence[TemplateParagraph], part: str) -> TemplateParagraph | None:
    """The paragraph that holds the end of a tag begun before it."""
    for paragraph in following[:3]:
        text = between_tags(paragraph)
        opening, closing = _OPENING.search(text), _CLOSING.search(text)
        if paragraph.part == part and closing and (not opening or closing.start() < opening.start()):
            return paragraph
    return None


# --- what Word puts between ---------------------------------------------------------------------


def torn(paragraphs: Sequence[TemplateParagraph]) -> Iterator[Problem]:
    """Tags whose words stand in different links or controls; tags in field codes."""
    for paragraph in paragraphs:
        for tag in paragraph.tags:
            ends = (paragraph.piece_at(at) for at in (tag.start, tag.end - 1) if paragraph.pieces)
            if len({id(piece.getparent().getparent()) for piece in ends}) > 1:
                what = "标签的文字分在不同的超链接或内容控件里，合不起来"
                yield at_tag(tag, what, "请删掉整个标签，用键盘重新输入一遍")
        codes = "".join(code.text or "" for code in paragraph.element.iter(w("instrText")))
        if "{{" in codes or "{%" in codes:
            hint = "请把标签移到域的外面"
            yield Problem(Severity.ERROR, paragraph.place, codes[:40], "域代码里有标签", hint)


# --- where nothing is replaced ------------------------------------------------------------------


def unreached(parts: Mapping[str, bytes]) -> Iterator[Problem]:
    """Tags in charts and other parts that are copied as they are."""
    for part, content in parts.items():
        if part.endswith(".xml") and not RENDERED.fullmatch(part):
            tag = re.search(r"\{[{%].{0,40}", MARKUP.sub("", content.decode(errors="replace")))
            if tag:
                label = next((label for stem, label in _ELSEWHERE if part.startswith(stem)), part)
                what, hint = "这里的标签不会被替换，会原样留在报告里", "请移到正文、表格或文本框里"
                yield Problem(Severity.ERROR, label, tag[0], what, hint)
