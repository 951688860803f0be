"""What is right as a template and yet hardly meant.

Comments and changes left in it, figures that every report would print, words that name another field than the one behind
them, attachments that are mentioned and have no pages.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from selfeval_xlsx.findings import Severity
from selfeval_xlsx.office import tree
from selfeval_xlsx.office.guard import RENDERED
from selfeval_xlsx.office.revisions import COMMENTS, TRACKED
from selfeval_xlsx.report.attachments import NAMES
from selfeval_xlsx.template_check.names import Name
from selfeval_xlsx.template_check.places import Problem, Tag, TemplateParagraph, at, at_tag, w

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
        text = paragraph.text
        for tag in paragraph.tags:
            text = text[: tag.start] + "\0" * (tag.end - tag.start) + text[tag.end :]
        for found in _FIXED.finditer(text):
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
        rows = [list(row.iterchildren(w("tc"))) for row in table.iterchildren(w("tr"))]
        for row in rows[1:]:
            for head, cell in zip(rows[0], row, strict=False) if len(row) == len(rows[0]) else ():
                words = "".join(piece.text or "" for piece in head.iter(w("t")))
                found[id(cell)] = words.partition("{")[0].strip()
    return found


# --- attachments ----------------------------------------------------------------------------------


def without_pages(attached: Collection[str], used: Collection[str]) -> Iterator[Problem]:
    """The report's own attachments that a template speaks of, or has had, and has no pages for."""
    asked = {name.rpartition(".")[2] for name in used if name.startswith("facts.attached.")}
    for key, title in NAMES.items():
        if key not in attached and (attached or key in asked):
            yield Problem(Severity.NOTE, "", "", f"没有附件“{title}”的页，报告里也不提它")
