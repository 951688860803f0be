"""Compiles a Word template once and renders it many times: always strict, escaped, sandboxed, bounded.

The template is a Word file with Jinja tags, as docxtpl understands them. It receives plain data and
knows nothing of the form.
"""

from collections.abc import Mapping
from typing import Any

from jinja2 import Template
from jinja2 import TemplateError as JinjaError
from lxml import etree

from selfeval_xlsx.office.properties import add_properties
from selfeval_xlsx.office.provenance import digest
from selfeval_xlsx.office.template_package import DOCUMENT, opened
from selfeval_xlsx.office.unmodified import packed
from selfeval_xlsx.report import language
from selfeval_xlsx.report.breaks import part_lines
from selfeval_xlsx.report.charts import Figures, filled
from selfeval_xlsx.report.compilation import Compiled, TagError, compile_parts
from selfeval_xlsx.report.finish import finished
from selfeval_xlsx.report.sandbox import Work
from selfeval_xlsx.report.wording import Numbering


class ReportTemplate:
    """A compiled Word template.

    Raises:
        TemplateError: not a Word file, or (:class:`TagError`) a tag that cannot be understood.

    """

    def __init__(self, data: bytes, name: str, kept: Mapping[str, Compiled] | None = None) -> None:
        """Compile ``data``; ``kept`` is what the same template was compiled to before."""
        self.name = name
        self.digest = digest(data)
        self._parts = opened(data, name)
        self.compiled = compile_parts(self._parts, name) if kept is None else kept
        self._ready = {part: language.ready(each.code) for part, each in self.compiled.items()}

    def mentions(self, word: str) -> bool:
        """Whether some tag of the template uses ``word``."""
        return any(each.mentions(word) for each in self.compiled.values())

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
            part: self._render(part, ready, {**context, "no": Numbering()}, work)
            for part, ready in self._ready.items()
        }
        try:
            parts = filled(add_properties({**self._parts, **rendered}, properties or {}), figures or {})
        except (KeyError, ValueError, etree.XMLSyntaxError) as error:
            raise TagError(self.name, "文件结构", "", "已损坏") from error
        return packed(parts)

    def _render(self, part: str, ready: Template, context: Mapping[str, Any], work: Work) -> bytes:
        try:
            xml = language.rendered(ready, context, work)
        except (JinjaError, TypeError, ValueError, ArithmeticError, AttributeError, LookupError) as error:
            what = str(error) if isinstance(error, JinjaError) else f"值或参数不合用（{error}）"
            tag = self.compiled[part].tag_at(language.line_of(error))
            raise TagError(self.name, part, tag, what) from error
        try:
            root = etree.fromstring(xml.encode())
        except etree.XMLSyntaxError as error:
            what = f"生成的内容不是有效的文档，循环或判断可能跨越了段落、单元格（{error.msg}）"
            raise TagError(self.name, part, "", what) from error
        part_lines(root)
        if part == DOCUMENT:
            finished(root)
        return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))
