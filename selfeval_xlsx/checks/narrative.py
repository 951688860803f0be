"""NAR: do the texts say what the tables say? (relations T1, T2, T4)

Prose is read with care, not understood: what a rule says here never blocks, except a reference that
leads to no figure, which would stand in the report as it was typed.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from selfeval_xlsx.amounts import RATE_PLACES, plain, rounded
from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.checks.rule import Case, Standing, cells, finding, rule
from selfeval_xlsx.figures import MONEY, Claim, Figure
from selfeval_xlsx.findings import Finding, Severity, TextFigure, Told
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import PLAN, SUB_UNIT
from selfeval_xlsx.form.kinds import Amount, LongText
from selfeval_xlsx.form.references import dangling, is_shared, misbracketed, money_unit, nearest, unclosed
from selfeval_xlsx.prose.claims import Sentence
from selfeval_xlsx.prose.keystroke_errors import misspelt
from selfeval_xlsx.prose.meaning import SCORED_BY_OTHERS
from selfeval_xlsx.prose.quantities import Reference
from selfeval_xlsx.prose.statements import RESTATED, Statement
from selfeval_xlsx.prose.sums import StatedRate, broken_rates, broken_sums, is_stated_in
from selfeval_xlsx.prose.words import Token

QUOTED = 40
"""How much of a sentence a message quotes."""


def _sentences(case: Case) -> Iterable[Sentence]:
    return case.sentences


def _texts(case: Case) -> Iterable[Answer[Any]]:
    return [
        answer for answer in case.answers.values() if isinstance(answer.field.kind, LongText) and answer.value
    ]


def _quote(sentence: str, part: str) -> str:
    """``sentence``, cut to the part of it around ``part``."""
    if len(sentence) <= QUOTED:
        return f"“{sentence}”"
    begin = max(0, sentence.find(part) + len(part) - QUOTED + 8)
    cut = sentence[begin : begin + QUOTED]
    return f"“{'…' if begin else ''}{cut}{'…' if begin + QUOTED < len(sentence) else ''}”"


def text_figures(case: Case) -> tuple[TextFigure, ...]:
    """Every figure of the long texts with the cell it agrees with or contradicts; dates, ranks and 一个 are none."""
    keys = {answer.ref: key for key, answer in case.answers.items()}
    return tuple(
        _text_figure(statement, keys)
        for sentence in case.sentences
        for statement in sentence.statements.values()
        if statement.figure.numeral != "一"
    )


def _text_figure(statement: Statement, keys: Mapping[CellRef, str]) -> TextFigure:
    at, figure = statement.text.ref, statement.figure.text
    if not statement.references:
        return TextFigure(at, keys[at], figure, Told.ALONE)
    held = statement.reference or statement.nearest
    told = Told.CONTRADICTS if statement.contradicted else Told.AGREES
    cell = held.answers[0].ref
    return TextFigure(at, keys[at], figure, told, cell, keys[cell], held.shown)


# --- figures of the form --------------------------------------------------------------------------


@rule(
    "NAR01",
    "文字里的数与表格一致",
    standing=Standing.ADVICE,
    basis="T1",
    remedy="核对文字和表格，两处应一致；也可以在文字里用【标签】引用表格的数",
    subjects=_sentences,
)
def figures_are_those_of_the_form(sentence: Sentence, case: Case) -> Iterator[Finding]:
    """A sentence names a figure of the form and gives another value."""
    for statement in sentence.statements.values():
        if statement.contradicted:
            yield _contradiction(statement)
    yield from _stale_year(sentence, case)
    yield from _other_grade(sentence, case)


def _contradiction(statement: Statement) -> Finding:
    reference = statement.nearest
    source = reference.answers[0]
    how = f"{source.ref} {source.field.label} 是 {reference.shown}"
    if len(reference.answers) > 1:
        places = "、".join(str(answer.ref) for answer in reference.answers)
        how = f"按 {places} 计算是 {reference.shown}"
    how += f"，{reference.denied}" if reference.denied else ""
    quotable = source.field.key in PLAN.slots and len(reference.answers) == 1
    label = f"，或写成【{source.field.label}】由系统填数" if quotable else ""
    return finding(
        Severity.WARNING,
        [statement.text, *reference.answers],
        f"{_quote(statement.sentence, statement.figure.text)}写的是 {statement.figure.text}，{how}",
        f"请核对 {cells([statement.text, *reference.answers])}，两处应一致{label}",
        found=statement.figure.text,
        expected=reference.shown,
    )


_OWN_YEAR = re.compile(
    r"(?P<before>[比较与和同据照按]?)(?P<year>20\d\d)年度?[，,]?(?=12月31日[，,]|本年度|我单位|本单位|部门整体支出|单位整体支出|整体支出|绩效自评|自评"
    r"|履职总体目标|总体目标|主要任务|重点任务|重点抓好|年度目标|主要目标)"
)


_GRADE = re.compile(
    r"(?:(?:自评|绩效|评价|评定|综合)[^，,；;。]{0,8}(?:结果|等级|等次|结论)|(?<=分[，,])(?:等级|等次|评级))(?:评定|评)?(?:为|是|：|:)?[“\"「]?(?P<grade>优秀?|良好?|中等?|差)(?=$|[”\"」，,。；;等级])"
)
"""A grade in words, as the result of the self-evaluation."""


def _other_grade(sentence: Sentence, case: Case) -> Iterator[Finding]:
    """The text names another grade than the one filled in."""
    grade = case.evaluation.goals.assessment.grade
    if not grade.stated or _LOOKED_BACK.search(sentence.shown) or "项目" in sentence.shown:
        return
    for match in _GRADE.finditer(sentence.shown):
        if SCORED_BY_OTHERS.search(sentence.shown[: match.start()]):
            continue
        if match["grade"][0] != grade.known[0]:
            yield finding(
                Severity.WARNING,
                [sentence.text, grade],
                f"{_quote(sentence.shown, match[0])}写的是 {match['grade']}，{grade.ref} {grade.field.label} 是 {grade.show()}",
                f"请核对 {cells([sentence.text, grade])}，两处应一致",
                found=match["grade"],
                expected=grade.show(),
            )


_LOOKED_BACK = re.compile("抽查|复核|复评|反馈|整改|通报|上年|去年")
"""Words by which a sentence speaks of an earlier self-evaluation on purpose."""


_HELD = re.compile("资产|车辆|保有量|房屋|债务")
"""What a unit holds is told as of the end of the year before, where the text is of the budget."""


def _stale_year(sentence: Sentence, case: Case) -> Iterator[Finding]:
    """The text speaks of another year as the evaluated one: was it taken over from last year's report?"""
    year = case.evaluation.overview.identity.year
    if not year.stated or sentence.text.field.key.startswith("issues."):
        return
    if _LOOKED_BACK.search(sentence.shown) or _HELD.search(sentence.shown):
        return
    for match in _OWN_YEAR.finditer(sentence.shown):
        if int(match["year"]) < year.known and not match["before"]:
            yield finding(
                Severity.WARNING,
                [sentence.text, year],
                f"{_quote(sentence.shown, match[0])}写的是 {match['year']}年，{year.ref} {year.field.label} 是 {year.show()}",
                f"请核对 {cells([sentence.text, year])}；沿用上年的文字请改成本年内容",
                found=match["year"],
                expected=year.show(),
            )


# --- sums in prose --------------------------------------------------------------------------------


@rule(
    "NAR02",
    "文字里的合计、占比和增减率与所说的数一致",
    standing=Standing.ADVICE,
    basis="T1",
    remedy="核对文字里的各项、合计和百分数",
    subjects=_sentences,
)
def parts_add_up(sentence: Sentence, case: Case) -> Iterator[Finding]:
    """A sentence states parts and their total, or two amounts and their percentage, and they do not agree."""
    for rate in broken_rates(sentence):
        yield _rate_apart(sentence, rate)
    for broken in broken_sums(sentence):
        behind = (each for one, each in itertools.pairwise(case.sentences) if one is sentence)
        if any(is_stated_in(following, broken) for following in behind):
            continue
        stated = broken.total.text
        unit = stated.lstrip(_NUMERALS)
        expected = f"{plain(broken.found / broken.total.factor)}{unit}"
        shown = " + ".join(part.text for part in broken.parts)
        difference = f"{shown} = {expected}" if len(broken.parts) > 1 else f"其中的 {shown} 比它还大"
        yield finding(
            Severity.WARNING,
            [sentence.text],
            f"{_quote(sentence.shown, stated)}合计写的是 {stated}，{difference}",
            f"请核对 {cells([sentence.text])} 里的各项和合计",
            found=stated,
            expected=expected,
        )


def _rate_apart(sentence: Sentence, broken: StatedRate) -> Finding:
    expected = f"{rounded(broken.found, RATE_PLACES)}%"
    return finding(
        Severity.WARNING,
        [sentence.text],
        f"{_quote(sentence.shown, broken.rate.text)}写的是 {broken.rate.text}，按 {broken.base.text} 和 {broken.other.text} 计算是 {expected}",
        f"请核对 {cells([sentence.text])} 里的这三个数",
        found=broken.rate.text,
        expected=expected,
    )


_NUMERALS = "0123456789０１２３４５６７８９.．,， 零〇一二两三四五六七八九十百千"


# --- one amount, one way of writing ---------------------------------------------------------------


@dataclass(frozen=True)
class _Money:
    """An amount in a sentence."""

    sentence: Sentence
    token: Token
    figure: Figure

    @property
    def statement(self) -> Statement:
        """What it says about the form."""
        return self.sentence.statements[self.token.start]

    @property
    def is_whole(self) -> bool:
        """Whether it has no decimals."""
        return "." not in self.figure.numeral

    @property
    def is_price(self) -> bool:
        """1000元/户: so much for each of something."""
        tokens = self.sentence.tokens
        return any(one is self.token and other.text == "/" for one, other in itertools.pairwise(tokens))


def _texts_with_money(case: Case) -> Iterable[list[_Money]]:
    """The amounts of each text, in their order."""
    for _, group in itertools.groupby(case.sentences, key=lambda sentence: sentence.text.ref):
        yield [
            _Money(sentence, token, token.figure)
            for sentence in group
            for token in sentence.tokens
            if token.figure and token.figure.unit == MONEY and not token.figure.high
        ]


@rule(
    "NAR03",
    "同一金额各处写法一致",
    standing=Standing.ADVICE,
    basis="T2",
    remedy="统一用表格的金额单位和两位小数；取整的写“约”",
    subjects=_texts_with_money,
)
def amounts_are_written_alike(amounts: list[_Money], _: Case) -> Iterator[Finding]:
    """An amount stands in 元 and in 万元 and the two differ; or it is cut shorter than the form prints it.

    A text whose amounts are all whole rounds them throughout.
    """
    told: set[int] = set()
    for one, other in itertools.pairwise(amounts):
        if _is_restated(one, other) and not _same(one.figure, other.figure):
            told.add(id(other))
            yield _unlike(other.sentence, one.figure, other.figure)
    first: dict[str, Figure] = {}
    for amount in amounts:
        known = first.setdefault(amount.figure.digits, amount.figure)
        if (
            id(amount) not in told
            and not amount.statement.contradicted
            and _has_slipped(known, amount.figure)
        ):
            yield _unlike(amount.sentence, known, amount.figure)
    if all(amount.is_whole for amount in amounts):
        return
    for amount in amounts:
        reference = amount.statement.reference
        exact = reference and amount.figure.claim is Claim.EXACT and amount.figure.agrees(reference.value)
        if reference and exact and amount.figure.value != reference.value:
            yield from _cut_short(amount.sentence, amount.figure, reference)


def _is_restated(one: _Money, other: _Money) -> bool:
    """36.25万元（362500元）, 36.25万元即362500元; in one unit only with the same digits, 12.5万元（125万元）."""
    alike = one.figure.factor == other.figure.factor and one.figure.digits != other.figure.digits
    if one.sentence is not other.sentence or alike or other.is_price:
        return False
    gap = "".join(
        token.text for token in one.sentence.tokens if one.token.start < token.start < other.token.start
    )
    return bool(gap) and RESTATED.fullmatch(gap) is not None


def _same(one: Figure, other: Figure) -> bool:
    """Whether the finer of the two bears the coarser out."""
    coarse, fine = (one, other) if one.factor > other.factor else (other, one)
    return fine.value is None or coarse.agrees(fine.value)


def _has_slipped(one: Figure, other: Figure) -> bool:
    """Whether two amounts of the same digits are written in two units: 3201.25万元 and 3201.25元."""
    return len(one.digits) >= 4 and one.factor != other.factor and one.value != other.value


def _unlike(sentence: Sentence, one: Figure, other: Figure) -> Finding:
    return finding(
        Severity.WARNING,
        [sentence.text],
        f"{_quote(sentence.shown, other.text)}同一金额写成 {one.text} 和 {other.text}，两数不等",
        f"请核对 {cells([sentence.text])} 里的金额单位",
        found=other.text,
        expected=one.text,
    )


def _cut_short(sentence: Sentence, figure: Figure, reference: Reference) -> Iterator[Finding]:
    if len(reference.answers) == 1 and isinstance(reference.answers[0].field.kind, Amount):
        yield finding(
            Severity.WARNING,
            [sentence.text, *reference.answers],
            f"{_quote(sentence.shown, figure.text)}写的是 {figure.text}，报告别处印作 {reference.shown}",
            f"请统一写成 {reference.shown}；有意取整的写“约{figure.text}”",
            found=figure.text,
            expected=reference.shown,
        )


# --- names and references -------------------------------------------------------------------------


def _names(case: Case) -> list[str]:
    """The names of the unit, of the department above it and of the units below it."""
    identity = case.evaluation.overview.identity
    answers = [identity.unit_name, identity.short_name, identity.supervising_department]
    answers += [row.name for row in case.evaluation.overview.organisations if row.type.value == SUB_UNIT]
    return [answer.known for answer in answers if answer.stated]


@rule(
    "NAR04",
    "单位名称前后一致",
    standing=Standing.ADVICE,
    basis="T4",
    remedy="改成「概况」所填的名称；确是另一单位的不必改",
    subjects=_texts,
)
def names_are_uniform(text: Answer[Any], case: Case) -> Iterator[Finding]:
    """A name that is almost, but not quite, one of the unit's names."""
    for found, name in dict(misspelt(text.known, _names(case))).items():
        yield finding(
            Severity.WARNING,
            [text],
            f"写有“{found}”，「概况」填的是“{name}”",
            f"请核对 {cells([text])} 里的名称；确是另一单位的不必改",
            found=found,
            expected=name,
        )


@rule(
    "NAR05",
    "引用的【标签】都有数",
    standing=Standing.VALIDITY,
    basis="填报表格式",
    remedy="改成填报表上的标签，或填好所引用的格；不是引用的，把【】换成别的括号",
    subjects=_texts,
)
def references_lead_to_figures(text: Answer[Any], case: Case) -> Iterator[Finding]:
    """A bracketed label that is none of the form's, or whose cell is blank: it would stand in the report as typed."""
    for shown in dict.fromkeys(misbracketed(case.evaluation, text.known)):
        yield finding(
            Severity.ERROR,
            [text],
            f"写有“{shown}”，这样的括号不会换成数",
            f"引用请写【{shown[1:-1]}】；不是引用的，把括号换成“”",
            found=shown,
            expected=f"【{shown[1:-1]}】",
        )
    if "【" not in text.known:
        return
    for shown, label in dict.fromkeys(unclosed(case.evaluation, text.known)):
        yield finding(
            Severity.ERROR,
            [text],
            f"写有“{shown}”，【后面没有】，不会换成数",
            f"引用请写【{label}】" if label else "请补上】；不是引用的，把【换成别的括号",
            found=shown,
            expected=f"【{label}】" if label else "",
        )
    for each in dict.fromkeys(dangling(case.evaluation, text.known)):
        cell = case.answers[each.key] if each.key else None
        near = None if cell else nearest(case.evaluation, each.label)
        message, hint = _leads_nowhere(each.label, cell, near, case)
        yield finding(
            Severity.ERROR,
            [text, cell] if cell else [text],
            message,
            hint,
            found=f"【{each.label}】",
            expected=f"【{near}】" if near else "",
        )


def _leads_nowhere(label: str, cell: Answer[Any] | None, near: str | None, case: Case) -> tuple[str, str]:
    """What is wrong with a reference, and what to do."""
    if cell is None and is_shared(case.evaluation, label):
        return f"有几行都叫【{label}】，不知引用的是哪一行", "请把各行的名称写得不同，或直接写数"
    if cell is None:
        other = f"是不是【{near}】" if near else "请改成填报表上的标签；不是引用的，把【】换成别的括号"
        return f"引用的【{label}】不是填报表上的标签", other
    if cell.stated:
        unit = money_unit(case.evaluation)
        return (
            f"引用的【{label}】以{unit}为单位，后面写的是别的单位",
            f"请删去【{label}】后面的单位，系统会写上",
        )
    return f"引用的【{label}】在 {cell.ref}，那里没有数", f"请填写 {cell.ref}，或改写这句话"


RULES = (
    figures_are_those_of_the_form,
    parts_add_up,
    amounts_are_written_alike,
    names_are_uniform,
    references_lead_to_figures,
)
