"""What tells where a file comes from: document properties, what a report was made from, and an unbroken seal.

Digests are SHA-256 in hexadecimal. The seal of an Office file is the digest of its parts, kept in the document
property *identifier*; that of a PDF is the digest of its bytes, in a comment after its end. Whoever saves the file
again rewrites it, and the seal no longer fits.
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass

from selfeval_xlsx.errors import VERSION
from selfeval_xlsx.office import tree
from selfeval_xlsx.office.package import DAMAGE, Package, SwollenError, zipped
from selfeval_xlsx.text import printable

_PREFIX = "selfeval_"
_DRAFT = "是"

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

_CORE = "docProps/core.xml"
_IDENTIFIER = re.compile(rb"<dc:identifier[^>]*>[^<]*</dc:identifier>")
_END = re.compile(rb"</(?:\w+:)?coreProperties>\s*$")
_COMMENT = b"\n%selfeval:"
_SEALED_LIMIT = 400_000_000
"""Unpacked bytes of a file whose seal is looked at; one that was written here stays far below."""


def digest(content: bytes) -> str:
    """The digest of a file."""
    return hashlib.sha256(content).hexdigest()


# --- origin -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Origin:
    """The makings of a report, as digests."""

    workbook: str
    rulebook: str
    template: str
    """The template's file name."""
    template_digest: str
    draft: str = ""
    """是 for a draft, empty for a report."""
    attachments: str = ""
    """The keys of the report's own attachments, separated by commas."""
    version: str = VERSION
    """The program's."""

    def properties(self) -> dict[str, str]:
        """As document properties; what is empty is left out."""
        return {f"{_PREFIX}{name}": value for name, value in asdict(self).items() if value}


def made_from(
    workbook: bytes,
    rulebook: str,
    template: tuple[str, str],
    attachments: Collection[str] = (),
    *,
    draft: bool = False,
) -> Origin:
    """The origin of a report made of these; ``rulebook`` is its digest, ``template`` its name and digest."""
    marks = (_DRAFT if draft else "", ",".join(sorted(attachments)))
    return Origin(digest(workbook), rulebook, *template, *marks)


def origin_of(properties: Mapping[str, str]) -> Origin | None:
    """The origin that ``properties`` tell; None where they do not, or no longer."""
    known = {name: properties.get(f"{_PREFIX}{name}", "") for name in Origin.__dataclass_fields__}
    return Origin(**known) if known["workbook"] else None


# --- custom document properties -----------------------------------------------------------------------


def read_properties(package: Package) -> dict[str, str]:
    """Name → value, of whatever type, as text. They survive saving by other programs, which add their own.

    Raises:
        DAMAGE: what a part of ``package`` raises.

    """
    parts = [each.target for each in package.relations("", "custom-properties") if each.target in package]
    return {
        item.get("name", ""): "".join(item.itertext()).strip()
        for part in parts
        for item in package.tree(part).iter(_PROPERTY)
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


def packed(parts: Mapping[str, bytes]) -> bytes:
    """A file of ``parts`` with its seal, the same bytes every time; without document properties it has none."""
    parts = dict(parts)
    if _CORE in parts:
        identifier = _identifier(_digest(parts))
        parts[_CORE] = _END.sub(lambda end: identifier + end[0], _IDENTIFIER.sub(b"", parts[_CORE]))
    return zipped(parts)


def sealed(content: bytes) -> bytes:
    """``content``, an Office file with document properties, with its seal."""
    return packed(Package.opened(content, _SEALED_LIMIT))


def sealed_pdf(content: bytes) -> bytes:
    """``content``, a PDF, with its seal."""
    return content + _COMMENT + digest(content).encode() + b"\n"


def is_sealed(data: bytes) -> bool:
    """Whether ``data`` is exactly as this program wrote it."""
    if data.startswith(b"%PDF"):
        content, mark, _ = data.rpartition(_COMMENT)
        return bool(mark) and data == sealed_pdf(content)
    try:
        parts = dict(Package.opened(data, _SEALED_LIMIT))
        found = _IDENTIFIER.search(parts.get(_CORE, b""))
        return found is not None and found[0] == _identifier(_digest(parts))
    except (SwollenError, *DAMAGE):
        return False


def _identifier(seal: str) -> bytes:
    # The prefix is declared on the spot: not every writer declares it on the root.
    return (
        f'<dc:identifier xmlns:dc="http://purl.org/dc/elements/1.1/">selfeval:{seal}</dc:identifier>'.encode()
    )


def _digest(parts: Mapping[str, bytes]) -> str:
    seal = hashlib.sha256()
    for name in sorted(parts):
        content = _IDENTIFIER.sub(b"", parts[name]) if name == _CORE else parts[name]
        seal.update(f"{name}\0{len(content)}\0".encode() + content)
    return seal.hexdigest()
