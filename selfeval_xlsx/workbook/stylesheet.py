"""The styles of a workbook: new ones are added behind the user's, which keep their numbers."""

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


def child(parent: Element, name: str, text: str | None = None, /, **attributes: str) -> Element:
    """A new spreadsheet element at the end of ``parent``."""
    element = tree.child(parent, tag(name), attributes)
    element.text = text
    return element


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
        rule = new("dxf")
        pattern = child(child(rule, "fill"), "patternFill", patternType="solid")
        child(pattern, "fgColor", rgb=colour)
        child(pattern, "bgColor", rgb=colour)
        return self._number("dxfs", rule)

    def cell(self, look: Look) -> int:
        """The number of the format of a cell."""
        numbers = {
            "fontId": self._number("fonts", _font(look)),
            "fillId": self._number("fills", _fill(look.fill)) if look.fill else 0,
            "borderId": self._number("borders", _border()) if look.boxed else 0,
        }
        form = new("xf")
        for key, number in {"numFmtId": 0, **numbers, "xfId": 0}.items():
            form.set(key, str(number))
        for part in ("Font", "Fill", "Border", "Alignment"):
            form.set(f"apply{part}", "1")
        alignment = child(form, "alignment")
        if look.centred:
            alignment.set("horizontal", "center")
        alignment.set("vertical", "center" if look.centred else "top")
        if look.wrap:
            alignment.set("wrapText", "1")
        return self._number("cellXfs", form)

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
    font = new("font")
    if look.underline:
        child(font, "u")
    child(font, "sz", val=str(look.size))
    child(font, "color", rgb=look.colour)
    child(font, "name", val=look.face)
    return font


def _fill(colour: str) -> Element:
    fill = new("fill")
    pattern = child(fill, "patternFill", patternType="solid")
    child(pattern, "fgColor", rgb=colour)
    child(pattern, "bgColor", indexed="64")
    return fill


def _border() -> Element:
    border = new("border")
    for side in ("left", "right", "top", "bottom"):
        child(child(border, side, style="thin"), "color", rgb="FFA6A6A6")
    child(border, "diagonal")
    return border
