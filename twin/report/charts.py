"""The figures of a report by name, the same on the page, in Python and as files."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import altair as alt

from twin.errors import BadInput, Fault, nearest
from twin.report.chart_cfe import cfe_heat
from twin.report.chart_connections import connections
from twin.report.chart_costs import costs
from twin.report.chart_energy import energy_mix
from twin.report.chart_map import site_map
from twin.report.chart_path import capacity_path
from twin.report.chart_risk import risk_fan
from twin.report.chart_rules import findings, rules
from twin.report.chart_tradeoff import tradeoff
from twin.report.facts import Facts
from twin.report.look import WIDTH, Chart, dressed
from twin.results import Run

CHARTS: dict[str, Callable[[Facts], Chart]] = {
    "map": site_map,
    "path": capacity_path,
    "connections": connections,
    "costs": costs,
    "energy": energy_mix,
    "cfe": cfe_heat,
    "tradeoff": tradeoff,
    "rules": rules,
    "risk": risk_fan,
}
"""Figure of one run → what draws it."""

TITLES = {
    "map": "Where the megawatts stand",
    "path": "Capacity against target",
    "connections": "Connections and halls",
    "costs": "What owning costs, and what renting would",
    "energy": "Where the energy comes from",
    "cfe": "Carbon-free share, hour by hour",
    "tradeoff": "Price against carbon of every site option",
    "rules": "What binds, and what more room would be worth",
    "risk": "When dates slip",
}
"""Figure → its title."""


def chart(name: str, runs: Sequence[Run]) -> alt.TopLevelMixin:
    """Return a figure by its name in CHARTS; several runs come one below the other.

    Show it in a notebook or ``.save()`` it. Raises BadInput for an unknown name, for no run, or where a run
    lacks what the figure needs.
    """
    if name not in CHARTS:
        raise BadInput(Fault("figure", "name", name, "the name of a figure", nearest(name, CHARTS)))
    if not runs:
        raise BadInput(Fault("figure", "runs", 0, "one or more runs"))
    facts = [Facts(run) for run in runs]
    drawn = [sized(CHARTS[name](each), WIDTH) for each in facts]
    if len(drawn) > 1:
        drawn = [one.properties(title=each.name) for one, each in zip(drawn, facts, strict=True)]
        return dressed(alt.vconcat(*drawn), TITLES[name])
    lines = findings(facts[0]) if name == "rules" else ()
    return dressed(drawn[0], f"{TITLES[name]}: {facts[0].name}", lines)


def sized(chart: Chart, width: int) -> Chart:
    """Return the figure, or every panel of it, with a width in pixels."""
    if not isinstance(chart, alt.VConcatChart):
        return chart.properties(width=width)
    chart = chart.copy()
    for panel in chart.vconcat:
        panel.width = width
    return chart
