"""Advice of which one run is enough: the likely cause of each error, what to type where, and what follows from it.

What was tried is what is told.
"""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from selfeval_xlsx.causes.explain import causes_of
from selfeval_xlsx.causes.plan import (
    MOST_NAMED,
    REASON,
    Change,
    Changes,
    Judge,
    Plan,
    cells_of,
    name_of,
    planned,
)
from selfeval_xlsx.causes.what_if import WhatIf
from selfeval_xlsx.findings import CheckResult, Finding, Severity, Step
from selfeval_xlsx.form.completion import Completed
from selfeval_xlsx.form.declare import Answer

MOST_FOLLOWING = 8
"""Figures that follow from another; where it were more, the cell to change is not the wrong one."""

FEW = 3
"""Hidden cells that are named one by one."""

Answers = Mapping[str, Answer[Any]]


def explained(result: CheckResult, case: Completed, judge: Judge) -> CheckResult:
    """``result`` with the likely cause and the steps beside each broken relation, and with the suspects.

    ``judge`` holds an evaluation with other figures against the rules: what is told was tried. A cause after which
    something else would be found that is not found now is taken back.
    """
    if not result.blocked:
        return result
    what_if = WhatIf(case)
    told, suspects = causes_of(what_if)
    findings = tuple(_with_hidden(finding, what_if) for finding in result.findings)
    result = replace(result, findings=findings, suspects=suspects)
    return _advised(result, what_if, planned(result, what_if, told, judge))


def _with_hidden(finding: Finding, what_if: WhatIf) -> Finding:
    """Says that cells take part which nobody sees: they come first."""
    unseen = what_if.out_of_sight.get(name_of(finding))
    if finding.severity is not Severity.ERROR or not unseen:
        return finding
    sheet = finding.at[0].sheet
    shown = "、".join(ref.seen_from(sheet) for ref in unseen[:FEW])
    more = f" 等 {len(unseen)} 格" if len(unseen) > FEW else ""
    return replace(finding, hint=f"{shown}{more}是隐藏的，请先取消隐藏核对；{finding.hint}")


def _advised(result: CheckResult, what_if: WhatIf, plan: Plan) -> CheckResult:
    changes, answers = plan.changes, what_if.case.answers
    named = {name: one.key for name, one in plan.told.items()}
    named |= dict.fromkeys(what_if.out_of_sight, "")

    def root_of(finding: Finding) -> str:
        return _root_of(finding, changes, named.get(name_of(finding)), what_if)

    refuted = {root_of(surprise) for surprise in plan.surprises} - {""}
    errors = result.of(Severity.ERROR)
    roots = {finding: root for finding in errors if (root := root_of(finding))}
    speakers: dict[str, Finding] = {}
    for finding, root in roots.items():
        if finding.key == root or root not in speakers:
            speakers[root] = finding
    besides = _besides(errors, changes, set(roots.values()), what_if)

    def worded(original: Finding) -> Finding:
        finding, root, name = original, roots.get(original, ""), name_of(original)
        if finding.severity is Severity.ERROR and name in plan.told:
            finding = replace(finding, cause=plan.told[name].cause)
        if root and not _is_far_fetched(root, changes):
            if root in refuted or named.get(name) == finding.key != root:
                finding = replace(finding, cause="")
            speaks = speakers[root] is original
            finding = _worded(finding, changes[root], changes, answers, speaks=speaks)
        for key in besides.get(original, ()):
            finding = _with_another(finding, changes[key], changes, answers)
        return finding

    return replace(result, findings=tuple(map(worded, result.findings)))


# --- what is told to whom -------------------------------------------------------------------------


def _root_of(finding: Finding, changes: Changes, offered: str | None, what_if: WhatIf) -> str:
    """The cell to be changed first for the error to vanish; empty where no change answers it."""
    if offered == "":
        return ""
    candidates = (offered or "", *_involved(finding, what_if))
    key = next((key for key in candidates if key in changes), "")
    while key and changes[key].after in changes:
        key = changes[key].after
    return key


def _involved(finding: Finding, what_if: WhatIf) -> tuple[str, ...]:
    """The cells of a finding, and those that their figures are made of."""
    cells = cells_of(finding, what_if)
    return (finding.key, *cells, *(root for key in cells for root in what_if.roots.get(key, {})))


def _besides(
    errors: Iterable[Finding], changes: Changes, told: AbstractSet[str], what_if: WhatIf
) -> Mapping[Finding, list[str]]:
    """The changes that no error has as its own, each with an error in which their cell takes part."""
    besides: dict[Finding, list[str]] = {}
    untold = (key for key, change in changes.items() if change.after not in changes and key not in told)
    for key in untold:
        finding = next((error for error in errors if key in _involved(error, what_if)), None)
        if finding is not None:
            besides.setdefault(finding, []).append(key)
    return besides


def _followers(root: str, changes: Changes) -> list[Change]:
    reached = [root]
    for change in changes.values():
        if change.after in reached and change.key != root:
            reached.append(change.key)
    return [changes[key] for key in reached[1:]]


def _is_far_fetched(root: str, changes: Changes) -> bool:
    return sum(not change.implied for change in _followers(root, changes)) > MOST_FOLLOWING


# --- words ----------------------------------------------------------------------------------------


def _worded(finding: Finding, root: Change, changes: Changes, answers: Answers, *, speaks: bool) -> Finding:
    """The error with its steps: first the cell that is wrong, then this one, then what else follows."""
    place, followers = _places(finding, answers), _followers(root.key, changes)
    if root.text == REASON:
        return _with_steps(finding, "", root, followers)
    if root.key == finding.key and not root.text:
        return _with_another(finding, root, changes, answers)
    own = next((change for change in followers if change.key == finding.key and not change.implied), None)
    others = [change for change in followers if change is not own and not change.implied] if speaks else []
    block = sum(change.implied for change in followers)
    sentences = [_beginning(finding, root, place, cells=block + 1, follows=own is not None)]
    if own is not None:
        asks = own.text == REASON
        sentences.append("改后仍少得分的，在这里说明原因" if asks else f"改后这里{own.asked}")
    if figures := _figures(others, place):
        before = f"改 {place(root.key)} 的，" if root.instead else "" if own is not None else "改后 "
        sentences.append(f"{before}{figures}")
    if reasons := "、".join(place(change.key) for change in others if change.text == REASON):
        sentences.append(f"并在 {reasons} 说明原因")
    return _with_steps(finding, "；".join(filter(None, sentences)), root, followers)


def _with_another(finding: Finding, root: Change, changes: Changes, answers: Answers) -> Finding:
    """The error with what is to be changed besides in one of its cells."""
    place, followers = _places(finding, answers), _followers(root.key, changes)
    words = f"所依据的数改后清空 {place(root.key)}，由系统计算"
    if root.text:
        figures = _figures((change for change in followers if change.text and not change.implied), place)
        words = f"另外 {place(root.key)} {root.asked}{f'；改后 {figures}' if figures else ''}"
    return _with_steps(finding, words, root, followers)


def _figures(changes: Iterable[Change], place: Callable[[str], str]) -> str:
    return "、".join(f"{place(change.key)} {change.asked}" for change in changes if change.text != REASON)


def _with_steps(finding: Finding, words: str, root: Change, followers: Iterable[Change]) -> Finding:
    """The error with ``words`` before its hint, and with the change of ``root`` and what follows as its next steps."""
    hint = "。".join(filter(None, (words, finding.hint)))
    steps = tuple(Step(change.key, change.text) for change in (root, *followers))
    return replace(finding, hint=hint, steps=(*finding.steps, *steps))


def _places(finding: Finding, answers: Answers) -> Callable[[str], str]:
    """Names a cell; those of another sheet than the finding's with it."""
    return lambda key: answers[key].ref.seen_from(finding.at[0].sheet)


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
