"""A plan as data frames for notebooks: sites, and how their energy is made."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import xarray as xr

from twin.export.rows import SiteRow, site_rows, sites
from twin.results import Run

SITES = {
    "zone": "zone",
    "MW of IT": "mw_it",
    "first power": "first_quarter",
    "tier": "tier",
    "capital, MEUR": "capex_meur",
    "PUE": "pue",
    "EUR/MWh all-in": "eur_per_mwh",
    "g/kWh": "carbon_g_per_kwh",
    "hourly CFE": "cfe_hourly",
    "reason": "reason",
}
"""Column of the frame of sites → field of SiteRow."""
GRID = "grid_only"


def site_frame(run: Run) -> pd.DataFrame:
    """Return one row per site of a run, chosen ones first, by megawatts; figures of others are missing.

    The index holds the site's name, with † where its connection's megawatts or dates are unconfirmed. Columns
    are those of SITES: MW of IT at the end of the plan, capital in MEUR, shares between 0 and 1.
    """
    rows = site_rows(run.plan, run.menu, sites(run))
    table = pd.DataFrame([{name: getattr(row, field) for name, field in SITES.items()} for row in rows])
    return table.set_index(pd.Index([row.label for row in rows], name="site"))


def supply_frame(run: Run) -> pd.DataFrame:
    """Return how each chosen site is fed, largest first: the market alone beside what the plan takes.

    Prices are EUR per MWh of use, energy and contracts with network and taxes; CFE is the hourly carbon-free
    share, 0 to 1; wind and PV contracts in MW and batteries in MWh of the last quarter's halls. Where the
    market alone is not on offer its figures are missing.
    """
    rows = [row for row in site_rows(run.plan, run.menu, sites(run)) if row.chosen]
    return pd.DataFrame(
        [_fed(run, row) for row in rows], index=pd.Index([row.label for row in rows], name="site")
    )


def _fed(run: Run, row: SiteRow) -> dict[str, float]:
    menu = run.menu.sel(site=row.site, design=row.design)
    problem = run.problem.sel(site=row.site, design=row.design)
    mw = run.plan["option_mw"].sel(site=row.site, design=row.design).isel(quarter=-1)
    taken = [str(option) for option, each in zip(mw["option"].values, mw.values, strict=True) if each > 0]
    offered = problem["option"].values[problem["valid"].values > 0]
    alone = problem.sel(option=[GRID] if GRID in offered else [])
    here, weights, evenly = problem.sel(option=taken), mw.sel(option=taken), xr.ones_like(alone["valid"])
    return {
        "MW of IT": row.mw_it,
        "EUR/MWh, market alone": _price(alone, evenly),
        "EUR/MWh, plan": _price(here, weights),
        "CFE, market alone": _clean(alone, evenly),
        "CFE, plan": _clean(here, weights),
        "wind, MW": _sum(menu["wind_mw_per_mw"], taken, weights),
        "PV, MW": _sum(menu["pv_mw_per_mw"], taken, weights),
        "battery, MWh": _sum(menu["battery_mwh_per_mw"], taken, weights),
    }


def _price(problem: xr.Dataset, mw: xr.DataArray) -> float:
    cost = problem["option_cost_eur_per_mw_year"].drop_sel(option_term="water").sum("option_term")
    use = float((problem["energy_mwh_per_mw_year"] * mw).sum())
    return float((cost * mw).sum()) / use if use else float("nan")


def _clean(problem: xr.Dataset, mw: xr.DataArray) -> float:
    use = float((problem["energy_mwh_per_mw_year"] * mw).sum())
    return 1.0 - float((problem["non_cfe_mwh_per_mw_year"] * mw).sum()) / use if use else float("nan")


def _sum(figure: xr.DataArray, options: Iterable[str], mw: xr.DataArray) -> float:
    return float((figure.sel(option=list(options)) * mw).sum())
