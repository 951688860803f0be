"""FRM: is the form itself whole? These speak of names, labels and places, never of figures."""

from collections.abc import Iterator

from selfeval_xlsx.cells import column_letters
from selfeval_xlsx.checks.rule import ADVICE, VALIDITY, Case, finding_at, rule, rules_among
from selfeval_xlsx.findings import Finding, Severity
from selfeval_xlsx.form.declare import Need
from selfeval_xlsx.form.form import EDITION, HOW_TO_SHOW, PLAN, Hidden, Lost
from selfeval_xlsx.form.values import rows_of

FORM = "填报表格式"
"""The basis of all these rules."""


@rule("FRM01", "填报表的单元格名称完整", ADVICE, FORM, "按标签找到了内容，可以继续；建议改用新的填报表")
def names_are_whole(case: Case, _: Case) -> Iterator[Finding]:
    """A defined name is lost; the cell was found by its label."""
    message = "单元格名称丢失，已按左侧（上方）的标签找到这一格"
    for label, ref in case.evaluation.source.by_label:
        yield finding_at(Severity.NOTE, (ref,), label, message, "请核对读到的内容是否正确")


@rule("FRM02", "标签没有改动", ADVICE, FORM, "把标签改回模板上的文字，确认内容填在该填的格里")
def labels_are_kept(case: Case, _: Case) -> Iterator[Finding]:
    """The label beside a named cell is not the declared one: was the cell moved, or the label changed?"""
    for declared, label, ref in case.evaluation.source.altered_labels:
        message = f"旁边的标签是“{label}”，模板上是“{declared}”"
        hint = f"请确认这一格填的是“{declared}”，并把标签改回原样"
        yield finding_at(Severity.WARNING, (ref,), declared, message, hint, label, declared)


@rule("FRM03", "填报表没有缺少内容", ADVICE, FORM, "需要填写这一项时，把内容转填到新的填报表")
def nothing_is_lost(case: Case, _: Case) -> Iterator[Finding]:
    """An optional cell or table was deleted from the form."""
    for lost in case.evaluation.source.lost:
        if not _is_required(lost, case):
            message = "这一项在工作簿里找不到，按没有填写处理"
            yield _lost(Severity.WARNING, lost, message, "如需填写，请把内容转填到新的填报表")


def _lost(severity: Severity, lost: Lost, message: str, hint: str) -> Finding:
    return finding_at(severity, (lost.at,) if lost.at else (), lost.label, message, hint)


def _is_required(lost: Lost, case: Case) -> bool:
    """Whether the report cannot do without what was lost; a list without rows needs none of its columns."""
    fields = {field.key: field for field in case.rulebook.plan.fields}
    empty = {key for key, (_, table, _) in PLAN.columns.items() if not rows_of(case.evaluation, table.key)}
    return any(fields[key].need is Need.REQUIRED for key in lost.keys if key not in empty)


@rule("FRM04", "列表的内容都填在表内", VALIDITY, FORM, "把表外的行移到表内；行数不够时在表格中间插入行")
def rows_are_inside(case: Case, _: Case) -> Iterator[Finding]:
    """A row was typed below the end of its table, where no sum and no report would find it."""
    message = "这一行填在表格下方灰线之外，不会进入报告"
    for label, ref in case.evaluation.source.outside:
        yield finding_at(Severity.ERROR, (ref,), label, message, "请在表格中间插入行，把这一行移进去")


@rule("FRM05", "填报表是当前版本", ADVICE, FORM, "可以继续使用；下次请用新版填报表")
def edition_is_current(case: Case, _: Case) -> Iterator[Finding]:
    """The workbook was made from an earlier edition of the form."""
    edition = case.evaluation.source.edition
    if edition != EDITION:
        message = f"本工作簿是 {edition} 版，现行版本是 {EDITION}"
        yield finding_at(Severity.NOTE, (), "填报表版本", message, "", edition, EDITION)


@rule("FRM06", "必填的内容没有从填报表中删去", VALIDITY, FORM, "把内容转填到新的填报表")
def required_is_not_lost(case: Case, _: Case) -> Iterator[Finding]:
    """A cell or a column that the report cannot do without was deleted from the form."""
    for lost in case.evaluation.source.lost:
        if _is_required(lost, case):
            message = "这一项是必填的，在工作簿里找不到"
            yield _lost(Severity.ERROR, lost, message, "请撤销删除，或把内容转填到新的填报表")


@rule("FRM07", "列表里没有合计行", ADVICE, FORM, "删去合计行；合计由系统计算")
def lists_have_no_totals(case: Case, _: Case) -> Iterator[Finding]:
    """A row of totals was typed into a list: it is no item of it, and counted nowhere."""
    for label, ref in case.evaluation.source.totals:
        message = f"第{ref.place[0]}行是合计行，没有计入核对，也不会进入报告"
        yield finding_at(Severity.WARNING, (ref,), label, message, "请删去这一行")


@rule("FRM08", "填写的内容没有隐藏", ADVICE, FORM, "取消隐藏，核对其中的内容")
def nothing_is_hidden(case: Case, _: Case) -> Iterator[Finding]:
    """Rows, columns or sheets that nobody sees hold answers, which count like all others."""
    source, label = case.evaluation.source, "隐藏的内容"
    for hidden in source.hidden:
        message = f"{_which(hidden)}是隐藏的，其中填有内容，照样计入核对和报告"
        hint = f"{HOW_TO_SHOW[hidden.what]}，核对后再报"
        yield finding_at(Severity.WARNING, hidden.at, label, message, hint)
    for title, how in source.hidden_besides:
        message = f"工作簿里另有隐藏的工作表「{title}」，没有读取，会随工作簿一起报出"
        yield finding_at(Severity.NOTE, (), label, message, f"{HOW_TO_SHOW[how]}，不需要的删去")


def _which(hidden: Hidden) -> str:
    """第49行, F列; more of them together, or the sheet."""
    match hidden.what:
        case "row":
            return f"第{'、'.join(str(ref.place[0]) for ref in hidden.at)}行"
        case "column":
            return f"{'、'.join(column_letters(ref.place[1]) for ref in hidden.at)}列"
    return "这张工作表"


@rule(
    "FRM09",
    "填报表是照现行口径做的",
    ADVICE,
    FORM,
    "用做这份填报表的口径核对（--rules），或用现行口径另做填报表",
)
def rulebook_is_the_same(case: Case, _: Case) -> Iterator[Finding]:
    """The workbook was made with another rulebook: its fields and its live checks may be others."""
    now, made_with = case.rulebook, case.evaluation.source.rulebook
    name, _space, digest = made_with.rpartition(" ")
    if made_with and not now.digest.startswith(digest):
        severity, change, hint = Severity.WARNING, "和现在核对用的不是一份", "请用做表时的口径核对（--rules）"
        if name == now.name:
            severity, change, hint = Severity.NOTE, "这份口径后来改过", ""
        message = f"本工作簿是照口径“{name}”做的，{change}，本地字段和「核对」表可能不同"
        yield finding_at(severity, (), "口径", message, hint, name, now.name)


RULES = rules_among(globals())
