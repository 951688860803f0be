"""Carries last year's evaluation over into next year's workbook.

Names, duties, management texts and the goals' names stay, figures and results are cleared, last
year's outturn goes to the prior-year column; the form declares which is which.
"""

from dataclasses import replace
from typing import Any

from selfeval_xlsx.form.declare import Answer, Carry
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.values import answers_of, with_answers


def carried_over(last: SelfEvaluation) -> SelfEvaluation:
    """The start of next year's evaluation; ``last`` is completed."""
    answers = dict(answers_of(last))
    carried = with_answers(last, {key: _carry(key, answer, answers) for key, answer in answers.items()})
    year = answers["overview.identity.year"]
    if year.value is None:
        return carried
    following = replace(year, value=year.value + 1, raw=str(year.value + 1))
    return with_answers(carried, {"overview.identity.year": following})


def _carry(key: str, answer: Answer[Any], answers: dict[str, Answer[Any]]) -> Answer[Any]:
    field = answer.field
    if field.prior_of is not None:
        source = answers[f"{key.rpartition('.')[0]}.{field.prior_of}"]
        if source.value is not None:
            return replace(answer, value=source.value, raw=source.show(), problem=None, remark=None)
    elif field.carry is Carry.KEEP:
        return answer
    return replace(answer, value=None, raw="", problem=None, remark=None)
