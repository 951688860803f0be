"""FIL: is everything filled in, readable, and meant? (relation T6)"""

from collections.abc import Iterable, Iterator
from typing import Any

from selfeval_xlsx.amounts import MONEY_PLACES, grouped, money, plain
from selfeval_xlsx.checks.rule import Case, Standing, cells, finding, finding_at, rule
from selfeval_xlsx.findings import Finding, Severity
from selfeval_xlsx.form.declare import Answer, Need
from selfeval_xlsx.form.form import DEFAULT_UNIT, MONEY_UNITS, PLAN
from selfeval_xlsx.form.kinds import NOTHING, UNCALCULATED, Amount, Text
from selfeval_xlsx.form.values import answers_of, is_filled, rows_of

Row = tuple[Answer[Any], ...]


def _answers(case: Case) -> Iterable[Answer[Any]]:
    return case.answers.values()


def _single(case: Case) -> Iterable[Answer[Any]]:
    """The single cells; one that was deleted from the form has a finding of its own."""
    return (case.answers[key] for key in PLAN.slots if key not in case.evaluation.source.lost_keys)


def _rows(case: Case) -> Iterator[Row]:
    """The rows of every table that hold anything but 无."""
    for table in PLAN.tables:
        for row in filter(is_filled, rows_of(case.evaluation, table)):
            yield tuple(answer for _, answer in answers_of(row))


@rule(
    "FIL01",
    "必填项已填",
    standing=Standing.VALIDITY,
    basis="T6",
    remedy="在指出的格里填写",
    subjects=_single,
)
def required_is_stated(answer: Answer[Any], _: Case) -> Iterator[Finding]:
    """A cell the report cannot do without is empty, and cannot be computed."""
    if answer.field.need is Need.REQUIRED and answer.blank:
        kind = answer.field.kind
        yield finding(
            Severity.ERROR,
            [answer],
            "没有填写，报告不能缺少这一项",
            f"请填写{kind.expected}",
            expected=kind.expected,
        )


@rule(
    "FIL02",
    "填写的内容能够识别",
    standing=Standing.VALIDITY,
    basis="T6",
    remedy="按提示的样式重新填写，不确定的数不要写“约”",
    subjects=_answers,
)
def content_is_readable(answer: Answer[Any], _: Case) -> Iterator[Finding]:
    """What stands in the cell is not of the cell's kind."""
    if answer.problem is None:
        return
    kind = answer.field.kind
    hint = f"请改填{kind.expected}"
    if answer.problem == UNCALCULATED:
        hint = "请用 Excel 或 WPS 打开本文件，保存一次再试；或直接填数"
    yield finding(
        Severity.ERROR,
        [answer],
        answer.problem,
        hint,
        found=answer.raw[:200],
        expected=kind.expected,
    )


@rule(
    "FIL03",
    "提示文字已替换",
    standing=Standing.VALIDITY,
    basis="T6",
    remedy="用本单位的实际内容替换提示文字或示例",
    subjects=_answers,
)
def hints_are_replaced(answer: Answer[Any], _: Case) -> Iterator[Finding]:
    """The form's own guidance was left or copied into the cell."""
    field = answer.field
    own = {field.note, field.kind.expected, f"（{field.note}）"} - {""}
    if isinstance(answer.value, str) and isinstance(field.kind, Text) and answer.value in own:
        yield finding(
            Severity.ERROR,
            [answer],
            "留着模板的提示文字",
            "请改填本单位的实际内容",
            found=answer.raw[:200],
        )


@rule(
    "FIL04",
    "没有占位字样",
    standing=Standing.ADVICE,
    basis="T6",
    remedy="把“XX”等字样换成实际内容",
    subjects=_answers,
)
def placeholders_are_replaced(answer: Answer[Any], case: Case) -> Iterator[Finding]:
    """A text still holds a placeholder of the rulebook's list."""
    if not isinstance(answer.value, str) or not isinstance(answer.field.kind, Text):
        return
    left = [word for word in case.rulebook.texts.placeholders if word in answer.value]
    if left:
        yield finding(
            Severity.WARNING,
            [answer],
            f"文字里有“{left[0]}”，像是忘了替换的占位字样",
            "请核对并改成实际内容",
            found=left[0],
        )


@rule(
    "FIL05",
    "列表没有只填一半的行",
    standing=Standing.VALIDITY,
    basis="T6",
    remedy="补齐这一行标 * 的列，或清空整行",
    subjects=_rows,
)
def rows_are_whole(row: Row, case: Case) -> Iterator[Finding]:
    """A row of a list lacks a column it cannot do without."""
    lost = case.evaluation.source.lost_keys
    missing = [
        answer
        for answer in row
        if answer.field.need is Need.REQUIRED and answer.blank and answer.field.key not in lost
    ]
    if missing:
        heads = "、".join(answer.field.head for answer in missing)
        yield finding(
            Severity.ERROR,
            missing,
            f"这一行只填了一半，缺少{heads}",
            f"请补填 {cells(missing)}，或清空整行",
        )


@rule(
    "FIL06",
    "报告应有的内容已填",
    standing=Standing.ADVICE,
    basis="T6",
    remedy="补填；确实没有的可以不填，报告会相应少一部分",
)
def expected_is_stated(case: Case, _: Case) -> Iterator[Finding]:
    """A part of the official outline has no content; the report is written without it."""
    for answer in _single(case):
        if answer.field.need is Need.EXPECTED and answer.blank and not answer.raw:
            yield finding(Severity.WARNING, [answer], "没有填写，报告将没有这一部分", "请补填")
    for page, table in PLAN.tables.values():
        if table.need is Need.EXPECTED and not rows_of(case.evaluation, table.key):
            yield finding_at(
                Severity.WARNING,
                (),
                f"「{page.name}」{table.label}",
                "一行也没有填，报告将没有这一部分",
                "请补填",
                key=table.key,
            )


@rule(
    "FIL07",
    "数字格里只填数字",
    standing=Standing.ADVICE,
    basis="填写习惯",
    remedy="删去数字后面的单位",
    subjects=_answers,
)
def numbers_are_plain(answer: Answer[Any], _: Case) -> Iterator[Finding]:
    """A unit was typed behind a number; it was read all the same."""
    if answer.remark:
        yield finding(Severity.NOTE, [answer], answer.remark, "请删去单位，只填数字", found=answer.raw)


@rule(
    "FIL08",
    "金额不多于两位小数",
    standing=Standing.ADVICE,
    basis="金额两位小数",
    remedy="按两位小数填写；确认金额单位没有选错",
    subjects=_answers,
)
def amounts_have_two_decimals(answer: Answer[Any], _: Case) -> Iterator[Finding]:
    """An amount has more decimals than the report prints; the relations are held at the printed ones."""
    if isinstance(answer.field.kind, Amount) and answer.value is not None:
        shown = money(answer.value)
        if shown != answer.value:
            yield finding(
                Severity.NOTE,
                [answer],
                f"填报 {plain(answer.value)}，多于两位小数，报告印作 {answer.show()}",
                "请核对金额单位，并按两位小数填写",
                found=plain(answer.value),
                expected=answer.show(),
            )


@rule(
    "FIL09",
    "总分不满时不能说没有问题",
    standing=Standing.VALIDITY,
    basis="T6",
    remedy="如实填写扣分对应的问题和措施",
)
def problems_are_named(case: Case, _: Case) -> Iterator[Finding]:
    """「问题」 says 无 while points were taken."""
    score = case.evaluation.goals.assessment.total_score
    if score.value is None or score.value >= case.rulebook.scoring.full_score:
        return
    for row in case.evaluation.issues.problems:
        text = row.problem.raw.strip().rstrip("。.")
        if text and text in NOTHING | {"没有", "暂无", "无问题", "没有问题", "暂无问题"}:
            yield finding(
                Severity.ERROR,
                [row.problem, score],
                f"填“{text}”，但自评总分为 {score.show()} 分，不满 {plain(case.rulebook.scoring.full_score)} 分",
                f"请如实填写问题和措施，或核对 {score.ref} 的总分",
                found=text,
            )


@rule(
    "FIL10",
    "留空的合计和执行率由系统计算",
    standing=Standing.ADVICE,
    basis="留空即计算",
    remedy="不必处理；请核对算出的数",
)
def blanks_are_computed(case: Case, _: Case) -> Iterator[Finding]:
    """Totals and rates left blank were computed from the other cells; one note for each block."""
    blocks: dict[str, list[Answer[Any]]] = {}
    for answer in case.answers.values():
        if answer.computed and answer.field.key not in case.evaluation.source.lost_keys:
            blocks.setdefault(".".join(answer.field.key.split(".")[:2]), []).append(answer)
    for answers in blocks.values():
        shown = "；".join(f"{a.ref.coordinate} {a.field.label} {a.show()}" for a in answers[:6])
        more = f"等 {len(answers)} 处" if len(answers) > 6 else ""
        yield finding(Severity.NOTE, answers, f"留空，已计算：{shown}{more}")


@rule(
    "FIL11",
    "每个目标都有完成情况",
    standing=Standing.ADVICE,
    basis="T3",
    remedy="补填这一目标的完成情况",
)
def goals_have_results(case: Case, _: Case) -> Iterator[Finding]:
    """Some goals of the list say what became of them, this one does not."""
    plan = [item for item in case.evaluation.goals.plan if item.title.stated]
    if not any(item.result.stated for item in plan):
        return
    for item in plan:
        if item.result.blank:
            yield finding(
                Severity.WARNING,
                [item.result, item.title],
                f"目标“{item.title.raw}”没有完成情况，而其他目标有",
                f"请补填 {item.result.ref.coordinate}",
            )


@rule(
    "FIL12",
    "填报日期在年度结束之后",
    standing=Standing.VALIDITY,
    basis="T5",
    remedy="改正填报日期或评价年度",
    needs=lambda case, _: (
        case.evaluation.overview.sign_off.report_date,
        case.evaluation.overview.identity.year,
    ),
)
def the_report_follows_the_year(case: Case, _: Case) -> Iterator[Finding]:
    """The report is dated before the year it judges is over; 31 December still belongs to it."""
    day = case.evaluation.overview.sign_off.report_date
    year = case.evaluation.overview.identity.year
    if day.known.year <= year.known:
        yield finding(
            Severity.ERROR,
            [day, year],
            f"填报日期是 {day.show()}，{year.known} 年度还没有结束",
            f"请核对 {cells([day, year])}",
            found=day.show(),
            expected=f"{year.known + 1}年1月1日以后",
        )


@rule(
    "FIL13",
    "金额的大小与金额单位相称",
    standing=Standing.ADVICE,
    basis="常见错误",
    remedy="核对金额单位和各表金额，按同一单位填写",
    needs=lambda case, _: (
        case.evaluation.overview.identity.money_unit,
        case.evaluation.overview.staff.total.staff_in_post,
        _cost_of_people(case),
    ),
    threshold=lambda rulebook: (
        f"人均人员经费 {plain(rulebook.staff.lowest_cost)} 至 {plain(rulebook.staff.highest_cost)} 万元"
    ),
)
def amounts_fit_their_unit(case: Case, _: Case) -> Iterator[Finding]:
    """Where all amounts are in the wrong unit, they agree with one another, but no one earns that."""
    unit, limits = case.evaluation.overview.identity.money_unit, case.rulebook.staff
    cost, people = _cost_of_people(case), case.evaluation.overview.staff.total.staff_in_post
    if not people.known or not cost.known:
        return
    each = cost.known / people.known * MONEY_UNITS[unit.known]
    if not limits.lowest_cost <= each / MONEY_UNITS[DEFAULT_UNIT] <= limits.highest_cost:
        shown = f"{grouped(each, MONEY_PLACES)}元"
        yield finding(
            Severity.WARNING,
            [cost, people, unit],
            f"填报 {cost.show()}{unit.show()}，年末在职 {people.show()} 人，人均 {shown}，像是元、万元填混",
            f"请核对 {unit.ref} 的金额单位和各表金额",
            found=shown,
        )


def _cost_of_people(case: Case) -> Answer[Any]:
    """人员经费 as it was spent, else as it was planned."""
    line = case.evaluation.budget.lines.personnel
    return line.outturn if line.outturn.stated else line.adjusted_budget


RULES = (
    required_is_stated,
    content_is_readable,
    hints_are_replaced,
    placeholders_are_replaced,
    rows_are_whole,
    expected_is_stated,
    numbers_are_plain,
    amounts_have_two_decimals,
    problems_are_named,
    blanks_are_computed,
    goals_have_results,
    the_report_follows_the_year,
    amounts_fit_their_unit,
)
