"""Files at the edge: inputs are only read; outputs are written beside their target and renamed."""

import errno
import os
import re
import shutil
import stat
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import cache
from pathlib import Path

from selfeval_xlsx.errors import FileAccessError
from selfeval_xlsx.office.package import is_sealed
from selfeval_xlsx.text import printable

WORKBOOK = "绩效自评填报表.xlsx"
REPORT = "绩效自评报告.docx"
BRIEF_REPORT = "绩效自评报告（简表式）.docx"
RULEBOOK = "口径.toml"
MAIL = "邮件.txt"

_LARGEST = 200_000_000
"""Bytes of a file that is read at all; what is read says itself what is too large for it."""


TEMPORARY = re.compile(r"\.~[0-9a-f]{16}\.tmp")
"""How :func:`write` names a file that is not complete."""
_SURELY_LEFT = 3600
"""Seconds after which nobody is still writing a file; that takes less than one."""


def shipped(name: str) -> Path:
    """The path of a shipped file of ``templates/``."""
    package = Path(__file__).parent
    installed = package / "templates" / name
    return installed if installed.exists() else package.parent / "templates" / name


def read(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        FileAccessError: missing, a folder or a device, far too large, no right to read.

    """
    try:
        state = path.stat()
        if stat.S_ISDIR(state.st_mode):
            raise FileAccessError(f"{path} 是文件夹，请指定其中的文件。")
        if not stat.S_ISREG(state.st_mode):
            raise FileAccessError(f"{path} 不是普通的文件，不能读取。请确认选对了文件。")
        if state.st_size > _LARGEST:
            raise FileAccessError(f"{path} 有 {state.st_size // 1_000_000} MB，太大。请确认选对了文件。")
        with path.open("rb") as stream:
            return stream.read(_LARGEST)
    except FileNotFoundError:
        raise FileAccessError(f"找不到文件 {path}。请检查文件名和所在文件夹。") from None
    except OSError as error:
        raise FileAccessError(f"无法读取 {path}（{_reason(error)}）。") from error


def named(path: Path) -> tuple[bytes, str]:
    """The bytes of a file with its name.

    Raises:
        FileAccessError: as :func:`read`.

    """
    return read(path), path.name


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, with or without a byte order mark.

    Raises:
        FileAccessError: as :func:`read`, or not UTF-8.

    """
    try:
        return read(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileAccessError(f"{path} 不是 UTF-8 编码的文本。请用记事本另存，编码选 UTF-8。") from error


def write(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` whole or not at all; where that is a link, to the file it leads to.

    Raises:
        FileAccessError: the file is open elsewhere, the folder cannot be written, the disk is full.

    """
    # Not by tempfile, which on Windows tries ten thousand names in a folder without the right to write.
    target = path.resolve() if path.is_symlink() else path
    temporary = target.with_name(f".~{os.urandom(8).hex()}.tmp")
    clear_left_over(target.parent, TEMPORARY)
    try:
        stream = temporary.open("xb")
    except OSError as error:
        reason = "这个文件夹不能写入，请换一个文件夹（例如桌面）" if _denied(error) else _reason(error)
        raise FileAccessError(f"无法写入 {path}（{reason}）。") from error
    try:
        with stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
        temporary.replace(target)
    except OSError as error:
        raise FileAccessError(f"无法写入 {path}（{_reason(error)}）。原有文件没有改动。") from error
    finally:  # Ctrl-C leaves no half file either
        temporary.unlink(missing_ok=True)


@cache
def clear_left_over(folder: Path, name: re.Pattern[str]) -> None:
    """Remove what a killed run left in ``folder``: files and folders of that name not touched for an hour; once a run."""
    try:
        with os.scandir(folder) as entries:
            ours = [entry for entry in entries if name.fullmatch(entry.name) and not entry.is_symlink()]
    except OSError:
        return
    for entry in ours:
        with suppress(OSError):  # gone already, in use, or not to be removed
            if time.time() - entry.stat().st_mtime > _SURELY_LEFT:
                shutil.rmtree(entry.path) if entry.is_dir() else Path(entry.path).unlink()


def write_kept(path: Path, data: bytes, others: Collection[Path] = ()) -> Path:
    """Write a generated Office file or PDF, never over one that was changed by hand since it was generated.

    Nor over one of ``others``, written in the same run. Where such a file or a folder stands in the way, the new one is
    named …（2）, （3） and so on. Returns the path written.
    """
    return _written(
        path, data, lambda there: there in others or (there.exists() and not is_sealed(read(there)))
    )


def write_new(path: Path, data: bytes) -> Path:
    """Write ``data``, never over a file that holds something else: then it is named …（2）. Returns the path."""
    return _written(path, data, lambda there: there.exists() and read(there) != data)


def _written(path: Path, data: bytes, stays: Callable[[Path], bool]) -> Path:
    """Write ``data`` where neither a folder nor what has to stay stands; returns that path."""
    number, target = 1, path
    while target.is_dir() or stays(target):
        number += 1
        target = path.with_name(f"{path.stem}（{number}）{path.suffix}")
    write(target, data)
    return target


def safe_name(text: str) -> str:
    """``text`` fit for a file's name on every system."""
    name = re.sub(r'[\\/:*?"<>|\x00-\x1f]+', "", " ".join(printable(text).split())).strip(". ")
    return name.encode()[:120].decode(errors="ignore")


def _denied(error: OSError) -> bool:
    return error.errno in {errno.EACCES, errno.EPERM, errno.EBUSY, errno.ETXTBSY}


_REASONS = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "磁盘已满或超出配额，请清理后再试"),
    errno.EFBIG: "文件超过允许的大小，请换一个磁盘或文件夹",
    **dict.fromkeys((errno.ENOENT, errno.ENOTDIR), "文件夹不存在"),
    errno.ENAMETOOLONG: "文件名太长，请缩短单位名称或换一个文件夹",
    errno.EROFS: "所在磁盘只能读取，请复制到本机再试",
}


def _reason(error: OSError) -> str:
    if _denied(error):
        return "文件正被别的程序打开，或没有权限；请关闭 Word、Excel、WPS 后再试"
    return _REASONS.get(error.errno or 0) or error.strerror or type(error).__name__
