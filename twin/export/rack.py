"""A rack's verdict at each site, as a table and as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from rich.table import Table
from rich.text import Text

from twin.export.names import names_as_text
from twin.export.picture import save_picture
from twin.export.plain_table import plain_table

WORKS, FAILS = "#3b6ea5", "#b5484c"


def rack_table(title: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return the printed verdicts, in the order given."""
    table = plain_table(title)
    for name in ("site", "works", "limit that binds"):
        table.add_column(name)
    for name in ("margin", "PUE", "WUE L/kWh", "hours throttled", "hottest GPU degC"):
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(
            row["site"],
            "yes" if row["feasible"] else Text("no", style="bold red"),
            row["binding_limit"],
            f"{row['margin']:.1f} {row['margin_unit']}",
            f"{row['pue']:.3f}",
            f"{row['wue_l_per_kwh']:.2f}",
            f"{row['hours_throttled']:.0f}",
            f"{row['gpu_degc_max']:.1f}",
        )
    return table


def hours_table(checked: xr.Dataset) -> Table:
    """Return monthly PUE and throttled hours of each site, for a closer look than the year."""
    hall = checked.sel(design="hall")
    month = hall["time"].dt.month
    table = plain_table("PUE by month (hours throttled)")
    table.add_column("site")
    for number in range(1, 13):
        table.add_column(f"{number:02d}", justify="right")
    pue = hall["pue"].groupby(month).mean()
    throttled = (hall["throttle_pu"] > 0).groupby(month).sum()
    for site in hall["site"].values.tolist():
        cells = zip(pue.sel(site=site).values, throttled.sel(site=site).values, strict=True)
        table.add_row(site, *(f"{mean:.3f}" + (f" ({count})" if count else "") for mean, count in cells))
    return table


@names_as_text()
def draw_rack(title: str, rows: Sequence[Mapping[str, Any]], path: Path) -> Path:
    """Draw PUE, hottest GPU and throttled hours by site and write a picture; returns ``path``."""
    figure = Figure(figsize=(9.0, 1.6 + 0.2 * len(rows)), dpi=140, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, 3, sharey=True)
    y = np.arange(len(rows))
    colours = [WORKS if row["feasible"] else FAILS for row in rows]
    panels = (
        ("pue", "PUE of the year"),
        ("gpu_degc_max", "hottest GPU, degC"),
        ("hours_throttled", "hours throttled"),
    )
    for axis, (key, label) in zip(axes, panels, strict=True):
        axis.barh(y, [row[key] for row in rows], color=colours, height=0.7)
        axis.set_xlabel(label, fontsize=8)
        axis.tick_params(labelsize=7)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_xlim(left=1.0)
    axes[1].set_xlim(left=20.0)
    axes[2].set_xlim(0.0, max(10.0, 1.05 * max(row["hours_throttled"] for row in rows)))
    axes[0].set_ylim(-0.8, len(rows) - 0.2)
    axes[0].set_yticks(y, [row["site"] for row in rows], fontsize=7)
    axes[0].invert_yaxis()
    figure.suptitle(f"{title}\nhardest site first; red: does not work", fontsize=10, x=0.02, ha="left")
    figure.tight_layout()
    return save_picture(figure, path)
