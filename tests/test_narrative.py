"""Prose against tables: figures found in Chinese text, what they are held against, names, references."""

from decimal import Decimal
from typing import Any

import gathered_texts
import prose as benchmark
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from samples import overtype, place

from selfeval_xlsx.amounts import grouped, rounded
from selfeval_xlsx.checks import check
from selfeval_xlsx.figures import figures
from selfeval_xlsx.findings import Finding, Severity
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.rulebook import Printing, Rulebook
from selfeval_xlsx.prose.keystroke_errors import is_misspelling
from tests.conftest import sample
from tests.places import printed

SCHOOL, TOWN = "云岭县职业教育中心", "青石镇综合服务中心"
COMPLETION = "goals.results.completion"


def with_text(text: str, base: str = SCHOOL, at: str = COMPLETION, **cells: Any) -> SelfEvaluation:
    data = sample(base)
    overtype(data, at.split("."), text)
    for key, value in cells.items():
        overtype(data, key.split("__"), value)
    return from_data(data)


def said(text: str, **others: Any) -> list[Finding]:
    return [each for each in check(with_text(text, **others)).findings if each.code.startswith("NAR")]


# --- figures --------------------------------------------------------------------------------------


def read(text: str) -> list[str]:
    return [
        f"{each.number}{'~' + each.high if each.high else ''} x{each.factor} {each.unit} {each.claim.name}"
        for each in figures(text)
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("年初预算3,064.90万元", ["3064.90 x10000 元 EXACT"]),
        ("３２００人", ["3200 x1 人 EXACT"]),
        ("２８８５．５万元", ["2885.5 x10000 元 EXACT"]),
        ("2，885.53 万元", ["2885.53 x10000 元 EXACT"]),
        ("三千二百人", ["3200 x1 人 EXACT"]),
        ("百分之九十五以上", ["95 x1 % AT_LEAST"]),
        ("二十个、两个", ["20 x1 个 EXACT", "2 x1 个 EXACT"]),
        ("三百二十万元", ["320 x10000 元 EXACT"]),
        ("三点五亿元", ["3.5 x100000000 元 EXACT"]),
        ("3—5次", ["3~5 x1 次 EXACT"]),
        ("90%至95%", ["90~95 x1 % EXACT"]),
        ("3万至5万元", ["3~5 x10000 元 EXACT"]),
        ("120台（套）以上", ["120 x1 台(套) AT_LEAST"]),
        ("不少于5.2万人次", ["5.2 x10000 人次 AT_LEAST"]),
        ("3200多万元，200余期", ["3200 x10000 元 ODD", "200 x1 期 ODD"]),
        ("近3300万元，约2885万元", ["3300 x10000 元 NEARLY", "2885 x10000 元 ABOUT"]),
        ("节约3万元，最近3次", ["3 x10000 元 EXACT", "3 x1 次 EXACT"]),
        ("投入50万", ["50 x10000 元 EXACT"]),
        # no figures: ordinals, articles, telephone numbers, words that begin like a unit
        ("第3次、第五十三条、第12条", []),
        ("电话0371-66661234", []),
        ("一次性、三个人、两项目", []),
        ("（1）抓好、2.落实、“十四五”", []),
        ("12345678901234567890元", []),
        ("百万元、数十个", []),
        ("九成四、近九成、一成立", ["9.4 x10 % EXACT", "9 x10 % NEARLY"]),
        ("三分之二，过半数", ["67 x1 % ABOUT", "50 x1 % MORE"]),
    ],
)  # fmt: skip
def test_figures_are_found_with_unit_and_hedge(text: str, found: list[str]) -> None:
    assert read(text) == found


def test_a_numeral_that_is_no_number_says_nothing() -> None:
    (figure,) = figures("十四五个")
    assert figure.number is None
    assert figure.value is None
    assert figure.agrees(Decimal(5))


@pytest.mark.parametrize(
    ("text", "true", "agrees"),
    [
        ("2885.5万元", "28855300", True),
        ("2885.6万元", "28855300", False),
        ("2886万元", "28855300", True),
        ("2885万元", "28855300", False),
        ("约2885万元", "28855300", True),
        ("约2700万元", "28855300", False),
        ("约20个", "26", False),
        ("超过200期", "206", True),
        ("超过206期", "206", False),
        ("不足200期", "199", True),
        ("90%以上", "89.99", False),
        ("480万元以内", "4800000", True),
        ("近3300万元", "32012500", True),
        ("近3000万元", "32012500", False),
        ("200余期", "206", True),
        ("200余期", "300", False),
        ("3—5次", "5", True),
        ("3—5次", "6", False),
    ],
)
def test_a_figure_is_judged_at_the_digits_written(text: str, true: str, agrees: bool) -> None:
    assert figures(text)[0].agrees(Decimal(true)) is agrees


money = st.integers(min_value=1, max_value=10**11).map(lambda cents: Decimal(cents) / 100)


@given(money, st.booleans())
def test_what_the_report_prints_is_read_back(amount: Decimal, comma: bool) -> None:
    (figure,) = figures(f"支出{grouped(amount, 2, comma=comma)}万元。")
    assert figure.value == amount * 10_000
    assert figure.agrees(amount * 10_000)
    assert not figure.agrees((amount + Decimal("0.01")) * 10_000)


@given(money, st.integers(min_value=0, max_value=2))
def test_any_rounding_agrees_and_its_neighbour_does_not(amount: Decimal, places: int) -> None:
    shown = rounded(amount, places)
    step = Decimal(1).scaleb(-places)
    assert figures(f"{shown:f}万元")[0].agrees(amount * 10_000)
    assert not figures(f"{shown + step:f}万元")[0].agrees(amount * 10_000)


@settings(deadline=None)
@example("一亿一")
@given(
    st.text(
        alphabet="0123456789.,，一二三十百千万亿点零两元人%—至近约以上（）年月第个其中合计共【】执行数比上年增加预算支出人员经费、。",
        max_size=60,
    )
)
def test_no_text_is_too_odd(text: str) -> None:
    for figure in figures(text):
        assert text[figure.start : figure.end].strip() == figure.text
        assert figure.number is None or figure.number.is_finite()
    assert all(each.at for each in check(with_text(text)).findings)


# --- against the tables ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", benchmark.FILES)
def test_labelled_sentences_are_judged_well(name: str) -> None:
    sentences = list(benchmark.labelled(name))
    result = benchmark.score(sentences)
    assert result.precision() >= 0.95
    assert result.recall() >= 0.85


def test_there_are_enough_labelled_sentences() -> None:
    every = [each for name in benchmark.FILES for each in benchmark.labelled(name)]
    assert len({each.text for each in every}) >= 300
    assert 0.35 <= sum(bool(each.codes) for each in every) / len(every) <= 0.65
    assert {code for each in every for code in each.codes} == {f"NAR0{n}" for n in range(1, 6)}


def test_a_finding_names_the_text_the_cell_and_both_figures() -> None:
    (finding,) = said("全年预算数为3244.60万元，执行数为3210.25万元。")
    assert finding.severity is Severity.WARNING
    assert list(finding.at) == [place(COMPLETION), place("budget.lines.total.outturn")]
    assert (finding.found, finding.expected) == ("3210.25万元", "3,201.25万元")
    assert "“全年预算数为3244.60万元，执行数为3210.25万元。”写的是 3210.25万元" in finding.message
    assert printed("「budget.lines.total.outturn」 合计·执行数 是 3,201.25万元") in finding.message
    assert "【合计·执行数】" in finding.hint


def test_the_reference_a_finding_offers_leads_to_the_figure() -> None:
    (finding,) = said("执行数为3210.25万元。")
    offered = finding.hint[finding.hint.index("【") : finding.hint.index("】") + 1]
    assert said(f"执行数为{offered}。") == []


def test_a_long_sentence_is_quoted_around_its_figure() -> None:
    (finding,) = said(f"{'为保障教学运转' * 12}，全年执行数3210.25万元{'，资金使用规范' * 12}。")
    assert "“…" in finding.message
    assert "3210.25万元" in finding.message.partition("”")[0]
    assert len(finding.message) < 120


def test_a_derived_figure_names_both_cells() -> None:
    (finding,) = said("全年执行3201.25万元，比上年增加204.00万元。")
    assert list(finding.at) == [
        place(COMPLETION),
        place("budget.lines.total.outturn"),
        place("budget.lines.total.prior_outturn"),
    ]
    assert finding.expected == "增加 240.00万元"


def test_a_wrong_figure_does_not_hide_the_next() -> None:
    found = said("全年预算数3244.60万元，执行数3210.25万元，比上年增加204.00万元。")
    assert [each.found for each in found] == ["3210.25万元", "204.00万元"]


def test_a_count_is_shown_with_its_unit() -> None:
    (finding,) = said("核定编制152名，年末在职164人。")
    assert finding.expected == "146人"


def test_a_broken_sum_is_added_up_for_the_reader() -> None:
    (many,) = said("高级教师46人、一级教师58人，合计144人。")
    assert "合计写的是 144人，46人 + 58人 = 104人" in many.message
    (one,) = said("收到意见31条，其中采纳40条。")
    assert "其中的 40条 比它还大" in one.message


@pytest.mark.parametrize(
    "text",
    [
        "全年执行3201.25万元，比上年减少240.00万元。",
        "公用经费支出221.64万元，比上年增长3.67%。",
        "年初预算3064.90万元，年中调减179.70万元，调整后预算3244.60万元。",
    ],
)
def test_the_other_direction_is_a_contradiction(text: str) -> None:
    (finding,) = said(text)
    assert finding.code == "NAR01"
    assert finding.message.endswith("增减方向相反")


def test_this_years_figure_given_to_last_year_is_told() -> None:
    (finding,) = said("2024年年初预算3064.90万元。")
    assert "那是评价年度的数，不是上一年的" in finding.message


def test_a_workbook_in_yuan_is_read_in_yuan() -> None:
    cells = {"overview__identity__money_unit": "元"}
    assert said("执行数3201.25元。", **cells) == []
    assert [each.code for each in said("执行数3201.25万元。", **cells)] == ["NAR01"]


def test_blank_cells_contradict_nothing() -> None:
    assert said("人员经费年初预算99万元，上年执行数88万元，编制77名。", base=TOWN) == []


def test_a_goal_taken_over_from_last_year_is_noticed() -> None:
    (finding,) = said("2024年总体目标是稳定办学规模。", at="overview.goal.overall_goal")
    assert (finding.found, finding.expected) == ("2024", "2025")
    assert (
        said("2024年总体目标是稳定办学规模。", at="overview.goal.overall_goal", overview__identity__year="")
        == []
    )


@pytest.mark.parametrize(
    "text",
    [
        "人员经费实训基地设备更新99万元。",  # one line within another that cannot hold it
        "下属单位内设机构9个。",
        "下属单位人员经费99万元。",
        "校企合作长效机制99个。",  # an indicator in words
        "全年共有99个。",
        "共有99个奖项。",
        "比上年增加99万元。",
        "教室比上年增加99万元，固定资产8642.35万元，比上年增加99万元。",
        "年初预算3064.90万元，比上年增加99万元。",
        "人员经费和公用经费分别为1908.15万元。",
        "2024年末编制99名。",
        "捐赠明显增加，比上年增加99万元。",
        "在2025年1月，开展社会培训99人次。",
    ],
)
def test_what_is_not_surely_meant_is_let_pass(text: str) -> None:
    assert said(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "截至2025年9月底，执行数2100.35万元。",
        "2025年3月执行数210.35万元。",
        "调整后预算较年初预算3064.90万元增加179.70万元。",
        "全年预算由3064.90万元调整为3244.60万元。",
        "毕业生初次就业率由93.1%提高到94.3%。",
        "汽修专业毕业生初次就业率97.1%。",
        "教职工对后勤服务的满意度为88.6%。",
        "受理转办件156件，满意率97.8%。",
        "年中追加人员经费52.30万元、项目经费135.60万元。",
        "全年支出3201.25万元，其中基本支出2129.79万元（人员经费1908.15万元、公用经费221.64万元），项目支出1071.46万元。",
        "预算执行率指标分值10分，自评得分9.87分。",
        "执行率低于95%的项目有1个。",
        "完成项目4个。",
        "县财政局对我校2024年度绩效自评抽查复核得分92分。",
        "全年执行3201.25万元，结余43.35万元。",
        "在职人员146人，其中女教师80人、党员68人。",
        "全县毕业生初次就业率93.1%。",
    ],
)
def test_what_only_looks_like_the_forms_is_let_pass(text: str) -> None:
    assert said(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("调整后预算较年初预算3046.90万元增加179.70万元。", "3046.90万元"),
        ("全年预算由3064.90万元调整为3424.60万元。", "3424.60万元"),
        ("毕业生初次就业率由上年的93.1%提高到94.8%。", "94.8%"),
        ("全年执行3201.25万元，结余43.53万元。", "43.53万元"),
        ("项目支出预算1103.60万元，执行1071.46万元，结余33.14万元。", "33.14万元"),
        ("助学金发放标准为每生每年2600元。", "2600元"),
        ("学生和家长满意度95.3%。", "95.3%"),
        ("比2024年的2916.25万元增加，全年执行3201.25万元。", "2916.25万元"),
        ("共安排项目6个。", "6个"),
        ("年末在职人员146人，其中专任教师118人，管理人员16人，工勤人员14人。", "146人"),
    ],
)
def test_what_is_said_in_other_ways_is_held_against_the_form(text: str, found: str) -> None:
    assert [each.found for each in said(text)] == [found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("兑付3201.52万元支出，收支基本平衡。", "3201.52万元"),
        ("增量资金179.07万元主要投向设备。", "179.07万元"),
        ("下乡办班受益5261人次。", "5261人次"),
        ("项目类资金占全部支出的35.47%。", "35.47%"),
        ("基本支出2129.79万元，占总支出的65.63%。", "65.63%"),
        ("实训基地设备更新支出466.32万元，完成预算的91.75%。", "91.75%"),
        ("更新实训设备126台（套），完成率为106%。", "106%"),
        ("毕业生初次就业率94.3%，高出目标3.3个百分点。", "3.3个百分点"),
        ("毕业生初次就业率九成七。", "九成七"),
        ("三公经费支出12.60万元，控制在14.50万元的预算之内。", "14.50万元"),
    ],
)
def test_what_few_words_say_is_told_by_digits_shares_and_targets(text: str, found: str) -> None:
    assert [each.found for each in said(text)] == [found]


@pytest.mark.parametrize(
    "text",
    [
        "工会经费支出38.16万元，占公用经费的17.22%。",
        "一季度支出782.13万元，完成全年预算的24.11%。",
        "更新实训设备126台（套），超额完成6台（套），完成率105%。",
        "基本支出占总支出的66.53%，项目支出占33.47%。",
        "基本支出占三分之二，项目支出占三分之一。",
        "毕业生初次就业率达到九成以上，近六成在本县就业。",
        "三级证书取得率82.4%。",
        "三季度末支出3210.25万元。",
        "项目支出占年度目标的97%。",
    ],
)
def test_what_the_digits_only_seem_to_say_is_let_pass(text: str) -> None:
    assert said(text) == []


def test_a_goals_result_is_about_its_indicator() -> None:
    at = "goals.plan.3.result"
    assert [each.found for each in said("全年实际做到4876人次。", at=at)] == ["4876人次"]
    assert said("全年实际做到5216人次。", at=at) == []
    assert said("两个班型最受欢迎，共培训2090人次。", at=at) == []
    assert said("全年实际做到4876人次。") == []


def test_of_several_cells_the_nearest_is_shown() -> None:
    (finding,) = said("接待费由上年的2.36万元降到1.47万元。")
    assert finding.expected == "1.74万元"


def test_an_indicator_is_counted_in_its_own_unit_and_district() -> None:
    cells = {
        "overview__identity__unit_name": "云岭县档案局",
        "goals__indicators__0__level3": "新增数字化档案页数",
        "goals__indicators__0__measure_unit": "万页",
        "goals__indicators__0__actual_value": "68.2",
    }
    assert said("全县新增数字化档案68.2万页。", **cells) == []
    assert [each.found for each in said("全县新增数字化档案86.2万页。", **cells)] == ["86.2万页"]


def test_an_addition_alone_is_the_adjustment_where_nothing_was_taken_off() -> None:
    assert said("年初预算2381.12万元，年中追加504.41万元。", base=TOWN) == []
    assert said("年初预算2381.12万元，追加改造资金420万元。", base=TOWN) == []
    (finding,) = said("年初预算2381.12万元，年中追加540.41万元。", base=TOWN)
    assert finding.found == "540.41万元"


def test_a_mistyped_name_is_not_seen_in_another_word() -> None:
    cells = {"overview__identity__unit_name": "青石县图书馆"}
    assert said("青石县图书管理制度健全。", base=TOWN, **cells) == []
    assert [each.code for each in said("青石县图书管免费开放。", base=TOWN, **cells)] == ["NAR04"]


def test_what_is_to_be_done_next_year_is_no_claim() -> None:
    assert said("每年开展社会培训6000人次，全日制在校生达到3500人。", at="issues.problems.0.measure") == []


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "name", "slip"),
    [
        ("青石镇综合服中心", TOWN, True),
        ("青石镇综合服务务中心", TOWN, True),
        ("青石镇综合务服中心", TOWN, True),
        ("青石镇综合服备中心", TOWN, True),
        ("青石镇综合便民中心", TOWN, True),
        ("青石镇文化服务中心", TOWN, False),
        ("青石镇联合服务中心", TOWN, False),
        ("青山镇综合服务中心", TOWN, False),
        ("青石镇综合养老服务中心", TOWN, False),
        ("青石镇综合服务中新", TOWN, True),
        ("青石镇综合服务中学", TOWN, False),
        ("云岭县社区培训学员", "云岭县社区培训学校", False),
        ("云岭县教育事", "云岭县教育局", False),
        ("青石镇政府", "青石镇人民政府", False),
        ("青石镇党委政府", "青石镇人民政府", False),
        ("云岭县教体局", "云岭县教育局", False),
        ("云岭县教局", "云岭县教育局", True),
        ("某某局", "某某局", False),
        ("云岭县教育据", "云岭县教育局", True),
        ("青石县水力局", "青石县水利局", True),
        ("青石县水务局", "青石县水利局", False),
        ("云领县职业教育中心", SCHOOL, True),
    ],
)
def test_a_slip_keeps_place_head_and_type(found: str, name: str, slip: bool) -> None:
    assert is_misspelling(found, name) is slip


def test_a_name_written_wrongly_twice_is_one_finding() -> None:
    (finding,) = said("青石镇综合服中心牵头，青石镇综合服中心验收，青石镇综合服务中心归档。", base=TOWN)
    assert (finding.found, finding.expected) == ("青石镇综合服中心", TOWN)


# --- references -----------------------------------------------------------------------------------


def resolved(text: str, **printing: bool) -> str:
    rules = Rulebook(printing=Printing(**printing))
    return completed(with_text(text), rules).goals.results.completion.known


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("预算【调整后预算】。", "预算3,244.60万元。"),
        ("预算【调整后预算】万元。", "预算3,244.60万元。"),
        ("预算【 调整后预算 】 万元。", "预算3,244.60 万元。"),
        ("执行率【预算执行率】", "执行率98.66%"),
        ("执行率【预算执行率】%", "执行率98.66%"),
        ("执行率【预算执行率】％", "执行率98.66％"),
        ("人员经费【人员经费·执行数】", "人员经费1,908.15万元"),
        ("人员经费【人员经费执行数】", "人员经费1,908.15万元"),
        ("设备【指标:更新实训设备】", "设备126台（套）"),
        ("设备【指标：更新实训设备】台", "设备126台"),
        ("（【指标：更新实训设备】）", "（126台（套））"),
        ("培训【指标:社会培训人次】次", "培训5216人次"),
        ("培训【指标:社会培训人次】人次", "培训5216人次"),
        ("培训【指标:社会培训人次】人", "培训5216人"),
        ("取得率【指标:毕业生技能等级证书取得率】%", "取得率96.8%"),
        ("支出【项目:实训基地设备更新】", "支出466.32万元"),
        ("支出【项目：双师型教师培训】", "支出68.76万元"),
        ("年末在职【合计·年末在职人数】人", "年末在职146人"),
        ("一【窗口】二", "一【窗口】二"),
        ("预算【【调整后预算】】", "预算3,244.60万元"),
        ("预算【调整后预算】元", "预算【调整后预算】元"),
    ],
)
def test_references_are_replaced_by_the_printed_figure(text: str, shown: str) -> None:
    assert resolved(text) == shown


def test_references_follow_the_printing_of_the_rulebook() -> None:
    assert resolved("【调整后预算】", thousands_comma=False) == "3244.60万元"


@pytest.mark.parametrize(
    ("text", "base", "cells", "words"),
    [
        ("【调整后予算】", SCHOOL, [COMPLETION], "是不是【调整后预算】"),
        ("【天上的云】", SCHOOL, [COMPLETION], "请改成填报表上的标签"),
        (
            "【人员经费·执行数】",
            TOWN,
            [COMPLETION, "budget.lines.personnel.outturn"],
            "请填写 「budget.lines.personnel.outturn」",
        ),
        (
            "【调整后预算】元",
            SCHOOL,
            [COMPLETION, "budget.lines.total.adjusted_budget"],
            "请删去【调整后预算】后面的单位",
        ),
        ("【指标：更新实训设施】", SCHOOL, [COMPLETION], "是不是【指标:更新实训设备】"),
        ("［调整后预算］", SCHOOL, [COMPLETION], "引用请写【调整后预算】"),
        ("执行【调整后预算万元。", SCHOOL, [COMPLETION], "引用请写【调整后预算】"),
        ("【重点，执行【调整后预算】。", SCHOOL, [COMPLETION], "请补上】"),
    ],
)
def test_a_reference_that_leads_nowhere_blocks(text: str, base: str, cells: list[str], words: str) -> None:
    (finding,) = said(text, base=base)
    assert finding.code == "NAR05"
    assert finding.severity is Severity.ERROR
    assert list(finding.at) == list(map(place, cells))
    assert printed(words) in finding.hint


def test_a_name_that_two_indicators_share_refers_to_neither() -> None:
    cells = {"goals__indicators__1__level3": "更新实训设备"}
    (finding,) = said("【指标:更新实训设备】", **cells)
    assert finding.code == "NAR05"
    assert "有几行都叫【指标:更新实训设备】" in finding.message


# --- sentences of published reports ---------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "“三公”经费支出12.60万元，其中公务接待费1.74万元，占13.81%。",
        "本年收入3166.20万元，其中财政拨款收入2870.20万元。",
        "全年支出3201.25万元，比上年累计支出2961.25万元有所增加。",
        "实有人数171人，其中在职146人、退休25人。",
        "局机关在职31人，社区学校在职115人。",
        "局机关在职31人，培训中心在职115人。",
        "下属的云岭县社区培训学校全年支出86.30万元，在职9人。",
        "基本支出2129.79万元，其中工资福利支出1812.00万元、其他317.79万元；项目支出1071.46万元。",
        "年度目标社会培训5000人次，实际完成社会培训5216人次。",
        "三公经费决算12.60万元，其中公务接待费1.74万元、公务用车运行维护费10.86万元。较2024年14.28万元减少1.68万元。",
        "本年总支出3244.60万元，其中本年支出3201.25万元、结转下年43.35万元。",
        "上级补助收入较上年决算数减少17.40万元，下降67.5%。",
        "实训设备更新数量 120台（套） 126台（套）",
        "下设6个教研组、2个车间。",
        "县里的道路工程年初预算985万元，其中结转50万元；调整后预算861万元，执行334万元。",
        "三批资金30万元、30万元、29.99万元，合计90万元。",
        "实训基地设备更新支出466.32万元，主要用于机床购置支出240.00万元。",
        "– 食堂15人（厨师9人、帮工6人）。",
        "“十四五”期间，服务本地企业累计210家。",
        "全年执行3201.25万元，预算执行率98.66%，比年初预算增加136.35万元。",
        "基本支出预算较上年增加17.10万元，增长17.18%；公务接待费较上年预算下降21%。",
        "公务接待费预算减少9万元，下降15.3%。",
        "实训设备更新项目总投资4120万元，分三年实施。",
        "截至2024年12月31日，资产原值合计211.00万元。",
        "劳务派遣88名，其中教师34名、会计6人、工勤45名、后勤3名。",
        "县里的道路工程预算985.00万元，其中上级专项654.00万元，决算支出950.00万元。",
        "新签约项目31个，其中亿元以上项目14个，工业项目22个。",
        "服务本地企业累计670家。",
        "其中：一般公共服务支出402.16万元，占30.65%。",
        "机关运行经费财政拨款96.15万元。",
        "本年支出32,012,512元。",
        "县第二幼儿园：编制20名，在职17人。",
        "社会培训人次≥5000人次，实际完成5216人次。",
        "“三公”经费12.60万元，控制在预算14.00万元之内，其中公务用车运行维护费10.86万元、公务接待费1.74万元。",
        "其中一季度支出418.00万元，执行进度19.4%；二季度末执行进度46.8%。",
        "财政资金到位率100%，配套资金落实率95%。",
        "收入合计3201.25万元，比上年增加30.20万元，增长1.17%。",
        "2025年度收入合计3201.25万元，其中财政拨款收入2900万元，占90.59%。",
        "2024年、2025年分别执行2961.25万元、3201.25万元。",
        "2024年、2025年在职人员分别为140人、146人。",
        "1.2024年度绩效目标。服务本地企业60家，在职人员140人。",
        "2024年预算执行情况。全年支出2961.25万元。其中：基本支出2077.00万元。",
        "纳入决算范围的单位1个，包括内设机构16个。",
        "耕地1800亩，其中水田422亩，林地2862亩。",
        "现有职工172人，其中在职146人（其中党员60人、临聘2人），退休26人。",
        "实际执行3201.253442万元。",
        "行政编制4人，实有人数4人；事业编制148人，实有人数142人。",
        "县社区培训学校编制10名，实有9人。",
        "项目20个，其中重点项目15个、续建项目10个。",
        "“三公”经费支出12.60万元，比上年减少1.68万元。其中：公务接待费1.74万元，公务用车运行维护费10.86万元。",
        "年初预算3064.90万元，执行3201.25万元。其中：教育支出2900.00万元，社会保障支出600.00万元。",
        "总投资2000万元。其中：中央1000万元，地方1000万元，已完成投资1500万元。",
        "教职工146人：男60人，女86人，党员70人。",
        "下达资金500万元（中央资金300万元、省级资金150万元）。",
        "学生及家长满意度≥90%。",
        "收到中央下达校园安防和消防改造资金120.60万元，省级下达111万元。",
        "校园安防和消防改造：中央资金120万元，省级资金60万元，执行数120万元。",
        "全镇收入402万元，加上转移支付收入184万元，其中：一般转移支付收入148万元，上年结余60万元，基金调入13万元，收入合计为659万元。",
        "下达资金7617万元，具体为：农田4000万元，水利3000万元，林业817万元。中央和省级合计下达资金7817万元。",
        "培训在职人员60人。",
        "慰问在职职工12人。",
        "学校创建于1998年，当年在职人员12人。",
        "公务用车购置及运行维护费较上年减少3万元。",
        "校园安防和消防改造预算231.60万元，购置灭火器实际支付25.90万元。",
        "教师培训基地20个。主要包括东片13个、西片5个。",
        "校园安防和消防改造财政专项资金150万元，自筹资金81.60万元。",
        "中央财政校园安防和消防改造资金100万元，省级131.60万元。",
        "校园安防和消防改造231.60万元，支付100万元用于购置。",
        "经第三方机构评价，总体得分为88.5分。",
        "新设办公室、教务科、学生科、总务科等4个内设机构。",
        "人员编制\n152\n实有人数\n146",
        "人员编制\n实有人数\n152\n146",
        "全县共有中职学校3所，在职教师420人，全日制在校生6800人。",
        "设备完好率98%，使用率95%。",
        "校园安防和消防改造项目验收合格率100%，按期完成率100%。",
        "社会培训满意度95%。",
        "财政拨款支出2915.88万元，其中人员经费1800万元。",
        "财政局对我校整体支出绩效评价得分为91.2分，评价等级为良。",
        "2024年12月提前下达2025年免学费及助学金补助150万元。",
        "免学费及助学金补助按2300元/生标准发放。",
        "实训基地设备更新预算480万元，2024年已支付100万元，2025年支付466.32万元。",
        "公务接待费1.74万元，占预算的69.60%，占三公经费的13.81%。",
        "公务接待费年初预算3.00万元，决算1.74万元，较年初预算减少1.26万元，完成年初预算的58%。",
        "年度目标：社会培训5000人次，服务企业60家，就业率92%。",
        "服务本地企业数量预期指标值≥60家，实际完成67家。",
        "收入支出总计3301.25万元。",
        "收入总计3211.25万元，支出总计3211.25万元。",
        "财政拨款支出年初预算2780.00万元，支出决算2915.88万元，完成年初预算的104.88%。",
        "全年支出3201.2534万元，较上年增加240.0034万元。",
        "财政拨款支出2915.88万元。1.教育支出（类）职业教育（款）中等职业教育（项）。年初预算为1560.05万元，支出决算为1511.89万元。",
        "财政拨款支出2915.88万元。住房保障支出(类)住房公积金(项)。年初预算为160万元，支出决算为151万元。",
        "全年支出3201.25万元，较上年增加240.00万元，主要原因是支付了200万元综合楼建设款。",
        "2025年度总支出3201.25万元比2024年度总支出2961.25万元增加240.00万元。",
        "财政拨款支出年初预算2780.00万元，比上年增加30万元。其中：基本支出预算1800.00万元；项目支出预算980.00万元。",
        "一般公共预算收入2900万元，本年支出2915.88万元，年末结转和结余30.65万元。",
        "2025年度财政拨款收、支总计2916.88万元。",
        "财政拨款支出2915.88万元。1.教育支出（205类）职业教育（03款）：年初预算160.00万元，支出决算151.00万元。",
        "财政拨款支出2915.88万元。1、2050302中等职业教育：年初预算160.00万元，支出决算151.00万元。",
        "财政拨款支出2915.88万元。与上年相比增加100.00万元。其中：基本支出1900.00万元，项目支出1015.88万元。",
        "编制人数152人，实有编制人数146人，退休人员58人。",
        "事业编制148名，实有事业编制142名。",
        "实有在职人数169人（含23名聘用制书记员）。",
        "在职职工167人，其中实有财政补助人员146人，临聘人员3人，返聘人员4人，借调人员14人。",
        "在职人员（含聘用人员）167人。",
        "在职人员169人，包括编外人员23人。",
        "参公管理事业编制10名，后勤编制5名，全额事业编制148名。",
        (
            "人员编制总数 152 名，其中：行政\n编制 4 名，参公事业编制 0 名，全额事业编制 148 名，聘用教\n师控制数 4 人。"
            "其中，在职在编人员 146 人，包括：行政在职\n在编人员 4 人、参公事业在职在编人员 0 人、全额事业在职\n在编 142 人。"
        ),
        "预算单位277个，包括总局机关和16个直属单位、31个省局、229个县局。",
        "预算单位24个，包括局本级以及下属单位13个、所属学校10个。",
        "共有车辆4辆（改革后保留车辆1辆、下属单位实有车辆3辆），其中：一般公务用车4辆。",
        "教职工146人（含外聘3人），其中专任教师118人。",
        "在职教职工共167人：在编146人，聘用21人。",
        "编制152名，已使用编制146名，空余编制6名。",
        "使用事业编制142名。",
        "本年退休人员3人。",
        "本单位内设机构5个，实有在职人员146人；下属培训中心内设机构3个，在职人员9人。",
        "共有站点18个，包括中心站和东片9个、西片8个。",
        "2025年度，食堂有职工11人，其中：厨师10人，会计0人，保安1\n人。",
        "全年添置设备，床18.8万元；电锅炉6.75万元，\n桌椅3.2万元，炊具2万元，共计30.75万元。",
        "实有在职人数169人\n（含23名聘用制书记员）。",
        "本年支出3201.25万元。第二部分：基建项目全年支出2780.00万元。",
        "编制人数152人。所属分校编制人数28人。",
        "事业编制100名，事业工勤编制48名。",
        "就业率指标，年初目标值≥91%，实际完成值≥94.3%，自评得分20分。",
        "一般公共预算财政拨款支出2900.00万元，其中项目支出800.00万元。",
        "学校创建于1956年，编制152名，实有在职人员146人。",
        "因公出国（境）费支出比上年减少0.00万元。",
        "按2500元/户的标准，市级配套资金182.9万元（1000元/户）。",
        "县级资金1426.90万元，其他资金（包括以前年度结转资金）1591.22万元。",
        "在职教师32人（跟岗1人，交流1人）。",
        "编外人员21人，其中临聘人员8人、劳务派遣13人。",
        "临聘人员8人、劳务派遣13人。",
        "本项目共完成预算资金90万元，其中：预算编制30万元、工程审计30万元、勘察设计29.99万元。",
        "更换门窗支出460.06万元，其中木门380.17万元、窗户80万元。",
        "一般公共服务支出（类）207.40万元，占1.03%；公共安全支出（类）556.78万元，占2.75%。",
    ],
)
def test_what_published_reports_say_rightly_raises_nothing(text: str) -> None:
    assert said(text) == []


OFFICIAL = (
    ("budget.official.abroad.adjusted_budget", "12.02"), ("budget.official.abroad.outturn", "12.02"),
    ("budget.official.vehicle_purchase.original_budget", "25.00"), ("budget.official.vehicle_purchase.outturn", "25.00"),
    ("budget.official.vehicle_running.original_budget", "27.40"), ("budget.official.vehicle_running.outturn", "12.35"),
    ("budget.official.reception.adjusted_budget", "43.20"), ("budget.official.reception.outturn", "22.59"),
    ("budget.official.reception.prior_outturn", "1.96"),
    ("budget.official.total.adjusted_budget", "84.82"), ("budget.official.total.outturn", "71.96"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("公务用车购置及运行维护费支出决算为37.35万元，完成预算的71.28%。", []),
        ("公务用车购置及运行维护费支出决算为37.35万元，完成预算的78.21%。", ["NAR01"]),
        ("“三公”经费支出71.96万元，完成预算84.82万元。其中：公务接待费支出决算为22.59万元。", []),
        ("“三公”经费支出71.96万元，完成预算84.82万元。其中：公务接待费支出决算为25.29万元。", ["NAR01"]),
        ("“三公”经费财政拨款支出决算中，因公出国（境）费12.02万元，占16.7%。", []),
        ("公务接待费支出决算为22.59万元，完成预算43.20万元的52.3%，比上年决算数增加20.63万元。", []),
        ("公务接待费支出决算为22.59万元，完成预算43.20万元的53.2%。", ["NAR01"]),
        ("公务接待费支出决算为22.59万元，完成预算43.20万元的52.3%，比上年决算数增加26.03万元。", ["NAR01"]),
    ],
)
def test_a_line_is_held_against_its_own_budget_and_column(text: str, found: list[str]) -> None:
    sentence = benchmark.Labelled(text, COMPLETION, SCHOOL, (), OFFICIAL)
    assert [each[:5] for each in benchmark.found_in(sentence)] == found


def test_offices_are_no_units_below() -> None:
    """Their cell is blank; the units below have one."""
    text = "下设16个股室，直属事业单位10个。"
    assert said(text, overview__structure__office_count="", overview__structure__sub_unit_count="10") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一是服务本地企业76家。", "67家"),
        ("1.在职人员164人。", "146人"),
        ("①学生及家长满意度为39.5%。", "93.5%"),
        ("按照上级部署，服务本地企业76家。", "67家"),
        ("每月走访一次，服务本地企业76家。", "67家"),
        ("经营收入0万元，其他收入0万元。本年支出合计3,210.25万元。", "3,201.25万元"),
        ("经费紧张，本年支\n出合计3,210.25万元。", "3,201.25万元"),
        ("全年执行数3210.25 万元,执行率98.66 %.", "3,201.25万元"),
        ("自评等级为“良”。", "优"),
        ("截至2024年12月31日，学校教师齐备。", "2025"),
        ("接待费预算2.50万元，支出1.74万元，完成预算的79.60%。", "69.60%"),
        ("讲课费由20.00万元增至25.00万元，增长20.00%。", "25.00%"),
        ("新建站点8个，其中东片3个、西片4个。", "7个"),
        ("食堂15人（厨师9人、帮工2人、保洁5人）。", "16人"),
        ("支出：32,012.5万元。", "3,201.25万元"),
        ("财政拨款安排的“三公”经费支出12.60万元，较上年14.28万元减少1.86万元。", "减少 1.68万元"),
        ("公务用车购置及运行维护费支出10.68万元。", "10.86万元"),
        ("三公经费决算12.60万元。其中：公务接待费1.74万元，占31.81%。", "13.81%"),
        ("县里下达农田资金791万元。其中：河道治理591万元，流域治理300万元。", "891万元"),
        ("预拨资金3608万元（中央资金3855万元、省级资金753万元）。", "4608万元"),
        ("新建护岸3.47公里：右岸1.98公里，左岸2.49公里。", "4.47公里"),
        ("食堂20人（厨师20人、帮工10人）。", "30人"),
        ("校园安防和消防改造财政专项资金215.40万元。", "225.40万元"),
        ("下达资金（2025年校园安防和消防改造）213.60万元。", "231.60万元"),
        ("校园安防和消防改造预算231.60万元，截至2025年12月31日，实际已支付225.90万元。", "225.40万元"),
        ("校园安防和消防改造：省级补助200万元；市级补助31.60万元；全年应执行数213.60万元。", "231.60万元"),
        ("“三公”经费较上年减少1.68万元，下降11.76%；较年初预算数减少2.04万元。", "减少 2.40万元"),
        ("公务招待费1.47万元。", "1.74万元"),
        ("绩效自评工作总体得分为96.92分。", "99.62分"),
        ("县编委核定事业编制184人。", "148人"),
        ("根据县编委文件、核定机关人员编制总数共计125人。", "152人"),
        ("服务本地企业数量年初指标值为不低于63家。", "60家"),
        ("实际执行率为89.66%。", "98.66%"),
        ("各级人员50人，其中在岗43人，离休0人，退休17人。", "60人"),
        ("学校分管下列17个单位。主要包括中学3所、小学10所、幼儿园5所。", "18个"),
        ("共有\n15\n1.服务本地企业76家。", "67家"),
        ("人员编制\n125", "152人"),
        ("设办公室、教务科、学生科、培训处、总务科等6个内设机构。", "5个"),
        ("服务本地企业数量预期指标值≥61家，实际完成67家。", "60家"),
        ("校园安防和消防改造资金231.60万元，其中县级资金100万元，全年执行数252.40万元。", "225.40万元"),
        ("校园安防和消防改造年度资金231.60万元，支付252.40万元。", "225.40万元"),
        ("本中心政法专项编制8名。", "4人"),
        ("本年收入合计3616.20万元，其中：本年收入3166.20万元。", "3,166.20万元"),
        ("实有编制人数144人。", "146人"),
        ("在职人员164人（其中行政人员4人），聘用人员21人。", "146人"),
        ("全额事业在职在编124人。", "142人"),
        ("使用编制144名。", "146人"),
        ("师资配备完善，现有在职在编\n人员146人（教师118人，管理16人，工勤14人）。", "148人"),
        ("人员编制总数152名，其中：事业\n编制 184 名。", "148人"),
        ("预算单位277个，包括16个直属单位、31个省局、229个县局。", "276个"),
        (
            "优抚支出178.6万元，其中抚恤67万元、慰问9.1万元、医疗35.5万元、住房62万元、老兵6万元。",
            "179.6万元",
        ),
        ("全年支出3221.05万元。", "3,201.25万元"),
        ("编制人数125人。", "152人"),
        ("编外聘用人员23人。", "21人"),
        ("临聘人员12人。", "21人"),
        ("全县共有中职学校3所，公用经费支出226.41万元。", "221.64万元"),
        ("设综合办公室、教务科、学生科、总务科6个科室。", "5个"),
        ("学校创建于1956年，在职人员164人。", "146人"),
        ("实训基地设备更新项目年初安排420万元，年中追加60万元，全年实际支出463.66万元。", "466.32万元"),
    ],
)
def test_what_published_reports_say_wrongly_is_noticed(text: str, expected: str) -> None:
    assert [finding.expected for finding in said(text)] == [expected]


def test_the_first_half_of_the_gathered_texts_raises_only_what_is_wrong_in_them() -> None:
    found = [(text, finding) for text in gathered_texts.texts("a") for finding in text.findings(text.plain)]
    assert len(found) == 3
    assert all(finding.found in text.wrong for text, finding in found)


def test_every_figure_of_a_text_gets_one_of_three_answers() -> None:
    result = check(with_text("全年执行数3201.25万元，在职人员164人，购书37册。"))
    told = [(each.text, each.told.name, each.cell_key) for each in result.texts if each.key == COMPLETION]
    assert told == [
        ("3201.25万元", "AGREES", "budget.lines.total.outturn"),
        ("164人", "CONTRADICTS", "overview.staff.total.staff_in_post"),
        ("37册", "ALONE", ""),
    ]
    assert result.texts_in_words.startswith("文字里的数：与表格一致 ")
