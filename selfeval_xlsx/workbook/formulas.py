"""The vocabulary of the live checks' formulas: rounding, blanks, rows, areas of the form, and a choice of words.

Every function takes and gives pieces of a spreadsheet formula, without the leading equals sign. They
are kept to functions that Excel, WPS and LibreOffice calculate alike.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from selfeval_xlsx.amounts import MONEY_PLACES
from selfeval_xlsx.cells import column_letters
from selfeval_xlsx.form.declare import FormPlan, defined_name
from selfeval_xlsx.form.expressions import Calculation, Figure, Formula, Operation, Scale, figures_of
from selfeval_xlsx.form.kinds import LARGEST, NOTHING, Amount, Choice, Count, Kind, Rate, Score

Cell = Callable[[str], str]
"""The cell that holds the figure of a key."""

UNREADABLE_MARK = "？"
"""Stands for a value the program refuses, in the hidden columns."""
NOTHING_MARK = "无"
"""Stands for a cell that says that there is nothing, in the hidden columns."""

HALF = 5 / 10 ** (MONEY_PLACES + 1)
"""Half a unit of an amount's last place: a printed amount stands for v ± this."""

_NOTHINGS = "|" + "|".join(sorted(NOTHING)) + "|"


def half_up(figure: str, places: int) -> str:
    """``figure`` half up to ``places``: a tie that binary floats hold a trifle too low still goes up.

    The factor is wider than the error of a double (1.1E-16) and of one division, and far narrower
    than the distance of any other amount or rate from a tie.
    """
    return f"ROUND(({figure})*(1+2E-15),{places})"


def money(cell: str) -> str:
    """An amount as it is printed; 0 for a text."""
    return half_up(f"N({cell})", MONEY_PLACES)


def moneys(cells: str) -> str:
    """The amounts of an area as they are printed; 0 for a text."""
    return f'(--TEXT({cells},"0.00;-0.00;0;\\0"))'


def rates(cells: str) -> str:
    """The rates of an area as they are printed, as fractions; 0 for a text."""
    return f'(--TEXT({cells},"0.0000;-0.0000;0;\\0"))'


def quotient(part: str, whole: str) -> str:
    """A rate as it is printed: a fraction, so with the two decimals of a percentage."""
    return half_up(f"{part}/{whole}", 4)


def text(words: str) -> str:
    """A text literal."""
    return '"' + words.replace('"', '""') + '"'


def amount_text(figure: str) -> str:
    """An amount in words."""
    return f'TEXT({figure},"#,##0.00")'


def rate_text(figure: str) -> str:
    """A rate in words."""
    return f'TEXT({figure},"0.00%")'


def number_text(figure: str) -> str:
    """Points or a count in words, without needless zeros."""
    return f"ROUND({figure},9)"


def all_of(conditions: Iterable[str]) -> str:
    """Every condition holds."""
    return f"AND({','.join(conditions)})"


def choice(cases: Iterable[tuple[str, str]], otherwise: str) -> str:
    """The words of the first condition that holds."""
    listed = list(cases)
    opened = "".join(f"IF({condition},{words}," for condition, words in listed)
    return f"{opened}{otherwise}{')' * len(listed)}"


def is_nothing(cells: str) -> str:
    """Whether cells are empty, or say 无 in one of the ways people type it; works on areas, too."""
    cleaned = f'SUBSTITUTE(TRIM({cells}),"　","")'
    return f'ISNUMBER(FIND("|"&{cleaned}&"|",{text(_NOTHINGS)}))'


def is_explained(key: str) -> str:
    """Whether something stands in the cell of a reason."""
    return f"NOT({is_nothing(defined_name(key))})"


def is_empty(cells: str) -> str:
    """Whether cells hold nothing but spaces; works on areas, too."""
    return f'ISNUMBER(FIND("|"&SUBSTITUTE(TRIM({cells}),"　","")&"|","||"))'


def number_or_blank(cell: str) -> str:
    """The number in a cell; blank where there is none."""
    return f'IF(COUNT({cell})=1,{cell},"")'


def is_valid(cells: str, kind: Kind[Any]) -> str:
    """0 or 1 for each cell: whether it holds a number the program takes for one of ``kind``."""
    low, high = _limits(kind)
    return f"ISNUMBER({cells})*({cells}>={low})*({cells}<{high})"


def is_unreadable(cells: str, kind: Kind[Any]) -> str:
    """0 or 1 for each cell: whether something stands there that is no number of ``kind``."""
    return f"(1-{is_valid(cells, kind)}-{is_nothing(cells)})"


def _limits(kind: Kind[Any]) -> tuple[str, str]:
    """The smallest value of a kind, and the first that is too large."""
    check = kind.validation
    match kind:
        case Count():
            return f"{check.minimum}", f"{(check.maximum or 0) + 1}"
        case Rate():
            limit = kind.maximum / 100
        case Amount() | Score():
            limit = kind.maximum
        case _:
            limit = LARGEST
    low = -limit if getattr(kind, "minimum", 0) is None else 0
    return f"{low:f}", f"{limit:f}"


def typed(cell: str, kind: Kind[Any]) -> str:
    """What stands in a cell: its value, nothing, or one of the two marks."""
    blank = f'IF({is_nothing(cell)},IF(LEN({cell})=0,"","{NOTHING_MARK}"),"{UNREADABLE_MARK}")'
    match kind:
        case Choice(options=options):
            listed = ",".join(text(option) for option in options)
            bare = f'SUBSTITUTE({cell}," ","")'
            return f"IF(ISNUMBER(MATCH({bare},{{{listed}}},0)),{bare},{blank})"
        case Count():
            whole = f"IF(ISNUMBER({cell}),{cell}=INT({cell}),FALSE)"
            return f"IF({whole},{_ranged(cell, kind)},{blank})"
    return f"IF(ISNUMBER({cell}),{_ranged(cell, kind)},{blank})"


def _ranged(cell: str, kind: Kind[Any]) -> str:
    low, high = _limits(kind)
    return f'IF(AND({cell}>={low},{cell}<{high}),{cell},"{UNREADABLE_MARK}")'


# --- areas of the form -----------------------------------------------------------------------------


def column_area(plan: FormPlan, key: str) -> str:
    """A table's column from guard row to guard row, so that inserted rows lie inside."""
    page, block, slot = plan.columns[key]
    column = column_letters(slot.column)
    return f"'{page.name}'!${column}${block.header + 1}:${column}${block.guard}"


def table_area(plan: FormPlan, table: str) -> tuple[str, int]:
    """All columns of a table for input, from guard row to guard row, and how many they are."""
    page, block = plan.tables[table]
    first, last = block.columns[0], block.columns[-1]
    right = last.column + last.span - 1
    area = f"${column_letters(first.column)}${block.header + 1}:${column_letters(right)}${block.guard}"
    return f"'{page.name}'!{area}", right - first.column + 1


def rows_in_use(plan: FormPlan, table: str) -> str:
    """How many rows of a table hold anything, be it 无."""
    area, width = table_area(plan, table)
    return rows_with(f"1-{is_empty(area)}", width)


def rows_filled(plan: FormPlan, table: str) -> str:
    """How many rows of a table hold more than 无."""
    area, width = table_area(plan, table)
    return rows_with(f"1-{is_nothing(area)}", width)


def rows_with(test: str, width: int) -> str:
    """How many rows of an area have a cell for which ``test`` (0 or 1 for each cell) says 1."""
    ones = ";".join("1" * width)
    return f"SUMPRODUCT(--(MMULT({test},{{{ones}}})>0))"


# --- formulas that a district typed, rates ---------------------------------------------------------


def written(formula: Formula, figure: Callable[[Figure], str]) -> str:
    """``formula`` as a spreadsheet formula, its figures as ``figure`` writes them."""
    match formula:
        case Figure():
            return figure(formula)
        case Operation(sign=sign, left=left, right=right):
            joined = sign.translate(str.maketrans("−×÷", "-*/"))
            return f"({written(left, figure)}{joined}{written(right, figure)})"
    return f"{formula:f}"


def scaled(cell: str, scale: Scale) -> str:
    """A figure as formulas count with it: as it is printed."""
    return half_up(f"N({cell})", 4 if scale is Scale.RATE else 2)


def miss(calculation: Calculation, cell: Cell) -> str:
    """By how much a stated result may differ through rounding of all figures: how far each of them moves it."""

    def moved(figure: Figure, step: Decimal) -> str:
        return written(
            calculation.formula,
            lambda each: (
                scaled(cell(each.key), each.scale)
                if each != figure
                else f"({scaled(cell(each.key), each.scale)}{step:+f})"
            ),
        )

    strays = [
        f"ABS({moved(figure, figure.scale.value)}-{moved(figure, -figure.scale.value)})/2"
        for figure in dict.fromkeys(figures_of(calculation.formula))
        if figure.scale.value
    ]
    return "+".join([f"{calculation.scale.value:f}", *strays])


def within_rounding(rate: str, part: str, whole: str) -> str:
    """0 or 1: whether the figures that print like ``part`` and ``whole``, all ≥ 0, include a quotient of ``rate``.

    The ends of the intervals are compared as products, whose smallest difference is 2.5E-7.
    """
    half, step = HALF, 0.00005
    upper = f"{part}+{half}>=({rate}-{step})*({whole}-{half})-1E-7"
    lower = f"{part}-{half}<=({rate}+{step})*({whole}+{half})+1E-7"
    return f"(({upper})*({lower}))"


def is_blind(part: str, whole: str) -> str:
    """Whether that interval of quotients is wider than a printed rate's last place (part and whole ≥ 0).

    Its width is 2h(part + whole) ÷ (whole² − h²) with h = 0.005, the last place 0.01%.
    """
    return f"ROUND(100*({part}+{whole})-{whole}*{whole},4)>=0"
