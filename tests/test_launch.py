"""The launcher and the two double-click scripts, run for real in folders with awkward names."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
AWKWARD = "绩效 自评 & 报告"
Done = subprocess.CompletedProcess[str]
POSIX = pytest.mark.skipif(os.name == "nt", reason="runs a shell script")

PROJECT = """
[project]
dependencies = ["fake-dep=={version}", "never-here==9.9; sys_platform == 'no-such-system'"]
[dependency-groups]
test = ["fake-pytest==1.0"]
"""
ECHO = """import json, os, sys
import fake_dep
facts = fake_dep.VERSION, os.getcwd(), os.environ["PYTHONUTF8"]
print(json.dumps([__spec__.name, sys.argv[1:], *facts]))
sys.exit(len(sys.argv) - 1)
"""
FAKE_PYTEST = "import os, sys\nprint('tests in', os.getcwd(), sys.argv[1:])\nsys.exit(5)\n"


def make_wheel(folder: Path, name: str, version: str, files: dict[str, str]) -> None:
    """The smallest wheel that pip accepts."""
    info = f"{name}-{version}.dist-info"
    files = files | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in (files | {f"{info}/RECORD": record}).items():
            wheel.writestr(path, text)


class Folder:
    """A copy of the tool as a clerk has it, with a stub in place of the program."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.data = home.parent / "data"
        self.stamp = home / ".venv" / "selfeval-ready"

    @classmethod
    def fresh(cls, home: Path) -> "Folder":
        package = home / "selfeval_xlsx"
        package.mkdir(parents=True)
        for script in ("launch.py", "生成报告.command"):
            shutil.copy2(ROOT / script, home)
        (package / "__init__.py").touch()
        (package / "desk").mkdir()
        (package / "desk" / "__init__.py").touch()
        for module in ("__main__", "desk/__main__"):
            (package / f"{module}.py").write_text(ECHO, encoding="utf-8")
        for version in ("1.0", "2.0"):
            make_wheel(home / "wheels", "fake_dep", version, {"fake_dep.py": f"VERSION = '{version}'\n"})
        make_wheel(home / "wheels", "fake_pytest", "1.0", {"pytest.py": FAKE_PYTEST})
        folder = cls(home)
        folder.require("1.0")
        return folder

    def require(self, version: str) -> None:
        (self.home / "pyproject.toml").write_text(PROJECT.format(version=version), encoding="utf-8")

    @property
    def settings(self) -> dict[str, str]:
        ignored = ("PYTHONPATH", "PYTHONHOME", "SELFEVAL_CMDLINE", "PIP_FIND_LINKS")
        kept = {name: value for name, value in os.environ.items() if name not in ignored}
        # A proxy that nobody serves: whatever asks the network fails at once.
        dead = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
        return kept | dead | {"XDG_DATA_HOME": str(self.data), "LOCALAPPDATA": str(self.data)}

    def command(self, *arguments: str, options: tuple[str, ...] = ()) -> list[str]:
        return [sys.executable, *options, str(self.home / "launch.py"), *arguments]

    def start(self, *arguments: str, options: tuple[str, ...] = ()) -> Done:
        return self.run(self.command(*arguments, options=options))

    def run(self, command: list[str], **more: str) -> Done:
        return subprocess.run(
            command,
            capture_output=True,
            encoding="utf-8",
            env=self.settings | more,
            cwd=self.home.parent,
            stdin=subprocess.DEVNULL,
            check=False,
        )


@pytest.fixture(scope="module")
def first_starts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Folder, list[Done]]:
    """A folder after two first starts at once, and how they went."""
    folder = Folder.fresh(tmp_path_factory.mktemp("first") / AWKWARD)
    with ThreadPoolExecutor(2) as pool:
        return folder, list(pool.map(lambda _: folder.start("report", "表 & 一.xlsx"), range(2)))


def linked(source: str, target: str) -> str:
    """An installed file stands for its copy: pip puts new files in the place of old ones and changes none."""
    if "site-packages" in source:
        os.link(source, target)
        return target
    return shutil.copy2(source, target)


@pytest.fixture
def ready(first_starts: tuple[Folder, object], tmp_path: Path) -> Folder:
    """A folder whose environment is in place: moved here from where it was made."""
    shutil.copytree(first_starts[0].home, tmp_path / AWKWARD, symlinks=True, copy_function=linked)
    return Folder(tmp_path / AWKWARD)


@pytest.fixture(scope="module")
def launch() -> ModuleType:
    """The launcher as a module."""
    spec = importlib.util.spec_from_file_location("launch", ROOT / "launch.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_command_is_told_from_a_file(launch: ModuleType) -> None:
    from selfeval_xlsx.cli import cli

    assert sorted(launch.COMMANDS) == sorted(cli.commands)


def test_first_starts_set_up_once_from_wheels_without_network_and_run_the_command(
    first_starts: tuple[Folder, list[Done]],
) -> None:
    folder, both = first_starts
    for done in both:
        module, arguments, version, cwd, utf8 = json.loads(done.stdout)
        assert (module, arguments, version) == ("selfeval_xlsx.__main__", ["report", "表 & 一.xlsx"], "1.0")
        assert (cwd, utf8) == (str(folder.home.parent), "1")
        assert done.returncode == 2  # the stub's: one for each argument
    assert [sum(f"第 {step} 步" in done.stderr for done in both) for step in (1, 2, 3)] == [1, 1, 1]


def test_second_start_says_nothing_and_loads_nothing(ready: Folder) -> None:
    (ready.home / "wheels").rename(ready.home / "away")  # and could install nothing
    done = ready.start("report", options=("-S", "-X", "importtime"))  # neither is handed on to the tool
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time")]
    loaded = {line.rpartition("|")[2].strip() for line in lines}
    assert {"os", "__future__"} <= loaded
    heavy = {
        "subprocess",
        "venv",
        "tomllib",
        "pathlib",
        "hashlib",
        "shutil",
        "re",
        "importlib.util",
        "signal",
    }
    assert loaded & (heavy if os.name != "nt" else heavy - {"subprocess", "signal"}) == set()
    assert "第" not in done.stderr
    assert done.returncode == 1


def test_second_start_is_the_same_for_the_tests_python(ready: Folder) -> None:
    """An environment is not rebuilt because another Python starts the launcher, as long as its own runs."""
    python = ready.home / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = ready.run([str(python), str(ready.home / "launch.py"), "check"])
    assert (done.returncode, done.stderr) == (1, "")


def test_without_a_command_the_desk_handles_this_folder(ready: Folder) -> None:
    module, arguments, *_ = json.loads(ready.start().stdout)
    assert (module, arguments) == ("selfeval_xlsx.desk.__main__", [str(ready.home)])


def test_exit_status_is_passed_on(ready: Folder) -> None:
    assert [ready.start(*["a.xlsx"] * count).returncode for count in (1, 2)] == [1, 2]


def test_set_up_killed_half_way_is_repaired(ready: Folder) -> None:
    ready.stamp.unlink()
    shutil.rmtree(ready.home / ".venv" / ("Lib" if os.name == "nt" else "lib"))
    done = ready.start("check")
    assert json.loads(done.stdout)[2] == "1.0"
    assert "第 1 步" in done.stderr
    assert ready.start("check").stderr == ""


def test_changed_dependencies_are_installed_into_the_same_environment(ready: Folder) -> None:
    ready.require("2.0")
    done = ready.start("check")
    assert json.loads(done.stdout)[2] == "2.0"
    assert "第 1 步" not in done.stderr
    assert "第 2 步" in done.stderr


def test_changed_settings_need_neither_network_nor_wheels(ready: Folder) -> None:
    shutil.rmtree(ready.home / "wheels")
    with (ready.home / "pyproject.toml").open("a", encoding="utf-8") as project:
        project.write("[tool.anything]\n")
    assert ready.start("check").returncode == 1


def test_environment_of_a_python_that_is_gone_is_rebuilt(ready: Folder) -> None:
    version, _, project = ready.stamp.read_bytes().split(b"\n", 2)
    gone = b"/gone/bin/python3.11"
    ready.stamp.write_bytes(b"\n".join((version, gone, project)))
    done = ready.start("check")
    assert done.returncode == 1
    assert "第 1 步" in done.stderr


def test_tests_run_at_the_root_with_their_group_installed(ready: Folder) -> None:
    done = ready.start("test", "-k", "金额 & 率")
    assert done.stdout.strip() == f"tests in {ready.home} ['-k', '金额 & 率']"
    assert "第 1 步" not in done.stderr
    assert done.returncode == 5
    assert ready.start("test").stderr == ready.start("check").stderr == ""


def test_failed_installation_is_explained_and_logged(ready: Folder) -> None:
    ready.require("3.0")
    done = ready.start("check")
    assert done.returncode == 2
    assert "wheels" in done.stderr
    assert "Traceback" not in done.stderr
    assert "fake-dep==3.0" in (ready.home / "安装日志.txt").read_text(encoding="utf-8")


def test_unforeseen_fault_is_one_line_and_a_log(tmp_path: Path) -> None:
    folder = Folder.fresh(tmp_path / AWKWARD)
    (folder.home / "pyproject.toml").unlink()
    done = folder.start("check")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "FileNotFoundError" in (folder.home / "安装日志.txt").read_text(encoding="utf-8")


def test_plain_locale_prints_chinese_without_failing(ready: Folder) -> None:
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0"}
    for version, settings in (("2.0", plain), ("1.0", {"PYTHONIOENCODING": "ascii"})):
        ready.require(version)
        done = ready.run(ready.command("check"), **settings)
        assert "正在更新" in done.stderr
        assert done.returncode == 1


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_folder_keeps_the_environment_with_the_user(tmp_path: Path) -> None:
    folder = Folder.fresh(tmp_path / AWKWARD)
    folder.home.chmod(0o555)
    try:
        assert folder.start("check").returncode == 1
    finally:
        folder.home.chmod(0o755)
    assert list(folder.data.glob("selfeval_xlsx/*/selfeval-ready"))
    assert not folder.stamp.exists()


def test_folder_without_room_for_an_environment_keeps_it_with_the_user(tmp_path: Path) -> None:
    folder = Folder.fresh(tmp_path / AWKWARD)
    (folder.home / ".venv").write_text("in the way", encoding="utf-8")
    assert folder.start("check").returncode == 1
    assert folder.start("check").stderr == ""
    assert list(folder.data.glob("selfeval_xlsx/*/selfeval-ready"))


@pytest.mark.parametrize(
    ("arguments", "module"),
    [
        (["test"], ["-m", "pytest", "-n", "auto", "--dist", "worksteal"]),
        (["test", "-q"], ["-m", "pytest", "-q"]),
        (["show", "a.xlsx"], ["-m", "selfeval_xlsx", "show", "a.xlsx"]),
        (["--help"], ["-m", "selfeval_xlsx", "--help"]),
        (["a & b.xlsx", "c.xlsx"], ["-m", "selfeval_xlsx.desk", "a & b.xlsx", "c.xlsx"]),
    ],
)
def test_first_argument_decides(launch: ModuleType, arguments: list[str], module: list[str]) -> None:
    assert launch.module_for(arguments) == module


def test_old_python_is_told_in_one_chinese_line(
    launch: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert launch.start_with_newer_python(["check"], (3, 8)) == 2
    assert (
        capsys.readouterr().err
        == "需要 Python 3.11 或更新的版本，现在的是 3.8。请先安装新版 Python，再试一次。\n"
    )


@POSIX
def test_old_python_starts_again_with_a_newer_one(
    launch: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    newer = tmp_path / "python3.11"
    newer.write_text('#!/bin/sh\n[ "$1" = -c ] && exit 0\nexit 7\n', encoding="utf-8")
    newer.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("signal.signal", lambda *_: None)  # this process goes on
    assert launch.start_with_newer_python(["check"], (3, 8)) == 7


def test_python_without_venv_is_told_what_to_install(
    launch: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else name)
    with pytest.raises(launch.SetupError, match="venv"):
        launch.build(str(tmp_path))


def test_names_that_explorer_left_unquoted_are_put_together_again(launch: ModuleType, tmp_path: Path) -> None:
    cut, spaced = tmp_path / "甲&乙.xlsx", tmp_path / "甲 & 乙.xlsx"
    for book in (cut, spaced):
        book.touch()
    line = rf'C:\WINDOWS\system32\cmd.exe /c ""C:\工具 & 表\生成报告.cmd" {cut} "{spaced}""'
    assert launch.dropped([str(tmp_path / "甲")], line) == [str(cut), str(spaced)]
    assert launch.dropped(["a.xlsx"], line.replace("甲&乙", "无&此")) == ["a.xlsx"]
    assert launch.dropped([], r'cmd.exe /c ""C:\工具 & 表\生成报告.cmd""') == []
    assert launch.dropped(["a.xlsx"], "") == ["a.xlsx"]


def test_cmd_is_plain_ascii_with_windows_line_ends() -> None:
    content = (ROOT / "生成报告.cmd").read_bytes()
    text = content.decode("ascii")
    assert content.count(b"\n") == content.count(b"\r\n") == len(text.splitlines())
    assert "chcp" not in text
    assert '"%HERE%launch.py" %*' in text
    assert all(label in text for label in (":installed", ":launcher", ":start", ":end", "pause"))
    assert (ROOT / "docs" / "install-python.html").read_text(encoding="utf-8").count("Python 3.11")


@POSIX
def test_command_script_starts_the_launcher(ready: Folder) -> None:
    script = ready.home / "生成报告.command"
    assert os.access(ROOT / script.name, os.X_OK)
    assert b"\r" not in script.read_bytes()
    assert ready.run(["bash", "-n", str(script)]).returncode == 0
    done = ready.run([str(script), "表 & 一.xlsx"], PATH=f"{Path(sys.executable).parent}:/usr/bin:/bin")
    assert json.loads(done.stdout)[:2] == ["selfeval_xlsx.desk.__main__", ["表 & 一.xlsx"]]
    assert done.returncode == 1
    assert ready.run([str(script)], PATH="/nowhere").returncode != 0
