"""Which cells lie beside one another, told by their keys: block, line, column. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

Ranks = Mapping[str, int]


@dataclass(frozen=True)
class Place:
    """Where a cell lies: ``budget.lines``, ``total``, ``outturn``; a section has no lines."""

    block: str
    line: str
    column: str

    @classmethod
    def of(cls, key: str) -> "Place":
        """The place of the cell ``key``."""
        sheet, block, *line, column = key.split(".")
        return cls(f"{sheet}.{block}", ".".join(line), column)

    @property
    def key(self) -> str:
        """The cell's key."""
        return ".".join(part for part in (self.block, self.line, self.column) if part)


@dataclass(frozen=True)
class Grid:
    """Some cells of a form, in the order of the workbook."""

    keys: tuple[str, ...]

    @cached_property
    def _blocks(self) -> Mapping[str, tuple[Ranks, Ranks]]:
        """The lines and columns of each block, with their numbers from the first on."""
        found: dict[str, tuple[dict[str, int], dict[str, int]]] = {}
        for place in map(Place.of, self.keys):
            lines, columns = found.setdefault(place.block, ({}, {}))
            lines.setdefault(place.line, len(lines))
            columns.setdefault(place.column, len(columns))
        return found

    def neighbours(self, key: str) -> Iterator[str]:
        """The cells of the same column and of the same line, nearest first; in a list only the rows next to it.

        Not every key that is named so is a cell.
        """
        place = Place.of(key)
        lines, columns = self._blocks[place.block]
        reach = 1 if place.line.isdigit() else len(lines)
        for line in _nearest(lines, place.line, reach):
            yield Place(place.block, line, place.column).key
        for column in _nearest(columns, place.column, len(columns)):
            yield Place(place.block, place.line, column).key

    def other_lines(self, keys: Iterable[str]) -> Iterator[tuple[str, ...]]:
        """For cells of one line, the cells of the same columns in each other line; else nothing."""
        places = [Place.of(key) for key in keys]
        block, line = places[0].block, places[0].line
        if line and all((place.block, place.line) == (block, line) for place in places):
            for other in self._blocks[block][0]:
                if other != line:
                    yield tuple(Place(block, other, place.column).key for place in places)


def _nearest(ranks: Ranks, name: str, reach: int) -> list[str]:
    """The names within ``reach`` of ``name``, nearest first."""
    at, names = ranks[name], list(ranks)
    around = names[max(at - reach, 0) : at] + names[at + 1 : at + reach + 1]
    return sorted(around, key=lambda each: abs(ranks[each] - at))
