"""PVGIS of the Joint Research Centre: a typical year of weather at any site of Europe."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import xarray as xr

from twin.errors import Fault
from twin.grids.marginals import HOURS
from twin.grids.sources.live.client import Client, base_url
from twin.grids.sources.live.hourly import year_hours
from twin.grids.sources.live.protocol import Chunk, Kind, Request, YearIs, series

_COLUMNS = {
    "T2m": ("dry_bulb_degc", 1.0),
    "RH": ("relative_humidity", 0.01),
    "SP": ("pressure_pa", 1.0),
    "WS10m": ("wind_speed_10m_m_per_s", 1.0),
    "G(h)": ("ghi_w_per_m2", 1.0),
}
_TIME = "time(UTC)"


class Pvgis:
    """The typical meteorological year, twelve months of different years; no key, any use."""

    name = "pvgis"
    title = "PVGIS typical year, European Commission, Joint Research Centre"
    licence = "free re-use with the source named (Commission decision 2011/833/EU)"
    kinds: tuple[Kind, ...] = ("weather",)
    places: frozenset[str] = frozenset()
    settle_days = -36525  # a typical year is never unfinished
    year_is: YearIs = "typical"
    pause_s = 0.1

    def __init__(self) -> None:
        """Take the base address from ``TWIN_PVGIS_URL`` or the public one."""
        self._base = base_url("TWIN_PVGIS_URL", "https://re.jrc.ec.europa.eu/api/v5_3")

    def faults(self, request: Request) -> list[Fault]:
        """Nothing is needed to ask."""
        return []

    def chunks(self, request: Request) -> list[Chunk]:
        """One chunk a site."""
        wanted = set(request.wants("weather", [site.name for site in request.sites]))
        start, end = (np.datetime64(f"{y}-01-01T00:00", "m") for y in (request.year, request.year + 1))
        fixed = (("outputformat", "json"), ("usehorizon", "1"))
        return [
            Chunk(
                self.name, "weather", site.name, start, end, f"{self._base}/tmy",
                (("lat", f"{site.lat:.4f}"), ("lon", f"{site.lon:.4f}"), *fixed),
            )
            for site in request.sites
            if site.name in wanted
        ]  # fmt: skip

    def fetch(self, chunk: Chunk, client: Client) -> xr.Dataset:
        """Return °C, share, Pa, m/s and W/m² by hour, laid on the days of the year asked for."""
        year = int(chunk.start.astype("datetime64[Y]").astype("int64")) + 1970
        return client.get(
            chunk.url, dict(chunk.params), lambda body: _read(body, year), pause_s=self.pause_s,
            nothing=lambda status, body: status == 400 and b"over the sea" in body,
        )  # fmt: skip


def _read(body: bytes, year: int) -> xr.Dataset:
    answer: Any = json.loads(body)
    rows = answer["outputs"]["tmy_hourly"]
    if len(rows) != HOURS:
        raise ValueError(f"{len(rows)} hours, not the {HOURS} of a typical year")
    hours = year_hours(year)
    stamps = [str(row[_TIME]) for row in rows]
    days = [str(day).replace("-", "")[4:] for day in hours.astype("datetime64[D]")]
    wrong = [s for i, s in enumerate(stamps) if s[4:8] != days[i] or s[9:11] != f"{i % 24:02d}"]
    if wrong:
        raise ValueError(f"{wrong[0]} is out of order ({len(wrong)} such)")
    columns = {
        ours: np.array([row[theirs] for row in rows], dtype=float) * factor
        for theirs, (ours, factor) in _COLUMNS.items()
    }
    return series(hours, columns)
