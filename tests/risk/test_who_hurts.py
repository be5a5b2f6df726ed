"""Whose slip hurts: each site alone late, each site alone certain."""

from __future__ import annotations

import pytest
from small_exposure import drawn, small

from twin.risk.slip import slip
from twin.risk.who_hurts import who_hurts

LEADS = [[a, b] for a in (0.5, 40.0) for b in (0.5, 0.5, 0.5, 40.0)]
"""A never comes in 1 of 2 futures, B in 1 of 4."""


def test_the_site_that_slips_more_hurts_more() -> None:
    """Certain A lifts the odds from 3/8 to 3/4, certain B to 1/2."""
    at = small()
    rows = who_hurts(at, slip(at, drawn(LEADS)))
    assert [row.site for row in rows] == ["A", "B"]
    assert [row.odds_gained for row in rows] == pytest.approx([3 / 8, 1 / 8])
    assert [row.late_odds for row in rows] == [0.5, 0.25]
    assert [row.late_mw_final for row in rows] == [10.0, 5.0]


def test_late_alone_is_paid_as_if_the_other_stood() -> None:
    """A never comes in half the futures: 20 MW over 6 quarters, rent 4 less 3 MEUR a MW-year deferred."""
    at = small()
    first = who_hurts(at, slip(at, drawn(LEADS)))[0]
    assert first.alone_eur == pytest.approx(0.5 * 20 * 6 * 0.25 * 1e6)
    assert first.alone_p10_eur == 0.0


def test_sites_on_time_hurt_nobody() -> None:
    at = small()
    for row in who_hurts(at, slip(at, drawn([[0.5, 0.5]]))):
        assert (row.late_odds, row.odds_gained, row.alone_eur) == (0.0, 0.0, 0.0)
