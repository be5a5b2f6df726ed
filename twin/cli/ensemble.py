"""Verbs of other years: ensembles, how they compare with real years, outlooks, and what a plan pays."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twin.cli.bounds import seeds, within
from twin.cli.options import RunFolder, print_table
from twin.console import Console

Seed = Annotated[int, typer.Option("--seed", callback=seeds, help="Seed of the ensemble.")]
Years = Annotated[int, typer.Option("--years", callback=within(1, 1_000), help="How many years.")]


def add_ensemble_verbs(app: typer.Typer) -> None:
    """Add ``ensemble``, ``ensemble-fidelity``, ``spread`` and ``outlook`` to the verbs of hourly grids."""
    app.command()(ensemble)
    app.command("ensemble-fidelity")(fidelity)
    app.command()(spread)
    app.command()(outlook)


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


def fidelity(
    source: Annotated[Path, typer.Argument(help="Folder with the real series of several years.")],
    years: Years = 33,
    seed: Seed = 2030,
    to: Annotated[Path | None, typer.Option("--out", help="Also write the tables as Markdown.")] = None,
) -> None:
    """Compare how drawn years differ from one another with how real years did."""
    from twin.grids.ensemble_fidelity import ensemble_fidelity, page
    from twin.progress import Reporter
    from twin.wholefile import write_whole

    reporter = Reporter()
    with reporter.stage("years", "Real and drawn years"):
        tables = ensemble_fidelity(source, years, seed, reporter.advance)
    if to is not None:
        write_whole(to, page(tables, source, years, seed).encode())
    for table in tables:
        print_table(table.title, table.header, table.rows)


def spread(
    run: RunFolder,
    years: Years = 10,
    seed: Seed = 2030,
    real: Annotated[
        Path | None, typer.Option("--real", help="Folder with real capacity factors of several years.")
    ] = None,
    fuel: Annotated[bool, typer.Option("--fuel", help="Also with the common price level drawn.")] = False,
    named: Annotated[
        bool, typer.Option("--named", help="Also every extreme, and every outlook in 2030.")
    ] = False,
    to: Annotated[Path | None, typer.Option("--out", help="Also write every year as CSV.")] = None,
) -> None:
    """Operate a finished plan's contracts in other years and say how its energy cost spreads."""
    from twin.progress import Reporter
    from twin.questions.spread import as_csv, as_rows, cost_spread, named_costs, named_rows
    from twin.results import open_run
    from twin.wholefile import write_whole

    plan, reporter = open_run(run), Reporter()
    columns = cost_spread(plan, years, seed, real, fuel, reporter)
    print_table("Energy of the final new fleet, MEUR a year", *as_rows(columns))
    if named:
        print_table("Named years", *named_rows(named_costs(plan, 2030, reporter)))
    if to is not None:
        write_whole(to, as_csv(columns).encode())


def outlook(
    name: Annotated[str, typer.Argument(help="Name of an outlook in models/outlooks, or its path.")],
    year: Annotated[
        int, typer.Option("--year", callback=within(2000, 2100), help="Year of the outlook.")
    ] = 2030,
    grid: Annotated[
        str, typer.Option("--grid", help="As energy.grid: the hours it is laid over.")
    ] = "reference",
    seed: Seed = 2030,
    to: Annotated[Path | None, typer.Option("--out", help="Folder for a picture.")] = None,
) -> None:
    """Show what an outlook does to prices and carbon of every zone, before > after."""
    from twin.export.outlook_pictures import draw_outlook, outlook_rows
    from twin.grids.outlook import before_and_after

    base, moved, found = before_and_after(name, year, grid, seed)
    title = f"Outlook {found.name}, {year}: {found.title}"
    print_table(title, *outlook_rows(base, moved))
    if to is not None:
        Console().print(f"wrote {draw_outlook(base, moved, found, title, to / f'outlook-{found.name}.png')}")
