"""The verb that opens the planner's desk in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twin.cli.options import OutFolder, need
from twin.console import Console


def add_serve_verb(app: typer.Typer) -> None:
    """Add ``serve`` to the command line."""
    app.command()(serve)


def serve(
    runs: Annotated[
        list[Path] | None, typer.Argument(help="Run folders to start from, shown to all; read only.")
    ] = None,
    out_folder: OutFolder = Path("runs"),
    address: Annotated[str, typer.Option("--address", help="Where to listen; else this machine alone.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes any free one.")] = 5006,
    origins: Annotated[
        list[str] | None,
        typer.Option("--origin", help="Another HOST:PORT that browsers may use; repeatable."),
    ] = None,
) -> None:
    """Open the planner's desk in a browser: move levers, plan again, compare, take the files."""
    need("twin serve", "app", ("altair", "panel", "vl_convert"), "the extra for the app")
    from twin.app.server import serve as serve_app

    def say(line: str) -> None:
        Console(stderr=True).print(line, highlight=False, soft_wrap=True)

    serve_app(runs or [], out_folder, address, port, origins or [], say)
