"""Line breaks in what was filled in: new paragraphs in running text, line breaks in a cell or a text box.

A line break inside a justified paragraph would stretch the line before it, and what follows would lack
the indent of its style.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_OWN = ("sectPr", "numPr", "pageBreakBefore")
"""Properties of a paragraph that would be repeated with it."""
_SIGNS = {"\n": "br", "\t": "tab"}


def part_lines(root: Any) -> None:
    """Put the line breaks and tabs in a rendered part into Word's terms; running text has no blank lines."""
    for text in _signed(root):
        paragraph = text.getparent().getparent()
        if _flows(paragraph):
            _spread(text, paragraph)
    for text in _signed(root):
        _write_signs(text)


def _signed(root: Any) -> list[Any]:
    """The texts that hold line breaks or tabs."""
    return [each for each in root.iter(f"{_W}t") if each.text and any(sign in each.text for sign in _SIGNS)]


def _flows(paragraph: Any) -> bool:
    """Whether it is a paragraph of running text that may become several; the inside of a link may not."""
    if paragraph.tag != f"{_W}p":
        return False
    inside = next(paragraph.iterancestors(f"{_W}tbl", f"{_W}txbxContent"), None)
    return inside is None and all(paragraph.find(f"{_W}pPr/{_W}{name}") is None for name in _OWN)


def _spread(text: Any, paragraph: Any) -> None:
    """A paragraph for each line of ``text``; what stands behind it goes to the last of them."""
    first, *others = _lines(text.text)
    text.text = first
    text.set(_SPACE, "preserve")
    run, begun = text.getparent(), paragraph
    behind = [*text.itersiblings()], [*run.itersiblings()]
    for line in others:
        following = _like(begun, "pPr")
        begun.addnext(following)
        begun = following
        last = _like(run, "rPr")
        begun.append(last)
        node = last.makeelement(f"{_W}t", {_SPACE: "preserve"})
        node.text = line
        last.append(node)
    if others:
        last.extend(behind[0])
        begun.extend(behind[1])


def _lines(text: str) -> list[str]:
    """Lines without the blanks around them, blank ones left out; what stands before and behind the breaks stays."""
    lines = text.split("\n")
    inner = [line.strip(" \t\u3000") for line in lines]
    inner[0], inner[-1] = lines[0].rstrip(" \t\u3000"), lines[-1].lstrip(" \t\u3000")
    return [line for index, line in enumerate(inner) if line or index == 0]


def _like(element: Any, properties: str) -> Any:
    """An empty element of the same kind with the same properties."""
    made = element.makeelement(element.tag)
    found = element.find(f"{_W}{properties}")
    if found is not None:
        made.append(deepcopy(found))
    return made


def _write_signs(text: Any) -> None:
    """Break ``text`` at its line breaks and tabs, and put the elements that stand for them between."""
    pieces = list(_pieces(text.text))
    text.text = pieces[0][1]
    text.set(_SPACE, "preserve")
    place = text
    for sign, words in pieces[1:]:
        mark = text.makeelement(f"{_W}{_SIGNS[sign]}")
        node = text.makeelement(text.tag, {_SPACE: "preserve"})
        node.text = words
        place.addnext(mark)
        mark.addnext(node)
        place = node


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """The words of ``text`` with the sign before them; the first has none."""
    sign, start = "", 0
    for index, letter in enumerate(text):
        if letter in _SIGNS:
            yield sign, text[start:index]
            sign, start = letter, index + 1
    yield sign, text[start:]
