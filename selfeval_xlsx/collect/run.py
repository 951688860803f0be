"""One run over all that was received: every file registered, every workbook done once, all of it told in OUT.

What it has done so far is kept there in a journal: a run that was stopped goes on where it was. Each workbook's result
lies in one file named by what it was made from, written whole or not at all. A lock that the system lets go of when its
holder dies keeps two runs apart.
"""

import json
import os
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Collection as Many
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, partial
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from selfeval_xlsx import files
from selfeval_xlsx.collect.against import Unit, match, nearest
from selfeval_xlsx.collect.intake import RUN_FOLDER, Kind, Received, received
from selfeval_xlsx.collect.work import Making, Result, Verified, made_from, one_report, one_workbook
from selfeval_xlsx.errors import FileAccessError, SelfEvalError
from selfeval_xlsx.office.package import digest, is_sealed

REPORTS, MARKED = "报告", "核对标注"
"""The folders of OUT for reports and for marked copies."""

IN_FLIGHT = 4
"""Workbooks handed to each core at most before one comes back, so that memory stays flat."""

T = TypeVar("T", Result, Verified)

Submit = Callable[..., Future[Any]]
"""Hands :func:`one_workbook` or :func:`one_report`, with the bytes it is about, to where the work is done."""

Call = Callable[[], Future[Any]]
Calls = Mapping[str, Call]
"""What is to be done, each by the key under which its result is kept."""

Progress = Callable[[int, int], None]
"""Told how many of how many workbooks are done."""


def _unwatched(done: int, of: int) -> None:
    pass


@dataclass(frozen=True)
class Registered:
    """One file as the register has it: whose, accepted or not, why."""

    file: Received
    unit: str = ""
    standing: str = ""
    """采用, 被更晚的一份取代, 已核验, 登记, 不能使用."""
    why: str = ""


@dataclass(frozen=True)
class UnitResult:
    """What one unit sent, as it counts."""

    name: str
    file: Received
    result: Result
    verified: Verified | None = None
    report: str = ""
    """The report's path in OUT; empty where there is none."""
    marked: str = ""


@dataclass(frozen=True)
class Collection:
    """All that a run found; units in the order of the roster."""

    units: tuple[UnitResult, ...]
    register: tuple[Registered, ...]
    missing: tuple[Unit, ...] = ()
    """Units of the roster that sent no workbook that can be used."""
    strangers: Mapping[str, str] = field(default_factory=dict)
    """Units that are not on the roster, each with the name most like it."""
    roster: tuple[Unit, ...] = ()


# --- the journal ----------------------------------------------------------------------------------

FILES = ("report", "marked")
"""The files of a result: they stay in the journal, so that the memory of a run does not grow by them."""


class Journal:
    """The results kept in an output folder, by key."""

    def __init__(self, output: Path) -> None:
        self.folder = output / RUN_FOLDER

    def get(self, key: str, kind: type[T]) -> T | None:
        """The result kept under ``key`` without its files; None where there is none, or none that is whole."""
        try:
            with zipfile.ZipFile(self.folder / f"{key}.zip") as package:
                data: dict[str, Any] = json.loads(package.read("result.json"))
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            return None
        data |= {
            name: [tuple(row) for row in data[name]] for name in ("sentences", "foreign") if name in data
        }
        return kind(**data)

    def files(self, key: str) -> dict[str, bytes]:
        """The report or the marked copy kept under ``key``, by ``report`` and ``marked``."""
        with zipfile.ZipFile(self.folder / f"{key}.zip") as package:
            return {name: package.read(name) for name in FILES if name in package.namelist()}

    def put(self, key: str, result: T) -> T:
        """Keep ``result`` and its files, and return it without these; what is written is whole, whenever the run is stopped."""
        data: dict[str, Any] = {name: value for name, value in asdict(result).items() if name not in FILES}
        stream = BytesIO()
        with zipfile.ZipFile(stream, "w") as package:
            package.writestr("result.json", json.dumps(data, ensure_ascii=False))
            for name in FILES:
                content = getattr(result, name, None)
                if content is not None:
                    package.writestr(name, content)
        files.write(self.folder / f"{key}.zip", stream.getvalue())
        return type(result)(**data)

    def note(self, faults: Mapping[str, str]) -> None:
        """Keep what is known of faults nobody foresaw, by file, for the maintainer."""
        path = self.folder / "意外.txt"
        if not faults:
            path.unlink(missing_ok=True)
            return
        text = "\n\n".join(f"{place}\n{log}" for place, log in sorted(faults.items()))
        files.write(path, text.encode())

    def forget(self) -> None:
        """Throw away all that is kept."""
        for path in self.folder.glob("*.zip"):
            path.unlink()


@contextmanager
def opened(output: Path, *, anew: bool) -> Iterator[Journal]:
    """The journal of ``output``, held for this run alone; emptied first where all is to be done ``anew``.

    Raises:
        FileAccessError: another run works there, or the folder cannot be written.

    """
    journal = Journal(output)
    try:
        journal.folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(journal.folder / "锁", os.O_RDWR | os.O_CREAT)
    except OSError as error:
        raise FileAccessError(f"无法写入 {output}（{error.strerror}）。请换一个文件夹。") from error
    try:
        if not _held(lock):
            raise FileAccessError(f"另一个窗口正在往 {output} 里汇总。请等它结束，或换一个输出文件夹。")
        for left in output.rglob(".~*.tmp"):
            if files.TEMPORARY.fullmatch(left.name):  # of a killed run: no other writes here now
                left.unlink(missing_ok=True)
        if anew:
            journal.forget()
        yield journal
    finally:
        os.close(lock)


def _held(lock: int) -> bool:
    """Whether this run got the lock; the system lets go of it when the process ends, however it ends."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - there alone

            msvcrt.locking(lock, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - there alone

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def kept(path: Path, content: bytes, others: Many[Path] = ()) -> Path:
    """Write a generated Office file as :func:`files.write_kept` does; one that stands there already is left."""
    if path not in others and path.is_file() and files.read(path) == content:
        return path
    return files.write_kept(path, content, others)


def cleared(folder: Path, written: Many[Path]) -> None:
    """Delete what an earlier run left in ``folder`` beside what was ``written`` now; what was changed by hand stays."""
    for path in folder.iterdir():
        if path not in written and path.is_file() and is_sealed(files.read(path)):
            path.unlink()


# --- the run --------------------------------------------------------------------------------------


def collect(  # noqa: PLR0913 - what a run is given, by name
    folder: Path,
    output: Path,
    making: Making,
    submit: Submit,
    *,
    cores: int = 1,
    roster: Sequence[Unit] = (),
    anew: bool = False,
    progress: Progress = _unwatched,
) -> Collection:
    """Do every workbook below ``folder``; reports and marked copies go to ``output``, and the journal of the run.

    Raises:
        SelfEvalError: ``output`` cannot be written, or another run works there.

    """
    with opened(output, anew=anew) as journal:
        held = tuple(file for file in received(folder) if not _within(folder, output, file))
        run = _Run(held, roster, making, submit, IN_FLIGHT * cores, journal, progress)
        logs = {file.place: run.results[file.digest].log for file in run.books.values()}
        journal.note({place: log for place, log in logs.items() if log})
        units = [
            UnitResult(
                unit, own[-1], run.results[own[-1].digest], next(iter(run.verdicts[unit].values()), None)
            )
            for unit, own in run.versions.items()
        ]
        register = tuple(map(run.registered, held))
        return _against(roster, tuple(_written(units, output, run)), register)


def _within(folder: Path, output: Path, file: Received) -> bool:
    """Whether ``file`` lies in the output, which may lie in the folder."""
    return (folder / file.place.partition(" › ")[0]).resolve().is_relative_to(output.resolve())


@dataclass(frozen=True)
class _Run:
    """What was received and who should have sent it, by what the work is done, and what becomes of each file."""

    held: tuple[Received, ...]
    roster: Sequence[Unit]
    making: Making
    submit: Submit
    most: int
    """How many workbooks wait or run at a time."""
    journal: Journal
    progress: Progress

    def key(self, *digests: str) -> str:
        """Under what a result is kept: the digests of what it is about, and what reports are made with."""
        return digest("".join((self.making.key, *digests)).encode())

    def done(self, calls: Calls, kind: type[T], progress: Progress = _unwatched) -> dict[str, T]:
        """The results of ``calls`` by the key they are kept under: from the journal, or done now."""
        kept = {key: self.journal.get(key, kind) for key in calls}
        results = {key: result for key, result in kept.items() if result is not None}
        progress(len(results), len(calls))
        running: dict[Future[Any], str] = {}
        waiting = iter([key for key in calls if key not in results])
        while True:
            for key in islice(waiting, self.most - len(running)):
                running[calls[key]()] = key
            if not running:
                return results
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                key = running.pop(future)
                try:
                    results[key] = self.journal.put(key, future.result())
                except BrokenProcessPool:
                    raise SelfEvalError(_KILLED) from None
                progress(len(results), len(calls))

    @cached_property
    def books(self) -> dict[str, Received]:
        """The workbooks by their digest."""
        return {file.digest: file for file in self.held if file.kind is Kind.BOOK}

    @cached_property
    def results(self) -> dict[str, Result]:
        """The result of each workbook by its digest, without its files."""
        keys = {self.key(own): own for own in sorted(self.books)}
        calls = {
            key: partial(self.submit, one_workbook, self.books[own].content) for key, own in keys.items()
        }
        return {keys[key]: result for key, result in self.done(calls, Result, self.progress).items()}

    @cached_property
    def versions(self) -> dict[str, list[Received]]:
        """The workbooks of each unit that can be used, the latest last; units in the order of the roster."""
        versions: dict[str, list[Received]] = {}
        for file in sorted(self.held, key=lambda file: (file.time, file.place)):
            if file.kind is Kind.BOOK and not self.results[file.digest].failure:
                versions.setdefault(self.owner(file), []).append(file)
        listed = {unit.name: place for place, unit in enumerate(self.roster)}
        return dict(sorted(versions.items(), key=lambda own: (listed.get(own[0], len(listed)), own[0])))

    @cached_property
    def verdicts(self) -> dict[str, dict[str, Verified]]:
        """What each Word report says against its unit's latest workbook, by unit and place.

        It belongs to the workbook that it was made from, or where it does not tell, to that beside it.
        """
        made = {file.digest: unit for unit, own in self.versions.items() for file in own}
        beside = {own[-1].beside: unit for unit, own in self.versions.items() if own[-1].beside}
        calls, reports = dict[str, Call](), list[tuple[str, str, str]]()
        for file in self.held:
            if file.kind is Kind.REPORT and file.content is not None:
                origin = made_from(file.content, file.name)
                unit = made.get(origin) if origin else beside.get(file.beside)
                if unit is not None:
                    book = self.versions[unit][-1]
                    key = self.key(file.digest, book.digest)
                    calls[key] = partial(self.submit, one_report, file.content, book.content)
                    reports.append((unit, file.place, key))
        done = self.done(calls, Verified)
        verdicts: dict[str, dict[str, Verified]] = {unit: {} for unit in self.versions}
        for unit, place, key in sorted(reports):
            verdicts[unit][place] = done[key]
        return verdicts

    def registered(self, file: Received) -> Registered:
        """How one file stands."""
        if file.kind is Kind.BOOK:
            unit, failure = self.owner(file), self.results[file.digest].failure
            if failure:
                return Registered(file, unit, "不能使用", failure)
            last = self.versions[unit][-1]
            if file is last:
                return Registered(file, unit, "采用")
            same = "内容相同的另一份" if file.digest == last.digest else "同一单位更晚的一份"
            return Registered(file, unit, "被取代", f"采用了{same}：{last.place}")
        for unit, own in self.verdicts.items():
            if file.place in own:
                return Registered(file, unit, "已核验", own[file.place].verdict)
        unit = self.named(file)
        if file.kind is Kind.REPORT:
            return Registered(file, unit, "登记", "没有和它对应的填报表，没有核验；请报送填报表")
        return Registered(file, unit, "登记" if file.kind is Kind.PDF else "不能使用", file.refused)

    def owner(self, file: Received) -> str:
        """Whose workbook it is: by its cell, else its folder, else its name; as the roster calls it."""
        stated = self.results[file.digest].identity.get("unit", "")
        unit = match(stated, self.roster)
        return (unit.name if unit else stated) or self.named(file)

    def named(self, file: Received) -> str:
        """The unit by the name of folder or file, or by who sent it."""
        stem = file.name.rpartition(".")[0]
        for name in (file.folder, stem):
            if unit := match(name, self.roster):
                return unit.name
        for unit in self.roster:
            if any(name and name in stem for name in unit.names):
                return unit.name
        for unit in self.roster:
            if file.sender and file.sender.casefold() == unit.email.casefold():
                return unit.name
        return file.folder or stem


_KILLED = "一个进程被系统结束了，可能是内存不够。做完的都已保存；请加上 --jobs 1 再运行一次，会接着做。"


def _against(
    roster: Sequence[Unit], units: tuple[UnitResult, ...], register: tuple[Registered, ...]
) -> Collection:
    known = {unit.name: match(unit.name, roster) for unit in units}
    sent = {unit.name for unit in known.values() if unit is not None}
    missing = tuple(unit for unit in roster if unit.name not in sent)
    strangers = {unit: nearest(unit, missing) for unit in sorted(known) if roster and known[unit] is None}
    return Collection(units, register, missing, strangers, tuple(roster))


def _written(units: Sequence[UnitResult], output: Path, run: _Run) -> Iterator[UnitResult]:
    """Write each unit's report or marked copy under the unit's name; what is changed by hand there stays."""
    kinds = {"report": (output / REPORTS, ".docx"), "marked": (output / MARKED, f"（{MARKED}）.xlsx")}
    written = set[Path]()
    for folder, _ in kinds.values():
        folder.mkdir(exist_ok=True)
    for unit in units:
        name, paths = files.safe_name(unit.name) or "未写单位", dict.fromkeys(FILES, "")
        for kind, content in run.journal.files(run.key(unit.file.digest)).items():
            folder, suffix = kinds[kind]
            path = kept(folder / f"{name}{suffix}", content, written)
            written.add(path)
            paths[kind] = path.relative_to(output).as_posix()
        yield replace(unit, report=paths["report"], marked=paths["marked"])
    for folder, _ in kinds.values():
        cleared(folder, written)
