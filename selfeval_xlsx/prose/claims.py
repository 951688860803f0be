"""What the long texts say about figures of the form: sentence by sentence, each figure with what it may mean."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from selfeval_xlsx.figures import MONEY, PERCENT, Figure, sentences
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.kinds import LongText
from selfeval_xlsx.form.relations import INDICATORS
from selfeval_xlsx.prose import words
from selfeval_xlsx.prose.by_digits import meant_by_digits
from selfeval_xlsx.prose.doubt import is_certain, is_unsure
from selfeval_xlsx.prose.labels import Context, Label, Place, label_before
from selfeval_xlsx.prose.meaning import meant
from selfeval_xlsx.prose.quantities import Form, Reference, Register, form_of, of_cell
from selfeval_xlsx.prose.statements import Statement, is_explained, is_miswritten, of_something_else
from selfeval_xlsx.prose.words import THIS_PROJECT, Role, Token, Vocabulary, plain

_TELLING = re.compile("[0-9０-９一二两三四五六七八九十]|等级|等次|结果为|评定为")
"""What a sentence must hold to be held against the form: a numeral or a grade."""
_RUNS_ON = re.compile("[，,、](?:.*[^。！？!?；;：:])?$")
"""A line that ends amid its sentence, as a page that was copied breaks it; headings have no comma."""
_FOREIGN_NOUN = re.compile("项目|专项|工程|课题|经费|资金")
_NAMES = (Role.LINE, Role.CELL, Role.COLUMN, Role.HINT, Role.INDICATOR, Role.TARGET)
_LONG_AGO = -3
"""A year before that is told of a founding and the like, and only in its clause: 始建于1956年，现有教职工92人."""
_QUIET = frozenset(
    {
        Role.VERB,
        Role.HINT,
        Role.JOIN,
        Role.CHANGE,
        Role.TOTAL,
        Role.SHARE,
        Role.COLUMN,
        Role.TARGET,
        Role.FROM,
    }
)
"""What says nothing of what the figures behind it are about."""
_ITEM = re.compile(r"[（(](?:0\d|2\d\d)?[类款项][)）]")
"""卫生健康支出（类）, 教育支出（205类）: a heading of the functional classification; the figures behind it are the item's."""
_ITEM_CODE = re.compile(rf"(?:{words.LIST_MARK.pattern})?2[0-3]\d{{5}}(?![\d.,，人个万亿元])")
"""2050302中等职业教育: the item by its code."""
_OF_ITEM: Mapping[str, Any] = {"lines": (), "foreign": True, "carried": False, "column": "", "latest": None}
_THIS_YEAR = frozenset({"本年", "今年", "当年", "本年度"})


@dataclass(frozen=True)
class Sentence:
    """A sentence of a long text, its tokens, and what is said of each figure, by its start."""

    text: Answer[Any]
    shown: str
    tokens: tuple[Token, ...]
    statements: Mapping[int, Statement]
    parted: "Sentence | None" = None
    """The sentence before it, if this one begins with 其中 and lists the parts of a figure there."""
    begun: bool = False
    """It began in the line before."""
    goes_on: bool = False
    """It goes on in the next line."""


def read(evaluation: SelfEvaluation, answers: Mapping[str, Answer[Any]]) -> tuple[Sentence, ...]:
    """Every sentence of the long texts that may hold a figure; ``answers`` are those of ``evaluation``."""
    register = register_of(evaluation, answers)
    vocabulary = words.vocabulary(evaluation)
    return tuple(
        sentence
        for key, answer in answers.items()
        if isinstance(answer.field.kind, LongText) and answer.value and _TELLING.search(answer.value)
        for sentence in _settled(
            list(_sentences(answer, _topic(key, register, vocabulary), register, vocabulary))
        )
    )


def _settled(told: Sequence[Sentence]) -> Iterator[Sentence]:
    """The sentences of a text, without what it says of something else than the form."""
    other = of_something_else([statement for sentence in told for statement in sentence.statements.values()])
    if not other:
        yield from told
        return
    for sentence in told:
        freed = {
            at: replace(statement, references=())
            for at, statement in sentence.statements.items()
            if statement in other
        }
        yield replace(sentence, statements={**sentence.statements, **freed})


def register_of(evaluation: SelfEvaluation, answers: Mapping[str, Answer[Any]]) -> Register:
    """Every figure of the form, to look up one by its value; ``answers`` are those of ``evaluation``."""
    district = words.own_district(evaluation.overview.identity.unit_name.value or "")
    return Register(form_of(evaluation, answers, district))


def statements(
    text: str, evaluation: SelfEvaluation, answers: Mapping[str, Answer[Any]]
) -> Iterator[Statement]:
    """What the figures of ``text``, which stands in no cell, say of the form, as if it stood in a long text."""
    register = register_of(evaluation, answers)
    model = next(answer for answer in answers.values() if isinstance(answer.field.kind, LongText))
    for sentence in _sentences(replace(model, value=text), (), register, words.vocabulary(evaluation)):
        yield from sentence.statements.values()


def _topic(key: str, register: Register, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The indicators that a goal's result is about: those its plan names, or whose targets stand there."""
    row, _, column = key.rpartition(".")
    if column != "result" or not row.startswith("goals.plan."):
        return ()
    found: dict[str, None] = {}
    for name in ("title", "content"):
        for token in words.tokens(plain(register.form.answers[f"{row}.{name}"].value or ""), vocabulary):
            if token.role is Role.INDICATOR:
                found.update(dict.fromkeys(token.meaning))
            elif token.figure:
                same = register.exact(token.figure)
                found.update((entry.row, None) for entry in same if entry.row.startswith(INDICATORS))
    return tuple(found)


def _sentences(
    text: Answer[Any], topic: tuple[str, ...], register: Register, vocabulary: Vocabulary
) -> Iterator[Sentence]:
    context = Context()
    year, told_before = 0, True
    latest: Sentence | None = None
    told: list[Statement] = []
    above: list[str] = []
    lines = ("", *sentences(words.mended(text.known, vocabulary)), "")
    for line_before, line, line_behind in zip(lines, lines[1:], lines[2:], strict=False):
        shown = line.replace(words.TORN, "\n")
        if not _TELLING.search(shown):
            above.append(shown)
            context = replace(context, **_OF_ITEM) if _ITEM.search(shown) else context
            continue
        label = _label_above(above, vocabulary) if shown.isdecimal() else None
        above = []
        if label:
            yield Sentence(text, shown, (), _below_label(text, shown, label, register.form))
        else:
            tokens = tuple(words.tokens(plain(shown), vocabulary))
            goes_on = any(token.role is Role.PART for token in tokens[: 2 if shown.startswith("主要") else 1])
            start = Context(
                lines=context.lines,
                foreign=context.foreign,
                carried=context.foreign,
                indicators=topic,
                topic=topic,
                compared=context.compared if goes_on else (),
                column=context.column if goes_on else "",
                year=year if goes_on or not told_before else 0,
                head=context.head if goes_on else None,
                sourced=context.sourced,
            )
            start = replace(start, **_OF_ITEM) if _ITEM_CODE.match(shown) else start
            head = context.head
            statements, context = _statements(text, shown, tokens, register, start)
            if any(token.role is Role.COMPARED for token in tokens):
                context = replace(context, head=context.head or head)
            for at, statement in statements.items():
                if statement.contradicted and is_explained(statement, tokens, statements, told):
                    statements[at] = replace(statement, references=())
            told += statements.values()
            told_before = bool(statements)
            named = _named_year(tokens, register.form)
            year = year if goes_on else named if named >= _LONG_AGO else 0
            pieces = (_runs_on(line_before, line), _runs_on(line, line_behind))
            latest = Sentence(text, shown, tokens, statements, latest if goes_on else None, *pieces)
            yield latest


def _runs_on(line: str, following: str) -> bool:
    """Whether the line that follows goes on with the sentence that ``line`` began."""
    return bool(following) and _RUNS_ON.search(line) is not None and words.LIST_MARK.match(following) is None


def _label_above(lines: Sequence[str], vocabulary: Vocabulary) -> Token | None:
    """The label of staff that is the last of the lines above a bare number; none where others stand beside it, as in a row of heads."""
    words_above = ((line, vocabulary.words.get(plain(line))) for line in lines)
    labels = [(line, word) for line, word in words_above if word and word.role is Role.CELL]
    if len(labels) != 1 or labels[0][0] != lines[-1] or not labels[0][1].meaning[0].startswith(words.STAFF):
        return None
    return Token(Role.CELL, lines[-1], 0, labels[0][1].meaning)


def _below_label(text: Answer[Any], shown: str, label: Token, form: Form) -> dict[int, Statement]:
    """人员编制 with 16 on the line below: a table that was copied line by line; its number has no unit."""
    figure = Figure(0, len(shown), shown, shown, "人")
    held = tuple(reference for key in label.meaning for reference in of_cell(key, form))
    return {0: Statement(text, f"{label.text}{shown}", figure, held)}


def _named_year(tokens: Sequence[Token], form: Form) -> int:
    """The year that a heading, or a sentence before its first figure, names: that of the parts which follow."""
    year = 0
    for token in itertools.takewhile(lambda token: token.role is not Role.FIGURE, tokens):
        year = _year(token, form, year) if token.role is Role.DATE else year
    return year


def _statements(
    text: Answer[Any], shown: str, tokens: tuple[Token, ...], register: Register, context: Context
) -> tuple[dict[int, Statement], Context]:
    """What is said of each figure, and what the sentence was about at its end; brackets stand apart."""
    shared = _distributed(tokens)
    outside: list[Context] = []
    found: dict[int, Statement] = {}
    for at, token in enumerate(tokens):
        if token.figure and token.role is Role.FIGURE:
            place = Place(text.field.key, tokens, at, token.figure)
            label = Label((shared[at],)) if at in shared else label_before(tokens, at)
            fitting, context, by_digits = _fitting(place, label, register, context)
            told = Statement(text, shown, token.figure, fitting)
            if told.contradicted:
                told = _weighed(told, place, label, register, context)
            found[token.start] = told
            context = _behind(told, label, context, by_digits=by_digits)
        elif token.text in "（(":
            outside.append(context)
            context = replace(context, unexplained=_is_unexplained(tokens[at - 1 : at], found))
        elif token.text in "）)" and outside:
            classified = at > 1 and _ITEM.fullmatch("".join(near.text for near in tokens[at - 2 : at + 1]))
            context = replace(outside.pop(), **_OF_ITEM) if classified else outside.pop()
        else:
            context = _after(token, tokens[at - 1] if at else None, context, register.form)
            if (
                context.year < _LONG_AGO
                and token.role is Role.BREAK
                and not _goes_back(tokens[at + 1 : at + 2])
            ):
                context = replace(context, year=0)
    return found, context


def _fitting(
    place: Place, label: Label, register: Register, context: Context
) -> tuple[tuple[Reference, ...], Context, bool]:
    """What the figure may refer to, by its label or else by its digits alone; and whether it was by these."""
    form, figure = register.form, place.figure
    references, context = ([], context) if label.has(Role.EACH) else meant(place, label, context, form)
    fitting = tuple(reference for reference in references if figure.unit in reference.units)
    if fitting and is_unsure(place, label, context, form):
        borne_out = tuple(reference for reference in fitting if reference.bears_out(figure))
        fitting = borne_out or (fitting if is_miswritten(figure, fitting, register) else ())
    context = _of_this_project(label, fitting, context, form)
    if fitting:
        return fitting, context, False
    return *meant_by_digits(place, label, context, register), True


def _weighed(told: Statement, place: Place, label: Label, register: Register, context: Context) -> Statement:
    """The contradiction where it is sure enough: the figure is likely a slip, or so much is said of it that it need not be one."""
    likely = is_miswritten(told.figure, told.references, register)
    if not likely and not is_certain(label, place, context, told.references):
        return replace(told, references=())
    return replace(told, likely=likely or (told.figure.unit == PERCENT and label.has(*_NAMES)))


def _behind(told: Statement, label: Label, context: Context, *, by_digits: bool) -> Context:
    """The context behind a figure; ``by_digits`` if only its digits said what it refers to."""
    money = told.figure.unit == MONEY
    return replace(
        context,
        column=context.column if by_digits or label.sets_bound else told.column or context.column,
        latest=told.reference or (None if told.references else context.latest),
        head=context.head or (told.reference if money else None),
        mistaken=told.contradicted,
        stray=told.reference is None or not told.has_columns if money else context.stray,
    )


def _goes_back(following: Sequence[Token]) -> bool:
    """始建于1998年，当年有职工12人: the next clause is still of that year."""
    return [token.text for token in following] == ["当年"]


def _is_unexplained(before: Sequence[Token], found: Mapping[int, Statement]) -> bool:
    """Whether the figure right before stands in the text only."""
    return bool(before) and before[0].role is Role.FIGURE and not found[before[0].start].references


def _of_this_project(label: Label, fitting: Sequence[Reference], context: Context, form: Form) -> Context:
    """The context behind a figure of 该项目, where several may be meant: the one whose figure it is, or none of them."""
    line = label.first(Role.LINE)
    if line is None or len(line.meaning) < 2 or not line.text.startswith(THIS_PROJECT):
        return context
    rows = [
        row
        for row in line.meaning
        if any(form.answers.get(f"{row}.{reference.column}") in reference.answers for reference in fitting)
    ]
    return replace(context, lines=tuple(rows), foreign=not rows, carried=False)


def _after(token: Token, previous: Token | None, context: Context, form: Form) -> Context:
    """The context behind a token that is no figure."""
    if token.role in _QUIET:
        return context
    news: dict[str, Any] = {}
    match token.role:
        case Role.LINE:
            foreign = previous is not None and previous.role is Role.OTHER
            news = {
                "lines": token.meaning,
                "foreign": foreign,
                "carried": False,
                "indicators": (),
                "column": "",
                "sourced": context.sourced or token.meaning[0].startswith("budget.sources"),
            }
        case Role.INDICATOR:
            news = {"indicators": token.meaning}
        case Role.OTHER | Role.CELL if _FOREIGN_NOUN.search(token.text):
            news = {"lines": (), "foreign": True, "carried": False, "column": ""}
        case Role.PART:
            lone = previous is None or (context.latest is None and not context.mistaken)
            news = {
                "part_column": context.column,
                "whole": context.latest or context.head,
                "unexplained": lone and previous is not None,
            }
        case Role.GROSS:
            news = {"gross": True}
        case Role.BREAK if token.text != "、":
            news = {"gross": False} if context.gross else {}
        case Role.COMPARED:
            news = {"compared": token.meaning}
        case _:
            year = _year(token, form, context.year)
            news = {"year": year} if year != context.year else {}
    return replace(context, **news) if news else context


def _year(token: Token, form: Form, known: int) -> int:
    """The year spoken of behind ``token``, counted from the evaluated one; ``known`` where it names none."""
    if token.role is Role.LAST_YEAR:
        return -1
    if token.text == "当年" and known < -1:
        return known
    if token.role is Role.ARRIVED or token.text in _THIS_YEAR:
        return 0
    figure = token.figure
    if figure is None or figure.unit not in {"年", "年度"} or form.year is None:
        return known
    named = figure.number
    return int(named) - form.year if named and 1900 < named < 2200 else known


def _distributed(tokens: Sequence[Token]) -> dict[int, Token]:
    """甲、乙分别为3个、4个: the label of each figure, where there are as many of one as of the other."""
    found: dict[int, Token] = {}
    for at, token in enumerate(tokens):
        if token.role is Role.EACH:
            labels = _listed(reversed(tokens[:at]), {Role.LINE, Role.CELL, Role.INDICATOR, Role.COLUMN})
            values = _listed(tokens[at + 1 :], {Role.FIGURE})
            if len(labels) == len(values) > 1:
                found.update(
                    (tokens.index(value), label)
                    for value, label in zip(values, reversed(labels), strict=True)
                )
    return found


def _listed(tokens: Iterable[Token], roles: set[Role]) -> list[Token]:
    found: list[Token] = []
    for token in tokens:
        if token.role in roles:
            found.append(token)
        elif token.role not in {Role.JOIN, Role.FILLER, Role.HINT} and token.text not in "、，,":
            break
    return found
