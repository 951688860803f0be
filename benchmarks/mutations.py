"""What becomes of workbooks whose package was damaged or written oddly: read, refused in a sentence, or a traceback.

``python3 benchmarks/mutations.py [COUNT [SEED]]`` makes COUNT packages (default 5000) of the good samples, each
with one to three mutations: an attribute changed or gone, an element gone, doubled or moved, a text changed, a part
gone, cut short, emptied or renamed, bytes turned. Each is read and, where it can be, checked and marked. Prints per
kind how many were read as their unharmed sibling, read otherwise, refused, read but refused a marked copy, each in a
sentence, and how many ended in a traceback (0).
"""

import contextlib
import io
import random
import re
import sys
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from selfeval_xlsx.checks import check  # noqa: E402 - the root must be on the path first
from selfeval_xlsx.errors import NotMarkedError, SelfEvalError  # noqa: E402
from selfeval_xlsx.form.data import to_data  # noqa: E402
from selfeval_xlsx.workbook.marker import mark  # noqa: E402
from selfeval_xlsx.workbook.reader import read_workbook  # noqa: E402

NAME = "表.xlsx"
Parts = dict[str, bytes]
OUTCOMES = ("as before", "otherwise", "refused", "unmarked", "traceback")

ODD = (
    b"", b"x", b"-1", b"0", b"1", b"true", b"7", b"99999", b"99999999999999999999", b"1e9", b"1E400", b"NaN", b"0.5",
    b"A1", b"XFD1048576", b"#REF!", b"veryHidden", b"../x", "合计".encode(), b"&#x10FFFF;", b" ",
)  # fmt: skip
"""What attributes and texts are changed to."""

_ATTRIBUTE = re.compile(rb'(?<= )[\w:]+="([^"]*)"')
_LEAF = re.compile(rb"<(\w+)(?: [^<>]*)?(?:/>|>([^<>]*)</\1>)")


def _replaced(content: bytes, start: int, end: int, new: bytes) -> bytes:
    return content[:start] + new + content[end:]


def _one(pattern: re.Pattern[bytes], content: bytes, dice: random.Random) -> re.Match[bytes] | None:
    """A match from somewhere in the part."""
    return (
        pattern.search(content, dice.randrange(len(content))) or pattern.search(content) if content else None
    )


def attribute_changed(parts: Parts, path: str, dice: random.Random) -> None:
    """Give an attribute another value."""
    if match := _one(_ATTRIBUTE, parts[path], dice):
        parts[path] = _replaced(parts[path], *match.span(1), dice.choice(ODD))


def attribute_gone(parts: Parts, path: str, dice: random.Random) -> None:
    """Leave an attribute out."""
    if match := _one(_ATTRIBUTE, parts[path], dice):
        parts[path] = _replaced(parts[path], *match.span(), b"")


def element_gone(parts: Parts, path: str, dice: random.Random) -> None:
    """Leave an element out."""
    if match := _one(_LEAF, parts[path], dice):
        parts[path] = _replaced(parts[path], *match.span(), b"")


def element_doubled(parts: Parts, path: str, dice: random.Random) -> None:
    """Write an element twice."""
    if match := _one(_LEAF, parts[path], dice):
        parts[path] = _replaced(parts[path], match.end(), match.end(), match[0])


def element_moved(parts: Parts, path: str, dice: random.Random) -> None:
    """Let two elements change places."""
    first, second = _one(_LEAF, parts[path], dice), _one(_LEAF, parts[path], dice)
    if first and second and first.end() <= second.start():
        content = _replaced(parts[path], *second.span(), first[0])
        parts[path] = _replaced(content, *first.span(), second[0])


def text_changed(parts: Parts, path: str, dice: random.Random) -> None:
    """Give an element another text."""
    if (match := _one(_LEAF, parts[path], dice)) and match[2] is not None:
        parts[path] = _replaced(parts[path], *match.span(2), dice.choice(ODD))


def part_gone(parts: Parts, path: str, dice: random.Random) -> None:  # noqa: ARG001 - the shape of all
    """Leave a part out."""
    del parts[path]


def part_cut(parts: Parts, path: str, dice: random.Random) -> None:
    """Cut a part short."""
    parts[path] = parts[path][: dice.randrange(len(parts[path]) + 1)]


def part_replaced(parts: Parts, path: str, dice: random.Random) -> None:
    """Put junk, or another part, in the place of a part."""
    parts[path] = dice.choice(
        (b"", b"junk", b"<a/>", b"\xff\xfe<\0a\0/\0>\0", parts[dice.choice(sorted(parts))])
    )


def part_renamed(parts: Parts, path: str, dice: random.Random) -> None:
    """Write the name of a part another way, or wrongly."""
    content = parts.pop(path)
    parts[dice.choice((path.upper(), path.replace("/", "\\"), f"/{path}", f"x/{path}"))] = content


def bytes_turned(parts: Parts, path: str, dice: random.Random) -> None:
    """Change some bytes."""
    content = bytearray(parts[path])
    for _ in range(dice.randint(1, 4)):
        if content:
            content[dice.randrange(len(content))] = dice.randrange(256)
    parts[path] = bytes(content)


KINDS: tuple[Callable[[Parts, str, random.Random], None], ...] = (
    attribute_changed, attribute_gone, element_gone, element_doubled, element_moved, text_changed,
    part_gone, part_cut, part_replaced, part_renamed, bytes_turned,
)  # fmt: skip


@cache
def _sound() -> tuple[tuple[Mapping[str, bytes], str], ...]:
    """The parts of each good sample, and what is read in it."""
    books = [path.read_bytes() for path in sorted((ROOT / "sample_workbooks" / "good").glob("*.xlsx"))]
    return tuple((_parts(book), str(to_data(read_workbook(book, NAME)))) for book in books)


def _parts(book: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(book)) as source:
        return {name: source.read(name) for name in source.namelist()}


def mutated(dice: random.Random) -> tuple[str, bytes, str]:
    """The name of a kind, a package with such mutations, and what is read in its unharmed sibling."""
    sound, read = dice.choice(_sound())
    parts, kind = dict(sound), dice.choice(KINDS)
    for _ in range(dice.randint(1, 3)):
        kind(parts, dice.choice(sorted(parts)), dice)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as target:
        for path, content in parts.items():
            target.writestr(path, content)
    return kind.__name__, buffer.getvalue(), read


def outcome(book: bytes, read: str) -> str:
    """What becomes of a workbook: one of :data:`OUTCOMES`; a traceback is printed to stderr."""
    try:
        evaluation = read_workbook(book, NAME)
        result = check(evaluation)
    except SelfEvalError:
        return "refused"
    except Exception:  # noqa: BLE001 - whatever it is, it is what is looked for
        traceback.print_exc()
        return "traceback"
    try:
        mark(book, result)
    except NotMarkedError:
        return "unmarked"
    except Exception:  # noqa: BLE001 - as above
        traceback.print_exc()
        return "traceback"
    return "as before" if str(to_data(evaluation)) == read else "otherwise"


def main(count: int = 5000, seed: int = 1) -> int:
    """Print the table; the exit code is 1 where anything ended in a traceback or wrote to stdout."""
    dice, became = random.Random(seed), Counter[tuple[str, str]]()
    leaked = io.StringIO()
    for _ in range(count):
        kind, book, read = mutated(dice)
        with contextlib.redirect_stdout(leaked):
            became[kind, outcome(book, read)] += 1
    print(f"{'':18}" + "".join(f"{each:>12}" for each in OUTCOMES))
    for name in (kind.__name__ for kind in KINDS):
        print(f"{name:18}" + "".join(f"{became[name, each]:12}" for each in OUTCOMES))
    totals = {each: sum(number for (_, what), number in became.items() if what == each) for each in OUTCOMES}
    print(f"{'all':18}" + "".join(f"{totals[each]:12}" for each in OUTCOMES))
    print(f"written to stdout: {len(leaked.getvalue())} characters")
    return int(bool(totals["traceback"] or leaked.getvalue()))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
