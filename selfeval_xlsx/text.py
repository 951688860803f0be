"""Texts as people type them on Chinese keyboards and paste them from pages, made plain: characters, lines, numbers of items.

And what XML may hold.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
"""Marks of width and direction that come along with text copied from web pages and chats; no one sees them."""
_UNSEEN = dict.fromkeys(map(ord, INVISIBLE))
WIDTHS = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""Letters, digits and signs in full width to those in half width."""
_SIGNS = WIDTHS | str.maketrans("−﹣﹥﹤﹦〉〈", "--><=><")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
"""Control characters, halves of characters, and code points that stand for no character and never will."""
_GROUPED = re.compile(r"[^\d,]*\d{1,3}(?:,\d{3})+(?:\.\d*)?\D*")


def bare(text: str) -> str:
    """``text`` without spaces, line breaks and invisible marks."""
    return "".join(text.translate(_UNSEEN).split())


def trimmed(text: str) -> str:
    """``text`` without what no one sees at its ends; inside it, marks may join the parts of a character."""
    return text.strip().strip(INVISIBLE).strip()


def half_width(text: str) -> str:
    """``text`` in half width, character for character."""
    return text.translate(WIDTHS)


def plain_signs(text: str) -> str:
    """What was typed for a figure, in half width, with one minus and one sign each for more and less."""
    return text.translate(_SIGNS)


def width(text: str) -> float:
    """The width of ``text`` in Chinese characters."""
    return sum(1.0 if unicodedata.east_asian_width(sign) in "WFA" else 0.5 for sign in text)


def ungrouped(text: str) -> str:
    """``text`` without the commas between thousands, where it holds one number that is grouped by them."""
    return text.replace(",", "") if _GROUPED.fullmatch(text) else text


def printable(text: str) -> str:
    """``text`` without what no file in XML may hold, though a cell or a JSON file can."""
    return _UNPRINTABLE.sub("", text)


def closest(wrong: str, names: Iterable[str]) -> str:
    """The name most like ``wrong``; empty where none is."""
    matches = difflib.get_close_matches(wrong.lower(), list(names), n=1, cutoff=0.6)
    return matches[0] if matches else ""


# --- spaces ---------------------------------------------------------------------------------------

_HAN = "\u3400-\u9fff"
_MARKS = "，。；：、！？（）《》“”"
_GAPS = (
    f"(?<=[{_HAN}])[ \u00a0\u3000]+(?=[0-9A-Za-z])|(?<=[0-9A-Za-z%％])[ \u00a0\u3000]+(?=[{_HAN}])"
    f"|(?<=[{_MARKS}])[ \u00a0]+|[ \u00a0]+(?=[{_MARKS}])"
)


def spaced(text: str) -> str:
    """``text`` without the spaces between Chinese and figures or letters, and around Chinese marks: 2025 年 → 2025年."""
    return re.sub(_GAPS, "", text)


# --- lines ----------------------------------------------------------------------------------------

_ENDS = "。！？；：…"
_SHORTEST = 15.0
"""Characters of a line of a page; shorter lines are lines of their own."""
_RAGGED = 2.0
"""Characters by which the lines of one page differ."""


def rejoined(text: str) -> str:
    """``text`` with the lines joined that were torn where a page was full, as copying from a PDF does.

    Torn lines are equally long, at least two of them, end amid a sentence, and the last one ends it.
    """
    lines = text.split("\n")
    full = max(map(width, lines))
    torn = [
        full - width(line.rstrip()) <= _RAGGED and full >= _SHORTEST and line.rstrip()[-1:] not in _ENDS
        for line in lines[:-1]
    ] + [False]
    if sum(torn) < 2 or lines[-1].rstrip()[-1:] not in _ENDS:
        return text
    made = [lines[0]]
    for broken, line in zip(torn, lines[1:], strict=False):
        begins = line[:1] in {" ", "\u3000", "\t"} or re.match(_NUMBER, line)
        if broken and not begins:
            made[-1] = f"{made[-1].rstrip()}{line}"
        else:
            made.append(line)
    return "\n".join(made)


_GOES_ON = re.compile(r"[，、（(《“]$"), re.compile(r"[，。、；：）)》”%％]|[万亿]元")
"""How a line ends, and how the next begins, in the middle of a sentence."""


def torn(text: str) -> list[str]:
    """The ends of lines at which a sentence goes on in the next, and which :func:`rejoined` does not join for sure."""
    lines = [line.strip() for line in rejoined(text).split("\n") if line.strip()]
    ends, begins = _GOES_ON
    return [
        line[-10:]
        for line, following in pairwise(lines)
        if begins.match(following) or (ends.search(line) and not re.match(_NUMBER, following))
    ]


_CELL_BORDER = re.compile(r"\t+|(?: {2,}|\u3000{2,})(?=[-\d])")
"""Between the cells of a pasted table: a tab, or blanks before a figure."""
_FEWEST_ROWS = 2


def pasted_rows(text: str) -> list[str]:
    """The lines of ``text`` that are rows of a table, pasted as text; none where there is only one."""
    rows = [line.strip() for line in text.split("\n") if _CELL_BORDER.search(line.strip())]
    return rows if len(rows) >= _FEWEST_ROWS else []


# --- numbers --------------------------------------------------------------------------------------

NUMERALS, CIRCLED = "一二三四五六七八九十", "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_NUMBER = (
    rf"(?:[（(](?P<a>[{NUMERALS}]{{1,3}}|\d{{1,2}})[)）]|(?P<b>[{NUMERALS}]{{1,3}}|\d{{1,2}})[、.．]"
    rf"|(?P<c>[{CIRCLED}])|(?P<d>[{NUMERALS}])是|第(?P<e>[{NUMERALS}])[，、])\s*(?=[^\d\s期届轮批])"
)
"""A number at the beginning of an item: （一） (1) 一、 1. ① 一是 第一，; not the one of 1.5万 or （一）期."""


def unnumbered(text: str) -> str:
    """``text`` without the number at its beginning; where a list begins with it, the list keeps its numbers."""
    found = re.match(_NUMBER, text)
    if found is None:
        return text
    start, end = found.span(found.lastgroup or 0)
    following = _following(half_width(text[start:end]))
    mark = text[:start] + following + text[end : found.end()].rstrip()
    return text if following and re.search(rf"{re.escape(mark)}(?!\d)", text) else text[found.end() :]


def _following(numeral: str) -> str:
    """The number after ``numeral``, in its own signs; empty where there is none."""
    if numeral.isdecimal():
        return str(int(numeral) + 1)
    for signs in (NUMERALS, CIRCLED):
        at = signs.find(numeral)
        if at >= 0 and len(numeral) == 1:
            return signs[at + 1 : at + 2]
    return ""


def chinese(number: int) -> str:
    """1 → 一, 12 → 十二, 20 → 二十; from 1 to 99."""
    tens, ones = divmod(number, 10)
    head = {0: "", 1: "十"}.get(tens, f"{NUMERALS[tens - 1]}十")
    return head + (NUMERALS[ones - 1] if ones else "")


def circled(number: int) -> str:
    """1 → ①, up to ㉟; beyond that （36）."""
    if number <= len(CIRCLED):
        return CIRCLED[number - 1]
    return chr(0x3251 + number - 21) if number <= 35 else f"（{number}）"
