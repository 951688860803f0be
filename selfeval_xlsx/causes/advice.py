"""Advice of which one run is enough: what to type where, and what follows from it.

The errors of a workbook are corrected by way of trial, in the order in which a clerk would: the cells that are
likely wrong first, then whatever no longer agrees with them. Each trial is completed and judged again as a
workbook of its own, until no error is left that a figure or a reason can answer. What was tried is what is told.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from selfeval_xlsx.amounts import Agreement
from selfeval_xlsx.causes.trials import Trials
from selfeval_xlsx.causes.what_if import Equation, WhatIf
from selfeval_xlsx.findings import CheckResult, Finding, Severity, Step
from selfeval_xlsx.form.completion import Completed
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.kinds import LongText, Raw
from selfeval_xlsx.form.references import money_unit
from selfeval_xlsx.form.values import answer_of, with_answers

SEVERAL = -2
"""Broken equations that one figure must make fewer to be tried before all others."""

ROUNDS = 10
"""How often what follows from a change may have to follow again: a figure, its rate, points, total, grade."""

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
    that the cause of a finding tells of it.
    """

    key: str
    text: str
    after: str = ""
    instead: tuple[tuple[str, str], ...] = ()
    implied: bool = False


Changes = Mapping[str, Change]

Unknown = AbstractSet[tuple[str, str]]
"""Broken equations, by code and result, whose cause is told without figures."""


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


Offered = Mapping[Equation, Offer | None]
"""What is told of a broken equation; None where its cause tells no figures."""


def advised(result: CheckResult, what_if: WhatIf, offered: Offered, judge: Judge) -> CheckResult:
    """``result`` with what to do, and what follows from it, in the hints of its errors.

    A cause after which something else would be found that is not found now is taken back.
    """
    changes, surprises = _plan(result, what_if, offered, judge)
    named = {equation.name: offer.key if offer else "" for equation, offer in offered.items()}
    named |= dict.fromkeys(what_if.out_of_sight, "")

    def root_of(finding: Finding) -> str:
        return _root_of(finding, changes, named.get((finding.code, finding.key)), what_if)

    refuted = {root_of(surprise) for surprise in surprises} - {""}
    roots = {finding: root for finding in result.of(Severity.ERROR) if (root := root_of(finding))}
    speakers: dict[str, Finding] = {}
    for finding, root in roots.items():
        if finding.key == root or root not in speakers:
            speakers[root] = finding

    def worded(finding: Finding) -> Finding:
        root = roots.get(finding, "")
        if not root or _is_far_fetched(root, changes):
            return finding
        speaks, offer = speakers[root] is finding, named.get((finding.code, finding.key))
        is_refuted = root in refuted or offer == finding.key != root
        finding = replace(finding, cause="") if is_refuted else finding
        if changes[root].text == REASON:
            return replace(finding, steps=_steps(root, changes))
        return _worded(finding, changes[root], changes, what_if.case.answers, speaks=speaks)

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
    result: CheckResult, what_if: WhatIf, offered: Offered, judge: Judge
) -> tuple[Changes, list[Finding]]:
    """The changes that leave no error which a figure or a reason can answer, in the order they are found.

    With them what is found after them and was not found before.
    """
    changes = {change.key: change for change in _first(offered)}
    unknown = {equation.name for equation, one in offered.items() if one is None} | {*what_if.out_of_sight}
    case, judged = what_if.case, result
    for _ in range(ROUNDS):
        if changes:
            case, judged = judge(retyped(what_if.case, {key: change.text for key, change in changes.items()}))
        errors = [each for each in judged.of(Severity.ERROR) if (each.code, each.key) not in unknown]
        fresh = _next(WhatIf(case), errors, changes, unknown) if errors else {}
        if not fresh:
            break
        changes |= fresh
    before = {(finding.code, finding.key) for finding in result.findings}
    after = judged.of(Severity.ERROR)
    return changes, [finding for finding in after if (finding.code, finding.key) not in before]


def _first(offered: Offered) -> Iterator[Change]:
    """What is offered; of two that repair the same, the one that repairs more. A rate waits for its amounts."""
    offers = sorted(
        {offer.texts: offer for offer in offered.values() if offer}.values(), key=lambda o: o.weight
    )
    repaired: set[Equation] = set()
    touched: set[str] = set()
    for offer in reversed(offers):
        own = {equation for equation in offer.repaired if equation.proves}
        keys = {key for key, _ in offer.texts}
        waits = any(equation.divides and touched & {*equation.keys} for equation in own)
        if not touched & keys and not repaired & own and not waits:
            touched |= keys
            repaired |= own
            for key, text in offer.texts:
                after = "" if key == offer.key else offer.key
                yield Change(key, text, after, implied=bool(after))


def _next(what_if: WhatIf, errors: Iterable[Finding], changes: Changes, unknown: Unknown) -> Changes:
    """What to change next: of each broken equation a figure, of other errors the figure or reason they ask for."""
    trials = Trials(what_if)
    told = {(finding.code, finding.key) for finding in errors}
    named = {each: each.name for each in what_if.broken if each.proves}
    broken = [equation for equation, name in named.items() if name in told - unknown]
    others = [finding for finding in errors if (finding.code, finding.key) not in named.values()]
    fresh = {change.key: change for finding in others for change in _figure_of(finding, what_if, changes)}
    settled = [each for each in broken if not fresh.keys() & {*what_if.roots_of(each)}]
    untouched = [each for each in settled if not changes.keys() & {*what_if.roots_of(each)}]
    emptied = dict(_left_0(what_if, untouched, unknown))
    if emptied:
        return fresh | emptied
    several = dict(_least_harm(what_if, untouched, changes, unknown, least=SEVERAL))
    if several:
        return fresh | several
    for equation in (each for each in settled if not fresh.keys() & {*what_if.roots_of(each)}):
        change = _of_equation(equation, trials, {**changes, **fresh})
        if change is not None:
            fresh.setdefault(change.key, change)
    for finding in others:
        for change in _reason_of(finding, what_if, {**changes, **fresh}):
            if change.after not in fresh or change.after in changes:
                fresh.setdefault(change.key, change)
    return fresh or dict(_least_harm(what_if, broken, changes, unknown))


def _of_equation(equation: Equation, trials: Trials, changes: Changes) -> Change | None:
    """The figure that makes a broken equation hold: its result where others moved, else what breaks nothing."""
    what_if = trials.what_if
    cells = [key for key in what_if.roots_of(equation) if not what_if.case.answers[key].computed]
    after = next((key for key in cells if key in changes), "")
    is_typed = equation.result in cells and equation.result not in changes
    expected = what_if.show(equation.result, what_if.comparisons[equation].expected)
    if is_typed and (after or not equation.parts) and _may_stand(expected, equation.result, what_if):
        return Change(equation.result, expected, after)
    options = [
        (key, what_if.show(key, right))
        for key, right in _solutions(equation, what_if)
        if key not in changes and trials.correction(key, right) is not None
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


def _left_0(what_if: WhatIf, broken: Iterable[Equation], unknown: Unknown) -> Iterator[tuple[str, Change]]:
    """Totals that were left 0 over parts that are not, and what they should be: nothing else is as plain."""
    for equation in broken:
        key, right = equation.result, what_if.comparisons[equation].expected
        is_typed = equation.parts and not what_if.case.answers[key].computed
        is_open = is_typed and not what_if.values[key] and what_if.allows(key, right)
        if is_open and _harm(what_if, key, right, unknown) < 0:
            yield key, Change(key, what_if.show(key, right))


def _least_harm(
    what_if: WhatIf, broken: Iterable[Equation], changes: Changes, unknown: Unknown, least: int = -1
) -> Iterator[tuple[str, Change]]:
    """The figure after which the fewest equations are broken, if they change by ``least`` or better."""
    best: tuple[int, list[tuple[str, str]]] = (least + 1, [])
    for equation in broken:
        options = [
            (_harm(what_if, key, right, unknown), key, what_if.show(key, right))
            for key, right in _solutions(equation, what_if)
            if key not in changes
        ]
        lowest = min((harm for harm, _, _ in options), default=0)
        if lowest < best[0]:
            best = lowest, [(key, text) for harm, key, text in options if harm == lowest]
    for key, text in best[1][:1]:
        yield key, Change(key, text, instead=tuple(best[1][1:]))


def _harm(what_if: WhatIf, key: str, right: Decimal, unknown: Unknown) -> int:
    """How many more equations are broken with ``right`` in ``key``; rates follow and do not count."""
    harm = 0
    for equation in what_if.standing[key]:
        if equation.proves and not equation.divides and equation.name not in unknown:
            was = what_if.comparisons[equation].agreement is Agreement.BROKEN
            harm += (what_if.agreement(equation, {key: right}) is Agreement.BROKEN) - was
    return harm


def _figure_of(finding: Finding, what_if: WhatIf, changes: Changes) -> Iterator[Change]:
    """The figure that an error expects, or at most expects, in its cell."""
    own, text = what_if.case.answers.get(finding.key), finding.expected.removeprefix("≤ ")
    was = changes.get(finding.key)
    is_new = own is not None and text and (was is None or was.text != text)
    if is_new and _may_stand(text, finding.key, what_if):
        yield replace(was, text=text) if was else Change(finding.key, text, _after(finding, what_if, changes))


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
    cells = [what_if.keys[ref] for ref in finding.at if ref in what_if.keys]
    made_of = (root for key in cells for root in what_if.roots.get(key, {}))
    candidates = (offered or "", finding.key, *cells, *made_of)
    key = next((key for key in candidates if key in changes), "")
    while key and changes[key].after in changes:
        key = changes[key].after
    return key


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
    sheet = finding.at[0].sheet

    def place(key: str) -> str:
        ref = answers[key].ref
        return ref.coordinate if ref.sheet == sheet else str(ref)

    followers = _followers(root.key, changes)
    own = next((change for change in followers if change.key == finding.key and not change.implied), None)
    others = [change for change in followers if change is not own and not change.implied] if speaks else []
    block = sum(change.implied for change in followers)
    sentences = [_beginning(finding, root, place, cells=block + 1, follows=own is not None)]
    if own is not None:
        asks = own.text == REASON
        sentences.append("改后仍少得分的，在这里说明原因" if asks else f"改后这里应为 {own.text}")
    figures = "、".join(f"{place(each.key)} 应为 {each.text}" for each in others if each.text != REASON)
    if figures:
        before = f"改 {place(root.key)} 的，" if root.instead else "" if own is not None else "改后 "
        sentences.append(f"{before}{figures}")
    reasons = "、".join(place(change.key) for change in others if change.text == REASON)
    if reasons:
        sentences.append(f"并在 {reasons} 说明原因")
    words = "；".join(filter(None, sentences))
    return replace(
        finding, hint="。".join(filter(None, (words, finding.hint))), steps=_steps(root.key, changes)
    )


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
        other = stays if root.text == finding.found else f"这里应为 {root.text}"
        return "" if finding.expected in {root.text, ""} else other
    if not root.text:
        return f"先删 {place(root.key)} 一行"
    if cells > 1:
        return f"先改 {place(root.key)} 等 {cells} 格"
    return f"先改 {place(root.key)}{'' if finding.cause else f'（应为 {root.text}）'}"
