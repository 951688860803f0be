"""What a text says of one figure, and whether the text itself says that it is another than the form's."""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import takewhile
from typing import Any

from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.figures import MONEY, PERCENT, Figure
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.relations import PROJECTS
from selfeval_xlsx.prose.keystroke_errors import swapped
from selfeval_xlsx.prose.quantities import Reference, Register
from selfeval_xlsx.prose.words import STAFF, Role, Token, plain

RESTATED = re.compile(r"[（(，,、]*(?:即|合|折合|约合|也就是|折|相当于)?")
"""What stands between an amount and the same amount in another unit."""
_WITH_COLUMNS = ("budget.lines", "budget.official", "budget.sources", PROJECTS)
_TELLING_SLIP = 3
"""So many digits of a percentage, or of what another column holds, are a slip rather than another figure."""
_TELLING_DIGITS = 4
"""So many digits of a count are a slip rather than another; written twice with two units, they are one amount."""


@dataclass(frozen=True)
class Statement:
    """A figure of a text with all it may refer to; none where it is not about the form."""

    text: Answer[Any]
    sentence: str
    figure: Figure
    references: tuple[Reference, ...]
    likely: bool = False
    """If none of these bears it out, it is one of them miswritten, and not merely another figure."""

    @cached_property
    def reference(self) -> Reference | None:
        """What bears the figure out."""
        return next((reference for reference in self.references if reference.bears_out(self.figure)), None)

    @property
    def nearest(self) -> Reference:
        """Of all it may refer to, what it is a slip of, or misses by least."""
        value = self.figure.value or Decimal(0)
        return min(
            self.references,
            key=lambda reference: (not reference.has_slipped(self.figure), abs(reference.value - value)),
        )

    @property
    def _meant(self) -> Sequence[Reference]:
        """Those that bear it out, or all it may refer to where none does."""
        borne_out = [reference for reference in self.references if reference.bears_out(self.figure)]
        return borne_out or self.references

    @property
    def column(self) -> str:
        """The column of the budget it speaks of, where that is plain."""
        columns = {reference.column for reference in self._meant}
        return columns.pop() if len(columns) == 1 else ""

    @property
    def cells(self) -> frozenset[CellRef]:
        """The single cells that it may be about."""
        return frozenset(reference.answers[0].ref for reference in self._meant if len(reference.answers) == 1)

    @property
    def has_columns(self) -> bool:
        """Whether it speaks of a row of the budget, which has figures of the year before beside its own."""
        keys = (answer.field.key for reference in self.references for answer in reference.answers)
        return any(key.startswith(_WITH_COLUMNS) for key in keys)

    @property
    def contradicted(self) -> bool:
        """Whether it is about the form, and nothing there bears it out."""
        return bool(self.references) and self.reference is None


def is_miswritten(figure: Figure, references: Sequence[Reference], register: Register) -> bool:
    """Whether the figure, which none of ``references`` bears out, is one of them with a slip or what another column holds."""
    if any(reference.denied for reference in references):
        return True
    short = len(figure.digits) < {MONEY: 0, PERCENT: _TELLING_SLIP}.get(figure.unit, _TELLING_DIGITS)
    turned = swapped(figure.number, 0) if short and figure.number else ()
    if any(reference.value in turned if short else reference.has_slipped(figure) for reference in references):
        return True
    rows = {reference.answers[0].field.key.rpartition(".")[0] for reference in references}
    telling = len(figure.digits) >= _TELLING_SLIP
    return telling and any(entry.row in rows for entry in register.of_value(figure))


def of_something_else(told: Sequence[Statement]) -> list[Statement]:
    """The statements of a text that contradict the form only because the text speaks of something else there.

    What merely differs from a cell that the text states rightly elsewhere is of something else; a percentage of two amounts
    is held against them only where the text states both.
    """
    unlike = [statement for statement in told if statement.contradicted and not statement.likely]
    if not unlike:
        return []
    agreed = [statement.reference.answers for statement in told if statement.reference]
    stated = {answer.ref for answers in agreed for answer in answers}
    return [statement for statement in unlike if _is_other(statement.nearest, agreed, stated)]


def _is_other(nearest: Reference, agreed: Sequence[tuple[Answer[Any], ...]], stated: Set[CellRef]) -> bool:
    if len(nearest.answers) == 1:
        return nearest.answers in agreed
    return PERCENT in nearest.units and not all(answer.ref in stated for answer in nearest.answers)


def is_explained(
    statement: Statement,
    tokens: Sequence[Token],
    statements: Mapping[int, Statement],
    before: Sequence[Statement],
) -> bool:
    """Whether the text itself says that the figure is another than the form's.

    The figure contains what is the form's, or is a part of it (总支出581.45万元，其中本年支出480.71万元; 机关在职31人，
    所属中心在职115人); it is the amount before it in another unit; or two other amounts of the text make up the percentage.
    """
    figure = statement.figure
    earlier = [other.figure for other in statements.values() if other.figure.start < figure.start]
    if earlier and _is_restated(figure, earlier[-1], plain(statement.sentence)):
        return True
    parts = [] if _is_past_parts(figure, tokens) else _open_parts(figure, tokens)
    if _is_addend(statement, statements.values()):
        return True
    for start, other in statements.items():
        if other is statement or other.cells.isdisjoint(statement.cells):
            continue
        parted = any(min(start, figure.start) < part < max(start, figure.start) for part in parts)
        listed = other.contradicted and other.figure.value != figure.value
        if listed or (parted and other.reference and not _is_turned(figure, other.figure)):
            return True
    return figure.unit == PERCENT and _is_made_up(statement, [*before, *statements.values()])


def _open_parts(figure: Figure, tokens: Sequence[Token]) -> list[int]:
    """Where 其中 stands, but for those in brackets that are closed before the figure."""
    found: list[int] = []
    for token in tokens:
        if token.role is Role.PART:
            found.append(token.start)
        elif token.text in "）)" and token.start < figure.start:
            opened = max(
                (
                    opening.start
                    for opening in tokens
                    if opening.text in "（(" and opening.start < token.start
                ),
                default=-1,
            )
            found = [at for at in found if at < opened]
    return found


def _is_addend(statement: Statement, beside: Iterable[Statement]) -> bool:
    """行政编制25名，行政工勤编制4名, where the form has 29: with another figure of the sentence it makes up the cell."""
    figure = statement.figure
    staff = all(reference.answers[0].field.key.startswith(STAFF) for reference in statement.references)
    if not staff or figure.value is None or statement.likely:
        return False
    rests = {reference.value - figure.value for reference in statement.references}
    return any(
        other.figure.value in rests and other.figure.unit == figure.unit and other.figure.value
        for other in beside
        if other is not statement
    )


def _is_turned(whole: Figure, part: Figure) -> bool:
    """本年收入9764.50万元，其中财政拨款9746.50万元: the whole is the part with two digits exchanged, and no other amount."""
    if whole.unit != MONEY or whole.number is None or len(whole.digits) <= _TELLING_DIGITS:
        return False
    return whole.factor == part.factor and part.number in swapped(whole.number, 2)


def _is_past_parts(figure: Figure, tokens: Sequence[Token]) -> bool:
    """县级资金194.9万元，全年执行数194.9万元: the parts have been told, and the figure is of the whole year."""
    before = [token for token in tokens if token.start < figure.start]
    clause = takewhile(lambda token: token.role is not Role.BREAK, reversed(before))
    whole = any(token.role is Role.COLUMN and token.text.startswith("全年") for token in clause)
    told = list(takewhile(lambda token: token.role is not Role.PART, reversed(before)))
    return whole and any(token.role is Role.FIGURE for token in told)


def _is_restated(figure: Figure, before: Figure, sentence: str) -> bool:
    """3,201.25万元（即3,201,250元）: the one amount in two units, which are held against each other and not against the form."""
    beside = figure.unit == before.unit and RESTATED.fullmatch(sentence, before.end, figure.start) is not None
    same = figure.digits == before.digits and len(figure.digits) >= _TELLING_DIGITS
    return figure.factor != before.factor and (beside or same)


def _is_made_up(percentage: Statement, told: Sequence[Statement]) -> bool:
    """Whether an amount that stands in the text only grew or fell by the percentage, and the amount before it says by how much."""
    amounts = [earlier for earlier in told if earlier.figure.unit == MONEY and earlier.figure.value]
    before = [
        amount
        for amount in amounts
        if amount.sentence == percentage.sentence and amount.figure.start < percentage.figure.start
    ]
    if not before or not (change := before[-1].figure.value):
        return False
    wholes = [amount.figure.value or change for amount in amounts if not amount.references]
    return any(
        percentage.figure.agrees(change / base * 100)
        for whole in wholes
        for base in (whole - change, whole + change)
        if base > 0
    )
