"""What differs between two documents: which item of a list became which of another, and one difference as it is told."""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum
from functools import lru_cache
from itertools import pairwise
from typing import Generic, TypeVar

from selfeval_xlsx.findings import Severity
from selfeval_xlsx.signed.wording import Figure

_EXCERPT = 120

_CELL = re.compile(r"「[^「」]+」[A-Z]{1,3}\d+")


class Kind(Enum):
    """What differs."""

    FIGURE = "数字不符"
    SPELLING = "写法不同"
    """The same figure rounded, or without the word that bounds it."""
    CONTENT = "填报的内容不符"
    """A word that stands in a cell: a grade, a name, a comparator."""
    UNKNOWN_FIGURE = "工作簿里没有这个数"
    WORDING = "文字有改动"
    REMOVED = "删去了"
    ADDED = "增加了"
    MOVED = "移动了"
    UNREAD = "没有核对"


@dataclass(frozen=True)
class Difference:
    """One difference, where it stands, and what stands on either side."""

    severity: Severity
    kind: Kind
    place: str
    message: str
    expected: str = ""
    """What the workbook gives."""
    found: str = ""
    """What the Word file says."""
    source: str = ""
    """Where ``expected`` comes from: its cell with the label, or the formula with its cells."""
    advice: str = ""
    """The ways out: to change the report back, or the workbook, and how."""
    anchor: int = -1
    """The paragraph of the Word file it is at (:attr:`selfeval_xlsx.signed.paragraphs.Text.anchor`); -1 for none."""

    after: str = ""
    """Of added words: the sentence of the report they stand behind, with a line break where they are a paragraph."""

    alone: bool = False
    """A word of a cell changed, and nothing else of its sentence or table cell."""

    @property
    def of_words(self) -> bool:
        """Whether a new workbook may take it over."""
        return self.alone or self.kind in {Kind.WORDING, Kind.ADDED, Kind.REMOVED}

    @property
    def cells(self) -> list[str]:
        """The cells of the workbook it is about."""
        return list(dict.fromkeys(_CELL.findall(self.source)))

    @property
    def remark(self) -> str:
        """All of it but the place, for a comment that stands there."""
        source = f"\n出处：{self.source}" if self.source else ""
        advice = f"\n{self.advice}" if self.advice else ""
        return f"{self.severity.value} {self.kind.value}。{self.message}{source}{advice}"

    def __str__(self) -> str:
        source = f" 出处：{self.source}。" if self.source else ""
        return f"{self.severity.value} {self.place}：{self.kind.value}。{self.message}{source}{self.advice}"

    def data(self) -> dict[str, object]:
        """The difference as JSON holds it."""
        return {
            "severity": self.severity.name.lower(),
            "kind": self.kind.name.lower(),
            "place": self.place,
            "message": self.message,
            "expected": self.expected,
            "found": self.found,
            "cells": self.cells,
            "source": self.source,
            "advice": self.advice,
        }


def excerpt(text: str) -> str:
    """``text`` on one line, quoted, cut where it is long."""
    flat = " ".join(text.split())
    return f"“{flat if len(flat) <= _EXCERPT else f'{flat[:_EXCERPT]}…'}”"


def listed(figures: Iterable[Figure], before: str) -> str:
    """The figures behind ``before``, 一个 and the like left out; empty for none."""
    names = "、".join(dict.fromkeys(figure.text for figure in figures if not figure.article))
    return f"{before} {names}" if names else ""


# --- which became which -------------------------------------------------------------------------------

T = TypeVar("T")

ALIKE = 0.4
"""How like two items in the same place must be to count as one that was changed."""
ALIKE_ELSEWHERE = 0.7
"""The same for items in different places."""
ALIKE_ALONE = 0.1
"""The same for the one item that went from a place and the one that came there."""
WORK_LIMIT = 40_000
"""Pairs to weigh; beyond it two stretches have nothing to do with each other."""

Likeness = Callable[[T, T], float]
"""From 0, nothing in common, to 1, the same."""


@dataclass(frozen=True)
class Alignment(Generic[T]):
    """What became of the items that did not stay as they were, each in its list's order."""

    changed: tuple[tuple[T, T], ...]
    moved: tuple[tuple[T, T], ...]
    removed: tuple[T, ...]
    added: tuple[T, ...]


def align(
    old: Sequence[T], new: Sequence[T], key: Callable[[T], Hashable], likeness: Likeness[T]
) -> Alignment[T]:
    """Align ``old`` with ``new``; items of equal ``key`` are the same."""
    matcher = SequenceMatcher(None, [key(item) for item in old], [key(item) for item in new], autojunk=False)
    gaps = [gap for kind, *gap in matcher.get_opcodes() if kind != "equal"]
    gone = [index for start, end, _, _ in gaps for index in range(start, end)]
    come = [index for _, _, start, end in gaps for index in range(start, end)]
    moved = _same(gone, come, old, new, key)
    gone, come = _without(gone, come, moved)
    pairs: list[tuple[int, int]] = []
    for start, end, from_, to in gaps:
        before = [index for index in gone if start <= index < end]
        after = [index for index in come if from_ <= index < to]
        pairs += _in_order(before, after, lambda i, j: likeness(old[i], new[j]))
    gone, come = _without(gone, come, pairs)
    elsewhere = _anywhere(gone, come, lambda i, j: likeness(old[i], new[j]))
    gone, come = _without(gone, come, elsewhere)
    replaced = _alone(gone, come, gaps, lambda i, j: likeness(old[i], new[j]))
    gone, come = _without(gone, come, replaced)

    def items(found: list[tuple[int, int]]) -> tuple[tuple[T, T], ...]:
        return tuple((old[i], new[j]) for i, j in sorted(found, key=lambda pair: pair[1]))

    return Alignment(
        items(pairs + elsewhere + replaced),
        items(moved),
        tuple(old[i] for i in gone),
        tuple(new[j] for j in come),
    )


def _same(
    gone: list[int], come: list[int], old: Sequence[T], new: Sequence[T], key: Callable[[T], Hashable]
) -> list[tuple[int, int]]:
    waiting: dict[Hashable, list[int]] = {}
    for index in come:
        waiting.setdefault(key(new[index]), []).append(index)
    return [(index, places.pop(0)) for index in gone if (places := waiting.get(key(old[index])))]


def _without(gone: list[int], come: list[int], pairs: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    left, right = {i for i, _ in pairs}, {j for _, j in pairs}
    return [i for i in gone if i not in left], [j for j in come if j not in right]


def _in_order(
    before: list[int], after: list[int], weigh: Callable[[int, int], float]
) -> list[tuple[int, int]]:
    """The pairs of greatest likeness in sum that do not cross, each alike enough."""
    if not 0 < len(before) * len(after) <= WORK_LIMIT:
        return []
    best = [[0.0] * (len(after) + 1) for _ in range(len(before) + 1)]
    taken: set[tuple[int, int]] = set()
    for row, i in enumerate(before, start=1):
        for column, j in enumerate(after, start=1):
            skipped = max(best[row - 1][column], best[row][column - 1])
            weight = weigh(i, j)
            best[row][column] = skipped
            if weight >= ALIKE and best[row - 1][column - 1] + weight > skipped:
                best[row][column] = best[row - 1][column - 1] + weight
                taken.add((row, column))
    return _walk_back(best, taken, before, after)


def _walk_back(
    best: list[list[float]], taken: set[tuple[int, int]], before: list[int], after: list[int]
) -> list[tuple[int, int]]:
    pairs, row, column = [], len(before), len(after)
    while row and column:
        if (row, column) in taken:
            pairs.append((before[row - 1], after[column - 1]))
            row, column = row - 1, column - 1
        elif best[row][column] == best[row - 1][column]:
            row -= 1
        else:
            column -= 1
    return pairs


def _anywhere(gone: list[int], come: list[int], weigh: Callable[[int, int], float]) -> list[tuple[int, int]]:
    """Pairs in whatever order, the most alike first."""
    if len(gone) * len(come) > WORK_LIMIT:
        return []
    weighed = sorted(((weigh(i, j), -i, -j) for i in gone for j in come), reverse=True)
    pairs: dict[int, int] = {}
    for weight, i, j in weighed:
        if weight >= ALIKE_ELSEWHERE and -i not in pairs and -j not in pairs.values():
            pairs[-i] = -j
    return list(pairs.items())


def _alone(
    gone: list[int], come: list[int], gaps: list[list[int]], weigh: Callable[[int, int], float]
) -> list[tuple[int, int]]:
    """The pairs of which either is the only one left in its gap."""
    pairs = []
    for start, end, from_, to in gaps:
        before = [index for index in gone if start <= index < end]
        after = [index for index in come if from_ <= index < to]
        if len(before) == len(after) == 1 and weigh(before[0], after[0]) >= ALIKE_ALONE:
            pairs.append((before[0], after[0]))
    return pairs


def likeness(one: str, other: str) -> float:
    """How like two texts are, from 0 to 1: the share of letter pairs they have in common, wherever they stand."""
    if one == other:
        return 1.0
    left, right = _letter_pairs(one), _letter_pairs(other)
    return 2 * (left & right).total() / max(left.total() + right.total(), 1)


@lru_cache(maxsize=4096)
def _letter_pairs(text: str) -> Counter[str]:
    """Two neighbouring letters at a time; the ends count as neighbours of nothing."""
    padded = f" {text} "
    return Counter(first + second for first, second in pairwise(padded))
