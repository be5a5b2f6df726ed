"""Outlines of bidding zones: from the entsoe-py package where it is installed, else of countries."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twin.grids.reference import load
from twin.library import data_dir

Ring = NDArray[np.float64]
"""Longitude and latitude in degrees, [point, 2]."""
Shapes = dict[str, list[Ring]]
COUNTRIES = {
    "FR": "France", "DE_LU": "Germany", "AT": "Austria", "CH": "Switzerland", "BE": "Belgium", "NL":
    "Netherlands",
    "IE_SEM": "Ireland", "GB": "United Kingdom", "FI": "Finland", "PT": "Portugal", "ES": "Spain", "PL":
    "Poland",
    "CZ": "Czechia", "GR": "Greece", "HU": "Hungary", "SK": "Slovakia", "SI": "Slovenia", "HR": "Croatia",
    "RO": "Romania", "BG": "Bulgaria", "EE": "Estonia", "LV": "Latvia", "LT": "Lithuania", "RS": "Serbia",
    "SE": "Sweden", "NO": "Norway", "DK": "Denmark", "IT": "Italy",
}  # fmt: skip
"""Names in data/geometry of zones that are countries, and of countries that several zones make up."""
FINE_DEG = 0.03
"""Points closer than this to the last one kept are left out: less than a pixel of the map."""


def zone_shapes(zones: Iterable[str]) -> Shapes:
    """Return the outlines of ``zones``; a zone without one is left out.

    Polygons of entsoe-py (MIT licence) where it is installed; else, and for zones it lacks, Natural Earth
    countries.
    """
    countries = _countries()
    out: Shapes = {}
    for zone in sorted(zones):
        rings = _entsoe(zone) or countries.get(COUNTRIES.get(zone, ""), [])
        if rings:
            out[zone] = rings
    return out


def _countries() -> dict[str, list[Ring]]:
    outlines = json.loads((data_dir() / "geometry" / "europe.json").read_text(encoding="utf-8"))
    return {
        row["name"]: [np.asarray(ring, dtype=float) for ring in row["rings"]] for row in outlines["countries"]
    }


def _entsoe(zone: str) -> list[Ring]:
    spec = find_spec("entsoe")
    if spec is None or not spec.submodule_search_locations:
        return []
    path = Path(spec.submodule_search_locations[0]) / "geo" / "geojson" / f"{zone}.geojson"
    if not path.is_file():
        return []
    rings: list[Ring] = []
    for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
        shape = feature["geometry"]
        parts = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        rings += [thinned(np.asarray(part[0], dtype=float)[:, :2]) for part in parts]
    return [ring for ring in rings if len(ring) > 3] or rings


def thinned(ring: Ring, fine_deg: float = FINE_DEG) -> Ring:
    """Return a ring without points closer than ``fine_deg`` to the last one kept, [point, 2]."""
    kept = [0]
    for i in range(1, len(ring)):
        if np.abs(ring[i] - ring[kept[-1]]).max() >= fine_deg:
            kept.append(i)
    return ring[kept]


def label_place(zone: str, rings: list[Ring]) -> tuple[float, float]:
    """Return longitude and latitude of a zone's label: as the zone table has it, else in its largest ring."""
    known = load().zones.get(zone)
    if known is not None:
        return known.lon, known.lat
    largest = max(rings, key=lambda ring: float(np.ptp(ring[:, 0]) * np.ptp(ring[:, 1])))
    return float(largest[:, 0].mean()), float(largest[:, 1].mean())
