"""Month-by-hour quantile functions: what an hour of the year can look like, without its order in time.

A table holds, for each series, a smooth seasonal course of each hour of the day and, by month and hour,
the quantiles of the departures from it. Ranks of the departures give the standard normal variables that
``process`` correlates. Nothing that is special to one calendar year's months enters a table: tables of
prices and of wind come from different years, and their months must not be mixed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Array = NDArray[np.float64]

HOURS = 8760
LEVELS: Array = np.array([0.0, 0.02, 0.05, 0.15, 0.3, 0.5, 0.7, 0.85, 0.95, 0.98, 1.0])
"""Probability levels of every table."""
HARMONICS = 2
"""Yearly harmonics kept in the seasonal course."""

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


def season(series: Array, harmonics: int = HARMONICS) -> Array:
    """Return the smooth seasonal course of each hour of the day at month middles, [n, 12, 24].

    The month-hour means of ``series`` [n, 8760] are reduced to their first yearly harmonics: what one
    calendar year's months did beyond that is weather, and belongs to the joint process.
    """
    means = np.empty((len(series), 12, 24))
    for month in range(12):
        means[:, month] = series[:, month == MONTH].reshape(len(series), -1, 24).mean(axis=1)
    waves = np.fft.rfft(means, axis=1)
    waves[:, harmonics + 1 :] = 0.0
    return np.asarray(np.fft.irfft(waves, 12, axis=1))


def interpolated(cells: Array) -> Array:
    """Spread month-hour cells [n, 12, 24] over the year, linearly between month middles, [n, 8760]."""
    early, late = cells[:, BEFORE, HOUR_OF_DAY], cells[:, AFTER, HOUR_OF_DAY]
    return np.asarray(early + WEIGHT * (late - early))


def seasonal_mean(series: Array) -> Array:
    """Return the seasonal course of ``series`` [n, 8760] hour by hour, [n, 8760]."""
    return interpolated(season(series))


@dataclass(frozen=True)
class Tables:
    """Quantile functions of series: a seasonal course and the spread about it, in the series' unit."""

    mean: Array
    """Seasonal course of each hour of the day, [n, 12, 24]."""
    rest: Array
    """Quantiles of the departures from it, mean zero, [n, 12, 24, level]."""


def fit_tables(series: Array, harmonics: int = HARMONICS) -> Tables:
    """Return the quantile tables of ``series`` [n, 8760].

    The quantiles of a month are those of three months of departures about it: ninety values a cell, and
    a cold or dear month of the fitted year stays out of the table (its ranks carry it, see ``gaussianise``).
    """
    course = season(series, harmonics)
    departures = series - interpolated(course)
    rest = np.empty((len(series), 12, 24, len(LEVELS)))
    for month in range(12):
        window = _window(departures, month)
        centred = window - window.mean(axis=1, keepdims=True)
        rest[:, month] = np.moveaxis(np.quantile(centred, LEVELS, axis=1, method="hazen"), 0, -1)
    return Tables(course, rest)


def gaussianise(series: Array, harmonics: int = HARMONICS) -> Array:
    """Return standard normal scores [n, 8760] of ``series``, by rank among the same hour of three months.

    Ties share their mean rank, so long runs of equal values (night, price caps) add no noise.
    """
    departures = series - interpolated(season(series, harmonics))
    scores = np.empty_like(series)
    for month in range(12):
        mask = month == MONTH
        cell = departures[:, mask].reshape(len(series), -1, 24)
        ordered = np.sort(_window(departures, month), axis=1)
        for row in range(len(series)):
            for hour in range(24):
                pool = ordered[row, :, hour]
                low = np.searchsorted(pool, cell[row, :, hour], side="left")
                high = np.searchsorted(pool, cell[row, :, hour], side="right")
                cell[row, :, hour] = ndtri((low + high) / (2.0 * len(pool)))
        scores[:, mask] = cell.reshape(len(series), -1)
    return scores


def _window(departures: Array, month: int) -> Array:
    """Return the departures of a month and its neighbours by day and hour, [n, days, 24]."""
    months = [(month + step) % 12 for step in (-1, 0, 1)]
    return departures[:, np.isin(MONTH, months)].reshape(len(departures), -1, 24)


def evaluate(tables: Tables, scores: Array) -> Array:
    """Return values [n, 8760] of the quantile ``tables`` at normal ``scores`` [n, 8760]."""
    chance = ndtr(scores)
    index = np.clip(np.searchsorted(LEVELS, chance, side="right") - 1, 0, len(LEVELS) - 2)
    share = (chance - LEVELS[index]) / (LEVELS[index + 1] - LEVELS[index])
    rows = np.arange(len(scores))[:, None]
    low = tables.rest[rows, MONTH, HOUR_OF_DAY, index]
    high = tables.rest[rows, MONTH, HOUR_OF_DAY, index + 1]
    return np.asarray(interpolated(tables.mean) + low + share * (high - low))
