"""The capacity path: what is owned, hosted and leased each quarter against what is wanted."""

from __future__ import annotations

from typing import Any

import altair as alt

from twin.report.facts import Facts
from twin.report.look import HEIGHT, INK, Chart, data, megawatts

KINDS = {
    "starting fleet, owned": "#8a97a3",
    "starting fleet, hosted": "#c9cdd2",
    "new halls": "#3b6ea5",
    "leased": "#e0a3a3",
}
"""What is stacked, from the bottom, and its colour."""


def capacity_path(facts: Facts) -> Chart:
    """Return stacked bars of megawatts by quarter, and the wanted path as a line."""
    x = alt.X("quarter:O", axis=alt.Axis(title=None, labelAngle=-45), sort=facts.quarters)
    rows = alt.Chart(data(path_rows(facts)))
    bars = rows.mark_bar().encode(
        x=x,
        y=alt.Y("mw:Q", axis=megawatts(), stack="zero"),
        color=alt.Color(
            "kind:N",
            scale=alt.Scale(domain=list(KINDS), range=list(KINDS.values())),
            legend=alt.Legend(title=None, columns=2),
        ),
        order=alt.Order("rank:O"),
        tooltip=["quarter:N", "kind:N", alt.Tooltip("mw:Q", title="MW", format=",.0f")],
    )
    wanted = alt.Chart(data(_wanted(facts))).encode(
        x=x, y="wanted:Q", tooltip=["quarter:N", alt.Tooltip("wanted:Q", title="wanted MW", format=",.0f")]
    )
    line = wanted.mark_line(color=INK, strokeWidth=1.6)
    dots = wanted.mark_point(color=INK, filled=True, size=26)
    return alt.layer(bars, line, dots).properties(height=HEIGHT)


def path_rows(facts: Facts) -> list[dict[str, Any]]:
    """Return megawatts of IT by quarter and kind, with the rank of the kind in the stack."""
    problem, plan = facts.run.problem, facts.plan
    own = problem["committed_own_mw"].values
    layers = [
        own,
        problem["committed_mw"].values - own,
        plan["mw_it"].sum("site").values,
        plan["lease_mw"].values,
    ]
    return [
        {"quarter": quarter, "kind": kind, "mw": float(layer[i]), "rank": rank}
        for rank, (kind, layer) in enumerate(zip(KINDS, layers, strict=True))
        for i, quarter in enumerate(facts.quarters)
    ]  # fmt: skip


def _wanted(facts: Facts) -> list[dict[str, Any]]:
    path = facts.plan["path_mw"].values.tolist()
    return [{"quarter": q, "wanted": float(mw)} for q, mw in zip(facts.quarters, path, strict=True)]
