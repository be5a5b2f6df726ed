"""The order and headings under which ``twin --help`` shows its verbs: what a newcomer needs comes first."""

from __future__ import annotations

from typing import Any

import typer

PANELS = {
    "Plan": ("plan", "check", "show-run", "compare", "diagnose", "pareto", "numerics"),
    "Show a plan and hand it on": ("report", "plot", "serve", "export"),
    "Doubt a plan": ("risk", "robust", "alternatives", "sensitivity", "flexibility"),
    "Operate a plan": ("replay", "racks", "indicators", "watch", "calibrate"),
    "What the twin knows of the world": ("list", "show", "new", "rack", "grids", "load"),
    "Many cases at once": ("study",),
}
_PLACES = {verb: place for place, verb in enumerate(verb for verbs in PANELS.values() for verb in verbs)}
_PANEL_OF = {verb: panel for panel, verbs in PANELS.items() for verb in verbs}


def arrange(app: typer.Typer) -> None:
    """Sort the verbs of ``app`` and give each its heading. Raises KeyError for a verb that has none."""
    for command in app.registered_commands:
        command.rich_help_panel = _PANEL_OF[_name(command)]
    for group in app.registered_groups:
        group.rich_help_panel = _PANEL_OF[_name(group)]
    app.registered_commands.sort(key=lambda command: _PLACES[_name(command)])


def _name(command: Any) -> str:
    return str(command.name or command.callback.__name__)
