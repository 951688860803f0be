"""The vocabulary of the live checks' formulas: rounding, blanks, rows, areas of the form, and a choice of words.

Every function takes and gives pieces of a spreadsheet formula, without the leading equals sign. They
are kept to functions that Excel, WPS and LibreOffice calculate alike.

At the end the figures that the checks compare: what was typed, or what follows from the other cells.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import chain
from typing import Any

from selfeval_xlsx.amounts import MONEY_PLACES
from selfeval_xlsx.cells import column_letters, coordinate
from selfeval_xlsx.form import expressions as x
from selfeval_xlsx.form.declare import FormPlan, defined_name
from selfeval_xlsx.form.form import PLAN
from selfeval_xlsx.form.kinds import LARGEST, NOTHING, Amount, Choice, Count, Kind, Rate, Score
from selfeval_xlsx.form.relation_kinds import Relation
from selfeval_xlsx.form.relations import PROJECTS, between_cells, of_project
from selfeval_xlsx.form.rulebook import Rulebook

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


def written(formula: x.Formula, figure: Callable[[x.Figure], str]) -> str:
    """``formula`` as a spreadsheet formula, its figures as ``figure`` writes them."""
    match formula:
        case x.Figure():
            return figure(formula)
        case x.Operation(sign=sign, left=left, right=right):
            joined = sign.translate(str.maketrans("−×÷", "-*/"))
            return f"({written(left, figure)}{joined}{written(right, figure)})"
    return f"{formula:f}"


def scaled(cell: str, scale: x.Scale) -> str:
    """A figure as formulas count with it: as it is printed."""
    return half_up(f"N({cell})", 4 if scale is x.Scale.RATE else 2)


def miss(calculation: x.Calculation, cell: Cell) -> str:
    """By how much a stated result may differ through rounding of all figures: how far each of them moves it."""

    def printed(figure: x.Figure) -> str:
        return scaled(cell(figure.key), figure.scale)

    def moved(figure: x.Figure, step: Decimal) -> str:
        off = f"({printed(figure)}{step:+f})"
        return written(calculation.formula, lambda other: off if other == figure else printed(other))

    strays = [
        f"ABS({moved(figure, figure.scale.value)}-{moved(figure, -figure.scale.value)})/2"
        for figure in dict.fromkeys(x.figures_of(calculation.formula))
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


# --- figures ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ColumnFacts:
    """Cells with what the live checks must know of one column of figures."""

    rows: str
    """How many rows of the list hold anything."""
    known: str
    """How many of them have a number in the column, typed or following from their row."""
    unreadable: str
    """How many cells of the column hold something that is no such number."""
    total: str
    """The sum of the numbers."""


class Figures:
    """Where each figure stands, and the formulas that make it.

    They stand in hidden columns of the sheet 核对, one row a figure. The first column holds what was typed;
    the following ones repeat, step by step, what :mod:`selfeval_xlsx.form.completion` computes from the relations:
    in each step a figure that is still open takes what the last step's figures give, the last relation
    that gives something deciding. So a blank total is checked with the value the report will print.
    """

    def __init__(self, plan: FormPlan, rulebook: Rulebook, first_row: int, first_column: int) -> None:
        self.plan = plan
        self.rulebook = rulebook
        self._top = first_row
        self._left = first_column
        self.relations = tuple(relation.under(rulebook) for relation in between_cells(rulebook))
        keys = dict.fromkeys(chain.from_iterable(relation.figures for relation in self.relations))
        self._rows = {key: first_row + index for index, key in enumerate(keys)}
        columns = dict.fromkeys(relation.over for relation in self.relations if relation.over)
        self._columns = {key: first_row + len(keys) + index for index, key in enumerate(columns)}

    # --- where figures stand

    @property
    def keys(self) -> Collection[str]:
        """The figures that stand here, by key."""
        return self._rows.keys()

    def typed(self, key: str) -> str:
        """The cell with what was typed."""
        return self._cell(self._rows[key], 1)

    def of(self, key: str) -> str:
        """The cell with what was typed or computed."""
        return self._at(key, max(self._steps.get(key, ()), default=0))

    def column(self, key: str) -> ColumnFacts:
        """The cells with the facts of a column."""
        return ColumnFacts(*(self._cell(self._columns[key], offset) for offset in (1, 2, 3, 4)))

    def _cell(self, row: int, offset: int) -> str:
        return f"${column_letters(self._left + offset)}${row}"

    def _at(self, key: str, step: int) -> str:
        """The cell of the last step up to ``step`` in which the figure could change."""
        latest = max((other for other in self._steps.get(key, ()) if other <= step), default=0)
        return self._cell(self._rows[key], 1 + latest)

    # --- what can be computed, and when

    @cached_property
    def _ways(self) -> Mapping[str, list[tuple[x.Expression, Relation | None]]]:
        """The ways to compute each figure, in the order of the relations, with what must not be broken."""
        ways: dict[str, list[tuple[x.Expression, Relation | None]]] = {}
        for relation in self.relations:
            for key, way in relation.ways:
                ways.setdefault(key, []).append((way, relation.given))
        return ways

    @cached_property
    def _steps(self) -> Mapping[str, frozenset[int]]:
        """In which steps each figure may be found, whatever was typed."""
        return {key: self._possible(key, frozenset()) for key in self._ways}

    def _possible(self, key: str, above: frozenset[str]) -> frozenset[int]:
        """Nothing is computed from itself: ``above`` are the figures waiting for this one."""
        steps = set()
        for way, given in self._ways.get(key, ()):
            inputs = (*x.inputs_of(way), *([given.result] if given else []))
            if not above & set(inputs):
                inner = (self._possible(part, above | {key}) for part in inputs)
                steps |= {1 + step for step in {0, *chain.from_iterable(inner)}}
        return frozenset(steps)

    # --- expressions as formulas

    def condition(self, way: x.Expression, cell: Cell) -> str:
        """Whether all that ``way`` needs is there; ``cell`` says where each figure stands."""
        inputs, (column, _), divisor = x.inputs_of(way), x.column_of(way), x.divisor_of(way)
        return all_of(
            [
                *([f"COUNT({','.join(map(cell, inputs))})={len(inputs)}"] if inputs else []),
                *([self._is_complete(column)] if column else []),
                *([f"{money(cell(divisor))}<>0"] if divisor else []),
                *([f"ISNUMBER({self.value(way, cell)})"] if isinstance(way, x.Calculation) else []),
            ]
        )

    def value(self, way: x.Expression, cell: Cell) -> str:  # noqa: PLR0911 - a case each
        """What ``way`` gives."""
        scoring = self.rulebook.scoring
        match way:
            case x.Terms(counts=counts, column=column):
                column_total = [f"+{self.column(column).total}"] if column else []
                joined = "".join([*(f"{'+-'[n < 0]}{cell(key)}" for key, n in counts.items()), *column_total])
                return f"ROUND({joined.lstrip('+')},9)"
            case x.Quotient(part=part, whole=whole):
                return quotient(money(cell(part)), money(cell(whole)))
            case x.Share(weight=weight, part=part, whole=whole):
                rate = quotient(money(cell(part)), money(cell(whole)))
                return half_up(f"{cell(weight)}*MIN({rate},1)", 2)
            case x.ExecutionWeight(column=column):
                alone = f"{self.column(column).total}={scoring.full_score:f}"
                return f"IF({alone},0,{scoring.execution_weight:f})"
            case x.FullScore():
                return f"{scoring.full_score:f}"
            case x.Band(total=total):
                *upper, (lowest, _) = self.rulebook.grades.items()
                bands = ((f"ROUND({cell(total)}-{bound:f},9)>=0", text(name)) for name, bound in upper)
                return choice(bands, text(lowest))
            case x.Rows(table=table, column=column, value=value):
                if not column:
                    return rows_filled(self.plan, table)
                area = column_area(self.plan, f"{table}.{column}")
                named = f'FIND({text(f"|{value}|")},"|"&SUBSTITUTE({area}," ","")&"|")'
                return f"SUMPRODUCT(--ISNUMBER({named}))"
            case x.Calculation(formula=formula, scale=scale):
                result = written(formula, lambda figure: scaled(cell(figure.key), figure.scale))
                return half_up(result, 4 if scale is x.Scale.RATE else 2)

    def _is_complete(self, column: str) -> str:
        """Whether a column has rows, and all of them a number."""
        facts = self.column(column)
        return all_of([f"{facts.rows}>0", f"{facts.known}={facts.rows}"])

    # --- painting

    def paint(self, sheet: Any, style: Any) -> None:
        """Write the formulas and hide their columns."""
        width = 2 + max(3, *(max(steps) for steps in self._steps.values()))
        for offset, head in enumerate(("代算", "填报", *(f"第{n}步" for n in range(1, width - 1)))):
            sheet.write_string(self._top - 2, self._left - 1 + offset, head, style)
        for key, row in self._rows.items():
            page, slot = self.plan.slots[key]
            sheet.write_string(row - 1, self._left - 1, f"「{page.name}」{slot.field.label}", style)
            kind = self.rulebook.kind_of(slot.field.kind)
            sheet.write_formula(row - 1, self._left, f"={typed(slot.field.name, kind)}", style, "")
            for step in sorted(self._steps.get(key, ())):
                sheet.write_formula(row - 1, self._left + step, f"={self._step(key, step)}", style, "")
        for key, row in self._columns.items():
            page, _, slot = self.plan.columns[key]
            label = f"「{page.name}」{slot.field.label}（行数、有数的、不能识别的、合计）"
            sheet.write_string(row - 1, self._left - 1, label, style)
            for offset, formula in enumerate(self._facts(key)):
                # Entered as an array formula: Excel looks at a whole column in IF() only there.
                place = coordinate(row, self._left + 1 + offset)
                sheet.write_array_formula(f"{place}:{place}", f"{{={formula}}}", style, "")
        hidden = f"{column_letters(self._left)}:{column_letters(self._left + width - 1)}"
        sheet.set_column(hidden, 12, None, {"hidden": True})

    def _step(self, key: str, step: int) -> str:
        def cell(other: str) -> str:
            return self._at(other, step - 1)

        cases = (
            (all_of([self.condition(way, cell), *self._vouched(given, cell)]), self.value(way, cell))
            for way, given in reversed(self._ways[key])
        )
        computed = choice(cases, text(""))
        return f'IF({cell(key)}<>"",{cell(key)},{computed})'

    def _vouched(self, given: Relation | None, cell: Cell) -> Iterator[str]:
        """That the weights on which a figure rests are the full score, or none is stated."""
        if given is not None:
            facts, full = self.column(given.over), self.rulebook.scoring.full_score
            whole = f"ROUND(N({cell(given.result)})+{facts.total}-{full:f},9)=0"
            yield f"OR({facts.known}=0,AND({facts.known}={facts.rows},{whole}))"

    def _facts(self, key: str) -> tuple[str, str, str, str]:
        """Formulas of the facts of a column, in the order of :class:`ColumnFacts`."""
        area, kind = column_area(self.plan, key), PLAN.columns[key][2].field.kind
        valid = is_valid(area, kind)
        numbers = f"IF(ISNUMBER({area}),{half_up(area, 2) if key.startswith(PROJECTS) else area},0)"
        known, total = f"SUM({valid})", f"SUM({numbers})"
        if parts := _row_parts(key):
            areas = [column_area(self.plan, part) for part in parts]
            follows = f"(LEN({area})=0)*" + "*".join(f"ISNUMBER({part})" for part in areas)
            known += f"+SUM({follows})"
            total += f"+SUM(IF({follows},{half_up('+'.join(areas), 2)},0))"
        return (
            rows_in_use(self.plan, key.rpartition(".")[0]),
            f"IFERROR({known},0)",
            f"IFERROR(SUM({is_unreadable(area, kind)}),1)",
            f"IFERROR(ROUND({total},9),0)",
        )


def _row_parts(key: str) -> tuple[str, ...]:
    """The columns of a project's row whose sum a blank cell of column ``key`` takes."""
    own = key.replace(PROJECTS, f"{PROJECTS}.*")
    ways = (way for relation in of_project("*") for result, way in relation.ways[:1] if result == own)
    return tuple(part.replace(".*", "") for way in ways if isinstance(way, x.Terms) for part in way.counts)
