"""The GPU load that a case asks for, by region, with the fleet of a year."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from twin import library
from twin.config.case import Case
from twin.errors import BadInput, Fault
from twin.grids.load import fleet_it_power_pu, load_grid
from twin.grids.load_regions import ANYWHERE, Scale, regional_load
from twin.grids.reference import nominal_time
from twin.hall import load_hall
from twin.netcdf import dataset_bytes
from twin.references import check_references
from twin.wholefile import make_folder, write_whole


def load_of(case: Case, year: int | None = None) -> xr.Dataset:
    """Return the load by workload, region and hour (schema kind ``load``) of a case's fleet.

    ``year`` (default the plan's last) sets the fleet, from the wanted path at the year's end, and how far
    demand has grown. ``attrs["planner_mean_mw"]`` is what the planner's own load grid draws. Raises BadInput.
    """
    check_references(case)
    first, last = (int(quarter[:4]) for quarter in (case.horizon.first_quarter, case.horizon.last_quarter))
    at = last if year is None else year
    if not first <= at <= last:
        raise BadInput(Fault("twin load show", "--year", at, f"a year of the plan, {first} to {last}"))
    workloads = [library.get("workloads", name) for name in case.workloads]
    hall = load_hall(next(iter(case.designs.values())))
    mw = wanted_mw(case, at)
    weights = {str(metro): weight for metro, weight in case.policy.metro_weights.items()}
    gpus_per_mw = 1000.0 / hall.rack.it_kw * hall.rack.gpus
    scale = Scale(mw, gpus_per_mw, at, last, wanted_mw(case, last), weights)
    planner = float(fleet_it_power_pu(load_grid(workloads, nominal_time(), case.seed)).mean())
    found = regional_load(workloads, nominal_time(), scale, case.seed)
    return found.assign_attrs(case=case.name, planner_mean_mw=planner * mw)


def write_hours(load: xr.Dataset, folder: Path) -> Path:
    """Write the load as ``load.nc`` into ``folder``, whole or not at all, and return its path."""
    make_folder(folder)
    path = folder / "load.nc"
    hourly = [name for name in load.data_vars if "time" in load[name].dims]
    packed = {name: {"dtype": "float32", "zlib": True, "complevel": 4} for name in hourly}
    write_whole(path, dataset_bytes(load, packed))
    return path


def wanted_mw(case: Case, year: int) -> float:
    """Return the megawatts wanted at the end of a year, straight lines between the path's quarters."""
    path = sorted(case.target.path_mw.items())
    when = [int(quarter[:4]) + int(quarter[-1]) / 4 for quarter, _ in path]
    return float(np.interp(year + 1.0, when, [mw for _, mw in path]))


def load_rows(load: xr.Dataset) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return header and rows: one row a workload and region with GPUs, and the fleet."""
    header = ("workload", "for", "MW", "busy", "mean MW", "peak MW", "moves MW", "in h", "law", "ms")
    rows = [
        _row(load.sel(workload=name, region=region))
        for name in load["workload"].values
        for region in load["region"].values
        if float(load["capacity_mw"].sel(workload=name, region=region)) > 0
    ]
    power = load["power_mw"].sum(("workload", "region"))
    moving = float(load["deferrable_mw"].sum(("workload", "region")).mean())
    mw = f"{load.attrs['mw_it']:,.0f}"
    total = ("fleet", "", mw, "", _mw(power.mean()), _mw(power.max()), f"{moving:.1f}", "", "", "")
    return header, [*rows, total]


def job_rows(load: xr.Dataset) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return header and rows of the workloads that are single jobs."""
    header = ("jobs of a year", "started", "interrupted", "mean wait h", "goodput")
    rows = []
    for name in load["workload"].values:
        cell = load.sel(workload=name)
        if np.isfinite(float(cell["jobs"])):
            counts = (f"{float(cell[key]):,.0f}" for key in ("jobs", "failures"))
            rows.append(
                (str(name), *counts, f"{float(cell['mean_wait_h']):.1f}", f"{float(cell['goodput']):.3f}")
            )
    return header, rows


def _row(cell: xr.Dataset) -> tuple[str, ...]:
    region, latency = str(cell["region"].item()), float(cell["latency_ms"])
    return (
        str(cell["workload"].item()), "" if region == ANYWHERE else region, _mw(cell["capacity_mw"]),
        f"{float(cell['utilisation'].mean()):.2f}", _mw(cell["power_mw"].mean()), _mw(cell["power_mw"].max()),
        f"{float(cell['deferrable_mw'].mean()):.1f}", f"{float(cell['defer_window_h']):.0f}",
        str(cell["sovereignty"].item()), "" if np.isnan(latency) else f"{latency:.0f}",
    )  # fmt: skip


def _mw(value: xr.DataArray) -> str:
    return f"{float(value):,.0f}"
