"""What a start leaves for the next: the compiled template, and the word that it was checked."""

import sys
from pathlib import Path

import pytest

from selfeval_xlsx.errors import TemplateError
from selfeval_xlsx.outputs import report_setup
from selfeval_xlsx.report import template
from selfeval_xlsx.report.template import key_of
from tests.conftest import ROOT
from tests.words import p, word

GOOD = word(p("{{ overview.identity.unit_name }}执行数{{ budget.lines.total.outturn }}"))
BAD = word(p("{{ overview.identity.unit_nam }}"))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "kept"
    place.mkdir()
    monkeypatch.setattr(report_setup, "FOLDER", place)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return place


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "模板.docx"
    path.write_bytes(GOOD)
    return path


def forbid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever compiles or checks a template now fails."""

    def fail(*_: object) -> None:
        pytest.fail("made again")

    monkeypatch.setattr("selfeval_xlsx.report.template.compile_parts", fail)
    monkeypatch.setattr(report_setup, "template_problems", fail)


def test_a_template_is_checked_and_compiled_once(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = report_setup.load(own).template
    forbid(monkeypatch)
    again = report_setup.load(own).template
    assert again.mentions("outturn")
    context = {
        "overview": {"identity": {"unit_name": "某局", "year": "2025"}},
        "budget": {"lines": {"total": {"outturn": "1.00"}}},
        "mark": "",
    }
    assert first.render(context) == again.render(context)


def test_a_changed_template_is_looked_at_again(own: Path) -> None:
    report_setup.load(own)
    own.write_bytes(BAD)
    with pytest.raises(TemplateError, match="unit_nam"):
        report_setup.load(own)


def test_a_template_with_errors_is_never_kept(own: Path, folder: Path) -> None:
    own.write_bytes(BAD)
    with pytest.raises(TemplateError):
        report_setup.load(own)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("left", [b"", b"x" * 10, b"x" * 5000], ids=["empty", "short", "other"])
def test_what_is_not_whole_is_made_again(own: Path, folder: Path, left: bytes) -> None:
    report_setup.load(own)
    [kept] = folder.iterdir()
    kept.write_bytes(left)
    assert report_setup.load(own).template.mentions("outturn")
    assert report_setup.kept(key_of(GOOD)) is not None


def test_the_oldest_make_room(folder: Path) -> None:
    for number in range(report_setup.ROOM + 3):
        report_setup.keep(f"{number}", b"content")
    assert len(list(folder.iterdir())) == report_setup.ROOM


def test_where_nothing_can_be_kept_everything_works(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_setup, "FOLDER", ROOT / "no such folder")
    assert report_setup.load(own).template.mentions("outturn")
    assert report_setup.kept(key_of(GOOD)) is None


def test_nothing_is_kept_where_python_keeps_nothing(
    own: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    report_setup.load(own)
    assert list(folder.iterdir()) == []


def test_another_program_makes_another_thing(monkeypatch: pytest.MonkeyPatch) -> None:
    here = key_of(GOOD)
    monkeypatch.setattr(template, "VERSION", "9.9.9")
    assert key_of(GOOD) != here
