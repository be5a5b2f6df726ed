"""Latency, loss of a connection and power before the firm date, on systems that a person can solve.

Variants of ``tiny_problem``: A costs 1.1, B 1.2, C 1.3 MEUR per MW-year, rent 2.0; the base costs 506.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr
from tiny_problems import tiny_problem

from twin.errors import Impossible
from twin.planning.certificate import check
from twin.planning.diagnose import diagnose
from twin.planning.siting import build_model, solve

BOTH = {"metro_share": [0.25, 0.25]}
"""Half of the fleet is interactive, half of that in each of the two metros."""

TWO_TIERS = {"tier_mw": [[30, 30], [100, 0], [100, 0]], "tier_first_quarter": [[0, 0], [0, 4], [0, 4]]}
"""Two connections of 30 MW at A; 40 MW of IT draw 50 MW."""

A_IS_LATE = {"tier_first_quarter": [[0, 4], [4, 4], [4, 4]], "tier_firm_quarter": [[2, 4], [4, 4], [4, 4]]}
"""Only A, whose connection is firm from the third quarter and may energise from the first."""

ONLY_A = {"tier_first_quarter": [[0, 4], [4, 4], [4, 4]]}
"""B and C have power right after the plan."""


def planned(**how: Any) -> xr.Dataset:
    """Return a certified plan."""
    problem = tiny_problem(**how)
    plan = solve(problem, gap=0.0)
    certificate = check(problem, plan)
    assert certificate.passed, str(certificate)
    return plan


def cost(**how: Any) -> float:
    """Return the cost of a certified plan in MEUR."""
    return float(planned(**how).attrs["objective_eur"]) / 1e6


def years(t1: list[float], t2: list[float]) -> np.ndarray:
    """Return the years in which the tiers of A are the lowest that is not firm."""
    out = np.zeros((3, 2, 4))
    out[0] = t1, t2
    return out


def test_latency_within_20_ms() -> None:
    """Proves: Stockholm is 30 ms from A and 20 ms from B, so its 10 MW stand at B: 66 + 10 (33 + 12).

    Without it the cost would be 506.
    """
    plan = planned(limits={"max_rtt_ms": 20.0}, **BOTH)
    assert plan.attrs["objective_eur"] == pytest.approx(516e6)
    assert plan.mw_it.values[:, -1].tolist() == [30.0, 10.0, 0.0]
    assert float(plan.serve_mw.sel(site="B", metro="sto")) == pytest.approx(10.0)
    assert float(plan.serve_mw.sum()) == pytest.approx(20.0)


def test_latency_within_10_ms() -> None:
    """Proves: within 10 ms only C serves Stockholm: 66 + 10 (33 + 13). Without it the cost would be 506."""
    assert cost(limits={"max_rtt_ms": 10.0}, **BOTH) == pytest.approx(526.0)
    assert cost(limits={"max_rtt_ms": 30.0}, **BOTH) == pytest.approx(506.0)


def test_a_site_serves_no_more_than_it_has() -> None:
    """Proves: a megawatt serves one metro: with all the fleet interactive, 20 MW stand at B: 66 + 10 x 46.

    Without that row, the 40 MW at A and 10 MW at B would serve both, for less.
    """
    assert cost(limits={"max_rtt_ms": 20.0}, metro_share=[0.5, 0.5]) == pytest.approx(526.0)


def test_starting_fleet_serves_from_where_it_stands() -> None:
    """Proves: 20 MW of the starting fleet at B serve Stockholm, so new halls go to A: 10 x 22 = 220.

    Elsewhere, outside the catalogue, they count in the fleet and serve nobody: 20 MW at B, 240.
    """
    started = {
        "limits": {"max_rtt_ms": 20.0},
        "metro_share": [0.0, 0.5],
        "committed_mw": 20.0,
        "committed_own_mw": 20.0,
        "committed_own_it_mw": 20.0,
    }
    assert cost(**started, committed_site_mw=[0.0, 20.0, 0.0]) == pytest.approx(220.0)
    assert cost(**started) == pytest.approx(240.0)


def test_latency_that_no_site_keeps_is_named() -> None:
    """Proves: nobody is within 1 ms, and the message says which limit stops it, and where it would do."""
    with pytest.raises(Impossible, match="would do: longest round trip of inference of 5 ms"):
        solve(tiny_problem(limits={"max_rtt_ms": 1.0}, **BOTH), gap=0.0)


def test_loss_of_the_only_connection() -> None:
    """Proves: A's one connection may carry half of the fleet, so 20 MW stand at B: 66 + 10 (22 + 24).

    Without it the cost would be 506.
    """
    assert cost(limits={"max_connection_share": 0.5}) == pytest.approx(526.0)


def test_a_second_connection_carries_what_the_first_loses() -> None:
    """Proves: with two of 30 MW at A, losing one takes 20 of 50 MW, within half of the fleet: 506.

    Within a quarter (12.5 MW), A draws 42.5 MW at most, 30 MW of IT, and B has 10: 66 + 10 (33 + 12).
    """
    assert cost(limits={"max_connection_share": 0.5}, **TWO_TIERS) == pytest.approx(506.0)
    assert cost(limits={"max_connection_share": 0.25}, **TWO_TIERS) == pytest.approx(516.0)


def test_a_fleet_on_one_connection_is_named() -> None:
    """Proves: with A alone and one connection there, no share below 1 can be kept; the message says so."""
    how = {"limits": {"max_connection_share": 0.5}, **ONLY_A}
    with pytest.raises(Impossible, match=r"largest share lost with one connection \(50%\)"):
        solve(tiny_problem(**how), gap=0.0)


def test_starting_fleet_counts_when_a_connection_is_lost() -> None:
    """Proves: 30 MW elsewhere stay when A's 25 MW are lost: 25 <= 0.5 (30 + 25), so A has all: 10 x 22.

    Without them A and B would share the 20 MW: 10 (11 + 12) = 230.
    """
    how = {"limits": {"max_connection_share": 0.5}, "path_mw": [0, 0, 0, 20]}
    started = {"committed_own_it_mw": 30.0, "committed_own_mw": 0.0, "committed_mw": 0.0}
    assert cost(**how, **started) == pytest.approx(220.0)
    assert cost(**how) == pytest.approx(230.0)


def test_power_before_the_firm_date() -> None:
    """Proves: 25 MW that are not firm for two quarters cost 2 x 25 x 0.1 MEUR: 511.

    Without early power the two quarters are rented: 542. At 1 MEUR a MW-year cuts cost more than that.
    """
    early = {**A_IS_LATE, "nonfirm_years": years([1, 1, 0, 0], [0, 0, 0, 0])}
    plan = planned(**early, nonfirm_eur_per_mw_year=1e5)
    assert plan.attrs["objective_eur"] == pytest.approx(511e6)
    assert float(plan.cost_eur.sel(term="nonfirm")) == pytest.approx(5e6)
    assert plan.nonfirm_mw.sel(site="A").values.tolist() == [25.0, 25.0, 0.0, 0.0]
    dear = planned(**early, nonfirm_eur_per_mw_year=1e6)
    assert dear.attrs["objective_eur"] == pytest.approx(542e6)
    assert float(dear.nonfirm_mw.max()) == 0.0


def test_only_the_draw_beyond_firm_tiers_is_cut() -> None:
    """Proves: the first 25 MW are firm, the second are not for 3 of the last 10 years: 506 + 3 x 25 x 0.1.

    Were the whole draw cut, or the whole tail, it would cost 521 or 531. At 1 MEUR, B takes 20 MW: 526.
    """
    how = {
        "tier_mw": [[25, 25], [100, 0], [100, 0]],
        "tier_first_quarter": [[0, 3], [0, 4], [0, 4]],
        "tier_firm_quarter": [[0, 9], [0, 4], [0, 4]],
        "nonfirm_years": years([0, 0, 0, 0], [0, 0, 0, 3]),
    }
    assert cost(**how, nonfirm_eur_per_mw_year=1e5) == pytest.approx(513.5)
    assert cost(**how, nonfirm_eur_per_mw_year=1e6) == pytest.approx(526.0)


def test_cut_hours_that_are_not_paid_are_noticed() -> None:
    """The certificate recomputes the cost of cut hours: a plan made as if all were firm does not pass."""
    problem = tiny_problem(**A_IS_LATE)
    plan = solve(problem, gap=0.0)
    paid = tiny_problem(
        **A_IS_LATE, nonfirm_years=years([1, 1, 0, 0], [0, 0, 0, 0]), nonfirm_eur_per_mw_year=1e5
    )
    assert "objective" in check(paid, plan).broken


def test_diagnosis_finds_the_round_trip_that_would_do() -> None:
    """Proves: nobody is within 3 ms; A is 5 ms from Paris and C from Stockholm, so 5 ms would do."""
    problem = tiny_problem(limits={"max_rtt_ms": 3.0, "lease_mw": 0.0}, **BOTH)
    found = diagnose(problem, build_model, 30.0)
    assert "longest round trip of inference (3 ms)" in {rule.words for rule in found.binding}
    assert [change.words for change in found.eased.alone] == ["longest round trip of inference of 5 ms"]


def test_diagnosis_gives_on_a_lost_connection() -> None:
    """Proves: with A alone in the plan either its rule gives, or another site comes a quarter earlier."""
    how = {"limits": {"max_connection_share": 0.5, "lease_mw": 0.0}, **ONLY_A}
    found = diagnose(tiny_problem(**how), build_model, 30.0)
    assert "largest share lost with one connection (50%)" in {rule.words for rule in found.binding}
    alone = [change.words for change in found.eased.alone]
    assert "no largest share lost with one connection" in alone and "1 quarter earlier at B" in alone
