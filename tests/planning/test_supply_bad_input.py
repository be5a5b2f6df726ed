"""What the supply problem says to wrong, contradictory and badly scaled input."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from twin.errors import BadInput, Impossible, SystemFailure
from twin.planning.supply import Connection, Deferrable, Generator, Storage, SupplyProblem, solve_supply
from twin.planning.supply_fast import least_cost

FLAT = np.ones(4)
PRICE = np.array([20.0, 60.0, 10.0, 40.0])
WIND = Generator("wind", np.array([1.0, 0.0, 1.0, 0.5]), eur_per_mwh=30.0)
BASE = SupplyProblem(FLAT, PRICE)


def priced(factor: float) -> SupplyProblem:
    """A contract and a store that both pay, with all money multiplied by ``factor``."""
    return SupplyProblem(
        FLAT,
        PRICE * factor,
        generators=(replace(WIND, eur_per_mwh=30.0 * factor),),
        storages=(Storage(eur_per_mw_year=factor),),
    )


@pytest.mark.parametrize("factor", [1e-6, 1e6, 1e9])
def test_money_in_other_units_gives_the_same_supply(factor: float) -> None:
    """EUR beside MEUR: the cost scales with the unit. HiGHS keeps 1e-7 of the largest coefficient."""
    expected = solve_supply(priced(1.0)).objective_eur
    assert solve_supply(priced(factor)).objective_eur == pytest.approx(expected * factor, rel=1e-6)


@pytest.mark.parametrize("lost", [1e4, 1e6])
def test_a_very_dear_term_beside_cheap_ones_keeps_the_cheap_ones_right(lost: float) -> None:
    """Proves: with room for 0.9 MW the load takes all of it, 0.9 x 130 + 0.4 x lost; a store only loses."""
    problem = replace(BASE, connection=Connection(cap_mw=0.9), unserved_eur_per_mwh=lost)
    assert solve_supply(problem).objective_eur == pytest.approx(0.9 * 130 + 0.4 * lost, rel=1e-9)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"storages": (Storage(eur_per_mw_year=-5.0),)}, "cost >= 0 or an upper bound"),
        ({"generators": (replace(WIND, eur_per_mw_year=-1e4),), "max_contract_share": None}, "would earn"),
    ],
)
def test_money_without_limit_is_named(change: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        solve_supply(replace(BASE, **change))


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"connection": Connection(peak_eur_per_mw_year=-5.0)}, "connection.peak_eur_per_mw_year"),
        ({"connection": Connection(cap_mw=float("nan"))}, "connection.cap_mw"),
        ({"connection": Connection(network_eur_per_mwh=float("nan"))}, "connection.network_eur_per_mwh"),
        ({"connection": Connection(export_cap_mw=-1.0)}, "connection.export_cap_mw"),
        ({"storages": (Storage(eur_per_mwh_year=float("nan")),)}, "battery.eur_per_mwh_year"),
        ({"storages": (Storage(min_share=0.3, initial_share=0.2),)}, "battery.initial_share"),
        ({"storages": (Storage(min_share=1.0),)}, "battery.min_share"),
        ({"storages": (Storage(min_mw=float("inf")),)}, "battery.min_mw"),
        ({"storages": (Storage(charge_ratio=-1.0),)}, "battery.charge_ratio"),
        ({"generators": (replace(WIND, eur_per_mw_year=float("inf")),)}, "wind.eur_per_mw_year"),
        ({"unserved_eur_per_mwh": float("inf")}, "unserved_eur_per_mwh"),
        ({"max_sale_share": -0.1}, "max_sale_share"),
        ({"sale_cap_mw": float("nan")}, "sale_cap_mw"),
        ({"sale_fee_eur_per_mwh": float("nan")}, "sale_fee_eur_per_mwh"),
        ({"step_h": 0.0}, "step_h"),
        ({"price_eur_per_mwh": np.array(["dear"] * 4)}, "arrays and sizes"),
        ({"price_eur_per_mwh": np.array([1.0, np.inf, 1.0, 1.0])}, "price_eur_per_mwh[1]"),
    ],
)
def test_a_wrong_number_is_named(change: dict[str, Any], key: str) -> None:
    with pytest.raises(BadInput) as caught:
        solve_supply(replace(BASE, **change))
    assert key in {fault.key for fault in caught.value.faults}


@pytest.mark.parametrize(("option", "value"), [("method", "magic"), ("time_limit_s", 0.0)])
def test_unknown_solver_options_are_refused(option: str, value: Any) -> None:
    with pytest.raises(BadInput, match=option):
        solve_supply(BASE, **{option: value})


def test_lists_and_whole_numbers_are_arrays_too() -> None:
    lists: Any = replace(BASE, demand_mw=[1, 1, 1, 1], price_eur_per_mwh=[20, 60, 10, 40])
    assert solve_supply(lists).objective_eur == pytest.approx(130.0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"connection": Connection(cap_mw=0.0)}, r"100\.00% of it stays unserved"),
        ({"connection": Connection(market=False)}, r"100\.00% of it stays unserved"),
        ({"connection": Connection(cap_mw=0.5)}, r"50\.00% of it stays unserved"),
        ({"deferrables": (Deferrable(FLAT, 2.0, 0.5 * FLAT, FLAT),)}, "window from hour 0"),
        ({"cfe_hourly": 1.0, "generators": (WIND,)}, r"70\.00% is the most"),  # 1.6 MW of wind make 4 MWh
    ],
)
def test_what_cannot_be_says_what_can(change: dict[str, Any], words: str) -> None:
    with pytest.raises(Impossible, match=words):
        solve_supply(replace(BASE, **change))


def test_a_size_that_contradicts_its_contract_limit_is_impossible() -> None:
    """Two MW of wind give 5 MWh, more than the 4 MWh used."""
    with pytest.raises(Impossible):
        solve_supply(replace(BASE, generators=(WIND,)), {"size wind": 2.0})


def test_zero_capacities_leave_the_grid() -> None:
    """Proves: a contract and a store that may not be built change nothing: 130."""
    nothing = (replace(WIND, max_mw=0.0),)
    problem = replace(BASE, generators=nothing, storages=(Storage(max_mw=0.0, max_mwh=0.0),))
    assert solve_supply(problem).objective_eur == pytest.approx(130.0)
    assert least_cost(problem, 1000.0).objective_eur == pytest.approx(130.0, rel=3e-6)
    dark = replace(BASE, generators=(Generator("dark", 0 * FLAT),))
    assert solve_supply(dark).objective_eur == pytest.approx(130.0)


def test_no_load_behind_no_connection_costs_nothing() -> None:
    problem = replace(
        BASE, demand_mw=0 * FLAT, connection=Connection(cap_mw=0.0), cfe_hourly=1.0, cfe_annual=1.0
    )
    assert solve_supply(problem).objective_eur == 0.0


def test_one_hour_has_no_use_for_a_store() -> None:
    """Proves: 1 MWh at 5 by contract instead of 7; a cyclic store over one hour can move nothing."""
    contract = Generator("contract", np.ones(1), eur_per_mwh=5.0)
    problem = SupplyProblem(
        np.ones(1), np.array([7.0]), generators=(contract,), storages=(Storage(eur_per_mw_year=1.0),)
    )
    assert solve_supply(problem).objective_eur == pytest.approx(5.0)
    assert least_cost(problem, 1000.0).objective_eur == pytest.approx(5.0, rel=3e-6)


def test_a_charged_store_carries_one_hour_where_it_need_not_return() -> None:
    """Proves: 2 MWh half full give the hour's 1 MWh for 2 x 3. A cyclic store would leave the grid's 7."""
    store = Storage("b", 1.0, 1.0, eur_per_mwh_year=3.0, initial_share=0.5, cyclic=False)
    problem = SupplyProblem(np.ones(1), np.array([7.0]), storages=(store,))
    assert solve_supply(problem).objective_eur == pytest.approx(6.0)
    assert solve_supply(replace(problem, storages=(replace(store, cyclic=True),))).objective_eur == (
        pytest.approx(7.0)
    )


def test_a_floor_of_charge_has_to_be_bought() -> None:
    """Proves: to move 1 MWh with 20 % kept, 1.25 MWh are built. Without the floor 1 MWh would do."""
    store = Storage("b", 1.0, 1.0, eur_per_mwh_year=4.0, min_share=0.2)
    problem = SupplyProblem(np.array([0.0, 1.0]), np.array([10.0, 90.0]), storages=(store,))
    found = solve_supply(problem)
    assert found.objective_eur == pytest.approx(10.0 + 4.0 * 1.25)
    assert found.sizes["energy b"] == pytest.approx(1.25)


def test_plant_and_store_share_one_export_wire() -> None:
    """Proves: 1 MW leaves in each hour, not 2: 100 + 10 earned. Two wires would earn more."""
    sun = Generator("sun", np.ones(2), on_site=True, min_mw=2.0, max_mw=2.0)
    store = Storage("b", 1.0, 1.0, may_export=True, max_mw=5.0, max_mwh=5.0)
    problem = SupplyProblem(
        np.zeros(2),
        np.array([10.0, 100.0]),
        generators=(sun,),
        storages=(store,),
        connection=Connection(market=False, export_cap_mw=1.0),
    )
    assert solve_supply(problem).objective_eur == pytest.approx(-110.0)


@pytest.mark.parametrize("method", ["choose", "ipm"])
def test_a_solver_that_runs_out_of_time_says_so(method: str) -> None:
    rng, hours = np.random.default_rng(0), 8760
    problem = SupplyProblem(
        np.ones(hours),
        rng.uniform(0, 100, hours),
        generators=(Generator("w", rng.random(hours), eur_per_mwh=55.0),),
        storages=(Storage(eur_per_mw_year=1e4, eur_per_mwh_year=1e4),),
        cfe_hourly=0.9,
    )
    with pytest.raises(SystemFailure, match=r"time_limit after 0\.05 s"):
        solve_supply(problem, method=method, time_limit_s=0.05)
