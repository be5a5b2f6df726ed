"""Fit each site's weather shape: how far its summers, winters and humidity stretch from its country's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from twin.grids.marginals import Array
from twin.grids.reference import Reference
from twin.grids.weather import PRESSURE_PA, Place
from twin.physics.psychrometrics import pressure_at_altitude_pa

FIT_SEEDS = (101, 102)
_SLOPE = (0.4, 2.5)
_OFFSET = (-8.0, 8.0)
_EXTRA = (-1.2, 1.2)


@dataclass(frozen=True)
class Target:
    """What the weather of a site must look like; design values guide the fit and are not stored."""

    name: str
    country: str
    lat: float
    lon: float
    elevation_m: float
    mean_dry_bulb_degc: float
    mean_wet_bulb_degc: float
    dry_bulb_hot_degc: float
    """Exceeded in 0.4 % of hours."""
    dry_bulb_cold_degc: float
    """Undershot in 0.4 % of hours."""
    wet_bulb_hot_degc: float
    """Exceeded in 0.4 % of hours."""


def fit_sites(reference: Reference, targets: Sequence[Target]) -> dict[str, dict[str, float]]:
    """Return fitted weather parameters by site name, on years drawn with fixed seeds."""
    years = [reference.process.draw(seed) for seed in FIT_SEEDS]
    return {target.name: _fit_site(reference, target, years) for target in targets}


def _fit_site(reference: Reference, target: Target, years: Sequence[Array]) -> dict[str, float]:
    countries = [str(c) for c in reference.marginals["country"].values]
    place = Place(reference, target.name, target.lat, target.lon, target.country)
    drivers = [place.drivers(year, seed) for year, seed in zip(years, FIT_SEEDS, strict=True)]
    warm, cold = _slopes(place, target, [d[0] for d in drivers])
    dry = [place.dry_bulb(d[0], warm, cold, target.mean_dry_bulb_degc) for d in drivers]
    pressure = [float(pressure_at_altitude_pa(target.elevation_m)) + PRESSURE_PA * d[2] for d in drivers]

    def wet(offset: float, extra: float) -> Array:
        return np.concatenate(
            [
                place.wet_bulb(t, d[1], p, offset, extra)
                for t, d, p in zip(dry, drivers, pressure, strict=True)
            ]
        )

    def mean_gap(offset: float, extra: float) -> float:
        return float(wet(offset, extra).mean()) - target.mean_wet_bulb_degc

    def hot_gap(offset: float, extra: float) -> float:
        return float(np.quantile(wet(offset, extra), 0.996)) - target.wet_bulb_hot_degc

    offset, extra = _both(mean_gap, hot_gap, (0.0, 0.0), (_OFFSET, _EXTRA), rounds=4)
    offset = _root(lambda x: mean_gap(x, extra), *_OFFSET)
    return {
        "country_index": float(countries.index(target.country)),
        "lat": target.lat,
        "lon": target.lon,
        "warm_slope": warm,
        "cold_slope": cold,
        "dew_offset_k": offset,
        "dew_warm_extra": extra,
    }


def _slopes(place: Place, target: Target, country: Sequence[Array]) -> tuple[float, float]:
    mean = target.mean_dry_bulb_degc

    def hours(hot: float, chill: float) -> Array:
        return np.concatenate([place.dry_bulb(series, hot, chill, mean) for series in country])

    def hot_gap(warm: float, cold: float) -> float:
        return float(np.quantile(hours(warm, cold), 0.996)) - target.dry_bulb_hot_degc

    def cold_gap(warm: float, cold: float) -> float:
        return target.dry_bulb_cold_degc - float(np.quantile(hours(warm, cold), 0.004))

    return _both(hot_gap, cold_gap, (1.0, 1.0), (_SLOPE, _SLOPE), rounds=6)


Gap = Callable[[float, float], float]
Range = tuple[float, float]


def _both(first: Gap, second: Gap, start: Range, within: tuple[Range, Range], rounds: int) -> Range:
    """Return figures that close two gaps in turn: the first by the first figure, the second by the other."""
    one, two = start
    for _ in range(rounds):
        one = _root(_holding(first, second=two), *within[0])
        two = _root(_holding(second, first=one), *within[1])
    return one, two


def _holding(gap: Gap, first: float | None = None, second: float = 0.0) -> Callable[[float], float]:
    """Return ``gap`` as a function of the figure that is not held."""
    if first is None:
        return lambda x: gap(x, second)
    return lambda x: gap(first, x)


def _root(gap: Callable[[float], float], low: float, high: float) -> float:
    """Return the zero of a rising ``gap`` in [low, high], or the nearer end when there is none."""
    at_low, at_high = gap(low), gap(high)
    if at_low >= 0 or at_high <= 0:
        return low if abs(at_low) < abs(at_high) else high
    return float(brentq(gap, low, high, xtol=1e-4))
