"""Posts, organisations, tables and money of an earlier report; money is placed only where the arithmetic closes."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from selfeval_xlsx.earlier.sections import OVER, SENTENCE, Left, Placed, Section, last_named, words
from selfeval_xlsx.figures import figures, read_measure
from selfeval_xlsx.signed.paragraphs import Table

_PEOPLE = re.compile(r"(\d{1,5})\s*(?:名|人(?!次)|个(?=[，,。；;、（(）)]|$))")
_SPOKEN_OF = {
    "authorised_posts": ["编制"],
    "staff_in_post": ["在职", "实有", "在编", "在岗"],
    "retired_staff": ["退休"],
    "": ["学生", "编外", "聘用", "临聘", "遗属", "车辆", "其他人员"],
}
"""What a number of people is of, by the word said last before it; "" of what has no place."""
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
_POST_KINDS = {"administrative": ["行政", "参公"], "institutional": ["事业"], "other": ["工勤", "其他"]}
_NUMBER = r"(\d{1,3}|[一二两三四五六七八九十]{1,3})\s*个\s*"
_COUNT_FIRST = re.compile(
    rf"{_NUMBER}((?:内设|下属|直属|二级)(?:机构|科室|股室|处室|部门|事业单位|预算单位|单位))"
)
_NAMES_FIRST = re.compile(
    rf"内?设(?:有|置)?([^。；;：:\d]{{3,300}}?)等?{_NUMBER}(?:内设机构|机构|科室|股室|处室|部门|科|股)"
)

_NAMES_ONLY = re.compile(r"内设(?:机构|科室|股室|处室)(?:包括|分别为|分别是|为|有)[：:]?([^。；;\d]{3,300})")
_OFFICE = re.compile(r"[^\s的]{1,15}(?:[科股室处办站所队部组]|中心)")


def staff(section: Section) -> Iterator[Placed]:
    """Posts, staff and pensioners: in all, and by kind where no kind contradicts what is told in all."""
    if OVER in section.places:
        return
    for sentence in (each for text in section.texts for each in SENTENCE.findall(text)):
        told: dict[str, dict[str, int]] = {}
        of, before = "", 0
        for figure in _PEOPLE.finditer(sentence):
            said, before = sentence[before : figure.start()], figure.end()
            if figure[0].endswith("个") and "编制" not in said[-8:]:
                continue  # units, not people
            kind = last_named(_POST_KINDS, said)
            of = (
                last_named(_SPOKEN_OF, said)
                if any(word in said for word in _ALL_SPOKEN_OF)
                else of
                if kind
                else ""
            )
            told.setdefault(of, {}).setdefault(kind or "total", int(figure[1]))
        for of, counts in told.items():
            yield from _people(of, counts, section.heading, sentence)


_ALL_SPOKEN_OF = [word for some in _SPOKEN_OF.values() for word in some]


def _people(of: str, counts: Mapping[str, int], heading: str, sentence: str) -> Iterator[Placed]:
    total = counts.get("total")
    if of == "retired_staff" and total is not None:
        yield Placed("overview.structure.retired_staff", str(total), heading, sentence)
    if not of or of == "retired_staff":
        return
    parts = sum(count for kind, count in counts.items() if kind != "total")
    for kind, count in counts.items():
        if kind == "total" or total in {None, parts}:
            yield Placed(f"overview.staff.{kind}.{of}", str(count), heading, sentence)


def organisations(section: Section) -> Iterator[Placed]:
    """How many offices and sub-units there are, and their names where as many are listed."""
    row = 0
    for said, what, number, listed in _told_of(section.texts):
        within = what.startswith("内设")
        count = next((each.value for each in figures(f"{number}个") if each.value is not None), None)
        if count is not None:
            key = "office_count" if within else "sub_unit_count"
            yield Placed(f"overview.structure.{key}", str(int(count)), section.heading, said)
        for name in _names(listed, count):
            place = f"overview.organisations.{row}"
            yield Placed(f"{place}.name", name.strip("（）() "), section.heading, said)
            yield Placed(f"{place}.type", "内设机构" if within else "下属单位", section.heading, said)
            row += 1


def _names(listed: str, count: Decimal | None) -> Sequence[str]:
    """The names in a list: as many as were counted, or where nothing is counted such as only offices have."""
    if not listed:
        return ()
    for marks in ("[、，,和]", "[、，,]"):
        names = re.split(marks, listed)
        if len(names) == count or (count is None and all(map(_OFFICE.fullmatch, names))):
            return names
    return ()


def _told_of(texts: Iterable[str]) -> Iterator[tuple[str, str, str, str]]:
    """What is said of offices or sub-units: the words, which of both, how many, their names as listed."""
    for text in texts:
        for match in _COUNT.finditer(text):
            listed = _LISTED.search(match["list"].lstrip("，, "))
            yield match[0], match["what"], match["count"], listed[1] if listed else ""
        for match in _COUNT_FIRST.finditer(text):
            yield match[0], match[2], match[1], ""
        for match in _NAMES_FIRST.finditer(text):
            yield match[0], "内设", match[2], match[1]
        for match in _NAMES_ONLY.finditer(text):
            yield match[0], "内设", "", match[1]


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
                if "三公" in sentence[: figure.start]:
                    self._official(said, column, figure.value, heading, sentence)
                    continue
                if figure.unit != "元" or figure.value is None or "项目" in said.replace("项目支出", ""):
                    continue
                line = last_named(words()["rows"], said) or (
                    "total" if last_named(words()["columns"], said) else ""
                )
                if line and column:
                    self._met.setdefault(("lines", line, column), (figure.value, heading, sentence))

    def _official(self, said: str, column: str, value: Decimal | None, heading: str, sentence: str) -> None:
        """A figure of a sentence about 三公经费: what was spent, where nothing else is said of it."""
        line = last_named(words()["official"], said) or ("total" if "三公" in said else "")
        if line and value is not None:
            self._met.setdefault(("official", line, column or "outturn"), (value, heading, sentence))

    def _closing(self) -> set[tuple[str, str, str]]:
        """The figures that some relation of the form confirms: basic + project, its parts, the sum of 三公."""
        sure: set[tuple[str, str, str]] = set()
        for block, whole, parts in _SUMS:
            keys = [(block, each, "outturn") for each in (whole, *parts)]
            if block == "official":  # of what there was none, nothing is said
                keys = [key for key in keys if key in self._met]
            if len(keys) > 2 and keys[0][1] == whole and all(key in self._met for key in keys):
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
