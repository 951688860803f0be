"""Writes the generated files: templates/ and the reference pages of docs/.

Run it from anywhere: ``python3 docs/generate.py``. A test holds the files equal to what this writes.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from selfeval_xlsx import describe, resources  # noqa: E402 - the root must be on the path first
from selfeval_xlsx.data import from_data  # noqa: E402
from selfeval_xlsx.form import DEFAULT_UNIT  # noqa: E402
from selfeval_xlsx.report import layout  # noqa: E402
from selfeval_xlsx.report.brief import BRIEF  # noqa: E402
from selfeval_xlsx.workbook.author import paint  # noqa: E402


def generated() -> dict[Path, bytes]:
    """Every generated file with its content."""
    blank = from_data({"overview": {"identity": {"money_unit": DEFAULT_UNIT}}})
    return {
        ROOT / "templates" / resources.WORKBOOK: paint(blank, describe.rule_rows()),
        ROOT / "templates" / resources.REPORT: layout.build(),
        ROOT / "templates" / resources.BRIEF_REPORT: layout.build(BRIEF),
        ROOT / "docs" / "核对规则.md": describe.rules_page().encode(),
        ROOT / "docs" / "字段说明.md": describe.guide_page().encode(),
    }


if __name__ == "__main__":
    for path, content in generated().items():
        path.write_bytes(content)
        print(path.relative_to(ROOT))
