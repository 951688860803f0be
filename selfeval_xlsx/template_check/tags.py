"""The tags of a Word template: where each stands, and how they hang together.

A template is read as paragraphs with places a person can count to, the tags in them, and problems: how bad, where,
what is wrong and what to do. Each tag is whole, each block has its end in the same place, none crosses another:
``{%p`` ``{%tr`` ``{%tc`` take their paragraph, row or cell away with them, a plain tag stays inside its paragraph. What
lies between the two ends of a block can only be left out or repeated as a whole if both ends stand among the same
children. Full-width braces, tags cut in two and tags where none is replaced are named, too.
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
from selfeval_xlsx.text import closest

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


# --- how tags hang together ------------------------------------------------------------------------

ENDS = {"for": "endfor", "if": "endif"}
"""Statements that open a block, and the one that closes it."""

BRANCHES = {"else": ("if", "for"), "elif": ("if",)}
"""Statements that part a block, and the blocks they may stand in."""

SINGLE = ("set", "vm", "hm", "colspan", "cellbg")
"""Statements without a block; the last four merge and colour table cells."""

_KNOWN = (*ENDS, *ENDS.values(), *BRANCHES, *SINGLE)
_LEVELS = {"p": "一段", "tr": "一行", "tc": "一个单元格", "r": "一处"}
_SHARED = {"p": "单元格或文本框", "tr": "表格", "tc": "行"}


def broken(paragraphs: Sequence[TemplateParagraph]) -> Iterator[Problem]:
    """Every block of ``paragraphs`` that has no end, crosses another or cannot be taken as a whole."""
    for part in dict.fromkeys(paragraph.part for paragraph in paragraphs):
        tags = [tag for paragraph in paragraphs if paragraph.part == part for tag in paragraph.tags]
        yield from _crossed([tag for tag in tags if tag.kind == "%"])
        for tag in tags:
            yield from _misplaced(tag)


# --- pairs --------------------------------------------------------------------------------------


def _crossed(statements: Sequence[Tag]) -> Iterator[Problem]:
    """Every statement without its pair, or in the wrong place. A block that is never closed crosses nothing."""
    stack: list[Tag] = []
    crossings: list[tuple[Tag, Problem]] = []
    for tag in statements:
        word = tag.keyword
        if word in (*ENDS.values(), "else") and tag.body != word:
            yield at_tag(tag, f"{word} 后面不能再写别的", f"请写成 {{%{tag.level} {word} %}}")
        if word in ENDS:
            stack.append(tag)
        elif word in ENDS.values():
            yield from _closing(tag, stack, crossings)
        elif word in BRANCHES:
            if stack and stack[-1].keyword in BRANCHES[word]:
                yield from _apart(stack[-1], tag)
            else:
                yield at_tag(tag, f"{word} 不在 {'、'.join(BRANCHES[word])} 里面", "请检查前后的语句是否配对")
        elif word not in SINGLE:
            yield at_tag(tag, f"没有语句“{word or tag.body}”", _advice(tag))
    yield from (problem for inner, problem in crossings if inner not in stack)
    for tag in stack:
        yield at_tag(tag, f"没有结束：缺少 {ENDS[tag.keyword]}", f"请在后面补上 {_end_of(tag)}")


def _closing(tag: Tag, stack: list[Tag], crossings: list[tuple[Tag, Problem]]) -> Iterator[Problem]:
    """Match ``tag`` with the block it ends, taking that off the stack; a block it crosses goes to ``crossings``."""
    opened = [each for each in stack if ENDS[each.keyword] == tag.keyword]
    if not opened:
        yield at_tag(tag, f"前面没有和 {tag.keyword} 对应的开头", "请删掉，或补上开头")
        return
    begun = opened[-1]
    if begun is not stack[-1]:
        inner = stack[-1]
        hint = f"请先写 {_end_of(inner)}，再写 {tag.source}"
        crossings.append((inner, at_tag(tag, f"和{inner.paragraph.place}的“{inner.source}”交叉了", hint)))
    stack.remove(begun)
    yield from _apart(begun, tag)


def _end_of(tag: Tag) -> str:
    return f"{{%{tag.level} {ENDS[tag.keyword]} %}}"


def _apart(begun: Tag, tag: Tag) -> Iterator[Problem]:
    """Whether both ends of a block, or an end and a branch, stand among the same children."""
    if begun.level != tag.level:
        yield at_tag(
            tag,
            f"和开头不是同一种标签：{begun.paragraph.place}写的是 {begun.source}",
            f"请写成 {{%{begun.level} {tag.body} %}}",
        )
    elif begun.container is not tag.container:
        yield _scattered(begun, tag)


def _scattered(begun: Tag, tag: Tag) -> Problem:
    where = f"和{begun.paragraph.place}的“{begun.source}”"
    if tag.level in _SHARED:
        shared = _SHARED[tag.level]
        return at_tag(tag, f"{where}不在同一个{shared}里", f"请把两头放在同一个{shared}里")
    one, other = begun.paragraph.element, tag.paragraph.element
    if one is not other and one.getparent() is other.getparent():
        hint = "不成立时前后两段会并成一段；请改用单独成段的 {%p … %}"
        return at_tag(tag, f"{where}不在同一段里", hint, Severity.WARNING)
    hint = "跨段用单独成段的 {%p … %}，跨行用单独成行的 {%tr … %}"
    return at_tag(tag, f"{where}不在同一处", hint)


def _advice(tag: Tag) -> str:
    word, _, rest = tag.body.partition(" ")
    if word in _LEVELS and rest.split(" ")[0] in _KNOWN:
        return f"请写成 {{%{word} {rest} %}}，% 和 {word} 之间不能有空格"
    for level in _LEVELS:
        if word.removeprefix(level) in _KNOWN:
            return f"请写成 {{%{level} {word.removeprefix(level)} … %}}，{level} 后面要有空格"
    if re.match(r"[a-z_]+\.", word):
        return f"字段要写成 {{{{ {tag.body} }}}}"
    near = closest(word, _KNOWN)
    return f"是不是“{near}”？语句都用小写" if near else "可用的语句有 for、if、elif、else、set"


# --- places -------------------------------------------------------------------------------------


def _misplaced(tag: Tag) -> Iterator[Problem]:
    """Whether a tag that takes its paragraph, row or cell away stands there alone."""
    if not tag.level:
        return
    if tag.kind == "{":
        yield at_tag(tag, "这种标签要放 Word 格式的内容，这里的字段都是文字", f"请写成 {{{{ {tag.body} }}}}")
    elif tag.level in {"tr", "tc"} and tag.paragraph.ancestor(tag.level) is None:
        yield at_tag(tag, f"{{%{tag.level} 只能用在表格里", "正文里请用 {%p … %}")
    elif "%" in tag.body or "}" in tag.body:
        yield at_tag(tag, f"{{%{tag.level} 这样的标签里不能有 % 和 }}", "请换一种写法")
    elif tag.level != "r":
        yield from _swallowed(tag)


def _swallowed(tag: Tag) -> Iterator[Problem]:
    """What would vanish with the tag."""
    around = tag.paragraph.ancestor(tag.level) if tag.level != "p" else None
    words = "".join(
        piece.text or "" for piece in (tag.paragraph.element if around is None else around).iter(w("t"))
    )
    rest = words.replace(tag.source, "", 1).strip()
    unit = _LEVELS[tag.level]
    if "{{" in rest or "{%" in rest:
        yield at_tag(tag, f"同{unit}里还有别的标签，会一起消失", f"{tag.source} 要单独占{unit}")
    elif rest:
        yield at_tag(
            tag, f"同{unit}里的文字“{rest[:20]}”会一起消失", f"{tag.source} 要单独占{unit}", Severity.WARNING
        )


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
            for found in re.finditer(pattern, text):
                text = text[: found.start()] + "\0" * len(found[0]) + text[found.end() :]
                said = (what, hint) if what else _unlike(found[0])
                yield at(paragraph, found.start(), found.end(), *said)
        rest = _CLOSING.search(text)
        if rest and paragraph in continued:
            text = text[: rest.start()] + "\0\0" + text[rest.end() :]
        for opening in _OPENING.finditer(text):
            other_half = _other_half(paragraphs[index + 1 :], paragraph.part)
            if other_half:
                continued.add(other_half)
            said = (_CUT, _CUT_HINT) if other_half else ("标签没有写完", "请补上结尾的 }} 或 %}")
            yield at(paragraph, opening.start(), opening.end(), *said)
        for closing in _CLOSING.finditer(text):
            yield at(
                paragraph, closing.start(), closing.end(), "多出结尾的括号", "请删掉，或补上开头的 {{ 或 {%"
            )


def between_tags(paragraph: TemplateParagraph) -> str:
    """The text of a paragraph, its tags blotted out."""
    text = paragraph.text
    for tag in paragraph.tags:
        text = text[: tag.start] + "\0" * (tag.end - tag.start) + text[tag.end :]
    return text


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
            if paragraph.pieces and _home(paragraph, tag.start) is not _home(paragraph, tag.end - 1):
                yield at_tag(
                    tag,
                    "标签的文字分在不同的超链接或内容控件里，合不起来",
                    "请删掉整个标签，用键盘重新输入一遍",
                )
        hidden = "".join(each.text or "" for each in paragraph.element.iter(w("instrText")))
        if "{{" in hidden or "{%" in hidden:
            yield Problem(
                Severity.ERROR, paragraph.place, hidden[:40], "域代码里有标签", "请把标签移到域的外面"
            )


def _home(paragraph: TemplateParagraph, offset: int) -> object:
    return paragraph.piece_at(offset).getparent().getparent()


# --- where nothing is replaced ------------------------------------------------------------------


def unreached(parts: Mapping[str, bytes]) -> Iterator[Problem]:
    """Tags in charts and other parts that are copied as they are."""
    for part, content in parts.items():
        if part.endswith(".xml") and not RENDERED.fullmatch(part):
            words = MARKUP.sub("", content.decode(errors="replace"))
            found = re.search(r"\{[{%].{0,40}", words)
            if found:
                label = next((label for stem, label in _ELSEWHERE if part.startswith(stem)), part)
                yield Problem(
                    Severity.ERROR,
                    label,
                    found[0],
                    "这里的标签不会被替换，会原样留在报告里",
                    "请移到正文、表格或文本框里",
                )
