"""How long the page takes to be ready and to make a report, its size and its memory, in Chromium of today and of the floor.

    .venv/bin/python benchmarks/page.py [--browser PATH …] [--rounds N]

Without --browser: Debian's chromium, and Chromium 109 (the last for Windows 7) and 103 as npm packages carry them. Prints
medians; memory is the most that the page's process ever held. Needs npm, Chromium and the dependency group "browser".
"""

import argparse
import base64
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from selfeval_xlsx.outputs import report_setup  # noqa: E402
from selfeval_xlsx.page import build  # noqa: E402

BOOK = ROOT / "sample_workbooks" / "good" / "云岭县职业教育中心.xlsx"
FLOOR = ("109.0.6", "103.0.0")
"""Versions of the npm package @sparticuz/chromium, which carries a headless build of that Chromium."""
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--headless",
)
GIVEN = """data => {
  const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
  const held = new DataTransfer();
  held.items.add(new File([bytes], "表.xlsx"));
  const input = document.getElementById("files");
  document.getElementById("status").textContent = "";
  input.files = held.files;
  input.dispatchEvent(new Event("change"));
}"""
"""Gives the page a file as a click on the button does; understood by every browser here."""
_UNPACK = (
    "const z = require('zlib'), fs = require('fs');"
    "fs.writeFileSync('chromium', z.brotliDecompressSync(fs.readFileSync('chromium.br')), { mode: 0o755 });"
)


def floor_browser(version: str, folder: Path) -> Path:
    """The Chromium of ``version``, unpacked into ``folder``."""
    command = ["npm", "pack", f"@sparticuz/chromium@{version}", "--pack-destination", str(folder), "--silent"]
    subprocess.run(command, check=True, capture_output=True)
    [package] = folder.glob("*.tgz")
    shutil.unpack_archive(package, folder)
    home = folder / "package" / "bin"
    subprocess.run(["node", "-e", _UNPACK], cwd=home, check=True)
    return home / "chromium"


def until(page: Any, condition: str) -> None:
    """Wait for ``condition``, asked of the page itself: the driver's own waiting needs a newer browser."""
    for _ in range(12_000):
        if page.evaluate(condition):
            return
        time.sleep(0.01)
    raise TimeoutError(condition)


def memory() -> float:
    """The most that a page of a browser started here has ever held, in MB (Linux)."""
    states: dict[str, dict[str, str]] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            lines = (process / "status").read_text().splitlines()
            kind = "--type=renderer" if b"--type=renderer" in (process / "cmdline").read_bytes() else ""
        except OSError:
            continue  # it has ended meanwhile
        states[process.name] = dict(line.split(":\t", 1) for line in lines if ":\t" in line) | {"kind": kind}

    def is_ours(pid: str) -> bool:
        return pid in states and (pid == str(os.getpid()) or is_ours(states[pid]["PPid"]))

    peaks = [state["VmHWM"] for pid, state in states.items() if state["kind"] and is_ours(pid)]
    return max((int(peak.split()[0]) / 1024 for peak in peaks), default=0)


def measured(
    playwright: Any, browser: str, address: str, rounds: int
) -> tuple[str, tuple[list[float], list[float], list[float], list[float]]]:
    """The browser's version; seconds to ready, for the first workbook and for each later one, MB; one list each."""
    ready, first, later, held = list[float](), list[float](), list[float](), list[float]()
    running = playwright.chromium.launch(executable_path=browser, args=list(OPTIONS))
    try:
        for _ in range(rounds):
            context = running.new_context(offline=True)
            page = context.new_page()
            start = time.perf_counter()
            page.goto(address)
            until(page, "!document.getElementById('choose').disabled")
            ready.append(time.perf_counter() - start)
            for number in range(4):
                start = time.perf_counter()
                page.evaluate(GIVEN, base64.b64encode(BOOK.read_bytes()).decode())
                until(page, "document.getElementById('status').textContent.startsWith('处理完毕')")
                (later if number else first).append(time.perf_counter() - start)
            held.append(memory())
            context.close()
        return running.version, (ready, first, later, held)
    finally:
        running.close()


def main() -> None:
    """Build the page, open it in each browser, print a table."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--browser", action="append", default=[])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "自评报告.html"
        start = time.perf_counter()
        content = build.build(build.runtime(), report_setup.load())
        print(f"built in {time.perf_counter() - start:.1f} s, {len(content) / 1e6:.2f} MB")
        page.write_bytes(content)
        browsers = options.browser or [shutil.which("chromium") or "chromium"]
        if not options.browser:
            for version in FLOOR:
                home = Path(folder) / version
                home.mkdir()
                browsers.append(str(floor_browser(version, home)))
        print(
            "| Chromium | ready, s | first workbook, s | later ones, s | memory, MB |\n|---|---|---|---|---|"
        )
        with sync_playwright() as playwright:
            for browser in browsers:
                version, figures = measured(playwright, browser, page.as_uri(), options.rounds)
                *times, held = (statistics.median(each) for each in figures)
                print(f"| {version} |", " | ".join(f"{each:.2f}" for each in times), f"| {held:.0f} |")


if __name__ == "__main__":
    main()
