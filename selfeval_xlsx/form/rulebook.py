"""The thresholds and variants of the checks, of scoring and of printing: frozen dataclasses.

What each setting means stands in the comments of ``templates/口径.toml``, which holds the same values
as the defaults here. Percentages are whole numbers: 90 is 90%. :mod:`selfeval_xlsx.form.rulebook_file` reads them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from selfeval_xlsx.findings import Severity
from selfeval_xlsx.form.declare import Field
from selfeval_xlsx.form.form import ATTAINMENTS, GRADES, LEVELS, PLAN, SelfEvaluation
from selfeval_xlsx.form.kinds import Choice, Kind, Listed
from selfeval_xlsx.form.places import FormPlan, extended, plan_of
from selfeval_xlsx.form.relation_kinds import Relation
from selfeval_xlsx.office.provenance import digest

LARGEST, LARGEST_AMOUNT = 1000, 10**9
"""What a setting may be at most: points, percentages and people's costs; amounts in 万元."""

LOCAL_ERROR, LOCAL_WARNING = "SUM90", "SUM91"
"""The rules that judge the relations of a district: those that must hold, and those it is only reminded of."""

SEVERITIES = {"提醒": Severity.WARNING, "说明": Severity.NOTE, "不核对": None}
"""What a district may lower a rule to."""

Bands = Mapping[str, Decimal]
"""A number for each name; of bands, the lower bound, the highest first."""


def _one_of(*options: str) -> Any:
    """A setting with a closed choice, the first its default."""
    return field(default=options[0], metadata={"options": options})


def _bands(names: Iterable[str], bounds: Iterable[int]) -> Any:
    """Bands from the best to the last, which begins at 0; a district gives them names of its own."""
    return _numbers(dict(zip(names, bounds, strict=True)), ordered=True)


def _numbers(default: Mapping[str, int], *, ordered: bool = False, most: int = LARGEST) -> Any:
    """A setting that gives names a number each."""
    numbers = {name: Decimal(number) for name, number in default.items()}
    return field(default_factory=lambda: numbers, metadata={"ordered": ordered, "most": most})


def _amount(default: int) -> Any:
    """A setting that is an amount in 万元."""
    return field(default=Decimal(default), metadata={"most": LARGEST_AMOUNT})


@dataclass(frozen=True)
class Execution:
    """How much of the budget is to be spent, and how far it may move, without a reason."""

    low_rate: Decimal = Decimal(90)
    large_adjustment: Decimal = Decimal(30)


@dataclass(frozen=True)
class StaffLimits:
    """How many people there may be for the authorised posts without a reason, and what one costs a year (万元)."""

    control_rate: Decimal = Decimal(100)
    lowest_cost: Decimal = Decimal(1)
    highest_cost: Decimal = Decimal(200)


@dataclass(frozen=True)
class Size:
    """How large a unit's whole budget can be (万元): beyond, 元 and 万元 were mixed up."""

    smallest: Decimal = _amount(1)
    largest: Decimal = _amount(5_000_000)
    largest_by_name: Bands = _numbers(
        {
            "幼儿园": 20_000,
            "小学": 50_000,
            "中学": 100_000,
            "村": 50_000,
            "站": 100_000,
            "乡": 300_000,
            "镇": 500_000,
            "街道": 500_000,
            "中心": 500_000,
            "局": 3_000_000,
        },
        most=LARGEST_AMOUNT,
    )

    def largest_for(self, unit_name: str) -> Decimal:
        """The limit of the kind of unit that ``unit_name`` ends with most nearly; else that of any unit."""
        kinds = {
            unit_name.rfind(word) + len(word): limit
            for word, limit in self.largest_by_name.items()
            if word in unit_name
        }
        return kinds[max(kinds)] if kinds else self.largest


@dataclass(frozen=True)
class Scoring:
    """Weights, bands and variants of the self-evaluation's points (domain section 4)."""

    full_score: Decimal = Decimal(100)
    execution_weight: Decimal = Decimal(10)
    execution_denominator: str = _one_of("adjusted", "original")
    reverse_rule: str = _one_of("linear", "ratio")
    far_above: Decimal = Decimal(130)
    far_above_zero: Decimal = Decimal(30)
    largest_weight: Decimal = Decimal(30)
    rounding: Decimal = Decimal("0.01")
    levels: tuple[str, ...] = LEVELS
    level_weights: Bands = _numbers({"产出指标": 50, "效益指标": 30, "满意度指标": 10})
    classes: Bands = _bands(ATTAINMENTS, (80, 60, 0))


@dataclass(frozen=True)
class Printing:
    """How the report is printed."""

    thousands_comma: bool = True
    cover: bool = False


@dataclass(frozen=True)
class Texts:
    """What is looked for in texts."""

    placeholders: tuple[str, ...] = ("XX", "××", "＊＊", "请填写", "请输入", "待补充", "以内说明")
    nothing_but: tuple[str, ...] = ("略", "待填", "待补", "待定", "同上", "此处填写", "……", "...")


@dataclass(frozen=True)
class Local:
    """What a district adds to the form: a section of fields of its own on some sheets, and relations between figures."""

    title: str = "本地补充"
    fields: Mapping[str, tuple[Field, ...]] = field(default_factory=dict)
    """By the key of the sheet at whose end they stand; their own keys begin with ``local.``."""
    relations: tuple[Relation, ...] = ()


@dataclass(frozen=True)
class Rulebook:
    """Every number and word a district may set for itself."""

    execution: Execution = Execution()
    staff: StaffLimits = StaffLimits()
    size: Size = field(default_factory=Size)
    scoring: Scoring = field(default_factory=Scoring)
    grades: Bands = _bands(GRADES, (90, 80, 60, 0))
    printing: Printing = Printing()
    texts: Texts = Texts()
    severity: Mapping[str, Severity | None] = field(default_factory=dict)
    """What a rule weighs at most, by its code; None where it is not asked at all."""
    local: Local = field(default_factory=Local)
    name: str = field(default="", compare=False, repr=False)
    """The file it was read from."""

    @cached_property
    def digest(self) -> str:
        """Tells it from another by its settings, not by its file."""
        return digest(repr(self).encode())

    @cached_property
    def mark(self) -> str:
        """What a workbook made with it says of it: its name and the beginning of its digest; empty if it is as shipped."""
        return "" if self.digest == Rulebook().digest else f"{self.name} {self.digest[:12]}"

    @cached_property
    def plan(self) -> FormPlan:
        """The form with the fields that the district adds."""
        return self.plan_with(())

    def plan_with(self, grown: tuple[tuple[str, int], ...]) -> FormPlan:
        """The same, with tables (by key) that have more rows than declared."""
        plan = plan_of(SelfEvaluation, grown) if grown else PLAN
        return extended(plan, "local", self.local.title, self.local.fields) if self.local.fields else plan

    def kind_of(self, kind: Kind[Any]) -> Kind[Any]:
        """``kind`` as it is under this rulebook: a choice from its list, where it sets one."""
        if not isinstance(kind, Listed):
            return kind
        lists = {"levels": self.scoring.levels, "classes": self.scoring.classes, "grades": self.grades}
        return Choice(tuple(lists[kind.setting]), kind.aliases)

    def grade_of(self, total: Decimal) -> str:
        """The grade whose band ``total`` lies in."""
        return next(name for name, bound in self.grades.items() if total >= bound)
