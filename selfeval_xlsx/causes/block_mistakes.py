"""Mistakes made with a whole line, column or block at once, each tried as one change."""

import itertools
from collections.abc import Iterator
from decimal import Decimal

from selfeval_xlsx.causes.mistakes import Cause, Mistake
from selfeval_xlsx.causes.neighbours import CellBlock, Extent, Place
from selfeval_xlsx.causes.trials import Correction, Trials
from selfeval_xlsx.causes.what_if import WhatIf
from selfeval_xlsx.form.kinds import Amount
from selfeval_xlsx.prose.keystroke_errors import UNIT_FACTOR, Slip

FEWEST = 3
"""Like figures in two columns that are more than a coincidence."""


def block_mistakes(trials: Trials) -> Iterator[tuple[Correction, Cause]]:
    """Lines, columns and blocks in the wrong unit, and columns filled in from the next."""
    found = [
        amounts
        for whole in trials.what_if.grid.cell_blocks()
        if (amounts := _amounts(whole, trials.what_if)).keys
    ]
    for whole in found:
        if any(key in trials.cells for key in whole.keys):
            yield from _in_wrong_unit(whole, trials)
            yield from _left_0(whole, trials)
    of_few = [each for each in found if each.extent is Extent.COLUMN or not _is_of_list(each)]
    for whole, source in itertools.permutations(of_few, 2):
        yield from _copied(whole, source, trials)


def is_only_amount(what_if: WhatIf, key: str) -> bool:
    """Whether no other amount but 0 stands in its block."""
    answers, block = what_if.case.answers, Place.of(key).block
    return not any(
        value and Place.of(other).block == block and isinstance(answers[other].field.kind, Amount)
        for other, value in what_if.values.items()
        if other != key
    )


def _amounts(whole: CellBlock, what_if: WhatIf) -> CellBlock:
    """Its typed amounts, in the order of the workbook; none where there are not two."""
    answers = what_if.case.answers
    typed = (key for key in sorted(whole.keys, key=what_if.ranks.__getitem__) if not answers[key].computed)
    keys = tuple(key for key in typed if isinstance(answers[key].field.kind, Amount))
    return CellBlock(whole.extent, keys if len(keys) > 1 else ())


def _in_wrong_unit(whole: CellBlock, trials: Trials) -> Iterator[tuple[Correction, Cause]]:
    for factor in (UNIT_FACTOR, 1 / UNIT_FACTOR):
        correction = trials.rescaled(whole.keys, factor)
        if (
            correction is not None
            and len(correction.changes) > 1
            and correction.weight
            and _is_telling(correction)
        ):
            yield correction, Cause(Slip.UNIT, whole.keys[0], extent=whole.extent, last=whole.keys[-1])


def _left_0(whole: CellBlock, trials: Trials) -> Iterator[tuple[Correction, Cause]]:
    """A whole line of totals over parts that are filled in."""
    what_if = trials.what_if
    if whole.extent is not Extent.LINE or any(what_if.values[key] for key in whole.keys):
        return
    rights = {
        key: {what_if.solution(equation, key) for equation in trials.cells[key] if equation.result == key}
        for key in whole.keys
        if key in trials.cells
    }
    known = {
        key: right
        for key, some in rights.items()
        if len(some) == 1 and (right := next(iter(some))) is not None
    }
    correction = trials.correction_of(known) if len(known) > 1 else None
    if correction is not None:
        yield correction, Cause(Mistake.ZERO, whole.keys[0], extent=whole.extent, last=whole.keys[-1])


def _is_telling(correction: Correction) -> bool:
    """Whether three digits are left to tell by, as in a single figure."""
    return max(map(abs, correction.changes.values())) >= Decimal(1)


def _copied(whole: CellBlock, source: CellBlock, trials: Trials) -> Iterator[tuple[Correction, Cause]]:
    values = trials.what_if.values
    if not _match(whole, source) or sum(values[key] != 0 for key in whole.keys) < FEWEST:
        return
    correction = trials.copied(whole.keys, source.keys)
    pairs = list(zip(whole.keys, source.keys, strict=True))
    if any(trials.what_if.is_all_of(key, other) for key, other in pairs if values[key]):
        return
    if correction is not None:
        others = (source.keys[0], source.keys[-1])
        yield (
            correction,
            Cause(Mistake.COPIED, whole.keys[0], others=others, extent=whole.extent, last=whole.keys[-1]),
        )


def _match(whole: CellBlock, source: CellBlock) -> bool:
    """Whether they are two columns of the same lines, or two lines of the same columns."""
    one, other = Place.of(whole.keys[0]), Place.of(source.keys[0])
    if whole.extent is not source.extent or one.block != other.block or len(whole.keys) != len(source.keys):
        return False
    across = "line" if whole.extent is Extent.COLUMN else "column"
    pairs = zip(map(Place.of, whole.keys), map(Place.of, source.keys), strict=True)
    return all(getattr(place, across) == getattr(like, across) for place, like in pairs)


def _is_of_list(whole: CellBlock) -> bool:
    return Place.of(whole.keys[0]).line.isdigit()
