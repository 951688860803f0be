#!/usr/bin/env python3
"""Start selfeval_xlsx from its own folder, in a private environment that is set up on first use.

    launch.py [WORKBOOK or FOLDER ...]    the double-click flow (no argument: the folder of this file)
    launch.py COMMAND ...                 the command line: new, show, check, report, page, kit, batch ...
    launch.py test ...                    pytest, with the rest of the arguments; the whole suite runs in parallel

Standard library only; any Python since 3.8 can read this file, to say in Chinese that it is too old.
A start with the environment in place loads sys and os, compares one small file and hands over.
"""

# All other imports wait until the environment turns out to be missing, pathlib too:
from __future__ import annotations

import os
import sys

OLDEST = (3, 11)
ROOT = os.path.dirname(os.path.abspath(__file__))
COMMANDS = ("new", "show", "check", "report", "rules", "template", "verify", "mail", "page", "kit", "batch")
WHOLE_SUITE = ("-n", "auto", "--dist", "worksteal")
WHEELS = os.path.join(ROOT, "wheels")
LOG = "安装日志.txt"
STAMPS = {"": "selfeval-ready", "test": "selfeval-ready-test", "batch": "selfeval-ready-batch"}
"""What marks an environment as ready: for a clerk, for the tests, for the collector."""
LOCK = "selfeval-lock"
WINDOWS = os.name == "nt"
NETWORK_ADVICE = (
    "多半是没有网络：请连网后再试。不能上网的电脑，请向维护人员要一个 wheels 文件夹，放在本文件夹里再试。"
)
WHEELS_ADVICE = "wheels 文件夹不全，或不适合这台电脑的 Python {}.{}。请向维护人员要合适的，替换后再试。"


class SetupError(Exception):
    """The environment cannot be made; the text tells the user why and what to do."""


def main(arguments: list[str]) -> int:
    """Run what ``arguments`` ask for; returns the exit status."""
    if hasattr(sys.stderr, "reconfigure"):  # no character may stop the launcher, on whatever console
        sys.stderr.reconfigure(errors="replace", encoding=None if sys.stderr.isatty() else "utf-8")
    try:
        if sys.version_info[:2] < OLDEST:
            return start_with_newer_python(arguments, sys.version_info[:2])
        return _start(dropped(arguments, os.environ.get("SELFEVAL_CMDLINE", "")))
    except KeyboardInterrupt:
        _say("已中断。下次启动会自动接着准备。")
        return 130
    except SetupError as error:
        _say(str(error))
    except Exception:  # noqa: BLE001 - no traceback reaches a clerk
        import traceback

        _say(f"启动时出了意外，详情已写入 {_log(traceback.format_exc())}，请把这个文件发给维护人员。")
    return 2


def _start(arguments: list[str]) -> int:
    purpose = arguments[0] if arguments and arguments[0] in STAMPS else ""
    if os.path.exists(os.path.join(os.path.dirname(sys.executable), STAMPS[""])):  # it came with all it needs
        return _wait_for([sys.executable, "-P", *module_for(arguments)], child_settings())
    home = next((home for home in _homes() if _fits(home, purpose)), "") or _prepare(purpose)
    if purpose == "test":
        os.chdir(ROOT)
    command = [_python(home), "-P", *module_for(arguments)]
    if not WINDOWS:
        os.execve(command[0], command, child_settings())
    return _wait_for(command, child_settings())  # exec on Windows would let go of the console


def module_for(arguments: list[str]) -> list[str]:
    """Choose the module that serves ``arguments``, with what it is given."""
    first = arguments[0] if arguments else ""
    if first == "test":
        return ["-m", "pytest", *(arguments[1:] or WHOLE_SUITE)]
    if first in COMMANDS or first.startswith("-"):
        return ["-m", "selfeval_xlsx", *arguments]
    return ["-m", "selfeval_xlsx.desk", *(arguments or [ROOT])]


def child_settings() -> dict[str, str]:
    """Return the tool's environment variables: the project importable, UTF-8 everywhere."""
    settings = dict(os.environ, PYTHONUTF8="1")
    settings["PYTHONPATH"] = os.pathsep.join(filter(None, (ROOT, settings.get("PYTHONPATH"))))
    settings.pop("PYTHONHOME", None)  # it would lead to another Python's library
    if sys.stdout is None or not sys.stdout.isatty():
        settings["PYTHONIOENCODING"] = "utf-8:surrogateescape"  # so that any file name prints
    return settings


def dropped(arguments: list[str], line: str) -> list[str]:
    """Return the files dropped on the .cmd: Explorer leaves names with & or ^ bare, and cmd cuts them."""
    if "&" not in line and "^" not in line:
        return arguments
    import re

    words = [quoted or bare for quoted, bare in re.findall(r'"+([^"]+)"|([^\s"]+)', line)]
    script = next((place for place, word in enumerate(words) if word.lower().endswith(".cmd")), len(words))
    paths = words[script + 1 :]
    # The line as Explorer wrote it counts only if all it names is there.
    return paths if paths and all(map(os.path.exists, paths)) else arguments


def _homes() -> list[str]:
    """Where the environment may stand: beside this file, else in the user's own data folder."""
    data = os.environ.get("LOCALAPPDATA" if WINDOWS else "XDG_DATA_HOME")
    data = data or os.path.join(os.path.expanduser("~"), ".local", "share")
    digest = int.from_bytes(os.fsencode(ROOT), "big") % (2**61 - 1)  # hashlib is too slow to load
    return [os.path.join(ROOT, ".venv"), os.path.join(data, "selfeval_xlsx", f"{digest:016x}")]


def _python(home: str) -> str:
    return os.path.join(home, *(("Scripts", "python.exe") if WINDOWS else ("bin", "python")))


def _project() -> bytes:
    with open(os.path.join(ROOT, "pyproject.toml"), "rb") as stream:
        return stream.read()


def _base() -> tuple[str, str]:
    """Version and place of this Python, not of an environment it may be running in."""
    place: str = getattr(sys, "_base_executable", sys.executable)
    return "{}.{}".format(*sys.version_info), os.path.realpath(place)


def _stamp(home: str, purpose: str) -> tuple[str, str, bytes]:
    """Return the version and place of the Python, and the pyproject.toml, that ``home`` was made from."""
    try:
        with open(os.path.join(home, STAMPS[purpose]), "rb") as stream:
            version, place, project = stream.read().split(b"\n", 2)
    except (OSError, ValueError):
        return "", "", b""
    return version.decode(), os.fsdecode(place), project


def _runs(home: str, version: str, place: str) -> bool:
    """Whether the Python that ``home`` was made from is where it was, and of that version."""
    python, (current, base) = _python(home), _base()
    moved = os.path.islink(python) and os.path.realpath(python) != place
    upgraded = place == base and version != current
    return not moved and not upgraded and os.path.exists(python) and (place == base or os.path.exists(place))


def _fits(home: str, purpose: str) -> bool:
    version, place, project = _stamp(home, purpose)
    return project == _project() and _runs(home, version, place)


def _prepare(purpose: str) -> str:
    """Make, complete or repair the environment, one start at a time; returns where it stands."""
    home, lock = _claim_home()
    try:
        _await(lock)
        if _fits(home, purpose):  # another start made it meanwhile
            return home
        version, place, project = _stamp(home, "")
        if _runs(home, version, place):
            _say("正在更新运行环境……")
        else:
            _say("首次使用，正在做准备，只需一次，大约一两分钟，请不要关闭窗口。")
            version, place = build(home)
        if project and project != _project():
            open(os.path.join(home, STAMPS[""]), "wb").close()  # unready until the update is complete
        _install(home, purpose)
        for name in dict.fromkeys((STAMPS[""], STAMPS[purpose])):
            path = os.path.join(home, name)
            with open(f"{path}.new", "wb") as stream:
                stream.write(b"\n".join((version.encode(), os.fsencode(place), _project())))
            os.replace(f"{path}.new", path)
        _say("第 3 步（共 3 步）：准备完毕，以后启动不再需要这些步骤。")
        return home
    finally:
        os.close(lock)


def _claim_home() -> tuple[str, int]:
    """Choose the first folder that can be written, and open its lock file."""
    homes = _homes()
    place = _stamp(homes[0], "")[1]
    if WINDOWS and place and not os.path.exists(place):
        del homes[0]  # in a shared folder: made on a colleague's machine, where it may be in use
    for home in homes:
        try:
            os.makedirs(home, exist_ok=True)
            return home, os.open(os.path.join(home, LOCK), os.O_RDWR | os.O_CREAT)
        except OSError:
            continue
    raise SetupError("没有可以写入的文件夹，无法做准备。请把整个文件夹复制到本机（例如桌面）后再试。")


def _await(lock: int) -> None:
    """Lock the open file; the system lets go of it when its holder dies, so that no lock is ever stale."""
    import time

    os.set_inheritable(lock, True)  # noqa: FBT003 - pip goes on holding it, should this process be killed
    if not _try(lock):
        _say("另一个窗口正在做准备，请稍候，完成后会自动继续……")
        while not _try(lock):
            time.sleep(0.2)


def _try(lock: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(lock, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:  # a file system without locks must not make us wait for ever
        return not isinstance(error, (BlockingIOError, PermissionError))
    return True


def build(home: str) -> tuple[str, str]:
    """Make an environment with pip, in place of whatever is there; returns its Python's version and place."""
    import shutil
    from importlib.util import find_spec

    _say("第 1 步（共 3 步）：建立独立的运行环境，不影响电脑上的其他软件……")
    if not (find_spec("venv") and find_spec("ensurepip")):
        remedy = "请安装完整版 Python" if WINDOWS else "请先运行：sudo apt install python3-venv"
        raise SetupError(f"这台电脑的 Python 缺少 venv 组件。{remedy}，然后再试一次。")
    try:  # the stamps first: a half-cleared folder is not ready
        for entry in sorted(os.scandir(home), key=lambda entry: entry.name not in STAMPS.values()):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            elif entry.name != LOCK:
                os.unlink(entry.path)
    except OSError as error:
        raise SetupError(f"{error.filename} 正被占用。请关闭其他正在运行的本工具窗口，再试一次。") from error
    log = _run([sys.executable, "-I", "-X", "utf8", "-m", "venv", home])
    if log:
        raise SetupError(f"第 1 步没有成功，可能磁盘已满，或被安全软件拦截。详情见 {log}，请发给维护人员。")
    python, (version, place) = _python(home), _base()
    return version, os.path.realpath(python) if os.path.islink(python) else place


def _install(home: str, purpose: str) -> None:
    """Install what is pinned; from the folder wheels/ alone, without network, where one lies there."""
    import tomllib

    offline = os.path.isdir(WHEELS)
    _say(f"第 2 步（共 3 步）：安装所需组件（{'用 wheels 文件夹，不联网' if offline else '需要联网'}）……")
    options = ["--no-input", "--disable-pip-version-check", "--quiet", "--no-deps", "--retries", "2"]
    options += ["--no-index", "--find-links", WHEELS] if offline else []
    pip = [_python(home), "-I", "-X", "utf8", "-m", "pip", "install", *options]
    project = tomllib.loads(_project().decode())
    extras = project["project"].get("optional-dependencies", {})
    more = {"test": project.get("dependency-groups", {}).get("test", []), "batch": extras.get("collect", [])}
    log = _run([*pip, *project["project"]["dependencies"], *more.get(purpose, [])])
    if log:
        advice = WHEELS_ADVICE.format(*sys.version_info) if offline else NETWORK_ADVICE
        raise SetupError(f"安装组件没有成功。{advice}详情见 {log}，可以发给维护人员。")


def _run(command: list[str]) -> str:
    """Run ``command`` in silence; if it fails, its last lines go to the log, whose path is returned."""
    from subprocess import DEVNULL, PIPE, STDOUT, run

    done = run(command, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, close_fds=False, check=False)
    last = done.stdout.decode("utf-8", "replace").splitlines()[-60:]
    return _log("\n".join(last)) if done.returncode else ""


def _wait_for(command: list[str], settings: dict[str, str] | None = None) -> int:
    """Run ``command`` in this console and return its exit status; Ctrl-C is left to it."""
    import signal
    import subprocess

    signal.signal(signal.SIGINT, lambda *_: None)
    return subprocess.call(command, env=settings)


def start_with_newer_python(arguments: list[str], version: tuple[int, int]) -> int:
    """Start again with a new enough Python, or say that there is none."""
    import shutil
    from subprocess import DEVNULL, call

    for minor in (14, 13, 12, 11):
        command = ["py", f"-3.{minor}"] if WINDOWS else [f"python3.{minor}"]
        probe = [*command, "-c", f"import sys; sys.exit(sys.version_info < {OLDEST})"]
        if shutil.which(command[0]) and call(probe, stdout=DEVNULL, stderr=DEVNULL) == 0:
            return _wait_for([*command, os.path.abspath(__file__), *arguments])
    _say("需要 Python 3.11 或更新的版本，现在的是 {}.{}。请先安装新版 Python，再试一次。".format(*version))
    return 2


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _log(text: str) -> str:
    """Write the log beside this file, else where the environment may stand; returns its path."""
    for path in (os.path.join(folder, LOG) for folder in (ROOT, *_homes())):
        try:
            with open(path, "w", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(f"Python {sys.version}\n{sys.platform}\n{text}\n")
        except OSError:
            continue
        return path
    return LOG


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
