"""SMARD of the Bundesnetzagentur: weekly files of prices of 14 zones and of generation in two."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import xarray as xr

from twin.errors import Fault
from twin.grids.sources.live.client import Client, NoData, base_url
from twin.grids.sources.live.fuels import as_mix
from twin.grids.sources.live.protocol import Chunk, Kind, Request, YearIs, series

PRICES = {
    "DE_LU": 4169, "AT": 4170, "BE": 4996, "NO_2": 4997, "DK_1": 252, "DK_2": 253, "FR": 254, "IT_NORD": 255,
    "NL": 256, "PL": 257, "CH": 259, "SI": 260, "CZ": 261, "HU": 262,
}  # fmt: skip
"""Filter of the day-ahead price; files of every zone lie under the region DE."""
GENERATION = {
    "Nuclear": 1224, "Fossil brown coal / lignite": 1223, "Fossil hard coal": 4069, "Fossil gas": 4071,
    "Others": 1227, "Other renewables": 1228, "Biomass": 4066, "Hydro": 1226, "Wind offshore": 1225,
    "Wind onshore": 4067, "Solar": 4068,
}  # fmt: skip
"""Filter of each kind of generation; pumped storage (4070) gives back what others made."""
REGIONS = {"DE_LU": "DE", "AT": "AT"}
_BERLIN = ZoneInfo("Europe/Berlin")


class Smard:
    """The chart files behind the site; no key, CC BY 4.0. Each file is a local week, Monday to Sunday."""

    name = "smard"
    title = "Bundesnetzagentur | SMARD.de"
    licence = "CC BY 4.0, Bundesnetzagentur | SMARD.de"
    kinds: tuple[Kind, ...] = ("price", "mix")
    places = frozenset(PRICES)
    settle_days = 3
    year_is: YearIs = "observed"
    pause_s = 0.2

    def __init__(self) -> None:
        """Take the base address from ``TWIN_SMARD_URL`` or the public one."""
        self._base = base_url("TWIN_SMARD_URL", "https://www.smard.de/app/chart_data")

    def faults(self, request: Request) -> list[Fault]:
        """Nothing is needed to ask."""
        return []

    def chunks(self, request: Request) -> list[Chunk]:
        """One chunk a week and zone; a week of 167, 168 or 169 hours, cut at the ends of the year."""
        wants: list[tuple[Kind, str]] = [
            *(("price", zone) for zone in request.wants("price", [z for z in request.zones if z in PRICES])),
            *(("mix", zone) for zone in request.wants("mix", [z for z in request.zones if z in REGIONS])),
        ]
        return [
            Chunk(self.name, kind, zone, start, end, self._base, (("week", f"{stamp_ms}"),))
            for kind, zone in wants
            for start, end, stamp_ms in weeks(request.year)
        ]

    def fetch(self, chunk: Chunk, client: Client) -> xr.Dataset:
        """Return hourly EUR/MWh, or MW by fuel (MWh in the hour)."""
        stamp = dict(chunk.params)["week"]

        def call(number: int, region: str) -> tuple[np.ndarray, np.ndarray]:
            url = f"{chunk.url}/{number}/{region}/{number}_{region}_hour_{stamp}.json"
            return client.get(
                url, {}, _read, pause_s=self.pause_s, nothing=lambda status, body: status == 404
            )

        if chunk.kind == "price":
            times, cells = call(PRICES[chunk.place], "DE")
            return series(times, {"price_eur_per_mwh": cells})
        found: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for fuel, number in GENERATION.items():
            try:
                found[fuel] = call(number, REGIONS[chunk.place])
            except NoData:
                continue
        if not found:
            raise NoData
        times = np.unique(np.concatenate([stamps for stamps, _ in found.values()]))
        return as_mix(times, {fuel: _on(times, *column) for fuel, column in found.items()})


def weeks(year: int) -> list[tuple[np.datetime64, np.datetime64, int]]:
    """Return the local weeks that touch a UTC year: first instant, first after, epoch ms of the file."""
    monday = date(year, 1, 1) - timedelta(days=date(year, 1, 1).weekday())
    first, last = np.datetime64(f"{year}-01-01T00:00", "m"), np.datetime64(f"{year + 1}-01-01T00:00", "m")
    found = []
    while (start := _midnight(monday)) < last:
        monday += timedelta(days=7)
        end = _midnight(monday)
        if end > first:
            stamp_ms = int(start.astype("datetime64[ms]").astype("int64"))
            found.append((max(start, first), min(end, last), stamp_ms))
    return found


def _midnight(day: date) -> np.datetime64:
    local = datetime(day.year, day.month, day.day, tzinfo=_BERLIN)
    return np.datetime64(local.astimezone(UTC).replace(tzinfo=None), "m")


def _read(body: bytes) -> tuple[np.ndarray, np.ndarray]:
    answer: Any = json.loads(body)
    rows = answer["series"]
    times = np.array([row[0] for row in rows], dtype="int64").astype("datetime64[ms]")
    return times, np.array([row[1] for row in rows], dtype=float)


def _on(times: np.ndarray, stamps: np.ndarray, cells: np.ndarray) -> np.ndarray:
    out = np.full(len(times), np.nan)
    out[np.searchsorted(times, stamps)] = cells
    return out
