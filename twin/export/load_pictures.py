"""The GPU load as one picture: a week of power, a day of people by region, jobs over a year, duration."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from twin.export.names import names_as_text
from twin.export.picture import save_picture

COLOURS = ("#3b6ea5", "#5b9aa0", "#d9c26b", "#d98e5f", "#7d6b91", "#b5656b", "#8fb996", "#4f5d6b")
METROS = {"fra": "Frankfurt", "ams": "Amsterdam", "par": "Paris", "lon": "London", "mad": "Madrid",
          "sto": "Stockholm", "anywhere": "anywhere"}  # fmt: skip
WEEK = slice(24 * 7 * 19, 24 * 7 * 20)
"""A week of May without public holidays in most of Europe; modelled people keep none anyway."""


@names_as_text()
def draw_load(load: xr.Dataset, title: str, path: Path) -> Path:
    """Draw a Dataset of schema kind ``load`` and write a picture; returns ``path``."""
    figure = Figure(figsize=(13.0, 8.2), dpi=105, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, x=0.01, ha="left", fontsize=13, weight="bold")
    (week, day), (year, duration) = figure.subplots(2, 2)
    _week(week, load)
    _day(day, load)
    _year(year, load)
    _duration(duration, load)
    for axes in (week, day, year, duration):
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_title(axes.get_title(loc="left"), loc="left", fontsize=10.5)
        axes.tick_params(labelsize=8)
    return save_picture(figure, path)


def _week(axes: Axes, load: xr.Dataset) -> None:
    """Power of each workload, stacked, over one week from Monday."""
    power = load["power_mw"].sum("region")
    first = _monday(load["time"].values, WEEK.start)
    hours = slice(first, first + 168)
    rows = [power.sel(workload=name).values[hours] for name in load["workload"].values]
    axes.stackplot(np.arange(168), *rows, labels=[str(n) for n in load["workload"].values], colors=COLOURS)
    axes.set_xticks(np.arange(0, 168, 24) + 12, ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])
    axes.set_xlim(0, 167)
    axes.set_ylim(0, 1.25 * sum(row.max() for row in rows))
    axes.set_ylabel("MW of IT drawn")
    axes.set_title("A week in May", loc="left")
    axes.legend(fontsize=7.5, ncols=2, loc="upper left", frameon=False)


def _day(axes: Axes, load: xr.Dataset) -> None:
    """Mean demand of people by hour of day, UTC, working days and weekends."""
    people = load.sel(workload=load["pattern"] == "interactive")
    axes.set_title("People by hour of day (UTC): working days, and weekends dashed", loc="left")
    axes.set_ylabel("share of the region's GPUs busy")
    axes.set_xticks(range(0, 25, 3))
    axes.set_xlim(0, 23)
    if people.sizes["workload"] == 0:
        axes.text(11.5, 0.5, "no interactive work in this case", ha="center", color="#777")
        return
    weekend = (people["time"].dt.dayofweek >= 5).values
    busy = people["utilisation"].isel(workload=0)
    regions = [str(r) for r in people["region"].values if float(busy.sel(region=r).max()) > 0]
    for colour, region in zip(COLOURS, regions, strict=False):
        hours = busy.sel(region=region).values
        for kind, style in ((~weekend, "-"), (weekend, "--")):
            mean = hours[kind].reshape(-1, 24).mean(axis=0)
            label = METROS.get(region, region) if style == "-" else None
            axes.plot(range(24), mean, style, color=colour, linewidth=1.4, label=label)
    axes.set_ylim(0, 1)
    axes.legend(fontsize=7.5, ncols=3, loc="lower right", frameon=False)


def _year(axes: Axes, load: xr.Dataset) -> None:
    """Daily mean utilisation of work that runs anywhere, over the year."""
    axes.set_title("Jobs and queues over the year: share of GPUs computing, daily means", loc="left")
    machines = load.sel(workload=load["pattern"] != "interactive", region="anywhere")
    days = np.arange(load.sizes["time"] // 24)
    for colour, name in zip(COLOURS, machines["workload"].values, strict=False):
        daily = machines["utilisation"].sel(workload=name).values[: 24 * len(days)].reshape(-1, 24)
        axes.plot(days, daily.mean(axis=1), color=colour, linewidth=1.0, label=str(name))
    starts = np.flatnonzero(load["time"].dt.is_month_start.values[::24])
    axes.set_xticks(starts, [m for m, _ in zip("JFMAMJJASOND", starts, strict=False)])
    axes.set_xlim(0, max(len(days) - 1, 1))
    axes.set_ylim(0, 1)
    axes.legend(fontsize=7.5, ncols=3, loc="lower right", frameon=False)


def _duration(axes: Axes, load: xr.Dataset) -> None:
    """Fleet power sorted, and what of it may move."""
    total = load["power_mw"].sum(("workload", "region")).values
    moving = load["deferrable_mw"].sum(("workload", "region")).values
    order = np.argsort(total)[::-1]
    share = 100 * np.arange(len(total)) / len(total)
    axes.fill_between(share, total[order] - moving[order], total[order], color="#efd9a0", label="may move")
    axes.plot(share, total[order], color="#3b6ea5", linewidth=1.6, label="fleet")
    axes.axhline(float(load.attrs["mw_it"]), color="#777", linewidth=0.8, linestyle=":")
    axes.annotate("critical IT load", (99, float(load.attrs["mw_it"])), ha="right", va="bottom", fontsize=7.5)
    axes.set_ylim(0, 1.1 * float(load.attrs["mw_it"]))
    axes.set_xlim(0, 100)
    axes.set_xlabel("share of hours, %", fontsize=8)
    axes.set_ylabel("MW of IT drawn")
    axes.set_title("Duration of the fleet's power", loc="left")
    axes.legend(fontsize=7.5, loc="lower left", frameon=False)


def _monday(time: np.ndarray, near: int) -> int:
    """Return the first hour of the Monday at or after hour ``near``, or 0 in a short series."""
    days = time.astype("datetime64[D]").view("int64")
    ahead = np.flatnonzero((np.arange(len(time)) >= near) & ((days + 3) % 7 == 0))
    return int(ahead[0]) if len(ahead) and ahead[0] + 168 <= len(time) else 0
