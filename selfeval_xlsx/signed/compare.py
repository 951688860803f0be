"""What a Word file says against what the workbook would give today: figure by figure, sentence by sentence.

A changed figure is an error. Changed words, and paragraphs that moved, went or came, are notes. A figure
in added words that the workbook's report has nowhere is a warning.
"""

from collections.abc import Iterator

from selfeval_xlsx.findings import Severity
from selfeval_xlsx.signed.comparable import wording
from selfeval_xlsx.signed.differences import Difference, Kind
from selfeval_xlsx.signed.paragraphs import Document, Paragraph
from selfeval_xlsx.signed.sentences import compare_texts, sentences
from selfeval_xlsx.signed.table_changes import compare_tables, tables_of


def compare(expected: Document, found: Document) -> tuple[Difference, ...]:
    """How ``found`` differs from ``expected``: text, tables, then headers, footers and notes."""
    figures = (figure for text in _texts(expected) for figure in wording(text).figures)
    known = frozenset(figure.value for figure in figures if not figure.article)
    return (
        *compare_texts(sentences(_paragraphs(expected)), sentences(_paragraphs(found)), known),
        *compare_tables(tables_of(expected), tables_of(found), known),
        *compare_texts(sentences(expected.margins), sentences(found.margins), known),
        *_compare_pictures(expected, found),
    )


def _texts(document: Document) -> Iterator[str]:
    for block in (*document.body, *document.margins):
        if isinstance(block, Paragraph):
            yield block.text
        else:
            yield from (cell for row in block.rows for cell in row)


def _paragraphs(document: Document) -> list[Paragraph]:
    return [block for block in document.body if isinstance(block, Paragraph)]


def _compare_pictures(expected: Document, found: Document) -> Iterator[Difference]:
    count = found.pictures - expected.pictures
    if count > 0:
        message = f"报告里有 {count} 处图片或嵌入的文件，其中的文字和数字没有核对。"
        yield Difference(Severity.NOTE, Kind.UNREAD, "全文", message)
