"""Dispatch with foresight on systems of two or three hours that can be solved by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from small_years import balance_mw, bill_eur, load, terms

from twin.operation.dispatch import OVER_PEAK_EUR_PER_MW, foresight
from twin.operation.dispatch_promise import MOST, Guess, excess, keep_promise
from twin.operation.terms import Array, Battery, Demand, Prices, Terms
from twin.planning.supply import Connection, Generator, Storage, SupplyProblem, solve_supply

LOSSLESS = Battery(mw=1.0, mwh=1.0)


def planner_s(here: Terms, demand: Array) -> SupplyProblem:
    """The same site as the planner's supply problem, whose wind costs nothing."""
    b, t = here.supply.battery, here.tariff
    efficiencies = {"charge_efficiency": b.charge_efficiency, "discharge_efficiency": b.discharge_efficiency}
    return SupplyProblem(
        demand_mw=demand,
        price_eur_per_mwh=here.market.price_eur_per_mwh,
        generators=(Generator("wind", here.market.wind_cf),),
        storages=(Storage("battery", **efficiencies),),
        connection=Connection(
            cap_mw=here.supply.connection_mw,
            network_eur_per_mwh=t.network_eur_per_mwh,
            peak_eur_per_mw_year=t.network_eur_per_mw_year,
        ),
        sale_fee_eur_per_mwh=t.sale_fee_eur_per_mwh,
        max_contract_share=None,
        discharge_when_paid=False,
    )


def test_a_battery_carries_the_cheap_hour_into_the_dear_one() -> None:
    """Proves: 1 MWh bought at 10 + 5 replaces one at 100 + 5. Without the store the bill would be 120."""
    found = foresight(terms([10.0, 100.0], battery=LOSSLESS), load(1.0, 1.0)).flows
    assert found.through_mw == pytest.approx([2.0, 0.0], abs=1e-9)
    assert found.stored_mwh == pytest.approx([1.0, 0.0], abs=1e-9)


def test_losses_decide_whether_it_pays() -> None:
    """Proves: at 80 % there and back a spread of 15 to 18 does not pay, one of 15 to 20 does."""
    lossy = Battery(mw=1.0, mwh=1.0, charge_efficiency=0.8)
    for dear, pays in ((13.0, False), (15.0, True)):
        found = foresight(terms([10.0, dear], battery=lossy), load(1.0, 1.0)).flows
        assert (found.charge_mw.sum() > 0.5) == pays, dear


def test_the_planned_peak_holds_a_battery_back() -> None:
    """Proves: with the connection planned for the load alone nothing may be charged on top of it."""
    found = foresight(terms([10.0, 100.0], battery=LOSSLESS, peak_mw=1.0), load(1.0, 1.0)).flows
    assert found.charge_mw == pytest.approx([0.0, 0.0], abs=1e-9)


def test_the_planned_peak_yields_before_load_is_lost() -> None:
    found = foresight(terms([10.0], peak_mw=1.0), load(3.0)).flows
    assert found.unserved_mw == pytest.approx([0.0])
    assert found.through_mw == pytest.approx([3.0])
    assert OVER_PEAK_EUR_PER_MW > 0


def test_a_cut_connection_loses_what_the_battery_cannot_give() -> None:
    """Proves: 3 MW at 40 % of 5 MW: 2 come through, 0.5 from the store, 0.5 are lost."""
    half = Battery(mw=0.5, mwh=2.0)
    cut = terms([10.0, 10.0], battery=half, connection_mw=5.0, peak_mw=5.0, grid_share=[1.0, 0.4])
    found = foresight(cut, load(3.0, 3.0)).flows
    assert found.unserved_mw == pytest.approx([0.0, 0.5], abs=1e-9)
    assert found.through_mw[1] == pytest.approx(2.0)
    assert balance_mw(np.array([3.0, 3.0]), found) < 1e-9


def test_work_waits_for_the_cheap_hour_of_its_window() -> None:
    """Proves: of two windows of two hours each keeps its own work, in its own cheaper hour."""
    moving = np.ones(4)
    demand = Demand(np.ones(4), moving, 2.0 * moving, np.full(4, 1.2), 2)
    found = foresight(terms([10.0, 50.0, 60.0, 20.0]), demand).flows
    assert found.work_mw == pytest.approx([2.0, 0.0, 0.0, 2.0], abs=1e-9)
    assert found.through_mw == pytest.approx([3.4, 1.0, 1.0, 3.4])


@pytest.mark.parametrize(
    ("price", "used"),
    [
        (50.0, 1.0),  # used here, or sold for 48: used saves the fee
        (1.0, 1.0),  # a sale would bring less than nothing
        (-10.0, 0.0),  # the market pays to have energy taken: the contract is curtailed
    ],
)
@pytest.mark.parametrize("battery", [Battery(), LOSSLESS], ids=["by hours", "by programme"])
def test_contracts_are_used_where_that_is_cheaper(price: float, used: float, battery: Battery) -> None:
    found = foresight(terms([price] * 2, wind_cf=1.0, wind_mw=1.0, battery=battery), load(2.0, 2.0)).flows
    assert found.used_mw == pytest.approx([used, used], abs=1e-9)


def test_nobody_burns_power_in_the_battery_for_a_negative_price() -> None:
    paid = terms([-50.0, -50.0, -50.0], battery=Battery(mw=1.0, mwh=1.0, charge_efficiency=0.5))
    found = foresight(paid, load(1.0, 1.0, 1.0)).flows
    assert found.discharge_mw.sum() == pytest.approx(0.0, abs=1e-9)


def test_a_promise_of_carbon_free_energy_is_kept_at_its_price() -> None:
    """Proves: hours cost the same, one is clean, one grey; a promised quarter fills the store when clean.

    Without the promise nothing would move: 1 MWh of grey less costs 1/0.9 MWh more at 15. The promise of
    grey energy is a quarter of 2 MWh, so half of the second hour comes from the store.
    """
    lossy = Battery(mw=1.0, mwh=1.0, charge_efficiency=0.9)
    free = terms([10.0, 10.0], cfe=[1.0, 0.0], battery=lossy)
    assert foresight(free, load(1.0, 1.0)).flows.charge_mw.sum() == pytest.approx(0.0, abs=1e-9)
    held = terms([10.0, 10.0], cfe=[1.0, 0.0], battery=lossy, max_grey_share=0.25)
    found = keep_promise(held, load(1.0, 1.0), Guess())
    assert found.flows.import_mw[1] == pytest.approx(0.5, abs=1e-9)
    assert found.flows.charge_mw[0] == pytest.approx(0.5 / 0.9, abs=1e-9)
    assert found.prices.grey_eur_per_mwh == pytest.approx(15.0 / 0.9 - 15.0, rel=1e-3)
    assert excess(held, load(1.0, 1.0), found.flows) == pytest.approx(0.0, abs=1e-9)


def test_a_promise_that_is_met_anyway_costs_nothing() -> None:
    here = terms([10.0, 20.0], cfe=[1.0, 0.0], battery=LOSSLESS, max_grey_share=0.9)
    found = keep_promise(here, load(1.0, 1.0), Guess())
    assert found.prices == Prices()
    assert bill_eur(here, found.flows) == pytest.approx(bill_eur(here, foresight(here, load(1.0, 1.0)).flows))


@pytest.mark.parametrize("battery", [Battery(), LOSSLESS], ids=["by hours", "by programme"])
def test_a_promise_that_cannot_be_kept_is_given_up_not_refused(battery: Battery) -> None:
    here = terms([10.0, 10.0], cfe=0.0, max_grey_share=0.1, battery=battery)
    found = keep_promise(here, load(1.0, 1.0), Guess())
    assert found.flows.import_mw.sum() == pytest.approx(2.0)
    assert found.prices.grey_eur_per_mwh == pytest.approx(100.0 * MOST)


def test_a_promise_costs_what_the_planner_s_programme_says() -> None:
    """The search for a multiplier and a row of all hours find the same bill."""
    rng = np.random.default_rng(4)
    price, cfe, wind = 60 + 20 * rng.standard_normal(48), rng.random(48), rng.random(48)
    battery = Battery(mw=0.5, mwh=1.5, charge_efficiency=0.9, discharge_efficiency=0.95)
    here = terms(price, cfe=cfe, wind_cf=wind, wind_mw=0.8, battery=battery, max_grey_share=0.24)
    found = keep_promise(here, load(*np.ones(48)), Guess())
    assert found.prices.grey_eur_per_mwh > 0
    problem = replace(planner_s(here, np.ones(48)), cfe_share=cfe, cfe_hourly=0.76)
    sizes = {"size wind": 0.8, "size battery": 0.5, "energy battery": 1.5}
    assert bill_eur(here, found.flows) == pytest.approx(solve_supply(problem, sizes).objective_eur, rel=1e-5)


def test_a_warm_start_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    price = 50.0 + 30.0 * rng.standard_normal(72)
    here = terms(price, battery=LOSSLESS)
    first = foresight(here, load(*np.ones(72)))
    again = foresight(terms(price + 1.0, battery=LOSSLESS), load(*(1.01 * np.ones(72))), basis=first.basis)
    cold = foresight(terms(price + 1.0, battery=LOSSLESS), load(*(1.01 * np.ones(72))))
    assert bill_eur(here, again.flows) == pytest.approx(bill_eur(here, cold.flows), rel=1e-9)


@settings(max_examples=25)
@given(
    price=st.lists(st.floats(-20, 200), min_size=6, max_size=6),
    wind=st.lists(st.floats(0, 1), min_size=6, max_size=6),
    size=st.floats(0, 3),
    store=st.floats(0.1, 2),
)
@example(price=[0.0, 0.0, 0.0, -6.0, -6.0, -7.0], wind=[0.0] * 6, size=0.0, store=2.0)
def test_it_costs_what_the_planner_s_programme_says(
    price: list[float], wind: list[float], size: float, store: float
) -> None:
    """Two formulations that share no code agree on any small system with sizes fixed."""
    battery = Battery(mw=store, mwh=2.0 * store, charge_efficiency=0.9, discharge_efficiency=0.95)
    here = terms(price, wind_cf=wind, wind_mw=size, battery=battery, peak_eur=3.0)
    found = foresight(here, load(*np.ones(6))).flows
    problem = planner_s(here, np.ones(6))
    sizes = {"size wind": size, "size battery": store, "energy battery": 2.0 * store}
    expected = solve_supply(problem, sizes).objective_eur
    assert bill_eur(here, found) == pytest.approx(expected, rel=1e-6, abs=1e-6)
