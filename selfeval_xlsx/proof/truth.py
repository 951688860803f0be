"""What a filled form contradicts, by arithmetic of its own: the yardstick the checks are held against.

Nothing here knows the rules. A relation is broken where its figures are stated (or computed from
stated ones) and exact fractions fail beyond what rounding explains: half of the last place of every
figure in a sum, the interval of a quotient, 0.01 of points. What no standing figure contradicts is
not broken, however wrong it may be.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import product
from math import floor

from selfeval_xlsx.figures import read_measure
from selfeval_xlsx.form import scoring
from selfeval_xlsx.form.completion import Completed
from selfeval_xlsx.form.declare import Need
from selfeval_xlsx.form.form import QUALITATIVE, Indicator, SelfEvaluation
from selfeval_xlsx.form.kinds import LongText
from selfeval_xlsx.form.relation_kinds import (
    AtMost,
    Calculated,
    ColumnSum,
    ExecutionScore,
    GradeOf,
    Ratio,
    Relation,
    RowCount,
    Same,
    Sum,
    TotalScore,
    Weights,
)
from selfeval_xlsx.form.relations import INDICATORS
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.form.values import column_answers, rows_of

CENT = Fraction(1, 100)


@dataclass(frozen=True)
class View(Completed):
    """A completed evaluation under a rulebook."""

    @cached_property
    def rows(self) -> frozenset[str]:
        """The rows of lists in which anything stands: ``budget.projects.0``."""
        return frozenset(_row(key) for key, answer in self.answers.items() if _row(key) and not answer.blank)

    def stated(self, *keys: str) -> bool:
        """Whether all of these are known."""
        return all(self.answers[key].stated for key in keys)

    def printed(self, key: str, places: int = 2) -> Fraction:
        """The figure at the precision it is printed in."""
        return _printed(self.answers[key].known, places)


Standard = Callable[[View], Iterator[str]]
"""Names what is broken; the names tell one broken thing from another."""


def broken(evaluation: SelfEvaluation, rulebook: Rulebook) -> frozenset[str]:
    """Everything in a completed evaluation that something else in it, or its own cell, contradicts."""
    view = View(evaluation, rulebook)
    return frozenset(name for standard in STANDARDS for name in standard(view))


def half_up(value: Fraction, places: int) -> Fraction:
    """``value`` rounded to ``places`` decimals, halves away from zero."""
    scale = 10**places
    steps = floor(abs(value) * scale + Fraction(1, 2))
    return Fraction(steps if value >= 0 else -steps, scale)


@lru_cache(maxsize=4096)
def _printed(value: Decimal | int, places: int) -> Fraction:
    return half_up(Fraction(value), places)


# --- cells ----------------------------------------------------------------------------------------


def _unreadable(view: View) -> Iterator[str]:
    """A cell refuses what stands in it: no number, negative, too large, not among the choices."""
    return (f"unreadable {key}" for key, answer in view.answers.items() if answer.problem)


def _missing(view: View) -> Iterator[str]:
    """A cell the report cannot do without is empty, or a row of a list is half filled."""
    for key, answer in view.answers.items():
        needed = answer.field.need is Need.REQUIRED and answer.blank
        if needed and (not _row(key) or _row(key) in view.rows):
            yield f"missing {key}"


@lru_cache(maxsize=4096)
def _row(key: str) -> str:
    """``budget.projects.0`` of a cell in a list; empty for a single cell."""
    parent = key.rpartition(".")[0]
    return parent if parent.rpartition(".")[2].isdigit() else ""


# --- the relations of the form --------------------------------------------------------------------


def _relations(view: View) -> Iterator[str]:
    """The relations that fail; a formula that a district typed has no second reading here, and is passed over."""
    for number, relation in enumerate(view.relations):
        if not isinstance(relation, Calculated) and _fails(relation, view):
            yield f"{relation.code} {number}{' exceeded' if _exceeded(relation, view) else ''}"


def _fails(relation: Relation, view: View) -> bool:  # noqa: C901, PLR0911 - a case each
    match relation:
        case Sum():
            return _sum_fails(relation, view)
        case ColumnSum(result=total, column=column):
            keys = _column_keys(view, column)
            if not keys or not view.stated(total, *keys):
                return False
            return _misses(view.printed(total), [view.printed(key) for key in keys])
        case Ratio():
            return _rate_fails(relation, view)
        case AtMost(result=part, whole=whole):
            return view.stated(part, whole) and view.printed(part) > view.printed(whole)
        case Same(result=stated, reference=reference):
            return view.stated(stated, reference) and view.printed(stated) != view.printed(reference)
        case RowCount():
            return _count_fails(relation, view)
        case Weights(result=execution, column=weights):
            return _weights_fail(view, execution, _column_keys(view, weights))
        case ExecutionScore():
            return _execution_score_fails(relation, view)
        case TotalScore(result=total, execution=execution, column=scores):
            keys = _column_keys(view, scores)
            known = bool(keys) and view.stated(total, execution, *keys)
            return known and _off(
                view, total, sum(Fraction(view.answers[k].known) for k in (execution, *keys))
            )
        case GradeOf(result=grade, total=total):
            return view.stated(grade, total) and view.answers[grade].value != _band(view, total)
    raise TypeError(relation)


def _misses(total: Fraction, parts: list[Fraction]) -> bool:
    return abs(total - sum(parts)) > (len(parts) + 1) * CENT / 2


def _sum_fails(relation: Sum, view: View) -> bool:
    terms = {key: sign for key, sign in relation.parts.items() if view.stated(key)}
    unknown = relation.parts.keys() - terms.keys()
    if not terms or not view.stated(relation.result) or (unknown and not relation.open_parts):
        return False
    if any(view.answers[key].problem for key in unknown):
        return False
    places = 0 if relation.counted else 2
    total = view.printed(relation.result, places)
    parts = [view.printed(key, places) * sign for key, sign in terms.items()]
    return total != sum(parts) if relation.counted else _misses(total, parts)


def _exceeded(relation: Relation, view: View) -> bool:
    """Parts of which some are blank sum up to more than the total: no filling in can mend that."""
    if not isinstance(relation, Sum) or view.stated(*relation.parts):
        return False
    stated = (view.printed(key) * sign for key, sign in relation.parts.items() if view.stated(key))
    return sum(stated) > view.printed(relation.result)


def _rate_fails(relation: Ratio, view: View) -> bool:
    """No value that prints like the rate is the quotient of any that print like its amounts."""
    if not view.stated(relation.result, relation.whole):
        return False
    rate, whole = view.printed(relation.result), view.printed(relation.whole)
    if whole == 0:
        return True
    if not view.stated(relation.part):
        return False
    part = view.printed(relation.part)
    if relation.counted:
        return rate != half_up(part / whole * 100, 2)
    ends = [quotient * 100 for quotient in _quotients(part, whole)]
    return not min(ends) - CENT / 2 <= rate <= max(ends) + CENT / 2


def _count_fails(relation: RowCount, view: View) -> bool:
    rows = [f"{relation.table}.{index}" for index, _ in enumerate(rows_of(view.evaluation, relation.table))]
    listed = [row for row in rows if row in view.rows]
    own = [
        row
        for row in listed
        if not relation.column or view.answers[f"{row}.{relation.column}"].value == relation.value
    ]
    return bool(listed) and view.stated(relation.result) and view.answers[relation.result].value != len(own)


def _weights_fail(view: View, execution: str, keys: list[str]) -> bool:
    if any(view.answers[key].problem for key in (execution, *keys)):
        return False
    known = [key for key in keys if view.stated(key)]
    total = sum(Fraction(view.answers[key].known) for key in (*known, execution) if view.stated(key))
    return bool(known) and (len(known) < len(keys) or total != Fraction(view.rulebook.scoring.full_score))


def _execution_score_fails(relation: ExecutionScore, view: View) -> bool:
    original = view.rulebook.scoring.execution_denominator == "original"
    whole = relation.original if original else relation.whole
    if not view.stated(relation.result, relation.weight, relation.part, whole) or view.printed(whole) == 0:
        return False
    weight, score = (
        Fraction(view.answers[relation.weight].known),
        Fraction(view.answers[relation.result].known),
    )
    part, budget = view.printed(relation.part), view.printed(whole)
    rate = min(half_up(part / budget * 100, 2), Fraction(100)) / 100
    rates = [min(corner, Fraction(1)) for corner in _quotients(part, budget)]
    within = weight * min(rates) - CENT / 2 <= score <= weight * max(rates) + CENT / 2
    return not within and _off(view, relation.result, half_up(weight * rate, 2))


def _quotients(part: Fraction, whole: Fraction) -> list[Fraction]:
    """The quotients at the ends of what prints like ``part`` and ``whole``, which prints as no 0."""
    half = CENT / 2
    return [x / b for x, b in product((part - half, part + half), (whole - half, whole + half))]


def _off(view: View, key: str, expected: Fraction | int) -> bool:
    return abs(Fraction(view.answers[key].known) - expected) > CENT


def _band(view: View, total: str) -> str:
    return next(name for name, low in view.rulebook.grades.items() if view.answers[total].known >= low)


def _column_keys(view: View, column: str) -> list[str]:
    table, _, name = column.rpartition(".")
    return [f"{table}.{index}.{name}" for index, _ in enumerate(column_answers(view.evaluation, column))]


# --- the relations within a row of indicators (domain 3: I2, I4, I5, I8, I9) ----------------------


def _indicators(view: View) -> Iterator[str]:
    for index, row in enumerate(view.evaluation.goals.indicators):
        for name, fails in ROWS.items():
            if fails(row, view.rulebook):
                yield f"{name} {index}"


def _unfit(row: Indicator, _: Rulebook) -> bool:
    """A number where a word is meant, or no two numbers of one kind where numbers are."""
    if not row.comparator.stated or not row.target_value.stated:
        return False
    target = scoring.target_of(row)
    if row.comparator.value == QUALITATIVE:
        return target.number is not None
    if target.number is None or target.comparator not in {"", row.comparator.value}:
        return True
    return row.actual_value.stated and not scoring.is_quantitative(row)


def _above_weight(row: Indicator, _: Rulebook) -> bool:
    return row.score.stated and row.weight.stated and row.score.known > row.weight.known


def _not_earned(row: Indicator, rulebook: Rulebook) -> bool:
    expected = scoring.score_of(row, rulebook.scoring)
    return row.score.stated and expected is not None and abs(row.score.known - expected) > Decimal("0.01")


def _outside_its_class(row: Indicator, rulebook: Rulebook) -> bool:
    if row.comparator.value != QUALITATIVE or not row.score.stated or not row.weight.stated:
        return False
    if row.attainment.value is None:
        return row.attainment.problem is None
    classes = rulebook.scoring.classes
    if row.attainment.value not in classes:
        return False
    names = list(classes)
    own = names.index(row.attainment.value)
    score, weight = Fraction(row.score.known), Fraction(row.weight.known)
    low, high = (weight * Fraction(classes[name]) / 100 for name in (names[own], names[own - 1]))
    is_above = own > 0 and (score == high or score > max(high, half_up(high, 2)))
    return score < min(low, half_up(low, 2)) or is_above


def _unexplained(row: Indicator, rulebook: Rulebook) -> bool:
    lost = row.score.stated and row.weight.stated and row.score.known < row.weight.known
    return row.deviation_reason.blank and (lost or scoring.is_far_above(row, rulebook.scoring))


ROWS: Mapping[str, Callable[[Indicator, Rulebook], bool]] = {
    "unfit": _unfit,
    "above weight": _above_weight,
    "not earned": _not_earned,
    "outside its class": _outside_its_class,
    "unexplained": _unexplained,
}


def _level_weights(view: View) -> Iterator[str]:
    """The weights of a first level are those the rulebook sets, where the unit can have been given them.

    They are not its own where it names no second levels, or where they and its execution weight are no full score.
    """
    scoring_rules = view.rulebook.scoring
    wanted = scoring_rules.level_weights
    rows = view.evaluation.goals.indicators
    if not wanted or not all(row.level1.stated and row.level2.stated and row.weight.stated for row in rows):
        return
    stated = view.evaluation.goals.assessment.execution_weight.value
    execution = scoring_rules.execution_weight if stated is None else stated
    if Fraction(execution) + sum(map(Fraction, wanted.values())) != Fraction(scoring_rules.full_score):
        return
    for level in dict.fromkeys(row.level1.known for row in rows):
        if sum(row.weight.known for row in rows if row.level1.known == level) != wanted.get(level, 0):
            yield f"level {level}"


def _dated_too_early(view: View) -> Iterator[str]:
    day = view.evaluation.overview.sign_off.report_date
    year = view.evaluation.overview.identity.year
    if day.stated and year.stated and day.known.year <= year.known:
        yield "early date"


# --- figures quoted in texts ----------------------------------------------------------------------


_FIGURE = r"(?:为|是|达到|达)?(\d+(?:\.\d+)?)(%?)(?![\d.]|\D{0,6}(?:以上|以下|以内|左右)|[余多])"
"""A figure right behind a name, no bound and no rough one."""


def _quoted(view: View) -> Iterator[str]:
    """A text states an indicator by its full name with a figure that is neither its actual nor its target (T1)."""
    texts = {
        key: str(answer.known)
        for key, answer in view.answers.items()
        if isinstance(answer.field.kind, LongText) and answer.stated
    }
    for index, row in enumerate(view.evaluation.goals.indicators):
        name, known = row.level3.value, {scoring.actual_of(row).number, scoring.target_of(row).number}
        if not name or None in known:
            continue
        for key, text in texts.items():
            for match in re.finditer(re.escape(name) + _FIGURE, text) if name in text else ():
                if read_measure(match[1], match[2] or row.measure_unit.raw).number not in known:
                    yield f"quoted {INDICATORS}.{index} {key}"


STANDARDS: tuple[Standard, ...] = (
    _unreadable,
    _missing,
    _relations,
    _indicators,
    _level_weights,
    _dated_too_early,
    _quoted,
)
"""Everything a form can be held against; open, like the kinds of errors."""
