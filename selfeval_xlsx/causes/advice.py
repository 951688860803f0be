"""Advice of which one run is enough: what to type where, and what follows from it.

The errors of a workbook are corrected by way of trial, in the order in which a clerk would: the cells that are
likely wrong first, then whatever no longer agrees with them. Each trial is completed and judged again as a
workbook of its own, until no error is left that a figure or a reason can answer. What was tried is what is told.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from selfeval_xlsx.amounts import Agreement
from selfeval_xlsx.causes.mistakes import Trials
from selfeval_xlsx.causes.what_if import Equation, WhatIf
from selfeval_xlsx.findings import AT_MOST, CheckResult, Finding, Severity, Step
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

MOST_FOLLOWING = 8
"""Figures that follow from another; where it were more, the cell to change is not the wrong one."""

REASON = "经核实，因实际工作安排变化所致。"
"""Stands in trials for the reason that the clerk is to write."""

Answers = Mapping[str, Answer[Any]]

Judge = Callable[[SelfEvaluation], tuple[Completed, CheckResult]]
"""Completes an evaluation and holds it against every rule."""


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
class Offer:
    """What a cause or a suspect says is to be typed, first the cell it names, and the equations repaired by it."""

    texts: tuple[tuple[str, str], ...]
    repaired: tuple[Equation, ...]

    @property
    def key(self) -> str:
        """The cell that is named."""
        return self.texts[0][0]

    @property
    def weight(self) -> tuple[int, int]:
        """How much is repaired: equations that prove something, and others."""
        return sum(equation.proves for equation in self.repaired), len(self.repaired)


@dataclass(frozen=True)
class Told:
    """What is told of a broken equation: its likely cause in words, if there is one, and what to type.

    Where the cause tells no figures there is no offer, and ``open_cells`` are those that hold wrong ones.
    """

    cause: str
    offer: Offer | None
    open_cells: tuple[str, ...] = ()


Tell = Callable[[WhatIf], Mapping[Equation, Told]]
"""Finds the likely causes of what is broken among some figures."""

Name = tuple[str, str]
"""What a finding is known by: code and key."""


@dataclass(frozen=True)
class Plan:
    """The changes that leave no error which a figure or a reason can answer, in the order they were found.

    ``told`` is what the broken relations are told of, ``surprises`` are errors found after the changes that were
    not found before.
    """

    changes: Changes
    told: Mapping[Name, Told]
    surprises: tuple[Finding, ...]


def advised(
    result: CheckResult, what_if: WhatIf, told: Mapping[Equation, Told], tell: Tell, judge: Judge
) -> CheckResult:
    """``result`` with the likely causes of its errors, what to do, and what follows from it.

    A cause after which something else would be found that is not found now is taken back.
    """
    plan = _plan(result, what_if, told, tell, judge)
    changes, answers = plan.changes, what_if.case.answers
    named = {name: one.offer.key if one.offer else "" for name, one in plan.told.items()}
    named |= dict.fromkeys(what_if.out_of_sight, "")

    def root_of(finding: Finding) -> str:
        return _root_of(finding, changes, named.get(_name(finding)), what_if)

    refuted = {root_of(surprise) for surprise in plan.surprises} - {""}
    errors = result.of(Severity.ERROR)
    roots = {finding: root for finding in errors if (root := root_of(finding))}
    speakers: dict[str, Finding] = {}
    for finding, root in roots.items():
        if finding.key == root or root not in speakers:
            speakers[root] = finding
    besides = _besides(errors, changes, set(roots.values()), what_if)

    def worded(found: Finding) -> Finding:
        finding, root = found, roots.get(found, "")
        if found.severity is Severity.ERROR and _name(found) in plan.told:
            finding = replace(finding, cause=plan.told[_name(found)].cause)
        if root and not _is_far_fetched(root, changes):
            if root in refuted or named.get(_name(found)) == found.key != root:
                finding = replace(finding, cause="")
            finding = _worded(finding, changes[root], changes, answers, speaks=speakers[root] is found)
        for key in besides.get(found, ()):
            finding = _with_another(finding, changes[key], changes, answers)
        return finding

    return replace(result, findings=tuple(map(worded, result.findings)))


def _is_far_fetched(root: str, changes: Changes) -> bool:
    return sum(not change.implied for change in _followers(root, changes)) > MOST_FOLLOWING


# --- trying ---------------------------------------------------------------------------------------


def retyped(case: Completed, texts: Mapping[str, str]) -> SelfEvaluation:
    """The evaluation with ``texts`` typed into their cells; what was computed is blank again."""
    unit = money_unit(case.evaluation)
    changed: dict[str, Answer[Any]] = {}
    for key, answer in case.answers.items():
        if key in texts:
            changed[key] = answer_of(answer.field, answer.ref, Raw(texts[key] or None), unit)
        elif answer.computed:
            changed[key] = replace(answer, value=None)
        elif isinstance(answer.field.kind, LongText) and answer.stated and answer.value != answer.raw:
            changed[key] = answer_of(answer.field, answer.ref, Raw(answer.raw), unit)
    return with_answers(case.evaluation, changed)


def _plan(
    result: CheckResult, what_if: WhatIf, told: Mapping[Equation, Told], tell: Tell, judge: Judge
) -> Plan:
    """Change what the causes say, else what the figures ask for, and look for causes again, until nothing is left.

    Cells of which a cause says that they are wrong, but not what belongs there, come after all others and are blank
    from then on. Of a cause found on changed figures only, its figure is told, not what may have happened.
    """
    changes: dict[str, Change] = {}
    known: dict[Name, Told] = {}
    vague: set[str] = set()
    figures, judged, words = what_if, result, {one.cause for one in told.values()}
    named = set(map(_name, result.of(Severity.ERROR)))
    for _ in range(ROUNDS):
        errors = [each for each in judged.of(Severity.ERROR) if _is_open(each, what_if, vague)]
        open_names = named & set(map(_name, errors))
        agreed = _agreed(figures, errors, told, judge)
        fitting = {
            equation.name: one
            for equation, one in {**told, **agreed}.items()
            if equation.name in open_names and not _waits(equation, one, figures) and _is_fresh(one, changes)
        }
        fresh: Changes = {change.key: change for change in _first(fitting.values())}
        taken = {name: one for name, one in fitting.items() if one.offer or not fresh}
        found = {key for one in taken.values() for key in one.open_cells}
        if not fresh and not found:
            fresh = _next(figures, errors, changes)
        if not fresh and not found:
            break
        known |= taken
        changes |= fresh
        vague |= found
        figures, judged = _tried(what_if, changes, vague, judge)
        is_told_again = 0 < len(judged.of(Severity.ERROR)) <= MOST_LEFT
        later = tell(_without_rates(figures, changes, judge)) if is_told_again else {}
        told = {
            equation: replace(one, cause=one.cause if one.cause in words or not one.offer else "")
            for equation, one in later.items()
        }
    changes |= {each.key: each for each in _emptied_rates(what_if, vague) if each.key not in changes}
    seen = set(map(_name, result.findings))
    surprises = [
        each for each in judged.of(Severity.ERROR) if _name(each) not in seen and each.key not in vague
    ]
    return Plan(changes, known, tuple(surprises))


def _tried(
    what_if: WhatIf, changes: Changes, vague: AbstractSet[str], judge: Judge
) -> tuple[WhatIf, CheckResult]:
    """What stands in the form after the changes, and what is found then; ``vague`` cells are blank."""
    texts = dict.fromkeys(vague, "") | {key: change.text for key, change in changes.items()}
    case, judged = judge(retyped(what_if.case, texts))
    return WhatIf(case), judged


def _without_rates(figures: WhatIf, changes: Changes, judge: Judge) -> WhatIf:
    """The figures without the broken rates of cells that were changed: they are still to follow."""
    rates = [
        each.result
        for each in figures.broken
        if each.divides and each.result not in changes and changes.keys() & {*figures.roots_of(each)}
    ]
    return WhatIf(judge(retyped(figures.case, dict.fromkeys(rates, "")))[0]) if rates else figures


def _is_open(finding: Finding, what_if: WhatIf, vague: AbstractSet[str]) -> bool:
    """Whether it may be answered: nothing is known of hidden cells, nor of those left blank for trial."""
    return _name(finding) not in what_if.out_of_sight and finding.key not in vague


def _waits(equation: Equation, one: Told, figures: WhatIf) -> bool:
    """Whether a rate is to be changed of whose amounts one stands in a broken sum: that comes first."""
    amounts = {*figures.roots_of(equation)} - {equation.result}
    sums = (each for each in figures.broken if each.proves and not each.divides)
    is_rate = equation.divides and equation.result in _offered(one)
    return is_rate and any(amounts & {*figures.roots_of(each)} for each in sums)


def _name(finding: Finding) -> Name:
    return finding.code, finding.key


def _is_fresh(one: Told, changes: Changes) -> bool:
    """Whether it says more than is to be changed already."""
    if one.offer is None:
        return not changes.keys() >= {*one.open_cells}
    return not changes.keys() & _offered(one)


def _offered(one: Told) -> set[str]:
    """The cells whose figures it tells."""
    return {key for key, _ in one.offer.texts} if one.offer else set()


def _emptied_rates(what_if: WhatIf, vague: AbstractSet[str]) -> Iterator[Change]:
    """The broken rates that follow from ``vague`` cells, of which no figure is known: they are to be left blank."""
    for equation in what_if.broken:
        result = equation.result
        is_typed = result not in vague and not what_if.case.answers[result].computed
        if equation.divides and is_typed and vague & {*what_if.roots_of(equation)}:
            yield Change(result, "")


def _agreed(
    figures: WhatIf, errors: Sequence[Finding], told: Mapping[Equation, Told], judge: Judge
) -> dict[Equation, Told]:
    """Broken sums of which one cell has an error of its own that the same figure answers: no cause is as likely."""
    names = set(map(_name, errors))
    unequal = {each.name for each in figures.broken}
    beside = {
        each.key: each for each in errors if each.key in figures.case.answers and _name(each) not in unequal
    }
    rows = {key.rpartition(".")[0]: each for key, each in beside.items()}
    agreed: dict[Equation, Told] = {}
    for equation in (each for each in figures.broken if each.parts and each.proves and each.name in names):
        options = [
            (key, figures.show(key, right), other)
            for key, right in _solutions(equation, figures)
            if (other := beside.get(key) or (key != equation.result and rows.get(key.rpartition(".")[0])))
        ]
        is_told = equation in told and any(key in _offered(told[equation]) for key, _, _ in options)
        for key, text, other in options if len(options) <= MOST_NAMED and not is_told else ():
            left = set(map(_name, judge(retyped(figures.case, {key: text}))[1].of(Severity.ERROR)))
            if left < names and not left & {equation.name, _name(other)}:
                agreed[equation] = Told("", Offer(((key, text),), (equation,)))
                break
    return agreed


def _first(told: Iterable[Told]) -> Iterator[Change]:
    """What is offered; of two that repair the same, the one that repairs more. A rate waits for its amounts.

    Where one repairs several equations, those that repair a single one wait: what they are held against is still broken.
    """
    offers = sorted(
        {one.offer.texts: one.offer for one in told if one.offer}.values(), key=lambda o: o.weight
    )
    repaired: set[Equation] = set()
    touched: set[str] = set()
    most = offers[-1].weight[0] if offers else 0
    for offer in (each for each in reversed(offers) if each.weight[0] > 1 or most <= 1):
        own = {equation for equation in offer.repaired if equation.proves}
        keys = {key for key, _ in offer.texts}
        waits = any(equation.divides and touched & {*equation.keys} for equation in own)
        if not touched & keys and not repaired & own and not waits:
            touched |= keys
            repaired |= own
            for key, text in offer.texts:
                after = "" if key == offer.key else offer.key
                yield Change(key, text, after, implied=bool(after))


def _next(what_if: WhatIf, errors: Iterable[Finding], changes: Changes) -> Changes:
    """What to change next: of each broken equation a figure, of other errors the figure or reason they ask for."""
    told = {_name(finding) for finding in errors}
    named = {each: each.name for each in what_if.broken if each.proves}
    broken = [equation for equation, name in named.items() if name in told]
    others = [finding for finding in errors if _name(finding) not in named.values()]
    fresh = {change.key: change for finding in others for change in _figure_of(finding, what_if, changes)}
    settled = [each for each in broken if not fresh.keys() & {*what_if.roots_of(each)}]
    plain = dict(_least_harm(what_if, settled, changes, most_options=1))
    if plain:
        return fresh | plain
    fresh |= _of_equations(settled, Trials(what_if), changes, fresh)
    for finding in others:
        for change in _reason_of(finding, what_if, {**changes, **fresh}):
            if change.after not in fresh or change.after in changes:
                fresh.setdefault(change.key, change)
    return fresh or dict(_least_harm(what_if, broken, changes))


def _of_equations(
    broken: Sequence[Equation], trials: Trials, changes: Changes, fresh: Changes
) -> Mapping[str, Change]:
    """A figure for each broken equation; for rates only where no sum takes one, for their amounts may still change."""
    found: dict[str, Change] = {}
    for divides in (False, True):
        for equation in (each for each in broken if each.divides is divides):
            if not found.keys() & {*trials.what_if.roots_of(equation)}:
                change = _of_equation(equation, trials, {**changes, **fresh, **found})
                if change is not None:
                    found.setdefault(change.key, change)
        if found:
            break
    return found


def _of_equation(equation: Equation, trials: Trials, changes: Changes) -> Change | None:
    """The figure that makes a broken equation hold: its result where others moved, else what breaks nothing."""
    what_if = trials.what_if
    cells = [key for key in what_if.roots_of(equation) if not what_if.case.answers[key].computed]
    after = next((key for key in cells if key in changes), "")
    is_typed = equation.result in cells and equation.result not in changes
    right = what_if.comparisons[equation].expected
    expected = what_if.show(equation.result, right)
    follows = not equation.parts or (after and _harm(what_if, equation.result, right) <= 0)
    if is_typed and follows and _may_stand(expected, equation.result, what_if):
        return Change(equation.result, expected, after)
    options = [
        (key, what_if.show(key, right))
        for key, right in _solutions(equation, what_if)
        if key not in changes and trials.correction({key: right}) is not None
    ]
    if not options:
        return None
    (key, text), *others = options
    return Change(key, text, after, () if key == equation.result else tuple(others))


def _may_stand(text: str, key: str, what_if: WhatIf) -> bool:
    answer = what_if.case.answers[key]
    typed = answer_of(answer.field, answer.ref, Raw(text), money_unit(what_if.case.evaluation))
    return typed.stated and typed.problem is None


def _solutions(equation: Equation, what_if: WhatIf) -> Iterator[tuple[str, Decimal]]:
    """The typed cells of a sum, each with the figure that makes it hold."""
    for key in what_if.roots_of(equation):
        right = what_if.solution(equation, key) if what_if.weight(equation, key) else None
        if right is not None and _may_stand(what_if.show(key, right), key, what_if):
            yield key, right


def _least_harm(
    what_if: WhatIf, broken: Iterable[Equation], changes: Changes, most_options: int = 99
) -> Iterator[tuple[str, Change]]:
    """The figure after which the fewest sums are broken, fewer than now; then the fewest rates.

    Equations that more than ``most_options`` figures would answer alike are passed over.
    """
    best: tuple[int, list[tuple[str, str]]] = (0, [])
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
        if lowest[0] < best[0] and len(options) <= most_options:
            best = lowest[0], options
    for key, text in best[1][:1]:
        yield key, Change(key, text, instead=tuple(best[1][1:]))


def _harm(what_if: WhatIf, key: str, right: Decimal, *, rates: bool = False) -> int:
    """How many more sums, or rates, are broken with ``right`` in ``key``."""
    harm = 0
    for equation in what_if.standing.get(key, ()):  # a computed cell moves nothing by itself
        if equation.proves and equation.divides is rates and equation.name not in what_if.out_of_sight:
            was = what_if.comparisons[equation].agreement is Agreement.BROKEN
            harm += (what_if.agreement(equation, {key: right}) is Agreement.BROKEN) - was
    return harm


def _figure_of(finding: Finding, what_if: WhatIf, changes: Changes) -> Iterator[Change]:
    """The figure that an error expects, or at most expects, in its cell."""
    own, text = what_if.case.answers.get(finding.key), finding.expected.removeprefix(AT_MOST)
    was = changes.get(finding.key)
    is_new = own is not None and text and (was is None or was.text != text)
    if is_new and _may_stand(text, finding.key, what_if):
        first = was or Change(finding.key, text, _after(finding, what_if, changes))
        yield replace(first, text=text, at_most=finding.expected.startswith(AT_MOST))


def _reason_of(finding: Finding, what_if: WhatIf, changes: Changes) -> Iterator[Change]:
    """The reason that an error asks for, where its figure stays."""
    answers = what_if.case.answers
    cells = (what_if.keys[ref] for ref in finding.at if ref in what_if.keys)
    blank = [key for key in cells if isinstance(answers[key].field.kind, LongText) and answers[key].blank]
    if blank and finding.key not in changes:
        yield Change(blank[0], REASON, _after(finding, what_if, changes))
    elif blank:
        yield Change(blank[0], REASON, finding.key)


def _after(finding: Finding, what_if: WhatIf, changes: Changes) -> str:
    """The change that an error follows from: in one of its cells, or in its row."""
    cells = [what_if.keys[ref] for ref in finding.at if ref in what_if.keys]
    row = finding.key.rpartition(".")[0]
    in_row = (key for key in changes if key.rpartition(".")[0] == row)
    return next((key for key in (*cells, *in_row) if key in changes and key != finding.key), "")


# --- telling --------------------------------------------------------------------------------------


def _root_of(finding: Finding, changes: Changes, offered: str | None, what_if: WhatIf) -> str:
    """The cell to be changed first for the error to vanish; empty where no change answers it."""
    if offered == "":
        return ""
    candidates = (offered or "", *_cells(finding, what_if))
    key = next((key for key in candidates if key in changes), "")
    while key and changes[key].after in changes:
        key = changes[key].after
    return key


def _cells(finding: Finding, what_if: WhatIf) -> tuple[str, ...]:
    """The cells of a finding, and those that their figures are made of."""
    cells = [what_if.keys[ref] for ref in finding.at if ref in what_if.keys]
    made_of = (root for key in cells for root in what_if.roots.get(key, {}))
    return (finding.key, *cells, *made_of)


def _besides(
    errors: Iterable[Finding], changes: Changes, told: AbstractSet[str], what_if: WhatIf
) -> Mapping[Finding, list[str]]:
    """The changes that no error has as its own, each with an error in which their cell takes part."""
    found: dict[Finding, list[str]] = {}
    untold = [key for key, change in changes.items() if change.after not in changes and key not in told]
    for key in untold:
        finding = next((each for each in errors if key in _cells(each, what_if)), None)
        if finding is not None:
            found.setdefault(finding, []).append(key)
    return found


def _followers(root: str, changes: Changes) -> list[Change]:
    """What follows from the change of ``root``."""
    reached = [root]
    for change in changes.values():
        if change.after in reached and change.key != root:
            reached.append(change.key)
    return [changes[key] for key in reached[1:]]


def _steps(root: str, changes: Changes) -> tuple[Step, ...]:
    return tuple(Step(change.key, change.text) for change in (changes[root], *_followers(root, changes)))


def _worded(finding: Finding, root: Change, changes: Changes, answers: Answers, *, speaks: bool) -> Finding:
    """The error with its steps: first the cell that is wrong, then this one, then what else follows."""
    steps, place = _steps(root.key, changes), _places(finding, answers)
    if root.text == REASON:
        return replace(finding, steps=steps)
    if root.key == finding.key and not root.text:
        return _with_another(finding, root, changes, answers)
    followers = _followers(root.key, changes)
    own = next((change for change in followers if change.key == finding.key and not change.implied), None)
    others = [change for change in followers if change is not own and not change.implied] if speaks else []
    block = sum(change.implied for change in followers)
    sentences = [_beginning(finding, root, place, cells=block + 1, follows=own is not None)]
    if own is not None:
        asks = own.text == REASON
        sentences.append("改后仍少得分的，在这里说明原因" if asks else f"改后这里{own.asked}")
    figures = "、".join(f"{place(each.key)} {each.asked}" for each in others if each.text != REASON)
    if figures:
        before = f"改 {place(root.key)} 的，" if root.instead else "" if own is not None else "改后 "
        sentences.append(f"{before}{figures}")
    reasons = "、".join(place(change.key) for change in others if change.text == REASON)
    if reasons:
        sentences.append(f"并在 {reasons} 说明原因")
    words = "；".join(filter(None, sentences))
    return replace(finding, hint="。".join(filter(None, (words, finding.hint))), steps=steps)


def _with_another(finding: Finding, root: Change, changes: Changes, answers: Answers) -> Finding:
    """The error with what is to be changed besides in one of its cells."""
    place = _places(finding, answers)
    if not root.text:
        words = f"所依据的数改后清空 {place(root.key)}，由系统计算"
    else:
        following = [each for each in _followers(root.key, changes) if each.text and not each.implied]
        figures = "、".join(f"{place(each.key)} {each.asked}" for each in following if each.text != REASON)
        words = f"另外 {place(root.key)} {root.asked}{f'；改后 {figures}' if figures else ''}"
    steps = (*finding.steps, *_steps(root.key, changes))
    return replace(finding, hint="。".join(filter(None, (words, finding.hint))), steps=steps)


def _places(finding: Finding, answers: Answers) -> Callable[[str], str]:
    """Names a cell; those of another sheet than the finding's with it."""

    def place(key: str) -> str:
        ref = answers[key].ref
        return ref.coordinate if ref.sheet == finding.at[0].sheet else str(ref)

    return place


def _beginning(
    finding: Finding, root: Change, place: Callable[[str], str], *, cells: int, follows: bool
) -> str:
    """Which cell to change first; nothing where the message or the cause says it."""
    if root.instead:
        options = [(root.key, root.text), *root.instead]
        named = "，或 ".join(f"{place(key)} 应为 {text}" for key, text in options[:MOST_NAMED])
        return f"如其余各格无误，{named}{' 等' if len(options) > MOST_NAMED else ''}"
    if finding.cause and not follows:
        return ""
    if root.key == finding.key:
        stays = "其他各处改后，这里不用改"
        other = stays if root.text == finding.found else f"这里{root.asked}"
        return "" if finding.expected in {root.text, ""} else other
    if not root.text:
        return f"先删 {place(root.key)} 一行"
    if cells > 1:
        return f"先改 {place(root.key)} 等 {cells} 格"
    return f"先改 {place(root.key)}{'' if finding.cause else f'（{root.asked}）'}"
