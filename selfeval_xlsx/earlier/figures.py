"""Posts, organisations, tables and money of an earlier report; money is placed only where the arithmetic closes."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from selfeval_xlsx.earlier.sections import OVER, SENTENCE, Left, Placed, Section, last_named, words
from selfeval_xlsx.figures import figures, read_measure
from selfeval_xlsx.signed.paragraphs import Table

_POSTS = re.compile(
    r"(?:(?P<kind>行政|事业|工勤|机关工勤|参公|其他)(?:人员)?)?编制(?:数|人数|总数)?(?:为|是|共|有|核定)?\s*(?P<count>\d{1,5})\s*[名个人]"
)
_COUNT = re.compile(
    r"(?P<what>内设(?:机构|科室|股室|处室|部门|机关|办公室)?|下属(?:单位|事业单位|机构)|直属(?:单位|事业单位)|二级(?:单位|机构|预算单位))"
    r"(?:共|有|为|设)?\s*(?P<count>\d{1,3}|[一二两三四五六七八九十]{1,3})\s*个(?P<list>[^。；;]*)"
)
_LISTED = re.compile(r"(?:包括|分别为|分别是|为|即|有|：|:)(.+)")
_SUMS = (
    ("lines", "basic", ("personnel", "operating")),
    ("lines", "total", ("basic", "project")),
    ("official", "total", ("abroad", "vehicle_purchase", "vehicle_running", "reception")),
)
_UNIT = re.compile(r"^[^\d]*[\d,.]+|%|％|以上|以内")
"""What stands around the unit of a target."""
_POST_KINDS = {"行政": "administrative", "参公": "administrative", "事业": "institutional"}


def staff(section: Section) -> Iterator[Placed]:
    """Authorised posts: in all, and by kind where the kinds add up."""
    for text in section.texts:
        for sentence in SENTENCE.findall(text):
            stated = [
                (match["kind"] or "", int(match["count"]), sentence) for match in _POSTS.finditer(sentence)
            ]
            whole = [count for kind, count, _ in stated if not kind]
            parts = [(_POST_KINDS.get(kind, "other"), count) for kind, count, _ in stated if kind]
            total = whole[0] if whole else sum(count for _, count in parts) if len(parts) > 1 else None
            if total is None:
                continue
            yield Placed("overview.staff.total.authorised_posts", str(total), section.heading, sentence)
            if sum(count for _, count in parts) == total:
                for kind, count in parts:
                    key = f"overview.staff.{kind}.authorised_posts"
                    yield Placed(key, str(count), section.heading, sentence)


def organisations(section: Section) -> Iterator[Placed]:
    """How many offices and sub-units there are, and their names where as many are listed."""
    row = 0
    for text in section.texts:
        for match in _COUNT.finditer(text):
            within = match["what"].startswith("内设")
            count = next(
                (each.value for each in figures(f"{match['count']}个") if each.value is not None), None
            )
            if count is None:
                continue
            key = "office_count" if within else "sub_unit_count"
            yield Placed(f"overview.structure.{key}", str(int(count)), section.heading, match[0])
            listed = _LISTED.search(match["list"].lstrip("，, "))
            names = re.split(r"[、，,和]", listed[1]) if listed else []
            if listed and len(names) != count:
                names = re.split(r"[、，,]", listed[1])
            if len(names) == count:
                for name in names:
                    yield Placed(
                        f"overview.organisations.{row}.name", name.strip("（）() "), section.heading, match[0]
                    )
                    kind = "内设机构" if within else "下属单位"
                    yield Placed(f"overview.organisations.{row}.type", kind, section.heading, match[0])
                    row += 1


def projects(tables: Iterable[tuple[str, Table]]) -> Iterator[Placed]:
    """The names of the projects of a table; each table comes with the heading it stands under."""
    for heading, table in tables:
        if not table.rows or "项目名称" not in table.rows[0][0]:
            continue
        names = [
            row[0].strip() for row in table.rows[1:] if row[0].strip() not in {"", "合计", "小计", "总计"}
        ]
        for row, name in enumerate(names):
            yield Placed(f"budget.projects.{row}.name", name, heading, table.name)


def indicators(tables: Iterable[tuple[str, Table]]) -> Iterator[Placed]:
    """Names, directions, units and weights of the indicators; targets and results belong to the year."""
    for heading, table in tables:
        at = next((row for row, cells in enumerate(table.rows) if "三级指标" in cells), None)
        if at is None:
            continue
        columns = {cell.strip(): column for column, cell in reversed(list(enumerate(table.rows[at])))}
        row = 0
        for cells in table.rows[at + 1 :]:
            if len(set(cells)) < 3 or cells[0] in {"总分", "合计"}:
                continue
            prefix = f"goals.indicators.{row}"
            for key, value in _indicator(columns, cells):
                yield Placed(f"{prefix}.{key}", value, heading, table.name)
            row += 1
        return


def _indicator(columns: Mapping[str, int], cells: Sequence[str]) -> Iterator[tuple[str, str]]:
    def cell(*names: str) -> str:
        return next((cells[columns[name]].strip() for name in names if name in columns), "")

    yield "level1", cell("一级指标")
    yield "level2", cell("二级指标")
    yield "level3", cell("三级指标")
    target = read_measure(cell("指标值", "年度指标值"))
    unit = cell("计量单位")
    if target.number is not None:
        yield "comparator", target.comparator
        unit = unit or _UNIT.sub("", cell("指标值", "年度指标值"))
    elif cell("指标值", "年度指标值"):
        yield "comparator", "定性"
    if unit:
        yield "measure_unit", unit
    if weight := cell("分值", "权重"):
        yield "weight", weight


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
                if figure.unit != "元" or figure.value is None or "项目" in said.replace("项目支出", ""):
                    continue
                line = last_named(words()["rows"], said) or (
                    "total" if last_named(words()["columns"], said) else ""
                )
                if line and column:
                    self._met.setdefault(("lines", line, column), (figure.value, heading, sentence))

    def _closing(self) -> set[tuple[str, str, str]]:
        """The figures that some relation of the form confirms: basic + project, its parts, the sum of 三公."""
        sure: set[tuple[str, str, str]] = set()
        for block, whole, parts in _SUMS:
            keys = [(block, each, "outturn") for each in (whole, *parts)]
            if all(key in self._met for key in keys):
                amounts = [self._met[key][0] for key in keys]
                if abs(amounts[0] - sum(amounts[1:])) <= Decimal(100) * len(amounts):
                    sure.update(keys)
        return sure | self._rated()

    def _rated(self) -> set[tuple[str, str, str]]:
        """The total outturn, where it does not exceed the adjusted budget it is told with."""
        total, budget = ("lines", "total", "outturn"), ("lines", "total", "adjusted_budget")
        if total in self._met and budget in self._met and 0 < self._met[total][0] <= self._met[budget][0]:
            return {total}
        return set()

    def placed(self) -> Iterator[Placed]:
        """The outturn of each line that is sure, in 万元."""
        if self._closing():
            yield Placed("overview.identity.money_unit", "万元", "", "")
        for key in sorted(self._closing()):
            amount, heading, sentence = self._met[key]
            ten_thousands = amount / 10000
            yield Placed(f"budget.{'.'.join(key)}", f"{ten_thousands:f}", heading, sentence)

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
    found = (
        list(figures(f"{cell.strip()}{unit}")) if re.fullmatch(r"-?[\d,]+(?:\.\d+)?", cell.strip()) else []
    )
    return found[0].value if found and cell.strip()[0] != "-" else None
