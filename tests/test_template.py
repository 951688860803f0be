"""Own templates: what is wrong with one and where; what no template may do; the shipped ones."""

import io
import json
import re
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from openxml_audit import OpenXmlValidator

from selfeval_xlsx import files, template_check
from selfeval_xlsx.errors import TemplateError
from selfeval_xlsx.findings import Severity
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.form.form import PLAN
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.report import context, language
from selfeval_xlsx.report.names import FACTS
from selfeval_xlsx.report.template import ReportTemplate
from selfeval_xlsx.template_check import vocabulary
from selfeval_xlsx.template_check.reading import Shape
from selfeval_xlsx.template_check.tags import Problem
from tests.conftest import ROOT, Convert, sample
from tests.shipped import BRIEF, CHART, REPORT
from tests.test_house import imports
from tests.word_edits import parts_of
from tests.words import W, box, p, r, table, word

VOCABULARY = vocabulary.vocabulary()
TRIALS = vocabulary.trials()
SHIPPED = {files.REPORT: REPORT, files.BRIEF_REPORT: BRIEF}


def problems(data: bytes) -> list[Problem]:
    """What is wrong, but for fields that are only left out."""
    found = template_check.problems(data, "模板.docx", VOCABULARY, TRIALS)
    return [each for each in found if each.place or each.severity is Severity.ERROR]


def said(data: bytes) -> list[str]:
    return [f"{each.place}：{each.what}。{each.hint}" for each in problems(data)]


def places(data: bytes) -> list[tuple[str, str]]:
    return [(each.severity.value, each.place) for each in problems(data)]


# --- one thing wrong ----------------------------------------------------------------------------

ONE_LINE = {
    # names
    "{{ budget.lines.total.outtern }}": "没有字段“budget.lines.total.outtern”。是不是“budget.lines.total.outturn”",
    "{{ nonsense }}": "没有字段“nonsense”。可用的字段见 selfeval template fields",
    "{{ unit_name }}": "没有字段“unit_name”。是不是“overview.identity.unit_name”",
    "{{ 单位名称 }}": "没有字段“单位名称”。是不是“overview.identity.unit_name”",
    "{{ 调整后预算 }}": "是不是“budget.lines.total.adjusted_budget”",
    "{{ Overview.identity.year }}": "没有字段“Overview”。是不是“overview”",
    "{{ overview.identity.year.month }}": "没有字段“overview.identity.year.month”",
    "{{ facts.change.wrod }}": "是不是“facts.change.word”",
    "{{ budget.lines['totl'].outturn }}": "是不是“budget.lines.total”",
    "{{ budget.projects.name }}": "是列表，没有“name”。请用循环：for row in budget.projects，再写 row.name",
    "{% for row in budget.projects %}{{ row.nam }}{% endfor %}": "没有字段“row.nam”。是不是“row.name”",
    "{% for row in budget.projects %}x{% endfor %}{{ row.name }}": "没有字段“row”",
    "{% for row in budget.projects if row.outtur %}x{% endfor %}": "是不是“row.outturn”",
    "{% for row in budget.projects %}{{ loop.indx }}{% endfor %}": "是不是“loop.index”",
    "{% for two in facts.sign_off|batch(2) %}{% for a in two %}{{ a.valu }}{% endfor %}{% endfor %}": "是不是“a.value”",
    "{{ goals.plan|selectattr('resul')|list|length }}": "“goals.plan”的每一项没有字段“resul”。是不是“result”",
    "{{ facts.posts|map(attribute='lable')|join('、') }}": "“facts.posts”的每一项没有字段“lable”。是不是“label”",
    "{% set a = budget.lines.totl %}": "是不是“budget.lines.total”",
    "{{ facts.offices|map(attribute='name')|join('、') }}": "“facts.offices”的每一项没有字段“name”",
    "{{ ['a']|selectattr('x')|list|length }}": "没有“x”",
    # what stands under a name
    "{{ no }}": "这里不是文字，不能直接打印",
    "{% for a, b in goals.plan %}{{ a.x }}{% endfor %}": "值或参数不合用",
    "{{ budget.projects }}": "“budget.projects”是列表，不能直接打印",
    "{{ budget.lines }}": "“budget.lines”是一组字段，不能直接打印。请写出下级，如 budget.lines.personnel",
    "{{ overview.goal.overall_goal.paragraphs }}": "是列表，不能直接打印",
    "{{ draft }}": "这里是判断（是或否），不能打印",
    "{% for a in overview.goal.overall_goal %}x{% endfor %}": "要逐段打印请用 overview.goal.overall_goal.paragraphs",
    "{% for a in budget.lines %}x{% endfor %}": "是一组字段，不能循环",
    "{{ facts.offices|sentence }}": "过滤器“sentence”用于文字",
    "{{ facts.unit|join('、') }}": "过滤器“join”用于列表",
    "{{ budget.lines.total.outturn * 2 }}": "只有序号这样的整数才能计算",
    # syntax
    "{{ }}": "标签里没有写完",
    "{{ facts.unit facts.unit }}": "标签里的“facts”多余",
    "{% if %}x{% endif %}": "标签里没有写完",
    "{{{ facts.unit }}}": "花括号多了一层，字段只写两层 {{ … }}",
    "{% facts.unit %}": "没有语句“facts”。字段要写成 {{ facts.unit }}",
    "{% for row budget.projects %}x{% endfor %}": "标签里“budget”的位置应当是“in”",
    "{{ facts.unit|sentense }}": "没有过滤器“sentense”，是不是“sentence”",
    "{{ facts.unit is strange }}": "没有判断词“strange”",
    "{{ now() }}": "没有函数“now”",
    "{{ no(9) }}": "no 的括号里要写 0 到 4 的一个数",
    "{{ no() }}": "no 的括号里要写 0 到 4 的一个数",
    "{{ no(level=1) }}": "no 的括号里只写数字",
    "{{ ('x')() }}": "不允许这样调用",
    "{% for loop in goals.plan %}x{% endfor %}": "“loop”是循环自带的名字",
    "{% for 1 in goals.plan %}x{% endfor %}": "标签写错了",
    "{{ 'x' if draft }}": "后面要写 else",
    "{% if draft %}x{% endif a %}": "endif 后面不能再写别的",
    "{{ facts.unit" + "|trim" * 900 + " }}": "标签嵌套太深或太复杂",
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}": "标签嵌套太深或太复杂",
    # spelling
    "｛｛ facts.unit ｝｝": "标签用了全角的括号或百分号",
    "{{ facts.unit ｝｝": "标签用了全角的括号或百分号",
    "{% if draft ％}": "标签用了全角的括号或百分号",
    "{{ facts.unit %}": "标签开头和结尾的括号不是一对",
    "{ { facts.unit } }": "两个括号之间有空格",
    "{overview.identity.year}": "少了一层花括号",
    "{{ facts.unit }": "结尾少了一个 }",
    "{{ facts.unit": "标签没有写完",
    "facts.unit }}": "多出结尾的括号",
    "{{ no（1） }}": "标签里有不能用的字符“（）”。标签里的符号要用英文半角",
    "{{ facts.unit｜sentence }}": "标签里有不能用的字符“｜”",
    "{% If draft %}": "没有语句“If”。是不是“if”？语句都用小写",
    "{% p if draft %}": "请写成 {%p if draft %}",
    "{%pif draft %}": "p 后面要有空格",
    "{%p if 1 % 2 %}": "这样的标签里不能有 % 和 }",
    # blocks
    "{% if draft %}": "没有结束：缺少 endif",
    "{% endfor %}": "前面没有和 endfor 对应的开头",
    "{% else %}": "else 不在 if、for 里面",
    "{%tr if draft %}": "{%tr 只能用在表格里",
    "{{r facts.unit }}": "这里的字段都是文字。请写成 {{ facts.unit }}",
    # beyond the language
    "{% include 'x' %}": "没有语句“include”",
    "{% macro m() %}": "没有语句“macro”",
    "{{ facts.unit.format(1) }}": "不允许调用“.format()”",
    "{{ facts.unit.__class__ }}": "不允许用“__class__”",
    "{% for i in range(10**9) %}x{% endfor %}": "不能做乘方",
    "{{ 1 / 0 }}": "不能做除法",
    "{{ {'a': 1} }}": "不能写花括号的字典",
    "{{ [facts.unit]|first }}": "列表里只能写文字和数字",
    "{% set ns.a = 1 %}": "set 要写成",
    "{% for a in goals.plan recursive %}x{% endfor %}": "不能用递归循环",
}  # fmt: skip


@pytest.mark.parametrize("words", ONE_LINE, ids=lambda words: words[:40])
def test_a_wrong_line_is_named_with_its_place_and_remedy(words: str) -> None:
    found = problems(word("甲", words))
    assert [each for each in found if ONE_LINE[words] in f"{each.what}。{each.hint}"], said(word("甲", words))
    assert {each.place for each in found} == {"正文第 2 段"}
    assert found[0].severity is Severity.ERROR
    assert len(str(found[0])) < 300


RIGHT = [
    "{{ facts.unit|default('') if draft else '甲' ~ facts.unit ~ 1 }}",
    "{{ budget.lines.total.outturn }}",
    "{% for row in budget.projects if row.outturn %}{{ loop.index|circled }}{{ row.name|clause }}{% if not loop.last %}；{% endif %}{% endfor %}",
    "{{ facts.posts|map(attribute='label')|join('、') }}",
    "{{ goals.plan|selectattr('result')|list|length }}",
    "{% for key in ['personnel', 'basic'] %}{{ budget.lines[key].outturn }}{% endfor %}",
    "{% set total = budget.lines.total %}{{ total.outturn }}{{ total.outturn or '—' }}",
    "{% if facts.change %}{{ facts.change.word }}{% elif draft %}甲{% else %}乙{% endif %}",
    "{# 写给自己的话 #}{{ no(1) }}{{ overview.goal.overall_goal.paragraphs|first|default('') }}",
    "{% for n in range(3) %}{{ n + 1 }}{{ loop.cycle('单', '双') }}{% endfor %}",
    "{% if overview.identity.year|int > 2000 and overview.identity.year is defined %}甲{% endif %}",
    "{{ budget.projects[0].name if budget.projects else '' }}{{ budget.projects|length }}",
    "{% for line in overview.goal.overall_goal.paragraphs %}{{ line }}{% endfor %}",
    "花括号 { 和 } 与 100% 都可以写",
]


@pytest.mark.parametrize("words", RIGHT, ids=lambda words: words[:40])
def test_what_is_right_is_left_alone(words: str) -> None:
    assert said(word(words)) == []


def test_everything_wrong_is_listed_at_once_in_the_order_of_the_file() -> None:
    found = problems(word("{{ a }}", table(["{{ b }}", "c"], ["d", "{{ e }}"]), "{{ f }}{% if draft %}"))
    assert [each.place for each in found] == [
        "正文第 1 段", "正文表格 1 第 1 行第 1 列", "正文表格 1 第 2 行第 2 列", "正文第 2 段", "正文第 2 段",
    ]  # fmt: skip


def test_a_problem_prints_where_what_and_what_to_do() -> None:
    [problem] = problems(word("本年度执行数为{{ budget.lines.total.outtern }}万元，比上年有所增加，原因见后"))
    assert str(problem) == (
        "错误 正文第 1 段“本年度执行数为{{ budget.lines.total.outtern }}万元，比上年有所增加，原…”："
        "没有字段“budget.lines.total.outtern”。是不是“budget.lines.total.outturn”。"
    )
    assert problem.data() == {
        "severity": "error",
        "place": "正文第 1 段",
        "text": "本年度执行数为{{ budget.lines.total.outtern }}万元，比上年有所增加，原…",
        "message": "没有字段“budget.lines.total.outtern”",
        "hint": "是不是“budget.lines.total.outturn”",
    }


def _mistakes() -> list[tuple[str, str]]:
    """The table of common mistakes in the guide: what is written, what the check says."""
    page = (ROOT / "docs" / "模板说明.md").read_text(encoding="utf-8").partition("## 常见错误")[2]
    rows = [line.replace("\\|", "¦").split("|")[1:3] for line in page.splitlines() if line.startswith("| `")]
    return [(words.strip().strip("`").replace("¦", "|"), message.strip()) for words, message in rows]


@pytest.mark.parametrize(("words", "message"), _mistakes())
def test_the_guide_quotes_what_the_check_says(words: str, message: str) -> None:
    assert any(message in f"{each.what}。{each.hint}" for each in problems(word(words)))


def test_the_examples_of_the_guide_are_right() -> None:
    page = (ROOT / "docs" / "模板说明.md").read_text(encoding="utf-8").partition("## 常见错误")[0]
    lines = [line.removeprefix(">").strip() for line in page.splitlines() if line.startswith("> ")]
    assert len(lines) > 10
    assert said(word(*lines)) == []


def test_the_four_changes_of_the_guide_are_made_as_it_says(full_data: dict[str, Any]) -> None:
    """Another heading, another sentence, a column less, two chapters in another order."""
    changed = Document(io.BytesIO(REPORT))

    def paragraph(words: str) -> Any:
        return next(each for each in changed.paragraphs if words in each.text)

    paragraph("绩效自评结果拟应用和公开情况").runs[-1].text = "评价结果应用和公开"
    sentences = paragraph("{{ 事实.资产情况 }}")
    sentences.runs[0].text = sentences.text.replace("{{ 事实.资产情况 }}", "")
    sentences.add_run(
        "{% if overview.structure.fixed_assets %}年末固定资产账面原值{{ overview.structure.fixed_assets }}"
        "{{ 事实.金额单位 }}。{% endif %}"
    )
    for each in changed.tables:
        if each.cell(0, 0).text == "支出类别":
            for row in each.rows:
                row._tr.remove(row.cells[2]._tc)  # noqa: SLF001
    problems_and_measures = paragraph("存在问题及改进措施")._p  # noqa: SLF001
    chapter = [problems_and_measures]
    while (following := chapter[-1].getnext()) is not paragraph("评价结果应用和公开")._p:  # noqa: SLF001
        chapter.append(following)
    for part in chapter:
        paragraph("正文到此为止")._p.addprevious(part)  # noqa: SLF001
    saved = io.BytesIO()
    changed.save(saved)
    assert said(saved.getvalue()) == []
    rules = Rulebook()
    report = context.render(
        completed(from_data(full_data), rules), ReportTemplate(saved.getvalue(), "x"), rules
    )
    made = Document(io.BytesIO(report))
    headings = [each.text for each in made.paragraphs if each.style and each.style.name == "Heading 1"]
    assert headings[2:] == [
        "三、评价结果应用和公开", "四、部门（单位）整体支出绩效中存在问题及改进措施",
    ]  # fmt: skip
    assert any(each.text.endswith("年末固定资产账面原值8,642.35万元。") for each in made.paragraphs)
    [heads] = [
        [cell.text for cell in each.rows[0].cells]
        for each in made.tables
        if each.cell(0, 0).text == "支出类别"
    ]
    assert heads == ["支出类别", "年初预算", "调整后预算", "执行数", "执行率", "上年执行数"]


# --- structure ----------------------------------------------------------------------------------

E, WARN = "错误", "提醒"

STRUCTURE: dict[str, tuple[bytes, tuple[str, str], str]] = {
    "unclosed": (word("{%p if draft %}", "甲", "乙"), (E, "正文第 1 段"), "请在后面补上 {%p endif %}"),
    "crossing": (
        word("{%p for a in goals.plan %}", "{%p if draft %}", "{%p endfor %}", "{%p endif %}"),
        (E, "正文第 3 段"),
        "和正文第 2 段的“{%p if draft %}”交叉了。请先写 {%p endif %}",
    ),
    "unclosed inside others": (
        word("{%p if draft %}", "{%p if mark %}", "{%p for a in goals.plan %}", "甲", "{%p endif %}", "{%p endif %}"),
        (E, "正文第 3 段"),
        "没有结束：缺少 endfor。请在后面补上 {%p endfor %}",
    ),
    "mixed": (
        word("{%p if draft %}", "甲{% endif %}"),
        (E, "正文第 2 段"),
        "和开头不是同一种标签：正文第 1 段写的是 {%p if draft %}。请写成 {%p endif %}",
    ),
    "over paragraphs": (
        word("{% if draft %}甲", "乙{% endif %}"),
        (WARN, "正文第 2 段"),
        "请改用单独成段的 {%p",
    ),
    "over cells": (
        word(table(["{% if draft %}", "乙{% endif %}"])),
        (E, "正文表格 1 第 1 行第 2 列"),
        "不在同一处",
    ),
    "paragraphs of two cells": (
        word(table(["{%p if draft %}", "{%p endif %}"])),
        (E, "正文表格 1 第 1 行第 2 列"),
        "不在同一个单元格或文本框里",
    ),
    "rows of two tables": (
        word(table(["{%tr if draft %}"], ["甲"]), table(["{%tr endif %}"])),
        (E, "正文表格 2 第 1 行第 1 列"),
        "不在同一个表格里",
    ),
    "two tags in a row": (
        word(table(["{%tr for row in budget.projects %}", "{{ row.name }}"], ["{%tr endfor %}", ""])),
        (E, "正文表格 1 第 1 行第 1 列"),
        "同一行里还有别的标签，会一起消失",
    ),
    "words beside a tag": (
        word("说明{%p if draft %}", "{%p endif %}"),
        (WARN, "正文第 1 段"),
        "文字“说明”会一起消失",
    ),
    "cut by a paragraph": (
        word("{{ overview.iden", "tity.year }}"),
        (E, "正文第 1 段"),
        "标签被段落或单元格的结束截成两半",
    ),
    "cut by a cell": (
        word(table(["{{ facts.", "unit }}"])),
        (E, "正文表格 1 第 1 行第 1 列"),
        "标签被段落或单元格的结束截成两半",
    ),
    "torn by a link": (
        word(f"<w:p>{r('{{ facts.')}<w:hyperlink>{r('unit }}')}</w:hyperlink></w:p>"),
        (E, "正文第 1 段"),
        "合不起来。请删掉整个标签，用键盘重新输入一遍",
    ),
    "deleted words": (
        word("<w:p><w:del><w:r><w:delText>{{ old }}</w:delText></w:r></w:del></w:p>"),
        (WARN, "修订"),
        "报告按全部接受来印。请在“审阅”里逐处接受或拒绝",
    ),
    "field code": (
        word("<w:p><w:r><w:instrText>{{ facts.unit }}</w:instrText></w:r></w:p>"),
        (E, "正文第 1 段"),
        "域代码里有标签",
    ),
    "text box": (word("甲", box(p("{{ nonsense }}"))), (E, "正文第 2 段的文本框"), "没有字段“nonsense”"),
    "number in a text box": (
        word(box(p("{{ no(1) }}"))),
        (WARN, "正文第 1 段的文本框"),
        "文本框里的编号会数两次",
    ),
    "nested table": (
        word(table([table(["{{ nonsense }}"]) + p("")])),
        (E, "正文表格 1 第 1 行第 1 列（内嵌表格）"),
        "没有字段",
    ),
    "content control": (
        word(f"<w:sdt><w:sdtContent>{p('{{ nonsense }}')}</w:sdtContent></w:sdt>"),
        (E, "正文第 1 段"),
        "没有字段",
    ),
    "header": (
        word("甲", others={"word/header2.xml": f"<w:hdr {W}>{p('{{ oh }}')}</w:hdr>"}),
        (E, "页眉 2 第 1 段"),
        "没有字段“oh”",
    ),
    "footnote": (
        word("甲", others={"word/footnotes.xml": f"<w:footnotes {W}><w:footnote>{p('{{ oh }}')}</w:footnote></w:footnotes>"}),
        (E, "脚注第 1 段"),
        "没有字段“oh”",
    ),
    "property": (
        word("甲", others={"docProps/core.xml": "<core><title>{{ oh }}</title></core>"}),
        (E, "文档属性（title）"),
        "没有字段“oh”",
    ),
    "chart": (word("甲", others={"word/charts/chart1.xml": "<c>{{ facts.unit }}</c>"}), (E, "图表"), "不会被替换"),
    "comment": (
        word(f'<w:p>{r("甲")}<w:r><w:commentReference w:id="1"/></w:r></w:p>'),
        (WARN, "批注"),
        "模板里有 1 处批注，不会印进报告",
    ),
    "typed amount": (word("年初预算2,381.12万元，执行率×100%"), (WARN, "正文第 1 段"), "“2,381.12万元”写死在模板里"),
    "typed year": (word("2024年度，{{ facts.unit }}"), (WARN, "正文第 1 段"), "“2024年”写死在模板里"),
    "typed attachment": (word("见附件2"), (WARN, "正文第 1 段"), "附件的序号会随内容变"),
    "label of another field": (
        word("年初预算为{{ budget.lines.total.outturn }}万元"),
        (WARN, "正文第 1 段"),
        "名称写的是“年初预算”，印出来的是“执行数”",
    ),
    "column of another field": (
        word(table(["名称", "执行数"], ["{%tr for 行 in 事实.预算表 %}", ""], ["{{ 行.名称 }}", "{{ 行.上年执行数 }}"], ["{%tr endfor %}", ""])),
        (WARN, "正文表格 1 第 3 行第 2 列"),
        "名称写的是“执行数”，印出来的是“上年执行数”",
    ),
    "refused filter": (
        word("{% for a in facts.offices|sort %}{{ a }}{% endfor %}"),
        (E, "正文第 1 段"),
        "没有过滤器“sort”",
    ),
    "unguarded fact": (
        word("{{ facts.change.word }}"),
        (E, "正文第 1 段"),
        "用只填必填项的表试生成时出错：没有“word”：名称写错了，或没有填写（要先用 if 判断）",
    ),
    "cell emptied": (
        word(table([p("{%p if goals.plan %}") + p("甲") + p("{%p endif %}")])),
        (E, "正文表格 1 第 1 行第 1 列"),
        "有的单元格里一段也不剩，Word 会打不开",
    ),
    "table emptied": (
        word(table(["{%tr for row in goals.plan %}"], ["{{ row.title }}"], ["{%tr endfor %}"])),
        (E, "正文表格 1 第 1 行第 1 列"),
        "有的表格一行也不剩",
    ),
    "alternative text": (
        word(f'<w:p><w:r><w:drawing descr="{{{{ foo }}}}"/></w:r>{r("{{ facts.unit }}")}</w:p>'),
        (E, "正文"),
        "没有“foo”",
    ),
    "deep blocks": (
        word("{% for a in goals.plan %}" * 30 + "{% endfor %}" * 30),
        (E, "正文"),
        "标签嵌套太深或太复杂",
    ),
    "a revision between two braces": (
        word(f"<w:p>{r('{')}<w:del><w:r><w:delText>x</w:delText></w:r></w:del>{r('{ facts.unit }}')}</w:p>"),
        (WARN, "修订"),
        "模板里有 1 处修订",
    ),
    "smart quotes": (word("{{ facts.offices|join(“、”) }}"), ("说明", "正文第 1 段"), "标签里是中文引号"),
}  # fmt: skip


@pytest.mark.parametrize("name", STRUCTURE)
def test_a_wrong_structure_is_named_with_its_place_and_remedy(name: str) -> None:
    data, where, words = STRUCTURE[name]
    [found] = problems(data)
    assert (found.severity.value, found.place) == where
    assert words in f"{found.what}。{found.hint}"


def test_messages_have_no_words_of_python() -> None:
    for words in (
        "{% for a, b in goals.plan %}{{ a.x }}{% endfor %}",
        "{% for 1 in goals.plan %}x{% endfor %}",
    ):
        assert all(each.what.isascii() is False and "'" not in each.what for each in problems(word(words)))
        assert not [each for each in problems(word(words)) if re.search(r"[a-z]{3} [a-z]{2}", each.what)]


REVIEWED = (
    f'<w:p>{r("甲")}<w:ins w:id="1"><w:r><w:t>乙{{{{ facts.</w:t></w:r></w:ins>{r("unit }}")}'
    '<w:del w:id="2"><w:r><w:delText>丙</w:delText></w:r></w:del><w:commentRangeStart w:id="3"/>'
    '<w:commentRangeEnd w:id="3"/><w:r><w:commentReference w:id="3"/></w:r></w:p>'
)


def test_comments_stay_out_of_the_report_and_changes_count_as_accepted() -> None:
    comments = f"<w:comments {W}><w:comment w:id='3'>{p('先别发')}</w:comment></w:comments>"
    relations = (
        parts_of(REPORT)["word/_rels/document.xml.rels"]
        .decode()
        .replace(
            "</Relationships>",
            '<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments"'
            ' Target="comments.xml"/></Relationships>',
        )
    )
    data = word(REVIEWED, others={"word/comments.xml": comments, "word/_rels/document.xml.rels": relations})
    assert [each.place for each in problems(data)] == ["批注", "修订"]
    parts = parts_of(ReportTemplate(data, "x").render(TRIALS["草稿"]))
    body = parts["word/document.xml"].decode()
    assert "".join(re.findall("<w:t[^>]*>([^<]*)", body)) == "甲乙万元"
    assert "comment" not in body
    assert not [part for part in parts if "comments" in part]
    assert b"comments" not in parts["word/_rels/document.xml.rels"]


def test_attachments_without_pages_are_told() -> None:
    pages = ["{%p if facts.attached.sheet %}", "{{ facts.attached.sheet }}", "{%p endif %}"]
    found = [each.what for each in template_check.problems(word(*pages), "x", VOCABULARY, TRIALS)]
    assert "没有附件“项目支出明细表”的页，报告里也不提它" in found
    assert "没有附件“部门整体支出绩效自评表”的页，报告里也不提它" not in found
    assert "页眉里没有标记（mark），草稿和核对底稿看上去和正式报告一样" not in found


@pytest.mark.parametrize("shipped", SHIPPED.values(), ids=SHIPPED)
def test_a_template_saved_by_libreoffice_gives_the_same_report(
    shipped: bytes, full_data: dict[str, Any], convert: Convert, tmp_path: Path
) -> None:
    (tmp_path / "模板.docx").write_bytes(shipped)
    [saved] = convert("docx", tmp_path / "模板.docx")
    assert [each for each in problems(saved.read_bytes()) if each.severity is not Severity.NOTE] == []
    whole = completed(from_data(full_data), Rulebook())
    reports = [
        context.render(whole, ReportTemplate(data, "x"), Rulebook()) for data in (shipped, saved.read_bytes())
    ]
    ours, theirs = (
        [each.text for each in Document(io.BytesIO(report)).paragraphs if each.text] for report in reports
    )
    assert theirs == ours
    charts = [parts_of(report).get(CHART, b"") for report in reports]
    assert all(b"1912.7<" in chart for chart in charts) or not any(charts)


def test_cells_may_be_coloured_and_merged() -> None:
    cell = "<w:tc><w:tcPr/>" + p("{% colspan 2 %}{% cellbg 'FF0000' %}甲") + "</w:tc>"
    data = word(f"<w:tbl><w:tr>{cell}</w:tr></w:tbl>")
    assert said(data) == []
    with zipfile.ZipFile(io.BytesIO(ReportTemplate(data, "x").render(TRIALS["草稿"]))) as package:
        content = package.read("word/document.xml").decode()
    assert 'w:gridSpan w:val="2"' in content
    assert 'w:fill="FF0000"' in content


def test_a_tag_split_into_runs_is_one_tag() -> None:
    assert said(word(p("{", "{ over", "view.identity", ".year }", "}"))) == []
    assert said(word(p("{%", "p if draft %", "}"), "甲", p("{%p end", "if %}"))) == []


def test_quotes_written_as_entities_are_quotes() -> None:
    """As some word processors save them."""
    raw = "<w:p><w:r><w:t>{{ facts.offices|join(&apos;&#12289;&quot;&apos;) }}</w:t></w:r></w:p>"
    assert said(word(raw)) == []
    assert render(raw) == '综合办公室、"综合办公室'


BLOCKS = [("if draft", "endif"), ("if facts.change", "endif"), ("for row in budget.projects", "endfor")]


@st.composite
def tangled(draw: st.DrawFn) -> list[str]:
    """Paragraphs of well-formed statements that may be unpaired, crossed and of different levels."""
    words: list[str] = []
    ends: list[str] = []
    for _ in range(draw(st.integers(1, 7))):
        level = draw(st.sampled_from([" ", "p ", "r ", "tr "]))
        begin, end = draw(st.sampled_from(BLOCKS))
        choice = draw(st.integers(0, 3))
        if choice == 0:
            words.append(f"{{%{level}{begin} %}}")
            ends.append(f"{{%{level}{end} %}}")
        elif choice == 1 and ends:
            words.append(ends.pop(draw(st.sampled_from([0, -1]))))
        else:
            words.append(draw(st.sampled_from(["甲", "{{ facts.unit }}", f"{{%{level}else %}}"])))
    return words + ends[::-1]


@settings(max_examples=60, deadline=None)
@given(tangled(), st.sampled_from(["line", "paragraphs", "rows", "cells"]))
def test_what_passes_the_check_renders(words: list[str], where: str) -> None:
    body = {
        "line": [p(*words)],
        "paragraphs": [p(each) for each in words],
        "rows": [table(["头"], *([each] for each in words))],
        "cells": [table([*words, "尾"])],
    }[where]
    data = word(*body)
    if not any(each.severity is Severity.ERROR for each in problems(data)):
        for each in (sample("云岭县职业教育中心"), sample("青石镇综合服务中心")):
            given_data = context.build(completed(from_data(each), Rulebook()), Rulebook(), [])
            assert ReportTemplate(data, "x").render(given_data)


def test_what_is_left_out_is_said_but_is_no_error() -> None:
    plain = {f"word/header{n}.xml": f"<w:hdr {W}>{p('甲')}</w:hdr>" for n in (1, 2)}
    found = template_check.problems(word("{{ facts.short_name }}", others=plain), "x", VOCABULARY, TRIALS)
    lines = [str(each) for each in found]
    assert "提醒 没有用到必填项「预算」部门整体支出预算及执行情况·合计·执行数。报告应当写明它。" in lines
    assert "说明 没有用到「概况」部门职责。" in lines
    assert "说明 没有草稿标记（draft），这份模板不能用于 --draft。" in lines
    assert not [line for line in lines if "单位简称" in line]
    assert Severity.ERROR not in {each.severity for each in found}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "不是 Word 文件"),
        (b"PK\x03\x04", "不是 Word 文件"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "旧格式（.doc）或有密码"),
        ((ROOT / "templates" / files.WORKBOOK).read_bytes(), "不是 Word 文件"),
        (word("甲", others={"word/header1.xml": "<w:hdr"}), "已损坏"),
        (
            word("甲", others={"[Content_Types].xml": "wordprocessingml.template.main+xml"}),
            "Word 模板文件（.dotx）",
        ),
        (word("甲", others={"[Content_Types].xml": "document.macroEnabled.main+xml"}), "带宏的文件"),
        (word("甲", others={"word/document.xml": '<d xmlns="http://purl.oclc.org/ooxml/x"/>'}), "Strict"),
        (word("甲", others={"word/styles.xml": "<!DOCTYPE x><x/>"}), "DOCTYPE"),
        (word("甲", others={"word/media/x.bin": "\0" * (65 * 1024 * 1024)}), "太大"),
    ],
    ids=["empty", "torn zip", "old", "workbook", "broken", "dotx", "docm", "strict", "doctype", "bomb"],
)
def test_a_file_that_is_no_template_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(TemplateError, match=words):
        template_check.problems(data, "x", VOCABULARY, TRIALS)


def test_a_part_in_another_encoding_is_refused() -> None:
    buffer = io.BytesIO(word("甲"))
    with zipfile.ZipFile(buffer, "a") as package:
        package.writestr("word/header9.xml", "<hdr/>".encode("utf-16"))
    with pytest.raises(TemplateError, match="已损坏"):
        ReportTemplate(buffer.getvalue(), "x")


def test_templates_are_judged_without_knowing_the_form() -> None:
    for path in Path(template_check.__file__).parent.glob("*.py"):
        knows = any(name.startswith("selfeval_xlsx.form") for name in imports(path))
        assert knows == (path.stem == "vocabulary"), path.stem


# --- the sandbox --------------------------------------------------------------------------------


def render(*lines: str) -> str:
    report = ReportTemplate(word(*lines), "x").render(TRIALS["每格都填的表"])
    return "\n".join(paragraph.text for paragraph in Document(io.BytesIO(report)).paragraphs)


ENDLESS = {
    "one long loop": ["{% for i in range(1001) %}x{% endfor %}"],
    "nested loops": ["{% for i in range(1000) %}{% for j in range(1000) %}x{% endfor %}{% endfor %}"],
    "nested loops of nothing": ["{% for i in range(1000) %}" * 9 + "{% endfor %}" * 9],
    "nested loops over the form": ["{% for a in goals.indicators %}" * 19 + "x" + "{% endfor %}" * 19],
    "multiplied text": ["{{ 'x' * 1000000000 }}"],
    "multiplied list": ["{{ ([1] * 1000000000)|length }}"],
    "padded text": ["{{ '%1000000000d' % 1 }}"],
    "doubled text": ["{% set a = 'xxxxxxxxxx' %}" + "{% set a = a ~ a %}" * 60 + "{{ a }}"],
    "doubled by aliases": [
        "{% for a in ['xxxx'] %}" + "".join("{% for a in [1] %}{% set a = 'x' ~ a ~ a %}" for _ in range(19))
        + "{{ a }}" + "{% endfor %}" * 20,
        "{% set a = 'xxxxxxxxxx' %}" + "{% set a = a|replace('x', a) %}" * 20 + "{{ a }}",
    ],
    "joined text": ["{% set a = 'xxxxxxxxxx' %}" + "{% set a = range(1000)|join(a) %}" * 9 + "{{ a }}"],
    "added lists": ["{% set a = goals.plan %}" + "{% set a = a + a %}" * 60 + "{{ a|length }}"],
    "deep blocks": ["{% for a in goals.plan %}" * 30 + "{% endfor %}" * 30],
}  # fmt: skip


@pytest.mark.parametrize("name", ENDLESS)
def test_work_is_bounded(name: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(TemplateError, match=r"太多|太深|整数|range 最多|列表"):
            render(*ENDLESS[name])
        assert tracemalloc.get_traced_memory()[1] < 100 * 1024 * 1024
    finally:
        tracemalloc.stop()


FORBIDDEN = [
    "{{ ''.__class__.__mro__ }}",
    "{{ facts.unit.format }}",
    "{{ facts.unit.encode() }}",
    "{{ facts.unit['__class__'] }}",
    "{{ facts.unit['format'] }}",
    "{{ facts.keys }}",
    "{{ goals.plan.append }}",
    "{{ no.__globals__ }}",
    "{{ no._counts }}",
    "{{ no['_counts'] }}",
    "{{ loop }}",
    "{% for a in goals.plan %}{{ loop._iterable }}{% endfor %}",
    "{% for a in goals.plan %}{{ loop['__class__'] }}{% endfor %}",
    "{{ _work }}",
    "{{ self }}",
    "{{ facts|attr('unit') }}",
    "{{ facts.unit|safe }}",
    "{{ goals.plan|map('_counted')|list|length }}",
    "{{ facts.unit|map(attribute='__class__')|first }}",
    "{{ facts.posts|map(attribute='label.__class__')|list|join }}",
    "{{ draft }}",
    "{{ facts }}",
]


@pytest.mark.parametrize("words", FORBIDDEN)
def test_a_template_reaches_nothing_but_its_fields(words: str) -> None:
    with pytest.raises(TemplateError, match="报告模板 x 的正文"):
        render(words)


def test_a_text_offers_its_paragraphs_and_nothing_else() -> None:
    text = TRIALS["每格都填的表"]["overview"]["identity"]["unit_name"]
    reached = [
        name
        for name in dir(text)
        if not isinstance(language.ENVIRONMENT.getattr(text, name), language.Missing)
    ]
    assert reached == ["paragraphs"]


def test_a_failure_names_its_tag() -> None:
    with pytest.raises(TemplateError, match=r"正文标签“facts.nothing”：没有“nothing”"):
        render("{{ facts.unit }}", "甲{{ facts.nothing }}乙{{ facts.unit }}")
    with pytest.raises(TemplateError, match=r"标签“facts.nothing.more”：没有“nothing”"):
        render("{{ facts.nothing.more }}")
    with pytest.raises(TemplateError, match=r"标签“for row in budget.project”"):
        render("{{ facts.unit }}", "{%p for row in budget.project %}", "甲", "{%p endfor %}")
    with pytest.raises(TemplateError, match="可能跨越了段落、单元格"):
        render("{% if draft %}甲", table(["乙{% endif %}"]))


def test_line_breaks_in_the_file_are_no_line_breaks_in_the_text() -> None:
    assert render("{{ facts.unit }}\n甲") == "万元 甲"


@pytest.mark.parametrize(
    "own",
    [
        "<w:sectPr/>",
        "<w:numPr><w:numId w:val='1'/></w:numPr>",
        "<w:pageBreakBefore/>",
    ],
)
def test_what_a_paragraph_has_of_its_own_is_not_repeated(own: str) -> None:
    text = "{{ goals.plan[0].content }}"
    context = {**TRIALS["每格都填的表"], "goals": {"plan": [{"content": "甲\n乙"}]}}
    for properties, count in (("<w:jc w:val='both'/>", 2), (own, 1)):
        template = ReportTemplate(word(f"<w:p><w:pPr>{properties}</w:pPr>{r(text)}</w:p>"), "x")
        paragraphs = Document(io.BytesIO(template.render(context))).paragraphs
        assert len(paragraphs) == count
        assert "\n".join(paragraph.text for paragraph in paragraphs) == "甲\n乙"


@pytest.mark.parametrize("around", [lambda inner: table([inner]), box], ids=["cell", "text box"])
def test_a_line_break_in_a_cell_or_box_stays_one(around: Callable[[str], str]) -> None:
    context = {**TRIALS["每格都填的表"], "goals": {"plan": [{"content": "甲\n乙"}]}}
    report = ReportTemplate(word(around(p("{{ goals.plan[0].content }}")), "丙"), "x").render(context)
    with zipfile.ZipFile(io.BytesIO(report)) as package:
        written = package.read("word/document.xml").decode()
    assert "甲</w:t><w:br/><w:t" in written
    assert '</w:p><w:p><w:r><w:t xml:space="preserve">乙' not in written


# --- what a template may use --------------------------------------------------------------------


def test_every_field_and_fact_is_offered_with_its_meaning() -> None:
    offered = {each["name"]: each for each in vocabulary.entries()}
    for field in PLAN.fields:
        assert offered[field.key]["meaning"] == field.label
        assert offered[field.key]["example"] == field.example
    for name, fact in FACTS.items():
        assert fact.meaning in {
            offered.get(f"facts.{name}", {}).get("meaning"),
            _group_meaning(f"facts.{name}"),
        }
    assert offered["overview.goal.overall_goal"]["shape"] == "paragraphs"
    assert offered["budget.projects"]["shape"] == "list"
    assert offered["facts.budget_rows.outturn"]["meaning"] == "执行数"
    assert json.loads(json.dumps(vocabulary.entries(), ensure_ascii=False)) == vocabulary.entries()


def _group_meaning(path: str) -> str:
    return next(name.meaning for name in VOCABULARY.root.walk() if name.path == path)


def test_every_filter_is_offered() -> None:
    assert set(language.FILTER_MEANINGS) == set(language.ENVIRONMENT.filters) - {language.COUNTED}


def test_facts_draw_on_fields_that_exist() -> None:
    keys = {field.key for field in PLAN.fields}
    for fact, prefixes in vocabulary.DRAWS.items():
        assert fact.removeprefix("facts.") in FACTS
        assert all(any(key.startswith(prefix) for key in keys) for prefix in prefixes)


@pytest.mark.parametrize("name", TRIALS)
def test_the_tree_of_names_is_that_of_every_context(name: str) -> None:
    def fits(value: Any, tree: Any) -> bool:
        match value:
            case dict():
                return tree.shape is Shape.GROUP and all(
                    fits(each, tree.below[key]) for key, each in value.items()
                )
            case list():
                return tree.shape is Shape.LIST and all(fits(each, tree.item) for each in value)
            case bool():
                return tree.shape is Shape.FLAG
            case _:
                return value == "" or tree.shape in {Shape.TEXT, Shape.PARAGRAPHS}

    assert fits(TRIALS[name], VOCABULARY.root)


# --- the shipped templates ----------------------------------------------------------------------


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_templates_have_no_problem(name: str) -> None:
    data = SHIPPED[name]
    assert said(data) == []
    assert not [
        each
        for each in template_check.problems(data, name, VOCABULARY, TRIALS)
        if each.severity is not Severity.NOTE
    ]


def brief(data: dict[str, Any], open_items: list[str] | None = None) -> bytes:
    rules = Rulebook()
    template = ReportTemplate(BRIEF, "x")
    return template.render(context.build(completed(from_data(data), rules), rules, open_items))


def captions(report: bytes) -> list[str]:
    styles = [
        (each.style.name if each.style else "", each.text) for each in Document(io.BytesIO(report)).paragraphs
    ]
    return [text for style, text in styles if style == "表题"]


def test_the_short_report_puts_the_score_first_then_tables(full_data: dict[str, Any]) -> None:
    report = brief(full_data)
    assert captions(report) == [
        "表1　自评结论（单位：万元）", "表2　预算及执行情况表（单位：万元）", "表3　预算调整和执行偏差原因",
        "表4　项目支出情况表（单位：万元）", "表5　项目来源和追加原因", "表6　年度绩效目标完成情况表",
        "表7　履职情况表", "表8　绩效指标完成情况表", "表9　主要问题和改进措施表", "表10　自评结果应用和公开情况",
    ]  # fmt: skip
    tables = Document(io.BytesIO(report)).tables
    assert [cell.text for cell in tables[0].rows[1].cells] == [
        "99.62", "优", "3,244.60", "3,201.25", "98.66%", "9.87（满分10分）",
    ]  # fmt: skip
    assert [row.cells[0].text for row in tables[6].rows] == [
        "项目", "履职完成情况", "履职效果情况", "社会满意度及可持续性影响",
    ]  # fmt: skip
    assert len(tables[7].rows) == 1 + len(full_data["goals"]["indicators"])
    assert tables[8].rows[1].cells[2].text.startswith("做实项目前期工作，提高按期完成率。下一年度项目")


def test_the_short_report_of_the_least_evaluation(minimal_data: dict[str, Any]) -> None:
    report = brief(minimal_data, [])
    assert captions(report) == [
        "表1　自评结论（单位：万元）",
        "表2　年度绩效目标完成情况表",
        "表3　履职情况表",
    ]
    conclusion, *_ = Document(io.BytesIO(report)).tables
    assert [cell.text for cell in conclusion.rows[1].cells] == ["100.00", "95.50", "95.50%"]


@pytest.mark.parametrize("shipped", SHIPPED.values(), ids=SHIPPED)
def test_the_templates_and_their_reports_pass_an_independent_audit(
    shipped: bytes, full_data: dict[str, Any], minimal_data: dict[str, Any], tmp_path: Path
) -> None:
    template = ReportTemplate(shipped, "x")
    for data in (full_data, minimal_data):
        path = tmp_path / "报告.docx"
        path.write_bytes(template.render(context.build(completed(from_data(data), Rulebook()), Rulebook())))
        errors = OpenXmlValidator().validate(str(path)).errors
        assert errors == []


@pytest.mark.parametrize("sign", ["\u200b", "\ufeff", "\u00ad", "\u202c"])
def test_a_character_no_one_sees_is_named(sign: str) -> None:
    [problem] = problems(word(f"{{{{ facts.{sign}unit }}}}"))
    said = str(problem)
    shown = f"〔看不见的字符 U+{ord(sign):04X}〕"
    assert f"“{{{{ facts.{shown}unit }}}}”：标签里有不能用的字符“{shown}”" in said
    assert sign not in said
