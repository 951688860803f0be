"""An unsent e-mail draft (.eml) with the report attached, and the same text to paste.

Subject and body come from a text template, ``templates/邮件.txt``: the first line is the subject,
``${单位}`` and the other names of :data:`NAMES` are replaced. What mail programs need to show Chinese
names right was tried out: the name stands twice, each time in one piece.
"""

import base64
import hashlib
import re
import string
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.header import Header
from types import MappingProxyType
from urllib.parse import quote

from selfeval_xlsx import files
from selfeval_xlsx.errors import TemplateError
from selfeval_xlsx.report.origin import EMAIL

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

TYPES = {
    "docx": "vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Media types of what is attached, by the ending of its name."""
CRLF = "\r\n"
_PLAIN = re.compile(r"[\w .,()+-]*", re.ASCII)
"""What may stand between quotes in a header as it is."""
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"[A-Za-z0-9_%+-]+(?:\.[A-Za-z0-9_%+-]+)*@(?:{_LABEL}\.)+[A-Za-z]{{2,}}")
_LINE = 76
"""Characters of a line of a header; mail systems refuse 998 and more."""


DRAFT = "【草稿】"
"""Before the subject of a letter with a draft."""


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


def draft(message: Letter, attachments: Sequence[tuple[str, bytes]]) -> bytes:
    """``message`` with (name, content) of Office files attached, as .eml: unsent, no sender, no date."""
    boundary = hashlib.sha256(message.text.encode()).hexdigest()[:32]
    headers = ["MIME-Version: 1.0", "X-Unsent: 1"]
    if message.to:
        headers.append(_folded(f"To: {message.to}"))
    subject = Header(message.subject, "utf-8", header_name="Subject").encode(linesep=CRLF)
    headers.append(f"Subject: {subject}")
    headers.append(f'Content-Type: multipart/mixed; boundary="{boundary}"')
    text = _part(message.body.replace("\n", CRLF).encode(), "text/plain; charset=utf-8")
    parts = [text, *(_file_part(name, content) for name, content in attachments)]
    body = "".join(f"--{boundary}{CRLF}{part}" for part in parts)
    return f"{CRLF.join(headers)}{CRLF}{CRLF}{body}--{boundary}--{CRLF}".encode("ascii")


def _folded(header: str) -> str:
    """A header of addresses on as many lines as it needs."""
    lines = [""]
    for piece in header.split(", "):
        if lines[-1] and len(lines[-1]) + len(piece) > _LINE:
            lines.append(piece)
        else:
            lines[-1] += f", {piece}" if lines[-1] else piece
    return f",{CRLF} ".join(lines)


def _part(content: bytes, kind: str, *headers: str) -> str:
    coding = "Content-Transfer-Encoding: base64"
    lines = base64.encodebytes(content).decode("ascii").splitlines()
    return CRLF.join([f"Content-Type: {kind}", coding, *headers, "", *lines, ""])


def _file_part(name: str, content: bytes) -> str:
    kind = f'application/{TYPES[name.rpartition(".")[2]]}; name="{_encoded(name)}"'
    return _part(content, kind, f"Content-Disposition: attachment; filename*=utf-8''{quote(name)}")


def _encoded(text: str) -> str:
    """An encoded word of RFC 2047, in one piece however long: programs show a name in pieces wrongly."""
    coded = base64.b64encode(text.encode()).decode("ascii")
    return text if _PLAIN.fullmatch(text) else f"=?utf-8?b?{coded}?="
