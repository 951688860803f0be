"""Checks a Word template against what it may name: every problem, each with its place. Knows no form."""

from collections.abc import Iterator, Mapping
from typing import Any

from selfeval_xlsx.findings import Severity
from selfeval_xlsx.office.template_package import opened
from selfeval_xlsx.template_check.blocks import broken
from selfeval_xlsx.template_check.chart_labels import mislabelled
from selfeval_xlsx.template_check.names import Vocabulary
from selfeval_xlsx.template_check.places import paragraphs
from selfeval_xlsx.template_check.problem import Problem
from selfeval_xlsx.template_check.stray_tags import misspelt, torn, unreached
from selfeval_xlsx.template_check.tags import TemplateReading
from selfeval_xlsx.template_check.trial import tried


def problems(
    data: bytes, name: str, vocabulary: Vocabulary, trials: Mapping[str, Mapping[str, Any]]
) -> list[Problem]:
    """Everything wrong with a template, errors first; within a severity in the order of the file.

    Where nothing else is an error, the template is tried with ``trials``: contexts by the name of
    their evaluation.

    Raises:
        TemplateError: not a Word file that can be used.

    """
    parts = opened(data, name)
    found = list(paragraphs(parts))
    reading = TemplateReading(vocabulary.root)
    seen = [*misspelt(found), *torn(found), *broken(found), *unreached(parts)]
    seen += mislabelled(parts, vocabulary.figures)
    seen += [problem for paragraph in found for tag in paragraph.tags for problem in reading.read(tag)]
    if not any(problem.severity is Severity.ERROR for problem in seen):
        seen += tried(data, name, trials, found)
    seen += _unused(vocabulary, reading.used)
    order = {paragraph.place: index for index, paragraph in enumerate(found)}
    weight = list(Severity)
    return sorted(seen, key=lambda each: (weight.index(each.severity), order.get(each.place, len(order))))


def _unused(vocabulary: Vocabulary, used: set[str]) -> Iterator[Problem]:
    """Fields that the template never reads: a warning for required ones, a note for each block of others."""
    drawn = tuple(prefix for name in used for prefix in vocabulary.draws.get(name, ()))
    idle = [each for each in vocabulary.wanted if not _printed(each.path, used, drawn)]
    for each in idle:
        if each.required:
            yield Problem(
                Severity.WARNING, "", "", f"没有用到必填项{each.block}·{each.label}", "报告应当写明它"
            )
    for block in dict.fromkeys(each.block for each in idle if not each.required):
        left = [each.label for each in idle if each.block == block and not each.required]
        whole = len(left) == sum(each.block == block for each in vocabulary.wanted)
        yield Problem(Severity.NOTE, "", "", f"没有用到{block}" + ("" if whole else f"的{'、'.join(left)}"))
    if vocabulary.wanted and "draft" not in used:
        yield Problem(Severity.NOTE, "", "", "没有草稿标记（draft），这份模板不能用于 --draft")


def _printed(path: str, used: set[str], drawn: tuple[str, ...]) -> bool:
    return path in used or any(path == prefix or path.startswith(f"{prefix}.") for prefix in drawn)
