"""A study as a planner reads it: how far it is, what its outcomes span, and the cases at the ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from twin.export.plain_table import plain_table

Row = Mapping[str, Any]
UNITS = {
    "objective_eur": ("net present cost, MEUR", 1e-6, 0),
    "bound_eur": ("bound, MEUR", 1e-6, 0),
    "capex_eur": ("capital, MEUR", 1e-6, 0),
    "own_saves_eur": ("building saves, MEUR", 1e-6, 0),
    "own_saves_share": ("building saves, %", 100.0, 1),
    "energy_mwh_per_year": ("energy, TWh a year", 1e-6, 2),
    "carbon_t_per_year": ("carbon, kt a year", 1e-3, 0),
    "carbon_g_per_kwh": ("carbon, g/kWh", 1.0, 1),
    "cfe_hourly": ("hourly CFE, %", 100.0, 1),
    "water_m3_per_year": ("water, 1,000 m3 a year", 1e-3, 1),
    "levelised_eur_per_mw_year": ("MEUR per MW-year", 1e-6, 2),
    "levelised_eur_per_gpu_hour": ("EUR per GPU-hour", 1.0, 3),
    "price_of_mw_eur_per_mw_year": ("one more MW, MEUR per MW-year", 1e-6, 2),
    "price_of_carbon_eur_per_t": ("carbon limit, EUR per t", 1.0, 0),
    "mw_it_final": ("owned MW", 1.0, 0),
    "mw_it_new": ("MW in new halls", 1.0, 0),
    "gpus_new": ("new GPUs, 1,000", 1e-3, 0),
    "sites_opened": ("sites opened", 1.0, 0),
    "largest_site_mw": ("largest site, MW", 1.0, 0),
    "lease_mw_years": ("leased, MW-years", 1.0, 0),
    "eu_share": ("on EU soil, %", 100.0, 1),
}
"""Outcome → how it is written: label, factor, decimals."""


def label_of(name: str) -> str:
    """Return how an outcome or a lever is called in tables and pictures."""
    figure, _, site = name.partition(".")
    if figure == "mw_it" and site:
        return f"MW at {site}"
    if figure == "first_power_year" and site:
        return f"first power at {site}, year"
    return UNITS[name][0] if name in UNITS else name


def factor_of(name: str) -> float:
    """Return the factor from the stored unit of an outcome to that of its label."""
    return UNITS[name][1] if name in UNITS else 1.0


def study_view(
    name: str, rows: Sequence[Row], cases: int, factors: Sequence[str], outcomes: Sequence[str]
) -> RenderableType:
    """Return the printed study: counts, the span of each outcome with its cases, and what went wrong."""
    counts = {status: sum(row["status"] == status for row in rows) for status in _statuses(rows)}
    told = ", ".join(f"{count} {status}" for status, count in counts.items()) or "none finished"
    parts: list[RenderableType] = [Text(f"{name}: {len(rows)} of {cases} cases ({told})", style="bold")]
    plans = [row for row in rows if row["gap"] is not None]
    if plans:
        widest = max(float(row["gap"]) for row in plans)
        parts.append(Text(f"widest gap of a plan to its bound: {widest:.2%}", style="dim"))
        parts += [_spans(plans, outcomes), _ends(plans, factors, outcomes)]
    parts += [Text(line, style="dim") for line in _errors(rows)]
    return Group(*parts)


def _statuses(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(str(row["status"]) for row in rows))


def _table(title: str, *columns: str) -> Table:
    table = plain_table(title)
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right")
    return table


def _spans(plans: Sequence[Row], outcomes: Sequence[str]) -> Table:
    table = _table("Outcomes over all plans", "outcome", "least", "median", "most", "plans")
    for name in outcomes:
        values = sorted(float(row[name]) for row in plans if row[name] is not None)
        if values and (any(values) or name in UNITS):  # sites that no plan uses fill no lines
            three = (values[0], values[len(values) // 2], values[-1])
            table.add_row(label_of(name), *(_written(name, v) for v in three), str(len(values)))
    return table


def _ends(plans: Sequence[Row], factors: Sequence[str], outcomes: Sequence[str]) -> Table:
    """The plans with the least and the most of the first outcome, and what was set in them."""
    first = outcomes[0]
    known = sorted((row for row in plans if row[first] is not None), key=lambda row: float(row[first]))
    table = _table(f"Least and most {label_of(first)}", "", "least", "most")
    if known:
        for name in factors:
            table.add_row(name, _value(known[0][name]), _value(known[-1][name]))
        table.add_row("run", known[0]["case_id"], known[-1]["case_id"])
    return table


def _errors(rows: Sequence[Row]) -> list[str]:
    """Return each kind of failure once, with how many cases it took."""
    kinds: dict[str, list[str]] = {}
    for row in rows:
        if row["error"]:
            kinds.setdefault(f"{row['status']}: {str(row['error']).splitlines()[0]}", []).append(
                row["case_id"]
            )
    return [f"{len(ids)} × {kind} ({ids[0]}{', …' if len(ids) > 1 else ''})" for kind, ids in kinds.items()]


def _written(name: str, value: float) -> str:
    if name.startswith("first_power_year"):
        return f"{value:.2f}"
    decimals = UNITS[name][2] if name in UNITS else 0
    return f"{value * factor_of(name):,.{decimals}f}"


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
