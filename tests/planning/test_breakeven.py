"""Break-even prices of sites, by hand: A costs 1.1, B 1.2, C 1.3 MEUR a MW-year and each can take all."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tiny_problems import tiny_problem

from twin.planning.alternatives import NearBest
from twin.planning.breakeven import enters_at, leaves_at, replanned, term_columns
from twin.planning.siting import solve

GAP_EUR = 2e-4 * 506e6 / 460
"""Two gaps of the least cost over the megawatt-years: how well a price can be told."""


@pytest.fixture(scope="module")
def near() -> NearBest:
    problem = tiny_problem()
    return NearBest(problem, solve(problem, gap=1e-6), 0.02)


def test_a_site_leaves_when_it_is_as_dear_as_the_next(near: NearBest) -> None:
    found = leaves_at(near, "A")
    assert found.inside and found.eur_per_mw_year == pytest.approx(0.1e6, abs=GAP_EUR)


@pytest.mark.parametrize(("site", "price"), [("B", -0.1e6), ("C", -0.2e6)])
def test_a_site_enters_when_it_is_as_cheap_as_the_best(near: NearBest, site: str, price: float) -> None:
    found = enters_at(near, site)
    assert not found.inside and found.eur_per_mw_year == pytest.approx(price, abs=GAP_EUR)


def test_no_price_drives_out_the_only_site() -> None:
    problem = tiny_problem(tier_mw=np.asarray([[100.0, 0.0], [5.0, 0.0], [5.0, 0.0]]))
    alone = NearBest(problem, solve(problem), 0.02)
    assert math.isinf(leaves_at(alone, "A").eur_per_mw_year)


def test_groups_of_costs_move_the_plan_as_they_should(near: NearBest) -> None:
    """Shells are 0.4 and GPUs 0.6 MEUR a MW-year; energy twice as dear is 0.1 MEUR more on each of 460
    MW-years and leaves the fleet where it is."""
    columns = term_columns(near)
    base, at = replanned(near, columns, {})
    dear, same = replanned(near, columns, {"energy": 1.0})
    assert base == pytest.approx(1.1e6 * 460)
    assert dear - base == pytest.approx(0.1e6 * 460)
    assert at.tolist() == pytest.approx([40.0, 0.0, 0.0]) and same == pytest.approx(at)
    assert replanned(near, columns, {"it": 0.5})[0] - base == pytest.approx(0.3e6 * 460)
    assert replanned(near, columns, {"rent": -0.9})[0] < base
