"""The elastic master that is built once says of every easing what one built for it says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
import xarray as xr

from tests.planning.tiny_problems import QUARTERS, tiny_problem
from twin.planning.diagnose_rules import rule_groups
from twin.planning.elastic import Elastic
from twin.planning.highs import compile_model, run
from twin.planning.master_data import master_data
from twin.planning.siting import build_model

WEIGHTS = dict(zip(QUARTERS, (1.0, 2.0, 3.0, 5.0), strict=True))
STARTED = {
    "committed_own_it_mw": 20.0,
    "committed_own_mw": 20.0,
    "committed_mw": 20.0,
    "committed_site_mw": [20.0, 0.0, 0.0],
    "committed_zone_mw": [20.0, 0.0],
    "committed_class_mw": [20.0, 0.0, 0.0, 0.0],
}
LATE = [[1.0, 2.0], [3.0, 4.0], [0.0, 1.0]]
CASES: dict[str, dict[str, Any]] = {
    "dates": {"tier_first_quarter": LATE, "tier_mw": [[50.0, 40.0], [60.0, 0.0], [12.0, 20.0]]},
    "small": {"tier_mw": [[0.0, 60.0], [5.0, 0.0], [40.0, 0.0]], "max_site_mw": [60.0, 100.0, 30.0]},
    "pace": {"limits": {"site_halls_per_quarter": 1.0, "fleet_mw_per_quarter": 20.0, "max_sites": 2.0}},
    "excluded": {"exclusion": ["", "a stop", "a stop"], "max_site_mw": [55.0, 200.0, 40.0]},
    "shares": {
        **STARTED,
        "limits": {"max_site_share": 0.4, "max_zone_share": 0.6, "min_eu_share": 0.5, "final_own_share": 0.8},
    },
    "all in the EU": {"limits": {"min_eu_share": 1.0, "max_third_country_share": 0.1}},
    "clean": {
        "limits": {"max_carbon_g_per_kwh": 20.0, "max_non_cfe_share": 0.2, "max_water_m3_per_mwh": 0.05},
        "carbon_t_per_mw_year": np.asarray([[[1000.0, 100.0]], [[400.0, 150.0]], [[200.0, 250.0]]]),
        "non_cfe_mwh_per_mw_year": np.asarray([[[4000.0, 500.0]], [[3000.0, 900.0]], [[1000.0, 3000.0]]]),
        "wind_mw_per_mw": np.asarray([[[0.0, 2.0]], [[0.0, 1.0]], [[0.0, 3.0]]]),
    },
    "contracts": {
        "limits": {"ppa_wind_mw_per_zone": 30.0, "ppa_pv_mw_per_zone": 20.0, "max_non_cfe_share": 0.2},
        "non_cfe_mwh_per_mw_year": np.asarray([[[4000.0, 500.0]], [[3000.0, 900.0]], [[1000.0, 3000.0]]]),
        "wind_mw_per_mw": np.asarray([[[0.0, 2.0]], [[0.0, 1.0]], [[0.0, 3.0]]]),
        "pv_mw_per_mw": np.asarray([[[0.0, 0.5]], [[0.0, 1.0]], [[0.0, 0.0]]]),
    },
    "budget": {"limits": {"budget_eur_per_year": 3e8}, "tier_capex_eur": 1e7},
    "one line lost": {"limits": {"max_connection_share": 0.4}, "tier_mw": [[50.0, 30.0]] * 3},
    "near": {"limits": {"max_rtt_ms": 20.0}, "metro_share": [0.3, 0.2], "tier_first_quarter": LATE},
}


def rebuilt(problem: xr.Dataset) -> float:
    """Return the least weighted shortfall by a model built for this very problem."""
    model = build_model(master_data(problem), True)
    model.cost.deactivate()
    model.least = pyo.Objective(expr=pyo.quicksum(w * model.shortfall[q] for q, w in WEIGHTS.items()))
    return run(compile_model(model), 1e-6, 20.0).objective


def easings(problem: xr.Dataset, seed: int) -> list[xr.Dataset]:
    """Return the problem, with one rule eased, and with several, by random steps up to dropping them."""
    rng = np.random.default_rng(seed)
    rules = [rule for whole, single in rule_groups(problem) for rule in [whole, *single]]
    found, together = [problem], problem
    for rule in rng.permutation(np.asarray(rules, dtype=object))[:4]:
        steps = int(rng.integers(1, min(rule.most, 12) + 1))
        found += [rule.ease(problem, steps), rule.lifted(problem)]
        together = rule.ease(together, steps)
        found.append(together)
    return found


@pytest.mark.parametrize("name", CASES)
def test_moving_bounds_says_what_building_anew_says(name: str) -> None:
    """Proves: dates, places, megawatts, caps, shares, clean energy, contracts, money and round trips.

    Without it a diagnosis could name a way out that the planner then refuses.
    """
    problem = tiny_problem(path_mw=[40.0, 60.0, 100.0, 300.0], **CASES[name])
    elastic = Elastic(problem, build_model)
    for number, eased in enumerate(easings(problem, seed=7)):
        found, _ = elastic.least(eased, WEIGHTS, 1e-6, 20.0)
        assert found.objective == pytest.approx(rebuilt(eased), rel=1e-6, abs=1e-4), number


def test_another_path_and_quarters_that_are_kept() -> None:
    """One hall a quarter at each of three sites: 30, 60, 90, 120 MW. What is kept may not fall short."""
    problem = tiny_problem(limits={"lease_mw": 0.0, "site_halls_per_quarter": 1.0})
    elastic = Elastic(problem, build_model)
    asked = problem.assign(path_mw=("quarter", [50.0, 70.0, 90.0, 120.0]))
    found, missing = elastic.least(asked, {"2027Q1": 1.0, "2027Q2": 1.0}, 1e-6, 20.0, kept=["2027Q4"])
    assert found.objective == pytest.approx(30.0)
    assert [missing[q] for q in QUARTERS[:2]] == pytest.approx([20.0, 10.0])
    more = problem.assign(path_mw=("quarter", [50.0, 70.0, 90.0, 130.0]))
    assert elastic.least(more, {"2027Q1": 1.0}, 1e-6, 20.0, kept=["2027Q4"])[0].status == "infeasible"


def test_divisible_halls_bound_what_whole_ones_reach() -> None:
    """100 MW at the connection feed 80 MW of IT: 8 halls of 10 MW; 95 MW feed 7.6, so 76 MW at most."""
    problem = tiny_problem(
        allowed=[[1.0], [0.0], [0.0]], tier_mw=[[95.0, 0.0]] * 3, path_mw=100.0, limits={"lease_mw": 0.0}
    )
    elastic, last = Elastic(problem, build_model), {QUARTERS[-1]: 1.0}
    assert elastic.least(problem, last, 1e-6, 20.0)[0].objective == pytest.approx(30.0)
    assert 24.0 - 1e-6 <= elastic.least(problem, last, 1e-6, 20.0, whole=False)[0].objective <= 30.0
