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
from typing import Any, ClassVar, Self

from selfeval_xlsx import amounts
from selfeval_xlsx.amounts import Agreement, Comparison
from selfeval_xlsx.form.expressions import (
    Band,
    ExecutionWeight,
    Expression,
    FullScore,
    Quotient,
    Rows,
    Share,
    Terms,
    Values,
    printed,
    value_of,
)
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.form.values import is_filled, rows_of

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
    POINTS = "points"
    """What the rulebook allows for printed points."""


# --- the kinds ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Relation(ABC):
    """How some figures of the form hang together; ``code`` is that of the rule that asks it."""

    code: str
    title: str

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
    def figures(self) -> tuple[str, ...]:
        """The keys of all figures that stand in it, the result first."""

    @property
    def result(self) -> str:
        """The figure that the others determine, or that is held against them."""
        return self.figures[0]

    @property
    @abstractmethod
    def expected(self) -> Expression:
        """What the result should be."""

    @abstractmethod
    def compare(self, values: Values, rules: Rulebook) -> Comparison | None:
        """Hold its result against the others; None where what it needs is not stated."""

    @property
    def parts(self) -> Parts:
        """How the result follows the other figures where it moves in step with them; else empty."""
        return {}

    @property
    def is_count(self) -> bool:
        """Whether people, things or years are counted, which know no rounding."""
        return False

    @property
    def needed(self) -> int:
        """How many of the figures besides the result must be stated."""
        return len(self.figures) - 1

    @property
    def tolerance(self) -> Tolerance:
        """What may lie between the result and what is expected."""
        return Tolerance.NONE

    @property
    def over(self) -> str:
        """The table's column whose rows are among its figures, ``goals.indicators.weight``; else empty."""
        return ""

    @property
    def excuse(self) -> str:
        """The cell of the reason that answers it where it is broken; else empty."""
        return ""

    @property
    def ways(self) -> Ways:
        """What can be computed by it, and how."""
        return ((self.result, self.expected),) if self.computes else ()

    def solve(self, values: Values, rules: Rulebook) -> Iterator[tuple[str, Any]]:
        """What its stated figures determine: keys and values."""
        for key, expression in self.ways:
            value = value_of(expression, values, rules)
            if value is not None:
                yield key, value

    def under(self, rules: Rulebook) -> Self:
        """The relation as ``rules`` want it."""
        return self

    def bound(self, evaluation: SelfEvaluation) -> Self:
        """The relation with the rows that ``evaluation`` has."""
        return self


@dataclass(frozen=True)
class Sum(Relation):
    """``total`` = the sum of ``added`` less that of ``minus``."""

    total: str
    added: tuple[str, ...]
    minus: tuple[str, ...] = ()
    open_parts: bool = False
    """A blank part may mean nothing or not stated; where parts are blank, the sum is a lower bound."""
    remainder: str | None = None
    """The part that may be computed from the total and the other parts."""
    counted: bool = False
    """People or things are counted: there is no rounding difference."""

    computes = True
    is_total = True

    @property
    def expected(self) -> Expression:
        return Terms(self.parts)

    @property
    def needed(self) -> int:
        return 1 if self.open_parts else super().needed

    @property
    def parts(self) -> Parts:
        return dict.fromkeys(self.added, 1) | dict.fromkeys(self.minus, -1)

    @property
    def is_count(self) -> bool:
        return self.counted

    @property
    def tolerance(self) -> Tolerance:
        return Tolerance.NONE if self.counted else Tolerance.CENTS

    @property
    def figures(self) -> tuple[str, ...]:
        return (self.total, *self.added, *self.minus)

    def compare(self, values: Values, rules: Rulebook) -> Comparison | None:
        addends = [Decimal(values[key]) * sign for key, sign in self.parts.items() if key in values]
        known = addends if self.open_parts else len(addends) == len(self.parts)
        if self.total not in values or not known:
            return None
        total = Decimal(values[self.total])
        if self.counted:
            return _exactly(total, sum(addends, Decimal(0)))
        return amounts.compare_sum(total, addends, amounts.MONEY_PLACES)

    @property
    def ways(self) -> Ways:
        if self.remainder is None:
            return super().ways
        others = {self.total: 1} | {key: -sign for key, sign in self.parts.items() if key != self.remainder}
        return (*super().ways, (self.remainder, Terms(others)))


@dataclass(frozen=True)
class OverRows(Relation):
    """A relation over a table's ``column``; ``rows`` are the keys of its cells, once there are some."""

    column: str
    rows: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def over(self) -> str:
        return self.column

    def bound(self, evaluation: SelfEvaluation) -> Self:
        table, _, name = self.column.rpartition(".")
        rows = range(len(rows_of(evaluation, table)))
        return replace(self, rows=tuple(f"{table}.{index}.{name}" for index in rows))


@dataclass(frozen=True)
class ColumnSum(OverRows):
    """``total`` = the sum of a table's column."""

    total: str

    is_total = True

    @property
    def expected(self) -> Expression:
        return Terms({}, self.column, self.rows)

    @property
    def parts(self) -> Parts:
        return dict.fromkeys(self.rows, 1)

    @property
    def tolerance(self) -> Tolerance:
        return Tolerance.CENTS

    @property
    def figures(self) -> tuple[str, ...]:
        return (self.total, *self.rows)

    def compare(self, values: Values, rules: Rulebook) -> Comparison | None:
        if not self.rows or not _stated(values, *self.figures):
            return None
        return amounts.compare_sum(
            values[self.total], [values[key] for key in self.rows], amounts.MONEY_PLACES
        )


@dataclass(frozen=True)
class Ratio(Relation):
    """``rate`` = ``part`` / ``whole``, in percent; where ``whole`` is 0, no rate is right."""

    rate: str
    part: str
    whole: str
    counted: bool = False
    """People or things are counted: there is no rounding difference."""

    computes = True
    of_typed = True

    @property
    def expected(self) -> Expression:
        return Quotient(self.part, self.whole)

    @property
    def is_count(self) -> bool:
        return self.counted

    @property
    def tolerance(self) -> Tolerance:
        return Tolerance.NONE if self.counted else Tolerance.QUOTIENT

    @property
    def figures(self) -> tuple[str, ...]:
        return (self.rate, self.part, self.whole)

    def compare(self, values: Values, rules: Rulebook) -> Comparison | None:
        if not _stated(values, *self.figures):
            return None
        rate, part, whole = values[self.rate], printed(values[self.part]), printed(values[self.whole])
        if whole == 0:
            return Comparison(Agreement.BROKEN, rate, rate)
        comparison = amounts.compare_rate(rate, part, whole)
        return _exactly(comparison.stated, comparison.expected) if self.counted else comparison


@dataclass(frozen=True)
class AtMost(Relation):
    """``part`` does not exceed ``whole``, or ``reason`` says why."""

    part: str
    whole: str
    reason: str

    proves = False

    @property
    def expected(self) -> Expression:
        return Terms({self.whole: 1})

    @property
    def excuse(self) -> str:
        return self.reason

    @property
    def figures(self) -> tuple[str, ...]:
        return (self.part, self.whole)

    def compare(self, values: Values, rules: Rulebook) -> Comparison | None:
        if not _stated(values, *self.figures):
            return None
        part, whole = printed(values[self.part]), printed(values[self.whole])
        return Comparison(Agreement.EXACT if part <= whole else Agreement.BROKEN, part, whole)


@dataclass(frozen=True)
class Same(Relation):
    """One figure stated in two places is the same; ``reference`` is the place that counts."""

    stated: str
    reference: str
    counted: bool = False

    repeats = True

    @property
    def expected(self) -> Expression:
        return Terms(self.parts)

    @property
    def is_count(self) -> bool:
        return self.counted

    @property
    def parts(self) -> Parts:
        return {self.reference: 1}

    @property
    def figures(self) -> tuple[str, ...]:
        return (self.stated, self.reference)

    def compare(self, values: Values, rules: Rulebook) -> Comparison | None:
        if not _stated(values, *self.figures):
            return None
        return _exactly(printed(values[self.stated]), printed(values[self.reference]))


@dataclass(frozen=True)
class RowCount(Relation):
    """A stated count equals the number of a table's rows (those whose ``column`` is ``value``, if given)."""

    stated: str
    table: str
    column: str = ""
    value: str = ""
    count: int | None = field(default=None, kw_only=True)
    """How many rows there are; None where the list is empty, which states nothing."""

    of_typed = True

    @property
    def expected(self) -> Expression:
        return Rows(self.table, self.column, self.value, self.count)

    @property
    def is_count(self) -> bool:
        return True

    @property
    def figures(self) -> tuple[str, ...]:
        return (self.stated,)

    def bound(self, evaluation: SelfEvaluation) -> Self:
        listed = [row for row in rows_of(evaluation, self.table) if is_filled(row)]
        own = [row for row in listed if not self.column or getattr(row, self.column).value == self.value]
        return replace(self, count=len(own) if listed else None)

    def compare(self, values: Values, rules: Rulebook) -> Comparison | None:
        if self.stated not in values or self.count is None:
            return None
        return _exactly(values[self.stated], self.count)


@dataclass(frozen=True)
class Weights(OverRows):
    """``execution`` + the column of weights = the rulebook's full score."""

    execution: str

    @property
    def expected(self) -> Expression:
        return FullScore()

    @property
    def parts(self) -> Parts:
        return dict.fromkeys(self.rows, -1)

    @property
    def figures(self) -> tuple[str, ...]:
        return (self.execution, *self.rows)

    def compare(self, values: Values, rules: Rulebook) -> Comparison | None:
        if not self.rows or not _stated(values, *self.rows):
            return None
        stated = sum((values[key] for key in self.rows), values.get(self.execution, Decimal(0)))
        return _exactly(stated, rules.scoring.full_score)

    @property
    def ways(self) -> Ways:
        return ((self.execution, ExecutionWeight(self.column, self.rows)),)


@dataclass(frozen=True)
class ExecutionScore(Relation):
    """``score`` = ``weight`` × min(``part`` / ``whole``, 1); the rulebook may name ``original`` as the whole."""

    score: str
    weight: str
    part: str
    whole: str
    original: str

    computes = True
    of_typed = True

    @property
    def expected(self) -> Expression:
        return Share(self.weight, self.part, self.whole)

    @property
    def tolerance(self) -> Tolerance:
        return Tolerance.POINTS

    def under(self, rules: Rulebook) -> Self:
        return (
            replace(self, whole=self.original) if rules.scoring.execution_denominator == "original" else self
        )

    @property
    def figures(self) -> tuple[str, ...]:
        return (self.score, self.weight, self.part, self.whole)

    def compare(self, values: Values, rules: Rulebook) -> Comparison | None:
        if not _stated(values, *self.figures):
            return None
        score, weight, part = (values[key] for key in (self.score, self.weight, self.part))
        whole = printed(values[self.whole])
        if whole == 0:
            return Comparison(Agreement.BROKEN, score, score)
        return amounts.compare_share(score, weight, printed(part), whole, miss=rules.scoring.rounding)


@dataclass(frozen=True)
class TotalScore(OverRows):
    """``total`` = ``execution`` + the column of scores."""

    total: str
    execution: str

    computes = True
    of_typed = True
    is_total = True

    @property
    def expected(self) -> Expression:
        return Terms({self.execution: 1}, self.column, self.rows)

    @property
    def parts(self) -> Parts:
        return dict.fromkeys((self.execution, *self.rows), 1)

    @property
    def tolerance(self) -> Tolerance:
        return Tolerance.POINTS

    @property
    def figures(self) -> tuple[str, ...]:
        return (self.total, self.execution, *self.rows)

    def compare(self, values: Values, rules: Rulebook) -> Comparison | None:
        if not self.rows or not _stated(values, *self.figures):
            return None
        held = _exactly(values[self.total], sum(values[key] for key in self.parts))
        near = held.agreement is Agreement.BROKEN and abs(held.difference) <= rules.scoring.rounding
        return replace(held, agreement=Agreement.ROUNDING) if near else held


@dataclass(frozen=True)
class GradeOf(Relation):
    """``grade`` is the name of the rulebook's band in which ``total`` lies."""

    grade: str
    total: str

    computes = True
    of_typed = True

    @property
    def expected(self) -> Expression:
        return Band(self.total)

    @property
    def figures(self) -> tuple[str, ...]:
        return (self.grade, self.total)

    def compare(self, values: Values, rules: Rulebook) -> Comparison | None:
        if not _stated(values, *self.figures):
            return None
        return _exactly(values[self.grade], rules.grade_of(values[self.total]))


def _stated(values: Values, *keys: str) -> bool:
    return all(key in values for key in keys)


def _exactly(stated: Any, expected: Any) -> Comparison:
    """Two figures or words that are the same, or it is broken."""
    return Comparison(Agreement.EXACT if stated == expected else Agreement.BROKEN, stated, expected)
