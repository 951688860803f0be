"""The words by which prose names what stands in the form, and how a sentence is cut into them.

Labels come from the form; beside them stand the other names that reports use. Every indicator and
project of an evaluation adds its own name and the shorter ways of saying it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache

from selfeval_xlsx.form import PLAN, Indicator, SelfEvaluation
from selfeval_xlsx.measures import read_measure
from selfeval_xlsx.prose import NO_QUANTITY, Figure, figures
from selfeval_xlsx.relations import INDICATORS, LINES, PROJECTS

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


_LINES = {
    f"{LINES}.personnel": "人员支出 人员类支出 人员类经费",
    f"{LINES}.operating": "日常公用经费 公用支出 日常公用支出",
    f"{LINES}.project": "项目经费 项目类支出 特定目标类支出 特定目标类项目支出",
    WHOLE_LINE: "部门整体支出 单位整体支出 整体支出",
    "budget.sources.fiscal_appropriation": "财政拨款收入 一般公共预算财政拨款 一般公共预算拨款 财政拨款资金",
    "budget.sources.special_account_funds": "财政专户资金 财政专户管理资金收入",
    "budget.sources.carry_over": "上年结转资金 上年结转结余 上年结转收入",
    "budget.sources.own_funds": "单位自有资金",
    "budget.official.abroad": "因公出国（境）费用 因公出国费 因公出国（境）经费",
    "budget.official.vehicle_running": "公务用车运行费 公务用车运维费 公车运行维护费",
    "budget.official.vehicle_purchase": "公务用车购置",
    "budget.official.reception": "公务接待费用 公务接待 公务接待经费 接待费 接待费用",
    "budget.official.total": "三公经费 三公经费总额 三公经费支出",
}
_COLUMNS = {
    ORIGINAL: "年初预算数 年初部门预算 年初批复预算 年初预算安排 年初批复 年初安排预算 年初安排 年初预算总额 年初预算批复 年初下达预算 年初批复部门预算 年初预算安排数 年初预算批复数",
    ADJUSTMENT: "预算调整数 调整金额 年中调整数 年中预算调整 年中净调整 年度预算调整数 预算调整额",
    ADJUSTED: "调整后预算数 调整后的预算 调整后全年预算 全年预算数 全年预算 调整预算数 调整后预算总额 预算调整后 年中调整后 调整后的预算数"
    " 调整后年度预算",
    OUTTURN: "实际执行数 实际支出 全年支出 全年实际支出 全年执行 全年实际执行 全年执行数 支出决算 决算数 决算支出 支出决算数 实际执行"
    " 累计支出 总支出 支出总额 支出合计 年度支出 全年总支出 实际支出数 执行总额 累计执行 累计支付 累计实现支出 全年实现支出 支出总计 支出总数 预算执行 实际完成支出 执行金额 累计完成支出 全年累计支出 全年共支出 实际使用",
    RATE: "执行率 资金执行率 预算完成率 支出执行率 整体执行率 总体执行率 支付率 资金支付率 资金使用率 支出进度 执行进度 预算执行进度 预算支出率 全年执行率 预算总体执行率",
    PRIOR: "上年支出 上年实际支出 上年决算数 上年支出决算 去年支出 上年度支出 上年度执行数 去年执行数",
}
_HINTS = {
    (
        ORIGINAL,
        ADJUSTED,
    ): "预算数 预算 预算总额 预算资金 年度预算 年度预算数 预算安排 部门预算 安排预算 预算金额",
    (ORIGINAL, ADJUSTED, OUTTURN): "支出 使用 资金 经费",
    (
        OUTTURN,
    ): "执行 支付 列支 决算 已支出 实支 实际发放 实际拨付 实际支付 实际列支 完成投资 实际完成投资 实际投资",
}
_CELLS = {
    (f"{STAFF}.total.authorised_posts",): "编制数 编制 人员编制 编制人数 编制总数 核定编制 核定编制数 总编制",
    (f"{STAFF}.administrative.authorised_posts",): "行政编制 行政编制数",
    (f"{STAFF}.institutional.authorised_posts",): "事业编制 事业编制数",
    (
        f"{STAFF}.total.staff_in_post",
    ): "在职 在职干部职工 在编干部职工 在编 在编教职工 在职在编教职工 现有教职工 实有教职工 年末教职工 教职工总数 在职人员 在职职工 在职在编 在职在编人员 在编在职人员 在编在职 在编在岗人员 实有在职人员"
    " 实有人员 实有人数 在编人员 在职人数 年末在职人数 年末在职人员 年末实有人数 在职教职工 在职总人数 实有在职人数 现有在职人员 实有在编人员 在编在职人数 在岗在编人员",
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
    ): "年末结转结余 年末结转和结余 结转下年 年末结余 结转下年使用 年末结转 年末结转结余资金 年末结余资金",
}
_OTHERS = {
    Role.GROSS: "年中追加预算 年中追加 年中调增 追加预算 追加 调增 年中调减 调减 压减 年中压减 净追加 净调增",
    Role.FROM: "由 从 由年初 从年初 由年初的 从年初的 由原来的 从原来的",
    Role.ARRIVED: "提高到 提高至 提升到 提升至 增加到 增加至 增长到 增长至 增至 升至 上升到 上升至 扩大到 扩大至 下降到 下降至 降到 降至 减少到 减少至"
    " 减至 压减到 压减至 调整到 调整至 调整为",
    Role.UNSPENT: "结余 结余资金 结转结余 结余结转 未执行 未支付 未支出 尚未执行 剩余",
    Role.TARGET: "目标 目标值 指标值 年初目标 年度目标值 计划 年初计划 原计划 年度计划 预期 预期目标 任务 目标任务 年度任务 年初任务"
    " 任务数 计划数 既定目标 要求 年初设定 拟 将 力争 确保 争取 预计 年初确定的 年初设定的目标",
    Role.LAST_YEAR: "上年 去年 上年度 上一年度 上一年 上年同期 去年同期",
    Role.COMPARED: "比上年 较上年 比去年 较去年 同比 比上年度 较上年度 与上年相比 与去年相比 比上一年 较上一年 较上年同期"
    " 比上年同期 比上年执行数 较上年执行数 比年初预算 较年初预算 比年初预算数 较年初预算数 与年初预算相比 比年初 较年初 与年初相比 比年初数 较年初数 比年初批复 较年初批复",
    Role.CHANGE: "增加 增长 增加了 增长了 上升 上升了 提高 提高了 减少 减少了 下降 下降了 降低 降低了 增幅 降幅 增幅为 降幅为"
    " 多支出 少支出 净增加 净减少 增收 增支 减支",
    Role.PART: "其中 其中包括 包括 包含 具体为 具体包括 分为",
    Role.TOTAL: "共 共有 共计 合计 总计 全部 现有 总共 合计为 全镇 全校 全中心 全局 所有 辖 设有 设置 建成 保持 完成 拥有 核定"
    " 全年共 累计 年末共有 共安排 共实施 设定 总数 总量 稳定在 累计完成 累计实施 全年完成 达到 建有",
    Role.EACH: "分别 分别为 分别是 分别达 分别达到",
    Role.VERB: "设 设立 安排 批复 下达 开展 举办 组织 组织开展 开设 实施 更新 改造 购置 服务 发放 投入 支付 用于 形成 聘用 保障 落实 提供"
    " 实现 运行 新建成 培训 设立 确保 统筹 收到 获得 取得 管理 推出 引进 接待 承办 征集 修复 修缮 检查 受理 办理 收治 救助 资助 慰问 新建 建设 维护 制定 发布 上线 对应 使得 经评定 经测算 说明 显示 表明 来看",
    Role.JOIN: "和 与 及 以及 并",
    Role.FILLER: "为 是 即 达 有 计 的 了 在 已 均 总额 总体 执行中 年度执行中 预算执行中 执行过程中 预算执行过程中 到位 各类 各种 各级各类 每生每年 每生每学年 每人每年 每人每月 绩效 自评 绩效自评 绩效评价 数 数额 金额 规模 实际 比例 合 本 我 底 末 本单位 我单位 单位 部门 本部门 我部门"
    " 学校 中心 我校 本校 我局 本局 我中心 本中心 当年 本年 本年度 全年 年度 今年 年末 年底 期末 截至 截止 按 按照 经 主要 财政"
    " 目前 当前 同时 此外 另外 全体 最终 最后 仅 只 就 也 都 则 率 总 整体 人数 人员 数量 个数 资产 控制在 保持在 稳定"
    " 到 至 数为 数是 为准 一年来 一年 方面 情况 总值 平均分 综合 各项 于 能 够 群众 服务对象 调查 问卷 测评 后 达到了 累计实现",
}
_BREAKS = frozenset("，,；;：:、（）()。！？!?—/")
_QUOTES = re.compile(r"[“”‘’\"'「」『』\s]")
_COUNTED = re.compile(r"(?:数量|面积|总数|数目|人次数|人次|次数|场次|数)$")
SATISFACTION = frozenset({"满意度", "满意率"})
"""Said without whose: the indicator's, unless the sentence has come to speak of something else."""
_AUTHORITY = re.compile(
    r"[^省市县区旗州镇乡]{1,6}([省市县区旗州镇乡])(?!.*[学校院馆园育])(?:.*)(?:局|委|委员会|办公室|政府|中心|站|所)"
)
_JOINS = re.compile("[和与及、]")
_SYNONYMS = (("满意度", "满意率"), ("在校生", "在校学生"), ("按期", "按时"))
_CHANGE_RATE = re.compile(r"(?<=下降|增长|提高|提升|降低)(?:率|幅度)$")
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
        own[said] = Word(Role.COMPARED)
    names = dict(_own_names(identity.unit_name.value or "", identity.short_name.value or ""))
    words = {**own, **_static(), **names, **{name: word for name, word in own.items() if len(name) > 4}}
    lengths: dict[str, set[int]] = {}
    for word in words:
        lengths.setdefault(word[:1], set()).add(len(word))
    by_first = {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}
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
def _static() -> dict[str, Word]:
    words: dict[str, Word] = {}
    for role, text in _OTHERS.items():
        words.update((each, Word(role)) for each in text.split())
    for hints, text in _HINTS.items():
        words.update((each, Word(Role.HINT, hints)) for each in text.split())
    for column, text in _COLUMNS.items():
        label = PLAN.slots[f"{WHOLE_LINE}.{column}"][1].field.head
        words.update((each, Word(Role.COLUMN, (column,))) for each in (label, *text.split()))
    for keys, text in _CELLS.items():
        words.update((each, Word(Role.CELL, keys)) for each in text.split())
    words.update((label, Word(Role.LINE, (key,))) for key, label in _form_lines())
    for key, text in _LINES.items():
        words.update((each, Word(Role.LINE, (key,))) for each in text.split())
    return words


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
    names = {*_joined_otherwise(name), stem, f"{stem}数", f"{stem}人数"}
    for one, other in _SYNONYMS:
        names |= {said.replace(one, other) for said in names}
    for verb in _VERBS:
        if stem.startswith(verb) and len(stem) > len(verb) + 2:
            noun = stem.removeprefix(verb)
            names |= {noun, noun + verb}
        elif stem.endswith(verb) and len(stem) > len(verb) + 2:
            noun = stem.removesuffix(verb)
            names |= {noun, verb + noun, f"{noun}的{verb}"}
    if stem.endswith("满意度"):
        return {*names, *SATISFACTION}
    shortest = 4 if stem.endswith(("率", "度")) else 3
    return {name for name in names | {stem[cut:] for cut in (2, 3)} if len(name) >= shortest}


def tokens(sentence: str, vocabulary: Vocabulary) -> list[Token]:
    """``sentence`` (plain) cut into figures, known words (the longest first), breaks and the rest."""
    starts = {figure.start: figure for figure in figures(sentence, vocabulary.units)}
    found: list[Token] = []
    at = rest = 0
    while at < len(sentence):
        token = _token(sentence, at, starts.get(at), vocabulary)
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


def _token(sentence: str, at: int, figure: Figure | None, vocabulary: Vocabulary) -> Token | None:
    if figure is not None:
        role = Role.DATE if figure.unit in NO_QUANTITY else Role.FIGURE
        return Token(role, sentence[at : figure.end], at, figure=figure)
    known = vocabulary.at(sentence, at)
    if known:
        return Token(known[1].role, known[0], at, known[1].meaning)
    return Token(Role.BREAK, sentence[at], at) if sentence[at] in _BREAKS else None
