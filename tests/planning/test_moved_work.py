"""Work that moves between sites: the hourly market, the bound that knows of it, and its certificate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from test_menu import inputs
from test_proof import Limits, monolith, problem_of, small_menu

from twin.config.case import Shifting
from twin.grids.load import load_grid
from twin.library import get
from twin.planning.certificate import TOLERANCE, check
from twin.planning.menu_jobs import jobs_of
from twin.planning.option_row import least_with_moves
from twin.planning.options import priced_row, sized, supply_problem
from twin.planning.proof import ProvenPlan, prove
from twin.planning.supply_fast import least_cost_proven
from twin.planning.supply_moved import Moves, shifted
from twin.planning.travelling import travelling_work
from twin.planning.work_clearing import EFFORT_EUR_PER_MWH, Offers, clear
from twin.planning.work_hours import Operation
from twin.planning.work_market import Promise, Supplier, move

SHARE = 0.6


def hand(buy: list[float], produced_mwh: float = 0.0) -> Operation:
    """A supply of two hours that draws 1 MW, has racks for 0.5 MW more and lets 0.4 MW go."""
    two = np.ones(2)
    return Operation(
        through_mw=two,
        used_mw=0 * two,
        pool_mw=0 * two,
        in_mw=0.5 * two,
        out_mw=0.4 * two,
        peak_mw=1.3,
        produced_mwh=produced_mwh,
        buy_eur_per_mwh=np.asarray(buy),
        keep_eur_per_mwh=np.asarray(buy),
        pool_first=two,
        pue=two,
        wue_m3_per_mwh=0 * two,
        carbon_t_per_mwh=two,
        grey_share=two,
    )


FREE = {"A": Promise(-np.inf, np.inf), "B": Promise(-np.inf, np.inf)}


def test_work_goes_where_the_hour_is_cheap() -> None:
    """Proves: work leaves the dear site each hour, as far as racks, connection and the share allow.

    A pays 100 then 20, B 40 then 90, 10 MW each. Hour 1: 3 MW go to B (its connection has 0.3 MW per MW of
    room, less than the 0.4 that may leave); hour 2: 3 MW go to A. Saved: 3 x 60 + 3 x 70 = 390 EUR.
    Without moves the bill would be 2,500 EUR, with them 2,110.
    """
    suppliers = [Supplier("A", hand([100.0, 20.0]), 0.0), Supplier("B", hand([40.0, 90.0]), 0.0)]
    moved, _ = move(suppliers, np.array([10.0, 10.0]), FREE)
    np.testing.assert_allclose(moved.work_mw, [[-3.0, 3.0], [3.0, -3.0]], atol=1e-12)
    assert moved.changes["cost_eur"].sum() == pytest.approx(-390.0)
    assert 40.0 <= moved.price_eur_per_mwh[0] <= 100.0


def test_a_site_keeps_using_what_it_contracted() -> None:
    """Proves: a site whose contracts fill its use does not export work on balance.

    A is always dearer; without the promise 0.3 MW per MW would leave in both hours.
    """
    suppliers = [Supplier("A", hand([100.0, 50.0]), 0.0), Supplier("B", hand([40.0, 30.0]), 0.0)]
    promises = {"A": Promise(0.0, np.inf), "B": Promise(-np.inf, np.inf)}
    moved, price = move(suppliers, np.array([10.0, 10.0]), promises)
    assert moved.work_mw[0].sum() >= -1e-9
    assert price["A"] > 0
    assert moved.changes["cost_eur"].sum() <= 1e-9


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(2, 6))
def test_clearing_is_the_optimum_of_each_hour(seed: int, count: int) -> None:
    """Each hour equals its linear programme; the effort that breaks ties may cost 0.02 EUR/MWh moved."""
    rng = np.random.default_rng(seed)
    shape = (count, 2)
    before = rng.uniform(-20, 100, shape)
    offers = Offers(
        -rng.uniform(0, 5, shape),
        rng.uniform(-6, 6, shape),
        rng.uniform(0, 5, shape),
        before,
        before + rng.uniform(0, 40, shape),
    )
    work, _ = clear(offers)
    np.testing.assert_allclose(work.sum(axis=0), 0.0, atol=1e-9)
    assert (work >= offers.low - 1e-9).all() and (work <= offers.high + 1e-9).all()
    for h in range(2):
        low, high = offers.low[:, h], offers.high[:, h]
        kink = np.clip(offers.kink[:, h], low, high)
        a, b = offers.before[:, h], offers.after[:, h]
        limits = [(0.0, w) for w in (*(kink - low), *(high - kink))]
        exact = linprog([*a, *b], A_eq=[np.ones(2 * count)], b_eq=[-low.sum()], bounds=limits)
        filled = np.minimum(work[:, h], kink) - low, np.maximum(work[:, h] - kink, 0.0)
        assert a @ filled[0] + b @ filled[1] <= exact.fun + 2 * EFFORT_EUR_PER_MWH * 5 * count + 1e-9


@pytest.mark.parametrize("deferrable", [0.0, 1.0])
def test_the_bound_holds_for_any_moves(deferrable: float) -> None:
    """Proves: bound + worth of work x moves lies under the least cost with those moves, and close for few.

    Without the worth of work a supply that sends work away would cost less than its bound.
    """
    sites, facility, grids, technology, case = inputs()
    grids["deferrable_share"] = grids.deferrable_share * deferrable
    case = case.model_copy(update={"shifting": Shifting(batch_share=0.3)})
    job = jobs_of(sites, facility, grids, technology, case)[0]
    assert job.in_pu is not None and job.out_pu is not None
    proven = sized(job, "cheapest")
    assert proven.work_eur_per_mwh is not None
    problem = supply_problem(job, {"peak_mw_per_mw": 0.0}, contracts=True)
    moves = Moves(job.in_pu, job.out_pu, job.pue)
    free = least_cost_proven(problem, np.inf, moves=moves)
    assert free.work_eur_per_mwh is not None
    rng = np.random.default_rng(3)
    for size in (0.001, 1.0):
        work = size * np.where(rng.random(len(job.pue)) < 0.5, -job.out_pu, 0.3 * job.in_pu)
        right = least_cost_proven(shifted(problem, work, job.pue), np.inf).solution.objective_eur
        left = free.bound_eur + float(free.work_eur_per_mwh @ work)
        assert left <= right * (1 + 1e-9)
        if size < 0.01:  # few moves change little: the bound follows to a thousandth
            assert left == pytest.approx(right, rel=1e-3)
    gone = free.bound_eur + float(free.work_eur_per_mwh @ -job.out_pu)
    assert gone < free.bound_eur


def test_support_without_moves_is_the_support() -> None:
    sites, facility, grids, technology, case = inputs()
    row = priced_row(jobs_of(sites, facility, grids, technology, case)[0], {})
    assert row.support is not None
    job = jobs_of(sites, facility, grids, technology, case)[0]
    assert least_with_moves(job, row.support, None) == row.support.eur_per_mw_year


HALVES: Limits = {"max_site_share": 0.5}
"""Both sites are built, so that there is somewhere to move to."""
CASES: dict[str, Limits] = {"free": HALVES, "carbon": HALVES | {"max_carbon_g_per_kwh": 190.0}}


@pytest.fixture(scope="module", params=CASES)
def proven(request: pytest.FixtureRequest) -> tuple[ProvenPlan, float, float]:
    """The plan with moves, the cost of the whole problem in one, and the cost when nothing moves."""
    limits = CASES[request.param]
    menu = small_menu(SHARE)
    found = prove(menu, lambda options: problem_of(options, limits), gap=1e-4)
    exact = monolith(found.problem, menu.jobs)
    still = prove(_still(menu), lambda options: problem_of(options, limits), gap=1e-5)
    return found, exact, float(still.plan.attrs["objective_eur"])


def _still(menu):  # type: ignore[no-untyped-def]
    other = small_menu(SHARE)
    other.jobs = {key: replace(job, in_pu=None, out_pu=None) for key, job in menu.jobs.items()}
    return other


def test_plan_and_bound_enclose_the_monolith(proven: tuple[ProvenPlan, float, float]) -> None:
    """Proves: with work that moves, bound <= one MILP over all hours, moves included <= plan < without moves.

    Without the prices of work in the bound, what moves save would put the optimum below it. The plan moves
    work with sizes as they are, so the gap stays open; in three days with prices far apart it is 2 %.
    """
    found, exact, still = proven
    plan = found.plan
    assert plan.attrs["bound_eur"] <= exact * (1 + 1e-7)
    assert exact <= plan.attrs["objective_eur"] * (1 + 1e-7)
    assert plan.attrs["objective_eur"] < still * (1 - 1e-5)
    assert plan.attrs["gap"] < 0.02
    assert plan.attrs["status"] in ("optimal", "gap_open")


def test_the_certificate_passes_and_catches(proven: tuple[ProvenPlan, float, float]) -> None:
    """Proves: hours are checked one by one. Without that any saving could be claimed."""
    found, _, _ = proven
    problem, plan, moves = found.problem, found.plan, found.moves
    assert moves is not None
    good = check(problem, plan, moves)
    assert good.passed, str(good)
    assert check(problem, plan).violations["moved_work"][0] > TOLERANCE
    last = {"supply": 0, "quarter": -1}
    away = moves.copy(deep=True)
    away["moved_mw"][last | {"time": 5}] += 0.5
    assert check(problem, plan, away).violations["moved_work"][0] > TOLERANCE
    dear = moves.copy(deep=True)
    dear["buy_eur_per_mwh"][{"supply": 0}] += 1.0
    assert check(problem, plan, dear).violations["moved_work"][0] > TOLERANCE
    shaved = plan.copy(deep=True)
    shaved["moved_cost_eur_per_year"] = shaved.moved_cost_eur_per_year * 1.01
    assert not check(problem, shaved, moves).passed
    full = moves.copy(deep=True)
    full["moved_mw"] = full.moved_mw * 3.0
    assert check(problem, plan, full).violations["moved_work"][0] > TOLERANCE
    halved = moves.copy(deep=True)
    halved["moved_mw"][{"supply": 0}] *= 0.5
    twice = halved.isel(supply=[0, *range(moves.sizes["supply"])])
    # all sums are as they were, and every hour has twice the room
    assert "twice" in check(problem, plan, twice).violations["moved_work"][1]
    assert (
        "quarters" in check(problem, plan, moves.isel(quarter=slice(None, None, -1))).broken["moved_work"][1]
    )
    unread = moves.copy(deep=True)
    unread["pool_first"][{"supply": 0, "time": 0}] = np.nan
    assert "pool_first" in check(problem, plan, unread).broken["moved_work"][1]
    wide = moves.copy(deep=True)
    wide["peak_mw"] = wide.peak_mw * 2.0
    assert "hours" in check(problem, plan, wide).broken["moved_work"][1]


def test_moved_work_balances_and_keeps_to_its_share(proven: tuple[ProvenPlan, float, float]) -> None:
    found, _, _ = proven
    assert found.moves is not None
    work = found.moves.moved_mw
    np.testing.assert_allclose(work.sum("supply"), 0.0, atol=1e-9)
    assert float(np.abs(work).max()) > 0.1
    yearly = found.plan.moved_in_mwh_per_year.sum("site") - found.plan.moved_out_mwh_per_year.sum("site")
    np.testing.assert_allclose(yearly, 0.0, atol=1e-6)


def test_work_stays_in_the_strictest_area() -> None:
    """Proves: inference for the EU keeps batch work out of Norway too; batch alone may go there."""
    time = np.datetime64("2030-01-01T00", "h") + np.arange(48)
    grids = load_grid([get("workloads", "batch"), get("workloads", "interactive-inference")], time, 1)
    batch = travelling_work(grids, Shifting(batch_share=0.5))
    both = travelling_work(grids, Shifting(batch_share=0.5, inference_share=0.5))
    assert batch is not None and both is not None
    assert batch.classes == ("EU", "EEA") and both.classes == ("EU",)
    assert (both.pu > batch.pu).all()
    assert travelling_work(grids, Shifting()) is None
    above = (grids.it_power_pu - grids.idle_power_pu).sel(workload="batch") * grids.workload_share[0]
    np.testing.assert_allclose(batch.pu, 0.5 * above)
