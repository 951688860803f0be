"""The units drawn to be checked again: how and why each was drawn, and a 复核表 prefilled with its indicators.

A quota of each department, weighted by risk, the same for the same seed.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from pathlib import Path
from typing import Any

from selfeval_xlsx import files
from selfeval_xlsx.collect.across import Jump
from selfeval_xlsx.collect.journal import cleared, kept
from selfeval_xlsx.collect.run import Collection, UnitResult
from selfeval_xlsx.collect.sheets import AS_TYPED, CENTRED, ENTRY, SCORE, Column, Formula, table, workbook

FOLDER = "抽样复核"

# --- the draw -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Candidate:
    """One unit that may be drawn."""

    unit: str
    department: str
    risks: Mapping[str, float]
    """How much each reason weighs: findings, size, a jump against last year, full scores, targets alike."""

    @property
    def weight(self) -> float:
        """How likely it is to be drawn, 1 for one without any risk."""
        return 1.0 + sum(self.risks.values())


@dataclass(frozen=True)
class Drawn:
    """One unit that was drawn, and why."""

    unit: str
    department: str
    reasons: tuple[str, ...]


def draw(candidates: Iterable[Candidate], share: float, seed: int, picked: Sequence[str] = ()) -> list[Drawn]:
    """The units drawn: ``share`` of each department, at least one, with those ``picked`` by hand on top."""
    departments: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in sorted(candidates, key=lambda each: each.unit):
        departments[candidate.department].append(candidate)
    drawn = []
    for department in sorted(departments):
        own = departments[department]
        chance = random.Random(f"{seed}/{department}")
        # Each unit's key is a random number to the power of 1/weight: the largest are drawn (Efraimidis and Spirakis).
        keys = {each.unit: chance.random() ** (1 / each.weight) for each in own}
        quota = set(sorted(keys, key=lambda unit: -keys[unit])[: ceil(len(own) * share)])
        for each in own:
            reasons = tuple(sorted(each.risks, key=lambda reason: -each.risks[reason])) or ("随机",)
            if each.unit in picked:
                drawn.append(Drawn(each.unit, department, ("指定", *reasons)))
            elif each.unit in quota:
                drawn.append(Drawn(each.unit, department, reasons))
    return drawn


def risks_of(each: UnitResult, largest: Decimal, jumped: Sequence[Jump] = ()) -> Mapping[str, float]:
    """Why a unit should rather be drawn: findings, size, jumps against last year, full scores, targets alike."""
    figures = {name: value for name, value in each.result.decimals.items() if value is not None}
    risks = {}
    told = sum(finding["severity"] != "说明" for finding in each.result.findings)
    if told:
        risks[f"问题 {told} 处"] = min(told / 5, 3.0)
    budget = figures.get("adjusted_budget", Decimal(0))
    if largest and budget > largest / 4:
        risks["预算规模大"] = float(budget / largest) * 2
    last, now = figures.get("prior_outturn"), figures.get("outturn")
    if jumped:
        risks[f"与上年汇总比变动大：{'、'.join(dict.fromkeys(jump.figure for jump in jumped))}"] = 1.5
    elif last and now is not None and abs(now - last) / last > Decimal("0.3"):
        risks[f"执行数比上年变动 {abs(now - last) / last:.0%}"] = 1.5
    indicators = each.result.lists.get("指标", ())
    scored = [row for row in indicators if row.get("得分")]
    if len(scored) > 4 and all(row.get("得分") == row.get("分值") for row in scored):
        risks["所有指标都是满分"] = 1.5
    targets = [row.get("指标值", "") for row in indicators]
    if len(targets) > 4 and max(map(targets.count, targets)) > len(targets) / 2:
        risks["指标值大多相同"] = 1.0
    if each.result.foreign:
        risks["指标像是别的领域的"] = 2.0
    return risks


def drawn_units(
    collection: Collection, jumps: Sequence[Jump], share: float, seed: int, picked: Sequence[str]
) -> list[Drawn]:
    """The units to be checked again, of those whose workbook can be used."""
    largest = max(
        (each.result.decimals.get("adjusted_budget") or Decimal(0) for each in collection.units),
        default=Decimal(0),
    )
    jumped = defaultdict[str, list[Jump]](list)
    for jump in jumps:
        jumped[jump.unit].append(jump)
    candidates = [
        Candidate(
            each.unit, each.result.identity.get("department", ""), risks_of(each, largest, jumped[each.unit])
        )
        for each in collection.units
    ]
    return draw(candidates, share, seed, picked)


# --- the files ------------------------------------------------------------------------------------


def write(collection: Collection, drawn: Sequence[Drawn], output: Path) -> None:
    """Write the list of those drawn and each one's 复核表 below ``output``; a 复核表 that is being filled in stays."""
    folder = output / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    units = {each.unit: each for each in collection.units}
    written = {kept(folder / "抽取名单.xlsx", _list(drawn))}
    for each in drawn:
        path = folder / f"复核表-{files.safe_name(each.unit)}.xlsx"
        written.add(kept(path, form(units[each.unit]), written))
    cleared(folder, written)


_DRAWN = [Column("单位", widest=30), Column("主管部门", widest=26), Column("抽取原因", widest=70)]


def _list(drawn: Sequence[Drawn]) -> bytes:
    rows = table(((each.unit, each.department, "；".join(each.reasons)) for each in drawn), _DRAWN)
    note = "按主管部门抽取，风险大的更容易抽到；“指定”是手工指定的。"
    return workbook("抽取名单", lambda book: book.sheet("抽取名单", rows, _DRAWN, note))


_PREFILLED = {
    "一级指标": Column("一级指标", CENTRED, widest=12),
    "二级指标": Column("二级指标", CENTRED, widest=16),
    "三级指标": Column("三级指标", widest=30),
    "指标性质": Column("指标性质", CENTRED),
    "指标值": Column("指标值", AS_TYPED, widest=16),
    "计量单位": Column("计量单位", CENTRED),
    "分值": Column("权重", SCORE, summed=True),
    "完成值": Column("自评完成值", AS_TYPED, widest=16),
    "得分": Column("自评得分", SCORE, summed=True),
}
"""The columns of a 复核表 that are prefilled, by the columns of the form."""
_FORM = [
    *_PREFILLED.values(),
    Column("复核完成值", ENTRY, narrowest=14),
    Column("复核得分", ENTRY, summed=True, narrowest=10),
    Column("偏差", SCORE, summed=True),
    Column("备注", ENTRY, narrowest=26),
]
_DEVIATION = Formula('=IF(K{row}="","",K{row}-I{row})')


def form(each: UnitResult) -> bytes:
    """The 复核表 of one unit: its indicators as it scored them, room for the re-check, the deviation as living formulas."""
    indicators = [
        (
            *(_figure(row.get(label, ""), column) for label, column in _PREFILLED.items()),
            None,
            None,
            _DEVIATION,
            "",
        )
        for row in each.result.lists.get("指标", ())
    ]
    note = f"{each.unit}　浅黄色的格在复核时填写，偏差＝复核得分－自评得分。"
    rows = table(indicators, _FORM)
    return workbook(f"复核表-{each.unit}", lambda book: book.sheet("复核表", rows, _FORM, note))


def _figure(text: str, column: Column) -> Any:
    if column.form != SCORE:
        return text
    return Decimal(text.replace(",", "")) if text else None
