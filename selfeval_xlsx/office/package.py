"""An Office file as its parts: opened only where that is safe, how they refer to each other, properties, seal.

A part that is not changed keeps its bytes. Paths are those inside the archive, without a leading slash; programs
differ in the case of their letters and in the stroke between folders, so both are read alike.
"""

import hashlib
import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from selfeval_xlsx.office import tree
from selfeval_xlsx.text import printable

DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
"""Begins the types of relations; also the namespace in which a part names a relation by its id."""

SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
"""The namespace of a workbook's cells, as it begins a tag."""

PART_LIMIT = 10_000_000
RATIO_LIMIT = 200
"""A part over 10 MB that packs better than 1:200 is a bomb; honest sheets reach 25 (measured)."""

LARGEST = 400_000_000
"""Bytes that a file written here unpacks to at most, its template's pictures included."""

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
    def opened(cls, data: bytes, limit: int = LARGEST, counts: Callable[[str], bool] = bool) -> "Package":
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
        entries = [entry for entry in self.tree(path) if entry.get("TargetMode") != "External"]
        kinds = [entry.get("Type", "").rpartition("/")[2] for entry in entries]
        return [
            Relation(entry.get("Id", ""), own, self._resolved(source, entry.get("Target", "")))
            for entry, own in zip(entries, kinds, strict=True)
            if kind in {"", own}
        ]

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
        taken = {entry.get("Id") for entry in root}
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
        for entry in [entry for entry in root if entry.get("Id") == identity]:
            root.remove(entry)
        if len(root):
            self[path] = tree.written(root)
        else:
            del self[path]

    def sheets(self, workbook: str, root: Any) -> list[tuple[str, str]]:
        """The names of the worksheets of ``workbook``, whose tree is ``root``, with their parts."""
        parts = {relation.id: relation.target for relation in self.relations(workbook, "worksheet")}
        sheets = root.iter(f"{SPREADSHEET}sheet")
        named = [(sheet.get("name", ""), parts.get(sheet.get(f"{{{DOCUMENT}}}id"), "")) for sheet in sheets]
        return [(name, part) for name, part in named if part in self]

    # --- kinds of parts

    def add(self, path: str, content: bytes, content_type: str) -> None:
        """Put a part in and say of which kind it is, unless that is said."""
        self[path] = content
        self._say_kind("Override", "PartName", f"/{path}", content_type)

    def add_by_extension(self, path: str, content: bytes, content_type: str) -> None:
        """Put a part in whose kind is told by its extension."""
        self[path] = content
        self._say_kind("Default", "Extension", path.rpartition(".")[2], content_type)

    def _say_kind(self, entry: str, key: str, value: str, content_type: str) -> None:
        root = self.tree(TYPES)
        if all(_key(known.get(key, "")) != _key(value) for known in root):
            name = f"{{{tree.namespace(root.tag)}}}{entry}"
            kind = tree.element(name, {key: value, "ContentType": content_type})
            root.insert(0 if entry == "Default" else len(root), kind)
            self[TYPES] = tree.written(root)

    def drop(self, path: str) -> None:
        """Take a part out, and the parts that only it refers to."""
        owned = [relation.target for relation in self.relations(path)]
        self.pop(path, None)
        self.pop(_relations_of(path), None)
        root = self.tree(TYPES)
        for entry in [entry for entry in root if _key(entry.get("PartName", "")) == _key(path)]:
            root.remove(entry)
        self[TYPES] = tree.written(root)
        sources = [_source_of(part) for part in self if part.endswith(".rels")]
        used = {relation.target for source in sources for relation in self.relations(source)}
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


# --- custom document properties -----------------------------------------------------------------------

_CUSTOM = "docProps/custom.xml"
_NAMESPACE = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_OWN_FORMAT = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
"""The format id all user-defined properties carry."""
_FIRST_ID = 2
"""Property ids 0 and 1 are reserved."""
_EMPTY = f'<Properties xmlns="{_NAMESPACE}" xmlns:vt="{_TYPES}"/>'.encode()
_PROPERTY = f"{{{_NAMESPACE}}}property"


def read_properties(package: Package) -> dict[str, str]:
    """Name → value, of whatever type, as text. They survive saving by other programs, which add their own.

    Raises:
        DAMAGE: what a part of ``package`` raises.

    """
    return {
        item.get("name", ""): "".join(item.itertext()).strip()
        for relation in package.relations("", "custom-properties")
        if relation.target in package
        for item in package.tree(relation.target).iter(_PROPERTY)
    }


def add_properties(parts: Mapping[str, bytes], properties: Mapping[str, str]) -> dict[str, bytes]:
    """``parts`` of a Word file with text properties added; those of the same names are replaced.

    The file's content types and relations are completed where it had no custom properties yet.
    """
    package = Package(parts)
    if properties:
        package.add(_CUSTOM, _with_properties(parts.get(_CUSTOM, _EMPTY), properties), _CONTENT_TYPE)
        if package.related("", "custom-properties") is None:
            package.relate("", "custom-properties", _CUSTOM)
    return dict(package)


def _with_properties(content: bytes, properties: Mapping[str, str]) -> bytes:
    root = tree.parse(content)
    for item in list(root):
        if item.get("name") in properties:
            root.remove(item)
    taken = [int(item.get("pid", "0")) for item in root]
    for number, (name, value) in enumerate(properties.items(), start=max([_FIRST_ID - 1, *taken]) + 1):
        entry = tree.child(root, _PROPERTY, fmtid=_OWN_FORMAT, pid=str(number), name=name)
        tree.child(entry, f"{{{_TYPES}}}lpwstr").text = printable(value)
    return tree.written(root)


# --- seals --------------------------------------------------------------------------------------------
# The seal of an Office file is the digest of its parts, kept in the document property *identifier*; that of a PDF is
# the digest of its bytes, in a comment after its end. Whoever saves the file again rewrites it, and the seal breaks.

_CORE = "docProps/core.xml"
_IDENTIFIER = re.compile(rb"<dc:identifier[^>]*>[^<]*</dc:identifier>")
_END = re.compile(rb"</(?:\w+:)?coreProperties>\s*$")
_COMMENT = b"\n%selfeval:"


def digest(content: bytes) -> str:
    """The digest of a file: SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def packed(parts: Mapping[str, bytes]) -> bytes:
    """A file of ``parts`` with its seal, the same bytes every time; without document properties it has none."""
    parts = dict(parts)
    if _CORE in parts:
        identifier = _identifier(parts)
        parts[_CORE] = _END.sub(lambda end: identifier + end[0], _IDENTIFIER.sub(b"", parts[_CORE]))
    return zipped(parts)


def sealed(content: bytes) -> bytes:
    """``content``, an Office file with document properties, with its seal."""
    return packed(Package.opened(content))


def sealed_pdf(content: bytes) -> bytes:
    """``content``, a PDF, with its seal."""
    return content + _COMMENT + digest(content).encode() + b"\n"


def is_sealed(data: bytes) -> bool:
    """Whether ``data`` is exactly as this program wrote it."""
    if data.startswith(b"%PDF"):
        content, mark, _ = data.rpartition(_COMMENT)
        return bool(mark) and data == sealed_pdf(content)
    try:
        parts = dict(Package.opened(data))
        seal = _IDENTIFIER.search(parts.get(_CORE, b""))
        return seal is not None and seal[0] == _identifier(parts)
    except (SwollenError, *DAMAGE):
        return False


def _identifier(parts: Mapping[str, bytes]) -> bytes:
    seal = hashlib.sha256()
    for name in sorted(parts):
        content = _IDENTIFIER.sub(b"", parts[name]) if name == _CORE else parts[name]
        seal.update(f"{name}\0{len(content)}\0".encode() + content)
    # The prefix is declared on the spot: not every writer declares it on the root.
    dublin_core = "http://purl.org/dc/elements/1.1/"
    return f'<dc:identifier xmlns:dc="{dublin_core}">selfeval:{seal.hexdigest()}</dc:identifier>'.encode()
