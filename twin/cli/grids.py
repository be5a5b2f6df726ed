"""Verbs of the energy grid: fit the reference year, import real hours, compare the two."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from twin.cli.bounds import within
from twin.cli.fetch import add_fetch_verb
from twin.cli.show import add_show_verbs
from twin.console import Console

grids_app = typer.Typer(
    no_args_is_help=True, help="Hourly grids: calibrate, import, fetch, compare with real series."
)
add_fetch_verb(grids_app)
add_show_verbs(grids_app)
out = Console()

Source = Annotated[Path, typer.Argument(help="Folder with the real hourly series.")]


@grids_app.command()
def calibrate(source: Source, to: Annotated[Path, typer.Option("--out")] = Path("data/reference")) -> None:
    """Fit the calibrated reference year on real series and write its tables."""
    from twin.grids.calibration import calibrate_command

    for path in calibrate_command(source, to):
        out.print(f"wrote {path}")


@grids_app.command("import")
def import_grid(
    files: Annotated[
        list[str], typer.Argument(help="Paths, or kind:path with kind price, carbon, cfe, wind, pv.")
    ],
    to: Annotated[Path, typer.Option("--out", help="Grid file to write (NetCDF).")] = Path("grid.nc"),
    year: Annotated[
        int | None,
        typer.Option("--year", callback=within(1900, 2200), help="Year to take where a file holds several."),
    ] = None,
    timezone: Annotated[
        str | None, typer.Option("--timezone", help="Local time of stamps without one.")
    ] = None,
    fill_hours: Annotated[
        int,
        typer.Option(
            "--fill-hours", callback=within(0, 8784), help="Longest gap to fill by a straight line."
        ),
    ] = 0,
    skip: Annotated[
        bool, typer.Option("--skip-incomplete", help="Leave out zones with missing hours.")
    ] = False,
    units: Annotated[
        list[str] | None, typer.Option("--unit", help="kind=unit, such as price=ct/kWh; may be repeated.")
    ] = None,
    pick: Annotated[
        list[str] | None, typer.Option("--pick", help="dimension=label of a cube, such as member=3.")
    ] = None,
) -> None:
    """Read real hourly files into one grid, for `--set energy.grid=FILE`; every fault is told at once."""
    from twin.grids.hours import Rules, pairs
    from twin.grids.importing import import_command

    rules = Rules(year, timezone, fill_hours, skip, pairs(units or [], "--unit"), pairs(pick or [], "--pick"))
    grid = import_command(files, to, rules)
    names = ", ".join(str(name) for name in grid.data_vars)
    out.print(grid.attrs["notes"], style="dim", highlight=False)
    out.print(f"wrote {to}: {names} of {grid.sizes['zone']} zones; look at it with: twin grids show {to}")


@grids_app.command()
def fidelity(
    source: Source,
    to: Annotated[Path | None, typer.Option("--out", help="Also write the tables as Markdown.")] = None,
) -> None:
    """Compare the calibrated reference year with the real series it was fitted on."""
    from twin.grids.fidelity_report import fidelity_command

    for found in fidelity_command(source, to):
        table = Table(*found.header, title=found.title, title_justify="left", box=None, pad_edge=False)
        for row in found.rows:
            table.add_row(*row)
        out.print(table)
