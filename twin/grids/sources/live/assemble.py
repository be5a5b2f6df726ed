"""From gathered hours to the grid file and the weather file, and what to tell about them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from twin.grids.marginals import HOURS, Array
from twin.grids.sources.live.gather import Harvest
from twin.grids.sources.live.hourly import year_hours
from twin.grids.sources.live.protocol import Request, Source, YearIs
from twin.physics.psychrometrics import humidity_ratio, wet_bulb_degc
from twin.schema import variables

GRID = ("price_eur_per_mwh", "carbon_g_per_kwh", "cfe_share")
"""Variables of a grid file that live sources can give; wind and PV are then drawn to fit them."""
WEATHER = ("dry_bulb_degc", "relative_humidity", "pressure_pa")


@dataclass(frozen=True)
class Account:
    """What came from where, for the planner."""

    rows: list[tuple[str, ...]]
    """Source, kind, places, hours given, chunks downloaded now, chunks found in the cache."""
    licences: list[str]
    """One line a source and licence, with the time of download."""
    warnings: list[str] = field(default_factory=list)


def grid_dataset(
    request: Request, harvest: Harvest, sources: Sequence[Source], fill_hours: int
) -> xr.Dataset:
    """Return prices, carbon and carbon-free share [zone, time], UTC, 29 February left out.

    The kind that ``twin grids import`` writes: NaN where nothing is known. Runs of up to ``fill_hours``
    missing hours are filled by straight lines and noted.
    """
    present = [name for name in GRID if any((name, zone) in harvest.hours for zone in request.zones)]
    zones = [zone for zone in request.zones if any((name, zone) in harvest.hours for name in present)]
    data, notes = _arrays(present, zones, harvest, fill_hours)
    return _labelled(data, "zone", zones, request, harvest, sources, notes, "energy grid file")


def weather_dataset(
    request: Request, harvest: Harvest, sources: Sequence[Source], fill_hours: int
) -> xr.Dataset:
    """Return dry and wet bulb, humidity, pressure and what else was sent, [site, time], UTC.

    The wet bulb is exact (ASHRAE balance) from dry bulb, humidity and pressure.
    """
    names = [site.name for site in request.sites if ("dry_bulb_degc", site.name) in harvest.hours]
    known = [
        name for name in variables("weather_file") if any((name, site) in harvest.hours for site in names)
    ]
    data, notes = _arrays(known, names, harvest, fill_hours)
    if names:
        data["wet_bulb_degc"] = _wet_bulb(*(data[name] for name in WEATHER))
    return _labelled(data, "site", names, request, harvest, sources, notes, "weather file")


def _arrays(
    names: Iterable[str], places: Sequence[str], harvest: Harvest, fill_hours: int
) -> tuple[dict[str, Array], list[str]]:
    data, notes = {}, []
    for name in names:
        table = np.full((len(places), HOURS), np.nan)
        for row, place in enumerate(places):
            table[row] = harvest.hours.get((name, place), np.nan)
            if filled := fill_short(table[row], fill_hours):
                notes.append(f"{place}: {filled} missing hours of {name} filled by a straight line")
        data[name] = table
    return data, notes


def fill_short(cells: Array, longest: int) -> int:
    """Fill runs of at most ``longest`` missing hours in place, by straight lines; return how many."""
    known = np.flatnonzero(np.isfinite(cells))
    if not len(known) or len(known) == len(cells):
        return 0
    filled = 0
    for start, stop in runs(~np.isfinite(cells)):
        if stop - start <= longest:
            cells[start:stop] = np.interp(np.arange(start, stop), known, cells[known])
            filled += stop - start
    return filled


def runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """Return first and one past the last index of every run of true flags."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _wet_bulb(dry: Array, humidity: Array, pressure: Array) -> Array:
    whole = np.isfinite(dry) & np.isfinite(humidity) & np.isfinite(pressure)
    out = np.full(dry.shape, np.nan)
    ratio = humidity_ratio(dry[whole], np.clip(humidity[whole], 0.01, 1.0), pressure[whole])
    out[whole] = wet_bulb_degc(dry[whole], ratio, pressure[whole], tolerance_k=1e-4)
    return out


def _labelled(
    data: dict[str, Array], dim: str, places: Sequence[str], request: Request, harvest: Harvest,
    sources: Sequence[Source], notes: list[str], kind: str,
) -> xr.Dataset:  # fmt: skip
    used = [source for source in sources if _serves(source, dim) and source.name in harvest.origins]
    parts = [part for source in used for part in harvest.origins[source.name]]
    kinds = {source.year_is for source in used}
    year_is: YearIs = "observed" if "observed" in kinds or not kinds else next(iter(kinds))
    when = {"observed": "", "typical": "typical year, laid on ", "projected": "projected "}[year_is]
    digest = hashlib.sha256()
    for name, array in data.items():
        digest.update(name.encode() + np.ascontiguousarray(array).tobytes())
    return xr.Dataset(
        {name: ((dim, "time"), array) for name, array in data.items()},
        coords={dim: list(places), "time": year_hours(request.year)},
        attrs={
            "kind": kind,
            "label": f"fetched: {', '.join(source.name for source in used)} ({when}{request.year})",
            "calendar_year": request.year,
            "year_is": year_is,
            "notes": "\n".join(notes),
            "licences": "\n".join(_licences(used, harvest)),
            "downloaded": max((str(part.attrs["downloaded"]) for part in parts), default=""),
            "sha256": digest.hexdigest(),
        },
    )


def _serves(source: Source, dim: str) -> bool:
    return ("weather" in source.kinds) == (dim == "site")


def _licences(sources: Iterable[Source], harvest: Harvest) -> list[str]:
    lines = []
    for source in sources:
        parts = harvest.origins.get(source.name, [])
        for licence in dict.fromkeys(str(part.attrs["licence"]) for part in parts):
            times = sorted(str(p.attrs["downloaded"]) for p in parts if p.attrs["licence"] == licence)
            span = times[0] if times[0] == times[-1] else f"{times[0]} to {times[-1]}"
            lines.append(f"{source.title}: {licence} (downloaded {span})")
    return lines


def account(
    request: Request, harvest: Harvest, sources: Sequence[Source], grids: Sequence[xr.Dataset]
) -> Account:
    """Return what came from where, under which licence, and what is missing in the Datasets written."""
    rows: list[tuple[str, ...]] = []
    for source in sources:
        for kind in source.kinds:
            found = {
                place: n for (name, k, place), n in harvest.given.items() if (name, k) == (source.name, kind)
            }
            total = len(request.sites) if kind == "weather" else len(request.zones)
            share = 100 * sum(found.values()) / (HOURS * len(found)) if found else 0.0
            calls = [f"{count[source.name, kind]}" for count in (harvest.fetched, harvest.cached)]
            there = (
                f"{share:.1f}%" if found else "none" if _was_asked(harvest, source, kind) else "not needed"
            )
            rows.append((source.name, kind, f"{len(found)} of {total}", there, *calls))
    warnings = [line for grid in grids for line in _missing(grid)]
    warnings += _uncovered(request, harvest, sources)
    return Account(rows, _licences(sources, harvest), warnings)


def _was_asked(harvest: Harvest, source: Source, kind: str) -> bool:
    chunks = [*harvest.nothing, *(chunk for chunk, _ in harvest.failed)]
    return any((chunk.source, chunk.kind) == (source.name, kind) for chunk in chunks)


def _missing(grid: xr.Dataset) -> list[str]:
    """Name place, variable and hours of every series that is not whole."""
    lines, hours = [], grid["time"].values
    for name, array in grid.data_vars.items():
        if name == "wet_bulb_degc":
            continue  # missing where one of its causes is
        for place in array[array.dims[0]].values:
            missing = runs(~np.isfinite(array.sel({array.dims[0]: place}).values))
            total = sum(stop - start for start, stop in missing)
            if 0 < total < len(hours):
                first = str(hours[missing[0][0]].astype("datetime64[h]"))
                lines.append(
                    f"{place}: {name} lacks {total} hours in {len(missing)} runs, from {first} UTC on"
                )
    return lines


def _uncovered(request: Request, harvest: Harvest, sources: Sequence[Source]) -> list[str]:
    asked = {kind: [s.name for s in sources if kind in s.kinds] for kind in ("price", "mix", "weather")}
    words = {"price": ("price_eur_per_mwh", "prices"), "mix": ("cfe_share", "generation by type"),
             "weather": ("dry_bulb_degc", "weather")}  # fmt: skip
    lines = []
    for kind, names in asked.items():
        places = [site.name for site in request.sites] if kind == "weather" else list(request.zones)
        variable, text = words[kind]
        without = [place for place in places if (variable, place) not in harvest.hours]
        if names and without:
            lines.append(f"no {text} from {', '.join(names)} for {' '.join(without)}")
    return lines
