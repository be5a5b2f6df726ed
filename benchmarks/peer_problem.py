"""The problem that twin and its peer both solve: sites of one stage under one carbon limit.

Every site feeds a firm load from the grid, wind and PV contracts whose surplus is sold, and a battery of
four hours, through a connection sized to its peak. All sites together may import a given mass of carbon.
Prices below zero count as zero, so that no store is paid for burning energy, whoever models it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from twin.grids.energy import energy_grid
from twin.library import all_of, get
from twin.planning.annuity import annuity
from twin.planning.options import no_arbitrage_eur_per_mwh
from twin.planning.supply import Connection, Generator, Storage, SupplyProblem

Array = npt.NDArray[np.float64]
CASE = "europe-1gw-2030"
LOAD_MW = 50.0
CARBON_SHARE = 0.1
"""The common limit, as a share of the carbon that the load would import without contracts."""
BATTERY_HOURS = 4.0
MOST = 6.0
"""Upper bound of every size per MW of load; far above any optimum, it keeps bounds finite."""
MARGIN = 1.0
"""What a producer asks at least above what spot pays it, EUR/MWh: contracts alone never earn."""


@dataclass(frozen=True)
class Fleet:
    """Sites by name and the carbon, t a year, that all may import together."""

    sites: dict[str, SupplyProblem]
    limit_t: float


def fleet(count: int, hours: int = 8760) -> Fleet:
    """Return the first ``count`` zones of the library, one site each, over the first ``hours`` hours."""
    case = get("cases", CASE)
    technology = get("technologies", case.technologies)
    first = {site.zone: site for site in reversed(all_of("sites"))}
    zones = sorted(first)[:count]
    grid = energy_grid(case.energy, zones, case.seed).isel(time=slice(hours))
    season = 0.06 * np.maximum(np.sin(2 * np.pi * (np.arange(hours) - 2900) / 8760), 0.0)
    load, part = LOAD_MW * (1.12 + season), hours / 8760
    wacc = case.finance.wacc_infrastructure
    share = annuity(wacc, technology.battery_life_years) + technology.battery_fom_share
    wire = technology.connection_meur_per_mw * 1e6 * annuity(wacc, technology.connection_life_years)
    most = MOST * LOAD_MW
    battery = Storage(
        charge_efficiency=technology.battery_charge_efficiency,
        discharge_efficiency=technology.battery_discharge_efficiency,
        standing_loss_per_h=technology.battery_standing_loss_per_h,
        eur_per_mw_year=1000.0 * technology.battery_eur_per_kw * share * part,
        eur_per_mwh_year=1000.0 * technology.battery_eur_per_kwh * share * part,
        hours=BATTERY_HOURS,
        max_mw=most,
        max_mwh=BATTERY_HOURS * most,
    )
    sites, limit = {}, 0.0
    for zone in zones:
        site, series = first[zone], {str(k): np.asarray(v.values) for k, v in grid.sel(zone=zone).items()}
        price, fee = np.maximum(series["price_eur_per_mwh"], 0.0), technology.sale_fee_eur_per_mwh
        asked = {"wind": site.ppa_wind_eur_per_mwh, "pv": site.ppa_pv_eur_per_mwh}
        contracts = tuple(
            Generator(
                kind, cf, eur_per_mwh=max(eur, no_arbitrage_eur_per_mwh(price, cf, fee) + MARGIN), max_mw=most
            )
            for kind, eur in asked.items()
            for cf in (series[f"{kind}_cf"],)
        )
        sites[site.name] = SupplyProblem(
            demand_mw=load,
            price_eur_per_mwh=price,
            carbon_g_per_kwh=series["carbon_g_per_kwh"],
            generators=contracts,
            storages=(battery,),
            connection=Connection(
                network_eur_per_mwh=site.network_eur_per_mwh + site.tax_eur_per_mwh,
                peak_eur_per_mw_year=(site.network_eur_per_mw_year + wire) * part,
            ),
            sale_fee_eur_per_mwh=fee,
            max_contract_share=None,
        )
        limit += CARBON_SHARE * float(load @ series["carbon_g_per_kwh"]) / 1000.0
    return Fleet(sites, limit)
