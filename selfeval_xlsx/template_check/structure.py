"""How the tags of a template hang together: each is whole, each block has its end in the same place, none crosses another.

``{%p`` ``{%tr`` ``{%tc`` take their paragraph, row or cell away with them; a plain tag stays inside its
paragraph. What lies between the two ends of a block can only be left out or repeated as a whole if both
ends stand among the same children. Full-width braces, tags cut in two and tags where none is replaced are named, too.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from selfeval_xlsx.findings import Severity
from selfeval_xlsx.office.guard import RENDERED
from selfeval_xlsx.report.template import MARKUP
from selfeval_xlsx.template_check.places import Problem, Tag, TemplateParagraph, at, at_tag, w
from selfeval_xlsx.text import closest

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
