"""The relations of the form as equations: figures by key in, how they agree out, judged as the rules judge."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from selfeval_xlsx.amounts import (
    MONEY_PLACES,
    Agreement,
    Comparison,
    compare_rate,
    compare_share,
    compare_sum,
    money,
)
from selfeval_xlsx.checks.rule import Case
from selfeval_xlsx.form.completion import execution_whole
from selfeval_xlsx.form.relations import (
    AtMost,
    ColumnSum,
    ExecutionScore,
    Rate,
    Relation,
    Same,
    Sum,
    TotalScore,
    Weights,
    cells_of,
)

Values = Mapping[str, Decimal]
"""Figures by the key of their cell."""

Compare = Callable[[Values], Comparison]

Parts = Mapping[str, int]
"""Cells by key with the number of times they count, negative where they are taken off."""

NONE = Decimal(0)


@dataclass(frozen=True, eq=False)
class Equation:
    """A relation whose figures are all stated.

    ``parts`` makes up the figure in ``keys[0]``; it is empty where that is no sum. ``proves`` is False
    for a mere limit: that one holds says little about its figures.
    """

    relation: Relation
    keys: tuple[str, ...]
    compare: Compare
    parts: Parts
    proves: bool = True

    @property
    def result(self) -> str:
        """The cell that the finding on this equation marks."""
        return self.keys[0]

    def agreement(self, values: Values) -> Agreement:
        """How its figures agree."""
        return self.compare(values).agreement


def equation_of(relation: Relation, case: Case, values: Values) -> Equation | None:
    """``relation`` as an equation; None where a figure or the table is missing, or it holds by computation."""
    keys = cells_of(relation, case.evaluation)
    if isinstance(relation, ExecutionScore):
        keys = tuple(dict.fromkeys((*keys, execution_whole(relation, case.rulebook))))
    if len(keys) == 1 or any(key not in values for key in keys):
        return None
    own = case.answers[keys[0]].computed and isinstance(relation, Rate | TotalScore | ExecutionScore)
    return None if own else _stated(relation, keys, case)


def _stated(relation: Relation, keys: tuple[str, ...], case: Case) -> Equation | None:
    parts: Parts = dict.fromkeys(keys[1:], 1)
    miss = case.rulebook.scoring.rounding
    match relation:
        case Sum(counted=counted):
            return _sum(relation, keys, dict(relation.terms), 0 if counted else MONEY_PLACES)
        case ColumnSum():
            return _sum(relation, keys, parts, MONEY_PLACES)
        case Same():
            return Equation(relation, keys, lambda v: _exactly(v[keys[0]], _total(v, parts)), parts)
        case TotalScore():
            return Equation(relation, keys, lambda v: _points(v[keys[0]], _total(v, parts), miss), parts)
        case Weights():
            full, weights = case.rulebook.scoring.full_score, dict.fromkeys(keys, 1)
            return Equation(
                relation, keys, lambda v: _exactly(_total(v, weights), full), dict.fromkeys(parts, -1)
            )
        case _:
            return _quotient(relation, keys, case)


def _quotient(relation: Relation, keys: tuple[str, ...], case: Case) -> Equation | None:
    """Relations that are no sums."""
    match relation:
        case Rate(rate=rate, part=part, whole=whole, counted=counted):
            return Equation(
                relation, keys, lambda v: _rate(v[rate], v[part], v[whole], counted=counted), parts={}
            )
        case AtMost(part=part, whole=whole, reason=reason) if not case.answers[reason].stated:
            return Equation(relation, keys, lambda v: _limit(v[part], v[whole]), parts={}, proves=False)
        case ExecutionScore(score=score, weight=weight, part=part):
            budget, miss = execution_whole(relation, case.rulebook), case.rulebook.scoring.rounding
            return Equation(
                relation, keys, lambda v: _execution(v[score], v[weight], v[part], v[budget], miss), parts={}
            )
        case _:
            return None


def _sum(relation: Relation, keys: tuple[str, ...], parts: Parts, places: int) -> Equation:
    def compare(values: Values) -> Comparison:
        found = compare_sum(values[keys[0]], [values[key] * count for key, count in parts.items()], places)
        return found if places else _strictly(found)  # people and things know no rounding difference

    return Equation(relation, keys, compare, parts)


def _total(values: Values, parts: Parts) -> Decimal:
    return sum((values[key] * count for key, count in parts.items()), NONE)


def _strictly(found: Comparison) -> Comparison:
    """Whatever is not exact is broken."""
    if found.agreement is Agreement.EXACT:
        return found
    return Comparison(Agreement.BROKEN, found.stated, found.expected)


def _exactly(stated: Decimal, expected: Decimal) -> Comparison:
    """Two figures that print alike."""
    stated, expected = money(stated), money(expected)
    return Comparison(Agreement.EXACT if stated == expected else Agreement.BROKEN, stated, expected)


def _points(stated: Decimal, expected: Decimal, miss: Decimal) -> Comparison:
    """Two sums of printed points."""
    found = _exactly(stated, expected)
    near = NONE < abs(found.difference) <= miss
    return Comparison(Agreement.ROUNDING, found.stated, found.expected) if near else found


def _rate(rate: Decimal, part: Decimal, whole: Decimal, *, counted: bool) -> Comparison:
    part, whole = money(part), money(whole)
    if whole == 0:
        return Comparison(Agreement.BROKEN, rate, rate)
    found = compare_rate(rate, part, whole)
    return _strictly(found) if counted else found


def _limit(part: Decimal, whole: Decimal) -> Comparison:
    part, whole = money(part), money(whole)
    return Comparison(Agreement.EXACT if part <= whole else Agreement.BROKEN, part, whole)


def _execution(score: Decimal, weight: Decimal, part: Decimal, whole: Decimal, miss: Decimal) -> Comparison:
    part, whole = money(part), money(whole)
    if not whole:
        return Comparison(Agreement.BROKEN, score, score)
    return compare_share(score, weight, part, whole, miss=miss)
