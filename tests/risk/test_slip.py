"""Draws against a plan that a person can follow: odds, megawatts and money by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_exposure import drawn, grid, small

from twin.risk.connections import arrivals
from twin.risk.slip import costs, missing_mw, own_mw, reached, slip, tail_mean

ON_TIME, A_QUARTER_LATE, NEVER = 0.5, 1.0, 40.0
"""Lead times from December 2026: June 2027 suits both sites; December 2027 is a quarter late for A, in time
for B."""


def test_no_spread_is_the_plan_itself() -> None:
    at = small()
    found = slip(at, drawn([[ON_TIME, ON_TIME]]))
    assert not found.late_mw.any() and not found.energy_eur.any()
    assert reached(at, found.late_mw.sum(axis=0)) == 1.0
    assert own_mw(at, found.late_mw.sum(axis=0))[0, :4].tolist() == [0.0, 0.0, 20.0, 40.0]
    money = costs(at, found.late_mw)
    assert money.rent_eur[0] == money.deferred_eur[0] == money.idle_eur[0] == 0.0


def test_odds_of_two_sites_by_hand() -> None:
    """A never comes in 1 of 2 futures, B in 1 of 4, each with each: both stand in 1/2 x 3/4 = 3/8."""
    leads = [[a, b] for a in (ON_TIME, NEVER) for b in (ON_TIME, ON_TIME, ON_TIME, NEVER)]
    at = small()
    assert reached(at, slip(at, drawn(leads)).late_mw.sum(axis=0)) == 3 / 8


def test_a_quarter_late_costs_a_quarter_of_rent_less_what_is_saved() -> None:
    """20 MW for 0.25 years: rent 20 MEUR; not bought, 15 MEUR are saved; bought and idle, the running 5."""
    at = small()
    found = slip(at, drawn([[A_QUARTER_LATE, ON_TIME]]))
    assert found.late_mw[0, 0].tolist() == [0.0, 0.0, 20.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert not found.late_mw[1].any()
    money = costs(at, found.late_mw)
    assert money.rent_eur[0] == pytest.approx(20e6)
    assert money.deferred_eur[0] == pytest.approx(5e6)
    assert money.idle_eur[0] == pytest.approx(15e6)
    assert money.unserved_mw_years[0] == 0.0


def test_what_the_market_cannot_rent_is_unserved() -> None:
    """Both never come: 40 MW missing over 5 quarters and 20 in one; 30 MW at most are rented."""
    at = small()
    found = slip(at, drawn([[NEVER, NEVER]]))
    missing = missing_mw(at, found.late_mw.sum(axis=0))[0]
    assert missing.tolist() == [0.0, 0.0, 20.0, 40.0, 40.0, 40.0, 40.0, 40.0]
    money = costs(at, found.late_mw)
    assert money.rent_eur[0] == pytest.approx((20 + 5 * 30) * 0.25 * 4e6)
    assert money.unserved_mw_years[0] == pytest.approx(5 * 10 * 0.25)


def test_fewer_megawatts_cut_the_tier_from_the_top() -> None:
    """30 of 50 MW can be had, half of them by us: 15 at the connection feed 12 MW of IT of the 20 planned."""
    at = small()
    found = slip(at, drawn([[ON_TIME, ON_TIME]], grid_mw=30.0))
    assert found.late_mw[:, 0, 3].tolist() == pytest.approx([8.0, 8.0])
    assert reached(at, found.late_mw.sum(axis=0)) == 0.0


def test_later_tiers_hold_nine_times_in_ten() -> None:
    """The second tier waits for the P90 (3 years: 2029Q4) and for first power, the third two years more."""
    tiers = {"tier_first": np.asarray([[2, 5, 6]] * 2), "tier_top_mw": np.asarray([[25.0, 50.0, 75.0]] * 2)}
    at = grid(level_mw=np.asarray([[50.0, 100.0, 150.0]] * 2), **tiers)
    early, late = arrivals(at, drawn([[ON_TIME, ON_TIME], [4.0, 4.0]]), 0).tolist()
    assert early == [2, 11, 19]
    assert late == [15, 15, 23]


def test_power_before_it_is_firm_comes_that_much_earlier_but_not_before_its_plan() -> None:
    assert arrivals(grid(earlier=1), drawn([[A_QUARTER_LATE, ON_TIME]]), 0).tolist() == [[2]]


def test_no_power_before_the_first_year_of_the_file() -> None:
    at = grid(floor=np.full(2, 2028 * 4))
    assert arrivals(at, drawn([[ON_TIME, ON_TIME]]), 0).tolist() == [[4]]


def test_dear_energy_costs_what_follows_the_market() -> None:
    """Half dearer in 2028 alone: 40 MW, one year, 0.5 MEUR a MW-year at market, half of it more."""
    found = slip(small(), drawn([[ON_TIME, ON_TIME]], price=(1.0, 1.5)))
    assert found.energy_eur[0] == pytest.approx(40 * 0.5e6 * 0.5)


def test_the_price_level_of_the_plan_is_not_counted_twice() -> None:
    found = slip(small(base_factor=np.full(2, 1.5)), drawn([[ON_TIME, ON_TIME]], price=(1.5, 1.5)))
    assert found.energy_eur[0] == 0.0


@given(leads=st.lists(st.tuples(st.floats(0, 12), st.floats(0, 12)), min_size=1, max_size=6))
def test_many_draws_are_each_draw_alone(leads: list[tuple[float, float]]) -> None:
    at = small()
    together = slip(at, drawn(leads)).late_mw
    for n, lead in enumerate(leads):
        assert (slip(at, drawn([lead])).late_mw[:, 0] == together[:, n]).all()


def test_worst_tenth_of_two_points_by_hand() -> None:
    """10 with odds 0.05, else 2: the worst tenth is half of each, (0.05 x 10 + 0.05 x 2) / 0.1 = 6."""
    values = np.asarray([10.0] + [2.0] * 19)
    assert tail_mean(values, 0.9) == pytest.approx(6.0)
    assert tail_mean(values, 0.95) == pytest.approx(10.0)
    assert tail_mean(values, 0.0) == pytest.approx(values.mean())
