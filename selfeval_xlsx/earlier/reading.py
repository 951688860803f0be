"""Reads last year's Word report for next year's workbook: what has a place, from which sentence, and what is left.

By its headings, its numbering, its tables and the sentences that carry figures. Each thing placed keeps
the sentence it comes from, for a person to look at. What is left over is told, never guessed at. Next year's
workbook, which may also be carried on from this year's, shows each proposal on its cell. Pure.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from selfeval_xlsx.describe import workbook_of
from selfeval_xlsx.earlier.sections import (
    OVER,
    SENTENCE,
    Left,
    Placed,
    Section,
    from_properties,
    identity,
    labelled,
    last_named,
    organisations,
    sections_of,
    staff,
    texts_of,
    words,
)
from selfeval_xlsx.figures import figures, read_measure
from selfeval_xlsx.files import safe_name
from selfeval_xlsx.findings import CheckResult, Finding, Severity
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.data import from_data, to_data
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import DEFAULT_UNIT, SelfEvaluation
from selfeval_xlsx.form.last_year import carried_over
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.signed.paragraphs import Document, Table
from selfeval_xlsx.workbook.marker import mark

_SHORTEST = 24
"""Characters a text must have to be worth telling that it has no place."""


@dataclass(frozen=True)
class EarlierReport:
    """What last year's report says of what next year's workbook asks."""

    placed: tuple[Placed, ...]
    left: tuple[Left, ...]

    def evaluation(self) -> SelfEvaluation:
        """Last year's evaluation as far as it is known, to be carried over."""
        data: dict[str, Any] = {}
        for placed in self.placed:
            _put(data, placed.key.split("."), placed.value)
        return from_data(data)


def _put(data: dict[str, Any], path: Sequence[str], value: str) -> None:
    """Set ``value`` at ``path``; a number in it is the row of a list."""
    here: Any = data
    for step, after in zip(path, [*path[1:], ""], strict=True):
        empty: Any = [] if after.isdigit() else {}
        if step.isdigit():
            while len(here) <= int(step):
                here.append({})
            here = here[int(step)]
        elif after == "":
            here[step] = value
        else:
            here = here.setdefault(step, empty)


def read_earlier(document: Document) -> EarlierReport:
    """What the Word report ``document`` of last year holds for next year's workbook."""
    sections = sections_of(document)
    placed = [*identity(document), *labelled(document, "sign_off"), *from_properties(document)]
    for section in sections:
        placed += texts_of(section)
    placed = _numbered(placed)
    money = Money()
    for section in sections:
        placed += [*staff(section), *organisations(section)]
        money.read(section)
    tables = [(section.heading, table) for section in sections for table in section.tables]
    placed += [*projects(tables), *indicators(tables), *money.placed()]
    return EarlierReport(_first_of_each(placed), (*money.left(), *_unread(sections)))


def _first_of_each(placed: Iterable[Placed]) -> tuple[Placed, ...]:
    first: dict[str, Placed] = {}
    for cell in placed:
        first.setdefault(cell.key, cell)
    return tuple(first.values())


def _numbered(placed: Iterable[Placed]) -> list[Placed]:
    """Rows of lists counted: ``+`` begins a row, ``-`` stays in it."""
    rows: dict[str, int] = {}
    counted = []
    for cell in placed:
        key = cell.key
        if marked := re.fullmatch(r"(.+)\.([+-])\.(.+)", key):
            head, mark, tail = marked.groups()
            rows[head] = rows.get(head, -1) + (mark == "+")
            key = f"{head}.{rows[head]}.{tail}"
        counted.append(replace(cell, key=key))
    return counted


def _unread(sections: Iterable[Section]) -> Iterator[Left]:
    """Texts under headings that have no place in the form."""
    for section in sections:
        text = next((text for text in section.texts if len(text) > _SHORTEST), "")
        if section.heading and text and not section.places:
            yield Left(section.heading, text[:60], "这一部分在填报表里没有固定的位置")


# --- tables ---------------------------------------------------------------------------------------

_UNIT = re.compile(r"^[^\d]*[\d,.]+|%|％|以上|以内")
"""What stands around the unit of a target."""


def projects(tables: Iterable[tuple[str, Table]]) -> Iterator[Placed]:
    """The names of the projects of a table; each table comes with the heading it stands under."""
    for heading, table in tables:
        if not table.rows or "项目名称" not in table.rows[0][0]:
            continue
        names = (row[0].strip() for row in table.rows[1:])
        named = (name for name in names if name not in {"", "合计", "小计", "总计"})
        for row, name in enumerate(named):
            yield Placed(f"budget.projects.{row}.name", name, heading, table.name)


def indicators(tables: Iterable[tuple[str, Table]]) -> Iterator[Placed]:
    """Names, directions, units and weights of the indicators; targets and results belong to the year."""
    for heading, table in tables:
        at = next((row for row, cells in enumerate(table.rows) if "三级指标" in cells), None)
        if at is None:
            continue
        columns = {cell.strip(): column for column, cell in reversed(list(enumerate(table.rows[at])))}
        rows = (cells for cells in table.rows[at + 1 :] if len(set(cells)) > 2)
        for row, cells in enumerate(cells for cells in rows if cells[0] not in {"总分", "合计"}):
            for key, value in _indicator(columns, cells):
                yield Placed(f"goals.indicators.{row}.{key}", value, heading, table.name)
        return


def _indicator(columns: Mapping[str, int], cells: Sequence[str]) -> Iterator[tuple[str, str]]:
    def cell(*names: str) -> str:
        return next((cells[columns[name]].strip() for name in names if name in columns), "")

    for number, level in enumerate("一二三", start=1):
        yield f"level{number}", cell(f"{level}级指标")
    stated, unit = cell("指标值", "年度指标值"), cell("计量单位")
    target = read_measure(stated)
    if target.number is not None:
        yield "comparator", target.comparator
        unit = unit or _UNIT.sub("", stated)
    elif stated:
        yield "comparator", "定性"
    if unit:
        yield "measure_unit", unit
    if weight := cell("分值", "权重"):
        yield "weight", weight


# --- money ----------------------------------------------------------------------------------------

_SUMS = (
    ("lines", "basic", ("personnel", "operating")),
    ("lines", "total", ("basic", "project")),
    ("official", "total", ("abroad", "vehicle_purchase", "vehicle_running", "reception")),
)


class Money:
    """Figures of budget and outturn as they are met; placed are those of lines whose arithmetic closes."""

    def __init__(self) -> None:
        self._met: dict[tuple[str, str, str], tuple[Decimal, str, str]] = {}
        """By block, row and column: the amount in 元, the heading and the sentence."""

    def read(self, section: Section) -> None:
        """Take up what tables and sentences of ``section`` say of money."""
        for table in section.tables:
            self._table(section.heading, table)
        if OVER not in section.places:
            for text in section.texts:
                self._sentences(section.heading, text)

    def _table(self, heading: str, table: Table) -> None:
        unit = next(
            (name for name in ("万元", "亿元", "元") if name in f"{table.name}{table.rows[0]}"), "万元"
        )
        for at, head in enumerate(table.rows[:3]):
            columns = {column: last_named(words()["columns"], cell) for column, cell in enumerate(head)}
            if sum(bool(name) for name in columns.values()) < 2:
                continue
            for row in table.rows[at + 1 :]:
                label = next((cell for cell in row if cell.strip() and not _amount(cell, unit)), "")
                block, line = _line(label, table)
                if not line:
                    continue
                for column, name in columns.items():
                    amount = _amount(row[column], unit)
                    if name and amount is not None:
                        self._met.setdefault((block, line, name), (amount, heading, table.name))
            return

    def _sentences(self, heading: str, text: str) -> None:
        """Figures of a text: the column is what was named last, also in the sentence before."""
        column = ""
        for sentence in SENTENCE.findall(text):
            before = 0
            for figure in figures(sentence):
                said = sentence[before : figure.start]
                before = figure.end
                column = last_named(words()["columns"], said) or column
                if "三公" in sentence[: figure.start]:  # what was spent, where nothing else is said of it
                    line = last_named(words()["official"], said) or ("total" if "三公" in said else "")
                    if line and figure.value is not None:
                        met = figure.value, heading, sentence
                        self._met.setdefault(("official", line, column or "outturn"), met)
                    continue
                if figure.unit != "元" or figure.value is None or "项目" in said.replace("项目支出", ""):
                    continue
                line = last_named(words()["rows"], said) or (
                    "total" if last_named(words()["columns"], said) else ""
                )
                if line and column:
                    self._met.setdefault(("lines", line, column), (figure.value, heading, sentence))

    def _closing(self) -> set[tuple[str, str, str]]:
        """The figures that some relation of the form confirms: basic + project, its parts, the sum of 三公.

        And the total outturn, where it does not exceed the adjusted budget it is told with.
        """
        sure: set[tuple[str, str, str]] = set()
        for block, whole, parts in _SUMS:
            keys = [(block, line, "outturn") for line in (whole, *parts)]
            if block == "official":  # of what there was none, nothing is said
                keys = [key for key in keys if key in self._met]
            if len(keys) > 2 and keys[0][1] == whole and all(key in self._met for key in keys):
                amounts = [self._met[key][0] for key in keys]
                if abs(amounts[0] - sum(amounts[1:])) <= Decimal(100) * len(amounts):
                    sure.update(keys)
        total, budget = ("lines", "total", "outturn"), ("lines", "total", "adjusted_budget")
        if total in self._met and budget in self._met and 0 < self._met[total][0] <= self._met[budget][0]:
            sure.add(total)
        return sure

    def placed(self) -> Iterator[Placed]:
        """The outturn of each line that is sure, in 万元."""
        sure = sorted(self._closing())
        if sure:
            yield Placed("overview.identity.money_unit", "万元", "", "")
        for key in sure:
            amount, heading, sentence = self._met[key]
            yield Placed(f"budget.{'.'.join(key)}", f"{amount / 10000:f}", heading, sentence)

    def left(self) -> Iterator[Left]:
        """The outturn of each line that nothing confirms."""
        sure = self._closing()
        for key, (amount, heading, sentence) in sorted(self._met.items()):
            if key[2] == "outturn" and key not in sure:
                why = f"{amount / 10000:,.2f}万元 和其他数加不拢，或没有可以印证的数"
                yield Left(heading, sentence, why)


def _line(label: str, table: Table) -> tuple[str, str]:
    """The block and the row of the form that a row of a table is named like."""
    official = any("接待" in cell for row in table.rows for cell in row[:1])
    block, names = ("official", words()["official"]) if official else ("lines", words()["rows"])
    return block, last_named(names, label)


def _amount(cell: str, unit: str) -> Decimal | None:
    """The amount in a table's cell, in 元."""
    if not re.fullmatch(r"[\d,]+(?:\.\d+)?", cell.strip()):
        return None
    return next((figure.value for figure in figures(f"{cell.strip()}{unit}")), None)


# --- next year's workbook -------------------------------------------------------------------------

FROM_LAST_YEAR = "上年报告"
"""Stands where a finding has its code."""


def carried_on(evaluation: SelfEvaluation, rules: Rulebook) -> tuple[bytes, str]:
    """Next year's workbook carried over from this year's, and a name for its file."""
    following = from_data(to_data(carried_over(completed(evaluation, rules))), rules)
    identity = following.overview.identity
    words = "-".join(filter(None, ("绩效自评填报表", identity.year.show(), identity.unit_name.show())))
    return workbook_of(following, rules), f"{safe_name(words)}.xlsx"


def next_years_workbook(report: EarlierReport, rules: Rulebook) -> tuple[bytes, tuple[Finding, ...]]:
    """The workbook, with a comment on each cell that was filled, and what the comments and the list in it say."""
    carried = to_data(carried_over(completed(report.evaluation(), rules)))
    carried.setdefault("overview", {}).setdefault("identity", {}).setdefault("money_unit", DEFAULT_UNIT)
    evaluation = from_data(carried, rules)
    proposals = (*_proposals(report, evaluation.answers), *_left(report))
    return mark(workbook_of(evaluation, rules), CheckResult(proposals, ())), proposals


def _proposals(report: EarlierReport, answers: Mapping[str, Answer[Any]]) -> Iterator[Finding]:
    """Each cell that was filled, with the sentence of the report it was taken from."""
    prior = {
        f"{key.rpartition('.')[0]}.{answer.field.prior_of}": key
        for key, answer in answers.items()
        if answer.field.prior_of is not None
    }
    for placed in report.placed:
        answer = answers.get(prior.get(placed.key, placed.key))
        if answer is not None and answer.stated and placed.sentence:
            where = f"「{placed.heading}」" if placed.heading else ""
            message = f"取自上年报告{where}：“{placed.sentence[:200]}”"
            hint = "请核对；核对无误后可删去批注"
            yield Finding(FROM_LAST_YEAR, Severity.WARNING, (answer.ref,), answer.field.label, message, hint)


def _left(report: EarlierReport) -> Iterator[Finding]:
    """What has no sure place: to be filled in by hand, or left."""
    for left in report.left:
        message = f"没有填入：“{left.sentence[:200]}”"
        yield Finding(FROM_LAST_YEAR, Severity.NOTE, (), left.heading or "上年报告", message, left.why)
