"""What is written beside a workbook: report, marked copy, proof copy, PDF, e-mail draft; and what is said of it."""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from selfeval_xlsx import files
from selfeval_xlsx.errors import FileAccessError, undone_lines
from selfeval_xlsx.findings import Severity, gravest_first
from selfeval_xlsx.job import Outcome, proof_copy
from selfeval_xlsx.office.package import sealed_pdf
from selfeval_xlsx.outputs.report_setup import Kit
from selfeval_xlsx.report.names import ALL
from selfeval_xlsx.report.origin import enclosed

if TYPE_CHECKING:
    import subprocess

MARK_SUFFIX = "（核对标注）"
"""Ends the name of a marked copy."""

PROOF_SUFFIX = "（核对底稿）"
"""Ends the name of a proof copy."""

DRAFT_SUFFIX = "（草稿）"
"""Ends the name of a draft, which never takes the place of a report."""

ADOPTED_SUFFIX = "（取用文字）"
"""Ends the name of a workbook that took words back from an edited report."""

Say = Callable[[str], None]
"""Where words for the user go: one call a line."""


class Status(Enum):
    """How one workbook fared."""

    DONE = 0
    TO_CORRECT = 1
    UNUSABLE = 2
    SKIPPED = 3


def version_of(book: Path) -> str:
    """The name of the workbook that ``book`` is, or is a marked copy of, or one with words of an edited report."""
    return book.stem.partition(MARK_SUFFIX)[0].partition(ADOPTED_SUFFIX)[0]


def marked_path(book: Path) -> Path:
    """Where the marked copy of ``book`` goes; a marked copy that was corrected is marked in its place."""
    stem = book.stem.partition(MARK_SUFFIX)[0]
    return book.with_name(f"{stem}{MARK_SUFFIX}.xlsx")


@dataclass(frozen=True)
class Written:
    """How a workbook fared, and what was made of it: the report, the marked copy."""

    status: Status
    report: Path | None = None
    marked: Path | None = None


def write_outcome(
    outcome: Outcome, book: Path, say: Say, output: Path | None = None, before: Iterable[Written] = ()
) -> Written:
    """Write what ``outcome`` holds beside ``book`` (or to ``output``), and say so.

    What was written ``before`` in the same run is never overwritten: two workbooks may name the same unit.
    """
    others = {path for made in before for path in (made.report, made.marked) if path is not None}
    report = marked = None
    try:
        if outcome.report is not None:
            report = _write_report(outcome.report, report_path(outcome, book, output), others, say)
            say(f"  已生成{'草稿' if outcome.draft else '报告'}：{report}")
            if (names := enclosed(outcome.evaluation)) and not outcome.draft:
                say(f"  附件说明里列有单位自备的材料，报送时请一并附上：{names}。")
        if outcome.marked is not None:
            copy = marked_path(book)
            if output is not None:
                copy = (output if output.is_dir() else output.parent) / copy.name
            # A marked copy is marked in its place, also right after the workbook it was made from.
            marked = files.write_kept(copy, outcome.marked, () if MARK_SUFFIX in book.name else others)
            say(f"  已生成标注副本：{marked}")
            say("  请打开它，改正标红的格子并保存，再运行一次。")
    except FileAccessError as error:
        say(f"  {error}")
    return Written(_status(outcome, report), report, marked)


def _status(outcome: Outcome, report: Path | None) -> Status:
    if outcome.result.of(Severity.ERROR) and (report is not None or not outcome.draft):
        return Status.TO_CORRECT
    return Status.UNUSABLE if report is None else Status.DONE


def _write_report(content: bytes, target: Path, others: Collection[Path], say: Say) -> Path:
    """The path written; where that is not ``target``, why is said."""
    report = files.write_kept(target, content, others)
    if target in others:
        say(f"  这次已有另一份填报表生成了 {target.name}（单位、年度相同），没有覆盖；这一份另存。")
    elif target.is_dir():
        say(f"  {target.name} 是一个文件夹；新的另存一份。")
    elif report != target:
        say(f"  原有的 {target.name} 已被手工修改过，没有覆盖；新的另存一份。")
    return report


def total(written: Sequence[Written]) -> str:
    """How many workbooks were handled, and how they fared, in one line; those passed over do not count."""
    fared = [made.status for made in written if made.status is not Status.SKIPPED]
    return (
        f"共处理 {len(fared)} 份：生成报告 {fared.count(Status.DONE)} 份，"
        f"需改正 {fared.count(Status.TO_CORRECT)} 份，不能使用 {fared.count(Status.UNUSABLE)} 份。"
    )


def report_path(outcome: Outcome, book: Path, output: Path | None = None) -> Path:
    """Where the report goes: beside ``book``, into the folder ``output``, or to the file ``output``.

    A draft's name says so, also where ``output`` names the file.
    """
    name = f"{files.safe_name(outcome.report_name)}.docx"
    path = output / name if output and output.is_dir() else output or book.with_name(name)
    named = not outcome.draft or DRAFT_SUFFIX.strip("（）") in path.stem
    return path if named else path.with_name(f"{path.stem}{DRAFT_SUFFIX}{path.suffix}")


def write_proof(
    outcome: Outcome, given: Kit, report: Path, say: Say, attachments: Collection[str] = ALL
) -> None:
    """Write the proof copy of ``outcome`` beside its ``report``, and say so."""
    copy = report.with_name(f"{report.stem}{PROOF_SUFFIX}.docx")
    written = files.write_kept(copy, proof_copy(outcome, given.template, given.rules, attachments))
    say(f"  已生成核对底稿：{written}")


def say_findings(outcome: Outcome, say: Say) -> None:
    """The cells to look at first, every error and warning, how many notes there are, what was not checked or made."""
    grave = [finding for finding in outcome.result.gathered if finding.severity is not Severity.NOTE]
    for line in outcome.result.lines(gravest_first(grave), *undone_lines(outcome.undone)):
        say(f"  {line}")


# --- PDF, by the office program at hand: LibreOffice, else Word on Windows --------------------------

PATIENCE = 180
"""Seconds an office program gets; a report takes two."""

_PROGRAMS = r"C:\Program Files", r"C:\Program Files (x86)"
_SOFFICE_PLACES = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    *(rf"{programs}\LibreOffice\program\soffice.exe" for programs in _PROGRAMS),
)
_WORD_PLACES = tuple(
    rf"{programs}\Microsoft Office\{within}Office16\WINWORD.EXE"
    for within in ("root\\", "")
    for programs in _PROGRAMS
)
_FOLDER = re.compile(r"selfeval-pdf-\w{8}")
"""How the folder is named in which a report is exported."""
_WORD_SCRIPT = (
    "$word = New-Object -ComObject Word.Application; try { $word.Visible = $false;"
    " $file = $word.Documents.Open($env:SELFEVAL_DOCX, $false, $true);"
    " $file.ExportAsFixedFormat($env:SELFEVAL_PDF, 17); $file.Close($false) } finally { $word.Quit() }"
)
"""17 is wdExportFormatPDF. Paths travel in the environment, so that no name has to be quoted."""


def write_pdf(report: Path, say: Say) -> None:
    """Write ``report`` as PDF beside it, and say so.

    Raises:
        FileAccessError: no office program can make it, or it cannot be written.

    """
    written = files.write_kept(report.with_suffix(".pdf"), sealed_pdf(_as_pdf(files.read(report))))
    say(f"  已导出 PDF：{written}")


def _as_pdf(report: bytes) -> bytes:
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
    options = [f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf"]
    return _run([soffice, *options, "--outdir", str(source.parent), str(source)], {})


def _by_word(powershell: str, source: Path, target: Path) -> str:
    paths = {"SELFEVAL_DOCX": str(source), "SELFEVAL_PDF": str(target)}
    return _run([powershell, "-NoProfile", "-NonInteractive", "-Command", _WORD_SCRIPT], paths)


def _run(command: list[str], environment: dict[str, str]) -> str:
    """What the program printed; it may fail and still exit with 0, so the result is looked for by the caller.

    Its words go to a file: a pipe would be waited for as long as some program it started holds it open.
    """
    import subprocess

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
    import signal
    import subprocess

    if program.poll() is not None:
        return
    if os.name == "nt":
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(program.pid)], capture_output=True, check=False)
    else:
        os.killpg(program.pid, signal.SIGKILL)
    program.wait()
