"""The last line of defence: no traceback reaches a user; an unforeseen fault leaves a log to send."""

import platform
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

from selfeval_xlsx.errors import SelfEvalError
from selfeval_xlsx.version import VERSION

LOG = "运行日志.txt"
UNUSABLE, INTERRUPTED = 2, 130


def guarded(work: Callable[[], int]) -> int:
    """Run ``work`` and return its exit status; whatever goes wrong is told in one line."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        return work()
    except SelfEvalError as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        print("已中断，没有留下写了一半的文件。", file=sys.stderr)
        return INTERRUPTED
    except Exception:  # noqa: BLE001 - this is the one place that must catch everything
        print(f"程序出错了，详情已写入 {_log()}，请把这个文件发给维护人员。", file=sys.stderr)
    return UNUSABLE


def _log() -> Path:
    """Write the fault to a log in the working folder, or where that cannot be written in the temporary one."""
    text = f"selfeval_xlsx {VERSION}  Python {sys.version}  {platform.platform()}\n{sys.argv}\n{traceback.format_exc()}"
    for folder in (Path.cwd(), Path(tempfile.gettempdir())):
        try:
            (folder / LOG).write_text(text, encoding="utf-8")
        except OSError:
            continue
        return folder / LOG
    return Path(LOG)
