"""Tells a file as this program wrote it from one that was saved by another program since.

An Office package is sealed by the digest of its parts, kept in the document property *identifier*; a PDF by
the digest of its bytes, in a comment after its end. Whoever saves the file again rewrites it, and the seal no
longer fits.
"""

import hashlib
import io
import re
import zipfile

from selfeval_xlsx.archive import DAMAGE

_CORE = "docProps/core.xml"
_IDENTIFIER = re.compile(rb"<dc:identifier[^>]*>[^<]*</dc:identifier>")
_COMMENT = b"\n%selfeval:"
_END = re.compile(rb"</(?:\w+:)?coreProperties>\s*$")


def sealed(package: bytes) -> bytes:
    """``package`` with its seal; a package without document properties stays as it is."""
    with zipfile.ZipFile(io.BytesIO(package)) as source:
        if _CORE not in source.namelist():
            return package
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
            for part in source.infolist():
                content = source.read(part)
                if part.filename == _CORE:
                    content = _with_identifier(content, _digest(source))
                target.writestr(part, content, zipfile.ZIP_DEFLATED)
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
            if _CORE not in source.namelist():
                return False
            found = _IDENTIFIER.search(source.read(_CORE))
            return found is not None and found[0] == _identifier(_digest(source))
    except DAMAGE:
        return False


def _comment(content: bytes) -> bytes:
    return _COMMENT + hashlib.sha256(content).hexdigest().encode() + b"\n"


def _with_identifier(core: bytes, digest: str) -> bytes:
    return _END.sub(lambda end: _identifier(digest) + end[0], _IDENTIFIER.sub(b"", core))


def _identifier(digest: str) -> bytes:
    # The prefix is declared on the spot: not every writer declares it on the root.
    return f'<dc:identifier xmlns:dc="http://purl.org/dc/elements/1.1/">selfeval:{digest}</dc:identifier>'.encode()


def _digest(package: zipfile.ZipFile) -> str:
    digest = hashlib.sha256()
    for name in sorted(package.namelist()):
        content = package.read(name)
        if name == _CORE:
            content = _IDENTIFIER.sub(b"", content)
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
