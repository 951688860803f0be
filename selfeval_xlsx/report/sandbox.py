"""The sandbox templates run in: plain data only, and a bounded amount of work for one rendering.

A template reads texts, lists and groups of them. It calls no methods of theirs, computes with no
amounts, and cannot grow without end.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from jinja2 import StrictUndefined, UndefinedError, pass_context
from jinja2.exceptions import TemplateRuntimeError
from jinja2.filters import FILTERS as JINJA_FILTERS
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import SandboxedEnvironment
from jinja2.utils import missing

from selfeval_xlsx.report.wording import FILTERS, Prose

WORK = 20_000_000
"""Characters one report may take, counting what is joined on the way: some thousand pages."""

WORK_KEY = "_work"
"""Under which a context holds the :class:`Work` of its rendering."""

LOOP_STEP = 50
"""What one turn of a loop counts for, in characters."""

LONGEST_RANGE = 1000

COUNTED = "_counted"
"""The filter by which a loop pays for its turns; no template may name it."""

LOOP = (
    "index", "index0", "first", "last", "length", "revindex", "revindex0", "previtem", "nextitem", "depth",
    "cycle", "changed",
)  # fmt: skip
"""What ``loop`` offers inside a loop; the last two are called."""

_KEPT_FILTERS = (
    "count", "default", "first", "int", "last", "length", "list", "map", "reject", "rejectattr",
    "reverse", "select", "selectattr", "trim", "unique",
)  # fmt: skip
"""Of Jinja's own filters: none that computes, guesses, marks text as safe or pads it."""


class Work:
    """How much work a rendering has left."""

    def __init__(self, limit: int = WORK) -> None:
        self._left = limit

    def spend(self, characters: int) -> None:
        """Take ``characters`` off.

        Raises:
            TemplateRuntimeError: nothing is left.

        """
        self._left -= characters
        if self._left < 0:
            raise TemplateRuntimeError("生成的内容太多，循环可能写错了")


class Missing(StrictUndefined):
    """A name that does not exist; every use of it says so in Chinese."""

    __slots__ = ()

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = missing,
        name: str | None = None,
        exc: type[TemplateRuntimeError] = UndefinedError,
    ) -> None:
        super().__init__(hint or f"没有“{name}”：名称写错了，或没有填写（要先用 if 判断）", obj, name, exc)


class _Environment(SandboxedEnvironment):
    """Reaches into plain data only: keys of groups, places in lists, the paragraphs of a text, ``loop``."""

    intercepted_binops = frozenset({"+", "-", "*", "//", "%"})

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, LoopContext):
            return getattr(obj, attribute) if attribute in LOOP else Missing(name=f"loop.{attribute}")
        if attribute == "paragraphs" and isinstance(obj, Prose):
            return obj.paragraphs
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        for each in (obj, argument):
            if isinstance(each, Missing):
                str(each)
        if isinstance(obj, Mapping | list | tuple | str):
            try:
                return obj[argument]
            except (TypeError, LookupError):
                pass
        return Missing(name=str(argument))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002 - as in jinja2
        if isinstance(left, int) and isinstance(right, int):
            return self.binop_table[operator](left, right)
        raise TemplateRuntimeError("只有序号这样的整数才能计算；金额是文字，连接文字用 ~")


def _printed(value: Any) -> Any:
    """What a tag prints: a text or a whole number, never a list or a group."""
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, Missing):
        return str(value)
    raise TemplateRuntimeError("这里不是文字，不能直接打印；列表要用循环")


@pass_context
def _counted(context: Context, items: Any) -> Any:
    """The items of a loop, paid for in advance."""
    if isinstance(items, Missing):
        str(items)
    if isinstance(items, str | Mapping) or not isinstance(items, Iterable):
        raise TemplateRuntimeError("for 后面不是列表")
    found = items if isinstance(items, list | range) else list(items)
    context[WORK_KEY].spend(LOOP_STEP * len(found))
    return found


@pass_context
def _join(context: Context, items: Iterable[Any], separator: str = "") -> str:
    texts = [str(_printed(item)) for item in items]
    context[WORK_KEY].spend(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


@pass_context
def _replace(context: Context, text: str, old: str, new: str) -> str:
    context[WORK_KEY].spend(len(text) + str(text).count(old) * len(new))
    return str(text).replace(old, new)


def _batch(items: Iterable[Any], size: int) -> list[list[Any]]:
    whole = list(items)
    return [whole[start : start + size] for start in range(0, len(whole), size)]


def _range(*arguments: int) -> range:
    numbers = range(*arguments)
    if len(numbers) > LONGEST_RANGE:
        raise TemplateRuntimeError(f"range 最多 {LONGEST_RANGE} 个")
    return numbers


def _environment() -> SandboxedEnvironment:
    environment = _Environment(undefined=Missing, autoescape=True, finalize=_printed, optimized=False)
    environment.filters = {
        **{name: JINJA_FILTERS[name] for name in _KEPT_FILTERS},
        **FILTERS,
        "batch": _batch,
        "join": _join,
        "replace": _replace,
        COUNTED: _counted,
    }
    environment.globals = {"range": _range}
    return environment


ENVIRONMENT = _environment()
