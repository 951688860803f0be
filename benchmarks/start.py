"""Cold start of one report: this tool beside a plain script of pandas.read_excel and docxtpl.

``python3 benchmarks/start.py [RUNS]`` prints the median processor time of both and the share of the tool, and what the tool loads.
The plain script needs pandas, which the tool itself does not; without it only the tool is timed.
"""

import importlib.util
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "sample_workbooks" / "good" / "云岭县职业教育中心.xlsx"

PLAIN = """
import sys
import pandas
from docxtpl import DocxTemplate
book, template, out = sys.argv[1:]
sheets = pandas.read_excel(book, sheet_name=None, header=None, dtype=str, keep_default_na=False, engine="openpyxl")
context = {name: frame.values.tolist() for name, frame in sheets.items()}
document = DocxTemplate(template)
document.render(context, autoescape=True)
document.save(out)
"""


def plain_template(folder: Path) -> Path:
    """A Word file of the shipped report's length whose fields the plain script can fill."""
    from docx import Document

    document = Document()
    for row in range(150):
        document.add_paragraph(f"{{{{ 预算[{row % 40}][1] }}}}元，{{{{ 概况[{row % 40}][1] }}}}")
    path = folder / "plain.docx"
    document.save(str(path))
    return path


def median(command: list[str], runs: int) -> float:
    """The median processor time of ``command`` in seconds, after one run to warm the disk."""
    times = []
    for _ in range(runs + 1):
        begin = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(used.ru_utime + used.ru_stime - begin.ru_utime - begin.ru_stime)
    return statistics.median(times[1:])


def loaded() -> list[str]:
    """The slowest imports of a report: name and milliseconds, its own imports included."""
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "selfeval_xlsx", "report", str(BOOK), "-o", folder],
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    rows = [line.split("|") for line in run.stderr.decode().splitlines() if line.count("|") == 2]
    times = {name.strip(): int(total) for _, total, name in rows if total.strip().isdigit()}
    wanted = (
        "openpyxl",
        "docxtpl",
        "lxml.etree",
        "jinja2",
        "click",
        "docx",
        "selfeval_xlsx.form.form",
        "numpy",
        "pandas",
    )
    return [f"{name:<22}{times[name] / 1000:8.1f} ms" for name in wanted if name in times]


def main() -> None:
    """Time both and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tool = [sys.executable, "-m", "selfeval_xlsx", "report", str(BOOK), "-o", str(folder)]
        own = median(tool, runs)
        print(f"selfeval report        {own:8.3f} s")
        if importlib.util.find_spec("pandas"):
            script = folder / "plain.py"
            script.write_text(PLAIN, encoding="utf-8")
            other = median(
                [
                    sys.executable,
                    str(script),
                    str(BOOK),
                    str(plain_template(folder)),
                    str(folder / "out.docx"),
                ],
                runs,
            )
            print(f"plain pandas + docxtpl {other:8.3f} s   selfeval / it {own / other:.2f}")
        else:
            print("plain pandas + docxtpl: pandas is not installed")
    print(*loaded(), sep="\n")


if __name__ == "__main__":
    main()
