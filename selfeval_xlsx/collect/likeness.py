"""What only the collector can see: the same sentences in two units' texts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from selfeval_xlsx.form.last_year import bare

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
