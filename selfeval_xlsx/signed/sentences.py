"""Compares the running text of two documents, sentence by sentence, and the figures within."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from selfeval_xlsx.findings import Severity
from selfeval_xlsx.signed.differences import (
    ALIKE_ELSEWHERE,
    Alignment,
    Difference,
    Kind,
    align,
    excerpt,
    likeness,
    listed,
)
from selfeval_xlsx.signed.paragraphs import Paragraph, Place, Text
from selfeval_xlsx.signed.wording import Figure, Wording, figure_changes, kept_words, wording
from selfeval_xlsx.signed.workbook import Known, note_of

_TAIL = 12
"""Letters quoted of a text that was cut in two."""
_TELLING = 4
"""Letters beside its figures that a sentence must have to say what they are of."""
_SHOWN = 6
"""Figures of an added text whose cells are named."""
_FEWEST = 2
"""Figures in common by which a rewritten sentence is known again."""
_YEAR = re.compile(r"\d{4}年")

SENTENCE = re.compile(r"[^。！？；!?;\n]*[。！？；!?;]+[”’\"')）》」』]*|[^。！？；!?;\n]+")


@dataclass(frozen=True)
class Sentence:
    """A sentence with where it stands; ``paragraph`` and ``number`` count through the document."""

    text: Text
    words: Wording
    place: Place
    paragraph: int
    number: int
    cut: str = ""
    """What stands before the end of a paragraph within it."""


def sentences(paragraphs: Iterable[Paragraph]) -> list[Sentence]:
    """The sentences of ``paragraphs``; semicolons and line breaks end them, too."""
    found = [
        (paragraph.text.piece(*piece.span()), paragraph.place, index)
        for index, paragraph in enumerate(paragraphs)
        for piece in SENTENCE.finditer(paragraph.text)
        if wording(piece[0]).key
    ]
    return [
        Sentence(text, wording(text), place, index, number)
        for number, (text, place, index) in enumerate(found)
    ]


def compare_texts(old: Sequence[Sentence], new: Sequence[Sentence], known: Known) -> Iterator[Difference]:
    """What became of the sentences of ``old`` in ``new``; ``known`` is what the workbook knows of them."""
    aligned = _rejoined(align(old, new, lambda each: each.words.key, _alike))
    for one, other in aligned.changed:
        yield from _changed_sentence(one, other, known)
        yield from _cut(one, other)
    together = groupby(aligned.moved, key=lambda pair: (pair[0].paragraph, pair[1].paragraph))
    for _, pairs in together:
        yield _moved(list(pairs))
    whole = _whole_paragraphs(old, aligned.removed)
    before = _Before(old, new)
    for gone in _by_paragraph(aligned.removed):
        yield _removed(gone, known, before(gone[0]), whole=gone[0].paragraph in whole)
    whole = _whole_paragraphs(new, aligned.added)
    for come in _by_paragraph(aligned.added):
        yield from _added(come, old, known, _behind(come, new), whole=come[0].paragraph in whole)


class _Before:
    """Where in the new text a sentence of the old one would stand: behind the last before it that stayed."""

    def __init__(self, old: Sequence[Sentence], new: Sequence[Sentence]) -> None:
        self._old = old
        self._anchors = {each.words.key: each.text.anchor for each in new}
        self._first = new[0].text.anchor if new else -1

    def __call__(self, gone: Sentence) -> int:
        """The paragraph of the new text."""
        above = (self._anchors.get(each.words.key) for each in reversed(self._old[: gone.number]))
        return next((anchor for anchor in above if anchor is not None), self._first)


def _alike(one: Sentence, other: Sentence) -> float:
    """By their words, or by their figures where the words were rewritten. A caption never became a sentence."""
    if bool(one.place.part) != bool(other.place.part):
        return 0.0
    words = likeness(one.words.skeleton, other.words.skeleton)
    return words if words >= ALIKE_ELSEWHERE else max(words, _shared(one.words.figures, other.words.figures))


def _shared(one: Sequence[Figure], other: Sequence[Figure]) -> float:
    """The share of telling figures that two sentences have in common, where these are several."""
    left, right = ({figure.value for figure in figures if len(figure.digits) > 1} for figures in (one, other))
    common = len(left & right)
    return common / max(len(left), len(right)) if common >= _FEWEST else 0.0


def _changed_sentence(old: Sentence, new: Sentence, known: Known) -> Iterator[Difference]:
    moves = figure_changes(old.words, new.words)
    changed: list[tuple[Figure, Figure | None]] = [*moves.changed, *((one, None) for one in moves.blanked)]
    for one, other in changed:
        source = known.source(old.text, old.words, one)
        loosely = other is not None and one.is_kept_loosely_by(other)
        found = "" if other is None else other.text
        message = f"按工作簿应为 {one.text}，报告里{_now(found)}。原文：{excerpt(new.text)}"
        severity, kind = (Severity.WARNING, Kind.SPELLING) if loosely else (Severity.ERROR, Kind.FIGURE)
        advice = known.advice(source, one.text, other)
        yield Difference(
            severity, kind, str(new.place), message, one.text, found, source, advice, new.text.anchor
        )
    contents = list(_contents(old, new, known))
    yield from contents
    differences, _ = known.added(moves.gained, new.text, str(new.place))
    yield from differences
    if _reworded(old.words, new.words, moves.changed) and not contents:
        lost = listed(moves.lost, "；其中少了")
        message = f"按工作簿：{excerpt(old.text)} 报告：{excerpt(new.text)}{lost}"
        place, cell = str(new.place), known.cell_of(old.text)
        source = "" if cell is None else note_of(cell)
        yield Difference(
            Severity.NOTE, Kind.WORDING, place, message, old.text, new.text, source, anchor=new.text.anchor
        )


def _contents(old: Sentence, new: Sentence, known: Known) -> Iterator[Difference]:
    """Words that stand in a cell of their own, and are others now: a grade, a name."""
    was, now = old.words, new.words
    for source, spot in kept_words(old.text, was, now):
        if spot is None:
            continue
        expected, found = was.typed(old.text, source.start, source.end), now.typed(new.text, *spot)
        message = f"按工作簿应为 {expected}，报告里{_now(found)}。原文：{excerpt(new.text)}"
        yield Difference(
            known.severity(source.note),
            Kind.CONTENT,
            str(new.place),
            message,
            expected,
            found,
            source.note,
            known.advice(source.note, expected, found),
            new.text.anchor,
            alone=now.key == f"{was.key[: source.start]}{now.key[slice(*spot)]}{was.key[source.end :]}",
        )


def _reworded(old: Wording, new: Wording, changed: Sequence[tuple[Figure, Figure]]) -> bool:
    """Whether more differs than the figures that changed."""
    if old.skeleton != new.skeleton:
        return old.skeleton.replace("\0", "") != new.skeleton.replace("\0", "")
    pairs = set(zip(old.figures, new.figures, strict=True)) - set(changed)
    return any(one.text.replace(",", "") != other.text.replace(",", "") for one, other in pairs)


def _now(found: str) -> str:
    return f"是 {found}" if found else "删掉了"


# --- what moved, went, came ---------------------------------------------------------------------


def _rejoined(aligned: Alignment[Sentence]) -> Alignment[Sentence]:
    """Sentences that were cut in two or drawn together are one change, not a change and a loss."""
    removed, added = list(aligned.removed), list(aligned.added)
    changed = []
    for one, other in aligned.changed:
        wider = _widened(other, added, one)
        changed.append((_widened(one, removed, wider), wider))
    return replace(aligned, changed=tuple(changed), removed=tuple(removed), added=tuple(added))


def _widened(sentence: Sentence, loose: list[Sentence], other: Sentence) -> Sentence:
    """``sentence`` with those of its neighbours in ``loose`` that make it more like ``other``."""
    growing = True
    while growing:
        growing = False
        for neighbour in [each for each in loose if abs(each.number - sentence.number) == 1]:
            first, second = sorted((sentence, neighbour), key=lambda each: each.number)
            joined = _joined(first, second)
            if _alike(joined, other) > _alike(sentence, other):
                loose.remove(neighbour)
                sentence, growing = joined, True
    return sentence


def _joined(first: Sentence, second: Sentence) -> Sentence:
    parted = first.text[-_TAIL:] if first.paragraph != second.paragraph else second.cut
    return replace(
        second,
        text=first.text.joined(second.text),
        words=first.words + second.words,
        place=first.place,
        cut=first.cut or parted,
    )


def _cut(old: Sentence, new: Sentence) -> Iterator[Difference]:
    """Whether a sentence now runs over the end of a paragraph, or no longer does."""
    if bool(old.cut) != bool(new.cut):
        what = f"在“{new.cut}”之后断成了两段" if new.cut else f"“{old.cut}”之后不再分段"
        message = f"{what}。原文：{excerpt(new.text)}"
        yield Difference(
            Severity.NOTE, Kind.WORDING, str(new.place), message, old.text, new.text, anchor=new.text.anchor
        )


def _by_paragraph(sentences: Iterable[Sentence]) -> Iterator[list[Sentence]]:
    for _, group in groupby(sentences, key=lambda each: each.paragraph):
        yield list(group)


def _whole_paragraphs(all_: Iterable[Sentence], some: Iterable[Sentence]) -> set[int]:
    """The paragraphs of which every sentence is among ``some``."""
    chosen = {each.number for each in some}
    rest = {each.paragraph for each in all_ if each.number not in chosen}
    return {each.paragraph for each in some} - rest


def _moved(pairs: list[tuple[Sentence, Sentence]]) -> Difference:
    """Sentences that moved together from one paragraph to another."""
    text = "".join(one.text for one, _ in pairs)
    origin, place = pairs[0][0].place, pairs[0][1].place
    message = f"原在{origin}。原文：{excerpt(text)}"
    return Difference(
        Severity.NOTE, Kind.MOVED, str(place), message, text, text, anchor=pairs[0][1].text.anchor
    )


def _removed(sentences: list[Sentence], known: Known, anchor: int, *, whole: bool) -> Difference:
    """What was taken out; the title of an attachment, or of a table, is no mere sentence."""
    text = "".join(each.text for each in sentences)
    figures = [figure for each in sentences for figure in each.words.figures]
    message = f"{'整段' if whole else '句子'}：{excerpt(text)}{listed(figures, '；其中有数字')}"
    severity = (
        Severity.WARNING if any(known.is_attachment(each.text) for each in sentences) else Severity.NOTE
    )
    cell = known.cell_of(sentences[0].text)
    source = "" if cell is None else note_of(cell)
    return Difference(
        severity, Kind.REMOVED, f"原{sentences[0].place}", message, text, "", source, anchor=anchor
    )


def _behind(come: Sequence[Sentence], new: Sequence[Sentence]) -> str:
    """The sentence that added ones stand behind; with a line break where it ends the paragraph above."""
    if not come[0].number:
        return ""
    before = new[come[0].number - 1]
    return before.text if before.paragraph == come[0].paragraph else f"{before.text}\n"


def _added(
    sentences: list[Sentence], old: Sequence[Sentence], known: Known, after: str, *, whole: bool
) -> Iterator[Difference]:
    text, place = "".join(each.text for each in sentences), str(sentences[0].place)
    said = {each: _said_before(each, old) for each in sentences}
    for sentence, before in said.items():
        if before is not None:
            yield from _changed_sentence(before, sentence, known)
    told: list[str] = []
    for each in sentences:
        if said[each] is None:
            differences, agreeing = known.added(each.words.figures, each.text, place)
            yield from differences
            told += agreeing
    shown = f"（{'，'.join(list(dict.fromkeys(told))[:_SHOWN])}）" if told else ""
    message = f"{'整段' if whole else '句子'}：{excerpt(text)}{shown}"
    anchor = sentences[0].text.anchor
    yield Difference(Severity.NOTE, Kind.ADDED, place, message, "", text, anchor=anchor, after=after)


def _said_before(sentence: Sentence, old: Sequence[Sentence]) -> Sentence | None:
    """The sentence of the workbook's report that ``sentence`` repeats with other figures; None if it repeats none.

    Of another year it says something else.
    """
    skeleton = sentence.words.skeleton
    if len(re.findall(r"\w", skeleton)) < _TELLING:
        return None
    same = [each for each in old if each.words.skeleton == skeleton and _years(each) == _years(sentence)]
    for each in same:
        if all(
            one.agrees(other) for one, other in zip(each.words.figures, sentence.words.figures, strict=True)
        ):
            return None
    return same[0] if same else None


def _years(sentence: Sentence) -> list[object]:
    figures = sentence.words.figures
    return [figure.value for figure in figures if isinstance(figure.value, str) or _YEAR.match(figure.text)]
