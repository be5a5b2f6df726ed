"""Distributions fitted to a site file: lead times to P50 and P90, megawatts to low, mid and high."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

Array = NDArray[np.float64]

Z90 = float(ndtri(0.9))
"""Standard normal quantile of nine chances in ten."""
SHORTEST_YEARS = 1.0 / 12.0
"""A median lead time below a month is taken as a month: the logarithm of none does not exist."""
LEVEL_ODDS = (0.1, 0.5, 0.9)
"""Odds that no more than the low, mid and high megawatts can be had. The catalogue says cautious, expected
and at best; reading these as one, five and nine chances in ten is our judgement."""


def lead_years(score: ArrayLike, p50_years: ArrayLike, p90_years: ArrayLike) -> Array:
    r"""Return lead times, years, for standard normal ``score``; all broadcast.

    Lognormal, :math:`L = P_{50}\,(P_{90}/P_{50})^{z/z_{90}}`: never below zero, skewed to the late side, and
    exactly the two figures of the file at its P50 and P90. Equal figures leave no spread.
    """
    middle = np.maximum(np.asarray(p50_years, float), SHORTEST_YEARS)
    late = np.maximum(np.asarray(p90_years, float), middle)
    return np.asarray(middle * np.exp(np.log(late / middle) * np.asarray(score, float) / Z90))


def obtainable_mw(odds: ArrayLike, low_mw: float, mid_mw: float, high_mw: float) -> Array:
    """Return megawatts that can be had at the connection, for ``odds`` (any shape, 0 to 1).

    Straight lines between the three figures at ``LEVEL_ODDS``, level outside: never less than the low one
    nor more than the high one, since the file says nothing beyond them.
    """
    levels = np.maximum.accumulate([low_mw, mid_mw, high_mw])
    return np.asarray(np.interp(np.asarray(odds, float), LEVEL_ODDS, levels))


def months_after(today: str, years: ArrayLike) -> NDArray[np.int_]:
    """Return calendar months since year 0 of ``years`` after ``today`` (YYYY-MM), whole months only."""
    start = int(today[:4]) * 12 + int(today[5:7]) - 1
    return np.asarray(start + np.floor(np.asarray(years, float) * 12 + 1e-9), dtype=int)
