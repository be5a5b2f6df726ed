"""What `twin grids weather` makes: wind and PV of zones, or a weather file of sites, from weather files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import xarray as xr

from twin import library
from twin.errors import BadInput, Fault, collected, nearest
from twin.grids.from_weather import PvField, WindPark, capacity_factors
from twin.grids.netcdf import described, write_netcdf
from twin.grids.readers_weather import PlaceWeather, read_weather
from twin.grids.reference import load
from twin.grids.site_weather import places_by_zone, site_weather
from twin.grids.zone_names import entsoe_name


def weather_command(
    files: Sequence[str],
    out: Path,
    year: int | None = None,
    turbine: str | None = None,
    tilt_deg: float | None = None,
) -> xr.Dataset:
    """Return and write, whole or not at all, what ``files`` are weather of.

    ``ZONE=FILE``, repeated, and weather files of `twin grids fetch` (their sites' zones) give ``wind_cf`` and
    ``pv_cf`` [zone, time]; ``SITE=FILE`` gives a weather file [site, time] for ``energy.weather``. Raises
    BadInput with every fault of every item, and for zones and sites in one call.
    """
    by_zone, by_site = _sorted(files, year)
    if by_site and by_zone:
        raise BadInput(Fault("weather", "files", "zones and sites", "one of the two", "make two files"))
    if by_site:
        made = site_weather(by_site, year)
    else:
        park = WindPark() if turbine is None else WindPark(turbine=turbine)
        made = capacity_factors(by_zone, park, PvField(tilt_deg=tilt_deg))
    made = described("weather_file" if by_site else "grids", made)
    write_netcdf(made, out)
    return made


def _sorted(files: Sequence[str], year: int | None) -> tuple[dict[str, list[PlaceWeather]], dict[str, Path]]:
    """Return weather by zone and paths by site. Raises BadInput with every fault, also for no file at all."""
    by_zone: dict[str, list[PlaceWeather]] = {}
    by_site: dict[str, Path] = {}
    faults: list[Fault] = []
    for item in files:
        with collected(faults):
            _sort(item, year, by_zone, by_site)
    if faults or not (by_zone or by_site):
        raise BadInput(faults or [Fault("weather", "files", "none", "ZONE=FILE or SITE=FILE")])
    return by_zone, by_site


def _sort(
    item: str, year: int | None, by_zone: dict[str, list[PlaceWeather]], by_site: dict[str, Path]
) -> None:
    name, sign, path = item.partition("=")
    if not sign and Path(item).suffix == ".nc":
        for zone, places in places_by_zone(Path(item)).items():
            by_zone.setdefault(zone, []).extend(places)
        return
    if not (sign and name and path):
        raise BadInput(Fault("weather", "file", item, "ZONE=FILE, such as FR=lyon.epw, or SITE=FILE"))
    sites, zones = library.names("sites"), load().zones
    if name in sites:
        by_site[name] = Path(path)
    elif entsoe_name(name) in zones:
        by_zone.setdefault(entsoe_name(name), []).append(read_weather(Path(path), year))
    else:
        raise BadInput(Fault("weather", "place", name, "a zone or a site", nearest(name, [*zones, *sites])))
