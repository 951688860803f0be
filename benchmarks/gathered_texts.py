"""Texts gathered from published reports, written anew: how many findings are false, how many seeded errors are noticed.

A text stands in a form that holds the cells it speaks of, and no others. It is judged as published, and then once for each single
error of nine kinds that can be put into a figure that has a cell (or is a part of a stated sum).
"""

import itertools
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from selfeval_xlsx.checks import narrative
from selfeval_xlsx.checks.rule import Case, run
from selfeval_xlsx.findings import Finding
from selfeval_xlsx.form.completion import completed
from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.form.form import SelfEvaluation
from selfeval_xlsx.form.rulebook import Rulebook
from selfeval_xlsx.form.values import answers_of, with_answers
from selfeval_xlsx.prose.statements import Statement
from selfeval_xlsx.prose.words import plain, shared_words, spelt_out

SETS = "abcdefghijkl"
CELL = "goals.results.completion"
KINDS = ("swapped", "digit", "unit", "point", "count", "percent", "part", "last year's", "grade")
_TESTS = Path(__file__).resolve().parent.parent / "tests"
_MARK = re.compile(r"\{([^|}]+)\|([^}]*)\}")
_PREFIXES = {
    "L": "budget.lines",
    "S": "budget.sources",
    "O": "budget.official",
    "B": "budget.balance",
    "N": "budget.notes",
    "T": "overview.staff",
    "X": "overview.structure",
    "A": "goals.assessment",
}


TAUGHT = {
    "a": (
        "现|内有|正式|编委|编办|编制部门|事业单位人员|预定|全额|全额拨款",
        "公务用车|公车 购置 及|和 运行|运行维护 费|费用|经费|支出|费支出",
    ),
    "d": (
        "一般公共预算|调整后|在职公务员|实际完成值|实际值|预期指标值|年度指标值|指标完成率",
        "公务用车|公车 购置费 及|和 运行|运行维护 费|费用|经费|支出|费支出",
        "|年末|年底|现有|实有|期末|年末实有 在职实有 |人员|职工|干部职工|教职工|人数|干部|总人数|工作人员",
        "比|较|与|同|跟|和 上年|去年|上年度|上一年|上一年度|上年同期|去年同期 对比",
    ),
    "e": (
        "实有|实际形成支出|实际完成投资|实际决算金额",
        "离退休|退休 人员|人数|职工|教师|干部|老干部",
        "|资金|经费|预算|配套资金|财政资金 到位|落实|配套 率",
        "预算调整率|结转结余率|结余率|资金结转率|节约率|资金节约率",
    ),
    "f": (
        "公务招待 费|费用|经费|支出|费支出|开支",
        "应执行数|总体得分|人员编制总数|年初指标值|支付完成率|实际执行率",
        "县|市|区|省|州|旗|自治区|县委|市委|区委 编委|编办|编委会|编制部门",
        "镇|乡 本级",
        "绩效自评|自评|绩效评价 工作",
        "下达|下拨 |给|到 我|全 省|市|县|区|州|旗|镇|乡",
    ),
    "g": (
        "行政|事业 在职|在编|在职在编|实有 |人员|人数",
        "参公|参照公务员|参照公务员法 |管理|管理的",
    ),
    "h": (
        "事业单位 编制|编制数|编制人数|人员编制|正式编制",
        "在职|在职人员|在编 编制|编制数|编制人数",
        "编外|编外聘用|临聘|临时聘用|外聘 |人员|职工|人数",
        "来源|离退休",
        "二级机构|二级单位|二级预算单位",
    ),
    "i": ("统一",),
    "k": ("公共|一般公共服务|公共安全",),
}
"""The words that the checks know from the texts of a set only, as ``words.toml`` writes them."""


@dataclass(frozen=True)
class Mark:
    """A figure of a text that a cell holds, that two cells determine, or that is a part of a stated sum."""

    start: int
    """Where its digits begin in the text without marks."""
    text: str
    key: str
    """Empty where no cell holds it."""
    derived: bool
    part: bool


@dataclass(frozen=True)
class Text:
    """A published text, the form it stands in, and what is known of its figures."""

    unit: str
    plain: str
    marks: tuple[Mark, ...]
    wrong: tuple[str, ...]
    """The figures that are wrong as published."""
    cells: Mapping[str, str]
    data: Mapping[str, Any]

    @cached_property
    def form(self) -> SelfEvaluation:
        """The form with the cells that the text speaks of, completed."""
        return completed(from_data(self.data), Rulebook())

    def case(self, text: str) -> Case:
        """The form with ``text`` in it."""
        cell = replace(dict(answers_of(self.form))[CELL], raw=text, value=text)
        return Case(with_answers(self.form, {CELL: cell}), Rulebook())

    def findings(self, text: str) -> list[Finding]:
        """What is found in ``text``, standing in the place of this one."""
        found = run(narrative.RULES, self.case(text)).findings
        at = dict(answers_of(self.form))[CELL].ref
        return [each for each in found if each.at[0] == at]


@dataclass
class Judged:
    """What was found in the texts of one half."""

    texts: int = 0
    real: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    tied: int = 0
    loose: list[str] = field(default_factory=list)
    noticed: Counter[str] = field(default_factory=Counter)
    missed: list[tuple[str, str]] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Of all seeded errors, how many were noticed."""
        return self.noticed.total() / (self.noticed.total() + len(self.missed))

    @property
    def precision(self) -> float:
        """Of the findings on the texts as they stand, each with one error in it, how many are right."""
        right = len(self.real) + self.texts * self.recall
        return right / (right + len(self.false))

    @property
    def share_tied(self) -> float:
        """Of the figures that a cell holds or two cells determine, how many were tied to it."""
        return self.tied / (self.tied + len(self.loose))


def texts(half: str) -> list[Text]:
    """The texts of a half, a or b, or of a later set, c to l."""
    document = tomllib.loads((_TESTS / f"prose_gathered_{half}.toml").read_text(encoding="utf-8"))
    return [_text(each) for each in document["text"]]


def judged(half: str) -> Judged:
    """The texts of ``half`` as they stand, and with every single error."""
    result = Judged()
    for text in texts(half):
        result.texts += 1
        standing = text.findings(text.plain)
        for each in standing:
            (result.real if each.found in text.wrong else result.false).append(f"{text.unit}: {each}")
        _tie(text, result)
        known = {str(each) for each in standing}
        for kind, wrong, shown in _seeded(text):
            if {str(each) for each in text.findings(wrong)} - known:
                result.noticed[kind] += 1
            else:
                result.missed.append((kind, f"{text.unit}: {shown}"))
    return result


@contextmanager
def without_words_of_others(half: str) -> Iterator[int]:
    """Judging as if only the texts of ``half`` had taught words; gives how many words that leaves out."""
    known = shared_words()
    patterns = itertools.chain.from_iterable(taught for other, taught in TAUGHT.items() if other != half)
    words = [word for pattern in patterns for word in spelt_out(pattern)]
    taught = {word: known.pop(word) for word in words if word in known}
    try:
        yield len(taught)
    finally:
        known.update(taught)


def report() -> Iterator[str]:
    """Every set in words, and again without the words that the other sets taught."""
    for half in SETS:
        yield _in_words(half, judged(half))
        with without_words_of_others(half) as left_out:
            known = len(shared_words()) + left_out
            name = (
                f"{half} without the {left_out} of {known} words ({left_out / known:.1%}) that others taught"
            )
            yield _in_words(name, judged(half))


def _in_words(half: str, found: Judged) -> str:
    missed = Counter(kind for kind, _ in found.missed)
    kinds = ", ".join(f"{kind} {found.noticed[kind]}/{found.noticed[kind] + missed[kind]}" for kind in KINDS)
    seeded, figures = found.noticed.total() + len(found.missed), found.tied + len(found.loose)
    return (
        f"gathered texts {half}: {found.texts} texts, {len(found.false)} false findings as published, {len(found.real)} right,"
        f" precision {found.precision:.3f}; recall {found.recall:.3f} of {seeded} seeded errors; tied {found.share_tied:.3f} of"
        f" {figures} figures\n  {kinds}"
    )


def _text(entry: Mapping[str, Any]) -> Text:
    marked = "\n".join(entry["sentences"])
    marks, cells, shift = [], {_key(key): value for key, value in entry.get("cells", {}).items()}, 0
    for match in _MARK.finditer(marked):
        said = match[2].lstrip("+")
        key = "" if said in {"", "~"} else _key(said)
        marks.append(Mark(match.start() - shift, match[1], key, said == "~", match[2].startswith("+")))
        shift += len(match[0]) - len(match[1])
        if key:
            cells.setdefault(key, match[1].replace(",", ""))
    data = _data(entry, cells)
    return Text(
        entry["unit"], _MARK.sub(r"\1", marked), tuple(marks), tuple(entry.get("wrong", ())), cells, data
    )


def _key(short: str) -> str:
    head, _, rest = short.partition(".")
    if head[0] in "PI":
        table = "budget.projects" if head[0] == "P" else "goals.indicators"
        return f"{table}.{head[1:]}.{rest}"
    return f"{_PREFIXES[head]}.{rest}"


def _data(entry: Mapping[str, Any], cells: Mapping[str, str]) -> dict[str, Any]:
    data: dict[str, Any] = {"budget": {}, "goals": {}}
    for key, value in cells.items():
        if not key.startswith(("budget.projects", "goals.indicators")):
            *way, last = key.split(".")
            node = data
            for step in way:
                node = node.setdefault(step, {})
            node[last] = f"{value}%" if last.endswith("rate") else value
    identity = {
        "unit_name": entry["unit"],
        "year": entry["year"],
        "money_unit": entry.get("money_unit", "万元"),
    }
    data.setdefault("overview", {})["identity"] = identity
    columns = ("name", "original_budget", "adjusted_budget", "outturn")
    data["budget"]["projects"] = [dict(zip(columns, row, strict=True)) for row in entry.get("projects", ())]
    columns = ("level3", "target_value", "actual_value", "measure_unit")
    data["goals"]["indicators"] = [
        dict(zip(columns, row, strict=True)) for row in entry.get("indicators", ())
    ]
    return data


def _tie(text: Text, result: Judged) -> None:
    case = text.case(text.plain)
    keys = {answer.ref: key for key, answer in case.answers.items()}
    at: dict[int, Statement] = {}
    place, whole = 0, plain(text.plain)
    for sentence in case.sentences:
        if sentence.text.field.key != CELL:
            continue
        shown = plain(sentence.shown)
        place = whole.index(shown, place)
        for start, statement in sentence.statements.items():
            at.update((place + start + step, statement) for step in range(len(statement.figure.text)))
    for mark in text.marks:
        if not (mark.key or mark.derived) or not mark.text[0].isdigit():
            continue
        told = at.get(len(plain(text.plain[: mark.start])))
        held = {
            keys[answer.ref]
            for each in (told.references if told else ())
            if told and each.bears_out(told.figure)
            for answer in each.answers
        }
        if mark.key in held or (mark.derived and held):
            result.tied += 1
        else:
            result.loose.append(
                f"{text.unit}: {mark.text} …{text.plain[max(0, mark.start - 24) : mark.start]}"
            )


def _seeded(text: Text) -> Iterator[tuple[str, str, str]]:
    """Kind, the text with one error, and what was written for what."""
    for mark in text.marks:
        end = mark.start + len(mark.text)
        for kind, figure, unit in _errors(text, mark, text.plain[end:].lstrip()):
            rest = text.plain[end:] if unit is None else unit
            before = text.plain[max(0, mark.start - 24) : mark.start].replace("\n", "/")
            yield (
                kind,
                text.plain[: mark.start] + figure + rest,
                f"{before}【{mark.text}→{figure}】{rest[:6]}",
            )


def _errors(text: Text, mark: Mark, behind: str) -> Iterator[tuple[str, str, str | None]]:
    number = mark.text
    if not number[0].isdigit():
        yield "grade", "良" if number == "优" else "优", None
        return
    digits = [at for at, character in enumerate(number) if character.isdigit()]
    money, percent = re.match("万?元", behind), behind.startswith("%")
    if mark.key or mark.derived:
        pairs = [(a, b) for a, b in itertools.pairwise(digits) if number[a] != number[b]]
        if pairs:
            a, b = pairs[len(pairs) // 2]
            turned = number[:a] + number[b] + number[a + 1 : b] + number[a] + number[b + 1 :]
            if turned[0] != "0" and Decimal(turned) != Decimal(number):
                yield "swapped", turned, None
        if money and len(digits) > 2:
            at = digits[len(digits) // 2]
            yield "digit", number[:at] + str((int(number[at]) + 4) % 10) + number[at + 1 :], None
            yield "point", f"{(Decimal(number) * 10).normalize():f}", None
        if money:
            other = "元" if money[0] == "万元" else "万元"
            yield "unit", number, other + behind.removeprefix(money[0])
            prior = text.cells.get(mark.key.rpartition(".")[0] + ".prior_outturn")
            if mark.key.endswith(".outturn") and prior and Decimal(prior) not in {Decimal(number), 0}:
                yield "last year's", prior, None
        else:
            yield "percent" if percent else "count", f"{Decimal(number) + 2:f}", None
    if mark.part:
        first = number[0]
        yield "part", (str(int(first) + 1) if first != "9" else "8") + number[1:], None
