"""Write the fitted tables: small packed NetCDF and CSV, and where each came from."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from twin.grids.calibrate import Fitted
from twin.grids.marginals import LEVELS, Array
from twin.grids.reference import WEEK
from twin.netcdf import dataset_bytes
from twin.wholefile import make_folder, write_whole

ORIGINS = {
    "process.nc": (
        "covariances per time scale of the joint process",
        "ENTSO-E day-ahead prices 2023; Electricity Maps life-cycle carbon 2022; ERA5 capacity factors 2019, "
        "2022, 2023 (CC BY 4.0); Quintel etsource weather 2019 (MIT); Open-Meteo 2023 (CC BY 4.0); "
        "typical-year stations",
    ),
    "marginals.nc": (
        "month-hour quantiles, weekly patterns, dew-point climate, monthly price levels",
        "the same; price levels 2025: Ember (CC BY 4.0)",
    ),
    "sites.csv": (
        "weather parameters per site",
        "fitted to site means and to published design conditions; the design conditions are not included",
    ),
    "zones.csv": (
        "levels and stand-ins per zone, kept by hand",
        "Ember (CC BY 4.0) price means 2025, zones of SE NO DK IT unconfirmed; Electricity Maps based carbon "
        "and carbon-free share 2024; wind and PV levels are planner's assumptions for new plants",
    ),
}


def marginal_dataset(fitted: Fitted, zones: Sequence[str], price_level: Array) -> xr.Dataset:
    """Return the quantile tables and companions as one Dataset. ``price_level`` is [zone, 12], EUR/MWh."""
    data: dict[str, tuple[tuple[str, ...], Array]] = {}
    for name, table in fitted.tables.items():
        cell = ("zone" if name in fitted.weeks else "country", "month", "hour")
        data |= {f"{name}_mean": (cell, table.mean), f"{name}_rest": ((*cell, "level"), table.rest)}
    data |= {f"{name}_week": (("zone", "day", "hour"), table) for name, table in fitted.weeks.items()}
    climate = {"base": ("month", "hour"), "slope": ("month",), "warm": ("month",),
               "rest": ("month", "warmth", "level")}  # fmt: skip
    data |= {f"dew_{name}": (("station", *dims), getattr(fitted.dew, name)) for name, dims in climate.items()}
    data |= {f"station_{name}": (("station",), place) for name, place in fitted.stations.items()}
    data["price_level_2025"] = (("zone", "month"), price_level)
    coords = {"zone": list(zones), "country": list(fitted.countries), "level": LEVELS, "day": list(WEEK)}
    return xr.Dataset(data, coords=coords, attrs={"fitted": "see SOURCES.toml; tables, not series"})


def write(
    folder: Path, fitted: Fitted, marginals: xr.Dataset, sites: Mapping[str, Mapping[str, float]]
) -> None:
    """Write ``process.nc``, ``marginals.nc`` and ``sites.csv`` into ``folder``."""
    make_folder(folder)
    packed = {name: _packing(marginals[name].values) for name in marginals.data_vars}
    square = {"covariance": {"dtype": "float32", "zlib": True, "complevel": 9, "shuffle": True}}
    write_whole(folder / "marginals.nc", dataset_bytes(marginals, packed))
    write_whole(folder / "process.nc", dataset_bytes(process_dataset(fitted), square))
    write_sites(folder / "sites.csv", sites)


def process_dataset(fitted: Fitted) -> xr.Dataset:
    """Return the joint process as a Dataset."""
    process = fitted.process
    return xr.Dataset(
        {
            "covariance": (("scale", "channel", "other"), process.covariance),
            "tau_h": ("scale", [scale.tau_h for scale in process.scales]),
            "period_h": ("scale", [scale.period_h for scale in process.scales]),
            "smooth": ("scale", [int(scale.smooth) for scale in process.scales]),
        },
        coords={"channel": list(process.channels)},
    )


def write_sites(path: Path, sites: Mapping[str, Mapping[str, float]]) -> None:
    """Write fitted site parameters as CSV."""
    keys = list(next(iter(sites.values())))
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(["site", *keys])
    for name, row in sites.items():
        out.writerow([name, *(f"{row[key]:.5g}" for key in keys)])
    write_whole(path, text.getvalue().encode())


def write_sources(folder: Path, path: Path) -> None:
    """Write ``SOURCES.toml``: what each fitted file is, what it was fitted on, and its sha256."""
    blocks = ["# Written by `twin grids calibrate`: fitted figures only, no source series.\n"]
    for name, (text, fitted_on) in ORIGINS.items():
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        blocks.append(
            f'[{folder.name}."{name}"]\ntext = "{text}"\nfitted_on = "{fitted_on}"\n'
            f'licence = "this project\'s"\nsha256 = "{digest}"\n'
        )
    write_whole(path, "\n".join(blocks).encode())


def _packing(values: np.ndarray) -> dict[str, object]:
    """Return a 16-bit integer packing that spans the values."""
    low, high = float(np.min(values)), float(np.max(values))
    scale = max((high - low) / 65000.0, 1e-12)
    return {
        "dtype": "int16", "scale_factor": scale, "add_offset": low + scale * 32500.0,
        "_FillValue": np.int16(-32768), "zlib": True, "complevel": 9, "shuffle": True,
    }  # fmt: skip
