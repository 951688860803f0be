"""For programs: read a workbook, check it, render its report, write one, hold a report that was edited against it.

Same nouns as the commands. An argument of a wrong type is refused by name at once, before anything is read.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import wraps
from pathlib import Path
from types import UnionType
from typing import Any, ParamSpec, TypeVar, get_args, get_origin, get_type_hints

from selfeval_xlsx import checks, describe, files
from selfeval_xlsx.findings import CheckResult, Finding
from selfeval_xlsx.form import rulebook
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.data import from_data, parsed
from selfeval_xlsx.form.form import SelfEvaluation as SelfEvaluation
from selfeval_xlsx.report import context
from selfeval_xlsx.report.origin import Origin, origin_of
from selfeval_xlsx.report.template import ReportTemplate
from selfeval_xlsx.signed import verification
from selfeval_xlsx.signed.paragraphs import read_document
from selfeval_xlsx.signed.verification import Verification as Verification
from selfeval_xlsx.workbook import reader

P = ParamSpec("P")
R = TypeVar("R")


def _checked(function: Callable[P, R]) -> Callable[P, R]:
    """``function``, which refuses an argument of another type than it names.

    Raises:
        TypeError: names the function, the argument and both types.

    """
    name = function.__qualname__.removesuffix(".__init__")

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        hints = get_type_hints(function)
        for argument, value in inspect.signature(function).bind(*args, **kwargs).arguments.items():
            hint = hints.get(argument, object)
            allowed = get_args(hint) if isinstance(hint, UnionType) else [hint]
            kinds = [get_origin(kind) or kind for kind in allowed]
            if not isinstance(value, tuple(kinds)):
                wanted = "、".join("None" if kind is type(None) else kind.__name__ for kind in kinds)
                raise TypeError(f"{name} 的 {argument} 要 {wanted}，收到的是 {type(value).__name__}")
        return function(*args, **kwargs)

    return checked


class Rulebook(rulebook.Rulebook):
    """The thresholds and points that apply: those of the form, or a district's own."""

    @classmethod
    @_checked
    def load(cls, path: str | Path) -> "Rulebook":
        """The rulebook at ``path``, a .toml file like ``templates/口径.toml``.

        Raises:
            SelfEvalError: it cannot be read, or a setting is unknown or out of bounds.

        """
        own = checks.load_rulebook(files.read_text(Path(path)))
        return cls(**{setting.name: getattr(own, setting.name) for setting in fields(own)})


class Template:
    """A Word template, compiled once.

    Raises:
        SelfEvalError: it cannot be read, or is no template.

    """

    @_checked
    def __init__(self, path: str | Path | None = None) -> None:
        """The template at ``path``, a .docx file; the shipped one where none is given."""
        file = files.shipped(files.REPORT) if path is None else Path(path)
        self.compiled = ReportTemplate(*files.named(file))

    @_checked
    def render(self, evaluation: SelfEvaluation, rules: rulebook.Rulebook | None = None) -> bytes:
        """The report of ``evaluation`` as .docx bytes. Check the evaluation first: this does not.

        Raises:
            SelfEvalError: the template asks for what does not exist.

        """
        used = rules or rulebook.Rulebook()
        return context.render(completed(evaluation, used), self.compiled, used)


@_checked
def read_workbook(path: str | Path, rules: rulebook.Rulebook | None = None) -> SelfEvaluation:
    """What stands in the workbook at ``path``, unjudged; ``rules`` may add fields to the form.

    Raises:
        SelfEvalError: it cannot be read, or is not this form.

    """
    return reader.read_workbook(*files.named(Path(path)), (rules or rulebook.Rulebook()).plan)


@_checked
def fill(data: Mapping[str, Any] | str | Path, rules: rulebook.Rulebook | None = None) -> SelfEvaluation:
    """The evaluation that ``data`` describes: JSON data, or the path of a .json file, as ``show --json`` prints it.

    ``rules`` may add fields to the form.

    Raises:
        SelfEvalError: a key the form does not have, or a file that cannot be read.

    """
    given = data if isinstance(data, Mapping) else parsed(files.read_text(Path(data)), str(data))
    return from_data(given, rules)


@_checked
def write_workbook(
    evaluation: SelfEvaluation, path: str | Path, rules: rulebook.Rulebook | None = None
) -> None:
    """Write ``evaluation`` as a workbook to fill in further under ``rules``; the file is there whole or not at all.

    Raises:
        SelfEvalError: a text is too long for a cell, or the file cannot be written.

    """
    files.write(Path(path), describe.workbook_of(evaluation, rules or rulebook.Rulebook()))


@_checked
def check(evaluation: SelfEvaluation, rules: rulebook.Rulebook | None = None) -> CheckResult:
    """Hold ``evaluation`` against every rule."""
    return checks.check(evaluation, rules)


@_checked
def findings_at(result: CheckResult, key: str) -> tuple[Finding, ...]:
    """The findings on the field of ``key``, or on those below it: ``budget.lines.total``."""
    return tuple(
        finding for finding in result.findings if finding.key == key or finding.key.startswith(f"{key}.")
    )


@_checked
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
    made_with = (template or Template()).compiled, rules or rulebook.Rulebook()
    return verification.verify(files.named(Path(report)), files.named(Path(book)), *made_with)


@_checked
def marked_copy(report: str | Path, verified: Verification) -> bytes:
    """The Word file ``report`` with a comment on each difference that ``verified`` tells.

    Raises:
        SelfEvalError: the file cannot be used.

    """
    return verification.marked_copy(files.named(Path(report)), verified.differences)


@_checked
def provenance(report: str | Path) -> Origin | None:
    """What the Word file ``report`` was made from, as digests; None where it does not tell.

    Raises:
        SelfEvalError: the file cannot be used.

    """
    return origin_of(read_document(*files.named(Path(report))).properties)
