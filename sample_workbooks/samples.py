"""Makes the sample workbooks: good ones from their .json, bad ones by spoiling a good one (bad/cases.toml).

Three of the bad ones are files, for people; the tests make the others when they need them.
Run it from anywhere: ``python3 sample_workbooks/samples.py``. A test holds the files equal to what this makes.
"""

import copy
import io
import json
import re
import sys
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from openpyxl import load_workbook  # noqa: E402 - the root must be on the path first

from selfeval_xlsx import describe  # noqa: E402
from selfeval_xlsx.cells import CellRef, coordinate  # noqa: E402
from selfeval_xlsx.checks import load_rulebook  # noqa: E402
from selfeval_xlsx.form.completion import completed  # noqa: E402
from selfeval_xlsx.form.data import from_data  # noqa: E402
from selfeval_xlsx.form.declare import defined_name  # noqa: E402
from selfeval_xlsx.form.form import EDITION_PROPERTY, PLAN, SelfEvaluation  # noqa: E402
from selfeval_xlsx.form.last_year import LastYear, of_workbook  # noqa: E402
from selfeval_xlsx.form.rulebook import Rulebook  # noqa: E402
from selfeval_xlsx.workbook.author import paint  # noqa: E402
from selfeval_xlsx.workbook.reader import read_workbook  # noqa: E402

FOR_PEOPLE = ("分项加不拢", "执行率截断", "文字与表格不符")
"""The bad samples that are kept as files: a sum with its likely cause, a rate, texts against tables."""


def cases() -> list[dict[str, Any]]:
    """The bad samples: name, what is wrong, base, what is set, and the findings it must give."""
    return list(tomllib.loads((HERE / "bad" / "cases.toml").read_text(encoding="utf-8"))["case"])


def samples() -> Iterator[tuple[Path, bytes]]:
    """Every sample workbook that is a file, with its content."""
    for path in sorted((HERE / "good").glob("*.json")):
        yield path.with_suffix(".xlsx"), _painted(_good(path.stem), Rulebook())
    for name in FOR_PEOPLE:
        yield HERE / "bad" / f"{name}.xlsx", bad(name)


@cache
def bad(name: str) -> bytes:
    """The bad sample of that name, as a workbook."""
    case = next(case for case in cases() if case["name"] == name)
    return spoiled(_good(case["base"]), case)


def _good(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((HERE / "good" / f"{name}.json").read_text(encoding="utf-8"))
    return data


def spoiled(base: dict[str, Any], case: dict[str, Any]) -> bytes:
    """The workbook of ``base`` with the mistakes of ``case``."""
    data = spoil(base, case.get("set", {}))
    return edited(_painted(data, rulebook(case.get("made_with"))), case)


def spoil(base: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of ``base`` with the cells of these keys overtyped."""
    data = copy.deepcopy(base)
    for key, value in changes.items():
        overtype(data, key.split("."), value)
    return data


@cache
def rulebook(name: str | None) -> Rulebook:
    """A sample rulebook, 某县口径; the shipped one where none is named."""
    if name is None:
        return Rulebook()
    return replace(load_rulebook((HERE / f"{name}.toml").read_text(encoding="utf-8")), name=f"{name}.toml")


def evaluated(case: dict[str, Any]) -> tuple[SelfEvaluation, Rulebook]:
    """What stands in a bad sample, and the rulebook it is checked with."""
    rules = rulebook(case.get("checked_with", case.get("made_with")))
    return read_workbook(bad(case["name"]), "", rules.plan), rules


def last_year(case: dict[str, Any]) -> LastYear | None:
    """Last year's workbook that ``case`` is compared with: what stands under ``last``, and nothing else."""
    if "last" not in case:
        return None
    return of_workbook(completed(from_data(spoil({}, case["last"])), Rulebook()), "上年填报表.xlsx")


def _painted(data: dict[str, Any], rules: Rulebook) -> bytes:
    return paint(from_data(data, rules), describe.rule_rows(rules), rules)


def overtype(node: Any, path: list[str], value: object) -> None:
    """Put ``value`` at ``path`` of the data; an empty text blanks it, the index after the last adds a row."""
    head, *rest = path
    key: Any = int(head) if head.isdigit() else head
    if isinstance(node, list) and key == len(node):
        node.append({})
    if not rest:
        node[key] = None if value == "" else value
        return
    if isinstance(node, dict):
        node.setdefault(key, {})
    overtype(node[key], rest, value)


def place(key: str) -> CellRef:
    """Where the field of ``key`` stands in a workbook made from the form; rows of a list are counted from 0."""
    if key in PLAN.slots:
        page, slot = PLAN.slots[key]
        return CellRef(page.name, slot.coordinate)
    head, row, column = key.rsplit(".", 2)
    page, table, slot = PLAN.columns[f"{head}.{column}"]
    return CellRef(page.name, coordinate(table.first + int(row), slot.column))


def edited(data: bytes, case: dict[str, Any]) -> bytes:
    """``data`` after what a clerk does in a spreadsheet program: overtype cells, lose names, use an old file."""
    if not {"cells", "labels", "below", "drop_names", "edition", "hide"} & set(case):
        return data
    book: Any = load_workbook(io.BytesIO(data))
    for ref, value in _retyped(case):
        book[ref.sheet][ref.coordinate] = value or None
    for key in case.get("drop_names", ()):
        del book.defined_names[defined_name(key)]
    for key in case.get("hide", ()):
        row, _ = place(key).place
        book[place(key).sheet].row_dimensions[row].hidden = True
    if "edition" in case:
        book.custom_doc_props[EDITION_PROPERTY].value = case["edition"]
    buffer = io.BytesIO()
    book.save(buffer)
    return _undated(buffer.getvalue())


def _retyped(case: dict[str, Any]) -> Iterator[tuple[CellRef, Any]]:
    for key, value in case.get("cells", {}).items():
        yield place(key), value
    for key, label in case.get("labels", {}).items():
        yield CellRef(place(key).sheet, coordinate(place(key).place[0], 1)), label
    for key, value in case.get("below", {}).items():
        page, table, slot = PLAN.columns[key]
        yield CellRef(page.name, coordinate(table.guard + 1, slot.column)), value


def _undated(data: bytes) -> bytes:
    """``data`` without the time it was saved at: the same bytes every time."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            content = re.sub(
                rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2026-01-01T00:00:00Z", source.read(name)
            )
            target.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


if __name__ == "__main__":
    for path, content in samples():
        path.write_bytes(content)
        print(path.relative_to(HERE.parent))
