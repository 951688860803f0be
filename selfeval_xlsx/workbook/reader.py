"""Returns a filled :class:`SelfEvaluation` without judging it.

Cells are found by their defined names, the steadiest address: it survives inserted rows, moved cells
and renamed sheets. Where a name is lost the label beside the cell helps; what was noticed on the way
is kept in ``evaluation.source`` for the checks to report.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.errors import FormTooNewError, NotThisFormError
from selfeval_xlsx.form.data import MONEY_UNIT
from selfeval_xlsx.form.declare import (
    FormPlan,
    Matrix,
    Section,
    SheetPlan,
    Slot,
    Table,
    defined_name,
    edition_order,
)
from selfeval_xlsx.form.form import (
    DEFAULT_UNIT,
    EDITION,
    EDITION_NAME,
    HOW_TO_SHOW,
    KNOWN_EDITIONS,
    PLAN,
    RULEBOOK_NAME,
    Hidden,
    Lost,
    SelfEvaluation,
    Source,
)
from selfeval_xlsx.form.kinds import Raw
from selfeval_xlsx.form.values import LOCAL, fill
from selfeval_xlsx.office.guard import COLUMN_LIMIT, ROW_LIMIT
from selfeval_xlsx.workbook.book import Book, Sheet, label_of, load
from selfeval_xlsx.workbook.layout import OWN_HEADINGS, Cell, Column, Layout, ListRows, Row


def read_workbook(data: bytes, name: str, plan: FormPlan = PLAN) -> SelfEvaluation:
    """Read the workbook in ``data``; ``name`` is the file's name, for messages, ``plan`` that of the form.

    Raises:
        NotAWorkbookError: not an .xlsx workbook, damaged, or not safe to open.
        NotThisFormError: a workbook without this form's sheets, or with a sheet and its filled copy.
        FormTooNewError: made for a later edition of the form.

    """
    return read_book(load(data, name), name, plan)


def read_book(book: Book, name: str, plan: FormPlan = PLAN) -> SelfEvaluation:
    """The evaluation in an opened workbook of the form of ``plan``.

    Raises:
        NotThisFormError: as above.
        FormTooNewError: as above.

    """
    edition = _edition(book, name)
    layouts = _layouts(book, name, plan)
    _refuse_copies(book, layouts, name)
    unit = _money_unit(book, layouts, edition)
    reader = _Reader(book, layouts, edition)
    evaluation = fill(SelfEvaluation, plan, reader.cell, reader.rows, unit)
    source = Source(
        edition,
        _hidden_cell(book, RULEBOOK_NAME),
        tuple(reader.by_label),
        tuple(reader.altered),
        tuple(Lost(label, tuple(keys), at) for (label, at), keys in reader.lost.items()),
        tuple(reader.outside),
        tuple(reader.totals),
        tuple(_hidden(book, evaluation)),
        tuple(_hidden_besides(book, [layout.sheet.title for layout in layouts.values()])),
        frozenset(reader.later),
    )
    return replace(evaluation, source=source)


# --- is it this form? -----------------------------------------------------------------------------------


def _edition(book: Book, name: str) -> str:
    stored = book.edition or _hidden_cell(book, EDITION_NAME) or EDITION
    if stored not in KNOWN_EDITIONS and edition_order(stored) > edition_order(EDITION):
        raise FormTooNewError(
            f"{name} 是 {stored} 版填报表，本程序只认识到 {EDITION} 版。请更新程序，或用 {EDITION} 版填报表填写。"
        )
    return stored


def _hidden_cell(book: Book, name: str) -> str:
    sheet, area = book.names.get(name, ("", ()))
    return book.sheets[sheet].at(area[:2]).text if area else ""


def _layouts(book: Book, name: str, plan: FormPlan) -> dict[str, Layout]:
    """The sheet of each page of the form, by the page's key.

    Raises:
        NotThisFormError: a sheet is missing, or holds nothing of the form.

    """
    layouts, missing = {}, []
    for page in plan.sheets:
        title = _sheet_title(book, page)
        if title in book.sheets:
            layouts[page.key] = Layout(page, book.sheets[title])
        else:
            missing.append(f"「{page.name}」")
    if missing:
        raise NotThisFormError(
            f"{name} 不是本填报表：找不到工作表{'、'.join(missing)}。"
            "请用模板“绩效自评填报表.xlsx”填写，不要改动工作表名称。"
        )
    for layout in layouts.values():
        page = layout.page
        labels = set(layout.sheet.labels.values())
        lost = [block.label for block in page.blocks if label_of(block.label) not in labels]
        named = any(slot.field.name in book.names for slot in page.slots)
        if not named and len(lost) == len(page.blocks):
            raise NotThisFormError(
                f"{name} 不是本填报表：工作表「{page.name}」里没有“{lost[0]}”等内容。"
                "请用模板“绩效自评填报表.xlsx”填写。"
            )
    return layouts


def _sheet_title(book: Book, page: SheetPlan) -> str:
    """The title of the sheet that holds ``page``: where most of its names point, else the one of its name."""
    own = (*(slot.field.name for slot in page.slots), *(table.name for table in page.tables))
    named = [book.names[name][0] for name in own if name in book.names]
    return max(dict.fromkeys(named), key=named.count) if named else page.name


def _refuse_copies(book: Book, layouts: Mapping[str, Layout], name: str) -> None:
    """A sheet and its copy carry the same names or titles; filled twice, no one can say which counts."""
    for layout in layouts.values():
        page, original = layout.page, layout.sheet
        names = {slot.field.name for slot in page.slots}
        for sheet in book.sheets.values():
            titled = all(Layout(page, sheet).row_of(block.label) for block in page.blocks)
            if sheet is original or not (titled or len(names & sheet.names) * 2 > len(names)):
                continue
            if _is_filled(page, sheet) and _is_filled(page, original):
                raise NotThisFormError(
                    f"{name} 里「{original.title}」和它的副本「{sheet.title}」都填了内容，无法判断以哪一张为准。"
                    f"{_shown(original)}{_shown(sheet)}请删去不用的一张再试。"
                )


def _is_filled(page: SheetPlan, sheet: Sheet) -> bool:
    return any(not sheet.at((slot.row, slot.column)).blank for slot in page.slots)


def _shown(sheet: Sheet) -> str:
    """How a hidden sheet is made visible, as a sentence."""
    how = HOW_TO_SHOW.get(sheet.visibility)
    return f"「{sheet.title}」是隐藏的，{how}。" if how else ""


def _money_unit(book: Book, layouts: Mapping[str, Layout], edition: str) -> str:
    page, slot = PLAN.slots[MONEY_UNIT]
    _, raw = _Reader(book, layouts, edition).cell(page, slot)  # its notes are taken when the form is filled
    return slot.field.kind.read(raw, DEFAULT_UNIT).value or DEFAULT_UNIT


def _hidden(book: Book, evaluation: SelfEvaluation) -> Iterator[Hidden]:
    """The sheets, rows and columns that hold answers and cannot be seen."""
    places: dict[tuple[str, str], dict[int, CellRef]] = {}
    for answer in evaluation.answers.values():
        if not answer.raw:
            continue
        sheet, (row, column) = book.sheets[answer.ref.sheet], answer.ref.place
        if sheet.visibility in HOW_TO_SHOW:
            places.setdefault((sheet.title, sheet.visibility), {}).setdefault(0, answer.ref)
        elif row in sheet.hidden_rows:
            places.setdefault((sheet.title, "row"), {}).setdefault(row, answer.ref)
        elif column in sheet.hidden_columns:
            places.setdefault((sheet.title, "column"), {}).setdefault(column, answer.ref)
    for (_, what), cells in places.items():
        yield Hidden(what, tuple(cells[number] for number in sorted(cells)))


def _hidden_besides(book: Book, own: Sequence[str]) -> Iterator[tuple[str, str]]:
    for sheet in book.sheets.values():
        if sheet.visibility in HOW_TO_SHOW and sheet.cells and sheet.title not in own:
            yield sheet.title, sheet.visibility


# --- finding cells --------------------------------------------------------------------------------------


class _Reader:
    """Looks up declared cells and rows in one workbook, noting what it had to search for."""

    def __init__(self, book: Book, layouts: Mapping[str, Layout], edition: str) -> None:
        self.book = book
        self.layouts = layouts
        self.edition = edition
        # what is noticed on the way; each becomes one attribute of Source
        self.by_label: list[tuple[str, CellRef]] = []
        self.altered: list[tuple[str, str, CellRef]] = []
        self.lost: dict[tuple[str, CellRef | None], list[str]] = {}
        self.outside: list[tuple[str, CellRef]] = []
        self.totals: list[tuple[str, CellRef]] = []
        self.later: set[str] = set()

    def cell(self, page: SheetPlan, slot: Slot) -> Cell:
        """What stands in ``slot``, and where it was found."""
        target = self.book.names.get(slot.field.name)
        if target is None:
            return self._cell_by_label(page, slot)
        layout = self._layout(page, target[0])
        row, column, _, _ = target[1]
        block = _block_of(page, slot)
        left = [layout.label(row, place) for place in range(1, column)]
        if _is_elsewhere(layout, block, slot, column, left):
            return self._cell_by_label(page, slot)
        declared = _row_label(block, slot)
        if label_of(declared) not in left:
            instead = layout.text(row, column - slot.column + 1)
            self.altered.append((declared, instead, layout.sheet.ref(row, column)))
        return layout.sheet.cell(row, column)

    def _layout(self, page: SheetPlan, title: str) -> Layout:
        """The page's sheet, or another one to which single names lead."""
        usual = self.layouts[page.key]
        return usual if usual.sheet.title == title else Layout(page, self.book.sheets[title])

    def _cell_by_label(self, page: SheetPlan, slot: Slot) -> Cell:
        block, layout = _block_of(page, slot), self.layouts[page.key]
        label = label_of(_row_label(block, slot))
        rows = (row for row in layout.rows_of(block) if layout.first_label(row) == label)
        row = next(rows, None)
        if row is None:
            self._lose(f"「{layout.sheet.title}」{slot.field.label}", None, slot)
            return layout.title_of(block), Raw()
        if isinstance(block, Matrix):
            column = self._matrix_column(layout, block, slot)
        else:
            column = slot.column + layout.begin(row) - 1
        if column is None:
            self._lose(f"{block.label}·{slot.field.head}", at := layout.title_of(block), slot)
            return at, Raw()
        self.by_label.append((slot.field.label, layout.sheet.ref(row, column)))
        return layout.sheet.cell(row, column)

    def _matrix_column(self, layout: Layout, block: Matrix, slot: Slot) -> int | None:
        header = layout.title_of(block).place[0] + 1
        columns = self._columns(layout, block, header, header + len(block.lines))
        column = columns[[declared.column for declared in block.columns].index(slot.column)]
        if column is not None and column.altered is not None:
            note = (slot.field.head, column.altered, layout.sheet.ref(header, column.first))
            if note not in self.altered:
                self.altered.append(note)
        return None if column is None else column.first

    def _columns(
        self, layout: Layout, block: Matrix | Table, header: int, bottom: int, width: int = COLUMN_LIMIT
    ) -> Sequence[Column | None]:
        """The columns of ``block``; none under another heading for one that the edition does not have yet."""
        columns = layout.columns_of(block, header, bottom, width)
        return [
            column if column is None or column.altered is None or slot.field.is_in(self.edition) else None
            for slot, column in zip(block.columns, columns, strict=True)
        ]

    def _lose(self, label: str, at: CellRef | None, *slots: Slot) -> None:
        """Note that what ``slots`` ask for is gone, or not in the edition yet; of a whole column once."""
        keys = [slot.field.key for slot in slots if slot.field.is_in(self.edition)]
        if keys:
            self.lost.setdefault((label, at), []).extend(keys)
        self.later.update(slot.field.key for slot in slots if not slot.field.is_in(self.edition))

    # --- tables

    def rows(self, page: SheetPlan, table: Table) -> Iterator[Row]:
        """The filled rows of ``table``, from its heading to its lower guard row, without rows of totals."""
        place = self._list(page, table)
        if place is None:
            self._lose(f"「{page.name}」{table.label}", None, *table.columns)
            return
        for number, row in self._filled(table, place, range(place.header + 1, place.bottom + 1)):
            yield place.with_merged(number, row)
        layout = self._layout(page, place.sheet.title)
        below = layout.rows_below(place.bottom, frozenset(self._untitled(layout)))
        for _, row in self._filled(table, place, below):
            self.outside.append((table.label, next(ref for ref, raw in row if not raw.blank)))

    def _filled(self, table: Table, place: ListRows, numbers: Iterable[int]) -> Iterator[tuple[int, Row]]:
        """Those of the rows ``numbers`` that hold anything; rows of totals are noted instead."""
        for number in numbers:
            if place.is_blank(number):
                continue
            row = place.row(number)
            if total := place.total_in(number, row):
                self.totals.append((table.label, total))
            else:
                yield number, row

    def _untitled(self, layout: Layout) -> Iterator[int]:
        """Where the titles of blocks stood that have lost them, as the names of their cells show."""
        for block in layout.page.blocks:
            if layout.row_of(block.label) is None:
                fields = [block] if isinstance(block, Table) else [slot.field for slot in block.slots]
                if rows := self._rows_named(layout, *(field.name for field in fields)):
                    yield min(rows) - (2 if isinstance(block, Matrix) else 1)
        local = (name for name in self.book.names if name.startswith(defined_name(LOCAL)))
        if rows := self._rows_named(layout, *local):
            yield min(rows) - 1  # of a rulebook that is not at hand

    def _rows_named(self, layout: Layout, *names: str) -> list[int]:
        """The rows of a sheet to which names point."""
        targets = (self.book.names[name] for name in names if name in self.book.names)
        return [area[0] for title, area in targets if title == layout.sheet.title]

    def _list(self, page: SheetPlan, table: Table) -> ListRows | None:
        """Where ``table`` stands; None where neither its name nor its title is left."""
        target = self.book.names.get(table.name)
        layout = self._layout(page, target[0]) if target else self.layouts[page.key]
        if target:
            header, _, bottom, width = target[1]
        else:
            title = layout.row_of(table.label)
            if title is None:
                return None
            header, bottom, width = title + 1, max(layout.rows_of(table), default=title), COLUMN_LIMIT
            self.by_label.append((table.label, layout.title_of(table)))
        bottom = min(bottom, ROW_LIMIT)
        columns = self._columns(layout, table, header, bottom, width)
        for slot, column in zip(table.columns, columns, strict=True):
            if column is None:
                self._lose(f"{table.label}·{slot.field.head}", layout.title_of(table), slot)
            elif column.altered is not None:
                ref = layout.sheet.ref(header, column.first)
                self.altered.append((slot.field.head, column.altered, ref))
        return ListRows(table, layout.sheet, header, bottom, columns, layout.title_of(table))


def _block_of(page: SheetPlan, slot: Slot) -> Section | Matrix:
    return next(
        block
        for block in page.blocks
        if not isinstance(block, Table) and slot.field.key.startswith(f"{block.key}.")
    )


def _row_label(block: Section | Matrix, slot: Slot) -> str:
    """The label at the left of a single cell."""
    return (
        dict(block.lines)[slot.field.key.rpartition(".")[0]] if isinstance(block, Matrix) else slot.field.head
    )


def _is_elsewhere(layout: Layout, block: Section | Matrix, slot: Slot, column: int, left: list[str]) -> bool:
    """Whether a name followed its cell, cut and pasted, to where the labels are those of another field.

    People go by the labels: the cell that was left may hold another figure by now. ``column`` is where the name
    points to, ``left`` the labels at the left of it.
    """
    own = label_of(_row_label(block, slot))
    if isinstance(block, Section):
        return own not in left and not {label_of(other.field.head) for other in block.slots}.isdisjoint(left)
    if {label_of(label) for _, label in block.lines}.isdisjoint(left):
        return False
    title = layout.row_of(block.label)
    width = block.columns[-1].column + 1
    heads = {at: layout.label(title + 1, at) for at in range(1, max(width, column) + 1)} if title else {}
    head, declared = heads.get(column, ""), label_of(slot.field.head)
    others = {label_of(other.field.head) for other in block.columns} - {declared}
    moved = not head and declared in heads.values()  # the grey column without figures stands there now
    return head in others | OWN_HEADINGS or own not in left or moved
