"""The launcher and the double-click scripts: real runs in a folder whose path holds spaces, Chinese and &."""

import base64
import hashlib
import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import ROOT

PROJECT = """
[project]
name = "stub"
dependencies = ["stubdep=={version}", "never==1.0; sys_platform == 'nowhere'"]
[dependency-groups]
test = []
"""


def wheel(folder: Path, version: str) -> None:
    """A wheel of one module, made by hand."""
    info = f"stubdep-{version}.dist-info"
    contents = {
        "stubdep.py": f"VERSION = '{version}'\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: stubdep\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = []
    with zipfile.ZipFile(folder / f"stubdep-{version}-py3-none-any.whl", "w") as package:
        for name, text in contents.items():
            package.writestr(name, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(text)}")
        package.writestr(f"{info}/RECORD", "\n".join([*record, f"{info}/RECORD,,"]))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder with the launcher, a stub of the tool, and wheels instead of a network."""
    folder = tmp_path_factory.mktemp("绩效 自评 & 报告")
    for name in ("launch.py", "生成报告.command"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
        (folder / name).chmod(0o755)
    (folder / "wheels").mkdir()
    wheel(folder / "wheels", "1.0")
    wheel(folder / "wheels", "2.0")
    (folder / "pyproject.toml").write_text(PROJECT.format(version="1.0"), encoding="utf-8")
    package = folder / "selfeval_xlsx"
    package.mkdir()
    (package / "__init__.py").write_text("")
    for module in ("__main__", "desk"):
        (package / f"{module}.py").write_text(
            "import os, sys, stubdep\n"
            f"print('{module}', stubdep.VERSION, os.getcwd(), *sys.argv[1:], sep='|')\n"
            "sys.exit(7 if 'seven' in sys.argv else 0)\n"
        )
    return folder


def start(folder: Path, *arguments: str, cwd: Path | None = None, options: tuple[str, ...] = ()) -> tuple[int, str, str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "COV_"))}
    environment |= {"PIP_NO_INDEX": "1", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, *options, str(folder / "launch.py"), *arguments],
        capture_output=True, cwd=cwd or folder, env=environment, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_the_first_start_sets_up_without_network_and_the_second_at_once(home: Path) -> None:
    status, said, _ = start(home, "report", "一 份.xlsx")
    assert status == 0
    assert "第 1 步" in said
    assert said.splitlines()[-1].startswith("__main__|1.0|")
    status, said, _ = start(home, "report", "一 份.xlsx")
    assert said.splitlines() == [f"__main__|1.0|{home}|report|一 份.xlsx"]


def test_a_second_start_loads_nothing_that_costs(home: Path) -> None:
    start(home, "show")
    _, _, trace = start(home, "show", options=("-X", "importtime"))
    loaded = {line.rpartition("|")[2].strip() for line in trace.splitlines()}
    assert "os" in loaded
    assert not loaded & {"subprocess", "venv", "tomllib", "hashlib", "shutil", "tempfile", "json", "pathlib", "re"}


def test_what_the_arguments_ask_for(home: Path, tmp_path: Path) -> None:
    start(home, "show")
    assert start(home)[1].strip() == f"desk|1.0|{home}|{home}"
    assert start(home, "甲.xlsx", "乙 &.xlsx", cwd=tmp_path)[1].strip() == f"desk|1.0|{tmp_path}|甲.xlsx|乙 &.xlsx"
    assert start(home, "--help")[1].startswith("__main__")
    assert start(home, "check", "seven")[0] == 7


def test_another_dependency_is_installed_and_a_broken_set_up_mended(home: Path) -> None:
    start(home, "show")
    try:
        (home / "pyproject.toml").write_text(PROJECT.format(version="2.0"), encoding="utf-8")
        assert start(home, "show")[1].splitlines()[-1].startswith("__main__|2.0|")
        (home / ".venv" / "selfeval.stamp").unlink()
        assert "第 1 步" in start(home, "show")[1]
    finally:
        (home / "pyproject.toml").write_text(PROJECT.format(version="1.0"), encoding="utf-8")


def test_a_missing_component_is_explained(home: Path) -> None:
    try:
        (home / "pyproject.toml").write_text(PROJECT.format(version="3.0"), encoding="utf-8")
        status, said, errors = start(home, "show")
        assert status == 2
        assert "wheels 文件夹里的组件不全" in said
        assert "Traceback" not in said + errors
        assert "stubdep" in (home / "安装日志.txt").read_text(encoding="utf-8")
    finally:
        (home / "pyproject.toml").write_text(PROJECT.format(version="1.0"), encoding="utf-8")


def test_a_lock_left_behind_is_taken_over_and_a_living_one_respected(home: Path) -> None:
    stamp = home / ".venv" / "selfeval.stamp"
    lock = home / ".venv.lock"
    start(home, "show")
    stamp.unlink()
    lock.write_text(str(os.getpid()))
    status, said, _ = start(home, "show")
    assert (status, "另一个窗口" in said) == (2, True)
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    lock.write_text(str(ended.pid))
    assert start(home, "show")[0] == 0
    assert not lock.exists()


@pytest.fixture
def launch() -> ModuleType:
    spec = importlib.util.spec_from_file_location("launch", ROOT / "launch.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_old_python_is_told_in_one_line(
    launch: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(launch, "OLDEST", (99, 0))
    monkeypatch.setenv("PATH", "")
    assert launch.main(["report"]) == 2
    assert "需要 Python 3.11" in capsys.readouterr().out


def test_a_fault_of_the_launcher_leaves_a_log(
    launch: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(launch, "ROOT", str(tmp_path))
    assert launch.main(["report"]) == 2
    assert "安装日志.txt" in capsys.readouterr().out
    assert "pyproject.toml" in (tmp_path / "安装日志.txt").read_text(encoding="utf-8")


def test_the_launcher_can_be_parsed_by_an_old_python() -> None:
    import ast

    ast.parse((ROOT / "launch.py").read_text(encoding="utf-8"), feature_version=(3, 8))


def test_the_windows_script_is_plain(launch: ModuleType) -> None:
    data = (ROOT / "生成报告.cmd").read_bytes()
    assert data.isascii()
    assert data.count(b"\r\n") == data.count(b"\n") > 10
    assert b"chcp" not in data
    text = data.decode()
    assert '"%~dp0launch.py" %*' in text
    assert "DisableDelayedExpansion" in text
    assert (ROOT / "docs" / "install-python.html").exists()
    assert launch.COMMANDS


def test_the_launcher_knows_every_command(launch: ModuleType) -> None:
    from selfeval_xlsx.cli import cli

    assert set(launch.COMMANDS) == set(cli.commands)


def test_the_unix_script_runs(home: Path) -> None:
    start(home, "show")
    script = home / "生成报告.command"
    assert os.access(ROOT / "生成报告.command", os.X_OK)
    environment = {**os.environ, "PIP_NO_INDEX": "1", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["/bin/sh", str(script), "甲 乙.xlsx"], capture_output=True, cwd=home, env=environment, stdin=subprocess.DEVNULL, check=False
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stdout.decode().splitlines()[-1].endswith("|甲 乙.xlsx")
