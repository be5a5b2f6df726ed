from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import formulas
import numpy as np
import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from tests.exchange.conftest import HOSTILE
from twin.exchange.assumptions import assumption_table
from twin.exchange.cash import cash_flow
from twin.exchange.text import clean
from twin.exchange.workbook_quarters import TITLES

if TYPE_CHECKING:
    from twin.results import Run

SHEETS = ["Summary", "Sites", "Quarters", "Cash flow", "Reasons", "Assumptions"]


class Computed:
    """A workbook whose formulas were computed by another program than the one that wrote them."""

    def __init__(self, path: Path) -> None:
        self.book = openpyxl.load_workbook(path)
        self.name = path.name
        self.values = formulas.ExcelModel().loads(str(path)).finish().calculate()

    def at(self, sheet: str, cell: str) -> float:
        found = self.values[f"'[{self.name}]{sheet.upper()}'!{cell}"].value[0, 0]
        return float(found)

    def row(self, sheet: str, label: str) -> int:
        cells = self.book[sheet]["A"]
        return next(int(cell.row) for cell in cells if cell.value == label)

    def column(self, sheet: str, head: str) -> str:
        cells = self.book[sheet][3]
        return next(cell.column_letter for cell in cells if str(cell.value).split("\n")[0] == head)


@pytest.fixture(scope="module")
def computed(exported: Path) -> Computed:
    return Computed(exported / "plan.xlsx")


def sheet(exported: Path, name: str) -> Worksheet:
    found = openpyxl.load_workbook(exported / "plan.xlsx")[name]
    assert isinstance(found, Worksheet)
    return found


def test_cash_flow_adds_up_to_the_net_present_cost_term_by_term(tiny_run: Run) -> None:
    flow = cash_flow(tiny_run)
    by_term = (flow["eur"] * flow["discount"]).sum("quarter")
    total = tiny_run.manifest["objective_eur"]
    # the same sums in another order: what is left is rounding of the whole
    np.testing.assert_allclose(
        by_term.values, tiny_run.plan["cost_eur"].values, rtol=1e-12, atol=1e-12 * total
    )
    assert float(by_term.sum()) == pytest.approx(total, rel=1e-12)


def test_cash_flow_runs_to_the_end_of_the_tail(tiny_run: Run) -> None:
    flow = cash_flow(tiny_run)
    count = tiny_run.plan.sizes["quarter"]
    assert flow.sizes["quarter"] == count + 4 * 10  # ten years of tail in the tiny case
    assert str(flow["quarter"].values[-1]) == "2038Q4"
    assert flow["in_tail"].values.sum() == 40
    lumps = flow["eur"].sel(term="site_development").isel(quarter=slice(count, None))
    assert float(abs(lumps).sum()) == 0.0


@pytest.mark.parametrize(
    ("label", "figure", "scale"),
    [
        ("Net present cost", "objective_eur", 1e6),
        ("Cost of own compute", "levelised_eur_per_mw_year", 1e6),
        ("Capital spent", "capex_eur", 1e6),
        ("New halls", "mw_it_new", 1.0),
        ("Use", "energy_mwh_per_year", 1e6),
        ("Carbon", "carbon_t_per_year", 1e3),
        ("Carbon intensity", "carbon_g_per_kwh", 1.0),
        ("Gap", "gap", 1.0),
    ],
)
def test_formulas_of_the_summary_give_the_plan(
    computed: Computed, tiny_run: Run, label: str, figure: str, scale: float
) -> None:
    cell = f"B{computed.row('Summary', label)}"
    assert str(computed.book["Summary"][cell].value).startswith("=")
    # sums in another order; the gap is a small difference of large numbers
    assert computed.at("Summary", cell) == pytest.approx(
        tiny_run.manifest[figure] / scale, rel=1e-9, abs=1e-12
    )


def test_the_summary_says_that_nothing_is_missing(computed: Computed) -> None:
    assert computed.at("Summary", f"B{computed.row('Summary', 'Difference')}") == pytest.approx(0.0, abs=1e-6)


def test_years_of_the_cash_flow_are_sums_of_their_quarters(computed: Computed, tiny_run: Run) -> None:
    flow = cash_flow(tiny_run)
    for term in ("energy", "it", "lease", "staff"):
        row = computed.row("Cash flow", TITLES[term])
        for year in (2027, 2028, 2038):
            head = next(cell for cell in computed.book["Cash flow"][3] if cell.value == year)
            want = float(flow["eur"].sel(term=term).where(flow["year"] == year, 0.0).sum()) / 1e6
            got = computed.at("Cash flow", f"{head.column_letter}{row}")
            assert got == pytest.approx(want, rel=1e-9, abs=1e-9)


def test_capital_spent_is_shown_beside_the_sum(computed: Computed, tiny_run: Run) -> None:
    row = computed.row("Cash flow", "For information: capital spent")
    told = [cell.value for cell in computed.book["Cash flow"][row] if isinstance(cell.value, float)]
    assert told == pytest.approx((tiny_run.plan["capex_eur_per_year"].values / 1e6).tolist())


def test_a_site_pays_its_use_at_its_price(computed: Computed, tiny_run: Run) -> None:
    site = next(
        str(s) for s in tiny_run.plan["site"].values if float(tiny_run.plan["mw_it"].sel(site=s)[-1]) > 0
    )
    name = next(c.value for c in computed.book["Sites"]["A"] if str(c.value).rstrip("†") == site)
    cell = f"{computed.column('Sites', 'energy bill')}{computed.row('Sites', name)}"
    here = tiny_run.plan.sel(site=site)
    want = float(here["energy_mwh_per_year"]) * float(here["eur_per_mwh_all_in"]) / 1e6
    assert computed.at("Sites", cell) == pytest.approx(want, rel=1e-12)


def test_every_sheet_is_ready_to_read_and_print(exported: Path) -> None:
    book = openpyxl.load_workbook(exported / "plan.xlsx")
    assert book.sheetnames == SHEETS
    for name in SHEETS:
        page = book[name]
        assert page.freeze_panes is not None and page.print_title_rows == "$3:$3"
        assert page.page_setup.orientation == "landscape" and page.sheet_properties.pageSetUpPr.fitToPage
        widths = [page.column_dimensions[cell.column_letter].width for cell in page[3]]
        assert all(8 <= width <= 60 for width in widths)
        assert all(cell.font.b for cell in page[3])


def test_numbers_have_units_in_their_head_and_a_format(exported: Path) -> None:
    for name, plain in (("Sites", {"PUE"}), ("Quarters", {"year"})):
        page = sheet(exported, name)
        for head, cell in zip(page[3], page[4], strict=True):
            title = str(head.value)
            if isinstance(cell.value, (int, float)) and title not in plain:
                assert "\n" in title, title
                assert cell.number_format != "General", title


def test_assumptions_have_source_and_confidence_and_unconfirmed_ones_are_marked(
    exported: Path, tiny_run: Run
) -> None:
    page = sheet(exported, "Assumptions")
    rows = list(page.iter_rows(min_row=4))
    table = assumption_table(tiny_run).frame
    assert len(rows) == len(table)
    kinds = {str(row[0].value).split("/")[0] for row in rows}
    assert {"cases", "technologies", "fleets", "racks", "cooling", "power_trains", "sites"} <= kinds
    for row, want in zip(rows, table.itertuples(), strict=True):
        unconfirmed = want.confidence == "unconfirmed"
        assert row[4].value == ("unconfirmed †" if unconfirmed else want.confidence)
        assert (row[4].fill.fill_type == "solid") is unconfirmed
        assert row[5].value, f"{row[0].value} {row[1].value} has no source"


def test_sites_with_unconfirmed_connections_are_marked(exported: Path) -> None:
    marked = {str(cell.value).rstrip("†") for cell in sheet(exported, "Sites")["A"] if "†" in str(cell.value)}
    reasons = sheet(exported, "Reasons")
    shaky = {
        str(row[0].value).rstrip("†") for row in reasons.iter_rows(min_row=4) if "grid_" in str(row[5].value)
    }
    assert marked == shaky


def test_text_never_runs(hostile: Path) -> None:
    book = openpyxl.load_workbook(hostile / "plan.xlsx")
    found: list[Any] = [cell for page in book for row in page.iter_rows() for cell in row]
    texts = [cell for cell in found if isinstance(cell.value, str) and "script" in cell.value]
    assert any(cell.value == clean(HOSTILE) for cell in texts)
    for cell in texts:
        assert cell.data_type == "s" and cell.quotePrefix
    for cell in found:
        if cell.data_type == "f":
            assert "script" not in cell.value
