"""A trial of a template: what only shows when it is rendered."""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from selfeval_xlsx.findings import Severity
from selfeval_xlsx.office.template_package import DOCUMENT, RENDERED
from selfeval_xlsx.report.compilation import TagError
from selfeval_xlsx.report.template import ReportTemplate
from selfeval_xlsx.template_check.blocks import ENDS
from selfeval_xlsx.template_check.places import Element, Tag, TemplateParagraph, elements, w
from selfeval_xlsx.template_check.places import paragraphs as paragraphs_of
from selfeval_xlsx.template_check.problem import Problem, at_tag

_EMPTIED = (
    ("tc", "p", ("p", "sdt"), "有的单元格里一段也不剩", "请在 {%p 语句后面留一个空段落"),
    ("tbl", "tr", ("tr", "sdt"), "有的表格一行也不剩", "请留一行表头，或用 {%p if … %} 让整张表不出现"),
    ("tr", "tc", ("tc", "sdt"), "有的表格行一格也不剩", "请让整行用 {%tr … %} 消失"),
    ("txbxContent", "p", ("p", "tbl", "sdt"), "有的文本框里一段也不剩", "请留一个空段落"),
    ("hdr", "p", ("p", "tbl", "sdt"), "页眉里一段也不剩", "请留一个空段落"),
    ("ftr", "p", ("p", "tbl", "sdt"), "页脚里一段也不剩", "请留一个空段落"),
)
"""Elements that Word refuses empty: which tags empty them, what they must hold one of, how that is mended."""


def tried(
    data: bytes, name: str, contexts: Mapping[str, Mapping[str, Any]], paragraphs: Sequence[TemplateParagraph]
) -> Iterator[Problem]:
    """What goes wrong with each of ``contexts`` (by the name of the evaluation); nothing twice."""
    try:
        template = ReportTemplate(data, name)
    except TagError as error:
        yield _told(error, "", paragraphs)
        return
    said: set[tuple[str, str]] = set()
    for case, context in contexts.items():
        for problem in _rendered(template, case, context, paragraphs):
            if (problem.place, problem.quote + problem.hint) not in said:
                said.add((problem.place, problem.quote + problem.hint))
                yield problem


def _rendered(
    template: ReportTemplate, case: str, context: Mapping[str, Any], paragraphs: Sequence[TemplateParagraph]
) -> Iterator[Problem]:
    try:
        report = template.render(context)
    except TagError as error:
        yield _told(error, f"用{case}试生成时出错：", paragraphs)
    else:
        yield from _looked_at(report, case, paragraphs)


def _told(error: TagError, when: str, paragraphs: Sequence[TemplateParagraph]) -> Problem:
    tag = _find(error, paragraphs)
    if tag is not None:
        return at_tag(tag, f"{when}{error.what}")
    return Problem(
        Severity.ERROR, "正文" if error.part == DOCUMENT else error.part, error.tag, f"{when}{error.what}"
    )


def _find(error: TagError, paragraphs: Sequence[TemplateParagraph]) -> Tag | None:
    wanted = re.sub(r"\s", "", error.tag)
    tags = (tag for paragraph in paragraphs if paragraph.part == error.part for tag in paragraph.tags)
    return next((tag for tag in tags if wanted and re.sub(r"\s", "", tag.body) == wanted), None)


def _looked_at(report: bytes, case: str, paragraphs: Sequence[TemplateParagraph]) -> Iterator[Problem]:
    """Tags that were left standing, and elements left empty."""
    with zipfile.ZipFile(io.BytesIO(report)) as package:
        parts = {part: package.read(part) for part in package.namelist() if RENDERED.fullmatch(part)}
    for left in (tag for paragraph in paragraphs_of(parts) for tag in paragraph.tags):
        written = [tag for paragraph in paragraphs for tag in paragraph.tags if tag.source == left.source]
        yield at_tag((written or [left])[0], "标签没有被替换，会原样留在报告里", "请删掉，重新输入一遍")
    for content in parts.values():
        root = elements(content)
        for kind, level, children, what, hint in _EMPTIED:
            if any(_lacks(element, children) for element in root.iter(w(kind))):
                places = "、".join(_emptying(kind, level, paragraphs))
                yield Problem(Severity.ERROR, places, "", f"用{case}试生成后，{what}，Word 会打不开", hint)


def _emptying(kind: str, level: str, paragraphs: Sequence[TemplateParagraph]) -> dict[str, None]:
    """Where in the template tags take away what an element of ``kind`` holds."""
    return {
        paragraph.place: None
        for paragraph in paragraphs
        if paragraph.ancestor(kind) is not None
        and any(tag.level == level and tag.keyword in ENDS for tag in paragraph.tags)
    }


def _lacks(element: Element, children: tuple[str, ...]) -> bool:
    return all(element.find(w(child)) is None for child in children)
