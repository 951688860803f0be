"""Does a signed Word file still say what its workbook says? Bytes in, :class:`Verification` out. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from selfeval_xlsx.checks import RULES, Case, Standing, judge
from selfeval_xlsx.checks.rule import run
from selfeval_xlsx.errors import NotAReportError
from selfeval_xlsx.findings import Severity
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.relation_kinds import Relation
from selfeval_xlsx.form.relations import relations_of
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.office.guard import STRICT, opened_report
from selfeval_xlsx.office.package import Package, packed
from selfeval_xlsx.report import context
from selfeval_xlsx.report.attachments import NAMES
from selfeval_xlsx.report.origin import Origin, facts_in, facts_of, made_from, origin_of
from selfeval_xlsx.report.printer import as_printed
from selfeval_xlsx.report.review import annotate
from selfeval_xlsx.report.template import ReportTemplate
from selfeval_xlsx.signed.comparison import compare_tables, compare_texts, sentences, tables_of
from selfeval_xlsx.signed.differences import Difference, Kind, Known, note_of
from selfeval_xlsx.signed.paragraphs import Document, read_document
from selfeval_xlsx.signed.wording import wording
from selfeval_xlsx.workbook.reader import read_workbook

_BLOCKING = [
    each for each in RULES if each.standing is not Standing.ADVICE or not each.code.startswith("NAR")
]
"""The rules that may find an error. Those that only warn of texts read every sentence, which takes long of long texts."""


class Provenance(Enum):
    """Whether a report was made from the workbook it is held against."""

    SAME = "报告由这份工作簿生成，工作簿此后没有改动"
    OTHER = "报告不是由现在这份工作簿生成的：工作簿此后改动或重新保存过，或是另一份工作簿"
    UNKNOWN = "报告由哪份工作簿生成已查不到（文档属性不在了，或不是本程序生成的）"


@dataclass(frozen=True)
class Verification:
    """What a Word file says against its workbook."""

    provenance: Provenance
    remarks: tuple[str, ...]
    """What else bears on the comparison: another rulebook or template, a draft, errors in the workbook."""
    differences: tuple[Difference, ...]

    @property
    def figures_differ(self) -> bool:
        """Whether some figure is not the workbook's."""
        return any(each.severity is Severity.ERROR for each in self.differences)

    def data(self) -> dict[str, Any]:
        """The verification as JSON holds it."""
        return {
            "figures_differ": self.figures_differ,
            "provenance": self.provenance.name.lower(),
            "remarks": list(self.remarks),
            "differences": [difference.data() for difference in self.differences],
        }


def verify(
    report: tuple[bytes, str], book: tuple[bytes, str], template: ReportTemplate, rulebook: Rulebook
) -> Verification:
    """Hold a Word file against what ``book`` gives today; both as (content, file name).

    Raises:
        SelfEvalError: one of the files cannot be used.

    """
    found = read_document(*report)
    whole = completed(read_workbook(*book, rulebook.plan), rulebook)
    origin = origin_of(found.properties)
    draft = origin is not None and bool(origin.draft)
    result = judge(whole, rulebook) if draft else run(_BLOCKING, Case(whole, rulebook))
    wanted = tuple(filter(None, origin.attachments.split(","))) if origin else _listed(found, template)
    today = made_from(book[0], rulebook.digest, (template.name, template.digest))
    open_items = [str(each) for each in (*result.gathered, *result.undone)] if draft else None
    notes = {answer.ref: note_of(answer) for answer in whole.answers.values() if answer.stated}
    expected = context.render(whole, template, rulebook, wanted, open_items=open_items, notes=notes)
    errors = len(result.of(Severity.ERROR))
    said = facts_in(found.properties) or {}
    same = origin is not None and origin.workbook == today.workbook
    return Verification(
        Provenance.SAME if same else Provenance.OTHER if origin else Provenance.UNKNOWN,
        (
            *_remarks(origin, today, errors),
            *_another(said, facts_of(whole, result, rulebook)),
            *found.open_remarks,
        ),
        compare(
            read_document(expected, template.name), found, as_printed(whole), relations_of(whole, rulebook)
        ),
    )


def _listed(report: Document, template: ReportTemplate) -> tuple[str, ...]:
    """The attachments of a report that has lost its properties: those whose titles stand on a line of their own."""
    lines = {wording(each.text).key for each in report.paragraphs if not each.place.part}
    return tuple(key for key in template.attached if NAMES[key] in lines)


def _remarks(origin: Origin | None, today: Origin, errors: int) -> list[str]:
    remarks = []
    if origin is not None and origin.draft:
        remarks.append("这是草稿，不是正式报告")
    if origin is not None and origin.rulebook != today.rulebook:
        remarks.append("报告是按另一份口径生成的，可用 --rules 指定")
    if origin is not None and origin.template_digest != today.template_digest:
        remarks.append(f"报告是用另一份模板（{origin.template}）生成的，可用 --template 指定")
    if origin is not None and origin.version != today.version:
        remarks.append(f"报告由另一个版本的程序（{origin.version}）生成")
    if errors:
        remarks.append(f"工作簿现有错误 {errors} 处，请运行 selfeval check 查看")
    return remarks


def _another(said: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """Whether report and workbook are of different units or years: then one of the files is the wrong one."""
    report, workbook = (f"{facts.get('单位', '')}{facts.get('年度', '')}年度" for facts in (said, now))
    if said and report != workbook:
        yield f"报告是{report}的，工作簿是{workbook}的，请看是否拿错了文件"


# --- the comparison ---------------------------------------------------------------------------------


def compare(
    expected: Document,
    found: Document,
    evaluation: SelfEvaluation | None = None,
    relations: Iterable[Relation] = (),
) -> tuple[Difference, ...]:
    """How ``found`` differs from ``expected``: text, tables, then headers, footers and notes.

    A changed figure is an error, also one in added words that the workbook contradicts; a grade or a name that is
    another, a total or an attachment that is gone an error or a warning. A figure that the workbook has nowhere is a
    warning; changed words, and paragraphs that moved, went or came, are notes. ``evaluation`` is what ``expected``
    was made of, and ``relations`` how its figures hang together: they tell cells, and what has to follow a change.
    """
    texts = (*expected.texts, *(paragraph.text for paragraph in expected.margins))
    known = Known(texts, evaluation, tuple(relations))
    pictures = found.pictures - expected.pictures
    unread = f"报告里有 {pictures} 处图片或嵌入的文件，其中的文字和数字没有核对。"
    return (
        *compare_texts(sentences(expected.paragraphs), sentences(found.paragraphs), known),
        *compare_tables(tables_of(expected), tables_of(found), known),
        *compare_texts(sentences(expected.margins), sentences(found.margins), known),
        *([Difference(Severity.NOTE, Kind.UNREAD, "全文", unread)] if pictures > 0 else []),
    )


def marked_copy(report: tuple[bytes, str], differences: Iterable[Difference]) -> bytes:
    """The Word file, (content, file name), with a comment on each difference, and a seal; what it says stays as it is.

    What is no longer there is told where it stood; of headers, footers and pictures the first paragraph tells.

    Raises:
        NotAReportError: the file cannot be used.

    """
    _, main = opened_report(*report)
    package = Package.opened(report[0])
    if STRICT in package[main]:
        raise NotAReportError(
            f"{report[1]} 是“Strict Open XML”格式，不能写批注。请在 Word 里另存为“Word 文档（*.docx）”再核验。"
        )
    first = next((block.anchor for block in read_document(*report).body), 0)
    notes: dict[int, list[tuple[str, str]]] = {}
    for each in differences:
        missing = each.anchor < 0 or each.kind is Kind.REMOVED
        note = f"{each.place}：{each.remark}" if missing else each.remark
        place = notes.setdefault(max(each.anchor, first), [])
        place.append(("" if missing or each.kind in {Kind.ADDED, Kind.WORDING} else each.found, note))
    annotate(package, main, notes)
    return packed(package)
