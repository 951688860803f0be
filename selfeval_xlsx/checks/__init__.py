"""The checks: one file a family, one question a rule. Every code the tool can print stands here."""

from selfeval_xlsx.checks import arithmetic, completeness, execution, indicators, narrative, structure
from selfeval_xlsx.checks.rule import Case, Rule, Standing, run
from selfeval_xlsx.completion import completed
from selfeval_xlsx.findings import CheckResult
from selfeval_xlsx.form import SelfEvaluation
from selfeval_xlsx.rulebook import Rulebook

RULES: tuple[Rule, ...] = (
    *structure.RULES,
    *completeness.RULES,
    *arithmetic.RULES,
    *execution.RULES,
    *indicators.RULES,
    *narrative.RULES,
)
"""Every rule, in the order of the families."""


def check(evaluation: SelfEvaluation, rulebook: Rulebook | None = None) -> CheckResult:
    """Hold ``evaluation`` against every rule. Blanks that can be computed are computed first."""
    rules = rulebook or Rulebook()
    return run(RULES, Case(completed(evaluation, rules), rules))


__all__ = ["RULES", "Case", "Rule", "Standing", "check"]
