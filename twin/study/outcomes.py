"""Outcomes: the figures that a study reads from each plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from twin.errors import Fault, nearest

TOTALS = (
    "objective_eur", "bound_eur", "capex_eur", "mw_it_final", "mw_it_new", "gpus_new", "energy_mwh_per_year",
    "carbon_t_per_year", "carbon_g_per_kwh", "cfe_hourly", "water_m3_per_year", "levelised_eur_per_mw_year",
    "levelised_eur_per_gpu_hour", "own_saves_eur", "own_saves_share", "price_of_mw_eur_per_mw_year",
    "price_of_carbon_eur_per_t",
)  # fmt: skip
"""Figures of the manifest that may be outcomes."""


def _sites_opened(plan: xr.Dataset) -> float:
    return float((plan["mw_it"].isel(quarter=-1) > 0).sum())


def _largest_site_mw(plan: xr.Dataset) -> float:
    return float(plan["mw_it"].isel(quarter=-1).max())


def _lease_mw_years(plan: xr.Dataset) -> float:
    return float(plan["lease_mw"].sum()) / 4


def _eu_share(plan: xr.Dataset) -> float:
    held = plan["class_mw"]
    return float(held.sel(sovereignty="EU")) / float(held.sum())


OF_PLAN: dict[str, Callable[[xr.Dataset], float]] = {
    "sites_opened": _sites_opened,
    "largest_site_mw": _largest_site_mw,
    "lease_mw_years": _lease_mw_years,
    "eu_share": _eu_share,
}
"""Figures of the plan: sites with halls, MW of IT at the largest, leased MW × years, share on EU soil."""


def _mw_it(plan: xr.Dataset, site: str) -> float:
    return float(plan["mw_it"].isel(quarter=-1).sel(site=site)) if site in plan["site"].values else 0.0


def _first_power_year(plan: xr.Dataset, site: str) -> float | None:
    """Return the first quarter with halls as a year: 2028Q3 is 2028.5; None where none stand."""
    if site not in plan["site"].values:
        return None
    on = np.flatnonzero(plan["mw_it"].sel(site=site).values > 0)
    return _year_of(str(plan["quarter"].values[on[0]])) if on.size else None


def _year_of(quarter: str) -> float:
    year, number = quarter.split("Q")
    return int(year) + (int(number) - 1) / 4


OF_SITE: dict[str, Callable[[xr.Dataset, str], float | None]] = {
    "mw_it": _mw_it,
    "first_power_year": _first_power_year,
}
"""Figures of one site, written ``mw_it.FR-FOU``, or ``mw_it.*`` for every site of the case."""


def expanded(names: Sequence[str], sites: Sequence[str]) -> list[str]:
    """Return the outcomes with ``mw_it.*`` written out for every site, each once."""
    found: dict[str, None] = {}
    for name in names:
        figure, _, site = name.partition(".")
        for each in [f"{figure}.{s}" for s in sites] if site == "*" and figure in OF_SITE else [name]:
            found[each] = None
    return list(found)


def faults_of(names: Sequence[str], sites: Sequence[str], file: str) -> list[Fault]:
    """Return a fault for each name that is no outcome."""
    known = [*TOTALS, *OF_PLAN, *(f"{figure}.{site}" for figure in OF_SITE for site in sites)]
    return [
        Fault(file, "outcomes", name, "an outcome", nearest(name, known))
        for name in names
        if name not in known
    ]


def measure(names: Sequence[str], manifest: Mapping[str, Any], plan: xr.Dataset) -> dict[str, float | None]:
    """Return the outcomes of a plan by name, in the unit of each name."""
    found: dict[str, float | None] = {}
    for name in names:
        figure, _, site = name.partition(".")
        if site:
            found[name] = OF_SITE[figure](plan, site)
        elif name in OF_PLAN:
            found[name] = OF_PLAN[name](plan)
        else:
            found[name] = float(manifest[name])
    return found
