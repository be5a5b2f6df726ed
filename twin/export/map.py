"""A map of Europe with the chosen and the rejected sites, as a picture file."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from twin.export.rows import SiteRow
from twin.library import data_dir

WEST, SOUTH, EAST, NORTH = -11.5, 36.0, 31.5, 70.5
"""Frame of the map in degrees."""
LAND, COAST, SEA, REJECTED = "#eceae4", "#b9b5aa", "#f8fafb", "#8d9499"
LABEL_FROM_MW = 1.0


def draw_map(rows: Sequence[SiteRow], title: str, path: Path) -> Path:
    """Draw ``rows`` and write a picture (ending decides the format); returns ``path``.

    Area of a disc = IT megawatts at the end of the plan, colour = carbon intensity of its supply.
    """
    figure = Figure(figsize=(8.6, 9.0), dpi=140, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.02, 0.05, 0.96, 0.88))
    _land(axes)
    _rejected(axes, [row for row in rows if not row.chosen])
    _chosen(axes, figure, [row for row in rows if row.chosen])
    figure.text(0.03, 0.955, title, fontsize=13, weight="bold")
    figure.text(0.03, 0.02, "Outlines: Natural Earth (public domain)", fontsize=7, color="#777777")
    figure.savefig(path)
    return path


def _land(axes: Axes) -> None:
    outlines = json.loads((data_dir() / "geometry" / "europe.json").read_text(encoding="utf-8"))
    rings = [ring for country in outlines["countries"] for ring in country["rings"]]
    axes.add_collection(PolyCollection(rings, facecolor=LAND, edgecolor=COAST, linewidth=0.5, zorder=1))
    axes.set_xlim(WEST, EAST)
    axes.set_ylim(SOUTH, NORTH)
    # One degree of longitude is shorter than one of latitude by the cosine of the middle latitude.
    axes.set_aspect(1 / math.cos(math.radians((SOUTH + NORTH) / 2)))
    axes.set_facecolor(SEA)
    axes.set_xticks([])
    axes.set_yticks([])


def _rejected(axes: Axes, rows: Sequence[SiteRow]) -> None:
    longitudes, latitudes = [row.lon for row in rows], [row.lat for row in rows]
    axes.scatter(longitudes, latitudes, s=16, marker="x", color=REJECTED, linewidths=0.9, zorder=2)


def _chosen(axes: Axes, figure: Figure, rows: Sequence[SiteRow]) -> None:
    if not rows:
        return
    largest_first = sorted(rows, key=lambda row: -row.mw_it)
    points = axes.scatter(
        [row.lon for row in largest_first],
        [row.lat for row in largest_first],
        s=[40 + 4.0 * row.mw_it for row in largest_first],
        c=[row.carbon_g_per_kwh or 0.0 for row in largest_first],
        cmap="viridis_r",
        alpha=0.85,
        edgecolor="white",
        linewidth=0.8,
        zorder=3,
    )
    for row in largest_first:
        axes.annotate(
            f"{row.site}  {row.mw_it:.0f} MW\nfrom {row.first_quarter}",
            (row.lon, row.lat),
            xytext=(6 + math.sqrt(row.mw_it) * 0.9, 2),
            textcoords="offset points",
            fontsize=8,
            zorder=4,
            bbox={"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 0.8},
        )
    bar = figure.colorbar(points, ax=axes, shrink=0.35, pad=0.01, location="right", anchor=(0.0, 0.15))
    bar.set_label("gCO2 per kWh consumed", fontsize=8)
    bar.ax.tick_params(labelsize=7)
