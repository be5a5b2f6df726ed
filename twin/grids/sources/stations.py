"""Read typical-year station files (EPW, Modelica TMY3) as temperature, humidity and sunshine."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from twin.errors import BadInput, Fault
from twin.grids.marginals import HOURS, Array
from twin.grids.sources.series import TEMPERATURE, Bounds, hour_faults
from twin.physics.psychrometrics import dew_point_degc, saturation_pressure_pa
from twin.reading import readable

COLUMNS: tuple[tuple[str, Bounds], ...] = (
    ("dry bulb", TEMPERATURE),
    ("relative humidity", (0.0, 120.0, "%")),
    ("global radiation", (0.0, 99999.0, "Wh/m2, 9999 where unknown")),
)
PLACE = np.array([90.0, 180.0, 14.0, 5000.0])
"""Largest latitude, longitude, hours ahead of UTC and elevation, either sign."""


@dataclass(frozen=True)
class Station:
    """A typical year at one place; hours are UTC, start of the hour, common year."""

    name: str
    lat: float
    lon: float
    elevation_m: float
    dry_bulb_degc: Array
    dew_point_degc: Array
    """From the relative humidity of the file."""
    radiation_wh_per_m2: Array
    """Global horizontal; all NaN where the file has none."""


def read_station(path: Path) -> Station:
    """Read one ``.epw`` or ``.mos`` file, plain or gzipped. Raises BadInput on a short or odd file."""
    opener = gzip.open if path.suffix == ".gz" else open
    with readable(path, "a LOCATION line and hourly rows"), opener(path, "rt", encoding="latin-1") as stream:
        lines = stream.read().splitlines()
    modelica = ".mos" in path.name
    name, (lat, lon, zone_h, elevation_m) = _location(path, lines)
    rows = [_numbers(line, modelica) for line in lines if line[:1].isdigit()]
    rows = [row for row in rows if len(row) > 4]
    if len(rows) < HOURS:
        raise BadInput(Fault(str(path), "rows", len(rows), "8760 hourly rows"))
    table = np.array(rows[:HOURS])
    faults = [
        each for i, (what, most) in enumerate(COLUMNS) for each in hour_faults(path, what, table[:, i], most)
    ]
    if faults:
        raise BadInput(faults)
    shift = -round(zone_h) - modelica  # Modelica files repeat the first hour at time zero
    dry, humid, sun = (np.roll(table[:, i], shift + _sun_shift(table[:, 2], shift, lon)) for i in range(3))
    sun = np.where(sun >= 9999, np.nan, sun)
    vapour = np.clip(humid / 100, 0.03, 1.0) * saturation_pressure_pa(dry)
    dew = np.minimum(dew_point_degc(vapour, 1e-6), dry)
    return Station(name, lat, lon, elevation_m, dry, dew, sun)


def _location(path: Path, lines: list[str]) -> tuple[str, Array]:
    """Return the name of a station and its latitude, longitude, hours ahead of UTC and elevation."""
    location = next((line.lstrip("#") for line in lines if line.lstrip("#").startswith("LOCATION")), "")
    head = location.split(",")
    try:
        found = np.array([float(head[i]) for i in range(6, 10)])
    except (ValueError, IndexError):
        found = np.full(4, np.nan)
    if not (np.abs(found) <= PLACE).all():
        expected = "LOCATION,name,…,latitude,longitude,hours ahead of UTC,elevation in m"
        raise BadInput(Fault(str(path), "LOCATION", location or "missing", expected))
    return head[1].strip(), found


def _sun_shift(radiation: Array, shift: int, lon: float) -> int:
    """Return the hours by which the sun of a file, moved by ``shift``, is still early.

    Stamps of such files are not to be trusted (standard or universal time, start or end of the hour);
    over a year the centre of radiation lies at solar noon.
    """
    if (radiation >= 9999).any() or radiation.sum() <= 0:
        return 0
    hour = (np.arange(HOURS) + 0.5 + shift) % 24
    centre = float(np.average(hour, weights=radiation))
    late = round(12.0 - lon / 15.0 - centre)
    return late if abs(late) <= 3 else 0


def _numbers(line: str, modelica: bool) -> list[float]:
    """Return dry bulb, relative humidity, global radiation of a data row (plus padding), else []."""
    cells = line.split() if modelica else line.split(",")
    at = (1, 3, 8) if modelica else (6, 8, 13)
    try:
        return [*(float(cells[i]) for i in at), 0.0, 0.0]
    except (ValueError, IndexError):
        return []


def read_stations(folder: Path) -> list[Station]:
    """Read every station file of a folder, sorted by file name. Raises BadInput if there is none."""
    paths = sorted(path for path in folder.glob("*") if ".epw" in path.name or ".mos" in path.name)
    if not paths:
        raise BadInput(Fault(str(folder), "*.epw, *.mos", "missing", "typical-year station files"))
    return [read_station(path) for path in paths]
