r"""Relative humidity from temperature: a climate of month, hour and temperature anomaly.

.. math:: \mathrm{logit}\,\varphi = a_{m,h} + b_m (T - \bar T_{m,h}) + \sigma_m \eta

fitted per station on typical years; a site takes the mean of its nearest stations, weighted by distance,
then an offset and a slope of its own so that its mean and its extreme wet bulb come out right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.grids.marginals import BEFORE, HOUR_OF_DAY, MONTH, Array, month_hour_means, seasonal_mean

_FLOOR, _CEILING = 0.03, 0.995
NEAREST = 3


@dataclass(frozen=True)
class Climate:
    """Humidity climate of stations: position [n], a [n, 12, 24], b [n, 12] (1/K), sigma [n, 12]."""

    lat: Array
    lon: Array
    base: Array
    slope_per_k: Array
    spread: Array

    def near(self, lat: float, lon: float) -> tuple[Array, Array, Array]:
        """Return base [12, 24], slope [12] and spread [12] of the nearest stations."""
        distance = distance_km(lat, lon, self.lat, self.lon)
        chosen = np.argsort(distance)[:NEAREST]
        weight = 1.0 / (distance[chosen] ** 2 + 100.0**2)
        weight /= weight.sum()
        return (
            np.tensordot(weight, self.base[chosen], 1),
            np.tensordot(weight, self.slope_per_k[chosen], 1),
            np.tensordot(weight, self.spread[chosen], 1),
        )


def distance_km(lat: float, lon: float, lats: Array, lons: Array) -> Array:
    """Great-circle distance by the haversine formula, Earth radius 6371 km."""
    a, b = np.radians(lat), np.radians(lats)
    half = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(lons - lon) / 2) ** 2
    return np.asarray(2 * 6371.0 * np.arcsin(np.sqrt(np.clip(half, 0, 1))))


def logit(fraction: Array) -> Array:
    """Return log odds of a fraction, clipped away from 0 and 1."""
    kept = np.clip(fraction, _FLOOR, _CEILING)
    return np.asarray(np.log(kept / (1 - kept)))


def fit_climate(dry_bulb: Array, humidity: Array) -> tuple[Array, Array, Array, Array]:
    """Fit one station: return a [12, 24], b [12], sigma [12] and the residual eta [8760]."""
    odds = logit(humidity)
    anomaly = dry_bulb - seasonal_mean(dry_bulb[None])[0]
    rest = odds - seasonal_mean(odds[None])[0]
    base = month_hour_means(odds[None])[0]
    slope, spread, eta = np.empty(12), np.empty(12), np.empty_like(odds)
    for month in range(12):
        here = month == MONTH
        slope[month] = np.dot(anomaly[here], rest[here]) / np.dot(anomaly[here], anomaly[here])
        residual = rest[here] - slope[month] * anomaly[here]
        spread[month] = residual.std()
        eta[here] = (residual - residual.mean()) / residual.std()
    return base, slope, spread, eta


def relative_humidity(climate: tuple[Array, Array, Array], anomaly_k: Array, eta: Array,
                      offset: float, extra_slope_per_k: float) -> Array:  # fmt: skip
    """Return relative humidity [8760] as a fraction for one site."""
    base, slope, spread = climate
    month: NDArray[np.intp] = BEFORE
    odds = (
        base[month, HOUR_OF_DAY]
        + offset
        + (slope[MONTH] + extra_slope_per_k) * anomaly_k
        + spread[MONTH] * eta
    )
    return np.clip(1.0 / (1.0 + np.exp(-odds)), _FLOOR, 1.0)


def stack(parts: Sequence[tuple[Array, Array, Array]], lat: Array, lon: Array) -> Climate:
    """Collect fitted stations into one Climate."""
    base, slope, spread = (np.stack(list(column)) for column in zip(*parts, strict=True))
    return Climate(lat, lon, base, slope, spread)
