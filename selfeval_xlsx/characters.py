"""Which characters a file in XML may hold: not all that a cell or a JSON file can."""

import re

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
"""Control characters, halves of characters, and code points that stand for no character and never will."""


def printable(text: str) -> str:
    """``text`` without what no document may hold."""
    return _UNPRINTABLE.sub("", text)
