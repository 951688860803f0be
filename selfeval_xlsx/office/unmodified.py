"""Tells a file as this program wrote it from one that was saved by another program since.

An Office package is sealed by the digest of its parts, kept in the document property *identifier*; a PDF by
the digest of its bytes, in a comment after its end. Whoever saves the file again rewrites it, and the seal no
longer fits.
"""

import hashlib
import io
import re
import zipfile
from collections.abc import Mapping

from selfeval_xlsx.office.archive import DAMAGE

_CORE = "docProps/core.xml"
_IDENTIFIER = re.compile(rb"<dc:identifier[^>]*>[^<]*</dc:identifier>")
_COMMENT = b"\n%selfeval:"
_STAMP = (1980, 1, 1, 0, 0, 0)
_END = re.compile(rb"</(?:\w+:)?coreProperties>\s*$")


def packed(parts: Mapping[str, bytes]) -> bytes:
    """A package of ``parts`` with its seal, the same bytes every time; without document properties it has none."""
    if _CORE in parts:
        parts = {**parts, _CORE: _with_identifier(parts[_CORE], _digest(parts))}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(zipfile.ZipInfo(name, _STAMP), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def sealed_pdf(content: bytes) -> bytes:
    """``content``, a PDF, with its seal."""
    return content + _comment(content)


def is_sealed(data: bytes) -> bool:
    """Whether ``data`` is exactly as this program wrote it."""
    if data.startswith(b"%PDF"):
        content, mark, _ = data.rpartition(_COMMENT)
        return bool(mark) and data == sealed_pdf(content)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as source:
            parts = {name: source.read(name) for name in source.namelist()}
        found = _IDENTIFIER.search(parts.get(_CORE, b""))
        return found is not None and found[0] == _identifier(_digest(parts))
    except DAMAGE:
        return False


def _comment(content: bytes) -> bytes:
    return _COMMENT + hashlib.sha256(content).hexdigest().encode() + b"\n"


def _with_identifier(core: bytes, digest: str) -> bytes:
    return _END.sub(lambda end: _identifier(digest) + end[0], _IDENTIFIER.sub(b"", core))


def _identifier(digest: str) -> bytes:
    # The prefix is declared on the spot: not every writer declares it on the root.
    return f'<dc:identifier xmlns:dc="http://purl.org/dc/elements/1.1/">selfeval:{digest}</dc:identifier>'.encode()


def _digest(parts: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(parts):
        content = _IDENTIFIER.sub(b"", parts[name]) if name == _CORE else parts[name]
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
