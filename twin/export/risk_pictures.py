"""Pictures of a plan at risk: the fan of its capacity path, and what every site's slip costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from twin.export.names import names_as_text
from twin.export.picture import save_picture

BLUE, PALE, LATE, GREY = "#3b6ea5", "#cfdeec", "#b5656b", "#4f5d6b"


@names_as_text()
def draw_fan(risk: Mapping[str, Any], path: Path) -> Path:
    """Draw owned megawatts by quarter, from those reached nine times in ten to one in ten; returns ``path``.

    ``risk`` is the data of a risk analysis (``risk.json``).
    """
    quarters, x = risk["quarters"], np.arange(len(risk["quarters"]))
    figure = Figure(figsize=(9.0, 4.8), dpi=140, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.08, 0.17, 0.76, 0.69))
    axes.fill_between(x, risk["path_low_mw"], risk["path_high_mw"], color=PALE, label="eight draws in ten")
    axes.plot(x, risk["path_mid_mw"], color=BLUE, linewidth=2.2, label="even odds (P50)")
    axes.plot(
        x, risk["path_low_mw"], color=BLUE, linewidth=1.0, linestyle="--", label="nine in ten reach it (P90)"
    )
    axes.plot(x, risk["planned_mw"], color=GREY, linewidth=1.2, linestyle=":", label="as planned, owned")
    axes.plot(x, risk["wanted_mw"], color="black", linewidth=1.4, marker="o", markersize=3, label="wanted")
    axes.set_xticks(x, quarters, rotation=60, fontsize=7)
    axes.set_ylim(bottom=0.0)
    axes.set_xlim(-0.3, len(quarters) - 0.7)
    axes.set_ylabel("owned MW with power")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    ends = {"one in ten": "path_high_mw", "P50": "path_mid_mw", "P90": "path_low_mw"}
    _label_ends(axes, len(quarters) - 1, {word: float(risk[key][-1]) for word, key in ends.items()})
    axes.legend(fontsize=8, frameon=False, loc="upper left")
    _finish(axes)
    axes.set_title(
        f"{risk['case']}: {risk['odds']:.1%} odds of {risk['target_mw']:,.0f} MW by {risk['last_quarter']}",
        loc="left", fontsize=12, weight="bold", pad=10,
    )  # fmt: skip
    figure.text(0.08, 0.025, _how(risk), fontsize=7, color=GREY)
    return save_picture(figure, path)


@names_as_text()
def draw_slips(risk: Mapping[str, Any], path: Path) -> Path:
    """Draw what a site's slip costs if it alone is late: the mean and eight draws in ten; returns ``path``.

    ``risk`` is the data of a risk analysis (``risk.json``).
    """
    sites: Sequence[Mapping[str, Any]] = risk["sites"][::-1]
    y = np.arange(len(sites))
    low, mean, high = (
        np.asarray([site[key] / 1e6 for site in sites])
        for key in ("alone_p10_eur", "alone_eur", "alone_p90_eur")
    )
    figure = Figure(figsize=(9.0, 1.6 + 0.36 * len(sites)), dpi=140, facecolor="white")
    FigureCanvasAgg(figure)
    bottom = 0.75 / figure.get_figheight()
    axes = figure.add_axes((0.2, bottom, 0.72, 1.0 - bottom - 0.5 / figure.get_figheight()))
    axes.barh(y, high - low, left=low, color=PALE, height=0.62, label="eight draws in ten")
    axes.plot(mean, y, "o", color=LATE, markersize=6, label="mean")
    axes.use_sticky_edges = False
    axes.margins(x=0.04)
    axes.axvline(0.0, color=GREY, linewidth=0.8)
    axes.set_yticks(y, [f"{site['site']}  {site['planned_mw']:.0f} MW" for site in sites], fontsize=8)
    axes.set_xlabel(
        "rent of what is missing less what is deferred, MEUR net present; below zero = saved", fontsize=8
    )
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.legend(fontsize=8, frameon=False, loc="lower right")
    _finish(axes)
    axes.set_title(f"{risk['case']}: what one site's slip costs", loc="left", fontsize=12, weight="bold")
    return save_picture(figure, path)


def _label_ends(axes: Axes, x: int, ends: Mapping[str, float]) -> None:
    """Write the last megawatts beside the lines, moved apart where they would touch."""
    top, gap = float(axes.get_ylim()[1]), 0.05
    place = -np.inf
    for word, mw in sorted(ends.items(), key=lambda end: end[1]):
        place = max(mw, place + gap * top)
        axes.annotate(
            f"{mw:,.0f} MW, {word}", (x, mw), (x + 0.4, place), fontsize=8, color=GREY, va="center",
            annotation_clip=False,
        )  # fmt: skip


def _how(risk: Mapping[str, Any]) -> str:
    return (
        f"{risk['draws']:,} draws of lead times and obtainable megawatts against the plan; "
        f"correlation {risk['shared']:g} under one grid operator; seed {risk['seed']}; "
        "halls as planned, nothing replanned"
    )


def _finish(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(length=3)
