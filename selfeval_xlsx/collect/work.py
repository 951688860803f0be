"""One workbook of a collection: bytes in, plain data and bytes out, on whatever executor and machine. Pure."""

import multiprocessing
import os
import signal
import tomllib
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache, cached_property, lru_cache
from importlib import resources
from itertools import chain
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Any

from selfeval_xlsx.amounts import money
from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.checks import RULES, load_rulebook
from selfeval_xlsx.errors import VERSION, SelfEvalError
from selfeval_xlsx.findings import Finding, Severity
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.kinds import Amount
from selfeval_xlsx.form.last_year import prose
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.job import Outcome, make_report
from selfeval_xlsx.office.package import digest
from selfeval_xlsx.report.language import compiled
from selfeval_xlsx.report.origin import origin_of
from selfeval_xlsx.report.template import Compiled, ReportTemplate
from selfeval_xlsx.signed.paragraphs import read_document
from selfeval_xlsx.signed.verification import verify

LISTS = {
    "指标": "goals.indicators",
    "项目": "budget.projects",
    "三公": "budget.official",
    "资金来源": "budget.sources",
}
"""The rows of the form that the summary has a sheet of, by the sheet's name."""


@dataclass(frozen=True, eq=False)
class Making:
    """What every report of a run is made with, small enough to send to another machine; known by its key."""

    template: bytes
    template_name: str
    sources: Mapping[str, str]
    """The tagged parts of the template, as compiled source."""
    rules: str
    """The rulebook, as TOML."""
    rules_name: str
    """Its file name: workbooks tell by it which rulebook they were made with."""

    @cached_property
    def key(self) -> str:
        """What tells this making from another: template, rulebook and program."""
        return digest(
            b"\0".join((self.template, self.rules.encode(), self.rules_name.encode(), VERSION.encode()))
        )

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Making) and other.key == self.key


@dataclass(frozen=True)
class Result:
    """What became of one workbook."""

    failure: str = ""
    """Why it cannot be used; then nothing else is known."""
    log: str = ""
    """Of a fault nobody foresaw."""
    identity: Mapping[str, str] = field(default_factory=dict)
    """unit, year, department, e-mail, contact, as printed."""
    figures: Mapping[str, str | None] = field(default_factory=dict)
    """The main figures as decimals in 万元 (rates as fractions), by key; None where not stated."""
    lists: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)
    """The rows of :data:`LISTS`, each cell as printed under its label."""
    local: Mapping[str, str] = field(default_factory=dict)
    """What stands in the cells that a district's rulebook adds, under their labels; amounts in 万元."""
    findings: Sequence[Mapping[str, str]] = ()
    checked: int = 0
    """How many kinds of checks could be applied."""
    broken: int = 0
    """How many of them found an error or something to look at."""
    sentences: Sequence[tuple[str, str]] = ()
    """The long sentences of its texts, each with its cell."""
    foreign: Sequence[tuple[str, str, str]] = ()
    """The indicators that speak of another field: cell, indicator, field."""
    report: bytes | None = None
    marked: bytes | None = None

    @property
    def decimals(self) -> dict[str, Decimal | None]:
        """The main figures."""
        return {key: None if value is None else Decimal(value) for key, value in self.figures.items()}

    @property
    def passed(self) -> Decimal | None:
        """The share of the checks that could be applied and found nothing; None where none could."""
        return 1 - Decimal(self.broken) / self.checked if self.checked else None


FIGURES = {
    "original_budget": "budget.lines.total.original_budget",
    "adjusted_budget": "budget.lines.total.adjusted_budget",
    "outturn": "budget.lines.total.outturn",
    "prior_outturn": "budget.lines.total.prior_outturn",
    "execution_rate": "budget.lines.total.execution_rate",
    "basic": "budget.lines.basic.outturn",
    "project": "budget.lines.project.outturn",
    "total_score": "goals.assessment.total_score",
}


@lru_cache(maxsize=2)
def _made(making: Making) -> tuple[ReportTemplate, Rulebook]:
    kept = {part: Compiled(source, compiled(source)) for part, source in making.sources.items()}
    rules = replace(load_rulebook(making.rules), name=making.rules_name)
    return ReportTemplate(making.template, making.template_name, kept), rules


_NAME = "填报表.xlsx"
"""What every workbook is called while it is done: what comes of it depends on its bytes alone."""


def one_workbook(content: bytes, making: Making) -> Result:
    """Read, check and report one workbook; whatever happens is in the result."""
    try:
        template, rules = _made(making)
        return _result(make_report(content, _NAME, template, rules))
    except SelfEvalError as error:
        return Result(failure=str(error).removeprefix(_NAME).strip())
    except Exception:  # noqa: BLE001 - nothing stops the next workbook
        return Result(
            failure="处理时出了意外，详情见“运行记录”里的 意外.txt，请发给维护人员",
            log=traceback.format_exc(),
        )


def _result(outcome: Outcome) -> Result:
    whole, findings = outcome.evaluation, outcome.result.findings
    log = "".join(fault.log for fault in outcome.undone)
    if outcome.report is None and not outcome.result.of(Severity.ERROR):  # nothing its unit could correct
        return Result(failure="；".join(map(str, outcome.undone)), log=log)
    spoken = {finding.code for finding in findings if finding.severity is not Severity.NOTE}
    return Result(
        log=log,
        identity=_identity(whole),
        figures=_figures(whole),
        lists={sheet: _rows(whole, key) for sheet, key in LISTS.items()},
        local=_local(whole),
        findings=list(map(_finding, findings)),
        checked=len(RULES) - len({skipped.code for skipped in outcome.result.skipped} - spoken),
        broken=len(spoken),
        sentences=[(sentence, str(answer.ref)) for answer, sentence in prose(whole) if len(sentence) >= LONG],
        foreign=_foreign(whole),
        report=outcome.report,
        marked=outcome.marked,
    )


_OWN: list[Making] = []
"""What the workbooks of this worker process are made with."""


def prepare(making: Making) -> None:
    """Set up a worker process: it is told once what all its workbooks are made with, and ends when its run is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the run itself is interrupted, and ends its workers
    _OWN[:] = [making]
    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def prepared(work: Callable[..., Any], content: Sequence[bytes]) -> Any:
    """:func:`one_workbook` or :func:`one_report` in a worker process that was set up."""
    return work(*content, _OWN[0])


LONG = 24
"""Characters of a sentence that two units do not write alike by chance."""


def _identity(whole: SelfEvaluation) -> dict[str, str]:
    identity, sign_off = whole.overview.identity, whole.overview.sign_off
    return {
        "unit": identity.unit_name.show(),
        "short_name": identity.short_name.show(),
        "year": identity.year.show(),
        "department": identity.supervising_department.show(),
        "money_unit": identity.money_unit.show(),
        "preparer": sign_off.preparer.show(),
        "email": sign_off.email.show(),
        "grade": whole.goals.assessment.grade.show(),
    }


def _figures(whole: SelfEvaluation) -> dict[str, str | None]:
    answers, scale = whole.answers, _scale(whole)
    told: dict[str, str | None] = {}
    for name, key in FIGURES.items():
        value = answers[key].value
        by = {"execution_rate": Decimal(100), "total_score": Decimal(1)}.get(name, scale)
        told[name] = None if value is None else str(value / by)
    return told


def _scale(whole: SelfEvaluation) -> Decimal:
    """What an amount as filled in is divided by to be in 万元."""
    return Decimal(10000) if whole.overview.identity.money_unit.value == "元" else Decimal(1)


def _foreign(whole: SelfEvaluation) -> list[tuple[str, str, str]]:
    answers = whole.answers
    indicators = {key: answer for key, answer in answers.items() if key.startswith("goals.indicators.")}
    named = [
        (str(answer.ref), answer.show()) for key, answer in indicators.items() if key.endswith(".level3")
    ]
    texts = "\n".join(answer.show() for key, answer in answers.items() if key not in indicators)
    return list(foreign(whole.overview.identity.unit_name.show(), named, texts))


@cache
def _fields() -> Mapping[str, Mapping[str, Sequence[str]]]:
    return tomllib.loads(resources.files(__package__).joinpath("fields.toml").read_text(encoding="utf-8"))


def foreign(unit: str, indicators: Iterable[tuple[str, str]], texts: str) -> Iterator[tuple[str, str, str]]:
    """The indicators that speak of another field than the unit's: cell, indicator and field.

    Only what is sure: the unit's name tells one field, and none of its other ``texts`` has any word of the other.
    """
    fields = _fields()
    own = [field for field, signs in fields.items() if any(name in unit for name in signs["names"])]
    if len(own) != 1:
        return
    strange = {
        field: signs["words"]
        for field, signs in fields.items()
        if field not in own and not any(word in texts for word in chain(*signs.values()))
    }
    for cell, indicator in indicators:
        for other, words in strange.items():
            if any(word in indicator for word in words):
                yield cell, indicator, other


def _rows(whole: SelfEvaluation, key: str) -> list[dict[str, str]]:
    """The rows of a list or a matrix in which something stands, by their columns' labels; amounts in 万元."""
    rows: dict[str, dict[str, str]] = {}
    stated, scale = set(), _scale(whole)
    for own, answer in whole.answers.items():
        if own.startswith(f"{key}."):
            row = own.rpartition(".")[0]
            label, _, column = answer.field.label.rpartition("·")
            cells = rows.setdefault(row, {} if row.rpartition(".")[2].isdigit() else {"名称": label})
            cells[column] = _in_wan(answer, scale)
            if answer.stated:
                stated.add(row)
    return [cells for row, cells in rows.items() if row in stated]


def _local(whole: SelfEvaluation) -> dict[str, str]:
    scale = _scale(whole)
    return {
        f"{answer.field.label}（万元）" if _is_amount(answer) else answer.field.label: _in_wan(answer, scale)
        for answer in whole.local.values()
    }


def _is_amount(answer: Answer[Any]) -> bool:
    return isinstance(answer.field.kind, Amount)


def _in_wan(answer: Answer[Any], scale: Decimal) -> str:
    """An answer as printed, an amount in 万元."""
    return str(money(answer.known / scale)) if answer.stated and _is_amount(answer) else answer.show()


_TITLES = {rule.code: rule.title for rule in RULES}


def _finding(finding: Finding) -> dict[str, str]:
    return {
        "severity": finding.severity.value,
        "code": finding.code,
        "title": _TITLES.get(finding.code, ""),
        "label": finding.label,
        "place": places(finding.at),
        "message": finding.message,
        "cause": finding.cause,
        "hint": finding.hint,
    }


def places(at: Iterable[CellRef]) -> str:
    """Cells in few words: a sheet is named once, of three and more below one another the first and the last."""
    runs: list[list[CellRef]] = []
    for ref in at:
        last = runs[-1][-1] if runs else ref
        row, column = last.place
        if runs and ref.sheet == last.sheet and ref.place == (row + 1, column):
            runs[-1].append(ref)
        else:
            runs.append([ref])
    names, sheet = list[str](), ""
    for first, *more in runs:
        name = first.seen_from(sheet)
        sheet = first.sheet
        names += (
            [f"{name} 至 {more[-1].coordinate}"] if more[1:] else [name, *(ref.coordinate for ref in more)]
        )
    return "、".join(names)


@dataclass(frozen=True)
class Verified:
    """What a signed Word report says against its unit's workbook."""

    verdict: str
    figures_differ: bool = False


def one_report(report: bytes, book: bytes, making: Making) -> Verified:
    """Hold a Word report against a workbook; whatever happens is in the result."""
    try:
        template, rules = _made(making)
        found = verify((report, "报告.docx"), (book, _NAME), template, rules)
    except SelfEvalError as error:
        return Verified(f"不能核验：{error}")
    except Exception:  # noqa: BLE001 - nothing stops the next one
        return Verified("不能核验：处理时出了意外")
    count = sum(difference.severity is Severity.ERROR for difference in found.differences)
    return Verified(f"数字不一致 {count} 处" if count else "一致", bool(count))


def made_from(report: bytes, name: str) -> str:
    """The digest of the workbook that a Word report was made from; empty where it does not tell."""
    try:
        origin = origin_of(read_document(report, name).properties)
    except SelfEvalError:
        return ""
    return origin.workbook if origin else ""
