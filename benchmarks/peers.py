"""A report in a run beside other ways to it, all on one sample and a Word template of the same size.

``python3 benchmarks/peers.py [ROUNDS]`` (default 15) prints medians of alternating rounds, in milliseconds of
processor time, and their ratios: this tool with all its checks; pandas and docxtpl; SheetJS and docxtemplater,
where Node and npm are present. The others check nothing. Needs the extra ``collect``.
"""

import io
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
BOOK = ROOT / "sample_workbooks" / "good" / "云岭县职业教育中心.xlsx"
NODE = ("docxtemplater@3.71.0", "pizzip@3.3.0", "xlsx@0.18.5")
_FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?%?")
_TEXT = re.compile(r"(<w:t(?: [^>]*)?>)([^<]*)(</w:t>)")

SCRIPT = """
const fs = require("fs"), XLSX = require("xlsx"), PizZip = require("pizzip"), Docx = require("docxtemplater");
const [book, template, rounds] = process.argv.slice(2);
const bytes = fs.readFileSync(book), word = fs.readFileSync(template);
function report() {
  const sheets = XLSX.read(bytes, {type: "buffer"});
  const cells = sheets.SheetNames.flatMap(name => XLSX.utils.sheet_to_json(sheets.Sheets[name], {header: 1}).flat());
  const data = Object.fromEntries(cells.map((cell, at) => ["f" + at, String(cell ?? "")]));
  const made = new Docx(new PizZip(word), {paragraphLoop: true, linebreaks: true});
  made.render(data);
  return made.getZip().generate({type: "nodebuffer", compression: "DEFLATE"});
}
for (let n = 0; n < 20; n++) report();
const times = [];
for (let n = 0; n < +rounds; n++) {
  const begin = process.cpuUsage(); report(); const used = process.cpuUsage(begin);
  times.push((used.user + used.system) / 1000);
}
console.log(JSON.stringify(times));
"""


def template_of(report: bytes, before: str, after: str) -> bytes:
    """A template of the size of ``report``: its own text, a field for each of its figures."""
    count = 0

    def field(_: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return f"{before}f{count}{after}"

    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(report)) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            if name == "word/document.xml":
                words = content.decode()
                content = _TEXT.sub(
                    lambda part: part[1] + _FIGURE.sub(field, part[2]) + part[3], words
                ).encode()
            target.writestr(name, content)
    return stream.getvalue()


def own() -> tuple[Callable[[], object], bytes]:
    """The call that makes one report with this tool, and the report."""
    from selfeval_xlsx.job import make_report
    from selfeval_xlsx.outputs import report_setup

    kit, content = report_setup.load(), BOOK.read_bytes()

    def report() -> bytes:
        made = make_report(content, BOOK.name, kit.template, kit.rules).report
        assert made is not None
        return made

    return report, report()


def plain(template: bytes) -> Callable[[], object]:
    """What a script of pandas and docxtpl does."""
    import pandas as pd
    from docxtpl import DocxTemplate

    warnings.simplefilter("ignore", UserWarning)  # of print areas that are formulas

    def report() -> bytes:
        sheets = pd.read_excel(
            BOOK, sheet_name=None, header=None, dtype=str, keep_default_na=False, engine="openpyxl"
        )
        cells = [cell for sheet in sheets.values() for row in sheet.values.tolist() for cell in row]
        document = DocxTemplate(io.BytesIO(template))
        document.render({f"f{at}": cell for at, cell in enumerate(cells)}, autoescape=True)
        stream = io.BytesIO()
        document.save(stream)
        return stream.getvalue()

    return report


def node(folder: Path, template: bytes, rounds: int) -> list[float]:
    """Milliseconds of SheetJS and docxtemplater; none where Node is missing."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return []
    if not (folder / "node_modules").is_dir():
        subprocess.run(["npm", "install", "--silent", "--no-audit", *NODE], cwd=folder, check=True)
    (folder / "report.cjs").write_text(SCRIPT, encoding="utf-8")
    (folder / "template.docx").write_bytes(template)
    call = ["node", "report.cjs", str(BOOK), "template.docx", str(rounds)]
    return list(json.loads(subprocess.run(call, cwd=folder, check=True, capture_output=True).stdout))


def spent(report: Callable[[], object]) -> float:
    """Milliseconds of processor time of one call."""
    begin = time.process_time()
    report()
    return 1000 * (time.process_time() - begin)


def main() -> None:
    """Measure in turns and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    this, made = own()
    other = plain(template_of(made, "{{ ", " }}"))
    times: dict[str, list[float]] = {"this tool": [], "pandas + docxtpl": [], "SheetJS + docxtemplater": []}
    with tempfile.TemporaryDirectory() as name:
        for turn in range(rounds):
            times["this tool"] += [spent(this) for _ in range(4)]
            times["pandas + docxtpl"].append(spent(other))
            if turn % 5 == 0:
                times["SheetJS + docxtemplater"] += node(Path(name), template_of(made, "{", "}"), 20)
    medians = {name: statistics.median(each) for name, each in times.items() if each}
    for name, median in medians.items():
        print(f"{name:<26}{median:7.1f} ms   this tool / it {medians['this tool'] / median:.2f}")


if __name__ == "__main__":
    main()
