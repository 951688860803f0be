"""What the page asks of the program inside the browser: one request in, plain data and files out.

The page's script knows no form and no rule; it shows what it is given here. Every text is shown as
text, never as markup. Nothing here touches a file system beyond the shipped templates.
"""

import io
import json
import traceback
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, count
from pathlib import Path
from typing import Any

from selfeval_xlsx import files
from selfeval_xlsx.errors import VERSION, SelfEvalError
from selfeval_xlsx.findings import Finding, gravest_first, verdict
from selfeval_xlsx.job import Outcome, make_report, proof_copy
from selfeval_xlsx.office.package import digest
from selfeval_xlsx.outputs import report_setup
from selfeval_xlsx.outputs.report_setup import Kit
from selfeval_xlsx.report.names import ALL, ATTACHMENTS
from selfeval_xlsx.report.origin import facts_of, origin_of

UNFORESEEN = "处理这份文件时出了意外，其他文件不受影响。请把“故障记录”保存下来，发给维护人员。"


@dataclass(frozen=True)
class File:
    """A file to save: what it is (``report``, ``marked`` …), its name and its content."""

    kind: str
    name: str
    content: bytes


@dataclass(frozen=True)
class Answer:
    """What the page shows, as JSON holds it, and the files it offers to save."""

    shown: Mapping[str, Any]
    offered: Sequence[File] = ()


@cache
def setup() -> Kit:
    """The template and the rulebook that the page was built with; the template comes compiled."""
    return report_setup.load()


def about() -> Answer:
    """What the page is: version, rulebook and template; the attachments to choose from; the blank workbook."""
    made_with = setup()
    attached = made_with.template.attached
    return Answer(
        {
            "version": VERSION,
            "rules": made_with.rules.name,
            "template": made_with.template.name,
            "attachments": [{"key": key, "title": ATTACHMENTS[key]} for key in attached],
        },
        [File("blank", files.WORKBOOK, files.read(files.shipped(files.WORKBOOK)))],
    )


def workbook(name: str, content: bytes, *, draft: bool, attachments: Sequence[str]) -> Answer:
    """One filled workbook: what was found, and the report or the marked copy.

    Raises:
        SelfEvalError: the file is no workbook of this form, or cannot be read.

    """
    outcome = _made(name, content, draft=draft, attachments=attachments)
    return Answer(_told(outcome), _offered(outcome, name))


def _made(name: str, content: bytes, *, draft: bool = True, attachments: Sequence[str] = ALL) -> Outcome:
    return make_report(content, name, setup().template, setup().rules, draft=draft, attachments=attachments)


def _told(outcome: Outcome) -> dict[str, Any]:
    result = outcome.result
    facts = facts_of(outcome.evaluation, result, setup().rules)
    return {
        "unit": facts["单位"],
        "year": facts["年度"],
        "figures": facts["主要数字"],
        "verdict": verdict(result.findings),
        "blocked": result.blocked,
        "draft": outcome.draft,
        "suspects": [str(suspect) for suspect in result.suspects],
        "unchecked": result.unchecked,
        "undone": list(map(str, outcome.undone)),
        "log": "".join(undone.log for undone in outcome.undone),
        "texts": result.texts_in_words,
        "findings": list(map(_finding, gravest_first(result.gathered))),
    }


def _finding(finding: Finding) -> dict[str, str]:
    return {
        "severity": finding.severity.name.lower(),
        "word": finding.severity.value,
        "code": finding.code,
        "place": str(finding.at[0]) if finding.at else "",
        "label": finding.label,
        "message": finding.message,
        "cause": finding.cause,
        "hint": finding.hint,
    }


def _offered(outcome: Outcome, name: str) -> list[File]:
    from selfeval_xlsx.outputs.written import DRAFT_SUFFIX, marked_path  # noqa: PLC0415 - a start does without

    offered = []
    if outcome.report is not None:
        draft = DRAFT_SUFFIX if outcome.draft else ""
        report_name = f"{files.safe_name(outcome.report_name)}{draft}.docx"
        offered.append(File("draft" if outcome.draft else "report", report_name, outcome.report))
    if outcome.marked is not None:
        offered.append(File("marked", marked_path(Path(name)).name, outcome.marked))
    return offered


def proof(name: str, content: bytes, *, attachments: Sequence[str]) -> Answer:
    """The proof copy of a workbook: its report with a comment on each figure.

    Raises:
        SelfEvalError: as :func:`workbook`.

    """
    from selfeval_xlsx.outputs.written import PROOF_SUFFIX  # noqa: PLC0415 - a start does without

    outcome = _made(name, content)
    copy = proof_copy(outcome, setup().template, setup().rules, attachments)
    return Answer({}, [File("proof", f"{files.safe_name(outcome.report_name)}{PROOF_SUFFIX}.docx", copy)])


def mail(name: str, content: bytes, *, report: str) -> Answer:
    """The words of the e-mail that goes with the report of a workbook: address, subject, text.

    Raises:
        SelfEvalError: as :func:`workbook`.

    """
    from selfeval_xlsx.outputs.signing import letter_with  # noqa: PLC0415 - a start does without

    outcome = _made(name, content)
    facts = facts_of(outcome.evaluation, outcome.result, setup().rules)
    return Answer({"mail": letter_with(report, facts).text})


def next_year(name: str, content: bytes) -> Answer:
    """Next year's workbook, carried over from this one.

    Raises:
        SelfEvalError: as :func:`workbook`.

    """
    from selfeval_xlsx.earlier.reading import carried_on  # noqa: PLC0415 - only here a workbook is painted
    from selfeval_xlsx.workbook.reader import read_workbook  # noqa: PLC0415

    book, title = carried_on(read_workbook(content, name, setup().rules.plan), setup().rules)
    return Answer({}, [File("next", title, book)])


def from_report(name: str, content: bytes) -> Answer:
    """Next year's workbook from a Word report of last year, whoever wrote it; what was placed, and what was not.

    Raises:
        SelfEvalError: the file is no Word file.

    """
    from selfeval_xlsx.earlier.reading import next_years_workbook, read_earlier  # noqa: PLC0415 - as above
    from selfeval_xlsx.signed.paragraphs import read_document  # noqa: PLC0415

    book, proposals = next_years_workbook(read_earlier(read_document(content, name)), setup().rules)
    return Answer(
        {"findings": list(map(_finding, proposals))},
        [File("next", f"{Path(name).stem}（下年填报表）.xlsx", book)],
    )


def verify(report: tuple[str, bytes], books: Sequence[tuple[str, bytes]]) -> Answer:
    """An edited Word report held against the workbook it was made from, or the only one at hand.

    Raises:
        SelfEvalError: one of the files cannot be used.

    """
    from selfeval_xlsx.signed.paragraphs import read_document  # noqa: PLC0415 - only here a Word file is read
    from selfeval_xlsx.signed.verification import verify as compared  # noqa: PLC0415

    name, content = report
    origin = origin_of(read_document(content, name).properties)
    own = [book for book in books if origin is not None and digest(book[1]) == origin.workbook]
    if not own and len(books) != 1:
        raise SelfEvalError(f"请把 {name} 和生成它的那份填报表一起拖进来，才能核验。")
    book_name, book = (own or books)[0]
    verification = compared((content, name), (book, book_name), setup().template, setup().rules)
    differences = [
        {
            "severity": difference.severity.name.lower(),
            "word": difference.severity.value,
            "text": str(difference),
        }
        for difference in verification.differences
    ]
    return Answer(
        {
            "book": book_name,
            "provenance": verification.provenance.value,
            "remarks": list(verification.remarks),
            "figures_differ": verification.figures_differ,
            "verdict": verdict(verification.differences),
            "differences": differences,
        }
    )


def bundle(contents: Sequence[tuple[str, bytes]]) -> Answer:
    """Several files in one zip; of files with one name, all are kept."""
    stream, taken = io.BytesIO(), set[str]()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as package:
        for name, content in contents:
            stem, dot, suffix = name.rpartition(".")
            others = (f"{stem}（{number}）{dot}{suffix}" for number in count(2))
            free = next(free for free in chain([name], others) if free not in taken)
            taken.add(free)
            package.writestr(zipfile.ZipInfo(free), content)
    return Answer({}, [File("bundle", "绩效自评结果.zip", stream.getvalue())])


def answer(request: str, contents: Sequence[Any]) -> tuple[str, list[bytes]]:
    """Answer one ``request`` of the page (JSON: ``ask``, the ``names`` of ``contents``, options), whatever happens.

    Returns what is shown as JSON (with ``files``: kind and name of each) and the files' contents; a
    fault gives ``error``, a sentence in Chinese, and for an unforeseen one a ``log`` to send.
    """
    asked = json.loads(request)
    named = [(name, _bytes(content)) for name, content in zip(asked.get("names", ()), contents, strict=True)]
    try:
        answered = _ASKED[asked["ask"]](named, asked)
    except SelfEvalError as error:
        return json.dumps({"error": str(error)}, ensure_ascii=False), []
    except Exception:  # noqa: BLE001 - the last defence: nothing stops the next file
        fault = {"error": UNFORESEEN, "log": f"{VERSION}\n{asked['ask']}\n{traceback.format_exc()}"}
        return json.dumps(fault, ensure_ascii=False), []
    shown = {**answered.shown, "files": [{"kind": file.kind, "name": file.name} for file in answered.offered]}
    return json.dumps(shown, ensure_ascii=False), [file.content for file in answered.offered]


def _bytes(content: Any) -> bytes:
    """A content as the browser hands it over, or as Python has it."""
    return bytes(content.to_py() if hasattr(content, "to_py") else content)


Named = list[tuple[str, bytes]]
_ASKED: dict[str, Callable[[Named, Mapping[str, Any]], Answer]] = {
    "about": lambda _named, _asked: about(),
    "workbook": lambda named, asked: workbook(
        *named[0], draft=asked.get("draft", False), attachments=asked.get("attachments", ALL)
    ),
    "proof": lambda named, asked: proof(*named[0], attachments=asked.get("attachments", ALL)),
    "mail": lambda named, asked: mail(*named[0], report=asked["report"]),
    "next": lambda named, _asked: next_year(*named[0]),
    "from_report": lambda named, _asked: from_report(*named[0]),
    "verify": lambda named, _asked: verify(named[0], named[1:]),
    "bundle": lambda named, _asked: bundle(named),
}
