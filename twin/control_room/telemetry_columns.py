"""Which column is what, in which unit: the usual names of telemetry tables."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from twin.errors import BadInput, Fault, nearest
from twin.grids.local_time import stamps_in, to_utc

TIMES = ("time", "timestamp", "datetime", "utc", "date", "stamp", "time_ms", "time_s", "epoch", "epoch_ms")
LABELS = ("site", "run", "job", "rack", "node", "meter")
NAMES: Mapping[str, tuple[str, ...]] = {
    "power": ("power", "ac_power", "wall_power", "ac", "node_power", "rack_power"),
    "dc": ("dc_power", "dc"),
    "utilisation": ("utilisation", "utilization", "gpu_utilisation", "gpu_utilization", "gpu_util", "util"),
    "it": ("it_power", "it"),
    "facility": ("facility_power", "site_power", "facility", "total_power"),
    "plant": ("plant_power", "cooling_power", "plant", "cooling"),
    "heat": ("heat", "heat_load", "liquid_heat"),
    "air_heat": ("air_heat",),
    "dry_bulb": ("dry_bulb", "outdoor", "outdoor_temperature", "oa_drybulb"),
    "wet_bulb": ("wet_bulb", "oa_wetbulb", "oa_wetbulb_temp"),
    "gpu": ("gpu_temperature", "gpu"),
    "supply": ("liquid_supply", "air_supply", "inlet", "supply"),
    "liquid_return": ("liquid_return", "return"),
    "water": ("water",),
}
"""Quantity to the beginnings of its column's name; the unit follows: power_w, heat_mw, dry_bulb_degc."""
UNITS = {"w": 1.0, "kw": 1e3, "mw": 1e6}
POWERS = ("power", "dc", "it", "facility", "plant", "heat", "air_heat")
DEGREES = ("dry_bulb", "wet_bulb", "gpu", "supply", "liquid_return")


def plain_name(name: str) -> str:
    """Return a column's name in lower case with underscores."""
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def column_of(
    where: str,
    frame: pd.DataFrame,
    plain: Mapping[str, str],
    quantity: str,
    asked: str | None,
    unit_w: float,
) -> np.ndarray | None:
    """Return one quantity as numbers, powers in ``unit_w`` watts, utilisation as a share; None if absent."""
    if asked is not None:
        name, _, unit = asked.partition(":")
        chosen = [c for c in frame.columns if c == name or (name.endswith("*") and c.startswith(name[:-1]))]
        if not chosen:
            hint = nearest(name, [str(c) for c in frame.columns])
            raise BadInput(Fault(where, quantity, name, "a column of the file", hint))
    else:
        chosen, unit = _by_name(plain, quantity), ""
    if not chosen:
        return None
    numbers = sum(pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=float) for name in chosen)
    array = np.asarray(numbers, dtype=float)
    if quantity in POWERS:
        unit = unit.lower() or plain[str(chosen[0])].rsplit("_", 1)[-1]
        return array * UNITS.get(unit, unit_w) / unit_w
    if quantity == "utilisation" and np.nanmax(array, initial=0.0) > 1.5:
        return array / 100.0
    return array


def stamps_of(where: str, column: pd.Series, name: str, timezone: str | None) -> np.ndarray:
    """Return stamps in UTC; numbers are seconds or milliseconds since 1970, or seconds of a run."""
    if pd.api.types.is_numeric_dtype(column):
        numbers = column.to_numpy(dtype=float)
        milli = name.endswith("_ms") or float(np.nanmax(np.abs(numbers), initial=0.0)) > 1e11
        whole = np.where(np.isfinite(numbers), numbers * (1e6 if milli else 1e9), 0.0).astype("int64")
        stamps = whole.astype("datetime64[ns]")
        stamps[~np.isfinite(numbers)] = np.datetime64("NaT")
        return stamps
    parsed = stamps_in(column, utc=timezone is None)
    if timezone is not None and parsed.dt.tz is None:
        return to_utc(where, name, parsed, timezone)
    return np.asarray(parsed.dt.tz_convert(None).to_numpy(dtype="datetime64[ns]"))


def ending(quantity: str, unit_w: float) -> str:
    """Return what follows the quantity in a column's name: its unit."""
    unit = next(name for name, factor in UNITS.items() if factor == unit_w)
    return f"_{unit}" if quantity in POWERS else "_degc" if quantity in DEGREES else ""


def _by_name(plain: Mapping[str, str], quantity: str) -> list[str]:
    units = (*UNITS, "degc", "c", "pct", "percent", "m3", "")
    for beginning in NAMES[quantity]:
        for name, text in plain.items():
            head, _, tail = text.rpartition("_")
            if text == beginning or (head == beginning and tail in units):
                return [name]
    return []
