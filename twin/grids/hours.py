"""From the rows of a file to 8,760 sound hours: what is wrong with them, and what may be mended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin.errors import BadInput, Fault
from twin.grids.marginals import HOURS, Array
from twin.grids.quality_checks import DayShape, clock_verdict
from twin.grids.sources.tables import HourlyTable
from twin.grids.units import FACTORS, SIZES, factor_to_ours, size_faults

_HOUR = np.timedelta64(1, "h")


@dataclass(frozen=True)
class Rules:
    """What the importer may do with a file."""

    year: int | None = None
    """Calendar year to take; needed only where a file holds several whole ones."""
    timezone: str | None = None
    """Local time of naive stamps, such as ``Europe/Paris``."""
    fill_hours: int = 0
    """Longest run of missing hours that may be filled by a straight line; 0 refuses any."""
    skip_incomplete: bool = False
    """Leave out zones with missing hours instead of refusing the file."""
    units: Mapping[str, str] = field(default_factory=dict)
    """Unit by kind, such as price: ct/kWh, where a file is in another one or its size would raise doubt."""
    pick: Mapping[str, str] = field(default_factory=dict)
    """Label to take by dimension, where a cube has more dimensions than zone and time."""


def pairs(items: Sequence[str], option: str) -> dict[str, str]:
    """Return ``key=value`` items as a mapping. Raises BadInput listing every item of another form."""
    cut = [item.partition("=") for item in items]
    faults = [
        Fault("command line", option, item, "key=value, such as price=ct/kWh or member=3")
        for item, (key, sign, value) in zip(items, cut, strict=True)
        if not (key and sign and value)
    ]
    if faults:
        raise BadInput(faults)
    return {key: value for key, _, value in cut}


@dataclass(frozen=True)
class Clean:
    """Sound hours of one calendar year without 29 February."""

    year: int
    times: NDArray[np.datetime64]
    """[8760], UTC."""
    columns: dict[str, Array]
    """By zone, [8760]."""
    notes: tuple[str, ...]
    """What was mended or left out."""


def clean_year(
    table: HourlyTable, named: Mapping[str, Array], kind: str, rules: Rules, unit: str = ""
) -> Clean:
    """Return the hours of one year. ``unit`` is what the file states, if it does.

    Raises BadInput with every fault of the file.
    """
    where = str(table.path)
    faults = _repeated(table) + _summer_time(table)
    named, notes, wrong = _in_our_unit(where, table.path.name, named, kind, unit, rules)
    faults += wrong
    times, rows = np.unique(table.times, return_index=True)
    columns = {zone: cells[rows] for zone, cells in named.items()}
    times, columns, note = to_hours(times, columns)
    notes += note
    year, short = _year(where, times, rules)
    faults += short
    if year is None:
        raise BadInput(faults)
    hours = np.arange(
        np.datetime64(f"{year}-01-01T00", "ns"), np.datetime64(f"{year + 1}-01-01T00", "ns"), _HOUR
    )
    if len(hours) > HOURS:
        notes.append(f"{table.path.name}: 29 February left out")
        hours = hours[(hours < np.datetime64(f"{year}-02-29")) | (hours >= np.datetime64(f"{year}-03-01"))]
    if not table.in_utc:
        notes.append(f"{table.path.name}: time zone not stated, taken as UTC")
        faults += _clock(where, kind, times, columns)
    out = {}
    for zone, cells in columns.items():
        out[zone] = _on(times, cells, hours)
        note, missing = _mend(where, zone, out[zone], hours, rules.fill_hours, SIZES[kind].unit)
        notes += note
        if missing and rules.skip_incomplete:
            del out[zone]
            notes.append(f"{table.path.name}: {zone} left out: {missing[0].value}")
        else:
            faults += missing
    if not out:
        faults.append(Fault(where, "zones", "none whole", "a zone with every hour"))
    if faults:
        raise BadInput(faults)
    return Clean(year, hours, out, tuple(notes))


def _repeated(table: HourlyTable) -> list[Fault]:
    where, hint = str(table.path), "keep one row an hour; a repeated hour in October means local time"
    times, count = np.unique(table.times, return_counts=True)
    found = []
    if (count > 1).any():
        text = f"{_show(times[count > 1][0])} ({int((count > 1).sum())} hours)"
        found.append(Fault(where, "time repeated", text, "each hour once", hint))
    found += [
        Fault(
            where, f"{zone} time repeated", f"{_show(stamps[0])} ({len(stamps)} rows)", "each hour once", hint
        )
        for zone, stamps in table.twice.items()
    ]
    return found


def _summer_time(table: HourlyTable) -> list[Fault]:
    """Naive stamps that skip one hour on the last Sunday of March are local, whatever October does."""
    if table.in_utc:
        return []
    times = np.unique(table.times)
    steps = np.diff(times)
    jumps = times[:-1][steps == _HOUR + (np.median(steps) if len(steps) else _HOUR)]
    for stamp in jumps:
        day = stamp.astype("datetime64[D]")
        weekday = (day.astype("int64") + 3) % 7
        in_month = int((day - day.astype("datetime64[M]").astype("datetime64[D]")).astype("int64")) + 1
        if day.astype("datetime64[M]").astype("int64") % 12 == 2 and weekday == 6 and in_month >= 25:
            return [
                Fault(str(table.path), "time", f"no hour after {_show(stamp)}", "UTC, every hour of the year",
                      "the file is in local time with summer time: give its time zone, such as Europe/Paris")
            ]  # fmt: skip
    return []


def _clock(where: str, kind: str, times: NDArray[np.datetime64], columns: Mapping[str, Array]) -> list[Fault]:
    """Return a fault where the sun or people's mornings say that stamps without a time zone are local."""
    shape = DayShape(kind, len(columns), 0)
    shape.add(times, np.stack(list(columns.values()), axis=1))
    found = clock_verdict([shape], list(columns), kind)
    if not found or "local" not in found:
        return []
    hint = "give the time zone, such as Europe/Paris; or UTC, if it is UTC after all"
    return [Fault(where, "time", found, "UTC", hint)]


def _in_our_unit(where: str, name: str, named: Mapping[str, Array], kind: str, stated: str, rules: Rules
                 ) -> tuple[Mapping[str, Array], list[str], list[Fault]]:  # fmt: skip
    """Convert what the user or the file says is another unit; doubt the size of everything else."""
    unit = rules.units.get(kind, stated)
    notes: list[str] = []
    try:
        factor = factor_to_ours(where, kind, kind, unit) if unit else 1.0
    except BadInput as error:
        return named, notes, list(error.faults)
    if factor != 1.0:
        named = {zone: cells * factor for zone, cells in named.items()}
        notes.append(f"{name}: {unit} times {factor:g} to {next(iter(FACTORS[kind]))}")
    if kind == "price" and kind in rules.units:
        return named, notes, []
    return named, notes, size_faults(where, kind, named)


def to_hours(times: NDArray[np.datetime64], columns: dict[str, Array]
              ) -> tuple[NDArray[np.datetime64], dict[str, Array], list[str]]:  # fmt: skip
    """Average quarter- and half-hours to hours; hourly rows pass as they are. Also return what was done."""
    floor = times.astype("datetime64[h]").astype("datetime64[ns]")
    hours, first, count = np.unique(floor, return_index=True, return_counts=True)
    if (count == 1).all():
        return hours, columns, []
    mean = {zone: np.add.reduceat(cells, first) / count for zone, cells in columns.items()}
    notes = [f"{int(count.max())} rows an hour averaged to hours"]
    _, day = np.unique(hours.astype("datetime64[D]"), return_inverse=True)
    full = np.zeros(int(day.max()) + 1, dtype=count.dtype)
    np.maximum.at(full, day, count)
    if short := int((count < full[day]).sum()):
        notes.append(f"{short} hours have only some of their quarter-hours: mean of those that are there")
    return hours, mean, notes


def _year(where: str, times: NDArray[np.datetime64], rules: Rules) -> tuple[int | None, list[Fault]]:
    if len(times) > 1 and (step := np.median(np.diff(times))) > _HOUR:
        text = f"one row every {step / _HOUR:g} hours"
        hint = "daily and monthly means hide what the plan is about; look for the hourly file"
        return None, [Fault(where, "time", text, "a row every hour or more often", hint)]
    years = times.astype("datetime64[Y]").astype("int64") + 1970
    found, count = np.unique(years, return_counts=True)
    if rules.year is not None:
        if rules.year in found:
            return rules.year, []
        text = ", ".join(map(str, found))
        return None, [Fault(where, "year", text, f"hours of {rules.year}", "choose a year that is there")]
    whole = [int(y) for y, n in zip(found, count, strict=True) if n >= 0.9 * HOURS]
    if len(whole) == 1:
        return whole[0], []
    if not whole:
        text = ", ".join(f"{y}: {n} hours" for y, n in zip(found, count, strict=True))
        return None, [
            Fault(where, "time", text, "a whole calendar year", f"at least {HOURS} hours of one year")
        ]
    return None, [
        Fault(where, "year", ", ".join(map(str, whole)), "one year", "several are whole: choose one")
    ]


def _on(times: NDArray[np.datetime64], cells: Array, hours: NDArray[np.datetime64]) -> Array:
    """Return the cells at ``hours``, NaN where the file has no row."""
    out = np.full(len(hours), np.nan)
    at = np.clip(np.searchsorted(times, hours), 0, len(times) - 1)
    here = times[at] == hours
    out[here] = cells[at[here]]
    return out


def _mend(where: str, zone: str, cells: Array, hours: NDArray[np.datetime64], longest: int, unit: str
          ) -> tuple[list[str], list[Fault]]:  # fmt: skip
    """Fill short runs of missing hours in place; report what stays missing."""
    missing = ~np.isfinite(cells)
    if not missing.any():
        return [], []
    edges = np.flatnonzero(np.diff(np.concatenate([[0], missing.astype(int), [0]])))
    runs = [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    filled = 0
    good = np.flatnonzero(~missing)
    for start, stop in runs:
        if stop - start <= longest and len(good):
            cells[start:stop] = np.interp(np.arange(start, stop), good, cells[good])
            filled += stop - start
    notes = [f"{zone}: {filled} missing hours filled by a straight line"] if filled else []
    left = [(start, stop) for start, stop in runs if stop - start > longest or not len(good)]
    if not left:
        return notes, []
    total = sum(stop - start for start, stop in left)
    text = f"missing from {_show(hours[left[0][0]])} ({total} hours in {len(left)} runs)"
    worst = max(stop - start for start, stop in left)
    hint = f"fill_hours = {worst} fills them by straight lines; skip_incomplete leaves the zone out"
    return notes, [Fault(where, zone, text, f"{unit} in every hour", hint)]


def _show(stamp: np.datetime64) -> str:
    return str(stamp.astype("datetime64[m]"))
