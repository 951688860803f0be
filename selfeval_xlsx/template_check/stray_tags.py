"""What looks like a tag and is none: full-width braces, tags cut in two, and words where no tag is replaced."""

import re
from collections.abc import Iterator, Mapping, Sequence

from selfeval_xlsx.findings import Severity
from selfeval_xlsx.office.template_package import MARKUP, RENDERED
from selfeval_xlsx.template_check.places import TemplateParagraph, w
from selfeval_xlsx.template_check.problem import Problem, at, at_tag

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
    ("word/comments", "批注"),
    ("word/glossary/", "文档部件"),
    ("docProps/", "文档属性"),
)


def misspelt(paragraphs: Sequence[TemplateParagraph]) -> Iterator[Problem]:
    """Everything in ``paragraphs`` that was meant as a tag and is not read as one."""
    continued: set[TemplateParagraph] = set()
    for index, paragraph in enumerate(paragraphs):
        text = _between_tags(paragraph)
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


def _between_tags(paragraph: TemplateParagraph) -> str:
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
        text = _between_tags(paragraph)
        opening, closing = _OPENING.search(text), _CLOSING.search(text)
        if paragraph.part == part and closing and (not opening or closing.start() < opening.start()):
            return paragraph
    return None


# --- what Word puts between ---------------------------------------------------------------------


def torn(paragraphs: Sequence[TemplateParagraph]) -> Iterator[Problem]:
    """Tags whose words stand in different links, revisions or controls; tags in deleted words and field codes."""
    for paragraph in paragraphs:
        for tag in paragraph.tags:
            if paragraph.pieces and _home(paragraph, tag.start) is not _home(paragraph, tag.end - 1):
                yield at_tag(
                    tag,
                    "标签的文字分在不同的超链接、修订或内容控件里，合不起来",
                    "请删掉整个标签，用键盘重新输入一遍",
                )
        for name, kind in (("delText", "修订中已删除的文字"), ("instrText", "域代码")):
            hidden = "".join(each.text or "" for each in paragraph.element.iter(w(name)))
            if "{{" in hidden or "{%" in hidden:
                hint = "请在“审阅”里接受全部修订" if name == "delText" else "请把标签移到域的外面"
                yield Problem(Severity.ERROR, paragraph.place, hidden[:40], f"{kind}里有标签", hint)


def _home(paragraph: TemplateParagraph, offset: int) -> object:
    return paragraph.piece_at(offset).getparent().getparent()


# --- where nothing is replaced ------------------------------------------------------------------


def unreached(parts: Mapping[str, bytes]) -> Iterator[Problem]:
    """Tags in charts, comments and other parts that are copied as they are."""
    for part, content in parts.items():
        if part.endswith(".xml") and not RENDERED.fullmatch(part):
            words = MARKUP.sub("", content.decode(errors="replace"))
            found = re.search(r"\{[{%].{0,40}", words)
            if found:
                label = next((label for stem, label in _ELSEWHERE if part.startswith(stem)), part)
                severity = Severity.WARNING if label == "批注" else Severity.ERROR
                yield Problem(
                    severity,
                    label,
                    found[0],
                    "这里的标签不会被替换，会原样留在报告里",
                    "请移到正文、表格或文本框里",
                )
