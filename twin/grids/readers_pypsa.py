"""PyPSA networks and capacity factors of atlite and PyPSA-Eur, as their NetCDF files write them.

A network's generators are added up to countries by installed megawatts. Buses of countries with several zones
(Italy, Norway, Sweden, Denmark) are told apart by nothing in the file that is sure, so they are left out and
named.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from twin.errors import BadInput, Fault
from twin.grids.readers_types import kind_of, labels
from twin.grids.reference import load
from twin.grids.zone_names import entsoe_name

CARRIERS = {
    "wind": ("onwind", "wind", "wind_onshore", "onshore wind"),
    "pv": ("solar", "pv", "solar-utility"),
}
"""Carriers of new onshore wind and utility PV; offshore wind and roofs are other plants and left out."""

PARTS = {
    "generators_t_p_max_pu": ("numbers", ("snapshots", "generators_t_p_max_pu_i")),
    "generators_carrier": ("names", ("generators_i",)),
    "generators_bus": ("names", ("generators_i",)),
    "buses_t_marginal_price": ("numbers", ("snapshots", "buses_t_marginal_price_i")),
    "buses_country": ("names", ("buses_i",)),
}
"""Parts of a network that are read: what they hold, and their dimensions."""


def is_network(cube: xr.Dataset) -> bool:
    """Tell a PyPSA network by its dimension of snapshots and its generators."""
    return "snapshots" in cube.dims and any(str(name).startswith("generators_") for name in cube.variables)


def is_profile(cube: xr.Dataset) -> bool:
    """Tell a capacity-factor file: PyPSA-Eur names its variable profile, atlite specific generation."""
    return "profile" in cube.data_vars or "specific generation" in cube.data_vars


def network_series(path: Path, cube: xr.Dataset) -> tuple[dict[str, xr.DataArray], tuple[str, ...]]:
    """Return capacity factors and marginal prices [time, zone] of a network, and what was left out.

    Raises BadInput for snapshots without time stamps and for networks with neither.
    """
    _check_parts(path, cube)
    cube = _stamped(cube)
    if not np.issubdtype(cube["snapshots"].dtype, np.datetime64):
        text = f"{cube.sizes['snapshots']} without time stamps"
        raise BadInput(Fault(str(path), "snapshots", text, "hours of a calendar year"))
    out: dict[str, xr.DataArray] = {}
    notes: list[str] = []
    for kind, carriers in CARRIERS.items():
        series = _generators(path, cube, carriers)
        if series is not None:
            out[kind], left = _zones(series[0], series[1], series[2])
            notes += [f"{path.name}: {kind}: {left}"] if left else []
    if "buses_t_marginal_price" in cube:
        array = cube["buses_t_marginal_price"]
        buses = labels(array[array.dims[1]].values)
        prices = _as_time_zone(array)
        out["price"], left = _zones(prices, _countries(cube, buses), np.ones(len(buses)))
        notes.append(f"{path.name}: prices are the network's marginal costs")
        notes += [f"{path.name}: prices: {left}"] if left else []
    return out, tuple(notes)


def _stamped(cube: xr.Dataset) -> xr.Dataset:
    """Put the time stamps on the snapshots where the file keeps them as a variable, as PyPSA writes it."""
    for name in ("snapshots_snapshot", "snapshots_timestep"):
        stamped = name in cube and cube[name].dims == ("snapshots",)
        if stamped and np.issubdtype(cube[name].dtype, np.datetime64):
            return cube.assign_coords(snapshots=cube[name].values)
    return cube


def _check_parts(path: Path, cube: xr.Dataset) -> None:
    """Raise BadInput unless the parts of a network that are read are as PyPSA writes them."""
    faults = []
    for name, (kind, dims) in PARTS.items():
        array = cube.get(name)
        if array is None:
            continue
        numbers = array.dtype.kind in "iuf"
        if array.dims != dims or not set(dims) <= set(cube.coords) or numbers == (kind == "names"):
            found = f"{array.dtype.name}, {' x '.join(map(str, array.dims)) or 'one value'}"
            faults.append(Fault(str(path), name, found, f"{kind}, {' x '.join(dims)}, labelled"))
    if "generators_carrier" in cube and "generators_bus" not in cube:
        faults.append(Fault(str(path), "generators_bus", "missing", "the bus of every generator"))
    if faults:
        raise BadInput(faults)


def _generators(
    path: Path, cube: xr.Dataset, carriers: Sequence[str]
) -> tuple[xr.DataArray, list[str], np.ndarray] | None:
    """Return p_max_pu [time, generator] of the carriers, their countries and their megawatts."""
    if "generators_t_p_max_pu" not in cube or "generators_carrier" not in cube:
        return None
    array = cube["generators_t_p_max_pu"]
    varying = labels(array[array.dims[1]].values)
    names = labels(cube["generators_i"].values)
    carrier = dict(zip(names, labels(cube["generators_carrier"].values), strict=True))
    bus = dict(zip(names, labels(cube["generators_bus"].values), strict=True))
    at = [i for i, name in enumerate(varying) if carrier.get(name, "").lower() in carriers]
    if not at:
        return None
    built = np.zeros(len(names))
    if "generators_p_nom" in cube:
        built = _megawatts(path, cube["generators_p_nom"]).values.astype(float)
    size = dict(zip(names, built, strict=True))
    weight = np.array([float(size[varying[i]]) for i in at])
    weight = weight if weight.sum() > 0 else np.ones(len(at))
    countries = _countries(cube, [bus[varying[i]] for i in at])
    return _as_time_zone(array.isel({array.dims[1]: at})), countries, weight


def _countries(cube: xr.Dataset, buses: Sequence[str]) -> list[str]:
    """Return the country of each bus: as the network says, else the letters that its name begins with."""
    stated: dict[str, str] = {}
    if "buses_country" in cube:
        names = labels(cube["buses_i"].values)
        stated = dict(zip(names, labels(cube["buses_country"].values), strict=True))
    return [stated.get(bus) or _country_of(bus) for bus in buses]


def _country_of(bus: str) -> str:
    """Return ``DE`` of ``DE0 12``; names that are zones already stay as they are."""
    if entsoe_name(bus) in load().zones:
        return bus
    head = re.match(r"[A-Z]{2}(?=[\d\s_]|$)", bus)
    return head[0] if head else bus


def _as_time_zone(array: xr.DataArray) -> xr.DataArray:
    first, second = array.dims
    return array.rename({first: "time", second: "zone"})


def _megawatts(path: Path, array: xr.DataArray) -> xr.DataArray:
    """Return megawatts, none where they are missing. Raises BadInput for negative or endless ones."""
    if array.dtype.kind not in "iuf":
        raise BadInput(Fault(str(path), str(array.name), f"type {array.dtype.name}", "megawatts"))
    odd = array.values[(array.values < 0.0) | np.isinf(array.values)]
    if odd.size:
        raise BadInput(Fault(str(path), str(array.name), f"{odd[0]:g} ({odd.size} such)", "megawatts"))
    return array.fillna(0.0)


def _zones(array: xr.DataArray, names: Sequence[str], weight: np.ndarray) -> tuple[xr.DataArray, str]:
    """Average columns [time, n] to zones by weight; return them and which names are no zone."""
    zones = [entsoe_name(name) for name in names]
    known = [zone for zone in load().zones if zone in zones]
    share = np.zeros((len(zones), len(known)))
    for j, zone in enumerate(known):
        mine = np.array([name == zone for name in zones]) * np.maximum(weight, 0.0)
        mine = mine if mine.sum() > 0 else np.array([float(name == zone) for name in zones])
        share[:, j] = mine / mine.sum()
    left = sorted({zone for zone in zones if zone not in known})
    matrix = xr.DataArray(share, dims=("column", "zone"), coords={"zone": known})
    columns = array.rename(zone="column").drop_vars("column")
    mixed = xr.dot(columns.astype(float), matrix, dim="column").transpose("time", "zone")
    return mixed, f"no single zone, left out: {' '.join(left)}" if left else ""


def profile_series(
    path: Path, cube: xr.Dataset, kind: str
) -> tuple[dict[str, xr.DataArray], tuple[str, ...]]:
    """Return capacity factors [time, zone] of an atlite or PyPSA-Eur file, by potential where it has any.

    What it holds is told by ``kind`` or by the file's name. Raises BadInput where neither does.
    """
    what = kind or kind_of(path.name) or kind_of(str(cube.attrs.get("technology", "")))
    if what not in ("wind", "pv"):
        hint = f"write wind:{path.name} or pv:{path.name}"
        raise BadInput(Fault(str(path), "kind", path.name, "wind or pv", hint))
    array = cube["profile" if "profile" in cube else "specific generation"]
    places = [dim for dim in array.dims if dim in cube.coords and cube[dim].dtype.kind in "OUST"]
    stamped = "time" in array.dims and "time" in cube.coords and cube["time"].dtype.kind == "M"
    if not stamped or not places or array.dtype.kind not in "iuf":
        text = f"{array.dtype.name}, {', '.join(map(str, array.dims))}"
        raise BadInput(Fault(str(path), "profile", text, "numbers by time stamp and named place"))
    place = places[0]
    rest = [dim for dim in array.dims if dim not in ("time", place)]
    weight = xr.ones_like(array.isel(time=0, drop=True))
    if "p_nom_max" in cube:
        weight = _megawatts(path, cube["p_nom_max"])
        if set(weight.dims) != {place, *rest}:
            text = ", ".join(map(str, weight.dims))
            raise BadInput(
                Fault(str(path), "p_nom_max dimensions", text, "those of the profile without time")
            )
    if rest:
        array = array.fillna(0.0).weighted(weight).mean(rest)
    size = weight.sum([dim for dim in weight.dims if dim != place]).values
    names = [_country_of(name) for name in labels(array[place].values)]
    if place != "zone":
        array = array.rename({place: "zone"})
    mixed, left = _zones(array.transpose("time", "zone"), names, np.asarray(size, dtype=float))
    return {what: mixed}, (f"{path.name}: {left}",) if left else ()
