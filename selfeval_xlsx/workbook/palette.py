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
HEAD = "#1F4E79"


def _figure(number_format: str) -> dict[str, object]:
    """At the right, off the line by a blank in the format: LibreOffice indents only some of such cells."""
    return {"num_format": f"{number_format}_ ", "align": "right"}


def _words(number_format: str) -> dict[str, object]:
    return {"num_format": number_format, "align": "left", **_OFF_THE_LINE}


class Palette:
    """Formats of one workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._inputs: dict[tuple[str, bool, bool], Any] = {}
        base = {"font_name": "宋体", "font_size": 11, "valign": "vcenter", "text_wrap": True}
        box = {**base, "border": 1, "border_color": LINE}
        self._box = box
        self.sheet_title = book.add_format(
            {
                **base,
                "font_name": "黑体",
                "font_size": 16,
                "align": "center",
                "font_color": HEAD,
                "text_wrap": False,
            }
        )
        self.guidance = book.add_format(
            {**base, "font_size": 10, "font_color": "#595959", "text_wrap": False}
        )
        self.count_of_wrong = book.add_format(
            {**base, "font_color": "#2E7D32", "align": "right", "text_wrap": False}
        )
        self.block_title = book.add_format(
            {**base, "font_name": "黑体", "font_size": 12, "font_color": HEAD, "bottom": 2, "bottom_color": HEAD,
             "text_wrap": False}
        )  # fmt: skip
        self.block_note = book.add_format(
            {**base, "font_size": 9, "font_color": "#595959", "bottom": 2, "bottom_color": HEAD, "align": "right",
             "text_wrap": False}
        )  # fmt: skip
        self.edition = book.add_format({**base, "font_size": 9, "font_color": "#595959", "align": "right"})
        self.head = book.add_format({**box, "font_name": "黑体", "bg_color": "#D9E2EC", "align": "center"})
        self.label = book.add_format({**box, "bg_color": "#F2F2F2", **_OFF_THE_LINE})
        self.number_label = book.add_format({**box, "bg_color": "#F2F2F2", "align": "center"})
        self.note = book.add_format({**base, "font_size": 9, "font_color": "#595959", "indent": 1})
        self.guard = book.add_format({"bg_color": "#BFBFBF"})
        self.check = book.add_format({**base, "font_size": 10, "indent": 1})
        self.paragraph = book.add_format(base)
        self.paragraph_boxed = book.add_format({**box, "font_size": 10, **_OFF_THE_LINE})
        self.link = book.add_format({**box, "font_color": "#0563C1", "underline": 1})
        self.hidden = book.add_format({"font_color": "#FFFFFF", "font_size": 8})
        self.amount = book.add_format({**box, "font_size": 10, **_figure("#,##0.00")})
        self.rate = book.add_format({**box, "font_size": 10, **_figure("0.00%")})
        self.count = book.add_format({**box, "font_size": 10, **_figure("0")})
        self.points = book.add_format({**box, "font_size": 10, **_figure("0.##")})
        self.hidden_figure = book.add_format({"font_name": "宋体", "font_size": 9, "font_color": "#7F7F7F"})
        self.owed = {need: book.add_format({"bg_color": colour}) for need, colour in OWED.items()}
        self.set_apart = book.add_format(
            {**base, "font_size": 10, "font_color": "#0563C1", "bg_color": "#EDEDED", "align": "center",
             "text_wrap": False}
        )  # fmt: skip
        self.optional_title = book.add_format(
            {**base, "font_name": "黑体", "font_size": 12, "font_color": "#7F7F7F", "bottom": 2,
             "bottom_color": "#BFBFBF", "text_wrap": False}
        )  # fmt: skip
        self.optional_note = book.add_format(
            {**base, "font_size": 9, "font_color": "#7F7F7F", "bottom": 2, "bottom_color": "#BFBFBF",
             "align": "right", "text_wrap": False}
        )  # fmt: skip
        self.good = book.add_format({"font_color": "#2E7D32"})
        self.bad = book.add_format({"font_color": "#C00000", "bold": True})
        self.bad_cell = book.add_format({"font_color": "#C00000", "bg_color": "#FFE3E3"})
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
