"""Verbs of studies: solve many cases, show what came out, and lay plans side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from twin.cli.bounds import within
from twin.cli.options import OutFolder
from twin.console import Console

out = Console()


class _RunByDefault(TyperGroup):
    """``twin study NAME`` is ``twin study run NAME``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the verb where only a study is named."""
        named = not args or args[0] in self.commands or args[0] == "--help"
        parsed: list[str] = super().parse_args(ctx, args if named else ["run", *args])
        return parsed


study_app = typer.Typer(
    cls=_RunByDefault,
    no_args_is_help=True,
    help="Many cases at once: `twin study STUDY` solves them, `twin study show DIR` draws what came out.",
)


def add_study_verbs(app: typer.Typer) -> None:
    """Add ``study`` and ``compare`` to the command line."""
    app.add_typer(study_app, name="study")
    app.command()(compare)


@study_app.command()
def run(
    study: Annotated[str, typer.Argument(help="Study in models/studies, or the path of a study file.")],
    workers: Annotated[
        int, typer.Option("--workers", callback=within(0, 256), help="Processes; 0: in this one.")
    ] = 2,
    dask: Annotated[str | None, typer.Option("--dask", help="A Dask scheduler instead: tcp://…")] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Solve failed cases again.")] = False,
    out_folder: OutFolder = Path("runs"),
) -> None:
    """Solve the cases of a study that are not there yet; exit code 4 when some failed, 130 on Ctrl-C."""
    from twin import library
    from twin.progress import Reporter
    from twin.study.run import run_study
    from twin.study.show import last_words, view

    found = library.get("studies", study)
    made = run_study(found, out_folder, Reporter(), workers=workers, dask=dask, retry=retry)
    out.print(view(made.folder))
    out.print(last_words(made), highlight=False, soft_wrap=True)
    if made.stopped or made.failed:
        raise typer.Exit(130 if made.stopped else 4)


@study_app.command()
def show(
    folder: Annotated[Path, typer.Argument(help="Folder of a study, as printed by `twin study`.")],
    outcome: Annotated[
        list[str] | None, typer.Option("--outcome", help="Outcome to draw first; may be repeated.")
    ] = None,
) -> None:
    """Print a study and draw its trade-off, parallel coordinates and tornado into its folder."""
    from twin.study.show import draw, view

    out.print(view(folder, outcome or ()))
    for path in draw(folder, outcome or ()):
        out.print(f"wrote {path}", highlight=False, soft_wrap=True)


def compare(runs: Annotated[list[Path], typer.Argument(help="Two or more run folders.")]) -> None:
    """Lay plans side by side: cost, carbon, sites and dates, and what differs from the first."""
    from twin.export.compare_view import compare_view
    from twin.results import open_run

    out.print(compare_view([open_run(run) for run in runs]))
