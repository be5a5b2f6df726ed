"""Arguments and options that several verbs share."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from twin.console import Console
from twin.errors import BadInput, Fault, install
from twin.export.plain_table import plain_table

CaseName = Annotated[str, typer.Argument(help="Name of a case in models/cases, or the path of a case file.")]
OutFolder = Annotated[Path, typer.Option("--out", help="Folder that holds the run folders.")]
Levers = Annotated[
    list[str] | None, typer.Option("--set", help="Change a lever: key=value; may be repeated.")
]
RunFolder = Annotated[Path, typer.Argument(help="A run folder, as printed by `twin plan`.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON alone on standard output.")]

PICTURES = (".png", ".svg", ".pdf")


def _a_picture(path: Path | None) -> Path | None:
    """Refuse a kind of picture that cannot be drawn before anything is computed for it."""
    if path is not None and path.suffix.lower() not in PICTURES:
        raise BadInput(Fault("twin", "--picture", str(path), f"a name that ends in {', '.join(PICTURES)}"))
    return path


Picture = Annotated[
    Path | None,
    typer.Option("--picture", callback=_a_picture, help="Write a picture to this file: .png, .svg or .pdf."),
]


def need(verb: str, extra: str, packages: Sequence[str], what: str) -> None:
    """Raise BadInput where a package of an extra cannot be imported; ``what`` says what the extra is."""
    try:
        for package in packages:
            import_module(package)
    except ImportError as error:
        hint = install(extra)
        raise BadInput(Fault(verb, error.name or packages[0], "missing", what, hint)) from error


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table whose first column is text and whose others are figures."""
    table = plain_table(title)
    table.add_column(header[0], no_wrap=True)
    for name in header[1:]:
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(*row)
    Console().print(table)
