"""What a run has done so far, kept in the output folder: a run that was stopped goes on where it was.

Each workbook's result lies in one file named by what it was made from, written whole or not at all. A
lock that the system lets go of when its holder dies keeps two runs apart.
"""

import json
import os
import sys
import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

from selfeval_xlsx import files
from selfeval_xlsx.collect.intake import RUN_FOLDER
from selfeval_xlsx.collect.work import Result, Verified
from selfeval_xlsx.errors import FileAccessError
from selfeval_xlsx.office.provenance import is_sealed

T = TypeVar("T", Result, Verified)

FILES = ("report", "marked")
"""The files of a result: they stay in the journal, so that the memory of a run does not grow by them."""


class Journal:
    """The results kept in an output folder, by key."""

    def __init__(self, output: Path) -> None:
        self.folder = output / RUN_FOLDER

    def get(self, key: str, kind: type[T]) -> T | None:
        """The result kept under ``key`` without its files; None where there is none, or none that is whole."""
        try:
            with zipfile.ZipFile(self.folder / f"{key}.zip") as package:
                data: dict[str, Any] = json.loads(package.read("result.json"))
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            return None
        data |= {
            name: [tuple(each) for each in data[name]] for name in ("sentences", "foreign") if name in data
        }
        return kind(**data)

    def files(self, key: str) -> dict[str, bytes]:
        """The report or the marked copy kept under ``key``, by ``report`` and ``marked``."""
        with zipfile.ZipFile(self.folder / f"{key}.zip") as package:
            return {name: package.read(name) for name in FILES if name in package.namelist()}

    def put(self, key: str, result: Result | Verified) -> None:
        """Keep ``result`` and its files; what is written is whole, whenever the run is stopped."""
        data = {name: value for name, value in asdict(result).items() if name not in FILES}
        stream = BytesIO()
        with zipfile.ZipFile(stream, "w") as package:
            package.writestr("result.json", json.dumps(data, ensure_ascii=False))
            for name in FILES:
                content = getattr(result, name, None)
                if content is not None:
                    package.writestr(name, content)
        files.write(self.folder / f"{key}.zip", stream.getvalue())

    def note(self, faults: Mapping[str, str]) -> None:
        """Keep what is known of faults nobody foresaw, by file, for the maintainer."""
        path = self.folder / "意外.txt"
        if not faults:
            path.unlink(missing_ok=True)
            return
        text = "\n\n".join(f"{place}\n{log}" for place, log in sorted(faults.items()))
        files.write(path, text.encode())

    def forget(self) -> None:
        """Throw away all that is kept."""
        for path in self.folder.glob("*.zip"):
            path.unlink()


@contextmanager
def opened(output: Path, *, anew: bool) -> Iterator[Journal]:
    """The journal of ``output``, held for this run alone; emptied first where all is to be done ``anew``.

    Raises:
        FileAccessError: another run works there, or the folder cannot be written.

    """
    journal = Journal(output)
    try:
        journal.folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(journal.folder / "锁", os.O_RDWR | os.O_CREAT)
    except OSError as error:
        raise FileAccessError(f"无法写入 {output}（{error.strerror}）。请换一个文件夹。") from error
    try:
        if not _held(lock):
            raise FileAccessError(f"另一个窗口正在往 {output} 里汇总。请等它结束，或换一个输出文件夹。")
        for left in output.rglob(".~*.tmp"):
            if files.TEMPORARY.fullmatch(left.name):  # of a killed run: no other writes here now
                left.unlink(missing_ok=True)
        if anew:
            journal.forget()
        yield journal
    finally:
        os.close(lock)


def _held(lock: int) -> bool:
    """Whether this run got the lock; the system lets go of it when the process ends, however it ends."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - there alone

            msvcrt.locking(lock, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - there alone

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def kept(path: Path, content: bytes, others: Collection[Path] = ()) -> Path:
    """Write a generated Office file as :func:`files.write_kept` does; one that stands there already is left."""
    if path not in others and path.is_file() and files.read(path) == content:
        return path
    return files.write_kept(path, content, others)


def cleared(folder: Path, written: Collection[Path]) -> None:
    """Delete what an earlier run left in ``folder`` beside what was ``written`` now; what was changed by hand stays."""
    for path in folder.iterdir():
        if path not in written and path.is_file() and is_sealed(files.read(path)):
            path.unlink()
