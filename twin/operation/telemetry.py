"""Telemetry made fit for use: what meters get wrong is found, handled, and told; nothing is filled in.

Stamps are brought in order and doubles removed; units are judged by magnitude against the nameplate; readings
that cannot be are dropped; stretches of a meter that stood still are dropped; gaps stay gaps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.errors import BadInput, Fault

Array = NDArray[np.float64]
Stamps = NDArray[np.datetime64]
PLAUSIBLE = (0.02, 1.5)
"""Typical power over nameplate that is believed."""
MOST = 1.5
"""No reading above this many nameplates is believed."""
FROZEN_READINGS = 30
"""A meter that repeats one value this often in a row, to its last digit, has stopped."""
GAP_STEPS = 3.0
LEAST_KEPT, LEAST_SHARE = 100, 0.2
SECOND = np.timedelta64(1, "s")
BOUNDS = {
    "utilisation": (0.0, 1.02),
    "dry_bulb_degc": (-60.0, 55.0),
    "wet_bulb_degc": (-60.0, 40.0),
    "supply_degc": (-5.0, 80.0),
    "gpu_degc": (0.0, 130.0),
    "liquid_return_degc": (-5.0, 100.0),
}
"""What sensors may say; -999 and the like are how loggers write nothing."""


@dataclass(frozen=True)
class Note:
    """One thing found: what, how many readings, where first, and what was done about it."""

    what: str
    count: int
    first: str
    done: str

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.what}: {self.count:,} readings, first {self.first}; {self.done}"


@dataclass(frozen=True)
class Telemetry:
    """Readings in UTC by quantity, each (n,), with a ``group`` per reading, such as ``job/run``."""

    time: Stamps
    values: Mapping[str, Array]
    group: NDArray[np.str_]
    notes: tuple[Note, ...] = ()

    def kept(self, keep: NDArray[np.bool_], *notes: Note) -> Telemetry:
        """Return the readings that ``keep`` marks, with more notes."""
        values = {name: array[keep] for name, array in self.values.items()}
        return Telemetry(self.time[keep], values, self.group[keep], (*self.notes, *notes))

    @property
    def size(self) -> int:
        """Readings."""
        return int(self.time.size)

    @property
    def seconds(self) -> Array:
        """Seconds since the first stamp."""
        return np.asarray((self.time - self.time.min()) / SECOND, dtype=np.float64)


def clean(raw: Telemetry, power: str, nameplate: float, where: str) -> Telemetry:
    """Return telemetry whose column ``power`` is believable, with a note of everything found.

    ``nameplate`` is in the column's own unit. Raises BadInput when the magnitude fits no unit, or when too
    little is left to learn from.
    """
    found = _readable(raw, power)
    if not found.size:
        expected = "stamps and numbers"
        raise BadInput(Fault(where, power, f"none of {raw.size:,} rows can be read", expected))
    found = _ordered(found, power)
    found = in_unit(found, power, nameplate, where)
    found = _possible(found, power, nameplate)
    found = _moving(found, power)
    found = _gaps(found)
    if found.size < LEAST_KEPT or found.size < LEAST_SHARE * raw.size:
        lines = "; ".join(str(note) for note in found.notes) or "too short"
        expected = f"at least {LEAST_KEPT} readings and {LEAST_SHARE:.0%} of the file to be usable"
        raise BadInput(Fault(where, power, f"{found.size:,} of {raw.size:,} usable", expected, lines))
    return found


def sensible(found: Telemetry, needed: Sequence[str] = ()) -> Telemetry:
    """Return telemetry without sensor readings that cannot be, and without rows that lack a ``needed`` one.

    Every other column keeps its gaps as NaN.
    """
    for name, (low, high) in BOUNDS.items():
        if name not in found.values:
            continue
        values = found.values[name]
        wrong = (values < low) | (values > high)
        found = noted(found, wrong, f"{name} outside {low:g} to {high:g}", "taken as missing")
        blank = {**found.values, name: np.where(wrong, np.nan, values)}
        found = Telemetry(found.time, blank, found.group, found.notes)
    for name in needed:
        if name in found.values:
            found = _dropped(found, ~np.isfinite(found.values[name]), f"readings without {name}")
    return found


def _readable(raw: Telemetry, power: str) -> Telemetry:
    bad = np.isnat(raw.time) | ~np.isfinite(raw.values[power])
    return _dropped(raw, bad, "unreadable stamps or readings")


def _ordered(found: Telemetry, power: str) -> Telemetry:
    """Sort within groups; of readings with one stamp the first is kept."""
    order = np.lexsort((found.time, found.group))
    behind = found.group[1:] == found.group[:-1]
    turned = np.concatenate([[False], behind & (found.time[1:] < found.time[:-1])])
    notes = [_note(found, turned, "stamps out of order", "sorted")] if turned.any() else []
    values = {name: array[order] for name, array in found.values.items()}
    ordered = Telemetry(found.time[order], values, found.group[order], (*found.notes, *notes))
    same = (ordered.time[1:] == ordered.time[:-1]) & (ordered.group[1:] == ordered.group[:-1])
    double = np.concatenate([[False], same])
    differ = double & np.concatenate([[False], np.diff(ordered.values[power]) != 0])
    ordered = noted(ordered, differ, "duplicated stamps with other readings", "the first kept")
    return _dropped(ordered, double, "duplicated stamps")


def in_unit(found: Telemetry, power: str, nameplate: float, where: str) -> Telemetry:
    """Return telemetry with a column in the unit of the nameplate: typical power must be a fair part of it.

    Stretches in another unit than the rest are brought to it. Raises BadInput when no unit of power fits.
    """
    values = found.values[power]
    positive = values[values > 0.0]
    if not positive.size:
        raise BadInput(Fault(where, power, "no reading above 0", "power of a machine that runs"))
    typical = float(np.median(positive))
    factor = next((f for f in (1.0, 1e3, 1e-3, 1e6, 1e-6) if _plausible(f * typical, nameplate)), None)
    if factor is None:
        expected = f"{PLAUSIBLE[0] * nameplate:,.4g} to {PLAUSIBLE[1] * nameplate:,.4g} in W, kW or MW"
        hint = "the typical reading fits no unit of power: check which meter this is"
        raise BadInput(Fault(where, power, f"{typical:,.4g}", expected, hint))
    if factor != 1.0:
        every = np.ones(found.size, dtype=bool)
        text = f"unit wrong by {1 / factor:g}, judged by a nameplate of {nameplate:,.4g}"
        found = _scaled(noted(found, every, text, f"multiplied by {factor:g}"), power, factor, every)
    return _mixed_units(found, power, typical * factor)


def _mixed_units(found: Telemetry, power: str, typical: float) -> Telemetry:
    """Bring stretches in another unit to the rest: a thousandth of the typical power is no power."""
    for factor in (1e3, 1e-3, 1e6, 1e-6):
        near = found.values[power] * factor
        odd = (near > 0.2 * typical) & (near < 2.0 * typical) & (np.abs(np.log10(factor)) > 2)
        odd &= ~((found.values[power] > 0.2 * typical) & (found.values[power] < 5.0 * typical))
        odd &= _lasting(odd, 5)
        if odd.any():
            text = f"a stretch in another unit (factor {1 / factor:g})"
            found = _scaled(noted(found, odd, text, f"multiplied by {factor:g}"), power, factor, odd)
    return found


def _possible(found: Telemetry, power: str, nameplate: float) -> Telemetry:
    values = found.values[power]
    found = _dropped(found, values < 0.0, "negative power")
    found = _dropped(found, found.values[power] == 0.0, "power of exactly 0")
    return _dropped(found, found.values[power] > MOST * nameplate, f"power above {MOST:g} nameplates")


def _moving(found: Telemetry, power: str) -> Telemetry:
    values = found.values[power]
    still = np.concatenate([[False], (np.diff(values) == 0) & (found.group[1:] == found.group[:-1])])
    frozen = _lasting(still, FROZEN_READINGS)
    return _dropped(found, frozen, "a frozen meter")


def _gaps(found: Telemetry) -> Telemetry:
    """Tell gaps of more than three steps within a group; they are never bridged."""
    if found.size < 3:
        return found
    step = (found.time[1:] - found.time[:-1]) / SECOND
    inside = found.group[1:] == found.group[:-1]
    usual = float(np.median(step[inside])) if inside.any() else 0.0
    wide = np.concatenate([[False], inside & (step > GAP_STEPS * max(usual, 1e-9))])
    hours = float(step[wide[1:]].sum()) / 3600.0
    return noted(found, wide, f"gaps, {hours:,.1f} h in all", "left open")


def _plausible(typical: float, nameplate: float) -> bool:
    return PLAUSIBLE[0] * nameplate <= typical <= PLAUSIBLE[1] * nameplate


def _lasting(mask: NDArray[np.bool_], least: int) -> NDArray[np.bool_]:
    """Return the parts of ``mask`` that are true at least ``least`` times in a row."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    out = np.zeros_like(mask)
    for begin, end in edges.reshape(-1, 2):
        if end - begin >= least:
            out[begin:end] = True
    return out


def _scaled(found: Telemetry, power: str, factor: float, where: NDArray[np.bool_]) -> Telemetry:
    values = dict(found.values)
    values[power] = np.where(where, values[power] * factor, values[power])
    return Telemetry(found.time, values, found.group, found.notes)


def _dropped(found: Telemetry, bad: NDArray[np.bool_], what: str) -> Telemetry:
    return found.kept(~bad, _note(found, bad, what, "dropped")) if bad.any() else found


def noted(found: Telemetry, marked: NDArray[np.bool_], what: str, done: str) -> Telemetry:
    """Return telemetry with a note on the ``marked`` readings, where there are any."""
    if not marked.any():
        return found
    return Telemetry(found.time, found.values, found.group, (*found.notes, _note(found, marked, what, done)))


def _note(found: Telemetry, marked: NDArray[np.bool_], what: str, done: str) -> Note:
    first = int(np.argmax(marked))
    job = str(found.group[first]).partition("/")[0]
    label = f" in {job}" if job else ""
    return Note(what, int(marked.sum()), f"{str(found.time[first])[:19]}{label}", done)
