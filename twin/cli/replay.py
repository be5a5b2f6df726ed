"""The verb that operates a plan."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from twin.cli.bounds import within
from twin.cli.options import AsJson, RunFolder
from twin.console import Console


def add_replay_verb(app: typer.Typer) -> None:
    """Add ``replay`` to the command line."""
    app.command()(replay)


def replay(
    run: RunFolder,
    fault: Annotated[
        list[str] | None, typer.Option("--fault", help="Fault in models/faults, or a file; may be repeated.")
    ] = None,
    policy: Annotated[str, typer.Option("--policy", help="foresight, rolling or rule.")] = "foresight",
    quarter: Annotated[
        str | None, typer.Option("--quarter", help="Fleet of a quarter; the last one.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", callback=within(0, 256), help="Processes; the case's own number."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a plan hour by hour for a year, with faults by name; say how far it lies from the plan and why."""
    from twin.control_room.replay import replay_run
    from twin.export.replay import replay_data, replay_view
    from twin.progress import Reporter
    from twin.results import open_run

    found, path = replay_run(open_run(run), Reporter(), fault or [], policy, quarter, workers)
    print(json.dumps(replay_data(found), indent=2)) if as_json else Console().print(replay_view(found))
    Console(stderr=True).print(f"wrote {path}")
