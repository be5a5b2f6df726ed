"""Verbs that show plans: one page to read, and its figures as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from twin.errors import BadInput, Fault


def add_report_verbs(app: typer.Typer) -> None:
    """Add ``report`` and ``plot`` to the command line."""
    app.command()(report)
    app.command()(plot)


def report(
    runs: Annotated[list[Path], typer.Argument(help="Run folders; several are compared.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write; else report.html in the first run folder.")
    ] = None,
) -> None:
    """Write one page about a plan, or about several side by side, that needs no network to read."""
    _need_charts("twin report")
    from twin.report.page import write_report

    path, faults = write_report(runs, out)
    console = Console(stderr=True)
    for fault in faults:
        console.print(f"left out: {fault}", style="yellow", highlight=False, markup=False, soft_wrap=True)
    console.print(f"wrote {path}", highlight=False, markup=False, soft_wrap=True)


def plot(
    run: Annotated[Path, typer.Argument(help="A run folder, as printed by `twin plan`.")],
    names: Annotated[
        list[str] | None, typer.Argument(help="Figures, such as map or costs; all without.")
    ] = None,
    to: Annotated[str, typer.Option("--to", help="png, svg, or both: png,svg.")] = "png",
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to write to; else figures in the run folder.")
    ] = None,
) -> None:
    """Write the figures of a plan's report as picture files."""
    _need_charts("twin plot")
    from twin.report.figures import write_figures
    from twin.results import open_run

    written, skipped = write_figures(
        open_run(run), names or [], [each.strip() for each in to.split(",")], out
    )
    console = Console(stderr=True)
    for line in skipped:
        console.print(f"not drawn: {line}", style="yellow", highlight=False, markup=False, soft_wrap=True)
    for path in written:
        console.print(f"wrote {path}", highlight=False, markup=False, soft_wrap=True)


def _need_charts(verb: str) -> None:
    try:
        import altair  # noqa: F401
        import vl_convert  # noqa: F401
    except ImportError as error:
        hint = 'pip install "twin[report]"'
        raise BadInput(
            Fault(verb, error.name or "altair", "missing", "the extra for charts", hint)
        ) from error
