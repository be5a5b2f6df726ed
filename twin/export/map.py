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

from twin.export.names import names_as_text
from twin.export.picture import save_picture
from twin.export.rows import UNCONFIRMED_MARK, SiteRow
from twin.library import data_dir

WEST, SOUTH, EAST, NORTH = -11.5, 36.0, 31.5, 70.5
"""Frame of the map in degrees."""
LAND, COAST, SEA, REJECTED = "#eceae4", "#b9b5aa", "#f8fafb", "#8d9499"
LABEL_DEG_LON, LABEL_DEG_LAT = 6.4, 1.35
"""Room that a label takes, in degrees of the frame."""


@names_as_text()
def draw_map(rows: Sequence[SiteRow], title: str, path: Path) -> Path:
    """Draw ``rows`` and write a picture (ending decides the format); returns ``path``.

    Area of a disc = IT megawatts at the end of the plan, colour = carbon intensity of its supply.
    """
    figure = Figure(figsize=(8.6, 9.0), dpi=140, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.02, 0.05, 0.96, 0.88))
    land(axes)
    _rejected(axes, [row for row in rows if not row.chosen])
    _chosen(axes, figure, [row for row in rows if row.chosen])
    figure.text(0.03, 0.955, title, fontsize=13, weight="bold")
    figure.text(
        0.03,
        0.02,
        f"Disc: chosen, area = MW of IT; cross: not chosen; {UNCONFIRMED_MARK}: unconfirmed connection. "
        "Outlines: Natural Earth (public domain)",
        fontsize=7,
        color="#777777",
    )
    return save_picture(figure, path)


def land(axes: Axes) -> None:
    """Draw the outlines of Europe and set the frame of the map."""
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
    _labels(axes, rows)
    bar = figure.colorbar(points, ax=axes, shrink=0.35, pad=0.01, location="right", anchor=(0.0, 0.15))
    bar.set_label("gCO2 per kWh consumed", fontsize=8)
    bar.ax.tick_params(labelsize=7)


def _labels(axes: Axes, rows: Sequence[SiteRow]) -> None:
    """Name the sites beside their discs; labels that would meet or hide a disc move down on a line."""
    placed: list[tuple[float, float]] = []
    for row in sorted(rows, key=lambda row: -row.lat):
        left = row.lon > (WEST + EAST) / 2 + LABEL_DEG_LON / 2
        x = row.lon - LABEL_DEG_LON - 1.2 if left else row.lon + 2.0
        y = row.lat
        while any(abs(x - px) < LABEL_DEG_LON and abs(y - py) < LABEL_DEG_LAT for px, py in placed) or any(
            x < other.lon < x + LABEL_DEG_LON and abs(y - other.lat) < LABEL_DEG_LAT for other in rows
        ):
            y -= 0.1
        placed.append((x, y))
        axes.annotate(
            f"{row.label}  {row.mw_it:.0f} MW\nfrom {row.first_quarter}",
            (row.lon, row.lat),
            xytext=(x, y),
            textcoords="data",
            fontsize=7.5,
            verticalalignment="center",
            zorder=4,
            bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.8},
            arrowprops={"arrowstyle": "-", "color": "#555555", "linewidth": 0.6},
        )
