"""Files as people send them, through each door they come in by."""

from collections.abc import Callable

import pytest

from selfeval_xlsx.errors import NotAReportError, NotAWorkbookError, SelfEvalError, TemplateError
from selfeval_xlsx.office.guard import Container, container
from selfeval_xlsx.office.package import Package, SwollenError, is_sealed, packed, zipped
from selfeval_xlsx.report.charts import book_with
from selfeval_xlsx.report.template import ReportTemplate
from selfeval_xlsx.signed.paragraphs import read_document
from selfeval_xlsx.workbook.reader import read_workbook
from tests.conftest import GOOD
from tests.packages import torn, with_part
from tests.shipped import REPORT
from tests.word_edits import parts_of

BOOK = (GOOD / "青石镇综合服务中心.xlsx").read_bytes()
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)

Open = Callable[[bytes, str], object]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", Container.EMPTY),
        (b"PK\3\4", Container.ZIP),
        (OLE, Container.OLE),
        (OLE + "EncryptedPackage".encode("utf-16-le"), Container.ENCRYPTED),
        (b"\xef\xbb\xbf\r\n%PDF-1.7", Container.PDF),
        (b"{\\rtf1", Container.RTF),
        (b" <html>", Container.MARKUP),
        ("单位\t金额".encode("utf-16"), Container.TEXT),
        ("单位,金额".encode("gb18030"), Container.TEXT),
        (b"\0\1\2", Container.OTHER),
    ],
    ids=lambda value: value.name if isinstance(value, Container) else "",
)
def test_a_container_is_known_by_its_first_bytes(data: bytes, kind: Container) -> None:
    assert container(data) is kind


def test_only_parts_that_are_read_count() -> None:
    photo = with_part(b"", "photo.bin", b"0" * 11_000_000)
    with pytest.raises(SwollenError):
        Package.opened(photo, 100_000_000)
    Package.opened(photo, 0, lambda name: name.endswith(".xml"))
    with pytest.raises(SwollenError):
        Package.opened(with_part(b"", "a.xml", bytes(range(256)) * 4), 1023)


DOORS: dict[str, tuple[Open, bytes, type[SelfEvalError], str]] = {
    "workbook": (read_workbook, BOOK, NotAWorkbookError, "xl/styles.xml"),
    "report": (read_document, REPORT, NotAReportError, "word/styles.xml"),
    "template": (ReportTemplate, REPORT, TemplateError, "word/styles.xml"),
}


@pytest.mark.parametrize("door", DOORS)
def test_a_torn_part_and_a_bomb_end_in_one_sentence_at_every_door(door: str) -> None:
    enter, data, error, part = DOORS[door]
    enter(data, "文件")
    with pytest.raises(error, match="损坏"):
        enter(torn(data, part), "文件")
    with pytest.raises(error, match=r"异常庞大|太大"):
        enter(with_part(data, "docProps/more.xml", b"<" * 11_000_000), "文件")


@pytest.mark.parametrize("spelt", [lambda path: path.replace("/", "\\"), str.upper], ids=["strokes", "case"])
@pytest.mark.parametrize("door", ["workbook", "report"])
def test_parts_are_found_however_their_paths_are_spelt(door: str, spelt: Callable[[str], str]) -> None:
    enter, data, _, _ = DOORS[door]
    odd = zipped({spelt(path): content for path, content in parts_of(data).items()})
    read, whole = enter(odd, "文件"), enter(data, "文件")
    assert [read, getattr(read, "body", 0)] == [whole, getattr(whole, "body", 0)]


def test_a_chart_keeps_a_torn_or_swollen_workbook_as_it_is() -> None:
    for book in (torn(BOOK, "[Content_Types].xml"), with_part(BOOK, "a.xml", b"<" * 11_000_000)):
        assert book_with(book, {}) == book


def test_a_torn_file_is_not_as_we_wrote_it() -> None:
    assert is_sealed(packed(parts_of(REPORT)))
    assert not is_sealed(torn(packed(parts_of(REPORT)), "word/styles.xml"))
