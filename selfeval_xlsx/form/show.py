"""What the tool reads in a workbook, sheet by sheet, as plain lines."""

from collections.abc import Iterator
from typing import Any

from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.places import Block, FormPlan, Table
from selfeval_xlsx.form.values import answers_of


def lines(evaluation: SelfEvaluation, plan: FormPlan) -> Iterator[str]:
    """Every filled cell of ``plan`` under its sheet and block; what could not be read is marked."""
    answers = dict(answers_of(evaluation))
    for page in plan.sheets:
        yield f"「{page.name}」"
        for block in page.blocks:
            filled = [answer for answer in _answers(block, answers) if answer.raw]
            if filled:
                yield f"  {block.label}"
                yield from (f"    {_line(answer)}" for answer in filled)


def _answers(block: Block, answers: dict[str, Answer[Any]]) -> list[Answer[Any]]:
    if isinstance(block, Table):
        return [answer for key, answer in answers.items() if key.startswith(f"{block.key}.")]
    return [answers[slot.field.key] for slot in block.slots]


def _line(answer: Answer[Any]) -> str:
    head = f"{answer.ref.coordinate:<6} {answer.field.label}："
    if answer.problem:
        return f"{head}（读不出：{answer.problem}）"
    return head + (answer.show().replace("\n", " ／ ") or f"（没有：{answer.raw}）")
