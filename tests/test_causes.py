"""Likely causes and suspects: a mistake in, what is said of it out; and when nothing may be said."""

import random
from decimal import Decimal
from typing import Any

import causes as benchmark
import faults
import one_run
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import cases, place, rulebook, spoil  # the mistakes of the bad samples

from selfeval_xlsx.amounts import Agreement, grouped
from selfeval_xlsx.causes.what_if import Grid, WhatIf
from selfeval_xlsx.checks import Case, check
from selfeval_xlsx.findings import Severity
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.prose.keystroke_errors import Slip, slips
from tests.conftest import sample
from tests.places import printed

FULL = sample("云岭县职业教育中心")
TOWN = sample("青石镇综合服务中心")
LINES, OFFICIAL, BALANCE = "budget.lines", "budget.official", "budget.balance"
TOTAL, BASIC = f"{LINES}.total", f"{LINES}.basic"


def told(base: dict[str, Any], changes: dict[str, Any]) -> list[str]:
    """The causes named, each with the cells of the findings it stands beside."""
    result = check(from_data(spoil(base, changes)))
    said: dict[str, list[str]] = {}
    for each in result.findings:
        if each.cause:
            said.setdefault(each.cause, []).append(f"{each.code} {each.at[0].coordinate}")
    return [f"{'、'.join(places)}：{cause}" for cause, places in said.items()]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # unit and decimal point
        ({f"{LINES}.project.outturn": "10714600"},
         f"SUM05 <{LINES}.project.outturn>、EXE02 <{LINES}.project.execution_rate>、SUM02 <{TOTAL}.outturn>：可能是 <{LINES}.project.outturn> 元、万元填混（应为 1,071.46）"),
        ({f"{OFFICIAL}.reception.prior_outturn": "23600"}, f"SUM11 <{OFFICIAL}.total.prior_outturn>：可能是 <{OFFICIAL}.reception.prior_outturn> 元、万元填混（应为 2.36）"),
        ({f"{LINES}.personnel.prior_outturn": "18469.2"}, f"SUM01 <{BASIC}.prior_outturn>：可能是 <{LINES}.personnel.prior_outturn> 小数点错位（应为 1,846.92）"),
        ({"goals.indicators.8.weight": "100"}, "IND01 <goals.assessment.execution_weight>：可能是 <goals.indicators.8.weight> 小数点错位（应为 10）"),
        # digits
        ({f"{BASIC}.adjusted_budget": "2114.00"},
         f"SUM01 <{BASIC}.adjusted_budget>、SUM03 <{BASIC}.adjusted_budget>、EXE02 <{BASIC}.execution_rate>、SUM02 <{TOTAL}.adjusted_budget>：可能是 <{BASIC}.adjusted_budget> 两位数字颠倒（应为 2,141.00）"),
        ({"overview.staff.institutional.staff_in_post": 124}, "SUM08 <overview.staff.total.staff_in_post>：可能是 <overview.staff.institutional.staff_in_post> 两位数字颠倒（应为 142）"),
        ({f"{BASIC}.original_budget": "206.90"},
         f"SUM01 <{BASIC}.original_budget>、SUM03 <{BASIC}.adjusted_budget>、SUM02 <{TOTAL}.original_budget>：可能是 <{BASIC}.original_budget> 漏了一位数字（应为 2,096.90）"),
        ({f"{BASIC}.original_budget": "20996.90"},
         f"SUM01 <{BASIC}.original_budget>、SUM03 <{BASIC}.adjusted_budget>、SUM02 <{TOTAL}.original_budget>：可能是 <{BASIC}.original_budget> 多按了一位数字（应为 2,096.90）"),
        # signs
        ({f"{LINES}.operating.budget_adjustment": "8.20"},
         f"SUM03 <{LINES}.operating.adjusted_budget>、SUM01 <{BASIC}.budget_adjustment>：可能是 <{LINES}.operating.budget_adjustment> 正负号填反（应为 -8.20）"),
        ({f"{BALANCE}.closing_carry_over": "6445.85"}, f"SUM10 <{BALANCE}.closing_carry_over>：可能是 <{BALANCE}.closing_carry_over> 把 <{BALANCE}.expenditure> 加减弄反（应为 43.35）"),
        # items
        ({f"{LINES}.project.outturn": "979.96"},
         f"SUM05 <{LINES}.project.outturn>、EXE02 <{LINES}.project.execution_rate>、SUM02 <{TOTAL}.outturn>：可能是 <{LINES}.project.outturn> 漏加了 <budget.projects.4.outturn>（应为 1,071.46）"),
        ({f"{OFFICIAL}.total.prior_outturn": "26.20"}, f"SUM11 <{OFFICIAL}.total.prior_outturn>：可能是 <{OFFICIAL}.total.prior_outturn> 重复加了 <{OFFICIAL}.vehicle_running.prior_outturn>（应为 14.28）"),
        ({"goals.assessment.total_score": "107.37"}, "IND07 <goals.assessment.total_score>：可能是 <goals.assessment.total_score> 重复加了 <goals.indicators.5.score>（应为 99.62）"),
        ({f"{TOTAL}.prior_outturn": "0"}, f"SUM02 <{TOTAL}.prior_outturn>、SUM12 <budget.notes.outturn_change>：可能是 <{TOTAL}.prior_outturn> 漏填，填成了 0（应为 2,961.25）"),
        # people, counted, and the rate computed from the wrong total
        ({"overview.staff.other.staff_in_post": 23},
         "SUM08 <overview.staff.total.staff_in_post>：可能是 <overview.staff.total.staff_in_post> 漏加了 <overview.staff.other.staff_in_post>（应为 169）"),
        # rates
        ({f"{TOTAL}.execution_rate": "104.45%"}, f"EXE02 <{TOTAL}.execution_rate>：可能是 <{TOTAL}.execution_rate> 分母误用了 <{TOTAL}.original_budget>（应为 98.66%）"),
        ({f"{TOTAL}.execution_rate": "101.35%"}, f"EXE02 <{TOTAL}.execution_rate>：可能是 <{TOTAL}.execution_rate> 分子、分母颠倒（应为 98.66%）"),
        ({f"{BASIC}.execution_rate": "99.47%"},
         f"EXE02 <{BASIC}.execution_rate>：可能是 <{BASIC}.execution_rate> 没有四舍五入，多余的位数直接舍去（应为 99.48%）"),
        ({f"{BASIC}.execution_rate": "99%"}, f"EXE02 <{BASIC}.execution_rate>：可能是 <{BASIC}.execution_rate> 少留了小数（应为 99.48%）"),
        # the wrong place
        ({f"{LINES}.operating.outturn": "1908.15"},
         f"EXE02 <{LINES}.operating.execution_rate>、SUM01 <{BASIC}.outturn>：可能是 <{LINES}.operating.outturn> 误填了 <{LINES}.personnel.outturn> 的数（应为 221.64）"),
        ({f"{LINES}.operating.outturn": "228.30"},
         f"EXE02 <{LINES}.operating.execution_rate>、SUM01 <{BASIC}.outturn>：可能是 <{LINES}.operating.outturn> 误填了 <{LINES}.operating.adjusted_budget> 的数（应为 221.64）"),
        ({"overview.structure.adjusted_budget": "3064.90"},
         f"SUM06 <overview.structure.adjusted_budget>：可能是 <overview.structure.adjusted_budget> 误填了 「{TOTAL}.original_budget」 的数（应为 3,244.60）"),
        ({f"{LINES}.personnel.execution_rate": "97.08%", f"{LINES}.operating.execution_rate": "99.76%"},
         f"EXE02 <{LINES}.personnel.execution_rate>、EXE02 <{LINES}.operating.execution_rate>：可能是 <{LINES}.operating.execution_rate> 和 <{LINES}.personnel.execution_rate> 填颠倒了"),
        ({f"{LINES}.personnel.adjusted_budget": "228.30", f"{LINES}.operating.adjusted_budget": "1912.70"},
         f"SUM03 <{LINES}.personnel.adjusted_budget>、EXE02 <{LINES}.personnel.execution_rate>、SUM03 <{LINES}.operating.adjusted_budget>、EXE02 <{LINES}.operating.execution_rate>：可能是 <{LINES}.operating.adjusted_budget> 和 <{LINES}.personnel.adjusted_budget> 填颠倒了"),
        ({f"{TOTAL}.prior_outturn": "2077.00"},
         f"SUM02 <{TOTAL}.prior_outturn>、SUM12 <budget.notes.outturn_change>、EXE05 <budget.notes.outturn_change_rate>：可能是 <{TOTAL}.prior_outturn> 只填了 <{BASIC}.prior_outturn> 的数，漏加了 <{LINES}.project.prior_outturn>（应为 2,961.25）"),
        ({f"{LINES}.personnel.prior_outturn": "230.08"},
         f"SUM01 <{BASIC}.prior_outturn>：可能是 <{LINES}.personnel.prior_outturn> 误填了 <{LINES}.operating.prior_outturn> 的数（应为 1,846.92），或 <{LINES}.operating.prior_outturn> 误填了 <{LINES}.personnel.prior_outturn> 的数（应为 1,846.92）"),  # no telling
        ({"goals.indicators.5.weight": "7.75"}, "IND01 <goals.assessment.execution_weight>：可能是 <goals.indicators.0.weight> 起的分值列误填成了得分"),
        # a total left blank passes the mistake of its part on
        ({f"{BASIC}.outturn": "", f"{LINES}.personnel.outturn": "1980.15"},
         f"EXE02 <{LINES}.personnel.execution_rate>、EXE02 <{BASIC}.execution_rate>、SUM02 <{TOTAL}.outturn>：可能是 <{LINES}.personnel.outturn> 两位数字颠倒（应为 1,908.15）"),
    ],
    ids=str,
)  # fmt: skip
def test_one_mistake_one_cause(changes: dict[str, Any], expected: str) -> None:
    assert told(FULL, changes) == [printed(expected)]


def times(factor: str, keys: list[str]) -> dict[str, Any]:
    """The figures of those cells multiplied, as they would be typed; 0 stays 0."""
    found = {}
    for key in keys:
        figure: Any = FULL
        for part in key.split("."):
            figure = figure[int(part)] if part.isdigit() else figure[part]
        found[key] = f"{(Decimal(figure) * Decimal(factor)).quantize(Decimal('0.01')):f}"
    return found


def like(column: str, source: str, lines: list[str]) -> dict[str, Any]:
    """The cells of one column filled in with those of another."""
    return {f"{line}.{column}": times("1", [f"{line}.{source}"])[f"{line}.{source}"] for line in lines}


WEIGHTS = [row["weight"] for row in FULL["goals"]["indicators"]]
ROWS = [f"{LINES}.{line}" for line in ("personnel", "operating", "basic", "project", "total")]
SOURCES = [
    f"budget.sources.{line}"
    for line in ("fiscal_appropriation", "special_account_funds", "carry_over", "own_funds", "other_funds")
]
PROJECTS = [f"budget.projects.{row}" for row in range(5)]
FIGURES = ("original_budget", "budget_adjustment", "adjusted_budget", "outturn")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # a line, a column, a block in the wrong unit: one cause wherever a relation breaks
        (times("10000", [f"{ROWS[0]}.{each}" for each in (*FIGURES, "prior_outturn")]),
         {f"可能是 <{LINES}.personnel.original_budget> 至 <{LINES}.personnel.prior_outturn> 整行 元、万元填混"}),
        (times("10000", [f"{PROJECTS[1]}.{each}" for each in FIGURES]), {"可能是 <budget.projects.1.original_budget> 至 <budget.projects.1.outturn> 整行 元、万元填混"}),
        (times("10000", [f"{line}.outturn" for line in ROWS]),
         {f"可能是 <{LINES}.personnel.outturn> 至 <{TOTAL}.outturn> 整列 元、万元填混", f"可能是 「{LINES}.personnel.outturn」 至 <{TOTAL}.outturn> 整列 元、万元填混"}),
        (times("10000", [f"{line}.original_budget" for line in SOURCES]), {"可能是 <budget.sources.fiscal_appropriation.original_budget> 至 <budget.sources.other_funds.original_budget> 整列 元、万元填混"}),
        (times("10000", [f"{line}.{each}" for line in PROJECTS for each in FIGURES]),
         {"可能是 <budget.projects.0.original_budget> 至 <budget.projects.4.outturn> 整表 元、万元填混"}),
        # one line of a column in the right unit
        (times("10000", [f"{line}.original_budget" for line in SOURCES[:2]]), set()),
        # columns and lines filled in with the next
        (like("outturn", "adjusted_budget", ROWS),
         {f"可能是 <{LINES}.personnel.outturn> 至 <{TOTAL}.outturn> 整列 误填了 <{LINES}.personnel.adjusted_budget> 至 <{TOTAL}.adjusted_budget> 的数", f"可能是 「{LINES}.personnel.outturn」 至 <{TOTAL}.outturn> 整列 误填了 「{LINES}.personnel.adjusted_budget」 至 「{TOTAL}.adjusted_budget」 的数"}),
        (like("outturn", "adjusted_budget", SOURCES), {"可能是 <budget.sources.fiscal_appropriation.outturn> 至 <budget.sources.other_funds.outturn> 整列 误填了 <budget.sources.fiscal_appropriation.adjusted_budget> 至 <budget.sources.other_funds.adjusted_budget> 的数"}),
        (like("budget_adjustment", "original_budget", PROJECTS), {"可能是 <budget.projects.0.original_budget> 至 <budget.projects.4.original_budget> 整列 误填了 <budget.projects.0.budget_adjustment> 至 <budget.projects.4.budget_adjustment> 的数，或 <budget.projects.0.budget_adjustment> 至 <budget.projects.4.budget_adjustment> 整列 误填了 <budget.projects.0.original_budget> 至 <budget.projects.4.original_budget> 的数"}),
        ({f"{ROWS[0]}.{each}": FULL["budget"]["lines"]["operating"][each]
          for each in (*FIGURES, "prior_outturn", "execution_rate")},
         {f"可能是 <{LINES}.personnel.original_budget> 至 <{LINES}.personnel.prior_outturn> 整行 误填了 <{LINES}.operating.original_budget> 至 <{LINES}.operating.prior_outturn> 的数，或 <{LINES}.operating.original_budget> 至 <{LINES}.operating.prior_outturn> 整行 误填了 <{LINES}.personnel.original_budget> 至 <{LINES}.personnel.prior_outturn> 的数"}),
    ],
)  # fmt: skip
def test_a_mistake_with_a_whole_line_or_column_is_one_cause(
    changes: dict[str, Any], expected: set[str]
) -> None:
    result = check(from_data(spoil(FULL, changes)))
    assert {finding.cause for finding in result.findings if finding.cause} == set(map(printed, expected))


def test_a_budget_that_did_not_change_is_no_copied_column() -> None:
    """Original and adjusted budget alike, no adjustment: the relations between them vouch for it."""
    alike = like("original_budget", "adjusted_budget", [*ROWS, *SOURCES])
    unchanged = {f"{line}.budget_adjustment": "0" for line in ROWS}
    assert told(FULL, {**alike, **unchanged}) == []
    said = told(FULL, {**alike, **unchanged, f"{SOURCES[0]}.original_budget": "29462.00"})
    assert said == [
        printed(
            f"SUM04 <{TOTAL}.original_budget>：可能是 <budget.sources.fiscal_appropriation.original_budget> 小数点错位（应为 2,946.20）"
        )
    ]


def test_a_rate_computed_from_the_wrong_total_does_not_vouch_for_it() -> None:
    """Project outturn without one item, and the rate (88.80%) and nothing else computed from that."""
    wrong = {f"{LINES}.project.outturn": "979.96", f"{LINES}.project.execution_rate": "88.80%"}
    assert told(FULL, wrong) == [
        printed(
            f"SUM05 <{LINES}.project.outturn>、SUM02 <{TOTAL}.outturn>：可能是 <{LINES}.project.outturn> 漏加了 <budget.projects.4.outturn>（应为 1,071.46）"
        )
    ]
    [suspect] = check(from_data(spoil(FULL, wrong))).suspects
    assert (suspect.at, suspect.satisfying) == (place(f"{LINES}.project.outturn"), "1,071.46")


def test_a_rate_that_holds_vouches_for_a_figure_that_one_relation_alone_denies() -> None:
    """915.00 looks like 91.50 with its point moved, but its own rate holds and only the sum of the list does not."""
    row = "budget.projects.4"
    assert told(FULL, {f"{row}.outturn": "915.00", f"{row}.execution_rate": "915.00%"}) == []


def test_a_rate_alone_may_tell_of_its_amounts() -> None:
    expected = [
        printed(f"EXE02 <{TOTAL}.execution_rate>：可能是 <{TOTAL}.outturn> 两位数字颠倒（应为 2,862.49）")
    ]
    assert told(TOWN, {f"{TOTAL}.outturn": "2826.49"}) == expected


def test_a_row_listed_twice_is_told_of_in_both_columns() -> None:
    row = {"name": "实训基地设备", "adjusted_budget": "480.00", "outturn": "466.32"}
    assert told(FULL, {"budget.projects.5": row, "budget.notes.project_count": 6}) == [
        printed(
            f"SUM05 <{LINES}.project.adjusted_budget>：可能是 <budget.projects.5.adjusted_budget> 和 <budget.projects.0.adjusted_budget> 重复填列"
        ),
        printed(
            f"SUM05 <{LINES}.project.outturn>：可能是 <budget.projects.5.outturn> 和 <budget.projects.0.outturn> 重复填列"
        ),
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # no adjustment where the budget changed; the outturn blank where the rate is stated
        ({f"{TOTAL}.budget_adjustment": "0"},
         [f"SUM03 <{TOTAL}.adjusted_budget>：可能是 <{TOTAL}.budget_adjustment> 漏填，填成了 0，像是没有增减（应为 504.41）"]),
        ({f"{TOTAL}.outturn": "0"}, [f"EXE02 <{TOTAL}.execution_rate>：可能是 <{TOTAL}.outturn> 漏填，填成了 0"]),
        # the one source, or all lines, in another unit: the figures do not tell which
        ({"budget.sources.fiscal_appropriation.adjusted_budget": "28855300.00"},
         [f"SUM04 <{TOTAL}.adjusted_budget>：可能是 <budget.sources.fiscal_appropriation.adjusted_budget> 元、万元填混（应为 2,885.53），或 <{LINES}.personnel.adjusted_budget> 至 <{TOTAL}.outturn> 整表 元、万元填混"]),
    ],
)  # fmt: skip
def test_one_mistake_in_a_short_form(changes: dict[str, Any], expected: list[str]) -> None:
    assert told(TOWN, changes) == list(map(printed, expected))


def test_a_line_filled_in_from_another_is_told_of() -> None:
    """Total typed in the wrong row: its rate holds only because it was copied along."""
    wrong = {
        f"{TOTAL}.{column}": FULL["budget"]["lines"]["basic"][column]
        for column in ("adjusted_budget", "outturn", "execution_rate")
    }
    said = told(FULL, wrong)
    assert len(said) == 4
    assert (
        printed(
            f"SUM02 <{TOTAL}.adjusted_budget>、SUM03 <{TOTAL}.adjusted_budget>、SUM04 <{TOTAL}.adjusted_budget>：可能是 <{TOTAL}.adjusted_budget> 只填了 <{BASIC}.adjusted_budget> 的数，漏加了 <{LINES}.project.adjusted_budget>（应为 3,244.60）"
        )
        in said
    )


@pytest.mark.parametrize(
    "changes",
    [
        {f"{TOTAL}.execution_rate": "97.31%"},  # just another figure
        {f"{OFFICIAL}.total.outturn": "12.80"},  # a difference of one digit
        {f"{OFFICIAL}.total.outturn": "12.96"},  # a small difference
        {f"{BALANCE}.income": "3168.20"},  # a digit mistyped, in this cell or another
        {"goals.assessment.total_score": "93.62"},  # six points: any of five indicators
        {f"{BASIC}.prior_outturn": "2077.01"},  # 尾差
        {"budget.sources.own_funds.outturn": ""},  # a lower bound only
        {
            "budget.sources.own_funds.outturn": "40.00",
            "budget.sources.own_funds.execution_rate": "100.00%",
        },  # as the budget in its line: common
        {"goals.assessment.year": 2024},
        # a swap in E7 would repair SUM01, but break SUM02 and the rate
        {f"{LINES}.operating.outturn": "284.64"},
        # all points given, and weights that do not add up: the scores are as the weights, not the weights as the scores
        {f"goals.indicators.{row}.score": weight for row, weight in enumerate(WEIGHTS)}
        | {f"goals.indicators.{row}.deviation_reason": "" for row in range(len(WEIGHTS))}
        | {"goals.indicators.0.weight": "7", "goals.indicators.0.score": "7"},
        # two mistakes at once
        {f"{BASIC}.outturn": "2192.79", f"{LINES}.personnel.outturn": "1900.15"},
    ],
    ids=str,
)
def test_no_cause_rather_than_a_weak_one(changes: dict[str, Any]) -> None:
    assert told(FULL, changes) == []


def test_an_overrun_shares_the_cause_of_its_cell() -> None:
    reason = {"budget.notes.execution_reason": ""}
    said = told(FULL, {f"{LINES}.personnel.outturn": "19081.5", **reason})
    assert said == [
        printed(
            f"EXE01 <{LINES}.personnel.outturn>、EXE02 <{LINES}.personnel.execution_rate>、SUM01 <{BASIC}.outturn>：可能是 <{LINES}.personnel.outturn> 小数点错位（应为 1,908.15）"
        )
    ]


# --- suspects -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({f"{BASIC}.outturn": "2129.97"}, [(f"{BASIC}.outturn", "2,129.97", "2,129.79", ("SUM01", "SUM02"))]),
        # no mistake need explain it
        ({f"{BASIC}.outturn": "2000"}, [(f"{BASIC}.outturn", "2,000.00", "2,129.79", ("SUM01", "SUM02", "EXE02"))]),
        ({f"{TOTAL}.prior_outturn": "3000"}, [(f"{TOTAL}.prior_outturn", "3,000.00", "2,961.25", ("SUM02", "SUM12", "EXE05"))]),
        ({"overview.identity.year": 2024}, [("overview.identity.year", "2024", "2025", ("SUM07", "SUM07"))]),
        # one relation is not enough; several that ask for different figures are two mistakes
        ({f"{BASIC}.prior_outturn": "", f"{TOTAL}.prior_outturn": "", f"{BALANCE}.income": "3000"}, []),
        ({f"{BASIC}.outturn": "2000", f"{LINES}.personnel.outturn": "1900"}, []),
    ],
    ids=str,
)  # fmt: skip
def test_the_shared_cell_is_named_with_its_figure(
    changes: dict[str, Any], expected: list[tuple[Any, ...]]
) -> None:
    suspects = check(from_data(spoil(FULL, changes))).suspects
    assert [(s.at, s.found, s.satisfying, s.codes) for s in suspects] == [
        (place(key), *others) for key, *others in expected
    ]


def test_a_suspect_in_words() -> None:
    [suspect] = check(from_data(spoil(FULL, {f"{BASIC}.outturn": "2000"}))).suspects
    assert str(suspect) == printed(
        f"先看 「{BASIC}.outturn」 基本支出·执行数：填报 2,000.00，可能应为 2,129.79。改成这个数，3 处不符都能对上"
        "（基本支出 = 人员经费 + 公用经费；合计 = 基本支出 + 项目支出；预算执行率 = 执行数 ÷ 调整后预算）。"
    )
    assert suspect.data()["satisfying"] == "2,129.79"


# --- the parts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["name"])
def test_equations_are_broken_where_rules_find_errors(case: dict[str, Any]) -> None:
    """The equations and the rules judge alike; a rate over 0 is left to its own rule."""
    rules = rulebook(case.get("made_with"))
    evaluation = from_data(spoil(sample(case["base"]), case.get("set", {})), rules)
    what_if = WhatIf(Case(completed(evaluation, rules), rules))
    codes = {equation.relation.code for equation in what_if.equations}
    errors = {
        (finding.code, finding.at[0])
        for finding in check(evaluation, rules).of(Severity.ERROR)
        if finding.code in codes and finding.at
    }
    broken = {
        (equation.relation.code, what_if.case.answers[equation.result].ref)
        for equation in what_if.broken
        if not (equation.relation.code.startswith("EXE") and what_if.values[equation.keys[-1]] == 0)
    }
    assert broken <= errors
    stated = {(each.relation.code, what_if.case.answers[each.result].ref) for each in what_if.equations}
    assert errors & stated <= broken


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.data())
def test_a_trial_says_what_the_changed_form_would_say(seed: int, data: st.DataObject) -> None:
    """Whatever is put into whichever cells, the trial foresees which equations are exact then."""
    base = faults.random_book(random.Random(seed))
    what_if = WhatIf(Case(completed(from_data(base), Rulebook()), Rulebook()))
    cells = st.sampled_from([key for key in what_if.standing if not key.endswith(("year", "rate"))])
    keys = data.draw(st.lists(cells, min_size=1, max_size=2, unique=True))
    changes = {key: Decimal(data.draw(st.integers(1, 500))) for key in keys}
    changed = spoil(base, {key: str(value) for key, value in changes.items()})
    after = WhatIf(Case(completed(from_data(changed), Rulebook()), Rulebook()))
    found = {(each.relation, each.result): each.compare(after.values).agreement for each in after.equations}
    for equation in what_if.equations:
        if not any(key in changes for key in equation.keys):
            continue
        real = found[equation.relation, equation.result]
        foreseen = what_if.agreement(equation, changes)
        assert (foreseen is Agreement.EXACT) == (real is Agreement.EXACT)


figures = st.integers(10_000, 10**9).map(lambda cents: Decimal(cents) / 100)


@given(figures, st.sampled_from([Decimal(10), Decimal(100), Decimal("0.1"), Decimal("0.01")]))
def test_a_shifted_point_is_told(right: Decimal, shift: Decimal) -> None:
    assert Slip.POINT in set(slips(right * shift, right, 2))


@given(figures)
def test_a_unit_is_told_both_ways(right: Decimal) -> None:
    assert Slip.UNIT in set(slips(right * 10_000, right, 2))
    assert Slip.UNIT in set(slips(right, right * 10_000 + Decimal("0.37"), 2))


@given(figures, st.data())
def test_exchanged_digits_are_told_and_differ_by_a_multiple_of_9(right: Decimal, data: st.DataObject) -> None:
    text = list(grouped(right, 2, comma=False).replace(".", ""))
    at = data.draw(st.integers(1, len(text) - 2))
    text[at], text[at + 1] = text[at + 1], text[at]
    typed = Decimal("".join(text)) / 100
    assert (Slip.SWAPPED in set(slips(typed, right, 2))) == (typed != right)
    assert (typed - right) * 100 % 9 == 0


@given(figures, figures)
def test_unrelated_figures_tell_nothing_but_what_their_digits_say(typed: Decimal, right: Decimal) -> None:
    for slip in slips(typed, right, 2):
        if slip is Slip.DROPPED:
            assert right > typed
        elif slip is Slip.DOUBLED:
            assert typed > right
        elif slip is Slip.SWAPPED:
            assert sorted(f"{typed:.2f}") == sorted(f"{right:.2f}")
        else:
            assert slip in {Slip.POINT, Slip.UNIT}


def test_neighbours_lie_in_the_same_column_or_line() -> None:
    grid = Grid(
        (
            *(f"a.m.{line}.{column}" for line in ("x", "y", "z") for column in ("p", "q")),
            *(f"a.t.{row}.p" for row in range(12)),
            *("a.s.one", "a.s.two", "a.s.three"),
        )
    )
    assert list(grid.neighbours("a.m.x.p")) == ["a.m.y.p", "a.m.z.p", "a.m.x.q"]
    assert list(grid.neighbours("a.t.10.p")) == ["a.t.9.p", "a.t.11.p"]
    assert set(grid.neighbours("a.s.two")) == {"a.s.one", "a.s.three"}
    assert list(grid.other_lines(["a.m.x.q", "a.m.x.p"])) == [("a.m.y.q", "a.m.y.p"), ("a.m.z.q", "a.m.z.p")]
    assert list(grid.other_lines(["a.m.x.q", "a.m.y.q"])) == []


# --- advice ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        # all amounts of a block in 元, and one of the list that it sums up added with the wrong sign
        times("10000", [f"{row}.{column}" for row in ROWS for column in (*FIGURES, "prior_outturn")])
        | {f"{PROJECTS[1]}.adjusted_budget": "140.40"},
        # the list in 元, and a total with one item too many
        times("10000", [f"{row}.{column}" for row in PROJECTS for column in FIGURES])
        | {f"{TOTAL}.prior_outturn": "5038.25"},
        # a column filled in with the next, and the rate of one line mistyped
        like("adjusted_budget", "outturn", SOURCES) | {f"{SOURCES[0]}.execution_rate": "98.71%"},
    ],
    ids=["block and list", "list and total", "column and rate"],
)
def test_a_whole_block_beside_another_mistake_is_mended_in_one_run(changes: dict[str, Any]) -> None:
    assert one_run.left(spoil(FULL, changes), FULL) == ()


def test_advice_is_given_where_a_total_left_blank_disagrees() -> None:
    figures = {
        f"{LINES}.personnel.original_budget": "0",
        f"{LINES}.personnel.budget_adjustment": "0",
        f"{BASIC}.original_budget": "0",
        f"{LINES}.project.original_budget": "-5",
        f"{TOTAL}.adjusted_budget": "",
    }
    result = check(from_data(spoil(FULL, figures)))
    assert result.blocked
    assert result.undone == ()


def test_a_figure_that_is_too_large_is_told_its_bound() -> None:
    """The total is left blank; where it is stated, it tells the figure itself."""
    too_large, blank = {"goals.indicators.0.score": "99"}, {"goals.assessment.total_score": ""}
    for changes, told in ((too_large | blank, "这里至多为 6。"), (too_large, "这里应为 6。")):
        result = check(from_data(spoil(FULL, changes)))
        (hint,) = (each.hint for each in result.findings if each.code == "IND03")
        assert hint.startswith(told)


def test_rates_of_figures_that_nobody_knows_yet_are_left_blank() -> None:
    result = check(from_data(spoil(FULL, like("adjusted_budget", "outturn", SOURCES))))
    rates = [each for each in result.of(Severity.ERROR) if each.code == "EXE02"]
    assert rates
    assert all([(step.key, step.text) for step in each.steps] == [(each.key, "")] for each in rates)
    assert all(f"清空 {each.at[0].coordinate}，由系统计算" in each.hint for each in rates)


def test_a_sum_and_another_error_that_ask_for_one_figure_name_its_cell() -> None:
    spoilt = spoil(FULL, {"goals.indicators.8.weight": "19"})
    errors = check(from_data(spoilt)).of(Severity.ERROR)
    assert [each.code for each in errors] == ["IND01", "IND05"]
    assert [each.cause for each in errors] == ["", ""]
    assert ("goals.indicators.8.weight", "10") in [(s.key, s.text) for each in errors for s in each.steps]
    assert one_run.left(spoilt, FULL) == ()


# --- the rates ------------------------------------------------------------------------------------


def test_most_causes_are_named_and_hardly_one_wrongly() -> None:
    """The benchmark on a smaller run: 90% right, 5% wrong at most."""
    with_cause = benchmark.shares(benchmark.table(faults.KINDS, 3).values())
    assert with_cause["right"] + with_cause["with another"] >= 90
    assert with_cause["wrong"] <= 5
    assert benchmark.shares(benchmark.table(faults.SILENT_KINDS, 10).values())["silent"] >= 95


def test_one_run_is_enough() -> None:
    """What the errors say is done, and the next run finds none: the benchmark on a smaller run."""
    one, _ = one_run.measure(faults=1, workbooks=25)
    two, _ = one_run.measure(faults=2, workbooks=10)
    assert one >= 96
    assert two >= 90
