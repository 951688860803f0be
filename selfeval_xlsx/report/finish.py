"""What a template cannot say in words, done on the rendered text: cells merged upwards, the last section."""

from typing import Any

MERGE_UP = "\ue010"
"""Alone in a table cell: the cell belongs to the one above. A code point of private use."""

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def finished(root: Any) -> None:
    """Merge the cells that hold :data:`MERGE_UP` upwards; let the text end with its last section, not after it."""
    for table in root.iter(f"{_W}tbl"):
        _merge(table)
    body = root.find(f"{_W}body")
    if body is not None:
        _close_section(body)


def _merge(table: Any) -> None:
    """Cells that belong together are told by the grid column they begin in."""
    above: dict[int, Any] = {}
    for row in table.iterchildren(f"{_W}tr"):
        begun: dict[int, Any] = {}
        column = 0
        for cell in row.iterchildren(f"{_W}tc"):
            text = "".join(node.text or "" for node in cell.iter(f"{_W}t"))
            if text == MERGE_UP and column in above:
                for node in cell.iter(f"{_W}t"):
                    node.text = ""
                _set_merge(above[column], "restart")
                _set_merge(cell, None)
                begun[column] = above[column]
            else:
                begun[column] = cell
            column += _span(cell)
        above = begun


def _span(cell: Any) -> int:
    span = cell.find(f"{_W}tcPr/{_W}gridSpan")
    return int(span.get(f"{_W}val")) if span is not None else 1


def _set_merge(cell: Any, value: str | None) -> None:
    """Mark ``cell`` as the first of merged cells (``restart``) or as one below it (None)."""
    properties = cell.find(f"{_W}tcPr")
    if properties.find(f"{_W}vMerge") is not None:
        return
    merge = properties.makeelement(f"{_W}vMerge")
    if value is not None:
        merge.set(f"{_W}val", value)
    after = [properties.find(f"{_W}{name}") for name in ("gridSpan", "tcW")]
    next(node for node in after if node is not None).addnext(merge)


def _close_section(body: Any) -> None:
    """An empty paragraph that ends a section at the very end would leave an empty page behind."""
    own = body.find(f"{_W}sectPr")
    last = own.getprevious() if own is not None else None
    if last is None:
        return
    ended = last.find(f"{_W}pPr/{_W}sectPr")
    if ended is not None and not "".join(last.itertext()):
        body.replace(own, ended)
        body.remove(last)
