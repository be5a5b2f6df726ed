"""A Dataset as the bytes of a NetCDF file, made in memory.

HDF5 writing to a full disk may end the whole process; in memory it cannot, and the bytes are then written as
any other file is.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import h5netcdf
import xarray as xr
from xarray.backends import H5NetCDFStore


def dataset_bytes(dataset: xr.Dataset, encoding: Mapping[Any, Any] | None = None) -> bytes:
    """Return the file's content; ``encoding`` is that of ``Dataset.to_netcdf``."""
    content = io.BytesIO()
    with h5netcdf.File(content, "w") as file:
        dataset.compute().dump_to_store(H5NetCDFStore(file), encoding=encoding)
    return content.getvalue()
