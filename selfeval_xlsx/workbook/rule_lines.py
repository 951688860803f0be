"""The lines of the sheet 核对 for rules that are no relations: reasons asked for, rows of indicators."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from selfeval_xlsx.form.relations import INDICATORS, LINES
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.workbook import formulas as f
from selfeval_xlsx.workbook.figures import Figures, column_area
from selfeval_xlsx.workbook.verdicts import (
    EXPLAINED,
    HOLDS,
    NOT_STATED,
    UNREADABLE,
    UNSEEN,
    WRONG,
    D,
    Line,
    Scene,
)

_TOTAL = f"{LINES}.total"
_STAFF = "overview.staff.total"


def rule_lines(scene: Scene, titles: Mapping[str, str]) -> Iterator[Line]:
    """The lines of the rules that have a title."""
    for reason in _reasons(scene.rulebook, scene.figures):
        if reason.code in titles:
            yield _reason_line(reason, titles[reason.code], scene)
    for rule in _row_rules(scene):
        if rule.code in titles:
            yield _row_line(rule, titles[rule.code])


@dataclass(frozen=True)
class Reason:
    """A quality rule on single figures: where its ``broken`` condition holds, a reason must stand."""

    code: str
    key: str
    needs: tuple[str, ...]
    shown: str
    limit: str
    broken: str
    reason: str


def _reason_line(rule: Reason, title: str, scene: Scene) -> Line:
    """The line of a quality rule."""
    cases = [
        scene.unreadable(*rule.needs),
        scene.unknown(*rule.needs),
        (f"NOT({rule.broken})", f.text(HOLDS)),
        (scene.explained(rule.reason), f.text(EXPLAINED)),
    ]
    known = f"COUNT({','.join(map(scene.figures.of, rule.needs))})={len(rule.needs)}"
    return Line(
        rule.code,
        title,
        rule.key,
        f'IF({known},{rule.shown},"")',
        f'IF({known},{rule.limit},"")',
        f.choice(cases, f.text(f"{WRONG} 没有说明原因")),
        "rate",
    )


@dataclass(frozen=True)
class RowRule:
    """A rule on the rows of the indicators, shown as one line that counts the rows that break it.

    All conditions are 0 or 1 for each row; ``unseen`` are rows whose points the program computes.
    """

    code: str
    key: str
    checked: str
    broken: str
    unseen: str
    unreadable: tuple[str, ...]


def _row_line(rule: RowRule, title: str) -> Line:
    """The counting line of a rule on rows."""
    cases = [
        (f"{'+'.join(rule.unreadable)}>0", f.text(UNREADABLE)),
        (f"{D}>0", f'"{WRONG} 有 "&{D}&" 行"'),
        (f"SUMPRODUCT({rule.unseen})>0", f.text(UNSEEN)),
        (f"SUMPRODUCT({rule.checked})>0", f.text(HOLDS)),
    ]
    return Line(
        rule.code,
        title,
        rule.key,
        f"IFERROR(SUMPRODUCT({rule.broken}),0)",
        "0",
        f.choice(cases, f.text(NOT_STATED)),
        "count",
    )


def _reasons(rulebook: Rulebook, figures: Figures) -> tuple[Reason, ...]:
    """The quality rules on single figures, with the rulebook's thresholds."""
    outturn, adjusted, change, original = (
        f.money(figures.of(f"{_TOTAL}.{column}"))
        for column in ("outturn", "adjusted_budget", "budget_adjustment", "original_budget")
    )
    people, posts = figures.of(f"{_STAFF}.staff_in_post"), figures.of(f"{_STAFF}.authorised_posts")
    low, large = rulebook.execution.low_rate, rulebook.execution.large_adjustment
    most = rulebook.staff.control_rate
    return (
        Reason(
            "EXE04",
            f"{_TOTAL}.execution_rate",
            (f"{_TOTAL}.outturn", f"{_TOTAL}.adjusted_budget"),
            f'IF({adjusted}=0,"",{f.quotient(outturn, adjusted)})',
            f"{low / 100}",
            f"IF({adjusted}=0,FALSE,ROUND({f.quotient(outturn, adjusted)}*100-{low:f},6)<0)",
            "budget.notes.execution_reason",
        ),
        Reason(
            "EXE07",
            f"{_STAFF}.staff_in_post",
            (f"{_STAFF}.staff_in_post", f"{_STAFF}.authorised_posts"),
            f'IF({posts}=0,"",{f.quotient(people, posts)})',
            f"{most / 100}",
            f"ROUND({people}*100-{posts}*{most:f},6)>0",
            "overview.structure.overstaffing_reason",
        ),
        Reason(
            "EXE08",
            f"{_TOTAL}.budget_adjustment",
            (f"{_TOTAL}.budget_adjustment", f"{_TOTAL}.original_budget"),
            f'IF({original}=0,"",{f.quotient(f"ABS({change})", original)})',
            f"{large / 100}",
            f"IF({original}=0,{change}<>0,ROUND({f.quotient(f'ABS({change})', original)}*100-{large:f},6)>0)",
            "budget.notes.adjustment_reason",
        ),
    )


def _row_rules(scene: Scene) -> tuple[RowRule, ...]:
    """The rules on rows of indicators that a formula can express: what was typed, not what is computed."""
    score, weight, reason = (f"{INDICATORS}.{column}" for column in ("score", "weight", "deviation_reason"))
    kind = scene.plan.columns[score][2].field.kind
    points, most, why = (column_area(scene.plan, key) for key in (score, weight, reason))
    both = f"{f.is_valid(points, kind)}*{f.is_valid(most, kind)}"
    unreadable = tuple(scene.figures.column(key).unreadable for key in (score, weight))
    open_points = f"(LEN({points})=0)*{f.is_valid(most, kind)}"
    return (
        RowRule("IND03", score, both, f"{both}*({points}>{most})", "0", unreadable),
        RowRule(
            "IND09", reason, both, f"{both}*({points}<{most})*{f.is_nothing(why)}", open_points, unreadable
        ),
    )
