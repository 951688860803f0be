"""What the workbook knows of a figure or a sentence: its cell, the ways out of a difference, what an added text may mean."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

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
from selfeval_xlsx.prose.claims import Statement, statements
from selfeval_xlsx.report.attachments import NAMES
from selfeval_xlsx.signed.differences import Difference, Kind, excerpt
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


@dataclass(frozen=True)
class Known:
    """The figures of the workbook's report, by value with their units, and the evaluation; None: nothing but a text."""

    figures: Mapping[object, frozenset[str]] = field(default_factory=dict)
    evaluation: SelfEvaluation | None = None
    relations: tuple[Relation, ...] = ()
    """How the evaluation's figures hang together."""

    @classmethod
    def of(
        cls,
        texts: Iterable[str],
        evaluation: SelfEvaluation | None = None,
        relations: Iterable[Relation] = (),
    ) -> "Known":
        """The figures of these texts."""
        units: dict[object, set[str]] = {}
        for text in texts:
            for figure in wording(text).figures:
                if not figure.article:
                    units.setdefault(figure.value, set()).add(figure.unit)
        figures = {value: frozenset(each) for value, each in units.items()}
        return cls(figures, evaluation, tuple(relations))

    def has(self, figure: Figure) -> bool:
        """Whether the report has the figure somewhere: 12人 is not 12项, but 3,201.25 in a table 3,201.25万元."""
        units = self.figures.get(figure.value)
        if units is None:
            return False
        return figure.unit in units or (
            len(figure.digits) >= _TELLING and bool({"", figure.unit} & {*units, ""})
        )

    @cached_property
    def answers(self) -> Mapping[str, Answer[Any]]:
        """Every answer by key."""
        return self.evaluation.answers if self.evaluation is not None else {}

    @cached_property
    def _by_note(self) -> Mapping[str, Answer[Any]]:
        return {note_of(answer): answer for answer in self.answers.values()}

    @cached_property
    def _keys(self) -> Mapping[CellRef, str]:
        return {answer.ref: key for key, answer in self.answers.items()}

    @cached_property
    def _texts(self) -> list[tuple[str, Answer[Any]]]:
        return [
            (wording(answer.known).key, answer)
            for answer in self.answers.values()
            if answer.stated
            and (type(answer.field.kind) is PlainText or isinstance(answer.field.kind, LongText))
        ]

    def cell_of(self, sentence: str) -> Answer[Any] | None:
        """The text in which a sentence of the report stands, or which it is; None for none, or several."""
        key = wording(sentence).key.rstrip("。;，,")
        own = [answer for text, answer in self._texts if key and text.rstrip("。;，,") == key]
        within = [
            answer
            for text, answer in self._texts
            if len(key) > 1 and key in text and isinstance(answer.field.kind, LongText)
        ]
        found = own or within
        return found[0] if len(found) == 1 else None

    def severity(self, note: str) -> Severity:
        """How much it matters that a word of the cell is another: that of the whole report's identity and result most."""
        return Severity.ERROR if self._key(note).endswith(TELLING_WORDS) else Severity.WARNING

    def is_prose(self, note: str) -> bool:
        """Whether sentences stand in a cell, which may be put in other words."""
        answer = self._by_note.get(note)
        return answer is not None and isinstance(answer.field.kind, LongText)

    def is_in_list(self, note: str) -> bool:
        """Whether a cell stands in a row of a list, which the report has as many of as are filled in."""
        answer = self._by_note.get(note)
        return answer is not None and any(each.isdigit() for each in self._keys[answer.ref].split("."))

    def is_attachment(self, text: str) -> bool:
        """Whether a line is the title of one of the report's attachments."""
        return wording(text).key in NAMES.values()

    def source(self, text: Text, words: Wording, figure: Figure) -> str:
        """Where a figure of the workbook's report comes from; empty where it is a word of the template."""
        note = next(
            (
                each.note
                for each in words.sources(text)
                if each.start < figure.end and figure.start < each.end
            ),
            "",
        )
        answer = None if note else self.cell_of(text)
        return note or ("" if answer is None else note_of(answer))

    def source_of_cell(self, cell: Text, *, same_number: bool) -> str:
        """What a table's cell was filled from; of an indicator, whose comparator stands beside its figure, what changed."""
        notes = list(dict.fromkeys(each.note for each in cell.sources))
        answer = self.cell_of(cell) if cell and not notes else None
        beside = [note for note in notes if self._key(note).endswith(_BESIDE)]
        told = (beside if same_number else []) or [note for note in notes if note not in beside] or beside
        return told[0] if told else "" if answer is None else note_of(answer)

    def _key(self, note: str) -> str:
        answer = self._by_note.get(note)
        return "" if answer is None else answer.field.key

    def advice(self, note: str, expected: str, found: Figure | str | None) -> str:
        """How to change the report back, or the workbook, where ``found`` stands in the place of ``expected``."""
        back = f"以工作簿为准：报告改回 {expected}。" if expected else ""
        answer = self._by_note.get(note)
        if answer is None:
            cells = note.partition("取自：")[2]
            return back + (f"以报告为准：改填报表的{cells}，重新生成报告。" if cells else "")
        if answer.computed:
            return f"{back}以报告为准：{answer.ref} 留空、由系统计算，请先核对它所由计算的各格，改后重新生成报告。"
        if isinstance(answer.field.kind, LongText):
            same = "、".join(str(each) for each in self._of_same_number(expected))
            also = f"（{same} 也是这个数，一并核对）" if same else ""
            return f"{back}以报告为准：改{answer.ref} 里的这句话{also}，重新生成报告。"
        typed = f"{self._typed(answer, found)}{self._following(answer)}"
        return f"{back}以报告为准：把{answer.ref} {typed}，重新生成报告。"

    def _following(self, answer: Answer[Any]) -> str:
        """The typed figures that a figure hangs together with: where it is changed, they have to follow."""
        key = self._keys[answer.ref]
        own = [each for each in self.relations if key in each.figures and each.sign == "="]
        groups = [("加起来等于它的", [*each.parts]) for each in own if each.result == key and each.is_total]
        copies = [other for each in own if each.repeats for other in each.figures if other != key]
        groups += [
            ("算出它的", [*each.figures[1:]])
            for each in own
            if each.result == key and not (each.is_total or each.repeats)
        ]
        groups.append(("同一个数的", copies))
        groups.append(
            ("由它算出的", [each.result for each in own if each.result != key and not each.repeats])
        )
        named = dict.fromkeys(
            f"{words} {cells}" for words, keys in groups if (cells := self._named(keys, answer))
        )
        return f"，同它对得上的也要改（{'；'.join(named)}）" if named else ""

    def _named(self, keys: Iterable[str], beside: Answer[Any]) -> str:
        """The cells of these keys in which something was typed; of many, the first."""
        answers = [self.answers[key] for key in dict.fromkeys(keys)]
        typed = [answer.ref for answer in answers if answer.stated and not answer.computed]
        shown = [ref.coordinate if ref.sheet == beside.ref.sheet else str(ref) for ref in typed[:_NAMED]]
        return "、".join(shown) + (f" 等 {len(typed)} 格" if len(typed) > _NAMED else "")

    def _of_same_number(self, expected: str) -> list[CellRef]:
        """The cells beside the texts that hold the number of ``expected``, a figure of a text."""
        digits = {figure.digits for figure in wording(expected).figures if len(figure.digits) > 1}
        return [
            answer.ref
            for answer in self.answers.values()
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
        number = found.value
        if isinstance(answer.field.kind, Choice):
            return f"改为 {found.text[0]}" if found.text[0] in COMPARATORS else "改选"
        if isinstance(answer.field.kind, MeasureText) and isinstance(number, Decimal):
            shown = f"{amounts.plain(number * 100)}%" if found.unit == "%" else amounts.plain(number)
            return f"里的数改为 {shown}"
        if not answer.field.kind.numeric or not isinstance(number, Decimal):
            return f"里的数改为 {found.text}"
        if isinstance(answer.field.kind, Amount) and found.unit == "元" and self.evaluation is not None:
            number /= MONEY_UNITS[money_unit(self.evaluation)]
        rate = isinstance(answer.field.kind, Rate)
        return (
            f"改为 {amounts.plain(number * 100)}%"
            if rate and found.unit == "%"
            else f"改为 {amounts.plain(number)}"
        )

    # --- what came into the report ----------------------------------------------------------------

    def added(self, figures: Sequence[Figure], text: Text, place: str) -> tuple[list[Difference], list[str]]:
        """What is to be said of figures that came into the report with ``text``, and which agree with which cells.

        A figure whose label the workbook knows is held against it; another is looked up by its value and unit.
        """
        said = [figure for figure in figures if not figure.spelled]
        claims = self._claims(text) if said else {}
        differences, agreeing, strange = [], list[str](), list[Figure]()
        for figure in said:
            claim = claims.get(figure.value)
            if (
                claim is not None
                and claim.contradicted
                and _in_text(claim.nearest.value, figure.unit) != figure.value
            ):
                cells = "、".join(note_of(answer) for answer in claim.nearest.answers)
                shown = claim.nearest.shown
                message = f"增加的文字里是 {figure.text}，工作簿是 {shown}。原文：{excerpt(text)}"
                advice = self.advice(cells, shown, figure)
                told = (message, shown, figure.text, cells, advice, text.anchor)
                differences.append(Difference(Severity.ERROR, Kind.FIGURE, place, *told))
            elif claim is not None and claim.reference is not None:
                agreeing.append(
                    f"{figure.text} 与 {'、'.join(str(each.ref) for each in claim.reference.answers)} 一致"
                )
            elif not self.has(figure):
                strange.append(figure)
        if strange:
            names = "、".join(dict.fromkeys(figure.text for figure in strange))
            message = f"{names}，请核实；核实后写进填报表的文字里。原文：{excerpt(text)}"
            differences.append(
                Difference(
                    Severity.WARNING, Kind.UNKNOWN_FIGURE, place, message, "", names, anchor=text.anchor
                )
            )
        return differences, agreeing

    def _claims(self, text: str) -> Mapping[object, Statement]:
        """What the figures of a text say of the form, by value as :class:`Figure` has it."""
        if self.evaluation is None:
            return {}
        return {
            _in_text(said.figure.value, said.figure.unit): said
            for said in statements(text, self.evaluation, self.answers)
            if said.references
        }


def _in_text(value: Decimal | None, unit: str) -> Decimal | None:
    """A value as :class:`Figure` has it: percent as a share."""
    return value / 100 if value is not None and unit == "%" else value


def note_of(answer: Answer[Any]) -> str:
    """A cell with its label, as a source is told."""
    return f"{answer.ref} {answer.field.label}"
