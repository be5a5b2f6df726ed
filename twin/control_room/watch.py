"""Telemetry of a plan's sites against the twin that the plan was made with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from twin.control_room.run_hours import RunHours, SiteHours, run_hours
from twin.control_room.telemetry_files import read_telemetry
from twin.errors import BadInput, Fault
from twin.operation.telemetry import Array, Note, Stamps, Telemetry, clean, in_unit, sensible
from twin.operation.watch import Watched, hour_of_year, hourly, watch_site
from twin.results import Run

MW = 1e6
LEAST_LOAD = 0.02
"""The physics wants some load; a hall below this share of its nameplate is off."""


@dataclass(frozen=True)
class WatchRequest:
    """What to watch: files, the site of files without a site column, and how to judge."""

    telemetry: Sequence[Path]
    site: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    timezone: str | None = None
    quiet_days: float = 28.0
    hours_between_alarms: float = 8760.0


def watch_run(run: Run, request: WatchRequest) -> list[Watched]:
    """Return every site that the telemetry covers, hour by hour. Raises BadInput for what cannot be used."""
    hours = run_hours(run)
    raw, _ = read_telemetry(request.telemetry, MW, request.columns, request.timezone)
    power = _power_column(raw, request)
    parts = _by_site(raw, hours, request)
    return [_watched(hours.named(name), part, power, request) for name, part in parts.items()]


def twin_mw(each: SiteHours, time: Stamps, it_mw: Array | None, air: Array | None) -> tuple[Array, str]:
    """Return the twin's site power, MW, (hours,), and what it was told.

    Told the measured IT load and weather it uses them; otherwise the hour of the plan's year stands in for
    the load or the weather. Hours without a measured load are NaN.
    """
    place = hour_of_year(time) % each.it_pu.size
    load = each.it_pu[place] if it_mw is None else it_mw / each.mw_it
    weather = each.air[:, place] if air is None else air
    usable = np.isfinite(load) & np.isfinite(weather).all(axis=0) & (load > LEAST_LOAD)
    out = np.full(time.size, np.nan)
    state = each.state_at(np.minimum(load[usable], 1.0), weather[:, usable])
    out[usable] = state.flow.input_kw / 1000.0 * each.mw_it
    told = [
        "IT load of the plan's year" if it_mw is None else "measured IT load",
        "weather of the plan's year" if air is None else "measured weather",
    ]
    return out, ", ".join(told)


def _watched(each: SiteHours, part: Telemetry, power: str, request: WatchRequest) -> Watched:
    where = f"{request.telemetry[0]}: {each.site.name}"
    data = clean(sensible(part), power, 1.3 * each.mw_it, where)
    if "it_mw" in data.values and np.isfinite(data.values["it_mw"]).any():
        data = in_unit(data, "it_mw", each.mw_it, where)
    names = [name for name in (power, "it_mw", "dry_bulb_degc", "wet_bulb_degc") if name in data.values]
    time, series = hourly(data, names)
    load, notes = _load(each, series.get("it_mw"), data.notes)
    twin, told = twin_mw(each, time, load, _air(each, series))
    quiet = max(1, round(24 * request.quiet_days))
    return watch_site(
        each.site.name, time, series[power], twin, quiet, request.hours_between_alarms, told, notes
    )


def _load(
    each: SiteHours, it_mw: Array | None, notes: tuple[Note, ...]
) -> tuple[Array | None, tuple[Note, ...]]:
    """Return measured IT load that can be: up to its nameplate; hours beyond are left out and told."""
    if it_mw is None or not np.isfinite(it_mw).any():
        return None, notes
    wrong = (it_mw > 1.02 * each.mw_it) | (it_mw < 0)
    if not wrong.any():
        return it_mw, notes
    first = f"hour {int(np.argmax(wrong))}"
    note = Note("IT load below 0 or above the nameplate", int(wrong.sum()), first, "hours left out")
    return np.where(wrong, np.nan, it_mw), (*notes, note)


def _air(each: SiteHours, series: Mapping[str, Array]) -> Array | None:
    """Return measured weather (3, hours) at the site's usual pressure; None without both bulbs."""
    if "dry_bulb_degc" not in series or "wet_bulb_degc" not in series:
        return None
    dry = series["dry_bulb_degc"]
    wet = np.minimum(series["wet_bulb_degc"], dry)
    return np.stack([dry, wet, np.full(dry.size, float(each.air[2].mean()))])


def _power_column(raw: Telemetry, request: WatchRequest) -> str:
    for name in ("facility_mw", "power_mw"):
        if name in raw.values:
            return name
    expected = "a column of site power, such as facility_power_mw"
    raise BadInput(Fault(str(request.telemetry[0]), "columns", sorted(raw.values), expected))


def _by_site(raw: Telemetry, hours: RunHours, request: WatchRequest) -> dict[str, Telemetry]:
    """Return telemetry by site: that of its site column, else of ``--site``, else of the file's name."""
    if request.site is not None:
        hours.named(request.site)
        return {request.site: _as_one(raw)}
    known = {each.site.name for each in hours.sites}
    labels = np.array([_site_of(str(name), known) for name in raw.group])
    strange = sorted({str(name) for name, found in zip(raw.group, labels, strict=True) if not found})
    if strange:
        expected = f"a site of the plan: {', '.join(sorted(known))}"
        hint = "name it in a column `site`, in the file's name, or with --site"
        raise BadInput([Fault(str(request.telemetry[0]), "site", name, expected, hint) for name in strange])
    return {str(name): _as_one(raw.kept(labels == name)) for name in sorted(set(labels))}


def _as_one(part: Telemetry) -> Telemetry:
    return Telemetry(part.time, part.values, np.full(part.size, ""), part.notes)


def _site_of(group: str, known: set[str]) -> str:
    job, _, run = group.partition("/")
    return next((name for name in (run, *run.split(","), job) if name in known), "")
