"""The lines of the sheet 核对 for the relations of the form (勾稽关系), one function for each kind of relation."""

from collections.abc import Callable, Mapping
from typing import Any

from selfeval_xlsx.amounts import MONEY_PLACES
from selfeval_xlsx.form.completion import execution_whole
from selfeval_xlsx.form.relations import (
    FIXED,
    AtMost,
    ColumnSum,
    ExecutionScore,
    GradeOf,
    Rate,
    Relation,
    RowCount,
    Same,
    Sum,
    TotalScore,
    Weights,
)
from selfeval_xlsx.workbook import formulas as f
from selfeval_xlsx.workbook.figures import column_area, execution_points, rows_filled
from selfeval_xlsx.workbook.verdicts import (
    DOUBTFUL,
    EXPLAINED,
    HOLDS,
    NOT_STATED,
    ROUNDING,
    UNREADABLE,
    UNSEEN,
    WRONG,
    Cases,
    D,
    E,
    F,
    Line,
    Scene,
)

# --- sums -----------------------------------------------------------------------------------------


def _sum(relation: Sum, scene: Scene) -> Line:
    parts = [scene.figures.of(key) for key, _ in relation.terms]
    known = f"COUNT({','.join(parts)})"
    needed = 1 if relation.open_parts else len(parts)
    signed = "".join(
        f"{'+' if sign > 0 else '-'}{f.money(scene.figures.of(key))}" for key, sign in relation.terms
    )
    places = 0 if relation.counted else MONEY_PLACES
    cases = [
        scene.unreadable(relation.total, *(key for key, _ in relation.terms)),
        scene.computed(relation.total, f"N({F})=0"),
        scene.unknown(relation.total),
        (f"{known}<{needed}", f.text(NOT_STATED)),
        *_sum_cases(known, counted=relation.counted),
    ]
    if relation.open_parts:
        lower = f"AND({known}<{len(parts)},{F}>0)"
        cases.append((lower, f'"{DOUBTFUL} 其余项没有填，少 "&{_difference(places)}'))
    return Line(
        relation.code,
        relation.title,
        relation.total,
        scene.shown(relation.total),
        f'IF({known}>={needed},ROUND({signed.lstrip("+")},2),"")',
        f.choice(cases, f'"{WRONG} 差 "&{_difference(places)}'),
        "count" if relation.counted else "amount",
    )


def _sum_cases(addends: str, *, counted: bool = False) -> Cases:
    """The sum holds, or rounding of its addends explains the difference."""
    explained = (f"ROUND(ABS({F})-({addends}+1)*{f.HALF},9)<=0", f'"{ROUNDING} "&{_difference(MONEY_PLACES)}')
    return [(f"{F}=0", f.text(HOLDS)), *([] if counted else [explained])]


def _difference(places: int) -> str:
    return f.amount_text(F) if places else f'TEXT({F},"0")'


def _column_sum(relation: ColumnSum, scene: Scene) -> Line:
    facts = scene.figures.column(relation.column)
    cases = [
        scene.unreadable(relation.total),
        (f"{facts.unreadable}>0", f.text(UNREADABLE)),
        scene.unknown(relation.total),
        (f"OR({facts.rows}=0,{facts.known}<{facts.rows})", f.text(NOT_STATED)),
        *_sum_cases(facts.rows),
    ]
    return Line(
        relation.code,
        relation.title,
        relation.total,
        scene.shown(relation.total),
        f'IF({facts.known}>0,{facts.total},"")',
        f.choice(cases, f'"{WRONG} 差 "&{_difference(MONEY_PLACES)}'),
    )


# --- rates and limits -----------------------------------------------------------------------------


def within_rounding(rate: str, part: str, whole: str) -> str:
    """Whether the figures that print like ``part`` and ``whole``, all ≥ 0, include a quotient of ``rate``.

    The ends of the intervals are compared as products, whose smallest difference is 2.5E-7.
    """
    half, step = f.HALF, 0.00005
    upper = f"{part}+{half}>=({rate}-{step})*({whole}-{half})-1E-7"
    lower = f"{part}-{half}<=({rate}+{step})*({whole}+{half})+1E-7"
    return f"AND({upper},{lower})"


def is_blind(part: str, whole: str) -> str:
    """Whether that interval of quotients is wider than a printed rate's last place (part and whole ≥ 0).

    Its width is 2h(part + whole) ÷ (whole² − h²) with h = 0.005, the last place 0.01%.
    """
    return f"ROUND(100*({part}+{whole})-{whole}*{whole},4)>=0"


def _rate(relation: Rate, scene: Scene) -> Line:
    part, whole = (f.money(scene.figures.of(key)) for key in (relation.part, relation.whole))
    size, base = f"ABS({part})", f"ABS({whole})"
    rate = f"IF({part}=0,ABS({D}),ROUND({D},4)*SIGN({part}*{whole}))"
    right = f.rate_text(E)
    cases = [
        scene.unreadable(relation.rate, relation.part, relation.whole),
        scene.computed(relation.rate),
        scene.untyped(relation.rate),
        (f"AND(COUNT({scene.figures.of(relation.whole)})=1,{whole}=0)", f'"{WRONG} 分母为 0，没有比率"'),
        scene.unknown(relation.part, relation.whole),
        (f"{F}=0", f.text(HOLDS)),
    ]
    if not relation.counted:
        cases += [
            (f"NOT({within_rounding(rate, size, base)})", f'"{WRONG} 应为 "&{right}'),
            (is_blind(size, base), f'"{DOUBTFUL} 金额较小，应为 "&{right}'),
            ("TRUE", f'"{ROUNDING} 应为 "&{right}'),
        ]
    known = f"COUNT({scene.figures.of(relation.part)},{scene.figures.of(relation.whole)})=2"
    return Line(
        relation.code,
        relation.title,
        relation.rate,
        scene.shown_typed(relation.rate),
        f'IF({known},IF({whole}=0,"",{f.quotient(part, whole)}),"")',
        f.choice(cases, f'"{WRONG} 应为 "&{right}'),
        "rate",
    )


def _at_most(relation: AtMost, scene: Scene) -> Line:
    cases = [
        scene.unreadable(relation.part, relation.whole),
        scene.unknown(relation.part, relation.whole),
        (f"{F}<=0", f.text(HOLDS)),
        (scene.explained(relation.reason), f.text(EXPLAINED)),
    ]
    return Line(
        relation.code,
        relation.title,
        relation.part,
        scene.shown(relation.part),
        scene.shown(relation.whole),
        f.choice(cases, f.text(f"{WRONG} 超出且没有说明原因")),
    )


# --- figures stated twice, counts -----------------------------------------------------------------


def _same(relation: Same, scene: Scene) -> Line:
    cases = [
        scene.unreadable(relation.stated, relation.reference),
        scene.unknown(relation.stated, relation.reference),
        (f"{F}=0", f.text(HOLDS)),
    ]
    return Line(
        relation.code,
        relation.title,
        relation.stated,
        scene.shown(relation.stated),
        scene.shown(relation.reference),
        f.choice(cases, f'"{WRONG} 应为 "&{E if relation.counted else f.amount_text(E)}'),
        "count" if relation.counted else "amount",
    )


def _row_count(relation: RowCount, scene: Scene) -> Line:
    listed = rows_filled(scene.plan, relation.table)
    counted = listed
    if relation.column:
        area = column_area(scene.plan, f"{relation.table}.{relation.column}")
        found = f'FIND({f.text(f"|{relation.value}|")},"|"&SUBSTITUTE({area}," ","")&"|")'
        counted = f"SUMPRODUCT(--ISNUMBER({found}))"
    cases = [
        scene.unreadable(relation.stated),
        scene.untyped(relation.stated),
        (f"{listed}=0", f.text(NOT_STATED)),
        (f"{F}=0", f.text(HOLDS)),
    ]
    return Line(
        relation.code,
        relation.title,
        relation.stated,
        scene.shown_typed(relation.stated),
        f'IF({listed}=0,"",{counted})',
        f.choice(cases, f'"{WRONG} 应为 "&{E}'),
        "count",
    )


# --- points ---------------------------------------------------------------------------------------


def _weights(relation: Weights, scene: Scene) -> Line:
    facts = scene.figures.column(relation.weights)
    execution = scene.figures.of(relation.execution)
    blank = f"({facts.rows}-{facts.known})"
    cases = [
        scene.unreadable(relation.execution),
        (f"{facts.unreadable}>0", f.text(UNREADABLE)),
        (f"{facts.known}=0", f.text(NOT_STATED)),
        (f"{blank}>0", f'"{WRONG} 有 "&{blank}&" 行没有填分值"'),
        (f"{F}=0", f.text(HOLDS)),
    ]
    return Line(
        relation.code,
        relation.title,
        relation.execution,
        f'IF({facts.known}=0,"",ROUND(N({execution})+{facts.total},9))',
        f'IF({facts.known}=0,"",{scene.rulebook.scoring.full_score:f})',
        f.choice(cases, f'"{WRONG} 差 "&{f.number_text(F)}'),
        "points",
    )


def _points_cases(scene: Scene) -> Cases:
    """Points agree, or differ within the rounding of points."""
    return [
        (f"{F}=0", f.text(HOLDS)),
        (f"ABS({F})<={scene.rulebook.scoring.rounding:f}", f'"{ROUNDING} "&{f.number_text(F)}'),
    ]


def _execution_score(relation: ExecutionScore, scene: Scene) -> Line:
    weight, part = scene.figures.of(relation.weight), scene.figures.of(relation.part)
    key = execution_whole(relation, scene.rulebook)
    whole = scene.figures.of(key)
    cases = [
        scene.unreadable(relation.score, relation.weight, relation.part, relation.whole, key),
        scene.computed(relation.score),
        scene.untyped(relation.score),
        scene.unknown(relation.weight, relation.part, relation.whole, key),
        (f'{E}=""', f.text(NOT_STATED)),
        *_points_cases(scene),
    ]
    points = f'IF({f.money(whole)}=0,"",{execution_points(weight, part, whole)})'
    return Line(
        relation.code,
        relation.title,
        relation.score,
        scene.shown_typed(relation.score),
        f'IF(COUNT({weight},{part},{whole})=3,{points},"")',
        f.choice(cases, f'"{WRONG} 应为 "&{f.number_text(E)}'),
        "points",
    )


def _computes_points(scores: str, scene: Scene) -> str:
    """Whether rows lack their points, and all of these may be computed from target and actual."""
    facts, area = scene.figures.column(scores), column_area(scene.plan, scores)
    refused = f"SUMPRODUCT((LEN({area})>0)*{f.is_nothing(area)})"
    return f"AND({facts.rows}>0,{facts.known}<{facts.rows},{refused}=0)"


def _total_score(relation: TotalScore, scene: Scene) -> Line:
    facts = scene.figures.column(relation.scores)
    execution = scene.figures.of(relation.execution)
    complete = f"AND({facts.rows}>0,{facts.known}={facts.rows},COUNT({execution})=1)"
    cases = [
        scene.unreadable(relation.total, relation.execution),
        (f"{facts.unreadable}>0", f.text(UNREADABLE)),
        scene.computed(relation.total),
        scene.untyped(relation.total),
        scene.unknown(relation.execution),
        (f"{facts.rows}=0", f.text(NOT_STATED)),
        (_computes_points(relation.scores, scene), f.text(UNSEEN)),
        (f"{facts.known}<{facts.rows}", f.text(NOT_STATED)),
        *_points_cases(scene),
    ]
    return Line(
        relation.code,
        relation.title,
        relation.total,
        scene.shown_typed(relation.total),
        f'IF({complete},ROUND({execution}+{facts.total},9),"")',
        f.choice(cases, f'"{WRONG} 应为 "&{f.number_text(E)}'),
        "points",
    )


def _grade(relation: GradeOf, scene: Scene) -> Line:
    typed, total = scene.figures.typed(relation.grade), scene.figures.of(relation.total)
    [scores] = [each.scores for each in FIXED if isinstance(each, TotalScore)]
    unseen = f'COUNT({total})=0,{scene.figures.typed(relation.total)}="",{_computes_points(scores, scene)}'
    cases = [
        scene.unreadable(relation.grade, relation.total),
        scene.computed(relation.grade),
        (f'OR({typed}="",{typed}="{f.NOTHING_MARK}")', f.text(NOT_STATED)),
        (f"AND({unseen})", f.text(UNSEEN)),
        scene.unknown(relation.total),
        (f"{D}={E}", f.text(HOLDS)),
    ]
    return Line(
        relation.code,
        relation.title,
        relation.grade,
        f'IF(OR({typed}="{f.NOTHING_MARK}",{typed}="{f.UNREADABLE_MARK}"),"",{typed})',
        f'IF(COUNT({total})=1,{scene.figures.grade(total)},"")',
        f.choice(cases, f'"{WRONG} 应为 "&{E}'),
        "points",
    )


_MAKERS: Mapping[type, Callable[[Any, Scene], Line]] = {
    Sum: _sum,
    ColumnSum: _column_sum,
    Rate: _rate,
    AtMost: _at_most,
    Same: _same,
    RowCount: _row_count,
    Weights: _weights,
    ExecutionScore: _execution_score,
    TotalScore: _total_score,
    GradeOf: _grade,
}


def line_of(relation: Relation, scene: Scene) -> Line:
    """The line of a relation."""
    return _MAKERS[type(relation)](relation, scene)
