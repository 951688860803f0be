"""Who is to report: 名单.xlsx with units, short names, addresses and contacts; whose file is whose."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from rapidfuzz import fuzz, process

from selfeval_xlsx.errors import DataError
from selfeval_xlsx.files import read
from selfeval_xlsx.text import bare, half_width

NEAR = 70
"""How alike names must be, of 100, for one to be offered in place of the other."""

_COLUMNS = {
    "unit": ("单位名称", "单位", "部门（单位）名称", "部门名称", "名称"),
    "short": ("简称", "单位简称", "其他名称", "别名"),
    "email": ("邮箱", "电子邮箱", "报送邮箱", "邮件", "邮件地址"),
    "contact": ("联系人", "填报人", "姓名"),
    "department": ("主管部门", "主管", "归口"),
}


@dataclass(frozen=True)
class Unit:
    """One unit of the roster."""

    name: str
    short_names: tuple[str, ...] = ()
    email: str = ""
    contact: str = ""
    department: str = ""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All it is called, made plain."""
        return tuple(_plain(each) for each in (self.name, *self.short_names) if each)


def load(path: Path) -> tuple[Unit, ...]:
    """The roster at ``path``.

    Raises:
        SelfEvalError: it cannot be read, has no column of units, or names a unit twice.

    """
    table = table_of(read(path), path.name)
    columns = {name: _column(table, words) for name, words in _COLUMNS.items()}
    if columns["unit"] is None:
        raise DataError(
            f"{path.name} 里没有“单位名称”一列。请在第一行写上：单位名称、简称、邮箱、联系人、主管部门。"
        )
    units = []
    for _, row in table.iterrows():
        cell = {name: _cell(row, column) for name, column in columns.items()}
        if cell["unit"]:
            short = tuple(
                each for each in cell["short"].replace("；", "、").replace(";", "、").split("、") if each
            )
            units.append(Unit(cell["unit"], short, cell["email"], cell["contact"], cell["department"]))
    twice = [unit.name for at, unit in enumerate(units) if unit.name in {each.name for each in units[:at]}]
    if twice:
        raise DataError(f"{path.name} 里“{twice[0]}”出现了两次。请保留一行。")
    return tuple(units)


def table_of(content: bytes, name: str, head: int = 1) -> Any:
    """The first sheet of a workbook as a table of texts, the heads in row ``head``.

    Raises:
        DataError: no workbook.

    """
    try:
        return pd.read_excel(
            io.BytesIO(content), dtype=str, keep_default_na=False, engine="openpyxl", header=head - 1
        )
    except Exception as error:
        raise DataError(
            f"{name} 打不开（{type(error).__name__}）。请用 Excel 或 WPS 另存为 .xlsx。"
        ) from error


def _column(table: Any, words: Iterable[str]) -> str | None:
    heads = {str(head).strip(): head for head in table.columns}
    return next((heads[word] for word in words if word in heads), None)


def _cell(row: Any, column: str | None) -> str:
    return str(row[column]).strip() if column is not None else ""


def _plain(name: str) -> str:
    """A name as it is compared: full-width brackets and letters, blanks and unseen marks made alike."""
    return "".join(half_width(bare(name)).split())


def match(name: str, units: Sequence[Unit]) -> Unit | None:
    """The unit of the roster that is called ``name``."""
    wanted = _plain(name)
    return next((unit for unit in units if wanted in unit.names), None) if wanted else None


def nearest(name: str, units: Sequence[Unit]) -> str:
    """The unit whose name is most like ``name``, to be offered; empty where none is."""
    names = [unit.name for unit in units]
    best = process.extractOne(name, names, scorer=fuzz.WRatio, score_cutoff=NEAR)
    return best[0] if best else ""
