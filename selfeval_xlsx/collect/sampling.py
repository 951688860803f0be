"""Draws units to be checked again: a quota of each department, weighted by risk, the same for the same seed."""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True)
class Candidate:
    """One unit that may be drawn."""

    unit: str
    department: str
    risks: Mapping[str, float]
    """How much each reason weighs: findings, size, a jump against last year, full scores, targets alike."""

    @property
    def weight(self) -> float:
        """How likely it is to be drawn, 1 for one without any risk."""
        return 1.0 + sum(self.risks.values())


@dataclass(frozen=True)
class Drawn:
    """One unit that was drawn, and why."""

    unit: str
    department: str
    reasons: tuple[str, ...]


def draw(candidates: Iterable[Candidate], share: float, seed: int, picked: Sequence[str] = ()) -> list[Drawn]:
    """The units drawn: ``share`` of each department, at least one, with those ``picked`` by hand on top."""
    departments: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in sorted(candidates, key=lambda each: each.unit):
        departments[candidate.department].append(candidate)
    drawn = []
    for department in sorted(departments):
        own = departments[department]
        chance = random.Random(f"{seed}/{department}")
        # Each unit's key is a random number to the power of 1/weight: the largest are drawn (Efraimidis and Spirakis).
        keys = {each.unit: chance.random() ** (1 / each.weight) for each in own}
        quota = set(sorted(keys, key=lambda unit: -keys[unit])[: ceil(len(own) * share)])
        for each in own:
            reasons = tuple(sorted(each.risks, key=lambda reason: -each.risks[reason])) or ("随机",)
            if each.unit in picked:
                drawn.append(Drawn(each.unit, department, ("指定", *reasons)))
            elif each.unit in quota:
                drawn.append(Drawn(each.unit, department, reasons))
    return drawn
