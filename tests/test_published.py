"""Published evaluations, filled in with their units renamed, and clerks' mistakes in them: what must and must not be said.

Each file of tests/published holds the data and what was worked out by hand before any of it was judged:

- ``must``, ``must_not``: code, field, why, and perhaps a part of the message; codes and fields may be alternatives (A|B) or ``*``;
- ``may`` and ``should``: findings that follow, and such as would be welcome; ``neutral``: what was illegible in print;
- ``cause_not``: a likely cause that is wrong, as code, field, pattern, why.

First run of the 33, on 2026-11-28: 87 of 91 found (three of the others are told by IND05 on the same row), 1 false alarm, 1 wrong cause.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from selfeval_xlsx.checks import check
from selfeval_xlsx.findings import Finding
from selfeval_xlsx.form.data import from_data

CASES = sorted((Path(__file__).parent / "published").glob("*.json"))


def fits(entry: Sequence[str], finding: Finding) -> bool:
    code, field, *_ = entry
    part = entry[3] if len(entry) > 3 else ""
    return (
        bool({"*", finding.code} & {*code.split("|")})
        and bool({"*", finding.key} & {*field.split("|")})
        and part in finding.message
    )


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_published_evaluation_is_judged_as_by_hand(path: Path) -> None:
    case: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    findings, expect = check(from_data(case["data"])).findings, case["expect"]
    missed = [entry for entry in expect.get("must", ()) if not any(fits(entry, each) for each in findings)]
    false = [str(each) for each in findings for entry in expect.get("must_not", ()) if fits(entry, each)]
    wrong = [
        each.cause
        for code, field, pattern, _ in expect.get("cause_not", ())
        for each in findings
        if fits((code, field), each) and re.search(pattern, each.cause)
    ]
    assert (missed, false, wrong) == ([], [], [])
