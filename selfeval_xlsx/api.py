"""For programs: read a workbook, check it, render its report, write one, hold a report that was edited against it.

Same nouns as the commands. An argument of a wrong type is refused by name at once, before anything is read.
"""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from selfeval_xlsx import checks, describe, files
from selfeval_xlsx.findings import CheckResult, Finding
from selfeval_xlsx.form import rulebook
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.data import from_data, parsed
from selfeval_xlsx.form.form import SelfEvaluation as SelfEvaluation
from selfeval_xlsx.office.provenance import Origin, origin_of
from selfeval_xlsx.report import context
from selfeval_xlsx.report.template import ReportTemplate
from selfeval_xlsx.signed import verification
from selfeval_xlsx.signed.paragraphs import read_document
from selfeval_xlsx.signed.verification import Verification as Verification
from selfeval_xlsx.workbook import author, reader


class Rulebook(rulebook.Rulebook):
    """The thresholds and points that apply: those of the form, or a district's own."""

    @classmethod
    def load(cls, path: str | Path) -> "Rulebook":
        """The rulebook at ``path``, a .toml file like ``templates/口径.toml``.

        Raises:
            SelfEvalError: it cannot be read, or a setting is unknown or out of bounds.

        """
        _expect("Rulebook.load", "path", path, str, Path)
        own = checks.load_rulebook(files.read_text(Path(path)))
        return cls(**{each.name: getattr(own, each.name) for each in fields(own)})


class Template:
    """A Word template, compiled once.

    Raises:
        SelfEvalError: it cannot be read, or is no template.

    """

    def __init__(self, path: str | Path | None = None) -> None:
        """The template at ``path``, a .docx file; the shipped one where none is given."""
        _expect("Template", "path", path, str, Path, type(None))
        file = files.shipped(files.REPORT) if path is None else Path(path)
        self.compiled = ReportTemplate(files.read(file), file.name)

    def render(self, evaluation: SelfEvaluation, rules: rulebook.Rulebook | None = None) -> bytes:
        """The report of ``evaluation`` as .docx bytes. Check the evaluation first: this does not.

        Raises:
            SelfEvalError: the template asks for what does not exist.

        """
        _expect("Template.render", "evaluation", evaluation, SelfEvaluation)
        _expect("Template.render", "rules", rules, rulebook.Rulebook, type(None))
        used = rules or rulebook.Rulebook()
        return context.render(completed(evaluation, used), self.compiled, used)


def read_workbook(path: str | Path, rules: rulebook.Rulebook | None = None) -> SelfEvaluation:
    """What stands in the workbook at ``path``, unjudged; ``rules`` may add fields to the form.

    Raises:
        SelfEvalError: it cannot be read, or is not this form.

    """
    _expect("read_workbook", "path", path, str, Path)
    _expect("read_workbook", "rules", rules, rulebook.Rulebook, type(None))
    book = Path(path)
    return reader.read_workbook(files.read(book), book.name, (rules or rulebook.Rulebook()).plan)


def fill(data: Mapping[str, Any] | str | Path, rules: rulebook.Rulebook | None = None) -> SelfEvaluation:
    """The evaluation that ``data`` describes: JSON data, or the path of a .json file, as ``show --json`` prints it.

    ``rules`` may add fields to the form.

    Raises:
        SelfEvalError: a key the form does not have, or a file that cannot be read.

    """
    _expect("fill", "data", data, Mapping, str, Path)
    _expect("fill", "rules", rules, rulebook.Rulebook, type(None))
    given = data if isinstance(data, Mapping) else parsed(files.read_text(Path(data)), str(data))
    return from_data(given, rules)


def write_workbook(
    evaluation: SelfEvaluation, path: str | Path, rules: rulebook.Rulebook | None = None
) -> None:
    """Write ``evaluation`` as a workbook to fill in further under ``rules``; the file is there whole or not at all.

    Raises:
        SelfEvalError: a text is too long for a cell, or the file cannot be written.

    """
    _expect("write_workbook", "evaluation", evaluation, SelfEvaluation)
    _expect("write_workbook", "path", path, str, Path)
    _expect("write_workbook", "rules", rules, rulebook.Rulebook, type(None))
    used = rules or rulebook.Rulebook()
    files.write(Path(path), author.paint(evaluation, describe.rule_rows(used), used))


def check(evaluation: SelfEvaluation, rules: rulebook.Rulebook | None = None) -> CheckResult:
    """Hold ``evaluation`` against every rule."""
    _expect("check", "evaluation", evaluation, SelfEvaluation)
    _expect("check", "rules", rules, rulebook.Rulebook, type(None))
    return checks.check(evaluation, rules)


def findings_at(result: CheckResult, key: str) -> tuple[Finding, ...]:
    """The findings on the field of ``key``, or on those below it: ``budget.lines.total``."""
    _expect("findings_at", "result", result, CheckResult)
    _expect("findings_at", "key", key, str)
    return tuple(each for each in result.findings if each.key == key or each.key.startswith(f"{key}."))


def verify(
    report: str | Path,
    book: str | Path,
    template: Template | None = None,
    rules: rulebook.Rulebook | None = None,
) -> Verification:
    """How the Word file ``report``, edited since it was made, differs from what the workbook ``book`` gives today.

    Raises:
        SelfEvalError: one of the files cannot be used.

    """
    _expect("verify", "report", report, str, Path)
    _expect("verify", "book", book, str, Path)
    _expect("verify", "template", template, Template, type(None))
    _expect("verify", "rules", rules, rulebook.Rulebook, type(None))
    used = template or Template()
    return verification.verify(
        _file(report),
        _file(book),
        used.compiled,
        rules or rulebook.Rulebook(),
    )


def marked_copy(report: str | Path, verified: Verification) -> bytes:
    """The Word file ``report`` with a comment on each difference that ``verified`` tells.

    Raises:
        SelfEvalError: the file cannot be used.

    """
    _expect("marked_copy", "report", report, str, Path)
    _expect("marked_copy", "verified", verified, Verification)
    return verification.marked_copy(_file(report), verified.differences)


def provenance(report: str | Path) -> Origin | None:
    """What the Word file ``report`` was made from, as digests; None where it does not tell.

    Raises:
        SelfEvalError: the file cannot be used.

    """
    _expect("provenance", "report", report, str, Path)
    return origin_of(read_document(*_file(report)).properties)


def _file(path: str | Path) -> tuple[bytes, str]:
    return files.read(Path(path)), Path(path).name


def _expect(function: str, name: str, value: object, *kinds: type) -> None:
    """Refuse an argument of another type.

    Raises:
        TypeError: it is of none of ``kinds``; names the function, the argument and both types.

    """
    if not isinstance(value, kinds):
        wanted = "、".join("None" if kind is type(None) else kind.__name__ for kind in kinds)
        raise TypeError(f"{function} 的 {name} 要 {wanted}，收到的是 {type(value).__name__}")
