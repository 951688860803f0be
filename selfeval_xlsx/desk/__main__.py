"""``python -m selfeval_xlsx.desk [WORKBOOK or FOLDER …]`` is what the double-click scripts start.

It loads inside the guard, as the command line does.
"""

import sys

from selfeval_xlsx.errors import guarded

sys.modules["numpy"] = None  # type: ignore[assignment] # the spreadsheet library would load it where it is there


def _scripts() -> int:
    from selfeval_xlsx.desk.flow import serve  # noqa: PLC0415

    ask = _asked if sys.stdin is not None and sys.stdin.isatty() else None
    return serve(sys.argv[1:], print, ask)


def _asked(question: str) -> str:
    """What the person answers; nothing where the input has ended."""
    try:
        return input(question)
    except EOFError:
        return ""


if __name__ == "__main__":
    sys.exit(guarded(_scripts))
