"""E-mail drafts: what a mail program reads in them, and the template they are made from."""

import email
import email.policy
import io
from email.header import decode_header, make_header
from pathlib import Path

import pytest
from docx import Document
from samples import overtype

from selfeval_xlsx import files
from selfeval_xlsx.desk import flow
from selfeval_xlsx.errors import TemplateError
from selfeval_xlsx.form.data import from_data, to_data
from selfeval_xlsx.outputs import signing
from selfeval_xlsx.workbook.author import paint
from selfeval_xlsx.workbook.reader import read_workbook
from tests.conftest import GOOD, Shell
from tests.places import printed
from tests.test_cli import BAD_BOOK, DRAFT, REPORT

BOOK = GOOD / "云岭县职业教育中心.xlsx"
EML, TEXT = REPORT.replace(".docx", ".eml"), REPORT.replace(".docx", ".邮件.txt")

SHIPPED = files.shipped(files.MAIL).read_text(encoding="utf-8")
FACTS = {
    "单位": "某某局", "年度": "2025", "主管部门": "某某县人民政府", "主要数字": "调整后预算100.00万元",
    "核对结果": "没有发现问题", "附件": "报告.docx", "填报人": "", "联系电话": "",
}  # fmt: skip


def parsed(data: bytes) -> email.message.EmailMessage:
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, email.message.EmailMessage)
    return message


def test_a_draft_is_read_as_it_was_written() -> None:
    letter = signing.letter(SHIPPED, "a@example.com", FACTS)
    name = "2025年度部门整体支出绩效自评报告-某某局.docx"
    data = signing.unsent(letter, [(name, b"PK\x03\x04" * 100), ("plain.docx", b"x")])
    message = parsed(data)
    assert (message["To"], message["Subject"]) == ("a@example.com", letter.subject)
    assert message["X-Unsent"] == "1"
    assert message["From"] is None
    assert message["Date"] is None
    body = message.get_body()
    assert body is not None
    assert body.get_content().replace("\r\n", "\n").strip() == letter.body
    first, second = message.iter_attachments()
    assert (first.get_filename(), second.get_filename()) == (name, "plain.docx")
    assert first.get_content() == b"PK\x03\x04" * 100
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert max(map(len, data.split(b"\r\n"))) < 998


def test_both_spellings_of_a_name_stand_in_one_piece() -> None:
    data = signing.unsent(signing.Letter("", "题", "文"), [("报告.docx", b"x")]).decode()
    assert "filename*=utf-8''%E6%8A%A5%E5%91%8A.docx\r\n" in data
    line = next(line for line in data.split("\r\n") if "name=" in line)
    assert str(make_header(decode_header(line.partition('name="')[2].rstrip('"')))) == "报告.docx"
    assert "To:" not in data


@pytest.mark.parametrize("name", ['报告"1".docx', 'a"b.docx', "a\r\nBcc: x@y.cn.docx"])
def test_a_name_cannot_break_out_of_its_header(name: str) -> None:
    made = signing.unsent(signing.Letter("", "主题", "正文"), [(name, b"x")])
    [file] = email.message_from_bytes(made, policy=email.policy.default).iter_attachments()
    assert (file.get_filename(), file["Bcc"]) == (name, None)
    assert str(make_header(decode_header(str(file.get_param("name"))))) == name


def test_lines_without_a_fact_are_left_out() -> None:
    said = signing.letter(SHIPPED, "", FACTS).text
    assert "填报人" not in said
    assert "主要数字：调整后预算100.00万元" in said
    assert said.startswith("主题：2025年度部门整体支出绩效自评报告（某某局）\n")


@pytest.mark.parametrize(
    ("typed", "header"),
    [
        ("a@b.cn", "a@b.cn"),
        ("a@b.cn；c.d@e.gov.cn", "a@b.cn, c.d@e.gov.cn"),
        ("ａ＠b．cn", "a@b.cn"),
        ("", ""),
        ("财务邮箱", ""),
        ("a@b.cn\r\nBcc: x@y.cn", ""),
        ("a@b..cn", ""),
        ("a..b@c.cn", ""),
        (".a@b.cn", ""),
        ("a@-b.cn", ""),
    ],
)
def test_addresses(typed: str, header: str) -> None:
    assert signing.addresses(typed) == header


@pytest.mark.parametrize(
    ("line", "said"), [("${单为}", "“单为”不认识"), ("5$", "$ 写法不对"), ("$单位", "$ 写法不对")]
)
def test_a_template_that_cannot_be_used(line: str, said: str) -> None:
    with pytest.raises(TemplateError, match=said.replace("$", r"\$")):
        signing.letter(f"主题\n{line}", "", FACTS)


def test_five_hundred_addresses_make_a_valid_message() -> None:
    to = ", ".join(f"office{number}@dept{number}.example.gov.cn" for number in range(500))
    raw = signing.unsent(signing.letter("主题", to, FACTS), [])
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert [each.addr_spec for each in message["To"].addresses] == to.split(", ")


# --- the command --------------------------------------------------------------------------------


def test_a_letter_states_what_the_report_says(shell: Shell) -> None:
    status, said = shell("report", shell.put(BOOK), "--mail")
    assert status == 0
    assert f"已写好邮件草稿（没有发送）：{shell.folder / EML}" in said
    message = parsed((shell.folder / EML).read_bytes())
    body = message.get_body()
    assert body is not None
    assert message["To"] == "report@example.com"
    assert "云岭县职业教育中心" in message["Subject"]
    assert "2025年度" in message["Subject"]
    text = body.get_content()
    assert "调整后预算3,244.60万元，执行数3,201.25万元，预算执行率98.66%，自评总分99.62分，等级优" in text
    assert "没有发现问题" in text
    [attachment] = message.iter_attachments()
    assert attachment.get_filename() == REPORT
    assert attachment.get_content() == (shell.folder / REPORT).read_bytes()
    pasted = (shell.folder / TEXT).read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    assert text.replace("\r\n", "\n").strip() in pasted


def edit(report: Path, old: str, new: str) -> None:
    document = Document(str(report))
    found = next(each for each in document.paragraphs if old in each.text)
    found.runs[0].text = found.text.replace(old, new)
    for more in found.runs[1:]:
        more.text = ""
    document.save(str(report))


def test_a_letter_of_an_edited_report_names_its_changes(shell: Shell) -> None:
    shell("report", shell.put(BOOK))
    edit(shell.folder / REPORT, "二次招标", "重新招标")
    status, said = shell("mail", REPORT)
    assert status == 0
    assert "已对照 表.xlsx 核验" in said
    assert "文字有改动" in said
    [attachment] = parsed((shell.folder / EML).read_bytes()).iter_attachments()
    assert any("重新招标" in each.text for each in Document(io.BytesIO(attachment.get_content())).paragraphs)


def test_a_report_whose_figures_differ_is_not_mailed(shell: Shell) -> None:
    shell("report", shell.put(BOOK))
    edit(shell.folder / REPORT, "98.66%", "98.76%")
    status, said = shell("mail", REPORT)
    assert status == 2
    assert "有 1 处数字或关键内容不一致，没有写邮件" in said
    assert printed("「budget.lines.total.execution_rate」") in said
    assert EML not in shell.names()


def test_an_edited_report_without_its_workbook_is_not_mailed(shell: Shell) -> None:
    shell("report", shell.put(BOOK))
    edit(shell.folder / REPORT, "二次招标", "重新招标")
    (shell.folder / "表.xlsx").rename(shell.folder / "表.bak")
    status, said = shell("mail", REPORT)
    assert status == 2
    assert "找不到生成它的填报表" in said
    assert shell("mail", REPORT, str(BOOK))[0] == 0


def test_a_letter_already_changed_is_kept(shell: Shell) -> None:
    shell("report", shell.put(BOOK), "--mail")
    (shell.folder / TEXT).write_text("改过", encoding="utf-8")
    assert shell("mail", REPORT)[0] == 0
    assert (shell.folder / TEXT).read_text(encoding="utf-8") == "改过"
    assert len(shell.names()) == 5


def test_a_draft_is_not_mailed_by_mistake(shell: Shell) -> None:
    shell("report", shell.put(BAD_BOOK), "--draft")
    status, said = shell("mail", DRAFT)
    assert (status, said.count("\n")) == (2, 1)
    assert "是草稿，不得报送" in said
    eml = DRAFT.replace(".docx", ".eml")
    assert eml not in shell.names()
    assert shell("mail", DRAFT, "--draft")[0] == 0
    letter = email.message_from_bytes((shell.folder / eml).read_bytes(), policy=email.policy.default)
    assert str(letter["Subject"]).startswith("【草稿】2025年度")


def test_only_reports_are_mailed(shell: Shell) -> None:
    shell("report", shell.put(BOOK), "--proof")
    shell.put(files.shipped(files.REPORT), "模板.docx")
    for name in (REPORT.replace(".docx", "（核对底稿）.docx"), "模板.docx"):
        status, said = shell("mail", name)
        assert status == 2
        assert "不是本程序生成的正式报告" in said
    assert shell("mail", "表.xlsx")[0] == 2


def test_a_missing_address_is_said(shell: Shell) -> None:
    data = to_data(read_workbook(BOOK.read_bytes(), BOOK.name))
    overtype(data, ["overview", "sign_off", "email"], "")
    (shell.folder / "表.xlsx").write_bytes(paint(from_data(data), []))
    status, said = shell("report", "表.xlsx", "--mail")
    assert status == 0
    assert "没有可用的报送邮箱" in said
    assert parsed((shell.folder / EML).read_bytes())["To"] is None


@pytest.mark.parametrize(("keys", "written"), [("3", True), ("３", True), ("", False), ("n n n", False)])
def test_the_double_click_flow_offers_a_letter(keys: str, written: bool, tmp_path: Path) -> None:
    (tmp_path / "表.xlsx").write_bytes(BOOK.read_bytes())
    answers = keys.split()
    assert flow.serve([str(tmp_path)], lambda _: None, lambda _: answers.pop(0) if answers else "") == 0
    assert answers == []
    assert (tmp_path / EML).exists() is written


def test_nothing_to_mail_is_not_offered(tmp_path: Path) -> None:
    (tmp_path / "表.xlsx").write_bytes(BAD_BOOK.read_bytes())
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return ""

    assert flow.serve([str(tmp_path)], lambda _: None, ask) == 1
    assert [("邮件" in question, "草稿" in question) for question in asked] == [(False, True)]
