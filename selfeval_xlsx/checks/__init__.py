"""The checks: a family in one file or two, one question a rule. Every code the tool can print stands here."""

from dataclasses import replace

from selfeval_xlsx.causes import explain
from selfeval_xlsx.causes.corrections import Bench
from selfeval_xlsx.causes.shared_cells import suspects_of
from selfeval_xlsx.causes.what_if import Ledger
from selfeval_xlsx.checks import (
    filled_in,
    indicators,
    last_year,
    narrative,
    relations,
    structure,
)
from selfeval_xlsx.checks.rule import Case, Rule, Standing, run
from selfeval_xlsx.findings import CheckResult
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.last_year import LastYear
from selfeval_xlsx.form.rulebook import Rulebook

RULES: tuple[Rule, ...] = (
    *structure.RULES,
    *filled_in.RULES,
    *relations.RULES,
    *indicators.RULES,
    *narrative.RULES,
    *last_year.RULES,
)
"""Every rule, in the order of the families."""


def check(
    evaluation: SelfEvaluation, rulebook: Rulebook | None = None, last: LastYear | None = None
) -> CheckResult:
    """Complete ``evaluation`` and hold it against every rule; broken relations get their likely cause.

    ``last`` is last year's file, to find what was left standing from it.
    """
    rules = rulebook or Rulebook()
    return judge(completed(evaluation, rules), rules, last)


def judge(whole: SelfEvaluation, rulebook: Rulebook, last: LastYear | None = None) -> CheckResult:
    """As :func:`check`, of an evaluation that is completed already."""
    case = Case(whole, rulebook, last)
    return _with_causes(run(RULES, case), case)


def _with_causes(result: CheckResult, case: Case) -> CheckResult:
    """``result`` with likely causes and suspects; they are looked for once relations are known to be broken."""
    if not result.blocked:
        return result
    bench = Bench(Ledger(case))
    clues = explain.clues_of(bench)
    suspects = suspects_of(bench.ledger, (clue.mend for clue in clues))
    return replace(explain.explained(result, bench.ledger, clues), suspects=suspects)


__all__ = ["RULES", "Case", "Rule", "Standing", "check", "judge"]
