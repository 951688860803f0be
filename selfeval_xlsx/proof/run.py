"""Holds the checks against seeded errors: which are noticed, by which rule, and which are not."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
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


def _unwatched(done: int, of: int) -> None:
    """Nobody waits."""


def prove(evaluation: SelfEvaluation, rulebook: Rulebook, progress: Progress = _unwatched) -> Proof:
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
    said: dict[tuple[str, CellRef | None], int] = {}
    for finding in run(RULES, Case(whole, rulebook)).findings:
        for place in finding.at or (None,):
            said[finding.code, place] = max(said.get((finding.code, place), 0), _WEIGHTS[finding.severity])
    return said


def _news(known: Said, said: Said) -> dict[str, int]:
    """The rules that say something they did not say before, or say it more gravely: how gravely."""
    news: dict[str, int] = {}
    for (code, at), weight in sorted(said.items(), key=lambda item: item[0][0]):
        if code != COMPUTED_BLANK and weight > known.get((code, at), 0):
            news[code] = max(news.get(code, 0), weight)
    return news
