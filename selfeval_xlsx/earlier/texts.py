"""Names, duties, goals and management texts of an earlier report."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from selfeval_xlsx.earlier.sections import OVER, Placed, Section, words
from selfeval_xlsx.report import letters
from selfeval_xlsx.signed.paragraphs import Document, Paragraph, Table

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
    texts = [each.text.strip() for each in document.body if isinstance(each, Paragraph) and each.text.strip()]
    yield from _of_title(texts)
    for text in texts[:12]:
        if match := _YEAR.search(text):
            yield Placed("overview.identity.year", match[1], "", text)
            break
    for text in texts:
        if match := _SHORT_NAME.search(text):
            yield Placed("overview.identity.short_name", match[1], "", text)
            break
    yield from _labelled(document, "identity")
    for each in document.body:
        if isinstance(each, Paragraph) and each.style == "落款单位" and each.text.strip():
            yield Placed(
                "overview.identity.unit_name",
                each.text.strip().removesuffix("（盖章）"),
                "",
                each.text.strip(),
            )


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
    facts = letters.from_properties(document.properties) or {}
    for key, name in (("telephone", "联系电话"), ("email", letters.EMAIL), ("preparer", "填报人")):
        if facts.get(name):
            yield Placed(f"overview.sign_off.{key}", facts[name], "文档属性", f"{name}：{facts[name]}")


def sign_off(document: Document) -> Iterator[Placed]:
    """Who filled in, reviewed and signed."""
    yield from _labelled(document, "sign_off")


def _labelled(document: Document, block: str) -> Iterator[Placed]:
    """Names written as ``label：name``, in the text or beside each other in a table."""
    for text in document.texts:
        for match in _LABELLED.finditer(text):
            for key, labels in words()[block].items():
                if match[1] in labels and (value := match[2].strip(" _＿")):
                    yield Placed(f"overview.{block}.{key}", value, "", text.strip())
    for table in (each for each in document.body if isinstance(each, Table)):
        for row in table.rows:
            cells = [cell.strip() for cell in dict.fromkeys(row)]
            for label, value in pairwise(cells):
                for key, labels in words()[block].items():
                    if label in labels and value:
                        yield Placed(f"overview.{block}.{key}", value, table.name, label)


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
    told = [
        text for text in section.texts if text.endswith(("。", "；", "”"))
    ]  # no list of attachments, no signature
    opened = [text for text in told if "公开" in text]
    applied = [text for text in told if text not in opened]
    for key, texts in (("application", applied), ("publication", opened)):
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
