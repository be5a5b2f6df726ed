"""The fitted tables that ship with the twin, read once: what ``calibrate`` writes, in memory."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from twin.errors import BadInput, Fault, nearest
from twin.grids.marginals import HOUR_OF_DAY, HOURS, Array, Tables
from twin.grids.process import Process, Scale
from twin.grids.zone_table import Zone, read_zones
from twin.library import data_dir

LABEL = "calibrated reference year"
"""Label of everything generated here; generated hours are never called historical."""
WEEK = ("monday to friday", "saturday", "sunday")


@dataclass(frozen=True)
class Reference:
    """Everything needed to draw a reference year."""

    zones: dict[str, Zone]
    process: Process
    marginals: xr.Dataset
    """Quantile tables, weekly patterns, monthly price levels, humidity climate."""
    sites: dict[str, dict[str, float]]
    """Fitted weather parameters by site name."""

    def tables(self, kind: str, names: Sequence[str]) -> Tables:
        """Return the quantile tables of ``kind`` for ``names`` (zones, or countries for weather)."""
        mean, rest = self.marginals[f"{kind}_mean"], self.marginals[f"{kind}_rest"]
        chosen = {str(mean.dims[0]): list(names)}
        return Tables(
            np.asarray(mean.sel(chosen).values, dtype=float), np.asarray(rest.sel(chosen).values, dtype=float)
        )


def folder() -> Path:
    """Return the folder of the fitted tables."""
    return data_dir() / "reference"


def nominal_time() -> NDArray[np.datetime64]:
    """Return the hours of the nominal year 2030, UTC, [8760]."""
    return np.datetime64("2030-01-01T00", "ns") + np.arange(HOURS) * np.timedelta64(1, "h")


def day_type(first_day: str = "2030-01-01") -> NDArray[np.intp]:
    """Return 0 on working days, 1 on Saturdays, 2 on Sundays for each hour of a common year, [8760]."""
    days = np.datetime64(first_day, "D") + np.arange(HOURS // 24)
    weekday = (days.astype("datetime64[D]").view("int64") + 3) % 7
    return np.repeat(np.maximum(weekday - 4, 0), 24).astype(np.intp)


def weekly_scores(pattern: Array, first_day: str = "2030-01-01") -> Array:
    """Spread weekly patterns [n, 3, 24] over a year that starts on ``first_day``, [n, 8760]."""
    return np.asarray(pattern[:, day_type(first_day), HOUR_OF_DAY])


@cache
def load(where: Path | None = None) -> Reference:
    """Return the reference tables of folder ``where`` (default: those shipped with the twin)."""
    base = where or folder()
    with xr.open_dataset(base / "process.nc", engine="h5netcdf") as opened:
        fitted = opened.load()
    with xr.open_dataset(base / "marginals.nc", engine="h5netcdf") as opened:
        marginals = opened.load()
    scales = tuple(
        Scale(float(tau), float(period), bool(smooth))
        for tau, period, smooth in zip(
            *(fitted[name].values for name in ("tau_h", "period_h", "smooth")), strict=True
        )
    )
    channels = tuple(str(name) for name in fitted["channel"].values)
    process = Process(channels, scales, np.asarray(fitted["covariance"].values, dtype=float))
    with (base / "sites.csv").open(encoding="utf-8", newline="") as stream:
        sites = {row.pop("site"): {key: float(x) for key, x in row.items()} for row in csv.DictReader(stream)}
    return Reference(read_zones(base / "zones.csv"), process, marginals, sites)


def known_zones(names: Sequence[str], origin: str = "reference") -> list[Zone]:
    """Return zones by name. Raises BadInput listing every unknown one with the nearest allowed name."""
    zones = load().zones
    faults = [
        Fault(origin, "zone", name, "a zone of the reference year", nearest(name, zones))
        for name in names
        if name not in zones
    ]
    if faults:
        raise BadInput(faults)
    return [zones[name] for name in names]
