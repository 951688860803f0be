"""The office's own totals against the sum of the units: the fewest units whose change explains the difference."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

MOST = 3
"""Units beyond which an explanation is none."""
_CLOSE = Decimal("0.01")


@dataclass(frozen=True)
class Explanation:
    """A difference, and the units that explain it: unit, the office's figure, the unit's own."""

    figure: str
    control: Decimal
    summed: Decimal
    units: tuple[tuple[str, Decimal, Decimal | None], ...]
    """Empty where at most three units do not explain it."""

    @property
    def difference(self) -> Decimal:
        """The sum of the units less the office's total."""
        return self.summed - self.control


def explained(
    figure: str, control: Mapping[str, Decimal], own: Mapping[str, Decimal | None], total: Decimal | None
) -> Explanation | None:
    """Why the sum of the units' figures misses the office's; None where it does not.

    ``control`` gives the office's figure for some or all units, ``total`` the one in all, if it is stated.
    """
    summed = sum((value for value in own.values() if value is not None), Decimal(0))
    whole = total if total is not None else sum(control.values(), Decimal(0))
    if abs(summed - whole) < _CLOSE:
        return None
    wrong = {
        unit: (own.get(unit) or Decimal(0)) - value
        for unit, value in control.items()
        if abs((own.get(unit) or Decimal(0)) - value) >= _CLOSE
    }
    found = _fewest(wrong, summed - whole)
    if not found and not control:
        found = _fewest({unit: value for unit, value in own.items() if value}, summed - whole)
    units = tuple((unit, control.get(unit, Decimal(0)), own.get(unit)) for unit in found)
    return Explanation(figure, whole, summed, units)


def _fewest(differences: Mapping[str, Decimal], wanted: Decimal) -> tuple[str, ...]:
    """The fewest units, at most three, whose differences sum up to ``wanted``."""
    largest = sorted(differences, key=lambda unit: (-abs(differences[unit]), unit))[:120]
    for count in range(1, MOST + 1):
        for units in combinations(largest, count):
            if abs(sum((differences[unit] for unit in units), Decimal(0)) - wanted) < _CLOSE:
                return units
    return ()
