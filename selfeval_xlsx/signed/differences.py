"""What differs between two documents, how it is told, what the workbook knows of it; which item became which."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher
from enum import Enum
from functools import cached_property, lru_cache
from itertools import pairwise
from operator import itemgetter
from typing import Any, Generic, TypeVar

from selfeval_xlsx import amounts
from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.figures import COMPARATORS
from selfeval_xlsx.findings import Severity
from selfeval_xlsx.form.declare import Answer
from selfeval_xlsx.form.form import MONEY_UNITS, SelfEvaluation
from selfeval_xlsx.form.kinds import Amount, Choice, Count, LongText, MeasureText, Rate
from selfeval_xlsx.form.kinds import Text as PlainText
from selfeval_xlsx.form.references import money_unit
from selfeval_xlsx.form.relation_kinds import Relation
from selfeval_xlsx.prose.claims import statements
from selfeval_xlsx.prose.statements import Statement
from selfeval_xlsx.report.names import ATTACHMENTS
from selfeval_xlsx.signed.paragraphs import Text
from selfeval_xlsx.signed.wording import Figure, Wording, wording

TELLING_WORDS = (".unit_name", ".grade", ".comparator", ".money_unit")
"""How the keys end of words that say as much as figures."""
_BESIDE = (".comparator", ".measure_unit")
"""How the keys end of what is printed beside an indicator's figure, in one cell with it."""
_NAMED = 6
"""Cells that have to follow a changed figure, of which a way out names so many."""
_TELLING = 3
"""Digits by which a number is known again whatever it counts."""
_STOPS = "。;，,"
_EXCERPT = 120

_CELL = re.compile(r"「[^「」]+」[A-Z]{1,3}\d+")


class Kind(Enum):
    """What differs."""

    FIGURE = "数字不符"
    SPELLING = "写法不同"
    """The same figure rounded, or without the word that bounds it."""
    CONTENT = "填报的内容不符"
    """A word that stands in a cell: a grade, a name, a comparator."""
    UNKNOWN_FIGURE = "工作簿里没有这个数"
    WORDING = "文字有改动"
    REMOVED = "删去了"
    ADDED = "增加了"
    MOVED = "移动了"
    UNREAD = "没有核对"


@dataclass(frozen=True)
class Difference:
    """One difference, where it stands, and what stands on either side."""

    severity: Severity
    kind: Kind
    place: str
    message: str
    expected: str = ""
    """What the workbook gives."""
    found: str = ""
    """What the Word file says."""
    source: str = ""
    """Where ``expected`` comes from: its cell with the label, or the formula with its cells."""
    advice: str = ""
    """The ways out: to change the report back, or the workbook, and how."""
    anchor: int = -1
    """The paragraph of the Word file it is at (:attr:`selfeval_xlsx.signed.paragraphs.Text.anchor`); -1 for none."""

    after: str = ""
    """Of added words: the sentence of the report they stand behind, with a line break where they are a paragraph."""

    alone: bool = False
    """A word of a cell changed, and nothing else of its sentence or table cell."""

    @property
    def of_words(self) -> bool:
        """Whether a new workbook may take it over."""
        return self.alone or self.kind in {Kind.WORDING, Kind.ADDED, Kind.REMOVED}

    @property
    def cells(self) -> list[str]:
        """The cells of the workbook it is about."""
        return list(dict.fromkeys(_CELL.findall(self.source)))

    @property
    def remark(self) -> str:
        """All of it but the place, for a comment that stands there."""
        source = f"\n出处：{self.source}" if self.source else ""
        advice = f"\n{self.advice}" if self.advice else ""
        return f"{self.severity.value} {self.kind.value}。{self.message}{source}{advice}"

    def __str__(self) -> str:
        source = f" 出处：{self.source}。" if self.source else ""
        return f"{self.severity.value} {self.place}：{self.kind.value}。{self.message}{source}{self.advice}"

    def data(self) -> dict[str, object]:
        """The difference as JSON holds it."""
        return {
            "severity": self.severity.name.lower(),
            "kind": self.kind.name.lower(),
            "place": self.place,
            "message": self.message,
            "expected": self.expected,
            "found": self.found,
            "cells": self.cells,
            "source": self.source,
            "advice": self.advice,
        }


def excerpt(text: str) -> str:
    """``text`` on one line, quoted, cut where it is long."""
    flat = " ".join(text.split())
    return f"“{flat if len(flat) <= _EXCERPT else f'{flat[:_EXCERPT]}…'}”"


def listed(figures: Iterable[Figure], before: str) -> str:
    """The figures behind ``before``, 一个 and the like left out; empty for none."""
    names = "、".join(dict.fromkeys(figure.text for figure in figures if not figure.article))
    return f"{before} {names}" if names else ""


# --- what the workbook knows of it ----------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """The texts of the workbook's report, the evaluation it was made of, and how its figures hang together."""

    texts: tuple[str, ...]
    evaluation: SelfEvaluation
    relations: tuple[Relation, ...]

    @cached_property
    def _units(self) -> Mapping[object, set[str]]:
        """What the figures of the report count, by their value."""
        units = defaultdict[object, set[str]](set)
        for text in self.texts:
            for figure in wording(text).figures:
                if not figure.article:
                    units[figure.value].add(figure.unit)
        return dict(units)

    @cached_property
    def _keys(self) -> Mapping[str, str]:
        """Every key by its cell with its label, as a source is told."""
        return {answer.named: key for key, answer in self.evaluation.answers.items()}

    def _answer(self, note: str) -> Answer[Any] | None:
        return self.evaluation.answers.get(self._keys.get(note, ""))

    @cached_property
    def _texts(self) -> list[tuple[str, Answer[Any]]]:
        return [
            (wording(answer.known).key, answer)
            for answer in self.evaluation.answers.values()
            if answer.stated
            and (type(answer.field.kind) is PlainText or isinstance(answer.field.kind, LongText))
        ]

    def cell_of(self, sentence: str) -> str:
        """The text in which a sentence of the report stands, or which it is, as a source; empty for none, or several."""
        key = wording(sentence).key.rstrip(_STOPS)
        own = [answer for text, answer in self._texts if key and text.rstrip(_STOPS) == key]
        within = [
            answer
            for text, answer in self._texts
            if len(key) > 1 and key in text and isinstance(answer.field.kind, LongText)
        ]
        answers = own or within
        return answers[0].named if len(answers) == 1 else ""

    def severity(self, note: str) -> Severity:
        """How much it matters that a word of the cell is another: that of the whole report's identity and result most."""
        return Severity.ERROR if self._keys.get(note, "").endswith(TELLING_WORDS) else Severity.WARNING

    def is_prose(self, note: str) -> bool:
        """Whether sentences stand in a cell, which may be put in other words."""
        answer = self._answer(note)
        return answer is not None and isinstance(answer.field.kind, LongText)

    def is_in_list(self, note: str) -> bool:
        """Whether a cell stands in a row of a list, which the report has as many of as are filled in."""
        return any(step.isdigit() for step in self._keys.get(note, "").split("."))

    def source(self, text: Text, words: Wording, figure: Figure) -> str:
        """Where a figure of the workbook's report comes from; empty where it is a word of the template."""
        notes = (
            source.note
            for source in words.sources(text)
            if source.start < figure.end and figure.start < source.end
        )
        return next(notes, "") or self.cell_of(text)

    def source_of_cell(self, cell: Text, *, same_number: bool) -> str:
        """What a table's cell was filled from; of an indicator, whose comparator stands beside its figure, what changed."""
        notes = list(dict.fromkeys(source.note for source in cell.sources))
        if not notes:
            return self.cell_of(cell)
        beside = [note for note in notes if self._keys.get(note, "").endswith(_BESIDE)]
        apart = [note for note in notes if note not in beside]
        return ((beside if same_number else apart) or apart or beside)[0]

    def advice(self, note: str, expected: str, found: Figure | str | None) -> str:
        """How to change the report back, or the workbook, where ``found`` stands in the place of ``expected``."""
        back = f"以工作簿为准：报告改回 {expected}。" if expected else ""
        answer = self._answer(note)
        if answer is None:
            cells = note.partition("取自：")[2]
            return back + (f"以报告为准：改填报表的{cells}，重新生成报告。" if cells else "")
        if answer.computed:
            return f"{back}以报告为准：{answer.ref} 留空、由系统计算，请先核对它所由计算的各格，改后重新生成报告。"
        if isinstance(answer.field.kind, LongText):
            same = "、".join(map(str, self._of_same_number(expected)))
            also = f"（{same} 也是这个数，一并核对）" if same else ""
            return f"{back}以报告为准：改{answer.ref} 里的这句话{also}，重新生成报告。"
        typed = f"{self._typed(answer, found)}{self._following(self._keys[note], answer.ref.sheet)}"
        return f"{back}以报告为准：把{answer.ref} {typed}，重新生成报告。"

    def _following(self, key: str, sheet: str) -> str:
        """The typed figures that a figure hangs together with: where it is changed, they have to follow."""
        own = [relation for relation in self.relations if key in relation.figures and relation.sign == "="]
        copies = [relation for relation in own if relation.repeats]
        computed = [relation for relation in own if relation.result == key]
        groups: list[tuple[str, Iterable[str]]] = [
            *(("加起来等于它的", relation.parts) for relation in computed if relation.is_total),
            *(
                ("算出它的", relation.figures[1:])
                for relation in computed
                if not (relation.is_total or relation.repeats)
            ),
            ("同一个数的", [other for relation in copies for other in relation.figures if other != key]),
            (
                "由它算出的",
                [relation.result for relation in own if relation.result != key and not relation.repeats],
            ),
        ]
        named = dict.fromkeys(
            f"{words} {cells}" for words, keys in groups if (cells := self._named(keys, sheet))
        )
        return f"，同它对得上的也要改（{'；'.join(named)}）" if named else ""

    def _named(self, keys: Iterable[str], sheet: str) -> str:
        """The cells of these keys in which something was typed, as seen from ``sheet``; of many, the first."""
        answers = [self.evaluation.answers[key] for key in dict.fromkeys(keys)]
        typed = [answer.ref for answer in answers if answer.stated and not answer.computed]
        shown = [ref.seen_from(sheet) for ref in typed[:_NAMED]]
        return "、".join(shown) + (f" 等 {len(typed)} 格" if len(typed) > _NAMED else "")

    def _of_same_number(self, expected: str) -> list[CellRef]:
        """The cells beside the texts that hold the number of ``expected``, a figure of a text."""
        digits = {figure.digits for figure in wording(expected).figures if len(figure.digits) > 1}
        return [
            answer.ref
            for answer in self.evaluation.answers.values()
            if digits
            and isinstance(answer.field.kind, MeasureText | Amount | Rate | Count)
            and digits & {figure.digits for figure in wording(answer.show()).figures}
        ]

    def _typed(self, answer: Answer[Any], found: Figure | str | None) -> str:
        """What to do with a cell so that the report says ``found``."""
        if not found:
            return "清空"
        if isinstance(found, str):
            return f"改为 {found}"
        number, kind = found.value, answer.field.kind
        if isinstance(kind, Choice):
            return f"改为 {found.text[0]}" if found.text[0] in COMPARATORS else "改选"
        within = isinstance(kind, MeasureText)
        if isinstance(number, str) or not (within or kind.numeric):
            return f"里的数改为 {found.text}"
        if isinstance(kind, Amount) and found.unit == "元":
            number /= MONEY_UNITS[money_unit(self.evaluation)]
        percent = found.unit == "%" and (within or isinstance(kind, Rate))
        shown = f"{amounts.plain(number * 100)}%" if percent else amounts.plain(number)
        return f"{'里的数' if within else ''}改为 {shown}"

    def added(self, figures: Sequence[Figure], text: Text, place: str) -> tuple[list[Difference], list[str]]:
        """What is to be said of figures that came into the report with ``text``, and which agree with which cells.

        A figure whose label the workbook knows is held against it; another is looked up by its value and unit.
        """
        quantities = [figure for figure in figures if not figure.spelled]
        claims = self._claims(text) if quantities else {}
        differences, agreeing, strange = [], list[str](), dict[str, None]()
        for figure in quantities:
            claim = claims.get(figure.value)
            if (
                claim is not None
                and claim.contradicted
                and _in_text(claim.nearest.value, figure.unit) != figure.value
            ):
                cells = "、".join(answer.named for answer in claim.nearest.answers)
                shown = claim.nearest.shown
                message = f"增加的文字里是 {figure.text}，工作簿是 {shown}。原文：{excerpt(text)}"
                told = (message, shown, figure.text, cells, self.advice(cells, shown, figure), text.anchor)
                differences.append(Difference(Severity.ERROR, Kind.FIGURE, place, *told))
            elif claim is not None and claim.reference is not None:
                cells = "、".join(str(answer.ref) for answer in claim.reference.answers)
                agreeing.append(f"{figure.text} 与 {cells} 一致")
            elif not self._has(figure):
                strange[figure.text] = None
        if strange:
            names = "、".join(strange)
            message = f"{names}，请核实；核实后写进填报表的文字里。原文：{excerpt(text)}"
            differences.append(
                Difference(
                    Severity.WARNING, Kind.UNKNOWN_FIGURE, place, message, found=names, anchor=text.anchor
                )
            )
        return differences, agreeing

    def _has(self, figure: Figure) -> bool:
        """Whether the report has the figure somewhere: 12人 is not 12项, but 3,201.25 in a table 3,201.25万元."""
        units = self._units.get(figure.value)
        return units is not None and (figure.unit in units or len(figure.digits) >= _TELLING)

    def _claims(self, text: str) -> Mapping[object, Statement]:
        """What the figures of a text say of the form, by value as :class:`Figure` has it."""
        return {
            _in_text(statement.figure.value, statement.figure.unit): statement
            for statement in statements(text, self.evaluation, self.evaluation.answers)
            if statement.references
        }


def _in_text(value: Decimal | None, unit: str) -> Decimal | None:
    """A value as :class:`Figure` has it: percent as a share."""
    return value / 100 if value is not None and unit == "%" else value


def is_attachment(text: str) -> bool:
    """Whether a line is the title of one of the report's attachments."""
    return wording(text).key in ATTACHMENTS.values()


# --- which became which -------------------------------------------------------------------------------

T = TypeVar("T")
Pairs = list[tuple[int, int]]

ALIKE = 0.4
"""How like two items in the same place must be to count as one that was changed."""
ALIKE_ELSEWHERE = 0.7
"""The same for items in different places."""
ALIKE_ALONE = 0.1
"""The same for the one item that went from a place and the one that came there."""
WORK_LIMIT = 40_000
"""Pairs to weigh; beyond it two stretches have nothing to do with each other."""


@dataclass(frozen=True)
class Alignment(Generic[T]):
    """What became of the items that did not stay as they were, each in its list's order."""

    changed: tuple[tuple[T, T], ...]
    moved: tuple[tuple[T, T], ...]
    removed: tuple[T, ...]
    added: tuple[T, ...]


def align(
    old: Sequence[T], new: Sequence[T], key: Callable[[T], Hashable], likeness: Callable[[T, T], float]
) -> Alignment[T]:
    """Align ``old`` with ``new``; items of equal ``key`` are the same, others are like from 0, nothing in common, to 1."""
    left, right = [key(item) for item in old], [key(item) for item in new]
    codes = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    gaps = [(range(a, b), range(c, d)) for kind, a, b, c, d in codes if kind != "equal"]
    gone = dict.fromkeys(number for before, _ in gaps for number in before)
    come = dict.fromkeys(number for _, after in gaps for number in after)

    def weigh(one: int, other: int) -> float:
        return likeness(old[one], new[other])

    def taken(pairs: Pairs) -> Pairs:
        for one, other in pairs:
            del gone[one], come[other]
        return pairs

    def loose() -> list[tuple[list[int], list[int]]]:
        return [([i for i in before if i in gone], [j for j in after if j in come]) for before, after in gaps]

    def items(pairs: Pairs) -> tuple[tuple[T, T], ...]:
        return tuple((old[one], new[other]) for one, other in sorted(pairs, key=lambda pair: pair[1]))

    moved = taken(_same(gone, come, left, right))
    changed = taken([pair for gap in loose() for pair in _in_order(*gap, weigh)])
    changed += taken(_anywhere(gone, come, weigh))
    alone = [(before[0], after[0]) for before, after in loose() if len(before) == len(after) == 1]
    changed += taken([pair for pair in alone if weigh(*pair) >= ALIKE_ALONE])
    removed, added = tuple(old[one] for one in gone), tuple(new[other] for other in come)
    return Alignment(items(changed), items(moved), removed, added)


def _same(
    gone: Iterable[int], come: Iterable[int], left: Sequence[Hashable], right: Sequence[Hashable]
) -> Pairs:
    """Pairs of equal keys, in order."""
    waiting = defaultdict[Hashable, list[int]](list)
    for number in come:
        waiting[right[number]].append(number)
    return [(number, waiting[left[number]].pop(0)) for number in gone if waiting[left[number]]]


def _in_order(before: list[int], after: list[int], weigh: Callable[[int, int], float]) -> Pairs:
    """The pairs of greatest likeness in sum that do not cross, each alike enough."""
    if len(before) * len(after) > WORK_LIMIT:
        return []
    nothing: tuple[float, tuple[tuple[int, int], ...]] = (0.0, ())
    best = [nothing] * (len(after) + 1)
    for one in before:
        above, best = best, [nothing]
        for column, other in enumerate(after):
            skipped = max(above[column + 1], best[-1], key=itemgetter(0))
            weight, (so_far, pairs) = weigh(one, other), above[column]
            joined = weight >= ALIKE and so_far + weight > skipped[0]
            best.append((so_far + weight, (*pairs, (one, other))) if joined else skipped)
    return list(best[-1][1])


def _anywhere(gone: Collection[int], come: Collection[int], weigh: Callable[[int, int], float]) -> Pairs:
    """Pairs in whatever order, the most alike first."""
    if len(gone) * len(come) > WORK_LIMIT:
        return []
    pairs: dict[int, int] = {}
    for weight, one, other in sorted(((weigh(i, j), -i, -j) for i in gone for j in come), reverse=True):
        if weight >= ALIKE_ELSEWHERE and -one not in pairs and -other not in pairs.values():
            pairs[-one] = -other
    return list(pairs.items())


def likeness(one: str, other: str) -> float:
    """How like two texts are, from 0 to 1: the share of letter pairs they have in common, wherever they stand."""
    if one == other:
        return 1.0
    left, right = _letter_pairs(one), _letter_pairs(other)
    return 2 * (left & right).total() / max(left.total() + right.total(), 1)


@lru_cache(maxsize=4096)
def _letter_pairs(text: str) -> Counter[str]:
    """Two neighbouring letters at a time; the ends count as neighbours of nothing."""
    return Counter(first + second for first, second in pairwise(f" {text} "))
