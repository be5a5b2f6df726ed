"""Verbs of the energy grid: fit the reference year, import real hours, compare the two."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

grids_app = typer.Typer(
    no_args_is_help=True, help="Hourly grids: calibrate, import, compare with real series."
)
out = Console()

Source = Annotated[Path, typer.Argument(help="Folder with the real hourly series.")]


@grids_app.command()
def calibrate(source: Source, to: Annotated[Path, typer.Option("--out")] = Path("data/reference")) -> None:
    """Fit the calibrated reference year on real series and write its tables."""
    from twin.grids.calibration import calibrate_command

    for path in calibrate_command(source, to):
        out.print(f"wrote {path}")
