"""What a file really is, judged by its bytes, and whether it is safe to open: workbooks, reports, templates.

A file that is something else is named as what it is, with the way on.
"""

import re
from collections.abc import Mapping
from enum import Enum, auto

from selfeval_xlsx.errors import NotAReportError, NotAWorkbookError, TemplateError
from selfeval_xlsx.office import tree
from selfeval_xlsx.office.package import DAMAGE, TYPES, Package, SwollenError

ROW_LIMIT, COLUMN_LIMIT = 3000, 40
"""The form uses a tenth of this; beyond it nothing is looked at, so that endless formatted rows cost nothing."""
CELL_TAGS, OTHER_TAGS = 600_000, 150_000
"""Tags in the rows looked at of a sheet, and in each other part that is read whole (styles, shared texts, names).
One costs 7 to 60 microseconds (measured); a filled form has under 5,000 in any part."""

PACKED_LIMIT, UNPACKED_LIMIT = 60_000_000, 150_000_000
"""Bytes of a workbook; no filled one comes near 60 MB."""
_REPORT_PACKED, _REPORT_UNPACKED = 100_000_000, 60_000_000
"""A report with scanned seals and photos stays far below 100 MB; of what it unpacks to XML counts, for no picture is."""
_TEMPLATE_UNPACKED = 64 * 1024 * 1024

_MADE_WHILE_OPEN = ("~$", ".~")
"""How the names of files begin that programs keep beside an open one."""


# --- what holds the content ---------------------------------------------------------------------------


class Container(Enum):
    """What holds the content of a file, by its first bytes; an extension proves nothing."""

    EMPTY = auto()
    ZIP = auto()
    OLE = auto()
    """An Office file of before 2007, or of WPS."""
    ENCRYPTED = auto()
    """An Office file with a password to open it."""
    PROTECTED = auto()
    """Encrypted by an office's document security or rights management: only its own computers can open it."""
    PACKED = auto()
    """An archive other than .zip: .7z, .rar, .gz."""
    PDF = auto()
    RTF = auto()
    MARKUP = auto()
    """HTML or XML."""
    TEXT = auto()
    OTHER = auto()


_BEGINNINGS = (
    (b"PK", Container.ZIP),
    (b"%TSD-Header", Container.PROTECTED),
    (b"7z\xbc\xaf\x27\x1c", Container.PACKED),
    (b"Rar!\x1a\x07", Container.PACKED),
    (b"\x1f\x8b", Container.PACKED),
    (b"%PDF", Container.PDF),
    (b"{\\rtf", Container.RTF),
    (b"<", Container.MARKUP),
)
_OLE = b"\xd0\xcf\x11\xe0"
_RIGHTS_MANAGED = ("DRMEncryptedTransform", "DRMEncryptedDataSpace", "\tDRMContent")
"""Streams of an Office file under rights management."""
_DOCUMENT_SECURITY = b"E-SafeNet"
"""Stands in the head of a file that the most used Chinese document security encrypted."""
_BLANK = b"\xef\xbb\xbf \r\n\t"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""How text begins that Excel saves as “Unicode 文本”."""


def container(data: bytes) -> Container:
    """What ``data`` is."""
    if not data:
        return Container.EMPTY
    if data.startswith(_OLE):
        if any(_has_stream(data, name) for name in _RIGHTS_MANAGED):
            return Container.PROTECTED
        return Container.ENCRYPTED if _has_stream(data, "EncryptedPackage") else Container.OLE
    if _DOCUMENT_SECURITY in data[:512] and not data.startswith(b"PK"):
        return Container.PROTECTED
    head = data[:2048].lstrip(_BLANK)
    if head.startswith(_UTF_16):
        head = head.replace(b"\0", b"")
    other = Container.OTHER if b"\0" in head else Container.TEXT
    return next((kind for start, kind in _BEGINNINGS if head.startswith(start)), other)


def _has_stream(data: bytes, name: str) -> bool:
    return name.encode("utf-16-le") in data


_PROTECTED = (
    "被单位的文档加密或权限管理软件加了密，本程序打不开。请在装有该软件的电脑上解密"
    "（或按规定申请外发），保存为不加密的文件后再试"
)


def _is_xml(path: str) -> bool:
    return path.lower().endswith((".xml", ".rels"))


# --- workbooks ----------------------------------------------------------------------------------------

_SAVE_WORKBOOK = "请用 Excel 或 WPS 打开它，选“另存为”，文件类型选“Excel 工作簿（*.xlsx）”"
_CHOOSE = "请选择填报表（.xlsx）"
_UNPACK = "请先解压，再选择其中的填报表（.xlsx）"

_NO_WORKBOOK = {
    Container.EMPTY: "是空文件（0 字节）。请找回原文件，或重新填写",
    Container.OLE: f"不是 Excel 工作簿，是旧格式的 Office 文件。{_CHOOSE}",
    Container.ENCRYPTED: "设有打开密码。请用 Excel 或 WPS 打开，去掉密码后再保存",
    Container.PROTECTED: _PROTECTED,
    Container.PACKED: f"实际是一个压缩文件（.7z、.rar 或 .gz），不是 Excel 工作簿（.xlsx）。{_UNPACK}",
    Container.PDF: f"是 PDF 文件，不是 Excel 工作簿。{_CHOOSE}",
    Container.MARKUP: f"是网页或 XML 文件，不是 Excel 工作簿。{_SAVE_WORKBOOK}",
    **dict.fromkeys(
        (Container.TEXT, Container.RTF), f"是文本文件（如 .csv），不是 Excel 工作簿。{_SAVE_WORKBOOK}"
    ),
    Container.OTHER: f"不是 Excel 工作簿。{_CHOOSE}",
}

_OPEN_DOCUMENT = (" OpenDocument 文件（.ods、.odt）", _SAVE_WORKBOOK)
_STRICT_WORKBOOK = ("“Strict Open XML”格式的表格", _SAVE_WORKBOOK)
_ARCHIVE = ("一个压缩文件（.zip）", _UNPACK)
_OTHER_PACKAGES = (
    (b"spreadsheetml.sheet.main", None),
    (b"ms-excel.sheet.macroEnabled.main", None),
    (b"ms-excel.sheet.binary", ("二进制工作簿（.xlsb）", _SAVE_WORKBOOK)),
    (b"spreadsheetml.template.main", ("表格模板文件（.xltx）", _SAVE_WORKBOOK)),
    (b"ms-excel.template.macroEnabled.main", ("表格模板文件（.xltm）", _SAVE_WORKBOOK)),
    (b"wordprocessingml", (" Word 文件", _CHOOSE)),
    (b"presentationml", ("演示文稿", _CHOOSE)),
    (b"", ("别的 Office 文件", _CHOOSE)),
)
"""What an Office package says it is, with the way on; None for a workbook. The first that fits counts."""

_LONGEST_TAG = 500_000
"""Bytes in which some tag begins, in any honest part; a longer one costs time by its square."""

_ROW_BEYOND = re.compile(rb"""<(?:\w+:)?row\s[^>]*?\br=["'](?:[3-9]\d{3}|\d{5,7})["']""")
"""A row behind ROW_LIMIT."""


def inspect(data: bytes, name: str) -> Package:
    """The parts of an .xlsx workbook that is safe to open.

    Raises:
        NotAWorkbookError: anything else, saying what it is and how to go on.

    """
    if name.startswith(_MADE_WHILE_OPEN):
        raise NotAWorkbookError(
            f"{name} 是表格软件打开文件时的临时文件，不是工作簿。请选择去掉前缀“~$”的原文件。"
        )
    if len(data) > PACKED_LIMIT:
        raise NotAWorkbookError(f"{name} 有 {len(data) // 1_000_000} MB，远大于填报表。请确认选对了文件。")
    kind = container(data)
    if kind is Container.OLE and any(_has_stream(data, stream) for stream in ("Workbook", "Book")):
        raise NotAWorkbookError(f"{name} 是旧格式的表格（.xls 或 .et）。{_SAVE_WORKBOOK}。")
    if kind is not Container.ZIP:
        raise NotAWorkbookError(f"{name} {_NO_WORKBOOK[kind]}。")
    try:
        package = Package.opened(data, UNPACKED_LIMIT)
        other = _no_workbook(package)
        _refuse_entities(package, name)
        _refuse_floods(package)
    except SwollenError as error:
        raise NotAWorkbookError(
            f"{name} 展开后异常庞大，为安全起见没有打开。请把内容复制到一份新的填报表里再试。"
        ) from error
    except DAMAGE as error:
        raise NotAWorkbookError(
            f"{name} 已损坏或不完整。请向发送人再要一份，或用 Excel、WPS 打开修复后另存。"
        ) from error
    if other is not None:
        actual, advice = other
        raise NotAWorkbookError(f"{name} 实际是{actual}，不是 Excel 工作簿（.xlsx）。{advice}。")
    return package


def _no_workbook(package: Package) -> tuple[str, str] | None:
    """What a package is and how to go on; None for a workbook."""
    if "mimetype" in package:
        return _OPEN_DOCUMENT
    if TYPES not in package:
        return _ARCHIVE
    types = package[TYPES]
    other = next(other for mark, other in _OTHER_PACKAGES if mark in types)
    strict = other is None and b"purl.oclc.org" in package.get("xl/workbook.xml", b"")
    return _STRICT_WORKBOOK if strict else other


def _refuse_entities(package: Package, name: str) -> None:
    """XML with a document type can hide entity bombs; no spreadsheet program writes one."""
    for path in filter(_is_xml, package):
        if b"<!DOCTYPE" in next(package.chunks(path, 4096), b"")[:4096]:
            raise NotAWorkbookError(
                f"{name} 含有不安全的内容，没有打开。请把内容复制到一份新的填报表里再试。"
            )


def _refuse_floods(package: Package) -> None:
    """Parts within the limits of size can still hold more cells, texts, styles or names than can be read in time."""
    for stored in package:
        path = stored.lower()
        sheet = path.startswith("xl/worksheets/")
        if not path.endswith(".xml") or not (sheet or path.rpartition("/")[0] == "xl"):
            continue
        limit, count = (CELL_TAGS if sheet else OTHER_TAGS), 0
        for chunk in package.chunks(path):
            within = chunk.count(b"<")
            count += within
            if count > limit or (not within and len(chunk) > _LONGEST_TAG):
                raise SwollenError
            if sheet and _ROW_BEYOND.search(chunk):
                break


# --- reports ------------------------------------------------------------------------------------------

_SAVE_REPORT = "请用 Word 或 WPS 打开它，选“另存为”，文件类型选“Word 文档（*.docx）”"
_NO_REPORT = {
    Container.EMPTY: "是空文件（0 字节）。请找回原文件，或重新生成报告",
    Container.OLE: f"是旧格式的文档（.doc 或 .wps）。{_SAVE_REPORT}",
    Container.ENCRYPTED: "设有打开密码。请用 Word 或 WPS 打开，去掉密码后再保存",
    Container.PROTECTED: _PROTECTED,
    Container.PACKED: "是一个压缩文件（.7z、.rar 或 .gz）。请先解压，再选择其中的报告（.docx）",
    Container.PDF: "是 PDF 文件，不能核验。请选择盖章扫描之前的 Word 文件（.docx）",
    **dict.fromkeys((Container.MARKUP, Container.RTF), f"是网页或 RTF 文件，不是 .docx。{_SAVE_REPORT}"),
    **dict.fromkeys((Container.TEXT, Container.OTHER), "不是 Word 报告（.docx）。请选择报告文件"),
}
STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_TRANSITIONAL = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def opened_report(data: bytes, name: str) -> tuple[Package, str]:
    """The XML parts of the Word file in ``data``, and the path of the one that holds the text.

    Raises:
        NotAReportError: anything else, damaged, or not safe to open; says what it is and how to go on.

    """
    if name.startswith(_MADE_WHILE_OPEN):
        raise NotAReportError(f"{name} 是 Word 打开文件时的临时文件。请选择去掉前缀“~$”的原文件。")
    if len(data) > _REPORT_PACKED:
        raise NotAReportError(f"{name} 有 {len(data) // 1_000_000} MB，远大于自评报告。请确认选对了文件。")
    kind = container(data)
    if kind is not Container.ZIP:
        raise NotAReportError(f"{name} {_NO_REPORT[kind]}。")
    try:
        whole = Package.opened(data, _REPORT_UNPACKED, _is_xml)
        package = Package(
            {path: whole[path].replace(STRICT, _TRANSITIONAL) for path in filter(_is_xml, whole)}
        )
        main = package.related("", "officeDocument")
        root = package.tree(main.target) if main is not None and main.target in package else None
    except SwollenError as error:
        raise NotAReportError(
            f"{name} 展开后异常庞大，为安全起见没有打开。请把内容复制到新文件里再试。"
        ) from error
    except DAMAGE as error:
        raise damaged_report(name) from error
    if main is None or root is None or root.tag != f"{{{_TRANSITIONAL.decode()}}}document":
        raise NotAReportError(f"{name} 实际是{_no_report(whole)}，不是 Word 报告（.docx）。请选择报告文件。")
    return package, main.target


def damaged_report(name: str) -> NotAReportError:
    """What is said of a Word file whose parts cannot be read."""
    return NotAReportError(f"{name} 已损坏或不完整。请向发送人再要一份，或用 Word、WPS 打开修复后另存。")


def _no_report(package: Package) -> str:
    types = package.get(TYPES, b"")
    if "mimetype" in package:
        return " OpenDocument 文件（.odt、.ods）"
    if b"spreadsheetml" in types:
        return " Excel 工作簿"
    return "别的 Office 文件" if types else "一个压缩文件（.zip）"


# --- templates ----------------------------------------------------------------------------------------

DOCUMENT = "word/document.xml"
"""The part of a template that holds the text."""
RENDERED = re.compile(r"word/(document|header\d*|footer\d*|footnotes|endnotes)\.xml|docProps/core\.xml")
"""Parts of a template in which tags are replaced."""

_MAIN = b"wordprocessingml.document.main+xml"
_OTHER_MAIN = (b"wordprocessingml.template.main+xml", b"macroEnabled")
_STRICT_TEMPLATE = b"http://purl.oclc.org/ooxml/"
_SAVE_TEMPLATE = "请在 Word 或 WPS 中另存为“Word 文档（.docx）”再用"
_NO_TEMPLATE = {
    Container.PROTECTED: _PROTECTED,
    **dict.fromkeys(
        (Container.OLE, Container.ENCRYPTED),
        f"是旧格式（.doc）或有密码，不是 Word 文件（.docx）。{_SAVE_TEMPLATE}",
    ),
}


def opened_template(data: bytes, name: str) -> dict[str, bytes]:
    """The parts of a Word template, in order.

    Raises:
        TemplateError: not a .docx file, or one that cannot be used, with what to do.

    """
    kind = container(data)
    if kind in _NO_TEMPLATE:
        raise TemplateError(f"报告模板 {name} {_NO_TEMPLATE[kind]}。")
    try:
        parts = dict(Package.opened(data, _TEMPLATE_UNPACKED))
        if wrong := _no_template(parts):
            raise TemplateError(f"报告模板 {name} {wrong}。")
        for part in filter(RENDERED.fullmatch, parts):
            tree.parse(parts[part].decode())
    except SwollenError as error:
        raise TemplateError(f"报告模板 {name} 太大。请删去其中的图片等内容，或改用原模板。") from error
    except DAMAGE as error:
        raise TemplateError(f"报告模板 {name} 不是 Word 文件（.docx），或已损坏。请另选模板。") from error
    return parts


def _no_template(parts: Mapping[str, bytes]) -> str:
    """What is wrong with a package that is no template; empty where nothing is."""
    kinds = parts.get(TYPES, b"")
    if DOCUMENT not in parts:
        return "不是 Word 文件（.docx）。请另选模板"
    if any(kind in kinds for kind in _OTHER_MAIN):
        return f"是 Word 模板文件（.dotx）或带宏的文件（.docm）。{_SAVE_TEMPLATE}"
    if _STRICT_TEMPLATE in parts[DOCUMENT] or (kinds and _MAIN not in kinds):
        return f"的格式不能使用（如“Strict Open XML”）。{_SAVE_TEMPLATE}"
    if any(b"<!DOCTYPE" in parts[part] for part in parts if part.endswith(".xml")):
        return "含有不安全的内容（DOCTYPE）。请另选模板"
    return ""
