"""The language of templates, a small part of Jinja: what may be written, how it is compiled and rendered.

It runs in a sandbox: plain data only, and a bounded amount of work for one rendering. A template reads texts, lists and
groups of them. It calls no methods of theirs, computes with no amounts, and cannot grow without end.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, UndefinedError, nodes, pass_context
from jinja2.exceptions import TemplateRuntimeError
from jinja2.filters import FILTERS as JINJA_FILTERS
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import SandboxedEnvironment
from jinja2.utils import missing

from selfeval_xlsx.report.wording import FILTERS, Prose
from selfeval_xlsx.text import closest

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

_KEPT_FILTERS = {
    "join": "把列表连成一段，如 facts.offices|join('、')",
    "replace": "替换文字，如 row.level1|replace('指标', '')",
    "default": "没有时用另一个值",
    "trim": "去掉首尾空格",
    "length": "列表有几项",
    "count": "同 length",
    "first": "列表的第一项",
    "last": "列表的最后一项",
    "reverse": "列表倒序",
    "unique": "列表去重",
    "batch": "列表每几项一组",
    "map": "取列表每项的一个字段，如 facts.posts|map(attribute='label')",
    "select": "列表中合乎条件的项",
    "reject": "列表中不合条件的项",
    "selectattr": "列表中某字段不为空（或合乎条件）的项",
    "rejectattr": "列表中某字段为空（或合乎条件）的项",
    "list": "变成列表，用在 selectattr 等之后",
    "int": "变成整数，用于比较个数",
}
"""Of Jinja's own filters those that a template may use; none that computes, guesses, marks text as safe or pads it."""

FILTER_MEANINGS = {
    "sentence": "末尾补成一个句号",
    "clause": "去掉末尾的标点",
    "circled": "数字变成 ①②③",
    **_KEPT_FILTERS,
}
"""Every filter a template may use, with its meaning."""


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
        for value in (obj, argument):
            if isinstance(value, Missing):
                str(value)
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
    turns = items if isinstance(items, list | range) else list(items)
    context[WORK_KEY].spend(LOOP_STEP * len(turns))
    return turns


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


ENVIRONMENT = _Environment(undefined=Missing, autoescape=True, finalize=_printed, optimized=False)
ENVIRONMENT.filters = {
    **{name: JINJA_FILTERS[name] for name in _KEPT_FILTERS},
    **FILTERS,
    "batch": _batch,
    "join": _join,
    "replace": _replace,
    COUNTED: _counted,
}
ENVIRONMENT.globals = {"range": _range}


# --- what may be written ------------------------------------------------------------------------

FUNCTIONS = ("no", "编号", "range")

DEEPEST = 80
"""How deep statements and expressions may be nested."""

TOO_DEEP = "标签嵌套太深或太复杂"

_LOOP_CALLS = ("cycle", "changed")

_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.For, nodes.If, nodes.Assign, nodes.Name,
    nodes.Const, nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Filter, nodes.Test, nodes.Call, nodes.Keyword,
    nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.CondExpr, nodes.Concat, nodes.Add,
    nodes.Sub, nodes.Mul, nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.List, nodes.Tuple,
)  # fmt: skip

_REASONS = {
    nodes.Div: "不能做除法，金额和比率由程序算好",
    nodes.Pow: "不能做乘方，金额和比率由程序算好",
    nodes.Dict: "不能写花括号的字典",
    nodes.Include: "不能引用别的文件（include）",
    nodes.Import: "不能引用别的文件（import）",
    nodes.FromImport: "不能引用别的文件（import）",
    nodes.Extends: "不能引用别的文件（extends）",
    nodes.Macro: "不能定义宏（macro）",
    nodes.AssignBlock: "set 要写成“set 名称 = 值”",
}


class RefusedError(Exception):
    """Something a template may not say, or a source that is no template: the line, and what is wrong, in Chinese."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line
        self.what = what


def forbidden(tree: nodes.Node) -> Iterator[RefusedError]:
    """Everything in ``tree`` that templates may not use, unknown filters and functions among it."""
    pending = [(tree, 0)]
    while pending:
        node, depth = pending.pop()
        reason = TOO_DEEP if depth > DEEPEST else _objection(node)
        if reason:
            yield RefusedError(node.lineno, reason)
        else:
            pending.extend((child, depth + 1) for child in node.iter_child_nodes())


def _objection(node: nodes.Node) -> str:
    wrong = _wrong_name(node) or _wrong_form(node)
    if wrong or isinstance(node, _ALLOWED):
        return wrong
    return _REASONS.get(type(node), "不能用这种写法，只能取字段、循环（for）、判断（if）、取名（set）")


def _wrong_name(node: nodes.Node) -> str:
    match node:
        case nodes.Name(name=name) | nodes.Getattr(attr=name) if name.startswith("_"):
            return f"不允许用“{name}”，只能用字段说明里的字段"
        case nodes.Name(name="loop", ctx="store"):
            return "“loop”是循环自带的名字，请换一个"
        case nodes.Filter(name=name) if name not in ENVIRONMENT.filters or name == COUNTED:
            near = closest(name, ENVIRONMENT.filters)
            hint = f"是不是“{near}”" if near else "可用的见 selfeval template fields"
            return f"没有过滤器“{name}”，{hint}"
        case nodes.Test(name=name) if name not in ENVIRONMENT.tests:
            return f"没有判断词“{name}”"
        case _:
            return ""


def _wrong_form(node: nodes.Node) -> str:
    match node:
        case nodes.CondExpr(expr2=None):
            return "“… if …”后面要写 else"
        case nodes.For(recursive=True):
            return "不能用递归循环（recursive）"
        case nodes.List(items=items) | nodes.Tuple(items=items, ctx="load"):
            constant = all(isinstance(item, nodes.Const) for item in items)
            return "" if constant else "列表里只能写文字和数字"
        case nodes.Assign(target=target) if not isinstance(target, nodes.Name):
            return "set 要写成“set 名称 = 值”"
        case nodes.Call():
            return _call_objection(node)
        case _:
            return ""


def _call_objection(call: nodes.Call) -> str:
    match call.node:
        case nodes.Name(name=name) if name in FUNCTIONS:
            plain = not (call.kwargs or call.dyn_args or call.dyn_kwargs)
            return "" if plain else f"{name} 的括号里只写数字"
        case nodes.Getattr(node=nodes.Name(name="loop"), attr=name) if name in _LOOP_CALLS:
            return ""
        case nodes.Name(name=name):
            return f"没有函数“{name}”，可用的有：no、编号、range"
        case nodes.Getattr(attr=name):
            return f"不允许调用“.{name}()”，请改用过滤器"
        case _:
            return "不允许这样调用"


# --- compiling ----------------------------------------------------------------------------------
_SAYINGS = (
    (r"Expected an expression, got .*", "标签里没有写完"),
    (r"expected token ':', got '}'", "花括号多了一层，字段只写两层 {{ … }}"),
    (r"unexpected char '(.)' at \d+", r"标签里有不该有的字符“\1”"),
    (r"expected token 'end of .*', got '(.+)'", r"标签里的“\1”多余"),
    (r"expected token '(.+)', got 'end of .*'", r"标签里没有写完，缺少“\1”"),
    (r"expected token '(.+)', got '(.+)'", r"标签里“\2”的位置应当是“\1”"),
    (r"unexpected '(.+)'", r"标签里的“\1”多余"),
    (r"Encountered unknown tag '(\w+)'.*", r"没有语句“\1”，或它没有对应的开头"),
    (r"Unexpected end of template.*", "循环（for）或判断（if）没有结束"),
)
"""Jinja's words for what is wrong with a tag, and ours."""


def parsed(source: str) -> nodes.Template:
    """The syntax tree of ``source``.

    Raises:
        RefusedError: it is not well-formed.

    """
    try:
        return ENVIRONMENT.parse(source)
    except TemplateSyntaxError as error:
        raise RefusedError(error.lineno, _in_chinese(error.message or "")) from error
    except (RecursionError, MemoryError, ValueError) as error:
        raise RefusedError(1, TOO_DEEP) from error


def compiled(source: str) -> CodeType:
    """The code that renders ``source``.

    Raises:
        RefusedError: it is not well-formed, or says what templates may not say.

    """
    tree = parsed(source)
    faults = list(forbidden(tree))
    if faults:
        raise min(faults, key=lambda fault: fault.line)
    _bound(tree)
    try:
        return ENVIRONMENT.compile(tree)
    except (TemplateSyntaxError, SyntaxError, RecursionError, MemoryError) as error:
        raise RefusedError(1, TOO_DEEP) from error


def ready(code: CodeType) -> Template:
    """What :func:`compiled` made, ready to render."""
    return Template.from_code(ENVIRONMENT, code, dict(ENVIRONMENT.globals))


def rendered(template: Template, context: Mapping[str, Any], work: Work) -> str:
    """What ``template`` gives for ``context``; all it does is taken off ``work``.

    Raises:
        TemplateRuntimeError: it asks for what is not there, or does too much.

    """
    chunks = []
    for chunk in template.generate({**context, WORK_KEY: work}):
        work.spend(len(chunk))
        chunks.append(chunk)
    return "".join(chunks)


def line_of(error: BaseException) -> int | None:
    """The line of the template at which ``error`` arose while rendering."""
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _bound(tree: nodes.Template) -> None:
    """Have every loop and every joining of texts pay for its work."""
    pending: list[nodes.Node] = [tree]
    while pending:
        node = pending.pop()
        pending.extend(node.iter_child_nodes())
        if isinstance(node, nodes.For):
            node.iter = _filtered(node.iter, COUNTED)
        elif isinstance(node, nodes.Concat):
            node.nodes = [_filtered(nodes.List(node.nodes, lineno=node.lineno), "join")]


def _filtered(node: nodes.Node, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno, environment=ENVIRONMENT)


def _in_chinese(message: str) -> str:
    matches = ((re.fullmatch(pattern, message, flags=re.DOTALL), words) for pattern, words in _SAYINGS)
    return next((match.expand(words) for match, words in matches if match), "标签写错了")
