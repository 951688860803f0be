"""A report after it was made: held against its workbook when it comes back edited, with what is written then; sent by mail.

A letter is an unsent e-mail draft (.eml), and the same text to paste. Subject and body come from a text template,
``templates/邮件.txt``: the first line is the subject, ``${单位}`` and the other names of :data:`NAMES` are replaced. What
mail programs need to show Chinese names right was tried out: the name stands twice, each time in one piece.
"""

import base64
import hashlib
import re
import string
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from email.header import Header
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from selfeval_xlsx import files
from selfeval_xlsx.errors import NotAReportError, SelfEvalError, TemplateError
from selfeval_xlsx.findings import Severity, gravest_first, tally
from selfeval_xlsx.office.package import digest, is_sealed
from selfeval_xlsx.outputs.report_setup import Kit
from selfeval_xlsx.outputs.written import ADOPTED_SUFFIX, MARK_SUFFIX, Say
from selfeval_xlsx.report.origin import EMAIL, ENCLOSED, facts_in, origin_of
from selfeval_xlsx.signed.differences import Difference
from selfeval_xlsx.signed.paragraphs import Document, read_document
from selfeval_xlsx.signed.verification import Verification, adopt, marked_copy, verify
from selfeval_xlsx.workbook.reader import read_workbook

VERIFIED_SUFFIX = "（核验批注）"
"""Ends the name of a copy of an edited report with its differences as comments."""

_MOST = 200
"""Workbooks of a folder that are looked at."""


def workbook_of(report: Path, document: Document, given: Sequence[Path] = ()) -> Path | None:
    """The workbook that ``report`` was made from: the only one ``given``; of several, or those beside it, by its digest.

    Where none has the digest, the only one of the same unit and year.
    """
    if len(given) == 1:
        return given[0]
    books = list(given) or [
        path
        for path in sorted(report.parent.glob("*.xlsx"))[:_MOST]
        if not path.name.startswith(("~$", ".")) and MARK_SUFFIX not in path.name
    ]
    origin, facts = origin_of(document.properties), facts_in(document.properties) or {}
    if origin is not None:
        same = [path for path in books if digest(_content(path)) == origin.workbook]
        if same:
            return same[0]
    named = facts.get("单位", ""), facts.get("年度", "")
    alike = [path for path in books if facts and _identity(path) == named]
    return alike[0] if len(alike) == 1 else None


def _content(path: Path) -> bytes:
    try:
        return files.read(path)
    except SelfEvalError:
        return b""


def _identity(path: Path) -> tuple[str, str]:
    try:
        identity = read_workbook(_content(path), path.name).overview.identity
    except SelfEvalError:
        return "", ""
    return identity.unit_name.show(), identity.year.show()


def verified(report: Path, book: Path, given: Kit) -> Verification:
    """How ``report`` differs from what ``book`` gives today.

    Raises:
        SelfEvalError: one of the files cannot be used.

    """
    return verify(files.named(report), files.named(book), given.template, given.rules)


def say_verified(result: Verification, say: Say) -> None:
    """Where the report comes from, and every difference, the gravest first."""
    for remark in (result.provenance.value, *result.remarks):
        say(f"  {remark}。")
    for difference in gravest_first(result.differences):
        say(f"  {difference}")
    say(f"  核验结果：{tally(result.differences) or '与工作簿一致'}。")


def write_verified(
    report: Path, differences: Sequence[Difference], say: Say, target: Path | None = None
) -> None:
    """Write a copy of ``report`` with a comment on each difference, beside it or to ``target``, and say so.

    Raises:
        SelfEvalError: the report cannot be commented on, or the copy not be written.

    """
    copy = marked_copy(files.named(report), differences)
    path = target or report.with_name(f"{report.stem}{VERIFIED_SUFFIX}.docx")
    say(f"  已写出批注副本：{files.write_new(path, copy)}")


def write_adopted(
    book: Path, differences: Sequence[Difference], given: Kit, say: Say, target: Path | None = None
) -> None:
    """Write a new workbook with the words of the report in their cells, beside ``book`` or to ``target``.

    What was taken and what was not is said.

    Raises:
        SelfEvalError: the workbook cannot be used, or the new one not be written.

    """
    adopted = adopt(files.named(book), given.rules, differences)
    for line in adopted.lines:
        say(f"  {line}")
    if adopted.workbook is not None:
        path = target or book.with_name(f"{book.stem}{ADOPTED_SUFFIX}.xlsx")
        say(f"  已写出新的填报表：{files.write_new(path, adopted.workbook)}（原来的没有改动）")


# --- by mail --------------------------------------------------------------------------------------

NAMES = {
    "单位": "填报单位的全称",
    "年度": "评价年度",
    "主管部门": "主管部门；没有填的为空",
    "主要数字": "预算、执行数、执行率；有评分的连同总分和等级",
    "核对结果": "核对有没有错误、提醒",
    "附件": "附件的文件名",
    "填报人": "填报人；没有填的为空",
    "联系电话": "联系电话；没有填的为空",
}
"""What a mail template may use."""

_TYPES = {
    "docx": "vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Media types of what is attached, by the ending of its name."""
_CRLF = "\r\n"
_PLAIN = re.compile(r"[\w .,()+-]*", re.ASCII)
"""What may stand between quotes in a header as it is."""
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"[A-Za-z0-9_%+-]+(?:\.[A-Za-z0-9_%+-]+)*@(?:{_LABEL}\.)+[A-Za-z]{{2,}}")
_LINE = 76
"""Characters of a line of a header; mail systems refuse 998 and more."""
_DRAFT = "【草稿】"
"""Before the subject of a letter with a draft."""


def write_mail(report: Path, given: Kit, say: Say, book: Path | None = None, *, draft: bool = False) -> None:
    """Write an unsent e-mail with ``report`` attached, and its text to paste, beside it; say so.

    A report that was edited since it was made is first held against ``book``, or the workbook beside it, and its
    changes are told.

    Raises:
        SelfEvalError: the file is no report of this program; it was edited and its figures are not the workbook's, or
            the workbook is not to be found; or it is a draft and ``draft`` is not asked for.

    """
    content = files.read(report)
    document = read_document(content, report.name)
    properties = document.properties
    facts, origin = facts_in(properties), origin_of(properties)
    if facts is None or origin is None:
        raise NotAReportError(
            f"{report.name} 不是本程序生成的正式报告（或文档属性已丢失），不能写邮件。请用 selfeval report 重新生成。"
        )
    if origin.draft and not draft:
        raise NotAReportError(
            f"{report.name} 是草稿，不得报送。改正问题后重新生成；确要发送草稿，加 --draft。"
        )
    if not is_sealed(content):
        _pass(report, document, book, given, say)
    message = letter_with(report.name, facts)
    if origin.draft:
        message = replace(message, subject=f"{_DRAFT}{message.subject}")
    written = files.write_new(report.with_suffix(".eml"), unsent(message, [(report.name, content)]))
    text = files.write_new(report.with_suffix(".邮件.txt"), message.text.encode("utf-8-sig"))
    say(f"  已写好邮件草稿（没有发送）：{written}")
    say(f"  邮件文字：{text}（邮件程序打不开草稿时，从这里粘贴，并附上报告）")
    if not message.to:
        say("  填报表里没有可用的报送邮箱，收件人请自己填写。")
    if facts.get(ENCLOSED):
        say(f"  邮件里只附了报告；单位自备的附件请自己加进去：{facts[ENCLOSED]}。")


def _pass(report: Path, document: Document, book: Path | None, given: Kit, say: Say) -> None:
    """Let an edited report go out whose figures are still the workbook's; its changes are told.

    Raises:
        NotAReportError: its workbook is not there to hold it against, or figures differ.

    """
    held = book or workbook_of(report, document)
    if held is None:
        raise NotAReportError(
            f"{report.name} 生成以后改动或另存过，旁边又找不到生成它的填报表，不能核验，没有写邮件。"
            f"请指明填报表：selfeval mail {report.name} 填报表.xlsx"
        )
    result = verified(report, held, given)
    errors = [f"  {difference}" for difference in result.differences if difference.severity is Severity.ERROR]
    if errors:
        told = "\n".join(errors)
        raise NotAReportError(
            f"{report.name} 与 {held.name} 有 {len(errors)} 处数字或关键内容不一致，没有写邮件。改好以后再写：\n{told}"
        )
    say(f"  {report.name} 生成以后改动或另存过，已对照 {held.name} 核验：")
    say_verified(result, say)


@dataclass(frozen=True)
class Letter:
    """An e-mail before it is sent; ``to`` is empty where no address is known."""

    to: str
    subject: str
    body: str

    @property
    def text(self) -> str:
        """Subject and body for pasting into a mail program."""
        head = f"收件人：{self.to}\n" if self.to else ""
        return f"{head}主题：{self.subject}\n\n{self.body}\n"


def letter_with(report: str, facts: Mapping[str, str]) -> Letter:
    """The letter that goes with a report of that file name, by the shipped template, which has these facts."""
    known = {name: facts.get(name, "") for name in NAMES} | {"附件": report}
    return letter(files.read_text(files.shipped(files.MAIL)), addresses(facts.get(EMAIL, "")), known)


class _Words(string.Template):
    """``${单位}``: names may be Chinese."""

    braceidpattern = r"\w+"
    idpattern = "(?!)"  # only names in braces


def letter(
    template: str, to: str, facts: Mapping[str, str], names: Mapping[str, str] = MappingProxyType(NAMES)
) -> Letter:
    """The letter that ``template`` makes of ``facts``, which have a text for each of ``names``.

    A line all of whose names are blank is left out.

    Raises:
        TemplateError: a name that does not exist, or a lone ``$``.

    """
    filled = (_filled(line, facts, names) for line in template.strip().splitlines())
    subject, *body = [line for line in filled if line is not None] or [""]
    return Letter(to, subject.removeprefix("主题：").strip(), "\n".join(body).strip())


def _filled(line: str, facts: Mapping[str, str], known: Mapping[str, str]) -> str | None:
    words = _Words(line)
    if not words.is_valid():
        raise TemplateError(f"邮件模板里“{line.strip()}”一行的 $ 写法不对，应当像 ${{单位}}。")
    names = words.get_identifiers()
    unknown = [name for name in names if name not in known]
    if unknown:
        raise TemplateError(f"邮件模板里的“{unknown[0]}”不认识。可用的：{'、'.join(known)}。")
    if names and not any(facts[name] for name in names):
        return None
    return words.substitute(facts).rstrip()


def addresses(text: str) -> str:
    """The e-mail addresses in ``text``, as a To header takes them; empty where there is none, or a bad one."""
    parts = [part for part in re.split(r"[\s;,、]+", unicodedata.normalize("NFKC", text)) if part]
    return ", ".join(parts) if all(map(_ADDRESS.fullmatch, parts)) else ""


def unsent(message: Letter, attachments: Sequence[tuple[str, bytes]]) -> bytes:
    """``message`` with (name, content) of Office files attached, as .eml: unsent, no sender, no date."""
    boundary = hashlib.sha256(message.text.encode()).hexdigest()[:32]
    headers = ["MIME-Version: 1.0", "X-Unsent: 1"]
    if message.to:
        headers.append(_folded(f"To: {message.to}"))
    subject = Header(message.subject, "utf-8", header_name="Subject").encode(linesep=_CRLF)
    headers.append(f"Subject: {subject}")
    headers.append(f'Content-Type: multipart/mixed; boundary="{boundary}"')
    text = _part(message.body.replace("\n", _CRLF).encode(), "text/plain; charset=utf-8")
    parts = [text, *(_file_part(name, content) for name, content in attachments)]
    body = "".join(f"--{boundary}{_CRLF}{part}" for part in parts)
    return f"{_CRLF.join(headers)}{_CRLF}{_CRLF}{body}--{boundary}--{_CRLF}".encode("ascii")


def _folded(header: str) -> str:
    """A header of addresses on as many lines as it needs."""
    lines = [""]
    for piece in header.split(", "):
        if lines[-1] and len(lines[-1]) + len(piece) > _LINE:
            lines.append(piece)
        else:
            lines[-1] += f", {piece}" if lines[-1] else piece
    return f",{_CRLF} ".join(lines)


def _part(content: bytes, kind: str, *headers: str) -> str:
    coding = "Content-Transfer-Encoding: base64"
    lines = base64.encodebytes(content).decode("ascii").splitlines()
    return _CRLF.join([f"Content-Type: {kind}", coding, *headers, "", *lines, ""])


def _file_part(name: str, content: bytes) -> str:
    kind = f'application/{_TYPES[name.rpartition(".")[2]]}; name="{_encoded(name)}"'
    return _part(content, kind, f"Content-Disposition: attachment; filename*=utf-8''{quote(name)}")


def _encoded(text: str) -> str:
    """An encoded word of RFC 2047, in one piece however long: programs show a name in pieces wrongly."""
    coded = base64.b64encode(text.encode()).decode("ascii")
    return text if _PLAIN.fullmatch(text) else f"=?utf-8?b?{coded}?="
