"""Dispatch without foresight: the hour itself, a rule, a rolling horizon, and how they rank."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from small_years import balance_mw, bill_eur, load, terms

from twin.operation.dispatch import foresight
from twin.operation.dispatch_rolling import ForecastError, rolling, window_within_day
from twin.operation.dispatch_rule import by_rule, past_mean
from twin.operation.settle import settle, used_first
from twin.operation.terms import Array, Battery, Demand, Flows, Prices, Terms

HOURS = 24 * 14
NO_ERROR = ForecastError(price=0.0, wind=0.0, pv=0.0, load=0.0)


def fortnight(seed: int, battery: Battery | None = None) -> tuple[Terms, Demand]:
    """Two weeks with a daily price curve, wind, a store, and work of which a part may wait."""
    rng, hour = np.random.default_rng(seed), np.arange(HOURS)
    price = 60.0 + 30.0 * np.sin(2 * np.pi * (hour - 9) / 24) + 8.0 * rng.standard_normal(HOURS)
    wind = np.clip(0.4 + 0.3 * np.sin(2 * np.pi * hour / 90) + 0.05 * rng.standard_normal(HOURS), 0, 1)
    store = battery or Battery(mw=2.0, mwh=6.0, charge_efficiency=0.95, discharge_efficiency=0.95)
    here = terms(
        price, wind_cf=wind, wind_mw=8.0, battery=store, peak_mw=14.0, connection_mw=20.0, peak_eur=50.0
    )
    base = 8.0 + rng.random(HOURS)
    return here, Demand(base, np.ones(HOURS), np.full(HOURS, 3.0), np.full(HOURS, 1.1), 24)


def power_of(demand: Demand) -> Callable[[slice, Array], Array]:
    """The real power of a site whose load is exactly the linear one."""
    return lambda part, work: demand.base_mw[part] + demand.mw_per_work[part] * work


def rolled(here: Terms, demand: Demand, error: ForecastError | None = None, seed: int = 3) -> Flows:
    """The rolling horizon on a linear site."""
    return rolling(here, demand, Prices(), power_of(demand), seed, error)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_foresight_is_never_dearer(seed: int) -> None:
    """Proves: foresight <= rolling without errors <= ... and <= rule, all on the same hours.

    The others begin with an empty store, so a dispatch that ends as it began can copy them.
    """
    here, demand = fortnight(seed)
    best = bill_eur(here, foresight(here, demand).flows)
    sharp, blurred = (bill_eur(here, rolled(here, demand, error)) for error in (NO_ERROR, None))
    ruled = bill_eur(here, by_rule(here, demand, Prices()))
    slack = 1e-9 * abs(best)
    assert best <= min(sharp, blurred, ruled) + slack
    assert sharp < blurred < ruled  # here the order is strict: errors cost, and the rule never defers


@pytest.mark.parametrize("policy", ["rolling", "rule"])
def test_every_hour_balances_and_the_store_keeps_its_bounds(policy: str) -> None:
    here, demand = fortnight(7)
    flows = rolled(here, demand) if policy == "rolling" else by_rule(here, demand, Prices())
    assert balance_mw(demand.base_mw + demand.mw_per_work * flows.work_mw, flows) < 1e-9
    b, before = here.supply.battery, np.concatenate([[0.0], flows.stored_mwh[:-1]])
    moved = before + b.charge_efficiency * flows.charge_mw - flows.discharge_mw / b.discharge_efficiency
    assert flows.stored_mwh == pytest.approx(moved, abs=1e-9)
    assert flows.stored_mwh.min() >= 0 and flows.stored_mwh.max() <= b.mwh + 1e-9
    assert max(flows.charge_mw.max(), flows.discharge_mw.max()) <= b.mw + 1e-9
    assert not np.any((flows.charge_mw > 1e-9) & (flows.discharge_mw > 1e-9))


def test_rolling_keeps_the_work_of_every_day() -> None:
    here, demand = fortnight(5)
    work = rolled(here, demand).work_mw.reshape(-1, 24).sum(axis=1)
    assert work == pytest.approx(demand.work_mw.reshape(-1, 24).sum(axis=1), rel=1e-9)


def test_the_same_seed_gives_the_same_year_and_another_does_not() -> None:
    here, demand = fortnight(5)
    first, again, other = (rolled(here, demand, seed=seed).through_mw for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)


def test_the_store_gives_all_it_has_before_load_is_lost() -> None:
    """Proves: 3 MW on 2 MW of connection: the store gives 1 MW as long as it lasts, then load is lost."""
    here = terms([10.0] * 3, battery=Battery(mw=1.0, mwh=2.0), peak_mw=2.0, connection_mw=2.0)
    zero = np.zeros(3)
    flows = settle(here, np.full(3, 3.0), zero, zero, 2.0, 2.0, Prices(), zero)
    assert flows.discharge_mw == pytest.approx([1.0, 1.0, 0.0])
    assert flows.unserved_mw == pytest.approx([0.0, 0.0, 1.0])


def test_the_store_holds_the_planned_peak() -> None:
    here = terms([10.0] * 2, battery=Battery(mw=1.0, mwh=1.0), peak_mw=2.0)
    zero = np.zeros(2)
    flows = settle(here, np.array([2.5, 2.5]), zero, zero, 0.5, 2.0, Prices(), zero)
    assert flows.through_mw == pytest.approx([2.0, 2.5])  # held while the store lasts, then exceeded
    assert flows.unserved_mw == pytest.approx([0.0, 0.0])


def test_wishes_are_cut_to_what_fits() -> None:
    here = terms([10.0] * 2, battery=Battery(mw=1.0, mwh=1.0, charge_efficiency=0.5), peak_mw=1.6)
    flows = settle(here, np.ones(2), np.full(2, 9.0), np.zeros(2), 0.75, 1.6, Prices(), np.zeros(2))
    assert flows.charge_mw == pytest.approx([0.5, 0.0])  # room of 0.25 MWh; then none
    assert flows.stored_mwh == pytest.approx([1.0, 1.0])


def test_a_price_on_grey_energy_keeps_contracts_in_use_where_the_market_pays() -> None:
    here = terms([-10.0], cfe=0.0, wind_cf=1.0, wind_mw=1.0)
    through = np.ones(1)
    assert used_first(here, through, Prices())[0] == 0.0
    assert used_first(here, through, Prices(grey_eur_per_mwh=11.0))[0] == 1.0


@pytest.mark.parametrize(("window", "kept"), [(0, 1), (1, 1), (2, 2), (5, 4), (24, 24), (168, 24)])
def test_windows_are_cut_to_a_part_of_a_day(window: int, kept: int) -> None:
    assert window_within_day(window) == kept


def test_the_mean_of_the_past_day_knows_no_future() -> None:
    values = np.array([4.0, 2.0, 6.0, 100.0])
    assert past_mean(values, 2) == pytest.approx([4.0, 4.0, 3.0, 4.0])


def test_without_a_store_all_policies_that_defer_nothing_agree() -> None:
    here, demand = fortnight(3, Battery())
    still = demand.fixed()
    flows = [foresight(here, still).flows, rolled(here, still), by_rule(here, still, Prices())]
    for other in flows[1:]:
        assert other.through_mw == pytest.approx(flows[0].through_mw, abs=1e-9)
        assert other.used_mw == pytest.approx(flows[0].used_mw, abs=1e-9)
    assert load(1.0).moves is False
