from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pypsa
import pytest

from twin.exchange.export import export_run
from twin.exchange.hours import Part, fleet_parts
from twin.exchange.pypsa_network import build_network
from twin.operation.dispatch_promise import Guess, keep_promise
from twin.operation.terms import Array, Battery, Prices, Supply, Terms

if TYPE_CHECKING:
    from twin.results import Run

WEEKS = slice(0, 2 * 168)
PLAN_TOLERANCE = 1e-5
"""The plan's supplies are solved to this relative distance from their bound (OPTION_TOLERANCE)."""
SOLVER_TOLERANCE = 1e-7
"""Both programmes are solved by HiGHS to a feasibility of 1e-7."""


def optimised(network: pypsa.Network) -> pypsa.Network:
    status = network.optimize(include_objective_constant=False, log_to_console=False)
    assert status == ("ok", "optimal")
    return network


def test_pypsa_finds_the_operation_cost_of_the_plan(exported: Path, tiny_run: Run) -> None:
    network = optimised(pypsa.Network(exported / "network.nc"))
    per_mw = tiny_run.problem["option_cost_eur_per_mw_year"].sel(option_term="energy")
    paid = float((tiny_run.plan["option_mw"].isel(quarter=-1) * per_mw).sum())
    assert network.objective == pytest.approx(paid, rel=PLAN_TOLERANCE)
    assert network.meta["planned_eur_per_year"] == pytest.approx(paid, rel=1e-12)


def test_the_network_holds_the_fleet(exported: Path, tiny_run: Run) -> None:
    network = pypsa.Network(exported / "network.nc")
    parts, _ = fleet_parts(tiny_run)
    assert len(network.snapshots) == 8760
    for part in parts:
        bus = network.buses.loc[part.name]
        assert bus["location"] == part.year.site
        assert (bus["x"], bus["y"]) == (-8.86, 37.95)  # longitude and latitude of Sines
        assert network.generators.loc[f"{part.name} wind", "p_nom"] == part.supply.wind_mw
    network.consistency_check(strict=["all"])


def cut(part: Part, hours: slice, supply: Supply) -> Part:
    """Return the part in some hours of its year, with another supply."""
    told = part.year.planned
    names = ("it_pu", "moving_pu", "kept_pu", "pue", "wue_l_per_kwh")
    planned = replace(told, **{name: getattr(told, name)[hours] for name in names})
    year = replace(part.year, planned=planned, terms=replace(part.year.terms, supply=supply).hours(hours))
    return replace(part, year=year, supply=supply)


def bill(terms: Terms, part: Part) -> tuple[float, Array]:
    """Return what the plan's own dispatch pays, and the power it buys: sums of its flows, nothing else."""
    flows = keep_promise(terms, part.demand, Guess()).flows
    market, tariff, supply = terms.market, terms.tariff, terms.supply
    wind, pv = supply.wind_mw * market.wind_cf, supply.pv_mw * market.pv_cf
    left = wind + pv - flows.used_mw
    paid = float((flows.import_mw * market.price_eur_per_mwh).sum())
    paid += float(flows.through_mw.sum()) * tariff.network_eur_per_mwh
    paid += float(flows.through_mw.max()) * tariff.network_eur_per_mw_year
    paid += float(wind.sum()) * tariff.wind_eur_per_mwh + float(pv.sum()) * tariff.pv_eur_per_mwh
    paid -= float((left * np.maximum(market.price_eur_per_mwh - tariff.sale_fee_eur_per_mwh, 0.0)).sum())
    return paid + supply.battery.eur_per_year, flows.import_mw


@pytest.fixture(scope="module")
def part(tiny_run: Run) -> Part:
    return fleet_parts(tiny_run)[0][0]


def supplied(part: Part, **changes: object) -> Supply:
    battery = Battery(20.0, 80.0, 0.96, 0.95, 4e-5, 1.5e5)
    base = Supply(wind_mw=1.5 * part.mw, pv_mw=part.mw, battery=battery, peak_mw=0.95 * part.mw,
                  connection_mw=part.mw)  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


def network_of(part: Part) -> pypsa.Network:
    time = pd.date_range("2030-01-01", periods=len(part.year.planned.pue), freq="h")
    return build_network([part], time, {part.year.site: (0.0, 0.0)}, {"case": "cut"})


@pytest.mark.parametrize("window_h", [1, 6])
def test_a_battery_contracts_and_waiting_load_cost_what_our_dispatch_says(part: Part, window_h: int) -> None:
    some = cut(part, WEEKS, supplied(part))
    planned = replace(some.year.planned, window_h=window_h)
    some = replace(some, year=replace(some.year, planned=planned))
    paid, _ = bill(some.terms, some)
    network = optimised(network_of(some))
    assert network.objective == pytest.approx(paid, rel=SOLVER_TOLERANCE)
    if window_h == 1:
        assert "waiting" not in " ".join(network.stores.index)


def test_hours_that_pay_to_take_energy_burn_none_in_the_battery(part: Part) -> None:
    some = cut(part, WEEKS, supplied(part))
    market = some.year.terms.market
    odd = replace(market, price_eur_per_mwh=np.where(np.arange(len(market.pv_cf)) % 7 < 3, -80.0, 60.0))
    some = replace(some, year=replace(some.year, terms=replace(some.year.terms, market=odd)))
    network = optimised(network_of(some))
    assert network.objective == pytest.approx(bill(some.terms, some)[0], rel=SOLVER_TOLERANCE)
    given = network.storage_units_t["p_dispatch"].values[:, 0]
    assert float(given[some.terms.buy_eur_per_mwh() < 0].max()) < 1e-6


def test_a_promise_of_carbon_free_energy_is_kept(part: Part) -> None:
    free = cut(part, WEEKS, supplied(part))
    paid, bought = bill(free.terms, free)
    prices = Prices(grey_eur_per_mwh=100.0)
    grey = float(prices.on_market_eur_per_mwh(free.terms.market) @ bought)
    demand = free.demand
    use = float((demand.base_mw + demand.mw_per_work * demand.work_mw).sum())
    bound = replace(free.supply, promise=prices, promised_eur_per_mwh=0.98 * grey / use)
    kept = replace(free, supply=bound)
    dearer, _ = bill(kept.terms, kept)
    network = optimised(network_of(kept))
    assert dearer > paid * (1 + 1e-5)  # the promise costs something, or the test shows nothing
    # our search ends within 1e-6 of the promise's worth, and a promise counts the use of load that waits
    assert network.objective == pytest.approx(dearer, rel=1e-4)
    assert network.objective > paid * (1 + 1e-5)


@pytest.mark.slow
def test_the_gigawatt_plan_costs_the_same_in_pypsa(tmp_path: Path) -> None:
    from twin.inputs import load_case
    from twin.progress import Reporter
    from twin.run import plan_case

    run = plan_case(load_case("europe-1gw-2030"), tmp_path / "runs", Reporter(quiet=True))
    export_run(run, ["pypsa"], tmp_path)
    network = optimised(pypsa.Network(tmp_path / "network.nc"))
    assert network.objective == pytest.approx(network.meta["planned_eur_per_year"], rel=PLAN_TOLERANCE)
