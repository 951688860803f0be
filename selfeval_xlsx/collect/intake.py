"""What a finance office has received: workbooks, reports and PDFs in folders, zips and saved mails, each registered.

Archives and mails are read to memory, never extracted; links are refused. One bad file stops no other:
it is registered with the reason and the way on.
"""

import email
import email.policy
import hashlib
import io
import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from enum import Enum
from pathlib import Path

LARGEST = 50_000_000
"""Bytes of a file beyond which it is no workbook and no report."""
MOST_IN_ONE = 5000
"""Members of one archive or mail beyond which it is not opened."""
DEEPEST = 3
"""How many archives and mails may lie in one another."""

RUN_FOLDER = "运行记录"
"""The folder by which an output of this program is known, and passed over."""

_ARROW = " › "


class Kind(Enum):
    """What a received file is."""

    BOOK = "填报表"
    REPORT = "Word 报告"
    PDF = "PDF"
    REFUSED = "不能使用"


@dataclass(frozen=True)
class Received:
    """One file, wherever it lay; ``content`` is None where it was refused, for the reason in ``refused``."""

    place: str
    """Its path below the folder, with the members of archives and mails behind an arrow."""
    name: str
    kind: Kind
    time: datetime
    """When it was last changed, or sent; UTC."""
    content: bytes | None = None
    refused: str = ""
    sender: str = ""
    """The address of the mail it came in."""

    @property
    def digest(self) -> str:
        """SHA-256 in hexadecimal; empty for what was not read."""
        return hashlib.sha256(self.content).hexdigest() if self.content is not None else ""

    @property
    def beside(self) -> str:
        """The folder, archive or mail it lay in."""
        head, arrow, _ = self.place.rpartition(_ARROW)
        return head if arrow else self.place.rpartition("/")[0]

    @property
    def folder(self) -> str:
        """The name of the folder it lay in, which may be its unit's; empty for loose files."""
        return re.split(r"/| › ", self.beside)[-1]


def received(folder: Path) -> Iterator[Received]:
    """Every file below ``folder`` that somebody sent, in the order of its path; locks and hidden files are none."""
    for path in _files(folder):
        place = path.relative_to(folder).as_posix()
        time = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if path.is_symlink():
            yield Received(place, path.name, Kind.REFUSED, time, refused="是一个链接，没有打开；请放文件本身")
        elif path.stat().st_size > LARGEST * 4:
            yield Received(place, path.name, Kind.REFUSED, time, refused=_TOO_LARGE)
        else:
            try:
                content = path.read_bytes()
            except OSError as error:
                reason = f"无法读取（{error.strerror}）；请检查权限，或换个位置再放进来"
                yield Received(place, path.name, Kind.REFUSED, time, refused=reason)
                continue
            yield from _opened(place, path.name, content, time, 0)


_TOO_LARGE = "太大，不会是填报表或报告；请另存后再报"


def _files(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    if any(entry.name == RUN_FOLDER for entry in found):
        return  # an output of this program
    for entry in found:
        if entry.name.startswith((".", "~$", "__MACOSX")) or entry.name == "Thumbs.db":
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path))
        elif entry.is_symlink() or entry.is_file():
            yield Path(entry.path)


def _opened(
    place: str, name: str, content: bytes, time: datetime, depth: int, sender: str = ""
) -> Iterator[Received]:
    """One file, or what lies in it."""
    suffix = name.lower().rpartition(".")[2]
    refused = _REFUSED.get(suffix, "")
    opener = _OPENERS.get(suffix)
    if opener is not None and depth >= DEEPEST:
        refused = "压缩包或邮件套了太多层；请解开后再放进来"
    elif opener is not None:
        try:
            yield from opener(place, content, time, depth, sender)
        except Exception as error:  # noqa: BLE001 - whatever a broken archive raises, the next file must be read
            reason = f"打不开（{type(error).__name__}），可能已损坏或有密码；请对方重新发送"
            yield Received(place, name, Kind.REFUSED, time, refused=reason, sender=sender)
        return
    kind = _KINDS.get(suffix)
    if len(content) > LARGEST:
        refused = _TOO_LARGE
    if kind is None and not refused:
        refused = "不是填报表（.xlsx）、Word 报告（.docx）或 PDF"
    if refused:
        yield Received(
            place, name, Kind.REFUSED, time, content if len(content) <= LARGEST else None, refused, sender
        )
    else:
        yield Received(place, name, kind or Kind.REFUSED, time, content, sender=sender)


def _zip(place: str, content: bytes, time: datetime, depth: int, sender: str) -> Iterator[Received]:
    """The members of a zip; names of Chinese Windows are in GBK where the archive does not say UTF-8."""
    with zipfile.ZipFile(io.BytesIO(content), metadata_encoding="gb18030") as archive:
        members = archive.infolist()
        if len(members) > MOST_IN_ONE:
            raise ValueError(len(members))
        for member in members:
            name = member.filename.replace("\\", "/").rpartition("/")[2]
            inside = f"{place}{_ARROW}{member.filename}"
            if member.is_dir() or name.startswith((".", "~$")) or "__MACOSX" in member.filename:
                continue
            if (member.external_attr >> 28) == 0o12:
                yield Received(inside, name, Kind.REFUSED, time, refused="是一个链接，没有打开；请放文件本身")
            elif member.flag_bits & 1:
                yield Received(inside, name, Kind.REFUSED, time, refused="压缩包有密码；请对方去掉密码再发")
            elif member.file_size > LARGEST:
                yield Received(inside, name, Kind.REFUSED, time, refused=_TOO_LARGE)
            else:
                packed = (
                    datetime(*member.date_time, tzinfo=UTC)
                    if member.date_time > (1980, 1, 1, 0, 0, 0)
                    else time
                )
                yield from _opened(inside, name, archive.read(member), packed, depth + 1, sender)


def _seven(place: str, content: bytes, time: datetime, depth: int, sender: str) -> Iterator[Received]:
    """The members of a .7z, where the library that reads them is installed."""
    try:
        import py7zr  # noqa: PLC0415 - an extra
    except ImportError:
        reason = "这台电脑没有装读取 .7z 的组件；请解压后放进来，或请对方改用 .zip"
        yield Received(place, place.rpartition("/")[2], Kind.REFUSED, time, refused=reason, sender=sender)
        return
    with py7zr.SevenZipFile(io.BytesIO(content)) as archive:
        members = [each for each in archive.list() if not each.is_directory]
        if len(members) > MOST_IN_ONE or sum(each.uncompressed for each in members) > LARGEST * 4:
            raise ValueError(len(members))
        held = py7zr.io.BytesIOFactory(LARGEST)
        archive.extract(targets=[each.filename for each in members], factory=held)
        for name, product in sorted(held.products.items()):
            product.seek(0)
            yield from _opened(
                f"{place}{_ARROW}{name}", name.rpartition("/")[2], product.read(), time, depth + 1, sender
            )


def _mail(place: str, content: bytes, time: datetime, depth: int, sender: str) -> Iterator[Received]:  # noqa: ARG001
    """The attachments of a saved mail; file names may stand in raw GBK."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    sent = message["date"].datetime if message["date"] and message["date"].datetime else time
    sent = sent if sent.tzinfo else sent.replace(tzinfo=UTC)
    address = message["from"].addresses[0].addr_spec if message["from"] and message["from"].addresses else ""
    for part in message.walk():
        name = _file_name(part)
        if name and not part.is_multipart():
            data = part.get_payload(decode=True)
            if isinstance(data, bytes):
                yield from _opened(
                    f"{place}{_ARROW}{name}", name, data, sent.astimezone(UTC), depth + 1, address
                )


def _file_name(part: EmailMessage) -> str:
    """The name of an attachment, also where it stands as raw bytes of GBK or UTF-8."""
    name = part.get_filename() or ""
    if not any("\udc80" <= character <= "\udcff" or character == "\ufffd" for character in name):
        return name.replace("\\", "/").rpartition("/")[2]
    raw = str(dict(part.raw_items()).get("Content-Disposition", ""))
    match = re.search(r'filename="?([^";]+)', raw)
    octets = (match[1] if match else name).encode("utf-8", "surrogateescape")
    for encoding in ("utf-8", "gb18030"):
        try:
            return octets.decode(encoding)
        except UnicodeDecodeError:
            continue
    return "附件"


def _outlook(place: str, content: bytes, time: datetime, depth: int, sender: str) -> Iterator[Received]:  # noqa: ARG001
    """The attachments of a mail saved by Outlook."""
    from oxmsg import Message  # noqa: PLC0415 - only where such a mail lies

    message = Message.load(io.BytesIO(content))
    sent = message.sent_date or time
    sent = sent if sent.tzinfo else sent.replace(tzinfo=UTC)
    match = re.search(r"[\w.+-]+@[\w.-]+", message.sender or "")
    for attachment in message.attachments:
        name, data = attachment.file_name or "附件", attachment.file_bytes
        if data:
            yield from _opened(
                f"{place}{_ARROW}{name}",
                name,
                data,
                sent.astimezone(UTC),
                depth + 1,
                match[0] if match else "",
            )


_KINDS = {"xlsx": Kind.BOOK, "docx": Kind.REPORT, "pdf": Kind.PDF}
_OPENERS = {"zip": _zip, "7z": _seven, "eml": _mail, "msg": _outlook}
_REFUSED = {
    "rar": "是 .rar 压缩包，没有组件能完整读取；请解压后放进来，或请对方改用 .zip",
    "xls": "是旧格式的 Excel（.xls）；请打开后另存为 .xlsx",
    "et": "是 WPS 表格（.et）；请打开后另存为 .xlsx",
    "doc": "是旧格式的 Word（.doc）；请打开后另存为 .docx",
    "wps": "是 WPS 文字（.wps）；请打开后另存为 .docx",
}
