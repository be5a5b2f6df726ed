"""From Datasets and model files to the plain arrays that decide the options of each site and design."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from twin.config.case import Case
from twin.config.site import Site
from twin.config.technology import Technology
from twin.errors import BadInput, Fault, nearest
from twin.grids.load import fleet_deferrable_pu, fleet_it_power_pu
from twin.planning.options import annuity_share, cfe_target
from twin.planning.site_design import SiteDesign
from twin.planning.supply_problem import Array
from twin.planning.travelling import travelling_work

HOURLY = ("price_eur_per_mwh", "carbon_g_per_kwh", "cfe_share", "wind_cf", "pv_cf")


def jobs_of(
    sites: Sequence[Site], facility: xr.Dataset, grids: xr.Dataset, technology: Technology, case: Case
) -> list[SiteDesign]:
    """Return one job per site and feasible design; off the shortlist, if any, only the cheapest supply.

    Every feasible design needs one, or no bound could be claimed for plans that use it.

    Raises BadInput with every fault found.
    """
    _check(sites, facility, grids, case)
    costs: dict[str, Any] = _costs(technology, case)
    it_pu, moving_pu, window_h = _fleet_load(grids)
    travelling = travelling_work(grids, case.shifting)
    jobs = []
    for site in sites:
        zone: dict[str, Any] = {name: _hours(grids[name].sel(zone=site.zone)) for name in HOURLY}
        if not case.energy.cfe_counts_grid:
            zone["cfe_share"] = np.zeros_like(zone["cfe_share"])
        for design in facility["design"].values:
            hall = facility.sel(site=site.name, design=design)
            if float(hall["feasible"]) < 0.5:
                continue
            listed = bool(hall.get("shortlisted", True))
            kept = 1.0 - _hours(hall["throttle_pu"])
            travels = travelling is not None and site.sovereignty_class in travelling.classes
            jobs.append(
                SiteDesign(
                    site=site.name,
                    design=str(design),
                    **zone,
                    it_pu=it_pu * kept,
                    deferrable_pu=moving_pu * kept,
                    headroom_pu=kept,
                    pue=_hours(hall["pue"]),
                    wue_l_per_kwh=_hours(hall["wue_l_per_kwh"]),
                    window_h=window_h,
                    network_eur_per_mw_year=site.network_eur_per_mw_year,
                    network_eur_per_mwh=site.network_eur_per_mwh,
                    tax_eur_per_mwh=site.tax_eur_per_mwh,
                    ppa_wind_eur_per_mwh=site.ppa_wind_eur_per_mwh,
                    ppa_pv_eur_per_mwh=site.ppa_pv_eur_per_mwh,
                    options=tuple(case.energy.options) if listed else ("cheapest",),
                    in_pu=(1.0 - it_pu) * kept if travels else None,
                    out_pu=travelling.pu * kept if travelling is not None and travels else None,
                    **costs,
                )
            )
    return jobs


def _costs(technology: Technology, case: Case) -> dict[str, Any]:
    wacc = case.finance.wacc_infrastructure
    connection = technology.connection_meur_per_mw * 1e6
    copied = (
        "wind_g_per_kwh",
        "pv_g_per_kwh",
        "sale_fee_eur_per_mwh",
        "battery_eur_per_kw",
        "battery_eur_per_kwh",
        "battery_charge_efficiency",
        "battery_discharge_efficiency",
        "battery_standing_loss_per_h",
    )
    return {name: getattr(technology, name) for name in copied} | {
        "battery_annuity_share": annuity_share(
            wacc, technology.battery_life_years, technology.battery_fom_share
        ),
        "connection_eur_per_mw_year": connection * annuity_share(wacc, technology.connection_life_years, 0.0),
        "max_contract_share": case.energy.max_contract_share,
        "carbon_price_eur_per_t": case.energy.carbon_price_eur_per_t,
    }


def _fleet_load(grids: xr.Dataset) -> tuple[Array, Array, float]:
    """Share-weighted IT power, the part of it that may move, and the shortest window of what moves."""
    can_move = (grids["deferrable_share"] * grids["workload_share"] > 0) & (grids["defer_window_h"] >= 2)
    windows = grids["defer_window_h"].values[can_move.values]
    window = float(np.floor(windows.min())) if windows.size else 1.0
    movable = grids.assign(deferrable_share=grids["deferrable_share"].where(can_move, 0.0))
    return _hours(fleet_it_power_pu(grids)), _hours(fleet_deferrable_pu(movable)), window


def _hours(array: xr.DataArray) -> Array:
    return np.ascontiguousarray(array.values, dtype=float)


def _check(sites: Sequence[Site], facility: xr.Dataset, grids: xr.Dataset, case: Case) -> None:
    faults = [
        Fault(
            "grids", "zone", site.zone, f"a zone of the grid for site {site.name}", nearest(site.zone, zones)
        )
        for zones in [[str(z) for z in grids["zone"].values]]
        for site in sites
        if site.zone not in zones
    ]
    placed = {str(s) for s in facility["site"].values}
    faults += [
        Fault("facility", "site", site.name, "a site of the facility", nearest(site.name, placed))
        for site in sites
        if site.name not in placed
    ]
    if facility.sizes["time"] != grids.sizes["time"]:
        hours = f"{grids.sizes['time']} hours, like the grid"
        faults.append(Fault("facility", "time", facility.sizes["time"], hours))
    faults += _mixed_years(grids)
    if faults:
        raise BadInput(faults)
    for option in case.energy.options:
        cfe_target(option)


def _mixed_years(grids: xr.Dataset) -> list[Fault]:
    """Prices of one year beside wind of another lose the correlation that decides a contract's value."""
    years = {name: str(grids[name].attrs["year"]) for name in HOURLY if "year" in grids[name].attrs}
    label = str(grids.attrs.get("label", "")).lower()
    if len(set(years.values())) < 2 or "calibrated" in label or "conditioned" in label:
        return []
    listed = ", ".join(f"{name} {year}" for name, year in years.items())
    hint = "import all series of one year, or condition weather on the price year and label it so"
    return [Fault("grids", "year", listed, "one calendar year for price, carbon, wind and PV", hint)]
