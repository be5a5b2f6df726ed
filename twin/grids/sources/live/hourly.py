"""Quarter-hours, half-hours and hours to the hours of a UTC year."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from twin.grids.marginals import HOURS, Array

Hours = NDArray[np.datetime64]
_HOUR = np.timedelta64(1, "h")


def year_hours(year: int) -> Hours:
    """Return the hours of a UTC year without 29 February, [8760]."""
    first, last = (np.datetime64(f"{y}-01-01T00", "ns") for y in (year, year + 1))
    hours = np.arange(first, last, _HOUR)
    if len(hours) > HOURS:
        leap = (hours >= np.datetime64(f"{year}-02-29")) & (hours < np.datetime64(f"{year}-03-01"))
        hours = hours[~leap]
    return hours


def to_hours(times: Hours, cells: Array) -> tuple[Hours, Array]:
    """Average the rows of each hour; rows in order of time, ``cells`` [row] or [column, row].

    An hour is NaN where one of its rows is, where it lacks one (three quarters, or one among hours that
    have four), and where its rows do not start on the hour and lie evenly.
    """
    if not len(times):
        return times.astype("datetime64[ns]"), cells
    floor = times.astype("datetime64[h]").astype("datetime64[ns]")
    hours, first, count = np.unique(floor, return_index=True, return_counts=True)
    mean = np.add.reduceat(cells, first, axis=-1) / count
    minute = ((times - floor) / np.timedelta64(1, "m")).astype(float)
    even = np.isin(count, (1, 2, 4)) & np.isclose(
        np.add.reduceat(minute, first), (count - 1) * 30.0, atol=0.5
    )
    following = np.concatenate([count[1:], count[-1:]])
    before = np.concatenate([count[:1], count[:-1]])
    whole = even & (count >= np.minimum(before, following))
    return hours, np.where(whole, mean, np.nan)


def on_year(data: xr.DataArray, year: int) -> Array:
    """Return ``data`` [..., time] at the hours of a year, NaN where it has none, [..., 8760].

    Raises ValueError when an instant is there twice with different values: local time in October is.
    """
    values, times = once(data)
    hours, cells = to_hours(times, values)
    wanted = year_hours(year)
    out = np.full((*cells.shape[:-1], len(wanted)), np.nan)
    if not len(hours):
        return out
    at = np.clip(np.searchsorted(hours, wanted), 0, len(hours) - 1)
    here = hours[at] == wanted
    out[..., here] = cells[..., at[here]]
    return out


def once(data: xr.DataArray) -> tuple[Array, Hours]:
    """Return values and times [time] in order, each instant once. Raises ValueError when copies differ."""
    times, values = data["time"].values, np.asarray(data.values, dtype=float)
    order = np.argsort(times, kind="stable")
    times, values = times[order], values[..., order]
    same = np.flatnonzero(times[1:] == times[:-1]) + 1
    if len(same):
        differ = ~np.isclose(values[..., same], values[..., same - 1], equal_nan=True)
        if differ.any():
            stamp = times[same[np.argwhere(differ)[0][-1]]]
            raise ValueError(f"{stamp.astype('datetime64[m]')} is there twice with different values")
        keep = np.setdiff1d(np.arange(len(times)), same)
        times, values = times[keep], values[..., keep]
    return values, times
