"""A Word file as its parts: what kind of file it really is, and which parts may hold tags."""

import re
from collections.abc import Mapping

from selfeval_xlsx.errors import TemplateError
from selfeval_xlsx.office import archive, tree
from selfeval_xlsx.office.archive import Container

DOCUMENT = "word/document.xml"

RENDERED = re.compile(r"word/(document|header\d*|footer\d*|footnotes|endnotes)\.xml|docProps/core\.xml")
"""Parts in which tags are replaced."""

MARKUP = re.compile(r"<[^>]+>")

_LARGEST = 64 * 1024 * 1024
"""Bytes all parts may unpack to."""

_TYPES = "[Content_Types].xml"
_MAIN = b"wordprocessingml.document.main+xml"
_OTHER_MAIN = (b"wordprocessingml.template.main+xml", b"macroEnabled")
_STRICT = b"http://purl.oclc.org/ooxml/"
_ENTITY = re.compile("&(apos|quot|#)")
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SAVE_AS = "请在 Word 或 WPS 中另存为“Word 文档（.docx）”再用。"


def opened(data: bytes, name: str) -> dict[str, bytes]:
    """The parts of a Word file, in order.

    Raises:
        TemplateError: not a .docx file, or one that cannot be used, with what to do.

    """
    if archive.container(data) in {Container.OLE, Container.ENCRYPTED}:
        raise TemplateError(f"报告模板 {name} 是旧格式（.doc）或有密码，不是 Word 文件（.docx）。{_SAVE_AS}")
    try:
        with archive.opened(data, _LARGEST) as package:
            parts = {part: package.read(part) for part in package.namelist()}
            _refuse_other_kinds(parts, name)
            for part in filter(RENDERED.fullmatch, parts):
                tree.parse(parts[part].decode().encode())
    except archive.SwollenError as error:
        raise TemplateError(f"报告模板 {name} 太大。请删去其中的图片等内容，或改用原模板。") from error
    except (*archive.DAMAGE, tree.ParseError) as error:
        raise TemplateError(f"报告模板 {name} 不是 Word 文件（.docx），或已损坏。请另选模板。") from error
    return parts


def _refuse_other_kinds(parts: dict[str, bytes], name: str) -> None:
    if DOCUMENT not in parts:
        raise TemplateError(f"报告模板 {name} 不是 Word 文件（.docx）。请另选模板。")
    kinds = parts.get(_TYPES, b"")
    if any(kind in kinds for kind in _OTHER_MAIN):
        raise TemplateError(f"报告模板 {name} 是 Word 模板文件（.dotx）或带宏的文件（.docm）。{_SAVE_AS}")
    if _STRICT in parts[DOCUMENT] or (kinds and _MAIN not in kinds):
        raise TemplateError(f"报告模板 {name} 的格式不能使用（如“Strict Open XML”）。{_SAVE_AS}")
    if any(b"<!DOCTYPE" in parts[part] for part in parts if part.endswith(".xml")):
        raise TemplateError(f"报告模板 {name} 含有不安全的内容（DOCTYPE）。请另选模板。")


def _plain(content: bytes) -> str:
    """A part with its characters written out: some programs write the quotes of a tag as entities."""
    text = content.decode()
    if not _ENTITY.search(text):
        return text
    return _HEAD + tree.text(tree.parse(content))


def tagged(parts: Mapping[str, bytes]) -> dict[str, str]:
    """The text of the parts that hold tags."""
    texts = {part: _plain(content) for part, content in parts.items() if RENDERED.fullmatch(part)}
    return {
        part: text for part, text in texts.items() if "{{" in (bare := MARKUP.sub("", text)) or "{%" in bare
    }
