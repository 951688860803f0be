"""LibreOffice for tests: started once, as the system's Python (which has uno) drives it, for one job after another."""

import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PYTHON = shutil.which("python3", path="/usr/bin") or ""


def program() -> str:
    """The path of LibreOffice; empty where it is not installed, or the system's Python has no uno."""
    found = shutil.which("soffice")
    with_uno = found and PYTHON and subprocess.run([PYTHON, "-c", "import uno"], check=False).returncode == 0
    return found or "" if with_uno else ""


@dataclass(frozen=True)
class Office:
    """LibreOffice at work. A file has the format that its name says: .docx, .doc, .odt, .xlsx, .ods, .pdf."""

    session: "subprocess.Popen[str]"

    def save(
        self, source: Path, target: Path, edits: Iterable[tuple[str, str]] = (), changes: str = ""
    ) -> None:
        """Open ``source`` and save it as ``target``, with (old, new) texts of a document replaced before.

        ``changes`` says how: "" typed plainly; tracked, accepted or rejected: recorded, and left open or settled.
        """
        self._do("save", source=source, target=target, edits=list(edits), changes=changes)

    def values(self, source: Path) -> dict[str, list[list[Any]]]:
        """What the cells of each sheet of a workbook show, by row and column: numbers or texts, "" where nothing stands."""
        sheets: dict[str, list[list[Any]]] = self._do("values", source=source)
        return sheets

    def fill(self, source: Path, target: Path) -> list[list[str]]:
        """Type figures into the blank workbook ``source``; gives rule, place and result of each line of its sheet 核对."""
        told: list[list[str]] = self._do("fill", source=source, target=target)
        return told

    def _do(self, job: str, **wishes: Any) -> Any:
        given, made = self.session.stdin, self.session.stdout
        assert given is not None
        assert made is not None
        given.write(json.dumps([job, wishes], default=str) + "\n")
        given.flush()
        fault, result = json.loads(made.readline())
        assert not fault, fault
        return result


@contextmanager
def at_work(soffice: str) -> Iterator[Office]:
    """LibreOffice of that path, which ends with the block."""
    command = [PYTHON, str(Path(__file__).with_name("office_session.py")), soffice]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as session:
        yield Office(session)
