"""The double-click flow: workbooks in, reports or marked copies beside them, the result in plain words."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from selfeval_xlsx import files
from selfeval_xlsx.errors import NotThisFormError, SelfEvalError, reason
from selfeval_xlsx.job import Outcome, make_report
from selfeval_xlsx.office.package import is_sealed
from selfeval_xlsx.outputs import report_setup
from selfeval_xlsx.outputs.written import (
    MARK_SUFFIX,
    Say,
    Status,
    Written,
    say_findings,
    total,
    version_of,
    write_outcome,
    write_pdf,
    write_proof,
)

Ask = Callable[[str], str]


def workbooks(paths: Iterable[Path], say: Say) -> list[tuple[Path, bool]]:
    """The workbooks to handle, and whether each was named itself; a folder gives those lying in it."""
    books = dict[tuple[Path, bool], None]()
    for path in paths:
        books |= dict.fromkeys(
            ((book, False) for book in _inside(path, say)) if path.is_dir() else [(path, True)]
        )
    return list(books)


def _inside(folder: Path, say: Say) -> Iterator[Path]:
    """The workbooks of ``folder``; of one and its copies, marked or with words of an edited report, what was saved last."""
    try:
        books = [path for path in folder.iterdir() if path.suffix.lower() == ".xlsx"]
    except OSError:
        say(f"{folder}\n  没有权限打开这个文件夹，没有处理。")
        return
    books = [path for path in books if not path.name.startswith(("~$", ".")) and not _untouched(path)]
    for _, versions in groupby(sorted(books, key=version_of), version_of):
        *older, last = sorted(versions, key=_saved_at)
        for path in older:
            say(f"{path.name}\n  跳过：{last.name} 改得更晚，这次用它。要用这一份，请把它拖到脚本上。")
        yield last


def _saved_at(path: Path) -> int:
    """When a file was last saved; 0 of a link that leads nowhere."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _untouched(path: Path) -> bool:
    """Whether ``path`` is a marked copy nobody has saved since it was made."""
    try:
        return MARK_SUFFIX in path.name and is_sealed(files.read(path))
    except SelfEvalError:
        return False  # told when its turn comes


@dataclass(frozen=True)
class Handled:
    """One workbook of the flow: what was found in it, if it could be read, and what was written."""

    book: Path
    written: Written
    outcome: Outcome | None = None


def handle(
    book: Path, given: report_setup.Kit, say: Say, before: Sequence[Written], *, named: bool
) -> Handled:
    """One workbook of the double-click flow. Workbooks that only lie in the folder may be passed over."""
    say(f"{book.name}")
    try:
        outcome = make_report(*files.named(book), given.template, given.rules)
        if not named and _is_blank(outcome):
            say("  跳过：还是空白表，没有填写。")
            return Handled(book, Written(Status.SKIPPED))
        say_findings(outcome, say)
        return Handled(book, write_outcome(outcome, book, say, before=before), outcome)
    except NotThisFormError as error:
        say(f"  {error}" if named else "  跳过：不是绩效自评填报表。")
        return Handled(book, Written(Status.UNUSABLE if named else Status.SKIPPED))
    except Exception as error:  # noqa: BLE001 - a fault that nobody foresaw stops no other workbook
        say(f"  {reason(error, '没有能处理')}")
    return Handled(book, Written(Status.UNUSABLE))


def _is_blank(outcome: Outcome) -> bool:
    preset = {"overview.identity.money_unit", "overview.identity.year"}
    return all(answer.blank for key, answer in outcome.evaluation.answers.items() if key not in preset)


def serve(arguments: list[str], say: Say, ask: Ask | None = None) -> int:
    """Handle the workbooks, and the edited reports, dropped on the script; returns the exit status.

    ``ask`` puts a question to the person before the screen, if there is one.
    """
    paths = [Path(argument) for argument in arguments or ["."]]
    reports = [path for path in paths if path.suffix.lower() == ".docx"]
    if reports:
        held = [path for path in paths if path.suffix.lower() == ".xlsx"]
        return max(int(verify(report, held, say, ask).value) for report in reports)
    books = workbooks(paths, say)
    if not books:
        say("没有找到要处理的工作簿（.xlsx）。请把填好的填报表放在本文件夹，或拖到脚本上。")
        return Status.UNUSABLE.value
    given = report_setup.load()
    handled: list[Handled] = []
    for book, named in books:
        handled.append(handle(book, given, say, [done.written for done in handled], named=named))
    written = [done.written for done in handled]
    fared = [made.status for made in written if made.status is not Status.SKIPPED]
    if not fared:
        say("没有填好的填报表。请填写后再试。")
        return Status.UNUSABLE.value
    say("")
    say(total(written))
    if ask is not None:
        offer([done for done in handled if done.outcome is not None], given, say, ask)
    return max(int(status.value) for status in fared)


# --- reports that come back edited ----------------------------------------------------------------


def verify(report: Path, books: Sequence[Path], say: Say, ask: Ask | None) -> Status:
    """Hold an edited report against its workbook: the one among ``books``, or the one beside it.

    A copy with comments is written where anything differs, and words are offered to be taken into a new workbook.
    """
    from selfeval_xlsx.outputs import signing  # noqa: PLC0415 - only here a Word file is read
    from selfeval_xlsx.signed.paragraphs import read_document  # noqa: PLC0415

    say(f"{report.name}")
    try:
        document = read_document(*files.named(report))
        book = signing.workbook_of(report, document, books)
        if book is None:
            say("  旁边没有找到生成它的填报表。请把报告和填报表一起拖到脚本上。")
            return Status.UNUSABLE
        say(f"  对照 {book.name}")
        given = report_setup.load()
        result = signing.verified(report, book, given)
        signing.say_verified(result, say)
        if result.differences:
            signing.write_verified(report, result.differences, say)
            say(
                "  请打开它逐条看：该改报告的，在报告里改好，再拖到脚本上核验；该改填报表的，改好后重新生成报告。"
            )
        worded = any(difference.of_words for difference in result.differences)
        question = "要把改过的文字写进一份新的填报表吗？1 写；直接按回车不写："
        if worded and ask is not None and ask(question).strip() == "1":
            signing.write_adopted(book, result.differences, given, say)
        return Status.TO_CORRECT if result.figures_differ else Status.DONE
    except Exception as error:  # noqa: BLE001 - a fault that nobody foresaw stops no other report
        say(f"  {reason(error, '没有能核验')}")
    return Status.UNUSABLE


MOST_WRONG = 3
"""Keys in a row that name nothing before the script stops asking."""

# --- what is offered after a run ----------------------------------------------------------------


def offer(handled: Sequence[Handled], given: report_setup.Kit, say: Say, ask: Ask) -> None:
    """More of what was read, by one key each, until the person is done, or three keys in a row named nothing."""
    offers = [choice for choice in OFFERS if any(map(choice.fits, handled))]
    words = "，".join(f"{number} {choice.name}" for number, choice in enumerate(offers, start=1))
    wrong, more = 0, dict[Path, Written]()
    while offers and wrong < MOST_WRONG:
        key = ask(f"还要做什么？{words}；直接按回车结束：").strip()
        if not key:
            return
        if not key.isdecimal() or not 1 <= int(key) <= len(offers):
            say("没有这一项，请输入上面的一个数字，或直接按回车。")
            wrong += 1
            continue
        wrong = 0
        chosen = offers[int(key) - 1]
        for one in filter(chosen.fits, handled):
            try:
                others = [written for book, written in more.items() if book != one.book]
                made = chosen.make(one, given, say, others)
                if made is not None:
                    more[one.book] = made
            except SelfEvalError as error:
                say(f"  {error}")


def _pdf(one: Handled, _: report_setup.Kit, say: Say, __: Sequence[Written]) -> None:
    write_pdf(_report(one), say)


def _proof(one: Handled, given: report_setup.Kit, say: Say, _: Sequence[Written]) -> None:
    assert one.outcome is not None
    write_proof(one.outcome, given, _report(one), say)


def _mail(one: Handled, given: report_setup.Kit, say: Say, _: Sequence[Written]) -> None:
    from selfeval_xlsx.outputs import signing  # noqa: PLC0415 - few ask for it

    signing.write_mail(_report(one), given, say)


def _report(one: Handled) -> Path:
    assert one.written.report is not None
    return one.written.report


def _draft(one: Handled, given: report_setup.Kit, say: Say, before: Sequence[Written]) -> Written:
    outcome = make_report(*files.named(one.book), given.template, given.rules, draft=True)
    return write_outcome(replace(outcome, marked=None), one.book, say, before=before)


def _next_year(one: Handled, given: report_setup.Kit, say: Say, _: Sequence[Written]) -> None:
    from selfeval_xlsx.earlier.reading import carried_on  # noqa: PLC0415 - few ask for it

    assert one.outcome is not None
    content, name = carried_on(one.outcome.evaluation, given.rules)
    say(f"  已写出下年的填报表：{files.write_kept(one.book.with_name(name), content)}")


@dataclass(frozen=True)
class Offer:
    """Something more to make of a workbook."""

    name: str
    fits: Callable[[Handled], bool]
    make: Callable[[Handled, report_setup.Kit, Say, Sequence[Written]], Written | None]
    """Takes what was made of other workbooks, which it must not write over."""


def _has_report(one: Handled) -> bool:
    return one.written.report is not None


OFFERS = (
    Offer("导出 PDF", _has_report, _pdf),
    Offer("核对底稿（每个数字的出处）", _has_report, _proof),
    Offer("邮件草稿", _has_report, _mail),
    Offer("有错误的也要一份草稿", lambda one: not _has_report(one), _draft),
    Offer("下年的填报表", lambda one: one.outcome is not None, _next_year),
)
