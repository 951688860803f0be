"""What the live checks say about each relation, as formulas: the same as the rules of :mod:`checks` find.

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

from dataclasses import dataclass

from selfeval_xlsx.amounts import MONEY_PLACES
from selfeval_xlsx.findings import Severity
from selfeval_xlsx.form.declare import defined_name
from selfeval_xlsx.form.expressions import Band, Calculation, FullScore, Quotient, Rows, Scale, Share
from selfeval_xlsx.form.local import LOCAL_WARNING
from selfeval_xlsx.form.places import FormPlan
from selfeval_xlsx.form.relation_kinds import Relation, Tolerance
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.workbook import formulas as f
from selfeval_xlsx.workbook.figures import Figures, column_area, miss, rows_filled

HOLDS, ROUNDING, WRONG, DOUBTFUL, NOTED = "✓", "尾差", "✗", "请核对", "说明"
NOT_STATED, COMPUTED, UNREADABLE = "—", "未填，由系统计算", "请填数字"
UNSEEN = "由系统核对"
EXPLAINED = "✓ 已说明原因"

D, E, F = "«D»", "«E»", "«F»"
"""Stand in a verdict for the cells of its own line: stated, expected, difference."""
RESULT, STATED, EXPECTED, DIFFERENCE = "AEFG"
"""The columns of the sheet in which these and the verdict stand."""

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


@dataclass(frozen=True)
class Scene:
    """What the formulas are made for and from."""

    plan: FormPlan
    rulebook: Rulebook
    figures: Figures

    def unreadable(self, *keys: str) -> tuple[str, str]:
        """The case that something that is no number stands in one of the cells."""
        joined = "&".join(self.figures.typed(key) for key in keys)
        return f'ISNUMBER(FIND("{f.UNREADABLE_MARK}",{joined}))', f.text(UNREADABLE)

    def computed(self, key: str, *conditions: str) -> tuple[str, str]:
        """The case that a cell is blank and the program fills it, and that ``conditions`` hold."""
        blank, found = self.figures.typed(key), self.figures.of(key)
        return f.all_of([f'{blank}=""', f'{found}<>""', *conditions]), f.text(COMPUTED)

    def unknown(self, *keys: str) -> tuple[str, str]:
        """The case that one of the figures is neither stated nor computed."""
        cells = ",".join(map(self.figures.of, keys))
        return f"COUNT({cells})<{len(keys)}", f.text(NOT_STATED)

    def untyped(self, key: str) -> tuple[str, str]:
        """The case that nothing is typed in a cell."""
        return f"COUNT({self.figures.typed(key)})=0", f.text(NOT_STATED)

    def shown(self, key: str) -> str:
        """The figure of a key for the sheet, typed or computed."""
        return _number_or_blank(self.figures.of(key))

    def shown_typed(self, key: str) -> str:
        """The typed figure of a key for the sheet."""
        return _number_or_blank(self.figures.typed(key))

    def explained(self, key: str) -> str:
        """Whether a reason stands in its cell."""
        return f"NOT({f.is_nothing(defined_name(key))})"


def _number_or_blank(cell: str) -> str:
    return f'IF(COUNT({cell})=1,{cell},"")'


# --- relations ------------------------------------------------------------------------------------


def line_of(relation: Relation, scene: Scene) -> Line:
    """The line of a relation, told from what it states of itself."""
    cases = [
        *_unreadable(relation, scene),
        *_not_stated(relation, scene),
        (_holds(relation), f.text(HOLDS)),
        *_tolerated(relation, scene),
    ]
    return Line(
        relation.code,
        relation.title,
        relation.result,
        _stated(relation, scene),
        _expected(relation, scene),
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


def _stated(relation: Relation, scene: Scene) -> str:
    """What stands in the form."""
    typed = scene.figures.typed(relation.result)
    match relation.expected:
        case Band():
            return f'IF(OR({typed}="{f.NOTHING_MARK}",{typed}="{f.UNREADABLE_MARK}"),"",{typed})'
        case FullScore():
            facts, figure = scene.figures.column(relation.over), scene.figures.of(relation.result)
            return f'IF({facts.known}=0,"",ROUND(N({figure})+{facts.total},9))'
    return scene.shown_typed(relation.result) if relation.of_typed else scene.shown(relation.result)


def _expected(relation: Relation, scene: Scene) -> str:
    """What should stand there, once enough is known to say so."""
    figures, way = scene.figures, relation.expected
    if isinstance(way, Rows):
        known = f"{rows_filled(scene.plan, way.table)}>0"
    elif (relation.tolerance is Tolerance.CENTS and relation.over) or isinstance(way, FullScore):
        known = f"{figures.column(relation.over).known}>0"
    elif relation.is_total and not relation.over:
        known, value = f"{_known(relation, scene)}>={relation.needed}", _printed_sum(relation, scene)
        return f'IF({known},{value},"")'
    elif not relation.computes and not isinstance(way, Calculation):
        return scene.shown(relation.figures[1])
    else:
        known = figures.condition(way, figures.of)
    return f'IF({known},{figures.value(way, figures.of)},"")'


def _known(relation: Relation, scene: Scene) -> str:
    """How many of the figures besides the result are known."""
    return f"COUNT({','.join(map(scene.figures.of, relation.figures[1:]))})"


def _printed_sum(relation: Relation, scene: Scene) -> str:
    """The sum of the parts as they are printed; a blank one counts nothing."""
    signed = (f"{'+-'[count < 0]}{f.money(scene.figures.of(key))}" for key, count in relation.parts.items())
    return f"ROUND({''.join(signed).lstrip('+')},2)"


def _unreadable(relation: Relation, scene: Scene) -> Cases:
    cases = [scene.unreadable(*relation.figures)]
    if relation.over:
        cases.append((f"{scene.figures.column(relation.over).unreadable}>0", f.text(UNREADABLE)))
    return cases


def _not_stated(relation: Relation, scene: Scene) -> Cases:
    """The result is computed, or there is nothing to compare."""
    figures, (result, *others) = scene.figures, relation.figures
    facts = figures.column(relation.over) if relation.over else None
    way, cases = relation.expected, []
    if isinstance(way, FullScore) and facts:
        blank = f"({facts.rows}-{facts.known})"
        unweighted = f'"{WRONG} 有 "&{blank}&" 行没有填分值"'
        return [(f"{facts.known}=0", f.text(NOT_STATED)), (f"{blank}>0", unweighted)]
    if relation.computes:
        cases.append(scene.computed(result, *([] if relation.of_typed else [f"N({F})=0"])))
    if isinstance(way, Band):
        return [*cases, *_grade_not_stated(relation, scene)]
    cases.append(scene.untyped(result) if relation.of_typed else scene.unknown(result))
    if isinstance(way, Rows):
        cases.append((f"{rows_filled(scene.plan, way.table)}=0", f.text(NOT_STATED)))
    if isinstance(way, Quotient):
        whole = figures.of(way.whole)
        cases.append((f"AND(COUNT({whole})=1,{f.money(whole)}=0)", f'"{WRONG} 分母为 0，没有比率"'))
    if others:
        cases.append((f"{_known(relation, scene)}<{relation.needed}", f.text(NOT_STATED)))
    if isinstance(way, Share | Calculation):
        cases.append((f'{E}=""', f.text(NOT_STATED)))
    if facts and relation.of_typed:
        cases.append((f"{facts.rows}=0", f.text(NOT_STATED)))
        cases.append((_computes_points(relation.over, scene), f.text(UNSEEN)))
    if facts:
        cases.append((f"OR({facts.rows}=0,{facts.known}<{facts.rows})", f.text(NOT_STATED)))
    return cases


def _grade_not_stated(relation: Relation, scene: Scene) -> Cases:
    grade, total = relation.figures
    typed = scene.figures.typed(grade)
    [scores] = [each.over for each in scene.figures.relations if each.result == total]
    open_total = f'COUNT({scene.figures.of(total)})=0,{scene.figures.typed(total)}=""'
    return [
        (f'OR({typed}="",{typed}="{f.NOTHING_MARK}")', f.text(NOT_STATED)),
        (f"AND({open_total},{_computes_points(scores, scene)})", f.text(UNSEEN)),
        scene.unknown(total),
    ]


def _computes_points(scores: str, scene: Scene) -> str:
    """Whether rows lack their points, and all of these may be computed from target and actual."""
    facts, area = scene.figures.column(scores), column_area(scene.plan, scores)
    refused = f"SUMPRODUCT((LEN({area})>0)*{f.is_nothing(area)})"
    return f"AND({facts.rows}>0,{facts.known}<{facts.rows},{refused}=0)"


def _tolerated(relation: Relation, scene: Scene) -> Cases:
    """The result differs, and that is rounding, explained, or cannot be decided."""
    cases: Cases = []
    match relation.tolerance:
        case Tolerance.CENTS:
            addends = scene.figures.column(relation.over).rows if relation.over else _known(relation, scene)
            explained = f"ROUND(ABS({F})-({addends}+1)*{f.HALF},9)<=0"
            cases.append((explained, f'"{ROUNDING} "&{f.amount_text(F)}'))
        case Tolerance.POINTS:
            near = f"ABS({F})<={scene.rulebook.scoring.rounding:f}"
            cases.append((near, f'"{ROUNDING} "&{f.number_text(F)}'))
        case Tolerance.FORMULA if isinstance(relation.expected, Calculation):
            within = f"ROUND(ABS({F})-({miss(relation.expected, scene.figures.of)}),9)<=0"
            cases.append((within, f'"{ROUNDING} 应为 "&{_shown_expected(relation)}'))
        case Tolerance.QUOTIENT:
            cases += _quotient_tolerated(*map(scene.figures.of, relation.figures[1:]))
    if relation.excuse:
        cases.append((scene.explained(relation.excuse), f.text(EXPLAINED)))
    if relation.needed < len(relation.figures) - 1:
        lower = f"AND({_known(relation, scene)}<{len(relation.figures) - 1},{F}>0)"
        cases.append((lower, f'"{DOUBTFUL} 其余项没有填，少 "&{_difference(relation)}'))
    return cases


def _quotient_tolerated(part: str, whole: str) -> Cases:
    part, whole = f.money(part), f.money(whole)
    size, base = f"ABS({part})", f"ABS({whole})"
    rate = f"IF({part}=0,ABS({D}),ROUND({D},4)*SIGN({part}*{whole}))"
    right = f.rate_text(E)
    return [
        (f"NOT({within_rounding(rate, size, base)})", f'"{WRONG} 应为 "&{right}'),
        (is_blind(size, base), f'"{DOUBTFUL} 金额较小，应为 "&{right}'),
        ("TRUE", f'"{ROUNDING} 应为 "&{right}'),
    ]


def within_rounding(rate: str, part: str, whole: str) -> str:
    """0 or 1: whether the figures that print like ``part`` and ``whole``, all ≥ 0, include a quotient of ``rate``.

    The ends of the intervals are compared as products, whose smallest difference is 2.5E-7.
    """
    half, step = f.HALF, 0.00005
    upper = f"{part}+{half}>=({rate}-{step})*({whole}-{half})-1E-7"
    lower = f"{part}-{half}<=({rate}+{step})*({whole}+{half})+1E-7"
    return f"(({upper})*({lower}))"


def is_blind(part: str, whole: str) -> str:
    """Whether that interval of quotients is wider than a printed rate's last place (part and whole ≥ 0).

    Its width is 2h(part + whole) ÷ (whole² − h²) with h = 0.005, the last place 0.01%.
    """
    return f"ROUND(100*({part}+{whole})-{whole}*{whole},4)>=0"


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


def weighed(code: str, verdict: str, rulebook: Rulebook) -> str | None:
    """``verdict`` of rule ``code`` under a rulebook that may lower it; None where the rule is not asked at all."""
    most = rulebook.severity.get(code, Severity.WARNING if code == LOCAL_WARNING else Severity.ERROR)
    if most is None:
        return None
    heavier = {Severity.WARNING: ((WRONG, DOUBTFUL),), Severity.NOTE: ((WRONG, NOTED), (DOUBTFUL, NOTED))}
    for usual, lower in heavier.get(most, ()):
        verdict = verdict.replace(f'"{usual}', f'"{lower}')
    return verdict
