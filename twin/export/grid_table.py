"""A grid as a planner reads it: one line a zone, then what is wrong with its hours."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import numpy as np
import xarray as xr
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from twin.console import Console
from twin.export.plain_table import plain_table
from twin.grids.quality import Finding, Summary
from twin.wholefile import write_whole

HEADS = {
    "price": ("price", "EUR/MWh", "{:.1f}"),
    "carbon": ("carbon", "g/kWh", "{:.0f}"),
    "cfe": ("carbon-free", "", "{:.1%}"),
    "wind": ("wind", "", "{:.1%}"),
    "pv": ("PV", "", "{:.1%}"),
}
"""Heading, unit and format of the mean of each kind."""
BAD = ("unit", "clock", "bounds", "rows")
"""Findings that make a file wrong rather than odd; they come first."""


def grid_view(label: str, summaries: Sequence[Summary], notes: Sequence[str], lines: int) -> RenderableType:
    """Return the printed grid: means, coverage, gaps, spikes and frozen hours by zone; findings; notes."""
    findings = sorted_findings(summaries)
    parts: list[RenderableType] = [_zones(label, summaries, lines)]
    parts.append(_findings(findings, lines) if findings else Text("nothing to report on its hours"))
    parts += [Text(note, style="dim") for note in notes[:lines]]
    return Group(*parts)


def sorted_findings(summaries: Sequence[Summary]) -> list[Finding]:
    """Return all findings, the wrong before the odd."""
    every = [finding for summary in summaries for finding in summary.findings]
    return sorted(every, key=lambda finding: finding.what not in BAD)


def _zones(label: str, summaries: Sequence[Summary], lines: int) -> Table:
    table = plain_table(label)
    table.add_column("zone", no_wrap=True)
    for summary in summaries:
        name, unit, _ = HEADS[summary.variable]
        table.add_column(f"{name} {unit}".strip(), justify="right")
    for name in ("coverage", "gaps", "spikes", "frozen h"):
        table.add_column(name, justify="right")
    zones = list(dict.fromkeys(zone for summary in summaries for zone in summary.zones))
    for zone in zones[:lines]:
        table.add_row(zone, *_row(zone, summaries))
    if len(zones) > lines:
        table.add_row(f"… {len(zones) - lines} more")
    return table


def _row(zone: str, summaries: Sequence[Summary]) -> list[str]:
    means, coverage, gaps, spikes, frozen = [], [1.0], 0, 0, 0.0
    for summary in summaries:
        if zone not in summary.zones:
            means.append("–")
            continue
        at = summary.zones.index(zone)
        mean = float(summary.mean[at])
        means.append(HEADS[summary.variable][2].format(mean) if np.isfinite(mean) else "–")
        coverage.append(float(summary.coverage[at]))
        gaps += int(summary.gaps[at])
        spikes += int(summary.spikes[at])
        frozen += float(summary.frozen_h[at])
    # Rounded down, so that 100 % means every hour.
    share = np.floor(1000 * min(coverage)) / 10
    return [*means, f"{share:.1f}%", str(gaps or "–"), str(spikes or "–"), f"{frozen:.0f}" if frozen else "–"]


def _findings(findings: Sequence[Finding], lines: int) -> Table:
    table = plain_table("To look at")
    for name in ("series", "zone", "what", "first, UTC", ""):
        table.add_column(name)
    for finding in findings[:lines]:
        style = "red" if finding.what in BAD else ""
        table.add_row(finding.variable, finding.zone, finding.what, finding.first, finding.text, style=style)
    if len(findings) > lines:
        table.add_row("", "", "", "", f"… {len(findings) - lines} more (--lines prints them)")
    return table


def means_view(made: xr.Dataset) -> RenderableType:
    """Return the yearly means of a Dataset [place, time], one line a place, and its notes."""
    place = next(str(dim) for dim in made.dims if dim != "time")
    table = plain_table()
    table.add_column(place)
    for name in made.data_vars:
        table.add_column(str(name), justify="right")
    for label in made[place].values:
        means = [float(made[name].sel({place: label}).mean()) for name in made.data_vars]
        table.add_row(str(label), *(f"{mean:.4g}" for mean in means))
    return Group(table, Text(str(made.attrs.get("notes", "")), style="dim"))


def write_report(label: str, summaries: Sequence[Summary], notes: Sequence[str], folder: Path) -> Path:
    """Write everything that ``grid_view`` can print as text, whole or not at all; returns the path."""
    console = Console(width=150, record=True, file=StringIO())
    console.print(grid_view(label, summaries, notes, 100_000))
    path = folder / "quality.txt"
    write_whole(path, console.export_text().encode())
    return path
