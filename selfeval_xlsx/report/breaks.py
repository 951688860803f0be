"""Line breaks in what was filled in: new paragraphs in running text, line breaks in a cell or a text box.

A line break inside a justified paragraph would stretch the line before it, and what follows would lack
the indent of its style.
"""

import re

PARAGRAPH = "\a"
"""What :mod:`docxtpl` turns into a new paragraph with the properties of the one around."""

_BREAK = re.compile(r"[ \t\u3000]*(?:\n[ \t\u3000]*)+")
_TOKEN = re.compile(
    r"<(?P<close>/?)w:(?:tbl|txbxContent)(?=[ >])[^>]*>|<w:(?P<begin>p)(?=[ >])[^>]*>"
    r"|<w:(?P<own>sectPr|numPr|pageBreakBefore)\b|(?P<open><w:t(?: [^>]*)?>)(?P<text>[^<]*\n[^<]*)"
)


def parted(xml: str) -> str:
    """``xml`` of a part, rendered, with the line breaks of running text as new paragraphs, blank lines left out.

    A paragraph that ends a section, bears a number of its own or begins a page stays one: what is its
    own would be repeated.
    """
    depth, single = 0, False

    def replaced(token: re.Match[str]) -> str:
        nonlocal depth, single
        if token["text"] is not None:
            words = token["text"]
            return token["open"] + (words if depth or single else _BREAK.sub(PARAGRAPH, words))
        if token["begin"]:
            single = False
        elif token["own"]:
            single = True
        else:
            depth += -1 if token["close"] else 1
        return token[0]

    return _TOKEN.sub(replaced, xml)
