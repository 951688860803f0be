"""The tagged parts of a Word template, compiled: made by docxtpl and Jinja, and small enough to be kept and loaded again."""

import marshal
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

import jinja2

from selfeval_xlsx import VERSION
from selfeval_xlsx.errors import TemplateError
from selfeval_xlsx.office.provenance import digest
from selfeval_xlsx.office.template_package import DOCUMENT, MARKUP, tagged
from selfeval_xlsx.report import language

_OPENING = re.compile(r"\{[{%#]-?")
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
        return any(word in _CLOSING.split(each)[0] for each in self.source.split("\n")[1:])


def compile_parts(parts: Mapping[str, bytes], name: str) -> dict[str, Compiled]:
    """The tagged parts of the template called ``name``.

    Raises:
        TagError: a tag that cannot be understood.

    """
    from docxtpl import DocxTemplate  # noqa: PLC0415 - loaded only where nothing was kept

    engine = DocxTemplate(None)
    sources = {part: _numbered(engine.patch_xml(xml)) for part, xml in tagged(parts).items()}
    return {part: Compiled(source, _code(source, part, name)) for part, source in sources.items()}


def _code(source: str, part: str, name: str) -> CodeType:
    try:
        return language.compiled(source)
    except language.RefusedError as error:
        raise TagError(name, part, _tag_at(source, error.line), error.what) from error


def _numbered(source: str) -> str:
    """``source`` with every tag on a line of its own, so that a line tells a tag; the output stays the same."""
    return _OPENING.sub(lambda opening: f"{opening[0]}\n", source.replace("\n", " "))


def _tag_at(source: str, line: int | None) -> str:
    lines = source.split("\n")
    if line is None or not 2 <= line <= len(lines):
        return ""
    return MARKUP.sub("", _CLOSING.split(lines[line - 1])[0]).strip()[:80]


# --- keeping ------------------------------------------------------------------------------------


def key_of(data: bytes) -> str:
    """A name for what the template ``data`` compiles to with this program, this Jinja and this Python."""
    program = Path(__file__).parents[1]
    changed = max(module.stat().st_mtime_ns for module in program.rglob("*.py"))
    made_by = (VERSION, changed, jinja2.__version__, sys.implementation.cache_tag)
    return digest(data + repr(made_by).encode())


def as_bytes(compiled: Mapping[str, Compiled]) -> bytes:
    """``compiled`` to be kept; of use under the same :func:`key_of` only."""
    return marshal.dumps({part: (each.source, each.code) for part, each in compiled.items()})


def from_bytes(kept: bytes) -> dict[str, Compiled]:
    """What :func:`as_bytes` made ``kept`` of."""
    return {part: Compiled(*each) for part, each in marshal.loads(kept).items()}
