"""The sample workbooks: current, good ones silent, bad ones giving exactly what they must."""

import io
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import samples as sample_build
from openpyxl import load_workbook
from openpyxl.worksheet.formula import ArrayFormula

from selfeval_xlsx.checks import RULES, Case, check
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.workbook.reader import read_workbook

SAMPLES = dict(sample_build.samples())
CASES = {case["name"]: case for case in sample_build.cases()}


def contents(data: bytes) -> dict[str, Any]:
    """Cells, names and validations of a workbook: what a reader of it can notice."""
    book = load_workbook(io.BytesIO(data))
    return {
        "names": {name: item.attr_text for name, item in book.defined_names.items()},
        **{
            sheet.title: (
                {
                    cell.coordinate: written(cell.value)
                    for row in sheet.iter_rows()
                    for cell in row
                    if cell.value is not None
                },
                sorted(
                    f"{rule.sqref} {rule.type} {rule.formula1}"
                    for rule in sheet.data_validations.dataValidation
                ),
            )
            for sheet in book.worksheets
        },
    }


def written(value: object) -> object:
    """What stands in a cell; a formula over an array as its range and text."""
    return (value.ref, value.text) if isinstance(value, ArrayFormula) else value


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_samples_are_current(path: Path) -> None:
    assert contents(path.read_bytes()) == contents(SAMPLES[path])


def test_no_other_workbook_lies_among_the_samples() -> None:
    assert set(sample_build.HERE.rglob("*.xlsx")) == set(SAMPLES)


@pytest.mark.parametrize("path", [p for p in SAMPLES if p.parent.name == "good"], ids=lambda path: path.stem)
def test_good_samples_are_silent(path: Path) -> None:
    assert check(read_workbook(path.read_bytes(), path.name)).findings == ()


@lru_cache
def bad(name: str) -> tuple[SelfEvaluation, Rulebook]:
    """What stands in a bad sample, and the rulebook it is checked with."""
    return sample_build.evaluated(CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_bad_samples_give_exactly_their_findings(name: str) -> None:
    result = check(*bad(name), sample_build.last_year(CASES[name]))
    said = [f"{finding.code} {finding.key or '-'}" for finding in result.findings]
    assert said == CASES[name]["findings"]
    assert said


def test_a_rule_speaks_under_its_own_code_alone() -> None:
    for name, case in CASES.items():
        evaluation, rules = bad(name)
        judged = Case(completed(evaluation, rules), rules, sample_build.last_year(case))
        for rule in RULES:
            assert {said.code for said in rule.apply(judged)} <= {rule.code}


def test_every_rule_has_a_bad_sample() -> None:
    shown = {finding.partition(" ")[0] for case in CASES.values() for finding in case["findings"]}
    assert shown == {rule.code for rule in RULES}


def test_samples_are_sound_packages() -> None:
    for data in SAMPLES.values():
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            assert package.testzip() is None
