"""What a grid holds and what is wrong with it: gaps, spikes, frozen values, bounds, units, clocks.

Works block by block, so that a cube larger than memory is judged like a small file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from twin.grids.marginals import Array
from twin.grids.quality_checks import DayShape, Spikes, clock_verdict
from twin.grids.streaming import Moments, Runs, column_groups, row_blocks
from twin.grids.units import SIZES

KINDS = {
    "price_eur_per_mwh": "price", "carbon_g_per_kwh": "carbon", "cfe_share": "cfe", "wind_cf": "wind",
    "pv_cf": "pv",
}  # fmt: skip
RANGES = {
    "price": (-500.0, 4500.0),
    "carbon": (0.0, 1500.0),
    "cfe": (0.0, 1.0),
    "wind": (0.0, 1.0),
    "pv": (0.0, 1.0),
}
"""Range of the duration curves; rarer values count at its ends."""
FROZEN_H = 24
"""The same value for this many hours is called frozen; zero, and one for shares, may stay."""
LEVELS = np.linspace(0.0, 1.0, 201)
HEAT_COLUMNS = 64
"""Series whose hours are kept for a heat map; beyond these a cube shows figures and durations alone."""


@dataclass(frozen=True)
class Finding:
    """One thing to look at in one series of one file."""

    variable: str
    zone: str
    what: str
    """gap, spike, frozen, bounds, unit, rows or clock."""
    first: str
    """Time of the first one, UTC."""
    text: str


@dataclass(frozen=True)
class Summary:
    """One kind of series: figures by zone, and what its pictures need."""

    variable: str
    zones: tuple[str, ...]
    mean: Array
    least: Array
    most: Array
    coverage: Array
    """Share of the hours between first and last stamp that hold a number, 0..1, [zone]."""
    gaps: Array
    longest_gap_h: Array
    spikes: Array
    frozen_h: Array
    duration: Array
    """Quantiles at ``LEVELS``, [zone, level]."""
    heat: Array
    """Mean by day of the year and hour, [zone, 366, 24]; of the first HEAT_COLUMNS zones."""
    findings: tuple[Finding, ...]


def summarise(series: Mapping[str, Sequence[xr.DataArray]], is_drawn: bool = False) -> list[Summary]:
    """Return figures and findings of arrays [time, zone] by kind (price, carbon, cfe, wind, pv).

    Several arrays of one kind (members of a cube) are put side by side. Arrays may be lazy; at most one block
    is in memory at a time. A drawn year has no clock changes, so that of ``is_drawn`` ones is not judged by
    them.
    """
    return [_kind(kind, arrays, is_drawn) for kind, arrays in series.items()]


def _kind(kind: str, arrays: Sequence[xr.DataArray], is_drawn: bool) -> Summary:
    findings: list[Finding] = []
    parts: list[_Group] = []
    for array in arrays:
        axis, odd = _axis(kind, array)
        findings += [finding for finding in odd if finding not in findings]
        kept = sum(len(part.zones) for part in parts)
        parts += [
            _Group(kind, array, c, deep, axis, HEAT_COLUMNS - kept - c.start)
            for c, deep in column_groups(array)
        ]
    for part in parts:
        findings += part.findings()
    zones = tuple(zone for part in parts for zone in part.zones)
    clocks = "" if is_drawn else clock_verdict([part.shape for part in parts], zones, kind)
    if clocks:
        findings.append(Finding(kind, "all zones", "clock", "", clocks))
    stack = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in (
            "mean",
            "least",
            "most",
            "coverage",
            "gaps",
            "longest_gap_h",
            "spikes",
            "frozen_h",
            "duration",
        )
    }
    heat = np.concatenate([part.shape.heat() for part in parts])[:HEAT_COLUMNS]
    return Summary(kind, zones, **stack, heat=heat, findings=tuple(findings))


@dataclass(frozen=True)
class _Axis:
    """The time axis of an array: hours between rows, and how many rows there should be."""

    step_h: float
    rows: int


def _axis(kind: str, array: xr.DataArray) -> tuple[_Axis, list[Finding]]:
    """Return the time axis and what is wrong with it."""
    times = array["time"].values.astype("datetime64[ns]")
    if len(times) < 2:
        return _Axis(1.0, len(times)), []
    steps, day = np.diff(times), np.timedelta64(1, "D")
    step = np.median(steps)
    # Grid files leave 29 February out on purpose: a step of a day more from 28 February is no fault.
    leap = (steps == day + step) & (np.char.endswith(times[:-1].astype("datetime64[D]").astype(str), "02-28"))
    odd = np.flatnonzero((steps != step) & ~leap)
    axis = _Axis(step / np.timedelta64(1, "h"), round((times[-1] - times[0] - leap.sum() * day) / step) + 1)
    if not len(odd):
        return axis, []
    first = str(times[odd[0]].astype("datetime64[m]"))
    back = int((steps <= np.timedelta64(0)).sum())
    text = _many(len(odd), "jump") + " in time" + (f", {back} of them back or repeated" if back else "")
    return axis, [Finding(kind, "all zones", "rows", first, text)]


class _Group:
    """Figures of one group of columns, filled block by block."""

    def __init__(
        self, kind: str, array: xr.DataArray, columns: slice, deep: int, axis: _Axis, heat: int
    ) -> None:
        self.kind, self.axis = kind, axis
        array = array[:, columns]
        if deep >= array.shape[0]:
            array = array.compute()  # one block: read once for the sample of the spikes and for the rest
        self.zones = [str(zone) for zone in array["zone"].values]
        count = len(self.zones)
        self.moments = Moments(count, *RANGES[kind])
        self.missing, self.frozen = Runs(count), Runs(count, round(FROZEN_H / axis.step_h) - 1)
        self.outside = Runs(count)
        self.shape = DayShape(kind, count, heat)
        self.isolated = Spikes(kind, array)
        self._last = np.full(count, np.nan)
        for times, values in row_blocks(array, deep):
            self._add(times, values)
        for runs in (self.missing, self.frozen, self.outside):
            runs.finish()

    def _add(self, times: np.ndarray, values: Array) -> None:
        sizes = SIZES[self.kind]
        before = np.vstack([self._last, values[:-1]])
        may_stay = (values == 0) if self.kind != "price" else np.zeros(values.shape, dtype=bool)
        may_stay |= (values == 1) & (self.kind == "cfe")
        self.moments.add(values)
        self.missing.add(times, ~np.isfinite(values))
        self.frozen.add(times, (values == before) & ~may_stay)
        self.outside.add(times, (values < sizes.lower) | (values > sizes.upper))
        self.shape.add(times, values)
        self.isolated.add(times, values)
        self._last = values[-1].copy()  # a view would keep the whole block

    @property
    def mean(self) -> Array:
        return self.moments.mean

    @property
    def least(self) -> Array:
        return self._known(self.moments.least)

    @property
    def most(self) -> Array:
        return self._known(self.moments.most)

    def _known(self, values: Array) -> Array:
        return np.where(self.moments.count > 0, values, np.nan)

    @property
    def coverage(self) -> Array:
        return self.moments.count / max(self.axis.rows, 1)

    @property
    def gaps(self) -> Array:
        return self.missing.count.astype(float)

    @property
    def longest_gap_h(self) -> Array:
        return np.asarray(self.missing.longest * self.axis.step_h, dtype=float)

    @property
    def spikes(self) -> Array:
        return self.isolated.count.astype(float)

    @property
    def frozen_h(self) -> Array:
        return np.asarray((self.frozen.cells + self.frozen.count) * self.axis.step_h, dtype=float)

    @property
    def duration(self) -> Array:
        return self.moments.quantiles(LEVELS)

    def findings(self) -> list[Finding]:
        """Return what to look at, zone by zone."""
        sizes, step, out = SIZES[self.kind], self.axis.step_h, []
        tall = np.nanmax(np.abs(self.moments.quantiles(np.array([0.1, 0.9]))), axis=1, initial=0.0)
        for i, zone in enumerate(self.zones):
            told = []
            if self.missing.count[i]:
                text = f"{_many(self.missing.cells[i] * step, 'hour')} in {_many(self.gaps[i], 'gap')}"
                told.append(("gap", self.missing.first[i], f"{text}, longest {self.longest_gap_h[i]:g} h"))
            if self.spikes[i]:
                text = f"{_many(self.spikes[i], 'value')} far from both neighbours"
                told.append(
                    ("spike", self.isolated.first[i], f"{text}, largest {self.isolated.largest[i]:.4g}")
                )
            if self.frozen.count[i]:
                text = (
                    f"{_many(self.frozen_h[i], 'hour')} in {_many(self.frozen.count[i], 'run')} of one value"
                )
                told.append(("frozen", self.frozen.first[i], f"{text} for a day or longer"))
            if self.outside.cells[i]:
                span = f"{sizes.lower:g} to {sizes.upper:g}"
                text = f"{_many(self.outside.cells[i] * step, 'hour')} outside {span}"
                told.append(("bounds", self.outside.first[i], f"{text}, expected {sizes.unit}"))
            if self.moments.count[i] and not sizes.least <= tall[i] <= sizes.most:
                text = f"nine in ten values below {tall[i]:.4g}, expected {sizes.unit}; {sizes.hint}"
                told.append(("unit", None, text))
            out += [Finding(self.kind, zone, what, _minute(when), text) for what, when, text in told]
        return out


def _many(count: float, noun: str) -> str:
    return f"{count:g} {noun}{'' if count == 1 else 's'}"


def _minute(stamp: np.datetime64 | None) -> str:
    return "" if stamp is None else str(stamp.astype("datetime64[m]"))
