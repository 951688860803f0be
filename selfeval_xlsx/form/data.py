"""A filled form as plain JSON data and back, which ``show --json`` and ``new --data`` share; and as plain lines.

Sheets, blocks and fields are nested by the parts of their keys; a table is a list of rows. Amounts
are strings (``"2885.53"``), rates end in a percent sign (``"99.20%"``), dates are ISO. Blank is null.
"""

import itertools
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from selfeval_xlsx.cells import CellRef, coordinate
from selfeval_xlsx.errors import DataError
from selfeval_xlsx.form.declare import Answer, Block, FormPlan, SheetPlan, Slot, Table
from selfeval_xlsx.form.form import DEFAULT_UNIT, PLAN, SelfEvaluation
from selfeval_xlsx.form.kinds import Raw
from selfeval_xlsx.form.local import perhaps
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.form.values import fill

MONEY_UNIT = "overview.identity.money_unit"


def to_data(evaluation: SelfEvaluation) -> dict[str, Any]:
    """``evaluation`` as JSON data; what could not be read stands as it was typed."""
    data: dict[str, Any] = {}
    for _, block in PLAN.tables.values():
        _put(data, block.key.split("."), [])
    for key, answer in evaluation.answers.items():
        _put(data, key.split("."), _json(answer))
    return data


def _json(answer: Answer[Any]) -> object:
    if answer.value is not None:
        return answer.field.kind.data(answer.value)
    return answer.raw or None


def _put(data: dict[str, Any], path: list[str], value: object) -> None:
    node: Any = data
    for part, following in itertools.pairwise(path):
        if part.isdigit():
            while len(node) <= int(part):
                node.append({})
            node = node[int(part)]
        else:
            node = node.setdefault(part, [] if following.isdigit() else {})
    node[path[-1]] = value


def parsed(text: str, name: str) -> dict[str, Any]:
    """The JSON data in ``text``, the content of the file ``name``; decimals are exact.

    Raises:
        DataError: no JSON, or no JSON object.

    """
    try:
        content = json.loads(text, parse_float=Decimal)
    except json.JSONDecodeError as error:
        raise DataError(f"{name} 不是有效的 JSON：第 {error.lineno} 行第 {error.colno} 列。") from error
    if not isinstance(content, dict):
        raise DataError(f"{name} 应当是一个 JSON 对象。请对照 selfeval show --json 的输出修改。")
    return content


def from_data(data: Mapping[str, Any], rules: Rulebook | None = None) -> SelfEvaluation:
    """The evaluation that ``data`` describes. Values are read as if they had been typed into cells.

    ``rules`` may add fields to the form.

    Raises:
        DataError: a key the form does not have, or a table that is no list of rows.

    """
    rules = rules or Rulebook()
    _refuse_unknown(data, rules.plan)
    plan = rules.plan_with({key: len(_value(data, key) or ()) for key in PLAN.tables})
    kind = PLAN.slots[MONEY_UNIT][1].field.kind
    unit = kind.read(_raw(_value(data, MONEY_UNIT)), DEFAULT_UNIT).value or DEFAULT_UNIT

    def cells(page: SheetPlan, slot: Slot) -> tuple[CellRef, Raw]:
        return CellRef(page.name, slot.coordinate), _raw(_value(data, slot.field.key))

    def rows(page: SheetPlan, table: Table) -> Iterator[list[tuple[CellRef, Raw]]]:
        for number, row in enumerate(_value(data, table.key) or [], start=table.first):
            refs = (CellRef(page.name, coordinate(number, slot.column)) for slot in table.columns)
            names = (slot.field.key.rpartition(".")[2] for slot in table.columns)
            yield [(ref, _raw(row.get(name))) for ref, name in zip(refs, names, strict=True)]

    return fill(SelfEvaluation, plan, cells, rows, unit)


def _raw(value: Any) -> Raw:
    match value:
        case Decimal():
            return Raw(f"{value:f}")
        case dict() | list():
            raise DataError(f"数据里应当是一个值的地方是 {value!r}。请对照 selfeval show --json 的输出修改。")
        case _:
            return Raw(value)


def _value(data: Mapping[str, Any], key: str) -> Any:
    node: Any = data
    for part in key.split("."):
        node = node.get(part) if isinstance(node, Mapping) else None
    return node


def _refuse_unknown(data: Mapping[str, Any], plan: FormPlan) -> None:
    fields = {field.key for field in plan.fields}
    known = {key.rsplit(".", cut)[0] for key in fields for cut in range(key.count(".") + 1)}
    for key in _keys(data, ""):
        if key not in known:
            advice = perhaps(key, sorted(known)) or "请对照 selfeval show --json 的输出修改。"
            raise DataError(f"数据里的“{key}”不是填报表的字段。{advice}")


def _keys(node: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for name, value in node.items():
        key = f"{prefix}{name}"
        yield key
        if key in PLAN.tables:
            yield from _row_keys(key, value)
        elif isinstance(value, Mapping):
            yield from _keys(value, f"{key}.")


def _row_keys(key: str, rows: object) -> Iterator[str]:
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise DataError(
            f"数据里的“{key}”应当是列表，每行是一个对象。请对照 selfeval show --json 的输出修改。"
        )
    for row in rows:
        yield from _keys(row, f"{key}.")


# --- as plain lines -------------------------------------------------------------------------------


def lines(evaluation: SelfEvaluation, plan: FormPlan) -> Iterator[str]:
    """Every filled cell of ``plan`` under its sheet and block; what could not be read is marked."""
    answers = evaluation.answers
    for page in plan.sheets:
        yield f"「{page.name}」"
        for block in page.blocks:
            filled = [answer for answer in _answers(block, answers) if answer.raw]
            if filled:
                yield f"  {block.label}"
                yield from (f"    {_line(answer)}" for answer in filled)


def _answers(block: Block, answers: Mapping[str, Answer[Any]]) -> list[Answer[Any]]:
    if isinstance(block, Table):
        return [answer for key, answer in answers.items() if key.startswith(f"{block.key}.")]
    return [answers[slot.field.key] for slot in block.slots]


def _line(answer: Answer[Any]) -> str:
    head = f"{answer.ref.coordinate:<6} {answer.field.label}："
    if answer.problem:
        return f"{head}（读不出：{answer.problem}）"
    return head + (answer.show().replace("\n", " ／ ") or f"（没有：{answer.raw}）")
