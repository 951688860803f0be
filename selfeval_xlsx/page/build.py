"""Builds the page: one HTML file that holds the program, its libraries, a template and a rulebook, and Python for the browser.

Same input, same bytes. Python for the browser is Pyodide, an npm package known by name, version and digest.
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
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from selfeval_xlsx import files
from selfeval_xlsx.errors import FileAccessError
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


def build(python: Runtime, made_with: Kit, template: Path, rules: Path) -> bytes:
    """The page, with the template and the rulebook of ``made_with``, which were read from ``template`` and ``rules``."""
    parts = {
        "wasm": python.wasm,
        "stdlib": python.stdlib,
        "program": _program(prepared(made_with, template, rules)),
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
    content |= dict(_sources())
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        for name in sorted(content):
            entry = zipfile.ZipInfo(name, _EARLIEST)
            package.writestr(entry, content[name])  # stored: the page packs the whole
    return stream.getvalue()


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
    text = {name: (_HERE / f"page.{name}").read_text(encoding="utf-8") for name in ("html", "css", "js")}
    check = (_HERE / "check.js").read_text(encoding="utf-8")
    held = "\n".join(
        f'<script type="text/plain" id="part-{name}">{_packed(data)}</script>' for name, data in parts.items()
    )
    safe_lock = lock.replace("<", "\\u003c")
    held += f'\n<script type="text/plain" id="part-lock">{safe_lock}</script>'
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data: blob:; "
        f"style-src '{_fingerprint(text['css'])}'; worker-src blob:; "
        f"script-src '{_fingerprint(check)}' '{_fingerprint(text['js'])}' blob: 'wasm-unsafe-eval'; connect-src 'none'"
    )
    libraries = "、".join(f"{name}（{_licence(name)}）" for name in LIBRARIES)
    words = {
        "policy": policy,
        "style": text["css"],
        "check": check,
        "licences": escape(_LICENCES.format(libraries)),
        "parts": held,
        "script": text["js"],
    }
    return re.sub(r"@@(\w+)@@", lambda mark: words[mark[1]], text["html"])


def _licence(library: str) -> str:
    """The licence a library names for itself, in short."""
    told = metadata.metadata(library)
    stated = next((told[name] for name in ("License-Expression", "License") if name in told), "")
    return stated.splitlines()[0][:20] if stated else "见所附许可"


def _packed(data: bytes) -> str:
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()


def _fingerprint(source: str) -> str:
    """What a content security policy knows an inline script or style by."""
    return f"sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}"
