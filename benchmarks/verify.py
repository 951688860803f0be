"""How well ``verify`` finds edits of a signed report: single edits of every kind in every way, and saving without edits.

Figures, grades, names and bounds are changed or deleted, rows, totals, attachments and charts taken out, figures added,
and harmless things done, on the XML as Word writes it (runs split, changes tracked, accepted, rejected) and in LibreOffice, through .docx, .odt and .doc.

Run it from anywhere: ``python3 benchmarks/verify.py``. Prints what was found, missed, misplaced and alarmed
falsely; LibreOffice takes part where it is installed. Exit status 1 where anything is missed.
"""

import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from selfeval_xlsx.findings import Severity  # noqa: E402
from selfeval_xlsx.form.kinds import LongText  # noqa: E402
from selfeval_xlsx.form.values import answers_of  # noqa: E402
from selfeval_xlsx.job import make_report  # noqa: E402
from selfeval_xlsx.outputs import report_setup  # noqa: E402 - the root must be on the path first
from selfeval_xlsx.signed.differences import Difference, Kind  # noqa: E402
from selfeval_xlsx.signed.verification import Provenance, Verification, verify  # noqa: E402
from selfeval_xlsx.workbook.reader import read_workbook  # noqa: E402
from tests import word_edits  # noqa: E402
from tests.office import at_work, program  # noqa: E402
from tests.word_edits import Edit, edits, resaves  # noqa: E402

EDITS = 200
SEED = 20260320
OFFICE_HABITS = {"as written", "comments", "runs split", "run controls", "alternatives", "tracked insertion"}


@dataclass(frozen=True)
class Case:
    """A good sample with its report."""

    book: tuple[bytes, str]
    report: bytes
    tools: report_setup.Kit

    def verify(self, report: bytes) -> Verification:
        """Hold an edited report against the sample."""
        return verify((report, "报告.docx"), self.book, self.tools.template, self.tools.rules)


def cases() -> list[Case]:
    """The good samples."""
    tools = report_setup.load()
    found = []
    for path in sorted((ROOT / "sample_workbooks" / "good").glob("*.xlsx")):
        report = make_report(path.read_bytes(), path.name, tools.template, tools.rules).report
        if report is not None:
            found.append(Case((path.read_bytes(), path.name), report, tools))
    return found


def judged(edit: Edit, differences: tuple[Difference, ...]) -> str:
    """``found``, or what is wrong with what was said of ``edit``."""
    errors = [each for each in differences if each.severity is Severity.ERROR]
    if edit.what in {"sentence reworded", "paragraph deleted"}:
        kind = Kind.WORDING if edit.what == "sentence reworded" else Kind.REMOVED
        place = edit.place if edit.what == "sentence reworded" else f"原{edit.place}"
        hits = [each for each in differences if each.kind is kind]
        if errors:
            return "false error"
    else:
        place = edit.place
        hits = [each for each in errors if edit.old in each.expected and edit.new in each.found]
    if not hits:
        return "missed"
    if hits[0].place != place:
        return "misplaced"
    return "found" if len(differences) == 1 else "found, and more said"


def measure_edits(samples: list[Case]) -> int:
    """Print how the edits fared; returns how many were not found as they should be."""
    tally: Counter[tuple[str, str, str]] = Counter()
    seconds, amiss = 0.0, 0
    for number, case in enumerate(samples):
        for edit in edits(case.report, EDITS // len(samples), SEED + number):
            start = time.perf_counter()
            differences = case.verify(edit.report).differences
            seconds += time.perf_counter() - start
            verdict = judged(edit, differences)
            tally[edit.what, edit.how, verdict] += 1
            if not verdict.startswith("found"):
                amiss += 1
                print(f"! {verdict}: {edit}")
                print(*(f"    {each}" for each in differences), sep="\n")
    total = sum(tally.values())
    print(
        f"{total} single edits, {total - amiss} found at the right place, {seconds / total * 1000:.0f} ms each"
    )
    for (what, how, verdict), count in sorted(tally.items()):
        print(f"  {count:4}  {what}, {how}: {verdict}")
    return amiss


# --- changes that matter, and changes that do not ---------------------------------------------------


@dataclass(frozen=True)
class Wish:
    """One edit: ``old``, which the report says once, becomes ``new``; what is to be said of it, and of which cell."""

    what: str
    old: str
    new: str
    least: Severity | None
    """Told at least so gravely; None: no error and no warning."""
    cell: str = ""
    """The only cell that holds it; empty where several do."""


def wishes(case: Case, seed: int) -> list[Wish]:
    """Every kind of edit at places drawn by ``seed``."""
    rng = random.Random(seed)
    targets = word_edits.targets(case.report)
    every = "\n".join(each.text for each in word_edits.targets(case.report))
    evaluation = read_workbook(*case.book)
    cells = Counter(answer.show() for _, answer in answers_of(evaluation))
    refs = {answer.show(): str(answer.ref) for _, answer in answers_of(evaluation)}
    texts = "\n".join(
        answer.show() for _, answer in answers_of(evaluation) if isinstance(answer.field.kind, LongText)
    )

    def unique(text: str, start: int, end: int, new: str) -> tuple[str, str] | None:
        """The words around ``text[start:end]`` that the report says once, before and after the edit."""
        for reach in range(14):
            first, last = max(0, start - reach), min(len(text), end + reach)
            if every.count(text[first:last]) == 1:
                return text[first:last], f"{text[first:start]}{new}{text[end:last]}"
        return None

    def drawn(
        what: str, pattern: str, new: Callable[[re.Match[str]], str], least: Severity | None, count: int
    ) -> Iterator[Wish]:
        places = [(each.text, match) for each in targets for match in re.finditer(pattern, each.text)]
        for text, match in rng.sample(places, min(count, len(places))):
            words = unique(text, *match.span(), new(match))
            if words is not None:
                cell = refs[match[0]] if cells[match[0]] == 1 and match[0] not in texts else ""
                yield Wish(what, *words, least, cell)

    def other(match: re.Match[str]) -> str:
        at = rng.choice([place for place, letter in enumerate(match[0]) if letter.isdigit()])
        return f"{match[0][:at]}{rng.choice([each for each in '123456789' if each != match[0][at]])}{match[0][at + 1 :]}"

    def swapped(match: re.Match[str]) -> str:
        number = match[0]
        places = [
            at
            for at in range(len(number) - 1)
            if number[at : at + 2].isdigit() and number[at] != number[at + 1]
        ]
        if not places:
            return other(match)
        at = rng.choice(places)
        return f"{number[:at]}{number[at + 1]}{number[at]}{number[at + 2 :]}"

    error, warning = Severity.ERROR, Severity.WARNING
    amount, rate = r"(?<![\d,.])\d[\d,]*\.\d{2}(?![\d%])", r"(?<![\d.])\d+\.\d+%"
    plain = [
        *drawn("amount changed", amount, other, error, 24),
        *drawn("digits exchanged", amount, swapped, error, 8),
        *drawn("rate changed", rate, other, error, 12),
        *drawn("count changed", r"(?<![\d.,≥≤年])\d{2,4}(?=[人名个次])", other, error, 6),
        *drawn("figure deleted", amount, lambda _: "", error, 8),
        *drawn("rate deleted", rate, lambda _: "", error, 4),
        *drawn("scale changed", r"(?<=\d)万元", lambda _: "元", error, 4),
        *drawn(
            "direction turned",
            "增加(?=[\\d])|增长(?=[\\d])",
            lambda m: {"增加": "减少", "增长": "下降"}[m[0]],
            error,
            2,
        ),
        *drawn("grade changed", "(?<=等级为“).(?=”)", lambda m: "良" if m[0] == "优" else "优", error, 1),
        *drawn("comparator turned", "≥(?=\\d)", lambda _: "≤", error, 4),
        *drawn("comparator dropped", "≥(?=\\d)", lambda _: "", warning, 4),
        *drawn("bound turned", "不低于|不少于", lambda _: "不超过", error, 2),
        *drawn("bound dropped", "不低于|不少于|(?<=[人次）])以上", lambda _: "", warning, 3),
        *drawn(
            "figure in added words contradicts",
            "(?<=。)(?=截至12月31日)",
            lambda _: "部门整体支出执行数1,234.56万元。",
            error,
            1,
        ),
        *drawn(
            "figure in added words is unknown",
            "(?<=。)(?=[与执]行?数?与?上年)",
            lambda _: "另支出7,654.32万元。",
            warning,
            1,
        ),
        *drawn(
            "unit name changed",
            re.escape(evaluation.overview.identity.unit_name.show()),
            lambda m: m[0].replace("中心", "学校"),
            error,
            1,
        ),
    ]
    quiet = [
        *drawn("counted in 亿元", r"(?<![\d,.])\d,\d{3}\.\d{2}万元", lambda m: f"{float(m[0][:-2].replace(',', '')) / 10000:.2f}亿元", None, 3),
        *drawn("rounded with 约", r"(?<![\d,.])\d,\d{3}\.\d{2}万元", lambda m: f"约{round(float(m[0][:-2].replace(',', '')))}万元", None, 3),
        *drawn("counted in 元", r"(?<![\d,.])[\d,]+\.\d{2}万元", lambda m: f"{round(float(m[0][:-2].replace(',', '')) * 10000):,}元", None, 3),
        *drawn("comma dropped", r"(?<![\d,.])\d,\d{3}\.\d{2}", lambda m: m[0].replace(",", ""), None, 4),
        *drawn("full width", amount, lambda m: m[0].translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789,."}), None, 3),
        *drawn("negative in brackets", r"(?<![\d,.])-\d+\.\d{2}", lambda m: f"（{m[0][1:]}）", None, 2),
        *drawn("words put in", "(?<=，)(?=[\\u4e00-\\u9fff]{3})", lambda _: rng.choice(["切实", "也", "基本"]), None, 8),
        *drawn("numeral became a word", "二次(?=招标)", lambda _: "重新", None, 1),
        *drawn("words of the same meaning", "(?<=全年)(?=开展)|(?<=已经)建立", lambda m: f"共{m[0]}", None, 2),
        *drawn("stop changed", "。(?=.)", lambda _: "；", None, 3),
    ]  # fmt: skip
    return [*plain, *quiet]


def measure_removals(samples: list[Case]) -> int:
    """Print how rows, totals, attachments and charts that were taken out fared; returns how many were not told."""
    tally: Counter[tuple[str, str, str]] = Counter()
    for case in samples:
        for removal in word_edits.removals(case.report):
            for way in word_edits.REMOVAL_WAYS:
                told = case.verify(removal.make(way)).differences
                heavy = not removal.total and any(each.severity is Severity.ERROR for each in told)
                verdict = "right" if any(map(removal.is_told_by, told)) else "missed"
                tally[removal.what, way, "false error" if heavy else verdict] += 1
                if heavy or verdict == "missed":
                    print(f"! {verdict}: {way}, {removal}", *(f"    {each}" for each in told), sep="\n")
    right = sum(count for (*_, verdict), count in tally.items() if verdict == "right")
    print(f"{tally.total()} rows, totals, attachments and charts taken out, {right} told as they should be")
    for (what, way, verdict), count in sorted(tally.items()):
        print(f"  {count:4}  {what}, {way}: {verdict}")
    return tally.total() - right


def heeded(wish: Wish, differences: tuple[Difference, ...]) -> str:
    """``right``, or what is wrong with what was said."""
    grave = [each for each in differences if each.severity is not Severity.NOTE]
    if wish.least is None:
        return "right" if not grave else "false " + grave[0].severity.name.lower()
    told = [each for each in grave if wish.least is Severity.WARNING or each.severity is Severity.ERROR]
    if not told:
        return "missed"
    computed = any(
        each.source.startswith("计算得出") for each in told
    )  # a cell may hold the same number by chance
    if wish.cell and not computed and all(wish.cell not in each.cells for each in told):
        return "wrong cell"
    return "right" if len(grave) == 1 else "right, and more said"


def on_xml(case: Case, seed: int) -> Iterator[tuple[str, Wish, bytes]]:
    """Each edit on the XML as Word writes it, every way in turn; tracked ones are left open, accepted and rejected."""
    ways = [*word_edits.HOWS, "accepted", "rejected"]
    for number, wish in enumerate(wishes(case, seed)):
        way = ways[number % len(ways)]
        changed = word_edits.replaced(
            case.report, wish.old, wish.new, "tracked" if way in {"accepted", "rejected"} else way
        )
        yield way, wish, word_edits.settled(changed, way) if way in {"accepted", "rejected"} else changed


ROUTES = (
    ("docx", ""), ("docx", "tracked"), ("odt", ""), ("doc", ""),
    ("docx", "accepted"), ("docx", "rejected"), ("odt", "tracked"),
)  # fmt: skip
"""How a report goes through LibreOffice: the kind of file saved in between, and what becomes of the changes."""


def through_writer(case: Case, seed: int, folder: Path) -> Iterator[tuple[str, Wish, bytes]]:
    """Each edit made in LibreOffice Writer, by every route in turn."""
    soffice = program()
    if not soffice:
        print("LibreOffice is not installed: left out")
        return
    source = folder / f"{seed}.docx"
    source.write_bytes(case.report)
    with at_work(soffice) as office:
        for number, wish in enumerate(wishes(case, seed)):
            kind, changes = ROUTES[number % len(ROUTES)]
            between, last = folder / f"{seed}-{number}.{kind}", folder / f"{seed}-{number}-last.docx"
            office.save(source, between, [(wish.old, wish.new)], changes)
            if kind != "docx":
                office.save(between, last)
            made = between if kind == "docx" else last
            yield f"LibreOffice {kind} {changes}".strip(), wish, made.read_bytes()


def measure_wishes(samples: list[Case]) -> int:
    """Print how every kind of edit fared in every way; returns how many were not told as they should be."""
    tally: Counter[tuple[str, str]] = Counter()
    ways: Counter[str] = Counter()
    amiss = 0
    with tempfile.TemporaryDirectory() as name:
        for number, case in enumerate(samples):
            edited = [*on_xml(case, SEED + number), *through_writer(case, SEED + 100 + number, Path(name))]
            for way, wish, report in edited:
                told = case.verify(report).differences
                meant = replace(wish, least=None) if way.endswith("rejected") else wish
                verdict = heeded(meant, told)
                tally[f"{wish.what}{'' if wish.least else ' (harmless)'}", verdict] += 1
                ways[way] += 1
                if not verdict.startswith("right"):
                    amiss += 1
                    print(f"! {verdict}: {way}, {wish}", *(f"    {each}" for each in told), sep="\n")
    print(f"{ways.total()} edits of every kind, {ways.total() - amiss} told as they should be")
    for (what, verdict), count in sorted(tally.items()):
        print(f"  {count:4}  {what}: {verdict}")
    print("  ways:", ", ".join(f"{way} {count}" for way, count in sorted(ways.items())))
    return amiss


def measure_resaves(samples: list[Case]) -> int:
    """Print how files saved without edits fared; returns how many alarms they gave."""
    saved = [(case, name, data) for case in samples for name, data in resaves(case.report, 2, SEED)]
    saved += through_office(samples)
    alarms = lost = 0
    for case, name, data in saved:
        result = case.verify(data)
        lost += result.provenance is not Provenance.SAME
        if result.differences:
            alarms += 1
            print(f"! false alarm: {name}", *(f"    {each}" for each in result.differences[:3]), sep="\n")
    print(f"{len(saved)} files saved without edits, {alarms} false alarms, origin lost in {lost}")
    return alarms


def through_office(samples: list[Case]) -> list[tuple[Case, str, bytes]]:
    """The reports as LibreOffice saves them, as written and after other habits.

    Some habits it does not survive: it repeats cells in content controls of rows, and writes "Error" over
    references to nothing. Those change what the document says, and are left out.
    """
    soffice = program()
    if not soffice:
        print("LibreOffice is not installed: left out")
        return []
    with tempfile.TemporaryDirectory() as folder:
        made: list[tuple[Case, str, Path]] = []
        for case in samples:
            habits = [("as written", case.report), *resaves(case.report, 0, SEED)]
            for label, data in [each for each in habits if each[0] in OFFICE_HABITS]:
                path = Path(folder) / f"{len(made)}.docx"
                path.write_bytes(data)
                made.append((case, f"{label} + LibreOffice", path))
        # Driven by a program, LibreOffice falls over comments; converting, it does not.
        subprocess.run(
            [soffice, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "docx",
             "--outdir", f"{folder}/out", *(str(path) for _, _, path in made)],
            check=True, capture_output=True,
        )  # fmt: skip
        return [(case, label, (Path(folder) / "out" / path.name).read_bytes()) for case, label, path in made]


if __name__ == "__main__":
    good = cases()
    amiss = [each(good) for each in (measure_edits, measure_removals, measure_wishes, measure_resaves)]
    sys.exit(int(any(amiss)))
