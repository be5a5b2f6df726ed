"""Where the energy of each site comes from."""

from __future__ import annotations

from typing import Any

import altair as alt

from twin.report.facts import Facts
from twin.report.look import Chart, data, rows_high, site_axis

SOURCES = {
    "contracted wind and PV": "#5f9e6e",
    "market, carbon-free in the hour": "#93b7d9",
    "market, not carbon-free": "#8a97a3",
}
"""What is stacked, from the left, and its colour."""


def energy_mix(facts: Facts) -> Chart:
    """Return the shares of a year's use by source, a bar per chosen site."""
    bars = alt.Chart(data(energy_rows(facts))).mark_bar(height=16)
    return bars.encode(
        x=alt.X("share:Q", axis=alt.Axis(title="share of use", format=".0%", tickCount=5), stack="zero"),
        y=site_axis(facts.order),
        color=alt.Color(
            "source:N",
            scale=alt.Scale(domain=list(SOURCES), range=list(SOURCES.values())),
            legend=alt.Legend(title=None, columns=1),
        ),
        order=alt.Order("rank:O"),
        tooltip=[
            "site:N",
            "source:N",
            alt.Tooltip("gwh:Q", title="GWh a year", format=",.0f"),
            alt.Tooltip("share:Q", format=".1%"),
            alt.Tooltip("mix:N", title="contracts"),
        ],
    ).properties(height=rows_high(len(facts.chosen)))


def energy_rows(facts: Facts) -> list[dict[str, Any]]:
    """Return GWh a year and share of use by chosen site and source, at the end of the plan."""
    out = []
    for row in facts.chosen:
        use, bought, grey = (
            facts.yearly(f"{name}_mwh_per_mw_year", row.site) for name in ("energy", "import", "non_cfe")
        )
        # what a battery loses is charged to the contracts that fill it
        parts = (max(use - bought, 0.0), max(bought - grey, 0.0), grey)
        for rank, (source, mwh) in enumerate(zip(SOURCES, parts, strict=True)):
            out.append(
                {"site": facts.labels[row.site], "source": source, "gwh": mwh / 1e3,
                 "share": mwh / sum(parts), "mix": row.energy_mix, "rank": rank}
            )  # fmt: skip
    return out
