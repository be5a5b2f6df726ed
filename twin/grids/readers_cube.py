"""NetCDF and zarr: opened lazily, cut to one year and the zones known here, and only then read."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import numpy as np
import xarray as xr

from twin.errors import BadInput, Fault, collected, install, nearest
from twin.grids.hours import Rules
from twin.grids.marginals import HOURS, Array
from twin.grids.readers_pypsa import is_network, is_profile, network_series, profile_series
from twin.grids.readers_types import Found, kind_of, labels
from twin.grids.reference import load
from twin.grids.sources.tables import HourlyTable
from twin.grids.units import stated_unit
from twin.grids.zarr_store import refuse_code
from twin.grids.zone_names import entsoe_name
from twin.reading import STORAGE, readable

Series = dict[str, xr.DataArray]
"""Arrays [time, zone] by kind, lazy, zones by ENTSO-E style names."""
READABLE = "a readable NetCDF file or zarr store"


def open_cube(path: Path) -> xr.Dataset:
    """Open a NetCDF file or a zarr store without reading its data. Raises BadInput when it is neither."""
    lazy: dict[str, object] = {"chunks": {}} if find_spec("dask") else {}
    engine = {"engine": "zarr"} if path.is_dir() else {}
    if path.is_dir() and not find_spec("zarr"):
        raise BadInput(Fault(str(path), "file", "a folder", "zarr", install("files")))
    if path.is_dir():
        refuse_code(path)
    with readable(path, READABLE):
        return xr.open_dataset(path, **lazy, **engine)  # type: ignore[arg-type]


def read_cube(path: Path, rules: Rules, kind: str = "") -> list[Found]:
    """Return the series of a cube, a PyPSA network or a capacity-factor file. Raises BadInput.

    Only the hours of one year and the zones known here are read; memory does not grow with the cube.
    """
    with readable(path, READABLE, of=STORAGE), open_cube(path) as cube:
        if cube.attrs.get("kind") == "weather file":
            hint = f"make wind and PV of it with: twin grids weather {path} --out wind-pv.nc"
            raise BadInput(Fault(str(path), "kind", "a weather file of sites", "series by zone", hint))
        if is_network(cube):
            series, notes = network_series(path, cube)
        elif is_profile(cube):
            series, notes = profile_series(path, cube, kind)
        else:
            series, notes = cube_series(path, cube, rules.pick, kind), ()
        found = {name: array for name, array in series.items() if kind in ("", name)}
        if not found:
            text = ", ".join(series) or ", ".join(map(str, cube.data_vars))[:80]
            raise BadInput(Fault(str(path), "variables", text, kind or "prices, carbon, cfe, wind or pv"))
        return [
            Found(name, _table(path, array, rules), _unit(name, array), notes)
            for name, array in found.items()
        ]


def cube_series(path: Path, cube: xr.Dataset, pick: Mapping[str, str], kind: str = "") -> Series:
    """Return arrays [time, zone] of the variables that tell their kind, one label of all other dimensions."""
    time = time_dim(path, cube)
    out: Series = {}
    faults: list[Fault] = []
    for name, array in cube.data_vars.items():
        attrs = f"{array.attrs.get('long_name', '')} {array.attrs.get('standard_name', '')}"
        what = kind_of(str(name)) or kind_of(attrs) or (kind if len(cube.data_vars) == 1 else "")
        if not what or time not in array.dims or (kind and what != kind):
            continue
        if what in out:
            key, hint = f"variables of {what}", "write kind:FILE with a file of one of them"
            faults.append(Fault(str(path), key, str(name), "one variable", hint))
            continue
        with collected(faults):
            out[what] = _by_zone(path, array, str(time), pick)
    if faults:
        raise BadInput(faults)
    return out


def time_dim(path: Path, cube: xr.Dataset) -> Hashable:
    """Return the dimension with time stamps. Raises BadInput where there is none."""
    for name in cube.dims:
        if name in cube.coords and np.issubdtype(cube[name].dtype, np.datetime64):
            return name
    raise BadInput(Fault(str(path), "dimensions", ", ".join(map(str, cube.dims)), "one with time stamps"))


def zone_dim(array: xr.DataArray) -> str | None:
    """Return the dimension whose labels are text, the one with most known zones where there are several."""
    known = load().zones
    best = [
        (sum(entsoe_name(label) in known for label in labels(array[dim].values[:500])), str(dim))
        for dim in array.dims
        if dim in array.coords and array[dim].dtype.kind in "OUST"
    ]
    return max(best)[1] if best else None


def _by_zone(path: Path, array: xr.DataArray, time: str, pick: Mapping[str, str]) -> xr.DataArray:
    zone = _zone_dim_or_fault(path, array)
    for dim in [str(dim) for dim in array.dims if str(dim) not in (zone, time)]:
        array = _picked(path, array, dim, pick)
    return _named(array, zone, time)


def _zone_dim_or_fault(path: Path, array: xr.DataArray) -> str:
    """Return the dimension of zones. Raises BadInput where there is none, and for what holds no numbers."""
    if array.dtype.kind not in "iuf":
        raise BadInput(Fault(str(path), str(array.name), f"type {array.dtype.name}", "numbers"))
    zone = zone_dim(array)
    if zone is None:
        text = ", ".join(f"{dim} ({size})" for dim, size in array.sizes.items())
        hint = "a map of points? make capacity factors of it with atlite first, or give one zone per column"
        raise BadInput(Fault(str(path), f"{array.name} dimensions", text, "one with zone names", hint))
    return zone


def _named(array: xr.DataArray, zone: str, time: str) -> xr.DataArray:
    """Call the dimensions time and zone, and the zones by their ENTSO-E names."""
    array = array.rename({old: new for old, new in ((zone, "zone"), (time, "time")) if old != new})
    names = [entsoe_name(label) for label in labels(array["zone"].values)]
    return array.transpose("time", "zone").assign_coords(zone=names)


def members(path: Path, cube: xr.Dataset) -> dict[str, list[xr.DataArray]]:
    """Return every array [time, zone] of a cube by kind, lazy, one per label of all other dimensions.

    Zones of a member carry its label: ``FR member=3``. Raises BadInput where nothing tells its kind.
    """
    time = str(time_dim(path, cube))
    out: dict[str, list[xr.DataArray]] = {}
    for name, array in cube.data_vars.items():
        kind = kind_of(str(name)) or kind_of(str(array.attrs.get("long_name", "")))
        if kind and time in array.dims:
            out.setdefault(kind, []).extend(_each(array, _zone_dim_or_fault(path, array), time))
    if not out:
        text = ", ".join(map(str, cube.data_vars))[:80]
        raise BadInput(Fault(str(path), "variables", text, "prices, carbon, cfe, wind or pv"))
    return out


def _each(array: xr.DataArray, zone: str, time: str) -> list[xr.DataArray]:
    rest = [str(dim) for dim in array.dims if str(dim) not in (zone, time)]
    out = []
    for place in product(*(range(array.sizes[dim]) for dim in rest)):
        at = dict(zip(rest, place, strict=True))
        part = _named(array.isel(at, drop=True), zone, time)
        tags = [f"{dim}={array[dim].values[i] if dim in array.coords else i}" for dim, i in at.items()]
        names = [" ".join([str(name), *tags]) for name in part["zone"].values]
        out.append(part.assign_coords(zone=names))
    return out


def _picked(path: Path, array: xr.DataArray, dim: str, pick: Mapping[str, str]) -> xr.DataArray:
    """Take one label of a further dimension: the only one, or the one that the user picked."""
    known = labels(array[dim].values) if dim in array.coords else []
    known = known or [str(index) for index in range(array.sizes[dim])]
    if array.sizes[dim] == 1 and dim not in pick:
        return array.isel({dim: 0}, drop=True)
    if pick.get(dim) in known:
        return array.isel({dim: known.index(pick[dim])}, drop=True)
    hint = nearest(pick[dim], known) if dim in pick else f"pick one, such as {dim}={known[0]}"
    text = pick.get(dim, f"{array.sizes[dim]} labels")
    raise BadInput(Fault(str(path), f"{array.name} {dim}", text, f"one label of {dim}", hint))


def _table(path: Path, array: xr.DataArray, rules: Rules) -> HourlyTable:
    """Read the hours of the year wanted, of the zones known here."""
    times = array["time"].values.astype("datetime64[ns]")
    wanted = _year_of(path, times, rules)
    rows = np.flatnonzero(times.astype("datetime64[Y]").astype(int) + 1970 == wanted) if wanted else None
    known = load().zones
    at = [i for i, name in enumerate(array["zone"].values) if str(name) in known]
    part = array.isel(zone=at) if rows is None else array.isel(zone=at, time=rows)
    values = np.asarray(part.values, dtype=float)
    columns: dict[str, Array] = {str(array["zone"].values[j]): values[:, i] for i, j in enumerate(at)}
    rest = [str(name) for name in array["zone"].values if str(name) not in known]
    columns |= {name: np.zeros(0) for name in rest if name not in columns}
    # Times of NetCDF and zarr that name no zone are UTC (CF conventions, section 4.4).
    return HourlyTable(path, part["time"].values.astype("datetime64[ns]"), True, columns, {}, "")


def _year_of(path: Path, times: np.ndarray, rules: Rules) -> int | None:
    """Return the year to read; None for a file of less than two years, which is read whole."""
    years, count = np.unique(times.astype("datetime64[Y]").astype(int) + 1970, return_counts=True)
    if rules.year is not None:
        return rules.year if rules.year in years else None
    per_hour = np.timedelta64(1, "h") / np.median(np.diff(times)) if len(times) > 1 else 1.0
    whole = [int(y) for y, n in zip(years, count, strict=True) if n >= 0.9 * HOURS * per_hour]
    if len(whole) > 1:
        text, hint = ", ".join(map(str, whole)), "several are whole: choose one"
        raise BadInput(Fault(str(path), "year", text, "one year", hint))
    return whole[0] if whole else None


def _unit(kind: str, array: xr.DataArray) -> str:
    text = str(array.attrs.get("units", ""))
    return stated_unit(kind, text) if text else ""
