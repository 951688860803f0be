"""What becomes of workbooks in whose cells anything stands: 0 tracebacks, each within 10 seconds and 512 MB.

``python3 benchmarks/junk.py [COUNT [SEED]]`` makes COUNT workbooks (default 5000) of the good samples, in one to all
input cells of which junk is put: numbers of all sizes, booleans, errors, dates, formulas with and without a result,
texts with control characters, markup, tags, figures in words, thousands of characters. Each is read, checked, made a
draft report and a marked copy, one in ten a proof copy, too. Prints what became of them, the slowest, and the most
memory the run has taken; seconds are those of the processor. The exit code is 1 where anything ended in a fault nobody foresaw, or took more.
"""

import io
import random
import re
import resource
import sys
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from selfeval_xlsx.errors import SelfEvalError  # noqa: E402 - the root must be on the path first
from selfeval_xlsx.form.values import answers_of  # noqa: E402
from selfeval_xlsx.job import make_report, proof_copy  # noqa: E402
from selfeval_xlsx.office.package import Package  # noqa: E402
from selfeval_xlsx.office.tree import parse  # noqa: E402
from selfeval_xlsx.outputs import report_setup  # noqa: E402
from selfeval_xlsx.workbook.reader import read_workbook  # noqa: E402

NAME = "表.xlsx"
SECONDS, MEGABYTES = 10, 512

NUMBERS = (
    *("0", "-0", "1", "-1", "0.5", "1E-25", "5E-324", "1E308", "1.7976931348623157E+308", "1E400", "-1E400"),
    *(
        "12345678901234567890123456789",
        "0.12345678901234567890123456789",
        "NaN",
        "INF",
        "",
        "x",
        "1,5",
        "１２",
    ),
    *(
        "46097",
        "46097.5",
        "60",
        "2958466",
        "-46097",
        "20260316",
        "2025",
        "99.999999999999",
        "100",
        "21290000",
    ),
)
TEXTS = (
    *(
        "",
        " ",
        "\n\n",
        "\t",
        "　",
        "—",
        "/",
        "无",
        "不适用",
        "略",
        "……",
        "x",
        "0",
        "-1",
        "1e-25",
        "1E400",
        "+5",
        "--5",
    ),
    *(
        "9" * 29,
        "1" * 400,
        "1/3",
        "1:2:3",
        "50%",
        "５０％",
        "150%",
        "-3%",
        "1,234.5",
        "1，234",
        "3.5万元",
        "三千万元",
    ),
    *(
        "三四个",
        "壹佰元整",
        "百分之九十",
        "九成五",
        "90%以上",
        "≥90%",
        "约2885万元",
        "2025年3月16日",
        "2025-02-30",
        "3月",
    ),
    *(
        "是",
        "否",
        "TRUE",
        "#REF!",
        "#DIV/0!",
        "=1+1",
        "=HYPERLINK(0)",
        "@x",
        "{{ x }}",
        "{% for x in y %}",
        "{#",
        "}}",
    ),
    *(
        "<b>&amp;</b>",
        "]]>",
        "_x0000_",
        "_x000B_",
        "_xD800_",
        "_xFFFF_",
        "\u200b\u202e",
        "\u2028",
        "𠮷𠀀",
        "👩‍👩‍👧",
        "é" * 50,
    ),
    *(
        "【预算执行率】",
        "【没有这个】",
        "【【",
        "【指标:】",
        "【】" * 300,
        "合计",
        "小计",
        "部门整体支出",
        "长" * 32_767,
        "甲，" * 9000,
    ),
    *(
        "1.1 " * 5000,
        "（" * 3000,
        "支出100万元，增长10%，其中甲50万元、乙60万元。" * 150,
        "“" * 500 + "”" * 499,
        "①③⑤",
        "2019年",
    ),
)
FORMULAS = ("1+1", "#REF!*2", "SUM(A1:XFD1048576)", "[1]Sheet1!A1", "NOW()", "&quot;&quot;")


def junk(dice: random.Random) -> tuple[str, str]:
    """The type of a cell and what stands in it, as the sheet's XML has them."""
    text = escape(dice.choice(TEXTS))
    number = dice.choice(NUMBERS)
    formula = f"<f>{dice.choice(FORMULAS)}</f>"
    return dice.choice((
        ("n", f"<v>{number}</v>"), ("n", f"<v>{number}</v>"), ("n", f"<v>{dice.uniform(-1e6, 1e6):.4f}</v>"),
        ("inlineStr", f'<is><t xml:space="preserve">{text}</t></is>'),
        ("inlineStr", f'<is><r><t>{text}</t></r><r><t>{text}</t></r></is>' if len(text) < 100 else "<is/>"),
        ("str", f"{formula}<v>{text[:9] if '&' not in text else ''}</v>"), ("n", formula), ("n", f"{formula}<v>{number}</v>"),
        ("b", f"<v>{dice.choice('01x7')}</v>"), ("e", f"<v>{dice.choice(('#REF!', '#DIV/0!', '#N/A', '#NAME?', 'x'))}</v>"),
        ("d", f"<v>{dice.choice(('2026-03-16', '2026-03-16T00:00:00', '1899-12-31', '9999-99-99', ''))}</v>"),
        ("s", f"<v>{dice.choice(('0', '5', '-1', '99999', 'x', '1.0'))}</v>"), ("n", ""), ("boo", "<v>1</v>"),
    ))  # fmt: skip


@cache
def _samples() -> tuple[tuple[Mapping[str, bytes], tuple[tuple[str, str], ...]], ...]:
    """The parts of each good sample, and the part and coordinate of each cell the form reads."""
    made = []
    for path in sorted((ROOT / "sample_workbooks" / "good").glob("*.xlsx")):
        data = path.read_bytes()
        package = Package.opened(data, 10**9)
        titles = {}
        for each in parse(package["xl/workbook.xml"]).iter():
            if each.tag.endswith("}sheet"):
                titles[each.get("name", "")] = f"xl/worksheets/sheet{len(titles) + 1}.xml"
        cells = dict.fromkeys(
            (titles[answer.ref.sheet], answer.ref.coordinate)
            for _, answer in answers_of(read_workbook(data, NAME))
        )
        made.append((dict(package), tuple(cells)))
    return tuple(made)


def filled_with_junk(dice: random.Random) -> bytes:
    """A workbook with junk in one to all of its input cells."""
    sound, cells = dice.choice(_samples())
    parts = dict(sound)
    share = dice.choice((0.005, 0.02, 0.1, 0.5, 1))
    for path in sorted({path for path, _ in cells}):
        chosen = {place for own, place in cells if own == path and dice.random() < share}

        def replaced(match: re.Match[str], chosen: set[str] = chosen) -> str:
            if match[2] not in chosen:
                return match[0]
            kind, inside = junk(dice)
            kept = re.sub(r' t="\w+"', "", f"{match[1]}{match[3]}")
            return f'<c r="{match[2]}"{kept} t="{kind}">{inside}</c>'

        text = parts[path].decode()
        parts[path] = re.sub(
            r'<c( [^>]*?)?\s?r="([A-Z]+\d+)"([^>]*?)(?:/>|>.*?</c>)', replaced, text, flags=re.DOTALL
        ).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as target:
        for path, content in parts.items():
            target.writestr(path, content)
    return buffer.getvalue()


def outcome(book: bytes, given: report_setup.Kit, *, proof: bool) -> str:
    """What becomes of a workbook; a traceback is printed to stderr."""
    try:
        made = make_report(book, NAME, given.template, given.rules, draft=True)
        if proof:
            proof_copy(made, given.template, given.rules)
        if made.report is not None:
            package = Package.opened(made.report, 10**9)
            for path in package:
                if path.endswith(".xml"):
                    parse(package[path])
        if made.marked is not None:
            read_workbook(made.marked, NAME)
    except SelfEvalError as refusal:
        return f"refused: {re.sub(r'[0-9]+', 'N', str(refusal))[:60]}"
    except Exception:  # noqa: BLE001 - whatever it is, it is what is looked for
        traceback.print_exc()
        return "traceback"
    if any(each.log for each in made.undone):
        print(*(each.log for each in made.undone), sep="\n", file=sys.stderr)
        return "traceback"
    if made.undone:
        return f"undone: {re.sub(r'[0-9]+', 'N', str(made.undone[0]))[:60]}"
    return "findings and draft" if made.result.blocked else "report"


def main(count: int = 5000, seed: int = 1) -> int:
    """Print what became of them."""
    dice, became, slowest = random.Random(seed), Counter[str](), (0.0, 0)
    given = report_setup.load()
    for number in range(count):
        book = filled_with_junk(dice)
        start = time.process_time()
        became[outcome(book, given, proof=number % 10 == 0)] += 1
        slowest = max(slowest, (time.process_time() - start, number))
    for what, many in became.most_common():
        print(f"{many:6}  {what}")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"slowest: {slowest[0]:.2f} s (number {slowest[1]}); memory of the whole run: {most:.0f} MB")
    return int(bool(became["traceback"]) or slowest[0] > SECONDS or most > MEGABYTES)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
