"""The live checks: the sheet 核对 and the column beside the budget's lines, recalculated while the clerk types.

What they say of relations and rules, and when, stands in :mod:`selfeval_xlsx.workbook.verdicts`; here are the sheet,
and what is said in and beside the rows of a list. A test holds all to the program.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from selfeval_xlsx.form.declare import FormPlan, Need, defined_name
from selfeval_xlsx.form.kinds import LARGEST
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.text import width
from selfeval_xlsx.workbook import formulas as f
from selfeval_xlsx.workbook import verdicts as v
from selfeval_xlsx.workbook.formulas import Figures
from selfeval_xlsx.workbook.palette import Palette, print_on_a4
from selfeval_xlsx.workbook.verdicts import DOUBTFUL, HOLDS, NOTED, ROUNDING, WRONG, Line

CHECK_SHEET = "核对"

FIRST_ROW = 3
TWO_LINES = 28
"""The height of a row whose title is broken, in points."""
_HEADS = (
    ("结果", 28),
    ("编号", 9),
    ("关系", 44),
    ("位置", 30),
    ("填报数", 16),
    ("按关系应为", 16),
    ("差额", 14),
)
_WEIGHT, _WORDS = "H", "I"
"""Hidden columns behind these: how grave a line's result is, and how it is told beside its cells."""
_WRONG_COUNT, _FIRST_WRONG, _OWED_COUNT = f"${_WEIGHT}$1", f"${_WORDS}$1", f"${_WEIGHT}$2"
"""Hidden cells: how many lines are wrong, the row of the first, how many required cells are blank."""
OWED = "必填还差"
"""Begins what the head of a sheet says of required cells that are blank."""
_GRAVITY = ((WRONG, 3), (DOUBTFUL, 2), (ROUNDING, 1))
_STEP = 1000
"""More than there are rows: a weight is gravity × this + the rows below, so that of equal ones the first counts."""


@dataclass(frozen=True)
class RuleRow:
    """One check as the sheet 核对 and the documents explain it."""

    code: str
    title: str
    effect: str
    remedy: str


class LiveChecks:
    """The live checks of one workbook: their lines, and where they stand."""

    def __init__(self, plan: FormPlan, rulebook: Rulebook, rules: Sequence[RuleRow]) -> None:
        """Rules that are not among ``rules`` get no line, unless they are relations of the form."""
        self._plan = plan
        self._rules = rules
        self.rulebook = rulebook
        self._figures = figures = Figures(plan, rulebook, FIRST_ROW, len(_HEADS) + 3)
        titles = {rule.code: rule.title for rule in rules}
        own = (line for line in v.rule_lines(figures) if line.code in titles)
        lines = (
            *(v.line_of(relation, figures) for relation in figures.relations),
            *(replace(line, title=titles[line.code]) for line in own),
        )
        self.lines = tuple(
            replace(line, verdict=verdict)
            for line in lines
            if (verdict := v.weighed(line.code, line.verdict, rulebook)) is not None
        )

    # --- beside the cells of the form

    def beside(self, key: str, otherwise: str = "") -> str | None:
        """The check of a field or of a line of fields: the gravest result that speaks of it, else ``otherwise``.

        None where no line of the sheet speaks of it.
        """
        cells = [
            f"'{CHECK_SHEET}'!${_WEIGHT}${row}"
            for row, line in enumerate(self.lines, start=FIRST_ROW)
            if any(_is_within(about, key) for about in line.about)
        ]
        if not cells:
            return None
        gravest = f"MAX({','.join(cells)})"
        words = f"'{CHECK_SHEET}'!${_WORDS}$1:${_WORDS}${FIRST_ROW + len(self.lines)}"
        own = [figure for figure in self._figures.keys if _is_within(figure, key)]
        cases = [
            *([v.unreadable(self._figures, *own)] if own else []),
            (f"{gravest}>={_STEP}", f"INDEX({words},{_STEP}-1-MOD({gravest},{_STEP}))"),
        ]
        return "=" + f.choice(cases, self._rate_of(key) or f.text(otherwise))

    def _rate_of(self, line: str) -> str:
        """The words for a line whose execution rate is known; empty for one without."""
        key = f"{line}.execution_rate"
        if key not in self._figures.keys:
            return ""
        rate = f"'{CHECK_SHEET}'!{self._figures.of(key)}"
        return f'IF(COUNT({rate})=1,"{HOLDS} 执行率 "&{f.rate_text(f.quotient(rate, "1"))},"")'

    def count(self) -> str:
        """How many results of the workbook are wrong, with the way to the first; where none is, what is still owed."""
        wrong, first, owed = (f"'{CHECK_SHEET}'!{cell}" for cell in (_WRONG_COUNT, _FIRST_WRONG, _OWED_COUNT))
        link = f"\"#'{CHECK_SHEET}'!A\"&{first}"
        still_owed = f'IF({owed}=0,"没有 {WRONG}","{OWED} "&{owed}&" 格")'
        return f'=IF({wrong}=0,{still_owed},HYPERLINK({link},"{WRONG} "&{wrong}&" 处，点这里看"))'

    def _owed(self) -> str:
        """How many cells without which no report is written are blank: single ones, in begun rows, of an empty list."""
        slots = (slot for _, slot in self._plan.slots.values() if slot.field.need is Need.REQUIRED)
        cells = [f"(LEN(TRIM({slot.field.name}))=0)" for slot in slots]
        for key, (_, table) in self._plan.tables.items():
            area, columns = f.table_area(self._plan, key)
            begun = f"MMULT(--(LEN({area})>0),{{{';'.join('1' * columns)}}})>0"
            for slot in table.columns:
                column = f.column_area(self._plan, slot.field.key)
                if slot.field.need is Need.REQUIRED:
                    cells.append(f"SUMPRODUCT(({begun})*(LEN(TRIM({column}))=0))")
                if slot.field in table.owed and table.need is Need.REQUIRED:
                    cells.append(f"(COUNTA({area if slot.field.need is Need.REQUIRED else column})=0)")
        return f"=IFERROR({'+'.join(cells)},0)"

    # --- the sheet

    def paint(self, book: Any, palette: Palette) -> None:
        """Add the sheet 核对: a line for each relation of the form."""
        sheet = book.add_worksheet(CHECK_SHEET)
        for column, (_, letters) in enumerate(_HEADS):
            sheet.set_column(column, column, letters)
        sheet.set_column(f"{_WEIGHT}:{_WORDS}", 12, None, {"hidden": True})
        last = len(_HEADS) - 1
        bottom = FIRST_ROW + len(self.lines) - 2
        sheet.merge_range(0, 0, 0, last, "勾稽关系实时核对（随填随查，不必填写）", palette.sheet_title)
        sheet.set_row(0, 30)
        for column, (head, _) in enumerate(_HEADS):
            sheet.write_string(1, column, head, palette.head)
        results = f"{v.RESULT}{FIRST_ROW}:{v.RESULT}{bottom + 1}"
        for cell, formula in (
            (_WRONG_COUNT, f'=COUNTIF({results},"{WRONG}*")'),
            (_FIRST_WRONG, f'=IFERROR(MATCH("{WRONG}*",{results},0)+{FIRST_ROW - 1},{FIRST_ROW})'),
            (_OWED_COUNT, self._owed()),
        ):
            sheet.write_formula(cell, formula, palette.hidden_figure, "")
        for row, line in enumerate(self.lines, start=FIRST_ROW):
            self._paint_line(sheet, palette, line, row)
        self._figures.paint(sheet, palette.hidden_figure)
        colour_results(sheet, palette, FIRST_ROW - 1, bottom, 0)
        sheet.freeze_panes(2, 1)
        sheet.protect("", {"format_columns": True, "autofilter": True, "sort": True})
        sheet.autofilter(1, 0, bottom, last)
        print_on_a4(sheet)
        sheet.print_area(0, 0, self._explain(sheet, palette, bottom + 2), last)
        sheet.repeat_rows(1)

    def _explain(self, sheet: Any, palette: Palette, row: int) -> int:
        """List every rule from ``row`` on, those that no formula follows, too: what it asks, what to do; the last row."""
        sheet.merge_range(row, 0, row, len(_HEADS) - 1, "全部核对规则", palette.block_title)
        for column, head in ((1, "核对编号"), (2, "核对什么"), (3, "不符时")):
            sheet.write_string(row + 1, column, head, palette.head)
        sheet.merge_range(row + 1, 4, row + 1, len(_HEADS) - 1, "怎么办", palette.head)
        for at, rule in enumerate(self._rules, start=row + 2):
            for column, text in enumerate((rule.code, rule.title, rule.effect), start=1):
                sheet.write_string(at, column, text, palette.paragraph_boxed)
            sheet.merge_range(at, 4, at, len(_HEADS) - 1, rule.remedy, palette.paragraph_boxed)
            if max(width(rule.title) / 21, width(rule.remedy) / 22, width(rule.effect) / 14) > 1:
                sheet.set_row(at, TWO_LINES)
        return row + 1 + len(self._rules)

    def _paint_line(self, sheet: Any, palette: Palette, line: Line, row: int) -> None:
        if 2 * width(line.title) > dict(_HEADS)["关系"]:
            sheet.set_row(row - 1, TWO_LINES)
        sheet.write_string(row - 1, 1, line.code, palette.paragraph_boxed)
        sheet.write_string(row - 1, 2, line.title, palette.paragraph_boxed)
        name, label = self._place(line.key)
        sheet.write_url(row - 1, 3, f"internal:{name}", palette.link, label)
        *figures, verdict = line.at(row)
        sheet.write_formula(row - 1, 0, f"={verdict}", palette.paragraph_boxed, "")
        for column, formula in enumerate(figures, start=4):
            sheet.write_formula(row - 1, column, f"={formula}", palette.figures[line.style], "")
        if line.about:
            result = f"{v.RESULT}{row}"
            gravity = "+".join(f'{weight}*(LEFT({result},{len(word)})="{word}")' for word, weight in _GRAVITY)
            rank = f"=({gravity})*{_STEP}+{_STEP - 1}-ROW()"
            sheet.write_formula(f"{_WEIGHT}{row}", rank, palette.hidden_figure, "")
            gap = f'FIND(" ",{result}&" ")'
            words = f'LEFT({result},{gap}-1)&" {label.partition("」")[2]}："&MID({result},{gap}+1,99)'
            sheet.write_formula(f"{_WORDS}{row}", f"={words}", palette.hidden_figure, "")

    def _place(self, key: str) -> tuple[str, str]:
        """The name of the cell of a field, or of the list of a column, and how it is called."""
        if key in self._plan.slots:
            page, slot = self._plan.slots[key]
            return slot.field.name, f"「{page.name}」{slot.field.label}"
        page, table, slot = self._plan.columns[key]
        return table.name, f"「{page.name}」{slot.field.label}"


def _is_within(key: str, whole: str) -> bool:
    """Whether the field ``key`` is ``whole``, or one of that line's."""
    return key == whole or key.startswith(f"{whole}.")


def colour_results(sheet: Any, palette: Palette, first: int, last: int, column: int) -> None:
    """Green for ✓, red for ✗, amber for what to look at."""
    doubtful = (ROUNDING, DOUBTFUL, NOTED, v.UNREADABLE, v.UNSEEN, OWED)
    for text, style in (
        (HOLDS, palette.good),
        (WRONG, palette.bad),
        *((text, palette.doubtful) for text in doubtful),
    ):
        options = {"type": "text", "criteria": "begins with", "value": text, "format": style}
        sheet.conditional_format(first, column, last, column, options)


# --- in and beside a row of a list ------------------------------------------------------------------


@dataclass(frozen=True)
class RowCase:
    """What may be said of one row of a list: the rule that says it, the column it is about, when, and in which words."""

    code: str
    column: str
    condition: str
    words: str

    @property
    def sign(self) -> str:
        """The word it begins with: how grave it is."""
        return next((sign for sign in _SIGNS if self.words.startswith(f'"{sign}')), HOLDS)


_SIGNS = (v.UNREADABLE, WRONG, DOUBTFUL, NOTED, ROUNDING)
"""The gravest first; of equal ones the order of the cases counts."""


def row_cases(places: Mapping[str, str], row: int, rulebook: Rulebook) -> list[RowCase]:
    """All that may be said of ``row`` of a list with these columns (by name, their letters), the gravest first.

    All its cells stand in the row itself, so that it survives copied rows.
    """
    cells = {name: f"{letter}{row}" for name, letter in places.items()}
    if places.keys() >= set(v.LINE_COLUMNS):
        cases = _project_cases(*(cells[name] for name in v.LINE_COLUMNS))
    elif places.keys() >= set(v.SCORE_COLUMNS):
        cases = _indicator_cases(*(cells[name] for name in v.SCORE_COLUMNS))
    else:
        return []
    lowered = [
        replace(case, words=words)
        for case in cases
        if (words := v.weighed(case.code, case.words, rulebook)) is not None
    ]
    return sorted(lowered, key=lambda case: (*_SIGNS, HOLDS).index(case.sign))


def beside_row(cases: Sequence[RowCase]) -> str:
    """The check beside a row: the words of the gravest case that holds."""
    return "=" + f.choice(((case.condition, case.words) for case in cases), '""')


def _project_cases(original: str, adjustment: str, adjusted: str, outturn: str, rate: str) -> list[RowCase]:
    """Of one project; made of the pieces that stand for whole columns it would be longer than Excel takes (8,192)."""
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
    should_be = f' 调整后预算应为 "&{f.amount_text(total)}', f' 执行率应为 "&{f.rate_text(right)}'
    silent = f.is_nothing(defined_name(v.REASON))
    cases = (
        ("", "", unreadable, f.text(v.UNREADABLE)),
        ("SUM03", "adjusted_budget", f"IF({summed},ROUND({off}-{3 * f.HALF},9)>0,FALSE)",
         f'"{WRONG}{should_be[0]}'),
        ("EXE01", "outturn", f"IF({over},{silent},FALSE)", f'"{WRONG} 执行数大于调整后预算，没有说明原因"'),
        ("EXE03", "execution_rate", f"IF(AND(COUNT({rate})=1,{budget_stated}),{budget}=0,FALSE)",
         f'"{WRONG} 没有预算，不能填执行率"'),
        ("EXE02", "execution_rate", f"IF({rated},NOT({f.within_rounding(typed, part, budget)}),FALSE)",
         f'"{WRONG}{should_be[1]}'),
        ("EXE02", "execution_rate", f"IF({rated},IF({differs},{f.is_blind(part, budget)},FALSE),FALSE)",
         f'"{DOUBTFUL}{should_be[1]}'),
        ("EXE02", "execution_rate", f"IF({rated},{differs},FALSE)", f'"{ROUNDING}{should_be[1]}'),
        ("SUM03", "adjusted_budget", f"IF({summed},{off}>0,FALSE)", f'"{ROUNDING}{should_be[0]}'),
        ("EXE01", "outturn", over, f.text(v.EXPLAINED)),
        ("", "", f"IF({spent},{budget}<>0,FALSE)", f'"{HOLDS} 执行率 "&{f.rate_text(right)}'),
        ("", "", spent, f.text(HOLDS)),
    )  # fmt: skip
    return [RowCase(*case) for case in cases]


def _indicator_cases(score: str, weight: str, reason: str, standard: str) -> list[RowCase]:
    _, beyond, lost = v.score_conditions(score, weight, reason)
    silent = f"{lost}*{f.is_nothing(standard)}"
    return [
        RowCase("IND03", "score", f"{beyond}>0", f'"{WRONG} 得分超过分值"'),
        RowCase("IND09", "deviation_reason", f"{silent}>0", f'"{WRONG} 没有说明原因"'),
    ]
