"""What a district adds to the form in its rulebook: fields, and relations typed in labels.

``债务余额 = 年初余额 + 新增债务 − 偿还债务`` is such a relation. A label is that of a single cell, as a text
refers to it, with or without its line or its sheet in front (``执行数``, ``人员经费·执行数``, ``预算·本年收入``),
or that of a list's column, which stands for the column's sum (``项目清单·执行数``). What they are read into
are the kinds of relation that the form itself is made of.
"""

import dataclasses
import difflib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from selfeval_xlsx.amounts import HUNDRED
from selfeval_xlsx.form.declare import Carry, Field, FormPlan, Need, extended
from selfeval_xlsx.form.expressions import Calculation, Figure, Formula, Operation, Scale, figures_of
from selfeval_xlsx.form.form import PLAN, WHOLE
from selfeval_xlsx.form.kinds import Amount, Choice, Count, Day, Kind, LongText, Quantity, Rate, Text
from selfeval_xlsx.form.relation_kinds import Calculated, ColumnSum, Limit, Ratio, Relation, Sum
from selfeval_xlsx.form.values import LOCAL

Table = Mapping[str, Any]

LOCAL_ERROR, LOCAL_WARNING = "SUM90", "SUM91"
"""The rules that judge the relations of a district: those that must hold, and those it is only reminded of."""

_PART_OF_LOCAL: Mapping[str, type] = {"title": str, "fields": list, "relations": list}
_FIELD: Mapping[str, type] = {
    "key": str, "label": str, "sheet": str, "kind": str, "unit": str, "note": str, "example": str,
    "options": list, "required": bool, "signed": bool, "keep": bool,
}  # fmt: skip
_RELATION: Mapping[str, type] = {"relation": str, "title": str, "severity": str}
_TYPES = {str: "加引号的文字", bool: " true 或 false", list: "列表"}
_OBLIGATORY = ("key", "label", "sheet", "kind")
_CODES = {"错误": LOCAL_ERROR, "提醒": LOCAL_WARNING}
_KINDS: Mapping[str, tuple[Callable[[Table], Kind[Any]], str]] = {
    "金额": (lambda of: Amount(signed=of.get("signed", False)), "100.00"),
    "数字": (lambda of: Quantity(of.get("unit", ""), signed=of.get("signed", False)), "12.5"),
    "整数": (lambda of: Count(of.get("unit", "")), "35"),
    "百分比": (lambda of: Rate(signed=of.get("signed", False)), "99.20%"),
    "日期": (lambda _: Day(), "2026-03-15"),
    "文字": (lambda _: Text(100), "（说明）"),
    "长文字": (lambda _: LongText(2000), "（说明）"),
    "选项": (lambda of: Choice(tuple(of.get("options", ()))), ""),
}
"""Kinds of local fields: how each is made of what the field says, and an example."""
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LONGEST_LABEL = 30


@dataclass(frozen=True)
class Local:
    """What a district adds to the form: a section of fields of its own on some sheets, and relations between figures."""

    title: str = "本地补充"
    fields: Mapping[str, tuple[Field, ...]] = dataclasses.field(default_factory=dict)
    """By the key of the sheet at whose end they stand; their own keys begin with ``local.``."""
    relations: tuple[Relation, ...] = ()

    def added_to(self, plan: FormPlan) -> FormPlan:
        """``plan`` with the section of fields, if there is one."""
        return extended(plan, "local", self.title, self.fields) if self.fields else plan


# --- what is wrong in a rulebook ------------------------------------------------------------------


@dataclass(frozen=True)
class Mistake:
    """What is wrong with one setting: its dotted name, and words that go on behind that name."""

    name: str
    words: str


def perhaps(name: str, known: Iterable[str]) -> str:
    """The question whether the nearest of ``known`` names was meant; empty where none is near."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"是不是“{near[0]}”？" if near else ""


def unknown(name: str, known: Sequence[str]) -> Mistake:
    """A name that is none of ``known``, with the nearest of them."""
    names = f"可用的：{'、'.join(known)}。"
    return Mistake(name, f"不认识。{perhaps(name, known) or names}")


def wrong(name: str, value: object, expected: str) -> Mistake:
    """A value that is not what was ``expected``."""
    return Mistake(name, f"的值 {written(value)} 不对，应当是{expected}。")


def written(value: object) -> str:
    """A value about as it stands in the file."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case list():
            return f"[{', '.join(map(written, value))}]"
        case dict():
            return f"{{{', '.join(f'{key} = {written(item)}' for key, item in value.items())}}}"
        case _:
            return str(value)


# --- what the file lists --------------------------------------------------------------------------


def local_from(table: Any, mistakes: list[Mistake]) -> Local:
    """The fields and relations of the part ``[local]``."""
    table = _sound("local", table, _PART_OF_LOCAL, mistakes)
    fields: dict[str, tuple[Field, ...]] = {}
    taken = {name for field in PLAN.fields for name in (field.label, field.head)}
    for name, entry in _entries("local.fields", table):
        placed = _field(name, entry, taken, mistakes)
        if placed is not None:
            sheet, field = placed
            taken |= {field.label, field.key}
            fields[sheet] = (*fields.get(sheet, ()), field)
    local = Local(table.get("title", Local.title), fields)
    relations = [
        relation
        for name, entry in _entries("local.relations", table)
        if (relation := _typed(name, entry, local, mistakes)) is not None
    ]
    return dataclasses.replace(local, relations=tuple(relations))


def _sound(name: str, table: Any, known: Mapping[str, type], mistakes: list[Mistake]) -> dict[str, Any]:
    """What of ``table`` is ``known`` and of its type; the rest is told, and does not hide what else is wrong."""
    if not isinstance(table, dict):
        mistakes.append(wrong(name, table, "一组设置"))
        return {}
    for key, value in table.items():
        if key not in known:
            mistakes.append(unknown(f"{name}.{key}", [f"{name}.{other}" for other in known]))
        elif not isinstance(value, known[key]):
            mistakes.append(wrong(f"{name}.{key}", value, _TYPES[known[key]]))
    return {key: value for key, value in table.items() if isinstance(value, known.get(key, ()))}


def _entries(name: str, local: Table) -> Iterator[tuple[str, Any]]:
    """The entries of a list, each with its name."""
    for number, entry in enumerate(local.get(name.rpartition(".")[2], ()), start=1):
        yield f"{name}.{number}", entry


def _field(
    name: str, entry: Any, taken: Collection[str], mistakes: list[Mistake]
) -> tuple[str, Field] | None:
    """The key of the sheet and the field that ``entry`` describes; ``taken`` are labels and keys there are.

    Of one with mistakes something like it, so that relations may name it; None where it has no label.
    """
    told = len(mistakes)
    sound = _sound(name, entry, _FIELD, mistakes)
    missing = [key for key in _OBLIGATORY if isinstance(entry, dict) and not entry.get(key)]
    if missing and entry.keys() <= _FIELD.keys():  # else it may be one that is misspelt
        mistakes.append(
            Mistake(name, f"没有写 {'、'.join(missing)}。每个本地字段都要有 {'、'.join(_OBLIGATORY)}。")
        )
    mistakes += _wrong_in_field(name, sound, taken)
    label = sound.get("label", "")
    if not label or label in taken:
        return None
    make, example = _KINDS.get(sound.get("kind", ""), _KINDS["金额"])
    kind = make(sound)
    sheets = {page.name: page.key for page in PLAN.sheets}
    return sheets.get(sound.get("sheet", ""), PLAN.sheets[0].key), Field(
        f"{LOCAL}{sound['key'] if len(mistakes) == told else name}",
        label,
        label,
        kind,
        Need.REQUIRED if sound.get("required", False) else Need.OPTIONAL,
        sound.get("note", ""),
        sound.get("example", "") or example or "、".join(kind.validation.options[:1]),
        Carry.KEEP if sound.get("keep", False) else Carry.CLEAR,
    )


def _wrong_in_field(name: str, sound: Table, taken: Collection[str]) -> Iterator[Mistake]:
    """What is wrong with what stands there."""
    key, label, sheet, kind = (sound.get(name, "") for name in _OBLIGATORY)
    if key and not _KEY.fullmatch(key):
        yield wrong(f"{name}.key", key, "以字母开头的小写字母、数字和下划线，如 debt_opening（不超过40个）")
    elif f"{LOCAL}{key}" in taken:
        yield wrong(f"{name}.key", key, "没有用过的")
    if len(label) > _LONGEST_LABEL or re.search(r"[\s【】=≤≥]", label):
        yield wrong(f"{name}.label", label, f"不超过{_LONGEST_LABEL}字、不含空格和【】=≤≥的标签")
    elif label in taken:
        yield wrong(f"{name}.label", label, "填报表里没有用过的标签，例如在前面加上“本级”")
    sheets = [page.name for page in PLAN.sheets]
    if sheet and sheet not in sheets:
        yield wrong(f"{name}.sheet", sheet, f"{'、'.join(sheets)}之一")
    if kind and kind not in _KINDS:
        yield wrong(f"{name}.kind", kind, f"{'、'.join(_KINDS)}之一")
    options = sound.get("options", [])
    if kind == "选项" and not (options and all(isinstance(option, str) and option for option in options)):
        yield wrong(f"{name}.options", options, '可选的文字，如 ["是", "否"]')


def _typed(name: str, entry: Any, local: Local, mistakes: list[Mistake]) -> Relation | None:
    """The relation that ``entry`` types in labels."""
    sound = _sound(name, entry, _RELATION, mistakes)
    text, severity = sound.get("relation", ""), sound.get("severity", "错误")
    if severity not in _CODES:
        mistakes.append(
            wrong(f"{name}.severity", severity, " " + " 或 ".join(f'"{word}"' for word in _CODES))
        )
    code = _CODES.get(severity, LOCAL_ERROR)
    try:
        return read_relation(text, code, sound.get("title", text), local.added_to(PLAN))
    except UnreadableRelationError as error:
        mistakes.append(Mistake(f"{name}.relation", f"里的关系“{text}”{error}。"))
        return None


# --- relations in labels --------------------------------------------------------------------------

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
    rates = [figure.scale is Scale.RATE for figure in figures]
    terms = _terms(right)
    if terms and not any(rates) and set(terms.values()) <= {1, -1}:
        added, minus = (tuple(key for key, count in terms.items() if count == one) for one in (1, -1))
        return Sum(code, title, result.key, added, minus, counted=counted)
    match right:
        case Operation("÷", Figure(part), Figure(whole)) if rates == [True, False, False]:
            of_counts = all(figure.scale is Scale.COUNT for figure in figures[1:])
            return Ratio(code, title, result.key, part, whole, counted=of_counts)
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


def meant(keys: Sequence[str]) -> Sequence[str]:
    """Of the keys of all cells that a label names those it means: that of the whole budget, where it is among them."""
    return [key for key in keys if key.startswith(WHOLE)] or keys


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
            for label in dict.fromkeys((field.label, field.head, f"{sheet}·{field.label}")):
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
        key, *others = meant(keys)
        if others:
            cells = "、".join(f"“{self.best[key]}”" for key in keys[:4])
            raise UnreadableRelationError(f"里的“{self.shown[label]}”不止一格，请写明是哪一格：{cells}")
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
        label = next((label for label in self.names.longest_first if self._is_next(label)), "")
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
