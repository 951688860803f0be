"""Self-proof: errors are seeded into a copy of a filled form, and the checks must notice them.

``seeds`` makes the errors, ``truth`` says by its own arithmetic which of them something in the form contradicts;
here both are held against what the checks find, and it is said in words which are noticed, by which rule.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from enum import Enum
from functools import cached_property
from typing import Any

from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.checks import RULES, Case
from selfeval_xlsx.checks.rule import run
from selfeval_xlsx.findings import Severity
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.form.values import with_answers
from selfeval_xlsx.proof.seeds import Seed, seeds
from selfeval_xlsx.proof.truth import broken
from selfeval_xlsx.text import width

Progress = Callable[[int, int], None]
"""Told how many of how many seeds are done."""

COMPUTED_BLANK = "FIL10"
"""Says that a blank was computed, which is no notice of an error."""

Said = Mapping[tuple[str, CellRef | None], int]
"""How gravely each rule speaks of each cell."""

_WEIGHTS = {Severity.NOTE: 1, Severity.WARNING: 2, Severity.ERROR: 3}


class Fate(Enum):
    """What became of a seeded error."""

    CAUGHT = "发现"
    MISSED = "未发现"
    UNHELD = "无从核对"
    """Nothing in the form contradicts it."""


@dataclass(frozen=True)
class Trial:
    """One seeded error, what became of it, and the rules that spoke up."""

    seed: Seed
    fate: Fate
    codes: tuple[str, ...]
    blocks: bool
    """Whether one of them spoke of an error, which keeps the report back."""

    def data(self) -> dict[str, Any]:
        """The trial as JSON holds it."""
        at = self.seed.at
        return {
            "kind": self.seed.kind,
            "sheet": at.ref.sheet,
            "cell": at.ref.coordinate,
            "label": at.field.label,
            "was": at.raw,
            "typed": self.seed.typed,
            "fate": self.fate.name.lower(),
            "codes": list(self.codes),
            "blocks": self.blocks,
        }


@dataclass(frozen=True)
class Proof:
    """All trials of one form."""

    trials: tuple[Trial, ...]

    def of(self, fate: Fate, kind: str | None = None) -> tuple[Trial, ...]:
        """The trials with one fate, of one kind of error or of all."""
        return tuple(t for t in self.trials if t.fate is fate and kind in {None, t.seed.kind})

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of error that could be seeded."""
        return tuple(dict.fromkeys(trial.seed.kind for trial in self.trials))

    @cached_property
    def by_rule(self) -> dict[str, int]:
        """How many of the errors that break something each rule noticed, the most first."""
        counts = Counter(code for trial in self.of(Fate.CAUGHT) for code in trial.codes)
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    @property
    def rate(self) -> Decimal | None:
        """The percentage noticed of the errors that break something; rounded down, so that 100 means all."""
        caught, held = len(self.of(Fate.CAUGHT)), len(self.trials) - len(self.of(Fate.UNHELD))
        return (Decimal(caught) / held * 100).quantize(Decimal("0.1"), ROUND_DOWN) if held else None

    def data(self) -> dict[str, Any]:
        """The proof as JSON holds it."""
        return {
            "kinds": {
                kind: {fate.name.lower(): len(self.of(fate, kind)) for fate in Fate} for kind in self.kinds
            },
            "percent": None if self.rate is None else str(self.rate),
            "rules": self.by_rule,
            "trials": [trial.data() for trial in self.trials],
        }


def prove(
    evaluation: SelfEvaluation, rulebook: Rulebook, progress: Progress = lambda _done, _of: None
) -> Proof:
    """Seed every error into a copy of ``evaluation``, one at a time, and see what the checks say."""
    return Proof(tuple(_trials(evaluation, rulebook, progress)))


def _trials(evaluation: SelfEvaluation, rulebook: Rulebook, progress: Progress) -> Iterator[Trial]:
    whole = completed(evaluation, rulebook)
    known, before = _said(whole, rulebook), broken(whole, rulebook)
    planted = seeds(evaluation)
    for done, seed in enumerate(planted, 1):
        spoiled = completed(with_answers(evaluation, seed.changed), rulebook)
        news = _news(known, _said(spoiled, rulebook))
        fate = Fate.UNHELD if broken(spoiled, rulebook) <= before else Fate.CAUGHT if news else Fate.MISSED
        yield Trial(seed, fate, tuple(news), max(news.values(), default=0) == _WEIGHTS[Severity.ERROR])
        progress(done, len(planted))


def _said(whole: SelfEvaluation, rulebook: Rulebook) -> Said:
    """What the checks say of a completed form: the gravest word of each rule on each cell."""
    said = Counter[tuple[str, CellRef | None]]()
    for finding in run(RULES, Case(whole, rulebook)).findings:
        weight = _WEIGHTS[finding.severity]
        said |= Counter(dict.fromkeys(((finding.code, place) for place in finding.at or (None,)), weight))
    return said


def _news(known: Said, said: Said) -> dict[str, int]:
    """The rules that say something they did not say before, or say it more gravely: how gravely."""
    news = Counter[str]()
    for (code, at), weight in said.items():
        if code != COMPUTED_BLANK and weight > known.get((code, at), 0):
            news |= Counter({code: weight})
    return dict(sorted(news.items()))


# --- in words -------------------------------------------------------------------------------------

_HEADS = ("错误种类", "种入", "发现", "其中报错", "未发现", "无从核对")
_EXPLAINED = (
    "每次只在填报内容的副本里种入一处错误，再核对一遍；原工作簿没有改动。",
    "发现：核对后多出一条结果。其中报错：会挡住报告；其余是提醒，或已有原因、属说明的。",
    "无从核对：改动后没有一条关系对不上（差额在四舍五入之内、留空后可算回原数，或这个数不在任何关系里），",
    "这是另外算出来的，不以规则有没有反应为准。",
)


def lines(proof: Proof) -> Iterator[str]:
    """The whole proof."""
    yield from _EXPLAINED
    yield ""
    yield from _table([_HEADS, *(_row(proof, kind) for kind in proof.kinds), _row(proof, None)])
    yield ""
    yield _verdict(proof)
    yield from _missed(proof.of(Fate.MISSED))
    yield from ("", "各条规则发现的处数（一处错误可由几条规则发现）")
    titles = {rule.code: rule.title for rule in RULES}
    yield from (f"  {code}  {count:>4}  {titles[code]}" for code, count in proof.by_rule.items())
    yield from _unheld(proof)


def _row(proof: Proof, kind: str | None) -> tuple[str, ...]:
    caught, missed, unheld = (proof.of(fate, kind) for fate in Fate)
    seeded = len(caught) + len(missed) + len(unheld)
    counts = (seeded, len(caught), sum(trial.blocks for trial in caught), len(missed), len(unheld))
    return (kind or "合计", *map(str, counts))


def _verdict(proof: Proof) -> str:
    caught, missed = len(proof.of(Fate.CAUGHT)), len(proof.of(Fate.MISSED))
    if proof.rate is None:
        return "没有一处错误与别的数对不上，无从证明。"
    return f"与别的数对不上的错误 {caught + missed} 处，发现 {caught} 处，占 {proof.rate}%。"


def _missed(trials: Sequence[Trial]) -> Iterator[str]:
    if trials:
        yield from ("", f"没有发现的（{len(trials)} 处）")
        yield from (f"  {trial.seed.kind}  {trial.seed}" for trial in trials)


def _unheld(proof: Proof) -> Iterator[str]:
    """What nothing contradicts, by cell; first the cells that no error in them could be told from."""
    cells: dict[str, list[Trial]] = {}
    for trial in proof.trials:
        cells.setdefault(trial.seed.at.named, []).append(trial)
    alone, some = dict[str, list[Trial]](), dict[str, list[Trial]]()
    for place, trials in cells.items():
        unheld = [trial for trial in trials if trial.fate is Fate.UNHELD]
        if unheld:
            (alone if unheld == trials else some)[place] = unheld
    yield from _places("无从核对的格：怎样填错都看不出，请人工核对", alone)
    yield from _places("部分错误无从核对的格", some)


def _places(title: str, cells: Mapping[str, Sequence[Trial]]) -> Iterator[str]:
    if cells:
        yield from ("", f"{title}（{len(cells)} 格，{sum(map(len, cells.values()))} 处）")
    for place, trials in cells.items():
        kinds = Counter(trial.seed.kind for trial in trials)
        codes = sorted({code for trial in trials for code in trial.codes})
        said = f"（其中有提示：{'、'.join(codes)}）" if codes else ""
        yield f"  {place}：{'，'.join(f'{kind} {count}' for kind, count in kinds.items())}{said}"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns aligned as a terminal shows them: a Chinese character is two columns wide."""
    widths = [max(_columns(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        first, *rest = (
            (text, " " * (width - _columns(text))) for text, width in zip(row, widths, strict=True)
        )
        yield "  ".join(["".join(first), *(f"{space}{text}" for text, space in rest)])


def _columns(text: str) -> int:
    return round(2 * width(text))
