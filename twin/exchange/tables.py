"""Tidy tables of a plan, one row per thing, each column with its unit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from twin.config.units import unit_of
from twin.exchange.cash import cash_flow
from twin.exchange.hours import SOME_MW
from twin.exchange.text import clean
from twin.export.rows import SiteRow, site_rows, sites
from twin.results import Run
from twin.schema import Variable, variables

SITE_FIGURES = (
    "energy_mwh_per_year",
    "eur_per_mw_year",
    "quarter_earlier_eur",
    "connection_mw_eur_per_mw_year",
)
"""Figures of a site's plan beside those that the printed table has; empty where it was not chosen."""
UNITS = {"mw_it": "MW", "year": "", "discount": "1", "cfe_hourly": "1", "pue": "1"}
"""Units that the name of a column does not spell."""


@dataclass(frozen=True)
class Tidy:
    """A table and what its columns mean: ``texts`` says it, else the first schema ``kinds`` that knows."""

    name: str
    frame: pd.DataFrame
    texts: dict[str, str]
    kinds: tuple[str, ...] = ("plan", "menu")

    def unit(self, column: str) -> str:
        """Return the unit of a column, empty for text and dates."""
        if not pd.api.types.is_numeric_dtype(self.frame[column]):
            return ""
        named = UNITS.get(column)
        if named is not None:
            return named
        if column.startswith("mw_it_"):
            return "MW"
        found = self._known(column)
        return unit_of(column) if found is None else found.units

    def text(self, column: str) -> str:
        """Return what a column means, in words; empty where its name says all."""
        found = self._known(column)
        return self.texts.get(column, "" if found is None else found.text)

    def _known(self, column: str) -> Variable | None:
        return next((variables(kind)[column] for kind in self.kinds if column in variables(kind)), None)


def plain_site_rows(run: Run) -> list[SiteRow]:
    """Return the planner's rows of a run, chosen sites first, with text that any file can hold."""
    return [_plain(row) for row in site_rows(run.plan, run.menu, sites(run))]


def _plain(row: SiteRow) -> SiteRow:
    texts: dict[str, Any] = {key: clean(value) for key, value in vars(row).items() if isinstance(value, str)}
    return replace(row, **texts)


def site_table(run: Run) -> Tidy:
    """Return one row per catalogue site, chosen first; megawatts of IT by year in columns of their own."""
    rows = []
    for row in plain_site_rows(run):
        flat, here = row.as_flat(), run.plan.sel(site=row.site)
        flat |= {name: float(here[name]) if row.chosen else np.nan for name in SITE_FIGURES}
        rows.append(flat)
    texts = {
        "mw_it": "Critical IT load in new halls at the end of the last quarter",
        "reason": "Why the site was chosen or not",
        "unconfirmed": "Figures of the site that no public source confirms",
        "capex_meur": "Capital spent at the site over the plan",
        "eur_per_mwh": "All-in price of a consumed megawatt-hour",
    }
    numbers = {name: float for name in ("pue", "wue_l_per_kwh", "capex_meur")}
    return Tidy("sites", pd.DataFrame(rows).astype(numbers), texts)


def quarter_table(run: Run) -> Tidy:
    """Return one row per quarter of the plan: the capacity path, what fills it, and capital spent."""
    plan, problem = run.plan, run.problem
    spent = plan["capex_eur_per_year"]
    frame = pd.DataFrame(
        {
            "quarter": [str(quarter) for quarter in plan["quarter"].values],
            "path_mw": plan["path_mw"].values,
            "new_halls_mw": plan["mw_it"].sum("site").values,
            "starting_fleet_owned_mw": problem["committed_own_mw"].values,
            "starting_fleet_hosted_mw": problem["committed_mw"].values - problem["committed_own_mw"].values,
            "lease_mw": plan["lease_mw"].values,
            "own_mw": plan["own_mw"].values,
            "grid_mw": plan["grid_mw"].sum("site").values,
        }
    )
    frame["year"] = frame["quarter"].str[:4].astype(int)
    last = ~frame.duplicated("year", keep="last")
    by_year = {int(year): float(eur) for year, eur in zip(spent["year"].values, spent.values, strict=True)}
    frame["capital_spent_eur"] = frame["year"].map(by_year).where(last)
    texts = {"capital_spent_eur": "Capital spent in the calendar year, told in its last quarter"}
    return Tidy("quarters", frame, texts)


def option_table(run: Run) -> Tidy:
    """Return one row per site, design and supply option on offer; ``mw_it`` is what the plan put on it."""
    menu = run.menu
    dims = ("site", "design", "option")
    names = [str(name) for name, array in menu.data_vars.items() if array.dims == dims]
    unasked = ("valid", "reason", "supported", "support_eur_per_mw_year")
    figures = [name for name in names if name not in unasked]
    mw: xr.DataArray = run.plan["option_mw"].isel(quarter=-1, drop=True)
    offered = menu[figures].assign(mw_it=mw, valid=menu["valid"]).to_dataframe().reset_index()
    offered = offered[offered.pop("valid") > 0.5]
    kept = offered[["site", "design", "option", "mw_it", *figures]]
    kept = kept.sort_values("mw_it", ascending=False, kind="stable").reset_index(drop=True)
    kept["mw_it"] = kept["mw_it"].where(kept["mw_it"] > SOME_MW, 0.0)
    return Tidy("options", kept, {"mw_it": "IT megawatts fed by the option in the last quarter"})


def cash_table(run: Run) -> Tidy:
    """Return one row per quarter and cost term: EUR of the quarter, and at the first quarter's value."""
    flow = cash_flow(run)
    frame = flow.to_dataframe().reset_index()[["quarter", "year", "in_tail", "term", "eur", "discount"]]
    frame["discounted_eur"] = frame["eur"] * frame["discount"]
    texts = {
        "in_tail": "The quarter lies after the plan, in the years for which its last fleet is paid",
        "eur": "Paid in the quarter, not discounted; capital as annuities, as the plan counts it",
        "discount": "Value at the first quarter of one euro paid in the quarter",
    }
    return Tidy("cash_flow", frame, texts)


def hour_table(hours: xr.Dataset) -> Tidy:
    """Return one row per site and hour of the last fleet's operation as planned."""
    return Tidy("hours", hours.to_dataframe().reset_index(), {}, ("replay", "grids"))
