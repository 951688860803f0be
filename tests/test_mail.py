"""E-mail drafts: what a mail program reads in them, and the template they are made from."""

import email
import email.policy
from email.header import decode_header, make_header

import pytest

from selfeval_xlsx import mail, resources
from selfeval_xlsx.errors import TemplateError

SHIPPED = resources.shipped(resources.MAIL).read_text(encoding="utf-8")
FACTS = {
    "单位": "某某局", "年度": "2025", "主管部门": "某某县人民政府", "主要数字": "调整后预算100.00万元",
    "核对结果": "没有发现问题", "附件": "报告.docx", "填报人": "", "联系电话": "",
}  # fmt: skip


def parsed(data: bytes) -> email.message.EmailMessage:
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, email.message.EmailMessage)
    return message


def test_a_draft_is_read_as_it_was_written() -> None:
    letter = mail.letter(SHIPPED, "a@example.com", FACTS)
    name = "2025年度部门整体支出绩效自评报告-某某局.docx"
    data = mail.draft(letter, [(name, b"PK\x03\x04" * 100), ("plain.docx", b"x")])
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
    data = mail.draft(mail.Letter("", "题", "文"), [("报告.docx", b"x")]).decode()
    assert "filename*=utf-8''%E6%8A%A5%E5%91%8A.docx\r\n" in data
    line = next(line for line in data.split("\r\n") if "name=" in line)
    assert str(make_header(decode_header(line.partition('name="')[2].rstrip('"')))) == "报告.docx"
    assert "To:" not in data


def test_lines_without_a_fact_are_left_out() -> None:
    said = mail.letter(SHIPPED, "", FACTS).text
    assert "填报人" not in said
    assert "主要数字：调整后预算100.00万元" in said
    assert said.startswith("主题：2025年度部门整体支出绩效自评报告（某某局）\n")


@pytest.mark.parametrize(
    ("typed", "header"),
    [
        ("a@b.cn", "a@b.cn"),
        ("a@b.cn；c.d@e.gov.cn", "a@b.cn, c.d@e.gov.cn"),
        ("", ""),
        ("财务邮箱", ""),
        ("a@b.cn\r\nBcc: x@y.cn", ""),
    ],
)
def test_addresses(typed: str, header: str) -> None:
    assert mail.addresses(typed) == header


@pytest.mark.parametrize(
    ("line", "said"), [("${单为}", "“单为”不认识"), ("5$", "$ 写法不对"), ("$单位", "$ 写法不对")]
)
def test_a_template_that_cannot_be_used(line: str, said: str) -> None:
    with pytest.raises(TemplateError, match=said.replace("$", r"\$")):
        mail.letter(f"主题\n{line}", "", FACTS)
