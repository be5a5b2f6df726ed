"""Verbs that ask what becomes of a plan when things go otherwise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from twin.cli.bounds import seeds, within
from twin.cli.options import AsJson, CaseName, Levers, OutFolder, RunFolder
from twin.console import Console


def add_risk_verbs(app: typer.Typer) -> None:
    """Add the verbs of this file to the command line."""
    app.command()(risk)
    app.command()(robust)
    app.command()(alternatives)
    app.command()(flexibility)
    app.command()(sensitivity)


def risk(
    run: RunFolder,
    draws: Annotated[
        int, typer.Option("--draws", callback=within(1, 1_000_000), help="Futures drawn.")
    ] = 10_000,
    seed: Annotated[
        int | None, typer.Option("--seed", callback=seeds, help="Another set of draws; the case's own.")
    ] = None,
    shared: Annotated[
        float,
        typer.Option(
            "--shared", callback=within(0, 1), help="Correlation of lead times under one grid operator."
        ),
    ] = 0.3,
    as_json: AsJson = False,
) -> None:
    """Say how likely a plan meets its target when dates slip, what that costs, and whose slip hurts most."""
    from twin.export.risk import risk_view
    from twin.results import open_run
    from twin.risk.assess import risk_data
    from twin.risk.files import write_risk

    found = risk_data(open_run(run), draws, seed, shared)
    print(json.dumps(found, indent=2)) if as_json else Console().print(risk_view(found))
    Console(stderr=True).print(f"wrote {', '.join(str(path) for path in write_risk(found, run))}")


def robust(
    case: CaseName = "europe-1gw-2030",
    confidence: Annotated[
        float, typer.Option("--confidence", callback=within(0, 1), help="Odds of the target.")
    ] = 0.9,
    most_missing_mw: Annotated[
        float | None,
        typer.Option(
            "--cvar-mw",
            callback=within(0, 1e6),
            help="Instead: mean MW missing in the worst futures, at most.",
        ),
    ] = None,
    out_folder: OutFolder = Path("runs"),
    levers: Levers = None,
    as_json: AsJson = False,
) -> None:
    """Find the connections that hold the target with given odds, what that costs and which sites it adds."""
    from twin.export.certainty import certainty_view
    from twin.inputs import load_case
    from twin.progress import Reporter
    from twin.risk.holding import as_data, hold_case

    planned = load_case(case, levers or [])
    found = as_data(hold_case(planned, out_folder, Reporter(), confidence, most_missing_mw))
    print(json.dumps(found, indent=2)) if as_json else Console().print(certainty_view(found))


def alternatives(
    run: RunFolder,
    within: Annotated[
        float, typer.Option("--within", callback=within(0, 1), help="Share of the least cost allowed on top.")
    ] = 0.02,
    as_json: AsJson = False,
) -> None:
    """Show the most different plans that cost hardly more, and which sites are needed or replaceable."""
    from twin.export.alternatives import alternatives_view
    from twin.progress import Reporter
    from twin.results import open_run
    from twin.risk.near_best import near_best, write_alternatives

    found = near_best(open_run(run), within, Reporter())
    print(json.dumps(found, indent=2)) if as_json else Console().print(alternatives_view(found))
    Console(stderr=True).print(f"wrote {write_alternatives(found, run)}")


def flexibility(
    run: RunFolder,
    load: Annotated[bool, typer.Option(help="Also load that waits, which prices supply anew.")] = True,
    as_json: AsJson = False,
) -> None:
    """Say what power that may be cut, batteries, load that waits and an earlier quarter are worth."""
    from twin.export.flexibility import flexibility_view
    from twin.progress import Reporter
    from twin.results import open_run
    from twin.risk.flexibility import flexibility as value
    from twin.risk.flexibility import write_flexibility

    found = value(open_run(run), Reporter(), load)
    print(json.dumps(found, indent=2)) if as_json else Console().print(flexibility_view(found))
    Console(stderr=True).print(f"wrote {write_flexibility(found, run)}")


def sensitivity(
    run: RunFolder,
    sobol: Annotated[bool, typer.Option("--sobol", help="Also Sobol indices, which take longer.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Also figures that are confirmed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say which unconfirmed figure flips a site in or out, and which costs move the plan most."""
    from twin.export.sensitivity import sensitivity_view
    from twin.progress import Reporter
    from twin.results import open_run
    from twin.risk.sensitivity import sensitivity as asked
    from twin.risk.sensitivity import write_sensitivity

    found = asked(open_run(run), Reporter(), sobol, every)
    print(json.dumps(found, indent=2)) if as_json else Console().print(sensitivity_view(found))
    Console(stderr=True).print(f"wrote {write_sensitivity(found, run)}")
