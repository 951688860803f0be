"""A copy of the user's workbook with findings on their cells: coloured, commented, listed with links.

The copy is made on the parts of the package: what is not marked keeps its bytes, and of a marked sheet
no cell is touched. So everything a program stored is kept, known to us or not: results of formulas,
pictures, extensions. Marks of an earlier run are taken off first, wholly.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from selfeval_xlsx.cells import CellRef, coordinate
from selfeval_xlsx.errors import NotMarkedError
from selfeval_xlsx.findings import CheckResult, Finding, Severity, Suspect, verdict
from selfeval_xlsx.office import tree
from selfeval_xlsx.office.guard import UNPACKED_LIMIT
from selfeval_xlsx.office.package import DAMAGE, DOCUMENT, Package, SwollenError, packed
from selfeval_xlsx.office.tree import parse, written
from selfeval_xlsx.text import printable, width
from selfeval_xlsx.workbook import marks as m
from selfeval_xlsx.workbook.marks import Element, child, literal, tag, words

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

    @property
    def colour(self) -> str:
        """What the cell is filled with."""
        return FILLS[self.severity] if self.severity else LIGHT[self.beside or Severity.NOTE]


def mark(data: bytes, result: CheckResult) -> bytes:
    """A copy of the workbook in ``data`` with ``result``, found in it, on it.

    Raises:
        NotMarkedError: it is too large to copy, or a part that only the copy needs is broken: a picture, a drawing,
            how parts are related.

    """
    with _unless_damaged(
        "工作簿里有损坏的部分（如图片、批注或格式），不能生成标注副本；请按列出的问题改正，"
        "或用 Excel、WPS 打开，另存为新的 .xlsx 再试。"
    ):
        package, main = _opened(data)
        sheets = (len(part) for path, part in package.items() if path.lower().startswith("xl/worksheets/"))
        if sum(sheets) > SHEETS_LIMIT:
            raise NotMarkedError(
                "工作簿里有大量空白的格式行，太大，不能生成标注副本；请按列出的问题改正，或转填到新的填报表。"
            )
        workbook = package.tree(main)
        _remove_list(package, main, workbook)
        styles = Stylesheet(package, main)
        name = _free_name(workbook)
        marks = marks_of(result)
        for title, path in package.sheets(main, workbook):
            own = {ref.coordinate: on_it for ref, on_it in marks.items() if ref.sheet == title}
            _mark_sheet(package, path, own, styles, name)
        _add_list(package, main, workbook, _list_part(result, styles), name)
        styles.save()
        package[main] = written(workbook)
        return packed(package)


def retyped(data: bytes, texts: Mapping[CellRef, str]) -> bytes:
    """A copy of the workbook in ``data`` with these texts typed into cells that hold texts; all else keeps its bytes.

    Raises:
        NotMarkedError: as :func:`mark`.

    """
    with _unless_damaged(
        "工作簿里有损坏的部分，不能写出新的填报表；请用 Excel、WPS 打开，另存为新的 .xlsx 再试。"
    ):
        package, main = _opened(data)
        for title, path in package.sheets(main, package.tree(main)):
            own = {ref.coordinate: text for ref, text in texts.items() if ref.sheet == title}
            if not own:
                continue
            root = package.tree(path)
            for cell in root.iter(tag("c")):
                if cell.get("r") in own:
                    for old in list(cell):
                        cell.remove(old)
                    _type(cell, own[cell.get("r")])
            package[path] = written(root)
        return packed(package)


@contextmanager
def _unless_damaged(message: str) -> Iterator[None]:
    """Say ``message`` of a workbook of which a part cannot be read."""
    try:
        yield
    except (SwollenError, AttributeError, IndexError, TypeError, *DAMAGE) as error:
        raise NotMarkedError(message) from error


def _opened(data: bytes) -> tuple[Package, str]:
    """The package, and the path of the workbook's own part."""
    package = Package.opened(data, UNPACKED_LIMIT)
    main = package.related("", "officeDocument")
    if main is None:
        raise KeyError(main)
    return package, main.target


def _type(cell: Element, text: str) -> None:
    """Write text into an empty cell, never a formula."""
    cell.set("t", "inlineStr")
    words(child(cell, "is"), printable(text))


# --- styles ----------------------------------------------------------------------------------------

_ORDER = (
    "numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles", "colors",
    "extLst",
)  # fmt: skip
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_LEAST = (
    f'<styleSheet xmlns="{m.MAIN}"><fonts count="1"><font><sz val="11"/><name val="宋体"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs></styleSheet>'
)
"""What a workbook without styles gets."""

_SIDE = '<{0} style="thin"><color rgb="FFA6A6A6"/></{0}>'
_BORDER = f"<border>{''.join(map(_SIDE.format, ('left', 'right', 'top', 'bottom')))}<diagonal/></border>"


@dataclass(frozen=True)
class Look:
    """How a cell of the list looks."""

    face: str = "宋体"
    size: int = 10
    colour: str = "FF000000"
    underline: bool = False
    fill: str = ""
    boxed: bool = True
    wrap: bool = True
    centred: bool = False


class Stylesheet:
    """The part with the styles; new ones come behind the user's, which keep their numbers, equal ones are added once."""

    def __init__(self, package: Package, workbook: str) -> None:
        self._package = package
        related = package.related(workbook, "styles")
        self._path = related.target if related else package.free("xl/styles{}.xml")
        if related is None:
            package.add(self._path, _LEAST.encode(), _TYPE)
            package.relate(workbook, "styles", self._path)
        self._root = parse(package[self._path])

    def save(self) -> None:
        """Write the styles back."""
        self._package[self._path] = written(self._root)

    def fill_rule(self, colour: str) -> int:
        """The number of the format that a conditional format fills a cell with."""
        fill = _filled(colour, f'rgb="{colour}"')
        return self._number("dxfs", f"<dxf>{fill}</dxf>")

    def cell(self, look: Look) -> int:
        """The number of the format of a cell."""
        line = "<u/>" if look.underline else ""
        font = f'{line}<sz val="{look.size}"/><color rgb="{look.colour}"/><name val="{look.face}"/>'
        fonts = self._number("fonts", f"<font>{font}</font>")
        fills = self._number("fills", _filled(look.fill, 'indexed="64"')) if look.fill else 0
        borders = self._number("borders", _BORDER) if look.boxed else 0
        placed = 'horizontal="center" vertical="center"' if look.centred else 'vertical="top"'
        wrapped = ' wrapText="1"' if look.wrap else ""
        return self._number(
            "cellXfs",
            f'<xf numFmtId="0" fontId="{fonts}" fillId="{fills}" borderId="{borders}" xfId="0" applyFont="1"'
            f' applyFill="1" applyBorder="1" applyAlignment="1"><alignment {placed}{wrapped}/></xf>',
        )

    def _number(self, group: str, xml: str) -> int:
        """The place of what ``xml`` writes out in its group; it is added where it is not there."""
        wanted, styles = literal(xml), self._root.find(tag(group))
        if styles is None:
            styles = m.new(group)
            m.place(self._root, styles, _ORDER)
        for number, style in enumerate(styles):
            if tree.same(style, wanted):
                return number
        styles.append(wanted)
        styles.set("count", str(len(styles)))
        return len(styles) - 1


def _filled(colour: str, background: str) -> str:
    colours = f'<fgColor rgb="{colour}"/><bgColor {background}/>'
    return f'<fill><patternFill patternType="solid">{colours}</patternFill></fill>'


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
    changed = m.clean(root, name)
    changed = m.clear_comments(package, path, root) or changed
    if marks:
        m.colour(root, {cell: styles.fill_rule(own.colour) for cell, own in marks.items()})
        m.link_back(root, name)
        texts = {cell: printable("\n".join(own.texts)) for cell, own in marks.items() if own.texts}
        m.annotate(package, path, root, texts)
    if marks or changed:
        package[path] = written(root)


# --- the workbook's sheets --------------------------------------------------------------------------


def _remove_list(package: Package, main: str, workbook: Element) -> None:
    """Remove the list of an earlier run."""
    for name, path in package.sheets(main, workbook):
        if name.startswith(TITLE) and _is_list(package, path):
            sheet = next(sheet for sheet in workbook.iter(tag("sheet")) if sheet.get("name") == name)
            sheets = sheet.getparent()
            position = list(sheets).index(sheet)
            package.unrelate(main, sheet.get(f"{{{DOCUMENT}}}id"))
            package.drop(path)
            sheets.remove(sheet)
            _renumber(workbook, position, -1)


def _is_list(package: Package, path: str) -> bool:
    """Whether a sheet begins as our list does: the user may have one of the same name."""
    first = next((cell for cell in package.tree(path).iter(tag("c")) if cell.get("r") == m.HOME), None)
    if first is None:
        return False
    value, items = first.findtext(tag("v"), ""), [first]
    if first.get("t") == "s" and value.isdigit():
        shared = "xl/sharedStrings.xml"
        strings = package.tree(shared).findall(tag("si")) if shared in package else []
        items = strings[int(value) : int(value) + 1]
    begins = "".join(text.text or "" for item in items for text in item.iter(tag("t")))
    return begins.startswith(TITLE)


def _free_name(workbook: Element) -> str:
    taken = {sheet.get("name") for sheet in workbook.iter(tag("sheet"))}
    names = (TITLE, *(f"{TITLE}{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def _add_list(package: Package, main: str, workbook: Element, content: bytes, name: str) -> None:
    """Put the list in front, and open the workbook there."""
    path = package.free("xl/worksheets/sheet{}.xml")
    package.add(path, content, _SHEET_TYPE)
    identity = package.relate(main, "worksheet", path)
    sheets = workbook.find(tag("sheets"))
    number = 1 + max(int(sheet.get("sheetId", "0")) for sheet in sheets)
    own = child(sheets, "sheet", name=name, sheetId=str(number))
    own.set(f"{{{DOCUMENT}}}id", identity)
    sheets.insert(0, own)
    _renumber(workbook, 0, 1)
    for view in workbook.iter(tag("workbookView")):
        view.attrib.pop("firstSheet", None)
        view.set("activeTab", "0")


def _renumber(workbook: Element, position: int, step: int) -> None:
    """A sheet came (``step`` 1) or went (−1) at ``position``: names of single sheets count from there."""
    for name in list(workbook.iter(tag("definedName"))):
        sheet = int(name.get("localSheetId", "-1"))
        if step < 0 and sheet == position:
            name.getparent().remove(name)
        elif sheet >= position:
            name.set("localSheetId", str(sheet + step))
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
        yield from (_finding(finding) for finding in result.gathered if finding.severity is severity)
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
    cell = child(line, "c", r=coordinate(row, column), s=str(style))
    if text:
        _type(cell, _ESCAPE.sub("_x005F_", printable(text)))


def _links(root: Element, listed: list[Row]) -> None:
    linked = [(number, row.link) for number, row in enumerate(listed, start=_HEAD_ROW + 1) if row.link]
    if linked:
        links = child(root, "hyperlinks")
        for number, target in linked:
            quoted = target.sheet.replace("'", "''")
            location = f"'{quoted}'!{target.coordinate}"
            child(links, "hyperlink", ref=f"C{number}", location=location, display=str(target))
