#!/usr/bin/env python3
"""Starts selfeval_xlsx from its folder, setting up a private environment beside it on first use.

    launch.py [WORKBOOK or FOLDER ...]    the double-click flow (no argument: this folder)
    launch.py COMMAND ...                 the command line: new, show, check, report, rules
    launch.py test ...                    sets up and runs the tests

Standard library only. A start with the environment in place imports nothing but sys and os and
compares one small file, so that it costs nothing.
"""

import os
import sys

OLDEST = (3, 11)
ROOT = os.path.dirname(os.path.abspath(__file__))
COMMANDS = ("new", "show", "check", "report", "rules")
STAMP = "selfeval.stamp"
LOG = "安装日志.txt"


def main(arguments):
    # type: (list[str]) -> int
    """Run what ``arguments`` ask for; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        if sys.version_info < OLDEST:
            return _with_newer_python(arguments)
        testing = arguments[:1] == ["test"]
        groups = ("test",) if testing else ()
        home = _environment(groups) or _set_up(groups)
        if home is None:
            return 2
        if testing:
            os.chdir(ROOT)
        return _run(_python(home), _command(arguments))
    except KeyboardInterrupt:
        print("已中断。下次启动会接着准备。")
        return 130
    except Exception:  # noqa: BLE001 - no traceback reaches a user
        return _fault()


def _command(arguments):
    # type: (list[str]) -> list[str]
    """The module to run, with its arguments."""
    first = arguments[0] if arguments else ""
    if first == "test":
        return ["-m", "pytest", *arguments[1:]]
    if first in COMMANDS or first.startswith("-"):
        return ["-m", "selfeval_xlsx", *arguments]
    return ["-m", "selfeval_xlsx.desk", *(arguments or [ROOT])]


def _run(python, command):
    # type: (str, list[str]) -> int
    """Run ``command`` in the environment, in place of this process where the system can."""
    settings = dict(os.environ, PYTHONUTF8="1")
    settings["PYTHONPATH"] = os.pathsep.join(filter(None, [ROOT, os.environ.get("PYTHONPATH", "")]))
    if os.name != "nt":
        sys.stdout.flush()
        os.execve(python, [python, *command], settings)
    import subprocess  # noqa: PLC0415 - not on the fast path of other systems

    return subprocess.call([python, *command], env=settings)


# --- is the environment in place? ------------------------------------------------------------------


def _homes():
    # type: () -> list[str]
    """Where the environment may stand: beside this file, else (read-only folder) in the user's own data."""
    base = os.environ.get("LOCALAPPDATA") or os.path.join(os.path.expanduser("~"), ".local", "share")
    name = "".join(letter if letter.isalnum() else "_" for letter in ROOT)[-80:]
    return [os.path.join(ROOT, ".venv"), os.path.join(base, "selfeval_xlsx", name)]


def _python(home):
    # type: (str) -> str
    return os.path.join(home, "Scripts", "python.exe") if os.name == "nt" else os.path.join(home, "bin", "python")


def _stamp(groups):
    # type: (tuple[str, ...]) -> bytes
    """What an environment was made for: this interpreter, this place, these dependencies."""
    with open(os.path.join(ROOT, "pyproject.toml"), "rb") as stream:
        wanted = stream.read()
    head = "%s\n%s\n%s\n" % (sys.version, ROOT, ",".join(groups))
    return head.encode("utf-8", "replace") + wanted


def _environment(groups):
    # type: (tuple[str, ...]) -> str | None
    """The environment that fits, if there is one; one with more groups than asked for fits too."""
    wanted = [_stamp(groups), _stamp(("test",))]
    for home in _homes():
        try:
            with open(os.path.join(home, STAMP), "rb") as stream:
                found = stream.read()
        except OSError:
            continue
        if found in wanted and os.path.exists(_python(home)):
            return home
    return None


# --- setting up ------------------------------------------------------------------------------------


def _set_up(groups):
    # type: (tuple[str, ...]) -> str | None
    """Make the environment and install what is pinned; None where that failed, which has been told."""
    home = _writable_home()
    if home is None:
        print("没有可以写入的文件夹，无法准备运行环境。请把整个文件夹复制到本机磁盘（如桌面）再试。")
        return None
    lock = home + ".lock"
    if not _take(lock):
        print("另一个窗口正在准备运行环境，请等它完成后再试。（如果没有别的窗口，请删除 %s 再试。）" % lock)
        return None
    try:
        return home if _build(home, groups) else None
    finally:
        os.unlink(lock)


def _writable_home():
    # type: () -> str | None
    for home in _homes():
        try:
            os.makedirs(os.path.dirname(home), exist_ok=True)
            probe = home + ".probe"
            with open(probe, "wb"):
                pass
            os.unlink(probe)
        except OSError:
            continue
        return home
    return None


def _take(lock):
    # type: (str) -> bool
    """Take the lock; one left behind by a set-up that was killed is taken over."""
    try:
        handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        with open(lock) as stream:
            holder = stream.read().strip()
        if holder.isdigit() and _alive(int(holder)):
            return False
        os.unlink(lock)
        return _take(lock)
    with os.fdopen(handle, "w") as stream:
        stream.write(str(os.getpid()))
    return True


def _alive(process):
    # type: (int) -> bool
    if os.name == "nt":
        import subprocess  # noqa: PLC0415

        listing = subprocess.run(  # noqa: S603
            ["tasklist", "/FI", "PID eq %d" % process, "/NH"], capture_output=True, check=False  # noqa: S607
        )
        return str(process).encode() in listing.stdout
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _build(home, groups):
    # type: (str, tuple[str, ...]) -> bool
    import shutil  # noqa: PLC0415 - not on the fast path
    import venv  # noqa: PLC0415

    print("首次使用，正在准备运行环境，只需一次，大约一两分钟……")
    print("第 1 步（共 3 步）：建立独立的运行环境。")
    if os.path.exists(home):
        shutil.rmtree(home)
    try:
        venv.create(home, with_pip=True)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - ensurepip fails in many ways
        _write_log(str(error))
        print("建立运行环境失败。在 Debian、Ubuntu 上请先安装：sudo apt install python3-venv。详情见 %s。" % LOG)
        shutil.rmtree(home, ignore_errors=True)
        return False
    print("第 2 步（共 3 步）：安装所需的组件。")
    if not _install(home, groups):
        return False
    print("第 3 步（共 3 步）：完成。")
    stamp = os.path.join(home, STAMP)
    with open(stamp + ".new", "wb") as stream:
        stream.write(_stamp(groups))
    os.replace(stamp + ".new", stamp)
    return True


def _install(home, groups):
    # type: (str, tuple[str, ...]) -> bool
    """Install the pinned dependencies: from the folder wheels/ without network, where one lies there."""
    import subprocess  # noqa: PLC0415

    wheels = os.path.join(ROOT, "wheels")
    offline = ["--no-index", "--find-links", wheels] if os.path.isdir(wheels) else []
    result = subprocess.run(  # noqa: S603 - the command is made here
        [
            _python(home), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
            "--no-warn-script-location", *offline, *requirements(groups),
        ],
        capture_output=True,
        check=False,
    )  # fmt: skip
    if result.returncode == 0:
        return True
    _write_log((result.stdout + result.stderr).decode("utf-8", "replace"))
    if offline:
        print("安装组件失败：wheels 文件夹里的组件不全，或不适合本机的 Python %s。" % sys.version.split()[0])
    else:
        print("安装组件失败，多半是不能上网。请连上网络再试；不能上网的电脑，请向维护人员要一个 wheels 文件夹，放在本文件夹里再试。")
    print("详情见 %s，可发给维护人员。" % os.path.join(ROOT, LOG))
    return False


def requirements(groups):
    # type: (tuple[str, ...]) -> list[str]
    """The pinned requirements of pyproject.toml, with those of ``groups``."""
    import tomllib  # noqa: PLC0415 - not on the fast path

    with open(os.path.join(ROOT, "pyproject.toml"), "rb") as stream:
        project = tomllib.load(stream)
    wanted = list(project["project"]["dependencies"])
    for group in groups:
        wanted += project["dependency-groups"][group]
    return wanted


# --- when things go wrong --------------------------------------------------------------------------


def _with_newer_python(arguments):
    # type: (list[str]) -> int
    """Start again with a newer Python, where one is found."""
    import shutil  # noqa: PLC0415
    import subprocess  # noqa: PLC0415

    for minor in (13, 12, 11):
        command = ["py", "-3.%d" % minor] if os.name == "nt" else ["python3.%d" % minor]
        if shutil.which(command[0]) and not subprocess.call(command + ["-c", ""], stderr=subprocess.DEVNULL):  # noqa: S603
            return subprocess.call(command + [os.path.abspath(__file__)] + arguments)  # noqa: S603
    print("需要 Python 3.11 或更新的版本，现在的是 %s。请安装新版 Python 后再试。" % sys.version.split()[0])
    return 2


def _fault():
    # type: () -> int
    import traceback  # noqa: PLC0415

    _write_log(traceback.format_exc())
    print("启动时出错了，详情已写入 %s，请把这个文件发给维护人员。" % LOG)
    return 2


def _write_log(text):
    # type: (str) -> None
    """Write the log beside this file, or where that cannot be written in the working folder."""
    for folder in (ROOT, os.getcwd()):
        try:
            with open(os.path.join(folder, LOG), "w", encoding="utf-8") as stream:
                stream.write("%s\n%s\n" % (sys.version, text))
        except OSError:
            continue
        return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
