"""The checks: a family in one file or two, one question a rule. Every code the tool can print stands here."""

from dataclasses import replace

from selfeval_xlsx.causes import explained
from selfeval_xlsx.checks import (
    filled_in,
    indicators,
    last_year,
    narrative,
    relations,
    scores,
    structure,
)
from selfeval_xlsx.checks.rule import Case, Rule, Standing, run
from selfeval_xlsx.errors import Undone, undone
from selfeval_xlsx.findings import CheckResult
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.last_year import LastYear
from selfeval_xlsx.form.rulebook import Rulebook, load

RULES: tuple[Rule, ...] = (
    *structure.RULES,
    *filled_in.RULES,
    *relations.RULES,
    *scores.RULES,
    *indicators.RULES,
    *narrative.RULES,
    *last_year.RULES,
)
"""Every rule, in the order of the families."""


def load_rulebook(text: str) -> Rulebook:
    """The rulebook written in ``text`` (TOML), with the severities it gives to these rules.

    Raises:
        RulebookError: all that is wrong in it.

    """
    return load(text, {rule.code: rule.lower for rule in RULES})


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

    def judged(evaluation: SelfEvaluation) -> tuple[Case, CheckResult]:
        again = Case(completed(evaluation, rulebook), rulebook, last)
        return again, run(RULES, again)

    result, faults = run(RULES, case), list[Undone]()
    try:
        result = explained(result, case, judged)
    except Exception as fault:  # noqa: BLE001 - what was found stands without its causes
        faults.append(undone("没有推断可能的原因", fault))
    try:
        result = replace(result, texts=narrative.text_figures(case))
    except Exception as fault:  # noqa: BLE001 - as above
        faults.append(undone("没有清点文字里的数", fault))
    return replace(result, undone=(*result.undone, *faults))


__all__ = ["RULES", "Case", "Rule", "Standing", "check", "judge", "load_rulebook"]
