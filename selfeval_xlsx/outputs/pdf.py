"""Exports a Word report as PDF with the office program at hand: LibreOffice, else Word on Windows."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from selfeval_xlsx import files
from selfeval_xlsx.errors import FileAccessError

PATIENCE = 180
"""Seconds an office program gets; a report takes two."""

_SOFFICE_PLACES = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.exe",
    r"C:\Program Files (x86)\LibreOffice\program\soffice.exe",
)
_WORD_PLACES = (
    r"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE",
    r"C:\Program Files (x86)\Microsoft Office\root\Office16\WINWORD.EXE",
    r"C:\Program Files\Microsoft Office\Office16\WINWORD.EXE",
    r"C:\Program Files (x86)\Microsoft Office\Office16\WINWORD.EXE",
)
_FOLDER = re.compile(r"selfeval-pdf-\w{8}")
"""How the folder is named in which a report is exported."""
_WORD_SCRIPT = (
    "$word = New-Object -ComObject Word.Application; try { $word.Visible = $false;"
    " $file = $word.Documents.Open($env:SELFEVAL_DOCX, $false, $true);"
    " $file.ExportAsFixedFormat($env:SELFEVAL_PDF, 17); $file.Close($false) } finally { $word.Quit() }"
)
"""17 is wdExportFormatPDF. Paths travel in the environment, so that no name has to be quoted."""


def as_pdf(report: bytes) -> bytes:
    """``report`` (.docx) as PDF.

    Raises:
        FileAccessError: no office program was found, or it did not make the file.

    """
    soffice = shutil.which("soffice") or _first(_SOFFICE_PLACES)
    word = shutil.which("powershell") if _first(_WORD_PLACES) else None
    if soffice is None and word is None:
        raise FileAccessError(
            "没有找到 LibreOffice 或 Word，不能导出 PDF。请安装其中一种，或在 Word、WPS 里另存为 PDF。"
        )
    files.clear_left_over(Path(tempfile.gettempdir()), _FOLDER)
    with tempfile.TemporaryDirectory(prefix="selfeval-pdf-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        source, target = folder / "report.docx", folder / "report.pdf"
        source.write_bytes(report)
        run = _by_libreoffice(soffice, source) if soffice else _by_word(str(word), source, target)
        if not target.exists():
            detail = run.strip().splitlines()[-1:] or ["没有给出原因"]
            raise FileAccessError(f"没有导出 PDF（{detail[0][:200]}）。请在 Word、WPS 里另存为 PDF。")
        return target.read_bytes()


def _first(places: tuple[str, ...]) -> str | None:
    return next((place for place in places if Path(place).exists()), None)


def _by_libreoffice(soffice: str, source: Path) -> str:
    """A profile of its own, so that a LibreOffice the user has open does not stand in the way."""
    profile = (source.parent / "profile").as_uri()
    return _run(
        [
            *(soffice, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf"),
            *("--outdir", str(source.parent), str(source)),
        ],
        {},
    )


def _by_word(powershell: str, source: Path, target: Path) -> str:
    paths = {"SELFEVAL_DOCX": str(source), "SELFEVAL_PDF": str(target)}
    return _run([powershell, "-NoProfile", "-NonInteractive", "-Command", _WORD_SCRIPT], paths)


def _run(command: list[str], environment: dict[str, str]) -> str:
    """What the program printed; it may fail and still exit with 0, so the result is looked for by the caller.

    Its words go to a file: a pipe would be waited for as long as some program it started holds it open.
    """
    with tempfile.TemporaryFile() as words:
        try:
            program = subprocess.Popen(
                command,
                stdout=words,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **environment},
                start_new_session=True,
            )
        except OSError as error:
            return str(error)
        try:
            program.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            return f"等了 {PATIENCE} 秒仍没有完成"
        finally:
            _end(program)
        words.seek(0)
        return words.read().decode(errors="replace")


def _end(program: "subprocess.Popen[bytes]") -> None:
    """End ``program``, if it still runs, with those it started; a group is what a new session of its own begins."""
    if program.poll() is not None:
        return
    if os.name == "nt":
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(program.pid)], capture_output=True, check=False)
    else:
        os.killpg(program.pid, signal.SIGKILL)
    program.wait()
