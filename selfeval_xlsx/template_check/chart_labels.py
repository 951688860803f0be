"""Charts of a template whose labels name no figure of the form, so that nothing or not all would be filled in."""

from collections.abc import Collection, Iterator, Mapping

from lxml import etree

from selfeval_xlsx.findings import Severity
from selfeval_xlsx.report.charts import PART, Series, series_of
from selfeval_xlsx.template_check.problem import Problem
from selfeval_xlsx.text import closest


def mislabelled(parts: Mapping[str, bytes], figures: Collection[str]) -> Iterator[Problem]:
    """Every label of a chart that should name one of ``figures`` and does not."""
    charts = sorted(filter(PART.fullmatch, parts))
    for number, part in enumerate(charts, start=1):
        place = f"图表 {number}" if len(charts) > 1 else "图表"
        series = series_of(etree.fromstring(parts[part]))
        if any(any(each.labels(figures)) for each in series):
            yield from _unknown(series, figures, place)
        elif series:
            quote = "、".join(each.name for each in series)
            hint = "图表数据里的行名、列名和填报表一致（如“人员经费”“执行数”）的，才会填入数字"
            yield Problem(Severity.WARNING, place, quote, "图里的数不会替换", hint)


def _unknown(series: list[Series], figures: Collection[str], place: str) -> Iterator[Problem]:
    for each in series:
        for category, label in zip(each.categories, each.labels(figures), strict=True):
            if not label:
                near = closest(f"{category}·{each.name}", figures) or closest(
                    f"{each.name}·{category}", figures
                )
                hint = f"是不是“{near.replace('·', '”“')}”" if near else "行名、列名要和填报表一致"
                what = f"填报表里没有“{category}”的“{each.name}”，图里会空着"
                yield Problem(Severity.ERROR, place, category, what, hint)
