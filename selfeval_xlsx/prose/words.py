"""The words by which prose names what stands in the form, and how a sentence is cut into them.

Labels come from the form; beside them stand the other names that reports use. Every indicator and
project of an evaluation adds its own name and the shorter ways of saying it.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache

from selfeval_xlsx.figures import NO_QUANTITY, Figure, figures
from selfeval_xlsx.form.form import PLAN, Indicator, SelfEvaluation
from selfeval_xlsx.form.measures import read_measure
from selfeval_xlsx.form.relations import INDICATORS, LINES, PROJECTS

WHOLE_LINE = f"{LINES}.total"
ORIGINAL, ADJUSTMENT, ADJUSTED = "original_budget", "budget_adjustment", "adjusted_budget"
OUTTURN, RATE, PRIOR = "outturn", "execution_rate", "prior_outturn"
STAFF, STRUCTURE = "overview.staff", "overview.structure"
PROJECT_COUNT, TASK_COUNT = "budget.notes.project_count", "goals.assessment.task_count"
TOTAL_SCORE, EXECUTION_SCORE = "goals.assessment.total_score", "goals.assessment.execution_score"


class Role(Enum):
    """What a word does in a sentence that states a figure."""

    FIGURE = auto()
    LINE = auto()
    """A line of the budget, a source, a project: ``meaning`` is its key."""
    CELL = auto()
    """Single cells, by key; any of them may be meant."""
    INDICATOR = auto()
    """Indicators, by key of the row; any of them may be meant."""
    COLUMN = auto()
    """Columns of the budget."""
    HINT = auto()
    """A word for columns that says so only behind a line: 预算, 支出."""
    GROSS = auto()
    """追加, 调减: the adjustment, where the sentence goes from one budget to the other."""
    FROM = auto()
    """由: where a change starts."""
    ARRIVED = auto()
    """增加到: where a change that started from another figure ends."""
    UNSPENT = auto()
    """结余: what is left of a budget."""
    SHARE = auto()
    """占: one figure as a part of another."""
    EXCESS = auto()
    """超额, 高出: how far an actual is from its target."""
    ATTAINED = auto()
    """完成率, 完成任务的: an actual as a part of its target."""
    TARGET = auto()
    LAST_YEAR = auto()
    COMPARED = auto()
    """比上年, 比年初预算."""
    CHANGE = auto()
    PART = auto()
    """其中, 包括: parts of the figure before follow."""
    TOTAL = auto()
    """合计, 共: the whole is meant."""
    EACH = auto()
    """分别."""
    VERB = auto()
    """What stands behind it begins a new noun."""
    JOIN = auto()
    FILLER = auto()
    """Says nothing about which figure is meant."""
    DATE = auto()
    BREAK = auto()
    OTHER = auto()
    """Words that are not understood: a figure behind them is not taken for the form's."""


@dataclass(frozen=True, slots=True)
class Word:
    """A known word."""

    role: Role
    meaning: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Token:
    """A word in its place in a sentence."""

    role: Role
    text: str
    start: int
    meaning: tuple[str, ...] = ()
    figure: Figure | None = None


@dataclass(frozen=True)
class Vocabulary:
    """Known words, and for each first character the lengths of its words, the longest first."""

    words: Mapping[str, Word]
    lengths: Mapping[str, tuple[int, ...]]
    units: frozenset[str]
    """What the indicators are counted in."""

    def at(self, sentence: str, place: int) -> tuple[str, Word] | None:
        """The longest word that stands at ``place``."""
        for length in self.lengths.get(sentence[place], ()):
            word = self.words.get(sentence[place : place + length])
            if word is not None:
                return sentence[place : place + length], word
        return None


_LINES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (f"{LINES}.personnel", ("人员 人员类", "支出 经费 开支")),
    (f"{LINES}.operating", ("公用 日常公用 公用类", "支出 经费 开支")),
    (f"{LINES}.project", ("项目 项目类 特定目标类 特定目标类项目", "支出 经费 开支")),
    (f"{LINES}.project", ("项目类资金",)),
    (WHOLE_LINE, ("部门 单位 -", "整体支出")),
    ("budget.sources.fiscal_appropriation", ("财政 一般公共预算 一般公共预算财政", "拨款", "- 收入 资金")),
    ("budget.sources.special_account_funds", ("财政专户 财政专户管理", "资金", "- 收入")),
    ("budget.sources.carry_over", ("上年结转 上年结转结余 上年结转和结余 上年结余", "- 资金 收入")),
    ("budget.sources.own_funds", ("单位自有 自有", "资金", "- 收入")),
    ("budget.official.abroad", ("因公出国 因公出国（境）", "费 费用 经费 支出")),
    (
        "budget.official.vehicle_running",
        ("公务用车 公车 公务车辆", "运行 运维 运行维护", "费 费用 经费 支出"),
    ),
    ("budget.official.vehicle_purchase", ("公务用车购置", "- 费用 支出")),
    ("budget.official.reception", ("公务接待 接待", "费 费用 经费 支出 费支出 开支")),
    ("budget.official.reception", ("公务接待",)),
    ("budget.official.total", ("三公", "经费", "- 总额 支出 合计 开支 总支出 总量")),
)
"""The lines of the budget sheet, likewise."""
_SUM = "- 数 额 总额 总数 总量 总计 合计 金额 规模"
_FAMILIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        ORIGINAL,
        (
            "年初 年初部门 年初批复 年初下达 年初核定 年初安排",
            "预算",
            f"{_SUM} 安排 批复 安排数 批复数 资金 盘子",
        ),
    ),
    (ORIGINAL, ("年初", "批复 安排 核定 下达 批复部门预算 盘子")),
    (
        ADJUSTED,
        (
            "调整后 调整后的 调整后全年 调整后年度 年中调整后 调整后部门 全年 年末 最终",
            "预算",
            f"{_SUM} 盘子 资金",
        ),
    ),
    (ADJUSTED, ("预算调整后 年中调整后 调整预算数 全年盘子",)),
    (
        ADJUSTMENT,
        (
            "预算调整数 调整金额 年中调整数 年中预算调整 年中净调整 年度预算调整数 预算调整额 净增资金 增量资金",
        ),
    ),
    (
        OUTTURN,
        (
            "全年 全年实际 全年累计 全年总 全年共 实际 累计 累计实际 总 年度 全年合计",
            "支出 执行 列支 开支",
            _SUM,
        ),
    ),
    (OUTTURN, ("全年 全年实际 全年累计 累计 实际", "支付 花费 使用", "- 资金 总额")),
    (OUTTURN, ("支出", "决算 决算数 总额 总计 总数 总量 合计")),
    (
        OUTTURN,
        (
            "决算数 决算支出 执行总额 执行金额 预算执行 预算支出 累计实现支出 全年实现支出 实际完成支出 累计完成支出",
        ),
    ),
    (
        RATE,
        (
            "- 预算 资金 预算资金 经费 整体 总体 全年 全年预算 预算总体",
            "执行 支出 支付 使用 拨付 列支",
            "率 进度 比例 比率",
        ),
    ),
    (RATE, ("预算完成率 预算执行完成率",)),
    (
        PRIOR,
        (
            "上年 上年度 上一年 上一年度 去年",
            "- 全年 实际 累计",
            "支出 执行 决算 列支 开支",
            "- 数 额 决算数 总额",
        ),
    ),
)
"""The columns of the budget as reports name them: every way of joining a word of each part; "-" stands for none."""
_HINTS = {
    (ORIGINAL, ADJUSTED): (
        "- 年度 部门 安排 本级 下达",
        "预算 盘子 总盘子",
        "- 数 总额 资金 安排 金额 额度 规模 指标 总量 盘子",
    ),
    (ORIGINAL, ADJUSTED, OUTTURN): ("支出 使用 资金 经费",),
    (OUTTURN,): (
        "- 已 实际 共 累计",
        "执行 支付 列支 决算 支出 开支 花费 花 用 拨付 花掉 花了 花出 花销 花去 用掉 用了 用去 用出 实支 发放 完成投资 投资",
    ),
}
_CELLS = {
    (f"{STAFF}.total.authorised_posts",): "编制数 编制 人员编制 编制人数 编制总数 核定编制 核定编制数 总编制",
    (f"{STAFF}.administrative.authorised_posts",): "行政编制 行政编制数",
    (f"{STAFF}.institutional.authorised_posts",): "事业编制 事业编制数",
    (f"{STAFF}.administrative.staff_in_post",): "行政人员",
    (
        f"{STAFF}.institutional.staff_in_post",
        f"{STAFF}.institutional.authorised_posts",
    ): "事业人员 事业编制人员",
    (f"{STRUCTURE}.office_count",): "内设机构数 内设机构 内设科室 内设部门 内设股室 内设处室 内设",
    (
        f"{STRUCTURE}.sub_unit_count",
    ): "下属单位数 下属单位 所属单位 下属事业单位 所属事业单位 下属学校 下辖单位 下属机构",
    (f"{STRUCTURE}.office_count", f"{STRUCTURE}.sub_unit_count"): "下设",
    (
        f"{STRUCTURE}.fixed_assets",
    ): "固定资产 固定资产原值 固定资产账面原值 固定资产总额 固定资产总值 固定资产账面价值",
    (f"{STRUCTURE}.control_rate",): "在职人员控制率 人员控制率",
    (PROJECT_COUNT,): "项目个数 项目数量 项目总数 项目",
    (TASK_COUNT,): "年度目标个数 年度目标 年度绩效目标",
    (
        TOTAL_SCORE,
    ): "自评总分 自评得分 自评总得分 自评分 综合得分 总得分 总分 自评综合得分 绩效自评得分 绩效自评总分 绩效评价得分 绩效评价总分 综合评分 自评结果 自评得 最终得分 评价得分",
    ("goals.assessment.execution_weight",): "预算执行率分值 预算执行率指标分值 执行率分值 执行率指标分值",
    (EXECUTION_SCORE,): "预算执行率得分 预算执行率指标得分 执行率得分 执行率指标得分",
    ("budget.balance.income",): "本年收入 全年收入 本年收入合计 当年收入 当年收入合计 全年收入合计",
    ("budget.balance.opening_carry_over",): "年初结转结余 年初结转和结余 年初结余",
    (
        "budget.balance.closing_carry_over",
    ): "年末结转结余 年末结转和结余 结转下年 年末结余 结转下年使用 年末结转 年末结转结余资金 年末结余资金 结转到下年 结转至下年 结转到下年的资金"
    " 结转至下年的资金 结转下年的资金 结转下年资金 年末结转资金 结转下一年度 结转到下一年度 结转至下一年度",
}
_WITH = "比 较 与 同 跟 和"
_COMPARED = {
    (PRIOR,): (
        _WITH,
        "上年 去年 上年度 上一年 上一年度 上年同期 去年同期",
        "- 执行数 支出 相比 比 相比较 实际",
    ),
    (ORIGINAL,): (_WITH, "年初", "- 预算 预算数 数 批复 批复数 批复预算 预算安排", "- 相比 比"),
    (ADJUSTED, ORIGINAL): (
        "比 较 与 跟",
        "预算 全年预算 调整后预算 年度预算 预算数 全年预算数 预算安排",
        "- 相比 比",
    ),
}
"""From where a change is counted."""
_AIM = ("- 年初 年度 原 原定 既定 预期 全年", "目标 计划 任务", "- 数 值 任务 目标 要求 指标")
_MANIFOLD: tuple[tuple[Role, tuple[str, ...]], ...] = (
    (Role.TARGET, ("- 比 较 与 超 超过 高于", *_AIM)),
    (Role.ATTAINED, ("完成 达到 占 完成了", *_AIM, "的")),
    (
        Role.CHANGE,
        (
            "增加 增长 上升 提高 上涨 上浮 减少 下降 降低 压缩 压减 缩减 削减 节省 节约 回落",
            "- 了 额 率 幅度 比例",
            "- 为 达 达到",
        ),
    ),
    (Role.UNSPENT, ("没有 没 未 尚未", "花 用 支出 支付 执行 使用 列支", "- 完 出")),
)
"""Words of a role that are made of several."""
_STAFF = (
    "- 年末 年底 现有 实有 期末 年末实有",
    "在职 在编 在职在编 在编在职 在编在岗 在岗在编",
    "- 人员 职工 干部职工 教职工 人数 干部 总人数 工作人员",
)
_STAFF_OTHERS = "现有教职工 实有教职工 年末教职工 教职工总数 实有人员 实有人数 年末实有人数 年末实有人员"
_OTHERS = {
    Role.GROSS: "年中追加预算 年中追加 年中调增 追加预算 追加 调增 年中调减 调减 压减 年中压减 净追加 净调增",
    Role.FROM: "由 从 由年初 从年初 由年初的 从年初的 由原来的 从原来的",
    Role.ARRIVED: "提高到 提高至 提升到 提升至 增加到 增加至 增长到 增长至 增至 升至 上升到 上升至 扩大到 扩大至 下降到 下降至 降到 降至 减少到 减少至"
    " 减至 压减到 压减至 调整到 调整至 调整为",
    Role.UNSPENT: "结余 结余资金 结转结余 结余结转 未执行 未支付 未支出 尚未执行 剩余",
    Role.TARGET: "目标 目标值 指标值 年初目标 年度目标值 计划 年初计划 原计划 年度计划 预期 预期目标 任务 目标任务 年度任务 年初任务"
    " 任务数 计划数 既定目标 要求 年初设定 拟 将 力争 确保 争取 预计 年初确定的 年初设定的目标",
    Role.LAST_YEAR: "上年 去年 上年度 上一年度 上一年 上年同期 去年同期",
    Role.SHARE: "占 占比 占比为 占比达 占到 占了 比重 比重为 比重达 所占比重 相当于",
    Role.EXCESS: "超额 超额完成 超额比例 超额率 超额幅度 超出 多出 多完成 高出 高 多 高了 多了 低 低了 少 少了 超 超过",
    Role.ATTAINED: "完成率 完成比例 目标完成率 任务完成率 计划完成率",
    Role.CHANGE: "多支出 少支出 净增加 净减少 增收 增支 减支 增幅 降幅 减幅 涨幅 多花 少花 多用 少用 降了 增了 减了 涨了 净增 净减"
    " 相差 差额 降 增 减 差",
    Role.PART: "其中 其中包括 包括 包含 具体为 具体包括 分为",
    Role.TOTAL: "共 共有 共计 合计 总计 全部 现有 总共 合计为 全镇 全校 全中心 全局 所有 辖 设有 设置 建成 保持 完成 拥有 核定"
    " 全年共 累计 年末共有 共安排 共实施 设定 总数 总量 稳定在 累计完成 累计实施 全年完成 达到 建有",
    Role.EACH: "分别 分别为 分别是 分别达 分别达到 依次 依次为 依次是 各为 各占 分别占",
    Role.VERB: "设 设立 安排 批复 下达 开展 举办 组织 组织开展 开设 实施 更新 改造 购置 服务 发放 投入 支付 用于 形成 聘用 保障 落实 提供"
    " 实现 运行 新建成 培训 设立 确保 统筹 收到 获得 取得 管理 推出 引进 接待 承办 征集 修复 修缮 检查 受理 办理 收治 救助 资助 慰问 新建 建设 维护 制定 发布 上线 对应 使得 经评定 经测算 说明 显示 表明 来看",
    Role.JOIN: "和 与 及 以及 并",
    Role.FILLER: "为 是 即 达 有 计 的 了 在 已 均 总额 总体 执行中 年度执行中 预算执行中 执行过程中 预算执行过程中 到位 各类 各种 各级各类 每生每年 每生每学年 每人每年 每人每月 绩效 自评 绩效自评 绩效评价 数 数额 金额 规模 实际 比例 合 本 我 底 末 本单位 我单位 单位 部门 本部门 我部门"
    " 学校 中心 我校 本校 我局 本局 我中心 本中心 当年 本年 本年度 全年 年度 今年 年末 年底 期末 截至 截止 按 按照 经 主要 财政"
    " 目前 当前 同时 此外 另外 全体 最终 最后 仅 只 就 也 都 则 率 总 整体 人数 人员 数量 个数 资产 控制在 保持在 稳定"
    " 到 至 数为 数是 来自 机关 做到 全年度 还有 还剩 尚有 仍有 账上 只有 为准 一年来 一年 方面 情况 总值 平均分 综合 各项 于 能 够 群众 服务对象 调查 问卷 测评 后 达到了 累计实现",
}
_LEADING = frozenset("高多低少超降增减差")
"""Words that are so only right before a figure: 比计划多8台, but 多媒体."""
_RANKS = frozenset({"级", "号", "岁"})
_BREAKS = frozenset("，,；;：:、（）()。！？!?—/")
_QUOTES = re.compile(r"[“”‘’\"'「」『』\s]")
_COUNTED = re.compile(r"(?:数量|面积|总数|数目|人次数|人次|次数|场次|长度|里程|总长|总量|规模|数)$")
SATISFACTION = frozenset({"满意度", "满意率"})
"""Said without whose: the indicator's, unless the sentence has come to speak of something else."""
_AUTHORITY = re.compile(
    r"[^省市县区旗州镇乡]{1,6}([省市县区旗州镇乡])(?!.*[学校院馆园育])(?:.*)(?:局|委|委员会|办公室|政府|中心|站|所)"
)
_JOINS = re.compile("[和与及、]")
_SYNONYMS = (
    ("满意度", "满意率"),
    ("满意度", "的满意度"),
    ("在校生", "在校学生"),
    ("按期", "按时"),
    ("按期", "如期"),
    ("采购支出", "采购"),
    ("支出", "花费"),
    ("数量", "总数"),
)
_CHANGE_RATE = re.compile(r"(?<=下降|增长|提高|提升|降低)(?:率|幅度)$")
_CHANGING = re.compile("(?:下降|增长|提高|提升|降低)$")
_VERBS = (
    "更新",
    "改造",
    "开展",
    "举办",
    "新建",
    "建设",
    "建成",
    "开设",
    "组织",
    "完成",
    "购置",
    "发放",
    "培训",
    "服务",
    "实施",
    "维修",
)
_PROJECT_TAIL = re.compile(r"(?:专项|项目|工程|经费|资金)+$")


def plain(text: str) -> str:
    """``text`` without quotation marks and blanks, which names are written with and without."""
    return _QUOTES.sub("", text)


def vocabulary(evaluation: SelfEvaluation) -> Vocabulary:
    """Every word known for ``evaluation``."""
    own: dict[str, Word] = {}
    for index, project in enumerate(evaluation.budget.projects):
        for name in _project_names(plain(project.name.value or "")):
            _add(own, name, Role.LINE, f"{PROJECTS}.{index}")
    for index, indicator in enumerate(evaluation.goals.indicators):
        for name in _indicator_names(plain(indicator.level3.value or ""), _counted_in(indicator)):
            _add(own, name, Role.INDICATOR, f"{INDICATORS}.{index}")
    identity = evaluation.overview.identity
    for said in _last_year(identity.year.value):
        own[said] = Word(Role.COMPARED, (PRIOR,))
    names = dict(_own_names(identity.unit_name.value or "", identity.short_name.value or ""))
    long = {name: word for name, word in own.items() if len(name) > 4}
    words = {**own, **_static(), **names, **long}
    by_first = dict(_static_lengths())
    for word in (*own, *names):
        if len(word) not in by_first.get(word[:1], ()):
            by_first[word[:1]] = tuple(sorted({*by_first.get(word[:1], ()), len(word)}, reverse=True))
    return Vocabulary(words, by_first, frozenset(_own_units(evaluation)))


def _last_year(year: int | None) -> Iterator[str]:
    """比2024年 where 2024 is the year before the evaluated one."""
    if year is not None:
        for before in (f"{year - 1}年", f"{year - 1}年度"):
            yield from (f"比{before}", f"较{before}", f"与{before}相比", f"同比{before}")


def _own_names(unit_name: str, short_name: str) -> Iterator[tuple[str, Word]]:
    """What a unit calls itself: by its names, by the type they end in (图书馆, 我馆, 本馆), and as a whole (全馆)."""
    for name in filter(None, (unit_name, short_name)):
        yield name, Word(Role.FILLER)
    if len(unit_name) > 4:
        yield from ((each, Word(Role.FILLER)) for each in (unit_name[-2:], unit_name[-3:]))
        yield from ((f"{own}{unit_name[-1]}", Word(Role.FILLER)) for own in "我本")
        yield f"全{unit_name[-1]}", Word(Role.TOTAL)
    if district := own_district(unit_name):
        yield district, Word(Role.TOTAL)


def _own_units(evaluation: SelfEvaluation) -> Iterator[str]:
    """万卷 and 页 as 卷 and 页."""
    return (unit for unit in map(_counted_in, evaluation.goals.indicators) if unit)


def _counted_in(indicator: Indicator) -> str:
    return read_measure("1", indicator.measure_unit.value or "").unit.partition("/")[0]


def own_district(unit_name: str) -> str:
    """全县, where that is what the unit answers for: a bureau of the county; empty for its schools and hospitals."""
    match = _AUTHORITY.fullmatch(unit_name)
    return f"全{match[1]}" if match else ""


def _add(words: dict[str, Word], name: str, role: Role, key: str) -> None:
    known = words.get(name)
    words[name] = Word(role, (*known.meaning, key) if known and known.role is role else (key,))


@lru_cache(maxsize=1)
def _static_lengths() -> dict[str, tuple[int, ...]]:
    lengths: dict[str, set[int]] = {}
    for word in _static():
        lengths.setdefault(word[:1], set()).add(len(word))
    return {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}


@lru_cache(maxsize=1)
def _static() -> dict[str, Word]:
    words: dict[str, Word] = {}
    for role, text in _OTHERS.items():
        words.update((each, Word(role)) for each in text.split())
    for since, parts in _COMPARED.items():
        words.update((each, Word(Role.COMPARED, since)) for each in _joined(parts))
    for role, parts in _MANIFOLD:
        words.update((each, Word(role)) for each in _joined(parts) if each not in words)
    words["同比"] = Word(Role.COMPARED, (PRIOR,))
    for hints, parts in _HINTS.items():
        words.update((each, Word(Role.HINT, hints)) for each in _joined(parts) if each not in words)
    for column, parts in _FAMILIES:
        label = PLAN.slots[f"{WHOLE_LINE}.{column}"][1].field.head
        words.update((each, Word(Role.COLUMN, (column,))) for each in (label, *_joined(parts)))
    staff = (f"{STAFF}.total.staff_in_post",)
    words.update((each, Word(Role.CELL, staff)) for each in (*_joined(_STAFF), *_STAFF_OTHERS.split()))
    for keys, text in _CELLS.items():
        words.update((each, Word(Role.CELL, keys)) for each in text.split())
    words.update((label, Word(Role.LINE, (key,))) for key, label in _form_lines())
    for key, parts in _LINES:
        words.update((each, Word(Role.LINE, (key,))) for each in _joined(parts))
    return words


def _joined(parts: tuple[str, ...]) -> Iterator[str]:
    """Every way of joining a word of each part."""
    return ("".join(words).replace("-", "") for words in itertools.product(*(part.split() for part in parts)))


def _form_lines() -> Iterator[tuple[str, str]]:
    """Key and label of every line of the budget sheet's matrices, the bare 合计 left out."""
    for key, matrix in PLAN.matrices.items():
        if key.startswith("budget."):
            yield from (line for line in matrix.lines if line[0] != WHOLE_LINE)


def _project_names(name: str) -> Iterable[str]:
    bare = _PROJECT_TAIL.sub("", name)
    return {
        each
        for said in (name, bare)
        if len(said) >= 4
        for base in _joined_otherwise(said)
        for each in (base, f"{base}项目", f"{base}工程", f"{base}专项")
    }


def _joined_otherwise(name: str) -> set[str]:
    """学生及家长 as 学生和家长 and 学生、家长."""
    parts = _JOINS.split(name)
    if len(parts) != 2 or min(map(len, parts)) < 2:
        return {name}
    return {name, *(join.join(parts) for join in "和与及、")}


def _indicator_names(name: str, unit: str) -> set[str]:
    """An indicator's name and the shorter ways of saying it, without what it is counted in: 新购图书册数."""
    stem = _CHANGE_RATE.sub("", _COUNTED.sub("", name).removesuffix(unit))
    names = {*_joined_otherwise(name), stem, _CHANGING.sub("", stem), f"{stem}数", f"{stem}人数"}
    for one, other in _SYNONYMS:
        names |= {said.replace(one, other) for said in names}
    for verb in _VERBS:
        if stem.startswith(verb) and len(stem) >= len(verb) + 2:
            noun = stem.removeprefix(verb)
            names |= {noun, noun + verb}
        elif stem.endswith(verb) and len(stem) >= len(verb) + 2:
            noun = stem.removesuffix(verb)
            names |= {noun, verb + noun, f"{noun}的{verb}"}
    if stem.endswith("满意度"):
        return {*names, *SATISFACTION}
    shortest = 4 if stem.endswith(("率", "度")) else 3
    tails = {stem[cut:] for cut in (2, 3)} | {stem[cut:] for cut in range(4, len(stem) - 3)}
    for one, other in _SYNONYMS:
        tails |= {said.replace(one, other) for said in tails}
    return {name for name in names | tails if len(name) >= shortest}


def tokens(sentence: str, vocabulary: Vocabulary) -> list[Token]:
    """``sentence`` (plain) cut into figures, known words (the longest first), breaks and the rest."""
    starts = {figure.start: figure for figure in figures(sentence, vocabulary.units)}
    found: list[Token] = []
    at = rest = 0
    while at < len(sentence):
        token = _token(sentence, at, starts, vocabulary)
        if token is None:
            at += 1
            continue
        if rest < at:
            found.append(Token(Role.OTHER, sentence[rest:at], rest))
        found.append(token)
        at = rest = at + len(token.text)
    if rest < at:
        found.append(Token(Role.OTHER, sentence[rest:at], rest))
    return found


def _token(sentence: str, at: int, starts: Mapping[int, Figure], vocabulary: Vocabulary) -> Token | None:
    figure = starts.get(at)
    if figure is not None and figure.unit in _RANKS:
        return Token(Role.OTHER, sentence[at : figure.end], at)
    if figure is not None:
        role = Role.DATE if figure.unit in NO_QUANTITY else Role.FIGURE
        return Token(role, sentence[at : figure.end], at, figure=figure)
    known = vocabulary.at(sentence, at)
    if known and (known[0] not in _LEADING or at + 1 in starts):
        return Token(known[1].role, known[0], at, known[1].meaning)
    return Token(Role.BREAK, sentence[at], at) if sentence[at] in _BREAKS else None
