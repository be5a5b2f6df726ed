"""Near-optimal alternatives as a planner reads them: what they swap and cost, and which sites are needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from twin.export.plain_table import plain_table

MEUR = 1e6


def alternatives_view(found: Mapping[str, Any]) -> Group:
    """Return the tables of alternatives and needs, from their data (``alternatives.json``)."""
    title = f"{found['case']}: plans within {found['within']:.1%} of {found['best_eur'] / MEUR:,.0f} MEUR"
    lines = [Text(f"no plan: {line}") for line in found["without"]]
    open_wishes = [row["name"] for row in found["alternatives"] if not row["wish_proven"]]
    if open_wishes:
        lines.append(
            Text(f"time ran out before the wish was proven best: {', '.join(open_wishes)}", style="dim")
        )
    return Group(Text(title, style="bold"), _plans(found), *lines, _needs(found))


def _plans(found: Mapping[str, Any]) -> Table:
    table = _table(
        "Every plan is certified", "plan", "over, MEUR", "to bound", "sites", "EU", "g/kWh", "adds", "drops"
    )  # fmt: skip
    for row in found["alternatives"]:
        table.add_row(
            row["name"],
            f"{row['over_eur'] / MEUR:+,.0f}",
            f"{row['distance_to_bound']:.2%}",
            str(len(row["sites"])),
            f"{row['eu_share']:.0%}",
            f"{row['carbon_g_per_kwh']:.0f}",
            ", ".join(row["added"]) or "–",
            ", ".join(row["dropped"]) or "–",
        )
    return table


def _needs(found: Mapping[str, Any]) -> Table:
    count = len(found["alternatives"])
    table = _table("Sites of the plan", "site", "MW", "is", "without it, MEUR", f"in of {count}", "instead")
    for row in found["needs"]:
        extra = "no plan" if row["extra_eur"] is None else f"{row['extra_eur'] / MEUR:+,.0f}"
        table.add_row(
            row["site"],
            f"{found['sites'][row['site']]:.0f}",
            row["word"],
            extra,
            str(row["in_alternatives"]),
            ", ".join(row["instead"]) or "–",
        )
    return table


def _table(title: str, *names: str) -> Table:
    words = ("plan", "site", "is", "adds", "drops", "instead")
    table = plain_table(title)
    for name in names:
        table.add_column(name, justify="left" if name in words else "right", no_wrap=name == names[0])
    return table
