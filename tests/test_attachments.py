"""Attachments: which a report has, how they are numbered, that no table stands twice; what closes the text."""

import io
import re
from typing import Any

import pytest
from docx import Document
from docx.text.paragraph import Paragraph
from openxml_audit import OpenXmlValidator
from samples import spoil

from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.office import tree
from selfeval_xlsx.report import context
from selfeval_xlsx.report.finish import finished
from selfeval_xlsx.report.names import ALL, ATTACHMENTS, chosen
from selfeval_xlsx.report.template import ReportTemplate
from tests.conftest import sample
from tests.shipped import BRIEF
from tests.test_report import dump, rendered, text

FULL = sample("云岭县职业教育中心")
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

TABLES = {
    "budget": ("支出类别 | 年初预算 |", "资金来源 | 年初预算 |", "项目 | 年初预算 |"),
    "sheet": ("一级指标 | 二级指标 |",),
    "projects": ("项目名称 | 年初预算 |",),
}


@pytest.mark.parametrize(
    ("wanted", "listed", "marks"),
    [
        (ALL, ["附件：1.预算执行情况表", "2.部门整体支出绩效自评表", "3.项目支出明细表", "4.项目支出绩效自评表", "5.满意度调查情况汇总"],
         ["附件1", "附件2", "附件3"]),
        (("sheet",), ["附件：1.部门整体支出绩效自评表", "2.项目支出绩效自评表", "3.满意度调查情况汇总"], ["附件1"]),
        (("budget", "projects"), ["附件：1.预算执行情况表", "2.项目支出明细表", "3.项目支出绩效自评表", "4.满意度调查情况汇总"],
         ["附件1", "附件2"]),
        ((), ["附件：1.项目支出绩效自评表", "2.满意度调查情况汇总"], []),
    ],
)  # fmt: skip
def test_attachments_are_listed_and_numbered_and_stand_once(
    wanted: tuple[str, ...], listed: list[str], marks: list[str]
) -> None:
    report = rendered(FULL, attachments=wanted)
    lines = dump(report).splitlines()
    assert [line.partition("] ")[2] for line in lines if line.startswith("[附件说明")] == listed
    assert [line.partition("] ")[2] for line in lines if line.startswith("[附件标识]")] == marks
    assert [line.partition("] ")[2] for line in lines if line.startswith("[附件标题]")] == [
        ATTACHMENTS[key] for key in wanted
    ]
    signed = next(number for number, line in enumerate(lines) if line.startswith("[落款日期]"))
    for key, heads in TABLES.items():
        for head in heads:
            places = [number for number, line in enumerate(lines) if head in line]
            assert [place > signed for place in places] == [key in wanted]


def test_the_text_says_where_the_tables_are() -> None:
    said = text(rendered(FULL))
    assert "预算及执行情况见附件1，各项目支出情况见附件3。" in said
    assert "各项指标的完成和得分情况见附件2。" in said
    assert "各项目支出情况见附件1。" in text(rendered(FULL, attachments=("projects",)))
    assert not re.search(r"见附件|见，|见。", text(rendered(FULL, attachments=())))


def test_one_attachment_has_no_number() -> None:
    said = text(rendered(spoil(FULL, {"issues.attachments": []}), attachments=("sheet",)))
    assert "\n附件：部门整体支出绩效自评表\n" in said
    assert "\n附件\n部门整体支出绩效自评表\n" in said


def test_what_the_workbook_does_not_hold_is_no_attachment(minimal_data: dict[str, Any]) -> None:
    assert "附件" not in text(rendered(minimal_data))
    bare = spoil(
        FULL, {"budget.projects": [], "budget.sources": {}, "budget.official": {}, "issues.attachments": []}
    )
    for line in ("personnel", "operating", "basic", "project"):
        bare["budget"]["lines"][line] = {}
    assert [line for line in dump(rendered(bare)).splitlines() if line.startswith("[附件标题]")] == [
        "[附件标题] 部门整体支出绩效自评表"
    ]


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("1", ("budget",)), ("3,1", ("budget", "projects")), ("2，3", ("sheet", "projects")), ("1、2、3", ALL),
        (" 2 ", ("sheet",)), ("none", ()), ("无", ()),
    ],
)  # fmt: skip
def test_attachments_are_chosen_by_number(words: str, keys: tuple[str, ...]) -> None:
    assert chosen(words) == keys


@pytest.mark.parametrize(
    ("words", "unknown"), [("4", "4"), ("", ""), ("1,甲", "甲"), ("1-3", "1-3"), ("0", "0")]
)
def test_a_choice_that_means_nothing_is_refused(words: str, unknown: str) -> None:
    with pytest.raises(ValueError, match=f"^{unknown}$"):
        chosen(words)


# --- figures ------------------------------------------------------------------------------------


def project_rows(data: dict[str, Any]) -> list[list[str]]:
    tables = Document(io.BytesIO(rendered(data, attachments=("projects",)))).tables
    [found] = [
        rows
        for rows in ([[cell.text for cell in row.cells] for row in table.rows] for table in tables)
        if rows[0][0] == "项目名称" and "执行数" in rows[0]
    ]
    return found


def test_the_projects_have_a_total() -> None:
    assert project_rows(FULL)[-1] == ["合计", "968.00", "135.60", "1,103.60", "1,071.46", "97.09%"]


def test_a_total_is_never_made_of_what_is_not_there() -> None:
    blank = spoil(
        FULL, {"budget.projects.1.original_budget": None, "budget.projects.1.budget_adjustment": None}
    )
    assert project_rows(blank)[-1] == ["合计", "—", "—", "1,103.60", "1,071.46", "97.09%"]
    unspent = spoil(FULL, {f"budget.projects.{index}.adjusted_budget": "0" for index in range(5)})
    assert project_rows(unspent)[-1][3:] == ["0.00", "1,071.46", "—"]
    single = spoil(FULL, {"budget.projects": FULL["budget"]["projects"][:1]})
    assert project_rows(single)[-1][0] == "实训基地设备更新"


def test_figures_stand_at_the_right_edge_by_their_style() -> None:
    report = Document(io.BytesIO(rendered(FULL)))
    for table in report.tables:
        for row in table.rows:
            for cell in row.cells:
                [paragraph] = cell.paragraphs
                style = paragraph.style.name if paragraph.style else ""
                assert (style == "表格数字") or not re.fullmatch(r"-?[\d,]+\.\d\d%?", cell.text), cell.text
    assert not [
        each for each in report.element.body.iter(f"{{{W}}}jc") if each.getparent().tag.endswith("}pPr")
    ]


# --- the end of the text ------------------------------------------------------------------------


def keeps(paragraph: Paragraph) -> bool:
    """Whether a paragraph stays with the next, by itself or by its style."""
    own = paragraph.paragraph_format.keep_with_next
    style = paragraph.style
    return bool(own if own is not None else style and style.paragraph_format.keep_with_next)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"issues.attachments": []},
        {"issues.use": {}},
        {"overview.sign_off": {}},
        {"overview.sign_off.report_date": None},
        {"overview.sign_off": {}, "overview.identity.supervising_department": None},
    ],
)
@pytest.mark.parametrize("wanted", [ALL, ()])
def test_the_signature_keeps_with_the_last_line_above_it(
    changes: dict[str, Any], wanted: tuple[str, ...]
) -> None:
    """With one line of text or list, not with all of the list: the page before would be half empty."""
    paragraphs = Document(io.BytesIO(rendered(spoil(FULL, changes), attachments=wanted))).paragraphs
    names = [paragraph.style.name if paragraph.style else "" for paragraph in paragraphs]
    last, signed = names.index("落款日期"), len(names) - names[::-1].index("填报信息") - 1
    first = next(
        index for index in range(last, 0, -1) if paragraphs[index].text and "落款" not in names[index]
    )
    assert names[first] in {"公文正文", "附件说明", "附件说明续行"}
    assert all(map(keeps, paragraphs[first:signed]))
    assert not keeps(paragraphs[first - 1]) or names[first - 1] == "附件说明"


def test_the_signature_of_a_report_of_tables_keeps_with_the_last_table() -> None:
    brief = ReportTemplate(BRIEF, "简表式.docx")
    changes: dict[str, Any] = {"issues.attachments": []}
    for more in (changes, {**changes, "issues.use": {}}):
        whole = completed(from_data(spoil(FULL, more)), Rulebook())
        body = Document(
            io.BytesIO(brief.render(context.build(whole, Rulebook(), attachments=())))
        ).element.body
        last = body.findall(f"{{{W}}}tbl")[-1]
        assert last.findall(f"{{{W}}}tr")[-1].find(f".//{{{W}}}keepNext") is not None


@pytest.mark.parametrize(
    ("name", "style"),
    [("云岭县职业教育中心", "落款单位"), ("云岭县住房和城乡建设局征收补偿中心", "落款单位（长名称）")],
)
def test_a_long_name_is_not_broken_over_the_date(name: str, style: str) -> None:
    lines = dump(rendered(spoil(FULL, {"overview.identity.unit_name": name}))).splitlines()
    assert lines[lines.index(f"[{style}] {name}（盖章）") + 1] == "[落款日期] 2026年3月16日"


# --- whole documents ----------------------------------------------------------------------------

IN_YUAN = spoil(FULL, {"overview.identity.money_unit": "元", "budget.lines.total.adjusted_budget": "32446000.00",
                       "budget.projects.0.adjusted_budget": "14800000.00"})  # fmt: skip
LONG = spoil(FULL, {"goals.indicators.5.deviation_reason": "原因很长，" * 20})


@pytest.mark.parametrize("wanted", [ALL, ("sheet",), ("budget", "sheet"), ()])
@pytest.mark.parametrize("data", [FULL, LONG, IN_YUAN, sample("青石镇综合服务中心")])
def test_every_choice_passes_an_independent_audit(
    data: dict[str, Any], wanted: tuple[str, ...], tmp_path: Any
) -> None:
    path = tmp_path / "报告.docx"
    path.write_bytes(rendered(data, attachments=wanted, open_items=["（问题）"]))
    errors = OpenXmlValidator().validate(str(path)).errors
    assert errors == []


def test_wide_attachments_are_turned_one_after_the_other() -> None:
    sections = Document(io.BytesIO(rendered(IN_YUAN))).sections
    assert [(section.page_width or 0) > (section.page_height or 0) for section in sections] == [
        False,
        True,
        True,
        True,
    ]


def test_the_properties_name_unit_and_year() -> None:
    properties = Document(io.BytesIO(rendered(FULL))).core_properties
    assert properties.title == "2025年度部门（单位）整体支出预算绩效自评报告"
    assert properties.author == "云岭县职业教育中心"
    assert properties.subject == "云岭县职业教育中心2025年度部门整体支出绩效自评"
    assert properties.keywords == "部门整体支出；绩效自评；2025年度；云岭县职业教育中心"
    assert (properties.category, properties.language) == ("2025年度", "zh-CN")


def test_headings_and_language_are_what_word_looks_for() -> None:
    report = Document(io.BytesIO(rendered(FULL)))
    names = {paragraph.style.name for paragraph in report.paragraphs if paragraph.style}
    assert names >= {"Heading 1", "Heading 2", "Heading 3"}
    [language] = report.styles.element.iter(f"{{{W}}}lang")
    assert language.get(f"{{{W}}}eastAsia") == "zh-CN"


ROW = "<w:tr><w:tc/></w:tr>"
ODD_WIDTHS = (
    '<w:tbl><w:tblPr><w:tblW w:w="100%" w:type="pct"/></w:tblPr><w:tr><w:trPr><w:tblHeader/></w:trPr><w:tc/></w:tr>'
    f'{ROW}{ROW}</w:tbl><w:sectPr><w:pgSz w:w="9"/></w:sectPr>'
)


@pytest.mark.parametrize(
    "body",
    [
        "<w:tbl/>",
        "<w:tbl><w:tr><w:tc/></w:tr></w:tbl><w:sectPr/>",
        ODD_WIDTHS,
        "<w:p/><w:sectPr/>",
        "<w:p/><w:p><w:pPr><w:keepNext/></w:pPr></w:p>",
    ],
)
def test_documents_of_other_programs_are_finished_too(body: str) -> None:
    root = tree.parse(f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>')
    finished(root)
    assert len(root[0]) == len(tree.parse(f'<w:body xmlns:w="{W}">{body}</w:body>'))
