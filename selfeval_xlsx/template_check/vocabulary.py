"""What a template may use, derived from the form and from what the context makes of it; and trials of it.

The tree of names is read off a context in which everything is stated, so that it cannot differ from
what a template gets.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.form.declare import Field, FormPlan, Need, Section, Table
from selfeval_xlsx.form.form import PLAN, SelfEvaluation
from selfeval_xlsx.form.kinds import Amount, Count, LongText, Rate, Score
from selfeval_xlsx.form.rulebook import Printing, Rulebook
from selfeval_xlsx.report import context, names
from selfeval_xlsx.report.language import FILTER_MEANINGS
from selfeval_xlsx.template_check.reading import Name, Shape, Vocabulary, Wanted

SHIPPED = Rulebook()
"""The rulebook of a template of which none other is said."""

DRAWS = {f"facts.{name}": tuple(fact.made_of.split()) for name, fact in names.FACTS.items() if fact.made_of}
"""The fields that facts are made of, as beginnings of their keys; printing the fact prints them."""

NOT_USED = {
    "overview.organisations.type": "用来把机构分列为内设机构和下属单位（facts.offices、facts.sub_units）",
    "overview.structure.adjusted_budget": "只用于和「预算」核对，报告用「预算」的合计",
    "overview.structure.outturn": "只用于和「预算」核对，报告用「预算」的合计",
    "budget.notes.year": "只用于核对年度，报告用「概况」的评价年度",
    "budget.notes.outturn_change": "只用于核对，报告用执行数和上年执行数之差（facts.change）",
    "budget.notes.outturn_change_rate": "只用于核对，报告用执行数和上年执行数之差（facts.change）",
    "budget.notes.project_count": "只用于核对项目清单的行数",
    "goals.assessment.year": "只用于核对年度，报告用「概况」的评价年度",
    "overview.sign_off.telephone": "只写进邮件，不印在公开的报告里",
    "overview.sign_off.email": "只写进邮件，不印在公开的报告里",
    "goals.assessment.task_count": "只用于核对年度目标的行数",
}
"""Fields that a report need not print, with the reason."""

DRAFT = {"draft": "是否草稿（--draft）", "open_items": "草稿中尚未解决的问题，每条一段"}

FUNCTIONS = {
    "no(n)": "自动编号：no(1) 一、 no(2) （一） no(3) 1. no(4) （1） no(0) 表1",
    "编号(n)": "同 no(n)；下面没有内容的标题连同编号不出现，没有行的表连同表题不出现",
    "range(n)": "从 0 到 n-1 的整数，最多 1000 个",
    "loop.index": "循环中的第几项；另有 loop.first、loop.last、loop.length 等",
}


# --- trial evaluations --------------------------------------------------------------------------


_IN_TEXT = "每格都填、不要附件的表"


def trials(rules: Rulebook = SHIPPED) -> dict[str, dict[str, Any]]:
    """Contexts to try a template with: everything stated, with and without attachments, the least, and a draft of it."""
    full, least = (
        completed(_example(fields, rules), rules) for fields in (rules.plan.fields, _required(rules))
    )
    return {
        "每格都填的表": context.build(full, replace(rules, printing=Printing(cover=True))),
        _IN_TEXT: context.build(full, rules, attachments=()),
        "只填必填项的表": context.build(least, rules),
        "草稿": context.build(least, rules, ["（问题）"]),
    }


def _required(rules: Rulebook) -> Iterator[Field]:
    return (slot.field for _, slot in rules.plan.slots.values() if slot.field.need is Need.REQUIRED)


def _example(fields: Iterable[Field], rules: Rulebook) -> SelfEvaluation:
    """The evaluation in which each of ``fields`` holds its example; lists have two rows."""
    data: dict[str, Any] = {}
    for field in fields:
        *path, name = field.key.split(".")
        node: Any = data
        for part in path[:-1]:
            node = node.setdefault(part, {})
        in_table = field.key in rules.plan.columns
        block = node.setdefault(path[-1], [{}, {}] if in_table else {})
        for row in block if in_table else [block]:
            row[name] = field.example or "（说明）"
    return from_data(data, rules)


# --- names --------------------------------------------------------------------------------------


def vocabulary(rules: Rulebook = SHIPPED) -> Vocabulary:
    """Everything a template may name, what it means, and what it ought to print."""
    figures = frozenset(context.chart_figures(_example(_required(rules), rules)))
    return Vocabulary(_tree(rules), tuple(_wanted(rules.plan)), DRAWS, figures, _rivals())


def _rivals() -> dict[str, frozenset[str]]:
    """For the name of each figure the names of the others of its block."""
    rivals: dict[str, frozenset[str]] = {}
    for block in (block for page in PLAN.sheets for block in page.blocks):
        fields = [slot.field for slot in (block.slots if isinstance(block, Section) else block.columns)]
        figures = {field.head for field in fields if isinstance(field.kind, Amount | Rate | Count | Score)}
        for name in figures:
            rivals[name] = rivals.get(name, frozenset()) | figures - {name}
    return rivals


def _tree(rules: Rulebook) -> Name:
    tried = trials(rules)
    example = {**tried["每格都填的表"], "open_items": [""]}
    example["facts"] |= {"text_tables": tried[_IN_TEXT]["facts"]["text_tables"]}
    del example[names.GROUP]
    root = _name("", example, _explained(rules.plan))
    return Name("", Shape.GROUP, {names.GROUP: _chinese(root), **root.below})


def _chinese(root: Name) -> Name:
    """The Chinese names: each stands for what its path names."""
    below = {}
    for name, (path, columns) in names.CHINESE.items():
        below[name] = own = names.at(root, path)
        if columns is not None:
            rows = {word: own[column] for column, word in columns.items() if column in own.below}
            below[name] = replace(own, below=rows)
    return Name(names.GROUP, Shape.GROUP, below, "现成的句子、各段和表，中文名称")


def _explained(plan: FormPlan) -> dict[str, Name]:
    """What is known of each path from the form and the facts."""
    known = {path: Name(path, Shape.TEXT, meaning=words) for path, words in DRAFT.items()}
    known |= {
        f"facts.{name}": Name("", Shape.TEXT, meaning=fact.meaning) for name, fact in names.FACTS.items()
    }
    known["facts"] = Name("facts", Shape.GROUP, meaning="由填报内容整理")
    for page in plan.sheets:
        known[page.key] = Name(page.key, Shape.GROUP, meaning=page.name)
        for block in page.blocks:
            known[block.key] = Name(block.key, Shape.GROUP, meaning=block.label)
    for field in plan.fields:
        shape = Shape.PARAGRAPHS if isinstance(field.kind, LongText) else Shape.TEXT
        known[field.key] = Name(field.key, shape, {}, field.label, field.note, field.example)
    return known


def _name(path: str, value: Any, known: Mapping[str, Name]) -> Name:
    name = known.get(path) or _part_of_fact(path)
    item = value[0] if isinstance(value, list) and value else value
    prefix = f"{path}." if path else ""
    cells = item.items() if isinstance(item, Mapping) else ()
    below = {key: _name(f"{prefix}{key}", cell, known) for key, cell in cells}
    shapes = ((bool, Shape.FLAG), (list, Shape.LIST), (Mapping, Shape.GROUP))
    shape = next((shape for kind, shape in shapes if isinstance(value, kind)), name.shape)
    return replace(name, path=path, shape=shape, below=below)


def _part_of_fact(path: str) -> Name:
    """A column of a fact means what the column of its fields means."""
    fact, _, column = path.rpartition(".")
    for field in PLAN.fields:
        if field.key.startswith(DRAWS.get(fact, ())) and field.key.endswith(f".{column}"):
            return Name(path, Shape.TEXT, meaning=field.head)
    return Name(path, Shape.TEXT)


def _wanted(plan: FormPlan) -> Iterator[Wanted]:
    for page in plan.sheets:
        for block in page.blocks:
            for slot in block.columns if isinstance(block, Table) else block.slots:
                field = slot.field
                if field.key not in NOT_USED:
                    required = field.need is Need.REQUIRED and not isinstance(block, Table)
                    yield Wanted(field.key, field.label, f"「{page.name}」{block.label}", required)


# --- the list for people ------------------------------------------------------------------------


def entries(rules: Rulebook = SHIPPED) -> list[dict[str, str]]:
    """Every name, filter and function a template may use, as JSON holds it."""
    named = [
        (written, name.shape.name.lower(), name.meaning, name.note, name.example)
        for written, name in _written(_tree(rules), "")
        if written and name.shape is not Shape.GROUP
    ]
    tools = [
        (name, shape, meaning, "", "")
        for shape, words in (("filter", FILTER_MEANINGS), ("function", FUNCTIONS))
        for name, meaning in words.items()
    ]
    keys = ("name", "shape", "meaning", "note", "example")
    return [dict(zip(keys, entry, strict=True)) for entry in (*named, *tools)]


def _written(name: Name, written: str) -> Iterator[tuple[str, Name]]:
    """``name`` and all below it, as a template writes them from the root."""
    yield written, name
    for key, below in name.below.items():
        yield from _written(below, f"{written}.{key}" if written else key)


def lines(rules: Rulebook = SHIPPED) -> Iterator[str]:
    """The same for reading: a list's columns stand below it, as one row of it writes them."""
    for key, name in _tree(rules).below.items():
        yield from _lines(name, key, "")
    yield "过滤器（写在字段后面，如 item.title|sentence）"
    yield from (f"  {name:<12} {meaning}" for name, meaning in FILTER_MEANINGS.items())
    yield "函数"
    yield from (f"  {name:<12} {meaning}" for name, meaning in FUNCTIONS.items())


def _lines(name: Name, written: str, indent: str) -> Iterator[str]:
    shape = "" if name.shape is Shape.GROUP else f"（{name.shape.value}）"
    row = written.startswith(("row.", "行."))
    meaning = name.meaning.rpartition("·")[2] if row else name.meaning
    example = f"例：{name.example}" if name.example else ""
    yield indent + "  ".join(filter(None, (written, f"{meaning}{shape}", name.note, example)))
    prefix = written
    if name.shape is Shape.LIST:
        prefix = "行" if written.startswith(names.GROUP) else "row"
    for key, below in name.below.items():
        yield from _lines(below, f"{prefix}.{key}", f"{indent}  ")
