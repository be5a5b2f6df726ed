"""The command line: verbs only; what they do lives in the rooms.

Each verb imports its room when it runs, so that ``twin list`` does not wait for the solver.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from twin.cli.ensemble import add_ensemble_verbs
from twin.cli.export import add_export_verb
from twin.cli.grids import grids_app
from twin.cli.library import add_library_verbs
from twin.cli.load import load_app
from twin.cli.numerics import add_numerics_verb
from twin.cli.operate import add_operating_verbs
from twin.cli.options import AsJson, CaseName, Levers, OutFolder, Picture, RunFolder
from twin.cli.panels import arrange
from twin.cli.plan import add_planning_verbs
from twin.cli.refused import refuse_long, typed_path
from twin.cli.replay import add_replay_verb
from twin.cli.report import add_report_verbs
from twin.cli.risk import add_risk_verbs
from twin.cli.serve import add_serve_verb
from twin.cli.study import add_study_verbs
from twin.console import Console
from twin.errors import BadInput, TwinError

HELP = """A planner's digital twin of a fleet of AI datacentres in Europe.

Begin with: twin plan tiny (seconds), then twin plan (minutes the first time). Both leave a run folder in
runs/, which check, report, risk and most other verbs take.
"""
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=HELP)
add_ensemble_verbs(grids_app)
app.add_typer(grids_app, name="grids")
app.add_typer(load_app, name="load")
add_library_verbs(app)
add_planning_verbs(app)
add_numerics_verb(app)
add_replay_verb(app)
add_operating_verbs(app)
add_risk_verbs(app)
add_report_verbs(app)
add_study_verbs(app)
add_export_verb(app)
add_serve_verb(app)
out = Console()


@app.command()
def plan(
    case: CaseName = "europe-1gw-2030",
    out_folder: OutFolder = Path("runs"),
    levers: Levers = None,
    as_json: AsJson = False,
    force: Annotated[bool, typer.Option("--force", help="Solve again even if this run exists.")] = False,
) -> None:
    """Plan a case: site, size, date and feed its datacentres, and certify the result."""
    from twin.export.table import plan_view
    from twin.inputs import load_case
    from twin.progress import Reporter
    from twin.run import plan_case

    found = plan_case(load_case(case, levers or []), out_folder, Reporter(), force=force)
    if as_json:
        print(json.dumps(found.manifest, indent=2))
    else:
        out.print(plan_view(found))


@app.command()
def check(run: RunFolder, as_json: AsJson = False) -> None:
    """Recompute every constraint and the objective of a plan, sharing no code with the planner."""
    from twin.results import open_run
    from twin.run import check_run

    certificate = check_run(open_run(run))
    if as_json:
        print(json.dumps(asdict(certificate), indent=2))
    else:
        out.print(str(certificate), highlight=False, soft_wrap=True)
    if not certificate.passed:
        raise typer.Exit(4)


@app.command("show-run")
def show_run(run: RunFolder) -> None:
    """Print the table of a finished run again."""
    from twin.export.table import plan_view
    from twin.results import open_run

    out.print(plan_view(open_run(run)))


@app.command()
def rack(
    rack: Annotated[str, typer.Argument(help="Rack in models/racks, or the path of a rack file.")],
    site: Annotated[list[str] | None, typer.Option("--site", help="One site; may be repeated.")] = None,
    all_sites: Annotated[
        bool, typer.Option("--all-sites", help="All sites; so it is without --site.")
    ] = False,
    cooling: Annotated[str | None, typer.Option("--cooling", help="Plant in models/cooling.")] = None,
    power_train: Annotated[str, typer.Option("--power-train", help="In models/power_trains.")] = "n-plus-1",
    hours: Annotated[bool, typer.Option("--hours", help="Also PUE and throttled hours by month.")] = False,
    picture: Picture = None,
    as_json: AsJson = False,
) -> None:
    """Say whether a rack works at each site, and what limits it."""
    from twin.export.rack import draw_rack, hours_table, rack_table
    from twin.rack_check import default_cooling, rack_at, verdicts

    checked = rack_at(rack, () if all_sites or not site else site, cooling, power_train)
    rows, title = verdicts(checked), f"{rack} on {cooling or default_cooling(rack)}, {power_train}"
    print(json.dumps(rows, indent=1)) if as_json else out.print(rack_table(title, rows))
    if hours and not as_json:
        out.print(hours_table(checked))
    if picture:
        Console(stderr=True).print(f"wrote {draw_rack(title, rows, picture)}")


arrange(app)


def _tell_version(asked: bool) -> None:
    if asked:
        print(f"twin {version('twin')}")
        raise typer.Exit


@app.callback()
def start(
    told: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Hold the options of the twin itself; each verb has its own."""


def main() -> None:
    """Run the command line; every failure becomes one message and an exit code (2, 3 or 4)."""
    try:
        refuse_long(sys.argv[1:])
        app()
    except TwinError as error:
        _fail(str(error), error.exit_code)
    except OSError as error:
        fault = typed_path(error, sys.argv[1:])
        _fail(str(BadInput(fault)), 2) if fault else _fail(f"the system failed: {error}", 4)
    except MemoryError as error:
        _fail(f"the system failed: {str(error) or 'out of memory'}", 4)
    except Exception as error:
        if os.environ.get("TWIN_DEBUG"):
            traceback.print_exc()
        _fail(f"unexpected {type(error).__name__}: {error} (TWIN_DEBUG=1 shows where)", 4)


def _fail(message: str, code: int) -> NoReturn:
    """Print one message, which may hold names from files, and end with ``code``."""
    Console(stderr=True).print(f"twin: {message}", highlight=False, style="red", soft_wrap=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
