import re
from decimal import Decimal

import pytest

from selfeval_xlsx import files
from selfeval_xlsx.checks import check, load_rulebook
from selfeval_xlsx.errors import RulebookError
from selfeval_xlsx.findings import Severity
from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.form.form import PLAN
from selfeval_xlsx.form.rulebook import Rulebook, load
from tests.conftest import sample

SHIPPED = files.shipped(files.RULEBOOK).read_text(encoding="utf-8")


def test_the_shipped_file_says_what_holds_without_it() -> None:
    assert load(SHIPPED) == load("") == Rulebook()


def test_every_setting_of_the_shipped_file_is_explained() -> None:
    settings = [line for line in SHIPPED.splitlines() if "=" in line and not line.lstrip().startswith("#")]
    assert len(settings) > 15
    assert all("#" in line for line in settings if not line.startswith('"'))


def test_a_setting_changes_only_itself() -> None:
    changed = load('[scoring]\nreverse_rule = "ratio"\n[grades]\n"优" = 85.5\n"良" = 75\n"中" = 60\n"差" = 0')
    assert changed.scoring.reverse_rule == "ratio"
    assert changed.scoring.full_score == Decimal(100)
    assert changed.grades["优"] == Decimal("85.5")


def test_level_weights_may_be_left_out() -> None:
    assert load("[scoring.level_weights]").scoring.level_weights == {}


@pytest.mark.parametrize(
    ("total", "grade"), [("100", "优"), ("90", "优"), ("89.99", "良"), ("60", "中"), ("0", "差")]
)
def test_grades(total: str, grade: str) -> None:
    assert Rulebook().grade_of(Decimal(total)) == grade


def test_levels_classes_and_grades_are_the_districts_own() -> None:
    own = load(
        '[scoring]\nlevels = ["投入", "过程", "履职效能"]\nexecution_weight = 20\n'
        '[scoring.level_weights]\n"投入" = 10\n"过程" = 30\n"履职效能" = 40\n'
        '[scoring.classes]\n"完成" = 60\n"未完成" = 0\n[grades]\n"优秀" = 90\n"合格" = 60\n"不合格" = 0'
    )
    assert own.grade_of(Decimal("89.99")) == "合格"
    assert load('[scoring]\nlevels = ["投入"]').scoring.level_weights == {}
    options = [
        own.kind_of(field.kind).validation.options
        for name in ("level1", "attainment")
        for field in [PLAN.columns[f"goals.indicators.{name}"][2].field]
    ]
    assert options == [("投入", "过程", "履职效能"), ("完成", "未完成")]


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("某某镇人民政府", 500_000),
        ("景德镇市教育局", 3_000_000),
        ("某某镇中心小学", 50_000),
        ("某某大学", 5_000_000),
    ],
)
def test_how_large_a_budget_can_be_depends_on_the_kind_of_unit(name: str, most: int) -> None:
    assert Rulebook().size.largest_for(name) == most


GRADES = '[grades]\n"优" = {}\n"良" = {}\n"中" = {}\n"差" = {}'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[execution]\nlow_rat = 80", "“execution.low_rat”不认识。是不是“execution.low_rate”"),
        ("[executoin]\nlow_rate = 80", "“executoin”不认识。是不是“execution”"),
        ('[scoring.level_weights]\n"产出" = 50', "是不是“scoring.level_weights.产出指标”"),
        ("execution = 5", "“execution”的值 5 不对，应当是一组设置"),
        ('[execution]\nlow_rate = "90"', '的值 "90" 不对，应当是 0 到 1000 的数字'),
        ("[execution]\nlow_rate = true", "的值 true 不对，应当是 0 到 1000 的数字"),
        ("[execution]\nlow_rate = -1", "的值 -1 不对"),
        ("[execution]\nlow_rate = nan", "“execution.low_rate”的值 NaN 不对"),
        ("[execution]\nlow_rate = inf", "的值 Infinity 不对"),
        ("[execution]\nlow_rate = 0.9", "应当是不带 % 的百分数，如 90% 写作 90"),
        ("[[execution]]\nlow_rate = 3", "的值 [{low_rate = 3}] 不对"),
        ('[scoring]\nreverse_rule = "Linear"', '应当是 "linear" 或 "ratio"'),
        ("[scoring]\nfar_above = 90", "应当是大于 100 的百分数"),
        ("[scoring]\nrounding = 1.01", "应当是不超过 1 分的数字"),
        ("[scoring]\nexecution_weight = 20", "合计 110，不等于满分 100"),
        ("[scoring]\nfull_score = 0\nexecution_weight = 0\n[scoring.level_weights]", "应当是大于 0 的满分"),
        ('[scoring.level_weights]\n"产出指标" = "五十"', '“scoring.level_weights.产出指标”的值 "五十" 不对'),
        ('[scoring.classes]\n"达成" = 120\n"部分达成" = 60\n"未达成" = 0', "应当是不超过 100 的下限"),
        (GRADES.format(80, 90, 60, 0), "“优”的下限 80 应当高于“良”的 90"),
        (GRADES.format(90, 90, 60, 0), "“优”的下限 90 应当高于“良”的 90"),
        (GRADES.format(90, 80, 60, 10), "“grades.差”的下限应当是 0，不是 10"),
        (GRADES.format(101, 80, 60, 0), "应当是不超过 100 的下限"),
        ('[grades]\n"优" = 90', "“grades.优”的下限应当是 0，不是 90"),
        ("[grades]", "“grades”的值 {} 不对，应当是从高到低的几级"),
        ('[grades]\n"优 " = 90\n"差" = 0', '“grades”的值 "优 " 不对，应当是不重复、不含空格和逗号的名称'),
        ('[grades]\n"" = 90\n"差" = 0', '“grades”的值 "" 不对，应当是不重复、不含空格和逗号的名称'),
        ('[scoring.classes]\n"达成,完成" = 60\n"未达成" = 0', '“scoring.classes”的值 "达成,完成" 不对'),
        ('[scoring]\nlevels = ["投入", "投入"]', '“scoring.levels”的值 "投入" 不对'),
        (
            '[scoring]\nlevels = ["投入"]\n[scoring.level_weights]\n"投人" = 90',
            "是不是“scoring.level_weights.投入”",
        ),
        ("[size]\nlargest = 1", "应当是大于 1 的数字"),
        ('[texts]\nplaceholders = "XX"', "应当是文字的列表"),
        ("[printing]\nthousands_comma = 1", "应当是 true 或 false"),
        ("[execution\nlow_rate = 80", "口径文件第 1 行第 11 个字符附近写法不对"),
        ('[grades]\n"优" = 90\n"优" = 80', "同一设置只写一次"),
    ],
)
def test_what_is_wrong_in_a_rulebook_is_said_in_one_line(text: str, told: str) -> None:
    with pytest.raises(RulebookError) as caught:
        load(text)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


THREE = """# 某县口径
[execution]
low_rat = 80
large_adjustment = 25

[severity]
SUM02 = "不核对"

[scoring]
levels = ["投入", "过程"]
reverse_rule = "linaer"
"""


def test_everything_wrong_in_a_rulebook_is_said_at_once_with_its_line() -> None:
    with pytest.raises(RulebookError) as caught:
        load_rulebook(THREE)
    assert str(caught.value).splitlines() == [
        "口径文件有 3 处不对：",
        "  第 3 行“execution.low_rat”不认识。是不是“execution.low_rate”？",
        '  第 7 行“severity.SUM02”的值 "不核对" 不对，应当是 "提醒"（必须成立的规则只能降为提醒）。',
        '  第 11 行“scoring.reverse_rule”的值 "linaer" 不对，应当是 "linear" 或 "ratio"；删去这一行，就用默认的 "linear"。',
    ]


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ('SUM2 = "提醒"', "“severity.SUM2”不是规则的编号。是不是“SUM"),
        ('EXE04 = "错误"', '应当是 "提醒" 或 "说明" 或 "不核对"'),
        ('EXE09 = "提醒"', '应当是 "说明" 或 "不核对"'),
        ("EXE04 = 1", "的值 1 不对"),
    ],
)
def test_a_rule_is_lowered_only_as_far_as_its_class_allows(setting: str, told: str) -> None:
    with pytest.raises(RulebookError, match=re.escape(told)):
        load_rulebook(f"[severity]\n{setting}")


@pytest.mark.parametrize(
    ("code", "word", "left"),
    [("SUM02", "提醒", [Severity.WARNING]), ("EXE04", "说明", [Severity.NOTE]), ("EXE04", "不核对", [])],
)
def test_a_district_lowers_what_a_rule_weighs(code: str, word: str, left: list[Severity]) -> None:
    data = sample("云岭县职业教育中心")
    data["budget"]["lines"]["total"] |= {"outturn": "1", "execution_rate": "", "prior_outturn": ""}
    data["budget"]["notes"]["execution_reason"] = ""
    whole = from_data(data)
    assert [f.severity for f in check(whole).findings if f.code == code] == [Severity.ERROR]
    lowered = check(whole, load_rulebook(f'[severity]\n{code} = "{word}"'))
    assert [f.severity for f in lowered.findings if f.code == code] == left
