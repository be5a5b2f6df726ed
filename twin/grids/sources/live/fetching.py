"""``twin grids fetch``: from a case to a grid file and a weather file out of live sources."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import xarray as xr

from twin import library
from twin.config.case import Case
from twin.config.site import Site
from twin.errors import BadInput, Fault, SystemFailure, nearest
from twin.grids.netcdf import write_netcdf
from twin.grids.sources.live.assemble import Account, account, grid_dataset, weather_dataset
from twin.grids.sources.live.cache import Cache
from twin.grids.sources.live.client import Client
from twin.grids.sources.live.energy_charts import EnergyCharts
from twin.grids.sources.live.gather import Advance, Harvest, gather
from twin.grids.sources.live.open_meteo import Archive, Climate
from twin.grids.sources.live.protocol import Place, Request, Source
from twin.grids.sources.live.pvgis import Pvgis
from twin.grids.sources.live.smard import Smard
from twin.grids.sources.live.transparency import Transparency

SOURCES: dict[str, Callable[[], Source]] = {
    "energy-charts": EnergyCharts,
    "smard": Smard,
    "entsoe": Transparency,
    "open-meteo": Archive,
    "open-meteo-climate": Climate,
    "pvgis": Pvgis,
}
"""Live sources by the word after ``--from``. A new one: a class with the shape of ``protocol.Source``."""
FIRST_YEAR = 1990
_SHOWN = 12


def sites_of(case: Case) -> list[Site]:
    """Return the sites that a case may choose. Raises BadInput for unknown ones."""
    names = library.names("sites") if case.sites == "all" else case.sites
    found = []
    for name in names:
        with library.asked_by(f"cases/{case.name}", "sites", "sites", name):
            found.append(library.get("sites", name))
    return found


def sources_named(names: Sequence[str]) -> list[Source]:
    """Return the sources of ``names`` in order. Raises BadInput listing every unknown or repeated one."""
    faults = [
        Fault("fetch", "--from", name, "a live source", nearest(name, SOURCES))
        for name in names
        if name not in SOURCES
    ]
    faults += [
        Fault("fetch", "--from", name, "each source once")
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    if faults or not names:
        raise BadInput(faults or [Fault("fetch", "--from", "", f"some of {', '.join(SOURCES)}")])
    return [SOURCES[name]() for name in names]


def request_of(sites: Sequence[Site], year: int, sources: Sequence[Source]) -> Request:
    """Return all that ``sources`` can give for ``sites`` in ``year``. Raises BadInput for odd years."""
    last = datetime.now(UTC).year - 1
    observed = [source.name for source in sources if source.year_is == "observed"]
    if observed and not FIRST_YEAR <= year <= last:
        expected = f"a whole year that is over, {FIRST_YEAR} to {last}, for {', '.join(observed)}"
        raise BadInput(Fault("fetch", "--year", year, expected))
    zones = tuple(sorted({site.zone for site in sites}))
    places = tuple(Place(site.name, site.lat, site.lon, site.elevation_m) for site in sites)
    kinds = {kind for source in sources for kind in source.kinds}
    wanted: set[tuple[str, str]] = {(kind, zone) for kind in kinds - {"weather"} for zone in zones}
    if "weather" in kinds:
        wanted |= {("weather", place.name) for place in places}
    return Request(year, zones, places, frozenset(wanted))


def fetch_command(
    sites: Sequence[Site], names: Sequence[str], year: int, out: Path, weather_out: Path, cache: Cache,
    *, fill_hours: int = 0, skip_failed: bool = False, client: Client | None = None,
    advance: Advance = lambda done, total, note: None, say: Callable[[str], None] = lambda line: None,
) -> tuple[list[Path], Account]:  # fmt: skip
    """Fetch, join, write; return the files written and the account of what came from where.

    ``out`` is written when a source of energy is asked, ``weather_out`` when one of weather is; each whole
    or not at all. Raises BadInput for unknown sources, a missing key, a year without one whole zone of
    prices, and SystemFailure when calls failed whose hours no other source has (unless ``skip_failed``).
    What was fetched stays in the cache in any case.
    """
    sources = sources_named(names)
    request = request_of(sites, year, sources)
    harvest = gather(sources, request, cache, client or Client(say=say), advance, say)
    for lost in cache.damaged:
        say(f"damaged in the cache, fetched again: {lost}")
    _stop_if_failed(harvest, cache, skip_failed)
    written: list[Path] = []
    made: list[xr.Dataset] = []
    if any("price" in source.kinds for source in sources):
        made.append(_with_prices(grid_dataset(request, harvest, sources, fill_hours), names, fill_hours))
        written.append(out)
    if any("weather" in source.kinds for source in sources):
        made.append(_with_weather(weather_dataset(request, harvest, sources, fill_hours), names))
        written.append(weather_out)
    for dataset, path in zip(made, written, strict=True):
        write_netcdf(dataset, path)
    return written, account(request, harvest, sources, made)


def _stop_if_failed(harvest: Harvest, cache: Cache, skip_failed: bool) -> None:
    gives = {"price": "price_eur_per_mwh", "mix": "cfe_share", "carbon": "carbon_g_per_kwh",
             "weather": "dry_bulb_degc"}  # fmt: skip
    left = [(c, why) for c, why in harvest.failed if not harvest.complete(gives[c.kind], c.place)]
    if not left or skip_failed:
        return
    lines = [f"  • {chunk}: {why}" for chunk, why in left[:_SHOWN]]
    if len(left) > _SHOWN:
        lines.append(f"  • and {len(left) - _SHOWN} more")
    text = "\n".join(lines)
    raise SystemFailure(
        f"{len(left)} calls failed; no grid was written\n{text}\n"
        f"What came is kept in {cache.folder}: the same command fetches only the rest; "
        "--skip-failed writes the grid without it, another source after --from may fill it"
    )


def _with_prices(grid: xr.Dataset, names: Sequence[str], fill_hours: int) -> xr.Dataset:
    year, asked = grid.attrs["calendar_year"], ", ".join(names)
    price = grid.get("price_eur_per_mwh")
    if price is None:
        raise BadInput(Fault(f"fetch of {year}", "prices", "none", f"a zone with prices in {asked}"))
    missing = price.isnull().sum("time")
    if bool((missing > 0).all()):
        raise BadInput(
            [
                Fault(f"fetch of {year}", f"price of {zone}", f"{int(n)} hours missing", "every hour",
                      f"asked: {asked}; ask another source too, or --fill-hours (now {fill_hours})")
                for zone, n in zip(grid["zone"].values, missing.values, strict=True)
            ]
        )  # fmt: skip
    return grid


def _with_weather(weather: xr.Dataset, names: Sequence[str]) -> xr.Dataset:
    if not weather.sizes.get("site"):
        year, asked = weather.attrs["calendar_year"], ", ".join(names)
        raise BadInput(Fault(f"fetch of {year}", "weather", "none", f"hours of any site from {asked}"))
    return weather
