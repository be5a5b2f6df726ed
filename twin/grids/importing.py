"""Import real hourly files: every fault found and told at once, one calendar year, zones by one name."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from twin.errors import BadInput, Fault, nearest
from twin.grids.hours import Clean, Rules, clean_year
from twin.grids.marginals import Array
from twin.grids.reference import load
from twin.grids.sources.tables import HourlyTable, read_table

VARIABLES = {
    "price": "price_eur_per_mwh",
    "carbon": "carbon_g_per_kwh",
    "cfe": "cfe_share",
    "wind": "wind_cf",
    "pv": "pv_cf",
}
"""What a file can hold, by the word before the colon in ``price:FILE``."""
_WORDS = {
    "price": ("price", "day-ahead", "day_ahead"),
    "carbon": ("carbon", "ci_", "co2", "intensity"),
    "pv": ("pv", "solar"),
    "wind": ("wind",),
}


@dataclass(frozen=True)
class Part:
    """One file after cleaning."""

    kind: str
    path: Path
    clean: Clean
    ignored: tuple[str, ...]


def import_files(files: Sequence[str | Path], rules: Rules | None = None) -> xr.Dataset:
    """Return real hours as one Dataset, [zone, time] over one calendar year without 29 February.

    Each of ``files`` is a path, or ``kind:path`` with kind price, carbon, cfe, wind or pv where the name
    does not tell. Variables are NaN for zones a file lacks. Raises one BadInput with every fault of every
    file: NaN, gaps, repeated hours, local time, wrong units, a short year, different years.
    """
    rules = rules or Rules()
    parts: list[Part] = []
    faults: list[Fault] = []
    for item in files:
        try:
            parts.append(_part(str(item), rules))
        except BadInput as error:
            faults += error.faults
    years = {part.clean.year for part in parts}
    if len(years) > 1:
        faults += [
            Fault(str(part.path), "year", part.clean.year, "one calendar year for all files",
                  "prices of one year with weather of another are not a world; leave the others out, "
                  "they are then drawn to fit the prices")
            for part in parts
        ]  # fmt: skip
    if faults or not parts:
        raise BadInput(faults or [Fault("import", "files", "none", "at least one hourly file")])
    return _assemble(parts)


def import_prices(paths: Sequence[Path], rules: Rules | None = None) -> xr.Dataset:
    """Return hourly day-ahead prices of the files as one Dataset; see ``import_files``."""
    return import_files([f"price:{path}" for path in paths], rules)


def import_command(files: Sequence[str | Path], out: Path, rules: Rules | None = None) -> xr.Dataset:
    """Import ``files``, write the grid file ``out`` (NetCDF) whole or not at all, and return it."""
    dataset = import_files(files, rules)
    out.parent.mkdir(parents=True, exist_ok=True)
    aside = out.with_name(f".{out.name}.part")
    packing = {str(name): {"dtype": "float32", "zlib": True} for name in dataset.data_vars}
    dataset.to_netcdf(aside, engine="h5netcdf", encoding=packing)
    os.replace(aside, out)
    return dataset


def _part(item: str, rules: Rules) -> Part:
    head, _, tail = item.partition(":")
    kind, path = (head, Path(tail)) if head in VARIABLES and tail else ("", Path(item))
    table = read_table(path, rules.timezone)
    kind = kind or _kind(table)
    known = load().zones
    named = {zone: cells for zone, cells in table.columns.items() if zone in known}
    if not named:
        first = next(iter(table.columns), "")
        raise BadInput(
            Fault(
                str(path),
                "columns",
                ", ".join(list(table.columns)[:6]),
                "zones by name",
                nearest(first, known),
            )
        )
    ignored = tuple(sorted(set(table.columns) - set(named)))
    return Part(kind, path, clean_year(table, named, kind, rules), ignored)


def _kind(table: HourlyTable) -> str:
    text = f"{table.path.name} {table.value_name}".lower()
    found = [kind for kind, words in _WORDS.items() if any(word in text for word in words)]
    if len(found) != 1:
        raise BadInput(
            Fault(str(table.path), "kind", table.path.name, "a name that tells what it holds",
                  f"write price:{table.path.name} or one of {', '.join(VARIABLES)}")
        )  # fmt: skip
    return found[0]


def _assemble(parts: Sequence[Part]) -> xr.Dataset:
    zones = [zone for zone in load().zones if any(zone in part.clean.columns for part in parts)]
    data: dict[str, Array] = {}
    for part in parts:
        name = VARIABLES[part.kind]
        array = data.setdefault(name, np.full((len(zones), len(part.clean.times)), np.nan))
        for zone, series in part.clean.columns.items():
            array[zones.index(zone)] = series
    names = " + ".join(part.path.name for part in parts)
    notes = [note for part in parts for note in part.clean.notes]
    notes += [f"{part.path.name}: not used: {' '.join(part.ignored)}" for part in parts if part.ignored]
    return xr.Dataset(
        {name: (("zone", "time"), array) for name, array in data.items()},
        coords={"zone": zones, "time": parts[0].clean.times},
        attrs={
            "kind": "energy grid file",
            "label": f"imported: {names} ({parts[0].clean.year})",
            "calendar_year": parts[0].clean.year,
            "notes": "\n".join(notes),
            "sha256": " ".join(hashlib.sha256(part.path.read_bytes()).hexdigest() for part in parts),
        },
    )
