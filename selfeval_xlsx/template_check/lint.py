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
    Element,
    Problem,
    Tag,
    TemplateParagraph,
    at,
    at_tag,
    between_tags,
    broken,
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
    found = list(paragraphs(parts))
    reading = TemplateReading(vocabulary.root)
    seen = [*misspelt(found), *torn(found), *broken(found), *unreached(parts)]
    seen += uncharted(parts, vocabulary.figures)
    seen += [*reviewed(stored), *fixed(found)]
    seen += [problem for paragraph in found for tag in paragraph.tags for problem in reading.read(tag)]
    if not any(problem.severity is Severity.ERROR for problem in seen):
        seen += tried(data, name, trials, found)
    seen += mislabelled(reading.prints, vocabulary.rivals, found)
    seen += _unused(vocabulary, reading.used)
    if not any(problem.severity is Severity.ERROR for problem in seen):
        seen += without_pages(ReportTemplate(data, name).attached, reading.used)
    order = {paragraph.place: index for index, paragraph in enumerate(found)}
    weight = list(Severity)
    return sorted(seen, key=lambda each: (weight.index(each.severity), order.get(each.place, len(order))))


def _unused(vocabulary: Vocabulary, used: set[str]) -> Iterator[Problem]:
    """Fields that the template never reads: a warning for required ones, a note for each block of others."""
    drawn = tuple(prefix for name in used for prefix in vocabulary.draws.get(name, ()))
    idle = [each for each in vocabulary.wanted if not _printed(each.path, used, drawn)]
    for each in idle:
        if each.required:
            yield Problem(
                Severity.WARNING, "", "", f"没有用到必填项{each.block}·{each.label}", "报告应当写明它"
            )
    for block in dict.fromkeys(each.block for each in idle if not each.required):
        left = [each.label for each in idle if each.block == block and not each.required]
        whole = len(left) == sum(each.block == block for each in vocabulary.wanted)
        yield Problem(Severity.NOTE, "", "", f"没有用到{block}" + ("" if whole else f"的{'、'.join(left)}"))
    if vocabulary.wanted and "draft" not in used:
        yield Problem(Severity.NOTE, "", "", "没有草稿标记（draft），这份模板不能用于 --draft")
    if vocabulary.wanted and "mark" not in used:
        yield Problem(Severity.NOTE, "", "", "页眉里没有标记（mark），草稿和核对底稿看上去和正式报告一样")


def _printed(path: str, used: set[str], drawn: tuple[str, ...]) -> bool:
    return path in used or any(path == prefix or path.startswith(f"{prefix}.") for prefix in drawn)


# --- charts ---------------------------------------------------------------------------------------


def uncharted(parts: Mapping[str, bytes], figures: Collection[str]) -> Iterator[Problem]:
    """Every label of a chart that should name one of ``figures`` and does not."""
    charts = [part for part in sorted(filter(PART.fullmatch, parts)) if series_of(tree.parse(parts[part]))]
    for number, part in enumerate(charts, start=1):
        place = f"图表 {number}" if len(charts) > 1 else "图表"
        series = series_of(tree.parse(parts[part]))
        if not any(any(each.labels(figures)) for each in series):
            quote = "、".join(each.name for each in series)
            hint = "图表数据里的行名、列名和填报表一致（如“人员经费”“执行数”）的，才会填入数字"
            yield Problem(Severity.WARNING, place, quote, "图里的数不会替换", hint)
            continue
        for each in series:
            yield from _unknown(each, figures, place)
            if each.fixed:
                what, hint = f"“{each.name}”的数写死在图里，不会替换", "请在“编辑数据”里重新选定数据区域"
                yield Problem(Severity.WARNING, place, each.name, what, hint)
        if not any(each.fixed or each.cells for each in series):
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


def tried(
    data: bytes, name: str, contexts: Mapping[str, Mapping[str, Any]], originals: Sequence[TemplateParagraph]
) -> Iterator[Problem]:
    """What goes wrong with each of ``contexts`` (by the name of the evaluation); nothing twice."""
    try:
        template = ReportTemplate(data, name)
    except TagError as error:
        yield _told(error, "", originals)
        return
    said: set[tuple[str, str]] = set()
    for case, context in contexts.items():
        for problem in _rendered(template, case, context, originals):
            if (problem.place, problem.quote + problem.hint) not in said:
                said.add((problem.place, problem.quote + problem.hint))
                yield problem


def _rendered(
    template: ReportTemplate, case: str, context: Mapping[str, Any], originals: Sequence[TemplateParagraph]
) -> Iterator[Problem]:
    try:
        report = template.render(context)
    except TagError as error:
        yield _told(error, f"用{case}试生成时出错：", originals)
    else:
        yield from _looked_at(report, case, originals)


def _told(error: TagError, when: str, originals: Sequence[TemplateParagraph]) -> Problem:
    tag = _find(error, originals)
    if tag is not None:
        return at_tag(tag, f"{when}{error.what}")
    return Problem(
        Severity.ERROR, "正文" if error.part == DOCUMENT else error.part, error.tag, f"{when}{error.what}"
    )


def _find(error: TagError, originals: Sequence[TemplateParagraph]) -> Tag | None:
    wanted = re.sub(r"\s", "", error.tag)
    tags = (tag for paragraph in originals if paragraph.part == error.part for tag in paragraph.tags)
    return next((tag for tag in tags if wanted and re.sub(r"\s", "", tag.body) == wanted), None)


def _looked_at(report: bytes, case: str, originals: Sequence[TemplateParagraph]) -> Iterator[Problem]:
    """Tags that were left standing, and elements left empty."""
    parts = {part: each for part, each in opened_template(report, case).items() if RENDERED.fullmatch(part)}
    for left in (tag for paragraph in paragraphs(parts) for tag in paragraph.tags):
        written = [tag for paragraph in originals for tag in paragraph.tags if tag.source == left.source]
        yield at_tag((written or [left])[0], "标签没有被替换，会原样留在报告里", "请删掉，重新输入一遍")
    for content in parts.values():
        root = tree.parse(content)
        for kind, level, children, what, hint in _EMPTIED:
            if any(_lacks(element, children) for element in root.iter(w(kind))):
                places = "、".join(_emptying(kind, level, originals))
                yield Problem(Severity.ERROR, places, "", f"用{case}试生成后，{what}，Word 会打不开", hint)


def _emptying(kind: str, level: str, originals: Sequence[TemplateParagraph]) -> dict[str, None]:
    """Where in the template tags take away what an element of ``kind`` holds."""
    return {
        paragraph.place: None
        for paragraph in originals
        if paragraph.ancestor(kind) is not None
        and any(tag.level == level and tag.keyword in ENDS for tag in paragraph.tags)
    }


def _lacks(element: Element, children: tuple[str, ...]) -> bool:
    return all(element.find(w(child)) is None for child in children)


# --- doubts: right as a template, and hardly meant -------------------------------------------------

_FIXED = re.compile(r"(?<![\d.×])(?!100[%％])\d[\d,]*(?:\.\d+)?\s?(?:万元|元|[%％])|(?<!\d)20\d\d年|附件\d+")
"""Amounts, rates and years typed into a template, and numbers of attachments; not the 100% of a formula or of all."""


def reviewed(parts: Mapping[str, bytes]) -> Iterator[Problem]:
    """Comments and tracked changes that wait in a template: the report has neither."""
    roots = [tree.parse(content) for part, content in parts.items() if RENDERED.fullmatch(part)]
    comments = sum(1 for root in roots for _ in root.iter(COMMENTS[2]))
    changes = [change for root in roots for change in root.iter(*TRACKED)]
    if comments:
        yield Problem(
            Severity.WARNING, "批注", "", f"模板里有 {comments} 处批注，不会印进报告", "看过以后请删掉"
        )
    if changes:
        words = "".join("".join(each.text or "" for each in change.iter(w("t"))) for change in changes)
        yield Problem(
            Severity.WARNING,
            "修订",
            words[:40],
            f"模板里有 {len(changes)} 处修订没有接受或拒绝，报告按全部接受来印",
            "请在“审阅”里逐处接受或拒绝",
        )


def fixed(paragraphs: Sequence[TemplateParagraph]) -> Iterator[Problem]:
    """Figures that stand in the words of a template: every report would print the same."""
    for paragraph in paragraphs:
        for found in _FIXED.finditer(between_tags(paragraph)):
            hint = (
                "附件的序号会随内容变，请改用 facts.attached 里的标识"
                if found[0].startswith("附件")
                else "各单位、各年度不同的，请改成字段"
            )
            what = f"“{found[0]}”写死在模板里，每份报告都会印它"
            yield at(paragraph, found.start(), found.end(), what, hint, Severity.WARNING)


# --- labels ---------------------------------------------------------------------------------------

_LINK = re.compile(r"[\s为是：:（(]+$")


def mislabelled(
    prints: Mapping[Tag, Name], rivals: Mapping[str, Collection[str]], paragraphs: Sequence[TemplateParagraph]
) -> Iterator[Problem]:
    """Tags behind the name of another figure of their block, in a sentence or below a column's heading.

    ``rivals`` has, for the name of each figure, the names of the others of its block.
    """
    heads = _column_heads(paragraphs)
    for tag, name in prints.items():
        own = name.meaning.rpartition("·")[2]
        before = _LINK.sub("", tag.paragraph.text[: tag.start])
        label = max((each for each in rivals if before.endswith(each)), key=len, default="")
        label = label or heads.get(id(tag.paragraph.ancestor("tc")), "")
        if label in rivals.get(own, ()):
            hint = "请核对名称和字段，改其中一个"
            yield at_tag(tag, f"名称写的是“{label}”，印出来的是“{own}”", hint, Severity.WARNING)


def _column_heads(paragraphs: Sequence[TemplateParagraph]) -> dict[int, str]:
    """The words at the top of the column of each cell, by the identity of the cell; only of columns that are not merged."""
    tables = {id(table): table for each in paragraphs if (table := each.ancestor("tbl")) is not None}
    found: dict[int, str] = {}
    for table in tables.values():
        rows = [row.findall(w("tc")) for row in table.findall(w("tr"))]
        for row in rows[1:]:
            for head, cell in zip(rows[0], row, strict=False) if len(row) == len(rows[0]) else ():
                words = "".join(piece.text or "" for piece in head.iter(w("t")))
                found[id(cell)] = words.partition("{")[0].strip()
    return found


# --- attachments ----------------------------------------------------------------------------------


def without_pages(attached: Collection[str], used: Collection[str]) -> Iterator[Problem]:
    """The report's own attachments that a template speaks of, or has had, and has no pages for."""
    asked = {name.rpartition(".")[2] for name in used if name.startswith("facts.attached.")}
    for key, title in ATTACHMENTS.items():
        if key not in attached and (attached or key in asked):
            yield Problem(Severity.NOTE, "", "", f"没有附件“{title}”的页，报告里也不提它")
