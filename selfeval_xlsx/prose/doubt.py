"""Whether a figure may be another than its label says: then it agrees with a cell of the form, or says nothing of it.

The label is understood, and the words around it say that more, less or something else is counted.
"""

import itertools
import re
from collections.abc import Sequence

from selfeval_xlsx.amounts import HUNDRED
from selfeval_xlsx.figures import PERCENT
from selfeval_xlsx.form.relations import INDICATORS, LINES, PROJECTS
from selfeval_xlsx.prose.labels import ORGANISATION, Context, Label, Place
from selfeval_xlsx.prose.quantities import Form, Reference
from selfeval_xlsx.prose.words import (
    ANY_PROJECT,
    CONTRACT_STAFF,
    RATE,
    STAFF,
    THIS_PROJECT,
    WHOLE_LINE,
    Role,
    Token,
)

_SUBJECTS = (Role.LINE, Role.CELL, Role.INDICATOR)
_OTHER_UNIT = re.compile(f"{ORGANISATION.pattern}|[学馆队园厂]$|中心$|公司$|[下所直]属$")
_ALL_STAFF = re.compile("实有(?![在教])|现有教职工|实有教职工|教职工总数")
_NOT_IN_POST = re.compile("退休|离休|离退|聘|临时|其中|借调")
_OUTSIDERS = "聘|借调|借用|派遣|编外|临时|劳务|合同制|辅警|协管|公益性?岗|三支一扶|见习|非在?编"
_COUNTS_OUTSIDERS = re.compile(
    rf"[（(][^）)]*(?:{_OUTSIDERS})|(?:[：:]|[，,]?(?:其中|包括|包含|含))[^；;]*(?:{_OUTSIDERS})"
)
"""Right behind a number of staff: some of them may hold no post."""
_WITH_OUTSIDERS = re.compile(rf"(?:含|包括|连同)[^，,；;]*(?:{_OUTSIDERS})")
_IN_YEAR = re.compile("[本当今]年|年内|年中|期间")
"""本年退休人员3人: those who left in the year, and not all who ever did."""
_OF_DISTRICT = re.compile(
    r"(?:20\d\d年(?:底|末)?[，,]?)?全[县市区省国](?:共|现|有|累计)(?!.*[我本][校院馆局单中部镇])"
)
"""全县共有学校3所，在校生6800人: a school does not answer for the county."""
_OF_MONEY = re.compile("资金|经费|预算|支出|执行|元")
_SERVING = frozenset({"培训", "慰问", "服务", "救助", "资助", "组织", "开展", "举办", "接待"})
_INVESTED = "投资"
"""总投资 of a project may be that of several years."""


def is_unsure(place: Place, label: Label, context: Context, form: Form) -> bool:
    """Whether the figure may be another than the label says: it agrees with the cell, or says nothing of it."""
    line, cell = label.first(Role.LINE), label.first(Role.CELL)
    named = line is not None and line.meaning[0].startswith(PROJECTS)
    staffed = cell is not None and cell.meaning[0].startswith(STAFF)
    return (
        (not form.district and _OF_DISTRICT.match(place.before) is not None)
        or (label.has(Role.INDICATOR) and (_is_all_of_one_project(place, form) or _is_accumulated(label)))
        or _is_used(place, label)
        or (context.unexplained and not named)
        or _is_carried_from_source(place, cell)
        or (label.has(Role.SHARE) and context.latest is not None and context.latest.is_received)
        or any(name in place.before for name in form.listed)
        or (staffed and (_serves_staff(label) or names_another_unit(place) or _counts_outsiders(place)))
        or any(_is_wide(word, place) for word in label.words)
        or _is_of_stray(place, label, context)
    )


def is_certain(label: Label, place: Place, context: Context, references: Sequence[Reference]) -> bool:
    """Whether so much is said of the figure that it contradicts the form even if it does not resemble what stands there.

    Its subject is named and every word of its clause understood, or the sentence has named it and no word since is strange.
    """
    if place.figure.unit == PERCENT or place.ends_list_of_offices:
        return True
    if place.behind is not None and place.behind.role in _SUBJECTS:
        return True
    line = label.first(Role.LINE)
    if line and (_is_either(line) or (context.sourced and line.meaning[0].startswith(LINES))):
        return False
    before = place.tokens[: place.at]
    strange = [token for token in before if token.role is Role.OTHER]
    if not strange and any(token.role is Role.LINE for token in before):
        return True
    if not strange and set(context.lines) <= {WHOLE_LINE} and not context.foreign:
        return True
    rows = {answer.field.key.rpartition(".")[0] for reference in references for answer in reference.answers}
    one = len(rows) == 1 and rows.pop().startswith(INDICATORS)
    clause = len(place.before) - len(place.clause)
    return (one or label.has(*_SUBJECTS)) and all(token.start < clause for token in strange)


def _is_either(line: Token) -> bool:
    """公务用车购置及运行维护费: purchase, running, or both."""
    return len(line.meaning) > 1 and line.meaning[0].startswith("budget.official")


def is_project(word: Token) -> bool:
    """Whether the word names a project of the form."""
    return word.role is Role.LINE and word.meaning[0].startswith(PROJECTS)


def _is_all_of_one_project(place: Place, form: Form) -> bool:
    """Whether 100% was reached by a project that the sentence names, one of several: the indicator is that of all."""
    named = any(is_project(token) for token in place.tokens[: place.at])
    several = f"{PROJECTS}.1.name" in form.answers and form.answers[f"{PROJECTS}.1.name"].stated
    return named and several and place.figure.unit == PERCENT and place.figure.value == HUNDRED


def _is_carried_from_source(place: Place, cell: Token | None) -> bool:
    """一般公共预算收入1085.31万元，年末结转30.65万元: what is carried over from one source that the sentence began with."""
    if cell is None or not cell.meaning[0].endswith("_carry_over"):
        return False
    before = itertools.takewhile(lambda token: token.role not in {Role.FIGURE, Role.PART}, place.tokens)
    return any(token.role is Role.LINE and token.meaning[0].startswith("budget.sources") for token in before)


def _is_used(place: Place, label: Label) -> bool:
    """设备使用率95%: a rate of use where no money is spoken of."""
    column = label.first(Role.COLUMN)
    return column is not None and column.text == "使用率" and _OF_MONEY.search(place.before) is None


def _serves_staff(label: Label) -> bool:
    """培训在职人员60人, 慰问在职职工12人: people of any unit for whom something was done."""
    return any(word.role is Role.VERB and word.text in _SERVING for word in label.words)


def _counts_outsiders(place: Place) -> bool:
    """在职111人（含聘用书记员23人）: more people may be counted than hold a post."""
    behind = "".join(token.text for token in place.tokens[place.at + 1 :])
    return bool(_COUNTS_OUTSIDERS.match(behind) or _WITH_OUTSIDERS.search(place.clause))


def names_another_unit(place: Place) -> bool:
    """第二保育院：编制20名: a unit stands before the figure."""
    statement = place.before.rfind("；")
    before = (
        token for token in place.tokens[: place.at] if token.role is Role.OTHER and token.start > statement
    )
    return any(len(token.text) > 1 and _OTHER_UNIT.search(token.text) for token in before)


def _is_accumulated(label: Label) -> bool:
    """服务企业累计670家: those of earlier years are counted, too."""
    return any(word.role is Role.TOTAL and word.text.startswith("累计") for word in label.words)


def _is_wide(word: Token, place: Place) -> bool:
    """Whether a word says that more, or less, may be counted than the cell holds.

    该项目 is one of several, 财政拨款收入 no outturn, 一般公共预算 need not be all of 财政拨款, 实有 not all in posts, 临聘 not
    all without one, 总投资 not all of this year.
    """
    match word.role:
        case Role.LINE if word.text.startswith(THIS_PROJECT):
            return len(word.meaning) > 1
        case Role.LINE:
            wider = word.text.endswith("收入") or word.text.startswith("一般公共预算")
            return wider and word.meaning[0].startswith("budget.sources")
        case Role.CELL:
            retired = word.text.startswith("退休") and "离休" in place.sentence
            retired = retired or ("退休" in word.text and _IN_YEAR.search(place.clause) is not None)
            of_a_kind = word.meaning == (CONTRACT_STAFF,) and not word.text.startswith("编外")
            return (
                retired
                or of_a_kind
                or bool(_ALL_STAFF.match(word.text) and _NOT_IN_POST.search(place.sentence))
            )
        case _:
            return word.text == _INVESTED


def _is_of_stray(place: Place, label: Label, context: Context) -> bool:
    """项目资金1115.25万元，项目资金支付率89.88%: a rate of what was last spoken of, which stands in the text only."""
    line, column = label.first(Role.LINE), label.first(Role.COLUMN)
    rate = place.figure.unit == PERCENT and column is not None and column.meaning == (RATE,)
    named = line.text not in ANY_PROJECT if line else context.mistaken
    return rate and context.stray and not named
