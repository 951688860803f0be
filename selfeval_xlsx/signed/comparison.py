"""Two documents compared: text sentence by sentence, tables cell by cell, and the figures within."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from selfeval_xlsx.findings import Severity
from selfeval_xlsx.signed.differences import (
    ALIKE_ELSEWHERE,
    Alignment,
    Difference,
    Kind,
    Known,
    align,
    excerpt,
    is_attachment,
    likeness,
    listed,
)
from selfeval_xlsx.signed.paragraphs import Document, Paragraph, Place, Row, Table, Text
from selfeval_xlsx.signed.wording import HOLE, Figure, Wording, figure_changes, kept_words, wording

# --- sentences ------------------------------------------------------------------------------------

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

    def difference(self, severity: Severity, kind: Kind, message: str, **more: Any) -> Difference:
        """A difference that stands at this sentence."""
        return Difference(severity, kind, str(self.place), message, anchor=self.text.anchor, **more)


def sentences(paragraphs: Iterable[Paragraph]) -> list[Sentence]:
    """The sentences of ``paragraphs``; semicolons and line breaks end them, too."""
    pieces = (
        (paragraph.text.piece(*piece.span()), paragraph.place, index)
        for index, paragraph in enumerate(paragraphs)
        for piece in SENTENCE.finditer(paragraph.text)
        if wording(piece[0]).key
    )
    return [
        Sentence(text, wording(text), place, index, number)
        for number, (text, place, index) in enumerate(pieces)
    ]


def compare_texts(old: Sequence[Sentence], new: Sequence[Sentence], known: Known) -> Iterator[Difference]:
    """What became of the sentences of ``old`` in ``new``; ``known`` is what the workbook knows of them."""
    aligned = _rejoined(align(old, new, lambda sentence: sentence.words.key, _alike))
    for one, other in aligned.changed:
        yield from _changed_sentence(one, other, known)
        yield from _cut(one, other)
    for _, pairs in groupby(aligned.moved, key=lambda pair: (pair[0].paragraph, pair[1].paragraph)):
        yield _moved_sentences(list(pairs))
    stayed = {sentence.words.key: sentence.text.anchor for sentence in new}
    first = new[0].text.anchor if new else -1
    for gone in _by_paragraph(aligned.removed):
        above = (stayed.get(sentence.words.key) for sentence in reversed(old[: gone[0].number]))
        anchor = next((anchor for anchor in above if anchor is not None), first)
        yield _removed_sentences(gone, old, known, anchor)
    for come in _by_paragraph(aligned.added):
        yield from _added_sentences(come, old, new, known)


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
    for one, other in [*moves.changed, *((figure, None) for figure in moves.blanked)]:
        source = known.source(old.text, old.words, one)
        loosely = other is not None and one.is_kept_loosely_by(other)
        found = "" if other is None else other.text
        yield new.difference(
            *((Severity.WARNING, Kind.SPELLING) if loosely else (Severity.ERROR, Kind.FIGURE)),
            _instead(one.text, found, new),
            expected=one.text,
            found=found,
            source=source,
            advice=known.advice(source, one.text, other),
        )
    contents = list(_contents(old, new, known))
    yield from contents
    yield from known.added(moves.gained, new.text, str(new.place))[0]
    if _reworded(old.words, new.words, moves.changed) and not contents:
        lost = listed(moves.lost, "；其中少了")
        message = f"按工作簿：{excerpt(old.text)} 报告：{excerpt(new.text)}{lost}"
        versions = {"expected": old.text, "found": new.text, "source": known.cell_of(old.text)}
        yield new.difference(Severity.NOTE, Kind.WORDING, message, **versions)


def _instead(expected: str, found: str, new: Sentence) -> str:
    now = f"是 {found}" if found else "删掉了"
    return f"按工作簿应为 {expected}，报告里{now}。原文：{excerpt(new.text)}"


def _contents(old: Sentence, new: Sentence, known: Known) -> Iterator[Difference]:
    """Words that stand in a cell of their own, and are others now: a grade, a name."""
    was, now = old.words, new.words
    for source, place in kept_words(old.text, was, now):
        if place is None:
            continue
        expected, found = was.typed(old.text, source.start, source.end), now.typed(new.text, *place)
        yield new.difference(
            known.severity(source.note),
            Kind.CONTENT,
            _instead(expected, found, new),
            expected=expected,
            found=found,
            source=source.note,
            advice=known.advice(source.note, expected, found),
            alone=now.key == f"{was.key[: source.start]}{now.key[slice(*place)]}{was.key[source.end :]}",
        )


def _reworded(old: Wording, new: Wording, changed: Sequence[tuple[Figure, Figure]]) -> bool:
    """Whether more differs than the figures that changed."""
    if old.skeleton != new.skeleton:
        return old.skeleton.replace(HOLE, "") != new.skeleton.replace(HOLE, "")
    pairs = set(zip(old.figures, new.figures, strict=True)) - set(changed)
    return any(one.text.replace(",", "") != other.text.replace(",", "") for one, other in pairs)


# --- sentences that were cut, moved, went, came ---------------------------------------------------


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
        for neighbour in [one for one in loose if abs(one.number - sentence.number) == 1]:
            joined = _joined(*sorted((sentence, neighbour), key=lambda one: one.number))
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
        yield new.difference(Severity.NOTE, Kind.WORDING, message, expected=old.text, found=new.text)


def _by_paragraph(sentences: Iterable[Sentence]) -> Iterator[list[Sentence]]:
    for _, group in groupby(sentences, key=lambda sentence: sentence.paragraph):
        yield list(group)


def _unit(some: Sequence[Sentence], document: Iterable[Sentence]) -> str:
    """What sentences of one paragraph are called: 整段 where they are all of it."""
    whole = len(some) == sum(sentence.paragraph == some[0].paragraph for sentence in document)
    return "整段" if whole else "句子"


def _moved_sentences(pairs: Sequence[tuple[Sentence, Sentence]]) -> Difference:
    """Sentences that moved together from one paragraph to another."""
    (origin, target), text = pairs[0], "".join(one.text for one, _ in pairs)
    message = f"原在{origin.place}。原文：{excerpt(text)}"
    return target.difference(Severity.NOTE, Kind.MOVED, message, expected=text, found=text)


def _removed_sentences(
    gone: Sequence[Sentence], old: Iterable[Sentence], known: Known, anchor: int
) -> Difference:
    """What was taken out; the title of an attachment, or of a table, is no mere sentence."""
    text = "".join(sentence.text for sentence in gone)
    figures = [figure for sentence in gone for figure in sentence.words.figures]
    message = f"{_unit(gone, old)}：{excerpt(text)}{listed(figures, '；其中有数字')}"
    titled = any(is_attachment(sentence.text) for sentence in gone)
    severity, source = Severity.WARNING if titled else Severity.NOTE, known.cell_of(gone[0].text)
    return Difference(
        severity, Kind.REMOVED, f"原{gone[0].place}", message, text, source=source, anchor=anchor
    )


def _added_sentences(
    come: Sequence[Sentence], old: Sequence[Sentence], new: Sequence[Sentence], known: Known
) -> Iterator[Difference]:
    agreeing: dict[str, None] = {}
    for sentence in come:
        repeated = _said_before(sentence, old)
        if repeated is not None:
            yield from _changed_sentence(repeated, sentence, known)
    for sentence in come:
        if _said_before(sentence, old) is None:
            differences, agreed = known.added(sentence.words.figures, sentence.text, str(come[0].place))
            yield from differences
            agreeing |= dict.fromkeys(agreed)
    text = "".join(sentence.text for sentence in come)
    shown = f"（{'，'.join(list(agreeing)[:_SHOWN])}）" if agreeing else ""
    message = f"{_unit(come, new)}：{excerpt(text)}{shown}"
    yield come[0].difference(Severity.NOTE, Kind.ADDED, message, found=text, after=_behind(come[0], new))


def _behind(come: Sentence, new: Sequence[Sentence]) -> str:
    """The sentence that an added one stands behind; with a line break where it ends the paragraph above."""
    if not come.number:
        return ""
    before = new[come.number - 1]
    return before.text if before.paragraph == come.paragraph else f"{before.text}\n"


def _said_before(sentence: Sentence, old: Sequence[Sentence]) -> Sentence | None:
    """The sentence of the workbook's report that ``sentence`` repeats with other figures; None if it repeats none.

    Of another year it says something else.
    """
    skeleton, figures = sentence.words.skeleton, sentence.words.figures
    if len(re.findall(r"\w", skeleton)) < _TELLING:
        return None
    same = [one for one in old if one.words.skeleton == skeleton and _years(one) == _years(sentence)]
    for one in same:
        if all(figure.agrees(other) for figure, other in zip(one.words.figures, figures, strict=True)):
            return None
    return same[0] if same else None


def _years(sentence: Sentence) -> list[object]:
    figures = sentence.words.figures
    return [figure.value for figure in figures if isinstance(figure.value, str) or _YEAR.match(figure.text)]


# --- tables ---------------------------------------------------------------------------------------

_TOTALS = ("合计", "总计", "小计", "总额", "总分")
_NOTHING = " \n\u3000—"
"""What stands in a cell that has nothing to say: blanks, or a dash."""
_LONGEST_LABEL = 20
"""Characters of a row's label that a place names."""


def tables_of(document: Document) -> list[Table]:
    """The tables, a table that was cut in two made one again: its parts keep the widths of its columns."""
    tables: list[Table] = []
    touching = False
    for block in document.body:
        if isinstance(block, Table):
            if touching and block.rows and block.grid == tables[-1].grid:
                repeated = block.rows[0] == tables[-1].rows[0]
                tables[-1] = replace(tables[-1], rows=tables[-1].rows + block.rows[repeated:])
            elif block.rows:
                tables.append(block)
            touching = bool(tables)
        elif block.text.strip():
            touching = False
    return tables


def compare_tables(old: Sequence[Table], new: Sequence[Table], known: Known) -> Iterator[Difference]:
    """What became of the tables ``old`` in ``new``; ``known`` are the figures of the whole report."""
    aligned = align(old, new, lambda table: tuple(map(_row_key, table.rows)), _tables_alike)
    for one, other in aligned.changed:
        yield from _changed_table(one, other, known)
    for one, other in aligned.moved:
        yield _moved(f"原在{one.place}之后。", other, other.anchor)
    for table in aligned.removed:
        severity = Severity.WARNING if _figures(cell for row in table.rows for cell in row) else Severity.NOTE
        message = f"整张{table.noun}（原在{table.place}之后）。"
        advice = f"以工作簿为准：把这张{table.noun}补回，或重新生成报告。"
        yield Difference(severity, Kind.REMOVED, table.name, message, advice=advice)
    for table in aligned.added:
        yield from _strange([cell for row in table.rows for cell in row], table.name, known)
        text = "；".join("，".join(row) for row in table.rows)
        message = f"整张{table.noun}（{table.place}之后）。"
        yield Difference(Severity.NOTE, Kind.ADDED, table.name, message, found=text, anchor=table.anchor)


def _strange(cells: Sequence[Text], place: str, known: Known) -> list[Difference]:
    """What is to be said of figures in cells that came."""
    text = Text.made("，".join(cells), next((cell.anchor for cell in cells), -1))
    return known.added(_figures(cells), text, place)[0]


def _row_key(row: Row) -> tuple[str, ...]:
    return tuple(wording(cell).key for cell in row)


def _tables_alike(one: Table, other: Table) -> float:
    left, right = ({_label(row, _label_column(table.rows)) for row in table.rows} for table in (one, other))
    shared = len(left & right) / max(len(left | right), 1)
    return (likeness(wording(one.name).skeleton, wording(other.name).skeleton) + shared) / 2


def _label_column(rows: Sequence[Row]) -> int:
    """The column that names the rows: the last with texts before the first with figures, else the first."""
    named = 0
    for number in range(1, len(rows[0])):
        cells = [row[number] for row in rows[1:] if number < len(row) and row[number].strip(_NOTHING)]
        if 2 * sum(bool(wording(cell).figures) for cell in cells) > len(cells):
            return named
        if cells:
            named = number
    return 0


def _label(row: Row, column: int) -> str:
    return " ".join(row[column].split()) if column < len(row) else ""


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else f"{label[:_LONGEST_LABEL]}…"


def _figures(cells: Iterable[str]) -> list[Figure]:
    return [figure for cell in cells for figure in wording(cell).figures]


def _changed_table(old: Table, new: Table, known: Known) -> Iterator[Difference]:
    columns, differences = _columns(old, new, known)
    yield from differences
    none = Text.made("", new.anchor)
    left = [tuple(row[i] if i < len(row) else none for i, _ in columns) for row in old.rows]
    right = [tuple(row[j] if j < len(row) else none for _, j in columns) for row in new.rows]
    column = _label_column(left)
    aligned = _aligned(left[1:], right[1:], column)
    heads = _heads(right)
    for one, other in [(left[0], right[0]), *aligned.changed]:
        label = "表头" if other is right[0] else _short(_label(other, column))
        names = [
            " ".join(cell.split()) or f"第{number + 1}"
            for cell, (_, number) in zip(heads[other], columns, strict=True)
        ]
        # a cell over several columns stands in each of them
        for name, before, after in dict.fromkeys(zip(names, one, other, strict=True)):
            yield from _changed_cell(before, after, f"{new.name}「{label}」行「{name}」列", known)
    for _, row in aligned.moved:
        yield _moved(f"「{_short(_label(row, column))}」行。", new, row[0].anchor)
    for row in aligned.removed:
        yield _removed(row, "行", _label(row, column), new, known)
    for row in aligned.added:
        yield from _added(row, "行", _label(row, column), new, known)


def _moved(message: str, table: Table, anchor: int) -> Difference:
    return Difference(Severity.NOTE, Kind.MOVED, table.name, message, anchor=anchor)


def _removed(cells: Sequence[Text], noun: str, label: str, new: Table, known: Known) -> Difference:
    """A row or column that is gone: a total is an error, one with figures a warning. Only a list's row goes by itself."""
    figures, whole = _figures(cells), any(word in label for word in _TOTALS)
    severity = Severity.ERROR if figures and whole else Severity.WARNING if figures else Severity.NOTE
    notes = list(dict.fromkeys(source.note for cell in cells for source in cell.sources))
    of_list = noun == "行" and notes and all(map(known.is_in_list, notes))
    way = "以报告为准：在填报表里清空这些格，重新生成报告。" if of_list else f"这一{noun}是报告固定有的。"
    return Difference(
        severity,
        Kind.REMOVED,
        new.name,
        f"「{_short(label)}」{noun}{listed(figures, '；其中有数字')}。",
        "，".join(cells),
        source="、".join(notes),
        advice=f"以工作簿为准：把这一{noun}补回。{way}" if figures else "",
        anchor=new.anchor,
    )


def _added(cells: Sequence[Text], noun: str, label: str, new: Table, known: Known) -> Iterator[Difference]:
    place, text = f"{new.name}「{_short(label)}」{noun}", "，".join(cells)
    yield from _strange(cells, place, known)
    anchor = cells[0].anchor if noun == "行" else new.anchor
    yield Difference(Severity.NOTE, Kind.ADDED, place, f"整{noun}。", found=text, anchor=anchor)


def _aligned(old: Sequence[Row], new: Sequence[Row], column: int) -> Alignment[Row]:
    """Which row became which: rows of one label, where either table has it once, else the most alike."""
    left, right = _by_label(old, column), _by_label(new, column)
    shared = [label for label in left if label in right]
    order = align(shared, [label for label in right if label in left], str, likeness)

    def alike(one: Row, other: Row) -> float:
        same = sum(a == b for a, b in zip(_row_key(one), _row_key(other), strict=False))
        share = same / max(len(one), len(other), 1)
        return 0.7 * likeness(_label(one, column), _label(other, column)) + 0.3 * share

    loose, new_ones = ([row for row in rows if _label(row, column) not in shared] for rows in (old, new))
    rest = align(loose, new_ones, _row_key, alike)
    same = [(left[label], right[label]) for label in shared]
    changed = [(one, other) for one, other in same if _row_key(one) != _row_key(other)]
    moved = [(left[label], right[label]) for label, _ in order.moved]
    return replace(rest, changed=(*changed, *rest.changed), moved=(*moved, *rest.moved))


def _by_label(rows: Sequence[Row], column: int) -> dict[str, Row]:
    """The rows whose label is theirs alone."""
    labels = Counter(_label(row, column) for row in rows)
    return {label: row for row in rows if labels[label := _label(row, column)] == 1 and label}


def _heads(rows: Sequence[Row]) -> dict[Row, Row]:
    """For each row the one that names its columns: the first; in a form, the first of its block.

    A form's first row has cells over several columns; its blocks share what stands in the first column.
    """
    form = len(set(rows[0])) < len(rows[0])
    heads: dict[Row, Row] = {}
    head = rows[0]
    for row in rows:
        head = row if form and row[:1] != head[:1] else head
        heads[row] = head
    return heads


def _columns(old: Table, new: Table, known: Known) -> tuple[list[tuple[int, int]], list[Difference]]:
    """Which column of ``old`` is which of ``new``, and the columns that went or came."""
    left, right = _row_key(old.rows[0]), _row_key(new.rows[0])
    if sorted(left) == sorted(right) and len(set(left)) == len(left):
        order = align(left, right, str, likeness)
        heads = [new.rows[0][right.index(head)] for _, head in order.moved]
        moved = [_moved(f"「{head}」列。", new, new.anchor) for head in heads]
        return [(left.index(head), number) for number, head in enumerate(right)], moved
    if len(left) == len(right):
        return [(number, number) for number in range(len(left))], []
    aligned = align(
        list(enumerate(left)), list(enumerate(right)), lambda head: head[1], lambda a, b: likeness(a[1], b[1])
    )
    gone, come = [number for number, _ in aligned.removed], [number for number, _ in aligned.added]
    stayed = zip(
        [number for number in range(len(left)) if number not in gone],
        [number for number in range(len(right)) if number not in come],
        strict=True,
    )
    differences = [_removed(_column(old, number), "列", old.rows[0][number], new, known) for number in gone]
    for number in come:
        differences += _added(_column(new, number), "列", new.rows[0][number], new, known)
    return list(stayed), differences


def _column(table: Table, number: int) -> list[Text]:
    return [row[number] for row in table.rows if number < len(row)]


def _changed_cell(old: Text, new: Text, place: str, known: Known) -> Iterator[Difference]:
    one, other = wording(old), wording(new)
    wrapped = "\n" not in old and one.key == wording(new.replace("\n", "")).key
    if one.key.replace(",", "") == other.key.replace(",", "") or wrapped:
        return
    moves = figure_changes(one, other)
    strange = [figure for figure in (*moves.lost, *moves.gained) if not figure.spelled]
    figure_differs = moves.changed or moves.blanked or strange
    same = bool(moves.changed) and all(was.value == now.value for was, now in moves.changed)
    word = next((source for source, stands in kept_words(old, one, other) if stands is not None), None)
    whole = word is not None and word.end - word.start == len(one.key)
    severity, kind = Severity.NOTE, Kind.WORDING
    if figure_differs:
        loosely = same and all(was.is_kept_loosely_by(now) for was, now in moves.changed)
        severity, kind = (Severity.WARNING, Kind.SPELLING) if loosely else (Severity.ERROR, Kind.FIGURE)
    elif word is not None and not known.is_prose(word.note):
        severity, kind = known.severity(word.note), Kind.CONTENT
    source = "" if kind is Kind.WORDING and word is None else known.source_of_cell(old, same_number=same)
    found = moves.changed[0][1] if len(moves.changed) == len(other.figures) == 1 else str(new)
    told = kind is not Kind.WORDING and (source or figure_differs or whole)
    advice = known.advice(source, old or "空白", found) if told else ""
    message = f"按工作簿应为 {old or '空白'}，报告里是 {new or '空白'}。"
    alone = kind is Kind.CONTENT and whole
    yield Difference(severity, kind, place, message, old, new, source, advice, new.anchor, alone=alone)
