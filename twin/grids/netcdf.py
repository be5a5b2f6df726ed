"""Hourly Datasets to NetCDF files: units and text from the schema, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from twin.layouts import ATTRIBUTE, FIRST, LAYOUTS
from twin.netcdf import dataset_bytes
from twin.schema import variables
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


def write_netcdf(dataset: xr.Dataset, out: Path) -> None:
    """Write a Dataset as float32 NetCDF with the layout of its kind, whole or not at all. Raises OSError."""
    dataset = dataset.assign_attrs({ATTRIBUTE: LAYOUTS.get(str(dataset.attrs.get("kind")), FIRST)})
    out.parent.mkdir(parents=True, exist_ok=True)
    packing = {str(name): {"dtype": "float32", "zlib": True} for name in dataset.data_vars}
    write_whole(out, dataset_bytes(dataset, packing))
