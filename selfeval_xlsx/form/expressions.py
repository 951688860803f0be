"""How figures of the form follow from others: expressions, and the reader that computes them.

The live sheet has the other reader, in :mod:`selfeval_xlsx.workbook.figures`, which prints them as formulas.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from selfeval_xlsx import amounts
from selfeval_xlsx.form.rulebook import Rulebook

Values = Mapping[str, Any]
"""What is stated, typed or computed, by the key of its cell; what is not stated is missing."""


@dataclass(frozen=True)
class Terms:
    """Figures added up, each as often as its count says (−1: taken off), and the sum of a table's column."""

    counts: Mapping[str, int]
    column: str = ""
    rows: tuple[str, ...] = ()
    """The keys of the column's cells, once the table is filled."""


@dataclass(frozen=True)
class Quotient:
    """``part`` / ``whole`` in percent, both as they are printed, with two decimals."""

    part: str
    whole: str


@dataclass(frozen=True)
class Share:
    """``weight`` × min(``part`` / ``whole``, 1), the rate as it is printed, with two decimals."""

    weight: str
    part: str
    whole: str


@dataclass(frozen=True)
class ExecutionWeight:
    """The weight that the rulebook gives the execution rate, once all weights of ``column`` are stated.

    Where these make the full score alone, the execution rate has none: 0.
    """

    column: str
    rows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Band:
    """The name of the rulebook's band in which ``total`` lies."""

    total: str


@dataclass(frozen=True)
class FullScore:
    """The rulebook's full score."""


@dataclass(frozen=True)
class Rows:
    """How many rows of ``table`` are filled (those whose ``column`` is ``value``, if given)."""

    table: str
    column: str
    value: str
    count: int | None = None
    """Known once the table is filled; None where no row is, which states nothing."""


Expression = Terms | Quotient | Share | ExecutionWeight | FullScore | Band | Rows


def inputs_of(expression: Expression) -> tuple[str, ...]:
    """The single figures it needs."""
    match expression:
        case Terms(counts=counts):
            return tuple(counts)
        case Quotient(part=part, whole=whole):
            return (part, whole)
        case Share(weight=weight, part=part, whole=whole):
            return (weight, part, whole)
        case Band(total=total):
            return (total,)
        case _:
            return ()


def column_of(expression: Expression) -> tuple[str, tuple[str, ...]]:
    """The table's column it needs complete, and the keys of its cells; empty where it needs none."""
    match expression:
        case Terms(column=column, rows=rows) | ExecutionWeight(column=column, rows=rows):
            return column, rows
    return "", ()


def divisor_of(expression: Expression) -> str:
    """The figure that must not be 0; empty where it divides by none."""
    return expression.whole if isinstance(expression, Quotient | Share) else ""


def value_of(expression: Expression, values: Values, rules: Rulebook) -> Any:  # noqa: PLR0911 - a case each
    """What it gives; None where something it needs is missing, or it would divide by 0."""
    column, rows = column_of(expression)
    if (column and not rows) or any(key not in values for key in (*inputs_of(expression), *rows)):
        return None
    match expression:
        case Terms(counts=counts):
            return sum(values[key] * count for key, count in counts.items()) + sum(
                values[key] for key in rows
            )
        case Quotient(part=part, whole=whole):
            rate = amounts.percentage(printed(values[part]), printed(values[whole]))
            return None if rate is None else amounts.rounded(rate, amounts.RATE_PLACES)
        case Share(weight=weight, part=part, whole=whole):
            return amounts.share(values[weight], printed(values[part]), printed(values[whole]))
        case ExecutionWeight():
            alone = sum(values[key] for key in rows) == rules.scoring.full_score
            return Decimal(0) if alone else rules.scoring.execution_weight
        case FullScore():
            return rules.scoring.full_score
        case Band(total=total):
            return rules.grade_of(values[total])
        case Rows(count=count):
            return count


def printed(figure: Decimal | int) -> Decimal:
    """An amount, or a count, at the precision amounts are printed in."""
    return amounts.money(Decimal(figure))
