"""Checks of hourly series, block by block: lone spikes, and clocks that kept summer time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from twin.grids.marginals import Array
from twin.grids.reference import load
from twin.grids.streaming import Stamps, measured

FLOOR = {"price": 100.0, "carbon": 150.0, "cfe": 0.5, "wind": 0.5, "pv": 0.6}
"""Least distance from the neighbours, in the kind's unit, that is called a spike."""
TIMES_USUAL = 15.0
"""… and that many times the usual distance of the series."""
SAMPLE_WEEKS = 26
"""Weeks, spread evenly over the series, from which the usual distance is taken."""
MORNING = np.arange(3, 9)
"""Hours (UTC) whose rise to the next hour shows when people get up in central Europe."""
SHIFT = {"FI": 1, "EE": 1, "LV": 1, "LT": 1, "PT": -1, "GB": -1, "IE_SEM": -1}
"""Hours that a zone's clocks are ahead of central Europe's."""
SILENT = ("GR", "BG", "RO")
"""Zones without a say: their mornings of 2023 in UTC look like local time, whatever moves them."""
CLEAR = 0.6
"""Largest misfit, over the square of the rise, at which a morning counts as recognised."""
LOCAL = 0.5
"""Local time is called where it fits with at most this share of the misfit of UTC."""
HOUR_OFF = 0.6
"""Hours that the sun's day may be off before its stamps are doubted."""
_HALF = 2
"""Hours on each side that a spike must stand out from."""


class Spikes:
    """Hours beyond all of the two hours before and after, by far more than a usual step.

    The first and the last two hours of a series lack neighbours and are not judged.
    """

    def __init__(self, kind: str, array: xr.DataArray) -> None:
        usual = _usual_distance(array)
        self.limit = np.maximum(FLOOR[kind], TIMES_USUAL * usual)
        count = len(usual)
        self.count = np.zeros(count, dtype=np.intp)
        self.largest = np.full(count, np.nan)
        self.first = np.full(count, np.datetime64("NaT", "ns"))
        self._tail = np.zeros((0, count))
        self._tail_times = np.zeros(0, dtype="datetime64[ns]")

    def add(self, times: Stamps, values: Array) -> None:
        """Take the next block; its last hours wait for their neighbours in the block after."""
        values = np.vstack([self._tail, values])
        times = np.concatenate([self._tail_times, times])
        self._tail, self._tail_times = values[-2 * _HALF :].copy(), times[-2 * _HALF :].copy()
        distance = alone(values)
        if not len(distance):
            return
        far = np.abs(distance) > self.limit
        self.count += far.sum(axis=0)
        for column in np.flatnonzero(far.any(axis=0)):
            rows = np.flatnonzero(far[:, column])
            worst = rows[np.argmax(np.abs(distance[rows, column]))] + _HALF
            if not abs(self.largest[column]) >= abs(values[worst, column]):
                self.largest[column] = values[worst, column]
            if np.isnat(self.first[column]):
                self.first[column] = times[rows[0] + _HALF]


def alone(values: Array) -> Array:
    """Return how far each hour but the outer two lies beyond its four neighbours, [n - 4, column], signed.

    0 for hours within the range of their neighbours; NaN neighbours are left out.
    """
    if len(values) <= 2 * _HALF:
        return np.zeros((0, values.shape[1]))
    middle = values[_HALF:-_HALF]
    around = [values[_HALF + k : len(values) - _HALF + k] for k in (-2, -1, 1, 2)]
    top, bottom = (pick(pick(*around[:2]), pick(*around[2:])) for pick in (np.fmax, np.fmin))
    beyond = np.where(middle > top, middle - top, np.where(middle < bottom, middle - bottom, 0.0))
    return np.nan_to_num(beyond)


def _usual_distance(array: xr.DataArray) -> Array:
    """Return the mean absolute hourly change of evenly spread weeks, by column."""
    rows = array.shape[0]
    starts = np.unique(np.linspace(0, max(rows - 168, 0), SAMPLE_WEEKS).astype(int))
    total, count = np.zeros(array.shape[1]), np.zeros(array.shape[1])
    for start in starts:
        week = measured(array[start : start + 168])
        step = np.abs(np.diff(week, axis=0))
        total += np.nansum(step, axis=0)
        count += np.isfinite(step).sum(axis=0)
    return np.asarray(total / np.maximum(count, 1))


class DayShape:
    """Mean by day and hour, and the days' shape before and after the clock changes."""

    def __init__(self, kind: str, columns: int, heat_columns: int) -> None:
        self.kind = kind
        self._sum = np.zeros((366, 24, min(columns, max(heat_columns, 0))), dtype=np.float32)
        self._count = np.zeros_like(self._sum)
        self.month = np.zeros((12, 24, columns if kind == "pv" else 0))
        """Sums by month and hour, of PV alone."""
        self.month_count = np.zeros_like(self.month)
        self.around = np.zeros((2, 2, 24, columns if kind == "price" else 0))
        """Working days of three weeks [spring or autumn, before or after, hour, column]: sums."""
        self.around_count = np.zeros_like(self.around)

    def add(self, times: Stamps, values: Array) -> None:
        """Take the next block [n, column]."""
        days = times.astype("datetime64[D]")
        hour = (times - days).astype("timedelta64[h]").astype(int)
        month = times.astype("datetime64[M]").astype(int) % 12
        if kept := self._sum.shape[2]:
            day = (days - times.astype("datetime64[Y]").astype("datetime64[D]")).astype(int)
            few = values[:, :kept]
            np.add.at(self._sum, (day, hour), np.nan_to_num(few))
            np.add.at(self._count, (day, hour), np.isfinite(few))
        if self.kind == "pv":
            _add_rows(self.month, self.month_count, month * 24 + hour, values)
        if self.kind == "price":
            season, side = _clock_change(days)
            key = np.where(season >= 0, (season * 2 + side) * 24 + hour, -1)
            _add_rows(self.around, self.around_count, key, values)

    def heat(self) -> Array:
        """Return means [column, 366, 24], NaN where nothing was found."""
        mean = np.where(self._count > 0, self._sum / np.maximum(self._count, 1), np.nan)
        return np.asarray(mean.transpose(2, 0, 1), dtype=float)


def _add_rows(total: Array, count: Array, key: NDArray[np.intp], values: Array) -> None:
    """Add rows of ``values`` [n, column] to rows ``key`` of ``total`` [..., column]; -1 is left out."""
    total, count = (array.reshape(-1, array.shape[-1]) for array in (total, count))
    for row in np.unique(key[key >= 0]):
        part = values[key == row]
        total[row] += np.nansum(part, axis=0)
        count[row] += np.isfinite(part).sum(axis=0)


def clock_verdict(groups: Sequence[DayShape], zones: Sequence[str], kind: str) -> str:
    """Return what the clocks of a file look like, empty where nothing speaks against UTC.

    PV is judged by the sun, prices by people's mornings; other kinds not at all. Files of one
    zone and year in local time are found out in 35 of 40 cases, none of the same prices in UTC is called
    local (eight zones, 2020 to 2024; tests/grids).
    """
    if kind == "pv":
        return _sun(groups, zones)
    return _rhythm(groups, zones) if kind == "price" else ""


def _clock_change(days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each day 0 (spring) or 1 (autumn) and 0 (before) or 1 (after); -1 for all other days."""
    season = np.full(len(days), -1)
    side = np.zeros(len(days), dtype=int)
    weekday = (days.astype(int) + 3) % 7
    for year in np.unique(days.astype("datetime64[Y]").astype(int)) + 1970:
        for index, month in enumerate(("03", "10")):
            end = np.datetime64(f"{year}-{month}-31")
            sunday = end - (int(end.astype(int)) + 4) % 7
            ahead = (days - sunday).astype(int)
            near = (np.abs(ahead) <= 19) & (ahead != 0) & (weekday < 5)
            season[near], side[near] = index, (ahead[near] > 0).astype(int)
    return season, side


def _sun(groups: Sequence[DayShape], zones: Sequence[str]) -> str:
    """The middle of the sun's day may not move from winter to summer, nor lie off the zone's own noon."""
    light = np.maximum(np.concatenate([group.month for group in groups], axis=2), 0.0)
    hours = np.arange(24)[:, None] + 0.5
    winter, summer = (light[list(months)].sum(axis=0) for months in ((10, 11, 0), (4, 5, 6)))
    good = (winter.sum(axis=0) > 0) & (summer.sum(axis=0) > 0)
    if not good.any():
        return ""
    centre = [(hours * part[:, good]).sum(axis=0) / part[:, good].sum(axis=0) for part in (winter, summer)]
    moved = float(np.median(centre[1] - centre[0]))
    if moved >= HOUR_OFF:
        text = f"the middle of the sun's day is {moved:.1f} h later in summer than in winter"
        return f"{text}: stamps are local, not UTC"
    known = load().zones
    noon = np.array([12.0 - known[z].lon / 15.0 if z in known else np.nan for z in zones])[good]
    off = (centre[0] + centre[1]) / 2 - noon
    late = float(np.nanmedian(off)) if np.isfinite(off).any() else 0.0
    if abs(late) < HOUR_OFF:
        return ""
    side = "after" if late > 0 else "before"
    text = f"the middle of the sun's day lies {abs(late):.1f} h {side} the sun's own noon"
    return f"{text}: stamps name the end of the hour, or are not UTC"


def _rhythm(groups: Sequence[DayShape], zones: Sequence[str]) -> str:
    """People rise an hour earlier by UTC once the clock goes forward; prices that do not are local time.

    Two readings of each zone's morning after the change are held against it: the morning before as it
    stands, and that morning moved by the hour that the clock moved. Zones whose morning neither reading
    carries over (noise, prices of a model) have no say.
    """
    sums = np.concatenate([group.around for group in groups], axis=3)
    count = np.concatenate([group.around_count for group in groups], axis=3)
    mean = np.where(count >= 5, sums / np.maximum(count, 1), np.nan)
    misfit = np.array(
        [
            (np.nan, np.nan) if zone in SILENT else _misfits(mean[..., i], MORNING - SHIFT.get(zone, 0))
            for i, zone in enumerate(zones)
        ]
    )
    clear = np.isfinite(misfit).all(axis=1) & (misfit.min(axis=1) < CLEAR)
    if not clear.any():
        return ""
    still, moved = misfit[clear].sum(axis=0)
    if still > LOCAL * moved:
        return ""
    return (
        f"the morning rise of prices keeps its hour over the clock changes ({int(clear.sum())} zones): "
        "stamps look local, not UTC"
    )


def _misfits(mean: Array, morning: NDArray[np.intp]) -> tuple[float, float]:
    """Return squared misfit of a zone's mornings [season, side, hour] over their square: as local, as UTC."""
    still = moved = power = 0.0
    for season, step in ((0, -1), (1, 1)):
        before, after = np.diff(mean[season], axis=1)
        still += float(((after - before)[morning] ** 2).sum())
        moved += float(((after[morning] - before[morning - step]) ** 2).sum())
        power += float((after[morning] ** 2).sum())
    return (still / power, moved / power) if power > 0 else (np.nan, np.nan)
