"""The capacity path of a plan as a picture: owned and leased megawatts against what is wanted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from twin.export.names import names_as_text
from twin.export.picture import save_picture

SITE_COLOURS = (
    "#3b6ea5", "#5b9aa0", "#8fb996", "#d9c26b", "#d98e5f", "#b5656b", "#7d6b91", "#4f5d6b",
    "#93b7d9", "#a7cfc9", "#c9d9a6", "#efd9a0", "#f0bf9d", "#d9a3a8", "#b8abc9", "#8a97a3",
)  # fmt: skip


@names_as_text()
def draw_path(plan: xr.Dataset, problem: xr.Dataset, title: str, path: Path) -> Path:
    """Draw quarterly megawatts, stacked by site, and write a picture; returns ``path``.

    ``plan`` and ``problem`` are Datasets of those kinds; the starting fleet comes from the problem.
    """
    quarters = [str(quarter) for quarter in plan["quarter"].values]
    sites = [site for site in plan["site"].values if float(plan["mw_it"].sel(site=site)[-1]) > 0]
    sites.sort(key=lambda site: -float(plan["mw_it"].sel(site=site)[-1]))
    new = [plan["mw_it"].sel(site=site).values for site in sites]
    hosted = problem["committed_mw"].values - problem["committed_own_mw"].values
    layers = [problem["committed_own_mw"].values, hosted, *new, plan["lease_mw"].values]
    labels = ["starting fleet", "starting fleet, hosted", *(str(site) for site in sites), "leased"]
    colours = [
        "#c9cdd2",
        "#dfe2e5",
        *(SITE_COLOURS[i % len(SITE_COLOURS)] for i in range(len(sites))),
        "#e8b7b7",
    ]
    figure = Figure(figsize=(9.0, 4.6), dpi=140, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.08, 0.16, 0.68, 0.72))
    x = np.arange(len(quarters))
    axes.bar(x, layers[0], color=colours[0], label=labels[0], width=0.9)
    for index in range(1, len(layers)):
        axes.bar(
            x, layers[index], bottom=sum(layers[:index]), color=colours[index], label=labels[index], width=0.9
        )
    axes.plot(
        x, plan["path_mw"].values, color="black", linewidth=1.6, marker="o", markersize=3, label="wanted"
    )
    axes.set_xticks(x, quarters, rotation=60, fontsize=7)
    axes.set_ylabel("MW of IT")
    axes.set_title(title, loc="left", fontsize=12, weight="bold")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize=7, frameon=False, reverse=True)
    return save_picture(figure, path)
