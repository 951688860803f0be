"""A copy of the user's workbook with findings on their cells: coloured, commented, listed with links.

The copy is made on the parts of the package: what is not marked keeps its bytes, and of a marked sheet
no cell is touched. So everything a program stored is kept, known to us or not: results of formulas,
pictures, extensions. Marks of an earlier run are taken off first, wholly.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from selfeval_xlsx.cells import CellRef, coordinate
from selfeval_xlsx.errors import NotMarkedError
from selfeval_xlsx.findings import CheckResult, Finding, Severity, Suspect, verdict
from selfeval_xlsx.office.guard import UNPACKED_LIMIT
from selfeval_xlsx.office.package import DAMAGE, DOCUMENT, Package, SwollenError, packed
from selfeval_xlsx.office.tree import parse, written
from selfeval_xlsx.text import printable, width
from selfeval_xlsx.workbook import comments
from selfeval_xlsx.workbook.marks import (
    Element,
    Look,
    Stylesheet,
    child,
    clean,
    colour,
    link_back,
    literal,
    tag,
    words,
)

SHEETS_LIMIT = 8_000_000
"""Unpacked bytes of sheets a copy is made of; beyond that only the list of findings is given."""

_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_SELECTED = re.compile(rb"""(<(?:\w+:)?sheetView\b[^>]*?)\s+tabSelected=(?:"[^"]*"|'[^']*')""")


@dataclass
class Marks:
    """What is put on one cell."""

    severity: Severity | None = None
    """That of the gravest finding whose first cell it is."""
    beside: Severity | None = None
    """That of the gravest finding that speaks of it, too."""
    texts: list[str] = field(default_factory=list)


def mark(data: bytes, result: CheckResult) -> bytes:
    """A copy of the workbook in ``data`` with ``result``, found in it, on it.

    Raises:
        NotMarkedError: it is too large to copy, or a part that only the copy needs is broken: a picture, a drawing,
            how parts are related.

    """
    try:
        return _marked(data, result)
    except (SwollenError, AttributeError, IndexError, TypeError, *DAMAGE) as error:
        raise NotMarkedError(
            "工作簿里有损坏的部分（如图片、批注或格式），不能生成标注副本；请按列出的问题改正，"
            "或用 Excel、WPS 打开，另存为新的 .xlsx 再试。"
        ) from error


def _marked(data: bytes, result: CheckResult) -> bytes:
    package = Package.opened(data, UNPACKED_LIMIT)
    size = sum(len(content) for path, content in package.items() if path.lower().startswith("xl/worksheets/"))
    if size > SHEETS_LIMIT:
        raise NotMarkedError(
            "工作簿里有大量空白的格式行，太大，不能生成标注副本；请按列出的问题改正，或转填到新的填报表。"
        )
    main = package.related("", "officeDocument")
    if main is None:
        raise KeyError(main)
    workbook = package.tree(main.target)
    _remove_list(package, main.target, workbook)
    styles = Stylesheet(package, main.target)
    name = _free_name(workbook)
    marked = marks_of(result)
    for title, path in package.sheets(main.target, workbook):
        _mark_sheet(
            package,
            path,
            {ref.coordinate: each for ref, each in marked.items() if ref.sheet == title},
            styles,
            name,
        )
    _add_list(package, main.target, workbook, _list_part(result, styles), name)
    styles.save()
    package[main.target] = written(workbook)
    return packed(package)


def retyped(data: bytes, texts: Mapping[CellRef, str]) -> bytes:
    """A copy of the workbook in ``data`` with these texts typed into cells that hold texts; all else keeps its bytes.

    Raises:
        NotMarkedError: as :func:`mark`.

    """
    try:
        package = Package.opened(data, UNPACKED_LIMIT)
        main = package.related("", "officeDocument")
        assert main is not None  # it was read
        for title, path in package.sheets(main.target, package.tree(main.target)):
            root = package.tree(path)
            own = {ref.coordinate: text for ref, text in texts.items() if ref.sheet == title}
            for cell in [each for each in root.iter(tag("c")) if own and each.get("r") in own]:
                for old in list(cell):
                    cell.remove(old)
                cell.set("t", "inlineStr")
                words(child(cell, "is"), printable(own[cell.get("r")]))
            if own:
                package[path] = written(root)
        return packed(package)
    except (SwollenError, AttributeError, IndexError, TypeError, *DAMAGE) as error:
        raise NotMarkedError(
            "工作簿里有损坏的部分，不能写出新的填报表；请用 Excel、WPS 打开，另存为新的 .xlsx 再试。"
        ) from error


# --- what stands on each cell -----------------------------------------------------------------------


def marks_of(result: CheckResult) -> dict[CellRef, Marks]:
    """Colours and words by cell: on a finding's first cell in full, on its other cells lightly."""
    marks: dict[CellRef, Marks] = {}
    for suspect in result.suspects:
        own = marks.setdefault(suspect.at, Marks())
        own.severity = Severity.ERROR
        own.texts.append(str(suspect))
    for severity in Severity:
        for finding in result.of(severity):
            for index, ref in enumerate(finding.at):
                own = marks.setdefault(ref, Marks())
                if index:
                    own.beside = own.beside or severity
                else:
                    own.severity = own.severity or severity
                    own.texts.append(f"{finding.severity.value} {finding.code}：{finding.words}")
    return marks


def _mark_sheet(package: Package, path: str, marks: dict[str, Marks], styles: Stylesheet, name: str) -> None:
    """Take old marks off a sheet and put ``marks`` on; a sheet with neither keeps its bytes."""
    content = _SELECTED.sub(rb"\1", package[path], count=1)
    package[path] = content
    root = parse(content)
    changed = clean(root, name)
    changed = comments.clear(package, path, root) or changed
    if marks:
        colour(root, {place: styles.fill_rule(_colour(each)) for place, each in marks.items()})
        link_back(root, name)
        notes = [
            comments.Note(place, printable("\n".join(each.texts)))
            for place, each in marks.items()
            if each.texts
        ]
        comments.annotate(package, path, root, notes)
    if marks or changed:
        package[path] = written(root)


def _colour(marks: Marks) -> str:
    if marks.severity is not None:
        return FILLS[marks.severity]
    return LIGHT[marks.beside or Severity.NOTE]


# --- the workbook's sheets --------------------------------------------------------------------------


def _remove_list(package: Package, main: str, workbook: Element) -> None:
    """Remove the list of an earlier run."""
    for name, path in package.sheets(main, workbook):
        if name.startswith(TITLE) and _is_list(package, path):
            element = next(each for each in workbook.iter(tag("sheet")) if each.get("name") == name)
            position = list(element.getparent()).index(element)
            package.unrelate(main, element.get(f"{{{DOCUMENT}}}id"))
            package.drop(path)
            element.getparent().remove(element)
            _renumber(workbook, position, -1)


def _is_list(package: Package, path: str) -> bool:
    """Whether a sheet begins as our list does: the user may have one of the same name."""
    root = package.tree(path)
    first = next((each for each in root.iter(tag("c")) if each.get("r") == "A1"), None)
    if first is None:
        return False
    begins = "".join(each.text or "" for each in first.iter(tag("t")))
    value = first.findtext(tag("v"), "")
    if first.get("t") == "s" and value.isdigit():
        begins = _shared(package, int(value))
    return begins.startswith(TITLE)


def _shared(package: Package, index: int) -> str:
    path = "xl/sharedStrings.xml"
    strings = package.tree(path).findall(tag("si")) if path in package else []
    return "".join(each.text or "" for each in strings[index].iter(tag("t"))) if index < len(strings) else ""


def _free_name(workbook: Element) -> str:
    taken = {each.get("name") for each in workbook.iter(tag("sheet"))}
    names = (TITLE, *(f"{TITLE}{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def _add_list(package: Package, main: str, workbook: Element, content: bytes, name: str) -> None:
    """Put the list in front, and open the workbook there."""
    path = package.free("xl/worksheets/sheet{}.xml")
    package.add(path, content, _SHEET_TYPE)
    identity = package.relate(main, "worksheet", path)
    sheets = workbook.find(tag("sheets"))
    number = 1 + max(int(each.get("sheetId", "0")) for each in sheets)
    own = child(sheets, "sheet", name=name, sheetId=str(number))
    own.set(f"{{{DOCUMENT}}}id", identity)
    sheets.insert(0, own)
    _renumber(workbook, 0, 1)
    for view in workbook.iter(tag("workbookView")):
        view.attrib.pop("firstSheet", None)
        view.set("activeTab", "0")


def _renumber(workbook: Element, position: int, step: int) -> None:
    """A sheet came (``step`` 1) or went (−1) at ``position``: names of single sheets count from there."""
    for each in list(workbook.iter(tag("definedName"))):
        own = each.get("localSheetId")
        if own is None:
            continue
        if step < 0 and int(own) == position:
            each.getparent().remove(each)
        elif int(own) >= position:
            each.set("localSheetId", str(int(own) + step))
    for view in workbook.iter(tag("workbookView")):
        active = int(view.get("activeTab", "0"))
        if active > position or (active == position and step > 0):
            view.set("activeTab", str(active + step))


# --- the list of findings ---------------------------------------------------------------------------

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
        unseen = f"所需的数没有填，未核对：{skipped.title}"
        yield Row(("未核对", skipped.code, "", skipped.label, unseen, "", ""))


def _suspect(suspect: Suspect) -> Row:
    codes, right = "、".join(suspect.codes), suspect.satisfying
    problem = f"填报 {suspect.found}，可能应为 {right}。"
    cause = f"几处不符都涉及这一格；改成 {right}，{codes} 的 {len(suspect.codes)} 处不符都能对上。"
    hint = "请先核对这一格，改好后其余的多半随之消失"
    texts = ("先看", "", str(suspect.at), suspect.label, problem, cause, hint)
    return Row(texts, FILLS[Severity.ERROR], suspect.at)


def _finding(finding: Finding) -> Row:
    at = finding.at[0] if finding.at else None
    problem, cause = f"{finding.message}。", f"{finding.cause}。" if finding.cause else ""
    place = "" if at is None else str(at)
    texts = (finding.severity.value, finding.code, place, finding.label, problem, cause, finding.hint)
    return Row(texts, FILLS[finding.severity], at)


def _list_part(result: CheckResult, styles: Stylesheet) -> bytes:
    """The sheet's part, with its formats added to ``styles``."""
    first = f"A{_HEAD_ROW + 1}"
    columns = (
        f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
        for number, (_, width) in enumerate(_COLUMNS, start=1)
    )
    root = literal(
        '<worksheet><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        '<sheetViews><sheetView tabSelected="1" showGridLines="0" workbookViewId="0">'
        f'<pane ySplit="{_HEAD_ROW}" topLeftCell="{first}" activePane="bottomLeft" state="frozen"/>'
        f'<selection pane="bottomLeft" activeCell="{first}" sqref="{first}"/></sheetView></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="15"/><cols>{"".join(columns)}</cols></worksheet>'
    )
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


def _lines(text: str, columns: int) -> int:
    """How many lines a text takes in a column of ``columns`` half-width characters."""
    room = columns - 1
    return sum(1 + int(max(2 * width(line) - 1, 0)) // room for line in text.split("\n"))


def _line(data: Element, number: int, height: int) -> Element:
    return child(data, "row", r=str(number), ht=str(min(height, 409)), customHeight="1")


def _cell(line: Element, row: int, column: int, text: str, style: int) -> None:
    """Write text, never a formula."""
    cell = child(line, "c", r=coordinate(row, column), s=str(style))
    if text:
        cell.set("t", "inlineStr")
        words(child(cell, "is"), _ESCAPE.sub("_x005F_", printable(text)))


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
