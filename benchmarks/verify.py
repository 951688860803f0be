"""How well ``verify`` finds edits of a signed report: single edits of every kind, and saving without edits.

Run it from anywhere: ``python3 benchmarks/verify.py``. Prints what was found, missed, misplaced and alarmed
falsely; LibreOffice takes part where it is installed. Exit status 1 where anything is missed.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from selfeval_xlsx.findings import Severity  # noqa: E402
from selfeval_xlsx.job import make_report  # noqa: E402
from selfeval_xlsx.outputs import report_setup  # noqa: E402 - the root must be on the path first
from selfeval_xlsx.signed.differences import Difference, Kind  # noqa: E402
from selfeval_xlsx.signed.verification import Provenance, Verification, verify  # noqa: E402
from tests.word_edits import Edit, edits, resaves  # noqa: E402

EDITS = 200
SEED = 20260320
OFFICE_HABITS = {"as written", "comments", "runs split", "run controls", "alternatives", "tracked insertion"}


@dataclass(frozen=True)
class Case:
    """A good sample with its report."""

    book: tuple[bytes, str]
    report: bytes
    tools: report_setup.Kit

    def verify(self, report: bytes) -> Verification:
        """Hold an edited report against the sample."""
        return verify((report, "报告.docx"), self.book, self.tools.template, self.tools.rules)


def cases() -> list[Case]:
    """The good samples."""
    tools = report_setup.load()
    found = []
    for path in sorted((ROOT / "sample_workbooks" / "good").glob("*.xlsx")):
        report = make_report(path.read_bytes(), path.name, tools.template, tools.rules).report
        if report is not None:
            found.append(Case((path.read_bytes(), path.name), report, tools))
    return found


def judged(edit: Edit, differences: tuple[Difference, ...]) -> str:
    """``found``, or what is wrong with what was said of ``edit``."""
    errors = [each for each in differences if each.severity is Severity.ERROR]
    if edit.what in {"sentence reworded", "paragraph deleted"}:
        kind = Kind.WORDING if edit.what == "sentence reworded" else Kind.REMOVED
        place = edit.place if edit.what == "sentence reworded" else f"原{edit.place}"
        hits = [each for each in differences if each.kind is kind]
        if errors:
            return "false error"
    else:
        place = edit.place
        hits = [each for each in errors if edit.old in each.expected and edit.new in each.found]
    if not hits:
        return "missed"
    if hits[0].place != place:
        return "misplaced"
    return "found" if len(differences) == 1 else "found, and more said"


def measure_edits(samples: list[Case]) -> int:
    """Print how the edits fared; returns how many were not found as they should be."""
    tally: Counter[tuple[str, str, str]] = Counter()
    seconds, amiss = 0.0, 0
    for number, case in enumerate(samples):
        for edit in edits(case.report, EDITS // len(samples), SEED + number):
            start = time.perf_counter()
            differences = case.verify(edit.report).differences
            seconds += time.perf_counter() - start
            verdict = judged(edit, differences)
            tally[edit.what, edit.how, verdict] += 1
            if not verdict.startswith("found"):
                amiss += 1
                print(f"! {verdict}: {edit}")
                print(*(f"    {each}" for each in differences), sep="\n")
    total = sum(tally.values())
    print(
        f"{total} single edits, {total - amiss} found at the right place, {seconds / total * 1000:.0f} ms each"
    )
    for (what, how, verdict), count in sorted(tally.items()):
        print(f"  {count:4}  {what}, {how}: {verdict}")
    return amiss


def measure_resaves(samples: list[Case]) -> int:
    """Print how files saved without edits fared; returns how many alarms they gave."""
    saved = [(case, name, data) for case in samples for name, data in resaves(case.report, 2, SEED)]
    saved += through_office(samples)
    alarms = lost = 0
    for case, name, data in saved:
        result = case.verify(data)
        lost += result.provenance is not Provenance.SAME
        if result.differences:
            alarms += 1
            print(f"! false alarm: {name}", *(f"    {each}" for each in result.differences[:3]), sep="\n")
    print(f"{len(saved)} files saved without edits, {alarms} false alarms, origin lost in {lost}")
    return alarms


def through_office(samples: list[Case]) -> list[tuple[Case, str, bytes]]:
    """The reports as LibreOffice saves them, as written and after other habits.

    Some habits it does not survive: it repeats cells in content controls of rows, and writes "Error" over
    references to nothing. Those change what the document says, and are left out.
    """
    soffice = shutil.which("soffice")
    if soffice is None:
        print("LibreOffice is not installed: left out")
        return []
    with tempfile.TemporaryDirectory() as folder:
        made: list[tuple[Case, str, Path]] = []
        for case in samples:
            habits = [("as written", case.report), *resaves(case.report, 0, SEED)]
            for label, data in [each for each in habits if each[0] in OFFICE_HABITS]:
                path = Path(folder) / f"{len(made)}.docx"
                path.write_bytes(data)
                made.append((case, f"{label} + LibreOffice", path))
        subprocess.run(
            [soffice, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "docx",
             "--outdir", f"{folder}/out", *(str(path) for _, _, path in made)],
            check=True, capture_output=True,
        )  # fmt: skip
        return [(case, label, (Path(folder) / "out" / path.name).read_bytes()) for case, label, path in made]


if __name__ == "__main__":
    good = cases()
    sys.exit(int(bool(measure_edits(good) + measure_resaves(good))))
