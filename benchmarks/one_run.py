"""How often one run is enough: obey all it says, and the next run finds no error.

``python3 benchmarks/one_run.py [WORKBOOKS [SEED]]`` seeds one fault into WORKBOOKS workbooks and two faults
into as many (default 300), checks each, does exactly what the errors say and checks again. The figures that
an error names are typed into the cells it names. Where its cause names a row, a column or cells without
their figures, or the cell cannot be read, what belongs there is typed, as a clerk would from the books; a row
listed twice is deleted; for a reason that is asked for one is written. Prints the share of workbooks without an error then, and those with one.
"""

import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks"), str(ROOT / "sample_workbooks")]

from faults import (  # noqa: E402 - the root must be on the path first
    KINDS,
    SILENT_KINDS,
    Data,
    case_of,
    good_samples,
    random_book,
    typed,
)
from samples import overtype  # noqa: E402

from selfeval_xlsx.causes.mistakes import Mistake  # noqa: E402
from selfeval_xlsx.causes.what_if import WhatIf  # noqa: E402
from selfeval_xlsx.cells import CellRef  # noqa: E402
from selfeval_xlsx.checks import check  # noqa: E402
from selfeval_xlsx.findings import CheckResult, Finding, Severity  # noqa: E402
from selfeval_xlsx.form.data import from_data, to_data  # noqa: E402
from selfeval_xlsx.form.declare import Answer  # noqa: E402

_CELL = r"(?:「(\w+)」)?([A-Z]+\d+)"


def spoilt_books(faults: int, rng: random.Random) -> Iterator[tuple[str, Data, Data]]:
    """Sound workbooks and what became of them with that many faults in different cells, with the faults' names."""
    samples, seeders = list(good_samples().values()), {**KINDS, **SILENT_KINDS}
    while True:
        sound = rng.choice(samples) if rng.random() < 0.3 else random_book(rng)
        figures = WhatIf(case_of(sound))
        names = rng.sample(list(seeders), faults)
        seeded = [seeders[name](rng, figures) for name in names]
        changes = [fault.changes for fault in seeded if fault is not None]
        keys = [key for each in changes for key in each]
        if len(changes) == faults and len(keys) == len(set(keys)):
            yield "、".join(names), sound, typed(sound, {k: v for each in changes for k, v in each.items()})


def obeyed(spoilt: Data, sound: Data, result: CheckResult) -> Data:
    """``spoilt`` with all done that the errors of ``result`` say."""
    data = to_data(from_data(spoilt))
    refs = {answer.ref: key for key, answer in case_of(spoilt).answers.items()}
    right = case_of(sound).answers
    deleted: set[int] = set()
    for finding in result.of(Severity.ERROR):
        for step in finding.steps:
            overtype(data, step.key.split("."), step.text)
        if finding.code == "FIL02":
            _type_right(data, finding.key, right)
        named = list(_named(finding, refs)) if finding.cause else []
        for key in named if not {step.key for step in finding.steps} & set(named) else ():
            if Mistake.REPEATED.value.partition("{}")[2] in finding.cause:
                deleted.add(int(key.split(".")[2]))
            elif key in right:
                _type_right(data, key, right)
    for row in sorted(deleted, reverse=True):
        del data["budget"]["projects"][row]
    return data


def _type_right(data: Data, key: str, right: Mapping[str, Answer[Any]]) -> None:
    """Put what belongs into the cell of ``key``."""
    overtype(data, key.split("."), "" if right[key].computed else right[key].show())


def _named(finding: Finding, refs: dict[CellRef, str]) -> Iterator[str]:
    """The cells that the causes of a finding say are wrong; of a whole block all between its corners."""
    for sentence in finding.cause.removeprefix("可能是 ").split("，或 "):
        yield from _named_in(sentence, finding.at[0].sheet, refs)


def _named_in(sentence: str, sheet: str, refs: dict[CellRef, str]) -> Iterator[str]:
    first = re.match(_CELL, sentence)
    whole = re.match(rf"{_CELL} 至 {_CELL} 整", sentence)
    down = re.match(rf"{_CELL} 起的分值列", sentence)
    if first is None:
        return
    sheet = first[1] or sheet
    corners = (_place(first[2]), _place(whole[4] if whole else "Z999" if down else first[2]))
    for ref, key in refs.items():
        row, column = _place(ref.coordinate)
        inside = corners[0][0] <= row <= corners[1][0] and corners[0][1] <= column <= corners[1][1]
        if ref.sheet == sheet and inside and (not down or key.endswith(".weight")):
            yield key


def _place(coordinate: str) -> tuple[int, str]:
    letters = coordinate.rstrip("0123456789")
    return int(coordinate[len(letters) :]), letters


def left(spoilt: Data, sound: Data) -> tuple[Finding, ...] | None:
    """The errors left after obeying; None where there was none to begin with."""
    result = check(from_data(spoilt))
    if not result.blocked:
        return None
    return check(from_data(obeyed(spoilt, sound, result))).of(Severity.ERROR)


def measure(faults: int, workbooks: int, seed: int = 1) -> tuple[float, list[str]]:
    """The share of workbooks, in percent, in which one run was enough; and of the others faults and errors."""
    counts: Counter[bool] = Counter()
    failures = []
    for names, sound, spoilt in spoilt_books(faults, random.Random(f"{seed} {faults}")):
        errors = left(spoilt, sound)
        if errors is not None:
            counts[not errors] += 1
            if errors:
                failures.append(f"{names}: {errors[0]}")
        if counts.total() == workbooks:
            break
    return 100 * counts[True] / workbooks, failures


def main() -> None:
    """Print the rates, and what was left."""
    workbooks, seed = (int(each) for each in (*sys.argv[1:], *("300", "1")[len(sys.argv) - 1 :]))
    for faults, name in ((1, "one fault"), (2, "two faults")):
        share, failures = measure(faults, workbooks, seed)
        print(f"{name}: one run was enough in {share:.1f}% of {workbooks}", flush=True)
        print(*(f"  {each}" for each in failures), sep="\n")


if __name__ == "__main__":
    main()
