"""Builds the page, and the kit that is handed to clerks with it.

The page is one HTML file that holds the program, its libraries, a template and a rulebook, and Python for the browser:
Pyodide, an npm package known by name, version and digest. The kit is one zip: the page, the blank workbook,
instructions, a filled sample; for those who prefer the double-click script, it is added with what one kind of computer
needs to run it without network. Same input, same bytes.
"""

import base64
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from selfeval_xlsx import files
from selfeval_xlsx.checks import RULES
from selfeval_xlsx.errors import FileAccessError
from selfeval_xlsx.form.declare import Section
from selfeval_xlsx.form.form import PLAN
from selfeval_xlsx.outputs.report_setup import Kit, prepared

PYODIDE = "0.29.5"
PYODIDE_DIGEST = "6749b10ee515a1458ecea36d860c8ce2a48366e85b3f92d749ad1840e4aff181"
"""SHA-256 of the npm package's archive."""

LIBRARIES = ("defusedxml", "et_xmlfile", "jinja2", "markupsafe", "openpyxl", "xlsxwriter")
"""What the program needs in a browser, by import name; all of them run without compiled code."""

LEFT_OUT = ("__main__.py", "api.py", "cli.py", "usage.py", "desk/", "proof/", "page/build.py", "templates/")
"""Of the program, what only a computer with Python uses; the templates are added as they were chosen."""

_HERE = Path(__file__).parent
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_LICENCES = "Pyodide（MPL-2.0）、CPython（PSF-2.0）、{}。许可全文随各组件一并打包在本文件内。"


@dataclass(frozen=True)
class Runtime:
    """Python for the browser, as files of the Pyodide package."""

    loader: bytes
    module: bytes
    wasm: bytes
    stdlib: bytes
    lock: str
    """The lock file with no packages in it: nothing is ever loaded from elsewhere."""


def runtime() -> Runtime:
    """Pyodide from the npm registry, or from the copy kept since the last build.

    Raises:
        FileAccessError: npm is missing, gives no package, or another one than the one known here.

    """
    return opened(_package())


def opened(package: bytes) -> Runtime:
    """The files of a Pyodide package's archive.

    Raises:
        FileAccessError: the archive is not the one whose digest is known here.

    """
    if hashlib.sha256(package).hexdigest() != PYODIDE_DIGEST:
        raise FileAccessError(f"pyodide {PYODIDE} 的内容与登记的不符，没有使用。请重新下载，或检查软件源。")
    with tarfile.open(fileobj=io.BytesIO(package)) as archive:

        def content(name: str) -> bytes:
            member = archive.extractfile(f"package/{name}")
            assert member is not None, name
            return member.read()

        lock = {**json.loads(content("pyodide-lock.json")), "packages": {}}
        return Runtime(
            content("pyodide.js"),
            content("pyodide.asm.js"),
            content("pyodide.asm.wasm"),
            content("python_stdlib.zip"),
            json.dumps(lock, sort_keys=True),
        )


def kept_package() -> Path:
    """Where the Pyodide package is kept between builds."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "selfeval_xlsx" / f"pyodide-{PYODIDE}.tgz"


def _package() -> bytes:
    kept = kept_package()
    if kept.is_file():
        return files.read(kept)
    npm = shutil.which("npm")
    if npm is None:
        raise FileAccessError("制作网页需要 npm（Node.js 自带）。请先安装 Node.js，再试一次。")
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", f"pyodide@{PYODIDE}", "--pack-destination", folder, "--silent"]
        done = subprocess.run(command, cwd=folder, capture_output=True, stdin=subprocess.DEVNULL, check=False)
        made = list(Path(folder).glob("*.tgz"))
        if done.returncode or not made:
            raise FileAccessError(f"npm 没有取到 pyodide {PYODIDE}。多半是没有网络，请连网后再试。")
        package = files.read(made[0])
    kept.parent.mkdir(parents=True, exist_ok=True)
    files.write(kept, package)
    return package


def build(python: Runtime, made_with: Kit) -> bytes:
    """The page, with the template and the rulebook of ``made_with``."""
    parts = {
        "wasm": python.wasm,
        "stdlib": python.stdlib,
        "program": _program(prepared(made_with)),
        "module": python.module,
        "loader": _without_map(python.loader),
        "engine": (_HERE / "engine.js").read_bytes(),
    }
    return _page(parts, python.lock).encode()


def _without_map(script: bytes) -> bytes:
    """A script without the line that names its map, which would be asked for."""
    return re.sub(rb"\n//# sourceMappingURL=.*", b"", script)


def _program(shipped: Mapping[str, bytes]) -> bytes:
    """The program, its libraries and the ``shipped`` templates as one zip."""
    content = {f"selfeval_xlsx/templates/{name}": data for name, data in shipped.items()}
    return _zipped(content | dict(_sources()), zipfile.ZIP_STORED)  # the page packs the whole


def _sources() -> Iterator[tuple[str, bytes]]:
    own = _HERE.parent
    for path in sorted(own.rglob("*")):
        name = path.relative_to(own).as_posix()
        if path.suffix in {".py", ".toml"} and not name.startswith(LEFT_OUT):
            yield f"selfeval_xlsx/{name}", path.read_bytes()
    for library in LIBRARIES:
        spec = find_spec(library)
        assert spec is not None, library
        assert spec.origin is not None, library
        home = Path(spec.origin).parent
        for path in sorted(home.rglob("*")):
            if path.suffix in {".py", ".json", ".yaml", ".txt"} and "__pycache__" not in path.parts:
                yield f"{library}/{path.relative_to(home).as_posix()}", path.read_bytes()
        for part in metadata.files(library) or ():
            if re.match(r"licen[cs]e|copying", part.name, re.IGNORECASE):
                yield f"licences/{library}-{part.name}", part.read_binary()


def _page(parts: Mapping[str, bytes], lock: str) -> str:
    """The page's HTML around its packed ``parts``."""
    style, script, check = map(_text, ("page.css", "page.js", "check.js"))
    held = "\n".join(
        f'<script type="text/plain" id="part-{name}">{_packed(data)}</script>' for name, data in parts.items()
    )
    safe_lock = lock.replace("<", "\\u003c")
    held += f'\n<script type="text/plain" id="part-lock">{safe_lock}</script>'
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data: blob:; "
        f"style-src '{_fingerprint(style)}'; worker-src blob:; "
        f"script-src '{_fingerprint(check)}' '{_fingerprint(script)}' blob: 'wasm-unsafe-eval'; connect-src 'none'"
    )
    libraries = "、".join(f"{name}（{_licence(name)}）" for name in LIBRARIES)
    words = {
        "policy": policy,
        "style": style,
        "check": check,
        "licences": escape(_LICENCES.format(libraries)),
        "parts": held,
        "script": script,
    }
    return _filled("page.html", words)


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _filled(name: str, words: Mapping[str, str]) -> str:
    """The page ``name`` with its ``@@marks@@`` replaced."""
    return re.sub(r"@@(\w+)@@", lambda mark: words[mark[1]], _text(name))


def _licence(library: str) -> str:
    """The licence a library names for itself, in short."""
    about = metadata.metadata(library)
    stated = next((about[name] for name in ("License-Expression", "License") if name in about), "")
    return stated.splitlines()[0][:20] if stated else "见所附许可"


def _packed(data: bytes) -> str:
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()


def _fingerprint(source: str) -> str:
    """What a content security policy knows an inline script or style by."""
    return f"sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}"


# --- the kit --------------------------------------------------------------------------------------

PAGE = "自评报告.html"
GUIDE = "使用说明.html"
SCRIPT_FOLDER = "双击脚本"
STARTERS = {"windows": "生成报告.cmd", "macos": "生成报告.command", "linux": "生成报告.command"}
"""What is double-clicked, by the kind of computer."""
COMPILING = ("docxtpl", "lxml", "python-docx", "typing_extensions")
"""Of what the program is built on, what only compiles a template: a kit's template comes compiled, all else is pure Python."""
COMMONEST = ("FIL01", "FIL02", "SUM02", "SUM03", "EXE02", "EXE01", "SUM12", "IND05", "IND10", "NAR01")
"""The findings that clerks meet most, in the order of the workbook: what is missing or unreadable, sums, rates, points, texts."""

_COMPILED = (".so", ".pyd", ".c")
_ROOT = Path(__file__).parents[2]
_STEPS = (
    (
        "填表",
        f"打开 {files.WORKBOOK}，另存一份，按第一张表「填表说明」填写，保存并关闭。不掌握的留空，确实为零的填 0。",
        "workbook",
    ),
    ("放进网页", f"双击 {PAGE}，用浏览器打开（不用联网，数据不会离开这台电脑），把填好的表拖进去。", "page"),
    (
        "保存结果",
        "没有错误，保存 Word 报告；有错误，保存“核对标注”副本：标红的格子改好、保存，再放进去一次。",
        "marked",
    ),
)


def kit(page: bytes, templates: Mapping[str, bytes], system: str = "", python: bytes | None = None) -> bytes:
    """The kit with ``page`` in it, as a zip; with the script for ``system`` (of :data:`STARTERS`) where one is named.

    ``templates`` are those of :func:`selfeval_xlsx.outputs.report_setup.prepared`; ``python`` is the zip of an
    embeddable Python for Windows, which the script then runs on.

    Raises:
        FileAccessError: a component cannot be had, or what is needed is not in this folder.

    """
    sample = _ROOT / "sample_workbooks" / "good" / "云岭县职业教育中心.xlsx"
    content = {
        PAGE: page,
        files.WORKBOOK: templates[files.WORKBOOK],
        GUIDE: guide().encode(),
        "填好的样例.xlsx": files.read(sample),
    }
    if system:
        script = _script(STARTERS[system], templates, python)
        content |= {f"{SCRIPT_FOLDER}/{name}": data for name, data in script.items()}
    return _zipped(content)


def _zipped(content: Mapping[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        for name, data in sorted(content.items()):
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.external_attr = (0o755 if name.endswith(".command") else 0o644) << 16
            package.writestr(entry, data, packing)
    return stream.getvalue()


# --- the script ---------------------------------------------------------------------------------


def _script(starter: str, templates: Mapping[str, bytes], python: bytes | None) -> dict[str, bytes]:
    """The folder of the double-click script: the program, its components, a Python of its own where one is given."""
    names = ["launch.py", starter, "docs/install-python.html"]
    program = {name: files.read(_ROOT / name) for name in names}
    for path in (_ROOT / "selfeval_xlsx").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            program[path.relative_to(_ROOT).as_posix()] = files.read(path)
    program |= {f"templates/{name}": data for name, data in templates.items()}
    project = files.read_text(_ROOT / "pyproject.toml")
    project = re.sub(rf'^ *"(?:{"|".join(COMPILING)})==[^"]*",\n', "", project, flags=re.MULTILINE)
    program["pyproject.toml"] = project.encode()
    wheels = dict(map(_pure, _wheels(tomllib.loads(project)["project"]["dependencies"])))
    if python is None:
        return program | {f"wheels/{name}": data for name, data in wheels.items()}
    return program | dict(_ready(python, wheels.values()))


def _wheels(pinned: Iterable[str]) -> list[tuple[str, bytes]]:
    """What the program is built on, by file name."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
        command += ["--disable-pip-version-check", "--only-binary=:all:"]
        command += [pin.partition(";")[0].strip() for pin in pinned]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode:
            last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise FileAccessError(
                f"没有取到双击脚本用的组件（{''.join(last)}）。多半是没有网络，请连网后再试。"
            )
        return [(path.name, files.read(path)) for path in sorted(Path(folder).glob("*.whl"))]


def _pure(wheel: tuple[str, bytes]) -> tuple[str, bytes]:
    """A wheel fit for every computer: without the compiled part that its library does without where there is none."""
    name, data = wheel
    if name.endswith("-none-any.whl"):
        return wheel
    project, version, *_ = name.split("-")
    about = f"{project}-{version}.dist-info"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        kept = {path: archive.read(path) for path in archive.namelist() if not path.endswith(_COMPILED)}
    tags = re.sub(rb"(?m)^Tag: .*\n", b"", kept[f"{about}/WHEEL"]).rstrip() + b"\nTag: py3-none-any\n"
    kept[f"{about}/WHEEL"] = tags.replace(b"Root-Is-Purelib: false", b"Root-Is-Purelib: true")
    del kept[f"{about}/RECORD"]
    lines = []
    for path, content in kept.items():
        checksum = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        lines.append(f"{path},sha256={checksum},{len(content)}\n")
    kept[f"{about}/RECORD"] = "".join([*lines, f"{about}/RECORD,,\n"]).encode()
    return f"{project}-{version}-py3-none-any.whl", _zipped(kept)


def _ready(python: bytes, wheels: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    """An embeddable Python with all components in it, ready to run: nothing is installed on the clerk's computer."""
    found = False
    try:
        with zipfile.ZipFile(io.BytesIO(python)) as archive:
            for name in archive.namelist():
                data = archive.read(name)
                if paths := re.fullmatch(r"python3(\d+)\._pth", name):
                    found = True
                    data = f"python3{paths[1]}.zip\r\n.\r\nLib\\site-packages\r\n..\r\n".encode()
                yield f"python/{name}", data
    except zipfile.BadZipFile:
        raise FileAccessError("--python 要的是官方的 Windows embeddable package（.zip）。") from None
    if not found:
        raise FileAccessError("--python 要的是官方的 Windows embeddable package（.zip），这一份不是。")
    for wheel in wheels:
        with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
            for name in archive.namelist():
                yield f"python/Lib/site-packages/{name}", archive.read(name)
    yield "python/selfeval-ready", b""


# --- the instructions ---------------------------------------------------------------------------


def guide() -> str:
    """使用说明.html: three steps with pictures, the commonest findings with what to do, the terms of the form."""
    steps = "".join(
        f"<li><h2>{escape(title)}</h2><p>{escape(text)}</p>{_picture(picture)}</li>"
        for title, text, picture in _STEPS
    )
    by_code = {rule.code: rule for rule in RULES}
    findings = _rows((by_code[code].title, by_code[code].remedy) for code in COMMONEST)
    terms = _rows(_terms().items())
    return _filled("guide.html", {"steps": steps, "findings": findings, "terms": terms})


def _rows(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f"<tr><td>{escape(left)}</td><td>{escape(right)}</td></tr>" for left, right in pairs)


def _picture(name: str) -> str:
    data = base64.b64encode(files.read(_ROOT / "docs" / "pictures" / f"{name}.png")).decode()
    return f'<img alt="" src="data:image/png;base64,{data}">'


def _terms() -> Mapping[str, str]:
    """The words of the budget and the goals with their notes."""
    terms: dict[str, str] = {}
    for page in PLAN.sheets:
        for block in page.blocks if page.key in {"budget", "goals"} else ():
            for slot in block.slots if isinstance(block, Section) else block.columns:
                if slot.field.note:
                    terms.setdefault(slot.field.head, slot.field.note)
    return terms
