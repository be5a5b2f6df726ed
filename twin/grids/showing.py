"""What `twin grids show` looks at: the reference year, a grid file, a cube, or any importable file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import xarray as xr

from twin.errors import BadInput, Fault
from twin.grids.energy import reference_energy
from twin.grids.hours import Rules, to_hours
from twin.grids.importing import VARIABLES
from twin.grids.netcdf import check_hours
from twin.grids.quality import Finding, Summary, summarise
from twin.grids.readers import CUBES, read
from twin.grids.readers_cube import READABLE, members, open_cube
from twin.grids.readers_pypsa import is_network, is_profile
from twin.grids.readers_types import Found, kind_of
from twin.grids.reference import load
from twin.grids.units import factor_to_ours, level_ratio
from twin.reading import STORAGE, readable

SEED = 2030
KINDS = {variable: kind for kind, variable in VARIABLES.items()}


def look_at(source: str) -> tuple[str, list[Summary], tuple[str, ...]]:
    """Return a label, the summaries and the notes of ``reference`` or of a file, ``kind:path`` or ``path``.

    Nothing is refused for its values: what is wrong with them is among the findings. Raises BadInput for a
    file that cannot be read at all.
    """
    if source == "reference":
        grid = reference_energy(list(load().zones), SEED)
        return f"{grid.attrs['label']} (seed {SEED})", summarise(_grid(grid), is_drawn=True), ()
    head, _, tail = source.partition(":")
    kind, path = (head, Path(tail)) if head in VARIABLES and tail else ("", Path(source))
    if not path.exists():
        raise BadInput(Fault(str(path), "file", "missing", "'reference', a grid file or an hourly file"))
    if path.is_dir() or path.suffix.lower() in CUBES:
        with _opened(path) as cube:
            if cube.attrs.get("kind") == "energy grid file":
                check_hours(cube, "zone", VARIABLES.values(), path, "write one with: twin grids import")
                notes = tuple(str(cube.attrs.get("notes", "")).splitlines())
                return str(cube.attrs["label"]), summarise(_filled(path, _grid(cube))), notes
            if cube.attrs.get("kind") == "weather file":
                hint = f"make wind and PV of it with: twin grids weather {path} --out wind-pv.nc"
                raise BadInput(Fault(str(path), "kind", "a weather file of sites", "series by zone", hint))
            if not is_network(cube) and not is_profile(cube):
                notes = tuple(str(cube.attrs.get("notes", "")).splitlines())
                return path.name, summarise(_filled(path, members(path, cube))), notes
    return _table(path, kind)


@contextmanager
def _opened(path: Path) -> Iterator[xr.Dataset]:
    with readable(path, READABLE, of=STORAGE), open_cube(path) as cube:
        yield cube


def _filled(path: Path, arrays: dict[str, list[xr.DataArray]]) -> dict[str, list[xr.DataArray]]:
    """Return the arrays that hold any hour of any zone. Raises BadInput where none does."""
    kept = {kind: [array for array in parts if array.size] for kind, parts in arrays.items()}
    if not any(kept.values()):
        text = ", ".join(arrays) or "no series"
        raise BadInput(Fault(str(path), "hours", f"{text}: none", "at least one hour of one zone"))
    return {kind: parts for kind, parts in kept.items() if parts}


def _grid(grid: xr.Dataset) -> dict[str, list[xr.DataArray]]:
    """Return the arrays of a grid Dataset by kind, [time, zone], without zones that it has no number of."""
    out = {}
    for name, kind in KINDS.items():
        if name in grid:
            array = grid[name].transpose("time", "zone")
            here = np.isfinite(array.isel(time=slice(0, 8784)).values).any(axis=0)
            out[kind] = [array.isel(zone=np.flatnonzero(here))]
    return out


def _table(path: Path, kind: str) -> tuple[str, list[Summary], tuple[str, ...]]:
    """Summarise a file through its reader: stated units converted, repeated rows told and dropped."""
    arrays: dict[str, list[xr.DataArray]] = {}
    notes: list[str] = []
    odd: list[Finding] = []
    for found in read(path, Rules(), kind):
        what = found.kind or kind_of(f"{path.name} {found.table.value_name}") or kind_of(path.name)
        if not what:
            hint = f"write price:{path.name} or one of {', '.join(VARIABLES)}"
            raise BadInput(Fault(str(path), "kind", path.name, "a name that tells what it holds", hint))
        array, said = _array(found, what)
        arrays.setdefault(what, []).append(array)
        notes += [*found.notes, *said]
        odd += _repeated(found, what)
        columns = {str(zone): array.sel(zone=zone).values for zone in array["zone"].values}
        if what == "price" and (ratio := level_ratio(columns)) < 0.5:
            text = f"prices are {ratio:.2f} of their level of 2025; in cent/kWh they would be a tenth"
            odd.append(Finding(what, "all zones", "unit", "", text))
    summaries = summarise(_filled(path, arrays))
    if odd and summaries:
        first = summaries[0]
        summaries[0] = Summary(**{**vars(first), "findings": (*odd, *first.findings)})
    return path.name, summaries, tuple(dict.fromkeys(notes))


def _array(found: Found, kind: str) -> tuple[xr.DataArray, list[str]]:
    table, notes = found.table, []
    factor = factor_to_ours(str(table.path), kind, kind, found.unit) if found.unit else 1.0
    if factor != 1.0:
        notes.append(f"{table.path.name}: stated in {found.unit}, times {factor:g}")
    if not table.in_utc:
        notes.append(f"{table.path.name}: time zone not stated, taken as UTC")
    times, rows = np.unique(table.times, return_index=True)
    whole = {
        zone: cells[rows] * factor for zone, cells in table.columns.items() if len(cells) == len(table.times)
    }
    hours, columns, said = to_hours(times, whole)
    values = np.stack(list(columns.values()), axis=1) if columns else np.zeros((len(hours), 0))
    array = xr.DataArray(values, dims=("time", "zone"), coords={"time": hours, "zone": list(columns)})
    return array, [*notes, *said]


def _repeated(found: Found, kind: str) -> list[Finding]:
    times, count = np.unique(found.table.times, return_counts=True)
    out = []
    if (count > 1).any():
        first = str(times[count > 1][0].astype("datetime64[m]"))
        out.append(Finding(kind, "all zones", "rows", first, f"{int((count > 1).sum())} stamps repeated"))
    for zone, stamps in found.table.twice.items():
        first = str(stamps[0].astype("datetime64[m]"))
        out.append(Finding(kind, zone, "rows", first, f"{len(stamps)} stamps repeated"))
    return out
