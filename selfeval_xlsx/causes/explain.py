"""The likely cause of each broken relation, and the cells that several broken relations share.

A cause is a mistake in one cell, line, column or block; it is worded with 可能 and never applied. Its right
figure is what the broken relations ask for: it repairs them exactly and breaks none that holds. Of several
causes those count that repair the most relations, and of these the plainest. One is named, two equally
plausible ones with 或, and none rather than a choice of three.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from selfeval_xlsx.amounts import plain
from selfeval_xlsx.causes.mistakes import (
    OF_RATES,
    Cause,
    Correction,
    Mistake,
    MistakeKind,
    Trials,
    beside,
    block_mistakes,
    is_only_amount,
    mistakes,
    without_figure,
)
from selfeval_xlsx.causes.what_if import Equation, Extent, Place, WhatIf
from selfeval_xlsx.cells import column_letters
from selfeval_xlsx.findings import Suspect
from selfeval_xlsx.form.kinds import Count, Score
from selfeval_xlsx.prose.keystroke_errors import Slip

TELLING, TELLING_PEOPLE = 100, 10
"""A difference of fewer units of the last place (1.00 万元, 10 people) proves nothing by itself."""

PLAIN: set[MistakeKind] = {
    *(Slip.UNIT, Slip.POINT, Slip.SIGN),
    *(Mistake.COPIED, Mistake.EXCHANGED, Mistake.ZERO, Mistake.WEIGHTS, Mistake.REPEATED),
    *OF_RATES,
}
"""Mistakes to believe before all others."""

_TOLD_BY_DIGITS: set[MistakeKind] = {Slip.SWAPPED, Slip.DOUBLED, *OF_RATES}
"""Mistakes that a small difference can tell."""

_OF_ITEMS: set[MistakeKind] = {Mistake.ONLY, Mistake.OMITTED, Mistake.TWICE, Mistake.TURNED}
"""Mistakes that hang on the figure of another cell."""

_OF_TWO_FIGURES: set[MistakeKind] = {Slip.SIGN, Mistake.ONLY}
"""Mistakes that the figure tells together with that of another cell."""

_MISTYPED = frozenset("12345678")
"""Differences that may as well be one digit mistyped in another cell; 0 for 9 is seldom."""


# --- what is told ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """What is told of a broken equation: its likely cause in words, if there is one, and what to type.

    ``texts`` are cells, first the one that is named, with what belongs there, after which all ``repaired`` hold.
    Where the cause tells no figures there are none, and ``open_cells`` are those that hold wrong ones.
    """

    cause: str
    texts: tuple[tuple[str, str], ...]
    repaired: tuple[Equation, ...]
    open_cells: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The cell that is named; empty where no figure is told."""
        return self.texts[0][0] if self.texts else ""

    @property
    def cells(self) -> set[str]:
        """The cells whose figures are told."""
        return {key for key, _ in self.texts}

    @property
    def weight(self) -> tuple[int, int]:
        """How much is repaired: equations that prove something, and others."""
        return sum(equation.proves for equation in self.repaired), len(self.repaired)


Tellings = Mapping[Equation, Told]
"""What is told of each broken equation."""


def causes_of(what_if: WhatIf) -> tuple[Tellings, tuple[Suspect, ...]]:
    """What is told of each broken equation, its cause, else a suspect; and the suspects that several of them share."""
    corrections = tuple(_corrections(Trials(what_if)))
    shared = list(_shared(corrections))
    told: dict[Equation, Told] = {}
    for correction in reversed(shared):
        suspicion = Told("", _texts(correction, what_if), correction.repaired)
        told |= dict.fromkeys(correction.repaired, suspicion)
    told |= _of_causes(_causes(what_if, corrections), corrections, what_if)
    return told, tuple(_suspect(what_if, correction) for correction in shared)


def _texts(correction: Correction, what_if: WhatIf) -> tuple[tuple[str, str], ...]:
    return tuple((key, what_if.show(key, value)) for key, value in correction.changes.items())


Causes = Mapping[Equation, tuple[Cause, ...]]


def _causes(what_if: WhatIf, corrections: Sequence[Correction]) -> Causes:
    own: dict[Equation, list[Correction]] = {equation: [] for equation in what_if.broken}
    for correction in corrections:
        for equation in correction.repaired:
            own[equation].append(correction)
    causes = {equation: likely(equation, what_if, some) for equation, some in own.items()}
    return {equation: some for equation, some in causes.items() if some}


def _of_causes(causes: Causes, corrections: Sequence[Correction], what_if: WhatIf) -> Tellings:
    known = {
        cause: (_texts(correction, what_if), correction.repaired)
        for correction in corrections
        for cause in correction.causes
        if not cause.extent or _is_exact(correction, what_if)
    }
    of_cells = {
        first.key: known[first] for first, *_ in causes.values() if first in known and not first.extent
    }
    told: dict[Equation, Told] = {}
    for equation, some in causes.items():
        words = _worded(some, what_if, what_if.case.answers[equation.result].ref.sheet)
        texts, repaired = known.get(some[0]) or of_cells.get(some[0].key) or ((), ())
        if some[0].mistake is Mistake.REPEATED:
            texts, repaired = tuple((key, "") for key in _row_of(some[0].key, what_if)), (equation,)
        cells = dict.fromkeys(key for cause in some for key in cause.cells or (cause.key,))
        told[equation] = Told(words, texts, repaired, () if texts else tuple(cells))
    return told


def _is_exact(correction: Correction, what_if: WhatIf) -> bool:
    """Whether the figures of a whole block are known to the cent: 元 typed for 万元, not the other way round."""
    return bool(correction.changes) and all(
        abs(value) < abs(what_if.values[key]) or not what_if.values[key]
        for key, value in correction.changes.items()
    )


def _row_of(key: str, what_if: WhatIf) -> Iterable[str]:
    row = key.rpartition(".")[0]
    return dict.fromkeys((key, *(other for other in what_if.case.answers if other.rpartition(".")[0] == row)))


def _shared(corrections: Iterable[Correction]) -> Iterator[Correction]:
    """Those of one cell that repair two relations or more, the ones that repair the most first.

    A cell is left out where another one repairs all that it does, and more.
    """
    shared = [one for one in corrections if one.weight > 1 and len(one.changes) == 1]
    rivals: dict[Equation, list[set[Equation]]] = {}
    for correction in shared:
        for equation in correction.repaired:
            rivals.setdefault(equation, []).append(set(correction.repaired))
    best = [one for one in shared if not any(set(one.repaired) < rival for rival in rivals[one.repaired[0]])]
    yield from sorted(best, key=lambda correction: -correction.weight)


def _suspect(what_if: WhatIf, correction: Correction) -> Suspect:
    answer = what_if.case.answers[correction.key]
    relations = [equation.relation for equation in correction.repaired if equation.proves]
    return Suspect(
        answer.ref,
        answer.field.label,
        answer.show(),
        what_if.show(correction.key, correction.right),
        tuple(relation.code for relation in relations),
        tuple(relation.title for relation in relations),
    )


# --- what is likely -------------------------------------------------------------------------------


def likely(equation: Equation, what_if: WhatIf, corrections: Sequence[Correction]) -> tuple[Cause, ...]:
    """The one likely cause of a broken equation, or equally plausible ones of two cells at most; else none.

    ``corrections`` are those that repair it.
    """
    most = max((correction.weight for correction in corrections), default=1)
    strongest = [correction for correction in corrections if correction.weight == most and correction.causes]
    causes = [cause for correction in _simplest(strongest, what_if) for cause in correction.causes]
    if most == 1:
        causes += without_figure(equation, what_if)
    plain_ones = [cause for cause in causes if cause.mistake in PLAIN]
    rivals = plain_ones or [cause for cause in causes if cause.mistake is not Mistake.UNCHANGED] or causes
    best = tuple(dict.fromkeys(rivals))
    return best if len({cause.key for cause in best}) <= 2 and len(best) <= 3 else ()


def _simplest(corrections: list[Correction], what_if: WhatIf) -> list[Correction]:
    """Those that change the fewest cells, and whole blocks where that is the only cell of another block."""
    fewest = min((len(one.changes) for one in corrections), default=0)
    few = [one for one in corrections if len(one.changes) == fewest]
    blocks = [one for one in corrections if one.causes[0].extent is Extent.BLOCK and one not in few]
    alone = fewest == 1 and all(is_only_amount(what_if, one.key) for one in few)
    return [*few, *blocks] if alone else few


def _corrections(trials: Trials) -> Iterator[Correction]:
    """Every correction that a mistake explains, or that several equations ask for."""
    for key in trials.cells:
        yield from _of_one_cell(trials, key)
        yield from _exchanges(trials, key)
    yield from block_mistakes(trials)


def _of_one_cell(trials: Trials, key: str) -> Iterator[Correction]:
    broken = trials.cells[key]
    for right in trials.rights(key):
        causes = tuple(mistakes(trials.what_if, broken, key, right))
        correction = trials.correction({key: right}) if causes or len(broken) > 1 else None
        if correction is not None:
            strong = (cause for cause in causes if _is_strong(cause, correction, trials))
            own = tuple(cause for cause in strong if not _is_anothers(cause, correction, trials))
            yield replace(correction, causes=own)


def _exchanges(trials: Trials, key: str) -> Iterator[Correction]:
    """The cell and one beside it hold each other's figures."""
    values = trials.what_if.values
    for other in beside(trials.what_if, key):
        if not _may_be_exchanged(trials, key, other):
            continue
        correction = trials.correction({key: values[other], other: values[key]})
        cause = Cause(Mistake.EXCHANGED, min(key, other), others=(max(key, other),))
        if correction is not None and _is_strong(cause, correction, trials):
            yield replace(correction, causes=(cause,))


def _may_be_exchanged(trials: Trials, key: str, other: str) -> bool:
    """Whether the trial is worth while: a sum asks for the other figure, or stands between them, or only rates speak."""
    what_if, solutions = trials.what_if, trials.solutions(key)
    if not what_if.allows(key, what_if.values[other]) or not what_if.allows(other, what_if.values[key]):
        return False
    weights = (
        (what_if.weight(equation, key), what_if.weight(equation, other)) for equation in trials.cells[key]
    )
    if any(own and its and own != its for own, its in weights):
        return True
    return what_if.values[other] in solutions if solutions else other in trials.cells


def _is_strong(cause: Cause, correction: Correction, trials: Trials) -> bool:
    """Whether the mistake is more than a coincidence.

    Two relations ask for it, no other cell could be the wrong one, or the figures tell enough.
    """
    what_if, mistake = trials.what_if, cause.mistake
    if correction.weight > 1 or mistake in _TOLD_BY_DIGITS:
        return True
    if mistake is Mistake.ZERO and any(equation.result == correction.key for equation in correction.repaired):
        return True
    if mistake not in _OF_ITEMS and len(correction.changes) == 1 and trials.is_certain(correction):
        return True
    if mistake is Mistake.ZERO:
        return False
    if mistake in {Mistake.NEIGHBOUR, Mistake.EXCHANGED} and _may_be_alike(cause, correction, trials):
        return False
    units = abs(what_if.values[correction.key] - correction.right).scaleb(what_if.places(correction.key))
    one_digit = plain(units).rstrip("0") in _MISTYPED and mistake not in _OF_TWO_FIGURES
    telling = TELLING if what_if.places(correction.key) else TELLING_PEOPLE
    return (units >= telling or mistake in {Mistake.NEIGHBOUR, Mistake.ONLY}) and not one_digit


def _is_anothers(cause: Cause, correction: Correction, trials: Trials) -> bool:
    """Whether a copied or forgotten figure may as well stand in another cell, around which more is broken."""
    own = set(trials.cells[correction.key])
    return cause.mistake in {Mistake.NEIGHBOUR, Mistake.UNCHANGED} and any(
        own < set(trials.cells.get(other, ()))
        for equation in correction.repaired
        for other in trials.what_if.roots_of(equation)
    )


def _may_be_alike(cause: Cause, correction: Correction, trials: Trials) -> bool:
    """Whether like figures are common in the two cells.

    They are among points, between posts and people, and in a line where nothing changed; the latter if another
    item of the sum is so, too.
    """
    what_if = trials.what_if
    [other] = cause.others
    kind = what_if.case.answers[cause.key].field.kind
    if isinstance(kind, Score):
        return True
    if cause.mistake is not Mistake.NEIGHBOUR or not _is_one_line(what_if, cause.key, other):
        return False
    if isinstance(kind, Count):
        return True
    items = {key for equation in correction.repaired for key in equation.keys if key != equation.result}
    return any(
        what_if.values[key] == what_if.values[like] != 0
        for key in items - {cause.key}
        for like in beside(what_if, key)
        if _is_one_line(what_if, key, like)
    )


def _is_one_line(what_if: WhatIf, key: str, other: str) -> bool:
    own, its = Place.of(key), Place.of(other)
    return bool(own.line) and own.line == its.line and what_if.is_signed(key) == what_if.is_signed(other)


# --- words ----------------------------------------------------------------------------------------


def _worded(causes: tuple[Cause, ...], what_if: WhatIf, sheet: str) -> str:
    """``可能是 D9 误填了 D7 的数，或漏加了 D8（应为 3,244.60）``; cells of another sheet are named with it."""
    mistakes_at: dict[tuple[str, str], list[str]] = {}
    for cause in causes:
        others = (what_if.case.answers[key].ref.seen_from(sheet) for key in cause.others)
        right = "" if cause.right is None else f"（应为 {what_if.show(cause.key, cause.right)}）"
        place = _place(cause, what_if, sheet)
        mistakes_at.setdefault((place, right), []).append(cause.mistake.value.format(*others))
    sentences = (f"{place} {'，或'.join(words)}{right}" for (place, right), words in mistakes_at.items())
    return f"可能是 {'，或 '.join(sentences)}"


def _place(cause: Cause, what_if: WhatIf, sheet: str) -> str:
    """``D9``; of several cells ``D5 至 D9 整列``."""
    first = what_if.case.answers[cause.key].ref.seen_from(sheet)
    if cause.extent is None:
        return first
    corners = [what_if.case.answers[key].ref.place for key in cause.cells]
    row, column = (max(places) for places in zip(*corners, strict=True))
    return f"{first} 至 {column_letters(column)}{row} {cause.extent.value}"
