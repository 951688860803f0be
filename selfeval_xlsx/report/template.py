"""Compiles a Word template once and renders it many times: always strict, escaped, sandboxed, bounded.

The template is a Word file with Jinja tags, as docxtpl understands them. It receives plain data and
knows nothing of the form.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from typing import Any

from docxtpl import DocxTemplate
from jinja2 import Template
from jinja2 import TemplateError as JinjaError
from lxml import etree

from selfeval_xlsx.errors import TemplateError
from selfeval_xlsx.origin import digest
from selfeval_xlsx.report import language
from selfeval_xlsx.report.breaks import parted
from selfeval_xlsx.report.charts import Figures, filled
from selfeval_xlsx.report.finish import finished
from selfeval_xlsx.report.package import DOCUMENT, MARKUP, opened, tagged
from selfeval_xlsx.report.properties import add_properties
from selfeval_xlsx.report.sandbox import Work
from selfeval_xlsx.report.wording import Numbering
from selfeval_xlsx.seal import sealed

_OPENING = re.compile(r"\{[{%#]-?")
_CLOSING = re.compile(r"-?[%}#]\}")
_STAMP = (1980, 1, 1, 0, 0, 0)
"""Fixed, so that the same input gives the same bytes."""


class TagError(TemplateError):
    """A tag that cannot be understood or rendered: its part, the words of the tag, what is wrong."""

    def __init__(self, template: str, part: str, tag: str, what: str) -> None:
        place = "正文" if part == DOCUMENT else part
        quoted = f"标签“{tag}”" if tag else ""
        super().__init__(f"报告模板 {template} 的{place}{quoted}：{what}。请对照原模板修改，或改用原模板。")
        self.part = part
        self.tag = tag
        self.what = what


class ReportTemplate:
    """A compiled Word template.

    Raises:
        TemplateError: not a Word file, or (:class:`TagError`) a tag that cannot be understood.

    """

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        self.digest = digest(data)
        self._parts = opened(data, name)
        self._engine = DocxTemplate(None)
        self._sources = {
            part: _numbered(self._engine.patch_xml(xml)) for part, xml in tagged(self._parts).items()
        }
        self._compiled = {part: self._compile(part, source) for part, source in self._sources.items()}

    def mentions(self, word: str) -> bool:
        """Whether some tag of the template uses ``word``."""
        return any(word in tag for source in self._sources.values() for tag in _tags(source))

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
        work = Work()
        rendered = {
            part: self._render(part, compiled, {**context, "no": Numbering()}, work)
            for part, compiled in self._compiled.items()
        }
        parts = {
            part: rendered[part].encode() if part in rendered else fixed
            for part, fixed in self._parts.items()
        }
        try:
            parts = filled(add_properties(parts, properties or {}), figures or {})
        except (KeyError, ValueError, etree.XMLSyntaxError) as error:
            raise TagError(self.name, "文件结构", "", "已损坏") from error
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
            for part, content in parts.items():
                package.writestr(zipfile.ZipInfo(part, _STAMP), content, zipfile.ZIP_DEFLATED)
        return sealed(buffer.getvalue())

    def _compile(self, part: str, source: str) -> Template:
        try:
            return language.compiled(source)
        except language.RefusedError as error:
            raise TagError(self.name, part, _tag_at(source, error.line), error.what) from error

    def _render(self, part: str, compiled: Template, context: Mapping[str, Any], work: Work) -> str:
        try:
            xml = language.rendered(compiled, context, work)
        except (JinjaError, TypeError, ValueError, ArithmeticError, AttributeError, LookupError) as error:
            what = str(error) if isinstance(error, JinjaError) else f"值或参数不合用（{error}）"
            tag = _tag_at(self._sources[part], language.line_of(error))
            raise TagError(self.name, part, tag, what) from error
        xml = str(self._engine.resolve_listing(parted(xml)))
        try:
            root = etree.fromstring(xml.encode())
        except etree.XMLSyntaxError as error:
            what = f"生成的内容不是有效的文档，循环或判断可能跨越了段落、单元格（{error.msg}）"
            raise TagError(self.name, part, "", what) from error
        if part != DOCUMENT:
            return xml
        finished(root)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True).decode()


def _numbered(source: str) -> str:
    """``source`` with every tag on a line of its own, so that a line tells a tag; the output stays the same."""
    return _OPENING.sub(lambda opening: f"{opening[0]}\n", source.replace("\n", " "))


def _tag_at(source: str, line: int | None) -> str:
    """The words of the tag on ``line`` of a numbered source."""
    lines = source.split("\n")
    if line is None or not 2 <= line <= len(lines):
        return ""
    return MARKUP.sub("", _CLOSING.split(lines[line - 1])[0]).strip()[:80]


def _tags(source: str) -> list[str]:
    return [_CLOSING.split(each)[0] for each in source.split("\n")[1:]]
