"""A plan as a workbook: summary, sites, quarters, cash flow and the assumptions behind them."""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.styles import Alignment
from openpyxl.workbook import Workbook

from twin.exchange.assumptions import assumption_table
from twin.exchange.sheet import (
    CENT,
    FACTOR,
    MARKED,
    PLAIN,
    SHARE,
    TENTH,
    WHOLE,
    WIDEST,
    Column,
    Formula,
    Sheet,
    Value,
    font,
    letter,
)
from twin.exchange.tables import plain_site_rows
from twin.exchange.workbook_cash import Money, add_money
from twin.exchange.workbook_quarters import MEUR
from twin.export.rows import SiteRow
from twin.results import Run
from twin.spreadsheet import xlsx_bytes

LEGEND = (
    "Blue: figures of the plan. Black: formulas. † or a yellow cell: no public source confirms the figure.",
    "Yearly figures are those of the last quarter's fleet.",
)


def workbook_bytes(run: Run) -> bytes:
    """Return the workbook. Raises BadInput when a model that the case names is no longer there."""
    book = Workbook()
    book.remove(book.worksheets[0])
    footer = f"{run.manifest['case']}, run {run.manifest['run']}"
    summary = Sheet(book, "Summary", f"Plan {run.manifest['case']}", footer)
    totals = _sites(book, run, footer)
    money = add_money(book, run, footer)
    _summary(summary, run, totals, money)
    _reasons(book, plain_site_rows(run), footer)
    _assumptions(book, run, footer)
    book.calculation.fullCalcOnLoad = True
    return xlsx_bytes(book)


def _summary(sheet: Sheet, run: Run, sites: dict[str, str], money: Money) -> None:
    columns = [Column("figure", width=44), Column("value", "", TENTH, 24), Column("unit", width=18),
               Column("what it is", width=WIDEST)]  # fmt: skip
    sheet.head(columns)
    rows = _summary_rows(run, sites, money)
    cells = {name: f"B{sheet.row + i}" for i, (name, *_) in enumerate(rows)}
    for name, value, unit, form, text in rows:
        put = Formula(value.format_map(cells)) if isinstance(value, Formula) else value
        row = sheet.line(columns, [name, put, unit, text])
        sheet.sheet.cell(row, 2).number_format = form
        sheet.sheet.cell(row, 2).alignment = Alignment(horizontal="right", indent=1)
        if value is None:
            sheet.sheet.cell(row, 1).font = font(bold=True)
    sheet.row += 1
    for line in LEGEND:
        sheet.note(line)


def _summary_rows(run: Run, sites: dict[str, str], money: Money) -> list[tuple[str, Value, str, str, str]]:
    """Return name, value, unit, number format and explanation; formulas name other rows in braces."""
    told = run.manifest
    gap = "proven" if told["gap_is_proven"] else "estimated against the supply options on offer"
    own = f"({{Net present cost}}-{money.lease_meur})/({money.mw_years})"
    return [
        ("Case", str(told["case"]), "", PLAIN, f"planned {told['created']}"),
        ("Run", str(told["run"]), "", PLAIN, "digest of the case, models, data and code"),
        ("Hours", str(told["energy_grid"]), "", PLAIN, "prices, carbon, wind and PV of the year"),
        ("Megawatts", None, "", PLAIN, ""),
        ("New halls", Formula(f"={sites['mw']}"), "MW of IT", WHOLE, "at the end of the last quarter"),
        ("Owned, with the starting fleet", float(told["mw_it_final"]), "MW of IT", WHOLE, ""),
        ("Money", None, "", PLAIN, ""),
        ("Discount rate", Formula(f"={money.rate}"), "a year", SHARE, "real"),
        ("Net present cost", Formula(f"={money.total_meur}"), "MEUR", TENTH, "sum of the cash flow"),
        ("As the plan states it", float(told["objective_eur"]) / MEUR, "MEUR", TENTH, ""),
        ("Difference", Formula("={Net present cost}-{As the plan states it}"), "MEUR", CENT,
         "0: the sheets hold the whole plan"),
        ("Proven bound", float(told["bound_eur"]) / MEUR, "MEUR", TENTH, "no plan costs less"),
        ("Gap", Formula("=1-{Proven bound}/{As the plan states it}"), "", "0.00%", gap),
        ("Capital spent", Formula(f"={sites['capex']}"), "MEUR", TENTH, "halls, IT, connections, batteries"),
        ("Cost of own compute", Formula(f"={own}"), "MEUR/MW a", CENT,
         "all but rent, over discounted megawatt-years of new halls"),
        ("Energy", None, "", PLAIN, ""),
        ("Use", Formula(f"={sites['energy']}/10^6"), "TWh/a", CENT, ""),
        ("All-in price", Formula(f"={sites['price']}"), "EUR/MWh", TENTH,
         "energy, contracts, network, taxes, storage"),
        ("Carbon", Formula(f"={sites['carbon']}"), "kt/a", TENTH, "life cycle"),
        ("Carbon intensity", Formula("=IF({Use}=0,0,{Carbon}/{Use})"), "g/kWh", TENTH, ""),
        ("Hourly carbon-free share", float(told["cfe_hourly"]), "of use", SHARE, ""),
        ("Certificate, largest violation", float(told["max_violation"]), "relative", "0.0E+00",
         "by twin check"),
    ]  # fmt: skip


def _sites(book: Workbook, run: Run, footer: str) -> dict[str, str]:
    """Add the sheet of sites and return the cells of its totals."""
    rows = plain_site_rows(run)
    years = sorted({year for row in rows for year in row.mw_it_by_year})
    sheet = Sheet(book, "Sites", "Sites, chosen first", footer)
    columns = _site_columns(years)
    sheet.head(columns)
    first = sheet.row
    for row in rows:
        number = sheet.line(columns, _site_values(run, row, years, columns, sheet.row))
        if row.doubtful:
            sheet.sheet.cell(number, 1).fill = MARKED
    last = sheet.row - 1
    at = {column.head: letter(columns, column.head) for column in columns}
    summed = {*(f"MW {year}" for year in years), "capital", "use", "energy bill", "carbon"}
    end = sheet.row
    weighted = {
        "all-in price": f"=IF({at['use']}{end}=0,0,{at['energy bill']}{end}*10^6/{at['use']}{end})",
        "carbon intensity": f"=IF({at['use']}{end}=0,0,{at['carbon']}{end}*10^6/{at['use']}{end})",
    }
    sheet.total(columns, [
        "total",
        *(Formula(f"=SUM({at[c.head]}{first}:{at[c.head]}{last})") if c.head in summed
          else Formula(weighted[c.head]) if c.head in weighted else None for c in columns[1:]),
    ])  # fmt: skip
    heads = {"mw": f"MW {years[-1]}", "capex": "capital", "energy": "use", "price": "all-in price",
             "carbon": "carbon"}  # fmt: skip
    return {key: f"Sites!{at[head]}{end}" for key, head in heads.items()}


def _site_columns(years: Sequence[str]) -> list[Column]:
    return [
        Column("site", width=12), Column("name", width=38), Column("zone"), Column("law"),
        Column("first power"), Column("tier"),
        *(Column(f"MW {year}", "MW of IT", WHOLE) for year in years),
        Column("capital", "MEUR", TENTH), Column("use", "MWh/a", WHOLE, 12),
        Column("all-in price", "EUR/MWh", TENTH), Column("energy bill", "MEUR/a", TENTH),
        Column("carbon intensity", "g/kWh", TENTH), Column("carbon", "kt/a", TENTH),
        Column("hourly CFE", "1", SHARE), Column("PUE", "1", FACTOR), Column("WUE", "L/kWh", CENT),
        Column("hall", width=20), Column("energy mix", "per MW of IT", width=50),
    ]  # fmt: skip


def _site_values(
    run: Run, row: SiteRow, years: Sequence[str], columns: Sequence[Column], number: int
) -> list[Value]:
    use, price, intensity = (f"{letter(columns, head)}{number}" for head in ("use", "all-in price",
                                                                             "carbon intensity"))  # fmt: skip
    built = row.chosen
    energy = float(run.plan["energy_mwh_per_year"].sel(site=row.site))
    return [
        row.label, row.title, row.zone, row.sovereignty_class,
        row.first_quarter, row.tier, *(row.mw_it_by_year.get(year, 0.0) for year in years),
        row.capex_meur, energy if built else None, row.eur_per_mwh,
        Formula(f"={use}*{price}/10^6") if built else None, row.carbon_g_per_kwh,
        Formula(f"={use}*{intensity}/10^6") if built else None,
        row.cfe_hourly, row.pue, row.wue_l_per_kwh, row.design, row.energy_mix,
    ]  # fmt: skip


def _reasons(book: Workbook, rows: Sequence[SiteRow], footer: str) -> None:
    """Add the sheet that says of every site why it was chosen or not, and what nobody confirms."""
    sheet = Sheet(book, "Reasons", "Why sites were chosen or not", footer)
    columns = [Column("site", width=12), Column("name", width=38), Column("latitude", "°N", CENT),
               Column("longitude", "°E", CENT), Column("why", width=WIDEST),
               Column("figures that no public source confirms", width=WIDEST)]  # fmt: skip
    sheet.head(columns)
    for row in rows:
        values: list[Value] = [row.label, row.title, row.lat, row.lon, row.reason, row.unconfirmed]
        number = sheet.line(columns, values)
        if row.doubtful:
            sheet.sheet.cell(number, 1).fill = MARKED


def _assumptions(book: Workbook, run: Run, footer: str) -> None:
    sheet = Sheet(book, "Assumptions", "Assumptions: case, costs, fleet, halls, sites chosen", footer)
    columns = [Column("model", width=28), Column("figure", width=34), Column("value", width=16),
               Column("unit", width=12), Column("confidence", width=14), Column("source", width=WIDEST),
               Column("note", width=WIDEST)]  # fmt: skip
    sheet.head(columns, freeze=2)
    first = sheet.row
    for row in assumption_table(run).frame.itertuples(index=False):
        number = sheet.line(columns, list(row))
        if row.confidence == "unconfirmed":
            sheet.put(number, 5, "unconfirmed †").fill = MARKED
    sheet.sheet.auto_filter.ref = f"A{first - 1}:G{sheet.row - 1}"
