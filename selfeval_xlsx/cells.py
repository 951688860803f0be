"""Addresses of cells: letters of columns, A1 coordinates, and the sheet they lie on."""

from dataclasses import dataclass
from functools import lru_cache


@lru_cache
def column_letters(column: int) -> str:
    """``6`` → ``F``."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@lru_cache
def column_number(letters: str) -> int:
    """``F`` → ``6``."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def coordinate(row: int, column: int) -> str:
    """``(9, 6)`` → ``F9``."""
    return f"{column_letters(column)}{row}"


@dataclass(frozen=True, slots=True)
class CellRef:
    """A cell, printed as 「预算」F9; ``sheet`` is the name the sheet has in the user's workbook."""

    sheet: str
    coordinate: str

    def __str__(self) -> str:
        return f"「{self.sheet}」{self.coordinate}"

    @property
    def place(self) -> tuple[int, int]:
        """Row and column, 1-based: F9 → (9, 6)."""
        letters = self.coordinate.rstrip("0123456789")
        return int(self.coordinate[len(letters) :]), column_number(letters)

    def seen_from(self, sheet: str) -> str:
        """``F9`` where it lies on ``sheet``, else 「预算」F9."""
        return self.coordinate if self.sheet == sheet else str(self)

    def data(self) -> dict[str, str]:
        """The address as JSON holds it."""
        return {"sheet": self.sheet, "cell": self.coordinate}
