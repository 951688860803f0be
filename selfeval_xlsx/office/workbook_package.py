"""A workbook's package: its parts, how they refer to each other, and what kind each is.

Parts that are not touched keep their bytes. Paths are those inside the archive, without a leading slash.
"""

import io
import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from selfeval_xlsx.office import tree
from selfeval_xlsx.office.tree import parse, written

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_CONTENT_TYPES = "[Content_Types].xml"
_STAMP = (1980, 1, 1, 0, 0, 0)
"""Fixed, so that the same input gives the same bytes."""

_BARE = {"": MAIN}

Element = Any
"""An element of the XML library."""


@dataclass(frozen=True)
class Relation:
    """A part refers to another one by ``id``; ``target`` is its path in the archive."""

    id: str
    kind: str
    """The last word of the relation's type: worksheet, comments, vmlDrawing …"""
    target: str


def tag(name: str) -> str:
    """The full name of a spreadsheet element."""
    return f"{{{MAIN}}}{name}"


def new(name: str) -> Element:
    """A spreadsheet element on its own; its namespace is the default one, as most programs write it."""
    return tree.element(tag(name), declared=_BARE)


def child(parent: Element, name: str, text: str | None = None, /, **attributes: str) -> Element:
    """A new spreadsheet element at the end of ``parent``."""
    element = tree.child(parent, tag(name), attributes)
    element.text = text
    return element


class Package:
    """The parts of a workbook by path, in the order of the archive."""

    def __init__(self, data: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            self.parts = {
                each.filename: archive.read(each) for each in archive.infolist() if not each.is_dir()
            }

    def packed(self) -> bytes:
        """The archive, without a seal: for reading, not for keeping."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
            for path, content in self.parts.items():
                archive.writestr(path, content)
        return buffer.getvalue()

    def free(self, pattern: str) -> str:
        """The first path of ``pattern`` (with ``{}`` for a number) that is not taken."""
        number = 1
        while pattern.format(number) in self.parts:
            number += 1
        return pattern.format(number)

    # --- relations

    def relations(self, source: str) -> list[Relation]:
        """What ``source`` refers to inside the package; the package itself is named by an empty path."""
        content = self.parts.get(_relations_path(source))
        return [] if content is None else list(self._read_relations(source, parse(content)))

    def _read_relations(self, source: str, root: Element) -> Iterator[Relation]:
        for each in root.iterchildren(f"{{{_RELATIONS}}}Relationship"):
            if each.get("TargetMode") != "External":
                kind = each.get("Type", "").rpartition("/")[2]
                yield Relation(each.get("Id", ""), kind, self._resolved(source, each.get("Target", "")))

    def _resolved(self, source: str, target: str) -> str:
        joined = posixpath.normpath(posixpath.join(posixpath.dirname(source), target)).lstrip("/")
        return joined if joined in self.parts else unquote(joined)

    def related(self, source: str, kind: str) -> Relation | None:
        """The first relation of ``source`` of one kind."""
        return next((each for each in self.relations(source) if each.kind == kind), None)

    def relate(self, source: str, kind: str, target: str) -> str:
        """Let ``source`` refer to ``target``; returns the id of the relation."""
        path = _relations_path(source)
        empty = f'<Relationships xmlns="{_RELATIONS}"/>'.encode()
        root = parse(self.parts.get(path, empty))
        taken = {each.get("Id") for each in root}
        identity = next(name for number in range(1, len(taken) + 2) if (name := f"rId{number}") not in taken)
        relative = posixpath.relpath(target, posixpath.dirname(source) or ".")
        tree.child(
            root,
            f"{{{_RELATIONS}}}Relationship",
            {"Id": identity, "Type": f"{DOCUMENT}/{kind}", "Target": relative},
        )
        self.parts[path] = written(root)
        return identity

    def unrelate(self, source: str, identity: str) -> None:
        """Let ``source`` no longer refer to what the relation names."""
        path = _relations_path(source)
        root = parse(self.parts[path])
        for each in list(root):
            if each.get("Id") == identity:
                root.remove(each)
        if len(root):
            self.parts[path] = written(root)
        else:
            del self.parts[path]

    # --- kinds of parts

    def add(self, path: str, content: bytes, content_type: str) -> None:
        """A new part."""
        self.parts[path] = content
        root = parse(self.parts[_CONTENT_TYPES])
        tree.child(root, f"{{{_TYPES}}}Override", {"PartName": f"/{path}", "ContentType": content_type})
        self.parts[_CONTENT_TYPES] = written(root)

    def add_by_extension(self, path: str, content: bytes, content_type: str) -> None:
        """A new part whose kind is told by its extension."""
        self.parts[path] = content
        extension = path.rpartition(".")[2]
        root = parse(self.parts[_CONTENT_TYPES])
        if not any(each.get("Extension", "").lower() == extension for each in root):
            default = tree.element(
                f"{{{_TYPES}}}Default", {"Extension": extension, "ContentType": content_type}
            )
            root.insert(0, default)
            self.parts[_CONTENT_TYPES] = written(root)

    def drop(self, path: str) -> None:
        """Remove a part, and the parts that only it refers to."""
        owned = [each.target for each in self.relations(path)]
        self.parts.pop(path, None)
        self.parts.pop(_relations_path(path), None)
        root = parse(self.parts[_CONTENT_TYPES])
        for each in list(root):
            if each.get("PartName", "").lstrip("/") == path:
                root.remove(each)
        self.parts[_CONTENT_TYPES] = written(root)
        for target in owned:
            if target in self.parts and not self._is_used(target):
                self.drop(target)

    def _is_used(self, path: str) -> bool:
        sources = [_source_of(each) for each in self.parts if each.endswith(".rels")]
        return any(path == each.target for source in sources for each in self.relations(source))


def _relations_path(source: str) -> str:
    folder, name = posixpath.split(source)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _source_of(relations: str) -> str:
    folder, name = posixpath.split(relations)
    return posixpath.join(posixpath.dirname(folder), name.removesuffix(".rels"))
