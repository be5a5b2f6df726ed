"""Leaner supply widens what can be reached: flatter peaks more halls, cleaner mixes a tighter limit."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import xarray as xr
from test_proof import Limits, problem_of, small_menu

from twin.planning.diagnose_oracle import Ask, Oracle
from twin.planning.leaner import CLEAN, cleanest, flattened, nearest
from twin.planning.option_row import CARBON, PEAK
from twin.planning.proof import leaner_prices, prove
from twin.planning.siting import build_model, choose
from twin.planning.tightest import tightest

NO_RENT: Limits = {"lease_mw": 0.0}


def most_mw(problem: xr.Dataset) -> float:
    """Return the most MW of the last quarter."""
    return Oracle(problem, build_model, 60.0).most_mw(problem, Ask((str(problem.quarter.values[-1]),)))


def test_flatter_peaks_make_room_for_halls_that_the_menu_had_no_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From the grid alone a site's connection feeds four halls, with a battery five (0.96 and 0.89 MW/MW).

    Without it a diagnosis would name a most that the planner then exceeds.
    """
    # three days stand for a year here, and their money for its money
    monkeypatch.setattr("twin.planning.leaner.FLAT", {PEAK: 1e6 * 72 / 8760})
    menu = small_menu()
    menu.options.remove("cheapest")
    menu.rows = {pair: {"grid_only": rows["grid_only"]} for pair, rows in menu.rows.items()}
    room = {"tier_mw": [[46.0, 0.0]] * 2, "path_mw": [0.0, 0.0, 0.0, 100.0]}
    build = partial(problem_of, limits=NO_RENT, **room)
    assert most_mw(build(menu.dataset())) == 80.0
    assert most_mw(flattened(menu, build, build_model)) == 100.0
    assert {pair for pair, _ in menu.asked} == {("DE-FRA", "good"), ("FR-FOU", "good")}


def test_a_plan_that_needs_flatter_peaks_is_found_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same two sites must feed ten halls: from the grid alone there is no plan.

    Proves: flat peaks are asked for while there is none, before anything that yearly limits count. Without it
    a site that the bound does without is never asked, and one hall is missing for ever.
    """
    monkeypatch.setattr("twin.planning.proof.PEAK_STEPS", (1e6 * 72 / 8760,))
    menu = small_menu()
    menu.options.remove("cheapest")
    menu.rows = {pair: {"grid_only": rows["grid_only"]} for pair, rows in menu.rows.items()}
    room = {"tier_mw": [[46.0, 0.0]] * 2, "path_mw": [0.0, 0.0, 0.0, 100.0]}
    build = partial(problem_of, limits=NO_RENT | {"max_carbon_g_per_kwh": 900.0}, **room)
    assert [*map(list, leaner_prices(build(menu.dataset())))][:2] == [[PEAK], [CARBON]]
    found = prove(menu, build, 0.01)
    assert float(found.plan["mw_it"].isel(quarter=-1).sum()) == pytest.approx(100.0)


def test_the_cleanest_limit_lies_below_what_the_menu_reaches() -> None:
    """And nearest says where to look: both sites, as no more than half may stand at one."""
    menu, limits = small_menu(), NO_RENT | {"max_site_share": 0.5}
    build, name = partial(problem_of, limits=limits, path_mw=[0.0, 0.0, 0.0, 40.0]), "max_carbon_g_per_kwh"
    offered = tightest(build(menu.dataset()), build_model, name, 400.0, 0.0).limit
    stuck = partial(problem_of, limits=limits | {name: offered * 0.9}, path_mw=[0.0, 0.0, 0.0, 40.0])
    matrix = choose(stuck(menu.dataset()), 0.0, 20.0).matrix
    assert sorted(nearest(matrix)) == [("DE-FRA", "good"), ("FR-FOU", "good")]
    found = cleanest(menu, build, build_model, name, 400.0, 0.0)
    assert found < 0.95 * offered
    assert CLEAN[name] in menu.asked.values()
    assert np.isfinite(choose(stuck(menu.dataset()), 0.0, 20.0).objective_eur)


def test_nothing_is_asked_where_no_price_can_help() -> None:
    """A share of sites is a matter of halls: the limit is found and the menu stays."""
    menu = small_menu()
    build = partial(problem_of, limits=NO_RENT, path_mw=[0.0, 0.0, 0.0, 40.0])
    assert cleanest(menu, build, build_model, "max_site_share", 1.0, 0.0) == pytest.approx(0.5, abs=2e-3)
    assert menu.asked == {}
    assert nearest(choose(build(menu.dataset()), 0.0, 20.0).matrix) == []
