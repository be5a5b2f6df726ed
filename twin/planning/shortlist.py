"""Which designs are worth a supply menu at a site: the cheapest to own, and the leanest in power."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from twin.config.site import Site
from twin.config.technology import Technology
from twin.planning.supply import annuity_eur_per_year


def shortlist(
    sites: Sequence[Site],
    capex_factor: Mapping[str, float],
    facility: xr.Dataset,
    prices: xr.DataArray,
    technology: Technology,
    wacc: float,
    it_mwh_per_mw_year: float,
) -> xr.DataArray:
    """Return (site, design) booleans: designs kept for the menu.

    ``capex_factor`` maps a design to its shell and plant cost over the site's; ``prices`` holds
    (zone, time) EUR/MWh. A design is ranked by its yearly cost per MW of IT: annuity of shell and plant,
    energy at the zone's mean price with network and tax, and water. The cheapest feasible design is kept,
    and the feasible one with the lowest yearly PUE, which carbon, CFE and PUE rules may prefer: every
    further design would cost a whole-year dispatch per option.
    """
    kept = np.zeros((facility.sizes["site"], facility.sizes["design"]), dtype=bool)
    designs = facility["design"].values.tolist()
    life_years, om_share = technology.facility_life_years, technology.facility_om_share
    factors = np.array([capex_factor[design] for design in designs])
    for row, site in enumerate(sites):
        here = facility.sel(site=site.name)
        feasible = here["feasible"].values > 0
        if not feasible.any():
            continue
        energy = float(prices.sel(zone=site.zone).mean()) + site.network_eur_per_mwh + site.tax_eur_per_mwh
        cost = (
            factors * annuity_eur_per_year(1e6 * site.facility_capex_meur_per_mw, wacc, life_years, om_share)
            + it_mwh_per_mw_year * here["pue_annual"].values * energy
            + it_mwh_per_mw_year * here["wue_annual_l_per_kwh"].values * site.water_eur_per_m3
        )
        kept[row, np.argmin(np.where(feasible, cost, np.inf))] = True
        kept[row, np.argmin(np.where(feasible, here["pue_annual"].values, np.inf))] = True
    return xr.DataArray(
        kept, dims=("site", "design"), coords={"site": facility["site"], "design": facility["design"]}
    )
