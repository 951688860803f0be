"""An Office file as its parts: opened only where that is safe, how the parts refer to each other, what each is.

A part that is not changed keeps its bytes. Paths are those inside the archive, without a leading slash; programs
differ in the case of their letters and in the stroke between folders, so both are read alike.
"""

import io
import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from selfeval_xlsx.office import tree

DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
"""Begins the types of relations; also the namespace in which a part names a relation by its id."""

PART_LIMIT = 10_000_000
RATIO_LIMIT = 200
"""A part over 10 MB that packs better than 1:200 is a bomb; honest sheets reach 25 (measured)."""

DAMAGE = (
    zipfile.BadZipFile, zlib.error, OSError, LookupError, ValueError, EOFError, RuntimeError, NotImplementedError,
    tree.ParseError,
)  # fmt: skip
"""What reading a torn, encrypted or foreign package and its parts raises; LookupError also of an unknown encoding."""

TYPES = "[Content_Types].xml"

_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_STAMP = (1980, 1, 1, 0, 0, 0)
"""Fixed, so that the same input gives the same bytes."""


class SwollenError(Exception):
    """A package that would unpack to more than any honest file."""


@dataclass(frozen=True)
class Relation:
    """A part refers to another one by ``id``."""

    id: str
    kind: str
    """The last word of the relation's type: worksheet, comments, vmlDrawing …"""
    target: str
    """The other part's path, whether or not there is such a part."""


class Package(MutableMapping[str, bytes]):
    """The parts of a file by path, in the order of the archive; each is unpacked when it is asked for."""

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        """A package of parts at hand."""
        self._archive: zipfile.ZipFile | None = None
        self._parts: dict[str, tuple[str, bytes | zipfile.ZipInfo]] = {
            _key(path): (path, content) for path, content in parts.items()
        }

    @classmethod
    def opened(cls, data: bytes, limit: int, counts: Callable[[str], bool] = bool) -> "Package":
        """The package in ``data``, of which the parts whose paths ``counts`` names unpack to ``limit`` bytes at most.

        A part never unpacks to more than it declares.

        Raises:
            SwollenError: it would unpack to more, or holds a bomb.
            DAMAGE: one of these, as does reading a part of it.

        """
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts = [part for part in archive.infolist() if not part.is_dir()]
        sizes = [(part.file_size, part.compress_size) for part in parts if counts(part.filename)]
        bomb = any(size > PART_LIMIT and size > RATIO_LIMIT * max(packed, 1) for size, packed in sizes)
        if bomb or sum(size for size, _ in sizes) > limit:
            raise SwollenError
        package = cls({})
        package._archive = archive
        package._parts = {_key(part.filename): (_plain(part.filename), part) for part in parts}
        return package

    def __getitem__(self, path: str) -> bytes:
        """The content of a part.

        Raises:
            KeyError: there is none.
            DAMAGE: it cannot be unpacked.

        """
        stored, content = self._parts[_key(path)]
        if isinstance(content, zipfile.ZipInfo):
            content = b"".join(self.chunks(path))
            self._parts[_key(path)] = (stored, content)
        return content

    def __setitem__(self, path: str, content: bytes) -> None:
        """Put a part in, or change the one with that path."""
        stored, _ = self._parts.get(_key(path), (path, b""))
        self._parts[_key(path)] = (stored, content)

    def __delitem__(self, path: str) -> None:
        """Take a part out."""
        del self._parts[_key(path)]

    def __contains__(self, path: object) -> bool:
        """Whether there is such a part."""
        return isinstance(path, str) and _key(path) in self._parts

    def __iter__(self) -> Iterator[str]:
        """The paths as they are stored."""
        return iter([stored for stored, _ in self._parts.values()])

    def __len__(self) -> int:
        """How many parts there are."""
        return len(self._parts)

    def chunks(self, path: str, size: int = 1_000_000) -> Iterator[bytes]:
        """A part piece by piece, ``size`` bytes at most at a time where it is not unpacked yet.

        Raises:
            DAMAGE: it cannot be unpacked.

        """
        _, content = self._parts[_key(path)]
        if isinstance(content, bytes) or self._archive is None:
            yield self[path]
            return
        with self._archive.open(content) as stream:
            chunk = stream.read(size)
            if len(chunk) < size:  # all of it
                self._parts[_key(path)] = (self._parts[_key(path)][0], chunk)
            while chunk:
                yield chunk
                chunk = stream.read(size)

    def tree(self, path: str) -> Any:
        """The root element of a part.

        Raises:
            KeyError: there is none.
            DAMAGE: it cannot be unpacked, or is no XML.

        """
        return tree.parse(self[path])

    def free(self, pattern: str) -> str:
        """The first path of ``pattern`` (with ``{}`` for a number) that is not taken."""
        number = 1
        while pattern.format(number) in self:
            number += 1
        return pattern.format(number)

    # --- relations

    def relations(self, source: str, kind: str = "") -> list[Relation]:
        """What ``source`` (empty: the file itself) refers to inside the package, all or of one kind."""
        path = _relations_of(source)
        if path not in self:
            return []
        every = (
            Relation(
                each.get("Id", ""),
                each.get("Type", "").rpartition("/")[2],
                self._resolved(source, each.get("Target", "")),
            )
            for each in self.tree(path).iterchildren()
            if each.get("TargetMode") != "External"
        )
        return [each for each in every if kind in {"", each.kind}]

    def related(self, source: str, kind: str) -> Relation | None:
        """The first relation of ``source`` of one kind."""
        return next(iter(self.relations(source, kind)), None)

    def _resolved(self, source: str, target: str) -> str:
        path = posixpath.normpath(
            posixpath.join("/", posixpath.dirname(source), target.replace("\\", "/"))
        ).lstrip("/")
        if path not in self:
            path = unquote(path)
        return self._parts.get(_key(path), (path,))[0]

    def relate(self, source: str, kind: str, target: str) -> str:
        """Let ``source`` refer to ``target``; returns the id of the relation."""
        path = _relations_of(source)
        root = tree.parse(self.get(path, f'<Relationships xmlns="{_RELATIONS}"/>'.encode()))
        taken = {each.get("Id") for each in root}
        identity = next(name for number in range(1, len(taken) + 2) if (name := f"rId{number}") not in taken)
        relative = posixpath.relpath(target, posixpath.dirname(source) or ".")
        name = f"{{{tree.namespace(root.tag)}}}Relationship"
        tree.child(root, name, Id=identity, Type=f"{DOCUMENT}/{kind}", Target=relative)
        self[path] = tree.written(root)
        return identity

    def unrelate(self, source: str, identity: str) -> None:
        """Let ``source`` no longer refer to what the relation names."""
        path = _relations_of(source)
        root = self.tree(path)
        for each in list(root):
            if each.get("Id") == identity:
                root.remove(each)
        if len(root):
            self[path] = tree.written(root)
        else:
            del self[path]

    # --- kinds of parts

    def add(self, path: str, content: bytes, content_type: str) -> None:
        """Put a part in and say of which kind it is, unless that is said."""
        self[path] = content
        root = self.tree(TYPES)
        if all(each.get("PartName") != f"/{path}" for each in root):
            name = f"{{{tree.namespace(root.tag)}}}Override"
            tree.child(root, name, PartName=f"/{path}", ContentType=content_type)
        self[TYPES] = tree.written(root)

    def add_by_extension(self, path: str, content: bytes, content_type: str) -> None:
        """Put a part in whose kind is told by its extension."""
        self[path] = content
        extension = path.rpartition(".")[2]
        root = self.tree(TYPES)
        if all(each.get("Extension", "").lower() != extension for each in root):
            attributes = {"Extension": extension, "ContentType": content_type}
            root.insert(0, tree.element(f"{{{tree.namespace(root.tag)}}}Default", attributes))
            self[TYPES] = tree.written(root)

    def drop(self, path: str) -> None:
        """Take a part out, and the parts that only it refers to."""
        owned = [each.target for each in self.relations(path)]
        self.pop(path, None)
        self.pop(_relations_of(path), None)
        root = self.tree(TYPES)
        for each in list(root):
            if _key(each.get("PartName", "")) == _key(path):
                root.remove(each)
        self[TYPES] = tree.written(root)
        used = {
            relation.target
            for each in self
            if each.endswith(".rels")
            for relation in self.relations(_source_of(each))
        }
        for target in owned:
            if target in self and target not in used:
                self.drop(target)


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """The archive of ``parts``, the same bytes every time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in parts.items():
            archive.writestr(zipfile.ZipInfo(path, _STAMP), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _plain(path: str) -> str:
    return path.replace("\\", "/").lstrip("/")


def _key(path: str) -> str:
    return _plain(path).lower()


def _relations_of(source: str) -> str:
    folder, name = posixpath.split(source)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _source_of(relations: str) -> str:
    folder, name = posixpath.split(relations)
    return posixpath.join(posixpath.dirname(folder), name.removesuffix(".rels"))
