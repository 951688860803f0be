"""The likely cause of a broken relation, where the figures show one: worded with 可能, never applied.

A cause is a story of one cell. Its right figure is what the broken relations ask for; it must mend them
exactly and break none that holds. Where several stories fit, those that mend the most relations count,
and of these the plainest: one is named, two equally plausible ones with 或, and none rather than a
choice of three. A new relation costs nothing here; a new story is one small function in ``stories``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from selfeval_xlsx.amounts import plain
from selfeval_xlsx.causes.block_mistakes import is_alone, wholes
from selfeval_xlsx.causes.corrections import Bench, Mend
from selfeval_xlsx.causes.mistakes import OF_RATES, Cause, Mistake, Story, beside, stories, without_figure
from selfeval_xlsx.causes.neighbours import Extent, Place
from selfeval_xlsx.causes.what_if import Equation, Ledger
from selfeval_xlsx.findings import CheckResult, Finding, Severity
from selfeval_xlsx.form.kinds import Score
from selfeval_xlsx.prose.keystroke_errors import Slip

TELLING, TELLING_PEOPLE = 100, 10
"""A difference of fewer units of the last place (1.00 万元, 10 people) proves nothing by itself."""

PLAIN: set[Story] = {
    *(Slip.UNIT, Slip.POINT, Slip.SIGN),
    *(Mistake.COPIED, Mistake.EXCHANGED, Mistake.ZERO, Mistake.WEIGHTS, Mistake.REPEATED),
    *OF_RATES,
}
"""Stories to believe before all others."""

_TOLD_BY_DIGITS: set[Story] = {Slip.SWAPPED, Slip.DOUBLED, *OF_RATES}
"""Stories that a small difference can tell."""

_OF_ITEMS: set[Story] = {Mistake.ONLY, Mistake.OMITTED, Mistake.TWICE, Mistake.TURNED}
"""Stories that hang on the figure of another cell."""

_OF_TWO_FIGURES: set[Story] = {Slip.SIGN, Mistake.ONLY}
"""Stories that the figure tells together with that of another cell."""

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
        return replace(finding, cause=_worded(found, ledger, finding.at[0].sheet))

    return replace(result, findings=tuple(explain(each) for each in result.findings))


def likely(equation: Equation, ledger: Ledger, clues: Sequence[Clue]) -> tuple[Cause, ...]:
    """The one likely cause of a broken equation, or equally plausible ones of two cells at most; else none.

    ``clues`` are those that mend it.
    """
    most = max((clue.mend.weight for clue in clues), default=1)
    simplest = _simplest([clue for clue in clues if clue.mend.weight == most and clue.causes], ledger)
    told = [cause for clue in simplest for cause in clue.causes]
    if most == 1:
        told += without_figure(equation, ledger)
    plain_ones = [cause for cause in told if cause.story in PLAIN]
    rivals = plain_ones or [cause for cause in told if cause.story is not Mistake.UNCHANGED] or told
    best = tuple(dict.fromkeys(rivals))
    cells = {cause.key for cause in best}
    return best if len(cells) <= 2 and len(best) <= 3 else ()


def _simplest(clues: list[Clue], ledger: Ledger) -> list[Clue]:
    """Those that change the fewest cells, and whole blocks where that is the only cell of another block."""
    fewest = min((len(clue.mend.changes) for clue in clues), default=0)
    few = [clue for clue in clues if len(clue.mend.changes) == fewest]
    blocks = [clue for clue in clues if clue.causes[0].extent is Extent.BLOCK and clue not in few]
    alone = fewest == 1 and all(is_alone(ledger, clue.mend.key) for clue in few)
    return [*few, *blocks] if alone else few


def clues_of(bench: Bench) -> tuple[Clue, ...]:
    """Every mend that a story explains, or that several equations ask for."""
    single = (clue for key in bench.cells for clue in (*_clues(bench, key), *_exchanges(bench, key)))
    return (*single, *(Clue(mend, (cause,)) for mend, cause in wholes(bench)))


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
        cause = Cause(Mistake.EXCHANGED, min(key, other), others=(max(key, other),))
        if mend is not None and _is_strong(cause, mend, bench):
            yield Clue(mend, (cause,))


def _may_be_exchanged(bench: Bench, key: str, other: str) -> bool:
    """Whether the trial is worth while: a sum asks for the other figure, or stands between them, or only rates speak."""
    ledger, solutions = bench.ledger, bench.solutions(key)
    if not ledger.allows(key, ledger.values[other]) or not ledger.allows(other, ledger.values[key]):
        return False
    weights = ((ledger.weight(each, key), ledger.weight(each, other)) for each in bench.cells[key])
    if any(own and its and own != its for own, its in weights):
        return True
    return ledger.values[other] in solutions if solutions else other in bench.cells


def _is_strong(cause: Cause, mend: Mend, bench: Bench) -> bool:
    """Whether the story is more than a coincidence.

    Two relations ask for it, no other cell could be the wrong one, or the figures tell enough.
    """
    ledger, story = bench.ledger, cause.story
    if mend.weight > 1 or story in _TOLD_BY_DIGITS:
        return True
    if story is Mistake.ZERO and any(equation.result == mend.key for equation in mend.mended):
        return True
    if story not in _OF_ITEMS and len(mend.changes) == 1 and bench.is_certain(mend):
        return True
    if story is Mistake.ZERO:
        return False
    if story in {Mistake.NEIGHBOUR, Mistake.EXCHANGED} and _may_be_alike(cause, mend, bench):
        return False
    units = abs(ledger.values[mend.key] - mend.right).scaleb(ledger.places(mend.key))
    one_digit = plain(units).rstrip("0") in _MISTYPED and story not in _OF_TWO_FIGURES
    telling = TELLING if ledger.places(mend.key) else TELLING_PEOPLE
    return (units >= telling or story is Mistake.NEIGHBOUR) and not one_digit


def _may_be_alike(cause: Cause, mend: Mend, bench: Bench) -> bool:
    """Whether like figures are common in the two cells.

    They are among points, and in a line where nothing changed; the latter if another item of the sum is so, too.
    """
    ledger = bench.ledger
    [other] = cause.others
    if isinstance(ledger.case.answers[cause.key].field.kind, Score):
        return True
    if cause.story is not Mistake.NEIGHBOUR or not _is_one_line(ledger, cause.key, other):
        return False
    rivals = {key for each in mend.mended for key in each.keys if key not in {cause.key, each.result}}
    return any(
        ledger.values[key] == ledger.values[like] != 0
        for key in rivals
        for like in beside(ledger, key)
        if _is_one_line(ledger, key, like)
    )


def _is_one_line(ledger: Ledger, key: str, other: str) -> bool:
    places = Place.of(key), Place.of(other)
    return (
        bool(places[0].line)
        and places[0].line == places[1].line
        and (ledger.is_signed(key) == ledger.is_signed(other))
    )


# --- words ----------------------------------------------------------------------------------------


def _worded(causes: tuple[Cause, ...], ledger: Ledger, sheet: str) -> str:
    """``可能是 D9 误填了 D7 的数，或漏加了 D8（应为 3,244.60）``; cells of another sheet are named with it."""
    told: dict[tuple[str, Decimal | None], list[str]] = {}
    for cause in causes:
        others = (_cell(key, ledger, sheet) for key in cause.others)
        told.setdefault((_place(cause, ledger, sheet), cause.right), []).append(
            cause.story.value.format(*others)
        )
    keys = {_place(cause, ledger, sheet): cause.key for cause in causes}
    sentences = (
        f"{place} {'，或'.join(said)}{_should_be(keys[place], right, ledger)}"
        for (place, right), said in told.items()
    )
    return f"可能是 {'，或 '.join(sentences)}"


def _place(cause: Cause, ledger: Ledger, sheet: str) -> str:
    """``D9``; of several cells ``D5 至 D9 整列``."""
    first = _cell(cause.key, ledger, sheet)
    if cause.extent is None:
        return first
    return f"{first} 至 {ledger.case.answers[cause.last].ref.coordinate} {cause.extent.value}"


def _cell(key: str, ledger: Ledger, sheet: str) -> str:
    ref = ledger.case.answers[key].ref
    return ref.coordinate if ref.sheet == sheet else str(ref)


def _should_be(key: str, right: Decimal | None, ledger: Ledger) -> str:
    return "" if right is None else f"（应为 {ledger.show(key, right)}）"
