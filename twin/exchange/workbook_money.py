"""Sheets of quarters and cash flow: what is paid when, by formulas that add up to the net present cost."""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook

from twin.exchange.cash import cash_flow
from twin.exchange.sheet import FACTOR, TENTH, WHOLE, YEAR, Column, Formula, Sheet, Value, letter
from twin.exchange.tables import quarter_table
from twin.results import Run
from twin.run import load_case

MEUR = 1e6
RATE = "$C$2"
"""Cell of the discount rate on the sheet of quarters."""
GROUPS = {
    "Capital": ("facility", "it", "connection", "site_development"),
    "Operation": ("facility_om", "it_opex", "staff", "heat"),
    "Energy and water": ("energy", "water", "dispatchable", "moved_work"),
    "Rent": ("lease", "nonfirm"),
}
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
NOTES = (
    "Halls, IT and connections count as annuities over their life, as in the plan's objective. What is spent "
    "on delivery is shown for information and not added.",
    "After the plan's last quarter its fleet is paid for as long as the case says (tail).",
    "The starting fleet costs the same whatever is planned and is not in these sums, hosted or owned.",
)
FLEET = {
    "starting_fleet_owned_mw": "starting fleet, owned",
    "starting_fleet_hosted_mw": "starting fleet, hosted",
    "new_halls_mw": "new halls",
    "lease_mw": "rented",
}


@dataclass(frozen=True)
class Money:
    """Where other sheets find money: cells of both sheets."""

    rate: str
    total_meur: str
    lease_meur: str
    mw_years: str


def add_money(book: Workbook, run: Run, footer: str) -> Money:
    """Add both sheets and return the cells, or formulas, of the discount rate and of their totals."""
    flow = cash_flow(run)
    columns, first, last = _quarters(book, run, flow, footer)
    total = _cash_flow(book, run, flow, (columns, first, last), footer)

    def span(head: str) -> str:
        return f"Quarters!{letter(columns, head)}{first}:{letter(columns, head)}{last}"

    lease = f"SUMPRODUCT({span(TITLES['lease'])},{span('discount')})"
    return Money(f"Quarters!{RATE}", total, lease, f"SUMPRODUCT({span('new halls')},{span('discount')})/4")


def _quarters(book: Workbook, run: Run, flow: xr.Dataset, footer: str) -> tuple[list[Column], int, int]:
    """Return the sheet's columns and its first and last row of quarters."""
    sheet = Sheet(book, "Quarters", "Quarters: fleet and money, not discounted", footer, pages_wide=2)
    sheet.put(2, 1, "discount rate, a year")
    sheet.put(2, 3, load_case(str(run.case_file)).horizon.discount_rate, "0.0%")
    terms = [str(term) for term in flow["term"].values]
    columns = [
        Column("quarter"), Column("year", "", YEAR), Column("number", "quarters", YEAR), Column("paid for"),
        Column("wanted", "MW", WHOLE), *(Column(head, "MW", WHOLE, 12) for head in FLEET.values()),
        Column("fleet", "MW", WHOLE), Column("discount", "1", FACTOR),
        *(Column(TITLES.get(term, term), "MEUR", TENTH, 14) for term in terms),
        Column("paid", "MEUR", TENTH, 12), Column("at first quarter", "MEUR", TENTH, 12),
    ]  # fmt: skip
    sheet.head(columns)
    first = sheet.row
    at = {column.head: letter(columns, column.head) for column in columns}
    fleet = quarter_table(run).frame
    for i, quarter in enumerate(flow["quarter"].values):
        row, known = sheet.row, fleet.iloc[min(i, len(fleet) - 1)]
        tail = bool(flow["in_tail"].values[i])
        paid: list[Value] = [float(eur) / MEUR for eur in flow["eur"].values[i]]
        one, other = at[TITLES.get(terms[0], terms[0])], at[TITLES.get(terms[-1], terms[-1])]
        sheet.line(columns, [
            str(quarter), int(flow["year"].values[i]), i, "last fleet, tail" if tail else "plan",
            None if tail else float(known["path_mw"]), *(float(known[name]) for name in FLEET),
            Formula(f"=SUM({at['starting fleet, owned']}{row}:{at['rented']}{row})"),
            Formula(f"=(1+{RATE})^(-{at['number']}{row}/4)"), *paid,
            Formula(f"=SUM({one}{row}:{other}{row})"), Formula(f"={at['paid']}{row}*{at['discount']}{row}"),
        ])  # fmt: skip
    last = sheet.row - 1
    summed = [*(TITLES.get(term, term) for term in terms), "paid", "at first quarter"]
    sheet.total(columns, [
        "total", *(Formula(f"=SUM({at[c.head]}{first}:{at[c.head]}{last})") if c.head in summed else None
                   for c in columns[1:]),
    ])  # fmt: skip
    return columns, first, last


def _cash_flow(
    book: Workbook, run: Run, flow: xr.Dataset, quarters: tuple[list[Column], int, int], footer: str
) -> str:
    """Return the cell of the net present cost."""
    sheet = Sheet(book, "Cash flow", "Cash flow by calendar year", footer)
    years = sorted({int(year) for year in flow["year"].values})
    columns = [Column("MEUR", width=42), *(Column(str(year), "", TENTH, 11) for year in years),
               Column("total", "", TENTH, 12)]  # fmt: skip
    numbered = sheet.row
    sheet.head(columns)
    end, right = get_column_letter(len(years) + 1), get_column_letter(len(columns))

    def across(title: str, cells: list[Value], bold: bool = False) -> int:
        row = sheet.row
        whole = Formula(f"=SUM(B{row}:{end}{row})")
        return (sheet.total if bold else sheet.line)(columns, [title, *cells, whole])

    def of_quarters(head: str) -> list[Value]:
        source, first, last = quarters
        year, column = letter(source, "year"), letter(source, head)
        return [
            Formula(
                f"=SUMIFS(Quarters!${column}${first}:${column}${last},"
                f"Quarters!${year}${first}:${year}${last},{get_column_letter(i)}${numbered})"
            )
            for i in range(2, len(years) + 2)
        ]

    subtotals = []
    for group, terms in _grouped([str(term) for term in flow["term"].values]).items():
        begin = sheet.row
        for term in terms:
            across(TITLES.get(term, term), of_quarters(TITLES.get(term, term)))
        named = [Formula(f"=SUM({get_column_letter(i)}{begin}:{get_column_letter(i)}{sheet.row - 1})")
                 for i in range(2, len(years) + 2)]  # fmt: skip
        subtotals.append(across(group, list(named), bold=True))
    added = [Formula("=" + "+".join(f"{get_column_letter(i)}{row}" for row in subtotals))
             for i in range(2, len(years) + 2)]  # fmt: skip
    across("Paid in the year", list(added), bold=True)
    present = across("At the first quarter's value", of_quarters("at first quarter"), bold=True)
    _memo(sheet, run, columns, years)
    return f"'Cash flow'!{right}{present}"


def _memo(sheet: Sheet, run: Run, columns: list[Column], years: list[int]) -> None:
    spent = run.plan["capex_eur_per_year"]
    by_year = {int(y): float(eur) / MEUR for y, eur in zip(spent["year"].values, spent.values, strict=True)}
    sheet.row += 1
    row = sheet.row
    end = get_column_letter(len(years) + 1)
    whole = Formula(f"=SUM(B{row}:{end}{row})")
    cells = [by_year.get(year) for year in years]
    sheet.line(columns, ["For information: capital spent", *cells, whole])
    for text in NOTES:
        sheet.note(text)


def _grouped(terms: list[str]) -> dict[str, list[str]]:
    """Return the terms by group, in the plan's order; those of no group stand under Other."""
    found = {group: [term for term in terms if term in members] for group, members in GROUPS.items()}
    known = {term for members in GROUPS.values() for term in members}
    other = [term for term in terms if term not in known]
    return {group: members for group, members in (found | {"Other": other}).items() if members}
