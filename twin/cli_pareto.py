"""The verb that draws a Pareto front."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


def add_pareto_verb(app: typer.Typer) -> None:
    """Add ``pareto`` to the command line."""
    app.command()(pareto)


def pareto(
    case: Annotated[str, typer.Argument(help="Name or path of a case.")] = "europe-1gw-2030",
    over: Annotated[
        str, typer.Option("--over", help="cost and one of: carbon, cfe, water, eu, zone, site.")
    ] = "cost,carbon",
    points: Annotated[int, typer.Option("--points", help="Evenly spaced limits, both ends included.")] = 5,
    out_folder: Annotated[
        Path, typer.Option("--out", help="Folder of the run folders and the front.")
    ] = Path("runs"),
    levers: Annotated[
        list[str] | None, typer.Option("--set", help="Change a lever: key=value; may be repeated.")
    ] = None,
) -> None:
    """Show what less carbon, more EU soil or less concentration costs: a front of certified plans."""
    from twin.export.pareto import front_view
    from twin.pareto import pareto_front
    from twin.progress import Reporter
    from twin.run import load_case

    front = pareto_front(load_case(case, levers or []), over.split(","), points, out_folder, Reporter())
    Console().print(front_view(front))
    Console().print(f"wrote {out_folder / 'pareto.csv'} and {out_folder / 'pareto.png'}", style="bold")
