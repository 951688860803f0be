"""What a rule is, and the runner.

A rule is a generator over one *subject*: the whole case, a relation, an answer, a row. The runner
loops over the subjects, so that a gap in one line does not silence the others. A rule whose needs are
not stated is skipped: the missing answer has its own finding, and what is skipped is said to be.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property, partial
from typing import Any

from selfeval_xlsx.amounts import Agreement, Comparison
from selfeval_xlsx.errors import Undone, undone
from selfeval_xlsx.findings import CheckResult, Finding, Severity, Skipped
from selfeval_xlsx.form.completion import Completed
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import PLAN
from selfeval_xlsx.form.last_year import LastYear
from selfeval_xlsx.form.relation_kinds import Relation
from selfeval_xlsx.form.rulebook import SEVERITIES, Rulebook
from selfeval_xlsx.prose.claims import Sentence, read


class Standing(Enum):
    """The class of a rule: what it means when it is broken."""

    VALIDITY = "必须成立"
    QUALITY = "不成立须说明原因"
    ADVICE = "提醒"


VALIDITY, QUALITY, ADVICE = Standing


@dataclass(frozen=True)
class Case(Completed):
    """A completed evaluation to be judged, with what its texts say."""

    last: LastYear | None = None
    """Last year's file, where one is given to compare with."""

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences of the long texts that hold figures, with what they say about the form."""
        return read(self.evaluation, self.answers)


Statement = Finding | Skipped | Undone
Judge = Callable[[Any, Case], Iterator[Finding]]
Threshold = Callable[[Rulebook], str]
Subjects = Callable[[Case], Iterable[Any]]
Needs = Callable[[Any, Case], Iterable[Answer[Any]]]


def relations(code: str) -> Subjects:
    """The relations of one code that apply to the case."""
    return lambda case: [relation for relation in case.relations if relation.code == code]


def figures(relation: Relation, case: Case) -> list[Answer[Any]]:
    """The answers that stand in ``relation``, the one it determines first."""
    return [case.answers[key] for key in relation.figures]


def failure(relation: Relation, case: Case) -> Comparison | None:
    """How ``relation`` fails, be it by rounding alone; None where it holds, or is not stated."""
    held = relation.compare(case.values, case.rulebook)
    return None if held is None or held.agreement is Agreement.EXACT else held


def columns(*names: str) -> Needs:
    """The cells of a row, or of a line, that a rule cannot do without."""
    return lambda row, _: [getattr(row, name) for name in names]


@dataclass(frozen=True)
class Rule:
    """One check. ``code`` is its identity and never reused; ``basis`` names the relation of the field."""

    code: str
    title: str
    standing: Standing
    basis: str
    remedy: str
    judge: Judge
    subjects: Subjects
    needs: Needs
    threshold: Threshold
    """The rulebook's settings in force, in words; empty where the rule has none."""

    @property
    def lower(self) -> tuple[str, ...]:
        """What a rulebook may lower the rule to: never above its class, and what must hold is never passed over."""
        return {
            Standing.VALIDITY: ("提醒",),
            Standing.QUALITY: tuple(SEVERITIES),
            Standing.ADVICE: ("说明", "不核对"),
        }[self.standing]

    def apply(self, case: Case) -> Iterator[Finding | Skipped]:
        """Judge every subject whose needs are stated; each finding gets the rule's code."""
        for subject in self.subjects(case):
            missing = next((answer for answer in self.needs(subject, case) if not answer.stated), None)
            if missing is None:
                for item in self.judge(subject, case):
                    yield replace(item, code=self.code)
            elif _is_begun(subject, case):
                yield Skipped(self.code, self.title, missing.field.label)


def _is_begun(subject: Any, case: Case) -> bool:
    """Whether there was something to check: of a relation, whether the figure it determines is stated."""
    return not isinstance(subject, Relation) or case.answers[subject.result].stated


def rule(  # noqa: PLR0913 - a rule states all of this
    code: str,
    title: str,
    standing: Standing,
    basis: str,
    remedy: str,
    *,
    subjects: Subjects = lambda case: [case],
    needs: Needs = lambda *_: [],
    threshold: Threshold = lambda _: "",
) -> Callable[[Judge], Rule]:
    """Make a :class:`Rule` of a generator; ``needs`` names the answers it cannot do without."""
    return lambda judge: Rule(code, title, standing, basis, remedy, judge, subjects, needs, threshold)


def rules_among(names: Mapping[str, Any]) -> tuple[Rule, ...]:
    """The rules that stand in a module, given by its ``globals()``, in the order in which they are written."""
    return tuple(value for value in names.values() if isinstance(value, Rule))


def finding(
    severity: Severity,
    at: Iterable[Answer[Any]],
    message: str,
    hint: str = "",
    *,
    found: str = "",
    expected: str = "",
) -> Finding:
    """A finding on answers; the first of them is the one to mark. Its rule gives it the code."""
    answers = list(at)
    refs = tuple(dict.fromkeys(answer.ref for answer in answers))
    return Finding("", severity, refs, answers[0].field.label, message, hint, found, expected)


finding_at = partial(Finding, "")
"""A finding on places of the form rather than on answers: a label, a list, the form as a whole."""

error = partial(finding, Severity.ERROR)
warning = partial(finding, Severity.WARNING)
note = partial(finding, Severity.NOTE)


def mismatch(
    severity: Severity, answers: Sequence[Answer[Any]], message: str, more: str = "", expected: str = ""
) -> Finding:
    """The first of ``answers`` does not fit the others: all of them are to be checked, and ``more`` is to be done."""
    hint = f"请核对 {cells(answers)}{more}"
    return finding(severity, answers, message, hint, found=answers[0].show(), expected=expected)


def asks_for_reason(at: Iterable[Answer[Any]], message: str, reason: Answer[Any]) -> Finding:
    """A broken quality relation: an error, or a note where ``reason`` answers it."""
    answers = list(at)
    shown = answers[0].show()
    if reason.stated:
        return note(answers, f"{message}，已在 {reason.ref} 说明原因", found=shown)
    return error(
        [*answers, reason],
        message,
        f"请核对 {cells(answers)}；情况属实的，在 {reason.ref} {reason.field.head} 中说明",
        found=shown,
    )


def cells(answers: Iterable[Answer[Any]]) -> str:
    """The coordinates of ``answers`` for a hint: D9、E9; with the sheet where it is another one."""
    refs = list(dict.fromkeys(answer.ref for answer in answers))
    single = len({ref.sheet for ref in refs}) == 1
    return "、".join(ref.coordinate if single else str(ref) for ref in refs)


def run(rules: Iterable[Rule], case: Case) -> CheckResult:
    """Apply ``rules`` and sort what they say: by sheet, row, column, code. Each finding gets its field's key."""
    limits = case.rulebook.severity
    asked = [rule for rule in rules if limits.get(rule.code, Severity.ERROR) is not None]
    statements = [_lowered(item, limits.get(rule.code)) for rule in asked for item in _stated(rule, case)]
    findings = _keyed((item for item in statements if isinstance(item, Finding)), case)
    skipped = dict.fromkeys(item for item in statements if isinstance(item, Skipped))
    faults = tuple(item for item in statements if isinstance(item, Undone))
    return CheckResult(tuple(sorted(findings, key=_order(case))), tuple(skipped), undone=faults)


def _stated(rule: Rule, case: Case) -> Iterator[Statement]:
    """What ``rule`` says; a fault in it silences no other rule."""
    try:
        yield from rule.apply(case)
    except Exception as fault:  # noqa: BLE001 - whatever it is, the other rules are applied
        yield undone(f"没有核对 {rule.code} {rule.title}", fault, blocks=rule.standing is not Standing.ADVICE)


def _lowered(item: Statement, most: Severity | None) -> Statement:
    """``item``, weighing no more than ``most``."""
    weights = list(Severity)
    if isinstance(item, Undone):
        return replace(item, blocks=item.blocks and most in {None, Severity.ERROR})
    if isinstance(item, Skipped) or most is None or weights.index(item.severity) >= weights.index(most):
        return item
    return replace(item, severity=most)


def _keyed(findings: Iterable[Finding], case: Case) -> Iterator[Finding]:
    keys = {answer.ref: key for key, answer in case.answers.items()}
    for item in findings:
        yield replace(item, key=keys.get(item.at[0], item.key)) if item.at else item


def _order(case: Case) -> Callable[[Finding], tuple[int, int, int, str]]:
    pages = {page.key: index for index, page in enumerate(PLAN.sheets)}
    titles = {
        answer.ref.sheet: pages[page]
        for key, answer in case.answers.items()
        if (page := key.partition(".")[0]) in pages
    }

    def order(item: Finding) -> tuple[int, int, int, str]:
        if not item.at:
            return (-1, 0, 0, item.code)
        row, column = item.at[0].place
        return (titles.get(item.at[0].sheet, len(titles)), row, column, item.code)

    return order
