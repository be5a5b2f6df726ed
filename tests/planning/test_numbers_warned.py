"""A plan says when numbers of its master lie outside their limits, and nothing when none do."""

from __future__ import annotations

from tiny_problems import tiny_problem

from twin.planning.siting import solve


def test_a_plan_in_usual_money_says_nothing() -> None:
    assert "numerics" not in solve(tiny_problem()).attrs


def test_a_rent_beyond_all_money_is_told() -> None:
    """2e16 EUR per MW and year weigh 10 years in the last quarter: 2e11 MEUR, over the limit of 1e9."""
    told = solve(tiny_problem(lease_eur_per_mw_year=2e16)).attrs["numerics"]
    assert told.startswith("siting master: the largest cost is 2e+11, over 1e+09")
