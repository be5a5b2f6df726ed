"""An outlook as a table and a picture: what it does to the mean day and to the years."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from twin.config.outlook import Outlook
from twin.export.names import names_as_text
from twin.export.picture import save_picture
from twin.grids.outlook import capture

SHOWN = ("DE_LU", "FR", "ES", "SE_3")
"""Zones of the picture: one of each of the larger groups."""
COLOURS = ("#3b6ea5", "#d98e5f", "#5a8f4e", "#8a6bb0")


def outlook_rows(base: xr.Dataset, moved: xr.Dataset) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return header and rows: each zone before and after, from two energy grids of the same zones."""
    header = ("zone", "EUR/MWh", "negative h", "PV capture", "g/kWh", "carbon-free %")
    rows = []
    for zone in (str(z) for z in base["zone"].values):
        before, after = (_figures(grid.sel(zone=zone)) for grid in (base, moved))
        rows.append((zone, *(f"{a} > {b}" for a, b in zip(before, after, strict=True))))
    return header, rows


def _figures(grid: xr.Dataset) -> tuple[str, ...]:
    price, sun = grid["price_eur_per_mwh"].values, grid["pv_cf"].values
    carbon, share = float(grid["carbon_g_per_kwh"].mean()), 100 * float(grid["cfe_share"].mean())
    negative = f"{int((price < 0).sum()):,}"
    return f"{price.mean():.0f}", negative, f"{capture(price, sun):.2f}", f"{carbon:.0f}", f"{share:.0f}"


@names_as_text()
def draw_outlook(base: xr.Dataset, moved: xr.Dataset, outlook: Outlook, title: str, path: Path) -> Path:
    """Draw the mean day before and after, and the paths of level and carbon; returns ``path``."""
    figure = Figure(figsize=(13.0, 4.4), dpi=105, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, x=0.01, ha="left", fontsize=13, weight="bold")
    day, level, grey = figure.subplots(1, 3)
    zones = [zone for zone in SHOWN if zone in base["zone"].values]
    for colour, zone in zip(COLOURS, zones, strict=False):
        for grid, style in ((base, ":"), (moved, "-")):
            mean = grid["price_eur_per_mwh"].sel(zone=zone).values.reshape(-1, 24).mean(axis=0)
            day.plot(
                range(24), mean, style, color=colour, linewidth=1.6, label=zone if style == "-" else None
            )
        known = outlook.path_of(zone)
        for axes, values in ((level, known.price_factor), (grey, known.grey_factor)):
            axes.plot(outlook.years, 100 * np.array(values), color=colour, linewidth=1.6, label=zone)
    for axes, head, unit in (
        (day, "Mean day (UTC); dotted: before", "EUR/MWh"),
        (level, "Price level", "% of 2025"),
        (grey, "Power that is not carbon-free", "% of 2024"),
    ):
        axes.set_title(head, loc="left", fontsize=10.5)
        axes.set_ylabel(unit)
        axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=8)
    day.set_xticks(range(0, 25, 6))
    day.legend(fontsize=8, frameon=False, ncols=2)
    return save_picture(figure, path)
