"""Memory and time of looking at, and importing from, cubes larger than what they are given.

    python benchmarks/bench_cube.py [GIGABYTES]

Writes one cube as NetCDF (members of many years, as ensembles come) and one as zarr (thousands of nodes by
week, as grid models write), each of GIGABYTES (default 2) of float64, into a temporary folder, and prints
the peak memory of each verb as its own process. About 1 in 10,000 hours is missing, and one node is frozen
for a week.
"""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

ZONES = [
    "FR",
    "DE_LU",
    "AT",
    "CH",
    "BE",
    "NL",
    "GB",
    "FI",
    "PT",
    "ES",
    "PL",
    "CZ",
    "GR",
    "SE_1",
    "SE_2",
    "SE_3",
]


def prices(shape: tuple[int, ...], chunks: tuple[int, ...]) -> Any:
    """Return prices about 80 EUR/MWh with a missing hour here and there, as a lazy dask array."""
    import dask.array as da

    values = da.random.default_rng(1).normal(80.0, 25.0, size=shape, chunks=chunks)
    chance = da.random.default_rng(2).random(size=shape, chunks=chunks)
    return da.where(chance < 1e-4, np.nan, values)


def members(path: Path, gigabytes: float) -> None:
    """Write price [member, zone, time] over ten years as NetCDF."""
    hours = pd.date_range("2015-01-01", "2025-01-01", freq="h", inclusive="left")
    count = max(1, round(gigabytes * 1e9 / 8 / len(ZONES) / len(hours)))
    array = prices((count, len(ZONES), len(hours)), (1, len(ZONES), len(hours)))
    coords = {"member": np.arange(count), "zone": ZONES, "time": hours}
    cube = xr.DataArray(array, dims=("member", "zone", "time"), coords=coords, name="price_eur_per_mwh")
    stored = {"price_eur_per_mwh": {"chunksizes": (1, len(ZONES), 8766)}}
    cube.to_netcdf(path, engine="h5netcdf", encoding=stored)


def nodes(path: Path, gigabytes: float) -> None:
    """Write price [time, zone] of thousands of nodes over one year as zarr, a week a chunk."""
    hours = pd.date_range("2023-01-01", "2024-01-01", freq="h", inclusive="left")
    count = round(gigabytes * 1e9 / 8 / len(hours))
    array = prices((len(hours), count), (168, count))
    names = [*ZONES, *(f"node {i}" for i in range(count - len(ZONES)))]
    cube = xr.DataArray(array, dims=("time", "zone"), coords={"time": hours, "zone": names}, name="price")
    cube.to_dataset().to_zarr(path, zarr_format=2)


def measured(arguments: list[str]) -> tuple[float, float, str]:
    """Run ``twin`` with ``arguments``; return seconds, peak MB and the last line it printed."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "twin.cli", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    text = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(text)
    return time.perf_counter() - began, peak_mb(used), text.strip().splitlines()[-1]


def peak_mb(used: resource.struct_rusage) -> float:
    """Return the largest resident memory of a process, MB."""
    return used.ru_maxrss / 1e3


def main(gigabytes: float) -> None:
    """Write both cubes, run the verbs, print one line each."""
    python, cores = platform.python_version(), os.cpu_count()
    print(f"{platform.machine()}, Python {python}, xarray {xr.__version__}, {cores} cores")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        netcdf, zarr = str(folder / "prices-members.nc"), str(folder / "prices-nodes.zarr")
        for path in (netcdf, zarr):  # in a process of its own, whose memory the verbs do not inherit
            subprocess.run([sys.executable, __file__, "--write", path, str(gigabytes)], check=True)
        out = str(folder / "grid.nc")
        runs = (
            ("show members, NetCDF", ["grids", "show", netcdf]),
            ("show nodes, zarr", ["grids", "show", zarr]),
            ("import one year of one member", ["grids", "import", netcdf, "--pick", "member=3", "--year",
            "2020",
                                               "--fill-hours", "3", "--out", out]),
            ("import known zones of the nodes", ["grids", "import", zarr, "--fill-hours", "3", "--out", out]),
        )  # fmt: skip
        for name, arguments in runs:
            seconds, peak, last = measured(arguments)
            print(f"{name}: {gigabytes:g} GB, {seconds:.1f} s, peak {peak:.0f} MB ({last[:60]})")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        (nodes if sys.argv[2].endswith(".zarr") else members)(Path(sys.argv[2]), float(sys.argv[3]))
        sys.exit()
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 2.0)
