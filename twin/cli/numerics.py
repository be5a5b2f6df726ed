"""The verb that shows how well the numbers of a plan's programmes behave."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from twin.cli.options import AsJson, RunFolder
from twin.console import Console


def add_numerics_verb(app: typer.Typer) -> None:
    """Add ``numerics`` to the command line."""
    app.command()(numerics)


def numerics(
    run: RunFolder,
    condition: Annotated[
        bool, typer.Option("--condition", help="Solve each programme once for the condition of its basis.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show how wide the numbers of each linear programme spread, and warn where a result may depend on it."""
    from twin.export.numerics_table import numerics_data, numerics_view
    from twin.numerics_show import numbers_of_run
    from twin.results import open_run

    found = numbers_of_run(open_run(run), condition)
    if as_json:
        print(json.dumps(numerics_data(found), indent=2))
    else:
        Console().print(numerics_view(found))
