"""Colours, cell formats and locks of the workbook, in one place."""

from typing import Any

from selfeval_xlsx.form.declare import Field, Need

OWED = {Need.REQUIRED: "#FFF2CC", Need.EXPECTED: "#DDEBF7"}
"""The fill of an input cell that is still blank, by how badly the report needs it; all others are white."""

PROTECTION = {
    "insert_rows": True,
    "format_columns": True,
    "format_rows": True,
    "sort": True,
    "autofilter": True,
}
"""What a locked sheet still lets people do."""

LINE = "#A6A6A6"
_OFF_THE_LINE = {"indent": 1}
"""What is written stands a little off the border of its cell."""
HEAD, LINK, GREY, GOOD, BAD = "#1F4E79", "#0563C1", "#595959", "#2E7D32", "#C00000"
FIGURES = {"amount": "#,##0.00", "rate": "0.00%", "count": "0", "points": "0.##"}
"""The number formats of the sheet 核对."""


def _figure(number_format: str) -> dict[str, object]:
    """At the right, off the line by a blank in the format: LibreOffice indents only some of such cells."""
    return {"num_format": f"{number_format}_ ", "align": "right"}


def _words(number_format: str) -> dict[str, object]:
    return {"num_format": number_format, "align": "left", **_OFF_THE_LINE}


def print_on_a4(sheet: Any, *, landscape: bool = True) -> None:
    """Let a sheet be printed on A4, as wide as a page, and shown without grid lines."""
    sheet.set_paper(9)
    if landscape:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.hide_gridlines(2)


class Palette:
    """Formats of one workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._inputs: dict[tuple[str, bool, bool], Any] = {}
        base = {"font_name": "宋体", "font_size": 11, "valign": "vcenter", "text_wrap": True}
        self._box = {**base, "border": 1, "border_color": LINE}

        def plain(**own: object) -> Any:
            return book.add_format({**base, **own})

        def line(size: int, **own: object) -> Any:
            return plain(font_size=size, text_wrap=False, **own)

        def boxed(**own: object) -> Any:
            return book.add_format({**self._box, **own})

        title, above = {"font_name": "黑体", "font_color": HEAD}, {"bottom": 2, "bottom_color": HEAD}
        quiet, faint = {"font_color": GREY}, {"font_color": "#7F7F7F"}
        above_faint = {"bottom": 2, "bottom_color": "#BFBFBF"}
        self.sheet_title = line(16, **title, align="center")
        self.guidance = line(10, **quiet)
        self.count_of_wrong = line(11, font_color=GOOD, align="right")
        self.block_title = line(12, **title, **above)
        self.block_note = line(9, **quiet, **above, align="right")
        self.optional_title = line(12, font_name="黑体", **faint, **above_faint)
        self.optional_note = line(9, **faint, **above_faint, align="right")
        self.set_apart = line(10, font_color=LINK, bg_color="#EDEDED", align="center")
        self.edition = plain(font_size=9, **quiet, align="right")
        self.note = plain(font_size=9, **quiet, indent=1)
        self.check = plain(font_size=10, indent=1)
        self.paragraph = plain()
        self.head = boxed(font_name="黑体", bg_color="#D9E2EC", align="center")
        self.label = boxed(bg_color="#F2F2F2", **_OFF_THE_LINE)
        self.number_label = boxed(bg_color="#F2F2F2", align="center")
        self.paragraph_boxed = boxed(font_size=10, **_OFF_THE_LINE)
        self.link = boxed(font_color=LINK, underline=1)
        self.figures = {
            style: boxed(font_size=10, **_figure(number_format)) for style, number_format in FIGURES.items()
        }
        self.guard = book.add_format({"bg_color": "#BFBFBF"})
        self.hidden = book.add_format({"font_color": "#FFFFFF", "font_size": 8})
        self.hidden_figure = book.add_format({"font_name": "宋体", "font_size": 9, **faint})
        self.owed = {need: book.add_format({"bg_color": colour}) for need, colour in OWED.items()}
        self.good = book.add_format({"font_color": GOOD})
        self.bad = book.add_format({"font_color": BAD, "bold": True})
        self.bad_cell = book.add_format({"font_color": BAD, "bg_color": "#FFE3E3"})
        self.doubtful = book.add_format({"font_color": "#9C5700"})

    def input(self, field: Field, span: int) -> Any:
        """The unlocked format of an input cell; a figure in a wide cell stays near its label."""
        kind = field.kind
        to_the_right = kind.numeric and span == 1
        key = (kind.number_format, to_the_right, kind.long)
        if key not in self._inputs:
            self._inputs[key] = self._book.add_format(
                {
                    **self._box,
                    "locked": False,
                    "valign": "top" if kind.long else "vcenter",
                    **(_figure if to_the_right else _words)(kind.number_format),
                }
            )
        return self._inputs[key]

    def legend(self, colour: str) -> Any:
        """A box filled with ``colour``."""
        return self._book.add_format({**self._box, "bg_color": colour, "align": "center"})
