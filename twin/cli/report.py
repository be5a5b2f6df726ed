"""Verbs that show plans: one page to read, and its figures as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twin.cli.options import RunFolder, need
from twin.console import Console

CHARTS = ("altair", "vl_convert")
"""Packages of the extra ``report``."""


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
    need("twin report", "report", CHARTS, "the extra for charts")
    from twin.report.page import write_report

    path, faults = write_report(runs, out)
    console = Console(stderr=True)
    for fault in faults:
        console.print(f"left out: {fault}", style="yellow", highlight=False, soft_wrap=True)
    console.print(f"wrote {path}", highlight=False, soft_wrap=True)


def plot(
    run: RunFolder,
    names: Annotated[
        list[str] | None, typer.Argument(help="Figures, such as map or costs; all without.")
    ] = None,
    to: Annotated[str, typer.Option("--to", help="png, svg, or both: png,svg.")] = "png",
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to write to; else figures in the run folder.")
    ] = None,
) -> None:
    """Write the figures of a plan's report as picture files."""
    need("twin plot", "report", CHARTS, "the extra for charts")
    from twin.report.figures import write_figures
    from twin.results import open_run

    written, skipped = write_figures(
        open_run(run), names or [], [each.strip() for each in to.split(",")], out
    )
    console = Console(stderr=True)
    for line in skipped:
        console.print(f"not drawn: {line}", style="yellow", highlight=False, soft_wrap=True)
    for path in written:
        console.print(f"wrote {path}", highlight=False, soft_wrap=True)
