"""Names of units that are written almost, but not quite, as the form has them.

A slip leaves place, head and type of the name (青石镇·综合…中心) as they are. What differs in its head is
another unit (青石镇文化服务中心), and what only leaves out 人民 or the place is a usual short form.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from selfeval_xlsx.prose.words import data

_PLACE = re.compile(r".{1,4}?(?:省|市|县|区|镇|乡|旗|州|街道)")
_NOISE = "人民"
_LONGEST_SLIP = 2


def misspelt(text: str, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """What stands in ``text`` and the name that seems to be meant."""
    known = sorted({name for name in names if len(name) >= 4}, key=len, reverse=True)
    taken = [span for name in known for span in _spans(text, name)]
    for name in known:
        for start, end in _near(text, name):
            if not any(start < stop and begin < end for begin, stop in taken):
                taken.append((start, end))
                yield text[start:end], name


@lru_cache(maxsize=1)
def _mistyped() -> Mapping[str, str]:
    """What a character of a name is typed as, by its sound or its look."""
    groups = data()["names"]["alike"].split()
    return {character: group.replace(character, "") for group in groups for character in group}


def _spans(text: str, name: str) -> Iterator[tuple[int, int]]:
    at = text.find(name)
    while at >= 0:
        yield at, at + len(name)
        at = text.find(name, at + 1)


def _near(text: str, name: str) -> Iterator[tuple[int, int]]:
    """Spans that begin and end like ``name`` and differ from it by a slip."""
    begin, last = name[:2] if len(name) > 5 else name[0], name[-1]
    begins = (begin, *(begin[0] + other for other in _mistyped().get(begin[1:], "")))
    for start in sorted(at for each in begins for at, _ in _spans(text, each)):
        for size in sorted(range(len(name) - _LONGEST_SLIP, len(name) + 2), key=lambda n: abs(n - len(name))):
            found = text[start : start + size]
            ends_alike = found[-1:] == last or found[:-1] == name[:-1]
            goes_on = text[start + size - 1 : start + size + 1] in data()["names"]["other_words"]
            if len(found) == size and ends_alike and not goes_on and is_slip(found, name):
                yield start, start + size
                break


def is_slip(found: str, name: str) -> bool:
    """Whether ``found`` is ``name`` with a character left out, added, swapped or replaced, or a word replaced."""
    if found.replace(_NOISE, "") == name.replace(_NOISE, "") or found == name:
        return False
    head, tail = _common(found, name), _common(found[::-1], name[::-1])
    place = _place(name)
    tail = min(tail, min(len(found), len(name)) - head)
    left, right = found[head : len(found) - tail], name[head : len(name) - tail]
    core = len(name) - place - 1
    match len(left), len(right):
        case (0, 1) | (1, 0):
            enough = core >= 2
        case (1, 1) if left in _mistyped().get(right, "") and len(name) >= 5:
            enough = True
        case (1, 1) if not tail:
            enough = left not in data()["names"]["types"].get(name[-2:], left) or left in _mistyped().get(
                name[-1], ""
            )
        case (1, 1):
            enough = core >= 3 and head > place
        case (2, 2) if left == right[::-1]:
            enough = core >= 2
        case (2, 2):
            enough = core >= 4 and head >= place + 2
        case _:
            enough = False
    return enough


def _common(one: str, other: str) -> int:
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _place(name: str) -> int:
    """How many characters of ``name`` say where the unit is."""
    match = _PLACE.match(name)
    return match.end() if match and match.end() < len(name) - 2 else 1
