"""Figures by reference: 【调整后预算】 in a long text stands for the printed figure.

A label is that of the form: 【人员经费·执行数】, with or without the dot; a column alone, 【执行数】, is
that of the whole budget; 【指标:三级指标名】 is an indicator's actual, 【项目:项目名】 a project's
outturn. The unit is printed too, unless it stands behind the bracket already; where another money unit
stands there, the reference stays as it is, for a check to speak of.
"""

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import DEFAULT_UNIT, PLAN, SelfEvaluation
from selfeval_xlsx.form.kinds import Amount, Count, LongText, Quantity
from selfeval_xlsx.form.local import meant
from selfeval_xlsx.form.relations import INDICATORS, PROJECTS

_REFERENCE = re.compile(r"【+([^【】\n]{1,60})】+")
_OPENED = re.compile(r"【+(?P<behind>[^【】\n]*)(?P<closed>】?)")
_OTHER_BRACKETS = re.compile(r"[\[［〖]([^\[\]［］〖〗【】\n]{1,60})[\]］〗]")
_QUOTED = 12
"""How much of what stands behind a bracket is quoted where it is no label."""
_MONEY = re.compile("[万亿千百]?元")


@dataclass(frozen=True)
class Dangling:
    """A reference that leads to no figure.

    Its label is unknown, the cell it names is blank, or another money unit stands behind it.
    """

    label: str
    key: str | None
    """The key of the cell; None where no cell has that label."""


def resolved(evaluation: SelfEvaluation, *, comma: bool) -> dict[str, Answer[Any]]:
    """The long texts of a completed evaluation in which references stood, by key, with the figures in place.

    References that lead nowhere stay as they are.
    """
    answers = evaluation.answers
    labels = _labels(evaluation)
    unit = money_unit(evaluation)

    def figure(match: re.Match[str]) -> str:
        key = labels.get(_plain(match[1]))
        answer = answers[key] if key else None
        if answer is None or answer.value is None:
            return match[0]
        shown = answer.field.kind.show(answer.value, comma=comma)
        behind = match.string[match.end() :].lstrip()
        if not isinstance(answer.field.kind, Amount):
            return _joined(shown, _measure_unit(key or "", answers), behind)
        return match[0] if _MONEY.match(behind) and behind[0] != unit[0] else _joined(shown, unit, behind)

    return {
        key: replace(answer, value=_REFERENCE.sub(figure, answer.known))
        for key, answer in answers.items()
        if isinstance(answer.field.kind, LongText) and "【" in (answer.value or "")
    }


def money_unit(evaluation: SelfEvaluation) -> str:
    """The unit the amounts of ``evaluation`` are read and printed in."""
    return evaluation.overview.identity.money_unit.value or DEFAULT_UNIT


def dangling(evaluation: SelfEvaluation, text: str) -> Iterator[Dangling]:
    """The references left in ``text``, which was resolved."""
    names = _REFERENCE.findall(text)
    labels = _labels(evaluation) if names else {}
    for name in names:
        yield Dangling(name, labels.get(_plain(name)))


def misbracketed(evaluation: SelfEvaluation, text: str) -> Iterator[str]:
    """What stands in brackets that do not refer although their label is one: ［调整后预算］."""
    matches = list(_OTHER_BRACKETS.finditer(text))
    labels = _labels(evaluation) if matches else {}
    return (match[0] for match in matches if _plain(match[1]) in labels)


def unclosed(evaluation: SelfEvaluation, text: str) -> Iterator[tuple[str, str]]:
    """Where a bracket was opened and not closed: what stands there, and the label it begins with, if it is one."""
    opened = [match["behind"].lstrip() for match in _OPENED.finditer(text) if not match["closed"]]
    if opened:
        labels = sorted(_shown_labels(evaluation).values(), key=len, reverse=True)
        for behind in opened:
            label = next((label for label in labels if behind.startswith(label)), "")
            yield f"【{label or re.split('[，。；,;]', behind)[0][:_QUOTED]}", label


def is_shared(evaluation: SelfEvaluation, label: str) -> bool:
    """Whether several rows go by the name."""
    return [_plain(name) for name, _ in _listed(evaluation)].count(_plain(label)) > 1


def nearest(evaluation: SelfEvaluation, label: str) -> str | None:
    """The known label that is most like ``label``, if any is like it."""
    shown = _shown_labels(evaluation)
    near = difflib.get_close_matches(_plain(label), list(shown), n=1, cutoff=0.5)
    return shown[near[0]] if near else None


def _joined(shown: str, unit: str, behind: str) -> str:
    """The figure with its unit, as far as that, or the beginning of it, does not stand behind the bracket."""
    if behind[:1] in {"%", "％"}:
        return shown.removesuffix("%")
    if unit.isalpha():
        unit = next((unit[:at] for at in range(len(unit)) if behind.startswith(unit[at:])), unit)
    return shown if not unit or behind.startswith(unit[0]) or shown.endswith(unit) else f"{shown}{unit}"


def _measure_unit(key: str, answers: Mapping[str, Answer[Any]]) -> str:
    """The unit beside an indicator's actual, unless that is not a bare number; of a local figure its own."""
    if isinstance(kind := answers[key].field.kind, Quantity | Count) and kind.unit:
        return kind.unit
    if not key.startswith(INDICATORS) or not re.fullmatch(r"[\d.,]+", answers[key].show()):
        return ""
    return answers[f"{key.rpartition('.')[0]}.measure_unit"].show()


def _labels(evaluation: SelfEvaluation) -> dict[str, str]:
    """Plain label → key."""
    single = {_plain(label): key for label, key in (*_declared(), *_local(evaluation))}
    listed = [(_plain(label), key) for label, key in _listed(evaluation)]
    names = Counter(label for label, _ in listed)
    return single | {label: key for label, key in listed if names[label] == 1}


def _shown_labels(evaluation: SelfEvaluation) -> dict[str, str]:
    """Plain label → label as it is best written."""
    pairs = [*_declared(), *_local(evaluation), *_listed(evaluation)]
    return {_plain(label): label for label, _ in reversed(pairs)}


@lru_cache
def _declared() -> tuple[tuple[str, str], ...]:
    """(label, key) of every single cell a text may quote; a label two cells share is left out."""
    fields = (slot.field for _, slot in PLAN.slots.values() if not isinstance(slot.field.kind, LongText))
    named: dict[str, list[str]] = {}
    for field in fields:
        for label in dict.fromkeys((field.label, field.head)):
            named.setdefault(label, []).append(field.key)
    return tuple((label, keys[0]) for label, own in named.items() if len(keys := meant(own)) == 1)


def _local(evaluation: SelfEvaluation) -> Iterator[tuple[str, str]]:
    """(label, key) of the cells that the rulebook adds."""
    for key, answer in evaluation.local.items():
        if not isinstance(answer.field.kind, LongText):
            yield answer.field.label, key


def _listed(evaluation: SelfEvaluation) -> Iterator[tuple[str, str]]:
    for index, indicator in enumerate(evaluation.goals.indicators):
        if indicator.level3.value:
            yield f"指标:{indicator.level3.value}", f"{INDICATORS}.{index}.actual_value"
    for index, project in enumerate(evaluation.budget.projects):
        if project.name.value:
            yield f"项目:{project.name.value}", f"{PROJECTS}.{index}.outturn"


def _plain(label: str) -> str:
    return re.sub(r"[\s·.．“”\"]", "", label).replace("：", ":")
