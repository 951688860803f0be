"""The sheet 核对结果 of a marked copy: every finding with a link to its cell, and what stayed unchecked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from selfeval_xlsx.cells import CellRef, coordinate
from selfeval_xlsx.findings import CheckResult, Finding, Severity, Suspect, verdict
from selfeval_xlsx.office.tree import written
from selfeval_xlsx.text import printable
from selfeval_xlsx.workbook.stylesheet import Element, Look, Stylesheet, child, new

TITLE = "核对结果"
"""Names the sheet and begins its first cell, by which it is known again; it is no part of the form."""

FILLS = {Severity.ERROR: "FFFF9F9F", Severity.WARNING: "FFFFD54F", Severity.NOTE: "FFBBDEFB"}
LIGHT = {Severity.ERROR: "FFFFE3E3", Severity.WARNING: "FFFFF3CD", Severity.NOTE: "FFE8F4FE"}
"""The colours of a finding's first cell, and of the other cells it speaks of."""

_COLUMNS = (
    ("级别", 8),
    ("编号", 9),
    ("位置", 15),
    ("项目", 26),
    ("问题", 52),
    ("可能的原因", 24),
    ("怎么办", 40),
)
_ADVICE = (
    "请改正标红的格（错误），看一看标黄的格（提醒）；同一处问题涉及的其他格颜色较浅。改好保存后，再运行一次“生成报告”。",
    "点“位置”到那一格，点各表的标题（A1）回到本表。填报的内容没有改动；本表和颜色、批注会在下次核对时重写。",
)
_HEAD_ROW = len(_ADVICE) + 2
_PADDING, _LINE = 6, 14
"""Points of a row's height: for all of it, and for each line."""
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    texts: tuple[str, ...]
    fill: str = ""
    link: CellRef | None = None


def rows(result: CheckResult) -> Iterator[Row]:
    """The lines: where to look first, the findings by severity, what stayed unchecked."""
    yield from map(_suspect, result.suspects)
    for severity in Severity:
        yield from (_finding(each) for each in result.gathered if each.severity is severity)
    for skipped in result.skipped:
        yield Row(
            ("未核对", skipped.code, "", skipped.label, f"所需的数没有填，未核对：{skipped.title}", "", "")
        )


def _suspect(suspect: Suspect) -> Row:
    codes = "、".join(suspect.codes)
    return Row(
        (
            "先看",
            "",
            str(suspect.at),
            suspect.label,
            f"填报 {suspect.found}，可能应为 {suspect.satisfying}。",
            f"几处不符都涉及这一格；改成 {suspect.satisfying}，{codes} 的 {len(suspect.codes)} 处不符都能对上。",
            "请先核对这一格，改好后其余的多半随之消失",
        ),
        FILLS[Severity.ERROR],
        suspect.at,
    )


def _finding(finding: Finding) -> Row:
    place = str(finding.at[0]) if finding.at else ""
    return Row(
        (
            finding.severity.value,
            finding.code,
            place,
            finding.label,
            f"{finding.message}。",
            f"{finding.cause}。" if finding.cause else "",
            finding.hint,
        ),
        FILLS[finding.severity],
        finding.at[0] if finding.at else None,
    )


# --- the part ---------------------------------------------------------------------------------------


def part(result: CheckResult, styles: Stylesheet) -> bytes:
    """The sheet's part, with its formats added to ``styles``."""
    root = new("worksheet")
    child(child(root, "sheetPr"), "pageSetUpPr", fitToPage="1")
    view = child(
        child(root, "sheetViews"), "sheetView", tabSelected="1", showGridLines="0", workbookViewId="0"
    )
    child(
        view,
        "pane",
        ySplit=str(_HEAD_ROW),
        topLeftCell=f"A{_HEAD_ROW + 1}",
        activePane="bottomLeft",
        state="frozen",
    )
    child(view, "selection", pane="bottomLeft", activeCell=f"A{_HEAD_ROW + 1}", sqref=f"A{_HEAD_ROW + 1}")
    child(root, "sheetFormatPr", defaultRowHeight="15")
    columns = child(root, "cols")
    for number, (_, width) in enumerate(_COLUMNS, start=1):
        child(columns, "col", min=str(number), max=str(number), width=str(width), customWidth="1")
    listed = list(rows(result))
    data = child(root, "sheetData")
    _head(data, styles, verdict(result.findings))
    for number, row in enumerate(listed, start=_HEAD_ROW + 1):
        _row(data, styles, number, row)
    _links(root, listed)
    child(root, "pageMargins", left="0.4", right="0.4", top="0.5", bottom="0.5", header="0.3", footer="0.3")
    child(root, "pageSetup", paperSize="9", orientation="landscape", fitToHeight="0")
    return written(root)


def _head(data: Element, styles: Stylesheet, counts: str) -> None:
    title = styles.cell(Look("黑体", 14, colour="FF1F4E79", boxed=False, wrap=False))
    advice = styles.cell(Look(colour="FF595959", boxed=False, wrap=False))
    head = styles.cell(Look("黑体", 10, fill="FFD9E2EC", centred=True))
    _cell(_line(data, 1, 26), 1, 1, f"{TITLE}：{counts}", title)
    for number, text in enumerate(_ADVICE, start=2):
        _cell(_line(data, number, 18), number, 1, text, advice)
    line = _line(data, _HEAD_ROW, 22)
    for column, (name, _) in enumerate(_COLUMNS, start=1):
        _cell(line, _HEAD_ROW, column, name, head)


def _row(data: Element, styles: Stylesheet, number: int, row: Row) -> None:
    body, link = styles.cell(Look()), styles.cell(Look(colour="FF0563C1", underline=True))
    level = styles.cell(Look(fill=row.fill, centred=True))
    lines = max(_lines(text, width) for text, (_, width) in zip(row.texts, _COLUMNS, strict=True))
    line = _line(data, number, _PADDING + _LINE * lines)
    for column, text in enumerate(row.texts, start=1):
        style = level if column == 1 else link if column == 3 and row.link else body
        _cell(line, number, column, text, style)


def _lines(text: str, width: int) -> int:
    """How many lines a text takes in a column of ``width`` half-width characters."""
    room = width - 1
    return sum(1 + max(_width(line) - 1, 0) // room for line in text.split("\n"))


def _width(text: str) -> int:
    return sum(2 if letter > "ÿ" else 1 for letter in text)


def _line(data: Element, number: int, height: int) -> Element:
    return child(data, "row", r=str(number), ht=str(min(height, 409)), customHeight="1")


def _cell(line: Element, row: int, column: int, text: str, style: int) -> None:
    """Write text, never a formula."""
    cell = child(line, "c", r=coordinate(row, column), s=str(style))
    if text:
        cell.set("t", "inlineStr")
        said = child(child(cell, "is"), "t", _ESCAPE.sub("_x005F_", printable(text)))
        said.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _links(root: Element, listed: list[Row]) -> None:
    linked = [(number, row.link) for number, row in enumerate(listed, start=_HEAD_ROW + 1) if row.link]
    if linked:
        links = child(root, "hyperlinks")
        for number, target in linked:
            quoted = target.sheet.replace("'", "''")
            child(
                links,
                "hyperlink",
                ref=f"C{number}",
                location=f"'{quoted}'!{target.coordinate}",
                display=str(target),
            )
