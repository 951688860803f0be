"""What ends the program: the few reasons it foresees, and the last line of defence for all others.

Each reason carries one Chinese sentence for the user: what is wrong and what to do. Wrong figures in a
workbook are never errors in this sense; they are findings. No traceback reaches a user: an unforeseen
fault leaves a log to send.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

VERSION = "0.1.0"
"""That of the program, as pyproject.toml has it: a fault log begins with it."""

LOG = "运行日志.txt"
UNUSABLE, INTERRUPTED = 2, 130


class SelfEvalError(Exception):
    """The program cannot go on; ``str()`` is the sentence the user reads."""


class NotAWorkbookError(SelfEvalError):
    """The bytes are no .xlsx workbook, or one that is not safe to open."""


class NotThisFormError(SelfEvalError):
    """A workbook, but not this form: sheets or cells are missing."""


class FormTooNewError(SelfEvalError):
    """The workbook was made for a later edition of the form than this program knows."""


class NotMarkedError(SelfEvalError):
    """The workbook could be read, but no marked copy can be made of it: another part of it is broken."""


class TemplateError(SelfEvalError):
    """The Word template cannot be used: not a document, bad syntax, or it asks for unknown fields."""


class RulebookError(SelfEvalError):
    """The rulebook (TOML) cannot be read or holds a value it may not hold."""


class NotAReportError(SelfEvalError):
    """The bytes are no Word file (.docx) to compare, or one that is not safe to open."""


class DataError(SelfEvalError):
    """The prefill data (JSON) does not fit the form."""


class FileAccessError(SelfEvalError):
    """A file cannot be read or written: missing, a folder, locked, no right, disk full."""


def guarded(work: Callable[[], int]) -> int:
    """Run ``work`` and return its exit status; whatever goes wrong is told in one line."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        status = work()
        if sys.stdout is not None:
            sys.stdout.flush()  # what cannot be written is told here, not at the very end
    except SelfEvalError as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        print("已中断，没有留下写了一半的文件。", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # nobody reads on: head has its lines, the pager was closed
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception:  # noqa: BLE001 - this is the one place that must catch everything
        print(f"程序出错了，{log_fault()}", file=sys.stderr)
    else:
        return status
    return UNUSABLE


def log_fault(fault: str = "") -> str:
    """Add ``fault``, or the one being handled, to a log in the working folder, or else in the temporary one.

    Returns the rest of the line the user reads.
    """
    import platform  # noqa: PLC0415 - a start without faults does without these
    import tempfile  # noqa: PLC0415
    import traceback  # noqa: PLC0415

    fault = fault or traceback.format_exc()
    text = f"selfeval_xlsx {VERSION}  Python {sys.version}  {platform.platform()}\n{sys.argv}\n{fault}"
    for folder in (os.getcwd, tempfile.gettempdir):
        try:
            path = os.path.join(folder(), LOG)  # noqa: PTH118 - as little as possible may fail here
            with open(path, "a", encoding="utf-8", errors="backslashreplace") as stream:  # noqa: PTH123
                stream.write(text)
        except (OSError, UnicodeError):
            continue
        return f"详情已写入 {path}，请把这个文件发给维护人员。"
    return f"详情写不进日志（{fault.splitlines()[-1]}），请把这一行发给维护人员。"


def reason(error: Exception, what: str) -> str:
    """What is told of ``error``, which is being handled: its sentence, or of a fault nobody foresaw ``what`` it kept from."""
    return str(error) if isinstance(error, SelfEvalError) else f"{what}：程序出错了，{log_fault()}"


@dataclass(frozen=True)
class Undone:
    """Something that could not be done of a workbook; the rest was."""

    what: str
    """没有生成报告, 没有核对 NAR01 …"""
    why: str = ""
    """A sentence; empty of a fault nobody foresaw."""
    log: str = ""
    """That fault, for those who maintain the program."""
    blocks: bool = False
    """Whether an error may have gone unnoticed for it."""

    def __str__(self) -> str:
        return self.why or f"{self.what}：程序出错了。"


def undone(what: str, error: Exception, *, blocks: bool = False) -> Undone:
    """What ``error`` kept from being done."""
    import traceback  # noqa: PLC0415 - a start without faults does without it

    if isinstance(error, SelfEvalError):
        return Undone(what, str(error), blocks=blocks)
    return Undone(what, log="".join(traceback.format_exception(error)), blocks=blocks)


def undone_lines(undone: Sequence[Undone]) -> Iterator[str]:
    """What could not be done: a line each, but one for all faults nobody foresaw, which go into the log."""
    yield from (str(item) for item in undone if item.why)
    faults = [item for item in undone if item.log]
    if faults:
        what, logs = "、".join(item.what for item in faults), "\n".join(item.log for item in faults)
        yield f"{what}：程序出错了，{log_fault(logs)}"
