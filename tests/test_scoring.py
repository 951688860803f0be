"""Indicators as people type them, the points they earn, and the rules that judge them."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import spoil

from selfeval_xlsx.checks import check
from selfeval_xlsx.figures import read_measure
from selfeval_xlsx.form import scoring
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.form.form import Indicator
from selfeval_xlsx.form.rulebook import Rulebook, Scoring
from tests.conftest import sample
from tests.test_checks import findings

FULL = sample("云岭县职业教育中心")


@pytest.mark.parametrize(
    ("text", "column", "number", "unit", "comparator"),
    [
        ("≥200", "次", "200", "次", "≥"),
        ("不少于200次", "", "200", "次", "≥"),
        ("超过90%", "", "90", "%", ">"),
        ("95%以上", "", "95", "%", "≥"),
        ("控制在5%以内", "", "5", "%", "≤"),
        ("18个", "个", "18", "个", ""),
        (">70%", "", "70", "%", ">"),
        ("＞＝９０％", "", "90", "%", "≥"),
        ("1,200人次", "", "1200", "人次", ""),
        ("1.2万人次", "人次", "12000", "人次", ""),
        ("480", "万元", "4800000", "元", ""),
        ("95", "%", "95", "%", ""),
        ("126台（套）", "台(套)", "126", "台(套)", ""),
        ("不超过 3 个工作日", "", "3", "个工作日", "≤"),
        ("达到95%及以上", "", "95", "%", "≥"),
        ("达95%（含）以上", "", "95", "%", "≥"),
        ("高于或等于95%", "", "95", "%", "≥"),
        ("﹥90%", "", "90", "%", ">"),
        ("5个工作日内", "个工作日", "5", "个工作日", "≤"),
        ("控制在100万元内", "", "1000000", "元", "≤"),
        ("-2.5%", "", "-2.5", "%", ""),
    ],
)
def test_measures_as_typed(text: str, column: str, number: str, unit: str, comparator: str) -> None:
    measure = read_measure(text, column)
    assert (measure.number, measure.unit, measure.comparator) == (Decimal(number), unit, comparator)


@pytest.mark.parametrize(
    "text",
    [
        "完成",
        "建立并有效运行",
        "",
        "90%-95%",
        "2025年6月底前",
        "12月底前",
        "3/5",
        "约200",
        "200余次",
        "200+",
        "95%左右",
    ],
)
def test_words_and_ranges_are_no_number(text: str) -> None:
    assert read_measure(text).number is None


def row(comparator: str, target: str, actual: str, weight: str = "10", unit: str = "") -> Indicator:
    data = {
        "level1": "产出指标",
        "level3": "某指标",
        "comparator": comparator,
        "target_value": target,
        "actual_value": actual,
        "weight": weight,
        "measure_unit": unit,
    }
    return from_data({"goals": {"indicators": [data]}}).goals.indicators[0]


@pytest.mark.parametrize(
    ("comparator", "target", "actual", "points"),
    [
        # more is better: met, or the share reached
        ("≥", "95%", "92%", "9.68"),
        ("≥", "200", "206", "10"),
        (">", "70%", "70%", "10"),
        ("≥", "200", "-5", "0"),
        ("≥", "3", "1", "3.33"),
        # exactly: below as above, beyond is met; target 0 is all or nothing
        ("=", "100%", "99%", "9.9"),
        ("=", "0", "0", "10"),
        ("=", "0", "1", "0"),
        # less is better: linear, gone at twice the target
        ("≤", "5%", "6%", "8"),
        ("≤", "5", "10", "0"),
        ("≤", "5", "12", "0"),
        ("≤", "0", "1", "0"),
        ("<", "5", "5", "10"),
        ("<", "5", "6", "8"),
        ("≤", "480万元", "466.32万元", "10"),
    ],
)
def test_points_by_direction(comparator: str, target: str, actual: str, points: str) -> None:
    assert scoring.score_of(row(comparator, target, actual), Scoring()) == Decimal(points)


def test_the_other_reverse_rule() -> None:
    ratio = replace(Scoring(), reverse_rule="ratio")
    assert scoring.score_of(row("≤", "5%", "6%"), ratio) == Decimal("8.33")
    assert scoring.score_of(row("≤", "5", "10"), ratio) == Decimal("5.00")


@pytest.mark.parametrize(
    ("comparator", "target", "actual"),
    [("定性", "建立", "已建立"), ("≥", "200", "完成"), ("≥", "90%", ">90%"), ("≥", "90%", "0.93"), ("≥", "≤5", "3")],
)  # fmt: skip
def test_no_points_without_two_figures_of_one_kind(comparator: str, target: str, actual: str) -> None:
    assert scoring.score_of(row(comparator, target, actual), Scoring()) is None


hundredths = st.integers(min_value=0, max_value=10**7).map(lambda number: Decimal(number) / 100)


@given(st.sampled_from("≥>=<≤"), hundredths, hundredths, hundredths, st.sampled_from(["linear", "ratio"]))
def test_points_lie_within_the_weight_and_grow_with_what_is_done(
    comparator: str, target: Decimal, actual: Decimal, more: Decimal, rule: str
) -> None:
    rules = replace(Scoring(), reverse_rule=rule)
    points = scoring.score_of(row(comparator, str(target), str(actual)), rules)
    further = scoring.score_of(row(comparator, str(target), str(actual + more)), rules)
    assert points is not None
    assert further is not None
    assert 0 <= points <= 10
    if comparator in "≥>" or (comparator == "=" and target > 0):
        assert further >= points
    if comparator in "<≤":
        assert further <= points


def test_blank_scores_total_and_grade_are_computed() -> None:
    data = spoil(
        FULL,
        {
            **{f"goals.indicators.{index}.score": "" for index in range(11)},
            "goals.indicators.12.score": "",
            "goals.indicators.13.score": "",
            **{f"goals.assessment.{name}": "" for name in ("execution_weight", "execution_score", "total_score", "grade")},
        },
    )  # fmt: skip
    goals = completed(from_data(data), Rulebook()).goals
    assert [indicator.score.show() for indicator in goals.indicators][5] == "7.75"
    shown = (
        goals.assessment.execution_weight,
        goals.assessment.execution_score,
        goals.assessment.total_score,
    )
    assert [answer.show() for answer in shown] == ["10", "9.87", "99.62"]
    assert goals.assessment.grade.value == "优"
    assert {f.split()[0] for f in findings(data)} == {"FIL10"}


BLANK_RESULT = {f"goals.assessment.{name}": "" for name in ("total_score", "grade")}


@pytest.mark.parametrize(
    "weights",
    [{"goals.indicators.0.weight": "100"}, {"goals.indicators.0.weight": ""}, {"goals.assessment.execution_weight": "0"}],
    ids=["too much", "one is blank", "too little"],
)  # fmt: skip
def test_no_total_and_no_grade_of_weights_that_do_not_add_up(weights: dict[str, str]) -> None:
    data = spoil(FULL, {**BLANK_RESULT, **weights})
    assessment = completed(from_data(data), Rulebook()).goals.assessment
    assert assessment.total_score.blank
    assert assessment.grade.blank
    typed = spoil(data, {"goals.assessment.total_score": "99.62"})
    assert completed(from_data(typed), Rulebook()).goals.assessment.grade.blank


def test_a_total_without_indicators_has_its_grade() -> None:
    data = spoil(FULL, {"goals.indicators": [], "goals.assessment.grade": ""})
    assert completed(from_data(data), Rulebook()).goals.assessment.grade.value == "优"


def test_weights_that_make_the_full_score_alone_leave_none_for_execution() -> None:
    names = ("execution_weight", "execution_score", "total_score", "grade")
    blank = {f"goals.assessment.{name}": "" for name in names}
    more = sum(Decimal(row["weight"]) for row in FULL["goals"]["indicators"][1:])
    data = spoil(
        FULL, {**blank, "goals.indicators.0.weight": str(100 - more), "goals.indicators.0.score": ""}
    )
    assessment = completed(from_data(data), Rulebook()).goals.assessment
    assert [answer.show() for answer in (assessment.execution_weight, assessment.execution_score)] == [
        "0",
        "0",
    ]
    assert assessment.total_score.stated
    assert "IND01" not in {f.split()[0] for f in findings(data)}


@pytest.mark.parametrize(
    ("weight", "score", "attained"),
    [("10", "10", "达成"), ("10", "8", "达成"), ("10", "7.99", "部分达成"), ("3.34", "2.00", "部分达成"), ("10", "0", "未达成")],
)  # fmt: skip
def test_the_class_of_a_qualitative_row_follows_from_its_points(
    weight: str, score: str, attained: str
) -> None:
    blank = {
        f"{INDICATORS}.11.weight": weight,
        f"{INDICATORS}.11.score": score,
        f"{INDICATORS}.11.attainment": "",
    }
    answer = completed(from_data(spoil(FULL, blank)), Rulebook()).goals.indicators[11].attainment
    assert (answer.value, answer.computed) == (attained, True)


def test_a_qualitative_score_is_never_computed() -> None:
    goals = completed(
        from_data(spoil(FULL, {"goals.indicators.11.score": "", "goals.assessment.total_score": ""})),
        Rulebook(),
    ).goals
    assert goals.indicators[11].score.value is None
    assert goals.assessment.total_score.value is None


INDICATORS = "goals.indicators"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # I3: the printed rate, a cent of rounding is a note
        ({"goals.assessment.execution_score": "9.86", "goals.assessment.total_score": "99.61"}, ["IND04 NOTE goals.assessment.execution_score"]),
        ({"goals.assessment.execution_score": "9.85", "goals.assessment.total_score": "99.60"}, ["IND04 ERROR goals.assessment.execution_score"]),
        # I1, I2
        ({f"{INDICATORS}.0.level1": "成本指标"}, [f"IND02 WARNING {INDICATORS}.0.weight", f"IND02 WARNING {INDICATORS}.1.weight"]),
        ({f"{INDICATORS}.0.score": "6.01", "goals.assessment.total_score": "99.63"}, [f"IND03 ERROR {INDICATORS}.0.score"]),
        # I4: other points than earned, fewer or more, need a reason
        ({f"{INDICATORS}.5.score": "7", "goals.assessment.total_score": "98.87"}, [f"IND05 NOTE {INDICATORS}.5.score"]),
        ({f"{INDICATORS}.5.score": "7.8", "goals.assessment.total_score": "99.67"}, [f"IND05 NOTE {INDICATORS}.5.score"]),
        ({f"{INDICATORS}.5.score": "8", "goals.assessment.total_score": "99.87", f"{INDICATORS}.5.deviation_reason": ""},
         [f"IND05 ERROR {INDICATORS}.5.score"]),
        ({f"{INDICATORS}.5.score": "7.74", "goals.assessment.total_score": "99.61"}, [f"IND05 NOTE {INDICATORS}.5.score"]),
        ({f"{INDICATORS}.8.score": "9", "goals.assessment.total_score": "98.62"}, [f"IND05 ERROR {INDICATORS}.8.score"]),
        # I5: bounds at the two decimals that points are printed in: 60% of 3.34 is 2.004, 80% of it 2.672
        *(
            ({f"{INDICATORS}.11.weight": "3.34", f"{INDICATORS}.8.weight": "14.66", f"{INDICATORS}.8.score": "14.66",
              f"{INDICATORS}.11.score": score, f"{INDICATORS}.11.attainment": "部分达成", "goals.assessment.total_score": "",
              "goals.assessment.grade": "", f"{INDICATORS}.11.deviation_reason": "机制运行时间还短。"},
             [*told, "FIL10 NOTE goals.assessment.total_score"][::-1])
            for score, told in (("2.00", []), ("1.99", [f"IND06 ERROR {INDICATORS}.11.score"]), ("2.67", []), ("2.68", [f"IND06 ERROR {INDICATORS}.11.score"]))
        ),
        # I6, I7
        ({"goals.assessment.total_score": "99.63"}, ["IND07 NOTE goals.assessment.total_score"]),
        ({"goals.assessment.grade": "良"}, ["IND08 ERROR goals.assessment.grade"]),
        # I8
        ({f"{INDICATORS}.5.deviation_reason": ""}, [f"IND09 ERROR {INDICATORS}.5.deviation_reason"]),
        ({f"{INDICATORS}.5.deviation_reason": "无"}, [f"IND09 ERROR {INDICATORS}.5.deviation_reason"]),
        ({f"{INDICATORS}.1.actual_value": "6500"}, ["NAR01 WARNING goals.plan.3.result", f"IND11 ERROR {INDICATORS}.1.actual_value"]),
        ({f"{INDICATORS}.1.actual_value": "6499"}, ["NAR01 WARNING goals.plan.3.result"]),
        ({f"{INDICATORS}.1.actual_value": "6500", f"{INDICATORS}.1.deviation_reason": "需求大增。"},
         ["NAR01 WARNING goals.plan.3.result", f"IND11 NOTE {INDICATORS}.1.actual_value"]),
        # I9
        ({f"{INDICATORS}.1.actual_value": "0.65万人次"}, ["NAR01 WARNING goals.plan.3.result", f"IND11 ERROR {INDICATORS}.1.actual_value"]),
        ({f"{INDICATORS}.4.actual_value": "100"}, [f"IND12 NOTE {INDICATORS}.4.actual_value"]),
        ({f"{INDICATORS}.4.actual_value": "1"}, [f"IND12 ERROR {INDICATORS}.4.actual_value"]),
        ({f"{INDICATORS}.4.target_value": "0", f"{INDICATORS}.4.comparator": "≥"}, [f"IND11 ERROR {INDICATORS}.4.actual_value"]),
        ({f"{INDICATORS}.4.target_value": "3%", f"{INDICATORS}.4.actual_value": "0", f"{INDICATORS}.4.comparator": "≤"}, []),
        ({f"{INDICATORS}.4.actual_value": "=100%"}, []),
        ({f"{INDICATORS}.4.target_value": "≥100%"}, [f"IND12 ERROR {INDICATORS}.4.comparator"]),
        ({f"{INDICATORS}.1.actual_value": "5216", f"{INDICATORS}.1.target_value": "5000人次",
          f"{INDICATORS}.1.measure_unit": ""}, []),
        # I10
        ({f"{INDICATORS}.6.level3": "实训基地设备更新成本"}, []),
        ({f"{INDICATORS}.6.level3": "实训基地设备更新支出", f"{INDICATORS}.6.actual_value": "4663200",
          f"{INDICATORS}.6.target_value": "4800000", f"{INDICATORS}.6.measure_unit": "元"}, []),
        ({f"{INDICATORS}.6.level3": "实训基地设备更新支出", "budget.projects.0.outturn": ""}, ["FIL05 ERROR budget.projects.0.outturn"]),
        *(
            ({f"{INDICATORS}.6.level3": name}, [f"IND13 ERROR {INDICATORS}.6.actual_value"])
            for name in ("公用经费支出", "三公经费", "“三公”经费支出")
        ),
        ({f"{INDICATORS}.4.level3": "预算执行率", f"{INDICATORS}.4.actual_value": "98.66%",
          f"{INDICATORS}.4.target_value": "98%"}, [f"IND15 WARNING {INDICATORS}.4.weight"]),
        # to the digits it is written in
        ({f"{INDICATORS}.6.level3": "实训基地设备更新支出", f"{INDICATORS}.6.actual_value": "466"}, []),
        ({f"{INDICATORS}.6.level3": "实训基地设备更新支出", f"{INDICATORS}.6.actual_value": "470"},
         [f"IND13 ERROR {INDICATORS}.6.actual_value"]),
        ({f"{INDICATORS}.4.level3": "预算执行率", f"{INDICATORS}.4.actual_value": "98.6%",
          f"{INDICATORS}.4.target_value": "98%"}, [f"IND13 ERROR {INDICATORS}.4.actual_value", f"IND15 WARNING {INDICATORS}.4.weight"]),
        *(
            ({f"{INDICATORS}.6.level3": name, f"{INDICATORS}.6.measure_unit": unit, f"{INDICATORS}.6.target_value": target}, told)
            for name, unit, target, told in (
                ("公用经费（成本）", "万元", "480", [f"IND13 ERROR {INDICATORS}.6.actual_value"]),
                ("公用经费（成本）", "万", "480", [f"IND13 ERROR {INDICATORS}.6.actual_value"]),
                ("公用经费（成本）", "", "480万元", [f"IND13 ERROR {INDICATORS}.6.actual_value"]),
                ("实训基地设备更新（成本）", "万", "480", []),
                ("实训基地设备更新（成本）", "万元", "480.5", []),
            )
        ),
    ],
    ids=str,
)  # fmt: skip
def test_one_mistake_in_an_indicator(changes: dict[str, Any], expected: list[str]) -> None:
    assert findings(spoil(FULL, changes)) == expected


@pytest.mark.parametrize(
    ("target", "actual", "expected"),
    [
        ("0", "30", "完成值 30，指标值是 0，达到了 30 以上"),
        ("0", "29.99", ""),
        ("200", "260", "完成值 260，达到指标值 200 的 130% 以上"),
        ("200", "259.99", ""),
    ],
)
def test_far_above_the_target_by_share_and_over_nothing_by_number(
    target: str, actual: str, expected: str
) -> None:
    data = spoil(FULL, {f"{INDICATORS}.9.target_value": target, f"{INDICATORS}.9.actual_value": actual})
    said = [f.message for f in check(from_data(data)).findings if f.code == "IND11"]
    assert said == ([f"“服务本地企业数量”{expected}"] if expected else [])


def test_scoring_follows_the_rulebook() -> None:
    original = replace(Scoring(), execution_denominator="original")
    data = spoil(FULL, {"goals.assessment.execution_score": "10", "goals.assessment.total_score": "99.75"})
    assert findings(data, scoring=original) == []
    grades = {"优": Decimal(100), "良": Decimal(75), "中": Decimal(60), "差": Decimal(0)}
    assert findings(FULL, grades=grades) == ["IND08 ERROR goals.assessment.grade"]
    assert findings(FULL, scoring=replace(Scoring(), level_weights={})) == []
    assert f"IND14 WARNING {INDICATORS}.8.weight" in findings(
        FULL, scoring=replace(Scoring(), largest_weight=Decimal(9))
    )
    assert findings(FULL, scoring=replace(Scoring(), largest_weight=Decimal(10))) == []


@pytest.mark.parametrize(
    ("key", "score", "code"),
    [
        ("goals.assessment.total_score", "99.64", "IND07 {} goals.assessment.total_score"),
        ("goals.assessment.execution_score", "9.85", "IND04 {} goals.assessment.execution_score"),
        ("goals.indicators.5.score", "7.77", f"IND05 {{}} {INDICATORS}.5.score"),
    ],
)
def test_how_far_points_may_differ_is_a_setting(key: str, score: str, code: str) -> None:
    """Points off by 0.02: too far by the shipped rulebook, a 尾差 where 0.02 is allowed."""
    off = spoil(FULL, {key: score, "goals.indicators.5.deviation_reason": ""})
    assert code.format("ERROR") in findings(off)
    assert code.format("ERROR") in findings(off, scoring=replace(Scoring(), rounding=Decimal("0.019")))
    assert code.format("NOTE") in findings(off, scoring=replace(Scoring(), rounding=Decimal("0.02")))


def test_with_no_rounding_allowed_points_are_exact() -> None:
    off = spoil(FULL, {"goals.assessment.total_score": "99.63"})
    assert "IND07 NOTE goals.assessment.total_score" in findings(off)
    assert "IND07 ERROR goals.assessment.total_score" in findings(
        off, scoring=replace(Scoring(), rounding=Decimal(0))
    )


ROW, POINTS = f"{INDICATORS}.5", "goals.assessment.total_score"
"""The row that missed its target, and earns 7.75 of 8."""
STANDARD = {f"{ROW}.scoring_standard": "每少1个百分点扣0.5分。"}


@pytest.mark.parametrize("score", ["7", "8"])
def test_a_standard_of_its_own_makes_other_points_no_error(score: str) -> None:
    total = f"{Decimal('99.62') - Decimal('7.75') + Decimal(score)}"
    told = {f"{ROW}.score": score, POINTS: total, **STANDARD}
    assert findings(spoil(FULL, told)) == [f"IND05 NOTE {ROW}.score"]
    met = f"{INDICATORS}.0"
    taken = {f"{met}.score": "5", POINTS: "98.62", f"{met}.scoring_standard": "由主管部门评定。"}
    assert findings(spoil(FULL, taken)) == [f"IND05 NOTE {met}.score"]
    assert findings(spoil(FULL, {**taken, f"{met}.scoring_standard": ""})) == [f"IND05 ERROR {met}.score"]


def test_a_target_that_was_missed_is_explained_by_whatever_standard_it_is_scored() -> None:
    told = {f"{ROW}.score": "7", POINTS: "98.87", f"{ROW}.deviation_reason": "", **STANDARD}
    assert findings(spoil(FULL, told)) == [f"IND05 NOTE {ROW}.score", f"IND09 ERROR {ROW}.deviation_reason"]


def test_points_by_a_standard_of_its_own_are_not_computed() -> None:
    blank = {f"{ROW}.score": "", POINTS: "", "goals.assessment.grade": "", **STANDARD}
    goals = completed(from_data(spoil(FULL, blank)), Rulebook()).goals
    assert goals.indicators[5].score.blank
    assert goals.assessment.total_score.blank
    met = spoil(FULL, {f"{INDICATORS}.0.score": "", f"{INDICATORS}.0.scoring_standard": "达到得满分。"})
    assert completed(from_data(met), Rulebook()).goals.indicators[0].score.value == 6


def test_a_standard_answers_a_class_as_well() -> None:
    row = next(n for n, each in enumerate(FULL["goals"]["indicators"]) if each["comparator"] == "定性")
    weight = Decimal(FULL["goals"]["indicators"][row]["weight"])
    told = {
        f"{INDICATORS}.{row}.attainment": "未达成",
        f"{INDICATORS}.{row}.scoring_standard": "按评审意见。",
        f"{INDICATORS}.{row}.score": f"{weight}",
    }
    assert f"IND06 NOTE {INDICATORS}.{row}.score" in findings(spoil(FULL, told))
    told.pop(f"{INDICATORS}.{row}.scoring_standard")
    assert f"IND06 ERROR {INDICATORS}.{row}.score" in findings(spoil(FULL, told))
