"""The report under Delegated Regulation (EU) 2024/1364 as CSV or as a workbook."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from twin.console import visible
from twin.errors import BadInput, Fault
from twin.export.csv import harmless
from twin.operation.eed import Line
from twin.operation.verdicts import Verdict
from twin.spreadsheet import xlsx_bytes
from twin.wholefile import write_whole

HEADER = ("site", "annex", "symbol", "indicator", "unit", "value", "basis")
RULES_HEADER = ("site", "rule", "title", "status", "rule set", "binds", "metric", "value", "sense",
                "threshold", "margin", "verdict", "note")  # fmt: skip
Cell = str | float | None
LONGEST_TAB = 28
"""Characters of a sheet's name: Excel takes 31, and a number may follow."""
_NO_TAB = re.compile(r"[\\*?:/\[\]\n\t]")


def write_eed(
    lines: Mapping[str, Sequence[Line]], rules: Mapping[str, Sequence[Verdict]], path: Path
) -> Path:
    """Write the report of every site, whole or not at all, as ``.csv`` or ``.xlsx``; returns ``path``.

    Raises BadInput for another ending.
    """
    if path.suffix == ".csv":
        content = eed_csv(lines).encode()
    elif path.suffix == ".xlsx":
        content = eed_workbook(lines, rules)
    else:
        raise BadInput(Fault("twin indicators", "--eed", str(path), "a file ending in .csv or .xlsx"))
    write_whole(path, content)
    return path


def eed_csv(lines: Mapping[str, Sequence[Line]]) -> str:
    """Return one row per site and indicator; empty values are the operator's to supply."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows([_plain(cell) for cell in row] for row in _rows(lines))
    return out.getvalue()


def eed_workbook(lines: Mapping[str, Sequence[Line]], rules: Mapping[str, Sequence[Verdict]]) -> bytes:
    """Return a workbook: indicators with one column a site, a sheet a site with the basis, verdicts."""
    book = Workbook()
    first = book.active
    assert isinstance(first, Worksheet)
    first.title = "all sites"
    sites = list(lines)
    table = [
        [each[0].annex, each[0].symbol, each[0].name, each[0].unit, *(line.value for line in each)]
        for each in zip(*lines.values(), strict=True)
    ]
    _fill(first, ["annex", "symbol", "indicator", "unit", *sites], table)
    for site, own in lines.items():
        rows: list[Sequence[Cell]] = [_cells(line) for line in own]
        _fill(book.create_sheet(_tab(site)), HEADER[1:], rows)
    found = [_verdict(verdict) for each in rules.values() for verdict in each]
    _fill(book.create_sheet("verdicts"), RULES_HEADER, found)
    return xlsx_bytes(book)


def _tab(name: str) -> str:
    """Return a name as a sheet may bear it; openpyxl numbers those that are the same."""
    return _NO_TAB.sub("-", visible(name))[:LONGEST_TAB].strip("'") or "-"


def _fill(sheet: Worksheet, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    for number, row in enumerate([list(header), *rows], start=1):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(number, column, visible(value) if isinstance(value, str) else value)
            assert isinstance(cell, SheetCell)  # nothing is merged
            if isinstance(value, str):
                cell.data_type = "s"  # text stays text, whatever it begins with
            elif isinstance(value, float):
                cell.number_format = "#,##0" if abs(value) >= 1000 or value == 0 else "0.0000"
    for head in sheet[1]:
        head.font = Font(bold=True)
    for column, name in enumerate(header, start=1):
        longest = max([len(str(name)), *(len(_shown(row[column - 1])) for row in rows)], default=8)
        sheet.column_dimensions[get_column_letter(column)].width = min(longest + 2, 60)
    sheet.freeze_panes = "A2"


def _shown(value: Cell) -> str:
    return f"{value:,.0f}" if isinstance(value, float) else str(value or "")


def _rows(lines: Mapping[str, Sequence[Line]]) -> list[list[Cell]]:
    return [[site, *_cells(line)] for site, own in lines.items() for line in own]


def _cells(line: Line) -> list[Cell]:
    return [line.annex, line.symbol, line.name, line.unit, line.value, line.basis]


def _verdict(one: Verdict) -> list[Cell]:
    return [
        one.site, one.rule, one.title, one.status, one.rule_set, "yes" if one.binds else "no", one.metric,
        one.value, one.sense, one.threshold, one.margin, one.verdict, one.note,
    ]  # fmt: skip


def _plain(value: Cell) -> Cell:
    if value is None:
        return ""
    return round(value, 6) if isinstance(value, float) else harmless(value)
