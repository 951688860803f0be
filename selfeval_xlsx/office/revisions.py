"""Tracked changes and comments of a Word file: what it says once every change is accepted and the comments are gone."""

from selfeval_xlsx.office import tree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

_DELETED = [f"{W}{name}" for name in ("del", "moveFrom")]
_INSERTED = [f"{W}{name}" for name in ("ins", "moveTo")]
TRACKED = [*_DELETED, *_INSERTED]
"""Changes of words that wait to be accepted or rejected."""
_RECORDS = [
    f"{W}{name}"
    for name in (
        "pPrChange", "rPrChange", "sectPrChange", "tblPrChange", "tblPrExChange", "tblGridChange",
        "trPrChange", "tcPrChange", "numberingChange",
    )
]  # fmt: skip
COMMENTS = [f"{W}{name}" for name in ("commentRangeStart", "commentRangeEnd", "commentReference")]
"""Where a comment begins and ends, and its sign."""


def accept(root: tree.Element) -> None:
    """Accept every tracked change below ``root``."""
    _drop_deleted_rows_and_cells(root)
    unmarked = _paragraphs_without_mark(root)
    for element in list(root.iter(*_DELETED, *_RECORDS)):
        remove(element)
    for element in list(root.iter(*_INSERTED)):
        unwrap(element)
    for paragraph in reversed(unmarked):
        _join_with_next(paragraph)


def drop_comments(root: tree.Element) -> None:
    """Take out the signs of comments below ``root``; the comments themselves stand in a part of their own."""
    for element in list(root.iter(*COMMENTS)):
        remove(element)


def remove(element: tree.Element) -> None:
    """Take ``element`` out, with all below it."""
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def unwrap(element: tree.Element) -> None:
    """Put the children of ``element`` in its place."""
    parent = element.getparent()
    if parent is not None:
        index = parent.index(element)
        parent[index : index + 1] = list(element)


def _drop_deleted_rows_and_cells(root: tree.Element) -> None:
    for row in list(root.iter(f"{W}tr")):
        if row.find(f"{W}trPr/{W}del") is not None:
            remove(row)
    for cell in list(root.iter(f"{W}tc")):
        if cell.find(f"{W}tcPr/{W}cellDel") is not None:
            remove(cell)


def _paragraphs_without_mark(root: tree.Element) -> list[tree.Element]:
    """Paragraphs whose end was deleted, so that the next one continues them."""
    return [
        paragraph
        for paragraph in root.iter(f"{W}p")
        if any(paragraph.find(f"{W}pPr/{W}rPr/{mark}") is not None for mark in _DELETED)
    ]


def _join_with_next(paragraph: tree.Element) -> None:
    following = next(paragraph.itersiblings(f"{W}p", f"{W}tbl"), None)
    if following is None or following.tag != f"{W}p":
        return
    start = 1 if following.find(f"{W}pPr") is not None else 0
    following[start:start] = [child for child in paragraph if child.tag != f"{W}pPr"]
    remove(paragraph)
