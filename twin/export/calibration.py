"""What a calibration found, as a planner reads it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from twin.config.units import unit_of
from twin.export.plain_table import plain_table
from twin.operation.held_out import Score
from twin.operation.telemetry import Note


def notes_view(notes: Sequence[Note]) -> RenderableType:
    """Return what was wrong with the telemetry and what was done about it."""
    if not notes:
        return Text("telemetry: nothing to object to")
    table = plain_table("Telemetry: found and handled")
    for name in ("what", "readings", "first", "done"):
        table.add_column(name, justify="right" if name == "readings" else "left")
    for note in notes:
        table.add_row(note.what, f"{note.count:,}", note.first, note.done)
    return table


def figures_view(
    title: str, rows: Sequence[tuple[str, str, float, float, float | None, bool]]
) -> RenderableType:
    """Return fitted figures: file, name, before, after, one-sigma error, and whether the data told them."""
    table = plain_table(title)
    for name in ("file", "figure", "unit"):
        table.add_column(name)
    for name in ("before", "after", "±"):
        table.add_column(name, justify="right")
    table.add_column("")
    for file, name, before, after, error, told in rows:
        doubt = "" if told else "not told by these data, kept"
        spread = "" if error is None else f"{error:.2g}"
        table.add_row(file, name, unit_of(name), f"{before:.5g}", f"{after:.5g}", spread, doubt)
    return table


def scores_view(quantity: str, held_out: str, before: Score, after: Score, size: tuple[int, int]) -> Group:
    """Return the error on held-out data before and after; ``size`` is readings fitted and readings read."""
    table = plain_table(f"Error of {quantity} on {held_out}")
    table.add_column("")
    for name in ("energy, mean", "energy, worst", "readings, RMS"):
        table.add_column(name, justify="right")
    for name, one in (("before", before), ("after", after)):
        table.add_row(name, f"{one.energy:.2%}", f"{one.worst:+.2%}", f"{one.reading:.2%}")
    return Group(table, Text(f"{after.units} held out; fitted on {size[0]:,} of {size[1]:,} readings"))
