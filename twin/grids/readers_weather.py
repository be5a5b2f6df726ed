"""Weather of one place from files people have: EPW, PVGIS typical years, Open-Meteo archive answers."""

from __future__ import annotations

import gzip
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.errors import BadInput, Fault
from twin.grids.marginals import Array
from twin.packed import refuse_bomb
from twin.reading import readable

NEEDED = "temperature and wind speed, with radiation or cloud cover for PV"
_OPEN_METEO = {
    "temperature_2m": "dry_bulb_degc", "relative_humidity_2m": "relative_humidity", "surface_pressure":
    "pressure_pa",
    "wind_speed_10m": "wind_10m_m_per_s", "windspeed_10m": "wind_10m_m_per_s", "wind_speed_100m":
    "wind_100m_m_per_s",
    "windspeed_100m": "wind_100m_m_per_s", "shortwave_radiation": "ghi_w_per_m2",
    "direct_normal_irradiance": "dni_w_per_m2", "diffuse_radiation": "dhi_w_per_m2", "cloud_cover":
    "cloud_share",
    "cloudcover": "cloud_share",
}  # fmt: skip
_TO_OURS = {
    "km/h": 1 / 3.6,
    "m/s": 1.0,
    "mph": 0.44704,
    "kn": 0.514444,
    "%": 0.01,
    "hPa": 100.0,
    "W/m²": 1.0,
    "°C": 1.0,
}
"""Factor by the unit that Open-Meteo states."""
_SPANS = {
    "dry_bulb_degc": (-60.0, 55.0, "°C"), "wind_10m_m_per_s": (0.0, 60.0, "m/s"), "wind_100m_m_per_s": (0.0,
    75.0, "m/s"),
    "ghi_w_per_m2": (-5.0, 1500.0, "W/m2"), "dni_w_per_m2": (-5.0, 1500.0, "W/m2"), "dhi_w_per_m2": (-5.0,
    1500.0, "W/m2"),
    "pressure_pa": (50000.0, 110000.0, "Pa"), "relative_humidity": (0.0, 1.1, "a share"), "cloud_share":
    (0.0, 1.0, "a share"),
}  # fmt: skip


@dataclass(frozen=True)
class PlaceWeather:
    """Hours of one place; rows are UTC and name the start of the hour."""

    path: Path
    lat: float
    lon: float
    elevation_m: float
    times: NDArray[np.datetime64]
    """[row], naive UTC; typical years are laid on one common calendar year."""
    columns: dict[str, Array]
    """By name with unit, [row]: those of ``_SPANS`` that the file has."""
    is_typical: bool
    """Whether months of several years were put together: then the hours belong to no calendar year."""

    def get(self, name: str) -> Array | None:
        """Return a column, None where the file lacks it."""
        return self.columns.get(name)


def read_weather(path: Path, year: int | None = None) -> PlaceWeather:
    """Read one weather file, plain or gzipped. ``year`` is laid under a typical year (default 2023).

    Raises BadInput for a missing file or one of another form, for gaps, and for values outside physical
    spans (which is how wrong units show).
    """
    if not path.is_file():
        raise BadInput(Fault(str(path), "file", "missing", "a weather file: EPW, PVGIS or Open-Meteo JSON"))
    refuse_bomb(path)
    raw = path.read_bytes()
    with readable(path, "EPW, PVGIS JSON or Open-Meteo JSON"):
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("latin-1")
        found = _parsed(path, text, year)
    faults = _faults(found)
    if faults:
        raise BadInput(faults)
    return found


def _parsed(path: Path, text: str, year: int | None) -> PlaceWeather:
    if text.startswith("LOCATION"):
        return _epw(path, text, year or 2023)
    answer = json.loads(text)
    if "tmy_hourly" in answer.get("outputs", {}):
        return _pvgis(path, answer, year or 2023)
    return _open_meteo(path, answer)


def _epw(path: Path, text: str, year: int) -> PlaceWeather:
    from twin.grids.from_weather import pvlib

    frame, place = pvlib().iotools.read_epw(io.StringIO(text), coerce_year=year)
    utc = frame.index.tz_convert("UTC").tz_localize(None)
    columns = {
        "dry_bulb_degc": frame["temp_air"], "relative_humidity": frame["relative_humidity"] / 100,
        "pressure_pa": frame["atmospheric_pressure"].where(frame["atmospheric_pressure"] < 999999),
        "wind_10m_m_per_s": frame["wind_speed"].where(frame["wind_speed"] < 999),
        "ghi_w_per_m2": frame["ghi"], "dni_w_per_m2": frame["dni"], "dhi_w_per_m2": frame["dhi"],
    }  # fmt: skip
    for name in ("ghi_w_per_m2", "dni_w_per_m2", "dhi_w_per_m2"):
        columns[name] = columns[name].where(columns[name] < 9999)  # EPW writes 9999 for missing
    return _laid(path, place["latitude"], place["longitude"], place["altitude"], utc, columns, year)


def _pvgis(path: Path, answer: dict[str, Any], year: int) -> PlaceWeather:
    place = answer["inputs"]["location"]
    frame = pd.DataFrame(answer["outputs"]["tmy_hourly"])
    stamps = pd.to_datetime(frame["time(UTC)"], format="%Y%m%d:%H%M").dt.floor("h")
    utc = pd.DatetimeIndex([stamp.replace(year=year) for stamp in stamps])
    columns = {
        "dry_bulb_degc": frame["T2m"], "relative_humidity": frame["RH"] / 100, "pressure_pa": frame["SP"],
        "wind_10m_m_per_s": frame["WS10m"], "ghi_w_per_m2": frame["G(h)"], "dni_w_per_m2": frame["Gb(n)"],
        "dhi_w_per_m2": frame["Gd(h)"],
    }  # fmt: skip
    return _laid(path, place["latitude"], place["longitude"], place["elevation"], utc, columns, year)


def _laid(path: Path, lat: float, lon: float, elevation_m: float, utc: pd.DatetimeIndex,
          columns: dict[str, Any], year: int) -> PlaceWeather:  # fmt: skip
    """Lay a typical year on one calendar year: hours that UTC moves over its end come back at its start."""
    inside = pd.DatetimeIndex([stamp.replace(year=year) for stamp in utc])
    order = np.argsort(inside.to_numpy(), kind="stable")
    kept = {
        name: np.asarray(cells, dtype=float)[order]
        for name, cells in columns.items()
        if np.isfinite(np.asarray(cells, dtype=float)).any()
    }
    times = inside.to_numpy(dtype="datetime64[ns]")[order]
    return PlaceWeather(path, float(lat), float(lon), float(elevation_m), times, kept, True)


def _open_meteo(path: Path, answer: dict[str, Any]) -> PlaceWeather:
    """Read an archive answer. Its local stamps keep one offset all year; radiation is of the hour before."""
    hourly, units = answer["hourly"], answer["hourly_units"]
    local = pd.to_datetime(pd.Series(hourly["time"])).to_numpy(dtype="datetime64[ns]")
    times = local - np.timedelta64(int(answer["utc_offset_seconds"]), "s")
    columns: dict[str, Array] = {}
    for name, ours in _OPEN_METEO.items():
        if name not in hourly:
            continue
        if units[name] not in _TO_OURS:
            raise BadInput(Fault(str(path), f"{name} unit", units[name], f"one of {', '.join(_TO_OURS)}"))
        cells = (
            np.array([np.nan if x is None else x for x in hourly[name]], dtype=float) * _TO_OURS[units[name]]
        )
        columns[ours] = np.append(cells[1:], cells[-1]) if ours.endswith("_w_per_m2") else cells
    return PlaceWeather(
        path,
        float(answer["latitude"]),
        float(answer["longitude"]),
        float(answer["elevation"]),
        times,
        columns,
        False,
    )


def _faults(found: PlaceWeather) -> list[Fault]:
    where, out = str(found.path), []
    if len(found.times) < 8760:
        out.append(Fault(where, "rows", len(found.times), "every hour of a year"))
    steps = np.diff(found.times)
    if (bad := np.flatnonzero(steps != np.timedelta64(1, "h"))).size:
        text = f"{found.times[bad[0]].astype('datetime64[m]')} ({len(bad)} jumps)"
        out.append(Fault(where, "time", text, "every hour once"))
    if "wind_10m_m_per_s" not in found.columns and "wind_100m_m_per_s" not in found.columns:
        out.append(Fault(where, "columns", ", ".join(found.columns), NEEDED))
    for name, cells in found.columns.items():
        if len(cells) != len(found.times):
            out.append(
                Fault(where, name, f"{len(cells)} values", f"one for each of {len(found.times)} hours")
            )
            continue
        low, high, unit = _SPANS[name]
        missing = ~np.isfinite(cells)
        if missing.any():
            first = found.times[np.argmax(missing)].astype("datetime64[m]")
            out.append(
                Fault(
                    where,
                    name,
                    f"missing from {first} ({int(missing.sum())} hours)",
                    "a number in every hour",
                )
            )
        if "wind" in name and np.ptp(cells[~missing] if missing.any() else cells) == 0:
            out.append(Fault(where, name, f"{cells[0]:g} in every hour", "wind that was recorded"))
        outside = np.flatnonzero((cells < low) | (cells > high))
        if len(outside):
            first = found.times[outside[0]].astype("datetime64[m]")
            text = f"{cells[outside[0]]:.4g} at {first} ({len(outside)} such)"
            out.append(Fault(where, name, text, f"{low:g} to {high:g} {unit}"))
    return out
