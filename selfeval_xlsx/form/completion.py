"""Computes what the workbook left blank and its other cells determine, and puts quoted figures in place.

Totals, rates and the adjustment follow from the relations of the form, points and grade from the
rulebook. A part that is missing or unreadable is never guessed: nothing is computed from it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from selfeval_xlsx import amounts
from selfeval_xlsx.form import references, scoring
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.relations import (
    INDICATORS,
    ExecutionScore,
    GradeOf,
    Rate,
    Relation,
    Sum,
    TotalScore,
    Weights,
    column_answers,
    relations_of,
)
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.form.values import answers_of, with_answers

Answers = Mapping[str, Answer[Any]]
Solutions = Iterator[tuple[str, object]]


def completed(evaluation: SelfEvaluation, rulebook: Rulebook) -> SelfEvaluation:
    """``evaluation`` with every blank that can be computed; those answers are ``computed``.

    References in long texts are replaced by the figures they name.
    """
    scored = _filled(evaluation, lambda _: _scores(evaluation, rulebook))
    whole = _filled(
        scored,
        lambda answers: (
            solution
            for relation in relations_of(scored)
            for solution in _solutions(relation, answers, scored, rulebook)
        ),
    )
    return with_answers(whole, references.resolved(whole, comma=rulebook.printing.thousands_comma))


def _filled(evaluation: SelfEvaluation, solve: Callable[[Answers], Solutions]) -> SelfEvaluation:
    """``evaluation`` with the blanks that ``solve`` finds values for, again and again until it finds none."""
    answers = dict(answers_of(evaluation))
    changed: dict[str, Answer[Any]] = {}
    pending = True
    while pending:
        found = {
            key: replace(answers[key], value=value) for key, value in solve(answers) if _is_open(answers[key])
        }
        answers.update(found)
        changed.update(found)
        pending = bool(found)
    return with_answers(evaluation, changed)


def _scores(evaluation: SelfEvaluation, rulebook: Rulebook) -> Solutions:
    """The points of quantitative indicators."""
    for index, indicator in enumerate(evaluation.goals.indicators):
        score = scoring.score_of(indicator, rulebook.scoring)
        if score is not None:
            yield f"{INDICATORS}.{index}.score", score


def _solutions(
    relation: Relation, answers: Answers, evaluation: SelfEvaluation, rulebook: Rulebook
) -> Solutions:
    match relation:
        case Sum():
            yield from _sum(relation, answers)
        case Rate(rate=rate, part=part, whole=whole, counted=counted):
            if _known(answers, part, whole):
                show = Decimal if counted else amounts.money
                quotient = amounts.percentage(show(answers[part].known), show(answers[whole].known))
                if quotient is not None:
                    yield rate, amounts.rounded(quotient, amounts.RATE_PLACES)
        case _:
            yield from _points(relation, answers, evaluation, rulebook)


def _points(
    relation: Relation, answers: Answers, evaluation: SelfEvaluation, rulebook: Rulebook
) -> Solutions:
    match relation:
        case Weights(execution=execution, weights=column):
            weights = column_answers(evaluation, column)
            if weights and all(weight.stated for weight in weights):
                yield execution, rulebook.scoring.execution_weight
        case ExecutionScore(score=score):
            value = expected_execution_score(relation, answers, rulebook)
            if value is not None:
                yield score, value
        case TotalScore(total=total, execution=execution, scores=column):
            points = column_answers(evaluation, column)
            if points and all(point.stated for point in points) and _known(answers, execution):
                yield total, sum((point.known for point in points), answers[execution].known)
        case GradeOf(grade=grade, total=total):
            if _known(answers, total):
                yield grade, rulebook.grade_of(answers[total].known)


def _sum(relation: Sum, answers: Answers) -> Solutions:
    keys = [key for key, _ in relation.terms]
    if _known(answers, *keys):
        yield relation.total, sum(answers[key].known * sign for key, sign in relation.terms)
    remainder = relation.remainder
    if remainder is not None and _known(answers, relation.total, *(k for k in keys if k != remainder)):
        others = sum(answers[key].known * sign for key, sign in relation.terms if key != remainder)
        yield remainder, answers[relation.total].known - others


def expected_execution_score(
    relation: ExecutionScore, answers: Answers, rulebook: Rulebook
) -> Decimal | None:
    """The points for execution by the rulebook's denominator; None where a figure is missing."""
    whole = execution_whole(relation, rulebook)
    if not _known(answers, relation.weight, relation.part, whole):
        return None
    weight, part, budget = (answers[key].known for key in (relation.weight, relation.part, whole))
    return amounts.share(weight, amounts.money(part), amounts.money(budget))


def execution_whole(relation: ExecutionScore, rulebook: Rulebook) -> str:
    """The budget that the rulebook takes as the denominator of the points for execution."""
    return relation.original if rulebook.scoring.execution_denominator == "original" else relation.whole


def _known(answers: Answers, *keys: str) -> bool:
    return all(answers[key].stated for key in keys)


def _is_open(answer: Answer[Any]) -> bool:
    return answer.blank and not answer.raw
