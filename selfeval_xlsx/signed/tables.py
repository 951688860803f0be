"""Compares the tables of two documents: cell by cell, under the names of their rows and columns."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from selfeval_xlsx.findings import Severity
from selfeval_xlsx.signed.differences import (
    Alignment,
    Difference,
    Kind,
    align,
    likeness,
    listed,
)
from selfeval_xlsx.signed.paragraphs import Document, Table, Text
from selfeval_xlsx.signed.wording import Figure, figure_changes, kept_words, wording
from selfeval_xlsx.signed.workbook import Known

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
        text = "；".join("，".join(row) for row in table.rows)
        yield from _strange([cell for row in table.rows for cell in row], table.name, known)
        message = f"整张{table.noun}（{table.place}之后）。"
        yield Difference(Severity.NOTE, Kind.ADDED, table.name, message, "", text, anchor=table.anchor)


def _strange(cells: Sequence[Text], place: str, known: Known) -> list[Difference]:
    """What is to be said of figures in cells that came."""
    text = Text.made("，".join(cells), next((cell.anchor for cell in cells), -1))
    return known.added(_figures(cells), text, place)[0]


Row = tuple[Text, ...]


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
        numbers = [number for _, number in columns]
        seen = set()
        for name, before, after in zip(_names(heads[other], numbers), one, other, strict=True):
            if (name, before, after) not in seen:  # a cell over several columns stands in each of them
                seen.add((name, before, after))
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
    notes = list(dict.fromkeys(each.note for cell in cells for each in cell.sources))
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
    place = f"{new.name}「{_short(label)}」{noun}"
    yield from _strange(cells, place, known)
    anchor = cells[0].anchor if noun == "行" else new.anchor
    yield Difference(Severity.NOTE, Kind.ADDED, place, f"整{noun}。", "", "，".join(cells), anchor=anchor)


def _aligned(old: Sequence[Row], new: Sequence[Row], column: int) -> Alignment[Row]:
    """Which row became which: rows of one label, where either table has it once, else the most alike."""
    left, right = _by_label(old, column), _by_label(new, column)
    shared = left.keys() & right.keys()
    order = align(
        [each for each in left if each in shared], [each for each in right if each in shared], str, _equal
    )

    def alike(one: Row, other: Row) -> float:
        same = sum(a == b for a, b in zip(_row_key(one), _row_key(other), strict=False))
        share = same / max(len(one), len(other), 1)
        return 0.7 * likeness(_label(one, column), _label(other, column)) + 0.3 * share

    loose, new_ones = ([row for row in rows if _label(row, column) not in shared] for rows in (old, new))
    rest = align(loose, new_ones, _row_key, alike)
    same = [(row, right[label]) for label, row in left.items() if label in right]
    changed = [pair for pair in same if _row_key(pair[0]) != _row_key(pair[1])]
    moved = [(left[label], right[label]) for label, _ in order.moved]
    return replace(rest, changed=(*changed, *rest.changed), moved=(*moved, *rest.moved))


def _equal(one: str, other: str) -> float:
    return float(one == other)


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


def _names(head: Row, numbers: Sequence[int]) -> list[str]:
    return [" ".join(cell.split()) or f"第{number + 1}" for cell, number in zip(head, numbers, strict=True)]


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else f"{label[:_LONGEST_LABEL]}…"


def _columns(old: Table, new: Table, known: Known) -> tuple[list[tuple[int, int]], list[Difference]]:
    """Which column of ``old`` is which of ``new``, and the columns that went or came."""
    left, right = (_row_key(table.rows[0]) for table in (old, new))
    if sorted(left) == sorted(right) and len(set(left)) == len(left):
        order = align(left, right, lambda head: head, _equal)
        moved = [
            _moved(f"「{new.rows[0][right.index(head)]}」列。", new, new.anchor) for _, head in order.moved
        ]
        return [(left.index(head), number) for number, head in enumerate(right)], moved
    if len(left) == len(right):
        return [(number, number) for number in range(len(left))], []
    aligned = align(
        list(enumerate(left)), list(enumerate(right)), lambda head: head[1], lambda a, b: likeness(a[1], b[1])
    )
    gone, come = {number for number, _ in aligned.removed}, {number for number, _ in aligned.added}
    stayed = zip(
        [number for number in range(len(left)) if number not in gone],
        [number for number in range(len(right)) if number not in come],
        strict=True,
    )
    differences = [_removed(_column(old, each), "列", old.rows[0][each], new, known) for each in sorted(gone)]
    for each in sorted(come):
        differences += _added(_column(new, each), "列", new.rows[0][each], new, known)
    return list(stayed), differences


def _column(table: Table, number: int) -> list[Text]:
    return [row[number] for row in table.rows if number < len(row)]


def _changed_cell(old: Text, new: Text, place: str, known: Known) -> Iterator[Difference]:
    one, other = wording(old), wording(new)
    wrapped = "\n" not in old and one.key == wording(new.replace("\n", "")).key
    if one.key.replace(",", "") == other.key.replace(",", "") or wrapped:
        return
    moves = figure_changes(one, other)
    strange = [each for each in (*moves.lost, *moves.gained) if not each.spelled]
    figure_differs = moves.changed or moves.blanked or strange
    word = next((each for each, found in kept_words(old, one, other) if found is not None), None)
    whole = word is not None and word.end - word.start == len(one.key)
    if figure_differs:
        loosely = moves.changed and all(
            each.value == found.value and each.is_kept_loosely_by(found) for each, found in moves.changed
        )
        severity, kind = (Severity.WARNING, Kind.SPELLING) if loosely else (Severity.ERROR, Kind.FIGURE)
    elif word is not None and not known.is_prose(word.note):
        severity, kind = known.severity(word.note), Kind.CONTENT
    else:
        severity, kind = Severity.NOTE, Kind.WORDING
    same = bool(moves.changed) and all(each.value == found.value for each, found in moves.changed)
    source = "" if kind is Kind.WORDING and word is None else known.source_of_cell(old, same_number=same)
    found = moves.changed[0][1] if len(moves.changed) == len(other.figures) == 1 else str(new)
    told = kind is not Kind.WORDING and (source or figure_differs or whole)
    advice = known.advice(source, old or "空白", found) if told else ""
    message = f"按工作簿应为 {old or '空白'}，报告里是 {new or '空白'}。"
    alone = kind is Kind.CONTENT and whole
    yield Difference(severity, kind, place, message, old, new, source, advice, new.anchor, alone=alone)
