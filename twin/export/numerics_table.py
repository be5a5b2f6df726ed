"""The numbers of linear programmes as a table, and what is wrong with them in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from twin.export.plain_table import plain_table
from twin.numerics import KINDS, Numbers, Span

HEADS = ("matrix", "costs", "bounds", "sides")
"""Heading of each kind of numbers, in their order."""


def numerics_view(found: Sequence[Numbers]) -> RenderableType:
    """Return the printed table: a line a programme, then one sentence for each number to fear."""
    table = plain_table("Numbers of each programme, smallest…largest magnitude")
    for name in ("programme", *HEADS, "in a row", "cond."):
        table.add_column(name, justify="left" if name == "programme" else "right", no_wrap=True)
    for each in found:
        spans = [_text(each.spans[kind]) for kind in KINDS]
        condition = "–" if each.condition is None else _short(each.condition)
        table.add_row(each.programme, *spans, _short(each.row_ratio), condition)
    warnings = [text for each in found for text in each.warnings]
    said = warnings or ["every number lies within its limits"]
    return Group(table, *(Text(text, style="yellow" if warnings else "dim") for text in said))


def numerics_data(found: Sequence[Numbers]) -> list[dict[str, Any]]:
    """Return the same as plain data: spans as pairs, warnings as sentences."""
    return [asdict(each) | {"warnings": each.warnings} for each in found]


def _text(span: Span) -> str:
    return f"{_short(span.smallest)}…{_short(span.largest)}" if span.largest else "none"


def _short(value: float) -> str:
    """Return a number to one digit: 2e-3, 1e9, inf."""
    digits, _, power = f"{value:.0e}".partition("e")
    return f"{digits}e{int(power)}" if power else digits
