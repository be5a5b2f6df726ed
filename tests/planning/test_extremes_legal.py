"""Extreme but legal cases, each with the answer a person finds on paper.

The small case has one site, whose power comes in 2028Q4 and then takes two halls of 10 MW, and a fleet of
77 MW owned and 12 MW hosted. Of the last target a share of 0.8 must be owned.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from extreme_cases import (
    HALL_MW,
    HOSTED_MW,
    MOST_HALLS,
    OWNED_MW,
    SITE,
    grid_file,
    no_absurd_figure,
    planned,
    shown_well,
    year_of,
)
from tiny_problems import tiny_problem

from twin import library
from twin.errors import Impossible
from twin.planning.certificate import check
from twin.planning.siting import solve
from twin.planning.supply import Connection, SupplyProblem, solve_supply
from twin.results import Run
from twin.tolerances import ROUNDING_MW


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("extremes")


@pytest.fixture(scope="module")
def small(out: Path) -> Run:
    return planned(out)


def new_mw(run: Run) -> float:
    return float(run.manifest["mw_it_new"])


def bill_eur(run: Run, price: np.ndarray | float) -> float:
    """Energy of a year per MW of IT from the grid alone at hourly prices: energy, network, taxes, peak."""
    site, figures = library.get("sites", SITE), year_of(run)
    energy, peak = float(figures.energy_mwh_per_mw_year), float(figures.peak_mw_per_mw)
    adders = site.network_eur_per_mwh + site.tax_eur_per_mwh
    return energy * (float(np.mean(price)) + adders) + peak * site.network_eur_per_mw_year


def test_one_site_builds_what_the_owned_share_asks(small: Run) -> None:
    """0.8 x 110 = 88 MW owned, 11 more than there are: one hall is too few, two are enough."""
    assert new_mw(small) == MOST_HALLS * HALL_MW
    assert set(small.plan.site.values) == {SITE}
    no_absurd_figure(small)


def test_one_quarter_is_a_plan(out: Path) -> None:
    """0.8 x 100 = 80 MW owned, 3 more than there are: one hall, in the only quarter; no year comes after."""
    horizon = {"first_quarter": "2028Q4", "last_quarter": "2028Q4", "tail_years": 0.0}
    target = {"final_own_share": 0.8, "path_mw": {"2028Q4": 100.0}}
    run = planned(out, horizon=horizon, target=target)
    assert run.plan.sizes["quarter"] == 1 and new_mw(run) == HALL_MW
    assert float(run.problem.weight_years.sum()) <= 0.25  # a quarter of a year, discounted
    no_absurd_figure(run)


def test_a_target_of_nothing_needs_nothing(out: Path, small: Run, tmp_path: Path) -> None:
    run = planned(out, target={"final_own_share": 0.8, "path_mw": {"2027Q4": 0.0, "2028Q4": 0.0}})
    assert (new_mw(run), run.manifest["objective_eur"], run.manifest["capex_eur"]) == (0.0, 0.0, 0.0)
    assert run.manifest["mw_it_final"] == OWNED_MW
    no_absurd_figure(run)
    shown_well(run, small, tmp_path)


def test_a_target_just_within_reach_is_met_and_a_watt_more_is_not(out: Path) -> None:
    """Two halls make 97 MW owned, the share of 0.8 of 121.25 MW."""
    reach = (OWNED_MW + MOST_HALLS * HALL_MW) / 0.8
    run = planned(out, target={"path_mw": {"2027Q4": 100.0, "2028Q4": reach}})
    assert new_mw(run) == MOST_HALLS * HALL_MW
    no_absurd_figure(run)
    with pytest.raises(Impossible, match="121 MW is the most") as told:
        planned(out, target={"path_mw": {"2027Q4": 100.0, "2028Q4": reach + 0.5}})
    assert "share that must be owned" in str(told.value)


def test_without_discount_every_year_weighs_one(out: Path, small: Run) -> None:
    """Five quarters and a tail of ten years weigh 11.25 years; the same halls cost more than discounted."""
    run = planned(out, horizon={"discount_rate": 0.0})
    assert float(run.problem.weight_years.sum()) == pytest.approx(11.25)
    assert np.all(run.problem.discount.values == 1.0)
    assert new_mw(run) == new_mw(small)
    assert run.manifest["objective_eur"] > small.manifest["objective_eur"]
    no_absurd_figure(run)


def test_capital_without_interest_is_paid_back_in_equal_parts(out: Path, small: Run) -> None:
    run = planned(out, finance={"wacc_infrastructure": 0.0, "wacc_gpu": 0.0})
    assert run.manifest["objective_eur"] < small.manifest["objective_eur"]
    no_absurd_figure(run)


def test_no_lease_leaves_the_fleet_and_what_is_built(out: Path) -> None:
    """89 MW stand, 20 come in the last quarter: 109 MW then, and no more than 89 before."""
    final = OWNED_MW + HOSTED_MW + MOST_HALLS * HALL_MW
    lease = {"allowed": False}
    within = {"2027Q4": 80.0, "2028Q3": OWNED_MW + HOSTED_MW, "2028Q4": final}
    run = planned(out, lease=lease, target={"path_mw": within})
    assert float(run.plan.lease_mw.sum()) == 0.0 and new_mw(run) == MOST_HALLS * HALL_MW
    no_absurd_figure(run)
    with pytest.raises(Impossible, match="89 MW is the most") as told:
        planned(out, lease=lease)
    assert "capacity that can be rented (0 MW)" in str(told.value)


def test_nothing_but_carbon_free_energy_is_impossible_on_a_grid_that_is_not(out: Path) -> None:
    with pytest.raises(Impossible, match="hourly carbon-free share") as told:
        planned(out, policy={"min_cfe": 1.0}, solver={"time_limit_s": 5.0})
    assert "100%" in str(told.value)


def test_a_budget_of_what_is_spent_is_enough_and_a_euro_in_a_thousand_less_is_not(
    out: Path, small: Run
) -> None:
    """Both halls are bought in 2028, whatever the plan: that year's capital is the least budget."""
    spent = float(small.plan.capex_eur_per_year.max()) / 1e6
    run = planned(out, policy={"budget_meur_per_year": spent})
    assert new_mw(run) == new_mw(small)
    assert run.manifest["objective_eur"] == pytest.approx(small.manifest["objective_eur"], rel=0.01)
    no_absurd_figure(run)
    with pytest.raises(Impossible, match="budget"):
        planned(out, policy={"budget_meur_per_year": 0.5 * spent})


GRIDS = {
    "negative": {"price_eur_per_mwh": -20.0},
    "zero-price": {"price_eur_per_mwh": 0.0},
    "zero-carbon": {"carbon_g_per_kwh": 0.0, "cfe_share": 1.0},
    "zero-wind": {"wind_cf": 0.0},
    "zero-sun": {"pv_cf": 0.0},
    "spikes": {"price_eur_per_mwh": lambda price: np.where(np.arange(8760) % 97 == 0, 4000.0, price)},
}


def on_grid(out: Path, name: str, *options: str, **tables: object) -> Run:
    energy = {"grid": grid_file(out, name, GRIDS[name]), "options": list(options)}
    return planned(out, energy=energy, **tables)


@pytest.mark.parametrize(("name", "price"), [("negative", -20.0), ("zero-price", 0.0)])
def test_energy_at_one_price_costs_that_price(out: Path, name: str, price: float) -> None:
    """No contract pays where the market is cheaper, and no battery where all hours are alike."""
    run = on_grid(out, name, "grid_only", "cheapest")
    figures = year_of(run)
    assert float(figures.energy_cost_eur_per_mw_year) == pytest.approx(bill_eur(run, price), rel=1e-6)
    bought = (
        float(run.plan.option_mw.isel(quarter=-1).sum()),
        run.fed("wind_mw_per_mw"),
        run.fed("pv_mw_per_mw"),
    )
    assert bought[0] == MOST_HALLS * HALL_MW
    assert float(bought[1].sum()) == pytest.approx(0.0, abs=1e-3)
    assert float(bought[2].sum()) == pytest.approx(0.0, abs=1e-3)
    no_absurd_figure(run)


def test_a_grid_without_carbon_is_wholly_carbon_free(out: Path) -> None:
    """All of it is carbon-free, whatever is contracted; only contracts count grams, and few are allowed."""
    run = on_grid(out, "zero-carbon", "grid_only", policy={"min_cfe": 1.0, "max_carbon_g_per_kwh": 1e-3})
    assert run.manifest["cfe_hourly"] == pytest.approx(1.0, abs=1e-12)
    assert float(year_of(run).carbon_t_per_mw_year) == 0.0  # of the grid alone
    assert run.manifest["carbon_g_per_kwh"] <= 1e-3 * (1.0 + 1e-6)
    no_absurd_figure(run)


@pytest.mark.parametrize(("name", "kind"), [("zero-wind", "wind"), ("zero-sun", "pv")])
def test_what_never_blows_or_shines_is_not_contracted(out: Path, name: str, kind: str) -> None:
    run = on_grid(out, name, "grid_only", "cheapest")
    # rounding of the programme's numbers: some versions of HiGHS leave 2e-17
    assert float(run.menu[f"{kind}_mw_per_mw"].max()) <= ROUNDING_MW
    no_absurd_figure(run)


def test_spikes_are_paid_by_the_grid_and_never_dearer_with_a_choice(out: Path) -> None:
    """91 hours at 4,000 EUR/MWh: the grid pays load times price; the cheapest supply pays no more."""
    run = on_grid(out, "spikes", "grid_only", "cheapest")
    grid, cheapest = (
        float(run.menu.energy_cost_eur_per_mw_year.isel(site=0, design=0).sel(option=option))
        for option in ("grid_only", "cheapest")
    )
    share = 91 / 8760
    assert grid > 0.5 * share * 4000.0 * float(year_of(run).energy_mwh_per_mw_year)
    assert cheapest <= grid * (1.0 + 1e-6) or run.menu.valid.sel(option="cheapest").item() == 0.0
    no_absurd_figure(run)


def test_one_hour_is_bought_at_its_price() -> None:
    """2 MW for one hour at 50 + 3 + 4 EUR/MWh and 7 EUR per MW of peak: 2 x 57 + 2 x 7 = 128 EUR."""
    connection = Connection(network_eur_per_mwh=3.0, import_eur_per_mwh=4.0, peak_eur_per_mw_year=7.0)
    hour = SupplyProblem(np.array([2.0]), np.array([50.0]), connection=connection)
    assert solve_supply(hour).objective_eur == pytest.approx(128.0)
    paid = solve_supply(replace(hour, price_eur_per_mwh=np.array([-50.0])))
    assert paid.objective_eur == pytest.approx(2 * -43.0 + 14.0)
    free = solve_supply(replace(hour, demand_mw=np.array([0.0])))
    assert free.objective_eur == 0.0 and free.cfe_hourly in (0.0, 1.0)


def many_sites(count: int, path_mw: float) -> xr.Dataset:
    """Return ``count`` sites of one hall of 10 MW each; the supply of each costs 1 EUR more than the last."""
    one = tiny_problem().isel(site=[0])
    wide = xr.concat([one] * count, dim="site", data_vars="minimal", coords="minimal", compat="override")
    wide = wide.assign({n: wide[n].transpose(*tiny_problem()[n].dims) for n in wide.data_vars})
    wide = wide.assign_coords(site=[f"S{i:03d}" for i in range(count)])
    cost = wide.option_cost_eur_per_mw_year.copy(deep=True)
    cost[{"option_term": 0}] += xr.DataArray(np.arange(count, dtype=float), dims="site")
    path = wide.path_mw.copy(data=[0.0, 0.0, 0.0, path_mw])
    return wide.assign(
        option_cost_eur_per_mw_year=cost,
        tier_mw=wide.tier_mw.copy(data=np.tile([12.5, 0.0], (count, 1))),
        path_mw=path,
    )


@pytest.mark.slow
def test_of_500_sites_all_are_built_when_all_are_needed() -> None:
    """Each site feeds one hall (12.5 MW at a peak of 1.25): 5,000 MW need every one of them."""
    problem = many_sites(500, 5000.0)
    plan = solve(problem, gap=0.0)
    assert check(problem, plan).passed
    assert plan.mw_it.isel(quarter=-1).values.tolist() == [10.0] * 500
    with pytest.raises(Impossible, match=r"5,000 MW is the most"):
        solve(many_sites(500, 5010.0), gap=0.0)


def test_of_500_sites_the_cheapest_are_built_when_few_are_needed() -> None:
    problem = many_sites(500, 70.0)
    plan = solve(problem, gap=0.0)
    assert check(problem, plan).passed
    assert np.flatnonzero(plan.mw_it.isel(quarter=-1).values).tolist() == list(range(7))


def shown_cases(out: Path) -> dict[str, Run]:
    horizon = {"first_quarter": "2028Q4", "last_quarter": "2028Q4", "tail_years": 0.0}
    target = {"final_own_share": 0.8, "path_mw": {"2028Q4": 100.0}}
    return {name: on_grid(out, name, "grid_only", "cheapest") for name in GRIDS} | {
        "one quarter": planned(out, horizon=horizon, target=target),
        "no discount": planned(out, horizon={"discount_rate": 0.0}),
        "free rent": planned(out, lease={"eur_per_gpu_hour": 0.0}),
        "nothing owned": planned(out, target={"final_own_share": 0.0}),
    }


@pytest.mark.slow
def test_every_extreme_plan_is_shown_reported_exported_and_compared(
    out: Path, small: Run, tmp_path: Path
) -> None:
    for name, run in shown_cases(out).items():
        no_absurd_figure(run)
        shown_well(run, small, tmp_path / name)
