"""What the live checks say about each relation, as formulas: the same as the rules of :mod:`checks` find.

============================  ================================================================
the sheet says                the program says
============================  ================================================================
✓                             nothing; or a note that the reason is given
尾差                          a note: a rounding difference
✗                             an error
请核对                        a warning
未填，由系统计算              the blank is computed
请填数字                      the content cannot be read, or was read in spite of a unit or of being text
得分有空，由系统核对          points are computed from targets and actuals, which no formula here reads
—                             not checked: something it needs is not stated
============================  ================================================================
"""

from collections.abc import Iterable
from dataclasses import dataclass

from selfeval_xlsx.amounts import MONEY_PLACES
from selfeval_xlsx.form.declare import defined_name
from selfeval_xlsx.form.places import FormPlan
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.workbook import formulas as f
from selfeval_xlsx.workbook.figures import Figures

HOLDS, ROUNDING, WRONG, DOUBTFUL = "✓", "尾差", "✗", "请核对"
NOT_STATED, COMPUTED, UNREADABLE = "—", "未填，由系统计算", "请填数字"
UNSEEN = "得分有空，由系统核对"
EXPLAINED = "✓ 已说明原因"

D, E, F = "«D»", "«E»", "«F»"
"""Stand in a verdict for the cells of its own line: stated, expected, difference."""

Cases = list[tuple[str, str]]


@dataclass(frozen=True)
class Line:
    """One line of the sheet 核对; :data:`D`, :data:`E` and :data:`F` in ``verdict`` are its own cells."""

    code: str
    title: str
    key: str
    """The field the line is about."""
    stated: str
    expected: str
    verdict: str
    style: str = "amount"

    def at(self, row: int) -> tuple[str, str, str, str]:
        """The four formulas of the line where it stands in ``row``: stated, expected, difference, verdict."""
        stated, expected = f"D{row}", f"E{row}"
        places = {"amount": MONEY_PLACES, "rate": 4}.get(self.style)
        given, right = (f.half_up(cell, places) if places else cell for cell in (stated, expected))
        difference = f'IF(COUNT({stated},{expected})=2,ROUND({given}-{right},9),"")'
        verdict = self.verdict.replace(D, stated).replace(E, expected).replace(F, f"F{row}")
        return self.stated, self.expected, difference, verdict


@dataclass(frozen=True)
class Scene:
    """What the formulas are made for and from."""

    plan: FormPlan
    rulebook: Rulebook
    figures: Figures

    def unreadable(self, *keys: str) -> tuple[str, str]:
        """The case that something that is no number stands in one of the cells."""
        joined = "&".join(self.figures.typed(key) for key in keys)
        return f'ISNUMBER(FIND("{f.UNREADABLE_MARK}",{joined}))', f.text(UNREADABLE)

    def computed(self, key: str, *conditions: str) -> tuple[str, str]:
        """The case that a cell is blank and the program fills it, and that ``conditions`` hold."""
        blank, found = self.figures.typed(key), self.figures.of(key)
        return f.all_of([f'{blank}=""', f'{found}<>""', *conditions]), f.text(COMPUTED)

    def unknown(self, *keys: str) -> tuple[str, str]:
        """The case that one of the figures is neither stated nor computed."""
        cells = ",".join(map(self.figures.of, keys))
        return f"COUNT({cells})<{len(keys)}", f.text(NOT_STATED)

    def untyped(self, key: str) -> tuple[str, str]:
        """The case that nothing is typed in a cell."""
        return f"COUNT({self.figures.typed(key)})=0", f.text(NOT_STATED)

    def shown(self, key: str) -> str:
        """The figure of a key for the sheet, typed or computed."""
        return _number_or_blank(self.figures.of(key))

    def shown_typed(self, key: str) -> str:
        """The typed figure of a key for the sheet."""
        return _number_or_blank(self.figures.typed(key))

    def explained(self, key: str) -> str:
        """Whether a reason stands in its cell."""
        return f"NOT({f.is_nothing(defined_name(key))})"


def _number_or_blank(cell: str) -> str:
    return f'IF(COUNT({cell})=1,{cell},"")'


def first_of(verdicts: Iterable[tuple[str, str]]) -> str:
    """Of (label, cell) the gravest verdict, its label in front; empty where nothing is found wrong."""
    listed = list(verdicts)
    cases = [
        (f'LEFT({cell},{len(start)})="{start}"', f'"{start} {label}："&TRIM(MID({cell},{len(start) + 1},99))')
        for start in (UNREADABLE, WRONG, DOUBTFUL, ROUNDING)
        for label, cell in listed
    ]
    return f.choice(cases, '""')
