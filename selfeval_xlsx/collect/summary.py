"""汇总.xlsx: one row a unit, one row a finding, every file received, all rows of all units, ranks and charts."""

import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd
import xlsxwriter

from selfeval_xlsx.collect.control import Explanation
from selfeval_xlsx.collect.likeness import Alike
from selfeval_xlsx.collect.run import Collection
from selfeval_xlsx.collect.work import LISTS

MONEY, RATE, SCORE, COUNT, LINK, AS_TYPED = "money", "rate", "score", "count", "link", "as typed"
_FORMATS = {MONEY: "#,##0.00", RATE: "0.00%", SCORE: "0.00", COUNT: "0"}
_INK, _HEAD, _STRIPE = "#1d2733", "#dce6f1", "#f6f8fb"
_SEVERE = {"错误": "#fde3e1", "提醒": "#fff3d6"}
_WIDEST, _NARROWEST = 60, 8
_DIMENSIONS = {
    "FRM": "填报表",
    "FIL": "完整性",
    "SUM": "预算数据",
    "EXE": "预算执行",
    "IND": "绩效指标",
    "NAR": "文字表述",
}
"""What a finding is about, by the first letters of its code."""


@dataclass(frozen=True)
class Column:
    """One column of a sheet: its head, how its values look, and whether it is summed up."""

    head: str
    form: str = ""
    summed: bool = False


def workbook(
    collection: Collection, shared: Sequence[Alike] = (), explanations: Sequence[Explanation] = ()
) -> bytes:
    """The summary as .xlsx; a text that begins like a formula stays a text."""
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties({"title": "部门整体支出绩效自评汇总", "created": _EPOCH})
        writer = _Writer(book)
        overview = _overview(collection)
        writer.sheet("汇总", overview, _OVERVIEW)
        writer.sheet("问题清单", _findings(collection), [Column(head) for head in _FINDING_HEADS])
        writer.sheet("收件登记", _register(collection), [Column(head) for head in _REGISTER_HEADS])
        if collection.roster:
            writer.sheet("未报送", _missing(collection), [Column(head) for head in _MISSING_HEADS])
        for name in LISTS:
            table = _rows(collection, name)
            if len(table):
                writer.sheet(name, table, [Column(str(head), AS_TYPED) for head in table.columns])
        writer.sheet("质量", _quality(collection), _QUALITY)
        if shared:
            writer.sheet("相同文字", _alike(shared), [Column(head) for head in ("文字", "出现在")])
        if explanations:
            writer.sheet("与控制数核对", _explained(explanations), _CONTROL)
        if collection.units:
            writer.charts(overview, collection)
    return stream.getvalue()


_EPOCH = pd.Timestamp("2000-01-01").to_pydatetime()
"""The same bytes every time."""


# --- tables -------------------------------------------------------------------------------------

_OVERVIEW = [
    Column("单位"),
    Column("主管部门"),
    Column("年度"),
    Column("年初预算（万元）", MONEY, summed=True),
    Column("调整后预算（万元）", MONEY, summed=True),
    Column("执行数（万元）", MONEY, summed=True),
    Column("执行率", RATE),
    Column("自评总分", SCORE),
    Column("等级"),
    Column("错误", COUNT, summed=True),
    Column("提醒", COUNT, summed=True),
    Column("说明", COUNT, summed=True),
    Column("签批稿核验"),
    Column("报告", LINK),
    Column("核对标注", LINK),
]


def _overview(collection: Collection) -> pd.DataFrame:
    rows = []
    for each in collection.units:
        identity, figures = each.result.identity, each.result.figures
        counts = Counter(finding["severity"] for finding in each.result.findings)
        rows.append(
            (
                each.unit,
                identity.get("department", ""),
                identity.get("year", ""),
                *(_number(figures.get(name)) for name in ("original_budget", "adjusted_budget", "outturn")),
                _number(figures.get("execution_rate")),
                _number(figures.get("total_score")),
                identity.get("grade", ""),
                counts["错误"],
                counts["提醒"],
                counts["说明"],
                each.verified.verdict if each.verified else "",
                each.report,
                each.marked,
            )
        )
    return pd.DataFrame(rows, columns=[column.head for column in _OVERVIEW], dtype=object)


_FINDING_HEADS = (
    "单位",
    "等级",
    "维度",
    "对象",
    "位置",
    "发现",
    "事实及判定",
    "可能的原因",
    "建议",
    "依据",
    "编号",
)


def _findings(collection: Collection) -> pd.DataFrame:
    rows = [
        (
            each.unit,
            finding["severity"],
            _DIMENSIONS.get(finding["code"][:3], ""),
            finding["label"],
            finding["place"],
            finding["title"],
            finding["message"],
            finding["cause"],
            finding["hint"],
            finding["basis"],
            finding["code"],
        )
        for each in collection.units
        for finding in each.result.findings
    ]
    return pd.DataFrame(rows, columns=list(_FINDING_HEADS), dtype=object)


_REGISTER_HEADS = ("文件", "单位", "种类", "时间", "处理", "说明", "发件人", "摘要")


def _register(collection: Collection) -> pd.DataFrame:
    rows = [
        (
            each.file.place,
            each.unit,
            each.file.kind.value,
            f"{each.file.time:%Y-%m-%d %H:%M}",
            each.standing,
            each.why,
            each.file.sender,
            each.file.digest[:16],
        )
        for each in collection.register
    ]
    return pd.DataFrame(rows, columns=list(_REGISTER_HEADS), dtype=object)


_MISSING_HEADS = ("情况", "单位", "主管部门", "联系人", "邮箱", "可能是")


def _missing(collection: Collection) -> pd.DataFrame:
    rows = [
        ("未报送", unit.name, unit.department, unit.contact, unit.email, "") for unit in collection.missing
    ]
    rows += [("不在名单", unit, "", "", "", near) for unit, near in collection.strangers.items()]
    return pd.DataFrame(rows, columns=list(_MISSING_HEADS), dtype=object)


def _rows(collection: Collection, name: str) -> pd.DataFrame:
    """All rows of one list of all units; a column that only some units have is blank for the others."""
    rows = [
        {"单位": each.unit, **row} for each in collection.units for row in each.result.lists.get(name, ())
    ]
    return pd.DataFrame(rows, dtype=object).fillna("") if rows else pd.DataFrame()


_QUALITY = [
    Column("名次", COUNT),
    Column("单位"),
    Column("核对通过率", RATE),
    Column("核对项数", COUNT),
    Column("有问题的项数", COUNT),
    Column("最多的问题"),
]


def _quality(collection: Collection) -> pd.DataFrame:
    """Each unit's share of checks passed, best first; units alike share a rank."""
    rows = []
    for each in collection.units:
        share = 1 - Decimal(each.result.broken) / each.result.checked if each.result.checked else None
        commonest = Counter(
            finding["title"] for finding in each.result.findings if finding["severity"] != "说明"
        ).most_common(1)
        told = f"{commonest[0][0]}（{commonest[0][1]} 处）" if commonest else ""
        rows.append((each.unit, share, each.result.checked, each.result.broken, told))
    rows.sort(key=lambda row: (-(row[1] or 0), row[0]))
    shares = [row[1] for row in rows]
    ranked = [(shares.index(row[1]) + 1, *row) for row in rows]
    return pd.DataFrame(ranked, columns=[column.head for column in _QUALITY], dtype=object)


def _alike(shared: Iterable[Alike]) -> pd.DataFrame:
    rows = [(each.sentence, "；".join(f"{unit} {cell}" for unit, cell in each.places)) for each in shared]
    return pd.DataFrame(rows, columns=["文字", "出现在"], dtype=object)


_CONTROL = [
    Column("项目"),
    Column("控制数（万元）", MONEY),
    Column("各单位之和（万元）", MONEY),
    Column("差额（万元）", MONEY),
    Column("改动这些单位即可对上"),
]


def _explained(explanations: Iterable[Explanation]) -> pd.DataFrame:
    rows = []
    for each in explanations:
        units = "；".join(
            f"{unit}（控制数 {control:,.2f}，填报 {'未填' if own is None else f'{own:,.2f}'}）"
            for unit, control, own in each.units
        )
        rows.append(
            (each.figure, each.control, each.summed, each.difference, units or "三个以内的单位解释不了")
        )
    return pd.DataFrame(rows, columns=[column.head for column in _CONTROL], dtype=object)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


@dataclass(frozen=True)
class _Chart:
    """One chart: its title, its kind, and rows of a name and a figure for each of its heads."""

    title: str
    kind: str
    rows: Sequence[Sequence[Any]]
    heads: Sequence[str]


# --- the file -----------------------------------------------------------------------------------


class _Writer:
    """Writes tables as sheets that look finished: heads, widths, stripes, filters, totals, print set-up."""

    def __init__(self, book: Any) -> None:
        self._book = book
        base = {"font_name": "微软雅黑", "font_size": 10, "valign": "vcenter", "font_color": _INK}
        border = {"border": 1, "border_color": "#c9d2dc"}
        self._title = book.add_format({**base, "bold": True, "font_size": 14})
        self._head = book.add_format(
            {**base, **border, "bold": True, "bg_color": _HEAD, "text_wrap": True, "align": "center"}
        )
        self._cells: dict[tuple[str, str, bool], Any] = {}
        self._base = {**base, **border}
        self._total = {**base, **border, "bold": True, "top": 2, "bg_color": _HEAD}

    def _format(self, form: str, colour: str, *, total: bool = False) -> Any:
        key = (form, colour, total)
        if key not in self._cells:
            look = dict(self._total if total else self._base)
            if form in _FORMATS:
                look["num_format"] = _FORMATS[form]
            else:
                look["text_wrap"] = True
            if colour and not total:
                look["bg_color"] = colour
            self._cells[key] = self._book.add_format(look)
        return self._cells[key]

    def sheet(self, name: str, table: pd.DataFrame, columns: Sequence[Column]) -> None:
        """One table: title, head in row 3, rows, and a living total where a column is summed up."""
        sheet = self._book.add_worksheet(name)
        sheet.write_string(0, 0, f"{name}（{len(table)} 行）", self._title)
        for place, column in enumerate(columns):
            sheet.write_string(2, place, column.head, self._head)
            sheet.set_column(place, place, _width(column, table[column.head]))
        for number, row in enumerate(table.itertuples(index=False), start=3):
            colour = _SEVERE.get(str(row[1]), "") if name == "问题清单" else (_STRIPE if number % 2 else "")
            for place, (column, value) in enumerate(zip(columns, row, strict=True)):
                self._cell(sheet, (number, place), column, value, colour)
        last = len(table) + 2
        if len(table):
            sheet.autofilter(2, 0, last, len(columns) - 1)
            if any(column.summed for column in columns):
                self._totals(sheet, columns, last, table)
        sheet.freeze_panes(3, 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(2)
        sheet.set_footer("&C第 &P 页，共 &N 页")

    def _cell(self, sheet: Any, place: tuple[int, int], column: Column, value: Any, colour: str) -> None:
        form, value = _read(column.form, value)
        look = self._format(form, colour)
        if value is None or value == "":
            sheet.write_blank(*place, None, look)
        elif form == LINK:
            sheet.write_url(*place, f"external:{value}", look, string="打开")
        elif form:
            sheet.write_number(*place, float(value), look)
        else:
            sheet.write_string(*place, str(value)[:32767], look)

    def _totals(self, sheet: Any, columns: Sequence[Column], last: int, table: pd.DataFrame) -> None:
        """A total row that follows the filter: sums, and the rate of the sums."""
        heads = [column.head for column in columns]
        sheet.write_string(last + 1, 0, "合计", self._format("", "", total=True))
        for place, column in enumerate(columns[1:], start=1):
            look = self._format(column.form, "", total=True)
            letter = _letter(place)
            if column.summed:
                value = sum((Decimal(each) for each in table[column.head] if each is not None), Decimal(0))
                formula = f"=SUBTOTAL(109,{letter}4:{letter}{last + 1})"
                sheet.write_formula(last + 1, place, formula, look, float(value))
            elif column.head == "执行率":
                budget, outturn = (
                    _letter(heads.index(head)) for head in ("调整后预算（万元）", "执行数（万元）")
                )
                row = last + 2
                formula = f'=IF({budget}{row}=0,"",ROUND({outturn}{row}/{budget}{row},4))'
                sheet.write_formula(last + 1, place, formula, look, _rate_of(table))
            else:
                sheet.write_blank(last + 1, place, None, look)

    def charts(self, overview: pd.DataFrame, collection: Collection) -> None:
        """The sheet 图表: rates sorted, budget against outturn, grades, findings."""
        sheet = self._book.add_worksheet("图表")
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        rates = [
            (unit, rate)
            for unit, rate in zip(overview["单位"], overview["执行率"], strict=True)
            if rate is not None
        ]
        rates.sort(key=lambda row: (row[1], row[0]))
        grades = Counter(each.result.identity.get("grade") or "未评" for each in collection.units)
        findings = Counter(
            f"{finding['code']} {finding['title']}"
            for each in collection.units
            for finding in each.result.findings
            if finding["severity"] != "说明"
        ).most_common(10)
        budgets = sorted(
            (
                (row["单位"], row["调整后预算（万元）"], row["执行数（万元）"])
                for _, row in overview.iterrows()
                if row["调整后预算（万元）"] is not None and row["执行数（万元）"] is not None
            ),
            key=lambda row: -row[1],
        )[:30]
        specs = [
            _Chart("预算执行率（由低到高）", "bar", rates[:40], ("执行率",)),
            _Chart("预算和执行数（万元，最大的 30 个单位）", "column", budgets, ("调整后预算", "执行数")),
            _Chart("自评等级", "pie", sorted(grades.items()), ("单位数",)),
            _Chart("最常见的问题", "bar", findings[::-1], ("处数",)),
        ]
        data = self._book.add_worksheet("图表数据")
        data.hide()
        column = 0
        for number, spec in enumerate(specs):
            if spec.rows:
                self._chart((sheet, data), spec, column, number)
                column += len(spec.heads) + 2

    def _chart(self, sheets: tuple[Any, Any], spec: "_Chart", column: int, number: int) -> None:
        (sheet, data), title, kind, rows, heads = sheets, spec.title, spec.kind, spec.rows, spec.heads
        for place, head in enumerate(("名称", *heads)):
            data.write_string(0, column + place, head)
        for row, values in enumerate(rows, start=1):
            data.write_string(row, column, str(values[0]))
            for place, value in enumerate(values[1:], start=1):
                data.write_number(row, column + place, float(value))
        chart = self._book.add_chart({"type": kind})
        for place, head in enumerate(heads, start=1):
            chart.add_series(
                {
                    "name": head,
                    "categories": ["图表数据", 1, column, len(rows), column],
                    "values": ["图表数据", 1, column + place, len(rows), column + place],
                    "data_labels": {
                        "value": kind != "column",
                        **({"num_format": "0.00%"} if head == "执行率" else {}),
                    },
                    "gap": 60,
                }
            )
        chart.set_title({"name": title, "name_font": {"size": 12}})
        chart.set_legend(
            {"none": len(heads) == 1 and kind != "pie"} if kind != "pie" else {"position": "right"}
        )
        if "执行率" in heads:
            chart.set_x_axis({"num_format": "0%", "min": 0})
        elif kind == "column":
            chart.set_y_axis({"num_format": "#,##0", "min": 0})
        chart.set_size({"width": 760, "height": max(300, 110 + 22 * len(rows)) if kind == "bar" else 380})
        sheet.insert_chart(1 + 22 * (number // 2), 0 if number % 2 == 0 else 12, chart)


def _read(form: str, value: Any) -> tuple[str, Any]:
    """What a value as typed is: an amount, a rate, or a text."""
    if form != AS_TYPED:
        return form, value
    bare = str(value).replace(",", "")
    if re.fullmatch(r"-?\d{1,14}(?:\.\d+)?", bare):
        return MONEY if "." in bare else COUNT, Decimal(bare)
    if re.fullmatch(r"-?\d{1,6}(?:\.\d+)?%", bare):
        return RATE, Decimal(bare[:-1]) / 100
    return "", value


def _rate_of(table: pd.DataFrame) -> float | str:
    budget, outturn = (
        sum((each for each in table[head] if each is not None), Decimal(0))
        for head in ("调整后预算（万元）", "执行数（万元）")
    )
    return float(round(outturn / budget, 4)) if budget else ""


def _letter(place: int) -> str:
    return str(xlsxwriter.utility.xl_col_to_name(place))


def _width(column: Column, values: Iterable[Any]) -> float:
    """Wide enough for the head and for most of the values; a Chinese character counts two."""
    if column.form == LINK:
        return _NARROWEST
    longest = max((_span(_shown(column, value)) for value in values if value is not None), default=0)
    return min(max(longest + 2, min(_span(column.head), 14) + 3, _NARROWEST), _WIDEST)


def _shown(column: Column, value: Any) -> str:
    return f"{value:,.2f}" if column.form in {MONEY, SCORE, RATE} else str(value)


def _span(text: str) -> int:
    return max(
        (sum(2 if ord(character) > 0x2E7F else 1 for character in line) for line in text.split("\n")),
        default=0,
    )
