"""Hourly Datasets to NetCDF files: units and text from the schema, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import xarray as xr

from twin.errors import BadInput, Fault
from twin.layouts import ATTRIBUTE, FIRST, LAYOUTS
from twin.netcdf import dataset_bytes
from twin.schema import out_of_bounds, variables
from twin.wholefile import write_whole


def described(kind: str, dataset: xr.Dataset) -> xr.Dataset:
    """Return ``dataset`` with the units and the text that the schema has for variables of ``kind``.

    Unlike ``schema.checked`` it lets NaN pass: hours that nobody knows are part of such files.
    """
    known = variables(kind)
    named = {
        str(name): dataset[name].assign_attrs(units=known[str(name)].units, long_name=known[str(name)].text)
        for name in dataset.data_vars
        if name in known
    }
    return dataset.assign(named)


def check_hours(found: xr.Dataset, place: str, names: Iterable[str], path: Path, hint: str = "") -> None:
    """Raise BadInput unless the variables ``names`` that a file has are numbers, [``place``, time].

    Places have labels that do not repeat, hours have stamps; the file says its label and calendar year.
    """
    faults = []
    for name in names:
        array = found.get(name)
        if array is not None and (array.dims != (place, "time") or array.dtype.kind not in "iuf"):
            said = f"{array.dtype.name}, {' x '.join(map(str, array.dims))}"
            faults.append(Fault(str(path), name, said, f"numbers, {place} x time", hint))
    labels = found[place].values.tolist() if place in found.coords else []
    if len(set(labels)) < found.sizes.get(place, 1) or not all(isinstance(label, str) for label in labels):
        faults.append(Fault(str(path), place, "no names, or some twice", f"a name for every {place}", hint))
    if "time" not in found.coords or found["time"].dtype.kind != "M":
        faults.append(Fault(str(path), "time", "no stamps", "a stamp for every hour", hint))
    year, label = found.attrs.get("calendar_year"), found.attrs.get("label")
    if not isinstance(year, (int, np.integer)) or not 1677 < year < 2262:
        faults.append(Fault(str(path), "calendar_year", str(year)[:40], "a year", hint))
    if not isinstance(label, str):
        faults.append(Fault(str(path), "label", str(label)[:40], "text", hint))
    if faults:
        raise BadInput(faults)


def check_bounds(kind: str, found: xr.Dataset, names: Iterable[str], path: Path, hint: str = "") -> None:
    """Raise BadInput for numbers outside the bounds that the schema has for variables of ``kind``.

    NaN passes: hours that nobody knows are part of such files.
    """
    known = variables(kind)
    faults = [
        fault
        for name in names
        if name in found
        for fault in out_of_bounds(known[name], found[name], str(path), hint)
    ]
    if faults:
        raise BadInput(faults)


def write_netcdf(dataset: xr.Dataset, out: Path) -> None:
    """Write a Dataset as float32 NetCDF with the layout of its kind, whole or not at all. Raises OSError."""
    dataset = dataset.assign_attrs({ATTRIBUTE: LAYOUTS.get(str(dataset.attrs.get("kind")), FIRST)})
    packing = {str(name): {"dtype": "float32", "zlib": True} for name in dataset.data_vars}
    write_whole(out, dataset_bytes(dataset, packing))
