"""The contract of every Dataset: read from ``schema.toml``, checked at the end of each stage."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import xarray as xr

from twin.errors import BadInput, Fault


@dataclass(frozen=True)
class Variable:
    """One variable: dims in order, unit, bounds (None = open) and a line of text."""

    name: str
    dims: tuple[str, ...]
    units: str
    text: str
    lower: float | None = None
    upper: float | None = None


@cache
def variables(kind: str) -> dict[str, Variable]:
    """Return the variables of a Dataset kind by name. Raises KeyError for an unknown kind."""
    raw = tomllib.loads(resources.files("twin").joinpath("schema.toml").read_text(encoding="utf-8"))
    return {
        name: Variable(name=name, **{**row, "dims": tuple(row["dims"])}) for name, row in raw[kind].items()
    }


def checked(kind: str, dataset: xr.Dataset, origin: str) -> xr.Dataset:
    """Return ``dataset`` with units and text attached, or raise BadInput with every fault found.

    A variable must be present with the schema's dims in order, hold no NaN, and stay in bounds.
    ``origin`` names the file or stage in the faults.
    """
    faults = [fault for var in variables(kind).values() for fault in _faults(var, dataset, origin)]
    if faults:
        raise BadInput(faults)
    named = {
        name: dataset[name].assign_attrs({"units": var.units, "long_name": var.text})
        for name, var in variables(kind).items()
    }
    return dataset.assign(named)


def _faults(var: Variable, dataset: xr.Dataset, origin: str) -> list[Fault]:
    if var.name not in dataset:
        return [Fault(origin, var.name, "missing", f"dims {var.dims}", var.text)]
    array = dataset[var.name]
    if array.dims != var.dims:
        return [Fault(origin, var.name, array.dims, f"dims {var.dims}")]
    if var.units in ("text", "margin_unit"):
        return []
    if array.dtype.kind not in "biuf":
        return [Fault(origin, var.name, f"type {array.dtype.name}", f"numbers in {var.units}", var.text)]
    values = np.asarray(array.values, dtype=float)
    bad = ~np.isfinite(values)
    if bad.any():
        return [Fault(origin, _where(array, bad), float("nan"), f"a finite number in {var.units}")]
    return out_of_bounds(var, array, origin)


def out_of_bounds(var: Variable, array: xr.DataArray, origin: str, hint: str = "") -> list[Fault]:
    """Return a fault for the first number outside the bounds of a variable; NaN lies outside of none."""
    values = np.asarray(array.values, dtype=float)
    for bound, broken, sign in ((var.lower, np.less, ">="), (var.upper, np.greater, "<=")):
        if bound is not None and (bad := broken(values, bound)).any():
            worst = float(values[bad][0])
            return [Fault(origin, _where(array, bad), worst, f"{sign} {bound} {var.units}", hint)]
    return []


def _where(array: xr.DataArray, bad: np.ndarray) -> str:
    """Name the first offending cell, e.g. ``pue[site=FR-FOU, time=3]``, and how many there are."""
    first = np.unravel_index(int(np.argmax(bad)), bad.shape)
    labels = [
        f"{dim}={array[dim].values[i] if dim in array.coords else i}"
        for dim, i in zip(array.dims, first, strict=True)
    ]
    return f"{array.name}[{', '.join(labels)}] ({int(bad.sum())} such)"
