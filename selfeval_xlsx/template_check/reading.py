"""Reads the tags of a template one by one: is each well-formed, and does what it names exist."""

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from jinja2 import nodes

from selfeval_xlsx.findings import Severity
from selfeval_xlsx.report import language
from selfeval_xlsx.template_check.tags import ENDS, INVISIBLE, Problem, Tag, at_tag
from selfeval_xlsx.text import closest

# --- names: what a template may name, as a tree of plain data ---------------------------------------


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
        for name in self.below.values():
            yield from name.walk()


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
    alike = [
        name
        for name in root.walk()
        if name.path and wrong in {name.path.rpartition(".")[2], *name.meaning.split("·"), name.meaning}
    ]
    first = min(
        alike, key=lambda name: (name.path in looped, not name.meaning.startswith("合计")), default=root
    )
    return first.path


# --- tags -------------------------------------------------------------------------------------------

_ODD = re.compile(f"[，。；：、（）［］｛｝【】《》＝＜＞％｜＋－…—＿．{INVISIBLE}]")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_CURLY = re.compile(r"[“”‘’]")

_ITEMS = {"list", "reverse", "unique", "select", "reject", "selectattr", "rejectattr"}
"""Filters that give a list of the same items."""
_PICKS = {"first", "last"}
_LISTS = _ITEMS | _PICKS | {"join", "map", "batch"}
_TEXTS = {"sentence", "clause", "replace", "trim"}
_BY_FIELD = {"selectattr", "rejectattr", "map"}

_TEXT = Name("", Shape.TEXT)
_NUMBER = Name("", Shape.NUMBER)
_TRUTH = Name("", Shape.FLAG)
_ANY = Name("", Shape.UNKNOWN)
_LOOP = Name("", Shape.GROUP, dict.fromkeys(language.LOOP, _ANY))


class TemplateReading:
    """Reads tags in order, knowing which names stand for what at each of them."""

    def __init__(self, root: Name) -> None:
        self._root = root
        self._scopes: list[dict[str, Name]] = [dict(root.below)]
        self._part = ""
        self._problems: list[Problem] = []
        self._tag: Tag
        self.used: set[str] = set()
        """Paths of the names that were read."""
        self.prints: dict[Tag, Name] = {}
        """What each tag prints, where it is one name."""

    def read(self, tag: Tag) -> list[Problem]:
        """What is wrong inside ``tag``."""
        self._problems, self._tag = [], tag
        if tag.paragraph.part != self._part:
            self._part, self._scopes = tag.paragraph.part, self._scopes[:1]
        if tag.keyword == "endfor" and len(self._scopes) > 1:
            self._scopes.pop()
        source = _whole(tag)
        if source:
            self._parse(source)
        if tag.paragraph.boxed and re.search(r"\b(?:no|编号)\(", tag.body):
            self._say("文本框里的编号会数两次", "请在文本框里直接写编号", Severity.WARNING)
        return self._problems

    def _say(self, what: str, hint: str = "", severity: Severity = Severity.ERROR) -> None:
        self._problems.append(at_tag(self._tag, what, hint, severity))

    def _parse(self, source: str) -> None:
        try:
            tree = language.parsed(source)
        except language.RefusedError as error:
            odd = "".join(dict.fromkeys(_ODD.findall(_QUOTED.sub("", self._tag.body))))
            hint = "标签里的符号要用英文半角" if odd else ""
            self._say(f"标签里有不能用的字符“{odd}”" if odd.strip() else error.what, hint)
            return
        faults = list(language.forbidden(tree))
        for fault in faults:
            self._say(fault.what)
        if any(fault.what == language.TOO_DEEP for fault in faults):
            return
        if _CURLY.search(self._tag.source):
            self._say("标签里是中文引号，按英文引号处理", "建议改成英文引号", Severity.NOTE)
        for node in tree.body:
            self._statement(node)

    def _statement(self, node: nodes.Node) -> None:
        match node:
            case nodes.Output(nodes=printed):
                for value in printed:
                    self._print(value)
            case nodes.For():
                self._loop(node)
            case nodes.If(elif_=others):
                for branch in others or [node]:
                    self._value(branch.test)
            case nodes.Assign(target=nodes.Name(name=name), node=value):
                self._scopes[-1][name] = self._value(value)

    def _print(self, node: nodes.Expr) -> None:
        value, written = self._value(node), _written(node)
        self.prints[self._tag] = value
        if value.shape is Shape.LIST:
            self._say(f"“{written}”是列表，不能直接打印", f"请用循环：for row in {written}")
        elif value.shape is Shape.GROUP:
            below = f"请写出下级，如 {written}.{next(iter(value.below), '')}"
            self._say(f"“{written}”是一组字段，不能直接打印", below)
        elif value.shape is Shape.FLAG:
            self._say("这里是判断（是或否），不能打印", "请用 if")

    def _loop(self, node: nodes.For) -> None:
        items, written = self._value(node.iter), _written(node.iter)
        if items.shape in {Shape.TEXT, Shape.PARAGRAPHS}:
            self._say(f"“{written}”不是列表，不能循环", f"要逐段打印请用 {written}.paragraphs")
        elif items.shape is Shape.GROUP:
            self._say(f"“{written}”是一组字段，不能循环", "请逐个写出下级字段")
        names = {target.name: _ANY for target in node.target.find_all(nodes.Name)}
        if isinstance(node.target, nodes.Name):
            names = {node.target.name: items.item}
        self._scopes.append({"loop": _LOOP, **names})
        if node.test is not None:
            self._value(node.test)

    # --- values -----------------------------------------------------------------------------

    def _value(self, node: nodes.Node) -> Name:
        """What ``node`` stands for; names that do not exist are reported."""
        match node:
            case nodes.Name(name=name):
                return self._named(name)
            case nodes.Getattr() | nodes.Getitem():
                return self._reached(node)
            case nodes.Filter():
                return self._filtered(node)
            case nodes.Call():
                return self._called(node)
            case nodes.CondExpr() | nodes.And() | nodes.Or():
                return self._chosen(node)
            case _:
                return self._made(node)

    def _reached(self, node: nodes.Getattr | nodes.Getitem) -> Name:
        """What stands below a name, or at a place of it."""
        whole = self._value(node.node)
        match node:
            case nodes.Getattr(attr=attribute) | nodes.Getitem(arg=nodes.Const(value=str() as attribute)):
                return self._below(whole, attribute, _written(node.node))
            case _:
                self._value(node.arg)
                self.used.update(name.path for name in whole.walk())
                return whole.item

    def _chosen(self, node: nodes.CondExpr | nodes.And | nodes.Or) -> Name:
        if isinstance(node, nodes.CondExpr):
            self._value(node.test)
        one, other = (node.expr1, node.expr2) if isinstance(node, nodes.CondExpr) else (node.left, node.right)
        values = [self._value(value) for value in (one, other) if value is not None]
        return values[0] if len({value.shape for value in values}) == 1 else _ANY

    def _made(self, node: nodes.Node) -> Name:
        """What is written out or worked out in the tag itself."""
        parts = [self._value(child) for child in node.iter_child_nodes()]
        match node:
            case nodes.Compare() | nodes.Not() | nodes.Test() | nodes.Const(value=bool()):
                return _TRUTH
            case nodes.Const(value=int()):
                return _NUMBER
            case nodes.List() | nodes.Tuple():
                return Name("", Shape.LIST, inner=_ANY)
            case nodes.Add() | nodes.Sub() | nodes.Mul() | nodes.FloorDiv() | nodes.Mod() | nodes.Neg():
                if any(part.shape not in {Shape.NUMBER, Shape.UNKNOWN} for part in parts):
                    self._say("只有序号这样的整数才能计算", "金额和比率已由程序算好；连接文字用 ~")
                return _NUMBER
            case _:
                return _TEXT

    def _named(self, name: str) -> Name:
        for scope in reversed(self._scopes):
            if name in scope:
                return self._use(scope[name])
        if name not in language.FUNCTIONS:
            near = closest(name, itertools.chain(*self._scopes)) or elsewhere(name, self._root)
            self._unknown(name, near)
        return _ANY

    def _below(self, whole: Name, attribute: str, written: str) -> Name:
        if whole.shape is Shape.UNKNOWN or attribute.startswith("_"):
            return _ANY
        if whole.shape is Shape.GROUP and attribute in whole.below:
            return self._use(whole.below[attribute])
        if whole.shape in {Shape.TEXT, Shape.PARAGRAPHS} and attribute == "paragraphs":
            return Name(whole.path, Shape.LIST)
        if whole.shape is Shape.LIST:
            hint = f"请用循环：for row in {written}，再写 row.{attribute}"
            self._say(f"“{written}”是列表，没有“{attribute}”", hint)
            return _ANY
        near = closest(attribute, whole.below)
        full = f"{written}.{near}" if near else elsewhere(attribute, self._root)
        self._unknown(f"{written}.{attribute}", full)
        return _ANY

    def _use(self, name: Name) -> Name:
        self.used.add(name.path)
        return name

    def _unknown(self, written: str, near: str) -> None:
        hint = f"是不是“{near}”" if near else "可用的字段见 selfeval template fields"
        self._say(f"没有字段“{written}”", hint)

    # --- filters and functions --------------------------------------------------------------

    def _filtered(self, node: nodes.Filter) -> Name:
        value = self._value(node.node) if node.node is not None else _ANY
        for argument in (*node.args, *(keyword.value for keyword in node.kwargs)):
            self._value(argument)
        name, written = node.name, _written(node.node)
        self._suits(name, value, written)
        attribute = _field_of(node) if name in _BY_FIELD else ""
        picked = self._picked(value.item, attribute, written) if attribute else _ANY
        match name:
            case "map":
                return Name(picked.path, Shape.LIST, picked.below)
            case "batch":
                return Name("", Shape.LIST, inner=value)
            case "length" | "count" | "int":
                return _NUMBER
            case _ if name in _ITEMS or name == "default":
                return value
            case _ if name in _PICKS:
                return value.item
            case _:
                return _TEXT if name in language.ENVIRONMENT.filters else _ANY

    def _picked(self, item: Name, attribute: str, written: str) -> Name:
        if item.shape is Shape.UNKNOWN:
            return _ANY
        if attribute in item.below:
            return self._use(item.below[attribute])
        near = closest(attribute, item.below)
        self._say(f"“{written}”的每一项没有字段“{attribute}”", f"是不是“{near}”" if near else "")
        return _ANY

    def _suits(self, name: str, value: Name, written: str) -> None:
        if name in _LISTS and value.shape in {Shape.TEXT, Shape.PARAGRAPHS, Shape.GROUP} and value.path:
            self._say(f"过滤器“{name}”用于列表，“{written}”不是列表")
        if name in _TEXTS and value.shape in {Shape.LIST, Shape.GROUP}:
            self._say(f"过滤器“{name}”用于文字，“{written}”不是文字")

    def _called(self, call: nodes.Call) -> Name:
        for argument in call.args:
            self._value(argument)
        match call.node:
            case nodes.Name(name="range"):
                return Name("", Shape.LIST, inner=_NUMBER)
            case nodes.Name(name="no" | "编号" as function):
                levels = [level.value for level in call.args if isinstance(level, nodes.Const)]
                if levels not in ([0], [1], [2], [3], [4]):
                    hint = "no(1) 一、 no(2) （一） no(3) 1. no(4) （1） no(0) 表1"
                    self._say(f"{function} 的括号里要写 0 到 4 的一个数", hint)
                return _TEXT
            case _:
                return _ANY


def _whole(tag: Tag) -> str:
    """``tag`` as a source of its own; empty where there is nothing in it to read."""
    match tag.keyword:
        case _ if tag.kind == "{":
            return f"{{{{ {tag.body} }}}}"
        case "for" | "if" as word:
            return f"{{% {tag.body} %}}{{% {ENDS[word]} %}}"
        case "elif":
            return f"{{% if true %}}{{% {tag.body} %}}{{% endif %}}"
        case "set":
            return f"{{% {tag.body} %}}"
        case "colspan" | "cellbg" as word:
            return f"{{{{ {tag.body.removeprefix(word)} }}}}"
        case _:
            return ""


def _written(node: nodes.Node | None) -> str:
    """A name as the template writes it."""
    match node:
        case nodes.Name(name=name):
            return name
        case nodes.Getattr(node=base, attr=attribute):
            return f"{_written(base)}.{attribute}"
        case nodes.Filter(node=base):
            return _written(base)
        case _:
            return "…"


def _field_of(node: nodes.Filter) -> str:
    """The field a filter picks by, where it is written out."""
    named = [keyword.value for keyword in node.kwargs if keyword.key == "attribute"]
    given = named or (node.args[:1] if node.name != "map" else [])
    return str(given[0].value) if given and isinstance(given[0], nodes.Const) else ""
