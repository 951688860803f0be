"""FRM: is the form itself whole? These speak of names, labels and places, never of figures."""

from collections.abc import Iterator

from selfeval_xlsx.checks.rule import Case, Standing, finding_at, rule
from selfeval_xlsx.findings import Finding, Severity
from selfeval_xlsx.form.form import EDITION


@rule(
    "FRM01",
    "填报表的单元格名称完整",
    standing=Standing.ADVICE,
    basis="填报表格式",
    remedy="按标签找到了内容，可以继续；建议改用新的填报表",
)
def names_are_whole(case: Case, _: Case) -> Iterator[Finding]:
    """A defined name is lost; the cell was found by its label."""
    for label, ref in case.evaluation.source.by_label:
        yield finding_at(
            Severity.NOTE,
            (ref,),
            label,
            "单元格名称丢失，已按左侧（上方）的标签找到这一格",
            "请核对读到的内容是否正确",
        )


@rule(
    "FRM02",
    "标签没有改动",
    standing=Standing.ADVICE,
    basis="填报表格式",
    remedy="把标签改回模板上的文字，确认内容填在该填的格里",
)
def labels_are_kept(case: Case, _: Case) -> Iterator[Finding]:
    """The label beside a named cell is not the declared one: was the cell moved, or the label changed?"""
    for declared, found, ref in case.evaluation.source.altered_labels:
        yield finding_at(
            Severity.WARNING,
            (ref,),
            declared,
            f"旁边的标签是“{found}”，模板上是“{declared}”",
            f"请确认这一格填的是“{declared}”，并把标签改回原样",
            found,
            declared,
        )


@rule(
    "FRM03",
    "填报表没有缺少内容",
    standing=Standing.ADVICE,
    basis="填报表格式",
    remedy="需要填写这一项时，把内容转填到新的填报表",
)
def nothing_is_lost(case: Case, _: Case) -> Iterator[Finding]:
    """An optional cell or table was deleted from the form."""
    for label in case.evaluation.source.lost:
        yield finding_at(
            Severity.WARNING,
            (),
            label,
            "这一项在工作簿里找不到，按没有填写处理",
            "如需填写，请把内容转填到新的填报表",
        )


@rule(
    "FRM04",
    "列表的内容都填在表内",
    standing=Standing.VALIDITY,
    basis="填报表格式",
    remedy="把表外的行移到表内；行数不够时在表格中间插入行",
)
def rows_are_inside(case: Case, _: Case) -> Iterator[Finding]:
    """A row was typed below the end of its table, where no sum and no report would find it."""
    for label, ref in case.evaluation.source.outside:
        yield finding_at(
            Severity.ERROR,
            (ref,),
            label,
            "这一行填在表格下方灰线之外，不会进入报告",
            "请在表格中间插入行，把这一行移进去",
        )


@rule(
    "FRM05",
    "填报表是当前版本",
    standing=Standing.ADVICE,
    basis="填报表格式",
    remedy="可以继续使用；下次请用新版填报表",
)
def edition_is_current(case: Case, _: Case) -> Iterator[Finding]:
    """The workbook was made from an earlier edition of the form."""
    edition = case.evaluation.source.edition
    if edition != EDITION:
        yield finding_at(
            Severity.NOTE,
            (),
            "填报表版本",
            f"本工作簿是 {edition} 版，现行版本是 {EDITION}",
            "",
            edition,
            EDITION,
        )


RULES = (names_are_whole, labels_are_kept, nothing_is_lost, rows_are_inside, edition_is_current)
