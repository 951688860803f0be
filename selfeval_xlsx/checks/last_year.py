"""NAR21–NAR26: what of last year was left standing where it should have changed?

These rules speak only where last year's workbook or report is given.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

from selfeval_xlsx.amounts import money
from selfeval_xlsx.checks.rule import ADVICE, Case, Judge, Rule, mismatch, note, rule, rules_among, warning
from selfeval_xlsx.figures import read_measure
from selfeval_xlsx.findings import Finding, Severity
from selfeval_xlsx.form.declare import Answer, Carry
from selfeval_xlsx.form.kinds import Amount, LongText, MeasureText
from selfeval_xlsx.form.last_year import LastYear, bare, by_name, prose, split

_COMPARED = re.compile(r"比|较|上年|上一年|结转|以来|同期|起|至|—|-|～|历史|增长|减少|下降|批复")
"""Words by which a clause speaks of last year on purpose."""

_CLAUSE = re.compile(r"[^，。；！？\n]*")
_SIGNIFICANT = 4
"""Digits an amount must have for its coming back to be no coincidence."""

Given = tuple[Case, LastYear]


def _given(case: Case) -> Iterable[Given]:
    """Nothing, unless last year's file is given and is last year's."""
    return [(case, case.last)] if case.last is not None and not _other_file(case, case.last) else []


def _other_file(case: Case, last: LastYear) -> str:
    """Why the file given is not last year's of this unit; empty where it is."""
    identity = case.evaluation.overview.identity
    year, unit = identity.year.value, identity.unit_name.value
    if year is not None and last.year is not None and last.year != year - 1:
        return f"{last.name} 是 {last.year} 年度的，不是 {year - 1} 年度的"
    if unit is not None and last.unit_name is not None and unit != last.unit_name:
        return f"{last.name} 是“{last.unit_name}”的，不是“{unit}”的"
    return ""


def _leftover(code: str, title: str, remedy: str) -> Callable[[Judge], Rule]:
    return rule(code, title, ADVICE, "上年遗留", remedy, subjects=_given)


@rule(
    "NAR21",
    "用来对照的是上年的文件",
    ADVICE,
    "上年遗留",
    "换成本单位上一年度的填报表或报告",
    subjects=lambda case: [(case, case.last)] if case.last is not None else [],
)
def the_file_is_last_years(given: Given, case: Case) -> Iterator[Finding]:
    """The file to compare with is of another year or unit: nothing is compared."""
    if why := _other_file(*given):
        identity = case.evaluation.overview.identity
        hint = "请换成本单位上一年度的填报表或报告"
        yield warning([identity.year, identity.unit_name], f"{why}，没有与上年对照", hint)


@_leftover("NAR22", "文字里的年度已更新", "把上年的年度改成本年，或写明是与上年比较")
def years_are_this_years(given: Given, _: Case) -> Iterator[Finding]:
    """A text speaks of last year as if it were this one."""
    case, last = given
    year = case.evaluation.overview.identity.year.value
    if last.year is None or year is None:
        return
    for answer in _changing_texts(case):
        for clause in _CLAUSE.findall(answer.known):
            if f"{last.year}年" in clause and not _COMPARED.search(clause):
                message = f"“{clause.strip()[:60]}”写的是 {last.year} 年，本年度是 {year} 年"
                yield _left(answer, message, "文字", found=f"{last.year}年", expected=f"{year}年")


def _left(answer: Answer[Any], message: str, what: str, **about: str) -> Finding:
    """What stands in ``answer`` may have been left from last year."""
    hint = f"请核对 {answer.ref.coordinate}，像是沿用了上年的{what}"
    return warning([answer], message, hint, **about)


def _changing_texts(case: Case) -> Iterator[Answer[Any]]:
    """Long texts that say what was done this year."""
    for answer in case.answers.values():
        if isinstance(answer.field.kind, LongText) and answer.value and answer.field.carry is Carry.CLEAR:
            yield answer


@_leftover("NAR23", "数字不是照抄上年的", "核对这个数，确与上年相同的不必改")
def figures_are_this_years(given: Given, _: Case) -> Iterator[Finding]:
    """A figure that should differ from year to year is last year's to the last digit."""
    case, last = given
    answers = by_name(case.evaluation)
    for key, answer in answers.items():
        before = last.answers.get(key)
        unit = answers.get(f"{key.rpartition('.')[0]}.measure_unit")
        if _is_result(answer) and _is_same(answer, before, unit.show() if unit else "", last):
            where = "上年同一格" if before else "上年报告里的一个数"
            message = f"填报 {answer.show()}，与{where}完全相同"
            yield _left(answer, message, "数", found=answer.show())


def _is_result(answer: Answer[Any]) -> bool:
    """Whether a typed figure is one of this year's results, and long enough to be no coincidence."""
    if not answer.stated or answer.computed or answer.field.prior_of or answer.field.carry is Carry.KEEP:
        return False
    if answer.field.key.startswith("budget.balance.opening") or answer.field.key.endswith("target_value"):
        return False
    if isinstance(answer.field.kind, Amount):
        return len(_digits(answer.known)) >= _SIGNIFICANT
    number = read_measure(answer.known).number if isinstance(answer.field.kind, MeasureText) else None
    return number is not None and len(_digits(number)) >= _SIGNIFICANT - 1 and number != Decimal(100)


def _digits(value: Decimal) -> str:
    """The significant digits of a figure, zeros at its end left out."""
    return f"{abs(money(value)):f}".replace(".", "").strip("0")


def _is_same(answer: Answer[Any], before: Answer[Any] | None, unit: str, last: LastYear) -> bool:
    if before is not None:
        return before.value == answer.value
    if last.answers:
        return False
    if isinstance(answer.field.kind, MeasureText):
        measure = read_measure(answer.known, unit)
        return (measure.number, measure.unit) in last.counts
    return f"{money(answer.known):f}" in last.amounts


@_leftover("NAR24", "文字不是照抄上年的", "按本年的情况重写这一句")
def sentences_are_this_years(given: Given, _: Case) -> Iterator[Finding]:
    """A sentence on this year's work, problems or reasons stood in last year's file."""
    case, last = given
    known = {bare(sentence): sentence for sentence in last.sentences}
    for answer, sentence in prose(case.evaluation):
        if answer.field.carry is Carry.CLEAR and bare(sentence) in known:
            likeness = "完全相同" if known[bare(sentence)] == sentence else "只差数字"
            yield _left(answer, f"“{sentence[:60]}”与上年{likeness}", "文字", found=sentence[:200])


@_leftover("NAR25", "上年执行数与上年的填报表一致", "照上年的填报表（决算）改正上年数")
def prior_figures_are_last_years(given: Given, _: Case) -> Iterator[Finding]:
    """A prior-year figure differs from what last year's workbook says."""
    case, last = given
    for key, answer in case.answers.items():
        if answer.field.prior_of is None or not answer.stated:
            continue
        before = last.answers.get(f"{key.rpartition('.')[0]}.{answer.field.prior_of}")
        if before is not None and before.stated and before.show() != answer.show():
            message = f"填报 {answer.show()}，上年填报表 {before.ref} 是 {before.show()}"
            yield mismatch(Severity.WARNING, [answer], message, expected=before.show())


@_leftover("NAR26", "沿用上年的固定内容", "不必处理；请确认职责、制度没有变化")
def stable_texts_are_listed(given: Given, _: Case) -> Iterator[Finding]:
    """Duties and management texts that are as last year, in one note."""
    case, last = given
    same = [
        answer
        for key, answer in by_name(case.evaluation).items()
        if isinstance(answer.field.kind, LongText) and answer.field.carry is Carry.KEEP and answer.stated
        if _is_told_again(key, answer, last)
    ]
    if same:
        labels = "、".join(dict.fromkeys(answer.field.label for answer in same))
        yield note(same, f"与上年相同：{labels}")


def _is_told_again(key: str, answer: Answer[Any], last: LastYear) -> bool:
    """Whether a text is last year's: that of the same cell, or in a report sentence by sentence."""
    if last.answers:
        return key in last.answers and last.answers[key].value == answer.value
    known = {bare(sentence) for sentence in last.sentences}
    own = [bare(sentence) for sentence in split(answer.known)]
    return bool(own) and known.issuperset(own)


RULES = rules_among(globals())
