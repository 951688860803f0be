"""Keeps what is costly to make beside the program's compiled modules, where it is found again at the next start."""

import hashlib
import sys
from pathlib import Path

from selfeval_xlsx import files
from selfeval_xlsx.errors import FileAccessError

FOLDER = Path(__file__).parent / "__pycache__"
ROOM = 8
"""So many things are kept; the oldest make room."""

_SEAL = hashlib.sha256().digest_size


def taken(key: str) -> bytes | None:
    """What was kept under ``key``; None where nothing was, or not whole."""
    try:
        kept = _path(key).read_bytes()
    except OSError:
        return None
    seal, content = kept[:_SEAL], kept[_SEAL:]
    return content if hashlib.sha256(content).digest() == seal else None


def put(key: str, content: bytes) -> None:
    """Keep ``content``, where the folder can be written and Python keeps compiled modules at all."""
    if sys.dont_write_bytecode or not FOLDER.is_dir():
        return
    try:
        files.write(_path(key), hashlib.sha256(content).digest() + content)
        for old in sorted(FOLDER.glob(_path("*").name), key=lambda path: path.stat().st_mtime)[:-ROOM]:
            old.unlink()
    except (FileAccessError, OSError):
        return


def _path(key: str) -> Path:
    return FOLDER / f"{key}.kept"
