"""A report of whatever district cut at its headings, each part with the places of the form that its heading names."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from selfeval_xlsx.signed.paragraphs import Document, Table

OVER = "over"
"""The place of what belongs to the year that is over: nothing of it is carried over."""

SENTENCE = re.compile(r"[^。；;\n]+[。；;]?")

_HEAD = re.compile(
    r"^\s*(?:第?[一二三四五六七八九十]+[、章部]|[（(][一二三四五六七八九十]+[）)]|\d{1,2}[、.．](?!\d))"
)
_LONGEST_HEADING = 46
_SURELY_HEADING = re.compile(r"[^。；;，]{2,24}(?:情况|职能|职责|概况|设置|目标|构成|说明)[。：:]")
"""A heading that ends like a sentence: an item of a list ends with what is done."""
_SENTENCE_END = re.compile("[。；]")


@dataclass(frozen=True)
class Placed:
    """One cell of next year's workbook that last year's report fills: its key in last year's terms, and from where."""

    key: str
    value: str
    heading: str
    sentence: str


@dataclass(frozen=True)
class Left:
    """A text or a figure that has no sure place."""

    heading: str
    sentence: str
    why: str


@cache
def words() -> Mapping[str, Mapping[str, list[str]]]:
    """The words of headings, labels, columns and rows, by what they stand for (words.toml)."""
    text = resources.files(__package__).joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def last_named(names: Mapping[str, list[str]], text: str) -> str:
    """The name of which a word stands last in ``text``; empty where none does."""
    ends = {name: max(text.rfind(word) for word in own) for name, own in names.items()}
    name = max(ends, key=lambda each: ends[each], default="")
    return name if name and ends[name] >= 0 else ""


@dataclass
class Section:
    """What stands under one heading."""

    heading: str
    places: tuple[str, ...]
    texts: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


def sections_of(document: Document) -> list[Section]:
    """The document cut at its headings; a heading without words of a place keeps that of the one above it."""
    sections = [Section("", ())]
    above: list[tuple[int, tuple[str, ...]]] = []
    for block in document.body:
        if isinstance(block, Table):
            sections[-1].tables.append(block)
            sections += _rows(block)
            continue
        level = block.level or _level(block.text)
        if level:
            above = [each for each in above if each[0] < level]
            places = _places(block.text) or (above[-1][1] if above else ())
            above.append((level, places))
            sections.append(Section(block.text.strip(), places))
        elif block.text.strip():
            sections[-1].texts.append(block.text.strip())
    return sections


def _rows(table: Table) -> Iterator[Section]:
    """The rows of a form: a label that names a place, and a text beside it."""
    for row in table.rows:
        cells = [cell.strip() for cell in dict.fromkeys(row) if cell.strip()]
        if len(cells) == 2 and len(cells[0]) < _LONGEST_HEADING and _SENTENCE_END.search(cells[1]):
            places = _places(cells[0])
            if places:
                yield Section(cells[0], places, cells[1].split("\n"))


def _places(heading: str) -> tuple[str, ...]:
    """The places of the form that the words of ``heading`` name; results and problems are of the year that is over."""
    named = words()["headings"]
    places = tuple(place for place, own in named.items() if any(word in heading for word in own))
    if OVER in places and not any(word in heading for word in named["kept"]):
        return (OVER,)
    return tuple(place for place in places if place not in {OVER, "kept"})


def _level(text: str) -> int:
    """The level of a heading that lost its style, by its numbering; 0 for text."""
    bare = text.strip()
    bare = bare[:-1] if _SURELY_HEADING.fullmatch(bare) else bare
    if len(bare) > _LONGEST_HEADING or bare.endswith(("。", "；", ";", "，")) or not _HEAD.match(bare):
        return 0
    if re.match(r"第?[一二三四五六七八九十]+[、章部]", bare):
        return 1
    return 2 if bare[0] in "（(" else 3
