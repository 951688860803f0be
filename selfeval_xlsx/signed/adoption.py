"""Words that were edited in Word, taken back into the workbook: which cell each sentence stands in, and what becomes of it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.findings import Severity
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.kinds import LongText
from selfeval_xlsx.form.kinds import Text as Line
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.report.printer import as_printed
from selfeval_xlsx.signed.comparison import SENTENCE
from selfeval_xlsx.signed.differences import TELLING_WORDS, Difference, Kind, excerpt, note_of
from selfeval_xlsx.signed.wording import figure_changes, wording
from selfeval_xlsx.workbook.marker import retyped
from selfeval_xlsx.workbook.reader import read_workbook

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
    head: str
    tail: str


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
    doubtful = {name for each in every if each.kind in _DOUBTFUL for name in each.found.split("、")}
    desk = _Desk(evaluation.answers, printed.answers, frozenset(doubtful))
    taken, left = dict[str, None](), []
    for each in every:
        try:
            ref = desk.take(each)
            everywhere = "（报告里印有它的各处随之改）" if ref in desk.names else ""
            taken[f"{ref}：{_told(each)}{everywhere}"] = None
        except _NotTakenError as reason:
            left.append(f"{each.place}：{each.kind.value}，{_told(each)}{reason}")
    content = retyped(book[0], desk.texts) if desk.texts else None
    return Adopted(content, tuple(taken), tuple(left))


def _told(each: Difference) -> str:
    if each.expected and each.found:
        return f"{excerpt(each.expected)}改为{excerpt(each.found)}"
    return f"增加{excerpt(each.found)}" if each.found else f"删去{excerpt(each.expected)}"


class _Desk:
    """The long texts of a workbook, and what they become."""

    def __init__(
        self, raw: Mapping[str, Answer[Any]], whole: Mapping[str, Answer[Any]], doubtful: frozenset[str]
    ) -> None:
        self.texts: dict[CellRef, str] = {}
        self._doubtful = doubtful
        self._done: dict[tuple[str, str, str], CellRef] = {}
        self._spots = [
            (answer.ref, typed, shown)
            for key, answer in whole.items()
            if isinstance(answer.field.kind, LongText) and answer.value and raw[key].value
            for typed, shown in _paired(raw[key].known, answer.known)
            if len(shown) >= _SHORTEST
        ]
        self.names = {
            answer.ref: answer
            for answer in raw.values()
            if type(answer.field.kind) is Line
            and answer.value
            and not answer.field.key.endswith(TELLING_WORDS)
        }
        self._spots += [
            (ref, each.known, each.known) for ref, each in self.names.items() if len(each.known) >= _SHORTEST
        ]
        self._raw = {answer.ref: answer.known for answer in raw.values() if isinstance(answer.value, str)}

    def take(self, each: Difference) -> CellRef:
        """Take a difference; returns the cell it belongs to.

        Raises:
            _NotTakenError: it is none of words alone, or of no one cell.

        """
        change = (each.expected, each.found, each.source if each.kind is Kind.CONTENT else "")
        if change in self._done and each.kind is not Kind.ADDED:
            return self._done[change]  # the report says it in several places
        self._done[change] = ref = self._taken(each)
        return ref

    def _taken(self, each: Difference) -> CellRef:
        if each.kind is Kind.WORDING and each.expected and each.found:
            return self._reword(each.expected, each.found)
        if each.alone and each.found and each.severity is Severity.WARNING:
            return self._rename(each)
        if each.kind is Kind.REMOVED and each.expected:
            return self._remove(each.expected)
        if each.kind is Kind.ADDED and each.found and each.after:
            return self._add(each.after, each.found)
        raise _NotTakenError("。不是文字的改动，请按提示在报告或填报表里改")

    def _reword(self, old: str, new: str) -> CellRef:
        moves = figure_changes(wording(old), wording(new))
        if moves.changed or moves.blanked or moves.gained:
            raise _NotTakenError("。这句话里的数也变了，没有取用")
        spot = self._spot(old)
        bare = new.rstrip(_STOPS) if spot.tail and not spot.tail.strip(_STOPS) else new
        tail = "" if bare != new else spot.tail
        if (
            not bare.startswith(spot.head)
            or not bare.endswith(tail)
            or len(bare) <= len(spot.head) + len(tail)
        ):
            raise _NotTakenError("。改到了模板里的话，没有取用")
        self._put(spot, _with_references(spot, bare[len(spot.head) : len(bare) - len(tail)]))
        return spot.ref

    def _rename(self, each: Difference) -> CellRef:
        """A name or title in a cell of its own."""
        answer = next((one for one in self.names.values() if note_of(one) == each.source), None)
        if answer is None or answer.known != each.expected:
            raise _NotTakenError("。不是一格里的名称，没有取用")
        self._put(_Spot(answer.ref, answer.known, answer.known, "", ""), each.found)
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
        own = self.texts.get(spot.ref, self._raw[spot.ref])
        end = own.index(spot.raw) + len(spot.raw)
        stops = len(own[end:]) - len(own[end:].lstrip(_STOPS + "！？!?"))
        between = "\n" if after.endswith("\n") else "" if stops else "。"
        if after.endswith("\n") and end + stops == len(own.rstrip()):
            raise _NotTakenError("。增加的一段不在某一格的话中间，请自己填进填报表")
        self.texts[spot.ref] = own[: end + stops] + between + text + own[end + stops :]
        return spot.ref

    def _spot(self, sentence: str) -> _Spot:
        """The longest sentence of a cell that stands in ``sentence``."""
        found = [each for each in self._spots if each[2] in sentence and self._may_stand(each, sentence)]
        longest = max((len(shown) for _, _, shown in found), default=0)
        best = [each for each in found if len(each[2]) == longest]
        if not best:
            raise _NotTakenError("。填报表的长文字里没有这句话（是模板的话），没有取用")
        ref, raw, shown = best[0]
        if len(best) > 1 or self.texts.get(ref, self._raw[ref]).count(raw) != 1:
            raise _NotTakenError("。这句话在填报表里有几处，没有取用")
        head, _, tail = sentence.partition(shown)
        return _Spot(ref, raw, shown, head, tail)

    def _may_stand(self, spot: tuple[CellRef, str, str], sentence: str) -> bool:
        """A name amid other words is no sentence of its own: what is put beside it may be meant for the template."""
        head, _, tail = sentence.partition(spot[2])
        return spot[0] not in self.names or not (wording(head).key or tail.strip(_STOPS))

    def _put(self, spot: _Spot, text: str) -> None:
        own = self.texts.get(spot.ref, self._raw[spot.ref])
        if spot.ref in self.names and any(f"{spot.raw}】" in each for each in self._raw.values()):
            raise _NotTakenError("。文字里用【】引用了这个名称，请自己改，引用一并改")
        if spot.ref in self.names and not text:
            raise _NotTakenError("。一格里的名称不能就这样清空，请自己改")
        if spot.raw not in own:
            raise _NotTakenError("。报告里各处改得不一样，请自己改")
        head, _, tail = own.partition(spot.raw)
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


def lines(adopted: Adopted) -> Iterator[str]:
    """What was taken and what was not, as a user reads it."""
    yield f"取用文字改动 {len(adopted.taken)} 处，没有取用 {len(adopted.left)} 处。"
    yield from (f"  已取用 {each}" for each in adopted.taken)
    yield from (f"  没有取用 {each}" for each in adopted.left)
