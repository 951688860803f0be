"""The self-proof in plain words: a table by kind of error, what was not noticed, which rule noticed how many."""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from selfeval_xlsx.checks import RULES
from selfeval_xlsx.proof.run import Fate, Proof, Trial

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
        cells.setdefault(f"{trial.seed.at.ref} {trial.seed.at.field.label}", []).append(trial)
    alone = {place: trials for place, trials in cells.items() if all(t.fate is Fate.UNHELD for t in trials)}
    some = {
        place: [t for t in trials if t.fate is Fate.UNHELD]
        for place, trials in cells.items()
        if place not in alone
    }
    yield from _places("无从核对的格：怎样填错都看不出，请人工核对", alone)
    yield from _places("部分错误无从核对的格", {place: trials for place, trials in some.items() if trials})


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
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        first, *rest = ((text, " " * (width - _width(text))) for text, width in zip(row, widths, strict=True))
        yield "  ".join(["".join(first), *(f"{space}{text}" for text, space in rest)])


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
