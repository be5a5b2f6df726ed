"""Pictures of a grid: a map of means, duration curves, and heat maps of hour by day."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import fill

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from twin.export.map import land
from twin.export.names import names_as_text
from twin.export.picture import save_picture
from twin.export.zone_shapes import Shapes, label_place, zone_shapes
from twin.grids.quality import LEVELS, Summary
from twin.wholefile import make_folder

TITLES = {
    "price": ("Day-ahead price", "EUR/MWh", 1.0, "YlOrRd", "{:.0f}"),
    "carbon": ("Carbon intensity", "g/kWh", 1.0, "YlOrBr", "{:.0f}"),
    "cfe": ("Carbon-free share", "%", 100.0, "YlGn", "{:.0f}"),
    "wind": ("Wind capacity factor", "%", 100.0, "Blues", "{:.0f}"),
    "pv": ("PV capacity factor", "%", 100.0, "Oranges", "{:.0f}"),
}
"""Title, printed unit, factor to it, colours and format by kind."""
MARKED = ("#b5403a", "#3b6ea5", "#5a8f4e", "#8a6bb0")
"""Colours of the zones that the duration curves name."""
MONTH_STARTS = (0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335)


@names_as_text()
def draw_grid(label: str, summaries: Sequence[Summary], folder: Path) -> list[Path]:
    """Draw every picture of a grid into ``folder`` and return their paths."""
    make_folder(folder)
    paths = [
        draw_means(label, summaries, folder / "means.png"),
        draw_duration(label, summaries, folder / "duration.png"),
    ]
    for summary in summaries:
        if len(summary.heat):
            paths.append(draw_heat(label, summary, folder / f"heat-{summary.variable}.png"))
    return paths


@names_as_text()
def draw_means(label: str, summaries: Sequence[Summary], path: Path) -> Path:
    """Draw one map a kind, zones coloured by their mean; returns ``path``."""
    columns = min(len(summaries), 3)
    rows = -(-len(summaries) // 3)
    figure = Figure(
        figsize=(4.6 * columns, 5.0 * rows + 0.5), dpi=130, facecolor="white", layout="constrained"
    )
    FigureCanvasAgg(figure)
    _head(figure, f"{label}: means", columns)
    shapes = zone_shapes({zone.split(" ")[0] for summary in summaries for zone in summary.zones})
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes, summary in zip(grid.flat, summaries, strict=False):
        _map(figure, axes, summary, shapes)
    for axes in grid.flat[len(summaries) :]:
        axes.set_visible(False)
    figure.supxlabel("Outlines: entsoe-py (MIT), Natural Earth (public domain)", fontsize=6, color="#999999")
    return save_picture(figure, path)


def _head(figure: Figure, text: str, columns: int) -> None:
    """Write the title at the left, in as many lines as the columns of pictures need."""
    figure.suptitle(fill(text, 48 * columns), fontsize=11, weight="bold", x=0.01, ha="left")


def _map(figure: Figure, axes: Axes, summary: Summary, shapes: Shapes) -> None:
    title, unit, factor, colours, written = TITLES[summary.variable]
    land(axes)
    means = {zone: value * factor for zone, value in _by_place(summary).items() if zone in shapes}
    low, high = (min(means.values()), max(means.values())) if means else (0.0, 1.0)
    norm, colour = Normalize(low, high if high > low else low + 1.0), colormaps[colours]
    for zone, value in means.items():
        face = colour(0.08 + 0.84 * float(norm(value)))
        axes.add_collection(
            PolyCollection(shapes[zone], facecolor=face, edgecolor="#777777", linewidth=0.4, zorder=2)
        )
        axes.text(
            *label_place(zone, shapes[zone]),
            written.format(value),
            fontsize=6.5,
            ha="center",
            va="center",
            color="#222222",
            path_effects=[withStroke(linewidth=1.6, foreground="white")],
            zorder=4,
        )
    left = sorted(set(_by_place(summary)) - set(means))
    shown = f"{len(means)} zones" + (
        f"; no outline: {' '.join(left[:6])}{' …' if len(left) > 6 else ''}" if left else ""
    )
    axes.set_title(f"{title}, {unit}", fontsize=10, loc="left")
    axes.set_xlabel(shown, fontsize=7, color="#777777")


def _by_place(summary: Summary) -> dict[str, float]:
    """Return means by zone name, members of a cube averaged."""
    out: dict[str, list[float]] = {}
    for zone, value in zip(summary.zones, summary.mean, strict=True):
        if np.isfinite(value):
            out.setdefault(zone.split(" ")[0], []).append(float(value))
    return {zone: float(np.mean(values)) for zone, values in out.items()}


@names_as_text()
def draw_duration(label: str, summaries: Sequence[Summary], path: Path) -> Path:
    """Draw duration curves, all zones thin, four of them named; returns ``path``."""
    columns = min(len(summaries), 3)
    rows = -(-len(summaries) // 3)
    figure = Figure(
        figsize=(4.6 * columns, 3.7 * rows + 0.5), dpi=130, facecolor="white", layout="constrained"
    )
    FigureCanvasAgg(figure)
    _head(figure, f"{label}: duration curves", columns)
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes, summary in zip(grid.flat, summaries, strict=False):
        _duration(axes, summary)
    for axes in grid.flat[len(summaries) :]:
        axes.set_visible(False)
    return save_picture(figure, path)


def _duration(axes: Axes, summary: Summary) -> None:
    title, unit, factor, _, _ = TITLES[summary.variable]
    curves = summary.duration[:, ::-1] * factor
    known = np.flatnonzero(np.isfinite(summary.mean))
    for row in known:
        axes.plot(100 * LEVELS, curves[row], color="#b8bcc2", linewidth=0.6, zorder=1)
    order = known[np.argsort(-summary.mean[known], kind="stable")]
    places = sorted({0, len(order) // 3, 2 * len(order) // 3, len(order) - 1} if len(order) else set())
    for colour, place in zip(MARKED, places, strict=False):
        row = order[place]
        text = f"{summary.zones[row]} {summary.mean[row] * factor:.0f}"
        axes.plot(100 * LEVELS, curves[row], color=colour, linewidth=1.5, label=text, zorder=2)
    if len(known):
        # The rarest hours would flatten everything else; they are in the table of extremes.
        axes.set_ylim(float(np.nanmin(curves[:, -3])), 1.04 * float(np.nanmax(curves[:, 2])))
    axes.set_xlim(0, 100)
    axes.set_title(f"{title}, {unit}", fontsize=10, loc="left")
    axes.set_xlabel("share of hours, %", fontsize=8)
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=7, frameon=False, title="mean", title_fontsize=7)


@names_as_text()
def draw_heat(label: str, summary: Summary, path: Path) -> Path:
    """Draw hour by day for every zone kept, on one scale of colours; returns ``path``."""
    title, unit, factor, colours, _ = TITLES[summary.variable]
    count = len(summary.heat)
    columns = min(count, 4)
    rows = -(-count // columns)
    figure = Figure(
        figsize=(3.4 * columns + 0.8, 1.35 * rows + 1.1), dpi=130, facecolor="white", layout="constrained"
    )
    FigureCanvasAgg(figure)
    _head(figure, f"{label}: {title}, {unit}, by hour (UTC) and day", columns)
    heat = summary.heat * factor
    low, high = np.nanquantile(heat, (0.02, 0.98)) if np.isfinite(heat).any() else (0.0, 1.0)
    if summary.variable == "pv":
        low = 0.0
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for axes, zone, days in zip(grid.flat, summary.zones, heat, strict=False):
        image = axes.imshow(days.T, aspect="auto", origin="lower", cmap=colours, vmin=low, vmax=high,
                            extent=(0, 366, 0, 24), interpolation="nearest")  # fmt: skip
        axes.set_title(zone, fontsize=8, loc="left", pad=2)
        axes.set_yticks([0, 6, 12, 18, 24])
        axes.set_xticks(MONTH_STARTS, list("JFMAMJJASOND"))
        axes.tick_params(labelsize=6, length=2)
    for axes in grid.flat[count:]:
        axes.set_visible(False)
    bar = figure.colorbar(
        image, ax=grid, shrink=0.5, pad=0.01, extend="max" if low == 0 else "both", aspect=30
    )
    bar.ax.tick_params(labelsize=7)
    return save_picture(figure, path)
