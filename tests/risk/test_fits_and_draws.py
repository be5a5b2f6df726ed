"""Fitted distributions give back the figures of the site files; draws keep what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin import library
from twin.errors import BadInput
from twin.risk.draws import PriceSpread, draw, operator
from twin.risk.fits import Z90, lead_years, months_after, obtainable_mw

YEARS = st.floats(0.1, 15.0)


@given(p50=YEARS, more=st.floats(0.0, 10.0))
def test_the_fit_gives_back_p50_and_p90(p50: float, more: float) -> None:
    assert lead_years([0.0, Z90], p50, p50 + more) == pytest.approx([p50, p50 + more])


def test_equal_figures_leave_no_spread() -> None:
    assert lead_years(np.linspace(-3, 3, 7), 2.0, 2.0) == pytest.approx(np.full(7, 2.0))


def test_a_file_whose_p90_lies_below_its_p50_is_read_as_certain() -> None:
    assert lead_years([-2.0, 2.0], 3.0, 1.0) == pytest.approx([3.0, 3.0])


@given(low=st.floats(0, 500), mid=st.floats(0, 500), high=st.floats(0, 500))
def test_obtainable_megawatts_pass_through_the_three_figures(low: float, mid: float, high: float) -> None:
    figures = np.maximum.accumulate([low, mid, high])
    assert obtainable_mw([0.1, 0.5, 0.9], low, mid, high) == pytest.approx(figures)
    every = obtainable_mw(np.linspace(0, 1, 50), low, mid, high)
    assert every.min() == figures[0] and every.max() == figures[-1] and (np.diff(every) >= 0).all()


def test_months_count_from_today() -> None:
    """November 2026 and 1.1 years: 13 whole months later, December 2027."""
    assert months_after("2026-11", [1.1]).tolist() == [2027 * 12 + 11]


def _sites(*names: str) -> list:
    return [library.get("sites", name) for name in names]


def test_draws_reproduce_the_files_of_real_sites() -> None:
    """20,000 draws leave a standard error of 0.4 % of a unit of odds at P50; three of them are allowed."""
    sites = _sites("FR-FOU", "PT-SIN", "SE-LUL")
    found = draw(sites, [2030], PriceSpread(), 20_000, seed=1)
    for i, site in enumerate(sites):
        assert (found.lead_years[:, i] <= site.lead_p50_years).mean() == pytest.approx(0.5, abs=0.012)
        assert (found.lead_years[:, i] <= site.lead_p90_years).mean() == pytest.approx(0.9, abs=0.0075)
        assert (found.grid_mw[:, i] <= site.grid_mid_mw).mean() == pytest.approx(0.5, abs=0.012)
        assert found.grid_mw[:, i].min() == site.grid_low_mw
        assert found.grid_mw[:, i].max() == site.grid_high_mw


def test_sites_under_one_operator_slip_together_as_much_as_asked() -> None:
    """Two French sites and a Portuguese one, correlation 0.6 in scores; standard error 0.005."""
    sites = _sites("FR-FOU", "FR-MON", "PT-SIN")
    assert [operator(site) for site in sites] == ["RTE", "RTE", "REN"]
    found = draw(sites, [2030], PriceSpread(), 20_000, seed=2, shared=0.6)
    together = np.corrcoef(np.log(found.lead_years), rowvar=False)
    assert together[0, 1] == pytest.approx(0.6, abs=0.02)
    assert together[0, 2] == pytest.approx(0.0, abs=0.02)


def test_without_dates_and_megawatts_nothing_is_left_to_chance() -> None:
    sites = _sites("FR-FOU", "PT-SIN")
    found = draw(sites, [2030], PriceSpread(), 50, dates=False, megawatts=False)
    assert found.lead_years == pytest.approx(np.tile([s.lead_p50_years for s in sites], (50, 1)))
    assert found.grid_mw == pytest.approx(np.tile([s.grid_high_mw for s in sites], (50, 1)))
    assert (found.price_factor == 1.0).all()


def test_prices_follow_one_outlook_and_one_level_each_draw() -> None:
    """Without a level every draw is one of the outlooks, whole; the level has mean one."""
    sites, years = _sites("FR-FOU", "SE-LUL"), [2028, 2030]
    outlooks = tuple(library.get("outlooks", name) for name in library.names("outlooks"))
    plain = draw(sites, years, PriceSpread(outlooks), 300, seed=3).price_factor
    paths = {
        tuple(o.path_of(s.zone).price_factor[o.index_of(y)] for s in sites for y in years) for o in outlooks
    }
    assert {tuple(row) for row in plain.reshape(300, -1).tolist()} == paths
    level = draw(sites, years, PriceSpread((), 0.14), 40_000, seed=4).price_factor
    assert level.mean() == pytest.approx(1.0, abs=0.003)  # 4 standard errors of 0.14 / 200
    assert (level == level[:, :1, :1]).all()


def test_the_same_seed_draws_the_same_and_part_of_the_sites_is_a_part() -> None:
    sites = _sites("FR-FOU", "PT-SIN")
    one, two = (draw(sites, [2030], PriceSpread(), 20, seed=5) for _ in range(2))
    assert (one.lead_years == two.lead_years).all()
    assert (one.of(["PT-SIN"]).lead_years[:, 0] == one.lead_years[:, 1]).all()


def test_nonsense_is_refused_at_once() -> None:
    with pytest.raises(BadInput) as caught:
        draw(_sites("FR-FOU"), [2030], PriceSpread(), 0, shared=1.5)
    assert [fault.key for fault in caught.value.faults] == ["--draws", "--shared"]
