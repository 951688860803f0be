"""For programs: read a workbook, check it, render its report, write one. Same nouns as the commands."""

from pathlib import Path

from selfeval_xlsx import describe, files
from selfeval_xlsx.checks import check
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.report import rendering
from selfeval_xlsx.report.template import ReportTemplate
from selfeval_xlsx.workbook import author, reader


def read_workbook(path: str | Path) -> SelfEvaluation:
    """What stands in the workbook at ``path``, unjudged.

    Raises:
        SelfEvalError: it cannot be read, or is not this form.

    """
    book = Path(path)
    return reader.read_workbook(files.read(book), book.name)


def write_workbook(evaluation: SelfEvaluation, path: str | Path) -> None:
    """Write ``evaluation`` as a workbook to fill in further; the file is there whole or not at all.

    Raises:
        SelfEvalError: a text is too long for a cell, or the file cannot be written.

    """
    files.write(Path(path), author.paint(evaluation, describe.rule_rows()))


class Template:
    """A Word template, compiled once.

    Raises:
        SelfEvalError: it cannot be read, or is no template.

    """

    def __init__(self, path: str | Path) -> None:
        file = Path(path)
        self._template = ReportTemplate(files.read(file), file.name)

    def render(self, evaluation: SelfEvaluation, rules: Rulebook | None = None) -> bytes:
        """The report of ``evaluation`` as .docx bytes. Check the evaluation first: this does not.

        Raises:
            SelfEvalError: the template asks for what does not exist.

        """
        rulebook = rules or Rulebook()
        return rendering.render(completed(evaluation, rulebook), self._template, rulebook)


__all__ = ["Rulebook", "SelfEvaluation", "Template", "check", "read_workbook", "write_workbook"]
