"""Verbs that look at hourly grids: figures, faults and pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

out = Console()


def show(
    source: Annotated[
        str, typer.Argument(help="'reference', a grid file, or an hourly file (or kind:file).")
    ],
    to: Annotated[Path | None, typer.Option("--out", help="Folder for pictures and the report.")] = None,
    lines: Annotated[int, typer.Option("--lines", help="Findings and zones to print at most.")] = 40,
) -> None:
    """Show a grid: means, coverage, gaps, spikes, frozen hours, units, summer time; with --out also pictures."""
    from twin.export.grid_pictures import draw_grid
    from twin.export.grid_table import grid_view, write_report
    from twin.grids.showing import look_at

    label, summaries, notes = look_at(source)
    out.print(grid_view(label, summaries, notes, lines))
    if to is not None:
        for path in [*draw_grid(label, summaries, to), write_report(label, summaries, notes, to)]:
            out.print(f"wrote {path}", highlight=False)


def add_show_verbs(app: typer.Typer) -> None:
    """Add the verbs to the app of grids."""
    app.command()(show)
