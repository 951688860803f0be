"""A document's XML as it reads once every tracked change is accepted, with its wrappers taken off.

What is printed stays; what merely surrounds it goes: content controls, smart tags, links, tracked
insertions, the second version of a drawing for old programs, field codes. Works in place on a parsed part.
"""

import re
from dataclasses import dataclass

from selfeval_xlsx.office import tree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"

_DELETED = [f"{W}{name}" for name in ("del", "moveFrom")]
TRACKED = [*_DELETED, *(f"{W}{name}" for name in ("ins", "moveTo"))]
"""Changes of words that wait to be accepted or rejected."""
_DROPPED = [
    *_DELETED,
    *(
        f"{W}{name}"
        for name in (
            "pPrChange", "rPrChange", "sectPrChange", "tblPrChange", "tblPrExChange", "tblGridChange",
            "trPrChange", "tcPrChange", "numberingChange", "sdtPr", "sdtEndPr", "smartTagPr", "customXmlPr",
        )
    ),
]  # fmt: skip
_WRAPPERS = [
    f"{W}{name}"
    for name in (
        "ins", "moveTo", "sdt", "sdtContent", "smartTag", "customXml", "hyperlink", "dir", "bdo", "fldSimple",
    )
]  # fmt: skip
_CONTENTS = re.compile(r"\s*TOC\b", re.IGNORECASE)
_PAGE_FIELD = re.compile(r"\s*(?:PAGE|PAGEREF|NUMPAGES|SECTIONPAGES)\b", re.IGNORECASE)
_PAGE_NUMBER = re.compile(r"[\s\d—–-]*")


def settle(root: tree.Element) -> tree.Element:
    """``root`` itself, settled."""
    _drop_contents_tables(root)
    _drop_deleted_rows_and_cells(root)
    unmarked = _paragraphs_without_mark(root)
    for element in list(root.iter(*_DROPPED)):
        _remove(element)
    for choice in list(root.iter(f"{_MC}AlternateContent")):
        _choose(choice)
    for field in list(root.iter(f"{W}fldSimple")):
        if _is_position(field.get(f"{W}instr", ""), "".join(str(text) for text in field.itertext())):
            _remove(field)
    for element in list(root.iter(*_WRAPPERS)):
        _unwrap(element)
    for paragraph in reversed(unmarked):
        _join_with_next(paragraph)
    _drop_field_codes(root)
    return root


def _remove(element: tree.Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _unwrap(element: tree.Element) -> None:
    """Put the children of ``element`` in its place."""
    parent = element.getparent()
    if parent is not None:
        index = parent.index(element)
        parent[index : index + 1] = list(element)


def _choose(alternatives: tree.Element) -> None:
    """Keep the first version, which current programs show; the others say the same again."""
    for other in list(alternatives)[1:]:
        alternatives.remove(other)
    for chosen in list(alternatives):
        _unwrap(chosen)
    _unwrap(alternatives)


def _drop_contents_tables(root: tree.Element) -> None:
    for gallery in list(root.iter(f"{W}docPartGallery")):
        control = next(gallery.iterancestors(f"{W}sdt"), None)
        if control is not None and gallery.get(f"{W}val") == "Table of Contents":
            _remove(control)


def _drop_deleted_rows_and_cells(root: tree.Element) -> None:
    for row in list(root.iter(f"{W}tr")):
        if row.find(f"{W}trPr/{W}del") is not None:
            _remove(row)
    for cell in list(root.iter(f"{W}tc")):
        if cell.find(f"{W}tcPr/{W}cellDel") is not None:
            _remove(cell)


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
    _remove(paragraph)


@dataclass
class _Field:
    """A field being read: its code up to the separator, its result after it."""

    code: str = ""
    in_result: bool = False

    def shows(self, text: str) -> bool:
        return self.in_result and not _is_position(self.code, text)


def _is_position(code: str, result: str) -> bool:
    """Whether a field's result is where the text stands, not what it says: contents and page numbers."""
    paged = _PAGE_FIELD.match(code) and _PAGE_NUMBER.fullmatch(result)
    return bool(paged or _CONTENTS.match(code))


def _drop_field_codes(root: tree.Element) -> None:
    """Keep the results of fields, drop their codes; a field may span paragraphs.

    Where beginnings and ends do not match, nothing is taken for a code: better too much text than too little.
    """
    kinds = [str(mark.get(f"{W}fldCharType")) for mark in root.iter(f"{W}fldChar")]
    if kinds.count("begin") != kinds.count("end"):
        return
    fields: list[_Field] = []
    for run in list(root.iter(f"{W}r")):
        for child in list(run):
            if child.tag == f"{W}fldChar":
                _follow(fields, str(child.get(f"{W}fldCharType")))
            elif child.tag == f"{W}instrText" and fields:
                fields[-1].code += child.text or ""
            elif all(field.shows(child.text or "") for field in fields):
                continue
            run.remove(child)


def _follow(fields: list[_Field], kind: str) -> None:
    if kind == "begin":
        fields.append(_Field())
    elif fields and kind == "separate":
        fields[-1].in_result = True
    elif fields and kind == "end":
        fields.pop()
