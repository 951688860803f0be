"""The page in a real browser: opened from disk, offline, with files dropped on it as a clerk does."""

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from selfeval_xlsx import cli, files
from selfeval_xlsx.errors import FileAccessError
from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.job import make_report
from selfeval_xlsx.outputs import report_setup
from selfeval_xlsx.outputs.report_setup import Kit
from selfeval_xlsx.page import answers, build
from selfeval_xlsx.workbook.author import paint
from tests.conftest import GOOD, ROOT, needed, sample
from tests.word_edits import packed, parts_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SAMPLES = sorted([*GOOD.glob("*.xlsx"), *(ROOT / "sample_workbooks" / "bad").glob("*.xlsx")])
SOON = 120_000
"""How long a busy machine may take, in ms; nothing waits that long."""
REQUIRED = "SELFEVAL_REQUIRE_BROWSER"


@pytest.fixture(scope="module")
def python() -> build.Runtime:
    needed(shutil.which("npm") or build.kept_package().is_file(), "npm", REQUIRED)
    return build.runtime()


@pytest.fixture(scope="module")
def made_with() -> Kit:
    return report_setup.load()


@pytest.fixture(scope="module")
def page(python: build.Runtime, made_with: Kit) -> bytes:
    """The page as shipped."""
    return build.build(python, made_with)


@pytest.fixture(scope="module")
def address(page: bytes, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where it lies, in a folder with a Chinese name."""
    path = tmp_path_factory.mktemp("网页") / "自评报告.html"
    path.write_bytes(page)
    return path.as_uri()


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    chromium = shutil.which("chromium")
    needed(chromium, "Chromium", REQUIRED)
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=chromium, args=OPTIONS)
        yield running
        running.close()


class Desk:
    """The page before a clerk: files are chosen, what is offered is saved."""

    def __init__(self, page: "Page") -> None:
        self.page = page
        self.asked: list[str] = []
        page.set_default_timeout(SOON)
        page.on("request", lambda request: self.asked.append(request.url))

    def open(self, address: str) -> "Desk":
        self.page.goto(address)
        self.page.wait_for_selector("#choose:enabled")
        return self

    def give(self, *chosen: tuple[str, bytes]) -> None:
        """Choose files by name and content, and wait until all are handled."""
        given: Any = [
            {"name": name, "mimeType": "application/octet-stream", "buffer": content}
            for name, content in chosen
        ]
        self.page.evaluate("document.getElementById('status').textContent = ''")
        self.page.set_input_files("#files", given)
        self.page.wait_for_selector("#status:has-text('处理完毕')")

    def saved(self, button: str, card: int = 0) -> tuple[str, bytes]:
        """The name and content of what the button of that name saves, on the card of that number from above."""
        place = self.page.locator("article").nth(card)
        with self.page.expect_download() as download:
            place.get_by_role("button", name=button).click()
        return download.value.suggested_filename, Path(download.value.path()).read_bytes()

    @property
    def told(self) -> str:
        return self.page.inner_text("#results")


@pytest.fixture
def desk(browser: "Browser") -> Iterator[Desk]:
    context = browser.new_context(accept_downloads=True, offline=True, locale="zh-CN")
    yield Desk(context.new_page())
    context.close()


@pytest.fixture(scope="module")
def started(browser: "Browser", address: str) -> Iterator[Desk]:
    """One page for the tests that only give it files: its start takes seconds."""
    context = browser.new_context(accept_downloads=True, offline=True, locale="zh-CN")
    yield Desk(context.new_page()).open(address)
    context.close()


@pytest.fixture
def opened(started: Desk) -> Desk:
    """The page as after its start."""
    started.page.evaluate("document.getElementById('clear').click()")
    assert started.told == ""
    return started


def test_the_page_is_the_same_every_time(page: bytes, python: build.Runtime, made_with: Kit) -> None:
    assert page == build.build(python, made_with)
    assert b"http://" not in page.partition(b'id="part-')[0]
    assert b"https://" not in page.partition(b'id="part-')[0]


def test_another_package_is_refused() -> None:
    with pytest.raises(FileAccessError, match="与登记的不符"):
        build.opened(b"another")


@pytest.mark.parametrize("book", SAMPLES, ids=lambda path: path.stem)
def test_what_the_page_makes_is_what_the_command_line_makes(opened: Desk, made_with: Kit, book: Path) -> None:
    content = book.read_bytes()
    outcome = make_report(content, book.name, made_with.template, made_with.rules)
    opened.give((book.name, content))
    expected = outcome.marked if outcome.result.blocked else outcome.report
    assert opened.saved("保存核对标注副本" if outcome.result.blocked else "保存 Word 报告")[1] == expected
    for finding in outcome.result.findings:
        assert finding.message in opened.told
    if outcome.result.blocked:
        draft = make_report(content, book.name, made_with.template, made_with.rules, draft=True)
        name, made = opened.saved("仍要一份草稿")
        assert (name.endswith("（草稿）.docx"), made) == (True, draft.report)


def test_nothing_is_asked_of_any_network(opened: Desk) -> None:
    assert opened.asked
    assert [url for url in opened.asked if not url.startswith(("file:", "blob:", "data:"))] == []
    refused = "fetch('https://example.invalid/').then(() => false, () => true)"
    assert opened.page.evaluate(refused)


def test_the_blank_workbook_is_there_to_download(opened: Desk) -> None:
    with opened.page.expect_download() as download:
        opened.page.click("#blank")
    assert download.value.suggested_filename == files.WORKBOOK
    assert Path(download.value.path()).read_bytes() == files.shipped(files.WORKBOOK).read_bytes()


def test_proof_copy_mail_and_next_years_form(opened: Desk, tmp_path: Path) -> None:
    book = GOOD / "云岭县职业教育中心.xlsx"
    opened.give((book.name, book.read_bytes()))
    name, proof = opened.saved("核对底稿")
    assert name.endswith("（核对底稿）.docx")
    assert "word/comments.xml" in zipfile.ZipFile(io.BytesIO(proof)).namelist()
    opened.page.locator("article").first.get_by_role("button", name="复制邮件文字").click()
    opened.page.wait_for_selector("article:first-child pre")
    assert "主题：" in opened.page.inner_text("article:first-child pre")
    name, carried = opened.saved("下年填报表")
    assert cli.cli.main(["new", str(tmp_path / "下年.xlsx"), "--from", str(book)], standalone_mode=False) in {
        0,
        None,
    }
    assert carried == (tmp_path / "下年.xlsx").read_bytes()


def test_markup_in_a_workbook_stays_text(opened: Desk) -> None:
    hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>{{ 7*7 }}"
    data = sample("青石镇综合服务中心")
    data["overview"]["identity"]["unit_name"] = hostile
    data["budget"]["lines"]["total"]["outturn"] = hostile
    dialogs: list[str] = []
    opened.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    opened.give(("<b>表</b>.xlsx", paint(from_data(data), ())))
    assert "<img src=x" in opened.told
    assert opened.page.locator("#results img, #results script, #results b").count() == 0
    assert dialogs == []


def test_what_is_no_workbook_is_told_and_stops_nothing(opened: Desk) -> None:
    book = GOOD / "青石镇综合服务中心.xlsx"
    opened.give(("坏.xlsx", b"no workbook"), ("报告.docx", b"no report"), (book.name, book.read_bytes()))
    assert "青石镇综合服务中心" in opened.told
    assert opened.page.locator("article.blocked .trouble").count() >= 2


def test_an_edited_report_is_verified_with_its_workbook(opened: Desk, made_with: Kit) -> None:
    book = GOOD / "青石镇综合服务中心.xlsx"
    content = book.read_bytes()
    report = make_report(content, book.name, made_with.template, made_with.rules).report
    assert report is not None
    opened.give(("报告.docx", report), (book.name, content))
    assert "数字一致" in opened.told
    parts = parts_of(report)
    assert "2,885.53" in parts["word/document.xml"].decode()
    parts["word/document.xml"] = parts["word/document.xml"].replace(b"2,885.53", b"2,885.35", 1)
    opened.give(("改过.docx", packed(parts)))
    assert "数字不一致" in opened.told
    assert "2,885.35" in opened.told


def test_a_dozen_workbooks_at_once_and_all_in_one_zip(opened: Desk) -> None:
    book = GOOD / "青石镇综合服务中心.xlsx"
    opened.give(*((f"{number}.xlsx", book.read_bytes()) for number in range(12)))
    assert "共 12 份，可以使用 12 份" in opened.page.inner_text("#status")
    with opened.page.expect_download() as download:
        opened.page.click("#all")
    with zipfile.ZipFile(download.value.path()) as package:
        assert len(set(package.namelist())) == 12


def test_a_districts_own_template_and_rulebook(desk: Desk, python: build.Runtime, tmp_path: Path) -> None:
    template = files.shipped(files.BRIEF_REPORT)
    rules = tmp_path / "本县口径.toml"
    shipped = files.shipped(files.RULEBOOK).read_text(encoding="utf-8")
    rules.write_text(shipped.replace("thousands_comma = true", "thousands_comma = false"), encoding="utf-8")
    assert rules.read_text(encoding="utf-8") != shipped
    own = report_setup.load(template, rules)
    path = tmp_path / "自评报告.html"
    path.write_bytes(build.build(python, own))
    desk.open(path.as_uri())
    assert "本县口径.toml" in desk.page.inner_text("#about")
    book = GOOD / "云岭县职业教育中心.xlsx"
    desk.give((book.name, book.read_bytes()))
    expected = make_report(book.read_bytes(), book.name, own.template, own.rules).report
    assert desk.saved("保存 Word 报告")[1] == expected


def test_without_a_worker_it_runs_in_the_page(desk: Desk, address: str) -> None:
    desk.page.add_init_script("window.Worker = function () { throw new Error('blocked'); };")
    book = GOOD / "青石镇综合服务中心.xlsx"
    desk.open(address).give((book.name, book.read_bytes()))
    assert desk.saved("保存 Word 报告")[0].endswith(".docx")


def test_a_worker_that_dies_is_told_and_started_anew(desk: Desk, address: str) -> None:
    desk.page.add_init_script(
        "const Real = Worker; window.Worker = function (url) { const made = new Real(url); window.last = made; return made; };"
    )
    desk.open(address)
    desk.page.evaluate(
        "() => { const real = window.last; real.postMessage = () => real.onerror({ message: 'died', preventDefault() {} }); }"
    )
    book = GOOD / "青石镇综合服务中心.xlsx"
    desk.give((book.name, book.read_bytes()))
    assert "程序已重新启动" in desk.told
    desk.give((book.name, book.read_bytes()))
    assert desk.saved("保存 Word 报告")[0].endswith(".docx")


@pytest.mark.parametrize(
    ("missing", "advice"),
    [
        ("Object.defineProperty(document, 'documentMode', { value: 11 })", "极速模式"),
        ("delete window.WebAssembly", "版本太旧"),
        ("delete window.DecompressionStream", "版本太旧"),
    ],
)
def test_a_browser_that_cannot_is_told_the_way_on(
    desk: Desk, address: str, missing: str, advice: str
) -> None:
    desk.page.add_init_script(missing)
    desk.page.goto(address)
    assert advice in desk.page.inner_text("#trouble")


def test_a_fault_nobody_foresaw_leaves_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(answers, "make_report", fail)
    text, contents = answers.answer(json.dumps({"ask": "workbook", "names": ["表.xlsx"]}), [b""])
    told = json.loads(text)
    assert (told["error"], contents) == (answers.UNFORESEEN, [])
    assert "ZeroDivisionError" in told["log"]


# --- the kit ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def templates(made_with: Kit) -> dict[str, bytes]:
    return report_setup.prepared(made_with)


def test_the_kit_holds_all_a_clerk_needs(templates: dict[str, bytes]) -> None:
    from selfeval_xlsx.page.build import COMMONEST, GUIDE, PAGE, kit

    with zipfile.ZipFile(io.BytesIO(kit(b"<!DOCTYPE html>", templates))) as package:
        assert set(package.namelist()) == {PAGE, GUIDE, files.WORKBOOK, "填好的样例.xlsx"}
        guide = package.read(GUIDE).decode()
    assert len(COMMONEST) == guide.count("</td></tr>") - guide.partition("<h2>名词</h2>")[2].count(
        "</td></tr>"
    )


def as_installed(pinned: Iterable[str]) -> list[tuple[str, bytes]]:
    """Wheels of what is pinned and installed here, made of the installed files: no network is asked."""
    wheels = []
    for each in pinned:
        name, _, version = each.partition(";")[0].strip().partition("==")
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # only for another kind of computer
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as wheel:
            for file in distribution.files or ():
                if not {"..", "__pycache__"} & set(file.parts):
                    wheel.writestr(file.as_posix(), file.locate().read_bytes())  # type: ignore[attr-defined]
        tag = str(distribution.read_text("WHEEL")).rpartition("Tag: ")[2].split()[0]
        wheels.append((f"{name.replace('-', '_')}-{version}-{tag}.whl", stream.getvalue()))
    return wheels


def run(command: list[str | Path], folder: Path) -> "subprocess.CompletedProcess[str]":
    ignored = ("PYTHONPATH", "PYTHONHOME", "PIP_FIND_LINKS")
    dead = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    kept = {name: value for name, value in os.environ.items() if name not in ignored}
    return subprocess.run(
        [*map(str, command)],
        capture_output=True,
        encoding="utf-8",
        env=kept | dead,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def test_the_script_of_a_kit_is_pure_python_and_makes_the_same_report(
    templates: dict[str, bytes], made_with: Kit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Only the kit's wheels, no network: lxml and docxtpl are not there, the report is the same byte for byte."""
    monkeypatch.setattr(build, "_wheels", as_installed)
    made = build.kit(b"<!DOCTYPE html>", templates, "linux")
    with zipfile.ZipFile(io.BytesIO(made)) as package:
        package.extractall(tmp_path)
    script = tmp_path / build.SCRIPT_FOLDER
    wheels = sorted(path.name for path in (script / "wheels").iterdir())
    assert all(name.endswith("-none-any.whl") for name in wheels)
    assert not [name for name in wheels if name.startswith(("lxml", "docx", "python_docx"))]
    book = tmp_path / "填好的样例.xlsx"
    done = run([sys.executable, script / "launch.py", book], tmp_path)
    assert done.returncode == 0, done.stderr
    [report] = tmp_path.glob("*自评报告-*.docx")
    assert (
        report.read_bytes()
        == make_report(book.read_bytes(), book.name, made_with.template, made_with.rules).report
    )
    own = shutil.copy2(files.shipped(files.BRIEF_REPORT), tmp_path / "本县.docx")
    refused = run([sys.executable, script / "launch.py", "report", book, "--template", own], tmp_path)
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)
    assert "没有编译用的组件" in refused.stderr


def test_the_script_of_a_kit_runs_on_the_python_it_came_with(tmp_path: Path) -> None:
    """An environment that is ready beside Python itself is used as it is: nothing is set up."""
    home = tmp_path / "python"
    home.mkdir()
    (home / "python3").symlink_to(sys.executable)
    (home / "selfeval-ready").touch()
    shutil.copy2(ROOT / "launch.py", tmp_path)
    (tmp_path / "selfeval_xlsx" / "desk").mkdir(parents=True)
    for module in ("__init__", "desk/__init__", "desk/__main__"):
        (tmp_path / "selfeval_xlsx" / f"{module}.py").write_text("print(__name__)\n", encoding="utf-8")
    done = subprocess.run(
        [str(home / "python3"), str(tmp_path / "launch.py"), "表.xlsx"],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stdout.split()[-1] == "__main__"
    assert not (tmp_path / ".venv").exists()
