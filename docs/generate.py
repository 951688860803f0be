"""Writes the generated files: the blank workbook, the sample workbooks and the reference pages of docs/.

Run it from anywhere: ``python3 docs/generate.py``. A test holds the files equal to what this writes.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "sample_workbooks")]

import samples  # noqa: E402 - the root must be on the path first

from selfeval_xlsx import describe, files  # noqa: E402
from selfeval_xlsx.checks import check  # noqa: E402
from selfeval_xlsx.findings import Finding, Severity  # noqa: E402
from selfeval_xlsx.form.rulebook import Rulebook  # noqa: E402


def generated() -> dict[Path, bytes]:
    """Every generated file with its content."""
    return {
        ROOT / "templates" / files.WORKBOOK: describe.blank_workbook(Rulebook()),
        ROOT / "docs" / "核对规则.md": describe.rules_page(examples()).encode(),
        ROOT / "docs" / "字段说明.md": describe.guide_page().encode(),
    }


def examples() -> dict[str, str]:
    """A finding of every rule, the gravest and first that the bad samples give, with the sample's name."""
    found: dict[str, tuple[Finding, str]] = {}
    for case in samples.cases():
        evaluation, rules = samples.evaluated(case)
        for finding in check(evaluation, rules, samples.last_year(case)).findings:
            known = found.get(finding.code)
            if known is None or _rank(finding) < _rank(known[0]):
                found[finding.code] = (finding, case["name"])
    return {code: f"{finding}（坏样本“{name}”）" for code, (finding, name) in found.items()}


def _rank(finding: Finding) -> int:
    return list(Severity).index(finding.severity)


if __name__ == "__main__":
    for path, content in (generated() | dict(samples.samples())).items():
        path.write_bytes(content)
        print(path.relative_to(ROOT))
