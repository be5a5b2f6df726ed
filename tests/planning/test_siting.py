"""The master as a whole: against enumeration, the value of time, solver states, impossible cases."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_problems import tiny_problem

from twin import schema
from twin.errors import Impossible, SystemFailure
from twin.planning import siting
from twin.planning.certificate import check
from twin.planning.highs import Solved, compile_model, run
from twin.planning.master_data import master_data
from twin.planning.siting import build_model, solve


def objective(problem) -> float:  # type: ignore[no-untyped-def]
    return float(solve(problem, gap=0.0).attrs["objective_eur"])


def test_plan_keeps_its_schema() -> None:
    problem = schema.checked("problem", tiny_problem(), "tiny")
    plan = schema.checked("plan", solve(problem), "plan")
    assert plan.attrs["status"] == "optimal"
    assert plan.attrs["gap_is_proven"] == 0, "the bound holds for this menu only"


def test_plan_survives_a_file(tmp_path) -> None:  # type: ignore[no-untyped-def]
    import xarray as xr

    problem = tiny_problem()
    plan = solve(problem)
    plan.to_netcdf(tmp_path / "plan.nc")
    problem.to_netcdf(tmp_path / "problem.nc")
    again = check(xr.load_dataset(tmp_path / "problem.nc"), xr.load_dataset(tmp_path / "plan.nc"))
    assert again.passed, str(again)


@settings(max_examples=25)
@given(
    unit=st.lists(st.integers(1, 9), min_size=2, max_size=2),
    path=st.lists(st.integers(0, 3), min_size=4, max_size=4),
    rent=st.integers(5, 30),
    pace=st.integers(1, 3),
)
def test_agrees_with_enumeration(unit: list[int], path: list[int], rent: int, pace: int) -> None:
    """Every way to build two sites, tried one by one, costs at least the plan, and one way costs as much."""
    costs = np.zeros((3, 3, 1, 2))
    costs[0, :, 0, :] = np.asarray([*unit, 99])[:, None] * 1e5
    wanted = 10.0 * np.asarray(path)
    problem = tiny_problem(
        option_cost_eur_per_mw_year=costs,
        path_mw=wanted,
        lease_eur_per_mw_year=rent * 1e5,
        limits={"site_halls_per_quarter": float(pace), "max_site_share": None},
        exclusion=["", "", "out"],
    )
    best = _enumerate(np.asarray(unit), wanted, rent, pace)
    if np.isinf(best):
        with pytest.raises(Impossible):
            solve(problem, gap=0.0)
    else:
        assert objective(problem) / 1e5 == pytest.approx(best)


def _enumerate(unit: np.ndarray, wanted: np.ndarray, rent: int, pace: int) -> float:
    """Return the least cost in 0.1 MEUR: halls of two sites by quarter, rent fills what is missing."""
    steps = list(itertools.product(range(min(pace, 3) + 1), repeat=4))
    paths = [np.cumsum(step) for step in steps if sum(step) <= 3]
    weight, best = np.asarray([1.0, 1.0, 1.0, 10.0]), np.inf
    for a, b in itertools.product(paths, paths):
        mw = 10.0 * (a + b)
        if mw[-1] < wanted[-1]:
            continue
        rented = np.maximum(wanted - mw, 0.0)
        yearly = 10.0 * (a * (10 + unit[0]) + b * (10 + unit[1])) + rent * rented
        best = min(best, float(weight @ yearly))
    return best


def test_an_earlier_quarter_saves_rent_less_own() -> None:
    """Late GPUs cost: 20 MW a quarter earlier save 20 x (2.0 - 1.1) MEUR, weighted by the quarter's one year.

    The plan says the same of the site before it is asked.
    """
    late = tiny_problem(tier_first_quarter=[[2, 4], [4, 4], [4, 4]])
    early = tiny_problem(tier_first_quarter=[[1, 4], [4, 4], [4, 4]])
    saved = objective(late) - objective(early)
    assert saved == pytest.approx(20 * (2.0 - 1.1) * 1e6)
    assert solve(late).quarter_earlier_eur.values[0] == pytest.approx(saved)


def test_gpu_capital_dwarfs_energy_in_the_value_of_time() -> None:
    """With dearer power by half, the site that comes a quarter earlier still wins: GPUs rented are dearer."""
    costs = np.zeros((3, 3, 1, 2))
    costs[0, :, 0, :] = np.asarray([0.10, 0.12, 9.0])[:, None] * 1e6
    problem = tiny_problem(
        option_cost_eur_per_mw_year=costs,
        tier_first_quarter=[[3, 4], [0, 4], [4, 4]],
        path_mw=[20, 20, 20, 20],
    )
    plan = solve(problem, gap=0.0)
    assert plan.mw_it.values[1, 0] == 20.0, "the dearer, earlier site"


def test_owning_against_renting_is_stated() -> None:
    """20, 20, 20, 40 MW over 1, 1, 1, 10 years are 460 MW-years: rent 920, own 506, saving 414 MEUR."""
    plan = solve(tiny_problem())
    assert plan.attrs["own_saves_eur"] == pytest.approx(414e6)
    assert plan.attrs["levelised_eur_per_mw_year"] == pytest.approx(1.1e6)
    assert plan.attrs["levelised_eur_per_gpu_hour"] == pytest.approx(1.1e6 / 500 / 8760)


def test_price_of_one_more_megawatt() -> None:
    """One more MW at the end costs 1.1 MEUR for ten years."""
    plan = solve(tiny_problem())
    at = list(plan.binding_family.values).index("target")
    assert plan.binding_price.values[at] == pytest.approx(11e6)


def test_price_of_carbon() -> None:
    """A tonne costs the extra 0.1 MEUR of wind over the 900 t it saves."""
    plan = solve(tiny_problem(limits={"max_carbon_g_per_kwh": 55.0}))
    at = list(plan.binding_family.values).index("carbon")
    assert plan.binding_price.values[at] == pytest.approx(1e5 / 900.0)


def test_best_plan_in_time_is_returned_with_its_gap(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """A solver that stops on time gives its best point; the plan is certified and its gap is honest."""

    def stopped(matrix, gap, time_limit_s):  # type: ignore[no-untyped-def]
        found = run(matrix, 0.0, 60.0)
        return replace(found, status="time_limit", bound=0.9 * found.objective)

    monkeypatch.setattr(siting, "run", stopped)
    problem = tiny_problem()
    plan = solve(problem)
    assert plan.attrs["status"] == "time_limit"
    assert plan.attrs["gap"] == pytest.approx(0.1)
    assert check(problem, plan).passed


def test_no_plan_in_time_is_a_system_failure(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    nothing = Solved("time_limit", float("inf"), 0.0, np.empty(0))
    monkeypatch.setattr(siting, "run", lambda matrix, gap, limit: nothing)
    with pytest.raises(SystemFailure, match="more time"):
        solve(tiny_problem())


def test_unbounded_is_a_system_failure() -> None:
    """Rent that pays cannot be: HiGHS calls it unbounded, the planner hears a system failure."""
    problem = tiny_problem(limits={"lease_mw": None}, lease_eur_per_mw_year=-1e6)
    with pytest.raises(SystemFailure):
        solve(problem)


def test_impossible_says_what_is_reachable_and_what_would_do() -> None:
    """One hall a quarter at three sites makes 120 MW by the fourth quarter; two would do."""
    problem = tiny_problem(path_mw=[10, 20, 20, 140], limits={"lease_mw": 0.0, "site_halls_per_quarter": 1.0})
    with pytest.raises(Impossible, match=r"140 MW by 2027Q4 cannot be met: 120 MW is the most") as caught:
        solve(problem)
    assert "This would do: build pace of one site of 2 halls a quarter." in str(caught.value)


def test_impossible_by_dates() -> None:
    problem = tiny_problem(tier_first_quarter=3.0, limits={"lease_mw": 0.0})
    with pytest.raises(Impossible, match="the whole connection from 2027Q1 at A") as caught:
        solve(problem)
    assert "20 MW by 2027Q1 cannot be met: 0 MW is the most" in str(caught.value)


def test_impossible_limits_are_named_with_the_value_that_would_do() -> None:
    """Wind alone is 10 g/kWh: 5 cannot be, and the message says that 10 would do. The fleet is all in FR."""
    started = {"committed_own_it_mw": 20.0, "committed_own_mw": 20.0, "committed_mw": 20.0}
    problem = tiny_problem(
        **started, committed_zone_mw=[20, 0], limits={"max_zone_share": 0.5, "max_carbon_g_per_kwh": 5.0}
    )
    with pytest.raises(Impossible, match="would do: carbon limit of 10 g/kWh"):
        solve(problem)


def test_no_site_at_all_is_impossible() -> None:
    with pytest.raises(Impossible, match="40 MW by 2027Q4 cannot be met: 0 MW is the most"):
        solve(tiny_problem(exclusion=["x", "y", "z"]))


def test_a_site_with_nothing_has_no_tier_and_no_cost() -> None:
    """Free tiers of unused sites are not left switched on."""
    plan = solve(tiny_problem())
    assert plan.open.values.tolist() == [1.0, 0.0, 0.0]
    assert plan.connected.values[1:].sum() == 0


def test_matrix_and_model_agree() -> None:
    """The compiled matrix gives every row of the model the value that Pyomo gives it."""
    import pyomo.environ as pyo

    model = build_model(
        master_data(tiny_problem(limits={"max_carbon_g_per_kwh": 55.0, "max_zone_share": 0.6}))
    )
    matrix = compile_model(model)
    rng = np.random.default_rng(1)
    point = rng.uniform(0.0, 1.0, len(matrix.columns))
    for column, value in zip(matrix.columns, point, strict=True):
        column.set_value(float(value), skip_validation=True)
    for row, constraint in enumerate(matrix.rows):
        touched = [
            (matrix.value[k], j)
            for j in range(len(matrix.columns))
            for k in range(matrix.start[j], matrix.start[j + 1])
            if matrix.index[k] == row
        ]
        ours = sum(coefficient * point[j] for coefficient, j in touched)
        upper = pyo.value(constraint.upper) if constraint.upper is not None else None
        theirs = pyo.value(constraint.body)
        bound = matrix.row_upper[row] if upper is not None else matrix.row_lower[row]
        limit = upper if upper is not None else pyo.value(constraint.lower)
        assert ours - bound == pytest.approx(theirs - limit, abs=1e-9), constraint.name
    assert matrix.cost @ point + matrix.offset == pytest.approx(pyo.value(model.cost))


@pytest.mark.parametrize("unit", [1.0, 1e-6])
def test_money_in_the_wrong_unit_does_not_change_the_choice(unit: float) -> None:
    """A problem written in MEUR instead of EUR is badly scaled, and still gives the same halls."""
    base = tiny_problem(limits={"max_zone_share": 0.5})
    money = [name for name in base.data_vars if "_eur" in str(name)]
    plan = solve(base.assign({name: base[name] * unit for name in money}), gap=0.0)
    assert plan.mw_it.values[:, -1].tolist() == [20.0, 0.0, 20.0]


def test_one_more_megawatt_and_the_carbon_limit_have_prices() -> None:
    """Proves: at site A one more MW of connection replaces supply and hall at B, 0.1 MEUR a year dearer.

    A holds 25 MW of draw, 20 MW of IT; the path's last 20 MW stand at B. One MW more of draw carries 0.8 MW
    of IT, so a year of it saves 0.08 MEUR; the last quarter alone needs it, 10 of 13 years. Without the
    division by peak it would be 0.1 MEUR.
    """
    plan = solve(tiny_problem(tier_mw=[[25.0, 0.0], [100.0, 0.0], [0.0, 0.0]]), gap=1e-6)
    value = float(plan.connection_mw_eur_per_mw_year.sel(site="A"))
    assert value == pytest.approx(0.8 * 0.1e6 * 10 / 13, rel=1e-6)
    assert plan.attrs["price_of_mw_eur_per_mw_year"] > 0
    assert plan.attrs["price_of_carbon_eur_per_t"] == 0.0
