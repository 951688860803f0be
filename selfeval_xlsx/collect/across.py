"""What only the collector can see: units held against each other, against last year's 汇总, against the office's totals."""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from itertools import combinations

from selfeval_xlsx.form.last_year import bare

# --- the same sentences ---------------------------------------------------------------------------

COMMON = 3
"""A sentence that more units than this share is a formula that all of them were given."""


@dataclass(frozen=True)
class Alike:
    """One sentence that stands in the texts of several units."""

    sentence: str
    places: tuple[tuple[str, str], ...]
    """Unit and cell, at least two units."""


def alike(sentences: Mapping[str, Sequence[tuple[str, str]]]) -> list[Alike]:
    """The sentences that two or three units share but for figures and names, most shared by a pair first.

    ``sentences`` gives for each unit its long sentences with their cells.
    """
    where: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for unit, own in sentences.items():
        for sentence, cell in own:
            key = bare(sentence.replace(unit, ""))
            if len(key) >= 18:  # shorter ones are phrases of the trade
                where[key].append((unit, cell, sentence))
    shared = [places for places in where.values() if 1 < len({unit for unit, *_ in places}) <= COMMON]
    pairs: dict[tuple[str, ...], int] = defaultdict(int)
    for places in shared:
        pairs[tuple(sorted({unit for unit, *_ in places}))] += 1
    shared.sort(key=lambda places: (-pairs[tuple(sorted({unit for unit, *_ in places}))], places))
    return [Alike(places[0][2], tuple((unit, cell) for unit, cell, _ in places)) for places in shared]


# --- words of another field -----------------------------------------------------------------------


@cache
def _fields() -> Mapping[str, Mapping[str, Sequence[str]]]:
    return tomllib.loads(resources.files(__package__).joinpath("fields.toml").read_text(encoding="utf-8"))


def foreign(unit: str, indicators: Iterable[tuple[str, str]], texts: str) -> Iterator[tuple[str, str, str]]:
    """The indicators that speak of another field than the unit's: cell, indicator and field.

    Only what is sure: the unit's name tells one field, and none of its other ``texts`` has any word of the other.
    """
    fields = _fields()
    own = [field for field, each in fields.items() if any(name in unit for name in each["names"])]
    if len(own) != 1:
        return
    strange = {
        field: each["words"]
        for field, each in fields.items()
        if field not in own and not any(word in texts for word in (*each["words"], *each["names"]))
    }
    for cell, indicator in indicators:
        for field, words in strange.items():
            if any(word in indicator for word in words):
                yield cell, indicator, field


# --- against last year ----------------------------------------------------------------------------

LARGE = Decimal("0.3")
"""The change of an amount against last year, as a fraction, from which it is told."""
SMALL_AMOUNT = Decimal(10)
"""万元 by which an amount must change at least, however large the fraction."""
POINTS = {"execution_rate": Decimal("0.1"), "total_score": Decimal(5)}
"""The change of a rate or a score from which it is told."""
FIGURES = {
    "adjusted_budget": "调整后预算（万元）",
    "outturn": "执行数（万元）",
    "execution_rate": "执行率",
    "total_score": "自评总分",
}
"""What is compared, as 汇总.xlsx calls it."""


@dataclass(frozen=True)
class Jump:
    """A figure that differs from last year's by more than is usual."""

    unit: str
    figure: str
    last: Decimal
    now: Decimal
    why: str

    @property
    def share(self) -> Decimal | None:
        """The change as a fraction of last year's figure."""
        return (self.now - self.last) / abs(self.last) if self.last else None


def jumps(
    own: Mapping[str, Mapping[str, Decimal | None]], last: Mapping[str, Mapping[str, Decimal | None]]
) -> list[Jump]:
    """The figures of units that jump against last year's, and prior-year figures that are not what was reported then."""
    found = []
    for unit, now in own.items():
        before = last.get(unit, {})
        for key, head in FIGURES.items():
            old, new = before.get(key), now.get(key)
            if old is not None and new is not None and _is_jump(key, old, new):
                found.append(Jump(unit, head, old, new, "变动较大，请核实原因"))
        old, new = before.get("outturn"), now.get("prior_outturn")
        if old is not None and new is not None and abs(old - new) >= _CLOSE:
            why = "本年填报表里的上年执行数，与上年汇总的执行数不一致"
            found.append(Jump(unit, "上年执行数（万元）", old, new, why))
    return found


def _is_jump(key: str, old: Decimal, new: Decimal) -> bool:
    if key in POINTS:
        return abs(new - old) >= POINTS[key]
    return abs(new - old) >= max(LARGE * abs(old), SMALL_AMOUNT)


# --- against the office's totals ------------------------------------------------------------------

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
