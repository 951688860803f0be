"""What became of a text's figures when the text was edited."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher

from selfeval_xlsx.signed.comparable import HOLE, Figure, Wording

_LABEL = 2
"""Letters before a figure that tell what it is of."""
_NAME = re.compile(r"[^\W\d]{2,}$")
"""Letters enough to name a figure on their own."""
_SHORT = 1000
"""Beyond this length letters that are everywhere do not help to align two texts, and cost time."""


@dataclass(frozen=True)
class Shift:
    """What became of a text's figures when the text was edited."""

    changed: tuple[tuple[Figure, Figure], ...]
    blanked: tuple[Figure, ...]
    """Taken out of words that stayed."""
    lost: tuple[Figure, ...]
    """Gone with the words around them."""
    gained: tuple[Figure, ...]


@dataclass(frozen=True, eq=False)
class _Loose:
    """A figure without its like in the other text."""

    figure: Figure
    number: int
    """Which figure of its text."""
    label: str
    """What stands before it."""
    stretch: int
    """Which stretch of the comparison it stands in."""
    alone: bool
    """The stretch holds nothing but figures."""

    @property
    def blank(self) -> bool:
        """Whether it left a gap; 一个, 一批 may go like any word."""
        return self.alone and not self.figure.article


def shift(old: Wording, new: Wording) -> Shift:
    """What became of the figures of ``old`` in ``new``, both versions of one text.

    Where the words are the same, the order decides. Where they are not, figures behind one label that
    either text has once belong together; else a figure that merely moved with its label is no change, one in
    the place or behind the label of another is.
    """
    if old.skeleton == new.skeleton:
        pairs = zip(old.figures, new.figures, strict=True)
        return Shift(tuple((one, other) for one, other in pairs if not one.agrees(other)), (), (), ())
    gone, come, aligned = _loose(old, new)
    named = _by_name(old, new)
    gone = [each for each in gone if each.number not in {number for number, _ in named}]
    come = [each for each in come if each.number not in {number for _, number in named}]
    same = [(old.figures[one], new.figures[other]) for one, other in named]
    changed = [(one, other) for one, other in same if not one.agrees(other)]
    _pair(gone, come, lambda one, other: one.figure.agrees(other.figure) and one.label == other.label)
    changed += _pair(gone, come, lambda one, other: (one, other) in aligned)
    _pair(gone, come, lambda one, other: one.figure.agrees(other.figure))
    changed += _pair(gone, come, lambda one, other: one.stretch == other.stretch)
    changed += _pair(gone, come, lambda one, other: one.label == other.label)
    return Shift(
        tuple(changed),
        tuple(each.figure for each in gone if each.blank),
        tuple(each.figure for each in gone if not each.blank),
        tuple(each.figure for each in come),
    )


def _by_name(old: Wording, new: Wording) -> list[tuple[int, int]]:
    """Which figure of ``old`` is which of ``new`` by the words before it, where either text has them once."""
    left, right = _names(old), _names(new)
    return [(number, right[name]) for name, number in left.items() if name in right]


def _names(text: Wording) -> dict[str, int]:
    """Figures by the words between them and the sign or figure before, where these are enough and stand once."""
    names = [_NAME.search(before) for before in text.skeleton.split(HOLE)[:-1]]
    count = Counter(name[0] for name in names if name)
    return {name[0]: number for number, name in enumerate(names) if name and count[name[0]] == 1}


def _loose(old: Wording, new: Wording) -> tuple[list[_Loose], list[_Loose], set[tuple[_Loose, _Loose]]]:
    """Figures of either text that have not their like in the same place, and which of them share a place."""
    gone: list[_Loose] = []
    come: list[_Loose] = []
    aligned: set[tuple[_Loose, _Loose]] = set()
    long = max(len(old.skeleton), len(new.skeleton)) > _SHORT
    matcher = SequenceMatcher(None, old.skeleton, new.skeleton, autojunk=long)
    for stretch, (kind, *bounds) in enumerate(matcher.get_opcodes()):
        left = _figures_within(old, bounds[0], bounds[1], stretch)
        right = _figures_within(new, bounds[2], bounds[3], stretch)
        if kind == "equal":
            unlike = [
                pair for pair in zip(left, right, strict=True) if not pair[0].figure.agrees(pair[1].figure)
            ]
            aligned |= set(unlike)
            left, right = [one for one, _ in unlike], [other for _, other in unlike]
        gone += left
        come += right
    return gone, come, aligned


def _figures_within(text: Wording, start: int, end: int, stretch: int) -> list[_Loose]:
    skeleton = text.skeleton
    alone = not skeleton[start:end].strip(HOLE)
    first = skeleton.count(HOLE, 0, start)
    places = [place for place in range(start, end) if skeleton[place] == HOLE]
    return [
        _Loose(text.figures[number], number, skeleton[max(0, place - _LABEL) : place], stretch, alone)
        for number, place in enumerate(places, start=first)
    ]


def _pair(
    gone: list[_Loose], come: list[_Loose], fits: Callable[[_Loose, _Loose], bool]
) -> list[tuple[Figure, Figure]]:
    """Take out of both lists the pairs that fit, in order."""
    pairs = []
    for one in list(gone):
        other = next((each for each in come if fits(one, each)), None)
        if other is not None:
            gone.remove(one)
            come.remove(other)
            pairs.append((one.figure, other.figure))
    return pairs
