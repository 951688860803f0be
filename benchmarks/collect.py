"""The collector's run over a generated inbox: everything accounted for, stopped and resumed, time and memory.

``python3 benchmarks/collect.py accounts [UNITS [SEED]]`` (default 1000): one run; every file must stand in 汇总.xlsx
as it was generated, every unit with its figures and its report or marked copy.
``… kills [UNITS [KILLS [SEED]]]`` (1000, 30): killed at random moments and started again, until what it wrote is
the same bytes as that of the run that was left alone.
``… speed [UNITS …]`` (100 1000): time and memory a report, one process and two.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from openpyxl import load_workbook  # noqa: E402 - the root must be on the path first
from season import Inbox, crowd, inbox  # noqa: E402

from selfeval_xlsx.collect.intake import RUN_FOLDER  # noqa: E402


def command(folder: Path, output: Path, jobs: int) -> list[str]:
    """The run as a collector starts it, with all it can write."""
    own = [
        sys.executable,
        "-m",
        "selfeval_xlsx",
        "batch",
        str(folder),
        "-o",
        str(output),
        "--jobs",
        str(jobs),
    ]
    return [*own, "--roster", str(folder.parent / "名单.xlsx"), "--letters", "--sample", "10%"]


def environment() -> dict[str, str]:
    """That of a run: this project, UTF-8."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}


def timed(call: Sequence[str]) -> tuple[float, float, float]:
    """Seconds, seconds of processor time, and megabytes at most, of a call; the time is that of its workers too."""
    begin = time.perf_counter()
    process = subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment())
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in {0, 1}:
        raise RuntimeError(said.decode())
    return time.perf_counter() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


# --- accounts -------------------------------------------------------------------------------------


def rows(summary: Path, sheet: str) -> Iterator[dict[str, object]]:
    """The rows of a sheet of 汇总.xlsx by their heads, without the total."""
    _title, _, heads, *lines = load_workbook(summary, read_only=True)[sheet].iter_rows(values_only=True)
    for line in lines:
        if line[0] != "合计":
            yield dict(zip(map(str, heads), line, strict=False))


def unaccounted(told: Inbox, output: Path) -> list[str]:
    """What stands in 汇总.xlsx otherwise than it was sent."""
    summary = output / "汇总.xlsx"
    register = {str(row["文件"]): (row["单位"], row["处理"]) for row in rows(summary, "收件登记")}
    wrong = [
        f"收件登记 {place}: {told.standing.get(place)}, told {register.get(place)}"
        for place in sorted(told.standing.keys() | register.keys())
        if told.standing.get(place) != register.get(place)
    ]
    units = {str(row["单位"]): row for row in rows(summary, "汇总")}
    wrong += [f"汇总 {unit}" for unit in sorted(units.keys() ^ told.figures.keys())]
    for unit, figures in told.figures.items():
        row = units.get(unit, {})
        stands = tuple(f"{row.get(head) or 0:.2f}" for head in ("调整后预算（万元）", "执行数（万元）"))
        if figures is not None and stands != figures:
            wrong.append(f"汇总 {unit}: {figures}, told {stands}")
        folder, name = (
            ("核对标注", f"{unit}（核对标注）.xlsx") if unit in told.marked else ("报告", f"{unit}.docx")
        )
        if not (output / folder / name).is_file():
            wrong.append(f"{folder} {unit}: not there")
    missing = {str(row["单位"]) for row in rows(summary, "未报送") if row["情况"] == "未报送"}
    sent = set(told.figures)
    silent = {unit for unit, _ in told.standing.values()} - sent | set(told.silent)
    return wrong + [f"未报送 {unit}" for unit in sorted(missing ^ silent)]


def accounts(folder: Path, units: int, seed: int) -> list[str]:
    """One run over ``units`` units, and what was not accounted for."""
    told = inbox(folder / "收到", units, seed, os.cpu_count() or 1)
    seconds, _, memory = timed(command(folder / "收到", folder / "结果", os.cpu_count() or 1))
    wrong = unaccounted(told, folder / "结果")
    counts = Counter(standing for _, standing in told.standing.values())
    print(
        f"{units} units, {len(told.standing)} files ({counts}): {seconds:.0f} s, {memory:.0f} MB", flush=True
    )
    print(*wrong, f"not accounted for: {len(wrong)}", sep="\n", flush=True)
    return wrong


# --- kills ----------------------------------------------------------------------------------------


def written(output: Path) -> dict[str, bytes]:
    """All that a run wrote for people, by path."""
    return {
        path.relative_to(output).as_posix(): path.read_bytes()
        for path in sorted(output.rglob("*"))
        if path.is_file() and RUN_FOLDER not in path.parts
    }


def killed(call: Sequence[str], after: float) -> bool:
    """Whether the run still worked ``after`` so many seconds and was killed; its workers must end by themselves."""
    process = subprocess.Popen(
        call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(), start_new_session=True
    )
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        if not _gone(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
            raise RuntimeError("workers outlive a killed run") from None
        return True
    return False


def _gone(group: int) -> bool:
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def kills(folder: Path, units: int, count: int, seed: int) -> int:
    """How many of the runs killed ``count`` times in all ended with other bytes than the one left alone."""
    rng = random.Random(seed)
    inbox(folder / "收到", units, seed, os.cpu_count() or 1)
    whole, *_ = timed(command(folder / "收到", folder / "一次", 2))
    right, differing, done, runs = written(folder / "一次"), 0, 0, 0
    while done < count:
        output = folder / f"第{runs}次"
        while done < count and killed(command(folder / "收到", output, 2), rng.uniform(0, whole)):
            done += 1
        timed(command(folder / "收到", output, 2))
        differing += written(output) != right
        runs += 1
    print(f"killed {done} times in {runs} runs over {units} units; ended with other bytes: {differing}")
    return differing


# --- speed ----------------------------------------------------------------------------------------


def speed(folder: Path, sizes: Sequence[int]) -> None:
    """Time a report and memory of the run at each size, in one process and in two."""
    for size in sizes:
        place = folder / str(size)
        crowd(place / "收到", size)
        one, spent, memory = timed(command(place / "收到", place / "一", 1))
        two, *_ = timed(command(place / "收到", place / "二", 2))
        print(
            f"{size:>6} units: {1000 * one / size:.0f} ms ({1000 * spent / size:.0f} of processor time) a report"
            f" and {memory:.0f} MB in one process; two processes {one / two:.2f} times as fast",
            flush=True,
        )


def main() -> int:
    """Do what is asked for, in a folder that is thrown away."""
    what, *numbers = sys.argv[1:] or ["accounts"]
    given = list(map(int, numbers))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if what == "kills":
            units, count, seed = (*given, *(1000, 30, 1)[len(given) :])
            return int(kills(folder, units, count, seed) > 0)
        if what == "speed":
            speed(folder, given or [100, 1000])
            return 0
        units, seed = (*given, *(1000, 1)[len(given) :])
        return int(bool(accounts(folder, units, seed)))


if __name__ == "__main__":
    sys.exit(main())
