"""Workbooks whose relations all hold, and the mistakes of clerks to seed into them.

What a mistake is, is written here without asking the causes of the package: ``causes.py`` measures how
often they name it. A mistake is *ambiguous* where the same kind of mistake makes the very same figures
out of another sound workbook: no one who sees only those figures can tell.
"""

import copy
import json
import random
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "sample_workbooks")]

from samples import overtype  # noqa: E402 - the root must be on the path first

from selfeval_xlsx.amounts import percentage, plain, rounded  # noqa: E402
from selfeval_xlsx.causes.mistakes import Mistake, MistakeKind  # noqa: E402
from selfeval_xlsx.causes.what_if import Extent, WhatIf  # noqa: E402
from selfeval_xlsx.checks import Case  # noqa: E402
from selfeval_xlsx.form.completion import completed  # noqa: E402
from selfeval_xlsx.form.data import from_data, to_data  # noqa: E402
from selfeval_xlsx.form.kinds import Amount  # noqa: E402
from selfeval_xlsx.form.relation_kinds import Ratio, Sum, Weights  # noqa: E402
from selfeval_xlsx.form.rulebook import Rulebook  # noqa: E402
from selfeval_xlsx.prose.keystroke_errors import Slip  # noqa: E402

Data = dict[str, Any]
CENT = Decimal("0.01")


def case_of(data: Data) -> Case:
    """A filled form, its blanks computed."""
    return Case(completed(from_data(data), Rulebook()), Rulebook())


# --- random workbooks whose relations hold --------------------------------------------------------


def random_book(rng: random.Random) -> Data:
    """The data of a workbook in which everything is stated (a few totals and rates left blank) and right."""
    unit = rng.choice(["万元", "万元", "万元", "元"])
    scale = 10 ** rng.uniform(2, 4) * (10_000 if unit == "元" else 1)
    projects = [_project(rng, scale / 5, f"项目{n}") for n in range(rng.randint(1, 8))]
    lines = {
        "personnel": _line(rng, scale),
        "operating": _line(rng, scale / 8),
        "project": _totals(projects) | {"prior_outturn": _money(rng, scale)},
    }
    data: Data = {
        "overview": {
            "identity": {"unit_name": "某某局", "year": 2025, "money_unit": unit},
            "sign_off": {"report_date": "2026-03-15"},
            "staff": {
                name: {"authorised_posts": posts, "staff_in_post": rng.randint(posts * 3 // 4, posts)}
                for name, posts in zip(
                    ("administrative", "institutional", "other"),
                    (rng.randint(3, 40), rng.randint(20, 300), rng.randint(0, 5)),
                    strict=True,
                )
            },
        },
        "budget": {
            "lines": lines,
            "projects": projects,
            "official": {
                name: {column: _money(rng, scale / 500) for column in _OFFICIAL}
                for name in ("vehicle_running", "reception")
            }
            | {name: dict.fromkeys(_OFFICIAL, "0") for name in ("abroad", "vehicle_purchase")},
            "notes": {"year": 2025, "adjustment_reason": "有追加。", "execution_reason": ""},
        },
        "goals": {**_TEXTS, "indicators": _indicators(rng), "assessment": {"year": 2025}},
    }
    for line in data["budget"]["official"].values():  # spent within the budget
        line["outturn"] = str(min(Decimal(line["outturn"]), Decimal(line["adjusted_budget"])))
    _state_whole(rng, data)
    stated: Data = to_data(completed(from_data(data), Rulebook()))
    for key in _MAY_BE_BLANK:
        if rng.random() < 0.1:
            overtype(stated, key.split("."), "")
    return stated


_TEXTS: Data = {
    "plan": [{"title": "办好服务", "content": "全年有序推进。", "result": "按期完成。"}],
    "results": dict.fromkeys(("completion", "effects", "satisfaction"), "有序推进。"),
}
"""What no report can do without, besides figures."""

_OFFICIAL = ("original_budget", "adjusted_budget", "outturn", "prior_outturn")
_SOURCES = (
    "fiscal_appropriation",
    "government_fund",
    "special_account_funds",
    "carry_over",
    "own_funds",
    "other_funds",
)
_MAY_BE_BLANK = (
    "budget.lines.basic.outturn",
    "budget.lines.total.prior_outturn",
    "budget.lines.operating.budget_adjustment",
    "budget.lines.total.execution_rate",
    "budget.lines.personnel.execution_rate",
    "overview.staff.total.staff_in_post",
    "budget.balance.closing_carry_over",
    "goals.assessment.total_score",
)


def _money(rng: random.Random, scale: float) -> str:
    """An amount of about ``scale``; one in four is a round one."""
    amount = Decimal(str(scale * rng.uniform(0.2, 1.8)))
    return str(rounded(amount, 0 if rng.random() < 0.25 else 2))


def _line(rng: random.Random, scale: float) -> dict[str, str]:
    original = Decimal(_money(rng, scale))
    move = rng.choice([0, rng.uniform(-0.2, 0.28), rng.uniform(-0.2, 0.28)])
    adjustment = rounded(original * Decimal(str(move)), 2)
    adjusted = original + adjustment
    outturn = rounded(adjusted * Decimal(str(rng.uniform(0.92, 1))), 2)
    return {
        "original_budget": str(original),
        "budget_adjustment": str(adjustment),
        "adjusted_budget": str(adjusted),
        "outturn": str(outturn),
        "prior_outturn": _money(rng, scale),
    }


def _project(rng: random.Random, scale: float, name: str) -> dict[str, str]:
    line = _line(rng, scale * rng.uniform(0.1, 2))
    del line["prior_outturn"]
    return {"name": name} | line


def _totals(rows: list[dict[str, str]]) -> dict[str, str]:
    columns = [name for name in rows[0] if name != "name"]
    return {name: str(sum(Decimal(row[name]) for row in rows)) for name in columns}


def _indicators(rng: random.Random) -> list[Data]:
    weights = [rng.choice([4, 5, 6, 8, 10, 12]) for _ in range(rng.randint(6, 12))]
    while sum(weights) != 90:
        at = rng.randrange(len(weights))
        weights[at] = max(weights[at] + (1 if sum(weights) < 90 else -1), 1)
    targets = [rng.randint(20, 900) for _ in weights]
    return [
        {
            "level1": "产出指标",
            "level3": f"指标{n}",
            "comparator": "≥",
            "target_value": str(target),
            "actual_value": str(target - (rng.randint(1, target // 5) if rng.random() < 0.3 else 0)),
            "weight": str(weight),
            "deviation_reason": "有客观原因。",
        }
        for n, (weight, target) in enumerate(zip(weights, targets, strict=True))
    ]


def _state_whole(rng: random.Random, data: Data) -> None:
    """What repeats or splits the whole: sources, balance, the figures on the first sheet."""
    total = completed(from_data(data), Rulebook()).budget.lines.total
    whole = {name: getattr(total, name).known for name in ("original_budget", "adjusted_budget", "outturn")}
    shares = [rng.choice([0, rng.uniform(0.01, 0.2)]) for _ in _SOURCES[1:]]
    rest = [
        {name: rounded(value * Decimal(str(share)), 2) for name, value in whole.items()} for share in shares
    ]
    first = {name: value - sum(line[name] for line in rest) for name, value in whole.items()}
    data["budget"]["sources"] = {
        name: {column: str(value) for column, value in line.items()}
        for name, line in zip(_SOURCES, (first, *rest), strict=True)
    }
    data["budget"]["balance"] = {
        "income": str(whole["outturn"] + Decimal(_money(rng, 50))),
        "opening_carry_over": _money(rng, 80),
        "expenditure": str(whole["outturn"]),
    }
    data["overview"]["structure"] = {
        "adjusted_budget": str(whole["adjusted_budget"]),
        "outturn": str(whole["outturn"]),
    }


def good_samples() -> dict[str, Data]:
    """The data of the good samples by name."""
    paths = sorted((ROOT / "sample_workbooks" / "good").glob("*.json"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}


# --- faults ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fault:
    """Cells with what is typed there instead, and the mistake to be told of one of ``cells``; none: silence.

    ``followed`` are those that were computed from the wrong figure; ``extent`` is that of a whole line,
    column or block, from the first of ``cells`` to the last.
    """

    changes: Mapping[str, Decimal]
    cells: tuple[str, ...]
    mistake: MistakeKind | None
    followed: tuple[str, ...] = ()
    extent: Extent | None = None


Seeder = Callable[[random.Random, WhatIf], Fault | None]


def _any_cell(rng: random.Random, what_if: WhatIf, kind: type = object) -> str:
    own = [
        key
        for key in what_if.standing
        if isinstance(what_if.case.answers[key].field.kind, kind)
        and what_if.values[key]
        and not key.endswith("year")
    ]
    return rng.choice(own)


def _one(key: str, typed: Decimal, mistake: MistakeKind | None) -> Fault:
    return Fault({key: typed}, (key,), mistake)


def _text(what_if: WhatIf, key: str) -> str:
    """The figure as it is typed: 2096.90, -8.20, 16, 98.66."""
    return what_if.show(key, what_if.values[key]).replace(",", "").rstrip("%")


def unit(rng: random.Random, what_if: WhatIf) -> Fault | None:
    """元 typed under 万元, or 万元 (rounded) under 元."""
    key = _any_cell(rng, what_if, Amount)
    whole = what_if.case.evaluation.overview.identity.money_unit.value == "万元"
    value = what_if.values[key]
    return _one(key, value * 10_000 if whole else rounded(value / 10_000, 2), Slip.UNIT)


def point(rng: random.Random, what_if: WhatIf) -> Fault | None:
    """A decimal point one or two places off."""
    key = _any_cell(rng, what_if)
    typed = what_if.values[key].scaleb(rng.choice([-2, -1, 1, 2]))
    return _one(key, typed, Slip.POINT) if what_if.allows(key, rounded(typed, what_if.places(key))) else None


def swap(rng: random.Random, what_if: WhatIf) -> Fault | None:
    """Two neighbouring digits exchanged."""
    key = _any_cell(rng, what_if)
    text = _text(what_if, key)
    at = rng.randrange(len(text))
    after = at + 2 if text[at + 1 : at + 2] == "." else at + 1
    if after >= len(text) or not text[at].isdigit() or text[at] == text[after]:
        return None
    digits = list(text)
    digits[at], digits[after] = digits[after], digits[at]
    return None if digits[0] == "0" and after == 1 else _one(key, Decimal("".join(digits)), Slip.SWAPPED)


def sign(rng: random.Random, what_if: WhatIf) -> Fault | None:
    """A minus forgotten, or one too many."""
    key = rng.choice([key for key in what_if.standing if what_if.is_signed(key)] or [""])
    return _one(key, -what_if.values[key], Slip.SIGN) if key and what_if.values[key] else None


def dropped(rng: random.Random, what_if: WhatIf) -> Fault | None:
    """A digit of four or more not typed."""
    key = _any_cell(rng, what_if)
    text = _text(what_if, key)
    at = rng.randrange(len(text))
    left = text[:at] + text[at + 1 :]
    at_point = text.find(".") if "." in text else len(text)
    if not text[at].isdigit() or at > at_point or sum(each.isdigit() for each in text) < 4 or left[0] in "0.":
        return None
    typed = Decimal(left)
    return None if typed * 10 == what_if.values[key] else _one(key, typed, Slip.DROPPED)  # 10: the point


def doubled(rng: random.Random, what_if: WhatIf) -> Fault | None:
    """A digit typed twice."""
    key = _any_cell(rng, what_if)
    text = _text(what_if, key)
    at = rng.randrange(len(text))
    if not text[at].isdigit():
        return None
    typed = Decimal(text[: at + 1] + text[at:])
    return (
        None if typed == what_if.values[key] * 10 else _one(key, typed, Slip.DOUBLED)
    )  # 10 and 100: the point


def neighbour(rng: random.Random, what_if: WhatIf) -> Fault | None:
    """The figure of a cell beside it, of the next line or column."""
    key = _any_cell(rng, what_if)
    others = _beside(what_if, key)
    return _one(key, what_if.values[rng.choice(others)], Mistake.NEIGHBOUR) if others else None


def exchange(rng: random.Random, what_if: WhatIf) -> Fault | None:
    """Two cells beside each other hold each other's figures."""
    key = _any_cell(rng, what_if)
    others = _beside(what_if, key)
    if not others:
        return None
    other = rng.choice(others)
    changes = {key: what_if.values[other], other: what_if.values[key]}
    return Fault(changes, (key, other), Mistake.EXCHANGED)


def _beside(what_if: WhatIf, key: str) -> list[str]:
    """Cells of the same kind within two lines or columns that could be mistaken for ``key``."""
    answers = what_if.case.answers
    found = [
        other
        for other in what_if.grid.neighbours(key)
        if other in what_if.standing
        and type(answers[other].field.kind) is type(answers[key].field.kind)
        and what_if.values[other]
        and what_if.allows(key, what_if.values[other])
        and what_if.allows(other, what_if.values[key])
    ]
    row, column = answers[key].ref.place
    return [
        other
        for other in found
        if abs(answers[other].ref.place[0] - row) + abs(answers[other].ref.place[1] - column) <= 2
    ]


def zero(rng: random.Random, what_if: WhatIf) -> Fault | None:
    """A total of 0 over parts that are filled in."""
    key = rng.choice([each.result for each in what_if.equations if isinstance(each.relation, Sum)])
    return _one(key, Decimal(0), Mistake.ZERO)


def _sum_off_by(factor: int, mistake: Mistake) -> Seeder:
    """A total off by one of its items, ``factor`` times."""

    def seed(rng: random.Random, what_if: WhatIf) -> Fault | None:
        sums = [each for each in what_if.equations if each.parts and len(each.parts) > 1]
        equation = rng.choice([each for each in sums if not isinstance(each.relation, Weights)])
        part, count = rng.choice(list(equation.parts.items()))
        item = what_if.values[part] * count
        typed = what_if.values[equation.result] + factor * item
        turnable = abs(factor) == 1 or count < 0 or what_if.is_signed(part)
        usable = turnable and item and what_if.allows(equation.result, typed)
        another = typed in {0, -what_if.values[equation.result]}  # no total, or one with the wrong sign
        return _one(equation.result, typed, mistake) if usable and not another else None

    return seed


def _with_its_rate(seeder: Seeder) -> Seeder:
    """The same mistake in a total whose execution rate was computed from it."""

    def seed(rng: random.Random, what_if: WhatIf) -> Fault | None:
        fault = seeder(rng, what_if)
        if fault is None:
            return None
        [key] = fault.cells
        own = [each for each in _rates(what_if) if key in (each.part, each.whole)]
        values = what_if.values | dict(fault.changes)
        rates = {each.result: percentage(values[each.part], values[each.whole]) for each in own}
        followed = {rate: rounded(value, 2) for rate, value in rates.items() if value is not None}
        usable = followed and all(value < 1000 for value in followed.values())
        changes = {**fault.changes, **followed}
        return Fault(changes, fault.cells, fault.mistake, tuple(followed)) if usable else None

    return seed


def _rates(what_if: WhatIf) -> list[Ratio]:
    return [each.relation for each in what_if.equations if isinstance(each.relation, Ratio)]


def denominator(rng: random.Random, what_if: WhatIf) -> Fault | None:
    """The original budget (or what else lies beside) as the denominator."""
    relation = rng.choice(_rates(what_if))
    others = [
        key for key in what_if.grid.neighbours(relation.whole) if key.endswith(("original_budget", "outturn"))
    ]
    own = [
        key
        for key in others
        if key != relation.part and key.split(".")[:-1] == relation.whole.split(".")[:-1]
    ]
    return _rate_fault(what_if, relation, relation.part, own[0], Mistake.DENOMINATOR) if own else None


def inverted(rng: random.Random, what_if: WhatIf) -> Fault | None:
    """Numerator and denominator turned round."""
    relation = rng.choice(_rates(what_if))
    return _rate_fault(what_if, relation, relation.whole, relation.part, Mistake.INVERTED)


def _rate_fault(what_if: WhatIf, relation: Ratio, part: str, whole: str, mistake: Mistake) -> Fault | None:
    rate = percentage(what_if.values[part], what_if.values.get(whole, Decimal(0)))
    return _one(relation.result, rounded(rate, 2), mistake) if rate is not None else None


def truncated(rng: random.Random, what_if: WhatIf) -> Fault | None:
    """The digits after the second decimal cut off."""
    relation = rng.choice(_rates(what_if))
    rate = percentage(what_if.values[relation.part], what_if.values[relation.whole]) or Decimal(0)
    return _one(relation.result, rate.quantize(CENT, rounding=ROUND_DOWN), Mistake.TRUNCATED)


def coarse(rng: random.Random, what_if: WhatIf) -> Fault | None:
    """A rate with one decimal or none."""
    relation = rng.choice(_rates(what_if))
    rate = percentage(what_if.values[relation.part], what_if.values[relation.whole]) or Decimal(0)
    typed = rounded(rate, rng.choice([0, 1]))
    cut = typed == rate.quantize(CENT, rounding=ROUND_DOWN)
    return None if cut else _one(relation.result, typed, Mistake.COARSE)


def weights(_: random.Random, what_if: WhatIf) -> Fault | None:
    """The scores once more in the column of the weights."""
    keys = [key for each in what_if.equations if isinstance(each.relation, Weights) for key in each.keys[1:]]
    scores = {key: what_if.values[key.replace(".weight", ".score")] for key in keys}
    return Fault(scores, (keys[0],), Mistake.WEIGHTS) if keys else None


def repeated(rng: random.Random, what_if: WhatIf) -> Fault | None:
    """A project listed twice."""
    rows = len(what_if.case.evaluation.budget.projects)
    if not rows:
        return None
    row, last = rng.randrange(rows), f"budget.projects.{rows}."
    own = {key: value for key, value in what_if.values.items() if key.startswith(f"budget.projects.{row}.")}
    copies = {last + key.rpartition(".")[2]: value for key, value in own.items()}
    return Fault(copies, (last,), Mistake.REPEATED)


def _typed_amounts(what_if: WhatIf, extent: Extent) -> list[tuple[str, ...]]:
    """The typed amounts of each whole line, column or block, where two of them are not 0."""
    answers = what_if.case.answers
    order = list(answers)
    found = []
    for whole in what_if.grid.cell_blocks():
        keys = [
            k for k in whole.keys if isinstance(answers[k].field.kind, Amount) and not answers[k].computed
        ]
        if whole.extent is extent and sum(what_if.values[key] != 0 for key in keys) > 1:
            found.append(tuple(sorted(keys, key=order.index)))
    return found


def _unit_of(extent: Extent) -> Seeder:
    """A whole line, column or block in the other unit."""

    def seed(rng: random.Random, what_if: WhatIf) -> Fault | None:
        keys = rng.choice(_typed_amounts(what_if, extent) or [()])
        whole = what_if.case.evaluation.overview.identity.money_unit.value == "万元"
        values = {key: what_if.values[key] for key in keys if what_if.values[key]}
        typed = {k: value * 10_000 if whole else rounded(value / 10_000, 2) for k, value in values.items()}
        return Fault(typed, keys, Slip.UNIT, extent=extent) if typed else None

    return seed


def copied_column(rng: random.Random, what_if: WhatIf) -> Fault | None:
    """A whole column filled in with the figures of the next."""
    columns = _typed_amounts(what_if, Extent.COLUMN)
    return _copied(rng, columns, lambda key: key.rpartition(".")[0], what_if, Extent.COLUMN)


def copied_line(rng: random.Random, what_if: WhatIf) -> Fault | None:
    """A whole line filled in with the figures of the next, its rate included; no line of a list."""
    starts = (keys[0].rpartition(".")[0] + "." for keys in _typed_amounts(what_if, Extent.LINE))
    lines = [
        tuple(key for key in what_if.values if key.startswith(start))
        for start in starts
        if not start.split(".")[2].isdigit()
    ]
    return _copied(rng, lines, lambda key: (key.split(".")[1], key.rpartition(".")[2]), what_if, Extent.LINE)


def _copied(
    rng: random.Random,
    groups: list[tuple[str, ...]],
    matching: Callable[[str], object],
    what_if: WhatIf,
    extent: Extent,
) -> Fault | None:
    """One of two groups that lie beside each other and match, filled in with the figures of the other."""
    pairs = [
        pair for pair in pairwise(groups) if list(map(matching, pair[0])) == list(map(matching, pair[1]))
    ]
    if not pairs:
        return None
    keys, source = rng.sample(rng.choice(pairs), 2)
    changes = {key: what_if.values[like] for key, like in zip(keys, source, strict=True)}
    differing = sum(what_if.values[key] != value for key, value in changes.items())
    usable = all(what_if.allows(key, value) for key, value in changes.items()) and differing > 1
    is_typed = not any(what_if.case.answers[key].computed for key in keys)
    return Fault(changes, keys, Mistake.COPIED, extent=extent) if usable and is_typed else None


def mistyped(rng: random.Random, what_if: WhatIf) -> Fault | None:
    """One digit is another one: nothing tells of it."""
    key = _any_cell(rng, what_if)
    text = _text(what_if, key)
    at = rng.randrange(len(text))
    digit = rng.choice([each for each in "123456789" if each != text[at]])
    return _one(key, Decimal(text[:at] + digit + text[at + 1 :]), None) if text[at].isdigit() else None


def unrelated(rng: random.Random, what_if: WhatIf) -> Fault | None:
    """Another figure of about the same size."""
    key = _any_cell(rng, what_if)
    return _one(
        key, rounded(what_if.values[key] * Decimal(str(rng.uniform(0.5, 1.5))), what_if.places(key)), None
    )


KINDS: dict[str, Seeder] = {
    "元、万元填混": unit,
    "小数点错位": point,
    "两位数字颠倒": swap,
    "正负号填反": sign,
    "漏了一位数字": dropped,
    "多按了一位数字": doubled,
    "误填相邻格的数": neighbour,
    "两格填颠倒": exchange,
    "合计填成 0": zero,
    "漏加一项": _sum_off_by(-1, Mistake.OMITTED),
    "重复加一项": _sum_off_by(1, Mistake.TWICE),
    "一项加减弄反": _sum_off_by(-2, Mistake.TURNED),
    "漏加一项，比率随之": _with_its_rate(_sum_off_by(-1, Mistake.OMITTED)),
    "重复加一项，比率随之": _with_its_rate(_sum_off_by(1, Mistake.TWICE)),
    "分母误用": denominator,
    "分子分母颠倒": inverted,
    "比率截断": truncated,
    "比率少留小数": coarse,
    "分值列填成得分": weights,
    "项目重复填列": repeated,
    "整行单位填混": _unit_of(Extent.LINE),
    "整列单位填混": _unit_of(Extent.COLUMN),
    "整表单位填混": _unit_of(Extent.BLOCK),
    "整行误填相邻行的数": copied_line,
    "整列误填相邻列的数": copied_column,
}
"""Kinds of faults whose cause is to be told."""

SILENT_KINDS: dict[str, Seeder] = {"打错一位数字": mistyped, "填了别的数": unrelated}
"""Kinds of faults of which no cause should be told."""


# --- seeding, and what cannot be told ---------------------------------------------------------------


def typed(base: Data, changes: Mapping[str, Decimal]) -> Data:
    """``base`` with other figures typed into it; a row that is new gets a name."""
    data = copy.deepcopy(base)
    for key, value in changes.items():
        sign = "%" if key.endswith("_rate") else ""
        overtype(data, key.split("."), f"{plain(value)}{sign}")
    for row in data["budget"].get("projects", ()):
        row.setdefault("name", "新项目")
    return data


def is_ambiguous(fault: Fault, spoilt: WhatIf, data: Data, sound: WhatIf) -> bool:
    """Whether the same kind of mistake makes the same figures of another sound workbook than ``sound``."""
    if fault.extent is Extent.LINE and fault.mistake is Mistake.COPIED:
        return any(_holds(data, other) for other in _turned_round(fault, spoilt, sound))
    if fault.mistake is Mistake.EXCHANGED:
        pairs = ((key, other) for key in spoilt.standing for other in _beside(spoilt, key))
        values = spoilt.values
        return any(
            {key, other} != set(fault.cells) and _holds(data, {key: values[other], other: values[key]})
            for key, other in pairs
        )
    return fault.mistake is not Mistake.COPIED and any(
        (fault.extent or key not in fault.cells)
        and _holds(data, {key: right})
        and _may_become(fault.mistake, spoilt, key, right)
        for key, right in _corrections(spoilt)
    )


def _turned_round(fault: Fault, spoilt: WhatIf, sound: WhatIf) -> Iterator[Mapping[str, Decimal]]:
    """The right figures of a copied line put into a line that is like it."""
    own = [spoilt.values[key] for key in fault.cells]
    for line in spoilt.grid.other_lines(fault.cells):
        if [spoilt.values.get(key) for key in line] == own:
            yield {other: sound.values[key] for key, other in zip(fault.cells, line, strict=True)}


def _corrections(spoilt: WhatIf) -> Iterator[tuple[str, Decimal]]:
    """What a broken sum asks for in each of its typed cells."""
    for equation in spoilt.broken:
        for key in spoilt.standing:
            right = spoilt.solution(equation, key) if spoilt.weight(equation, key) else None
            if right is not None:
                yield key, right


def _holds(data: Data, changes: Mapping[str, Decimal]) -> bool:
    """Whether every relation holds once ``changes`` are typed."""
    return not any(each.proves for each in WhatIf(case_of(typed(data, changes))).broken)


def _may_become(mistake: MistakeKind | None, spoilt: WhatIf, key: str, right: Decimal) -> bool:
    """Whether a mistake of this kind in ``key`` makes the figure that stands there out of ``right``."""
    figure = spoilt.values[key]
    short, long = sorted((f"{abs(each):.2f}".replace(".", "") for each in (figure, right)), key=len)
    match mistake:
        case Mistake.NEIGHBOUR:
            said = any(spoilt.values[other] == figure for other in _beside(spoilt, key))
        case Mistake.OMITTED | Mistake.TWICE | Mistake.TURNED:
            factor = {Mistake.OMITTED: -1, Mistake.TWICE: 1, Mistake.TURNED: -2}[mistake]
            said = any(figure - right == factor * item != 0 for item in _items(spoilt, key))
        case Slip.UNIT:
            said = right in {figure * 10_000, rounded(figure / 10_000, 2)}
        case Slip.POINT:
            said = any(figure == right.scaleb(places) for places in (-2, -1, 1, 2))
        case Slip.SIGN:
            said = figure == -right
        case Slip.SWAPPED:
            at = [n for n, (one, other) in enumerate(zip(short, long, strict=False)) if one != other]
            said = sorted(short) == sorted(long) and len(at) == 2 and at[1] == at[0] + 1
        case Slip.DROPPED | Slip.DOUBLED:
            said = short in {long[:at] + long[at + 1 :] for at in range(len(long))}
            said = said and (abs(figure) > abs(right)) is (mistake is Slip.DOUBLED)
        case _:
            said = False
    return said


def _items(what_if: WhatIf, total: str) -> Iterator[Decimal]:
    for each in what_if.equations:
        if each.result == total:
            yield from (what_if.values[part] * count for part, count in each.parts.items())
