"""Shared by the tests: sample evaluations, golden files, the programs users use."""

import functools
import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xlsxwriter.worksheet import Worksheet

from selfeval_xlsx import cli
from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.form.form import SelfEvaluation
from tests.office import Office, at_work, program

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = Path(__file__).parent / "golden"
GOOD = ROOT / "sample_workbooks" / "good"

# A busy machine is no failure: how long an example takes decides nothing.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

Convert = Callable[..., list[Path]]

sys.path[:0] = [str(ROOT / "sample_workbooks"), str(ROOT / "benchmarks")]


# Half of what a workbook costs is to look through each formula for a hundred functions; all workbooks have the same.
_prepared = functools.cache(functools.partial(Worksheet._prepare_formula, Worksheet()))  # noqa: SLF001
Worksheet._prepare_formula = lambda _, *asked: _prepared(*asked)  # noqa: SLF001


def pytest_collection_finish() -> None:
    """What is loaded stays: the collector of garbage need not look through it again and again."""
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew", action="store_true", help="write the golden files anew")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Hold a text against the golden file of that name, or renew the file."""

    def hold(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--renew"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return hold


def sample(name: str) -> dict[str, Any]:
    """The data of a good sample."""
    found: dict[str, Any] = json.loads((GOOD / f"{name}.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture
def full_data() -> dict[str, Any]:
    return sample("云岭县职业教育中心")


@pytest.fixture
def full(full_data: dict[str, Any]) -> SelfEvaluation:
    return from_data(full_data)


@pytest.fixture
def minimal_data() -> dict[str, Any]:
    """Only what the report cannot do without."""
    return {
        "overview": {
            "identity": {"unit_name": "某某局", "year": 2025, "money_unit": "万元"},
            "sign_off": {"report_date": "2026-03-15"},
        },
        "budget": {"lines": {"total": {"adjusted_budget": "100.00", "outturn": "95.50"}}},
        "goals": {
            "plan": [
                {
                    "title": "办好窗口服务",
                    "content": "全年开放服务窗口。",
                    "result": "服务窗口全年开放。",
                }
            ],
            "results": {
                "completion": "各项任务按期完成。",
                "effects": "办事更加方便。",
                "satisfaction": "服务对象满意。",
            },
        },
    }


def needed(there: object, what: str, variable: str) -> None:
    """Skip the test without ``what``, or fail it where the environment says by ``variable`` that it must be there."""
    if not there:
        if os.environ.get(variable):
            pytest.fail(f"{what} is required here and was not found")
        pytest.skip(f"{what} is not installed")


class Shell:
    """Runs commands in an empty folder."""

    def __init__(
        self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.folder = folder
        self.capsys = capsys
        self.monkeypatch = monkeypatch
        monkeypatch.chdir(folder)

    def __call__(self, *arguments: object) -> tuple[int, str]:
        self.monkeypatch.setattr("sys.argv", ["selfeval", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        captured = self.capsys.readouterr()
        self.out = captured.out
        assert "Traceback" not in captured.out + captured.err
        return int(stop.value.code or 0), captured.out + captured.err

    def put(self, source: Path, name: str = "表.xlsx") -> Path:
        path = self.folder / name
        path.write_bytes(source.read_bytes())
        return path

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(tmp_path, capsys, monkeypatch)


@pytest.fixture(scope="session")
def office() -> Iterator[Office]:
    """LibreOffice, started when the first test asks for it."""
    soffice = program()
    needed(soffice, "LibreOffice", "SELFEVAL_REQUIRE_OFFICE")
    with at_work(soffice) as running:
        yield running


@pytest.fixture(scope="session")
def convert(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Convert:
    """Let LibreOffice save files in another format, under the same names."""

    def run(to: str, *paths: Path) -> list[Path]:
        out = tmp_path_factory.mktemp(to)
        made = [out / f"{path.stem}.{to}" for path in paths]
        for source, target in zip(paths, made, strict=True):
            office.save(source, target)
        return made

    return run


def words(pdf: Path, *options: str) -> str:
    """What stands on the pages of ``pdf``."""
    return subprocess.run(
        ["pdftotext", *options, str(pdf), "-"], capture_output=True, check=True
    ).stdout.decode()
