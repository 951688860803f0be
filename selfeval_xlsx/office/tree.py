"""The XML of a part as a tree that knows its parents and keeps its namespace declarations as they stood.

The standard library's own tree, with what Office files need besides: a part often names the prefixes that it
declares (``mc:Ignorable``), so that a declaration lost makes Word call the file damaged. An element that is put
somewhere leaves the place where it stood. Tags are full names, ``{namespace}name``; an element made here takes the
prefix that its namespace has where it is put.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, SupportsIndex
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import ParseError as ParseError  # noqa: PLC0414 - part of this module's interface

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
"""The namespace of a Word file's text, as it begins a tag."""

DEEPEST = 250
"""Elements inside one another; Word's own files stay below a hundred."""

Declarations = tuple[tuple[str, str], ...]
"""Prefix (empty: the default) and namespace, in their order."""

_XML = "http://www.w3.org/XML/1998/namespace"
PRESERVED = {f"{{{_XML}}}space": "preserve"}
"""The attribute of a text whose spaces at both ends count."""
_HEAD = "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n"
_CONTROLS = bytes({*range(32)} - {9, 10, 13})
_NONCHARACTERS = ("\ufffe".encode(), "\uffff".encode())
_SPECIAL = re.compile('[&<>"\\n\\r\\t]').search
_IN_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
)


class _Read(ET.Element):
    """An element while the parser makes it, of the same build as :class:`Element`."""

    __slots__ = ("__dict__", "parent")


class Element(ET.Element):
    """An element of a part. Children are its items; tags, attributes and texts are those of the standard library.

    Made by :func:`parse`, :func:`element` and :func:`child`.
    """

    __slots__ = ("__dict__", "parent")
    parent: "Element | None"
    """What it stands in; None for a root."""
    find: Any
    findall: Any
    iterfind: Any
    __iter__: Any
    __getitem__: Any

    declared: Declarations = ()
    """What it declares, as it was read."""
    wanted: Declarations = ()
    """What it declares where the place it is written at does not know the namespace."""

    # --- around it

    def getparent(self) -> Any:
        """The element it stands in; None for a root."""
        return self.parent

    def iterancestors(self, *tags: str) -> Iterator[Any]:
        """The elements around it from the inside out, those with one of ``tags`` (none given: all)."""
        around = self.parent
        while around is not None:
            if not tags or around.tag in tags:
                yield around
            around = around.parent

    def getnext(self) -> Any:
        """The element behind it in the same parent, or None."""
        return next(self.itersiblings(), None)

    def getprevious(self) -> Any:
        """The element before it in the same parent, or None."""
        if self.parent is None:
            return None
        place = self.parent.index(self)
        return self.parent[place - 1] if place else None

    def itersiblings(self, *tags: str) -> Iterator[Any]:
        """The elements behind it in the same parent, those with one of ``tags`` (none given: all)."""
        siblings = [] if self.parent is None else self.parent[self.parent.index(self) + 1 :]
        return (sibling for sibling in siblings if not tags or sibling.tag in tags)

    # --- inside it

    def iter(self, tag: str | None = None, *more: str) -> Any:
        """It and all elements inside it, in the order of the text, those with one of the tags (none given: all)."""
        if not more:
            return super().iter(tag)
        tags = {tag, *more}
        return (inside for inside in super().iter() if inside.tag in tags)

    def index(self, inside: ET.Element) -> int:
        """Which of its children ``inside`` is, counted from 0.

        Raises:
            ValueError: none.

        """
        return list(self).index(inside)

    # --- changes

    def append(self, inside: Any) -> None:
        """Put ``inside`` at the end."""
        _take(inside, self)
        super().append(inside)

    def insert(self, place: int, inside: Any) -> None:
        """Put ``inside`` before the child with that number."""
        _take(inside, self)
        super().insert(place, inside)

    def extend(self, elements: Iterable[Any]) -> None:
        """Put ``elements`` at the end."""
        for inside in list(elements):
            self.append(inside)

    def remove(self, inside: Any) -> None:
        """Take a child out, and the text behind it with it.

        Raises:
            ValueError: it is none of the children.

        """
        super().remove(inside)
        inside.parent = None

    def replace(self, old: Any, new: Any) -> None:
        """Put ``new`` where the child ``old`` stood."""
        _take(new, self)
        super().__setitem__(self.index(old), new)
        old.parent = None

    def __setitem__(self, place: SupportsIndex | slice, inside: Any) -> None:
        """Put one element, or several for a slice, in the place of others."""
        if not isinstance(place, slice):
            self.replace(self[place], inside)
            return
        come, first = list(inside), range(*place.indices(len(self))).start
        for gone in self[place]:
            self.remove(gone)
        for number, new in enumerate(come, start=first):
            self.insert(number, new)

    def addnext(self, other: Any) -> None:
        """Put ``other`` right behind this element, before the text behind it."""
        parent = self.getparent()
        _take(other, parent)
        ET.Element.insert(parent, parent.index(self) + 1, other)
        if self.tail:
            other.tail, self.tail = (other.tail or "") + self.tail, None

    def __deepcopy__(self, memo: dict[int, Any]) -> "Element":
        """Itself with all inside it, on its own; the text behind it goes with it."""
        made = Element(self.tag, dict(self.items()))
        made.parent = None
        made.text, made.tail = self.text, self.tail
        made.__dict__.update(self.__dict__)
        made.extend([inside.__deepcopy__(memo) for inside in self])
        return made


def _take(inside: Any, parent: "Element | None") -> None:
    """Let ``inside`` leave where it stands, for ``parent``."""
    if inside.parent is not None:
        inside.parent.remove(inside)
    inside.parent = parent


# --- making ---------------------------------------------------------------------------------------


def element(
    tag: str, attributes: Mapping[str, str] | None = None, declared: Mapping[str, str] | None = None
) -> Any:
    """A new element; ``declared`` are prefixes (empty: the default) for where its namespaces have none."""
    made = Element(tag, dict(attributes or {}))
    made.parent = None
    if declared:
        made.wanted = tuple(declared.items())
    return made


def child(parent: Any, tag: str, attributes: Mapping[str, str] | None = None, **more: str) -> Any:
    """A new element at the end of ``parent``."""
    made = element(tag, {**(attributes or {}), **more})
    parent.append(made)
    return made


def remove(node: Any) -> None:
    """Take ``node`` out of where it stands, with all inside it."""
    if node.parent is not None:
        node.parent.remove(node)


def unwrap(node: Any) -> None:
    """Put the children of ``node`` in its place."""
    parent = node.parent
    if parent is not None:
        place = parent.index(node)
        parent[place : place + 1] = list(node)


def namespace(tag: str) -> str:
    """The namespace of a full name; empty where it has none."""
    return tag[1:].rpartition("}")[0] if tag.startswith("{") else ""


def local_name(tag: str) -> str:
    """A full name without its namespace."""
    return tag.rpartition("}")[2]


def words(node: Any) -> str:
    """What an element of a Word file says: the texts inside it, without codes of fields and what was deleted."""
    return "".join([text.text or "" for text in node.iter(f"{W}t")])


def same(one: Any, other: Any) -> bool:
    """Whether two elements say the same, however their prefixes and the order of their attributes."""
    return (
        one.tag == other.tag
        and (one.text or "") == (other.text or "")
        and len(one) == len(other)
        and dict(one.items()) == dict(other.items())
        and all(
            (mine.tail or "") == (yours.tail or "") and same(mine, yours)
            for mine, yours in zip(one, other, strict=True)
        )
    )


# --- reading --------------------------------------------------------------------------------------


class _Builder(ET.TreeBuilder):
    """Makes elements of what the parser reads, with what each declares; refuses document types."""

    def __init__(self) -> None:
        super().__init__(
            self._made,
            comment_factory=_comment,
            pi_factory=_instruction,
            insert_comments=True,
            insert_pis=True,
        )
        self._declared: list[tuple[str, str]] = []

    def _made(self, tag: Any, attributes: dict[Any, str]) -> ET.Element:
        made = _Read(tag, attributes)
        if self._declared:
            made.__dict__["declared"] = tuple(self._declared)
            self._declared.clear()
        return made

    def start_ns(self, prefix: str | None, uri: str | None) -> None:
        self._declared.append((prefix or "", uri or ""))

    def doctype(self, *_: object) -> None:
        raise ParseError("a document type can hide an entity bomb; no Office program writes one")


def _comment(words: str | None) -> ET.Element:
    made = _Read(ET.Comment)  # type: ignore[arg-type]
    made.text = words
    return made


def _instruction(target: str, words: str | None = None) -> ET.Element:
    made = _Read(ET.ProcessingInstruction)  # type: ignore[arg-type]
    made.text = f"{target} {words}" if words else target
    return made


def parse(content: bytes | str) -> Any:
    """The root of a part. What it refers to outside itself is never fetched.

    Raises:
        ParseError: it is no XML, has a document type, or nests deeper than any Office file.

    """
    parser = ET.XMLParser(target=_Builder())
    try:
        parser.feed(content)
        root: Any = parser.close()
    except (ValueError, LookupError) as error:  # an encoding that is not known
        raise ParseError(str(error)) from error
    root.__class__, root.parent = Element, None
    level, depth = [root], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise ParseError("nested too deeply")
        below = []
        for parent in level:
            for inside in parent:
                inside.__class__, inside.parent = Element, parent
                below.append(inside)
        level = below
    return root


# --- writing --------------------------------------------------------------------------------------


class _Scope:
    """The declarations that hold at a place, the nearest first, and the names they give."""

    def __init__(self, bindings: Declarations) -> None:
        self.bindings = bindings
        self.elements: dict[str, str] = {}
        self.attributes: dict[str, str] = {}
        self.tags: dict[tuple[Any, ...], tuple[str, str]] = {}
        """The tags of elements without declarations, which are written again and again."""

    def within(self, declared: Declarations) -> "_Scope":
        """The scope inside an element that declares these."""
        prefixes = {prefix for prefix, _ in declared}
        return _Scope((*declared, *(binding for binding in self.bindings if binding[0] not in prefixes)))

    def named(self, tag: str, *, attribute: bool) -> str | None:
        """A full name with its prefix; None where its namespace has none that will do."""
        if not tag.startswith("{"):
            return tag
        uri, _, local = tag[1:].rpartition("}")
        for prefix, bound in self.bindings:
            if bound == uri and (prefix or not attribute):
                return f"{prefix}:{local}" if prefix else local
        return None

    def free(self) -> str:
        """A prefix that is not taken."""
        taken = {prefix for prefix, _ in self.bindings}
        return next(name for number in range(len(taken) + 1) if (name := f"ns{number}") not in taken)


_OUTSIDE = (("xml", _XML),)


def written(root: Any) -> bytes:
    """A part as it is stored, in UTF-8 with a declaration.

    Raises:
        ValueError: it holds a character that XML cannot hold.

    """
    content = (_HEAD + text(root)).encode()
    controls = len(content.translate(None, _CONTROLS)) != len(content)
    if controls or any(sign in content for sign in _NONCHARACTERS):
        raise ValueError("a character that XML cannot hold")
    return content


def text(root: Any) -> str:
    """An element with all inside it as XML, without the text behind it."""
    out: list[str] = []
    _write(root, _Scope(_OUTSIDE), out.append)
    return "".join(out)


def _write(node: Any, scope: _Scope, put: Any) -> None:
    if node.tag.__class__ is not str:
        put(f"<!--{node.text or ''}-->" if node.tag is ET.Comment else f"<?{node.text or ''}?>")
        return
    known = None if node.declared or node.wanted else scope.tags.get((node.tag, *node.items()))
    scope, (line, end) = _tags(node, scope) if known is None else (scope, known)
    words = node.text
    if not len(node):
        put(f"{line}/>" if words is None else f"{line}>{escaped(words)}{end}")
        return
    put(f"{line}>{escaped(words)}" if words else f"{line}>")
    for inside in node:
        _write(inside, scope, put)
        if inside.tail:
            put(escaped(inside.tail))
    put(end)


def _tags(node: Any, scope: _Scope) -> tuple[_Scope, tuple[str, str]]:
    """The start tag, without the sign that ends it, and the end tag of an element; the scope inside it."""
    known = {uri for _, uri in scope.bindings} if node.wanted else ()
    declarations = (*node.declared, *(wanted for wanted in node.wanted if wanted[1] not in known))
    inside = scope.within(declarations) if declarations else scope
    attributes = node.items()
    if node.tag not in inside.elements or not all(map(inside.attributes.__contains__, node.keys())):
        inside, more = _completed(inside, node.tag, attributes)
        declarations = (*declarations, *more)
    name = inside.elements[node.tag]
    line = f"<{name}"
    for prefix, uri in declarations:
        line += f' xmlns{":" if prefix else ""}{prefix}="{uri.translate(_IN_ATTRIBUTE)}"'
    for key, value in attributes:
        plain = value.isalnum() or not _SPECIAL(value)
        line += f' {inside.attributes[key]}="{value if plain else value.translate(_IN_ATTRIBUTE)}"'
    tags = line, f"</{name}>"
    if not declarations:
        scope.tags[node.tag, *attributes] = tags
    return inside, tags


def _completed(scope: _Scope, tag: str, attributes: Iterable[tuple[str, str]]) -> tuple[_Scope, Declarations]:
    """A scope that names what an element uses, and the declarations it took for what the place does not know."""
    more: Declarations = ()
    for name, attribute in ((tag, False), *((key, True) for key, _ in attributes)):
        if scope.named(name, attribute=attribute) is None:
            added = ((scope.free(), namespace(name)),)
            scope, more = scope.within(added), (*more, *added)
    scope.elements[tag] = scope.named(tag, attribute=False) or tag
    scope.attributes |= {key: scope.named(key, attribute=True) or key for key, _ in attributes}
    return scope, more


def escaped(words: str) -> str:
    """``words`` as they stand in XML, outside attributes."""
    if "&" in words:
        words = words.replace("&", "&amp;")
    if "<" in words:
        words = words.replace("<", "&lt;")
    if ">" in words:
        words = words.replace(">", "&gt;")
    return words.replace("\r", "&#13;") if "\r" in words else words
