"""What reports are made with: a Word template and a rulebook, the shipped ones or others.

A template compiled is kept beside the program's compiled modules, where it is found again at the next start.
"""

import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selfeval_xlsx import files
from selfeval_xlsx.checks import load_rulebook
from selfeval_xlsx.errors import FileAccessError, TemplateError
from selfeval_xlsx.findings import Severity
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.office.package import digest, is_sealed

if TYPE_CHECKING:
    from selfeval_xlsx.report.template import ReportTemplate
    from selfeval_xlsx.template_check.tags import Problem

PREPARED = "prepared.json"
"""Beside the templates of a page or a kit: the compiled template, and what template and rulebook are called."""


@dataclass(frozen=True)
class Kit:
    """What every report of a run is made with."""

    template: "ReportTemplate"
    rules: Rulebook
    template_file: Path
    rules_file: Path


def load(template: Path | None = None, rules: Path | None = None) -> Kit:
    """The shipped template and rulebook, or others.

    Raises:
        SelfEvalError: one of them cannot be used.

    """
    known = _prepared()
    rulebook = load_rules(rules)
    if rules is None and "rules" in known:
        rulebook = replace(rulebook, name=known["rules"])
    files_read = template or files.shipped(files.REPORT), rules or files.shipped(files.RULEBOOK)
    return Kit(_template(template, rulebook, known), rulebook, *files_read)


def prepared(made_with: Kit) -> dict[str, bytes]:
    """The templates a page or a kit carries, with those of ``made_with`` in the place of the shipped ones.

    The report's comes compiled: what compiles one (docxtpl, lxml) is needed no more.
    """
    from selfeval_xlsx.describe import blank_workbook  # noqa: PLC0415 - a report paints no workbook

    known = {
        "template": made_with.template_file.name,
        "digest": made_with.template.digest,
        "compiled": {part: compiled.source for part, compiled in made_with.template.compiled.items()},
        "rules": made_with.rules_file.name,
    }
    return {
        files.REPORT: files.read(made_with.template_file),
        files.RULEBOOK: files.read(made_with.rules_file),
        files.WORKBOOK: blank_workbook(made_with.rules),
        files.MAIL: files.read(files.shipped(files.MAIL)),
        PREPARED: json.dumps(known, ensure_ascii=False, sort_keys=True).encode(),
    }


def _prepared() -> Mapping[str, Any]:
    path = files.shipped(PREPARED)
    known: dict[str, Any] = json.loads(files.read_text(path)) if path.exists() else {}
    return known


def load_rules(own: Path | None = None) -> Rulebook:
    """The shipped rulebook, or another.

    Raises:
        SelfEvalError: it cannot be used.

    """
    path = own or files.shipped(files.RULEBOOK)
    return replace(load_rulebook(files.read_text(path)), name=path.name)


def _template(own: Path | None, rules: Rulebook, known: Mapping[str, Any]) -> "ReportTemplate":
    """The template to use; one that is not as shipped is checked first, but not once more after that.

    ``known`` is what a page or a kit knows of its template.
    """
    from selfeval_xlsx.report import language  # noqa: PLC0415 - a rulebook alone does without
    from selfeval_xlsx.report.template import (  # noqa: PLC0415
        Compiled,
        ReportTemplate,
        as_bytes,
        from_bytes,
        key_of,
    )

    path = own or files.shipped(files.REPORT)
    data = files.read(path)
    name = known.get("template", path.name) if own is None else path.name
    key = key_of(data)
    found = kept(key)
    if found is not None:
        return ReportTemplate(data, name, from_bytes(found))
    compiled = None
    if own is None and known.get("digest") == digest(data):
        sources = known["compiled"].items()
        compiled = {part: Compiled(source, language.compiled(source)) for part, source in sources}
    elif own or not is_sealed(data):
        problems = template_problems(path, rules)
        errors = [problem for problem in problems if problem.severity is Severity.ERROR]
        if errors:
            more = f"另有 {len(errors) - 1} 处错误，" if len(errors) > 1 else ""
            advice = f"{more}运行 selfeval template check {path} 可列出全部问题。"
            raise TemplateError(f"报告模板 {path.name} 不能使用。{errors[0]}\n{advice}")
    template = ReportTemplate(data, name, compiled)
    keep(key, as_bytes(template.compiled))
    return template


def template_problems(path: Path, rules: Rulebook) -> list["Problem"]:
    """Everything wrong with the Word template at ``path``, which may print the fields that ``rules`` adds.

    Raises:
        SelfEvalError: no file, or not a Word file that can be used.

    """
    from selfeval_xlsx.template_check import problems, vocabulary  # noqa: PLC0415 - the shipped template does without

    return problems(files.read(path), path.name, vocabulary.vocabulary(rules), vocabulary.trials(rules))


# --- what is kept for the next start ------------------------------------------------------------

FOLDER = Path(__file__).parent / "__pycache__"
ROOM = 8
"""So many things are kept; the oldest make room."""

_SEAL = hashlib.sha256().digest_size


def kept(key: str) -> bytes | None:
    """What was kept under ``key``; None where nothing was, or not whole."""
    try:
        found = _path(key).read_bytes()
    except OSError:
        return None
    seal, content = found[:_SEAL], found[_SEAL:]
    return content if hashlib.sha256(content).digest() == seal else None


def keep(key: str, content: bytes) -> None:
    """Keep ``content``, where the folder can be written and Python keeps compiled modules at all."""
    if sys.dont_write_bytecode or not FOLDER.is_dir():
        return
    try:
        files.write(_path(key), hashlib.sha256(content).digest() + content)
        for old in sorted(FOLDER.glob(_path("*").name), key=lambda path: path.stat().st_mtime)[:-ROOM]:
            old.unlink()
    except (FileAccessError, OSError):
        return


def _path(key: str) -> Path:
    return FOLDER / f"{key}.kept"
