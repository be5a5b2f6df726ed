"""Arguments and options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

CaseName = Annotated[str, typer.Argument(help="Name of a case in models/cases, or the path of a case file.")]
OutFolder = Annotated[Path, typer.Option("--out", help="Folder that holds the run folders.")]
Levers = Annotated[
    list[str] | None, typer.Option("--set", help="Change a lever: key=value; may be repeated.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON alone on standard output.")]
