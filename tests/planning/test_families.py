"""One hand-solvable system per constraint family: the cost with it, and what it would be without.

All systems are variants of ``tiny_problem``: see there for its round figures. Costs are in MEUR.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tiny_problems import second_design, tiny_problem

from twin.planning.certificate import check
from twin.planning.siting import solve

A_ONLY = [[0, 4], [4, 4], [4, 4]]
"""First quarters that leave only site A within the plan."""


def cost(**how: Any) -> float:
    """Return the cost of a certified plan in MEUR."""
    problem = tiny_problem(**how)
    plan = solve(problem, gap=0.0)
    certificate = check(problem, plan)
    assert certificate.passed, str(certificate)
    return float(plan.attrs["objective_eur"]) / 1e6


def supply(a: float, b: float, c: float) -> np.ndarray:
    """Return yearly supply cost of the grid option at A, B and C in MEUR, twice that from wind."""
    out = np.zeros((3, 3, 1, 2))
    out[0, :, 0, 0] = np.asarray([a, b, c]) * 1e6
    out[0, :, 0, 1] = 2 * out[0, :, 0, 0]
    return out


def figures(grid: float, wind: float) -> np.ndarray:
    """Return one figure per option, equal at every site."""
    return np.broadcast_to([grid, wind], (3, 1, 2))


def test_base() -> None:
    """Proves: the cheapest site takes all. 3 x 20 x 1.1 + 10 x 40 x 1.1 = 506."""
    assert cost() == pytest.approx(506.0)


def test_dates_make_the_path_lease() -> None:
    """Proves: before its tier's first quarter a site has nothing, so two quarters are rented: 80 + 22 + 440.

    Without it the cost would be 506.
    """
    assert cost(tier_first_quarter=[[2, 4], [4, 4], [4, 4]]) == pytest.approx(542.0)


def test_capacity_of_the_connection() -> None:
    """Proves: 25 MW at the connection feed 20 MW of IT at A (peak 1.25), so B takes 20: 66 + 10 (22 + 24).

    Without it the cost would be 506.
    """
    assert cost(tier_mw=[[25, 0], [100, 0], [100, 0]]) == pytest.approx(526.0)


def test_tier_is_bought_when_it_pays() -> None:
    """Proves: a second tier at A is worth 1 MEUR a year (506 + 10), and not 3 MEUR (then B: 526).

    Without tiers being a decision both costs would be 506 + 10 x their price.
    """
    tiers = {"tier_mw": [[25, 25], [100, 0], [100, 0]], "tier_first_quarter": [[0, 3], [0, 4], [0, 4]]}
    assert cost(**tiers, tier_cost_eur_per_year=[[0, 1e6], [0, 0], [0, 0]]) == pytest.approx(516.0)
    assert cost(**tiers, tier_cost_eur_per_year=[[0, 3e6], [0, 0], [0, 0]]) == pytest.approx(526.0)


def test_tiers_come_in_order() -> None:
    """Proves: the cheap second tier needs the dear first one (2 MEUR x 13 years): 506 + 26.

    Without it the cost would be 506.
    """
    how = {"tier_mw": [[50, 100], [0, 0], [0, 0]], "tier_first_quarter": 0}
    assert cost(**how, tier_cost_eur_per_year=[[2e6, 0], [0, 0], [0, 0]]) == pytest.approx(532.0)


def test_rule_on_the_connection() -> None:
    """Proves: a rule of 25 MW at A works like a smaller connection: 526. Without it the cost would be 506."""
    assert cost(max_site_mw=[25, 1000, 1000]) == pytest.approx(526.0)


def test_halls_stay() -> None:
    """Proves: halls built for 40 MW run on when only 20 are wanted: 3 x 44 + 440.

    Without it the cost would be 44 + 22 + 22 + 220 = 308.
    """
    assert cost(path_mw=[40, 20, 20, 20], limits={"lease_mw": 0.0}) == pytest.approx(572.0)


def test_rent_bridges_a_peak() -> None:
    """Proves: renting 20 MW for one quarter (40) beats keeping halls for ever (572): 62 + 22 + 22 + 220."""
    assert cost(path_mw=[40, 20, 20, 20]) == pytest.approx(326.0)


def test_final_own_share() -> None:
    """Proves: with rent at 1.0 below own at 1.1, half of the end is still owned: 60 + 10 (22 + 20).

    Without it the cost would be 60 + 400 = 460.
    """
    rent = {"lease_eur_per_mw_year": 1e6}
    assert cost(**rent, limits={"final_own_share": 0.5}) == pytest.approx(480.0)
    assert cost(**rent, limits={"final_own_share": 0.0}) == pytest.approx(460.0)


def test_pace_of_one_site() -> None:
    """Proves: one hall a quarter at a site: A 10 and rent 10, A 20, A 20, A 30 and B 10: 31 + 22 + 22 + 450.

    Without it the cost would be 506.
    """
    assert cost(limits={"site_halls_per_quarter": 1.0}) == pytest.approx(525.0)


def test_pace_of_the_programme() -> None:
    """Proves: 20 MW a quarter make 60 MW at the end start a quarter early: 22 + 22 + 44 + 660.

    Without it the cost would be 726.
    """
    assert cost(path_mw=[20, 20, 20, 60], limits={"fleet_mw_per_quarter": 20.0}) == pytest.approx(748.0)


def test_number_of_sites() -> None:
    """Proves: with one site only, and A too small, B takes all: 72 + 480. Without it 526."""
    assert cost(tier_mw=[[25, 0], [100, 0], [100, 0]], limits={"max_sites": 1.0}) == pytest.approx(552.0)


def test_one_design_a_site() -> None:
    """Proves: a site builds one design: 506 with the lean one that fits 40 MW.

    Its cheaper sister (1.0) draws 2.5 MW per MW, so 75 MW feed 30 MW. Without it, 20 MW of each cost 480.
    """
    base = tiny_problem(tier_first_quarter=A_ONLY, tier_mw=[[75, 0], [0, 0], [0, 0]])
    problem = second_design(base, cheaper_eur=1e5, peak=2.5)
    plan = solve(problem, gap=0.0)
    assert check(problem, plan).passed
    assert plan.attrs["objective_eur"] == pytest.approx(506e6)
    assert plan.design_name.values[0] == "hall"


def test_contracts_of_a_zone() -> None:
    """Proves: 20 MW of wind in FR feed 10 MW; the other 10 MW of wind go with halls to C: 66 + 10 x 50.

    Half the final fleet must run on wind (55 g). Without it the cost would be 526.
    """
    how = {"max_carbon_g_per_kwh": 55.0}
    assert cost(limits=how | {"ppa_wind_mw_per_zone": 20.0}) == pytest.approx(566.0)
    assert cost(limits=how) == pytest.approx(526.0)


def test_pv_contracts_of_a_zone() -> None:
    """Proves: PV is counted apart from wind, by the same rule: 566. Without it the cost would be 526."""
    how = {"wind_mw_per_mw": 0.0, "pv_mw_per_mw": figures(0.0, 2.0)}
    limits = {"max_carbon_g_per_kwh": 55.0, "ppa_wind_mw_per_zone": 1.0}
    assert cost(limits=limits | {"ppa_pv_mw_per_zone": 20.0}, **how) == pytest.approx(566.0)
    assert cost(limits=limits, **how) == pytest.approx(526.0)


def test_renewable_balance() -> None:
    """Proves: a rule asks half of A's use from contracts, so A costs 1.15: 69 + 460. Without it 506."""
    assert cost(min_res_share=[0.5, 0, 0]) == pytest.approx(529.0)


def test_eu_share() -> None:
    """Proves: half of the end on EU soil although C (EEA, 1.05) is cheapest: 63 + 10 (21 + 22).

    Without it the cost would be 483. The EEA does not count as EU.
    """
    how = {"option_cost_eur_per_mw_year": supply(0.1, 0.2, 0.05)}
    assert cost(**how, limits={"min_eu_share": 0.5}) == pytest.approx(493.0)
    assert cost(**how) == pytest.approx(483.0)


def test_third_country_share() -> None:
    """Proves: a quarter of the end in the UK at most: 3 x 21.5 + 10 (10.5 + 33). Without it 483.

    The EEA does not count as a third country.
    """
    how = {"option_cost_eur_per_mw_year": supply(0.1, 0.2, 0.05)}
    limits = {"max_third_country_share": 0.25}
    assert cost(**how, limits=limits, sovereignty_class=["EU", "EU", "UK"]) == pytest.approx(499.5)
    assert cost(**how, limits=limits) == pytest.approx(483.0)


def test_site_share() -> None:
    """Proves: no site holds more than half of the end: 66 + 10 (22 + 24). Without it 506."""
    assert cost(limits={"max_site_share": 0.5}) == pytest.approx(526.0)


def test_zone_share() -> None:
    """Proves: no zone holds more than half of the end: 66 + 10 (22 + 26). Without it 506."""
    assert cost(limits={"max_zone_share": 0.5}) == pytest.approx(546.0)


def test_committed_megawatts_count_in_shares() -> None:
    """Proves: 20 MW of the starting fleet at A and FR leave no room for more at half of 40 MW.

    The path asks 20 MW more at the end. B may not take them (zone), C must: 10 x 26. Without it 220.
    """
    started = {
        "committed_mw": 20.0,
        "committed_own_mw": 20.0,
        "committed_own_it_mw": 20.0,
        "committed_zone_mw": [20.0, 0.0],
        "committed_site_mw": [20.0, 0.0, 0.0],
    }
    assert cost(**started, limits={"max_zone_share": 0.5}) == pytest.approx(260.0)
    assert cost(**started) == pytest.approx(220.0)


def test_carbon_limit() -> None:
    """Proves: 55 g/kWh between grid (100) and wind (10) needs half of each at the end: 506 + 10 x 2.

    Without it the cost would be 506. Earlier quarters are not bound.
    """
    assert cost(limits={"max_carbon_g_per_kwh": 55.0}) == pytest.approx(526.0)


def test_carbon_free_share() -> None:
    """Proves: 75 % carbon-free between grid (60 %) and wind (90 %) needs half of each: 526. Without: 506."""
    assert cost(limits={"max_non_cfe_share": 0.25}) == pytest.approx(526.0)


def test_water_limit() -> None:
    """Proves: 0.05 m3/MWh between 0.1 and 0 needs half of each: 526. Without it 506."""
    how = {"water_m3_per_mw_year": figures(800.0, 0.0)}
    assert cost(**how, limits={"max_water_m3_per_mwh": 0.05}) == pytest.approx(526.0)


def test_budget() -> None:
    """Proves: 840 MEUR a year buy 30 MW (28 MEUR each), so one hall comes a quarter before its year: 748.

    Without it the cost would be 726: 20 MW in the first year and 40 in the second.
    """
    how = {"path_mw": [20, 20, 20, 60], "calendar_year": [2027, 2027, 2028, 2028]}
    assert cost(**how, limits={"budget_eur_per_year": 840e6}) == pytest.approx(748.0)
    assert cost(**how) == pytest.approx(726.0)


def test_budget_counts_batteries() -> None:
    """Proves: 10 MEUR of battery per MW of wind are capital: 28 x 40 + 10 x 20 fit in 1320, not in 1319."""
    how = {"option_capex_eur_per_mw": figures(0.0, 1e7)}
    carbon = {"max_carbon_g_per_kwh": 55.0}
    assert cost(**how, limits=carbon | {"budget_eur_per_year": 1320e6}) == pytest.approx(526.0)
    problem = tiny_problem(**how, limits=carbon | {"budget_eur_per_year": 1319e6})
    with pytest.raises(Exception, match="cannot be met"):
        solve(problem, gap=0.0)


def test_development_of_a_site() -> None:
    """Proves: 25 MEUR are paid once, when the first tier energises, discounted to the first quarter.

    The path starts in the third quarter, whose euro is worth 0.8: 22 + 440 + 0.8 x 25. Without it 462.
    """
    how = {"path_mw": [0, 0, 20, 40], "discount": [1.0, 0.9, 0.8, 0.7]}
    assert cost(**how, site_fixed_eur=25e6) == pytest.approx(482.0)


def test_target_on_grid_power() -> None:
    """Proves: when the target counts power at the connection, 50 MW of it are 40 MW of IT: 506."""
    how = {"count_mw_per_mw": 1.25, "attrs": {"basis": "grid"}, "path_mw": [25, 25, 25, 50]}
    assert cost(**how) == pytest.approx(506.0)


def test_excluded_site() -> None:
    """Proves: a rule that excludes A leaves B: 552. Without it 506."""
    assert cost(exclusion=["a stop", "", ""]) == pytest.approx(552.0)


def test_refused_design() -> None:
    """Proves: a design that is not allowed at A leaves B: 552. Without it 506."""
    assert cost(allowed=[[0], [1], [1]]) == pytest.approx(552.0)
