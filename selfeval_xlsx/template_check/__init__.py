"""Checks a Word template against what it may name: every problem, each with its place. Knows no form.

What is right as a template and yet hardly meant is told, too: comments and changes left in it, figures that every report
would print, words that name another field than the one behind them, attachments that are mentioned and have no pages.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from selfeval_xlsx.findings import Severity
from selfeval_xlsx.office import tree
from selfeval_xlsx.office.guard import DOCUMENT, RENDERED, opened_template
from selfeval_xlsx.report.charts import PART, Series, series_of
from selfeval_xlsx.report.names import ATTACHMENTS
from selfeval_xlsx.report.review import COMMENTS, TRACKED
from selfeval_xlsx.report.template import ReportTemplate, TagError, accepted
from selfeval_xlsx.template_check.reading import Name, TemplateReading, Vocabulary
from selfeval_xlsx.template_check.tags import (
    ENDS,
    Problem,
    Tag,
    TemplateParagraph,
    at,
    at_tag,
    between_tags,
    misspelt,
    paragraphs,
    torn,
    unreached,
    w,
)
from selfeval_xlsx.text import closest


def problems(
    data: bytes, name: str, vocabulary: Vocabulary, trials: Mapping[str, Mapping[str, Any]]
) -> list[Problem]:
    """Everything wrong with a template, errors first; within a severity in the order of the file.

    Where nothing else is an error, the template is tried with ``trials``: contexts by the name of
    their evaluation.

    Raises:
        TemplateError: not a Word file that can be used.

    """
    stored = opened_template(data, name)
    parts = accepted(stored)
    written = list(paragraphs(parts))
    reading = TemplateReading(vocabulary.root)
    seen = [*misspelt(written), *torn(written), *_broken(written), *unreached(parts)]
    seen += _uncharted(parts, vocabulary.figures)
    seen += [*_reviewed(stored), *_fixed(written)]
    seen += [problem for paragraph in written for tag in paragraph.tags for problem in reading.read(tag)]
    attached: Collection[str] = ()
    if not _wrong(seen):
        try:
            template = ReportTemplate(data, name)
        except TagError as error:
            seen.append(_at_fault(error, "", written))
        else:
            attached = template.attached
            seen += _tried(template, trials, written)
    seen += _mislabelled(reading.prints, vocabulary.rivals, written)
    seen += _unused(vocabulary, reading.used)
    if not _wrong(seen):
        seen += _without_pages(attached, reading.used)
    order = {paragraph.place: index for index, paragraph in enumerate(written)}
    weight = list(Severity)
    return sorted(
        seen, key=lambda problem: (weight.index(problem.severity), order.get(problem.place, len(order)))
    )


def _wrong(seen: Sequence[Problem]) -> bool:
    return any(problem.severity is Severity.ERROR for problem in seen)


def _unused(vocabulary: Vocabulary, used: set[str]) -> Iterator[Problem]:
    """Fields that the template never reads: a warning for required ones, a note for each block of others."""
    drawn = tuple(prefix for name in used for prefix in vocabulary.draws.get(name, ()))
    idle = [field for field in vocabulary.wanted if not _is_printed(field.path, used, drawn)]
    for field in idle:
        if field.required:
            what = f"没有用到必填项{field.block}·{field.label}"
            yield Problem(Severity.WARNING, "", "", what, "报告应当写明它")
    for block in dict.fromkeys(field.block for field in idle if not field.required):
        left = [field.label for field in idle if field.block == block and not field.required]
        whole = len(left) == sum(field.block == block for field in vocabulary.wanted)
        yield Problem(Severity.NOTE, "", "", f"没有用到{block}" + ("" if whole else f"的{'、'.join(left)}"))
    if vocabulary.wanted and "draft" not in used:
        yield Problem(Severity.NOTE, "", "", "没有草稿标记（draft），这份模板不能用于 --draft")
    if vocabulary.wanted and "mark" not in used:
        yield Problem(Severity.NOTE, "", "", "页眉里没有标记（mark），草稿和核对底稿看上去和正式报告一样")


def _is_printed(path: str, used: set[str], drawn: tuple[str, ...]) -> bool:
    return path in used or any(path == prefix or path.startswith(f"{prefix}.") for prefix in drawn)


# --- how tags hang together ------------------------------------------------------------------------
# Each block has its end in the same place, none crosses another: ``{%p`` ``{%tr`` ``{%tc`` take their paragraph, row or
# cell away with them, a plain tag stays inside its paragraph. What lies between the two ends of a block can only be left
# out or repeated as a whole if both ends stand among the same children.

_BRANCHES = {"else": ("if", "for"), "elif": ("if",)}
"""Statements that part a block, and the blocks they may stand in."""

_SINGLE = ("set", "vm", "hm", "colspan", "cellbg")
"""Statements without a block; the last four merge and colour table cells."""

_KNOWN = (*ENDS, *ENDS.values(), *_BRANCHES, *_SINGLE)
_LEVELS = {"p": "一段", "tr": "一行", "tc": "一个单元格", "r": "一处"}
_SHARED = {"p": "单元格或文本框", "tr": "表格", "tc": "行"}


def _broken(paragraphs: Sequence[TemplateParagraph]) -> Iterator[Problem]:
    """Every block of ``paragraphs`` that has no end, crosses another or cannot be taken as a whole."""
    for part in dict.fromkeys(paragraph.part for paragraph in paragraphs):
        tags = [tag for paragraph in paragraphs if paragraph.part == part for tag in paragraph.tags]
        yield from _crossed([tag for tag in tags if tag.kind == "%"])
        for tag in tags:
            yield from _misplaced(tag)


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
        elif word in _BRANCHES:
            if stack and stack[-1].keyword in _BRANCHES[word]:
                yield from _apart(stack[-1], tag)
            else:
                yield at_tag(
                    tag, f"{word} 不在 {'、'.join(_BRANCHES[word])} 里面", "请检查前后的语句是否配对"
                )
        elif word not in _SINGLE:
            yield at_tag(tag, f"没有语句“{word or tag.body}”", _advice(tag))
    yield from (problem for inner, problem in crossings if inner not in stack)
    for tag in stack:
        yield at_tag(tag, f"没有结束：缺少 {ENDS[tag.keyword]}", f"请在后面补上 {_end_of(tag)}")


def _closing(tag: Tag, stack: list[Tag], crossings: list[tuple[Tag, Problem]]) -> Iterator[Problem]:
    """Match ``tag`` with the block it ends, taking that off the stack; a block it crosses goes to ``crossings``."""
    opened = [begun for begun in stack if ENDS[begun.keyword] == tag.keyword]
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
    opening = f"和{begun.paragraph.place}的“{begun.source}”"
    one, other = begun.paragraph.element, tag.paragraph.element
    if begun.level != tag.level:
        what = f"和开头不是同一种标签：{begun.paragraph.place}写的是 {begun.source}"
        yield at_tag(tag, what, f"请写成 {{%{begun.level} {tag.body} %}}")
    elif begun.container is tag.container:
        return
    elif tag.level in _SHARED:
        shared = _SHARED[tag.level]
        yield at_tag(tag, f"{opening}不在同一个{shared}里", f"请把两头放在同一个{shared}里")
    elif one is not other and one.getparent() is other.getparent():
        hint = "不成立时前后两段会并成一段；请改用单独成段的 {%p … %}"
        yield at_tag(tag, f"{opening}不在同一段里", hint, Severity.WARNING)
    else:
        hint = "跨段用单独成段的 {%p … %}，跨行用单独成行的 {%tr … %}"
        yield at_tag(tag, f"{opening}不在同一处", hint)


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
    around = tag.paragraph.element if tag.level == "p" else tag.paragraph.ancestor(tag.level)
    rest = tree.words(around).replace(tag.source, "", 1).strip()
    unit = _LEVELS[tag.level]
    hint = f"{tag.source} 要单独占{unit}"
    if "{{" in rest or "{%" in rest:
        yield at_tag(tag, f"同{unit}里还有别的标签，会一起消失", hint)
    elif rest:
        yield at_tag(tag, f"同{unit}里的文字“{rest[:20]}”会一起消失", hint, Severity.WARNING)


# --- charts ---------------------------------------------------------------------------------------


def _uncharted(parts: Mapping[str, bytes], figures: Collection[str]) -> Iterator[Problem]:
    """Every label of a chart that should name one of ``figures`` and does not."""
    charts = [series_of(tree.parse(parts[part])) for part in sorted(filter(PART.fullmatch, parts))]
    charts = [chart for chart in charts if chart]
    for number, chart in enumerate(charts, start=1):
        place = f"图表 {number}" if len(charts) > 1 else "图表"
        if not any(any(series.labels(figures)) for series in chart):
            quote = "、".join(series.name for series in chart)
            hint = "图表数据里的行名、列名和填报表一致（如“人员经费”“执行数”）的，才会填入数字"
            yield Problem(Severity.WARNING, place, quote, "图里的数不会替换", hint)
            continue
        for series in chart:
            yield from _unknown(series, figures, place)
            if series.fixed:
                what, hint = f"“{series.name}”的数写死在图里，不会替换", "请在“编辑数据”里重新选定数据区域"
                yield Problem(Severity.WARNING, place, series.name, what, hint)
        if not any(series.fixed or series.cells for series in chart):
            what = "图和它的数据表断开了（用 LibreOffice 存过就是这样）：图里照样填数，但在 Word 里不能再“编辑数据”"
            hint = "要让人能改图里的数，请用 Word 或 WPS 改模板"
            yield Problem(Severity.NOTE, place, "", what, hint)


def _unknown(series: Series, figures: Collection[str], place: str) -> Iterator[Problem]:
    for category, label in zip(series.categories, series.labels(figures), strict=True):
        if not label:
            pair = f"{category}·{series.name}", f"{series.name}·{category}"
            near = closest(pair[0], figures) or closest(pair[1], figures)
            hint = f"是不是“{near.replace('·', '”“')}”" if near else "行名、列名要和填报表一致"
            what = f"填报表里没有“{category}”的“{series.name}”，图里会空着"
            yield Problem(Severity.ERROR, place, category, what, hint)


# --- a trial: what only shows when a template is rendered -----------------------------------------


_EMPTIED = (
    ("tc", "p", ("p", "sdt"), "有的单元格里一段也不剩", "请在 {%p 语句后面留一个空段落"),
    ("tbl", "tr", ("tr", "sdt"), "有的表格一行也不剩", "请留一行表头，或用 {%p if … %} 让整张表不出现"),
    ("tr", "tc", ("tc", "sdt"), "有的表格行一格也不剩", "请让整行用 {%tr … %} 消失"),
    ("txbxContent", "p", ("p", "tbl", "sdt"), "有的文本框里一段也不剩", "请留一个空段落"),
    ("hdr", "p", ("p", "tbl", "sdt"), "页眉里一段也不剩", "请留一个空段落"),
    ("ftr", "p", ("p", "tbl", "sdt"), "页脚里一段也不剩", "请留一个空段落"),
)
"""Elements that Word refuses empty: which tags empty them, what they must hold one of, how that is mended."""


def _tried(
    template: ReportTemplate,
    contexts: Mapping[str, Mapping[str, Any]],
    originals: Sequence[TemplateParagraph],
) -> Iterator[Problem]:
    """What goes wrong with each of ``contexts`` (by the name of the evaluation); nothing twice."""
    known: set[tuple[str, str, str]] = set()
    for case, context in contexts.items():
        for problem in _rendered(template, case, context, originals):
            if (problem.place, problem.quote, problem.hint) not in known:
                known.add((problem.place, problem.quote, problem.hint))
                yield problem


def _rendered(
    template: ReportTemplate, case: str, context: Mapping[str, Any], originals: Sequence[TemplateParagraph]
) -> Iterator[Problem]:
    """Tags that cannot be rendered or were left standing, and elements left empty."""
    try:
        report = opened_template(template.render(context), case)
    except TagError as error:
        yield _at_fault(error, f"用{case}试生成时出错：", originals)
        return
    parts = {part: content for part, content in report.items() if RENDERED.fullmatch(part)}
    for left in (tag for paragraph in paragraphs(parts) for tag in paragraph.tags):
        alike = [tag for paragraph in originals for tag in paragraph.tags if tag.source == left.source]
        yield at_tag((alike or [left])[0], "标签没有被替换，会原样留在报告里", "请删掉，重新输入一遍")
    for root in map(tree.parse, parts.values()):
        for kind, level, children, what, hint in _EMPTIED:
            if any(all(element.find(w(name)) is None for name in children) for element in root.iter(w(kind))):
                places = "、".join(_emptying(kind, level, originals))
                yield Problem(Severity.ERROR, places, "", f"用{case}试生成后，{what}，Word 会打不开", hint)


def _at_fault(error: TagError, when: str, originals: Sequence[TemplateParagraph]) -> Problem:
    """``error`` at the tag that it means, as far as that stands in the template."""
    wanted = re.sub(r"\s", "", error.tag)
    tags = (tag for paragraph in originals if paragraph.part == error.part for tag in paragraph.tags)
    tag = next((tag for tag in tags if wanted and re.sub(r"\s", "", tag.body) == wanted), None)
    if tag is not None:
        return at_tag(tag, f"{when}{error.what}")
    place = "正文" if error.part == DOCUMENT else error.part
    return Problem(Severity.ERROR, place, error.tag, f"{when}{error.what}")


def _emptying(kind: str, level: str, originals: Sequence[TemplateParagraph]) -> dict[str, None]:
    """Where in the template tags take away what an element of ``kind`` holds."""
    return {
        paragraph.place: None
        for paragraph in originals
        if paragraph.ancestor(kind) is not None
        and any(tag.level == level and tag.keyword in ENDS for tag in paragraph.tags)
    }


# --- doubts: right as a template, and hardly meant -------------------------------------------------

_FIXED = re.compile(r"(?<![\d.×])(?!100[%％])\d[\d,]*(?:\.\d+)?\s?(?:万元|元|[%％])|(?<!\d)20\d\d年|附件\d+")
"""Amounts, rates and years typed into a template, and numbers of attachments; not the 100% of a formula or of all."""


def _reviewed(parts: Mapping[str, bytes]) -> Iterator[Problem]:
    """Comments and tracked changes that wait in a template: the report has neither."""
    roots = [tree.parse(content) for part, content in parts.items() if RENDERED.fullmatch(part)]
    comments = sum(1 for root in roots for _ in root.iter(COMMENTS[2]))
    changes = [change for root in roots for change in root.iter(*TRACKED)]
    if comments:
        what = f"模板里有 {comments} 处批注，不会印进报告"
        yield Problem(Severity.WARNING, "批注", "", what, "看过以后请删掉")
    if changes:
        quote = "".join(map(tree.words, changes))[:40]
        what = f"模板里有 {len(changes)} 处修订没有接受或拒绝，报告按全部接受来印"
        yield Problem(Severity.WARNING, "修订", quote, what, "请在“审阅”里逐处接受或拒绝")


def _fixed(paragraphs: Sequence[TemplateParagraph]) -> Iterator[Problem]:
    """Figures that stand in the words of a template: every report would print the same."""
    for paragraph in paragraphs:
        for figure in _FIXED.finditer(between_tags(paragraph)):
            hint = (
                "附件的序号会随内容变，请改用 facts.attached 里的标识"
                if figure[0].startswith("附件")
                else "各单位、各年度不同的，请改成字段"
            )
            what = f"“{figure[0]}”写死在模板里，每份报告都会印它"
            yield at(paragraph, *figure.span(), what, hint, Severity.WARNING)


# --- labels ---------------------------------------------------------------------------------------

_LINK = re.compile(r"[\s为是：:（(]+$")


def _mislabelled(
    prints: Mapping[Tag, Name], rivals: Mapping[str, Collection[str]], paragraphs: Sequence[TemplateParagraph]
) -> Iterator[Problem]:
    """Tags behind the name of another figure of their block, in a sentence or below a column's heading.

    ``rivals`` has, for the name of each figure, the names of the others of its block.
    """
    heads = _column_heads(paragraphs)
    for tag, name in prints.items():
        own = name.meaning.rpartition("·")[2]
        before = _LINK.sub("", tag.paragraph.text[: tag.start])
        label = max((rival for rival in rivals if before.endswith(rival)), key=len, default="")
        label = label or heads.get(id(tag.paragraph.ancestor("tc")), "")
        if label in rivals.get(own, ()):
            hint = "请核对名称和字段，改其中一个"
            yield at_tag(tag, f"名称写的是“{label}”，印出来的是“{own}”", hint, Severity.WARNING)


def _column_heads(paragraphs: Sequence[TemplateParagraph]) -> dict[int, str]:
    """The words at the top of the column of each cell, by the identity of the cell; only of columns that are not merged."""
    tables = {id(table): table for text in paragraphs if (table := text.ancestor("tbl")) is not None}
    heads: dict[int, str] = {}
    for table in tables.values():
        rows = [row.findall(w("tc")) for row in table.findall(w("tr"))]
        for row in rows[1:]:
            for head, cell in zip(rows[0], row, strict=False) if len(row) == len(rows[0]) else ():
                heads[id(cell)] = tree.words(head).partition("{")[0].strip()
    return heads


# --- attachments ----------------------------------------------------------------------------------


def _without_pages(attached: Collection[str], used: Collection[str]) -> Iterator[Problem]:
    """The report's own attachments that a template speaks of, or has had, and has no pages for."""
    asked = {name.rpartition(".")[2] for name in used if name.startswith("facts.attached.")}
    for key, title in ATTACHMENTS.items():
        if key not in attached and (attached or key in asked):
            yield Problem(Severity.NOTE, "", "", f"没有附件“{title}”的页，报告里也不提它")
