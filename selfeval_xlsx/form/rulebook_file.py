"""Reads a rulebook written in TOML. Everything wrong in it is said at once, each with its line and what belongs there."""

import dataclasses
import difflib
import itertools
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from selfeval_xlsx.amounts import HUNDRED
from selfeval_xlsx.errors import RulebookError
from selfeval_xlsx.findings import Severity
from selfeval_xlsx.form.declare import Carry, Field, Need
from selfeval_xlsx.form.form import PLAN
from selfeval_xlsx.form.kinds import Amount, Choice, Count, Day, Kind, LongText, Quantity, Rate, Text
from selfeval_xlsx.form.rulebook import (
    LARGEST,
    LOCAL_ERROR,
    LOCAL_WARNING,
    SEVERITIES,
    Bands,
    Local,
    Rulebook,
    Scoring,
)
from selfeval_xlsx.form.values import LOCAL

if TYPE_CHECKING:
    from selfeval_xlsx.form.relation_kinds import Relation

Table = Mapping[str, Any]

_OWN_PARTS = ("severity", "local")
"""Parts of a rulebook that are more than settings with a default each."""

_LIST = re.compile(r"\s*\[\[\s*(?P<name>[^\[\]]+?)\s*\]\]")
_PART = re.compile(r"\s*\[\s*(?P<name>[^\[\]]+?)\s*\]\s*(?:#.*)?")
_SETTING = re.compile(r"""\s*(?P<name>(?:"[^"]*"|'[^']*'|[\w.-])+)\s*=""")


@dataclass(frozen=True)
class Mistake:
    """What is wrong with one setting: its dotted name, and words that go on behind that name."""

    name: str
    words: str


def load(text: str, lower: Mapping[str, Sequence[str]] | None = None) -> Rulebook:
    """The rulebook written in ``text`` (TOML); what it does not set keeps its default.

    ``lower`` says of each rule, by its code, which words of :data:`SEVERITIES` it may be lowered to.

    Raises:
        RulebookError: not TOML; or all that is wrong: unknown settings, values of the wrong kind, bands out of order.

    """
    try:
        table = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise RulebookError(
            f"口径文件{_place(str(error))}写法不对，读不下去。请对照原文件检查引号、等号，同一设置只写一次。"
        ) from error
    own = {name: table.pop(name) for name in _OWN_PARTS if name in table}
    mistakes: list[Mistake] = []
    rulebook: Rulebook = _record(Rulebook(), _with_own_levels(table), "", mistakes)
    rulebook = dataclasses.replace(
        rulebook,
        severity=_severities(own.get("severity", {}), lower or {}, mistakes),
        local=_local(own["local"], mistakes) if "local" in own else Local(),
    )
    wrong = {mistake.name.partition(".")[0] for mistake in mistakes}
    mistakes += [each for each in _contradictions(rulebook) if each.name.partition(".")[0] not in wrong]
    if mistakes:
        raise RulebookError(_told(mistakes, text))
    return rulebook


def _with_own_levels(table: dict[str, Any]) -> dict[str, Any]:
    """``table``; who names levels of their own has no weights for them unless they set some."""
    scoring = table.get("scoring")
    if isinstance(scoring, dict) and "levels" in scoring:
        return {**table, "scoring": {"level_weights": {}, **scoring}}
    return table


# --- where, and in which words --------------------------------------------------------------------


def _place(error: str) -> str:
    """Where the text stops being TOML, in Chinese."""
    at = re.search(r"line (\d+), column (\d+)", error)
    return f"第 {at[1]} 行第 {at[2]} 个字符附近" if at else ""


def _told(mistakes: Sequence[Mistake], text: str) -> str:
    lines = _lines(text)
    placed = sorted(((_line_of(each.name, lines), each) for each in mistakes), key=lambda place: place[0])
    told = [f"{f'第 {line} 行' if line else '里'}“{each.name}”{each.words}" for line, each in placed]
    if len(told) == 1:
        return f"口径文件{told[0]}"
    return "\n".join([f"口径文件有 {len(told)} 处不对：", *(f"  {each}" for each in told)])


def _lines(text: str) -> dict[str, int]:
    """The line on which each part and setting stands, by its name; items of a list are numbered from 1."""
    lines: dict[str, int] = {}
    items = Counter[str]()
    part = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if match := _LIST.match(line):
            items[name := _bare(match["name"])] += 1
            part = f"{name}.{items[name]}"
            lines.setdefault(name, number)
            lines.setdefault(part, number)
        elif match := _PART.fullmatch(line):
            part = _bare(match["name"])
            lines.setdefault(part, number)
        elif match := _SETTING.match(line):
            lines.setdefault(f"{part}.{_bare(match['name'])}".lstrip("."), number)
    return lines


def _bare(name: str) -> str:
    return re.sub(r"[\"'\s]", "", name)


def _line_of(name: str, lines: Mapping[str, int]) -> int:
    """The line of a setting, or of the part it should stand in; 0 where neither is written."""
    while name and name not in lines:
        name = name.rpartition(".")[0]
    return lines.get(name, 0)


def unknown(name: str, known: Sequence[str]) -> Mistake:
    """A name that is none of ``known``, with the nearest of them."""
    near = difflib.get_close_matches(name, known, n=1)
    advice = f"是不是“{near[0]}”？" if near else f"可用的：{'、'.join(known)}。"
    return Mistake(name, f"不认识。{advice}")


def wrong(name: str, value: object, expected: str) -> Mistake:
    """A value that is not what was ``expected``."""
    return Mistake(name, f"的值 {_written(value)} 不对，应当是{expected}。")


def _written(value: object) -> str:
    """A value about as it stands in the file."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case list():
            return f"[{', '.join(map(_written, value))}]"
        case dict():
            return f"{{{', '.join(f'{key} = {_written(each)}' for key, each in value.items())}}}"
        case _:
            return str(value)


# --- settings -------------------------------------------------------------------------------------


def _record(default: Any, table: Table, prefix: str, mistakes: list[Mistake]) -> Any:
    """``default`` with the settings of ``table``; what is wrong keeps its default and is told."""
    known = {item.name: item for item in dataclasses.fields(default)}
    mistakes += [
        unknown(prefix + name, [prefix + each for each in known]) for name in table if name not in known
    ]
    return dataclasses.replace(
        default,
        **{
            name: _value(prefix + name, value, getattr(default, name), known[name].metadata, mistakes)
            for name, value in table.items()
            if name in known
        },
    )


def _value(name: str, value: Any, default: Any, limits: Table, mistakes: list[Mistake]) -> Any:  # noqa: PLR0911 - a case each
    match default, value:
        case (bool(), bool()):
            return value
        case (Decimal(), int() | Decimal()) if _is_number(value, limits):
            return Decimal(value)
        case (str(), str()) if value in limits["options"]:
            return value
        case (tuple(), list()) if all(isinstance(item, str) and item for item in value):
            return tuple(value)
        case (dict(), dict()):
            found = [*_wrong_bands(name, value, limits)]
            mistakes += found
            return default if found else {key: Decimal(each) for key, each in value.items()}
        case (_, dict()) if dataclasses.is_dataclass(default):
            return _record(default, value, f"{name}.", mistakes)
    kept = (
        f"；删去这一行，就用默认的 {_written(default)}" if isinstance(default, Decimal | str | bool) else ""
    )
    mistakes.append(wrong(name, value, _expected(default, limits) + kept))
    return default


def _wrong_bands(name: str, table: Table, limits: Table) -> Iterator[Mistake]:
    numbers = {key: value for key, value in table.items() if _is_number(value, limits)}
    for key, value in table.items():
        if key not in numbers:
            yield wrong(f"{name}.{key}", value, _expected(Decimal(), limits))
    if not limits["ordered"] or len(numbers) < len(table):
        return
    if not table:
        yield wrong(name, table, "从高到低的几级，最后一级的下限是 0")
        return
    for (upper, high), (lower, low) in itertools.pairwise(table.items()):
        if high <= low:
            yield Mistake(
                f"{name}.{upper}", f"的次序不对：“{upper}”的下限 {high} 应当高于“{lower}”的 {low}。"
            )
    last, low = list(table.items())[-1]
    if low != 0:
        yield Mistake(f"{name}.{last}", f"的下限应当是 0，不是 {low}。")


def _is_number(value: Any, limits: Table) -> bool:
    number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return number and Decimal(value).is_finite() and 0 <= value <= limits.get("most", LARGEST)


def _expected(default: object, limits: Table) -> str:
    match default:
        case bool():
            return " true 或 false"
        case Decimal():
            return f" 0 到 {limits.get('most', LARGEST)} 的数字"
        case str():
            return " " + " 或 ".join(f'"{option}"' for option in limits["options"])
        case tuple():
            return '文字的列表，如 ["XX", "待补充"]'
        case _:
            return "一组设置，如 [execution] 下面的几行"


def _severities(
    table: Any, lower: Mapping[str, Sequence[str]], mistakes: list[Mistake]
) -> dict[str, Severity | None]:
    """What each rule weighs at most, by its code; None where it is not asked."""
    if not isinstance(table, dict):
        mistakes.append(wrong("severity", table, '一组设置，如 [severity] 下面的 EXE08 = "提醒"'))
        return {}
    lowered = {}
    for code, word in table.items():
        if code not in lower:
            near = difflib.get_close_matches(code, lower, n=1)
            advice = f"是不是“{near[0]}”？" if near else ""
            mistakes.append(
                Mistake(f"severity.{code}", f"不是规则的编号。{advice}selfeval rules 列出全部编号。")
            )
        elif word not in lower[code]:
            words = " 或 ".join(f'"{each}"' for each in lower[code])
            only = "" if "不核对" in lower[code] else "（必须成立的规则只能降为提醒）"
            mistakes.append(wrong(f"severity.{code}", word, f" {words}{only}"))
        else:
            lowered[code] = SEVERITIES[word]
    return lowered


# --- what a district adds -------------------------------------------------------------------------

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


def _local(table: Any, mistakes: list[Mistake]) -> Local:
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
        if (relation := _relation(name, entry, local, mistakes)) is not None
    ]
    return dataclasses.replace(local, relations=tuple(relations))


def _sound(name: str, table: Any, known: Mapping[str, type], mistakes: list[Mistake]) -> dict[str, Any]:
    """What of ``table`` is ``known`` and of its type; the rest is told, and does not hide what else is wrong."""
    if not isinstance(table, dict):
        mistakes.append(wrong(name, table, "一组设置"))
        return {}
    for key, value in table.items():
        if key not in known:
            mistakes.append(unknown(f"{name}.{key}", [f"{name}.{each}" for each in known]))
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
    missing = [each for each in _OBLIGATORY if isinstance(entry, dict) and not entry.get(each)]
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
    key, label, sheet, kind = (sound.get(each, "") for each in _OBLIGATORY)
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
    if kind == "选项" and not (options and all(isinstance(each, str) and each for each in options)):
        yield wrong(f"{name}.options", options, '可选的文字，如 ["是", "否"]')


def _relation(name: str, entry: Any, local: Local, mistakes: list[Mistake]) -> "Relation | None":
    """The relation that ``entry`` types in labels."""
    from selfeval_xlsx.form.typed_relations import (  # noqa: PLC0415 - most rulebooks add none
        UnreadableRelationError,
        read_relation,
    )

    sound = _sound(name, entry, _RELATION, mistakes)
    text, severity = sound.get("relation", ""), sound.get("severity", "错误")
    if severity not in _CODES:
        mistakes.append(
            wrong(f"{name}.severity", severity, " " + " 或 ".join(f'"{each}"' for each in _CODES))
        )
    code = _CODES.get(severity, LOCAL_ERROR)
    try:
        return read_relation(text, code, sound.get("title", text), Rulebook(local=local).plan)
    except UnreadableRelationError as error:
        mistakes.append(Mistake(f"{name}.relation", f"里的关系“{text}”{error}。"))
        return None


# --- settings that contradict one another ---------------------------------------------------------


def _contradictions(rulebook: Rulebook) -> Iterator[Mistake]:
    """No bound lies where nothing reaches it, or everything does; a percentage is not typed as 0.9."""
    scoring = rulebook.scoring
    for name, value in (
        ("execution.low_rate", rulebook.execution.low_rate),
        ("execution.large_adjustment", rulebook.execution.large_adjustment),
        ("staff.control_rate", rulebook.staff.control_rate),
    ):
        if 0 < value < 1:
            yield wrong(name, value, "不带 % 的百分数，如 90% 写作 90")
    if rulebook.staff.highest_cost <= rulebook.staff.lowest_cost:
        yield wrong(
            "staff.highest_cost", rulebook.staff.highest_cost, f"大于 {rulebook.staff.lowest_cost} 的数字"
        )
    if rulebook.size.largest <= rulebook.size.smallest:
        yield wrong("size.largest", rulebook.size.largest, f"大于 {rulebook.size.smallest} 的数字")
    for setting, names in (
        ("grades", rulebook.grades),
        ("scoring.classes", scoring.classes),
        ("scoring.levels", scoring.levels),
    ):
        yield from _unusable(setting, tuple(names))
    yield from _unbalanced(scoring)
    if scoring.full_score == 0:
        yield wrong("scoring.full_score", 0, "大于 0 的满分")
    else:
        yield from _out_of_reach("grades", rulebook.grades, scoring.full_score)
    if scoring.far_above <= HUNDRED:
        yield wrong("scoring.far_above", scoring.far_above, "大于 100 的百分数，如 130")
    if scoring.rounding > 1:
        yield wrong("scoring.rounding", scoring.rounding, "不超过 1 分的数字，如 0.01")
    yield from _out_of_reach("scoring.classes", scoring.classes, HUNDRED)


def _unusable(setting: str, names: tuple[str, ...]) -> Iterator[Mistake]:
    """Names that no cell can hold as they are written: a drop-down divides at commas, blanks around are not read."""
    for number, name in enumerate(names):
        if not name.strip() or name != "".join(name.split()) or "," in name or name in names[:number]:
            yield wrong(setting, name, "不重复、不含空格和逗号的名称，和填报表里选的一样")


def _unbalanced(scoring: Scoring) -> Iterator[Mistake]:
    """The weights of the first level and of execution add up to the full score, where they are set."""
    strange = [name for name in scoring.level_weights if name not in scoring.levels]
    for name in strange:
        yield unknown(
            f"scoring.level_weights.{name}", [f"scoring.level_weights.{level}" for level in scoring.levels]
        )
    total = sum(scoring.level_weights.values(), scoring.execution_weight)
    if scoring.level_weights and not strange and total != scoring.full_score:
        yield Mistake(
            "scoring.level_weights",
            f"连同预算执行率的分值（execution_weight）合计 {total}，不等于满分 {scoring.full_score}。请改到相等；不核对各级分值的，这一段写成空的。",
        )


def _out_of_reach(name: str, bands: Bands, most: Decimal) -> Iterator[Mistake]:
    best, bound = next(iter(bands.items()))
    if bound > most:
        yield wrong(f"{name}.{best}", bound, f"不超过 {most} 的下限")
