"""The report: golden text of whole reports, strictness, escaping, the official layout."""

import io
import re
from collections.abc import Callable
from decimal import Decimal
from html import escape
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table
from lxml import etree
from openxml_audit import OpenXmlValidator
from samples import overtype

from selfeval_xlsx import template_check
from selfeval_xlsx.errors import TemplateError
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.form.form import PLAN
from selfeval_xlsx.form.rulebook import Printing, Rulebook
from selfeval_xlsx.office.package import is_sealed
from selfeval_xlsx.report import context
from selfeval_xlsx.report.names import ALL, FACTS
from selfeval_xlsx.report.printer import dashed
from selfeval_xlsx.report.sentences import measure_sentence
from selfeval_xlsx.report.template import ReportTemplate
from selfeval_xlsx.report.wording import Numbering, Prose, clause, sentence
from selfeval_xlsx.template_check import vocabulary
from selfeval_xlsx.text import chinese, circled
from tests.conftest import sample
from tests.shipped import BRIEF, REPORT, reviewed, with_text
from tests.word_edits import parts_of

SHIPPED = ReportTemplate(REPORT, "绩效自评报告.docx")


def rendered(
    data: dict[str, Any],
    rulebook: Rulebook | None = None,
    open_items: list[str] | None = None,
    attachments: tuple[str, ...] = ALL,
) -> bytes:
    rules = rulebook or Rulebook()
    whole = completed(from_data(data), rules)
    return SHIPPED.render(context.build(whole, rules, open_items, attachments=attachments))


def dump(report: bytes) -> str:
    """Paragraphs with their styles, tables row by row, headers and footers."""
    document = Document(io.BytesIO(report))
    lines = []
    for item in document.iter_inner_content():
        if isinstance(item, Table):
            lines += ["| " + " | ".join(cell.text for cell in row.cells) + " |" for row in item.rows]
        else:
            style = item.style.name if item.style else ""
            lines.append(f"[{style}] {item.text}".rstrip())
    for place, part in (
        ("页眉", document.sections[0].header),
        ("偶数页页眉", document.sections[0].even_page_header),
    ):
        lines += [f"{place}：{paragraph.text}" for paragraph in part.paragraphs]
    return "\n".join(lines) + "\n"


def text(report: bytes) -> str:
    return "\n".join(line.partition("] ")[2] or line for line in dump(report).splitlines())


@pytest.mark.parametrize("name", ["青石镇综合服务中心", "云岭县职业教育中心"])
def test_whole_reports(name: str, golden: Callable[[str, str], None]) -> None:
    golden(f"{name}.txt", dump(rendered(sample(name))))


def test_the_least_report(minimal_data: dict[str, Any], golden: Callable[[str, str], None]) -> None:
    golden("最小报告.txt", dump(rendered(minimal_data)))


def test_the_draft_says_so_and_lists_what_is_open(minimal_data: dict[str, Any]) -> None:
    said = text(rendered(minimal_data, open_items=["EXE02 错误 <某处>"]))
    assert said.count("草　稿") == 2
    assert "（1）EXE02 错误 <某处>" in said
    assert "草　稿" not in text(rendered(minimal_data))


def test_a_draft_says_where_a_required_cell_is_blank(minimal_data: dict[str, Any]) -> None:
    minimal_data["budget"]["lines"]["total"]["outturn"] = None
    assert "执行数（未填）万元" in text(rendered(minimal_data, open_items=[]))


def test_figures_left_blank_read_the_same_as_typed_ones(full_data: dict[str, Any]) -> None:
    typed = rendered(full_data)
    for line in ("personnel", "operating", "basic", "project", "total"):
        full_data["budget"]["lines"][line]["execution_rate"] = None
    for column in ("original_budget", "budget_adjustment", "adjusted_budget", "outturn", "prior_outturn"):
        full_data["budget"]["lines"]["basic"][column] = None
        full_data["budget"]["lines"]["total"][column] = None
    full_data["overview"]["staff"]["total"] = {}
    assert dump(rendered(full_data)) == dump(typed)


def _text_keys() -> list[str]:
    return [field.key for field in PLAN.fields if field.key in PLAN.slots]


@pytest.mark.parametrize("key", _text_keys())
def test_no_blank_leaves_a_dangling_word(key: str, full_data: dict[str, Any]) -> None:
    """Whatever single cell is blank: no empty heading, no doubled or stray punctuation, no lone unit."""
    overtype(full_data, key.split("."), "")
    root: Any = etree.fromstring(parts_of(rendered(full_data))["word/document.xml"])
    body = "\n".join("".join(each.itertext(qn("w:t"))) for each in root.iter(qn("w:p")))
    assert "云岭县" in body or "unit_name" in key
    assert not re.search(
        r"[，、；：。][，、；。]|（）|“”|[^\d：]万元[，。）、]|（[，、]|[，、；]$", body, re.MULTILINE
    )
    assert not re.search(r"None|nan|\{\{|\}\}", body)


def test_numbering_follows_what_is_there(full_data: dict[str, Any]) -> None:
    del (
        full_data["overview"]["goal"],
        full_data["overview"]["duties"],
        full_data["goals"]["results"]["effects"],
    )
    full_data["overview"]["management"]["decisions"] = None
    lines = dump(rendered(full_data)).splitlines()
    headings = [line.partition("] ")[2] for line in lines if line.startswith("[Heading")]
    assert headings[:6] == [
        "一、部门（单位）概况", "（一）部门（单位）主要职责职能，组织架构、人员及资产等基本情况",
        "1.组织架构、人员及资产等基本情况", "（二）当年部门年度整体支出绩效目标和工作计划",
        "（三）部门（单位）绩效管理开展情况，包括决策管理、业务管理、财务管理、资产管理、人力资源和内控管理等方面",
        "1.业务管理",
    ]  # fmt: skip
    assert "（二）社会满意度及可持续性影响" in headings


def headings(data: dict[str, Any]) -> list[str]:
    return [line.partition("] ")[2] for line in dump(rendered(data)).splitlines() if "[Heading" in line]


def test_no_heading_stands_over_problems_that_are_not_named(full_data: dict[str, Any]) -> None:
    for row in full_data["issues"]["problems"]:
        row["problem"] = None
    assert "（一）改进的方向和具体措施" in headings(full_data)
    assert "（一）主要问题及原因分析" not in headings(full_data)
    for row in full_data["issues"]["problems"]:
        row["direction"] = row["measure"] = None
    assert "三、绩效自评结果拟应用和公开情况" in headings(full_data)


PRESCRIBED = [
    "一、部门（单位）概况",
    "（一）部门（单位）主要职责职能，组织架构、人员及资产等基本情况",
    "1.部门职责",
    "2.组织架构、人员及资产等基本情况",
    "（二）当年部门履职总体目标、工作任务",
    "（三）当年部门年度整体支出绩效目标和工作计划",
    "（四）部门（单位）绩效管理开展情况，包括决策管理、业务管理、财务管理、资产管理、人力资源和内控管理等方面",
    "（五）当年部门预算及执行情况",
    "二、部门（单位）整体支出工作完成及绩效实现情况（对照绩效目标和工作计划考察实现度）",
    "（一）履职完成情况",
    "（二）履职效果情况",
    "（三）社会满意度及可持续性影响",
    "三、部门（单位）整体支出绩效中存在问题及改进措施",
    "（一）主要问题及原因分析",
    "（二）改进的方向和具体措施",
    "四、绩效自评结果拟应用和公开情况",
]
"""The headings of the report, as they are prescribed."""


@pytest.mark.parametrize("name", ["青石镇综合服务中心", "云岭县职业教育中心"])
def test_the_headings_are_the_prescribed_ones_word_for_word(name: str) -> None:
    own = [
        f"{number}.{part}管理"
        for number, part in enumerate(("决策", "业务", "财务", "资产", "人力资源", "内部控制"), 1)
    ]
    assert [heading for heading in headings(sample(name)) if heading not in own] == PRESCRIBED
    lines = dump(rendered(sample(name))).splitlines()
    assert lines[:3] == [
        "[公文标题] 部门（单位）整体支出预算绩效自评报告",
        "[公文副标题] （2025年度）",
        f"[公文副标题] {name}",
    ]


def test_score_and_indicators_stand_under_the_prescribed_headings(full_data: dict[str, Any]) -> None:
    body = text(rendered(full_data)).splitlines()
    assert "2025年度部门整体支出绩效自评总分99.62分，等级为“优”。预算执行率指标满分10分，得9.87分。" in body
    assert "各项指标的完成和得分情况见附件2。" in body
    assert "自评总分" not in text(rendered(sample("青石镇综合服务中心")))
    assert "各项绩效指标的完成情况见下表。" in text(rendered(sample("青石镇综合服务中心")))


def test_a_single_sub_unit_is_named_not_included(full_data: dict[str, Any]) -> None:
    assert "下属单位1个，为云岭县社区培训学校。" in text(rendered(full_data))
    full_data["overview"]["organisations"].append({"name": "乙校", "type": "下属单位"})
    full_data["overview"]["structure"]["sub_unit_count"] = 2
    assert "下属单位2个，包括云岭县社区培训学校、乙校。" in text(rendered(full_data))


STRANGE = [
    "<&>{{ x }}{% if %}",
    "a<b & c>d",
    "{_{ x }_}",
    "𠀀𠮷😀",
    "甲\ue000乙\ue003",
    "甲\n乙",
    "甲\t乙",
    "\x07甲\x0b乙",
    "长" * 32_767,
    "]]>",
]


@pytest.mark.parametrize("strange", STRANGE, ids=lambda value: repr(value[:12]))
def test_whatever_is_typed_is_printed_literally(strange: str, full_data: dict[str, Any]) -> None:
    overtype(full_data, ["goals", "results", "completion"], f"前{strange}后")
    overtype(full_data, ["overview", "duties", "0", "content"], f"前{strange}后")
    body = text(rendered(full_data))
    shown = strange.replace("\x07", "").replace("\x0b", "")
    for line in f"前{shown}后".split("\n"):
        assert body.count(line) == 2
    assert "填报人（签字）：" in body


def test_line_breaks_of_an_item_are_paragraphs_of_the_text_and_lines_of_a_cell(
    full_data: dict[str, Any],
) -> None:
    full_data["goals"]["plan"][0]["content"] = "甲。\n　 \n乙"
    full_data["goals"]["indicators"][5]["deviation_reason"] = "丙。\n丁"
    report = rendered(full_data)
    assert "[公文正文] 1.稳定办学规模。甲。\n[公文正文] 乙。\n" in dump(report)
    cells = [cell for row in Document(io.BytesIO(report)).tables[-3].rows for cell in row.cells]
    [reason] = next(cell for cell in cells if cell.text.startswith("丙")).paragraphs
    assert reason.text == "丙。\n丁"


def test_the_comma_is_a_setting(full_data: dict[str, Any]) -> None:
    assert "3244.60万元" in text(rendered(full_data, Rulebook(printing=Printing(thousands_comma=False))))
    assert "3,244.60万元" in text(rendered(full_data))


def test_a_cut_and_a_smaller_outturn_are_words_not_signs(full_data: dict[str, Any]) -> None:
    lines = full_data["budget"]["lines"]["total"]
    lines.update(original_budget="3300", budget_adjustment="-55.40", prior_outturn="3300", outturn="3250")
    body = text(rendered(full_data))
    assert "年中调减55.40万元" in body
    assert "未执行" not in body
    assert "超出调整后预算5.40万元" in body
    assert "减少50.00万元，下降1.52%" in body


def test_what_is_left_is_called_so_only_where_the_money_came(full_data: dict[str, Any]) -> None:
    assert "结余43.35万元。" in text(rendered(full_data))
    full_data["budget"]["balance"] = {}
    assert "预算执行率98.66%，未执行43.35万元。" in text(rendered(full_data))
    full_data["budget"]["lines"]["total"].update(outturn="3244.60", execution_rate=None)
    assert "执行数3,244.60万元，预算执行率100.00%。" in text(rendered(full_data))


def test_parts_are_named_only_where_there_are_several(full_data: dict[str, Any]) -> None:
    staff = full_data["overview"]["staff"]
    staff["administrative"] = {"authorised_posts": 0, "staff_in_post": 0}
    staff["total"] = staff["institutional"]
    body = text(rendered(full_data))
    assert "核定事业编制148名。2025年末在职人员142人。" in body
    assert "其中" not in body.partition("在职人员控制率")[0]


DEADLINES = {
    "2026年6月底前": "2026年6月底前完成",
    "2026年6月30日": "2026年6月30日前完成",
    "2026年6月": "2026年6月底前完成",
    "2026年": "2026年底前完成",
    "一季度": "一季度前完成",
    "三个月内": "三个月内完成",
    "2026年底前完成": "2026年底前完成",
    "长期坚持": "完成时限为长期坚持",
}


@pytest.mark.parametrize("typed", DEADLINES)
def test_a_measure_says_who_sees_to_it_and_by_when(typed: str) -> None:
    row = {"direction": "甲", "measure": "乙；", "responsible": "办公室", "deadline": typed}
    assert measure_sentence(row) == f"甲。具体措施：乙。由办公室负责，{DEADLINES[typed]}。"
    assert (
        measure_sentence({**row, "responsible": "", "direction": ""}) == f"具体措施：乙。{DEADLINES[typed]}。"
    )
    assert (
        measure_sentence({**row, "responsible": "由办公室负责", "deadline": ""})
        == "甲。具体措施：乙。由办公室负责。"
    )


def test_nobody_reads_telephone_and_mail_address_in_a_published_report(full_data: dict[str, Any]) -> None:
    body = text(rendered(full_data))
    assert "财务负责人（签字）：" in body
    assert not re.search("0000-1234567|report@example.com|联系电话|报送邮箱", body)


def test_every_field_of_the_form_is_printed_or_named_as_not_printed() -> None:
    assert template_check.problems(REPORT, "绩效自评报告.docx", vocabulary.vocabulary(), {}) == []
    assert set(vocabulary.NOT_USED) <= {field.key for field in PLAN.fields}


# --- texts as they are typed ------------------------------------------------------------------------

TYPED_NUMBERS = {
    "1.加强调度": "加强调度",
    "２．加强调度": "加强调度",
    "（一）加强调度": "加强调度",
    "一是加强调度": "加强调度",
    "①加强调度": "加强调度",
    "一是加强调度；二是严格考核": "一是加强调度；二是严格考核",
    "1.5万人次参加": "1.5万人次参加",
    "（一）期工程完工": "（一）期工程完工",
    "1、2月完成": "1、2月完成",
}


@pytest.mark.parametrize("typed", TYPED_NUMBERS)
def test_a_number_that_was_typed_does_not_stand_beside_the_reports_own(
    typed: str, full_data: dict[str, Any]
) -> None:
    full_data["issues"]["problems"][1]["problem"] = typed
    full_data["overview"]["duties"][1]["content"] = typed
    body = text(rendered(full_data))
    assert f"\n2.{TYPED_NUMBERS[typed]}。" in body
    assert f"②{TYPED_NUMBERS[typed]}；" in body


def test_a_single_item_bears_no_number(full_data: dict[str, Any]) -> None:
    for rows in (
        full_data["overview"]["duties"],
        full_data["goals"]["plan"],
        full_data["issues"]["problems"],
    ):
        del rows[1:]
    body = text(rendered(full_data))
    assert "主要承担以下职责：实施中等职业学历教育" in body
    assert "\n稳定办学规模。全日制在校生" in body
    assert "\n项目前期准备不够充分。主要原因" in body


TORN = """围绕年度工作任务坚持问题导向和目标导向相结合，落实各项管
理制度，推进重点工作，完成全部目标任务，坚持问题导向和目标
导向相结合，落实各项制度。"""


def test_lines_torn_by_copying_from_a_page_are_joined(full_data: dict[str, Any]) -> None:
    full_data["goals"]["results"]["effects"] = TORN
    assert "".join(TORN.split("\n")) in text(rendered(full_data))
    lines = "完成了第一项重点工作任务并通过验收\n完成了第二项重点工作任务并通过验收\n完成了第三项工作"
    full_data["goals"]["results"]["effects"] = lines
    assert "通过验收\n完成了第二项" in text(rendered(full_data))


def test_spaces_are_of_one_style(full_data: dict[str, Any]) -> None:
    full_data["goals"]["results"]["effects"] = "2025 年 12 月底，就业率 94.3% ，使用 Excel 软件的 67 家。"
    assert "2025年12月底，就业率94.3%，使用Excel软件的67家。" in text(rendered(full_data))


# --- the template -------------------------------------------------------------------------------


def paragraph(words: str) -> str:
    return f"<w:p><w:r><w:t>{words}</w:t></w:r></w:p>"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("{{ budget.lines.total.outtern }}", "outtern"),
        ("{{ nonsense }}", "nonsense"),
        ("{% if %}", "标签里没有写完"),
        ("{% if draft %}", "没有结束"),
        ("{{ ''.__class__.__mro__ }}", "不允许"),
        ("{% for i in range(10**9) %}x{% endfor %}", "不能做乘方"),
        ("{{ 1 / 0 }}", "不能做除法"),
        ("{{ no(9) }}", "no 的级别是 0 到 4"),
        ("{{ no(1, '!') }}", "值或参数不合用"),
    ],
)
def test_a_template_that_cannot_be_used_is_named(words: str, said: str, full_data: dict[str, Any]) -> None:
    with pytest.raises(TemplateError, match=said):
        ReportTemplate(with_text(paragraph(words)), "新模板.docx").render(
            context.build(completed(from_data(full_data), Rulebook()), Rulebook())
        )


@pytest.mark.parametrize("data", [b"", b"PK", b"no zip at all"])
def test_a_file_that_is_no_template_is_named(data: bytes) -> None:
    with pytest.raises(TemplateError, match="不是 Word 文件"):
        ReportTemplate(data, "x.docx")


def test_a_template_split_into_runs_by_word_still_works(full_data: dict[str, Any]) -> None:
    split = "<w:p><w:r><w:t>{{ overview</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>.identity.unit_name }}</w:t></w:r></w:p>"
    report = ReportTemplate(with_text(split), "x").render(context.build(from_data(full_data), Rulebook()))
    assert "云岭县职业教育中心" in text(report)


def of(*words: str) -> list[str]:
    """The lines of a report made with a template of these paragraphs."""
    data = sample("云岭县职业教育中心")
    data["overview"]["management"]["finance"] = None
    template = ReportTemplate(with_text("".join(paragraph(escape(each, quote=False)) for each in words)), "x")
    return text(
        template.render(context.build(completed(from_data(data), Rulebook()), Rulebook()))
    ).splitlines()[:-2]


def test_amounts_compare_as_numbers() -> None:
    def holds(condition: str) -> bool:
        return of(f"{{% if {condition} %}}是{{% else %}}否{{% endif %}}") == ["是"]

    lines = "budget.lines"
    assert holds(f"{lines}.operating.outturn < {lines}.personnel.outturn")  # 221.64 and 1,908.15
    assert holds(f"{lines}.total.execution_rate >= 90")
    assert holds(f"{lines}.total.execution_rate < '100%'")
    assert holds(f"{lines}.operating.budget_adjustment < 0")
    assert holds("budget.sources.other_funds.outturn == 0")
    assert not holds(
        "overview.structure.overstaffing_reason > 0 or overview.structure.overstaffing_reason < 0"
    )


def test_a_paragraph_that_prints_nothing_is_not_there() -> None:
    assert of("甲", "{{ 事实.财务管理 }}", "乙") == ["甲", "乙"]


def test_a_heading_above_nothing_is_not_there_and_has_no_number() -> None:
    said = of(
        "{{ 编号(1) }}管理", "{{ 编号(2) }}财务", "{{ 事实.财务管理 }}", "{{ 编号(2) }}资产", "{{ 事实.资产管理 }}",
        "{{ 编号(1) }}结语", "{{ 事实.财务管理 }}", "{{ 事实.正文到此为止 }}", "落款",
    )  # fmt: skip
    assert said[:2] == ["一、管理", "（一）资产"]
    assert said[3:] == ["落款"]


def test_a_number_is_the_same_wherever_it_is_printed() -> None:
    assert of("{% set t = no(0) %}见{{ t }}。", "{{ t }}　名称", "{{ no(0) }}", "{{ no(3)|replace('.', '、') }}") == [
        "见表1。", "表1　名称", "表2", "1、",
    ]  # fmt: skip


def test_grey_tags_print_in_black() -> None:
    assert b"rStyle" in parts_of(REPORT)["word/document.xml"]
    assert b"rStyle" not in parts_of(rendered(sample("云岭县职业教育中心")))["word/document.xml"]


def test_a_template_tells_which_attachments_it_has_pages_for() -> None:
    assert SHIPPED.attached == ALL
    only = paragraph("{%p if facts.attached.sheet %}") + paragraph("表") + paragraph("{%p endif %}")
    assert ReportTemplate(with_text(only), "x").attached == ("sheet",)
    assert ReportTemplate(with_text(paragraph("{{ 事实.项目表附件 }}")), "x").attached == ("projects",)
    refers = paragraph("见{{ facts.attached.sheet }}{% if facts.attached.budget %}甲{% endif %}")
    assert ReportTemplate(with_text(refers), "x").attached == ()


def test_a_template_tells_what_it_mentions() -> None:
    assert SHIPPED.mentions("mark")
    assert not ReportTemplate(with_text(paragraph("{{ facts.unit }}")), "x").mentions("open_items")


def test_the_same_input_gives_the_same_bytes(full_data: dict[str, Any]) -> None:
    assert rendered(full_data) == rendered(full_data)
    assert is_sealed(rendered(full_data))


def test_the_facts_are_all_explained(full_data: dict[str, Any]) -> None:
    assert set(context.build(from_data(full_data), Rulebook())["facts"]) == {
        name.partition(".")[0] for name in FACTS
    }


@pytest.mark.parametrize(("name", "template"), [("模板", REPORT), ("模板（简表式）", BRIEF)])
def test_the_shipped_templates_as_people_review_them(
    name: str, template: bytes, golden: Callable[[str, str], None]
) -> None:
    golden(f"{name}.txt", reviewed(template))


# --- layout -------------------------------------------------------------------------------------


def test_the_page_is_the_official_one() -> None:
    document = Document(io.BytesIO(REPORT))
    section = document.sections[0]
    sides = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(side.mm) for side in sides if side is not None] == [37, 35, 28, 26]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)  # type: ignore[union-attr]
    assert document.settings.odd_and_even_pages_header_footer
    [grid] = section._sectPr.iter(qn("w:docGrid"))  # noqa: SLF001 - python-docx has no name for the grid
    body = document.styles["公文正文"]
    assert int(grid.get(qn("w:linePitch")) or 0) * 22 <= Mm(225).twips
    [tighter] = body.element.iter(qn("w:rPr"))
    assert (16 * 20 + int(tighter.find(qn("w:spacing")).get(qn("w:val")))) * 28 <= Mm(156).twips
    assert body.font.size == Pt(16)


def test_the_document_passes_an_independent_audit(full_data: dict[str, Any], tmp_path: Any) -> None:
    path = tmp_path / "报告.docx"
    path.write_bytes(rendered(full_data))
    errors = OpenXmlValidator().validate(str(path)).errors
    assert errors == []


# --- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "一"), (9, "九"), (10, "十"), (11, "十一"), (20, "二十"), (35, "三十五"), (99, "九十九")],
)
def test_chinese_numerals(number: int, words: str) -> None:
    assert chinese(number) == words


@pytest.mark.parametrize(("number", "sign"), [(1, "①"), (20, "⑳"), (21, "㉑"), (35, "㉟"), (36, "（36）")])
def test_circled_numbers(number: int, sign: str) -> None:
    assert circled(number) == sign


def test_headings_number_themselves() -> None:
    no = Numbering()
    assert [no(1), no(2), no(2), no(3), no(2), no(3), no(1), no(2)] == [
        "一、", "（一）", "（二）", "1.", "（三）", "1.", "二、", "（一）",
    ]  # fmt: skip
    assert [no(0), no(0), no(4), no(4)] == ["表1", "表2", "（1）", "（2）"]


@pytest.mark.parametrize(
    ("typed", "as_sentence", "as_clause"),
    [
        ("完成任务", "完成任务。", "完成任务"),
        ("完成任务。", "完成任务。", "完成任务"),
        ("完成；", "完成。", "完成"),
        ("好！", "好！", "好！"),
        ("评为“优”", "评为“优”。", "评为“优”"),
        ("他说：“好。”", "他说：“好。”", "他说：“好。”"),
        ("见附表（略）", "见附表（略）。", "见附表（略）"),
        ("", "", ""),
        ("。", "", ""),
    ],
)
def test_sentences_end_once(typed: str, as_sentence: str, as_clause: str) -> None:
    assert (sentence(typed), clause(typed)) == (as_sentence, as_clause)


def test_decimals_never_meet_binary_floats(full_data: dict[str, Any]) -> None:
    values = list(_leaves(context.build(from_data(full_data), Rulebook())))
    assert not [value for value in values if isinstance(value, float | Decimal)]


def _leaves(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return [leaf for value in node.values() for leaf in _leaves(value)]
    if isinstance(node, list):
        return [leaf for value in node for leaf in _leaves(value)]
    return [node]


@pytest.mark.parametrize("problem", ["无", "没有问题。"])
def test_no_problem_keeps_its_chapter(full_data: dict[str, Any], problem: str) -> None:
    full_data["issues"]["problems"] = [{"problem": problem}]
    lines = dump(rendered(full_data)).splitlines()
    at = lines.index("[Heading 2] （一）主要问题及原因分析")
    assert lines[at - 1].startswith("[Heading 1] 三、")
    assert lines[at + 1] == "[公文正文] 经自查，未发现主要问题。"
    assert lines[at + 2].startswith("[Heading 1] 四、")


def test_a_dash_in_a_table_is_no_value_where_a_template_asks_for_one() -> None:
    rows = dashed([{"年初": Prose("1.00"), "原因": Prose("")}, {"年初": Prose(""), "原因": Prose("")}])
    assert [list(map(str, row.values())) for row in rows] == [["1.00", ""], ["—", ""]]
    assert [list(map(bool, row.values())) for row in rows] == [[True, False], [False, False]]
