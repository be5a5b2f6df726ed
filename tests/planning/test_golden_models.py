"""The mathematics as text: one LP file per constraint family, on a system of one or two sites.

A change of the formulation shows as a diff of ``tests/golden/*.lp``. To accept it:
``TWIN_UPDATE_GOLDEN=1 pytest tests/planning/test_golden_models.py``, then read the diff.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
import xarray as xr
from pyomo.repn.plugins.lp_writer import LPWriter
from tiny_problems import tiny_problem

from twin.planning.master_data import master_data
from twin.planning.siting import build_model

GOLDEN = Path(__file__).resolve().parents[1] / "golden"

FAMILIES: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "capacity": (("halls_stay", "halls_are_fed", "path", "final_own"), {}),
    "connection": (
        ("connection_stays", "connection_in_order", "connection_needs_site", "connection_capacity"),
        {"tier_mw": [[30, 20], [60, 0], [60, 0]], "tier_first_quarter": [[0, 1], [1, 4], [4, 4]]},
    ),
    "connection_cuts": (
        ("connection_whole_halls", "connection_rule"),
        {"tier_mw": [[30, 20], [60, 0], [60, 0]], "tier_first_quarter": 0, "max_site_mw": 40.0},
    ),
    "build_pace": (
        ("pace_site", "pace_fleet", "max_sites"),
        {"limits": {"site_halls_per_quarter": 1.0, "fleet_mw_per_quarter": 20.0, "max_sites": 1.0}},
    ),
    "supply_mix": (
        ("one_design", "design_is_built", "ppa_wind", "renewable_balance"),
        {"limits": {"ppa_wind_mw_per_zone": 30.0}, "min_res_share": [0.5, 0, 0]},
    ),
    "policy": (
        ("eu_share", "third_country_share", "carbon", "carbon_free", "water"),
        {
            "limits": {
                "min_eu_share": 0.6,
                "max_third_country_share": 0.15,
                "max_carbon_g_per_kwh": 55.0,
                "max_non_cfe_share": 0.25,
                "max_water_m3_per_mwh": 0.05,
            },
            "sovereignty_class": ["EU", "UK", "EEA"],
            "committed_class_mw": [5.0, 0.0, 0.0, 0.0],
        },
    ),
    "concentration": (
        ("site_share", "zone_share"),
        {
            "limits": {"max_site_share": 0.35, "max_zone_share": 0.5},
            "committed_site_mw": [5.0, 0.0, 0.0],
            "committed_zone_mw": [5.0, 0.0],
            "committed_own_it_mw": 5.0,
        },
    ),
    "connection_loss": (
        ("fleet_draw", "one_connection_lost"),
        {
            "limits": {"max_connection_share": 0.25},
            "tier_mw": [[30, 20], [60, 0], [60, 0]],
            "tier_first_quarter": [[0, 1], [1, 4], [4, 4]],
            "committed_own_it_mw": 5.0,
        },
    ),
    "latency": (
        ("latency_demand", "latency_capacity"),
        {
            "limits": {"max_rtt_ms": 15.0},
            "rtt_ms": [[5.0, 15.0], [15.0, 20.0], [40.0, 5.0]],
            "metro_share": [0.1, 0.2],
            "committed_site_mw": [5.0, 0.0, 0.0],
            "committed_own_it_mw": 5.0,
        },
    ),
    "nonfirm": (
        ("nonfirm_draw",),
        {
            "tier_mw": [[30, 20], [60, 0], [60, 0]],
            "tier_first_quarter": 0,
            "nonfirm_years": [
                [[1, 0, 0, 0], [0, 1, 1, 4]],
                [[0, 0, 0, 2], [0, 0, 0, 0]],
                [[0, 0, 0, 0], [0, 0, 0, 0]],
            ],
            "nonfirm_eur_per_mw_year": 1e5,
        },
    ),
    "budget": (
        ("option_capital_covers", "option_capital_stays", "budget"),
        {
            "limits": {"budget_eur_per_year": 800e6},
            "option_capex_eur_per_mw": 1e6,
            "tier_capex_eur": 3e6,
            "site_fixed_eur": 25e6,
            "calendar_year": [2027, 2028, 2028, 2028],
        },
    ),
    "cost": (
        (),
        {
            "tier_cost_eur_per_year": 2e6,
            "site_fixed_eur": 25e6,
            "nonfirm_years": np.asarray([0.5, 0.25])[None, :, None],
            "nonfirm_eur_per_mw_year": 4e6,
        },
    ),
}


def two_quarters(problem: xr.Dataset) -> xr.Dataset:
    """Return sites A and B in the first two quarters, the second weighing ten years."""
    weight = problem.weight_years.isel(quarter=[0, -1]).values
    short = problem.isel(site=[0, 1], quarter=[0, 1])
    return short.assign(weight_years=("quarter", weight), path_mw=("quarter", [20.0, 40.0]))


def lp_text(problem: xr.Dataset, families: tuple[str, ...]) -> str:
    """Return the model as LP text with only some families; without any, the objective alone."""
    model = build_model(master_data(problem))
    for constraint in model.component_objects(pyo.Constraint):
        if constraint.local_name not in families:
            constraint.deactivate()
    if families:
        model.cost.deactivate()
        model.nothing_to_minimise = pyo.Objective(expr=model.nothing)
    text = io.StringIO()
    LPWriter().write(model, text, symbolic_solver_labels=True)
    return text.getvalue()


@pytest.mark.parametrize("family", FAMILIES)
def test_family_is_as_written(family: str) -> None:
    """Proves: the family's rows, for two sites and two quarters, are those a reader has approved."""
    names, how = FAMILIES[family]
    text = lp_text(two_quarters(tiny_problem(**how)), names)
    golden = GOLDEN / f"{family}.lp"
    if os.environ.get("TWIN_UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert golden.is_file(), f"no {golden.name}: write it with TWIN_UPDATE_GOLDEN=1"
    assert text == golden.read_text(encoding="utf-8")


def test_every_family_has_a_golden_model() -> None:
    """A constraint family added to the master needs a golden model."""
    everything = {
        "limits": {name: 1.0 for name in ("ppa_wind_mw_per_zone", "ppa_pv_mw_per_zone")}
        | {
            "min_eu_share": 0.5,
            "max_third_country_share": 0.5,
            "max_site_share": 0.9,
            "max_zone_share": 0.9,
            "max_connection_share": 0.9,
            "max_rtt_ms": 50.0,
            "max_carbon_g_per_kwh": 50.0,
            "max_non_cfe_share": 0.5,
            "max_water_m3_per_mwh": 1.0,
            "budget_eur_per_year": 1e9,
            "site_halls_per_quarter": 1.0,
            "fleet_mw_per_quarter": 10.0,
            "max_sites": 1.0,
        },
        "min_res_share": 0.5,
        "metro_share": 0.1,
        "nonfirm_years": 1.0,
        "nonfirm_eur_per_mw_year": 1e5,
    }
    model = build_model(master_data(tiny_problem(**everything)))
    found = {c.local_name for c in model.component_objects(pyo.Constraint)}
    shown = {name for names, _ in FAMILIES.values() for name in names}
    assert found - shown == {"ppa_pv"}, "PV is counted as wind is"
