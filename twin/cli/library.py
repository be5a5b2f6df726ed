"""Verbs that show and start model files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twin.console import Console

out = Console()


def add_library_verbs(app: typer.Typer) -> None:
    """Add ``list``, ``show`` and ``new`` to the command line."""
    app.command("list")(list_models)
    app.command("show")(show_model)
    app.command("new")(new_model)


def list_models(
    kind: Annotated[str | None, typer.Argument(help="One kind, such as sites or racks.")] = None,
) -> None:
    """List the kinds of models, or every model of one kind."""
    from twin import library_text

    out.print(library_text.list_view(kind))


def show_model(ref: Annotated[str, typer.Argument(help="KIND/NAME, such as sites/FR-FOU.")]) -> None:
    """Show a model with the unit, source and confidence of each figure."""
    from twin import library_text

    out.print(library_text.show_view(ref))


def new_model(kind: str, name: str, folder: Annotated[Path | None, typer.Option("--into")] = None) -> None:
    """Write a commented template for a new model; an existing file is never overwritten."""
    from twin import library_text

    out.print(f"wrote {library_text.new_file(kind, name, folder)}")
