"""Open-Meteo: reanalysed hours of past years, and days of a climate model up to 2050."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from twin.errors import Fault
from twin.grids.sources.live.client import Client, base_url
from twin.grids.sources.live.days import hours_of_days
from twin.grids.sources.live.protocol import Chunk, Kind, Place, Request, YearIs, series

HOURLY = {
    "temperature_2m": ("dry_bulb_degc", "°C", 1.0),
    "relative_humidity_2m": ("relative_humidity", "%", 0.01),
    "surface_pressure": ("pressure_pa", "hPa", 100.0),
    "wind_speed_10m": ("wind_speed_10m_m_per_s", "m/s", 1.0),
    "wind_speed_100m": ("wind_speed_100m_m_per_s", "m/s", 1.0),
    "shortwave_radiation": ("ghi_w_per_m2", "W/m²", 1.0),
}
"""By their name: ours, the unit asked for, and the factor to ours."""
DAILY = {
    "temperature_2m_mean": "°C", "temperature_2m_min": "°C", "temperature_2m_max": "°C",
    "relative_humidity_2m_mean": "%", "pressure_msl_mean": "hPa",
}  # fmt: skip
CLIMATE_YEARS = (1950, 2050)
_LICENCE = "CC BY 4.0, Open-Meteo.com; free for non-commercial use"


class Archive:
    """The historical weather interface; no key. One call a site and year."""

    name = "open-meteo"
    title = "Open-Meteo historical weather (ERA5, ECMWF IFS)"
    licence = _LICENCE
    kinds: tuple[Kind, ...] = ("weather",)
    places: frozenset[str] = frozenset()
    settle_days = 7
    year_is: YearIs = "observed"
    pause_s = 3.0

    def __init__(self) -> None:
        """Take the base address from ``TWIN_OPEN_METEO_ARCHIVE_URL`` or the public one."""
        self._base = base_url("TWIN_OPEN_METEO_ARCHIVE_URL", "https://archive-api.open-meteo.com/v1")

    def faults(self, request: Request) -> list[Fault]:
        """Nothing is needed to ask."""
        return []

    def chunks(self, request: Request) -> list[Chunk]:
        """One chunk a site: all its hours of the year."""
        return site_chunks(
            self.name, request, f"{self._base}/archive",
            {"hourly": ",".join(HOURLY), "wind_speed_unit": "ms"},
        )  # fmt: skip

    def fetch(self, chunk: Chunk, client: Client) -> xr.Dataset:
        """Return °C, share, Pa, m/s and W/m² by hour; an answer in another time zone is brought to UTC."""
        return client.get(chunk.url, dict(chunk.params), _hours, pause_s=self.pause_s)


class Climate:
    """The climate interface (CMIP6, HighResMIP); no key. Days of one model, made into hours."""

    name = "open-meteo-climate"
    title = "Open-Meteo climate change (CMIP6 HighResMIP)"
    licence = _LICENCE
    kinds: tuple[Kind, ...] = ("weather",)
    places: frozenset[str] = frozenset()
    settle_days = -36525  # projections do not wait for their days
    year_is: YearIs = "projected"
    pause_s = 3.0

    def __init__(self) -> None:
        """Take address and model from ``TWIN_OPEN_METEO_CLIMATE_URL`` and ``TWIN_CLIMATE_MODEL``."""
        self._base = base_url("TWIN_OPEN_METEO_CLIMATE_URL", "https://climate-api.open-meteo.com/v1")
        self._model = os.environ.get("TWIN_CLIMATE_MODEL") or "MRI_AGCM3_2_S"

    def faults(self, request: Request) -> list[Fault]:
        """Return a fault for years that no model covers."""
        first, last = CLIMATE_YEARS
        if first <= request.year <= last:
            return []
        return [Fault("fetch", "--year", request.year, f"{first} to {last} for {self.name}")]

    def chunks(self, request: Request) -> list[Chunk]:
        """One chunk a site: all its days of the year."""
        return site_chunks(
            self.name, request, f"{self._base}/climate", {"models": self._model, "daily": ",".join(DAILY)}
        )

    def fetch(self, chunk: Chunk, client: Client) -> xr.Dataset:
        """Return °C, share and Pa by hour, with the daily mean, least and largest of the model."""
        lon = float(dict(chunk.params)["longitude"])
        return client.get(chunk.url, dict(chunk.params), lambda body: _days(body, lon), pause_s=self.pause_s)


def site_chunks(source: str, request: Request, url: str, query: Mapping[str, str]) -> list[Chunk]:
    """Return one chunk a wanted site over the whole year."""
    wanted = set(request.wants("weather", [site.name for site in request.sites]))
    start, end = (np.datetime64(f"{y}-01-01T00:00", "m") for y in (request.year, request.year + 1))

    def chunk(site: Place) -> Chunk:
        params = {
            "latitude": f"{site.lat:.4f}",
            "longitude": f"{site.lon:.4f}",
            "elevation": f"{site.elevation_m:.0f}",
            "start_date": f"{request.year}-01-01",
            "end_date": f"{request.year}-12-31",
            "timezone": "UTC",
            **query,
        }
        return Chunk(source, "weather", site.name, start, end, url, tuple(params.items()))

    return [chunk(site) for site in request.sites if site.name in wanted]


def _hours(body: bytes) -> xr.Dataset:
    answer: Any = json.loads(body)
    table, units = answer["hourly"], answer["hourly_units"]
    columns = {}
    for theirs, (ours, unit, factor) in HOURLY.items():
        if theirs not in table and ours.startswith(("wind", "ghi")):
            continue  # not every model behind the archive has wind at hub height
        _expect(units, theirs, unit)
        columns[ours] = np.array(table[theirs], dtype=float) * factor
    return series(_utc(answer, table["time"]), columns)


def _days(body: bytes, lon: float) -> xr.Dataset:
    answer: Any = json.loads(body)
    table, units = answer["daily"], answer["daily_units"]
    for name, unit in DAILY.items():
        _expect(units, name, unit)
    if answer.get("utc_offset_seconds", 0) != 0:
        raise ValueError(f"days of {answer.get('timezone')}, not of UTC")
    columns = {name: np.array(table[name], dtype=float) for name in DAILY}
    days = np.array(table["time"], dtype="datetime64[D]")
    return hours_of_days(days, columns, lon, float(answer["elevation"]))


def _expect(units: Mapping[str, str], name: str, unit: str) -> None:
    if units[name] != unit:
        raise ValueError(f"{name} in {units[name]}, not {unit}")


def _utc(answer: Mapping[str, Any], stamps: list[str]) -> np.ndarray:
    """Bring stamps to UTC: they are local at one fixed offset, summer time or not."""
    offset_s = int(answer["utc_offset_seconds"])
    if offset_s and answer.get("timezone") in ("UTC", "GMT"):
        raise ValueError(f"time zone {answer['timezone']} with an offset of {offset_s} s")
    times: np.ndarray = np.array(stamps, dtype="datetime64[s]") - np.timedelta64(offset_s, "s")
    return times
