"""A copy of the user's workbook with findings on their cells: coloured, commented, listed with links.

The copy is made on the parts of the package: what is not marked keeps its bytes, and of a marked sheet
no cell is touched. So everything a program stored is kept, known to us or not: results of formulas,
pictures, extensions. Marks of an earlier run are taken off first, wholly.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.errors import NotMarkedError
from selfeval_xlsx.findings import CheckResult, Severity
from selfeval_xlsx.office.guard import UNPACKED_LIMIT
from selfeval_xlsx.office.package import DAMAGE, DOCUMENT, Package, SwollenError
from selfeval_xlsx.office.provenance import packed
from selfeval_xlsx.office.tree import parse, written
from selfeval_xlsx.text import printable
from selfeval_xlsx.workbook import comments, listing, sheet
from selfeval_xlsx.workbook.stylesheet import Element, Stylesheet, child, tag

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
    for title, path in _sheets(package, main.target, workbook):
        _mark_sheet(
            package,
            path,
            {ref.coordinate: each for ref, each in marked.items() if ref.sheet == title},
            styles,
            name,
        )
    _add_list(package, main.target, workbook, listing.part(result, styles), name)
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
        for title, path in _sheets(package, main.target, package.tree(main.target)):
            root = package.tree(path)
            own = {ref.coordinate: text for ref, text in texts.items() if ref.sheet == title}
            for cell in [each for each in root.iter(tag("c")) if own and each.get("r") in own]:
                for old in list(cell):
                    cell.remove(old)
                cell.set("t", "inlineStr")
                typed = child(child(cell, "is"), "t")
                typed.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
                typed.text = printable(own[cell.get("r")])
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
    changed = sheet.clean(root, name)
    changed = comments.clear(package, path, root) or changed
    if marks:
        sheet.colour(root, {place: styles.fill_rule(_colour(each)) for place, each in marks.items()})
        sheet.link_back(root, name)
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
        return listing.FILLS[marks.severity]
    return listing.LIGHT[marks.beside or Severity.NOTE]


# --- the workbook's sheets --------------------------------------------------------------------------


def _sheets(package: Package, main: str, workbook: Element) -> list[tuple[str, str]]:
    """The names of the worksheets and their parts."""
    parts = {each.id: each.target for each in package.relations(main, "worksheet")}
    named = (
        (each.get("name", ""), parts.get(each.get(f"{{{DOCUMENT}}}id"), ""))
        for each in workbook.iter(tag("sheet"))
    )
    return [(name, path) for name, path in named if path in package]


def _remove_list(package: Package, main: str, workbook: Element) -> None:
    """Remove the list of an earlier run."""
    for name, path in _sheets(package, main, workbook):
        if name.startswith(listing.TITLE) and _is_list(package, path):
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
    words = "".join(each.text or "" for each in first.iter(tag("t")))
    value = first.findtext(tag("v"), "")
    if first.get("t") == "s" and value.isdigit():
        words = _shared(package, int(value))
    return words.startswith(listing.TITLE)


def _shared(package: Package, index: int) -> str:
    path = "xl/sharedStrings.xml"
    strings = package.tree(path).findall(tag("si")) if path in package else []
    return "".join(each.text or "" for each in strings[index].iter(tag("t"))) if index < len(strings) else ""


def _free_name(workbook: Element) -> str:
    taken = {each.get("name") for each in workbook.iter(tag("sheet"))}
    names = (listing.TITLE, *(f"{listing.TITLE}{number}" for number in range(2, len(taken) + 3)))
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
