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
from functools import partial
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

K = TypeVar("K")
T = TypeVar("T", Result, Verified)

Submit = Callable[..., Future[Any]]
"""Hands :func:`one_workbook` or :func:`one_report`, with the bytes it is about, to where the work is done."""

Progress = Callable[[int, int], None]
"""Told how many of how many workbooks are done."""


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
    progress: Progress = lambda _done, _of: None,
) -> Collection:
    """Do every workbook below ``folder``; reports and marked copies go to ``output``, and the journal of the run.

    Raises:
        SelfEvalError: ``output`` cannot be written, or another run works there.

    """
    with opened(output, anew=anew) as journal:
        held = [file for file in received(folder) if not _within(folder, output, file)]
        means = _Means(making, submit, IN_FLIGHT * cores, journal)
        results = _of_books(held, means, progress)
        books = [file for file in held if file.kind is Kind.BOOK]
        logs = {
            file.place: results[file.digest].log for file in {file.digest: file for file in books}.values()
        }
        journal.note({place: log for place, log in logs.items() if log})
        owners = {file.place: _unit_of(file, results[file.digest], roster) for file in books}
        versions = _versions(held, owners, results, roster)
        verdicts = _verdicts(held, versions, means)
        units = [
            UnitResult(unit, own[-1], results[own[-1].digest], next(iter(verdicts[unit].values()), None))
            for unit, own in versions.items()
        ]
        register = [_registered(file, owners, results, versions, verdicts, roster) for file in held]
        return _against(roster, tuple(_written(units, output, means)), tuple(register))


@dataclass(frozen=True)
class _Means:
    """By what the work of a run is done, and where its results are kept."""

    making: Making
    submit: Submit
    most: int
    """How many workbooks wait or run at a time."""
    journal: Journal

    def key(self, *digests: str) -> str:
        """Under what a result is kept: the digests of what it is about, and what reports are made with."""
        return digest("".join((self.making.key, *digests)).encode())


def _within(folder: Path, output: Path, file: Received) -> bool:
    """Whether ``file`` lies in the output, which may lie in the folder."""
    return (folder / file.place.partition(" › ")[0]).resolve().is_relative_to(output.resolve())


def _of_books(held: Sequence[Received], means: _Means, progress: Progress) -> dict[str, Result]:
    """The result of each workbook by its digest, without its files."""
    books = {file.digest: file.content for file in held if file.kind is Kind.BOOK}
    keys = {means.key(own): own for own in sorted(books)}
    calls = {key: partial(means.submit, one_workbook, books[own]) for key, own in keys.items()}
    return {keys[key]: result for key, result in _done(calls, Result, means, progress).items()}


def _done(
    calls: Mapping[str, Callable[[], Future[Any]]],
    kind: type[T],
    means: _Means,
    progress: Progress = lambda _done, _of: None,
) -> dict[str, T]:
    """The results of ``calls`` by the key they are kept under: from the journal, or done now."""
    kept = {key: means.journal.get(key, kind) for key in calls}
    results = {key: result for key, result in kept.items() if result is not None}
    progress(len(results), len(calls))
    running: dict[Future[Any], str] = {}
    waiting = iter([key for key in calls if key not in results])
    while True:
        for key in islice(waiting, means.most - len(running)):
            running[calls[key]()] = key
        if not running:
            return results
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            key = running.pop(future)
            try:
                results[key] = means.journal.put(key, future.result())
            except BrokenProcessPool:
                raise SelfEvalError(_KILLED) from None
            progress(len(results), len(calls))


_KILLED = "一个进程被系统结束了，可能是内存不够。做完的都已保存；请加上 --jobs 1 再运行一次，会接着做。"


def _versions(
    held: Sequence[Received], owners: Mapping[str, str], results: Mapping[str, Result], roster: Sequence[Unit]
) -> dict[str, list[Received]]:
    """The workbooks of each unit that can be used, the latest last; units in the order of the roster."""
    versions: dict[str, list[Received]] = {}
    for file in sorted(held, key=lambda file: (file.time, file.place)):
        if file.kind is Kind.BOOK and not results[file.digest].failure:
            versions.setdefault(owners[file.place], []).append(file)
    listed = {unit.name: place for place, unit in enumerate(roster)}
    return dict(sorted(versions.items(), key=lambda own: (listed.get(own[0], len(listed)), own[0])))


def _verdicts(
    held: Sequence[Received], versions: Mapping[str, Sequence[Received]], means: _Means
) -> dict[str, dict[str, Verified]]:
    """What each Word report says against its unit's latest workbook, by unit and place.

    It belongs to the workbook that it was made from, or where it does not tell, to that beside it.
    """
    made = {file.digest: unit for unit, own in versions.items() for file in own}
    beside = {own[-1].beside: unit for unit, own in versions.items() if own[-1].beside}
    calls, reports = dict[str, Callable[[], Future[Any]]](), list[tuple[str, str, str]]()
    for file in held:
        if file.kind is Kind.REPORT and file.content is not None:
            origin = made_from(file.content, file.name)
            unit = made.get(origin) if origin else beside.get(file.beside)
            if unit is not None:
                book = versions[unit][-1]
                key = means.key(file.digest, book.digest)
                calls[key] = partial(means.submit, one_report, file.content, book.content)
                reports.append((unit, file.place, key))
    done = _done(calls, Verified, means)
    verdicts: dict[str, dict[str, Verified]] = {unit: {} for unit in versions}
    for unit, place, key in sorted(reports):
        verdicts[unit][place] = done[key]
    return verdicts


def _registered(
    file: Received,
    owners: Mapping[str, str],
    results: Mapping[str, Result],
    versions: Mapping[str, Sequence[Received]],
    verdicts: Mapping[str, Mapping[str, Verified]],
    roster: Sequence[Unit],
) -> Registered:
    """How one file stands."""
    if file.kind is Kind.BOOK:
        unit, failure = owners[file.place], results[file.digest].failure
        if failure:
            return Registered(file, unit, "不能使用", failure)
        last = versions[unit][-1]
        if file is last:
            return Registered(file, unit, "采用")
        same = "内容相同的另一份" if file.digest == last.digest else "同一单位更晚的一份"
        return Registered(file, unit, "被取代", f"采用了{same}：{last.place}")
    for unit, own in verdicts.items():
        if file.place in own:
            return Registered(file, unit, "已核验", own[file.place].verdict)
    unit = _named(file, roster)
    if file.kind is Kind.REPORT:
        return Registered(file, unit, "登记", "没有和它对应的填报表，没有核验；请报送填报表")
    return Registered(file, unit, "登记" if file.kind is Kind.PDF else "不能使用", file.refused)


def _against(
    roster: Sequence[Unit], units: tuple[UnitResult, ...], register: tuple[Registered, ...]
) -> Collection:
    """What was received, held against the roster."""
    known = {unit.name: match(unit.name, roster) for unit in units}
    sent = {unit.name for unit in known.values() if unit is not None}
    missing = tuple(unit for unit in roster if unit.name not in sent)
    strangers = {unit: nearest(unit, missing) for unit in sorted(known) if roster and known[unit] is None}
    return Collection(units, register, missing, strangers, tuple(roster))


def _unit_of(file: Received, result: Result, roster: Sequence[Unit]) -> str:
    """Whose workbook it is: by its cell, else its folder, else its name; as the roster calls it."""
    stated = result.identity.get("unit", "")
    return (unit.name if (unit := match(stated, roster)) else stated) or _named(file, roster)


def _named(file: Received, roster: Sequence[Unit]) -> str:
    """The unit by the name of folder or file, or by who sent it."""
    stem = file.name.rpartition(".")[0]
    for name in (file.folder, stem):
        if unit := match(name, roster):
            return unit.name
    for unit in roster:
        if any(name and name in stem for name in unit.names):
            return unit.name
    for unit in roster:
        if file.sender and file.sender.casefold() == unit.email.casefold():
            return unit.name
    return file.folder or stem


def _written(units: Sequence[UnitResult], output: Path, means: _Means) -> Iterator[UnitResult]:
    """Write each unit's report or marked copy under the unit's name; what is changed by hand there stays."""
    folders = {"report": output / REPORTS, "marked": output / MARKED}
    suffixes = {"report": ".docx", "marked": f"（{MARKED}）.xlsx"}
    written = set[Path]()
    for folder in folders.values():
        folder.mkdir(exist_ok=True)
    for unit in units:
        name = files.safe_name(unit.name) or "未写单位"
        paths = dict.fromkeys(FILES, "")
        for kind, content in means.journal.files(means.key(unit.file.digest)).items():
            path = kept(folders[kind] / f"{name}{suffixes[kind]}", content, written)
            written.add(path)
            paths[kind] = path.relative_to(output).as_posix()
        yield replace(unit, report=paths["report"], marked=paths["marked"])
    for folder in folders.values():
        cleared(folder, written)
