"""What follows a run: unsent letters to the units, and the units drawn to be checked again.

A letter says what is wrong, or that a file cannot be used, to who sent it; reminds who has not; or confirms receipt.
Nothing is ever sent. The draw is a quota of each department, weighted by risk, the same for the same seed; each unit
drawn gets a 复核表 prefilled with its indicators.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from operator import attrgetter, itemgetter
from pathlib import Path

from selfeval_xlsx import files
from selfeval_xlsx.collect.against import Jump, match
from selfeval_xlsx.collect.run import Collection, Registered, UnitResult, cleared, kept
from selfeval_xlsx.collect.sheets import AS_TYPED, CENTRED, ENTRY, SCORE, Column, Formula, Table, workbook
from selfeval_xlsx.collect.work import Result
from selfeval_xlsx.outputs.signing import addresses, letter, unsent

# --- letters --------------------------------------------------------------------------------------

RETURN, AGAIN, REMIND, RECEIPT = "退回修改", "重新报送", "催报", "回执"
"""The kinds of letters, by the folders they are written to."""

LETTERS = "信件"

NAMES = {
    "单位": "填报单位的名称",
    "年度": "评价年度",
    "联系人": "名单或填报表里的联系人；没有的为空",
    "问题": "要改正的问题，或不能使用的文件和原因，每行一处",
    "收到": "采用的文件和收到的时间",
}
"""What a letter's template may use."""

TEMPLATES = {kind: f"{kind}.txt" for kind in (RETURN, AGAIN, REMIND, RECEIPT)}
"""The files in templates/ that give their words."""


def letters(collection: Collection, year: str, output: Path) -> Iterator[tuple[str, str, bytes]]:
    """Each letter: its kind, the unit, and the unsent mail; what is attached was written to ``output``."""
    for unit in collection.units:
        kind, identity = RECEIPT if unit.report else RETURN, unit.result.identity
        errors = (finding for finding in unit.result.findings if finding["severity"] == "错误")
        facts = {
            "年度": identity.get("year", ""),
            "联系人": identity.get("preparer", ""),
            "问题": _numbered(map(_error, errors)),
            "收到": f"{unit.file.place}（{unit.file.time:%Y年%m月%d日}）",
        }
        to = (unit.file.sender, identity.get("email", ""))
        marked = [output / unit.marked] if unit.marked else []
        yield kind, unit.name, _mail(kind, unit.name, collection, facts, to, marked)
    unusable = _unusable(collection)
    for name, entries in unusable.items():
        facts = {"年度": year, "问题": _numbered(f"{entry.file.name}：{entry.why}" for entry in entries)}
        sender = next((entry.file.sender for entry in entries if entry.file.sender), "")
        yield AGAIN, name, _mail(AGAIN, name, collection, facts, (sender, ""))
    for listed in collection.missing:
        if listed.name not in {*unusable, *collection.strangers.values()}:  # it may have sent
            yield REMIND, listed.name, _mail(REMIND, listed.name, collection, {"年度": year})


def _error(finding: Mapping[str, str]) -> str:
    return f"{finding['place']} {finding['label']}：{finding['message']}。{finding['hint']}"


def _numbered(lines: Iterable[str]) -> str:
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, start=1))


def _mail(
    kind: str,
    name: str,
    collection: Collection,
    known: Mapping[str, str],
    to: tuple[str, str] = ("", ""),
    attached: Iterable[Path] = (),
) -> bytes:
    """A letter that tells what is ``known``; ``to`` are the sender and the workbook's address, the roster's between."""
    unit = match(name, collection.roster)
    contact, address = (unit.contact, unit.email) if unit else ("", "")
    facts = dict.fromkeys(NAMES, "") | dict(known) | {"单位": name}
    facts["联系人"] = contact or facts["联系人"]
    words = files.read_text(files.shipped(TEMPLATES[kind]))
    message = letter(words, addresses(to[0] or address or to[1]), facts, NAMES)
    return unsent(message, [(path.name, files.read(path)) for path in attached])


def _unusable(collection: Collection) -> dict[str, list[Registered]]:
    """The files that cannot be used of each unit of which none can, where it is known whom to write to."""
    done = {unit.name for unit in collection.units}
    unusable: dict[str, list[Registered]] = {}
    for entry in collection.register:
        known = entry.file.sender or match(entry.unit, collection.roster)
        if entry.standing == "不能使用" and entry.unit not in done and known:
            unusable.setdefault(entry.unit, []).append(entry)
    return unusable


def write_letters(collection: Collection, year: str, output: Path) -> dict[str, int]:
    """Write all letters below ``output``; returns how many of each kind."""
    counts = dict.fromkeys(TEMPLATES, 0)
    for kind in counts:
        (output / LETTERS / kind).mkdir(parents=True, exist_ok=True)
        for path in (output / LETTERS / kind).glob("*.eml"):
            path.unlink()  # of an earlier run: whoever has sent is not reminded
    for kind, unit, content in letters(collection, year, output):
        files.write_new(output / LETTERS / kind / f"{files.safe_name(unit)}.eml", content)
        counts[kind] += 1
    return counts


# --- the draw -------------------------------------------------------------------------------------

DRAWN = "抽样复核"


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
    for candidate in sorted(candidates, key=lambda candidate: candidate.unit):
        departments[candidate.department].append(candidate)
    drawn = []
    for department, own in sorted(departments.items()):
        chance = random.Random(f"{seed}/{department}")
        # Each unit's key is a random number to the power of 1/weight: the largest are drawn (Efraimidis and Spirakis).
        keys = {candidate.unit: chance.random() ** (1 / candidate.weight) for candidate in own}
        quota = set(sorted(keys, key=lambda unit: -keys[unit])[: ceil(len(own) * share)])
        for candidate in own:
            by_hand = ("指定",) if candidate.unit in picked else ()
            if by_hand or candidate.unit in quota:
                risks = candidate.risks
                reasons = sorted(risks, key=lambda reason: -risks[reason]) or ("随机",)
                drawn.append(Drawn(candidate.unit, department, (*by_hand, *reasons)))
    return drawn


def risks_of(result: Result, largest: Decimal, jumped: Sequence[Jump] = ()) -> Mapping[str, float]:
    """Why a unit should rather be drawn: findings, size, jumps against last year, full scores, targets alike."""
    figures = {name: value for name, value in result.decimals.items() if value is not None}
    risks = {}
    if grave := sum(finding["severity"] != "说明" for finding in result.findings):
        risks[f"问题 {grave} 处"] = min(grave / 5, 3.0)
    budget = figures.get("adjusted_budget", Decimal(0))
    if largest and budget > largest / 4:
        risks["预算规模大"] = float(budget / largest) * 2
    last, now = figures.get("prior_outturn"), figures.get("outturn")
    if jumped:
        risks[f"与上年汇总比变动大：{'、'.join(dict.fromkeys(jump.figure for jump in jumped))}"] = 1.5
    elif last and now is not None and abs(now - last) / last > Decimal("0.3"):
        risks[f"执行数比上年变动 {abs(now - last) / last:.0%}"] = 1.5
    indicators = result.lists.get("指标", ())
    scored = [row for row in indicators if row.get("得分")]
    if len(scored) > 4 and all(row.get("得分") == row.get("分值") for row in scored):
        risks["所有指标都是满分"] = 1.5
    targets = [row.get("指标值", "") for row in indicators]
    if len(targets) > 4 and max(map(targets.count, targets)) > len(targets) / 2:
        risks["指标值大多相同"] = 1.0
    if result.foreign:
        risks["指标像是别的领域的"] = 2.0
    return risks


def drawn_units(
    collection: Collection, jumps: Sequence[Jump], share: float, seed: int, picked: Sequence[str]
) -> list[Drawn]:
    """The units to be checked again, of those whose workbook can be used."""
    budgets = (unit.result.decimals.get("adjusted_budget") for unit in collection.units)
    largest = max(filter(None, budgets), default=Decimal(0))
    jumped = defaultdict[str, list[Jump]](list)
    for jump in jumps:
        jumped[jump.unit].append(jump)
    candidates = [
        Candidate(
            unit.name,
            unit.result.identity.get("department", ""),
            risks_of(unit.result, largest, jumped[unit.name]),
        )
        for unit in collection.units
    ]
    return draw(candidates, share, seed, picked)


# --- the files of the draw ------------------------------------------------------------------------------------


def write_draw(collection: Collection, drawn: Sequence[Drawn], output: Path) -> None:
    """Write the list of those drawn and each one's 复核表 below ``output``; a 复核表 that is being filled in stays."""
    folder = output / DRAWN
    folder.mkdir(parents=True, exist_ok=True)
    units = {unit.name: unit for unit in collection.units}
    note = "按主管部门抽取，风险大的更容易抽到；“指定”是手工指定的。"
    content = workbook("抽取名单", [Table("抽取名单", _DRAWN, drawn, note)])
    written = {kept(folder / "抽取名单.xlsx", content)}
    for one in drawn:
        path = folder / f"复核表-{files.safe_name(one.unit)}.xlsx"
        written.add(kept(path, form(units[one.unit]), written))
    cleared(folder, written)


_DRAWN = [
    Column("单位", attrgetter("unit"), widest=30),
    Column("主管部门", attrgetter("department"), widest=26),
    Column("抽取原因", lambda one: "；".join(one.reasons), widest=70),
]
_DEVIATION = Formula('=IF(K{row}="","",K{row}-I{row})')
_FORM = [
    Column("一级指标", itemgetter("一级指标"), CENTRED, widest=12),
    Column("二级指标", itemgetter("二级指标"), CENTRED, widest=16),
    Column("三级指标", itemgetter("三级指标"), widest=30),
    Column("指标性质", itemgetter("指标性质"), CENTRED),
    Column("指标值", itemgetter("指标值"), AS_TYPED, widest=16),
    Column("计量单位", itemgetter("计量单位"), CENTRED),
    Column("权重", lambda row: _points(row["分值"]), SCORE, summed=True),
    Column("自评完成值", itemgetter("完成值"), AS_TYPED, widest=16),
    Column("自评得分", lambda row: _points(row["得分"]), SCORE, summed=True),
    Column("复核完成值", lambda _: None, ENTRY, narrowest=14),
    Column("复核得分", lambda _: None, ENTRY, summed=True, narrowest=10),
    Column("偏差", lambda _: _DEVIATION, SCORE, summed=True),
    Column("备注", lambda _: "", ENTRY, narrowest=26),
]
"""The columns of a 复核表; what the unit wrote in its form is prefilled."""


def form(unit: UnitResult) -> bytes:
    """The 复核表 of one unit: its indicators as it scored them, room for the re-check, the deviation as living formulas."""
    rows = [defaultdict(str, row) for row in unit.result.lists.get("指标", ())]
    note = f"{unit.name}　浅黄色的格在复核时填写，偏差＝复核得分－自评得分。"
    return workbook(f"复核表-{unit.name}", [Table("复核表", _FORM, rows, note)])


def _points(text: str) -> Decimal | None:
    return Decimal(text.replace(",", "")) if text else None
