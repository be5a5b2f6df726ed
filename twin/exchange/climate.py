"""A plan and its hours as NetCDF by the CF conventions 1.11, for xarray, Panoply and the like.

CF wants numbers along dimensions and names beside them: ``site_label(site)`` names ``site``. Its
units know no money: EUR count as 1, with the attribute ``currency``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from twin.config.site import Site
from twin.exchange.text import clean
from twin.export.datasets import netcdf_bytes
from twin.export.rows import doubtful, sites
from twin.results import Run
from twin.schema import Variable, variables

UNITS = {
    "EUR": "1", "MEUR": "1", "EUR/MWh": "MW-1 h-1", "EUR/MW/a": "MW-1 year-1", "EUR/MW": "MW-1",
    "MW": "MW", "MWh": "MW h", "MWh/a": "MW h year-1", "g/kWh": "g kW-1 h-1", "L/kWh": "L kW-1 h-1",
    "t": "t", "m3": "m3", "h": "h", "1": "1", "price_unit": "1",
}  # fmt: skip
"""Units of the schema as udunits reads them."""
SUMMED = ("cost_eur", "carbon_t", "water_m3", "grey_mwh")
"""Hourly variables that are sums over their hour; the others are means, ``stored_mwh`` stands at its end."""
OPERATED = "operated_site"
"""Dimension of the sites that have hours."""


def netcdf_file(run: Run, hours: xr.Dataset | None) -> dict[str, bytes]:
    """Return the plan with the hours of its last fleet (None: nothing was built) as one file."""
    return {"plan.nc": netcdf_bytes(cf_dataset(run, hours))}


def cf_dataset(run: Run, hours: xr.Dataset | None) -> xr.Dataset:
    """Return the Dataset of that file."""
    places = {site.name: site for site in sites(run)}
    data = _labelled(_with_units(run.plan.drop_vars("binding_unit"), "plan"))
    data = data.assign(_places([places[str(name)] for name in run.plan["site"].values], "site"))
    data["binding_price"].attrs["comment"] = "per unit of the limit named by binding_text"
    data = data.assign_coords(_quarters([str(quarter) for quarter in run.plan["quarter"].values]))
    data["year"].attrs = {"long_name": "calendar year", "units": "1"}
    if hours is not None:
        data = data.merge(_hourly(hours, places))
    data.attrs = _about(run)
    for name in (*data.coords, "quarter_bounds", "time_bounds"):
        if name in data.variables:
            data[name].encoding["_FillValue"] = None
    return data


def _with_units(data: xr.Dataset, *kinds: str) -> xr.Dataset:
    """Return variables of schema ``kinds`` with meaning and units that udunits reads; text has none."""
    known = {name: variable for kind in reversed(kinds) for name, variable in variables(kind).items()}
    found = {str(name): _with_unit(array, known[str(name)]) for name, array in data.data_vars.items()}
    return data.assign(found)


def _with_unit(array: xr.DataArray, known: Variable) -> xr.DataArray:
    attrs = {"long_name": known.text}
    if array.dtype.kind not in "fiu":
        text = np.array([clean(str(value)) for value in array.values.ravel()]).reshape(array.shape)
        return array.copy(data=text).drop_attrs().assign_attrs(attrs)
    attrs["units"] = UNITS[known.units]
    if "EUR" in known.units or known.units == "price_unit":
        attrs["currency"] = "EUR"
    return array.drop_attrs().assign_attrs(attrs)


def _labelled(data: xr.Dataset) -> xr.Dataset:
    """Return the Dataset with names of things as auxiliary coordinates beside their dimension."""
    labels = [str(dim) for dim in data.dims if dim in data.coords and data[dim].dtype.kind in "OUT"]
    named = {
        f"{dim}_label": (
            dim,
            np.array([clean(str(value)) for value in data[dim].values]),
            {"long_name": f"name of the {dim}"},
        )
        for dim in labels
    }
    return data.drop_vars(labels).assign_coords(named)


def _places(found: Sequence[Site], dim: str) -> dict[str, Any]:
    """Return latitude and longitude along ``dim`` as coordinates, and which connections are unconfirmed."""
    prefix = "" if dim == "site" else f"{dim}_"
    rows = {
        f"{prefix}lat": ("latitude", "degrees_north", [site.lat for site in found]),
        f"{prefix}lon": ("longitude", "degrees_east", [site.lon for site in found]),
    }
    coords = {
        name: xr.DataArray(
            values, dims=dim, attrs={"standard_name": standard, "long_name": standard, "units": unit}
        )
        for name, (standard, unit, values) in rows.items()
    }
    if dim != "site":
        return coords
    shaky = [int(doubtful(site)) for site in found]
    flag = xr.DataArray(np.array(shaky, dtype=np.int8), dims=dim)
    flag.attrs = {
        "long_name": "whether no public source confirms the connection's megawatts or dates",
        "flag_values": np.array([0, 1], dtype=np.int8),
        "flag_meanings": "confirmed unconfirmed",
    }
    return coords | {"connection_unconfirmed": flag}


def _quarters(names: Sequence[str]) -> dict[str, xr.DataArray]:
    """Return the start of each quarter as a time coordinate, with its bounds."""
    starts = pd.PeriodIndex(list(names), freq="Q").to_timestamp()
    edges = np.stack([starts.values, (starts + pd.DateOffset(months=3)).values], axis=1)
    return _axis("quarter", starts.values, edges, "start of the quarter", f"days since {starts[0]:%Y-%m-%d}")


def _axis(name: str, values: np.ndarray, edges: np.ndarray, text: str, units: str) -> dict[str, xr.DataArray]:
    about = {
        "standard_name": "time",
        "long_name": text,
        "bounds": f"{name}_bounds",
        "axis": "T",
        "units_metadata": "leap_seconds: none",
    }
    found = {
        name: xr.DataArray(values, dims=name, attrs=about),
        f"{name}_bounds": xr.DataArray(edges, dims=(name, "edge")),
    }
    for array in found.values():
        array.encoding = {"units": units, "calendar": "standard", "dtype": "float64"}
    return found


def _hourly(hours: xr.Dataset, places: Mapping[str, Site]) -> xr.Dataset:
    """Return the hours along ``operated_site`` and ``time``, each with how it stands for its hour."""
    told = _with_units(hours, "replay", "grids")
    for name in told.data_vars:
        how = "sum" if name in SUMMED else "point" if name == "stored_mwh" else "mean"
        told[name].attrs["cell_methods"] = f"time: {how}"
    told["stored_mwh"].attrs["comment"] = "at the end of the hour"
    told = told.rename({str(name): f"hourly_{name}" for name in told.data_vars})
    told = _labelled(told.rename({"site": OPERATED}))
    built = [places[str(name)] for name in hours["site"].values]
    start = hours["time"].values
    edges = np.stack([start, start + np.timedelta64(1, "h")], axis=1)
    units = f"hours since {pd.Timestamp(start[0]):%Y-%m-%d %H:%M:%S}"
    axis = _axis("time", start, edges, "start of the hour, UTC", units)
    return told.assign_coords(axis | _places(built, OPERATED))


def _about(run: Run) -> dict[str, str]:
    told = run.manifest
    return {
        "Conventions": "CF-1.11",
        "title": clean(f"Plan {told['case']}: sites, quarters and hourly operation of its last fleet"),
        "institution": "made by a user of twin, a planner's digital twin of a European AI compute fleet",
        "source": clean(f"twin {told['versions']['twin']}, run {told['run']}, hours: {told['energy_grid']}"),
        "history": f"{told['created']} planned by twin; exported by twin export",
        "references": "docs/exports.md of twin",
        "comment": "where connection_unconfirmed is 1 no public source confirms megawatts or dates; "
        "money is EUR at the level of the case",
    }
