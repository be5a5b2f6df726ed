"""Clocks that run apart: found by correlation, taken back, and told."""

from __future__ import annotations

import numpy as np

from twin.operation.telemetry import SECOND, Array, Telemetry, noted

BELIEVED, CLEARER = 0.5, 0.05
"""A shift is believed when it lifts the correlation by the second, to the first at least."""


def looks_local(found: Telemetry) -> bool:
    """Whether hours are missing on Europe's spring night and doubled on its autumn night: local stamps."""
    if found.size < 3:
        return False
    lost = np.flatnonzero((found.time[1:] - found.time[:-1]) / SECOND >= 3600.0)
    return any(_clock_change(found.time[i]) for i in lost if _same_step(found, int(i)))


def best_lag(measured: Array, expected: Array, most: int) -> tuple[int, float, float]:
    """Return the lag that fits best, and correlations there and without one.

    A lag of k steps means that the measured clock runs k steps late: measured[t + k] belongs to expected[t].
    NaN marks what is missing; both (n,) on one regular grid.
    """
    scores = {lag: _correlation(measured, expected, lag) for lag in range(-most, most + 1)}
    best = max(scores, key=lambda lag: (scores[lag], -abs(lag)))
    return best, scores[best], scores[0]


def shift_of(measured: Array, expected: Array, most: int) -> tuple[int, float, float]:
    """Return ``best_lag`` where it is clear, else a lag of 0 with the correlation that there is."""
    lag, best, now = best_lag(measured, expected, most)
    clear = lag != 0 and best >= BELIEVED and best - now >= CLEARER
    return (lag, best, now) if clear else (0, now, now)


def aligned(found: Telemetry, driver: str, power: str, most: int = 30) -> Telemetry:
    """Return telemetry whose ``driver`` column is moved onto the clock of ``power`` where they run apart.

    Looked for in the longest group, within ``most`` readings; a shift is believed when it raises the
    correlation by a twentieth or more, to a half at least. Readings that lose their partner are dropped.
    """
    names, counts = np.unique(found.group, return_counts=True)
    here = found.group == names[int(np.argmax(counts))]
    lag, best, now = shift_of(found.values[power][here], found.values[driver][here], most)
    if lag == 0:
        return found
    values = dict(found.values)
    values[driver] = np.full(found.size, np.nan)
    for name in names:
        rows = np.flatnonzero(found.group == name)
        moved = np.full(rows.size, np.nan)
        source = found.values[driver][rows]
        moved[max(lag, 0) : rows.size + min(lag, 0)] = source[max(-lag, 0) : rows.size - max(lag, 0)]
        values[driver][rows] = moved
    text = f"clocks of {driver} and {power} apart by {lag} readings (correlation {now:.2f}, then {best:.2f})"
    shifted = Telemetry(found.time, values, found.group, found.notes)
    shifted = noted(shifted, np.ones(found.size, dtype=bool), text, f"{driver} moved")
    return shifted.kept(np.isfinite(values[driver]))


def _correlation(measured: Array, expected: Array, lag: int) -> float:
    left = measured[max(lag, 0) : measured.size + min(lag, 0)]
    right = expected[max(-lag, 0) : expected.size + min(-lag, 0)]
    both = np.isfinite(left) & np.isfinite(right)
    if both.sum() < 24 or left[both].std() == 0 or right[both].std() == 0:
        return -1.0
    return float(np.corrcoef(left[both], right[both])[0, 1])


def _clock_change(stamp: np.datetime64) -> bool:
    """Whether the stamp lies in the night of the last Sunday of March, by any European clock."""
    day = stamp.astype("datetime64[D]")
    month = int(day.astype("datetime64[M]").astype(int)) % 12 + 1
    sunday = (int(day.astype(int)) + 3) % 7 == 6
    late = int((day - day.astype("datetime64[M]")).astype(int)) >= 24
    hour = int((stamp - day) / np.timedelta64(1, "h"))
    return month == 3 and sunday and late and hour <= 3


def _same_step(found: Telemetry, index: int) -> bool:
    step = float((found.time[index + 1] - found.time[index]) / SECOND)
    usual = float(np.median((found.time[1:] - found.time[:-1]) / SECOND))
    return bool(found.group[index] == found.group[index + 1]) and abs(step - usual - 3600.0) < 1.0
