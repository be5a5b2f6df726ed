"""The value of flexibility as a planner reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.text import Text

from twin.export.plain_table import plain_table

MEUR = 1e6


def flexibility_view(found: Mapping[str, Any]) -> Group:
    """Return the table of levers, from their data (``flexibility.json``)."""
    table = plain_table()
    table.add_column("lever", no_wrap=True)
    for name in ("saves, MEUR", "±", "MW within reach"):
        table.add_column(name, justify="right")
    table.add_column("what")
    for row in found["levers"]:
        saved = "no plan without" if row["saved_eur"] is None else f"{row['saved_eur'] / MEUR:+,.0f}"
        doubt = "" if row["doubt_eur"] is None else f"{row['doubt_eur'] / MEUR:,.0f}"
        table.add_row(row["name"], saved, doubt, f"{row['gained_mw']:+,.0f}", row["what"])
    title = f"{found['case']}: what flexibility is worth, of {found['cost_eur'] / MEUR:,.0f} MEUR"
    reach = f"most new halls that any plan could have by the last quarter: {found['most_new_mw']:,.0f} MW"
    return Group(Text(title, style="bold"), Text(reach, style="dim"), table)
