"""Compiles a Word template once and renders it many times: always strict, escaped, sandboxed.

The template is a Word file with Jinja tags, as docxtpl understands them. It receives plain data and
knows nothing of the form.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from typing import Any

from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, Template, TemplateSyntaxError, UndefinedError
from jinja2 import TemplateError as JinjaError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEnvironment
from lxml import etree

from selfeval_xlsx.errors import TemplateError
from selfeval_xlsx.origin import digest
from selfeval_xlsx.report.properties import add_properties
from selfeval_xlsx.report.wording import FILTERS, Numbering
from selfeval_xlsx.seal import sealed

_PARTS = re.compile(r"word/(document|header\d*|footer\d*|footnotes|endnotes)\.xml|docProps/core\.xml")
_PARAGRAPH = re.compile(r"<w:p([ >])")
_TAG = re.compile(r"<[^>]+>")
_STAMP = (1980, 1, 1, 0, 0, 0)
"""Fixed, so that the same input gives the same bytes."""


class ReportTemplate:
    """A compiled Word template.

    Raises:
        TemplateError: not a Word file, or a tag that cannot be understood, naming its paragraph.

    """

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        self.digest = digest(data)
        self._order, self._fixed, sources = _open(data, name)
        self._sources = sources
        environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
        environment.filters.update(FILTERS)
        self._engine = DocxTemplate(None)
        self._compiled = {part: self._compile(environment, part, xml) for part, xml in sources.items()}

    def mentions(self, word: str) -> bool:
        """Whether some tag of the template uses ``word``."""
        return any(word in _tags(xml) for xml in self._sources.values())

    def render(self, context: Mapping[str, Any], properties: Mapping[str, str] | None = None) -> bytes:
        """The report as .docx bytes, with ``properties`` as custom document properties.

        Raises:
            TemplateError: the template asks for a field that does not exist, does what a template
                may not do, or its result is no valid document.

        """
        rendered = {part: self._render(part, compiled, context) for part, compiled in self._compiled.items()}
        parts = {
            part: rendered[part].encode() if part in rendered else self._fixed[part] for part in self._order
        }
        try:
            parts = add_properties(parts, properties or {})
        except (KeyError, ValueError, etree.XMLSyntaxError) as error:
            raise self._failure("文件结构", "已损坏") from error
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
            for part, content in parts.items():
                package.writestr(zipfile.ZipInfo(part, _STAMP), content, zipfile.ZIP_DEFLATED)
        return sealed(buffer.getvalue())

    def _compile(self, environment: SandboxedEnvironment, part: str, xml: str) -> Template:
        patched = _PARAGRAPH.sub(r"\n<w:p\1", self._engine.patch_xml(xml))
        try:
            return environment.from_string(patched)
        except TemplateSyntaxError as error:
            raise self._failure(part, f"标签写错了（{error.message}）", patched, error.lineno) from error

    def _render(self, part: str, compiled: Template, context: Mapping[str, Any]) -> str:
        try:
            xml = compiled.render({**context, "no": Numbering()})
        except UndefinedError as error:
            raise self._failure(part, f"用了不存在的字段（{error.message}）") from error
        except SecurityError as error:
            raise self._failure(part, f"含有不允许的操作（{error}）") from error
        except (JinjaError, TypeError, ValueError, ArithmeticError, AttributeError, LookupError) as error:
            raise self._failure(part, f"无法生成（{error}）") from error
        xml = self._engine.resolve_listing(re.sub(r"\n<w:p([ >])", r"<w:p\1", xml))
        try:
            etree.fromstring(xml.encode())
        except etree.XMLSyntaxError as error:
            raise self._failure(part, f"生成的内容不是有效的文档（{error.msg}）") from error
        return str(xml)

    def _failure(self, part: str, what: str, xml: str = "", line: int | None = None) -> TemplateError:
        place = {"word/document.xml": "正文"}.get(part, part)
        if line and xml:
            text = _TAG.sub("", xml.splitlines()[line - 1])[:40]
            place = f"{place}“{text}”处"
        return TemplateError(f"报告模板 {self.name} 的{place}{what}。请对照原模板修改，或改用原模板。")


def _open(data: bytes, name: str) -> tuple[list[str], dict[str, bytes], dict[str, str]]:
    """Part names in order, parts copied as they are, parts that hold tags."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            order = package.namelist()
            contents = {part: package.read(part) for part in order}
    except (zipfile.BadZipFile, OSError, RuntimeError) as error:
        raise TemplateError(f"报告模板 {name} 不是 Word 文件（.docx）。请另选模板。") from error
    if "word/document.xml" not in contents:
        raise TemplateError(f"报告模板 {name} 不是 Word 文件（.docx）。请另选模板。")
    fixed, sources = {}, {}
    for part, content in contents.items():
        text = content.decode() if _PARTS.fullmatch(part) else ""
        if "{{" in _TAG.sub("", text) or "{%" in _TAG.sub("", text):
            sources[part] = text
        else:
            fixed[part] = content
    return order, fixed, sources


def _tags(xml: str) -> str:
    return " ".join(re.findall(r"{[{%].*?[%}]}", _TAG.sub("", xml), flags=re.DOTALL))
