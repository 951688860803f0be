"""Each rule on one valid evaluation with a cell or two overtyped: (key = value) in, (code, cell) out."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import spoil  # the samples' way of overtyping

from selfeval_xlsx.checks import RULES, check
from selfeval_xlsx.findings import Severity, tally
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.form.rulebook import Execution, Rulebook, StaffLimits, Texts
from tests.conftest import sample
from tests.places import cell

FULL = sample("云岭县职业教育中心")
TOWN = sample("青石镇综合服务中心")
LINES, TOTAL = "budget.lines", "budget.lines.total"


def findings(base: dict[str, Any], **rules: Any) -> list[str]:
    result = check(from_data(base), Rulebook(**rules))
    return [f"{f.code} {f.severity.name} {f.key or '-'}" for f in result.findings]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # B1, B2, B3: off by more than rounding, and by rounding
        ({f"{LINES}.basic.prior_outturn": "2078"}, [f"SUM01 ERROR {LINES}.basic.prior_outturn", f"SUM02 ERROR {TOTAL}.prior_outturn"]),
        ({f"{LINES}.personnel.prior_outturn": "1846.93"}, [f"SUM01 NOTE {LINES}.basic.prior_outturn"]),
        ({f"{LINES}.operating.budget_adjustment": "8.20"}, [f"SUM03 ERROR {LINES}.operating.adjusted_budget", f"SUM01 ERROR {LINES}.basic.budget_adjustment"]),
        # a cell that cannot be read silences the relations it stands in, and nothing else
        ({f"{LINES}.personnel.outturn": "约1908"}, [f"FIL02 ERROR {LINES}.personnel.outturn"]),
        # blank is not 0: a blank part leaves the sum unchecked; a determined blank is computed
        ({f"{LINES}.operating.prior_outturn": ""}, [f"FIL14 WARNING {LINES}.operating.prior_outturn"]),
        # a blank in the main table: an error beside its rate, silent where the parts make up the total
        ({f"{LINES}.personnel.outturn": ""}, [f"FIL14 ERROR {LINES}.personnel.outturn"]),
        ({f"{LINES}.personnel.outturn": "", f"{LINES}.personnel.execution_rate": ""}, [f"FIL14 WARNING {LINES}.personnel.outturn"]),
        ({f"{LINES}.{line}.prior_outturn": "" for line in ("personnel", "operating")}, [f"FIL14 WARNING {LINES}.personnel.prior_outturn"]),
        ({f"{LINES}.{line}.prior_outturn": "" for line in ("personnel", "operating", "basic", "project")}, []),
        ({f"{LINES}.{line}.prior_outturn": "" for line in ("operating", "basic", "project")}
         | {f"{LINES}.personnel.prior_outturn": "2961.25"}, []),
        ({f"{LINES}.total.prior_outturn": ""}, [f"FIL10 NOTE {TOTAL}.prior_outturn"]),
        ({f"{LINES}.project.budget_adjustment": ""}, [f"FIL10 NOTE {LINES}.project.budget_adjustment"]),
        # B4: blank sources leave a lower bound
        ({"budget.sources.other_funds.outturn": ""}, []),
        ({"budget.sources.own_funds.outturn": ""}, [f"SUM04 WARNING {TOTAL}.outturn"]),
        ({"budget.sources.other_funds.outturn": "", "budget.sources.own_funds.outturn": "99", "budget.sources.own_funds.execution_rate": "247.50%"}, [f"SUM04 ERROR {TOTAL}.outturn", "EXE01 NOTE budget.sources.own_funds.outturn"]),
        # the rates of relation B6
        ({f"{TOTAL}.execution_rate": 0.9866}, []),
        ({f"{TOTAL}.execution_rate": "98.67%"}, [f"EXE02 ERROR {TOTAL}.execution_rate"]),
        ({"budget.projects.0.execution_rate": "97.14%"}, ["EXE02 ERROR budget.projects.0.execution_rate"]),
        ({"budget.projects.4": {"name": "小项目", "adjusted_budget": "0.001", "outturn": "0.001",
                                "execution_rate": "100%"}, "budget.projects.0.adjusted_budget": "580",
          "budget.projects.0.original_budget": "", "budget.projects.0.budget_adjustment": "",
          "budget.projects.0.outturn": "557.82", "budget.projects.0.execution_rate": "96.18%"},
         ["FIL08 NOTE budget.projects.4.adjusted_budget", "FIL08 NOTE budget.projects.4.outturn", "EXE03 ERROR budget.projects.4.execution_rate"]),
        # B7: an overrun is an error without its reason, a note with it
        ({"budget.projects.4.outturn": "101", "budget.projects.0.outturn": "456.82",
          "budget.projects.4.execution_rate": "101%", "budget.projects.0.execution_rate": ""},
         ["FIL10 NOTE budget.projects.0.execution_rate", "EXE01 NOTE budget.projects.4.outturn"]),
        # B9, P3: the project list
        ({"budget.projects.2.outturn": ""}, ["FIL05 ERROR budget.projects.2.outturn"]),
        ({"budget.projects.0.original_budget": "", "budget.projects.0.budget_adjustment": "",
          "budget.projects.0.adjusted_budget": "480.01"}, [f"SUM05 NOTE {LINES}.project.adjusted_budget"]),
        ({"budget.notes.project_count": 4}, ["SUM09 ERROR budget.notes.project_count"]),
        # none of the listed ones is a 下属单位; a row left blank is none
        ({"overview.organisations.5.type": "内设机构"}, ["SUM09 ERROR overview.structure.office_count", "SUM09 ERROR overview.structure.sub_unit_count"]),
        ({"goals.plan.4": {"title": "", "content": "", "result": ""}}, []),
        # a cell that cannot be read silences an open sum, too
        ({"budget.sources.own_funds.outturn": "约30"}, ["FIL02 ERROR budget.sources.own_funds.outturn"]),
        # control rates know no rounding
        ({"overview.structure.control_rate": "96.06%"}, ["EXE06 ERROR overview.structure.control_rate"]),
        # T5: the last day of the year still belongs to it
        ({"overview.sign_off.report_date": "2025-12-31"}, ["FIL12 ERROR overview.sign_off.report_date"]),
        ({"overview.sign_off.report_date": "2026-1-1"}, []),
        # T3
        ({"goals.plan.0.result": ""}, ["FIL11 WARNING goals.plan.0.result"]),
        ({f"goals.plan.{row}.result": "" for row in range(4)}, ["FIL17 ERROR goals.plan.0.result"]),
        ({"goals.plan": [], "goals.assessment.task_count": ""}, ["FIL17 ERROR goals.plan"]),
        ({"budget.projects": []}, []),
        ({"overview.staff.total.authorised_posts": 0, "overview.staff.institutional.authorised_posts": 0,
          "overview.staff.administrative.authorised_posts": 0, "overview.structure.overstaffing_reason": "待划转。"},
         ["EXE07 NOTE overview.staff.total.staff_in_post", "EXE03 ERROR overview.structure.control_rate"]),
        # B12
        ({"goals.assessment.year": 2024}, ["SUM07 ERROR goals.assessment.year"]),
        ({"overview.structure.outturn": "3201.26"}, ["SUM06 ERROR overview.structure.outturn"]),
        # P1: people know no rounding
        ({"overview.staff.total.authorised_posts": 153}, ["SUM08 ERROR overview.staff.total.authorised_posts", "EXE06 ERROR overview.structure.control_rate"]),
        ({"overview.staff.other.staff_in_post": "", "overview.staff.total.staff_in_post": 150}, ["SUM08 WARNING overview.staff.total.staff_in_post", "EXE06 ERROR overview.structure.control_rate"]),
        # T6
        ({"issues.problems.0.problem": "无", "issues.problems.0.causes": "", "issues.problems.0.direction": "",
          "issues.problems.0.measure": "", "issues.problems.0.responsible": "", "issues.problems.0.deadline": ""},
         ["FIL09 WARNING issues.problems.0.problem"]),
        ({"issues.problems": [{"problem": "没有。"}]}, ["FIL09 WARNING issues.problems.0.problem"]),
        ({"issues.problems": [{"problem": "没有问题", "measure": "继续加强管理。"}]}, ["FIL09 WARNING issues.problems.0.problem"]),
        ({"issues.problems": [{"problem": "没有问题"}], "goals.assessment.total_score": "100"}, ["IND07 ERROR goals.assessment.total_score"]),
        ({"overview.duties.0.content": "××职责"}, ["FIL04 WARNING overview.duties.0.content"]),
        ({"overview.duties.0.content": "对照目标说明（100字以内）"}, ["FIL04 WARNING overview.duties.0.content"]),
        ({"issues.use.application": "以内说明"}, ["FIL04 WARNING issues.use.application"]),
        ({"issues.use.application": "（略）"}, ["FIL04 WARNING issues.use.application"]),
        ({"issues.use.application": "从略"}, []),
        # lengths, numbering
        ({"overview.identity.short_name": "长" * 31}, ["FIL15 WARNING overview.identity.short_name"]),
        ({"overview.duties.0.content": "①统筹；③监督。"}, ["FIL16 WARNING overview.duties.0.content"]),
        ({"issues.use.application": "一、甲。\n二、乙。\n四、丁。"}, ["FIL16 WARNING issues.use.application"]),
        ({"issues.use.application": "1.甲；2.5倍；3.丙。"}, ["FIL16 WARNING issues.use.application"]),
        ({"issues.use.application": "（一）①甲；②乙。\n（二）①丙；②丁。"}, []),
        # tables and torn lines in texts
        ({"issues.use.application": "科室\t金额\n办公室\t多"}, ["FIL18 WARNING issues.use.application"]),
        ({"issues.use.application": "办公室　　第一\n财务科  1.20\n业务科　　3.50"}, ["FIL18 WARNING issues.use.application"]),
        ({"issues.use.application": "结果用于编制预算，\n并在网站公开。"}, ["FIL18 WARNING issues.use.application"]),
        ({"issues.use.application": "结果用于编制预算\n，并在网站公开。"}, ["FIL18 WARNING issues.use.application"]),
        ({"issues.use.application": "　　结果用于编制预算。\n　　结果公开。"}, []),
        ({"issues.use.application": "一是编制预算，\n二是安排项目，\n三是公开。"}, []),
        ({"issues.use.application": "制表：甲　　审核：乙"}, []),
        ({"overview.management.assets": ""}, ["FIL06 WARNING overview.management.assets"]),
        ({"overview.management.assets": "无"}, []),
    ],
    ids=str,
)  # fmt: skip
def test_one_mistake_one_finding(changes: dict[str, Any], expected: list[str]) -> None:
    assert findings(spoil(FULL, changes)) == expected


def test_a_blank_that_two_relations_determine_otherwise_is_told() -> None:
    """basic.adjusted follows from original + adjustment and from personnel + operating: they differ by 5."""
    lines = {
        "personnel": {"adjusted_budget": "10"},
        "operating": {"adjusted_budget": "5"},
        "basic": {"original_budget": "9", "budget_adjustment": "1"},
        "total": {"adjusted_budget": "100", "outturn": "95"},
    }
    result = check(from_data({"budget": {"lines": lines}}))
    told = [f for f in result.findings if f.code.startswith("SUM")]
    assert [(f.code, f.severity, f.key) for f in told] == [
        ("SUM01", Severity.ERROR, f"{LINES}.basic.adjusted_budget")
    ]
    assert "留空，按其他数算出 10.00" in told[0].message


def test_thresholds_come_from_the_rulebook() -> None:
    assert findings(TOWN, execution=Execution(low_rate=Decimal("99.5"))) == [
        f"EXE04 ERROR {TOTAL}.execution_rate"
    ]
    assert findings(FULL, execution=Execution(low_rate=Decimal("99.5"))) == [
        f"EXE04 NOTE {TOTAL}.execution_rate"
    ]
    assert findings(FULL, texts=Texts(placeholders=("县职教",))) != []


@pytest.mark.parametrize(
    ("unit", "outturn", "people", "codes"),
    [
        ("万元", "1908.15", 146, []),
        ("万元", "19081500", 146, ["FIL13"]),
        ("元", "19081500", 146, []),
        ("元", "1908.15", 146, ["FIL13"]),
        ("万元", "200", 1, []),
        ("万元", "200.01", 1, ["FIL13"]),
        ("万元", "1", 1, []),
        ("万元", "0.99", 1, ["FIL13"]),
        ("万元", "5", 0, []),
        ("万元", "0", 5, []),
    ],
)
def test_a_workbook_wholly_in_the_wrong_unit(unit: str, outturn: str, people: int, codes: list[str]) -> None:
    """Its figures agree with one another; what one person costs gives it away."""
    data = {
        "overview": {"identity": {"money_unit": unit}, "staff": {"total": {"staff_in_post": people}}},
        "budget": {"lines": {"personnel": {"outturn": outturn}}},
    }
    assert [f.code for f in check(from_data(data)).findings if f.code == "FIL13"] == codes


def told(line: dict[str, str], reasons: dict[str, str] | None = None) -> list[str]:
    """What is said of reasons where all is spent as ``line`` says."""
    data = {"budget": {"lines": {"total": line}, "notes": reasons or {}}}
    asked = {"EXE04", "EXE08"}
    return [
        f"{f.code} {f.severity.name} {f.message}" for f in check(from_data(data)).findings if f.code in asked
    ]


def test_a_low_rate_is_one_that_is_printed_below_the_threshold() -> None:
    """899.96 of 1000.00 is printed as 90.00%, which is not below 90%; 899.94 is 89.99%."""
    assert told({"adjusted_budget": "1000", "outturn": "899.96"}) == []
    assert told({"adjusted_budget": "1000", "outturn": "900"}) == []
    assert told({"adjusted_budget": "1000", "outturn": "899.94"}) == [
        "EXE04 ERROR 预算执行率 89.99%，低于 90%"
    ]


@pytest.mark.parametrize(
    ("original", "adjustment", "expected"),
    [
        ("1000", "300", []),
        ("1000", "300.04", []),  # printed as 30.00%
        ("1000", "300.05", ["年中调整 300.05，为年初预算的 30.01%，超过 30%"]),
        ("1000", "-300.05", ["年中调整 -300.05，为年初预算的 30.01%，超过 30%"]),
        ("0", "300", ["年中调整 300.00，年初没有预算"]),
        ("0", "0", []),
    ],
)
def test_a_large_adjustment_is_one_of_any_size_over_nothing(
    original: str, adjustment: str, expected: list[str]
) -> None:
    adjusted = str(Decimal(original) + Decimal(adjustment))
    line = {"original_budget": original, "budget_adjustment": adjustment}
    line |= {"adjusted_budget": adjusted, "outturn": adjusted}
    assert told(line) == [f"EXE08 ERROR {message}" for message in expected]
    noted = told(line, {"adjustment_reason": "年中新增职能。"})
    assert [said.split()[1] for said in noted] == ["NOTE"] * len(expected)


@pytest.mark.parametrize(
    ("posts", "people", "most", "expected"),
    [
        (20, 20, 100, []),
        (20, 21, 100, ["年末在职 21 人，编制 20 名，超过编制数的 100%"]),
        (20, 21, 105, []),
        (20, 22, 105, ["年末在职 22 人，编制 20 名，超过编制数的 105%"]),
        (0, 1, 100, ["年末在职 1 人，编制 0 名，超过编制数的 100%"]),
        (0, 0, 100, []),
    ],
)
def test_more_people_than_posts(posts: int, people: int, most: int, expected: list[str]) -> None:
    total = {"authorised_posts": posts, "staff_in_post": people}
    rules = Rulebook(staff=StaffLimits(control_rate=Decimal(most)))
    result = check(from_data({"overview": {"staff": {"total": total}}}), rules)
    assert [f.message for f in result.findings if f.code == "EXE07"] == expected


def test_small_amounts_are_judged_by_the_exact_rate_alone() -> None:
    data = {
        "overview": {"identity": {"unit_name": "某局", "year": 2025, "money_unit": "万元"}},
        "budget": {
            "lines": {"total": {"adjusted_budget": "0.15", "outturn": "0.14", "execution_rate": "92%"}}
        },
    }
    assert f"EXE02 WARNING {TOTAL}.execution_rate" in findings(data)


def test_an_unreadable_money_unit_leaves_amounts_in_the_default_one() -> None:
    changes = {"overview.identity.money_unit": "美元", "overview.structure.fixed_assets": "5万元"}
    assert findings(spoil(TOWN, changes)) == [
        "FIL02 ERROR overview.identity.money_unit",
        "FIL07 NOTE overview.structure.fixed_assets",
    ]


@pytest.mark.parametrize("number", ["9" * 29, "1e-25", f"0.{'0' * 24}1", "9" * 40 + "%", f"1{'0' * 60}万元"])
@pytest.mark.parametrize(
    "key",
    [
        f"{TOTAL}.outturn",
        "goals.indicators.1.actual_value",
        "goals.indicators.6.weight",
        "budget.projects.0.execution_rate",
    ],
)
def test_absurd_numbers_are_findings_and_no_faults(key: str, number: str) -> None:
    assert findings(spoil(FULL, {key: number}))


def test_a_document_pasted_into_a_name_is_told_and_costs_no_time() -> None:
    pasted = "全年完成培训5216人次，覆盖率95%，支出12.5万元。" * 1300
    assert findings(spoil(FULL, {"goals.indicators.1.level3": pasted})) == [
        "FIL15 WARNING goals.indicators.1.level3"
    ]


def test_what_is_not_checked_is_said() -> None:
    result = check(from_data(TOWN))
    assert ("SUM02", "基本支出·年初预算") in {(each.code, each.label) for each in result.skipped}
    assert not [each for each in result.skipped if each.code in {"SUM10", "SUM11"}]  # nothing is stated there
    assert check(from_data(FULL)).skipped == ()


def test_findings_stand_in_the_order_of_the_workbook() -> None:
    changes = {
        "goals.assessment.year": 2024,
        f"{TOTAL}.execution_rate": "1%",
        "overview.structure.outturn": "1",
    }
    assert [f.split()[2] for f in findings(spoil(FULL, changes))] == [
        "overview.structure.outturn",
        f"{TOTAL}.execution_rate",
        "goals.assessment.year",
    ]


def test_codes_are_unique_and_of_a_family() -> None:
    codes = [rule.code for rule in RULES]
    assert len(set(codes)) == len(codes)
    assert {code[:3] for code in codes} <= {"FRM", "FIL", "SUM", "EXE", "IND", "NAR"}
    assert all(rule.title and rule.remedy and rule.basis for rule in RULES)


def test_a_tally_names_only_what_there_is() -> None:
    assert tally(check(from_data(FULL)).findings) == ""
    changes = {f"{TOTAL}.execution_rate": "1%", "overview.management.assets": ""}
    assert tally(check(from_data(spoil(FULL, changes))).findings) == "错误 1 处，提醒 1 处"


cents = st.integers(min_value=0, max_value=10**9).map(lambda number: Decimal(number) / 100)


@given(cents, cents, cents, st.integers(min_value=-(10**6), max_value=10**6))
def test_true_totals_are_never_held_against_the_unit(a: Decimal, b: Decimal, c: Decimal, shift: int) -> None:
    change = max(Decimal(shift) / 100, -a)
    lines = {
        "personnel": {
            "adjusted_budget": str(a + change),
            "original_budget": str(a),
            "budget_adjustment": str(change),
        },
        "operating": {"adjusted_budget": str(b)},
        "basic": {"adjusted_budget": str(a + change + b)},
        "project": {"adjusted_budget": str(c)},
        "total": {"adjusted_budget": str(a + change + b + c), "outturn": "0"},
    }
    result = check(from_data({"budget": {"lines": lines}}))
    assert not [f for f in result.of(Severity.ERROR) if f.code.startswith("SUM")]


@given(cents, cents, cents)
def test_totals_left_blank_are_computed_alike(a: Decimal, b: Decimal, c: Decimal) -> None:
    lines = {
        "personnel": {"outturn": str(a)},
        "operating": {"outturn": str(b)},
        "project": {"outturn": str(c), "adjusted_budget": str(c)},
    }
    whole = completed(from_data({"budget": {"lines": lines}}), Rulebook()).budget.lines
    assert whole.basic.outturn.value == a + b
    assert whole.total.outturn.value == a + b + c
    assert whole.total.outturn.computed
    assert whole.total.adjusted_budget.value is None
    assert whole.project.execution_rate.value == (None if c == 0 else 100)


def test_equal_findings_are_read_as_one_with_its_cells() -> None:
    outturns = [f"budget.projects.{row}.outturn" for row in range(5)]
    result = check(from_data(spoil(FULL, dict.fromkeys(outturns, "约3"))))
    assert [finding.key for finding in result.findings] == outturns
    [line] = result.gathered
    assert [ref.coordinate for ref in line.at] == [cell(key) for key in outturns]
    assert all(cell(key) in str(line) for key in outturns)
    assert len(result.data()["findings"]) == 5


def test_what_differs_between_equal_findings_is_told() -> None:
    scores = {f"goals.indicators.{row}.score": "5" for row in (0, 1, 3)}
    result = check(from_data(spoil(FULL, scores | {"goals.assessment.total_score": ""})))
    [line] = (
        finding for finding in result.gathered if finding.code == "IND05" and "等 3 处" in finding.label
    )
    assert f"{cell('goals.indicators.3.score')}（应为 8）" in line.message
    assert {step.key for step in line.steps} == set(scores)


def test_findings_with_a_cause_stand_alone() -> None:
    typed = {f"{LINES}.{line}.execution_rate": "1.00%" for line in ("personnel", "operating", "basic")}
    result = check(from_data(spoil(FULL, typed)))
    caused = [finding for finding in result.findings if finding.cause]
    assert set(caused) <= set(result.gathered)


def test_the_least_that_makes_a_formal_report(minimal_data: dict[str, Any]) -> None:
    assert not check(from_data(minimal_data)).blocked
    assert {f.code for f in check(from_data(minimal_data)).findings} <= {"FIL06", "FIL10"}


@pytest.mark.parametrize(
    "key",
    [
        "overview.identity.unit_name",
        "overview.identity.year",
        "overview.identity.money_unit",
        "overview.sign_off.report_date",
        "budget.lines.total.adjusted_budget",
        "budget.lines.total.outturn",
        "goals.plan.0.result",
        "goals.plan",
        "goals.results.completion",
        "goals.results.effects",
        "goals.results.satisfaction",
    ],
)
def test_less_makes_no_formal_report(minimal_data: dict[str, Any], key: str) -> None:
    assert check(from_data(spoil(minimal_data, {key: [] if key == "goals.plan" else ""}))).blocked
