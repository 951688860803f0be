"""How well the narrative rules read Chinese prose: precision and recall on labelled sentences.

Run it from anywhere: ``python3 benchmarks/prose.py``; ``--show`` lists every sentence judged wrongly.
A file written after the rules says at its head what the first run found.
"""

import itertools
import json
import re
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, reduce
from operator import getitem
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import gathered_texts  # noqa: E402

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


# --- published texts ------------------------------------------------------------------------------

BASE, CELL = "云岭县职业教育中心", "goals.results.completion"
_STATED = re.compile(r"\{([\d,.]+)\}")
_LAST_YEAR = {
    "3,201.25": "2,961.25", "2,129.79": "2,077.00", "1,071.46": "884.25", "1,908.15": "1,846.92",
    "221.64": "230.08", "12.60": "14.28", "10.86": "11.92", "1.74": "2.36",
}  # fmt: skip


@dataclass(frozen=True)
class Variant:
    """A sentence of a published text with one mistake put in."""

    kind: str
    text: str


@dataclass
class Published:
    """What was found in the texts of one half, as they stand and with single mistakes."""

    false: list[str] = field(default_factory=list)
    tied: list[str] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    noticed: Counter[str] = field(default_factory=Counter)
    missed: list[Variant] = field(default_factory=list)


def published(half: int) -> Published:
    """The texts of ``half`` judged as they stand and with every mistake that can be put into a stated figure."""
    result = Published()
    texts = tomllib.loads((ROOT / "tests" / "prose_published.toml").read_text(encoding="utf-8"))["text"]
    for sentence in (each for text in texts if text["half"] == half for each in text["sentences"]):
        if isinstance(sentence, str):
            _judge_right(sentence, result)
        elif _codes(sentence["text"]) & set(sentence["codes"]):
            result.noticed["part, share, grade, year"] += 1
        else:
            result.missed.append(Variant("part, share, grade, year", sentence["text"]))
    return result


def _judge_right(marked: str, result: Published) -> None:
    plain = _STATED.sub(r"\1", marked)
    before = len(found_in(Labelled(plain, CELL, BASE, ())))
    result.false += [f"{plain}\n      {message}" for message in found_in(Labelled(plain, CELL, BASE, ()))]
    tied = {figure.lstrip("约") for figure in _tied(plain)}
    for match in _STATED.finditer(marked):
        (result.tied if any(figure.startswith(match[1]) for figure in tied) else result.loose).append(
            f"{match[1]}: {plain}"
        )
        for variant in _variants(marked, match):
            if len(found_in(Labelled(variant.text, CELL, BASE, ()))) > before:
                result.noticed[variant.kind] += 1
            else:
                result.missed.append(variant)


def _codes(text: str) -> set[str]:
    return {message[:5] for message in found_in(Labelled(text, CELL, BASE, ()))}


def _tied(text: str) -> list[str]:
    """The figures of ``text`` that a cell bears out."""
    base = good_sample(BASE)
    cell = replace(dict(answers_of(base))[CELL], raw=text, value=text)
    case = Case(with_answers(base, {CELL: cell}), Rulebook())
    told = (
        each
        for sentence in case.sentences
        if sentence.text.ref == cell.ref
        for each in sentence.statements.values()
    )
    return [each.figure.text for each in told if each.reference]


def _variants(marked: str, match: re.Match[str]) -> Iterator[Variant]:
    number, unit = match[1], marked[match.end() :]
    money, percent = unit.startswith("万元"), unit.startswith("%")
    digits = [at for at, character in enumerate(number) if character.isdigit()]
    pairs = [(a, b) for a, b in itertools.pairwise(digits) if number[a] != number[b]]
    texts: dict[str, str] = {}
    if pairs and number[pairs[len(pairs) // 2][1]] + number[0] != "0":
        a, b = pairs[len(pairs) // 2]
        texts["swapped"] = number[:a] + number[b] + number[a + 1 : b] + number[a] + number[b + 1 :]
    if money:
        at = digits[len(digits) // 2]
        texts["digit"] = number[:at] + str((int(number[at]) + 4) % 10) + number[at + 1 :]
        texts["point"] = f"{Decimal(number.replace(',', '')) * 10:,.1f}"
        if number in _LAST_YEAR:
            texts["last year's"] = _LAST_YEAR[number]
    else:
        texts["percent" if percent else "count"] = str(Decimal(number) + 2)
    for kind, wrong in texts.items():
        yield Variant(kind, _STATED.sub(r"\1", marked[: match.start()] + wrong + unit))
    if money:
        yield Variant(
            "unit", _STATED.sub(r"\1", marked[: match.start()] + number + unit.replace("万元", "元", 1))
        )


def print_published() -> None:
    """Both halves: false findings, figures tied to their cell, mistakes noticed by kind."""
    for half in (1, 2):
        found = published(half)
        noticed, missed = found.noticed, Counter(variant.kind for variant in found.missed)
        wrong = len(found.false)
        print(
            f"prose_published.toml, half {half}: {wrong} false on right texts, precision {_share(found.noticed.total(), wrong):.3f}"
            f", recall {_share(noticed.total(), missed.total()):.3f} of {noticed.total() + missed.total()} single mistakes"
            f", tied {_share(len(found.tied), len(found.loose)):.3f} of {len(found.tied) + len(found.loose)} figures"
        )
        print(
            "  "
            + ", ".join(
                f"{kind} {noticed[kind]}/{noticed[kind] + missed[kind]}" for kind in sorted(noticed | missed)
            )
        )
        if f"--show={half}" in sys.argv:
            print("  false:", *found.false, "  loose:", *found.loose, "  missed:", sep="\n    ")
            print(*(f"    {each.kind}: {each.text}" for each in found.missed), sep="\n")


def _count(counter: Counter[str], code: str) -> int:
    return counter[code] if code else counter.total()


def _share(right: int, other: int) -> float:
    return right / (right + other) if right + other else 1.0


def main() -> None:
    """Print the date, precision and recall, overall and by code, and what reading a workbook with the sentence costs."""
    print(datetime.now(tz=UTC).date().isoformat())
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
    print_published()
    print(*gathered_texts.report(), sep="\n")


if __name__ == "__main__":
    main()
