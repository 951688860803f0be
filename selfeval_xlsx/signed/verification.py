"""An edited Word file against its workbook: what differs, told in comments, and its words taken back into the workbook. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.checks import RULES, Case, Standing, judge
from selfeval_xlsx.checks.rule import run
from selfeval_xlsx.errors import NotAReportError
from selfeval_xlsx.findings import Severity
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.kinds import LongText
from selfeval_xlsx.form.kinds import Text as Line
from selfeval_xlsx.form.relation_kinds import Relation
from selfeval_xlsx.form.relations import relations_of
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.office.guard import STRICT, opened_report
from selfeval_xlsx.office.package import Package, packed
from selfeval_xlsx.report import context
from selfeval_xlsx.report.names import ATTACHMENTS
from selfeval_xlsx.report.origin import Origin, facts_in, facts_of, made_from, origin_of
from selfeval_xlsx.report.printer import as_printed
from selfeval_xlsx.report.review import annotate
from selfeval_xlsx.report.template import ReportTemplate
from selfeval_xlsx.signed.comparison import SENTENCE, compare_tables, compare_texts, sentences, tables_of
from selfeval_xlsx.signed.differences import TELLING_WORDS, Difference, Kind, Known, excerpt
from selfeval_xlsx.signed.paragraphs import Document, read_document
from selfeval_xlsx.signed.wording import figure_changes, wording
from selfeval_xlsx.workbook.marker import retyped
from selfeval_xlsx.workbook.reader import read_workbook

_BLOCKING = [
    rule for rule in RULES if rule.standing is not Standing.ADVICE or not rule.code.startswith("NAR")
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
        return any(difference.severity is Severity.ERROR for difference in self.differences)

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
    edited = read_document(*report)
    whole = completed(read_workbook(*book, rulebook.plan), rulebook)
    origin = origin_of(edited.properties)
    draft = origin is not None and bool(origin.draft)
    result = judge(whole, rulebook) if draft else run(_BLOCKING, Case(whole, rulebook))
    wanted = tuple(filter(None, origin.attachments.split(","))) if origin else _listed(edited, template)
    open_items = list(map(str, (*result.gathered, *result.undone))) if draft else None
    notes = {answer.ref: answer.named for answer in whole.answers.values() if answer.stated}
    expected = context.render(whole, template, rulebook, wanted, open_items=open_items, notes=notes)
    today = made_from(book[0], rulebook.digest, (template.name, template.digest))
    same = origin is not None and origin.workbook == today.workbook
    errors = len(result.of(Severity.ERROR))
    facts = facts_in(edited.properties) or {}
    remarks = (
        *_remarks(origin, today),
        *([f"工作簿现有错误 {errors} 处，请运行 selfeval check 查看"] if errors else ()),
        *_another(facts, facts_of(whole, result, rulebook)),
        *edited.open_remarks,
    )
    relations = relations_of(whole, rulebook)
    return Verification(
        Provenance.SAME if same else Provenance.OTHER if origin else Provenance.UNKNOWN,
        remarks,
        compare(read_document(expected, template.name), edited, as_printed(whole), relations),
    )


def _listed(report: Document, template: ReportTemplate) -> tuple[str, ...]:
    """The attachments of a report that has lost its properties: those whose titles stand on a line of their own."""
    lines = {wording(paragraph.text).key for paragraph in report.paragraphs if not paragraph.place.part}
    return tuple(key for key in template.attached if ATTACHMENTS[key] in lines)


def _remarks(origin: Origin | None, today: Origin) -> Iterator[str]:
    """How what a report was made with differs from what it is held against."""
    if origin is None:
        return
    if origin.draft:
        yield "这是草稿，不是正式报告"
    if origin.rulebook != today.rulebook:
        yield "报告是按另一份口径生成的，可用 --rules 指定"
    if origin.template_digest != today.template_digest:
        yield f"报告是用另一份模板（{origin.template}）生成的，可用 --template 指定"
    if origin.version != today.version:
        yield f"报告由另一个版本的程序（{origin.version}）生成"


def _another(facts: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """Whether report and workbook are of different units or years: then one of the files is the wrong one."""
    report, workbook = (f"{known.get('单位', '')}{known.get('年度', '')}年度" for known in (facts, now))
    if facts and report != workbook:
        yield f"报告是{report}的，工作簿是{workbook}的，请看是否拿错了文件"


def compare(
    expected: Document, found: Document, evaluation: SelfEvaluation, relations: Iterable[Relation]
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
    for difference in differences:
        missing = difference.anchor < 0 or difference.kind is Kind.REMOVED
        note = f"{difference.place}：{difference.remark}" if missing else difference.remark
        quotation = "" if missing or difference.kind in {Kind.ADDED, Kind.WORDING} else difference.found
        notes.setdefault(max(difference.anchor, first), []).append((quotation, note))
    annotate(package, main, notes)
    return packed(package)


# --- words taken back into the workbook -----------------------------------------------------------

_STOPS = "。；;，,"
_DOUBTFUL = {Kind.FIGURE, Kind.UNKNOWN_FIGURE}
_SHORTEST = 4
"""Letters that tell the sentence of a cell within one of the report."""
_REFERENCE = re.compile(r"【+[^【】\n]{1,60}】+")


@dataclass(frozen=True)
class Adopted:
    """A new workbook with the words of the report in their cells."""

    workbook: bytes | None
    """None where nothing could be taken."""
    taken: tuple[str, ...]
    """What was taken, a line each."""
    left: tuple[str, ...]
    """What was not, and why."""

    @property
    def lines(self) -> Iterator[str]:
        """What was taken and what was not, as a user reads it."""
        yield f"取用文字改动 {len(self.taken)} 处，没有取用 {len(self.left)} 处。"
        yield from (f"  已取用 {line}" for line in self.taken)
        yield from (f"  没有取用 {line}" for line in self.left)


class _NotTakenError(Exception):
    """Why a change of words cannot be taken."""


@dataclass(frozen=True)
class _Spot:
    """A sentence of a cell within one of the report, that stands between two pieces of the template."""

    ref: CellRef
    raw: str
    """As it was typed, with references to figures."""
    shown: str
    """As the report prints it."""
    head: str = ""
    tail: str = ""


def adopt(book: tuple[bytes, str], rulebook: Rulebook, differences: Iterable[Difference]) -> Adopted:
    """Take the changed, added and removed sentences among ``differences`` into a copy of ``book``, (content, name).

    Only words are taken: a sentence whose figures changed as well stays as it is. So does a name unless it alone
    changed, everywhere alike, and no text quotes it; of what tells which unit's report it is, or its result, nothing is taken.

    Raises:
        SelfEvalError: the workbook cannot be used.

    """
    every = list(differences)
    evaluation = read_workbook(*book)
    printed = as_printed(completed(evaluation, rulebook))
    unsure = (difference.found.split("、") for difference in every if difference.kind in _DOUBTFUL)
    desk = _Desk(evaluation.answers, printed.answers, {name for names in unsure for name in names})
    taken, left = dict[str, None](), []
    for difference in every:
        expected, found = excerpt(difference.expected), excerpt(difference.found)
        change = f"增加{found}" if difference.found else f"删去{expected}"
        if difference.expected and difference.found:
            change = f"{expected}改为{found}"
        try:
            ref = desk.take(difference)
            everywhere = "（报告里印有它的各处随之改）" if ref in desk.names else ""
            taken[f"{ref}：{change}{everywhere}"] = None
        except _NotTakenError as reason:
            left.append(f"{difference.place}：{difference.kind.value}，{change}{reason}")
    content = retyped(book[0], desk.texts) if desk.texts else None
    return Adopted(content, tuple(taken), tuple(left))


class _Desk:
    """The texts of a workbook, and what they become."""

    def __init__(
        self, raw: Mapping[str, Answer[Any]], whole: Mapping[str, Answer[Any]], doubtful: set[str]
    ) -> None:
        self.texts: dict[CellRef, str] = {}
        """What they become, where that is something else."""
        self.names = {
            answer.ref: answer
            for answer in raw.values()
            if type(answer.field.kind) is Line
            and answer.value
            and not answer.field.key.endswith(TELLING_WORDS)
        }
        self._raw: dict[CellRef, str] = {
            answer.ref: answer.known for answer in raw.values() if isinstance(answer.value, str)
        }
        self._doubtful = doubtful
        self._done: dict[tuple[str, str, str], CellRef] = {}
        spots = [
            _Spot(answer.ref, typed, shown)
            for key, answer in whole.items()
            if isinstance(answer.field.kind, LongText) and answer.value and raw[key].value
            for typed, shown in _paired(raw[key].known, answer.known)
        ]
        spots += [_Spot(ref, answer.known, answer.known) for ref, answer in self.names.items()]
        self._spots = [spot for spot in spots if len(spot.shown) >= _SHORTEST]

    def take(self, difference: Difference) -> CellRef:
        """Take a difference; returns the cell it belongs to.

        Raises:
            _NotTakenError: it is none of words alone, or of no one cell.

        """
        source = difference.source if difference.kind is Kind.CONTENT else ""
        change = (difference.expected, difference.found, source)
        if change not in self._done or difference.kind is Kind.ADDED:
            self._done[change] = self._taken(difference)
        return self._done[change]  # the report may say it in several places

    def _taken(self, difference: Difference) -> CellRef:
        kind, old, new = difference.kind, difference.expected, difference.found
        if kind is Kind.WORDING and old and new:
            return self._reword(old, new)
        if difference.alone and new and difference.severity is Severity.WARNING:
            return self._rename(difference)
        if kind is Kind.REMOVED and old:
            return self._remove(old)
        if kind is Kind.ADDED and new and difference.after:
            return self._add(difference.after, new)
        raise _NotTakenError("。不是文字的改动，请按提示在报告或填报表里改")

    def _reword(self, old: str, new: str) -> CellRef:
        moves = figure_changes(wording(old), wording(new))
        if moves.changed or moves.blanked or moves.gained:
            raise _NotTakenError("。这句话里的数也变了，没有取用")
        spot = self._spot(old)
        bare = new.rstrip(_STOPS) if spot.tail and not spot.tail.strip(_STOPS) else new
        tail = "" if bare != new else spot.tail
        within = bare[len(spot.head) : len(bare) - len(tail)]
        if not within or bare != f"{spot.head}{within}{tail}":
            raise _NotTakenError("。改到了模板里的话，没有取用")
        self._put(spot, _with_references(spot, within))
        return spot.ref

    def _rename(self, difference: Difference) -> CellRef:
        """A name or title in a cell of its own."""
        own = (answer for answer in self.names.values() if answer.named == difference.source)
        answer = next(own, None)
        if answer is None or answer.known != difference.expected:
            raise _NotTakenError("。不是一格里的名称，没有取用")
        self._put(_Spot(answer.ref, answer.known, answer.known), difference.found)
        return answer.ref

    def _remove(self, text: str) -> CellRef:
        spots = [self._spot(piece) for piece in _pieces(text)]
        if len({spot.ref for spot in spots}) != 1 or any(wording(spot.head).key for spot in spots):
            raise _NotTakenError("。不全是同一格里的话，没有取用")
        for spot in spots:
            self._put(spot, "")
        return spots[0].ref

    def _add(self, after: str, text: str) -> CellRef:
        if any(figure.text in self._doubtful for figure in wording(text).figures):
            raise _NotTakenError("。里面的数填报表里没有，或不一致，没有取用")
        spot = self._spot(after.strip())
        if spot.ref in self.names:
            raise _NotTakenError("。增加在一个名称后面，不知道是哪一格的话，请自己填进填报表")
        own = self._own(spot.ref)
        end = own.index(spot.raw) + len(spot.raw)
        stops = len(own[end:]) - len(own[end:].lstrip(_STOPS + "！？!?"))
        between = "\n" if after.endswith("\n") else "" if stops else "。"
        if after.endswith("\n") and end + stops == len(own.rstrip()):
            raise _NotTakenError("。增加的一段不在某一格的话中间，请自己填进填报表")
        self.texts[spot.ref] = own[: end + stops] + between + text + own[end + stops :]
        return spot.ref

    def _own(self, ref: CellRef) -> str:
        return self.texts.get(ref, self._raw[ref])

    def _spot(self, sentence: str) -> _Spot:
        """The longest sentence of a cell that stands in ``sentence``."""
        parted = ((spot, sentence.partition(spot.shown)) for spot in self._spots)
        placed = [replace(spot, head=head, tail=tail) for spot, (head, middle, tail) in parted if middle]
        placed = [spot for spot in placed if self._may_stand(spot)]
        longest = max((len(spot.shown) for spot in placed), default=0)
        best = [spot for spot in placed if len(spot.shown) == longest]
        if not best:
            raise _NotTakenError("。填报表的长文字里没有这句话（是模板的话），没有取用")
        if len(best) > 1 or self._own(best[0].ref).count(best[0].raw) != 1:
            raise _NotTakenError("。这句话在填报表里有几处，没有取用")
        return best[0]

    def _may_stand(self, spot: _Spot) -> bool:
        """A name amid other words is no sentence of its own: what is put beside it may be meant for the template."""
        return spot.ref not in self.names or not (wording(spot.head).key or spot.tail.strip(_STOPS))

    def _put(self, spot: _Spot, text: str) -> None:
        own = self._own(spot.ref)
        if spot.ref in self.names and any(f"{spot.raw}】" in raw for raw in self._raw.values()):
            raise _NotTakenError("。文字里用【】引用了这个名称，请自己改，引用一并改")
        if spot.ref in self.names and not text:
            raise _NotTakenError("。一格里的名称不能就这样清空，请自己改")
        head, middle, tail = own.partition(spot.raw)
        if not middle:
            raise _NotTakenError("。报告里各处改得不一样，请自己改")
        if not text:
            tail = tail.lstrip(_STOPS + "！？!?")
        self.texts[spot.ref] = re.sub(r"\n\s*\n", "\n", f"{head}{text}{tail}").strip()


def _pieces(text: str) -> list[str]:
    """The sentences of a text without the stops at their ends."""
    return [bare for piece in SENTENCE.findall(text) if (bare := piece.strip().rstrip(_STOPS))]


def _paired(typed: str, shown: str) -> list[tuple[str, str]]:
    """The sentences of a text as they were typed and as the report prints them, after the whole of several.

    Lines that were torn do not pair.
    """
    one, other = _pieces(typed), _pieces(shown)
    if len(one) == len(other):
        return [*([(typed, shown)] if len(one) > 1 else []), *zip(one, other, strict=True)]
    return [(piece, piece) for piece in other if piece in typed]


def _with_references(spot: _Spot, text: str) -> str:
    """``text`` with the references of the sentence as it was typed, in the places of the figures they printed."""
    references = _REFERENCE.findall(spot.raw)
    if not references:
        return text
    pattern = "(.+?)".join(map(re.escape, _REFERENCE.split(spot.raw)))
    printed = re.fullmatch(pattern, spot.shown)
    for reference, figure in zip(references, printed.groups() if printed else (), strict=False):
        if text.count(figure) != 1:
            raise _NotTakenError(f"。{reference} 所引的数改写了，没有取用")
        text = text.replace(figure, reference)
    if not printed:
        raise _NotTakenError("。引用的数对不上，没有取用")
    return text
