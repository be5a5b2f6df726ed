"""Two- and three-site siting problems that a person can solve on paper."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from twin.planning.load_range import LOAD
from twin.planning.option_row import PRICED

SITES = ["A", "B", "C"]
QUARTERS = ["2027Q1", "2027Q2", "2027Q3", "2027Q4"]
TERMS = ["facility", "it"]
OPTION_TERMS = ["energy", "water", "dispatchable"]
UNITS = {
    "site_halls_per_quarter": "halls",
    "fleet_mw_per_quarter": "MW",
    "max_sites": "sites",
    "lease_mw": "MW",
    "budget_eur_per_year": "EUR",
    "max_rtt_ms": "ms",
    "max_carbon_g_per_kwh": "g/kWh",
    "max_water_m3_per_mwh": "m3/MWh",
    "ppa_wind_mw_per_zone": "MW",
    "ppa_pv_mw_per_zone": "MW",
}
LIMITS: dict[str, float | None] = {
    "final_own_share": 1.0,
    "lease_mw": 1000.0,
    "site_halls_per_quarter": None,
    "fleet_mw_per_quarter": None,
    "max_sites": None,
    "min_eu_share": None,
    "max_third_country_share": None,
    "max_site_share": None,
    "max_zone_share": None,
    "max_connection_share": None,
    "max_rtt_ms": None,
    "max_carbon_g_per_kwh": None,
    "max_non_cfe_share": None,
    "max_water_m3_per_mwh": None,
    "budget_eur_per_year": None,
    "ppa_wind_mw_per_zone": None,
    "ppa_pv_mw_per_zone": None,
}


def tiny_problem(limits: dict[str, float | None] | None = None, **overrides: Any) -> xr.Dataset:
    """Return a problem with money in round figures.

    Halls of 10 MW; one quarter weighs 1 year except the last, which weighs 10; no discount. A megawatt costs
    1.0 MEUR a year for its hall; supply costs 0.1 (A), 0.2 (B), 0.3 (C) MEUR from the grid, twice that
    from wind; rent is 2.0 MEUR a year. Each site has one free tier of 100 MW from the first quarter.
    The path asks for 20, 20, 20, 40 MW. ``overrides`` replaces variables (arrays in the schema's dims).
    """
    problem = _base(len(overrides.get("site", SITES)))
    values = LIMITS | (limits or {})
    problem["limit"] = ("limit_name", np.asarray([0.0 if v is None else v for v in values.values()], float))
    problem["limit_active"] = ("limit_name", np.asarray([float(v is not None) for v in values.values()]))
    problem["limit_unit"] = ("limit_name", np.asarray([UNITS.get(name, "1") for name in values]))
    problem = problem.assign_coords(limit_name=list(values))
    for name, value in overrides.items():
        if name == "attrs":
            problem.attrs |= value
            continue
        old = problem[name]
        array = np.broadcast_to(np.asarray(value), old.shape).copy()
        problem[name] = (old.dims, array if old.dtype.kind in "UO" else array.astype(float))
    if "tier_firm_quarter" not in overrides:
        problem["tier_firm_quarter"] = problem.tier_first_quarter.copy()
    return problem


def second_design(problem: xr.Dataset, cheaper_eur: float, peak: float) -> xr.Dataset:
    """Return the problem with a design ``thirsty`` beside ``hall``: cheaper a year, with another peak."""
    other = problem.assign_coords(design=["thirsty"])
    cost = other.capacity_cost_eur_per_mw_year.copy(deep=True)
    cost[{"capacity_term": 0}] -= cheaper_eur
    other = other.assign(capacity_cost_eur_per_mw_year=cost, peak_mw_per_mw=other.peak_mw_per_mw * 0.0 + peak)
    both = xr.concat([problem, other], dim="design", data_vars="minimal", coords="minimal", compat="override")
    ordered = {name: both[name].transpose(*problem[name].dims) for name in problem.data_vars}
    return both.assign(ordered)


def _base(count: int) -> xr.Dataset:
    shape = (count, 1, 2)
    energy = np.zeros((3, *shape))
    energy[0] = 1e5 * np.arange(1, count + 1)[:, None, None] * np.asarray([1.0, 2.0])
    full = {name: (("site", "design", "option"), np.full(shape, value)) for name, value in _FIGURES.items()}
    full["wind_mw_per_mw"][1][:, :, 1] = 2.0
    full["res_share"][1][:, :, 1] = 1.0
    full["carbon_t_per_mw_year"][1][:, :, 1] = 100.0
    full["non_cfe_mwh_per_mw_year"][1][:, :, 1] = 1000.0
    capex = np.zeros((2, count, 1))
    capex[0], capex[1] = 8e6, 2e7
    cost = np.zeros((2, count, 1))
    cost[0], cost[1] = 4e5, 6e5
    quarters = len(QUARTERS)
    text = np.full(count, "", dtype="<U60")
    return xr.Dataset(
        {
            "zone": ("site", np.asarray(["FR", "FR", "NO_4"][:count])),
            "sovereignty_class": ("site", np.asarray(["EU", "EU", "EEA"][:count])),
            "exclusion": ("site", text),
            "first_power": ("site", np.full(count, QUARTERS[0])),
            "tier_mw": (("site", "tier"), np.tile([100.0, 0.0], (count, 1))),
            "tier_first_quarter": (("site", "tier"), np.tile([0.0, float(quarters)], (count, 1))),
            "tier_capex_eur": (("site", "tier"), np.zeros((count, 2))),
            "tier_cost_eur_per_year": (("site", "tier"), np.zeros((count, 2))),
            "tier_firm_quarter": (("site", "tier"), np.zeros((count, 2))),
            "nonfirm_years": (("site", "tier", "quarter"), np.zeros((count, 2, quarters))),
            "nonfirm_eur_per_mw_year": ("site", np.zeros(count)),
            "rtt_ms": (("site", "metro"), np.asarray([[5.0, 30.0], [15.0, 20.0], [40.0, 5.0]][:count])),
            "metro_share": ("metro", np.zeros(2)),
            "max_site_mw": ("site", np.full(count, 1000.0)),
            "max_pue": ("site", np.full(count, 5.0)),
            "max_wue_l_per_kwh": ("site", np.full(count, 100.0)),
            "min_res_share": ("site", np.zeros(count)),
            "committed_site_mw": ("site", np.zeros(count)),
            "committed_zone_mw": ("zone_name", np.zeros(2)),
            "committed_class_mw": ("sovereignty", np.zeros(4)),
            "allowed": (("site", "design"), np.ones((count, 1))),
            "allowed_reason": (("site", "design"), np.full((count, 1), "", dtype="<U60")),
            "pue": (("site", "design"), np.full((count, 1), 1.2)),
            "wue_l_per_kwh": (("site", "design"), np.full((count, 1), 0.1)),
            "gpus_per_mw": ("design", np.full(1, 500.0)),
            "capacity_cost_eur_per_mw_year": (("capacity_term", "site", "design"), cost),
            "capacity_capex_eur_per_mw": (("capacity_term", "site", "design"), capex),
            "option_cost_eur_per_mw_year": (("option_term", "site", "design", "option"), energy),
            **full,
            "path_mw": ("quarter", np.asarray([20.0, 20.0, 20.0, 40.0])),
            "committed_mw": ("quarter", np.zeros(quarters)),
            "committed_own_mw": ("quarter", np.zeros(quarters)),
            "committed_own_it_mw": ("quarter", np.zeros(quarters)),
            "discount": ("quarter", np.ones(quarters)),
            "weight_years": ("quarter", np.asarray([1.0, 1.0, 1.0, 10.0])),
            "calendar_year": ("quarter", np.full(quarters, 2027.0)),
            "module_mw": ((), 10.0),
            "site_fixed_eur": ((), 0.0),
            "lease_eur_per_mw_year": ((), 2e6),
            "lease_eur_per_gpu_hour": ((), 2e6 / 500.0 / 8760.0),
            "lease_count_mw_per_mw": ((), 1.0),
            **_proof(count),
            "ruling_rule": ("ruling", np.asarray([], dtype="<U1")),
            "ruling_site": ("ruling", np.asarray([], dtype="<U1")),
            "ruling_text": ("ruling", np.asarray([], dtype="<U1")),
        },
        coords={
            "site": SITES[:count],
            "tier": ["T1", "T2"],
            "quarter": QUARTERS,
            "design": ["hall"],
            "option": ["grid", "wind"],
            "figure": list(PRICED),
            "capacity_term": TERMS,
            "option_term": OPTION_TERMS,
            "zone_name": ["FR", "NO_4"],
            "metro": ["par", "sto"],
            "sovereignty": ["EU", "EEA", "UK", "CH"],
        },
        attrs={"basis": "it", "case": "tiny", "gpu_capex": 1},
    )


def _proof(count: int) -> dict[str, Any]:
    """No supports: the bound of these problems is that of their two options."""
    sdo = ("site", "design", "option")
    names = ("excluded_by_supply", "water_eur_per_m3")
    names += ("dispatchable_eur_per_mw_year", "dispatchable_capex_eur_per_mw")
    return {
        **{name: (sdo, np.zeros((count, 1, 2))) for name in ("supported", "support_eur_per_mw_year")},
        "support_price": (("figure", *sdo), np.zeros((len(PRICED), count, 1, 2))),
        **{name: (sdo[:2], np.zeros((count, 1))) for name in LOAD},
        **{name: ("site", np.zeros(count)) for name in names},
    }


_FIGURES = {
    "valid": 1.0,
    "option_capex_eur_per_mw": 0.0,
    "count_mw_per_mw": 1.0,
    "peak_mw_per_mw": 1.25,
    "energy_mwh_per_mw_year": 10000.0,
    "it_mwh_per_mw_year": 8000.0,
    "carbon_t_per_mw_year": 1000.0,
    "non_cfe_mwh_per_mw_year": 4000.0,
    "water_m3_per_mw_year": 800.0,
    "wind_mw_per_mw": 0.0,
    "pv_mw_per_mw": 0.0,
    "res_share": 0.0,
}
