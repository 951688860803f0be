"""What clerks' edits of a right workbook lead to: a wrong figure without an error, or an error where all is right.

``python3 benchmarks/edits.py`` takes the good samples and makes every edit of these kinds, one at a time: a column of
a sheet deleted, a filled cell emptied, cells of a list with the same content merged downwards, a row of totals typed
into a list, a filled row or column or a whole sheet hidden. The figures and texts that the report would print are held
against those of the sample itself. Printed for each kind: the number of edits, how many give a wrong figure or text
and no error (0), how many give an error although everything is read as it was (0); then each of those by name.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "sample_workbooks")]

from selfeval_xlsx.checks import judge  # noqa: E402 - the root must be on the path first
from selfeval_xlsx.form.completion import completed  # noqa: E402
from selfeval_xlsx.form.data import from_data  # noqa: E402
from selfeval_xlsx.form.declare import Answer  # noqa: E402
from selfeval_xlsx.form.form import PLAN, SelfEvaluation  # noqa: E402
from selfeval_xlsx.form.rulebook import Rulebook  # noqa: E402
from selfeval_xlsx.form.values import answers_of, rows_of  # noqa: E402
from selfeval_xlsx.workbook.author import paint  # noqa: E402
from selfeval_xlsx.workbook.book import Book, load  # noqa: E402
from selfeval_xlsx.workbook.reader import read_book  # noqa: E402
from tests.test_moved_columns import appended, merged_down, with_sheet, without_column  # noqa: E402

RULES = Rulebook()
NAME = "表.xlsx"
Values = Mapping[str, object]


@dataclass(frozen=True)
class Edit:
    """One edit: its kind, what it did, the workbook after it."""

    kind: str
    what: str
    book: Book
    emptied: str = ""
    """The key of the cell that was emptied."""


def edits(book: Book, whole: SelfEvaluation) -> Iterator[Edit]:
    """Every edit of a workbook, which holds ``whole``."""
    yield from _deleted(book)
    yield from _emptied(book, whole)
    yield from _merged(book, whole)
    yield from _totalled(book, whole)
    yield from _hidden(book, whole)


def _deleted(book: Book) -> Iterator[Edit]:
    for page in PLAN.sheets:
        for column in range(1, len(page.widths) + 1):
            for keeps_text in (True, False):
                changed = without_column(book, page.name, column, keeps_text=keeps_text)
                yield Edit("column deleted", f"{page.name} {column} keeps_text={keeps_text}", changed)


def _emptied(book: Book, whole: SelfEvaluation) -> Iterator[Edit]:
    for key, answer in answers_of(whole):
        if answer.raw:
            sheet = book.sheets[answer.ref.sheet]
            cells = {place: raw for place, raw in sheet.cells.items() if place != answer.ref.place}
            yield Edit("cell emptied", key, with_sheet(book, replace(sheet, cells=cells)), key)


def _merged(book: Book, whole: SelfEvaluation) -> Iterator[Edit]:
    for key in PLAN.columns:
        table, _, name = key.rpartition(".")
        texts = [getattr(row, name).raw for row in rows_of(whole, table)]
        for first, last in _runs(texts):
            yield Edit("cells merged", f"{key} {first} to {last}", merged_down(book, key, first, last))


def _runs(texts: list[str]) -> Iterator[tuple[int, int]]:
    """First and last of neighbours that are alike."""
    start = 0
    for at in range(1, len(texts) + 1):
        if at == len(texts) or texts[at] != texts[start]:
            if at - start > 1 and texts[start]:
                yield start, at - 1
            start = at


def _totalled(book: Book, whole: SelfEvaluation) -> Iterator[Edit]:
    for page, table in PLAN.tables.values():
        columns = {slot.field.key.rpartition(".")[2]: slot.field for slot in table.columns}
        sums: dict[str, object] = {}
        for name, field in columns.items():
            values = [getattr(row, name).value for row in rows_of(whole, table.key)]
            if field.kind.numeric:
                sums[name] = sum(value for value in values if value is not None)
        for name, field in columns.items():
            if not field.kind.numeric:
                for below in (0, 1):
                    changed = appended(book, table, page, below, {**sums, name: "合计"})
                    yield Edit("row of totals", f"{table.key} {name} below={below}", changed)


def _hidden(book: Book, whole: SelfEvaluation) -> Iterator[Edit]:
    filled = {(answer.ref.sheet, answer.ref.place) for _, answer in answers_of(whole) if answer.raw}
    for page in PLAN.sheets:
        sheet = book.sheets[page.name]
        places = [place for title, place in filled if title == page.name]
        for row in sorted({row for row, _ in places}):
            changed = with_sheet(book, replace(sheet, hidden_rows=frozenset({row})))
            yield Edit("hidden", f"{page.name} row {row}", changed)
        for column in sorted({column for _, column in places}):
            changed = with_sheet(book, replace(sheet, hidden_columns=frozenset({column})))
            yield Edit("hidden", f"{page.name} column {column}", changed)
        yield Edit("hidden", page.name, with_sheet(book, replace(sheet, visibility="hidden")))


def outcome(edit: Edit, before: Mapping[str, Answer[object]]) -> str:
    """``wrong: …`` or ``blocked: …`` and why; empty where the tool did right."""
    whole = completed(read_book(edit.book, NAME), RULES)
    errors = [finding for finding in judge(whole, RULES).findings if finding.severity.name == "ERROR"]
    own = _without(edit.emptied, before)
    now: Values = {key: answer.value for key, answer in answers_of(whole)}
    wrong = [key for key, value in now.items() if value is not None and value != own.get(key)]
    missing = [key for key, value in own.items() if value is not None and now.get(key) is None]
    if wrong and not errors:
        return f"wrong: {wrong[0]} {now[wrong[0]]!s:.40} for {own.get(wrong[0])!s:.40}"
    if errors and not wrong and not missing:
        return f"blocked: {errors[0]}"
    return ""


def _without(emptied: str, before: Mapping[str, Answer[object]]) -> Values:
    """What must be printed; a row of a list in which nothing else stood is gone with the emptied cell."""
    values = {key: answer.value for key, answer in before.items()}
    table, _, rest = emptied.rpartition(".")[0].rpartition(".")
    row = f"{table}.{rest}."
    if not rest.isdigit() or any(before[key].raw for key in before if key.startswith(row) and key != emptied):
        return values
    kept = {}
    for key, value in values.items():
        index, _, name = key.removeprefix(f"{table}.").partition(".")
        if not key.startswith(f"{table}.") or int(index) < int(rest):
            kept[key] = value
        elif int(index) > int(rest):
            kept[f"{table}.{int(index) - 1}.{name}"] = value
    return kept


def main() -> None:
    """Make every edit of every good sample and print what they lead to."""
    counts: dict[str, list[int]] = {}
    remarks = []
    for path in sorted((ROOT / "sample_workbooks" / "good").glob("*.json")):
        book = load(paint(from_data(json.loads(path.read_text(encoding="utf-8"))), []), NAME)
        whole = read_book(book, NAME)
        before = dict(answers_of(completed(whole, RULES)))
        for edit in edits(book, whole):
            count = counts.setdefault(edit.kind, [0, 0, 0])
            said = outcome(edit, before)
            count[0] += 1
            count[1] += said.startswith("wrong")
            count[2] += said.startswith("blocked")
            if said:
                remarks.append(f"  {path.stem}, {edit.kind}, {edit.what}: {said}")
    for kind, (tried, wrong, blocked) in counts.items():
        print(f"{kind}: {tried} edits, {wrong} wrong without an error, {blocked} right but blocked")
    if remarks:
        print(*remarks, sep="\n")


if __name__ == "__main__":
    main()
