"""The run as a collector asks for it: what is given, on which cores, what is written, what is said."""

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from selfeval_xlsx import files
from selfeval_xlsx.collect import against, follow_up, summary
from selfeval_xlsx.collect.run import Collection, Progress, Submit, collect, kept
from selfeval_xlsx.collect.work import Making, prepare, prepared
from selfeval_xlsx.errors import DataError
from selfeval_xlsx.outputs.report_setup import Kit

SUMMARY = "汇总.xlsx"


@dataclass(frozen=True)
class Wishes:
    """What a run is asked for."""

    folder: Path
    output: Path
    roster: Path | None = None
    control: Path | None = None
    last: Path | None = None
    """Last year's 汇总.xlsx."""
    letters: bool = False
    sample: float = 0
    """The share of each department that is drawn to be checked again."""
    seed: int = 1
    picked: tuple[str, ...] = ()
    jobs: int = 0
    """Processes; 0: one for each core."""
    dask: str = ""
    """The address of a scheduler."""
    anew: bool = False


def making_of(made_with: Kit) -> Making:
    """The template and the rulebook of a run, small enough to send to other processes."""
    sources = {name: part.source for name, part in made_with.template.compiled.items()}
    rules = made_with.rules_file
    return Making(*files.named(made_with.template_file), sources, files.read_text(rules), rules.name)


def serve(wishes: Wishes, making: Making, say: Callable[[str], None], progress: Progress) -> Collection:
    """Do the run and write all that was asked for.

    Raises:
        SelfEvalError: a file that was given cannot be used, or OUT cannot be written.

    """
    units = against.load(wishes.roster) if wishes.roster else ()
    control = against.control_figures(wishes.control) if wishes.control else None
    last = against.last_figures(wishes.last, units) if wishes.last else {}
    with _workers(wishes, making) as (submit, cores):
        collection = collect(
            wishes.folder,
            wishes.output,
            making,
            submit,
            cores=cores,
            roster=units,
            anew=wishes.anew,
            progress=progress,
        )
    figures = {unit.name: unit.result.decimals for unit in collection.units}
    insights = summary.Insights(
        against.alike({unit.name: unit.result.sentences for unit in collection.units}),
        against.jumps(figures, last),
        against.explanations(control, figures) if control else [],
    )
    written = kept(wishes.output / SUMMARY, summary.workbook(collection, insights))
    for line in told(collection, insights):
        say(line)
    if wishes.letters:
        year = next((unit.result.identity.get("year", "") for unit in collection.units), "")
        counts = follow_up.write_letters(collection, year, wishes.output)
        say("信件（都没有发送）：" + "，".join(f"{kind} {count} 封" for kind, count in counts.items()) + "。")
    if wishes.sample:
        drawn = follow_up.drawn_units(collection, insights.jumps, wishes.sample, wishes.seed, wishes.picked)
        follow_up.write_draw(collection, drawn, wishes.output)
        say(f"抽样复核：抽出 {len(drawn)} 个单位，名单和复核表在 {follow_up.DRAWN} 文件夹。")
    say(f"汇总表：{written}")
    return collection


def told(collection: Collection, insights: summary.Insights) -> Iterator[str]:
    """What a run found, in a few lines."""
    units, register = collection.units, collection.register
    reports = sum(bool(unit.report) for unit in units)
    refused = sum(entry.standing == "不能使用" for entry in register)
    yield (
        f"收到文件 {len(register)} 个，单位 {len(units)} 个："
        f"生成报告 {reports} 份，需改正 {len(units) - reports} 份；不能使用的文件 {refused} 个。"
    )
    if collection.roster:
        yield f"名单上 {len(collection.roster)} 个单位，未报送 {len(collection.missing)} 个，不在名单的 {len(collection.strangers)} 个。"
    if differ := [unit.name for unit in units if unit.verified and unit.verified.figures_differ]:
        yield f"签批稿与填报表数字不一致：{'、'.join(differ[:5])}{'等' if len(differ) > 5 else ''}。"
    if insights.shared:
        yield f"两个以上单位写得一样的句子 {len(insights.shared)} 句，见「相同文字」。"
    if foreign := sum(bool(unit.result.foreign) for unit in units):
        yield f"指标像是别的领域的单位 {foreign} 个，见「别的领域的指标」。"
    if jumped := {jump.unit for jump in insights.jumps}:
        yield f"与上年比变动大的 {len(jumped)} 个单位，见「与上年比较」。"
    for one in insights.explanations:
        names = "、".join(unit for unit, *_ in one.units)
        yield f"{one.figure}与控制数差 {one.difference:,.2f}万元：{f'改动 {names} 即可对上' if names else '三个以内的单位解释不了'}。"


def _sent(executor: Any, making: Making, work: Any, *content: bytes) -> Any:
    """A call with what reports are made with, on whatever executor and machine."""
    return executor.submit(work, *content, making)


@contextmanager
def _workers(wishes: Wishes, making: Making) -> Iterator[tuple[Submit, int]]:
    """Where the workbooks are done, and on how many cores: here, in processes, or on a cluster."""
    if wishes.dask:
        try:
            from distributed import Client  # noqa: PLC0415 - an extra
        except ImportError:
            raise DataError("--dask 需要另装组件：pip install selfeval-xlsx[cluster]。") from None
        with Client(wishes.dask) as client:
            cores = sum(client.ncores().values()) or 1
            yield partial(_sent, client.get_executor(pure=False, retries=3), making), cores
        return
    cores = wishes.jobs or os.cpu_count() or 1
    if cores == 1:
        with ThreadPoolExecutor(1) as pool:
            yield partial(_sent, pool, making), 1
        return
    with ProcessPoolExecutor(cores, get_context("spawn"), prepare, (making,)) as processes:
        yield lambda work, *content: processes.submit(prepared, work, content), cores


# --- what is said meanwhile -----------------------------------------------------------------------

EVERY = 100
"""Workbooks from one plain line to the next."""


class Teller:
    """Says lines, and how many workbooks are done."""

    def __init__(self, bar: Bar | None) -> None:
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
    with Bar(*columns, console=console, transient=True) as bar:
        yield Teller(bar)
