"""What a signer wants to know of each figure: where it comes from, how it was computed, what it was held against."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.checks import Case, indicators, scores
from selfeval_xlsx.figures import NO_QUANTITY
from selfeval_xlsx.findings import CheckResult, Finding, Told
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import Indicator, SelfEvaluation
from selfeval_xlsx.form.kinds import Day, MeasureText
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.prose.claims import Sentence, register_of
from selfeval_xlsx.prose.quantities import Register
from selfeval_xlsx.prose.words import Token, plain
from selfeval_xlsx.report.review import Remark, Remarks
from selfeval_xlsx.report.wording import clause

UNCHECKED = "没有可与之核对的数"
_NAMED = 2
"""Checks that a note names in words."""
_OFFERED = 3
"""Cells of the same value that a note names."""

Notes = Mapping[CellRef, str]


def notes_of(evaluation: SelfEvaluation, result: CheckResult, rulebook: Rulebook) -> Notes:
    """A short note for each stated figure of a completed evaluation: source, checks passed, findings, reasons.

    Of an indicator's figures the checks of the whole row are named.
    """
    standing = _standing(evaluation, rulebook)
    findings = defaultdict[CellRef, list[Finding]](list)
    for finding in result.findings:
        for ref in finding.at:
            findings[ref].append(finding)
    reasons = {
        answer.ref: row.deviation_reason
        for row in evaluation.goals.indicators
        if row.deviation_reason.stated
        for answer in _of_row(row)
    }
    return {
        answer.ref: "\n".join(
            [
                *_lines(answer, standing.get(answer.ref, {}), findings[answer.ref]),
                *(f"{reason.named}：{reason.show()}" for reason in (reasons.get(answer.ref),) if reason),
            ]
        )
        for answer in _figures(evaluation)
    }


def _figures(evaluation: SelfEvaluation) -> Iterator[Answer[Any]]:
    """The stated answers that hold a figure or a date."""
    for answer in evaluation.answers.values():
        if answer.stated and (answer.field.kind.numeric or isinstance(answer.field.kind, MeasureText | Day)):
            yield answer


def _of_row(row: Indicator) -> tuple[Answer[Any], ...]:
    return row.target_value, row.actual_value, row.weight, row.score


def _standing(evaluation: SelfEvaluation, rulebook: Rulebook) -> Mapping[CellRef, Mapping[str, str]]:
    """The checks each figure took part in: titles by code."""
    case = Case(evaluation, rulebook)
    standing = defaultdict[CellRef, dict[str, str]](dict)
    for relation in case.relations:
        involved = [case.answers[key] for key in relation.figures]
        for answer in involved if all(answer.stated for answer in involved) else ():
            standing[answer.ref][relation.code] = relation.title
    for rule in (*scores.RULES, *indicators.RULES):
        for row in rule.subjects(case):
            if isinstance(row, Indicator) and all(answer.stated for answer in rule.needs(row, case)):
                for answer in _of_row(row):
                    standing[answer.ref][rule.code] = rule.title
    return standing


def _lines(answer: Answer[Any], checks: Mapping[str, str], findings: Sequence[Finding]) -> Iterator[str]:
    broken = {finding.code for finding in findings}
    passed = [(code, title) for code, title in checks.items() if code not in broken]
    source = f"填报“{answer.raw}”"
    if answer.computed:
        source = f"留空，由系统计算{f'（{next(iter(checks.values()))}）' if checks else ''}"
    yield f"{answer.named}，{source}。{_checked(passed)}"
    for finding in findings:
        yield f"{finding.severity.value} {finding.code}：{finding.message}"


def _checked(passed: Sequence[tuple[str, str]]) -> str:
    """The first checks in words; of many, how many there are."""
    if not passed:
        return UNCHECKED
    named = "、".join(f"{title}（{code}）" for code, title in passed[:_NAMED])
    return f"核对相符：{named}{f'等 {len(passed)} 项' if len(passed) > _NAMED else ''}"


# --- figures in texts -----------------------------------------------------------------------------


def remarks_of(evaluation: SelfEvaluation, rulebook: Rulebook) -> Remarks:
    """For each line of the long texts a note on each figure in it: its cell, and what it is held against.

    Dates, ranks and 一个, 一次 are no figures. Of a line that stands in several cells every one is named.
    """
    found = defaultdict[str, dict[tuple[int, int], list[str]]](dict)
    case = Case(evaluation, rulebook)
    register = register_of(evaluation, case.answers)
    for sentence, line, offset in _placed(case.sentences):
        letters = _letters(sentence.shown)
        for token in sentence.tokens:
            if token.figure and token.figure.unit not in NO_QUANTITY and token.figure.numeral != "一":
                start, end = letters[token.start], letters[token.start + len(token.text) - 1] + 1
                notes = found[line].setdefault((offset + start, offset + end), [])
                notes.append(_said(sentence, token, register))
    return {
        line: [Remark(*place, "\n".join(notes)) for place, notes in remarks.items() if place[1] <= len(line)]
        for line, remarks in found.items()
    }


def _placed(sentences: Iterable[Sentence]) -> Iterator[tuple[Sentence, str, int]]:
    """Each sentence with its line, as it is printed, and where in it the sentence begins."""
    for _, group in groupby(sentences, key=lambda sentence: sentence.text.ref):
        at = 0
        for sentence in group:
            text = sentence.text.known
            at = text.index(sentence.shown, at)
            line = text[text.rfind("\n", 0, at) + 1 :].split("\n")[0]
            begin = at - text.rfind("\n", 0, at) - 1
            yield sentence, clause(line), begin - len(line) + len(line.lstrip())
            at += len(sentence.shown)


def _letters(shown: str) -> list[int]:
    """Where in ``shown`` each letter of it stands that is read: quotation marks and blanks are not."""
    read, places = plain(shown), list[int]()
    for at, letter in enumerate(shown):
        if read[len(places) : len(places) + 1] == letter:
            places.append(at)
    return places


def _said(sentence: Sentence, token: Token, register: Register) -> str:
    """What is to be said of a figure in a text."""
    source = f"{sentence.text.named}里的“{token.text}”"
    statement = sentence.statements.get(token.start)
    if statement is None or not statement.references:
        return f"{source}：文字中的数，表中没有{_offered(token, register)}"
    held = statement.reference or statement.references[0]
    places = "、".join(answer.named for answer in held.answers)
    if statement.contradicted:
        return f"{source}：提醒 NAR01，{places} 是 {held.shown}，与文字不一致"
    return f"{source}。核对相符：{places} {held.shown}（NAR01）"


def _offered(token: Token, register: Register) -> str:
    """The cells that hold the same value: whoever signs sees whether one of them is meant."""
    entries = register.of_value(token.figure) if token.figure else []
    cells = dict.fromkeys(answer.named for entry in entries for answer in entry.reference.answers[:1])
    return f"；同值的格：{'、'.join(list(cells)[:_OFFERED])}" if cells else ""


# --- what was not checked -------------------------------------------------------------------------


def unchecked(evaluation: SelfEvaluation, result: CheckResult, rulebook: Rulebook) -> list[str]:
    """What nothing was held against, a line each below what kind it is of.

    Figures of texts, figures of cells, rules that could not be applied.
    """
    texts, skipped = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for figure in result.texts:
        if figure.told is Told.ALONE:
            texts[evaluation.answers[figure.key].named].append(figure.text)
    for rule in result.skipped:
        skipped[f"{rule.code} {rule.title}"].append(rule.label)
    standing = _standing(evaluation, rulebook)
    kinds = {
        "文字中的数，表中没有": [f"{cell}：{'、'.join(figures)}" for cell, figures in texts.items()],
        "没有别的数可以核对": [
            f"{answer.named} {answer.show()}"
            for answer in _figures(evaluation)
            if answer.ref not in standing and not isinstance(answer.field.kind, Day)
        ],
        "所需的数没有填，没有核对": [
            f"{rule}（{'、'.join(filter(None, labels))}）" for rule, labels in skipped.items()
        ],
        "没有做成的核对": list(map(str, result.undone)),
    }
    return [line for kind, lines in kinds.items() if lines for line in (f"{kind}：", *lines)]
