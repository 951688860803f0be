"""A document's XML as it reads once every tracked change is accepted, with its wrappers taken off.

What is printed stays; what merely surrounds it goes: content controls, smart tags, links, tracked
insertions, the second version of a drawing for old programs, field codes. Works in place on a parsed part.
"""

import re
from dataclasses import dataclass

from selfeval_xlsx.office import tree
from selfeval_xlsx.office.tree import W, remove, unwrap
from selfeval_xlsx.report.review import accept

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"

_DROPPED = [f"{W}{name}" for name in ("sdtPr", "sdtEndPr", "smartTagPr", "customXmlPr")]
_WRAPPERS = [
    f"{W}{name}"
    for name in ("sdt", "sdtContent", "smartTag", "customXml", "hyperlink", "dir", "bdo", "fldSimple")
]
_CONTENTS = re.compile(r"\s*TOC\b", re.IGNORECASE)
_PAGE_FIELD = re.compile(r"\s*(?:PAGE|PAGEREF|NUMPAGES|SECTIONPAGES)\b", re.IGNORECASE)
_PAGE_NUMBER = re.compile(r"[\s\d—–-]*")


def settle(root: tree.Element) -> tree.Element:
    """``root`` itself, settled."""
    _drop_contents_tables(root)
    accept(root)
    for element in list(root.iter(*_DROPPED)):
        remove(element)
    for choice in list(root.iter(f"{_MC}AlternateContent")):
        _choose(choice)
    for field in list(root.iter(f"{W}fldSimple")):
        if _is_position(field.get(f"{W}instr", ""), "".join(str(text) for text in field.itertext())):
            remove(field)
    for element in list(root.iter(*_WRAPPERS)):
        unwrap(element)
    _drop_field_codes(root)
    return root


def _choose(alternatives: tree.Element) -> None:
    """Keep the first version, which current programs show; the others say the same again."""
    for other in list(alternatives)[1:]:
        alternatives.remove(other)
    for chosen in list(alternatives):
        unwrap(chosen)
    unwrap(alternatives)


def _drop_contents_tables(root: tree.Element) -> None:
    for gallery in list(root.iter(f"{W}docPartGallery")):
        control = next(gallery.iterancestors(f"{W}sdt"), None)
        if control is not None and gallery.get(f"{W}val") == "Table of Contents":
            remove(control)


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
