"""What units are held against: the roster, each other's texts, last year's 汇总, the office's own totals."""

import io
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from itertools import combinations
from pathlib import Path

import pandas as pd
from rapidfuzz import fuzz, process

from selfeval_xlsx.errors import DataError
from selfeval_xlsx.files import read
from selfeval_xlsx.form import last_year
from selfeval_xlsx.text import bare, half_width

# --- the roster -----------------------------------------------------------------------------------

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
        return tuple(_plain(name) for name in (self.name, *self.short_names) if name)


def load(path: Path) -> tuple[Unit, ...]:
    """The roster at ``path``.

    Raises:
        SelfEvalError: it cannot be read, has no column of units, or names a unit twice.

    """
    heads, rows = _table(path)
    columns = {key: next((word for word in words if word in heads), "") for key, words in _COLUMNS.items()}
    if not columns["unit"]:
        raise DataError(
            f"{path.name} 里没有“单位名称”一列。请在第一行写上：单位名称、简称、邮箱、联系人、主管部门。"
        )
    units = []
    for row in rows:
        cell = {key: row.get(head, "") for key, head in columns.items()}
        short_names = tuple(filter(None, re.split("[、；;]", cell["short"])))
        if cell["unit"]:
            units.append(Unit(cell["unit"], short_names, cell["email"], cell["contact"], cell["department"]))
    for name, count in Counter(unit.name for unit in units).items():
        if count > 1:
            raise DataError(f"{path.name} 里“{name}”出现了两次。请保留一行。")
    return tuple(units)


def _table(path: Path, head: int = 1) -> tuple[list[str], list[dict[str, str]]]:
    """The heads in row ``head`` of a workbook's first sheet, and what stands under them, row by row.

    Raises:
        SelfEvalError: it cannot be read, or is no workbook.

    """
    content = io.BytesIO(read(path))
    try:
        table = pd.read_excel(content, dtype=str, keep_default_na=False, engine="openpyxl", header=head - 1)
    except Exception as error:
        raise DataError(
            f"{path.name} 打不开（{type(error).__name__}）。请用 Excel 或 WPS 另存为 .xlsx。"
        ) from error
    heads = [str(name).strip() for name in table.columns]
    return heads, [
        {name: str(value).strip() for name, value in zip(heads, row, strict=True) if name}
        for row in table.itertuples(index=False)
    ]


def _plain(name: str) -> str:
    """A name as it is compared: full-width brackets and letters, blanks and unseen marks made alike."""
    return half_width(bare(name))


def match(name: str, units: Sequence[Unit]) -> Unit | None:
    """The unit of the roster that is called ``name``."""
    wanted = _plain(name)
    return next((unit for unit in units if wanted in unit.names), None) if wanted else None


def nearest(name: str, units: Sequence[Unit]) -> str:
    """The unit whose name is most like ``name``, to be offered; empty where none is."""
    names = [unit.name for unit in units]
    best = process.extractOne(name, names, scorer=fuzz.WRatio, score_cutoff=NEAR)
    return best[0] if best else ""


# --- the same sentences ---------------------------------------------------------------------------

COMMON = 3
"""A sentence that more units than this share is a formula that all of them were given."""


@dataclass(frozen=True)
class Alike:
    """One sentence that stands in the texts of several units."""

    sentence: str
    places: tuple[tuple[str, str], ...]
    """Unit and cell, at least two units."""


def alike(sentences: Mapping[str, Sequence[tuple[str, str]]]) -> list[Alike]:
    """The sentences that two or three units share but for figures and names, most shared by a pair first.

    ``sentences`` gives for each unit its long sentences with their cells.
    """
    where = defaultdict[str, list[tuple[str, str, str]]](list)
    for unit, own in sentences.items():
        for sentence, cell in own:
            key = last_year.bare(sentence.replace(unit, ""))
            if len(key) >= 18:  # shorter ones are phrases of the trade
                where[key].append((unit, cell, sentence))
    writers = {key: tuple(sorted({unit for unit, *_ in places})) for key, places in where.items()}
    shared = [key for key, units in writers.items() if 1 < len(units) <= COMMON]
    pairs = Counter(writers[key] for key in shared)
    shared.sort(key=lambda key: (-pairs[writers[key]], where[key]))
    return [Alike(where[key][0][2], tuple((unit, cell) for unit, cell, _ in where[key])) for key in shared]


# --- against last year ----------------------------------------------------------------------------

LARGE = Decimal("0.3")
"""The change of an amount against last year, as a fraction, from which it is told."""
SMALL_AMOUNT = Decimal(10)
"""万元 by which an amount must change at least, however large the fraction."""
POINTS = {"execution_rate": Decimal("0.1"), "total_score": Decimal(5)}
"""The change of a rate or a score from which it is told."""
FIGURES = {
    "adjusted_budget": "调整后预算（万元）",
    "outturn": "执行数（万元）",
    "execution_rate": "执行率",
    "total_score": "自评总分",
}
"""What is compared, as 汇总.xlsx calls it."""


@dataclass(frozen=True)
class Jump:
    """A figure that differs from last year's by more than is usual."""

    unit: str
    figure: str
    last: Decimal
    now: Decimal
    why: str

    @property
    def share(self) -> Decimal | None:
        """The change as a fraction of last year's figure."""
        return (self.now - self.last) / abs(self.last) if self.last else None


def jumps(
    own: Mapping[str, Mapping[str, Decimal | None]], last: Mapping[str, Mapping[str, Decimal | None]]
) -> list[Jump]:
    """The figures of units that jump against last year's, and prior-year figures that are not what was reported then."""
    jumped = []
    for unit, now in own.items():
        before = last.get(unit, {})
        for key, head in FIGURES.items():
            old, new = before.get(key), now.get(key)
            if old is not None and new is not None and _is_jump(key, old, new):
                jumped.append(Jump(unit, head, old, new, "变动较大，请核实原因"))
        old, new = before.get("outturn"), now.get("prior_outturn")
        if old is not None and new is not None and abs(old - new) >= _CLOSE:
            why = "本年填报表里的上年执行数，与上年汇总的执行数不一致"
            jumped.append(Jump(unit, "上年执行数（万元）", old, new, why))
    return jumped


def _is_jump(key: str, old: Decimal, new: Decimal) -> bool:
    if key in POINTS:
        return abs(new - old) >= POINTS[key]
    return abs(new - old) >= max(LARGE * abs(old), SMALL_AMOUNT)


def last_figures(path: Path, units: Sequence[Unit]) -> dict[str, dict[str, Decimal | None]]:
    """The figures of last year's 汇总.xlsx by unit, as the roster calls it now.

    Raises:
        SelfEvalError: the file cannot be used.

    """
    heads, rows = _table(path, head=3)
    if not {"单位", *FIGURES.values()} <= set(heads):
        raise DataError(f"{path.name} 不是汇总表。请用上年 batch 写出的 汇总.xlsx。")
    figures = {}
    for row in rows:
        unit = match(row["单位"], units)
        name = unit.name if unit else row["单位"]
        figures[name] = {key: _decimal(row[head], path.name) for key, head in FIGURES.items()}
    return figures


# --- against the office's totals ------------------------------------------------------------------

_CONTROLLED = {"年初预算": "original_budget", "调整后预算": "adjusted_budget", "执行数": "outturn"}
_IN_ALL = {"合计", "总计", "全区", "全县", "全市"}
MOST = 3
"""Units beyond which an explanation is none."""
_CLOSE = Decimal("0.01")


@dataclass(frozen=True)
class Explanation:
    """A difference, and the units that explain it: unit, the office's figure, the unit's own."""

    figure: str
    control: Decimal
    summed: Decimal
    units: tuple[tuple[str, Decimal, Decimal | None], ...]
    """Empty where at most three units do not explain it."""

    @property
    def difference(self) -> Decimal:
        """The sum of the units less the office's total."""
        return self.summed - self.control


def explained(
    figure: str, control: Mapping[str, Decimal], own: Mapping[str, Decimal | None], total: Decimal | None
) -> Explanation | None:
    """Why the sum of the units' figures misses the office's; None where it does not.

    ``control`` gives the office's figure for some or all units, ``total`` the one in all, if it is stated.
    """
    zero = Decimal(0)
    summed = sum((value for value in own.values() if value is not None), zero)
    whole = total if total is not None else sum(control.values(), zero)
    if abs(summed - whole) < _CLOSE:
        return None
    differences = {unit: (own.get(unit) or zero) - value for unit, value in control.items()}
    wrong = {unit: difference for unit, difference in differences.items() if abs(difference) >= _CLOSE}
    names = _fewest(wrong, summed - whole)
    if not names and not control:
        names = _fewest({unit: value for unit, value in own.items() if value}, summed - whole)
    units = tuple((unit, control.get(unit, zero), own.get(unit)) for unit in names)
    return Explanation(figure, whole, summed, units)


def _fewest(differences: Mapping[str, Decimal], wanted: Decimal) -> tuple[str, ...]:
    """The fewest units, at most three, whose differences sum up to ``wanted``."""
    largest = sorted(differences, key=lambda unit: (-abs(differences[unit]), unit))[:120]
    for count in range(1, MOST + 1):
        for units in combinations(largest, count):
            if abs(sum((differences[unit] for unit in units), Decimal(0)) - wanted) < _CLOSE:
                return units
    return ()


Control = Sequence[tuple[str, Mapping[str, Decimal | None]]]
"""The office's figures by their heads, of each unit and in all."""


def control_figures(path: Path) -> Control:
    """The office's figures that ``path`` holds.

    Raises:
        SelfEvalError: the file cannot be used.

    """
    heads, rows = _table(path)
    named = {head.partition("（")[0]: head for head in heads}
    unit = next((named[name] for name in ("单位名称", "单位", "名称") if name in named), None)
    columns = {name: named[name] for name in _CONTROLLED if name in named}
    if unit is None or not columns:
        raise DataError(f"{path.name} 要有“单位名称”一列，和{'、'.join(_CONTROLLED)}中的至少一列（万元）。")
    return [
        (row[unit], {name: _decimal(row[head], path.name) for name, head in columns.items()})
        for row in rows
        if row[unit]
    ]


def _decimal(text: str, name: str) -> Decimal | None:
    bare = text.replace(",", "").replace("，", "").strip()
    try:
        return Decimal(bare) if bare else None
    except InvalidOperation:
        raise DataError(f"{name} 里的“{text}”不是数。请只填数字（万元）。") from None


def explanations(control: Control, units: Mapping[str, Mapping[str, Decimal | None]]) -> list[Explanation]:
    """Where the sums of what ``units`` state miss the office's totals, figure by figure."""
    missed = []
    for figure, key in _CONTROLLED.items():
        known = [(unit, value) for unit, values in control if (value := values.get(figure)) is not None]
        stated = {unit: value for unit, value in known if unit not in _IN_ALL}
        total = next((value for unit, value in known if unit in _IN_ALL and value), None)
        own = {unit: figures.get(key) for unit, figures in units.items()}
        if stated or total is not None:
            missed.append(explained(figure, stated, own, total))
    return [explanation for explanation in missed if explanation is not None]
