"""What a template cannot say in words, done on the rendered text.

What has nothing to say goes: paragraphs that print nothing, headings above nothing, tables without rows; what is left is
numbered. Cells merge, tables take the width of their page, sections end with their last paragraph, signatures keep with
the text.
Line breaks in what was filled in become new paragraphs in running text, line breaks in a cell or a text box: inside a
justified paragraph one would stretch the line before it, and what follows would lack the indent of its style.
"""

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from functools import cache
from typing import Any

from selfeval_xlsx.office import tree
from selfeval_xlsx.office.tree import W
from selfeval_xlsx.report.wording import ATTACHMENT_LIST, NUMBER, Counts, number_of

MERGE_UP = "\ue010"
"""Alone in a table cell: the cell belongs to the one above. A code point of private use."""

IF_FILLED = "\ue011"
"""In the heading of a table's column: the column goes where nothing stands below. A code point of private use."""

TEXT_END = "\ue014"
"""Alone in a paragraph: the text ends here, nothing after it stands below a heading. A code point of private use."""

_CELL_ORDER = ("cnfStyle", "tcW", "gridSpan", "hMerge", "vMerge", "tcBorders")
"""The properties of a cell as the schema orders them, as far as they are written here."""

_WHOLE = 5000
"""The whole width where a width is a share: fiftieths of a percent."""


def finished(root: Any) -> None:
    """Put right in a rendered document what its template could only hint at."""
    body = root.find(f"{W}body")
    if body is not None:
        _drop_silent(body)
        _drop_bare_tables(body)
        _drop_bare_headings(body)
    for table in root.iter(f"{W}tbl"):
        words = _text(table)
        if IF_FILLED in words:
            _drop_unfilled(table)
        if MERGE_UP in words:
            _merge(table)
        _leave_room(table)
        _hold_rows(table)
    if body is not None:
        _settle_sections(body)
        _fit_tables(body)
        _keep_above(body)


def _text(element: Any) -> str:
    return "".join([node.text or "" for node in element.iter(f"{W}t")])


def _find(element: Any, path: str) -> Any:
    """What stands at ``path``, tcPr/gridSpan, below ``element``, where each step is there once; or None."""
    for step in _steps(path):
        element = element.find(step)
        if element is None:
            break
    return element


@cache
def _steps(path: str) -> tuple[str, ...]:
    return tuple(f"{W}{step}" for step in path.split("/"))


def _value(element: Any, path: str, name: str = "val") -> str | None:
    """The attribute ``name`` of what stands at ``path`` below ``element``."""
    found = _find(element, path)
    return None if found is None else found.get(f"{W}{name}")


def _properties(element: Any, name: str) -> Any:
    """The properties ``name`` of ``element``, made where there are none."""
    found = element.find(f"{W}{name}")
    if found is None:
        found = tree.element(f"{W}{name}")
        element.insert(0, found)
    return found


# --- what has nothing to say --------------------------------------------------------------------


def _drop_silent(body: Any) -> None:
    """Take out the paragraphs of the text whose tags print nothing; blank lines, which have no words at all, stay."""
    for paragraph in body.findall(f"{W}p"):
        words = list(paragraph.iter(f"{W}t"))
        if words and not any(each.text for each in words) and _holds_words_only(paragraph):
            body.remove(paragraph)


_WORDS = {f"{W}{name}" for name in ("pPr", "rPr", "t", "proofErr", "bookmarkStart", "bookmarkEnd",
                                     "lastRenderedPageBreak")}  # fmt: skip


def _holds_words_only(paragraph: Any) -> bool:
    leaves = (child for each in paragraph for child in (each if each.tag == f"{W}r" else (each,)))
    return not _ends_section(paragraph) and all(child.tag in _WORDS for child in leaves)


def _held(paragraph: Any) -> int | None:
    """The level of the number that goes with what stands below; None where the paragraph has none."""
    if paragraph.tag != f"{W}p":
        return None
    found = NUMBER.search(_text(paragraph))
    return int(found["level"]) if found and found["held"] else None


def _drop_bare_tables(body: Any) -> None:
    """Take out tables without a row below their heading, whose titles say so, with the title and what closes the table."""
    for title in [each for each in body if _held(each) == 0]:
        table = title.getnext()
        if table is not None and table.tag == f"{W}tbl" and not _has_rows(table):
            after = table.getnext()
            if after is not None and _closes_table(after):
                body.remove(after)
            body.remove(table)
            body.remove(title)


def _closes_table(element: Any) -> bool:
    """Whether it is the blank line below a table, or a note on it."""
    blank = element.tag == f"{W}p" and _is_empty(element) and not _ends_section(element)
    return blank or _text(element).startswith("注：")


def _has_rows(table: Any) -> bool:
    return not all(map(_is_heading, table.findall(f"{W}tr")))


def _is_heading(row: Any) -> bool:
    """Whether a row of a table is printed again on each page."""
    return _find(row, "trPr/tblHeader") is not None


def _drop_bare_headings(body: Any) -> None:
    """Take out the headings below which nothing stands before the next of their level or a higher one."""
    below = [False] * 5
    for element in reversed(list(body)):
        level = _held(element)
        if level:
            if below[level]:
                below[level:] = [False] * (5 - level)
            else:
                body.remove(element)
        elif element.tag == f"{W}p" and _text(element) == TEXT_END:
            body.remove(element)
            below = [False] * 5
        elif element.tag == f"{W}tbl" or _text(element) or element.find(f"{W}r/{W}drawing") is not None:
            below = [True] * 5


def number(root: Any) -> None:
    """Count the numbers that wait in a rendered part; one that is printed twice is the same twice."""
    counts = Counts()
    known: dict[str, str] = {}

    def counted(found: Any) -> str:
        if found["one"] not in known:
            level = int(found["level"])
            known[found["one"]] = number_of(level, counts.next(level))
        return known[found["one"]]

    for text in root.iter(f"{W}t"):
        if text.text and "\ue012" in text.text:
            text.text = NUMBER.sub(counted, text.text)


# --- columns ------------------------------------------------------------------------------------


def _drop_unfilled(table: Any) -> None:
    """Take out the columns marked :data:`IF_FILLED` below which nothing stands; the others share their width."""
    marked = [node for node in table.iter(f"{W}t") if IF_FILLED in (node.text or "")]
    rows = [(row, _by_column(row)) for row in table.findall(f"{W}tr")]
    for node in reversed(marked):
        node.text = node.text.replace(IF_FILLED, "")
        cell = next(node.iterancestors(f"{W}tc"))
        head = next(number for number, (row, _) in enumerate(rows) if row is cell.getparent())
        column = next(at for at, each in rows[head][1].items() if each is cell)
        below = (cells.get(column) for _, cells in rows[head + 1 :])
        if not any(each is not None and _text(each) and _span(each) == 1 for each in below):
            _drop(table, column, rows)


def _by_column(row: Any) -> dict[int, Any]:
    """The cells of a row by the grid column each begins in."""
    cells: dict[int, Any] = {}
    column = 0
    for cell in row.findall(f"{W}tc"):
        cells[column] = cell
        column += _span(cell)
    return cells


def _span(cell: Any) -> int:
    """The columns of the grid that a cell takes."""
    return int(_value(cell, "tcPr/gridSpan") or 1)


def _drop(table: Any, column: int, rows: list[tuple[Any, dict[int, Any]]]) -> None:
    """Take ``column`` of the grid out of all ``rows``, given with their cells; a cell over several loses one."""
    columns = table.findall(f"{W}tblGrid/{W}gridCol")
    for gone in columns[column : column + 1]:
        _remove(gone, columns)
    for row, cells in rows:
        at = max((begun for begun in cells if begun <= column), default=0)
        cell = cells.get(at)
        if cell is None:
            continue
        span = _find(cell, "tcPr/gridSpan")
        if _span(cell) == 1 and at == column:
            _remove(cell, row.findall(f"{W}tc/{W}tcPr/{W}tcW"))
            del cells[at]
        elif span is not None and column < at + _span(cell):
            span.set(f"{W}val", str(_span(cell) - 1))


def _remove(gone: Any, widths: list[Any]) -> None:
    """Remove a column of the grid or a cell; of ``widths``, those that are left share what it took."""
    whole = sum(_number(each.get(f"{W}w")) for each in widths)
    left = [each for each in widths if each is not gone and gone not in each.iterancestors()]
    gone.getparent().remove(gone)
    rest = sum(_number(each.get(f"{W}w")) for each in left)
    for each in left if rest else ():
        each.set(f"{W}w", str(whole * _number(each.get(f"{W}w")) // rest))


# --- cells --------------------------------------------------------------------------------------


def _merge(table: Any) -> None:
    """Merge the cells that hold :data:`MERGE_UP` upwards; the grid column a cell begins in tells what is above."""
    above: dict[int, Any] = {}
    for row in table.findall(f"{W}tr"):
        begun: dict[int, Any] = {}
        for column, cell in _by_column(row).items():
            if _text(cell) == MERGE_UP and column in above:
                for node in cell.iter(f"{W}t"):
                    node.text = ""
                _set(above[column], "vMerge", "restart")
                _set(cell, "vMerge")
                begun[column] = above[column]
                _keep_row(row.getprevious())
            else:
                begun[column] = cell
        above = begun


def _keep_row(row: Any) -> None:
    """Keep a row on the page of the next: they share a cell, whose label stands on the first page only."""
    for paragraph in row.iter(f"{W}p"):
        _keep(paragraph)


def _set(cell: Any, name: str, value: str | None = None) -> Any:
    """The property ``name`` of ``cell``, made in its place where it is not there yet."""
    properties = _properties(cell, "tcPr")
    found = properties.find(f"{W}{name}")
    if found is None:
        found = tree.element(f"{W}{name}")
        if value is not None:
            found.set(f"{W}val", value)
        before = {f"{W}{each}" for each in _CELL_ORDER[: _CELL_ORDER.index(name)]}
        properties.insert(sum(node.tag in before for node in properties), found)
    return found


def _leave_room(table: Any) -> None:
    """Keep LibreOffice from losing rows of a table with repeated headings.

    It forgets the line below a row when it asks whether headings and first row still fit a page; where
    just that line does not, all rows after the break vanish (seen with 7.4). So these rows carry no line
    below: the one above the next row stands in its place.
    """
    rows = table.findall(f"{W}tr")
    heads = sum(map(_is_heading, rows))
    for row in rows[: heads + 1] if heads and len(rows) > heads + 1 else ():
        for cell in row.findall(f"{W}tc"):
            if _value(cell, "tcPr/vMerge") != "restart":
                borders = _set(cell, "tcBorders")
                borders.append(tree.element(f"{W}bottom", {f"{W}val": "nil"}))


_SMALL_ROWS, _SMALL_TEXT = 8, 400
"""Rows and characters of a table that is not cut: a table of figures."""
_HALF_PAGE = 1000
"""Characters of a cell as wide as the text that fill half a page; LibreOffice loses lines of an uncut row over a page."""


def _hold_rows(table: Any) -> None:
    """Keep a small table on one page; of a longer one, never leave the last row, its total, alone on the next.

    A row of long texts is cut where the page ends.
    """
    rows = [row for row in table.findall(f"{W}tr") if not _is_heading(row)]
    small = len(rows) <= _SMALL_ROWS and len(_text(table)) <= _SMALL_TEXT
    long = [] if small else [row for row in rows if _is_long(row)]
    for row in long:
        for whole in row.findall(f"{W}trPr/{W}cantSplit"):
            whole.getparent().remove(whole)
    for row in rows[:-1] if small else rows[-2:-1]:
        if row not in long:
            _keep_row(row)


def _is_long(row: Any) -> bool:
    """Whether a text of the row takes more than half a page in its cell."""
    cells = [(len(_text(cell)), _number(_value(cell, "tcPr/tcW", "w"))) for cell in row.findall(f"{W}tc")]
    whole = sum(width for _, width in cells)
    return any(length * whole > _HALF_PAGE * width for length, width in cells if width)


# --- sections -----------------------------------------------------------------------------------


def _settle_sections(body: Any) -> None:
    """Let every section end with its last paragraph: an empty one behind it may need a page of its own."""
    for paragraph in [each for each in body.findall(f"{W}p") if _ends_section(each) and _is_empty(each)]:
        before = paragraph.getprevious()
        if before is None or _ends_section(before):
            body.remove(paragraph)
        elif before.tag == f"{W}p":
            _properties(before, "pPr").append(_find(paragraph, "pPr/sectPr"))
            body.remove(paragraph)
    own = body.find(f"{W}sectPr")
    last = own.getprevious() if own is not None else None
    if last is not None and _ends_section(last):
        body.replace(own, _find(last, "pPr/sectPr"))


def _ends_section(element: Any) -> bool:
    return _find(element, "pPr/sectPr") is not None


def _is_empty(paragraph: Any) -> bool:
    """Whether it is a blank line; LibreOffice writes one with an empty run."""
    return all(
        child.tag == f"{W}pPr" or (child.tag == f"{W}r" and all(each.tag == f"{W}rPr" for each in child))
        for child in paragraph
    )


def _fit_tables(body: Any) -> None:
    """Give tables whose width is a share of the text's their width on the page they stand on.

    Programs differ in what they go by: the table's width, its cells' or its grid's.
    """
    waiting: list[Any] = []
    for element in body:
        if element.tag == f"{W}tbl":
            waiting.append(element)
        section = element if element.tag == f"{W}sectPr" else _find(element, "pPr/sectPr")
        if section is not None:
            for table in waiting:
                _fit(table, _text_width(section))
            waiting = []


def _text_width(section: Any) -> int:
    """In twips; 0 where the section does not say."""
    page = _number(_value(section, "pgSz", "w"))
    left, right = (_number(_value(section, "pgMar", side)) for side in ("left", "right"))
    return max(page - left - right, 0)


def _number(text: str | None) -> int:
    """A whole number as Word writes it; 0 for anything else."""
    return int(text) if text is not None and text.isdecimal() else 0


def _fit(table: Any, width: int) -> None:
    whole = width * _number(_value(table, "tblPr/tblW", "w")) // _WHOLE
    if not whole or _value(table, "tblPr/tblW", "type") != "pct":
        return
    columns = table.findall(f"{W}tblGrid/{W}gridCol")
    total = sum(_number(column.get(f"{W}w")) for column in columns)
    for column in columns if total else ():
        column.set(f"{W}w", str(whole * _number(column.get(f"{W}w")) // total))
    _share(whole, [_find(table, "tblPr/tblW")])
    for row in table.findall(f"{W}tr"):
        _share(whole, row.findall(f"{W}tc/{W}tcPr/{W}tcW"))


def _share(whole: int, widths: Sequence[Any]) -> None:
    """Let ``widths``, where all are shares, share ``whole``; after a column was taken out they come to less than all."""
    shares = [_number(each.get(f"{W}w")) for each in widths]
    if sum(shares) and all(each.get(f"{W}type") == "pct" for each in widths):
        for each, share in zip(widths, shares, strict=True):
            each.set(f"{W}w", str(whole * share // sum(shares)))
            each.set(f"{W}type", "dxa")


# --- paragraphs ---------------------------------------------------------------------------------


def _keep_above(body: Any) -> None:
    """The list of attachments, and an empty line that keeps with what stands below, keep with the text or table above.

    So no page holds only that list and the signature.
    """
    kept = False
    for element in reversed(list(body)):
        if kept:
            for paragraph in [element] if element.tag == f"{W}p" else _end_of(element):
                _keep(paragraph)
        kept = element.tag == f"{W}p" and (
            _keeps(element) if _is_empty(element) else _text(element).startswith(ATTACHMENT_LIST)
        )


def _end_of(table: Any) -> Iterator[Any]:
    """The paragraphs of the last row; of all rows where it is the only one below the heading."""
    rows = table.findall(f"{W}tr")
    heads = sum(map(_is_heading, rows))
    for row in rows if len(rows) <= heads + 1 else rows[-1:]:
        yield from row.iter(f"{W}p")


def _keep(paragraph: Any) -> None:
    if not _keeps(paragraph):
        properties = _properties(paragraph, "pPr")
        style = properties.find(f"{W}pStyle")
        properties.insert(0 if style is None else 1, tree.element(f"{W}keepNext"))


def _keeps(paragraph: Any) -> bool:
    return _find(paragraph, "pPr/keepNext") is not None


# --- line breaks in what was filled in ------------------------------------------------------------


_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_OWN = ("sectPr", "numPr", "pageBreakBefore")
"""Properties of a paragraph that would be repeated with it."""
_SIGNS = {"\n": "br", "\t": "tab"}


def part_lines(root: Any) -> None:
    """Put the line breaks and tabs in a rendered part into Word's terms; running text has no blank lines."""
    signed = _signed(root)
    for text in signed:
        paragraph = text.getparent().getparent()
        if _flows(paragraph):
            _spread(text, paragraph)
    for text in _signed(root) if signed else ():
        _write_signs(text)


def _signed(root: Any) -> list[Any]:
    """The texts that hold line breaks or tabs."""
    return [each for each in root.iter(f"{W}t") if each.text and ("\n" in each.text or "\t" in each.text)]


def _flows(paragraph: Any) -> bool:
    """Whether it is a paragraph of running text that may become several; the inside of a link may not."""
    if paragraph.tag != f"{W}p":
        return False
    inside = next(paragraph.iterancestors(f"{W}tbl", f"{W}txbxContent"), None)
    return inside is None and all(_find(paragraph, f"pPr/{name}") is None for name in _OWN)


def _spread(text: Any, paragraph: Any) -> None:
    """A paragraph for each line of ``text``; what stands behind it goes to the last of them."""
    first, *others = _lines(text.text)
    text.text = first
    text.set(_SPACE, "preserve")
    run, begun = text.getparent(), paragraph
    behind = [*text.itersiblings()], [*run.itersiblings()]
    for line in others:
        following = _like(begun, "pPr")
        begun.addnext(following)
        begun = following
        last = _like(run, "rPr")
        begun.append(last)
        node = tree.element(f"{W}t", {_SPACE: "preserve"})
        node.text = line
        last.append(node)
    if others:
        last.extend(behind[0])
        begun.extend(behind[1])


def _lines(text: str) -> list[str]:
    """Lines without the blanks around them, blank ones left out; what stands before and behind the breaks stays."""
    lines = text.split("\n")
    inner = [line.strip(" \t\u3000") for line in lines]
    inner[0], inner[-1] = lines[0].rstrip(" \t\u3000"), lines[-1].lstrip(" \t\u3000")
    return [line for index, line in enumerate(inner) if line or index == 0]


def _like(element: Any, properties: str) -> Any:
    """An empty element of the same kind with the same properties."""
    made = tree.element(element.tag)
    found = element.find(f"{W}{properties}")
    if found is not None:
        made.append(deepcopy(found))
    return made


def _write_signs(text: Any) -> None:
    """Break ``text`` at its line breaks and tabs, and put the elements that stand for them between."""
    text.text, *behind = re.split("([\n\t])", text.text)
    text.set(_SPACE, "preserve")
    place = text
    for sign, words in zip(behind[::2], behind[1::2], strict=True):
        mark = tree.element(f"{W}{_SIGNS[sign]}")
        node = tree.element(text.tag, {_SPACE: "preserve"})
        node.text = words
        place.addnext(mark)
        mark.addnext(node)
        place = node
