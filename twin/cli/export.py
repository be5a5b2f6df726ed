"""The verb that hands a plan to other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twin.cli.options import RunFolder
from twin.console import Console

ALL = "geojson,geopackage,xlsx,parquet,netcdf,pypsa,kml"


def add_export_verb(app: typer.Typer) -> None:
    """Add ``export`` to the command line."""
    app.command()(export)


def export(
    run: RunFolder,
    to: Annotated[str, typer.Option("--to", help=f"Formats, by commas: {ALL}.")] = "xlsx",
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="Folder for the files; without it RUN/export.")
    ] = None,
) -> None:
    """Write a plan for other tools: GIS, spreadsheets, data frames, NetCDF viewers, PyPSA."""
    from twin.exchange.export import export_run

    formats = [name.strip() for name in to.split(",") if name.strip()]
    for path in export_run(run, formats, out_folder or run / "export"):
        size = path.stat().st_size / 1e6
        Console().print(f"wrote {path} ({size:.1f} MB)", highlight=False, soft_wrap=True)
