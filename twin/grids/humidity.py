r"""Dew point from temperature: a climate of month, hour and temperature anomaly.

.. math:: T_d = a_{m,h} + b_m A + w_m \max(A, 0) + Q_{m,\beta(A)}(\Phi(\eta)), \qquad A = T - \bar T_{m,h}

with :math:`T_d \le T`. The rest :math:`Q` has its own quantiles for cool, mild and warm hours of the month,
because dew points spread less, and never far upwards, when it is hot. Fitted per station on typical years;
a site takes the mean of its nearest stations, weighted by distance, and two figures of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from twin.grids.marginals import (
    LEVELS,
    MONTH,
    Array,
    interpolated,
    season,
    seasonal_mean,
)

NEAREST = 3
_MILD, _WARM = 0.0, 1.04
"""Edges of the cool, mild and warm hours, in standard deviations of the month's anomalies."""


@dataclass(frozen=True)
class Climate:
    """Dew-point climate, of stations [n, …] or of one place […]."""

    base: Array
    """a, °C, [12, 24]."""
    slope: Array
    """b, K/K, [12]."""
    warm: Array
    """w, K/K, [12]."""
    rest: Array
    """Q, K, [12, 3, level]."""

    def near(self, lat: float, lon: float, lats: Array, lons: Array) -> Climate:
        """Return the climate of a place from its nearest stations at ``lats``, ``lons``."""
        distance = distance_km(lat, lon, lats, lons)
        chosen = np.argsort(distance)[:NEAREST]
        weight = 1.0 / (distance[chosen] ** 2 + 100.0**2)
        weight /= weight.sum()
        return Climate(*(np.tensordot(weight, getattr(self, f.name)[chosen], 1) for f in fields(self)))


def stack(parts: Sequence[Climate]) -> Climate:
    """Collect the climates of stations into one."""
    return Climate(*(np.stack([getattr(part, f.name) for part in parts]) for f in fields(Climate)))


def distance_km(lat: float, lon: float, lats: Array, lons: Array) -> Array:
    """Great-circle distance by the haversine formula, Earth radius 6371 km."""
    a, b = np.radians(lat), np.radians(lats)
    half = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(lons - lon) / 2) ** 2
    return np.asarray(2 * 6371.0 * np.arcsin(np.sqrt(np.clip(half, 0, 1))))


def warmth(anomaly_k: Array) -> NDArray[np.intp]:
    """Return 0 for cool, 1 for mild, 2 for warm hours of their month, [8760]."""
    spread = np.array([anomaly_k[month == MONTH].std() for month in range(12)])
    relative = anomaly_k / np.maximum(spread, 1e-9)[MONTH]
    return np.asarray(np.digitize(relative, (_MILD, _WARM)), dtype=np.intp)


def fit_climate(dry_bulb_degc: Array, dew_point_degc: Array) -> tuple[Climate, Array]:
    """Fit one station's climate; also return its scores eta, [8760], standard normal by rank."""
    anomaly = dry_bulb_degc - seasonal_mean(dry_bulb_degc[None])[0]
    rest = dew_point_degc - seasonal_mean(dew_point_degc[None])[0]
    bins = warmth(anomaly)
    slope, warm = np.empty(12), np.empty(12)
    quantiles, eta = np.empty((12, 3, len(LEVELS))), np.empty_like(anomaly)
    for month in range(12):
        here = np.flatnonzero(month == MONTH)
        design = np.stack([anomaly[here], np.maximum(anomaly[here], 0.0)], axis=1)
        (slope[month], warm[month]), *_ = np.linalg.lstsq(design, rest[here], rcond=None)
        residual = rest[here] - design @ (slope[month], warm[month])
        for part in range(3):
            inside = bins[here] == part
            values = residual[inside]
            quantiles[month, part] = np.quantile(values, LEVELS)
            rank = np.argsort(np.argsort(values, kind="stable"), kind="stable")
            eta[here[inside]] = ndtri((rank + 0.5) / len(values))
    base = season(dew_point_degc[None])[0]
    return Climate(base, slope, warm, quantiles), eta


def dew_point(climate: Climate, dry_bulb_degc: Array, eta: Array, offset_k: float,
              warm_extra: float) -> Array:  # fmt: skip
    """Return the dew point of a place, °C, [8760], never above the dry bulb.

    ``offset_k`` moves all hours; ``warm_extra`` (K/K) moves hours above the seasonal mean in proportion.
    """
    anomaly = dry_bulb_degc - seasonal_mean(dry_bulb_degc[None])[0]
    chance = ndtr(eta)
    index = np.clip(np.searchsorted(LEVELS, chance, side="right") - 1, 0, len(LEVELS) - 2)
    share = (chance - LEVELS[index]) / (LEVELS[index + 1] - LEVELS[index])
    bins = warmth(anomaly)
    low, high = climate.rest[MONTH, bins, index], climate.rest[MONTH, bins, index + 1]
    dew = (
        interpolated(climate.base[None])[0]
        + offset_k
        + climate.slope[MONTH] * anomaly
        + (climate.warm[MONTH] + warm_extra) * np.maximum(anomaly, 0.0)
        + low
        + share * (high - low)
    )
    return np.asarray(np.clip(dew, dry_bulb_degc - 45.0, dry_bulb_degc))
