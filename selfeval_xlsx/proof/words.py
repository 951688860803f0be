"""The self-proof in plain words: a table by kind of error, what was not noticed, which rule noticed how many."""

import unicodedata
from collections.abc import Iterator, Sequence

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
    yield from _listed("没有发现的", proof.of(Fate.MISSED))
    yield from ("", "各条规则发现的处数（一处错误可由几条规则发现）")
    titles = {rule.code: rule.title for rule in RULES}
    yield from (f"  {code}  {count:>4}  {titles[code]}" for code, count in proof.by_rule.items())
    yield from _listed("无从核对的，请人工核对", proof.of(Fate.UNHELD))


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


def _listed(title: str, trials: Sequence[Trial]) -> Iterator[str]:
    if trials:
        yield ""
        yield f"{title}（{len(trials)} 处）"
        for trial in trials:
            said = f"（另有提示 {'、'.join(trial.codes)}）" if trial.codes else ""
            yield f"  {trial.seed.kind}  {trial.seed}{said}"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns aligned as a terminal shows them: a Chinese character is two columns wide."""
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        first, *rest = ((text, " " * (width - _width(text))) for text, width in zip(row, widths, strict=True))
        yield "  ".join(["".join(first), *(f"{space}{text}" for text, space in rest)])


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
