"""The sheet of cash flow: calendar years across, cost terms down, all by formulas over the quarters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook

from twin.exchange.cash import cash_flow
from twin.exchange.sheet import TENTH, Column, Formula, Sheet, Value
from twin.exchange.workbook_quarters import MEUR, PRESENT, RATE, Quarters, add_quarters, title
from twin.results import Run

GROUPS = {
    "Capital": ("facility", "it", "connection", "site_development"),
    "Operation": ("facility_om", "it_opex", "staff", "heat"),
    "Energy and water": ("energy", "water", "dispatchable", "moved_work"),
    "Rent": ("lease", "nonfirm"),
}
NOTES = (
    "Halls, IT and connections count as annuities over their life, as in the plan's objective. What is spent "
    "on delivery is shown for information and not added.",
    "After the plan's last quarter its fleet is paid for as long as the case says (tail).",
    "The starting fleet costs the same whatever is planned and is not in these sums, hosted or owned.",
)


@dataclass(frozen=True)
class Money:
    """Where other sheets find money: cells and formulas over both sheets."""

    rate: str
    total_meur: str
    lease_meur: str
    mw_years: str


def add_money(book: Workbook, run: Run, footer: str) -> Money:
    """Add the sheets of quarters and of cash flow; return where rate and totals stand."""
    flow = cash_flow(run)
    quarters = add_quarters(book, run, flow, footer)
    sheet = _Years(book, quarters, sorted({int(year) for year in flow["year"].values}), footer)
    subtotals = []
    for group, terms in _grouped([str(term) for term in flow["term"].values]).items():
        rows = [sheet.of_quarters(title(term), title(term)) for term in terms]
        subtotals.append(sheet.added(group, rows))
    sheet.added("Paid in the year", subtotals)
    total = sheet.of_quarters("At the first quarter's value", PRESENT, bold=True)
    sheet.memo(run)
    lease, built, worth = (quarters.span(head) for head in (title("lease"), "new halls", "discount"))
    return Money(
        rate=f"Quarters!{RATE}",
        total_meur=f"'Cash flow'!{sheet.whole}{total}",
        lease_meur=f"SUMPRODUCT({lease},{worth})",
        mw_years=f"SUMPRODUCT({built},{worth})/4",
    )


class _Years:
    """The sheet, filled line by line; each method that writes a line returns its row."""

    def __init__(self, book: Workbook, quarters: Quarters, years: list[int], footer: str) -> None:
        self.quarters, self.years = quarters, years
        self.sheet = Sheet(book, "Cash flow", "Cash flow by calendar year", footer)
        self.columns = [Column("MEUR", width=42), *(Column(str(year), "", TENTH, 11) for year in years),
                        Column("total", "", TENTH, 12)]  # fmt: skip
        self.heads = self.sheet.row
        self.sheet.head(self.columns)
        self.letters = [get_column_letter(i) for i in range(2, len(years) + 2)]
        self.whole = get_column_letter(len(self.columns))

    def line(self, name: str, cell: Callable[[str], Value], *, bold: bool = False) -> int:
        """Write a line whose cells ``cell`` makes by the letter of their column, and their sum."""
        row = self.sheet.row
        total = Formula(f"=SUM({self.letters[0]}{row}:{self.letters[-1]}{row})")
        cells = [cell(each) for each in self.letters]
        return (self.sheet.total if bold else self.sheet.line)(self.columns, [name, *cells, total])

    def of_quarters(self, name: str, head: str, *, bold: bool = False) -> int:
        """Write the yearly sums of a column of the quarters."""
        values, years = self.quarters.span(head), self.quarters.span("year")
        return self.line(name, lambda at: Formula(f"=SUMIFS({values},{years},{at}${self.heads})"), bold=bold)

    def added(self, name: str, rows: list[int]) -> int:
        """Write the sum of some lines."""
        return self.line(name, lambda at: Formula("=" + "+".join(f"{at}{row}" for row in rows)), bold=True)

    def memo(self, run: Run) -> None:
        """Write what is spent on delivery, which the sums do not hold, and the notes."""
        spent = run.plan["capex_eur_per_year"]
        told = {int(y): float(eur) / MEUR for y, eur in zip(spent["year"].values, spent.values, strict=True)}
        by_letter = dict(zip(self.letters, (told.get(year) for year in self.years), strict=True))
        self.sheet.row += 1
        self.line("For information: capital spent", by_letter.__getitem__)
        for text in NOTES:
            self.sheet.note(text)


def _grouped(terms: list[str]) -> dict[str, list[str]]:
    """Return the terms by group, in the plan's order; those of no group stand under Other."""
    found = {group: [term for term in terms if term in members] for group, members in GROUPS.items()}
    known = {term for members in GROUPS.values() for term in members}
    other = [term for term in terms if term not in known]
    return {group: members for group, members in (found | {"Other": other}).items() if members}
