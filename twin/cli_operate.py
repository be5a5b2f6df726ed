"""Verbs of a plan in operation: racks, telemetry and indicators."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

out = Console()
RunFolder = Annotated[Path, typer.Argument(help="A run folder, as printed by `twin plan`.")]
Picture = Annotated[Path | None, typer.Option("--picture", help="Write a picture to this file.")]


def add_operating_verbs(app: typer.Typer) -> None:
    """Add ``racks`` to the command line."""
    app.command()(racks)


def racks(
    run: RunFolder,
    rack: Annotated[str | None, typer.Option("--as", help="The same megawatts in this kind of rack.")] = None,
    follow: Annotated[list[str] | None, typer.Option("--rack", help="Keep the hours of SITE:NUMBER.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Another draw of runs and failures.")] = None,
    to: Annotated[
        Path | None, typer.Option("--out", help="File; default racks.nc in the run folder.")
    ] = None,
    picture: Picture = None,
) -> None:
    """Operate every rack of a plan for a year: work, failures, power, GPU-hours lost."""
    from twin.export.racks import draw_racks, racks_view, write_racks
    from twin.progress import Reporter, peak_memory_mb
    from twin.rack_fleet import RACKS_FILE, RackQuestion, racks_of_run
    from twin.results import open_run

    reporter, started = Reporter(), time.perf_counter()
    with reporter.stage("racks", "Every rack, every hour"):
        year = racks_of_run(open_run(run), RackQuestion(rack, follow or (), seed=seed), reporter.advance)
    speed = year.sizes["rack"] * year.sizes["time"] / (time.perf_counter() - started) / 1e6
    out.print(racks_view(year))
    out.print(f"{speed:.1f} million rack-hours a second, {peak_memory_mb():,.0f} MB", style="dim")
    out.print(f"wrote {write_racks(year, to or run / RACKS_FILE)}", style="dim")
    if picture:
        out.print(f"wrote {draw_racks(year, picture)}", style="dim")
