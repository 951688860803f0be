"""The units drawn to be checked again: why each was drawn, and a 复核表 prefilled with its indicators."""

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from selfeval_xlsx import files
from selfeval_xlsx.collect.journal import cleared, kept
from selfeval_xlsx.collect.run import Collection, UnitResult
from selfeval_xlsx.collect.sampling import Candidate, Drawn, draw
from selfeval_xlsx.office.provenance import sealed

FOLDER = "抽样复核"
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - the same bytes every time

_HEADS = (
    "一级指标",
    "二级指标",
    "三级指标",
    "指标性质",
    "指标值",
    "计量单位",
    "权重",
    "自评完成值",
    "自评得分",
    "复核完成值",
    "复核得分",
    "偏差",
    "备注",
)
_LABELS = ("一级指标", "二级指标", "三级指标", "指标性质", "指标值", "计量单位", "分值", "完成值", "得分")
"""The columns of the form that fill the first of :data:`_HEADS`."""
_WIDTHS = (10, 14, 26, 9, 12, 9, 8, 14, 9, 14, 9, 9, 26)
_NUMBERS = {"权重", "自评得分"}


def risks_of(each: UnitResult, largest: Decimal) -> Mapping[str, float]:
    """Why a unit should rather be drawn: findings, size, a jump against last year, full scores, targets alike."""
    figures = {name: Decimal(value) for name, value in each.result.figures.items() if value is not None}
    risks = {}
    told = sum(finding["severity"] != "说明" for finding in each.result.findings)
    if told:
        risks[f"问题 {told} 处"] = min(told / 5, 3.0)
    budget = figures.get("adjusted_budget", Decimal(0))
    if largest and budget > largest / 4:
        risks["预算规模大"] = float(budget / largest) * 2
    last, now = figures.get("prior_outturn"), figures.get("outturn")
    if last and now is not None and abs(now - last) / last > Decimal("0.3"):
        risks[f"执行数比上年变动 {abs(now - last) / last:.0%}"] = 1.5
    indicators = each.result.lists.get("指标", ())
    scored = [row for row in indicators if row.get("得分")]
    if len(scored) > 4 and all(row.get("得分") == row.get("分值") for row in scored):
        risks["所有指标都是满分"] = 1.5
    targets = [row.get("指标值", "") for row in indicators]
    if len(targets) > 4 and max(map(targets.count, targets)) > len(targets) / 2:
        risks["指标值大多相同"] = 1.0
    return risks


def drawn_units(collection: Collection, share: float, seed: int, picked: Sequence[str]) -> list[Drawn]:
    """The units to be checked again, of those whose workbook can be used."""
    budgets = [Decimal(each.result.figures.get("adjusted_budget") or 0) for each in collection.units]
    largest = max(budgets, default=Decimal(0))
    candidates = [
        Candidate(each.unit, each.result.identity.get("department", ""), risks_of(each, largest))
        for each in collection.units
    ]
    return draw(candidates, share, seed, picked)


def write(collection: Collection, drawn: Sequence[Drawn], output: Path) -> None:
    """Write the list of those drawn and each one's 复核表 below ``output``; a 复核表 that is being filled in stays."""
    folder = output / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    units = {each.unit: each for each in collection.units}
    written = {kept(folder / "抽取名单.xlsx", sealed(_list(drawn)))}
    for each in drawn:
        path = folder / f"复核表-{files.safe_name(each.unit)}.xlsx"
        written.add(kept(path, sealed(form(units[each.unit])), written))
    cleared(folder, written)


def _list(drawn: Sequence[Drawn]) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet, head, text = _sheet(book, "抽取名单", ("单位", "主管部门", "抽取原因"), (30, 26, 60))
        for place, name in enumerate(("单位", "主管部门", "抽取原因")):
            sheet.write_string(0, place, name, head)
        for row, each in enumerate(drawn, start=1):
            for place, value in enumerate((each.unit, each.department, "；".join(each.reasons))):
                sheet.write_string(row, place, value, text)
    return stream.getvalue()


def form(each: UnitResult) -> bytes:
    """The 复核表 of one unit: its indicators as it scored them, room for the re-check, the deviation as living formulas."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet, head, text = _sheet(book, "复核表", _HEADS, _WIDTHS)
        number = book.add_format({"border": 1, "num_format": "0.00", "valign": "vcenter"})
        entry = book.add_format({"border": 1, "bg_color": "#fff8dc", "valign": "vcenter", "text_wrap": True})
        for place, name in enumerate(_HEADS):
            sheet.write_string(0, place, name, head)
        rows = each.result.lists.get("指标", ())
        for row, indicator in enumerate(rows, start=1):
            for place, label in enumerate(_LABELS):
                value = indicator.get(label, "")
                if _HEADS[place] in _NUMBERS and value:
                    sheet.write_number(row, place, float(value.replace(",", "")), number)
                else:
                    sheet.write_string(row, place, value, text)
            for place in (9, 10, 12):
                sheet.write_blank(row, place, None, entry)
            line = row + 1
            sheet.write_formula(row, 11, f'=IF(K{line}="","",K{line}-I{line})', number, "")
        last = len(rows) + 1
        sheet.write_string(last, 0, "合计", head)
        for place in (6, 8, 10, 11):
            column = xlsxwriter.utility.xl_col_to_name(place)
            known = (
                [Decimal(row[_LABELS[place]]) for row in rows if row.get(_LABELS[place])] if place < 9 else []
            )
            sheet.write_formula(last, place, f"=SUM({column}2:{column}{last})", number, float(sum(known)))
    return stream.getvalue()


def _sheet(book: Any, name: str, heads: Sequence[str], widths: Sequence[int]) -> tuple[Any, Any, Any]:
    """A sheet ready to print, with the looks of a head and of a text."""
    book.set_properties({"created": _EPOCH})
    sheet = book.add_worksheet(name)
    for place, width in zip(range(len(heads)), widths, strict=True):
        sheet.set_column(place, place, width)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    head = book.add_format(
        {"bold": True, "border": 1, "bg_color": "#dce6f1", "text_wrap": True, "align": "center"}
    )
    return sheet, head, book.add_format({"border": 1, "text_wrap": True, "valign": "vcenter"})
