"""A year of every rack, as a planner's table and as a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from twin.export.datasets import netcdf_bytes
from twin.export.names import names_as_text
from twin.export.picture import save_picture
from twin.export.plain_table import plain_table
from twin.wholefile import write_whole

COLOURS = ("#3b6ea5", "#5b9aa0", "#d9c26b", "#d98e5f", "#7d6b91", "#b5656b")


def racks_view(racks: xr.Dataset) -> RenderableType:
    """Return the printed year: sites, workloads, spread of racks, and what was lost."""
    hours = racks.sizes["time"]
    parts: list[RenderableType] = [_sites(racks), _workloads(racks), _followed(racks)]
    drawn, planned = float(racks["it_power_mw"].sum()), float(racks.attrs.get("planned_it_mwh", np.nan))
    lost = racks["lost_gpu_hours"].sum("site")
    held = float((racks["racks"] * racks["rack_gpus"]).sum()) * hours
    quantile = racks["rack_power_pu"].mean("time")
    lines = [
        f"IT energy {drawn / 1e6:.3f} TWh; the planner's load has {planned / 1e6:.3f} TWh,"
        f" {drawn / planned - 1:+.1%} in racks",
        "GPU-hours lost: "
        + ", ".join(f"{c} {float(lost.sel(cause=c)) / held:.2%}" for c in lost["cause"].values),
        "a rack draws {:.0%} of its nameplate in the median hour; 5 % draw under {:.0%}, 5 % over {:.0%},"
        " the most {:.0%}".format(
            *(float(quantile.sel(quantile=q)) for q in ("p50", "p05", "p95")),
            float(racks["rack_power_pu"].sel(quantile="max").max()),
        ),
    ]
    return Group(*parts, *(Text(line) for line in lines))


def _sites(racks: xr.Dataset) -> Table:
    kinds = racks.attrs.get("racks_of", "")
    table = plain_table(f"{racks.sizes['rack']:,} racks ({kinds}), {racks.sizes['time']:,} hours")
    table.add_column("site")
    for name in ("racks", "GPUs", "mean MW", "peak MW", "GPUs busy", "servers away", "runs stopped",
                 "GPU-hours lost"):  # fmt: skip
        table.add_column(name, justify="right")
    for name in racks["site"].values:
        site = racks.sel(site=name)
        count, gpus = float(site["racks"]), float(site["racks"] * site["rack_gpus"])
        lost = float(site["lost_gpu_hours"].sum()) / (gpus * racks.sizes["time"])
        table.add_row(
            str(name), f"{count:,.0f}", f"{gpus:,.0f}", f"{float(site['it_power_mw'].mean()):,.1f}",
            f"{float(site['it_power_mw'].max()):,.1f}", f"{float(site['busy_share'].mean()):.1%}",
            f"{float(site['nodes_down'].mean()):.1f}", f"{float(site['interruptions']):,.0f}", f"{lost:.2%}",
        )  # fmt: skip
    return table


def _workloads(racks: xr.Dataset) -> Table:
    table = plain_table("Racks by workload")
    table.add_column("workload")
    for name in ("racks", "MWh a year", "least", "most", "busy hours"):
        table.add_column(name, justify="right")
    work = racks["rack_workload"].values
    for name in dict.fromkeys(work.tolist()):
        here = work == name
        energy, busy = racks["rack_mwh"].values[here], racks["rack_busy_h"].values[here]
        table.add_row(str(name), f"{here.sum():,}", f"{energy.mean():,.0f}", f"{energy.min():,.0f}",
                      f"{energy.max():,.0f}", f"{busy.mean():,.0f}")  # fmt: skip
    return table


def _followed(racks: xr.Dataset) -> RenderableType:
    if "asked" not in racks.dims:
        return Text("")
    table = plain_table("Racks followed")
    table.add_column("rack")
    for name in ("mean kW", "peak kW", "GPUs busy", "server-hours away"):
        table.add_column(name, justify="right")
    for label in racks["asked"].values:
        one = racks.sel(asked=label)
        table.add_row(str(label), f"{float(one['asked_power_kw'].mean()):.1f}",
                      f"{float(one['asked_power_kw'].max()):.1f}", f"{float(one['asked_busy'].mean()):.1%}",
                      f"{float(one['asked_down'].sum()):.1f}")  # fmt: skip
    return table


def write_racks(racks: xr.Dataset, path: Path) -> Path:
    """Write the Dataset of kind ``racks`` as compressed NetCDF, whole or not at all; returns ``path``."""
    write_whole(path, netcdf_bytes(racks))
    return path


@names_as_text()
def draw_racks(racks: xr.Dataset, path: Path) -> Path:
    """Draw the fleet's hours, the spread of racks and their yearly energies; returns ``path``."""
    figure = Figure(figsize=(13.0, 7.6), dpi=105, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    title = f"{racks.sizes['rack']:,} racks, every hour of a year: {racks.attrs.get('case', '')}"
    figure.suptitle(title, x=0.01, ha="left", fontsize=13, weight="bold")
    (fleet, spread), (week, energy) = figure.subplots(2, 2)
    _fleet(fleet, racks)
    _spread(spread, racks)
    _week(week, racks)
    _energies(energy, racks)
    for axes in (fleet, spread, week, energy):
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=8)
    return save_picture(figure, path)


def _fleet(axes: Axes, racks: xr.Dataset) -> None:
    """Daily mean power of sites, stacked; small ones together."""
    days = racks.sizes["time"] // 24
    daily = racks["it_power_mw"].values[:, : 24 * days].reshape(-1, days, 24).mean(axis=2)
    order = np.argsort(daily.mean(axis=1))[::-1]
    shown, rest = order[:5], order[5:]
    names = [str(racks["site"].values[i]) for i in shown]
    rows = [daily[i] for i in shown]
    if rest.size:
        rows.append(daily[rest].sum(axis=0))
        names.append(f"{rest.size} more")
    axes.stackplot(np.arange(days), *rows, labels=names, colors=COLOURS)
    axes.set_ylim(0, 1.3 * daily.sum(axis=0).max())
    axes.set_xlim(0, max(days - 1, 1))
    axes.set_xlabel("day of the year", fontsize=8)
    axes.set_ylabel("MW of IT, daily mean")
    axes.set_title("Power of sites", loc="left", fontsize=10.5)
    axes.legend(fontsize=7.5, ncols=3, loc="upper left", frameon=False)


def _spread(axes: Axes, racks: xr.Dataset) -> None:
    """Quantiles over racks of every hour, each sorted over the year."""
    share = 100 * np.arange(racks.sizes["time"]) / racks.sizes["time"]
    low, middle, high, most = (
        np.sort(racks["rack_power_pu"].sel(quantile=q).values)[::-1] for q in ("p05", "p50", "p95", "max")
    )
    axes.fill_between(share, low, high, color="#c9d8e8", label="9 of 10 racks")
    axes.plot(share, middle, color=COLOURS[0], label="median rack")
    axes.plot(share, most, color="#b5484c", linewidth=0.6, label="largest")
    axes.set_ylim(0, 1.05)
    axes.set_xlim(0, 100)
    axes.set_xlabel("share of hours, %", fontsize=8)
    axes.set_ylabel("rack power over nameplate")
    axes.set_title("How far racks lie apart within an hour, each line sorted", loc="left", fontsize=10.5)
    axes.legend(fontsize=7.5, loc="lower left", frameon=False, ncols=3)


def _week(axes: Axes, racks: xr.Dataset) -> None:
    """One week of the fleet, and of a rack that was followed."""
    hours = slice(3360, 3528) if racks.sizes["time"] > 3528 else slice(0, min(168, racks.sizes["time"]))
    total = racks["it_power_mw"].sum("site").values[hours]
    axes.plot(np.arange(total.size), total, color=COLOURS[0], label="fleet, MW of IT")
    axes.set_ylim(0, 1.15 * total.max())
    axes.set_ylabel("MW of IT of the fleet")
    axes.set_xlabel("hour of a week", fontsize=8)
    axes.set_title("One week", loc="left", fontsize=10.5)
    if "asked" in racks.dims:
        other = axes.twinx()
        label = str(racks["asked"].values[0])
        other.step(
            np.arange(total.size), racks["asked_power_kw"].values[0][hours], color="#d98e5f", linewidth=1.0
        )
        other.set_ylabel(f"kW of rack {label}", fontsize=8)
        other.set_ylim(0, 2.4 * float(racks["asked_power_kw"].values[0].max()))
        other.spines[["top"]].set_visible(False)


def _energies(axes: Axes, racks: xr.Dataset) -> None:
    """Yearly energy of racks by workload."""
    work, energy = racks["rack_workload"].values, racks["rack_mwh"].values
    bins = np.linspace(0.98 * energy.min(), 1.02 * energy.max(), 80).tolist()
    for colour, name in zip(COLOURS, dict.fromkeys(work.tolist()), strict=False):
        axes.hist(energy[work == name], bins=bins, color=colour, alpha=0.75, label=str(name))
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:,.0f}")  # powers of ten would be formulae
    axes.yaxis.set_minor_formatter("")
    axes.set_xlabel("MWh a year", fontsize=8)
    axes.set_ylabel("racks")
    axes.set_ylim(0.7, 8.0 * max(axes.get_ylim()[1], 10.0))
    axes.set_title("Yearly energy of racks", loc="left", fontsize=10.5)
    axes.legend(fontsize=7.5, frameon=False, ncols=2, loc="upper left")
