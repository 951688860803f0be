"""Computes what the workbook left blank and its other cells determine, and puts quoted figures in place.

Totals, rates and the adjustment follow from the relations of the form, points and grade from the
rulebook. A part that is missing or unreadable is never guessed: nothing is computed from it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.form import references, scoring
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.expressions import Values
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.relation_kinds import Relation
from selfeval_xlsx.form.relations import INDICATORS, relations_of
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.form.values import LOCAL, with_answers

Solutions = Iterable[tuple[str, Any]]


@dataclass(frozen=True)
class Completed:
    """A completed evaluation under one rulebook, with its answers and relations at hand."""

    evaluation: SelfEvaluation
    rulebook: Rulebook

    @property
    def answers(self) -> Mapping[str, Answer[Any]]:
        """Every answer by key."""
        return self.evaluation.answers

    @cached_property
    def values(self) -> Values:
        """Everything stated, typed or computed, by key."""
        return {key: answer.value for key, answer in self.answers.items() if answer.stated}

    @cached_property
    def relations(self) -> tuple[Relation, ...]:
        """The relations that apply."""
        return tuple(relations_of(self.evaluation, self.rulebook))


def completed(evaluation: SelfEvaluation, rulebook: Rulebook) -> SelfEvaluation:
    """``evaluation`` with every blank that can be computed; those answers are ``computed``.

    References in long texts are replaced by the figures they name.
    """
    evaluation = _with_local(evaluation, rulebook)
    scored = _filled(evaluation, lambda _: _scores(evaluation, rulebook))
    relations = list(relations_of(scored, rulebook))
    whole = _filled(
        scored,
        lambda values: (solution for relation in relations for solution in relation.solve(values, rulebook)),
    )
    return with_answers(whole, references.resolved(whole, comma=rulebook.printing.thousands_comma))


def _with_local(evaluation: SelfEvaluation, rulebook: Rulebook) -> SelfEvaluation:
    """``evaluation`` with the cells that the rulebook adds; those it does not have are blank."""
    slots = (place for key, place in rulebook.plan.slots.items() if key.startswith(LOCAL))
    blank = {
        slot.field.key: Answer[Any](slot.field, CellRef(page.name, slot.coordinate)) for page, slot in slots
    }
    return replace(evaluation, local=blank | dict(evaluation.local)) if blank else evaluation


def _filled(evaluation: SelfEvaluation, solve: Callable[[Values], Solutions]) -> SelfEvaluation:
    """``evaluation`` with the blanks that ``solve`` gives values for, again and again until it gives none."""
    answers = evaluation.answers
    values = {key: answer.value for key, answer in answers.items() if answer.stated}
    changed: dict[str, Answer[Any]] = {}
    while solved := {
        key: value
        for key, value in solve(values)
        if key not in values and answers[key].blank and not answers[key].raw
    }:
        values |= solved
        changed |= {key: replace(answers[key], value=value) for key, value in solved.items()}
    return with_answers(evaluation, changed)


def _scores(evaluation: SelfEvaluation, rulebook: Rulebook) -> Iterator[tuple[str, Any]]:
    """The points of quantitative indicators, and the classes of qualitative ones that have points."""
    for index, indicator in enumerate(evaluation.goals.indicators):
        score = scoring.certain_score_of(indicator, rulebook.scoring)
        if score is not None:
            yield f"{INDICATORS}.{index}.score", score
        attained = scoring.class_of(indicator, rulebook.scoring)
        if attained is not None:
            yield f"{INDICATORS}.{index}.attainment", attained
