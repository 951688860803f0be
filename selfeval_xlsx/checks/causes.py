"""The likely cause of a broken relation, where the figures show one: worded with 可能, never applied.

A cause is a story of one cell. Its right figure is what the broken relations ask for; it must mend them
exactly and break none that holds. Where several stories fit, those that mend the most relations count,
and of these the plainest: one is named, two equally plausible ones with 或, and none rather than a
choice of three. A new relation costs nothing here; a new story is one small function in ``stories``.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from selfeval_xlsx.amounts import plain
from selfeval_xlsx.checks.equations import Equation
from selfeval_xlsx.checks.grid import Place
from selfeval_xlsx.checks.ledger import Ledger
from selfeval_xlsx.checks.mends import Bench, Mend
from selfeval_xlsx.checks.slips import Slip
from selfeval_xlsx.checks.stories import OF_RATES, Cause, Mistake, Story, beside, of_whole_columns, stories
from selfeval_xlsx.findings import CheckResult, Finding, Severity
from selfeval_xlsx.kinds import Score

TELLING = 100
"""A difference of fewer units of the last place (1.00 万元) proves nothing by itself."""

PLAIN: set[Story] = {
    *(Slip.UNIT, Slip.POINT, Slip.SIGN),
    *(Mistake.EXCHANGED, Mistake.ZERO, Mistake.WEIGHTS, Mistake.REPEATED),
    *OF_RATES,
}
"""Stories to believe before all others."""

_TOLD_BY_DIGITS: set[Story] = {Slip.SWAPPED, Slip.DOUBLED, Mistake.ZERO, *OF_RATES}
"""Stories that a small difference can tell."""

_OF_ITEMS: set[Story] = {Mistake.OMITTED, Mistake.TWICE, Mistake.TURNED}
"""Stories that hang on the figure of another cell."""

_MISTYPED = frozenset("12345678")
"""Differences that may as well be one digit mistyped in another cell; 0 for 9 is seldom."""


@dataclass(frozen=True)
class Clue:
    """A mend and the stories that explain it."""

    mend: Mend
    causes: tuple[Cause, ...]


def explained(result: CheckResult, ledger: Ledger, clues: tuple[Clue, ...]) -> CheckResult:
    """``result`` with the likely cause beside each broken relation that shows one."""
    near: dict[Equation, list[Clue]] = {equation: [] for equation in ledger.broken}
    for clue in clues:
        for equation in clue.mend.mended:
            near[equation].append(clue)
    causes = {
        (equation.relation.code, ledger.case.answers[equation.result].ref): likely(equation, ledger, own)
        for equation, own in near.items()
    }

    def explain(finding: Finding) -> Finding:
        found = causes.get((finding.code, finding.at[0]), ()) if finding.at else ()
        if finding.severity is not Severity.ERROR or not found:
            return finding
        return dataclasses.replace(finding, cause=_worded(found, ledger, finding.at[0].sheet))

    return dataclasses.replace(result, findings=tuple(explain(each) for each in result.findings))


def likely(equation: Equation, ledger: Ledger, clues: Sequence[Clue]) -> tuple[Cause, ...]:
    """The one likely cause of a broken equation, or equally plausible ones of two cells at most; else none.

    ``clues`` are those that mend it.
    """
    most = max((clue.mend.weight for clue in clues), default=1)
    causes = [cause for clue in clues if clue.mend.weight == most for cause in clue.causes]
    if most == 1:
        causes += of_whole_columns(equation, ledger)
    plain_ones = [cause for cause in causes if cause.story in PLAIN]
    best = tuple(dict.fromkeys(plain_ones or causes))
    cells = {cause.key for cause in best}
    return best if len(cells) <= 2 and len(best) <= 3 else ()


def clues_of(bench: Bench) -> tuple[Clue, ...]:
    """Every mend that a story explains, or that several equations ask for."""
    return tuple(clue for key in bench.cells for clue in (*_clues(bench, key), *_exchanges(bench, key)))


def _clues(bench: Bench, key: str) -> Iterator[Clue]:
    broken = bench.cells[key]
    for right in bench.rights(key):
        causes = tuple(stories(bench.ledger, broken, key, right))
        mend = bench.mend(key, right) if causes or len(broken) > 1 else None
        if mend is not None:
            yield Clue(mend, tuple(cause for cause in causes if _is_strong(cause, mend, bench)))


def _exchanges(bench: Bench, key: str) -> Iterator[Clue]:
    """The cell and one beside it hold each other's figures."""
    for other in beside(bench.ledger, key):
        mend = bench.exchange(key, other) if _may_be_exchanged(bench, key, other) else None
        cause = Cause(Mistake.EXCHANGED, min(key, other), other=max(key, other))
        if mend is not None and _is_strong(cause, mend, bench):
            yield Clue(mend, (cause,))


def _may_be_exchanged(bench: Bench, key: str, other: str) -> bool:
    """Whether the trial is worth while: a sum asks for the other figure, or stands between them, or only rates speak."""
    ledger, solutions = bench.ledger, bench.solutions(key)
    if not ledger.allows(key, ledger.values[other]) or not ledger.allows(other, ledger.values[key]):
        return False
    if any(each.result == key and other in each.parts for each in bench.cells[key]):
        return True
    return ledger.values[other] in solutions if solutions else other in bench.cells


def _is_strong(cause: Cause, mend: Mend, bench: Bench) -> bool:
    """Whether the story is more than a coincidence.

    Two relations ask for it, no other cell could be the wrong one, or the figures tell enough.
    """
    ledger = bench.ledger
    if mend.weight > 1 or cause.story in _TOLD_BY_DIGITS:
        return True
    if cause.story not in _OF_ITEMS and not mend.other and bench.is_certain(mend):
        return True
    if cause.story in {Mistake.NEIGHBOUR, Mistake.EXCHANGED} and _may_be_alike(cause, ledger):
        return False
    units = abs(ledger.values[mend.key] - mend.right).scaleb(ledger.places(mend.key))
    one_digit = plain(units).rstrip("0") in _MISTYPED
    return units >= TELLING and not one_digit


def _may_be_alike(cause: Cause, ledger: Ledger) -> bool:
    """Whether like figures are common in the two cells: among points, and in a line where nothing changed."""
    if isinstance(ledger.case.answers[cause.key].field.kind, Score):
        return True
    one_line = Place.of(cause.key).column != Place.of(cause.other).column
    return one_line and ledger.is_signed(cause.key) == ledger.is_signed(cause.other)


# --- words ----------------------------------------------------------------------------------------


def _worded(causes: tuple[Cause, ...], ledger: Ledger, sheet: str) -> str:
    """``可能是 D9 误填了 D7 的数，或漏加了 D8（应为 3,244.60）``; cells of another sheet are named with it."""
    told: dict[tuple[str, Decimal | None], list[str]] = {}
    for cause in causes:
        other = _cell(cause.other, ledger, sheet) if cause.other else ""
        told.setdefault((cause.key, cause.right), []).append(cause.story.value.format(other))
    sentences = (
        f"{_cell(key, ledger, sheet)} {'，或'.join(said)}{_should_be(key, right, ledger)}"
        for (key, right), said in told.items()
    )
    return f"可能是 {'，或 '.join(sentences)}"


def _cell(key: str, ledger: Ledger, sheet: str) -> str:
    ref = ledger.case.answers[key].ref
    return ref.coordinate if ref.sheet == sheet else str(ref)


def _should_be(key: str, right: Decimal | None, ledger: Ledger) -> str:
    return "" if right is None else f"（应为 {ledger.show(key, right)}）"
