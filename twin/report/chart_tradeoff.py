"""Price against carbon of every supply option at every site that could host a hall."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import xarray as xr

from twin.report.facts import Facts
from twin.report.look import INK, QUIET, Chart, apart, data

OPTIONS = {
    "market alone": "#8a97a3",
    "cheapest": "#3b6ea5",
    "carbon-free share asked for": "#5f9e6e",
    "priced in the search": "#d9a441",
}
"""Kinds of supply options and their colours."""
TICKS = [0, 10, 25, 50, 100, 200, 400, 700, 1000]
"""Marks of the carbon axis, g/kWh; it is stretched where clean options crowd."""
BESIDE, LABEL_WIDTH = 1.0, 4.5
"""Distance of a name from its point and room that it takes, in square roots of g/kWh."""


def tradeoff(facts: Facts) -> Chart:
    """Return a point per site and option in its best design; those of the plan are ringed and named."""
    rows = option_rows(facts)
    carbon = alt.X(
        "carbon:Q", axis=alt.Axis(title="g/kWh", values=TICKS), scale=alt.Scale(type="sqrt", nice=False)
    )
    points = alt.Chart(data(rows)).encode(
        x=carbon,
        y=alt.Y("cost:Q", axis=alt.Axis(title="EUR/MWh, all-in", tickCount=6), scale=alt.Scale(zero=False)),
        tooltip=[
            "site:N",
            alt.Tooltip("name:N", title="option"),
            alt.Tooltip("cost:Q", title="EUR/MWh", format=".1f"),
            alt.Tooltip("carbon:Q", title="g/kWh", format=".0f"),
            alt.Tooltip("cfe:Q", title="hourly CFE", format=".1%"),
            alt.Tooltip("mw:Q", title="MW in the plan", format=",.0f"),
        ],
    )
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=list(OPTIONS), range=list(OPTIONS.values())),
        legend=alt.Legend(title=None, columns=2),
    )
    others = points.transform_filter("datum.mw == 0").mark_circle(size=32, opacity=0.65).encode(color=colour)
    chosen = points.transform_filter("datum.mw > 0")
    rings = chosen.mark_point(filled=True, size=90, opacity=1.0, stroke=INK, strokeWidth=1.8)
    named = alt.Chart(data(_names(rows)))
    lines = named.mark_rule(color=QUIET, strokeWidth=0.6).encode(
        x="carbon:Q", y="cost:Q", x2="beside:Q", y2="at:Q"
    )
    names = named.mark_text(align="left", dx=2, fontSize=10.5, color=INK).encode(
        x="beside:Q", y="at:Q", text="site:N"
    )
    return alt.layer(others, lines, rings.encode(color=colour), names).properties(height=420)


@lru_cache(maxsize=16)
def option_rows(facts: Facts) -> list[dict[str, Any]]:
    """Return one row per site and valid option: all-in cost, carbon, CFE and the plan's MW of it."""
    figures, best = _figures(facts), _best_designs(facts.run.problem)
    best |= {row.site: str(row.design) for row in facts.chosen}
    out: list[dict[str, Any]] = []
    for site, design in best.items():
        here = figures.sel(site=site, design=design)
        columns = {str(name): here[name].values.tolist() for name in here.data_vars}
        for i, option in enumerate(figures["option"].values.tolist()):
            if columns["valid"][i] > 0:
                row = {name: column[i] for name, column in columns.items() if name != "valid"}
                out.append({"site": facts.labels[site], "name": option, "kind": _kind(option)} | row)
    return out


def _figures(facts: Facts) -> xr.Dataset:
    """Return EUR/MWh, g/kWh, hourly CFE and MW of the plan by site, design and option."""
    problem, valid = facts.run.problem, facts.run.problem["valid"]
    use = problem["energy_mwh_per_mw_year"].where(valid > 0)
    supply = problem["option_cost_eur_per_mw_year"].drop_sel(option_term="water").sum("option_term")
    return xr.Dataset(
        {
            "valid": valid,
            "cost": supply / use,
            "carbon": 1e3 * problem["carbon_t_per_mw_year"] / use,
            "cfe": facts.run.menu["cfe_hourly"],
            "mw": facts.plan["option_mw"].isel(quarter=-1, drop=True).round(3),
        }
    ).transpose("site", "design", "option")


def _names(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return where to write the name of each site of the plan: beside its largest option, names apart."""
    largest: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        if row["mw"] > largest.get(row["site"], {"mw": 0.0})["mw"]:
            largest[row["site"]] = row
    named = list(largest.values())
    high = max((row["cost"] for row in rows), default=0.0) - min((row["cost"] for row in rows), default=0.0)
    beside = [math.sqrt(row["carbon"]) + BESIDE for row in named]
    places = [(x, row["cost"]) for x, row in zip(beside, named, strict=True)]
    at = apart(places, LABEL_WIDTH, 0.045 * (high or 1.0))
    return [
        {"site": row["site"], "carbon": row["carbon"], "cost": row["cost"], "beside": x * x, "at": y}
        for row, x, y in zip(named, beside, at, strict=True)
    ]


def _best_designs(problem: xr.Dataset) -> dict[str, str]:
    """Return site → the design that it is built in at least cost; sites where none may stand are left out."""
    supply = problem["option_cost_eur_per_mw_year"].sum("option_term").where(problem["valid"] > 0, np.inf)
    whole = supply.min("option") + problem["capacity_cost_eur_per_mw_year"].sum("capacity_term")
    least = whole.where(problem["allowed"] > 0, np.inf).transpose("site", "design").values
    names = problem["design"].values[least.argmin(axis=1)]
    named = zip(problem["site"].values.tolist(), names.tolist(), np.isfinite(least).any(axis=1), strict=True)
    return {site: design for site, design, stands in named if stands}


def _kind(option: str) -> str:
    named = {"grid_only": "market alone", "cheapest": "cheapest"}
    searched = "priced in the search" if option.startswith("priced") else "carbon-free share asked for"
    return named.get(option, searched)
