"""Sensitivity as a planner reads it: figures that flip a site, and costs that move the plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from twin.export.plain_table import plain_table

MEUR = 1e6
SHOWN = 20
"""Break-even values printed: those nearest to today's figure. The file has all."""


def sensitivity_view(found: Mapping[str, Any]) -> Group:
    """Return the tables of a sensitivity, from its data (``sensitivity.json``)."""
    return Group(
        Text(f"{found['case']}: what would change the plan", style="bold"), _flips(found), _indices(found)
    )


def _flips(found: Mapping[str, Any]) -> Table:
    table = plain_table("Figures that flip a site, nearest first (* unconfirmed)")
    table.add_column("site", no_wrap=True)
    table.add_column("goes")
    table.add_column("figure")
    for name in ("is", "flips at", "change"):
        table.add_column(name, justify="right")
    for row in found["break_even"][:SHOWN]:
        mark = "*" if row["unconfirmed"] else ""
        change = "from nothing" if abs(row["change"]) > 1e6 else f"{row['change']:+.0%}"
        key = f"{row['key']}{mark}"
        table.add_row(
            row["site"], row["flips"], key, f"{row['value']:,.4g}", f"{row['flips_at']:,.4g}", change
        )
    return table


def _indices(found: Mapping[str, Any]) -> Table:
    with_sobol = any(row["sobol_total"] is not None for row in found["indices"])
    title = "Costs that move the plan (Morris: mean effect from end to end of the range)"
    table = plain_table(title)
    table.add_column("costs of", no_wrap=True)
    names = ["range", "least cost, MEUR", "MW at other sites"]
    for name in names + (["Sobol, alone", "Sobol, in all"] if with_sobol else []):
        table.add_column(name, justify="right")
    for row in found["indices"]:
        figures = [f"±{row['range']:.0%}", f"{row['cost_eur'] / MEUR:,.0f}", f"{row['moved_mw']:.0f}"]
        if with_sobol:
            figures += [f"{row['sobol_first']:.2f}", f"{row['sobol_total']:.2f}"]
        table.add_row(row["what"], *figures)
    return table
