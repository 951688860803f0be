"""What a finance office has received: workbooks, reports and PDFs in folders, zips and saved mails, each registered.

Archives and mails are read to memory, never extracted; links are refused. One bad file stops no other:
it is registered with the reason and the way on.
"""

import email
import email.header
import email.policy
import hashlib
import io
import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from enum import Enum
from functools import cached_property
from pathlib import Path

LARGEST = 50_000_000
"""Bytes of a file beyond which it is no workbook and no report."""
MOST_IN_ONE = 5000
"""Members of one archive or mail beyond which it is not opened."""
DEEPEST = 3
"""How many archives and mails may lie in one another."""

BEIJING = timezone(timedelta(hours=8))
"""The time of all of China: times are told in it, whatever the clock of the machine."""

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
    """When it was last changed, or sent."""
    content: bytes | None = None
    refused: str = ""
    sender: str = ""
    """The address of the mail it came in."""

    @cached_property
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
        """The name of the folder or archive it lay in, which may be its unit's; empty for loose files."""
        return re.sub(r"\.(zip|7z|eml|msg)$", "", re.split(r"/| › ", self.beside)[-1], flags=re.IGNORECASE)


def received(folder: Path) -> Iterator[Received]:
    """Every file below ``folder`` that somebody sent, in the order of its path; locks and hidden files are none."""
    for path in _files(folder):
        place, time, refused = path.relative_to(folder).as_posix(), datetime.fromtimestamp(0, BEIJING), _LINK
        try:
            found = path.lstat()
            time = datetime.fromtimestamp(found.st_mtime, BEIJING)
            if not path.is_symlink():
                refused = _TOO_LARGE if found.st_size > LARGEST * 4 else ""
            content = b"" if refused else path.read_bytes()
        except OSError as error:
            refused = f"无法读取（{error.strerror}）；请检查权限，或换个位置再放进来"
        if refused:
            yield Received(place, path.name, Kind.REFUSED, time, refused=refused)
        else:
            yield from _opened(place, path.name, content, time, 0)


_TOO_LARGE = "太大，不会是填报表或报告；请另存后再报"
_LINK = "是一个链接，没有打开；请放文件本身"


def _is_hidden(name: str) -> bool:
    """Whether a file was made by a program for itself: hidden, the lock of an open file, pictures of a folder."""
    return name.startswith((".", "~$", "__MACOSX")) or name in {"Thumbs.db", "desktop.ini"}


def _files(folder: Path) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        yield folder  # registered as what cannot be read
        return
    if any(entry.name == RUN_FOLDER for entry in found):
        return  # an output of this program
    for entry in found:
        if _is_hidden(entry.name):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path))
        elif entry.is_symlink() or entry.is_file():
            yield Path(entry.path)


@dataclass(frozen=True)
class _Member:
    """One file in an archive or a mail."""

    path: str
    time: datetime | None
    content: bytes | None = None
    refused: str = ""
    sender: str = ""


def _opened(
    place: str, name: str, content: bytes, time: datetime, depth: int, sender: str = ""
) -> Iterator[Received]:
    """One file, or what lies in it."""
    suffix = name.lower().rpartition(".")[2]
    opener = _OPENERS.get(suffix)
    if opener is None:
        yield _taken(place, name, content, time, sender)
        return
    refused = "里面没有文件" if depth < DEEPEST else "压缩包或邮件套了太多层；请解开后再放进来"
    try:
        for member in opener(content) if depth < DEEPEST else ():
            path = member.path.replace("\\", "/")
            own = path.rpartition("/")[2]
            if _is_hidden(own) or "__MACOSX" in path:
                continue
            refused = ""
            inside, told = f"{place}{_ARROW}{path}", (member.time or time, member.sender or sender)
            if member.content is None:
                yield Received(inside, own, Kind.REFUSED, told[0], refused=member.refused, sender=told[1])
            else:
                yield from _opened(inside, own, member.content, told[0], depth + 1, told[1])
    except _Unopened as error:
        refused, sender = str(error), error.sender or sender
    except Exception as error:  # noqa: BLE001 - whatever a broken archive raises, the next file must be read
        refused = f"打不开（{type(error).__name__}），可能已损坏或有密码；请对方重新发送"
    if refused:
        yield Received(place, name, Kind.REFUSED, time, refused=refused, sender=sender)


class _Unopened(Exception):  # noqa: N818 - a reason, not an error
    """Why an archive or a mail is not opened; who sent it, where that is known."""

    def __init__(self, why: str, sender: str = "") -> None:
        super().__init__(why)
        self.sender = sender


def _taken(place: str, name: str, content: bytes, time: datetime, sender: str) -> Received:
    """A file that is no archive and no mail, by its suffix."""
    suffix = name.lower().rpartition(".")[2]
    kind = _KINDS.get(suffix)
    refused = _TOO_LARGE if len(content) > LARGEST else _REFUSED.get(suffix, "")
    if refused or kind is None:
        kept = content if len(content) <= LARGEST else None
        return Received(place, name, Kind.REFUSED, time, kept, refused or _NOTHING_OF_THIS, sender)
    return Received(place, name, kind, time, content, sender=sender)


_NOTHING_OF_THIS = "不是填报表（.xlsx）、Word 报告（.docx）或 PDF"


def _zip(content: bytes) -> Iterator[_Member]:
    """The members of a zip; names of Chinese Windows are in GBK where the archive does not say UTF-8."""
    with zipfile.ZipFile(io.BytesIO(content), metadata_encoding="gb18030") as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        _bounded(len(members), sum(member.file_size for member in members))
        if any(member.filename == "[Content_Types].xml" for member in members):
            raise _Unopened(
                "不是压缩包，是改了后缀的 Office 文件，或没有传完；请改回 .xlsx、.docx，或请对方重发"
            )
        if members and 0 not in {member.header_offset for member in members}:
            raise zipfile.BadZipFile
        for member in members:
            packed = _local(member.date_time)
            if (member.external_attr >> 28) == 0o12:
                yield _Member(member.filename, packed, refused=_LINK)
            elif member.flag_bits & 1:
                yield _Member(member.filename, packed, refused="压缩包有密码；请对方去掉密码再发")
            elif member.file_size > LARGEST:
                yield _Member(member.filename, packed, refused=_TOO_LARGE)
            else:
                yield _unpacked(archive, member, packed)


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, packed: datetime | None) -> _Member:
    """One member of a zip; one that is damaged costs no other."""
    try:
        return _Member(member.filename, packed, archive.read(member))
    except Exception as error:  # noqa: BLE001 - the next member must be read
        return _Member(
            member.filename, packed, refused=f"在压缩包里已损坏（{type(error).__name__}）；请对方重新发送"
        )


def _bounded(members: int, size: int) -> None:
    if members > MOST_IN_ONE or size > LARGEST * 4:
        raise _Unopened("里面的文件太多或太大；请解压后放进来")


def _local(stated: tuple[int, int, int, int, int, int]) -> datetime | None:
    """A time as a zip states it, which is that of the clock on the wall; None where it states none."""
    try:
        return datetime(*stated, tzinfo=BEIJING) if stated > (1980, 1, 1, 0, 0, 0) else None
    except ValueError:
        return None


def _seven(content: bytes) -> Iterator[_Member]:
    """The members of a .7z, where the library that reads them is installed."""
    try:
        import py7zr  # noqa: PLC0415 - an extra
    except ImportError:
        raise _Unopened("这台电脑没有装读取 .7z 的组件；请解压后放进来，或请对方改用 .zip") from None
    with py7zr.SevenZipFile(io.BytesIO(content)) as archive:
        members = [member for member in archive.list() if not member.is_directory]
        _bounded(len(members), sum(member.uncompressed for member in members))
        held = py7zr.io.BytesIOFactory(LARGEST)
        archive.extract(targets=[member.filename for member in members], factory=held)
        for name, product in sorted(held.products.items()):
            product.seek(0)
            yield _Member(name, None, product.read())


def _mail(content: bytes) -> Iterator[_Member]:
    """The attachments of a saved mail; file names may stand in raw GBK, pictures of the text are none."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    sent = _aware(message["date"].datetime if message["date"] else None)
    address = message["from"].addresses[0].addr_spec if message["from"] and message["from"].addresses else ""
    parts = [(_file_name(part), part) for part in message.walk() if not part.is_multipart()]
    attached = [(name, part) for name, part in parts if name and not _is_drawn(part)]
    if not attached:
        raise _Unopened("邮件里没有附件；请重新导出，或请对方重发", address)
    for name, part in attached:
        data = part.get_payload(decode=True)
        yield _Member(name, sent, data if isinstance(data, bytes) else b"", sender=address)


def _is_drawn(part: EmailMessage) -> bool:
    """Whether a part of a mail is a picture in its text."""
    return part.get_content_maintype() == "image" and bool(part["content-id"])


def _outlook(content: bytes) -> Iterator[_Member]:
    from oxmsg import Message  # noqa: PLC0415 - only where such a mail lies

    message = Message.load(io.BytesIO(content))
    match = re.search(r"[\w.+-]+@[\w.-]+", message.sender or "")
    for attachment in message.attachments:
        if attachment.file_bytes:
            name, address = attachment.file_name or "附件", match[0] if match else ""
            yield _Member(name, _aware(message.sent_date), attachment.file_bytes, sender=address)


def _aware(sent: datetime | None) -> datetime | None:
    """When a mail was sent; one that names no zone was sent in China."""
    return sent.replace(tzinfo=sent.tzinfo or BEIJING).astimezone(BEIJING) if sent else None


def _file_name(part: EmailMessage) -> str:
    """The name of an attachment, also where it stands as raw bytes of GBK or UTF-8, or as GBK called GB2312."""
    name = part.get_filename() or ""
    if not any("\udc80" <= character <= "\udcff" or character == "\ufffd" for character in name):
        return name
    raw = str(dict(part.raw_items()).get("Content-Disposition", ""))
    match = re.search(r'filename="?([^";]+)', raw)
    octets = b"".join(
        piece if isinstance(piece, bytes) else piece.encode("utf-8", "surrogateescape")
        for piece, _ in email.header.decode_header(match[1] if match else name)
    )
    for encoding in ("utf-8", "gb18030"):
        try:
            return octets.decode(encoding)
        except UnicodeDecodeError:
            continue
    return "附件"


_KINDS = {"xlsx": Kind.BOOK, "docx": Kind.REPORT, "pdf": Kind.PDF}
_OPENERS = {"zip": _zip, "7z": _seven, "eml": _mail, "msg": _outlook}
_REFUSED = {
    "rar": "是 .rar 压缩包，没有组件能完整读取；请解压后放进来，或请对方改用 .zip",
    "xls": "是旧格式的 Excel（.xls）；请打开后另存为 .xlsx",
    "et": "是 WPS 表格（.et）；请打开后另存为 .xlsx",
    "doc": "是旧格式的 Word（.doc）；请打开后另存为 .docx",
    "dat": "是 Outlook 专用格式的附件（winmail.dat）；请对方用网页邮箱重发",
    "wps": "是 WPS 文字（.wps）；请打开后另存为 .docx",
}
