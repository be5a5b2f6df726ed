"""Verbs of the GPU load."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twin.cli.bounds import within
from twin.cli.options import CaseName, Levers, print_table
from twin.console import Console

load_app = typer.Typer(no_args_is_help=True, help="The GPU load: jobs, people and queues, hour by hour.")


@load_app.callback()
def _load() -> None:
    """Keep ``show`` a verb of its own even while it is the only one."""


@load_app.command()
def show(
    case: CaseName = "europe-1gw-2030",
    year: Annotated[
        int | None, typer.Option("--year", callback=within(2000, 2100), help="Fleet and demand of this year.")
    ] = None,
    to: Annotated[Path | None, typer.Option("--out", help="Folder for the picture and the hours.")] = None,
    levers: Levers = None,
) -> None:
    """Show the load of a case by workload and demand region, from single jobs and local hours."""
    from twin.export.load_pictures import draw_load
    from twin.inputs import load_case
    from twin.load_show import job_rows, load_of, load_rows, write_hours

    load = load_of(load_case(case, levers or []), year)
    title = "GPU load of {case}, {mw_it:,.0f} MW of IT, demand of {year}".format(**load.attrs)
    for name, (header, rows) in ((title, load_rows(load)), ("", job_rows(load))):
        print_table(name, header, rows)
    planner = f"{load.attrs['planner_mean_mw']:,.0f} MW"
    Console().print(
        f"the planner's own load, without single jobs and regions: {planner} on average", style="dim"
    )
    if to is not None:
        Console().print(f"wrote {write_hours(load, to)} and {draw_load(load, title, to / 'load.png')}")
