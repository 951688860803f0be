"""THE form: every sheet, block and cell of the workbook, in its order, with label, kind and guidance.

No logic stands here. The blank workbook, the reader, the messages, the guide, JSON and the report's
fields all derive from these declarations.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.figures import COMPARATOR_ALIASES
from selfeval_xlsx.figures import COMPARATORS as COMPARATOR_SIGNS
from selfeval_xlsx.form.declare import (
    Answer,
    Carry,
    FormPlan,
    Need,
    cell,
    line,
    matrix,
    plan_of,
    section,
    sheet,
    table,
)
from selfeval_xlsx.form.kinds import (
    Admission,
    Amount,
    Choice,
    Count,
    Day,
    Listed,
    LongText,
    MeasureText,
    Rate,
    Score,
    Text,
    Year,
)
from selfeval_xlsx.form.values import answers_of

EDITION = "2026.1"
"""The edition of this form, stored in every workbook made from it."""

EDITION_PROPERTY, EDITION_NAME = "selfeval_edition", "form_edition"
"""The document property and the name of the hidden cell that hold the edition."""

RULEBOOK_NAME = "form_rulebook"
"""The name of the hidden cell that holds the mark of the rulebook a workbook was made with, if it is not the shipped one."""

KNOWN_EDITIONS = ("2025.1", "2025.2", EDITION)
"""Editions this program reads."""

TITLE = "部门（单位）整体支出预算绩效自评"
DEFAULT_UNIT = "万元"
MONEY_UNITS = {DEFAULT_UNIT: Decimal(10_000), "元": Decimal(1)}
"""The money units of a workbook, each in 元."""

KEEP = Carry.KEEP
REQUIRED, EXPECTED = Need.REQUIRED, Need.EXPECTED

QUALITATIVE = "定性"
"""The comparator of an indicator without a number."""

COMPARATORS = Choice((*COMPARATOR_SIGNS, QUALITATIVE), COMPARATOR_ALIASES)

OFFICE, SUB_UNIT = "内设机构", "下属单位"
"""What may stand in the list of organisations: a part of the unit, or a unit below it."""

LEVELS = ("产出指标", "效益指标", "满意度指标", "成本指标")
"""First-level indicators; 成本 stands below 产出 or on its own."""

ATTAINMENTS = ("达成", "部分达成", "未达成")
"""Classes of a qualitative indicator, the best first."""

PROJECT_ORIGINS = ("年初", "追加")
"""How a project came into the budget: with the original one, or added during the year."""

GRADES = ("优", "良", "中", "差")
"""Grades of the whole evaluation, the best first."""


# --- 概况 ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Identity:
    """Who reports, for which year, in which money unit."""

    unit_name: Answer[str] = cell(
        "单位名称", Text(60), "填全称，与公章一致。", "某某镇政务服务中心", REQUIRED, KEEP
    )
    short_name: Answer[str] = cell(
        "单位简称", Text(30), "报告正文中使用；不填则用全称。", "镇服务中心", carry=KEEP
    )
    year: Answer[int] = cell("评价年度", Year(), "被评价的预算年度，不是填报年度。", "2025", REQUIRED)
    supervising_department: Answer[str] = cell("主管部门", Text(60), carry=KEEP, example="某某镇人民政府")
    money_unit: Answer[str] = cell(
        "金额单位", Choice(tuple(MONEY_UNITS)), "整本工作簿的金额都用这个单位，保留两位小数。", "万元",
        REQUIRED, KEEP,
    )  # fmt: skip
    basis_document: Answer[str] = cell(
        "依据文号", Text(120), "选填；布置自评的文件名称和文号。", "某财绩〔2026〕3号", since="2026.1"
    )
    organisation_method: Answer[str] = cell(
        "自评组织方式", LongText(500), "选填；由谁牵头，怎样自评。",
        "成立自评工作小组，由财务科室牵头，各科室分别自评后汇总。", carry=KEEP, since="2026.1",
    )  # fmt: skip


@dataclass(frozen=True)
class StaffLine:
    """Posts and people of one class."""

    authorised_posts: Answer[int] = cell("编制数", Count(), "编制部门核定的编制数。", "36", carry=KEEP)
    staff_in_post: Answer[int] = cell("年末在职人数", Count(), "评价年度12月31日在职在编人数。", "35")


@dataclass(frozen=True)
class Staff:
    """Staff by class; a blank total is computed when every class is stated."""

    administrative: StaffLine = line("行政")
    institutional: StaffLine = line("事业")
    other: StaffLine = line("其他")
    total: StaffLine = line("合计")


@dataclass(frozen=True)
class Structure:
    """Stated counts and assets."""

    office_count: Answer[int] = cell("内设机构数", Count(), "应与下表“内设机构”行数一致。", "4", carry=KEEP)
    sub_unit_count: Answer[int] = cell("下属单位数", Count(), "应与下表“下属单位”行数一致。", "0", carry=KEEP)
    retired_staff: Answer[int] = cell(
        "离退休人数", Count(), "选填；年末离休、退休人数，不计入在职人数。", "12", since="2026.1"
    )
    contract_staff: Answer[int] = cell(
        "编外人数", Count(), "选填；年末编制外聘用人数，不计入在职人数。", "6", since="2026.1"
    )
    fixed_assets: Answer[Decimal] = cell(
        "固定资产", Amount(), "年末固定资产账面原值，按上面的金额单位填。", "356.80"
    )
    adjusted_budget: Answer[Decimal] = cell(
        "全年预算数", Amount(), "选填；应与「预算」合计的调整后预算一致。", "2885.53"
    )
    outturn: Answer[Decimal] = cell("全年执行数", Amount(), "选填；应与「预算」合计的执行数一致。", "2862.49")
    control_rate: Answer[Decimal] = cell(
        "在职人员控制率", Rate(), "年末在职人数 ÷ 编制数；可留空，由系统计算。", "97.22%", since="2025.2"
    )
    overstaffing_reason: Answer[str] = cell(
        "超编原因", LongText(500), "在职人数超过编制数时说明原因。", "两名待退休人员暂占编制。",
        since="2025.2",
    )  # fmt: skip


@dataclass(frozen=True)
class Organisation:
    """An office of the unit or a unit below it."""

    name: Answer[str] = cell("名称", Text(60), need=REQUIRED, carry=KEEP, span=2, example="综合办公室")
    type: Answer[str] = cell("类别", Choice((OFFICE, SUB_UNIT)), need=REQUIRED, carry=KEEP, example=OFFICE)


@dataclass(frozen=True)
class Duty:
    """One duty of the unit."""

    content: Answer[str] = cell(
        "职责内容", LongText(500), need=REQUIRED, carry=KEEP, span=3,
        example="负责辖区内政务服务事项的受理、办理和反馈。",
    )  # fmt: skip


@dataclass(frozen=True)
class Goal:
    """The overall goal of the year."""

    overall_goal: Answer[str] = cell(
        "履职总体目标、工作任务", LongText(), "用文字概括本年度履职的总体目标和主要任务。",
        "围绕便民利民，完成年度各项服务任务。", EXPECTED, KEEP,
    )  # fmt: skip


@dataclass(frozen=True)
class Management:
    """How performance was managed: one text a subject; 业务管理 has its own list below."""

    decisions: Answer[str] = cell(
        "决策管理", LongText(), "制度是否健全，重大事项如何决策。", "重大支出经集体研究决定。", EXPECTED, KEEP
    )
    finance: Answer[str] = cell(
        "财务管理", LongText(), "预算、支付、核算、公开等制度及执行。", "资金支付实行分级审批。", EXPECTED,
        KEEP,
    )  # fmt: skip
    assets: Answer[str] = cell(
        "资产管理", LongText(), "资产配置、使用、处置、盘点。", "固定资产每年盘点一次。", EXPECTED, KEEP
    )
    human_resources: Answer[str] = cell(
        "人力资源管理", LongText(), "岗位、考核、培训。", "按岗定责，年度考核。", EXPECTED, KEEP
    )
    internal_control: Answer[str] = cell(
        "内部控制管理", LongText(), "内控制度、风险点、监督检查。", "不相容岗位相互分离。", EXPECTED, KEEP
    )


@dataclass(frozen=True)
class BusinessPart:
    """One titled part of 业务管理."""

    title: Answer[str] = cell("小标题", Text(40), need=REQUIRED, carry=KEEP, example="窗口服务")
    content: Answer[str] = cell(
        "内容", LongText(2000), need=REQUIRED, carry=KEEP, span=2, example="实行首问负责和一次性告知。"
    )


@dataclass(frozen=True)
class SignOff:
    """Who filled in, who answers for it, when, where it goes."""

    preparer: Answer[str] = cell("填报人", Text(30), carry=KEEP, example="（姓名）")
    telephone: Answer[str] = cell("联系电话", Text(30), carry=KEEP, example="0000-0000000")
    reviewer: Answer[str] = cell("审核人", Text(30), carry=KEEP, example="（姓名）")
    head_of_finance: Answer[str] = cell("财务负责人", Text(30), carry=KEEP, example="（姓名）")
    head_of_unit: Answer[str] = cell("单位负责人", Text(30), carry=KEEP, example="（姓名）")
    report_date: Answer[date] = cell(
        "填报日期", Day(), "报告落款日期，应在年度结束之后。", "2026-3-15", REQUIRED
    )
    email: Answer[str] = cell("报送邮箱", Text(80), "报告发送到哪个邮箱。", "name@example.com", carry=KEEP)


@dataclass(frozen=True)
class Overview:
    """Sheet 概况."""

    identity: Identity = section("基本信息")
    staff: Staff = matrix(
        "人员情况（单位：人）", corner="类别", note="没有的类别填 0；合计可留空，由系统计算。"
    )
    structure: Structure = section("机构和资产")
    organisations: tuple[Organisation, ...] = table("内设机构和下属单位", 12)
    duties: tuple[Duty, ...] = table("部门职责", 12, note="一行一条，不必写序号。", need=EXPECTED)
    goal: Goal = section("总体目标")
    management: Management = section("绩效管理开展情况")
    business: tuple[BusinessPart, ...] = table("业务管理", 5, note="一行一个小标题。")
    sign_off: SignOff = section("填报和审核")


# --- 预算 ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BudgetLine:
    """One line of the whole budget, in the workbook's money unit."""

    original_budget: Answer[Decimal] = cell("年初预算", Amount(), "年初批复的预算数。", "2381.12")
    budget_adjustment: Answer[Decimal] = cell(
        "年中调整", Amount(signed=True), "追加填正数，调减填负数。", "504.41"
    )
    adjusted_budget: Answer[Decimal] = cell(
        "调整后预算", Amount(), "全年预算数 = 年初预算 + 年中调整。", "2885.53"
    )
    outturn: Answer[Decimal] = cell("执行数", Amount(), "截至12月31日的实际支出。", "2862.49")
    execution_rate: Answer[Decimal] = cell(
        "预算执行率", Rate(), "执行数 ÷ 调整后预算；可留空，由系统计算。", "99.20%"
    )
    prior_outturn: Answer[Decimal] = cell(
        "上年执行数", Amount(), "选填，用于与上年比较。", "2600.00", prior_of="outturn"
    )


@dataclass(frozen=True)
class BudgetLines:
    """The whole budget by nature of expenditure."""

    personnel: BudgetLine = line("人员经费")
    operating: BudgetLine = line("公用经费")
    basic: BudgetLine = line("基本支出")
    project: BudgetLine = line("项目支出")
    total: BudgetLine = line("合计", required=("adjusted_budget", "outturn"))


@dataclass(frozen=True)
class BudgetNotes:
    """Year of the figures and the reasons that quality relations ask for."""

    year: Answer[int] = cell("所属年度", Year(), "选填；应与「概况」评价年度一致。", "2025")
    adjustment_reason: Answer[str] = cell(
        "预算调整原因", LongText(1000), "年中有追加或调减时说明原因。", "年中追加设施改造专项资金。"
    )
    execution_reason: Answer[str] = cell(
        "执行偏差原因",
        LongText(1000),
        "执行率偏低，或执行数超过调整后预算时说明原因。",
        "部分设备尾款跨年支付。",
    )
    supplement: Answer[str] = cell(
        "预算情况补充说明", LongText(2000), "选填；表里说不清的预算和执行情况，原样印在报告的预算部分。",
        "项目支出主要用于便民服务点改造和设备更新。", since="2026.1",
    )  # fmt: skip
    project_count: Answer[int] = cell("项目个数", Count(), "选填；应与项目清单的行数一致。", "3")
    outturn_change: Answer[Decimal] = cell(
        "执行数比上年增减", Amount(signed=True), "执行数 − 上年执行数，减少填负数；可留空。", "262.49",
        since="2025.2",
    )  # fmt: skip
    outturn_change_rate: Answer[Decimal] = cell(
        "执行数增减幅度", Rate(signed=True), "增减额 ÷ 上年执行数；可留空，由系统计算。", "10.10%",
        since="2025.2",
    )  # fmt: skip


@dataclass(frozen=True)
class Balance:
    """Income and expenditure with the carry-overs at both ends of the year, in the workbook's money unit."""

    income: Answer[Decimal] = cell("本年收入", Amount(), example="2870.00", since="2025.2")
    opening_carry_over: Answer[Decimal] = cell("年初结转结余", Amount(), example="30.00", since="2025.2")
    expenditure: Answer[Decimal] = cell("本年支出", Amount(), example="2862.49", since="2025.2")
    closing_carry_over: Answer[Decimal] = cell(
        "年末结转结余", Amount(), "收入 + 年初结转结余 − 支出；可留空，由系统计算。", "37.51", since="2025.2"
    )


@dataclass(frozen=True)
class SourceLine:
    """One source of funds, in the workbook's money unit."""

    original_budget: Answer[Decimal] = cell("年初预算", Amount(), example="2381.12")
    adjusted_budget: Answer[Decimal] = cell("调整后预算", Amount(), example="2885.53")
    outturn: Answer[Decimal] = cell("执行数", Amount(), example="2862.49")
    execution_rate: Answer[Decimal] = cell(
        "预算执行率", Rate(), "可留空，由系统计算。", "99.20%", since="2026.1"
    )


@dataclass(frozen=True)
class Sources:
    """Sources of the whole budget."""

    fiscal_appropriation: SourceLine = line("财政拨款")
    government_fund: SourceLine = line("政府性基金预算拨款", since="2026.1")
    special_account_funds: SourceLine = line("财政专户管理资金")
    carry_over: SourceLine = line("上年结转")
    own_funds: SourceLine = line("单位资金")
    other_funds: SourceLine = line("其他资金")


@dataclass(frozen=True)
class OfficialLine:
    """One line of 三公经费, in the workbook's money unit."""

    original_budget: Answer[Decimal] = cell("年初预算", Amount(), example="3.00")
    adjusted_budget: Answer[Decimal] = cell("调整后预算", Amount(), example="3.00")
    outturn: Answer[Decimal] = cell("执行数", Amount(), example="2.40")
    prior_outturn: Answer[Decimal] = cell("上年执行数", Amount(), example="2.80", prior_of="outturn")


@dataclass(frozen=True)
class OfficialSpending:
    """三公经费: travel abroad, vehicles, receptions."""

    abroad: OfficialLine = line("因公出国（境）费")
    vehicle_purchase: OfficialLine = line("公务用车购置费")
    vehicle_running: OfficialLine = line("公务用车运行维护费")
    reception: OfficialLine = line("公务接待费")
    total: OfficialLine = line("三公经费合计")


@dataclass(frozen=True)
class Project:
    """One project of 项目支出, in the workbook's money unit."""

    name: Answer[str] = cell("项目名称", Text(80), need=REQUIRED, carry=KEEP, example="便民服务点改造")
    original_budget: Answer[Decimal] = cell("年初预算", Amount(), example="300.00")
    budget_adjustment: Answer[Decimal] = cell("年中调整", Amount(signed=True), example="50.00")
    adjusted_budget: Answer[Decimal] = cell("调整后预算", Amount(), need=REQUIRED, example="350.00")
    outturn: Answer[Decimal] = cell("执行数", Amount(), need=REQUIRED, example="348.20")
    execution_rate: Answer[Decimal] = cell("预算执行率", Rate(), example="99.49%")
    origin: Answer[str] = cell(
        "项目来源", Choice(PROJECT_ORIGINS), "选填；年初预算安排的，还是年中追加的。", "追加", since="2026.1"
    )
    origin_reason: Answer[str] = cell(
        "追加原因", LongText(300), "选填；年中为什么追加或调整。", "上级年中下达专项资金。", since="2026.1"
    )


@dataclass(frozen=True)
class Budget:
    """Sheet 预算."""

    lines: BudgetLines = matrix(
        "部门整体支出预算及执行情况",
        corner="支出类别",
        note="不掌握的留空，不要填 0；合计必填调整后预算和执行数。",
    )
    notes: BudgetNotes = section("说明")
    sources: Sources = matrix(
        "资金来源", corner="来源", note="没有的来源填 0；单列政府性基金的，财政拨款不再包括它。"
    )
    balance: Balance = section("收支平衡（选填）")
    official: OfficialSpending = matrix("“三公”经费（选填）", corner="项目", note="没有发生的填 0。")
    projects: tuple[Project, ...] = table("项目清单（选填）", 20, numbered=False, note="一行一个项目。")


# --- 目标 ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PlanItem:
    """One goal of the year: short title, content, result."""

    title: Answer[str] = cell("目标名称", Text(40), need=REQUIRED, carry=KEEP, span=3, example="扩大服务覆盖")
    content: Answer[str] = cell(
        "目标内容和工作计划", LongText(1000), need=REQUIRED, span=5, example="全年开展服务活动200场次以上。"
    )
    result: Answer[str] = cell("完成情况", LongText(1000), span=4, example="全年开展服务活动206场次。")


@dataclass(frozen=True)
class Results:
    """The three result texts of part two."""

    completion: Answer[str] = cell(
        "履职完成情况", LongText(), "产出：数量、质量、时效、成本。", "各项任务按期完成。", REQUIRED
    )
    effects: Answer[str] = cell(
        "履职效果情况", LongText(), "经济、社会、生态效益。", "办事时间明显缩短。", REQUIRED
    )
    satisfaction: Answer[str] = cell(
        "社会满意度及可持续性影响", LongText(), "满意度调查结果和长期影响。", "服务对象满意度为95%。",
        REQUIRED,
    )  # fmt: skip


@dataclass(frozen=True)
class Assessment:
    """Score and grade of the self-evaluation."""

    year: Answer[int] = cell("所属年度", Year(), "选填；应与「概况」评价年度一致。", "2025")
    execution_weight: Answer[Decimal] = cell("预算执行率分值", Score(), "选填，通常为 10 分。", "10")
    execution_score: Answer[Decimal] = cell("预算执行率得分", Score(), example="9.92")
    total_score: Answer[Decimal] = cell("自评总分", Score(), "选填，满分 100 分。", "96.5")
    grade: Answer[str] = cell("自评等级", Listed(GRADES, setting="grades"), example="优")
    task_count: Answer[int] = cell("年度目标个数", Count(), "选填；应与年度目标的行数一致。", "3")


@dataclass(frozen=True)
class Indicator:
    """One performance indicator."""

    level1: Answer[str] = cell(
        "一级指标",
        Listed(
            LEVELS,
            {"产出": "产出指标", "效益": "效益指标", "满意度": "满意度指标", "成本": "成本指标"},
            "levels",
        ),
        need=REQUIRED,
        carry=KEEP,
        example="产出指标",
    )
    level2: Answer[str] = cell("二级指标", Text(30), carry=KEEP, example="数量指标")
    level3: Answer[str] = cell("三级指标", Text(80), need=REQUIRED, carry=KEEP, example="开展服务活动场次")
    comparator: Answer[str] = cell("指标性质", COMPARATORS, need=REQUIRED, carry=KEEP, example="≥")
    target_value: Answer[str] = cell("指标值", MeasureText(), need=REQUIRED, example="200")
    measure_unit: Answer[str] = cell("计量单位", Text(20), carry=KEEP, example="场次")
    actual_value: Answer[str] = cell("完成值", MeasureText(), need=REQUIRED, example="206")
    weight: Answer[Decimal] = cell("分值", Score(), carry=KEEP, example="10")
    score: Answer[Decimal] = cell("得分", Score(), example="10")
    attainment: Answer[str] = cell(
        "达成类别", Listed(ATTAINMENTS, setting="classes"), "定性指标才填。", "达成"
    )
    deviation_reason: Answer[str] = cell(
        "偏差原因分析及改进措施", LongText(500), "未完成、或完成值大幅超出时说明。", ""
    )
    scoring_standard: Answer[str] = cell(
        "评分标准", LongText(300), "选填；达到多少得多少分。", "达到指标值得满分，每少10场次扣1分。",
        carry=KEEP, since="2026.1",
    )  # fmt: skip


@dataclass(frozen=True)
class Goals:
    """Sheet 目标."""

    plan: tuple[PlanItem, ...] = table(
        "年度绩效目标和工作计划", 10, note="一行一个目标，至少一个要有完成情况。", need=REQUIRED,
        at_least="result",
    )  # fmt: skip
    results: Results = section("履职情况")
    assessment: Assessment = section("自评结论（选填）")
    indicators: tuple[Indicator, ...] = table("绩效指标（选填）", 25, note="一行一个三级指标。")


# --- 问题 ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Problem:
    """One problem with its causes and what will be done."""

    problem: Answer[str] = cell("主要问题", Admission(500), need=REQUIRED, example="服务活动形式较单一。")
    causes: Answer[str] = cell("原因分析", LongText(500), example="需求摸排不够深入。")
    direction: Answer[str] = cell("改进方向", LongText(500), example="按需求设计活动。")
    measure: Answer[str] = cell("具体措施", LongText(500), need=REQUIRED, example="每季度开展一次需求调查。")
    responsible: Answer[str] = cell("责任科室（人）", Text(60), example="综合办公室")
    deadline: Answer[str] = cell("完成时限", Text(40), example="2026年6月底前")


@dataclass(frozen=True)
class Use:
    """What becomes of the evaluation."""

    application: Answer[str] = cell(
        "结果应用", LongText(2000), "自评结果拟用在哪里。", "作为编制下一年度预算的参考。", EXPECTED, KEEP
    )
    publication: Answer[str] = cell(
        "公开情况", LongText(2000), "在哪里、何时公开。", "随部门决算一并公开。", EXPECTED, KEEP
    )


@dataclass(frozen=True)
class Attachment:
    """The name of a document sent with the report."""

    name: Answer[str] = cell("附件名称", Text(80), need=REQUIRED, span=4, example="满意度调查汇总表")


@dataclass(frozen=True)
class Issues:
    """Sheet 问题."""

    problems: tuple[Problem, ...] = table(
        "主要问题和改进措施", 8, note="一行一个问题，问题和措施要对应。", need=EXPECTED
    )
    use: Use = section("结果应用和公开")
    attachments: tuple[Attachment, ...] = table("附件（选填）", 5)


# --- the whole ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lost:
    """A part of the form that is gone from a workbook: neither its name nor its label was found."""

    label: str
    keys: tuple[str, ...]
    """Of the fields that cannot be read."""
    at: CellRef | None = None
    """Of a column, the title of its block; a cell has no place any more."""


HOW_TO_SHOW = {
    "row": "请选中上下相邻的行，右键选“取消隐藏”（筛选时先清除筛选）",
    "column": "请选中左右相邻的列，右键选“取消隐藏”",
    "hidden": "请右键任一工作表标签，选“取消隐藏”",
    "veryHidden": "菜单里显示不出来：请在 Excel 中按 Alt+F11，在左侧选中这张表，把它的 Visible 属性改为 -1",
}
"""What can be hidden (rows, columns, a sheet, a sheet that no menu shows), and how a person shows it again."""


@dataclass(frozen=True)
class Hidden:
    """Rows, columns or a sheet that hold answers and cannot be seen."""

    what: str
    """A key of :data:`HOW_TO_SHOW`."""
    at: tuple[CellRef, ...]
    """The first answer in each of them."""

    def covers(self, ref: CellRef) -> bool:
        """Whether a cell lies in one of them."""
        along = {"row": 0, "column": 1}.get(self.what)
        same_sheet = ref.sheet == self.at[0].sheet
        return same_sheet and (along is None or ref.place[along] in {own.place[along] for own in self.at})


@dataclass(frozen=True)
class Source:
    """Where an evaluation came from, and what the reader noticed about the form itself."""

    edition: str = EDITION
    rulebook: str = ""
    """The mark of the rulebook it was made with; empty for the shipped one."""
    by_label: tuple[tuple[str, CellRef], ...] = ()
    """Labels of fields whose defined name was lost and that were found by their label."""
    altered_labels: tuple[tuple[str, str, CellRef], ...] = ()
    """(declared label, what stands there, where)."""
    lost: tuple[Lost, ...] = ()
    outside: tuple[tuple[str, CellRef], ...] = ()
    """(table label, cell) filled in below the end of a table."""
    totals: tuple[tuple[str, CellRef], ...] = ()
    """(table label, cell) of rows of totals in or below a list: they are no rows of it."""
    hidden: tuple[Hidden, ...] = ()
    hidden_besides: tuple[tuple[str, str], ...] = ()
    """(title, key of :data:`HOW_TO_SHOW`) of hidden sheets of the user's own that hold something: they are not read."""

    later: frozenset[str] = frozenset()
    """Keys of fields that came with a later edition: an earlier workbook has no room for them."""

    @cached_property
    def lost_keys(self) -> frozenset[str]:
        """Of the fields that cannot be read: deleted from the workbook, or not in its edition yet."""
        return self.later.union(*(lost.keys for lost in self.lost))


@dataclass(frozen=True)
class SelfEvaluation:
    """The whole filled form."""

    overview: Overview = sheet(
        "概况", "填写单位基本情况。白格可填；必填的带 *，还空着的是黄色。", widths=(16, 20, 20, 20, 34)
    )
    budget: Budget = sheet(
        "预算",
        "金额单位见「概况」。合计和执行率可照决算填，也可留空由系统计算；右侧“核对”列随填随查。",
        widths=(24, 14, 14, 14, 14, 12, 14, 24, 34),
        landscape=True,
    )
    goals: Goals = sheet(
        "目标", "先填年度目标，再填履职情况；指标表选填。",
        widths=(5, 11, 11, 26, 9, 11, 9, 11, 8, 8, 10, 30, 24), landscape=True, lead=3,
    )  # fmt: skip
    issues: Issues = sheet(
        "问题",
        "如实填写问题和措施，一个问题至少对应一条措施。",
        widths=(14, 28, 28, 28, 28, 16, 22),
        landscape=True,
    )
    local: Mapping[str, Answer[Any]] = field(default_factory=dict, metadata={"local": True})
    """What stands in the cells that a district's rulebook adds, by their keys, ``local.debt``."""
    source: Source = field(default_factory=Source)

    @cached_property
    def answers(self) -> Mapping[str, Answer[Any]]:
        """Every answer by key, in the order of the workbook."""
        return dict(answers_of(self))


PLAN: FormPlan = plan_of(SelfEvaluation)
"""The form with every coordinate computed."""

WHOLE = "budget.lines.total."
"""How the keys of the whole budget begin, whose columns a label alone names."""
