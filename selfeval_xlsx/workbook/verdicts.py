"""What the live checks say of each relation and rule, as formulas: the same as the rules of :mod:`checks` find.

============================  ================================================================
the sheet says                the program says
============================  ================================================================
✓                             nothing; or a note that the reason is given
尾差                          a note: a rounding difference
✗                             an error
请核对                        a warning
说明                          a note, as the rulebook lowers this rule
未填，由系统计算              the blank is computed
请填数字                      the content cannot be read, or was read in spite of a unit or of being text
由系统核对                    points hang on targets, actuals and standards, which no formula here reads
—                             not checked: something it needs is not stated
============================  ================================================================
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from selfeval_xlsx.amounts import MONEY_PLACES
from selfeval_xlsx.findings import Severity
from selfeval_xlsx.form.declare import FormPlan, defined_name
from selfeval_xlsx.form.expressions import Band, Calculation, FullScore, Quotient, Rows, Scale, Share
from selfeval_xlsx.form.form import PLAN
from selfeval_xlsx.form.kinds import Amount
from selfeval_xlsx.form.local import LOCAL_WARNING
from selfeval_xlsx.form.relation_kinds import AtMost, Relation, Tolerance
from selfeval_xlsx.form.relations import FIXED, INDICATORS, LINES, PROJECTS
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.workbook import formulas as f
from selfeval_xlsx.workbook.formulas import Figures

HOLDS, ROUNDING, WRONG, DOUBTFUL, NOTED = "✓", "尾差", "✗", "请核对", "说明"
NOT_STATED, COMPUTED, UNREADABLE = "—", "未填，由系统计算", "请填数字"
UNSEEN = "由系统核对"
EXPLAINED = "✓ 已说明原因"

D, E, F = "«D»", "«E»", "«F»"
"""Stand in a verdict for the cells of its own line: stated, expected, difference."""
RESULT, STATED, EXPECTED, DIFFERENCE = "AEFG"
"""The columns of the sheet in which these and the verdict stand."""

REASON = "budget.notes.execution_reason"
"""The cell that says why more was spent than the budget, or little of it."""
LINE_COLUMNS = ("original_budget", "budget_adjustment", "adjusted_budget", "outturn", "execution_rate")
"""A list with these columns, side by side, gets a check beside each row."""
SCORE_COLUMNS = ("score", "weight", "deviation_reason", "scoring_standard")
"""The columns of a list of indicators that say which points were lost, and why."""
_TOTAL = f"{LINES}.total"
_STAFF = "overview.staff.total"
_SPENT = "budget.balance.expenditure"

Cases = list[tuple[str, str]]


@dataclass(frozen=True)
class Line:
    """One line of the sheet 核对; :data:`D`, :data:`E` and :data:`F` in ``verdict`` are its own cells."""

    code: str
    title: str
    key: str
    """The field the line is about."""
    stated: str
    expected: str
    verdict: str
    about: tuple[str, ...]
    """All figures it speaks of: what is wrong there shows beside each of them."""
    style: str = "amount"

    def at(self, row: int) -> tuple[str, str, str, str]:
        """The four formulas of the line where it stands in ``row``: stated, expected, difference, verdict."""
        stated, expected, off = f"{STATED}{row}", f"{EXPECTED}{row}", f"{DIFFERENCE}{row}"
        places = {"amount": MONEY_PLACES, "rate": 4}.get(self.style)
        given, right = (f.half_up(cell, places) if places else cell for cell in (stated, expected))
        difference = f'IF(COUNT({stated},{expected})=2,ROUND({given}-{right},9),"")'
        verdict = self.verdict.replace(D, stated).replace(E, expected).replace(F, off)
        return self.stated, self.expected, difference, verdict


def unreadable(figures: Figures, *keys: str) -> tuple[str, str]:
    """The case that something that is no number stands in one of the cells."""
    joined = "&".join(map(figures.typed, keys))
    return f'ISNUMBER(FIND("{f.UNREADABLE_MARK}",{joined}))', f.text(UNREADABLE)


def unknown(figures: Figures, *keys: str) -> tuple[str, str]:
    """The case that one of the figures is neither stated nor computed."""
    return f"COUNT({','.join(map(figures.of, keys))})<{len(keys)}", f.text(NOT_STATED)


def shown(figures: Figures, key: str) -> str:
    """The figure for the sheet, typed or computed."""
    return f.number_or_blank(figures.of(key))


def weighed(code: str, verdict: str, rulebook: Rulebook) -> str | None:
    """``verdict`` of rule ``code`` under a rulebook that may lower it; None where the rule is not asked at all."""
    most = rulebook.severity.get(code, Severity.WARNING if code == LOCAL_WARNING else Severity.ERROR)
    if most is None:
        return None
    heavier = {Severity.WARNING: ((WRONG, DOUBTFUL),), Severity.NOTE: ((WRONG, NOTED), (DOUBTFUL, NOTED))}
    for usual, lower in heavier.get(most, ()):
        verdict = verdict.replace(f'"{usual}', f'"{lower}')
    return verdict


# --- relations -------------------------------------------------------------------------------------


def line_of(relation: Relation, figures: Figures) -> Line:
    """The line of a relation, told from what it states of itself."""
    cases = [
        *_unreadable(relation, figures),
        *_not_stated(relation, figures),
        (_holds(relation), f.text(HOLDS)),
        *_tolerated(relation, figures),
    ]
    return Line(
        relation.code,
        relation.title,
        relation.result,
        _stated(relation, figures),
        _expected(relation, figures),
        f.choice(cases, _wrong(relation)),
        relation.figures,
        _style(relation),
    )


def _holds(relation: Relation) -> str:
    if isinstance(relation.expected, Band):
        return f"{D}={E}"
    return {"=": f"{F}=0", "≤": f"{F}<=0", "≥": f"{F}>=0"}[relation.sign]


def _style(relation: Relation) -> str:
    if relation.tolerance is Tolerance.POINTS or isinstance(relation.expected, Band | FullScore):
        return "points"
    rated = isinstance(relation.expected, Calculation) and relation.expected.scale is Scale.RATE
    if rated or isinstance(relation.expected, Quotient):
        return "rate"
    return "count" if relation.counted else "amount"


def _stated(relation: Relation, figures: Figures) -> str:
    """What stands in the form."""
    typed = figures.typed(relation.result)
    match relation.expected:
        case Band():
            return f'IF(OR({typed}="{f.NOTHING_MARK}",{typed}="{f.UNREADABLE_MARK}"),"",{typed})'
        case FullScore():
            facts, figure = figures.column(relation.over), figures.of(relation.result)
            return f'IF({facts.known}=0,"",ROUND(N({figure})+{facts.total},9))'
    return f.number_or_blank(typed) if relation.of_typed else shown(figures, relation.result)


def _expected(relation: Relation, figures: Figures) -> str:
    """What should stand there, once enough is known to say so."""
    way = relation.expected
    if isinstance(way, Rows):
        known = f"{f.rows_filled(figures.plan, way.table)}>0"
    elif (relation.tolerance is Tolerance.CENTS and relation.over) or isinstance(way, FullScore):
        known = f"{figures.column(relation.over).known}>0"
    elif relation.is_total and not relation.over:
        known, value = f"{_known(relation, figures)}>={relation.needed}", _printed_sum(relation, figures)
        return f'IF({known},{value},"")'
    elif not relation.computes and not isinstance(way, Calculation):
        return shown(figures, relation.figures[1])
    else:
        known = figures.condition(way, figures.of)
    return f'IF({known},{figures.value(way, figures.of)},"")'


def _known(relation: Relation, figures: Figures) -> str:
    """How many of the figures besides the result are known."""
    return f"COUNT({','.join(map(figures.of, relation.figures[1:]))})"


def _printed_sum(relation: Relation, figures: Figures) -> str:
    """The sum of the parts as they are printed; a blank one counts nothing."""
    signed = (f"{'+-'[count < 0]}{f.money(figures.of(key))}" for key, count in relation.parts.items())
    return f"ROUND({''.join(signed).lstrip('+')},2)"


def _unreadable(relation: Relation, figures: Figures) -> Cases:
    cases = [unreadable(figures, *relation.figures)]
    if relation.over:
        cases.append((f"{figures.column(relation.over).unreadable}>0", f.text(UNREADABLE)))
    return cases


def _not_stated(relation: Relation, figures: Figures) -> Cases:
    """The result is computed, or there is nothing to compare."""
    result, *others = relation.figures
    facts = figures.column(relation.over) if relation.over else None
    way, cases = relation.expected, []
    if isinstance(way, FullScore) and facts:
        blank = f"({facts.rows}-{facts.known})"
        unweighted = f'"{WRONG} 有 "&{blank}&" 行没有填分值"'
        return [(f"{facts.known}=0", f.text(NOT_STATED)), (f"{blank}>0", unweighted)]
    if relation.computes:
        open_result = [f'{figures.typed(result)}=""', f'{figures.of(result)}<>""']
        fitting = [] if relation.of_typed else [f"N({F})=0"]
        cases.append((f.all_of([*open_result, *fitting]), f.text(COMPUTED)))
    if isinstance(way, Band):
        return [*cases, *_grade_not_stated(relation, figures)]
    untyped = f"COUNT({figures.typed(result)})=0", f.text(NOT_STATED)
    cases.append(untyped if relation.of_typed else unknown(figures, result))
    if isinstance(way, Rows):
        cases.append((f"{f.rows_filled(figures.plan, way.table)}=0", f.text(NOT_STATED)))
    if isinstance(way, Quotient):
        whole = figures.of(way.whole)
        cases.append((f"AND(COUNT({whole})=1,{f.money(whole)}=0)", f'"{WRONG} 分母为 0，没有比率"'))
    if others:
        cases.append((f"{_known(relation, figures)}<{relation.needed}", f.text(NOT_STATED)))
    if isinstance(way, Share | Calculation):
        cases.append((f'{E}=""', f.text(NOT_STATED)))
    if facts and relation.of_typed:
        cases.append((f"{facts.rows}=0", f.text(NOT_STATED)))
        cases.append((_computes_points(relation.over, figures), f.text(UNSEEN)))
    if facts:
        cases.append((f"OR({facts.rows}=0,{facts.known}<{facts.rows})", f.text(NOT_STATED)))
    return cases


def _grade_not_stated(relation: Relation, figures: Figures) -> Cases:
    grade, total = relation.figures
    typed = figures.typed(grade)
    [scores] = [other.over for other in figures.relations if other.result == total]
    open_total = f'COUNT({figures.of(total)})=0,{figures.typed(total)}=""'
    return [
        (f'OR({typed}="",{typed}="{f.NOTHING_MARK}")', f.text(NOT_STATED)),
        (f"AND({open_total},{_computes_points(scores, figures)})", f.text(UNSEEN)),
        unknown(figures, total),
    ]


def _computes_points(scores: str, figures: Figures) -> str:
    """Whether rows lack their points, and all of these may be computed from target and actual."""
    facts, area = figures.column(scores), f.column_area(figures.plan, scores)
    refused = f"SUMPRODUCT((LEN({area})>0)*{f.is_nothing(area)})"
    return f"AND({facts.rows}>0,{facts.known}<{facts.rows},{refused}=0)"


def _tolerated(relation: Relation, figures: Figures) -> Cases:
    """The result differs, and that is rounding, explained, or cannot be decided."""
    cases: Cases = []
    match relation.tolerance:
        case Tolerance.CENTS:
            addends = figures.column(relation.over).rows if relation.over else _known(relation, figures)
            explained = f"ROUND(ABS({F})-({addends}+1)*{f.HALF},9)<=0"
            cases.append((explained, f'"{ROUNDING} "&{f.amount_text(F)}'))
        case Tolerance.POINTS:
            near = f"ABS({F})<={figures.rulebook.scoring.rounding:f}"
            cases.append((near, f'"{ROUNDING} "&{f.number_text(F)}'))
        case Tolerance.FORMULA if isinstance(relation.expected, Calculation):
            within = f"ROUND(ABS({F})-({f.miss(relation.expected, figures.of)}),9)<=0"
            cases.append((within, f'"{ROUNDING} 应为 "&{_shown_expected(relation)}'))
        case Tolerance.QUOTIENT:
            cases += _quotient_tolerated(*map(figures.of, relation.figures[1:]))
    if relation.excuse:
        cases.append((f.is_explained(relation.excuse), f.text(EXPLAINED)))
    if relation.needed < len(relation.figures) - 1:
        lower = f"AND({_known(relation, figures)}<{len(relation.figures) - 1},{F}>0)"
        cases.append((lower, f'"{DOUBTFUL} 其余项没有填，少 "&{_difference(relation)}'))
    return cases


def _quotient_tolerated(part: str, whole: str) -> Cases:
    part, whole = f.money(part), f.money(whole)
    size, base = f"ABS({part})", f"ABS({whole})"
    rate = f"IF({part}=0,ABS({D}),ROUND({D},4)*SIGN({part}*{whole}))"
    right = f.rate_text(E)
    return [
        (f"NOT({f.within_rounding(rate, size, base)})", f'"{WRONG} 应为 "&{right}'),
        (f.is_blind(size, base), f'"{DOUBTFUL} 金额较小，应为 "&{right}'),
        ("TRUE", f'"{ROUNDING} 应为 "&{right}'),
    ]


def _wrong(relation: Relation) -> str:
    """What is wrong: by how much a sum differs, what else should stand there, that a reason is missing."""
    if relation.excuse:
        return f.text(f"{WRONG} 超出且没有说明原因")
    if relation.sign != "=":
        return f'"{WRONG} 应当{relation.sign} "&{_shown_expected(relation)}'
    if isinstance(relation.expected, FullScore):
        return f'"{WRONG} 差 "&{f.number_text(F)}'
    if relation.is_total and relation.tolerance is not Tolerance.POINTS:
        return f'"{WRONG} 差 "&{_difference(relation)}'
    return f'"{WRONG} 应为 "&{_shown_expected(relation)}'


def _shown_expected(relation: Relation) -> str:
    """What should stand there, in words."""
    if _style(relation) == "rate":
        return f.rate_text(E)
    if relation.tolerance is Tolerance.POINTS:
        return f.number_text(E)
    return E if isinstance(relation.expected, Band) or relation.counted else f.amount_text(E)


def _difference(relation: Relation) -> str:
    return f'TEXT({F},"0")' if relation.counted else f.amount_text(F)


# --- lines for rules that are no relations: reasons asked for, rows, figures of many lines ----------


def rule_lines(figures: Figures) -> Iterator[Line]:
    """The lines of the rules that a formula can follow; their titles are those of the rules."""
    yield from _reasons(figures)
    yield from _of_indicators(figures)
    columns = [_Column(figures.plan, name) for name in LINE_COLUMNS]
    yield from _of_projects(columns)
    yield _below_zero(figures, columns)
    yield _beyond_original(figures, columns)
    outturn = f"{_TOTAL}.outturn"
    cases = [
        unreadable(figures, _SPENT, outturn),
        unknown(figures, _SPENT, outturn),
        (f"{F}=0", f.text(HOLDS)),
    ]
    verdict = f.choice(cases, f'"{DOUBTFUL} 差 "&{f.amount_text(F)}')
    yield Line(
        "SUM13", "", _SPENT, shown(figures, _SPENT), shown(figures, outturn), verdict, (_SPENT, outturn)
    )


def _reasons(figures: Figures) -> Iterator[Line]:
    """The quality rules on single figures: beyond a limit of the rulebook a reason must stand."""
    outturn, adjusted, change, original = (
        f.money(figures.of(f"{_TOTAL}.{column}"))
        for column in ("outturn", "adjusted_budget", "budget_adjustment", "original_budget")
    )
    people, posts = figures.of(f"{_STAFF}.staff_in_post"), figures.of(f"{_STAFF}.authorised_posts")
    low, large = figures.rulebook.execution.low_rate, figures.rulebook.execution.large_adjustment
    most = figures.rulebook.staff.control_rate
    spent, moved = f.quotient(outturn, adjusted), f.quotient(f"ABS({change})", original)
    for code, key, needs, rate, whole, limit, broken, reason in (
        ("EXE04", f"{_TOTAL}.execution_rate", (f"{_TOTAL}.outturn", f"{_TOTAL}.adjusted_budget"),
         spent, adjusted, low, f"IF({adjusted}=0,FALSE,ROUND({spent}*100-{low:f},6)<0)", REASON),
        ("EXE07", f"{_STAFF}.staff_in_post", (f"{_STAFF}.staff_in_post", f"{_STAFF}.authorised_posts"),
         f.quotient(people, posts), posts, most, f"ROUND({people}*100-{posts}*{most:f},6)>0",
         "overview.structure.overstaffing_reason"),
        ("EXE08", f"{_TOTAL}.budget_adjustment", (f"{_TOTAL}.budget_adjustment", f"{_TOTAL}.original_budget"),
         moved, original, large, f"IF({original}=0,{change}<>0,ROUND({moved}*100-{large:f},6)>0)",
         "budget.notes.adjustment_reason"),
    ):  # fmt: skip
        cases = [
            unreadable(figures, *needs),
            unknown(figures, *needs),
            (f"NOT({broken})", f.text(HOLDS)),
            (f.is_explained(reason), f.text(EXPLAINED)),
        ]
        known = f"COUNT({','.join(map(figures.of, needs))})=2"
        stated, bound = f'IF({known},IF({whole}=0,"",{rate}),"")', f'IF({known},{limit / 100},"")'
        verdict = f.choice(cases, f.text(f"{WRONG} 没有说明原因"))
        yield Line(code, "", key, stated, bound, verdict, (*needs, reason), "rate")


def _counting(  # noqa: PLR0913 - what a line of a rule on rows says
    code: str,
    key: str,
    checked: str,
    broken: str,
    refused: str,
    *,
    unseen: str = "0",
    sign: str = WRONG,
    counter: str = "行",
) -> Line:
    """The line of a rule on rows, which counts those that break it.

    All conditions are 0 or 1 for each row; ``refused`` counts cells that hold no number, ``unseen`` are rows whose
    points the program computes. ``sign`` and ``counter`` are how the sheet says that, and how often, it is broken.
    """
    cases = [
        (f"{refused}>0", f.text(UNREADABLE)),
        (f"{D}>0", f'"{sign} 有 "&{D}&" {counter}"'),
        (f"SUMPRODUCT({unseen})>0", f.text(UNSEEN)),
        (f"SUMPRODUCT({checked})>0", f.text(HOLDS)),
    ]
    stated, verdict = f"IFERROR(SUMPRODUCT({broken}),0)", f.choice(cases, f.text(NOT_STATED))
    return Line(code, "", key, stated, "0", verdict, (), "count")


def _of_indicators(figures: Figures) -> Iterator[Line]:
    """The rules on rows of indicators that a formula can express: what was typed, not what is computed."""
    score, weight, reason, standard = (f"{INDICATORS}.{name}" for name in SCORE_COLUMNS)
    points, most, why, how = (f.column_area(figures.plan, key) for key in (score, weight, reason, standard))
    both, beyond, lost = score_conditions(points, most, why)
    refused = "+".join(figures.column(key).unreadable for key in (score, weight))
    alone = f.is_nothing(how)
    weighed = f.is_valid(most, figures.plan.columns[weight][2].field.kind)
    unseen = f"(LEN({points})=0)*{weighed}+{lost}*(1-{alone})"
    yield _counting("IND03", score, both, beyond, refused)
    yield _counting("IND09", reason, both, f"{lost}*{alone}", refused, unseen=unseen)


class _Column:
    """A column of the project list, as pieces of a formula: 0 or 1 for each row, or its amount."""

    def __init__(self, plan: FormPlan, name: str) -> None:
        key = f"{PROJECTS}.{name}"
        kind = plan.columns[key][2].field.kind
        self.area = f.column_area(plan, key)
        self.known = f.is_valid(self.area, kind)
        self.refused = f"SUMPRODUCT({f.is_unreadable(self.area, kind)})"
        self.amounts = f.moneys(self.area)


def _of_projects(columns: Sequence[_Column]) -> Iterator[Line]:
    """The relations within each row of the project list, of rows that were inserted, too."""
    original, adjustment, adjusted, spent, rate = columns
    parts = f"{original.known}*{adjustment.known}"
    total = f"({original.amounts}+{adjustment.amounts})"
    blank = f"(LEN({adjusted.area})=0)*{parts}"
    budget = f"({adjusted.known}*{adjusted.amounts}+{blank}*{total})"
    both = f"({adjusted.known}+{blank})*{spent.known}"
    silent = f.is_nothing(defined_name(REASON))
    for code, name, checked, broken in (
        ("SUM03", "adjusted_budget", f"{parts}*{adjusted.known}",
         f"(ABS(ROUND({adjusted.amounts}-{total},2))>{3 * f.HALF + 0.001})"),
        ("EXE01", "outturn", both, f"(ROUND({spent.amounts}-{budget},2)>0)*{silent}"),
        ("EXE02", "execution_rate", f"{both}*{rate.known}*({budget}<>0)",
         f"(1-{f.within_rounding(f.rates(rate.area), spent.amounts, budget)})"),
    ):  # fmt: skip
        refused = "+".join(column.refused for column in columns)
        yield _counting(code, f"{PROJECTS}.{name}", checked, f"{checked}*{broken}", refused)


def score_conditions(score: str, weight: str, reason: str) -> tuple[str, str, str]:
    """Of one indicator's cells or of whole columns, 0 or 1 for each row.

    Whether points and weight are known; whether there are more points than the weight; whether fewer, without a reason.
    """
    kind = PLAN.columns[f"{INDICATORS}.score"][2].field.kind
    both = f"{f.is_valid(score, kind)}*{f.is_valid(weight, kind)}"
    return both, f"{both}*({score}>{weight})", f"{both}*({score}<{weight})*{f.is_nothing(reason)}"


def _below_zero(figures: Figures, columns: Sequence[_Column]) -> Line:
    """Amounts that are left blank and come out below 0, in the tables and in the project list."""
    ways = dict.fromkeys(key for relation in FIXED for key, _ in relation.ways)
    kinds = {key: figures.plan.slots[key][1].field.kind for key in ways}
    keys = [key for key, kind in kinds.items() if isinstance(kind, Amount) and kind.minimum is not None]
    below = [f'({figures.typed(key)}="")*({f.money(figures.of(key))}<0)' for key in keys]
    original, adjustment, adjusted, *_ = columns
    rows = f"(LEN({adjusted.area})=0)*{original.known}*{adjustment.known}"
    return _counting(
        "SUM14",
        f"{_TOTAL}.adjusted_budget",
        f"COUNT({','.join(map(figures.of, keys))})",
        "+".join([*below, f"SUMPRODUCT({rows}*({original.amounts}+{adjustment.amounts}<0))"]),
        _any_unreadable(figures, keys),
        sign=DOUBTFUL,
        counter="处",
    )


def _beyond_original(figures: Figures, columns: Sequence[_Column]) -> Line:
    """Lines and projects whose adjusted budget is not known, and that spent more than the original one."""
    keys = [
        (relation.result, relation.whole, relation.whole.replace("adjusted_budget", "original_budget"))
        for relation in FIXED
        if isinstance(relation, AtMost) and relation.code == "EXE01"
    ]
    lines = [[figures.of(key) for key in line] for line in keys]
    more = [
        f"(COUNT({spent},{planned})=2)*(COUNT({budget})=0)*({f.money(spent)}>{f.money(planned)})"
        for spent, budget, planned in lines
    ]
    original, adjustment, adjusted, outturn, _ = columns
    computed = f"(LEN({adjusted.area})=0)*{adjustment.known}"
    rows = f"{f.is_nothing(adjusted.area)}*(1-{computed})*{original.known}*{outturn.known}"
    return _counting(
        "EXE09",
        f"{_TOTAL}.outturn",
        "+".join(f"COUNT({spent})*COUNT({budget},{planned})" for spent, budget, planned in lines),
        "+".join([*more, f"SUMPRODUCT({rows}*({outturn.amounts}>{original.amounts}))"]),
        _any_unreadable(figures, [key for line in keys for key in line]),
        sign=DOUBTFUL,
        counter="处",
    )


def _any_unreadable(figures: Figures, keys: Iterable[str]) -> str:
    """1 if something that is no number stands in one of the cells, else 0."""
    condition, _ = unreadable(figures, *keys)
    return f"--{condition}"
