"""The live checks: the sheet 核对 and the column beside the budget's lines, recalculated while the clerk types.

What they say, and when, stands in :mod:`selfeval_xlsx.workbook.verdicts`; a test holds them to the program.
"""

from collections.abc import Mapping
from typing import Any

from selfeval_xlsx.form.declare import defined_name
from selfeval_xlsx.form.kinds import LARGEST
from selfeval_xlsx.form.places import FormPlan
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.workbook import formulas as f
from selfeval_xlsx.workbook.figures import Figures
from selfeval_xlsx.workbook.palette import Palette
from selfeval_xlsx.workbook.rule_lines import rule_lines
from selfeval_xlsx.workbook.verdicts import (
    DOUBTFUL,
    EXPLAINED,
    HOLDS,
    ROUNDING,
    UNREADABLE,
    UNSEEN,
    WRONG,
    Line,
    Scene,
    first_of,
    is_blind,
    line_of,
    within_rounding,
)

CHECK_SHEET = "核对"

LINE_COLUMNS = ("original_budget", "budget_adjustment", "adjusted_budget", "outturn", "execution_rate")
"""A line with these columns, side by side, gets a check beside it."""

FIRST_ROW = 3
TWO_LINES = 28
"""The height of a row whose title is broken, in points."""
_HEADS = (
    ("编号", 9),
    ("关系", 44),
    ("位置", 30),
    ("填报数", 16),
    ("按关系应为", 16),
    ("差额", 14),
    ("结果", 28),
)
_REASON = "budget.notes.execution_reason"


class LiveChecks:
    """The live checks of one workbook: their lines, and where they stand."""

    def __init__(self, plan: FormPlan, rulebook: Rulebook, titles: Mapping[str, str]) -> None:
        """``titles`` are those of the rules, by code; rules without one get no line."""
        self._plan = plan
        self.rulebook = rulebook
        self._figures = Figures(plan, rulebook, FIRST_ROW, len(_HEADS) + 2)
        scene = Scene(plan, rulebook, self._figures)
        self.lines: tuple[Line, ...] = (
            *(line_of(relation, scene) for relation in self._figures.relations),
            *rule_lines(scene, titles),
        )

    # --- beside the budget's lines

    def beside_line(self, key: str) -> str:
        """The check of one line of the whole budget: the gravest verdict on it, else ✓ with the rate."""
        found = [
            (self._plan.slots[line.key][1].field.head, f"'{CHECK_SHEET}'!$G${FIRST_ROW + index}")
            for index, line in enumerate(self.lines)
            if line.key.startswith(f"{key}.") and line.code in {"SUM03", "EXE01", "EXE02"}
        ]
        rate = f"'{CHECK_SHEET}'!{self._figures.of(f'{key}.execution_rate')}"
        explained = [(f'{cell}="{EXPLAINED}"', f.text(EXPLAINED)) for _, cell in found]
        right = f.choice(
            [*explained, (f"COUNT({rate})=1", f'"{HOLDS} 执行率 "&{f.rate_text(f.quotient(rate, "1"))}')],
            '""',
        )
        gravest = first_of(found)
        return f'=IF({gravest}<>"",{gravest},{right})'

    # --- the sheet

    def paint(self, book: Any, palette: Palette) -> None:
        """Add the sheet 核对: a line for each relation of the form."""
        sheet = book.add_worksheet(CHECK_SHEET)
        for column, (_, width) in enumerate(_HEADS):
            sheet.set_column(column, column, width)
        last = len(_HEADS) - 1
        bottom = FIRST_ROW + len(self.lines) - 2
        sheet.merge_range(0, 0, 0, last, "勾稽关系实时核对（随填随查，不必填写）", palette.sheet_title)
        sheet.set_row(0, 30)
        for column, (head, _) in enumerate(_HEADS):
            sheet.write_string(1, column, head, palette.head)
        for index, line in enumerate(self.lines):
            self._paint_line(sheet, palette, line, FIRST_ROW + index)
        self._figures.paint(sheet, palette.hidden_figure)
        colour_results(sheet, palette, FIRST_ROW - 1, bottom, last)
        sheet.freeze_panes(2, 0)
        sheet.protect("", {"format_columns": True, "autofilter": True, "sort": True})
        sheet.autofilter(1, 0, bottom, last)
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.print_area(0, 0, bottom, last)
        sheet.repeat_rows(1)
        sheet.hide_gridlines(2)

    def _paint_line(self, sheet: Any, palette: Palette, line: Line, row: int) -> None:
        style = {
            "amount": palette.amount,
            "rate": palette.rate,
            "count": palette.count,
            "points": palette.points,
        }[line.style]
        if _width(line.title) > dict(_HEADS)["关系"]:
            sheet.set_row(row - 1, TWO_LINES)
        sheet.write_string(row - 1, 0, line.code, palette.paragraph_boxed)
        sheet.write_string(row - 1, 1, line.title, palette.paragraph_boxed)
        page, slot = self._place(line.key)
        place = f"internal:'{page}'!{slot.coordinate}"
        sheet.write_url(row - 1, 2, place, palette.link, f"「{page}」{slot.field.label}")
        for column, formula in enumerate(line.at(row), start=3):
            sheet.write_formula(
                row - 1, column, f"={formula}", palette.paragraph_boxed if column == 6 else style, ""
            )

    def _place(self, key: str) -> tuple[str, Any]:
        if key in self._plan.slots:
            page, slot = self._plan.slots[key]
        else:
            page, _, slot = self._plan.columns[key]
        return page.name, slot


def _width(text: str) -> int:
    """The width of a text in half-width characters."""
    return sum(1 + (letter > "ÿ") for letter in text)


def colour_results(sheet: Any, palette: Palette, first: int, last: int, column: int) -> None:
    """Green for ✓, red for ✗, amber for what to look at."""
    styles = {
        HOLDS: palette.good,
        WRONG: palette.bad,
        **dict.fromkeys((ROUNDING, DOUBTFUL, UNREADABLE, UNSEEN), palette.doubtful),
    }
    for text, style in styles.items():
        sheet.conditional_format(
            first,
            column,
            last,
            column,
            {"type": "text", "criteria": "begins with", "value": text, "format": style},
        )


# --- beside a row of the project list -------------------------------------------------------------


def beside_row(places: Mapping[str, str], row: int) -> str:
    """The check of one project; all its cells stand in its own row, so that it survives copied rows."""
    original, adjustment, adjusted, outturn, rate = (f"{places[column]}{row}" for column in LINE_COLUMNS)
    cells = f"{original}:{rate}"
    whole = (
        f'IF(LEN({adjusted})=0,IF(COUNT({original},{adjustment})=2,{original}+{adjustment},""),{adjusted})'
    )
    total = f"({f.half_up(original, 2)}+{f.half_up(adjustment, 2)})"
    off = f"ABS(ROUND({f.half_up(adjusted, 2)}-{total},2))"
    part, budget = f.half_up(outturn, 2), f.half_up(whole, 2)
    typed, right = f.half_up(rate, 4), f.quotient(part, budget)
    budget_stated, spent = f"COUNT({whole})=1", f"COUNT({outturn},{whole})=2"
    rated = f"COUNT({outturn},{rate},{whole})=3"
    differs = f"ROUND({typed}-{right},6)<>0"
    over = f"IF({spent},{part}>{budget},FALSE)"
    summed = f"COUNT({original}:{adjusted})=3"
    unreadable = (
        f"OR(SUMPRODUCT(1-ISNUMBER({cells})-{f.is_nothing(cells)})>0,"
        f"MIN({original},{adjusted}:{rate})<0,MAX({cells})>={LARGEST:f})"
    )
    right_total = f'"{WRONG} 调整后预算应为 "&{f.amount_text(total)}'
    right_rate = f'执行率应为 "&{f.rate_text(right)}'
    return "=" + f.choice(
        [
            (unreadable, f.text(UNREADABLE)),
            (f"IF({summed},ROUND({off}-{3 * f.HALF},9)>0,FALSE)", right_total),
            (
                f"IF({over},{f.is_nothing(defined_name(_REASON))},FALSE)",
                f'"{WRONG} 执行数大于调整后预算，没有说明原因"',
            ),
            (
                f"IF(AND(COUNT({rate})=1,{budget_stated}),{budget}=0,FALSE)",
                f'"{WRONG} 没有预算，不能填执行率"',
            ),
            (f"IF({rated},NOT({within_rounding(typed, part, budget)}),FALSE)", f'"{WRONG} {right_rate}'),
            (f"IF({rated},IF({differs},{is_blind(part, budget)},FALSE),FALSE)", f'"{DOUBTFUL} {right_rate}'),
            (f"IF({rated},{differs},FALSE)", f'"{ROUNDING} {right_rate}'),
            (f"IF({summed},{off}>0,FALSE)", f'"{ROUNDING} 调整后预算应为 "&{f.amount_text(total)}'),
            (over, f.text(EXPLAINED)),
            (f"IF({spent},{budget}<>0,FALSE)", f'"{HOLDS} 执行率 "&{f.rate_text(right)}'),
            (spent, f.text(HOLDS)),
        ],
        '""',
    )
