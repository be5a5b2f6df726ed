"""The hourly supply problem on systems solvable by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from twin.errors import BadInput, Impossible
from twin.planning.supply import (
    Connection,
    Deferrable,
    Generator,
    Storage,
    SupplyProblem,
    coarse,
    solve_supply,
)
from twin.planning.supply_fast import least_cost, least_cost_proven
from twin.planning.supply_stencil import fits

FLAT = np.ones(4)
PRICE = np.array([10.0, 50.0, 50.0, 10.0])
FREE_STORE = Storage(charge_efficiency=1.0, discharge_efficiency=1.0)


def two_hours(**change: object) -> SupplyProblem:
    return replace(
        SupplyProblem(demand_mw=np.ones(2), price_eur_per_mwh=np.array([20.0, 60.0])),
        **change,  # type: ignore[arg-type]
    )


def test_grid_alone_pays_price_adders_and_peak() -> None:
    """Proves: 80 price + 2 x 5 network + 2 x 3 tax + 7 peak. Without adders the cost would be 80."""
    line = Connection(network_eur_per_mwh=5.0, import_eur_per_mwh=3.0, peak_eur_per_mw_year=7.0)
    solution = solve_supply(two_hours(connection=line))
    assert solution.objective_eur == pytest.approx(103.0)
    assert solution.peak_mw == pytest.approx(1.0)


def test_off_site_contract_pays_network_and_uses_the_connection() -> None:
    """Proves: PPA at 10 still pays 5 network a MWh: 30. Without it the cost would be 20."""
    wind = Generator("wind", np.ones(2), eur_per_mwh=10.0)
    solution = solve_supply(two_hours(generators=(wind,), connection=Connection(network_eur_per_mwh=5.0)))
    assert solution.objective_eur == pytest.approx(30.0)
    assert solution.peak_mw == pytest.approx(1.0)


def test_on_site_plant_avoids_network_and_connection() -> None:
    """Proves: the same plant on site costs 20 and no peak. As an off-site contract it would cost 30."""
    plant = Generator("plant", np.ones(2), eur_per_mwh=10.0, on_site=True)
    solution = solve_supply(two_hours(generators=(plant,), connection=Connection(network_eur_per_mwh=5.0)))
    assert solution.objective_eur == pytest.approx(20.0)
    assert solution.peak_mw == pytest.approx(0.0)


def test_contracted_volume_ends_at_consumption() -> None:
    """Proves: a contract cheaper than spot stops at 2 MWh. Without the cap it would earn without limit."""
    wind = Generator("wind", np.ones(2), eur_per_mwh=10.0)
    solution = solve_supply(two_hours(generators=(wind,)))
    assert solution.produced_mwh == pytest.approx(2.0)
    with pytest.raises(BadInput, match="would earn"):
        solve_supply(two_hours(generators=(wind,), max_contract_share=None))


def test_contract_at_capture_price_never_earns_alone() -> None:
    """Proves: with PPA = capture price the cost stays at grid cost. Cheaper would be free money.

    Wind blows in hour 1 only, capture price 20: selling it all pays 20 and costs 20.
    """
    wind = Generator("wind", np.array([1.0, 0.0]), eur_per_mwh=20.0)
    solution = solve_supply(two_hours(generators=(wind,)))
    assert solution.objective_eur == pytest.approx(80.0)


def test_battery_never_exports() -> None:
    """Proves: 1 MWh moves from 20 to 60 and the cost is 40. A trading battery would drive it below 0."""
    solution = solve_supply(two_hours(storages=(FREE_STORE,)))
    assert solution.objective_eur == pytest.approx(40.0)
    assert np.all(solution.flows["discharge battery"] <= 1.0 + 1e-9)
    assert solution.sold_mwh == 0.0


def test_store_splits_efficiency_and_loses_while_standing() -> None:
    """Proves: 1 MWh delivered needs 1/(0.8 x 0.5 x 0.9) bought at 1. Lossless it would need 1."""
    store = Storage(charge_efficiency=0.8, discharge_efficiency=0.5, standing_loss_per_h=0.1)
    problem = SupplyProblem(np.array([0.0, 1.0]), np.array([1.0, 1000.0]), storages=(store,))
    assert solve_supply(problem).objective_eur == pytest.approx(1 / (0.8 * 0.5 * 0.9))


def test_deferrable_work_is_conserved_in_each_window() -> None:
    """Proves: each window of two hours moves its work to its cheap hour: 4 x 10. Unmoved it costs 120."""
    moving = Deferrable(np.ones(4), 2.0, np.full(4, 2.0), np.ones(4))
    solution = solve_supply(SupplyProblem(np.zeros(4), PRICE, deferrables=(moving,)))
    assert solution.objective_eur == pytest.approx(40.0)
    np.testing.assert_allclose(solution.flows["work 0"], [2.0, 0.0, 0.0, 2.0], atol=1e-9)


def test_deferrable_work_keeps_its_power_limit() -> None:
    """Proves: with 1.5 MW at most, half the dear work stays: 3 x 10 + 1 x 50. Without the limit 40."""
    moving = Deferrable(np.ones(4), 2.0, np.full(4, 1.5), np.ones(4))
    assert solve_supply(
        SupplyProblem(np.zeros(4), PRICE, deferrables=(moving,))
    ).objective_eur == pytest.approx(80.0)


def test_hourly_target_buys_dear_clean_energy() -> None:
    """Proves: half of 2 MWh must be clean at 100: the dear hour swaps 60 for 100. Free it would cost 80."""
    clean = Generator("clean", np.ones(2), eur_per_mwh=100.0, pays="delivered")
    solution = solve_supply(two_hours(generators=(clean,), cfe_hourly=0.5))
    assert solution.objective_eur == pytest.approx(120.0)
    assert solution.cfe_hourly == pytest.approx(0.5)


def test_annual_matching_is_weaker_than_hourly() -> None:
    """Proves: surplus sold in hour 1 counts for the year, not for its hour. Hourly <= annual <= 1."""
    wind = Generator("wind", np.array([1.0, 0.0]), eur_per_mwh=30.0)
    solution = solve_supply(two_hours(generators=(wind,), cfe_annual=1.0, sale_fee_eur_per_mwh=1.0))
    assert solution.cfe_annual == pytest.approx(1.0)
    assert solution.cfe_hourly == pytest.approx(0.5)


def test_unreachable_target_says_what_can_be_reached() -> None:
    wind = Generator("wind", np.array([1.0, 0.0]), eur_per_mwh=30.0)
    with pytest.raises(Impossible, match=r"50\.00% is the most"):
        solve_supply(two_hours(generators=(wind,), cfe_hourly=0.9))


def test_cut_hours_need_a_store_or_are_impossible() -> None:
    """Proves: a connection cut in hour 2 is bridged by 1 MWh stored at 20. Without a store: impossible."""
    line = Connection(available=np.array([1.0, 0.0]))
    assert solve_supply(two_hours(connection=line, storages=(FREE_STORE,))).objective_eur == pytest.approx(
        40.0
    )
    with pytest.raises(Impossible, match="worst in hour 1"):
        solve_supply(two_hours(connection=line))


def test_unserved_energy_has_its_price() -> None:
    solution = solve_supply(two_hours(connection=Connection(cap_mw=0.5), unserved_eur_per_mwh=1000.0))
    assert solution.objective_eur == pytest.approx(0.5 * 80 + 1000.0)


def test_weather_years_share_sizes_and_weigh_their_costs() -> None:
    """Proves: two years at 0.75 and 0.25 cost 0.75 x 20 + 0.25 x 60. A plain mean would be 40."""
    price = np.array([[20.0], [60.0]])
    problem = SupplyProblem(np.ones((2, 1)), price, probability=np.array([0.75, 0.25]))
    assert solve_supply(problem).objective_eur == pytest.approx(30.0)


@pytest.mark.parametrize("size", [1.0, 1e-4, 1e5])
def test_cost_is_homogeneous_and_equals_the_sum_of_its_terms(size: float) -> None:
    problem = two_hours(storages=(replace(FREE_STORE, eur_per_mwh_year=1.0),)).scaled(size)
    solution = solve_supply(problem)
    assert solution.objective_eur == pytest.approx(41.0 * size)
    assert sum(solution.costs.values()) == pytest.approx(solution.objective_eur)


def test_one_hour_and_no_load() -> None:
    assert solve_supply(SupplyProblem(np.ones(1), np.array([7.0]))).objective_eur == pytest.approx(7.0)
    assert solve_supply(SupplyProblem(np.zeros(3), np.ones(3))).objective_eur == 0.0


def test_every_fault_is_listed_at_once() -> None:
    wind = Generator("wind", np.array([0.5, -0.1]))
    bad = two_hours(
        demand_mw=np.array([1.0, np.nan]), generators=(wind,), cfe_hourly=1.5, cfe_share=np.ones(3)
    )
    with pytest.raises(BadInput) as caught:
        solve_supply(bad)
    keys = {fault.key for fault in caught.value.faults}
    assert keys == {"demand_mw[1]", "wind.availability[1]", "cfe_hourly", "cfe_share"}
    with pytest.raises(BadInput, match="size wnd"):
        solve_supply(two_hours(), {"size wnd": 1.0})


def year(hours: int, target: float | None, moving: bool, seed: int = 3) -> SupplyProblem:
    """A site with daily prices, sun, gusty wind, a battery that pays and negative prices."""
    rng, t = np.random.default_rng(seed), np.arange(hours)
    sun = np.maximum(np.sin(2 * np.pi * (t % 24 - 6) / 24), 0.0)
    price = 70 + 40 * np.cos(2 * np.pi * (t % 24 - 19) / 24) - 75 * sun + 15 * rng.standard_normal(hours)
    wind = np.clip(0.35 + 0.3 * np.sin(2 * np.pi * t / 61) + 0.1 * rng.standard_normal(hours), 0, 1)
    load, share = np.full(hours, 1.1), 0.2 if moving else 0.0
    work = share * load
    per_year = hours / 8760
    return SupplyProblem(
        demand_mw=load - work,
        price_eur_per_mwh=price,
        cfe_share=0.5 + 0.2 * wind,
        generators=(Generator("wind", wind, eur_per_mwh=75.0), Generator("pv", 0.8 * sun, eur_per_mwh=45.0)),
        storages=(Storage(eur_per_mw_year=1e4 * per_year, eur_per_mwh_year=1.2e4 * per_year),),
        deferrables=(Deferrable(work, 24.0, 2 * work, np.ones(hours)),) if moving else (),
        connection=Connection(network_eur_per_mwh=8.0, peak_eur_per_mw_year=5e4 * per_year),
        sale_fee_eur_per_mwh=3.0,
        cfe_hourly=target,
    )


@pytest.mark.parametrize("target", [None, 0.9, 0.95])
@pytest.mark.parametrize("moving", [False, True])
def test_fast_method_agrees_with_highs(target: float | None, moving: bool) -> None:
    """The interior point stops at a relative gap of 1e-6; HiGHS solves the same LP to 1e-7."""
    problem = year(336, target, moving)
    assert fits(problem)
    exact, fast = solve_supply(problem), least_cost(problem, grey_eur_per_mwh=2000.0)
    assert fast.objective_eur == pytest.approx(exact.objective_eur, rel=3e-6)
    if target is not None:
        assert fast.cfe_hourly >= target - 1e-6


def test_fast_flows_balance_and_stay_within_limits() -> None:
    problem = year(240, 0.9, True)
    solution = least_cost(problem, grey_eur_per_mwh=2000.0)
    f = solution.flows
    supplied = f["import"] + f["used off-site"] + f["discharge battery"] - f["charge battery"]
    np.testing.assert_allclose(supplied, f["load"], atol=1e-6)
    assert np.all(f["discharge battery"] <= f["load"] + 1e-6)
    assert np.all(f["stored battery"] <= solution.sizes["energy battery"] + 1e-6)
    np.testing.assert_allclose(f["work 0"].reshape(-1, 24).sum(1), np.full(10, 24 * 0.22), atol=1e-6)


def test_fast_method_gives_up_a_target_that_costs_too_much() -> None:
    """Proves: with nothing to contract the target is missed and the supply is the grid's."""
    problem = replace(year(48, 0.99, False), generators=())
    solution = least_cost(problem, grey_eur_per_mwh=10.0)
    assert solution.cfe_hourly < 0.99


def test_weather_years_agree_between_methods() -> None:
    base = year(96, 0.8, False)
    other = year(96, 0.8, False, seed=4)
    both = replace(
        base,
        price_eur_per_mwh=np.stack([base.price_eur_per_mwh, other.price_eur_per_mwh]),
        probability=np.array([0.3, 0.7]),
    )
    exact, fast = solve_supply(both), least_cost(both, grey_eur_per_mwh=2000.0)
    assert fast.objective_eur == pytest.approx(exact.objective_eur, rel=3e-6)


def test_coarse_sizes_are_priced_on_all_hours() -> None:
    """Sizes proposed on 4-hour means cost at least the optimum when every hour prices them."""
    problem = year(336, None, False)
    sizes = {k: v for k, v in solve_supply(coarse(problem, 4)).sizes.items() if k != "size connection"}
    assert solve_supply(problem, sizes).objective_eur >= solve_supply(problem).objective_eur * (1 - 1e-9)


@pytest.mark.parametrize("target", [None, 0.9])
@pytest.mark.parametrize("moving", [False, True])
def test_proven_bound_lies_just_below_every_supply(target: float | None, moving: bool) -> None:
    """Proves: the bound is below the exact optimum, and within the method's 1e-6 gap plus rounding of it."""
    problem = year(336, target, moving)
    problem = replace(problem, use_eur_per_mwh=np.linspace(-2.0, 4.0, 336))
    store = replace(problem.storages[0], max_mw=10.0, max_mwh=240.0)
    problem = replace(problem, storages=(store,))
    exact, proven = solve_supply(problem), least_cost_proven(problem, grey_eur_per_mwh=2000.0)
    assert proven.bound_eur <= exact.objective_eur * (1 + 1e-9)
    assert proven.bound_eur == pytest.approx(exact.objective_eur, rel=5e-6)
    assert proven.solution.objective_eur == pytest.approx(exact.objective_eur, rel=3e-6)


def test_price_behind_the_bound_holds_for_any_other_supply() -> None:
    """Proves: cost + price x (grey - (1 - target) x use) >= bound also for a supply that misses the target.

    Without the price the bound of a 95 % target would be claimed for the grid alone, which costs less.
    """
    target = 0.95
    problem = year(336, target, False)
    problem = replace(problem, storages=(replace(problem.storages[0], max_mw=10.0, max_mwh=240.0),))
    proven = least_cost_proven(problem, grey_eur_per_mwh=2000.0)
    grid = solve_supply(replace(problem, cfe_hourly=None, generators=(), storages=()))
    excess = grid.non_cfe_mwh - (1 - target) * grid.consumption_mwh
    assert grid.objective_eur < proven.bound_eur
    assert grid.objective_eur + proven.target_eur_per_mwh * excess >= proven.bound_eur


@pytest.mark.parametrize("peak_eur", [1e4, 1e6])
def test_no_store_burns_energy_that_the_market_pays_to_have_taken(peak_eur: float) -> None:
    """Proves: however dear the peak, a store gives nothing in hours in which imports are paid for.

    Both methods agree to 1e-5 and the bound lies under HiGHS's optimum. With a mere price of 1,000 EUR/MWh on
    such discharge a peak of 1e6 EUR/MW was flattened with it: the supply cost less than its own bound.
    """
    hours = np.arange(240)
    load = 1.0 + 0.3 * np.sin(hours / 7.0) + 0.2 * (hours % 24 == 12)
    price = 40.0 + 30.0 * np.sin(2 * np.pi * hours / 24) - 90.0 * (hours % 24 == 12)
    problem = SupplyProblem(
        demand_mw=load,
        price_eur_per_mwh=price,
        generators=(Generator("pv", np.maximum(np.sin(2 * np.pi * (hours - 6) / 24), 0.0), 45.0),),
        storages=(Storage(eur_per_mw_year=200.0, eur_per_mwh_year=300.0, max_mw=10.0, max_mwh=240.0),),
        connection=Connection(peak_eur_per_mw_year=peak_eur),
        discharge_when_paid=False,
    )
    exact, proven = solve_supply(problem), least_cost_proven(problem, grey_eur_per_mwh=2000.0)
    paid = price < 0
    assert paid.any()
    assert np.abs(proven.solution.flows["discharge battery"][paid]).max() == 0.0
    assert proven.solution.objective_eur == pytest.approx(exact.objective_eur, rel=1e-5)
    assert proven.bound_eur <= exact.objective_eur * (1 + 1e-9)
    assert proven.bound_eur == pytest.approx(exact.objective_eur, rel=1e-5)
