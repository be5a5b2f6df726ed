"""Energy-Charts of Fraunhofer ISE: prices by zone, generation and carbon by country; both answer shapes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import xarray as xr

from twin.errors import Fault
from twin.grids.sources.live.client import Client, SourceFault, base_url
from twin.grids.sources.live.fuels import as_mix
from twin.grids.sources.live.protocol import Chunk, Kind, Request, YearIs, series, spans

ZONES = {
    "FR": "FR", "DE_LU": "DE-LU", "AT": "AT", "CH": "CH", "BE": "BE", "NL": "NL", "SE_1": "SE1",
    "SE_2": "SE2", "SE_3": "SE3", "SE_4": "SE4", "NO_1": "NO1", "NO_2": "NO2", "NO_3": "NO3", "NO_4": "NO4",
    "NO_5": "NO5", "FI": "FI", "DK_1": "DK1", "DK_2": "DK2", "PT": "PT", "ES": "ES", "IT_NORD": "IT-North",
    "PL": "PL", "CZ": "CZ", "GR": "GR", "HU": "HU", "SI": "SI", "EE": "EE", "LT": "LT", "LV": "LV",
    "RO": "RO", "BG": "BG", "HR": "HR", "SK": "SK",
}  # fmt: skip
COUNTRIES = {
    "FR": "fr", "DE_LU": "de", "AT": "at", "CH": "ch", "BE": "be", "NL": "nl", "FI": "fi", "PT": "pt",
    "ES": "es", "PL": "pl", "CZ": "cz", "GR": "gr", "GB": "uk", "IE_SEM": "ie", "HU": "hu", "SI": "si",
    "EE": "ee", "LT": "lt", "LV": "lv", "RO": "ro", "BG": "bg", "HR": "hr", "SK": "sk",
}  # fmt: skip
"""Only countries that are one zone: the mix of all Sweden says nothing of SE_1."""
_PATHS: dict[Kind, str] = {"price": "price", "mix": "public_power", "carbon": "co2eq"}


class EnergyCharts:
    """The public API; no key. Calls are spaced by three seconds, as its throttle asks."""

    name = "energy-charts"
    title = "Energy-Charts, Fraunhofer ISE"
    licence = "not stated by the answer"
    kinds: tuple[Kind, ...] = ("price", "mix", "carbon")
    places = frozenset(ZONES) | frozenset(COUNTRIES)
    settle_days = 3
    year_is: YearIs = "observed"
    pause_s = 3.0

    def __init__(self) -> None:
        """Take the base address from ``TWIN_ENERGY_CHARTS_URL`` or the public one."""
        self._base = base_url("TWIN_ENERGY_CHARTS_URL", "https://api.energy-charts.info")

    def faults(self, request: Request) -> list[Fault]:
        """Nothing is needed to ask."""
        return []

    def chunks(self, request: Request) -> list[Chunk]:
        """Prices by year, carbon and generation by quarters; published carbon stands before ours."""
        found = []
        kinds: tuple[tuple[Kind, int], ...] = (("price", 12), ("carbon", 3), ("mix", 3))
        for kind, months in kinds:
            names = ZONES if kind == "price" else COUNTRIES
            for zone in request.wants(kind, [zone for zone in request.zones if zone in names]):
                for start, end in spans(request.year, months):
                    params = (
                        ("bzn" if kind == "price" else "country", names[zone]),
                        ("start", f"{start}Z"),
                        ("end", f"{end - np.timedelta64(1, 'm')}Z"),
                    )
                    url = f"{self._base}/{_PATHS[kind]}"
                    found.append(Chunk(self.name, kind, zone, start, end, url, params))
        return found

    def fetch(self, chunk: Chunk, client: Client) -> xr.Dataset:
        """Return EUR/MWh, MW by fuel or g/kWh; ``co2eq`` first and ``co2eq_forecast`` where it is null."""

        def read(body: bytes) -> xr.Dataset:
            return _read(chunk.kind, json.loads(body))

        def call(url: str) -> xr.Dataset:
            return client.get(url, dict(chunk.params), read, pause_s=self.pause_s, nothing=_nothing)

        try:
            return call(chunk.url)
        except SourceFault as fault:
            # the first version of the interface is announced to end; its successor answers beside it
            if not str(fault).startswith("HTTP 410"):
                raise
            return call(f"{self._base}/v2/{_PATHS[chunk.kind]}")


def _nothing(status: int, body: bytes) -> bool:
    return status == 404


def _read(kind: Kind, answer: Any) -> xr.Dataset:
    if not isinstance(answer, dict):
        raise ValueError(f"a JSON object was expected, not {type(answer).__name__}")
    if "data" in answer:
        times, columns = _second(answer["data"])
    else:
        times, columns = _first(answer)
    licence = str(answer.get("license_info") or answer.get("license") or "")
    unit = str(answer.get("unit", "EUR / MWh")).replace(" ", "")
    if kind == "price":
        if unit != "EUR/MWh":
            raise ValueError(f"prices in {unit}, not EUR/MWh")
        cells = columns["price"] if "price" in columns else columns["day_ahead_price"]
        return series(times, {"price_eur_per_mwh": cells}, licence)
    if kind == "carbon":
        return series(times, {"carbon_g_per_kwh": _merged(columns)}, licence)
    return as_mix(times, columns, licence)


def _merged(columns: Mapping[str, np.ndarray]) -> np.ndarray:
    measured = columns["co2eq"]
    forecast = columns.get("co2eq_forecast", np.full(len(measured), np.nan))
    if len(forecast) != len(measured):
        raise ValueError(f"{len(measured)} values of co2eq but {len(forecast)} of co2eq_forecast")
    return np.where(np.isfinite(measured), measured, forecast)


def _first(answer: Mapping[str, Any]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Read arrays beside ``unix_seconds``, or a list of production types."""
    times = np.array(answer["unix_seconds"], dtype="datetime64[s]")
    listed: Iterator[tuple[str, Any]] = (
        ((row["name"], row["data"]) for row in answer["production_types"])
        if "production_types" in answer
        else ((name, cells) for name, cells in answer.items() if isinstance(cells, list))
    )
    return times, {name: np.array(cells, dtype=float) for name, cells in listed if name != "unix_seconds"}


def _second(rows: list[Mapping[str, Any]]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Read rows of an ISO time with offset and named values."""
    names = {name: None for row in rows for name in row["values"]}
    times = np.array([_utc(row["timestamp"]) for row in rows], dtype="datetime64[s]")
    return times, {name: np.array([row["values"].get(name) for row in rows], dtype=float) for name in names}


def _utc(text: str) -> np.datetime64:
    stamp = datetime.fromisoformat(text)
    if stamp.tzinfo is None:
        raise ValueError(f"the time {text} has no offset")
    return np.datetime64(stamp.astimezone(UTC).replace(tzinfo=None), "s")
