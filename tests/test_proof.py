"""The self-proof: which errors are seeded, what contradicts them, what the rules notice, how it is told."""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from samples import spoil

from selfeval_xlsx.checks import RULES
from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.form.values import answers_of
from selfeval_xlsx.proof import Fate, Proof, lines, prove
from selfeval_xlsx.proof.seeds import KINDS, Seed, seeds
from tests.conftest import GOOD, Shell, sample
from tests.places import printed
from tests.test_relations import SCALE

FULL = sample("云岭县职业教育中心")
TOWN = sample("青石镇综合服务中心")
LINES = "budget.lines"


STEP = max(1, 4 // SCALE)
"""One error of so many is seeded; all of them where SELFEVAL_EXAMPLES is 4 or more."""
IN_NO_RELATION, RATE, OUTTURN = (
    "overview.structure.fixed_assets",
    f"{LINES}.personnel.execution_rate",
    f"{LINES}.operating.outturn",
)


def proof_of(evaluation: SelfEvaluation, errors: Sequence[Seed]) -> Proof:
    """The proof by these errors alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("selfeval_xlsx.proof.seeds", lambda _: tuple(errors))
        return prove(evaluation, Rulebook())


@cache
def full_seeds() -> tuple[Seed, ...]:
    return seeds(from_data(FULL))


@pytest.fixture(scope="module")
def full_proof() -> Proof:
    """The proof of the full sample, by all errors in three of its cells and some of the others."""
    errors = [
        seed
        for number, seed in enumerate(full_seeds())
        if number % STEP == 0 or {IN_NO_RELATION, RATE, OUTTURN} & set(seed.changed)
    ]
    return proof_of(from_data(FULL), errors)


@pytest.fixture(scope="module")
def town_proof() -> Proof:
    return proof_of(from_data(TOWN), seeds(from_data(TOWN))[::STEP])


def planted(kind: str, key: str) -> list[str]:
    """What is typed into a cell of the full sample by one kind of error."""
    return [seed.typed for seed in full_seeds() if (seed.kind, seed.at.field.key) == (kind, key)]


@pytest.mark.parametrize(
    ("kind", "key", "typed"),
    [
        ("末位差一", f"{LINES}.operating.adjusted_budget", ["228.31", "228.29"]),
        ("末位差一", f"{LINES}.operating.execution_rate", ["97.09%", "97.07%"]),
        ("末位差一", "overview.staff.total.staff_in_post", ["147", "145"]),
        ("数字颠倒", f"{LINES}.operating.outturn", ["221.46", "212.64", "226.14"]),
        ("小数点错位", f"{LINES}.operating.outturn", ["2216.4", "22.164"]),
        ("单位混淆", f"{LINES}.operating.outturn", ["2216400", "0.022164"]),
        ("百分号", f"{LINES}.operating.execution_rate", ["9708%", "0.9708%"]),
        ("正负号", f"{LINES}.operating.budget_adjustment", ["8.20"]),
        ("漏填", "goals.assessment.grade", [""]),
        ("选错选项", "goals.assessment.grade", ["良", "中", "差"]),
        ("日期过早", "overview.sign_off.report_date", ["2025-3-16"]),
    ],
)
def test_errors_clerks_make(kind: str, key: str, typed: list[str]) -> None:
    assert sorted(planted(kind, key)) == sorted(typed)


def test_a_figure_changes_places_with_its_neighbours() -> None:
    swaps = [
        {key: answer.raw for key, answer in seed.changed.items()}
        for seed in seeds(from_data(TOWN))
        if seed.kind == "填错行列" and seed.at.field.key == f"{LINES}.personnel.adjusted_budget"
    ]
    assert swaps == [
        {f"{LINES}.personnel.adjusted_budget": "", f"{LINES}.personnel.outturn": "1629.26"},
        {f"{LINES}.personnel.adjusted_budget": "41.98", f"{LINES}.operating.adjusted_budget": "1629.26"},
    ]


def test_every_kind_of_error_is_seeded_and_always_the_same() -> None:
    first = full_seeds()
    assert {seed.kind for seed in first} == set(KINDS)
    assert [str(seed) for seed in first] == [str(seed) for seed in seeds(from_data(FULL))]
    assert len({tuple((key, a.raw) for key, a in seed.changed.items()) for seed in first}) == len(first)


def test_no_seed_reads_as_what_stood_there() -> None:
    evaluation = from_data(FULL)
    before = dict(answers_of(evaluation))
    for seed in full_seeds():
        readings = [(answer.value, answer.problem) for answer in seed.changed.values()]
        assert readings != [(before[key].value, before[key].problem) for key in seed.changed], seed


def test_the_rules_notice_what_breaks_a_relation(full_proof: Proof, town_proof: Proof) -> None:
    """At least 97% of the seeded errors that something in the workbook contradicts."""
    for proof in (full_proof, town_proof):
        assert proof.rate is not None
        assert proof.rate >= 97
    assert len(full_proof.trials) > 2000 / STEP
    assert set(full_proof.kinds) == set(KINDS)


def test_errors_that_only_texts_contradict_are_the_only_ones_missed(full_proof: Proof) -> None:
    missed = {trial.seed.at.field.key.rpartition(".")[2] for trial in full_proof.of(Fate.MISSED)}
    assert missed <= {"actual_value", "result", "completion", "effects", "satisfaction"}


def test_what_nothing_contradicts_is_counted_apart(full_proof: Proof) -> None:
    fates = {str(trial.seed): trial.fate for trial in full_proof.trials}
    rate = f"「{RATE}」 人员经费·预算执行率：99.76%"
    for seed, fate in (
        (f"「{IN_NO_RELATION}」 固定资产：8642.35 → 6842.35", Fate.UNHELD),
        (f"{rate} → （空）", Fate.UNHELD),  # computed back
        (f"「{OUTTURN}」 公用经费·执行数：221.64 → 221.63", Fate.UNHELD),  # rounding explains it
        (f"{rate} → 99.67%", Fate.CAUGHT),
    ):
        assert fates[printed(seed)] is fate


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("SUM03", "budget.projects.1.budget_adjustment"),
        ("SUM06", "overview.structure.outturn"),
        ("SUM08", "overview.staff.administrative.authorised_posts"),
        ("SUM09", "budget.notes.project_count"),
        ("SUM10", "budget.balance.income"),
        ("EXE02", f"{LINES}.operating.execution_rate"),
        ("EXE06", "overview.structure.control_rate"),
        ("IND07", "goals.assessment.total_score"),
    ],
)
def test_a_rule_switched_off_is_missed(code: str, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The yardstick does not come from the rules: without one of them, errors stay unnoticed and are listed."""
    assert not prove_one(key).of(Fate.MISSED)
    silent = tuple(replace(rule, subjects=lambda _: ()) if rule.code == code else rule for rule in RULES)
    monkeypatch.setattr("selfeval_xlsx.proof.RULES", silent)
    assert prove_one(key).of(Fate.MISSED)


def prove_one(key: str) -> Proof:
    """The proof of the full sample, by the errors in one cell."""
    return proof_of(from_data(FULL), [seed for seed in full_seeds() if set(seed.changed) == {key}])


def test_a_relation_broken_from_the_start_proves_nothing() -> None:
    """The unit's own error is there before the seeds: only what is new counts."""
    wrong = from_data(spoil(TOWN, {"overview.structure.outturn": "1.00"}))
    own = [seed for seed in seeds(wrong) if seed.at.field.key == "overview.structure.outturn"]
    proof = proof_of(wrong, own)
    assert [trial.fate for trial in proof.trials if trial.seed.kind == "末位差一"] == [Fate.UNHELD] * 2


def test_the_proof_in_words(town_proof: Proof) -> None:
    said = list(lines(town_proof))
    table = [line.split() for line in said if line.split()[:1] in [[kind] for kind in (*KINDS, "合计")]]
    assert [row[0] for row in table] == [*town_proof.kinds, "合计"]
    for row in table:
        seeded, caught, blocking, missed, unheld = map(int, row[1:])
        assert seeded == caught + missed + unheld
        assert blocking <= caught
    assert int(table[-1][1]) == len(town_proof.trials)
    held = len(town_proof.trials) - len(town_proof.of(Fate.UNHELD))
    assert f"与别的数对不上的错误 {held} 处，发现 {held} 处，占 100.0%。" in said
    assert any("固定资产" in line for line in said)


def test_missed_errors_are_listed_with_cell_and_value(full_proof: Proof) -> None:
    said = "\n".join(lines(full_proof))
    for trial in full_proof.of(Fate.MISSED):
        assert f"  {trial.seed.kind}  {trial.seed}" in said


def test_the_command_prints_the_proof(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    few = seeds(from_data(TOWN))[::20]
    monkeypatch.setattr("selfeval_xlsx.proof.seeds", lambda _: few)
    book = shell.put(GOOD / "青石镇综合服务中心.xlsx")
    before = book.read_bytes()
    status, said = shell("rules", "--prove", book)
    assert status == 0
    assert "错误种类" in said
    assert book.read_bytes() == before
    assert shell("rules", "--prove", book, "--json")[0] == 0
    data: dict[str, Any] = json.loads(shell.out)
    assert len(data["trials"]) == len(few)
    assert {trial["fate"] for trial in data["trials"]} <= {"caught", "missed", "unheld"}
    assert sum(sum(counts.values()) for counts in data["kinds"].values()) == len(few)


def test_an_empty_form_proves_nothing() -> None:
    proof = prove(from_data({}), Rulebook())
    assert (proof.trials, proof.rate) == ((), None)
    assert "没有一处错误与别的数对不上，无从证明。" in list(lines(proof))


def test_progress_is_told_for_every_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    few = seeds(from_data(TOWN))[:3]
    monkeypatch.setattr("selfeval_xlsx.proof.seeds", lambda _: few)
    told: list[tuple[int, int]] = []
    prove(from_data(TOWN), Rulebook(), lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]
