"""Flexible power, by hand: three sites of which A is the cheapest; rent costs 2.0 MEUR a MW-year."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr
from tiny_problems import tiny_problem

from twin.planning.flexible import curtailable, side_by_side, sooner, without_batteries, worth

LATE = tiny_problem(tier_first_quarter=np.tile([1.0, 4.0], (3, 1)))
"""No site has power in the first quarter, so 20 MW are rented for its year."""


def test_a_quarter_earlier_saves_rent_less_what_owning_costs() -> None:
    """20 MW-years at 2.0 rented or 1.1 owned at A."""
    gain = worth(LATE).cost_eur - worth(sooner(LATE, 1)).cost_eur
    assert gain == pytest.approx(20 * 0.9e6, rel=1e-6)


def test_the_most_megawatts_fill_every_connection() -> None:
    """100 grid MW at each of three sites feed 80 MW of IT: 8 halls of 10."""
    assert worth(LATE).most_mw == pytest.approx(240.0)


def test_power_that_may_be_cut_saves_the_same_less_the_hours_cut() -> None:
    """One quarter that is not firm, 0.25 years at no discount: 25 MW of draw, 1/1.2 MW of IT each stand still
    for 876 of 8,760 hours at 2.0 MEUR: 25 x 0.25 x 0.1 x 2.0 / 1.2 MEUR."""
    cut = curtailable(LATE, 1, 876.0, 0.0, 0.0)
    saved = worth(LATE).cost_eur - worth(cut).cost_eur
    assert saved == pytest.approx(20 * 0.9e6 - 25 * 0.25 * 0.1 * 2e6 / 1.2, rel=1e-6)


def test_hours_that_are_never_cut_make_it_firm() -> None:
    assert worth(curtailable(LATE, 1, 0.0, 0.0, 0.0)).cost_eur == pytest.approx(
        worth(sooner(LATE, 1)).cost_eur
    )


def test_a_stop_by_a_rule_is_kept() -> None:
    ruled = LATE.drop_vars(["ruling_rule", "ruling_site", "ruling_text"]).assign(
        ruling_rule=("ruling", ["stop"]),
        ruling_site=("ruling", ["A"]),
        ruling_text=("ruling", ["no power before 2027Q2"]),
    )
    first = sooner(ruled, 1).tier_first_quarter.values[:, 0]
    assert first.tolist() == [1.0, 0.0, 0.0]


def test_options_with_a_battery_are_closed() -> None:
    """Wind is the only option that a battery stands behind here; without the grid option there is no plan."""
    problem = tiny_problem()
    sized = xr.zeros_like(problem.valid)
    sized[{"option": 0}] = 1.0
    bare = without_batteries(problem, xr.Dataset({"battery_mwh_per_mw": sized}))
    assert bare.valid.values[:, :, 0].sum() == 0 and (bare.valid.values[:, :, 1] == 1).all()
    dearer = worth(bare).cost_eur - worth(problem).cost_eur
    assert dearer == pytest.approx(0.1e6 * 460, rel=1e-6)


def test_no_plan_is_worth_nothing() -> None:
    none = worth(tiny_problem({"lease_mw": 0.0}, tier_mw=np.zeros((3, 2))))
    assert math.isinf(none.cost_eur) and none.most_mw == 0.0


def test_menus_side_by_side_offer_the_options_of_both() -> None:
    """Proves: what holds for all options stays; without the first menu load that may wait would have to."""
    places = ("site", "design")
    menus = [
        xr.Dataset(
            {"valid": ((*places, "option"), np.full((1, 1, 2), value)), "floor": (places, np.ones((1, 1)))},
            coords={"site": ["A"], "design": ["d"], "option": [f"{name} 0", f"{name} 1"]},
        )
        for name, value in (("stays", 1.0), ("waits", 0.5))
    ]
    both = side_by_side(menus)
    assert both["option"].values.tolist() == ["stays 0", "stays 1", "waits 0", "waits 1"]
    assert both["valid"].values.ravel().tolist() == [1.0, 1.0, 0.5, 0.5]
    assert both["floor"].dims == places
