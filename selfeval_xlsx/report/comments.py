"""Word comments on traced figures.

A traced figure is written into the document between private marks, with its note in front; here the
marks become the anchors of a comment that holds the note.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from html import escape
from typing import Any

from selfeval_xlsx.office import tree
from selfeval_xlsx.office.package import Package
from selfeval_xlsx.office.provenance import packed

AUTHOR = "绩效自评核对"
OPEN, BREAK, FIGURE, CLOSE = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3"
"""OPEN note FIGURE figure CLOSE, BREAK between the lines of the note: code points that no text holds."""

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
MARKED = re.compile(f"{OPEN}(?P<note>[^{FIGURE}]*){FIGURE}(?P<figure>[^{CLOSE}]*){CLOSE}")
"""A traced figure with its note."""
_SIGNS = re.compile(f"([{OPEN}{FIGURE}{CLOSE}])")
_MARKS = re.compile(f"{OPEN}[^{FIGURE}]*{FIGURE}|{CLOSE}")
_DOCUMENT, _COMMENTS = "word/document.xml", "word/comments.xml"
_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"
_LARGEST = 400_000_000
"""Bytes that a report made here unpacks to at most, its template's pictures included."""


def traced(note: str, figure: str) -> str:
    """``figure`` between its marks, with the lines of its ``note``."""
    return (
        f"{OPEN}{BREAK.join(' '.join(line.split()) for line in note.split(chr(10)))}{FIGURE}{figure}{CLOSE}"
    )


@dataclass(frozen=True)
class Remark:
    """A note on ``text[start:end]`` of a text."""

    start: int
    end: int
    note: str


Remarks = Mapping[str, Sequence[Remark]]
"""By the text they are on: a line as it was typed, without the stop at its end."""


def without_marks(text: str) -> str:
    """``text`` as it reads without comments."""
    return _MARKS.sub("", text)


def commented(report: bytes, remarks: Remarks) -> bytes:
    """``report``, a .docx with traced figures, with a comment on each, and on those in texts by ``remarks``.

    Marks in other parts than the text (headers, properties) are taken off.
    """
    package = Package.opened(report, _LARGEST)
    root = package.tree(_DOCUMENT)
    lines = sorted(remarks, key=len, reverse=True)
    for node in root.iter(f"{{{_W}}}t"):
        node.text = _remarked(node.text or "", lines, remarks)
    comments = _Comments()
    for run in list(root.iter(f"{{{_W}}}r")):
        comments.split(run)
    package[_DOCUMENT] = tree.written(root)
    package.add(_COMMENTS, _comments(comments.notes), _CONTENT_TYPE)
    package.relate(_DOCUMENT, "comments", _COMMENTS)
    return packed(
        {
            name: without_marks(content.decode()).encode() if name.endswith(".xml") else content
            for name, content in package.items()
        }
    )


def _remarked(text: str, lines: Sequence[str], remarks: Remarks) -> str:
    """``text`` with marks around the figures of the ``lines`` that stand in it; the longest come first."""
    taken = [match.span() for match in MARKED.finditer(text)]
    found: list[Remark] = []
    for line in lines:
        at = text.find(line)
        while at >= 0:
            end = at + len(line)
            if all(end <= start or stop <= at for start, stop in taken):
                taken.append((at, end))
                found += [Remark(at + each.start, at + each.end, each.note) for each in remarks[line]]
            at = text.find(line, end)
    for each in sorted(found, key=lambda remark: remark.start, reverse=True):
        text = text[: each.start] + traced(each.note, text[each.start : each.end]) + text[each.end :]
    return text


class _Comments:
    """Turns marks into anchors of comments, through the runs of a document; a figure may go over several."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self._note: str | None = None

    def split(self, run: Any) -> None:
        """Cut a run with traced figures into runs, the figures between comment anchors."""
        texts = [node.text or "" for node in run.iter(f"{{{_W}}}t")]
        if self._note is None and not any(_SIGNS.search(text) for text in texts):
            return
        properties = run.find(f"{{{_W}}}rPr")
        pieces = [
            piece
            for child in run
            if child is not properties
            for piece in (
                self._pieces(child.text or "", properties)
                if child.tag == f"{{{_W}}}t"
                else [_run(deepcopy(child), properties)]
            )
        ]
        parent = run.getparent()
        place = parent.index(run)
        parent[place : place + 1] = pieces

    def _pieces(self, text: str, properties: Any) -> Iterator[Any]:
        for piece in filter(None, _SIGNS.split(text)):
            if piece == OPEN:
                self._note = ""
            elif piece == FIGURE:
                yield _anchor("commentRangeStart", len(self.notes))
                self.notes.append((self._note or "").replace(BREAK, "\n"))
                self._note = None
            elif piece == CLOSE:
                yield _anchor("commentRangeEnd", len(self.notes) - 1)
                yield _reference(len(self.notes) - 1)
            elif self._note is None:
                yield _run(_text(piece), properties)
            else:
                self._note += piece


def _run(child: Any, properties: Any) -> Any:
    """A run of one child with the properties of the run it was cut from."""
    run = tree.element(f"{{{_W}}}r")
    if properties is not None:
        run.append(deepcopy(properties))
    run.append(child)
    return run


def _text(words: str) -> Any:
    node = tree.element(f"{{{_W}}}t")
    node.text = words
    node.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return node


def _anchor(name: str, number: int) -> Any:
    node = tree.element(f"{{{_W}}}{name}")
    node.set(f"{{{_W}}}id", str(number))
    return node


def _reference(number: int) -> Any:
    run = tree.element(f"{{{_W}}}r")
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
