"""One worksheet as a finance team expects it: units in the header, frozen, formatted, ready to print."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from twin.exchange.text import clean

Value = str | float | int | bool | None
WHOLE, TENTH, CENT = '#,##0;-#,##0;"–"', "#,##0.0", "#,##0.00"
SHARE, FACTOR, YEAR, PLAIN = "0.0%", "0.0000", "0", "General"
INPUT, NOTED, RULE = "1F4E9E", "595959", Side(style="thin", color="7F7F7F")
HEAD, MARKED = PatternFill("solid", fgColor="DCE6F1"), PatternFill("solid", fgColor="FFF2CC")
FONT, SIZE, WIDEST, LINE_POINTS = "Calibri", 11, 60, 15


class Formula(str):
    """Text that the workbook shall compute; every other text stays text, whatever it begins with."""


@dataclass(frozen=True)
class Column:
    """Head of a column, its unit (empty for text), number format, and width in characters (0: by content)."""

    head: str
    unit: str = ""
    form: str = PLAIN
    width: int = 0

    @property
    def title(self) -> str:
        """What stands in the head."""
        return f"{self.head}\n{self.unit}" if self.unit else self.head

    @property
    def wide(self) -> int:
        """Width in characters, with room for a filter's button and the indent."""
        return self.width or min(max(*map(len, self.title.split("\n")), 7) + 3, WIDEST)

    @property
    def lines(self) -> int:
        """Lines that the head takes when it wraps at words."""
        return sum(len(textwrap.wrap(part, max(self.wide - 3, 1))) for part in self.title.split("\n"))


class Sheet:
    """A worksheet that is filled from the top; ``row`` is the next free row."""

    def __init__(self, book: Workbook, name: str, title: str, footer: str, pages_wide: int = 1) -> None:
        self.sheet: Worksheet = book.create_sheet(name)
        self.row = 1
        self.put(1, 1, title).font = font(bold=True, size=14)
        self.row = 3
        setup = self.sheet.page_setup
        setup.orientation, setup.paperSize = "landscape", 9
        setup.fitToWidth, setup.fitToHeight = pages_wide, 0
        self.sheet.sheet_properties.pageSetUpPr.fitToPage = True
        self.sheet.oddFooter.left.text = clean(footer).replace("&", "&&")
        self.sheet.oddFooter.right.text = "&P / &N"
        self.sheet.sheet_view.showGridLines = False

    def put(self, row: int, column: int, value: Value, form: str = PLAIN) -> Cell:
        """Write one cell: a :class:`Formula` is computed, a number is blue, text never runs."""
        if isinstance(value, str) and not isinstance(value, Formula):
            value = clean(value)
        cell = self.sheet.cell(row, column, value)
        assert isinstance(cell, Cell)  # nothing is merged
        cell.number_format = form
        if isinstance(value, str) and not isinstance(value, Formula):
            cell.data_type, cell.quotePrefix = "s", True
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            cell.font = font(color=INPUT)
        return cell

    def head(self, columns: Sequence[Column], freeze: int = 1) -> None:
        """Write the heads of columns; they and the first ``freeze`` columns stay in sight and in print."""
        for number, column in enumerate(columns, start=1):
            title = column.title
            cell = self.put(self.row, number, int(title) if title.isdigit() else title)
            cell.font, cell.fill = font(bold=True), HEAD
            side = "left" if column.form == PLAIN else "right"
            cell.alignment = Alignment(horizontal=side, vertical="bottom", wrap_text=True, indent=1)
            cell.border = Border(bottom=RULE)
            self.sheet.column_dimensions[get_column_letter(number)].width = column.wide
        self.sheet.row_dimensions[self.row].height = LINE_POINTS * max(column.lines for column in columns)
        self.sheet.print_title_rows = f"{self.row}:{self.row}"
        self.sheet.print_title_cols = f"A:{get_column_letter(freeze)}"
        self.row += 1
        self.sheet.freeze_panes = f"{get_column_letter(freeze + 1)}{self.row}"

    def line(self, columns: Sequence[Column], values: Sequence[Value]) -> int:
        """Write one row under its columns and return its number; long text wraps and makes room for it."""
        lines = 1
        for number, (column, value) in enumerate(zip(columns, values, strict=True), start=1):
            cell = self.put(self.row, number, value, column.form)
            wraps = column.form == PLAIN and column.width >= WIDEST
            side = "left" if cell.data_type == "s" else "right"
            cell.alignment = Alignment(horizontal=side, vertical="top", wrap_text=wraps, indent=1)
            lines = max(lines, -(-len(str(value or "")) // WIDEST) if wraps else 1)
        if lines > 1:
            self.sheet.row_dimensions[self.row].height = LINE_POINTS * lines
        self.row += 1
        return self.row - 1

    def total(self, columns: Sequence[Column], values: Sequence[Value]) -> int:
        """Write a row of totals: bold under a rule."""
        row = self.line(columns, values)
        for number in range(1, len(values) + 1):
            cell = self.sheet.cell(row, number)
            cell.font, cell.border = font(bold=True), Border(top=RULE)
        return row

    def note(self, text: str) -> None:
        """Write a line of explanation."""
        self.put(self.row, 1, text).font = font(italic=True, color=NOTED)
        self.row += 1


def font(*, bold: bool = False, italic: bool = False, size: int = SIZE, color: str | None = None) -> Font:
    """Return the workbook's font; one without a name falls back on another face in some programs."""
    return Font(name=FONT, size=size, bold=bold, italic=italic, color=color)


def letter(columns: Sequence[Column], head: str) -> str:
    """Return the letter of the column with that head."""
    return str(get_column_letter([column.head for column in columns].index(head) + 1))
