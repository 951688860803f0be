"""What became of a text's figures when the text was edited."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher

from selfeval_xlsx.report.figures import HOLE, Figure, Wording

_LABEL = 2
"""Letters before a figure that tell what it is of."""
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
    label: str
    """What stands before it."""
    stretch: int
    """Which stretch of the comparison it stands in."""
    alone: bool
    """The stretch holds nothing but figures."""


def shift(old: Wording, new: Wording) -> Shift:
    """What became of the figures of ``old`` in ``new``, both versions of one text.

    Where the words are the same, the order decides. Where they are not, a figure that merely moved with
    its label is no change; one in the place or behind the label of another is.
    """
    if old.skeleton == new.skeleton:
        pairs = zip(old.figures, new.figures, strict=True)
        return Shift(tuple((one, other) for one, other in pairs if not one.agrees(other)), (), (), ())
    gone, come, aligned = _loose(old, new)
    changed: list[tuple[Figure, Figure]] = []
    _pair(gone, come, lambda one, other: one.figure.agrees(other.figure) and one.label == other.label)
    changed += _pair(gone, come, lambda one, other: (one, other) in aligned)
    _pair(gone, come, lambda one, other: one.figure.agrees(other.figure))
    changed += _pair(gone, come, lambda one, other: one.stretch == other.stretch)
    changed += _pair(gone, come, lambda one, other: one.label == other.label)
    return Shift(
        tuple(changed),
        tuple(each.figure for each in gone if each.alone),
        tuple(each.figure for each in gone if not each.alone),
        tuple(each.figure for each in come),
    )


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
        _Loose(text.figures[number], skeleton[max(0, place - _LABEL) : place], stretch, alone)
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
