"""FIL: is everything filled in, readable, and meant? (relation T6)"""

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any

from selfeval_xlsx.amounts import MONEY_PLACES, grouped, money, plain
from selfeval_xlsx.checks.rule import (
    ADVICE,
    VALIDITY,
    Case,
    cells,
    error,
    finding_at,
    mismatch,
    note,
    rule,
    rules_among,
    warning,
)
from selfeval_xlsx.findings import AT_MOST, Finding, Severity
from selfeval_xlsx.form.declare import Answer, Need, SheetPlan, Table
from selfeval_xlsx.form.form import DEFAULT_UNIT, MONEY_UNITS, PLAN, BudgetLine, BudgetLines
from selfeval_xlsx.form.kinds import UNCALCULATED, Admission, Amount, Choice, LongText, Text
from selfeval_xlsx.form.values import answers_of, is_filled, rows_of
from selfeval_xlsx.text import CIRCLED, NUMERALS, chinese, circled, pasted_rows, torn

Row = tuple[Answer[Any], ...]

_LENGTH_HINT = re.compile(
    r"(?:不超过|限)?(?:\d+|[一二三四五六七八九十百千]+|[NＮn])字(?:以内|以下|之内|左右|以上)"
)
_HINT_REACH = 1000
"""A hint stands near the beginning."""
_BRACKETS = " （）()【】[]。.、"


of_answers = partial(rule, subjects=lambda case: case.answers.values())
"""A rule on every answer by itself."""


def _single(case: Case) -> Iterable[Answer[Any]]:
    """The single cells; one that was deleted from the form has a finding of its own."""
    return (
        case.answers[key] for key in case.rulebook.plan.slots if key not in case.evaluation.source.lost_keys
    )


def _rows(case: Case) -> Iterator[Row]:
    """The rows of every table that hold anything but 无."""
    for table in PLAN.tables:
        for row in filter(is_filled, rows_of(case.evaluation, table)):
            yield tuple(answer for _, answer in answers_of(row))


@rule("FIL01", "必填项已填", VALIDITY, "T6", "在指出的格里填写", subjects=_single)
def required_is_stated(answer: Answer[Any], _: Case) -> Iterator[Finding]:
    """A cell the report cannot do without is empty, and cannot be computed."""
    if answer.field.need is Need.REQUIRED and answer.blank:
        expected = answer.field.kind.expected
        yield error([answer], "没有填写，报告不能缺少这一项", f"请填写{expected}", expected=expected)


@rule(
    "FIL17",
    "列表填了报告不能缺少的行",
    VALIDITY,
    "T6",
    "至少填一个年度目标和它的完成情况；还没有的先用 --draft 生成草稿",
    subjects=lambda _: [(page, table) for page, table in PLAN.tables.values() if table.at_least],
)
def required_rows_are_stated(place: tuple[SheetPlan, Table], case: Case) -> Iterator[Finding]:
    """A list lacks the one row that the report cannot do without, with the column that matters."""
    page, table = place
    own = [getattr(row, table.at_least) for row in filter(is_filled, rows_of(case.evaluation, table.key))]
    if any(answer.stated for answer in own):
        return
    head = PLAN.columns[f"{table.key}.{table.at_least}"][2].field.head
    message = f"没有一行填了{head}，报告不能缺少这一项"
    if own:
        yield error(own, message, f"请补填 {cells(own)}，至少填一行")
    else:
        yield _on_list(Severity.ERROR, page, table, message, f"请至少填一行，并写明{head}")


def _on_list(severity: Severity, page: SheetPlan, table: Table, message: str, hint: str) -> Finding:
    """A finding on a list as a whole, in which nothing stands to be marked."""
    return finding_at(severity, (), f"「{page.name}」{table.label}", message, hint, key=table.key)


@of_answers("FIL02", "填写的内容能够识别", VALIDITY, "T6", "按提示的样式重新填写，不确定的数不要写“约”")
def content_is_readable(answer: Answer[Any], case: Case) -> Iterator[Finding]:
    """What stands in the cell is not of the cell's kind, or not in the rulebook's list."""
    kind = case.rulebook.kind_of(answer.field.kind)
    problem = answer.problem
    if isinstance(kind, Choice) and answer.stated and answer.value not in kind.options:
        problem = f"“{answer.value}”不在可选范围内"
    if problem is None:
        return
    hint = f"请改填{kind.expected}"
    if answer.problem == UNCALCULATED:
        hint = "请用 Excel 或 WPS 打开本文件，保存一次再试；或直接填数"
    yield error([answer], problem, hint, found=answer.raw[:200], expected=kind.expected)


@of_answers("FIL03", "提示文字已替换", VALIDITY, "T6", "用本单位的实际内容替换提示文字或示例")
def hints_are_replaced(answer: Answer[Any], _: Case) -> Iterator[Finding]:
    """The form's own guidance was left or copied into the cell."""
    field = answer.field
    own = {field.note, field.kind.expected, f"（{field.note}）"} - {""}
    if isinstance(answer.value, str) and isinstance(field.kind, Text) and answer.value in own:
        yield error([answer], "留着模板的提示文字", "请改填本单位的实际内容", found=answer.raw[:200])


@of_answers("FIL04", "没有占位字样", ADVICE, "T6", "把“XX”等字样换成实际内容")
def placeholders_are_replaced(answer: Answer[Any], case: Case) -> Iterator[Finding]:
    """A text still holds a placeholder of the rulebook's lists, or another form's hint of how long it may be."""
    if not isinstance(answer.value, str) or not isinstance(answer.field.kind, Text):
        return
    texts, text = case.rulebook.texts, answer.value
    left = [word for word in texts.placeholders if word in text]
    left += [match[0] for match in _LENGTH_HINT.finditer(text[:_HINT_REACH])]
    left += [word for word in texts.nothing_but if text.strip(_BRACKETS) == word]
    if left:
        message = f"文字里有“{left[0]}”，像是忘了替换的占位字样"
        yield warning([answer], message, "请核对并改成实际内容", found=left[0])


@rule("FIL05", "列表没有只填一半的行", VALIDITY, "T6", "补齐这一行标 * 的列，或清空整行", subjects=_rows)
def rows_are_whole(row: Row, case: Case) -> Iterator[Finding]:
    """A row of a list lacks a column it cannot do without."""
    lost = case.evaluation.source.lost_keys
    missing = [
        answer
        for answer in row
        if answer.field.need is Need.REQUIRED and answer.blank and answer.field.key not in lost
        if not (answer.raw and isinstance(answer.field.kind, Admission))
    ]
    if missing:
        heads = "、".join(answer.field.head for answer in missing)
        yield error(missing, f"这一行只填了一半，缺少{heads}", f"请补填 {cells(missing)}，或清空整行")


@rule("FIL06", "报告应有的内容已填", ADVICE, "T6", "补填；确实没有的可以不填，报告会相应少一部分")
def expected_is_stated(case: Case, _: Case) -> Iterator[Finding]:
    """A part of the official outline has no content; the report is written without it."""
    for answer in _single(case):
        if answer.field.need is Need.EXPECTED and _is_empty(answer):
            yield warning([answer], "没有填写，报告将没有这一部分", "请补填")
    for page, table in PLAN.tables.values():
        if table.need is Need.EXPECTED and not rows_of(case.evaluation, table.key):
            message = "一行也没有填，报告将没有这一部分"
            yield _on_list(Severity.WARNING, page, table, message, "请补填")


@of_answers("FIL07", "数字格里只填数字", ADVICE, "填写习惯", "删去数字后面的单位")
def numbers_are_plain(answer: Answer[Any], _: Case) -> Iterator[Finding]:
    """A unit was typed behind a number; it was read all the same."""
    if answer.remark:
        yield note([answer], answer.remark, "请删去单位，只填数字", found=answer.raw)


@of_answers("FIL08", "金额不多于两位小数", ADVICE, "金额两位小数", "按两位小数填写；确认金额单位没有选错")
def amounts_have_two_decimals(answer: Answer[Any], _: Case) -> Iterator[Finding]:
    """An amount has more decimals than the report prints; the relations are held at the printed ones."""
    value = answer.value if isinstance(answer.field.kind, Amount) and not answer.computed else None
    if value is not None and money(value) != value:
        message = f"填报 {plain(value)}，多于两位小数，报告印作 {answer.show()}"
        hint = "请核对金额单位，并按两位小数填写"
        yield note([answer], message, hint, found=plain(value), expected=answer.show())


@rule("FIL09", "总分不满时不能说没有问题", ADVICE, "T6", "如实填写扣分对应的问题和措施")
def problems_are_named(case: Case, _: Case) -> Iterator[Finding]:
    """「问题」 says 无 while points were taken."""
    score, full = case.evaluation.goals.assessment.total_score, case.rulebook.scoring.full_score
    if score.value is None or score.value >= full:
        return
    for row in case.evaluation.issues.problems:
        text = row.problem.raw.strip()
        if text and row.problem.blank:
            message = f"填“{text}”，但自评总分为 {score.show()} 分，不满 {plain(full)} 分"
            hint = f"请如实填写问题和措施，或核对 {score.ref} 的总分"
            yield warning([row.problem, score], message, hint, found=text)


@rule("FIL10", "留空的合计和执行率由系统计算", ADVICE, "留空即计算", "不必处理；请核对算出的数")
def blanks_are_computed(case: Case, _: Case) -> Iterator[Finding]:
    """Totals and rates left blank were computed from the other cells; one note for each block."""
    blocks: dict[str, list[Answer[Any]]] = {}
    for answer in case.answers.values():
        if answer.computed and answer.field.key not in case.evaluation.source.lost_keys:
            blocks.setdefault(".".join(answer.field.key.split(".")[:-1][:2]), []).append(answer)
    for answers in blocks.values():
        shown = "；".join(f"{a.ref.coordinate} {a.field.label} {a.show()}" for a in answers[:6])
        more = f"等 {len(answers)} 处" if len(answers) > 6 else ""
        yield note(answers, f"留空，已计算：{shown}{more}")


@rule("FIL11", "每个目标都有完成情况", ADVICE, "T3", "补填这一目标的完成情况")
def goals_have_results(case: Case, _: Case) -> Iterator[Finding]:
    """Some goals of the list say what became of them, this one does not."""
    plan = [item for item in case.evaluation.goals.plan if item.title.stated]
    if not any(item.result.stated for item in plan):
        return
    for item in plan:
        if item.result.blank:
            message = f"目标“{item.title.raw}”没有完成情况，而其他目标有"
            yield warning([item.result, item.title], message, f"请补填 {item.result.ref.coordinate}")


@rule(
    "FIL12",
    "填报日期在年度结束之后",
    VALIDITY,
    "T5",
    "改正填报日期或评价年度",
    subjects=lambda case: [
        (case.evaluation.overview.sign_off.report_date, case.evaluation.overview.identity.year)
    ],
    needs=lambda dates, _: dates,
)
def the_report_follows_the_year(dates: tuple[Answer[Any], Answer[Any]], _: Case) -> Iterator[Finding]:
    """The report is dated before the year it judges is over; 31 December still belongs to it."""
    day, year = dates
    if day.known.year <= year.known:
        message = f"填报日期是 {day.show()}，{year.known} 年度还没有结束"
        yield mismatch(Severity.ERROR, [day, year], message, expected=f"{year.known + 1}年1月1日以后")


@rule(
    "FIL13",
    "金额的大小与金额单位相称",
    ADVICE,
    "常见错误",
    "核对金额单位和各表金额，按同一单位填写",
    needs=lambda case, _: [case.evaluation.overview.identity.money_unit],
    threshold=lambda rulebook: (
        f"人均人员经费 {plain(rulebook.staff.lowest_cost)} 至 {plain(rulebook.staff.highest_cost)} 万元；"
        f"合计 {plain(rulebook.size.smallest)} 至 {plain(rulebook.size.largest)} 万元（"
        + "、".join(f"{name} {plain(most)}" for name, most in rulebook.size.largest_by_name.items())
        + "）"
    ),
)
def amounts_fit_their_unit(case: Case, _: Case) -> Iterator[Finding]:
    """Where all amounts are in the wrong unit they agree with one another, but no one earns that, no unit spends it."""
    yield from _cost_of_one(case) or _whole_budget(case)


def _cost_of_one(case: Case) -> list[Finding]:
    unit, limits = case.evaluation.overview.identity.money_unit, case.rulebook.staff
    line, people = case.evaluation.budget.lines.personnel, case.evaluation.overview.staff.total.staff_in_post
    cost = line.outturn if line.outturn.stated else line.adjusted_budget
    if not people.value or not cost.value:
        return []
    one = cost.known / people.known * MONEY_UNITS[unit.known]
    if limits.lowest_cost <= one / MONEY_UNITS[DEFAULT_UNIT] <= limits.highest_cost:
        return []
    shown = f"{grouped(one, MONEY_PLACES)}元"
    message = f"填报 {cost.show()}{unit.show()}，年末在职 {people.show()} 人，人均 {shown}"
    return [_in_wrong_unit([cost, people, unit], message, shown)]


def _whole_budget(case: Case) -> list[Finding]:
    """The whole budget is larger than any unit of the kind has, or next to nothing."""
    identity, total = case.evaluation.overview.identity, case.evaluation.budget.lines.total
    whole, unit = (
        total.adjusted_budget if total.adjusted_budget.stated else total.outturn,
        identity.money_unit,
    )
    if not whole.value:
        return []
    in_default_unit = whole.known * MONEY_UNITS[unit.known] / MONEY_UNITS[DEFAULT_UNIT]
    least, most = case.rulebook.size.smallest, case.rulebook.size.largest_for(identity.unit_name.value or "")
    if least <= in_default_unit <= most:
        return []
    limit = f"多于 {plain(most)}" if in_default_unit > most else f"不到 {plain(least)}"
    message = f"填报 {whole.show()}{unit.show()}，{limit} 万元"
    return [_in_wrong_unit([whole, unit], message, whole.show())]


def _in_wrong_unit(at: list[Answer[Any]], message: str, shown: str) -> Finding:
    hint = f"请核对 {at[-1].ref} 的金额单位和各表金额"
    return warning(at, f"{message}，像是元、万元填混", hint, found=shown)


@rule("FIL14", "主表没有漏填的格", ADVICE, "T6", "补填；没有发生的填 0")
def the_main_table_has_no_holes(case: Case, _: Case) -> Iterator[Finding]:
    """A part is blank though the other parts of its column are stated and do not make up the total.

    An error where the rate of the line is stated, for it cannot be held against anything. A column of which
    only the total is stated has no holes: the split is not known.
    """
    lines = case.evaluation.budget.lines
    rated = [
        (answer, line.execution_rate)
        for line in (lines.personnel, lines.operating, lines.basic, lines.project, lines.total)
        if line.execution_rate.stated and not line.execution_rate.computed
        for answer in (line.adjusted_budget, line.outturn)
        if _is_empty(answer)
    ]
    for answer, rate in rated:
        message = f"没有填，而 {rate.ref.coordinate} {rate.field.label}填了 {rate.show()}，无从核对"
        yield error([answer, rate], message, f"请补填 {answer.ref.coordinate}，或清空 {rate.ref.coordinate}")
    with_rate = [answer for answer, _ in rated]
    holes = [hole for column in _MONEY_COLUMNS for hole in _holes(lines, column) if hole not in with_rate]
    if holes:
        message = "没有填，而同一列的其他各项已填，加起来与合计对不上，报告的表里这一格是空的"
        yield warning(holes, message, f"请补填 {cells(holes)}，没有发生的填 0")


_MONEY_COLUMNS = ("original_budget", "adjusted_budget", "outturn", "prior_outturn")


def _holes(lines: BudgetLines, column: str) -> list[Answer[Any]]:
    """The blank cells of one column, unless the parts stated there make up its totals, or no part is stated."""
    split = [lines.personnel, lines.operating]
    personnel, operating, basic, project, total = (
        getattr(line, column) for line in (*split, lines.basic, lines.project, lines.total)
    )
    holes: list[Answer[Any]] = []
    if not any(part.stated for part in (personnel, operating, basic, project)):
        return []
    if not basic.stated or _sum(personnel, operating) != money(basic.known):
        begun = personnel.stated or operating.stated
        holes += [getattr(line, column) for line in split if begun or _has_figures(line)]
    if total.stated and (
        _sum(basic, project) if basic.stated else _sum(personnel, operating, project)
    ) == money(total.known):
        holes = holes if basic.stated else []
    else:
        holes += [basic, project, total]
    return [hole for hole in holes if _is_empty(hole) and hole.field.need is not Need.REQUIRED]


def _sum(*parts: Answer[Any]) -> Decimal:
    return money(sum((part.known for part in parts if part.stated), Decimal(0)))


def _has_figures(line: BudgetLine) -> bool:
    return any(getattr(line, column).stated for column in _MONEY_COLUMNS)


def _is_empty(answer: Answer[Any]) -> bool:
    """Whether nothing stands in the cell, not even 无, and nothing was computed."""
    return answer.blank and not answer.raw


@of_answers("FIL15", "文字不超过规定的长度", ADVICE, "填报表格式", "压缩文字；确认没有把别处的内容贴进来")
def texts_keep_to_their_length(answer: Answer[Any], _: Case) -> Iterator[Finding]:
    """A text is longer than its cell was made for: pasted, for typing it is refused."""
    kind = answer.field.kind
    if isinstance(kind, Text) and isinstance(answer.value, str) and len(answer.value) > kind.limit:
        length, expected = str(len(answer.value)), f"{AT_MOST}{kind.limit}"
        message, hint = f"有 {length} 字，多于 {kind.limit} 字", "请压缩，或确认没有贴错"
        yield warning([answer], message, hint, found=length, expected=expected)


def _numbered_texts(case: Case) -> list[list[Answer[str]]]:
    """The long texts; those of one column of a list together, as numbering runs on from row to row."""
    columns: dict[str, list[Answer[str]]] = {}
    for answer in case.answers.values():
        if isinstance(answer.field.kind, LongText) and answer.stated:
            columns.setdefault(answer.field.key, []).append(answer)
    return list(columns.values())


_LAST = 19
"""Up to here numbers are read: nobody numbers more by hand, and a larger one may be a figure."""
_CHINESE = {chinese(number): number for number in range(1, _LAST + 1)}
_BEGINNING = r"(?:^|(?<=[\n。；;：:]))\s*"
_NUMBERINGS: dict[str, tuple[re.Pattern[str], Callable[[int], str]]] = {
    "circled": (re.compile(f"([{CIRCLED}])"), circled),
    "chinese": (
        re.compile(_BEGINNING + r"([" + NUMERALS + r"]{1,2})、"),
        lambda number: f"{chinese(number)}、",
    ),
    "bracketed": (
        re.compile(_BEGINNING + r"[（(]([" + NUMERALS + r"]{1,2})[）)]"),
        lambda number: f"（{chinese(number)}）",
    ),
    "figure": (re.compile(_BEGINNING + r"(\d{1,2})[.．、](?!\d)"), lambda number: f"{number}."),
}
"""Ways to number items, each with how a number is written."""


def _numbers_of(text: str) -> Iterator[tuple[str, int, str]]:
    """Each number of an item in ``text``: how it is written, which it is, as it stands."""
    for style, (pattern, _) in _NUMBERINGS.items():
        for match in pattern.finditer(text):
            sign = match[1]
            number = CIRCLED.find(sign) + 1 or (int(sign) if sign.isdigit() else _CHINESE.get(sign, 0))
            if 0 < number <= _LAST:
                yield style, number, match[0].strip()


@rule(
    "FIL16",
    "文字里的序号连续",
    ADVICE,
    "填写习惯",
    "补上漏掉的一条，或改正序号",
    subjects=_numbered_texts,
)
def numbering_does_not_jump(texts: list[Answer[str]], _: Case) -> Iterator[Finding]:
    """Items that are numbered leave a number out: ① is followed by ③."""
    reached: dict[str, int] = {}
    for answer in texts:
        for style, number, shown in _numbers_of(answer.known):
            last = reached.get(style, 0)
            if last and number > last + 1:
                missing = _NUMBERINGS[style][1](last + 1)
                message = f"有“{shown}”，前面没有“{missing}”"
                yield warning([answer], message, "请核对有没有漏掉一条", found=shown, expected=missing)
            if last or number == 1:
                reached[style] = number


@of_answers(
    "FIL18", "文字里没有贴入的表格和断行", ADVICE, "填写习惯", "把表格改成文字或另附，删去句子中间的换行"
)
def texts_are_prose(answer: Answer[Any], _: Case) -> Iterator[Finding]:
    """A text holds rows of a table, or line breaks amid a sentence: the report prints each line as a paragraph."""
    if not isinstance(answer.field.kind, LongText) or not isinstance(answer.value, str):
        return
    if rows := pasted_rows(answer.value):
        message = f"像是贴进来的表格，有 {len(rows)} 行，如“{' '.join(rows[0].split())[:20]}”"
        yield warning([answer], message, "报告会印成一行行的文字。请改写成句子，或作为附件另报")
    elif ends := torn(answer.value):
        message = f"“{ends[0]}”后面换了行，句子没有完，像是复制时断开的"
        yield warning([answer], message, "报告会在这里分段。请删去多余的换行")


RULES = rules_among(globals())
