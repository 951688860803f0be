"""The thresholds and variants of the checks and of printing: one frozen dataclass, loaded from TOML."""

import dataclasses
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from selfeval_xlsx.errors import RulebookError


@dataclass(frozen=True)
class Rulebook:
    """Every number and word a district may set for itself; see the comments in 核对规则.toml."""

    low_execution_rate: Decimal = Decimal(90)
    thousands_comma: bool = True
    full_score: Decimal = Decimal(100)
    placeholders: tuple[str, ...] = ("XX", "××", "＊＊", "请填写", "请输入", "待补充")


def load(text: str) -> Rulebook:
    """The rulebook written in ``text`` (TOML); what it does not set keeps its default.

    Raises:
        RulebookError: not TOML, an unknown setting, or a value of the wrong kind.

    """
    try:
        table = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise RulebookError(f"核对规则文件不是有效的 TOML：{error}。请对照原文件检查引号、等号。") from error
    known = {item.name: item for item in dataclasses.fields(Rulebook)}
    for name in table:
        if name not in known:
            raise RulebookError(f"核对规则文件里的“{name}”不认识。可用的设置：{'、'.join(known)}。")
    return Rulebook(**{name: _value(name, value, known[name].default) for name, value in table.items()})


def _value(name: str, value: Any, default: object) -> Any:
    match default, value:
        case (bool(), bool()):
            return value
        case (Decimal(), int() | Decimal()) if not isinstance(value, bool) and 0 <= value <= 1000:
            return Decimal(value)
        case (tuple(), list()) if all(isinstance(item, str) and item for item in value):
            return tuple(value)
    raise RulebookError(f"核对规则文件里“{name}”的值 {value!r} 不对，应当像 {_example(default)}。")


def _example(default: object) -> str:
    match default:
        case bool():
            return "true 或 false"
        case tuple():
            return '["XX", "待补充"]'
        case _:
            return f"{default}（0 到 1000 的数字）"
