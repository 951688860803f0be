"""How exact the checks are: the self-proof of the good samples, and how many examples the property tests try.

``python3 benchmarks/relations.py`` prints, for each sample, how many errors were seeded, how many of them
something in the workbook contradicts, how many of those the rules notice, and the time for each; then the
sizes of the property tests in ``tests/test_relations.py`` (``SELFEVAL_EXAMPLES=10`` makes them ten times as large).
"""

import json
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from selfeval_xlsx.form.data import from_data  # noqa: E402 - the root must be on the path first
from selfeval_xlsx.form.rulebook import Rulebook  # noqa: E402
from selfeval_xlsx.proof import Fate, prove  # noqa: E402


def main() -> None:
    """Prove every good sample and print."""
    for path in sorted((ROOT / "sample_workbooks" / "good").glob("*.json")):
        evaluation = from_data(json.loads(path.read_text(encoding="utf-8")))
        begin = time.process_time()
        proof = prove(evaluation, Rulebook())
        each = (time.process_time() - begin) / len(proof.trials) * 1000
        caught, missed, unheld = (len(proof.of(fate)) for fate in Fate)
        print(
            f"{path.stem}: {len(proof.trials)} seeded, {caught + missed} contradicted, {caught} noticed ({proof.rate}%), "
            f"{unheld} that nothing contradicts; {each:.1f} ms each"
        )
        texts = sum(trial.seed.kind == "文字中的数" for trial in proof.of(Fate.MISSED))
        print(
            f"  not noticed: {missed}, of them {texts} seeded in texts; rules that noticed some: {len(proof.by_rule)}"
        )
    from tests.test_relations import SIZES

    print("property tests:", ", ".join(f"{name} {size}" for name, size in SIZES.items()))


if __name__ == "__main__":
    main()
