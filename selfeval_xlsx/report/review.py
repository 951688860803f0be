"""What reviewers leave in a Word file: comments, put on or taken off, and tracked changes, accepted.

Comments stand on the traced figures of a report made here, and on the paragraphs of one that was edited since. What a
comment is on stands in the document between private marks, the note in front; here the marks become the anchors of a
comment that holds the note.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

from selfeval_xlsx.office import tree
from selfeval_xlsx.office.guard import DOCUMENT
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
_COMMENTS = "word/comments.xml"
_NO_COMMENTS = f'<w:comments xmlns:w="{tree.namespace(W)}"/>'.encode()
_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"


def traced(note: str, figure: str) -> str:
    """``figure`` between its marks, with the lines of its ``note``."""
    return f"{_opening(note)}{figure}{CLOSE}"


def _opening(note: str) -> str:
    return f"{OPEN}{BREAK.join(' '.join(line.split()) for line in note.split(chr(10)))}{FIGURE}"


class Remark(NamedTuple):
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
    root = package.tree(DOCUMENT)
    lines = sorted(remarks, key=len, reverse=True)
    for node in root.iter(f"{W}t"):
        node.text = _remarked(node.text or "", lines, remarks)
    _anchor_all(package, DOCUMENT, root)
    _append(root, *chapter)
    package[DOCUMENT] = tree.written(root)
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
    texts = [
        text
        for text in paragraph.iter(f"{W}t")
        if text.text and next(text.iterancestors(f"{W}p")) is paragraph
    ]
    if not texts:
        paragraph.append(_run(_text(" ")))
        texts = [paragraph[-1][0]]
    whole = half_width("".join(text.text for text in texts))
    spans: list[Remark] = []
    for span in sorted(Remark(*_quoted(whole, quotation), note) for quotation, note in remarks):
        if spans and span.start < spans[-1].end:
            first, last, before = spans.pop()
            spans.append(Remark(first, max(last, span.end), f"{before}\n{span.note}"))
        else:
            spans.append(span)
    at = len(whole)
    for text in reversed(texts):
        at -= len(text.text)
        text.text = _with_marks(text.text, [Remark(start - at, end - at, note) for start, end, note in spans])


def _quoted(text: str, quotation: str) -> tuple[int, int]:
    """Where ``quotation`` stands in ``text``, which has no letters in full width; all of it where it does not."""
    start = text.find(half_width(quotation)) if quotation else -1
    return (start, start + len(quotation)) if start >= 0 else (0, len(text))


def _with_marks(text: str, remarks: Sequence[Remark]) -> str:
    """``text`` with the marks of those remarks that begin or end in it."""
    signs = [(start, 1, _opening(note)) for start, _, note in remarks if 0 <= start < len(text)]
    signs += [(end, 0, CLOSE) for _, end, _ in remarks if 0 < end <= len(text)]
    for place, _, sign in sorted(signs, reverse=True):
        text = text[:place] + sign + text[place:]
    return text


def _remarked(text: str, lines: Sequence[str], remarks: Remarks) -> str:
    """``text`` with marks around the figures of the ``lines`` that stand in it; the longest come first."""
    taken = [match.span() for match in MARKED.finditer(text)]
    own: list[Remark] = []
    for line in lines:
        at = text.find(line)
        while at >= 0:
            end = at + len(line)
            if all(end <= start or stop <= at for start, stop in taken):
                taken.append((at, end))
                own += [Remark(at + start, at + stop, note) for start, stop, note in remarks[line]]
            at = text.find(line, end)
    return _with_marks(text, own)


def _anchor_all(package: Package, main: str, root: Any) -> None:
    """Turn the marks in ``root``, the tree of ``main``, into comments, behind those it has."""
    there = package.related(main, "comments")
    path = there.target if there is not None and there.target in package else ""
    kept = package.tree(path) if path else tree.parse(_NO_COMMENTS)
    comments = _Comments(max((int(comment.get(f"{W}id", "0")) for comment in kept), default=-1) + 1)
    for run in list(root.iter(f"{W}r")):
        comments.split(run)
    for number, note in enumerate(comments.notes, start=comments.first):
        comment = tree.child(
            kept, f"{W}comment", _numbered(number) | {f"{W}author": AUTHOR, f"{W}initials": "核"}
        )
        for line in note.split("\n"):
            tree.child(comment, f"{W}p").append(_run(_text(line)))
    package[main] = tree.written(root)
    if not path:
        path = package.free("word/comments{}.xml") if _COMMENTS in package else _COMMENTS
        package.relate(main, "comments", path)
    package.add(path, tree.written(kept), _CONTENT_TYPE)


def _append(root: Any, heading: str, lines: Sequence[str]) -> None:
    """Put a heading and paragraphs behind all else, before the properties of the last section."""
    body = next(root.iter(f"{W}body"))
    at = next((at for at in reversed(range(len(body))) if body[at].tag == f"{W}sectPr"), len(body))
    bold = tree.element(f"{W}rPr")
    tree.child(bold, f"{W}b")
    for number, line in enumerate([heading, *lines] if lines else ()):
        paragraph = tree.element(f"{W}p")
        if not number:
            tree.child(tree.child(paragraph, f"{W}pPr"), f"{W}pageBreakBefore")
        paragraph.append(_run(_text(line), None if number else bold))
        body.insert(at + number, paragraph)


class _Comments:
    """Turns marks into anchors of comments, through the runs of a document; a figure may go over several."""

    def __init__(self, first: int) -> None:
        self.first = first
        """The number of the first comment."""
        self.notes: list[str] = []
        self._note: str | None = None

    def split(self, run: Any) -> None:
        """Cut a run with traced figures into runs, the figures between comment anchors."""
        if self._note is None and not any(_SIGNS.search(text.text or "") for text in run.iter(f"{W}t")):
            return
        properties = run.find(f"{W}rPr")
        pieces: list[Any] = []
        for child in run:
            if child.tag == f"{W}t":
                pieces += self._pieces(child.text or "", properties)
            elif child is not properties:
                pieces.append(_run(deepcopy(child), properties))
        parent = run.getparent()
        place = parent.index(run)
        parent[place : place + 1] = pieces

    def _pieces(self, text: str, properties: Any) -> Iterator[Any]:
        for piece in filter(None, _SIGNS.split(text)):
            if piece == OPEN:
                self._note = ""
            elif piece == FIGURE:
                yield tree.element(f"{W}commentRangeStart", _numbered(self.first + len(self.notes)))
                self.notes.append((self._note or "").replace(BREAK, "\n"))
                self._note = None
            elif piece == CLOSE:
                number = _numbered(self.first + len(self.notes) - 1)
                yield tree.element(f"{W}commentRangeEnd", number)
                yield _run(tree.element(f"{W}commentReference", number))
            elif self._note is None:
                yield _run(_text(piece), properties)
            else:
                self._note += piece


def _run(child: Any, properties: Any = None) -> Any:
    """A run of one child with the properties of the run it was cut from."""
    run = tree.element(f"{W}r")
    if properties is not None:
        run.append(deepcopy(properties))
    run.append(child)
    return run


def _text(text: str) -> Any:
    node = tree.element(f"{W}t", tree.PRESERVED)
    node.text = printable(text)
    return node


def _numbered(number: int) -> dict[str, str]:
    return {f"{W}id": str(number)}


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
    for kind, mark in (("tr", "trPr/{}del"), ("tc", "tcPr/{}cellDel")):
        for gone in [part for part in root.iter(f"{W}{kind}") if part.find(W + mark.format(W)) is not None]:
            remove(gone)
    unmarked = [
        paragraph
        for paragraph in root.iter(f"{W}p")
        if any(paragraph.find(f"{W}pPr/{W}rPr/{mark}") is not None for mark in _DELETED)
    ]
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


def _join_with_next(paragraph: tree.Element) -> None:
    """Let the paragraph behind one whose end was deleted continue it."""
    following = next(paragraph.itersiblings(f"{W}p", f"{W}tbl"), None)
    if following is None or following.tag != f"{W}p":
        return
    start = 1 if following.find(f"{W}pPr") is not None else 0
    following[start:start] = [child for child in paragraph if child.tag != f"{W}pPr"]
    remove(paragraph)
