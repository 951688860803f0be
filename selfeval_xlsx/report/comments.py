"""Word comments on traced figures.

A traced figure is written into the document between private marks, with its note in front; here the
marks become the anchors of a comment that holds the note.
"""

import io
import re
import zipfile
from copy import deepcopy
from html import escape
from typing import Any

from lxml import etree

AUTHOR = "绩效自评核对"
OPEN, BREAK, FIGURE, CLOSE = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3"
"""OPEN note FIGURE figure CLOSE, BREAK between the lines of the note: code points that no text holds."""

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_STAMP = (1980, 1, 1, 0, 0, 0)
_MARKED = re.compile(f"{OPEN}([^{FIGURE}]*){FIGURE}([^{CLOSE}]*){CLOSE}")
_MARKS = re.compile(f"{OPEN}[^{FIGURE}]*{FIGURE}|{CLOSE}")
_DOCUMENT, _COMMENTS = "word/document.xml", "word/comments.xml"
_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments"


def traced(note: str, figure: str) -> str:
    """``figure`` between its marks, with the lines of its ``note``."""
    return f"{OPEN}{note.replace(chr(10), BREAK)}{FIGURE}{figure}{CLOSE}"


def without_marks(text: str) -> str:
    """``text`` as it reads without comments."""
    return _MARKS.sub("", text)


def commented(report: bytes) -> bytes:
    """``report``, a .docx with traced figures, with a comment on each.

    Marks in other parts than the text (headers, properties) are taken off.
    """
    with zipfile.ZipFile(io.BytesIO(report)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    root = etree.fromstring(parts[_DOCUMENT])
    notes: list[str] = []
    for run in list(root.iter(f"{{{_W}}}r")):
        _split(run, notes)
    parts[_DOCUMENT] = _serialised(root)
    parts[_COMMENTS] = _comments(notes)
    parts["[Content_Types].xml"] = _with_content_type(parts["[Content_Types].xml"])
    parts["word/_rels/document.xml.rels"] = _with_relation(parts["word/_rels/document.xml.rels"])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            clean = without_marks(content.decode()).encode() if name.endswith(".xml") else content
            package.writestr(zipfile.ZipInfo(name, _STAMP), clean, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _split(run: Any, notes: list[str]) -> None:
    """Cut a run with traced figures into runs, the figures between comment anchors; adds their notes to ``notes``."""
    text = "".join(node.text or "" for node in run.iter(f"{{{_W}}}t"))
    if OPEN not in text:
        return
    pieces: list[Any] = []
    properties = run.find(f"{{{_W}}}rPr")
    position = 0
    for match in _MARKED.finditer(text):
        pieces += _runs(text[position : match.start()], properties)
        number = len(notes)
        notes.append(match[1].replace(BREAK, "\n"))
        pieces += [_anchor("commentRangeStart", number), *_runs(match[2], properties)]
        pieces += [_anchor("commentRangeEnd", number), _reference(number)]
        position = match.end()
    pieces += _runs(text[position:], properties)
    parent = run.getparent()
    place = parent.index(run)
    parent.remove(run)
    for offset, piece in enumerate(pieces):
        parent.insert(place + offset, piece)


def _runs(text: str, properties: Any) -> list[Any]:
    """No run for no text, else one with the properties of the run it was cut from."""
    if not text:
        return []
    run = etree.Element(f"{{{_W}}}r")
    if properties is not None:
        run.append(deepcopy(properties))
    node = etree.SubElement(run, f"{{{_W}}}t")
    node.text = text
    node.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return [run]


def _anchor(name: str, number: int) -> Any:
    node = etree.Element(f"{{{_W}}}{name}")
    node.set(f"{{{_W}}}id", str(number))
    return node


def _reference(number: int) -> Any:
    run = etree.Element(f"{{{_W}}}r")
    run.append(_anchor("commentReference", number))
    return run


def _comments(notes: list[str]) -> bytes:
    items = "".join(
        f'<w:comment w:id="{number}" w:author="{AUTHOR}" w:initials="核">'
        + "".join(
            f"<w:p><w:r><w:t>{escape(line, quote=False)}</w:t></w:r></w:p>" for line in note.split("\n")
        )
        + "</w:comment>"
        for number, note in enumerate(notes)
    )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return f'{head}<w:comments xmlns:w="{_W}">{items}</w:comments>'.encode()


def _with_content_type(content: bytes) -> bytes:
    root = etree.fromstring(content)
    name = etree.QName(root).namespace
    etree.SubElement(root, f"{{{name}}}Override", PartName=f"/{_COMMENTS}", ContentType=_CONTENT_TYPE)
    return _serialised(root)


def _with_relation(content: bytes) -> bytes:
    root = etree.fromstring(content)
    name = etree.QName(root).namespace
    etree.SubElement(root, f"{{{name}}}Relationship", Id="rIdComments", Type=_RELATION, Target="comments.xml")
    return _serialised(root)


def _serialised(root: Any) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))
