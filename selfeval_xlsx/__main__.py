"""``python -m selfeval_xlsx COMMAND …`` is the command line.

It loads inside the guard: a damaged installation or Ctrl-C at the start ends in one line, too.
"""

import sys

from selfeval_xlsx.errors import guarded

if sys.argv[1:2] != ["batch"]:
    sys.modules["numpy"] = None  # type: ignore[assignment] # the spreadsheet library would load it where it is there


def _command_line() -> int:
    from selfeval_xlsx.cli import run  # noqa: PLC0415

    return run()


sys.exit(guarded(_command_line))
