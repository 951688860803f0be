"""The thresholds and variants of the checks, of scoring and of printing: frozen dataclasses, loaded from TOML.

What each setting means stands in the comments of ``templates/口径.toml``, which holds the same values
as the defaults here. Percentages are whole numbers: 90 is 90%.
"""

import dataclasses
import difflib
import itertools
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from selfeval_xlsx.amounts import HUNDRED
from selfeval_xlsx.errors import RulebookError
from selfeval_xlsx.form.form import ATTAINMENTS, GRADES, LEVELS
from selfeval_xlsx.form.kinds import Choice, Kind, Listed

LARGEST, LARGEST_AMOUNT = 1000, 10**9
"""What a setting may be at most: points, percentages and people's costs; amounts in 万元."""

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
    """How figures are printed."""

    thousands_comma: bool = True


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

    def kind_of(self, kind: Kind[Any]) -> Kind[Any]:
        """``kind`` as it is under this rulebook: a choice from its list, where it sets one."""
        if not isinstance(kind, Listed):
            return kind
        lists = {"levels": self.scoring.levels, "classes": self.scoring.classes, "grades": self.grades}
        return Choice(tuple(lists[kind.setting]), kind.aliases)

    def grade_of(self, total: Decimal) -> str:
        """The grade whose band ``total`` lies in."""
        return next(name for name, bound in self.grades.items() if total >= bound)


def load(text: str) -> Rulebook:
    """The rulebook written in ``text`` (TOML); what it does not set keeps its default.

    Raises:
        RulebookError: not TOML, an unknown setting, a value of the wrong kind, bands out of order.

    """
    try:
        table = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise RulebookError(
            f"口径文件{_place(str(error))}写法不对，读不下去。请对照原文件检查引号、等号，同一设置只写一次。"
        ) from error
    scoring = table.get("scoring")
    if isinstance(scoring, dict) and "levels" in scoring:
        scoring.setdefault("level_weights", {})  # the shipped weights are those of the shipped levels
    rulebook: Rulebook = _record(Rulebook(), table, "")
    _balance(rulebook.scoring)
    _compare(rulebook)
    return rulebook


def _place(error: str) -> str:
    """Where the text stops being TOML, in Chinese."""
    at = re.search(r"line (\d+), column (\d+)", error)
    return f"第 {at[1]} 行第 {at[2]} 个字符附近" if at else ""


def _record(default: Any, table: Mapping[str, Any], prefix: str) -> Any:
    known = {item.name: item for item in dataclasses.fields(default)}
    for name in table:
        if name not in known:
            raise _unknown(prefix + name, [prefix + each for each in known])
    return dataclasses.replace(
        default,
        **{
            name: _value(prefix + name, value, getattr(default, name), known[name].metadata)
            for name, value in table.items()
        },
    )


def _unknown(name: str, known: list[str]) -> RulebookError:
    near = difflib.get_close_matches(name, known, n=1)
    advice = f"是不是“{near[0]}”？" if near else f"可用的设置：{'、'.join(known)}。"
    return RulebookError(f"口径文件里的“{name}”不认识。{advice}")


def _value(name: str, value: Any, default: object, limits: Mapping[str, Any]) -> Any:
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
            return _read_bands(name, value, limits)
        case (_, dict()) if dataclasses.is_dataclass(default):
            return _record(default, value, f"{name}.")
    raise _wrong(name, value, _expected(default, limits))


def _wrong(name: str, value: object, expected: str) -> RulebookError:
    return RulebookError(f"口径文件里“{name}”的值 {_written(value)} 不对，应当是{expected}。")


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


def _read_bands(name: str, table: dict[str, Any], limits: Mapping[str, Any]) -> Bands:
    for key, value in table.items():
        if not _is_number(value, limits):
            raise _wrong(f"{name}.{key}", value, _expected(Decimal(), limits))
    bands = {key: Decimal(value) for key, value in table.items()}
    if not limits["ordered"]:
        return bands
    if not bands:
        raise _wrong(name, table, "从高到低的几级，最后一级的下限是 0")
    for (upper, high), (lower, low) in itertools.pairwise(bands.items()):
        if high <= low:
            raise RulebookError(
                f"口径文件里“{name}”的次序不对：“{upper}”的下限 {high} 应当高于“{lower}”的 {low}。"
            )
    last, low = list(bands.items())[-1]
    if low != 0:
        raise RulebookError(f"口径文件里“{name}.{last}”的下限应当是 0，不是 {low}。")
    return bands


def _balance(scoring: Scoring) -> None:
    """The weights of the first level and of execution add up to the full score, where they are set."""
    for name in scoring.level_weights:
        if name not in scoring.levels:
            raise _unknown(
                f"scoring.level_weights.{name}",
                [f"scoring.level_weights.{level}" for level in scoring.levels],
            )
    total = sum(scoring.level_weights.values(), scoring.execution_weight)
    if scoring.level_weights and total != scoring.full_score:
        raise RulebookError(
            f"口径文件里各一级指标的分值连同预算执行率（execution_weight）合计 {total}，不等于满分 {scoring.full_score}。"
        )


def _compare(rulebook: Rulebook) -> None:
    """No bound lies where nothing reaches it, or everything does; a percentage is not typed as 0.9."""
    scoring = rulebook.scoring
    for name, value in (
        ("execution.low_rate", rulebook.execution.low_rate),
        ("execution.large_adjustment", rulebook.execution.large_adjustment),
        ("staff.control_rate", rulebook.staff.control_rate),
    ):
        if 0 < value < 1:
            raise _wrong(name, value, "不带 % 的百分数，如 90% 写作 90")
    if rulebook.staff.highest_cost <= rulebook.staff.lowest_cost:
        raise _wrong(
            "staff.highest_cost", rulebook.staff.highest_cost, f"大于 {rulebook.staff.lowest_cost} 的数字"
        )
    if rulebook.size.largest <= rulebook.size.smallest:
        raise _wrong("size.largest", rulebook.size.largest, f"大于 {rulebook.size.smallest} 的数字")
    if scoring.full_score == 0:
        raise _wrong("scoring.full_score", 0, "大于 0 的满分")
    if scoring.far_above <= HUNDRED:
        raise _wrong("scoring.far_above", scoring.far_above, "大于 100 的百分数，如 130")
    if scoring.rounding > 1:
        raise _wrong("scoring.rounding", scoring.rounding, "不超过 1 分的数字，如 0.01")
    _reach("grades", rulebook.grades, scoring.full_score)
    _reach("scoring.classes", scoring.classes, HUNDRED)


def _reach(name: str, bands: Bands, most: Decimal) -> None:
    best, bound = next(iter(bands.items()))
    if bound > most:
        raise _wrong(f"{name}.{best}", bound, f"不超过 {most} 的下限")


def _is_number(value: Any, limits: Mapping[str, Any]) -> bool:
    number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return number and Decimal(value).is_finite() and 0 <= value <= limits.get("most", LARGEST)


def _expected(default: object, limits: Mapping[str, Any]) -> str:
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
