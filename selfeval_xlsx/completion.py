"""Computes what the workbook left blank and its other cells determine: totals, rates, the adjustment.

A part that is missing or unreadable is never guessed: nothing is computed from it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from selfeval_xlsx import amounts
from selfeval_xlsx.filling import answers_of, with_answers
from selfeval_xlsx.form import SelfEvaluation
from selfeval_xlsx.relations import Rate, Relation, Sum, relations_of
from selfeval_xlsx.spec import Answer


def completed(evaluation: SelfEvaluation) -> SelfEvaluation:
    """``evaluation`` with every blank that can be computed; those answers are ``computed``."""
    answers = dict(answers_of(evaluation))
    changed: dict[str, Answer[Any]] = {}
    pending = True
    while pending:
        found = {
            key: replace(answers[key], value=value)
            for relation in relations_of(evaluation)
            for key, value in _solutions(relation, answers)
        }
        answers.update(found)
        changed.update(found)
        pending = bool(found)
    return with_answers(evaluation, changed)


def _solutions(relation: Relation, answers: Mapping[str, Answer[Any]]) -> Iterator[tuple[str, object]]:
    match relation:
        case Sum(total=total, parts=parts, remainder=remainder):
            if _computable(answers[total], [answers[key] for key in parts]):
                yield total, sum((answers[key].known for key in parts), start=answers[parts[0]].known * 0)
            elif remainder is not None:
                others = [answers[key] for key in parts if key != remainder]
                if _computable(answers[remainder], [answers[total], *others]):
                    yield remainder, answers[total].known - sum(answer.known for answer in others)
        case Rate(rate=rate, part=part, whole=whole):
            if _computable(answers[rate], [answers[part], answers[whole]]):
                quotient = amounts.percentage(_printed(answers[part]), _printed(answers[whole]))
                if quotient is not None:
                    yield rate, amounts.rounded(quotient, amounts.RATE_PLACES)


def _computable(target: Answer[Any], given: list[Answer[Any]]) -> bool:
    return target.blank and not target.raw and all(answer.stated for answer in given)


def _printed(answer: Answer[Any]) -> Decimal:
    return amounts.rounded(answer.known, amounts.MONEY_PLACES)
