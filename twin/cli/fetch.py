"""The verb that fetches live series: ``twin grids fetch``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from twin.cli.bounds import within
from twin.cli.options import CaseName, Levers
from twin.console import Console

if TYPE_CHECKING:
    from twin.grids.sources.live.assemble import Account

out = Console()

Sources = Annotated[
    str, typer.Option("--from", help="energy-charts, smard, entsoe, open-meteo, open-meteo-climate, pvgis.")
]
CacheFolder = Annotated[
    Path | None, typer.Option("--cache", help="Folder that keeps what was fetched; else $TWIN_CACHE.")
]
FillHours = Annotated[
    int,
    typer.Option("--fill-hours", callback=within(0, 8784), help="Longest gap to fill by a straight line."),
]
SkipFailed = Annotated[bool, typer.Option("--skip-failed", help="Write the grid although calls failed.")]
WeatherOut = Annotated[
    Path | None, typer.Option("--weather-out", help="Weather file to write; else beside the grid.")
]


def add_fetch_verb(app: typer.Typer) -> None:
    """Add ``fetch`` to the verbs of the grid."""
    app.command()(fetch)


def fetch(
    case: CaseName,
    sources: Sources = "energy-charts,open-meteo",
    year: Annotated[
        int, typer.Option("--year", callback=within(1900, 2200), help="Calendar year, UTC.")
    ] = 2024,
    to: Annotated[Path, typer.Option("--out", help="Grid file to write (NetCDF).")] = Path("grid.nc"),
    weather_to: WeatherOut = None,
    cache: CacheFolder = None,
    fill_hours: FillHours = 0,
    skip_failed: SkipFailed = False,
    levers: Levers = None,
) -> None:
    """Fetch the hours of a case's zones and sites from live sources into a grid and a weather file."""
    from twin.grids.sources.live.cache import Cache, default_folder
    from twin.grids.sources.live.fetching import fetch_command, sites_of
    from twin.inputs import load_case
    from twin.progress import Reporter

    reporter = Reporter()
    weather_to = weather_to or to.with_name(f"{to.stem}-weather{to.suffix}")
    names = [name.strip() for name in sources.split(",") if name.strip()]
    with reporter.stage("fetch", "Fetching"):
        written, account = fetch_command(
            sites_of(load_case(case, levers or [])), names, year, to, weather_to,
            Cache(cache or default_folder()),
            fill_hours=fill_hours, skip_failed=skip_failed, advance=reporter.advance, say=reporter.say,
        )  # fmt: skip
    show(written, account, case)


def show(written: Sequence[Path], account: Account, case: str) -> None:
    """Print what came from where, licences, what is missing, and how to plan with it."""
    table = Table(*["source", "series", "places", "hours", "downloaded", "cached"], box=None, pad_edge=False)
    for row in account.rows:
        table.add_row(*row)
    out.print(table)
    for line in account.licences:
        out.print(line, highlight=False, soft_wrap=True)
    for line in account.warnings:
        out.print(f"warning: {line}", style="yellow", highlight=False, soft_wrap=True)
    for path in written:
        out.print(f"wrote {path}", soft_wrap=True)
