"""A plan at risk as a planner reads it: odds, capacity, money, and whose slip hurts most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from twin.export.plain_table import plain_table

MEUR = 1e6
_MONEY = {
    "deferred_eur": "late power, halls bought when it comes",
    "idle_eur": "late power, halls bought as planned and idle",
    "energy_eur": "dearer or cheaper energy",
}


def risk_view(risk: Mapping[str, Any]) -> Group:
    """Return the tables of a risk analysis, from its data (``risk.json``)."""
    target, last = f"{risk['target_mw']:,.0f} MW", risk["last_quarter"]
    title = f"{risk['case']}: {risk['odds']:.1%} odds of {target} owned by {last}"
    how = f"{risk['draws']:,} draws in {risk['seconds']:.1f} s; halls as planned, nothing replanned"
    parts: list[Text | Table] = [
        Text(title, style="bold"),
        Text(how, style="dim"),
        _odds(risk),
        _path(risk),
        _money(risk),
        _sites(risk),
    ]
    return Group(*parts)


def _odds(risk: Mapping[str, Any]) -> Table:
    table = _table("Odds", "that", "odds")
    target, last = f"{risk['target_mw']:,.0f} MW", risk["last_quarter"]
    for text, key in (
        (f"{target} owned by {last}", "odds"),
        ("  if only lead times are uncertain", "odds_dates_only"),
        ("  if only obtainable megawatts are", "odds_megawatts_only"),
        (f"{target} owned a year after {last}", "odds_a_year_later"),
        ("rent fills the whole path on the way", "odds_with_rent"),
    ):
        table.add_row(text, f"{risk[key]:.1%}")
    return table


def _path(risk: Mapping[str, Any]) -> Table:
    """Year ends only; P90 is what nine draws in ten reach."""
    at = [i for i, quarter in enumerate(risk["quarters"]) if quarter.endswith("Q4")]
    table = _table("Owned megawatts with power", "", *(risk["quarters"][i] for i in at))
    for text, key in (
        ("wanted", "wanted_mw"),
        ("as planned", "planned_mw"),
        ("P50: even odds", "path_mid_mw"),
        ("P90: nine draws in ten reach it", "path_low_mw"),
        ("P10: one in ten", "path_high_mw"),
    ):
        table.add_row(text, *(f"{risk[key][i]:,.0f}" for i in at))
    return table


def _money(risk: Mapping[str, Any]) -> Table:
    table = _table("Net present cost at risk, MEUR", "", "mean", "P50", "P90", "worst tenth")
    for key, text in _MONEY.items():
        row = risk[key]
        table.add_row(text, *(f"{row[k] / MEUR:,.0f}" for k in ("mean", "p50", "p90", "worst_tenth")))
    missing = risk["missing_mw_years"]
    figures = (f"{missing[k]:,.0f}" for k in ("mean", "p50", "p90", "worst_tenth"))
    table.add_row("missing within the plan, MW-years", *figures)
    return table


def _sites(risk: Mapping[str, Any]) -> Table:
    table = _table(
        "Whose slip hurts most", "site", "planned MW", "late in", "MW lacking at the end",
        "odds gained if certain", "cost if late alone, MEUR", "P90",
    )  # fmt: skip
    for site in risk["sites"]:
        table.add_row(
            site["site"],
            f"{site['planned_mw']:,.0f}",
            f"{site['late_odds']:.0%}",
            f"{site['late_mw_final']:,.0f}",
            f"{site['odds_gained']:+.1%}",
            f"{site['alone_eur'] / MEUR:,.0f}",
            f"{site['alone_p90_eur'] / MEUR:,.0f}",
        )
    return table


def _table(title: str, first: str, *others: str) -> Table:
    table = plain_table(title)
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right")
    return table
