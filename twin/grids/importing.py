"""Import real hourly files: every fault found and told at once, one calendar year, zones by one name."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xarray as xr

from twin.errors import BadInput, Fault, collected, nearest
from twin.grids.hours import Clean, Rules, clean_year
from twin.grids.marginals import Array
from twin.grids.netcdf import described, write_netcdf
from twin.grids.readers import read
from twin.grids.readers_types import Found, kind_of
from twin.grids.reference import load

VARIABLES = {
    "price": "price_eur_per_mwh",
    "carbon": "carbon_g_per_kwh",
    "cfe": "cfe_share",
    "wind": "wind_cf",
    "pv": "pv_cf",
}
"""What a file can hold, by the word before the colon in ``price:FILE``."""


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
    does not tell; ``twin.grids.readers`` says which formats are read. Variables are NaN for zones a file
    lacks. Raises one BadInput with every fault of every file: NaN, gaps, repeated hours, local time, wrong
    units, a short year, different years.
    """
    rules = rules or Rules()
    parts: list[Part] = []
    faults: list[Fault] = []
    for item in files:
        with collected(faults):
            parts += _parts(str(item), rules)
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


def import_command(files: Sequence[str | Path], out: Path, rules: Rules | None = None) -> xr.Dataset:
    """Import ``files``, write the grid file ``out`` (NetCDF) whole or not at all, and return it."""
    dataset = import_files(files, rules)
    write_netcdf(described("grids", dataset), out)
    return dataset


def _parts(item: str, rules: Rules) -> list[Part]:
    """Read and clean one file; it may hold several kinds. Raises BadInput with the faults of all of them."""
    head, _, tail = item.partition(":")
    kind, path = (head, Path(tail)) if head in VARIABLES and tail else ("", Path(item))
    out: list[Part] = []
    faults: list[Fault] = []
    several = read(path, rules, kind)
    for found in several:
        try:
            out.append(_part(path, found, rules))
        except BadInput as error:
            of = f"{found.kind} of " if len(several) > 1 else ""
            faults += [replace(fault, key=f"{of}{fault.key}") for fault in error.faults]
    if faults:
        raise BadInput(faults)
    return out


def _part(path: Path, found: Found, rules: Rules) -> Part:
    table = found.table
    kind = found.kind or _kind(path, table.value_name)
    known = load().zones
    named = {zone: cells for zone, cells in table.columns.items() if zone in known}
    if not named:
        first = next(iter(table.columns), "")
        text = ", ".join(list(table.columns)[:6])
        raise BadInput(Fault(str(path), "columns", text, "zones by name", nearest(first, known)))
    ignored = tuple(sorted(set(table.columns) - set(named)))
    clean = clean_year(table, named, kind, rules, found.unit)
    return Part(kind, path, replace(clean, notes=(*found.notes, *clean.notes)), ignored)


def _kind(path: Path, value_name: str) -> str:
    kind = kind_of(f"{path.name} {value_name}") or kind_of(path.name) or kind_of(value_name)
    if not kind:
        raise BadInput(
            Fault(str(path), "kind", path.name, "a name that tells what it holds",
                  f"write price:{path.name} or one of {', '.join(VARIABLES)}")
        )  # fmt: skip
    return kind


def _assemble(parts: Sequence[Part]) -> xr.Dataset:
    zones = [zone for zone in load().zones if any(zone in part.clean.columns for part in parts)]
    data: dict[str, Array] = {}
    for part in parts:
        name = VARIABLES[part.kind]
        array = data.setdefault(name, np.full((len(zones), len(part.clean.times)), np.nan))
        for zone, series in part.clean.columns.items():
            array[zones.index(zone)] = series
    names = " + ".join(dict.fromkeys(part.path.name for part in parts))
    notes = [note for part in parts for note in part.clean.notes]
    notes += [f"{part.path.name}: not used: {_few(part.ignored)}" for part in parts if part.ignored]
    return xr.Dataset(
        {name: (("zone", "time"), array) for name, array in data.items()},
        coords={"zone": zones, "time": parts[0].clean.times},
        attrs={
            "kind": "energy grid file",
            "label": f"imported: {names} ({parts[0].clean.year})",
            "calendar_year": parts[0].clean.year,
            "notes": "\n".join(dict.fromkeys(notes)),
            "sha256": " ".join(_digest(path) for path in dict.fromkeys(part.path for part in parts)),
        },
    )


def _few(names: Sequence[str]) -> str:
    return " ".join(names[:40]) + (f" and {len(names) - 40} more" if len(names) > 40 else "")


def _digest(path: Path) -> str:
    """Return the sha256 of a file, or of all files of a folder in order of name; read in pieces."""
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            with file.open("rb") as stream:
                while piece := stream.read(1 << 20):
                    digest.update(piece)
    return digest.hexdigest()
