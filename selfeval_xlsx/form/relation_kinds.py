"""The kinds of relations (勾稽关系) between figures of a form, and what each of them means.

A relation states its figures, compares them, and says what follows from them. The checks, the completion,
the likely causes and the live sheet 核对 ask it, whatever its kind: a new kind is one class here.
"""

# ruff: noqa: ARG002, D102 - all kinds are asked alike; what each question means stands in Relation

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import Any, ClassVar, Self

from selfeval_xlsx import amounts
from selfeval_xlsx.amounts import Agreement, Comparison
from selfeval_xlsx.form import expressions as x
from selfeval_xlsx.form.expressions import Expression, Rules, Values, printed, value_of
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.values import is_begun, is_filled, rows_of

Parts = Mapping[str, int]
"""Figures by key with the number of times they count, negative where they are taken off."""

Ways = tuple[tuple[str, Expression], ...]
"""What the figures of a relation determine: keys, each with how it is computed."""


class Tolerance(Enum):
    """What may lie between a stated figure and the expected one."""

    NONE = "none"
    CENTS = "cents"
    """Half a unit of the last place of every figure in a sum: 尾差."""
    QUOTIENT = "quotient"
    """What the rounding of the two amounts of a rate explains."""
    FORMULA = "formula"
    """What the rounding of the figures in a formula explains."""
    POINTS = "points"
    """What the rulebook allows for printed points."""


@dataclass(frozen=True)
class Relation(ABC):
    """How some figures of the form hang together; ``code`` is that of the rule that asks it."""

    code: str
    title: str
    result: str
    """The figure that the others determine, or that is held against them."""
    counted: bool = field(default=False, kw_only=True)
    """People, things or years are counted: there is no rounding difference."""
    given: "Relation | None" = field(default=None, kw_only=True)
    """Where this one is broken, nothing is computed: points add up to no total where their weights make no full score."""
    excuse: str = field(default="", kw_only=True, repr=False)
    """The cell of the reason that answers it where it is broken; else empty."""

    leeway: ClassVar[Tolerance] = Tolerance.NONE
    computes: ClassVar[bool] = False
    """Whether a blank result is computed."""
    proves: ClassVar[bool] = True
    """Whether it vouches for its figures where it holds; a mere limit does not."""
    of_typed: ClassVar[bool] = False
    """Whether only a typed result is judged, as a computed one follows from this relation alone."""
    is_total: ClassVar[bool] = False
    """Whether the result is a sum that clerks add up."""
    repeats: ClassVar[bool] = False
    """Whether the result is another figure once more."""

    @property
    @abstractmethod
    def expected(self) -> Expression:
        """What the result should be."""

    @abstractmethod
    def held(self, values: Values, rules: Rules) -> Comparison:
        """The result held against its other figures, of which enough are stated."""

    @property
    def sign(self) -> str:
        """How the result stands to what is expected: = ≤ ≥."""
        return "="

    @cached_property
    def figures(self) -> tuple[str, ...]:
        """The keys of all figures that stand in it, the result first."""
        return (self.result, *x.inputs_of(self.expected), *x.column_of(self.expected)[1])

    @cached_property
    def parts(self) -> Parts:
        """How the result follows the other figures where it moves in step with them; else empty."""
        match self.expected:
            case x.Terms(counts=counts, rows=rows):
                return {**counts, **dict.fromkeys(rows, 1)} if self.proves else {}
        return {}

    @property
    def needed(self) -> int:
        """How many of the figures besides the result must be stated."""
        return len(self.figures) - 1

    @property
    def tolerance(self) -> Tolerance:
        """What may lie between the result and what is expected."""
        return Tolerance.NONE if self.counted else self.leeway

    @property
    def over(self) -> str:
        """The table's column whose rows are among its figures, ``goals.indicators.weight``; else empty."""
        return ""

    @cached_property
    def ways(self) -> Ways:
        """What can be computed by it, and how."""
        return ((self.result, self.expected),) if self.computes else ()

    def compare(self, values: Values, rules: Rules) -> Comparison | None:
        """Hold its result against the others; None where what it needs is not stated."""
        return self.held(values, rules) if self.is_stated(values) else None

    def is_stated(self, values: Values) -> bool:
        """Whether its result is stated, and enough of the others."""
        result, *others = self.figures
        return result in values and sum(key in values for key in others) >= self.needed

    def solve(self, values: Values, rules: Rules) -> Iterator[tuple[str, Any]]:
        """What its stated figures determine: keys and values."""
        if self.given is not None and not self.given.vouches(values, rules):
            return
        for key, expression in self.ways:
            value = value_of(expression, values, rules)
            if value is not None:
                yield key, value

    def vouches(self, values: Values, rules: Rules) -> bool:
        """Whether figures may be computed that rest on it."""
        held = self.compare(values, rules)
        return held is None or held.agreement is not Agreement.BROKEN

    def under(self, rules: Rules) -> Self:
        """The relation as ``rules`` want it."""
        return self

    def bound(self, evaluation: SelfEvaluation) -> Self:
        """The relation with the rows that ``evaluation`` has."""
        return replace(self, given=self.given.bound(evaluation)) if self.given else self


# --- sums -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sum(Relation):
    """``result`` = the sum of ``added`` less that of ``minus``."""

    added: tuple[str, ...]
    minus: tuple[str, ...] = ()
    open_parts: bool = False
    """A blank part may mean nothing or not stated; where parts are blank, the sum is a lower bound."""
    remainder: str | None = None
    """The part that may be computed from the result and the other parts."""

    leeway = Tolerance.CENTS
    computes = True
    is_total = True

    @property
    def expected(self) -> Expression:
        return x.Terms(dict.fromkeys(self.added, 1) | dict.fromkeys(self.minus, -1))

    @property
    def needed(self) -> int:
        return 1 if self.open_parts else super().needed

    def bound(self, evaluation: SelfEvaluation) -> Self:
        later = evaluation.source.later.intersection(self.added)
        return replace(self, added=tuple(key for key in self.added if key not in later)) if later else self

    def held(self, values: Values, rules: Rules) -> Comparison:
        addends = [Decimal(values[key]) * count for key, count in self.parts.items() if key in values]
        total = Decimal(values[self.result])
        if self.counted:
            return _exactly(total, sum(addends, Decimal(0)))
        return amounts.compare_sum(total, addends, amounts.MONEY_PLACES)

    @cached_property
    def ways(self) -> Ways:
        if self.remainder is None:
            return super().ways
        others = {self.result: 1} | {k: -count for k, count in self.parts.items() if k != self.remainder}
        return (*super().ways, (self.remainder, x.Terms(others)))


@dataclass(frozen=True)
class OverRows(Relation):
    """A relation over a table's ``column``; ``rows`` are the keys of its cells, once there are some."""

    column: str
    rows: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def over(self) -> str:
        return self.column

    def is_stated(self, values: Values) -> bool:
        return bool(self.rows) and super().is_stated(values)

    def bound(self, evaluation: SelfEvaluation) -> Self:
        table, _, name = self.column.rpartition(".")
        rows = [index for index, row in enumerate(rows_of(evaluation, table)) if is_begun(row)]
        return replace(super().bound(evaluation), rows=tuple(f"{table}.{index}.{name}" for index in rows))


@dataclass(frozen=True)
class ColumnSum(OverRows):
    """``result`` = the sum of a table's column."""

    leeway = Tolerance.CENTS
    is_total = True

    @property
    def expected(self) -> Expression:
        return x.Terms({}, self.column, self.rows)

    def held(self, values: Values, rules: Rules) -> Comparison:
        rows = [values[key] for key in self.rows]
        return amounts.compare_sum(values[self.result], rows, amounts.MONEY_PLACES)


@dataclass(frozen=True)
class TotalScore(OverRows):
    """``result`` = ``execution`` + the column of scores."""

    execution: str

    leeway = Tolerance.POINTS
    computes = True
    of_typed = True
    is_total = True

    @property
    def expected(self) -> Expression:
        return x.Terms({self.execution: 1}, self.column, self.rows)

    def held(self, values: Values, rules: Rules) -> Comparison:
        total = sum(values[key] for key in self.parts)
        return _nearly(values[self.result], total, rules.scoring.rounding)


@dataclass(frozen=True)
class Weights(OverRows):
    """``result``, the weight of execution, + the column of weights = the rulebook's full score."""

    @property
    def expected(self) -> Expression:
        return x.FullScore()

    @cached_property
    def figures(self) -> tuple[str, ...]:
        return (self.result, *self.rows)

    @cached_property
    def parts(self) -> Parts:
        return dict.fromkeys(self.rows, -1)

    def is_stated(self, values: Values) -> bool:
        return bool(self.rows) and all(key in values for key in self.rows)

    def vouches(self, values: Values, rules: Rules) -> bool:
        held = self.compare(values, rules)
        return not any(key in values for key in self.rows) if held is None else super().vouches(values, rules)

    def held(self, values: Values, rules: Rules) -> Comparison:
        stated = sum((values[key] for key in self.rows), values.get(self.result, Decimal(0)))
        return _exactly(stated, rules.scoring.full_score)

    @cached_property
    def ways(self) -> Ways:
        return ((self.result, x.ExecutionWeight(self.column, self.rows)),)


# --- quotients ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ratio(Relation):
    """``result`` = ``part`` / ``whole``, in percent; where ``whole`` is 0, no rate is right."""

    part: str
    whole: str

    leeway = Tolerance.QUOTIENT
    computes = True
    of_typed = True

    @property
    def expected(self) -> Expression:
        return x.Quotient(self.part, self.whole)

    def held(self, values: Values, rules: Rules) -> Comparison:
        rate, part, whole = values[self.result], printed(values[self.part]), printed(values[self.whole])
        if whole == 0:
            return Comparison(Agreement.BROKEN, rate, rate)
        held = amounts.compare_rate(rate, part, whole)
        return _exactly(held.stated, held.expected) if self.counted else held


@dataclass(frozen=True)
class ExecutionScore(Relation):
    """``result`` = ``weight`` × min(``part`` / ``whole``, 1); the rulebook may name ``original`` as the whole."""

    weight: str
    part: str
    whole: str
    original: str

    leeway = Tolerance.POINTS
    computes = True
    of_typed = True

    @property
    def expected(self) -> Expression:
        return x.Share(self.weight, self.part, self.whole)

    def under(self, rules: Rules) -> Self:
        return (
            replace(self, whole=self.original) if rules.scoring.execution_denominator == "original" else self
        )

    def held(self, values: Values, rules: Rules) -> Comparison:
        score, weight = values[self.result], values[self.weight]
        part, whole = printed(values[self.part]), printed(values[self.whole])
        if whole == 0:
            return Comparison(Agreement.BROKEN, score, score)
        return amounts.compare_share(score, weight, part, whole, miss=rules.scoring.rounding)


# --- limits, repeated figures, counts, grades -----------------------------------------------------


@dataclass(frozen=True)
class AtMost(Relation):
    """``result`` does not exceed ``whole``, or the reason in ``excuse`` says why."""

    whole: str

    proves = False

    @property
    def expected(self) -> Expression:
        return x.Terms({self.whole: 1})

    @property
    def sign(self) -> str:
        return "≤"

    def held(self, values: Values, rules: Rules) -> Comparison:
        part, whole = printed(values[self.result]), printed(values[self.whole])
        return Comparison(Agreement.EXACT if part <= whole else Agreement.BROKEN, part, whole)


@dataclass(frozen=True)
class Calculated(Relation):
    """``result`` = what a formula gives that a district typed, as far as no sum and no ratio says the same."""

    formula: x.Calculation

    leeway = Tolerance.FORMULA
    computes = True

    @property
    def expected(self) -> Expression:
        return self.formula

    def compare(self, values: Values, rules: Rules) -> Comparison | None:
        if not self.is_stated(values) or value_of(self.formula, values, rules) is None:
            return None  # it would divide by 0
        return self.held(values, rules)

    def held(self, values: Values, rules: Rules) -> Comparison:
        expected = value_of(self.formula, values, rules)
        return _nearly(printed(values[self.result]), expected, x.miss(self.formula, values))


@dataclass(frozen=True)
class Limit(Calculated):
    """``result`` is not greater (``side`` ≤), or not less (≥), than what a formula gives that a district typed."""

    side: str

    leeway = Tolerance.NONE
    computes = False
    proves = False

    @property
    def sign(self) -> str:
        return self.side

    def held(self, values: Values, rules: Rules) -> Comparison:
        stated, bound = printed(values[self.result]), value_of(self.formula, values, rules)
        kept = stated <= bound if self.side == "≤" else stated >= bound
        return Comparison(Agreement.EXACT if kept else Agreement.BROKEN, stated, bound)


@dataclass(frozen=True)
class Same(Relation):
    """``result`` is stated in another place, too; ``reference`` is the place that counts."""

    reference: str

    repeats = True

    @property
    def expected(self) -> Expression:
        return x.Terms({self.reference: 1})

    def held(self, values: Values, rules: Rules) -> Comparison:
        return _exactly(printed(values[self.result]), printed(values[self.reference]))


@dataclass(frozen=True)
class RowCount(Relation):
    """``result`` is the number of a table's rows (those whose ``column`` is ``value``, if given)."""

    table: str
    column: str = ""
    value: str = ""
    count: int | None = field(default=None, kw_only=True)
    """How many rows there are; None where the list is empty, which states nothing."""
    counted: bool = field(default=True, kw_only=True)

    of_typed = True

    @property
    def expected(self) -> Expression:
        return x.Rows(self.table, self.column, self.value, self.count)

    def is_stated(self, values: Values) -> bool:
        return self.count is not None and super().is_stated(values)

    def held(self, values: Values, rules: Rules) -> Comparison:
        return _exactly(values[self.result], self.count)

    def bound(self, evaluation: SelfEvaluation) -> Self:
        listed = [row for row in rows_of(evaluation, self.table) if is_filled(row)]
        own = [row for row in listed if not self.column or getattr(row, self.column).value == self.value]
        return replace(self, count=len(own) if listed else None)


@dataclass(frozen=True)
class GradeOf(Relation):
    """``result`` is the name of the rulebook's band in which ``total`` lies."""

    total: str

    computes = True
    of_typed = True

    @property
    def expected(self) -> Expression:
        return x.Band(self.total)

    def held(self, values: Values, rules: Rules) -> Comparison:
        return _exactly(values[self.result], rules.grade_of(values[self.total]))


def _exactly(stated: Any, expected: Any) -> Comparison:
    """Two figures or words that are the same, or it is broken."""
    return Comparison(Agreement.EXACT if stated == expected else Agreement.BROKEN, stated, expected)


def _nearly(stated: Decimal, expected: Decimal, leeway: Decimal) -> Comparison:
    """Two figures that are the same, or differ by no more than rounding explains, or it is broken."""
    held = _exactly(stated, expected)
    near = held.agreement is Agreement.BROKEN and abs(held.difference) <= leeway
    return replace(held, agreement=Agreement.ROUNDING) if near else held
