"""What to type where, so that one run is enough: the errors of a workbook corrected by way of trial.

They are corrected in the order in which a clerk would: the cells that are likely wrong first, then whatever no longer
agrees with them. Each trial is completed and judged again as a workbook of its own, until no error is left that a
figure or a reason can answer.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from selfeval_xlsx.amounts import Agreement
from selfeval_xlsx.causes.explain import Tellings, Told, causes_of
from selfeval_xlsx.causes.mistakes import Trials
from selfeval_xlsx.causes.what_if import Equation, WhatIf
from selfeval_xlsx.findings import AT_MOST, CheckResult, Finding, Severity
from selfeval_xlsx.form.completion import Completed
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.kinds import LongText, Raw
from selfeval_xlsx.form.references import money_unit
from selfeval_xlsx.form.values import answer_of, with_answers

ROUNDS = 14
"""How often what follows from a change may have to follow again: a figure, its rate, points, total, grade."""

MOST_LEFT = 40
"""Errors among which causes are still looked for again; more are no single mistake beside another."""

MOST_NAMED = 3
"""Cells of which any may be the wrong one that are still named one by one."""

REASON = "经核实，因实际工作安排变化所致。"
"""Stands in trials for the reason that the clerk is to write."""

Judge = Callable[[SelfEvaluation], tuple[Completed, CheckResult]]
"""Completes an evaluation and holds it against every rule."""

Name = tuple[str, str]
"""What a finding is known by: code and key."""


@dataclass(frozen=True)
class Change:
    """What to type into the cell ``key``; it follows from the change of the cell ``after``, if any.

    ``instead`` are cells of which any may be changed in its place, with the text for each; ``implied`` says
    that the cause of a finding tells of it, ``at_most`` that any smaller figure does as well.
    """

    key: str
    text: str
    after: str = ""
    instead: tuple[tuple[str, str], ...] = ()
    implied: bool = False
    at_most: bool = False

    @property
    def asked(self) -> str:
        """What belongs into the cell, in words to stand behind its name."""
        return f"{'至多' if self.at_most else '应'}为 {self.text}"


Changes = Mapping[str, Change]


@dataclass(frozen=True)
class Plan:
    """The changes that leave no error which a figure or a reason can answer, in the order they were found.

    ``told`` is what the broken relations are told of, ``surprises`` are errors found after the changes that were
    not found before.
    """

    changes: Changes
    told: Mapping[Name, Told]
    surprises: tuple[Finding, ...]


def planned(result: CheckResult, what_if: WhatIf, told: Tellings, judge: Judge) -> Plan:
    """Change what the causes say, else what the figures ask for, and look for causes again, until nothing is left.

    Cells of which a cause says that they are wrong, but not what belongs there, come after all others and are blank
    from then on. Of a cause found on changed figures only, its figure is told, not what may have happened.
    """
    changes: dict[str, Change] = {}
    known: dict[Name, Told] = {}
    vague: set[str] = set()
    figures, judged, words = what_if, result, {one.cause for one in told.values()}
    named = _names(result)
    for _ in range(ROUNDS):
        errors = [error for error in judged.of(Severity.ERROR) if _is_open(error, what_if, vague)]
        open_names = named & set(map(name_of, errors))
        fitting = {
            equation.name: one
            for equation, one in {**told, **_agreed(figures, errors, told, judge)}.items()
            if equation.name in open_names and not _waits(equation, one, figures) and _is_fresh(one, changes)
        }
        fresh: Changes = {change.key: change for change in _first(fitting.values())}
        taken = {name: one for name, one in fitting.items() if one.texts or not fresh}
        blank = {key for one in taken.values() for key in one.open_cells}
        if not fresh and not blank:
            fresh = _next(figures, errors, changes)
            if not fresh:
                break
        known |= taken
        changes |= fresh
        vague |= blank
        texts = dict.fromkeys(vague, "") | {key: change.text for key, change in changes.items()}
        case, judged = judge(_retyped(what_if.case, texts))
        figures = WhatIf(case)
        is_told_again = 0 < len(judged.of(Severity.ERROR)) <= MOST_LEFT
        later = causes_of(_without_rates(figures, changes, judge))[0] if is_told_again else {}
        told = {
            equation: replace(one, cause=one.cause if one.cause in words or not one.texts else "")
            for equation, one in later.items()
        }
    for change in _emptied_rates(what_if, vague):
        changes.setdefault(change.key, change)
    seen = set(map(name_of, result.findings))
    surprises = (error for error in judged.of(Severity.ERROR) if name_of(error) not in seen)
    return Plan(changes, known, tuple(error for error in surprises if error.key not in vague))


def name_of(finding: Finding) -> Name:
    """What ``finding`` is known by."""
    return finding.code, finding.key


def _names(result: CheckResult) -> set[Name]:
    return set(map(name_of, result.of(Severity.ERROR)))


def _retyped(case: Completed, texts: Mapping[str, str]) -> SelfEvaluation:
    """The evaluation with ``texts`` typed into their cells; what was computed is blank again."""
    changed: dict[str, Answer[Any]] = {}
    for key, answer in case.answers.items():
        if key in texts:
            changed[key] = _typed(answer, texts[key], case)
        elif answer.computed:
            changed[key] = replace(answer, value=None)
        elif isinstance(answer.field.kind, LongText) and answer.stated and answer.value != answer.raw:
            changed[key] = _typed(answer, answer.raw, case)
    return with_answers(case.evaluation, changed)


def _typed(answer: Answer[Any], text: str, case: Completed) -> Answer[Any]:
    return answer_of(answer.field, answer.ref, Raw(text or None), money_unit(case.evaluation))


def _without_rates(figures: WhatIf, changes: Changes, judge: Judge) -> WhatIf:
    """The figures without the broken rates of cells that were changed: they are still to follow."""
    rates = [
        equation.result
        for equation in figures.broken
        if equation.divides
        and equation.result not in changes
        and changes.keys() & {*figures.roots_of(equation)}
    ]
    return WhatIf(judge(_retyped(figures.case, dict.fromkeys(rates, "")))[0]) if rates else figures


def _is_open(finding: Finding, what_if: WhatIf, vague: AbstractSet[str]) -> bool:
    """Whether it may be answered: nothing is known of hidden cells, nor of those left blank for trial."""
    return name_of(finding) not in what_if.out_of_sight and finding.key not in vague


# --- what the causes say --------------------------------------------------------------------------


def _waits(equation: Equation, one: Told, figures: WhatIf) -> bool:
    """Whether a rate is to be changed of whose amounts one stands in a broken sum: that comes first."""
    amounts = {*figures.roots_of(equation)} - {equation.result}
    sums = (other for other in figures.broken if other.proves and not other.divides)
    is_rate = equation.divides and equation.result in one.cells
    return is_rate and any(amounts & {*figures.roots_of(other)} for other in sums)


def _is_fresh(one: Told, changes: Changes) -> bool:
    """Whether it says more than is to be changed already."""
    return not changes.keys() & one.cells if one.texts else not changes.keys() >= {*one.open_cells}


def _emptied_rates(what_if: WhatIf, vague: AbstractSet[str]) -> Iterator[Change]:
    """The broken rates that follow from ``vague`` cells, of which no figure is known: they are to be left blank."""
    for equation in what_if.broken:
        result = equation.result
        is_typed = result not in vague and not what_if.case.answers[result].computed
        if equation.divides and is_typed and vague & {*what_if.roots_of(equation)}:
            yield Change(result, "")


def _agreed(figures: WhatIf, errors: Sequence[Finding], told: Tellings, judge: Judge) -> dict[Equation, Told]:
    """Broken sums of which one cell has an error of its own that the same figure answers: no cause is as likely."""
    names, unequal = set(map(name_of, errors)), {equation.name for equation in figures.broken}
    own = {
        error.key: error
        for error in errors
        if error.key in figures.case.answers and name_of(error) not in unequal
    }
    rows = {key.rpartition(".")[0]: error for key, error in own.items()}
    agreed: dict[Equation, Told] = {}
    for equation in figures.broken:
        if not equation.parts or not equation.proves or equation.name not in names:
            continue
        options = [
            (key, figures.show(key, right), other)
            for key, right in _solutions(equation, figures)
            if (other := own.get(key) or (key != equation.result and rows.get(key.rpartition(".")[0])))
        ]
        is_told = equation in told and any(key in told[equation].cells for key, _, _ in options)
        for key, text, other in options if len(options) <= MOST_NAMED and not is_told else ():
            left = _names(judge(_retyped(figures.case, {key: text}))[1])
            if left < names and not left & {equation.name, name_of(other)}:
                agreed[equation] = Told("", ((key, text),), (equation,))
                break
    return agreed


def _first(told: Iterable[Told]) -> Iterator[Change]:
    """What is offered; of two that repair the same, the one that repairs more. A rate waits for its amounts.

    Where one repairs several equations, those that repair a single one wait: what they are held against is still broken.
    """
    offers = sorted({one.texts: one for one in told if one.texts}.values(), key=lambda one: one.weight)
    repaired: set[Equation] = set()
    touched: set[str] = set()
    most = offers[-1].weight[0] if offers else 0
    for offer in reversed(offers):
        own = {equation for equation in offer.repaired if equation.proves}
        waits = any(equation.divides and touched & {*equation.keys} for equation in own)
        waits = waits or offer.weight[0] <= 1 < most
        if not touched & offer.cells and not repaired & own and not waits:
            touched |= offer.cells
            repaired |= own
            for key, text in offer.texts:
                after = "" if key == offer.key else offer.key
                yield Change(key, text, after, implied=bool(after))


# --- what the figures ask for ---------------------------------------------------------------------


def _next(what_if: WhatIf, errors: Sequence[Finding], changes: Changes) -> Changes:
    """What to change next: of each broken equation a figure, of other errors the figure or reason they ask for."""
    names = set(map(name_of, errors))
    unequal = {equation.name: equation for equation in what_if.broken if equation.proves}
    broken = [equation for name, equation in unequal.items() if name in names]
    others = [error for error in errors if name_of(error) not in unequal]
    fresh = {change.key: change for error in others for change in _figure_of(error, what_if, changes)}
    settled = [equation for equation in broken if not fresh.keys() & {*what_if.roots_of(equation)}]
    if plain := _least_harm(what_if, settled, changes, most_options=1):
        return fresh | plain
    fresh |= _of_equations(settled, Trials(what_if), {**changes, **fresh})
    for error in others:
        for change in _reason_of(error, what_if, {**changes, **fresh}):
            if change.after not in fresh or change.after in changes:
                fresh.setdefault(change.key, change)
    return fresh or _least_harm(what_if, broken, changes)


def _of_equations(broken: Sequence[Equation], trials: Trials, changes: Changes) -> dict[str, Change]:
    """A figure for each broken equation; for rates only where no sum takes one, for their amounts may still change."""
    taken: dict[str, Change] = {}
    for divides in (False, True):
        for equation in (equation for equation in broken if equation.divides is divides):
            if not taken.keys() & {*trials.what_if.roots_of(equation)}:
                change = _of_equation(equation, trials, {**changes, **taken})
                if change is not None:
                    taken.setdefault(change.key, change)
        if taken:
            break
    return taken


def _of_equation(equation: Equation, trials: Trials, changes: Changes) -> Change | None:
    """The figure that makes a broken equation hold: its result where others moved, else what breaks nothing."""
    what_if, result = trials.what_if, equation.result
    cells = [key for key in what_if.roots_of(equation) if not what_if.case.answers[key].computed]
    after = next((key for key in cells if key in changes), "")
    right = what_if.comparisons[equation].expected
    expected = what_if.show(result, right)
    follows = not equation.parts or (after and _harm(what_if, result, right) <= 0)
    if result in cells and result not in changes and follows and _may_stand(expected, result, what_if):
        return Change(result, expected, after)
    options = [
        (key, what_if.show(key, right))
        for key, right in _solutions(equation, what_if)
        if key not in changes and trials.correction({key: right}) is not None
    ]
    if not options:
        return None
    (key, text), *others = options
    return Change(key, text, after, () if key == result else tuple(others))


def _may_stand(text: str, key: str, what_if: WhatIf) -> bool:
    typed = _typed(what_if.case.answers[key], text, what_if.case)
    return typed.stated and typed.problem is None


def _solutions(equation: Equation, what_if: WhatIf) -> Iterator[tuple[str, Decimal]]:
    for key in what_if.roots_of(equation):
        right = what_if.solution(equation, key)
        if right is not None and _may_stand(what_if.show(key, right), key, what_if):
            yield key, right


def _least_harm(
    what_if: WhatIf, broken: Iterable[Equation], changes: Changes, most_options: int = 99
) -> dict[str, Change]:
    """The figure after which the fewest sums are broken, fewer than now; then the fewest rates.

    Equations that more than ``most_options`` figures would answer alike are passed over.
    """
    least, best = 0, list[tuple[str, str]]()
    for equation in broken:
        harms = {
            (key, what_if.show(key, right)): (
                _harm(what_if, key, right),
                _harm(what_if, key, right, rates=True),
            )
            for key, right in _solutions(equation, what_if)
            if key not in changes
        }
        lowest = min(harms.values(), default=(0, 0))
        options = [option for option, harm in harms.items() if harm == lowest]
        if lowest[0] < least and len(options) <= most_options:
            least, best = lowest[0], options
    return {key: Change(key, text, instead=tuple(best[1:])) for key, text in best[:1]}


def _harm(what_if: WhatIf, key: str, right: Decimal, *, rates: bool = False) -> int:
    """How many more sums, or rates, are broken with ``right`` in ``key``."""
    harm = 0
    for equation in what_if.standing.get(key, ()):  # a computed cell moves nothing by itself
        if equation.proves and equation.divides is rates and equation.name not in what_if.out_of_sight:
            was = what_if.comparisons[equation].agreement is Agreement.BROKEN
            harm += (what_if.agreement(equation, {key: right}) is Agreement.BROKEN) - was
    return harm


# --- what other errors ask for --------------------------------------------------------------------


def _figure_of(finding: Finding, what_if: WhatIf, changes: Changes) -> Iterator[Change]:
    """The figure that an error expects, or at most expects, in its cell."""
    key, text = finding.key, finding.expected.removeprefix(AT_MOST)
    was = changes.get(key)
    is_new = key in what_if.case.answers and text and (was is None or was.text != text)
    if is_new and _may_stand(text, key, what_if):
        first = was or Change(key, text, _after(finding, what_if, changes))
        yield replace(first, text=text, at_most=finding.expected.startswith(AT_MOST))


def _reason_of(finding: Finding, what_if: WhatIf, changes: Changes) -> Iterator[Change]:
    """The reason that an error asks for, where its figure stays."""
    answers = what_if.case.answers
    cells = cells_of(finding, what_if)
    blank = [key for key in cells if isinstance(answers[key].field.kind, LongText) and answers[key].blank]
    if blank:
        after = finding.key if finding.key in changes else _after(finding, what_if, changes)
        yield Change(blank[0], REASON, after)


def _after(finding: Finding, what_if: WhatIf, changes: Changes) -> str:
    """The change that an error follows from: in one of its cells, or in its row."""
    row = finding.key.rpartition(".")[0]
    in_row = (key for key in changes if key.rpartition(".")[0] == row)
    candidates = (*cells_of(finding, what_if), *in_row)
    return next((key for key in candidates if key in changes and key != finding.key), "")


def cells_of(finding: Finding, what_if: WhatIf) -> list[str]:
    """The cells that ``finding`` is on."""
    return [what_if.keys[ref] for ref in finding.at if ref in what_if.keys]
