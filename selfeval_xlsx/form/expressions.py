"""How figures of the form follow from others: expressions, and the reader that computes them.

The live sheet has the other reader, in :mod:`selfeval_xlsx.workbook.formulas`, which prints them as formulas.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from operator import add, mul, sub, truediv
from typing import Any, Protocol

from selfeval_xlsx import amounts

Values = Mapping[str, Any]
"""What is stated, typed or computed, by the key of its cell; what is not stated is missing."""


class Points(Protocol):
    """What relations ask of a rulebook's ``[scoring]``."""

    @property
    def full_score(self) -> Decimal:
        """What all weights add up to."""

    @property
    def execution_weight(self) -> Decimal:
        """The weight of the execution rate where the workbook states none."""

    @property
    def execution_denominator(self) -> str:
        """The budget that execution is measured by: ``adjusted`` or ``original``."""

    @property
    def rounding(self) -> Decimal:
        """By how much printed points may differ."""


class Rules(Protocol):
    """What relations ask of a rulebook, which holds relations itself and so stands above them."""

    @property
    def scoring(self) -> Points:
        """Weights and variants of the points."""

    def grade_of(self, total: Decimal, /) -> str:
        """The grade whose band ``total`` lies in."""


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


class Scale(Enum):
    """What a figure is a number of, and how far what it stands for may lie from it, for it is printed rounded."""

    AMOUNT = Decimal("0.005")
    """With two decimals."""
    RATE = Decimal("0.00005")
    """A rate in percent with two decimals; in a formula 99.20% is 0.992."""
    COUNT = Decimal(0)


@dataclass(frozen=True)
class Figure:
    """A figure of the form in a formula."""

    key: str
    scale: Scale = Scale.AMOUNT


@dataclass(frozen=True)
class Operation:
    """Two formulas joined by one of + − × ÷."""

    sign: str
    left: "Formula"
    right: "Formula"


Formula = Figure | Decimal | Operation


@dataclass(frozen=True)
class Calculation:
    """What ``formula`` gives for a figure of ``scale``, as that is printed."""

    formula: Formula
    scale: Scale = Scale.AMOUNT


Expression = Terms | Quotient | Share | ExecutionWeight | FullScore | Band | Rows | Calculation


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
        case Calculation(formula=formula):
            return tuple(dict.fromkeys(figure.key for figure in figures_of(formula)))
        case _:
            return ()


def figures_of(formula: Formula) -> tuple[Figure, ...]:
    """The figures that stand in ``formula``, from left to right."""
    match formula:
        case Figure():
            return (formula,)
        case Operation(left=left, right=right):
            return (*figures_of(left), *figures_of(right))
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


def value_of(expression: Expression, values: Values, rules: Rules) -> Any:  # noqa: PLR0911 - a case each
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
            return amounts.printed_rate(printed(values[part]), printed(values[whole]))
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
        case Calculation(formula=formula, scale=scale):
            result = calculated(formula, lambda figure: scaled(values[figure.key], figure.scale))
            return None if result is None else unscaled(result, scale)


def calculated(formula: Formula, figure: Callable[[Figure], Decimal]) -> Decimal | None:
    """What ``formula`` gives where its figures are as ``figure`` says; None where it divides by 0."""
    match formula:
        case Figure():
            return figure(formula)
        case Decimal():
            return formula
        case Operation(sign=sign):
            left, right = calculated(formula.left, figure), calculated(formula.right, figure)
            if left is None or right is None or (sign == "÷" and right == 0):
                return None
            result: Decimal = {"+": add, "−": sub, "×": mul, "÷": truediv}[sign](left, right)
            return result


def scaled(value: Decimal | int, scale: Scale) -> Decimal:
    """A stated figure as formulas count with it: as it is printed, a rate as a fraction."""
    return printed(value) / amounts.HUNDRED if scale is Scale.RATE else printed(value)


def unscaled(result: Decimal, scale: Scale) -> Decimal:
    """What a formula gives, as a figure of ``scale`` is printed."""
    return printed(result * amounts.HUNDRED if scale is Scale.RATE else result)


def miss(calculation: Calculation, values: Values) -> Decimal:
    """By how much a stated result may differ through rounding of all figures: how far each of them moves it."""
    formula, stray = calculation.formula, calculation.scale.value
    for moved in set(figures_of(formula)):
        ends = []
        for step in (moved.scale.value, -moved.scale.value):

            def shifted(figure: Figure, moved: Figure = moved, step: Decimal = step) -> Decimal:
                return scaled(values[figure.key], figure.scale) + (step if figure == moved else 0)

            ends.append(calculated(formula, shifted))
        if ends[0] is not None and ends[1] is not None:
            stray += abs(ends[0] - ends[1]) / 2
    return stray * amounts.HUNDRED if calculation.scale is Scale.RATE else stray


def printed(figure: Decimal | int) -> Decimal:
    """An amount, or a count, at the precision amounts are printed in."""
    return amounts.money(Decimal(figure))
