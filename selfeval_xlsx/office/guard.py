"""What a file really is, judged by its bytes, and whether it is safe to open."""

import re
import zipfile

from selfeval_xlsx.errors import NotAWorkbookError
from selfeval_xlsx.office import archive
from selfeval_xlsx.office.archive import Container

PACKED_LIMIT = 60_000_000
"""No filled workbook comes near 60 MB."""
UNPACKED_LIMIT = 150_000_000

ROW_LIMIT, COLUMN_LIMIT = 3000, 40
"""The form uses a tenth of this; beyond it nothing is looked at, so that endless formatted rows cost nothing."""
CELL_TAGS, OTHER_TAGS = 600_000, 150_000
"""Tags in the rows looked at of a sheet, and in each other part that is read whole (styles, shared texts, names).
One costs 7 to 60 microseconds (measured); a filled form has under 5,000 in any part."""

SAVE_AS = "请用 Excel 或 WPS 打开它，选“另存为”，文件类型选“Excel 工作簿（*.xlsx）”"

CHOOSE = "请选择填报表（.xlsx）"

_OPEN_DOCUMENT = " OpenDocument 文件（.ods、.odt）"
_BINARY = "二进制工作簿（.xlsb）"
_STRICT = "“Strict Open XML”格式的表格"
_ARCHIVE = "一个压缩文件（.zip）"
_ADVICE = {
    **dict.fromkeys((_OPEN_DOCUMENT, _BINARY, _STRICT), SAVE_AS),
    _ARCHIVE: "请先解压，再选择其中的填报表（.xlsx）",
}
"""How to go on with what is no workbook; where nothing stands here, no program makes one of it."""

_NO_PACKAGE = {
    Container.EMPTY: "是空文件（0 字节）。请找回原文件，或重新填写",
    Container.OLE: f"不是 Excel 工作簿，是旧格式的 Office 文件。{CHOOSE}",
    Container.ENCRYPTED: "设有打开密码。请用 Excel 或 WPS 打开，去掉密码后再保存",
    Container.PDF: f"是 PDF 文件，不是 Excel 工作簿。{CHOOSE}",
    Container.MARKUP: f"是网页或 XML 文件，不是 Excel 工作簿。{SAVE_AS}",
    **dict.fromkeys((Container.TEXT, Container.RTF), f"是文本文件（如 .csv），不是 Excel 工作簿。{SAVE_AS}"),
    Container.OTHER: f"不是 Excel 工作簿。{CHOOSE}",
}

_CONTENT_TYPES = (
    (b"spreadsheetml.sheet.main", ""),
    (b"ms-excel.sheet.macroEnabled.main", ""),
    (b"ms-excel.sheet.binary", _BINARY),
    (b"wordprocessingml", " Word 文件"),
    (b"presentationml", "演示文稿"),
)
"""What an Office package says it is; empty for a workbook, of which the first that fits counts."""

_ROW_BEYOND = re.compile(rb"""<(?:\w+:)?row\s[^>]*?\br=["'](?:[3-9]\d{3}|\d{5,7})["']""")
"""A row behind ROW_LIMIT."""


def inspect(data: bytes, name: str) -> None:
    """Let an .xlsx workbook pass that is safe to open.

    Raises:
        NotAWorkbookError: anything else, saying what it is and how to go on.

    """
    if name.startswith(("~$", ".~")):
        raise NotAWorkbookError(
            f"{name} 是表格软件打开文件时的临时文件，不是工作簿。请选择去掉前缀“~$”的原文件。"
        )
    if len(data) > PACKED_LIMIT:
        raise NotAWorkbookError(f"{name} 有 {len(data) // 1_000_000} MB，远大于填报表。请确认选对了文件。")
    kind = archive.container(data)
    if kind is not Container.ZIP:
        raise NotAWorkbookError(_message(kind, data, name))
    _inspect_package(data, name)


def _message(kind: Container, data: bytes, name: str) -> str:
    if kind is Container.OLE and any(archive.has_stream(data, stream) for stream in ("Workbook", "Book")):
        return f"{name} 是旧格式的表格（.xls 或 .et）。{SAVE_AS}。"
    return f"{name} {_NO_PACKAGE[kind]}。"


def _inspect_package(data: bytes, name: str) -> None:
    try:
        with archive.opened(data, UNPACKED_LIMIT) as package:
            kind = _package_kind(package)
            _refuse_entities(package, name)
            _refuse_floods(package, name)
    except archive.SwollenError as error:
        raise _flooded(name) from error
    except archive.DAMAGE as error:
        raise NotAWorkbookError(
            f"{name} 已损坏或不完整。请向发送人再要一份，或用 Excel、WPS 打开修复后另存。"
        ) from error
    if kind != "工作簿":
        advice = _ADVICE.get(kind, CHOOSE)
        raise NotAWorkbookError(f"{name} 实际是{kind}，不是 Excel 工作簿（.xlsx）。{advice}。")


def _flooded(name: str) -> NotAWorkbookError:
    return NotAWorkbookError(
        f"{name} 展开后异常庞大，为安全起见没有打开。请把内容复制到一份新的填报表里再试。"
    )


def _package_kind(package: zipfile.ZipFile) -> str:
    names = set(package.namelist())
    if "mimetype" in names:
        return _OPEN_DOCUMENT
    if any("\\" in part for part in names):
        return "一个打包不规范的压缩文件"
    if "[Content_Types].xml" not in names:
        return _ARCHIVE
    types = package.read("[Content_Types].xml")
    for mark, kind in _CONTENT_TYPES:
        if mark in types:
            return kind or _workbook_kind(package, names)
    return "别的 Office 文件"


def _workbook_kind(package: zipfile.ZipFile, names: set[str]) -> str:
    if "xl/workbook.xml" in names and b"purl.oclc.org" in package.read("xl/workbook.xml"):
        return _STRICT
    return "工作簿"


def _refuse_entities(package: zipfile.ZipFile, name: str) -> None:
    """XML with a document type can hide entity bombs; no spreadsheet program writes one."""
    for part in package.infolist():
        if part.filename.endswith((".xml", ".rels")):
            with package.open(part) as stream:
                if b"<!DOCTYPE" in stream.read(4096):
                    raise NotAWorkbookError(
                        f"{name} 含有不安全的内容，没有打开。请把内容复制到一份新的填报表里再试。"
                    )


def _refuse_floods(package: zipfile.ZipFile, name: str) -> None:
    """Parts within the limits of size can still hold more cells, texts, styles or names than can be read in time."""
    for part in package.infolist():
        path = part.filename.lower()
        sheet = path.startswith("xl/worksheets/")
        if not path.endswith(".xml") or not (sheet or path.rpartition("/")[0] == "xl"):
            continue
        limit, count = (CELL_TAGS if sheet else OTHER_TAGS), 0
        with package.open(part) as stream:
            while chunk := stream.read(1_000_000):
                count += chunk.count(b"<")
                if count > limit:
                    raise _flooded(name)
                if sheet and _ROW_BEYOND.search(chunk):
                    break
