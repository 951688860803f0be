"""Word files for tests, built from a few words: paragraphs, tables, headers and other parts."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from tests.shipped import REPORT
from tests.word_edits import parts_of

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'


def p(*runs: str) -> str:
    """A paragraph of runs."""
    return "<w:p>" + "".join(r(run) for run in runs) + "</w:p>"


def r(words: str) -> str:
    """A run."""
    return f'<w:r><w:t xml:space="preserve">{escape(words)}</w:t></w:r>'


def table(*rows: Sequence[str]) -> str:
    """A table; a cell is its words, or its paragraphs."""
    return "<w:tbl>" + "".join("<w:tr>" + "".join(map(_cell, row)) + "</w:tr>" for row in rows) + "</w:tbl>"


def _cell(content: str) -> str:
    return f"<w:tc>{content if content.startswith('<') else p(content)}</w:tc>"


def box(*paragraphs: str) -> str:
    """A paragraph with a text box, held twice as Word does."""
    content = f"<w:txbxContent>{''.join(paragraphs)}</w:txbxContent>"
    mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    return (
        f'<w:p><w:r><mc:AlternateContent xmlns:mc="{mc}"><mc:Choice Requires="wps">{content}</mc:Choice>'
        f"<mc:Fallback><w:pict>{content}</w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )


def word(*body: str, others: Mapping[str, str] | None = None) -> bytes:
    """A Word file in the shipped layout with this text; ``others`` puts parts in, or replaces them."""
    document = f"<w:document {W} {R}><w:body>{''.join(each if each.startswith('<') else p(each) for each in body)}</w:body></w:document>"
    given = {"word/document.xml": document, **(others or {})}
    buffer = io.BytesIO()
    parts: dict[str, str | bytes] = {**parts_of(REPORT), **given}
    with zipfile.ZipFile(buffer, "w") as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return buffer.getvalue()
