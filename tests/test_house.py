"""The house: layers, fences, what start-up loads, generated files, documents."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from selfeval_xlsx import cli
from selfeval_xlsx.errors import VERSION
from selfeval_xlsx.report.names import FACTS
from tests.conftest import GOOD, ROOT
from tests.places import cell
from tests.word_edits import parts_of

PACKAGE = ROOT / "selfeval_xlsx"

LAYERS: list[set[str]] = [
    {""},  # the package itself: its public names load when they are used
    {"errors", "amounts", "text", "cells", "usage"},
    {"findings", "figures", "office"},
    {"files", "form"},
    {"prose", "workbook", "report"},
    {"causes", "template_check"},
    {"checks"},
    {"describe", "proof", "signed"},
    {"job", "earlier"},
    {"outputs"},
    {"desk", "page", "collect", "api"},
    {"cli"},
    {"__main__"},
]
FENCES = {
    "openpyxl": {"workbook"},
    "xlsxwriter": {"collect", "workbook"},
    "docxtpl": {"report.template"},
    "docx": {"report"},
    "jinja2": {"report", "template_check"},
    "lxml": set(),  # docxtpl brings it, where it compiles a template
    "click": {"cli", "usage"},
}
KNOW_THE_FORM = {"context", "printer", "origin"}
"""Modules of report/ that turn the form into plain data; all others take that and know nothing of the form."""


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "modules are named in full"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def room(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return "" if parts == ("__init__",) else parts[0]


MODULES = sorted(PACKAGE.rglob("*.py"))
FLOOR = {name: number for number, layer in enumerate(LAYERS) for name in layer}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_arrows_point_down_and_strangers_stay_at_the_door(path: Path) -> None:
    here = room(path)
    if not here:
        return  # its public names are loaded when they are used
    for name in imports(path):
        first, *rest = name.split(".")
        if first == "selfeval_xlsx":
            there = rest[0] if rest and rest[0] in FLOOR else ""
            assert there or rest == ["VERSION"], "inside, modules are named, not public names"
            assert there == here or FLOOR[there] < FLOOR[here], f"{here} imports {name}"
        if first in FENCES:
            assert any(_lies_in(path, place) for place in FENCES[first]), f"{here} imports {name}"


def _lies_in(path: Path, place: str) -> bool:
    inside = PACKAGE.joinpath(*place.split("."))
    return inside in path.parents or inside == path.with_suffix("")


def test_reports_are_made_of_plain_data() -> None:
    for path in (PACKAGE / "report").glob("*.py"):
        knows = any(name.startswith("selfeval_xlsx.form") for name in imports(path))
        assert not knows or path.stem in KNOW_THE_FORM, path.stem


def test_every_module_has_its_floor() -> None:
    assert {room(path) for path in MODULES} == set().union(*LAYERS)


@pytest.mark.parametrize(
    ("arguments", "kept_out"),
    [
        (
            ["--help"],
            {"openpyxl", "docxtpl", "docx", "lxml", "xlsxwriter", "numpy", "selfeval_xlsx.form.form"},
        ),
        (["new", "空表.xlsx"], {"numpy", "openpyxl", "docxtpl", "docx", "jinja2"}),
        (["check", "表.xlsx"], {"numpy", "docxtpl", "docx", "lxml", "xlsxwriter", "jinja2"}),
        (
            ["report", "表.xlsx"],
            {
                "numpy",
                "xlsxwriter",
                "pandas",
                "ssl",
                "selfeval_xlsx.outputs.signing",
                "subprocess",
                "selfeval_xlsx.workbook.marker",
            },
        ),
    ],
    ids=["help", "new", "check", "report"],
)
def test_start_up_loads_only_what_a_command_needs(
    arguments: list[str], kept_out: set[str], tmp_path: Path
) -> None:
    (tmp_path / "表.xlsx").write_bytes((GOOD / "青石镇综合服务中心.xlsx").read_bytes())
    loaded = _loaded(arguments, tmp_path)
    assert loaded & kept_out == set()


def test_the_next_report_compiles_no_template(tmp_path: Path) -> None:
    (tmp_path / "表.xlsx").write_bytes((GOOD / "青石镇综合服务中心.xlsx").read_bytes())
    _loaded(["report", "表.xlsx"], tmp_path)
    assert _loaded(["report", "表.xlsx"], tmp_path) & {"docxtpl", "docx", "lxml"} == set()
    report = next(path.name for path in tmp_path.glob("*.docx"))
    assert _loaded(["verify", report, "表.xlsx"], tmp_path) & {"docxtpl", "docx", "lxml"} == set()
    (tmp_path / "错.xlsx").write_bytes((GOOD.parent / "bad" / "分项加不拢.xlsx").read_bytes())
    assert _loaded(["report", "错.xlsx"], tmp_path) & {"docxtpl", "docx", "lxml"} == set()
    assert any(path.name.startswith("错") and path.name != "错.xlsx" for path in tmp_path.glob("*.xlsx"))


def _loaded(arguments: list[str], folder: Path) -> set[str]:
    """The modules that a command loads."""
    program = (
        "import sys, runpy\n"
        f"sys.argv = ['selfeval', *{arguments!r}]\n"
        "try:\n    runpy.run_module('selfeval_xlsx', run_name='__main__')\n"
        "except SystemExit:\n    pass\n"
        "print('LOADED', *(name for name, module in sys.modules.items() if module))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, cwd=folder, check=True,
        env={"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
    )  # fmt: skip
    return set(done.stdout.decode().rpartition("LOADED")[2].split())


# --- generated files ----------------------------------------------------------------------------


def test_generated_files_are_current() -> None:
    import importlib.util

    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for path, content in module.generated().items():
        kept = path.read_bytes()
        if path.suffix in {".xlsx", ".docx"}:
            assert parts_of(kept) == parts_of(content), path.name
        else:
            assert kept == content, path.name


def test_the_blank_workbook_is_sound() -> None:
    """What independent checkers of workbooks miss: names, validations, merges, protection, print set-up."""
    from openpyxl import load_workbook

    book = load_workbook(ROOT / "templates" / "绩效自评填报表.xlsx")
    assert book.sheetnames == ["填表说明", "概况", "预算", "目标", "问题", "核对"]
    for sheet in book.worksheets:
        assert sheet.protection.sheet
        assert sheet.protection.password is None
        assert sheet.page_setup.paperSize in {9, "9"}
        merged: set[tuple[int, int]] = set()
        for area in sheet.merged_cells.ranges:
            cells = {(row, column) for row, column in area.cells}
            assert not cells & merged
            merged |= cells
        for rule in sheet.data_validations.dataValidation:
            assert rule.promptTitle
            assert len(rule.promptTitle) <= 32
            assert rule.prompt
            assert len(rule.prompt) <= 255
            assert len(rule.formula1 or "") <= 257
    unlocked = {
        (sheet.title, cell.coordinate)
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if not cell.protection.locked
    }
    assert ("预算", cell("budget.lines.total.outturn")) in unlocked
    assert ("核对", "D3") not in unlocked
    formulas = [
        cell
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]
    assert formulas
    assert not [cell for cell in formulas if "#REF" in str(cell.value)]


# --- documents ----------------------------------------------------------------------------------

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_names_every_command() -> None:
    for name in cli.cli.commands:
        assert f"`{name}" in README


def test_the_readme_tells_the_house_as_it_is() -> None:
    """Every module in one row of the table, and no row below that of a module it is built on."""
    table = README.partition("## The house")[2].splitlines()
    rows = [re.findall(r"`(\w+)/?`", line.split("|")[1]) for line in table if line.startswith("| `")]
    told = [name for row in rows for name in row]
    assert sorted(told) == sorted(set().union(*LAYERS) - {"", "__main__"})
    row_of = {name: number for number, row in enumerate(rows) for name in row}
    assert [row_of[name] for name in sorted(told, key=FLOOR.__getitem__)] == sorted(row_of.values())


def test_links_in_the_readme_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert (ROOT / target).exists(), target


def test_facts_are_documented_for_template_writers() -> None:
    page = (ROOT / "docs" / "字段说明.md").read_text(encoding="utf-8")
    assert all(f"facts.{name}" in page for name in FACTS)


def test_versions_are_pinned_and_no_host_is_written() -> None:
    import tomllib

    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "://" not in text
    project = tomllib.loads(text)
    assert project["project"]["version"] == VERSION
    wanted = project["project"]["dependencies"] + [
        each for group in project["dependency-groups"].values() for each in group
    ]
    assert all("==" in each for each in wanted)
