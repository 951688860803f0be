"""Renders the pictures of the README from the samples, with LibreOffice, pdftoppm and Chromium as ``.ci/run`` installs them.

Run it from anywhere: ``.venv/bin/python docs/pictures.py``, after the samples or the template changed.
"""

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "sample_workbooks"
FOLDER = ROOT / "docs" / "pictures"
DOTS_PER_INCH = 72


@dataclass(frozen=True)
class Picture:
    """The upper part, ``height`` dots high, of a page: the first of ``document`` that holds all of ``words``."""

    name: str
    document: str
    words: tuple[str, ...]
    height: int = 900


PICTURES = (
    Picture("workbook", "填报表.pdf", ("部门整体支出预算及执行情况", "人员经费")),
    Picture("marked", "填报表（核对标注）.pdf", ("核对结果",), 220),
    Picture("report", "报告.pdf", ("部门（单位）概况",)),
    Picture("attachment", "报告.pdf", ("图1", "人员经费")),
)


def main() -> None:
    """Write every picture."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _make_documents(folder)
        for picture in PICTURES:
            page = _page_of(folder / picture.document, picture.words)
            target = FOLDER / picture.name
            _run("pdftoppm", "-png", "-r", DOTS_PER_INCH, "-f", page, "-l", page, "-singlefile",
                 "-x", 0, "-y", 0, "-W", 900, "-H", picture.height,
                 folder / picture.document, target)  # fmt: skip
            print(f"{target.relative_to(ROOT)}.png")
        _page(folder)


def _page(folder: Path) -> None:
    """The page as it opens, and with a workbook in it that has errors; in Chromium, with the group ``browser``."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - the documents need none

    page = folder / "自评报告.html"
    _run(sys.executable, "-m", "selfeval_xlsx", "page", "-o", page)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        sheet = browser.new_page(viewport={"width": 1024, "height": 768}, device_scale_factor=0.75)
        sheet.goto(page.as_uri())
        sheet.wait_for_selector("#choose:enabled")
        sheet.screenshot(path=FOLDER / "page.png")
        sheet.set_input_files("#files", SAMPLES / "bad" / "分项加不拢.xlsx")
        sheet.wait_for_selector("#status:has-text('处理完毕')")
        sheet.locator("article").scroll_into_view_if_needed()
        sheet.screenshot(path=FOLDER / "page-findings.png")
        browser.close()
    print("docs/pictures/page.png, docs/pictures/page-findings.png")


def _make_documents(folder: Path) -> None:
    good = next((SAMPLES / "good").glob("云岭县*.xlsx"))
    (folder / "填报表.xlsx").write_bytes(good.read_bytes())
    _run(sys.executable, "-m", "selfeval_xlsx", "report", good, "-o", folder / "报告.docx")
    wrong, marked = SAMPLES / "bad" / "分项加不拢.xlsx", folder / "填报表（核对标注）.xlsx"
    _run(sys.executable, "-m", "selfeval_xlsx", "check", wrong, "--marked", marked, status=1)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    documents = sorted(each for each in folder.iterdir() if each.suffix in {".xlsx", ".docx"})
    _run("soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", folder, *documents)


def _page_of(pdf: Path, words: tuple[str, ...]) -> int:
    pages = _run("pdftotext", pdf, "-").split("\f")
    return next(
        number
        for number, text in enumerate(pages, start=1)
        if all(word in "".join(text.split()) for word in words)
    )


def _run(*command: object, status: int = 0) -> str:
    """What ``command`` prints; it must exit with ``status``."""
    done = subprocess.run([str(each) for each in command], cwd=ROOT, capture_output=True, check=False)
    if done.returncode != status:
        raise RuntimeError(f"{command[0]}: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode(errors="replace")


if __name__ == "__main__":
    main()
