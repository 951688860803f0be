"""The double-click flow: workbooks in, reports or marked copies beside them, the result in plain words."""

import sys
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from selfeval_xlsx import files, resources, rulebook
from selfeval_xlsx.errors import NotThisFormError, SelfEvalError, TemplateError
from selfeval_xlsx.faults import guarded
from selfeval_xlsx.filling import answers_of
from selfeval_xlsx.findings import Severity, tally
from selfeval_xlsx.job import Outcome, make_report, proof_copy
from selfeval_xlsx.pdf import as_pdf
from selfeval_xlsx.report.attachments import ALL
from selfeval_xlsx.report.template import ReportTemplate
from selfeval_xlsx.seal import is_sealed

if TYPE_CHECKING:
    from selfeval_xlsx.report.problem import Problem

MARK_SUFFIX = "（核对标注）"
"""Ends the name of a marked copy."""

PROOF_SUFFIX = "（核对底稿）"
"""Ends the name of a proof copy."""

Say = Callable[[str], None]


class Status(Enum):
    """How one workbook fared."""

    DONE = 0
    TO_CORRECT = 1
    UNUSABLE = 2
    SKIPPED = 3


@dataclass(frozen=True)
class Tools:
    """What every report of a run is made with."""

    template: ReportTemplate
    rules: rulebook.Rulebook


def tools(template: Path | None = None, rules: Path | None = None) -> Tools:
    """The shipped template and rulebook, or others.

    Raises:
        SelfEvalError: one of them cannot be used.

    """
    rules_path = rules or resources.shipped(resources.RULEBOOK)
    return Tools(_template(template), rulebook.load(files.read_text(rules_path)))


def _template(own: Path | None) -> ReportTemplate:
    """The template to use; one that is not as shipped is checked first."""
    path = own or resources.shipped(resources.REPORT)
    data = files.read(path)
    if own or not is_sealed(data):
        errors = [each for each in template_problems(path) if each.severity is Severity.ERROR]
        if errors:
            more = f"另有 {len(errors) - 1} 处错误，" if len(errors) > 1 else ""
            advice = f"{more}运行 selfeval template check {path} 可列出全部问题。"
            raise TemplateError(f"报告模板 {path.name} 不能使用。{errors[0]}\n{advice}")
    return ReportTemplate(data, path.name)


def template_problems(path: Path) -> list["Problem"]:
    """Everything wrong with the Word template at ``path``.

    Raises:
        SelfEvalError: no file, or not a Word file that can be used.

    """
    from selfeval_xlsx.report import lint, vocabulary  # noqa: PLC0415 - the shipped template does without

    return lint.problems(files.read(path), path.name, vocabulary.vocabulary(), vocabulary.trials())


def marked_path(book: Path) -> Path:
    """Where the marked copy of ``book`` goes; a marked copy that was corrected is marked in its place."""
    stem = book.stem.partition(MARK_SUFFIX)[0]
    return book.with_name(f"{stem}{MARK_SUFFIX}.xlsx")


def write_outcome(outcome: Outcome, book: Path, say: Say, output: Path | None = None) -> Status:
    """Write what ``outcome`` holds beside ``book`` (or to ``output``), and say so."""
    if outcome.report is not None:
        target = report_path(outcome, book, output)
        written = files.write_kept(target, outcome.report)
        if written != target:
            say(f"  原有的 {target.name} 已被手工修改过，没有覆盖；新报告另存一份。")
        say(f"  已生成报告：{written}")
    if outcome.marked is not None:
        copy = marked_path(book)
        if output is not None:
            copy = (output if output.is_dir() else output.parent) / copy.name
        say(f"  已生成标注副本：{files.write_kept(copy, outcome.marked)}")
        say("  请打开它，改正标红的格子并保存，再运行一次。")
    elif outcome.result.blocked:
        say(
            "  工作簿里有大量空白的格式行，太大，不能生成标注副本；请按上面列出的问题改正，或转填到新的填报表。"
        )
    return Status.TO_CORRECT if outcome.result.blocked else Status.DONE


def report_path(outcome: Outcome, book: Path, output: Path | None = None) -> Path:
    """Where the report goes: beside ``book``, into the folder ``output``, or to the file ``output``."""
    name = f"{files.safe_name(outcome.report_name)}.docx"
    target = output or book.with_name(name)
    return target / name if target.is_dir() else target


def write_pdf(outcome: Outcome, book: Path, say: Say, output: Path | None = None) -> None:
    """Write the report as PDF beside the Word file, and say so.

    Raises:
        FileAccessError: no office program can make it, or it cannot be written.

    """
    target = report_path(outcome, book, output).with_suffix(".pdf")
    files.write(target, as_pdf(outcome.report or b""))
    say(f"  已导出 PDF：{target}")


def write_proof(
    outcome: Outcome,
    given: Tools,
    book: Path,
    say: Say,
    output: Path | None = None,
    attachments: Collection[str] = ALL,
) -> None:
    """Write the proof copy beside the report, and say so."""
    target = report_path(outcome, book, output)
    copy = target.with_name(f"{target.stem}{PROOF_SUFFIX}.docx")
    written = files.write_kept(copy, proof_copy(outcome, given.template, given.rules, attachments))
    say(f"  已生成核对底稿：{written}")


def say_findings(outcome: Outcome, say: Say) -> None:
    """The cells to look at first, every error and warning, and how many notes there are."""
    for suspect in outcome.result.suspects:
        say(f"  {suspect}")
    for severity in (Severity.ERROR, Severity.WARNING):
        for finding in outcome.result.of(severity):
            say(f"  {finding}")
    say(f"  核对结果：{tally(outcome.result.findings) or '没有发现问题'}。")


def workbooks(paths: Iterable[Path]) -> list[tuple[Path, bool]]:
    """The workbooks to handle, and whether each was named itself; a folder gives those lying in it."""
    found: list[tuple[Path, bool]] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.suffix.lower() == ".xlsx" and _is_source(p.name))
            found += [(book, False) for book in inside]
        else:
            found.append((path, True))
    return list(dict.fromkeys(found))


def _corrected_copies(paths: Iterable[Path]) -> list[Path]:
    """Marked copies in the folders among ``paths`` that were saved since they were made: corrected, perhaps."""
    folders = [path for path in paths if path.is_dir()]
    copies = sorted(copy for folder in folders for copy in folder.glob(f"*{MARK_SUFFIX}*.xlsx"))
    return [copy for copy in copies if not copy.name.startswith("~$") and not is_sealed(files.read(copy))]


def _is_source(name: str) -> bool:
    return not name.startswith(("~$", ".")) and MARK_SUFFIX not in name


def handle(book: Path, given: Tools, say: Say, *, named: bool) -> Status:
    """One workbook of the double-click flow. Workbooks that only lie in the folder may be passed over."""
    say(f"{book.name}")
    try:
        outcome = make_report(files.read(book), book.name, given.template, given.rules)
    except NotThisFormError as error:
        say(f"  {error}" if named else "  跳过：不是绩效自评填报表。")
        return Status.UNUSABLE if named else Status.SKIPPED
    except SelfEvalError as error:
        say(f"  {error}")
        return Status.UNUSABLE
    if not named and _is_blank(outcome):
        say("  跳过：还是空白表，没有填写。")
        return Status.SKIPPED
    say_findings(outcome, say)
    try:
        return write_outcome(outcome, book, say)
    except SelfEvalError as error:
        say(f"  {error}")
        return Status.UNUSABLE


def _is_blank(outcome: Outcome) -> bool:
    preset = {"overview.identity.money_unit", "overview.identity.year"}
    return all(answer.blank for key, answer in answers_of(outcome.evaluation) if key not in preset)


def serve(arguments: list[str], say: Say) -> int:
    """Handle the workbooks dropped on the script; returns the exit status."""
    books = workbooks(Path(argument) for argument in arguments or ["."])
    if not books:
        say("没有找到要处理的工作簿（.xlsx）。请把填好的填报表放在本文件夹，或拖到脚本上。")
        return Status.UNUSABLE.value
    given = tools()
    for copy in _corrected_copies(Path(argument) for argument in arguments or ["."]):
        say(f"{copy.name}\n  跳过：这是标注副本。如果已在它上面改好，请把它拖到脚本上。")
    fared = [handle(book, given, say, named=named) for book, named in books]
    counts = {status: fared.count(status) for status in Status}
    handled = len(fared) - counts[Status.SKIPPED]
    if not handled:
        say("没有填好的填报表。请填写后再试。")
        return Status.UNUSABLE.value
    say("")
    say(
        f"共处理 {handled} 份：生成报告 {counts[Status.DONE]} 份，需改正 {counts[Status.TO_CORRECT]} 份，"
        f"不能使用 {counts[Status.UNUSABLE]} 份。"
    )
    return max(int(status.value) for status in fared if status is not Status.SKIPPED)


def main() -> None:
    """``python -m selfeval_xlsx.desk [WORKBOOK or FOLDER …]``."""
    sys.exit(guarded(lambda: serve(sys.argv[1:], print)))


if __name__ == "__main__":
    main()
