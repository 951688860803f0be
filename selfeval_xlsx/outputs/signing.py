"""A report after it was made: held against its workbook when it comes back edited, with what is written then; sent by mail."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from selfeval_xlsx import files
from selfeval_xlsx.errors import NotAReportError, SelfEvalError
from selfeval_xlsx.findings import Severity, gravest_first, tally
from selfeval_xlsx.office.package import digest, is_sealed
from selfeval_xlsx.outputs import mail
from selfeval_xlsx.outputs.report_setup import Kit
from selfeval_xlsx.outputs.written import ADOPTED_SUFFIX, MARK_SUFFIX, Say
from selfeval_xlsx.report.origin import ENCLOSED, facts_in, origin_of
from selfeval_xlsx.signed.differences import Difference
from selfeval_xlsx.signed.paragraphs import Document, read_document
from selfeval_xlsx.signed.verification import Verification, adopt, marked_copy, verify
from selfeval_xlsx.workbook.reader import read_workbook

VERIFIED_SUFFIX = "（核验批注）"
"""Ends the name of a copy of an edited report with its differences as comments."""

_MOST = 200
"""Workbooks of a folder that are looked at."""


def workbook_of(report: Path, document: Document, given: Sequence[Path] = ()) -> Path | None:
    """The workbook that ``report`` was made from: the only one ``given``; of several, or those beside it, by its digest.

    Where none has the digest, the only one of the same unit and year.
    """
    if len(given) == 1:
        return given[0]
    books = list(given) or [
        path
        for path in sorted(report.parent.glob("*.xlsx"))[:_MOST]
        if not path.name.startswith(("~$", ".")) and MARK_SUFFIX not in path.name
    ]
    origin, facts = origin_of(document.properties), facts_in(document.properties) or {}
    if origin is not None:
        same = [path for path in books if digest(_content(path)) == origin.workbook]
        if same:
            return same[0]
    named = facts.get("单位", ""), facts.get("年度", "")
    alike = [path for path in books if facts and _identity(path) == named]
    return alike[0] if len(alike) == 1 else None


def _content(path: Path) -> bytes:
    try:
        return files.read(path)
    except SelfEvalError:
        return b""


def _identity(path: Path) -> tuple[str, str]:
    try:
        identity = read_workbook(_content(path), path.name).overview.identity
    except SelfEvalError:
        return "", ""
    return identity.unit_name.show(), identity.year.show()


def verified(report: Path, book: Path, given: Kit) -> Verification:
    """How ``report`` differs from what ``book`` gives today.

    Raises:
        SelfEvalError: one of the files cannot be used.

    """
    return verify(files.named(report), files.named(book), given.template, given.rules)


def say_verified(result: Verification, say: Say) -> None:
    """Where the report comes from, and every difference, the gravest first."""
    for remark in (result.provenance.value, *result.remarks):
        say(f"  {remark}。")
    for difference in gravest_first(result.differences):
        say(f"  {difference}")
    say(f"  核验结果：{tally(result.differences) or '与工作簿一致'}。")


def write_verified(
    report: Path, differences: Sequence[Difference], say: Say, target: Path | None = None
) -> None:
    """Write a copy of ``report`` with a comment on each difference, beside it or to ``target``, and say so.

    Raises:
        SelfEvalError: the report cannot be commented on, or the copy not be written.

    """
    copy = marked_copy(files.named(report), differences)
    path = target or report.with_name(f"{report.stem}{VERIFIED_SUFFIX}.docx")
    say(f"  已写出批注副本：{files.write_new(path, copy)}")


def write_adopted(
    book: Path, differences: Sequence[Difference], given: Kit, say: Say, target: Path | None = None
) -> None:
    """Write a new workbook with the words of the report in their cells, beside ``book`` or to ``target``.

    What was taken and what was not is said.

    Raises:
        SelfEvalError: the workbook cannot be used, or the new one not be written.

    """
    adopted = adopt(files.named(book), given.rules, differences)
    for line in adopted.lines:
        say(f"  {line}")
    if adopted.workbook is not None:
        path = target or book.with_name(f"{book.stem}{ADOPTED_SUFFIX}.xlsx")
        say(f"  已写出新的填报表：{files.write_new(path, adopted.workbook)}（原来的没有改动）")


def _pass(report: Path, document: Document, book: Path | None, given: Kit, say: Say) -> None:
    """Let an edited report go out whose figures are still the workbook's; its changes are told.

    Raises:
        NotAReportError: its workbook is not there to hold it against, or figures differ.

    """
    held = book or workbook_of(report, document)
    if held is None:
        raise NotAReportError(
            f"{report.name} 生成以后改动或另存过，旁边又找不到生成它的填报表，不能核验，没有写邮件。"
            f"请指明填报表：selfeval mail {report.name} 填报表.xlsx"
        )
    result = verified(report, held, given)
    errors = [f"  {difference}" for difference in result.differences if difference.severity is Severity.ERROR]
    if errors:
        told = "\n".join(errors)
        raise NotAReportError(
            f"{report.name} 与 {held.name} 有 {len(errors)} 处数字或关键内容不一致，没有写邮件。改好以后再写：\n{told}"
        )
    say(f"  {report.name} 生成以后改动或另存过，已对照 {held.name} 核验：")
    say_verified(result, say)


def write_mail(report: Path, given: Kit, say: Say, book: Path | None = None, *, draft: bool = False) -> None:
    """Write an unsent e-mail with ``report`` attached, and its text to paste, beside it; say so.

    A report that was edited since it was made is first held against ``book``, or the workbook beside it, and its
    changes are told.

    Raises:
        SelfEvalError: the file is no report of this program; it was edited and its figures are not the workbook's, or
            the workbook is not to be found; or it is a draft and ``draft`` is not asked for.

    """
    content = files.read(report)
    document = read_document(content, report.name)
    properties = document.properties
    facts, origin = facts_in(properties), origin_of(properties)
    if facts is None or origin is None:
        raise NotAReportError(
            f"{report.name} 不是本程序生成的正式报告（或文档属性已丢失），不能写邮件。请用 selfeval report 重新生成。"
        )
    if origin.draft and not draft:
        raise NotAReportError(
            f"{report.name} 是草稿，不得报送。改正问题后重新生成；确要发送草稿，加 --draft。"
        )
    if not is_sealed(content):
        _pass(report, document, book, given, say)
    letter = mail.letter_with(report.name, facts)
    if origin.draft:
        letter = replace(letter, subject=f"{mail.DRAFT}{letter.subject}")
    written = files.write_new(report.with_suffix(".eml"), mail.draft(letter, [(report.name, content)]))
    text = files.write_new(report.with_suffix(".邮件.txt"), letter.text.encode("utf-8-sig"))
    say(f"  已写好邮件草稿（没有发送）：{written}")
    say(f"  邮件文字：{text}（邮件程序打不开草稿时，从这里粘贴，并附上报告）")
    if not letter.to:
        say("  填报表里没有可用的报送邮箱，收件人请自己填写。")
    if facts.get(ENCLOSED):
        say(f"  邮件里只附了报告；单位自备的附件请自己加进去：{facts[ENCLOSED]}。")
