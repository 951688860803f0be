"""Which cells lie beside one another, told by their keys: block, line, column. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

Ranks = Mapping[str, int]


class Extent(Enum):
    """How much of a block some cells are, in words to stand behind them."""

    LINE = "整行"
    COLUMN = "整列"
    BLOCK = "整表"


@dataclass(frozen=True)
class CellBlock:
    """The cells of a whole line, column or block."""

    extent: Extent
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """Where a cell lies: ``budget.lines``, ``total``, ``outturn``; a section has no lines."""

    block: str
    line: str
    column: str

    @classmethod
    def of(cls, key: str) -> "Place":
        """The place of the cell ``key``."""
        *path, column = key.split(".")
        return cls(".".join(path[:2]), ".".join(path[2:]), column)

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

    def line_of(self, key: str) -> Iterator[str]:
        """The cells of the same line, its own among them; a section has no lines."""
        place = Place.of(key)
        names = self._blocks[place.block][1] if place.line else ()
        found = (Place(place.block, place.line, column).key for column in names)
        yield from (each for each in found if each in self._known)

    def cell_blocks(self) -> Iterator[CellBlock]:
        """Every line and every column of two cells or more, and every block of several lines."""
        for block, (lines, columns) in self._blocks.items():
            at = [[Place(block, line, column).key for column in columns] for line in lines if line]
            rows = [tuple(key for key in row if key in self._known) for row in at]
            yield from (CellBlock(Extent.LINE, row) for row in rows if len(row) > 1)
            if len(rows) > 1:
                found = (
                    tuple(key for key in column if key in self._known) for column in zip(*at, strict=True)
                )
                yield from (CellBlock(Extent.COLUMN, column) for column in found if len(column) > 1)
                yield CellBlock(Extent.BLOCK, tuple(key for row in rows for key in row))

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.keys)

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
