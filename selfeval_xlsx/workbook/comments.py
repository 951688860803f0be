"""Comments on the cells of a sheet: a part with the texts, and a drawing with a box for each.

A comment of the user's stays: what is to be said is added behind its text. A cell with a conversation
(threaded comments) gets none, for such a text can only be added to by its program.
"""

import re
from dataclasses import dataclass
from itertools import accumulate

from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.office import tree
from selfeval_xlsx.office.package import DAMAGE, DOCUMENT, Package, Relation
from selfeval_xlsx.office.tree import written
from selfeval_xlsx.workbook.marks import SHEET_ORDER, Element, Measures, child, new, place, tag, words

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


@dataclass(frozen=True)
class Note:
    """What is said on a cell."""

    coordinate: str
    text: str


# --- adding -----------------------------------------------------------------------------------------


def annotate(package: Package, sheet: str, root: Element, notes: list[Note]) -> None:
    """Add ``notes`` to the sheet whose part is ``sheet`` and whose content is ``root``."""
    path = _comments_path(package, sheet)
    comments = _parsed(package, path)
    if comments is None:
        return
    talks = _conversations(package, sheet)
    fresh = []
    for note in notes:
        if note.coordinate in talks:
            continue
        own = _comment(comments, note.coordinate)
        if own is None:
            own = child(_part(comments, "commentList"), "comment", ref=note.coordinate)
            own.set("authorId", str(_author(comments)))
            child(own, "text")
            fresh.append(note)
        _say(own.find(tag("text")), f"{PREFIX}{note.text}")
    package[path] = written(comments)
    if fresh:
        _draw(package, sheet, root, fresh)


def _comments_path(package: Package, sheet: str) -> str:
    """The part with the sheet's comments; an empty one where there is none yet."""
    found = package.related(sheet, "comments")
    if found is not None and found.target in package:
        return found.target
    path = package.free("xl/comments{}.xml")
    empty = new("comments")
    child(empty, "authors")
    child(empty, "commentList")
    package.add(path, written(empty), _COMMENTS_TYPE)
    package.relate(sheet, "comments", path)
    return path


def _parsed(package: Package, path: str) -> Element | None:
    """The comments of a part; None where no one can read them, the part being damaged or missing."""
    try:
        return package.tree(path)
    except DAMAGE:
        return None


def _part(comments: Element, name: str) -> Element:
    found = comments.find(tag(name))
    if found is None:
        found = tree.element(tag(name))
        place(comments, found, ("authors", "commentList", "extLst"))
    return found


def _conversations(package: Package, sheet: str) -> set[str]:
    found = package.related(sheet, "threadedComment")
    talks = _parsed(package, found.target) if found else None
    return set() if talks is None else {str(each.get("ref")) for each in talks}


def _comment(comments: Element, place_: str) -> Element | None:
    return next((each for each in comments.iter(tag("comment")) if each.get("ref") == place_), None)


def _author(comments: Element) -> int:
    authors = _part(comments, "authors")
    names = [each.text for each in authors]
    if AUTHOR not in names:
        child(authors, "author", AUTHOR)
        names.append(AUTHOR)
    return names.index(AUTHOR)


def _say(text: Element, said: str) -> None:
    """Add a run behind what the comment says."""
    for bare in text.findall(tag("t")):
        # Plain text and runs may not stand side by side.
        run = tree.element(tag("r"))
        text.replace(bare, run)
        run.append(bare)
    breaking = "\n" if len(text) else ""
    run = child(text, "r")
    format_ = child(run, "rPr")
    child(format_, "sz", val="10")
    child(format_, "rFont", val="宋体")
    words(run, f"{breaking}{said}")


# --- boxes ------------------------------------------------------------------------------------------


def _draw(package: Package, sheet: str, root: Element, notes: list[Note]) -> None:
    path = _drawing_path(package, sheet, root)
    drawing = package[path]
    used = [int(number) for number in _NUMBER.findall(drawing)]
    first = max([_FIRST_SHAPE - 1, *used]) + 1
    measures = Measures.of(root)
    shapes = "" if b'"_x0000_t202"' in drawing else _SHAPE_TYPE
    for number, note in enumerate(notes, start=first):
        row, column = CellRef("", note.coordinate).place
        anchor = ", ".join(map(str, measures.box(row, column, BOX_WIDTH, _height(note.text))))
        shapes += _SHAPE.format(number=number, anchor=anchor, row=row - 1, column=column - 1)
    package[path] = _END.sub(lambda end: shapes.encode() + end[0], drawing)


def _drawing_path(package: Package, sheet: str, root: Element) -> str:
    """The part with the boxes; an empty one where the sheet has none."""
    element, found = _drawing(package, sheet, root)
    if found is not None and _END.search(package[found.target]):
        return found.target
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
    related = (each for each in package.relations(sheet) if each.id == identity and each.target in package)
    return element, next(related, None)


def _height(text: str) -> int:
    lines = sum(1 + len(line) // LINE_LETTERS for line in f"{PREFIX}{text}".split("\n"))
    return LINE_HEIGHT * (lines + 1)


# --- taking off -------------------------------------------------------------------------------------


def clear(package: Package, sheet: str, root: Element) -> bool:
    """Take off what an earlier run said; whether there was anything."""
    found = package.related(sheet, "comments")
    comments = _parsed(package, found.target) if found else None
    if found is None or comments is None or PREFIX not in "".join(comments.itertext()):
        return False
    emptied = [each for each in comments.iter(tag("comment")) if _silence(each)]
    for comment in emptied:
        comment.getparent().remove(comment)
    _forget_author(comments)
    _erase(package, sheet, root, {CellRef("", str(each.get("ref"))).place for each in emptied})
    if comments.find(f".//{tag('comment')}") is None:
        package.unrelate(sheet, found.id)
        package.drop(found.target)
    else:
        package[found.target] = written(comments)
    return True


def _silence(comment: Element) -> bool:
    """Cut our words out of a comment; whether nothing is left of it."""
    texts = list(comment.iter(tag("t")))
    ends = list(accumulate(len(each.text or "") for each in texts))
    whole = "".join(each.text or "" for each in texts)
    start = whole.find(PREFIX)
    if start < 0:
        return False
    kept = len(whole[:start].removesuffix("\n"))
    for each, end in zip(texts, ends, strict=True):
        begin = end - len(each.text or "")
        if begin >= kept:
            run = each.getparent() if each.getparent().tag == tag("r") else each
            run.getparent().remove(run)
        elif end > kept:
            each.text = (each.text or "")[: kept - begin]
    for text in comment.iter(tag("text")):
        _unwrap(text)
    return kept == 0


def _unwrap(text: Element) -> None:
    """A single run without a format is plain text again, as it was before words came behind it."""
    if [each.tag for each in text] == [tag("r")] and [each.tag for each in text[0]] == [tag("t")]:
        text.replace(text[0], text[0][0])


def _forget_author(comments: Element) -> None:
    """Remove our name where it is the last one and nothing is left under it."""
    authors = _part(comments, "authors")
    last = len(authors) - 1
    used = {each.get("authorId") for each in comments.iter(tag("comment"))}
    if last >= 0 and authors[last].text == AUTHOR and str(last) not in used:
        authors.remove(authors[last])


def _erase(package: Package, sheet: str, root: Element, places: set[tuple[int, int]]) -> None:
    """Remove the boxes of comments that are gone, and the drawing with the last of them."""
    element, found = _drawing(package, sheet, root)
    if found is None:
        return
    kept = _ANY_SHAPE.sub(lambda shape: b"" if _at(shape[0]) in places else shape[0], package[found.target])
    package[found.target] = kept
    if not _ANY_SHAPE.search(kept):
        root.remove(element)
        package.unrelate(sheet, found.id)
        package.drop(found.target)


def _at(shape: bytes) -> tuple[int, int] | None:
    row, column = _ROW.search(shape), _COLUMN.search(shape)
    return (int(row[1]) + 1, int(column[1]) + 1) if row and column else None
