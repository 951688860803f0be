"""How often the likely cause of a broken relation is named, and how often wrongly.

``python3 benchmarks/causes.py [FAULTS [SEED]]`` seeds FAULTS faults of each kind (default 200) into the good
samples and into random workbooks whose relations all hold, checks each, and prints per kind what
became of them. A fault is *right* where every cause named tells its kind and its cell, *wrong* where
some finding tells another mistake, *silent* where no cause is named. It is *undecidable* where it is
neither right nor wrong and the same kind of mistake makes the same figures of another sound workbook.
Faults that break no relation, or stay within rounding, cannot be seen and are not counted. The last
two kinds have no cause to be told: silence is what is wanted there.
"""

import random
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "sample_workbooks")]

from faults import (  # noqa: E402 - the root must be on the path first
    KINDS,
    SILENT_KINDS,
    Data,
    Fault,
    Seeder,
    case_of,
    good_samples,
    is_ambiguous,
    random_book,
    typed,
)

from selfeval_xlsx.causes.mistakes import Mistake, MistakeKind, Trials  # noqa: E402
from selfeval_xlsx.causes.what_if import WhatIf  # noqa: E402
from selfeval_xlsx.cells import column_letters  # noqa: E402
from selfeval_xlsx.checks import Case, check  # noqa: E402
from selfeval_xlsx.findings import CheckResult, Finding, Severity  # noqa: E402
from selfeval_xlsx.form.data import from_data  # noqa: E402
from selfeval_xlsx.form.kinds import Amount  # noqa: E402

ALIKE: dict[MistakeKind, tuple[MistakeKind, ...]] = {
    Mistake.OMITTED: (Mistake.ONLY,),
    Mistake.NEIGHBOUR: (Mistake.ONLY,),
    Mistake.COPIED: (Mistake.COPIED, Mistake.NEIGHBOUR, Mistake.ONLY),
}
"""Mistakes that tell of a kind of fault, too: a total that lacks one of two items is a copy of the other."""

# --- what is said of them -------------------------------------------------------------------------

OUTCOMES = ("right", "with another", "wrong", "silent", "undecidable")


def outcome(fault: Fault, case: Case, result: CheckResult) -> str:
    """``unseen``, ``right``, ``with another`` (right, but one of two named), ``wrong`` or ``silent``."""
    if not any(each.proves for each in WhatIf(case).broken):
        return "unseen"
    told = [_told(finding) for finding in result.of(Severity.ERROR) if finding.cause]
    if not told:
        return "silent"
    fits = [[_fits(*each, fault, case) for each in mistakes] for mistakes in told]
    if not all(any(each) for each in fits):
        return "wrong"
    return "right" if all(all(each) for each in fits) else "with another"


def _decided(said: str, fault: Fault, data: Data, sound: WhatIf) -> str:
    """``said``, or ``undecidable`` where that is why nothing was said, or two causes."""
    if said not in {"silent", "with another"} or fault.mistake is None:
        return said
    return "undecidable" if is_ambiguous(fault, WhatIf(case_of(data)), data, sound) else said


def suspicion(fault: Fault, case: Case, result: CheckResult, sound: WhatIf) -> str:
    """Of one wrong cell in two broken relations or more: ``named`` alone with its right figure, or ``missed``."""
    key = fault.cells[0]
    if len(fault.changes) - len(fault.followed) > 1 or len(Trials(WhatIf(case)).cells.get(key, ())) < 2:
        return "no suspect" if not result.suspects else "falsely"
    right = [(case.answers[key].ref, sound.show(key, sound.values[key]))]
    return "named" if [(each.at, each.satisfying) for each in result.suspects] == right else "missed"


def _told(finding: Finding) -> list[tuple[str, str]]:
    """The cells and mistakes of a finding's cause: 「预算」D9, 漏加了 D8."""
    told = []
    for sentence in finding.cause.removeprefix("可能是 ").split("，或 "):
        said = re.fullmatch(r"(\S+(?: 至 \S+ 整.)?) (.+?)(?:（应为 [^）]*）)?", sentence)
        cell, mistakes = said.groups() if said else (sentence, "")
        place = cell if cell.startswith("「") else f"「{finding.at[0].sheet}」{cell}"
        told += [(place, mistake) for mistake in mistakes.split("，或")]
    return told


def _fits(place: str, mistake: str, fault: Fault, case: Case) -> bool:
    if fault.mistake is None:
        return False
    shapes = [each.value.split("{}") for each in (fault.mistake, *ALIKE.get(fault.mistake, ()))]
    told = any(re.fullmatch(".+".join(map(re.escape, shape)), mistake) for shape in shapes)
    return told and place in _places(fault, case)


def _places(fault: Fault, case: Case) -> list[str]:
    """Where a fault may be said to lie: in one of its cells, or in all of them."""
    answers = [answer for key, answer in case.answers.items() if key.startswith(fault.cells)]
    if fault.extent is None:
        return [str(answer.ref) for answer in answers]
    amounts = [answer.ref for answer in answers if isinstance(answer.field.kind, Amount)]
    row, column = (max(answer.ref.place[n] for answer in answers) for n in (0, 1))
    whole = f"{amounts[0]} 至 {column_letters(column)}{row} {fault.extent.value}"
    return [whole, *map(str, amounts)] if fault.mistake is Mistake.COPIED else [whole]


def measure(seeder: Seeder, faults: int, rng: random.Random) -> Counter[str]:
    """What became of ``faults`` faults that can be seen (and of those met on the way that cannot)."""
    samples = list(good_samples().values())
    counts: Counter[str] = Counter()
    for _ in range(20 * faults):
        base = rng.choice(samples) if rng.random() < 0.3 else random_book(rng)
        sound = WhatIf(case_of(base))
        fault = seeder(rng, sound)
        if fault is not None:
            data = typed(base, fault.changes)
            case, result = case_of(data), check(from_data(data))
            counts[_decided(outcome(fault, case, result), fault, data, sound)] += 1
            counts[suspicion(fault, case, result, sound)] += 1
        if sum(counts[name] for name in OUTCOMES) == faults:
            break
    return counts


def table(kinds: Mapping[str, Seeder], faults: int, seed: int = 1) -> dict[str, Counter[str]]:
    """Outcomes by kind, each kind from its own seed, so that it can be repeated alone."""
    return {name: measure(seeder, faults, random.Random(f"{seed} {name}")) for name, seeder in kinds.items()}


def shares(counts: Iterable[Counter[str]]) -> dict[str, float]:
    """Shares of the outcomes among the faults that can be seen, in percent."""
    total = sum(counts, Counter[str]())
    seen = sum(total[name] for name in OUTCOMES)
    return {name: 100 * total[name] / seen for name in OUTCOMES}


def _print(name: str, counts: Counter[str]) -> None:
    seen = sum(counts[each] for each in OUTCOMES)
    cells = "".join(f"{share:>13.1f}%" for share in shares([counts]).values()) if seen else ""
    print(f"{name:<24}{seen:>6}{counts['unseen']:>8}{cells}", flush=True)


def main() -> None:
    """Print the table."""
    faults, seed = (int(each) for each in (*sys.argv[1:], *("200", "1")[len(sys.argv) - 1 :]))
    print(f"{'seeded':<24}{'seen':>6}{'unseen':>8}" + "".join(f"{name:>14}" for name in OUTCOMES))
    suspected: Counter[str] = Counter()
    for kinds, title in ((KINDS, "all with a cause"), (SILENT_KINDS, "all without one")):
        total: Counter[str] = Counter()
        for name in kinds:
            [counts] = table({name: kinds[name]}, faults, seed).values()
            total += counts
            _print(name, counts)
        _print(title, total)
        suspected += total
    print(
        f"one wrong cell in two broken relations or more: named as the one suspect, with its right figure,"
        f" {suspected['named']}; not so {suspected['missed']}."
        f" Other faults: no suspect {suspected['no suspect']}, some {suspected['falsely']}."
    )


if __name__ == "__main__":
    main()
