"""Random filled forms in which every relation holds, as data for ``from_data``: what the property tests start from."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

LINES = ("personnel", "operating", "project")
SOURCES = (
    "fiscal_appropriation",
    "government_fund",
    "special_account_funds",
    "carry_over",
    "own_funds",
    "other_funds",
)
OFFICIAL = ("abroad", "vehicle_purchase", "vehicle_running", "reception")
STAFF = ("administrative", "institutional", "other")
LEVELS = {"产出指标": 5000, "效益指标": 3000, "满意度指标": 1000}
"""First levels with their weights in hundredths of a point; execution has the other 10."""

cents = st.one_of(st.integers(0, 300), st.integers(0, 10**7), st.integers(0, 10**11))
Draw = Callable[[st.SearchStrategy[Any]], Any]


def money(amount: int) -> str:
    """``288553`` as ``2885.53``."""
    return f"{Decimal(amount).scaleb(-2):.2f}"


def half_up(value: Fraction) -> Fraction:
    """``value`` with two decimals, by whole-number arithmetic."""
    sign = 1 if value >= 0 else -1
    return Fraction(sign * ((abs(value) * 200 + 1) // 2), 100)


def points(value: Fraction) -> str:
    """Two decimals of an exact value."""
    return money(int(value * 100))


def percent(part: int, whole: int) -> str | None:
    """A stated rate; None where there is none, or none a cell takes."""
    if whole == 0 or abs(part) >= 1000 * whole:
        return None
    return f"{points(half_up(Fraction(part * 100, whole)))}%"


def shares(draw: Draw, total: int, count: int) -> list[int]:
    """``total`` cut into ``count`` parts."""
    cuts = sorted(draw(st.lists(st.integers(0, total), min_size=count - 1, max_size=count - 1)))
    return [high - low for low, high in zip([0, *cuts], [*cuts, total], strict=True)]


@st.composite
def forms(draw: Draw) -> dict[str, Any]:
    """A whole form, fully stated: everything adds up, every reason is given."""
    budget, figures = _budget(draw)
    overview = {
        "identity": {
            "unit_name": "某某中心",
            "year": 2025,
            "money_unit": draw(st.sampled_from(["万元", "元"])),
        },
        "sign_off": {"report_date": "2026-03-15"},
        **_people(draw),
    }
    overview["structure"] |= {
        "adjusted_budget": money(figures["adjusted_budget"]),
        "outturn": money(figures["outturn"]),
    }
    return {"overview": overview, "budget": budget, "goals": _goals(draw, figures)}


def _people(draw: Draw) -> dict[str, Any]:
    counts = draw(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=3, max_size=3))
    posts, people = (sum(column) for column in zip(*counts, strict=True))
    staff = {
        name: {"authorised_posts": post, "staff_in_post": person}
        for name, (post, person) in zip(STAFF, counts, strict=True)
    }
    staff["total"] = {"authorised_posts": posts, "staff_in_post": people}
    offices, units = draw(st.integers(0, 4)), draw(st.integers(0, 4))
    rows = [{"name": f"科室{n}", "type": "内设机构"} for n in range(offices)]
    rows += [{"name": f"单位{n}", "type": "下属单位"} for n in range(units)]
    return {
        "staff": staff,
        "organisations": rows,
        "structure": {
            "office_count": offices,
            "sub_unit_count": units,
            "control_rate": percent(people, posts),
            "overstaffing_reason": "待退休人员暂占编制。",
        },
    }


def _line(original: int, adjusted: int, outturn: int, prior: int | None = None) -> dict[str, Any]:
    line = {
        "original_budget": money(original),
        "budget_adjustment": money(adjusted - original),
        "adjusted_budget": money(adjusted),
        "outturn": money(outturn),
        "execution_rate": percent(outturn, adjusted),
    }
    return line if prior is None else line | {"prior_outturn": money(prior)}


def _budget(draw: Draw) -> tuple[dict[str, Any], dict[str, int]]:
    columns = ("original_budget", "adjusted_budget", "outturn", "prior_outturn")
    parts = [draw(st.lists(cents, min_size=4, max_size=4)) for _ in LINES]
    personnel, operating, project = parts
    basic = [a + b for a, b in zip(personnel, operating, strict=True)]
    total = [a + b for a, b in zip(basic, project, strict=True)]
    named = zip(
        (*LINES[:2], "basic", "project", "total"), (personnel, operating, basic, project, total), strict=True
    )
    change = total[2] - total[3]
    projects = _projects(draw, project)
    notes = {
        "year": 2025,
        "adjustment_reason": "年中追加项目资金。",
        "execution_reason": "部分款项跨年支付。",
        "project_count": len(projects) or None,
        "outturn_change": money(change),
        "outturn_change_rate": percent(change, total[3]),
    }
    spent, closing = total[2], draw(cents)
    opening = draw(st.integers(0, spent + closing))
    budget = {
        "lines": {name: _line(*line) for name, line in named},
        "notes": notes,
        "sources": _split(draw, SOURCES, dict(zip(columns[:3], total, strict=False))),
        "balance": {
            "income": money(spent + closing - opening),
            "opening_carry_over": money(opening),
            "expenditure": money(spent),
            "closing_carry_over": money(closing),
        },
        "official": _official(draw, columns),
        "projects": projects,
    }
    return budget, dict(zip(columns, total, strict=True))


def _split(draw: Draw, names: tuple[str, ...], totals: dict[str, int]) -> dict[str, Any]:
    parts = {column: shares(draw, total, len(names)) for column, total in totals.items()}
    return {
        name: {column: money(parts[column][index]) for column in totals} for index, name in enumerate(names)
    }


def _official(draw: Draw, columns: tuple[str, ...]) -> dict[str, Any]:
    totals = dict(zip(columns, draw(st.lists(cents, min_size=4, max_size=4)), strict=True))
    total = {column: money(amount) for column, amount in totals.items()}
    return {**_split(draw, OFFICIAL, totals), "total": total}


def _projects(draw: Draw, line: list[int]) -> list[dict[str, Any]]:
    count = draw(st.integers(0, 4))
    if not count:
        return []
    adjusted, outturn = (shares(draw, total, count) for total in line[1:3])
    originals = draw(st.lists(cents, min_size=count, max_size=count))
    rows = enumerate(zip(originals, adjusted, outturn, strict=True))
    return [{"name": f"工程{number}", **_line(*amounts)} for number, amounts in rows]


def _goals(draw: Draw, figures: dict[str, int]) -> dict[str, Any]:
    tasks = draw(st.integers(1, 4))
    rows = [
        _indicator(draw, level, weight)
        for level, whole in LEVELS.items()
        for weight in shares(draw, whole, draw(st.integers(1, 3)))
    ]
    assessment: dict[str, Any] = {"year": 2025, "execution_weight": "10", "task_count": tasks}
    adjusted, outturn = figures["adjusted_budget"], figures["outturn"]
    if adjusted:
        rate = min(half_up(Fraction(outturn * 100, adjusted)), Fraction(100))
        own = half_up(rate / 10)
        total = own + sum(Fraction(row["score"]) for row in rows)
        assessment |= {"execution_score": points(own), "total_score": points(total), "grade": grade(total)}
    plan = [
        {"title": f"目标{number}", "content": "全年有序推进。", "result": "按期完成。"}
        for number in range(tasks)
    ]
    results = dict.fromkeys(("completion", "effects", "satisfaction"), "有序推进。")
    return {"plan": plan, "results": results, "assessment": assessment, "indicators": rows}


def grade(total: Fraction) -> str:
    """The default bands."""
    return next(name for name, low in (("优", 90), ("良", 80), ("中", 60), ("差", 0)) if total >= low)


def _indicator(draw: Draw, level: str, weight: int) -> dict[str, Any]:
    row = {"level1": level, "level3": "某项工作", "weight": money(weight)}
    comparator = draw(st.sampled_from(["≥", ">", "=", "<", "≤", "定性"]))
    if comparator == "定性":
        attainment, low, high = draw(
            st.sampled_from([("达成", 80, 100), ("部分达成", 60, 79), ("未达成", 0, 59)])
        )
        score = Fraction(weight * draw(st.integers(low, high)) // 100, 100)
        if score * 10000 < weight * low:
            score += Fraction(1, 100)
        if weight == 0:
            attainment = "达成"
        row |= {"target_value": "建立机制", "actual_value": "已建立", "attainment": attainment}
    else:
        target, actual = draw(st.integers(0, 5000)), draw(st.integers(0, 9000))
        unit = draw(st.sampled_from(["%", "人次", ""]))
        row |= {
            "target_value": money(target) + unit * (unit == "%"),
            "measure_unit": "" if unit == "%" else unit,
        }
        row |= {"actual_value": money(actual) + unit * (unit == "%")}
        score = earned(comparator, target, actual, weight)
    reason = score * 100 < weight or draw(st.booleans())
    row |= {"comparator": comparator, "score": points(score)}
    return row | {"deviation_reason": "情况说明。" if reason or comparator != "定性" else None}


def earned(comparator: str, target: int, actual: int, weight: int) -> Fraction:
    """The points by the default rulebook (domain section 4), in exact fractions."""
    whole = Fraction(weight, 100)
    met = {
        "≥": actual >= target,
        ">": actual > target,
        "=": actual == target,
        "<": actual < target,
        "≤": actual <= target,
    }
    if met[comparator]:
        return whole
    if target == 0:
        return Fraction(0)
    share = Fraction(actual, target) if comparator in "≥>=" else 2 - Fraction(actual, target)
    return half_up(whole * min(max(share, Fraction(0)), Fraction(1)))
