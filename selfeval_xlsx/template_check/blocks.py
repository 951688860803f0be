"""Loops and conditions of a template: each has its end, in the same place, and none crosses another.

``{%p`` ``{%tr`` ``{%tc`` take their paragraph, row or cell away with them; a plain tag stays inside its
paragraph. What lies between the two ends of a block can only be left out or repeated as a whole if both
ends stand among the same children.
"""

import re
from collections.abc import Iterator, Sequence

from selfeval_xlsx.findings import Severity
from selfeval_xlsx.template_check.places import Tag, TemplateParagraph, w
from selfeval_xlsx.template_check.problem import Problem, at_tag
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
