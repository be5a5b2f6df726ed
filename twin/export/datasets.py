"""A Dataset as the bytes of a compressed NetCDF file."""

from __future__ import annotations

from typing import Any

import xarray as xr

from twin.netcdf import dataset_bytes


def netcdf_bytes(dataset: xr.Dataset) -> bytes:
    """Return the file's content; numbers are compressed, text is kept as it is."""
    packed: Any = {
        str(name): {"compression": "gzip", "compression_opts": 4}
        for name, array in dataset.data_vars.items()
        if array.dtype.kind == "f" and array.ndim
    }
    return dataset_bytes(dataset, packed)
