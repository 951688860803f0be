"""One run over all that was received: every file registered, every workbook done once, all of it told in OUT."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from selfeval_xlsx import files
from selfeval_xlsx.collect.intake import Kind, Received, received
from selfeval_xlsx.collect.journal import FILES, Journal, cleared, kept, opened
from selfeval_xlsx.collect.roster import Unit, match, nearest
from selfeval_xlsx.collect.work import Making, Result, Verified, made_from, one_report, one_workbook
from selfeval_xlsx.errors import SelfEvalError
from selfeval_xlsx.office.provenance import digest

REPORTS, MARKED = "报告", "核对标注"
"""The folders of OUT for reports and for marked copies."""

IN_FLIGHT = 4
"""Workbooks handed to each core at most before one comes back, so that memory stays flat."""

K = TypeVar("K")

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

    unit: str
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
        held = [each for each in received(folder) if not _within(folder, output, each)]
        books = {each.digest: each for each in held if each.kind is Kind.BOOK and each.content is not None}
        most = IN_FLIGHT * cores
        results = _done(books, making, submit, most, journal, progress)
        journal.note({books[own].place: each.log for own, each in results.items() if each.log})
        owners = {
            file.place: _unit_of(file, results[file.digest], roster)
            for file in held
            if file.kind is Kind.BOOK
        }
        versions = _versions(held, owners, results, roster)
        verdicts = _verdicts(held, versions, making, submit, most, journal)
        units = [
            UnitResult(unit, own[-1], results[own[-1].digest], next(iter(verdicts[unit].values()), None))
            for unit, own in versions.items()
        ]
        register = [_registered(file, owners, results, versions, verdicts, roster) for file in held]
        return _against(roster, tuple(_written(units, output, making, journal)), tuple(register))


def _within(folder: Path, output: Path, file: Received) -> bool:
    """Whether ``file`` lies in the output, which may lie in the folder."""
    return (folder / file.place.partition(" › ")[0]).resolve().is_relative_to(output.resolve())


def _done(
    books: Mapping[str, Received],
    making: Making,
    submit: Submit,
    most: int,
    journal: Journal,
    progress: Progress,
) -> dict[str, Result]:
    """The result of each workbook by its digest, without its files: from the journal, or done now."""
    kept = {own: journal.get(_key(making, own), Result) for own in sorted(books)}
    results = {own: result for own, result in kept.items() if result is not None}
    progress(len(results), len(books))
    todo = ((own, partial(submit, one_workbook, books[own].content)) for own in kept if own not in results)
    for own, result in _results(todo, most):
        journal.put(_key(making, own), result)
        results[own] = replace(result, report=None, marked=None)
        progress(len(results), len(books))
    return results


def _results(calls: Iterable[tuple[K, Callable[[], Future[Any]]]], most: int) -> Iterator[tuple[K, Any]]:
    """The results of calls as they come, each with its key; ``most`` of them wait or run at a time."""
    running: dict[Future[Any], K] = {}
    waiting = iter(calls)
    while True:
        for key, call in islice(waiting, most - len(running)):
            running[call()] = key
        if not running:
            return
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            try:
                yield running.pop(future), future.result()
            except BrokenProcessPool:
                raise SelfEvalError(_KILLED) from None


_KILLED = "一个进程被系统结束了，可能是内存不够。做完的都已保存；请加上 --jobs 1 再运行一次，会接着做。"


def _key(making: Making, *digests: str) -> str:
    """Under what a result is kept: the digests of what it is about, and what reports are made with."""
    return digest("".join((making.key, *digests)).encode())


def _versions(
    held: Sequence[Received], owners: Mapping[str, str], results: Mapping[str, Result], roster: Sequence[Unit]
) -> dict[str, list[Received]]:
    """The workbooks of each unit that can be used, the latest last; units in the order of the roster."""
    found: dict[str, list[Received]] = {}
    for file in sorted(held, key=lambda each: (each.time, each.place)):
        if file.kind is Kind.BOOK and not results[file.digest].failure:
            found.setdefault(owners[file.place], []).append(file)
    listed = {unit.name: place for place, unit in enumerate(roster)}
    return {
        unit: found[unit] for unit in sorted(found, key=lambda each: (listed.get(each, len(listed)), each))
    }


def _verdicts(
    held: Sequence[Received],
    versions: Mapping[str, Sequence[Received]],
    making: Making,
    submit: Submit,
    most: int,
    journal: Journal,
) -> dict[str, dict[str, Verified]]:
    """What each Word report says against its unit's latest workbook, by unit and place.

    It belongs to the workbook that it was made from, or where it does not tell, to that beside it.
    """
    made = {file.digest: unit for unit, own in versions.items() for file in own}
    beside = {own[-1].beside: unit for unit, own in versions.items() if own[-1].beside}
    found: dict[str, dict[str, Verified]] = {unit: {} for unit in versions}
    todo = {}
    for file in held:
        if file.kind is Kind.REPORT and file.content is not None:
            origin = made_from(file.content, file.name)
            unit = made.get(origin) if origin else beside.get(file.beside)
            if unit is not None:
                key = _key(making, file.digest, versions[unit][-1].digest)
                kept = journal.get(key, Verified)
                if kept is None:
                    todo[unit, file.place, key] = partial(
                        submit, one_report, file.content, versions[unit][-1].content
                    )
                else:
                    found[unit][file.place] = kept
    for (unit, place, key), verdict in _results(todo.items(), most):
        journal.put(key, verdict)
        found[unit][place] = verdict
    return {unit: dict(sorted(own.items())) for unit, own in found.items()}


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
    known = {each.unit: match(each.unit, roster) for each in units}
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


def _written(
    units: Sequence[UnitResult], output: Path, making: Making, journal: Journal
) -> Iterator[UnitResult]:
    """Write each unit's report or marked copy under the unit's name; what is changed by hand there stays."""
    folders = {"report": output / REPORTS, "marked": output / MARKED}
    suffixes = {"report": ".docx", "marked": f"（{MARKED}）.xlsx"}
    written = set[Path]()
    for folder in folders.values():
        folder.mkdir(exist_ok=True)
    for each in units:
        name = files.safe_name(each.unit) or "未写单位"
        paths = dict.fromkeys(FILES, "")
        for kind, content in journal.files(_key(making, each.file.digest)).items():
            path = kept(folders[kind] / f"{name}{suffixes[kind]}", content, written)
            written.add(path)
            paths[kind] = path.relative_to(output).as_posix()
        yield replace(each, report=paths["report"], marked=paths["marked"])
    for folder in folders.values():
        cleared(folder, written)
