"""What a marked copy adds to the parts of a workbook: styles, coloured cells, a link back. No cell is touched.

New styles come behind the user's, which keep their numbers. Colours are a conditional format that always holds, so
that styles, values and rows stay as they are; the format's formula tells it from the user's own. It moves with its
cells, and goes when it is taken off.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from selfeval_xlsx.office import tree
from selfeval_xlsx.office.package import Package
from selfeval_xlsx.office.tree import parse, written

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

Element = Any
"""An element of the XML tree."""


def tag(name: str) -> str:
    """The full name of a spreadsheet element."""
    return f"{{{MAIN}}}{name}"


def new(name: str) -> Element:
    """A spreadsheet element on its own; its namespace is the default one, as most programs write it."""
    return tree.element(tag(name), declared={"": MAIN})


def literal(xml: str) -> Element:
    """The spreadsheet element that ``xml`` writes out."""
    found = parse(xml.replace(">", f' xmlns="{MAIN}">', 1).encode())
    found.wanted, found.declared = found.declared, ()  # declared only where it is not yet
    return found


def child(parent: Element, name: str, text: str | None = None, /, **attributes: str) -> Element:
    """A new spreadsheet element at the end of ``parent``."""
    element = tree.child(parent, tag(name), attributes)
    element.text = text
    return element


def words(parent: Element, text: str) -> None:
    """A text at the end of ``parent``, whose spaces at both ends count."""
    child(parent, "t", text).set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


_ORDER = (
    "numFmts",
    "fonts",
    "fills",
    "borders",
    "cellStyleXfs",
    "cellXfs",
    "cellStyles",
    "dxfs",
    "tableStyles",
    "colors",
    "extLst",
)
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_LEAST = (
    f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font><sz val="11"/><name val="宋体"/></font></fonts>'
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
    """The part with the styles; equal styles are added once."""

    def __init__(self, package: Package, workbook: str) -> None:
        self._package = package
        found = package.related(workbook, "styles")
        self._path = found.target if found else _added(package, workbook)
        self._root = parse(package[self._path])

    def save(self) -> None:
        """Write the styles back."""
        self._package[self._path] = written(self._root)

    def fill_rule(self, colour: str) -> int:
        """The number of the format that a conditional format fills a cell with."""
        colours = f'<fgColor rgb="{colour}"/><bgColor rgb="{colour}"/>'
        rule = f'<dxf><fill><patternFill patternType="solid">{colours}</patternFill></fill></dxf>'
        return self._number("dxfs", literal(rule))

    def cell(self, look: Look) -> int:
        """The number of the format of a cell."""
        fill = f'<fgColor rgb="{look.fill}"/><bgColor indexed="64"/>'
        fonts = self._number("fonts", _font(look))
        fills = (
            self._number(
                "fills", literal(f'<fill><patternFill patternType="solid">{fill}</patternFill></fill>')
            )
            if look.fill
            else 0
        )
        borders = self._number("borders", literal(_BORDER)) if look.boxed else 0
        placed = 'horizontal="center" vertical="center"' if look.centred else 'vertical="top"'
        wrapped = ' wrapText="1"' if look.wrap else ""
        form = (
            f'<xf numFmtId="0" fontId="{fonts}" fillId="{fills}" borderId="{borders}" xfId="0" applyFont="1"'
            f' applyFill="1" applyBorder="1" applyAlignment="1"><alignment {placed}{wrapped}/></xf>'
        )
        return self._number("cellXfs", literal(form))

    def _number(self, group: str, wanted: Element) -> int:
        """The place of ``wanted`` in its group; it is added where it is not there."""
        parent = self._group(group)
        for number, each in enumerate(parent):
            if tree.same(each, wanted):
                return number
        parent.append(wanted)
        parent.set("count", str(len(parent)))
        return len(parent) - 1

    def _group(self, name: str) -> Element:
        found = self._root.find(tag(name))
        if found is None:
            found = new(name)
            place(self._root, found, _ORDER)
        return found


def place(root: Element, element: Element, order: tuple[str, ...]) -> None:
    """Put a child in where the schema wants it: behind the last one that comes before it."""
    rank = {tag(name): index for index, name in enumerate(order)}
    own = rank[element.tag]
    after = [index for index, each in enumerate(root) if rank.get(each.tag, -1) in range(own + 1)]
    root.insert(after[-1] + 1 if after else 0, element)


def _added(package: Package, workbook: str) -> str:
    path = package.free("xl/styles{}.xml")
    package.add(path, _LEAST.encode(), _TYPE)
    package.relate(workbook, "styles", path)
    return path


def _font(look: Look) -> Element:
    line = "<u/>" if look.underline else ""
    return literal(
        f'<font>{line}<sz val="{look.size}"/><color rgb="{look.colour}"/><name val="{look.face}"/></font>'
    )


# --- a sheet ----------------------------------------------------------------------------------------

SHEET_ORDER = (
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr",
    "sheetProtection", "protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate",
    "customSheetViews", "mergeCells", "phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks",
    "printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks", "colBreaks", "customProperties",
    "cellWatches", "ignoredErrors", "smartTags", "drawing", "legacyDrawing", "legacyDrawingHF", "drawingHF",
    "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst",
)  # fmt: skip
"""The children of a sheet in the order the schema wants them."""

ALWAYS = '"绩效自评核对"="绩效自评核对"'
"""The formula of our conditional formats: always true, and ours."""
HOME = "A1"
"""The cell of a sheet's title, which links back to the list."""


# --- colours ----------------------------------------------------------------------------------------


def colour(root: Element, fills: Mapping[str, int]) -> None:
    """Fill cells (by coordinate) with the formats of those numbers, above all formats of the user's."""
    areas = _merged(root)
    groups: dict[int, list[str]] = {}
    for cell, format_ in fills.items():
        groups.setdefault(format_, []).append(areas.get(cell, cell))
    for rule in root.iter(tag("cfRule")):
        rule.set("priority", str(int(rule.get("priority", "1")) + len(groups)))
    for priority, (format_, covered) in enumerate(groups.items(), start=1):
        formatting = tree.element(tag("conditionalFormatting"), {"sqref": " ".join(covered)})
        rule = child(formatting, "cfRule", type="expression", dxfId=str(format_), priority=str(priority))
        child(rule, "formula", ALWAYS)
        place(root, formatting, SHEET_ORDER)


def _merged(root: Element) -> dict[str, str]:
    """The merged areas by their first cell."""
    found = (each.get("ref", "") for each in root.iter(tag("mergeCell")))
    return {area.partition(":")[0]: area for area in found}


def _uncolour(root: Element) -> bool:
    formulas = ((rule, "".join("".join(rule.itertext()).split())) for rule in root.iter(tag("cfRule")))
    ours = [rule for rule, formula in formulas if formula == ALWAYS]
    for rule in ours:
        formatting = rule.getparent()
        formatting.remove(rule)
        if formatting.find(tag("cfRule")) is None:
            formatting.getparent().remove(formatting)
    others = list(root.iter(tag("cfRule")))
    if all(int(rule.get("priority", "1")) > len(ours) for rule in others):
        for rule in others:
            rule.set("priority", str(int(rule.get("priority", "1")) - len(ours)))
    return bool(ours)


# --- the link back ----------------------------------------------------------------------------------


def link_back(root: Element, listing: str) -> None:
    """Let the sheet's title lead to the list, unless it leads elsewhere already."""
    links = root.find(tag("hyperlinks"))
    if links is None:
        links = tree.element(tag("hyperlinks"))
        place(root, links, SHEET_ORDER)
    if not any(each.get("ref", "").partition(":")[0] == HOME for each in links):
        location = f"'{listing}'!{HOME}"
        child(links, "hyperlink", ref=HOME, location=location, tooltip=f"回到「{listing}」")


def _unlink(root: Element, listing: str) -> bool:
    links = root.find(tag("hyperlinks"))
    ours = re.compile(rf"#?'?{re.escape(listing)}'?[!.].*")
    found = [] if links is None else [each for each in links if ours.fullmatch(each.get("location", ""))]
    for each in found:
        links.remove(each)
    if links is not None and not len(links):
        root.remove(links)
    return bool(found)


def clean(root: Element, listing: str) -> bool:
    """Take colours and links of an earlier run off; whether there were any."""
    coloured, linked = _uncolour(root), _unlink(root, listing)
    return coloured or linked


# --- places in pixels -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measures:
    """Widths of columns and heights of rows, in pixels, as far as the sheet sets them."""

    widths: Mapping[int, int]
    heights: Mapping[int, int]
    width: int
    height: int

    @classmethod
    def of(cls, root: Element) -> "Measures":
        """The measures a sheet's part sets."""
        found = root.find(tag("sheetFormatPr"))
        usual = tree.element(tag("sheetFormatPr")) if found is None else found
        widths = {
            number: _width(each)
            for each in root.iter(tag("col"))
            for number in range(int(each.get("min")), min(int(each.get("max")), 200) + 1)
        }
        heights = {
            int(each.get("r")): _height(each)
            for each in root.iter(tag("row"))
            if each.get("r") and {"ht", "hidden"} & each.attrib.keys()
        }
        return cls(widths, heights, _width(usual, "defaultColWidth"), _height(usual, "defaultRowHeight"))

    def box(self, row: int, column: int, width: int, height: int) -> tuple[int, ...]:
        """The anchor of a box beside a cell: column, row and the pixels inside them, of both its corners."""
        top = max(row - 1, 1)
        right, in_right = _walk(column + 1, 15 + width, self.widths, self.width)
        bottom, in_bottom = _walk(top, 4 + height, self.heights, self.height)
        return column, 15, top - 1, 4, right - 1, in_right, bottom - 1, in_bottom


def _width(columns: Element, name: str = "width") -> int:
    """Pixels of a column; none of a hidden one."""
    return 0 if columns.get("hidden") in {"1", "true"} else round(float(columns.get(name, 8.43)) * 7 + 5)


def _height(row: Element, name: str = "ht") -> int:
    """Pixels of a row; none of a hidden one."""
    return 0 if row.get("hidden") in {"1", "true"} else round(float(row.get(name, 15)) * 4 / 3)


def _walk(start: int, distance: int, sizes: Mapping[int, int], usual: int) -> tuple[int, int]:
    """Where one stands ``distance`` pixels behind the beginning of column or row ``start``."""
    at = start
    while distance > (size := sizes.get(at, usual)):
        distance -= size
        at += 1
    return at, distance
