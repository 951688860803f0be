"""How well the narrative rules read Chinese prose: precision and recall on labelled sentences.

Run it from anywhere: ``python3 benchmarks/prose.py``; ``--show`` lists every sentence judged wrongly.
A file written after the rules says at its head what the first run found.
"""

import json
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache, reduce
from operator import getitem
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from selfeval_xlsx.checks import narrative  # noqa: E402 - the root must be on the path first
from selfeval_xlsx.checks.rule import Case, run  # noqa: E402
from selfeval_xlsx.form.completion import completed  # noqa: E402
from selfeval_xlsx.form.data import from_data  # noqa: E402
from selfeval_xlsx.form.form import SelfEvaluation  # noqa: E402
from selfeval_xlsx.form.rulebook import Rulebook  # noqa: E402
from selfeval_xlsx.form.values import answers_of, with_answers  # noqa: E402

FILES = (
    "prose_sentences.toml",
    "prose_held_out.toml",
    "prose_clerks.toml",
    "prose_fresh.toml",
    "prose_regions.toml",
    "prose_offices.toml",
    "prose_counties.toml",
    "prose_reports.toml",
)


@dataclass(frozen=True)
class Labelled:
    """A sentence in its cell of a good sample, and the codes it must give.

    The figures are what another kind of unit has in the place of the sample's.
    """

    text: str
    at: str
    base: str
    codes: tuple[str, ...]
    figures: tuple[tuple[str, str], ...] = ()


@dataclass
class Score:
    """Findings that were right, wrong, and missing, by code."""

    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)

    def precision(self, code: str = "") -> float:
        """Of what was found, how much is a mistake; 1 where nothing was found."""
        return _share(_count(self.right, code), _count(self.wrong, code))

    def recall(self, code: str = "") -> float:
        """Of all mistakes, how many were found; 1 where there are none."""
        return _share(_count(self.right, code), _count(self.missing, code))


def labelled(name: str) -> Iterator[Labelled]:
    """The sentences of a file."""
    for group in tomllib.loads((ROOT / "tests" / name).read_text(encoding="utf-8"))["group"]:
        figures = tuple(group.get("figures", {}).items())
        for each in group["sentences"]:
            yield Labelled(each["text"], group["at"], group["base"], tuple(each.get("codes", ())), figures)


def found_in(sentence: Labelled) -> list[str]:
    """The findings on the cell that holds the sentence."""
    base = good_sample(sentence.base, sentence.figures)
    cell = replace(dict(answers_of(base))[sentence.at], raw=sentence.text, value=sentence.text)
    changed = with_answers(base, {sentence.at: cell})
    case = Case(completed(changed, Rulebook()) if "【" in sentence.text else changed, Rulebook())
    return [str(each) for each in run(narrative.RULES, case).findings if each.at[0] == cell.ref]


@cache
def good_sample(name: str, figures: tuple[tuple[str, str], ...] = ()) -> SelfEvaluation:
    """A good sample workbook with some figures of its own, completed."""
    path = ROOT / "sample_workbooks" / "good" / f"{name}.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    for key, figure in figures:
        *way, last = (int(step) if step.isdigit() else step for step in key.split("."))
        reduce(getitem, way, data)[last] = figure
    return completed(from_data(data), Rulebook())


def score(sentences: list[Labelled], *, show: bool = False) -> Score:
    """Judge every sentence."""
    total = Score()
    for sentence in sentences:
        findings = found_in(sentence)
        expected, found = Counter(sentence.codes), Counter(text[:5] for text in findings)
        total.right += expected & found
        total.wrong += found - expected
        total.missing += expected - found
        if show and expected != found:
            print(f"- {sentence.text}\n    应有 {sorted(sentence.codes)}", *findings, sep="\n    ")
    return total


def _count(counter: Counter[str], code: str) -> int:
    return counter[code] if code else counter.total()


def _share(right: int, other: int) -> float:
    return right / (right + other) if right + other else 1.0


def main() -> None:
    """Print precision and recall, overall and by code, and what reading a workbook with the sentence costs."""
    for name in FILES:
        sentences = list(labelled(name))
        faulty = sum(bool(each.codes) for each in sentences)
        begin = time.perf_counter()
        result = score(sentences, show="--show" in sys.argv)
        spent = (time.perf_counter() - begin) / len(sentences) * 1000
        print(
            f"{name}: {len(sentences)} sentences, {faulty} with a mistake, {spent:.1f} ms a sentence in its workbook"
        )
        for code in ("", *sorted(result.right | result.wrong | result.missing)):
            counts = f"{_count(result.right, code):4} right {_count(result.wrong, code):3} wrong {_count(result.missing, code):3} missing"
            print(
                f"  {code or 'all':6} precision {result.precision(code):.3f}  recall {result.recall(code):.3f} {counts}"
            )


if __name__ == "__main__":
    main()
