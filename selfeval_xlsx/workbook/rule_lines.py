"""The lines of the sheet 核对 for rules that are no relations: reasons asked for, rows, figures of many lines."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from selfeval_xlsx.form.declare import defined_name
from selfeval_xlsx.form.form import PLAN
from selfeval_xlsx.form.kinds import Amount
from selfeval_xlsx.form.relation_kinds import AtMost
from selfeval_xlsx.form.relations import FIXED, INDICATORS, LINES, PROJECTS
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.workbook import formulas as f
from selfeval_xlsx.workbook.figures import Figures, column_area
from selfeval_xlsx.workbook.verdicts import (
    DOUBTFUL,
    EXPLAINED,
    HOLDS,
    NOT_STATED,
    UNREADABLE,
    UNSEEN,
    WRONG,
    D,
    F,
    Line,
    Scene,
    within_rounding,
)

SCORE_COLUMNS = ("score", "weight", "deviation_reason", "scoring_standard")
"""The columns of a list of indicators that say which points were lost, and why."""
_TOTAL = f"{LINES}.total"
_STAFF = "overview.staff.total"
_SPENT = "budget.balance.expenditure"


def rule_lines(scene: Scene, titles: Mapping[str, str]) -> Iterator[Line]:
    """The lines of the rules that have a title."""
    for reason in _reasons(scene.rulebook, scene.figures):
        if reason.code in titles:
            yield _reason_line(reason, titles[reason.code], scene)
    for rule in (*_row_rules(scene), *_project_rules(scene), _below_zero(scene), _beyond_original(scene)):
        if rule.code in titles:
            yield _row_line(rule, titles[rule.code])
    if "SUM13" in titles:
        yield _balance_line(titles["SUM13"], scene)


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
        (*rule.needs, rule.reason),
        "rate",
    )


@dataclass(frozen=True)
class RowRule:
    """A rule on rows, shown as one line that counts the rows that break it.

    All conditions are 0 or 1 for each row; ``unseen`` are rows whose points the program computes. ``sign``
    and ``counter`` are how the sheet says that, and how often, it is broken.
    """

    code: str
    key: str
    checked: str
    broken: str
    unreadable: tuple[str, ...]
    unseen: str = "0"
    sign: str = WRONG
    counter: str = "行"


def _row_line(rule: RowRule, title: str) -> Line:
    """The counting line of a rule on rows."""
    cases = [
        (f"{'+'.join(rule.unreadable)}>0", f.text(UNREADABLE)),
        (f"{D}>0", f'"{rule.sign} 有 "&{D}&" {rule.counter}"'),
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
        (),
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


def score_conditions(score: str, weight: str, reason: str) -> tuple[str, str, str]:
    """Of one indicator's cells or of whole columns, 0 or 1 for each row.

    Whether points and weight are known; whether there are more points than the weight; whether fewer, without a reason.
    """
    kind = PLAN.columns[f"{INDICATORS}.score"][2].field.kind
    both = f"{f.is_valid(score, kind)}*{f.is_valid(weight, kind)}"
    return both, f"{both}*({score}>{weight})", f"{both}*({score}<{weight})*{f.is_nothing(reason)}"


def _row_rules(scene: Scene) -> tuple[RowRule, ...]:
    """The rules on rows of indicators that a formula can express: what was typed, not what is computed."""
    score, weight, reason, standard = (f"{INDICATORS}.{name}" for name in SCORE_COLUMNS)
    points, most, why, how = (column_area(scene.plan, key) for key in (score, weight, reason, standard))
    both, beyond, lost = score_conditions(points, most, why)
    unreadable = tuple(scene.figures.column(key).unreadable for key in (score, weight))
    alone = f.is_nothing(how)
    weighed = f.is_valid(most, scene.plan.columns[weight][2].field.kind)
    unseen = f"(LEN({points})=0)*{weighed}+{lost}*(1-{alone})"
    return (
        RowRule("IND03", score, both, beyond, unreadable),
        RowRule("IND09", reason, both, f"{lost}*{alone}", unreadable, unseen),
    )


def _project_rules(scene: Scene) -> tuple[RowRule, ...]:
    """The relations within each row of the project list, of rows that were inserted, too."""
    original, adjustment, adjusted, spent, rate = (
        _Column(scene, name)
        for name in ("original_budget", "budget_adjustment", "adjusted_budget", "outturn", "execution_rate")
    )
    parts = f"{original.known}*{adjustment.known}"
    total = f"({original.amounts}+{adjustment.amounts})"
    blank = f"(LEN({adjusted.area})=0)*{parts}"
    budget = f"({adjusted.known}*{adjusted.amounts}+{blank}*{total})"
    both = f"({adjusted.known}+{blank})*{spent.known}"
    rated = f"{both}*{rate.known}*({budget}<>0)"
    unfit = f"(1-{within_rounding(f.rates(rate.area), spent.amounts, budget)})"
    silent = f.is_nothing(defined_name("budget.notes.execution_reason"))
    unreadable = tuple(column.unreadable for column in (original, adjustment, adjusted, spent, rate))
    rules = (
        ("SUM03", "adjusted_budget", f"{parts}*{adjusted.known}",
         f"(ABS(ROUND({adjusted.amounts}-{total},2))>{3 * f.HALF + 0.001})"),
        ("EXE01", "outturn", both, f"(ROUND({spent.amounts}-{budget},2)>0)*{silent}"),
        ("EXE02", "execution_rate", rated, unfit),
    )  # fmt: skip
    return tuple(
        RowRule(code, f"{PROJECTS}.{column}", checked, f"{checked}*{broken}", unreadable)
        for code, column, checked, broken in rules
    )


# --- reminders on many lines ----------------------------------------------------------------------


def _balance_line(title: str, scene: Scene) -> Line:
    """What was spent in the year by the balance, beside what was spent by the table."""
    outturn = f"{_TOTAL}.outturn"
    cases = [scene.unreadable(_SPENT, outturn), scene.unknown(_SPENT, outturn), (f"{F}=0", f.text(HOLDS))]
    differs = f'"{DOUBTFUL} 差 "&{f.amount_text(F)}'
    verdict = f.choice(cases, differs)
    return Line("SUM13", title, _SPENT, scene.shown(_SPENT), scene.shown(outturn), verdict, (_SPENT, outturn))


def _below_zero(scene: Scene) -> RowRule:
    """Amounts that are left blank and come out below 0, in the tables and in the project list."""
    ways = dict.fromkeys(key for relation in FIXED for key, _ in relation.ways)
    kinds = {key: scene.plan.slots[key][1].field.kind for key in ways}
    keys = [key for key, kind in kinds.items() if isinstance(kind, Amount) and kind.minimum is not None]
    typed, of = scene.figures.typed, scene.figures.of
    below = [f'({typed(key)}="")*({f.money(of(key))}<0)' for key in keys]
    original, adjustment, adjusted = (
        _Column(scene, name) for name in ("original_budget", "budget_adjustment", "adjusted_budget")
    )
    rows = f"(LEN({adjusted.area})=0)*{original.known}*{adjustment.known}"
    return RowRule(
        "SUM14",
        f"{_TOTAL}.adjusted_budget",
        f"COUNT({','.join(map(of, keys))})",
        "+".join([*below, f"SUMPRODUCT({rows}*({original.amounts}+{adjustment.amounts}<0))"]),
        (_any_unreadable(scene, keys),),
        sign=DOUBTFUL,
        counter="处",
    )


def _beyond_original(scene: Scene) -> RowRule:
    """Lines and projects whose adjusted budget is not known, and that spent more than the original one."""
    lines = [
        (relation.result, relation.whole, relation.whole.replace("adjusted_budget", "original_budget"))
        for relation in FIXED
        if isinstance(relation, AtMost)
    ]
    of = scene.figures.of
    known = [
        f"(COUNT({of(spent)},{of(original)})=2)*(COUNT({of(adjusted)})=0)"
        for spent, adjusted, original in lines
    ]
    more = [
        f"{each}*({f.money(of(spent))}>{f.money(of(original))})"
        for each, (spent, _, original) in zip(known, lines, strict=True)
    ]
    original, adjustment, adjusted, spent = (
        _Column(scene, name)
        for name in ("original_budget", "budget_adjustment", "adjusted_budget", "outturn")
    )
    computed = f"(LEN({adjusted.area})=0)*{adjustment.known}"
    rows = f"{f.is_nothing(adjusted.area)}*(1-{computed})*{original.known}*{spent.known}"
    return RowRule(
        "EXE09",
        f"{_TOTAL}.outturn",
        "+".join(
            f"COUNT({of(spent)})*COUNT({of(adjusted)},{of(original)})" for spent, adjusted, original in lines
        ),
        "+".join([*more, f"SUMPRODUCT({rows}*({spent.amounts}>{original.amounts}))"]),
        (_any_unreadable(scene, [key for line in lines for key in line]),),
        sign=DOUBTFUL,
        counter="处",
    )


def _any_unreadable(scene: Scene, keys: Iterable[str]) -> str:
    """1 if something that is no number stands in one of the cells, else 0."""
    condition, _ = scene.unreadable(*keys)
    return f"--{condition}"


class _Column:
    """A column of the project list, as pieces of a formula."""

    def __init__(self, scene: Scene, name: str) -> None:
        key = f"{PROJECTS}.{name}"
        self.area = column_area(scene.plan, key)
        kind = scene.plan.columns[key][2].field.kind
        self.known = f.is_valid(self.area, kind)
        self.unreadable = f"SUMPRODUCT({f.is_unreadable(self.area, kind)})"
        self.amounts = f.moneys(self.area)
