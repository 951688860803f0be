"""Relations as a district types them, in labels: ``债务余额 = 年初余额 + 新增债务 − 偿还债务``.

A label is that of a single cell, as a text refers to it, with or without its line or its sheet in front
(``执行数``, ``人员经费·执行数``, ``预算·本年收入``), or that of a list's column, which stands for the column's sum
(``项目清单·执行数``). What they are read into are the kinds of relation that the form itself is made of.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from selfeval_xlsx.amounts import HUNDRED
from selfeval_xlsx.form.declare import Field
from selfeval_xlsx.form.expressions import Calculation, Figure, Formula, Operation, Scale, figures_of
from selfeval_xlsx.form.kinds import Count, Rate
from selfeval_xlsx.form.places import FormPlan
from selfeval_xlsx.form.references import WHOLE
from selfeval_xlsx.form.relation_kinds import Calculated, ColumnSum, Limit, Ratio, Relation, Sum

SUM_OF = "合计("
"""Begins the sum of several figures, 合计(甲、乙、丙)."""

_SIGNS = {
    "−": "-－–—",
    "×": "*＊xX",
    "÷": "/／",
    "+": "＋",
    "(": "（",
    ")": "）",
    "=": "＝",
    "、": "，,",
    "%": "％",
}
_COMPARED = {"<=": "≤", "=<": "≤", "≦": "≤", "⩽": "≤", ">=": "≥", "=>": "≥", "≧": "≥", "⩾": "≥", "==": "="}
_BOUNDARY = re.compile(r"[+−×÷()=≤≥、%<>]")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


class UnreadableRelationError(ValueError):
    """What cannot be read in a relation, as the end of a sentence that begins with the relation."""


@dataclass(frozen=True)
class _Column(Figure):
    """The sum of a list's column."""


def read_relation(text: str, code: str, title: str, plan: FormPlan) -> Relation:
    """The relation typed in ``text`` between figures of ``plan``, for the rule ``code``.

    Raises:
        UnreadableRelationError: a label nobody knows or that several cells have, or no relation at all.

    """
    names = _Names(plan)
    parser = _Parser(_plain(text), names)
    left, sign, right = parser.comparison()
    if not isinstance(left, Figure) and isinstance(right, Figure):
        left, sign, right = right, {"≤": "≥", "≥": "≤"}.get(sign, sign), left
    if not isinstance(left, Figure):
        left, right = _moved(left, right)
    if isinstance(left, _Column) or left.key in {figure.key for figure in figures_of(right)}:
        raise UnreadableRelationError("的左边应当是单独的一格，不是列表的一列，右边也不再出现这一格")
    return _relation(code, title, left, sign, right)


def _relation(code: str, title: str, result: Figure, sign: str, right: Formula) -> Relation:
    """The kind of relation that says it most plainly."""
    figures = (result, *figures_of(right))
    counted = all(figure.scale is Scale.COUNT for figure in figures)
    if isinstance(right, _Column) and sign == "=":
        return ColumnSum(code, title, result.key, right.key, counted=counted)
    if any(isinstance(figure, _Column) for figure in figures):
        raise UnreadableRelationError("里，列表的一列（如“项目清单·执行数”）只能单独写在等号的一边")
    if sign != "=":
        return Limit(code, title, result.key, Calculation(right, result.scale), sign)
    terms = _terms(right)
    if terms and all(figure.scale is not Scale.RATE for figure in figures) and set(terms.values()) <= {1, -1}:
        added, minus = (tuple(key for key, count in terms.items() if count == one) for one in (1, -1))
        return Sum(code, title, result.key, added, minus, counted=counted)
    match right:
        case Operation("÷", Figure(part), Figure(whole)) if [f.scale is Scale.RATE for f in figures] == [
            True,
            False,
            False,
        ]:
            both = {figure.scale for figure in figures[1:]}
            return Ratio(code, title, result.key, part, whole, counted=both == {Scale.COUNT})
    return Calculated(code, title, result.key, Calculation(right, result.scale), counted=counted)


def _terms(formula: Formula) -> dict[str, int] | None:
    """How often each figure counts in a sum; None of anything but a sum of figures."""
    match formula:
        case Figure(key):
            return {key: 1}
        case Operation("+" | "−" as sign, left, right):
            first, second = _terms(left), _terms(right)
            if first is None or second is None:
                return None
            factor = 1 if sign == "+" else -1
            return {
                key: first.get(key, 0) + factor * second.get(key, 0)
                for key in dict.fromkeys((*first, *second))
            }
    return None


def _moved(left: Formula, right: Formula) -> tuple[Figure, Formula]:
    """甲 + 乙 = 丙 with all but its first figure moved to the right: 甲 = 丙 − 乙."""
    others = right
    while isinstance(left, Operation) and left.sign in "+−":
        others = Operation("−" if left.sign == "+" else "+", others, left.right)
        left = left.left
    if not isinstance(left, Figure):
        raise UnreadableRelationError("的一边应当是单独的一格，如“债务余额 = 年初余额 + 新增债务”")
    return left, others


# --- names ----------------------------------------------------------------------------------------


class _Names:
    """The figures of a form by the labels that name them."""

    def __init__(self, plan: FormPlan) -> None:
        self.scales: dict[str, Scale] = {}
        self.columns = frozenset(plan.columns)
        self.named: dict[str, list[str]] = {}
        self.shown: dict[str, str] = {}
        self.texts: set[str] = set()
        for sheet, field in _fields(plan):
            if not field.kind.numeric:
                self.texts.add(_plain(field.label))
                continue
            self.scales[field.key] = _scale_of(field)
            for label in dict.fromkeys(_labels(sheet, field)):
                self.named.setdefault(_plain(label), []).append(field.key)
                self.shown.setdefault(_plain(label), label)
        self.best = {field.key: f"{sheet}·{field.label}" for sheet, field in _fields(plan)}
        self.longest_first = sorted(self.named, key=len, reverse=True)

    def figure(self, label: str) -> Figure:
        """The figure that goes by ``label``.

        Raises:
            UnreadableRelationError: several do.

        """
        keys = self.named[label]
        own = [key for key in keys if key.startswith(WHOLE)]
        if len(keys) > 1 and len(own) != 1:
            written = "、".join(f"“{self.best[key]}”" for key in keys[:4])
            raise UnreadableRelationError(f"里的“{self.shown[label]}”不止一格，请写明是哪一格：{written}")
        key = (own or keys)[0]
        return (_Column if key in self.columns else Figure)(key, self.scales[key])

    def unknown(self, word: str) -> UnreadableRelationError:
        """What to say of a word that is no label."""
        if word in self.texts:
            return UnreadableRelationError(f"里的“{word}”填的不是数字，不能放在关系里")
        near: dict[tuple[str, ...], str] = {}  # one label of a figure
        for label in difflib.get_close_matches(word, self.shown, n=9, cutoff=0.5):
            near.setdefault(tuple(self.named[label]), f"“{self.shown[label]}”")
        advice = f"是不是{'、'.join([*near.values()][:3])}？" if near else ""
        return UnreadableRelationError(
            f"里的“{word}”不是填报表的标签，也不是本地字段。{advice}标签见 docs/字段说明.md"
        )


def _fields(plan: FormPlan) -> Iterator[tuple[str, Field]]:
    yield from ((page.name, slot.field) for page, slot in plan.slots.values())
    yield from ((page.name, slot.field) for page, _, slot in plan.columns.values())


def _labels(sheet: str, field: Field) -> Iterable[str]:
    """The ways to name a field; the sheet in front tells two of one name apart."""
    return (field.label, field.head, f"{sheet}·{field.label}")


def _scale_of(field: Field) -> Scale:
    match field.kind:
        case Rate():
            return Scale.RATE
        case Count():
            return Scale.COUNT
    return Scale.AMOUNT


def _plain(text: str) -> str:
    """``text`` without what people write now one way, now another: spaces, dots between labels, quotes, wide signs."""
    text = re.sub(r"[\s·．“”\"]|(?<=\d)[,，](?=\d{3})", "", text)
    for sign, others in _SIGNS.items():
        text = re.sub(f"[{re.escape(others)}]", sign, text)
    return re.sub("|".join(map(re.escape, _COMPARED)), lambda match: _COMPARED[match[0]], text)


# --- reading --------------------------------------------------------------------------------------


class _Parser:
    """Reads a relation from left to right: comparison, sums, products, figures."""

    def __init__(self, text: str, names: _Names) -> None:
        self.text = text
        self.names = names
        self.at = 0

    def comparison(self) -> tuple[Formula, str, Formula]:
        """Both sides and the sign between them."""
        left = self.sum()
        sign = self._taken("=≤≥")
        if not sign:
            raise self._stuck("“=”“≤”或“≥”")
        right = self.sum()
        if self.at < len(self.text):
            raise self._stuck("运算符号，或到此为止")
        return left, sign, right

    def sum(self) -> Formula:
        """Products, added up or taken off."""
        return self._joined("+−", self.product)

    def product(self) -> Formula:
        """Figures, multiplied or divided."""
        return self._joined("×÷", self.operand)

    def _joined(self, signs: str, part: Callable[[], Formula]) -> Formula:
        formula = part()
        while sign := self._taken(signs):
            formula = Operation(sign, formula, part())
        return formula

    def operand(self) -> Formula:
        """A figure, a number, or a formula in parentheses."""
        label = next((each for each in self.names.longest_first if self._is_next(each)), "")
        if label:
            self.at += len(label)
            return self.names.figure(label)
        if match := _NUMBER.match(self.text, self.at):
            self.at = match.end()
            return Decimal(match[0]) / HUNDRED if self._taken("%") else Decimal(match[0])
        if self.text.startswith(SUM_OF, self.at):
            self.at += len(SUM_OF)
            return self._closed(self._listed())
        if self._taken("("):
            return self._closed(self.sum())
        boundary = _BOUNDARY.search(self.text, self.at)
        word = self.text[self.at : boundary.start() if boundary else len(self.text)]
        raise self.names.unknown(word) if word else self._stuck("一个标签、数字或括号")

    def _is_next(self, label: str) -> bool:
        end = self.at + len(label)
        return self.text.startswith(label, self.at) and (
            end == len(self.text) or _BOUNDARY.match(self.text, end) is not None
        )

    def _listed(self) -> Formula:
        """Figures separated by commas, added up."""
        formula = self.sum()
        while self._taken("、"):
            formula = Operation("+", formula, self.sum())
        return formula

    def _closed(self, formula: Formula) -> Formula:
        if not self._taken(")"):
            raise self._stuck("“）”")
        return formula

    def _taken(self, signs: str) -> str:
        """The next character where it is one of ``signs``; it is passed by then."""
        sign = self.text[self.at : self.at + 1]
        if not sign or sign not in signs:
            return ""
        self.at += 1
        return sign

    def _stuck(self, expected: str) -> UnreadableRelationError:
        read = self.text[: self.at]
        return UnreadableRelationError(f"{f'在“{read}”之后' if read else '的开头'}应当是{expected}")
