"""Opens a Word file as people send it: what it really is, whether it is safe to open, its parts by relation."""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass

from selfeval_xlsx.errors import NotAReportError
from selfeval_xlsx.office import archive, tree
from selfeval_xlsx.office.archive import Container

PACKED_LIMIT = 100_000_000
"""A report with scanned seals and photos stays far below 100 MB."""
UNPACKED_LIMIT = 60_000_000
"""XML to read; pictures are never unpacked."""

SAVE_AS = "请用 Word 或 WPS 打开它，选“另存为”，文件类型选“Word 文档（*.docx）”"

_NO_PACKAGE = {
    Container.EMPTY: "是空文件（0 字节）。请找回原文件，或重新生成报告",
    Container.OLE: f"是旧格式的文档（.doc 或 .wps）。{SAVE_AS}",
    Container.ENCRYPTED: "设有打开密码。请用 Word 或 WPS 打开，去掉密码后再保存",
    Container.PDF: "是 PDF 文件，不能核验。请选择盖章扫描之前的 Word 文件（.docx）",
    **dict.fromkeys((Container.MARKUP, Container.RTF), f"是网页或 RTF 文件，不是 .docx。{SAVE_AS}"),
    **dict.fromkeys((Container.TEXT, Container.OTHER), "不是 Word 报告（.docx）。请选择报告文件"),
}

_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_TRANSITIONAL = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_DOCUMENT = f"{{{_TRANSITIONAL.decode()}}}document"
_DAMAGE = (*archive.DAMAGE, tree.ParseError)


@dataclass(frozen=True)
class WordPackage:
    """The XML parts of a Word file by name; names are compared without regard to case."""

    name: str
    main: str
    """The part that holds the text."""
    parts: Mapping[str, bytes]

    def related(self, part: str, kind: str) -> list[str]:
        """The parts that ``part`` (empty: the file itself) is related to by ``kind``, such as ``header``."""
        return _related(self.parts, part, kind)

    def relations(self, part: str, kind: str) -> dict[str, str]:
        """The same parts by the id of their relation, by which the text of ``part`` names them."""
        return _relations(self.parts, part, kind)

    def tree(self, part: str) -> tree.Element:
        """A part, parsed.

        Raises:
            NotAReportError: no valid XML, or XML that can hide an entity bomb.

        """
        try:
            return _parsed(self.parts[part])
        except _DAMAGE as error:
            raise NotAReportError(_damaged(self.name)) from error


def open_package(data: bytes, name: str) -> WordPackage:
    """The Word file in ``data``; ``name`` is the file's name, for messages.

    Raises:
        NotAReportError: anything else, damaged, or not safe to open; says what it is and how to go on.

    """
    if name.startswith(("~$", ".~")):
        raise NotAReportError(f"{name} 是 Word 打开文件时的临时文件。请选择去掉前缀“~$”的原文件。")
    if len(data) > PACKED_LIMIT:
        raise NotAReportError(f"{name} 有 {len(data) // 1_000_000} MB，远大于自评报告。请确认选对了文件。")
    kind = archive.container(data)
    if kind is not Container.ZIP:
        raise NotAReportError(f"{name} {_NO_PACKAGE[kind]}。")
    try:
        parts = _parts(data)
        main = _related(parts, "", "officeDocument")
        root = _parsed(parts[main[0]]) if main else None
    except archive.SwollenError as error:
        raise NotAReportError(
            f"{name} 展开后异常庞大，为安全起见没有打开。请把内容复制到新文件里再试。"
        ) from error
    except _DAMAGE as error:
        raise NotAReportError(_damaged(name)) from error
    if root is None or root.tag != _DOCUMENT:
        raise NotAReportError(f"{name} 实际是{_kind(parts)}，不是 Word 报告（.docx）。请选择报告文件。")
    return WordPackage(name, main[0], parts)


def _parts(data: bytes) -> dict[str, bytes]:
    with archive.opened(data, UNPACKED_LIMIT, _is_read) as package:
        return {
            part.filename.replace("\\", "/").lower(): package.read(part)
            for part in package.infolist()
            if _is_read(part.filename)
        }


def _is_read(name: str) -> bool:
    return name.lower().endswith((".xml", ".rels")) or name == "mimetype"


def _related(parts: Mapping[str, bytes], part: str, kind: str) -> list[str]:
    return list(_relations(parts, part, kind).values())


def _relations(parts: Mapping[str, bytes], part: str, kind: str) -> dict[str, str]:
    folder, base = posixpath.split(part)
    relations = f"{folder}/_rels/{base}.rels".lstrip("/")
    if relations not in parts:
        return {}
    found = {
        each.get("Id", ""): posixpath.normpath(posixpath.join("/", folder, each.get("Target", "")))
        .lstrip("/")
        .lower()
        for each in _parsed(parts[relations])
        if each.get("Type", "").endswith(f"/{kind}") and each.get("TargetMode") != "External"
    }
    return {key: name for key, name in found.items() if name in parts}


def _parsed(content: bytes) -> tree.Element:
    root: tree.Element = tree.parse(content.replace(_STRICT, _TRANSITIONAL))
    return root


def _damaged(name: str) -> str:
    return f"{name} 已损坏或不完整。请向发送人再要一份，或用 Word、WPS 打开修复后另存。"


def _kind(parts: Mapping[str, bytes]) -> str:
    types = parts.get("[content_types].xml", b"")
    if "mimetype" in parts:
        return " OpenDocument 文件（.odt、.ods）"
    if b"spreadsheetml" in types:
        return " Excel 工作簿"
    return "别的 Office 文件" if types else "一个压缩文件（.zip）"
