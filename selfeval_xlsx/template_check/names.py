"""The names a template may use, as a tree of plain data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum


class Shape(Enum):
    """What stands under a name."""

    TEXT = "文字"
    PARAGRAPHS = "文字，可分段"
    LIST = "列表"
    GROUP = "一组字段"
    FLAG = "是或否"
    NUMBER = "整数"
    UNKNOWN = "不定"


@dataclass(frozen=True)
class Name:
    """A name with what stands under it; below a list stand the names of one of its items."""

    path: str
    shape: Shape
    below: Mapping[str, "Name"] = field(default_factory=dict)
    meaning: str = ""
    note: str = ""
    example: str = ""
    inner: "Name | None" = None
    """The item of a list of lists."""

    @property
    def item(self) -> "Name":
        """One item of a list."""
        if self.inner is not None:
            return self.inner
        if self.shape is not Shape.LIST:
            return Name(self.path, Shape.UNKNOWN)
        return Name(self.path, Shape.GROUP if self.below else Shape.TEXT, self.below)

    def __getitem__(self, key: str) -> "Name":
        """The name ``key`` below this one."""
        return self.below[key]

    def walk(self) -> Iterator["Name"]:
        """The name and all below it."""
        yield self
        for each in self.below.values():
            yield from each.walk()


@dataclass(frozen=True)
class Wanted:
    """A field of the form that a report is expected to print."""

    path: str
    label: str
    block: str
    required: bool


@dataclass(frozen=True)
class Vocabulary:
    """All a template may name, and what it ought to print."""

    root: Name
    wanted: tuple[Wanted, ...] = ()
    draws: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The fields (prefixes of their paths) that are printed by printing a name made of them."""
    figures: frozenset[str] = frozenset()
    """The labels of the figures that a chart may show."""
    rivals: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """For the name of each figure the names of the others of its block: what its label must not be."""


def elsewhere(wrong: str, root: Name) -> str:
    """The full path of a name whose last part, or whose meaning, is ``wrong``; empty where none is.

    Of several, one that needs no loop, and a total before its parts.
    """
    looped = {below.path for name in root.walk() if name.shape is Shape.LIST for below in name.walk()}
    found = [
        name
        for name in root.walk()
        if name.path and wrong in {name.path.rpartition(".")[2], *name.meaning.split("·"), name.meaning}
    ]
    found.sort(key=lambda name: (name.path in looped, not name.meaning.startswith("合计")))
    return found[0].path if found else ""
