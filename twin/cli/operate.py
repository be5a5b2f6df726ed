"""Verbs of a plan in operation: racks, telemetry and indicators."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from twin.cli.bounds import seeds, within
from twin.cli.options import AsJson, Picture, RunFolder
from twin.console import Console

out = Console()
Telemetry = Annotated[list[Path], typer.Argument(help="CSV or Parquet files, or folders of them.")]
Columns = Annotated[list[str] | None, typer.Option("--column", help="QUANTITY=COLUMN[:UNIT] of a file.")]
Timezone = Annotated[str | None, typer.Option("--timezone", help="Of local stamps, as Europe/Paris.")]


def add_operating_verbs(app: typer.Typer) -> None:
    """Add ``racks``, ``calibrate``, ``watch`` and ``indicators`` to the command line."""
    app.command()(racks)
    app.command()(calibrate)
    app.command()(watch)
    app.command()(indicators)


def racks(
    run: RunFolder,
    rack: Annotated[str | None, typer.Option("--as", help="The same megawatts in this kind of rack.")] = None,
    follow: Annotated[list[str] | None, typer.Option("--rack", help="Keep the hours of SITE:NUMBER.")] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", callback=seeds, help="Another draw of runs and failures.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--out", help="File; default racks.nc in the run folder.")
    ] = None,
    picture: Picture = None,
) -> None:
    """Operate every rack of a plan for a year: work, failures, power, GPU-hours lost."""
    from twin.control_room.rack_fleet import RACKS_FILE, RackQuestion, racks_of_run
    from twin.export.racks import draw_racks, racks_view, write_racks
    from twin.progress import Reporter, peak_memory_mb
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


def calibrate(
    model: Annotated[str, typer.Argument(help="nodes/NAME, racks/NAME or cooling/NAME.")],
    telemetry: Telemetry,
    to: Annotated[Path, typer.Option("--out", help="File of the new model.")],
    test: Annotated[list[str] | None, typer.Option("--test", help="Hold out files so named.")] = None,
    column: Columns = None,
    timezone: Timezone = None,
    rated_kw: Annotated[
        float | None,
        typer.Option("--rated-kw", callback=within(0.001, 1e7), help="Heat the plant was built for."),
    ] = None,
    supply_degc: Annotated[
        float, typer.Option("--supply-degc", callback=within(0, 90), help="Coolant it supplies.")
    ] = 32.0,
) -> None:
    """Fit a server, rack or cooling plant to measured data; write a new model file with its origin."""
    from twin.control_room.calibrate import Request, calibrate
    from twin.control_room.calibration_file import write_models
    from twin.export.calibration import figures_view, notes_view, scores_view

    asked = Request(model, telemetry, test or (), named(column), timezone, rated_kw, supply_degc)
    found = calibrate(asked)
    rows = [(r.file, r.name, r.before, r.after, r.error, r.told) for r in found.rows]
    out.print(notes_view(found.notes), figures_view(f"{found.kind}/{found.name}", rows))
    size = found.used, found.read
    out.print(scores_view(found.quantity, found.held_out, found.before, found.after, size), found.hint)
    out.print(*(f"wrote {path}" for path in write_models(found, to)), style="dim", sep="\n")


def watch(
    run: RunFolder,
    telemetry: Telemetry,
    site: Annotated[str | None, typer.Option("--site", help="Site of files that do not name one.")] = None,
    column: Columns = None,
    timezone: Timezone = None,
    quiet_days: Annotated[
        float, typer.Option("--quiet-days", callback=within(0, 3_660), help="Beginning that counts as usual.")
    ] = 28.0,
    alarm_hours: Annotated[
        float, typer.Option("--alarm-hours", callback=within(1, 1e9), help="Hours a false alarm.")
    ] = 8760.0,
    to: Annotated[Path | None, typer.Option("--out", help="Write the hours as CSV.")] = None,
    picture: Picture = None,
) -> None:
    """Hold measured site power against the twin, hour by hour, and flag drift."""
    from twin.control_room.watch import WatchRequest, watch_run
    from twin.export.watch import draw_watches, watch_view, write_hours
    from twin.results import open_run

    asked = WatchRequest(telemetry, site, named(column), timezone, quiet_days, alarm_hours)
    sites = watch_run(open_run(run), asked)
    out.print(watch_view(sites, alarm_hours))
    written = [write_hours(sites, to)] if to else []
    written += draw_watches(sites, picture) if picture else []
    for path in written:
        out.print(f"wrote {path}", style="dim")


def named(columns: list[str] | None) -> dict[str, str]:
    """Return quantity → column of ``QUANTITY=COLUMN`` texts. Raises BadInput."""
    from twin.errors import BadInput, Fault

    pairs = [text.partition("=") for text in columns or []]
    wrong = [Fault("twin", "--column", "".join(p), "QUANTITY=COLUMN") for p in pairs if not p[0] or not p[2]]
    if wrong:
        raise BadInput(wrong)
    return {quantity: name for quantity, _, name in pairs}


def indicators(
    run: RunFolder,
    eed: Annotated[Path | None, typer.Option("--eed", help="Write the EU report: .csv or .xlsx.")] = None,
    site: Annotated[list[str] | None, typer.Option("--site", help="Only this site; may be repeated.")] = None,
    planned: Annotated[bool, typer.Option("--planned", help="The plan's year even if replayed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show PUE, WUE, CUE, REF, ERF, CER and CFE of each site, and what the rules say of them."""
    from twin.control_room.indicators import chosen, report_run
    from twin.export.eed import write_eed
    from twin.export.indicators import indicators_data, indicators_view
    from twin.results import open_run

    found = chosen(report_run(open_run(run), planned), site)
    rules = {name: own.verdicts for name, own in found.sites.items()}
    years = {name: own.accounts for name, own in found.sites.items()}
    ratios = {name: own.indicators for name, own in found.sites.items()}
    if as_json:
        print(json.dumps(indicators_data(ratios, found.fleet, rules, found.basis), indent=2))
    else:
        out.print(indicators_view(ratios, years, found.fleet, rules, found.basis))
    if eed:
        lines = {name: own.lines for name, own in found.sites.items()}
        Console(stderr=True).print(f"wrote {write_eed(lines, rules, eed)}", style="dim")
