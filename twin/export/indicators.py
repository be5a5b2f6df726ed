"""Indicators and verdicts as a planner reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import isfinite

from rich.console import Group, RenderableType
from rich.text import Text

from twin.export.plain_table import plain_table
from twin.operation.indicators import Accounts, Indicators
from twin.operation.verdicts import Verdict

STYLE = {
    "pass": "green",
    "fail": "bold red",
    "exempt": "",
    "outside": "dim",
    "report": "",
    "counted": "",
    "look": "yellow",
}
LISTED = ("pass", "fail", "exempt")
"""Verdicts that are shown one by one; the others are counted."""


def indicators_view(
    sites: Mapping[str, Indicators],
    accounts: Mapping[str, Accounts],
    together: Indicators,
    rules: Mapping[str, Sequence[Verdict]],
    basis: str,
) -> RenderableType:
    """Return the printed indicators of sites and fleet, then verdicts."""
    table = plain_table(f"Indicators: {basis}")
    table.add_column("site", no_wrap=True)
    for name in ("EDC GWh", "EIT GWh", "PUE", "WUE L/kWh", "CUE kg/kWh", "REF", "ERF", "CER", "CFE hourly",
                 "CFE annual"):  # fmt: skip
        table.add_column(name, justify="right")
    for name, found in sites.items():
        table.add_row(name, *_energy([accounts[name]]), *_row(found))
    table.add_row("fleet", *_energy(list(accounts.values())), *_row(together), style="bold")
    every = [verdict for own in rules.values() for verdict in own]
    return Group(table, _verdicts(every), _others(every))


def _energy(years: Sequence[Accounts]) -> list[str]:
    sums = (sum(y.facility_mwh for y in years), sum(y.it_mwh for y in years))
    return [f"{mwh / 1000:,.0f}" for mwh in sums]


def _row(found: Indicators) -> list[str]:
    return [
        f"{found.pue:.3f}",
        f"{found.wue_l_per_kwh:.2f}",
        f"{found.cue_kg_per_kwh:.3f}",
        f"{found.ref:.2f}",
        f"{found.erf:.2f}",
        f"{found.cer:.1f}",
        f"{found.cfe_hourly:.1%}",
        f"{found.cfe_annual:.1%}",
    ]


def _verdicts(every: Sequence[Verdict]) -> RenderableType:
    shown = [verdict for verdict in every if verdict.verdict in LISTED]
    if not shown:
        return Text("no rule with a threshold covers these sites")
    table = plain_table("Rules with a threshold")
    for name in ("site", "rule", "status", "binds"):
        table.add_column(name, no_wrap=name != "rule")
    for name in ("value", "threshold", "margin"):
        table.add_column(name, justify="right")
    table.add_column("verdict")
    for one in shown:
        numbers = ("", "", "")
        if one.value is not None and one.threshold is not None and one.margin is not None:
            sense = "≤" if one.sense == "at most" else "≥"
            numbers = (
                f"{one.metric} {one.value:.3f}", f"{sense} {one.threshold:g}", f"{one.margin:+.3f}",
            )  # fmt: skip
        word = Text(one.verdict, style=STYLE[one.verdict])
        status = one.status + (f" {one.rule_set}" if one.rule_set else "")
        table.add_row(one.site, one.rule, status, "yes" if one.binds else "no", *numbers, word)
    return table


def _others(every: Sequence[Verdict]) -> Text:
    """Say in one line each what asks for a report and what asks for a person."""
    lines = []
    said = (
        ("report", "must be reported"),
        ("counted", "taxes inside the figures"),
        ("look", "for a person to judge"),
    )
    for kind, words in said:
        names = sorted({one.rule for one in every if one.verdict == kind and one.binds})
        if names:
            lines.append(f"{words}: {', '.join(names)}")
    return Text("\n".join(lines), style="dim")


def indicators_data(
    sites: Mapping[str, Indicators], together: Indicators, rules: Mapping[str, Sequence[Verdict]], basis: str
) -> dict[str, object]:
    """Return what ``indicators_view`` prints, ready for JSON; a ratio without bound is None."""
    return {
        "basis": basis,
        "fleet": _plain(together),
        "sites": {name: _plain(found) for name, found in sites.items()},
        "verdicts": [asdict(verdict) for own in rules.values() for verdict in own],
    }


def _plain(found: Indicators) -> dict[str, float | None]:
    return {name: value if isfinite(value) else None for name, value in asdict(found).items()}
