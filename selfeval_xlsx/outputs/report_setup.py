"""What reports are made with: a Word template and a rulebook, the shipped ones or others."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from selfeval_xlsx import files
from selfeval_xlsx.checks import load_rulebook
from selfeval_xlsx.errors import TemplateError
from selfeval_xlsx.findings import Severity
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.office.provenance import is_sealed
from selfeval_xlsx.outputs import cache

if TYPE_CHECKING:
    from selfeval_xlsx.report.template import ReportTemplate
    from selfeval_xlsx.template_check.places import Problem


@dataclass(frozen=True)
class Kit:
    """What every report of a run is made with."""

    template: "ReportTemplate"
    rules: Rulebook


def load(template: Path | None = None, rules: Path | None = None) -> Kit:
    """The shipped template and rulebook, or others.

    Raises:
        SelfEvalError: one of them cannot be used.

    """
    return Kit(_template(template), load_rules(rules))


def load_rules(own: Path | None = None) -> Rulebook:
    """The shipped rulebook, or another.

    Raises:
        SelfEvalError: it cannot be used.

    """
    return load_rulebook(files.read_text(own or files.shipped(files.RULEBOOK)))


def _template(own: Path | None) -> "ReportTemplate":
    """The template to use; one that is not as shipped is checked first, but not once more after that."""
    from selfeval_xlsx.report.template import (  # noqa: PLC0415 - a rulebook alone does without
        ReportTemplate,
        as_bytes,
        from_bytes,
        key_of,
    )

    path = own or files.shipped(files.REPORT)
    data = files.read(path)
    key = key_of(data)
    kept = cache.taken(key)
    if kept is not None:
        return ReportTemplate(data, path.name, from_bytes(kept))
    if own or not is_sealed(data):
        errors = [each for each in template_problems(path) if each.severity is Severity.ERROR]
        if errors:
            more = f"另有 {len(errors) - 1} 处错误，" if len(errors) > 1 else ""
            advice = f"{more}运行 selfeval template check {path} 可列出全部问题。"
            raise TemplateError(f"报告模板 {path.name} 不能使用。{errors[0]}\n{advice}")
    template = ReportTemplate(data, path.name)
    cache.put(key, as_bytes(template.compiled))
    return template


def template_problems(path: Path) -> list["Problem"]:
    """Everything wrong with the Word template at ``path``.

    Raises:
        SelfEvalError: no file, or not a Word file that can be used.

    """
    from selfeval_xlsx.template_check import lint, vocabulary  # noqa: PLC0415 - the shipped template does without

    return lint.problems(files.read(path), path.name, vocabulary.vocabulary(), vocabulary.trials())
