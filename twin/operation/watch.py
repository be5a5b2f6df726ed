"""Measured site power against the twin, hour by hour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.operation.clocks import shift_of
from twin.operation.drift import Baseline, Drift, baseline, drift
from twin.operation.telemetry import Array, Note, Stamps, Telemetry

HOUR = np.timedelta64(1, "h")
COVERED = 0.5
"""An hour counts when readings cover at least this share of it."""
LEARNT = 2.0
"""The usual level is learnt, not known, which doubles false alarms (counted on random hours): allow half."""
MOST_LAG_H = 26
"""A clock is looked for within a day and the two hours of summer time."""


@dataclass(frozen=True)
class Watched:
    """One site: hours, measured and twin MW (NaN: no reading), relative residual, and what drifts."""

    site: str
    time: Stamps
    measured_mw: Array
    twin_mw: Array
    residual: Array
    base: Baseline
    drift: Drift
    told: str
    notes: tuple[Note, ...]

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Hours with a reading."""
        return np.isfinite(self.residual)

    @property
    def bias(self) -> float:
        """Measured energy over the twin's, less 1, in the hours seen."""
        return float(self.measured_mw[self.seen].sum() / self.twin_mw[self.seen].sum() - 1.0)

    @property
    def hourly_error(self) -> float:
        """Mean absolute relative error of an hour."""
        return float(np.abs(self.residual[self.seen]).mean())


def hourly(data: Telemetry, names: list[str]) -> tuple[Stamps, dict[str, Array]]:
    """Return whole hours from first to last and means of columns in them; NaN where readings are too few."""
    hour = data.time.astype("datetime64[h]")
    first = hour.min()
    index = ((hour - first) / HOUR).astype(np.intp)
    count = np.bincount(index)
    usual = float(np.median(count[count > 0]))
    out = {}
    for name in names:
        values = data.values[name]
        good = np.isfinite(values)
        sums = np.bincount(index[good], weights=values[good], minlength=count.size)
        seen = np.bincount(index[good], minlength=count.size)
        enough = seen >= max(1.0, COVERED * usual)
        out[name] = np.where(enough, sums / np.maximum(seen, 1), np.nan)
    return (first + np.arange(count.size) * HOUR).astype("datetime64[ns]"), out


def hour_of_year(time: Stamps) -> NDArray[np.intp]:
    """Return the hour of a common year, 0 to 8,759; 29 February is read as the 28th."""
    day = time.astype("datetime64[D]")
    year = day.astype("datetime64[Y]")
    number = (day - year).astype(int)
    leap = (year.astype(int) + 1970) % 4 == 0
    number = np.where(leap & (number >= 59), number - 1, number)
    hours = (time - day) / HOUR
    return np.asarray(24 * number + hours.astype(int), dtype=np.intp)


def on_one_clock(measured: Array, twin: Array) -> tuple[Array, Note | None]:
    """Return measured power moved onto the twin's clock where it clearly runs apart, and what was done."""
    lag, best, now = shift_of(measured, twin, MOST_LAG_H)
    if lag == 0:
        return measured, None
    moved = np.full(measured.size, np.nan)
    moved[max(-lag, 0) : measured.size - max(lag, 0)] = measured[max(lag, 0) : measured.size + min(lag, 0)]
    text = f"the meter's clock runs {lag:+d} h off the twin's (correlation {now:.2f}, then {best:.2f})"
    return moved, Note(text, measured.size, "", f"moved by {-lag:+d} h")


def watch_site(
    site: str,
    time: Stamps,
    measured_mw: Array,
    twin_mw: Array,
    quiet_h: int,
    hours_between_alarms: float,
    told: str,
    notes: tuple[Note, ...],
) -> Watched:
    """Return a site's hours with drift flagged. Raises BadInput when there is too little to learn from."""
    measured, moved = on_one_clock(measured_mw, twin_mw)
    residual = measured / twin_mw - 1.0
    base = baseline(residual, quiet_h, site)
    found = drift(residual, base, LEARNT * hours_between_alarms)
    said = (*notes, moved) if moved is not None else notes
    return Watched(site, time, measured, twin_mw, residual, base, found, told, said)
