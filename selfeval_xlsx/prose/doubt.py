"""Whether a figure may be another than its label says: then it agrees with a cell of the form, or says nothing of it.

The label is understood, and the words around it say that more, less or something else is counted.
"""

import itertools
import re
from decimal import Decimal

from selfeval_xlsx.amounts import HUNDRED
from selfeval_xlsx.figures import MONEY, PERCENT
from selfeval_xlsx.form.relations import PROJECTS
from selfeval_xlsx.prose.labels import LEVELS, ORGANISATION, SEVERAL_YEARS, Context, Label, Place
from selfeval_xlsx.prose.quantities import Form, of_cell
from selfeval_xlsx.prose.words import ANY_PROJECT, RATE, STAFF, THIS_PROJECT, WHOLE_LINE, Role, Token

_OTHER_UNIT = re.compile(f"{ORGANISATION.pattern[:-1]}|[学馆队园厂]$|中心$|公司$|[下所直]属$")
_UNITS_COUNTED = re.compile(r"单位\d+个，")
"""事业单位1个，编制4名: the posts of a unit below this one."""
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
_OF_LEVEL = re.compile(
    r"(?:中央|自治区|[省市县区州]级|[省市县区州]|市县|地方|上级|本级)(?:财政)?(?:专项)?(?:下达|下拨|拨付|安排|拨款|拨入|配套|匹配|补助(?!资金)|承担|投入)"
    r"|(?:中央|自治区|[省市县区]级|[省市县区]财政|地方|上级|本级)(?:财政)?(?:专项)?·"
)
"""省级下达804万元: what one level of government gave is a part where others gave, too."""
_IN_PARTS = re.compile("用于|提前下达|预拨|首批|[第一二三四五]批|清算|续拨|进度款|[一二三四]期")
"""Words by which money may be some of all."""
_OF_DISTRICT = re.compile(
    r"(?:20\d\d年(?:底|末)?[，,]?)?全[县市区省国](?:共|现|有|累计)(?!.*[我本][校院馆局单中部镇])"
)
"""全县共有学校3所，在校生6800人: a school does not answer for the county."""
_OF_MONEY = re.compile("资金|经费|预算|支出|执行|元")
_SERVING = frozenset({"培训", "慰问", "服务", "救助", "资助", "组织", "开展", "举办", "接待"})
_HEADQUARTERS = frozenset({"机关", "本级"})
"""Words for a unit without those below it."""
_INVESTED = "投资"
"""总投资 of a project may be that of several years."""
_IN_ALL = re.compile("总支出")
_CARRIED = re.compile("收入总计|总收入|[收入]、支|结转|结余")
"""Words beside which 总支出 may hold what is carried over, too."""
_REASON = re.compile("(?:原因|主要|因为|由于)(?!用于)[^；;]*$")


def is_unsure(place: Place, label: Label, context: Context, form: Form) -> bool:
    """Whether the figure may be another than the label says: it agrees with the cell, or says nothing of it."""
    line, cell = label.first(Role.LINE), label.first(Role.CELL)
    named = line is not None and line.meaning[0].startswith(PROJECTS)
    staffed = cell is not None and cell.meaning[0].startswith(STAFF)
    return (
        _IN_PARTS.search(place.clause) is not None
        or _is_of_level(place, label)
        or (not form.district and _OF_DISTRICT.match(place.before) is not None)
        or (label.has(Role.INDICATOR) and _is_all_of_one_project(place, form))
        or _is_used(place, label)
        or _is_part_of_source(line, context, form)
        or (context.unexplained and not named)
        or _is_carried_from_source(place, cell)
        or (label.has(Role.SHARE) and context.latest is not None and context.latest.is_received)
        or SEVERAL_YEARS.search(place.before) is not None
        or any(name in place.before for name in form.listed)
        or (
            staffed
            and (
                _serves_staff(label)
                or names_another_unit(place)
                or _UNITS_COUNTED.search(place.before) is not None
                or _counts_outsiders(place)
            )
        )
        or any(_is_wide(word, place, label, staffed=staffed) for word in label.words)
        or place.is_grand_total
        or _is_reason(place, label)
        or (_IN_ALL.search(place.clause) and _CARRIED.search(place.sentence)) is not None
        or _is_of_stray(place, label, context)
        or _is_all_or_nothing(place, label)
    )


def _is_of_level(place: Place, label: Label) -> bool:
    """Whether one level of government gave the money, or was named in the statement and no project since.

    The names of projects do not count, which may name a level themselves.
    """
    in_all = any(word.text.startswith("全年") for word in label.words) or label.has(Role.UNSPENT)
    if place.figure.unit != MONEY or (in_all and not label.has(Role.LINE)):
        return False
    start = (
        place.before.rfind("；") if not label.has(Role.LINE) else len(place.before) - len(place.clause) - 1
    )
    before = (token for token in place.tokens[: place.at] if token.start > start)
    said = "".join("·" if is_project(token) else token.text for token in before)
    return (_OF_LEVEL if label.has(Role.LINE) else LEVELS).search(said) is not None


def _is_reason(place: Place, label: Label) -> bool:
    """主要原因是支付了200万元综合楼建设款: a part of whatever has grown, unless the figure has a name of its own."""
    named = label.has(Role.LINE, Role.CELL, Role.INDICATOR, Role.COLUMN)
    return place.figure.unit == MONEY and not named and _REASON.search(place.before) is not None


def is_project(word: Token) -> bool:
    """Whether the word names a project of the form."""
    return word.role is Role.LINE and word.meaning[0].startswith(PROJECTS)


def _is_all_of_one_project(place: Place, form: Form) -> bool:
    """Whether 100% was reached by a project that the sentence names, one of several: the indicator is that of all."""
    named = any(is_project(token) for token in place.tokens[: place.at])
    several = f"{PROJECTS}.1.name" in form.answers and form.answers[f"{PROJECTS}.1.name"].stated
    return named and several and place.figure.unit == PERCENT and place.figure.value == HUNDRED


def _is_part_of_source(line: Token | None, context: Context, form: Form) -> bool:
    """财政拨款支出2900万元，其中基本支出1800万元: a part of one source, unless all money is from there."""
    whole = context.whole
    if (
        line is None
        or not line.meaning[0].startswith("budget.lines")
        or whole is None
        or not whole.is_received
    ):
        return False
    return all(each.value != whole.value for each in of_cell(f"{WHOLE_LINE}.{whole.column}", form))


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
    before = (token for token in place.tokens[: place.at] if token.role is Role.OTHER)
    return any(_OTHER_UNIT.search(token.text) for token in before)


def _is_wide(word: Token, place: Place, label: Label, *, staffed: bool) -> bool:
    """Whether a word says that more, or less, may be counted than the cell holds; ``staffed`` if that counts people.

    财政拨款收入 is no outturn, 一般公共预算 need not be all of 财政拨款, 该项目 one of several.
    """
    match word.role:
        case Role.LINE if word.text.startswith(THIS_PROJECT) or word.meaning[0].startswith("budget.official"):
            return len(word.meaning) > 1
        case Role.LINE:
            wider = word.text.endswith("收入") or word.text.startswith("一般公共预算")
            return wider and word.meaning[0].startswith("budget.sources")
        case Role.CELL:
            retired = word.text.startswith("退休") and "离休" in place.sentence
            retired = retired or ("退休" in word.text and _IN_YEAR.search(place.clause) is not None)
            return retired or bool(_ALL_STAFF.match(word.text) and _NOT_IN_POST.search(place.sentence))
        case Role.TOTAL:
            return word.text.startswith("累计") and label.has(Role.INDICATOR)
        case _:
            part = staffed and word.text in _HEADQUARTERS and not label.has(Role.TOTAL)
            return word.text == _INVESTED or part


def _is_all_or_nothing(place: Place, label: Label) -> bool:
    """占100%, 100%到位: all or nothing of whatever it is, where neither a rate nor an indicator is named."""
    whole = place.figure.unit == PERCENT and place.figure.value in {Decimal(0), HUNDRED}
    return whole and not label.has(Role.COLUMN, Role.INDICATOR, Role.ATTAINED)


def _is_of_stray(place: Place, label: Label, context: Context) -> bool:
    """项目资金1115.25万元，项目资金支付率89.88%: a rate of what was last spoken of, which stands in the text only."""
    line, column = label.first(Role.LINE), label.first(Role.COLUMN)
    rate = place.figure.unit == PERCENT and column is not None and column.meaning == (RATE,)
    named = line.text not in ANY_PROJECT if line else context.mistaken
    return rate and context.stray and not named
