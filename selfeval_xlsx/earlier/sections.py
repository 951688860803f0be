"""A report of whatever district cut at its headings, and what its words say: names, duties, goals, staff, organisations.

Each part has the places of the form that its heading names.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib import resources
from itertools import pairwise

from selfeval_xlsx.figures import figures
from selfeval_xlsx.report.origin import EMAIL, facts_in
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
    ends = {name: max(map(text.rfind, own)) for name, own in names.items()}
    name = max(ends, key=ends.__getitem__, default="")
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
            above = [(depth, named) for depth, named in above if depth < level]
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


# --- what its words say ---------------------------------------------------------------------------

_TITLE = re.compile(
    r"^(?P<unit>[^（(]{2,30}?)?（?(?P<year>20\d\d)\s*年度?）?.{0,12}?(?:整体|部门|预算).{0,14}(?:自评|评价)"
)
_YEAR_FIRST = re.compile(
    r"^(?P<year>20\d\d)\s*年(?:度|(?!度))(?P<unit>[^（(]{3,30}?)(?:部门)?整体.{0,14}(?:自评|评价)"
)
_NAME_ALONE = re.compile(r"[^\d，。；：:、（）()]{3,30}")
_YEAR = re.compile(r"(20\d\d)\s*年度")
_NUMBER = r"(?:[①-⑳]|[一二三四五六七八九十]+是|第[一二三四五六七八九十]+|[（(]?(?:\d{1,2}|[一二三四五六七八九十]{1,3})[）)、.．](?!\d))"
_ITEM = re.compile(rf"(?:^|(?<=[。；;：:\n]))\s*{_NUMBER}\s*")
_LABELLED = re.compile(r"([^\s：:　（]{2,12})(?:（签字）|（盖章）)?[：:][^\S\t\n]*([^\s：:　][^\t\n　]*)")
_SHORT_NAME = re.compile(r"简称[：:]?[“\"]?([^”\"）)，。]{2,20})")
_LEAD_IN = re.compile(r"^[^：:。]{0,40}[：:]\s*")
_PREAMBLE = re.compile(
    r"^(?:[^；;]{0,60}?(?:职责|职能)(?:是|为|包括)[：:]?|(?:我|本)\w{1,3}?(?:主要)?负责)\s*"
)
"""How duties begin before the first is named."""
_LONGEST_TITLE = 24
_MANAGEMENT = ("decisions", "finance", "assets", "human_resources", "internal_control")


def identity(document: Document) -> Iterator[Placed]:
    """The unit, its short name, its department and the year: from the title, a cover, the signature."""
    paragraphs = [paragraph for paragraph in document.paragraphs if paragraph.text.strip()]
    texts = [paragraph.text.strip() for paragraph in paragraphs]
    yield from _of_title(texts)
    for key, pattern, among in (("year", _YEAR, texts[:12]), ("short_name", _SHORT_NAME, texts)):
        match = next(filter(None, map(pattern.search, among)), None)
        if match:
            yield Placed(f"overview.identity.{key}", match[1], "", match.string)
    yield from labelled(document, "identity")
    for paragraph, text in zip(paragraphs, texts, strict=True):
        if paragraph.style == "落款单位":
            yield Placed("overview.identity.unit_name", text.removesuffix("（盖章）"), "", text)


def _of_title(texts: Sequence[str]) -> Iterator[Placed]:
    """The unit and the year of the title, which is no sentence; the unit may stand on a line of its own above it."""
    for above, text in zip(["", *texts], texts[:12], strict=False):
        bare = "" if "。" in text else text.replace(" ", "")
        if match := _YEAR_FIRST.search(bare) or _TITLE.search(bare):
            unit = (match["unit"] or "").removeprefix("部门").strip()
            if len(unit) >= 3 and "部门（单位）" not in unit:
                yield Placed("overview.identity.unit_name", unit, "", text)
            elif _NAME_ALONE.fullmatch(above):  # on a line of its own
                yield Placed("overview.identity.unit_name", above, "", above)
            yield Placed("overview.identity.year", match["year"], "", text)


def from_properties(document: Document) -> Iterator[Placed]:
    """What a report of this program keeps in its properties and does not print."""
    facts = facts_in(document.properties) or {}
    for key, name in (("telephone", "联系电话"), ("email", EMAIL), ("preparer", "填报人")):
        if facts.get(name):
            yield Placed(f"overview.sign_off.{key}", facts[name], "文档属性", f"{name}：{facts[name]}")


def labelled(document: Document, block: str) -> Iterator[Placed]:
    """Names of a block of the form written as ``label：name``, in the text or beside each other in a table."""
    names = [
        (match[1], match[2].strip(" _＿"), "", text.strip())
        for text in document.texts
        for match in _LABELLED.finditer(text)
    ]
    names += [
        (label, value, table.name, label)
        for table in document.body
        if isinstance(table, Table)
        for row in table.rows
        for label, value in pairwise(cell.strip() for cell in dict.fromkeys(row))
    ]
    for label, value, heading, sentence in names:
        for key, labels in words()[block].items():
            if label in labels and value:
                yield Placed(f"overview.{block}.{key}", value, heading, sentence)


def texts_of(section: Section) -> Iterator[Placed]:
    """The texts under one heading, to the places its words name; rows of lists are counted by the caller."""
    if not section.texts or OVER in section.places:
        return
    for place in section.places:
        if place in _LISTS:
            yield from _LISTS[place](section)
        elif place in _MANAGEMENT:
            yield _whole(f"overview.management.{place}", section)
        elif place == "goal" and "plan" not in section.places:
            yield _whole("overview.goal.overall_goal", section)


def _whole(key: str, section: Section) -> Placed:
    return Placed(key, "\n".join(section.texts), section.heading, section.texts[0])


def _duties(section: Section) -> Iterator[Placed]:
    first, *more = section.texts
    bare = _PREAMBLE.sub("", first)
    for item in _items([*([bare] if bare else []), *more]):
        yield Placed("overview.duties.+.content", item, section.heading, item)


def _plan(section: Section) -> Iterator[Placed]:
    for item in _items(section.texts):
        title = item.partition("。")[0]
        if len(title) > _LONGEST_TITLE:
            title = re.split("[，：；]", title)[0][:_LONGEST_TITLE]
        yield Placed("goals.plan.+.title", title, section.heading, item)


def _business(section: Section) -> Iterator[Placed]:
    for item in _items(section.texts):
        title, _, content = item.partition("。")
        titled = len(title) <= _LONGEST_TITLE and content
        yield Placed("overview.business.+.title", title if titled else "", section.heading, item)
        yield Placed("overview.business.-.content", content if titled else item, section.heading, item)


def _use(section: Section) -> Iterator[Placed]:
    # no list of attachments, no signature
    whole = [text for text in section.texts if text.endswith(("。", "；", "”"))]
    for key, opened in (("application", False), ("publication", True)):
        texts = [text for text in whole if ("公开" in text) is opened]
        if texts:
            yield Placed(f"issues.use.{key}", "\n".join(texts), section.heading, texts[0])


def _items(texts: Iterable[str]) -> list[str]:
    """The items of a list, however it is numbered; a text without numbering is one item."""
    items: list[str] = []
    for text in texts:
        marks = list(_ITEM.finditer(text))
        if not marks:
            items.append(text)
            continue
        ends = [mark.start() for mark in marks[1:]] + [len(text)]
        items += [text[mark.end() : end] for mark, end in zip(marks, ends, strict=True)]
    if len(items) == 1 and (parts := _semicolons(items[0])):
        items = parts
    return [f"{bare}。" for item in items if (bare := item.strip().rstrip("；;。"))]


def _semicolons(text: str) -> list[str]:
    """The parts of a list run together with semicolons."""
    body = _LEAD_IN.sub("", text, count=1)
    parts = [part for part in re.split(r"[；;]", body) if part.strip()]
    return parts if len(parts) > 2 else []


_LISTS: dict[str, Callable[[Section], Iterator[Placed]]] = {
    "duties": _duties,
    "plan": _plan,
    "business": _business,
    "application": _use,
}


# --- staff and organisations ----------------------------------------------------------------------

_PEOPLE = re.compile(r"(\d{1,5})\s*(?:名|人(?!次)|个(?=[，,。；;、（(）)]|$))")
_SPOKEN_OF = {
    "authorised_posts": ["编制"],
    "staff_in_post": ["在职", "实有", "在编", "在岗"],
    "retired_staff": ["退休"],
    "others": ["学生", "编外", "聘用", "临聘", "遗属", "车辆", "其他人员"],
}
"""What a number of people is of, by the word said last before it; others have no place."""
_HOW_MANY = r"(?P<count>\d{1,3}|[一二两三四五六七八九十]{1,3})\s*个"
_ORGANISATIONS = (
    re.compile(
        r"(?P<what>内设(?:机构|科室|股室|处室|部门|机关|办公室)?|下属(?:单位|事业单位|机构)|直属(?:单位|事业单位)|二级(?:单位|机构|预算单位))"
        rf"(?:共|有|为|设)?\s*{_HOW_MANY}(?P<behind>[^。；;]*)"
    ),
    re.compile(
        rf"{_HOW_MANY}\s*(?P<what>(?:内设|下属|直属|二级)(?:机构|科室|股室|处室|部门|事业单位|预算单位|单位))"
    ),
    re.compile(
        rf"内?设(?:有|置)?(?P<names>[^。；;：:\d]{{3,300}}?)等?{_HOW_MANY}\s*(?:内设机构|机构|科室|股室|处室|部门|科|股)"
    ),
    re.compile(r"内设(?:机构|科室|股室|处室)(?:包括|分别为|分别是|为|有)[：:]?(?P<names>[^。；;\d]{3,300})"),
)
"""What is said of offices and sub-units: how many with their names behind, how many, names and how many, names."""
_LISTED = re.compile(r"(?:包括|分别为|分别是|为|即|有|：|:)(.+)")
_POST_KINDS = {"administrative": ["行政", "参公"], "institutional": ["事业"], "other": ["工勤", "其他"]}
_OFFICE = re.compile(r"[^\s的]{1,15}(?:[科股室处办站所队部组]|中心)")


def staff(section: Section) -> Iterator[Placed]:
    """Posts, staff and pensioners: in all, and by kind where no kind contradicts what is told in all."""
    if OVER in section.places:
        return
    for sentence in (sentence for text in section.texts for sentence in SENTENCE.findall(text)):
        told: dict[str, dict[str, int]] = {}
        of, before = "", 0
        for figure in _PEOPLE.finditer(sentence):
            said, before = sentence[before : figure.start()], figure.end()
            if figure[0].endswith("个") and "编制" not in said[-8:]:
                continue  # units, not people
            kind = last_named(_POST_KINDS, said)
            of = last_named(_SPOKEN_OF, said) or (of if kind else "")
            told.setdefault(of, {}).setdefault(kind or "total", int(figure[1]))
        for of, counts in told.items():
            yield from _people(of, counts, section.heading, sentence)


def _people(of: str, counts: Mapping[str, int], heading: str, sentence: str) -> Iterator[Placed]:
    total = counts.get("total")
    if of == "retired_staff" and total is not None:
        yield Placed("overview.structure.retired_staff", str(total), heading, sentence)
    if of not in {"authorised_posts", "staff_in_post"}:
        return
    parts = sum(count for kind, count in counts.items() if kind != "total")
    for kind, count in counts.items():
        if kind == "total" or total in {None, parts}:
            yield Placed(f"overview.staff.{kind}.{of}", str(count), heading, sentence)


def organisations(section: Section) -> Iterator[Placed]:
    """How many offices and sub-units there are, and their names where as many are listed."""
    row = 0
    for said, what, number, listed in _told_of(section.texts):
        within = what.startswith("内设")
        values = (figure.value for figure in figures(f"{number}个"))
        count = next((value for value in values if value is not None), None)
        if count is not None:
            key = "office_count" if within else "sub_unit_count"
            yield Placed(f"overview.structure.{key}", str(int(count)), section.heading, said)
        for name in _names(listed, count):
            place = f"overview.organisations.{row}"
            yield Placed(f"{place}.name", name.strip("（）() "), section.heading, said)
            yield Placed(f"{place}.type", "内设机构" if within else "下属单位", section.heading, said)
            row += 1


def _names(listed: str, count: Decimal | None) -> Sequence[str]:
    """The names in a list: as many as were counted, or where nothing is counted such as only offices have."""
    if not listed:
        return ()
    for marks in ("[、，,和]", "[、，,]"):
        names = re.split(marks, listed)
        if len(names) == count or (count is None and all(map(_OFFICE.fullmatch, names))):
            return names
    return ()


def _told_of(texts: Iterable[str]) -> Iterator[tuple[str, str, str, str]]:
    """What is said of offices or sub-units: the words, which of both, how many, their names as listed."""
    for text in texts:
        for match in (match for pattern in _ORGANISATIONS for match in pattern.finditer(text)):
            told = match.groupdict()
            behind = _LISTED.search(told.get("behind", "").lstrip("，, "))
            names = behind[1] if behind else told.get("names", "")
            yield match[0], told.get("what", "内设"), told.get("count", ""), names
