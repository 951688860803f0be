"""The thresholds and variants of the checks, of scoring and of printing, and how they are read from TOML.

What each setting means stands in the comments of ``templates/口径.toml``, which holds the same values
as the defaults here. Percentages are whole numbers: 90 is 90%. Everything wrong in a file is said at once,
each with its line and what belongs there.
"""

import dataclasses
import itertools
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from selfeval_xlsx.amounts import HUNDRED
from selfeval_xlsx.errors import RulebookError
from selfeval_xlsx.findings import Severity
from selfeval_xlsx.form.declare import FormPlan, plan_of
from selfeval_xlsx.form.form import ATTAINMENTS, GRADES, LEVELS, PLAN, SelfEvaluation
from selfeval_xlsx.form.kinds import Choice, Kind, Listed
from selfeval_xlsx.form.local import Local, Mistake, Table, local_from, perhaps, unknown, written, wrong
from selfeval_xlsx.office.package import digest

LARGEST, LARGEST_AMOUNT = 1000, 10**9
"""What a setting may be at most: points, percentages and people's costs; amounts in 万元."""

SEVERITIES = {"提醒": Severity.WARNING, "说明": Severity.NOTE, "不核对": None}
"""What a district may lower a rule to."""

Bands = Mapping[str, Decimal]
"""A number for each name; of bands, the lower bound, the highest first."""


def _one_of(*options: str) -> Any:
    """A setting with a closed choice, the first its default."""
    return field(default=options[0], metadata={"options": options})


def _bands(names: Iterable[str], bounds: Iterable[int]) -> Any:
    """Bands from the best to the last, which begins at 0; a district gives them names of its own."""
    return _numbers(dict(zip(names, bounds, strict=True)), ordered=True)


def _numbers(default: Mapping[str, int], *, ordered: bool = False, most: int = LARGEST) -> Any:
    """A setting that gives names a number each."""
    numbers = {name: Decimal(number) for name, number in default.items()}
    return field(default_factory=lambda: numbers, metadata={"ordered": ordered, "most": most})


def _amount(default: int) -> Any:
    """A setting that is an amount in 万元."""
    return field(default=Decimal(default), metadata={"most": LARGEST_AMOUNT})


@dataclass(frozen=True)
class Execution:
    """How much of the budget is to be spent, and how far it may move, without a reason."""

    low_rate: Decimal = Decimal(90)
    large_adjustment: Decimal = Decimal(30)


@dataclass(frozen=True)
class StaffLimits:
    """How many people there may be for the authorised posts without a reason, and what one costs a year (万元)."""

    control_rate: Decimal = Decimal(100)
    lowest_cost: Decimal = Decimal(1)
    highest_cost: Decimal = Decimal(200)


@dataclass(frozen=True)
class Size:
    """How large a unit's whole budget can be (万元): beyond, 元 and 万元 were mixed up."""

    smallest: Decimal = _amount(1)
    largest: Decimal = _amount(5_000_000)
    largest_by_name: Bands = _numbers(
        {
            "幼儿园": 20_000,
            "小学": 50_000,
            "中学": 100_000,
            "村": 50_000,
            "站": 100_000,
            "乡": 300_000,
            "镇": 500_000,
            "街道": 500_000,
            "中心": 500_000,
            "局": 3_000_000,
        },
        most=LARGEST_AMOUNT,
    )

    def largest_for(self, unit_name: str) -> Decimal:
        """The limit of the kind of unit that ``unit_name`` ends with most nearly; else that of any unit."""
        kinds = {
            unit_name.rfind(word) + len(word): limit
            for word, limit in self.largest_by_name.items()
            if word in unit_name
        }
        return kinds[max(kinds)] if kinds else self.largest


@dataclass(frozen=True)
class Scoring:
    """Weights, bands and variants of the self-evaluation's points (domain section 4)."""

    full_score: Decimal = Decimal(100)
    execution_weight: Decimal = Decimal(10)
    execution_denominator: str = _one_of("adjusted", "original")
    reverse_rule: str = _one_of("linear", "ratio")
    far_above: Decimal = Decimal(130)
    far_above_zero: Decimal = Decimal(30)
    largest_weight: Decimal = Decimal(30)
    rounding: Decimal = Decimal("0.01")
    levels: tuple[str, ...] = LEVELS
    level_weights: Bands = _numbers({"产出指标": 50, "效益指标": 30, "满意度指标": 10})
    classes: Bands = _bands(ATTAINMENTS, (80, 60, 0))


@dataclass(frozen=True)
class Printing:
    """How the report is printed."""

    thousands_comma: bool = True
    cover: bool = False


@dataclass(frozen=True)
class Texts:
    """What is looked for in texts."""

    placeholders: tuple[str, ...] = ("XX", "××", "＊＊", "请填写", "请输入", "待补充", "以内说明")
    nothing_but: tuple[str, ...] = ("略", "待填", "待补", "待定", "同上", "此处填写", "……", "...")


@dataclass(frozen=True)
class Rulebook:
    """Every number and word a district may set for itself."""

    execution: Execution = Execution()
    staff: StaffLimits = StaffLimits()
    size: Size = field(default_factory=Size)
    scoring: Scoring = field(default_factory=Scoring)
    grades: Bands = _bands(GRADES, (90, 80, 60, 0))
    printing: Printing = Printing()
    texts: Texts = Texts()
    severity: Mapping[str, Severity | None] = field(default_factory=dict)
    """What a rule weighs at most, by its code; None where it is not asked at all."""
    local: Local = field(default_factory=Local)
    name: str = field(default="", compare=False, repr=False)
    """The file it was read from."""

    @cached_property
    def digest(self) -> str:
        """Tells it from another by its settings, not by its file."""
        return digest(repr(self).encode())

    @cached_property
    def mark(self) -> str:
        """What a workbook made with it says of it: its name and the beginning of its digest; empty if it is as shipped."""
        return "" if self.digest == Rulebook().digest else f"{self.name} {self.digest[:12]}"

    @cached_property
    def plan(self) -> FormPlan:
        """The form with the fields that the district adds."""
        return self.local.added_to(PLAN)

    def plan_with(self, rows: Mapping[str, int]) -> FormPlan:
        """The same, with room for as many rows of tables (by key)."""
        grown = tuple((key, count) for key, count in rows.items() if count > PLAN.tables[key][1].capacity)
        return self.local.added_to(plan_of(SelfEvaluation, grown)) if grown else self.plan

    def kind_of(self, kind: Kind[Any]) -> Kind[Any]:
        """``kind`` as it is under this rulebook: a choice from its list, where it sets one."""
        if not isinstance(kind, Listed):
            return kind
        lists = {"levels": self.scoring.levels, "classes": self.scoring.classes, "grades": self.grades}
        return Choice(tuple(lists[kind.setting]), kind.aliases)

    def grade_of(self, total: Decimal) -> str:
        """The grade whose band ``total`` lies in."""
        return next(name for name, bound in self.grades.items() if total >= bound)


# --- reading --------------------------------------------------------------------------------------


_OWN_PARTS = ("severity", "local")
"""Parts of a rulebook that are more than settings with a default each."""

_LIST = re.compile(r"\s*\[\[\s*(?P<name>[^\[\]]+?)\s*\]\]")
_PART = re.compile(r"\s*\[\s*(?P<name>[^\[\]]+?)\s*\]\s*(?:#.*)?")
_SETTING = re.compile(r"""\s*(?P<name>(?:"[^"]*"|'[^']*'|[\w.-])+)\s*=""")


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
        local=local_from(own["local"], mistakes) if "local" in own else Local(),
    )
    wrong = {mistake.name.partition(".")[0] for mistake in mistakes}
    later = (mistake for mistake in _contradictions(rulebook) if mistake.name.partition(".")[0] not in wrong)
    mistakes += later
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
    placed = sorted(
        ((_line_of(mistake.name, lines), mistake) for mistake in mistakes), key=lambda place: place[0]
    )
    items = [f"{f'第 {line} 行' if line else '里'}“{wrong.name}”{wrong.words}" for line, wrong in placed]
    if len(items) == 1:
        return f"口径文件{items[0]}"
    return "\n".join([f"口径文件有 {len(items)} 处不对：", *(f"  {item}" for item in items)])


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


# --- settings -------------------------------------------------------------------------------------


def _record(default: Any, table: Table, prefix: str, mistakes: list[Mistake]) -> Any:
    """``default`` with the settings of ``table``; what is wrong keeps its default and is told."""
    known = {item.name: item for item in dataclasses.fields(default)}
    names = [prefix + name for name in known]
    mistakes += [unknown(prefix + name, names) for name in table if name not in known]
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
            wrong_bands = [*_wrong_bands(name, value, limits)]
            mistakes += wrong_bands
            return default if wrong_bands else {key: Decimal(number) for key, number in value.items()}
        case (_, dict()) if dataclasses.is_dataclass(default):
            return _record(default, value, f"{name}.", mistakes)
    kept = f"；删去这一行，就用默认的 {written(default)}" if isinstance(default, Decimal | str | bool) else ""
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
            words = f"不是规则的编号。{perhaps(code, lower)}selfeval rules 列出全部编号。"
            mistakes.append(Mistake(f"severity.{code}", words))
        elif word not in lower[code]:
            words = " 或 ".join(f'"{word}"' for word in lower[code])
            only = "" if "不核对" in lower[code] else "（必须成立的规则只能降为提醒）"
            mistakes.append(wrong(f"severity.{code}", word, f" {words}{only}"))
        else:
            lowered[code] = SEVERITIES[word]
    return lowered


# --- settings that contradict one another ---------------------------------------------------------


def _contradictions(rulebook: Rulebook) -> Iterator[Mistake]:
    """No bound lies where nothing reaches it, or everything does; a percentage is not typed as 0.9."""
    execution, staff, size, scoring = rulebook.execution, rulebook.staff, rulebook.size, rulebook.scoring
    percent = "不带 % 的百分数，如 90% 写作 90"
    for name, value, is_sound, expected in (
        ("execution.low_rate", execution.low_rate, not 0 < execution.low_rate < 1, percent),
        ("execution.large_adjustment", execution.large_adjustment, not 0 < execution.large_adjustment < 1, percent),
        ("staff.control_rate", staff.control_rate, not 0 < staff.control_rate < 1, percent),
        ("staff.highest_cost", staff.highest_cost, staff.highest_cost > staff.lowest_cost,
         f"大于 {staff.lowest_cost} 的数字"),
        ("size.largest", size.largest, size.largest > size.smallest, f"大于 {size.smallest} 的数字"),
        ("scoring.full_score", 0, scoring.full_score != 0, "大于 0 的满分"),
        ("scoring.far_above", scoring.far_above, scoring.far_above > HUNDRED, "大于 100 的百分数，如 130"),
        ("scoring.rounding", scoring.rounding, scoring.rounding <= 1, "不超过 1 分的数字，如 0.01"),
    ):  # fmt: skip
        if not is_sound:
            yield wrong(name, value, expected)
    yield from _unusable("grades", rulebook.grades)
    yield from _unusable("scoring.classes", scoring.classes)
    yield from _unusable("scoring.levels", scoring.levels)
    yield from _unbalanced(scoring)
    if scoring.full_score:
        yield from _out_of_reach("grades", rulebook.grades, scoring.full_score)
    yield from _out_of_reach("scoring.classes", scoring.classes, HUNDRED)


def _unusable(setting: str, named: Iterable[str]) -> Iterator[Mistake]:
    """Names that no cell can hold as they are written: a drop-down divides at commas, blanks around are not read."""
    names = tuple(named)
    for number, name in enumerate(names):
        if not name or name != "".join(name.split()) or "," in name or name in names[:number]:
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
