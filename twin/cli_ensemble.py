"""Verbs of many years: draw an ensemble, compare it with real years, and what a plan costs in each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

Seed = Annotated[int, typer.Option("--seed", help="Seed of the ensemble.")]
Years = Annotated[int, typer.Option("--years", min=1, help="How many years.")]


def add_ensemble_verbs(app: typer.Typer) -> None:
    """Add ``ensemble`` to the verbs of hourly grids."""
    app.command()(ensemble)


def ensemble(
    years: Years = 10,
    seed: Seed = 2030,
    extreme: Annotated[
        str | None, typer.Option("--extreme", help="Lay one of models/extremes over each.")
    ] = None,
    to: Annotated[Path, typer.Option("--out", help="Folder for the grid files.")] = Path("ensemble"),
) -> None:
    """Draw joint years of price, carbon, wind and sun; each file goes to `--set energy.grid=FILE`."""
    from twin.grids.ensemble import write_members
    from twin.progress import Reporter

    reporter = Reporter()
    with reporter.stage("ensemble", "Drawing years"):
        written = write_members(to, years, seed, extreme, reporter.advance)
    Console().print(f"wrote {len(written)} grid files to {to}: {written[0].name} to {written[-1].name}")
