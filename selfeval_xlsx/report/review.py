"""What reviewers leave in a Word file: comments, put on or taken off, and tracked changes, accepted.

Comments stand on the traced figures of a report made here, and on the paragraphs of one that was edited since. What a
comment is on stands in the document between private marks, the note in front; here the marks become the anchors of a
comment that holds the note.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from selfeval_xlsx.office import tree
from selfeval_xlsx.office.package import Package, packed
from selfeval_xlsx.office.tree import W, remove, unwrap
from selfeval_xlsx.text import half_width, printable

AUTHOR = "绩效自评核对"
OPEN, BREAK, FIGURE, CLOSE = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3"
"""OPEN note FIGURE figure CLOSE, BREAK between the lines of the note: code points that no text holds."""

MARKED = re.compile(f"{OPEN}(?P<note>[^{FIGURE}]*){FIGURE}(?P<figure>[^{CLOSE}]*){CLOSE}")
"""A traced figure with its note."""
_SIGNS = re.compile(f"([{OPEN}{FIGURE}{CLOSE}])")
_MARKS = re.compile(f"{OPEN}[^{FIGURE}]*{FIGURE}|{CLOSE}")
_DOCUMENT, _COMMENTS = "word/document.xml", "word/comments.xml"
_NO_COMMENTS = f'<w:comments xmlns:w="{tree.namespace(W)}"/>'.encode()
_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"


def traced(note: str, figure: str) -> str:
    """``figure`` between its marks, with the lines of its ``note``."""
    return f"{_opening(note)}{figure}{CLOSE}"


def _opening(note: str) -> str:
    return f"{OPEN}{BREAK.join(' '.join(line.split()) for line in note.split(chr(10)))}{FIGURE}"


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


def commented(report: bytes, remarks: Remarks, chapter: tuple[str, Sequence[str]] = ("", ())) -> bytes:
    """``report``, a .docx with traced figures, with a comment on each, and on those in texts by ``remarks``.

    ``chapter`` is a heading with paragraphs, which stand on a page of their own at the end; without any there is none.

    Marks in other parts than the text (headers, properties) are taken off.
    """
    package = Package.opened(report)
    root = package.tree(_DOCUMENT)
    lines = sorted(remarks, key=len, reverse=True)
    for node in root.iter(f"{W}t"):
        node.text = _remarked(node.text or "", lines, remarks)
    _anchor_all(package, _DOCUMENT, root)
    _append(root, *chapter)
    package[_DOCUMENT] = tree.written(root)
    return packed(
        {
            name: without_marks(content.decode()).encode() if name.endswith(".xml") else content
            for name, content in package.items()
        }
    )


def annotate(package: Package, main: str, notes: Mapping[int, Sequence[tuple[str, str]]]) -> None:
    """Put a comment on what is quoted in paragraphs of ``main``: (quotation, note) by the paragraph's number.

    Where a paragraph does not say what is quoted, the comment is on the whole of it. Comments that stand there already
    stay.
    """
    root = package.tree(main)
    paragraphs = list(root.iter(f"{W}p"))
    for number, remarks in notes.items():
        _mark(paragraphs[number], remarks)
    _anchor_all(package, main, root)


def _mark(paragraph: Any, remarks: Sequence[tuple[str, str]]) -> None:
    """Set the marks of ``remarks`` into the texts of ``paragraph``; those on one place become one comment."""
    nodes = [
        node
        for node in paragraph.iter(f"{W}t")
        if node.text and next(node.iterancestors(f"{W}p")) is paragraph
    ]
    if not nodes:
        run = _run(_text(" "), None)
        paragraph.append(run)
        nodes = [run[0]]
    text = half_width("".join(node.text for node in nodes))
    spans: list[tuple[int, int, str]] = []
    for span in sorted((*_quoted(text, quotation), note) for quotation, note in remarks):
        if spans and span[0] < spans[-1][1]:
            first, last, before = spans.pop()
            spans.append((first, max(last, span[1]), f"{before}\n{span[2]}"))
        else:
            spans.append(span)
    at = len(text)
    for node in reversed(nodes):
        at -= len(node.text)
        node.text = _with_marks(node.text, [(start - at, end - at, note) for start, end, note in spans])


def _quoted(text: str, quotation: str) -> tuple[int, int]:
    """Where ``quotation`` stands in ``text``, which has no letters in full width; all of it where it does not."""
    start = text.find(half_width(quotation)) if quotation else -1
    return (start, start + len(quotation)) if start >= 0 else (0, len(text))


def _with_marks(text: str, spans: Sequence[tuple[int, int, str]]) -> str:
    """``text`` with the marks of those spans that begin or end in it."""
    signs = [(start, 1, _opening(note)) for start, _, note in spans if 0 <= start < len(text)]
    signs += [(end, 0, CLOSE) for _, end, _ in spans if 0 < end <= len(text)]
    for place, _, sign in sorted(signs, reverse=True):
        text = text[:place] + sign + text[place:]
    return text


def _anchor_all(package: Package, main: str, root: Any) -> None:
    """Turn the marks in ``root``, the tree of ``main``, into comments, behind those it has."""
    there = package.related(main, "comments")
    path = there.target if there is not None and there.target in package else ""
    kept = package.tree(path) if path else tree.parse(_NO_COMMENTS)
    ids = [int(each.get(f"{W}id", "0")) for each in kept]
    comments = _Comments(max(ids, default=-1) + 1)
    for run in list(root.iter(f"{W}r")):
        comments.split(run)
    for number, note in enumerate(comments.notes, start=comments.first):
        kept.append(_comment(number, note))
    package[main] = tree.written(root)
    if not path:
        path = package.free("word/comments{}.xml") if _COMMENTS in package else _COMMENTS
        package.relate(main, "comments", path)
    package.add(path, tree.written(kept), _CONTENT_TYPE)


def _append(root: Any, heading: str, lines: Sequence[str]) -> None:
    """Put a heading and paragraphs behind all else, before the properties of the last section."""
    body = next(root.iter(f"{W}body"))
    end = next((each for each in reversed(list(body)) if each.tag == f"{W}sectPr"), None)
    for number, line in enumerate([heading, *lines] if lines else ()):
        paragraph = tree.element(f"{W}p")
        run = _run(_text(line), None)
        if not number:
            tree.child(tree.child(paragraph, f"{W}pPr"), f"{W}pageBreakBefore")
            properties = tree.element(f"{W}rPr")
            tree.child(properties, f"{W}b")
            run.insert(0, properties)
        paragraph.append(run)
        body.insert(len(body) if end is None else body.index(end), paragraph)


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

    def __init__(self, first: int) -> None:
        self.first = first
        """The number of the first comment."""
        self.notes: list[str] = []
        self._note: str | None = None

    def split(self, run: Any) -> None:
        """Cut a run with traced figures into runs, the figures between comment anchors."""
        texts = [node.text or "" for node in run.iter(f"{W}t")]
        if self._note is None and not any(_SIGNS.search(text) for text in texts):
            return
        properties = run.find(f"{W}rPr")
        pieces = [
            piece
            for child in run
            if child is not properties
            for piece in (
                self._pieces(child.text or "", properties)
                if child.tag == f"{W}t"
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
                yield _anchor("commentRangeStart", self.first + len(self.notes))
                self.notes.append((self._note or "").replace(BREAK, "\n"))
                self._note = None
            elif piece == CLOSE:
                number = self.first + len(self.notes) - 1
                yield _anchor("commentRangeEnd", number)
                yield _reference(number)
            elif self._note is None:
                yield _run(_text(piece), properties)
            else:
                self._note += piece


def _run(child: Any, properties: Any) -> Any:
    """A run of one child with the properties of the run it was cut from."""
    run = tree.element(f"{W}r")
    if properties is not None:
        run.append(deepcopy(properties))
    run.append(child)
    return run


def _text(words: str) -> Any:
    node = tree.element(f"{W}t")
    node.text = printable(words)
    node.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return node


def _anchor(name: str, number: int) -> Any:
    node = tree.element(f"{W}{name}")
    node.set(f"{W}id", str(number))
    return node


def _reference(number: int) -> Any:
    run = tree.element(f"{W}r")
    run.append(_anchor("commentReference", number))
    return run


def _comment(number: int, note: str) -> Any:
    made = _anchor("comment", number)
    made.set(f"{W}author", AUTHOR)
    made.set(f"{W}initials", "核")
    for line in note.split("\n"):
        tree.child(made, f"{W}p").append(_run(_text(line), None))
    return made


# --- tracked changes ------------------------------------------------------------------------------

_DELETED = [f"{W}{name}" for name in ("del", "moveFrom")]
_INSERTED = [f"{W}{name}" for name in ("ins", "moveTo")]
TRACKED = [*_DELETED, *_INSERTED]
"""Changes of words that wait to be accepted or rejected."""
_RECORDS = [
    f"{W}{name}"
    for name in (
        "pPrChange", "rPrChange", "sectPrChange", "tblPrChange", "tblPrExChange", "tblGridChange",
        "trPrChange", "tcPrChange", "numberingChange",
    )
]  # fmt: skip
COMMENTS = [f"{W}{name}" for name in ("commentRangeStart", "commentRangeEnd", "commentReference")]
"""Where a comment begins and ends, and its sign."""


def accept(root: tree.Element) -> None:
    """Accept every tracked change below ``root``."""
    _drop_deleted_rows_and_cells(root)
    unmarked = _paragraphs_without_mark(root)
    for element in list(root.iter(*_DELETED, *_RECORDS)):
        remove(element)
    for element in list(root.iter(*_INSERTED)):
        unwrap(element)
    for paragraph in reversed(unmarked):
        _join_with_next(paragraph)


def drop_comments(root: tree.Element) -> None:
    """Take out the signs of comments below ``root``; the comments themselves stand in a part of their own."""
    for element in list(root.iter(*COMMENTS)):
        remove(element)


def _drop_deleted_rows_and_cells(root: tree.Element) -> None:
    for row in list(root.iter(f"{W}tr")):
        if row.find(f"{W}trPr/{W}del") is not None:
            remove(row)
    for cell in list(root.iter(f"{W}tc")):
        if cell.find(f"{W}tcPr/{W}cellDel") is not None:
            remove(cell)


def _paragraphs_without_mark(root: tree.Element) -> list[tree.Element]:
    """Paragraphs whose end was deleted, so that the next one continues them."""
    return [
        paragraph
        for paragraph in root.iter(f"{W}p")
        if any(paragraph.find(f"{W}pPr/{W}rPr/{mark}") is not None for mark in _DELETED)
    ]


def _join_with_next(paragraph: tree.Element) -> None:
    following = next(paragraph.itersiblings(f"{W}p", f"{W}tbl"), None)
    if following is None or following.tag != f"{W}p":
        return
    start = 1 if following.find(f"{W}pPr") is not None else 0
    following[start:start] = [child for child in paragraph if child.tag != f"{W}pPr"]
    remove(paragraph)
