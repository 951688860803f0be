"""The attachments a report can have of its own, and how a user chooses among them. Loads nothing."""

NAMES = {
    "budget": "预算执行情况表",
    "sheet": "部门整体支出绩效自评表",
    "projects": "项目支出明细表",
}
"""Each with its title, in the order they are appended; users choose them by number from 1."""

ALL = tuple(NAMES)

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
