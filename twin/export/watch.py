"""Measured against twin: a table, hours as CSV, and a picture."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from rich.console import Group, RenderableType
from rich.text import Text

from twin.export.calibration import notes_view
from twin.export.csv import harmless
from twin.export.names import names_as_text
from twin.export.picture import save_picture
from twin.export.plain_table import plain_table
from twin.operation.watch import Watched
from twin.wholefile import write_whole

UNTOLD = "IT load of the plan's year"
MEASURED, TWIN, ALARM = "#d98e5f", "#3b6ea5", "#b5484c"


def watch_view(sites: Sequence[Watched], hours_between_alarms: float) -> RenderableType:
    """Return the printed sites: energies, errors, and drift with when it began and by how much."""
    table = plain_table("Measured against the twin")
    table.add_column("site", no_wrap=True)
    for name in ("hours", "measured MWh", "twin MWh", "difference", "mean error of an hour"):
        table.add_column(name, justify="right")
    for name in ("first alarm", "building up since", "by then", "alarms"):
        table.add_column(name)
    for one in sites:
        table.add_row(
            one.site, f"{one.seen.sum():,}", f"{one.measured_mw[one.seen].sum():,.0f}",
            f"{one.twin_mw[one.seen].sum():,.0f}", f"{one.bias:+.1%}", f"{one.hourly_error:.1%}",
            *_alarm(one),
        )  # fmt: skip
    expected = sum(one.seen.sum() for one in sites) / hours_between_alarms
    said = (
        f"false alarms to expect without any drift: {expected:.1f} in these hours "
        f"(one in {hours_between_alarms:,.0f} h a site; threshold {sites[0].drift.threshold:.1f} deviations)"
    )
    told = [f"{one.site}: twin told {one.told}" for one in sites]
    if any(UNTOLD in one.told for one in sites):
        told.append("without measured IT load a change of load looks like drift: give a column it_power_mw")
    notes = [note for one in sites for note in one.notes]
    return Group(notes_view(notes), table, Text(said), Text("\n".join(told), style="dim"))


def _alarm(one: Watched) -> list[Text]:
    if not one.drift.alarms:
        return [Text("none", style="green"), Text(""), Text(""), Text("0")]
    first = one.drift.alarms[0]
    return [
        Text(str(one.time[first.at])[:16], style="bold red"),
        Text(str(one.time[first.since])[:16]),
        Text(f"{first.shift:+.1%}"),
        Text(str(len(one.drift.alarms))),
    ]


def write_hours(sites: Sequence[Watched], path: Path) -> Path:
    """Write one row per site and hour, whole or not at all: powers, residual, both sums, alarm; ``path``."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("site", "time", "measured_mw", "twin_mw", "residual", "cusum_up", "cusum_down", "alarm"))
    for one in sites:
        alarmed = {alarm.at for alarm in one.drift.alarms}
        for hour, stamp in enumerate(one.time):
            numbers = (one.measured_mw, one.twin_mw, one.residual, one.drift.upper, one.drift.lower)
            cells = [f"{series[hour]:.6g}" if np.isfinite(series[hour]) else "" for series in numbers]
            writer.writerow((harmless(one.site), str(stamp)[:16], *cells, int(hour in alarmed)))
    write_whole(path, out.getvalue().encode())
    return path


@names_as_text()
def draw_watches(sites: Sequence[Watched], path: Path) -> list[Path]:
    """Draw one picture a site: the first to ``path``, others beside it under their names; returns paths."""
    paths = [path, *(path.with_name(f"{path.stem}-{one.site}{path.suffix}") for one in sites[1:])]
    return [draw_watch(one, file) for one, file in zip(sites, paths, strict=True)]


@names_as_text()
def draw_watch(one: Watched, path: Path) -> Path:
    """Draw a site: daily means of measured and twin, the hourly residual, and the sums; returns ``path``."""
    figure = Figure(figsize=(12.0, 8.0), dpi=105, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(f"{one.site}: measured against the twin", x=0.01, ha="left", fontsize=13, weight="bold")
    power, residual, sums = figure.subplots(3, 1, sharex=True)
    _power(power, one)
    _residual(residual, one)
    _sums(sums, one)
    for axes in (power, residual, sums):
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=8)
        if one.drift.alarms:
            axes.axvline(one.time[one.drift.alarms[0].at], color=ALARM, linewidth=1.0)
            axes.axvline(one.time[one.drift.alarms[0].since], color=ALARM, linewidth=1.0, linestyle=":")
    return save_picture(figure, path)


def _power(axes: Axes, one: Watched) -> None:
    step = 24 if one.time.size > 24 * 30 else 1
    whole = one.time.size // step * step
    for series, colour, label in ((one.twin_mw, TWIN, "twin"), (one.measured_mw, MEASURED, "measured")):
        parts = np.where(one.seen, series, np.nan)[:whole].reshape(-1, step)
        seen = np.isfinite(parts).sum(axis=1)
        mean = np.where(seen > 0, np.nansum(parts, axis=1) / np.maximum(seen, 1), np.nan)
        axes.plot(one.time[:whole:step], mean, color=colour, linewidth=1.2, label=label)
    axes.set_ylabel("MW, daily mean" if step > 1 else "MW")
    axes.margins(y=0.25)
    axes.legend(fontsize=8, frameon=False, ncols=2, loc="upper left")


def _residual(axes: Axes, one: Watched) -> None:
    axes.plot(one.time, 100 * one.residual, ".", markersize=1.5, color="#777")
    axes.axhline(100 * one.base.mean, color=TWIN, linewidth=1.0)
    band = 100 * 3 * one.base.sd
    axes.axhspan(100 * one.base.mean - band, 100 * one.base.mean + band, color="#c9d8e8", zorder=0)
    low, high = np.nanquantile(100 * one.residual, [0.001, 0.999])
    axes.set_ylim(min(low, -1.5 * band), max(high, 1.5 * band))
    axes.set_ylabel("measured over twin, %")
    axes.set_title(
        "Hourly difference; band: three deviations of the quiet beginning; red: first alarm",
        loc="left",
        fontsize=10,
    )


def _sums(axes: Axes, one: Watched) -> None:
    axes.plot(one.time, one.drift.upper, color=MEASURED, linewidth=1.0, label="draws more than the twin")
    axes.plot(one.time, one.drift.lower, color=TWIN, linewidth=1.0, label="draws less")
    axes.axhline(one.drift.threshold, color=ALARM, linewidth=1.0, linestyle="--", label="alarm")
    axes.set_ylim(0, 1.5 * one.drift.threshold)
    axes.set_ylabel("sum, deviations")
    axes.legend(fontsize=8, frameon=False, ncols=3, loc="upper left")
