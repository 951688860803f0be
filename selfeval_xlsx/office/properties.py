"""Custom document properties of a Word file: read from one that was edited, written into a new one.

They survive saving by other programs, and other programs add their own beside them.
"""

from collections.abc import Mapping

from selfeval_xlsx.office import tree
from selfeval_xlsx.office.word_package import WordPackage
from selfeval_xlsx.text import printable

PART = "docProps/custom.xml"

_NAMESPACE = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_OWN_FORMAT = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
"""The format id all user-defined properties carry."""
_FIRST_ID = 2
"""Property ids 0 and 1 are reserved."""
_EMPTY = f'<Properties xmlns="{_NAMESPACE}" xmlns:vt="{_TYPES}"/>'.encode()
_PROPERTY = f"{{{_NAMESPACE}}}property"


def read_properties(package: WordPackage) -> dict[str, str]:
    """Name → value, of whatever type, as text."""
    return {
        each.get("name", ""): "".join(str(piece) for piece in each.itertext()).strip()
        for part in package.related("", "custom-properties")
        for each in package.tree(part).iter(_PROPERTY)
    }


def add_properties(parts: Mapping[str, bytes], properties: Mapping[str, str]) -> dict[str, bytes]:
    """``parts`` of a Word file with text properties added; those of the same names are replaced.

    The file's content types and relations are completed where it had no custom properties yet.
    """
    if not properties:
        return dict(parts)
    changed = {
        PART: _written(parts.get(PART), properties),
        "[Content_Types].xml": _declared(parts["[Content_Types].xml"]),
        "_rels/.rels": _related(parts["_rels/.rels"]),
    }
    return {**parts, **changed}


def _written(old: bytes | None, properties: Mapping[str, str]) -> bytes:
    root = tree.parse(old or _EMPTY)
    for each in list(root):
        if each.get("name") in properties:
            root.remove(each)
    taken = [int(each.get("pid", "0")) for each in root]
    for number, (name, value) in enumerate(properties.items(), start=max([_FIRST_ID - 1, *taken]) + 1):
        entry = tree.child(root, _PROPERTY, fmtid=_OWN_FORMAT, pid=str(number), name=name)
        tree.child(entry, f"{{{_TYPES}}}lpwstr").text = printable(value)
    return _printed(root)


def _declared(types: bytes) -> bytes:
    root = tree.parse(types)
    if all(each.get("PartName") != f"/{PART}" for each in root):
        tree.child(root, _sibling(root, "Override"), PartName=f"/{PART}", ContentType=_CONTENT_TYPE)
    return _printed(root)


def _related(relations: bytes) -> bytes:
    root = tree.parse(relations)
    if all(each.get("Type") != _RELATION for each in root):
        taken = {each.get("Id") for each in root}
        key = next(key for number in range(1, len(taken) + 2) if (key := f"rId{number}") not in taken)
        tree.child(root, _sibling(root, "Relationship"), Id=key, Type=_RELATION, Target=PART)
    return _printed(root)


def _sibling(root: tree.Element, name: str) -> str:
    """The tag of a child in the namespace of ``root``."""
    return f"{{{tree.namespace(root.tag)}}}{name}"


def _printed(root: tree.Element) -> bytes:
    return tree.written(root)
