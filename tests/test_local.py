"""What a district adds with its rulebook: fields and relations of its own, from the blank form to the printed page."""

import io
import json
import re
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook

from selfeval_xlsx import describe
from selfeval_xlsx.checks import check, load_rulebook
from selfeval_xlsx.errors import RulebookError
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.data import from_data, to_data
from selfeval_xlsx.form.expressions import Calculation, Figure, Operation, Scale
from selfeval_xlsx.form.form import PLAN
from selfeval_xlsx.form.local import UnreadableRelationError, read_relation
from selfeval_xlsx.form.relation_kinds import Calculated, ColumnSum, Limit, Ratio, Relation, Sum
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.proof.truth import broken
from selfeval_xlsx.workbook.author import paint
from selfeval_xlsx.workbook.reader import read_workbook
from tests.conftest import ROOT, Convert, Shell, sample, words
from tests.shipped import with_text

COUNTY = load_rulebook((ROOT / "sample_workbooks" / "某县口径.toml").read_text(encoding="utf-8"))
TOTAL = "budget.lines.total"


def typed(text: str, rules: Rulebook = COUNTY) -> Relation:
    return read_relation(text, "SUM90", text, rules.plan)


def amount(key: str) -> Figure:
    return Figure(key, Scale.AMOUNT)


# --- relations in labels --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "年末债务余额 = 年初债务余额 − 本年偿还债务",
        "年末债务余额＝年初债务余额-本年偿还债务",
        "年初债务余额 － 本年偿还债务 = 年末债务余额",
        "“年末债务余额” = （年初债务余额） — 本年偿还债务",
        "预算·年末债务余额 = 年初债务余额 - 本年偿还债务",
    ],
)
def test_a_sum_typed_in_labels_is_a_sum_like_those_of_the_form(text: str) -> None:
    assert typed(text) == Sum(
        "SUM90", text, "local.debt_closing", ("local.debt_opening",), ("local.debt_repaid",)
    )


def test_both_sides_may_be_sums() -> None:
    text = "年末债务余额 + 本年偿还债务 = 年初债务余额 + 本年收入"
    added = ("local.debt_opening", "budget.balance.income")
    moved = Sum("SUM90", text, "local.debt_closing", added, ("local.debt_repaid",))
    assert typed(text) == moved


def test_a_label_alone_is_that_of_the_whole_budget_as_in_texts() -> None:
    assert typed("本年支出 = 执行数").figures == ("budget.balance.expenditure", f"{TOTAL}.outturn")
    assert typed("本年支出 = 人员经费·执行数").figures[1] == "budget.lines.personnel.outturn"


def test_a_column_of_a_list_stands_for_its_sum() -> None:
    text = "项目支出·执行数 = 项目清单·执行数"
    assert typed(text) == ColumnSum("SUM90", text, "budget.lines.project.outturn", "budget.projects.outturn")


def test_a_rate_of_two_figures_is_a_ratio() -> None:
    text = "预算执行率 = 执行数 ÷ 年初预算"
    assert typed(text) == Ratio(
        "SUM90", text, f"{TOTAL}.execution_rate", f"{TOTAL}.outturn", f"{TOTAL}.original_budget"
    )


def test_people_are_counted() -> None:
    assert typed("合计·编制数 = 行政·编制数 + 事业·编制数").counted


def test_several_figures_are_added_up_by_name() -> None:
    text = "执行数 = 合计（人员经费·执行数、公用经费·执行数、项目支出·执行数）"
    parts = tuple(f"budget.lines.{line}.outturn" for line in ("personnel", "operating", "project"))
    assert typed(text) == Sum("SUM90", text, f"{TOTAL}.outturn", parts)


def test_anything_else_is_a_formula() -> None:
    text = "本年偿还债务 = 年初债务余额 × 10% + 1,000.50"
    formula = Operation("+", Operation("×", amount("local.debt_opening"), Decimal("0.1")), Decimal("1000.50"))
    assert typed(text) == Calculated("SUM90", text, "local.debt_repaid", Calculation(formula))


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("本年偿还债务 ≤ 执行数 × 0.2", "≤"),
        ("本年偿还债务 <= 执行数 × 20%", "≤"),
        ("执行数 × 20％ ≥ 本年偿还债务", "≤"),
        ("本年偿还债务 >= 执行数 × 20%", "≥"),
    ],
)
def test_a_limit_has_its_side(text: str, side: str) -> None:
    formula = Calculation(Operation("×", amount(f"{TOTAL}.outturn"), Decimal("0.2")))
    assert typed(text) == Limit("SUM90", text, "local.debt_repaid", formula, side)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "年末债务馀额 = 年初债务余额",
            "“年末债务馀额”不是填报表的标签，也不是本地字段。是不是“年末债务余额”",
        ),
        ("年末债务余额 = 天气", "“天气”不是填报表的标签，也不是本地字段。标签见"),
        ("所属年度 = 评价年度", "“所属年度”不止一格，请写明是哪一格：“预算·所属年度”、“目标·所属年度”"),
        ("单位名称 = 执行数", "“单位名称”填的不是数字"),
        ("年末债务余额 + 执行数", "在“年末债务余额+执行数”之后应当是“=”“≤”或“≥”"),
        ("年末债务余额 = ", "在“年末债务余额=”之后应当是一个标签、数字或括号"),
        ("年末债务余额 = （年初债务余额", "之后应当是“）”"),
        ("年末债务余额 = 执行数）", "之后应当是运算符号，或到此为止"),
        ("= 执行数", "的开头应当是一个标签"),
        ("", "的开头应当是一个标签"),
        ("执行数 × 2 = 年初债务余额 + 1", "的一边应当是单独的一格"),
        ("年末债务余额 = 年末债务余额 + 1", "右边也不再出现这一格"),
        ("执行数 = 项目清单·执行数 + 1", "只能单独写在等号的一边"),
    ],
)
def test_what_cannot_be_read_in_a_relation_is_named(text: str, told: str) -> None:
    with pytest.raises(UnreadableRelationError) as caught:
        typed(text)
    assert told in str(caught.value)


# --- the part [local] of a rulebook ---------------------------------------------------------------

WRONG = """
[local]
[[local.fields]]
key = "Debt"
label = "执行数"
sheet = "预算表"
kind = "钱"

[[local.fields]]
key = "cars"
lable = "车辆"

[[local.fields]]
key = "cars"
label = "公务用车"
sheet = "概况"
kind = "整数"
unit = "辆"

[[local.relations]]
relation = "公务用车 ≤ 编制"
"""


def test_everything_wrong_in_what_a_district_adds_is_said_at_once() -> None:
    with pytest.raises(RulebookError) as caught:
        load_rulebook(WRONG)
    assert str(caught.value).splitlines() == [
        "口径文件有 6 处不对：",
        '  第 4 行“local.fields.1.key”的值 "Debt" 不对，应当是以字母开头的小写字母、数字和下划线，如 debt_opening（不超过40个）。',
        '  第 5 行“local.fields.1.label”的值 "执行数" 不对，应当是填报表里没有用过的标签，例如在前面加上“本级”。',
        '  第 6 行“local.fields.1.sheet”的值 "预算表" 不对，应当是概况、预算、目标、问题之一。',
        '  第 7 行“local.fields.1.kind”的值 "钱" 不对，应当是金额、数字、整数、百分比、日期、文字、长文字、选项之一。',
        "  第 11 行“local.fields.2.lable”不认识。是不是“local.fields.2.label”？",
        "  第 21 行“local.relations.1.relation”里的关系“公务用车 ≤ 编制”里的“编制”不是填报表的标签，也不是本地字段。是不是“编制数”、“行政·编制数”、“合计·编制数”？标签见 docs/字段说明.md。",
    ]


def test_a_mistake_in_one_part_hides_none_in_another_and_makes_none() -> None:
    with pytest.raises(RulebookError) as caught:
        load_rulebook(
            '[grades]\n"优秀" = 90\n"良好" = 95\n"不合格" = 0\n[local]\ntittle = "车辆"\n'
            '[[local.fields]]\nkey = "cars"\nlabel = "公务用车"\nsheet = "概况表"\nkind = "整数"\nrequired = "是"\n'
            '[[local.relations]]\nrelation = "公务用车 ≤ 编制"\nseverity = "警告"'
        )
    assert re.findall(r"第 \d+ 行“(.+?)”", str(caught.value)) == [
        "grades.优秀",
        "local.tittle",
        "local.fields.1.sheet",
        "local.fields.1.required",
        "local.relations.1.relation",
        "local.relations.1.severity",
    ]
    assert "里的“编制”不是" in str(caught.value)  # the label of the field with mistakes is one


def test_without_local_fields_the_form_is_as_shipped() -> None:
    assert Rulebook().plan is PLAN
    assert Rulebook().mark == ""


def test_local_fields_stand_at_the_end_of_their_sheet_and_move_no_other() -> None:
    added = COUNTY.plan.slots.keys() - PLAN.slots.keys()
    assert added == {"local.debt_opening", "local.debt_repaid", "local.debt_closing"}
    assert {key: COUNTY.plan.slots[key][1] for key in PLAN.slots} == {
        key: slot for key, (_, slot) in PLAN.slots.items()
    }
    assert all(COUNTY.plan.slots[key][1].row > PLAN.sheets[1].bottom for key in added)


def test_the_way_past_optional_blocks_leads_to_the_district_s_own() -> None:
    sheet = load_workbook(io.BytesIO(paint(None, [], COUNTY)))["预算"]
    top = next(block for block in COUNTY.plan.sheets[1].blocks if block.label == "政府债务").top
    ways = [row[0].hyperlink.location for row in sheet.iter_rows(min_row=3, max_col=1) if row[0].hyperlink]
    assert ways == [f"'预算'!A{top}"]


def test_the_page_on_rulebooks_tells_what_is_read() -> None:
    page = (ROOT / "docs" / "本地口径.md").read_text(encoding="utf-8")
    own = load_rulebook("\n".join(re.findall(r"```toml\n(.*?)```", page, re.DOTALL)))
    assert len(own.local.fields["budget"]) == 3
    assert [relation.code for relation in own.local.relations] == ["SUM90", "SUM91"]
    assert own.severity.keys() == {"EXE07", "EXE08", "NAR04"}


# --- a filled workbook ----------------------------------------------------------------------------

FILLED = {"debt_opening": "500.00", "debt_repaid": "120.00", "debt_closing": "380.00"}


def filled(**local: str) -> dict[str, Any]:
    return {**sample("云岭县职业教育中心"), "local": {**FILLED, **local}}


def workbook(**local: str) -> bytes:
    return paint(from_data(filled(**local), COUNTY), describe.rule_rows(COUNTY), COUNTY)


def found(**local: str) -> list[str]:
    result = check(read_workbook(workbook(**local), "表.xlsx", COUNTY.plan), COUNTY)
    return [str(finding) for finding in result.findings]


def test_the_form_is_painted_filled_and_read_back_with_its_local_fields() -> None:
    evaluation = read_workbook(workbook(), "表.xlsx", COUNTY.plan)
    assert to_data(evaluation) == to_data(from_data(filled(), COUNTY))
    assert to_data(evaluation)["local"] == {key: value.removesuffix(".00") for key, value in FILLED.items()}
    assert found() == []
    sheet = load_workbook(io.BytesIO(workbook()))["预算"]
    _, slot = COUNTY.plan.slots["local.debt_opening"]
    assert [sheet.cell(slot.row - 1, 1).value, sheet.cell(slot.row, 1).value] == [
        "政府债务",
        "* 年初债务余额",
    ]


def test_a_local_figure_found_wrong_is_named_with_its_place() -> None:
    closing, opening, repaid = (
        COUNTY.plan.slots[f"local.debt_{name}"][1].coordinate for name in ("closing", "opening", "repaid")
    )
    [told] = found(debt_closing="390")
    assert told.startswith(f"SUM90 错误 「预算」{closing} 年末债务余额：填报 390.00，")
    assert "按 年末债务余额 = 年初债务余额 − 本年偿还债务 应为 380.00，多 10.00。" in told
    assert f"请核对 {closing}、{opening}、{repaid}" in told


def test_a_local_limit_reminds() -> None:
    assert [f.split()[:2] for f in found(debt_opening="5000", debt_repaid="1000", debt_closing="4000")] == [
        ["SUM91", "提醒"]
    ]


def test_the_self_proof_passes_over_formulas_that_a_district_typed() -> None:
    honest, wrong = (from_data(filled(debt_closing=closing), COUNTY) for closing in ("380.00", "390.00"))
    assert {name.split()[0] for name in broken(wrong, COUNTY) - broken(honest, COUNTY)} == {"SUM90"}


def test_a_required_local_field_is_asked_for() -> None:
    assert [f.split()[:2] for f in found(debt_opening="", debt_closing="", debt_repaid="")] == [
        ["FIL01", "错误"]
    ]


def test_a_blank_local_figure_is_computed() -> None:
    whole = completed(from_data(filled(debt_closing=""), COUNTY), COUNTY)
    assert whole.local["local.debt_closing"].value == Decimal(380)


def test_a_text_refers_to_a_local_figure() -> None:
    data = filled()
    data["goals"]["results"]["completion"] = "本年偿还债务【本年偿还债务】。"
    whole = completed(from_data(data, COUNTY), COUNTY)
    assert whole.goals.results.completion.value == "本年偿还债务120.00万元。"


# --- from the blank form to the printed page ------------------------------------------------------

PAGE = (
    "<w:p><w:r><w:t>{{ mark }}年初债务{{ local.debt_opening }}{{ facts.unit }}，</w:t></w:r></w:p>"
    "<w:p><w:r><w:t>年末债务{{ local.debt_closing }}{{ facts.unit }}。</w:t></w:r></w:p>"
)


def test_a_districts_fields_from_the_blank_form_to_the_printed_page(shell: Shell, convert: Convert) -> None:
    rules = shell.put(ROOT / "sample_workbooks" / "某县口径.toml", "某县口径.toml")
    (shell.folder / "数据.json").write_text(json.dumps(filled(debt_closing="390")), encoding="utf-8")
    (shell.folder / "模板.docx").write_bytes(with_text(PAGE))

    assert shell("new", "空表.xlsx", "--rules", rules)[0] == 0
    assert {f"local_{key}" for key in FILLED} <= set(load_workbook("空表.xlsx").defined_names)
    assert shell("new", "表.xlsx", "--data", "数据.json", "--rules", rules)[0] == 0

    [recalculated] = convert("xlsx", shell.folder / "表.xlsx")
    lines = load_workbook(recalculated, data_only=True)["核对"].iter_rows(values_only=True)
    assert {line[2]: line[0] for line in lines if line[0] and str(line[1]).startswith("SUM9")} == {
        "年末债务余额 = 年初债务余额 − 本年偿还债务": "✗ 差 10.00",
        "本年偿还债务 ≤ 执行数 × 20%": "✓",
    }

    status, told = shell("check", "表.xlsx", "--rules", rules)
    assert status == 1
    assert "SUM90 错误 「预算」" in told
    status, told = shell("check", "表.xlsx")
    assert status == 0
    assert "FRM09 提醒 口径：本工作簿是照口径“某县口径.toml”做的，和现在核对用的不是一份" in told

    assert shell("show", "表.xlsx", "--json", "--rules", rules)[0] == 0
    data = json.loads(shell.out)
    assert data["local"]["debt_closing"] == "390"
    data["local"]["debt_closing"] = None
    (shell.folder / "改正.json").write_text(json.dumps(data), encoding="utf-8")
    assert shell("new", "改正.xlsx", "--data", "改正.json", "--rules", rules)[0] == 0
    assert "年初债务余额：500.00" in shell("show", "改正.xlsx", "--rules", rules)[1]

    assert "local.debt_closing  年末债务余额" in shell("template", "fields", "--rules", rules)[1]
    assert (
        "SUM90  本地关系成立（必须成立；本地口径）　年末债务余额 = 年初债务余额"
        in shell("rules", "--rules", rules)[1]
    )
    status, told = shell("template", "check", "模板.docx", "--rules", rules)
    assert status == 0, told
    assert "local.debt_closing" in shell("template", "check", "模板.docx")[1]

    status, told = shell(
        "report", "改正.xlsx", "--rules", rules, "--template", "模板.docx", "-o", "报告.docx"
    )
    assert status == 0, told
    [page] = convert("pdf", shell.folder / "报告.docx")
    assert "".join(words(page).split()).startswith("年初债务500.00万元，年末债务380.00万元。")
    assert shell("verify", "报告.docx", "改正.xlsx", "--rules", rules, "--template", "模板.docx")[0] == 0
    assert shell("new", "下年.xlsx", "--from", "改正.xlsx", "--rules", rules)[0] == 0
