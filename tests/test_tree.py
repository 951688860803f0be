"""The XML tree against lxml, an independent library: same bytes read and written, same answers, same changes."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from selfeval_xlsx.office import tree

A, B = "urn:a", "urn:b"
NAMESPACES = {"": [A, "urn:c"], "b": [B, "urn:d"], "mc": ["urn:mc"]}
"""None has two prefixes at one place: of two, the nearest is written."""
TAGS = ["p", "t", f"{{{A}}}p", f"{{{A}}}t", f"{{{B}}}t"]
LETTERS = st.text("ab 额<>&\"'\n\t\r]", max_size=6)


@st.composite
def parts(draw: Any, depth: int = 3) -> str:
    """XML whose elements declare prefixes here and there, with comments and instructions among them."""
    return _element(draw, {}, depth)


def _element(draw: Any, known: dict[str, str], depth: int) -> str:
    declared = {
        prefix: draw(st.sampled_from(NAMESPACES[prefix]))
        for prefix in draw(st.lists(st.sampled_from([*NAMESPACES]), max_size=2, unique=True))
    }
    known = {**known, **declared}
    prefix = draw(st.sampled_from(sorted({"", *known})))
    name = f"{prefix}:{draw(st.sampled_from('pt'))}" if prefix else draw(st.sampled_from("pt"))
    words = "".join(f' xmlns{":" if key else ""}{key}="{uri}"' for key, uri in declared.items())
    qualified = [f"{each}:val" for each in known if each]
    for key in draw(st.lists(st.sampled_from(["val", "Ignorable", *qualified]), max_size=3, unique=True)):
        words += f' {key}="{_attribute(draw(LETTERS))}"'
    if depth == 0 or draw(st.booleans()):
        return f"<{name}{words}/>"
    pieces = draw(st.lists(st.sampled_from(["element", "text", "comment", "instruction"]), max_size=4))
    inside = "".join(_piece(draw, piece, known, depth) for piece in pieces)
    return f"<{name}{words}>{inside}</{name}>"


def _piece(draw: Any, piece: str, known: dict[str, str], depth: int) -> str:
    if piece == "element":
        return _element(draw, known, depth - 1)
    return {"text": _text(draw(LETTERS)), "comment": "<!--额-->", "instruction": "<?mso a?>"}[piece]


def _text(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def _attribute(words: str) -> str:
    escaped = _text(words).replace('"', "&quot;")
    return escaped.replace("\n", "&#10;").replace("\t", "&#9;")


def stored(root: Any) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def meaning(node: Any) -> tuple[Any, ...]:
    """A document without its prefixes."""
    below = [(meaning(each), each.tail or "") for each in node]
    return str(node.tag), dict(node.attrib), node.text or "", below


@given(parts())
def test_what_is_read_is_written_as_it_stood(part: str) -> None:
    assert tree.written(tree.parse(part)) == stored(etree.fromstring(part))


@given(parts(), st.sampled_from(TAGS))
def test_elements_are_found_where_they_stand(part: str, tag: str) -> None:
    ours, theirs = tree.parse(part), etree.fromstring(part)
    for question in (
        lambda root: [each.tag for each in root.iter(*TAGS[:3])],
        lambda root: [[around.tag for around in each.iterancestors()] for each in root.iter(tag)],
        lambda root: [each.text for each in root.findall(f".//{tag}")],
        lambda root: [each.get("val") for each in root.findall(tag)],
        lambda root: root.findtext(f"{tag}/{tag}", ""),
        lambda root: [[other.tag for other in each.itersiblings(tag)] for each in root.iter(tag)],
        lambda root: [getattr(each.getprevious(), "tail", None) for each in root.iter(tag)],
        lambda root: [getattr(each.getnext(), "tail", None) for each in root.iter(tag)],
    ):
        assert question(ours) == question(theirs)


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["append", "insert", "remove", "replace", "addnext", "unwrap", "copy"]),
        st.integers(0, 30),
        st.integers(0, 30),
    ),
    max_size=6,
)


@given(parts(), CHANGES)
def test_changes_give_the_same_document(part: str, changes: list[tuple[str, int, int]]) -> None:
    ours, theirs = tree.parse(part), etree.fromstring(part)
    for change, first, second in changes:
        for root in (ours, theirs):
            _change(root, change, first, second)
        assert meaning(etree.fromstring(tree.written(ours))) == meaning(etree.fromstring(stored(theirs)))


def _change(root: Any, change: str, first: int, second: int) -> None:
    elements = [each for each in root.iter() if isinstance(each.tag, str)]
    one, other = elements[first % len(elements)], elements[second % len(elements)]
    if one is root or one in [other, *other.iterancestors()]:
        return
    parent = other.getparent()
    match change:
        case "append":
            other.append(one)
        case "insert":
            other.insert(0, one)
        case "remove":
            one.getparent().remove(one)
        case "replace" if parent is not None:
            parent.replace(other, one)
        case "addnext" if parent is not None:
            other.addnext(one)
        case "unwrap":
            if isinstance(one, tree.Element):
                tree.unwrap(one)
            else:
                place = one.getparent().index(one)
                one.getparent()[place : place + 1] = list(one)
        case "copy":
            other.append(copy.deepcopy(one))
        case _:
            pass


@given(parts(), parts())
def test_equal_documents_are_the_same(one: str, other: str) -> None:
    for left, right in ((one, other), (one, one)):
        equal = meaning(etree.fromstring(left)) == meaning(etree.fromstring(right))
        assert tree.same(tree.parse(left), tree.parse(right)) == equal


def test_a_new_element_takes_the_prefix_of_its_place() -> None:
    root = tree.parse(f'<x:p xmlns:x="{A}" xmlns:mc="{B}" mc:Ignorable="mc"/>')
    tree.child(root, f"{{{A}}}t").text = "1"
    root.append(tree.element(f"{{{A}}}t", {f"{{{B}}}id": "2"}, {"": A, "r": "urn:r"}))
    tree.child(root, "{urn:new}t", val="3")
    assert tree.text(root) == (
        f'<x:p xmlns:x="{A}" xmlns:mc="{B}" mc:Ignorable="mc"><x:t>1</x:t>'
        '<x:t xmlns:r="urn:r" mc:id="2"/><ns0:t xmlns:ns0="urn:new" val="3"/></x:p>'
    )


@pytest.mark.parametrize(
    "part",
    [
        "<a><b></a>",
        "",
        "<w:p/>",
        '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
        "<!DOCTYPE a><a/>".encode("utf-16"),
        "<a>" * 300 + "</a>" * 300,
        "<a>\x01</a>",
        b"<?xml version='1.0' encoding='nonsense'?><a/>",
    ],
)
def test_what_no_office_program_writes_is_refused(part: str | bytes) -> None:
    with pytest.raises(tree.ParseError):
        tree.parse(part)


@pytest.mark.parametrize("words", ["\x01", "\0", "\uffff", "\ud800"])
def test_no_invalid_character_is_written(words: str) -> None:
    root = tree.element("a", {"b": words})
    with pytest.raises(ValueError, match=r"character|surrogate"):
        tree.written(root)
    root = tree.element("a")
    root.text = words
    with pytest.raises(ValueError, match=r"character|surrogate"):
        tree.written(root)
