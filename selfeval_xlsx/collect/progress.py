"""How far a run is: a bar with count, rate and time left on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

EVERY = 100
"""Workbooks from one plain line to the next."""


class Teller:
    """Says lines, and how many workbooks are done."""

    def __init__(self, bar: Progress | None) -> None:
        self._bar = bar
        self._task = bar.add_task("正在核对", total=None) if bar is not None else None

    def say(self, line: str) -> None:
        """One line on the standard output."""
        if self._bar is not None:
            self._bar.stop()
        print(line)

    def count(self, done: int, of: int) -> None:
        """``done`` of ``of`` workbooks."""
        if self._bar is not None and self._task is not None:
            rate = f"{self._bar.tasks[0].speed or 0:.0f} 份/秒"
            self._bar.update(self._task, completed=done, total=of, description=f"正在核对 {rate}")
        elif done and (done % EVERY == 0 or done == of):
            print(f"已核对 {done} 份，共 {of} 份。", file=sys.stderr)


@contextmanager
def shown() -> Iterator[Teller]:
    """A teller for this run."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Teller(None)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        yield Teller(bar)
