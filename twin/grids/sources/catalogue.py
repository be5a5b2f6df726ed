"""Read the facts about sites that guide the weather fit."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from twin.errors import BadInput, Fault
from twin.grids.site_fit import Target
from twin.grids.zone_table import Zone, number_in
from twin.reading import readable

_COLUMNS = {
    "lat": "lat", "lon": "lon", "elevation_m": "elev_m",
    "mean_dry_bulb_degc": "mean_drybulb_c", "mean_wet_bulb_degc": "mean_wetbulb_c",
    "dry_bulb_hot_degc": "design_drybulb_0p4_c", "dry_bulb_cold_degc": "heating_drybulb_99p6_c",
    "wet_bulb_hot_degc": "design_wetbulb_0p4_c",
}  # fmt: skip

_BOUNDS = {"lat": (-90.0, 90.0, ""), "lon": (-180.0, 180.0, ""), "elevation_m": (-500.0, 5000.0, "m")}
"""By key; every other column is a temperature."""


def weather_targets(path: Path, zones: Mapping[str, Zone]) -> list[Target]:
    """Return the weather targets of a site table (CSV). Raises BadInput listing every bad cell."""
    if not path.is_file():
        raise BadInput(Fault(str(path), "file", "missing", "a CSV of sites with climate columns"))
    with (
        readable(path, "a CSV of sites with climate columns"),
        path.open(encoding="utf-8", newline="") as stream,
    ):
        rows = list(csv.DictReader(stream))
    needed = ("site_id", "bidding_zone", *_COLUMNS.values())
    absent = [name for name in needed if not rows or name not in rows[0]]
    if absent:
        raise BadInput([Fault(str(path), name, "missing", "a column of the site table") for name in absent])
    faults = [fault for row in rows for fault in _cell_faults(path, row, zones)]
    if faults:
        raise BadInput(faults)
    return [
        Target(
            row["site_id"],
            zones[row["bidding_zone"]].weather_country,
            **{key: float(row[column]) for key, column in _COLUMNS.items()},
        )
        for row in rows
    ]


def _cell_faults(path: Path, row: Mapping[str, str], zones: Mapping[str, Zone]) -> list[Fault]:
    faults = []
    for key, column in _COLUMNS.items():
        low, high, expected = _BOUNDS.get(key, (-60.0, 60.0, "degC"))
        if not low <= number_in(row[column]) <= high:
            expected = f"a number of {low:g} to {high:g} {expected}".strip()
            faults.append(Fault(str(path), f"{row['site_id']}.{column}", row[column], expected))
    if row["bidding_zone"] not in zones:
        faults.append(Fault(str(path), f"{row['site_id']}.bidding_zone", row["bidding_zone"], "a zone"))
    return faults
