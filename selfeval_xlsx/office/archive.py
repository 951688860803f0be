"""Files as people send them: what container the bytes are, and zip archives opened only where that is safe."""

import io
import zipfile
import zlib
from collections.abc import Callable
from enum import Enum, auto

PART_LIMIT = 10_000_000
RATIO_LIMIT = 200
"""A part over 10 MB that packs better than 1:200 is a bomb; honest sheets reach 25 (measured)."""

DAMAGE = (
    zipfile.BadZipFile, zlib.error, OSError, KeyError, ValueError, EOFError, RuntimeError, NotImplementedError,
)  # fmt: skip
"""What reading a torn, encrypted or foreign archive raises."""

_OLE = b"\xd0\xcf\x11\xe0"
_BLANK = b"\xef\xbb\xbf \r\n\t"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""How text begins that Excel saves as “Unicode 文本”."""


class Container(Enum):
    """What holds the content of a file, by its first bytes; an extension proves nothing."""

    EMPTY = auto()
    ZIP = auto()
    OLE = auto()
    """An Office file of before 2007, or of WPS."""
    ENCRYPTED = auto()
    """An Office file with a password to open it."""
    PDF = auto()
    RTF = auto()
    MARKUP = auto()
    """HTML or XML."""
    TEXT = auto()
    OTHER = auto()


class SwollenError(Exception):
    """An archive that would unpack to more than any honest file."""


def container(data: bytes) -> Container:
    """What ``data`` is."""
    if not data:
        return Container.EMPTY
    if data.startswith(b"PK"):
        return Container.ZIP
    if data.startswith(_OLE):
        return Container.ENCRYPTED if has_stream(data, "EncryptedPackage") else Container.OLE
    head = data[:2048].lstrip(_BLANK)
    if head.startswith(_UTF_16):
        head = head.replace(b"\0", b"")
    for start, kind in ((b"%PDF", Container.PDF), (b"{\\rtf", Container.RTF), (b"<", Container.MARKUP)):
        if head.startswith(start):
            return kind
    return Container.OTHER if b"\0" in head else Container.TEXT


def has_stream(data: bytes, name: str) -> bool:
    """Whether an OLE file has a stream of that name."""
    return name.encode("utf-16-le") in data


def opened(data: bytes, limit: int, is_read: Callable[[str], bool] = bool) -> zipfile.ZipFile:
    """The archive in ``data``, of which the parts that ``is_read`` names unpack to ``limit`` bytes at most.

    A part never unpacks to more than it declares.

    Raises:
        SwollenError: it would unpack to more, or holds a bomb.
        DAMAGE: one of these, as does reading a part of it.

    """
    package = zipfile.ZipFile(io.BytesIO(data))
    parts = [part for part in package.infolist() if is_read(part.filename)]
    bomb = any(
        part.file_size > PART_LIMIT and part.file_size > RATIO_LIMIT * max(part.compress_size, 1)
        for part in parts
    )
    if bomb or sum(part.file_size for part in parts) > limit:
        raise SwollenError
    return package
