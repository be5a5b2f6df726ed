"""Classes of work at sites: the law, full sites, and who stops first."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.operation.placement import lawful, place, shed_order


def test_work_of_the_union_stays_in_it_and_the_rest_makes_room() -> None:
    """Proves: two equal sites, one outside the EU; half of the work is bound to the EU and fills its site.

    With not a rack to spare the fitting nears its end like 1/n; after 500 rounds it is a thousandth away.
    """
    may = lawful(["EU", "any"], ["EU", "EEA"])
    found = place(np.array([10.0, 10.0]), np.array([10.0, 10.0]), may)
    assert found == pytest.approx(np.array([[10.0, 0.0], [0.0, 10.0]]), abs=0.02)


def test_without_borders_every_site_has_the_fleet_s_mix() -> None:
    may = lawful(["any", "any"], ["EU", "UK", "CH"])
    found = place(np.array([30.0, 20.0, 50.0]), np.array([25.0, 75.0]), may)
    assert found == pytest.approx(np.outer([0.25, 0.75], [30.0, 20.0, 50.0]))


def test_sites_stay_full_where_the_law_leaves_too_little_room() -> None:
    may = lawful(["EU", "any"], ["EU", "UK"])
    found = place(np.array([10.0, 30.0]), np.array([30.0, 10.0]), may)
    assert found.sum(axis=0) == pytest.approx([10.0, 30.0])
    assert found[0, 1] == 0.0


def test_a_site_where_nothing_may_run_takes_the_whole_mix() -> None:
    found = place(np.array([10.0, 10.0]), np.array([5.0, 15.0]), lawful(["EU", "EU"], ["EU", "UK"]))
    assert found[:, 1] == pytest.approx([2.5, 7.5])


def test_nearness_draws_a_class_to_its_users() -> None:
    near = np.array([[9.0, 1.0], [1.0, 1.0]])
    found = place(np.array([10.0, 10.0]), np.array([8.0, 12.0]), np.ones((2, 2), dtype=bool), near)
    assert found[0, 0] > 2.0 * found[0, 1]
    assert found.sum(axis=1) == pytest.approx([8.0, 12.0], rel=1e-6)


def test_what_can_wait_stops_first_and_users_last() -> None:
    latency, defers = np.array([np.nan, np.nan, np.nan, 40.0]), np.array([0.1, 0.3, 0.6, 0.9])
    assert shed_order(latency, defers) == (2, 1, 0, 3)


@settings(max_examples=30)
@given(
    st.lists(st.floats(1, 300), min_size=3, max_size=8), st.lists(st.floats(0.05, 1), min_size=4, max_size=4)
)
def test_rows_and_columns_add_up(sites: list[float], shares: list[float]) -> None:
    site_mw, share = np.array(sites), np.array(shares) / sum(shares)
    may = lawful(["any"] * 4, [("EU", "UK")[i % 2] for i in range(len(sites))])
    found = place(site_mw, share * site_mw.sum(), may)
    assert found.sum(axis=0) == pytest.approx(site_mw, rel=1e-9)
    assert found.sum(axis=1) == pytest.approx(share * site_mw.sum(), rel=1e-9)
