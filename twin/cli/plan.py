"""Verbs that ask about a plan beyond making it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from twin.cli.bounds import within
from twin.cli.options import AsJson, CaseName, Levers, OutFolder
from twin.console import Console


def add_planning_verbs(app: typer.Typer) -> None:
    """Add ``diagnose`` and ``pareto`` to the command line."""
    app.command()(diagnose)
    app.command()(pareto)


def diagnose(
    case: CaseName = "europe-1gw-2030",
    out_folder: OutFolder = Path("runs"),
    levers: Levers = None,
    time_limit_s: Annotated[
        float, typer.Option("--time-limit", callback=within(0.1, 1e6), help="Seconds for all questions.")
    ] = 120.0,
    as_json: AsJson = False,
) -> None:
    """Say whether a case can be met, the most that can, which rules stop it and what would do.

    Exit code 3 when the case is impossible as asked, 0 when it has a plan.
    """
    from twin.inputs import load_case
    from twin.progress import Reporter
    from twin.questions.diagnosis import as_data, as_text, diagnose_case

    found = diagnose_case(load_case(case, levers or []), out_folder, Reporter(), time_limit_s)
    if as_json:
        print(json.dumps(as_data(found), indent=2))
    else:
        Console().print(as_text(found), highlight=False, soft_wrap=True)
    if not found.possible:
        raise typer.Exit(3)


def pareto(
    case: CaseName = "europe-1gw-2030",
    over: Annotated[
        str, typer.Option("--over", help="cost and one of: carbon, cfe, water, eu, zone, site.")
    ] = "cost,carbon",
    points: Annotated[
        int,
        typer.Option("--points", callback=within(2, 100), help="Evenly spaced limits, both ends included."),
    ] = 5,
    out_folder: OutFolder = Path("runs"),
    levers: Levers = None,
) -> None:
    """Show what less carbon, more EU soil or less concentration costs: a front of certified plans."""
    from twin.export.pareto import front_view
    from twin.inputs import load_case
    from twin.progress import Reporter
    from twin.questions.pareto import pareto_front

    front = pareto_front(load_case(case, levers or []), over.split(","), points, out_folder, Reporter())
    Console().print(front_view(front))
    Console().print(f"wrote {out_folder / 'pareto.csv'} and {out_folder / 'pareto.png'}", style="bold")
