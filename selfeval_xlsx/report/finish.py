"""What a template cannot say in words, done on the rendered text.

What has nothing to say goes: paragraphs that print nothing, headings above nothing, tables without rows. Cells merge,
tables take the width of their page, sections end with their last paragraph, signatures keep with the text.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from selfeval_xlsx.office import tree
from selfeval_xlsx.office.tree import W, words
from selfeval_xlsx.report.wording import ATTACHMENT_LIST, NUMBER

MERGE_UP = "\ue010"
"""Alone in a table cell: the cell belongs to the one above. A code point of private use."""

IF_FILLED = "\ue011"
"""In the heading of a table's column: the column goes where nothing stands below. A code point of private use."""

TEXT_END = "\ue014"
"""Alone in a paragraph: the text ends here, nothing after it stands below a heading. A code point of private use."""

_ORDER = {
    "pPr": ("pStyle", "keepNext"),
    "tcPr": ("cnfStyle", "tcW", "gridSpan", "hMerge", "vMerge", "tcBorders"),
}
"""The properties of a paragraph and of a cell as the schema orders them, as far as they are written here."""

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
        text = words(table)
        if IF_FILLED in text:
            _drop_unfilled(table)
        if MERGE_UP in text:
            _merge(table)
        _leave_room(table)
        _hold_rows(table)
    if body is not None:
        _settle_sections(body)
        _fit_tables(body)
        _keep_above(body)


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
    node = _find(element, path)
    return None if node is None else node.get(f"{W}{name}")


def _number(text: str | None) -> int:
    """A whole number as Word writes it; 0 for anything else."""
    return int(text) if text is not None and text.isdecimal() else 0


def _properties(element: Any, kind: str) -> Any:
    properties = element.find(f"{W}{kind}")
    if properties is None:
        properties = tree.element(f"{W}{kind}")
        element.insert(0, properties)
    return properties


def _set(element: Any, path: str, value: str | None = None) -> Any:
    """The property at ``path``, tcPr/vMerge, of ``element``, made in its place where it is not there yet."""
    kind, name = path.split("/")
    properties = _properties(element, kind)
    made = properties.find(f"{W}{name}")
    if made is None:
        made = tree.element(f"{W}{name}", {} if value is None else {f"{W}val": value})
        before = [f"{W}{other}" for other in _ORDER[kind][: _ORDER[kind].index(name)]]
        properties.insert(sum(node.tag in before for node in properties), made)
    return made


def _keep(paragraph: Any) -> None:
    _set(paragraph, "pPr/keepNext")


def _keep_row(row: Any) -> None:
    for paragraph in row.iter(f"{W}p"):
        _keep(paragraph)


# --- what has nothing to say --------------------------------------------------------------------

_MARKS = {f"{W}{name}" for name in ("proofErr", "bookmarkStart", "bookmarkEnd", "lastRenderedPageBreak")}
_FORMAT = {f"{W}pPr", f"{W}rPr"}


def _holds_only(paragraph: Any, tags: set[str]) -> bool:
    leaves = (leaf for child in paragraph for leaf in (child if child.tag == f"{W}r" else (child,)))
    return all(leaf.tag in tags for leaf in leaves)


def _is_empty(paragraph: Any) -> bool:
    """Whether it is a blank line; LibreOffice writes one with an empty run."""
    return _holds_only(paragraph, _FORMAT)


def _ends_section(element: Any) -> bool:
    return _find(element, "pPr/sectPr") is not None


def _drop_silent(body: Any) -> None:
    """Take out the paragraphs of the text whose tags print nothing; blank lines, which have no words at all, stay."""
    for paragraph in body.findall(f"{W}p"):
        texts = [node.text for node in paragraph.iter(f"{W}t")]
        silent = texts and not any(texts) and not _ends_section(paragraph)
        if silent and _holds_only(paragraph, {f"{W}t"} | _FORMAT | _MARKS):
            body.remove(paragraph)


def _held(paragraph: Any) -> int | None:
    """The level of the number that goes with what stands below; None where the paragraph has none."""
    held = NUMBER.search(words(paragraph)) if paragraph.tag == f"{W}p" else None
    return int(held["level"]) if held and held["held"] else None


def _drop_bare_tables(body: Any) -> None:
    """Take out tables without a row below their heading, whose titles say so, with the title and what closes the table."""
    for title in [element for element in body if _held(element) == 0]:
        table = title.getnext()
        if table is not None and table.tag == f"{W}tbl" and all(map(_is_heading, table.findall(f"{W}tr"))):
            after = table.getnext()
            if after is not None and _closes_table(after):
                body.remove(after)
            body.remove(table)
            body.remove(title)


def _closes_table(element: Any) -> bool:
    """Whether it is the blank line below a table, or a note on it."""
    blank = element.tag == f"{W}p" and _is_empty(element) and not _ends_section(element)
    return blank or words(element).startswith("注：")


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
        elif element.tag == f"{W}p" and words(element) == TEXT_END:
            body.remove(element)
            below = [False] * 5
        elif element.tag == f"{W}tbl" or words(element) or element.find(f"{W}r/{W}drawing") is not None:
            below = [True] * 5


# --- columns ------------------------------------------------------------------------------------


def _drop_unfilled(table: Any) -> None:
    """Take out the columns marked :data:`IF_FILLED` below which nothing stands; the others share their width."""
    marked = [node for node in table.iter(f"{W}t") if IF_FILLED in (node.text or "")]
    rows = [(row, _by_column(row)) for row in table.findall(f"{W}tr")]
    for node in reversed(marked):
        node.text = node.text.replace(IF_FILLED, "")
        head = next(node.iterancestors(f"{W}tc"))
        at = next(number for number, (row, _) in enumerate(rows) if row is head.getparent())
        column = next(column for column, cell in rows[at][1].items() if cell is head)
        below = [cells[column] for _, cells in rows[at + 1 :] if column in cells]
        if not any(words(cell) and _span(cell) == 1 for cell in below):
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
    whole = sum(map(_width, widths))
    left = [width for width in widths if width is not gone and gone not in width.iterancestors()]
    gone.getparent().remove(gone)
    _scale(whole, left)


def _width(element: Any) -> int:
    return _number(element.get(f"{W}w"))


def _scale(whole: int, elements: Sequence[Any]) -> None:
    """Let the widths of ``elements`` come to ``whole``, each keeping its share."""
    total = sum(map(_width, elements))
    for element in elements if total else ():
        element.set(f"{W}w", str(whole * _width(element) // total))


# --- cells and rows -----------------------------------------------------------------------------


def _merge(table: Any) -> None:
    """Merge the cells that hold :data:`MERGE_UP` upwards; the grid column a cell begins in tells what is above.

    Rows that share a cell keep together: its label stands on the first page only.
    """
    above: dict[int, Any] = {}
    for row in table.findall(f"{W}tr"):
        begun = _by_column(row)
        for column, cell in begun.items():
            if words(cell) == MERGE_UP and column in above:
                for node in cell.iter(f"{W}t"):
                    node.text = ""
                _set(above[column], "tcPr/vMerge", "restart")
                _set(cell, "tcPr/vMerge")
                begun[column] = above[column]
                _keep_row(row.getprevious())
        above = begun


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
                tree.child(_set(cell, "tcPr/tcBorders"), f"{W}bottom", {f"{W}val": "nil"})


_SMALL_ROWS, _SMALL_TEXT = 8, 400
"""Rows and characters of a table that is not cut: a table of figures."""
_HALF_PAGE = 1000
"""Characters of a cell as wide as the text that fill half a page; LibreOffice loses lines of an uncut row over a page."""


def _hold_rows(table: Any) -> None:
    """Keep a small table on one page; of a longer one, never leave the last row, its total, alone on the next.

    A row of long texts is cut where the page ends.
    """
    rows = [row for row in table.findall(f"{W}tr") if not _is_heading(row)]
    small = len(rows) <= _SMALL_ROWS and len(words(table)) <= _SMALL_TEXT
    long = [] if small else [row for row in rows if _is_long(row)]
    for row in long:
        for uncut in row.findall(f"{W}trPr/{W}cantSplit"):
            tree.remove(uncut)
    for row in rows[:-1] if small else rows[-2:-1]:
        if row not in long:
            _keep_row(row)


def _is_long(row: Any) -> bool:
    """Whether a text of the row takes more than half a page in its cell."""
    cells = [(len(words(cell)), _number(_value(cell, "tcPr/tcW", "w"))) for cell in row.findall(f"{W}tc")]
    whole = sum(width for _, width in cells)
    return any(length * whole > _HALF_PAGE * width for length, width in cells if width)


# --- sections -----------------------------------------------------------------------------------


def _settle_sections(body: Any) -> None:
    """Let every section end with its last paragraph: an empty one behind it may need a page of its own."""
    for paragraph in body.findall(f"{W}p"):
        if not _ends_section(paragraph) or not _is_empty(paragraph):
            continue
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


def _fit(table: Any, width: int) -> None:
    whole = width * _number(_value(table, "tblPr/tblW", "w")) // _WHOLE
    if not whole or _value(table, "tblPr/tblW", "type") != "pct":
        return
    _scale(whole, table.findall(f"{W}tblGrid/{W}gridCol"))
    rows = [row.findall(f"{W}tc/{W}tcPr/{W}tcW") for row in table.findall(f"{W}tr")]
    for widths in ([_find(table, "tblPr/tblW")], *rows):
        # After a column was taken out, shares come to less than all.
        if any(map(_width, widths)) and all(element.get(f"{W}type") == "pct" for element in widths):
            _scale(whole, widths)
            for element in widths:
                element.set(f"{W}type", "dxa")


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
            _find(element, "pPr/keepNext") is not None
            if _is_empty(element)
            else words(element).startswith(ATTACHMENT_LIST)
        )


def _end_of(table: Any) -> Iterator[Any]:
    """The paragraphs of the last row; of all rows where it is the only one below the heading."""
    rows = table.findall(f"{W}tr")
    heads = sum(map(_is_heading, rows))
    for row in rows if len(rows) <= heads + 1 else rows[-1:]:
        yield from row.iter(f"{W}p")
