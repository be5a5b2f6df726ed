"""The tightest limit of cases that can be worked out on paper."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.planning.tiny_problems import tiny_problem
from twin.errors import Impossible
from twin.planning.siting import build_model, solve
from twin.planning.tightest import limited, tightest


def test_the_cleanest_mix_is_found() -> None:
    """Wind at A is 10 g/kWh and all 40 MW fit there; from the grid it would be 100. So 10 g is the least."""
    clean = np.asarray([[[1000.0, 100.0]], [[1000.0, 300.0]], [[1000.0, 300.0]]])
    problem = tiny_problem(carbon_t_per_mw_year=clean)
    found = tightest(problem, build_model, "max_carbon_g_per_kwh", 100.0, 0.0).limit
    assert 10.0 - 1e-6 <= found <= 10.0 + 100.0 / 2**10


def test_three_sites_share_alike() -> None:
    """More than the path may be built: three sites of as many halls each have a third; no plan has less."""
    problem = tiny_problem(limits={"lease_mw": 0.0})
    found = tightest(problem, build_model, "max_site_share", 1.0, 0.0).limit
    assert found == pytest.approx(1 / 3, abs=1e-3)
    assert np.ptp(solve(limited(problem, "max_site_share", found)).mw_it.values[:, -1]) == 0.0
    with pytest.raises(Impossible):
        solve(limited(problem, "max_site_share", 0.33))


@pytest.mark.parametrize(
    ("changes", "found"),
    [({}, 1.0), ({"exclusion": ["x", "x", ""]}, 0.0), ({"exclusion": ["", "x", ""]}, 1.0)],
)
def test_the_ideal_is_asked_first_and_what_cannot_move_stays(changes: dict[str, Any], found: float) -> None:
    """A and B are in the EU, C is not: all may be, unless only C is left."""
    assert tightest(tiny_problem(**changes), build_model, "min_eu_share", 0.0, 1.0).limit == found
