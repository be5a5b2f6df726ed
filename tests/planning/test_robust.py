"""Plans that hold, by hand: three sites, two futures, known odds."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_problems import tiny_problem

from twin.planning.certificate import check
from twin.planning.decode import decode, relative_gap
from twin.planning.robust import Futures, Robust
from twin.planning.siting import build_model, solve
from twin.risk.tree import fed_mw, reduced

FIXED = 5e6
PROBLEM = tiny_problem(site_fixed_eur=FIXED)
"""A is cheapest and takes all 40 MW; developing any other site costs 5 MEUR and its connection nothing."""


def _futures(odds: float, years: float = 0.0) -> Futures:
    """A has no power with these odds; B and C always have theirs."""
    grid = np.zeros((2, 3, 2))
    grid[:, :, 0] = 100.0
    grid[1, 0, 0] = 0.0
    peak = np.full(3, 1.25)
    return Futures(("A", "B", "C"), np.asarray([1 - odds, odds]), grid, grid.sum(axis=2) / 1.25, peak, years)


@pytest.mark.parametrize(("confidence", "price"), [(0.75, 0.0), (0.8, 0.0), (0.9, FIXED)])
def test_certainty_costs_one_more_site(confidence: float, price: float) -> None:
    """A plan on A alone holds with odds 0.8. Proves: 0.9 needs a second site, developed and not built on.
    Without the chance constraint nobody would pay for it."""
    robust = Robust(PROBLEM, _futures(0.2), build_model)
    held = robust.hold("chance", confidence)
    assert held is not None
    assert held.plan_eur - solve(PROBLEM).attrs["objective_eur"] == pytest.approx(price, abs=1.0)
    assert held.reserve_eur == pytest.approx(price, abs=1.0)
    assert held.odds == pytest.approx(1.0 if price else 0.8)
    assert held.connected[:, 0].sum() == (2 if price else 1)


@pytest.mark.parametrize(("most_mw", "price"), [(20.01, 0.0), (19.9, FIXED)])
def test_the_worst_tenth_of_two_points_by_hand(most_mw: float, price: float) -> None:
    """40 MW are missing with odds 0.05, none otherwise: the worst tenth lacks (0.05 x 40) / 0.1 = 20 MW."""
    held = Robust(PROBLEM, _futures(0.05), build_model).hold("cvar", 0.9, most_mw)
    assert held is not None
    assert held.reserve_eur == pytest.approx(price, abs=1.0)


def test_a_reserve_that_pays_for_itself_is_bought_unasked() -> None:
    """In 0.2 of futures 40 MW would be rented for 2 years at 2.0 MEUR instead of built on B at 1.2: the rent
    saved, 0.2 x 40 x 2 x (2.0 - 1.2) = 12.8 MEUR, is more than 5 MEUR."""
    robust = Robust(PROBLEM, _futures(0.2, years=2.0), build_model)
    alone, better = robust.settle(solve(PROBLEM)), robust.hold("none", 0.0)
    assert better is not None
    assert alone.expected_eur - alone.plan_eur == pytest.approx(0.2 * 40 * 2 * (2.0 - 1.1) * 1e6)
    assert alone.expected_eur - better.expected_eur == pytest.approx(12.8e6 - FIXED)
    assert robust.keep(better.found.values).expected_eur == pytest.approx(better.expected_eur)


def test_without_spread_certainty_is_free() -> None:
    held = Robust(PROBLEM, _futures(0.0), build_model).hold("chance", 0.999)
    assert held is not None
    assert held.plan_eur == pytest.approx(solve(PROBLEM).attrs["objective_eur"])


def test_what_cannot_hold_has_no_plan() -> None:
    grid = np.zeros((2, 3, 2))
    grid[0, :, 0] = 100.0
    never = Futures(("A", "B", "C"), np.asarray([0.5, 0.5]), grid, grid.sum(axis=2), np.full(3, 1.25), 0.0)
    robust = Robust(PROBLEM, never, build_model)
    assert robust.hold("chance", 0.9) is None


def test_the_first_stage_is_a_certified_plan() -> None:
    robust = Robust(PROBLEM, _futures(0.2), build_model)
    held = robust.hold("chance", 0.9)
    assert held is not None
    plan = decode(robust.data, robust.matrix, held.found)
    cost = float(plan.attrs["objective_eur"])
    plan.attrs |= {"bound_eur": cost, "gap": relative_gap(cost, cost)}
    assert check(PROBLEM, plan).passed


def test_a_margin_asks_the_futures_for_more() -> None:
    """100 MW of A feed 80; 45 MW more than the 40 wanted take a second site."""
    held = Robust(PROBLEM, _futures(0.0), build_model).hold("chance", 0.9, margin_mw=45.0)
    assert held is not None and held.connected[:, 0].sum() == 2


def test_what_is_fed_keeps_nested_shares() -> None:
    """80 MW each at A and B (FR, EU) and C (NO_4, EEA), target 40: a site holds half of it, a zone 0.75, and
    0.8 must be EU: 20 + 20 cut to 30 in FR, and 8 of C's 20."""
    problem = tiny_problem({"max_site_share": 0.5, "max_zone_share": 0.75, "min_eu_share": 0.8})
    every = np.ones((3, 2), dtype=bool)
    assert fed_mw(problem, _futures(0.0), every)[0] == pytest.approx(38.0)
    assert fed_mw(PROBLEM, _futures(0.0), every).tolist() == pytest.approx([240.0, 160.0])


def test_the_tree_keeps_the_odds_and_is_exact_for_few_kinds_of_futures() -> None:
    """1,000 draws of two kinds, 20 % and 80 %: two futures stand for all, with those odds."""
    kinds = np.arange(1000) % 5 == 0
    one = _futures(0.2)
    many = Futures(
        one.sites, np.full(1000, 1e-3), one.grid_mw[kinds.astype(int)], one.pace_mw[kinds.astype(int)],
        one.grid_per_mw, 0.0,
    )  # fmt: skip
    tree = reduced(many, 2)
    assert sorted(tree.odds.tolist()) == pytest.approx([0.2, 0.8])
    assert reduced(many, 5).odds.sum() == pytest.approx(1.0)
    assert reduced(one, 2) is one
