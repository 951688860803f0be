"""The name most like one that is not there."""

import difflib
from collections.abc import Iterable


def closest(wrong: str, names: Iterable[str]) -> str:
    """The name most like ``wrong``; empty where none is."""
    matches = difflib.get_close_matches(wrong.lower(), list(names), n=1, cutoff=0.6)
    return matches[0] if matches else ""
