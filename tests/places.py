"""Fields by their key: the cell that holds them on the shipped sheets, and how a message prints it."""

import re
from typing import Any

from samples import place


def cell(key: str) -> str:
    """The address of a field on its sheet: ``budget.lines.total.outturn`` → ``E9``."""
    return place(key).coordinate


def in_book(book: Any, key: str) -> Any:
    """The openpyxl cell of a field."""
    return book[place(key).sheet][cell(key)]


def printed(text: str) -> str:
    """``text`` with its addresses: ``<key>`` becomes ``E9``, ``「key」`` becomes ``「预算」E9``."""
    text = re.sub(r"<([a-z0-9_]+(?:\.[a-z0-9_]+)+)>", lambda key: cell(key[1]), text)
    return re.sub(r"「([a-z0-9_]+(?:\.[a-z0-9_]+)+)」", lambda key: str(place(key[1])), text)
