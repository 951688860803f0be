"""The attachments a report can have of its own, and how a user chooses among them. Loads nothing."""

import re

NAMES = {
    "budget": "预算执行情况表",
    "sheet": "部门整体支出绩效自评表",
    "projects": "项目支出明细表",
}
"""Each with its title, in the order they are appended; users choose them by number from 1."""

ALL = tuple(NAMES)

MARKS = {key: (f"facts.attached.{key}", f"事实.{word}附件") for key, word in (("budget", "预算表"), ("sheet", "自评表"),
                                                                        ("projects", "项目表"))}  # fmt: skip
"""The names by which a template marks the pages of each, English and Chinese."""

GUIDE = "，".join(f"{number} {name}" for number, name in enumerate(NAMES.values(), start=1))
"""The numbers with what they stand for, for help and messages."""

_SEPARATORS = str.maketrans("，、；;", ",,,,")


def chosen(words: str) -> tuple[str, ...]:
    """The keys of :data:`NAMES` that ``words`` names: ``1,3``, or ``none`` (无) for none.

    Raises:
        ValueError: something else stands there.

    """
    if words.strip() in {"none", "无"}:
        return ()
    numbers = {str(number): key for number, key in enumerate(NAMES, start=1)}
    picked = [word.strip() for word in words.translate(_SEPARATORS).split(",")]
    if unknown := [word for word in picked if word not in numbers]:
        raise ValueError(unknown[0])
    return tuple(key for number, key in numbers.items() if number in picked)


def pages_in(source: str) -> tuple[str, ...]:
    """Those that a template has pages for, ``source`` being its text with each tag's words on a line of their own.

    Pages begin with the mark of their attachment, or stand in a block that asks for it; a mark amid a sentence only
    refers to them.
    """
    return tuple(key for key, names in MARKS.items() if any(_has_pages(source, name) for name in names))


def _has_pages(source: str, name: str) -> bool:
    at = source.find(name)
    while at >= 0:
        before = source[:at].rstrip()
        tag = before.rfind("{")
        words = before[tag + 1 :].strip("%-\n ")
        inside = source.rfind("<w:t", 0, tag) > source.rfind("</w:t>", 0, tag)
        if words == "if" and not inside:
            return True
        if words == "" and not _TAGS.sub(
            "", source[max(source.rfind("<w:p>", 0, tag), source.rfind("<w:p ", 0, tag)) : tag]
        ).strip("{"):
            return True
        at = source.find(name, at + 1)
    return False


_TAGS = re.compile("<[^>]*>")
