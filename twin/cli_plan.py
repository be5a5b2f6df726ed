"""Verbs that ask about a plan beyond making it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def add_planning_verbs(app: typer.Typer) -> None:
    """Add ``diagnose`` to the command line."""
    app.command("diagnose")(diagnose)


def diagnose(
    case: Annotated[str, typer.Argument(help="Name of a case in models/cases, or a case file.")],
    out_folder: Annotated[Path, typer.Option("--out", help="Folder that holds the run folders.")] = Path(
        "runs"
    ),
    levers: Annotated[list[str] | None, typer.Option("--set", help="Change a lever: key=value.")] = None,
    time_limit_s: Annotated[float, typer.Option("--time-limit", help="Seconds for all questions.")] = 120.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON alone on standard output.")] = False,
) -> None:
    """Say whether a case can be met, the most that can, which rules stop it and what would do.

    Exit code 3 when the case is impossible as asked, 0 when it has a plan.
    """
    from twin.diagnosis import as_data, as_text, diagnose_case
    from twin.progress import Reporter
    from twin.run import load_case

    found = diagnose_case(load_case(case, levers or []), out_folder, Reporter(), time_limit_s)
    print(json.dumps(as_data(found), indent=2) if as_json else as_text(found))
    if not found.possible:
        raise typer.Exit(3)
