"""Hours from the days of a climate model: its mean, least and largest temperature kept."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from twin.grids.marginals import Array
from twin.grids.sources.live.protocol import series
from twin.physics.psychrometrics import pressure_at_altitude_pa, saturation_pressure_pa

COLDEST_H, WARMEST_H = 5.0, 15.0
"""Solar hours of the least and the largest temperature of a day (assumed, the whole year)."""


def hours_of_days(
    days: np.ndarray, columns: Mapping[str, Array], lon: float, elevation_m: float
) -> xr.Dataset:
    """Return dry bulb (°C), relative humidity (0..1) and pressure (Pa) by hour from daily figures.

    Temperature runs along half cosines from the least at 5 h to the largest at 15 h solar time and to
    the least of the next day; each day is then moved to its mean. The vapour pressure of a day is that of
    its mean humidity at its mean temperature, at most saturated. Pressure is that at sea level, brought
    to ``elevation_m`` by the standard atmosphere. Days with a missing figure become missing hours.
    """
    low, high = columns["temperature_2m_min"], columns["temperature_2m_max"]
    mean = columns["temperature_2m_mean"]
    dry = _curve(low, high, lon).reshape(len(days), 24)
    dry += (mean - dry.mean(axis=1))[:, None]
    vapour = columns["relative_humidity_2m_mean"] / 100 * saturation_pressure_pa(np.nan_to_num(mean))
    humidity = np.clip(vapour[:, None] / saturation_pressure_pa(np.nan_to_num(dry)), 0.0, 1.0)
    ratio = float(pressure_at_altitude_pa(elevation_m) / pressure_at_altitude_pa(0.0))
    pressure = np.repeat(columns["pressure_msl_mean"] * 100 * ratio, 24)
    hours = (days[:, None].astype("datetime64[h]") + np.arange(24).astype("timedelta64[h]")).ravel()
    table = {
        "dry_bulb_degc": dry.ravel(),
        "relative_humidity": np.where(np.isfinite(dry), humidity, np.nan).ravel(),
        "pressure_pa": pressure,
    }
    return series(hours, table)


def _curve(low: Array, high: Array, lon: float) -> Array:
    """Return the hourly course between the daily extremes, [day · 24]."""
    shift = lon / 15.0
    day = 24.0 * np.arange(len(low))
    at = np.stack([day + COLDEST_H - shift, day + WARMEST_H - shift], axis=1).ravel()
    value = np.stack([low, high], axis=1).ravel()
    at = np.concatenate([[at[1] - 24.0], at, [at[-2] + 24.0]])
    value = np.concatenate([value[1:2], value, value[-2:-1]])
    hour = np.arange(24.0 * len(low)) + 0.5
    before = np.clip(np.searchsorted(at, hour, side="right") - 1, 0, len(at) - 2)
    part = np.clip((hour - at[before]) / (at[before + 1] - at[before]), 0.0, 1.0)
    weight = (1 - np.cos(np.pi * part)) / 2
    return np.asarray(value[before] * (1 - weight) + value[before + 1] * weight)
