"""The price of certainty as a planner reads it: plans side by side, and the sites that certainty adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.text import Text

from twin.export.plain_table import plain_table

MEUR = 1e6


def certainty_view(found: Mapping[str, Any]) -> Group:
    """Return the table of a plan that holds, from its data."""
    target = f"{found['target_mw']:,.0f} MW by {found['last_quarter']}"
    asked = f"{found['confidence']:.0%} odds"
    if found["rule"] == "cvar":
        asked = f"at most {found['missing_mw']:,.0f} MW missing in the worst {1 - found['confidence']:.0%}"
    table = plain_table()
    table.add_column("plan", no_wrap=True)
    for name in ("cost as planned, MEUR", "mean cost, MEUR", "of it reserves", "odds", "P90, MW", "sites"):
        table.add_column(name, justify="right")
    for plan in found["plans"]:
        table.add_row(
            plan["name"],
            f"{plan['plan_eur'] / MEUR:,.0f}",
            f"{plan['expected_eur'] / MEUR:,.0f}",
            f"{plan['reserve_eur'] / MEUR:,.0f}",
            f"{plan['odds']:.1%}",
            f"{plan['p90_mw']:,.0f}",
            str(len(plan["sites"])),
        )
    price, mean = found["price_eur"] / MEUR, found["expected_price_eur"] / MEUR
    tiers = found["tiers"]
    lines = [
        f"price of certainty: {price:+,.0f} MEUR as planned, {mean:+,.0f} MEUR on the mean of all futures",
        "sites it adds: " + (", ".join(f"{s} ({tiers[s]})" for s in found["added"]) or "none"),
        "sites it drops: " + (", ".join(found["dropped"]) or "none"),
        f"odds from {found['draws']:,} draws that the tree of {found['futures']} futures never saw; "
        "halls are built where power comes",
    ]
    return Group(
        Text(f"{found['case']}: {target}, {asked}", style="bold"), table, *(Text(line) for line in lines)
    )
