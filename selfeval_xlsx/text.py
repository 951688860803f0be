"""Characters as people type them on Chinese keyboards and paste them from pages, made plain; and what XML may hold."""

import difflib
import re
import unicodedata
from collections.abc import Iterable

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
