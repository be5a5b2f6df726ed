"""Weather files of sites: made from what people have, and read again as weather of the zones they lie in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from twin import library
from twin.errors import BadInput, Fault, collected
from twin.grids.marginals import HOURS, Array
from twin.grids.readers_weather import PlaceWeather, read_weather
from twin.grids.weather_file import open_weather_file
from twin.physics.psychrometrics import humidity_ratio, pressure_at_altitude_pa, wet_bulb_degc

_HOUR = np.timedelta64(1, "h")
EDGE_H = 14
"""Hours that a file in local time may lack at an end of the year; they take the value of the nearest."""
_THEIRS = {
    "dry_bulb_degc": "dry_bulb_degc", "relative_humidity": "relative_humidity", "pressure_pa": "pressure_pa",
    "wind_10m_m_per_s": "wind_speed_10m_m_per_s", "wind_100m_m_per_s": "wind_speed_100m_m_per_s",
    "ghi_w_per_m2": "ghi_w_per_m2",
}  # fmt: skip
"""Names of a weather file by those of a place's weather."""


def site_weather(files: Mapping[str, Path], year: int | None = None) -> xr.Dataset:
    """Return a weather file [site, time] for ``energy.weather`` from one file a site.

    Dry bulb (°C), relative humidity (share), pressure (Pa; of the standard atmosphere where the file has
    none), and the thermodynamic wet bulb of that air (°C). ``year`` is laid under typical years. Raises
    BadInput with the faults of every file, for files without humidity, and where years differ.
    """
    places: dict[str, PlaceWeather] = {}
    faults: list[Fault] = []
    for site, path in files.items():
        with collected(faults):
            places[site] = read_weather(path, year)
    for place in places.values():
        if missing := {"dry_bulb_degc", "relative_humidity"} - set(place.columns):
            found = ", ".join(place.columns)
            faults.append(Fault(str(place.path), "columns", found, " and ".join(sorted(missing))))
    years = {_year(place) for place in places.values()}
    if len(years) > 1:
        faults.append(Fault("weather", "year", sorted(years), "one calendar year for all files"))
    if faults:
        raise BadInput(faults)
    return _dataset(places, years.pop())


def _year(place: PlaceWeather) -> int:
    """Return the calendar year that most hours lie in."""
    years = place.times.astype("datetime64[Y]").astype(int) + 1970
    return int(np.bincount(years).argmax())


def _dataset(places: Mapping[str, PlaceWeather], year: int) -> xr.Dataset:
    hours = np.arange(np.datetime64(f"{year}-01-01", "ns"), np.datetime64(f"{year + 1}-01-01", "ns"), _HOUR)
    if len(hours) > HOURS:
        hours = hours[(hours < np.datetime64(f"{year}-02-29")) | (hours >= np.datetime64(f"{year}-03-01"))]
    rows = {site: _hours(place, hours) for site, place in places.items()}
    names = ("dry_bulb_degc", "relative_humidity", "pressure_pa", "wet_bulb_degc")
    typical = all(place.is_typical for place in places.values())
    files = " + ".join(dict.fromkeys(place.path.name for place in places.values()))
    digest = hashlib.sha256(b"".join(place.path.read_bytes() for place in places.values())).hexdigest()
    return xr.Dataset(
        {name: (("site", "time"), np.stack([row[name] for row in rows.values()])) for name in names},
        coords={"site": list(rows), "time": hours},
        attrs={
            "kind": "weather file",
            "label": f"imported: {files} ({'typical year, laid on ' if typical else ''}{year})",
            "calendar_year": year,
            "year_is": "typical" if typical else "observed",
            "notes": "\n".join(f"{site}: {place.path.name}" for site, place in places.items()),
            "licences": "as the files'; not known here",
            "sha256": digest,
        },
    )


def _hours(place: PlaceWeather, hours: np.ndarray) -> dict[str, Array]:
    """Return the columns of a weather file at ``hours``, [8760]."""
    at = np.searchsorted(place.times, hours).clip(max=len(place.times) - 1)
    off = np.abs((place.times[at] - hours) / _HOUR)
    if off.max() > EDGE_H:
        first = hours[int(np.argmax(off > EDGE_H))].astype("datetime64[m]")
        raise BadInput(Fault(str(place.path), "hours", f"none near {first}", "every hour of the year"))
    dry = place.columns["dry_bulb_degc"][at]
    humid = np.clip(place.columns["relative_humidity"][at], 0.01, 1.0)
    stated = place.get("pressure_pa")
    high = np.full(len(hours), float(pressure_at_altitude_pa(place.elevation_m)))
    pressure = high if stated is None else stated[at]
    wet = wet_bulb_degc(dry, humidity_ratio(dry, humid, pressure), pressure, tolerance_k=1e-4)
    return {"dry_bulb_degc": dry, "relative_humidity": humid, "pressure_pa": pressure, "wet_bulb_degc": wet}


def places_by_zone(path: Path) -> dict[str, list[PlaceWeather]]:
    """Return the sites of a weather file as weather of their zones, for ``from_weather.capacity_factors``.

    Raises BadInput when it is none, has a site that is not in the library, or lacks wind or radiation.
    """
    found = open_weather_file(path)
    out: dict[str, list[PlaceWeather]] = {}
    faults: list[Fault] = []
    for name in map(str, found["site"].values):
        here = found.sel(site=name)
        columns = {
            ours: np.asarray(here[theirs].values, dtype=float)
            for ours, theirs in _THEIRS.items()
            if theirs in here and np.isfinite(here[theirs].values).all()
        }
        if "ghi_w_per_m2" not in columns or not {"wind_10m_m_per_s", "wind_100m_m_per_s"} & set(columns):
            faults.append(Fault(str(path), name, ", ".join(columns), "wind and radiation in every hour"))
            continue
        site = library.get("sites", name)
        times = found["time"].values.astype("datetime64[ns]")
        typical = found.attrs["year_is"] != "observed"
        place = PlaceWeather(path, site.lat, site.lon, site.elevation_m, times, columns, typical)
        out.setdefault(site.zone, []).append(place)
    if faults:
        raise BadInput(faults)
    return out
