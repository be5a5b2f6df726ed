"""Read the facts about sites that guide the weather fit."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from twin.errors import BadInput, Fault
from twin.grids.reference import Zone
from twin.grids.site_fit import Target

_COLUMNS = {
    "lat": "lat", "lon": "lon", "elevation_m": "elev_m",
    "mean_dry_bulb_degc": "mean_drybulb_c", "mean_wet_bulb_degc": "mean_wetbulb_c",
    "dry_bulb_hot_degc": "design_drybulb_0p4_c", "dry_bulb_cold_degc": "heating_drybulb_99p6_c",
    "wet_bulb_hot_degc": "design_wetbulb_0p4_c",
}  # fmt: skip


def weather_targets(path: Path, zones: Mapping[str, Zone]) -> list[Target]:
    """Return the weather targets of a site table (CSV). Raises BadInput listing every bad cell."""
    if not path.exists():
        raise BadInput(Fault(str(path), "file", "missing", "a CSV of sites with climate columns"))
    targets, faults = [], []
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            numbers = {}
            for key, column in _COLUMNS.items():
                try:
                    numbers[key] = float(row.get(column, ""))
                except ValueError:
                    faults.append(
                        Fault(str(path), f"{row.get('site_id')}.{column}", row.get(column), "a number")
                    )
            zone = zones.get(row["bidding_zone"])
            if zone is None:
                faults.append(
                    Fault(str(path), f"{row['site_id']}.bidding_zone", row["bidding_zone"], "a zone")
                )
            elif len(numbers) == len(_COLUMNS):
                targets.append(Target(row["site_id"], zone.weather_country, **numbers))
    if faults:
        raise BadInput(faults)
    return targets
