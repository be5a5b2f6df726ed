"""The sheet of quarters: the fleet, and what each quarter pays by cost term, undiscounted and discounted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import xarray as xr
from openpyxl.workbook import Workbook

from twin.exchange.sheet import FACTOR, TENTH, WHOLE, YEAR, Column, Formula, Sheet, Value, letter
from twin.exchange.tables import quarter_table
from twin.inputs import load_case
from twin.results import Run

MEUR = 1e6
RATE = "$C$2"
"""Cell of the discount rate on the sheet."""
PRESENT = "at first quarter"
TITLES = {
    "facility": "Halls: shell, power, cooling", "it": "GPUs, servers, network",
    "connection": "Grid connection",
    "site_development": "Development of sites", "facility_om": "Upkeep of halls",
    "it_opex": "Support and spares of IT", "staff": "Staff", "heat": "Heat recovery less sales",
    "energy": "Energy: market, contracts, network, taxes", "water": "Water", "lease": "Rented GPUs",
    "dispatchable": "Generation that rules ask for", "moved_work": "Work moved between sites",
    "nonfirm": "Rent for hours cut",
}  # fmt: skip
"""Cost terms of a plan in words."""
FLEET = {
    "starting_fleet_owned_mw": "starting fleet, owned",
    "starting_fleet_hosted_mw": "starting fleet, hosted",
    "new_halls_mw": "new halls",
    "lease_mw": "rented",
}


@dataclass(frozen=True)
class Quarters:
    """The sheet's columns, and its first and last row of quarters."""

    columns: list[Column]
    first: int
    last: int

    def span(self, head: str) -> str:
        """Return the cells of a column, as other sheets refer to them."""
        column = letter(self.columns, head)
        return f"Quarters!${column}${self.first}:${column}${self.last}"


def title(term: str) -> str:
    """Return a cost term in words."""
    return TITLES.get(term, term)


def add_quarters(book: Workbook, run: Run, flow: xr.Dataset, footer: str) -> Quarters:
    """Add the sheet; ``flow`` is the run's cash flow."""
    sheet = Sheet(book, "Quarters", "Quarters: fleet and money, not discounted", footer, pages_wide=2)
    sheet.put(2, 1, "discount rate, a year")
    sheet.put(2, 3, load_case(str(run.case_file)).horizon.discount_rate, "0.0%")
    terms = [str(term) for term in flow["term"].values]
    columns = _columns(terms)
    sheet.head(columns)
    first = sheet.row
    fleet = quarter_table(run).frame
    for i in range(flow.sizes["quarter"]):
        known = fleet.iloc[min(i, len(fleet) - 1)]
        at = {column.head: f"{letter(columns, column.head)}{sheet.row}" for column in columns}
        sheet.line(columns, _line(flow.isel(quarter=i), known, i, at))
    found = Quarters(columns, first, sheet.row - 1)
    summed = [*map(title, terms), "paid", PRESENT]
    totals = [Formula(f"=SUM({found.span(c.head).split('!')[1]})") if c.head in summed else None
              for c in columns[1:]]  # fmt: skip
    sheet.total(columns, ["total", *totals])
    return found


def _columns(terms: list[str]) -> list[Column]:
    return [
        Column("quarter"), Column("year", "", YEAR), Column("number", "quarters", YEAR), Column("paid for"),
        Column("wanted", "MW", WHOLE), *(Column(head, "MW", WHOLE, 12) for head in FLEET.values()),
        Column("fleet", "MW", WHOLE), Column("discount", "1", FACTOR),
        *(Column(title(term), "MEUR", TENTH, 14) for term in terms),
        Column("paid", "MEUR", TENTH, 12), Column(PRESENT, "MEUR", TENTH, 12),
    ]  # fmt: skip


def _line(flow: xr.Dataset, known: pd.Series[float], number: int, at: Mapping[str, str]) -> list[Value]:
    """Return the cells of one quarter, ``at`` by head; the fleet of the tail is the last one."""
    terms = [str(term) for term in flow["term"].values]
    tail = bool(flow["in_tail"])
    heads = list(FLEET.values())
    return [
        str(flow["quarter"].item()), int(flow["year"]), number, "last fleet, tail" if tail else "plan",
        None if tail else float(known["path_mw"]), *(float(known[name]) for name in FLEET),
        Formula(f"=SUM({at[heads[0]]}:{at[heads[-1]]})"), Formula(f"=(1+{RATE})^(-{at['number']}/4)"),
        *(float(eur) / MEUR for eur in flow["eur"].values),
        Formula(f"=SUM({at[title(terms[0])]}:{at[title(terms[-1])]})"),
        Formula(f"={at['paid']}*{at['discount']}"),
    ]  # fmt: skip
