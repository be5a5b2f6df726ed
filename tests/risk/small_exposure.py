"""A plan of two sites that a person can follow on paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from twin.risk.connections import Connections
from twin.risk.draws import Draws
from twin.risk.exposure import Exposure

QUARTERS = ("2027Q1", "2027Q2", "2027Q3", "2027Q4")
TODAY = "2026-12"
AFTER = 4
"""Quarters of the tail."""


def grid(**changes: Any) -> Connections:
    """Return one tier of 25 grid MW at A from 2027Q3 and at B from 2027Q4: our half of 50 MW."""
    values: dict[str, Any] = {
        "sites": ("A", "B"),
        "today": TODAY,
        "first": 2027 * 4,
        "earlier": 0,
        "tier_first": np.asarray([[2], [3]]),
        "tier_top_mw": np.full((2, 1), 25.0),
        "level_mw": np.full((2, 1), 50.0),
        "share": np.full(2, 0.5),
        "p90_years": np.full(2, 3.0),
        "floor": np.full(2, 2027 * 4),
    }
    return Connections(**(values | changes))


def small(**changes: Any) -> Exposure:
    """Return sites A (20 MW from 2027Q3) and B (20 MW from 2027Q4), each on one tier of 25 grid MW.

    One megawatt of IT draws 1.25; standing costs 2, running 1, renting 4 MEUR a year; no discount.
    The path asks for 20 MW in 2027Q3 and 40 from 2027Q4 on; nothing is committed, at most 30 MW are rented.
    """
    count = len(QUARTERS) + AFTER
    planned = np.zeros((2, count))
    planned[0, 2:], planned[1, 3:] = 20.0, 20.0
    path = np.zeros(count)
    path[2], path[3:] = 20.0, 40.0
    flat = np.ones((2, count))
    values: dict[str, Any] = {
        "sites": ("A", "B"),
        "quarters": QUARTERS,
        "in_plan": len(QUARTERS),
        "grid": grid(),
        "planned_mw": planned,
        "grid_per_mw": 1.25 * flat,
        "counted_per_mw": flat,
        "committed_mw": np.zeros(count),
        "committed_own_mw": np.zeros(count),
        "path_mw": path,
        "target_mw": 40.0,
        "lease_mw": np.zeros(count),
        "lease_most_mw": 30.0,
        "lease_counted": 1.0,
        "lease_eur_per_mw_year": 4e6,
        "standing_eur_per_mw_year": 2e6 * flat,
        "running_eur_per_mw_year": 1e6 * flat,
        "market_eur_per_mw_year": 5e5 * flat,
        "base_factor": np.ones(2),
        "years": np.full(count, 0.25),
        "calendar_year": np.asarray([2027] * 4 + [2028] * AFTER),
    }
    return Exposure(**(values | changes))


def drawn(
    lead_years: Sequence[Sequence[float]], grid_mw: float = 50.0, price: Sequence[float] = (1.0, 1.0)
) -> Draws:
    """Return draws with these lead times of A and B, all with the same megawatts and prices by year."""
    lead = np.asarray(lead_years, float)
    factor = np.broadcast_to(np.asarray(price, float), (*lead.shape, 2)).copy()
    return Draws(("A", "B"), (2027, 2028), lead, np.full_like(lead, grid_mw), factor)
