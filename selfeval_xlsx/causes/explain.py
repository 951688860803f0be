"""The likely cause of each broken relation, and the cells that several broken relations share.

A cause is a mistake in one cell, line, column or block; it is worded with 可能 and never applied. Its right
figure is what the broken relations ask for: it repairs them exactly and breaks none that holds. Of several
causes those count that repair the most relations, and of these the plainest. One is named, two equally
plausible ones with 或, and none rather than a choice of three.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from selfeval_xlsx.amounts import plain
from selfeval_xlsx.causes.advice import Judge, Offer, Told, advised
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
from selfeval_xlsx.findings import CheckResult, Finding, Severity, Suspect
from selfeval_xlsx.form.completion import Completed
from selfeval_xlsx.form.kinds import Count, Score
from selfeval_xlsx.prose.keystroke_errors import Slip

TELLING, TELLING_PEOPLE = 100, 10
"""A difference of fewer units of the last place (1.00 万元, 10 people) proves nothing by itself."""

FEW = 3
"""Hidden cells that are named one by one."""

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


@dataclass(frozen=True)
class Explanation:
    """A correction and the causes that explain it; none where it is only that several relations ask for it."""

    correction: Correction
    causes: tuple[Cause, ...]


def explained(result: CheckResult, case: Completed, judge: Judge) -> CheckResult:
    """``result`` with the likely cause and the steps beside each broken relation, and with the suspects.

    ``judge`` holds an evaluation with other figures against the rules: what is told was tried.
    """
    if not result.blocked:
        return result
    what_if = WhatIf(case)
    told, shared = _read(what_if)
    findings = tuple(_with_hidden(finding, what_if) for finding in result.findings)
    suspects = tuple(_suspect(what_if, correction) for correction in shared)
    named = replace(result, findings=findings, suspects=suspects)
    return advised(named, what_if, told, lambda figures: _read(figures)[0], judge)


def _read(what_if: WhatIf) -> tuple[Mapping[Equation, Told], list[Correction]]:
    """What is told of each broken equation, and the corrections of one cell that several of them share."""
    explanations = tuple(_explanations(Trials(what_if)))
    shared = list(_shared(explanation.correction for explanation in explanations))
    return _told(_causes(what_if, explanations), explanations, shared, what_if), shared


Causes = Mapping[Equation, tuple[Cause, ...]]


def _causes(what_if: WhatIf, explanations: Sequence[Explanation]) -> Causes:
    own: dict[Equation, list[Explanation]] = {equation: [] for equation in what_if.broken}
    for explanation in explanations:
        for equation in explanation.correction.repaired:
            own[equation].append(explanation)
    return {equation: likely(equation, what_if, some) for equation, some in own.items()}


def _with_hidden(finding: Finding, what_if: WhatIf) -> Finding:
    """Says that cells take part which nobody sees: they come first."""
    unseen = what_if.out_of_sight.get((finding.code, finding.key))
    if finding.severity is not Severity.ERROR or not unseen:
        return finding
    sheet = finding.at[0].sheet
    shown = "、".join(ref.coordinate if ref.sheet == sheet else str(ref) for ref in unseen[:FEW])
    more = f" 等 {len(unseen)} 格" if len(unseen) > FEW else ""
    return replace(finding, hint=f"{shown}{more}是隐藏的，请先取消隐藏核对；{finding.hint}")


def _told(
    causes: Causes, explanations: Sequence[Explanation], shared: Sequence[Correction], what_if: WhatIf
) -> Mapping[Equation, Told]:
    """What each broken equation is told of: its cause, else a suspect."""

    def offer(correction: Correction) -> Offer:
        texts = tuple((key, what_if.show(key, value)) for key, value in correction.changes.items())
        return Offer(texts, correction.repaired)

    of_suspects: dict[Equation, Offer] = {}
    for correction in reversed(shared):
        of_suspects |= dict.fromkeys(correction.repaired, offer(correction))
    of_causes = {
        cause: offer(one.correction)
        for one in explanations
        for cause in one.causes
        if not cause.extent or _is_exact(one.correction, what_if)
    }
    of_cells = {
        some[0].key: of_causes[some[0]]
        for some in causes.values()
        if some and some[0] in of_causes and not some[0].extent
    }
    told = {equation: Told("", one) for equation, one in of_suspects.items()}
    for equation, some in causes.items():
        if some:
            words = _worded(some, what_if, what_if.case.answers[equation.result].ref.sheet)
            if some[0].mistake is Mistake.REPEATED:
                texts = tuple((key, "") for key in _row_of(some[0].key, what_if))
                told[equation] = Told(words, Offer(texts, (equation,)))
            else:
                one = of_causes.get(some[0]) or of_cells.get(some[0].key)
                told[equation] = Told(words, one, () if one else _all_of(some))
    return told


def _all_of(causes: Iterable[Cause]) -> tuple[str, ...]:
    """The cells that the causes say are wrong."""
    return tuple(dict.fromkeys(key for cause in causes for key in cause.cells or (cause.key,)))


def _is_exact(correction: Correction, what_if: WhatIf) -> bool:
    """Whether the figures of a whole block are known to the cent: 元 typed for 万元, not the other way round."""
    return bool(correction.changes) and all(
        abs(value) < abs(what_if.values[key]) or not what_if.values[key]
        for key, value in correction.changes.items()
    )


def _row_of(key: str, what_if: WhatIf) -> list[str]:
    """The cells of the row in which ``key`` stands, that one first."""
    row = key.rpartition(".")[0]
    return [
        key,
        *(other for other in what_if.case.answers if other.rpartition(".")[0] == row and other != key),
    ]


def likely(equation: Equation, what_if: WhatIf, explanations: Sequence[Explanation]) -> tuple[Cause, ...]:
    """The one likely cause of a broken equation, or equally plausible ones of two cells at most; else none.

    ``explanations`` are those whose correction repairs it.
    """
    most = max((explanation.correction.weight for explanation in explanations), default=1)
    strongest = [one for one in explanations if one.correction.weight == most and one.causes]
    causes = [cause for explanation in _simplest(strongest, what_if) for cause in explanation.causes]
    if most == 1:
        causes += without_figure(equation, what_if)
    plain_ones = [cause for cause in causes if cause.mistake in PLAIN]
    rivals = plain_ones or [cause for cause in causes if cause.mistake is not Mistake.UNCHANGED] or causes
    best = tuple(dict.fromkeys(rivals))
    return best if len({cause.key for cause in best}) <= 2 and len(best) <= 3 else ()


def _simplest(explanations: list[Explanation], what_if: WhatIf) -> list[Explanation]:
    """Those that change the fewest cells, and whole blocks where that is the only cell of another block."""
    fewest = min((len(one.correction.changes) for one in explanations), default=0)
    few = [one for one in explanations if len(one.correction.changes) == fewest]
    blocks = [one for one in explanations if one.causes[0].extent is Extent.BLOCK and one not in few]
    alone = fewest == 1 and all(is_only_amount(what_if, one.correction.key) for one in few)
    return [*few, *blocks] if alone else few


def _explanations(trials: Trials) -> Iterator[Explanation]:
    """Every correction that a mistake explains, or that several equations ask for."""
    for key in trials.cells:
        yield from _of_one_cell(trials, key)
        yield from _exchanges(trials, key)
    for correction, cause in block_mistakes(trials):
        yield Explanation(correction, (cause,))


def _of_one_cell(trials: Trials, key: str) -> Iterator[Explanation]:
    broken = trials.cells[key]
    for right in trials.rights(key):
        causes = tuple(mistakes(trials.what_if, broken, key, right))
        correction = trials.correction({key: right}) if causes or len(broken) > 1 else None
        if correction is not None:
            strong = tuple(
                cause
                for cause in causes
                if _is_strong(cause, correction, trials) and not _is_anothers(cause, correction, trials)
            )
            yield Explanation(correction, strong)


def _exchanges(trials: Trials, key: str) -> Iterator[Explanation]:
    """The cell and one beside it hold each other's figures."""
    for other in beside(trials.what_if, key):
        correction = (
            trials.correction({key: trials.what_if.values[other], other: trials.what_if.values[key]})
            if _may_be_exchanged(trials, key, other)
            else None
        )
        cause = Cause(Mistake.EXCHANGED, min(key, other), others=(max(key, other),))
        if correction is not None and _is_strong(cause, correction, trials):
            yield Explanation(correction, (cause,))


def _may_be_exchanged(trials: Trials, key: str, other: str) -> bool:
    """Whether the trial is worth while: a sum asks for the other figure, or stands between them, or only rates speak."""
    what_if, solutions = trials.what_if, trials.solutions(key)
    if not what_if.allows(key, what_if.values[other]) or not what_if.allows(other, what_if.values[key]):
        return False
    weights = ((what_if.weight(each, key), what_if.weight(each, other)) for each in trials.cells[key])
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
    rivals = {key for each in correction.repaired for key in each.keys if key not in {cause.key, each.result}}
    return any(
        what_if.values[key] == what_if.values[like] != 0
        for key in rivals
        for like in beside(what_if, key)
        if _is_one_line(what_if, key, like)
    )


def _is_one_line(what_if: WhatIf, key: str, other: str) -> bool:
    places = Place.of(key), Place.of(other)
    return (
        bool(places[0].line)
        and places[0].line == places[1].line
        and (what_if.is_signed(key) == what_if.is_signed(other))
    )


# --- suspects -------------------------------------------------------------------------------------


def _shared(corrections: Iterable[Correction]) -> Iterator[Correction]:
    """Those of one cell that repair two relations or more, the ones that repair the most first.

    A cell is left out where another one repairs all that it does, and more.
    """
    shared = [each for each in corrections if each.weight > 1 and len(each.changes) == 1]
    rivals: dict[Equation, list[Correction]] = {}
    for correction in shared:
        for equation in correction.repaired:
            rivals.setdefault(equation, []).append(correction)
    best = (each for each in shared if not any(_is_outdone(each, by) for by in rivals[each.repaired[0]]))
    yield from sorted(best, key=lambda correction: -correction.weight)


def _is_outdone(correction: Correction, by: Correction) -> bool:
    return set(correction.repaired) < set(by.repaired)


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


# --- words ----------------------------------------------------------------------------------------


def _worded(causes: tuple[Cause, ...], what_if: WhatIf, sheet: str) -> str:
    """``可能是 D9 误填了 D7 的数，或漏加了 D8（应为 3,244.60）``; cells of another sheet are named with it."""
    told: dict[tuple[str, Decimal | None], list[str]] = {}
    for cause in causes:
        others = (_cell(key, what_if, sheet) for key in cause.others)
        told.setdefault((_place(cause, what_if, sheet), cause.right), []).append(
            cause.mistake.value.format(*others)
        )
    keys = {_place(cause, what_if, sheet): cause.key for cause in causes}
    sentences = (
        f"{place} {'，或'.join(said)}{_should_be(keys[place], right, what_if)}"
        for (place, right), said in told.items()
    )
    return f"可能是 {'，或 '.join(sentences)}"


def _place(cause: Cause, what_if: WhatIf, sheet: str) -> str:
    """``D9``; of several cells ``D5 至 D9 整列``."""
    first = _cell(cause.key, what_if, sheet)
    if cause.extent is None:
        return first
    corners = [what_if.case.answers[key].ref.place for key in cause.cells]
    row, column = (max(places) for places in zip(*corners, strict=True))
    return f"{first} 至 {column_letters(column)}{row} {cause.extent.value}"


def _cell(key: str, what_if: WhatIf, sheet: str) -> str:
    ref = what_if.case.answers[key].ref
    return ref.coordinate if ref.sheet == sheet else str(ref)


def _should_be(key: str, right: Decimal | None, what_if: WhatIf) -> str:
    return "" if right is None else f"（应为 {what_if.show(key, right)}）"
