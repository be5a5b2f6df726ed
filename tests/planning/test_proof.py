"""The proof: plan from above, bound from below, and the whole problem as one monolith between them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
import xarray as xr
from test_menu import inputs
from tiny_problems import tiny_problem

from twin.errors import Impossible
from twin.planning.certificate import check
from twin.planning.highs import compile_model, run
from twin.planning.load_range import LOAD
from twin.planning.master_data import MEUR
from twin.planning.menu import Menu, open_menu
from twin.planning.option_row import CAPITAL, CONTRACTED, PEAK, PRICED
from twin.planning.options import no_arbitrage_eur_per_mwh
from twin.planning.outer import SCALE, SUPPLY, outer_data
from twin.planning.problem import MENU_FIGURES
from twin.planning.proof import OUT_OF_TIME, prove
from twin.planning.site_design import SiteDesign
from twin.planning.siting import build_model, solve
from twin.planning.supply_support import FAMILIES

SITES = ("DE-FRA", "FR-FOU")
HOURS = 72
FIGURES = (*MENU_FIGURES, "option_capex_eur_per_mw", "valid")
Limits = dict[str, float | None]


def small_menu(moving_share: float = 0.0) -> Menu:
    """Two sites for three days with different prices; wind, PV, a battery; load that cannot wait.

    With ``moving_share`` that part of it may run at the other site, and the dearer hours are not the same.
    """
    sites, facility, grids, technology, case = inputs(SITES)
    grids, facility = grids.isel(time=slice(0, HOURS)), facility.isel(time=slice(0, HOURS))
    grids["price_eur_per_mwh"] = grids.price_eur_per_mwh + xr.DataArray(
        [0.0, 25.0], dims="zone", coords={"zone": grids.zone}
    )
    if moving_share:
        grids["price_eur_per_mwh"] = xr.where(
            grids.zone == "FR", grids.price_eur_per_mwh.roll(time=9), grids.price_eur_per_mwh
        ).transpose("zone", "time")
    grids["deferrable_share"] = grids.deferrable_share * 0.0
    grids.attrs = {"label": "calibrated reference year"}
    case = case.model_copy(
        update={
            "energy": case.energy.model_copy(update={"options": ("grid_only", "cheapest")}),
            "shifting": case.shifting.model_copy(update={"batch_share": moving_share}),
        }
    )
    cheap_battery = technology.model_copy(
        update={
            # three days stand for a year here, so whatever is paid by the year costs 72/8760 of it
            "battery_eur_per_kw": technology.battery_eur_per_kw * HOURS / 8760,
            "battery_eur_per_kwh": technology.battery_eur_per_kwh * HOURS / 8760,
        }
    )
    part = {site.name: site.network_eur_per_mw_year * HOURS / 8760 for site in sites}
    sites = [site.model_copy(update={"network_eur_per_mw_year": part[site.name]}) for site in sites]
    return open_menu(sites, facility, grids, cheap_battery, case, workers=0)


def problem_of(menu: xr.Dataset, limits: Limits, **overrides: Any) -> xr.Dataset:
    """The tiny siting problem with the supply of ``menu`` in place of its two options."""
    base = tiny_problem(limits, site=np.asarray(SITES), **overrides)
    menu = menu.sel(design=["good"])
    count = menu.sizes["option"]
    problem = base.isel(option=np.zeros(count, dtype=int)).assign_coords(
        site=list(SITES), design=["good"], option=menu.option.values, figure=menu.figure.values
    )
    sdo = ("site", "design", "option")
    cost = np.zeros((3, 2, 1, count))
    cost[0] = menu.energy_cost_eur_per_mw_year.values
    named = {name: (sdo, menu[name].values) for name in FIGURES}
    named |= {name: (sdo, menu[name].values) for name in ("supported", "support_eur_per_mw_year")}
    named |= {name: (sdo[:2], menu[name].values) for name in LOAD}
    problem.attrs["max_contract_share"] = 1.0
    return problem.assign(
        named
        | {
            "option_cost_eur_per_mw_year": (("option_term", *sdo), cost),
            "support_price": (("figure", *sdo), menu.support_price.values),
            "allowed": (sdo[:2], np.ones((2, 1))),
        }
    )


def monolith(problem: xr.Dataset, jobs: dict[tuple[str, str], SiteDesign]) -> float:
    """Solve the whole problem in one: the master with every hour of every site's supply written out.

    Only names of rows are shared with the proof: the hourly equations are written again, in Pyomo.
    """
    data = outer_data(problem)
    m = build_model(data)
    for name in FAMILIES:
        m.component(name).deactivate()
    m.hourly = pyo.Block([(*h, q) for h in data.hosts for q in data.open_quarters(h[0])])
    for *h, q in m.hourly:
        _write_hours(m, m.hourly[(*h, q)], jobs[h[0], h[1]], tuple(h), q)
    m.balance = pyo.ConstraintList()
    for q in data.quarters:
        blocks = [m.hourly[key] for key in m.hourly if key[-1] == q]
        for t in range(HOURS) if any(len(b.work) for b in blocks) else ():
            m.balance.add(sum(b.work[t] for b in blocks) == 0)
    found = run(compile_model(m), gap=1e-9, time_limit_s=120.0)
    assert found.status == "optimal"
    return found.objective / MEUR


def _write_hours(m: Any, b: Any, job: SiteDesign, h: tuple[str, str, str], q: str) -> None:
    hours, mw = range(HOURS), m.mix[(*h, q)]
    b.work = pyo.Var(hours if job.in_pu is not None else ())
    b.bought, b.used, b.give, b.take, b.level = (
        pyo.Var(hours, domain=pyo.NonNegativeReals) for _ in range(5)
    )
    b.wind, b.pv, b.power, b.energy, b.peak = (pyo.Var(domain=pyo.NonNegativeReals) for _ in range(5))
    b.rows = pyo.ConstraintList()
    keep, gain, draw = (
        1 - job.battery_standing_loss_per_h,
        job.battery_charge_efficiency,
        1 / job.battery_discharge_efficiency,
    )
    adders = job.network_eur_per_mwh + job.tax_eur_per_mwh
    load = {t: float(job.it_pu[t] * job.pue[t]) * mw for t in hours}
    for t in b.work:
        assert job.in_pu is not None and job.out_pu is not None
        b.rows.add(b.work[t] <= float(job.in_pu[t]) * mw)
        b.rows.add(b.work[t] >= -float(job.out_pu[t]) * mw)
        load[t] += float(job.pue[t]) * b.work[t]
    for t in hours:
        b.rows.add(b.bought[t] + b.used[t] + b.give[t] - b.take[t] == load[t])
        b.rows.add(b.used[t] <= float(job.wind_cf[t]) * b.wind + float(job.pv_cf[t]) * b.pv)
        before = b.level[t - 1] if t else b.level[HOURS - 1]
        b.rows.add(b.level[t] == keep * before + gain * b.take[t] - draw * b.give[t])
        for flow, size in ((b.give[t], b.power), (b.take[t], b.power), (b.level[t], b.energy)):
            b.rows.add(flow <= size)
        b.rows.add(b.give[t] <= load[t])
        b.rows.add(b.bought[t] + b.used[t] <= b.peak)
        if job.price_eur_per_mwh[t] + adders < 0:
            b.rows.add(b.give[t] == 0)
    b.rows.add(b.power <= 10 * mw)
    b.rows.add(b.energy <= 240 * mw)
    wind, pv = float(job.wind_cf.sum()), float(job.pv_cf.sum())
    use = sum(load.values())
    b.rows.add(wind * b.wind + pv * b.pv <= job.max_contract_share * use)
    fee, price = job.sale_fee_eur_per_mwh, job.price_eur_per_mwh
    worth = np.maximum(price - fee, 0.0)
    floors = [
        max(ppa, no_arbitrage_eur_per_mwh(price, cf, fee))
        for ppa, cf in ((job.ppa_wind_eur_per_mwh, job.wind_cf), (job.ppa_pv_eur_per_mwh, job.pv_cf))
    ]
    share = job.battery_annuity_share
    cost = (
        sum((float(price[t]) + adders) * b.bought[t] + (float(worth[t]) + adders) * b.used[t] for t in hours)
        + (floors[0] * wind - float(worth @ job.wind_cf)) * b.wind
        + (floors[1] * pv - float(worth @ job.pv_cf)) * b.pv
        + 1000 * share * (job.battery_eur_per_kw * b.power + job.battery_eur_per_kwh * b.energy)
        + job.network_eur_per_mw_year * b.peak
    )
    grey = sum((1 - float(job.cfe_share[t])) * b.bought[t] for t in hours)
    carbon = sum(float(job.carbon_g_per_kwh[t]) * b.bought[t] for t in hours) / 1000
    carbon += (job.wind_g_per_kwh * wind * b.wind + job.pv_g_per_kwh * pv * b.pv) / 1000
    value = {
        SUPPLY: cost,
        PEAK: b.peak,
        "carbon_t_per_mw_year": carbon,
        "non_cfe_mwh_per_mw_year": grey,
        "energy_mwh_per_mw_year": use,
        "wind_mw_per_mw": b.wind,
        "pv_mw_per_mw": b.pv,
        CAPITAL: 1000 * (job.battery_eur_per_kw * b.power + job.battery_eur_per_kwh * b.energy),
        CONTRACTED: wind * b.wind + pv * b.pv,
    }
    for k in SCALE:
        if (k, h[0], h[1], q) in m.figure:
            b.rows.add(m.figure[k, h[0], h[1], q] == SCALE[k] * value[k])


CASES: dict[str, tuple[Limits, dict[str, Any]]] = {
    "free": ({}, {}),
    "grey": ({"max_non_cfe_share": 0.30}, {}),
    "carbon": ({"max_carbon_g_per_kwh": 180.0}, {}),
    "wind": ({"ppa_wind_mw_per_zone": 10.0, "ppa_pv_mw_per_zone": 10.0}, {}),
    "tight connection": ({}, {"tier_mw": [[23.0, 0.0], [24.0, 0.0]]}),
    "renewable": ({}, {"min_res_share": [0.6, 0.6]}),
}


@pytest.mark.parametrize("name", CASES)
def test_plan_and_bound_meet_at_the_monolith(name: str) -> None:
    """Proves: plan and bound agree with one monolithic MILP over all hours to 1e-6.

    Without pricing there are the grid and the cheapest supply, which miss limits or cost more; without a
    bound from every hour's dual the gap would not close. 1e-6 is the asked agreement; LPs are solved to
    as much.
    """
    limits, overrides = CASES[name]
    menu = small_menu()
    found = prove(menu, lambda options: problem_of(options, limits, **overrides), gap=1e-7)
    problem, plan = found.problem, found.plan
    exact = monolith(problem, menu.jobs)
    assert plan.attrs["gap_is_proven"] == 1
    assert plan.attrs["objective_eur"] == pytest.approx(exact, rel=1e-6)
    assert plan.attrs["bound_eur"] == pytest.approx(exact, rel=1e-6)
    assert plan.attrs["bound_eur"] <= exact * (1 + 1e-7)


def test_the_bound_holds_in_the_first_round() -> None:
    """Proves: the bound is valid before anything was priced.

    Without that a stop on time would prove nothing.
    """
    menu = small_menu()
    plan = prove(menu, lambda options: problem_of(options, {}), gap=0.5).plan
    assert plan.attrs["rounds"] == 1
    exact = monolith(problem_of(menu.dataset(), {}), menu.jobs)
    assert plan.attrs["bound_eur"] <= exact * (1 + 1e-7) <= plan.attrs["objective_eur"] * (1 + 2e-7)


def test_out_of_time_gives_the_best_certified_plan_and_says_so() -> None:
    """Proves: when the time is up between rounds the plan stands with the gap proven so far.

    Without the status a planner would take 1 % for optimal.
    """
    menu = small_menu()
    found = prove(menu, lambda options: problem_of(options, CASES["grey"][0]), gap=1e-9, time_limit_s=1e-3)
    plan, exact = found.plan, monolith(found.problem, menu.jobs)
    assert plan.attrs["status"] == OUT_OF_TIME
    assert plan.attrs["rounds"] == 1
    assert plan.attrs["gap"] > 1e-9
    assert plan.attrs["bound_eur"] <= exact * (1 + 1e-7) <= plan.attrs["objective_eur"] * (1 + 2e-7)
    assert check(found.problem, plan).passed


def test_leaner_supplies_are_asked_for_while_no_plan_meets_the_limits() -> None:
    """Proves: a limit that none of the options on offer meets is met once supplies were asked at a price.

    Both sites must be built and hold 190 g/kWh; the options come to 220 at least. Without asking, "cannot be
    met" would be said of what can.
    """
    limits: Limits = {"max_site_share": 0.5, "max_carbon_g_per_kwh": 190.0}
    menu = small_menu()
    with pytest.raises(Impossible):
        solve(problem_of(menu.dataset(), limits))
    found = prove(menu, lambda options: problem_of(options, limits), gap=1e-4)
    assert found.plan.attrs["objective_eur"] == pytest.approx(monolith(found.problem, menu.jobs), rel=1e-4)


def test_what_was_not_proven_impossible_is_not_called_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proves: where pricing stops short of a plan that the bound leaves room for, the message says so."""
    monkeypatch.setattr("twin.planning.proof.MOST_ROUNDS", 1)
    limits: Limits = {"max_site_share": 0.5, "max_carbon_g_per_kwh": 190.0}
    with pytest.raises(Impossible, match="was not proven"):
        prove(small_menu(), lambda options: problem_of(options, limits), gap=1e-4)


def test_what_no_supply_can_meet_is_impossible() -> None:
    with pytest.raises(Impossible) as said:
        prove(small_menu(), lambda options: problem_of(options, {"fleet_mw_per_quarter": 9.0}), gap=1e-4)
    assert "was not proven" not in str(said.value)


def test_every_figure_that_takes_a_price_has_a_scale() -> None:
    assert set(PRICED) | {SUPPLY} == set(SCALE)
