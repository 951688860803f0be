"""One run over all that was received: every file registered, every workbook done once, all of it told in OUT."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from pathlib import Path

from selfeval_xlsx import files
from selfeval_xlsx.collect.intake import Kind, Received, received
from selfeval_xlsx.collect.journal import FILES, Journal, cleared, kept, opened
from selfeval_xlsx.collect.roster import Unit, match, nearest
from selfeval_xlsx.collect.work import Making, Result, Verified, made_from, one_report
from selfeval_xlsx.errors import SelfEvalError
from selfeval_xlsx.office.provenance import digest

REPORTS, MARKED = "报告", "核对标注"
"""The folders of OUT for reports and for marked copies."""

IN_FLIGHT = 4
"""Workbooks handed to each core at most before one comes back, so that memory stays flat."""

Submit = Callable[[bytes], Future[Result]]
"""Hands one workbook to where workbooks are done."""

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
        results = _done(books, making, submit, cores, journal, progress)
        journal.note({books[own].place: each.log for own, each in results.items() if each.log})
        collection = _collected(held, results, making, roster)
        return replace(collection, units=tuple(_written(collection.units, output, making, journal)))


def _within(folder: Path, output: Path, file: Received) -> bool:
    """Whether ``file`` lies in the output, which may lie in the folder."""
    return (folder / file.place.partition(" › ")[0]).resolve().is_relative_to(output.resolve())


def _done(
    books: Mapping[str, Received],
    making: Making,
    submit: Submit,
    cores: int,
    journal: Journal,
    progress: Progress,
) -> dict[str, Result]:
    """The result of each workbook by its digest, without its files: from the journal, or done now."""
    results: dict[str, Result] = {}
    todo = []
    for own in sorted(books):
        kept = journal.get(_key(making, own))
        if kept is None:
            todo.append(own)
        else:
            results[own] = kept
    running: dict[Future[Result], str] = {}
    waiting = iter(todo)
    progress(len(results), len(books))
    while True:
        for own in waiting:
            content = books[own].content
            assert content is not None
            running[submit(content)] = own
            if len(running) >= IN_FLIGHT * cores:
                break
        if not running:
            return results
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            own = running.pop(future)
            try:
                result = future.result()
            except BrokenProcessPool:
                raise SelfEvalError(_KILLED) from None
            journal.put(_key(making, own), result)
            results[own] = replace(result, report=None, marked=None)
            progress(len(results), len(books))


_KILLED = "一个进程被系统结束了，可能是内存不够。做完的都已保存；请加上 --jobs 1 再运行一次，会接着做。"


def _key(making: Making, own: str) -> str:
    """Under what a workbook's result is kept: its digest and what its report is made with."""
    return digest(f"{making.key}{own}".encode())


def _collected(
    held: Sequence[Received],
    results: Mapping[str, Result],
    making: Making,
    roster: Sequence[Unit],
) -> Collection:
    """What was received, unit by unit."""
    register: list[Registered] = []
    versions: dict[str, list[Received]] = {}
    for file in held:
        if file.kind is Kind.BOOK:
            result = results[file.digest]
            unit = _unit_of(file, result, roster)
            if result.failure:
                register.append(Registered(file, unit, "不能使用", result.failure))
            else:
                versions.setdefault(unit, []).append(file)
    listed = {unit.name: place for place, unit in enumerate(roster)}
    order = sorted(versions, key=lambda unit: (listed.get(unit, len(listed)), unit))
    units = [_unit_result(unit, versions[unit], results, held, making, register) for unit in order]
    for file in held:
        if file.kind in {Kind.REFUSED, Kind.PDF}:
            standing = "不能使用" if file.kind is Kind.REFUSED else "登记"
            register.append(Registered(file, _named(file, roster), standing, file.refused))
    told = {each.file.place for each in register}
    for file in held:
        if file.place not in told:  # a report without its workbook
            why = "没有和它对应的填报表，没有核验；请报送填报表"
            register.append(Registered(file, _named(file, roster), "登记", why))
    register.sort(key=lambda each: each.file.place)
    known = {unit: match(unit, roster) for unit in versions}
    sent = {unit.name for unit in known.values() if unit is not None}
    missing = tuple(unit for unit in roster if unit.name not in sent)
    strangers = {unit: nearest(unit, missing) for unit in sorted(known) if roster and known[unit] is None}
    return Collection(tuple(units), tuple(register), missing, strangers, tuple(roster))


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


def _unit_result(
    unit: str,
    versions: Sequence[Received],
    results: Mapping[str, Result],
    held: Sequence[Received],
    making: Making,
    register: list[Registered],
) -> UnitResult:
    """The latest workbook of a unit, and its signed report held against it; all versions registered."""
    *earlier, last = sorted(versions, key=lambda each: (each.time, each.place))
    result = results[last.digest]
    for file in earlier:
        same = "内容相同的另一份" if file.digest == last.digest else "同一单位更晚的一份"
        register.append(Registered(file, unit, "被取代", f"采用了{same}：{last.place}"))
    register.append(Registered(last, unit, "采用"))
    digests = {file.digest for file in versions}
    verified = None
    for file in held:
        if file.kind is not Kind.REPORT or file.content is None:
            continue
        own = made_from(file.content, file.name)
        if own in digests or (not own and file.beside and file.beside == last.beside):
            assert last.content is not None
            verified = one_report(file.content, file.name, last.content, last.name, making)
            register.append(Registered(file, unit, "已核验", verified.verdict))
    return UnitResult(unit, last, result, verified)


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
