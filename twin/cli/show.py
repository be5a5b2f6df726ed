"""Verbs that look at hourly grids, and that make wind, PV and carbon from what people have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twin.cli.bounds import within
from twin.console import Console

out = Console()
GridOut = Annotated[Path, typer.Option("--out", help="File to write (NetCDF), for `twin grids import`.")]


def show(
    source: Annotated[str, typer.Argument(help="'reference', a grid file, or an hourly file, kind:file.")],
    to: Annotated[Path | None, typer.Option("--out", help="Folder for pictures and the report.")] = None,
    lines: Annotated[
        int, typer.Option("--lines", callback=within(0, 100_000), help="Findings and zones to print at most.")
    ] = 40,
) -> None:
    """Show a grid: means, gaps, spikes, frozen hours, units, summer time; with --out also pictures."""
    from twin.export.grid_pictures import draw_grid
    from twin.export.grid_table import grid_view, write_report
    from twin.grids.showing import look_at

    label, summaries, notes = look_at(source)
    out.print(grid_view(label, summaries, notes, lines))
    if to is not None:
        for path in [*draw_grid(label, summaries, to), write_report(label, summaries, notes, to)]:
            out.print(f"wrote {path}", highlight=False)


def weather(
    files: Annotated[list[str], typer.Argument(help="ZONE=FILE or SITE=FILE, or a fetched weather file.")],
    to: GridOut = Path("wind-pv.nc"),
    year: Annotated[
        int | None, typer.Option("--year", callback=within(1900, 2200), help="Year to lay typical years on.")
    ] = None,
    turbine: Annotated[str | None, typer.Option("--turbine", help="Type in windpowerlib's library.")] = None,
    tilt: Annotated[
        float | None, typer.Option("--tilt", callback=within(0, 90), help="Tilt of PV racks, degrees.")
    ] = None,
) -> None:
    """Make wind and PV of zones, or hours for energy.weather of sites, from EPW, PVGIS, Open-Meteo files."""
    from twin.export.grid_table import means_view
    from twin.grids.weather_command import weather_command

    out.print(means_view(weather_command(files, to, year, turbine, tilt)))
    out.print(f"wrote {to}", highlight=False)


def carbon(
    mix: Annotated[Path, typer.Argument(help="Generation by zone and type, CSV or Parquet.")],
    flows: Annotated[
        Path | None, typer.Option("--flows", help="Flows between zones; without: no trade.")
    ] = None,
    to: GridOut = Path("carbon.nc"),
) -> None:
    """Make carbon intensity and carbon-free share from a generation mix, tracing flows where given."""
    from twin.export.grid_table import means_view
    from twin.grids.carbon_files import carbon_command

    out.print(means_view(carbon_command(mix, flows, to)))
    out.print(f"wrote {to}", highlight=False)


def add_show_verbs(app: typer.Typer) -> None:
    """Add the verbs to the app of grids."""
    for verb in (show, weather, carbon):
        app.command()(verb)
