"""The double-click flow: workbooks in, reports or marked copies beside them, the result in plain words."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from selfeval_xlsx import files
from selfeval_xlsx.errors import NotThisFormError, SelfEvalError
from selfeval_xlsx.form.values import answers_of
from selfeval_xlsx.job import Outcome, make_report
from selfeval_xlsx.office.provenance import is_sealed
from selfeval_xlsx.outputs import report_setup
from selfeval_xlsx.outputs.written import (
    MARK_SUFFIX,
    Say,
    Status,
    Written,
    marked_path,
    say_findings,
    total,
    write_mail,
    write_outcome,
)

Ask = Callable[[str], str]


def workbooks(paths: Iterable[Path], say: Say) -> list[tuple[Path, bool]]:
    """The workbooks to handle, and whether each was named itself; a folder gives those lying in it."""
    found: list[tuple[Path, bool]] = []
    for path in paths:
        found += [(book, False) for book in _inside(path, say)] if path.is_dir() else [(path, True)]
    return list(dict.fromkeys(found))


def _inside(folder: Path, say: Say) -> Iterator[Path]:
    """The workbooks of ``folder``; of one and its marked copies, what was saved last by hand."""
    books = [path for path in folder.iterdir() if path.suffix.lower() == ".xlsx"]
    books = [path for path in books if not path.name.startswith(("~$", ".")) and not _untouched(path)]
    for _, versions in groupby(sorted(books, key=marked_path), marked_path):
        *older, last = sorted(versions, key=lambda path: path.stat().st_mtime_ns)
        for path in older:
            say(f"{path.name}\n  跳过：{last.name} 改得更晚，这次用它。要用这一份，请把它拖到脚本上。")
        yield last


def _untouched(path: Path) -> bool:
    """Whether ``path`` is a marked copy nobody has saved since it was made."""
    try:
        return MARK_SUFFIX in path.name and is_sealed(files.read(path))
    except SelfEvalError:
        return False  # told when its turn comes


def handle(
    book: Path, given: report_setup.Kit, say: Say, before: Sequence[Written], *, named: bool
) -> Written:
    """One workbook of the double-click flow. Workbooks that only lie in the folder may be passed over."""
    say(f"{book.name}")
    try:
        outcome = make_report(files.read(book), book.name, given.template, given.rules)
    except NotThisFormError as error:
        say(f"  {error}" if named else "  跳过：不是绩效自评填报表。")
        return Written(Status.UNUSABLE) if named else Written(Status.SKIPPED)
    except SelfEvalError as error:
        say(f"  {error}")
        return Written(Status.UNUSABLE)
    if not named and _is_blank(outcome):
        say("  跳过：还是空白表，没有填写。")
        return Written(Status.SKIPPED)
    say_findings(outcome, say)
    try:
        return write_outcome(outcome, book, say, before=before)
    except SelfEvalError as error:
        say(f"  {error}")
        return Written(Status.UNUSABLE)


def _is_blank(outcome: Outcome) -> bool:
    preset = {"overview.identity.money_unit", "overview.identity.year"}
    return all(answer.blank for key, answer in answers_of(outcome.evaluation) if key not in preset)


def serve(arguments: list[str], say: Say, ask: Ask | None = None) -> int:
    """Handle the workbooks dropped on the script; returns the exit status.

    ``ask`` puts a question to the person before the screen, if there is one.
    """
    books = workbooks((Path(argument) for argument in arguments or ["."]), say)
    if not books:
        say("没有找到要处理的工作簿（.xlsx）。请把填好的填报表放在本文件夹，或拖到脚本上。")
        return Status.UNUSABLE.value
    given = report_setup.load()
    written: list[Written] = []
    for book, named in books:
        written.append(handle(book, given, say, written, named=named))
    fared = [each.status for each in written if each.status is not Status.SKIPPED]
    if not fared:
        say("没有填好的填报表。请填写后再试。")
        return Status.UNUSABLE.value
    say("")
    say(total(written))
    if ask is not None:
        _offer_mail([each.report for each in written if each.report is not None], say, ask)
    return max(int(status.value) for status in fared)


def _offer_mail(reports: list[Path], say: Say, ask: Ask) -> None:
    if reports and ask("要写好附有报告的邮件草稿吗？要就输入 y，不要请直接按回车：").strip().lower() == "y":
        for report in reports:
            try:
                write_mail(report, say)
            except SelfEvalError as error:
                say(f"  {error}")
