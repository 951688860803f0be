"""What a marked copy adds to a sheet: coloured cells, a link back, comments. No cell is touched.

Colours are a conditional format that always holds, so that styles, values and rows stay as they are; the format's
formula tells it from the user's own. It moves with its cells, and goes when it is taken off.

Comments are a part with the texts, and a drawing with a box for each. A comment of the user's stays: what is to be
said is added behind its text. A cell with a conversation (threaded comments) gets none, for such a text can only be
added to by its program.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.office import tree
from selfeval_xlsx.office.package import DAMAGE, DOCUMENT, Package, Relation
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
    element = parse(xml.replace(">", f' xmlns="{MAIN}">', 1).encode())
    element.wanted, element.declared = element.declared, ()  # declared only where it is not yet
    return element


def child(parent: Element, name: str, text: str | None = None, /, **attributes: str) -> Element:
    """A new spreadsheet element at the end of ``parent``."""
    element = tree.child(parent, tag(name), attributes)
    element.text = text
    return element


def words(parent: Element, text: str) -> None:
    """A text at the end of ``parent``, whose spaces at both ends count."""
    child(parent, "t", text).set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


SHEET_ORDER = (
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr",
    "sheetProtection", "protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate",
    "customSheetViews", "mergeCells", "phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks",
    "printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks", "colBreaks", "customProperties",
    "cellWatches", "ignoredErrors", "smartTags", "drawing", "legacyDrawing", "legacyDrawingHF", "drawingHF",
    "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst",
)  # fmt: skip
"""The children of a sheet in the order the schema wants them."""


def place(root: Element, element: Element, order: tuple[str, ...]) -> None:
    """Put a child in where the schema wants it: behind the last one that comes before it."""
    rank = {tag(name): index for index, name in enumerate(order)}
    own = rank[element.tag]
    after = [index for index, other in enumerate(root) if rank.get(other.tag, -1) in range(own + 1)]
    root.insert(after[-1] + 1 if after else 0, element)


# --- colours ---------------------------------------------------------------------------------------

ALWAYS = '"绩效自评核对"="绩效自评核对"'
"""The formula of our conditional formats: always true, and ours."""


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
    areas = (merged.get("ref", "") for merged in root.iter(tag("mergeCell")))
    return {area.partition(":")[0]: area for area in areas}


def _uncolour(root: Element) -> bool:
    rules = list(root.iter(tag("cfRule")))
    ours = [rule for rule in rules if "".join("".join(rule.itertext()).split()) == ALWAYS]
    for rule in ours:
        formatting = rule.getparent()
        formatting.remove(rule)
        if formatting.find(tag("cfRule")) is None:
            formatting.getparent().remove(formatting)
    others = {rule: int(rule.get("priority", "1")) - len(ours) for rule in rules if rule not in ours}
    if min(others.values(), default=1) > 0:
        for rule, priority in others.items():
            rule.set("priority", str(priority))
    return bool(ours)


# --- the link back ---------------------------------------------------------------------------------

HOME = "A1"
"""The cell of a sheet's title, which links back to the list."""


def link_back(root: Element, listing: str) -> None:
    """Let the sheet's title lead to the list, unless it leads elsewhere already."""
    links = root.find(tag("hyperlinks"))
    if links is None:
        links = tree.element(tag("hyperlinks"))
        place(root, links, SHEET_ORDER)
    if not any(link.get("ref", "").partition(":")[0] == HOME for link in links):
        location = f"'{listing}'!{HOME}"
        child(links, "hyperlink", ref=HOME, location=location, tooltip=f"回到「{listing}」")


def _unlink(root: Element, listing: str) -> bool:
    ours = re.compile(rf"#?'?{re.escape(listing)}'?[!.].*")
    own = [link for link in root.iter(tag("hyperlink")) if ours.fullmatch(link.get("location", ""))]
    for link in own:
        links = link.getparent()
        links.remove(link)
        if not len(links):
            root.remove(links)
    return bool(own)


def clean(root: Element, listing: str) -> bool:
    """Take colours and links of an earlier run off; whether there were any."""
    coloured, linked = _uncolour(root), _unlink(root, listing)
    return coloured or linked


# --- comments: adding ------------------------------------------------------------------------------

AUTHOR = "绩效自评核对"
PREFIX = "【核对】"
"""Begins every text of ours; it survives programs that lose authors."""

_COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_VML_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_VML = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:x="urn:schemas-microsoft-com:office:excel">'
    '<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout></xml>'
)
_SHAPE_TYPE = (
    '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe"'
    ' xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_SHAPE = (
    '<v:shape id="_x0000_s{number}" type="#_x0000_t202" style="position:absolute;visibility:hidden"'
    ' fillcolor="#FFFFE1" o:insetmode="auto" xmlns:v="urn:schemas-microsoft-com:vml"'
    ' xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel">'
    '<v:fill color2="#FFFFE1"/><v:shadow on="t" color="black" obscured="t"/>'
    '<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto">'
    '<div style="text-align:left"></div></v:textbox>'
    '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor>'
    "<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
)
_ANY_SHAPE = re.compile(rb"<(?:\w+:)?shape\b(?:[^>]*[^/])?>.*?</(?:\w+:)?shape>", re.DOTALL)
_ROW = re.compile(rb"<(?:\w+:)?Row>\s*(\d+)\s*<")
_COLUMN = re.compile(rb"<(?:\w+:)?Column>\s*(\d+)\s*<")
_NUMBER = re.compile(rb"_x0000_s(\d+)")
_END = re.compile(rb"</(?:\w+:)?xml>\s*$")

_FIRST_SHAPE = 1025
BOX_WIDTH = 360
LINE_HEIGHT, LINE_LETTERS = 18, 25
"""Pixels of a comment's box, and how many Chinese characters a line of it holds."""


def annotate(package: Package, sheet: str, root: Element, texts: Mapping[str, str]) -> None:
    """Say ``texts`` on cells, by coordinate, of the sheet whose part is ``sheet`` and whose content is ``root``."""
    path = _comments_path(package, sheet)
    comments = _parsed(package, path)
    if comments is None:
        return
    threads = package.related(sheet, "threadedComment")
    talks = _parsed(package, threads.target) if threads else None
    taken = set() if talks is None else {talk.get("ref") for talk in talks}
    known = {comment.get("ref"): comment for comment in reversed(list(comments.iter(tag("comment"))))}
    fresh = {}
    for cell, message in texts.items():
        if cell in taken:
            continue
        if cell not in known:
            known[cell] = child(_part(comments, "commentList"), "comment", ref=cell)
            known[cell].set("authorId", str(_author(comments)))
            child(known[cell], "text")
            fresh[cell] = message
        _say(known[cell].find(tag("text")), f"{PREFIX}{message}")
    package[path] = written(comments)
    if fresh:
        _draw(package, sheet, root, fresh)


def _comments_path(package: Package, sheet: str) -> str:
    """The part with the sheet's comments; an empty one where there is none yet."""
    related = package.related(sheet, "comments")
    if related is not None and related.target in package:
        return related.target
    path = package.free("xl/comments{}.xml")
    empty = new("comments")
    child(empty, "authors")
    child(empty, "commentList")
    package.add(path, written(empty), _COMMENTS_TYPE)
    package.relate(sheet, "comments", path)
    return path


def _parsed(package: Package, path: str) -> Element | None:
    """The content of a part; None where no one can read it, it being damaged or missing."""
    try:
        return package.tree(path)
    except DAMAGE:
        return None


def _part(comments: Element, name: str) -> Element:
    part = comments.find(tag(name))
    if part is None:
        part = tree.element(tag(name))
        place(comments, part, ("authors", "commentList", "extLst"))
    return part


def _author(comments: Element) -> int:
    authors = _part(comments, "authors")
    names = [author.text for author in authors]
    if AUTHOR not in names:
        child(authors, "author", AUTHOR)
        names.append(AUTHOR)
    return names.index(AUTHOR)


def _say(text: Element, message: str) -> None:
    """Add a run behind what the comment says."""
    for bare in text.findall(tag("t")):
        # Plain text and runs may not stand side by side.
        run = tree.element(tag("r"))
        text.replace(bare, run)
        run.append(bare)
    breaking = "\n" if len(text) else ""
    run = child(text, "r")
    look = child(run, "rPr")
    child(look, "sz", val="10")
    child(look, "rFont", val="宋体")
    words(run, f"{breaking}{message}")


# --- comments: boxes -------------------------------------------------------------------------------


def _draw(package: Package, sheet: str, root: Element, texts: Mapping[str, str]) -> None:
    path = _drawing_path(package, sheet, root)
    drawing = package[path]
    used = [int(number) for number in _NUMBER.findall(drawing)]
    first = max([_FIRST_SHAPE - 1, *used]) + 1
    measures = Measures.of(root)
    shapes = "" if b'"_x0000_t202"' in drawing else _SHAPE_TYPE
    for number, (cell, message) in enumerate(texts.items(), start=first):
        row, column = CellRef("", cell).place
        lines = 1 + sum(1 + len(line) // LINE_LETTERS for line in f"{PREFIX}{message}".split("\n"))
        anchor = ", ".join(map(str, measures.box(row, column, BOX_WIDTH, LINE_HEIGHT * lines)))
        shapes += _SHAPE.format(number=number, anchor=anchor, row=row - 1, column=column - 1)
    package[path] = _END.sub(lambda end: shapes.encode() + end[0], drawing)


def _drawing_path(package: Package, sheet: str, root: Element) -> str:
    """The part with the boxes; an empty one where the sheet has none."""
    element, related = _drawing(package, sheet, root)
    if related is not None and _END.search(package[related.target]):
        return related.target
    if element is not None:
        root.remove(element)
    path = package.free("xl/drawings/vmlDrawing{}.vml")
    package.add_by_extension(path, _VML.encode(), _VML_TYPE)
    identity = package.relate(sheet, "vmlDrawing", path)
    element = tree.element(tag("legacyDrawing"), {f"{{{DOCUMENT}}}id": identity}, {"r": DOCUMENT})
    place(root, element, SHEET_ORDER)
    return path


def _drawing(package: Package, sheet: str, root: Element) -> tuple[Element | None, Relation | None]:
    """The element that names the sheet's drawing, and how its part is related; None for what is not there."""
    element = root.find(tag("legacyDrawing"))
    identity = None if element is None else element.get(f"{{{DOCUMENT}}}id")
    relations = (own for own in package.relations(sheet) if own.id == identity and own.target in package)
    return element, next(relations, None)


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
        usual = root.find(tag("sheetFormatPr"))
        usual = tree.element(tag("sheetFormatPr")) if usual is None else usual
        widths = {
            number: _width(column)
            for column in root.iter(tag("col"))
            for number in range(int(column.get("min")), min(int(column.get("max")), 200) + 1)
        }
        heights = {
            int(row.get("r")): _height(row)
            for row in root.iter(tag("row"))
            if row.get("r") and {"ht", "hidden"} & row.attrib.keys()
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


# --- comments: taking off --------------------------------------------------------------------------


def clear_comments(package: Package, sheet: str, root: Element) -> bool:
    """Take off what an earlier run said; whether there was anything."""
    related = package.related(sheet, "comments")
    comments = _parsed(package, related.target) if related else None
    if related is None or comments is None or PREFIX not in "".join(comments.itertext()):
        return False
    emptied = [comment for comment in comments.iter(tag("comment")) if _silence(comment)]
    for comment in emptied:
        comment.getparent().remove(comment)
    _forget_author(comments)
    _erase(package, sheet, root, {CellRef("", str(comment.get("ref"))).place for comment in emptied})
    if comments.find(f".//{tag('comment')}") is None:
        package.unrelate(sheet, related.id)
        package.drop(related.target)
    else:
        package[related.target] = written(comments)
    return True


def _silence(comment: Element) -> bool:
    """Cut our words out of a comment; whether nothing is left of it."""
    pieces = list(comment.iter(tag("t")))
    ends = list(accumulate(len(piece.text or "") for piece in pieces))
    whole = "".join(piece.text or "" for piece in pieces)
    start = whole.find(PREFIX)
    if start < 0:
        return False
    kept = len(whole[:start].removesuffix("\n"))
    for piece, end in zip(pieces, ends, strict=True):
        begin = end - len(piece.text or "")
        if begin >= kept:
            run = piece.getparent() if piece.getparent().tag == tag("r") else piece
            run.getparent().remove(run)
        elif end > kept:
            piece.text = (piece.text or "")[: kept - begin]
    for text in comment.iter(tag("text")):
        _unwrap(text)
    return kept == 0


def _unwrap(text: Element) -> None:
    """A single run without a format is plain text again, as it was before words came behind it."""
    if len(text) == 1 and text[0].tag == tag("r") and [part.tag for part in text[0]] == [tag("t")]:
        text.replace(text[0], text[0][0])


def _forget_author(comments: Element) -> None:
    """Remove our name where it is the last one and nothing is left under it."""
    authors = _part(comments, "authors")
    last = len(authors) - 1
    used = {comment.get("authorId") for comment in comments.iter(tag("comment"))}
    if last >= 0 and authors[last].text == AUTHOR and str(last) not in used:
        authors.remove(authors[last])


def _erase(package: Package, sheet: str, root: Element, places: set[tuple[int, int]]) -> None:
    """Remove the boxes of comments that are gone, and the drawing with the last of them."""
    element, related = _drawing(package, sheet, root)
    if related is None:
        return
    kept = _ANY_SHAPE.sub(lambda box: b"" if _at(box[0]) in places else box[0], package[related.target])
    package[related.target] = kept
    if not _ANY_SHAPE.search(kept):
        root.remove(element)
        package.unrelate(sheet, related.id)
        package.drop(related.target)


def _at(shape: bytes) -> tuple[int, int] | None:
    row, column = _ROW.search(shape), _COLUMN.search(shape)
    return (int(row[1]) + 1, int(column[1]) + 1) if row and column else None
