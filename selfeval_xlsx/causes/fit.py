"""How well figures fit the line they stand in: budget, outturn and last year's of one thing are of one size."""

from collections.abc import Iterable
from decimal import Decimal

from selfeval_xlsx.causes.neighbours import Place
from selfeval_xlsx.causes.what_if import Changes, Ledger

OF_ONE_SIZE = Decimal(2)
"""Figures of one thing of which the largest is no more than this many times the smallest."""

FAR_APART = Decimal(4)
"""Figures of one thing that are as far apart as this do not look right."""


def strain(ledger: Ledger, changes: Changes) -> Decimal:
    """How many times further apart the figures of the changed lines lie with ``changes`` than without."""
    found = Decimal(1)
    for like in _lines(ledger, changes):
        found *= _spread(ledger, like, changes) / _spread(ledger, like, {})
    return found


def restores(ledger: Ledger, changes: Changes) -> bool:
    """Whether ``changes`` bring a line to one size that is not so as it stands."""
    return any(
        _spread(ledger, like, {}) >= FAR_APART and _spread(ledger, like, changes) <= OF_ONE_SIZE
        for like in _lines(ledger, changes)
    )


def is_far_apart(ledger: Ledger, key: str) -> bool:
    """Whether the figures of its line do not look like those of one thing."""
    return any(_spread(ledger, like, {}) >= FAR_APART for like in _lines(ledger, {key: ledger.values[key]}))


def _lines(ledger: Ledger, changes: Changes) -> Iterable[tuple[str, ...]]:
    """The changed lines, of each the typed cells of a kind that takes no negative figures."""
    answers = ledger.case.answers
    changed = {
        (Place.of(key).block, Place.of(key).line, type(answers[key].field.kind)): key for key in changes
    }
    for (_, _, kind), key in changed.items():
        yield tuple(
            each
            for each in ledger.grid.line_of(key)
            if type(answers[each].field.kind) is kind and not ledger.is_signed(each)
        )


def _spread(ledger: Ledger, keys: tuple[str, ...], changes: Changes) -> Decimal:
    """The largest figure over the smallest; a cell that holds 0 counts as one unit of the last place."""
    sizes = [
        max(abs(changes.get(key, ledger.values[key])), Decimal(1).scaleb(-ledger.places(key))) for key in keys
    ]
    return max(sizes) / min(sizes) if sizes else Decimal(1)
