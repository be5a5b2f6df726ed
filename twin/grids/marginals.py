"""Month-by-hour quantile functions: what an hour of the year can look like, without its order in time.

A table holds, for each series, the quantiles of the value at the middle of each month for each hour of
the day. Between month middles the whole quantile function is interpolated, so seasons turn smoothly.
Ranks within a month-hour cell give the standard normal variables that ``process`` correlates.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Array = NDArray[np.float64]

HOURS = 8760
LEVELS: Array = np.array([0.0, 0.02, 0.05, 0.15, 0.3, 0.5, 0.7, 0.85, 0.95, 0.98, 1.0])
"""Probability levels of every table."""

_DAYS_IN_MONTH = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_HOUR = np.arange(HOURS)
HOUR_OF_DAY: NDArray[np.intp] = _HOUR % 24
MONTH: NDArray[np.intp] = np.repeat(np.arange(12), _DAYS_IN_MONTH * 24)
"""Month (0..11) of each hour of the common year."""


def _month_weights() -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
    """Return for each hour the month middles before and after it and the weight of the later one."""
    ends = np.cumsum(_DAYS_IN_MONTH) * 24.0
    middles = ends - _DAYS_IN_MONTH * 12.0
    wrapped = np.concatenate([[middles[-1] - HOURS], middles, [middles[0] + HOURS]])
    right = np.searchsorted(wrapped, _HOUR + 0.5, side="right")
    left = right - 1
    weight = (_HOUR + 0.5 - wrapped[left]) / (wrapped[right] - wrapped[left])
    return (left - 1) % 12, (right - 1) % 12, weight


BEFORE, AFTER, WEIGHT = _month_weights()


def seasonal_mean(series: Array) -> Array:
    """Return the month-hour means of ``series`` [n, 8760], interpolated between month middles, [n, 8760]."""
    return interpolated(month_hour_means(series))


def month_hour_means(series: Array) -> Array:
    """Return the mean of each month-hour cell, [n, 12, 24]; ``series`` is [n, 8760]."""
    out = np.empty((len(series), 12, 24))
    for month in range(12):
        cell = series[:, month == MONTH]
        out[:, month] = cell.reshape(len(series), -1, 24).mean(axis=1)
    return out


def interpolated(cells: Array) -> Array:
    """Spread month-hour cells [n, 12, 24] over the year, linearly between month middles, [n, 8760]."""
    early, late = cells[:, BEFORE, HOUR_OF_DAY], cells[:, AFTER, HOUR_OF_DAY]
    return np.asarray(early + WEIGHT * (late - early))


def fit_tables(series: Array) -> Array:
    """Return quantile tables [n, 12, 24, level] of ``series`` [n, 8760] in its own unit.

    The season is taken out before ranking, so drift inside a month does not widen the quantiles.
    """
    means = month_hour_means(series)
    anomaly = series - interpolated(means)
    tables = np.empty((len(series), 12, 24, len(LEVELS)))
    for month in range(12):
        cell = anomaly[:, month == MONTH].reshape(len(series), -1, 24)
        tables[:, month] = np.moveaxis(np.quantile(cell, LEVELS, axis=1), 0, -1)
    return tables + means[..., None]


def gaussianise(series: Array) -> Array:
    """Return standard normal scores [n, 8760] from ranks within each month-hour cell of ``series``.

    Ties share their mean rank, so long runs of equal values (night, price caps) add no noise.
    """
    anomaly = series - seasonal_mean(series)
    scores = np.empty_like(series)
    for month in range(12):
        mask = month == MONTH
        cell = anomaly[:, mask].reshape(len(series), -1, 24)
        ordered = np.sort(cell, axis=1)
        days = cell.shape[1]
        for row in range(len(series)):
            for hour in range(24):
                low = np.searchsorted(ordered[row, :, hour], cell[row, :, hour], side="left")
                high = np.searchsorted(ordered[row, :, hour], cell[row, :, hour], side="right")
                cell[row, :, hour] = ndtri((low + high) / (2.0 * days))
        scores[:, mask] = cell.reshape(len(series), -1)
    return scores


def evaluate(tables: Array, scores: Array) -> Array:
    """Return values [n, 8760] of the quantile ``tables`` at normal ``scores`` [n, 8760]."""
    chance = ndtr(scores)
    index = np.clip(np.searchsorted(LEVELS, chance, side="right") - 1, 0, len(LEVELS) - 2)
    share = (chance - LEVELS[index]) / (LEVELS[index + 1] - LEVELS[index])
    rows = np.arange(len(tables))[:, None]

    def at(month: NDArray[np.intp]) -> Array:
        low = tables[rows, month, HOUR_OF_DAY, index]
        high = tables[rows, month, HOUR_OF_DAY, index + 1]
        return np.asarray(low + share * (high - low))

    early = at(BEFORE)
    return np.asarray(early + WEIGHT * (at(AFTER) - early))
