"""Compiles a Word template once and renders it many times: always strict, escaped, sandboxed, bounded.

The template is a Word file with Jinja tags, as docxtpl understands them. It receives plain data and
knows nothing of the form. What it compiles to is small enough to be kept and loaded again.
"""

import marshal
import re
import sys
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import CodeType
from typing import Any

import jinja2
from jinja2 import Template
from jinja2 import TemplateError as JinjaError

from selfeval_xlsx.errors import VERSION, TemplateError
from selfeval_xlsx.office import tree
from selfeval_xlsx.office.guard import DOCUMENT, RENDERED, opened_template
from selfeval_xlsx.office.package import DAMAGE, Package, add_properties, digest, packed
from selfeval_xlsx.office.tree import W
from selfeval_xlsx.report import language, names, review
from selfeval_xlsx.report.charts import Figures, filled
from selfeval_xlsx.report.finish import finished
from selfeval_xlsx.report.wording import Numbering, number

_OPENING = re.compile(r"\{[{%#]-?")
MARKUP = re.compile(r"<[^>]+>")

_ENTITY = re.compile("&(apos|quot|#)")
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_CLOSING = re.compile(r"-?[%}#]\}")


class TagError(TemplateError):
    """A tag that cannot be understood or rendered: its part, the words of the tag, what is wrong."""

    def __init__(self, template: str, part: str, tag: str, what: str) -> None:
        place = "正文" if part == DOCUMENT else part
        quoted = f"标签“{tag}”" if tag else ""
        super().__init__(f"报告模板 {template} 的{place}{quoted}：{what}。请对照原模板修改，或改用原模板。")
        self.part = part
        self.tag = tag
        self.what = what


@dataclass(frozen=True)
class Compiled:
    """A part: its source, with every tag on a line of its own, and the code that renders it."""

    source: str
    code: CodeType

    def tag_at(self, line: int | None) -> str:
        """The words of the tag on ``line`` of the source."""
        return _tag_at(self.source, line)

    def mentions(self, word: str) -> bool:
        """Whether some tag uses ``word``."""
        return any(word in _CLOSING.split(line)[0] for line in self.source.split("\n")[1:])


def compile_parts(parts: Mapping[str, bytes], name: str) -> dict[str, Compiled]:
    """The parts that hold tags of the template called ``name``.

    Raises:
        TemplateError: a tag that cannot be understood (:class:`TagError`), or what compiles is not installed.

    """
    try:
        from docxtpl import DocxTemplate  # noqa: PLC0415 - loaded only where nothing was kept
    except ImportError as missing:
        raise TemplateError(
            f"报告模板 {name} 要先编译，这里没有编译用的组件（{missing.name}）。请改用原模板；"
            "要换模板，请维护人员用 launch.py kit --template 重新做一份工具包。"
        ) from missing
    engine, grey = DocxTemplate(None), _tag_style(parts)
    compiled = {}
    for part in filter(RENDERED.fullmatch, parts):
        xml = _plain(parts[part])
        if not re.search(r"\{[{%]", MARKUP.sub("", xml)):
            continue
        source = _numbered(engine.patch_xml(_joined(grey.sub("", xml))))
        try:
            compiled[part] = Compiled(source, language.compiled(source))
        except language.RefusedError as error:
            raise TagError(name, part, _tag_at(source, error.line), error.what) from error
    return compiled


def _plain(content: bytes) -> str:
    """A part with its characters written out: some programs write the quotes of a tag as entities."""
    text = content.decode()
    return _HEAD + tree.text(tree.parse(text)) if _ENTITY.search(text) else text


_REVIEWED = re.compile(rb"<w:(?:ins|del|moveFrom|moveTo|comment\w+|\w+Change)[ />]")
_COMMENTS = re.compile(r"word/(?:comments\w*|people)\.xml")


def accepted(parts: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The parts of a template with its tracked changes accepted and its comments gone: they are not for the report."""
    package = Package(parts)
    for part in [part for part in package if RENDERED.fullmatch(part) and _REVIEWED.search(package[part])]:
        root = package.tree(part)
        review.accept(root)
        review.drop_comments(root)
        package[part] = tree.written(root)
    for relation in package.relations(DOCUMENT):
        if _COMMENTS.fullmatch(relation.target):
            package.unrelate(DOCUMENT, relation.id)
            package.drop(relation.target)
    return package


TAG_STYLE = "模板标签"
"""The character style that greys the tags of a template; what they print is no longer grey."""


def _tag_style(parts: Mapping[str, bytes]) -> re.Pattern[str]:
    """The use of :data:`TAG_STYLE` in a run, by the id it has in this file."""
    styles = parts.get("word/styles.xml", b"").decode()
    style = re.search(rf'w:styleId="([^"]*)"[^>]*>\s*<w:name w:val="{TAG_STYLE}"/>', styles)
    use = rf'<w:rStyle w:val="{re.escape(style[1])}"/>' if style else r"(?!)"
    return re.compile(rf"<w:rPr>{use}</w:rPr>|{use}")


def _joined(xml: str) -> str:
    """``xml`` with plain runs joined that only the grey of a tag held apart."""
    before = ""
    while before != xml:
        before, xml = xml, _APART.sub(r"\1", xml)
    return xml


_APART = re.compile(r'(<w:r><w:t xml:space="preserve">[^<]*)</w:t></w:r><w:r><w:t xml:space="preserve">')


def _numbered(source: str) -> str:
    """``source`` with every tag on a line of its own, so that a line tells a tag; the output stays the same."""
    return _OPENING.sub(lambda opening: f"{opening[0]}\n", source.replace("\n", " "))


def _tag_at(source: str, line: int | None) -> str:
    lines = source.split("\n")
    if line is None or not 2 <= line <= len(lines):
        return ""
    return MARKUP.sub("", _CLOSING.split(lines[line - 1])[0]).strip()[:80]


class ReportTemplate:
    """A compiled Word template.

    Raises:
        TemplateError: not a Word file, or (:class:`TagError`) a tag that cannot be understood.

    """

    def __init__(self, data: bytes, name: str, kept: Mapping[str, Compiled] | None = None) -> None:
        """Compile ``data``; ``kept`` is what the same template was compiled to before."""
        self.name = name
        self.digest = digest(data)
        self._parts = accepted(opened_template(data, name))
        self.compiled = compile_parts(self._parts, name) if kept is None else kept
        self._ready = {part: language.ready(code.code) for part, code in self.compiled.items()}

    @cached_property
    def attached(self) -> tuple[str, ...]:
        """The attachments that the template has pages for, by their keys."""
        return _pages_in(self.compiled[DOCUMENT].source) if DOCUMENT in self.compiled else ()

    def mentions(self, word: str) -> bool:
        """Whether some tag of the template uses ``word``."""
        return any(part.mentions(word) for part in self.compiled.values())

    def render(
        self,
        context: Mapping[str, Any],
        properties: Mapping[str, str] | None = None,
        figures: Figures | None = None,
    ) -> bytes:
        """The report as .docx bytes, with ``properties`` as custom document properties and ``figures`` in its charts.

        Raises:
            TagError: the template asks for a field that does not exist, does what a template
                may not do, or its result is no valid document.

        """
        work = language.Work()
        rendered = {part: self._render(part, ready, context, work) for part, ready in self._ready.items()}
        try:
            parts = filled(add_properties({**self._parts, **rendered}, properties or {}), figures or {})
        except DAMAGE as error:
            raise TagError(self.name, "文件结构", "", "已损坏") from error
        return packed(parts)

    def _render(self, part: str, ready: Template, context: Mapping[str, Any], work: language.Work) -> bytes:
        numbering = Numbering()  # every part begins afresh
        try:
            xml = language.rendered(ready, {**context, "no": numbering, "编号": numbering.held}, work)
        except (JinjaError, TypeError, ValueError, ArithmeticError, AttributeError, LookupError) as error:
            own = isinstance(error, JinjaError) or not str(error).isascii()
            what = str(error) if own else "值或参数不合用"
            tag = self.compiled[part].tag_at(language.line_of(error))
            raise TagError(self.name, part, tag, what) from error
        try:
            root = tree.parse(xml.encode())
        except tree.ParseError as error:
            what = "生成的内容不是有效的文档，循环或判断可能跨越了段落、单元格"
            raise TagError(self.name, part, "", what) from error
        _part_lines(root)
        if part == DOCUMENT:
            finished(root)
        number(root)
        return tree.written(root)


def _pages_in(source: str) -> tuple[str, ...]:
    """The attachments that a template has pages for; ``source`` has each tag's words on a line of their own.

    Pages begin with the mark of their attachment, or stand in a block that asks for it; a mark amid a sentence only
    refers to them.
    """
    marks = {
        key: rf"facts\.attached\.{key}|{names.GROUP}\.{names.FACTS[f'attached.{key}'].chinese}"
        for key in names.ATTACHMENTS
    }
    return tuple(
        key
        for key, mark in marks.items()
        if any(_begins_pages(source, match.start()) for match in re.finditer(mark, source))
    )


def _begins_pages(source: str, at: int) -> bool:
    """Whether the mark of an attachment ``at`` a place of ``source`` is a condition, or its paragraph begins with it."""
    before = source[:at].rstrip()
    tag = before.rfind("{")
    words = before[tag + 1 :].strip("%-\n ")
    if words == "if":
        return source.rfind("<w:t", 0, tag) <= source.rfind("</w:t>", 0, tag)
    paragraph = max(source.rfind("<w:p>", 0, tag), source.rfind("<w:p ", 0, tag))
    return not words and not MARKUP.sub("", source[paragraph:tag]).strip("{")


# --- line breaks in what was filled in ------------------------------------------------------------
# In running text they become new paragraphs, in a cell or a text box line breaks: inside a justified paragraph one
# would stretch the line before it, and what follows would lack the indent of its style.

_OWN = ("sectPr", "numPr", "pageBreakBefore")
"""Properties of a paragraph that would be repeated with it."""
_SIGNS = {"\n": "br", "\t": "tab"}


def _part_lines(root: Any) -> None:
    """Put the line breaks and tabs in a rendered part into Word's terms; running text has no blank lines."""
    signed = _signed(root)
    for text in signed:
        paragraph = text.getparent().getparent()
        if _flows(paragraph):
            _spread(text, paragraph)
    for text in _signed(root) if signed else ():
        _write_signs(text)


def _signed(root: Any) -> list[Any]:
    return [node for node in root.iter(f"{W}t") if node.text and ("\n" in node.text or "\t" in node.text)]


def _flows(paragraph: Any) -> bool:
    """Whether it is a paragraph of running text that may become several; the inside of a link may not."""
    if paragraph.tag != f"{W}p":
        return False
    inside = next(paragraph.iterancestors(f"{W}tbl", f"{W}txbxContent"), None)
    return inside is None and all(paragraph.find(f"{W}pPr/{W}{name}") is None for name in _OWN)


def _spread(text: Any, paragraph: Any) -> None:
    """A paragraph for each line of ``text``; what stands behind it goes to the last of them."""
    first, *others = _lines(text.text)
    text.text = first
    text.attrib.update(tree.PRESERVED)
    run, begun = text.getparent(), paragraph
    behind = [*text.itersiblings()], [*run.itersiblings()]
    for line in others:
        following = _like(begun, "pPr")
        begun.addnext(following)
        begun = following
        last = _like(run, "rPr")
        begun.append(last)
        tree.child(last, f"{W}t", tree.PRESERVED).text = line
    if others:
        last.extend(behind[0])
        begun.extend(behind[1])


def _lines(text: str) -> list[str]:
    """Lines without the blanks around them, blank ones left out; what stands before and behind the breaks stays."""
    lines = text.split("\n")
    inner = [line.strip(" \t\u3000") for line in lines]
    inner[0], inner[-1] = lines[0].rstrip(" \t\u3000"), lines[-1].lstrip(" \t\u3000")
    return [line for index, line in enumerate(inner) if line or index == 0]


def _like(element: Any, properties: str) -> Any:
    """An empty element of the same kind with the same properties."""
    made = tree.element(element.tag)
    made.extend(map(deepcopy, element.findall(f"{W}{properties}")))
    return made


def _write_signs(text: Any) -> None:
    """Break ``text`` at its line breaks and tabs, and put the elements that stand for them between."""
    text.text, *behind = re.split("([\n\t])", text.text)
    text.attrib.update(tree.PRESERVED)
    place = text
    for sign, piece in zip(behind[::2], behind[1::2], strict=True):
        mark = tree.element(f"{W}{_SIGNS[sign]}")
        node = tree.element(text.tag, tree.PRESERVED)
        node.text = piece
        place.addnext(mark)
        mark.addnext(node)
        place = node


# --- keeping ------------------------------------------------------------------------------------


def key_of(data: bytes) -> str:
    """A name for what the template ``data`` compiles to with this program, this Jinja and this Python."""
    program = Path(__file__).parents[1]
    changed = max(module.stat().st_mtime_ns for module in program.rglob("*.py"))
    made_by = (VERSION, changed, jinja2.__version__, sys.implementation.cache_tag)
    return digest(data + repr(made_by).encode())


def as_bytes(compiled: Mapping[str, Compiled]) -> bytes:
    """``compiled`` to be kept; of use under the same :func:`key_of` only."""
    return marshal.dumps({part: (code.source, code.code) for part, code in compiled.items()})


def from_bytes(kept: bytes) -> dict[str, Compiled]:
    """What :func:`as_bytes` made ``kept`` of."""
    return {part: Compiled(*code) for part, code in marshal.loads(kept).items()}
