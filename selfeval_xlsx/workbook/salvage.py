"""Makes single cells readable whose stored content is not of the kind they say, such as ``<v>NaN</v>``.

The library gives up the whole workbook over one such cell. Here the cell keeps what is stored as a text, so that
it can be named like anything else that is no number.
"""

import re
from collections.abc import Callable
from datetime import datetime

from selfeval_xlsx.office.workbook_package import Element, Package, parse, tag, written

SHEETS_LIMIT = 8_000_000
"""Unpacked bytes of sheets that are gone through; no filled form comes near."""

_NUMBER = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\dZ?)?", re.ASCII)
_LONGEST_NUMBER = 300
_NOWHERE = "#REF!"
"""Stands for a text that the workbook does not hold."""


def readable(data: bytes) -> bytes:
    """The workbook in ``data`` with such cells as texts, a cell that refers to no text as an error value."""
    package = Package(data)
    main = package.related("", "officeDocument")
    sheets = (
        [] if main is None else [each for each in package.relations(main.target) if each.kind == "worksheet"]
    )
    paths = [each.target for each in sheets if each.target in package.parts]
    if main is None or sum(len(package.parts[path]) for path in paths) > SHEETS_LIMIT:
        return data
    shared = package.related(main.target, "sharedStrings")
    texts = len(parse(package.parts[shared.target]).findall(tag("si"))) if shared else 0
    for path in paths:
        root = parse(package.parts[path])
        for cell in root.iter(tag("c")):
            _settle(cell, texts)
        package.parts[path] = written(root)
    return package.packed()


def _settle(cell: Element, texts: int) -> None:
    if not cell.get("s", "0").isdecimal():
        del cell.attrib["s"]
    value = cell.find(tag("v"))
    if value is None or not value.text:
        return
    kind = cell.get("t", "n")
    if kind == "s" and not (value.text.isdecimal() and int(value.text) < texts):
        cell.set("t", "e")
        value.text = _NOWHERE
    elif kind in _FITS and not _FITS[kind](value.text):
        cell.set("t", "str")


def _is_number(text: str) -> bool:
    return len(text) <= _LONGEST_NUMBER and _NUMBER.fullmatch(text) is not None


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return _DATE.fullmatch(text) is not None


_FITS: dict[str, Callable[[str], bool]] = {
    "n": _is_number,
    "b": lambda text: text in {"0", "1"},
    "d": _is_date,
}
"""Whether a stored content is of the kind its cell says."""
