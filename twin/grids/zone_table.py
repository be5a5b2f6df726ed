"""The table of bidding zones, kept by hand: which series stand for each and which levels it must meet."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twin.errors import BadInput, Fault
from twin.reading import readable

_TEXT = {
    "zone": "name", "weather_country": "weather_country", "wind_country": "wind_country",
    "pv_country": "pv_country", "price_confidence": "price_confidence", "price_series": "price_series",
    "carbon_series": "carbon_series", "ember_country": "ember_country", "note": "note",
}  # fmt: skip
"""Field of each column of text in the zone table."""
_EMPTY = ("price_series", "note")
"""Columns that may be empty."""
_NUMBER = {
    "wind_local_share": ("wind_local_share", 0.0, 1.0), "pv_local_share": ("pv_local_share", 0.0, 1.0),
    "lat": ("lat", -90.0, 90.0), "lon": ("lon", -180.0, 180.0),
    "price_2025_eur_per_mwh": ("price_eur_per_mwh", 0.1, 1000.0),
    "carbon_2024_g_per_kwh": ("carbon_g_per_kwh", 0.0, 1500.0), "cfe_share_2024": ("cfe_share", 0.0, 1.0),
    "wind_cf": ("wind_cf", 0.0, 1.0), "pv_cf": ("pv_cf", 0.0, 1.0),
}  # fmt: skip
"""Field of each column of numbers, and its bounds."""


@dataclass(frozen=True)
class Zone:
    """One bidding zone: which series stand for it and which levels it must meet."""

    name: str
    weather_country: str
    wind_country: str
    pv_country: str
    wind_local_share: float
    pv_local_share: float
    lat: float
    lon: float
    price_eur_per_mwh: float
    price_confidence: str
    carbon_g_per_kwh: float
    cfe_share: float
    wind_cf: float
    pv_cf: float
    price_series: str
    carbon_series: str
    ember_country: str
    note: str

    @property
    def price_proxied(self) -> bool:
        """Whether the hourly price shape is borrowed from neighbours."""
        return not self.price_series


def number_in(cell: str | None) -> float:
    """Return the number that a cell of a table holds, NaN where it holds none."""
    try:
        return float(cell or "nan")
    except ValueError:
        return float("nan")


def read_zones(path: Path) -> dict[str, Zone]:
    """Read the zone table, a CSV with one row per bidding zone. Raises BadInput listing every bad cell."""
    with readable(path, "a CSV of bidding zones"), path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    absent = [name for name in (*_TEXT, *_NUMBER) if not rows or name not in rows[0]]
    if absent:
        raise BadInput([Fault(str(path), name, "missing", "a column of the zone table") for name in absent])
    faults = [fault for row in rows for fault in _cell_faults(path, row)]
    faults += [
        Fault(str(path), "zone", name, "each zone once")
        for name, times in Counter(row["zone"] for row in rows).items()
        if times > 1
    ]
    if faults:
        raise BadInput(faults)
    return {row["zone"]: _zone(row) for row in rows}


def _zone(row: Mapping[str, str]) -> Zone:
    fields: dict[str, Any] = {field: row[column] for column, field in _TEXT.items()}
    fields |= {field: float(row[column]) for column, (field, *_) in _NUMBER.items()}
    return Zone(**fields)


def _cell_faults(path: Path, row: Mapping[str, str | None]) -> list[Fault]:
    faults = [
        Fault(str(path), f"{row['zone']}.{column}", row[column], f"a number of {low:g} to {high:g}")
        for column, (_, low, high) in _NUMBER.items()
        if not low <= number_in(row[column]) <= high
    ]
    return faults + [
        Fault(str(path), f"{row['zone']}.{column}", row[column], "text")
        for column in _TEXT
        if row[column] is None or not (row[column] or column in _EMPTY)
    ]
