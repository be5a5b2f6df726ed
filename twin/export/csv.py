"""The site table as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from twin.export.rows import COLUMNS, SiteRow

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula; wide signs do in East Asian versions."""


def csv_text(rows: Sequence[SiteRow]) -> str:
    """Return the rows as CSV text with one ``mw_it_YYYY`` column per year.

    Text that a spreadsheet would run as a formula gets a leading apostrophe.
    """
    years = sorted({year for row in rows for year in row.mw_it_by_year})
    columns = [name for name in COLUMNS if name != "mw_it_by_year"]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*columns, *(f"mw_it_{year}" for year in years)])
    for row in rows:
        values = [getattr(row, name) for name in columns]
        writer.writerow(
            [_cell(value) for value in [*values, *(row.mw_it_by_year.get(year) for year in years)]]
        )
    return out.getvalue()


def harmless(value: Any) -> Any:
    """Return a cell that no spreadsheet runs, nor takes for two rows; what is no text stays as it is.

    An apostrophe stands before text that would run. A bare carriage return, which the csv module does not
    quote, becomes a blank.
    """
    if not isinstance(value, str):
        return value
    kept = value.replace("\r", " ")
    return f"'{kept}" if value.startswith(FORMULA_STARTS) else kept


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    value = harmless(value)
    return round(value, 6) if isinstance(value, float) else value
